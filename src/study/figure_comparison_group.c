/* One endpoint in one group: C, AUC(t), reclassification and calibration of everything, and the network's
 * lead. */
#include "study/figure_comparison.h"

#include "myosurv/survival_compare.h"
#include "myosurv/survival_prediction.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- who takes part ---- */

void ms_entrants_clear(ms_entrants *e) {
    free(e->rows);
    free(e->time);
    free(e->event);
    memset(e, 0, sizeof *e);
}

ms_status ms_entrants_take(const ms_contest *x, const size_t *who, size_t n_who, bool probability,
                           ms_entrants *out, ms_error *err) {
    ms_entrants e = {0, 0, ms_calloc(x->n, sizeof *e.rows), ms_calloc(x->n, sizeof *e.time),
                     ms_calloc(x->n, 1)};
    if (!e.rows || !e.time || !e.event) {
        ms_entrants_clear(&e);
        return ms_error_nomem(err);
    }
    for (size_t i = 0; i < x->n; i++) {
        const size_t row = x->rows[i];
        bool known = true;
        for (size_t k = 0; k < n_who; k++) {
            const ms_contender *c = &x->contenders->items[who[k]];
            known = known && !isnan(c->risk[row]) && !(probability && isnan(c->probability[row]));
        }
        if (!known) continue;
        e.rows[e.n] = row;
        e.time[e.n] = x->study->patients[row].time[x->endpoint];
        e.event[e.n] = x->study->patients[row].event[x->endpoint];
        e.events += e.event[e.n++];
    }
    *out = e;
    return MS_OK;
}

void ms_entrants_gather(const ms_entrants *e, const double *from, double *to) {
    for (size_t i = 0; i < e->n; i++) to[i] = from[e->rows[i]];
}

size_t ms_contest_replicates(size_t n) {
    const size_t fewer = n ? 1000000 / n : 500;
    return fewer >= 500 ? 500 : fewer < 40 ? 40 : fewer;
}

/* ---- rows of the table ---- */

typedef struct number {
    const char *measure;
    double time, value, lower, upper;
    double lead, lead_lower, lead_upper, p; /* the network less it */
} number;

