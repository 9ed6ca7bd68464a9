/* radiomics/size_features.c: the features that run length, size zone, distance zone and dependence matrices
 * share. Each is a table of how many s(i, j) objects have grey level i and size (length, distance,
 * dependence) j; the formulas are those of IBSI 3.7 (run length), the same for the others under other names.
 */
#include "radiomics/radiomics.h"

#include <math.h>

/* Sums over cells: the emphases and the entropy. */
static void cell_sums(const double *s, size_t rows, size_t columns, const double *level, const double *size,
                      double total, double *v) {
    for (size_t r = 0; r < rows; r++) {
        double i2 = level[r] * level[r];
        for (size_t c = 0; c < columns; c++) {
            double n = s[r * columns + c];
            if (n == 0) continue;
            double j2 = size[c] * size[c], p = n / total;
            v[MS_SIZE_SMALL] += n / j2;
            v[MS_SIZE_LARGE] += n * j2;
            v[MS_SIZE_LOW] += n / i2;
            v[MS_SIZE_HIGH] += n * i2;
            v[MS_SIZE_SMALL_LOW] += n / (i2 * j2);
            v[MS_SIZE_SMALL_HIGH] += n * i2 / j2;
            v[MS_SIZE_LARGE_LOW] += n * j2 / i2;
            v[MS_SIZE_LARGE_HIGH] += n * i2 * j2;
            v[MS_SIZE_ENTROPY] -= p * log2(p);
            v[MS_SIZE_ENERGY] += p * p;
        }
    }
    for (int f = MS_SIZE_SMALL; f <= MS_SIZE_LARGE_HIGH; f++) v[f] /= total;
}

/* The sum of squares of a marginal, and the variance of its coordinate. `stride` steps within a marginal's
 * sum. */
static void marginal(const double *s, size_t n, size_t outer_step, size_t m, size_t inner_step,
                     const double *coordinate, double total, double *squares, double *variance) {
    double mean = 0, second = 0;
    *squares = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t a = 0; a < n; a++) {
            double sum = 0;
            for (size_t b = 0; b < m; b++) sum += s[a * outer_step + b * inner_step];
            if (pass == 0) {
                *squares += sum * sum;
                mean += coordinate[a] * sum / total;
            } else {
                second += (coordinate[a] - mean) * (coordinate[a] - mean) * sum / total;
            }
        }
    }
    *variance = second;
}

bool ms_size_features(const double *counts, size_t rows, size_t columns, const double *level,
                      const double *size, double voxels, double *v) {
    double total = 0;
    for (size_t c = 0; c < rows * columns; c++) total += counts[c];
    if (total == 0) return false;
    for (int f = 0; f < MS_SIZE_FEATURES; f++) v[f] = 0;
    cell_sums(counts, rows, columns, level, size, total, v);
    double squares;
    marginal(counts, rows, columns, columns, 1, level, total, &squares, &v[MS_SIZE_LEVEL_VARIANCE]);
    v[MS_SIZE_GLNU] = squares / total;
    v[MS_SIZE_GLNU_NORM] = squares / (total * total);
    marginal(counts, columns, 1, rows, columns, size, total, &squares, &v[MS_SIZE_VARIANCE]);
    v[MS_SIZE_NU] = squares / total;
    v[MS_SIZE_NU_NORM] = squares / (total * total);
    v[MS_SIZE_PERCENTAGE] = total / voxels;
    return true;
}
