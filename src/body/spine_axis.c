/* spine_axis.c: the line through the vertebral bodies, and the volume straightened along it.
 *
 * The canal gives the direction (planes at right angles to it are parallel to the end plates nearby); in each
 * such plane the body's centre is the centre of mass of bone in front of the canal. */
#include "spine.h"

#include "base/base.h"

#include <math.h>
#include <stdlib.h>

static const double smooth_mm =
    24; /* half width of the fit along the canal: less than a vertebra and its disc */

/* A parabola fitted to y over t near t0, weights tricube over half width h: its value and slope at t0. A
 * little is added to the curvature's own weight, so that few points give a line. */
static void local_fit(const double *t, const double *y, size_t n, double t0, double h, double *value,
                      double *slope) {
    double m[5] = {0}, r[3] = {0};
    for (size_t i = 0; i < n; i++) {
        double u = (t[i] - t0) / h, w = 1 - fabs(u * u * u);
        if (w <= 0) continue;
        w = w * w * w;
        m[0] += w, m[1] += w * u, m[2] += w * u * u, m[3] += w * u * u * u, m[4] += w * u * u * u * u;
        r[0] += w * y[i], r[1] += w * u * y[i], r[2] += w * u * u * y[i];
    }
    m[4] += 0.02 * m[0];
    double a = m[2] * m[4] - m[3] * m[3], b = m[2] * m[3] - m[1] * m[4], c = m[1] * m[3] - m[2] * m[2];
    double det = m[0] * a + m[1] * b + m[2] * c;
    if (m[0] <= 0) {
        *value = y[0], *slope = 0;
    } else if (det <= 1e-9 * m[0] * m[0] * m[0]) {
        *value = r[0] / m[0], *slope = 0;
    } else {
        *value = (a * r[0] + b * r[1] + c * r[2]) / det;
        *slope =
            (b * r[0] + (m[0] * m[4] - m[2] * m[2]) * r[1] + (m[1] * m[2] - m[0] * m[3]) * r[2]) / det / h;
    }
}

