/* radiomics/config_yaml.c: a configuration from a parameter file of pyradiomics 3 (YAML: imageType,
 * featureClass, setting), as it is. An unknown key or feature is an error that names it, as in pyradiomics;
 * what is known there and not here, or has no effect, is an error or a warning with its name. */
#include "radiomics/config_yaml.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

typedef struct reader {
    yaml_document_t document;
    const char *name; /* of the file */
    ms_feature_config *c;
    ms_error *err;
} reader;

static ms_status refuse(const reader *r, const yaml_node_t *node, const char *key, const char *what) {
    return ms_error_set(r->err, MS_EINPUT, "%s:%zu: %s: %s", r->name, node->start_mark.line + 1, key, what);
}

static const char *text_of(const yaml_node_t *node) {
    return node && node->type == YAML_SCALAR_NODE ? (const char *)node->data.scalar.value : NULL;
}

static bool is_null(const yaml_node_t *node) {
    static const char *const words[] = {"", "~", "null", "Null", "NULL", "None"};
    const char *text = text_of(node);
    if (!text || node->data.scalar.style != YAML_PLAIN_SCALAR_STYLE) return false;
    for (size_t i = 0; i < MS_COUNT(words); i++) {
        if (strcmp(text, words[i]) == 0) return true;
    }
    return false;
}

static bool as_number(const yaml_node_t *node, double *value) {
    const char *text = text_of(node);
    return text && ms_parse_number(text, value) && isfinite(*value);
}

static bool as_bool(const yaml_node_t *node, bool *value) {
    static const char *const words[2][6] = {{"false", "False", "FALSE", "no", "off", "No"},
                                            {"true", "True", "TRUE", "yes", "on", "Yes"}};
    const char *text = text_of(node);
    for (int which = 0; which < 2 && text; which++) {
        for (size_t i = 0; i < 6; i++) {
            if (strcmp(text, words[which][i]) != 0) continue;
            *value = which == 1;
            return true;
        }
    }
    return false;
}

/* A list of numbers (or one number): how many, or SIZE_MAX. */
static size_t as_numbers(reader *r, yaml_node_t *node, double *values, size_t most) {
    if (as_number(node, values)) return 1;
    size_t n = 0;
    if (node->type != YAML_SEQUENCE_NODE) return SIZE_MAX;
    for (yaml_node_item_t *i = node->data.sequence.items.start; i < node->data.sequence.items.top; i++) {
        if (n == most || !as_number(yaml_document_get_node(&r->document, *i), &values[n++])) return SIZE_MAX;
    }
    return n;
}

/* Calls `each` for the pairs of a mapping; a null is an empty mapping. */
typedef ms_status (*pair_reader)(reader *r, const char *key, yaml_node_t *value, void *context);
static ms_status each_pair(reader *r, const char *what, yaml_node_t *node, pair_reader each, void *context) {
    if (is_null(node)) return MS_OK;
    if (node->type != YAML_MAPPING_NODE) return refuse(r, node, what, "must be a mapping (key: value)");
    ms_status status = MS_OK;
    for (yaml_node_pair_t *p = node->data.mapping.pairs.start;
         p < node->data.mapping.pairs.top && status == MS_OK; p++) {
        const char *key = text_of(yaml_document_get_node(&r->document, p->key));
        yaml_node_t *value = yaml_document_get_node(&r->document, p->value);
        status = key ? each(r, key, value, context) : refuse(r, node, what, "a key is not a word");
    }
    return status;
}

/* ---- setting ---------------------------------------------------------------------------------------- */

static ms_status read_spacing(reader *r, const char *key, yaml_node_t *node) {
    double v[3];
    if (as_numbers(r, node, v, 3) != 3) return refuse(r, node, key, "must be three numbers: x, y, z in mm");
    for (int a = 0; a < 3; a++) r->c->spacing_mm[a] = v[a];
    return MS_OK;
}

static ms_status read_range(reader *r, const char *key, yaml_node_t *node) {
    double v[2];
    size_t n = as_numbers(r, node, v, 2);
    if (n != 1 && n != 2) return refuse(r, node, key, "must be one or two numbers");
    r->c->resegment_hu[0] = n == 2 ? fmin(v[0], v[1]) : v[0];
    r->c->resegment_hu[1] = n == 2 ? fmax(v[0], v[1]) : (double)NAN;
    return MS_OK;
}

