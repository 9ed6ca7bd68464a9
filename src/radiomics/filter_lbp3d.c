/* radiomics/filter_lbp3d.c: local binary patterns in space, as pyradiomics' LBP3D (after Banerjee et al.,
 * Pattern Recognit Lett 2013;34:2029). Around each voxel the image is sampled at the corners of a geodesic
 * sphere (radius in voxels) by a cubic spline. A bit for each sample not darker than the voxel is expanded in
 * spherical harmonics; image m(n + 1) is the norm of the part of degree n. Image k is the kurtosis of the
 * samples.
 *
 * Taken over as they are: the first coordinate of a corner is along z; the polar angle is handed over as
 * azimuth and the azimuth as polar angle; the norm is the real part of the root of a sum of complex squares;
 * samples of an image of whole numbers are whole; beyond the image they are 0. */
#include "radiomics/interpolate.h"

#include <gsl/gsl_sf_legendre.h>
#include <math.h>
#include <stdlib.h>

enum { MAX_CORNERS = 162, MAX_TERMS = MS_LBP_MAX_LEVELS * MS_LBP_MAX_LEVELS };

typedef struct sphere {
    double corner[MAX_CORNERS][3];
    int n;
} sphere;

static double distance(const double a[3], const double b[3]) {
    return sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]) +
                (a[2] - b[2]) * (a[2] - b[2]));
}

/* Adds the middle of every edge, drawn out to the sphere. Edges join corners nearer than 1.3 times the
 * nearest: those of a geodesic sphere differ by less. */
static void subdivide(sphere *s) {
    double nearest = INFINITY;
    int n = s->n;
    for (int a = 0; a < n; a++) {
        for (int b = 0; b < a; b++) nearest = fmin(nearest, distance(s->corner[a], s->corner[b]));
    }
    for (int a = 0; a < n; a++) {
        for (int b = 0; b < a && s->n < MAX_CORNERS; b++) {
            if (distance(s->corner[a], s->corner[b]) > 1.3 * nearest) continue;
            double middle[3], length = 0;
            for (int d = 0; d < 3; d++) {
                middle[d] = s->corner[a][d] + s->corner[b][d];
                length += middle[d] * middle[d];
            }
            for (int d = 0; d < 3; d++) s->corner[s->n][d] = middle[d] / sqrt(length);
            s->n++;
        }
    }
}

static void make_sphere(int subdivisions, sphere *s) {
    double t = (1 + sqrt(5.0)) / 2, length = sqrt(1 + t * t);
    s->n = 0;
    for (int axis = 0; axis < 3; axis++) {
        for (int signs = 0; signs < 4; signs++, s->n++) {
            double *c = s->corner[s->n];
            c[axis] = (signs & 1 ? 1 : -1) / length;
            c[(axis + 1) % 3] = (signs & 2 ? t : -t) / length;
            c[(axis + 2) % 3] = 0;
        }
    }
    for (int i = 0; i < subdivisions; i++) subdivide(s);
}

/* The harmonics of degree n at a corner: terms of order -n to n, (re, im). */
static int harmonics(const double corner[3], int n, double y[][2]) {
    double polar = acos(fmax(-1, fmin(corner[2], 1))), azimuth = atan2(corner[1], corner[0]);
    for (int m = -n; m <= n; m++) {
        double p = gsl_sf_legendre_sphPlm(n, abs(m), cos(azimuth)), sign = m < 0 && m % 2 ? -1 : 1;
        y[m + n][0] = sign * p * cos(m * polar);
        y[m + n][1] = sign * p * sin(m * polar);
    }
    return 2 * n + 1;
}

typedef struct crop {
    double *x;
    size_t n[3], low[3];
} crop;

static double from_crop(const void *context, size_t v) {
    return ((const crop *)context)->x[v];
}

