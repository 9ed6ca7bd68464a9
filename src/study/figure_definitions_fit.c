/* Survival by one definition: crude and adjusted hazard ratio, concordance; Holm's correction. */
#include "study/figures.h"

#include "myosurv/survival.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A covariate that fewer patients than this have is left out, rather than most patients. */
#define KNOWN_LEAST 0.8

ms_status ms_definition_rows_new(size_t most, ms_definition_rows *out, ms_error *err) {
    ms_definition_rows r = {0,
                            ms_calloc(most, sizeof(double)),
                            ms_calloc(most, sizeof(double)),
                            ms_calloc(most, sizeof(uint8_t)),
                            ms_calloc(most, sizeof(size_t)),
                            ms_calloc(most, sizeof(size_t))};
    if (!r.time || !r.risk || !r.event || !r.level || !r.patient) {
        ms_definition_rows_clear(&r);
        return ms_error_nomem(err);
    }
    *out = r;
    return MS_OK;
}

void ms_definition_rows_clear(ms_definition_rows *r) {
    free(r->time);
    free(r->risk);
    free(r->event);
    free(r->level);
    free(r->patient);
    *r = (ms_definition_rows){0};
}

void ms_definition_rows_take(const ms_study *study, const ms_collected *c, size_t e,
                             const ms_definition *definition, ms_definition_rows *rows) {
    rows->n = 0;
    for (size_t i = 0; i < c->n; i++) {
        const ms_patient *p = &study->patients[i];
        const int level = c->used[i] && !isnan(p->time[e]) ? ms_figure_level(study, c, definition, i) : -1;
        if (level < 0) continue;
        const size_t m = rows->n++;
        rows->time[m] = p->time[e];
        rows->event[m] = p->event[e];
        rows->risk[m] = level;
        rows->level[m] = (size_t)level;
        rows->patient[m] = i;
    }
}

/* ---- adjusted hazard ratio --------------------------------------------------------------------------- */

typedef struct adjusting {
    const ms_study *study;
    const ms_definition_rows *rows;
    bool age, sex, cohort; /* what is adjusted for */
    size_t n, events[2];
    double *time, *x;
    uint8_t *event;
    size_t *stratum;
} adjusting;

static const ms_person *person_of(const adjusting *a, size_t m) {
    return &a->study->patients[a->rows->patient[m]].person;
}

static bool is_complete(const adjusting *a, size_t m) {
    return (!a->age || !isnan(person_of(a, m)->age_years)) && (!a->sex || person_of(a, m)->sex);
}

/* Age and sex count where most have them and they differ between patients. */
static void choose(adjusting *a, const size_t *cohort) {
    size_t ages = 0, sexes = 0, men = 0;
    double youngest = INFINITY, oldest = -INFINITY;
    const size_t n = a->rows->n;
    for (size_t m = 0; m < n; m++) {
        const ms_person *p = person_of(a, m);
        if (!isnan(p->age_years)) {
            ages++;
            youngest = fmin(youngest, p->age_years);
            oldest = fmax(oldest, p->age_years);
        }
        sexes += p->sex != 0;
        men += p->sex == 'm';
        a->cohort |= cohort[a->rows->patient[m]] != cohort[a->rows->patient[0]];
    }
    a->age = (double)ages >= KNOWN_LEAST * (double)n && oldest > youngest;
    a->sex = (double)sexes >= KNOWN_LEAST * (double)n && men > 0 && men < sexes;
}

static void fill(adjusting *a, const size_t *cohort) {
    const size_t p = 1U + a->age + a->sex;
    for (size_t m = 0; m < a->rows->n; m++) {
        if (!is_complete(a, m)) continue;
        double *x = a->x + a->n * p;
        size_t k = 0;
        x[k++] = a->rows->risk[m];
        if (a->age) x[k++] = person_of(a, m)->age_years;
        if (a->sex) x[k++] = person_of(a, m)->sex == 'm';
        a->stratum[a->n] = cohort[a->rows->patient[m]];
        a->time[a->n] = a->rows->time[m];
        a->event[a->n++] = a->rows->event[m];
        a->events[a->rows->level[m]] += a->rows->event[m];
    }
}

