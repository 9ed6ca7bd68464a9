/* radiomics/filter_field.c: pieces of an image, their borders, and convolution along an axis. */
#include "radiomics/filter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

long long ms_boundary_place(long long p, size_t n, ms_filter_boundary boundary) {
    long long size = (long long)n;
    if (p >= 0 && p < size) return p;
    switch (boundary) {
    case MS_BOUNDARY_NEAREST:
        return p < 0 ? 0 : size - 1;
    case MS_BOUNDARY_PERIODIC:
        return (p % size + size) % size;
    case MS_BOUNDARY_MIRROR: { /* c b a | a b c | c b a */
        long long q = (p % (2 * size) + 2 * size) % (2 * size);
        return q < size ? q : 2 * size - 1 - q;
    }
    case MS_BOUNDARY_ZERO:
        break;
    }
    return -1;
}

ms_extent ms_extent_reach(const ms_extent *extent, const size_t full[3], const size_t reach[3],
                          ms_filter_boundary boundary) {
    ms_extent e;
    for (int a = 0; a < 3; a++) {
        long long low = (long long)extent->low[a] - (long long)reach[a];
        long long high = (long long)(extent->low[a] + extent->n[a] + reach[a]), n = (long long)full[a];
        bool beyond = low < 0 || high > n;
        bool folded =
            (boundary == MS_BOUNDARY_MIRROR && reach[a] > full[a]) || boundary == MS_BOUNDARY_PERIODIC;
        if (low < 0 || (beyond && folded)) low = 0;
        if (high > n || (beyond && folded)) high = n;
        e.low[a] = (size_t)low;
        e.n[a] = (size_t)(high - low);
    }
    /* A mirrored position lies as far inside as it was outside, which may be further than the reach. */
    for (int a = 0; a < 3 && boundary == MS_BOUNDARY_MIRROR; a++) {
        if (reach[a] > extent->low[a] && reach[a] - extent->low[a] > e.low[a] + e.n[a])
            e.n[a] = full[a] - e.low[a];
        size_t over = extent->low[a] + extent->n[a] + reach[a];
        if (over > full[a] && over - full[a] > full[a] - e.low[a]) {
            e.n[a] += e.low[a];
            e.low[a] = 0;
        }
    }
    return e;
}

ms_extent ms_region_extent(const ms_region *region) {
    ms_extent e;
    for (int a = 0; a < 3; a++) {
        e.low[a] = region->low[a];
        e.n[a] = region->n[a];
    }
    return e;
}

ms_status ms_field_alloc(const size_t full[3], const ms_extent *extent, ms_field *field, ms_error *err) {
    double *values = ms_calloc(extent->n[0] * extent->n[1] * extent->n[2], sizeof *values);
    if (!values) return ms_error_nomem(err);
    *field = (ms_field){.extent = *extent, .values = values};
    for (int a = 0; a < 3; a++) field->full[a] = full[a];
    return MS_OK;
}

void ms_field_clear(ms_field *field) {
    free(field->values);
    *field = (ms_field){0};
}

ms_status ms_field_load(const ms_region *region, const ms_extent *extent, ms_field *field, ms_error *err) {
    const ms_geometry *g = &region->volume->geometry;
    ms_field made;
    ms_status status = ms_field_alloc(g->n, extent, &made, err);
    if (status != MS_OK) return status;
    size_t at = 0;
    for (size_t k = 0; k < extent->n[2]; k++) {
        for (size_t j = 0; j < extent->n[1]; j++) {
            size_t from = ms_voxel_index(g, extent->low[0], extent->low[1] + j, extent->low[2] + k);
            for (size_t i = 0; i < extent->n[0]; i++, at++) {
                double x = (double)region->volume->data[from + i];
                made.values[at] = x;
                if (isfinite(x)) continue;
                ms_field_clear(&made);
                return ms_error_set(
                    err, MS_EINPUT,
                    "the image's voxel (%zu, %zu, %zu), in or near the region, is %s: repair the image",
                    extent->low[0] + i, extent->low[1] + j, extent->low[2] + k,
                    isnan(x) ? "NaN" : "infinite");
            }
        }
    }
    *field = made;
    return MS_OK;
}

/* Convolution of all lines along an axis, a block of lines a job. place[p]: which of the field's voxels of a
 * line the padded line's p-th is, or -1. */
