/* model/segnet.h: the parts of the network that sees a slice, private to the room. */
#ifndef MS_MODEL_SEGNET_H
#define MS_MODEL_SEGNET_H

#include "base/base.h"
#include "model/segnet_shim.h"
#include "model/torch_shim.h"
#include "myosurv/segmenter.h"

#define MS_SEGNET_PIXELS (MS_SEGNET_SIDE * MS_SEGNET_SIDE)
enum { MS_SEGNET_BELOW, MS_SEGNET_HERE, MS_SEGNET_ABOVE, MS_SEGNET_PLANES };

/* Three planes of a scan, smoothed in the plane so that pixels of 2 mm can be taken from it. */
struct ms_segnet_slice {
    size_t n[2];
    double spacing_mm[2], origin_mm[2]; /* of pixel (0, 0), against the middle of the body */
    int16_t *hu[MS_SEGNET_PLANES];      /* owned */
    uint8_t *labels;                    /* classes, 255 where it counts neither way; NULL for none; owned */
    double weight;
};

/* segnet_slice.c: where in slice k (i, j and k as an index, not whole) patient x and y lie. */
void ms_segnet_centre(const ms_geometry *geometry, size_t k, const double centre_mm[2], double centre[3]);
/* HU at a place in mm from the middle of the body, linear, -1024 outside. */
float ms_segnet_hu_at(const ms_segnet_slice *slice, int plane, double x_mm, double y_mm);
uint8_t ms_segnet_label_at(const ms_segnet_slice *slice, double x_mm, double y_mm);
/* HU of the planes to the network's channels. */
void ms_segnet_channels(const float *const hu[MS_SEGNET_PLANES], float *image);
/* Gaussian of `sigma` pixels on a square plane of MS_SEGNET_SIDE, in place; scratch of the same size. */
void ms_segnet_blur(float *plane, float *scratch, double sigma);

/* segnet_augment.c: one slice as it could have looked. image[4][side][side], labels and weights [side][side].
 */
MS_NODISCARD ms_status ms_segnet_vary(const ms_segnet_slice *slice, ms_random *random, float *image,
                                      uint8_t *labels, float *weights, ms_error *err);

/* segnet_module.c */
MS_NODISCARD ms_status ms_segnet_module(const ms_segnet_functions **functions, ms_error *err);
MS_NODISCARD ms_status ms_segnet_device(const ms_segnet_functions *functions, const char *asked,
                                        const char **device, ms_error *err);

#endif
