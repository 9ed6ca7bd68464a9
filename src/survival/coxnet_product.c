/* Products of long columns, four lanes at a time and always in the same order: the same bytes with and
 * without AVX, which only does the same additions with fewer instructions. */
#include "survival/coxnet.h"

typedef double lanes __attribute__((vector_size(MS_NET_LANES * sizeof(double)), aligned(8), may_alias));

#if defined(__x86_64__) && !defined(__clang_analyzer__)
#define WIDE __attribute__((target("avx2")))
#define HAVE_WIDE 1
#else
#define HAVE_WIDE 0
#endif
#define INLINE static inline __attribute__((always_inline))

INLINE double total(const lanes *v) {
    return ((*v)[0] + (*v)[1]) + ((*v)[2] + (*v)[3]);
}

INLINE void product1(const double *x, const double *v, size_t length, double *out) {
    lanes sum = {0};
    for (size_t i = 0; i < length; i += MS_NET_LANES)
        sum += *(const lanes *)(x + i) * *(const lanes *)(v + i);
    *out = total(&sum);
}

/* Four columns at once, so that v is read once for them. */
INLINE void product4(const double *const x[4], const double *v, size_t length, double out[4]) {
    lanes a = {0}, b = {0}, c = {0}, d = {0};
    for (size_t i = 0; i < length; i += MS_NET_LANES) {
        const lanes w = *(const lanes *)(v + i);
        a += *(const lanes *)(x[0] + i) * w;
        b += *(const lanes *)(x[1] + i) * w;
        c += *(const lanes *)(x[2] + i) * w;
        d += *(const lanes *)(x[3] + i) * w;
    }
    out[0] = total(&a);
    out[1] = total(&b);
    out[2] = total(&c);
    out[3] = total(&d);
}

/* Four columns and two vectors. */
INLINE void product42(const double *const x[4], const double *v, const double *w, size_t length,
                      double out_v[4], double out_w[4]) {
    lanes a = {0}, b = {0}, c = {0}, d = {0}, e = {0}, f = {0}, g = {0}, h = {0};
    for (size_t i = 0; i < length; i += MS_NET_LANES) {
        const lanes p = *(const lanes *)(v + i), q = *(const lanes *)(w + i);
        const lanes x0 = *(const lanes *)(x[0] + i), x1 = *(const lanes *)(x[1] + i);
        const lanes x2 = *(const lanes *)(x[2] + i), x3 = *(const lanes *)(x[3] + i);
        a += x0 * p;
        b += x1 * p;
        c += x2 * p;
        d += x3 * p;
        e += x0 * q;
        f += x1 * q;
        g += x2 * q;
        h += x3 * q;
    }
    out_v[0] = total(&a);
    out_v[1] = total(&b);
    out_v[2] = total(&c);
    out_v[3] = total(&d);
    out_w[0] = total(&e);
    out_w[1] = total(&f);
    out_w[2] = total(&g);
    out_w[3] = total(&h);
}

INLINE void products(const double *x, size_t length, const size_t *columns, size_t n, const double *v,
                     double *out) {
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        const double *four[4];
        for (size_t k = 0; k < 4; k++) four[k] = x + (columns ? columns[i + k] : i + k) * length;
        product4(four, v, length, out + i);
    }
    for (; i < n; i++) product1(x + (columns ? columns[i] : i) * length, v, length, out + i);
}

INLINE void add(double *y, double factor, const double *x, size_t length) {
    for (size_t i = 0; i < length; i += MS_NET_LANES) *(lanes *)(y + i) += factor * *(const lanes *)(x + i);
}

