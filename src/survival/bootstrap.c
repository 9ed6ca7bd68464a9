/* The bootstrap: the same statistic of many samples of the rows, drawn with replacement, each sample from a
 * random stream of its own, so that any number of threads gives the same replicates. The jackknife beside it
 * measures how skewed the statistic is (acceleration). Efron & Tibshirani 1993; R: boot::boot. */
#include "myosurv/survival_compare.h"
#include "survival/survival.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ms_bootstrap_options_default(ms_bootstrap_options *options) {
    *options = (ms_bootstrap_options){.replicates = 1000, .seed = 1, .most_groups = 1000};
}

typedef struct plan {
    size_t n, k; /* rows, statistics */
    ms_bootstrap_statistic statistic;
    void *context;
    uint64_t seed;
    size_t *member;        /* [n] rows in order of stratum */
    size_t *stratum_first; /* [n_strata + 1] */
    size_t n_strata;
    size_t n_groups;
    size_t *group; /* [n] which group of the jackknife a row is in */
    double *out;   /* [replicates or groups][k] */
} plan;

/* ---- one sample ---- */

typedef struct sample {
    ms_resample view;
    double *count;
    size_t *rows;
} sample;

static ms_status sample_make(size_t n, sample *s, ms_error *err) {
    s->count = ms_calloc(n, sizeof *s->count);
    s->rows = ms_calloc(n, sizeof *s->rows);
    s->view = (ms_resample){.n_data = n, .count = s->count, .rows = s->rows};
    return s->count && s->rows ? MS_OK : ms_error_nomem(err);
}

static void sample_clear(sample *s) {
    free(s->count);
    free(s->rows);
}

/* The list of rows from the counts. */
static void list_rows(sample *s) {
    s->view.n = 0;
    for (size_t i = 0; i < s->view.n_data; i++)
        for (double c = s->count[i]; c > 0.5; c--) s->rows[s->view.n++] = i;
}

/* The statistic; all NaN when this sample has no value. */
static ms_status evaluate(const plan *p, const sample *s, double *values, ms_error *err) {
    ms_error local = {0};
    ms_status status = p->statistic(p->context, &s->view, values, &local);
    if (status == MS_EINPUT || status == MS_ENOCONV) {
        for (size_t k = 0; k < p->k; k++) values[k] = NAN;
        return MS_OK;
    }
    if (status && err) *err = local;
    return status;
}

static ms_status draw(const plan *p, size_t b, sample *s, ms_error *err) {
    char stream[48];
    (void)ms_text_format(stream, sizeof stream, "bootstrap %zu", b);
    ms_random *random = ms_random_new(p->seed, stream);
    if (!random) return ms_error_nomem(err);
    for (size_t h = 0; h < p->n_strata; h++) {
        size_t first = p->stratum_first[h], size = p->stratum_first[h + 1] - first;
        for (size_t i = 0; i < size; i++) s->count[p->member[first + ms_random_below(random, size)]]++;
    }
    ms_random_free(random);
    list_rows(s);
    return MS_OK;
}

static ms_status replicate(void *context, size_t b, ms_error *err) {
    const plan *p = context;
    sample s = {0};
    ms_status status = ms_stop_check(err);
    if (status) return status;
    status = sample_make(p->n, &s, err);
    if (!status) status = draw(p, b, &s, err);
    if (!status) status = evaluate(p, &s, p->out + b * p->k, err);
    sample_clear(&s);
    return status;
}

/* The data without one group of rows. */
static ms_status leave_out(void *context, size_t g, ms_error *err) {
    const plan *p = context;
    sample s = {0};
    ms_status status = ms_stop_check(err);
    if (status) return status;
    if ((status = sample_make(p->n, &s, err))) goto cleanup;
    for (size_t i = 0; i < p->n; i++) s.count[i] = p->group[i] == g ? 0 : 1;
    list_rows(&s);
    status = evaluate(p, &s, p->out + g * p->k, err);
cleanup:
    sample_clear(&s);
    return status;
}

/* ---- the whole ---- */

static ms_status order_strata(const ms_bootstrap_options *o, plan *p, ms_error *err) {
    p->n_strata = o->stratum ? o->n_strata : 1;
    p->member = ms_calloc(p->n, sizeof *p->member);
    p->stratum_first = ms_calloc(p->n_strata + 2, sizeof *p->stratum_first);
    if (!p->member || !p->stratum_first) return ms_error_nomem(err);
    for (size_t i = 0; i < p->n; i++) {
        if (o->stratum && o->stratum[i] >= p->n_strata)
            return ms_error_set(err, MS_EINPUT, "row %zu: stratum %zu, but there are %zu", i + 1,
                                o->stratum[i], p->n_strata);
        p->stratum_first[(o->stratum ? o->stratum[i] : 0) + 2]++;
    }
    for (size_t h = 2; h < p->n_strata + 2; h++) p->stratum_first[h] += p->stratum_first[h - 1];
    for (size_t i = 0; i < p->n; i++) p->member[p->stratum_first[(o->stratum ? o->stratum[i] : 0) + 1]++] = i;
    return MS_OK;
}

/* Which rows go out together: each alone, or, of many rows, dealt out in turn after a shuffle. */
static ms_status deal_groups(const ms_bootstrap_options *o, plan *p, ms_error *err) {
    size_t most = o->most_groups > 1 ? o->most_groups : 2;
    p->n_groups = p->n < most ? p->n : most;
    p->group = ms_calloc(p->n, sizeof *p->group);
    size_t *order = ms_calloc(p->n, sizeof *order);
    ms_random *random = ms_random_new(o->seed, "jackknife groups");
    ms_status status = p->group && order && random ? MS_OK : ms_error_nomem(err);
    for (size_t i = 0; i < p->n && !status; i++) order[i] = i;
    if (!status && p->n_groups < p->n) ms_random_shuffle(random, order, p->n);
    for (size_t i = 0; i < p->n && !status; i++) p->group[order[i]] = i % p->n_groups;
    ms_random_free(random);
    free(order);
    return status;
}

