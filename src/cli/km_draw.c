/* The figure of `km`. */
#include "cli/km_cli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Names as a reader wants them: those given, else the value, with its column where it is a number. */
static ms_status make_names(const ms_args *args, const ms_km_result *r, char ***names, ms_error *err) {
    const char *given = ms_args_text(args, "figure-names"), *column = ms_args_text(args, "group");
    size_t n = r->km.n_groups, count = 1;
    for (const char *c = given; c && *c; c++) count += *c == ',';
    if (given && count != n)
        return ms_error_set(err, MS_EUSAGE, "--figure-names: %zu names, but there are %zu curves", count, n);
    char **list = ms_calloc(n, sizeof *list);
    if (!list) return ms_error_nomem(err);
    for (size_t g = 0; g < n; g++) {
        ms_buffer name;
        double value;
        ms_buffer_init(&name);
        if (given) {
            size_t length = strcspn(given, ",");
            ms_buffer_append_bytes(&name, given, length);
            given += length + (given[length] == ',');
        } else if (column) {
            const char *level = r->frame.group.levels[g];
            ms_buffer_printf(&name, ms_parse_number(level, &value) ? "%s = %s" : "%.0s%s", column, level);
        } else {
            ms_buffer_append(&name, "All");
        }
        if (ms_buffer_failed(&name)) {
            ms_names_free(list, g);
            return ms_error_nomem(err);
        }
        list[g] = name.data ? name.data : ms_strdup("");
    }
    *names = list;
    return MS_OK;
}

/* "Log-rank p = 0.0013" of the first test. */
static const char *make_note(const ms_km_result *r, char note[128]) {
    char name[64] = "Log-rank";
    if (!r->tested) return NULL;
    double p = r->n_tests ? r->tests[0].l.p : r->logrank.p;
    if (r->n_tests)
        ms_weighting_name(r->tests[0].weighting, name);
    else if (r->logrank.rho != 0)
        (void)ms_text_format(name, sizeof name, "G-rho");
    if (isnan(p)) return NULL;
    if (p < 0.0001)
        (void)ms_text_format(note, 128, "%s p < 0.0001", name);
    else
        (void)ms_text_format(note, 128,
                             p < 0.001  ? "%s p = %.4f"
                             : p < 0.01 ? "%s p = %.3f"
                                        : "%s p = %.2f",
                             name, p);
    return note;
}

/* One curve has no legend to say its median. */
static const char *median_note(const ms_km *km, char note[128]) {
    const ms_km_curve *c = &km->curves[0];
    if (isnan(c->median)) return "Median not reached";
    (void)ms_text_format(note, 128,
                         isnan(c->median_upper) ? "Median %.4g (%g%% CI %.4g to NR)"
                                                : "Median %.4g (%g%% CI %.4g to %.4g)",
                         c->median, 100 * km->options.conf_level, c->median_lower, c->median_upper);
    return note;
}

static ms_status read_tables(const ms_args *args, ms_plot_km_options *look, ms_error *err) {
    static const struct {
        const char *name;
        unsigned table;
    } tables[] = {
        {"risk", MS_PLOT_AT_RISK}, {"events", MS_PLOT_EVENTS}, {"censored", MS_PLOT_CENSORED}, {"none", 0}};
    const char *text = ms_args_text(args, "figure-tables");
    if (!text) return MS_OK;
    look->risk_table = false;
    while (*text) {
        size_t length = strcspn(text, ","), i = 0;
        while (i < MS_COUNT(tables) &&
               (strlen(tables[i].name) != length || strncmp(tables[i].name, text, length) != 0))
            i++;
        if (i == MS_COUNT(tables))
            return ms_error_set(err, MS_EUSAGE,
                                "--figure-tables: '%.*s' is not risk, events, censored or none", (int)length,
                                text);
        look->tables |= tables[i].table;
        text += length + (text[length] == ',');
    }
    return MS_OK;
}

static ms_status read_look(const ms_args *args, ms_plot_km_options *look, ms_error *err) {
    static const char *const functions[] = {"survival", "event"};
    size_t function = 0;
    ms_plot_km_options_default(look);
    ms_status status = ms_args_choice(args, "figure-fun", functions, MS_COUNT(functions), &function, err);
    look->events = function == 1;
    look->percent = ms_args_flag(args, "figure-percent");
    look->medians = ms_args_flag(args, "figure-medians");
    look->bands = !ms_args_flag(args, "figure-no-intervals");
    look->no_marks = ms_args_flag(args, "figure-no-marks");
    look->x_label = ms_args_text(args, "figure-x-label");
    look->y_label = ms_args_text(args, "figure-y-label");
    if (!look->x_label) look->x_label = ms_args_text(args, "time");
    if (status == MS_OK) status = ms_args_number(args, "figure-x-max", &look->x_max, err);
    if (status == MS_OK) status = ms_args_number(args, "figure-x-step", &look->x_step, err);
    if (status == MS_OK && !(isnan(look->x_max) || look->x_max > 0))
        return ms_error_set(err, MS_EUSAGE, "--figure-x-max: %g is not above 0", look->x_max);
    return status == MS_OK ? read_tables(args, look, err) : status;
}

ms_status ms_cli_km_draw(const ms_args *args, const ms_km_request *q, const ms_km_result *r,
                         const ms_plot_style *style, const char *path, ms_error *err) {
    size_t n = r->km.n_groups;
    ms_plot_km_options look;
    char **names = NULL, note[128];
    ms_plot_curve *curves = ms_calloc(n, sizeof *curves);
    ms_status status = curves ? read_look(args, &look, err) : ms_error_nomem(err);
    if (status == MS_OK) status = make_names(args, r, &names, err);
    if (status != MS_OK) goto cleanup;
    look.style = style;
    look.note = look.medians && n == 1 ? median_note(&r->km, note) : make_note(r, note);
    for (size_t g = 0; g < n; g++) {
        const ms_km_curve *c = &r->km.curves[g];
        const ms_km_band *band = q->band && r->bands[g].n ? &r->bands[g] : NULL;
        curves[g] = (ms_plot_curve){.name = names[g],
                                    .n = c->n_times,
                                    .time = c->time,
                                    .surv = c->surv,
                                    .lower = band ? band->lower : c->lower,
                                    .upper = band ? band->upper : c->upper,
                                    .n_risk = c->n_risk,
                                    .n_censor = c->n_censor,
                                    .total = c->n_times ? c->n_risk[0] : 0,
                                    .n_event = c->n_event,
                                    .median = c->median,
                                    .median_lower = c->median_lower,
                                    .median_upper = c->median_upper};
    }
    status = ms_plot_km(curves, n, &look, path, err);
cleanup:
    free(curves);
    if (names) ms_names_free(names, n);
    return status;
}
