/* What the network is held against, each with a probability from a Cox model of the training patients. */
#include "study/figure_comparison.h"

#include "myosurv/study_evaluate.h"
#include "myosurv/survival.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *ms_contender_kind_name(ms_contender_kind kind) {
    static const char *const names[] = {"network", "clinical", "network and clinical", "measurement",
                                        "definition"};
    return names[kind];
}

void ms_contenders_clear(ms_contenders *c) {
    for (size_t k = 0; k < c->n; k++) {
        free(c->items[k].risk);
        free(c->items[k].probability);
    }
    free(c->items);
    memset(c, 0, sizeof *c);
}

typedef struct maker {
    const ms_study *study;
    const ms_collected *c;
    const ms_definitions *definitions;
    const ms_risks *risks;
    const ms_covariates *covariates;
    size_t e;
    ms_contenders *out;
} maker;

/* A place for the next one, its risks unknown; NULL when out of memory. */
static ms_contender *add(maker *m, ms_contender_kind kind, const char *key, const char *label) {
    ms_contender *c = &m->out->items[m->out->n];
    *c = (ms_contender){.kind = kind, .training_c = NAN};
    c->risk = ms_calloc(m->c->n, sizeof *c->risk);
    c->probability = ms_calloc(m->c->n, sizeof *c->probability);
    m->out->n++;
    if (!c->risk || !c->probability) return NULL;
    for (size_t i = 0; i < m->c->n; i++) c->risk[i] = c->probability[i] = NAN;
    (void)ms_text_format(c->key, sizeof c->key, "%s", key);
    (void)ms_text_format(c->label, sizeof c->label, "%s", label);
    return c;
}

static bool in_training(const maker *m, size_t i) {
    const ms_patient *patient = &m->study->patients[i];
    return m->c->used[i] && !isnan(patient->time[m->e]) && strcmp(patient->split, "training") == 0;
}

/* ---- Cox regression on the training patients ---- */

typedef struct inputs {
    const double *x; /* [n * p] of all the study's patients */
    size_t p;
    const char *const *names;
    const bool *known; /* [n] */
} inputs;

/* Rows of the inputs that are wanted, and which patients they are. */
typedef struct taken {
    size_t n, events;
    double *x, *time;
    uint8_t *event;
    size_t *patient;
} taken;

static void taken_clear(taken *t) {
    free(t->x);
    free(t->time);
    free(t->event);
    free(t->patient);
}

static ms_status take(const maker *m, const inputs *in, bool training, taken *t, ms_error *err) {
    const size_t n = m->c->n;
    *t = (taken){0,
                 0,
                 ms_calloc(n * in->p, sizeof(double)),
                 ms_calloc(n, sizeof(double)),
                 ms_calloc(n, 1),
                 ms_calloc(n, sizeof(size_t))};
    if (!t->x || !t->time || !t->event || !t->patient) return ms_error_nomem(err);
    for (size_t i = 0; i < n; i++) {
        if (!in->known[i] || !m->c->used[i] || (training && !in_training(m, i))) continue;
        memcpy(t->x + t->n * in->p, in->x + i * in->p, in->p * sizeof *t->x);
        t->time[t->n] = m->study->patients[i].time[m->e];
        t->event[t->n] = m->study->patients[i].event[m->e];
        t->events += t->event[t->n];
        t->patient[t->n++] = i;
    }
    return MS_OK;
}

/* Every known patient's probability and, for a model of several columns, risk. */
static ms_status apply(const maker *m, const ms_rival *rival, const inputs *in, bool is_risk, ms_contender *c,
                       ms_error *err) {
    taken all = {0};
    double *lp = NULL, *p = NULL;
    ms_status status = take(m, in, false, &all, err);
    if (status == MS_OK) {
        lp = ms_calloc(all.n, sizeof *lp);
        p = ms_calloc(all.n, sizeof *p);
        status = lp && p ? ms_rival_predict(rival, all.x, all.n, in->p, lp, err) : ms_error_nomem(err);
    }
    if (status == MS_OK) {
        ms_rival_probability(rival, lp, all.n, &m->study->spec.horizon, 1, p);
        for (size_t i = 0; i < all.n; i++) {
            c->probability[all.patient[i]] = p[i];
            if (is_risk) c->risk[all.patient[i]] = lp[i];
        }
        c->has_probability = all.n > 0 && !isnan(p[0]);
        (void)ms_text_format(c->note, sizeof c->note,
                             c->has_probability ? "Cox regression %s (training patients)"
                                                : "Cox regression %s; no training patient was followed to "
                                                  "the horizon",
                             ms_rival_note(rival));
    }
    taken_clear(&all);
    free(lp);
    free(p);
    return status;
}

