/* AUC(t) as text and JSON. */
#include "survival/report_prediction.h"

#include <cjson/cJSON.h>
#include <math.h>

static bool any_competing(const ms_auc *auc) {
    for (size_t k = 0; k < auc->n_times; k++)
        if (auc->rows[k].n_competing) return true;
    return false;
}

static ms_status add_value(cJSON *object, const ms_auc_value *v, ms_error *err) {
    const ms_named_number numbers[] = {
        {"auc", v->auc}, {"se", v->se}, {"lower", v->lower}, {"upper", v->upper}};
    return ms_report_numbers(object, numbers, MS_COUNT(numbers), err);
}

static ms_status row_json(cJSON *list, const ms_auc *auc, const ms_auc_row *row, bool competing,
                          ms_error *err) {
    cJSON *o = NULL, *child = NULL;
    const ms_named_number counts[] = {{"cases", (double)row->n_cases},
                                      {"controls", (double)row->n_controls},
                                      {"competing", (double)row->n_competing},
                                      {"lost", (double)row->n_lost},
                                      {"survival", row->survival},
                                      {"incidence", row->incidence}};
    const ms_named_number cut[] = {{"cutpoint", auc->options.cutpoint},
                                   {"sensitivity", row->sensitivity},
                                   {"specificity", 1 - row->one_minus_specificity},
                                   {"ppv", row->ppv},
                                   {"npv", row->npv}};
    ms_status status = ms_report_item(list, &o, err);
    if (status || (status = ms_json_add_number(o, "time", row->time, err)) ||
        (status = add_value(o, &row->all, err)) ||
        (status = ms_report_numbers(o, counts, MS_COUNT(counts), err)) ||
        (status = ms_report_reason(o, row->state, err)))
        return status;
    if (competing && ((status = ms_json_add_object(o, "event_free_controls", &child, err)) ||
                      (status = add_value(child, &row->event_free, err))))
        return status;
    if (!isnan(auc->band_critical) && ((status = ms_json_add_number(o, "band_lower", row->band_lower, err)) ||
                                       (status = ms_json_add_number(o, "band_upper", row->band_upper, err))))
        return status;
    if (isnan(auc->options.cutpoint)) return MS_OK;
    if ((status = ms_json_add_object(o, "at_cutpoint", &child, err))) return status;
    return ms_report_numbers(child, cut, MS_COUNT(cut), err);
}

static ms_status integral_json(cJSON *object, const char *key, const ms_auc_integral *i, ms_error *err) {
    cJSON *child = NULL;
    ms_status status = ms_json_add_object(object, key, &child, err);
    if (status || (status = ms_json_add_number(child, "value", i->value, err))) return status;
    return ms_json_add_number(child, "se", i->se, err);
}

/* R has infinity as a first threshold too; in JSON it is null. */
static ms_status curve_json(cJSON *list, const ms_auc_row *row, bool competing, ms_error *err) {
    cJSON *o = NULL;
    if (!row->n_points) return MS_OK;
    ms_status status = ms_report_item(list, &o, err);
    if (status || (status = ms_json_add_number(o, "time", row->time, err)) ||
        (status = ms_json_add_numbers(o, "threshold", row->threshold, row->n_points, err)) ||
        (status = ms_json_add_numbers(o, "tpr", row->tpr, row->n_points, err)) ||
        (status = ms_json_add_numbers(o, "fpr", row->fpr, row->n_points, err)))
        return status;
    if (!competing) return MS_OK;
    return ms_json_add_numbers(o, "fpr_event_free", row->fpr_event_free, row->n_points, err);
}

static ms_status marker_json(cJSON *list, const ms_auc *auc, const char *name, ms_error *err) {
    cJSON *o = NULL, *times = NULL, *integrated = NULL, *curves = NULL;
    bool competing = any_competing(auc);
    ms_status status = ms_report_item(list, &o, err);
    if (status || (status = ms_json_add_text(o, "name", name, err)) ||
        (!isnan(auc->band_critical) &&
         (status = ms_json_add_number(o, "band_critical", auc->band_critical, err))) ||
        (status = ms_json_add_array(o, "times", &times, err)))
        return status;
    for (size_t k = 0; k < auc->n_times; k++)
        if ((status = row_json(times, auc, &auc->rows[k], competing, err))) return status;
    if ((status = ms_json_add_object(o, "integrated", &integrated, err)) ||
        (status = integral_json(integrated, "survival_weighted", &auc->survival, err)) ||
        (status = integral_json(integrated, "mean", &auc->mean, err)) ||
        (status = integral_json(integrated, "trapezium", &auc->area, err)) ||
        (status = ms_json_add_array(o, "roc", &curves, err)))
        return status;
    for (size_t k = 0; k < auc->n_times; k++)
        if ((status = curve_json(curves, &auc->rows[k], competing, err))) return status;
    return MS_OK;
}

