/* body/vertebra.h: the vertebra on one axial slice. */
#ifndef MS_BODY_VERTEBRA_H
#define MS_BODY_VERTEBRA_H

#include "body/outline.h"

typedef struct ms_vertebra2d {
    double x, y;       /* centre of the vertebral body, mm from the centre of pixel (0, 0) */
    double half_width; /* of the body, left to right, mm */
    double half_depth; /* front to back, mm */
    double tilt;       /* radians the back of the patient is turned from straight back, + towards the left */
    double score;      /* how well the template fits: above 0.5 is sure */
} ms_vertebra2d;

/* Finds body and canal by a template of bone and no bone. False when nothing fits. Running out of memory is
 * also false: the caller goes on without a vertebra. */
bool ms_vertebra2d_find(const ms_volume *volume, size_t k, const ms_outline *outline,
                        ms_vertebra2d *vertebra);
/* The same near a place and a turn known from elsewhere (in *vertebra); *vertebra stays when false. */
bool ms_vertebra2d_refine(const ms_volume *volume, size_t k, ms_vertebra2d *vertebra);
/* Mean HU in a disc of 8 mm at the body's centre. */
double ms_vertebra2d_trabecular_hu(const ms_volume *volume, size_t k, const ms_vertebra2d *vertebra);

#endif
