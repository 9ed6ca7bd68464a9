/* Cumulative incidence, Gray's test and Fine and Gray's regression as text and JSON. */
#include "myosurv/survival_competing.h"
#include "survival/report.h"

#include <cjson/cJSON.h>
#include <math.h>

static ms_status new_item(cJSON *list, cJSON **item, ms_error *err) {
    *item = cJSON_CreateObject();
    if (*item && cJSON_AddItemToArray(list, *item)) return MS_OK;
    cJSON_Delete(*item);
    return ms_error_nomem(err);
}

static ms_status add_arrays(cJSON *o, const char *const *keys, const double *const *values, size_t n_keys,
                            size_t n, ms_error *err) {
    ms_status status = MS_OK;
    for (size_t i = 0; i < n_keys && !status; i++)
        status = ms_json_add_numbers(o, keys[i], values[i], n, err);
    return status;
}

static ms_status cause_json(cJSON *list, const ms_cuminc_curve *c, size_t k, const char *name,
                            ms_error *err) {
    static const char *const keys[] = {"n_event", "incidence", "std_err", "lower", "upper", "hazard"};
    size_t at = k * c->n_times;
    const double *const values[] = {c->n_event + at, c->incidence + at, c->std_err + at,
                                    c->lower + at,   c->upper + at,     c->hazard + at};
    cJSON *o = NULL;
    ms_status status = new_item(list, &o, err);
    if (status || (status = ms_json_add_text(o, "name", name, err)) ||
        (status = ms_json_add_number(o, "events", c->events[k], err)))
        return status;
    return add_arrays(o, keys, values, MS_COUNT(keys), c->n_times, err);
}

static ms_status curve_json(cJSON *list, const ms_cuminc_curve *c, const char *name,
                            const char *const *causes, ms_error *err) {
    static const char *const keys[] = {"time", "n_risk", "n_censor", "surv", "surv_std_err"};
    const double *const values[] = {c->time, c->n_risk, c->n_censor, c->surv, c->surv_std_err};
    cJSON *o = NULL, *inner = NULL;
    ms_status status = new_item(list, &o, err);
    if (status || (status = ms_json_add_text(o, "name", name, err)) ||
        (status = ms_json_add_number(o, "n", (double)c->n, err)) ||
        (status = add_arrays(o, keys, values, MS_COUNT(keys), c->n_times, err)) ||
        (status = ms_json_add_array(o, "causes", &inner, err)))
        return status;
    for (size_t k = 0; k < c->n_causes && !status; k++) status = cause_json(inner, c, k, causes[k], err);
    return status;
}

static ms_status gray_json(cJSON *root, const ms_gray *gray, const char *const *causes, size_t n,
                           ms_error *err) {
    cJSON *list = NULL, *o = NULL;
    ms_status status = ms_json_add_array(root, "gray", &list, err);
    for (size_t k = 0; k < n && !status; k++) {
        if ((status = new_item(list, &o, err)) || (status = ms_json_add_text(o, "cause", causes[k], err)) ||
            (status = ms_json_add_number(o, "chisq", gray[k].chisq, err)) ||
            (status = ms_json_add_number(o, "df", (double)gray[k].df, err)))
            return status;
        status = ms_json_add_number(o, "p", gray[k].p, err);
    }
    return status;
}

static size_t rows_of(const ms_cuminc *cuminc) {
    size_t n = 0;
    for (size_t g = 0; g < cuminc->n_groups; g++) n += cuminc->curves[g].n;
    return n;
}

static ms_status build(cJSON *root, const ms_cuminc *cuminc, const char *const *groups,
                       const char *const *causes, const ms_gray *gray, size_t n_dropped, ms_error *err) {
    static const char *const types[] = {"log", "log-log", "plain", "logit", "arcsin"};
    cJSON *list = NULL;
    ms_status status = ms_json_add_number(root, "n", (double)rows_of(cuminc), err);
    if (status || (status = ms_json_add_number(root, "n_dropped", (double)n_dropped, err)) ||
        (status = ms_json_add_text(root, "conf_type", types[cuminc->conf_type], err)) ||
        (status = ms_json_add_number(root, "conf_level", cuminc->conf_level, err)) ||
        (status = ms_json_add_array(root, "groups", &list, err)))
        return status;
    for (size_t g = 0; g < cuminc->n_groups && !status; g++)
        status = curve_json(list, &cuminc->curves[g], groups[g], causes, err);
    return status || !gray ? status : gray_json(root, gray, causes, cuminc->n_causes, err);
}

