/* Calibration as text and JSON. */
#include "survival/report_prediction.h"

#include <cjson/cJSON.h>
#include <math.h>

static ms_status estimate_json(cJSON *object, const char *key, const ms_estimate *e, ms_error *err) {
    cJSON *child = NULL;
    const ms_named_number numbers[] = {{"value", e->value}, {"se", e->se}, {"lower", e->lower},
                                       {"upper", e->upper}, {"z", e->z},   {"p", e->p}};
    ms_status status = ms_json_add_object(object, key, &child, err);
    return status ? status : ms_report_numbers(child, numbers, MS_COUNT(numbers), err);
}

static ms_status groups_json(cJSON *object, const ms_calibration *c, ms_error *err) {
    cJSON *list = NULL, *row = NULL;
    ms_status status = ms_json_add_array(object, "groups", &list, err);
    for (size_t g = 0; g < c->n_groups && !status; g++) {
        const ms_calibrate_group *group = &c->groups[g];
        const ms_named_number numbers[] = {
            {"n", (double)group->n},         {"from", group->from},         {"to", group->to},
            {"predicted", group->predicted}, {"observed", group->observed}, {"lower", group->lower},
            {"upper", group->upper}};
        status = ms_report_item(list, &row, err);
        if (!status) status = ms_report_numbers(row, numbers, MS_COUNT(numbers), err);
    }
    return status;
}

static ms_status curve_json(cJSON *object, const ms_calibration *c, ms_error *err) {
    cJSON *curve = NULL;
    ms_status status = ms_json_add_object(object, "smooth", &curve, err);
    if (status || (status = ms_json_add_numbers(curve, "knots", c->knots, c->n_knots, err)) ||
        (status = ms_json_add_numbers(curve, "predicted", c->grid, c->n_grid, err)) ||
        (status = ms_json_add_numbers(curve, "observed", c->smooth, c->n_grid, err)) ||
        (status = ms_json_add_numbers(curve, "lower", c->smooth_lower, c->n_grid, err)))
        return status;
    return ms_json_add_numbers(curve, "upper", c->smooth_upper, c->n_grid, err);
}

static ms_status time_json(cJSON *list, const ms_calibration *c, ms_error *err) {
    cJSON *o = NULL;
    const ms_named_number first[] = {{"time", c->time},
                                     {"events", (double)c->n_events},
                                     {"expected", c->mean_predicted},
                                     {"observed", c->observed},
                                     {"observed_se", c->observed_se}};
    const ms_named_number second[] = {{"ici", c->ici}, {"e50", c->e50}, {"e90", c->e90}, {"e_max", c->e_max}};
    ms_status status = ms_report_item(list, &o, err);
    if (status || (status = ms_report_numbers(o, first, MS_COUNT(first), err)) ||
        (status = ms_report_reason(o, c->state, err)) ||
        (status = estimate_json(o, "observed_expected", &c->ratio, err)) ||
        (status = estimate_json(o, "intercept", &c->intercept, err)) ||
        (status = estimate_json(o, "slope", &c->slope, err)) ||
        (status = estimate_json(o, "cox_slope", &c->cox_slope, err)) ||
        (status = ms_report_numbers(o, second, MS_COUNT(second), err)) || (status = groups_json(o, c, err)))
        return status;
    return curve_json(o, c, err);
}

static ms_status build(cJSON *root, const ms_calibration *c, size_t n, const ms_dcalibration *d,
                       size_t n_dropped, ms_error *err) {
    cJSON *list = NULL, *child = NULL;
    ms_status status = ms_json_add_number(root, "n", (double)c->n, err);
    if (status || (status = ms_json_add_number(root, "n_dropped", (double)n_dropped, err)) ||
        (status = ms_json_add_array(root, "times", &list, err)))
        return status;
    for (size_t k = 0; k < n; k++)
        if ((status = time_json(list, &c[k], err))) return status;
    if (!d) return MS_OK;
    status = ms_report_add_test(root, "d_calibration", d->chisq, (double)d->df, d->p, err);
    if (status) return status;
    child = cJSON_GetObjectItemCaseSensitive(root, "d_calibration");
    return ms_json_add_numbers(child, "observed", d->observed, d->n_bins, err);
}

