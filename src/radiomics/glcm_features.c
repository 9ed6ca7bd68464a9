/* radiomics/glcm_features.c: features of one co-occurrence matrix. Formulas: IBSI 3.6; the maximal
 * correlation coefficient is pyradiomics' MCC (Haralick's f14). Entropies are in bits. The matrix is
 * symmetric, so both marginals are the same. */
#include "radiomics/glcm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double entropy_term(double p) {
    return p > 0 ? -p * log2(p) : 0;
}

typedef struct marginals {
    double *row;  /* [n] */
    double *diff; /* [levels], |i - j| */
    double *sum;  /* [2 * levels + 1], i + j */
    double mean;
} marginals;

static ms_status make_marginals(const ms_glcm *m, marginals *out, ms_error *err) {
    *out = (marginals){.row = ms_calloc(m->n, sizeof(double)),
                       .diff = ms_calloc(m->levels, sizeof(double)),
                       .sum = ms_calloc(2 * m->levels + 1, sizeof(double))};
    if (!out->row || !out->diff || !out->sum) return ms_error_nomem(err);
    for (size_t a = 0; a < m->n; a++) {
        size_t i = m->level[a];
        for (size_t b = 0; b < m->n; b++) {
            size_t j = m->level[b];
            double p = m->p[a * m->n + b];
            out->row[a] += p;
            out->diff[i > j ? i - j : j - i] += p;
            out->sum[i + j] += p;
        }
        out->mean += (double)i * out->row[a];
    }
    return MS_OK;
}

static void free_marginals(marginals *g) {
    free(g->row);
    free(g->diff);
    free(g->sum);
}

/* What is summed over the cells of the matrix. */
static void cell_features(const ms_glcm *m, const marginals *g, double *v) {
    for (size_t a = 0; a < m->n; a++) {
        double i = m->level[a], di = i - g->mean;
        for (size_t b = 0; b < m->n; b++) {
            double p = m->p[a * m->n + b], j = m->level[b], dj = j - g->mean, c = di + dj;
            if (p == 0) continue;
            if (p > v[MS_GLCM_JOINT_MAX]) v[MS_GLCM_JOINT_MAX] = p;
            v[MS_GLCM_JOINT_VARIANCE] += di * di * p;
            v[MS_GLCM_JOINT_ENTROPY] += entropy_term(p);
            v[MS_GLCM_ENERGY] += p * p;
            v[MS_GLCM_CORRELATION] += di * dj * p;
            v[MS_GLCM_AUTOCORRELATION] += i * j * p;
            v[MS_GLCM_CLUSTER_TENDENCY] += c * c * p;
            v[MS_GLCM_CLUSTER_SHADE] += c * c * c * p;
            v[MS_GLCM_CLUSTER_PROMINENCE] += c * c * c * c * p;
        }
    }
    v[MS_GLCM_JOINT_AVERAGE] = g->mean;
    double variance = v[MS_GLCM_JOINT_VARIANCE];
    v[MS_GLCM_CORRELATION] = variance > 0 ? v[MS_GLCM_CORRELATION] / variance : 1;
}

/* What depends on the difference i - j alone. */
static void difference_features(const ms_glcm *m, const marginals *g, double *v) {
    double ng = (double)m->levels;
    for (size_t k = 0; k < m->levels; k++) {
        double p = g->diff[k], d = (double)k;
        v[MS_GLCM_DIFF_AVERAGE] += d * p;
        v[MS_GLCM_CONTRAST] += d * d * p;
        v[MS_GLCM_DIFF_ENTROPY] += entropy_term(p);
        v[MS_GLCM_ID] += p / (1 + d);
        v[MS_GLCM_IDN] += p / (1 + d / ng);
        v[MS_GLCM_IDM] += p / (1 + d * d);
        v[MS_GLCM_IDMN] += p / (1 + d * d / (ng * ng));
        if (k > 0) v[MS_GLCM_INVERSE_VARIANCE] += p / (d * d);
    }
    for (size_t k = 0; k < m->levels; k++) {
        double d = (double)k - v[MS_GLCM_DIFF_AVERAGE];
        v[MS_GLCM_DIFF_VARIANCE] += d * d * g->diff[k];
    }
    v[MS_GLCM_DISSIMILARITY] = v[MS_GLCM_DIFF_AVERAGE];
}

