/* Stepwise choices, tests of terms, tables of hazard ratios and predicted curves as text, JSON and CSV. */
#include "myosurv/survival_cox.h"
#include "survival/report.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- stepwise ---- */

static bool stage_text(const ms_cox_step_stage *stage, bool first, ms_buffer *out) {
    ms_grid grid;
    ms_grid_init(&grid, 4);
    static const char *const header[] = {"", "Df", "loglik", "AIC"};
    for (size_t i = 0; i < MS_COUNT(header); i++) ms_grid_add(&grid, header[i]);
    for (size_t i = 0; i < stage->n; i++) {
        const ms_cox_step_change *c = &stage->changes[i];
        char name[256];
        (void)ms_text_format(name, sizeof name, "%c %s", c->sign, c->term);
        ms_grid_add(&grid, c->sign == ' ' ? c->term : name);
        if (c->sign == ' ')
            ms_grid_add(&grid, "");
        else
            ms_grid_number(&grid, (double)c->df, 6);
        ms_grid_number(&grid, c->loglik, 8);
        ms_grid_number(&grid, c->aic, 8);
    }
    ms_buffer_printf(out, "%s:  AIC=%.8g\n%s\n", first ? "Start" : "Step", stage->aic, stage->formula);
    ms_grid_print(&grid, out);
    ms_buffer_append(out, "\n");
    bool failed = grid.failed;
    ms_grid_clear(&grid);
    return failed;
}

ms_status ms_cox_step_text(const ms_cox_step *step, char **text, ms_error *err) {
    ms_buffer out;
    bool failed = false;
    ms_buffer_init(&out);
    for (size_t i = 0; i < step->n_stages; i++) failed |= stage_text(&step->stages[i], i == 0, &out);
    ms_buffer_printf(&out, "Chosen: %s\n\n", step->formula);
    return ms_report_take(&out, failed, text, err);
}

ms_status ms_cox_anova_text(const ms_cox_anova *anova, bool sequential, char **text, ms_error *err) {
    ms_buffer out;
    ms_grid grid;
    ms_buffer_init(&out);
    ms_grid_init(&grid, 6);
    static const char *const header[] = {"", "loglik", "AIC", "Chisq", "Df", "p"};
    for (size_t i = 0; i < MS_COUNT(header); i++) ms_grid_add(&grid, header[i]);
    for (size_t i = 0; i < anova->n; i++) {
        const ms_cox_anova_row *r = &anova->rows[i];
        ms_grid_add(&grid, r->term);
        ms_grid_number(&grid, r->loglik, 8);
        ms_grid_number(&grid, r->aic, 8);
        if (i == 0)
            for (int k = 0; k < 3; k++) ms_grid_add(&grid, "");
        else {
            ms_grid_number(&grid, r->chisq, 5);
            ms_grid_number(&grid, (double)r->df, 6);
            ms_grid_p(&grid, r->p);
        }
    }
    ms_buffer_append(&out, sequential ? "Terms added first to last\n" : "Each term left out\n");
    ms_grid_print(&grid, &out);
    ms_buffer_append(&out, "\n");
    bool failed = grid.failed;
    ms_grid_clear(&grid);
    return ms_report_take(&out, failed, text, err);
}

static ms_status stage_json(cJSON *list, const ms_cox_step_stage *stage, ms_error *err) {
    cJSON *object = cJSON_CreateObject(), *changes = NULL;
    if (!object) return ms_error_nomem(err);
    cJSON_AddItemToArray(list, object);
    ms_status status = ms_json_add_text(object, "formula", stage->formula, err);
    if (status == MS_OK) status = ms_json_add_number(object, "aic", stage->aic, err);
    if (status == MS_OK) status = ms_json_add_array(object, "changes", &changes, err);
    for (size_t i = 0; i < stage->n && status == MS_OK; i++) {
        const ms_cox_step_change *c = &stage->changes[i];
        const char sign[] = {c->sign, '\0'};
        cJSON *row = cJSON_CreateObject();
        if (!row) return ms_error_nomem(err);
        cJSON_AddItemToArray(changes, row);
        if ((status = ms_json_add_text(row, "sign", sign, err)) ||
            (status = ms_json_add_text(row, "term", c->term, err)) ||
            (status = ms_json_add_number(row, "df", (double)c->df, err)) ||
            (status = ms_json_add_number(row, "loglik", c->loglik, err)))
            return status;
        status = ms_json_add_number(row, "aic", c->aic, err);
    }
    return status;
}

