/* image/agreement.c: how well two outlines on one slice agree. */
#include "base/base.h"
#include "myosurv/image.h"

#include <math.h>
#include <stdlib.h>

typedef struct point {
    double x, y;
} point;

static bool is_inside(const uint8_t *labels, size_t v, const uint8_t range[2]) {
    return labels[v] >= range[0] && labels[v] <= range[1];
}

/* Pixels of the region with a neighbour (of four) outside it. */
static size_t outline_of(const uint8_t *labels, const size_t n[2], const double spacing[2],
                         const uint8_t range[2], point *out) {
    size_t count = 0;
    for (size_t j = 0; j < n[1]; j++)
        for (size_t i = 0; i < n[0]; i++) {
            const size_t v = j * n[0] + i;
            if (!is_inside(labels, v, range)) continue;
            const bool inner = i > 0 && i + 1 < n[0] && j > 0 && j + 1 < n[1] &&
                               is_inside(labels, v - 1, range) && is_inside(labels, v + 1, range) &&
                               is_inside(labels, v - n[0], range) && is_inside(labels, v + n[0], range);
            if (!inner) out[count++] = (point){(double)i * spacing[0], (double)j * spacing[1]};
        }
    return count;
}

/* Sum over `from` of the distance to the nearest of `to`, which is sorted by y. */
static double sum_of_nearest(const point *from, size_t n_from, const point *to, size_t n_to) {
    double sum = 0;
    for (size_t a = 0; a < n_from; a++) {
        size_t low = 0, high = n_to;
        while (low < high) {
            const size_t middle = (low + high) / 2;
            if (to[middle].y < from[a].y)
                low = middle + 1;
            else
                high = middle;
        }
        double best = INFINITY;
        for (size_t b = low; b < n_to && to[b].y - from[a].y < best; b++)
            best = fmin(best, hypot(to[b].x - from[a].x, to[b].y - from[a].y));
        for (size_t b = low; b-- > 0 && from[a].y - to[b].y < best;)
            best = fmin(best, hypot(to[b].x - from[a].x, to[b].y - from[a].y));
        sum += best;
    }
    return sum;
}

ms_status ms_slice_agreement(const uint8_t *a, const uint8_t *b, const size_t n[2],
                             const double spacing_mm[2], const uint8_t labels[2], double *dice,
                             double *surface_mm, ms_error *err) {
    size_t in_a = 0, in_b = 0, both = 0;
    point *points = ms_calloc(2 * n[0] * n[1], sizeof *points);
    if (!points) return ms_error_nomem(err);
    point *other = points + n[0] * n[1];
    for (size_t v = 0; v < n[0] * n[1]; v++) {
        const bool x = is_inside(a, v, labels), y = is_inside(b, v, labels);
        in_a += x;
        in_b += y;
        both += x && y;
    }
    const size_t n_a = outline_of(a, n, spacing_mm, labels, points);
    const size_t n_b = outline_of(b, n, spacing_mm, labels, other);
    *dice = in_a + in_b > 0 ? 2 * (double)both / (double)(in_a + in_b) : NAN;
    *surface_mm = n_a > 0 && n_b > 0
                      ? (sum_of_nearest(points, n_a, other, n_b) + sum_of_nearest(other, n_b, points, n_a)) /
                            (double)(n_a + n_b)
                      : NAN;
    free(points);
    return MS_OK;
}