static ms_status build(cJSON *root, const ms_auc *auc, const char *const *names, size_t n, size_t n_dropped,
                       ms_error *err) {
    cJSON *markers = NULL, *comparisons = NULL;
    ms_status status = ms_json_add_number(root, "n", (double)auc->n, err);
    if (status || (status = ms_json_add_number(root, "n_dropped", (double)n_dropped, err)) ||
        (status = ms_json_add_text(root, "convention", ms_prediction_convention_name(auc->options.convention),
                                   err)) ||
        (status = ms_json_add_number(root, "conf_level", auc->options.conf_level, err)) ||
        (status = ms_json_add_array(root, "markers", &markers, err)))
        return status;
    for (size_t m = 0; m < n; m++)
        if ((status = marker_json(markers, &auc[m], names[m], err))) return status;
    if ((status = ms_json_add_array(root, "comparisons", &comparisons, err))) return status;
    for (size_t m = 1; m < n; m++)
        for (size_t k = 0; k < auc->n_times; k++) {
            ms_difference d = ms_auc_difference(&auc[0], &auc[m], k);
            status =
                ms_report_difference(comparisons, "marker", names[m], names[0], auc->rows[k].time, &d, err);
            if (status) return status;
        }
    return MS_OK;
}

ms_status ms_auc_json(const ms_auc *auc, const char *const *names, size_t n_markers, size_t n_dropped,
                      char **text, ms_error *err) {
    cJSON *root = cJSON_CreateObject();
    ms_status status = root ? build(root, auc, names, n_markers, n_dropped, err) : ms_error_nomem(err);
    return ms_report_json(root, status, text, err);
}

static void values(ms_grid *grid, const ms_auc *auc, const char *name, bool competing) {
    for (size_t k = 0; k < auc->n_times; k++) {
        const ms_auc_row *row = &auc->rows[k];
        const double counts[] = {row->time, (double)row->n_cases, (double)row->n_controls,
                                 (double)row->n_competing, (double)row->n_lost};
        const double numbers[] = {row->all.auc, row->all.se, row->all.lower, row->all.upper};
        ms_grid_add(grid, name);
        for (size_t i = 0; i < MS_COUNT(counts); i++)
            if (competing || i != 3) ms_grid_number(grid, counts[i], 8);
        for (size_t i = 0; i < MS_COUNT(numbers); i++) ms_grid_number(grid, numbers[i], 4);
        if (competing) {
            ms_grid_number(grid, row->event_free.auc, 4);
            ms_grid_number(grid, row->event_free.se, 4);
        }
    }
}

static bool table(ms_buffer *out, const ms_auc *auc, const char *const *names, size_t n) {
    ms_grid grid;
    bool competing = any_competing(auc);
    const char *const header[] = {"", "time", "cases", "controls", "competing", "lost", "AUC", "se"};
    ms_grid_init(&grid, competing ? 12 : 9);
    for (size_t i = 0; i < MS_COUNT(header); i++)
        if (competing || i != 4) ms_grid_add(&grid, header[i]);
    ms_grid_bounds(&grid, auc->options.conf_level);
    if (competing) {
        ms_grid_add(&grid, "AUC*");
        ms_grid_add(&grid, "se*");
    }
    for (size_t m = 0; m < n; m++) values(&grid, &auc[m], names[m], competing);
    bool failed = ms_grid_finish(&grid, out);
    if (competing) ms_buffer_append(out, "* controls are those free of any event\n");
    for (size_t k = 0; k < auc->n_times; k++)
        if (auc->rows[k].state)
            ms_buffer_printf(out, "NA at %g: %s\n", auc->rows[k].time, ms_prediction_why(auc->rows[k].state));
    return failed;
}

