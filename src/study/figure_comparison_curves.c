/* One endpoint in one group: AUC over time, decision curves and calibration, as rows and as figures. */
#include "study/figure_comparison.h"

#include "myosurv/plot_curves.h"
#include "myosurv/survival_compare.h"
#include "myosurv/survival_prediction.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_SERIES = 2 * MS_CONTENDERS_DRAWN + 2, GRID = 24, THRESHOLDS = 49 };

/* Series that own their numbers. */
typedef struct collection {
    ms_plot_series series[MOST_SERIES];
    char names[MOST_SERIES][192];
    double *numbers[MOST_SERIES];
    size_t n;
} collection;

static void collection_clear(collection *c) {
    for (size_t s = 0; s < c->n; s++) free(c->numbers[s]);
    c->n = 0;
}

/* Room for n points; x, y, lower, upper are n apart. NULL when out of memory. */
static double *add_series(collection *c, const char *name, size_t n, bool band) {
    double *block = ms_calloc(4 * n, sizeof *block);
    if (!block) return NULL;
    (void)ms_text_format(c->names[c->n], sizeof c->names[0], "%s", name);
    c->numbers[c->n] = block;
    c->series[c->n] = (ms_plot_series){.name = c->names[c->n],
                                       .n = n,
                                       .x = block,
                                       .y = block + n,
                                       .lower = band ? block + 2 * n : NULL,
                                       .upper = band ? block + 3 * n : NULL};
    c->n++;
    return block;
}

typedef struct row_of {
    const ms_contest *x;
    const char *curve, *key, *label;
    size_t n;
} row_of;

static void write_points(ms_writer *w, const row_of *r, const double *block, size_t n) {
    for (size_t i = 0; i < n; i++) {
        ms_writer_row(w);
        ms_writer_text(w, "endpoint", r->x->study->spec.endpoints[r->x->endpoint].name);
        ms_writer_text(w, "group", r->x->group);
        ms_writer_text(w, "seen_in_training", r->x->seen ? "yes" : "no");
        ms_writer_text(w, "curve", r->curve);
        ms_writer_text(w, "predictor", r->key);
        ms_writer_text(w, "label", r->label);
        ms_writer_number(w, "n", (double)r->n);
        ms_writer_number(w, "x", block[i]);
        ms_writer_number(w, "y", block[n + i]);
        ms_writer_number(w, "lower", block[2 * n + i]);
        ms_writer_number(w, "upper", block[3 * n + i]);
    }
}

static ms_status draw(const ms_contest *x, const char *kind, const char *what, const collection *c,
                      const ms_plot_series_options *options, ms_error *err) {
    char name[256], title[256];
    ms_plot_series_options o = *options;
    if (x->seen || c->n == 0) return MS_OK;
    const ms_endpoint *endpoint = &x->study->spec.endpoints[x->endpoint];
    ms_comparison_figure(name, endpoint->name, kind, x->group);
    (void)ms_text_format(title, sizeof title, "%s, %s: %s", endpoint->label, x->group, what);
    o.title = title;
    char *path = ms_study_path(x->study, name);
    const ms_status status = path ? ms_plot_series_draw(c->series, c->n, &o, path, err) : ms_error_nomem(err);
    free(path);
    return status;
}

/* What a group cannot give is absent. */
static ms_status or_absent(ms_status status) {
    return status == MS_EINPUT || status == MS_ENOCONV ? MS_OK : status;
}

/* ---- AUC over time ---- */

