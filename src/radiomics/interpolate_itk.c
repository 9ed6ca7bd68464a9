/* radiomics/interpolate_itk.c: cubic B-spline interpolation whose last digits are ITK's.
 *
 * pyradiomics cuts resampled whole numbers off, so that 42 and 41.999999999999993 are 42 and 41, and a place
 * that is one of the old image's gives either. So the order of every operation counts: coefficients along x,
 * y, z with the start of the recursion summed until the pole's power is below 1e-10 (Unser, Aldroubi and Eden
 * 1993, eq. 2.5; Unser 1999, box 2), and a sum over the 64 neighbours, x fastest, of the product of their
 * three weights.
 *
 * Only the voxels that the new grid needs and FAR around them are turned into coefficients: what the
 * recursions began with has gone from the last digit long before (the pole's 64th power is 3e-37). */
#include "radiomics/interpolate.h"

#include <math.h>
#include <stdlib.h>

enum { TAPS = 4, FAR = 64 };

typedef struct place {
    size_t at[TAPS];
    double w[TAPS];
} place;

typedef struct work {
    size_t low[3], old[3], n[3]; /* the part of the old image: where it begins, its size */
    double *c;                   /* [old z][old y][old x] */
    place *of[3];                /* [n[a]] */
    double *out;
} work;

static double first_coefficient(const double *c, size_t n, double pole) {
    const double horizon = ceil(log(1e-10) / log(fabs(pole)));
    double power = pole, sum;
    if (horizon < (double)n) {
        sum = c[0];
        for (size_t i = 1; i < (size_t)horizon; i++, power *= pole) sum += power * c[i];
        return sum;
    }
    double inverse = 1 / pole, back = pow(pole, (double)(n - 1));
    sum = c[0] + back * c[n - 1];
    back *= back * inverse;
    for (size_t i = 1; i + 1 < n; i++) {
        sum += (power + back) * c[i];
        power *= pole;
        back *= inverse;
    }
    return sum / (1 - power * power);
}

static void to_coefficients(double *c, size_t n) {
    const double pole = sqrt(3.0) - 2, gain = (1 - pole) * (1 - 1 / pole);
    if (n < 2) return;
    for (size_t i = 0; i < n; i++) c[i] *= gain;
    c[0] = first_coefficient(c, n, pole);
    for (size_t i = 1; i < n; i++) c[i] += pole * c[i - 1];
    c[n - 1] = pole / (pole * pole - 1) * (pole * c[n - 2] + c[n - 1]);
    for (size_t i = n - 1; i-- > 0;) c[i] = pole * (c[i + 1] - c[i]);
}

/* All lines along axis 0 or 1 of one slice, or along axis 2 of one row. */
static ms_status lines(work *w, int axis, size_t where, ms_error *err) {
    const size_t *o = w->old, step[3] = {1, o[0], o[0] * o[1]};
    const int across = axis == 0 ? 1 : 0;
    const size_t base = axis == 2 ? where * step[1] : where * step[2];
    double *line = ms_calloc(o[axis], sizeof *line);
    if (!line) return ms_error_nomem(err);
    for (size_t l = 0; l < o[across]; l++) {
        double *first = w->c + base + l * step[across];
        for (size_t i = 0; i < o[axis]; i++) line[i] = first[i * step[axis]];
        to_coefficients(line, o[axis]);
        for (size_t i = 0; i < o[axis]; i++) first[i * step[axis]] = line[i];
    }
    free(line);
    return MS_OK;
}

static ms_status slice_lines(void *context, size_t k, ms_error *err) {
    ms_status status = lines(context, 0, k, err);
    return status == MS_OK ? lines(context, 1, k, err) : status;
}

static ms_status depth_lines(void *context, size_t j, ms_error *err) {
    return lines(context, 2, j, err);
}

