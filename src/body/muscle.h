/* body/muscle.h: the muscle compartments of one slice, step by step. tissue.c calls the steps in order. */
#ifndef MS_BODY_MUSCLE_H
#define MS_BODY_MUSCLE_H

#include "body/outline.h"
#include "body/polar.h"
#include "body/vertebra.h"
#include "myosurv/body.h"

/* One psoas: its outline seen from a place inside it. */
typedef struct ms_psoas {
    double x, y, side;       /* the place, mm; -1 the patient's right, 1 the left */
    double edge_mm[MS_RAYS]; /* from sideways over the back */
} ms_psoas;

enum { MS_BACK = 130 }; /* columns of 1 mm, for a vertebral body of 20 mm half width */

/* What the steps know of the slice. */
typedef struct ms_torso {
    const ms_volume *volume;
    size_t k;
    ms_outline outline;
    ms_vertebra2d vertebra;
    ms_plane plane;            /* smoothed HU */
    ms_polar polar;            /* rays from the vertebral body's centre */
    double skin_mm[MS_RAYS];   /* distance of the skin along each ray */
    double fascia_mm[MS_RAYS]; /* of the muscles' outer border */
    double wall_mm[MS_RAYS]; /* thickness of the abdominal wall's muscle; meant for the front and the sides */
    double wall_scale;       /* how thick the wall is against the usual one */
    ms_psoas psoas[2];       /* right, left */
    double back_mm[2][MS_BACK]; /* front border of the back's muscles, right and left: depth behind the
                                   vertebral body's centre, for a body of 20 mm half width */
} ms_torso;

/* muscle_fascia.c: skin_mm and fascia_mm. */
MS_NODISCARD ms_status ms_fascia_find(ms_torso *torso, ms_error *err);
/* muscle_wall.c: wall_mm and wall_scale. */
double ms_wall_usual_mm(double degrees_from_front);
MS_NODISCARD ms_status ms_wall_find(ms_torso *torso, ms_error *err);

/* +1 for HU of muscle (and a rib), -1 for fat and bright contrast, lower for gas. */
double ms_muscle_like(double hu);
/* muscle_psoas.c: psoas[]. */
MS_NODISCARD ms_status ms_psoas_find(ms_torso *torso, ms_error *err);
void ms_psoas_direction(const ms_torso *torso, const ms_psoas *psoas, double angle, double *dx, double *dy);
/* How far (x, y) lies inside the outline along its ray; negative outside. */
double ms_psoas_under(const ms_torso *torso, const ms_psoas *psoas, double x, double y);

/* muscle_back.c: back_mm. */
double ms_back_usual_mm(double side);
void ms_back_find(ms_torso *torso);
/* The border's depth at a place to the side (mm, negative: right). */
double ms_back_line_mm(const ms_torso *torso, double side);

/* What a place can be. */
enum { MS_REGION_RING, MS_REGION_RIGHT, MS_REGION_LEFT, MS_REGION_OTHER, MS_REGIONS };
enum { MS_REGION_OUTSIDE = 255 }; /* of the fascia or the body, in pictures of regions */

/* muscle_prior.c: how likely each region is at a place (mm), from the paths and the vertebra alone; not
 * normalised. */
void ms_muscle_prior(const ms_torso *torso, double x, double y, double prior[MS_REGIONS]);
/* The fascia's distance on the ray through (x, y), and the place's own distance. */
double ms_fascia_at(const ms_torso *torso, double x, double y, double *r_mm);
/* muscle_walker.c: probability[region][pixel of the plane] for the ring and both psoas (what is left is
 * other), from the classical prior, or from a network's probabilities on the scan's pixels. */
typedef struct ms_regions {
    size_t nx, ny;
    double step_mm;
    float *p[MS_REGION_OTHER]; /* owned */
} ms_regions;
MS_NODISCARD ms_status ms_regions_find(const ms_torso *torso, const float *probability, ms_regions *regions,
                                       ms_error *err);
void ms_regions_clear(ms_regions *regions);

/* muscle_label.c: the region of each pixel of the scan, region[n[0] * n[1]]. */
void ms_regions_on_scan(const ms_torso *torso, const ms_regions *regions, uint8_t *region);
/* Labels 1 to 3 where a region's HU are muscle's; specks left out. Other pixels stay as they are. */
MS_NODISCARD ms_status ms_muscle_label(const ms_torso *torso, const uint8_t *region, const double hu_range[2],
                                       uint8_t *labels, ms_error *err);

/* muscle_guard.c: the same from a network's probabilities (MS_CLASSES pictures; smoothed in place), within
 * what anatomy allows. The fascia is drawn to the outer border of the network's muscle. */
MS_NODISCARD ms_status ms_guard_regions(ms_torso *torso, float *probability, const double muscle_hu[2],
                                        uint8_t *region, ms_error *err);
/* A vertebra between the two psoas the network sees, for a slice where no bone fits the template: false when
 * it does not see both. */
bool ms_guard_vertebra(const ms_geometry *geometry, const float *probability, ms_vertebra2d *vertebra);

/* muscle_check.c: what two ways of outlining say of each other. Labels 1 to 3 count. */
typedef struct ms_agreement {
    double muscle_dice, psoas_dice;
    double muscle_cm2[2], psoas_cm2[2][2]; /* of the first and the second; psoas right, left */
} ms_agreement;
void ms_agreement_of(const ms_geometry *geometry, const uint8_t *a, const uint8_t *b, ms_agreement *out);
/* The widest sector without muscle of labels 1 to 3 seen from the vertebra, degrees; the linea alba's own
 * place is not counted. */
double ms_widest_gap_degrees(const ms_torso *torso, const uint8_t *labels);

#endif
