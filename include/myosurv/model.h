/* myosurv/model.h: a deep Cox network, with an optional autoencoder before it.
 *
 * What it computes. For a patient with inputs x the network gives a log hazard ratio f(x) under Cox's model
 *     h(t | x) = h0(t) exp(f(x)),
 * f being layers of neurons instead of a weighted sum (Faraggi and Simon, Stat Med 1995;14:73; DeepSurv:
 * Katzman et al., BMC Med Res Methodol 2018;18:24; TFDeepSurv is the same in TensorFlow). It is trained by
 * minimising the negative log partial likelihood (Efron 1977 or Breslow 1974 for ties), divided by the number
 * of events, plus l1 * sum|w| + l2 * sum w^2 over the weights. With many inputs an autoencoder (Hinton and
 * Salakhutdinov, Science 2006;313:504) is first trained, without the outcome, to press them into a short code
 * from which they can be restored, and the Cox network sees the code.
 *
 * A model is an ensemble: `members` networks that differ in initial weights and in which part of the training
 * rows was held back to decide when to stop. Its risk is the mean of theirs, times a shrinkage factor
 * from 0.1 to 1: the slope of a Cox regression on the risks of rows that a member had not seen (van
 * Houwelingen and le Cessie, Stat Med 1990;9:1303), which takes back what the networks overstate in small
 * samples.
 *
 * Everything is fitted on the training rows alone: which columns are kept, medians for missing values,
 * scaling, autoencoder, network, baseline hazard, cut-point. Training and prediction are plain C;
 * libtorch trains on a GPU or, when asked, on the processor, and is loaded only for that (MS_EUNAVAILABLE
 * when it is not installed or has no CUDA): MS_DEVICE_CUDA, MS_DEVICE_LIBTORCH.
 *
 * Reproducible: the same rows, settings and seed give the same bytes, with 1 or N threads, on one kind of
 * processor. (The linear-algebra library picks its kernels by processor: another one may change last digits.)
 *
 * Thread safety: a model is read-only once made; several threads may predict from it. Arrays are row-major:
 * x[i * p + j] is patient i's column j. */
#ifndef MYOSURV_MODEL_H
#define MYOSURV_MODEL_H

#include "myosurv/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- settings ---------------------------------------------------------------------------------------- */

#define MS_TRAIN_MAX_LAYERS 16

typedef enum ms_activation {
    MS_ACT_LINEAR,
    MS_ACT_RELU,
    MS_ACT_SIGMOID,
    MS_ACT_TANH,
    MS_ACT_SELU,       /* Klambauer et al. 2017 */
    MS_ACT_ELU,        /* alpha 1 */
    MS_ACT_GELU,       /* x * Phi(x), with erf, not the tanh approximation */
    MS_ACT_LEAKY_RELU, /* slope 0.01 below 0: Maas et al. 2013 */
    MS_ACT_SOFTPLUS,   /* log(1 + exp x) */
    MS_ACT_SILU,       /* x / (1 + exp -x): Elfwing et al. 2018 */
    MS_ACT_MISH,       /* x tanh(softplus x): Misra 2019 */
    MS_ACTIVATIONS     /* how many there are */
} ms_activation;

