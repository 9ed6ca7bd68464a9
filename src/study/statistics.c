/* What the study finds: tables/cindex.csv, survival.csv, rivals.csv (rivals_judge.c) and the figures. */
#include "study/study.h"

#include "myosurv/plot.h"
#include "myosurv/survival.h"
#include "study/figures.h"
#include "study/rivals_study.h"
#include "study/writer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct context {
    const ms_study *study;
    const ms_collected *c;
    const ms_definitions *definitions;
    const ms_risks *risks;
    ms_groups groups;
    /* the rows of one comparison */
    double *time, *risk;
    uint8_t *event;
    size_t *level;
    ms_writer cindex, survival, rivals;
    ms_error *err;
} context;

#define ALL_GROUPS SIZE_MAX

static bool has_outcome(const context *x, size_t i, size_t e, size_t group) {
    return x->c->used[i] && !isnan(x->study->patients[i].time[e]) &&
           (group == ALL_GROUPS || x->groups.of[i] == group);
}

static const char *group_name(const context *x, size_t group) {
    return group == ALL_GROUPS ? "all" : x->groups.names[group];
}

static int definition_of(const context *x, size_t d, size_t i) {
    return ms_figure_level(x->study, x->c, &x->definitions->items[d], i);
}

static void write_cindex(context *x, size_t e, size_t group, const char *predictor, const char *label,
                         size_t m) {
    ms_concordance_options options;
    ms_concordance result = {.c = NAN, .se = NAN, .lower = NAN, .upper = NAN};
    ms_surv data = {.n = m, .time = x->time, .event = x->event};
    size_t events = 0;
    for (size_t i = 0; i < m; i++) events += x->event[i];
    ms_concordance_options_default(&options);
    if (x->cindex.status == MS_OK && events > 0)
        x->cindex.status = ms_concordance_compute(&data, x->risk, &options, &result, x->err);
    ms_writer_row(&x->cindex);
    ms_writer_text(&x->cindex, "endpoint", x->study->spec.endpoints[e].name);
    ms_writer_text(&x->cindex, "group", group_name(x, group));
    ms_writer_text(&x->cindex, "predictor", predictor);
    ms_writer_text(&x->cindex, "label", label);
    ms_writer_number(&x->cindex, "n", (double)m);
    ms_writer_number(&x->cindex, "events", (double)events);
    ms_writer_number(&x->cindex, "c", result.c);
    ms_writer_number(&x->cindex, "se", result.se);
    ms_writer_number(&x->cindex, "lower", result.lower);
    ms_writer_number(&x->cindex, "upper", result.upper);
}

/* C of the risks in the patients whom the network gives one. */
static void risk_cindex(context *x, size_t e, size_t group, const double *risk, const char *predictor,
                        const char *label) {
    size_t m = 0;
    for (size_t i = 0; i < x->c->n; i++) {
        if (!has_outcome(x, i, e, group) || isnan(x->risks->risk[e * x->c->n + i]) || isnan(risk[i]))
            continue;
        x->time[m] = x->study->patients[i].time[e];
        x->event[m] = x->study->patients[i].event[e];
        x->risk[m++] = risk[i];
    }
    write_cindex(x, e, group, predictor, label, m);
}

/* The network and its rivals in one group. */
static void network_statistics(context *x, size_t e, size_t group, const ms_study_rivals *rivals) {
    risk_cindex(x, e, group, x->risks->risk + e * x->c->n, "network", "Deep Cox network");
    for (size_t k = 0; k < MS_STUDY_RIVALS; k++)
        if (rivals->fitted[k])
            risk_cindex(x, e, group, rivals->risk[k], ms_study_rival_key(k), ms_rival_name((ms_rival_kind)k));
    if (x->rivals.status == MS_OK)
        x->rivals.status =
            ms_study_rivals_judge(x->study, x->c, x->risks, &x->groups, e, group, rivals, &x->rivals, x->err);
}

static void definition_cindex(context *x, size_t e, size_t group, size_t d) {
    size_t m = 0;
    for (size_t i = 0; i < x->c->n; i++) {
        int positive = has_outcome(x, i, e, group) ? definition_of(x, d, i) : -1;
        if (positive < 0) continue;
        x->time[m] = x->study->patients[i].time[e];
        x->event[m] = x->study->patients[i].event[e];
        x->risk[m++] = positive;
    }
    write_cindex(x, e, group, x->definitions->items[d].key, x->definitions->items[d].label, m);
}

