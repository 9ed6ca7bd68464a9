/* PCA + Cox and elastic net Cox in a study: the same features, training rows and patients as the network. */
#include "study/rivals_study.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *ms_study_rival_key(size_t rival) {
    static const char *const keys[MS_STUDY_RIVALS] = {"pca_cox", "elastic_net_cox"};
    return keys[rival];
}

void ms_study_rivals_clear(ms_study_rivals *r) {
    for (size_t k = 0; k < MS_STUDY_RIVALS; k++) free(r->risk[k]);
    memset(r, 0, sizeof *r);
}

/* The features of every used case, and which of these rows are training rows with an outcome. */
typedef struct rows {
    size_t n, p, n_train;
    double *x, *time;
    uint8_t *event;
    size_t *train;
    const char **names;
} rows;

static void rows_clear(rows *r) {
    free(r->x);
    free(r->time);
    free(r->event);
    free(r->train);
    free(r->names);
}

static ms_status read_rows(const ms_study *study, const ms_collected *c, size_t e, rows *r, ms_error *err) {
    const size_t columns = ms_table_columns(c->features);
    r->n = ms_table_rows(c->features);
    r->p = columns ? columns - 1 : 0; /* the first is case_id */
    if (r->n == 0 || r->p == 0) return ms_error_set(err, MS_EINPUT, "no case has features");
    r->x = ms_calloc(r->n * r->p, sizeof *r->x);
    r->time = ms_calloc(r->n, sizeof *r->time);
    r->event = ms_calloc(r->n, 1);
    r->train = ms_calloc(r->n, sizeof *r->train);
    r->names = ms_calloc(r->p, sizeof *r->names);
    if (!r->x || !r->time || !r->event || !r->train || !r->names) return ms_error_nomem(err);
    ms_status status = MS_OK;
    for (size_t j = 0; j < r->p; j++) r->names[j] = ms_table_column_name(c->features, j + 1);
    for (size_t i = 0; i < r->n && status == MS_OK; i++)
        for (size_t j = 0; j < r->p && status == MS_OK; j++)
            status = ms_table_number(c->features, i, j + 1, &r->x[i * r->p + j], err);
    for (size_t i = 0; i < c->n && status == MS_OK; i++) {
        const ms_patient *patient = &study->patients[i];
        if (!c->used[i] || isnan(patient->time[e])) continue;
        const size_t row = c->feature_row[i];
        r->time[row] = patient->time[e];
        r->event[row] = patient->event[e];
        if (strcmp(patient->split, "training") == 0) r->train[r->n_train++] = row;
    }
    return status;
}

/* One rival; that it cannot be fitted is a result, too. */
static ms_status fit_one(const ms_study *study, const ms_collected *c, const rows *r, const ms_dataset *train,
                         size_t k, ms_study_rivals *out, ms_error *err) {
    ms_rival_options o;
    ms_rival *rival = NULL;
    ms_error why = {0};
    double *risk = ms_calloc(r->n, sizeof *risk);
    if (!risk) return ms_error_nomem(err);
    ms_rival_options_default(&o);
    o.seed = study->spec.seed;
    ms_status status = ms_rival_fit((ms_rival_kind)k, train, &o, &rival, &why);
    if (status == MS_EINPUT || status == MS_ENOCONV) {
        (void)ms_text_format(out->note[k], sizeof out->note[k], "%s", why.message);
        ms_log(MS_LOG_WARNING, "%s", why.message);
        free(risk);
        return MS_OK;
    }
    if (status != MS_OK) (void)ms_error_set(err, status, "%s", why.message);
    if (status == MS_OK) status = ms_rival_predict(rival, r->x, r->n, r->p, risk, err);
    for (size_t i = 0; i < c->n && status == MS_OK; i++)
        if (c->used[i]) out->risk[k][i] = risk[c->feature_row[i]];
    if (status == MS_OK) {
        out->fitted[k] = true;
        (void)ms_text_format(out->note[k], sizeof out->note[k], "%s", ms_rival_note(rival));
    }
    ms_rival_free(rival);
    free(risk);
    return status;
}

ms_status ms_study_rivals_fit(const ms_study *study, const ms_collected *c, size_t e, ms_study_rivals *out,
                              ms_error *err) {
    ms_study_rivals made = {0};
    rows r = {0};
    ms_dataset_store train = {0};
    ms_status status = MS_OK;
    for (size_t k = 0; k < MS_STUDY_RIVALS && status == MS_OK; k++) {
        made.risk[k] = ms_calloc(c->n, sizeof *made.risk[k]);
        if (!made.risk[k]) status = ms_error_nomem(err);
        for (size_t i = 0; i < c->n && status == MS_OK; i++) made.risk[k][i] = NAN;
    }
    if (status == MS_OK) status = read_rows(study, c, e, &r, err);
    const ms_dataset all = {r.n, r.p, r.x, r.names, r.time, r.event};
    if (status == MS_OK) status = ms_dataset_take(&all, r.train, r.n_train, NULL, 0, &train, err);
    for (size_t k = 0; k < MS_STUDY_RIVALS && status == MS_OK; k++)
        status = fit_one(study, c, &r, &train.view, k, &made, err);
    ms_dataset_clear(&train);
    rows_clear(&r);
    if (status == MS_OK)
        *out = made;
    else
        ms_study_rivals_clear(&made);
    return status;
}