ms_status ms_cuminc_json(const ms_cuminc *cuminc, const char *const *groups, const char *const *causes,
                         const ms_gray *gray, size_t n_dropped, char **text, ms_error *err) {
    cJSON *root = cJSON_CreateObject();
    if (!root) return ms_error_nomem(err);
    return ms_report_json(root, build(root, cuminc, groups, causes, gray, n_dropped, err), text, err);
}

/* One group's incidence of every cause at the times asked for. */
static bool table(const ms_cuminc_curve *c, const char *const *causes, const double *at, size_t n_at,
                  double level, ms_buffer *out) {
    ms_grid grid;
    char lower[32], upper[32];
    ms_grid_init(&grid, 7);
    (void)ms_text_format(lower, sizeof lower, "lower %g%%", 100 * level);
    (void)ms_text_format(upper, sizeof upper, "upper %g%%", 100 * level);
    const char *const header[] = {"cause", "events", "time", "incidence", "std.err", lower, upper};
    for (size_t i = 0; i < MS_COUNT(header); i++) ms_grid_add(&grid, header[i]);
    for (size_t k = 0; k < c->n_causes; k++)
        for (size_t i = 0; i < n_at; i++) {
            size_t row = ms_cuminc_row(c, at[i]);
            bool there = row != SIZE_MAX && at[i] <= c->time[c->n_times - 1];
            size_t cell = k * c->n_times + row;
            ms_grid_add(&grid, i ? "" : causes[k]);
            if (i)
                ms_grid_add(&grid, "");
            else
                ms_grid_number(&grid, c->events[k], 6);
            ms_grid_number(&grid, at[i], 6);
            bool early = row == SIZE_MAX; /* nothing has happened yet */
            ms_grid_number(&grid, there ? c->incidence[cell] : early ? 0 : NAN, 4);
            ms_grid_number(&grid, there ? c->std_err[cell] : early ? 0 : NAN, 4);
            ms_grid_number(&grid, there ? c->lower[cell] : NAN, 4);
            ms_grid_number(&grid, there ? c->upper[cell] : NAN, 4);
        }
    ms_grid_print(&grid, out);
    bool failed = grid.failed;
    ms_grid_clear(&grid);
    return failed;
}

static bool gray_table(const ms_gray *gray, const char *const *causes, size_t n, ms_buffer *out) {
    ms_grid grid;
    ms_grid_init(&grid, 4);
    const char *const header[] = {"cause", "chisq", "df", "p"};
    for (size_t i = 0; i < MS_COUNT(header); i++) ms_grid_add(&grid, header[i]);
    for (size_t k = 0; k < n; k++) {
        ms_grid_add(&grid, causes[k]);
        ms_grid_number(&grid, gray[k].chisq, 5);
        ms_grid_number(&grid, (double)gray[k].df, 6);
        ms_grid_p(&grid, gray[k].p);
    }
    ms_buffer_append(out, "\nGray's test of equal incidence\n");
    ms_grid_print(&grid, out);
    bool failed = grid.failed;
    ms_grid_clear(&grid);
    return failed;
}

ms_status ms_cuminc_text(const ms_cuminc *cuminc, const char *const *groups, const char *const *causes,
                         const ms_gray *gray, const double *at, size_t n_at, size_t n_dropped, char **text,
                         ms_error *err) {
    ms_buffer out;
    bool failed = false;
    ms_buffer_init(&out);
    ms_report_rows(&out, rows_of(cuminc), n_dropped);
    ms_buffer_append(&out, "\n");
    for (size_t g = 0; g < cuminc->n_groups; g++) {
        const ms_cuminc_curve *c = &cuminc->curves[g];
        ms_buffer_printf(&out, "\n%s, n= %zu\n", groups[g], c->n);
        if (c->n_times) failed |= table(c, causes, at, n_at, cuminc->conf_level, &out);
    }
    if (gray) failed |= gray_table(gray, causes, cuminc->n_causes, &out);
    return ms_report_take(&out, failed, text, err);
}
