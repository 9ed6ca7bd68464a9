/* Selection of features on the training rows: reading, the filters that need one column alone, and the way
 * through. */
#include "study/select.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ms_select_options_default(ms_select_options *options) {
    *options = (ms_select_options){.max_missing = 0.2,
                                   .max_same = 0.95,
                                   .icc = "icc1_lower",
                                   .min_icc = 0.75,
                                   .max_correlation = 0.9,
                                   .cox_fdr = 1,
                                   .net_folds = 10,
                                   .seed = 1};
}

void ms_selection_clear(ms_selection *selection) {
    for (size_t f = 0; f < selection->n && selection->features; f++) free(selection->features[f].name);
    MS_FREE(selection->features);
    selection->n = 0;
}

const char *ms_select_step_name(ms_select_step step) {
    static const char *const names[] = {"missing", "variance", "icc",  "correlation",
                                        "cox",     "net",      "mrmr", "chosen"};
    return (size_t)step < MS_COUNT(names) ? names[step] : "?";
}

static bool within(double value, double low, double high) {
    return value >= low && value <= high; /* false for NaN */
}

static ms_status check(const ms_select_options *o, ms_error *err) {
    const bool outcome = o->cox_fdr < 1 || o->cox_net != 0 || o->mrmr > 0;
    if (!within(o->max_missing, 0, 1) || !within(o->max_same, 0, 1) || !within(o->max_correlation, 0, 1) ||
        !within(o->cox_fdr, 0, 1) || !within(o->cox_net, 0, 1))
        return ms_error_set(err, MS_EUSAGE, "shares, correlations, rates and alpha lie between 0 and 1");
    if (!within(o->min_icc, -1, 1)) return ms_error_set(err, MS_EUSAGE, "an ICC lies between -1 and 1");
    if (outcome && (!o->time || !o->event))
        return ms_error_set(err, MS_EUSAGE, "a time and an event are needed to select by survival");
    return MS_OK;
}

/* ---- rows -----------------------------------------------------------------------------------------------
 */

/* Training rows whose follow-up is known; *frame stays empty without an outcome. */
static ms_status choose_rows(const ms_table *table, const ms_select_options *o, ms_surv_frame *frame,
                             ms_indices *rows, ms_select_data *d, ms_error *err) {
    char *event = NULL;
    ms_surv_columns columns = {.time = o->time};
    ms_status status = ms_rows_where(table, o->train, rows, err);
    if (status != MS_OK || !o->time || !o->event) return status;
    status = ms_event_split(o->event, &event, &columns.event_value, err);
    columns.event = event;
    if (status == MS_OK) status = ms_surv_frame_read(table, &columns, frame, err);
    free(event);
    if (status != MS_OK) return status;
    d->time = ms_calloc(rows->n, sizeof *d->time);
    d->event = ms_calloc(rows->n, 1);
    if (!d->time || !d->event) return ms_error_nomem(err);
    size_t kept = 0;
    for (size_t i = 0, at = 0; i < rows->n; i++) { /* both are in order */
        while (at < frame->n && frame->rows[at] < rows->at[i]) at++;
        if (at == frame->n || frame->rows[at] != rows->at[i]) continue;
        d->time[kept] = frame->time[at];
        d->event[kept] = frame->event[at];
        rows->at[kept++] = rows->at[i];
    }
    if (kept < rows->n)
        ms_log(MS_LOG_WARNING, "%zu of %zu training rows have no follow-up and are left out", rows->n - kept,
               rows->n);
    rows->n = kept;
    return MS_OK;
}

static ms_status choose_features(const ms_table *table, const ms_select_options *o, ms_indices *columns,
                                 ms_error *err) {
    size_t besides[2], n = 0;
    char *event = NULL;
    const char *value;
    ms_status status = MS_OK;
    if (o->time && ms_table_find(table, o->time, &besides[n])) n++;
    if (o->event) status = ms_event_split(o->event, &event, &value, err);
    if (status == MS_OK && event && ms_table_find(table, event, &besides[n])) n++;
    if (status == MS_OK) status = ms_columns_of(table, o->features, besides, n, columns, err);
    free(event);
    return status;
}

