/* radiomics/filter_log.c: Laplacian of Gaussian, scaled by sigma^2 so that scales compare (ITK's
 * normalisation across scale).
 *
 * The Gaussian and its second derivative are applied by Deriche's fourth-order recursive filters (Deriche
 * 1993, INRIA RR-1893; Farneback and Westin 2006), the approximation that ITK's
 * LaplacianRecursiveGaussianImageFilter and so pyradiomics uses; its cost does not depend on sigma. Beyond
 * the image its border voxel is repeated. In 3D the Laplacian is the sum over three axes with the image
 * smoothed along the other two; in the plane over two. Sigma is in mm. */
#include "radiomics/radiomics.h"

#include <math.h>
#include <stdlib.h>

/* One recursive filter: y+(p) = sum n[i] x(p - i) - sum d[i] y+(p - i); y- the same from the other end with
 * m; border coefficients give the value the recursion settles at on a constant. */
typedef struct recursive {
    double n[4], d[4], m[4], border_n[4], border_m[4];
} recursive;

/* Exponential series of the Gaussian (row 0) and its second derivative (row 2): Farneback and Westin's table.
 */
static const double w1 = 0.6681, l1 = -1.3932, w2 = 2.0787, l2 = -1.3732;
typedef struct series {
    double a1, b1, a2, b2;
} series;
static const series gaussian = {1.3530, 1.8151, -0.3531, 0.0902}, second = {-1.3563, 5.2318, 0.3446, -2.2355};

/* The numerator of the causal part, its sum, and first and second moments. */
static void numerator(double sigma, series s, double n[4], double *sum, double *first, double *secondm) {
    double sin1 = sin(w1 / sigma), sin2 = sin(w2 / sigma), cos1 = cos(w1 / sigma), cos2 = cos(w2 / sigma);
    double exp1 = exp(l1 / sigma), exp2 = exp(l2 / sigma);
    n[0] = s.a1 + s.a2;
    n[1] = exp2 * (s.b2 * sin2 - (s.a2 + 2 * s.a1) * cos2) + exp1 * (s.b1 * sin1 - (s.a1 + 2 * s.a2) * cos1);
    n[2] = (s.a1 + s.a2) * cos2 * cos1 - s.b1 * cos2 * sin1 - s.b2 * cos1 * sin2;
    n[2] = 2 * exp1 * exp2 * n[2] + s.a2 * exp1 * exp1 + s.a1 * exp2 * exp2;
    n[3] =
        exp2 * exp1 * exp1 * (s.b2 * sin2 - s.a2 * cos2) + exp1 * exp2 * exp2 * (s.b1 * sin1 - s.a1 * cos1);
    *sum = n[0] + n[1] + n[2] + n[3];
    *first = n[1] + 2 * n[2] + 3 * n[3];
    *secondm = n[1] + 4 * n[2] + 9 * n[3];
}

/* The denominator 1 + sum d[i] z^-(i+1), with its sum and moments. */
static void denominator(double sigma, double d[4], double *sum, double *first, double *secondm) {
    double cos1 = cos(w1 / sigma), cos2 = cos(w2 / sigma), exp1 = exp(l1 / sigma), exp2 = exp(l2 / sigma);
    d[3] = exp1 * exp1 * exp2 * exp2;
    d[2] = -2 * cos1 * exp1 * exp2 * exp2 - 2 * cos2 * exp2 * exp1 * exp1;
    d[1] = 4 * cos2 * cos1 * exp1 * exp2 + exp1 * exp1 + exp2 * exp2;
    d[0] = -2 * (exp2 * cos2 + exp1 * cos1);
    *sum = 1 + d[0] + d[1] + d[2] + d[3];
    *first = d[0] + 2 * d[1] + 3 * d[2] + 4 * d[3];
    *secondm = d[0] + 4 * d[1] + 9 * d[2] + 16 * d[3];
}

/* Both filters are symmetric: the anticausal part mirrors the causal one without its value at 0. */
static void finish(recursive *f) {
    double sn = 0, sm = 0, sd = 1;
    f->m[0] = f->n[1] - f->d[0] * f->n[0];
    f->m[1] = f->n[2] - f->d[1] * f->n[0];
    f->m[2] = f->n[3] - f->d[2] * f->n[0];
    f->m[3] = -f->d[3] * f->n[0];
    for (int i = 0; i < 4; i++) {
        sn += f->n[i];
        sm += f->m[i];
        sd += f->d[i];
    }
    for (int i = 0; i < 4; i++) {
        f->border_n[i] = f->d[i] * sn / sd;
        f->border_m[i] = f->d[i] * sm / sd;
    }
}

