/* Size and posture of one patient's skeleton. Pitches and body sizes of the reference man (1.74 m) are mean
 * values of adult lumbar and lower thoracic spines (bodies 21 to 28 mm, discs 4 to 10 mm high). */
#include "phantom/anatomy.h"

#include <math.h>

static const double body_height[LEVELS] = {20, 20.5, 21.5, 22.5, 24.5, 26, 27, 27, 27, 27, 27, 24, 21};
static const double disc_height[LEVELS] = {3.5, 4,    4.5, 5, 6, 7.5, 9,
                                           10,  10.5, 10,  3, 2, 1.5}; /* below the body */
static const double body_width[LEVELS] = {29, 30, 32, 36, 40, 42, 44, 46, 48, 51, 52, 42, 32};
static const double body_depth[LEVELS] = {27, 28, 29, 30, 31, 31, 32, 33, 34, 34, 32, 24, 18};
/* Share of the lordosis that a body is tilted by (L1 to S1: -0.28 to 0.72). */
static const double tilt_share[LEVELS] = {.02,  -.04, -.11, -.19, -.26, -.28, -.20,
                                          -.07, .10,  .34,  .72,  .95,  1.05};

double smooth_step(double from, double to, double x) {
    double t = (x - from) / (to - from);
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    return t * t * (3 - 2 * t);
}

double mix(double a, double b, double t) {
    return a + (b - a) * t;
}

double level_curve(const double node[LEVELS], double u) {
    double i = u - LEVEL_FIRST;
    if (i <= 0) return node[0];
    if (i >= LEVELS - 1) return node[LEVELS - 1];
    int k = (int)i;
    return mix(node[k], node[k + 1], i - k);
}

double anatomy_level(const anatomy *a, double z) {
    int k = 0;
    while (k < LEVELS - 2 && z < a->v[k + 1].z) k++;
    return LEVEL_FIRST + k + (a->v[k].z - z) / (a->v[k].z - a->v[k + 1].z);
}

double anatomy_z(const anatomy *a, double u) {
    double i = u - LEVEL_FIRST;
    int k = i < 0 ? 0 : i > LEVELS - 2 ? LEVELS - 2 : (int)i;
    return mix(a->v[k].z, a->v[k + 1].z, i - k);
}

/* Levels and bones: T8 to T12 and S1 to S3 are the same, the lumbar levels spread over the bones there are.
 */
static double bone_at(const anatomy *a, double u) {
    if (u <= -3) return u - LEVEL_FIRST;
    if (u >= 3) return a->s1 + u - 3;
    return BONE_L1 - 1 + (u + 3) * (a->s1 - BONE_L1 + 1) / 6;
}

double anatomy_bone_level(const anatomy *a, int bone) {
    if (bone < BONE_L1) return bone + LEVEL_FIRST;
    if (bone >= a->s1) return bone - a->s1 + 3;
    return -3 + (bone - BONE_L1 + 1) * 6.0 / (a->s1 - BONE_L1 + 1);
}

/* A vertebra between two bones. */
static vertebra between(const anatomy *a, double at) {
    int k = at < 0 ? 0 : at > a->n_bones - 2 ? a->n_bones - 2 : (int)at;
    const vertebra *p = &a->bone[k], *q = &a->bone[k + 1];
    double t = at - k;
    return (vertebra){mix(p->x, q->x, t),         mix(p->y, q->y, t),        mix(p->z, q->z, t),
                      mix(p->tilt, q->tilt, t),   mix(p->lean, q->lean, t),  mix(p->height, q->height, t),
                      mix(p->width, q->width, t), mix(p->depth, q->depth, t)};
}

void anatomy_spine(const anatomy *a, double u, double *x, double *y) {
    vertebra v = between(a, bone_at(a, u));
    *x = v.x;
    *y = v.y;
}

/* Thoracolumbar kyphosis: the bodies over the apex lean forwards, those under it backwards. */
static double kyphosis_share(double u) {
    return u < -3 ? 0.5 * smooth_step(-3, -4.5, u)
                  : -0.5 * smooth_step(-3, -2, u) * (1 - smooth_step(-1, 1, u));
}

static void size_bones(anatomy *a) {
    const ms_phantom_params *p = a->p;
    const double tall = a->scale * p->vertebra_height, narrow = a->woman > 0 ? 0.9 : 1.0;
    a->s1 = BONE_L1 + (int)p->lumbar_count;
    a->n_bones = a->s1 + 3;
    a->last_rib = BONE_L1 - 1 + (int)p->ribs_pairs - 12;
    a->l3 = a->last_rib + 3;
    for (int i = 0; i < a->n_bones; i++) {
        vertebra *v = &a->bone[i];
        double u = anatomy_bone_level(a, i);
        v->height = level_curve(body_height, u) * tall * (i == a->l3 - 2 ? 1 - p->fracture : 1);
        v->width = level_curve(body_width, u) * a->scale * narrow;
        v->depth = level_curve(body_depth, u) * a->scale * narrow;
        v->tilt =
            (level_curve(tilt_share, u) * p->lordosis_deg + kyphosis_share(u) * p->kyphosis_deg) * M_PI / 180;
    }
}