/* A model that cannot be fitted is a result, too: the note says why. */
static ms_status fit(const maker *m, const inputs *in, bool is_risk, ms_contender *c, ms_error *err) {
    ms_rival_options o;
    ms_rival *rival = NULL;
    ms_error why = {0};
    taken t = {0};
    ms_status status = take(m, in, true, &t, err);
    if (status == MS_OK && t.events == 0) {
        (void)ms_text_format(c->note, sizeof c->note, "no training patient with an event has a value");
        taken_clear(&t);
        return MS_OK;
    }
    ms_rival_options_default(&o);
    o.clip = 0; /* a rare yes is many SD from the mean */
    o.max_missing = 1;
    const ms_dataset data = {t.n, in->p, t.x, in->names, t.time, t.event};
    if (status == MS_OK) {
        const bool was = ms_log_mute(true);
        status = ms_rival_fit(MS_RIVAL_COX, &data, &o, &rival, &why);
        (void)ms_log_mute(was);
        if (status == MS_EINPUT || status == MS_ENOCONV) {
            (void)ms_text_format(c->note, sizeof c->note, "%.255s", why.message);
            taken_clear(&t);
            return MS_OK;
        }
        if (status != MS_OK) (void)ms_error_set(err, status, "%s", why.message);
    }
    if (status == MS_OK) status = apply(m, rival, in, is_risk, c, err);
    ms_rival_free(rival);
    taken_clear(&t);
    return status;
}

/* The probability that goes with one number a patient, which is its risk or (with `sign` -1) the reverse. */
static ms_status fit_number(const maker *m, const double *value, double sign, ms_contender *c,
                            ms_error *err) {
    bool *known = ms_calloc(m->c->n, sizeof *known);
    const char *names[] = {c->key};
    if (!known) return ms_error_nomem(err);
    for (size_t i = 0; i < m->c->n; i++) {
        known[i] = m->c->used[i] && !isnan(value[i]);
        if (known[i]) c->risk[i] = sign * value[i];
    }
    const ms_status status = fit(m, &(inputs){value, 1, names, known}, false, c, err);
    free(known);
    return status;
}

/* ---- one kind after the other ---- */

static ms_status add_network(maker *m, ms_error *err) {
    ms_contender *c = add(m, MS_CONTENDER_NETWORK, "network", "Deep Cox network");
    const size_t n = m->c->n;
    ms_model *model = NULL;
    char name[64];
    if (!c) return ms_error_nomem(err);
    memcpy(c->risk, m->risks->risk + m->e * n, n * sizeof *c->risk);
    (void)ms_text_format(name, sizeof name, "model/%s.msm", m->study->spec.endpoints[m->e].name);
    char *path = ms_study_path(m->study, name);
    ms_status status = path ? ms_model_load(&model, path, err) : ms_error_nomem(err);
    for (size_t i = 0; i < n && status == MS_OK; i++) {
        double survival;
        if (isnan(c->risk[i])) continue;
        status = ms_model_survival(model, &c->risk[i], 1, &m->study->spec.horizon, 1, &survival, err);
        c->probability[i] = 1 - survival;
        c->has_probability = !isnan(survival);
    }
    (void)ms_text_format(c->note, sizeof c->note,
                         c->has_probability ? "the network's own baseline hazard (training patients)"
                                            : "no training patient was followed to the horizon");
    ms_model_free(model);
    free(path);
    m->out->has_network = true;
    return status;
}

