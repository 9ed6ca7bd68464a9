/* model/joint.h: training Cox network and autoencoder together (autoencoder_joint.c). */
#ifndef MS_MODEL_JOINT_H
#define MS_MODEL_JOINT_H

#include "model/model.h"

/* What every member starts from. */
typedef struct ms_joint {
    ms_net autoencoder;                     /* encoder and decoder; owned */
    const double *x;                        /* [n * p] scaled inputs of the training rows; borrowed */
    const double *code_centre, *code_scale; /* borrowed */
    double *watched[MS_TRAIN_MAX_WATCHED];  /* scaled inputs of the watched sets; owned */
} ms_joint;
void ms_joint_clear(ms_joint *joint);

/* One member's rows, scaled inputs, and its Cox loss on risks (as for ms_fit). */
typedef struct ms_joint_member {
    size_t number;
    ms_fit_part parts[MS_ROWS_WATCHED + MS_TRAIN_MAX_WATCHED];
    const uint8_t *event; /* of the training part */
    ms_loss loss;
    ms_watch watch;
    void *loss_context;
} ms_joint_member;

/* A loss for ms_fit on outputs [rows][1 + p]: risk, then the restored inputs. Gives the Cox loss; the
 * gradient is that of Cox loss + weight * mean squared error. The error of a batch is over its own rows. */
typedef struct ms_joint_context {
    const ms_joint_member *member;
    size_t p;
    double weight;
    double *risk, *slope; /* [rows] */
} ms_joint_context;
double ms_joint_loss(void *context, int part, const size_t *rows, size_t n_rows, const double *out,
                     double *gradient);

/* *cox, a network on the code, becomes one on the inputs, and the record goes on with its epochs. */
MS_NODISCARD ms_status ms_joint_train(const ms_training *training, const ms_joint_member *member, ms_net *cox,
                                      ms_fit_record *record, ms_error *err);

#endif
