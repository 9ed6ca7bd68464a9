/* Cumulative/dynamic ROC curve and its area at a time. With w_i the weight of a case, v_j of a control and
 * h_ij 1, 1/2 or 0 as the case's marker is above, equal to or below the control's,
 *     AUC(t) = sum_ij w_i v_j h_ij / (sum_i w_i sum_j v_j).
 * One walk down the sorted marker gives the curve, the area, each case's share p_i of controls below it and
 * each control's share q_j of cases above it, of which the influence function is made:
 *     n w_i (p_i - AUC) / W for a case, n v_j (q_j - AUC) / V for a control, and what estimating the weights
 * adds (ms_ipcw_influence). timeROC's form for controls with competing events takes W (1 - W) for W V. Hung &
 * Chiang 2010; Blanche, Dartigues & Jacqmin-Gadda 2013. */
#include "survival/prediction.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ms_auc_options_default(ms_auc_options *options) {
    *options = (ms_auc_options){
        .convention = MS_PREDICTION_RISKREGRESSION, .conf_level = 0.95, .cutpoint = NAN, .curves = true};
}

/* One marker at one time. Arrays are by row. */
typedef struct walk {
    const ms_outcome *o;
    const ms_ipcw *g;
    const ms_auc_options *options;
    const double *marker;
    const size_t *order; /* rows by rising marker */
    ms_patient_role *role;
    double *weight;                /* w or v */
    double *share, *share_free;    /* p_i of all and of event-free controls; q_j */
    double cases, free, competing; /* total weights */
    double *influence, *a, *work;
} walk;

/* Roles and weights; false with the reason when there is no AUC. */
static bool weigh(walk *w, ms_auc_row *row) {
    size_t n = w->o->n;
    double last = 0, common = ms_ipcw_common(w->g, row->time);
    w->cases = w->free = w->competing = 0;
    for (size_t i = 0; i < n; i++) {
        ms_patient_role role = ms_role_at(w->options->convention, w->o->time[i], w->o->status[i], row->time);
        double weight = ms_role_weight(w->g, w->options->convention, role, i, row->time, common);
        w->role[i] = role;
        w->weight[i] = weight;
        last = fmax(last, w->o->time[i]);
        *(role == MS_ROLE_CASE        ? &row->n_cases
          : role == MS_ROLE_FREE      ? &row->n_controls
          : role == MS_ROLE_COMPETING ? &row->n_competing
                                      : &row->n_lost) += 1;
        *(role == MS_ROLE_CASE ? &w->cases : role == MS_ROLE_FREE ? &w->free : &w->competing) += weight;
    }
    double total = w->cases + w->free + w->competing;
    if (row->time > last)
        row->state = MS_BEYOND_FOLLOW_UP;
    else if (!row->n_cases)
        row->state = MS_NO_CASE;
    else if (!row->n_controls && !row->n_competing)
        row->state = MS_NO_CONTROL;
    else if (!isfinite(total))
        row->state = MS_NO_WEIGHT;
    if (isfinite(total)) {
        row->survival = w->free / (double)n;
        row->incidence = w->cases / (double)n;
    }
    return row->state == MS_PREDICTED;
}

/* Sums over the rows of one marker value: positions first .. end - 1 of the order. */
typedef struct tie {
    double cases, free, competing;
} tie;
static tie sum_tie(const walk *w, size_t first, size_t end) {
    tie sum = {0, 0, 0};
    for (size_t k = first; k < end; k++) {
        size_t i = w->order[k];
        if (w->role[i] == MS_ROLE_CASE) sum.cases += w->weight[i];
        if (w->role[i] == MS_ROLE_FREE) sum.free += w->weight[i];
        if (w->role[i] == MS_ROLE_COMPETING) sum.competing += w->weight[i];
    }
    return sum;
}

static void add_point(const walk *w, ms_auc_row *row, double threshold, const tie *above) {
    if (!row->threshold) return;
    size_t k = row->n_points++;
    row->threshold[k] = w->options->reverse ? -threshold : threshold;
    row->tpr[k] = above->cases / w->cases;
    row->fpr[k] = (above->free + above->competing) / (w->free + w->competing);
    row->fpr_event_free[k] = w->free > 0 ? above->free / w->free : NAN;
}

