/* Permutation importance: how far Harrell's C falls when a column no longer belongs to its patient. */
#include "model/explain.h"

#include <math.h>
#include <string.h>

typedef struct shuffling {
    const ms_chain *chain;
    const ms_cox_data *cox;
    const double *z, *sums; /* [n * n_inputs], [n * width]: rows as they are */
    const size_t *column, *group;
    size_t n, repeats, n_columns;
    uint64_t seed;
    double c;
    double *drop, *sd;
    ms_progress *bar;
} shuffling;

/* The risk of every row with the inputs of one group taken from row deal[i]. */
static void shuffled_risk(const shuffling *s, size_t group, const size_t *deal, double *risk, double *work) {
    const ms_chain *chain = s->chain;
    double *sums = work, *rest = work + chain->width;
    for (size_t i = 0; i < s->n; i++) {
        const double *own = s->z + i * chain->n_inputs, *other = s->z + deal[i] * chain->n_inputs;
        memcpy(sums, s->sums + i * chain->width, chain->width * sizeof *sums);
        for (size_t j = 0; j < chain->n_inputs; j++)
            if ((s->group ? s->group[s->column[j]] : s->column[j]) == group && own[j] != other[j])
                ms_chain_move(chain, j, other[j] - own[j], sums);
        risk[i] = ms_chain_risk(chain, sums, rest);
    }
}

static bool has_inputs(const shuffling *s, size_t group) {
    for (size_t j = 0; j < s->chain->n_inputs; j++)
        if ((s->group ? s->group[s->column[j]] : s->column[j]) == group) return true;
    return false;
}

/* All repeats of one group; the deals are the same for every group, so that differences are the groups'. */
static ms_status repeat_group(const shuffling *s, size_t group, size_t *deal, double *risk, double *work,
                              ms_error *err) {
    double sum = 0, squares = 0;
    ms_random *random = ms_random_new(s->seed, "permutation importance");
    ms_status status = random ? MS_OK : ms_error_nomem(err);
    for (size_t i = 0; status == MS_OK && i < s->n; i++) deal[i] = i;
    for (size_t r = 0; status == MS_OK && r < s->repeats; r++) {
        double c = 0;
        ms_random_shuffle(random, deal, s->n);
        shuffled_risk(s, group, deal, risk, work);
        status = ms_watch_concordance(s->cox, risk, &c, NULL, err);
        const double drop = s->c - c, mean = sum / (double)(r > 0 ? r : 1);
        if (r > 0) squares += (drop - mean) * (drop - mean) * (double)r / (double)(r + 1);
        sum += drop;
    }
    ms_random_free(random);
    if (status != MS_OK) return status;
    s->drop[group] = sum / (double)s->repeats;
    if (s->sd) s->sd[group] = s->repeats > 1 ? sqrt(squares / (double)(s->repeats - 1)) : (double)NAN;
    return MS_OK;
}

static ms_status shuffle_group(void *context, size_t group, ms_error *err) {
    const shuffling *s = context;
    ms_status status = ms_stop_check(err);
    if (status == MS_OK && has_inputs(s, group)) {
        size_t *deal = ms_calloc(s->n, sizeof *deal);
        double *risk = ms_calloc(s->n, sizeof *risk),
               *work = ms_calloc(s->chain->width + s->chain->places, sizeof *work);
        status = deal && risk && work ? repeat_group(s, group, deal, risk, work, err) : ms_error_nomem(err);
        free(deal);
        free(risk);
        free(work);
    } else if (status == MS_OK) {
        s->drop[group] = 0;
        if (s->sd) s->sd[group] = s->repeats > 1 ? 0 : (double)NAN;
    }
    ms_progress_step(s->bar, 1);
    return status;
}

static ms_status run_groups(shuffling *s, const ms_model *model, const double *x, size_t n_groups,
                            ms_error *err) {
    const ms_chain *chain = s->chain;
    const size_t n = s->n;
    double *z = ms_calloc(n * chain->n_inputs, sizeof *z), *sums = ms_calloc(n * chain->width, sizeof *sums),
           *risk = ms_calloc(n, sizeof *risk);
    size_t *column = ms_calloc(chain->n_inputs, sizeof *column);
    ms_status status = z && sums && risk && column ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) status = ms_model_predict(model, x, n, model->prep.n_features, risk, err);
    if (status == MS_OK) status = ms_watch_concordance(s->cox, risk, &s->c, NULL, err);
    if (status == MS_OK) {
        ms_prep_apply(&model->prep, x, n, z);
        for (size_t i = 0; i < n; i++) ms_chain_sums(chain, z + i * chain->n_inputs, sums + i * chain->width);
        ms_chain_columns(chain, column);
        s->z = z;
        s->sums = sums;
        s->column = column;
        s->bar = ms_progress_start("permutations", n_groups);
        status = ms_parallel_for(n_groups, shuffle_group, s, err);
        ms_progress_end(s->bar);
    }
    free(z);
    free(sums);
    free(risk);
    free(column);
    return status;
}

ms_status ms_model_permutation(const ms_model *model, const double *x, size_t n, size_t p, const double *time,
                               const uint8_t *event, const size_t *group, size_t n_groups, size_t repeats,
                               uint64_t seed, double *drop, double *sd, double *c, ms_error *err) {
    ms_chain chain = {0};
    ms_cox_data cox = {0};
    const size_t places = group ? n_groups : p;
    if (p != model->prep.n_features)
        return ms_error_set(err, MS_EUSAGE, "the model needs %zu inputs, not %zu", model->prep.n_features, p);
    if (repeats == 0) return ms_error_set(err, MS_EUSAGE, "permutation importance needs a repeat at least");
    shuffling s = {.chain = &chain, .cox = &cox, .group = group, .n = n, .repeats = repeats, .seed = seed};
    double *drops = ms_calloc(places, sizeof *drops), *sds = ms_calloc(places, sizeof *sds);
    ms_status status = drops && sds ? ms_chain_init(&chain, model, err) : ms_error_nomem(err);
    if (status == MS_OK) status = ms_cox_data_init(&cox, time, event, n, err);
    s.drop = drops;
    s.sd = sds;
    if (status == MS_OK) status = run_groups(&s, model, x, places, err);
    if (status == MS_OK) {
        memcpy(drop, drops, places * sizeof *drop);
        if (sd) memcpy(sd, sds, places * sizeof *sd);
        if (c) *c = s.c;
    }
    ms_cox_data_clear(&cox);
    ms_chain_clear(&chain);
    free(drops);
    free(sds);
    return status;
}
