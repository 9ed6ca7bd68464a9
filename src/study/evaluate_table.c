/* An evaluation as a table with a row a number, and as JSON. */
#include "study/evaluate.h"
#include "study/writer.h"

#include <cJSON.h>
#include <math.h>
#include <stdlib.h>

/* ---- the table ---- */

typedef struct row {
    const char *predictor, *against, *measure;
    double time, probability, value, se, lower, upper, p;
    size_t failed;
} row;

static void put(ms_writer *w, const ms_evaluation *e, const row *r) {
    ms_writer_row(w);
    ms_writer_text(w, "cohort", e->cohort);
    ms_writer_number(w, "n", (double)e->n);
    ms_writer_number(w, "events", (double)e->n_events);
    ms_writer_text(w, "predictor", r->predictor);
    ms_writer_text(w, "against", r->against);
    ms_writer_text(w, "measure", r->measure);
    ms_writer_number(w, "time", r->time);
    ms_writer_number(w, "probability", r->probability);
    ms_writer_number(w, "value", r->value);
    ms_writer_number(w, "se", r->se);
    ms_writer_number(w, "lower", r->lower);
    ms_writer_number(w, "upper", r->upper);
    ms_writer_number(w, "p", r->p);
    ms_writer_number(w, "failed", (double)r->failed);
}

static void put_numbers(ms_writer *w, const ms_evaluation *e) {
    for (size_t v = 0; v < e->n_rows; v++) {
        const ms_evaluated *x = &e->rows[v];
        const row r = {e->names[x->predictor],
                       "",
                       ms_eval_measure_name(x->measure),
                       x->time,
                       NAN,
                       x->value,
                       x->se,
                       x->lower,
                       x->upper,
                       NAN,
                       x->failed};
        put(w, e, &r);
    }
    for (size_t m = 0; m < e->n_predictors; m++) {
        const ms_eval_split *s = &e->splits[m];
        if (s->n[0] + s->n[1] == 0) continue;
        const row r = {e->names[m], "", "logrank_chisq", NAN, NAN, s->chisq, NAN, NAN, NAN, s->p, 0};
        put(w, e, &r);
    }
}

/* What is compared, and what it is called. */
static const struct {
    ms_compare_measure measure;
    const char *name;
    bool timed;
} differences[] = {{MS_MEASURE_HARRELL_DIFFERENCE, "harrell_c_difference", false},
                   {MS_MEASURE_UNO_DIFFERENCE, "uno_c_difference", false},
                   {MS_MEASURE_AUC_DIFFERENCE, "auc_difference", true},
                   {MS_MEASURE_BRIER_DIFFERENCE, "brier_difference", true},
                   {MS_MEASURE_NRI_EVENT, "nri_event", true},
                   {MS_MEASURE_NRI_NONEVENT, "nri_nonevent", true},
                   {MS_MEASURE_NRI, "nri", true},
                   {MS_MEASURE_CATEGORY_NRI_EVENT, "nri_category_event", true},
                   {MS_MEASURE_CATEGORY_NRI_NONEVENT, "nri_category_nonevent", true},
                   {MS_MEASURE_CATEGORY_NRI, "nri_category", true},
                   {MS_MEASURE_IDI_EVENT, "idi_event", true},
                   {MS_MEASURE_IDI_NONEVENT, "idi_nonevent", true},
                   {MS_MEASURE_IDI, "idi", true}};

/* The bootstrap's interval; its standard error and p only where there is no formula. */
static row difference(const ms_evaluation *e, size_t m, size_t place, size_t d) {
    const ms_comparison *c = &e->comparisons[(m - 1) * (1 + e->n_times) + place];
    const ms_compared *x = &c->estimates[differences[d].measure];
    const bool boot = c->n_replicates > 0, formula = !isnan(x->se);
    return (row){e->names[0],
                 e->names[m],
                 differences[d].name,
                 place ? e->times[place - 1] : (double)NAN,
                 NAN,
                 c->n ? x->value : (double)NAN,
                 formula ? x->se : x->boot_se,
                 boot ? x->boot_lower : x->lower,
                 boot ? x->boot_upper : x->upper,
                 formula ? x->p : x->boot_p,
                 x->failed};
}

