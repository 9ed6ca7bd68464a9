/* Principal components by the eigenvectors of the smaller of Z'Z and ZZ'. R: prcomp. */
#include "study/rivals.h"

#include <gsl/gsl_eigen.h>
#include <math.h>
#include <stdlib.h>

/* The lower half of Z'Z (across false) or ZZ', over n - 1; GSL reads no more. */
static gsl_matrix *products(const double *z, size_t n, size_t p, bool across) {
    const size_t m = across ? n : p;
    gsl_matrix *g = gsl_matrix_calloc(m, m);
    const double scale = 1 / (double)(n - 1);
    if (!g) return NULL;
    if (across) {
        for (size_t a = 0; a < n; a++)
            for (size_t b = 0; b <= a; b++) {
                double sum = 0;
                for (size_t j = 0; j < p; j++) sum += z[a * p + j] * z[b * p + j];
                gsl_matrix_set(g, a, b, sum * scale);
            }
        return g;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t a = 0; a < p; a++) {
            double *row = gsl_matrix_ptr(g, a, 0);
            const double w = z[i * p + a] * scale;
            for (size_t b = 0; b <= a; b++) row[b] += w * z[i * p + b];
        }
    return g;
}

/* A component's loadings from its eigenvector; the largest is made positive, so that the sign is defined. */
static void loading(const double *z, size_t n, size_t p, bool across, const gsl_vector *v, double variance,
                    double *load, size_t c, size_t k) {
    size_t largest = 0;
    for (size_t j = 0; j < p; j++) load[j * k + c] = across ? 0 : gsl_vector_get(v, j);
    if (across) { /* z = U S V': V = Z'U / S, and S^2 = variance (n - 1) */
        const double s = sqrt(variance * (double)(n - 1));
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < p; j++) load[j * k + c] += z[i * p + j] * gsl_vector_get(v, i) / s;
    }
    for (size_t j = 1; j < p; j++)
        if (fabs(load[j * k + c]) > fabs(load[largest * k + c])) largest = j;
    if (load[largest * k + c] < 0)
        for (size_t j = 0; j < p; j++) load[j * k + c] = -load[j * k + c];
}

ms_status ms_components(const double *z, size_t n, size_t p, size_t *k, double *variance, double *load,
                        ms_error *err) {
    if (n < 2) return ms_error_set(err, MS_EINPUT, "principal components need two rows or more");
    const bool across = n < p;
    const size_t m = across ? n : p, asked = *k;
    ms_gsl_quiet();
    gsl_matrix *g = products(z, n, p, across), *vectors = gsl_matrix_alloc(m, m);
    gsl_vector *values = gsl_vector_alloc(m);
    gsl_eigen_symmv_workspace *work = gsl_eigen_symmv_alloc(m);
    ms_status status = g && vectors && values && work ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK && gsl_eigen_symmv(g, values, vectors, work))
        status = ms_error_set(err, MS_ENOCONV, "the principal components could not be found");
    if (status == MS_OK) {
        gsl_eigen_symmv_sort(values, vectors, GSL_EIGEN_SORT_VAL_DESC);
        const double least = 1e-10 * gsl_vector_get(values, 0);
        size_t c = 0;
        for (; c < asked && c < m && gsl_vector_get(values, c) > least; c++) {
            const gsl_vector_const_view v = gsl_matrix_const_column(vectors, c);
            variance[c] = gsl_vector_get(values, c);
            loading(z, n, p, across, &v.vector, variance[c], load, c, asked);
        }
        *k = c;
    }
    if (work) gsl_eigen_symmv_free(work);
    gsl_vector_free(values);
    gsl_matrix_free(vectors);
    gsl_matrix_free(g);
    return status;
}
