/* The filters that compare features with each other and with survival. */
#include "study/select.h"

#include <math.h>
#include <stdlib.h>

static bool in_play(const ms_selection *s, size_t f) {
    return s->features[f].step == MS_SELECT_CHOSEN;
}

/* ---- correlation ----------------------------------------------------------------------------------------
 */

typedef struct correlations {
    const ms_select_data *data;
    const ms_selection *selection;
    double *mean; /* [p] mean absolute correlation with all others in play */
} correlations;

static ms_status mean_correlation(void *context, size_t f, ms_error *err) {
    const correlations *c = context;
    double sum = 0, n = 0;
    (void)err;
    if (!in_play(c->selection, f)) return MS_OK;
    for (size_t g = 0; g < c->data->p; g++) {
        if (g == f || !in_play(c->selection, g)) continue;
        sum += fabs(ms_select_spearman(c->data, f, g));
        n += 1;
    }
    c->mean[f] = n > 0 ? sum / n : 0;
    return MS_OK;
}

/* Who stays is asked first: the higher ICC, then the less alike to all others, then the earlier column. */
typedef struct turn {
    double icc, mean;
    size_t feature;
} turn;

static int compare_turns(const void *a, const void *b) {
    const turn *p = a, *q = b;
    if (p->icc != q->icc) return p->icc > q->icc ? -1 : 1;
    if (p->mean != q->mean) return p->mean < q->mean ? -1 : 1;
    return p->feature < q->feature ? -1 : 1;
}

/* Keeps a feature when none that was kept before it is too much like it. */
static void walk(const ms_select_data *d, const turn *turns, size_t n, double most, ms_selection *s) {
    for (size_t i = 0; i < n; i++) {
        ms_selected_feature *feature = &s->features[turns[i].feature];
        feature->correlation = 0;
        for (size_t j = 0; j < i; j++) {
            if (!in_play(s, turns[j].feature)) continue;
            const double r = fabs(ms_select_spearman(d, turns[i].feature, turns[j].feature));
            if (r > feature->correlation) feature->correlation = r > 1 ? 1 : r;
        }
        if (feature->correlation > most) feature->step = MS_SELECT_CORRELATION;
    }
}

ms_status ms_select_correlation(const ms_select_data *data, const ms_select_options *options,
                                ms_selection *selection, ms_error *err) {
    if (!(options->max_correlation < 1)) return MS_OK;
    double *mean = ms_calloc(data->p, sizeof *mean);
    turn *turns = ms_calloc(data->p, sizeof *turns);
    correlations c = {data, selection, mean};
    size_t n = 0;
    ms_status status =
        mean && turns ? ms_parallel_for(data->p, mean_correlation, &c, err) : ms_error_nomem(err);
    for (size_t f = 0; f < data->p && status == MS_OK; f++) {
        const double icc = selection->features[f].icc;
        if (in_play(selection, f)) turns[n++] = (turn){isnan(icc) ? 0 : icc, mean[f], f};
    }
    if (status == MS_OK) {
        qsort(turns, n, sizeof *turns, compare_turns);
        walk(data, turns, n, options->max_correlation, selection);
    }
    free(mean);
    free(turns);
    return status;
}

/* ---- univariate Cox -------------------------------------------------------------------------------------
 */

typedef struct models {
    const ms_select_data *data;
    ms_selection *selection;
} models;

static ms_status fit_one(void *context, size_t f, ms_error *err) {
    const models *m = context;
    const ms_select_data *d = m->data;
    ms_selected_feature *feature = &m->selection->features[f];
    if (!in_play(m->selection, f)) return MS_OK;
    const ms_surv surv = {.n = d->n, .time = d->time, .event = d->event};
    const ms_design design = {.p = 1, .x = d->x + f * d->n};
    ms_cox_options options;
    ms_cox cox = {0};
    ms_cox_options_default(&options);
    ms_status status = ms_stop_check(err);
    if (status == MS_OK) status = ms_cox_fit(&surv, &design, &options, &cox, err);
    if (status != MS_OK) {
        ms_error_prefix(err, "feature %s", feature->name);
        return status;
    }
    feature->hazard_ratio = exp(cox.coef[0]);
    feature->p = cox.p_lr;
    feature->c = fmax(cox.concordance.c, 1 - cox.concordance.c);
    ms_cox_clear(&cox);
    return MS_OK;
}

ms_status ms_select_cox(const ms_select_data *data, const ms_select_options *options, ms_selection *selection,
                        ms_error *err) {
    models m = {data, selection};
    double *p = ms_calloc(data->p, sizeof *p), *q = ms_calloc(data->p, sizeof *q);
    ms_status status = p && q ? ms_parallel_for(data->p, fit_one, &m, err) : ms_error_nomem(err);
    for (size_t f = 0; f < data->p && status == MS_OK; f++) p[f] = selection->features[f].p;
    if (status == MS_OK) status = ms_fdr_adjust(p, data->p, q, err);
    for (size_t f = 0; f < data->p && status == MS_OK; f++) {
        ms_selected_feature *feature = &selection->features[f];
        feature->q = q[f];
        if (in_play(selection, f) && options->cox_fdr < 1 && !(feature->q <= options->cox_fdr))
            feature->step = MS_SELECT_COX;
    }
    free(p);
    free(q);
    return status;
}

/* ---- minimum redundancy, maximum relevance --------------------------------------------------------------
 */

/* Mutual information of two normal variables with correlation r. A correlation of 1 would be infinite; it is
 * held below, so that sums stay finite. */
static double information(double r) {
    const double square = fmin(r * r, 1 - 1e-12);
    return -0.5 * log1p(-square);
}

static size_t best(const ms_selection *s, const double *relevance, const double *redundancy, size_t chosen) {
    size_t found = SIZE_MAX;
    double top = -INFINITY;
    for (size_t f = 0; f < s->n; f++) {
        if (!in_play(s, f) || s->features[f].rank) continue;
        const double score = relevance[f] - (chosen ? redundancy[f] / (double)chosen : 0);
        if (!(score > top)) continue;
        top = score;
        found = f;
    }
    return found;
}

ms_status ms_select_mrmr(const ms_select_data *data, const ms_select_options *options,
                         ms_selection *selection, ms_error *err) {
    double *relevance = ms_calloc(data->p, sizeof *relevance),
           *redundancy = ms_calloc(data->p, sizeof *redundancy);
    ms_status status = relevance && redundancy ? MS_OK : ms_error_nomem(err);
    for (size_t f = 0; f < data->p && status == MS_OK; f++) {
        const double c = selection->features[f].c;
        relevance[f] = isnan(c) ? 0 : information(2 * c - 1);
    }
    for (size_t chosen = 0; chosen < options->mrmr && status == MS_OK; chosen++) {
        const size_t next = best(selection, relevance, redundancy, chosen);
        if (next == SIZE_MAX) break;
        selection->features[next].rank = chosen + 1;
        for (size_t f = 0; f < data->p; f++)
            if (in_play(selection, f)) redundancy[f] += information(ms_select_spearman(data, f, next));
    }
    for (size_t f = 0; f < data->p && status == MS_OK; f++)
        if (in_play(selection, f) && !selection->features[f].rank)
            selection->features[f].step = MS_SELECT_MRMR;
    free(relevance);
    free(redundancy);
    return status;
}