typedef enum ms_optimizer { MS_OPT_SGD, MS_OPT_RMSPROP, MS_OPT_ADAM, MS_OPT_ADAMW } ms_optimizer;
typedef enum ms_weight_init {
    MS_INIT_TRUNCATED_NORMAL, /* SD init_sd, redrawn beyond 2 SD (TensorFlow's, as TFDeepSurv uses) */
    MS_INIT_XAVIER,           /* normal, SD sqrt(2 / (in + out)): Glorot and Bengio 2010 */
    MS_INIT_HE,               /* normal, SD sqrt(2 / in): He et al. 2015 */
    MS_INIT_LECUN,            /* normal, SD sqrt(1 / in): LeCun et al. 1998, meant for selu */
    MS_INIT_UNIFORM           /* between -1/sqrt(in) and 1/sqrt(in), constants too: PyTorch's default */
} ms_weight_init;
/* What is done to a hidden layer's sums before the activation, each followed by a learnt gain and shift. */
typedef enum ms_network_norm {
    MS_NORM_NONE,
    MS_NORM_LAYER, /* a patient's sums get mean 0 and variance 1 over the layer: Ba et al. 2016 */
    MS_NORM_BATCH  /* a neuron's sums get mean 0 and variance 1 over the rows of the step: Ioffe and Szegedy
                      2015. For looking and for prediction the mean and variance over all training rows are
                      used, not a running mean; when training ends they go into the weights. */
} ms_network_norm;
/* The learning rate of epoch e, from 0, by learning_rate r and lr_decay d. None falls below r * lr_floor. */
typedef enum ms_schedule {
    MS_LR_EXPONENTIAL, /* r d^e; d = 1: constant */
    MS_LR_STEP,        /* r d^floor(e / lr_step) */
    MS_LR_COSINE,      /* r (1 + cos(pi e / epochs)) / 2: Loshchilov and Hutter 2017; d is not used */
    MS_LR_PLATEAU,     /* times d when the validation loss (training loss where there is none) has not fallen
                          for lr_step epochs */
    MS_LR_INVERSE      /* r / (1 + d e), as in DeepSurv */
} ms_schedule;
/* Where networks are trained. */
typedef enum ms_train_device {
    MS_DEVICE_AUTO, /* the processor */
    MS_DEVICE_CPU,
    MS_DEVICE_CUDA, /* a GPU through libtorch; MS_EUNAVAILABLE where libtorch has no CUDA or there is no GPU
                     */
    MS_DEVICE_LIBTORCH /* the processor through libtorch: the same steps, other last digits, slower */
} ms_train_device;
typedef enum ms_train_ties { MS_TRAIN_EFRON, MS_TRAIN_BRESLOW } ms_train_ties;
typedef enum ms_train_switch { MS_TRAIN_AUTO, MS_TRAIN_ON, MS_TRAIN_OFF } ms_train_switch;

/* How one network (autoencoder or Cox network) is fitted. With batch_size 0 an epoch is one step on all
 * training rows. Else the rows are dealt anew into ceil(n / batch_size) batches each epoch, events and
 * censored rows each as evenly as can be, and a step is taken on each. The Cox loss of a batch is the partial
 * likelihood of its own rows: the risk set of an event are the rows of the batch still followed (Goldstein
 * and Langholz, Ann Stat 1992;20:1903, nested case-control sampling; DeepSurv in mini-batches, Kvamme et al.,
 * JMLR 2019;20:129). A batch without an event takes no step. */
typedef struct ms_fit_config {
    size_t hidden[MS_TRAIN_MAX_LAYERS]; /* neurons of each hidden layer, from the input on */
    size_t n_hidden;                    /* 0: no hidden layer (for the Cox network: Cox regression) */
    bool hidden_auto;                   /* choose hidden[] from the number of rows and inputs */
    ms_activation activation;
    bool activation_auto;            /* where hidden_auto is too: choose activation from the number of rows */
    ms_activation output_activation; /* of the last layer; TFDeepSurv's had the hidden layers' */
    ms_network_norm norm;
    ms_weight_init init;
    double init_sd; /* for MS_INIT_TRUNCATED_NORMAL */
    double dropout; /* share of each hidden layer's neurons left out in a step, [0, 1); < 0: chosen from the
                       rows */
    double l1;      /* penalties on weights (not on the constants); l2 < 0: chosen from the number of */
    double l2;      /* events (Cox network only), see docs/model.md */
    ms_optimizer optimizer;
    double learning_rate;
    ms_schedule schedule;
    double lr_decay;      /* see ms_schedule */
    size_t lr_step;       /* see ms_schedule */
    double lr_floor;      /* share of learning_rate, [0, 1] */
    size_t warmup;        /* in the first so many epochs the rate is also times (e + 1) / warmup */
    double clip_gradient; /* a longer gradient is cut to this length (with its penalties); 0: not */
    size_t batch_size;    /* rows a step; 0: all */
    double momentum;      /* SGD and RMSprop */
    bool nesterov;        /* SGD */
    size_t epochs;        /* at most */
    size_t
        patience; /* stop when the validation loss has not fallen for so many epochs; 0: never stop early */
} ms_fit_config;

