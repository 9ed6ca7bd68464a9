/* radiomics/prepare.c: what happens to image and mask before features are computed: turned into the stored
 * axes, normalised, cut to the region, resampled.
 *
 * Two grids exist. IBSI's (2.4, 3WE3): as many voxels as cover the old extent, centres in one place; beyond
 * the old ends the end holds; the mask is interpolated linearly and is inside from one half. pyradiomics'
 * (3.0.1, imageoperations.resampleImage): the corner of the first voxel in one place, only the region's box
 * and pad_voxels around it, the mask's nearest voxel; an axis along which the region is one voxel thick is
 * left. */
#include "radiomics/interpolate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The old image as it is read: turned and normalised. */
typedef struct reading {
    const ms_volume *volume;
    const ms_mask *mask;
    const bool *wanted;
    size_t order[3]; /* new axis a is the canonical axis order[a] ... */
    bool turn[3];    /* ... which runs the other way */
    bool any_turn;
    size_t n[3]; /* of the turned image */
    double spacing_mm[3];
    bool normalize;
    double mean, sd, outliers, scale;
} reading;

static size_t turned(const reading *r, size_t v) {
    if (!r->any_turn) return v;
    const size_t *n = r->n;
    size_t at[3] = {v % n[0], v / n[0] % n[1], v / (n[0] * n[1])}, old[3];
    for (int a = 0; a < 3; a++) old[r->order[a]] = r->turn[a] ? n[a] - 1 - at[a] : at[a];
    return ms_voxel_index(&r->volume->geometry, old[0], old[1], old[2]);
}

static double read_value(const void *context, size_t v) {
    const reading *r = context;
    double x = (double)r->volume->data[turned(r, v)];
    if (!r->normalize) return x;
    x = (x - r->mean) / r->sd;
    if (r->outliers > 0) x = fmax(-r->outliers, fmin(x, r->outliers));
    return x * r->scale;
}

static double read_inside(const void *context, size_t v) {
    const reading *r = context;
    return r->wanted[r->mask->data[turned(r, v)]] ? 1 : 0;
}

static ms_status measure(reading *r, ms_error *err) {
    size_t n = ms_voxels(&r->volume->geometry);
    double sum = 0, square = 0;
    for (size_t v = 0; v < n; v++) sum += (double)r->volume->data[v];
    r->mean = sum / (double)n;
    for (size_t v = 0; v < n; v++) {
        double d = (double)r->volume->data[v] - r->mean;
        square += d * d;
    }
    r->sd = sqrt(square / (double)(n > 1 ? n - 1 : 1));
    if (isfinite(r->sd) && r->sd > 0) return MS_OK;
    return ms_error_set(err, MS_EINPUT, "the image cannot be normalised: its voxels %s",
                        r->sd > 0 || isnan(r->sd) ? "are not all numbers" : "are all equal");
}

static bool whole_numbers(const ms_volume *volume) {
    for (size_t v = 0; v < ms_voxels(&volume->geometry); v++) {
        if (volume->data[v] != truncf(volume->data[v])) return false;
    }
    return true;
}

/* The region's box in the turned image. */
static bool region_box(const reading *r, size_t low[3], size_t high[3]) {
    size_t from[3], to[3];
    if (!ms_mask_box(r->mask, r->wanted, from, to)) return false;
    for (int a = 0; a < 3; a++) {
        size_t old = r->order[a];
        low[a] = r->turn[a] ? r->n[a] - 1 - to[old] : from[old];
        high[a] = r->turn[a] ? r->n[a] - 1 - from[old] : to[old];
    }
    return true;
}

static void centred_grid(size_t old_n, double old_mm, double new_mm, ms_axis_map *m) {
    double n = ceil((double)old_n * old_mm / new_mm - 1e-9);
    *m = (ms_axis_map){
        .old_n = old_n, .n = n < 1 ? 1 : (size_t)fmin(n, 1e9), .step = new_mm / old_mm, .clamp = true};
    m->first = 0.5 * ((double)old_n - 1) - 0.5 * ((double)m->n - 1) * m->step;
}