static bool wanted(const ms_evaluation *e, size_t m, size_t place, size_t d) {
    const ms_comparison *c = &e->comparisons[(m - 1) * (1 + e->n_times) + place];
    const bool category = differences[d].measure >= MS_MEASURE_CATEGORY_NRI_EVENT &&
                          differences[d].measure <= MS_MEASURE_CATEGORY_NRI;
    return c->n && differences[d].timed == (place > 0) && (!category || c->n_cuts);
}

static void put_differences(ms_writer *w, const ms_evaluation *e) {
    for (size_t m = 1; m < e->n_predictors; m++)
        for (size_t place = 0; place <= e->n_times; place++)
            for (size_t d = 0; d < MS_COUNT(differences); d++) {
                if (!wanted(e, m, place, d)) continue;
                const row r = difference(e, m, place, d);
                put(w, e, &r);
            }
}

static void put_decisions(ms_writer *w, const ms_evaluation *e) {
    for (size_t k = 0; k < e->n_times; k++) {
        const ms_dca *d = &e->dca[k];
        for (size_t m = 0; d->n && m <= d->n_models; m++) {
            const char *name =
                m < d->n_models ? e->names[e->dca_predictor[k * e->n_predictors + m]] : "treat all";
            for (size_t t = 0; t < d->n_thresholds; t++) {
                const ms_dca_curve *c = &d->curves[m];
                const row r = {
                    name,        "",          "net_benefit", d->at, d->threshold[t], c->net_benefit[t], NAN,
                    c->lower[t], c->upper[t], NAN,           0};
                put(w, e, &r);
            }
        }
    }
}

static void put_calibration(ms_writer *w, const ms_evaluation *e) {
    for (size_t c = 0; c < e->n_predictors * e->n_times; c++) {
        const ms_calibration *x = &e->calibration[c];
        for (size_t g = 0; g < x->n_groups; g++) {
            const ms_calibrate_group *group = &x->groups[g];
            const row r = {e->names[c / e->n_times],
                           "",
                           "calibration_group",
                           x->time,
                           group->predicted,
                           group->observed,
                           NAN,
                           group->lower,
                           group->upper,
                           NAN,
                           0};
            put(w, e, &r);
        }
    }
}

ms_status ms_evaluations_table(const ms_evaluation *evaluations, size_t n, ms_table **table, ms_error *err) {
    ms_writer w = ms_writer_open("evaluation", err);
    for (size_t c = 0; c < n; c++) {
        put_numbers(&w, &evaluations[c]);
        put_differences(&w, &evaluations[c]);
        put_calibration(&w, &evaluations[c]);
        put_decisions(&w, &evaluations[c]);
    }
    if (w.status != MS_OK) {
        ms_table_free(w.table);
        return w.status;
    }
    *table = w.table;
    return MS_OK;
}

/* ---- JSON ---- */

/* The first failure is kept; later calls do nothing. */
typedef struct json {
    ms_status status;
    ms_error *err;
} json;

static void number(json *j, cJSON *to, const char *key, double value) {
    if (j->status == MS_OK) j->status = ms_json_add_number(to, key, value, j->err);
}

static void numbers(json *j, cJSON *to, const char *key, const double *values, size_t n) {
    if (j->status == MS_OK) j->status = ms_json_add_numbers(to, key, values, n, j->err);
}

static void text(json *j, cJSON *to, const char *key, const char *value) {
    if (j->status == MS_OK) j->status = ms_json_add_text(to, key, value, j->err);
}

/* A new object under a key, or at the end of an array. */
static cJSON *object(json *j, cJSON *to, const char *key) {
    cJSON *made = NULL;
    if (j->status != MS_OK) return NULL;
    if (key) {
        j->status = ms_json_add_object(to, key, &made, j->err);
        return made;
    }
    made = cJSON_CreateObject();
    if (!made || !cJSON_AddItemToArray(to, made)) {
        cJSON_Delete(made);
        j->status = ms_error_nomem(j->err);
        return NULL;
    }
    return made;
}

