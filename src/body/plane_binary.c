/* Tools for yes/no pictures: distance, opening, connected pieces, holes. */
#include "body/plane.h"

#include "base/base.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The lower envelope of parabolas (Felzenszwalb and Huttenlocher 2012, Theory of Computing 8:415): squared
 * distance along one line of n cells, `step` apart, from the squared distances f there already. */
static void envelope(const double *f, size_t n, double step, double *out, size_t *at, double *from) {
    size_t top = 0;
    at[0] = 0;
    from[0] = -INFINITY;
    from[1] = INFINITY;
    for (size_t q = 1; q < n; q++) {
        const double xq = (double)q * step;
        double cross; /* where the parabola of q meets the last one kept */
        for (;;) {
            const double xp = (double)at[top] * step;
            cross = (f[q] + xq * xq - f[at[top]] - xp * xp) / (2 * (xq - xp));
            if (cross > from[top]) break; /* always at the bottom, where from is -infinity */
            top--;
        }
        top++;
        at[top] = q;
        from[top] = cross;
        from[top + 1] = INFINITY;
    }
    size_t piece = 0;
    for (size_t q = 0; q < n; q++) {
        const double x = (double)q * step;
        while (from[piece + 1] < x) piece++;
        const double d = x - (double)at[piece] * step;
        out[q] = d * d + f[at[piece]];
    }
}

ms_status ms_distance_mm(const uint8_t *inside, size_t nx, size_t ny, double sx, double sy,
                         bool border_is_outside, float *distance, ms_error *err) {
    const double far = 1e12;
    const size_t longest = (nx > ny ? nx : ny) + 2;
    double *f = ms_calloc(longest, sizeof *f), *out = ms_calloc(longest, sizeof *out);
    double *from = ms_calloc(longest + 1, sizeof *from);
    size_t *at = ms_calloc(longest, sizeof *at);
    ms_status status = MS_OK;
    if (f == NULL || out == NULL || from == NULL || at == NULL) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    const double edge = border_is_outside ? 0 : far;
    f[0] = edge;
    for (size_t j = 0; j < ny; j++) {
        for (size_t i = 0; i < nx; i++) f[i + 1] = inside[j * nx + i] ? far : 0;
        f[nx + 1] = edge;
        envelope(f, nx + 2, sx, out, at, from);
        for (size_t i = 0; i < nx; i++) distance[j * nx + i] = (float)out[i + 1];
    }
    for (size_t i = 0; i < nx; i++) {
        for (size_t j = 0; j < ny; j++) f[j + 1] = (double)distance[j * nx + i];
        f[ny + 1] = edge;
        envelope(f, ny + 2, sy, out, at, from);
        for (size_t j = 0; j < ny; j++) distance[j * nx + i] = (float)sqrt(fmin(out[j + 1], 1e10));
    }
cleanup:
    free(f);
    free(out);
    free(from);
    free(at);
    return status;
}

ms_status ms_open_mm(uint8_t *inside, size_t nx, size_t ny, double sx, double sy, double radius_mm,
                     ms_error *err) {
    const size_t n = nx * ny;
    float *distance = ms_calloc(n, sizeof *distance);
    if (distance == NULL) return ms_error_nomem(err);
    ms_status status = ms_distance_mm(inside, nx, ny, sx, sy, false, distance, err);
    if (status == MS_OK) {
        for (size_t v = 0; v < n; v++) inside[v] = !(distance[v] > (float)radius_mm); /* 1: not core */
        status = ms_distance_mm(inside, nx, ny, sx, sy, false, distance, err);
    }
    if (status == MS_OK)
        for (size_t v = 0; v < n; v++) inside[v] = distance[v] <= (float)radius_mm;
    free(distance);
    return status;
}

ms_status ms_close_mm(uint8_t *inside, size_t nx, size_t ny, double sx, double sy, double radius_mm,
                      ms_error *err) {
    const size_t n = nx * ny;
    float *distance = ms_calloc(n, sizeof *distance);
    if (distance == NULL) return ms_error_nomem(err);
    for (size_t v = 0; v < n; v++) inside[v] = !inside[v];
    ms_status status = ms_distance_mm(inside, nx, ny, sx, sy, false, distance, err);
    for (size_t v = 0; v < n; v++) inside[v] = distance[v] <= (float)radius_mm;
    if (status == MS_OK) status = ms_distance_mm(inside, nx, ny, sx, sy, false, distance, err);
    for (size_t v = 0; v < n; v++) inside[v] = distance[v] > (float)radius_mm;
    free(distance);
    return status;
}

