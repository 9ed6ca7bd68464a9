/* Two models on the same patients: every measure of both and their difference; standard errors from influence
 * values where the measure has them, bootstrap intervals for all. */
#include "myosurv/survival_prediction.h"
#include "survival/horizon.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ms_compare_options_default(ms_compare_options *options) {
    *options = (ms_compare_options){.tau = NAN, .replicates = 1000, .seed = 1, .conf_level = 0.95};
}

/* The data, or a resample of them. */
typedef struct patients {
    size_t n;
    double *time, *risk[2]; /* old, new */
    uint8_t *event;
} patients;

typedef struct setting {
    const patients *data;
    ms_horizon h; /* n 0 without a horizon */
    const ms_compare_options *o;
    double at, tau;
} setting;

static ms_status patients_alloc(size_t n, patients *p, ms_error *err) {
    p->n = n;
    p->time = ms_calloc(3 * n, sizeof *p->time);
    p->event = ms_calloc(n, 1);
    if (!p->time || !p->event) return ms_error_nomem(err);
    p->risk[0] = p->time + n;
    p->risk[1] = p->risk[0] + n;
    return MS_OK;
}

static void patients_clear(patients *p) {
    free(p->time);
    free(p->event);
}

/* ---- measures that have influence values ---- */

/* Both models' C, and their influence values on each patient where asked for. */
static ms_status concordances(const patients *p, ms_timewt timewt, double tau, double *const influence[2],
                              ms_concordance c[2], ms_error *err) {
    ms_surv data = {.n = p->n, .time = p->time, .event = p->event};
    ms_concordance_options o;
    ms_concordance_options_default(&o);
    o.timewt = timewt;
    o.tau = tau;
    for (int m = 0; m < 2; m++) {
        if (influence) o.influence = influence[m];
        ms_status status = ms_concordance_compute(&data, p->risk[m], &o, &c[m], err);
        if (status) return status;
    }
    return MS_OK;
}

typedef struct accuracy {
    ms_auc auc[2];
    ms_brier brier[2];
} accuracy;

static void accuracy_clear(accuracy *a) {
    for (int m = 0; m < 2; m++) {
        ms_auc_clear(&a->auc[m]);
        ms_brier_clear(&a->brier[m]);
    }
}

static ms_status accuracies(const patients *p, double at, double conf_level, accuracy *a, ms_error *err) {
    ms_outcome outcome = {.n = p->n, .time = p->time, .status = p->event};
    ms_ipcw ipcw = {0};
    ms_auc_options auc;
    ms_brier_options brier;
    ms_auc_options_default(&auc);
    ms_brier_options_default(&brier);
    auc.conf_level = brier.conf_level = conf_level;
    ms_status status = ms_ipcw_fit(&outcome, NULL, &ipcw, err);
    for (int m = 0; m < 2 && !status; m++) {
        status = ms_auc_compute(&outcome, p->risk[m], false, &at, 1, &ipcw, &auc, &a->auc[m], err);
        if (!status)
            status = ms_brier_compute(&outcome, p->risk[m], &at, 1, &ipcw, &brier, &a->brier[m], err);
    }
    ms_ipcw_clear(&ipcw);
    return status;
}

/* ---- values of a sample ---- */

static void put_pair(double *values, ms_compare_measure first, double old_value, double new_value) {
    values[first] = old_value;
    values[first + 1] = new_value;
    values[first + 2] = new_value - old_value;
}

static ms_status reclassify(const setting *s, const double *count, double *values, ms_error *err) {
    const double *old_risk = s->data->risk[0], *new_risk = s->data->risk[1];
    size_t n = s->h.n;
    double *work = ms_calloc(2 * n, sizeof *work);
    if (!work) return ms_error_nomem(err);
    for (int categories = 0; categories < 2; categories++) {
        double *to = values + (categories ? MS_MEASURE_CATEGORY_NRI_EVENT : MS_MEASURE_NRI_EVENT);
        size_t n_cuts = categories ? s->o->n_cuts : 0;
        ms_nri nri = ms_horizon_nri(&s->h, count, old_risk, new_risk, s->o->cuts, n_cuts, work);
        bool absent = categories && n_cuts == 0;
        to[0] = absent ? NAN : nri.event;
        to[1] = absent ? NAN : nri.nonevent;
        to[2] = absent ? NAN : nri.total;
    }
    ms_horizon_weights(&s->h, count, work, work + n);
    ms_idi idi = ms_horizon_idi(n, work, work + n, old_risk, new_risk);
    values[MS_MEASURE_IDI_EVENT] = idi.event;
    values[MS_MEASURE_IDI_NONEVENT] = idi.nonevent;
    values[MS_MEASURE_IDI] = idi.total;
    free(work);
    return MS_OK;
}

