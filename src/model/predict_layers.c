/* A trained network over panels of patients: see predict.h. */
#include "model/dense_kernel.h"
#include "model/predict.h"

#include <math.h>

enum { UNITS = 4, DEPTH = 256 }; /* of a tile: 4 neurons and 8 patients, over 256 inputs at a time */

typedef double lanes __attribute__((vector_size(4 * sizeof(double)), aligned(8), may_alias));

#if defined(__x86_64__) && !defined(__clang_analyzer__)
#define WIDE __attribute__((target("avx2")))
#define HAVE_WIDE 1
#else
#define HAVE_WIDE 0
#endif
#define INLINE static inline __attribute__((always_inline))

/* out[4][8] += w[4][depth] in[depth][8]; w's rows are `stride` apart. */
INLINE void tile4(const double *w, size_t stride, const double *in, size_t depth, double *out) {
    lanes *to = (lanes *)out;
    lanes a0 = to[0], a1 = to[1], b0 = to[2], b1 = to[3], c0 = to[4], c1 = to[5], d0 = to[6], d1 = to[7];
    for (size_t k = 0; k < depth; k++) {
        const lanes *x = (const lanes *)(in + k * MS_LANES);
        const double a = w[k], b = w[k + stride], c = w[k + 2 * stride], d = w[k + 3 * stride];
        a0 += a * x[0];
        a1 += a * x[1];
        b0 += b * x[0];
        b1 += b * x[1];
        c0 += c * x[0];
        c1 += c * x[1];
        d0 += d * x[0];
        d1 += d * x[1];
    }
    to[0] = a0;
    to[1] = a1;
    to[2] = b0;
    to[3] = b1;
    to[4] = c0;
    to[5] = c1;
    to[6] = d0;
    to[7] = d1;
}

INLINE void tile1(const double *w, const double *in, size_t depth, double *out) {
    lanes *to = (lanes *)out, a0 = to[0], a1 = to[1];
    for (size_t k = 0; k < depth; k++) {
        const lanes *x = (const lanes *)(in + k * MS_LANES);
        a0 += w[k] * x[0];
        a1 += w[k] * x[1];
    }
    to[0] = a0;
    to[1] = a1;
}

/* Sums of one layer for every panel. A weight block stays in the nearest cache while the panels pass. */
INLINE void sums(const double *weights, size_t n_in, size_t n_out, const double *in, double *out) {
    const double *constants = weights + n_in * n_out;
    for (size_t unit = 0; unit < n_out; unit++)
        for (size_t panel = 0; panel < MS_PANELS; panel++)
            for (size_t i = 0; i < MS_LANES; i++)
                out[(panel * n_out + unit) * MS_LANES + i] = constants[unit];
    for (size_t from = 0; from < n_in; from += DEPTH) {
        const size_t depth = n_in - from < DEPTH ? n_in - from : DEPTH;
        size_t unit = 0;
        for (; unit + UNITS <= n_out; unit += UNITS)
            for (size_t panel = 0; panel < MS_PANELS; panel++)
                tile4(weights + unit * n_in + from, n_in, in + (panel * n_in + from) * MS_LANES, depth,
                      out + (panel * n_out + unit) * MS_LANES);
        for (; unit < n_out; unit++)
            for (size_t panel = 0; panel < MS_PANELS; panel++)
                tile1(weights + unit * n_in + from, in + (panel * n_in + from) * MS_LANES, depth,
                      out + (panel * n_out + unit) * MS_LANES);
    }
}

static void sums_plain(const double *weights, size_t n_in, size_t n_out, const double *in, double *out) {
    sums(weights, n_in, n_out, in, out);
}

#if HAVE_WIDE
static WIDE void sums_wide(const double *weights, size_t n_in, size_t n_out, const double *in, double *out) {
    sums(weights, n_in, n_out, in, out);
}
#endif

static void take_sums(const double *weights, size_t n_in, size_t n_out, const double *in, double *out) {
#if HAVE_WIDE
    if (__builtin_cpu_supports("avx2")) {
        sums_wide(weights, n_in, n_out, in, out);
        return;
    }
#endif
    sums_plain(weights, n_in, n_out, in, out);
}

/* Layer norm of one panel, z[n][MS_LANES]; the steps are those of ms_net_forward. */
static void normalise(const double *gain, size_t n, double *z) {
    const double *shift = gain + n;
    double mean[MS_LANES] = {0}, variance[MS_LANES] = {0}, scale[MS_LANES];
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < MS_LANES; i++) mean[i] += z[k * MS_LANES + i];
    for (size_t i = 0; i < MS_LANES; i++) mean[i] /= (double)n;
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < MS_LANES; i++) {
            const double d = z[k * MS_LANES + i] - mean[i];
            variance[i] += d * d;
        }
    for (size_t i = 0; i < MS_LANES; i++) scale[i] = 1 / sqrt(variance[i] / (double)n + MS_NORM_EPSILON);
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < MS_LANES; i++)
            z[k * MS_LANES + i] = gain[k] * (z[k * MS_LANES + i] - mean[i]) * scale[i] + shift[k];
}

static void leave_out(const double *factors, size_t n, double *z) {
    for (size_t panel = 0; panel < MS_PANELS; panel++)
        for (size_t k = 0; k < n; k++)
            for (size_t i = 0; i < MS_LANES; i++) z[(panel * n + k) * MS_LANES + i] *= factors[k];
}

size_t ms_net_panel_room(const ms_net *net) {
    size_t widest = 1;
    for (size_t layer = 1; layer <= net->n_layers; layer++)
        if (net->sizes[layer] > widest) widest = net->sizes[layer];
    return widest * MS_CHUNK;
}

const double *ms_net_panels(const ms_net *net, const double *in, const double *factors, double *buffer_a,
                            double *buffer_b) {
    const ms_dense_kernels *kernels = ms_dense_kernels_get();
    const double *weights = net->weights;
    for (size_t layer = 0; layer < net->n_layers; layer++) {
        const size_t n_in = net->sizes[layer], n_out = net->sizes[layer + 1];
        double *out = layer % 2 ? buffer_b : buffer_a;
        take_sums(weights, n_in, n_out, in, out);
        if (net->norms[layer] != MS_NORM_NONE)
            for (size_t panel = 0; panel < MS_PANELS; panel++)
                normalise(weights + n_out * (n_in + 1), n_out, out + panel * n_out * MS_LANES);
        kernels->activate(net->activations[layer], n_out * MS_CHUNK, out, out, NULL);
        if (factors && layer + 1 < net->n_layers) {
            leave_out(factors, n_out, out);
            factors += n_out;
        }
        weights += ms_net_layer_weights(net, layer);
        in = out;
    }
    return in;
}