/* sigma in voxels; derivative 0 or 2, the latter with the response to x^2 / 2 made exactly 1. */
static recursive make_filter(double sigma, int derivative) {
    recursive f;
    double sd, dd, ed, s0, d0, e0;
    denominator(sigma, f.d, &sd, &dd, &ed);
    numerator(sigma, gaussian, f.n, &s0, &d0, &e0);
    if (derivative == 0) {
        double alpha = 2 * s0 / sd - f.n[0];
        for (int i = 0; i < 4; i++) f.n[i] /= alpha;
    } else {
        double n2[4], s2, d2, e2;
        numerator(sigma, second, n2, &s2, &d2, &e2);
        double beta = -(2 * s2 - sd * n2[0]) / (2 * s0 - sd * f.n[0]);
        for (int i = 0; i < 4; i++) f.n[i] = n2[i] + beta * f.n[i];
        double sn = s2 + beta * s0, dn = d2 + beta * d0, en = e2 + beta * e0;
        double alpha = (en * sd * sd - ed * sn * sd - 2 * dn * dd * sd + 2 * dd * dd * sn) / (sd * sd * sd);
        for (int i = 0; i < 4; i++) f.n[i] /= alpha;
    }
    finish(&f);
    return f;
}

/* Filters a line of `length` voxels that lie `step` apart, in place; x and y are scratch of `length`. */
static void filter_line(const recursive *f, double *line, size_t length, size_t step, double *x, double *y) {
    for (size_t p = 0; p < length; p++) x[p] = line[p * step];
    for (size_t p = 0; p < length; p++) {
        double sum = 0;
        for (size_t i = 0; i < 4; i++) sum += f->n[i] * (p >= i ? x[p - i] : x[0]);
        for (size_t i = 0; i < 4; i++) sum -= p > i ? f->d[i] * y[p - i - 1] : f->border_n[i] * x[0];
        y[p] = sum;
    }
    for (size_t p = 0; p < length; p++) line[p * step] = y[p];
    for (size_t p = length; p-- > 0;) {
        double sum = 0, edge = x[length - 1];
        for (size_t i = 0; i < 4; i++) sum += f->m[i] * (p + i + 1 < length ? x[p + i + 1] : edge);
        for (size_t i = 0; i < 4; i++)
            sum -= p + i + 1 < length ? f->d[i] * y[p + i + 1] : f->border_m[i] * edge;
        y[p] = sum;
    }
    for (size_t p = 0; p < length; p++) line[p * step] += y[p];
}

static void filter_axis(const recursive *f, double *image, const size_t n[3], int axis, double *scratch) {
    size_t step = axis == 0 ? 1 : axis == 1 ? n[0] : n[0] * n[1], total = n[0] * n[1] * n[2];
    for (size_t v = 0; v < total; v++) {
        if (v / step % n[axis] == 0) filter_line(f, image + v, n[axis], step, scratch, scratch + n[axis]);
    }
}

/* Adds the part of one axis, sigma^2 d2/dx2 of the smoothed image, to sum. */
static void add_axis(const double *image, const ms_region *region, const size_t n[3], int axis, int axes,
                     double sigma_mm, double *work, double *scratch, double *sum) {
    size_t total = n[0] * n[1] * n[2];
    for (size_t v = 0; v < total; v++) work[v] = image[v];
    for (int a = 0; a < axes; a++) {
        double sigma = sigma_mm / region->spacing_mm[a];
        recursive f = make_filter(sigma, a == axis ? 2 : 0);
        filter_axis(&f, work, n, a, scratch);
    }
    double scale = sigma_mm * sigma_mm / (region->spacing_mm[axis] * region->spacing_mm[axis]);
    for (size_t v = 0; v < total; v++) sum[v] += scale * work[v];
}

ms_status ms_filter_log(const ms_region *region, const ms_image_spec *spec, double *out, ms_error *err) {
    int axes = ms_image_axes(region, spec);
    size_t margin[3] = {0, 0, 0}, n[3], low[3], longest = 0;
    /* The filters decay as exp(-1.37 x / sigma): at 16 sigma by ten digits. */
    for (int a = 0; a < axes; a++) margin[a] = (size_t)ceil(16 * spec->sigma_mm / region->spacing_mm[a]) + 4;
    double *image = NULL;
    ms_status status = ms_region_crop(region, margin, MS_BORDER_NEAREST, &image, n, low, err);
    if (status != MS_OK) return status;
    size_t total = n[0] * n[1] * n[2];
    for (int a = 0; a < 3; a++) longest = n[a] > longest ? n[a] : longest;
    double *work = ms_calloc(total, sizeof *work), *sum = ms_calloc(total, sizeof *sum);
    double *scratch = ms_calloc(2 * longest, sizeof *scratch);
    if (!work || !sum || !scratch) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    for (int a = 0; a < axes; a++) add_axis(image, region, n, a, axes, spec->sigma_mm, work, scratch, sum);
    for (size_t v = 0; v < region->box; v++) {
        size_t i = v % region->n[0], j = v / region->n[0] % region->n[1],
               k = v / (region->n[0] * region->n[1]);
        out[v] = sum[((k + low[2]) * n[1] + j + low[1]) * n[0] + i + low[0]];
    }
cleanup:
    free(image);
    free(work);
    free(sum);
    free(scratch);
    return status;
}