static ms_status gather(const patients *from, const ms_resample *sample, patients *to, ms_error *err) {
    ms_status status = patients_alloc(sample->n, to, err);
    if (status) return status;
    for (size_t i = 0; i < sample->n; i++) {
        size_t row = sample->rows[i];
        to->time[i] = from->time[row];
        to->event[i] = from->event[row];
        to->risk[0][i] = from->risk[0][row];
        to->risk[1][i] = from->risk[1][row];
    }
    return MS_OK;
}

static ms_status statistic(void *context, const ms_resample *sample, double *values, ms_error *err) {
    const setting *s = context;
    patients p = {0};
    accuracy a = {0};
    ms_concordance c[2];
    for (size_t k = 0; k < MS_N_MEASURES; k++) values[k] = NAN;
    ms_status status = gather(s->data, sample, &p, err);
    if (status || (status = concordances(&p, MS_TIMEWT_N, INFINITY, NULL, c, err))) goto cleanup;
    put_pair(values, MS_MEASURE_HARRELL_OLD, c[0].c, c[1].c);
    if ((status = concordances(&p, MS_TIMEWT_N_G2, s->tau, NULL, c, err))) goto cleanup;
    put_pair(values, MS_MEASURE_UNO_OLD, c[0].c, c[1].c);
    if (!s->h.n) goto cleanup;
    if ((status = accuracies(&p, s->at, s->o->conf_level, &a, err))) goto cleanup;
    put_pair(values, MS_MEASURE_AUC_OLD, a.auc[0].rows[0].all.auc, a.auc[1].rows[0].all.auc);
    put_pair(values, MS_MEASURE_BRIER_OLD, a.brier[0].rows[0].brier, a.brier[1].rows[0].brier);
    status = reclassify(s, sample->count, values, err);
cleanup:
    accuracy_clear(&a);
    patients_clear(&p);
    return status;
}

/* ---- standard errors by formula ---- */

/* Against 0; nothing that differs has p 1. */
static double p_value(double value, double se) {
    if (value == 0 && !(se > 0)) return 1;
    return se > 0 ? ms_normal_two_sided(value / se) : NAN;
}

static void put_difference(ms_compared *e, double value, double se, double conf_level) {
    double half = ms_normal_quantile(0.5 + conf_level / 2) * se;
    e->value = value;
    e->se = se;
    e->lower = value - half;
    e->upper = value + half;
    e->p = p_value(value, se);
}

static void put_model(ms_compared *e, double value, double se, double conf_level) {
    put_difference(e, value, se, conf_level);
    e->lower = fmax(0, e->lower);
    e->upper = fmin(1, e->upper);
    e->p = NAN;
}

static ms_status compare_c(const setting *s, bool uno, double *covariance, ms_compared *estimates,
                           ms_error *err) {
    size_t n = s->data->n;
    double *room = ms_calloc(2 * n, sizeof *room);
    if (!room) return ms_error_nomem(err);
    double *const influence[2] = {room, room + n};
    double variance = 0, level = s->o->conf_level;
    ms_concordance c[2];
    ms_status status =
        concordances(s->data, uno ? MS_TIMEWT_N_G2 : MS_TIMEWT_N, uno ? s->tau : INFINITY, influence, c, err);
    if (status) goto cleanup;
    *covariance = 0;
    for (size_t i = 0; i < n; i++) {
        double d = influence[1][i] - influence[0][i];
        variance += d * d;
        *covariance += influence[0][i] * influence[1][i];
    }
    for (int m = 0; m < 2; m++) put_model(&estimates[m], c[m].c, c[m].se, level);
    put_difference(&estimates[2], c[1].c - c[0].c, sqrt(variance), level);
cleanup:
    free(room);
    return status;
}

/* A difference as the prediction files have it, which have none for models that do not differ at all. */
static void put_given(ms_compared *e, ms_difference d, double old_value, double new_value,
                      double conf_level) {
    double value = new_value - old_value;
    put_difference(e, value, value == 0 && isnan(d.se) ? 0 : d.se, conf_level);
}

