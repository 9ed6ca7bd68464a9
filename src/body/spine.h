/* body/spine.h: the steps from a volume to named vertebrae, private to the room.
 *
 * The way: a working grid of about 2 mm (spine_grid.c); the spinal canal, tracked through the slices by
 * dynamic programming (spine_canal.c); the line through the vertebral bodies in front of it and the volume
 * straightened along that line (spine_axis.c); profiles along it and from them the discs (spine_disc.c);
 * ribs, sacrum and iliac crests (spine_ribs.c, spine_pelvis.c); the names that fit these landmarks best
 * (spine_name.c). Bone alone is used, so that contrast in bowel and vessels does not matter much. After Yao,
 * O'Connor and Summers, "Automated spinal column extraction and partitioning", ISBI 2006, in its main steps.
 */
#ifndef MS_BODY_SPINE_H
#define MS_BODY_SPINE_H

#include "myosurv/body.h"

/* ---- working grid (spine_grid.c) -------------------------------------------------------------------- */

/* Means over blocks of voxels, about 2 mm across; axes as the volume's. Voxel (i, j, k) covers factor[]
 * voxels. */
typedef struct ms_spine_grid {
    size_t n[3], factor[3];
    double spacing[3];
    int16_t *hu; /* -1024 to 3071; owned */
    double *mid; /* per slice: x and y of the trunk's centre, mm from voxel (0, 0); NaN where there is none;
                    owned */
} ms_spine_grid;
MS_NODISCARD ms_status ms_spine_grid_make(const ms_volume *volume, ms_spine_grid *grid, ms_error *err);
void ms_spine_grid_clear(ms_spine_grid *grid);
/* HU at a place in mm from voxel (0, 0, 0), linear; -1024 outside. */
double ms_spine_grid_at(const ms_spine_grid *grid, double x, double y, double z);

/* ---- canal (spine_canal.c) -------------------------------------------------------------------------- */

/* The canal's centre in every slice first..last of the grid. */
typedef struct ms_spine_canal {
    size_t first, last;
    double *x, *y, *score; /* mm, mm, about 0 (open) to 1 (a full ring of bone); [n[2]] each; owned */
} ms_spine_canal;
/* MS_EINPUT when nothing like a canal is there. */
MS_NODISCARD ms_status ms_spine_canal_find(const ms_spine_grid *grid, ms_spine_canal *canal, ms_error *err);
void ms_spine_canal_clear(ms_spine_canal *canal);

/* ---- axis and straightened volume (spine_axis.c) ---------------------------------------------------- */

#define MS_SPINE_LATERAL 40 /* samples to each side, 2 mm apart */
#define MS_SPINE_FRONT 16   /* samples in front of the axis, 2 mm apart */
#define MS_SPINE_BACK 34    /* and behind */
#define MS_SPINE_NL (2 * MS_SPINE_LATERAL + 1)
#define MS_SPINE_NA (MS_SPINE_FRONT + MS_SPINE_BACK + 1)
#define MS_SPINE_STEP 2.0

/* The line through the vertebral bodies, a point every millimetre from the lowest up, and the volume around
 * it in planes at right angles to it: straight[(s * NA + a) * NL + l], a = FRONT at the axis and growing
 * backwards, l = LATERAL at the axis and growing to the patient's left. */
typedef struct ms_spine_axis {
    size_t n;
    double (*point)[3];   /* mm from voxel (0, 0, 0) of the working grid */
    double (*tangent)[3]; /* unit, upwards */
    double (*back)[3];    /* unit, backwards */
    double (*left)[3];    /* unit, to the patient's left */
    double *canal;        /* how far behind the axis the canal's centre lies, mm */
    int16_t *straight;
} ms_spine_axis;
MS_NODISCARD ms_status ms_spine_axis_make(const ms_spine_grid *grid, const ms_spine_canal *canal,
                                          ms_spine_axis *axis, ms_error *err);
void ms_spine_axis_clear(ms_spine_axis *axis);

/* ---- discs (spine_disc.c) --------------------------------------------------------------------------- */

#define MS_SPINE_MAX_DISCS 40

/* Discs from the lowest up; where[] is the place along the axis in mm (its index), and may lie a little
 * outside [0, n) where a vertebra is cut by the edge of the scan. below[] and above[] are the distances from
 * the disc's middle to the end plates on its two sides. */
