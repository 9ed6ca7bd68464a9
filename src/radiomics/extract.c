/* radiomics/extract.c: all features of a region: images in parallel, each filtered, discretised and measured
 * on its own; or, when there are few, one image after the other and its families in parallel. */
#include "radiomics/radiomics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct extraction {
    const ms_feature_config *config;
    const ms_region *region;
    const ms_prepared *prepared;
    const ms_image_spec *specs;
    const ms_block *blocks;
    size_t n_blocks;
    const uint8_t *in; /* [box]: the region's voxels that resegmentation leaves, in every image */
    size_t left;       /* how many */
    ms_feature_set *set;
} extraction;

static ms_family_compute compute_of(ms_feature_family family) {
    static const struct {
        ms_feature_family family;
        ms_family_compute compute;
    } table[] = {{MS_FAMILY_SHAPE, ms_family_shape},
                 {MS_FAMILY_SHAPE2D, ms_family_shape2d},
                 {MS_FAMILY_FIRSTORDER, ms_family_firstorder},
                 {MS_FAMILY_GLCM, ms_family_glcm},
                 {MS_FAMILY_GLRLM, ms_family_glrlm},
                 {MS_FAMILY_GLSZM, ms_family_glszm},
                 {MS_FAMILY_GLDZM, ms_family_gldzm},
                 {MS_FAMILY_NGTDM, ms_family_ngtdm},
                 {MS_FAMILY_GLDM, ms_family_gldm},
                 {MS_FAMILY_LOCAL, ms_family_local},
                 {MS_FAMILY_HISTOGRAM, ms_family_histogram},
                 {MS_FAMILY_IVH, ms_family_ivh},
                 {MS_FAMILY_DIAGNOSTICS, ms_family_diagnostics}};
    for (size_t i = 0; i < MS_COUNT(table); i++) {
        if (table[i].family == family) return table[i].compute;
    }
    return NULL;
}

/* Copies the rows that have a column; a value that is not finite is missing. */
static void store(const extraction *x, const ms_block *block, const double *values,
                  const char *const *reasons) {
    size_t column = block->first_column;
    for (size_t r = 0; r < block->rows; r++) {
        if (!ms_row_wanted(x->config, block->first_row + r)) continue;
        bool missing = reasons[r] || !isfinite(values[r]);
        x->set->values[column] = missing ? (double)NAN : values[r];
        x->set->reasons[column] = !missing ? NULL : reasons[r] ? reasons[r] : ms_reason_undefined;
        column++;
    }
}

/* One image: its blocks, and what they are made from. */
typedef struct image_run {
    const extraction *x;
    ms_family_input input;
    const char *why; /* set when the image could not be discretised */
    size_t first, n; /* its blocks */
} image_run;

static ms_status run_block(void *context, size_t i, ms_error *err) {
    const image_run *run = context;
    const extraction *x = run->x;
    const ms_block *block = &x->blocks[run->first + i];
    ms_family_input input = run->input;
    double values[64];
    const char *reasons[64];
    const ms_feature_entry *first = &ms_feature_catalogue[block->first_row];
    const char *all = NULL;
    if (block->info->levels && !input.levels) all = run->why;
    if (first->dimensions == 3 && x->region->flat && !x->config->as_pyradiomics) all = ms_reason_needs_3d;
    if (first->dimensions == 2 && !x->region->flat) all = ms_reason_needs_2d;
    for (size_t r = 0; r < MS_COUNT(values); r++) {
        values[r] = (double)NAN;
        reasons[r] = all;
    }
    input.aggregation = block->aggregation;
    ms_status status = all ? MS_OK : compute_of(block->info->family)(&input, values, reasons, err);
    if (status == MS_OK) store(x, block, values, reasons);
    return status;
}

