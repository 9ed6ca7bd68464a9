/* radiomics/region.c: the region of interest, and pieces of the volume around it. */
#include "radiomics/radiomics.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Most rows of most masks. */
static bool all_zero(const uint8_t *row, size_t n) {
    uint64_t any = 0, eight;
    size_t i = 0;
    for (; i + sizeof eight <= n; i += sizeof eight) {
        memcpy(&eight, row + i, sizeof eight);
        any |= eight;
    }
    for (; i < n; i++) any |= row[i];
    return any == 0;
}

bool ms_mask_box(const ms_mask *mask, const bool wanted[256], size_t low[3], size_t high[3]) {
    const size_t *n = mask->geometry.n;
    bool any = false;
    for (size_t k = 0; k < n[2]; k++) {
        for (size_t j = 0; j < n[1]; j++) {
            const uint8_t *row = &mask->data[(k * n[1] + j) * n[0]];
            if (!wanted[0] && all_zero(row, n[0])) continue;
            for (size_t i = 0; i < n[0]; i++) {
                if (!wanted[row[i]]) continue;
                size_t at[3] = {i, j, k};
                for (int a = 0; a < 3; a++) {
                    if (!any || at[a] < low[a]) low[a] = at[a];
                    if (!any || at[a] > high[a]) high[a] = at[a];
                }
                any = true;
            }
        }
    }
    return any;
}

static ms_status no_voxels(const ms_mask *mask, const uint8_t *labels, size_t n_labels, ms_error *err) {
    bool has[256] = {false};
    ms_buffer text;
    ms_buffer_init(&text);
    for (size_t v = 0; v < ms_voxels(&mask->geometry); v++) has[mask->data[v]] = true;
    ms_buffer_append(&text, "the mask has no voxel with label");
    for (size_t i = 0; i < n_labels; i++) ms_buffer_printf(&text, "%s %u", i ? "," : "", labels[i]);
    size_t found = 0;
    for (unsigned v = 1; v < 256; v++) {
        if (has[v]) ms_buffer_printf(&text, "%s%u", found++ ? ", " : "; it has ", v);
    }
    if (found == 0) ms_buffer_append(&text, "; it is empty");
    ms_status status =
        ms_buffer_failed(&text) ? ms_error_nomem(err) : ms_error_set(err, MS_EINPUT, "%s", text.data);
    ms_buffer_clear(&text);
    return status;
}

ms_status ms_region_build(const ms_volume *volume, const ms_mask *mask, const uint8_t *labels,
                          size_t n_labels, bool force2d, ms_region *region, ms_error *err) {
    const size_t *m = mask->geometry.n, *n = volume->geometry.n;
    if (!ms_geometry_same(&volume->geometry, &mask->geometry)) {
        return ms_error_set(err, MS_EINPUT,
                            "the mask (%zu x %zu x %zu) does not lie on the image's grid (%zu x %zu x %zu)",
                            m[0], m[1], m[2], n[0], n[1], n[2]);
    }
    bool wanted[256] = {false};
    for (size_t i = 0; i < n_labels; i++) wanted[labels[i]] = labels[i] != 0;
    size_t low[3] = {0}, high[3] = {0};
    if (!ms_mask_box(mask, wanted, low, high)) return no_voxels(mask, labels, n_labels, err);
    ms_region r = {.volume = volume, .image_max = (double)NAN};
    for (int a = 0; a < 3; a++) {
        r.low[a] = low[a];
        r.n[a] = high[a] - low[a] + 1;
        r.spacing_mm[a] = volume->geometry.spacing_mm[a];
    }
    r.box = r.n[0] * r.n[1] * r.n[2];
    r.flat = r.n[2] == 1;
    r.in_plane = r.flat || force2d;
    r.in = ms_calloc(r.box, 1);
    if (!r.in) return ms_error_nomem(err);
    for (size_t row = 0; row < r.n[1] * r.n[2]; row++) {
        size_t j = row % r.n[1], k = row / r.n[1];
        const uint8_t *label = mask->data + ms_voxel_index(&mask->geometry, low[0], low[1] + j, low[2] + k);
        uint8_t *in = r.in + row * r.n[0];
        for (size_t i = 0; i < r.n[0]; i++) r.voxels += in[i] = wanted[label[i]];
    }
    *region = r;
    return MS_OK;
}

void ms_region_clear(ms_region *region) {
    free(region->in);
    *region = (ms_region){0};
}