/* From the highest marker down: the curve, and each row's share. */
static void descend(walk *w, ms_auc_row *row) {
    double controls = w->free + w->competing, area = 0, area_free = 0;
    tie above = {0, 0, 0};
    add_point(w, row, INFINITY, &above);
    for (size_t end = w->o->n; end > 0;) {
        double value = w->marker[w->order[end - 1]];
        size_t first = end;
        while (first > 0 && w->marker[w->order[first - 1]] == value) first--;
        tie here = sum_tie(w, first, end);
        double tied = here.free + here.competing, so_far = above.free + above.competing;
        double below = (controls - so_far - tied + tied / 2) / controls;
        double below_free = w->free > 0 ? (w->free - above.free - here.free / 2) / w->free : NAN;
        double cases_above = (above.cases + here.cases / 2) / w->cases;
        for (size_t k = first; k < end; k++) {
            size_t i = w->order[k];
            bool is_case = w->role[i] == MS_ROLE_CASE;
            w->share[i] = is_case ? below : cases_above;
            w->share_free[i] = is_case ? below_free : cases_above;
        }
        area += tied * cases_above;
        area_free += here.free * cases_above;
        above.cases += here.cases;
        above.free += here.free;
        above.competing += here.competing;
        add_point(w, row, value, &above);
        end = first;
    }
    row->all.auc = area / controls;
    row->event_free.auc = w->free > 0 ? area_free / w->free : NAN;
}

/* With riskRegression's controls or with the event-free alone: the estimate is sum w p / W. `free` leaves
 * the competing events out; the weight of the event-free then cancels. */
static void fill_influence(walk *w, const ms_auc_row *row, bool free) {
    double n = (double)w->o->n, auc = free ? row->event_free.auc : row->all.auc, at_t = 0;
    double controls = free ? w->free : w->free + w->competing;
    for (size_t i = 0; i < w->o->n; i++) {
        double value = 0;
        if (w->role[i] == MS_ROLE_CASE)
            value = n * w->weight[i] * ((free ? w->share_free[i] : w->share[i]) - auc) / w->cases;
        else if (w->role[i] == MS_ROLE_FREE || (w->role[i] == MS_ROLE_COMPETING && !free))
            value = n * w->weight[i] * (w->share[i] - auc) / controls;
        w->influence[i] = value;
        w->a[i] = w->role[i] == MS_ROLE_FREE ? 0 : value;
        if (w->role[i] == MS_ROLE_FREE && !free) at_t += value;
    }
    if (!w->options->conservative)
        ms_ipcw_influence(w->g, w->o, w->options->convention, w->a, at_t, row->time, w->work, w->influence);
}

/* timeROC's with competing events: the estimate is taken as sum w v h / (F (1 - F)), F = sum w / n. */
static void fill_influence_timeroc(walk *w, const ms_auc_row *row) {
    double n = (double)w->o->n, f = w->cases / n, controls = (w->free + w->competing) / n;
    double product = f * (1 - f), h = row->all.auc * f * controls, at_t = 0;
    for (size_t i = 0; i < w->o->n; i++) {
        double value = 0;
        if (w->role[i] == MS_ROLE_CASE)
            value = w->weight[i] * (controls * w->share[i] - h * (1 - 2 * f) / product) / product;
        else if (w->role[i] != MS_ROLE_LOST)
            value = w->weight[i] * w->share[i] * f / product;
        w->influence[i] = value;
        w->a[i] = w->role[i] == MS_ROLE_FREE ? 0 : value;
        if (w->role[i] == MS_ROLE_FREE) at_t += value;
    }
    if (!w->options->conservative)
        ms_ipcw_influence(w->g, w->o, w->options->convention, w->a, at_t, row->time, w->work, w->influence);
    double mean = 0;
    for (size_t i = 0; i < w->o->n; i++) mean += w->influence[i] / n;
    for (size_t i = 0; i < w->o->n; i++) w->influence[i] -= mean;
}

static void finish_value(const walk *w, ms_auc_value *value) {
    value->se = ms_influence_se(w->influence, w->o->n);
    if (value->se < 1e-14) value->se = 0; /* perfect order: only rounding is left */
    ms_wald_interval(value->auc, value->se, w->options->conf_level, 0, 1, &value->lower, &value->upper);
}

/* Sensitivity, specificity and predictive values of marker > cutpoint. */
static void at_cutpoint(const walk *w, ms_auc_row *row) {
    double positive = 0, positive_case = 0, positive_control = 0;
    double cutpoint = w->options->reverse ? -w->options->cutpoint : w->options->cutpoint;
    for (size_t i = 0; i < w->o->n; i++) {
        if (!(w->marker[i] > cutpoint)) continue;
        positive += w->weight[i];
        *(w->role[i] == MS_ROLE_CASE ? &positive_case : &positive_control) += w->weight[i];
    }
    double controls = w->free + w->competing, negative = w->cases + controls - positive;
    row->sensitivity = positive_case / w->cases;
    row->one_minus_specificity = positive_control / controls;
    row->ppv = positive > 0 ? positive_case / positive : NAN;
    row->npv = negative > 0 ? (controls - positive_control) / negative : NAN;
}

