/* tests/model/explained.h: models made by hand, with random weights, to explain. */
#ifndef MS_TESTS_MODEL_EXPLAINED_H
#define MS_TESTS_MODEL_EXPLAINED_H

#include "base/scratch.h"
#include "model/close.h"
#include "model/explain.h"

#include <math.h>

/* What a model is to look like. */
typedef struct made {
    size_t p, n_hidden, hidden[3], n_members, code; /* code 0: no autoencoder */
    int activation, norm;
    double clip, shrinkage;
    uint64_t seed;
} made;

static inline void made_net(ms_net *net, const size_t *sizes, size_t n_layers, int activation, int norm,
                            ms_random *random) {
    *net = (ms_net){.n_layers = n_layers};
    memcpy(net->sizes, sizes, (n_layers + 1) * sizeof *sizes);
    for (size_t l = 0; l + 1 < n_layers; l++) {
        net->activations[l] = activation;
        net->norms[l] = norm;
    }
    net->activations[n_layers - 1] = MS_ACT_LINEAR;
    const size_t n = ms_net_n_weights(net);
    net->weights = ms_calloc(n, sizeof *net->weights);
    assert_non_null(net->weights);
    for (size_t i = 0; i < n; i++) net->weights[i] = 0.6 * ms_random_normal(random);
}

/* Columns x0, x1, ...; centre 10 j, scale 1 + j; to be freed with ms_model_free. */
static inline ms_model *made_model(const made *m) {
    ms_random *random = ms_random_new(m->seed, "made model");
    ms_model *model = ms_model_new();
    assert_non_null(random);
    assert_non_null(model);
    assert_int_equal(ms_prep_alloc(&model->prep, m->p, NULL), MS_OK);
    model->prep.n_used = m->p;
    model->prep.clip = m->clip;
    model->names = ms_calloc(m->p, sizeof *model->names);
    for (size_t j = 0; j < m->p; j++) {
        char name[16];
        assert_true(ms_text_format(name, sizeof name, "x%zu", j));
        model->names[j] = ms_strdup(name);
        model->prep.centre[j] = 10 * (double)j;
        model->prep.median[j] = 10 * (double)j + 0.5;
        model->prep.scale[j] = 1 + (double)j;
    }
    size_t sizes[8] = {m->p, 5, m->code}, n = 0;
    model->code_size = m->p;
    if (m->code) {
        model->autoencoder = true;
        model->code_size = m->code;
        made_net(&model->encoder, sizes, 2, m->activation, m->norm, random);
        model->code_centre = ms_calloc(m->code, sizeof(double));
        model->code_scale = ms_calloc(m->code, sizeof(double));
        for (size_t k = 0; k < m->code; k++) {
            model->code_centre[k] = ms_random_normal(random);
            model->code_scale[k] = 1.5;
        }
    }
    sizes[n++] = model->code_size;
    for (size_t h = 0; h < m->n_hidden; h++) sizes[n++] = m->hidden[h];
    sizes[n] = 1;
    model->members = ms_calloc(m->n_members, sizeof *model->members);
    model->member_centre = ms_calloc(m->n_members, sizeof *model->member_centre);
    model->n_members = m->n_members;
    for (size_t k = 0; k < m->n_members; k++) {
        made_net(&model->members[k], sizes, n, m->activation, m->norm, random);
        model->member_centre[k] = ms_random_normal(random);
    }
    model->shrinkage = m->shrinkage;
    ms_random_free(random);
    return model;
}

/* Raw rows whose scaled values are normal with an SD of 1.5. */
static inline void made_rows(const ms_model *model, size_t n, uint64_t seed, double *x) {
    ms_random *random = ms_random_new(seed, "made rows");
    const size_t p = model->prep.n_features;
    for (size_t i = 0; i < n * p; i++)
        x[i] = model->prep.centre[i % p] + 1.5 * model->prep.scale[i % p] * ms_random_normal(random);
    ms_random_free(random);
}

static inline double made_risk(const ms_model *model, const double *x) {
    double risk = 0;
    assert_int_equal(ms_model_predict(model, x, 1, model->prep.n_features, &risk, NULL), MS_OK);
    return risk;
}

#endif
