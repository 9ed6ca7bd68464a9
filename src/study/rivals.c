/* The plain rivals of the network: linear predictors of the same inputs. */
#include "study/rivals.h"

#include "myosurv/survival_net.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct ms_rival {
    ms_rival_kind kind;
    ms_rival_scale scale;
    double *weights; /* [scale.n_used] of the scaled columns */
    double centre;   /* mean linear predictor of the training rows */
    double cutpoint, last_time;
    ms_baseline baseline;
    size_t size;
    char note[160];
};

void ms_rival_options_default(ms_rival_options *o) {
    *o = (ms_rival_options){
        .most_components = 20, .alpha = 0.5, .folds = 10, .clip = 5, .max_missing = 0.5, .seed = 1};
}

const char *ms_rival_name(ms_rival_kind kind) {
    static const char *const names[] = {"PCA + Cox", "Elastic net Cox", "Cox regression"};
    return names[kind];
}

const char *ms_rival_note(const ms_rival *rival) {
    return rival->note;
}

double ms_rival_cutpoint(const ms_rival *rival) {
    return rival->cutpoint;
}

size_t ms_rival_size(const ms_rival *rival) {
    return rival->size;
}

void ms_rival_free(ms_rival *r) {
    if (!r) return;
    ms_rival_scale_clear(&r->scale);
    ms_baseline_clear(&r->baseline);
    free(r->weights);
    free(r);
}

ms_status ms_rival_net(ms_rival_fitting *f, ms_error *err) {
    const ms_surv data = {.n = f->data->n, .time = f->data->time, .event = f->data->event};
    const ms_design design = {.p = f->p, .x = f->z, .names = f->names};
    ms_coxnet_options o;
    ms_coxnet_cv_options how;
    ms_coxnet_cv cv = {0};
    if (f->folds < 3)
        return ms_error_set(err, MS_EINPUT, "too few events for cross-validation: 3 are needed");
    ms_coxnet_options_default(&o);
    ms_coxnet_cv_options_default(&how);
    o.alpha = f->options->alpha;
    how.n_folds = f->folds;
    how.seed = f->options->seed;
    ms_status status = ms_coxnet_cv_fit(&data, &design, &o, &how, &cv, err);
    if (status != MS_OK) return status;
    memcpy(f->weights, cv.fit.beta + cv.at_min * f->p, f->p * sizeof *f->weights);
    f->size = cv.fit.df[cv.at_min];
    (void)ms_text_format(f->note, sizeof f->note,
                         "%zu of %zu columns, alpha %g, lambda %.4g by cross-validated deviance", f->size,
                         f->p, o.alpha, cv.lambda_min);
    ms_coxnet_cv_clear(&cv);
    return MS_OK;
}

ms_status ms_rival_cox(ms_rival_fitting *f, ms_error *err) {
    const ms_surv data = {.n = f->data->n, .time = f->data->time, .event = f->data->event};
    const ms_design design = {.p = f->p, .x = f->z, .names = f->names};
    ms_cox_options o;
    ms_cox cox = {0};
    ms_cox_options_default(&o);
    ms_status status = ms_cox_fit(&data, &design, &o, &cox, err);
    if (status != MS_OK) return status;
    ms_buffer note;
    ms_buffer_init(&note);
    for (size_t j = 0; j < f->p; j++) {
        f->weights[j] = isnan(cox.coef[j]) ? 0 : cox.coef[j];
        ms_buffer_printf(&note, "%s%s", j ? ", " : "", f->names[j]);
    }
    f->size = f->p;
    if (!ms_text_format(f->note, sizeof f->note, "of %s", note.data ? note.data : ""))
        (void)ms_text_format(f->note, sizeof f->note, "of %zu columns", f->p);
    status = ms_buffer_failed(&note) ? ms_error_nomem(err) : MS_OK;
    ms_buffer_clear(&note);
    ms_cox_clear(&cox);
    return status;
}

static void linear(const ms_rival *r, const double *z, size_t n, double *lp) {
    const size_t p = r->scale.n_used;
    for (size_t i = 0; i < n; i++) {
        lp[i] = -r->centre;
        for (size_t j = 0; j < p; j++) lp[i] += z[i * p + j] * r->weights[j];
    }
}

