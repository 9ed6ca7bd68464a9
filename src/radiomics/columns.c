/* radiomics/columns.c: from a configuration to its images, blocks and column names. No image is needed, so
 * that the columns are the same for every case. */
#include "radiomics/radiomics.h"

#include "radiomics/filter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const ms_family_info ms_families[] = {
    {MS_FAMILY_SHAPE, .once = true},
    {MS_FAMILY_SHAPE2D, .once = true},
    {MS_FAMILY_LOCAL, .once = true},
    {MS_FAMILY_FIRSTORDER, .levels = false},
    {MS_FAMILY_HISTOGRAM, .levels = true},
    {MS_FAMILY_IVH, .levels = false},
    {MS_FAMILY_GLCM, .levels = true, .directed = true},
    {MS_FAMILY_GLRLM, .levels = true, .directed = true},
    {MS_FAMILY_GLSZM, .levels = true, .zonal = true},
    {MS_FAMILY_GLDZM, .levels = true, .zonal = true},
    {MS_FAMILY_NGTDM, .levels = true, .zonal = true},
    {MS_FAMILY_GLDM, .levels = true, .zonal = true},
    {MS_FAMILY_DIAGNOSTICS, .once = true},
};
const size_t ms_n_families = MS_COUNT(ms_families);

static void add_image(ms_image_spec *specs, size_t *n, ms_feature_image kind, const char *name) {
    specs[*n] = (ms_image_spec){.kind = kind};
    (void)ms_text_format(specs[*n].name, sizeof specs[*n].name, "%s", name);
    (*n)++;
}

/* The letters are the axes x, y (and z); L low-pass, H high-pass. The approximation comes last, as in
 * pyradiomics. */
static void add_wavelets(const ms_feature_config *config, ms_image_spec *specs, size_t *n) {
    int axes = config->force2d ? 2 : 3;
    int levels =
        config->force2d && !config->as_pyradiomics ? 2 : 1; /* pyradiomics has 4 bands in the plane */
    for (int level = 1; level <= levels; level++) {
        for (int code = 1; code <= 1 << axes; code++) {
            int letters = code == 1 << axes ? 0 : code; /* bit axes-1 is the first letter */
            char text[4] = "";
            ms_image_spec *spec = &specs[*n];
            *spec = (ms_image_spec){.kind = MS_IMAGE_WAVELET, .level = level, .in_plane = config->force2d};
            for (int a = 0; a < axes; a++) {
                bool high = (letters >> (axes - 1 - a) & 1) != 0;
                text[a] = high ? 'H' : 'L';
                if (high) spec->band |= 1 << a;
            }
            (void)ms_text_format(spec->name, sizeof spec->name, "wavelet%s-%s", level == 2 ? "2" : "", text);
            (*n)++;
        }
    }
}

/* "log-sigma-1-0-mm-3D" for 1 mm, as pyradiomics writes Python's str(1.0). */
static void add_logs(const ms_feature_config *config, ms_image_spec *specs, size_t *n) {
    bool plane = config->force2d && !config->as_pyradiomics;
    for (size_t s = 0; s < config->n_log_sigma; s++) {
        char number[32];
        ms_format_number(number, config->log_sigma_mm[s]);
        bool whole = strchr(number, '.') == NULL;
        for (char *c = number; *c; c++) {
            if (*c == '.') *c = '-';
        }
        ms_image_spec *spec = &specs[*n];
        *spec = (ms_image_spec){.kind = MS_IMAGE_LOG, .sigma_mm = config->log_sigma_mm[s], .in_plane = plane};
        (void)ms_text_format(spec->name, sizeof spec->name, "log-sigma-%.16s%s-mm-%s", number,
                             whole ? "-0" : "", plane ? "2D" : "3D");
        (*n)++;
    }
}