static ms_status area_of(const ms_contest *x, size_t k, const double *times, size_t n_times, collection *c,
                         ms_writer *w, ms_error *err) {
    const ms_contender *it = &x->contenders->items[k];
    ms_entrants e = {0};
    ms_auc auc = {0};
    ms_auc_options o;
    ms_auc_options_default(&o);
    ms_status status = ms_entrants_take(x, &k, 1, false, &e, err);
    double *risk = status == MS_OK ? ms_calloc(e.n, sizeof *risk) : NULL;
    if (status == MS_OK && !risk) status = ms_error_nomem(err);
    if (status == MS_OK && e.events) {
        const ms_outcome outcome = {.n = e.n, .time = e.time, .status = e.event};
        ms_entrants_gather(&e, it->risk, risk);
        status = or_absent(ms_auc_compute(&outcome, risk, false, times, n_times, NULL, &o, &auc, err));
    }
    if (status == MS_OK && auc.n_times) {
        double *to = add_series(c, it->label, n_times, c->n == 0);
        if (!to) status = ms_error_nomem(err);
        for (size_t t = 0; t < n_times && to; t++) {
            const bool known = auc.rows[t].state == MS_PREDICTED;
            to[t] = times[t];
            to[n_times + t] = known ? auc.rows[t].all.auc : (double)NAN;
            to[2 * n_times + t] = known ? auc.rows[t].all.lower : (double)NAN;
            to[3 * n_times + t] = known ? auc.rows[t].all.upper : (double)NAN;
        }
        if (to) write_points(w, &(row_of){x, "auc", it->key, it->label, e.n}, to, n_times);
    }
    ms_auc_clear(&auc);
    ms_entrants_clear(&e);
    free(risk);
    return status;
}

static ms_status areas(const ms_contest *x, const ms_entrants *all, ms_writer *w, ms_error *err) {
    const ms_outcome outcome = {.n = all->n, .time = all->time, .status = all->event};
    collection c = {.n = 0};
    double *times = NULL;
    size_t n_times = 0;
    ms_status status = ms_prediction_grid(&outcome, GRID, &times, &n_times, err);
    for (size_t k = 0; k < x->contenders->n && status == MS_OK && n_times >= 2; k++)
        if (x->contenders->items[k].drawn) status = area_of(x, k, times, n_times, &c, w, err);
    ms_plot_series_options o;
    ms_plot_series_options_default(&o);
    o.x_label = "Time (days)";
    o.y_label = "AUC(t)";
    o.y_min = 0;
    o.y_max = 1;
    o.across = 0.5;
    if (status == MS_OK) status = draw(x, "auc", "AUC over time", &c, &o, err);
    collection_clear(&c);
    free(times);
    return status;
}

/* ---- decision curves, in the patients whom all of them give a probability ---- */

static ms_status add_strategy(const ms_contest *x, const ms_dca *dca, size_t m, const char *key,
                              const char *label, collection *c, ms_writer *w, ms_error *err) {
    const size_t n = dca->n_thresholds;
    const ms_dca_curve *curve = &dca->curves[m];
    double *to = add_series(c, label, n, c->n == 0);
    if (!to) return ms_error_nomem(err);
    for (size_t i = 0; i < n; i++) {
        to[i] = 100 * dca->threshold[i];
        to[n + i] = curve->net_benefit[i];
        to[2 * n + i] = m < dca->n_models ? curve->lower[i] : (double)NAN;
        to[3 * n + i] = m < dca->n_models ? curve->upper[i] : (double)NAN;
    }
    c->series[c->n - 1].reference = m >= dca->n_models;
    write_points(w, &(row_of){x, "net_benefit", key, label, dca->n}, to, n);
    return MS_OK;
}

/* Those with a probability that are drawn. */
static size_t deciders(const ms_contest *x, size_t who[MS_CONTENDERS_DRAWN]) {
    size_t n = 0;
    for (size_t k = 0; k < x->contenders->n && n < MS_CONTENDERS_DRAWN; k++)
        if (x->contenders->items[k].drawn && x->contenders->items[k].has_probability) who[n++] = k;
    return n;
}

