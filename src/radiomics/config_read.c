/* radiomics/config_read.c: a configuration from a JSON file. */
#include "radiomics/config_yaml.h"

#include "radiomics/filter.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

typedef struct word_bit {
    const char *word;
    unsigned bit;
} word_bit;

static const word_bit image_words[] = {{"original", MS_IMAGE_ORIGINAL},
                                       {"wavelet", MS_IMAGE_WAVELET},
                                       {"log", MS_IMAGE_LOG},
                                       {"square", MS_IMAGE_SQUARE},
                                       {"squareroot", MS_IMAGE_SQUAREROOT},
                                       {"logarithm", MS_IMAGE_LOGARITHM},
                                       {"exponential", MS_IMAGE_EXPONENTIAL},
                                       {"gradient", MS_IMAGE_GRADIENT},
                                       {"lbp2d", MS_IMAGE_LBP2D},
                                       {"lbp3d", MS_IMAGE_LBP3D}};
static const word_bit family_words[] = {{"shape", MS_FAMILY_SHAPE},
                                        {"shape2d", MS_FAMILY_SHAPE2D},
                                        {"firstorder", MS_FAMILY_FIRSTORDER},
                                        {"glcm", MS_FAMILY_GLCM},
                                        {"glrlm", MS_FAMILY_GLRLM},
                                        {"glszm", MS_FAMILY_GLSZM},
                                        {"gldzm", MS_FAMILY_GLDZM},
                                        {"ngtdm", MS_FAMILY_NGTDM},
                                        {"gldm", MS_FAMILY_GLDM},
                                        {"local", MS_FAMILY_LOCAL},
                                        {"histogram", MS_FAMILY_HISTOGRAM},
                                        {"ivh", MS_FAMILY_IVH},
                                        {"diagnostics", MS_FAMILY_DIAGNOSTICS}};

static ms_status bad(const char *name, const char *key, const char *what, ms_error *err) {
    return ms_error_set(err, MS_EINPUT, "%s: %s: %s", name, key, what);
}

/* An array of words as bits; absent leaves *bits. */
static ms_status read_words(const cJSON *root, const char *name, const char *key, const word_bit *words,
                            size_t n, unsigned *bits, ms_error *err) {
    const cJSON *array = cJSON_GetObjectItemCaseSensitive(root, key), *item;
    const char *candidates[16];
    unsigned found = 0;
    if (!array) return MS_OK;
    if (!cJSON_IsArray(array)) return bad(name, key, "must be an array of words", err);
    for (size_t i = 0; i < n; i++) candidates[i] = words[i].word;
    cJSON_ArrayForEach(item, array) {
        if (!cJSON_IsString(item)) return bad(name, key, "must be an array of words", err);
        size_t i = 0;
        while (i < n && strcmp(words[i].word, item->valuestring) != 0) i++;
        if (i == n) {
            const char *near = ms_text_nearest(item->valuestring, candidates, n);
            return ms_error_set(err, MS_EINPUT, "%s: %s: '%.60s' is not known%s%s%s", name, key,
                                item->valuestring, near ? "; did you mean '" : "", near ? near : "",
                                near ? "'?" : "");
        }
        found |= words[i].bit;
    }
    *bits = found;
    return MS_OK;
}

/* An array of least to most numbers (null: NaN where allowed); absent leaves values and *n. */
static ms_status read_numbers(const cJSON *root, const char *name, const char *key, size_t least, size_t most,
                              bool null_allowed, double *values, size_t *n, ms_error *err) {
    const cJSON *array = cJSON_GetObjectItemCaseSensitive(root, key), *item;
    double read[MS_FEATURE_MAX_SIGMAS];
    size_t count = 0;
    if (!array) return MS_OK;
    if (!cJSON_IsArray(array)) return bad(name, key, "must be an array of numbers", err);
    cJSON_ArrayForEach(item, array) {
        if (count == most) break;
        bool null = cJSON_IsNull(item) && null_allowed;
        if (!cJSON_IsNumber(item) && !null) return bad(name, key, "must be an array of numbers", err);
        read[count++] = null ? (double)NAN : item->valuedouble;
    }
    if (count < least || cJSON_GetArraySize(array) > (int)most) {
        return ms_error_set(err, MS_EINPUT, "%s: %s: must have %zu to %zu numbers", name, key, least, most);
    }
    for (size_t i = 0; i < count; i++) values[i] = read[i];
    if (n) *n = count;
    return MS_OK;
}

static ms_status read_scalars(const cJSON *root, const char *name, ms_feature_config *c, ms_error *err) {
    const struct {
        const char *key;
        double *value;
    } numbers[] = {{"bin_width", &c->bin_width},
                   {"resegment_sigma", &c->resegment_sigma},
                   {"array_shift", &c->array_shift},
                   {"gldm_alpha", &c->ngldm_alpha},
                   {"ivh_bin_width", &c->ivh_bin_width}};
    ms_status status = MS_OK;
    for (size_t i = 0; i < MS_COUNT(numbers) && status == MS_OK; i++) {
        status = ms_json_get_number(root, name, numbers[i].key, numbers[i].value, err);
    }
    if (status == MS_OK) status = ms_json_get_size(root, name, "bin_count", &c->bin_count, err);
    if (status == MS_OK) status = ms_json_get_size(root, name, "ivh_bin_count", &c->ivh_bin_count, err);
    if (status == MS_OK) status = ms_json_get_bool(root, name, "force2d", &c->force2d, err);
    if (status == MS_OK) status = ms_json_get_bool(root, name, "round_resampled", &c->round_resampled, err);
    return status;
}

