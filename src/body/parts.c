#include "body/parts.h"
ms_status ms_parts_find(const ms_torso *torso, const uint8_t *labels, uint8_t *parts, ms_error *err) {
    (void)err;
    for (size_t v = 0; v < torso->volume->geometry.n[0] * torso->volume->geometry.n[1]; v++)
        parts[v] = labels[v] == 2   ? MS_PART_PSOAS_RIGHT
                   : labels[v] == 3 ? MS_PART_PSOAS_LEFT
                   : labels[v] == 1 ? MS_PART_WALL
                                    : 0;
    return MS_OK;
}