static ms_status compare_at_horizon(const setting *s, ms_compared *estimates, ms_error *err) {
    accuracy a = {0};
    double level = s->o->conf_level;
    ms_status status = accuracies(s->data, s->at, level, &a, err);
    if (status) goto cleanup;
    for (int m = 0; m < 2; m++) {
        const ms_auc_value *auc = &a.auc[m].rows[0].all;
        const ms_brier_row *brier = &a.brier[m].rows[0];
        put_model(&estimates[MS_MEASURE_AUC_OLD + m], auc->auc, auc->se, level);
        put_model(&estimates[MS_MEASURE_BRIER_OLD + m], brier->brier, brier->se, level);
    }
    put_given(&estimates[MS_MEASURE_AUC_DIFFERENCE], ms_auc_difference(&a.auc[0], &a.auc[1], 0),
              a.auc[0].rows[0].all.auc, a.auc[1].rows[0].all.auc, level);
    put_given(&estimates[MS_MEASURE_BRIER_DIFFERENCE], ms_brier_difference(&a.brier[0], &a.brier[1], 0),
              a.brier[0].rows[0].brier, a.brier[1].rows[0].brier, level);
cleanup:
    accuracy_clear(&a);
    return status;
}

/* NRI and IDI of a yes-or-no outcome have standard errors by formula. */
static ms_status compare_binary(const setting *s, const ms_horizon_outcome *outcome, ms_compared *e,
                                ms_error *err) {
    const double *old_risk = s->data->risk[0], *new_risk = s->data->risk[1];
    double level = s->o->conf_level;
    ms_nri nri;
    ms_idi idi;
    ms_status status = ms_idi_compute(outcome, old_risk, new_risk, &idi, err);
    if (status) return status;
    put_difference(&e[MS_MEASURE_IDI], idi.total, idi.se_total, level);
    for (int categories = 0; categories < (s->o->n_cuts ? 2 : 1); categories++) {
        ms_compared *to = e + (categories ? MS_MEASURE_CATEGORY_NRI_EVENT : MS_MEASURE_NRI_EVENT);
        status =
            ms_nri_compute(outcome, old_risk, new_risk, s->o->cuts, categories ? s->o->n_cuts : 0, &nri, err);
        if (status) return status;
        put_difference(&to[0], nri.event, nri.se_event, level);
        put_difference(&to[1], nri.nonevent, nri.se_nonevent, level);
        put_difference(&to[2], nri.total, nri.se_total, level);
    }
    return MS_OK;
}

/* ---- the whole ---- */

static bool is_difference(size_t measure) {
    return measure >= MS_MEASURE_NRI_EVENT || measure % 3 == 2;
}

static ms_status run_bootstrap(setting *s, ms_comparison *c, ms_error *err) {
    ms_bootstrap boot = {0};
    ms_bootstrap_options o;
    ms_bootstrap_options_default(&o);
    o.replicates = s->o->replicates;
    o.seed = s->o->seed;
    o.jackknife = s->o->interval == MS_INTERVAL_BCA && o.replicates > 0;
    ms_status status = ms_bootstrap_run(s->data->n, MS_N_MEASURES, statistic, s, &o, &boot, err);
    if (status) return status;
    for (size_t k = 0; k < MS_N_MEASURES; k++) {
        ms_compared *e = &c->estimates[k];
        e->value = boot.observed[k];
        e->failed = boot.n_failed[k];
        e->boot_se = boot.se[k];
        ms_bootstrap_interval(&boot, k, s->o->interval, s->o->conf_level, &e->boot_lower, &e->boot_upper);
        e->boot_p = is_difference(k) && o.replicates ? p_value(e->value, e->boot_se) : NAN;
    }
    ms_bootstrap_clear(&boot);
    return MS_OK;
}

static ms_status check(const ms_horizon_outcome *outcome, const double *const risk[2], bool horizon,
                       const ms_compare_options *o, ms_error *err) {
    for (size_t i = 0; i < outcome->n; i++)
        if (outcome->event[i] > 1)
            return ms_error_set(err, MS_EUSAGE, "row %zu: two models are compared for one kind of event",
                                i + 1);
    if (!(o->conf_level > 0 && o->conf_level < 1))
        return ms_error_set(err, MS_EUSAGE, "confidence level %g is not between 0 and 1", o->conf_level);
    if (o->n_cuts && !horizon)
        return ms_error_set(err, MS_EUSAGE,
                            "risk categories need a horizon: probabilities of the event by when?");
    for (int m = 0; m < 2; m++) {
        ms_status status = ms_check_risk(risk[m], outcome->n, horizon, err);
        if (status) return status;
    }
    return ms_check_cuts(o->cuts, o->n_cuts, err);
}