/* Four at a time, so that y is read and written once for them. */
INLINE void combine(double *y, const double *factors, const double *x, size_t length, const size_t *columns,
                    size_t n) {
    const double *four[4];
    double by[4];
    size_t k = 0;
    for (size_t c = 0; c < n; c++) {
        if (factors[c] == 0) continue;
        four[k] = x + columns[c] * length;
        by[k++] = factors[c];
        if (k < 4) continue;
        for (size_t i = 0; i < length; i += MS_NET_LANES) {
            lanes sum = *(lanes *)(y + i) + by[0] * *(const lanes *)(four[0] + i);
            sum += by[1] * *(const lanes *)(four[1] + i);
            sum += by[2] * *(const lanes *)(four[2] + i);
            sum += by[3] * *(const lanes *)(four[3] + i);
            *(lanes *)(y + i) = sum;
        }
        k = 0;
    }
    for (size_t c = 0; c < k; c++) add(y, by[c], four[c], length);
}

/* Eight columns at a time, so that they stay near while the vectors go by. */
INLINE void gram(const double *x, size_t length, const size_t *columns, size_t m, const double *v, double *q,
                 size_t stride) {
    for (size_t tile = 0; tile < m; tile += 8) {
        const size_t width = m - tile < 8 ? m - tile : 8;
        size_t row = tile;
        for (; row + 2 <= m && width == 8; row += 2)
            for (size_t k = 0; k < 8; k += 4) {
                const double *four[4];
                for (size_t c = 0; c < 4; c++) four[c] = x + columns[tile + k + c] * length;
                product42(four, v + row * length, v + (row + 1) * length, length, q + row * stride + tile + k,
                          q + (row + 1) * stride + tile + k);
            }
        for (; row < m; row++)
            products(x, length, columns + tile, width, v + row * length, q + row * stride + tile);
    }
    for (size_t i = 0; i < m; i++)
        for (size_t j = i + 1; j < m; j++) q[i * stride + j] = q[j * stride + i];
}

/* Rows that need not be a multiple of the lanes; the rest is added one by one. */
INLINE double inner(const double *x, const double *y, size_t n) {
    lanes a = {0}, b = {0};
    size_t i = 0;
    for (; i + 2 * MS_NET_LANES <= n; i += 2 * MS_NET_LANES) {
        a += *(const lanes *)(x + i) * *(const lanes *)(y + i);
        b += *(const lanes *)(x + i + MS_NET_LANES) * *(const lanes *)(y + i + MS_NET_LANES);
    }
    a += b;
    double sum = total(&a);
    for (; i < n; i++) sum += x[i] * y[i];
    return sum;
}

/* Solves L x = own. */
INLINE void eliminate(const double *factor, size_t stride, size_t n, double *own) {
    for (size_t j = 0; j < n; j++) {
        const double *other = factor + j * stride;
        own[j] = (own[j] - inner(own, other, j)) / other[j];
    }
}

/* Solves L' x = own: row by row of L from the last. */
INLINE void eliminate_back(const double *factor, size_t stride, size_t n, double *own) {
    for (size_t i = n; i-- > 0;) {
        const double *row = factor + i * stride;
        const size_t whole = i / MS_NET_LANES * MS_NET_LANES;
        own[i] /= row[i];
        add(own, -own[i], row, whole);
        for (size_t j = whole; j < i; j++) own[j] -= row[j] * own[i];
    }
}

/* Four of them against one row of the factor. */
INLINE void inner4(const double *row, double *const own[4], size_t n, double out[4]) {
    lanes a = {0}, b = {0}, c = {0}, d = {0};
    size_t i = 0;
    for (; i + MS_NET_LANES <= n; i += MS_NET_LANES) {
        const lanes w = *(const lanes *)(row + i);
        a += *(const lanes *)(own[0] + i) * w;
        b += *(const lanes *)(own[1] + i) * w;
        c += *(const lanes *)(own[2] + i) * w;
        d += *(const lanes *)(own[3] + i) * w;
    }
    out[0] = total(&a);
    out[1] = total(&b);
    out[2] = total(&c);
    out[3] = total(&d);
    for (; i < n; i++)
        for (size_t k = 0; k < 4; k++) out[k] += row[i] * own[k][i];
}

