/* radiomics/sheet.c: the parameter sheet of a table of features: what was done, with every parameter, and
 * which items of the checklists CLEAR and METRICS it answers. Item numbers and titles are those of CLEAR 1.0
 * (Kocak et al., Insights Imaging 2023;14:75) and METRICS 1.0 (Kocak et al., Insights Imaging 2024;15:8,
 * table 1). */
#include "radiomics/radiomics.h"

#include "radiomics/filter.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Adds to `object`, and does nothing once something failed: a long record stays a list. */
typedef struct record {
    cJSON *object;
    ms_status status;
    ms_error *err;
} record;

static void text(record *r, const char *key, const char *value) {
    if (r->status == MS_OK) r->status = ms_json_add_text(r->object, key, value, r->err);
}

static void number(record *r, const char *key, double value) {
    if (r->status == MS_OK) r->status = ms_json_add_number(r->object, key, value, r->err);
}

static void yes_no(record *r, const char *key, bool value) {
    if (r->status == MS_OK) r->status = ms_json_add_bool(r->object, key, value, r->err);
}

static void numbers(record *r, const char *key, const double *values, size_t n) {
    if (r->status == MS_OK) r->status = ms_json_add_numbers(r->object, key, values, n, r->err);
}

static record object(record *r, const char *key) {
    record child = {.status = r->status, .err = r->err};
    if (r->status == MS_OK)
        child.status = r->status = ms_json_add_object(r->object, key, &child.object, r->err);
    return child;
}

static record array(record *r, const char *key) {
    record child = {.status = r->status, .err = r->err};
    if (r->status == MS_OK)
        child.status = r->status = ms_json_add_array(r->object, key, &child.object, r->err);
    return child;
}

static record item(record *list) {
    record child = {.status = list->status, .err = list->err};
    if (list->status != MS_OK) return child;
    child.object = cJSON_CreateObject();
    if (!child.object || !cJSON_AddItemToArray(list->object, child.object)) {
        cJSON_Delete(child.object);
        child.object = NULL;
        child.status = list->status = ms_error_nomem(list->err);
    }
    return child;
}

static void done(record *r, const record *child) {
    if (r->status == MS_OK) r->status = child->status;
}

static void preprocessing(record *sheet, const ms_feature_config *c) {
    record p = object(sheet, "preprocessing"), r = object(&p, "resampling"), g = object(&p, "resegmentation");
    static const char *const kinds[] = {"linear", "cubic B-spline", "nearest neighbour"};
    bool resample = c->spacing_mm[0] > 0 || c->spacing_mm[1] > 0 || c->spacing_mm[2] > 0;
    yes_no(&r, "done", resample);
    if (resample) {
        numbers(&r, "voxel_mm", c->spacing_mm, 3);
        text(&r, "voxel_mm_0_means", "the axis is left as it is");
        text(&r, "image", kinds[c->interpolation]);
        text(&r, "mask", c->as_pyradiomics ? "nearest neighbour" : "linear, inside from one half");
        text(&r, "grid", c->as_pyradiomics ? "shares the first voxel's corner" : "shares the image's centre");
        yes_no(&r, "rounded_to_whole_hu", c->round_resampled);
        if (c->as_pyradiomics) number(&r, "pad_voxels", (double)c->pad_voxels);
    }
    yes_no(&p, "cropped_to_region_first", c->crop_first);
    record n = object(&p, "intensity_normalisation");
    yes_no(&n, "done", c->normalize);
    if (c->normalize) {
        text(&n, "method", "less the mean of the image, over its standard deviation (n - 1), times scale");
        number(&n, "scale", c->normalize_scale);
        number(&n, "outliers_beyond_sd", c->normalize_outliers > 0 ? c->normalize_outliers : (double)NAN);
    }
    static const char *const modes[] = {"HU", "parts of the region's maximum",
                                        "standard deviations from the region's mean"};
    numbers(&g, "range", c->resegment_hu, 2);
    text(&g, "range_is_in", modes[c->resegment_mode]);
    number(&g, "within_sd_of_mean", c->resegment_sigma > 0 ? c->resegment_sigma : (double)NAN);
    yes_no(&g, "shape_too", c->resegment_shape);
    text(&p, "noise_reduction", "none");
    text(&p, "bias_field_correction", "none");
    text(&p, "axes", c->as_pyradiomics ? "as stored in the file" : "turned to left, back, head");
    const record *all[] = {&r, &n, &g};
    for (size_t i = 0; i < MS_COUNT(all); i++) done(&p, all[i]);
    done(sheet, &p);
}

