/* tables/rivals.csv: the network beside plain regressions on the same features, group by group. */
#include "study/rivals_study.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ms_study_rivals_head(ms_writer *w) {
    static const char *const names[] = {"endpoint",
                                        "group",
                                        "predictor",
                                        "label",
                                        "n",
                                        "events",
                                        "c",
                                        "lower",
                                        "upper",
                                        "network_less_it",
                                        "difference_lower",
                                        "difference_upper",
                                        "p",
                                        "network_is",
                                        "note"};
    size_t column;
    for (size_t k = 0; k < MS_COUNT(names) && w->status == MS_OK; k++)
        w->status = ms_table_add_column(w->table, names[k], &column, w->err);
}

static void write_rival(const char *endpoint, const char *group, const ms_evaluation *v, size_t m,
                        const char *key, ms_writer *w) {
    const size_t width = v->n_rows / v->n_predictors;
    const ms_evaluated *c = &v->rows[m * width + MS_EVAL_HARRELL];
    ms_writer_row(w);
    ms_writer_text(w, "endpoint", endpoint);
    ms_writer_text(w, "group", group);
    ms_writer_text(w, "predictor", key);
    ms_writer_text(w, "label", v->names[m]);
    ms_writer_number(w, "n", (double)v->n);
    ms_writer_number(w, "events", (double)v->n_events);
    ms_writer_number(w, "c", c->value);
    ms_writer_number(w, "lower", c->lower);
    ms_writer_number(w, "upper", c->upper);
    const ms_compared none = {.value = NAN, .boot_lower = NAN, .boot_upper = NAN, .p = NAN};
    const ms_compared *d = &none;
    if (m && v->comparisons[m - 1].n) d = &v->comparisons[m - 1].estimates[MS_MEASURE_HARRELL_DIFFERENCE];
    ms_writer_number(w, "network_less_it", d->value);
    ms_writer_number(w, "difference_lower", d->boot_lower);
    ms_writer_number(w, "difference_upper", d->boot_upper);
    ms_writer_number(w, "p", d->p);
    /* in the patients it was trained on a model cannot win */
    const bool seen = strcmp(group, "training") == 0;
    ms_writer_text(w, "network_is",
                   !m     ? ""
                   : seen ? "seen in training"
                          : ms_verdict_name(ms_evaluation_verdict(v, m)));
    ms_writer_text(w, "note", v->notes[m] ? v->notes[m] : "");
}

/* A rival that could not be fitted, with the reason. */
static void write_unfitted(const char *endpoint, const char *group, size_t k, const char *why, ms_writer *w) {
    ms_writer_row(w);
    ms_writer_text(w, "endpoint", endpoint);
    ms_writer_text(w, "group", group);
    ms_writer_text(w, "predictor", ms_study_rival_key(k));
    ms_writer_text(w, "label", ms_rival_name((ms_rival_kind)k));
    ms_writer_text(w, "note", why);
}

/* The patients of a group, and what the network (first) and each fitted rival say of them. */
typedef struct judged {
    size_t n, events, width;
    double *time, *risk; /* risk[(1 + MS_STUDY_RIVALS) * most] */
    uint8_t *event;
    ms_predictor predictors[1 + MS_STUDY_RIVALS];
    const char *keys[1 + MS_STUDY_RIVALS];
} judged;

static void judged_clear(judged *j) {
    free(j->time);
    free(j->risk);
    free(j->event);
}

static ms_status judged_take(const ms_study *study, const ms_collected *c, const ms_risks *risks,
                             const ms_groups *groups, size_t e, size_t group, const ms_study_rivals *rivals,
                             judged *j, ms_error *err) {
    const size_t most = c->n;
    j->time = ms_calloc(most, sizeof *j->time);
    j->event = ms_calloc(most, 1);
    j->risk = ms_calloc((1 + MS_STUDY_RIVALS) * most, sizeof *j->risk);
    if (!j->time || !j->event || !j->risk) return ms_error_nomem(err);
    j->predictors[0] = (ms_predictor){.name = "Deep Cox network"};
    j->keys[0] = "network";
    j->width = 1;
    for (size_t k = 0; k < MS_STUDY_RIVALS; k++) {
        if (!rivals->fitted[k]) continue;
        j->keys[j->width] = ms_study_rival_key(k);
        j->predictors[j->width++] =
            (ms_predictor){.name = ms_rival_name((ms_rival_kind)k), .note = rivals->note[k]};
    }
    for (size_t p = 0; p < j->width; p++) j->predictors[p].risk = j->risk + p * most;
    for (size_t i = 0; i < c->n; i++) {
        const ms_patient *patient = &study->patients[i];
        if (!c->used[i] || isnan(patient->time[e]) || groups->of[i] != group ||
            isnan(risks->risk[e * c->n + i]))
            continue;
        j->time[j->n] = patient->time[e];
        j->event[j->n] = patient->event[e];
        j->events += j->event[j->n];
        j->risk[j->n] = risks->risk[e * c->n + i];
        for (size_t k = 0, p = 1; k < MS_STUDY_RIVALS; k++)
            if (rivals->fitted[k]) j->risk[p++ * most + j->n] = rivals->risk[k][i];
        j->n++;
    }
    return MS_OK;
}

ms_status ms_study_rivals_judge(const ms_study *study, const ms_collected *c, const ms_risks *risks,
                                const ms_groups *groups, size_t e, size_t group,
                                const ms_study_rivals *rivals, ms_writer *w, ms_error *err) {
    const char *endpoint = study->spec.endpoints[e].name, *name = groups->names[group];
    judged j = {.n = 0};
    ms_evaluate_options o;
    ms_evaluation v = {0};
    ms_status status = judged_take(study, c, risks, groups, e, group, rivals, &j, err);
    ms_evaluate_options_default(&o);
    o.replicates = j.n <= 2000 ? 1000 : j.n < 20000 ? 2000000 / j.n : 100;
    o.seed = study->spec.seed;
    if (status == MS_OK && j.n && j.events)
        status = ms_evaluate_cohort(name, j.time, j.event, j.n, j.predictors, j.width, &o, &v, err);
    for (size_t p = 0; p < v.n_predictors && status == MS_OK; p++)
        write_rival(endpoint, name, &v, p, j.keys[p], w);
    for (size_t k = 0; k < MS_STUDY_RIVALS && v.n_predictors && status == MS_OK; k++)
        if (!rivals->fitted[k]) write_unfitted(endpoint, name, k, rivals->note[k], w);
    ms_evaluation_clear(&v);
    judged_clear(&j);
    return status;
}