static ms_status read_sigmas(reader *r, const char *key, yaml_node_t *node) {
    double v[MS_FEATURE_MAX_SIGMAS];
    size_t n = as_numbers(r, node, v, MS_FEATURE_MAX_SIGMAS);
    if (n > MS_FEATURE_MAX_SIGMAS) return refuse(r, node, key, "must be one to eight numbers, in mm");
    for (size_t i = 0; i < n; i++) r->c->log_sigma_mm[i] = v[i];
    r->c->n_log_sigma = n;
    return MS_OK;
}

static ms_status read_distances(reader *r, const char *key, yaml_node_t *node) {
    double v[MS_FEATURE_MAX_DISTANCES];
    size_t n = as_numbers(r, node, v, MS_FEATURE_MAX_DISTANCES);
    bool good = n >= 1 && n <= MS_FEATURE_MAX_DISTANCES;
    for (size_t i = 0; good && i < n; i++)
        good = v[i] >= 1 && v[i] <= MS_FEATURE_LARGEST_DISTANCE && v[i] == floor(v[i]);
    if (!good) return refuse(r, node, key, "must be one to eight whole numbers from 1 to 20, in voxels");
    for (size_t i = 0; i < n; i++) r->c->distances[i] = (uint8_t)v[i];
    r->c->n_distances = n;
    return MS_OK;
}

/* One of words[n] (each may have a number that stands for it too). */
static ms_status read_word(reader *r, const char *key, yaml_node_t *node, const char *const *words,
                           const unsigned *values, size_t n, unsigned *value) {
    const char *text = text_of(node);
    for (size_t i = 0; i < n && text; i++) {
        if (strcmp(text, words[i]) != 0) continue;
        *value = values[i];
        return MS_OK;
    }
    ms_buffer said;
    ms_buffer_init(&said);
    ms_buffer_append(&said, "is known here with:");
    for (size_t i = 0; i < n; i++) ms_buffer_printf(&said, " %s", words[i]);
    ms_status status = ms_buffer_failed(&said) ? ms_error_nomem(r->err) : refuse(r, node, key, said.data);
    ms_buffer_clear(&said);
    return status;
}

static ms_status read_words(reader *r, const char *key, yaml_node_t *node) {
    static const char *const interpolators[] = {"sitkBSpline",         "3", "sitkLinear", "2",
                                                "sitkNearestNeighbor", "1"};
    static const unsigned kinds[] = {MS_INTERPOLATE_SPLINE, MS_INTERPOLATE_SPLINE,  MS_INTERPOLATE_LINEAR,
                                     MS_INTERPOLATE_LINEAR, MS_INTERPOLATE_NEAREST, MS_INTERPOLATE_NEAREST};
    static const char *const modes[] = {"absolute", "relative", "sigma"};
    static const unsigned mode_values[] = {MS_RESEGMENT_ABSOLUTE, MS_RESEGMENT_RELATIVE, MS_RESEGMENT_SIGMA};
    static const char *const methods[] = {"uniform", "default", "ror"};
    static const unsigned method_values[] = {MS_LBP_UNIFORM, MS_LBP_DEFAULT, MS_LBP_ROR};
    static const char *const norms[] = {"no_weighting", "infinity", "euclidean", "manhattan"};
    static const unsigned norm_values[] = {MS_WEIGHTS_EQUAL, MS_WEIGHTS_INFINITY, MS_WEIGHTS_EUCLIDEAN,
                                           MS_WEIGHTS_MANHATTAN};
    unsigned value = 0;
    ms_status status;
    if (strcmp(key, "interpolator") == 0) {
        status = read_word(r, key, node, interpolators, kinds, MS_COUNT(kinds), &value);
        if (status == MS_OK) r->c->interpolation = (ms_interpolation)value;
    } else if (strcmp(key, "resegmentMode") == 0) {
        status = read_word(r, key, node, modes, mode_values, MS_COUNT(modes), &value);
        if (status == MS_OK) r->c->resegment_mode = (ms_resegment_mode)value;
    } else if (strcmp(key, "lbp2DMethod") == 0) {
        status = read_word(r, key, node, methods, method_values, MS_COUNT(methods), &value);
        if (status == MS_OK) r->c->lbp2d_method = (ms_lbp_method)value;
    } else {
        status = read_word(r, key, node, norms, norm_values, MS_COUNT(norms), &value);
        if (status == MS_OK) r->c->weights = (ms_direction_weights)value;
    }
    return status;
}

