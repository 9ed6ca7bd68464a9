/* model/model.h: what the files of this room share. The public interface is myosurv/model.h. */
#ifndef MS_MODEL_MODEL_H
#define MS_MODEL_MODEL_H

#include "base/base.h"
#include "model/torch_shim.h"
#include "myosurv/model.h"

#include <stdlib.h>

/* Ceilings that a model file may not exceed (and training does not). */
#define MS_MODEL_MAX_FEATURES 1000000u
#define MS_MODEL_MAX_UNITS 1000000u
#define MS_MODEL_MAX_MEMBERS 1000u
#define MS_MODEL_MAX_EPOCHS 1000000u
#define MS_MODEL_MAX_DOUBLES (1u << 28)
/* in, hidden, code, hidden reversed, out */
#define MS_NET_MAX_LAYERS (3 * MS_TRAIN_MAX_LAYERS + 4) /* and, while trained together, a Cox network */

/* ---- dense.c: a fully connected network ------------------------------------------------------------- */

/* Layers are a chain but for `from`, which training alone uses (a decoder beside a Cox network on one code);
 * ms_net_forward and the model file know chains only. Each field is 0 where there is nothing to say. */
typedef struct ms_net {
    size_t n_layers;
    size_t sizes[MS_NET_MAX_LAYERS + 1]; /* inputs first */
    int activations[MS_NET_MAX_LAYERS];  /* enum ms_activation */
    int norms[MS_NET_MAX_LAYERS];        /* enum ms_network_norm; MS_NORM_BATCH only while training */
    int from[MS_NET_MAX_LAYERS];         /* k > 0: the input is the output of layer k - 1 (from 0), not of the
                                            layer before */
    int unpenalised[MS_NET_MAX_LAYERS];  /* 1: l1 and l2 leave its weights alone */
    int tied[MS_NET_MAX_LAYERS];         /* k > 0: the weights are kept equal to the transposed ones of layer
                                            k - 1; constants are its own */
    /* Layer by layer: weights[out][in], constants[out], and with a norm gain[out], shift[out]; owned. A layer
     * is activation(W x + c), or activation(gain * (z - mean z) / sqrt(var z + MS_NORM_EPSILON) + shift) with
     * z = W x + c. */
    double *weights;
} ms_net;
#define MS_NORM_EPSILON 1e-5

void ms_net_clear(ms_net *net);
size_t ms_net_n_weights(const ms_net *net);
/* Inputs and numbers of one layer. */
size_t ms_net_layer_inputs(const ms_net *net, size_t layer);
size_t ms_net_layer_weights(const ms_net *net, size_t layer);
double ms_activation_value(int activation, double x);
/* out[n * sizes[n_layers]] from x[n * sizes[0]]. */
MS_NODISCARD ms_status ms_net_forward(const ms_net *net, const double *x, size_t n, double *out,
                                      ms_error *err);

/* ---- init.c ----------------------------------------------------------------------------------------- */

/* Allocates and draws the initial weights; constants start at 0. */
MS_NODISCARD ms_status ms_net_init(ms_net *net, ms_weight_init init, double sd, ms_random *random,
                                   ms_error *err);
/* n dropout factors: 0, or 1 / (1 - dropout). */
void ms_net_draw_masks(size_t n, double dropout, ms_random *random, double *masks);

/* ---- cox_loss.c: the partial likelihood ------------------------------------------------------------- */

/* Rows stratum by stratum in the order of falling time, in groups of equal time. */
typedef struct ms_cox_data {
    size_t n, n_groups, n_events;
    size_t *order;       /* [n] row numbers */
    size_t *group_start; /* [n_groups + 1] into order */
    uint8_t *first;      /* [n_groups] 1 at the first group of a stratum */
    size_t *place;       /* [n] by row: where it stands in order */
    size_t *stratum;     /* [n] by row */
    uint8_t *event;      /* [n] by row */
    double *time;        /* [n] by row */
} ms_cox_data;

/* Only rows of one stratum are compared; strata NULL: one stratum. */
MS_NODISCARD ms_status ms_cox_data_init_strata(ms_cox_data *data, const double *time, const uint8_t *event,
                                               const size_t *strata, size_t n, ms_error *err);