static cJSON *array(json *j, cJSON *to, const char *key) {
    cJSON *made = NULL;
    if (j->status == MS_OK) j->status = ms_json_add_array(to, key, &made, j->err);
    return made;
}

static void json_numbers(json *j, const ms_evaluation *e, size_t m, cJSON *to) {
    const size_t width = e->n_rows / e->n_predictors;
    cJSON *list = array(j, to, "measures");
    for (size_t v = m * width; v < (m + 1) * width && j->status == MS_OK; v++) {
        const ms_evaluated *x = &e->rows[v];
        cJSON *item = object(j, list, NULL);
        text(j, item, "measure", ms_eval_measure_name(x->measure));
        number(j, item, "time", x->time);
        number(j, item, "value", x->value);
        number(j, item, "se", x->se);
        number(j, item, "lower", x->lower);
        number(j, item, "upper", x->upper);
        number(j, item, "failed", (double)x->failed);
    }
}

static void json_split(json *j, const ms_eval_split *s, cJSON *to) {
    static const char *const names[2] = {"low", "high"};
    if (s->n[0] + s->n[1] == 0) return;
    cJSON *groups = object(j, to, "groups");
    for (size_t g = 0; g < 2; g++) {
        cJSON *item = object(j, groups, names[g]);
        number(j, item, "n", (double)s->n[g]);
        number(j, item, "events", (double)s->events[g]);
        number(j, item, "median", s->median[g]);
    }
    cJSON *test = object(j, to, "logrank");
    number(j, test, "chisq", s->chisq);
    number(j, test, "p", s->p);
    cJSON *hr = object(j, to, "hazard_ratio");
    number(j, hr, "value", s->hr);
    number(j, hr, "lower", s->hr_lower);
    number(j, hr, "upper", s->hr_upper);
}

static void json_curves(json *j, const ms_evaluation *e, size_t m, cJSON *to) {
    cJSON *roc = array(j, to, "roc"), *list = array(j, to, "calibration");
    for (size_t k = 0; k < e->auc[m].n_times && j->status == MS_OK; k++) {
        const ms_auc_row *r = &e->auc[m].rows[k];
        cJSON *item = object(j, roc, NULL);
        number(j, item, "time", r->time);
        numbers(j, item, "fpr", r->fpr, r->n_points);
        numbers(j, item, "tpr", r->tpr, r->n_points);
    }
    for (size_t k = 0; k < e->n_times && j->status == MS_OK; k++) {
        const ms_calibration *c = &e->calibration[m * e->n_times + k];
        if (c->n == 0) continue;
        cJSON *item = object(j, list, NULL);
        number(j, item, "time", c->time);
        numbers(j, item, "predicted", c->grid, c->n_grid);
        numbers(j, item, "observed", c->smooth, c->n_grid);
        numbers(j, item, "lower", c->smooth_lower, c->n_grid);
        numbers(j, item, "upper", c->smooth_upper, c->n_grid);
        cJSON *groups = array(j, item, "groups");
        for (size_t g = 0; g < c->n_groups && j->status == MS_OK; g++) {
            cJSON *one = object(j, groups, NULL);
            number(j, one, "n", (double)c->groups[g].n);
            number(j, one, "predicted", c->groups[g].predicted);
            number(j, one, "observed", c->groups[g].observed);
            number(j, one, "lower", c->groups[g].lower);
            number(j, one, "upper", c->groups[g].upper);
        }
    }
}