/* Where the extended axis of n voxels is read at position p (which may lie outside). */
static size_t wrap(long long p, size_t n) {
    long long period = (long long)(n + n % 2);
    long long q = ((p % period) + period) % period;
    return q < (long long)n ? (size_t)q : 0;
}

static ms_status no_number(size_t x, size_t y, size_t z, double value, ms_error *err) {
    return ms_error_set(err, MS_EINPUT,
                        "the image's voxel (%zu, %zu, %zu), in or near the region, is %s: repair the image",
                        x, y, z, isnan(value) ? "NaN" : "infinite");
}

ms_status ms_region_row(const ms_region *region, const size_t at[3], size_t n, double *out, size_t step,
                        ms_error *err) {
    const size_t *full = region->volume->geometry.n;
    const float *row = region->volume->data + (at[2] * full[1] + at[1]) * full[0] + at[0];
    bool finite = true;
    for (size_t i = 0; i < n; i++) {
        out[i * step] = (double)row[i];
        finite = finite && isfinite(row[i]);
    }
    for (size_t i = 0; i < n && !finite; i++) {
        if (!isfinite(row[i])) return no_number(at[0] + i, at[1], at[2], (double)row[i], err);
    }
    return MS_OK;
}

ms_status ms_region_crop(const ms_region *region, const size_t margin[3], ms_border border, double **values,
                         size_t n[3], size_t low_margin[3], ms_error *err) {
    const size_t *full = region->volume->geometry.n;
    long long first[3];
    size_t size[3];
    for (int a = 0; a < 3; a++) {
        first[a] = (long long)region->low[a] - (long long)margin[a];
        long long last = (long long)(region->low[a] + region->n[a] - 1 + margin[a]);
        if (border == MS_BORDER_NEAREST) {
            if (first[a] < 0) first[a] = 0;
            if (last > (long long)full[a] - 1) last = (long long)full[a] - 1;
        }
        size[a] = (size_t)(last - first[a] + 1);
    }
    double *out = ms_calloc(size[0] * size[1] * size[2], sizeof *out);
    if (!out) return ms_error_nomem(err);
    const float *data = region->volume->data;
    size_t *place = ms_calloc(size[0], sizeof *place);
    if (!place) {
        free(out);
        return ms_error_nomem(err);
    }
    for (size_t i = 0; i < size[0]; i++) place[i] = wrap(first[0] + (long long)i, full[0]);
    bool bare = margin[0] == 0 && margin[1] == 0 && margin[2] == 0;
    for (size_t k = 0, at = 0; k < size[2]; k++) {
        size_t z = wrap(first[2] + (long long)k, full[2]);
        for (size_t j = 0; j < size[1]; j++) {
            size_t y = wrap(first[1] + (long long)j, full[1]);
            for (size_t i = 0; i < size[0]; i++, at++) {
                size_t x = place[i];
                out[at] = (double)data[(z * full[1] + y) * full[0] + x];
                if (isfinite(out[at]) || (bare && !region->in[at])) continue;
                ms_status status = no_number(x, y, z, out[at], err);
                free(out);
                free(place);
                return status;
            }
        }
    }
    free(place);
    *values = out;
    for (int a = 0; a < 3; a++) {
        n[a] = size[a];
        low_margin[a] = (size_t)((long long)region->low[a] - first[a]);
    }
    return MS_OK;
}

typedef struct maxima {
    const ms_volume *volume;
    size_t first;
    double *of_slice;
} maxima;

static ms_status slice_max(void *context, size_t k, ms_error *err) {
    (void)err;
    const maxima *m = context;
    size_t slice = m->volume->geometry.n[0] * m->volume->geometry.n[1];
    const float *x = m->volume->data + (m->first + k) * slice;
    float max = 0;
    for (size_t v = 0; v < slice; v++) {
        float size = fabsf(x[v]);
        max = size > max && size <= FLT_MAX ? size : max;
    }
    m->of_slice[k] = (double)max;
    return MS_OK;
}

ms_status ms_region_find_max(ms_region *region, ms_error *err) {
    bool in_plane = region->in_plane && !region->as_pyradiomics;
    size_t count = in_plane ? region->n[2] : region->volume->geometry.n[2];
    maxima m = {region->volume, in_plane ? region->low[2] : 0, ms_calloc(count, sizeof(double))};
    if (!m.of_slice) return ms_error_nomem(err);
    ms_status status = ms_parallel_for(count, slice_max, &m, err);
    double max = 0;
    for (size_t k = 0; k < count; k++) max = m.of_slice[k] > max ? m.of_slice[k] : max;
    if (status == MS_OK) region->image_max = max;
    free(m.of_slice);
    return status;
}
