/* Cohorts with a known hazard; the formulas are in the header. */
#include "myosurv/model_simulate.h"

#include "base/base.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ROWS 100000000u
#define MAX_INPUTS 1000000u

void ms_simulate_options_default(ms_simulate_options *options) {
    *options = (ms_simulate_options){
        .kind = MS_SIMULATE_LINEAR,
        .rows = 4000,
        .inputs = 10,
        .informative = 2,
        .max_hazard = 10,
        .radius = 0.5,
        .mean_time = 5,
        .censored = 0.5,
    };
}

ms_status ms_simulate_kind_find(const char *name, ms_simulate_kind *kind, ms_error *err) {
    static const char *const names[] = {"linear", "gaussian", "treatment"};
    for (size_t i = 0; i < MS_COUNT(names); i++) {
        if (strcmp(name, names[i]) != 0) continue;
        *kind = (ms_simulate_kind)i;
        return MS_OK;
    }
    return ms_error_set(err, MS_EUSAGE, "%s is none of linear, gaussian, treatment", name);
}

size_t ms_simulate_columns(const ms_simulate_options *options) {
    return options->inputs + (options->kind == MS_SIMULATE_TREATMENT);
}

static ms_status check_options(const ms_simulate_options *o, ms_error *err) {
    const struct {
        const char *name;
        double value;
    } positive[] = {
        {"the largest hazard", o->max_hazard}, {"the radius", o->radius}, {"the mean time", o->mean_time}};
    if (o->rows < 1 || o->rows > MAX_ROWS)
        return ms_error_set(err, MS_EINPUT, "a cohort has from 1 to %u rows, not %zu", MAX_ROWS, o->rows);
    if (o->inputs < 1 || o->inputs > MAX_INPUTS)
        return ms_error_set(err, MS_EINPUT, "a cohort has from 1 to %u inputs, not %zu", MAX_INPUTS,
                            o->inputs);
    if (o->informative < 1 || o->informative > o->inputs)
        return ms_error_set(err, MS_EINPUT, "from 1 to all %zu inputs can carry the hazard, not %zu",
                            o->inputs, o->informative);
    for (size_t i = 0; i < MS_COUNT(positive); i++)
        if (!(positive[i].value > 0 && isfinite(positive[i].value)))
            return ms_error_set(err, MS_EINPUT, "%s is %g, but must be above 0", positive[i].name,
                                positive[i].value);
    if (!(o->end_time >= 0 && isfinite(o->end_time)))
        return ms_error_set(err, MS_EINPUT, "the end of follow-up is %g, but must be above 0", o->end_time);
    if (!(o->censored >= 0 && o->censored < 1))
        return ms_error_set(err, MS_EINPUT,
                            "the share of censored rows is %g, but must be at least 0 and below 1",
                            o->censored);
    return MS_OK;
}

static void draw_inputs(const ms_simulate_options *o, ms_random *random, double *x) {
    const size_t columns = ms_simulate_columns(o);
    for (size_t i = 0; i < o->rows; i++) {
        double *row = x + i * columns;
        for (size_t j = 0; j < o->inputs; j++) row[j] = ms_random_range(random, -1, 1);
        if (columns > o->inputs) row[o->inputs] = (double)ms_random_below(random, 2);
    }
}

static double log_hazard(const ms_simulate_options *o, const double *row) {
    double sum = 0;
    if (o->kind == MS_SIMULATE_LINEAR) {
        for (size_t j = 0; j < o->informative; j++) sum += (double)(j + 1) * row[j];
        return sum;
    }
    for (size_t j = 0; j < o->informative; j++) sum += row[j] * row[j];
    return log(o->max_hazard) * exp(-sum / (2 * o->radius * o->radius));
}

static void find_risks(const ms_simulate_options *o, const double *x, double *risk) {
    const size_t columns = ms_simulate_columns(o);
    double sum = 0;
    for (size_t i = 0; i < o->rows; i++) sum += risk[i] = log_hazard(o, x + i * columns);
    const double mean = sum / (double)o->rows;
    for (size_t i = 0; i < o->rows; i++) {
        const bool untreated = o->kind == MS_SIMULATE_TREATMENT && !(x[i * columns + o->inputs] > 0);
        risk[i] = untreated ? 0 : risk[i] - mean;
    }
}