/* "lbp-2D"; "lbp-3D-m1", ... and "lbp-3D-k". */
static void add_lbp(const ms_feature_config *config, ms_image_spec *specs, size_t *n) {
    if (config->images & MS_IMAGE_LBP2D) {
        add_image(specs, n, MS_IMAGE_LBP2D, "lbp-2D");
        specs[*n - 1].radius = config->lbp2d_radius;
        specs[*n - 1].samples = (int)config->lbp2d_samples;
        specs[*n - 1].method = config->lbp2d_method;
    }
    if (!(config->images & MS_IMAGE_LBP3D)) return;
    for (size_t l = 1; l <= config->lbp3d_levels + 1; l++) {
        bool kurtosis = l > config->lbp3d_levels;
        ms_image_spec *spec = &specs[(*n)++];
        *spec = (ms_image_spec){.kind = MS_IMAGE_LBP3D,
                                .level = kurtosis ? 0 : (int)l,
                                .radius = config->lbp3d_radius,
                                .samples = (int)config->lbp3d_subdivisions};
        (void)ms_text_format(spec->name, sizeof spec->name, kurtosis ? "lbp-3D-k" : "lbp-3D-m%zu", l);
    }
}

size_t ms_config_images(const ms_feature_config *config, ms_image_spec specs[MS_MAX_IMAGES]) {
    static const struct {
        ms_feature_image kind;
        const char *name;
    } point[] = {{MS_IMAGE_SQUARE, "square"},
                 {MS_IMAGE_SQUAREROOT, "squareroot"},
                 {MS_IMAGE_LOGARITHM, "logarithm"},
                 {MS_IMAGE_EXPONENTIAL, "exponential"},
                 {MS_IMAGE_GRADIENT, "gradient"}};
    size_t n = 0;
    if (config->images & MS_IMAGE_ORIGINAL) add_image(specs, &n, MS_IMAGE_ORIGINAL, "original");
    if (config->images & MS_IMAGE_WAVELET) add_wavelets(config, specs, &n);
    if (config->images & MS_IMAGE_LOG) add_logs(config, specs, &n);
    for (size_t i = 0; i < MS_COUNT(point); i++) {
        if (config->images & (unsigned)point[i].kind) add_image(specs, &n, point[i].kind, point[i].name);
    }
    for (size_t f = 0; f < config->n_filters; f++) {
        specs[n] = (ms_image_spec){.kind = MS_IMAGE_FILTER, .filter = config->filters[f]};
        ms_filter_name(&config->filters[f], config->force2d, specs[n++].name);
    }
    add_lbp(config, specs, &n);
    return n;
}

/* The aggregations a family is computed with. */
static size_t aggregations(const ms_feature_config *config, const ms_family_info *info,
                           ms_aggregation list[4]) {
    bool ibsi = config->convention == MS_CONVENTION_IBSI,
         merged = !ibsi && info->directed && config->weights != MS_WEIGHTS_AVERAGE;
    size_t n = 0;
    if (!info->directed && !info->zonal) {
        list[n++] = MS_AGGREGATE_3D_COMB;
    } else if (config->force2d) {
        if (ibsi && info->directed) list[n++] = MS_AGGREGATE_2D_AVG;
        if (ibsi) list[n++] = MS_AGGREGATE_2D_COMB;
        if (info->directed && !merged) list[n++] = MS_AGGREGATE_25D_AVG;
        if (ibsi || info->zonal || merged) list[n++] = MS_AGGREGATE_25D_COMB;
    } else {
        if (info->directed && !merged) list[n++] = MS_AGGREGATE_3D_AVG;
        if (ibsi || info->zonal || merged) list[n++] = MS_AGGREGATE_3D_COMB;
    }
    return n;
}

static size_t named_rows(const ms_feature_config *config, size_t first, size_t rows) {
    size_t n = 0;
    for (size_t r = first; r < first + rows; r++) {
        if (ms_row_wanted(config, r)) n++;
    }
    return n;
}