static void json_differences(json *j, const ms_evaluation *e, cJSON *to) {
    cJSON *list = array(j, to, "comparisons");
    for (size_t m = 1; m < e->n_predictors && j->status == MS_OK; m++) {
        cJSON *one = object(j, list, NULL);
        text(j, one, "predictor", e->names[0]);
        text(j, one, "against", e->names[m]);
        text(j, one, "verdict", ms_verdict_name(ms_evaluation_verdict(e, m)));
        cJSON *measures = array(j, one, "measures");
        for (size_t place = 0; place <= e->n_times; place++)
            for (size_t d = 0; d < MS_COUNT(differences); d++) {
                if (j->status != MS_OK || !wanted(e, m, place, d)) continue;
                const row r = difference(e, m, place, d);
                cJSON *item = object(j, measures, NULL);
                text(j, item, "measure", r.measure);
                number(j, item, "time", r.time);
                number(j, item, "value", r.value);
                number(j, item, "se", r.se);
                number(j, item, "lower", r.lower);
                number(j, item, "upper", r.upper);
                number(j, item, "p", r.p);
                number(j, item, "failed", (double)r.failed);
            }
    }
}

static void json_decisions(json *j, const ms_evaluation *e, cJSON *to) {
    cJSON *list = array(j, to, "decision_curves");
    for (size_t k = 0; k < e->n_times && j->status == MS_OK; k++) {
        const ms_dca *d = &e->dca[k];
        if (d->n == 0) continue;
        cJSON *item = object(j, list, NULL);
        number(j, item, "time", d->at);
        number(j, item, "event_rate", d->prevalence);
        numbers(j, item, "threshold", d->threshold, d->n_thresholds);
        cJSON *curves = array(j, item, "curves");
        for (size_t m = 0; m <= d->n_models && j->status == MS_OK; m++) {
            cJSON *curve = object(j, curves, NULL);
            text(j, curve, "name",
                 m < d->n_models ? e->names[e->dca_predictor[k * e->n_predictors + m]] : "treat all");
            numbers(j, curve, "net_benefit", d->curves[m].net_benefit, d->n_thresholds);
            numbers(j, curve, "lower", d->curves[m].lower, d->n_thresholds);
            numbers(j, curve, "upper", d->curves[m].upper, d->n_thresholds);
        }
    }
}

static void json_cohort(json *j, const ms_evaluation *e, cJSON *to) {
    text(j, to, "cohort", e->cohort);
    number(j, to, "n", (double)e->n);
    number(j, to, "n_dropped", (double)e->n_dropped);
    number(j, to, "events", (double)e->n_events);
    number(j, to, "tau", e->tau);
    cJSON *list = array(j, to, "predictors");
    for (size_t m = 0; m < e->n_predictors && j->status == MS_OK; m++) {
        cJSON *item = object(j, list, NULL);
        text(j, item, "name", e->names[m]);
        if (e->notes[m]) text(j, item, "note", e->notes[m]);
        json_numbers(j, e, m, item);
        if (j->status == MS_OK) json_split(j, &e->splits[m], item);
        if (j->status == MS_OK) json_curves(j, e, m, item);
    }
    json_differences(j, e, to);
    json_decisions(j, e, to);
}

ms_status ms_evaluations_add_json(const ms_evaluation *evaluations, size_t n, cJSON *root, ms_error *err) {
    json j = {MS_OK, err};
    number(&j, root, "bootstrap", n ? (double)evaluations[0].replicates : 0);
    number(&j, root, "seed", n ? (double)evaluations[0].seed : 0);
    text(&j, root, "interval", n ? ms_interval_name(evaluations[0].interval) : "");
    number(&j, root, "conf_level", n ? evaluations[0].conf_level : (double)NAN);
    cJSON *list = array(&j, root, "cohorts");
    for (size_t c = 0; c < n && j.status == MS_OK; c++)
        json_cohort(&j, &evaluations[c], object(&j, list, NULL));
    return j.status;
}

ms_status ms_evaluations_json(const ms_evaluation *evaluations, size_t n, char **out, ms_error *err) {
    cJSON *root = cJSON_CreateObject();
    ms_buffer b;
    ms_buffer_init(&b);
    ms_status status = root ? ms_evaluations_add_json(evaluations, n, root, err) : ms_error_nomem(err);
    if (status == MS_OK) status = ms_json_print(root, &b, err);
    cJSON_Delete(root);
    if (status == MS_OK)
        *out = b.data;
    else
        ms_buffer_clear(&b);
    return status;
}
