/* What `km` prints beside curves and the log-rank test: as JSON. */
#include "survival/report_curves.h"

#include <cjson/cJSON.h>
#include <math.h>

/* ---- small steps
 * ------------------------------------------------------------------------------------------- */

void ms_out_number(ms_json_out *out, cJSON *object, const char *key, double value) {
    if (out->status == MS_OK) out->status = ms_json_add_number(object, key, value, out->err);
}

void ms_out_numbers(ms_json_out *out, cJSON *object, const char *key, const double *values, size_t n) {
    if (out->status == MS_OK) out->status = ms_json_add_numbers(object, key, values, n, out->err);
}

void ms_out_text(ms_json_out *out, cJSON *object, const char *key, const char *text) {
    if (out->status == MS_OK) out->status = ms_json_add_text(object, key, text, out->err);
}

void ms_out_bool(ms_json_out *out, cJSON *object, const char *key, bool value) {
    if (out->status == MS_OK) out->status = ms_json_add_bool(object, key, value, out->err);
}

cJSON *ms_out_object(ms_json_out *out, cJSON *object, const char *key) {
    cJSON *child = NULL;
    if (out->status == MS_OK) out->status = ms_json_add_object(object, key, &child, out->err);
    return child;
}

cJSON *ms_out_array(ms_json_out *out, cJSON *object, const char *key) {
    cJSON *child = NULL;
    if (out->status == MS_OK) out->status = ms_json_add_array(object, key, &child, out->err);
    return child;
}

cJSON *ms_out_item(ms_json_out *out, cJSON *array) {
    if (out->status != MS_OK) return NULL;
    cJSON *item = cJSON_CreateObject();
    if (!item || !cJSON_AddItemToArray(array, item)) {
        cJSON_Delete(item);
        out->status = ms_error_nomem(out->err);
        return NULL;
    }
    return item;
}

const char *ms_conf_type_name(ms_conf_type type) {
    static const char *const names[] = {"log", "log-log", "plain", "logit", "arcsin"};
    return names[type];
}

double ms_curve_events(const ms_km_curve *c, double after, double until) {
    double events = 0;
    for (size_t k = 0; k < c->n_times && c->time[k] <= until; k++)
        if (c->time[k] > after) events += c->n_event[k];
    return events;
}

/* ---- of a group
 * ---------------------------------------------------------------------------------------------- */

static void put_quantiles(ms_json_out *out, cJSON *group, const ms_km_report *r, const ms_km_curve *c) {
    cJSON *list = ms_out_array(out, group, "quantiles");
    for (size_t i = 0; i < r->n_quantiles; i++) {
        double time, lower, upper;
        cJSON *row = ms_out_item(out, list);
        ms_km_quantile(c, r->quantiles[i], &time, &lower, &upper);
        ms_out_number(out, row, "p", r->quantiles[i]);
        ms_out_number(out, row, "time", time);
        ms_out_number(out, row, "lower", lower);
        ms_out_number(out, row, "upper", upper);
    }
}

static void put_times(ms_json_out *out, cJSON *group, const ms_km_report *r, const ms_km_curve *c) {
    cJSON *list = ms_out_array(out, group, "at");
    for (size_t i = 0; i < r->n_at; i++) {
        double surv, se, lower, upper, n_risk;
        cJSON *row = ms_out_item(out, list);
        ms_km_at(c, r->at[i], &surv, &se, &lower, &upper, &n_risk);
        ms_out_number(out, row, "time", r->at[i]);
        ms_out_number(out, row, "n_risk", n_risk);
        ms_out_number(out, row, "n_event", ms_curve_events(c, i ? r->at[i - 1] : -INFINITY, r->at[i]));
        ms_out_number(out, row, "surv", surv);
        ms_out_number(out, row, "std_err", se);
        ms_out_number(out, row, "lower", lower);
        ms_out_number(out, row, "upper", upper);
    }
}

static void put_band(ms_json_out *out, cJSON *group, const ms_km_band *band) {
    cJSON *o = ms_out_object(out, group, "band");
    ms_out_text(out, o, "type", band->type == MS_BAND_HALL_WELLNER ? "hall-wellner" : "equal-precision");
    ms_out_text(out, o, "transform", ms_conf_type_name(band->transform));
    ms_out_number(out, o, "critical", band->critical);
    ms_out_number(out, o, "from", band->from);
    ms_out_number(out, o, "to", band->to);
    ms_out_number(out, o, "a_lower", band->a_lower);
    ms_out_number(out, o, "a_upper", band->a_upper);
    ms_out_numbers(out, o, "lower", band->lower, band->n);
    ms_out_numbers(out, o, "upper", band->upper, band->n);
}

void ms_report_group_extra(ms_json_out *out, cJSON *group, const ms_km_report *r, size_t g) {
    const ms_km_curve *c = &r->km->curves[g];
    if (r->n_quantiles) put_quantiles(out, group, r, c);
    if (r->n_at) put_times(out, group, r, c);
    if (r->bands && r->bands[g].n) put_band(out, group, &r->bands[g]);
}

/* ---- of all groups
 * ------------------------------------------------------------------------------------------------- */

