/* Measurements on one labelled slice: sums over labels, and what follows from them. */
#include "body/measure.h"

#include "base/base.h"
#include "body/outline.h"
#include "body/vertebra.h"

#include <math.h>
#include <string.h>

/* Count and sum of HU of one label, and of two windows of it. */
typedef struct label_sums {
    size_t n, low, normal;
    double hu;
} label_sums;

size_t ms_measure_find(const char *name) {
    for (size_t m = 0; m < ms_n_measures; m++)
        if (strcmp(ms_measures[m].name, name) == 0) return m;
    return ms_n_measures;
}

/* Low attenuation is up to 29 HU, normal from 30 HU: whole numbers, so the border is at 29.5. */
static void sum_labels(const float *hu, const uint8_t *labels, size_t n, label_sums sums[8]) {
    memset(sums, 0, 8 * sizeof *sums);
    for (size_t v = 0; v < n; v++) {
        if (labels[v] == 0 || labels[v] > 7) continue;
        label_sums *s = &sums[labels[v]];
        s->n++;
        s->hu += (double)hu[v];
        if (hu[v] < 29.5F && hu[v] >= -29.5F) s->low++;
        if (hu[v] >= 29.5F && hu[v] < 150.5F) s->normal++;
    }
}

static label_sums add(label_sums a, label_sums b) {
    return (label_sums){a.n + b.n, a.low + b.low, a.normal + b.normal, a.hu + b.hu};
}

static double mean_hu(label_sums s) {
    return s.n > 0 ? s.hu / (double)s.n : NAN;
}

double ms_psoas_thickness_mm(const ms_geometry *geometry, const uint8_t *labels, uint8_t label) {
    enum { STEPS = 36 };
    double low[STEPS], high[STEPS], cosine[STEPS], sine[STEPS];
    for (int a = 0; a < STEPS; a++) {
        cosine[a] = cos(M_PI * a / STEPS);
        sine[a] = sin(M_PI * a / STEPS);
        low[a] = INFINITY;
        high[a] = -INFINITY;
    }
    for (size_t j = 0; j < geometry->n[1]; j++)
        for (size_t i = 0; i < geometry->n[0]; i++) {
            if (labels[j * geometry->n[0] + i] != label) continue;
            const double x = (double)i * geometry->spacing_mm[0], y = (double)j * geometry->spacing_mm[1];
            for (int a = 0; a < STEPS; a++) {
                const double t = x * cosine[a] + y * sine[a];
                low[a] = fmin(low[a], t);
                high[a] = fmax(high[a], t);
            }
        }
    int longest = 0;
    for (int a = 1; a < STEPS; a++)
        if (high[a] - low[a] > high[longest] - low[longest]) longest = a;
    const int across = (longest + STEPS / 2) % STEPS;
    if (!(high[across] >= low[across])) return NAN;
    /* a voxel has a width of its own */
    return high[across] - low[across] + sqrt(geometry->spacing_mm[0] * geometry->spacing_mm[1]);
}

/* Single muscles: voxels of a part that are labelled muscle. Nothing is measured when the part mask has none.
 */
static void measure_parts(const float *hu, const uint8_t *labels, const uint8_t *parts, size_t n, double cm2,
                          double *values) {
    static const struct {
        uint8_t right, left;
        size_t both_cm2, right_cm2, left_cm2, hu;
    } rows[] = {
        {MS_PART_ERECTOR_RIGHT, MS_PART_ERECTOR_LEFT, MS_M_ERECTOR, MS_M_ERECTOR_RIGHT, MS_M_ERECTOR_LEFT,
         MS_M_ERECTOR_HU},
        {MS_PART_QUADRATUS_RIGHT, MS_PART_QUADRATUS_LEFT, MS_M_QUADRATUS, MS_M_QUADRATUS_RIGHT,
         MS_M_QUADRATUS_LEFT, MS_M_QUADRATUS_HU},
        {MS_PART_WALL, MS_PART_WALL, MS_M_WALL, MS_M_WALL, MS_M_WALL, MS_M_WALL_HU},
    };
    label_sums sums[MS_PARTS] = {{0}};
    for (size_t v = 0; v < n; v++) {
        if (parts[v] == 0 || parts[v] >= MS_PARTS || labels[v] == 0 || labels[v] > MS_LABEL_PSOAS_LEFT)
            continue;
        sums[parts[v]].n++;
        sums[parts[v]].hu += (double)hu[v];
    }
    for (size_t r = 0; r < MS_COUNT(rows); r++) {
        const label_sums right = sums[rows[r].right], left = sums[rows[r].left];
        const label_sums both = rows[r].right == rows[r].left ? right : add(right, left);
        if (right.n == 0 || left.n == 0) continue;
        values[rows[r].right_cm2] = cm2 * (double)right.n;
        values[rows[r].left_cm2] = cm2 * (double)left.n;
        values[rows[r].both_cm2] = cm2 * (double)both.n;
        values[rows[r].hu] = mean_hu(both);
    }
}

