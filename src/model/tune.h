/* model/tune.h: what the files of the search share. The public interface is myosurv/model_tune.h. */
#ifndef MS_MODEL_TUNE_H
#define MS_MODEL_TUNE_H

#include "model/model.h"
#include "model/tpe.h"
#include "myosurv/model_tune.h"

#define MS_TUNE_MAX_FOLDS 20u
#define MS_TUNE_MAX_TRIALS 100000u
#define MS_TUNE_NONE SIZE_MAX

/* ---- tune_space.c, tune_map.c: parameters of the settings as dimensions -------------------------------- */

/* One parameter: a setting of `train`, and the dimensions it needs. A parameter with "or" has a choice first
 * (0 the range, k the k-th other value); layers have their number and then one width each. */
typedef struct ms_tune_parameter {
    const char *path;               /* "network.l2"; points into the space's tree */
    const struct cJSON *choices;    /* the array of "choice" or of "or", or NULL */
    bool is_choice;                 /* "choice" */
    size_t layers_low, layers_high; /* layers_high > 0: a list of layer sizes */
    bool is_layers;
    size_t either, count, number; /* dimensions, MS_TUNE_NONE where there is none; widths from `number` on */
    size_t n_dimensions, first;
} ms_tune_parameter;

struct ms_tune_space {
    struct cJSON *root; /* as read */
    ms_tune_parameter *parameters;
    size_t n_parameters;
    ms_tpe_dimension *dimensions;
    size_t n_dimensions, capacity;
};

/* From JSON text; `name` is what errors call it. */
MS_NODISCARD ms_status ms_tune_space_parse(ms_tune_space **space, const char *text, size_t length,
                                           const char *name, ms_error *err);
/* Every setting's path, as "network.l2"; free with ms_names_free. */
MS_NODISCARD ms_status ms_tune_paths(char ***paths, size_t *n, ms_error *err);
ms_tpe_space ms_tune_dimensions(const ms_tune_space *space);
/* The value of a parameter at a point, to be freed with cJSON_Delete; *value is NULL where it is not active.
 */
MS_NODISCARD ms_status ms_tune_value(const ms_tune_space *space, size_t parameter, const double *x,
                                     struct cJSON **value, ms_error *err);
/* The dimensions of a parameter that has the value; false when it lies outside of the space. */
bool ms_tune_locate(const ms_tune_space *space, size_t parameter, const struct cJSON *value, double *x);
/* All parameters of a point as an object { path: value }. */
MS_NODISCARD ms_status ms_tune_settings(const ms_tune_space *space, const double *x, struct cJSON **settings,
                                        ms_error *err);
/* The point with these settings; MS_EINPUT when one is outside of the space or missing. */
MS_NODISCARD ms_status ms_tune_point(const ms_tune_space *space, const struct cJSON *settings,
                                     const char *name, double *x, ms_error *err);
/* The point at which a configuration lies; false when it lies outside of the space. */
MS_NODISCARD ms_status ms_tune_point_of(const ms_tune_space *space, const ms_train_config *config, double *x,
                                        bool *inside, ms_error *err);
/* Puts settings over a configuration. */
MS_NODISCARD ms_status ms_tune_apply(const struct cJSON *settings, const ms_train_config *base,
                                     const char *name, ms_train_config *config, ms_error *err);
/* Sets one value in the tree of a configuration. */
MS_NODISCARD ms_status ms_tune_set(struct cJSON *tree, const char *path, const struct cJSON *value,
                                   ms_error *err);

extern const char ms_tune_default_space[];

/* ---- tune_trial.c: judging settings ------------------------------------------------------------------- */

typedef struct ms_tune_data {
    const double *x, *time;
    size_t n, p;
    const char *const *names;
    const uint8_t *event;
    size_t *fold; /* [n] the part a row is held back in; SIZE_MAX: never (options.validation) */
    size_t n_folds;
} ms_tune_data;

/* Deals the rows out. */
MS_NODISCARD ms_status ms_tune_deal(ms_tune_data *data, const ms_tune_options *options, ms_error *err);

typedef struct ms_tune_score {
    double loss, c;       /* NaN: could not be judged */
    double events, pairs; /* their weights */
    bool failed;
    char message[256]; /* why */
} ms_tune_score;

/* Trains without one fold, judges on it. What is wrong with the settings goes into *score, other errors come
 * back. */
MS_NODISCARD ms_status ms_tune_judge(const ms_tune_data *data, const ms_train_config *config, uint64_t seed,
                                     size_t fold, ms_tune_score *score, ms_error *err);

/* One trial under way. */
typedef struct ms_tune_record {
    double *x;              /* [n_dimensions] */
    bool outside;           /* the base, when it lies outside of the space: not a point for the estimator */
    struct cJSON *settings; /* owned */
    ms_tune_state state;
    size_t n_scores;
    ms_tune_score scores[MS_TUNE_MAX_FOLDS];
    double first; /* value on the first folds, by which trials are given up; NaN when failed */
    double value, loss, c;
} ms_tune_record;
void ms_tune_record_clear(ms_tune_record *record);
/* Mean loss and C of the scores from the first on, and the value that is minimised. */
void ms_tune_mean(const ms_tune_score *scores, size_t n, ms_tune_metric metric, double *loss, double *c,
                  double *value);

/* ---- tune_log.c -----------------------------------------------------------------------------------------
 */

typedef struct ms_tune_log ms_tune_log;
/* Opens or begins a log, locks it, and reads its trials into *records (grown to *n; owned by the caller).
 * NULL path: *log is NULL. */
MS_NODISCARD ms_status ms_tune_log_open(ms_tune_log **log, const char *path, const ms_tune_space *space,
                                        const ms_tune_data *data, const ms_tune_options *options,
                                        ms_tune_record **records, size_t *n, ms_error *err);
/* Appends trials first to first + n - 1 and waits until they are on disk. */
MS_NODISCARD ms_status ms_tune_log_append(ms_tune_log *log, const ms_tune_record *records, size_t first,
                                          size_t n, ms_error *err);
void ms_tune_log_close(ms_tune_log *log);
/* How many of the folds are looked at before a trial may be given up; n_folds: never given up. */
size_t ms_tune_first_folds(const ms_tune_data *data, const ms_tune_options *options);
/* JSON on one line. */
MS_NODISCARD ms_status ms_tune_print_line(const struct cJSON *item, ms_buffer *out, ms_error *err);

/* ---- tune_result.c --------------------------------------------------------------------------------------
 */

/* Takes over nothing: the records stay the caller's. */
MS_NODISCARD ms_status ms_tune_result_make(const ms_tune_space *space, const ms_tune_record *records,
                                           size_t n, const ms_tune_options *options, ms_tune_result *result,
                                           ms_error *err);
/* What the callback sees of a record; settings and message are to be freed with ms_tune_trial_clear. */
MS_NODISCARD ms_status ms_tune_trial_make(const ms_tune_record *record, size_t number, ms_tune_trial *trial,
                                          ms_error *err);
void ms_tune_trial_clear(ms_tune_trial *trial);
/* The share of the variance of the ranks of value[n] that lies between the groups (0 to n_groups - 1), less
 * what chance gives: (between - (groups - 1) within / (n - groups)) / total, Kelley's epsilon squared; at
 * least 0. */
MS_NODISCARD ms_status ms_tune_epsilon(const size_t *group, size_t n_groups, const double *value, size_t n,
                                       double *share, ms_error *err);

#endif