static number unknown(const char *measure, double time) {
    return (number){measure, time, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
}

static void write_number(const ms_contest *x, const ms_contender *c, const ms_entrants *e, const number *v,
                         ms_writer *w) {
    ms_writer_row(w);
    ms_writer_text(w, "endpoint", x->study->spec.endpoints[x->endpoint].name);
    ms_writer_text(w, "group", x->group);
    ms_writer_text(w, "seen_in_training", x->seen ? "yes" : "no");
    ms_writer_text(w, "predictor", c->key);
    ms_writer_text(w, "kind", ms_contender_kind_name(c->kind));
    ms_writer_text(w, "label", c->label);
    ms_writer_text(w, "drawn", c->drawn ? "yes" : "no");
    ms_writer_text(w, "measure", v->measure);
    ms_writer_number(w, "time_days", v->time);
    ms_writer_number(w, "n", (double)e->n);
    ms_writer_number(w, "events", (double)e->events);
    ms_writer_number(w, "value", v->value);
    ms_writer_number(w, "lower", v->lower);
    ms_writer_number(w, "upper", v->upper);
    ms_writer_number(w, "network_less_it", v->lead);
    ms_writer_number(w, "difference_lower", v->lead_lower);
    ms_writer_number(w, "difference_upper", v->lead_upper);
    ms_writer_number(w, "p", v->p);
    ms_writer_text(w, "note", c->note);
}

/* What a group cannot give is absent; it is no failure. */
static ms_status or_absent(ms_status status) {
    return status == MS_EINPUT || status == MS_ENOCONV ? MS_OK : status;
}

/* ---- C: intervals by the infinitesimal jackknife, paired for the difference ---- */

static ms_status concordance(const ms_contest *x, const ms_contender *c, const ms_entrants *e, double *work,
                             number *v, ms_error *err) {
    const ms_surv data = {.n = e->n, .time = e->time, .event = e->event};
    double *risk = work, *own = work + e->n, *other = own + e->n;
    ms_concordance_options o;
    ms_concordance mine, network;
    ms_concordance_options_default(&o);
    o.influence = own;
    ms_entrants_gather(e, c->risk, risk);
    ms_status status = ms_concordance_compute(&data, risk, &o, &mine, err);
    if (status != MS_OK) return or_absent(status);
    v->value = mine.c;
    v->lower = mine.lower;
    v->upper = mine.upper;
    if (!x->contenders->has_network || c->kind == MS_CONTENDER_NETWORK) return MS_OK;
    o.influence = other;
    ms_entrants_gather(e, x->contenders->items[0].risk, risk);
    status = ms_concordance_compute(&data, risk, &o, &network, err);
    if (status != MS_OK) return or_absent(status);
    double variance = 0;
    for (size_t i = 0; i < e->n; i++) variance += (other[i] - own[i]) * (other[i] - own[i]);
    const double se = sqrt(variance), z = gsl_cdf_ugaussian_Pinv(0.975);
    v->lead = network.c - mine.c;
    v->lead_lower = v->lead - z * se;
    v->lead_upper = v->lead + z * se;
    v->p = se > 0 ? 2 * gsl_cdf_ugaussian_Q(fabs(v->lead) / se) : (double)NAN;
    return MS_OK;
}

/* ---- AUC(t) ---- */

static ms_status areas(const ms_contest *x, const ms_contender *c, const ms_entrants *e, double *work,
                       number *v, ms_error *err) {
    const ms_outcome outcome = {.n = e->n, .time = e->time, .status = e->event};
    const double *times = x->study->spec.times;
    const size_t n_times = x->study->spec.n_times;
    const bool paired = x->contenders->has_network && c->kind != MS_CONTENDER_NETWORK;
    ms_ipcw ipcw = {0};
    ms_auc mine = {0}, network = {0};
    ms_auc_options o;
    ms_auc_options_default(&o);
    ms_status status = ms_ipcw_fit(&outcome, NULL, &ipcw, err);
    ms_entrants_gather(e, c->risk, work);
    if (status == MS_OK)
        status = ms_auc_compute(&outcome, work, false, times, n_times, &ipcw, &o, &mine, err);
    if (status == MS_OK && paired) {
        ms_entrants_gather(e, x->contenders->items[0].risk, work);
        status = ms_auc_compute(&outcome, work, false, times, n_times, &ipcw, &o, &network, err);
    }
    for (size_t k = 0; k < n_times && status == MS_OK; k++) {
        if (mine.rows[k].state != MS_PREDICTED) continue;
        v[k].value = mine.rows[k].all.auc;
        v[k].lower = mine.rows[k].all.lower;
        v[k].upper = mine.rows[k].all.upper;
        if (!paired) continue;
        const ms_difference d = ms_auc_difference(&mine, &network, k);
        v[k].lead = network.rows[k].all.auc - mine.rows[k].all.auc;
        v[k].lead_lower = d.lower;
        v[k].lead_upper = d.upper;
        v[k].p = d.p;
    }
    ms_auc_clear(&mine);
    ms_auc_clear(&network);
    ms_ipcw_clear(&ipcw);
    return or_absent(status);
}

/* ---- reclassification: from it to the network ---- */

typedef struct reclassified {
    const ms_entrants *e;
    const double *from, *to; /* [n] probabilities */
    double horizon;
} reclassified;

static ms_status reclassify(void *context, const ms_resample *sample, double *values, ms_error *err) {
    const reclassified *r = context;
    const size_t n = sample->n;
    double *block = ms_calloc(3 * n, sizeof *block);
    uint8_t *event = ms_calloc(n, 1);
    ms_nri nri;
    values[0] = values[1] = values[2] = NAN;
    ms_status status = block && event ? MS_OK : ms_error_nomem(err);
    for (size_t i = 0; i < n && status == MS_OK; i++) {
        const size_t row = sample->rows[i];
        block[i] = r->e->time[row];
        block[n + i] = r->from[row];
        block[2 * n + i] = r->to[row];
        event[i] = r->e->event[row];
    }
    const ms_horizon_outcome outcome = {.n = n, .time = block, .event = event, .at = r->horizon};
    if (status == MS_OK) {
        const bool was = ms_log_mute(true); /* a sample without an event is counted */
        status = ms_nri_compute(&outcome, block + n, block + 2 * n, NULL, 0, &nri, err);
        (void)ms_log_mute(was);
    }
    if (status == MS_OK) {
        values[0] = nri.total;
        values[1] = nri.event;
        values[2] = nri.nonevent;
    }
    free(block);
    free(event);
    return status;
}

/* v[3]: total, events, the rest. */
static ms_status reclassification(const ms_contest *x, const ms_contender *c, const ms_entrants *e,
                                  double *work, number *v, ms_error *err) {
    reclassified r = {e, work, work + e->n, x->study->spec.horizon};
    ms_bootstrap boot = {0};
    ms_bootstrap_options o;
    ms_entrants_gather(e, c->probability, work);
    ms_entrants_gather(e, x->contenders->items[0].probability, work + e->n);
    ms_bootstrap_options_default(&o);
    o.replicates = ms_contest_replicates(e->n);
    o.seed = x->study->spec.seed;
    ms_status status = ms_bootstrap_run(e->n, 3, reclassify, &r, &o, &boot, err);
    for (size_t k = 0; k < 3 && status == MS_OK; k++) {
        if (isnan(boot.observed[k])) continue;
        v[k].value = boot.observed[k];
        ms_bootstrap_interval(&boot, k, o.replicates < 500 ? MS_INTERVAL_NORMAL : MS_INTERVAL_PERCENTILE,
                              0.95, &v[k].lower, &v[k].upper);
    }
    ms_bootstrap_clear(&boot);
    return or_absent(status);
}

/* ---- calibration ---- */

static void put(number *v, const ms_estimate *estimate) {
    v->value = estimate->value;
    v->lower = estimate->lower;
    v->upper = estimate->upper;
}

/* v[4]: observed / expected, intercept, slope, mean distance from the curve. */
static ms_status calibration(const ms_contest *x, const ms_contender *c, const ms_entrants *e, double *work,
                             number *v, ms_error *err) {
    const ms_outcome outcome = {.n = e->n, .time = e->time, .status = e->event};
    ms_calibrate_options o;
    ms_calibration made = {0};
    ms_calibrate_options_default(&o);
    o.n_groups = 0;
    o.n_grid = 2;
    ms_entrants_gather(e, c->probability, work);
    ms_status status = ms_calibrate(&outcome, work, x->study->spec.horizon, &o, &made, err);
    if (status == MS_OK && made.state == MS_PREDICTED) {
        put(&v[0], &made.ratio);
        put(&v[1], &made.intercept);
        put(&v[2], &made.slope);
        v[3].value = made.ici;
    }
    ms_calibration_clear(&made);
    return or_absent(status);
}

/* ---- one of them ---- */

/* By its risk. */
static ms_status by_risk(const ms_contest *x, const size_t *who, size_t n_who, ms_writer *w, ms_error *err) {
    const ms_contender *c = &x->contenders->items[who[0]];
    const size_t n_times = x->study->spec.n_times;
    ms_entrants e = {0};
    number c_index = unknown("c", NAN), auc[MS_STUDY_MAX_TIMES];
    ms_status status = ms_entrants_take(x, who, n_who, false, &e, err);
    if (status != MS_OK) return status;
    double *work = ms_calloc(3 * e.n, sizeof *work);
    if (!work) status = ms_error_nomem(err);
    for (size_t k = 0; k < n_times; k++) auc[k] = unknown("auc", x->study->spec.times[k]);
    if (status == MS_OK && e.events) status = concordance(x, c, &e, work, &c_index, err);
    if (status == MS_OK && e.events) status = areas(x, c, &e, work, auc, err);
    if (status == MS_OK) {
        write_number(x, c, &e, &c_index, w);
        for (size_t k = 0; k < n_times; k++) write_number(x, c, &e, &auc[k], w);
    }
    free(work);
    ms_entrants_clear(&e);
    return status;
}

/* By its probability. */
static ms_status by_probability(const ms_contest *x, const size_t *who, size_t n_who, ms_writer *w,
                                ms_error *err) {
    const ms_contender *c = &x->contenders->items[who[0]];
    const double horizon = x->study->spec.horizon;
    const bool rival = x->contenders->has_network && c->kind != MS_CONTENDER_NETWORK;
    number v[] = {unknown("nri", horizon),
                  unknown("nri_event", horizon),
                  unknown("nri_nonevent", horizon),
                  unknown("observed_expected", horizon),
                  unknown("calibration_intercept", horizon),
                  unknown("calibration_slope", horizon),
                  unknown("ici", horizon)};
    ms_entrants e = {0};
    ms_status status = ms_entrants_take(x, who, n_who, true, &e, err);
    if (status != MS_OK) return status;
    double *work = ms_calloc(2 * e.n, sizeof *work);
    if (!work) status = ms_error_nomem(err);
    if (status == MS_OK && e.events && rival) status = reclassification(x, c, &e, work, v, err);
    if (status == MS_OK && e.events) status = calibration(x, c, &e, work, v + 3, err);
    for (size_t k = rival ? 0 : 3; k < MS_COUNT(v) && status == MS_OK; k++) write_number(x, c, &e, &v[k], w);
    free(work);
    ms_entrants_clear(&e);
    return status;
}

ms_status ms_contest_numbers(const ms_contest *x, ms_writer *w, ms_error *err) {
    const bool was = ms_log_mute(true); /* what a small group cannot give is an empty cell */
    ms_status status = MS_OK;
    for (size_t k = 0; k < x->contenders->n && status == MS_OK; k++) {
        const size_t who[] = {k, 0};
        const size_t n_who = x->contenders->has_network && k > 0 ? 2 : 1;
        status = by_risk(x, who, n_who, w, err);
        if (status == MS_OK) status = by_probability(x, who, n_who, w, err);
        if (status == MS_OK) status = w->status;
    }
    (void)ms_log_mute(was);
    return status;
}