/* The bounds of resegmentation in the image's unit; NaN: none. */
static void bounds(const ms_feature_config *config, const ms_region *r, const double *values,
                   double bound[2]) {
    double sum = 0, squares = 0, max = -INFINITY, n = (double)r->voxels;
    for (int b = 0; b < 2; b++) bound[b] = config->resegment_hu[b];
    if (config->resegment_mode == MS_RESEGMENT_ABSOLUTE) return;
    for (size_t v = 0; v < r->box; v++) {
        if (!r->in[v]) continue;
        sum += values[v];
        max = fmax(max, values[v]);
    }
    double mean = sum / n;
    for (size_t v = 0; v < r->box; v++) squares += r->in[v] ? (values[v] - mean) * (values[v] - mean) : 0;
    bool sigma = config->resegment_mode == MS_RESEGMENT_SIGMA;
    for (int b = 0; b < 2; b++) bound[b] = sigma ? mean + bound[b] * sqrt(squares / n) : max * bound[b];
}

/* Marks the voxels that resegmentation by the original image leaves (IBSI 2.10, IF9H); the result is how
 * many. */
static size_t resegment(const ms_feature_config *config, const ms_region *r, const double *values,
                        uint8_t *in) {
    double bound[2], sum = 0, squares = 0, count = 0;
    size_t left = 0;
    bounds(config, r, values, bound);
    for (size_t v = 0; v < r->box; v++) {
        in[v] = r->in[v] && !(values[v] < bound[0]) && !(values[v] > bound[1]);
        if (!in[v]) continue;
        sum += values[v];
        count += 1;
    }
    if (config->resegment_sigma > 0 && count > 0) {
        double mean = sum / count;
        for (size_t v = 0; v < r->box; v++) squares += in[v] ? (values[v] - mean) * (values[v] - mean) : 0;
        double reach = config->resegment_sigma * sqrt(squares / count);
        for (size_t v = 0; v < r->box; v++) in[v] = in[v] && fabs(values[v] - mean) <= reach;
    }
    for (size_t v = 0; v < r->box; v++) left += in[v];
    return left;
}

/* The blocks of an image lie together. */
static ms_status run_blocks(const extraction *x, size_t image, const ms_family_input *input, const char *why,
                            ms_error *err) {
    image_run run = {.x = x, .input = *input, .why = why, .first = x->n_blocks};
    for (size_t b = x->n_blocks; b-- > 0;) {
        if (x->blocks[b].image != image) continue;
        run.first = b;
        run.n++;
    }
    return ms_parallel_for(run.n, run_block, &run, err);
}

static void all_missing(const extraction *x, size_t image, const char *why) {
    double nothing[64];
    const char *reasons[64];
    for (size_t r = 0; r < 64; r++) {
        nothing[r] = (double)NAN;
        reasons[r] = why;
    }
    for (size_t b = 0; b < x->n_blocks; b++) {
        if (x->blocks[b].image == image) store(x, &x->blocks[b], nothing, reasons);
    }
}

/* pyradiomics (ITK) has no Laplacian of Gaussian of an image of fewer than four voxels along an axis. */
static bool too_small(const extraction *x, const ms_image_spec *spec) {
    const size_t *n = x->region->volume->geometry.n;
    return spec->kind == MS_IMAGE_LOG && x->config->as_pyradiomics && (n[0] < 4 || n[1] < 4 || n[2] < 4);
}

/* Bins that this kind of image has of its own. */
static void image_bins(ms_feature_image kind, ms_feature_config *config) {
    size_t bit = 0;
    while ((unsigned)kind >> bit > 1) bit++;
    if (bit >= MS_COUNT(config->image_bin_width)) return;
    if (config->image_bin_width[bit] > 0) {
        config->bin_width = config->image_bin_width[bit];
        config->bin_count = 0;
    }
    if (config->image_bin_count[bit] > 0) config->bin_count = config->image_bin_count[bit];
}