/* Sum L^3 / (6 (sum L^2)^1.5). A row's L is (rows of its stratum - 1) times what leaving it out changes. */
static void accelerate(const ms_bootstrap_options *o, const plan *p, const double *without,
                       ms_bootstrap *out) {
    bool single = p->n_groups == p->n;
    for (size_t k = 0; k < p->k; k++) {
        double squares = 0, cubes = 0;
        for (size_t g = 0; g < p->n_groups; g++) {
            size_t h = single && o->stratum ? o->stratum[g] : 0;
            double rows = single ? (double)(p->stratum_first[h + 1] - p->stratum_first[h]) : (double)p->n;
            double value = without[g * p->k + k];
            double l = isnan(value) ? 0 : (rows - 1) * (out->observed[k] - value);
            squares += l * l;
            cubes += l * l * l;
        }
        out->acceleration[k] = squares > 0 ? cubes / (6 * pow(squares, 1.5)) : 0;
    }
}

static ms_status run_jackknife(const ms_bootstrap_options *o, plan *p, ms_bootstrap *out, ms_error *err) {
    ms_status status = deal_groups(o, p, err);
    if (status) return status;
    double *without = ms_calloc(p->n_groups * p->k, sizeof *without);
    if (!without) return ms_error_nomem(err);
    p->out = without;
    status = ms_parallel_for(p->n_groups, leave_out, p, err);
    if (!status) accelerate(o, p, without, out);
    free(without);
    return status;
}

/* Bias, standard error and failures of each statistic. */
static void summarise(ms_bootstrap *out) {
    for (size_t k = 0; k < out->n_statistics; k++) {
        double sum = 0, squares = 0;
        size_t used = 0;
        for (size_t b = 0; b < out->n_replicates; b++) {
            double value = out->replicate[b * out->n_statistics + k];
            if (!isfinite(value)) continue;
            used++;
            sum += value;
        }
        double mean = sum / (double)used;
        for (size_t b = 0; b < out->n_replicates; b++) {
            double value = out->replicate[b * out->n_statistics + k];
            if (isfinite(value)) squares += (value - mean) * (value - mean);
        }
        out->n_failed[k] = out->n_replicates - used;
        out->bias[k] = used ? mean - out->observed[k] : NAN;
        out->se[k] = used > 1 ? sqrt(squares / (double)(used - 1)) : NAN;
    }
}

static ms_status result_alloc(size_t replicates, const plan *p, ms_bootstrap *out, ms_error *err) {
    *out = (ms_bootstrap){.n = p->n, .n_statistics = p->k, .n_replicates = replicates};
    out->observed = ms_calloc(p->k, sizeof(double));
    out->bias = ms_calloc(p->k, sizeof(double));
    out->se = ms_calloc(p->k, sizeof(double));
    out->acceleration = ms_calloc(p->k, sizeof(double));
    out->n_failed = ms_calloc(p->k, sizeof(size_t));
    out->replicate = ms_calloc(replicates * p->k, sizeof(double));
    if (!out->observed || !out->bias || !out->se || !out->acceleration || !out->n_failed || !out->replicate)
        return ms_error_nomem(err);
    for (size_t k = 0; k < p->k; k++) out->acceleration[k] = NAN;
    return MS_OK;
}

/* The statistic of the data themselves: here a failure is a failure. */
static ms_status observe(const plan *p, double *observed, ms_error *err) {
    sample s = {0};
    ms_status status = sample_make(p->n, &s, err);
    for (size_t i = 0; i < p->n && !status; i++) s.count[i] = 1;
    if (!status) list_rows(&s);
    if (!status) status = p->statistic(p->context, &s.view, observed, err);
    sample_clear(&s);
    return status;
}

ms_status ms_bootstrap_run(size_t n, size_t n_statistics, ms_bootstrap_statistic statistic, void *context,
                           const ms_bootstrap_options *options, ms_bootstrap *out, ms_error *err) {
    ms_bootstrap_options o;
    ms_bootstrap_options_default(&o);
    if (options) o = *options;
    if (n == 0) return ms_error_set(err, MS_EINPUT, "no rows to draw from");
    plan p = {.n = n, .k = n_statistics, .statistic = statistic, .context = context, .seed = o.seed};
    ms_bootstrap result = {0};
    ms_status status = result_alloc(o.replicates, &p, &result, err);
    if (status || (status = order_strata(&o, &p, err)) || (status = observe(&p, result.observed, err)))
        goto cleanup;
    p.out = result.replicate;
    if ((status = ms_parallel_for(o.replicates, replicate, &p, err))) goto cleanup;
    summarise(&result);
    if (o.jackknife && (status = run_jackknife(&o, &p, &result, err))) goto cleanup;
    *out = result;
    result = (ms_bootstrap){0};
cleanup:
    free(p.member);
    free(p.stratum_first);
    free(p.group);
    ms_bootstrap_clear(&result);
    return status;
}

void ms_bootstrap_clear(ms_bootstrap *bootstrap) {
    MS_FREE(bootstrap->observed);
    MS_FREE(bootstrap->replicate);
    MS_FREE(bootstrap->n_failed);
    MS_FREE(bootstrap->bias);
    MS_FREE(bootstrap->se);
    MS_FREE(bootstrap->acceleration);
    bootstrap->n_statistics = bootstrap->n_replicates = 0;
}
