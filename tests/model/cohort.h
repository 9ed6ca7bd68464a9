/* tests/model/cohort.h: a small simulated cohort and quick settings for tests of training. */
#ifndef MS_TESTS_MODEL_COHORT_H
#define MS_TESTS_MODEL_COHORT_H

#include "base/scratch.h"
#include "model/close.h"
#include "model/model.h"

#include <math.h>

enum { cohort_n = 90, cohort_p = 6 };
static const char *const cohort_names[] = {"age_years", "sma_cm2", "smd_hu", "x1", "x2", "x3"};

typedef struct cohort {
    double x[cohort_n * cohort_p], time[cohort_n];
    uint8_t event[cohort_n];
} cohort;

/* Exponential survival, log hazard z0 - z1 of the scaled first two inputs. */
static inline void cohort_make(cohort *c, uint64_t seed) {
    ms_random *random = ms_random_new(seed, "cohort");
    assert_non_null(random);
    for (size_t i = 0; i < cohort_n; i++) {
        double z[cohort_p];
        for (size_t j = 0; j < cohort_p; j++) z[j] = ms_random_normal(random);
        const double death = 800 * ms_random_exponential(random) * exp(z[1] - z[0]);
        const double censoring = ms_random_range(random, 200, 2000);
        c->time[i] = fmin(death, censoring);
        c->event[i] = death <= censoring;
        for (size_t j = 0; j < cohort_p; j++) c->x[i * cohort_p + j] = 50 + 10 * z[j];
    }
    ms_random_free(random);
}

/* Defaults, but over in a moment. */
static inline void quick_config(ms_train_config *config) {
    ms_train_config_default(config);
    config->members = 2;
    config->network.epochs = 60;
    config->encoder.epochs = 40;
}

static inline ms_model *cohort_train(const cohort *c, const ms_train_config *config, uint64_t seed) {
    ms_model *model = NULL;
    ms_error err = {0};
    if (ms_model_train(c->x, cohort_n, cohort_p, cohort_names, c->time, c->event, config, seed, NULL, NULL,
                       &model, &err) != MS_OK)
        fail_msg("%s", err.message);
    return model;
}

#endif
