/* Clinical covariates as numbers: age, sex, BMI and columns of the table. */
#include "study/figure_comparison.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LEVELS = 12 };

static bool is_training(const ms_patient *patient) {
    return strcmp(patient->split, "training") == 0;
}

/* Age, sex or BMI of a patient. */
static bool person_value(const ms_person *person, const char *name, double *value) {
    if (strcmp(name, "age") == 0)
        *value = person->age_years;
    else if (strcmp(name, "sex") == 0)
        *value = person->sex == 'm' ? 1 : person->sex == 'f' ? 0 : (double)NAN;
    else if (strcmp(name, "bmi") == 0)
        *value = ms_person_bmi(person);
    else
        return false;
    return true;
}

/* One column more, its values NaN. */
static double *add_column(ms_covariates *c, size_t n, const char *name, const char *level) {
    const size_t p = c->p + 1;
    char(*names)[96] = ms_realloc(c->names, p, sizeof *names);
    if (names) c->names = names;
    double *x = names ? ms_realloc(c->x, n * p, sizeof *x) : NULL;
    if (!x) return NULL;
    c->x = x;
    (void)ms_text_format(c->names[c->p], sizeof *c->names, "%s%s%s", name, level ? ": " : "",
                         level ? level : "");
    double *column = c->x + n * c->p;
    for (size_t i = 0; i < n; i++) column[i] = NAN;
    c->p = p;
    return column;
}

static ms_status add_person(const ms_study *study, const char *name, bool given, ms_covariates *c,
                            ms_error *err) {
    size_t known = 0, training = 0;
    double value;
    for (size_t i = 0; i < study->n; i++) {
        if (!is_training(&study->patients[i])) continue;
        training++;
        known += person_value(&study->patients[i].person, name, &value) && !isnan(value);
    }
    if (known == 0 || (!given && 2 * known < training)) return MS_OK;
    double *column = add_column(c, study->n, name, NULL);
    if (!column) return ms_error_nomem(err);
    for (size_t i = 0; i < study->n; i++) (void)person_value(&study->patients[i].person, name, &column[i]);
    return MS_OK;
}

static ms_status add_numbers(const ms_study *study, size_t column, const char *name, ms_covariates *c,
                             ms_error *err) {
    double *to = add_column(c, study->n, name, NULL);
    if (!to) return ms_error_nomem(err);
    ms_status status = MS_OK;
    for (size_t i = 0; i < study->n && status == MS_OK; i++)
        status = ms_table_number(study->cohort, study->patients[i].row, column, &to[i], err);
    return status;
}

typedef struct level {
    const char *text;
    size_t n;
} level;

static int by_text(const void *a, const void *b) {
    return strcmp(((const level *)a)->text, ((const level *)b)->text);
}

/* The levels seen in training patients, by name. */
static ms_status find_levels(const ms_study *study, size_t column, const char *name, level *levels,
                             size_t *n_levels, ms_error *err) {
    *n_levels = 0;
    for (size_t i = 0; i < study->n; i++) {
        if (!is_training(&study->patients[i]) ||
            ms_table_missing(study->cohort, study->patients[i].row, column))
            continue;
        const char *text = ms_table_cell(study->cohort, study->patients[i].row, column);
        size_t l = 0;
        while (l < *n_levels && strcmp(levels[l].text, text) != 0) l++;
        if (l == MOST_LEVELS)
            return ms_error_set(err, MS_EINPUT,
                                "study.json: covariates: %s has more than %d different texts, which is too "
                                "many for a category",
                                name, MOST_LEVELS);
        if (l == *n_levels) levels[(*n_levels)++] = (level){text, 0};
        levels[l].n++;
    }
    qsort(levels, *n_levels, sizeof *levels, by_text);
    return MS_OK;
}

/* A column for each level but the commonest; a level that no training patient has counts as missing. */
static ms_status add_categories(const ms_study *study, size_t column, const char *name, ms_covariates *c,
                                ms_error *err) {
    level levels[MOST_LEVELS + 1];
    size_t n_levels, reference = 0;
    ms_status status = find_levels(study, column, name, levels, &n_levels, err);
    for (size_t l = 1; l < n_levels && status == MS_OK; l++)
        if (levels[l].n > levels[reference].n) reference = l;
    for (size_t l = 0; l < n_levels && status == MS_OK; l++) {
        if (l == reference) continue;
        double *to = add_column(c, study->n, name, levels[l].text);
        if (!to) return ms_error_nomem(err);
        for (size_t i = 0; i < study->n; i++) {
            const char *text = ms_table_cell(study->cohort, study->patients[i].row, column);
            for (size_t k = 0; k < n_levels; k++)
                if (strcmp(levels[k].text, text) == 0) to[i] = k == l;
        }
    }
    return status;
}

static ms_status add_named(const ms_study *study, const char *name, ms_covariates *c, ms_error *err) {
    size_t column;
    ms_status status = ms_table_require(study->cohort, name, &column, err);
    if (status != MS_OK) {
        ms_error_prefix(err, "study.json: covariates");
        return status;
    }
    for (size_t e = 0; e < study->spec.n_endpoints; e++)
        if (strcmp(name, study->spec.endpoints[e].time) == 0 ||
            strcmp(name, study->spec.endpoints[e].event) == 0)
            return ms_error_set(err, MS_EINPUT, "study.json: covariates: %s is what is to be predicted",
                                name);
    return ms_table_is_numeric(study->cohort, column) ? add_numbers(study, column, name, c, err)
                                                      : add_categories(study, column, name, c, err);
}

ms_status ms_study_covariates(const ms_study *study, ms_covariates *out, ms_error *err) {
    ms_covariates c = {0};
    ms_status status = MS_OK;
    for (size_t k = 0; k < study->spec.n_covariates && status == MS_OK; k++) {
        const char *name = study->spec.covariates[k];
        const size_t before = c.p;
        double ignored;
        if (person_value(&(ms_person){0}, name, &ignored))
            status = add_person(study, name, study->spec.covariates_given, &c, err);
        else
            status = add_named(study, name, &c, err);
        if (c.p == before) continue;
        const size_t length = strlen(c.text);
        (void)ms_text_format(c.text + length, sizeof c.text - length, "%s%s", length ? ", " : "",
                             strcmp(name, "bmi") == 0 ? "BMI" : name);
    }
    /* columns one after the other become rows */
    double *rows = ms_calloc(study->n * c.p, sizeof *rows);
    if (status == MS_OK && c.p && !rows) status = ms_error_nomem(err);
    for (size_t i = 0; i < study->n && rows; i++)
        for (size_t j = 0; j < c.p; j++) rows[i * c.p + j] = c.x[j * study->n + i];
    free(c.x);
    c.x = rows;
    if (status == MS_OK)
        *out = c;
    else
        ms_covariates_clear(&c);
    return status;
}

void ms_covariates_clear(ms_covariates *c) {
    free(c->x);
    free(c->names);
    memset(c, 0, sizeof *c);
}

ms_status ms_study_covariates_check(const ms_study *study, ms_error *err) {
    ms_covariates c = {0};
    const ms_status status = ms_study_covariates(study, &c, err);
    ms_covariates_clear(&c);
    return status;
}