typedef struct ms_train_config {
    /* preprocessing */
    bool robust;        /* scale by median and IQR/1.349 instead of mean and SD */
    double clip;        /* scaled values are cut to [-clip, clip]; 0: not */
    double max_missing; /* a column with a larger share of missing values is dropped */
    /* autoencoder: in -> hidden -> code -> hidden reversed -> in */
    ms_train_switch autoencoder; /* auto: when there are more inputs than autoencoder_above */
    size_t autoencoder_above;
    size_t code_size; /* 0: chosen from the number of rows, at most 100 */
    ms_fit_config encoder;
    /* Denoising (Vincent et al., JMLR 2010;11:3371): in each step normal noise of this SD is added to the
     * scaled inputs, and this share of them is set to 0, their mean; what is to be restored is the input
     * without. */
    double encoder_noise, encoder_mask;
    bool encoder_tied; /* the decoder's weights are the encoder's, transposed */
    /* Above 0: each Cox network, once trained on the code, is trained on together with a copy of the
     * autoencoder, at the autoencoder's learning rate, on the loss Cox + joint * mean squared error of the
     * restored inputs. It stops by the Cox loss of the rows held back, and is never worse there than before.
     */
    double joint;
    /* Cox network */
    ms_fit_config network;
    ms_train_ties ties;
    double validation; /* share of the training rows held back for early stopping, [0, 0.5]; 0: none */
    size_t members;    /* networks in the ensemble */
    /* Before the ensemble is trained, compare a few kinds of Cox network by cross-validation within the
     * training rows and take the one with the highest C: docs/model.md. Auto: with 400 rows and 100 events or
     * more. Never when hidden layers or activation are given, or with `joint`. */
    ms_train_switch choose;
    ms_train_device device;
} ms_train_config;

/* The embedded defaults (the same as in docs/model.md and data/train.schema.json). */
MS_API void ms_train_config_default(ms_train_config *config);
/* Reads a JSON file over the defaults: keys that are absent keep their default. MS_EINPUT with line and
 * column for bad JSON, for an unknown key (with the nearest known one), a wrong type or a value out of its
 * range. */
MS_API MS_NODISCARD ms_status ms_train_config_read(ms_train_config *config, const char *path, ms_error *err);
/* MS_EINPUT when a setting is out of its range; `name` is what the message calls the settings. */
MS_API MS_NODISCARD ms_status ms_train_config_check(const ms_train_config *config, const char *name,
                                                    ms_error *err);

/* ---- training ---------------------------------------------------------------------------------------- */

typedef struct ms_model ms_model;

/* One epoch of the training record. Losses are without penalties; NaN where there is no validation part (and
 * the two C-indices for the autoencoder, whose loss is the mean squared error of the scaled inputs). */
typedef struct ms_epoch {
    size_t member; /* from 0; the autoencoder is shared and has member 0 */
    bool autoencoder;
    size_t epoch; /* steps taken so far: 0 is the initial weights */
    double train_loss, valid_loss, train_c, valid_c;
    double learning_rate;
} ms_epoch;

/* Called after every epoch, perhaps from several threads at once; may be NULL. Return false to stop the
 * training with MS_ESTOPPED. */
typedef bool (*ms_epoch_callback)(void *context, const ms_epoch *epoch);

/* Trains a model.
 *   x[n * p]      inputs, NaN where missing, never infinite
 *   names[p]      the columns' names, with their units in them; they are kept in the model
 *   time_days[n]  follow-up, finite and >= 0 (any unit; survival is later asked for in the same)
 *   event[n]      1 at an event, 0 censored
 * MS_EINPUT: no events, fewer than 2 rows, a negative or non-finite time, an event that is neither 0 nor 1,
 * no column left after preprocessing, a name twice. MS_ENOCONV: the loss was not finite before a single epoch
 * had succeeded (later: a warning in the log, and the last good weights are kept). MS_EUNAVAILABLE: no
 * GPU where one is asked for. Fewer rows than inputs is a warning in the log. */
MS_API MS_NODISCARD ms_status ms_model_train(const double *x, size_t n, size_t p, const char *const *names,
                                             const double *time_days, const uint8_t *event,
                                             const ms_train_config *config, uint64_t seed,
                                             ms_epoch_callback callback, void *context, ms_model **model,
                                             ms_error *err);

/* The same from a table. `time` names a column; `event` is "COL" (cells 0 or 1, TRUE or FALSE) or "COL=VALUE"
 * (cells equal to VALUE, as text or as number, are events; missing is an error). `columns` is a comma list of
 * names and patterns with * and ?, or NULL: every numeric column other than time, event, ids (id, *_id), a
 * model's outputs and a simulation's truth (risk, risk_*, true_risk, survival_*) and what looks like another
 * outcome (*_event, *_status, *_days,
 * *_months,
 * *_years but for age_*; left out with a warning). Errors name the file, line and column. */
