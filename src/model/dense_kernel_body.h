/* model/dense_kernel_body.h: the kernels for registers of LANES doubles, included by dense_kernel.c once for
 * each width with NAME(), LANES and WIDE set. No include guard for that reason. */

typedef double NAME(vector) __attribute__((vector_size(8 * LANES), aligned(8), may_alias));
typedef long long NAME(words) __attribute__((vector_size(8 * LANES), aligned(8), may_alias));
#define V NAME(vector)
#define W NAME(words)
#define PARTS ((int)MS_PANEL / LANES)
#define INLINE static inline __attribute__((always_inline))

/* `rows` (at most 6) rows of C by one panel of columns. */
INLINE void NAME(tile)(const int rows, size_t k, const double *a, size_t a_row, size_t a_column,
                       const double *b, const size_t b_row, double *c, size_t c_row) {
    V sum[6][PARTS];
#pragma GCC unroll 6
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 4
        for (int p = 0; p < PARTS; p++) sum[r][p] = *(const V *)(c + (size_t)r * c_row + (size_t)(p * LANES));
    for (size_t i = 0; i < k; i++, b += b_row, a += a_column) {
#pragma GCC unroll 6
        for (int r = 0; r < rows; r++) {
            const double factor = a[(size_t)r * a_row];
#pragma GCC unroll 4
            for (int p = 0; p < PARTS; p++) sum[r][p] += factor * *(const V *)(b + p * LANES);
        }
    }
#pragma GCC unroll 6
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 4
        for (int p = 0; p < PARTS; p++) *(V *)(c + (size_t)r * c_row + (size_t)(p * LANES)) = sum[r][p];
}

INLINE void NAME(tiles)(size_t rows, size_t k, const double *a, size_t a_row, size_t a_column,
                        const double *b, const size_t b_row, double *c, size_t c_row) {
    switch (rows) {
#define ONE(n)                                                                                               \
    case n:                                                                                                  \
        NAME(tile)(n, k, a, a_row, a_column, b, b_row, c, c_row);                                            \
        break;
        ONE(6)
        ONE(5)
        ONE(4)
        ONE(3)
        ONE(2)
        ONE(1)
#undef ONE
    default:
        break;
    }
}

WIDE static void NAME(product_rows)(size_t m, size_t n, size_t k, const double *a, size_t a_row,
                                    size_t a_column, const double *b, size_t b_row, double *c, size_t c_row) {
    for (size_t column = 0; column < n; column += MS_PANEL)
        for (size_t row = 0; row < m; row += 6) NAME(tiles)
    (m - row < 6 ? m - row : 6, k, a + row * a_row, a_row, a_column, b + column, b_row,
     c + row * c_row + column, c_row);
}

/* The columns that do not fill a panel go through a panel of their own. */
WIDE static void NAME(product)(size_t m, size_t n, size_t k, const double *a, size_t a_row, size_t a_column,
                               const double *packed, const double *start, double *c, size_t c_row) {
    double edge[6 * MS_PANEL] = {0};
    for (size_t column = 0; column < n; column += MS_PANEL, packed += MS_PANEL * k) {
        const size_t width = n - column < MS_PANEL ? n - column : MS_PANEL;
        for (size_t row = 0; row < m; row += 6) {
            const size_t rows = m - row < 6 ? m - row : 6;
            const bool whole = width == MS_PANEL;
            double *to = whole ? c + row * c_row + column : edge;
            const size_t to_row = whole ? c_row : MS_PANEL;
            for (size_t r = 0; (start || !whole) && r < rows; r++) {
                const double *from = start ? start + column : c + (row + r) * c_row + column;
                for (size_t j = 0; j < width; j++) to[r * to_row + j] = from[j];
            }
            NAME(tiles)(rows, k, a + row * a_row, a_row, a_column, packed, MS_PANEL, to, to_row);
            for (size_t r = 0; !whole && r < rows; r++)
                for (size_t j = 0; j < width; j++) c[(row + r) * c_row + column + j] = edge[r * MS_PANEL + j];
        }
    }
}

