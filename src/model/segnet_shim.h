/* model/segnet_shim.h: networks that see a slice, as the module ms_torch offers them, in plain C.
 *
 * A network is a TorchScript module: images [batch][channels][side][side] to class scores (their softmax is
 * the probability) [batch][classes][side][side]. The one made here is a U-Net (Ronneberger et al. 2015) with
 * additive skips, group normalisation of one channel a group (instance normalisation) and leaky rectifiers.
 * Gradients are taken sample by sample and added in the order of samples, so that the number of threads
 * changes nothing. Every function returns 0, or another number with a message in `message`
 * (MS_TORCH_MESSAGE bytes). */
#ifndef MS_MODEL_SEGNET_SHIM_H
#define MS_MODEL_SEGNET_SHIM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MS_SEGNET_ABI 2u

typedef struct ms_torch_segnet ms_torch_segnet;

typedef struct ms_segnet_functions {
    unsigned abi;
    /* A new U-Net: `levels` resolutions, `width` channels in the first, doubling up to `widest`. Weights come
     * from `normal` (mean 0, SD 1). */
    int (*create)(ms_torch_segnet **net, const size_t shape[5], double (*normal)(void *), void *context,
                  char *message);
    /* A module from a file; device "cpu" or "cuda". */
    int (*load)(ms_torch_segnet **net, const char *path, const char *device, char *message);
    void (*release)(ms_torch_segnet *net);
    /* probability[classes][side][side] of one image; may run on several threads at once. */
    int (*predict)(ms_torch_segnet *net, const float *image, const size_t shape[3], float *probability,
                   char *message);
    /* Room for `samples` gradients a step, moments and the running mean of the weights. */
    int (*start)(ms_torch_segnet *net, size_t samples, char *message);
    /* Cross-entropy plus soft Dice loss of one sample, weighted pixel by pixel, and its gradient into slot
     * `sample`; different slots may run at once. labels[side][side] under `classes`. */
    int (*gradient)(ms_torch_segnet *net, size_t sample, const float *image, const uint8_t *labels,
                    const float *weights, const size_t shape[3], double *loss, char *message);
    /* AdamW on the mean of the slots' gradients; the running mean of the weights follows with `decay`. */
    int (*step)(ms_torch_segnet *net, double learning_rate, double penalty, double decay, char *message);
    /* The running mean of the weights as a module; `note` goes into the file as myosurv.json. */
    int (*save)(ms_torch_segnet *net, const char *path, const char *note, char *message);
    /* All that a killed training needs to go on. */
    int (*save_state)(ms_torch_segnet *net, const char *path, char *message);
    int (*load_state)(ms_torch_segnet *net, const char *path, char *message);
    int (*has_cuda)(void);
} ms_segnet_functions;

#ifdef __cplusplus
}
#endif
#endif
