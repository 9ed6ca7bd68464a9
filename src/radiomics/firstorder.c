/* radiomics/firstorder.c: intensity statistics (IBSI UHIW; pyradiomics' firstorder). Entropy and Uniformity
 * are of the grey levels, the rest of the intensities. Kurtosis is pyradiomics' (3 for a normal
 * distribution), stat_kurt IBSI's (0). */
#include "radiomics/radiomics.h"

#include <math.h>
#include <stdlib.h>

/* Slots: the family's rows of the catalogue. */
enum {
    P10,
    P90,
    ENERGY,
    ENTROPY,
    IQR,
    KURTOSIS,
    MAXIMUM,
    MAD,
    MEAN,
    MEDIAN,
    MINIMUM,
    RANGE,
    ROBUST_MAD,
    RMS,
    SKEWNESS,
    TOTAL_ENERGY,
    UNIFORMITY,
    VARIANCE,
    EXCESS_KURTOSIS,
    MEDIAN_AD,
    COV,
    QCOD
};

static void order_statistics(const double *x, size_t n, double *v) {
    v[P10] = ms_percentile(x, n, 0.1);
    v[P90] = ms_percentile(x, n, 0.9);
    double q1 = ms_percentile(x, n, 0.25), q3 = ms_percentile(x, n, 0.75);
    v[IQR] = q3 - q1;
    v[QCOD] = (q3 - q1) / (q3 + q1);
    v[MINIMUM] = x[0];
    v[MAXIMUM] = x[n - 1];
    v[RANGE] = x[n - 1] - x[0];
    v[MEDIAN] = ms_percentile(x, n, 0.5);
}

static void moments(const double *x, size_t n, double shift, double *v) {
    double count = (double)n, sum = 0, m2 = 0, m3 = 0, m4 = 0, mad = 0, energy = 0, median_ad = 0;
    for (size_t i = 0; i < n; i++) sum += x[i];
    double mean = sum / count;
    for (size_t i = 0; i < n; i++) {
        double d = x[i] - mean, d2 = d * d, e = x[i] + shift;
        m2 += d2;
        m3 += d2 * d;
        m4 += d2 * d2;
        mad += fabs(d);
        median_ad += fabs(x[i] - v[MEDIAN]);
        energy += e * e;
    }
    m2 /= count;
    m3 /= count;
    m4 /= count;
    v[MEAN] = mean;
    v[VARIANCE] = m2;
    v[SKEWNESS] = m2 > 0 ? m3 / pow(m2, 1.5) : 0;
    v[KURTOSIS] = m2 > 0 ? m4 / (m2 * m2) : 0;
    v[EXCESS_KURTOSIS] = m2 > 0 ? m4 / (m2 * m2) - 3 : 0;
    v[MAD] = mad / count;
    v[MEDIAN_AD] = median_ad / count;
    v[COV] = sqrt(m2) / mean;
    v[ENERGY] = energy;
    v[RMS] = sqrt(energy / count);
}

/* Mean absolute deviation of the values from the 10th to the 90th percentile, both included. */
static double robust_mad(const double *x, size_t n, double p10, double p90) {
    double sum = 0, deviation = 0;
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (x[i] < p10 || x[i] > p90) continue;
        sum += x[i];
        count++;
    }
    if (count == 0) return (double)NAN;
    double mean = sum / (double)count;
    for (size_t i = 0; i < n; i++) {
        if (x[i] >= p10 && x[i] <= p90) deviation += fabs(x[i] - mean);
    }
    return deviation / (double)count;
}

static ms_status level_statistics(const ms_levels *l, double *v, ms_error *err) {
    size_t *count = ms_calloc(l->levels + 1, sizeof *count);
    if (!count) return ms_error_nomem(err);
    for (size_t i = 0; i < l->box; i++) count[l->level[i]]++;
    double entropy = 0, uniformity = 0;
    for (size_t g = 1; g <= l->levels; g++) {
        if (count[g] == 0) continue;
        double p = (double)count[g] / (double)l->voxels;
        entropy -= p * log2(p);
        uniformity += p * p;
    }
    v[ENTROPY] = entropy;
    v[UNIFORMITY] = uniformity;
    free(count);
    return MS_OK;
}

ms_status ms_family_firstorder(const ms_family_input *in, double *v, const char **reasons, ms_error *err) {
    const ms_region *r = in->region;
    double *x = ms_calloc(r->voxels, sizeof *x);
    if (!x) return ms_error_nomem(err);
    size_t n = 0;
    for (size_t i = 0; i < r->box; i++) {
        if (in->in[i]) x[n++] = in->values[i];
    }
    ms_status status = ms_sort_doubles(x, n, err);
    if (status != MS_OK) {
        free(x);
        return status;
    }
    order_statistics(x, n, v);
    moments(x, n, in->config->array_shift, v);
    v[ROBUST_MAD] = robust_mad(x, n, v[P10], v[P90]);
    v[TOTAL_ENERGY] = v[ENERGY] * r->spacing_mm[0] * r->spacing_mm[1] * r->spacing_mm[2];
    free(x);
    if (!in->levels) {
        reasons[ENTROPY] = reasons[UNIFORMITY] = ms_reason_too_many_levels;
        return MS_OK;
    }
    return level_statistics(in->levels, v, err);
}
