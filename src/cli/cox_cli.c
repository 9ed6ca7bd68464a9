/* Residuals, predictions and curves of a Cox model as tables. */
#include "cli/cox_cli.h"
#include "cli/figure_cli.h"
#include "cli/list_cli.h"
#include "cli/survival_cli.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool ms_cli_cox_asked(const ms_args *args) {
    return ms_args_text(args, "residuals") || ms_args_text(args, "predict") || ms_args_flag(args, "curve");
}

static const char *output_of(const ms_args *args) {
    return ms_args_text(args, "output") ? ms_args_text(args, "output") : "-";
}

/* {"columns": {name: [...]}}: numbers where the column is of numbers, else text; null where empty. */
static ms_status columns_json(const ms_table *table, cJSON *root, ms_error *err) {
    cJSON *columns = NULL, *list = NULL;
    ms_status status = ms_json_add_object(root, "columns", &columns, err);
    for (size_t c = 0; c < ms_table_columns(table) && status == MS_OK; c++) {
        bool numeric = ms_table_is_numeric(table, c);
        status = ms_json_add_array(columns, ms_table_column_name(table, c), &list, err);
        for (size_t i = 0; i < ms_table_rows(table) && status == MS_OK; i++) {
            double value = NAN;
            bool missing = ms_table_missing(table, i, c);
            if (numeric && !missing) status = ms_table_number(table, i, c, &value, err);
            cJSON *item = missing || (numeric && !isfinite(value)) ? cJSON_CreateNull()
                          : numeric                                ? cJSON_CreateNumber(value)
                                    : cJSON_CreateString(ms_table_cell(table, i, c));
            if (!item || !cJSON_AddItemToArray(list, item)) return ms_error_nomem(err);
        }
    }
    return status;
}

ms_status ms_cli_write_rows(const ms_args *args, const ms_table *table, ms_error *err) {
    if (!ms_args_flag(args, "json")) return ms_table_write(table, output_of(args), err);
    cJSON *root = cJSON_CreateObject();
    if (!root) return ms_error_nomem(err);
    ms_status status = columns_json(table, root, err);
    if (status == MS_OK) status = ms_json_write(root, output_of(args), err);
    cJSON_Delete(root);
    return status;
}

/* A copy of the table's rows. */
static ms_status copy_table(const ms_table *table, ms_table **out, ms_error *err) {
    ms_table *copy = NULL;
    size_t at;
    ms_status status = ms_table_new(&copy, "output", err);
    for (size_t c = 0; c < ms_table_columns(table) && status == MS_OK; c++)
        status = ms_table_add_column(copy, ms_table_column_name(table, c), &at, err);
    for (size_t i = 0; i < ms_table_rows(table) && status == MS_OK; i++) {
        status = ms_table_add_row(copy, &at, err);
        for (size_t c = 0; c < ms_table_columns(table) && status == MS_OK; c++)
            status = ms_table_set(copy, at, c, ms_table_cell(table, i, c), err);
    }
    if (status == MS_OK)
        *out = copy;
    else
        ms_table_free(copy);
    return status;
}

/* A column of values (stride apart) at the rows they belong to. */
static ms_status add_column(ms_table *table, const char *prefix, const char *name, const size_t *rows,
                            size_t n, const double *values, size_t stride, ms_error *err) {
    ms_buffer text;
    ms_buffer_init(&text);
    ms_buffer_printf(&text, name ? "%s_%s" : "%s", prefix, name);
    ms_status status = ms_buffer_failed(&text)
                           ? ms_error_nomem(err)
                           : ms_cli_add_numbers(table, text.data, rows, n, values, stride, err);
    ms_buffer_clear(&text);
    return status;
}

/* ---- residuals ---- */

static const char *const residual_names[] = {"martingale", "deviance", "score",     "schoenfeld",
                                             "dfbeta",     "dfbetas",  "scaledsch", "partial"};

/* One row an event: its row in the table, stratum and time, then the columns. */
static ms_status event_rows(const ms_cli_cox *m, const ms_cox_residuals *r, ms_table **out, ms_error *err) {
    ms_table *table = NULL;
    size_t column, row;
    bool strata = m->frame.strata.n_levels > 0;
    ms_status status = ms_table_new(&table, "output", err);
    if (status == MS_OK) status = ms_table_add_column(table, "row", &column, err);
    if (status == MS_OK && strata) status = ms_table_add_column(table, "strata", &column, err);
    if (status == MS_OK) status = ms_table_add_column(table, "time", &column, err);
    for (size_t j = 0; j < r->columns && status == MS_OK; j++)
        status = ms_table_add_column(table, m->cox.names[j], &column, err);
    for (size_t i = 0; i < r->n && status == MS_OK; i++) {
        size_t from = r->rows[i], next = 1;
        status = ms_table_add_row(table, &row, err);
        if (status == MS_OK)
            status = ms_table_set_number(table, row, 0, (double)m->frame.rows[from] + 1, err);
        if (status == MS_OK && strata)
            status =
                ms_table_set(table, row, next++, m->frame.strata.levels[m->frame.strata.codes[from]], err);
        if (status == MS_OK) status = ms_table_set_number(table, row, next++, m->frame.time[from], err);
        for (size_t j = 0; j < r->columns && status == MS_OK; j++)
            status = ms_table_set_number(table, row, next + j, r->values[i * r->columns + j], err);
    }
    if (status == MS_OK)
        *out = table;
    else
        ms_table_free(table);
    return status;
}