/* A yes-or-no outcome as times: yes at 1, no later. */
static ms_status copy_patients(const ms_horizon_outcome *outcome, const double *const risk[2], patients *p,
                               ms_error *err) {
    ms_status status = patients_alloc(outcome->n, p, err);
    if (status) return status;
    for (size_t i = 0; i < p->n; i++) {
        p->time[i] = outcome->time ? outcome->time[i] : outcome->event[i] ? 1 : 2;
        p->event[i] = outcome->event[i];
        for (int m = 0; m < 2; m++) p->risk[m][i] = risk[m][i];
    }
    return MS_OK;
}

static ms_status copy_cuts(const ms_compare_options *o, ms_comparison *c, ms_error *err) {
    c->n_cuts = o->n_cuts;
    c->cuts = ms_calloc(o->n_cuts, sizeof *c->cuts);
    if (!c->cuts) return ms_error_nomem(err);
    if (o->n_cuts) memcpy(c->cuts, o->cuts, o->n_cuts * sizeof *c->cuts);
    return MS_OK;
}

static void describe(const setting *s, const ms_horizon_outcome *outcome, ms_comparison *c) {
    for (size_t i = 0; i < outcome->n; i++) c->n_events += outcome->event[i];
    c->n = outcome->n;
    c->n_events_until = s->h.n_events;
    c->binary = !outcome->time;
    c->horizon = s->h.n > 0;
    c->at = c->binary ? NAN : s->at;
    c->tau = s->tau;
    c->n_replicates = s->o->replicates;
    c->seed = s->o->seed;
    c->interval = s->o->interval;
    c->conf_level = s->o->conf_level;
    for (size_t k = 0; k < MS_N_MEASURES; k++)
        c->estimates[k] = (ms_compared){.value = NAN, .se = NAN, .lower = NAN, .upper = NAN, .p = NAN};
}

ms_status ms_compare_models(const ms_horizon_outcome *outcome, const double *old_risk, const double *new_risk,
                            const ms_compare_options *options, ms_comparison *out, ms_error *err) {
    ms_compare_options o;
    ms_compare_options_default(&o);
    if (options) o = *options;
    bool horizon = !outcome->time || !isnan(outcome->at);
    patients p = {0};
    ms_comparison c = {0};
    setting s = {.data = &p, .o = &o, .at = outcome->time ? outcome->at : 1};
    s.tau = !isnan(o.tau) ? o.tau : horizon ? s.at : INFINITY;
    const double *const risk[2] = {old_risk, new_risk};
    ms_status status = check(outcome, risk, horizon, &o, err);
    if (status) return status;
    if (horizon && (status = ms_horizon_make(outcome, &s.h, err))) goto cleanup;
    if ((status = copy_patients(outcome, risk, &p, err)) || (status = copy_cuts(&o, &c, err))) goto cleanup;
    describe(&s, outcome, &c);
    if ((status = run_bootstrap(&s, &c, err)) ||
        (status = compare_c(&s, false, &c.harrell_covariance, &c.estimates[MS_MEASURE_HARRELL_OLD], err)) ||
        (status = compare_c(&s, true, &c.uno_covariance, &c.estimates[MS_MEASURE_UNO_OLD], err)) ||
        (horizon && (status = compare_at_horizon(&s, c.estimates, err))) ||
        (c.binary && (status = compare_binary(&s, outcome, c.estimates, err))))
        goto cleanup;
    if (o.n_cuts &&
        (status = ms_reclassification_make(outcome, old_risk, new_risk, o.cuts, o.n_cuts, &c.table, err)))
        goto cleanup;
    *out = c;
    c = (ms_comparison){0};
cleanup:
    ms_comparison_clear(&c);
    patients_clear(&p);
    ms_horizon_clear(&s.h);
    return status;
}

void ms_comparison_clear(ms_comparison *comparison) {
    MS_FREE(comparison->cuts);
    ms_reclassification_clear(&comparison->table);
    comparison->n_cuts = 0;
}
