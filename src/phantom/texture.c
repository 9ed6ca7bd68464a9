#include "phantom/texture.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

#define STEPS_A_SD 1.6 /* lattice steps in one SD of the smoothing */
#define RADIUS 5

/* One periodic pass along the axis with this stride. */
static void smooth(float *data, float *line, size_t stride, const double *kernel) {
    const size_t n = TILE;
    for (size_t start = 0; start < n * n; start++) {
        /* the lines' starts: all points whose coordinate on this axis is 0 */
        size_t base = (start / stride) * stride * n + start % stride;
        for (size_t i = 0; i < n; i++) line[i] = data[base + i * stride];
        for (size_t i = 0; i < n; i++) {
            double sum = 0;
            for (int k = -RADIUS; k <= RADIUS; k++)
                sum += kernel[k + RADIUS] * (double)line[(i + n + (size_t)(k + (int)n)) % n];
            data[base + i * stride] = (float)sum;
        }
    }
}

ms_status texture_init(texture *t, double scale_mm, ms_random *random, ms_error *err) {
    const size_t n = (size_t)TILE * TILE * TILE;
    *t = (texture){.lattice = ms_calloc(n, sizeof *t->lattice), .step_mm = scale_mm / STEPS_A_SD};
    if (!t->lattice) return ms_error_nomem(err);
    double kernel[2 * RADIUS + 1], square = 0, lag = 0;
    for (int k = -RADIUS; k <= RADIUS; k++)
        kernel[k + RADIUS] = exp(-0.5 * k * k / (STEPS_A_SD * STEPS_A_SD));
    for (int k = 0; k <= 2 * RADIUS; k++) {
        square += kernel[k] * kernel[k];
        if (k) lag += kernel[k] * kernel[k - 1];
    }
    /* mean variance left by linear interpolation between neighbours of correlation lag / square: 2/3 + corr /
     * 3 */
    double shrink = 2.0 / 3 + lag / square / 3;
    for (int k = 0; k <= 2 * RADIUS; k++) kernel[k] /= sqrt(square * shrink);
    /* uniform numbers will do: sums of a thousand of them are normal */
    for (size_t i = 0; i < n; i++) t->lattice[i] = (float)((ms_random_uniform(random) - 0.5) * sqrt(12));
    float line[TILE];
    smooth(t->lattice, line, 1, kernel);
    smooth(t->lattice, line, TILE, kernel);
    smooth(t->lattice, line, (size_t)TILE * TILE, kernel);
    return MS_OK;
}

void texture_clear(texture *t) {
    MS_FREE(t->lattice);
}

static size_t wrap(double x, float *part) {
    double f = floor(x);
    *part = (float)(x - f);
    return (size_t)((long)f & (TILE - 1));
}

float texture_at(const texture *t, double x, double y, double z) {
    float fx, fy, fz;
    const double k = 1 / t->step_mm;
    size_t i = wrap(x * k, &fx), j = wrap(y * k, &fy), l = wrap(z * k * 0.5, &fz);
    size_t i1 = (i + 1) & (TILE - 1), j1 = (j + 1) & (TILE - 1), l1 = (l + 1) & (TILE - 1);
    const float *p = t->lattice;
#define AT(a, b, c) p[((c)*TILE + (b)) * TILE + (a)]
    float y0 = AT(i, j, l) * (1 - fx) + AT(i1, j, l) * fx, y1 = AT(i, j1, l) * (1 - fx) + AT(i1, j1, l) * fx;
    float y2 = AT(i, j, l1) * (1 - fx) + AT(i1, j, l1) * fx,
          y3 = AT(i, j1, l1) * (1 - fx) + AT(i1, j1, l1) * fx;
#undef AT
    return (y0 * (1 - fy) + y1 * fy) * (1 - fz) + (y2 * (1 - fy) + y3 * fy) * fz;
}

void fraction_init(fraction *f, double amount, double width) {
    double threshold =
        amount > 0 ? -sqrt(1 + width * width) * gsl_cdf_ugaussian_Pinv(fmin(amount, 0.95)) : INFINITY;
    for (int i = 0; i <= FRACTION_STEPS; i++) {
        double g = -4 + 8.0 * i / FRACTION_STEPS;
        f->value[i] = amount > 0 ? (float)gsl_cdf_ugaussian_P((g - threshold) / width) : 0;
    }
}
