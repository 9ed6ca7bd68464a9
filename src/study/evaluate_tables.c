/* A model file on tables: what it, a reference and the rivals say of each patient, cohort by cohort. */
#include "study/evaluate.h"
#include "study/table_parts.h"

#include "myosurv/survival.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Predictors that do not change from table to table. */
typedef struct judges {
    ms_rival *rivals[MS_N_RIVALS]; /* NULL: not fitted */
    char **columns;                /* [n_columns] reference columns */
    size_t n_columns;
} judges;

static void judges_clear(judges *j) {
    for (size_t k = 0; k < MS_N_RIVALS; k++) ms_rival_free(j->rivals[k]);
    ms_names_free(j->columns, j->n_columns);
    *j = (judges){0};
}

/* The parts of a comma list. */
static ms_status split_list(const char *text, char ***parts, size_t *n, ms_error *err) {
    size_t count = 0, most = 1;
    for (const char *c = text; *c; c++) most += *c == ',';
    char **list = ms_calloc(most, sizeof *list);
    ms_status status = list ? MS_OK : ms_error_nomem(err);
    for (const char *at = text; status == MS_OK;) {
        const char *comma = strchr(at, ',');
        const size_t length = comma ? (size_t)(comma - at) : strlen(at);
        char *part = ms_calloc(length + 1, 1);
        if (!part) {
            status = ms_error_nomem(err);
            break;
        }
        memcpy(part, at, length);
        list[count++] = part;
        if (!comma) break;
        at = comma + 1;
    }
    if (status != MS_OK) {
        ms_names_free(list, count);
        return status;
    }
    *parts = list;
    *n = count;
    return MS_OK;
}

/* ---- fitting rivals to the training table ---- */

static ms_status fit_one(const ms_evaluate_request *r, ms_rival_kind kind, const char *columns, judges *j,
                         ms_error *err) {
    ms_dataset_store data = {0};
    ms_status status = ms_dataset_read(r->training, r->time, r->event, columns, &data, err);
    if (status == MS_OK) status = ms_rival_fit(kind, &data.view, &r->rivals, &j->rivals[kind], err);
    if (status == MS_EINPUT || status == MS_ENOCONV) ms_error_prefix(err, "%s", ms_table_name(r->training));
    ms_dataset_clear(&data);
    return status;
}

/* The model's features as a comma list. A name with a comma or a pattern's sign cannot be in one. */
static ms_status feature_list(const ms_model *model, ms_buffer *list, ms_error *err) {
    const char *const *names;
    size_t n;
    ms_model_features(model, &names, &n);
    for (size_t k = 0; k < n; k++) {
        if (strpbrk(names[k], ",*?"))
            return ms_error_set(err, MS_EINPUT, "column %s: a name with , * or ? cannot be given to a rival",
                                names[k]);
        ms_buffer_printf(list, "%s%s", k ? "," : "", names[k]);
    }
    return ms_buffer_failed(list) ? ms_error_nomem(err) : MS_OK;
}

/* The table said to be the training rows should be those the model was trained on. */
static void compare_training(const ms_evaluate_request *r) {
    ms_model_info info;
    ms_model_get_info(r->model, &info);
    if (info.n != ms_table_rows(r->training))
        ms_log(MS_LOG_WARNING,
               "%s has %zu rows, but the model was trained on %zu: the rivals see other patients",
               ms_table_name(r->training), ms_table_rows(r->training), info.n);
}

static ms_status judges_make(const ms_evaluate_request *r, judges *j, ms_error *err) {
    ms_buffer list;
    ms_buffer_init(&list);
    ms_status status = r->columns ? split_list(r->columns, &j->columns, &j->n_columns, err) : MS_OK;
    if (status == MS_OK && r->training) {
        compare_training(r);
        status = feature_list(r->model, &list, err);
        if (status == MS_OK) status = fit_one(r, MS_RIVAL_PCA, list.data, j, err);
        if (status == MS_OK) status = fit_one(r, MS_RIVAL_NET, list.data, j, err);
        if (status == MS_OK && r->columns) status = fit_one(r, MS_RIVAL_COX, r->columns, j, err);
    }
    ms_buffer_clear(&list);
    return status;
}

