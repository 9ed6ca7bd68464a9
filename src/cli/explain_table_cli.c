/* `explain MODEL TABLE`: reads, explains, writes what was asked for. */
#include "cli/explain_cli.h"
#include "myosurv/study_explain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct work {
    ms_model *model;
    ms_table *table, *background;
    const char *id_name;
    const char **id; /* [rows], NULL without an id column */
    double *x, *background_x;
    ms_explain_groups groups;
    bool grouped;
    ms_explanation explanation;
    double *drop, *drop_sd;
    ms_explain_view view;
    size_t top;
} work;

static void work_clear(work *w) {
    ms_explanation_clear(&w->explanation);
    ms_explain_groups_clear(&w->groups);
    ms_model_free(w->model);
    ms_table_free(w->table);
    ms_table_free(w->background);
    free(w->id);
    free(w->x);
    free(w->background_x);
    free(w->drop);
    free(w->drop_sd);
}

static ms_status read_ids(const ms_args *args, work *w, ms_error *err) {
    const char *given = ms_args_text(args, "id");
    size_t column;
    if (given) {
        const ms_status status = ms_table_require(w->table, given, &column, err);
        if (status != MS_OK) return status;
    } else if (!ms_table_find(w->table, "case_id", &column) && !ms_table_find(w->table, "id", &column)) {
        return MS_OK;
    }
    w->id_name = ms_table_column_name(w->table, column);
    w->id = ms_calloc(ms_table_rows(w->table), sizeof *w->id);
    if (!w->id) return ms_error_nomem(err);
    for (size_t i = 0; i < ms_table_rows(w->table); i++) w->id[i] = ms_table_cell(w->table, i, column);
    return MS_OK;
}

/* The words that may stand as a family in a feature's name. */
static ms_status make_groups(const ms_args *args, work *w, ms_error *err) {
    const char *families[64], *const *names;
    size_t by = 0, n = 0, p;
    if (!ms_args_text(args, "group-by")) return MS_OK;
    ms_status status =
        ms_args_choice(args, "group-by", ms_explain_group_by_names, MS_EXPLAIN_GROUPINGS, &by, err);
    for (size_t f = 0; f < ms_n_feature_catalogue; f++) {
        const char *name = ms_feature_catalogue[f].family_name;
        size_t k = 0;
        while (k < n && strcmp(families[k], name) != 0) k++;
        if (k == n && n < MS_COUNT(families)) families[n++] = name;
    }
    ms_model_features(w->model, &names, &p);
    if (status == MS_OK)
        status = ms_explain_groups_make(names, p, (ms_explain_group_by)by, families, n, &w->groups, err);
    w->grouped = status == MS_OK;
    return status;
}

static ms_status read_inputs(const ms_args *args, work *w, ms_error *err) {
    const char *background = ms_args_text(args, "background");
    ms_status status = ms_model_load(&w->model, ms_args_operand(args, 0), err);
    if (status == MS_OK) status = make_groups(args, w, err);
    if (status == MS_OK) status = ms_table_read(&w->table, ms_args_operand(args, 1), err);
    if (status == MS_OK && ms_table_rows(w->table) == 0)
        status = ms_error_set(err, MS_EINPUT, "%s: has no rows", ms_table_name(w->table));
    if (status == MS_OK) status = read_ids(args, w, err);
    if (status == MS_OK) status = ms_model_inputs(w->model, w->table, &w->x, err);
    if (status == MS_OK && background) status = ms_table_read(&w->background, background, err);
    if (status == MS_OK && background)
        status = ms_model_inputs(w->model, w->background, &w->background_x, err);
    return status;
}

static ms_status run_method(const ms_args *args, work *w, ms_error *err) {
    ms_explain_options o;
    const char *const *names;
    size_t method = 0, p;
    ms_explain_options_default(&o);
    ms_model_features(w->model, &names, &p);
    ms_status status =
        ms_args_choice(args, "method", ms_explain_method_names, MS_EXPLAIN_METHODS, &method, err);
    if (status == MS_OK) status = ms_args_size(args, "steps", &o.steps, err);
    if (status == MS_OK) status = ms_args_size(args, "samples", &o.samples, err);
    if (status == MS_OK) status = ms_args_size(args, "max-background", &o.max_background, err);
    o.method = (ms_explain_method)method;
    o.seed = ms_args_seed(args);
    o.background = w->background_x;
    o.n_background = w->background ? ms_table_rows(w->background) : 0;
    o.group = w->grouped ? w->groups.group : NULL;
    o.n_groups = w->groups.n;
    if (status == MS_OK)
        status = ms_model_explain(w->model, w->x, ms_table_rows(w->table), p, &o, &w->explanation, err);
    w->view = (ms_explain_view){.explanation = &w->explanation,
                                .names = w->grouped ? (const char *const *)w->groups.names : names,
                                .groups = w->grouped};
    return status;
}

