/* The scanner's point spread and its noise. */
#include "phantom/render.h"

#include <math.h>
#include <stdlib.h>

#define RADIUS_MAX 12

static int gauss_kernel(double sigma, float *kernel) {
    int radius = (int)ceil(3 * sigma);
    if (radius > RADIUS_MAX) radius = RADIUS_MAX;
    double sum = 0, w[2 * RADIUS_MAX + 1];
    for (int i = -radius; i <= radius; i++) sum += w[i + radius] = exp(-0.5 * i * i / (sigma * sigma));
    for (int i = 0; i <= 2 * radius; i++) kernel[i] = (float)(w[i] / sum);
    return radius;
}

/* The border is taken as going on unchanged. */
static void along_rows(const float *in, float *out, size_t nx, size_t ny, const float *kernel, int radius) {
    for (size_t j = 0; j < ny; j++) {
        const float *row = in + j * nx;
        for (size_t i = 0; i < nx; i++) {
            float sum = 0;
            if (i >= (size_t)radius && i + (size_t)radius < nx) {
                const float *from = row + i - radius;
                for (int k = 0; k <= 2 * radius; k++) sum += kernel[k] * from[k];
            } else {
                for (int k = -radius; k <= radius; k++) {
                    long at = (long)i + k;
                    sum += kernel[k + radius] * row[at < 0 ? 0 : at >= (long)nx ? (long)nx - 1 : at];
                }
            }
            out[j * nx + i] = sum;
        }
    }
}

static void along_columns(const float *in, float *out, size_t nx, size_t ny, const float *kernel,
                          int radius) {
    for (size_t j = 0; j < ny; j++) {
        float *to = out + j * nx;
        for (size_t i = 0; i < nx; i++) to[i] = 0;
        for (int k = -radius; k <= radius; k++) {
            long at = (long)j + k;
            const float *row = in + (size_t)(at < 0 ? 0 : at >= (long)ny ? (long)ny - 1 : at) * nx;
            const float w = kernel[k + radius];
            for (size_t i = 0; i < nx; i++) to[i] += w * row[i];
        }
    }
}

void blur_slice(float *image, float *scratch, size_t nx, size_t ny, double sigma_px) {
    if (sigma_px < 0.15) return;
    float kernel[2 * RADIUS_MAX + 1];
    int radius = gauss_kernel(sigma_px, kernel);
    along_rows(image, scratch, nx, ny, kernel, radius);
    along_columns(scratch, image, nx, ny, kernel, radius);
}

/* SD of white noise after G(a) - share G(b): from the kernels' sums of squares and products. */
static double filtered_sd(double a, double b, double share) {
    float ka[2 * RADIUS_MAX + 1], kb[2 * RADIUS_MAX + 1];
    int ra = gauss_kernel(a, ka), rb = gauss_kernel(b, kb);
    double aa = 0, bb = 0, ab = 0;
    for (int i = -ra; i <= ra; i++) aa += (double)ka[i + ra] * (double)ka[i + ra];
    for (int i = -rb; i <= rb; i++) bb += (double)kb[i + rb] * (double)kb[i + rb];
    for (int i = -ra; i <= ra; i++) ab += i >= -rb && i <= rb ? (double)ka[i + ra] * (double)kb[i + rb] : 0;
    return sqrt(aa * aa - 2 * share * ab * ab + share * share * bb * bb);
}

/* Band-pass, as filtered back projection leaves it: a fine Gaussian less a share of a coarse one. */
ms_status noise_add(float *image, size_t nx, size_t ny, double pixel_mm, bool sharp, double sd, double cx,
                    double cy, double radius_px, ms_random *random, ms_error *err) {
    if (sd <= 0) return MS_OK;
    const size_t n = nx * ny;
    float *fine = ms_calloc(n, sizeof *fine), *coarse = ms_calloc(n, sizeof *coarse),
          *scratch = ms_calloc(n, sizeof *scratch);
    ms_status status = MS_OK;
    if (!fine || !coarse || !scratch) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    const double a = fmax(0.3, (sharp ? 0.45 : 0.9) / pixel_mm),
                 b = fmax(0.8, (sharp ? 1.0 : 2.4) / pixel_mm);
    const double share = sharp ? 0.85 : 0.6, gain = sd * sqrt(12) / filtered_sd(a, b, share);
    for (size_t i = 0; i < n; i++) coarse[i] = fine[i] = (float)((ms_random_uniform(random) - 0.5) * gain);
    blur_slice(fine, scratch, nx, ny, a);
    blur_slice(coarse, scratch, nx, ny, b);
    for (size_t j = 0; j < ny; j++) {
        const double dy = ((double)j - cy) / radius_px;
        for (size_t i = 0; i < nx; i++) {
            const double dx = ((double)i - cx) / radius_px, r2 = dx * dx + dy * dy;
            const float fade = (float)(1 - 0.4 * (r2 < 1 ? r2 : 1));
            image[j * nx + i] += fade * (fine[j * nx + i] - (float)share * coarse[j * nx + i]);
        }
    }
cleanup:
    free(fine);
    free(coarse);
    free(scratch);
    return status;
}