static ms_status anova_json(cJSON *root, const char *key, const ms_cox_anova *anova, ms_error *err) {
    cJSON *list = NULL;
    ms_status status = ms_json_add_array(root, key, &list, err);
    for (size_t i = 0; i < anova->n && status == MS_OK; i++) {
        const ms_cox_anova_row *r = &anova->rows[i];
        cJSON *row = cJSON_CreateObject();
        if (!row) return ms_error_nomem(err);
        cJSON_AddItemToArray(list, row);
        if ((status = ms_json_add_text(row, "term", r->term, err)) ||
            (status = ms_json_add_number(row, "loglik", r->loglik, err)) ||
            (status = ms_json_add_number(row, "aic", r->aic, err)) ||
            (status = ms_json_add_number(row, "chisq", r->chisq, err)) ||
            (status = ms_json_add_number(row, "df", (double)r->df, err)))
            return status;
        status = ms_json_add_number(row, "p", r->p, err);
    }
    return status;
}

static ms_status add_all(cJSON *root, const ms_cox_step *step, const ms_cox_anova *anova,
                         const ms_cox_anova *drop1, ms_error *err) {
    cJSON *list = NULL;
    ms_status status = MS_OK;
    if (step) {
        status = ms_json_add_text(root, "formula", step->formula, err);
        if (status == MS_OK) status = ms_json_add_array(root, "step", &list, err);
        for (size_t i = 0; i < step->n_stages && status == MS_OK; i++)
            status = stage_json(list, &step->stages[i], err);
    }
    if (status == MS_OK && anova) status = anova_json(root, "anova", anova, err);
    if (status == MS_OK && drop1) status = anova_json(root, "drop1", drop1, err);
    return status;
}

ms_status ms_cox_json_add(char **text, const ms_cox_step *step, const ms_cox_anova *anova,
                          const ms_cox_anova *drop1, ms_error *err) {
    cJSON *root = NULL;
    char *grown = NULL;
    if (!step && !anova && !drop1) return MS_OK;
    ms_status status = ms_json_parse(*text, strlen(*text), "result", &root, err);
    if (status != MS_OK) return status;
    status = ms_report_json(root, add_all(root, step, anova, drop1, err), &grown, err);
    if (status != MS_OK) return status;
    free(*text);
    *text = grown;
    return MS_OK;
}

/* ---- hazard ratios ---- */

static void ratio_cell(ms_grid *grid, const ms_cox_effect *e, bool reference) {
    char text[96];
    bool wide = e->hr >= 100 || e->upper >= 1000 || e->hr < 0.01; /* as the figure has it */
    const char *format = wide ? "%.3g (%.3g to %.3g)" : "%.2f (%.2f to %.2f)";
    if (reference)
        ms_grid_add(grid, "1 (reference)");
    else if (!isfinite(e->hr))
        ms_grid_add(grid, "");
    else if (ms_text_format(text, sizeof text, format, e->hr, e->lower, e->upper))
        ms_grid_add(grid, text);
    else
        grid->failed = true;
}

static void p_cell(ms_grid *grid, double p) {
    if (isnan(p))
        ms_grid_add(grid, "");
    else
        ms_grid_p(grid, p);
}