/* The image at every voxel of the box moved by a corner. */
static ms_status sample(const ms_region *r, const crop *c, const double corner[3], double radius, bool whole,
                        double **out, ms_error *err) {
    ms_axis_map map[3];
    for (size_t a = 0; a < 3; a++)
        map[a] = (ms_axis_map){.old_n = c->n[a],
                               .n = r->n[a],
                               .first = (double)c->low[a] + radius * corner[2 - a],
                               .step = 1,
                               .clamp = true};
    ms_status status = ms_interpolate(map, MS_INTERPOLATE_SPLINE, from_crop, c, out, err);
    for (size_t v = 0; status == MS_OK && v < r->box; v++) {
        const size_t at[3] = {v % r->n[0], v / r->n[0] % r->n[1], v / (r->n[0] * r->n[1])};
        if (whole) (*out)[v] = round((*out)[v]);
        for (size_t a = 0; a < 3; a++) {
            double x = (double)(r->low[a] + at[a]) + radius * corner[2 - a];
            if (x < 0 || x > (double)(r->volume->geometry.n[a] - 1)) (*out)[v] = 0;
        }
    }
    return status;
}

/* Kurtosis from moments about the voxel's own value. */
static double kurtosis(const double s[4], double n) {
    double a = s[0] / n, b = s[1] / n, c = s[2] / n, d = s[3] / n;
    double m2 = b - a * a, m4 = d - 4 * a * c + 6 * a * a * b - 3 * a * a * a * a;
    return m2 > 0 ? m4 / (m2 * m2) - 3 : (double)NAN;
}

/* The real part of the root of the sum over corners of (sum over orders of c Y)^2. */
static double norm(const double *c, int terms, double y[MAX_CORNERS][2 * MS_LBP_MAX_LEVELS][2], int corners) {
    double re = 0, im = 0;
    for (int p = 0; p < corners; p++) {
        double a = 0, b = 0;
        for (int m = 0; m < terms; m++) {
            a += c[2 * m] * y[p][m][0] - c[2 * m + 1] * y[p][m][1];
            b += c[2 * m] * y[p][m][1] + c[2 * m + 1] * y[p][m][0];
        }
        re += a * a - b * b;
        im += 2 * a * b;
    }
    return sqrt((hypot(re, im) + re) / 2);
}

static bool whole_numbers(const crop *c) {
    for (size_t v = 0; v < c->n[0] * c->n[1] * c->n[2]; v++) {
        if (c->x[v] != trunc(c->x[v])) return false;
    }
    return true;
}

ms_status ms_filter_lbp3d(const ms_region *region, const ms_image_spec *spec, double *out, ms_error *err) {
    /* 30 voxels: the spline's coefficients no longer feel where the piece ends */
    size_t reach = (size_t)ceil(spec->radius) + 30, margin[3] = {reach, reach, reach};
    crop c = {.x = NULL};
    sphere s = {0};
    double y[MAX_CORNERS][2 * MS_LBP_MAX_LEVELS][2] = {{{0}}}, *sums = NULL, *f = NULL;
    ms_status status = ms_region_crop(region, margin, MS_BORDER_NEAREST, &c.x, c.n, c.low, err);
    if (status != MS_OK) return status;
    bool whole = whole_numbers(&c), kurt = spec->level == 0;
    make_sphere(spec->samples, &s);
    int terms = kurt ? 2 : 2 * spec->level - 1;
    sums = ms_calloc(region->box * 2 * (size_t)terms, sizeof *sums);
    if (!sums) status = ms_error_nomem(err);
    for (int p = 0; p < s.n && status == MS_OK; p++) {
        if (!kurt) (void)harmonics(s.corner[p], spec->level - 1, y[p]);
        status = sample(region, &c, s.corner[p], spec->radius, whole, &f, err);
        for (size_t v = 0; status == MS_OK && v < region->box; v++) {
            size_t i = v % region->n[0] + c.low[0], j = v / region->n[0] % region->n[1] + c.low[1],
                   k = v / (region->n[0] * region->n[1]) + c.low[2];
            double d = f[v] - c.x[(k * c.n[1] + j) * c.n[0] + i], *sum = sums + v * 2 * (size_t)terms;
            for (int q = 0; q < 4 && kurt; q++) sum[q] += pow(d, q + 1);
            for (int m = 0; m < terms && !kurt && d >= 0; m++) {
                sum[2 * m] += y[p][m][0];
                sum[2 * m + 1] += y[p][m][1];
            }
        }
        free(f);
        f = NULL;
    }
    for (size_t v = 0; status == MS_OK && v < region->box; v++) {
        const double *sum = sums + v * 2 * (size_t)terms;
        out[v] = kurt ? kurtosis(sum, s.n) : norm(sum, terms, y, s.n);
    }
    free(c.x);
    free(sums);
    return status;
}
