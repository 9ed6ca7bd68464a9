/* Cox's negative log partial likelihood, its gradient, and Breslow's baseline hazard.
 *
 * At an event time with the d rows D tied there and the risk set R (everyone still followed),
 *   Breslow (1974): sum_D f - d log S            S = sum_R exp f,  D = sum over the tied events of exp f
 *   Efron (1977):   sum_D f - sum_{l<d} log(S - l/d D)
 * All sums of exponentials are kept as logarithms with the maximum taken out, so that no risk overflows.
 * R: coxph(...)$loglik is -(number of events) times what is returned here. */
#include "model/model.h"

#include <math.h>
#include <string.h>

/* log(sum exp v) one value after another. */
typedef struct log_sum {
    double max, sum;
} log_sum;

static void log_sum_add(log_sum *s, double v) {
    if (v <= s->max) {
        s->sum += exp(v - s->max);
        return;
    }
    s->sum = s->sum * exp(s->max - v) + 1;
    s->max = v;
}

static const log_sum log_sum_empty = {-INFINITY, 0};

static double log_sum_value(const log_sum *s) {
    return s->sum > 0 ? s->max + log(s->sum) : -INFINITY;
}

typedef struct sort_row {
    double time;
    size_t row;
} sort_row;

static int later_first(const void *a, const void *b) {
    const sort_row *p = a, *q = b;
    if (p->time != q->time) return p->time > q->time ? -1 : 1;
    return p->row < q->row ? -1 : p->row > q->row;
}

static void fill_groups(ms_cox_data *data, const sort_row *rows) {
    for (size_t i = 0; i < data->n; i++) {
        data->order[i] = rows[i].row;
        if (i == 0 || rows[i].time != rows[i - 1].time) data->group_start[data->n_groups++] = i;
    }
    data->group_start[data->n_groups] = data->n;
}

ms_status ms_cox_data_init(ms_cox_data *data, const double *time, const uint8_t *event, size_t n,
                           ms_error *err) {
    ms_cox_data d = {.n = n};
    sort_row *rows = ms_calloc(n, sizeof *rows);
    d.order = ms_calloc(n, sizeof *d.order);
    d.group_start = ms_calloc(n + 1, sizeof *d.group_start);
    d.event = ms_calloc(n, 1);
    d.time = ms_calloc(n, sizeof *d.time);
    if (!rows || !d.order || !d.group_start || !d.event || !d.time) {
        free(rows);
        ms_cox_data_clear(&d);
        return ms_error_nomem(err);
    }
    for (size_t i = 0; i < n; i++) {
        rows[i] = (sort_row){time[i], i};
        d.time[i] = time[i];
        d.event[i] = event[i];
        d.n_events += event[i] != 0;
    }
    if (n > 0) qsort(rows, n, sizeof *rows, later_first);
    fill_groups(&d, rows);
    free(rows);
    *data = d;
    return MS_OK;
}

void ms_cox_data_clear(ms_cox_data *data) {
    free(data->order);
    free(data->group_start);
    free(data->event);
    free(data->time);
    *data = (ms_cox_data){0};
}

/* The tied events of a group: how many, their sum of f, and the log of their sum of exp f. */
typedef struct tied {
    size_t d;
    double sum, log_sum;
} tied;

static tied tied_events(const ms_cox_data *data, size_t group, const double *risk) {
    tied t = {0};
    log_sum s = log_sum_empty;
    for (size_t i = data->group_start[group]; i < data->group_start[group + 1]; i++) {
        const size_t row = data->order[i];
        if (!data->event[row]) continue;
        t.d++;
        t.sum += risk[row];
        log_sum_add(&s, risk[row]);
    }
    t.log_sum = log_sum_value(&s);
    return t;
}

/* One event time's part of the loss. With share = D/S: *a gets sum_l 1 / (1 - l/d share), and *b
 * sum_l (l/d) / (1 - l/d share), from which the gradient follows. */
static double group_loss(const tied *t, double log_risk_set, ms_train_ties ties, double *a, double *b) {
    const double d = (double)t->d;
    double loss = d * log_risk_set - t->sum;
    *a = d;
    *b = 0;
    if (ties == MS_TRAIN_BRESLOW || t->d == 1) return loss;
    const double share = exp(t->log_sum - log_risk_set);
    *a = 0;
    for (size_t l = 0; l < t->d; l++) {
        const double part = (double)l / d, rest = 1 - part * share;
        loss += log(rest);
        *a += 1 / rest;
        *b += part / rest;
    }
    return loss;
}

/* A row still followed at event time g adds exp(f) a_g / S_g to the gradient; a tied event takes exp(f) b_g /
 * S_g and 1 off. log_a[g] = log(a_g / S_g) and log_b[g] = log(b_g / S_g), -Inf where there is no event. */