static void sum_features(const ms_glcm *m, const marginals *g, double *v) {
    for (size_t k = 2; k <= 2 * m->levels; k++) {
        v[MS_GLCM_SUM_AVERAGE] += (double)k * g->sum[k];
        v[MS_GLCM_SUM_ENTROPY] += entropy_term(g->sum[k]);
    }
    for (size_t k = 2; k <= 2 * m->levels; k++) {
        double d = (double)k - v[MS_GLCM_SUM_AVERAGE];
        v[MS_GLCM_SUM_VARIANCE] += d * d * g->sum[k];
    }
}

/* First and second measure of information correlation. */
static void information_features(const ms_glcm *m, const marginals *g, double *v) {
    double hx = 0, hxy1 = 0, hxy2 = 0, hxy = v[MS_GLCM_JOINT_ENTROPY];
    for (size_t a = 0; a < m->n; a++) {
        double pa = g->row[a];
        hx += entropy_term(pa);
        for (size_t b = 0; b < m->n; b++) {
            double product = pa * g->row[b];
            if (product == 0) continue;
            double bits = log2(product);
            hxy1 -= m->p[a * m->n + b] * bits;
            hxy2 -= product * bits;
        }
    }
    v[MS_GLCM_IMC1] = hx > 0 ? (hxy - hxy1) / hx : 0;
    v[MS_GLCM_IMC2] = hxy2 > hxy ? sqrt(1 - exp(-2 * (hxy2 - hxy))) : 0;
}

/* Q = D^-1 P D^-1 P with D the marginal: its eigenvalues are the squares of those of the symmetric D^-1/2 P
 * D^-1/2, of which one is 1. MCC is the root of the second largest, so the second largest absolute value. */
static ms_status maximal_correlation(const ms_glcm *m, const marginals *g, double *mcc, ms_error *err) {
    *mcc = 1;
    if (m->n < 2) return MS_OK;
    double *a = ms_calloc(m->n * m->n, sizeof *a), *w = ms_calloc(m->n, sizeof *w);
    ms_status status = a && w ? MS_OK : ms_error_nomem(err);
    if (status != MS_OK) goto cleanup;
    for (size_t i = 0; i < m->n; i++) {
        for (size_t j = 0; j < m->n; j++) {
            double p = m->p[i * m->n + j];
            a[i * m->n + j] = p > 0 ? p / sqrt(g->row[i] * g->row[j]) : 0;
        }
    }
    status = ms_symmetric_eigenvalues(a, m->n, w, err);
    if (status != MS_OK) goto cleanup;
    double first = 0, second = 0;
    for (size_t i = 0; i < m->n; i++) {
        double x = fabs(w[i]);
        if (x > first) {
            second = first;
            first = x;
        } else if (x > second) {
            second = x;
        }
    }
    *mcc = second;
cleanup:
    free(a);
    free(w);
    return status;
}

ms_status ms_glcm_features(const ms_glcm *m, bool mcc, double *v, ms_error *err) {
    marginals g;
    ms_status status = make_marginals(m, &g, err);
    if (status == MS_OK) {
        memset(v, 0, MS_GLCM_FEATURES * sizeof *v);
        cell_features(m, &g, v);
        difference_features(m, &g, v);
        sum_features(m, &g, v);
        information_features(m, &g, v);
        if (mcc) status = maximal_correlation(m, &g, &v[MS_GLCM_MCC], err);
    }
    free_marginals(&g);
    return status;
}