/* Clinical covariates, alone or after the network's risk. */
static ms_status add_clinical(maker *m, bool with_network, ms_error *err) {
    const size_t n = m->c->n, q = m->covariates->p, first = with_network ? 1 : 0, p = q + first;
    ms_contender *c = with_network ? add(m, MS_CONTENDER_BOTH, "network_clinical", "Network + clinical")
                                   : add(m, MS_CONTENDER_CLINICAL, "clinical", "Clinical covariates");
    double *x = ms_calloc(n * p, sizeof *x);
    bool *known = ms_calloc(n, sizeof *known);
    const char **names = ms_calloc(p, sizeof *names);
    ms_status status = c && x && known && names ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) {
        if (with_network) names[0] = "network";
        for (size_t j = 0; j < q; j++) names[first + j] = m->covariates->names[j];
        for (size_t i = 0; i < n; i++) {
            const double risk = with_network ? m->risks->risk[m->e * n + i] : 0;
            if (with_network) x[i * p] = risk;
            memcpy(x + i * p + first, m->covariates->x + i * q, q * sizeof *x);
            known[i] = m->c->used[i] && !isnan(risk);
        }
        status = fit(m, &(inputs){x, p, names, known}, true, c, err);
    }
    free(x);
    free(known);
    free(names);
    return status;
}

static void name_construct(ms_contender *c, const char *metric) {
    (void)ms_text_format(c->construct, sizeof c->construct, "%.15s", metric);
    c->construct[strcspn(c->construct, "_")] = '\0';
}

static const char *measurement_label(const char *metric) {
    static const char *const labels[][2] = {{"smi_cm2_m2", "SMI, continuous"},
                                            {"sma_cm2", "SMA, continuous"},
                                            {"smd_hu", "SMD, continuous"},
                                            {"pmi_cm2_m2", "PMI, continuous"},
                                            {"pmi_mm2_m2", "PMI (mm²/m²), continuous"},
                                            {"pth_mm_m", "Psoas thickness by height, continuous"},
                                            {"vat_sat_ratio", "VAT/SAT, continuous"}};
    for (size_t k = 0; k < MS_COUNT(labels); k++)
        if (strcmp(labels[k][0], metric) == 0) return labels[k][1];
    return metric;
}

/* What a definition cuts, once each way. */
static ms_status add_measurement(maker *m, const ms_definition *d, size_t metric, ms_error *err) {
    for (size_t k = 0; k < m->out->n; k++)
        if (m->out->items[k].kind == MS_CONTENDER_MEASUREMENT && strcmp(m->out->items[k].key, d->metric) == 0)
            return MS_OK;
    ms_contender *c = add(m, MS_CONTENDER_MEASUREMENT, d->metric, measurement_label(d->metric));
    double *value = ms_calloc(m->c->n, sizeof *value);
    ms_status status = c && value ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) {
        for (size_t i = 0; i < m->c->n; i++) value[i] = m->c->values[i * ms_n_measures + metric];
        name_construct(c, d->metric);
        status = fit_number(m, value, d->above ? 1 : -1, c, err);
    }
    free(value);
    return status;
}

/* A level without an event has no finite hazard ratio. */
static bool separated(const maker *m, const double *value, char note[256]) {
    size_t n[2] = {0, 0}, events[2] = {0, 0};
    for (size_t i = 0; i < m->c->n; i++) {
        if (!in_training(m, i) || isnan(value[i])) continue;
        n[value[i] > 0]++;
        events[value[i] > 0] += m->study->patients[i].event[m->e];
    }
    if (events[0] && events[1]) return false;
    (void)ms_text_format(note, 256, "%s in the training patients: no probability",
                         n[0] + n[1] == 0 ? "not known"
                         : !n[1]          ? "nobody meets it"
                         : !n[0]          ? "everybody meets it"
                         : !events[1]     ? "no event among those who meet it"
                                          : "no event among those who do not meet it");
    return true;
}

static ms_status add_definition(maker *m, const ms_definition *d, size_t metric, ms_error *err) {
    ms_contender *c = add(m, MS_CONTENDER_DEFINITION, d->key, d->label);
    double *value = ms_calloc(m->c->n, sizeof *value);
    ms_status status = c && value ? MS_OK : ms_error_nomem(err);
    for (size_t i = 0; i < m->c->n && status == MS_OK; i++) {
        const int positive = metric < ms_n_measures
                                 ? ms_definition_apply(d, m->c->values[i * ms_n_measures + metric],
                                                       &m->study->patients[i].person)
                                 : -1;
        value[i] = positive < 0 ? (double)NAN : positive;
        if (m->c->used[i]) c->risk[i] = value[i];
    }
    if (status == MS_OK) {
        name_construct(c, d->metric);
        if (!separated(m, value, c->note)) status = fit_number(m, value, 1, c, err);
    }
    free(value);
    return status;
}

