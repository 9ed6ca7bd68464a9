/* Integrated gradients along the straight line between two patients' scaled inputs.
 *
 * The line is a line in the first layer's sums, too, and the integral of the gradient by the inputs is the
 * first layer's weights times the integral of the gradient by its sums: the number of inputs does not matter
 * along the way. A piece of the line on which no neuron passes its kink is smooth, and Gauss and Legendre's
 * rule is exact or nearly so there; a piece is cut until that is so. Captum's IntegratedGradients (method
 * "gausslegendre") is the same with a fixed number of points on the whole line. */
#include "model/explain.h"

#include <math.h>
#include <string.h>

/* Points on a piece: few on a short one, on which there is hardly a bend left. */
enum { POINTS = 8, FEW_POINTS = 3, DEEPEST = 60 };
#define SHORT 0.12
#define TOLERANCE 2e-11 /* of a piece's difference in a member's output, absolute or relative to 1 */

/* Legendre's polynomial of degree n and its derivative. */
static double legendre(size_t n, double x, double *derivative) {
    double before = 1, value = x;
    for (size_t k = 2; k <= n; k++) {
        const double next = ((double)(2 * k - 1) * x * value - (double)(k - 1) * before) / (double)k;
        before = value;
        value = next;
    }
    *derivative = (double)n * (x * value - before) / (x * x - 1);
    return value;
}

void ms_gauss_legendre(size_t n, double *node, double *weight) {
    if (n == 1) {
        node[0] = 0.5;
        weight[0] = 1;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        double x = -cos(M_PI * ((double)i + 0.75) / ((double)n + 0.5)), slope = 0;
        for (int step = 0; step < 100; step++) {
            const double move = legendre(n, x, &slope) / slope;
            x -= move;
            if (fabs(move) < 1e-16) break;
        }
        (void)legendre(n, x, &slope);
        node[i] = 0.5 * (1 + x);
        weight[i] = 1 / ((1 - x * x) * slope * slope);
    }
}

/* A line in one head's first sums. */
typedef struct line {
    const ms_head *head;
    size_t width, n_kinks, places;
    const double *from, *step; /* [width] */
    double *here, *gradient;   /* [width] */
    double *sum;               /* [width] integral over the piece */
    double *integral;          /* [width] so far */
    double *work;              /* [places] */
    double *kinks;             /* [DEEPEST + 2][n_kinks] at the ends of pieces */
    struct rule {
        const double *node, *weight;
        size_t n;
    } rule, few; /* of a long piece and of a short one */
} line;

static void go_to(line *l, double a) {
    for (size_t i = 0; i < l->width; i++) l->here[i] = l->from[i] + a * l->step[i];
}

/* The output at a, and what the units with a kink receive there. */
static double end_of_piece(line *l, double a, double *kinks) {
    go_to(l, a);
    const double value = ms_head_value(l->head, l->here, l->work);
    (void)ms_head_kink_values(l->head, l->work, kinks);
    return value;
}

/* Adds the rule's sum over [a, b] to l->integral when it restores the difference (or `always`). */
static bool add_piece(line *l, double a, double b, double difference, bool always) {
    double restored = 0;
    memset(l->sum, 0, l->width * sizeof *l->sum);
    const struct rule *r = b - a < SHORT ? &l->few : &l->rule;
    for (size_t k = 0; k < r->n; k++) {
        go_to(l, a + (b - a) * r->node[k]);
        (void)ms_head_gradient(l->head, l->here, l->gradient, l->work);
        const double w = (b - a) * r->weight[k];
        for (size_t i = 0; i < l->width; i++) l->sum[i] += w * l->gradient[i];
    }
    for (size_t i = 0; i < l->width; i++) restored += l->sum[i] * l->step[i];
    if (!always && !(fabs(restored - difference) <= TOLERANCE * fmax(1, fabs(difference)))) return false;
    for (size_t i = 0; i < l->width; i++) l->integral[i] += l->sum[i];
    return true;
}

/* Where to cut [a, b]: at the kink nearest to the middle, taken as if what the neuron receives were linear
 * between the ends; NAN when no neuron passes one inside. */
static double find_kink(const line *l, const double *at_a, const double *at_b, double a, double b) {
    double best = NAN;
    for (size_t i = 0; i < l->n_kinks; i++) {
        if (!((at_a[i] > 0) != (at_b[i] > 0))) continue;
        const double share = at_a[i] / (at_a[i] - at_b[i]);
        if (!(share > 1e-9 && share < 1 - 1e-9)) continue; /* the end itself, but for rounding */
        if (isnan(best) || fabs(share - 0.5) < fabs(best - 0.5)) best = share;
    }
    return a + best * (b - a);
}

typedef struct piece {
    double a, b, value_a, value_b;
    double *kinks_a, *kinks_b;
    int depth;
} piece;