/* A row of survival.csv and, when asked for, its figure. */
static void write_split(context *x, size_t e, size_t group, const char *by, const char *label,
                        const char *const names[2], size_t m, bool figure) {
    const ms_endpoint *endpoint = &x->study->spec.endpoints[e];
    char file[256] = "", title[256];
    char *path = NULL;
    ms_split_result r;
    if (x->survival.status != MS_OK) return;
    (void)ms_text_format(title, sizeof title, "%s: %s, %s", endpoint->label, label, group_name(x, group));
    if (figure && m > 0) {
        char group_part[64]; /* a cohort's name is free text */
        ms_text_to_name(group_part, sizeof group_part, group_name(x, group));
        (void)ms_text_format(file, sizeof file, "figures/km_%s_%s_%s.svg", endpoint->name, by, group_part);
        path = ms_study_path(x->study, file);
        if (!path) x->survival.status = ms_error_nomem(x->err);
    }
    if (x->survival.status == MS_OK)
        x->survival.status =
            ms_split_survival(x->time, x->event, x->level, m, names, title, path, &r, x->err);
    free(path);
    if (x->survival.status != MS_OK) return;
    for (size_t g = 0; g < 2; g++) {
        ms_writer_row(&x->survival);
        ms_writer_text(&x->survival, "endpoint", endpoint->name);
        ms_writer_text(&x->survival, "group", group_name(x, group));
        ms_writer_text(&x->survival, "by", by);
        ms_writer_text(&x->survival, "label", label);
        ms_writer_text(&x->survival, "level", names[g]);
        ms_writer_number(&x->survival, "n", (double)r.n[g]);
        ms_writer_number(&x->survival, "events", (double)r.events[g]);
        ms_writer_number(&x->survival, "median_days", r.median[g]);
        ms_writer_number(&x->survival, "median_lower", r.median_lower[g]);
        ms_writer_number(&x->survival, "median_upper", r.median_upper[g]);
        ms_writer_number(&x->survival, "logrank_chisq", r.chisq);
        ms_writer_number(&x->survival, "logrank_p", r.p);
        ms_writer_number(&x->survival, "hr", g ? r.hr : NAN);
        ms_writer_number(&x->survival, "hr_lower", g ? r.hr_lower : NAN);
        ms_writer_number(&x->survival, "hr_upper", g ? r.hr_upper : NAN);
        ms_writer_text(&x->survival, "figure", file);
    }
}

static void network_split(context *x, size_t e, size_t group) {
    static const char *const names[2] = {"low risk", "high risk"};
    size_t m = 0;
    for (size_t i = 0; i < x->c->n; i++) {
        int8_t high = x->risks->high[e * x->c->n + i];
        if (!has_outcome(x, i, e, group) || high < 0) continue;
        x->time[m] = x->study->patients[i].time[e];
        x->event[m] = x->study->patients[i].event[e];
        x->level[m++] = (size_t)high;
    }
    write_split(x, e, group, "network", "network risk", names, m, true);
}

static void definition_split(context *x, size_t e, size_t d) {
    const ms_definition *definition = &x->definitions->items[d];
    size_t m = 0, positives = 0;
    for (size_t i = 0; i < x->c->n; i++) {
        int positive = has_outcome(x, i, e, ALL_GROUPS) ? definition_of(x, d, i) : -1;
        if (positive < 0) continue;
        x->time[m] = x->study->patients[i].time[e];
        x->event[m] = x->study->patients[i].event[e];
        x->level[m++] = (size_t)positive;
        positives += (size_t)positive;
    }
    write_split(x, e, ALL_GROUPS, definition->key, definition->label, ms_figure_level_names(definition), m,
                positives > 0 && positives < m);
}

static void endpoint_statistics(context *x, size_t e) {
    ms_study_rivals rivals = {0};
    if (x->risks->trained[e] && x->rivals.status == MS_OK)
        x->rivals.status = ms_study_rivals_fit(x->study, x->c, e, &rivals, x->err);
    for (size_t g = 0; g < x->groups.n; g++) {
        if (x->risks->trained[e] && x->rivals.status == MS_OK) {
            network_statistics(x, e, g, &rivals);
            network_split(x, e, g);
        }
        for (size_t d = 0; d < x->definitions->n; d++) definition_cindex(x, e, g, d);
    }
    for (size_t d = 0; d < x->definitions->n; d++) definition_split(x, e, d);
    ms_study_rivals_clear(&rivals);
}

/* The C-index of network and definitions beside each other, a figure an endpoint, from the table just made.
 */
