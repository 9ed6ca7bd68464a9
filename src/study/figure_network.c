/* Figure 4: how the risks are spread in each group, with the cut-point: tables/risk_distribution.csv and
 * figures/figure4_risk_<endpoint>.svg. */
#include "study/study.h"

#include "myosurv/plot_curves.h"
#include "study/figures.h"

#include <math.h>
#include <stdlib.h>

enum { BINS = 30 };

/* One endpoint's histograms, group by group. */
typedef struct spread {
    double edge[BINS + 1];
    double cutpoint;
    double *all, *events; /* [groups * BINS] */
    size_t *n, *n_events; /* [groups] */
    size_t *above;        /* [groups] patients above the cut-point */
} spread;

static void spread_clear(spread *s) {
    free(s->all);
    free(s->events);
    free(s->n);
    free(s->n_events);
    free(s->above);
}

static bool has_risk(const ms_study *study, const ms_collected *c, const ms_risks *risks, size_t e,
                     size_t i) {
    return c->used[i] && !isnan(study->patients[i].time[e]) && !isnan(risks->risk[e * c->n + i]);
}

static ms_status read_cutpoint(const ms_study *study, size_t e, double *cutpoint, ms_error *err) {
    char name[64];
    ms_model *model = NULL;
    (void)ms_text_format(name, sizeof name, "model/%s.msm", study->spec.endpoints[e].name);
    char *path = ms_study_path(study, name);
    const ms_status status = path ? ms_model_load(&model, path, err) : ms_error_nomem(err);
    if (status == MS_OK) *cutpoint = ms_model_cutpoint(model);
    ms_model_free(model);
    free(path);
    return status;
}

/* Even bins over all the groups' risks. */
static void find_edges(const ms_study *study, const ms_collected *c, const ms_risks *risks, size_t e,
                       spread *s) {
    double low = s->cutpoint, high = s->cutpoint;
    for (size_t i = 0; i < c->n; i++) {
        if (!has_risk(study, c, risks, e, i)) continue;
        low = fmin(low, risks->risk[e * c->n + i]);
        high = fmax(high, risks->risk[e * c->n + i]);
    }
    const double width = high > low ? (high - low) / BINS : 1.0 / BINS;
    for (size_t b = 0; b <= BINS; b++) s->edge[b] = low + width * (double)b;
}

static size_t bin_of(const spread *s, double risk) {
    const double place = (risk - s->edge[0]) / (s->edge[BINS] - s->edge[0]) * BINS;
    return place >= BINS ? BINS - 1 : place > 0 ? (size_t)place : 0;
}

static ms_status count(const ms_study *study, const ms_collected *c, const ms_risks *risks, size_t e,
                       const ms_groups *groups, spread *s, ms_error *err) {
    s->all = ms_calloc(groups->n * BINS, sizeof *s->all);
    s->events = ms_calloc(groups->n * BINS, sizeof *s->events);
    s->n = ms_calloc(groups->n, sizeof *s->n);
    s->n_events = ms_calloc(groups->n, sizeof *s->n_events);
    s->above = ms_calloc(groups->n, sizeof *s->above);
    if (!s->all || !s->events || !s->n || !s->n_events || !s->above) return ms_error_nomem(err);
    find_edges(study, c, risks, e, s);
    for (size_t i = 0; i < c->n; i++) {
        if (!has_risk(study, c, risks, e, i)) continue;
        const double risk = risks->risk[e * c->n + i];
        const size_t g = groups->of[i], place = g * BINS + bin_of(s, risk);
        s->all[place]++;
        s->events[place] += study->patients[i].event[e];
        s->n[g]++;
        s->n_events[g] += study->patients[i].event[e];
        s->above[g] += risk > s->cutpoint;
    }
    return MS_OK;
}

