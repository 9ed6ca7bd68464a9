/* The Cox partial likelihood of right-censored rows (no entry times), in blocks of rows that are walked by
 * several threads: the value, gradient and information that cox_problem.c defines, regrouped so that a row
 * costs one update of p sums and one rank-one update.
 *
 * With S0 = sum w r and S1 = sum w r x over those at risk and, at each event time and part of it, d the
 * weight of the deaths, imat = sum over times d (S2 / S0 - m m'),   m = S1 / S0,   S2 = sum w r x x' = sum
 * over rows w r H x x' - sum over times d m m' where H is the sum of d / S0 over the times at which the row
 * was at risk (of d (1 - left) / S0 over the parts of the time it dies at): the order of the two sums is
 * changed, and S2 is never needed.
 *
 * Blocks begin and end between different times. Each thread takes whole blocks; what flows from one to the
 * next (S0 and S1 from late to early, H from early to late) is added up between the walks, in order, so that
 * the result does not depend on the number of threads. */
#include "survival/cox.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    EVENT = 1,
    TIME_FIRST = 2,    /* first row of its time */
    TIME_LAST = 4,     /* last row of its time */
    STRATUM_FIRST = 8, /* first row of its stratum */
    STRATUM_LAST = 16,
    BLOCK = 4096,
    BATCH = 32 /* means that are squared together */
};

/* Four doubles at any address. */
typedef double four __attribute__((vector_size(32), aligned(8), may_alias));

/* out += sum over n rows of c x x'; only columns up to the diagonal count, out has `stride` (a multiple of
 * four) a row, and x may be read three doubles beyond its end. */
static void cross_product(const double *x, size_t p, const double *c, size_t n, double *out, size_t stride) {
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        const double *x0 = x + i * p, *x1 = x0 + p, *x2 = x1 + p, *x3 = x2 + p;
        for (size_t j = 0; j < p; j++) {
            double a0 = c[i] * x0[j], a1 = c[i + 1] * x1[j], a2 = c[i + 2] * x2[j], a3 = c[i + 3] * x3[j];
            double *row = out + j * stride;
            for (size_t k = 0; k <= j; k += 4) {
                four sum = *(const four *)(x0 + k) * a0 + *(const four *)(x1 + k) * a1;
                sum += *(const four *)(x2 + k) * a2 + *(const four *)(x3 + k) * a3;
                *(four *)(row + k) += sum;
            }
        }
    }
    for (; i < n; i++)
        for (size_t j = 0; j < p; j++) {
            double a = c[i] * x[i * p + j];
            for (size_t k = 0; k <= j; k += 4)
                *(four *)(out + j * stride + k) += *(const four *)(x + i * p + k) * a;
        }
}

/* What one block hands on. */
typedef struct block {
    size_t first, last;
    double largest;      /* linear predictor */
    bool stratum_begins; /* a stratum begins in the block, or ends in it, */
    bool stratum_ends;   /* so that H, or S0 and S1, do not pass through */
    double sum, *sum_x;  /* S0, S1 from this block to earlier ones; then what comes in from later ones */
    double hazard;       /* H from this block to later ones; then what comes in from earlier ones */
    double loglik, *u;
    double *squares; /* [p * stride] */
} block;

struct ms_cox_blocks {
    size_t n, p, stride, n_blocks;
    const double *x;      /* the problem's, in order of position */
    const double *weight; /* [n] by position, or NULL */
    uint8_t *flags;       /* [n] */
    double *added;        /* [n] H of the row less H before its time */
    double *step;         /* [n] H of its time, at the last row of the time */
    block *blocks;
    double *memory;
    /* of one evaluation */
    ms_cox_problem *problem;
    const double *beta, *factor; /* [n] by position, of the time's terms; NULL: 1 */
    double shift;
};

/* ---- making ---- */

static void set_flags(const ms_sorted *s, uint8_t *flags) {
    for (size_t k = 0; k < s->n_strata; k++) {
        size_t first = s->stratum_first[k], last = s->stratum_first[k + 1];
        for (size_t i = first; i < last; i++) {
            double time = s->time[s->by_time[i]];
            bool begins = i == first || s->time[s->by_time[i - 1]] != time;
            bool ends = i + 1 == last || s->time[s->by_time[i + 1]] != time;
            flags[i] = (uint8_t)((s->event[s->by_time[i]] ? EVENT : 0) | (begins ? TIME_FIRST : 0) |
                                 (ends ? TIME_LAST : 0) | (i == first ? STRATUM_FIRST : 0) |
                                 (i + 1 == last ? STRATUM_LAST : 0));
        }
    }
}