void ms_pieces_clear(ms_pieces *pieces) {
    if (pieces == NULL) return;
    free(pieces->id);
    free(pieces->size);
    *pieces = (ms_pieces){0};
}

/* Marks one piece from a start pixel with a stack of pixels to visit; returns its size. */
static uint32_t flood(const uint8_t *inside, size_t nx, size_t ny, size_t start, uint32_t id, uint32_t *ids,
                      uint32_t *stack) {
    size_t top = 0;
    uint32_t size = 0;
    stack[top++] = (uint32_t)start;
    ids[start] = id;
    while (top > 0) {
        const size_t v = stack[--top], i = v % nx, j = v / nx;
        size++;
        const size_t next[4] = {i > 0 ? v - 1 : v, i + 1 < nx ? v + 1 : v, j > 0 ? v - nx : v,
                                j + 1 < ny ? v + nx : v};
        for (int d = 0; d < 4; d++) {
            if (!inside[next[d]] || ids[next[d]] != 0) continue;
            ids[next[d]] = id;
            stack[top++] = (uint32_t)next[d];
        }
    }
    return size;
}

ms_status ms_pieces_find(const uint8_t *inside, size_t nx, size_t ny, ms_pieces *pieces, ms_error *err) {
    const size_t n = nx * ny;
    ms_pieces out = {.id = ms_calloc(n, sizeof(uint32_t)), .size = ms_calloc(n + 1, sizeof(uint32_t))};
    uint32_t *stack = ms_calloc(n, sizeof *stack);
    if (out.id == NULL || out.size == NULL || stack == NULL) {
        free(stack);
        ms_pieces_clear(&out);
        return ms_error_nomem(err);
    }
    for (size_t v = 0; v < n; v++) {
        if (!inside[v] || out.id[v] != 0) continue;
        out.n++;
        out.size[out.n] = flood(inside, nx, ny, v, (uint32_t)out.n, out.id, stack);
    }
    free(stack);
    *pieces = out;
    return MS_OK;
}

size_t ms_pieces_largest(const ms_pieces *pieces) {
    size_t largest = 0;
    for (size_t p = 1; p <= pieces->n; p++)
        if (largest == 0 || pieces->size[p] > pieces->size[largest]) largest = p;
    return largest;
}

ms_status ms_drop_small(uint8_t *inside, size_t nx, size_t ny, size_t pixels, ms_error *err) {
    ms_pieces pieces = {0};
    const ms_status status = ms_pieces_find(inside, nx, ny, &pieces, err);
    if (status != MS_OK) return status;
    for (size_t v = 0; v < nx * ny; v++)
        if (inside[v] && pieces.size[pieces.id[v]] < pixels) inside[v] = 0;
    ms_pieces_clear(&pieces);
    return MS_OK;
}

ms_status ms_fill_holes(uint8_t *inside, size_t nx, size_t ny, ms_error *err) {
    return ms_fill_small_holes(inside, nx, ny, nx * ny, err);
}

ms_status ms_fill_small_holes(uint8_t *inside, size_t nx, size_t ny, size_t pixels, ms_error *err) {
    const size_t n = nx * ny;
    ms_pieces pieces = {0};
    uint8_t *outside = ms_calloc(n, 1);
    if (outside == NULL) return ms_error_nomem(err);
    for (size_t v = 0; v < n; v++) outside[v] = !inside[v];
    const ms_status status = ms_pieces_find(outside, nx, ny, &pieces, err);
    free(outside);
    if (status != MS_OK) return status;
    for (size_t i = 0; i < nx; i++) { /* sizes serve as marks now: 0 touches the border */
        pieces.size[pieces.id[i]] = 0;
        pieces.size[pieces.id[(ny - 1) * nx + i]] = 0;
    }
    for (size_t j = 0; j < ny; j++) {
        pieces.size[pieces.id[j * nx]] = 0;
        pieces.size[pieces.id[j * nx + nx - 1]] = 0;
    }
    for (size_t v = 0; v < n; v++)
        if (!inside[v] && pieces.size[pieces.id[v]] > 0 && pieces.size[pieces.id[v]] <= pixels) inside[v] = 1;
    ms_pieces_clear(&pieces);
    return MS_OK;
}
