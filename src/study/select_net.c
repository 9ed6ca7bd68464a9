/* The filter that keeps what a Cox elastic net keeps: fitted to the features still in play, its penalty by
 * cross-validation, all on the training rows. */
#include "study/select.h"

#include "myosurv/survival_net.h"

#include <math.h>
#include <stdlib.h>

/* The features in play, row by row; *p of them, feature[] says which. */
static double *matrix_of(const ms_select_data *d, const ms_selection *s, size_t *feature, size_t *p) {
    *p = 0;
    for (size_t f = 0; f < d->p; f++)
        if (s->features[f].step == MS_SELECT_CHOSEN) feature[(*p)++] = f;
    double *x = ms_calloc(d->n, (*p ? *p : 1) * sizeof *x);
    for (size_t i = 0; x && i < d->n; i++)
        for (size_t j = 0; j < *p; j++) x[i * *p + j] = d->x[feature[j] * d->n + i];
    return x;
}

static void keep(const ms_coxnet_cv *cv, const ms_select_options *o, const size_t *feature, ms_selection *s) {
    const size_t at = o->net_1se ? cv->at_1se : cv->at_min;
    size_t kept = 0;
    s->net_lambda = cv->fit.lambda[at];
    for (size_t j = 0; j < cv->fit.p; j++) {
        ms_selected_feature *f = &s->features[feature[j]];
        f->net = cv->fit.beta[at * cv->fit.p + j];
        kept += f->net != 0;
        if (f->net == 0) f->step = MS_SELECT_NET;
    }
    if (kept == 0)
        ms_log(MS_LOG_WARNING, "the elastic net keeps no feature: none predicts better than nothing in "
                               "cross-validation");
}

ms_status ms_select_net(const ms_select_data *data, const ms_select_options *options, ms_selection *selection,
                        ms_error *err) {
    size_t p = 0, *feature = ms_calloc(data->p, sizeof *feature);
    double *x = feature ? matrix_of(data, selection, feature, &p) : NULL;
    ms_coxnet_cv cv = {0};
    const ms_surv surv = {.n = data->n, .time = data->time, .event = data->event};
    const ms_design design = {.p = p, .x = x};
    ms_coxnet_options o;
    ms_coxnet_cv_options how;
    ms_coxnet_options_default(&o);
    ms_coxnet_cv_options_default(&how);
    o.alpha = options->cox_net;
    how.n_folds = options->net_folds;
    how.seed = options->seed;
    ms_status status = x ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK && p > 0) status = ms_coxnet_cv_fit(&surv, &design, &o, &how, &cv, err);
    if (status == MS_OK && p > 0) keep(&cv, options, feature, selection);
    if (status != MS_OK) ms_error_prefix(err, "elastic net");
    ms_coxnet_cv_clear(&cv);
    free(x);
    free(feature);
    return status;
}
