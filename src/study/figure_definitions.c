/* Figure 2: survival by every definition: tables/definitions_hr.csv, a panel of Kaplan-Meier curves and a
 * forest of hazard ratios for each endpoint. */
#include "study/figures.h"

#include "myosurv/plot_forest.h"
#include "myosurv/plot_study.h"
#include "myosurv/survival.h"
#include "study/writer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct context {
    const ms_study *study;
    const ms_collected *c;
    const ms_definitions *definitions;
    size_t *cohort, n_cohorts;
    ms_definition_rows rows;
    size_t part;                   /* of the panels that is being drawn */
    ms_definition_survival *found; /* [definitions->n] of one endpoint */
    ms_writer table;
} context;

/* Cohorts as numbers, in the order of the table. */
static ms_status number_cohorts(context *x, ms_error *err) {
    const size_t n = x->study->n;
    const char **names = ms_calloc(n, sizeof *names);
    x->cohort = ms_calloc(n, sizeof *x->cohort);
    ms_status status = names && x->cohort ? MS_OK : ms_error_nomem(err);
    for (size_t i = 0; i < n && status == MS_OK; i++) {
        const char *name = x->study->patients[i].cohort ? x->study->patients[i].cohort : "";
        size_t g = 0;
        while (g < x->n_cohorts && strcmp(names[g], name) != 0) g++;
        if (g == x->n_cohorts) names[x->n_cohorts++] = name;
        x->cohort[i] = g;
    }
    free(names);
    return status;
}

static ms_status fit_all(context *x, size_t e, ms_error *err) {
    const size_t n = x->definitions->n;
    double *p = ms_calloc(2 * n, sizeof *p);
    ms_status status = p ? MS_OK : ms_error_nomem(err);
    for (size_t d = 0; d < n && status == MS_OK; d++) {
        ms_definition_rows_take(x->study, x->c, e, &x->definitions->items[d], &x->rows);
        status = ms_definition_survival_fit(x->study, &x->rows, x->cohort, x->n_cohorts, &x->found[d], err);
        p[d] = x->found[d].split.p;
    }
    if (status == MS_OK) status = ms_holm(p, n, p + n, err);
    for (size_t d = 0; d < n && status == MS_OK; d++) x->found[d].p_holm = p[n + d];
    free(p);
    return status;
}

static void write_interval(ms_writer *w, const char *name, double value, double lower, double upper) {
    char column[48];
    ms_writer_number(w, name, value);
    (void)ms_text_format(column, sizeof column, "%s_lower", name);
    ms_writer_number(w, column, lower);
    (void)ms_text_format(column, sizeof column, "%s_upper", name);
    ms_writer_number(w, column, upper);
}

static void write_row(context *x, size_t e, size_t d) {
    static const char *const counts[2][3] = {{"n_negative", "events_negative", "median_negative"},
                                             {"n_positive", "events_positive", "median_positive"}};
    const ms_definition *definition = &x->definitions->items[d];
    const ms_definition_survival *s = &x->found[d];
    const ms_split_result *r = &s->split;
    ms_writer *w = &x->table;
    ms_writer_row(w);
    ms_writer_text(w, "endpoint", x->study->spec.endpoints[e].name);
    ms_writer_text(w, "definition", definition->key);
    ms_writer_text(w, "label", definition->label);
    ms_writer_text(w, "negative", ms_figure_level_names(definition)[0]);
    ms_writer_text(w, "positive", ms_figure_level_names(definition)[1]);
    ms_writer_number(w, "n", (double)(r->n[0] + r->n[1]));
    ms_writer_number(w, "events", (double)(r->events[0] + r->events[1]));
    for (size_t g = 0; g < 2; g++) {
        ms_writer_number(w, counts[g][0], (double)r->n[g]);
        ms_writer_number(w, counts[g][1], (double)r->events[g]);
        write_interval(w, counts[g][2], r->median[g], r->median_lower[g], r->median_upper[g]);
    }
    ms_writer_number(w, "logrank_p", r->p);
    ms_writer_number(w, "logrank_p_holm", s->p_holm);
    write_interval(w, "hr", r->hr, r->hr_lower, r->hr_upper);
    write_interval(w, "c", s->c, s->c_lower, s->c_upper);
    ms_writer_text(w, "adjusted_for", s->adjusted_for);
    ms_writer_number(w, "n_adjusted", (double)s->n_adjusted);
    ms_writer_number(w, "events_adjusted", (double)s->events_adjusted);
    write_interval(w, "hr_adjusted", s->hr, s->hr_lower, s->hr_upper);
    ms_writer_number(w, "hr_adjusted_p", s->hr_p);
}