static place place_at(const ms_axis_map *m, size_t i) {
    place p = {{0}, {0}};
    const double x = ms_axis_place(m, i), last = (double)m->old_n - 1;
    if (x < -0.5 || x >= last + 0.5) return p;
    const long long low = (long long)floorf((float)x);
    const double f = x - (double)low;
    p.w[3] = 1.0 / 6 * f * f * f;
    p.w[0] = 1.0 / 6 + 0.5 * f * (f - 1) - p.w[3];
    p.w[2] = f + p.w[0] - 2 * p.w[3];
    p.w[1] = 1 - p.w[0] - p.w[2] - p.w[3];
    for (int t = 0; t < TAPS; t++) {
        long long at = low - 1 + t, end = (long long)m->old_n - 1;
        if (at < 0) at = -at;
        if (at > end) at = end - (at - end);
        p.at[t] = m->old_n == 1 || at < 0 ? 0 : (size_t)at;
    }
    return p;
}

static ms_status sum_slice(void *context, size_t k, ms_error *err) {
    const work *w = context;
    (void)err;
    const place *z = &w->of[2][k];
    for (size_t j = 0; j < w->n[1]; j++) {
        const place *y = &w->of[1][j];
        for (size_t i = 0; i < w->n[0]; i++) {
            const place *x = &w->of[0][i];
            double sum = 0;
            for (int c = 0; c < TAPS; c++) {
                for (int b = 0; b < TAPS; b++) {
                    const double *row = w->c + (z->at[c] * w->old[1] + y->at[b]) * w->old[0];
                    for (int a = 0; a < TAPS; a++) sum += x->w[a] * y->w[b] * z->w[c] * row[x->at[a]];
                }
            }
            w->out[(k * w->n[1] + j) * w->n[0] + i] = sum;
        }
    }
    return MS_OK;
}

/* Cuts the old image to what the places use and FAR around it. */
static void crop(const ms_axis_map map[3], work *w) {
    for (int a = 0; a < 3; a++) {
        size_t first = map[a].old_n - 1, last = 0;
        for (size_t i = 0; i < map[a].n; i++) {
            for (int t = 0; t < TAPS; t++) {
                const size_t at = w->of[a][i].at[t];
                if (at < first) first = at;
                if (at > last) last = at;
            }
        }
        w->low[a] = first > FAR ? first - FAR : 0;
        const size_t end = last + FAR < map[a].old_n ? last + FAR + 1 : map[a].old_n;
        w->old[a] = end - w->low[a];
        for (size_t i = 0; i < map[a].n; i++) {
            for (int t = 0; t < TAPS; t++) w->of[a][i].at[t] -= w->low[a];
        }
    }
}

ms_status ms_interpolate_spline_as_itk(const ms_axis_map map[3], ms_voxel_source source, const void *context,
                                       double **out, ms_error *err) {
    work w = {.c = NULL};
    ms_status status = MS_OK;
    for (int a = 0; a < 3; a++) {
        w.old[a] = map[a].old_n;
        w.n[a] = map[a].n;
        w.of[a] = ms_calloc(map[a].n, sizeof *w.of[a]);
        if (!w.of[a]) status = ms_error_nomem(err);
        for (size_t i = 0; w.of[a] && i < map[a].n; i++) w.of[a][i] = place_at(&map[a], i);
    }
    if (status == MS_OK) crop(map, &w);
    const size_t old = w.old[0] * w.old[1] * w.old[2];
    w.c = ms_calloc(old, sizeof *w.c);
    w.out = ms_calloc(w.n[0] * w.n[1] * w.n[2], sizeof *w.out);
    if (!w.c || !w.out) status = ms_error_nomem(err);
    for (size_t v = 0; status == MS_OK && v < old; v++) {
        const size_t i = v % w.old[0] + w.low[0], j = v / w.old[0] % w.old[1] + w.low[1],
                     k = v / (w.old[0] * w.old[1]) + w.low[2];
        w.c[v] = source(context, (k * map[1].old_n + j) * map[0].old_n + i);
    }
    if (status == MS_OK) status = ms_parallel_for(w.old[2], slice_lines, &w, err);
    if (status == MS_OK) status = ms_parallel_for(w.old[1], depth_lines, &w, err);
    if (status == MS_OK) status = ms_parallel_for(w.n[2], sum_slice, &w, err);
    if (status == MS_OK) {
        *out = w.out;
        w.out = NULL;
    }
    for (int a = 0; a < 3; a++) free(w.of[a]);
    free(w.c);
    free(w.out);
    return status;
}