static ms_status compute_decisions(const ms_contest *x, const size_t *who, size_t n_who, ms_dca *out,
                                   ms_error *err) {
    double thresholds[THRESHOLDS];
    const double *probability[MS_CONTENDERS_DRAWN];
    ms_entrants e = {0};
    ms_dca_options o;
    ms_dca_options_default(&o);
    for (size_t t = 0; t < THRESHOLDS; t++) thresholds[t] = (double)(t + 1) * 0.02;
    o.thresholds = thresholds;
    o.n_thresholds = THRESHOLDS;
    o.seed = x->study->spec.seed;
    ms_status status = ms_entrants_take(x, who, n_who, true, &e, err);
    if (status != MS_OK) return status;
    o.replicates = ms_contest_replicates(e.n);
    o.interval = o.replicates < 500 ? MS_INTERVAL_NORMAL : MS_INTERVAL_PERCENTILE;
    double *block = ms_calloc(n_who * e.n, sizeof *block);
    if (!block) status = ms_error_nomem(err);
    for (size_t k = 0; k < n_who && status == MS_OK; k++) {
        ms_entrants_gather(&e, x->contenders->items[who[k]].probability, block + k * e.n);
        probability[k] = block + k * e.n;
    }
    const ms_horizon_outcome outcome = {
        .n = e.n, .time = e.time, .event = e.event, .at = x->study->spec.horizon};
    if (status == MS_OK && e.events)
        status = or_absent(ms_dca_compute(&outcome, probability, n_who, &o, out, err));
    free(block);
    ms_entrants_clear(&e);
    return status;
}

/* The axis ends a little above the best and below doing nothing, where treating all plunges. */
static void limit_benefit(const ms_dca *dca, ms_plot_series_options *o) {
    double most = 0.02;
    for (size_t m = 0; m < dca->n_models + 1; m++)
        for (size_t i = 0; i < dca->n_thresholds; i++)
            if (isfinite(dca->curves[m].net_benefit[i])) most = fmax(most, dca->curves[m].net_benefit[i]);
    o->y_max = 1.25 * most;
    o->y_min = -0.35 * most;
}

static ms_status decisions(const ms_contest *x, ms_writer *w, ms_error *err) {
    size_t who[MS_CONTENDERS_DRAWN] = {0};
    const size_t n_who = deciders(x, who);
    collection c = {.n = 0};
    ms_dca dca = {0};
    ms_plot_series_options o;
    ms_plot_series_options_default(&o);
    ms_status status = n_who ? compute_decisions(x, who, n_who, &dca, err) : MS_OK;
    for (size_t m = 0; m < dca.n_models && status == MS_OK; m++) {
        const ms_contender *it = &x->contenders->items[who[m]];
        status = add_strategy(x, &dca, m, it->key, it->label, &c, w, err);
    }
    if (status == MS_OK && dca.n_models) {
        status = add_strategy(x, &dca, dca.n_models, "all", "Treat all", &c, w, err);
        if (status == MS_OK)
            status = add_strategy(x, &dca, dca.n_models + 1, "none", "Treat none", &c, w, err);
        o.x_min = 0;
        o.x_max = 100;
        limit_benefit(&dca, &o);
        o.x_label = "Threshold probability (%)";
        o.y_label = "Net benefit";
    }
    if (status == MS_OK) status = draw(x, "dca", "decision curves", &c, &o, err);
    collection_clear(&c);
    ms_dca_clear(&dca);
    return status;
}

/* ---- calibration ---- */

/* A smooth curve where predictions vary. */
static ms_status smooth_calibration(const ms_contest *x, const ms_contender *it, const ms_entrants *e,
                                    const double *p, collection *c, ms_writer *w, ms_error *err) {
    const ms_outcome outcome = {.n = e->n, .time = e->time, .status = e->event};
    ms_calibrate_options o;
    ms_calibration made = {0};
    ms_calibrate_options_default(&o);
    o.n_groups = 0;
    o.n_grid = 51;
    ms_status status = or_absent(ms_calibrate(&outcome, p, x->study->spec.horizon, &o, &made, err));
    const size_t n = made.n_grid;
    if (status == MS_OK && made.state == MS_PREDICTED && n) {
        double *to = add_series(c, it->label, n, c->n == 0);
        if (!to) status = ms_error_nomem(err);
        for (size_t i = 0; i < n && to; i++) {
            to[i] = made.grid[i];
            to[n + i] = made.smooth[i];
            to[2 * n + i] = made.smooth_lower[i];
            to[3 * n + i] = made.smooth_upper[i];
        }
        if (to) write_points(w, &(row_of){x, "calibration", it->key, it->label, e->n}, to, n);
    }
    ms_calibration_clear(&made);
    return status;
}

