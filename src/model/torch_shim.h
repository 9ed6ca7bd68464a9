/* model/torch_shim.h: what steps the weights of a network, in plain C. Two offer it: the program itself
 * (dense_train.c), for the processor, and the module ms_torch over libtorch, for a GPU.
 *
 * An engine knows fully connected networks and how to step their weights; it knows nothing of survival. The
 * caller computes the loss and its gradient with respect to the network's output, the engine carries that
 * gradient back through the layers. All numbers are doubles, all arrays the caller's. Initial weights,
 * batches, noise and dropout masks come from outside, so that nothing depends on an engine's random numbers.
 * One network may be used by one thread at a time, different ones by different threads.
 *
 * Every function that gives an int returns 0, or another number with a message in `message`
 * (MS_TORCH_MESSAGE bytes). */
#ifndef MS_MODEL_TORCH_SHIM_H
#define MS_MODEL_TORCH_SHIM_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MS_TORCH_ABI 3u
#define MS_TORCH_MESSAGE 256

typedef struct ms_torch_net ms_torch_net;

/* Part 0 are the training rows. */
typedef struct ms_torch_part {
    const double *x; /* [n][inputs]; must outlive the network */
    size_t n;
} ms_torch_part;

typedef struct ms_torch_spec {
    size_t n_layers;
    const size_t *sizes;                  /* [n_layers + 1], inputs first */
    const int *activations;               /* [n_layers] of enum ms_activation */
    const int *norms;                     /* [n_layers] of enum ms_norm */
    const int *from, *tied, *unpenalised; /* [n_layers] as in ms_net; unpenalised may be NULL */
    const double *weights;                /* laid out as in ms_net */
    const ms_torch_part *parts;
    size_t n_parts;
    size_t step_rows; /* rows of a step, at most */
    int optimizer;    /* enum ms_optimizer */
    double l1, l2; /* the gradient of l1 |w| + l2 w^2 is added; with AdamW l2 is its decoupled decay, 2 l2 */
    double momentum;
    int nesterov;
    double clip; /* longest gradient; 0: any */
    int cuda;    /* on a GPU */
} ms_torch_spec;

typedef struct ms_torch_functions {
    unsigned abi;
    const char *(*version)(void);
    int (*has_cuda)(void); /* 1 where a GPU can be used */
    int (*net_new)(ms_torch_net **net, const ms_torch_spec *spec, char *message);
    void (*net_free)(ms_torch_net *net);
    /* The output (leaves side by side) of a part at the present weights, without dropout. Batch norm: part 0
     * measures the means and variances, which the other parts are then given. */
    int (*look)(ms_torch_net *net, size_t part, double *out, char *message);
    /* A step's pass over x[n][inputs], kept for `backward`; x must stay until then. masks: for each hidden
     * layer (all but the leaves) [n][size], factors on its output; NULL for none. On part 0's x without masks
     * it is a look too. */
    int (*forward)(ms_torch_net *net, const double *x, size_t n, const double *masks, double *out,
                   char *message);
    /* The gradient of loss + penalties, from d loss / d out of the last forward. */
    int (*backward)(ms_torch_net *net, const double *out_gradient, char *message);
    int (*gradient)(ms_torch_net *net, double *gradient, char *message); /* laid out as the weights */
    int (*step)(ms_torch_net *net, double learning_rate, char *message);
    int (*weights)(ms_torch_net *net, double *weights, char *message);
    /* Weights and what the optimiser remembers: state_size doubles. */
    size_t (*state_size)(const ms_torch_net *net);
    int (*state_get)(ms_torch_net *net, double *state, char *message);
    int (*state_set)(ms_torch_net *net, const double *state, char *message);
} ms_torch_functions;

#ifdef __cplusplus
}
#endif
#endif