static void put_rmst(ms_json_out *out, cJSON *root, const ms_rmst *m, const char *const *names) {
    cJSON *o = ms_out_object(out, root, "rmst"), *groups, *contrasts;
    ms_out_number(out, o, "until", m->until);
    groups = ms_out_array(out, o, "groups");
    for (size_t g = 0; g < m->n_groups; g++) {
        cJSON *row = ms_out_item(out, groups);
        ms_out_text(out, row, "name", names[g]);
        ms_out_number(out, row, "mean", m->mean[g]);
        ms_out_number(out, row, "se", m->se[g]);
    }
    contrasts = ms_out_array(out, o, "contrasts");
    for (size_t i = 0; i < m->n_contrasts; i++) {
        const ms_rmst_contrast *c = &m->contrasts[i];
        cJSON *row = ms_out_item(out, contrasts);
        const struct {
            const char *key;
            double value;
        } numbers[] = {{"difference", c->difference},
                       {"difference_se", c->difference_se},
                       {"difference_lower", c->difference_lower},
                       {"difference_upper", c->difference_upper},
                       {"difference_p", c->difference_p},
                       {"ratio", c->ratio},
                       {"ratio_lower", c->ratio_lower},
                       {"ratio_upper", c->ratio_upper},
                       {"ratio_p", c->ratio_p},
                       {"lost_ratio", c->lost},
                       {"lost_ratio_lower", c->lost_lower},
                       {"lost_ratio_upper", c->lost_upper},
                       {"lost_ratio_p", c->lost_p}};
        ms_out_text(out, row, "group", names[c->a]);
        ms_out_text(out, row, "against", names[c->b]);
        for (size_t k = 0; k < MS_COUNT(numbers); k++)
            ms_out_number(out, row, numbers[k].key, numbers[k].value);
    }
}

static void put_test(ms_json_out *out, cJSON *list, const ms_weighted_test *t, const char *const *names) {
    char name[64];
    cJSON *o = ms_out_item(out, list), *groups;
    ms_weighting_name(t->weighting, name);
    ms_out_text(out, o, "name", name);
    ms_out_number(out, o, "chisq", t->l.chisq);
    ms_out_number(out, o, "df", (double)t->l.df);
    ms_out_number(out, o, "p", t->l.p);
    ms_out_number(out, o, "sup", t->sup);
    ms_out_number(out, o, "sup_p", t->sup_p);
    groups = ms_out_array(out, o, "groups");
    for (size_t g = 0; g < t->l.n_groups; g++) {
        cJSON *row = ms_out_item(out, groups);
        ms_out_text(out, row, "name", names[g]);
        ms_out_number(out, row, "n", (double)t->l.n[g]);
        ms_out_number(out, row, "observed", t->l.observed[g]);
        ms_out_number(out, row, "expected", t->l.expected[g]);
        ms_out_number(out, row, "variance", t->l.variance[g * t->l.n_groups + g]);
    }
}

static void put_pairs(ms_json_out *out, cJSON *root, const ms_pairwise *p, const char *const *names) {
    static const char *const methods[] = {"none", "holm", "bonferroni", "BH"};
    cJSON *o = ms_out_object(out, root, "pairwise");
    ms_out_text(out, o, "method", methods[p->method]);
    cJSON *list = ms_out_array(out, o, "pairs");
    for (size_t i = 0; i < p->n; i++) {
        cJSON *row = ms_out_item(out, list);
        ms_out_text(out, row, "a", names[p->pairs[i].a]);
        ms_out_text(out, row, "b", names[p->pairs[i].b]);
        ms_out_number(out, row, "chisq", p->pairs[i].chisq);
        ms_out_number(out, row, "p", p->pairs[i].p);
        ms_out_number(out, row, "adjusted", p->pairs[i].adjusted);
    }
}

static void put_one_sample(ms_json_out *out, cJSON *root, const ms_one_sample *s) {
    cJSON *o = ms_out_object(out, root, "one_sample");
    ms_out_number(out, o, "observed", s->observed);
    ms_out_number(out, o, "expected", s->expected);
    ms_out_number(out, o, "chisq", s->chisq);
    ms_out_number(out, o, "df", 1);
    ms_out_number(out, o, "p", s->p);
    ms_out_number(out, o, "ratio", s->ratio);
    ms_out_number(out, o, "ratio_lower", s->lower);
    ms_out_number(out, o, "ratio_upper", s->upper);
}

void ms_report_extra(ms_json_out *out, cJSON *root, const ms_km_report *r) {
    if (!isnan(r->landmark)) {
        cJSON *o = ms_out_object(out, root, "landmark");
        ms_out_number(out, o, "time", r->landmark);
        ms_out_text(out, o, "clock", r->landmark_reset ? "reset" : "kept");
        ms_out_number(out, o, "n_left_out", (double)r->n_before_landmark);
    }
    if (r->rmst) put_rmst(out, root, r->rmst, r->names);
    if (r->n_tests) {
        cJSON *list = ms_out_array(out, root, "tests");
        for (size_t i = 0; i < r->n_tests; i++) put_test(out, list, &r->tests[i], r->names);
    }
    if (r->trend) {
        cJSON *o = ms_out_object(out, root, "trend");
        ms_out_number(out, o, "z", r->trend->z);
        ms_out_number(out, o, "chisq", r->trend->chisq);
        ms_out_number(out, o, "df", 1);
        ms_out_number(out, o, "p", r->trend->p);
    }
    if (r->permutation) {
        char name[64];
        cJSON *o = ms_out_object(out, root, "permutation");
        ms_weighting_name(r->permutation->weighting, name);
        ms_out_text(out, o, "name", name);
        ms_out_number(out, o, "chisq", r->permutation->chisq);
        ms_out_number(out, o, "z", r->permutation->z);
        ms_out_number(out, o, "p", r->permutation->p);
    }
    if (r->pairwise) put_pairs(out, root, r->pairwise, r->names);
    if (r->one_sample) put_one_sample(out, root, r->one_sample);
}