/* ---- panel of curves --------------------------------------------------------------------------------- */

typedef struct panels {
    context *x;
    size_t endpoint;
    size_t *which; /* definitions that have a panel */
    ms_km km;
    ms_plot_curve curves[2];
    char names[2][64], note[160];
    ms_error *err;
} panels;

static void describe(panels *p, const ms_definition *definition, const ms_definition_survival *s) {
    const ms_split_result *r = &s->split;
    char text[64] = "";
    for (size_t g = 0; g < 2; g++) {
        (void)ms_text_format(p->names[g], sizeof p->names[g], "%s: %zu of %zu",
                             ms_figure_level_names(definition)[g], r->events[g], r->n[g]);
        p->curves[g] = ms_study_curve(p->names[g], &p->km.curves[g]);
    }
    p->note[0] = '\0';
    if (!isnan(r->hr))
        (void)ms_text_format(text, sizeof text, ", HR %.2f (%.2f\u2013%.2f)", r->hr, r->hr_lower,
                             r->hr_upper);
    if (isnan(r->p)) return;
    if (r->p < 0.001)
        (void)ms_text_format(p->note, sizeof p->note, "p < 0.001%s", text);
    else
        (void)ms_text_format(p->note, sizeof p->note, "p = %.3f%s", r->p, text);
}

static ms_status next_panel(void *context_, size_t i, ms_km_panel *panel, ms_error *err) {
    panels *p = context_;
    context *x = p->x;
    const size_t d = p->which[i];
    ms_km_options options;
    ms_km_options_default(&options);
    ms_km_clear(&p->km);
    memset(&p->km, 0, sizeof p->km);
    ms_definition_rows_take(x->study, x->c, p->endpoint, &x->definitions->items[d], &x->rows);
    const ms_surv data = {.n = x->rows.n, .time = x->rows.time, .event = x->rows.event};
    const ms_status status = ms_km_fit(&data, x->rows.level, 2, &options, &p->km, err);
    if (status != MS_OK) return status;
    describe(p, &x->definitions->items[d], &x->found[d]);
    *panel = (ms_km_panel){x->definitions->items[d].label, p->note[0] ? p->note : NULL, p->curves, 2};
    return MS_OK;
}

static bool has_groups(const ms_definition_survival *s) {
    return s->split.n[0] > 0 && s->split.n[1] > 0;
}

static double last_time(const context *x, size_t e) {
    double last = 0;
    for (size_t i = 0; i < x->c->n; i++)
        if (x->c->used[i] && !isnan(x->study->patients[i].time[e]))
            last = fmax(last, x->study->patients[i].time[e]);
    return last > 0 ? last : 1;
}

static ms_status draw_panels(context *x, size_t e, const char *path, ms_error *err) {
    const size_t n = x->definitions->n;
    panels p = {.x = x, .endpoint = e, .which = ms_calloc(n, sizeof(size_t))};
    const char **titles = ms_calloc(n, sizeof *titles);
    size_t m = 0, skip = x->part * MS_FIGURE2_PANELS;
    ms_status status = p.which && titles ? MS_OK : ms_error_nomem(err);
    for (size_t d = 0; d < n && m < MS_FIGURE2_PANELS && status == MS_OK; d++) {
        if (!has_groups(&x->found[d])) continue;
        if (skip > 0) {
            skip--;
            continue;
        }
        titles[m] = x->definitions->items[d].label;
        p.which[m++] = d;
    }
    ms_plot_km_options options;
    ms_plot_km_options_default(&options);
    options.risk_table = false;
    options.x_label = "Days";
    options.y_label = "Survival";
    options.x_max = last_time(x, e);
    options.title = x->study->spec.endpoints[e].label;
    if (status == MS_OK && m > 0) status = ms_plot_km_grid(m, titles, 2, next_panel, &p, &options, path, err);
    ms_km_clear(&p.km);
    free(titles);
    free(p.which);
    return status;
}