static void integrate(line *l, const piece *p) {
    const bool last = p->depth == DEEPEST || !(p->b - p->a > 1e-14);
    double cut = last ? NAN : find_kink(l, p->kinks_a, p->kinks_b, p->a, p->b);
    if (isnan(cut) && add_piece(l, p->a, p->b, p->value_b - p->value_a, last)) return;
    /* A place found by a straight line may be beside the kink: every third cut is in the middle. */
    if (isnan(cut) || p->depth % 3 == 2) cut = 0.5 * (p->a + p->b);
    double *kinks = l->kinks + (size_t)(p->depth + 2) * l->n_kinks;
    const double value = end_of_piece(l, cut, kinks);
    const piece left = {p->a, cut, p->value_a, value, p->kinks_a, kinks, p->depth + 1};
    const piece right = {cut, p->b, value, p->value_b, kinks, p->kinks_b, p->depth + 1};
    integrate(l, &left);
    integrate(l, &right);
}

static void whole_line(line *l, bool fixed) {
    memset(l->integral, 0, l->width * sizeof *l->integral);
    if (fixed) {
        (void)add_piece(l, 0, 1, 0, true);
        return;
    }
    const double from = end_of_piece(l, 0, l->kinks), to = end_of_piece(l, 1, l->kinks + l->n_kinks);
    const piece all = {0, 1, from, to, l->kinks, l->kinks + l->n_kinks, 0};
    integrate(l, &all);
}

/* Room for the widest head. */
static ms_status line_alloc(line *l, const ms_chain *chain, double **block, ms_error *err) {
    size_t width = 0, kinks = 0;
    double *work = ms_calloc(chain->places, sizeof *work);
    if (!work) return ms_error_nomem(err);
    for (size_t k = 0; k < chain->n_heads; k++) {
        const size_t w = ms_head_width(&chain->heads[k]),
                     n = ms_head_kink_values(&chain->heads[k], work, NULL);
        if (w > width) width = w;
        if (n > kinks) kinks = n;
    }
    free(work);
    double *all = ms_calloc(4 * width + chain->places + (DEEPEST + 2) * kinks, sizeof *all);
    if (!all) return ms_error_nomem(err);
    l->here = all;
    l->gradient = all + width;
    l->sum = all + 2 * width;
    l->integral = all + 3 * width;
    l->work = all + 4 * width;
    l->kinks = l->work + chain->places;
    *block = all;
    return MS_OK;
}

/* The mean over heads of the integrals from b to z, by first sums: integral[chain->width], added. */
static void add_background_row(const ms_chain *chain, line *l, const double *from, const double *step,
                               bool fixed, double factor, double *integral) {
    for (size_t k = 0; k < chain->n_heads; k++) {
        l->head = &chain->heads[k];
        l->width = ms_head_width(l->head);
        l->n_kinks = ms_head_kink_values(l->head, l->work, NULL);
        l->from = from + chain->offset[k];
        l->step = step + chain->offset[k];
        whole_line(l, fixed);
        for (size_t i = 0; i < l->width; i++) integral[chain->offset[k] + i] += factor * l->integral[i];
    }
}

ms_status ms_explain_gradients(const ms_explain_job *job, const double *z, double *contribution,
                               ms_error *err) {
    const ms_chain *chain = job->chain;
    const size_t p = chain->n_inputs, width = chain->width;
    const double factor = chain->model->shrinkage / (double)chain->n_heads / (double)job->n_background;
    const size_t n_points = job->steps > 0 ? job->steps : POINTS;
    line l = {0};
    double *block = NULL, *rule = ms_calloc(2 * (n_points + FEW_POINTS), sizeof *rule),
           *own = ms_calloc(4 * width + p, sizeof *own);
    ms_status status = rule && own ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) status = line_alloc(&l, chain, &block, err);
    if (status != MS_OK) goto cleanup;
    double *to = own, *from = own + width, *step = own + 2 * width, *integral = own + 3 * width,
           *slope = own + 4 * width;
    double *few = rule + 2 * n_points;
    ms_gauss_legendre(n_points, rule, rule + n_points);
    ms_gauss_legendre(FEW_POINTS, few, few + FEW_POINTS);
    l.rule = (struct rule){rule, rule + n_points, n_points};
    l.few = (struct rule){few, few + FEW_POINTS, FEW_POINTS};
    ms_chain_sums(chain, z, to);
    memset(contribution, 0, p * sizeof *contribution);
    for (size_t r = 0; r < job->n_background; r++) {
        const double *b = job->background + r * p;
        ms_chain_sums(chain, b, from);
        for (size_t i = 0; i < width; i++) step[i] = to[i] - from[i];
        memset(integral, 0, width * sizeof *integral);
        add_background_row(chain, &l, from, step, job->steps > 0, factor, integral);
        ms_chain_back(chain, integral, slope);
        for (size_t j = 0; j < p; j++) contribution[j] += slope[j] * (z[j] - b[j]);
    }
cleanup:
    free(block);
    free(rule);
    free(own);
    return status;
}