static void measure_muscle(const label_sums sums[8], double cm2, double *values, ms_flags *flags) {
    const label_sums psoas = add(sums[MS_LABEL_PSOAS_RIGHT], sums[MS_LABEL_PSOAS_LEFT]);
    const label_sums muscle = add(sums[MS_LABEL_MUSCLE], psoas);
    const bool cut = ms_flags_has(flags, "truncated_fov_muscle");
    if (muscle.n == 0) ms_flags_add(flags, "muscle_missing");
    if (muscle.n > 0 && !cut) {
        values[MS_M_SMA] = cm2 * (double)muscle.n;
        values[MS_M_LAMA] = cm2 * (double)muscle.low;
        values[MS_M_NAMA] = cm2 * (double)muscle.normal;
        values[MS_M_SMD] = mean_hu(muscle);
    }
    const bool right = sums[MS_LABEL_PSOAS_RIGHT].n > 0, left = sums[MS_LABEL_PSOAS_LEFT].n > 0;
    if (right) values[MS_M_PSOAS_RIGHT] = cm2 * (double)sums[MS_LABEL_PSOAS_RIGHT].n;
    if (left) values[MS_M_PSOAS_LEFT] = cm2 * (double)sums[MS_LABEL_PSOAS_LEFT].n;
    values[MS_M_PSOAS_RIGHT_HU] = mean_hu(sums[MS_LABEL_PSOAS_RIGHT]);
    values[MS_M_PSOAS_LEFT_HU] = mean_hu(sums[MS_LABEL_PSOAS_LEFT]);
    if (right && left) {
        values[MS_M_PSOAS] = cm2 * (double)psoas.n;
        values[MS_M_PSOAS_HU] = mean_hu(psoas);
    } else {
        ms_flags_add(flags, "psoas_missing");
    }
}

/* A mask drawn elsewhere that has none of a fat label says nothing about that fat. */
static void measure_fat(const label_sums sums[8], double cm2, double *values, ms_flags *flags) {
    const bool given = ms_flags_has(flags, "mask_given");
    const bool skin_cut = ms_flags_has(flags, "truncated_fov_skin");
    const bool muscle_cut = ms_flags_has(flags, "truncated_fov_muscle");
    const label_sums sat = sums[MS_LABEL_SAT], vat = sums[MS_LABEL_VAT], imat = sums[MS_LABEL_IMAT];
    if (given && (sat.n == 0 || vat.n == 0 || imat.n == 0)) ms_flags_add(flags, "mask_lacks_fat");
    if (!skin_cut && !(given && sat.n == 0)) values[MS_M_SAT] = cm2 * (double)sat.n;
    if (!(given && vat.n == 0)) values[MS_M_VAT] = cm2 * (double)vat.n;
    if (!muscle_cut && !(given && imat.n == 0)) values[MS_M_IMAT] = cm2 * (double)imat.n;
    values[MS_M_SAT_HU] = mean_hu(sat);
    values[MS_M_VAT_HU] = mean_hu(vat);
    if (sat.n == 0 || vat.n == 0) ms_flags_add(flags, "little_fat");
}

static void divide_by_height(const ms_person *person, double *values, ms_flags *flags) {
    if (person == NULL || !(person->height_m > 0)) {
        ms_flags_add(flags, "height_missing");
        return;
    }
    const double height2 = person->height_m * person->height_m;
    values[MS_M_SMI] = values[MS_M_SMA] / height2;
    values[MS_M_PMI] = values[MS_M_PSOAS] / height2;
    values[MS_M_PMI_MM2] = 100 * values[MS_M_PMI];
    values[MS_M_SMG] = values[MS_M_SMI] * values[MS_M_SMD];
    values[MS_M_PTH] = values[MS_M_PSOAS_THICKNESS] / person->height_m;
}

static bool plausible(double value, double low, double high) {
    return isnan(value) || (value >= low && value <= high);
}

/* Limits far outside what studies of adults report (Derstine et al. 2018; van der Werf et al. 2018): a number
 * beyond them is a reason to look at the picture, no more. */
