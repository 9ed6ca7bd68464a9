/* One network an endpoint: trained on the training rows, applied to every case. */
#include "study/study.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The features of the used cases as numbers, rows in the order of collected->features, without case_id. */
static ms_status feature_matrix(const ms_collected *c, double **out, size_t *n_columns, ms_error *err) {
    size_t n = ms_table_rows(c->features), p = ms_table_columns(c->features);
    if (n == 0 || p < 2) return ms_error_set(err, MS_EINPUT, "no case has features: nothing to train on");
    double *x = ms_calloc(n * (p - 1), sizeof *x);
    ms_status status = x ? MS_OK : ms_error_nomem(err);
    for (size_t i = 0; i < n && status == MS_OK; i++)
        for (size_t f = 1; f < p && status == MS_OK; f++)
            status = ms_table_number(c->features, i, f, &x[i * (p - 1) + f - 1], err);
    if (status == MS_OK) {
        *out = x;
        *n_columns = p - 1;
    } else {
        free(x);
    }
    return status;
}

typedef struct training_rows {
    size_t n;
    double *x, *time;
    uint8_t *event;
    const char **names;
} training_rows;

static void rows_clear(training_rows *rows) {
    free(rows->x);
    free(rows->time);
    free(rows->event);
    free(rows->names);
}

static ms_status rows_select(const ms_study *study, const ms_collected *c, const double *x, size_t p,
                             size_t e, training_rows *rows, ms_error *err) {
    *rows = (training_rows){0, ms_calloc(c->n * p, sizeof(double)), ms_calloc(c->n, sizeof(double)),
                            ms_calloc(c->n, 1), ms_calloc(p, sizeof(char *))};
    if (!rows->x || !rows->time || !rows->event || !rows->names) return ms_error_nomem(err);
    for (size_t f = 0; f < p; f++) rows->names[f] = ms_table_column_name(c->features, f + 1);
    for (size_t i = 0; i < c->n; i++) {
        const ms_patient *patient = &study->patients[i];
        if (!c->used[i] || strcmp(patient->split, "training") != 0 || isnan(patient->time[e])) continue;
        memcpy(rows->x + rows->n * p, x + c->feature_row[i] * p, p * sizeof *x);
        rows->time[rows->n] = patient->time[e];
        rows->event[rows->n++] = patient->event[e];
    }
    return MS_OK;
}

static ms_status save_model(const ms_study *study, const ms_model *model, const char *endpoint,
                            ms_error *err) {
    char name[128];
    (void)ms_text_format(name, sizeof name, "model/%s.msm", endpoint);
    char *path = ms_study_path(study, name);
    ms_status status = path ? ms_model_save(model, path, err) : ms_error_nomem(err);
    free(path);
    (void)ms_text_format(name, sizeof name, "model/%s_history.csv", endpoint);
    path = status == MS_OK ? ms_study_path(study, name) : NULL;
    if (status == MS_OK) status = path ? ms_model_history_write(model, path, err) : ms_error_nomem(err);
    free(path);
    return status;
}

static ms_status predict(const ms_collected *c, const ms_model *model, const double *x, size_t p,
                         double *risk, int8_t *high, ms_error *err) {
    size_t n = ms_table_rows(c->features);
    double *row_risk = ms_calloc(n, sizeof *row_risk);
    ms_status status = row_risk ? ms_model_predict(model, x, n, p, row_risk, err) : ms_error_nomem(err);
    for (size_t i = 0; i < c->n && status == MS_OK; i++) {
        if (!c->used[i]) continue;
        risk[i] = row_risk[c->feature_row[i]];
        high[i] = risk[i] > ms_model_cutpoint(model);
    }
    free(row_risk);
    return status;
}

/* A stop asked for while training ends the training, too. */
static bool go_on(void *context, const ms_epoch *epoch) {
    (void)context;
    (void)epoch;
    return ms_stop_signal() == 0;
}

static ms_status train_endpoint(const ms_study *study, const ms_collected *c, const double *x, size_t p,
                                size_t e, ms_risks *risks, ms_error *err) {
    training_rows rows;
    ms_model *model = NULL;
    ms_error why = {0};
    ms_status status = rows_select(study, c, x, p, e, &rows, err);
    if (status == MS_OK) {
        status = ms_model_train(rows.x, rows.n, p, rows.names, rows.time, rows.event, &study->spec.train,
                                study->spec.seed, go_on, NULL, &model, &why);
        if (status == MS_EINPUT || status == MS_ENOCONV) { /* too few events, say: the report says so */
            (void)ms_text_format(risks->why_not[e], sizeof risks->why_not[e], "%s", why.message);
            ms_log(MS_LOG_WARNING, "%s: no network trained: %s", study->spec.endpoints[e].name, why.message);
            rows_clear(&rows);
            return MS_OK;
        }
        if (status != MS_OK) ms_error_set(err, status, "%s: %s", study->spec.endpoints[e].name, why.message);
    }
    if (status == MS_OK) status = save_model(study, model, study->spec.endpoints[e].name, err);
    if (status == MS_OK) status = ms_study_training_figure(study, model, &study->spec.endpoints[e], err);
    if (status == MS_OK)
        status = predict(c, model, x, p, risks->risk + e * c->n, risks->high + e * c->n, err);
    risks->trained[e] = status == MS_OK;
    ms_model_free(model);
    rows_clear(&rows);
    return status;
}

ms_status ms_outcome_train(const ms_study *study, const ms_collected *c, ms_risks *out, ms_error *err) {
    ms_risks risks = {0};
    double *x = NULL;
    size_t p = 0, places = study->spec.n_endpoints * c->n;
    risks.risk = ms_calloc(places, sizeof *risks.risk);
    risks.high = ms_calloc(places, sizeof *risks.high);
    ms_status status = risks.risk && risks.high ? feature_matrix(c, &x, &p, err) : ms_error_nomem(err);
    for (size_t v = 0; v < places && status == MS_OK; v++) {
        risks.risk[v] = NAN;
        risks.high[v] = -1;
    }
    ms_progress *progress = ms_progress_start("networks", study->spec.n_endpoints);
    for (size_t e = 0; e < study->spec.n_endpoints && status == MS_OK; e++) {
        status = train_endpoint(study, c, x, p, e, &risks, err);
        if (status == MS_OK) status = ms_stop_check(err);
        ms_progress_step(progress, 1);
    }
    ms_progress_end(progress);
    free(x);
    if (status == MS_OK) {
        *out = risks;
    } else {
        ms_risks_clear(&risks);
    }
    return status;
}

void ms_risks_clear(ms_risks *risks) {
    free(risks->risk);
    free(risks->high);
    memset(risks, 0, sizeof *risks);
}
