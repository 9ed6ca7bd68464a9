/* Kaplan-Meier curves and the log-rank test as text and JSON. */
#include "survival/report_curves.h"

#include <cjson/cJSON.h>
#include <math.h>

ms_status ms_report_add_curve(cJSON *object, const ms_km_curve *c, ms_error *err) {
    const struct {
        const char *key;
        const double *values;
    } arrays[] = {{"time", c->time},         {"n_risk", c->n_risk}, {"n_event", c->n_event},
                  {"n_censor", c->n_censor}, {"surv", c->surv},     {"std_err", c->std_err},
                  {"lower", c->lower},       {"upper", c->upper},   {"cumhaz", c->cumhaz},
                  {"std_chaz", c->std_chaz}};
    ms_status status = MS_OK;
    for (size_t i = 0; i < MS_COUNT(arrays) && status == MS_OK; i++)
        status = ms_json_add_numbers(object, arrays[i].key, arrays[i].values, c->n_times, err);
    return status;
}

static ms_status curve_json(cJSON *groups, const ms_km_curve *c, const char *name, ms_error *err) {
    cJSON *o = cJSON_CreateObject();
    if (!o || !cJSON_AddItemToArray(groups, o)) {
        cJSON_Delete(o);
        return ms_error_nomem(err);
    }
    ms_status status = ms_json_add_text(o, "name", name, err);
    if (status || (status = ms_json_add_number(o, "n", (double)c->n, err))) return status;
    const struct {
        const char *key;
        double value;
    } numbers[] = {{"events", c->events},
                   {"median", c->median},
                   {"median_lower", c->median_lower},
                   {"median_upper", c->median_upper},
                   {"rmean", c->rmean},
                   {"rmean_se", c->rmean_se}};
    for (size_t i = 0; i < MS_COUNT(numbers); i++)
        if ((status = ms_json_add_number(o, numbers[i].key, numbers[i].value, err))) return status;
    return ms_report_add_curve(o, c, err);
}

static ms_status logrank_json(cJSON *root, const ms_logrank *l, const char *const *names, ms_error *err) {
    cJSON *o, *list = NULL;
    ms_status status = ms_report_add_test(root, "logrank", l->chisq, (double)l->df, l->p, err);
    if (status) return status;
    o = cJSON_GetObjectItemCaseSensitive(root, "logrank");
    if ((status = ms_json_add_number(o, "rho", l->rho, err)) ||
        (status = ms_json_add_array(o, "groups", &list, err)))
        return status;
    for (size_t g = 0; g < l->n_groups; g++) {
        cJSON *row = cJSON_CreateObject();
        if (!row || !cJSON_AddItemToArray(list, row)) {
            cJSON_Delete(row);
            return ms_error_nomem(err);
        }
        if ((status = ms_json_add_text(row, "name", names[g], err)) ||
            (status = ms_json_add_number(row, "n", (double)l->n[g], err)) ||
            (status = ms_json_add_number(row, "observed", l->observed[g], err)) ||
            (status = ms_json_add_number(row, "expected", l->expected[g], err)))
            return status;
    }
    return MS_OK;
}

static ms_status build(cJSON *root, const ms_km_report *r, ms_error *err) {
    const ms_km *km = r->km;
    cJSON *groups = NULL;
    size_t n = 0;
    for (size_t g = 0; g < km->n_groups; g++) n += km->curves[g].n;
    ms_status status = ms_json_add_number(root, "n", (double)n, err);
    if (status || (status = ms_json_add_number(root, "n_dropped", (double)r->n_dropped, err)) ||
        (status = ms_json_add_text(root, "conf_type", ms_conf_type_name(km->options.conf_type), err)) ||
        (status = ms_json_add_number(root, "conf_level", km->options.conf_level, err)) ||
        (status = ms_json_add_text(root, "variance", km->robust ? "robust" : "greenwood", err)) ||
        (status = ms_json_add_number(root, "rmean_until", km->rmean_until, err)) ||
        (status = ms_json_add_array(root, "groups", &groups, err)))
        return status;
    ms_json_out out = {.err = err};
    for (size_t g = 0; g < km->n_groups; g++) {
        if ((status = curve_json(groups, &km->curves[g], r->names[g], err))) return status;
        ms_report_group_extra(&out, cJSON_GetArrayItem(groups, (int)g), r, g);
    }
    if (r->logrank && (status = logrank_json(root, r->logrank, r->names, err))) return status;
    ms_report_extra(&out, root, r);
    return out.status;
}

ms_status ms_km_report_json(const ms_km_report *report, char **text, ms_error *err) {
    cJSON *root = cJSON_CreateObject();
    if (!root) return ms_error_nomem(err);
    return ms_report_json(root, build(root, report, err), text, err);
}

ms_status ms_km_json(const ms_km *km, const char *const *group_names, const ms_logrank *logrank,
                     size_t n_dropped, char **text, ms_error *err) {
    ms_km_report report = {
        .km = km, .names = group_names, .logrank = logrank, .n_dropped = n_dropped, .landmark = NAN};
    return ms_km_report_json(&report, text, err);
}

static void add_header(ms_grid *grid, const char *const *names, size_t n) {
    for (size_t i = 0; i < n; i++) ms_grid_add(grid, names[i]);
}