static void write_rows(const ms_endpoint *endpoint, const ms_groups *groups, const spread *s, ms_writer *w) {
    for (size_t g = 0; g < groups->n; g++)
        for (size_t b = 0; b < BINS && s->n[g]; b++) {
            ms_writer_row(w);
            ms_writer_text(w, "endpoint", endpoint->name);
            ms_writer_text(w, "group", groups->names[g]);
            ms_writer_number(w, "n", (double)s->n[g]);
            ms_writer_number(w, "events", (double)s->n_events[g]);
            ms_writer_number(w, "above_cutpoint", (double)s->above[g]);
            ms_writer_number(w, "cutpoint", s->cutpoint);
            ms_writer_number(w, "bin_from", s->edge[b]);
            ms_writer_number(w, "bin_to", s->edge[b + 1]);
            ms_writer_number(w, "bin_n", s->all[g * BINS + b]);
            ms_writer_number(w, "bin_events", s->events[g * BINS + b]);
        }
}

static ms_status draw(const ms_study *study, const ms_endpoint *endpoint, const ms_groups *groups,
                      const spread *s, ms_error *err) {
    ms_plot_risk_group *shown = ms_calloc(groups->n, sizeof *shown);
    char(*names)[320] = ms_calloc(groups->n, sizeof *names);
    char file[128], title[160], *path = NULL;
    ms_plot_risk r = {.n_bins = BINS,
                      .edge = s->edge,
                      .groups = shown,
                      .cutpoint = s->cutpoint,
                      .cutpoint_label = "cut-point",
                      .title = title,
                      .x_label = "Risk (log hazard ratio)"};
    (void)ms_text_format(file, sizeof file, "figures/figure4_risk_%s.svg", endpoint->name);
    (void)ms_text_format(title, sizeof title, "%s: risk of the network", endpoint->label);
    ms_status status = shown && names && (path = ms_study_path(study, file)) ? MS_OK : ms_error_nomem(err);
    for (size_t g = 0; g < groups->n && status == MS_OK; g++) {
        if (s->n[g] == 0) continue;
        (void)ms_text_format(names[g], sizeof *names, "%s: %zu patients, %zu events, %zu above the cut-point",
                             groups->names[g], s->n[g], s->n_events[g], s->above[g]);
        shown[r.n_groups++] = (ms_plot_risk_group){names[g], s->all + g * BINS, s->events + g * BINS};
    }
    if (status == MS_OK && r.n_groups) status = ms_plot_risks(&r, path, err);
    free(path);
    free(shown);
    free(names);
    return status;
}

static void head(ms_writer *w) {
    static const char *const names[] = {"endpoint", "group",    "n",      "events", "above_cutpoint",
                                        "cutpoint", "bin_from", "bin_to", "bin_n",  "bin_events"};
    size_t column;
    for (size_t k = 0; k < MS_COUNT(names) && w->status == MS_OK; k++)
        w->status = ms_table_add_column(w->table, names[k], &column, w->err);
}

ms_status ms_study_risk_distribution(const ms_study *study, const ms_collected *c, const ms_risks *risks,
                                     ms_error *err) {
    ms_groups groups = {0};
    ms_writer w = ms_writer_open("risk_distribution", err);
    head(&w);
    ms_status status = ms_groups_make(study, &groups, err);
    for (size_t e = 0; e < study->spec.n_endpoints && status == MS_OK; e++) {
        spread s = {.cutpoint = NAN};
        if (!risks->trained[e]) continue;
        status = read_cutpoint(study, e, &s.cutpoint, err);
        if (status == MS_OK) status = count(study, c, risks, e, &groups, &s, err);
        if (status == MS_OK) {
            write_rows(&study->spec.endpoints[e], &groups, &s, &w);
            status = draw(study, &study->spec.endpoints[e], &groups, &s, err);
        }
        spread_clear(&s);
    }
    const ms_status closed = ms_figure_close(study, &w, "tables/risk_distribution.csv", err);
    ms_groups_clear(&groups);
    return status == MS_OK ? closed : status;
}