ms_status ms_config_blocks(const ms_feature_config *config, size_t n_specs, ms_block **blocks,
                           size_t *n_blocks, size_t *columns, ms_error *err) {
    ms_block *list = ms_calloc(n_specs * ms_n_families * 4, sizeof *list);
    if (!list) return ms_error_nomem(err);
    size_t n = 0, column = 0;
    for (size_t i = 0; i < n_specs; i++) {
        for (size_t f = 0; f < ms_n_families; f++) {
            const ms_family_info *info = &ms_families[f];
            if (!(config->families & (unsigned)info->family)) continue;
            if (info->once && i > 0) continue;
            ms_aggregation list_of[4];
            size_t n_aggregations = aggregations(config, info, list_of);
            for (size_t a = 0; a < n_aggregations; a++) {
                ms_block *block = &list[n];
                *block =
                    (ms_block){.image = i, .info = info, .aggregation = list_of[a], .first_column = column};
                block->rows = ms_catalogue_family(info->family, &block->first_row);
                size_t named = named_rows(config, block->first_row, block->rows);
                if (named == 0) continue;
                column += named;
                n++;
            }
        }
    }
    *blocks = list;
    *n_blocks = n;
    *columns = column;
    return MS_OK;
}

static const char *suffix(const ms_block *block) {
    static const char *const directed[] = {"_2D_avg",    "_2D_comb", "_2_5D_avg",
                                           "_2_5D_comb", "_3D_avg",  "_3D_comb"};
    static const char *const zonal[] = {"", "_2D", "", "_2_5D", "", "_3D"};
    if (block->info->directed) return directed[block->aggregation];
    return block->info->zonal ? zonal[block->aggregation] : "";
}

static char *column_name(const ms_feature_config *config, const ms_image_spec *spec, const ms_block *block,
                         const ms_feature_entry *row) {
    char text[160];
    /* Shape is of the mask, not of an image; pyradiomics calls it original all the same. */
    const char *image = block->info->once ? "original" : spec->name;
    bool filtered = spec->kind == MS_IMAGE_FILTER && !block->info->once;
    bool fits =
        config->convention == MS_CONVENTION_IBSI
            ? ms_text_format(text, sizeof text, "%s%s%s%s", filtered ? spec->name : "", filtered ? "_" : "",
                             row->ibsi_tag, suffix(block))
            : ms_text_format(text, sizeof text, "%s_%s_%s", image, row->family_name, row->pyradiomics);
    return fits ? ms_strdup(text) : NULL;
}

ms_status ms_feature_names(const ms_feature_config *config, ms_feature_set *set, ms_error *err) {
    ms_status status = ms_feature_config_check(config, err);
    if (status != MS_OK) return status;
    ms_image_spec specs[MS_MAX_IMAGES];
    size_t n_specs = ms_config_images(config, specs), n_blocks = 0, columns = 0;
    ms_block *blocks = NULL;
    status = ms_config_blocks(config, n_specs, &blocks, &n_blocks, &columns, err);
    if (status != MS_OK) return status;
    ms_feature_set made = {.n = columns,
                           .names = ms_calloc(columns, sizeof *made.names),
                           .values = ms_calloc(columns, sizeof *made.values),
                           .reasons = ms_calloc(columns, sizeof *made.reasons)};
    if (!made.names || !made.values || !made.reasons) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    for (size_t b = 0; b < n_blocks; b++) {
        size_t column = blocks[b].first_column;
        for (size_t r = blocks[b].first_row; r < blocks[b].first_row + blocks[b].rows; r++) {
            const ms_feature_entry *row = &ms_feature_catalogue[r];
            if (!ms_row_wanted(config, r)) continue;
            made.names[column] = column_name(config, &specs[blocks[b].image], &blocks[b], row);
            if (!made.names[column]) {
                status = ms_error_nomem(err);
                goto cleanup;
            }
            made.values[column] = (double)NAN;
            made.reasons[column++] = ms_reason_not_computed;
        }
    }
    *set = made;
    made = (ms_feature_set){0};
cleanup:
    ms_feature_set_clear(&made);
    free(blocks);
    return status;
}

void ms_feature_set_clear(ms_feature_set *set) {
    if (!set) return;
    for (size_t i = 0; set->names && i < set->n; i++) free(set->names[i]);
    free(set->names);
    free(set->values);
    free(set->reasons);
    *set = (ms_feature_set){0};
}
