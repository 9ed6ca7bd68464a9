/* Prediction from a table: columns by name, and new columns for the result. */
#include "model/predict.h"

#include <math.h>
#include <string.h>

/* Length of a name without its last part, which carries the unit: "sma_cm2" -> 3. */
static size_t stem(const char *name) {
    const char *last = strrchr(name, '_');
    return last ? (size_t)(last - name) : strlen(name);
}

/* A column of the table that is the same but for the unit, or NULL. */
static const char *other_unit(const ms_table *table, const char *name) {
    const size_t length = stem(name);
    if (name[length] == '\0') return NULL;
    for (size_t j = 0; j < ms_table_columns(table); j++) {
        const char *other = ms_table_column_name(table, j);
        if (stem(other) == length && other[length] == '_' && strncmp(other, name, length) == 0) return other;
    }
    return NULL;
}

/* What the table may have meant: the same with another unit, or nearly the same name. */
static void append_hint(const ms_table *table, const char *name, ms_buffer *list, const char **names) {
    const char *other = other_unit(table, name);
    if (other) {
        ms_buffer_printf(list, " (the table has %s: another unit?)", other);
        return;
    }
    other = ms_text_nearest(name, names, ms_table_columns(table));
    if (other) ms_buffer_printf(list, " (the table has %s)", other);
}

static ms_status missing_columns(const ms_model *model, const ms_table *table, ms_error *err) {
    enum { shown = 5 };
    size_t n = 0, j;
    ms_buffer list;
    const char **names = ms_calloc(ms_table_columns(table), sizeof *names);
    if (!names) return ms_error_nomem(err);
    for (j = 0; j < ms_table_columns(table); j++) names[j] = ms_table_column_name(table, j);
    ms_buffer_init(&list);
    for (size_t k = 0; k < model->prep.n_features; k++) {
        if (ms_table_find(table, model->names[k], &j) || n++ >= shown) continue;
        ms_buffer_printf(&list, "%s%s", list.length ? ", " : "", model->names[k]);
        append_hint(table, model->names[k], &list, names);
    }
    if (n > shown) ms_buffer_printf(&list, " and %zu more", n - shown);
    const ms_status status =
        ms_buffer_failed(&list)
            ? ms_error_nomem(err)
            : ms_error_set(err, MS_EINPUT,
                           "%s: the model needs %zu column%s that the table does not have: %s",
                           ms_table_name(table), n, n == 1 ? "" : "s", list.data);
    ms_buffer_clear(&list);
    free(names);
    return status;
}

/* ---- what is odd about a table, though it can be used ------------------------------------------------ */

enum { LOOKED_AT = 256, FAR_SD = 5 };

/* Of a column's values in the first rows: how many there are, and how many far from the training patients'.
 */
static void look_at_column(const ms_patients *p, size_t j, size_t *present, size_t *far) {
    const ms_prep *prep = &p->model->prep;
    const size_t n = p->n < LOOKED_AT ? p->n : LOOKED_AT;
    *present = *far = 0;
    for (size_t i = 0; i < n; i++) {
        double v = NAN;
        if (ms_table_number(p->table, i, p->columns[j], &v, NULL) != MS_OK || isnan(v)) continue;
        (*present)++;
        if (p->batch) {
            const size_t k = p->batch[i] * prep->n_features + j;
            v = (v - p->model->steps->centre[k]) / p->model->steps->divisor[k] + p->model->steps->target[k];
        }
        *far += fabs(v - prep->centre[j]) > FAR_SD * prep->scale[j];
    }
}

static bool is_empty(const ms_patients *p, size_t j) {
    for (size_t i = 0; i < p->n; i++)
        if (!ms_table_missing(p->table, i, p->columns[j])) return false;
    return true;
}

/* Empty columns, and columns most of whose values are far away: perhaps numbers in another unit. */
static void warn_of_columns(const ms_patients *p) {
    const ms_prep *prep = &p->model->prep;
    size_t n_empty = 0, n_far = 0, first_empty = 0, first_far = 0;
    for (size_t j = prep->n_features; j-- > 0;) {
        size_t present, far;
        if (prep->dropped[j]) continue;
        look_at_column(p, j, &present, &far);
        if (present == 0 && is_empty(p, j)) n_empty++, first_empty = j;
        if (2 * far > present) n_far++, first_far = j;
    }
    if (n_empty > 0)
        ms_log(MS_LOG_WARNING,
               "%s: %zu of the model's %zu inputs have no value in any row, e.g. %s: the "
               "training median stands for them",
               ms_table_name(p->table), n_empty, prep->n_used, p->model->names[first_empty]);
    if (n_far > 0)
        ms_log(MS_LOG_WARNING,
               "%s: in %zu of the model's %zu inputs most values are more than %d SD from "
               "the training patients', e.g. %s: is it in another unit?",
               ms_table_name(p->table), n_far, prep->n_used, FAR_SD, p->model->names[first_far]);
}

/* ---- prediction -------------------------------------------------------------------------------------- */

void ms_table_patients_clear(ms_table_patients *patients) {
    free(patients->columns);
    free(patients->batch);
    *patients = (ms_table_patients){0};
}

