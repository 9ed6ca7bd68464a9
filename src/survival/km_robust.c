/* Robust variances of a survival curve by the infinitesimal jackknife. The derivative in row i's weight is
 *   of log S(t):  sum over event times at risk of d / (r (r - d)), less 1 / (r - d) at its own event
 *   of H(t):      the same with d / r^2 and 1 / r, and the other sign
 * Rows of a cluster are added before squaring. At any time a cluster's sum is A + B G, with G the running sum
 * over event times, B its weight now at risk and A what its rows left behind; so the sum of squares over
 * clusters is kept up to date row by row and the cost stays O(n). R: survfit(cluster =), and survfit with
 * weights that are not whole. */
#include "survival/survival.h"

typedef struct walk {
    const ms_sorted *s;
    const size_t *cluster;
    double *a, *b;     /* [clusters] */
    double aa, ab, bb; /* sums over clusters of A^2, A B, B^2 */
} walk;

static void change(walk *w, size_t row, double da, double db) {
    size_t c = w->cluster ? w->cluster[row] : row;
    double a = w->a[c], b = w->b[c];
    w->aa -= a * a;
    w->ab -= a * b;
    w->bb -= b * b;
    w->a[c] = a += da;
    w->b[c] = b += db;
    w->aa += a * a;
    w->ab += a * b;
    w->bb += b * b;
}

static void forget(walk *w, size_t first, size_t last) {
    for (size_t i = first; i < last; i++) {
        size_t row = w->s->by_time[i], c = w->cluster ? w->cluster[row] : row;
        w->a[c] = w->b[c] = 0;
    }
    w->aa = w->ab = w->bb = 0;
}

/* variance[k] at each time of the curve, for log S (`product`) or H. */
static void fill(walk *w, size_t group, const ms_km_curve *curve, bool product, double *variance) {
    const ms_sorted *s = w->s;
    size_t first = s->stratum_first[group], last = s->stratum_first[group + 1], leaving = first,
           entering = first;
    double total = 0; /* G */
    forget(w, first, last);
    for (size_t k = 0; k < curve->n_times; k++) {
        double time = curve->time[k], r = curve->n_risk[k], d = curve->n_event[k], left = r - d;
        for (; entering < last; entering++) {
            size_t row = s->entry ? s->by_entry[entering] : s->by_time[entering];
            if (s->entry && s->entry[row] >= time) break;
            change(w, row, -ms_sorted_weight(s, row) * total, ms_sorted_weight(s, row));
        }
        double divisor = product ? left : r;
        if (d > 0 && divisor > 1e-12 * r) total += d / (r * divisor);
        for (; leaving < last && s->time[s->by_time[leaving]] == time; leaving++) {
            size_t row = s->by_time[leaving];
            double weight = ms_sorted_weight(s, row), jump = 0;
            if (s->event[row] && divisor > 1e-12 * r) jump = 1 / divisor;
            change(w, row, weight * (total - jump), -weight);
        }
        double value = w->aa + 2 * total * w->ab + total * total * w->bb;
        variance[k] = value > 0 ? value : 0;
    }
}

void ms_km_robust(const ms_sorted *sorted, size_t group, const ms_km_options *options,
                  const ms_km_curve *curve, double *work, double *log_surv, double *hazard) {
    size_t n = options->cluster ? options->n_clusters : sorted->n;
    walk w = {.s = sorted, .cluster = options->cluster, .a = work, .b = work + n};
    fill(&w, group, curve, true, log_surv);
    fill(&w, group, curve, false, hazard);
    forget(&w, sorted->stratum_first[group], sorted->stratum_first[group + 1]);
}