static bool summary(const ms_km *km, const char *const *names, ms_buffer *out) {
    ms_grid grid;
    char lower[32], upper[32];
    ms_grid_init(&grid, 8);
    (void)ms_text_format(lower, sizeof lower, "%gLCL", km->options.conf_level);
    (void)ms_text_format(upper, sizeof upper, "%gUCL", km->options.conf_level);
    const char *const header[] = {"", "n", "events", "median", lower, upper, "rmean*", "se(rmean)"};
    add_header(&grid, header, MS_COUNT(header));
    for (size_t g = 0; g < km->n_groups; g++) {
        const ms_km_curve *c = &km->curves[g];
        ms_grid_add(&grid, names[g]);
        const double numbers[] = {(double)c->n,    c->events, c->median,  c->median_lower,
                                  c->median_upper, c->rmean,  c->rmean_se};
        for (size_t i = 0; i < MS_COUNT(numbers); i++) ms_grid_number(&grid, numbers[i], 6);
    }
    ms_grid_print(&grid, out);
    ms_buffer_printf(out, "* restricted mean with upper limit = %g\n", km->rmean_until);
    bool failed = grid.failed;
    ms_grid_clear(&grid);
    return failed;
}

/* Every time with events, as summary(survfit) shows it. */
static bool life_table(const ms_km *km, size_t g, const char *name, ms_buffer *out) {
    const ms_km_curve *c = &km->curves[g];
    ms_grid grid;
    char lower[48], upper[48];
    ms_grid_init(&grid, 7);
    (void)ms_text_format(lower, sizeof lower, "lower %g%%", 100 * km->options.conf_level);
    (void)ms_text_format(upper, sizeof upper, "upper %g%%", 100 * km->options.conf_level);
    const char *const header[] = {"time", "n.risk", "n.event", "survival", "std.err", lower, upper};
    add_header(&grid, header, MS_COUNT(header));
    for (size_t k = 0; k < c->n_times; k++) {
        if (!(c->n_event[k] > 0)) continue;
        const double numbers[] = {c->time[k],    c->n_risk[k], c->n_event[k], c->surv[k],
                                  c->std_err[k], c->lower[k],  c->upper[k]};
        for (size_t i = 0; i < MS_COUNT(numbers); i++) ms_grid_number(&grid, numbers[i], i < 3 ? 6 : 4);
    }
    ms_buffer_printf(out, "\n%s\n", name);
    ms_grid_print(&grid, out);
    bool failed = grid.failed;
    ms_grid_clear(&grid);
    return failed;
}

static bool logrank_text(const ms_logrank *l, const char *const *names, ms_buffer *out) {
    ms_grid grid;
    char p[32];
    ms_grid_init(&grid, 6);
    const char *const header[] = {"", "N", "Observed", "Expected", "(O-E)^2/E", "(O-E)^2/V"};
    add_header(&grid, header, MS_COUNT(header));
    for (size_t g = 0; g < l->n_groups; g++) {
        double difference = l->observed[g] - l->expected[g], v = l->variance[g * l->n_groups + g];
        ms_grid_add(&grid, names[g]);
        ms_grid_number(&grid, (double)l->n[g], 6);
        ms_grid_number(&grid, l->observed[g], 4);
        ms_grid_number(&grid, l->expected[g], 4);
        ms_grid_number(&grid, difference * difference / l->expected[g], 3);
        ms_grid_number(&grid, difference * difference / v, 3);
    }
    ms_buffer_printf(out, "\n%s test\n", l->rho == 0 ? "Log-rank" : "G-rho");
    if (l->rho != 0) ms_buffer_printf(out, "rho = %g\n", l->rho);
    ms_grid_print(&grid, out);
    ms_format_p(p, l->p);
    ms_buffer_printf(out, "\n Chisq= %.4g on %zu degree%s of freedom, p= %s\n", l->chisq, l->df,
                     l->df == 1 ? "" : "s", p);
    bool failed = grid.failed;
    ms_grid_clear(&grid);
    return failed;
}

ms_status ms_km_report_text(const ms_km_report *r, char **text, ms_error *err) {
    const ms_km *km = r->km;
    ms_buffer out;
    size_t n = 0;
    ms_buffer_init(&out);
    for (size_t g = 0; g < km->n_groups; g++) n += km->curves[g].n;
    ms_report_rows(&out, n, r->n_dropped);
    if (!isnan(r->landmark))
        ms_buffer_printf(&out, ", at risk after %g (%zu left out; the clock is %s)", r->landmark,
                         r->n_before_landmark, r->landmark_reset ? "set to 0 there" : "kept");
    ms_buffer_append(&out, "\n\n");
    bool failed = summary(km, r->names, &out);
    for (size_t g = 0; g < km->n_groups && r->full; g++) failed |= life_table(km, g, r->names[g], &out);
    if (r->logrank) failed |= logrank_text(r->logrank, r->names, &out);
    failed |= ms_report_extra_text(r, &out);
    return ms_report_take(&out, failed, text, err);
}

ms_status ms_km_text(const ms_km *km, const char *const *group_names, const ms_logrank *logrank,
                     size_t n_dropped, bool full, char **text, ms_error *err) {
    ms_km_report report = {.km = km,
                           .names = group_names,
                           .logrank = logrank,
                           .n_dropped = n_dropped,
                           .full = full,
                           .landmark = NAN};
    return ms_km_report_text(&report, text, err);
}
