/* radiomics/histogram.c: intensity histogram features (IBSI ZVCW): statistics of the grey levels, and the
 * steepest rise and fall of their histogram. */
#include "radiomics/radiomics.h"

#include <math.h>
#include <stdlib.h>

enum {
    MEAN,
    VARIANCE,
    SKEWNESS,
    KURTOSIS,
    MEDIAN,
    MINIMUM,
    P10,
    P90,
    MAXIMUM,
    MODE,
    IQR,
    RANGE,
    MAD,
    ROBUST_MAD,
    MEDIAN_AD,
    COV,
    QCOD,
    ENTROPY,
    UNIFORMITY,
    MAX_GRADIENT,
    MAX_GRADIENT_LEVEL,
    MIN_GRADIENT,
    MIN_GRADIENT_LEVEL
};

/* The level at position i of all levels in order. */
static double level_at(const double *count, size_t levels, double i) {
    double below = 0;
    for (size_t g = 1; g <= levels; g++) {
        below += count[g];
        if (i < below) return (double)g;
    }
    return (double)levels;
}

static double percentile(const double *count, size_t levels, double n, double fraction) {
    double at = (n - 1) * fraction, low = floor(at), t = at - low;
    double a = level_at(count, levels, low), b = t > 0 ? level_at(count, levels, low + 1) : a;
    return a + (b - a) * t;
}

static void moments(const double *count, size_t levels, double n, double *v) {
    double m2 = 0, m3 = 0, m4 = 0, mean = 0;
    for (size_t g = 1; g <= levels; g++) mean += (double)g * count[g] / n;
    v[ENTROPY] = v[UNIFORMITY] = v[MAD] = v[MEDIAN_AD] = 0;
    for (size_t g = 1; g <= levels; g++) {
        double p = count[g] / n, d = (double)g - mean;
        if (p == 0) continue;
        m2 += p * d * d;
        m3 += p * d * d * d;
        m4 += p * d * d * d * d;
        v[MAD] += p * fabs(d);
        v[MEDIAN_AD] += p * fabs((double)g - v[MEDIAN]);
        v[ENTROPY] -= p * log2(p);
        v[UNIFORMITY] += p * p;
    }
    v[MEAN] = mean;
    v[VARIANCE] = m2;
    v[SKEWNESS] = m2 > 0 ? m3 / pow(m2, 1.5) : 0;
    v[KURTOSIS] = m2 > 0 ? m4 / (m2 * m2) - 3 : 0;
    v[COV] = sqrt(m2) / mean;
}

/* The most frequent level, of several the one nearest to the mean. */
static double mode(const double *count, size_t levels, double mean) {
    size_t best = 1;
    for (size_t g = 2; g <= levels; g++) {
        bool nearer = fabs((double)g - mean) < fabs((double)best - mean);
        if (count[g] > count[best] || (count[g] == count[best] && nearer)) best = g;
    }
    return (double)best;
}

static double robust_mad(const double *count, size_t levels, double low, double high) {
    double n = 0, mean = 0, sum = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t g = 1; g <= levels; g++) {
            if ((double)g < low || (double)g > high) continue;
            if (pass == 0) {
                n += count[g];
                mean += (double)g * count[g];
            } else {
                sum += count[g] * fabs((double)g - mean);
            }
        }
        if (pass == 0) mean /= n;
    }
    return sum / n;
}

static void gradients(const double *count, size_t levels, double *v) {
    v[MAX_GRADIENT] = -INFINITY;
    v[MIN_GRADIENT] = INFINITY;
    for (size_t g = 1; g <= levels; g++) {
        size_t a = g > 1 ? g - 1 : g, b = g < levels ? g + 1 : g;
        double slope = (count[b] - count[a]) / (double)(b - a);
        if (slope > v[MAX_GRADIENT]) {
            v[MAX_GRADIENT] = slope;
            v[MAX_GRADIENT_LEVEL] = (double)g;
        }
        if (slope < v[MIN_GRADIENT]) {
            v[MIN_GRADIENT] = slope;
            v[MIN_GRADIENT_LEVEL] = (double)g;
        }
    }
}

ms_status ms_family_histogram(const ms_family_input *in, double *v, const char **reasons, ms_error *err) {
    const ms_levels *l = in->levels;
    double n = (double)l->voxels, *count = ms_calloc(l->levels + 1, sizeof *count);
    if (!count) return ms_error_nomem(err);
    for (size_t i = 0; i < l->box; i++) {
        if (l->level[i]) count[l->level[i]] += 1;
    }
    double q1 = percentile(count, l->levels, n, 0.25), q3 = percentile(count, l->levels, n, 0.75);
    v[MEDIAN] = percentile(count, l->levels, n, 0.5);
    v[P10] = percentile(count, l->levels, n, 0.1);
    v[P90] = percentile(count, l->levels, n, 0.9);
    v[MINIMUM] = l->of_rank[0];
    v[MAXIMUM] = (double)l->levels;
    v[IQR] = q3 - q1;
    v[RANGE] = v[MAXIMUM] - v[MINIMUM];
    v[QCOD] = (q3 - q1) / (q3 + q1);
    moments(count, l->levels, n, v);
    v[MODE] = mode(count, l->levels, v[MEAN]);
    v[ROBUST_MAD] = robust_mad(count, l->levels, v[P10], v[P90]);
    if (l->levels > 1) {
        gradients(count, l->levels, v);
    } else {
        for (int f = MAX_GRADIENT; f <= MIN_GRADIENT_LEVEL; f++) reasons[f] = ms_reason_one_level;
    }
    free(count);
    return MS_OK;
}