static double dot3(const double a[3], const double b[3]) {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

static void unit3(double a[3]) {
    double length = sqrt(dot3(a, a));
    for (int c = 0; c < 3; c++) a[c] /= length;
}

/* The frame of a plane across the canal: left has no part along z's tilt in the coronal plane is kept small.
 */
static void make_frame(double dx, double dy, ms_spine_axis *axis, size_t s) {
    double *t = axis->tangent[s], *left = axis->left[s], *back = axis->back[s];
    t[0] = dx, t[1] = dy, t[2] = 1;
    unit3(t);
    left[0] = 1 - t[0] * t[0], left[1] = -t[0] * t[1], left[2] = -t[0] * t[2];
    unit3(left);
    back[0] = t[1] * left[2] - t[2] * left[1];
    back[1] = t[2] * left[0] - t[0] * left[2];
    back[2] = t[0] * left[1] - t[1] * left[0];
}

static void move(const double from[3], const double direction[3], double by, double to[3]) {
    for (int c = 0; c < 3; c++) to[c] = from[c] + by * direction[c];
}

/* The centre of mass of bone in the plane s around `canal_point`: ahead of it and to its side, mm. */
static void body_centre(const ms_spine_grid *grid, const ms_spine_axis *axis, size_t s,
                        const double canal_point[3], double *ahead, double *side) {
    *ahead = 23, *side = 0;
    for (int round = 0; round < 3; round++) {
        double mass = 0, sum_f = 0, sum_l = 0;
        for (double f = fmax(5.0, *ahead - 22); f <= fmin(46.0, *ahead + 22); f += 2.0)
            for (double l = *side - 24; l <= *side + 24; l += 2.0) {
                double row[3], p[3];
                move(canal_point, axis->back[s], -f, row);
                move(row, axis->left[s], l, p);
                double w = ms_spine_grid_at(grid, p[0], p[1], p[2]) - 80.0;
                if (w <= 0) continue;
                if (w > 200) w = 200;
                mass += w, sum_f += w * f, sum_l += w * l;
            }
        if (mass < 2000) return;
        *ahead = fmin(fmax(sum_f / mass, 14), 32);
        *side = fmin(fmax(sum_l / mass, -9), 9);
    }
}

typedef struct axis_work {
    const ms_spine_grid *grid;
    ms_spine_axis *axis;
    double (*canal)[3], *ahead, *side;
} axis_work;

static ms_status centre_plane(void *context, size_t s, ms_error *err) {
    (void)err;
    axis_work *work = context;
    body_centre(work->grid, work->axis, s, work->canal[s], work->ahead + s, work->side + s);
    return MS_OK;
}

static ms_status fill_plane(void *context, size_t s, ms_error *err) {
    (void)err;
    axis_work *work = context;
    ms_spine_axis *axis = work->axis;
    int16_t *out = axis->straight + s * MS_SPINE_NA * MS_SPINE_NL;
    for (int a = -MS_SPINE_FRONT; a <= MS_SPINE_BACK; a++)
        for (int l = -MS_SPINE_LATERAL; l <= MS_SPINE_LATERAL; l++) {
            double row[3], p[3];
            move(axis->point[s], axis->back[s], a * MS_SPINE_STEP, row);
            move(row, axis->left[s], l * MS_SPINE_STEP, p);
            *out++ = (int16_t)lrint(ms_spine_grid_at(work->grid, p[0], p[1], p[2]));
        }
    return MS_OK;
}

/* Places and frames a millimetre apart along the smoothed canal; returns how many there are (the first pass,
 * with axis NULL, only counts). */
static size_t walk_canal(const ms_spine_grid *grid, const ms_spine_canal *canal, const double *z,
                         ms_spine_axis *axis, double (*points)[3]) {
    size_t m = canal->last - canal->first + 1, n = 0;
    const double *zs = z + canal->first, *xs = canal->x + canal->first, *ys = canal->y + canal->first;
    double at = zs[0] - 0.5 * grid->spacing[2], end = zs[m - 1] + 0.5 * grid->spacing[2];
    while (at <= end && n < 2000) {
        double x, y, dx, dy;
        local_fit(zs, xs, m, at, smooth_mm, &x, &dx);
        local_fit(zs, ys, m, at, smooth_mm, &y, &dy);
        dx = fmin(fmax(dx, -1), 1), dy = fmin(fmax(dy, -1.6), 1.6);
        if (axis) {
            make_frame(dx, dy, axis, n);
            points[n][0] = x, points[n][1] = y, points[n][2] = at;
        }
        n++;
        at += 1.0 / sqrt(1 + dx * dx + dy * dy);
    }
    return n;
}

static bool axis_alloc(ms_spine_axis *axis, size_t n) {
    axis->n = n;
    axis->point = ms_calloc(n, sizeof *axis->point);
    axis->tangent = ms_calloc(n, sizeof *axis->tangent);
    axis->back = ms_calloc(n, sizeof *axis->back);
    axis->left = ms_calloc(n, sizeof *axis->left);
    axis->canal = ms_calloc(n, sizeof *axis->canal);
    axis->straight = ms_calloc(n * MS_SPINE_NA * MS_SPINE_NL, sizeof *axis->straight);
    return axis->point && axis->tangent && axis->back && axis->left && axis->canal && axis->straight;
}

static void place_axis(const axis_work *work, const double *along) {
    ms_spine_axis *axis = work->axis;
    for (size_t s = 0; s < axis->n; s++) {
        double ahead, side, slope, aside[3];
        local_fit(along, work->ahead, axis->n, along[s], smooth_mm, &ahead, &slope);
        local_fit(along, work->side, axis->n, along[s], smooth_mm, &side, &slope);
        move(work->canal[s], axis->back[s], -ahead, aside);
        move(aside, axis->left[s], side, axis->point[s]);
        axis->canal[s] = ahead;
    }
}

ms_status ms_spine_axis_make(const ms_spine_grid *grid, const ms_spine_canal *canal, ms_spine_axis *axis,
                             ms_error *err) {
    ms_spine_axis made = {0};
    ms_status status = MS_OK;
    axis_work work = {grid, &made, NULL, NULL, NULL};
    double *z = ms_calloc(grid->n[2], sizeof *z), *along = NULL;
    size_t n = 0;
    if (z) {
        for (size_t k = 0; k < grid->n[2]; k++) z[k] = (double)k * grid->spacing[2];
        n = walk_canal(grid, canal, z, NULL, NULL);
        along = ms_calloc(n, sizeof *along);
        work.canal = ms_calloc(n, sizeof *work.canal);
        work.ahead = ms_calloc(n, sizeof *work.ahead);
        work.side = ms_calloc(n, sizeof *work.side);
    }
    if (!z || !along || !work.canal || !work.ahead || !work.side || !axis_alloc(&made, n)) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    (void)walk_canal(grid, canal, z, &made, work.canal);
    for (size_t s = 0; s < n; s++) along[s] = (double)s;
    status = ms_parallel_for(n, centre_plane, &work, err);
    if (status != MS_OK) goto cleanup;
    place_axis(&work, along);
    status = ms_parallel_for(n, fill_plane, &work, err);
cleanup:
    free(z);
    free(along);
    free(work.canal);
    free(work.ahead);
    free(work.side);
    if (status == MS_OK)
        *axis = made;
    else
        ms_spine_axis_clear(&made);
    return status;
}

void ms_spine_axis_clear(ms_spine_axis *axis) {
    MS_FREE(axis->point);
    MS_FREE(axis->tangent);
    MS_FREE(axis->back);
    MS_FREE(axis->left);
    MS_FREE(axis->canal);
    MS_FREE(axis->straight);
    *axis = (ms_spine_axis){0};
}

void ms_spine_axis_at(const ms_spine_axis *axis, double s, double point[3]) {
    double last = (double)(axis->n - 1), in = fmin(fmax(s, 0), last), low = floor(in);
    size_t i = (size_t)low, j = i + 1 < axis->n ? i + 1 : i;
    for (int c = 0; c < 3; c++)
        point[c] = axis->point[i][c] + (in - low) * (axis->point[j][c] - axis->point[i][c]) +
                   (s - in) * axis->tangent[i][c];
}