static void clear_row(ms_auc_row *row) {
    MS_FREE(row->threshold);
    MS_FREE(row->tpr);
    MS_FREE(row->fpr);
    MS_FREE(row->fpr_event_free);
}

static ms_status keep_curve(const walk *w, ms_auc_row *row, ms_error *err) {
    size_t n = w->o->n + 1;
    row->threshold = ms_calloc(n, sizeof(double));
    row->tpr = ms_calloc(n, sizeof(double));
    row->fpr = ms_calloc(n, sizeof(double));
    row->fpr_event_free = ms_calloc(n, sizeof(double));
    return row->threshold && row->tpr && row->fpr && row->fpr_event_free ? MS_OK : ms_error_nomem(err);
}

/* influence[n] is left as that of row->all.auc. */
static ms_status one_time(walk *w, double t, ms_auc_row *row, ms_error *err) {
    const ms_auc_value none = {NAN, NAN, NAN, NAN};
    *row = (ms_auc_row){.time = t,
                        .survival = NAN,
                        .incidence = NAN,
                        .all = none,
                        .event_free = none,
                        .band_lower = NAN,
                        .band_upper = NAN,
                        .sensitivity = NAN,
                        .one_minus_specificity = NAN,
                        .ppv = NAN,
                        .npv = NAN};
    if (!weigh(w, row)) return MS_OK;
    ms_status status = w->options->curves ? keep_curve(w, row, err) : MS_OK;
    if (status) return status;
    descend(w, row);
    if (!isnan(w->options->cutpoint)) at_cutpoint(w, row);
    if (!isnan(row->event_free.auc)) {
        fill_influence(w, row, true);
        finish_value(w, &row->event_free);
    }
    if (row->n_competing && w->options->convention == MS_PREDICTION_TIMEROC)
        fill_influence_timeroc(w, row);
    else if (row->n_competing)
        fill_influence(w, row, false);
    if (row->n_competing)
        finish_value(w, &row->all);
    else
        row->all = row->event_free;
    return MS_OK;
}

static ms_status check_marker(const double *marker, size_t n, ms_error *err) {
    for (size_t i = 0; i < n; i++)
        if (isnan(marker[i])) return ms_error_set(err, MS_EINPUT, "row %zu: the marker is missing", i + 1);
    return MS_OK;
}

static ms_status allocate(walk *w, size_t n, ms_auc *auc, ms_error *err) {
    w->role = ms_calloc(n, sizeof *w->role);
    w->weight = ms_calloc(n, sizeof *w->weight);
    w->share = ms_calloc(n, sizeof *w->share);
    w->share_free = ms_calloc(n, sizeof *w->share_free);
    w->a = ms_calloc(n, sizeof *w->a);
    w->work = ms_calloc(2 * n + 2, sizeof *w->work);
    auc->rows = ms_calloc(auc->n_times, sizeof *auc->rows);
    auc->influence = ms_calloc(auc->n_times * n, sizeof *auc->influence);
    bool all = w->role && w->weight && w->share && w->share_free && w->a && w->work && auc->rows;
    return all && auc->influence ? MS_OK : ms_error_nomem(err);
}

/* A weighted sum of the areas, with its standard error (the weights taken as known). */
static ms_auc_integral combine(const ms_auc *auc, const double *weight, double *influence) {
    ms_auc_integral sum = {0, 0};
    memset(influence, 0, auc->n * sizeof *influence);
    for (size_t k = 0; k < auc->n_times; k++) {
        if (auc->rows[k].state || weight[k] == 0) continue;
        sum.value += weight[k] * auc->rows[k].all.auc;
        for (size_t i = 0; i < auc->n; i++) influence[i] += weight[k] * auc->influence[k * auc->n + i];
    }
    sum.se = ms_influence_se(influence, auc->n);
    return sum;
}