static void bands(ms_buffer *out, const ms_auc *auc, const char *const *names, size_t n) {
    for (size_t m = 0; m < n; m++) {
        if (isnan(auc[m].band_critical)) continue;
        ms_buffer_printf(out, "\nBand over all times, %s: AUC -+ %.3f se\n", names[m], auc[m].band_critical);
        for (size_t k = 0; k < auc[m].n_times; k++)
            ms_buffer_printf(out, "%g: %.4g to %.4g\n", auc[m].rows[k].time, auc[m].rows[k].band_lower,
                             auc[m].rows[k].band_upper);
    }
}

static bool cutpoint_table(ms_buffer *out, const ms_auc *auc, const char *const *names, size_t n) {
    ms_grid grid;
    const char *const header[] = {"", "time", "sensitivity", "specificity", "PPV", "NPV"};
    ms_buffer_printf(out, "\nPositive %s %g\n", auc->options.reverse ? "below" : "above",
                     auc->options.cutpoint);
    ms_grid_init(&grid, MS_COUNT(header));
    for (size_t i = 0; i < MS_COUNT(header); i++) ms_grid_add(&grid, header[i]);
    for (size_t m = 0; m < n; m++)
        for (size_t k = 0; k < auc->n_times; k++) {
            const ms_auc_row *row = &auc[m].rows[k];
            const double numbers[] = {row->time, row->sensitivity, 1 - row->one_minus_specificity, row->ppv,
                                      row->npv};
            ms_grid_add(&grid, names[m]);
            for (size_t i = 0; i < MS_COUNT(numbers); i++) ms_grid_number(&grid, numbers[i], i ? 4 : 8);
        }
    return ms_grid_finish(&grid, out);
}

static bool integrals(ms_buffer *out, const ms_auc *auc, const char *const *names, size_t n) {
    ms_grid grid;
    const char *const header[] = {
        "Integrated AUC", "survival-weighted", "se", "mean", "se", "trapezium", "se"};
    ms_buffer_append(out, "\n");
    ms_grid_init(&grid, MS_COUNT(header));
    for (size_t i = 0; i < MS_COUNT(header); i++) ms_grid_add(&grid, header[i]);
    for (size_t m = 0; m < n; m++) {
        const double numbers[] = {auc[m].survival.value, auc[m].survival.se, auc[m].mean.value,
                                  auc[m].mean.se,        auc[m].area.value,  auc[m].area.se};
        ms_grid_add(&grid, names[m]);
        for (size_t i = 0; i < MS_COUNT(numbers); i++) ms_grid_number(&grid, numbers[i], 4);
    }
    return ms_grid_finish(&grid, out);
}

static bool comparisons(ms_buffer *out, const ms_auc *auc, const char *const *names, size_t n) {
    ms_grid grid;
    ms_buffer_append(out, "\n");
    ms_grid_init(&grid, 8);
    ms_grid_difference_header(&grid, "Difference of AUC", auc->options.conf_level);
    for (size_t m = 1; m < n; m++)
        for (size_t k = 0; k < auc->n_times; k++) {
            ms_difference d = ms_auc_difference(&auc[0], &auc[m], k);
            ms_grid_difference(&grid, names[m], names[0], auc->rows[k].time, &d);
        }
    return ms_grid_finish(&grid, out);
}

ms_status ms_auc_text(const ms_auc *auc, const char *const *names, size_t n_markers, size_t n_dropped,
                      char **text, ms_error *err) {
    ms_buffer out;
    ms_buffer_init(&out);
    ms_report_rows(&out, auc->n, n_dropped);
    ms_buffer_printf(&out, ", convention %s\n\n", ms_prediction_convention_name(auc->options.convention));
    bool failed = table(&out, auc, names, n_markers);
    bands(&out, auc, names, n_markers);
    if (!isnan(auc->options.cutpoint)) failed |= cutpoint_table(&out, auc, names, n_markers);
    if (auc->n_times > 1) failed |= integrals(&out, auc, names, n_markers);
    if (n_markers > 1) failed |= comparisons(&out, auc, names, n_markers);
    return ms_report_take(&out, failed, text, err);
}