/* The rows rows[n_rows] of `whole` as data of their own: row i is rows[i]. `part` was made by
 * ms_cox_data_room for at least as many rows. */
MS_NODISCARD ms_status ms_cox_data_room(ms_cox_data *part, size_t n, ms_error *err);
void ms_cox_data_part(const ms_cox_data *whole, const size_t *rows, size_t n_rows, ms_cox_data *part);

MS_NODISCARD ms_status ms_cox_data_init(ms_cox_data *data, const double *time, const uint8_t *event, size_t n,
                                        ms_error *err);
void ms_cox_data_clear(ms_cox_data *data);
/* Negative log partial likelihood over the number of events (0 without events), and its gradient with respect
 * to risk[n] (may be NULL); NaN for a risk that is not finite. work has
 * 2 n places. */
double ms_cox_loss(const ms_cox_data *data, ms_train_ties ties, const double *risk, double *gradient,
                   double *work);
/* Breslow's baseline cumulative hazard at risk 0: times and hazard of n_steps event times, to be freed. */
MS_NODISCARD ms_status ms_cox_baseline(const ms_cox_data *data, const double *risk, double **times,
                                       double **hazard, size_t *n_steps, ms_error *err);

/* The factor in [low, 1] on risk with the smallest loss; R: coef(coxph(Surv(time, event) ~ risk)), cut to
 * that range. */
MS_NODISCARD ms_status ms_cox_slope(const ms_cox_data *data, ms_train_ties ties, const double *risk,
                                    double low, double *slope, ms_error *err);

/* ---- concordance.c ---------------------------------------------------------------------------------- */

/* Harrell's C for watching a training, ties in risk counting half; pairs tied in time are left out. NaN
 * without a comparable pair; *pairs (may be NULL) gets their number. */
MS_NODISCARD ms_status ms_watch_concordance(const ms_cox_data *data, const double *risk, double *c,
                                            double *pairs, ms_error *err);

/* ---- prep.c: from raw columns to scaled inputs ------------------------------------------------------ */

typedef struct ms_prep {
    size_t n_features;
    uint8_t *dropped; /* [n_features] */
    size_t *missing;  /* [n_features] */
    double *median, *centre, *scale;
    double clip;
    size_t n_used;
} ms_prep;

MS_NODISCARD ms_status ms_prep_fit(ms_prep *prep, const double *x, size_t n, size_t p,
                                   const ms_train_config *config, ms_error *err);
MS_NODISCARD ms_status ms_prep_alloc(ms_prep *prep, size_t n_features, ms_error *err);
void ms_prep_clear(ms_prep *prep);
/* out[n * n_used] */
void ms_prep_apply(const ms_prep *prep, const double *x, size_t n, double *out);

/* ---- fit.c: the training loop ----------------------------------------------------------------------- */

enum { MS_ROWS_TRAIN, MS_ROWS_VALID, MS_ROWS_WATCHED }; /* the k-th watched set: MS_ROWS_WATCHED + k */
/* The loss of a network's output (leaves of the tree side by side, layer after layer) on one part of the
 * rows; gradient (may be NULL) has the output's shape. rows is NULL for all rows of the part, else rows[n]
 * are the rows of a batch, and out[i] belongs to rows[i]. NaN from a batch: it has nothing to learn from, no
 * step is taken. */
typedef double (*ms_loss)(void *context, int part, const size_t *rows, size_t n, const double *out,
                          double *gradient);
/* Fills the C-indices of an epoch; may be NULL. */
typedef ms_status (*ms_watch)(void *context, int part, const double *out, double *c, ms_error *err);

typedef struct ms_fit_part {
    const double *x;
    size_t n;
} ms_fit_part;

