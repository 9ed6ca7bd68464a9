/* phantom/anatomy.h: the trunk as shapes. The frame is the patient's: x to the left, y to the back, z up, in
 * mm, with the middle of the L3 body (before scoliosis) at the origin. A level u counts vertebrae downwards
 * from L3 = 0: T12 is -3, S1 is 3; whole numbers are the middles of vertebral bodies. Levels place the soft
 * tissue; with 4 or 6 lumbar vertebrae the levels between T12 and S1 are spread over them, and the bones are
 * counted on their own. */
#ifndef MS_PHANTOM_ANATOMY_H
#define MS_PHANTOM_ANATOMY_H

#include "phantom/paint.h"

#include "base/base.h"

#define LEVELS 13      /* T8 ... S3 */
#define LEVEL_FIRST -7 /* T8 */
#define LEVEL_L3 7     /* index of L3 */
#define BONES 14       /* vertebrae at most: T8 ... T12, 4 to 6 lumbar, S1 ... S3 */
#define BONE_L1 5      /* index of the one under T12 */
#define OUTLINE 144    /* points of a trunk outline */
#define LOOPS_MAX 200

typedef struct vertebra {
    double x, y, z;      /* middle of the body */
    double tilt, lean;   /* radians: sagittal (the axis going down runs to the back), coronal */
    double height;       /* of the body */
    double width, depth; /* of the body */
} vertebra;

typedef struct loop { /* a piece of bowel, or any ellipsoid in the cavity */
    double x, y, z, rx, ry, rz, rot, wobble, phase;
    tissue content;
    bool gas;
} loop;

typedef struct anatomy {
    const ms_phantom_params *p;
    double scale;                  /* of the skeleton: height / 1.74 m */
    double woman;                  /* 1 woman, 0 man */
    double muscle;                 /* linear scale of muscles */
    double wall;                   /* scale of the wall's thickness */
    double psoas;                  /* linear scale of psoas */
    vertebra v[LEVELS];            /* by level */
    vertebra bone[BONES];          /* those that are there, from T8 down */
    int n_bones, s1, last_rib, l3; /* how many, and the indices of S1, the lowest with ribs, L3 */
    loop loops[LOOPS_MAX];
    int n_loops;
    double plaque[64][2]; /* z, angle */
    int n_plaque;
    double jitter[24]; /* normal numbers for organ sizes and places */
} anatomy;

/* What is worked out once for a thin slice. */
/* Thickness in mm of the wall's layers at one point of the fascia, from outside in. */
typedef struct wall_layers {
    double latissimus, fascia, rectus, external, internal, transversus, gap;
} wall_layers;

typedef struct section {
    const anatomy *a;
    canvas *c;
    double z, u;
    double xs, ys;                                          /* middle of the spine */
    double yc;                                              /* centre of the outlines (x = 0) */
    double fascia[OUTLINE], skin[OUTLINE], cavity[OUTLINE]; /* radii */
    wall_layers wall[OUTLINE];
    double half, front, back; /* cavity: half-width, y of its front and back */
} section;

/* The skeleton and scales only: no random parts, no bowel. */
void anatomy_frame(anatomy *a, const ms_phantom_params *params);
void anatomy_init(anatomy *a, const ms_phantom_params *params, ms_random *random);
double anatomy_level(const anatomy *a, double z);
double anatomy_z(const anatomy *a, double u);
/* A curve given at the levels T8 to S3, between them linear. */
double level_curve(const double node[LEVELS], double u);
double smooth_step(double from, double to, double x);
double mix(double a, double b, double t);
/* Middle of the spine at a level. */
void anatomy_spine(const anatomy *a, double u, double *x, double *y);
/* The level of a bone: its own with five lumbar vertebrae, else in between. */
double anatomy_bone_level(const anatomy *a, int bone);

/* Paints one thin slice at height z: the whole order of painting. The canvas is all air before. */
void section_paint(const anatomy *a, canvas *c, double z);

/* wall.c: the layers at point i, and their sum */
void wall_layers_at(const section *s, int i, wall_layers *l);

/* outline.c */
void outline_unit(int i, double *c, double *s);
void outline_setup(section *s);
void outline_polygon(const section *s, const double *radius, double less, polygon *p);
/* Lowest point of the skin (largest y) over the scanned part, for the table. */
double outline_back(const anatomy *a);
/* Largest distance of the skin from the middle plane over the scanned part. */
double outline_half_width(const anatomy *a);

/* the painters, in order */
void paint_wall(section *s);
void paint_pelvic_ground(section *s);
void paint_thorax(section *s);
void paint_organs(section *s);
void paint_bowel(section *s);
void paint_vessels(section *s);
void paint_muscles(section *s);
void paint_pelvis(section *s);
void paint_spine(section *s);
void paint_ribs(section *s);

/* bowel.c: places loops and colon */
void bowel_init(anatomy *a, ms_random *random);

/* shapes.c */
void shape_ellipse(section *s, double x, double y, double rx, double ry, double rot, tissue t, uint64_t over);
/* An ellipsoid's cut; false when the slice misses it. `shrink` takes mm off the cut's radii. */
bool shape_ellipsoid(section *s, const loop *l, double shrink, polygon *p);
void shape_mirror(polygon *p);

#endif