static ms_status write_residuals(const ms_args *args, const ms_cli_cox *m, ms_error *err) {
    size_t type = 0;
    ms_cox_residuals r = {0};
    ms_table *out = NULL;
    ms_status status =
        ms_args_choice(args, "residuals", residual_names, MS_COUNT(residual_names), &type, err);
    if (status == MS_OK)
        status = ms_cox_residuals_compute(&m->cox, &m->frame.data, &m->frame.design, (ms_cox_residual)type,
                                          &r, err);
    bool events = type == MS_RESIDUAL_SCHOENFELD || type == MS_RESIDUAL_SCALEDSCH;
    if (status == MS_OK) status = events ? event_rows(m, &r, &out, err) : copy_table(m->rows, &out, err);
    for (size_t j = 0; j < r.columns && status == MS_OK && !events; j++) {
        const char *name = type == MS_RESIDUAL_PARTIAL ? m->frame.term_names[j] : m->cox.names[j];
        bool single = type == MS_RESIDUAL_MARTINGALE || type == MS_RESIDUAL_DEVIANCE;
        status = add_column(out, residual_names[type], single ? NULL : name, m->frame.rows, r.n, r.values + j,
                            r.columns, err);
    }
    if (status == MS_OK) status = ms_cli_write_rows(args, out, err);
    ms_table_free(out);
    ms_cox_residuals_clear(&r);
    return status;
}

/* ---- new rows ---- */

/* Reads --newdata into a frame of the model's columns; both stay empty without the option. */
static ms_status read_newdata(const ms_args *args, const ms_cli_cox *m, bool respond, ms_table **table,
                              ms_model_frame *frame, ms_error *err) {
    const char *path = ms_args_text(args, "newdata");
    if (!path) return MS_OK;
    ms_status status = ms_table_read(table, path, err);
    if (status == MS_OK)
        status = ms_model_newdata(m->rows, m->formula, &m->frame, *table, respond, frame, err);
    if (status == MS_OK && frame->n_dropped)
        ms_log(MS_LOG_WARNING, "%s: %zu of %zu rows have a missing value and no prediction", path,
               frame->n_dropped, ms_table_rows(*table));
    return status;
}

static ms_status write_predictions(const ms_args *args, const ms_cli_cox *m, ms_error *err) {
    static const char *const types[] = {"lp", "risk", "expected", "survival", "terms"};
    static const char *const references[] = {"strata", "sample", "zero"};
    size_t type = 0, reference = MS_REFERENCE_STRATA;
    ms_table *table = NULL, *out = NULL;
    ms_model_frame frame = {0};
    ms_cox_predictions p = {0};
    ms_status status = ms_args_choice(args, "predict", types, MS_COUNT(types), &type, err);
    if (type == MS_PREDICT_TERMS) reference = MS_REFERENCE_SAMPLE;
    if (status == MS_OK)
        status = ms_args_choice(args, "reference", references, MS_COUNT(references), &reference, err);
    bool respond = type == MS_PREDICT_EXPECTED || type == MS_PREDICT_SURVIVAL;
    if (status == MS_OK) status = read_newdata(args, m, respond, &table, &frame, err);
    if (status == MS_OK)
        status = ms_cox_predict(&m->cox, &m->frame.data, &m->frame.design, table ? &frame : NULL,
                                (ms_cox_predict_type)type, (ms_cox_reference)reference, &p, err);
    if (status == MS_OK) status = copy_table(table ? table : m->rows, &out, err);
    const size_t *rows = table ? frame.rows : m->frame.rows;
    for (size_t j = 0; j < p.columns && status == MS_OK; j++) {
        bool terms = type == MS_PREDICT_TERMS;
        const char *prefix = terms ? m->frame.term_names[j] : types[type];
        status = add_column(out, prefix, terms ? "part" : NULL, rows, p.n, p.fit + j, p.columns, err);
        if (status == MS_OK) status = add_column(out, prefix, "se", rows, p.n, p.se + j, p.columns, err);
    }
    if (status == MS_OK) status = ms_cli_write_rows(args, out, err);
    ms_cox_predictions_clear(&p);
    ms_model_frame_clear(&frame);
    ms_table_free(out);
    ms_table_free(table);
    return status;
}