typedef struct ms_fit {
    const ms_fit_config *config;
    const double *x_train, *x_valid;
    size_t n_train, n_valid;
    const ms_fit_part *watched;
    size_t n_watched;
    const uint8_t *event; /* [n_train] batches get equal shares of these rows; NULL: of all */
    ms_loss loss;
    ms_watch watch;
    void *context;
    bool autoencoder;
    size_t member;
    uint64_t seed; /* of dropout, noise and batches, whose streams are named after `what` */
    /* Denoising: in each step a share of the inputs is set to 0 (the mean), and normal noise is added. */
    double input_dropout, input_noise;
    ms_train_device device;
    struct ms_checkpoint *checkpoint; /* or NULL; this fit's place in it is `what` */
    ms_epoch_callback callback;
    void *callback_context;
    const char *what; /* for messages: "autoencoder", "Cox network 3"; no two fits of a training share it */
} ms_fit;

typedef struct ms_fit_record {
    ms_epoch *epochs; /* owned */
    size_t n, capacity;
    size_t kept;     /* index of the epoch whose weights were kept */
    double *watched; /* [n][n_watched][2] loss and C; owned; NULL without watched sets */
} ms_fit_record;
void ms_fit_record_clear(ms_fit_record *record);

/* Trains net->weights in place. Batch norm is in the weights afterwards: net->norms and the layout of
 * net->weights change. */
MS_NODISCARD ms_status ms_fit_run(const ms_fit *fit, ms_net *net, ms_fit_record *record, ms_error *err);

/* ---- checkpoint.c ----------------------------------------------------------------------------------- */

/* The state of every fit of a training, in one file. `identity` names what the training is of: data,
 * settings, seed, program; lines of "word value", and a file with another one is refused naming the word.
 * Safe from several threads. */
typedef struct ms_checkpoint ms_checkpoint;
MS_NODISCARD ms_status ms_checkpoint_open(ms_checkpoint **checkpoint, const char *path, const char *identity,
                                          ms_error *err);
/* The state saved under a name: *data is to be freed; NULL when there is none. */
MS_NODISCARD ms_status ms_checkpoint_get(ms_checkpoint *checkpoint, const char *name, unsigned char **data,
                                         size_t *length, ms_error *err);
/* Between two states of a fit, and between two files: 2; tests set it. */
extern double ms_checkpoint_seconds;
/* Is it time (some seconds after the last) that `name` tells its state? */
bool ms_checkpoint_due(ms_checkpoint *checkpoint, const char *name);
/* Keeps a state (copied) under a name; the file is written when it is time, or at once. */
MS_NODISCARD ms_status ms_checkpoint_put(ms_checkpoint *checkpoint, const char *name,
                                         const unsigned char *data, size_t length, bool at_once,
                                         ms_error *err);
void ms_checkpoint_close(ms_checkpoint *checkpoint); /* the file stays */

/* ---- dense_train.c, dense_fold.c: the engine on the processor --------------------------------------- */

const ms_torch_functions *ms_dense_functions(void);
/* Batch norm's means and variances over the training rows x[n] go into weights and constants. */
MS_NODISCARD ms_status ms_dense_fold(ms_net *net, const double *x, size_t n, ms_error *err);

/* ---- torch_module.c --------------------------------------------------------------------------------- */

MS_NODISCARD ms_status ms_libtorch_open(const char *name, const char *entry, unsigned abi, const void **table,
                                        ms_error *err);
MS_NODISCARD ms_status ms_torch_open(const ms_torch_functions **torch, ms_error *err);

/* ---- autoencoder.c, members.c: the two kinds of network --------------------------------------------- */

/* Trains in -> ... -> code -> ... -> in on x[n * p] and keeps its first half in *encoder. */
typedef struct ms_autoencoder_result {
    ms_net encoder;
    ms_net whole; /* with its decoder, when it is to be trained on with the Cox networks */
    ms_fit_record record;
    double reconstruction;
} ms_autoencoder_result;
struct ms_training;
MS_NODISCARD ms_status ms_autoencoder_train(const struct ms_training *training, const double *x, size_t p,
                                            size_t code_size, ms_autoencoder_result *result, ms_error *err);

typedef struct ms_member {
    ms_net net;
    double centre; /* mean output on the training rows, taken off */
    ms_fit_record record;
    double valid_c, valid_pairs;
    double *held_risk; /* [rows] centred output on the rows held back, NaN on the others; owned */
} ms_member;
MS_NODISCARD ms_status ms_members_train(const struct ms_training *training, const double *code,
                                        size_t code_size, ms_member *members, ms_error *err);