ms_status ms_cox_table_text(const ms_cox_table *table, char **text, ms_error *err) {
    ms_buffer out;
    ms_grid grid;
    ms_buffer_init(&out);
    ms_grid_init(&grid, 7);
    static const char *const header[] = {"", "n", "events", "HR alone", "p", "HR together", "p"};
    for (size_t i = 0; i < MS_COUNT(header); i++) ms_grid_add(&grid, header[i]);
    for (size_t i = 0; i < table->n_rows; i++) {
        const ms_cox_table_row *r = &table->rows[i];
        char name[256];
        if (r->level) (void)ms_text_format(name, sizeof name, "%s: %s", r->term, r->level);
        ms_grid_add(&grid, r->level ? name : r->name);
        ms_grid_number(&grid, (double)r->n, 12);
        ms_grid_number(&grid, (double)r->events, 12);
        ratio_cell(&grid, &r->uni, r->reference);
        p_cell(&grid, r->uni.p);
        ratio_cell(&grid, &r->multi, r->reference);
        p_cell(&grid, r->multi.p);
    }
    ms_buffer_append(&out, "all together: ");
    ms_report_rows(&out, table->n, table->n_dropped);
    ms_buffer_printf(&out, ", number of events= %zu; %g %% intervals%s\n\n", table->events,
                     100 * table->conf_level, table->converged ? "" : "; NOT CONVERGED");
    ms_grid_print(&grid, &out);
    bool failed = grid.failed;
    ms_grid_clear(&grid);
    return ms_report_take(&out, failed, text, err);
}

static ms_status effect_json(cJSON *row, const char *key, const ms_cox_effect *e, double p_term,
                             ms_error *err) {
    cJSON *object = NULL;
    ms_status status = ms_json_add_object(row, key, &object, err);
    if (status || (status = ms_json_add_number(object, "coef", e->coef, err)) ||
        (status = ms_json_add_number(object, "se", e->se, err)) ||
        (status = ms_json_add_number(object, "hr", e->hr, err)) ||
        (status = ms_json_add_number(object, "lower", e->lower, err)) ||
        (status = ms_json_add_number(object, "upper", e->upper, err)) ||
        (status = ms_json_add_number(object, "p", e->p, err)))
        return status;
    return ms_json_add_number(object, "p_term", p_term, err);
}

static ms_status row_json(cJSON *list, const ms_cox_table_row *r, ms_error *err) {
    cJSON *row = cJSON_CreateObject();
    if (!row) return ms_error_nomem(err);
    cJSON_AddItemToArray(list, row);
    ms_status status = ms_json_add_text(row, "term", r->term, err);
    if (status == MS_OK && r->level) status = ms_json_add_text(row, "level", r->level, err);
    if (status == MS_OK && r->name) status = ms_json_add_text(row, "name", r->name, err);
    if (status || (status = ms_json_add_bool(row, "reference", r->reference, err)) ||
        (status = ms_json_add_number(row, "n", (double)r->n, err)) ||
        (status = ms_json_add_number(row, "events", (double)r->events, err)) ||
        (status = effect_json(row, "univariable", &r->uni, r->uni_p_term, err)))
        return status;
    return effect_json(row, "multivariable", &r->multi, r->multi_p_term, err);
}

static ms_status table_json(cJSON *root, const ms_cox_table *table, ms_error *err) {
    cJSON *list = NULL;
    ms_status status;
    if ((status = ms_json_add_number(root, "n", (double)table->n, err)) ||
        (status = ms_json_add_number(root, "n_dropped", (double)table->n_dropped, err)) ||
        (status = ms_json_add_number(root, "events", (double)table->events, err)) ||
        (status = ms_json_add_number(root, "conf_level", table->conf_level, err)) ||
        (status = ms_json_add_bool(root, "converged", table->converged, err)) ||
        (status = ms_json_add_array(root, "rows", &list, err)))
        return status;
    for (size_t i = 0; i < table->n_rows && status == MS_OK; i++)
        status = row_json(list, &table->rows[i], err);
    return status;
}