/* Height of the disc under a bone. */
static double disc_under(const anatomy *a, int i) {
    double usual = level_curve(disc_height, anatomy_bone_level(a, i));
    if (i == a->s1 - 1 && a->p->transitional == MS_PHANTOM_SACRALISED) usual = 4;
    if (i == a->s1 && a->p->transitional == MS_PHANTOM_LUMBARISED) usual = 7;
    return usual * a->scale * a->p->vertebra_height;
}

static void stack(const vertebra *from, vertebra *to, double disc, int down) {
    double pitch = down * ((from->height + to->height) / 2 + disc), tilt = (from->tilt + to->tilt) / 2;
    to->y = from->y + pitch * sin(tilt);
    to->z = from->z - pitch * cos(tilt);
}

static void place_vertebrae(anatomy *a) {
    size_bones(a);
    a->bone[a->l3].y = a->bone[a->l3].z = 0;
    for (int i = a->l3 + 1; i < a->n_bones; i++) stack(&a->bone[i - 1], &a->bone[i], disc_under(a, i - 1), 1);
    for (int i = a->l3 - 1; i >= 0; i--) stack(&a->bone[i + 1], &a->bone[i], disc_under(a, i), -1);
    /* A cosine bow with its apex at L2-L3 over six levels; its steepest ends lean by half the Cobb angle. */
    double reach = 6 * 36 * a->scale, bow = a->p->scoliosis_deg / 2 * M_PI / 180 * reach / M_PI;
    for (int i = 0; i < a->n_bones; i++) {
        double phase = (a->bone[i].z - 10) / (reach / 2);
        bool inside = fabs(phase) < 1;
        a->bone[i].x = inside ? bow * (1 + cos(M_PI * phase)) / 2 : 0;
        a->bone[i].lean = inside ? -bow * M_PI / reach * sin(M_PI * phase) : 0; /* dx/dz */
    }
    for (int i = 0; i < LEVELS; i++) a->v[i] = between(a, bone_at(a, i + LEVEL_FIRST));
}

void anatomy_frame(anatomy *a, const ms_phantom_params *params) {
    *a = (anatomy){.p = params};
    a->scale = params->height_m / 1.74;
    a->woman = params->sex > 0.5 ? 0 : 1;
    /* Norms of muscle at L3: 52 (men) and 40 cm2/m2 (women); areas grow with height squared. */
    double area = params->muscle_amount * a->scale * a->scale * (a->woman > 0 ? 0.79 : 1.0);
    a->muscle = sqrt(area);
    /* the wall is as long as the waist is wide: thinner over a large belly */
    double waist = 1 + (params->visceral - 0.35) * 0.26;
    a->wall = area / (a->scale * (a->woman > 0 ? 0.9 : 1.0) * waist);
    a->psoas = a->muscle * sqrt(params->psoas_amount);
    place_vertebrae(a);
}

void anatomy_init(anatomy *a, const ms_phantom_params *params, ms_random *random) {
    anatomy_frame(a, params);
    for (size_t i = 0; i < MS_COUNT(a->jitter); i++) {
        double g = ms_random_normal(random);
        a->jitter[i] = g > 2 ? 2 : g < -2 ? -2 : g;
    }
    /* Plaque in the aorta, more with age. */
    a->n_plaque = (int)(ms_random_uniform(random) * (params->age_years - 45) * 0.8);
    if (a->n_plaque < 0) a->n_plaque = 0;
    if (a->n_plaque > (int)MS_COUNT(a->plaque)) a->n_plaque = (int)MS_COUNT(a->plaque);
    for (int i = 0; i < a->n_plaque; i++) {
        a->plaque[i][0] = ms_random_range(random, -150, 150);
        a->plaque[i][1] = ms_random_range(random, 0, 2 * M_PI);
    }
    bowel_init(a, random);
}

void section_paint(const anatomy *a, canvas *c, double z) {
    section s = {.a = a, .c = c, .z = z, .u = anatomy_level(a, z)};
    anatomy_spine(a, s.u, &s.xs, &s.ys);
    outline_setup(&s);
    paint_wall(&s);
    paint_pelvic_ground(&s);
    paint_thorax(&s);
    paint_organs(&s);
    paint_bowel(&s);
    paint_vessels(&s);
    paint_muscles(&s);
    paint_pelvis(&s);
    paint_spine(&s);
    paint_ribs(&s);
}
