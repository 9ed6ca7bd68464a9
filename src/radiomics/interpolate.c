/* radiomics/interpolate.c: nearest, linear and cubic B-spline interpolation, axis by axis.
 *
 * On parallel grids an interpolation in three dimensions is one along x, then y, then z. For the cubic spline
 * each line is first turned into B-spline coefficients by a causal and an anticausal recursion with the pole
 * sqrt(3) - 2 (Unser, Aldroubi and Eden 1993; Unser 1999, IEEE Signal Process Mag 16(6):22). */
#include "radiomics/interpolate.h"

#include <math.h>
#include <stdlib.h>

typedef struct taps {
    size_t at[4];
    double w[4];
} taps;

typedef struct job {
    const ms_axis_map *map;
    ms_interpolation kind;
    ms_voxel_source source;
    const void *context;
    taps *tap[3]; /* [map[a].n] */
    double *mid;  /* [old z][new y][new x] */
    double *out;
} job;

static size_t mirrored(long long p, size_t n) {
    if (n == 1) return 0;
    long long period = 2 * (long long)(n - 1), q = ((p % period) + period) % period;
    return (size_t)(q < (long long)n ? q : period - q);
}

static double through_mm(const ms_axis_map *m, double i) {
    return ((m->new_origin_mm + m->new_mm * i) - m->old_origin_mm) * (1 / m->old_mm);
}

double ms_axis_place(const ms_axis_map *m, size_t i) {
    if (!m->as_itk) return m->first + (double)i * m->step;
    if (!m->along_rows) return through_mm(m, (double)i);
    double start = through_mm(m, 0), end = through_mm(m, (double)m->n);
    return start + (double)i / (double)m->n * (end - start);
}

static taps place(const ms_axis_map *m, ms_interpolation kind, size_t i) {
    taps t = {{0}, {0}};
    double x = ms_axis_place(m, i), last = (double)m->old_n - 1;
    if (m->clamp) x = x < 0 ? 0 : x > last ? last : x;
    if (x < -0.5 || x >= last + 0.5) return t;
    long long low = (long long)floor(x);
    double f = x - (double)low;
    if (kind == MS_INTERPOLATE_NEAREST && f >= 0.5) low++;
    if (kind == MS_INTERPOLATE_SPLINE) {
        const double w[4] = {(1 - f) * (1 - f) * (1 - f) / 6, 2.0 / 3 - f * f * (2 - f) / 2,
                             2.0 / 3 - (1 - f) * (1 - f) * (1 + f) / 2, f * f * f / 6};
        for (int c = 0; c < 4; c++) {
            t.at[c] = mirrored(low - 1 + c, m->old_n);
            t.w[c] = w[c];
        }
        return t;
    }
    for (int c = 0; c < 2; c++) {
        double p = fmin(fmax((double)(low + c), 0), last);
        t.at[c] = (size_t)p;
    }
    t.w[0] = kind == MS_INTERPOLATE_NEAREST ? 1 : 1 - f;
    t.w[1] = kind == MS_INTERPOLATE_NEAREST ? 0 : f;
    return t;
}

/* B-spline coefficients of a line, in place. */
static void coefficients(double *c, size_t n) {
    const double pole = sqrt(3.0) - 2;
    if (n < 2) return;
    double sum = 0, power = 1;
    if (n > 60) { /* the pole's powers are nothing beyond */
        for (size_t i = 0; i < 60; i++, power *= pole) sum += c[i] * power;
    } else {
        double back = pow(pole, (double)(n - 1)), end = back * back;
        sum = c[0] + back * c[n - 1];
        power = pole;
        for (size_t i = 1; i + 1 < n; i++, power *= pole) sum += c[i] * (power + end / power);
        sum /= 1 - end;
    }
    c[0] = sum;
    for (size_t i = 1; i < n; i++) c[i] += pole * c[i - 1];
    c[n - 1] = pole / (pole * pole - 1) * (pole * c[n - 2] + c[n - 1]);
    for (size_t i = n - 1; i-- > 0;) c[i] = pole * (c[i + 1] - c[i]);
    for (size_t i = 0; i < n; i++) c[i] *= 6;
}