/* Fewer blocks where the matrices are large. */
static size_t rows_a_block(size_t n, size_t p) {
    size_t most = ((size_t)1 << 22) / (p * p + 1) + 1;
    return n / most + 1 > BLOCK ? n / most + 1 : BLOCK;
}

static size_t cut_blocks(size_t n, size_t size, const uint8_t *flags, block *blocks) {
    size_t n_blocks = 0;
    for (size_t first = 0; first < n; n_blocks++) {
        size_t last = n - first > size ? first + size : n;
        while (last < n && !(flags[last] & TIME_FIRST)) last++;
        blocks[n_blocks] = (block){.first = first, .last = last};
        for (size_t i = first; i < last; i++) {
            blocks[n_blocks].stratum_begins |= (flags[i] & STRATUM_FIRST) != 0;
            blocks[n_blocks].stratum_ends |= (flags[i] & STRATUM_LAST) != 0;
        }
        first = last;
    }
    return n_blocks;
}

ms_status ms_cox_blocks_make(const ms_cox_problem *problem, ms_cox_blocks **out, ms_error *err) {
    size_t n = problem->sorted->n, p = problem->p, size = rows_a_block(n, p);
    ms_cox_blocks *b = ms_calloc(1, sizeof *b);
    if (!b) return ms_error_nomem(err);
    *b = (ms_cox_blocks){
        .n = n, .p = p, .stride = (p + 3) / 4 * 4, .x = problem->x, .weight = problem->weight};
    b->flags = ms_calloc(n, 1);
    b->added = ms_calloc(n, sizeof(double));
    b->step = ms_calloc(n, sizeof(double));
    b->blocks = ms_calloc(n / size + 1, sizeof *b->blocks);
    if (!b->flags || !b->added || !b->step || !b->blocks) goto nomem;
    set_flags(problem->sorted, b->flags);
    b->n_blocks = cut_blocks(n, size, b->flags, b->blocks);
    size_t each = 2 * p + p * b->stride + 4;
    b->memory = ms_calloc(b->n_blocks * each, sizeof(double));
    if (!b->memory) goto nomem;
    for (size_t k = 0; k < b->n_blocks; k++) {
        b->blocks[k].sum_x = b->memory + k * each;
        b->blocks[k].u = b->blocks[k].sum_x + p;
        b->blocks[k].squares = b->blocks[k].u + p;
    }
    *out = b;
    return MS_OK;
nomem:
    ms_cox_blocks_free(b);
    return ms_error_nomem(err);
}

void ms_cox_blocks_free(ms_cox_blocks *blocks) {
    if (!blocks) return;
    free(blocks->flags);
    free(blocks->added);
    free(blocks->step);
    free(blocks->blocks);
    free(blocks->memory);
    free(blocks);
}

/* ---- the walks ---- */

static ms_status fill_eta(void *context, size_t index, ms_error *err) {
    (void)err;
    const ms_cox_blocks *b = context;
    block *k = &b->blocks[index];
    size_t p = b->p;
    k->largest = -INFINITY;
    for (size_t i = k->first; i < k->last; i++) {
        double eta = b->problem->offset ? b->problem->offset[i] : 0;
        for (size_t j = 0; j < p; j++) eta += b->x[i * p + j] * b->beta[j];
        b->problem->eta[i] = eta;
        if (eta > k->largest || isnan(eta)) k->largest = eta;
    }
    return MS_OK;
}

static void add_row(double w, const double *x, size_t p, double *sum, double *sum_x) {
    *sum += w;
    for (size_t j = 0; j < p; j++) sum_x[j] += w * x[j];
}

/* risk = w exp(eta - shift), and the block's own sums. */
static ms_status fill_risk(void *context, size_t index, ms_error *err) {
    (void)err;
    const ms_cox_blocks *b = context;
    block *k = &b->blocks[index];
    size_t p = b->p;
    k->sum = 0;
    memset(k->sum_x, 0, p * sizeof(double));
    for (size_t i = k->last; i-- > k->first;) {
        if (b->flags[i] & STRATUM_LAST) {
            k->sum = 0;
            memset(k->sum_x, 0, p * sizeof(double));
        }
        double w = exp(b->problem->eta[i] - b->shift);
        if (b->weight) w *= b->weight[i];
        b->problem->risk[i] = w;
        add_row(w, b->x + i * p, p, &k->sum, k->sum_x);
    }
    return MS_OK;
}

