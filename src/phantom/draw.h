/* phantom/draw.h: who the patients are and how they are scanned. */
#ifndef MS_PHANTOM_DRAW_H
#define MS_PHANTOM_DRAW_H

#include "myosurv/phantom.h"

#include "base/base.h"

/* Means and SDs of the three things survival depends on, as drawn (ms_phantom_standardise). */
#define MUSCLE_MEAN 1.0
#define MUSCLE_SD 0.16
#define LEAN_MEAN 54.0
#define LEAN_SD 4.0
#define FAT_MEDIAN 0.07
#define FAT_LOG_SD 0.55
#define DENSITY_MEAN 41.5 /* of (1 - f) lean - 100 f, by those */
#define DENSITY_SD 8.0
#define SCALE_MEDIAN_MM 3.8
#define SCALE_LOG_SD 0.40

typedef enum site { SITE_MIXED = 0, SITE_MAIN, SITE_EXTERNAL1, SITE_EXTERNAL2 } site;

void draw_patient(ms_random *random, ms_phantom_params *params);
/* Pose, field and scanner; after draw_patient, since the field fits the body. */
void draw_scan(ms_random *random, site where, ms_phantom_params *params);
double draw_normal(ms_random *random, double mean, double sd, double lowest, double highest);
double draw_lognormal(ms_random *random, double median, double log_sd, double lowest, double highest);

#endif
