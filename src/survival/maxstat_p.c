/* P-values for the largest of many log-rank statistics. In the limit they are a Gaussian process over the
 * cuts with the correlation sqrt(m1 (N - m2) / ((N - m1) m2)), m1 < m2 rows below: an Ornstein-Uhlenbeck
 * process on the clock log(m / (N - m)), hence a Markov chain over the cuts. Lausen & Schumacher 1992 (after
 * Miller & Siegmund 1982): phi(b) (4 / b + (b - 1 / b) log(e2 (1 - e1) / ((1 - e2) e1))) Lausen et al. 1994:
 * 2 Q(b) + sum exp(-b^2 / 2) / pi (t - (b^2 / 4 - 1) t^3 / 6), t^2 = 1 - correlation^2 exact Gauss: the
 * chain's probability to leave [-b, b], first exit by first exit, so small ones keep their digits */
#include "survival/maxstat.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_integration.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.14159265358979323846
#define MOST_WORK 1e8 /* terms of all integrals together: about a second */
#define CHUNK 64      /* permutations to a stream of random numbers */

static double density(double z) {
    return exp(-z * z / 2) / sqrt(2 * PI);
}

double ms_maxstat_lau92(double b, double min_prop, double max_prop) {
    if (b < 1) return 1;
    double spread = log(max_prop * (1 - min_prop) / ((1 - max_prop) * min_prop));
    return fmin(1, fmax(0, density(b) * (4 / b + (b - 1 / b) * spread)));
}

static double correlation(size_t n, size_t m1, size_t m2) {
    return sqrt((double)m1 * (double)(n - m2) / ((double)(n - m1) * (double)m2));
}

double ms_maxstat_lau94(double b, size_t n, const size_t *below, size_t n_cuts) {
    double sum = ms_normal_two_sided(b);
    for (size_t k = 0; k + 1 < n_cuts; k++) {
        double r = correlation(n, below[k], below[k + 1]), t = sqrt(1 - r * r);
        sum += exp(-b * b / 2) / PI * (t - (b * b / 4 - 1) * t * t * t / 6);
    }
    return fmin(1, fmax(0, sum));
}

/* ---- exact Gauss
 * ----------------------------------------------------------------------------------------------- */

/* Chance to be outside [-b, b] after a step from x. */
static double leaves(double x, double r, double sd, double b) {
    return gsl_cdf_ugaussian_Q((b - r * x) / sd) + gsl_cdf_ugaussian_P((-b - r * x) / sd);
}

/* One step: what leaves from `now` (density at the nodes) is returned, `next` is what stays. */
static double step(const double *node, const double *weight, size_t nodes, double r, double b,
                   const double *now, double *next) {
    double sd = sqrt(1 - r * r), out = 0;
    size_t first = 0;
    for (size_t i = 0; i < nodes; i++) out += weight[i] * now[i] * leaves(node[i], r, sd, b);
    for (size_t j = 0; j < nodes; j++) {
        double sum = 0, low = (node[j] - 9 * sd) / r, high = (node[j] + 9 * sd) / r;
        while (first < nodes && node[first] < low) first++;
        for (size_t i = first; i < nodes && node[i] <= high; i++)
            sum += weight[i] * now[i] * density((node[j] - r * node[i]) / sd);
        next[j] = sum / sd;
    }
    return out;
}

double ms_maxstat_exact_gauss(double b, size_t n, const size_t *below, size_t n_cuts) {
    double narrow = 1, p = ms_normal_two_sided(b);
    if (!(b > 0)) return 1;
    for (size_t k = 0; k + 1 < n_cuts; k++) {
        double r = correlation(n, below[k], below[k + 1]);
        narrow = fmin(narrow, sqrt(1 - r * r));
    }
    double wanted = fmax(64, 5 * b / narrow);
    /* so many cuts that the chain is the process itself (which gives the larger p) */
    if ((double)n_cuts * wanted * 40 > MOST_WORK)
        return 1 - ms_bridge_within_scaled(b, (double)below[0] / (double)n,
                                           (double)below[n_cuts - 1] / (double)n);
    size_t nodes = (size_t)wanted;
    gsl_integration_glfixed_table *table = gsl_integration_glfixed_table_alloc(nodes);
    double *block = ms_calloc(4 * nodes, sizeof *block);
    if (!table || !block) {
        gsl_integration_glfixed_table_free(table);
        free(block);
        return NAN;
    }
    double *node = block, *weight = block + nodes, *now = block + 2 * nodes, *next = block + 3 * nodes;
    for (size_t i = 0; i < nodes; i++) {
        (void)gsl_integration_glfixed_point(-b, b, i, &node[i], &weight[i], table);
        now[i] = density(node[i]);
    }
    for (size_t k = 0; k + 1 < n_cuts; k++) {
        p += step(node, weight, nodes, correlation(n, below[k], below[k + 1]), b, now, next);
        double *swap = now;
        now = next;
        next = swap;
    }
    gsl_integration_glfixed_table_free(table);
    free(block);
    return fmin(1, p);
}

/* ---- permutations
 * -------------------------------------------------------------------------------------------------- */

typedef struct permutations {
    double b;
    const double *scores;
    size_t n, n_cuts, total;
    const size_t *below;
    uint64_t seed;
    size_t *reached; /* by chunk */
} permutations;

static ms_status permute_chunk(void *context, size_t chunk, ms_error *err) {
    permutations *p = context;
    char stream[64];
    (void)ms_text_format(stream, sizeof stream, "cut-point permutations %zu", chunk);
    ms_random *random = ms_random_new(p->seed, stream);
    double *shuffled = ms_calloc(p->n, sizeof *shuffled);
    size_t *order = ms_calloc(p->n, sizeof *order), count = p->total - chunk * CHUNK;
    ms_status status = random && shuffled && order ? ms_stop_check(err) : ms_error_nomem(err);
    if (count > CHUNK) count = CHUNK;
    for (size_t i = 0; i < p->n && status == MS_OK; i++) order[i] = i;
    for (size_t k = 0; k < count && status == MS_OK; k++) {
        ms_random_shuffle(random, order, p->n);
        for (size_t i = 0; i < p->n; i++) shuffled[i] = p->scores[order[i]];
        double t = ms_maxstat_scan(shuffled, p->n, p->below, p->n_cuts, NULL, NULL);
        p->reached[chunk] += t >= p->b * (1 - 1e-12);
    }
    ms_random_free(random);
    free(shuffled);
    free(order);
    return status;
}

ms_status ms_maxstat_permute(double b, const double *scores, size_t n, const size_t *below, size_t n_cuts,
                             size_t total, uint64_t seed, double *p, ms_error *err) {
    size_t chunks = (total + CHUNK - 1) / CHUNK, reached = 1;
    permutations work = {b, scores, n, n_cuts, total, below, seed, ms_calloc(chunks, sizeof(size_t))};
    if (!work.reached) return ms_error_nomem(err);
    ms_status status = ms_parallel_for(chunks, permute_chunk, &work, err);
    for (size_t i = 0; i < chunks; i++) reached += work.reached[i];
    if (status == MS_OK) *p = (double)reached / (double)(total + 1);
    free(work.reached);
    return status;
}
