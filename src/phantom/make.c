/* ms_phantom_make: slices in parallel, then the truth. */
#include "phantom/render.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct job {
    const scene *s;
    ms_volume *volume;
    ms_mask *mask;
    float *l3_clean; /* the mid-L3 slice without noise */
    size_t l3;
    double l3_top, l3_bottom; /* z of the L3 body's ends, and of all its bone */
    double bone_top, bone_bottom;
    bool only_l3;
} job;

/* The label a voxel gets: the compartment that at least half of its samples lie in, if its value fits. */
static uint8_t label_of(const uint8_t *count, int samples, float hu, bool in_body) {
    if (2 * count[C_L3] >= samples) return MS_LABEL_L3;
    if (!in_body) return MS_LABEL_NONE;
    const bool fat = hu >= -190 && hu <= -30, lean = hu >= -29 && hu <= 150;
    const int muscle = count[C_MUSCLE] + count[C_PSOAS_RIGHT] + count[C_PSOAS_LEFT];
    if (2 * count[C_SAT] >= samples) return fat ? MS_LABEL_SAT : MS_LABEL_NONE;
    if (2 * count[C_VAT] >= samples) return hu >= -150 && hu <= -50 ? MS_LABEL_VAT : MS_LABEL_NONE;
    if (2 * (muscle + count[C_INTERFAT]) < samples) return MS_LABEL_NONE;
    if (fat) return MS_LABEL_IMAT;
    if (!lean || 2 * muscle < samples) return MS_LABEL_NONE;
    if (count[C_PSOAS_RIGHT] > count[C_MUSCLE]) return MS_LABEL_PSOAS_RIGHT;
    return count[C_PSOAS_LEFT] > count[C_MUSCLE] ? MS_LABEL_PSOAS_LEFT : MS_LABEL_MUSCLE;
}

static ms_status make_slice(void *context, size_t k, ms_error *err) {
    job *j = context;
    const ms_geometry *g = &j->s->grid;
    const size_t n = g->n[0] * g->n[1];
    double z = g->origin_mm[2] + (double)k * g->spacing_mm[2], reach = j->s->p->slice_mm / 2;
    bool near_bone = z <= j->bone_top + reach && z >= j->bone_bottom - reach;
    bool in_body = z <= j->l3_top && z >= j->l3_bottom;
    if (k == j->l3) near_bone = in_body = true;
    if (j->only_l3 && !near_bone) return MS_OK;
    float *clean = ms_calloc(n, sizeof *clean), *own = j->volume ? NULL : ms_calloc(n, sizeof *own);
    uint8_t *counts = near_bone ? ms_calloc(n * C_COUNT, 1) : NULL;
    ms_status status = MS_OK;
    int samples = 0;
    if (!clean || (!j->volume && !own) || (near_bone && !counts)) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    float *hu = j->volume ? j->volume->data + k * n : own;
    if ((status = render_slice(j->s, k, hu, clean, counts, &samples, err))) goto cleanup;
    if (counts) {
        for (size_t i = 0; i < n; i++)
            j->mask->data[k * n + i] = label_of(counts + i * C_COUNT, samples, clean[i], in_body);
    }
    if (k == j->l3) memcpy(j->l3_clean, clean, n * sizeof *clean);
cleanup:
    free(clean);
    free(own);
    free(counts);
    return status;
}

static void truth_vertebrae(const scene *s, ms_phantom_truth *truth) {
    static const char *const names[MS_PHANTOM_VERTEBRAE] = {"T10", "T11", "T12", "L1", "L2",
                                                            "L3",  "L4",  "L5",  "L6", "S1"};
    const anatomy *a = &s->body;
    truth->n_vertebrae = (size_t)(a->s1 - a->l3 + 6);
    for (int i = 0; i < MS_PHANTOM_VERTEBRAE; i++) {
        const int bone = a->l3 - 5 + i;
        const vertebra *v = &a->bone[bone];
        ms_phantom_vertebra *t = &truth->vertebra[i];
        *t = (ms_phantom_vertebra){.centre_mm = {NAN, NAN, NAN}, .top_mm = NAN, .bottom_mm = NAN};
        if (bone > a->s1) continue;
        (void)ms_text_format(t->name, sizeof t->name, "%s", bone == a->s1 ? "S1" : names[i]);
        scene_from_patient(s, (const double[3]){v->x, v->y, v->z}, t->centre_mm);
        t->top_mm = t->centre_mm[2] + v->height / 2 * cos(v->tilt);
        t->bottom_mm = t->centre_mm[2] - v->height / 2 * cos(v->tilt);
    }
}