static ms_status run_image(void *context, size_t image, ms_error *err) {
    const extraction *x = context;
    const ms_region *r = x->region;
    double *values = ms_calloc(r->box, sizeof *values);
    ms_levels levels = {0};
    const char *why = NULL;
    ms_feature_config config = *x->config;
    image_bins(x->specs[image].kind, &config);
    ms_status status = values ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK && too_small(x, &x->specs[image])) {
        all_missing(x, image, ms_reason_too_small);
        goto cleanup;
    }
    if (status == MS_OK) status = ms_filter_apply(r, &x->specs[image], values, err);
    if (status != MS_OK) goto cleanup;
    for (size_t v = 0; v < r->box && !why; v++) {
        if (x->in[v] && !isfinite(values[v])) why = ms_reason_undefined;
    }
    if (why) {
        all_missing(x, image, why);
        goto cleanup;
    }
    if (x->left == 0) {
        all_missing(x, image, ms_reason_empty_intensity);
        goto cleanup;
    }
    status = ms_levels_build(r->n, values, x->in, r->in_plane, &config, config.resegment_hu[0], &levels, &why,
                             err);
    if (status == MS_OK && why && x->specs[image].kind == MS_IMAGE_ORIGINAL) {
        status = ms_error_set(
            err, MS_EINPUT,
            "bin_width %g gives more than %d grey levels in this region: use wider bins or a bin_count",
            config.bin_width, MS_MAX_LEVELS);
    }
    ms_family_input input = {.config = x->config,
                             .region = r,
                             .values = values,
                             .in = x->in,
                             .levels = why ? NULL : &levels,
                             .prepared = x->prepared};
    if (status == MS_OK) status = run_blocks(x, image, &input, why, err);
cleanup:
    ms_levels_clear(&levels);
    free(values);
    return status;
}

/* Many images keep all threads busy by themselves. Few are filtered one after the other, and their families
 * computed in parallel. */
static ms_status run_images(extraction *x, size_t n, ms_error *err) {
    enum { MANY = 8 };
    ms_status status = MS_OK;
    if (n >= MANY || n >= ms_threads_get()) return ms_parallel_for(n, run_image, x, err);
    for (size_t image = 0; image < n && status == MS_OK; image++) status = run_image(x, image, err);
    return status;
}

static ms_status extract(const ms_prepared *prepared, ms_region *region, const ms_feature_config *config,
                         ms_feature_set *set, ms_error *err) {
    ms_image_spec specs[MS_MAX_IMAGES];
    size_t n_specs = ms_config_images(config, specs), n_blocks = 0, columns = 0;
    ms_block *blocks = NULL;
    double *original = ms_calloc(region->box, sizeof *original);
    uint8_t *in = ms_calloc(region->box, 1);
    ms_status status = original && in ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) status = ms_filter_original(region, NULL, original, err);
    if (status == MS_OK) status = ms_config_blocks(config, n_specs, &blocks, &n_blocks, &columns, err);
    if (status == MS_OK) {
        size_t left = resegment(config, region, original, in);
        if (config->resegment_shape && left > 0) {
            memcpy(region->in, in, region->box);
            region->voxels = left;
        }
        extraction x = {config, region, prepared, specs, blocks, n_blocks, in, left, set};
        status = run_images(&x, n_specs, err);
    }
    free(blocks);
    free(original);
    free(in);
    return status;
}

/* Images that are scaled by the largest value of the whole. */
enum { POINTWISE = MS_IMAGE_SQUARE | MS_IMAGE_SQUAREROOT | MS_IMAGE_LOGARITHM | MS_IMAGE_EXPONENTIAL };

ms_status ms_features_extract(const ms_volume *volume, const ms_mask *mask, const uint8_t *labels,
                              size_t n_labels, const ms_feature_config *config, ms_feature_set *set,
                              ms_error *err) {
    ms_feature_set made = {0};
    ms_region region = {0};
    ms_prepared prepared = {0};
    ms_status status = ms_feature_names(config, &made, err);
    if (status == MS_OK) status = ms_prepare(volume, mask, labels, n_labels, config, &prepared, err);
    if (status == MS_OK) {
        status =
            ms_region_build(prepared.volume, prepared.mask, labels, n_labels, config->force2d, &region, err);
    }
    region.as_pyradiomics = config->as_pyradiomics;
    if (status == MS_OK && (config->images & POINTWISE)) status = ms_region_find_max(&region, err);
    if (status == MS_OK) status = extract(&prepared, &region, config, &made, err);
    if (status == MS_OK) {
        *set = made;
        made = (ms_feature_set){0};
    }
    ms_region_clear(&region);
    ms_prepared_clear(&prepared);
    ms_feature_set_clear(&made);
    return status;
}