/* What is known here with one value only: a number, true, or a word. */
static ms_status read_fixed(reader *r, const char *key, yaml_node_t *node, const char *only) {
    double number = 0, wanted = 0, first = 0;
    bool truth = false;
    const char *text = text_of(node);
    bool same = text && strcmp(text, only) == 0;
    if (as_bool(node, &truth)) same = strcmp(only, truth ? "true" : "false") == 0;
    if (ms_parse_number(only, &wanted)) {
        if (as_number(node, &number)) same = number == wanted;
        if (node->type == YAML_SEQUENCE_NODE) same = as_numbers(r, node, &first, 1) == 1 && first == wanted;
    }
    if (same) return MS_OK;
    return ms_error_set(r->err, MS_EINPUT, "%s:%zu: %s: is known here with %s only", r->name,
                        node->start_mark.line + 1, key, only);
}

typedef enum kind { NUMBER, COUNT, BOOLEAN, FIXED, NO_EFFECT, SPACING, RANGE, SIGMAS, DISTANCES, WORD } kind;
typedef struct setting {
    const char *key;
    kind kind;
    void *value;
    double least; /* NUMBER, COUNT */
    const char *only;
} setting;

enum { SETTINGS = 40 };
/* The table of settings for this configuration; returns how many. */
static size_t settings_of(ms_feature_config *c, double *label, setting list[SETTINGS]) {
    const setting all[] = {{"binWidth", NUMBER, &c->bin_width, 1e-300, NULL},
                           {"binCount", COUNT, &c->bin_count, 1, NULL},
                           {"normalize", BOOLEAN, &c->normalize, 0, NULL},
                           {"normalizeScale", NUMBER, &c->normalize_scale, 1e-300, NULL},
                           {"removeOutliers", NUMBER, &c->normalize_outliers, 1e-300, NULL},
                           {"resampledPixelSpacing", SPACING, NULL, 0, NULL},
                           {"interpolator", WORD, NULL, 0, NULL},
                           {"padDistance", COUNT, &c->pad_voxels, 0, NULL},
                           {"preCrop", BOOLEAN, &c->crop_first, 0, NULL},
                           {"force2D", BOOLEAN, &c->force2d, 0, NULL},
                           {"force2Ddimension", FIXED, NULL, 0, "0"},
                           {"force2DDimension", FIXED, NULL, 0, "0"}, /* so in an example of pyradiomics */
                           {"resegmentRange", RANGE, NULL, 0, NULL},
                           {"resegmentMode", WORD, NULL, 0, NULL},
                           {"resegmentShape", BOOLEAN, &c->resegment_shape, 0, NULL},
                           {"voxelArrayShift", NUMBER, &c->array_shift, -1e300, NULL},
                           {"gldm_a", NUMBER, &c->ngldm_alpha, 0, NULL},
                           {"weightingNorm", WORD, NULL, 0, NULL},
                           {"sigma", SIGMAS, NULL, 0, NULL},
                           {"label", NUMBER, label, 1, NULL},
                           {"label_channel", FIXED, NULL, 0, "0"},
                           {"symmetricalGLCM", FIXED, NULL, 0, "true"},
                           {"distances", DISTANCES, NULL, 0, NULL},
                           {"start_level", FIXED, NULL, 0, "0"},
                           {"level", FIXED, NULL, 0, "1"},
                           {"wavelet", FIXED, NULL, 0, "coif1"},
                           {"gradientUseSpacing", FIXED, NULL, 0, "true"},
                           {"lbp2DRadius", NUMBER, &c->lbp2d_radius, 1e-300, NULL},
                           {"lbp2DSamples", COUNT, &c->lbp2d_samples, 1, NULL},
                           {"lbp2DMethod", WORD, NULL, 0, NULL},
                           {"lbp3DLevels", COUNT, &c->lbp3d_levels, 1, NULL},
                           {"lbp3DIcosphereRadius", NUMBER, &c->lbp3d_radius, 1e-300, NULL},
                           {"lbp3DIcosphereSubdivision", COUNT, &c->lbp3d_subdivisions, 0, NULL},
                           {"additionalInfo", NO_EFFECT, NULL, 0, NULL},
                           {"correctMask", NO_EFFECT, NULL, 0, NULL},
                           {"geometryTolerance", NO_EFFECT, NULL, 0, NULL},
                           {"minimumROIDimensions", NO_EFFECT, NULL, 0, NULL},
                           {"minimumROISize", NO_EFFECT, NULL, 0, NULL},
                           {"enableCExtensions", NO_EFFECT, NULL, 0, NULL}};
    memcpy(list, all, sizeof all);
    return MS_COUNT(all);
}

