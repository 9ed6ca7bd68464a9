/* The comparison of two models as text and JSON. */
#include "myosurv/survival_compare.h"
#include "survival/report.h"

#include <cjson/cJSON.h>
#include <math.h>

/* The measures in threes: old, new, difference; or events, non-events, both. */
typedef struct measure {
    const char *key, *label;
    ms_compare_measure first;
    bool models; /* of each model, else of the change alone */
} measure;
static const measure measures[] = {
    {"harrell", "Harrell's C", MS_MEASURE_HARRELL_OLD, true},
    {"uno", "Uno's C", MS_MEASURE_UNO_OLD, true},
    {"auc", "AUC", MS_MEASURE_AUC_OLD, true},
    {"brier", "Brier score", MS_MEASURE_BRIER_OLD, true},
    {"nri", "NRI, any change", MS_MEASURE_NRI_EVENT, false},
    {"category_nri", "NRI, categories", MS_MEASURE_CATEGORY_NRI_EVENT, false},
    {"idi", "IDI", MS_MEASURE_IDI_EVENT, false},
};

static bool made(const ms_comparison *c, const measure *m) {
    if (m->first == MS_MEASURE_CATEGORY_NRI_EVENT && c->n_cuts == 0) return false;
    return m->first < MS_MEASURE_AUC_OLD ? !c->binary : c->horizon;
}

/* ---- JSON ---- */

static ms_status add_estimate(cJSON *parent, const char *key, const ms_comparison *c, const ms_compared *e,
                              ms_error *err) {
    const struct {
        const char *key;
        double value;
        bool bootstrap, formula;
    } numbers[] = {{"estimate", e->value, false, false},
                   {"se", e->se, false, true},
                   {"lower", e->lower, false, true},
                   {"upper", e->upper, false, true},
                   {"p", e->p, false, true},
                   {"boot_se", e->boot_se, true, false},
                   {"boot_lower", e->boot_lower, true, false},
                   {"boot_upper", e->boot_upper, true, false},
                   {"boot_p", e->boot_p, true, false},
                   {"boot_failed", (double)e->failed, true, false}};
    cJSON *object = NULL;
    ms_status status = ms_json_add_object(parent, key, &object, err);
    for (size_t k = 0; k < MS_COUNT(numbers) && !status; k++) {
        if ((numbers[k].bootstrap && !c->n_replicates) || (numbers[k].formula && isnan(e->se))) continue;
        status = ms_json_add_number(object, numbers[k].key, numbers[k].value, err);
    }
    return status;
}

static ms_status add_measure(cJSON *root, const ms_comparison *c, const measure *m, ms_error *err) {
    static const char *const models[] = {"old", "new", "difference"};
    static const char *const parts[] = {"event", "nonevent", "total"};
    cJSON *object = NULL;
    ms_status status = ms_json_add_object(root, m->key, &object, err);
    for (size_t k = 0; k < 3 && !status; k++)
        status = add_estimate(object, m->models ? models[k] : parts[k], c, &c->estimates[m->first + k], err);
    if (!status && m->first == MS_MEASURE_HARRELL_OLD)
        status = ms_json_add_number(object, "covariance", c->harrell_covariance, err);
    if (!status && m->first == MS_MEASURE_UNO_OLD)
        status = ms_json_add_number(object, "covariance", c->uno_covariance, err);
    if (!status && m->first == MS_MEASURE_UNO_OLD) status = ms_json_add_number(object, "tau", c->tau, err);
    return status;
}

/* Rows: old categories, columns: new. */
static ms_status add_table(cJSON *root, const ms_comparison *c, ms_error *err) {
    cJSON *object = NULL;
    ms_status status;
    if (c->table.n == 0) return MS_OK;
    if ((status = ms_json_add_object(root, "reclassification", &object, err)) ||
        (status = ms_json_add_numbers(object, "cuts", c->cuts, c->n_cuts, err)) ||
        (status = ms_json_add_numbers(object, "count", c->table.count, c->table.n * c->table.n, err)))
        return status;
    return ms_json_add_numbers(object, "rate", c->table.rate, c->table.n * c->table.n, err);
}