/* ---- predictions for one table ---- */

/* Everything of one table's rows with an outcome. Arrays are [n_predictors][n] and so on. */
typedef struct said {
    size_t n, n_rows, n_predictors, n_times;
    const double *times;
    const size_t *rows; /* [n] of the table */
    ms_predictor *predictors;
    double *risk, *probability;
    uint8_t *high;
    double *whole; /* [n_rows] scratch: a model's risk of every row */
} said;

static void said_clear(said *s) {
    free(s->predictors);
    free(s->risk);
    free(s->probability);
    free(s->high);
    free(s->whole);
}

static ms_status said_alloc(size_t most, said *s, ms_error *err) {
    s->predictors = ms_calloc(most, sizeof *s->predictors);
    s->risk = ms_calloc(most * s->n, sizeof *s->risk);
    s->probability = ms_calloc(most * s->n * s->n_times, sizeof *s->probability);
    s->high = ms_calloc(most * s->n, 1);
    s->whole = ms_calloc(s->n_rows, sizeof *s->whole);
    return s->predictors && s->risk && s->probability && s->high && s->whole ? MS_OK : ms_error_nomem(err);
}

/* The place of the next predictor. */
static ms_predictor *next(said *s, const char *name, const char *note, double **risk, double **probability,
                          uint8_t **high) {
    const size_t m = s->n_predictors++;
    ms_predictor *p = &s->predictors[m];
    *risk = s->risk + m * s->n;
    *probability = s->probability + m * s->n * s->n_times;
    *high = s->high + m * s->n;
    *p = (ms_predictor){name, note, *risk, s->n_times ? *probability : NULL, *high};
    return p;
}

static ms_status add_model(const ms_model *model, const char *name, const ms_table *table, said *s,
                           ms_error *err) {
    double *risk, *probability, *survival = ms_calloc(s->n * s->n_times, sizeof *survival);
    uint8_t *high;
    if (!survival) return ms_error_nomem(err);
    next(s, name, NULL, &risk, &probability, &high);
    ms_status status = ms_model_predict_table(model, table, s->whole, err);
    for (size_t i = 0; i < s->n && status == MS_OK; i++) {
        risk[i] = s->whole[s->rows[i]];
        high[i] = risk[i] > ms_model_cutpoint(model);
    }
    if (status == MS_OK && s->n_times)
        status = ms_model_survival(model, risk, s->n, s->times, s->n_times, survival, err);
    for (size_t k = 0; k < s->n_times && status == MS_OK; k++)
        for (size_t i = 0; i < s->n; i++) probability[k * s->n + i] = 1 - survival[i * s->n_times + k];
    free(survival);
    return status;
}

/* The table's columns that a rival was fitted to, for the rows with an outcome. */
static ms_status read_inputs(const ms_table *table, const char *const *names, size_t p, const said *s,
                             double **out, ms_error *err) {
    double *x = ms_calloc(s->n * p, sizeof *x);
    ms_status status = x ? MS_OK : ms_error_nomem(err);
    for (size_t j = 0; j < p && status == MS_OK; j++) {
        size_t column;
        status = ms_table_require(table, names[j], &column, err);
        for (size_t i = 0; i < s->n && status == MS_OK; i++)
            status = ms_table_number(table, s->rows[i], column, &x[i * p + j], err);
    }
    if (status == MS_OK)
        *out = x;
    else
        free(x);
    return status;
}

static ms_status add_rival(const ms_rival *rival, const char *name, const char *const *names, size_t p,
                           const ms_table *table, said *s, ms_error *err) {
    double *risk, *probability, *x = NULL;
    uint8_t *high;
    next(s, name, ms_rival_note(rival), &risk, &probability, &high);
    ms_status status = read_inputs(table, names, p, s, &x, err);
    if (status == MS_OK) status = ms_rival_predict(rival, x, s->n, p, risk, err);
    if (status == MS_OK) ms_rival_probability(rival, risk, s->n, s->times, s->n_times, probability);
    for (size_t i = 0; i < s->n && status == MS_OK; i++) high[i] = risk[i] > ms_rival_cutpoint(rival);
    free(x);
    return status;
}