static ms_status draw_forest(const context *x, size_t e, ms_error *err) {
    const ms_table *t = x->cindex.table;
    const ms_endpoint *endpoint = &x->study->spec.endpoints[e];
    size_t n = ms_table_rows(t), m = 0, ce, cg, cl, cc, lo, hi;
    ms_plot_estimate *rows = ms_calloc(n, sizeof *rows);
    if (!rows) return ms_error_nomem(err);
    ms_status status = ms_table_require(t, "endpoint", &ce, err);
    if (status == MS_OK) status = ms_table_require(t, "group", &cg, err);
    if (status == MS_OK) status = ms_table_require(t, "label", &cl, err);
    if (status == MS_OK) status = ms_table_require(t, "c", &cc, err);
    if (status == MS_OK) status = ms_table_require(t, "lower", &lo, err);
    if (status == MS_OK) status = ms_table_require(t, "upper", &hi, err);
    for (size_t i = 0; i < n && status == MS_OK; i++) {
        if (strcmp(ms_table_cell(t, i, ce), endpoint->name) != 0 || ms_table_missing(t, i, cc)) continue;
        rows[m].name = ms_table_cell(t, i, cl);
        rows[m].group = ms_table_cell(t, i, cg);
        status = ms_table_number(t, i, cc, &rows[m].value, err);
        if (status == MS_OK) status = ms_table_number(t, i, lo, &rows[m].lower, err);
        if (status == MS_OK) status = ms_table_number(t, i, hi, &rows[m++].upper, err);
    }
    char name[128], title[160];
    (void)ms_text_format(name, sizeof name, "figures/cindex_%s.svg", endpoint->name);
    (void)ms_text_format(title, sizeof title, "%s: concordance (C)", endpoint->label);
    char *path = ms_study_path(x->study, name);
    if (status == MS_OK && !path) status = ms_error_nomem(err);
    if (status == MS_OK && m > 0) status = ms_plot_forest(rows, m, title, "C-index", 0.5, false, path, err);
    free(path);
    free(rows);
    return status;
}

static ms_status write_definitions(const context *x, ms_error *err) {
    ms_writer w = ms_writer_open("definitions", err);
    for (size_t i = 0; i < x->c->n; i++) {
        if (!x->c->used[i]) continue;
        ms_writer_row(&w);
        ms_writer_text(&w, "case_id", x->study->patients[i].id);
        for (size_t d = 0; d < x->definitions->n; d++) {
            int positive = definition_of(x, d, i);
            ms_writer_number(&w, x->definitions->items[d].key, positive < 0 ? (double)NAN : positive);
        }
    }
    return ms_figure_close(x->study, &w, "tables/definitions.csv", err);
}

ms_status ms_study_statistics(const ms_study *study, const ms_collected *c, const ms_definitions *definitions,
                              const ms_risks *risks, ms_error *err) {
    context x = {study, c, definitions, risks, .err = err};
    x.time = ms_calloc(c->n, sizeof *x.time);
    x.risk = ms_calloc(c->n, sizeof *x.risk);
    x.event = ms_calloc(c->n, sizeof *x.event);
    x.level = ms_calloc(c->n, sizeof *x.level);
    x.cindex = ms_writer_open("cindex", err);
    x.survival = ms_writer_open("survival", err);
    x.rivals = ms_writer_open("rivals", err);
    ms_study_rivals_head(&x.rivals);
    ms_status status =
        x.time && x.risk && x.event && x.level ? ms_groups_make(study, &x.groups, err) : ms_error_nomem(err);
    for (size_t e = 0; e < study->spec.n_endpoints && status == MS_OK; e++) endpoint_statistics(&x, e);
    for (size_t e = 0; e < study->spec.n_endpoints && status == MS_OK && x.cindex.status == MS_OK; e++)
        status = draw_forest(&x, e, err);
    if (status == MS_OK) status = write_definitions(&x, err);
    ms_status closed = ms_figure_close(study, &x.cindex, "tables/cindex.csv", err);
    if (status == MS_OK) status = closed;
    closed = ms_figure_close(study, &x.survival, "tables/survival.csv", err);
    if (status == MS_OK) status = closed;
    closed = ms_figure_close(study, &x.rivals, "tables/rivals.csv", err);
    if (status == MS_OK) status = closed;
    ms_groups_clear(&x.groups);
    free(x.time);
    free(x.risk);
    free(x.event);
    free(x.level);
    return status;
}