static ms_status add_bootstrap(cJSON *root, const ms_comparison *c, ms_error *err) {
    cJSON *object = NULL;
    ms_status status;
    if (!c->n_replicates) return MS_OK;
    if ((status = ms_json_add_object(root, "bootstrap", &object, err)) ||
        (status = ms_json_add_number(object, "replicates", (double)c->n_replicates, err)) ||
        (status = ms_json_add_number(object, "seed", (double)c->seed, err)))
        return status;
    return ms_json_add_text(object, "interval", ms_interval_name(c->interval), err);
}

ms_status ms_comparison_json(const ms_comparison *c, const char *old_name, const char *new_name,
                             size_t n_dropped, char **text, ms_error *err) {
    cJSON *root = cJSON_CreateObject();
    ms_status status = root ? MS_OK : ms_error_nomem(err);
    if (status || (status = ms_json_add_number(root, "n", (double)c->n, err)) ||
        (status = ms_json_add_number(root, "events", (double)c->n_events, err)) ||
        (status = ms_json_add_number(root, "n_dropped", (double)n_dropped, err)) ||
        (status = ms_json_add_text(root, "old", old_name, err)) ||
        (status = ms_json_add_text(root, "new", new_name, err)) ||
        (status = ms_json_add_number(root, "conf_level", c->conf_level, err)) ||
        (!isnan(c->at) &&
         ((status = ms_json_add_number(root, "at", c->at, err)) ||
          (status = ms_json_add_number(root, "events_by_then", (double)c->n_events_until, err)))))
        return ms_report_json(root, status, text, err);
    for (size_t m = 0; m < MS_COUNT(measures) && !status; m++)
        if (made(c, &measures[m])) status = add_measure(root, c, &measures[m], err);
    if (!status) status = add_table(root, c, err);
    if (!status) status = add_bootstrap(root, c, err);
    return ms_report_json(root, status, text, err);
}

/* ---- text ---- */

static void add_range(ms_grid *grid, double lower, double upper) {
    char text[64];
    (void)ms_text_format(text, sizeof text, "%.4f to %.4f", lower, upper);
    ms_grid_add(grid, isnan(lower) || isnan(upper) ? "NA" : text);
}

/* se, p and interval: by formula where there is one, else by bootstrap; then the bootstrap's interval. */
static void add_uncertainty(ms_grid *grid, const ms_comparison *c, const ms_compared *e) {
    bool formula = !isnan(e->se), bootstrap = c->n_replicates > 0;
    ms_grid_number(grid, formula ? e->se : bootstrap ? e->boot_se : NAN, 4);
    ms_grid_p(grid, formula ? e->p : bootstrap ? e->boot_p : NAN);
    add_range(grid, bootstrap ? e->boot_lower : e->lower, bootstrap ? e->boot_upper : e->upper);
}

static void add_decimal(ms_grid *grid, double value) {
    char text[32];
    (void)ms_text_format(text, sizeof text, "%.4f", value);
    ms_grid_add(grid, isnan(value) ? "NA" : text);
}

static void add_rows(ms_grid *grid, const ms_comparison *c, const measure *m) {
    static const char *const parts[] = {"  events", "  non-events"};
    const ms_compared *e = &c->estimates[m->first];
    ms_grid_add(grid, m->label);
    for (size_t k = 0; k < 2; k++)
        if (m->models)
            add_decimal(grid, e[k].value);
        else
            ms_grid_add(grid, "");
    add_decimal(grid, e[2].value);
    add_uncertainty(grid, c, &e[2]);
    for (size_t k = 0; k < 2 && !m->models; k++) {
        ms_grid_add(grid, parts[k]);
        ms_grid_add(grid, "");
        ms_grid_add(grid, "");
        add_decimal(grid, e[k].value);
        add_uncertainty(grid, c, &e[k]);
    }
}

