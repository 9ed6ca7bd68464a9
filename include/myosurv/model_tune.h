/* myosurv/model_tune.h: searching for the settings of a network (myosurv/model.h).
 *
 * What it does. A trial is one setting of all parameters of a search space, judged on rows its networks have
 * not seen: the training rows are dealt out to `folds` parts, events evenly, and a model trained on the
 * others is judged on each. The next trial is suggested by a Tree-structured Parzen Estimator (TPE: Bergstra,
 * Bardenet, Bengio, Kegl, NIPS 2011, section 4; Bergstra, Yamins, Cox, ICML 2013): the trials so far are
 * parted into the better ones and the others, a density is estimated for each, l(x) and g(x), and of some
 * draws from l the one with the largest l(x) / g(x) is tried, which is the one with the largest expected
 * improvement (eq. 14 there). Parameters may hang on others (a layer's width on the number of layers). Trial
 * 0 is the base setting, so that the search never returns one that looked worse than what was there. The
 * formulas are in src/model/tpe.h; the same is computed by hyperopt and Optuna's TPESampler in Python.
 *
 * Reproducible: the same rows, settings and seed give the same trials and the same result, with 1 or N
 * threads. With a log a search that was stopped or killed at any moment goes on where it was and ends with
 * the same bytes as one that was not. (options.max_seconds ends a search by the clock: how far it comes is
 * chance, what the trials are is not.)
 *
 * Only the rows given are seen. For an honest estimate of what a tuned model is worth, search anew inside
 * every training part of an outer cross-validation: the best value of a search is the luckiest of many.
 *
 * Thread safety: a space and a result are read-only once made. Arrays are row-major as in myosurv/model.h. */
#ifndef MYOSURV_MODEL_TUNE_H
#define MYOSURV_MODEL_TUNE_H

#include "myosurv/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- the search space -------------------------------------------------------------------------------- */

/* What is varied, and between which bounds. As a file: JSON, data/tune.schema.json, explained in
 * docs/model-tune.md. */
typedef struct ms_tune_space ms_tune_space;

/* The space that is searched when none is given. */
MS_API MS_NODISCARD ms_status ms_tune_space_default(ms_tune_space **space, ms_error *err);
/* MS_EINPUT with the file and the parameter: a parameter that is no setting of `train` (with the nearest
 * one), an unknown key, an empty range, a value that the setting cannot have, a condition on a parameter that
 * is not there or that comes later. */
MS_API MS_NODISCARD ms_status ms_tune_space_read(ms_tune_space **space, const char *path, ms_error *err);
/* Writes it as such a file ("-": standard output). */
MS_API MS_NODISCARD ms_status ms_tune_space_write(const ms_tune_space *space, const char *path,
                                                  ms_error *err);
MS_API void ms_tune_space_free(ms_tune_space *space);

/* ---- a search ---------------------------------------------------------------------------------------- */

typedef enum ms_tune_metric {
    MS_TUNE_LOSS, /* negative log partial likelihood over the number of events, on rows held back */
    MS_TUNE_C     /* 1 - Harrell's C on rows held back */
} ms_tune_metric;

typedef enum ms_tune_state {
    MS_TUNE_DONE,   /* judged on every fold */
    MS_TUNE_PRUNED, /* given up after the first folds */
    MS_TUNE_FAILED  /* training diverged, or the setting was impossible: see the message */
} ms_tune_state;

typedef struct ms_tune_trial {
    size_t number; /* from 0, which is the base setting */
    ms_tune_state state;
    size_t folds_done;
    double value;         /* what is minimised: over the folds done; NaN when failed */
    double loss;          /* mean over the folds done, weighted by events */
    double c;             /* mean over the folds done, weighted by pairs */
    const char *settings; /* JSON, one line: the parameters of the trial; owned by the result */
    const char *message;  /* why it failed, or "" */
} ms_tune_trial;

/* Called after every trial, in their order, from the calling thread; `resumed` for those taken from the log.
 * Return false to stop with MS_ESTOPPED. */
typedef bool (*ms_tune_callback)(void *context, const ms_tune_trial *trial, bool resumed);

typedef struct ms_tune_options {
    const ms_tune_space *space; /* NULL: the default space; borrowed */
    ms_train_config base;       /* what is not in the space; `members` is what the best settings are given */
    size_t trials;              /* in all, with those in the log; 50 */
    uint64_t seed;              /* 1 */
    ms_tune_metric metric;      /* MS_TUNE_C */
    size_t folds;               /* of a cross-validation; 0: 5 below 2000 rows, else 3 */
    double validation;          /* > 0: instead, one part of this share is held back */
    size_t members;             /* networks of a trial's model, when the space has no parameter "members" */
    size_t startup;             /* trials drawn at random before the first suggestion, with trial 0; 12 */
    size_t batch;       /* trials suggested at once, from the same earlier ones; they run side by side; 2 */
    bool prune;         /* give a trial up that is worse than the median of the others on the first folds */
    double max_seconds; /* no new trials after this time; 0: no limit */
    const char *log;    /* JSON, one line a trial, appended to and resumed from; NULL: none; borrowed */
    ms_tune_callback callback;
    void *context;
} ms_tune_options;
MS_API void ms_tune_options_default(ms_tune_options *options);

/* How much of the spread of the trials' values goes with one parameter: the share of the variance of the
 * ranks of the value on the first folds that lies between groups of the parameter's values (each choice; a
 * range in 3 or 4 equally large groups), less what chance gives (Kelley's epsilon squared), never below 0. A
 * hint, not a test: the trials are not a random sample. NaN where fewer than 8 trials have it. */
typedef struct ms_tune_weight {
    const char *parameter; /* owned by the result */
    double importance;
} ms_tune_weight;

typedef struct ms_tune_result {
    ms_train_config best; /* with the base's members unless the space has them */
    size_t best_trial;
    ms_tune_trial *trials;
    size_t n_trials;
    ms_tune_weight *weights;
    size_t n_weights;
} ms_tune_result;
MS_API void ms_tune_result_clear(ms_tune_result *result);

/* x, names, time_days, event as in ms_model_train. MS_EINPUT: what ms_model_train refuses, fewer events than
 * two a fold, a log of another search (it says what differs) or one that is damaged before its last line.
 * MS_ENOCONV: every trial failed. MS_EBUSY: another search holds the log. MS_EUNAVAILABLE: no libtorch. A
 * result from fewer trials than asked for is MS_OK when the time was up. */
MS_API MS_NODISCARD ms_status ms_tune_run(const double *x, size_t n, size_t p, const char *const *names,
                                          const double *time_days, const uint8_t *event,
                                          const ms_tune_options *options, ms_tune_result *result,
                                          ms_error *err);
/* The same from a table; time, event and columns as in ms_model_train_table. */
MS_API MS_NODISCARD ms_status ms_tune_run_table(const ms_table *table, const char *time, const char *event,
                                                const char *columns, const ms_tune_options *options,
                                                ms_tune_result *result, ms_error *err);

/* Writes the best settings as a file for `train --config`. */
MS_API MS_NODISCARD ms_status ms_tune_result_write(const ms_tune_result *result, const char *path,
                                                   ms_error *err);

#ifdef __cplusplus
}
#endif
#endif
