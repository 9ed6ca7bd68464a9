/* How much noise an image has, more of the same, and the control that destroys all texture. */
#include "radiomics/perturb.h"

#include <math.h>
#include <stdlib.h>

enum { TAPS = 6 };
/* Coiflet 1's high-pass filter; its squares sum to 1, so white noise keeps its standard deviation. */
static const double high_pass[TAPS] = {0.07273261951252645, 0.3378976624574818,  -0.8525720202116004,
                                       0.3848648468648578,  0.07273261951252645, -0.015655728135791993};

static size_t clamped(size_t at, int step, size_t n) {
    if (step < 0 && at < (size_t)-step) return 0;
    const size_t to = step < 0 ? at - (size_t)-step : at + (size_t)step;
    return to < n ? to : n - 1;
}

/* The high-high coefficient in the plane at a voxel. */
static double high_high(const ms_volume *volume, size_t v) {
    const size_t *n = volume->geometry.n;
    const size_t i = v % n[0], j = v / n[0] % n[1], slice = v / (n[0] * n[1]) * n[0] * n[1];
    double sum = 0;
    for (int b = 0; b < TAPS; b++) {
        const float *row = volume->data + slice + clamped(j, b - 3, n[1]) * n[0];
        double along = 0;
        for (int a = 0; a < TAPS; a++) along += high_pass[a] * (double)row[clamped(i, a - 3, n[0])];
        sum += high_pass[b] * along;
    }
    return sum;
}

static int ascending(const void *a, const void *b) {
    const double p = *(const double *)a, q = *(const double *)b;
    return (p > q) - (p < q);
}

ms_status ms_perturb_noise_level(const ms_perturbed *p, double *sd_hu, ms_error *err) {
    size_t *voxels = NULL, n = 0;
    ms_status status = ms_perturb_voxels(&p->mask, &voxels, &n, err);
    double *values = status == MS_OK ? ms_calloc(n, sizeof *values) : NULL;
    if (status == MS_OK && !values) status = ms_error_nomem(err);
    for (size_t i = 0; i < n && status == MS_OK; i++) {
        values[i] = fabs(high_high(&p->volume, voxels[i]));
        if (!isfinite(values[i]))
            status = ms_error_set(err, MS_EINPUT, "a voxel in or beside the region is not a finite number");
    }
    if (status == MS_OK) {
        qsort(values, n, sizeof *values, ascending);
        *sd_hu = (values[(n - 1) / 2] + values[n / 2]) / 2 / 0.6745;
    }
    free(voxels);
    free(values);
    return status;
}

void ms_perturb_add_noise(ms_perturbed *p, double sd_hu, ms_random *random) {
    for (size_t v = 0; v < ms_voxels(&p->volume.geometry); v++)
        p->volume.data[v] = (float)((double)p->volume.data[v] + sd_hu * ms_random_normal(random));
}

void ms_perturb_shuffle(ms_perturbed *p, size_t *voxels, size_t n, ms_random *random) {
    for (size_t i = n; i > 1; i--) {
        const size_t a = voxels[i - 1], b = voxels[ms_random_below(random, i)];
        const float kept = p->volume.data[a];
        p->volume.data[a] = p->volume.data[b];
        p->volume.data[b] = kept;
    }
}
