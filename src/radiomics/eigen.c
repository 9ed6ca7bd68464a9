/* radiomics/eigen.c: eigenvalues of a symmetric matrix: Householder's reduction to tridiagonal form
 * (Householder 1958), then the QL algorithm with implicit shifts (Wilkinson; Martin and Wilkinson 1968).
 * numpy.linalg.eigvalsh gives the same. */
#include "radiomics/radiomics.h"

#include <math.h>
#include <stdlib.h>

/* Reduces a to diagonal d[n] and subdiagonal e[n - 1]; v and p are scratch of n. */
static void tridiagonalise(double *a, size_t n, double *d, double *e, double *v, double *p) {
    for (size_t k = 0; k + 2 < n; k++) {
        double norm = 0, head = a[(k + 1) * n + k];
        for (size_t i = k + 1; i < n; i++) norm += a[i * n + k] * a[i * n + k];
        norm = sqrt(norm);
        d[k] = a[k * n + k];
        e[k] = head > 0 ? -norm : norm;
        double beta = norm * (norm + fabs(head)); /* half of v'v */
        if (beta == 0) continue;
        for (size_t i = k + 1; i < n; i++) v[i] = a[i * n + k];
        v[k + 1] -= e[k];
        double along = 0;
        for (size_t i = k + 1; i < n; i++) {
            p[i] = 0;
            for (size_t j = k + 1; j < n; j++) p[i] += a[i * n + j] * v[j];
            p[i] /= beta;
            along += p[i] * v[i];
        }
        along /= 2 * beta;
        for (size_t i = k + 1; i < n; i++) p[i] -= along * v[i];
        for (size_t i = k + 1; i < n; i++) {
            for (size_t j = k + 1; j < n; j++) a[i * n + j] -= v[i] * p[j] + p[i] * v[j];
        }
    }
    if (n >= 2) {
        d[n - 2] = a[(n - 2) * n + n - 2];
        e[n - 2] = a[(n - 1) * n + n - 2];
    }
    d[n - 1] = a[(n - 1) * n + n - 1];
}

/* One implicit QL step on the block low..high with Wilkinson's shift. */
static void ql_step(double *d, double *e, size_t low, size_t high) {
    double g = (d[low + 1] - d[low]) / (2 * e[low]), r = hypot(g, 1);
    g = d[high] - d[low] + e[low] / (g + copysign(r, g));
    double s = 1, c = 1, p = 0;
    for (size_t i = high; i-- > low;) {
        double f = s * e[i], b = c * e[i];
        r = hypot(f, g);
        e[i + 1] = r;
        if (r == 0) {
            d[i + 1] -= p;
            e[high] = 0;
            return;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1] - p;
        r = (d[i] - g) * s + 2 * c * b;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - b;
    }
    d[low] -= p;
    e[low] = g;
    e[high] = 0;
}

ms_status ms_symmetric_eigenvalues(double *a, size_t n, double *w, ms_error *err) {
    double *scratch = ms_calloc(3 * n + 3, sizeof *scratch);
    if (!scratch) return ms_error_nomem(err);
    double *e = scratch, *v = e + n + 1, *p = v + n + 1;
    ms_status status = MS_OK;
    tridiagonalise(a, n, w, e, v, p);
    e[n - 1] = 0;
    for (size_t low = 0; low < n && status == MS_OK; low++) {
        for (int iteration = 0;; iteration++) {
            size_t high = low;
            while (high + 1 < n) {
                double near = fabs(w[high]) + fabs(w[high + 1]);
                if (fabs(e[high]) <= 1e-16 * near || fabs(e[high]) < 1e-300) break;
                high++;
            }
            if (high == low) break;
            if (iteration == 100) {
                status = ms_error_set(err, MS_ENOCONV,
                                      "the eigenvalues of a co-occurrence matrix did not converge");
                break;
            }
            ql_step(w, e, low, high);
        }
    }
    free(scratch);
    return status;
}
