/* A mixed hospital population that is imaged before surgery of the liver: 62% men, 60 years, wide spread of
 * muscle and fat. What survival depends on is drawn independently, so that each effect can be found on its
 * own. */
#include "phantom/draw.h"

#include "phantom/anatomy.h"

#include <math.h>

double draw_normal(ms_random *random, double mean, double sd, double lowest, double highest) {
    double x = mean + sd * ms_random_normal(random);
    return x < lowest ? lowest : x > highest ? highest : x;
}

double draw_lognormal(ms_random *random, double median, double log_sd, double lowest, double highest) {
    return exp(draw_normal(random, log(median), log_sd, log(lowest), log(highest)));
}

void draw_patient(ms_random *random, ms_phantom_params *p) {
    ms_phantom_params_default(p);
    const bool man = ms_random_uniform(random) < 0.62;
    p->sex = man ? 1 : 0;
    p->age_years = floor(draw_normal(random, 60, 11, 26, 88));
    p->height_m =
        round(draw_normal(random, man ? 1.72 : 1.59, 0.065, man ? 1.55 : 1.43, man ? 1.92 : 1.77) * 100) /
        100;
    p->muscle_amount = draw_normal(random, MUSCLE_MEAN, MUSCLE_SD, 0.6, 1.38);
    p->psoas_amount = draw_normal(random, 1, 0.09, 0.78, 1.25);
    p->muscle_hu = draw_normal(random, LEAN_MEAN, LEAN_SD, 41, 64);
    p->fat_infiltration = draw_lognormal(random, FAT_MEDIAN, FAT_LOG_SD, 0.012, 0.26);
    p->infiltration_scale_mm = draw_lognormal(random, SCALE_MEDIAN_MM, SCALE_LOG_SD, 1.6, 10);
    p->subcutaneous_mm = draw_lognormal(random, man ? 15 : 21, 0.42, 4.5, 48);
    p->visceral = draw_normal(random, man ? 0.46 : 0.32, 0.2, 0, 1);
    p->bone_hu = draw_normal(random, 205 - 1.3 * (p->age_years - 40), 24, 75, 270);
    p->lordosis_deg = draw_normal(random, 45, 8, 20, 68);
    double curve = ms_random_uniform(random) < 0.1 ? 11 : 3;
    p->scoliosis_deg = draw_normal(random, 0, curve, -25, 25);
    p->bowel_gas = ms_random_range(random, 0.1, 0.6);
    double drinks = ms_random_uniform(random), share = ms_random_range(random, 0.4, 0.9);
    p->oral_contrast = drinks < 0.25 ? share : 0;
}

/* Width of the body over the scanned range, in mm. */
static double body_width(const ms_phantom_params *p) {
    anatomy a;
    anatomy_frame(&a, p);
    return 2 * outline_half_width(&a);
}

static void draw_scanner(ms_random *random, site where, ms_phantom_params *p) {
    double a = ms_random_uniform(random), b = ms_random_uniform(random), c = ms_random_uniform(random);
    switch (where) {
    case SITE_MAIN: /* one scanner, plain, 5 mm, soft */
        p->noise_hu = 8 + 4 * a;
        return;
    case SITE_EXTERNAL1: /* another maker: sharper kernel */
        p->kernel = MS_PHANTOM_SHARP;
        p->noise_hu = 7 + 4 * a;
        return;
    case SITE_EXTERNAL2: /* thinner slices with gaps, noisier, some with contrast */
        p->slice_mm = 3;
        p->noise_hu = 9 + 4 * a;
        p->phase = b < 0.2 ? MS_PHANTOM_PORTAL : MS_PHANTOM_PLAIN;
        return;
    case SITE_MIXED:
        break;
    }
    static const double thickness[5] = {5, 5, 5, 3, 7};
    p->slice_mm = thickness[(int)(a * 5)];
    p->spacing_z_mm = p->slice_mm > 5 ? 5 : p->slice_mm;
    p->kernel = b < 0.25 ? MS_PHANTOM_SHARP : MS_PHANTOM_SOFT;
    p->noise_hu = ms_random_range(random, 6, 16);
    p->phase = c < 0.5 ? MS_PHANTOM_PLAIN : c < 0.65 ? MS_PHANTOM_ARTERIAL : MS_PHANTOM_PORTAL;
    p->padding = ms_random_uniform(random) < 0.2 ? 1 : 0;
}

void draw_scan(ms_random *random, site where, ms_phantom_params *p) {
    p->shift_x_mm = draw_normal(random, 0, 7, -20, 20);
    p->shift_y_mm = draw_normal(random, 0, 7, -20, 20);
    p->rotation_deg = draw_normal(random, 0, 2, -6, 6);
    p->z_offset_mm = round(ms_random_range(random, -900, 300) * 10) / 10;
    double wide = body_width(p), cut = ms_random_uniform(random), margin = ms_random_range(random, 25, 70);
    draw_scanner(random, where, p);
    bool cut_off = cut < (where == SITE_MIXED ? 0.08 : 0.02);
    double fov = cut_off ? wide * 0.9 : wide + margin + 2 * fabs(p->shift_x_mm) + (p->padding != 0 ? 30 : 0);
    p->fov_mm = round(fov < 300 ? 300 : fov > 550 ? 550 : fov);
}

/* Unusual spines, from a stream of their own so that all else stays as drawn. Shares of people with 11 or 13
 * pairs of ribs, 4 or 6 lumbar vertebrae and transitional vertebrae are each a few percent in published
 * series. */
static void draw_spine(ms_random *random, ms_phantom_params *p) {
    double count = ms_random_uniform(random), joined = ms_random_uniform(random);
    p->ribs_pairs = count < 0.02 ? 11 : count < 0.04 ? 13 : 12;
    p->lumbar_count = count >= 0.04 && count < 0.06 ? 4 : count >= 0.06 && count < 0.08 ? 6 : 5;
    p->transitional = joined < 0.02   ? MS_PHANTOM_SACRALISED
                      : joined < 0.04 ? MS_PHANTOM_LUMBARISED
                      : joined < 0.06 ? MS_PHANTOM_SACRALISED_RIGHT
                                      : 0;
    double size[5], is[5];
    for (int i = 0; i < 5; i++) is[i] = ms_random_uniform(random), size[i] = ms_random_uniform(random);
    /* where the count is unusual too, nobody could tell such a rib from a process: there it is never short */
    const bool usual = p->ribs_pairs == 12 && p->lumbar_count == 5;
    p->last_rib = usual && is[0] < 0.15 ? 0.4 + 0.5 * size[0] : 1;
    p->kyphosis_deg = is[1] < 0.1 ? 10 + 25 * size[1] : 0;
    p->fracture = is[2] < 0.05 ? 0.15 + 0.35 * size[2] : 0;
    p->osteophytes = is[3] < 0.25 ? 0.2 + 0.8 * size[3] : 0;
    p->implants = is[4] < 0.03 ? 1 + floor(size[4] * 3) : 0;
    p->vertebra_height = draw_normal(random, 1, 0.04, 0.88, 1.12);
}

ms_status ms_phantom_params_random(uint64_t seed, ms_phantom_params *params, ms_error *err) {
    ms_random *random = ms_random_new(seed, "phantom patient"), *spine = ms_random_new(seed, "phantom spine");
    if (!random || !spine) {
        ms_random_free(random);
        ms_random_free(spine);
        return ms_error_nomem(err);
    }
    draw_patient(random, params);
    draw_scan(random, SITE_MIXED, params);
    draw_spine(spine, params);
    ms_random_free(random);
    ms_random_free(spine);
    return MS_OK;
}
