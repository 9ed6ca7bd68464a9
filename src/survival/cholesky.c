/* Generalised Cholesky factor L D L' of a symmetric matrix that may be singular, as R's survival uses it for
 * Cox models: a pivot that vanishes marks a collinear variable instead of failing (Therneau, survival:
 * cholesky2.c gives the rule for the tolerance). */
#include "survival/survival.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t ms_cholesky(double *a, size_t p, double tolerance) {
    double largest = 0;
    for (size_t i = 0; i < p; i++)
        if (a[i * p + i] > largest) largest = a[i * p + i];
    double smallest = largest > 0 ? largest * tolerance : tolerance;
    size_t rank = 0;
    for (size_t i = 0; i < p; i++) {
        double pivot = a[i * p + i];
        if (!isfinite(pivot) || pivot < smallest) {
            for (size_t j = i; j < p; j++) a[j * p + i] = 0;
            continue;
        }
        rank++;
        for (size_t j = i + 1; j < p; j++) {
            double factor = a[j * p + i] / pivot;
            a[j * p + i] = factor;
            a[j * p + j] -= factor * factor * pivot;
            for (size_t k = j + 1; k < p; k++) a[k * p + j] -= factor * a[k * p + i];
        }
    }
    return rank;
}

void ms_cholesky_solve(const double *factor, size_t p, double *y) {
    for (size_t i = 0; i < p; i++)
        for (size_t j = 0; j < i; j++) y[i] -= factor[i * p + j] * y[j];
    for (size_t i = p; i-- > 0;) {
        double pivot = factor[i * p + i];
        if (pivot == 0) {
            y[i] = 0;
            continue;
        }
        y[i] /= pivot;
        for (size_t j = i + 1; j < p; j++) y[i] -= factor[j * p + i] * y[j];
    }
}

void ms_cholesky_inverse(const double *factor, size_t p, double *inverse) {
    memset(inverse, 0, p * p * sizeof *inverse);
    for (size_t i = 0; i < p; i++) {
        double *row = inverse + i * p; /* the inverse is symmetric: a column can be solved for in a row */
        row[i] = factor[i * p + i] == 0 ? 0 : 1;
        if (row[i] != 0) ms_cholesky_solve(factor, p, row);
    }
}

ms_status ms_quadratic_form(const double *a, const double *b, size_t p, double tolerance, double *value,
                            size_t *rank, ms_error *err) {
    double *factor = ms_calloc(p * p + p, sizeof *factor);
    if (!factor) return ms_error_nomem(err);
    double *solution = factor + p * p;
    memcpy(factor, a, p * p * sizeof *factor);
    memcpy(solution, b, p * sizeof *solution);
    size_t found = ms_cholesky(factor, p, tolerance);
    ms_cholesky_solve(factor, p, solution);
    double total = 0;
    for (size_t i = 0; i < p; i++) total += b[i] * solution[i];
    free(factor);
    *value = total;
    if (rank) *rank = found;
    return MS_OK;
}

ms_status ms_sandwich(const double *naive, const double *rows, size_t n, size_t p, double *variance,
                      ms_error *err) {
    double *scaled = ms_calloc(p + 1, sizeof *scaled);
    if (!scaled) return ms_error_nomem(err);
    memset(variance, 0, p * p * sizeof *variance);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < p; j++) {
            scaled[j] = 0;
            for (size_t k = 0; k < p; k++) scaled[j] += rows[i * p + k] * naive[k * p + j];
        }
        for (size_t j = 0; j < p; j++)
            for (size_t k = 0; k < p; k++) variance[j * p + k] += scaled[j] * scaled[k];
    }
    free(scaled);
    return MS_OK;
}
