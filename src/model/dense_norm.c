/* Layer norm and batch norm: forward, and the derivative of both. With zh = (z - mean) / SD and y = gain * zh
 * + shift over n values, d/dz = (d/dzh - mean(d/dzh) - zh mean(d/dzh * zh)) / SD (Ioffe and Szegedy 2015,
 * section 3). */
#include "model/dense_train.h"

#include <math.h>

void ms_dense_norm_rows(const double *gain, size_t n_rows, size_t n, double *z, double *scale, double *to) {
    const double *shift = gain + n;
    for (size_t i = 0; i < n_rows; i++, z += n, to += n) {
        double mean = 0, variance = 0;
        for (size_t k = 0; k < n; k++) mean += z[k];
        mean /= (double)n;
        for (size_t k = 0; k < n; k++) variance += (z[k] - mean) * (z[k] - mean);
        const double inverse = 1 / sqrt(variance / (double)n + MS_NORM_EPSILON);
        for (size_t k = 0; k < n; k++) {
            z[k] = (z[k] - mean) * inverse;
            to[k] = gain[k] * z[k] + shift[k];
        }
        if (scale) scale[i] = inverse;
    }
}

void ms_dense_norm_rows_back(const double *gain, size_t n_rows, size_t n, const double *z,
                             const double *scale, double *down, double *gain_gradient) {
    double *shift_gradient = gain_gradient + n;
    for (size_t i = 0; i < n_rows; i++, z += n, down += n) {
        double sum = 0, product = 0;
        for (size_t k = 0; k < n; k++) {
            gain_gradient[k] += down[k] * z[k];
            shift_gradient[k] += down[k];
            down[k] *= gain[k];
            sum += down[k];
            product += down[k] * z[k];
        }
        sum /= (double)n;
        product /= (double)n;
        for (size_t k = 0; k < n; k++) down[k] = scale[i] * (down[k] - sum - z[k] * product);
    }
}

void ms_dense_norm_measure(size_t n_rows, size_t n, const double *z, double *mean, double *inverse) {
    for (size_t k = 0; k < n; k++) mean[k] = inverse[k] = 0;
    for (size_t i = 0; i < n_rows; i++)
        for (size_t k = 0; k < n; k++) mean[k] += z[i * n + k];
    for (size_t k = 0; k < n; k++) mean[k] /= (double)n_rows;
    for (size_t i = 0; i < n_rows; i++)
        for (size_t k = 0; k < n; k++) inverse[k] += (z[i * n + k] - mean[k]) * (z[i * n + k] - mean[k]);
    for (size_t k = 0; k < n; k++) inverse[k] = 1 / sqrt(inverse[k] / (double)n_rows + MS_NORM_EPSILON);
}

void ms_dense_norm_columns(const double *gain, size_t n_rows, size_t n, const double *mean,
                           const double *inverse, double *z, double *to) {
    const double *shift = gain + n;
    for (size_t i = 0; i < n_rows; i++, z += n, to += n)
        for (size_t k = 0; k < n; k++) {
            z[k] = (z[k] - mean[k]) * inverse[k];
            to[k] = gain[k] * z[k] + shift[k];
        }
}

void ms_dense_norm_columns_back(const double *gain, size_t n_rows, size_t n, const double *z,
                                const double *inverse, double *down, double *gain_gradient) {
    double *shift_gradient = gain_gradient + n;
    const double rows = (double)n_rows;
    for (size_t k = 0; k < n; k++) {
        double sum = 0, product = 0;
        for (size_t i = 0; i < n_rows; i++) {
            sum += down[i * n + k];
            product += down[i * n + k] * z[i * n + k];
        }
        gain_gradient[k] += product;
        shift_gradient[k] += sum;
        for (size_t i = 0; i < n_rows; i++)
            down[i * n + k] =
                gain[k] * inverse[k] * (down[i * n + k] - sum / rows - z[i * n + k] * product / rows);
    }
}