#if LANES < 8 /* gcc 12 takes comparisons of 8 lanes apart; those of 4 do as well */
WIDE static void NAME(multiply)(size_t n, const double *by, double *a) {
    size_t i = 0;
    for (; i + LANES <= n; i += LANES) *(V *)(a + i) = *(V *)(a + i) * *(const V *)(by + i);
    for (; i < n; i++) a[i] *= by[i];
}

WIDE static void NAME(add_rows)(size_t rows, size_t n, const double *from, double *to) {
    size_t k = 0;
    for (; k + LANES <= n; k += LANES) {
        V sum = *(V *)(to + k);
        for (size_t i = 0; i < rows; i++) sum += *(const V *)(from + i * n + k);
        *(V *)(to + k) = sum;
    }
    for (; k < n; k++)
        for (size_t i = 0; i < rows; i++) to[k] += from[i * n + k];
}

/* exp(x) = *scale + *rest: *scale is 2^k, x = k log 2 + r with |r| <= log(2) / 2, and *rest is 2^k times the
 * Taylor series of exp(r) - 1 to r^13 (what follows is below 5e-18). x is cut to [-708, 709]; NaN stays. */
INLINE void NAME(exp_parts)(const V *x_in, V *scale, V *rest) {
    const V x = *x_in;
    const V high = (V){0} + 709.0, low = (V){0} - 708.0, round = (V){0} + 0x1.8p52;
    V y = (V)(((W)x & ~(W)(x > high)) | ((W)high & (W)(x > high)));
    y = (V)(((W)y & ~(W)(y < low)) | ((W)low & (W)(y < low)));
    const V shifted = y * 1.4426950408889634 + round, whole = shifted - round;
    const V r = (y - whole * 0x1.62e42feep-1) - whole * 0x1.a39ef35793c76p-33;
    V p = (V){0} + 1.0 / 6227020800.0;
    p = p * r + 1.0 / 479001600.0;
    p = p * r + 1.0 / 39916800.0;
    p = p * r + 1.0 / 3628800.0;
    p = p * r + 1.0 / 362880.0;
    p = p * r + 1.0 / 40320.0;
    p = p * r + 1.0 / 5040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    p = r + r * r * p;
    /* The low bits of `shifted` are k; added to a double's exponent they multiply by 2^k. */
    *scale = (V)(((W)shifted << 52) + (W)((V){0} + 1.0));
    p = *scale * p;
    const W number = (W)(x > (V){0}) | (W)(x <= (V){0});
    *rest = (V)(((W)p & number) | ((W)x & ~number));
}

INLINE void NAME(expm1)(const V *x, V *out) {
    V scale, rest;
    NAME(exp_parts)(x, &scale, &rest);
    *out = (scale - 1.0) + rest;
}

INLINE void NAME(select)(const W *where, const V *yes, const V *no, V *out) {
    *out = (V)(((W)*yes & *where) | ((W)*no & ~*where));
}