/* Whether the whole skin at mid-L3 lies within the field (and its circle, where the corners are padding). */
static bool field_holds_body(const scene *s) {
    section mid = {.a = &s->body, .u = anatomy_level(&s->body, 0)};
    anatomy_spine(&s->body, mid.u, &mid.xs, &mid.ys);
    outline_setup(&mid);
    double half = s->p->fov_mm / 2;
    for (int i = 0; i < OUTLINE; i++) {
        double c, sn, at[3];
        outline_unit(i, &c, &sn);
        scene_from_patient(s, (const double[3]){mid.skin[i] * c, mid.yc + mid.skin[i] * sn, 0}, at);
        double x = at[0], y = at[1] + 150;
        if (fabs(x) > half || fabs(y) > half) return false;
        if (s->p->padding != 0 && x * x + y * y > half * half) return false;
    }
    return true;
}

static void measure(const scene *s, const uint8_t *labels, const float *clean, ms_phantom_truth *t) {
    const size_t n = s->grid.n[0] * s->grid.n[1];
    const double pixel_cm2 = s->grid.spacing_mm[0] * s->grid.spacing_mm[1] / 100;
    double count[8] = {0}, sum[8] = {0}, square = 0;
    for (size_t i = 0; i < n; i++) {
        count[labels[i]] += 1;
        sum[labels[i]] += (double)clean[i];
        if (labels[i] >= 1 && labels[i] <= 3) square += (double)clean[i] * (double)clean[i];
    }
    for (int l = 0; l < 8; l++) t->area_cm2[l] = count[l] * pixel_cm2;
    double muscle = count[1] + count[2] + count[3], psoas = count[2] + count[3];
    t->sma_cm2 = muscle * pixel_cm2;
    t->psoas_cm2 = psoas * pixel_cm2;
    t->smd_hu = muscle > 0 ? (sum[1] + sum[2] + sum[3]) / muscle : (double)NAN;
    t->psoas_hu = psoas > 0 ? (sum[2] + sum[3]) / psoas : (double)NAN;
    t->muscle_sd_hu = muscle > 1 ? sqrt(fmax(0, square / muscle - t->smd_hu * t->smd_hu)) : (double)NAN;
    t->sat_cm2 = t->area_cm2[MS_LABEL_SAT];
    t->vat_cm2 = t->area_cm2[MS_LABEL_VAT];
    t->imat_cm2 = t->area_cm2[MS_LABEL_IMAT];
}

ms_status ms_phantom_make(const ms_phantom_params *params, uint64_t seed, ms_volume *volume, ms_mask *mask,
                          ms_phantom_truth *truth, ms_error *err) {
    ms_status status = ms_phantom_params_check(params, err);
    if (status) return status;
    scene s;
    ms_volume v = {0};
    ms_mask m = {0};
    float *clean = NULL;
    ms_phantom_truth t = {0};
    if ((status = scene_init(&s, params, seed, err))) return status;
    if (volume && (status = ms_volume_alloc(&v, &s.grid, err))) goto cleanup;
    if ((status = ms_mask_alloc(&m, &s.grid, err))) goto cleanup;
    const size_t n = s.grid.n[0] * s.grid.n[1];
    if (!(clean = ms_calloc(n, sizeof *clean))) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    truth_vertebrae(&s, &t);
    t.l3_z_mm = params->z_offset_mm;
    t.l3_slice_index = (size_t)lround((t.l3_z_mm - s.grid.origin_mm[2]) / s.grid.spacing_mm[2]);
    const double reach = 32 * s.body.scale; /* processes of L3 stay within this of its middle */
    job j = {.s = &s,
             .volume = volume ? &v : NULL,
             .mask = &m,
             .l3_clean = clean,
             .l3 = t.l3_slice_index,
             .l3_top = t.vertebra[5].top_mm,
             .l3_bottom = t.vertebra[5].bottom_mm,
             .bone_top = t.l3_z_mm + reach,
             .bone_bottom = t.l3_z_mm - reach,
             .only_l3 = !volume};
    if ((status = ms_parallel_for(s.grid.n[2], make_slice, &j, err))) goto cleanup;
    measure(&s, m.data + t.l3_slice_index * n, clean, &t);
    t.complete = field_holds_body(&s);
    if (truth) *truth = t;
    if (volume) *volume = v, v = (ms_volume){0};
    if (mask) *mask = m, m = (ms_mask){0};
cleanup:
    scene_clear(&s);
    ms_volume_clear(&v);
    ms_mask_clear(&m);
    free(clean);
    return status;
}
