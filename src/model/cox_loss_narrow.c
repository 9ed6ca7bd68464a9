/* Cox's negative log partial likelihood where no two risks are so far apart that an exponential would vanish
 * beside another: then one maximum, the highest risk, serves all sums, each row has one exponential, and the
 * sums run along as plain numbers. Formulas: cox_loss.c. */
#include "model/cox_loss.h"
#include "model/dense_kernel.h"

#include <math.h>

/* The logarithm of a product of many numbers: mantissas are multiplied, exponents added. */
typedef struct log_product {
    double mantissa, sum;
    long exponent;
    int n;
} log_product;

static void multiply(log_product *p, double value) {
    int exponent;
    p->mantissa *= frexp(value, &exponent);
    p->exponent += exponent;
    if (++p->n < 500) return; /* each mantissa is at least 1/2 */
    p->sum += log(p->mantissa);
    p->mantissa = 1;
    p->n = 0;
}

static double log_of(const log_product *p) {
    return p->sum + log(p->mantissa) + (double)p->exponent * M_LN2;
}

/* One event time with d tied events, whose exponentials sum to `tied`, and the risk set's sum: a and b of
 * cox_loss.c over the sum. */
static void group_part(size_t d, double tied, double sum, ms_train_ties ties, log_product *product, double *a,
                       double *b) {
    *a = (double)d / sum;
    *b = 0;
    if (d == 1 || ties == MS_TRAIN_BRESLOW) {
        for (size_t l = 0; l < d; l++) multiply(product, sum);
        return;
    }
    *a = 0;
    for (size_t l = 0; l < d; l++) {
        const double part = (double)l / (double)d, rest = sum - part * tied;
        multiply(product, rest);
        *a += 1 / rest;
        *b += part / rest;
    }
}

/* work: the rows' exponentials in their order, then those at a group's place its a, at the next its b (a
 * group of one event has no b). */
double ms_cox_loss_narrow(const ms_cox_data *data, ms_train_ties ties, const double *risk, double highest,
                          double *gradient, double *work) {
    const size_t n = data->n;
    double *e = work, *a_of = work + n;
    log_product product = {.mantissa = 1};
    double sum = 0, events = 0;
    for (size_t i = 0; i < n; i++) e[i] = risk[data->order[i]];
    ms_dense_kernels_get()->exponentials(n, e, highest, e);
    for (size_t g = 0; g < data->n_groups; g++) {
        const size_t begin = data->group_start[g], end = data->group_start[g + 1];
        double tied = 0, a = 0, b = 0;
        size_t d = 0;
        if (data->first[g]) sum = 0;
        for (size_t i = begin; i < end; i++) {
            sum += e[i];
            if (!data->event[data->order[i]]) continue;
            events += risk[data->order[i]] - highest;
            tied += e[i];
            d++;
        }
        if (d > 0) group_part(d, tied, sum, ties, &product, &a, &b);
        a_of[begin] = a;
        if (end - begin > 1) a_of[begin + 1] = b;
    }
    const double scale = 1 / (double)data->n_events;
    double passed = 0; /* the sum of a over the stratum's event times from the first to this one */
    for (size_t g = data->n_groups; gradient && g-- > 0;) {
        const size_t begin = data->group_start[g], end = data->group_start[g + 1];
        const double b = end - begin > 1 ? a_of[begin + 1] : 0;
        if (g + 1 < data->n_groups && data->first[g + 1]) passed = 0;
        passed += a_of[begin];
        for (size_t i = begin; i < end; i++) {
            const size_t row = data->order[i];
            const double value = e[i] * passed;
            gradient[row] = scale * (data->event[row] ? value - 1 - e[i] * b : value);
        }
    }
    return (log_of(&product) - events) * scale;
}