MS_API MS_NODISCARD ms_status ms_model_train_table(const ms_table *table, const char *time, const char *event,
                                                   const char *columns, const ms_train_config *config,
                                                   uint64_t seed, ms_epoch_callback callback, void *context,
                                                   ms_model **model, ms_error *err);

/* Patients whose loss and C are followed in every epoch of training; they decide nothing. */
typedef struct ms_watched_set {
    const char *name;        /* letters, digits, . _ -; unique; train and valid are taken */
    const double *x;         /* [n * p], as for training */
    const double *time_days; /* [n] */
    const uint8_t *event;    /* [n] */
    size_t n;
} ms_watched_set;
#define MS_TRAIN_MAX_WATCHED 16

/* What a training may have besides; all zero is nothing. */
typedef struct ms_train_extra {
    /* [n] or NULL: the stratum of each row, any numbers. Only rows of one stratum are compared with one
     * another, in the partial likelihood (R: coxph with strata()) and in the watched C. The baseline hazard
     * is still one for all. */
    const size_t *strata;
    const ms_watched_set *watched;
    size_t n_watched;
    /* A file, or NULL. What has been trained is kept there, written anew every few seconds (and before
     * MS_ESTOPPED); a training that finds one goes on from it, to the same bytes as one that was never
     * stopped. MS_EINPUT when it is of other data, settings, seed or program, or damaged. The
     * caller removes it when the model has been saved. */
    const char *checkpoint;
    ms_epoch_callback callback;
    void *context;
} ms_train_extra;

/* ms_model_train with more said. MS_EINPUT also for a watched set with a bad name, time, event or infinite
 * input. */
MS_API MS_NODISCARD ms_status ms_model_train_more(const double *x, size_t n, size_t p,
                                                  const char *const *names, const double *time_days,
                                                  const uint8_t *event, const ms_train_config *config,
                                                  uint64_t seed, const ms_train_extra *extra,
                                                  ms_model **model, ms_error *err);

/* The inputs of a table on their way to the training: set 0 is the table that is trained on, the others are
 * the watched ones. */
typedef struct ms_train_inputs {
    size_t set;
    const ms_table *table;
    double *x; /* [n * p] */
    size_t n, p;
    const char *const *names; /* [p] */
    const double *time;       /* [n] */
    const uint8_t *event;     /* [n] */
    bool *keep;               /* [p], all true, of set 0; NULL of the others */
} ms_train_inputs;
/* May change x, and clear keep where a column is to be left out (myosurv/study_train.h does). It is called
 * for set 0 first; the watched sets then have the columns that were kept. */
typedef ms_status (*ms_train_prepare)(void *context, const ms_train_inputs *inputs, ms_error *err);

/* The same for tables: `strata` names a column (equal text is one stratum; missing is an error) or is NULL;
 * watched tables have the training table's columns, by name. */
typedef struct ms_train_tables {
    const char *strata;
    const char *const *watched_names;
    const ms_table *const *watched;
    size_t n_watched;
    const char *checkpoint;
    ms_epoch_callback callback;
    void *context;
    ms_train_prepare prepare; /* or NULL */
    void *prepare_context;
} ms_train_tables;
MS_API MS_NODISCARD ms_status ms_model_train_table_more(const ms_table *table, const char *time,
                                                        const char *event, const char *columns,
                                                        const ms_train_config *config, uint64_t seed,
                                                        const ms_train_tables *more, ms_model **model,
                                                        ms_error *err);
MS_API void ms_model_free(ms_model *model);

/* ---- the model file ---------------------------------------------------------------------------------- */

/* Writes the model, atomically. The format (docs/model.md): 8 bytes magic, version and lengths, a JSON
 * header, IEEE doubles in little-endian order, SHA-256 of all before it. Nothing in it is ever executed. */
MS_API MS_NODISCARD ms_status ms_model_save(const ms_model *model, const char *path, ms_error *err);
/* Reads a model file. MS_EINPUT for anything that is not a whole, unaltered model file of a known version:
 * magic, version, lengths against the file's size, checksum, sizes against limits, a number that is not
 * finite. */
MS_API MS_NODISCARD ms_status ms_model_load(ms_model **model, const char *path, ms_error *err);

/* ---- prediction -------------------------------------------------------------------------------------- */

