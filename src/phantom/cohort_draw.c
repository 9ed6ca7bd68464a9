/* Patients with survival from a known hazard. No scan is made here. */
#include "phantom/draw.h"

#include <math.h>
#include <stdlib.h>

#define DAYS_A_YEAR 365.25

ms_phantom_effects ms_phantom_effects_os(void) {
    return (ms_phantom_effects){.muscle = -0.95,
                                .density = -0.68,
                                .texture = 0.56,
                                .age = 0.30,
                                .stage = 0.35,
                                .shape = 1.25,
                                .scale_days = 2450};
}

ms_phantom_effects ms_phantom_effects_rfs(void) {
    return (ms_phantom_effects){.muscle = -0.82,
                                .density = -0.62,
                                .texture = 0.70,
                                .age = 0.15,
                                .stage = 0.50,
                                .shape = 1.25,
                                .scale_days = 2900};
}

void ms_phantom_standardise(const ms_phantom_params *p, double z[3]) {
    double density = (1 - p->fat_infiltration) * p->muscle_hu - 100 * p->fat_infiltration;
    z[0] = (p->muscle_amount - MUSCLE_MEAN) / MUSCLE_SD;
    z[1] = (density - DENSITY_MEAN) / DENSITY_SD;
    z[2] = log(p->infiltration_scale_mm / SCALE_MEDIAN_MM) / SCALE_LOG_SD;
}

static double log_hazard(const ms_phantom_effects *e, const ms_phantom_patient *p) {
    double z[3];
    ms_phantom_standardise(&p->params, z);
    return e->muscle * z[0] + e->density * z[1] + e->texture * z[2] +
           e->age * (p->params.age_years - 60) / 10 + e->stage * (p->stage - 2);
}

static double weibull(const ms_phantom_effects *e, double log_hazard_ratio, ms_random *random) {
    return e->scale_days * pow(ms_random_exponential(random) * exp(-log_hazard_ratio), 1 / e->shape);
}

/* Death and recurrence have proportional Weibull hazards of one shape, so their sum (recurrence or death) has
 * too: its log hazard, on the scale of recurrence, is log(exp(recurrence) + exp(death) (scale_rfs /
 * scale_os)^shape). */
static void draw_survival(ms_phantom_patient *p, ms_random *random) {
    const ms_phantom_effects os = ms_phantom_effects_os(), rec = ms_phantom_effects_rfs();
    double recurrence = log_hazard(&rec, p);
    p->log_hazard_os = log_hazard(&os, p);
    p->log_hazard_rfs =
        log(exp(recurrence) + exp(p->log_hazard_os + rec.shape * log(rec.scale_days / os.scale_days)));
    double death = weibull(&os, p->log_hazard_os, random), back = weibull(&rec, recurrence, random);
    /* operated over five years, followed to the end of the seventh; 4% a year are lost to follow-up */
    double closing = DAYS_A_YEAR * ms_random_range(random, 2, 7);
    double lost = DAYS_A_YEAR / 0.04 * ms_random_exponential(random);
    double censored = fmin(closing, lost);
    p->os_event = death <= censored;
    p->os_days = fmax(1, ceil(fmin(death, censored)));
    double first = fmin(back, death);
    p->rfs_event = first <= censored;
    p->rfs_days = fmin(p->os_days, fmax(1, ceil(fmin(first, censored))));
}

static void draw_clinic(ms_phantom_patient *p, ms_random *random) {
    static const double up_to[3] = {0.30, 0.68, 0.92};
    double u = ms_random_uniform(random), z[3];
    p->stage = u < up_to[0] ? 1 : u < up_to[1] ? 2 : u < up_to[2] ? 3 : 4;
    ms_phantom_standardise(&p->params, z);
    const ms_phantom_params *m = &p->params;
    double bmi =
        22.5 + 6 * (m->visceral - 0.35) + 0.17 * (m->subcutaneous_mm - 17) + 6 * (m->muscle_amount - 1);
    bmi = fmax(16, bmi + 0.8 * ms_random_normal(random));
    p->weight_kg = round(bmi * m->height_m * m->height_m * 10) / 10;
    p->albumin_g_l =
        round(10 * (40 + 1.0 * z[0] - 0.9 * (p->stage - 2) + 3.6 * ms_random_normal(random))) / 10;
    p->bilirubin_umol_l = round(10 * draw_lognormal(random, 14, 0.45, 4, 90)) / 10;
    p->afp_ng_ml = round(10 * draw_lognormal(random, 9 * exp(0.6 * (p->stage - 1)), 1.4, 1, 60000)) / 10;
    p->tumour_cm = round(10 * draw_lognormal(random, 2.2 + 1.1 * p->stage, 0.4, 0.8, 20)) / 10;
}

static ms_status draw_one(const ms_phantom_cohort_options *o, size_t i, site where, ms_phantom_patient *p,
                          ms_error *err) {
    char stream[48];
    (void)ms_text_format(stream, sizeof stream, "phantom patient %zu", i);
    (void)ms_text_format(p->case_id, sizeof p->case_id, "SYN-%04zu", i + 1);
    p->seed = ms_random_seed_of(o->seed, stream);
    ms_random *random = ms_random_new(o->seed, stream);
    if (!random) return ms_error_nomem(err);
    draw_patient(random, &p->params);
    draw_clinic(p, random);
    draw_survival(p, random);
    draw_scan(random, where, &p->params);
    if (o->slice_mm > 0) p->params.slice_mm = p->params.spacing_z_mm = o->slice_mm;
    if (o->matrix > 0) p->params.matrix = o->matrix;
    p->dicom = o->format == MS_PHANTOM_DICOM || (o->format == MS_PHANTOM_MIXED && i % 2 == 1);
    ms_random_free(random);
    return ms_phantom_params_check(&p->params, err);
}

static ms_status check_options(const ms_phantom_cohort_options *o, ms_error *err) {
    if (o->patients < 3 || o->patients > 100000)
        return ms_error_set(err, MS_EUSAGE, "a cohort needs 3 to 100000 patients, not %zu", o->patients);
    return MS_OK;
}

/* A shuffled order deals out the cohorts (60, 20, 20%) and, in the main one, the split (7:3). */
ms_status ms_phantom_cohort_draw(const ms_phantom_cohort_options *o, ms_phantom_patient *patients,
                                 ms_error *err) {
    ms_status status = check_options(o, err);
    if (status) return status;
    const size_t n = o->patients, main_n = n - 2 * (n / 5), training = (main_n * 7 + 5) / 10;
    size_t *order = ms_calloc(n, sizeof *order);
    ms_phantom_patient *made = ms_calloc(n, sizeof *made);
    ms_random *random = ms_random_new(o->seed, "phantom cohorts");
    if (!order || !made || !random) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    for (size_t i = 0; i < n; i++) order[i] = i;
    ms_random_shuffle(random, order, n);
    for (size_t r = 0; r < n; r++) {
        site where = r < main_n ? SITE_MAIN : r < main_n + n / 5 ? SITE_EXTERNAL1 : SITE_EXTERNAL2;
        ms_phantom_patient *p = &made[order[r]];
        p->cohort = where == SITE_MAIN ? "main" : where == SITE_EXTERNAL1 ? "external1" : "external2";
        p->split = r < training ? "training" : r < main_n ? "internal" : "external";
        if ((status = draw_one(o, order[r], where, p, err))) goto cleanup;
    }
    for (size_t i = 0; i < n; i++) patients[i] = made[i];
cleanup:
    ms_random_free(random);
    free(order);
    free(made);
    return status;
}
