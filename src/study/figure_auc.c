/* Area under the ROC curve of a feature, with DeLong's interval and the Mann-Whitney test, from one ranking.
 */
#include "study/figure_radiomics.h"

#include <math.h>
#include <stdlib.h>

#define Z95 1.959963984540054

static int by_value(const void *a, const void *b) {
    const ms_ranked *x = a, *y = b;
    if (x->value != y->value) return x->value < y->value ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

size_t ms_feature_rank(const double *values, size_t n, ms_ranked *ranked) {
    size_t m = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(values[i])) ranked[m++] = (ms_ranked){values[i], i};
    qsort(ranked, m, sizeof *ranked, by_value);
    return m;
}

/* Sums over one part. Placements are counted in halves of rows, so that the sums are whole numbers, exact up
 * to some hundred thousand rows. */
typedef struct sums {
    double n[2], below[2];
    double positive, positive2; /* of 2 (negatives below a positive) + ties, and its square */
    double negative, negative2; /* of 2 (positives above a negative) + ties */
    double ties;                /* t^3 - t */
} sums;

static void add_block(sums *s, const double here[2]) {
    const double p = 2 * s->below[0] + here[0], q = 2 * (s->n[1] - s->below[1] - here[1]) + here[1],
                 t = here[0] + here[1];
    s->positive += here[1] * p;
    s->positive2 += here[1] * p * p;
    s->negative += here[0] * q;
    s->negative2 += here[0] * q * q;
    s->ties += t * t * t - t;
    s->below[0] += here[0];
    s->below[1] += here[1];
}

/* Mann-Whitney: R's wilcox.test with exact = FALSE. */
static double test(const sums *s, double auc) {
    const double a = s->n[0], b = s->n[1], n = a + b;
    const double variance = a * b / 12 * (n + 1 - s->ties / (n * (n - 1)));
    if (n < 2 || !(variance > 0)) return NAN;
    const double off = fmax(0, fabs(auc * a * b - a * b / 2) - 0.5);
    return erfc(off / sqrt(variance) / sqrt(2));
}

static double spread(double sum, double squares, double n) {
    return fmax(0, squares - sum * sum / n) / (n - 1);
}

static ms_feature_auc finish(const sums *s) {
    ms_feature_auc r = {
        .n = {(size_t)s->n[0], (size_t)s->n[1]}, .auc = NAN, .lower = NAN, .upper = NAN, .p = NAN};
    const double a = s->n[0], b = s->n[1];
    if (a < 1 || b < 1) return r;
    r.auc = s->positive / (2 * a * b);
    r.p = test(s, r.auc);
    if (a < 2 || b < 2 || s->positive <= 0 || s->negative <= 0 || s->positive >= 2 * a * b) return r;
    const double variance = spread(s->positive, s->positive2, b) / (4 * a * a * b) +
                            spread(s->negative, s->negative2, a) / (4 * b * b * a);
    if (!(variance > 1e-24)) return r;
    r.lower = fmax(0, r.auc - Z95 * sqrt(variance));
    r.upper = fmin(1, r.auc + Z95 * sqrt(variance));
    return r;
}

void ms_feature_auc_find(const ms_ranked *ranked, size_t n, const uint8_t *code,
                         ms_feature_auc out[MS_AUC_PARTS]) {
    sums s[MS_AUC_PARTS] = {{{0}, {0}, 0, 0, 0, 0, 0}};
    double counts[5] = {0};
    for (size_t i = 0; i < n; i++) counts[code[ranked[i].row]]++;
    for (size_t g = 0; g < 2; g++) {
        s[MS_AUC_FIT].n[g] = counts[g];
        s[MS_AUC_OTHER].n[g] = counts[2 + g];
        s[MS_AUC_ALL].n[g] = counts[g] + counts[2 + g];
    }
    for (size_t i = 0; i < n;) {
        double here[5] = {0};
        const double value = ranked[i].value;
        for (; i < n && ranked[i].value <= value; i++) here[code[ranked[i].row]]++;
        add_block(&s[MS_AUC_FIT], here);
        add_block(&s[MS_AUC_OTHER], here + 2);
        add_block(&s[MS_AUC_ALL], (const double[2]){here[0] + here[2], here[1] + here[3]});
    }
    for (size_t part = 0; part < MS_AUC_PARTS; part++) out[part] = finish(&s[part]);
}