INLINE void eliminate4(const double *factor, size_t stride, size_t n, double *own) {
    double *const rows[4] = {own, own + stride, own + 2 * stride, own + 3 * stride};
    for (size_t j = 0; j < n; j++) {
        const double *other = factor + j * stride;
        double sum[4];
        inner4(other, rows, j, sum);
        for (size_t k = 0; k < 4; k++) rows[k][j] = (rows[k][j] - sum[k]) / other[j];
    }
}

#if HAVE_WIDE
static WIDE void gram_wide(const double *x, size_t length, const size_t *columns, size_t m, const double *v,
                           double *q, size_t stride) {
    gram(x, length, columns, m, v, q, stride);
}
static WIDE void eliminate4_wide(const double *factor, size_t stride, size_t n, double *own) {
    eliminate4(factor, stride, n, own);
}
static WIDE void eliminate_wide(const double *factor, size_t stride, size_t n, double *own) {
    eliminate(factor, stride, n, own);
}
static WIDE void eliminate_back_wide(const double *factor, size_t stride, size_t n, double *own) {
    eliminate_back(factor, stride, n, own);
}
static WIDE void combine_wide(double *y, const double *factors, const double *x, size_t length,
                              const size_t *columns, size_t n) {
    combine(y, factors, x, length, columns, n);
}
static WIDE double inner_wide(const double *x, const double *y, size_t n) {
    return inner(x, y, n);
}
static WIDE void products_wide(const double *x, size_t length, const size_t *columns, size_t n,
                               const double *v, double *out) {
    products(x, length, columns, n, v, out);
}
static WIDE void add_wide(double *y, double factor, const double *x, size_t length) {
    add(y, factor, x, length);
}
#endif

void ms_net_products(const double *x, size_t length, const size_t *columns, size_t n_columns, const double *v,
                     double *out) {
#if HAVE_WIDE
    if (__builtin_cpu_supports("avx2")) {
        products_wide(x, length, columns, n_columns, v, out);
        return;
    }
#endif
    products(x, length, columns, n_columns, v, out);
}

void ms_net_add(double *y, double factor, const double *x, size_t length) {
#if HAVE_WIDE
    if (__builtin_cpu_supports("avx2")) {
        add_wide(y, factor, x, length);
        return;
    }
#endif
    add(y, factor, x, length);
}

void ms_net_eliminate(const double *factor, size_t stride, size_t n, double *own) {
#if HAVE_WIDE
    if (__builtin_cpu_supports("avx2")) {
        eliminate_wide(factor, stride, n, own);
        return;
    }
#endif
    eliminate(factor, stride, n, own);
}

void ms_net_eliminate_back(const double *factor, size_t stride, size_t n, double *own) {
#if HAVE_WIDE
    if (__builtin_cpu_supports("avx2")) {
        eliminate_back_wide(factor, stride, n, own);
        return;
    }
#endif
    eliminate_back(factor, stride, n, own);
}

void ms_net_combine(double *y, const double *factors, const double *x, size_t length, const size_t *columns,
                    size_t n_columns) {
#if HAVE_WIDE
    if (__builtin_cpu_supports("avx2")) {
        combine_wide(y, factors, x, length, columns, n_columns);
        return;
    }
#endif
    combine(y, factors, x, length, columns, n_columns);
}

double ms_net_inner(const double *x, const double *y, size_t n) {
#if HAVE_WIDE
    if (__builtin_cpu_supports("avx2")) return inner_wide(x, y, n);
#endif
    return inner(x, y, n);
}

void ms_net_eliminate4(const double *factor, size_t stride, size_t n, double *own) {
#if HAVE_WIDE
    if (__builtin_cpu_supports("avx2")) {
        eliminate4_wide(factor, stride, n, own);
        return;
    }
#endif
    eliminate4(factor, stride, n, own);
}

void ms_net_gram(const double *x, size_t length, const size_t *columns, size_t m, const double *v, double *q,
                 size_t stride) {
#if HAVE_WIDE
    if (__builtin_cpu_supports("avx2")) {
        gram_wide(x, length, columns, m, v, q, stride);
        return;
    }
#endif
    gram(x, length, columns, m, v, q, stride);
}
