/* study/image_cases.c: reads the rows of a table of images and masks. */
#include "study/image_cases.h"

#include "study/table_parts.h"

#include <stdlib.h>
#include <string.h>

ms_status ms_label_set_parse(const char *text, ms_label_set *set, ms_error *err) {
    ms_label_set made = {.n = 0};
    for (const char *at = text;; at++) {
        char *end = NULL;
        const long label = strtol(at, &end, 10);
        const size_t used = strlen(made.text);
        if (end == at || label < 1 || label > 255 || !strchr(",+", *end) || made.n == 255)
            return ms_error_set(err, MS_EINPUT, "label '%s': whole numbers from 1 to 255, e.g. 1 or 2+3",
                                text);
        if (!ms_text_format(made.text + used, sizeof made.text - used, "%s%ld", used ? "+" : "", label))
            return ms_error_set(err, MS_EINPUT, "label '%s': too many labels", text);
        made.labels[made.n++] = (uint8_t)label;
        at = end;
        if (*at == '\0') break;
    }
    *set = made;
    return MS_OK;
}

ms_status ms_image_columns_find(const ms_table *table, bool need_id, ms_image_columns *columns,
                                ms_error *err) {
    ms_image_columns c = {0};
    ms_status status = MS_OK;
    c.has_id = ms_table_find(table, "case_id", &c.id);
    c.has_label = ms_table_find(table, "label", &c.label);
    if (need_id) status = ms_table_require(table, "case_id", &c.id, err);
    if (status == MS_OK) status = ms_table_require(table, "image", &c.image, err);
    if (status == MS_OK) status = ms_table_require(table, "mask", &c.mask, err);
    if (status == MS_OK) *columns = c;
    return status;
}

ms_status ms_image_case_read(const ms_table *table, const ms_image_columns *c, size_t row, const char *folder,
                             ms_image_case *out, ms_error *err) {
    const size_t needed[] = {c->image, c->mask, c->id};
    for (size_t i = 0; i < (c->has_id ? 3 : 2); i++) {
        if (ms_table_missing(table, row, needed[i]))
            return ms_bad_cell(table, row, needed[i], "the value is missing", err);
    }
    const char *image = ms_table_cell(table, row, c->image);
    ms_image_case one = {.id = c->has_id ? ms_table_cell(table, row, c->id) : ms_path_base(image),
                         .image = ms_path_below(folder ? folder : "", image),
                         .mask = ms_path_below(folder ? folder : "", ms_table_cell(table, row, c->mask))};
    if (c->has_label && !ms_table_missing(table, row, c->label))
        one.label = ms_table_cell(table, row, c->label);
    if (!one.image || !one.mask) {
        ms_image_case_clear(&one);
        return ms_error_nomem(err);
    }
    *out = one;
    return MS_OK;
}

void ms_image_case_clear(ms_image_case *one) {
    free(one->image);
    free(one->mask);
    *one = (ms_image_case){0};
}