/* A point for those who meet a definition and one for those who do not: 1 - Kaplan-Meier with its interval.
 */
static ms_status point_calibration(const ms_contest *x, const ms_contender *it, const ms_entrants *e,
                                   const double *p, collection *c, ms_writer *w, ms_error *err) {
    const ms_surv data = {.n = e->n, .time = e->time, .event = e->event};
    const double horizon = x->study->spec.horizon;
    size_t *level = ms_calloc(e->n, sizeof *level);
    double predicted[2] = {NAN, NAN}, last[2] = {0, 0};
    ms_km_options o;
    ms_km km = {0};
    ms_km_options_default(&o);
    if (!level) return ms_error_nomem(err);
    for (size_t i = 0; i < e->n; i++) {
        level[i] = it->risk[e->rows[i]] > 0;
        predicted[level[i]] = p[i];
        last[level[i]] = fmax(last[level[i]], e->time[i]);
    }
    ms_status status = ms_km_fit(&data, level, 2, &o, &km, err);
    double *to = status == MS_OK ? add_series(c, it->label, 2, true) : NULL;
    if (status == MS_OK && !to) status = ms_error_nomem(err);
    for (size_t g = 0; g < 2 && to; g++) {
        double surv = NAN, lower = NAN, upper = NAN;
        if (!isnan(predicted[g]) && last[g] >= horizon)
            ms_km_at(&km.curves[g], horizon, &surv, NULL, &lower, &upper, NULL);
        to[g] = predicted[g];
        to[2 + g] = 1 - surv;
        to[4 + g] = 1 - upper;
        to[6 + g] = 1 - lower;
    }
    if (to) {
        c->series[c->n - 1].points = true;
        write_points(w, &(row_of){x, "calibration", it->key, it->label, e->n}, to, 2);
    }
    ms_km_clear(&km);
    free(level);
    return status;
}

static ms_status calibrations(const ms_contest *x, ms_writer *w, ms_error *err) {
    size_t who[MS_CONTENDERS_DRAWN] = {0};
    const size_t n_who = deciders(x, who);
    collection c = {.n = 0};
    ms_status status = MS_OK;
    for (size_t k = 0; k < n_who && status == MS_OK; k++) {
        const ms_contender *it = &x->contenders->items[who[k]];
        ms_entrants e = {0};
        status = ms_entrants_take(x, &who[k], 1, true, &e, err);
        double *p = status == MS_OK ? ms_calloc(e.n, sizeof *p) : NULL;
        if (status == MS_OK && !p) status = ms_error_nomem(err);
        if (status == MS_OK && e.events) {
            ms_entrants_gather(&e, it->probability, p);
            status = it->kind == MS_CONTENDER_DEFINITION ? point_calibration(x, it, &e, p, &c, w, err)
                                                         : smooth_calibration(x, it, &e, p, &c, w, err);
        }
        ms_entrants_clear(&e);
        free(p);
    }
    ms_plot_series_options o;
    ms_plot_series_options_default(&o);
    o.x_label = "Predicted probability";
    o.y_label = "Observed (1 - Kaplan-Meier)";
    o.x_min = o.y_min = 0;
    o.x_max = o.y_max = 1;
    o.diagonal = true;
    if (status == MS_OK) status = draw(x, "calibration", "calibration", &c, &o, err);
    collection_clear(&c);
    return status;
}

ms_status ms_contest_curves(const ms_contest *x, ms_writer *w, ms_error *err) {
    const bool was = ms_log_mute(true);
    ms_entrants all = {0};
    ms_status status = ms_entrants_take(x, NULL, 0, false, &all, err);
    if (status == MS_OK && all.events) {
        status = areas(x, &all, w, err);
        if (status == MS_OK) status = decisions(x, w, err);
        if (status == MS_OK) status = calibrations(x, w, err);
    }
    (void)ms_log_mute(was);
    ms_entrants_clear(&all);
    return status == MS_OK ? w->status : status;
}