/* The columns a prediction needs, in order; *names lives as long as the model. */
MS_API void ms_model_features(const ms_model *model, const char *const **names, size_t *n);
/* risk[n]: the log hazard ratio against the mean of the training rows, from x[n * p] in the order of
 * ms_model_features (missing, NaN: the training median). MS_EUSAGE when p is not the model's; MS_EINPUT for
 * an infinite input. */
MS_API MS_NODISCARD ms_status ms_model_predict(const ms_model *model, const double *x, size_t n, size_t p,
                                               double *risk, ms_error *err);
/* As ms_model_predict, the columns taken by name from a table, in whatever order they stand there; risk has
 * ms_table_rows places. MS_EINPUT lists the columns that are missing, and says so when one of them is there
 * with another unit. */
MS_API MS_NODISCARD ms_status ms_model_predict_table(const ms_model *model, const ms_table *table,
                                                     double *risk, ms_error *err);
/* The scaled inputs after preprocessing and autoencoder, which the Cox network sees: code[n *
 * ms_model_code_size]. */
MS_API MS_NODISCARD ms_status ms_model_encode(const ms_model *model, const double *x, size_t n, size_t p,
                                              double *code, ms_error *err);
MS_API size_t ms_model_code_size(const ms_model *model);
/* out[i * n_times + k] = S(times[k] | risk[i]) = exp(-H0(times[k]) exp(risk[i])), H0 the Breslow estimate on
 * the training rows at risk 0 (R: survfit(coxph(..., ties = "breslow")) with fixed coefficients). Beyond the
 * last training time the curve is not known: NaN. MS_EUSAGE for a negative or non-finite time. */
MS_API MS_NODISCARD ms_status ms_model_survival(const ms_model *model, const double *risk, size_t n,
                                                const double *times, size_t n_times, double *out,
                                                ms_error *err);
/* Adds the columns `risk` and, for each time, `survival_T` to a table (MS_EINPUT when one of them is there).
 */
MS_API MS_NODISCARD ms_status ms_model_predict_into(const ms_model *model, ms_table *table,
                                                    const double *times, size_t n_times, ms_error *err);

/* ---- what is in a model ------------------------------------------------------------------------------ */

typedef struct ms_model_info {
    size_t n, events;  /* training rows */
    size_t n_features; /* columns given */
    size_t n_used;     /* columns left after the constant and the empty ones were dropped */
    bool autoencoder;
    size_t code_size; /* inputs of the Cox network */
    size_t members;
    uint64_t seed;
    double shrinkage; /* factor on the members' mean output, from the rows held back; 1: none */
    double cutpoint;  /* median training risk: higher is the high-risk group */
    double train_c;   /* Harrell's C of the whole model on its training rows (optimistic) */
    double valid_c;   /* mean over members, at the epoch kept, on the rows each did not train on; or NaN */
    double reconstruction; /* autoencoder: mean squared error on its validation rows (1: no better than the
                              mean) */
    const char *program_version, *time_name, *event_name, *data_sha256; /* live as long as the model */
} ms_model_info;

MS_API void ms_model_get_info(const ms_model *model, ms_model_info *info);
/* Risk above this is the high-risk group. */
MS_API double ms_model_cutpoint(const ms_model *model);
/* Every epoch of training, autoencoder first, then member by member. */
MS_API void ms_model_history(const ms_model *model, const ms_epoch **epochs, size_t *n);
/* The watched sets' names, and values[(i * n_sets + k) * 2 + 0 or 1]: loss and C of set k at epoch i of the
 * history (NaN for the autoencoder). */
MS_API void ms_model_watched(const ms_model *model, const char *const **names, size_t *n_sets,
                             const double **values);
/* The same as a CSV file: stage, member, epoch, train_loss, valid_loss, train_c, valid_c, learning_rate,
 * kept, and for each watched set NAME the columns loss_NAME and c_NAME. */
MS_API MS_NODISCARD ms_status ms_model_history_write(const ms_model *model, const char *path, ms_error *err);
/* The steps of the baseline cumulative hazard at risk 0: hazard[k] from times[k] on. */
MS_API void ms_model_baseline(const ms_model *model, const double **times, const double **hazard, size_t *n);
/* For each feature: was it dropped, and how many training values were missing. */
MS_API bool ms_model_feature_dropped(const ms_model *model, size_t feature);
MS_API size_t ms_model_feature_missing(const ms_model *model, size_t feature);

#ifdef __cplusplus
}
#endif
#endif