static int ascending(const void *a, const void *b) {
    const double p = *(const double *)a, q = *(const double *)b;
    return p < q ? -1 : p > q;
}

/* Time by which the wanted share has had its event: the last of these events is the last of all. */
static ms_status end_of_followup(const ms_simulate_options *o, const double *time, double *end,
                                 ms_error *err) {
    if (o->end_time > 0) {
        *end = o->end_time;
        return MS_OK;
    }
    double *sorted = ms_calloc(o->rows, sizeof *sorted);
    if (!sorted) return ms_error_nomem(err);
    memcpy(sorted, time, o->rows * sizeof *sorted);
    qsort(sorted, o->rows, sizeof *sorted, ascending);
    const size_t n_censored = (size_t)lround(o->censored * (double)o->rows);
    *end = n_censored == 0 ? INFINITY : sorted[o->rows - (n_censored < o->rows ? n_censored : o->rows)];
    free(sorted);
    return MS_OK;
}

ms_status ms_simulate(const ms_simulate_options *options, double *x, double *time, uint8_t *event,
                      double *risk, ms_error *err) {
    ms_status status = check_options(options, err);
    if (status != MS_OK) return status;
    ms_random *inputs = ms_random_new(options->seed, "simulated inputs");
    ms_random *times = ms_random_new(options->seed, "simulated times");
    status = inputs && times ? MS_OK : ms_error_nomem(err);
    if (status != MS_OK) goto cleanup;
    draw_inputs(options, inputs, x);
    find_risks(options, x, risk);
    for (size_t i = 0; i < options->rows; i++)
        time[i] = options->mean_time * exp(-risk[i]) * ms_random_exponential(times);
    double end = 0;
    status = end_of_followup(options, time, &end, err);
    if (status != MS_OK) goto cleanup;
    for (size_t i = 0; i < options->rows; i++) {
        event[i] = time[i] < end;
        if (!event[i]) time[i] = end;
    }
cleanup:
    ms_random_free(inputs);
    ms_random_free(times);
    return status;
}

static ms_status add_columns(const ms_simulate_options *o, ms_table *table, ms_error *err) {
    static const char *const outcome[] = {"time", "event", "true_risk"};
    size_t column;
    char name[32];
    ms_status status = MS_OK;
    for (size_t j = 0; status == MS_OK && j < o->inputs; j++) {
        (void)ms_text_format(name, sizeof name, "x%zu", j);
        status = ms_table_add_column(table, name, &column, err);
    }
    if (status == MS_OK && o->kind == MS_SIMULATE_TREATMENT)
        status = ms_table_add_column(table, "treatment", &column, err);
    for (size_t j = 0; status == MS_OK && j < MS_COUNT(outcome); j++)
        status = ms_table_add_column(table, outcome[j], &column, err);
    return status;
}

ms_status ms_simulate_table(const ms_simulate_options *options, ms_table **table, ms_error *err) {
    ms_table *made = NULL;
    double *x = NULL, *time = NULL, *risk = NULL;
    uint8_t *event = NULL;
    ms_status status = check_options(options, err);
    if (status != MS_OK) return status;
    const size_t n = options->rows, columns = ms_simulate_columns(options);
    x = ms_calloc(n, columns * sizeof *x);
    time = ms_calloc(n, sizeof *time);
    risk = ms_calloc(n, sizeof *risk);
    event = ms_calloc(n, 1);
    status = x && time && risk && event ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) status = ms_simulate(options, x, time, event, risk, err);
    if (status == MS_OK) status = ms_table_new(&made, "simulated cohort", err);
    if (status == MS_OK) status = add_columns(options, made, err);
    for (size_t i = 0; status == MS_OK && i < n; i++) {
        size_t row;
        const double outcome[] = {time[i], event[i], risk[i]};
        status = ms_table_add_row(made, &row, err);
        for (size_t j = 0; status == MS_OK && j < columns + MS_COUNT(outcome); j++)
            status = ms_table_set_number(made, row, j,
                                         j < columns ? x[i * columns + j] : outcome[j - columns], err);
    }
    if (status == MS_OK) {
        *table = made;
        made = NULL;
    }
    ms_table_free(made);
    free(x);
    free(time);
    free(risk);
    free(event);
    return status;
}
