/* The kernels of dense_kernel.h for 2, 4 and 8 doubles at a time, and the choice among them. */
#include "model/dense_kernel.h"

#include "model/model.h"

#include <math.h>
#include <string.h>

/* Klambauer et al. 2017, equation 2 and the values after it. */
#define MS_SELU_ALPHA 1.6732632423543772848170429916717
#define MS_SELU_SCALE 1.0507009873554804934193349852946

/* Those that need erf or log1p, one value at a time. */
static void activate_slowly(int activation, size_t n, const double *z, double *a, double *slope) {
    for (size_t i = 0; i < n; i++) {
        const double x = z[i], sigmoid = 1 / (1 + exp(-x));
        double derivative = sigmoid;
        a[i] = ms_activation_value(activation, x);
        if (activation == MS_ACT_GELU) {
            derivative =
                0.5 * (1 + erf(x * M_SQRT1_2)) + x * exp(-0.5 * x * x) * (M_2_SQRTPI * M_SQRT1_2 / 2);
        } else if (activation == MS_ACT_MISH) {
            const double t = tanh(ms_activation_value(MS_ACT_SOFTPLUS, x));
            derivative = t + x * (1 - t * t) * sigmoid;
        }
        if (slope) slope[i] = derivative;
    }
}

void ms_pack(size_t k, size_t n, const double *b, size_t b_row, size_t b_column, double *packed) {
    for (size_t column = 0; column < n; column += MS_PANEL) {
        const size_t width = n - column < MS_PANEL ? n - column : MS_PANEL;
        for (size_t i = 0; i < k; i++, packed += MS_PANEL) {
            const double *from = b + i * b_row + column * b_column;
            if (width == MS_PANEL && b_column == 1) {
                memcpy(packed, from, MS_PANEL * sizeof *packed);
                continue;
            }
            for (size_t j = 0; j < width; j++) packed[j] = from[j * b_column];
            for (size_t j = width; j < MS_PANEL; j++) packed[j] = 0;
        }
    }
}

#define NAME(x) x##_plain
#define LANES 2
#define WIDE
#include "model/dense_kernel_body.h"
#undef NAME
#undef LANES
#undef WIDE

#if defined(__x86_64__)
#define NAME(x) x##_avx2
#define LANES 4
#define WIDE __attribute__((target("avx2")))
#include "model/dense_kernel_body.h"
#undef NAME
#undef LANES
#undef WIDE

#define NAME(x) x##_avx512
#define LANES 8
#define WIDE __attribute__((target("avx512f")))
#include "model/dense_kernel_body.h"
#undef NAME
#undef LANES
#undef WIDE
#endif

#define TABLE(products, values)                                                                              \
    {                                                                                                        \
        product_##products, product_rows_##products, multiply_##values, add_rows_##values,                   \
            activate_##values, exponentials_##values                                                         \
    }
static const ms_dense_kernels kernels_plain = TABLE(plain, plain);
#if defined(__x86_64__)
static const ms_dense_kernels kernels_avx2 = TABLE(avx2, avx2);
static const ms_dense_kernels kernels_avx512 = TABLE(avx512, avx2);
#endif

const ms_dense_kernels *ms_dense_kernels_width(unsigned lanes) {
#if defined(__x86_64__)
    if (lanes >= 8 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx2"))
        return &kernels_avx512;
    if (lanes >= 4 && __builtin_cpu_supports("avx2")) return &kernels_avx2;
#endif
    (void)lanes;
    return &kernels_plain;
}

const ms_dense_kernels *ms_dense_kernels_get(void) {
    return ms_dense_kernels_width(8);
}