static bool print_table(const ms_comparison *c, ms_buffer *out) {
    ms_grid grid;
    char level[64];
    if (c->n_replicates)
        (void)ms_text_format(level, sizeof level, "%g%% bootstrap", 100 * c->conf_level);
    else
        (void)ms_text_format(level, sizeof level, "%g%% interval", 100 * c->conf_level);
    const char *const header[] = {"", "old", "new", "difference", "se", "p", level};
    ms_grid_init(&grid, MS_COUNT(header));
    for (size_t k = 0; k < MS_COUNT(header); k++) ms_grid_add(&grid, header[k]);
    for (size_t m = 0; m < MS_COUNT(measures); m++)
        if (made(c, &measures[m])) add_rows(&grid, c, &measures[m]);
    ms_grid_print(&grid, out);
    bool failed = grid.failed;
    ms_grid_clear(&grid);
    return failed;
}

static void add_category(ms_grid *grid, const ms_comparison *c, size_t k) {
    char text[64];
    if (k == 0)
        (void)ms_text_format(text, sizeof text, "< %g", c->cuts[0]);
    else if (k == c->n_cuts)
        (void)ms_text_format(text, sizeof text, ">= %g", c->cuts[k - 1]);
    else
        (void)ms_text_format(text, sizeof text, "%g to < %g", c->cuts[k - 1], c->cuts[k]);
    ms_grid_add(grid, text);
}

static bool print_reclassification(const ms_comparison *c, ms_buffer *out) {
    ms_grid grid;
    size_t n = c->table.n;
    char text[64];
    if (n == 0) return false;
    ms_buffer_append(out, "\nPatients by old (down) and new (across) category, with their event rate\n");
    ms_grid_init(&grid, n + 1);
    ms_grid_add(&grid, "old \\ new");
    for (size_t k = 0; k < n; k++) add_category(&grid, c, k);
    for (size_t i = 0; i < n; i++) {
        add_category(&grid, c, i);
        for (size_t j = 0; j < n; j++) {
            double count = c->table.count[i * n + j];
            if (count > 0)
                (void)ms_text_format(text, sizeof text, "%.0f (%.1f%%)", count,
                                     100 * c->table.rate[i * n + j]);
            ms_grid_add(&grid, count > 0 ? text : "0");
        }
    }
    ms_grid_print(&grid, out);
    bool failed = grid.failed;
    ms_grid_clear(&grid);
    return failed;
}

static size_t most_failures(const ms_comparison *c) {
    size_t most = 0;
    for (size_t m = 0; m < MS_COUNT(measures); m++)
        for (size_t k = 0; k < 3 && made(c, &measures[m]); k++)
            if (c->estimates[measures[m].first + k].failed > most)
                most = c->estimates[measures[m].first + k].failed;
    return most;
}

static void print_footnotes(const ms_comparison *c, ms_buffer *out) {
    if (!c->binary && isfinite(c->tau)) ms_buffer_printf(out, "\nUno's C counts events up to %g.", c->tau);
    if (c->horizon && !c->binary)
        ms_buffer_printf(
            out, "\nAUC, Brier score, NRI and IDI are of the event by %g; the se of NRI and IDI is %s", c->at,
            c->n_replicates ? "the bootstrap's." : "not known without --bootstrap.");
    if (c->n_replicates) {
        ms_buffer_printf(out, "\nIntervals: %s, %zu bootstrap samples, seed %llu.",
                         ms_interval_name(c->interval), c->n_replicates, (unsigned long long)c->seed);
        size_t failed = most_failures(c);
        if (failed) ms_buffer_printf(out, " In %zu of them a measure could not be computed.", failed);
    }
    ms_buffer_append(out, "\n");
}

ms_status ms_comparison_text(const ms_comparison *c, const char *old_name, const char *new_name,
                             size_t n_dropped, char **text, ms_error *err) {
    ms_buffer out;
    ms_buffer_init(&out);
    ms_report_rows(&out, c->n, n_dropped);
    ms_buffer_printf(&out, ", events= %zu", c->n_events);
    if (!isnan(c->at)) ms_buffer_printf(&out, " (%zu by %g)", c->n_events_until, c->at);
    ms_buffer_printf(&out, "\nold: %s, new: %s\n\n", old_name, new_name);
    bool failed = print_table(c, &out);
    failed |= print_reclassification(c, &out);
    print_footnotes(c, &out);
    return ms_report_take(&out, failed, text, err);
}