/* A column as a score. Its probabilities come from the baseline hazard that fits these very patients, which
 * can only flatter it. */
static ms_status add_score(const char *column, const ms_table *table, const ms_surv_frame *frame, said *s,
                           ms_error *err) {
    double *risk, *probability, *x = NULL;
    uint8_t *high;
    ms_predictor *p =
        next(s, column, "a score; probabilities by the baseline hazard that fits these patients", &risk,
             &probability, &high);
    p->high = NULL;
    ms_status status = read_inputs(table, &column, 1, s, &x, err);
    for (size_t i = 0; i < s->n && status == MS_OK; i++) {
        if (isnan(x[i]))
            status = ms_error_set(err, MS_EINPUT,
                                  "%s:%zu: column %s: missing; a reference needs a value for "
                                  "every patient",
                                  ms_table_name(table), ms_table_line(table, s->rows[i]), column);
        risk[i] = x[i];
    }
    const ms_outcome outcome = {.n = s->n, .time = frame->time, .status = frame->event};
    if (status == MS_OK && s->n_times)
        status = ms_risk_from_score(&outcome, risk, s->times, s->n_times, probability, err);
    free(x);
    return status;
}

static ms_status say(const ms_table *table, const ms_evaluate_request *r, const judges *j,
                     const ms_surv_frame *frame, said *s, ms_error *err) {
    const char *const *features;
    size_t n_features;
    ms_model_features(r->model, &features, &n_features);
    ms_status status = said_alloc(2 + j->n_columns + MS_N_RIVALS, s, err);
    if (status == MS_OK) status = add_model(r->model, "Network", table, s, err);
    if (status == MS_OK && r->reference)
        status = add_model(r->reference, r->reference_name ? r->reference_name : "Reference", table, s, err);
    if (status == MS_OK && j->rivals[MS_RIVAL_COX])
        status = add_rival(j->rivals[MS_RIVAL_COX], "Clinical Cox", (const char *const *)j->columns,
                           j->n_columns, table, s, err);
    for (size_t c = 0; c < j->n_columns && status == MS_OK && !j->rivals[MS_RIVAL_COX]; c++)
        status = add_score(j->columns[c], table, frame, s, err);
    for (size_t k = MS_RIVAL_PCA; k <= MS_RIVAL_NET && status == MS_OK; k++)
        if (j->rivals[k])
            status =
                add_rival(j->rivals[k], ms_rival_name((ms_rival_kind)k), features, n_features, table, s, err);
    return status;
}

/* ---- one cohort ---- */

/* The rows of one level of the cohort column. */
static ms_status part_of(const ms_surv_frame *frame, const said *s, size_t level, const char *name,
                         size_t n_dropped, const ms_evaluate_options *options, ms_evaluation *out,
                         ms_error *err) {
    const size_t width = s->n_predictors;
    size_t m = 0, *at = ms_calloc(s->n, sizeof *at);
    double *time = ms_calloc(s->n, sizeof *time), *risk = ms_calloc(width * s->n, sizeof *risk);
    double *probability = ms_calloc(width * s->n_times * s->n, sizeof *probability);
    uint8_t *event = ms_calloc(s->n, 1), *high = ms_calloc(width * s->n, 1);
    ms_predictor *predictors = ms_calloc(width, sizeof *predictors);
    ms_status status =
        at && time && risk && probability && event && high && predictors ? MS_OK : ms_error_nomem(err);
    for (size_t i = 0; i < s->n && status == MS_OK; i++)
        if (level == SIZE_MAX || frame->group.codes[i] == level) at[m++] = i;
    for (size_t p = 0; p < width && status == MS_OK; p++) {
        const ms_predictor *from = &s->predictors[p];
        double *to_risk = risk + p * m, *to = probability + p * s->n_times * m;
        uint8_t *to_high = high + p * m;
        for (size_t i = 0; i < m; i++) {
            to_risk[i] = from->risk[at[i]];
            if (from->high) to_high[i] = from->high[at[i]];
            for (size_t k = 0; k < s->n_times; k++) to[k * m + i] = from->probability[k * s->n + at[i]];
        }
        predictors[p] = (ms_predictor){from->name, from->note, to_risk, s->n_times ? to : NULL,
                                       from->high ? to_high : NULL};
    }
    for (size_t i = 0; i < m && status == MS_OK; i++) {
        time[i] = frame->time[at[i]];
        event[i] = frame->event[at[i]];
    }
    if (status == MS_OK)
        status = ms_evaluate_cohort(name, time, event, m, predictors, width, options, out, err);
    if (status == MS_OK) out->n_dropped = n_dropped;
    if (status == MS_EINPUT) ms_error_prefix(err, "%s", name);
    free(at);
    free(time);
    free(risk);
    free(probability);
    free(event);
    free(high);
    free(predictors);
    return status;
}

