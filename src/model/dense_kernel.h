/* model/dense_kernel.h: the two things networks spend their time on, products of matrices and activations,
 * for processors with wide registers (chosen when the program runs) and for any other.
 *
 * Every number is made by the same operations in the same order whatever the width, and no multiplication is
 * fused with an addition: the bytes are the same on every processor. */
#ifndef MS_MODEL_DENSE_KERNEL_H
#define MS_MODEL_DENSE_KERNEL_H

#include <stddef.h>

/* Columns that are worked on together. */
#define MS_PANEL 8u

typedef struct ms_dense_kernels {
    /* C[m][n] = start + A B, sums in the order of k. A's element (i, k) is a[i * a_row + k * a_column]; B is
     * packed (ms_pack); start[n] is added to each row, or NULL: C is added to. */
    void (*product)(size_t m, size_t n, size_t k, const double *a, size_t a_row, size_t a_column,
                    const double *packed, const double *start, double *c, size_t c_row);
    /* C += A B with B as it stands, element (k, j) in b[k * b_row + j], and n a multiple of MS_PANEL. */
    void (*product_rows)(size_t m, size_t n, size_t k, const double *a, size_t a_row, size_t a_column,
                         const double *b, size_t b_row, double *c, size_t c_row);
    /* a[i] *= by[i]; and to[n] += each of the rows from[rows][n]. */
    void (*multiply)(size_t n, const double *by, double *a);
    void (*add_rows)(size_t rows, size_t n, const double *from, double *to);
    /* a = activation(z) and, where slope is not NULL, slope = its derivative at z. z may be a. */
    void (*activate)(int activation, size_t n, const double *z, double *a, double *slope);
    /* e = exp(x - shift); values below -708 give 0. */
    void (*exponentials)(size_t n, const double *x, double shift, double *e);
} ms_dense_kernels;

const ms_dense_kernels *ms_dense_kernels_get(void);
/* Those for at most so many lanes (2, 4, 8) that this processor has: for tests. */
const ms_dense_kernels *ms_dense_kernels_width(unsigned lanes);

/* Doubles that a packed matrix of k rows and n columns needs. */
static inline size_t ms_packed_size(size_t k, size_t n) {
    return (n + MS_PANEL - 1) / MS_PANEL * MS_PANEL * k;
}
/* Packs B: element (k, j) is b[k * b_row + j * b_column]. */
void ms_pack(size_t k, size_t n, const double *b, size_t b_row, size_t b_column, double *packed);

#endif