static ms_status permute(const ms_args *args, work *w, ms_error *err) {
    const char *time_column = ms_args_text(args, "time"), *event_column = ms_args_text(args, "event");
    const size_t p = w->explanation.p, n = w->grouped ? w->groups.n : p;
    double *time = NULL;
    uint8_t *event = NULL;
    size_t repeats = 5;
    const char *figure = ms_args_text(args, "permutation");
    if (!time_column && !event_column && !figure) return MS_OK;
    if (!time_column || !event_column || (!ms_args_text(args, "importance") && !figure))
        return ms_error_set(
            err, MS_EUSAGE,
            "explain: permutation importance needs --time and --event together, and --importance "
            "or --permutation to write it to");
    w->drop = ms_calloc(n, sizeof *w->drop);
    w->drop_sd = ms_calloc(n, sizeof *w->drop_sd);
    ms_status status =
        w->drop && w->drop_sd ? ms_args_size(args, "repeats", &repeats, err) : ms_error_nomem(err);
    if (status == MS_OK)
        status = ms_explain_followup(w->table, time_column, event_column, &time, &event, err);
    if (status == MS_OK)
        status = ms_model_permutation(w->model, w->x, w->explanation.n, p, time, event,
                                      w->grouped ? w->groups.group : NULL, n, repeats, ms_args_seed(args),
                                      w->drop, w->drop_sd, &w->view.c, err);
    w->view.drop = w->drop;
    w->view.drop_sd = w->drop_sd;
    free(time);
    free(event);
    return status;
}

static ms_status write_table(const work *w, bool all, const char *path, ms_error *err) {
    ms_table *table = NULL;
    ms_status status =
        all ? ms_explanation_long_table(&w->explanation, w->id_name, w->id, w->view.names, &table, err)
            : ms_explanation_table(&w->explanation, w->id_name, w->id, w->view.names, w->grouped, &table,
                                   err);
    if (status == MS_OK) status = ms_table_write(table, path, err);
    ms_table_free(table);
    return status;
}

static ms_status write_importance(const work *w, const char *path, ms_error *err) {
    ms_table *table = NULL;
    ms_status status = ms_explain_importance_table(&w->view, &table, err);
    if (status == MS_OK) status = ms_table_write(table, path, err);
    ms_table_free(table);
    return status;
}

/* The row that --case names: by its id, or by its number where rows have none. */
static ms_status find_row(const ms_args *args, const work *w, size_t *row, ms_error *err) {
    const char *given = ms_args_text(args, "case");
    size_t number = 0;
    if (!given)
        return ms_error_set(err, MS_EUSAGE, "explain: --waterfall is of one patient: give --case %s",
                            w->id ? "ID" : "N, the number of the row, from 1");
    for (size_t i = 0; w->id && i < w->explanation.n; i++)
        if (strcmp(w->id[i], given) == 0) {
            *row = i;
            return MS_OK;
        }
    if (!w->id && ms_parse_size(given, &number) && number >= 1 && number <= w->explanation.n) {
        *row = number - 1;
        return MS_OK;
    }
    return ms_error_set(err, MS_EINPUT, "%s: has no row %s", ms_table_name(w->table), given);
}

static ms_status write_figures(const ms_args *args, const work *w, ms_error *err) {
    const char *bars = ms_args_text(args, "figure"), *swarm = ms_args_text(args, "beeswarm"),
               *fall = ms_args_text(args, "waterfall");
    size_t row = 0;
    ms_status status = fall ? find_row(args, w, &row, err) : MS_OK;
    if (status == MS_OK && bars) status = ms_explain_draw_importance(&w->view, w->top, bars, err);
    if (status == MS_OK && ms_args_text(args, "permutation"))
        status = ms_explain_draw_permutation(&w->view, w->top, ms_args_text(args, "permutation"), err);
    if (status == MS_OK && swarm) status = ms_explain_draw_beeswarm(&w->view, w->top, swarm, err);
    if (status == MS_OK && fall)
        status = ms_explain_draw_waterfall(&w->view, row, ms_args_text(args, "case"), w->top, fall, err);
    return status;
}

ms_status ms_cli_explain_table(const ms_args *args, ms_error *err) {
    const char *output = ms_args_text(args, "output"), *importance = ms_args_text(args, "importance");
    const bool figures = ms_args_text(args, "figure") || ms_args_text(args, "permutation") ||
                         ms_args_text(args, "beeswarm") || ms_args_text(args, "waterfall");
    const bool all = ms_args_flag(args, "long");
    work w = {.top = 20};
    w.view.c = NAN;
    ms_status status = ms_args_size(args, "top", &w.top, err);
    if (status == MS_OK && w.top == 0)
        status = ms_error_set(err, MS_EUSAGE, "--top 0: nothing would be shown");
    if (status == MS_OK && all && ms_args_text(args, "group-by"))
        status = ms_error_set(err, MS_EUSAGE, "--long is of single inputs: it does not go with --group-by");
    if (status == MS_OK) status = read_inputs(args, &w, err);
    if (status == MS_OK && !ms_args_dry_run(args)) {
        status = run_method(args, &w, err);
        if (status == MS_OK) status = permute(args, &w, err);
        if (status == MS_OK && (output || (!importance && !figures)))
            status = write_table(&w, all, output ? output : "-", err);
        if (status == MS_OK && importance) status = write_importance(&w, importance, err);
        if (status == MS_OK) status = write_figures(args, &w, err);
    }
    work_clear(&w);
    return status;
}