/* ---- one column -----------------------------------------------------------------------------------------
 */

typedef struct cell {
    double value;
    size_t row;
} cell;

static int compare_cells(const void *a, const void *b) {
    const cell *p = a, *q = b;
    if (p->value != q->value) return p->value < q->value ? -1 : 1;
    return p->row < q->row ? -1 : 1;
}

/* Brings values[n] to mean 0 and length 1; false when they are all one. */
static bool normalize(double *values, size_t n, double length) {
    double mean = 0, squares = 0;
    for (size_t i = 0; i < n; i++) mean += values[i] / (double)n;
    for (size_t i = 0; i < n; i++) squares += (values[i] - mean) * (values[i] - mean);
    if (!(squares > 0) || !isfinite(squares)) return false;
    for (size_t i = 0; i < n; i++) values[i] = (values[i] - mean) * (length / sqrt(squares));
    return true;
}

/* Ranks of sorted cells, tied ones their mean; returns the most that share one value. */
static size_t midranks(const cell *cells, size_t n, double *rank) {
    size_t most = 0;
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i; j < n && cells[j].value == cells[i].value;) j++;
        for (size_t k = i; k < j; k++) rank[cells[k].row] = (double)(i + j - 1) / 2;
        if (j - i > most) most = j - i;
    }
    return most;
}

/* Fills a column's gaps, normalises it, and applies the filters of one column. raw is x[row * p + f]. */
static void take_column(const double *raw, size_t f, const ms_select_options *o, ms_select_data *d,
                        cell *cells, ms_selected_feature *out) {
    const size_t n = d->n;
    size_t there = 0;
    double *x = d->x + f * n, *rank = d->rank + f * n;
    for (size_t i = 0; i < n; i++) {
        x[i] = raw[i * d->p + f];
        if (!isnan(x[i])) cells[there++] = (cell){x[i], i};
    }
    out->missing = 1 - (double)there / (double)n;
    out->same = 1;
    if (there > 0) {
        qsort(cells, there, sizeof *cells, compare_cells);
        const double median = (cells[(there - 1) / 2].value + cells[there / 2].value) / 2;
        out->same = (double)midranks(cells, there, rank) / (double)there;
        for (size_t i = 0; i < n; i++)
            if (isnan(x[i])) x[i] = median;
        for (size_t i = 0; i < n; i++) cells[i] = (cell){x[i], i};
        qsort(cells, n, sizeof *cells, compare_cells);
        (void)midranks(cells, n, rank);
    }
    const bool varies = there > 0 && normalize(rank, n, 1) && normalize(x, n, sqrt((double)(n - 1)));
    if (there == 0 || out->missing > o->max_missing)
        out->step = MS_SELECT_MISSING;
    else if (!varies || out->same > o->max_same)
        out->step = MS_SELECT_VARIANCE;
}

static ms_status take_columns(const ms_table *table, const ms_indices *rows, const ms_indices *columns,
                              const ms_select_options *o, ms_select_data *d, ms_selection *s, ms_error *err) {
    double *raw = NULL;
    cell *cells = ms_calloc(rows->n, sizeof *cells);
    ms_status status = cells ? ms_matrix_of(table, rows, columns, &raw, err) : ms_error_nomem(err);
    d->n = rows->n;
    d->p = columns->n;
    if (status == MS_OK) {
        d->x = ms_calloc(d->n * d->p, sizeof *d->x);
        d->rank = ms_calloc(d->n * d->p, sizeof *d->rank);
        if (!d->x || !d->rank) status = ms_error_nomem(err);
    }
    for (size_t f = 0; f < columns->n && status == MS_OK; f++) {
        ms_selected_feature *made = &s->features[f];
        const double none = (double)NAN;
        *made = (ms_selected_feature){.name = ms_strdup(ms_table_column_name(table, columns->at[f])),
                                      .step = MS_SELECT_CHOSEN,
                                      .icc = none,
                                      .correlation = none,
                                      .hazard_ratio = none,
                                      .p = none,
                                      .q = none,
                                      .c = none,
                                      .net = none};
        s->n = f + 1;
        if (made->name)
            take_column(raw, f, o, d, cells, made);
        else
            status = ms_error_nomem(err);
    }
    free(raw);
    free(cells);
    return status;
}