/* From what each block has to what comes in to it, from the last to the first. */
static void carry_sums(ms_cox_blocks *b, double *incoming) {
    size_t p = b->p;
    double sum = 0;
    memset(incoming, 0, p * sizeof(double));
    for (size_t index = b->n_blocks; index-- > 0;) {
        block *k = &b->blocks[index];
        double own = k->sum;
        k->sum = sum;
        sum = k->stratum_ends ? own : sum + own;
        for (size_t j = 0; j < p; j++) {
            own = k->sum_x[j];
            k->sum_x[j] = incoming[j];
            incoming[j] = k->stratum_ends ? own : incoming[j] + own;
        }
    }
}

static void carry_hazard(ms_cox_blocks *b) {
    double hazard = 0;
    for (size_t index = 0; index < b->n_blocks; index++) {
        block *k = &b->blocks[index];
        double own = k->hazard;
        k->hazard = hazard;
        hazard = k->stratum_begins ? own : hazard + own;
    }
}

/* The walk down a block. */
typedef struct descent {
    const ms_cox_blocks *b;
    block *k;
    double sum, *sum_x;          /* over those at risk */
    double death_sum, *death_x;  /* over those who die at the time */
    double *means, parts[BATCH]; /* means waiting to be squared, and their d */
    size_t waiting;
} descent;

static void square_means(descent *d) {
    for (size_t i = 0; i < d->waiting; i++) d->parts[i] = -d->parts[i];
    cross_product(d->means, d->b->p, d->parts, d->waiting, d->k->squares, d->b->stride);
    d->waiting = 0;
}

/* A part of an event time with deaths of weight d, a share `left` of which has left the risk set. */
static double take_part(descent *d, double weight, double left) {
    size_t p = d->b->p;
    double sum = d->sum - left * d->death_sum, inverse = 1 / sum, *mean = d->means + d->waiting * p;
    d->k->loglik -= weight * log(sum);
    for (size_t j = 0; j < p; j++) {
        mean[j] = (left > 0 ? d->sum_x[j] - left * d->death_x[j] : d->sum_x[j]) * inverse;
        d->k->u[j] -= weight * mean[j];
    }
    d->parts[d->waiting++] = weight;
    if (d->waiting == BATCH) square_means(d);
    return weight * inverse;
}

/* The deaths at positions first .. last - 1: all rows of that time and later are in the sums. */
static void take_deaths(descent *d, size_t first, size_t last, size_t end) {
    const ms_cox_blocks *b = d->b;
    size_t p = b->p, n_deaths = last - first;
    bool efron = b->problem->ties == MS_TIES_EFRON && n_deaths > 1;
    double weight = 0, all = 0, dying = 0, factor = b->factor ? b->factor[first] : 1;
    if (efron) {
        d->death_sum = 0;
        memset(d->death_x, 0, p * sizeof(double));
    }
    for (size_t i = first; i < last; i++) {
        const double *x = b->x + i * p;
        double w = b->weight ? b->weight[i] : 1;
        weight += w;
        d->k->loglik += w * (b->problem->eta[i] - b->shift);
        for (size_t j = 0; j < p; j++) d->k->u[j] += factor * w * x[j];
        if (efron) add_row(b->problem->risk[i], x, p, &d->death_sum, d->death_x);
    }
    size_t n_parts = efron ? n_deaths : 1;
    for (size_t part = 0; part < n_parts; part++) {
        double left = (double)part / (double)n_parts;
        double hazard = take_part(d, factor * weight / (double)n_parts, left);
        all += hazard;
        dying += (1 - left) * hazard;
    }
    for (size_t i = first; i < last; i++) b->added[i] = dying;
    for (size_t i = last; i < end; i++) b->added[i] = all;
    b->step[end - 1] = all;
}

static void descend(descent *d) {
    const ms_cox_blocks *b = d->b;
    size_t p = b->p, end = d->k->last, deaths_end = 0;
    for (size_t i = d->k->last; i-- > d->k->first;) {
        uint8_t flags = b->flags[i];
        if (flags & STRATUM_LAST) {
            d->sum = 0;
            memset(d->sum_x, 0, p * sizeof(double));
        }
        if (flags & TIME_LAST) {
            end = i + 1;
            deaths_end = 0;
        }
        b->added[i] = b->step[i] = 0;
        if ((flags & EVENT) && !deaths_end) deaths_end = i + 1;
        add_row(b->problem->risk[i], b->x + i * p, p, &d->sum, d->sum_x);
        if ((flags & TIME_FIRST) && deaths_end) take_deaths(d, i, deaths_end, end);
    }
    square_means(d);
}

