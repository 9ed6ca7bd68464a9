/* model/torch_shim.h: what the module ms_torch offers, in plain C.
 *
 * The module knows fully connected networks and how to step their weights; it knows nothing of survival. The
 * caller computes the loss and its gradient with respect to the network's output, the module carries that
 * gradient back through the layers. All numbers are doubles, all arrays the caller's. Initial weights and
 * dropout masks come from outside, so that nothing depends on libtorch's random numbers. One network may be
 * used by one thread at a time, different ones by different threads.
 *
 * Every function but `version` and `net_free` returns 0, or another number with a message in `message`
 * (MS_TORCH_MESSAGE bytes). */
#ifndef MS_MODEL_TORCH_SHIM_H
#define MS_MODEL_TORCH_SHIM_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MS_TORCH_ABI 1u
#define MS_TORCH_MESSAGE 256

typedef struct ms_torch_net ms_torch_net;

/* Which rows a forward pass is for. Only MS_TORCH_STEP keeps what `backward` needs and applies dropout. */
enum { MS_TORCH_STEP, MS_TORCH_TRAIN, MS_TORCH_VALID };

typedef struct ms_torch_spec {
    size_t n_layers;
    const size_t *sizes;    /* [n_layers + 1], inputs first */
    const int *activations; /* [n_layers], of enum ms_activation */
    /* Layer by layer: weights[out][in], then constants[out]. */
    const double *weights;
    const double *x_train, *x_valid; /* [n_train][sizes[0]], [n_valid][sizes[0]]; copied */
    size_t n_train, n_valid;
    int optimizer; /* enum ms_optimizer */
    double l1, l2; /* the gradient of l1 |w| + l2 w^2 is added; with AdamW l2 is its decoupled decay, 2 l2 */
    double momentum;
    int nesterov;
} ms_torch_spec;

typedef struct ms_torch_functions {
    unsigned abi;
    const char *(*version)(void);
    int (*net_new)(ms_torch_net **net, const ms_torch_spec *spec, char *message);
    void (*net_free)(ms_torch_net *net);
    /* out[rows][sizes[n_layers]]. masks: for each hidden layer [n_train][size], factors; NULL for none. */
    int (*forward)(ms_torch_net *net, int rows, const double *masks, double *out, char *message);
    /* The gradient of loss + penalties, from d loss / d out of the last MS_TORCH_STEP. */
    int (*backward)(ms_torch_net *net, const double *out_gradient, char *message);
    int (*gradient)(ms_torch_net *net, double *gradient, char *message); /* laid out as the weights */
    int (*step)(ms_torch_net *net, double learning_rate, char *message);
    int (*weights)(ms_torch_net *net, double *weights, char *message);
} ms_torch_functions;

#ifdef __cplusplus
}
#endif
#endif