static void discretisation(record *sheet, const ms_feature_config *c) {
    record d = object(sheet, "discretisation");
    bool ibsi = c->convention == MS_CONVENTION_IBSI;
    text(&d, "method", c->bin_count > 0 ? "fixed bin number" : "fixed bin width");
    if (c->bin_count > 0) {
        number(&d, "bins", (double)c->bin_count);
        text(&d, "first_level", "the region's minimum; the last one ends at its maximum");
    } else {
        number(&d, "bin_width", c->bin_width);
        text(&d, "first_level",
             ibsi ? "the lower bound of the resegmentation range, else the region's minimum"
                  : "edges are multiples of the width; the region's minimum is in level 1");
    }
    for (size_t bit = 0; bit < MS_COUNT(c->image_bin_width) && d.status == MS_OK; bit++) {
        if (!(c->image_bin_width[bit] > 0) && c->image_bin_count[bit] == 0) continue;
        static const char *const kinds[] = {"original",  "wavelet",     "log",      "square", "squareroot",
                                            "logarithm", "exponential", "gradient", "lbp2d",  "lbp3d"};
        if (bit >= MS_COUNT(kinds)) break;
        record own = object(&d, kinds[bit]);
        if (c->image_bin_count[bit] > 0)
            number(&own, "bins", (double)c->image_bin_count[bit]);
        else
            number(&own, "bin_width", c->image_bin_width[bit]);
        done(&d, &own);
    }
    number(&d, "most_levels", MS_MAX_LEVELS);
    if (ibsi) {
        number(&d, "ivh_bin_width", c->ivh_bin_width > 0 ? c->ivh_bin_width : 1);
        number(&d, "ivh_bins", c->ivh_bin_count > 0 ? (double)c->ivh_bin_count : (double)NAN);
    }
    done(sheet, &d);
}

static void filter(record *image, const ms_feature_filter *f) {
    text(image, "filter", ms_filter_kinds[f->kind]);
    text(image, "boundary", ms_filter_boundaries[f->boundary]);
    text(image, "rotations", ms_filter_poolings[f->pooling]);
    yes_no(image, "by_slice", f->by_slice);
    if (f->kernels[0]) text(image, "kernels", f->kernels);
    if (f->family[0]) text(image, "family", f->family);
    if (f->size > 0) number(image, "size", (double)f->size);
    if (f->level > 0) number(image, "level", (double)f->level);
    if (f->energy) number(image, "energy_delta", (double)f->energy_delta);
    if (f->sigma_mm > 0) number(image, "sigma_mm", f->sigma_mm);
    if (f->truncate > 0) number(image, "truncate", f->truncate);
    if (f->kind == MS_FILTER_RIESZ_LAPLACIAN || f->kind == MS_FILTER_RIESZ_SIMONCELLI) {
        double order[3] = {(double)f->order[0], (double)f->order[1], (double)f->order[2]};
        numbers(image, "order", order, 3);
    }
    if (f->kind == MS_FILTER_GABOR) {
        number(image, "lambda_mm", f->lambda_mm);
        number(image, "gamma", f->gamma);
        number(image, "theta_deg", f->theta_deg);
        number(image, "theta_step_deg", f->theta_step_deg);
        yes_no(image, "three_planes", f->three_planes);
        text(image, "response", ms_filter_responses[f->response]);
    }
}