/* ---- curves ---- */

static ms_status curve_options(const ms_args *args, double conf_level, ms_cox_curve_options *options,
                               ms_error *err) {
    static const char *const conf[] = {"log", "log-log", "plain", "logit", "arcsin"};
    size_t type = MS_CONF_LOG, stype = 2, ctype = 0;
    ms_cox_curve_options_default(options);
    options->conf_level = conf_level;
    ms_status status = ms_args_choice(args, "conf-type", conf, MS_COUNT(conf), &type, err);
    if (status == MS_OK) status = ms_args_size(args, "stype", &stype, err);
    if (status == MS_OK) status = ms_args_size(args, "ctype", &ctype, err);
    if (status == MS_OK && (stype < 1 || stype > 2 || ctype > 2))
        return ms_error_set(err, MS_EUSAGE, "--stype and --ctype take 1 or 2");
    options->conf_type = (ms_conf_type)type;
    options->stype = (int)stype;
    options->ctype = (int)ctype;
    return status;
}

static ms_status set_line(ms_table *t, const ms_cox_curves *curves, size_t i, const char *const *strata,
                          const size_t *rows, const double values[10], ms_error *err) {
    size_t row, next = 3;
    ms_status status = ms_table_add_row(t, &row, err);
    if (status == MS_OK) status = ms_table_set_number(t, row, 0, (double)i + 1, err);
    if (status == MS_OK && curves->row[i] != SIZE_MAX)
        status =
            ms_table_set_number(t, row, 1, (double)(rows ? rows[curves->row[i]] : curves->row[i]) + 1, err);
    if (status == MS_OK) status = ms_table_set_number(t, row, 2, curves->lp[i], err);
    if (status == MS_OK && strata) status = ms_table_set(t, row, next++, strata[curves->stratum[i]], err);
    for (size_t k = 0; k < 10 && status == MS_OK; k++)
        status = ms_table_set_number(t, row, next + k, values[k], err);
    return status;
}

