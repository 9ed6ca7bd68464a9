/* radiomics/spatial.c: Moran's I and Geary's C (IBSI N365, NPT7) over all pairs of voxels of the intensity
 * mask, with weights 1 / distance.
 *
 * The sums are exact, not sampled. Let m be the mask, z the intensity less its mean inside and 0 outside,
 * and w(d) = 1 / |d|, w(0) = 0, over the offsets d. All three sums over pairs are correlations weighed by w:
 *   sum w_ij         = sum_d w(d) (m * m)(d)
 *   sum w_ij z_i z_j = sum_d w(d) (z * z)(d)
 *   sum w_ij (z_i - z_j)^2 = 2 sum_d w(d) [(m * z^2)(d) - (z * z)(d)]
 * By Parseval's theorem each is a sum over frequencies, (1/N) sum W(k) A(k) conj B(k), of a box padded to
 * twice its size. Two real images go through one complex transform, so that two transforms do all: O(N log
 * N). */
#include "radiomics/spatial.h"
#include "radiomics/fft.h"

#include <math.h>
#include <stdlib.h>

/* 2 GiB of transforms. */
static const double largest = 6.4e7;

typedef struct transforms {
    size_t n[3], total;
    double *a, *b; /* [2 * total]: z + i m, and z^2 + i w */
} transforms;

/* The weight of an offset, of which the cyclic index counts from 0 up and from n down. */
static double weight(const transforms *t, const double spacing[3], size_t i, size_t j, size_t k) {
    size_t at[3] = {i, j, k};
    double square = 0;
    for (int a = 0; a < 3; a++) {
        double d = (double)(at[a] <= t->n[a] / 2 ? at[a] : t->n[a] - at[a]) * spacing[a];
        square += d * d;
    }
    return square > 0 ? 1 / sqrt(square) : 0;
}

static void fill(transforms *t, const ms_region *r, const double *values, const uint8_t *in, double mean) {
    for (size_t v = 0; v < t->total; v++) {
        size_t i = v % t->n[0], j = v / t->n[0] % t->n[1], k = v / (t->n[0] * t->n[1]);
        t->b[2 * v + 1] = weight(t, r->spacing_mm, i, j, k);
        if (i >= r->n[0] || j >= r->n[1] || k >= r->n[2]) continue;
        size_t at = (k * r->n[1] + j) * r->n[0] + i;
        if (!in[at]) continue;
        double z = values[at] - mean;
        t->a[2 * v] = z;
        t->a[2 * v + 1] = 1;
        t->b[2 * v] = z * z;
    }
}

/* The two transforms of a complex image's real and imaginary parts at frequency v, of which w is the
 * opposite. */
static void split(const double *x, size_t v, size_t w, double real[2], double imaginary[2]) {
    real[0] = (x[2 * v] + x[2 * w]) / 2;
    real[1] = (x[2 * v + 1] - x[2 * w + 1]) / 2;
    imaginary[0] = (x[2 * v + 1] + x[2 * w + 1]) / 2;
    imaginary[1] = (x[2 * w] - x[2 * v]) / 2;
}

/* Sums over frequencies: weights, z z, m z^2; rows are added up on their own to keep rounding small. */
static void sum_up(const transforms *t, double *mm, double *zz, double *mz2) {
    *mm = *zz = *mz2 = 0;
    for (size_t k = 0; k < t->n[2]; k++) {
        for (size_t j = 0; j < t->n[1]; j++) {
            size_t row = (k * t->n[1] + j) * t->n[0];
            size_t opposite = ((t->n[2] - k) % t->n[2] * t->n[1] + (t->n[1] - j) % t->n[1]) * t->n[0];
            double row_mm = 0, row_zz = 0, row_mz2 = 0;
            for (size_t i = 0; i < t->n[0]; i++) {
                double z[2], m[2], z2[2], w[2];
                split(t->a, row + i, opposite + (t->n[0] - i) % t->n[0], z, m);
                split(t->b, row + i, opposite + (t->n[0] - i) % t->n[0], z2, w);
                row_mm += w[0] * (m[0] * m[0] + m[1] * m[1]);
                row_zz += w[0] * (z[0] * z[0] + z[1] * z[1]);
                row_mz2 += w[0] * (m[0] * z2[0] + m[1] * z2[1]);
            }
            *mm += row_mm;
            *zz += row_zz;
            *mz2 += row_mz2;
        }
    }
    *mm /= (double)t->total;
    *zz /= (double)t->total;
    *mz2 /= (double)t->total;
}

ms_status ms_spatial(const ms_region *r, const double *values, const uint8_t *in, double *moran,
                     double *geary, const char **reason, ms_error *err) {
    transforms t = {.total = 1};
    double n = 0, mean = 0, square = 0, padded = 1, mm, zz, mz2;
    for (int a = 0; a < 3; a++) {
        t.n[a] = r->n[a] == 1 ? 1 : ms_fft_good_size(2 * r->n[a] - 1);
        t.total *= t.n[a];
        padded *= (double)t.n[a];
    }
    for (size_t v = 0; v < r->box; v++) {
        n += in[v];
        mean += in[v] ? values[v] : 0;
    }
    mean /= n;
    for (size_t v = 0; v < r->box; v++) square += in[v] ? (values[v] - mean) * (values[v] - mean) : 0;
    *reason = padded > largest ? ms_reason_too_large : n < 2 ? ms_reason_one_voxel : NULL;
    if (!*reason && square == 0) *reason = ms_reason_undefined;
    if (*reason) return MS_OK;
    t.a = ms_calloc(2 * t.total, sizeof *t.a);
    t.b = ms_calloc(2 * t.total, sizeof *t.b);
    ms_status status = t.a && t.b ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) {
        fill(&t, r, values, in, mean);
        status = ms_fft(t.a, t.n, NULL, false, err);
    }
    if (status == MS_OK) status = ms_fft(t.b, t.n, NULL, false, err);
    if (status == MS_OK) {
        sum_up(&t, &mm, &zz, &mz2);
        *moran = n / mm * zz / square;
        *geary = (n - 1) / (2 * mm) * 2 * (mz2 - zz) / square;
    }
    free(t.a);
    free(t.b);
    return status;
}