static void fill_gradient(const ms_cox_data *data, const double *risk, const double *log_a,
                          const double *log_b, double *gradient) {
    const double scale = 1 / (double)data->n_events;
    log_sum passed = log_sum_empty; /* over the event times from the first to this one */
    for (size_t g = data->n_groups; g-- > 0;) {
        if (log_a[g] > -INFINITY) log_sum_add(&passed, log_a[g]);
        const double log_passed = log_sum_value(&passed);
        for (size_t i = data->group_start[g]; i < data->group_start[g + 1]; i++) {
            const size_t row = data->order[i];
            double value = exp(risk[row] + log_passed);
            if (data->event[row]) value -= 1 + exp(risk[row] + log_b[g]);
            gradient[row] = scale * value;
        }
    }
}

double ms_cox_loss(const ms_cox_data *data, ms_train_ties ties, const double *risk, double *gradient,
                   double *work) {
    double *log_a = work, *log_b = work + data->n_groups;
    double loss = 0;
    if (data->n_events == 0) {
        if (gradient) memset(gradient, 0, data->n * sizeof *gradient);
        return 0;
    }
    log_sum risk_set = log_sum_empty;
    for (size_t g = 0; g < data->n_groups; g++) {
        for (size_t i = data->group_start[g]; i < data->group_start[g + 1]; i++)
            log_sum_add(&risk_set, risk[data->order[i]]);
        const tied t = tied_events(data, g, risk);
        log_a[g] = log_b[g] = -INFINITY;
        if (t.d == 0) continue;
        double a, b;
        const double log_risk_set = log_sum_value(&risk_set);
        loss += group_loss(&t, log_risk_set, ties, &a, &b);
        log_a[g] = log(a) - log_risk_set;
        log_b[g] = log(b) - log_risk_set;
    }
    if (gradient) fill_gradient(data, risk, log_a, log_b, gradient);
    return loss / (double)data->n_events;
}

ms_status ms_cox_slope(const ms_cox_data *data, ms_train_ties ties, const double *risk, double low,
                       double *slope, ms_error *err) {
    double *work = ms_calloc(2 * data->n_groups, sizeof *work), *scaled = ms_calloc(data->n, sizeof *scaled);
    double *gradient = ms_calloc(data->n, sizeof *gradient);
    if (!work || !scaled || !gradient) {
        free(work);
        free(scaled);
        free(gradient);
        return ms_error_nomem(err);
    }
    /* The loss is convex in the slope: halve the interval by the sign of its derivative. */
    double high = 1, middle = 1;
    for (int i = 0; i < 50 && high > low; i++) {
        double derivative = 0;
        for (size_t k = 0; k < data->n; k++) scaled[k] = middle * risk[k];
        (void)ms_cox_loss(data, ties, scaled, gradient, work);
        for (size_t k = 0; k < data->n; k++) derivative += gradient[k] * risk[k];
        if (derivative > 0)
            high = middle;
        else
            low = middle;
        middle = 0.5 * (low + high);
    }
    free(work);
    free(scaled);
    free(gradient);
    *slope = middle;
    return MS_OK;
}

ms_status ms_cox_baseline(const ms_cox_data *data, const double *risk, double **times, double **hazard,
                          size_t *n_steps, ms_error *err) {
    double *t = ms_calloc(data->n_groups, sizeof *t), *h = ms_calloc(data->n_groups, sizeof *h);
    size_t n = 0;
    if (!t || !h) {
        free(t);
        free(h);
        return ms_error_nomem(err);
    }
    /* From the last time back: the step at each event time; then from the first on: their sums. */
    log_sum risk_set = log_sum_empty;
    for (size_t g = 0; g < data->n_groups; g++) {
        for (size_t i = data->group_start[g]; i < data->group_start[g + 1]; i++)
            log_sum_add(&risk_set, risk[data->order[i]]);
        const tied events = tied_events(data, g, risk);
        if (events.d == 0) continue;
        t[n] = data->time[data->order[data->group_start[g]]];
        h[n++] = (double)events.d * exp(-log_sum_value(&risk_set));
    }
    for (size_t i = 0; i < n / 2; i++) {
        const double t_swap = t[i], h_swap = h[i];
        t[i] = t[n - 1 - i], t[n - 1 - i] = t_swap;
        h[i] = h[n - 1 - i], h[n - 1 - i] = h_swap;
    }
    for (size_t i = 1; i < n; i++) h[i] += h[i - 1];
    *times = t;
    *hazard = h;
    *n_steps = n;
    return MS_OK;
}
