/* Cox's negative log partial likelihood, its gradient, and Breslow's baseline hazard.
 *
 * At an event time with the d rows D tied there and the risk set R (everyone still followed),
 *   Breslow (1974): sum_D f - d log S            S = sum_R exp f,  D = sum over the tied events of exp f
 *   Efron (1977):   sum_D f - sum_{l<d} log(S - l/d D)
 * All sums of exponentials are kept as logarithms with the maximum taken out, so that no risk overflows.
 * R: coxph(...)$loglik is -(number of events) times what is returned here. */
#include "model/cox_loss.h"

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
    size_t stratum, row;
} sort_row;

static int later_first(const void *a, const void *b) {
    const sort_row *p = a, *q = b;
    if (p->stratum != q->stratum) return p->stratum < q->stratum ? -1 : 1;
    if (p->time != q->time) return p->time > q->time ? -1 : 1;
    return p->row < q->row ? -1 : p->row > q->row;
}

/* Groups of rows alike in stratum and time, from `order`. */
static void fill_groups(ms_cox_data *data) {
    data->n_groups = data->n_events = 0;
    for (size_t i = 0; i < data->n; i++) {
        const size_t row = data->order[i], last = i > 0 ? data->order[i - 1] : row;
        const bool first = i == 0 || data->stratum[row] != data->stratum[last];
        data->n_events += data->event[row] != 0;
        if (!first && data->time[row] == data->time[last]) continue;
        data->first[data->n_groups] = first;
        data->group_start[data->n_groups++] = i;
    }
    data->group_start[data->n_groups] = data->n;
}

ms_status ms_cox_data_room(ms_cox_data *data, size_t n, ms_error *err) {
    ms_cox_data d = {.n = n};
    d.order = ms_calloc(n, sizeof *d.order);
    d.group_start = ms_calloc(n + 1, sizeof *d.group_start);
    d.first = ms_calloc(n, 1);
    d.place = ms_calloc(n, sizeof *d.place);
    d.stratum = ms_calloc(n, sizeof *d.stratum);
    d.event = ms_calloc(n, 1);
    d.time = ms_calloc(n, sizeof *d.time);
    if (!d.order || !d.group_start || !d.first || !d.place || !d.stratum || !d.event || !d.time) {
        ms_cox_data_clear(&d);
        return ms_error_nomem(err);
    }
    *data = d;
    return MS_OK;
}

ms_status ms_cox_data_init_strata(ms_cox_data *data, const double *time, const uint8_t *event,
                                  const size_t *strata, size_t n, ms_error *err) {
    ms_cox_data d = {0};
    sort_row *rows = ms_calloc(n, sizeof *rows);
    if (!rows) return ms_error_nomem(err);
    const ms_status status = ms_cox_data_room(&d, n, err);
    if (status != MS_OK) {
        free(rows);
        return status;
    }
    for (size_t i = 0; i < n; i++) {
        rows[i] = (sort_row){time[i], strata ? strata[i] : 0, i};
        d.stratum[i] = rows[i].stratum;
        d.time[i] = time[i];
        d.event[i] = event[i];
    }
    if (n > 0) qsort(rows, n, sizeof *rows, later_first);
    for (size_t i = 0; i < n; i++) {
        d.order[i] = rows[i].row;
        d.place[rows[i].row] = i;
    }
    fill_groups(&d);
    free(rows);
    *data = d;
    return MS_OK;
}

ms_status ms_cox_data_init(ms_cox_data *data, const double *time, const uint8_t *event, size_t n,
                           ms_error *err) {
    return ms_cox_data_init_strata(data, time, event, NULL, n, err);
}

void ms_cox_data_clear(ms_cox_data *data) {
    free(data->order);
    free(data->group_start);
    free(data->first);
    free(data->place);
    free(data->stratum);
    free(data->event);
    free(data->time);
    *data = (ms_cox_data){0};
}

static int by_size(const void *a, const void *b) {
    const size_t p = *(const size_t *)a, q = *(const size_t *)b;
    return p < q ? -1 : p > q;
}

void ms_cox_data_part(const ms_cox_data *whole, const size_t *rows, size_t n_rows, ms_cox_data *part) {
    /* Their order is that of their places in the whole. Place and number share a word while sorting: there
     * are fewer than 2^32 rows. */
    size_t *sorted = part->order;
    part->n = n_rows;
    for (size_t i = 0; i < n_rows; i++) {
        sorted[i] = whole->place[rows[i]] << 32 | i;
        part->stratum[i] = whole->stratum[rows[i]];
        part->event[i] = whole->event[rows[i]];
        part->time[i] = whole->time[rows[i]];
    }
    if (n_rows > 0) qsort(sorted, n_rows, sizeof *sorted, by_size);
    for (size_t i = 0; i < n_rows; i++) {
        part->order[i] = sorted[i] & 0xffffffffu;
        part->place[part->order[i]] = i;
    }
    fill_groups(part);
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
    log_sum passed = log_sum_empty; /* over the stratum's event times from the first to this one */
    for (size_t g = data->n_groups; g-- > 0;) {
        if (g + 1 < data->n_groups && data->first[g + 1]) passed = log_sum_empty;
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

/* The general way: every sum of exponentials with its own maximum taken out. */
static double loss_by_logarithms(const ms_cox_data *data, ms_train_ties ties, const double *risk,
                                 double *gradient, double *work) {
    double *log_a = work, *log_b = work + data->n_groups;
    double loss = 0;
    log_sum risk_set = log_sum_empty;
    for (size_t g = 0; g < data->n_groups; g++) {
        if (data->first[g]) risk_set = log_sum_empty;
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

double ms_cox_loss(const ms_cox_data *data, ms_train_ties ties, const double *risk, double *gradient,
                   double *work) {
    if (data->n_events == 0) {
        if (gradient) memset(gradient, 0, data->n * sizeof *gradient);
        return 0;
    }
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < data->n; i++) {
        if (risk[i] < low) low = risk[i];
        if (risk[i] > high) high = risk[i];
        if (!isfinite(risk[i])) return NAN;
    }
    if (high - low < MS_COX_NARROW) return ms_cox_loss_narrow(data, ties, risk, high, gradient, work);
    return loss_by_logarithms(data, ties, risk, gradient, work);
}

ms_status ms_cox_slope(const ms_cox_data *data, ms_train_ties ties, const double *risk, double low,
                       double *slope, ms_error *err) {
    double *work = ms_calloc(2 * data->n, sizeof *work), *scaled = ms_calloc(data->n, sizeof *scaled);
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
