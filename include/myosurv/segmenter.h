/* myosurv/segmenter.h: networks that outline muscle on an axial slice of CT: asking one, and training one.
 *
 * A network is a TorchScript module (FILE.pt). Input: float [1][4][224][224], pixels of 2 mm, the middle of
 * the body in the middle, i to the patient's left, j to the back. Channels: (0) HU from -160 to 240 as -1 to
 * 1, clipped; (1) HU / 1000, clipped to -1 to 1; (2) and (3) as (0), 5 mm below and above (the nearest slice
 * where the scan ends). Outside the scan: -1024 HU. Output: scores [1][4][224][224] whose softmax is the
 * probability of: other, skeletal muscle other than psoas (with the fat inside it), psoas right, psoas left.
 *
 * The same seed gives the same file for any number of threads. Only open modules from people you trust:
 * TorchScript is a programming language. */
#ifndef MYOSURV_SEGMENTER_H
#define MYOSURV_SEGMENTER_H

#include "myosurv/image.h"

#ifdef __cplusplus
extern "C" {
#endif

#define MS_SEGNET_CHANNELS 4
#define MS_SEGNET_CLASSES 4 /* other, muscle, psoas right, psoas left */
#define MS_SEGNET_SIDE 224
#define MS_SEGNET_PIXEL_MM 2.0
#define MS_SEGNET_NEIGHBOUR_MM 5.0

/* ---- asking ----------------------------------------------------------------------------------------- */

typedef struct ms_segnet ms_segnet;

/* device: "cpu", "cuda" or "auto". MS_EINPUT: no such file, or no module in it; MS_EUNAVAILABLE: no libtorch,
 * or no CUDA in it. */
MS_API MS_NODISCARD ms_status ms_segnet_open(const char *path, const char *device, ms_segnet **net,
                                             ms_error *err);
MS_API void ms_segnet_free(ms_segnet *net); /* NULL is fine */
/* SHA-256 of the file, 64 hex digits. */
MS_API const char *ms_segnet_sha256(const ms_segnet *net);
/* probability[4][n[0] * n[1]] of slice k on the volume's grid: the mean over the image and its mirror image,
 * linear between the network's pixels; "other" outside its field. centre_mm: patient x and y of the middle of
 * the body. MS_EINPUT: the module does not take this input, or its output is of another shape or not finite.
 */
MS_API MS_NODISCARD ms_status ms_segnet_predict(ms_segnet *net, const ms_volume *volume, size_t k,
                                                const double centre_mm[2], float *probability, ms_error *err);

/* ---- training --------------------------------------------------------------------------------------- */

/* One contoured slice with its neighbours, kept small. */
typedef struct ms_segnet_slice ms_segnet_slice;

/* labels[n[0] * n[1]] of slice k as ms_label: 1 to 3 are learnt. What is not in the range of muscle but lies
 * inside the closed outline (fat, label 6) counts neither way. weight: how often it is drawn. MS_ERESOURCE
 * only. */
MS_API MS_NODISCARD ms_status ms_segnet_slice_make(const ms_volume *volume, size_t k,
                                                   const double centre_mm[2], const uint8_t *labels,
                                                   double weight, ms_segnet_slice **slice, ms_error *err);
MS_API void ms_segnet_slice_free(ms_segnet_slice *slice);

typedef struct ms_segnet_training {
    size_t steps;                 /* 1000 */
    size_t batch;                 /* 4: slices a step, each changed at random */
    double learning_rate;         /* 2e-3: highest; rises over 20 steps, falls as (1 - done)^0.9 */
    double penalty;               /* 1e-4: decoupled weight decay */
    double mean_decay;            /* 0.99: the weights kept are a running mean */
    size_t width, widest, levels; /* 16, 128, 5: channels and resolutions of a new network */
    const char *from;             /* a module to go on from, or NULL: a new network */
    const char *device;           /* "cpu" */
    const char *state; /* a file for going on after a stop, written every 50 steps and removed at the end;
                          NULL: none */
    const char *note;  /* JSON text kept in the file */
    uint64_t seed;
} ms_segnet_training;
MS_API void ms_segnet_training_default(ms_segnet_training *training);

/* Called after each step with the batch's mean loss; false stops (the state stays). */
typedef bool (*ms_segnet_on_step)(void *context, size_t step, double loss);
/* Trains on slices[n] and writes the module to `path`, atomically. MS_EINPUT: nothing to learn from, the loss
 * is no longer finite (step named), or a state of other settings. MS_ESTOPPED: stopped; the same call goes
 * on. */
MS_API MS_NODISCARD ms_status ms_segnet_train(ms_segnet_slice *const *slices, size_t n,
                                              const ms_segnet_training *training, ms_segnet_on_step on_step,
                                              void *context, const char *path, ms_error *err);
/* The images and labels a training would see in `step`: image[4][224][224], labels[224][224]; for looking. */
MS_API MS_NODISCARD ms_status ms_segnet_example(ms_segnet_slice *const *slices, size_t n, uint64_t seed,
                                                size_t step, size_t sample, float *image, uint8_t *labels,
                                                float *weights, ms_error *err);

#ifdef __cplusplus
}
#endif
#endif