static ms_status unknown(reader *r, const yaml_node_t *node, const char *where, const char *word,
                         const char *const *known, size_t n) {
    const char *near = ms_text_nearest(word, known, n);
    return ms_error_set(r->err, MS_EINPUT, "%s:%zu: %s: '%.60s' is not known%s%s%s", r->name,
                        node->start_mark.line + 1, where, word, near ? "; did you mean '" : "",
                        near ? near : "", near ? "'?" : "");
}

static ms_status read_number(reader *r, const setting *s, yaml_node_t *node) {
    double value;
    if (!as_number(node, &value) || value < s->least)
        return refuse(r, node, s->key,
                      s->least > -1e300 ? "must be a number that is not too small" : "must be a number");
    if (s->kind == NUMBER) *(double *)s->value = value;
    if (s->kind == COUNT && (value != floor(value) || value > 1e6))
        return refuse(r, node, s->key, "must be a whole number");
    if (s->kind == COUNT) *(size_t *)s->value = (size_t)value;
    return MS_OK;
}

static ms_status read_setting(reader *r, const char *key, yaml_node_t *node, void *context) {
    setting list[SETTINGS];
    const char *names[SETTINGS];
    size_t n = settings_of(r->c, context, list), i = 0;
    for (size_t s = 0; s < n; s++) names[s] = list[s].key;
    while (i < n && strcmp(list[i].key, key) != 0) i++;
    if (i == n) return unknown(r, node, "setting", key, names, n);
    if (is_null(node)) return MS_OK;
    switch (list[i].kind) {
    case NUMBER:
    case COUNT:
        return read_number(r, &list[i], node);
    case BOOLEAN:
        return as_bool(node, list[i].value) ? MS_OK : refuse(r, node, key, "must be true or false");
    case FIXED:
        return read_fixed(r, key, node, list[i].only);
    case SPACING:
        return read_spacing(r, key, node);
    case RANGE:
        return read_range(r, key, node);
    case SIGMAS:
        return read_sigmas(r, key, node);
    case DISTANCES:
        return read_distances(r, key, node);
    case WORD:
        return read_words(r, key, node);
    case NO_EFFECT:
        break;
    }
    ms_log(MS_LOG_INFO, "%s: %s has no effect here", r->name, key);
    return MS_OK;
}

/* ---- imageType -------------------------------------------------------------------------------------- */

/* What one kind of image may have of its own: its bins, sigmas, or a value that is fixed anyway. */
static ms_status read_image_setting(reader *r, const char *key, yaml_node_t *node, void *context) {
    const unsigned bit = *(const unsigned *)context;
    size_t at = 0;
    while (bit >> at > 1) at++;
    const setting own[] = {{"binWidth", NUMBER, &r->c->image_bin_width[at], 1e-300, NULL},
                           {"binCount", COUNT, &r->c->image_bin_count[at], 1, NULL}};
    static const char *const shared[] = {"sigma",
                                         "start_level",
                                         "level",
                                         "wavelet",
                                         "gradientUseSpacing",
                                         "lbp2DRadius",
                                         "lbp2DSamples",
                                         "lbp2DMethod",
                                         "lbp3DLevels",
                                         "lbp3DIcosphereRadius",
                                         "lbp3DIcosphereSubdivision"};
    double label = 0;
    for (size_t i = 0; i < MS_COUNT(own); i++) {
        if (strcmp(own[i].key, key) == 0) return is_null(node) ? MS_OK : read_number(r, &own[i], node);
    }
    for (size_t i = 0; i < MS_COUNT(shared); i++) {
        if (strcmp(shared[i], key) == 0) return read_setting(r, key, node, &label);
    }
    return refuse(r, node, key, "can here be set for all images only (under setting)");
}