/* LANES values; `slope` is always filled. */
INLINE void NAME(activate_lanes)(const int activation, const V *z_in, V *a, V *slope) {
    const V z = *z_in, zero = {0}, one = zero + 1.0;
    const W positive = (W)(z > zero);
    V e, t;
    switch (activation) {
    case MS_ACT_RELU:
        NAME(select)(&positive, &z, &zero, a);
        NAME(select)(&positive, &one, &zero, slope);
        break;
    case MS_ACT_LEAKY_RELU:
        e = z * 0.01;
        t = zero + 0.01;
        NAME(select)(&positive, &z, &e, a);
        NAME(select)(&positive, &one, &t, slope);
        break;
    case MS_ACT_ELU:
        NAME(expm1)(&z, &e);
        t = e + 1.0;
        NAME(select)(&positive, &z, &e, a);
        NAME(select)(&positive, &one, &t, slope);
        break;
    case MS_ACT_SELU:
        NAME(expm1)(&z, &e);
        e = e * (MS_SELU_SCALE * MS_SELU_ALPHA);
        t = e + MS_SELU_SCALE * MS_SELU_ALPHA;
        const V scaled = z * MS_SELU_SCALE, scale = zero + MS_SELU_SCALE;
        NAME(select)(&positive, &scaled, &e, a);
        NAME(select)(&positive, &scale, &t, slope);
        break;
    case MS_ACT_SIGMOID:
    case MS_ACT_SILU:
        t = -z;
        NAME(expm1)(&t, &e);
        t = 1.0 / (e + 2.0);
        *a = t;
        *slope = t * (1.0 - t);
        if (activation == MS_ACT_SIGMOID) break;
        *a = z * t;
        *slope = t * (1.0 + z * (1.0 - t));
        break;
    case MS_ACT_TANH:
        /* Of -2|z|, which does not overflow: tanh|z| = -e / (e + 2). */
        t = z * 2.0;
        e = -t;
        NAME(select)(&positive, &e, &t, &t);
        NAME(expm1)(&t, &e);
        t = e / (e + 2.0);
        e = -t;
        NAME(select)(&positive, &e, &t, a);
        *slope = 1.0 - t * t;
        break;
    default:
        *a = z;
        *slope = one;
        break;
    }
}

/* The last values, fewer than LANES, go through lanes of their own: the same operations. */
INLINE void NAME(activate_all)(const int activation, size_t n, const double *z, double *a, double *slope) {
    size_t i = 0;
    V value, derivative;
    for (; i + LANES <= n; i += LANES) {
        NAME(activate_lanes)(activation, (const V *)(z + i), &value, &derivative);
        *(V *)(a + i) = value;
        if (slope) *(V *)(slope + i) = derivative;
    }
    if (i == n) return;
    V last = {0};
    for (size_t k = i; k < n; k++) last[k - i] = z[k];
    NAME(activate_lanes)(activation, &last, &value, &derivative);
    for (size_t k = i; k < n; k++) a[k] = value[k - i];
    for (size_t k = i; slope && k < n; k++) slope[k] = derivative[k - i];
}

WIDE static void NAME(activate)(int activation, size_t n, const double *z, double *a, double *slope) {
    switch (activation) {
#define ONE(kind)                                                                                            \
    case kind:                                                                                               \
        NAME(activate_all)(kind, n, z, a, slope);                                                            \
        break;
        ONE(MS_ACT_LINEAR)
        ONE(MS_ACT_RELU)
        ONE(MS_ACT_LEAKY_RELU)
        ONE(MS_ACT_ELU)
        ONE(MS_ACT_SELU)
        ONE(MS_ACT_SIGMOID)
        ONE(MS_ACT_SILU)
        ONE(MS_ACT_TANH)
#undef ONE
    default:
        activate_slowly(activation, n, z, a, slope);
        break;
    }
}

/* Below -708 the value is 0. */
INLINE void NAME(exp)(const V *x, V *out) {
    V scale, rest;
    NAME(exp_parts)(x, &scale, &rest);
    *out = (V)((W)(scale + rest) & ~(W)(*x < (V){0} - 708.0));
}

WIDE static void NAME(exponentials)(size_t n, const double *x, double shift, double *e) {
    size_t i = 0;
    V value;
    for (; i + LANES <= n; i += LANES) {
        const V at = *(const V *)(x + i) - shift;
        NAME(exp)(&at, &value);
        *(V *)(e + i) = value;
    }
    for (; i < n; i++) {
        const V at = (V){0} + (x[i] - shift);
        NAME(exp)(&at, &value);
        e[i] = value[0];
    }
}
#endif

#undef V
#undef W
#undef PARTS
#undef INLINE