ms_status ms_cox_table_json(const ms_cox_table *table, char **text, ms_error *err) {
    cJSON *root = cJSON_CreateObject();
    if (!root) return ms_error_nomem(err);
    return ms_report_json(root, table_json(root, table, err), text, err);
}

static ms_status csv_row(const ms_cox_table_row *r, ms_table *out, ms_error *err) {
    const double numbers[] = {(double)r->n, (double)r->events, r->uni.hr,     r->uni.lower,   r->uni.upper,
                              r->uni.p,     r->uni_p_term,     r->multi.hr,   r->multi.lower, r->multi.upper,
                              r->multi.p,   r->multi_p_term,   r->multi.coef, r->multi.se};
    size_t row;
    ms_status status = ms_table_add_row(out, &row, err);
    if (status == MS_OK) status = ms_table_set(out, row, 0, r->term, err);
    if (status == MS_OK) status = ms_table_set(out, row, 1, r->level ? r->level : "", err);
    if (status == MS_OK) status = ms_table_set(out, row, 2, r->reference ? "1" : "0", err);
    for (size_t i = 0; i < MS_COUNT(numbers) && status == MS_OK; i++)
        status = ms_table_set_number(out, row, 3 + i, numbers[i], err);
    return status;
}

ms_status ms_cox_table_csv(const ms_cox_table *table, ms_table **out, ms_error *err) {
    static const char *const names[] = {"term",       "level",       "reference",   "n",       "events",
                                        "uni_hr",     "uni_lower",   "uni_upper",   "uni_p",   "uni_p_term",
                                        "multi_hr",   "multi_lower", "multi_upper", "multi_p", "multi_p_term",
                                        "multi_coef", "multi_se"};
    ms_table *t = NULL;
    size_t column;
    ms_status status = ms_table_new(&t, "table", err);
    for (size_t i = 0; i < MS_COUNT(names) && status == MS_OK; i++)
        status = ms_table_add_column(t, names[i], &column, err);
    for (size_t i = 0; i < table->n_rows && status == MS_OK; i++) status = csv_row(&table->rows[i], t, err);
    if (status == MS_OK)
        *out = t;
    else
        ms_table_free(t);
    return status;
}

/* ---- curves ---- */

static ms_status curve_json(cJSON *list, const ms_cox_curves *curves, size_t i,
                            const char *const *strata_names, ms_error *err) {
    const ms_km_curve *c = &curves->curves[i];
    cJSON *row = cJSON_CreateObject();
    if (!row) return ms_error_nomem(err);
    cJSON_AddItemToArray(list, row);
    ms_status status =
        ms_json_add_number(row, "row", curves->row[i] == SIZE_MAX ? NAN : (double)curves->row[i] + 1, err);
    if (status == MS_OK && strata_names)
        status = ms_json_add_text(row, "stratum", strata_names[curves->stratum[i]], err);
    if (status || (status = ms_json_add_number(row, "lp", curves->lp[i], err)) ||
        (status = ms_json_add_number(row, "n", (double)c->n, err)) ||
        (status = ms_json_add_number(row, "events", c->events, err)) ||
        (status = ms_json_add_number(row, "median", c->median, err)) ||
        (status = ms_json_add_number(row, "median_lower", c->median_lower, err)) ||
        (status = ms_json_add_number(row, "median_upper", c->median_upper, err)) ||
        (status = ms_json_add_number(row, "rmean", c->rmean, err)))
        return status;
    return ms_report_add_curve(row, c, err);
}

ms_status ms_cox_curves_json(const ms_cox_curves *curves, const char *const *strata_names, char **text,
                             ms_error *err) {
    cJSON *root = cJSON_CreateObject(), *list = NULL;
    if (!root) return ms_error_nomem(err);
    ms_status status = ms_json_add_array(root, "curves", &list, err);
    for (size_t i = 0; i < curves->n && status == MS_OK; i++)
        status = curve_json(list, curves, i, strata_names, err);
    return ms_report_json(root, status, text, err);
}
