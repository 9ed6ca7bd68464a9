/* model/dense_train.h: shared by the files of the program's own engine (dense_train.c, dense_norm.c,
 * dense_optimizer.c). */
#ifndef MS_MODEL_DENSE_TRAIN_H
#define MS_MODEL_DENSE_TRAIN_H

#include "model/dense_kernel.h"
#include "model/model.h"

/* Rows that go through all layers together: what a layer leaves is still in the processor's cache when the
 * next one asks for it. */
#define MS_DENSE_ROWS 252u

typedef struct ms_dense_layer {
    size_t n_in, n_out, first; /* first: where its weights begin */
    int activation, norm;
    size_t from;                  /* 0 the inputs, k > 0 the output of layer k - 1 */
    size_t tied;                  /* 0, or k > 0: layer k - 1 */
    bool leaf;                    /* its output is part of the network's */
    size_t column;                /* leaf: where in the output */
    double *out, *slope, *z;      /* [step rows][n_out]; z, the normalised sums, only with a norm */
    double *scale;                /* layer norm: [step rows] 1 / SD */
    double *down;                 /* [rows together][n_out] d loss / d out, then / d sums */
    double *look;                 /* [look rows][n_out] */
    double *mean, *inverse;       /* batch norm: [n_out] */
    double *packed, *packed_back; /* weights as the products want them */
} ms_dense_layer;

struct ms_torch_net {
    ms_net shape; /* weights owned */
    size_t n_weights, n_out, widest;
    bool whole;                 /* batch norm somewhere: all rows of a step go through a layer together */
    size_t together, look_rows; /* rows that go together in a step, and when looking at part 0 */
    ms_dense_layer layers[MS_NET_MAX_LAYERS];
    ms_torch_part parts[MS_ROWS_WATCHED + MS_TRAIN_MAX_WATCHED];
    size_t n_parts, step_rows;
    const double *x; /* of the last forward */
    size_t n;
    double *gradient;
    double *scratch, *zeros; /* [rows together * widest, packed], [widest] */
    bool is_packed;
    uint8_t *is_weight; /* [n_weights] penalised */
    int optimizer;
    double l1, l2, momentum, clip;
    bool nesterov;
    double *memory[2]; /* of the optimiser, [n_weights] */
    double steps;
    const ms_dense_kernels *kernels;
};

/* dense_norm.c. z holds n rows of sums; forward leaves the normalised ones there and writes gain * z + shift
 * to `to`; backward turns d loss / d to into d loss / d sums in place and adds to the gradient of gain,
 * shift. */
void ms_dense_norm_rows(const double *gain, size_t n_rows, size_t n, double *z, double *scale, double *to);
void ms_dense_norm_rows_back(const double *gain, size_t n_rows, size_t n, const double *z,
                             const double *scale, double *down, double *gain_gradient);
/* Over the rows; `measure` sets mean and inverse. */
void ms_dense_norm_measure(size_t n_rows, size_t n, const double *z, double *mean, double *inverse);
void ms_dense_norm_columns(const double *gain, size_t n_rows, size_t n, const double *mean,
                           const double *inverse, double *z, double *to);
void ms_dense_norm_columns_back(const double *gain, size_t n_rows, size_t n, const double *z,
                                const double *inverse, double *down, double *gain_gradient);

/* dense_optimizer.c */
void ms_dense_step(ms_torch_net *net, double rate);
/* A layer with the transposed weights of another is given the new ones. */
void ms_dense_tie(ms_torch_net *net);

#endif
