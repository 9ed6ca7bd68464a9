/* Hothorn & Lausen 2003: an upper bound for the permutation p-value of the largest statistic. With
 * whole-number scores the number of ways in which m rows have the sum s is counted exactly (Streitberg &
 * Roehmel 1986: one row after the other, counts[m][s] += counts[m - 1][s - a]). Then P(largest > b) <= sum
 * over cuts of P(|T_m| > b) - P(|T_(m - 1)| > b, and stays so whatever row comes next) where a sum at m - 1
 * stays outside when even the largest score (below the mean) or the smallest (above it) leaves it outside at
 * m. R: maxstat::pmaxstat. */
#include "survival/maxstat.h"

#include <math.h>
#include <stdlib.h>

#define LARGEST_TABLE 20000000u

typedef struct table {
    size_t n, sum, columns; /* columns = sum + 1 */
    double *ways;           /* [n + 1][columns]; [0][0] = 1 */
    double squares, largest;
    double b;
} table;

/* |T| of a sum s over m rows; 0 where that sum cannot be. */
static double statistic(const table *t, size_t m, size_t s) {
    double rows = (double)t->n, part = (double)m;
    if (s >= t->columns || !(t->ways[m * t->columns + s] > 0)) return 0;
    double variance = part * (rows - part) / (rows * rows * (rows - 1)) *
                      (rows * t->squares - (double)t->sum * (double)t->sum);
    return fabs(((double)s - part / rows * (double)t->sum) / sqrt(variance));
}

static void count_ways(table *t, const size_t *scores) {
    size_t so_far = 0;
    t->ways[0] = 1;
    for (size_t i = 0; i < t->n; i++) {
        so_far += scores[i];
        for (size_t m = i + 1; m-- > 0;) {
            const double *from = t->ways + m * t->columns;
            double *to = t->ways + (m + 1) * t->columns + scores[i];
            for (size_t s = so_far - scores[i] + 1; s-- > 0;) to[s] += from[s];
        }
    }
}

/* P(|T_m| > b), and of it the part that stays outside at m + 1. */
static double outside(const table *t, size_t m, double *stays) {
    double all = 0, mean = (double)m / (double)t->n * (double)t->sum, p = 0;
    *stays = 0;
    for (size_t s = 0; s < t->columns; s++) all += t->ways[m * t->columns + s];
    for (size_t s = 0; s < t->columns; s++) {
        if (!(statistic(t, m, s) > t->b)) continue;
        double share = t->ways[m * t->columns + s] / all;
        p += share;
        bool low = (double)s < mean;
        if (m + 1 < t->n && statistic(t, m + 1, low ? s + (size_t)t->largest : s) > t->b) *stays += share;
    }
    return p;
}

ms_status ms_maxstat_hl(double b, const double *scores, size_t n, const size_t *below, size_t n_cuts,
                        double *p, ms_error *err) {
    table t = {.n = n, .b = b * (1 - 1e-12)}; /* a sum that gives b itself counts */
    size_t *whole = ms_calloc(n, sizeof *whole);
    ms_status status = whole ? MS_OK : ms_error_nomem(err);
    if (status) goto cleanup;
    for (size_t i = 0; i < n; i++) {
        whole[i] = (size_t)scores[i];
        t.sum += whole[i];
        t.squares += scores[i] * scores[i];
        t.largest = fmax(t.largest, scores[i]);
    }
    t.columns = t.sum + 1;
    *p = NAN;
    /* beyond 1000 rows the counts themselves would leave the range of a double */
    if (n > 1000 || (double)(n + 1) * (double)t.columns > LARGEST_TABLE || t.sum == 0) goto cleanup;
    t.ways = ms_calloc((n + 1) * t.columns, sizeof *t.ways);
    if (!t.ways) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    count_ways(&t, whole);
    double total = 0, stayed = 0;
    size_t before = 0;
    for (size_t k = 0; k < n_cuts; k++) {
        double stays, left = 0;
        /* R takes away what stays from one row less, when that is not below the first cut */
        if (k > 0) {
            if (before + 1 == below[k])
                left = stayed;
            else
                (void)outside(&t, below[k] - 1, &left);
        }
        total += outside(&t, below[k], &stays) - left;
        stayed = stays;
        before = below[k];
        if ((status = ms_stop_check(err))) goto cleanup;
    }
    *p = fmin(1, total);
cleanup:
    free(whole);
    free(t.ways);
    return status;
}
