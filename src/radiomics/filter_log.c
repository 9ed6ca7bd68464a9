/* radiomics/filter_log.c: Laplacian of Gaussian, scaled by sigma^2 so that scales compare (ITK's
 * normalisation across scale).
 *
 * The Gaussian and its second derivative are applied by Deriche's fourth-order recursive filters (Deriche
 * 1993, INRIA RR-1893; Farneback and Westin 2006), the approximation that ITK's
 * LaplacianRecursiveGaussianImageFilter and so pyradiomics uses; its cost does not depend on sigma. Beyond
 * the image its border voxel is repeated. In 3D the Laplacian is the sum over three axes with the image
 * smoothed along the other two; in the plane over two. Sigma is in mm.
 *
 * Only the region's box is wanted, but each line is filtered from 16 sigma before it to 16 sigma after. Lines
 * along x start from the image itself; what lies beside the box along x is then dropped, so that lines along
 * y and z are few. A causal filter ends where the box ends, an anticausal one begins there. Lines that lie
 * side by side are filtered together. */
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

/* A bundle of lines side by side: voxel p of line w is at [p * stride + w]. */
typedef struct bundle {
    size_t length, width; /* of a line, and how many lines */
    size_t from, count;   /* the voxels of a line whose results are wanted */
    double *history;      /* [length * width] */
} bundle;

/* One voxel of every line: y = sum n[i] x[i] - sum d[i] b[i], with rows of a bundle for x and b. */
static void one_step(size_t width, const double n[4], const double *const x[4], const double d[4],
                     const double *const b[4], double *restrict y) {
    const double n0 = n[0], n1 = n[1], n2 = n[2], n3 = n[3], d0 = d[0], d1 = d[1], d2 = d[2], d3 = d[3];
    const double *x0 = x[0], *x1 = x[1], *x2 = x[2], *x3 = x[3], *b0 = b[0], *b1 = b[1], *b2 = b[2],
                 *b3 = b[3];
    for (size_t w = 0; w < width; w++)
        y[w] = n0 * x0[w] + n1 * x1[w] + n2 * x2[w] + n3 * x3[w] - d0 * b0[w] - d1 * b1[w] - d2 * b2[w] -
               d3 * b3[w];
}

/* Beyond its ends a line goes on with its end's value, and the recursion with what it settles at there. */
static void causal(const recursive *f, const bundle *b, const double *in, size_t stride, double *out,
                   size_t out_stride) {
    for (size_t p = 0; p < b->from + b->count; p++) {
        const double *x[4], *y[4];
        double d[4];
        for (size_t i = 0; i < 4; i++) {
            x[i] = in + (p >= i ? p - i : 0) * stride;
            y[i] = p > i ? b->history + (p - i - 1) * b->width : in;
            d[i] = p > i ? f->d[i] : f->border_n[i];
        }
        double *row = b->history + p * b->width;
        one_step(b->width, f->n, x, d, y, row);
        for (size_t w = 0; p >= b->from && w < b->width; w++) out[(p - b->from) * out_stride + w] = row[w];
    }
}

static void anticausal(const recursive *f, const bundle *b, const double *in, size_t stride, double *out,
                       size_t out_stride) {
    const double *edge = in + (b->length - 1) * stride;
    for (size_t p = b->length; p-- > b->from;) {
        const double *x[4], *y[4];
        double d[4];
        for (size_t i = 0; i < 4; i++) {
            bool inside = p + i + 1 < b->length;
            x[i] = inside ? in + (p + i + 1) * stride : edge;
            y[i] = inside ? b->history + (p + i + 1) * b->width : edge;
            d[i] = inside ? f->d[i] : f->border_m[i];
        }
        double *row = b->history + p * b->width;
        one_step(b->width, f->m, x, d, y, row);
        for (size_t w = 0; p < b->from + b->count && w < b->width; w++)
            out[(p - b->from) * out_stride + w] += row[w];
    }
}

static void filter_bundle(const recursive *f, const bundle *b, const double *in, size_t stride, double *out,
                          size_t out_stride) {
    causal(f, b, in, stride, out, out_stride);
    anticausal(f, b, in, stride, out, out_stride);
}

enum { ROWS = 8, PARTS = 3 };

/* The piece of the image that is read, and what it becomes along x and y. A part is what one axis of the
 * Laplacian needs: part a is differentiated along a and smoothed along the others. */
typedef struct laplacian {
    const ms_region *region;
    size_t first[3], n[3], low[3]; /* the piece in the image; where the box begins in it */
    size_t box_n[3];
    int axes;
    recursive smooth[3], derive[3];
    double *part[PARTS]; /* [n[2]][box_n[1]][box_n[0]] */
} laplacian;