ms_status ms_select_icc(const ms_select_options *options, ms_selection *selection, ms_error *err) {
    size_t name = 0, value = 0;
    const ms_table *table = options->reliability;
    if (!table) return MS_OK;
    ms_status status = ms_table_require(table, "feature", &name, err);
    if (status == MS_OK) status = ms_table_require(table, options->icc, &value, err);
    for (size_t row = 0; row < ms_table_rows(table) && status == MS_OK; row++) {
        for (size_t f = 0; f < selection->n && status == MS_OK; f++)
            if (strcmp(selection->features[f].name, ms_table_cell(table, row, name)) == 0)
                status = ms_table_number(table, row, value, &selection->features[f].icc, err);
    }
    /* What is not in the table is not known to be reliable. */
    for (size_t f = 0; f < selection->n && status == MS_OK; f++) {
        ms_selected_feature *feature = &selection->features[f];
        if (feature->step == MS_SELECT_CHOSEN && !(feature->icc >= options->min_icc))
            feature->step = MS_SELECT_ICC;
    }
    return status;
}

static ms_status learn(const ms_table *table, const ms_indices *rows, const ms_indices *columns,
                       const ms_select_options *o, ms_select_data *d, ms_selection *s, ms_error *err) {
    s->features = ms_calloc(columns->n, sizeof *s->features);
    s->rows = rows->n;
    s->net_lambda = (double)NAN;
    s->options = *o;
    s->options.features = s->options.train = s->options.time = s->options.event = s->options.icc = NULL;
    s->options.reliability = NULL;
    for (size_t i = 0; d->event && i < rows->n; i++) s->events += d->event[i];
    ms_status status = s->features ? take_columns(table, rows, columns, o, d, s, err) : ms_error_nomem(err);
    if (status == MS_OK) status = ms_select_icc(o, s, err);
    if (status == MS_OK) status = ms_select_correlation(d, o, s, err);
    if (status == MS_OK && d->time) status = ms_select_cox(d, o, s, err);
    if (status == MS_OK && o->cox_net > 0) status = ms_select_net(d, o, s, err);
    if (status == MS_OK && o->mrmr) status = ms_select_mrmr(d, o, s, err);
    return status;
}

ms_status ms_selection_fit(const ms_table *table, const ms_select_options *options, ms_selection *out,
                           ms_error *err) {
    ms_surv_frame frame = {0};
    ms_indices rows = {0}, columns = {0};
    ms_select_data d = {0};
    ms_selection s = {0};
    ms_status status = check(options, err);
    if (status == MS_OK) status = choose_features(table, options, &columns, err);
    if (status == MS_OK) status = choose_rows(table, options, &frame, &rows, &d, err);
    if (status == MS_OK && rows.n < 3)
        status =
            ms_error_set(err, MS_EINPUT, "%s: %zu rows to learn from: too few", ms_table_name(table), rows.n);
    if (status == MS_OK) status = learn(table, &rows, &columns, options, &d, &s, err);
    ms_surv_frame_clear(&frame);
    ms_indices_clear(&rows);
    ms_indices_clear(&columns);
    free(d.x);
    free(d.rank);
    free(d.time);
    free(d.event);
    if (status == MS_OK)
        *out = s;
    else
        ms_selection_clear(&s);
    return status;
}