/* weight[n_times] of each named way; false when it has none. */
static void integrate(ms_auc *auc, double *weight, double *influence) {
    const ms_auc_integral none = {NAN, NAN};
    size_t known = 0, first = SIZE_MAX, last = 0, previous = SIZE_MAX;
    double before = 1, surv_last = 1;
    bool competing = false;
    auc->survival = auc->mean = auc->area = none;
    for (size_t k = 0; k < auc->n_times; k++) {
        if (auc->rows[k].state) continue;
        if (first == SIZE_MAX) first = k;
        last = k;
        known++;
        competing = competing || auc->rows[k].n_competing;
    }
    if (!known) return;
    for (size_t k = 0; k < auc->n_times; k++) weight[k] = auc->rows[k].state ? 0 : 1 / (double)known;
    auc->mean = combine(auc, weight, influence);
    surv_last = auc->rows[last].survival;
    for (size_t k = 0; k < auc->n_times; k++) {
        if (auc->rows[k].state) continue;
        weight[k] = (before - auc->rows[k].survival) / (1 - surv_last);
        before = auc->rows[k].survival;
    }
    if (!competing && surv_last < 1) auc->survival = combine(auc, weight, influence);
    double span = auc->rows[last].time - auc->rows[first].time;
    memset(weight, 0, auc->n_times * sizeof *weight);
    for (size_t k = first; k <= last; k++) {
        if (auc->rows[k].state) continue;
        if (previous != SIZE_MAX) {
            double half = (auc->rows[k].time - auc->rows[previous].time) / (2 * span);
            weight[k] += half;
            weight[previous] += half;
        }
        previous = k;
    }
    if (span > 0) auc->area = combine(auc, weight, influence);
}

static ms_status check_times(const double *times, size_t n, ms_error *err) {
    for (size_t k = 0; k < n; k++)
        if (!isfinite(times[k]) || times[k] < 0 || (k && times[k] <= times[k - 1]))
            return ms_error_set(err, MS_EUSAGE, "times must be finite, at least 0 and ascend");
    return n ? MS_OK : ms_error_set(err, MS_EUSAGE, "at least one time is needed");
}

static ms_status all_times(walk *w, const double *marker, bool per_time, const double *times, ms_auc *auc,
                           ms_error *err) {
    size_t n = auc->n;
    ms_status status = MS_OK;
    size_t *order = ms_calloc(n, sizeof *order);
    double *weight = ms_calloc(auc->n_times, sizeof *weight), *turned = ms_calloc(n, sizeof *turned);
    if (!order || !weight || !turned) status = ms_error_nomem(err);
    w->order = order;
    for (size_t k = 0; k < auc->n_times && !status; k++) {
        w->marker = per_time ? marker + k * n : marker;
        w->influence = auc->influence + k * n;
        if (auc->options.reverse) {
            for (size_t i = 0; i < n; i++) turned[i] = -w->marker[i];
            w->marker = turned;
        }
        if (k == 0 || per_time) status = ms_order(w->marker, n, order, err);
        if (!status) status = one_time(w, times[k], &auc->rows[k], err);
    }
    if (!status) integrate(auc, weight, w->share);
    free(order);
    free(weight);
    free(turned);
    return status;
}

ms_status ms_auc_compute(const ms_outcome *outcome, const double *marker, bool per_time, const double *times,
                         size_t n_times, const ms_ipcw *ipcw, const ms_auc_options *options, ms_auc *out,
                         ms_error *err) {
    ms_auc_options defaults;
    ms_ipcw own = {0};
    ms_auc auc = {.n = outcome->n, .n_times = n_times, .band_critical = NAN};
    ms_auc_options_default(&defaults);
    auc.options = options ? *options : defaults;
    walk w = {.o = outcome, .options = &auc.options};
    ms_status status = check_times(times, n_times, err);
    if (status || (status = ms_outcome_check(outcome, err)) ||
        (status = check_marker(marker, per_time ? n_times * outcome->n : outcome->n, err)) ||
        (!ipcw && (status = ms_ipcw_fit(outcome, NULL, &own, err))) ||
        (status = allocate(&w, outcome->n, &auc, err)))
        goto cleanup;
    w.g = ipcw ? ipcw : &own;
    status = all_times(&w, marker, per_time, times, &auc, err);
    if (status) goto cleanup;
    *out = auc;
    auc = (ms_auc){0};
cleanup:
    free(w.role);
    free(w.weight);
    free(w.share);
    free(w.share_free);
    free(w.a);
    free(w.work);
    ms_ipcw_clear(&own);
    ms_auc_clear(&auc);
    return status;
}

void ms_auc_clear(ms_auc *auc) {
    for (size_t k = 0; auc->rows && k < auc->n_times; k++) clear_row(&auc->rows[k]);
    MS_FREE(auc->rows);
    MS_FREE(auc->influence);
    auc->n = auc->n_times = 0;
}

ms_difference ms_auc_difference(const ms_auc *first, const ms_auc *second, size_t k) {
    return ms_influence_difference(first->rows[k].all.auc, first->influence + k * first->n,
                                   second->rows[k].all.auc, second->influence + k * second->n, first->n,
                                   second->options.conf_level);
}