static ms_status fit(const adjusting *a, size_t n_cohorts, ms_definition_survival *out, ms_error *err) {
    const ms_surv data = {.n = a->n,
                          .time = a->time,
                          .event = a->event,
                          .stratum = a->cohort ? a->stratum : NULL,
                          .n_strata = a->cohort ? n_cohorts : 0};
    const ms_design design = {.p = 1U + a->age + a->sex, .x = a->x};
    ms_cox_options options;
    ms_cox cox = {0};
    ms_cox_options_default(&options);
    const bool muted = ms_log_mute(true); /* that there is no estimate is said in the table */
    ms_status status = ms_cox_fit(&data, &design, &options, &cox, err);
    (void)ms_log_mute(muted);
    if (status == MS_OK && cox.converged && !cox.infinite[0] && !isnan(cox.coef[0])) {
        out->hr = exp(cox.coef[0]);
        out->hr_lower = exp(cox.lower[0]);
        out->hr_upper = exp(cox.upper[0]);
        out->hr_p = cox.p_value[0];
    }
    ms_cox_clear(&cox);
    return status == MS_ENOCONV ? MS_OK : status;
}

static ms_status adjust(const ms_study *study, const ms_definition_rows *rows, const size_t *cohort,
                        size_t n_cohorts, ms_definition_survival *out, ms_error *err) {
    adjusting a = {.study = study, .rows = rows};
    choose(&a, cohort);
    (void)ms_text_format(out->adjusted_for, sizeof out->adjusted_for, "%s%s%s%s%s", a.age ? "age" : "",
                         a.age && (a.sex || a.cohort) ? ", " : "", a.sex ? "sex" : "",
                         a.sex && a.cohort ? ", " : "", a.cohort ? "cohort" : "");
    if (!a.age && !a.sex && !a.cohort) return MS_OK;
    a.time = ms_calloc(rows->n, sizeof *a.time);
    a.event = ms_calloc(rows->n, sizeof *a.event);
    a.stratum = ms_calloc(rows->n, sizeof *a.stratum);
    a.x = ms_calloc(rows->n * 3, sizeof *a.x);
    ms_status status = a.time && a.event && a.stratum && a.x ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) fill(&a, cohort);
    out->n_adjusted = a.n;
    out->events_adjusted = a.events[0] + a.events[1];
    if (status == MS_OK && a.events[0] > 0 && a.events[1] > 0) status = fit(&a, n_cohorts, out, err);
    free(a.time);
    free(a.event);
    free(a.stratum);
    free(a.x);
    return status;
}

/* ---- all of one definition --------------------------------------------------------------------------- */

static ms_status concordance(const ms_definition_rows *rows, ms_definition_survival *out, ms_error *err) {
    const ms_surv data = {.n = rows->n, .time = rows->time, .event = rows->event};
    ms_concordance_options options;
    ms_concordance result = {.c = NAN, .lower = NAN, .upper = NAN};
    ms_concordance_options_default(&options);
    const ms_status status = ms_concordance_compute(&data, rows->risk, &options, &result, err);
    out->c = result.c;
    out->c_lower = result.lower;
    out->c_upper = result.upper;
    return status;
}

ms_status ms_definition_survival_fit(const ms_study *study, const ms_definition_rows *rows,
                                     const size_t *cohort, size_t n_cohorts, ms_definition_survival *out,
                                     ms_error *err) {
    static const char *const names[2] = {"", ""};
    ms_definition_survival s = {.c = NAN,
                                .c_lower = NAN,
                                .c_upper = NAN,
                                .p_holm = NAN,
                                .hr = NAN,
                                .hr_lower = NAN,
                                .hr_upper = NAN,
                                .hr_p = NAN};
    const bool muted = ms_log_mute(true);
    ms_status status =
        ms_split_survival(rows->time, rows->event, rows->level, rows->n, names, "", NULL, &s.split, err);
    (void)ms_log_mute(muted);
    const ms_split_result *r = &s.split;
    if (status == MS_OK && r->n[0] > 0 && r->n[1] > 0 && r->events[0] + r->events[1] > 0) {
        status = concordance(rows, &s, err);
        if (status == MS_OK) status = adjust(study, rows, cohort, n_cohorts, &s, err);
    }
    if (status == MS_OK) *out = s;
    return status;
}

/* ---- Holm -------------------------------------------------------------------------------------------- */

typedef struct test {
    double p;
    size_t at;
} test;

static int by_p(const void *a, const void *b) {
    const test *x = a, *y = b;
    if (x->p != y->p) return x->p < y->p ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

ms_status ms_holm(const double *p, size_t n, double *adjusted, ms_error *err) {
    test *tests = ms_calloc(n, sizeof *tests);
    size_t m = 0;
    double most = 0;
    if (!tests) return ms_error_nomem(err);
    for (size_t i = 0; i < n; i++) {
        adjusted[i] = NAN;
        if (!isnan(p[i])) tests[m++] = (test){p[i], i};
    }
    qsort(tests, m, sizeof *tests, by_p);
    for (size_t i = 0; i < m; i++) {
        most = fmax(most, fmin(1, (double)(m - i) * tests[i].p));
        adjusted[tests[i].at] = most;
    }
    free(tests);
    return MS_OK;
}