static void cornered_grid(size_t old_n, double old_mm, double new_mm, double origin_mm, size_t low,
                          size_t high, size_t pad, ms_axis_map *m) {
    double ratio = old_mm / new_mm, first = floor(((double)low - 0.5) * ratio - (double)pad),
           last = ceil(((double)high + 0.5) * ratio + (double)pad);
    first = fmax(first, 0);
    last = fmin(last, ceil((double)old_n * ratio) - 1);
    double place = 0.5 * (new_mm - old_mm) / old_mm + first / ratio;
    *m = (ms_axis_map){.old_n = old_n,
                       .n = (size_t)fmin(last - first + 1, 1e9),
                       .first = place,
                       .step = new_mm / old_mm,
                       .as_itk = true,
                       .old_origin_mm = origin_mm,
                       .new_origin_mm = origin_mm + old_mm * place,
                       .old_mm = old_mm,
                       .new_mm = new_mm};
}

static void cut_grid(size_t old_n, size_t low, size_t high, size_t pad, ms_axis_map *m) {
    size_t first = low > pad ? low - pad : 0, last = high + pad < old_n ? high + pad : old_n - 1;
    *m = (ms_axis_map){.old_n = old_n, .n = last - first + 1, .first = (double)first, .step = 1};
}

/* Fills map[3] and spacing[3]; *change says whether the grid is another one, *resample whether its voxels lie
 * between the old ones. */
static void make_maps(const ms_feature_config *c, const reading *r, const size_t low[3], const size_t high[3],
                      ms_axis_map map[3], double spacing[3], bool *change, bool *resample) {
    bool asked = false;
    *resample = false;
    for (int a = 0; a < 3; a++) {
        double s = c->spacing_mm[a],
               tolerance = c->as_pyradiomics ? 1e-5 * s + 1e-8 : 1e-9 * r->spacing_mm[a];
        asked = asked || s > 0;
        spacing[a] = s > 0 && !(c->as_pyradiomics && low[a] == high[a]) ? s : r->spacing_mm[a];
        *resample = *resample || fabs(spacing[a] - r->spacing_mm[a]) > tolerance;
    }
    bool cut = !*resample && (c->crop_first || (asked && c->as_pyradiomics));
    for (int a = 0; a < 3; a++) {
        if (cut)
            cut_grid(r->n[a], low[a], high[a], c->pad_voxels, &map[a]);
        else if (!*resample)
            map[a] = (ms_axis_map){.old_n = r->n[a], .n = r->n[a], .step = 1};
        else if (c->as_pyradiomics)
            cornered_grid(r->n[a], r->spacing_mm[a], spacing[a], c->stored_origin_mm[a], low[a], high[a],
                          c->pad_voxels, &map[a]);
        else
            centred_grid(r->n[a], r->spacing_mm[a], spacing[a], &map[a]);
        map[a].along_rows = a == 0;
        if (!*resample) spacing[a] = r->spacing_mm[a];
    }
    *change = *resample || cut || r->any_turn || r->normalize;
}

static ms_geometry new_geometry(const reading *r, const ms_axis_map map[3], const double spacing[3]) {
    const ms_geometry *old = &r->volume->geometry;
    ms_geometry grid = *old;
    double first[3] = {0};
    for (int a = 0; a < 3; a++) {
        size_t from = r->order[a];
        first[from] = r->turn[a] ? (double)r->n[a] - 1 - map[a].first : map[a].first;
        grid.n[a] = map[a].n;
        grid.spacing_mm[a] = spacing[a];
        for (size_t row = 0; row < 3; row++) {
            double d = old->direction[3 * row + from];
            grid.direction[3 * row + (size_t)a] = r->turn[a] ? 0.0 - d : d;
        }
    }
    ms_index_to_mm(old, first, grid.origin_mm);
    return grid;
}

/* A spline carries one voxel that is no number through the whole image. */
static ms_status check_finite(const ms_volume *volume, ms_error *err) {
    const size_t *n = volume->geometry.n;
    for (size_t v = 0; v < ms_voxels(&volume->geometry); v++) {
        if (isfinite(volume->data[v])) continue;
        return ms_error_set(
            err, MS_EINPUT,
            "the image's voxel (%zu, %zu, %zu) is %s, and a spline needs all: repair the image", v % n[0],
            v / n[0] % n[1], v / (n[0] * n[1]), isnan(volume->data[v]) ? "NaN" : "infinite");
    }
    return MS_OK;
}