typedef struct ms_spine_discs {
    size_t n;
    double where[MS_SPINE_MAX_DISCS], below[MS_SPINE_MAX_DISCS], above[MS_SPINE_MAX_DISCS];
    double fit[MS_SPINE_MAX_DISCS]; /* of the vertebra over disc i: about 0 for noise, over 1 if clear */
} ms_spine_discs;
MS_NODISCARD ms_status ms_spine_discs_find(const ms_spine_axis *axis, ms_spine_discs *discs, ms_error *err);
/* A point of the axis at s mm, extended straight beyond its ends: mm from voxel (0, 0, 0) of the working
 * grid. */
void ms_spine_axis_at(const ms_spine_axis *axis, double s, double point[3]);

/* ---- landmarks (spine_reach.c, spine_pelvis.c) ------------------------------------------------------ */

#define MS_SPINE_NO_REACH 22.0 /* where the way sideways begins: nothing was found there */

/* What is seen at the vertebra between discs i and i + 1; NaN where it cannot be seen. */
typedef struct ms_spine_marks {
    double reach_mm[2]; /* how far bone goes on to the right and left of the axis: a transverse process ends
                           within 50 mm, a rib goes on to the edge of the straightened volume, 80 mm */
    double ala;         /* share of bone beside the body and the disc under it: high in the sacrum; of the
                           side that has less */
    double ala_more;    /* and of the side that has more */
    double tilt_deg;    /* of the axis, positive where its way down runs to the back, as in the sacrum */
    double width_mm;    /* of the body, from the straightened volume; NaN when it cannot be told */
    double pitch_mm;    /* from disc to disc */
    double visible;     /* share of it inside the scan */
} ms_spine_marks;
MS_NODISCARD ms_status ms_spine_marks_measure(const ms_spine_axis *axis, const ms_spine_discs *discs,
                                              ms_spine_marks *marks, ms_error *err);
/* The top of the iliac crests, mm from the lowest slice; NaN where no iliac wing is in view. */
MS_NODISCARD ms_status ms_spine_crest_find(const ms_spine_grid *grid, const ms_spine_axis *axis,
                                           double *crest_mm, ms_error *err);

/* ---- names (spine_name.c, spine_terms.c) ------------------------------------------------------------ */

typedef enum ms_spine_landmark {
    MS_SPINE_RIBS,
    MS_SPINE_SACRUM,
    MS_SPINE_CRESTS,
    MS_SPINE_PROCESSES,
    MS_SPINE_CANAL,
    MS_SPINE_HEIGHTS,
    MS_SPINE_LANDMARKS
} ms_spine_landmark;

/* What is seen of a spine. */
typedef struct ms_spine_view {
    const ms_spine_axis *axis;
    const ms_spine_discs *discs;
    const ms_spine_marks *marks;
    double crest_mm;
} ms_spine_view;

/* A way to number the chain. */
typedef struct ms_spine_naming {
    int l3;     /* which vertebra (between discs l3 and l3 + 1) is L3; may lie outside what is in view */
    int lumbar; /* how many lumbar vertebrae there are, 4 to 6 */
} ms_spine_naming;

/* Log-likelihood (up to a constant) of what a landmark shows under a naming (spine_terms.c). */
double ms_spine_term(const ms_spine_view *view, ms_spine_landmark landmark, ms_spine_naming naming);

double ms_spine_range_term(const ms_spine_view *view, ms_spine_naming naming);

#define MS_SPINE_CANDIDATES 5
typedef struct ms_spine_names {
    int l3, lumbar; /* the best naming */
    double confidence;
    int candidate[MS_SPINE_CANDIDATES]; /* vertebrae that could be L3, the likeliest first */
    double probability[MS_SPINE_CANDIDATES];
    int alone[MS_SPINE_LANDMARKS]; /* which vertebra would be L3 by one landmark alone */
    double alone_p[MS_SPINE_LANDMARKS], agree_p[MS_SPINE_LANDMARKS]; /* its probability, that of l3 */
    bool seen[MS_SPINE_LANDMARKS];
    bool ribs, sacrum;  /* landmark in view */
    bool disagree;      /* ribs and sacrum alone would name another one */
    bool unusual_count; /* 4 or 6 lumbar vertebrae fit best, or may well */
    bool transitional;  /* the lowest lumbar vertebra or S1 is between both kinds, or the lowest
                           rib is on one side only */
} ms_spine_names;
void ms_spine_name(const ms_spine_view *view, ms_spine_names *names);

#endif