/* ---- forest ------------------------------------------------------------------------------------------ */

static ms_status draw_forest(context *x, size_t e, const char *path, ms_error *err) {
    const size_t n = x->definitions->n;
    ms_forest_row *rows = ms_calloc(n, sizeof *rows);
    size_t m = 0;
    bool adjusted = false;
    if (!rows) return ms_error_nomem(err);
    for (size_t d = 0; d < n; d++) {
        const ms_definition_survival *s = &x->found[d];
        const ms_split_result *r = &s->split;
        if (!has_groups(s) || r->events[0] + r->events[1] == 0) continue;
        adjusted |= s->adjusted_for[0] != '\0';
        rows[m++] = (ms_forest_row){
            .name = x->definitions->items[d].label,
            .n = (double)(r->n[0] + r->n[1]),
            .events = (double)(r->events[0] + r->events[1]),
            .panel = {{r->hr, r->hr_lower, r->hr_upper, r->p}, {s->hr, s->hr_lower, s->hr_upper, s->hr_p}}};
    }
    char title[128];
    (void)ms_text_format(title, sizeof title, "%s: hazard ratio of those who meet the definition",
                         x->study->spec.endpoints[e].label);
    const ms_plot_style style = {.title = title};
    const ms_forest_options options = {.n_panels = adjusted ? 2 : 1,
                                       .panel_name = {"Alone (p: log-rank)", "Adjusted (p: Wald)"},
                                       .value_name = "HR (95% CI)",
                                       .x_label = "Hazard ratio (log scale)",
                                       .style = &style};
    const ms_status status = m > 0 ? ms_plot_forest_table(rows, m, &options, path, err) : MS_OK;
    free(rows);
    return status;
}

static ms_status draw(context *x, size_t e, const char *ending,
                      ms_status (*how)(context *, size_t, const char *, ms_error *), ms_error *err) {
    char name[96];
    (void)ms_text_format(name, sizeof name, "figures/figure2_%s%s.svg", x->study->spec.endpoints[e].name,
                         ending);
    char *path = ms_study_path(x->study, name);
    const ms_status status = path ? how(x, e, path, err) : ms_error_nomem(err);
    free(path);
    return status;
}

/* figure2_os.svg, figure2_os_2.svg, ... */
static ms_status draw_parts(context *x, size_t e, ms_error *err) {
    size_t drawn = 0;
    ms_status status = MS_OK;
    for (size_t d = 0; d < x->definitions->n; d++) drawn += has_groups(&x->found[d]) ? 1U : 0U;
    for (x->part = 0; x->part * MS_FIGURE2_PANELS < drawn && status == MS_OK; x->part++) {
        char ending[24] = "";
        if (x->part > 0) (void)ms_text_format(ending, sizeof ending, "_%zu", x->part + 1);
        status = draw(x, e, ending, draw_panels, err);
    }
    return status;
}

ms_status ms_figure_definitions(const ms_study *study, const ms_collected *c,
                                const ms_definitions *definitions, ms_error *err) {
    context x = {.study = study, .c = c, .definitions = definitions};
    x.table = ms_writer_open("definitions_hr", err);
    x.found = ms_calloc(definitions->n, sizeof *x.found);
    ms_status status = x.found ? ms_definition_rows_new(c->n, &x.rows, err) : ms_error_nomem(err);
    if (status == MS_OK) status = number_cohorts(&x, err);
    for (size_t e = 0; e < study->spec.n_endpoints && status == MS_OK; e++) {
        status = fit_all(&x, e, err);
        for (size_t d = 0; d < definitions->n && status == MS_OK; d++) write_row(&x, e, d);
        if (status == MS_OK) status = draw_parts(&x, e, err);
        if (status == MS_OK) status = draw(&x, e, "_hr", draw_forest, err);
    }
    if (x.table.status == MS_OK) x.table.status = status;
    status = ms_figure_close(study, &x.table, "tables/definitions_hr.csv", err);
    ms_definition_rows_clear(&x.rows);
    free(x.cohort);
    free(x.found);
    return status;
}
