/* C, AUC and Brier score of out-of-fold predictions: all folds together, and fold by fold. */
#include "study/crossval.h"

#include <math.h>
#include <stdlib.h>

ms_status ms_cv_concordance(const double *time, const uint8_t *event, const double *risk, size_t n, double *c,
                            ms_error *err) {
    const ms_surv data = {.n = n, .time = time, .event = event};
    ms_concordance_options o;
    ms_concordance result;
    ms_concordance_options_default(&o);
    const ms_status status = ms_concordance_compute(&data, risk, &o, &result, err);
    if (status == MS_OK) *c = result.c;
    return status;
}

/* Some patients and what one procedure says of them. */
typedef struct part {
    size_t n, n_times;
    double *time, *risk, *probability; /* probability[k * n + i] */
    uint8_t *event;
} part;

static ms_status part_alloc(size_t n, size_t n_times, part *p, ms_error *err) {
    *p = (part){0,
                n_times,
                ms_calloc(n, sizeof(double)),
                ms_calloc(n, sizeof(double)),
                ms_calloc(n * n_times, sizeof(double)),
                ms_calloc(n, 1)};
    return p->time && p->risk && p->probability && p->event ? MS_OK : ms_error_nomem(err);
}

static void part_clear(part *p) {
    free(p->time);
    free(p->risk);
    free(p->probability);
    free(p->event);
}

/* The patients of one fold (SIZE_MAX: all). */
static void part_take(const ms_dataset *data, const ms_crossval *c, size_t m, size_t r, size_t fold,
                      part *p) {
    const size_t at = ms_cv_at(c, m, r), n = c->n;
    const size_t *of = c->fold + r * n;
    p->n = 0;
    for (size_t i = 0; i < n; i++) p->n += fold == SIZE_MAX || of[i] == fold;
    for (size_t i = 0, j = 0; i < n; i++) {
        if (fold != SIZE_MAX && of[i] != fold) continue;
        p->time[j] = data->time[i];
        p->event[j] = data->event[i];
        p->risk[j] = c->risk[at + i];
        for (size_t k = 0; k < c->n_times; k++)
            p->probability[k * p->n + j] = c->probability[at * c->n_times + k * n + i];
        j++;
    }
}

static ms_status forgive(ms_status status) {
    return status == MS_EINPUT || status == MS_ENOCONV ? MS_OK : status;
}

/* Numbers of a part: C, then AUC and Brier score at each time; NaN where it cannot give one. */
static ms_status numbers(const part *p, const double *times, double *values, ms_error *err) {
    const ms_outcome outcome = {.n = p->n, .time = p->time, .status = p->event};
    ms_ipcw ipcw = {0};
    ms_auc_options auc;
    ms_brier_options brier;
    ms_auc_options_default(&auc);
    ms_brier_options_default(&brier);
    auc.conservative = brier.conservative = true;
    for (size_t v = 0; v < 1 + 2 * p->n_times; v++) values[v] = NAN;
    ms_status status = ms_cv_concordance(p->time, p->event, p->risk, p->n, &values[0], err);
    if (status == MS_OK && p->n_times) status = ms_ipcw_fit(&outcome, NULL, &ipcw, err);
    for (size_t k = 0; k < p->n_times && status == MS_OK; k++) {
        ms_auc a = {0};
        ms_brier b = {0};
        const double *probability = p->probability + k * p->n;
        bool known = true;
        for (size_t i = 0; i < p->n; i++) known = known && !isnan(probability[i]);
        status = forgive(ms_auc_compute(&outcome, p->risk, false, &times[k], 1, &ipcw, &auc, &a, err));
        if (a.n && a.rows[0].state == MS_PREDICTED) values[1 + 2 * k] = a.rows[0].all.auc;
        if (status == MS_OK && known)
            status = forgive(ms_brier_compute(&outcome, probability, &times[k], 1, &ipcw, &brier, &b, err));
        if (b.n && b.rows[0].state == MS_PREDICTED) values[2 + 2 * k] = b.rows[0].brier;
        ms_auc_clear(&a);
        ms_brier_clear(&b);
    }
    ms_ipcw_clear(&ipcw);
    return status;
}

/* Mean, SD (divisor n - 1) and range of the values that are there; stride apart. */
static size_t spread(const double *values, size_t n, size_t stride, double *mean, double *sd, double *low,
                     double *high) {
    size_t m = 0;
    double sum = 0, squares = 0;
    *low = INFINITY;
    *high = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        const double v = values[i * stride];
        if (isnan(v)) continue;
        m++;
        sum += v;
        *low = fmin(*low, v);
        *high = fmax(*high, v);
    }
    *mean = m ? sum / (double)m : (double)NAN;
    for (size_t i = 0; i < n; i++)
        if (!isnan(values[i * stride]))
            squares += (values[i * stride] - *mean) * (values[i * stride] - *mean);
    *sd = m > 1 ? sqrt(squares / (double)(m - 1)) : (double)NAN;
    if (m == 0) *low = *high = NAN;
    return m;
}

/* One procedure: values of every repeat and fold, then their summaries. */
static ms_status score(const ms_dataset *data, ms_crossval *c, size_t m, part *p, ms_error *err) {
    const size_t width = 1 + 2 * c->n_times, parts = c->repeats * c->folds;
    double *whole = ms_calloc(c->repeats * width, sizeof *whole),
           *folds = ms_calloc(parts * width, sizeof *folds);
    ms_status status = whole && folds ? MS_OK : ms_error_nomem(err);
    for (size_t r = 0; r < c->repeats && status == MS_OK; r++) {
        part_take(data, c, m, r, SIZE_MAX, p);
        status = numbers(p, c->times, whole + r * width, err);
        for (size_t f = 0; f < c->folds && status == MS_OK; f++) {
            double *values = folds + (r * c->folds + f) * width;
            part_take(data, c, m, r, f, p);
            status = numbers(p, c->times, values, err);
            c->fold_c[(m * c->repeats + r) * c->folds + f] = values[0];
        }
    }
    for (size_t v = 0; v < width && status == MS_OK; v++) {
        ms_cv_score *s = &c->scores[c->n_scores++];
        double low, high;
        s->procedure = m;
        s->measure = v == 0 ? MS_EVAL_HARRELL : v % 2 ? MS_EVAL_AUC : MS_EVAL_BRIER;
        s->time = v ? c->times[(v - 1) / 2] : (double)NAN;
        (void)spread(whole + v, c->repeats, width, &s->pooled, &s->pooled_sd, &low, &high);
        s->n_folds = spread(folds + v, parts, width, &s->fold, &s->fold_sd, &s->fold_low, &s->fold_high);
    }
    free(whole);
    free(folds);
    return status;
}

ms_status ms_cv_scores(const ms_dataset *data, ms_crossval *c, ms_error *err) {
    part p;
    ms_status status = part_alloc(c->n, c->n_times, &p, err);
    c->scores = ms_calloc(c->n_procedures * (1 + 2 * c->n_times), sizeof *c->scores);
    if (status == MS_OK && !c->scores) status = ms_error_nomem(err);
    for (size_t m = 0; m < c->n_procedures && status == MS_OK; m++) status = score(data, c, m, &p, err);
    part_clear(&p);
    return status;
}