static ms_status read_image(reader *r, const char *key, yaml_node_t *node, void *context) {
    static const char *const names[] = {"Original",  "LoG",         "Wavelet",  "Square", "SquareRoot",
                                        "Logarithm", "Exponential", "Gradient", "LBP2D",  "LBP3D"};
    static const unsigned bits[] = {
        MS_IMAGE_ORIGINAL,  MS_IMAGE_LOG,         MS_IMAGE_WAVELET,  MS_IMAGE_SQUARE, MS_IMAGE_SQUAREROOT,
        MS_IMAGE_LOGARITHM, MS_IMAGE_EXPONENTIAL, MS_IMAGE_GRADIENT, MS_IMAGE_LBP2D,  MS_IMAGE_LBP3D};
    size_t i = 0;
    (void)context;
    while (i < MS_COUNT(names) && strcmp(names[i], key) != 0) i++;
    if (i == MS_COUNT(names)) return unknown(r, node, "imageType", key, names, MS_COUNT(names));
    unsigned bit = bits[i];
    r->c->images |= bit;
    return each_pair(r, key, node, read_image_setting, &bit);
}

/* ---- featureClass ----------------------------------------------------------------------------------- */

/* Names of pyradiomics that it calls deprecated, with what they equal. */
static const struct {
    const char *family, *name, *instead;
} deprecated[] = {{"shape", "Volume", "MeshVolume"},
                  {"shape", "MajorAxis", "MajorAxisLength"},
                  {"shape", "MinorAxis", "MinorAxisLength"},
                  {"shape", "LeastAxis", "LeastAxisLength"},
                  {"shape", "Compactness1", "Sphericity^1.5 / (6 pi)"},
                  {"shape", "Compactness2", "Sphericity^3"},
                  {"shape", "SphericalDisproportion", "1 / Sphericity"},
                  {"shape2D", "SphericalDisproportion", "1 / Sphericity"},
                  {"firstorder", "StandardDeviation", "the root of Variance"},
                  {"glcm", "SumVariance", "ClusterTendency"},
                  {"glcm", "Dissimilarity", "DifferenceAverage"},
                  {"glcm", "Homogeneity1", "Id"},
                  {"glcm", "Homogeneity2", "Idm"},
                  {"gldm", "GrayLevelNonUniformityNormalized", "Uniformity of first order"},
                  {"gldm", "DependencePercentage", "1"}};

static ms_status choose_feature(reader *r, const yaml_node_t *node, const char *family, const char *name,
                                size_t first, size_t rows) {
    const char *names[MS_FEATURE_MAX_ROWS];
    size_t n = 0;
    for (size_t i = first; i < first + rows; i++) {
        const char *own = ms_feature_catalogue[i].pyradiomics;
        if (own[0]) names[n++] = own;
        if (strcmp(own, name) != 0) continue;
        r->c->omit[i] = 0;
        return MS_OK;
    }
    for (size_t i = 0; i < MS_COUNT(deprecated); i++) {
        if (strcmp(deprecated[i].family, family) != 0 || strcmp(deprecated[i].name, name) != 0) continue;
        ms_log(MS_LOG_WARNING, "%s: %s of %s is deprecated in pyradiomics and not computed; it is %s",
               r->name, name, family, deprecated[i].instead);
        return MS_OK;
    }
    return unknown(r, node, family, name, names, n);
}