/* A line of old values to new ones; a tap without weight is not read, so that a NaN there does no harm. */
static void line(const job *j, int a, double *old, double *out, size_t stride) {
    if (j->kind == MS_INTERPOLATE_SPLINE) coefficients(old, j->map[a].old_n);
    for (size_t i = 0; i < j->map[a].n; i++) {
        const taps *t = &j->tap[a][i];
        double sum = 0;
        for (int c = 0; c < 4; c++) {
            if (t->w[c] != 0) sum += t->w[c] * old[t->at[c]];
        }
        if (j->kind == MS_INTERPOLATE_LINEAR && t->w[0] != 0 && t->w[1] != 0) /* exact between equal ones */
            sum = old[t->at[0]] + t->w[1] * (old[t->at[1]] - old[t->at[0]]);
        out[i * stride] = sum;
    }
}

/* One old slice along x and y. */
static ms_status slice(void *context, size_t k, ms_error *err) {
    const job *j = context;
    const ms_axis_map *m = j->map;
    size_t longest = m[0].old_n > m[1].old_n ? m[0].old_n : m[1].old_n, w = m[0].n;
    double *old = ms_calloc(longest, sizeof *old), *rows = ms_calloc(m[1].old_n * w, sizeof *rows);
    ms_status status = old && rows ? MS_OK : ms_error_nomem(err);
    for (size_t y = 0; y < m[1].old_n && status == MS_OK; y++) {
        for (size_t x = 0; x < m[0].old_n; x++)
            old[x] = j->source(j->context, (k * m[1].old_n + y) * m[0].old_n + x);
        line(j, 0, old, rows + y * w, 1);
    }
    for (size_t x = 0; x < w && status == MS_OK; x++) {
        for (size_t y = 0; y < m[1].old_n; y++) old[y] = rows[y * w + x];
        line(j, 1, old, j->mid + k * m[1].n * w + x, w);
    }
    free(old);
    free(rows);
    return status;
}

/* One row of new columns along z. */
static ms_status columns(void *context, size_t y, ms_error *err) {
    const job *j = context;
    const ms_axis_map *m = j->map;
    size_t plane = m[0].n * m[1].n;
    double *old = ms_calloc(m[2].old_n, sizeof *old);
    if (!old) return ms_error_nomem(err);
    for (size_t x = 0; x < m[0].n; x++) {
        for (size_t z = 0; z < m[2].old_n; z++) old[z] = j->mid[z * plane + y * m[0].n + x];
        line(j, 2, old, j->out + y * m[0].n + x, plane);
    }
    free(old);
    return MS_OK;
}

ms_status ms_interpolate(const ms_axis_map map[3], ms_interpolation kind, ms_voxel_source source,
                         const void *context, double **out, ms_error *err) {
    if (kind == MS_INTERPOLATE_SPLINE && map[0].as_itk)
        return ms_interpolate_spline_as_itk(map, source, context, out, err);
    size_t plane = map[0].n * map[1].n;
    job j = {.map = map, .kind = kind, .source = source, .context = context};
    ms_status status = MS_OK;
    for (int a = 0; a < 3 && status == MS_OK; a++) {
        j.tap[a] = ms_calloc(map[a].n, sizeof *j.tap[a]);
        if (!j.tap[a]) status = ms_error_nomem(err);
        for (size_t i = 0; i < map[a].n && status == MS_OK; i++) j.tap[a][i] = place(&map[a], kind, i);
    }
    j.mid = ms_calloc(map[2].old_n * plane, sizeof *j.mid);
    j.out = ms_calloc(map[2].n * plane, sizeof *j.out);
    if (!j.mid || !j.out) status = ms_error_nomem(err);
    if (status == MS_OK) status = ms_parallel_for(map[2].old_n, slice, &j, err);
    if (status == MS_OK) status = ms_parallel_for(map[1].n, columns, &j, err);
    if (status == MS_OK) {
        *out = j.out;
        j.out = NULL;
    }
    for (int a = 0; a < 3; a++) free(j.tap[a]);
    free(j.mid);
    free(j.out);
    return status;
}