/* "folder/test.csv" is cohort "test". */
static char *cohort_name(const ms_table *table) {
    char *name = ms_strdup(ms_path_base(ms_table_name(table)));
    if (name && ms_text_ends_with(name, ".csv") && strlen(name) > 4) name[strlen(name) - 4] = '\0';
    return name;
}

typedef struct results {
    ms_evaluation *items;
    size_t n;
} results;

static ms_status add_cohorts(const ms_table *table, const ms_evaluate_request *r, bool many,
                             const ms_surv_frame *frame, const said *s, results *all, ms_error *err) {
    const size_t levels = r->cohort ? frame->group.n_levels : 1;
    ms_evaluation *grown = ms_realloc(all->items, all->n + levels, sizeof *grown);
    char *file = cohort_name(table), name[256];
    if (grown) all->items = grown;
    ms_status status = grown && file ? MS_OK : ms_error_nomem(err);
    for (size_t g = 0; g < levels && status == MS_OK; g++) {
        if (!r->cohort)
            (void)ms_text_format(name, sizeof name, "%s", file);
        else if (many)
            (void)ms_text_format(name, sizeof name, "%s %s", file, frame->group.levels[g]);
        else
            (void)ms_text_format(name, sizeof name, "%s", frame->group.levels[g]);
        status = part_of(frame, s, r->cohort ? g : SIZE_MAX, name, frame->n_dropped, &r->options,
                         &all->items[all->n], err);
        if (status == MS_OK) all->n++;
    }
    free(file);
    return status;
}

static ms_status one_table(const ms_table *table, const ms_evaluate_request *r, bool many, const judges *j,
                           results *all, ms_error *err) {
    char *event = NULL;
    ms_surv_frame frame = {0};
    said s = {.n_rows = ms_table_rows(table), .n_times = r->options.n_times, .times = r->options.times};
    ms_surv_columns columns = {.time = r->time, .group = r->cohort};
    ms_status status = ms_event_split(r->event, &event, &columns.event_value, err);
    columns.event = event;
    if (status == MS_OK) status = ms_surv_frame_read(table, &columns, &frame, err);
    if (status == MS_OK) {
        s.n = frame.n;
        s.rows = frame.rows;
        status = say(table, r, j, &frame, &s, err);
    }
    if (status == MS_OK) status = add_cohorts(table, r, many, &frame, &s, all, err);
    said_clear(&s);
    ms_surv_frame_clear(&frame);
    free(event);
    return status;
}

ms_status ms_evaluate_tables(const ms_table *const *tables, size_t n_tables, const ms_evaluate_request *r,
                             ms_evaluation **out, size_t *n, ms_error *err) {
    judges j = {0};
    results all = {0};
    ms_status status = judges_make(r, &j, err);
    for (size_t t = 0; t < n_tables && status == MS_OK; t++)
        status = one_table(tables[t], r, n_tables > 1, &j, &all, err);
    judges_clear(&j);
    if (status == MS_OK) {
        *out = all.items;
        *n = all.n;
        return MS_OK;
    }
    for (size_t c = 0; c < all.n; c++) ms_evaluation_clear(&all.items[c]);
    free(all.items);
    return status;
}