static void doubt(const double *values, ms_flags *flags) {
    const double right = values[MS_M_PSOAS_RIGHT], left = values[MS_M_PSOAS_LEFT];
    if (!plausible(values[MS_M_SMA], 40, 320) || !plausible(values[MS_M_SMI], 15, 100) ||
        !plausible(values[MS_M_PSOAS], 3, 60))
        ms_flags_add(flags, "area_implausible");
    if (!plausible(values[MS_M_SMD], -15, 90)) ms_flags_add(flags, "density_implausible");
    if (right > 0 && left > 0 && fmax(right, left) > 1.6 * fmin(right, left))
        ms_flags_add(flags, "psoas_asymmetric");
}

/* Waist and spongy bone need the picture, not the labels. */
static ms_status measure_picture(const ms_volume *volume, size_t k, double *values, ms_flags *flags,
                                 ms_error *err) {
    ms_outline outline = {0};
    ms_vertebra2d vertebra;
    ms_status status = ms_outline_find(volume, k, &outline, err);
    if (status == MS_EINPUT) { /* no body here, e.g. a mask on a strange slice */
        ms_flags_add(flags, "no_outline");
        return MS_OK;
    }
    if (status != MS_OK) return status;
    if (!ms_flags_has(flags, "truncated_fov_skin") && !outline.truncated)
        values[MS_M_WAIST] = ms_outline_length_mm(&outline, &volume->geometry) / 10;
    if (ms_vertebra2d_find(volume, k, &outline, &vertebra))
        values[MS_M_TRABECULAR] = ms_vertebra2d_trabecular_hu(volume, k, &vertebra);
    else
        ms_flags_add(flags, "vertebra_unclear");
    if (outline.truncated) ms_flags_add(flags, "truncated_fov_skin");
    ms_outline_clear(&outline);
    return MS_OK;
}

/* A ratio means nothing without the fat below it; a sum means nothing with a part missing. */
static void combine(double *values) {
    values[MS_M_VAT_SAT] = values[MS_M_SAT] > 0 ? values[MS_M_VAT] / values[MS_M_SAT] : NAN;
    values[MS_M_TAT] = values[MS_M_SAT] + values[MS_M_VAT] + values[MS_M_IMAT];
    values[MS_M_IMAC_ERECTOR] =
        values[MS_M_SAT_HU] < -30 ? values[MS_M_ERECTOR_HU] / values[MS_M_SAT_HU] : NAN;
}

ms_status ms_measure_base(const ms_volume *volume, const uint8_t *labels, const uint8_t *parts, size_t k,
                          double *values, ms_flags *flags, ms_error *err) {
    const ms_geometry *g = &volume->geometry;
    if (k >= g->n[2])
        return ms_error_set(err, MS_EUSAGE, "slice %zu is outside the scan, which has %zu", k, g->n[2]);
    double v[MS_M_COUNT];
    for (size_t m = 0; m < MS_M_COUNT; m++) v[m] = NAN;
    const ms_status status = measure_picture(volume, k, v, flags, err);
    if (status != MS_OK) return status;

    label_sums sums[8];
    const size_t n = g->n[0] * g->n[1];
    const double cm2 = g->spacing_mm[0] * g->spacing_mm[1] / 100;
    sum_labels(volume->data + k * n, labels, n, sums);
    measure_muscle(sums, cm2, v, flags);
    measure_fat(sums, cm2, v, flags);
    if (parts != NULL && !ms_flags_has(flags, "truncated_fov_muscle"))
        measure_parts(volume->data + k * n, labels, parts, n, cm2, v);
    v[MS_M_PSOAS_THICKNESS] = (ms_psoas_thickness_mm(g, labels, MS_LABEL_PSOAS_RIGHT) +
                               ms_psoas_thickness_mm(g, labels, MS_LABEL_PSOAS_LEFT)) /
                              2;
    memcpy(values, v, sizeof v);
    return MS_OK;
}

void ms_measure_derive(const ms_person *person, double *values, ms_flags *flags) {
    combine(values);
    divide_by_height(person, values, flags);
    doubt(values, flags);
}

ms_status ms_measure_slice(const ms_volume *volume, const uint8_t *labels, const uint8_t *parts, size_t k,
                           const ms_person *person, const ms_tissue_options *options, double *values,
                           ms_flags *flags, ms_error *err) {
    (void)options; /* the labels carry the HU rule already */
    double v[MS_M_COUNT];
    const ms_status status = ms_measure_base(volume, labels, parts, k, v, flags, err);
    if (status != MS_OK) return status;
    ms_measure_derive(person, v, flags);
    memcpy(values, v, sizeof v);
    return MS_OK;
}