/* What every step of a training sees. */
typedef struct ms_training {
    size_t n;
    const double *time;
    const uint8_t *event;
    const size_t *strata; /* or NULL */
    size_t n_events;
    /* Watched sets, their inputs as the Cox networks see them (ms_fit_part of the code). */
    const ms_watched_set *watched;
    const ms_fit_part *watched_code;
    size_t n_watched;
    struct ms_checkpoint *checkpoint; /* or NULL */
    const struct ms_joint *joint;     /* joint.h; NULL: the code stays as it is */
    const double
        *chosen_risk; /* [n] of the kind of network chosen, by networks that had not seen the row; or NULL */
    const ms_train_config *config;
    uint64_t seed;
    ms_epoch_callback callback;
    void *callback_context;
} ms_training;

/* checkpoint_training.c: opens training->checkpoint where extra asks for one; model has the settings and the
 * hash of the data. */
MS_NODISCARD ms_status ms_training_checkpoint(const struct ms_model *model, struct ms_training *training,
                                              const ms_train_extra *extra, ms_error *err);

/* split.c: held[i] = 1 where row i is held back in the given fold of a partition into equal parts, which is
 * stratified by event. No rows when the share is 0 or the part would hold fewer than two events or rows. */
/* Into how many parts; 0: none is held back. */
size_t ms_split_parts(const ms_train_config *config, size_t n_events);
/* held[i] = 1 for the rows of one of `folds` equal parts, events dealt out evenly; another round, another
 * deal. */
MS_NODISCARD ms_status ms_split_deal(const ms_training *training, size_t round, size_t folds, size_t fold,
                                     uint8_t *held, ms_error *err);
MS_NODISCARD ms_status ms_split_rows(const ms_training *training, size_t member, uint8_t *held,
                                     size_t *n_held, ms_error *err);

/* ---- choose.c: which kind of network suits the data ------------------------------------------------- */

/* Asked of the settings as given, before ms_train_config_resolve. */
bool ms_choose_wanted(const ms_train_config *config, size_t n, size_t n_events);
/* Changes *config, the resolved settings, to those of the kind with the highest cross-validated C;
 * held_risk[n]: its risks in rows held out. */
MS_NODISCARD ms_status ms_choose_network(const ms_training *training, const double *code, size_t p,
                                         ms_train_config *config, double *held_risk, ms_error *err);

/* ---- the model -------------------------------------------------------------------------------------- */

struct ms_model {
    char **names; /* [prep.n_features] */
    ms_prep prep;
    bool autoencoder;
    ms_net encoder;                   /* n_used -> code, when autoencoder */
    double *code_centre, *code_scale; /* [code_size], when autoencoder */
    size_t code_size;
    size_t n_members;
    ms_net *members;
    double *member_centre; /* [n_members] */
    double shrinkage;
    size_t n_baseline;
    double *baseline_times, *baseline_hazard;
    double *baseline_variance; /* [n_baseline] of the hazard, when has_variance */
    bool has_variance;         /* not in files of version 1 */
    struct ms_steps *steps;    /* steps.h; NULL: none */
    double last_time;          /* longest follow-up: survival is unknown after it */
    size_t n_history;
    ms_epoch *history;
    uint8_t *history_kept; /* [n_history] 1 at the epoch whose weights the model has */
    size_t n_watched;
    char **watched_names;    /* [n_watched] */
    double *history_watched; /* [n_history][n_watched][2] */
    ms_train_config config;
    ms_model_info info;
    char program_version[64], data_sha256[65];
    char *time_name, *event_name;
};

ms_model *ms_model_new(void) MS_NODISCARD;

/* config_json.c: the settings as JSON, for the model file. */
MS_NODISCARD ms_status ms_train_config_to_json(const ms_train_config *config, struct cJSON *object,
                                               ms_error *err);
MS_NODISCARD ms_status ms_train_config_from_json(ms_train_config *config, const struct cJSON *object,
                                                 const char *name, ms_error *err);
/* Sizes that are chosen from the data: hidden layers, l2, code size, use of the autoencoder. */
void ms_train_config_resolve(ms_train_config *config, size_t n, size_t n_events, size_t p);

#endif