static ms_status read_family(reader *r, const char *key, yaml_node_t *node, void *context) {
    static const ms_feature_family families[] = {MS_FAMILY_SHAPE, MS_FAMILY_SHAPE2D, MS_FAMILY_FIRSTORDER,
                                                 MS_FAMILY_GLCM,  MS_FAMILY_GLRLM,   MS_FAMILY_GLSZM,
                                                 MS_FAMILY_NGTDM, MS_FAMILY_GLDM};
    const char *names[MS_COUNT(families)];
    size_t first = 0, rows = 0, found = MS_COUNT(families);
    (void)context;
    for (size_t i = 0; i < MS_COUNT(families); i++) {
        (void)ms_catalogue_family(families[i], &first);
        names[i] = ms_feature_catalogue[first].family_name;
        if (strcmp(names[i], key) == 0) found = i;
    }
    if (found == MS_COUNT(families)) return unknown(r, node, "featureClass", key, names, MS_COUNT(names));
    rows = ms_catalogue_family(families[found], &first);
    r->c->families |= (unsigned)families[found];
    if (is_null(node)) return MS_OK;
    if (node->type != YAML_SEQUENCE_NODE)
        return refuse(r, node, key, "must be a list of features, or nothing");
    yaml_node_item_t *item = node->data.sequence.items.start, *top = node->data.sequence.items.top;
    for (size_t i = first; i < first + rows && item < top; i++) r->c->omit[i] = 1;
    ms_status status = MS_OK;
    for (; item < top && status == MS_OK; item++) {
        yaml_node_t *feature = yaml_document_get_node(&r->document, *item);
        const char *name = text_of(feature);
        status = name ? choose_feature(r, feature, key, name, first, rows)
                      : refuse(r, feature, key, "must be a list of features");
    }
    return status;
}

/* ---- the file --------------------------------------------------------------------------------------- */

static ms_status read_part(reader *r, const char *key, yaml_node_t *node, void *context) {
    static const char *const keys[] = {"imageType", "featureClass", "setting", "voxelSetting"};
    if (strcmp(key, "imageType") == 0) return each_pair(r, key, node, read_image, NULL);
    if (strcmp(key, "featureClass") == 0) return each_pair(r, key, node, read_family, NULL);
    if (strcmp(key, "setting") == 0) return each_pair(r, key, node, read_setting, context);
    if (strcmp(key, "inputImage") == 0)
        return refuse(r, node, key, "pyradiomics 1 wrote so; since 2 it is imageType");
    if (strcmp(key, "voxelSetting") != 0) return unknown(r, node, "parameters", key, keys, MS_COUNT(keys));
    ms_log(MS_LOG_WARNING, "%s: voxelSetting has no effect: features are of the whole region", r->name);
    return MS_OK;
}

static ms_status read_document(reader *r) {
    yaml_node_t *root = yaml_document_get_root_node(&r->document);
    double label = 0;
    if (!root || root->type != YAML_MAPPING_NODE)
        return ms_error_set(r->err, MS_EINPUT,
                            "%s: must be a mapping with imageType, featureClass or setting", r->name);
    ms_status status = ms_feature_config_preset(r->c, "pyradiomics", r->err);
    if (status != MS_OK) return status;
    unsigned families = r->c->families;
    r->c->families = r->c->images = 0;
    r->c->n_log_sigma = 0;
    status = each_pair(r, "parameters", root, read_part, &label);
    if (status != MS_OK) return status;
    if (r->c->families == 0) r->c->families = families;
    if (r->c->images == 0) r->c->images = MS_IMAGE_ORIGINAL;
    if ((r->c->images & MS_IMAGE_LOG) && r->c->n_log_sigma == 0) {
        ms_log(MS_LOG_WARNING, "%s: LoG has no sigma, so there is no such image", r->name);
        r->c->images &= ~(unsigned)MS_IMAGE_LOG;
    }
    if (label != floor(label) || label > 255)
        return ms_error_set(r->err, MS_EINPUT, "%s: label: must be a whole number from 1 to 255", r->name);
    r->c->label = (uint8_t)label;
    return MS_OK;
}

ms_status ms_config_read_yaml(const char *path, ms_feature_config *config, ms_error *err) {
    char *text = NULL;
    size_t length = 0;
    ms_status status = ms_file_read(path, 1 << 20, &text, &length, err);
    if (status != MS_OK) return status;
    yaml_parser_t parser;
    reader r = {.name = ms_path_base(path), .c = config, .err = err};
    if (!yaml_parser_initialize(&parser)) {
        free(text);
        return ms_error_nomem(err);
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
    if (yaml_parser_load(&parser, &r.document)) {
        status = read_document(&r);
        yaml_document_delete(&r.document);
    } else {
        status =
            ms_error_set(err, MS_EINPUT, "%s:%zu:%zu: is no YAML: %s", r.name, parser.problem_mark.line + 1,
                         parser.problem_mark.column + 1, parser.problem ? parser.problem : "unreadable");
    }
    yaml_parser_delete(&parser);
    free(text);
    return status;
}
