/* body/parts.h: single muscles, once the muscle labels are there. */
#ifndef MS_BODY_PARTS_H
#define MS_BODY_PARTS_H

#include "body/muscle.h"

/* Places on one side of the vertebra, in its own frame: mm to the side (0 is the middle) and mm behind the
 * vertebral body's centre. */
enum { MS_PARTS_SIDE = 150, MS_PARTS_FRONT = 40, MS_PARTS_DEPTH = 150 };

/* Where one side's muscles part. */
typedef struct ms_planes {
    double line_mm[MS_PARTS_SIDE]; /* depth of the plane between quadratus lumborum and erector spinae */
    double quadratus_mm;           /* quadratus reaches so far to the side; beyond is the wall */
    double erector_mm;             /* the same for erector spinae */
} ms_planes;

/* parts_planes.c: the planes of fat on one side (-1 right, 1 left) by least-cost path, drawn to where they
 * usually lie. muscle_hu is the patient's own. */
void ms_planes_find(const ms_torso *torso, const uint8_t *labels, double side, double muscle_hu,
                    ms_planes *planes);
/* parts.c: parts[] gets an ms_part for every pixel with label 1 to 3, 0 elsewhere. */
MS_NODISCARD ms_status ms_parts_find(const ms_torso *torso, const uint8_t *labels, uint8_t *parts,
                                     ms_error *err);

#endif