ms_status ms_table_patients_find(const ms_model *model, const ms_table *table, ms_table_patients *out,
                                 ms_error *err) {
    ms_model_steps steps;
    const size_t p = model->prep.n_features, n = ms_table_rows(table);
    ms_table_patients made = {.patients = {.model = model, .n = n, .table = table}};
    made.columns = ms_calloc(p, sizeof *made.columns);
    ms_model_get_steps(model, &steps);
    if (steps.batch_column) made.batch = ms_calloc(n, sizeof *made.batch);
    ms_status status = made.columns && (made.batch || !steps.batch_column) ? MS_OK : ms_error_nomem(err);
    for (size_t k = 0; status == MS_OK && k < p; k++)
        if (!ms_table_find(table, model->names[k], &made.columns[k]))
            status = missing_columns(model, table, err);
    if (status == MS_OK && made.batch) status = ms_model_steps_batches(&steps, table, made.batch, err);
    if (status != MS_OK) {
        ms_table_patients_clear(&made);
        return status;
    }
    made.patients.columns = made.columns;
    made.patients.batch = made.batch;
    warn_of_columns(&made.patients);
    *out = made;
    return MS_OK;
}

ms_status ms_model_predict_table(const ms_model *model, const ms_table *table, double *risk, ms_error *err) {
    ms_table_patients found = {0};
    ms_status status = ms_table_patients_find(model, table, &found, err);
    if (status == MS_OK) status = ms_patients_risk(&found.patients, risk, err);
    ms_table_patients_clear(&found);
    return status;
}

/* ---- new columns ------------------------------------------------------------------------------------- */

/* What is added to a table: a name and every stride-th value. */
typedef struct addition {
    char name[80];
    const double *values;
    size_t stride;
} addition;

typedef struct additions {
    addition *items;
    size_t n;
    double *numbers; /* what they point into */
} additions;

static void plan(additions *a, const char *stem_of, double time, const char *ending, const double *values,
                 size_t stride) {
    char number[32] = "";
    addition *item = &a->items[a->n++];
    if (!isnan(time)) ms_format_number(number, time);
    (void)ms_text_format(item->name, sizeof item->name, "%s%s%s", stem_of, number, ending);
    item->values = values;
    item->stride = stride;
}

/* The table is changed only when all the new columns are free. */
static ms_status check_free(const ms_table *table, const additions *a, ms_error *err) {
    size_t column;
    for (size_t k = 0; k < a->n; k++)
        if (ms_table_find(table, a->items[k].name, &column))
            return ms_error_set(err, MS_EINPUT, "%s: has a column %s already; rename it or take it out",
                                ms_table_name(table), a->items[k].name);
    return MS_OK;
}

static ms_status add_all(ms_table *table, const additions *a, ms_error *err) {
    size_t column;
    ms_status status = MS_OK;
    for (size_t k = 0; status == MS_OK && k < a->n; k++) {
        status = ms_table_add_column(table, a->items[k].name, &column, err);
        for (size_t i = 0; status == MS_OK && i < ms_table_rows(table); i++)
            status = ms_table_set_number(table, i, column, a->items[k].values[i * a->items[k].stride], err);
    }
    return status;
}

/* Computes everything and notes what to add. */
static ms_status predict_all(const ms_patients *patients, const double *times, size_t n_times,
                             const ms_interval_options *interval, additions *a, ms_error *err) {
    const ms_model *model = patients->model;
    const size_t n = patients->n;
    double *risk = a->numbers, *lower = risk + n, *upper = lower + n;
    double *survival = upper + n, *s_lower = survival + n * n_times, *s_upper = s_lower + n * n_times;
    ms_status status = ms_patients_risk(patients, risk, err);
    if (status == MS_OK) status = ms_model_survival(model, risk, n, times, n_times, survival, err);
    if (status == MS_OK && interval) status = ms_patients_interval(patients, interval, lower, upper, err);
    if (status == MS_OK && interval)
        status = ms_model_survival_interval(model, risk, lower, upper, n, times, n_times, interval->level,
                                            s_lower, s_upper, err);
    plan(a, "risk", NAN, "", risk, 1);
    if (interval) plan(a, "risk", NAN, "_lower", lower, 1);
    if (interval) plan(a, "risk", NAN, "_upper", upper, 1);
    for (size_t k = 0; k < n_times; k++) {
        plan(a, "survival_", times[k], "", survival + k, n_times);
        if (interval) plan(a, "survival_", times[k], "_lower", s_lower + k, n_times);
        if (interval) plan(a, "survival_", times[k], "_upper", s_upper + k, n_times);
    }
    return status;
}

ms_status ms_model_predict_more(const ms_model *model, ms_table *table, const double *times, size_t n_times,
                                const ms_interval_options *interval, ms_error *err) {
    const size_t n = ms_table_rows(table);
    additions a = {.items = ms_calloc(3 * (1 + n_times), sizeof *a.items)};
    ms_table_patients found = {0};
    ms_status status = a.items ? ms_table_patients_find(model, table, &found, err) : ms_error_nomem(err);
    if (status == MS_OK) {
        a.numbers = ms_calloc(3 * n, (1 + n_times) * sizeof *a.numbers);
        if (!a.numbers) status = ms_error_nomem(err);
    }
    if (status == MS_OK) status = predict_all(&found.patients, times, n_times, interval, &a, err);
    if (status == MS_OK) status = check_free(table, &a, err);
    if (status == MS_OK) status = add_all(table, &a, err);
    ms_table_patients_clear(&found);
    free(a.items);
    free(a.numbers);
    return status;
}

ms_status ms_model_predict_into(const ms_model *model, ms_table *table, const double *times, size_t n_times,
                                ms_error *err) {
    return ms_model_predict_more(model, table, times, n_times, NULL, err);
}