static ms_status add_definitions(maker *m, bool measurements, ms_error *err) {
    ms_status status = MS_OK;
    for (size_t d = 0; d < m->definitions->n && status == MS_OK; d++) {
        const ms_definition *definition = &m->definitions->items[d];
        const size_t metric = ms_measure_find(definition->metric);
        if (!measurements)
            status = add_definition(m, definition, metric, err);
        else if (metric < ms_n_measures)
            status = add_measurement(m, definition, metric, err);
    }
    return status;
}

/* ---- which have a curve ---- */

static ms_status judge_training(const maker *m, ms_contender *c, ms_error *err) {
    const size_t n = m->c->n;
    double *time = ms_calloc(n, sizeof *time), *risk = ms_calloc(n, sizeof *risk);
    uint8_t *event = ms_calloc(n, 1);
    size_t rows = 0, events = 0;
    ms_status status = time && risk && event ? MS_OK : ms_error_nomem(err);
    for (size_t i = 0; i < n && status == MS_OK; i++) {
        if (!in_training(m, i) || isnan(c->risk[i])) continue;
        time[rows] = m->study->patients[i].time[m->e];
        event[rows] = m->study->patients[i].event[m->e];
        events += event[rows];
        risk[rows++] = c->risk[i];
    }
    if (status == MS_OK && events > 0) {
        ms_concordance_options o;
        ms_concordance result;
        ms_concordance_options_default(&o);
        status = ms_concordance_compute(&(ms_surv){.n = rows, .time = time, .event = event}, risk, &o,
                                        &result, err);
        if (status == MS_OK) c->training_c = result.c;
    }
    free(time);
    free(risk);
    free(event);
    return status;
}

/* The network, clinical covariates, both; then, of each measurement, the definition with the best C in the
 * training patients, the best of these until there are MS_CONTENDERS_DRAWN. The first in the file wins a tie.
 */
static void choose_drawn(ms_contenders *c) {
    size_t drawn = 0;
    for (size_t k = 0; k < c->n; k++) drawn += c->items[k].drawn = c->items[k].kind <= MS_CONTENDER_BOTH;
    while (drawn < MS_CONTENDERS_DRAWN) {
        size_t best = c->n;
        for (size_t k = 0; k < c->n; k++) {
            const ms_contender *it = &c->items[k];
            bool taken_already = it->kind != MS_CONTENDER_DEFINITION || isnan(it->training_c);
            for (size_t other = 0; other < c->n; other++)
                taken_already |=
                    c->items[other].drawn && strcmp(c->items[other].construct, it->construct) == 0;
            if (!taken_already && (best == c->n || it->training_c > c->items[best].training_c)) best = k;
        }
        if (best == c->n) return;
        c->items[best].drawn = true;
        drawn++;
    }
}

ms_status ms_contenders_make(const ms_study *study, const ms_collected *collected,
                             const ms_definitions *definitions, const ms_risks *risks,
                             const ms_covariates *covariates, size_t e, ms_contenders *out, ms_error *err) {
    ms_contenders made = {0};
    maker m = {study, collected, definitions, risks, covariates, e, &made};
    made.items = ms_calloc(3 + 2 * definitions->n, sizeof *made.items);
    ms_status status = made.items ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK && risks->trained[e]) status = add_network(&m, err);
    if (status == MS_OK && covariates->p) status = add_clinical(&m, false, err);
    if (status == MS_OK && covariates->p && risks->trained[e]) status = add_clinical(&m, true, err);
    if (status == MS_OK) status = add_definitions(&m, true, err);
    if (status == MS_OK) status = add_definitions(&m, false, err);
    for (size_t k = 0; k < made.n && status == MS_OK; k++) status = judge_training(&m, &made.items[k], err);
    if (status == MS_OK) {
        choose_drawn(&made);
        *out = made;
    } else {
        ms_contenders_clear(&made);
    }
    return status;
}