static int ascending(const void *a, const void *b) {
    const double p = *(const double *)a, q = *(const double *)b;
    return p < q ? -1 : p > q;
}

/* Centre, baseline hazard and cut-point from the training rows. */
static ms_status finish(ms_rival *r, const ms_dataset *d, const double *z, ms_error *err) {
    const ms_surv data = {.n = d->n, .time = d->time, .event = d->event};
    double *lp = ms_calloc(d->n, sizeof *lp), sum = 0;
    if (!lp) return ms_error_nomem(err);
    linear(r, z, d->n, lp);
    for (size_t i = 0; i < d->n; i++) sum += lp[i];
    r->centre = sum / (double)d->n;
    linear(r, z, d->n, lp);
    ms_status status = ms_breslow_baseline(&data, lp, MS_TIES_BRESLOW, &r->baseline, err);
    for (size_t i = 0; i < d->n; i++) r->last_time = fmax(r->last_time, d->time[i]);
    qsort(lp, d->n, sizeof *lp, ascending);
    const size_t half = d->n / 2;
    r->cutpoint = d->n % 2 ? lp[half] : lp[half - 1] + (lp[half] - lp[half - 1]) / 2;
    free(lp);
    return status;
}

static ms_status fit(ms_rival *r, const ms_dataset *d, const ms_rival_options *o, ms_error *err) {
    static ms_status (*const kinds[])(ms_rival_fitting *, ms_error *) = {ms_rival_pca, ms_rival_net,
                                                                         ms_rival_cox};
    size_t events = 0;
    for (size_t i = 0; i < d->n; i++) events += d->event[i];
    if (events == 0) return ms_error_set(err, MS_EINPUT, "no event in the training rows");
    ms_status status = ms_rival_scale_fit(d, o, &r->scale, err);
    if (status != MS_OK) return status;
    const size_t p = r->scale.n_used;
    double *z = ms_calloc(d->n * p, sizeof *z);
    const char **names = ms_calloc(p, sizeof *names);
    r->weights = ms_calloc(p, sizeof *r->weights);
    status = z && names && r->weights ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) {
        ms_rival_scale_apply(&r->scale, d->x, d->n, z);
        for (size_t j = 0; j < p; j++) names[j] = d->names[r->scale.used[j]];
        ms_rival_fitting f = {d, z, p, names, o, o->folds < events ? o->folds : events, r->weights, 0, ""};
        status = kinds[r->kind](&f, err);
        r->size = f.size;
        memcpy(r->note, f.note, sizeof r->note);
    }
    if (status == MS_OK) status = finish(r, d, z, err);
    free(z);
    free(names);
    return status;
}

ms_status ms_rival_fit(ms_rival_kind kind, const ms_dataset *train, const ms_rival_options *options,
                       ms_rival **out, ms_error *err) {
    ms_rival *r = ms_calloc(1, sizeof *r);
    if (!r) return ms_error_nomem(err);
    r->kind = kind;
    ms_status status = fit(r, train, options, err);
    if (status == MS_OK) {
        *out = r;
    } else {
        ms_error_prefix(err, "%s", ms_rival_name(kind));
        ms_rival_free(r);
    }
    return status;
}

ms_status ms_rival_predict(const ms_rival *r, const double *x, size_t n, size_t p, double *risk,
                           ms_error *err) {
    if (p != r->scale.p) return ms_error_set(err, MS_EUSAGE, "%zu columns for a model of %zu", p, r->scale.p);
    double *z = ms_calloc(n * r->scale.n_used, sizeof *z);
    if (!z) return ms_error_nomem(err);
    ms_rival_scale_apply(&r->scale, x, n, z);
    linear(r, z, n, risk);
    free(z);
    return MS_OK;
}

void ms_rival_probability(const ms_rival *r, const double *risk, size_t n, const double *times,
                          size_t n_times, double *out) {
    for (size_t k = 0; k < n_times; k++)
        for (size_t i = 0; i < n; i++)
            out[k * n + i] = times[k] > r->last_time
                                 ? (double)NAN
                                 : 1 - ms_baseline_survival(&r->baseline, times[k], risk[i]);
}