static ms_status curve_lines(ms_table *t, const ms_cox_curves *curves, size_t i, const char *const *strata,
                             const size_t *rows, const double *times, size_t n_times, ms_error *err) {
    const ms_km_curve *c = &curves->curves[i];
    ms_status status = MS_OK;
    for (size_t k = 0; k < c->n_times && !times && status == MS_OK; k++) {
        const double values[] = {c->time[k],    c->n_risk[k], c->n_event[k], c->n_censor[k], c->surv[k],
                                 c->std_err[k], c->lower[k],  c->upper[k],   c->cumhaz[k],   c->std_chaz[k]};
        status = set_line(t, curves, i, strata, rows, values, err);
    }
    for (size_t k = 0; times && k < n_times && status == MS_OK; k++) {
        double values[] = {times[k], NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
        ms_km_at(c, times[k], &values[4], &values[5], &values[6], &values[7], &values[1]);
        values[8] = values[9] = 0;
        for (size_t j = 0; j < c->n_times && c->time[j] <= times[k]; j++) {
            values[8] = c->cumhaz[j];
            values[9] = c->std_chaz[j];
        }
        status = set_line(t, curves, i, strata, rows, values, err);
    }
    return status;
}

static ms_status curve_table(const ms_args *args, const ms_cox_curves *curves, const char *const *strata,
                             const size_t *rows, ms_error *err) {
    static const char *const names[] = {"curve",  "row",     "lp",       "strata",  "time",
                                        "n_risk", "n_event", "n_censor", "surv",    "std_err",
                                        "lower",  "upper",   "cumhaz",   "std_chaz"};
    ms_table *t = NULL;
    double *times = NULL;
    size_t column, n_times = 0;
    ms_status status = ms_table_new(&t, "output", err);
    for (size_t i = 0; i < MS_COUNT(names) && status == MS_OK; i++)
        if (strata || i != 3) status = ms_table_add_column(t, names[i], &column, err);
    if (status == MS_OK) status = ms_cli_numbers(args, "at", &times, &n_times, err);
    for (size_t i = 0; i < curves->n && status == MS_OK; i++)
        status = curve_lines(t, curves, i, strata, rows, times, n_times, err);
    if (status == MS_OK) status = ms_table_write(t, output_of(args), err);
    free(times);
    ms_table_free(t);
    return status;
}

static ms_status draw_curves(const ms_cox_curves *curves, const char *const *strata, const size_t *rows,
                             const char *path, const ms_plot_style *style, ms_error *err) {
    enum { MOST = 8, NAME = 160 };
    if (curves->n > MOST)
        return ms_error_set(err, MS_EUSAGE, "%s: %zu curves; a figure takes %d at most", path, curves->n,
                            MOST);
    ms_plot_curve lines[MOST];
    char names[MOST][NAME];
    ms_plot_km_options look;
    ms_plot_km_options_default(&look);
    look.style = style;
    look.risk_table = false;
    for (size_t i = 0; i < curves->n; i++) {
        const ms_km_curve *c = &curves->curves[i];
        const char *stratum = strata ? strata[curves->stratum[i]] : "";
        if (curves->row[i] == SIZE_MAX)
            (void)ms_text_format(names[i], NAME, "%.100s", strata ? stratum : "all");
        else
            (void)ms_text_format(names[i], NAME, "row %zu%s%.100s",
                                 (rows ? rows[curves->row[i]] : curves->row[i]) + 1, strata ? ", " : "",
                                 stratum);
        lines[i] = (ms_plot_curve){.name = names[i],
                                   .n = c->n_times,
                                   .time = c->time,
                                   .surv = c->surv,
                                   .lower = c->lower,
                                   .upper = c->upper,
                                   .n_risk = c->n_risk,
                                   .total = c->n_times ? c->n_risk[0] : 0};
    }
    return ms_plot_km(lines, curves->n, &look, path, err);
}

/* With --reference zero one row in which every predictor is 0: R's basehaz(centered = FALSE). */
static ms_status zero_row(const ms_args *args, const ms_cli_cox *m, ms_model_frame *frame, ms_error *err) {
    static const char *const references[] = {"strata", "sample", "zero"};
    size_t reference = MS_REFERENCE_SAMPLE;
    ms_status status = ms_args_choice(args, "reference", references, MS_COUNT(references), &reference, err);
    if (status != MS_OK || reference != MS_REFERENCE_ZERO) return status;
    frame->x = ms_calloc(m->cox.p, sizeof *frame->x);
    frame->rows = ms_calloc(1, sizeof *frame->rows);
    if (!frame->x || !frame->rows) return ms_error_nomem(err);
    frame->p = m->cox.p;
    frame->n = 1;
    return MS_OK;
}

static ms_status write_curves(const ms_args *args, const ms_cli_cox *m, double conf_level,
                              const ms_plot_style *style, ms_error *err) {
    ms_cox_curve_options options;
    ms_table *table = NULL;
    ms_model_frame frame = {0};
    ms_cox_curves curves = {0};
    char *text = NULL;
    ms_status status = curve_options(args, conf_level, &options, err);
    if (status == MS_OK) status = read_newdata(args, m, false, &table, &frame, err);
    if (status == MS_OK && !table) status = zero_row(args, m, &frame, err);
    if (status == MS_OK)
        status = ms_cox_curves_make(&m->cox, &m->frame.data, &m->frame.design, frame.n ? &frame : NULL,
                                    &options, &curves, err);
    for (size_t i = 0; i < curves.n && !table; i++) curves.row[i] = SIZE_MAX; /* of no row of a table */
    const char *const *strata = m->frame.strata.n_levels ? (const char *const *)m->frame.strata.levels : NULL;
    const char *path = ms_cli_figure(args);
    if (status == MS_OK && path) status = draw_curves(&curves, strata, frame.rows, path, style, err);
    if (status == MS_OK && ms_args_flag(args, "json")) {
        status = ms_cox_curves_json(&curves, strata, &text, err);
        if (status == MS_OK) status = ms_cli_print(text, err);
    } else if (status == MS_OK) {
        status = curve_table(args, &curves, strata, frame.rows, err);
    }
    free(text);
    ms_cox_curves_clear(&curves);
    ms_model_frame_clear(&frame);
    ms_table_free(table);
    return status;
}

ms_status ms_cli_cox_write(const ms_args *args, const ms_cli_cox *model, double conf_level,
                           const ms_plot_style *style, ms_error *err) {
    int asked = (ms_args_text(args, "residuals") != NULL) + (ms_args_text(args, "predict") != NULL) +
                ms_args_flag(args, "curve");
    if (asked > 1)
        return ms_error_set(err, MS_EUSAGE, "take one of --residuals, --predict and --curve at a time");
    if (model->frame.n_before_tt)
        return ms_error_set(err, MS_EUSAGE,
                            "a model with tt() has no residuals, predictions or curves of its rows");
    if (ms_args_text(args, "residuals")) return write_residuals(args, model, err);
    if (ms_args_text(args, "predict")) return write_predictions(args, model, err);
    return write_curves(args, model, conf_level, style, err);
}