typedef struct convolution {
    const ms_field *in;
    ms_field *out;
    const double *k; /* reversed, so that out(p) = sum of k[t] padded(p + t) */
    size_t taps, step, lines;
    const long long *place;
    size_t padded;
    int axis;
} convolution;
enum { LINES_A_JOB = 1024 };

static ms_status some_lines(void *context, size_t job, ms_error *err) {
    const convolution *c = context;
    size_t from = c->in->extent.n[c->axis], to = c->out->extent.n[c->axis];
    double *line = ms_calloc(c->padded, sizeof *line);
    if (!line) return ms_error_nomem(err);
    size_t last = (job + 1) * LINES_A_JOB;
    if (last > c->lines) last = c->lines;
    for (size_t l = job * LINES_A_JOB; l < last; l++) {
        const double *in = &c->in->values[l / c->step * c->step * from + l % c->step];
        double *out = &c->out->values[l / c->step * c->step * to + l % c->step];
        for (size_t p = 0; p < c->padded; p++)
            line[p] = c->place[p] < 0 ? 0 : in[(size_t)c->place[p] * c->step];
        for (size_t p = 0; p < to; p++) {
            double sum = 0;
            for (size_t t = 0; t < c->taps; t++) sum += c->k[t] * line[p + t];
            out[p * c->step] = sum;
        }
    }
    free(line);
    return MS_OK;
}

ms_status ms_field_convolve(ms_field *field, int axis, const ms_taps *taps, ms_filter_boundary boundary,
                            const ms_extent *target, ms_error *err) {
    ms_extent extent = field->extent;
    extent.low[axis] = target->low[axis];
    extent.n[axis] = target->n[axis];
    ms_field out = {0};
    size_t padded = extent.n[axis] + taps->n - 1;
    long long *place = ms_calloc(padded, sizeof *place);
    double *k = ms_calloc(taps->n, sizeof *k);
    ms_status status = place && k ? ms_field_alloc(field->full, &extent, &out, err) : ms_error_nomem(err);
    if (status != MS_OK) goto cleanup;
    size_t centre = taps->flip ? taps->n - 1 - taps->centre : taps->centre;
    /* tap t reads p + centre - t: the first voxel read is centre - (n - 1) away */
    long long first = (long long)extent.low[axis] + (long long)centre - (long long)(taps->n - 1);
    for (size_t p = 0; p < padded; p++) {
        long long q = ms_boundary_place(first + (long long)p, field->full[axis], boundary);
        place[p] = q < 0 ? -1 : q - (long long)field->extent.low[axis];
        if (q >= 0 && (place[p] < 0 || place[p] >= (long long)field->extent.n[axis])) {
            status = ms_error_set(err, MS_EINTERNAL, "a filter reads beyond its piece of the image");
            goto cleanup;
        }
    }
    for (size_t t = 0; t < taps->n; t++) k[t] = taps->k[taps->flip ? t : taps->n - 1 - t];
    const size_t *n = field->extent.n;
    convolution c = {.in = field, .out = &out, .k = k, .taps = taps->n, .place = place, .padded = padded};
    c.axis = axis;
    c.step = axis == 0 ? 1 : axis == 1 ? n[0] : n[0] * n[1];
    c.lines = n[0] * n[1] * n[2] / n[axis];
    status = ms_parallel_for((c.lines + LINES_A_JOB - 1) / LINES_A_JOB, some_lines, &c, err);
    if (status == MS_OK) {
        ms_field_clear(field);
        *field = out;
        out = (ms_field){0};
    }
cleanup:
    ms_field_clear(&out);
    free(place);
    free(k);
    return status;
}

void ms_field_copy(const ms_field *field, const ms_extent *extent, double *out) {
    const ms_extent *e = &field->extent;
    for (size_t k = 0; k < extent->n[2]; k++) {
        for (size_t j = 0; j < extent->n[1]; j++) {
            size_t z = k + extent->low[2] - e->low[2], y = j + extent->low[1] - e->low[1];
            const double *row = &field->values[(z * e->n[1] + y) * e->n[0] + extent->low[0] - e->low[0]];
            memcpy(out, row, extent->n[0] * sizeof *out);
            out += extent->n[0];
        }
    }
}