/* The rows from y on of a slice along x, ROWS at a time: smoothed and differentiated. */
static ms_status filter_rows(const laplacian *l, size_t y, size_t z, double *work, double *smoothed,
                             double *derived, ms_error *err) {
    size_t rows = l->n[1] - y < ROWS ? l->n[1] - y : ROWS, w = l->box_n[0];
    double *lines = work, *history = lines + ROWS * l->n[0], *out = history + ROWS * l->n[0];
    bundle b = {l->n[0], ROWS, l->low[0], w, history};
    ms_status status = MS_OK;
    for (size_t r = 0; r < rows && status == MS_OK; r++) {
        const size_t at[3] = {l->first[0], l->first[1] + y + r, l->first[2] + z};
        status = ms_region_row(l->region, at, l->n[0], lines + r, ROWS, err);
    }
    for (int part = 0; part < 2 && status == MS_OK; part++) {
        filter_bundle(part ? &l->derive[0] : &l->smooth[0], &b, lines, ROWS, out, ROWS);
        double *to = (part ? derived : smoothed) + y * w;
        for (size_t r = 0; r < rows; r++) {
            for (size_t i = 0; i < w; i++) to[r * w + i] = out[i * ROWS + r];
        }
    }
    return status;
}

/* One slice of the piece along x and y. */
static ms_status filter_slice(void *context, size_t z, ms_error *err) {
    const laplacian *l = context;
    size_t w = l->box_n[0], slice = w * l->n[1], to = z * w * l->box_n[1];
    double *smoothed = ms_calloc(3 * slice, sizeof *smoothed),
           *work = ms_calloc((2 * l->n[0] + w) * ROWS, sizeof *work);
    ms_status status = smoothed && work ? MS_OK : ms_error_nomem(err);
    for (size_t y = 0; y < l->n[1] && status == MS_OK; y += ROWS)
        status = filter_rows(l, y, z, work, smoothed, smoothed + slice, err);
    if (status == MS_OK) {
        bundle b = {l->n[1], w, l->low[1], l->box_n[1], smoothed + 2 * slice};
        filter_bundle(&l->smooth[1], &b, smoothed + slice, w, l->part[0] + to, w);
        filter_bundle(&l->derive[1], &b, smoothed, w, l->part[1] + to, w);
        if (l->axes == 3) filter_bundle(&l->smooth[1], &b, smoothed, w, l->part[2] + to, w);
    }
    free(smoothed);
    free(work);
    return status;
}

/* A row of columns along z, and the sum over the parts of sigma^2 d2/dx2. */
typedef struct columns {
    const laplacian *l;
    double scale[PARTS];
    double *out; /* [box] */
} columns;

static ms_status filter_columns(void *context, size_t j, ms_error *err) {
    const columns *c = context;
    const laplacian *l = c->l;
    size_t w = l->box_n[0], slice = w * l->box_n[1];
    double *history = ms_calloc(l->n[2] * w, sizeof *history), *one = ms_calloc(l->box_n[2] * w, sizeof *one);
    ms_status status = history && one ? MS_OK : ms_error_nomem(err);
    bundle b = {l->n[2], w, l->low[2], l->box_n[2], history};
    for (int part = 0; part < l->axes && status == MS_OK; part++) {
        const double *in = l->part[part] + j * w;
        size_t stride = slice;
        if (l->axes == 3) {
            filter_bundle(part == 2 ? &l->derive[2] : &l->smooth[2], &b, in, slice, one, w);
            in = one;
            stride = w;
        }
        for (size_t k = 0; k < l->box_n[2]; k++) {
            double *out = c->out + k * slice + j * w;
            for (size_t i = 0; i < w; i++) out[i] += c->scale[part] * in[k * stride + i];
        }
    }
    free(history);
    free(one);
    return status;
}

ms_status ms_filter_log(const ms_region *region, const ms_image_spec *spec, double *out, ms_error *err) {
    laplacian l = {.region = region, .axes = ms_image_axes(region, spec)};
    columns c = {.l = &l, .out = out};
    for (int a = 0; a < 3; a++) {
        /* The filters decay as exp(-1.37 x / sigma): at 16 sigma by ten digits. */
        double sigma = spec->sigma_mm / region->spacing_mm[a];
        size_t margin = a < l.axes ? (size_t)ceil(16 * sigma) + 4 : 0, full = region->volume->geometry.n[a],
               end = region->low[a] + region->n[a];
        l.first[a] = region->low[a] > margin ? region->low[a] - margin : 0;
        l.low[a] = region->low[a] - l.first[a];
        l.n[a] = (full - end > margin ? end + margin : full) - l.first[a];
        l.box_n[a] = region->n[a];
        l.smooth[a] = make_filter(sigma, 0);
        l.derive[a] = make_filter(sigma, 2);
        c.scale[a] = spec->sigma_mm * spec->sigma_mm / (region->spacing_mm[a] * region->spacing_mm[a]);
    }
    ms_status status = MS_OK;
    for (int part = 0; part < l.axes && status == MS_OK; part++) {
        l.part[part] = ms_calloc(l.n[2] * l.box_n[1] * l.box_n[0], sizeof(double));
        if (!l.part[part]) status = ms_error_nomem(err);
    }
    for (size_t v = 0; v < region->box; v++) out[v] = 0;
    if (status == MS_OK) status = ms_parallel_for(l.n[2], filter_slice, &l, err);
    if (status == MS_OK) status = ms_parallel_for(region->n[1], filter_columns, &c, err);
    for (int part = 0; part < PARTS; part++) free(l.part[part]);
    return status;
}