static void one_image(record *list, const ms_feature_config *c, const ms_image_spec *spec) {
    record image = item(list);
    text(&image, "name", spec->name);
    switch (spec->kind) {
    case MS_IMAGE_FILTER:
        filter(&image, &spec->filter);
        break;
    case MS_IMAGE_WAVELET:
        text(&image, "filter", "stationary wavelet, Coiflet 1, periodic");
        number(&image, "level", spec->level);
        yes_no(&image, "in_the_slice", c->force2d);
        break;
    case MS_IMAGE_LOG:
        text(&image, "filter", "Laplacian of Gaussian, recursive, times sigma^2, border repeated");
        number(&image, "sigma_mm", spec->sigma_mm);
        yes_no(&image, "in_the_slice", spec->in_plane);
        break;
    case MS_IMAGE_LBP2D:
    case MS_IMAGE_LBP3D:
        text(&image, "filter",
             spec->kind == MS_IMAGE_LBP2D ? "local binary patterns of each slice"
                                          : "local binary patterns on a sphere");
        number(&image, "radius_voxels", spec->radius);
        number(&image, spec->kind == MS_IMAGE_LBP2D ? "samples" : "subdivisions", spec->samples);
        break;
    default:
        break;
    }
    done(list, &image);
}

static void images(record *sheet, const ms_feature_config *c) {
    ms_image_spec specs[MS_MAX_IMAGES];
    size_t n = ms_config_images(c, specs);
    record list = array(sheet, "images");
    for (size_t i = 0; i < n; i++) one_image(&list, c, &specs[i]);
    done(sheet, &list);
}

/* Families with their columns, counted over all images and aggregations. */
static void features(record *sheet, const ms_feature_config *c) {
    ms_image_spec specs[MS_MAX_IMAGES];
    ms_block *blocks = NULL;
    size_t n = ms_config_images(c, specs), n_blocks = 0, columns = 0, counted = 0;
    record f = object(sheet, "features"), families = object(&f, "families");
    if (f.status == MS_OK) f.status = ms_config_blocks(c, n, &blocks, &n_blocks, &columns, f.err);
    for (size_t k = 0; k < ms_n_families && f.status == MS_OK; k++) {
        size_t first = columns, sum = 0;
        for (size_t b = 0; b < n_blocks; b++) {
            if (blocks[b].info != &ms_families[k]) continue;
            size_t next = columns;
            for (size_t other = 0; other < n_blocks; other++) {
                if (blocks[other].first_column > blocks[b].first_column && blocks[other].first_column < next)
                    next = blocks[other].first_column;
            }
            sum += next - blocks[b].first_column;
            first = blocks[b].first_row;
        }
        if (sum > 0) number(&families, ms_feature_catalogue[first].family_name, (double)sum);
        counted += sum;
    }
    done(&f, &families);
    number(&f, "total", (double)counted);
    free(blocks);
    static const char *const weights[] = {
        "features of each direction, averaged", "one matrix of all directions",
        "one matrix of all directions, weighted by distance (largest component)",
        "one matrix of all directions, weighted by distance (Euclidean)",
        "one matrix of all directions, weighted by distance (Manhattan)"};
    text(&f, "definitions",
         c->convention == MS_CONVENTION_IBSI
             ? "IBSI reference manual (Zwanenburg et al., Radiology 2020;295:328)"
             : "pyradiomics 3.0.1 (van Griethuysen et al., Cancer Res 2017;77:e104)");
    text(&f, "dimensions",
         c->force2d ? "neighbours and filters within the slice"
                    : "3D; a region within one slice is measured in 2D");
    if (c->convention == MS_CONVENTION_PYRADIOMICS) text(&f, "directions", weights[c->weights]);
    double distances[MS_FEATURE_MAX_DISTANCES];
    for (size_t i = 0; i < c->n_distances; i++) distances[i] = c->distances[i];
    numbers(&f, "neighbour_distances_voxels", distances, c->n_distances);
    number(&f, "dependence_alpha", c->ngldm_alpha);
    number(&f, "array_shift", c->array_shift);
    text(
        &f, "formulas",
        "docs/features.md of this version; `myosurv features --catalogue` lists names, IBSI codes and units");
    done(sheet, &f);
}