ms_status ms_calibration_json(const ms_calibration *calibrations, size_t n, const ms_dcalibration *d,
                              size_t n_dropped, char **text, ms_error *err) {
    cJSON *root = cJSON_CreateObject();
    ms_status status = root ? build(root, calibrations, n, d, n_dropped, err) : ms_error_nomem(err);
    return ms_report_json(root, status, text, err);
}

static void add_estimate(ms_grid *grid, const char *name, const ms_estimate *e) {
    const double numbers[] = {e->value, e->se, e->lower, e->upper};
    ms_grid_add(grid, name);
    for (size_t i = 0; i < MS_COUNT(numbers); i++) ms_grid_number(grid, numbers[i], 4);
    ms_grid_p(grid, e->p);
}

static bool estimates(ms_buffer *out, const ms_calibration *c) {
    ms_grid grid;
    ms_grid_init(&grid, 6);
    const char *const header[] = {"", "estimate", "se", "lower", "upper", "p"};
    for (size_t i = 0; i < MS_COUNT(header); i++) ms_grid_add(&grid, header[i]);
    add_estimate(&grid, "observed / expected", &c->ratio);
    add_estimate(&grid, "intercept", &c->intercept);
    add_estimate(&grid, "slope", &c->slope);
    if (!isnan(c->cox_slope.value)) add_estimate(&grid, "slope (Cox, all of follow-up)", &c->cox_slope);
    return ms_grid_finish(&grid, out);
}

static bool groups(ms_buffer *out, const ms_calibration *c) {
    ms_grid grid;
    ms_grid_init(&grid, 6);
    const char *const header[] = {"group", "n", "predicted", "observed", "lower", "upper"};
    for (size_t i = 0; i < MS_COUNT(header); i++) ms_grid_add(&grid, header[i]);
    for (size_t g = 0; g < c->n_groups; g++) {
        const ms_calibrate_group *group = &c->groups[g];
        char name[64];
        const double numbers[] = {(double)group->n, group->predicted, group->observed, group->lower,
                                  group->upper};
        (void)ms_text_format(name, sizeof name, "%.3f to %.3f", group->from, group->to);
        ms_grid_add(&grid, name);
        for (size_t i = 0; i < MS_COUNT(numbers); i++) ms_grid_number(&grid, numbers[i], i ? 4 : 8);
    }
    return ms_grid_finish(&grid, out);
}

static bool one_time(ms_buffer *out, const ms_calibration *c) {
    ms_buffer_printf(out, "\nTime %g: %zu events, observed %.4g, expected %.4g\n", c->time, c->n_events,
                     c->observed, c->mean_predicted);
    if (c->state) {
        ms_buffer_printf(out, "NA: %s\n", ms_prediction_why(c->state));
        return false;
    }
    bool failed = estimates(out, c);
    if (isnan(c->ici))
        ms_buffer_append(out, "No smooth curve with competing events\n");
    else
        ms_buffer_printf(out, "ICI= %.4g, E50= %.4g, E90= %.4g, Emax= %.4g\n", c->ici, c->e50, c->e90,
                         c->e_max);
    return c->n_groups ? failed | groups(out, c) : failed;
}

ms_status ms_calibration_text(const ms_calibration *calibrations, size_t n, const ms_dcalibration *d,
                              size_t n_dropped, char **text, ms_error *err) {
    ms_buffer out;
    bool failed = false;
    char p[32];
    ms_buffer_init(&out);
    ms_report_rows(&out, calibrations->n, n_dropped);
    ms_buffer_append(&out, "\n");
    for (size_t k = 0; k < n; k++) failed |= one_time(&out, &calibrations[k]);
    if (d) {
        ms_format_p(p, d->p);
        ms_buffer_printf(&out, "\nD-calibration: chisq= %.4g on %zu degrees of freedom, p= %s\n", d->chisq,
                         d->df, p);
    }
    return ms_report_take(&out, failed, text, err);
}