/* Value, gradient, - sum d m m' and the steps of H of a block. */
static ms_status walk_down(void *context, size_t index, ms_error *err) {
    const ms_cox_blocks *b = context;
    block *k = &b->blocks[index];
    size_t p = b->p;
    double *memory = ms_calloc(p * (2 + BATCH) + 4, sizeof *memory);
    if (!memory) return ms_error_nomem(err);
    descent d = {.b = b, .k = k, .sum = k->sum, .sum_x = memory, .death_x = memory + p};
    d.means = memory + 2 * p;
    memcpy(d.sum_x, k->sum_x, p * sizeof(double));
    memset(k->u, 0, p * sizeof(double));
    memset(k->squares, 0, p * b->stride * sizeof(double));
    k->loglik = 0;
    descend(&d);
    free(memory);
    k->hazard = 0;
    for (size_t i = k->first; i < k->last; i++)
        k->hazard = (b->flags[i] & STRATUM_FIRST ? 0 : k->hazard) + b->step[i];
    return MS_OK;
}

/* Adds sum w r H x x' of a block. */
static ms_status walk_up(void *context, size_t index, ms_error *err) {
    (void)err;
    const ms_cox_blocks *b = context;
    block *k = &b->blocks[index];
    double hazard = k->hazard;
    for (size_t i = k->first; i < k->last; i++) {
        if (b->flags[i] & STRATUM_FIRST) hazard = 0;
        b->added[i] = b->problem->risk[i] * (hazard + b->added[i]);
        hazard += b->step[i];
    }
    cross_product(b->x + k->first * b->p, b->p, b->added + k->first, k->last - k->first, k->squares,
                  b->stride);
    return MS_OK;
}

/* A column that does not vary within any risk set has no information; what is left of the difference then is
 * rounding, and is made 0, so that the column is found to be collinear. */
static void drop_rounding(size_t p, const double *taken, double *imat) {
    for (size_t j = 0; j < p; j++) {
        if (!(imat[j * p + j] <= 1e-12 * taken[j])) continue;
        for (size_t k = 0; k <= j; k++) imat[j * p + k] = 0;
        for (size_t k = j; k < p; k++) imat[k * p + j] = 0;
    }
}

ms_status ms_cox_blocks_evaluate(ms_cox_blocks *blocks, ms_cox_problem *problem, const double *beta,
                                 const double *factor, double *loglik, double *u, double *imat,
                                 ms_error *err) {
    size_t p = blocks->p;
    blocks->problem = problem;
    blocks->beta = beta;
    blocks->factor = factor;
    blocks->shift = -INFINITY;
    ms_status status = ms_parallel_for(blocks->n_blocks, fill_eta, blocks, err);
    if (status) return status;
    for (size_t k = 0; k < blocks->n_blocks; k++)
        if (blocks->blocks[k].largest > blocks->shift || isnan(blocks->blocks[k].largest))
            blocks->shift = blocks->blocks[k].largest;
    if (!isfinite(blocks->shift)) {
        *loglik = NAN;
        return MS_OK;
    }
    double *incoming = ms_calloc(2 * p, sizeof *incoming);
    if (!incoming) return ms_error_nomem(err);
    double *taken = incoming + p; /* sum d m m', the diagonal */
    if ((status = ms_parallel_for(blocks->n_blocks, fill_risk, blocks, err))) goto cleanup;
    carry_sums(blocks, incoming);
    if ((status = ms_parallel_for(blocks->n_blocks, walk_down, blocks, err))) goto cleanup;
    carry_hazard(blocks);
    for (size_t index = 0; index < blocks->n_blocks; index++)
        for (size_t j = 0; j < p; j++) taken[j] -= blocks->blocks[index].squares[j * (blocks->stride + 1)];
    if ((status = ms_parallel_for(blocks->n_blocks, walk_up, blocks, err))) goto cleanup;
    *loglik = 0;
    for (size_t index = 0; index < blocks->n_blocks; index++) {
        const block *k = &blocks->blocks[index];
        *loglik += k->loglik;
        for (size_t j = 0; j < p; j++) {
            u[j] += k->u[j];
            for (size_t i = 0; i <= j; i++) imat[j * p + i] += k->squares[j * blocks->stride + i];
        }
    }
    if (!factor) drop_rounding(p, taken, imat);
cleanup:
    free(incoming);
    return status;
}