static ms_status build(const ms_feature_config *c, const reading *r, const ms_axis_map map[3],
                       const double spacing[3], bool resample, uint8_t label, ms_prepared *p, ms_error *err) {
    ms_geometry grid = new_geometry(r, map, spacing);
    double *values = NULL, *inside = NULL;
    bool whole = resample && c->as_pyradiomics && !c->normalize && whole_numbers(r->volume);
    ms_interpolation kind = resample ? c->interpolation : MS_INTERPOLATE_NEAREST,
                     mask_kind =
                         resample && !c->as_pyradiomics ? MS_INTERPOLATE_LINEAR : MS_INTERPOLATE_NEAREST;
    if (!((double)grid.n[0] * (double)grid.n[1] * (double)grid.n[2] < 4e9))
        return ms_error_set(err, MS_EINPUT, "resampling to %g x %g x %g mm gives too large an image",
                            spacing[0], spacing[1], spacing[2]);
    ms_status status = kind == MS_INTERPOLATE_SPLINE ? check_finite(r->volume, err) : MS_OK;
    if (status == MS_OK) status = ms_volume_alloc(&p->own_volume, &grid, err);
    if (status == MS_OK) status = ms_interpolate(map, kind, read_value, r, &values, err);
    for (size_t v = 0; status == MS_OK && v < ms_voxels(&grid); v++) {
        double x = c->round_resampled && resample ? round(values[v]) : whole ? trunc(values[v]) : values[v];
        p->own_volume.data[v] = (float)x;
    }
    free(values);
    if (status == MS_OK) status = ms_mask_alloc(&p->own_mask, &grid, err);
    if (status == MS_OK) status = ms_interpolate(map, mask_kind, read_inside, r, &inside, err);
    for (size_t v = 0; status == MS_OK && v < ms_voxels(&grid); v++)
        p->own_mask.data[v] = inside[v] >= 0.5 - 1e-12 ? label : 0;
    free(inside);
    return status;
}

ms_status ms_prepare(const ms_volume *volume, const ms_mask *mask, const uint8_t *labels, size_t n_labels,
                     const ms_feature_config *config, ms_prepared *prepared, ms_error *err) {
    ms_prepared p = {.volume = volume, .mask = mask, .initial = volume, .initial_mask = mask};
    size_t low[3] = {0}, high[3] = {0};
    bool change = false, resample = false;
    double spacing[3];
    ms_axis_map map[3];
    if (n_labels == 0) return ms_error_set(err, MS_EUSAGE, "features: no label of the mask was named");
    for (size_t i = 0; i < n_labels; i++) p.wanted[labels[i]] = labels[i] != 0;
    reading r = {.volume = volume,
                 .mask = mask,
                 .wanted = p.wanted,
                 .normalize = config->normalize,
                 .outliers = config->normalize_outliers,
                 .scale = config->normalize_scale};
    bool ordered = config->order[0] || config->order[1] || config->order[2];
    for (int a = 0; a < 3; a++) {
        size_t from = ordered ? config->order[a] : (size_t)a;
        r.order[a] = from;
        r.turn[a] = config->reversed[from];
        r.any_turn = r.any_turn || r.turn[a] || from != (size_t)a;
        r.n[a] = volume->geometry.n[from];
        r.spacing_mm[a] = volume->geometry.spacing_mm[from];
    }
    /* another grid, and a mask without the label, are said by ms_region_build */
    if (!ms_geometry_same(&volume->geometry, &mask->geometry) || !region_box(&r, low, high)) {
        *prepared = p;
        return MS_OK;
    }
    ms_status status = r.normalize ? measure(&r, err) : MS_OK;
    make_maps(config, &r, low, high, map, spacing, &change, &resample);
    if (status == MS_OK && change) status = build(config, &r, map, spacing, resample, labels[0], &p, err);
    if (status != MS_OK) {
        ms_prepared_clear(&p);
        return status;
    }
    if (change) {
        p.volume = NULL;
        p.mask = NULL;
    }
    *prepared = p;
    if (change) {
        prepared->volume = &prepared->own_volume;
        prepared->mask = &prepared->own_mask;
    }
    return MS_OK;
}

void ms_prepared_clear(ms_prepared *prepared) {
    ms_volume_clear(&prepared->own_volume);
    ms_mask_clear(&prepared->own_mask);
    *prepared = (ms_prepared){0};
}