static ms_status read_distances(const cJSON *root, const char *name, ms_feature_config *c, ms_error *err) {
    double values[MS_FEATURE_MAX_DISTANCES];
    size_t n = 0;
    ms_status status =
        read_numbers(root, name, "distances", 1, MS_FEATURE_MAX_DISTANCES, false, values, &n, err);
    for (size_t i = 0; i < n && status == MS_OK; i++) {
        if (values[i] < 1 || values[i] > MS_FEATURE_LARGEST_DISTANCE || values[i] != floor(values[i]))
            return bad(name, "distances", "must be whole numbers from 1 to 20, in voxels", err);
        c->distances[i] = (uint8_t)values[i];
    }
    if (n) c->n_distances = n;
    return status;
}

static ms_status read_interpolation(const cJSON *root, const char *name, ms_feature_config *c,
                                    ms_error *err) {
    static const char *const words[] = {"linear", "spline", "nearest"};
    static const ms_interpolation kinds[] = {MS_INTERPOLATE_LINEAR, MS_INTERPOLATE_SPLINE,
                                             MS_INTERPOLATE_NEAREST};
    const char *word = NULL;
    ms_status status = ms_json_get_text(root, name, "interpolation", &word, err);
    if (status != MS_OK || !word) return status;
    for (size_t i = 0; i < MS_COUNT(words); i++) {
        if (strcmp(words[i], word) != 0) continue;
        c->interpolation = kinds[i];
        return MS_OK;
    }
    return bad(name, "interpolation", "must be linear, spline or nearest", err);
}

static ms_status read_all(const cJSON *root, const char *name, ms_feature_config *c, ms_error *err) {
    static const char *const keys[] = {
        "preset",        "images",       "families",      "bin_width",       "bin_count",     "force2d",
        "spacing_mm",    "log_sigma_mm", "resegment_hu",  "resegment_sigma", "array_shift",   "gldm_alpha",
        "ivh_bin_width", "filters",      "ivh_bin_count", "round_resampled", "interpolation", "distances"};
    const char *preset = "default";
    if (!cJSON_IsObject(root)) return ms_error_set(err, MS_EINPUT, "%s: must be a JSON object", name);
    ms_status status = ms_json_check_keys(root, name, keys, MS_COUNT(keys), err);
    if (status == MS_OK) status = ms_json_get_text(root, name, "preset", &preset, err);
    if (status != MS_OK) return status;
    status = ms_feature_config_preset(c, preset, err);
    if (status == MS_EUSAGE) {
        ms_error_prefix(err, "%s: preset", name);
        if (err) err->status = MS_EINPUT;
        return MS_EINPUT;
    }
    if (status == MS_OK) {
        status = read_words(root, name, "images", image_words, MS_COUNT(image_words), &c->images, err);
    }
    if (status == MS_OK) {
        status = read_words(root, name, "families", family_words, MS_COUNT(family_words), &c->families, err);
    }
    if (status == MS_OK) status = ms_filters_read(root, name, c, err);
    if (status == MS_OK)
        status = read_numbers(root, name, "spacing_mm", 3, 3, false, c->spacing_mm, NULL, err);
    if (status == MS_OK)
        status = read_numbers(root, name, "resegment_hu", 2, 2, true, c->resegment_hu, NULL, err);
    if (status == MS_OK) {
        status = read_numbers(root, name, "log_sigma_mm", 1, MS_FEATURE_MAX_SIGMAS, false, c->log_sigma_mm,
                              &c->n_log_sigma, err);
        if (status == MS_OK) status = read_distances(root, name, c, err);
    }
    if (status == MS_OK) status = read_interpolation(root, name, c, err);
    return status == MS_OK ? read_scalars(root, name, c, err) : status;
}

ms_status ms_feature_config_read(const char *path, ms_feature_config *config, ms_error *err) {
    cJSON *root = NULL;
    ms_feature_config c;
    bool yaml = ms_text_ends_with(path, ".yaml") || ms_text_ends_with(path, ".yml");
    ms_status status = yaml ? ms_config_read_yaml(path, &c, err) : ms_json_read(path, &root, err);
    if (status == MS_OK && !yaml) status = read_all(root, ms_path_base(path), &c, err);
    if (status == MS_OK) {
        status = ms_feature_config_check(&c, err);
        if (status == MS_EUSAGE) {
            ms_error_prefix(err, "%s", path);
            if (err) err->status = MS_EINPUT;
            status = MS_EINPUT;
        }
    }
    if (status == MS_OK) *config = c;
    cJSON_Delete(root);
    return status;
}