static void inputs(record *sheet, const ms_sheet_input *list_of, size_t n) {
    record list = array(sheet, "inputs");
    for (size_t i = 0; i < n; i++) {
        record one = item(&list);
        text(&one, "role", list_of[i].role);
        text(&one, "sha256", list_of[i].sha256);
        done(&list, &one);
    }
    done(sheet, &list);
}

static void checklists(record *sheet) {
    static const struct {
        const char *checklist;
        int number;
        const char *title, *where;
    } items[] = {
        {"CLEAR", 21, "Image pre-processing details", "preprocessing"},
        {"CLEAR", 22, "Resampling method and its parameters", "preprocessing.resampling"},
        {"CLEAR", 23, "Discretization method and its parameters", "discretisation"},
        {"CLEAR", 24, "Image types (e.g., original, filtered, transformed)", "images"},
        {"CLEAR", 25, "Feature extraction method", "software, features"},
        {"CLEAR", 26, "Feature classes", "features.families"},
        {"CLEAR", 27, "Number of features", "features.total"},
        {"CLEAR", 28, "Default configuration statement for remaining parameters", "remaining_parameters"},
        {"METRICS", 11, "Appropriate use of image preprocessing techniques with transparent description",
         "preprocessing, discretisation"},
        {"METRICS", 12, "Use of standardized feature extraction software", "software"},
        {"METRICS", 13,
         "Transparent reporting of feature extraction parameters, otherwise providing a default "
         "configuration statement",
         "features, remaining_parameters"},
    };
    record list = array(sheet, "answers");
    for (size_t i = 0; i < MS_COUNT(items); i++) {
        record one = item(&list);
        text(&one, "checklist", items[i].checklist);
        number(&one, "item", items[i].number);
        text(&one, "title", items[i].title);
        text(&one, "where", items[i].where);
        done(&list, &one);
    }
    done(sheet, &list);
    text(sheet, "not_answered_here",
         "whether the choices are right for the study; the other items of both checklists");
}

ms_status ms_feature_sheet(const ms_feature_config *config, const char *table, const ms_sheet_input *files,
                           size_t n_files, cJSON **out, ms_error *err) {
    ms_status status = ms_feature_config_check(config, err);
    if (status != MS_OK) return status;
    record sheet = {.object = cJSON_CreateObject(), .err = err};
    if (!sheet.object) return ms_error_nomem(err);
    text(&sheet, "what", "parameters of a table of radiomics features");
    text(&sheet, "table", table);
    record software = object(&sheet, "software");
    text(&software, "name", "myosurv");
    text(&software, "version", ms_version());
    text(&software, "standard",
         "IBSI 1 and 2: `myosurv selftest ibsi DIR` compares all reference values (docs/features.md)");
    done(&sheet, &software);
    text(&sheet, "preset", config->preset);
    preprocessing(&sheet, config);
    discretisation(&sheet, config);
    images(&sheet, config);
    features(&sheet, config);
    text(&sheet, "missing_values",
         "empty cells; the reasons are in `--format long` or `json`, their words in docs/features.md");
    text(&sheet, "remaining_parameters",
         "every parameter that is not named here has the default of this preset and version");
    inputs(&sheet, files, n_files);
    checklists(&sheet);
    if (sheet.status == MS_OK)
        *out = sheet.object;
    else
        cJSON_Delete(sheet.object);
    return sheet.status;
}

ms_status ms_feature_sheet_write(const ms_feature_config *config, const char *table,
                                 const ms_sheet_input *files, size_t n_files, const char *path,
                                 ms_error *err) {
    cJSON *sheet = NULL;
    ms_status status = ms_feature_sheet(config, table, files, n_files, &sheet, err);
    if (status == MS_OK) status = ms_json_write(sheet, path, err);
    cJSON_Delete(sheet);
    return status;
}

bool ms_feature_sheet_path(const char *table, char *path, size_t size) {
    size_t length = strlen(table);
    const char *base = strrchr(table, '/'), *dot = strrchr(table, '.');
    if (dot && dot > (base ? base : table)) length = (size_t)(dot - table);
    return ms_text_format(path, size, "%.*s.parameters.json", (int)length, table);
}
