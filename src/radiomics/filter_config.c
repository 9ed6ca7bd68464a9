/* radiomics/filter_config.c: the filters of a configuration: their JSON, their checks, their names. */
#include "radiomics/filter.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

const char *const ms_filter_kinds[] = {"mean",
                                       "laplacian_of_gaussian",
                                       "laws",
                                       "gabor",
                                       "wavelet",
                                       "simoncelli",
                                       "riesz_laplacian_of_gaussian",
                                       "riesz_simoncelli"};
const char *const ms_filter_boundaries[] = {"zero", "nearest", "periodic", "mirror"};
const char *const ms_filter_poolings[] = {"none", "average", "max"};
const char *const ms_filter_responses[] = {"modulus", "real", "imaginary"};
static const char *const families[] = {"haar", "db2", "db3", "coif1"};

/* The index of a word under a key, as an unsigned; absent leaves it. */
static ms_status read_word(const cJSON *object, const char *name, const char *key, const char *const *words,
                           size_t n, unsigned *value, ms_error *err) {
    const char *text = NULL;
    ms_status status = ms_json_get_text(object, name, key, &text, err);
    if (status != MS_OK || !text) return status;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(words[i], text) != 0) continue;
        *value = (unsigned)i;
        return MS_OK;
    }
    const char *near = ms_text_nearest(text, words, n);
    return ms_error_set(err, MS_EINPUT, "%s: %s: '%.60s' is not known%s%s%s", name, key, text,
                        near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static ms_status read_short_text(const cJSON *object, const char *name, const char *key, char *out,
                                 size_t size, ms_error *err) {
    const char *text = NULL;
    ms_status status = ms_json_get_text(object, name, key, &text, err);
    if (status != MS_OK || !text) return status;
    if (strlen(text) >= size || !ms_text_is_safe_name(text))
        return ms_error_set(err, MS_EINPUT, "%s: %s: '%.60s' must be 1 to %zu letters, digits, - _ or .",
                            name, key, text, size - 1);
    (void)ms_text_format(out, size, "%s", text);
    return MS_OK;
}

static ms_status read_order(const cJSON *object, const char *name, size_t order[3], ms_error *err) {
    const cJSON *array = cJSON_GetObjectItemCaseSensitive(object, "order"), *item;
    size_t n = 0;
    if (!array) return MS_OK;
    cJSON_ArrayForEach(item, array) {
        bool whole = cJSON_IsNumber(item) && item->valuedouble >= 0 && item->valuedouble <= 10 &&
                     floor(item->valuedouble) == item->valuedouble;
        if (n == 3 || !whole) n = 4;
        if (n < 3) order[n++] = (size_t)item->valuedouble;
    }
    if (!cJSON_IsArray(array) || n != 3)
        return ms_error_set(err, MS_EINPUT, "%s: order: must be three whole numbers from 0 to 10", name);
    return MS_OK;
}

static ms_status read_numbers(const cJSON *object, const char *name, ms_feature_filter *f, ms_error *err) {
    const struct {
        const char *key;
        double *value;
    } numbers[] = {{"sigma_mm", &f->sigma_mm},   {"truncate", &f->truncate},
                   {"lambda_mm", &f->lambda_mm}, {"gamma", &f->gamma},
                   {"theta_deg", &f->theta_deg}, {"theta_step_deg", &f->theta_step_deg}};
    ms_status status = MS_OK;
    for (size_t i = 0; i < MS_COUNT(numbers) && status == MS_OK; i++)
        status = ms_json_get_number(object, name, numbers[i].key, numbers[i].value, err);
    if (status == MS_OK) status = ms_json_get_size(object, name, "size", &f->size, err);
    if (status == MS_OK) status = ms_json_get_size(object, name, "level", &f->level, err);
    if (status == MS_OK) status = ms_json_get_size(object, name, "energy_delta", &f->energy_delta, err);
    if (status == MS_OK) status = ms_json_get_bool(object, name, "by_slice", &f->by_slice, err);
    if (status == MS_OK) status = ms_json_get_bool(object, name, "three_planes", &f->three_planes, err);
    f->energy = cJSON_HasObjectItem(object, "energy_delta");
    return status == MS_OK ? read_order(object, name, f->order, err) : status;
}

static ms_status read_one(const cJSON *object, const char *name, ms_feature_filter *f, ms_error *err) {
    static const char *const keys[] = {"filter",    "name",     "boundary",  "rotations",      "by_slice",
                                       "size",      "sigma_mm", "truncate",  "kernels",        "energy_delta",
                                       "lambda_mm", "gamma",    "theta_deg", "theta_step_deg", "three_planes",
                                       "response",  "family",   "band",      "level",          "order"};
    unsigned kind = MS_COUNT(ms_filter_kinds), boundary = MS_BOUNDARY_MIRROR, pooling = 0, response = 0,
             family = 0;
    if (!cJSON_IsObject(object)) return ms_error_set(err, MS_EINPUT, "%s: must be an object", name);
    ms_status status = ms_json_check_keys(object, name, keys, MS_COUNT(keys), err);
    if (status == MS_OK)
        status = read_word(object, name, "filter", ms_filter_kinds, MS_COUNT(ms_filter_kinds), &kind, err);
    if (status == MS_OK && kind == MS_COUNT(ms_filter_kinds))
        status = ms_error_set(err, MS_EINPUT, "%s: the key filter is missing", name);
    if (status == MS_OK)
        status = read_word(object, name, "boundary", ms_filter_boundaries, MS_COUNT(ms_filter_boundaries),
                           &boundary, err);
    if (status == MS_OK)
        status = read_word(object, name, "rotations", ms_filter_poolings, MS_COUNT(ms_filter_poolings),
                           &pooling, err);
    if (status == MS_OK)
        status = read_word(object, name, "response", ms_filter_responses, MS_COUNT(ms_filter_responses),
                           &response, err);
    if (status == MS_OK)
        status = read_word(object, name, "family", families, MS_COUNT(families), &family, err);
    if (status != MS_OK) return status;
    *f = (ms_feature_filter){.kind = (ms_filter_kind)kind,
                             .boundary = (ms_filter_boundary)boundary,
                             .pooling = (ms_filter_pooling)pooling,
                             .response = (ms_filter_response)response,
                             .truncate = 4,
                             .gamma = 1,
                             .level = 1};
    (void)ms_text_format(f->family, sizeof f->family, "%s", families[family]);
    status = read_short_text(object, name, "name", f->name, sizeof f->name, err);
    if (status == MS_OK)
        status = read_short_text(object, name, "kernels", f->kernels, sizeof f->kernels, err);
    if (status == MS_OK) status = read_short_text(object, name, "band", f->kernels, sizeof f->kernels, err);
    return status == MS_OK ? read_numbers(object, name, f, err) : status;
}

ms_status ms_filters_read(const cJSON *root, const char *name, ms_feature_config *config, ms_error *err) {
    const cJSON *array = cJSON_GetObjectItemCaseSensitive(root, "filters"), *item;
    ms_feature_filter list[MS_FEATURE_MAX_FILTERS];
    size_t n = 0;
    if (!array) return MS_OK;
    if (!cJSON_IsArray(array) || cJSON_GetArraySize(array) > MS_FEATURE_MAX_FILTERS)
        return ms_error_set(err, MS_EINPUT, "%s: filters: must be an array of at most %d objects", name,
                            MS_FEATURE_MAX_FILTERS);
    cJSON_ArrayForEach(item, array) {
        char where[256];
        (void)ms_text_format(where, sizeof where, "%.200s: filters[%zu]", name, n);
        ms_status status = read_one(item, where, &list[n], err);
        if (status != MS_OK) return status;
        n++;
    }
    memcpy(config->filters, list, n * sizeof *list);
    config->n_filters = n;
    return MS_OK;
}

static bool within(double x, double low, double high) {
    return isfinite(x) && x >= low && x <= high;
}

/* What is wrong with a filter's numbers, or NULL. */
static const char *fault(const ms_feature_filter *f) {
    size_t order = f->order[0] + f->order[1] + f->order[2], length = strlen(f->kernels);
    bool laplacian = f->kind == MS_FILTER_LAPLACIAN || f->kind == MS_FILTER_RIESZ_LAPLACIAN;
    bool simoncelli = f->kind == MS_FILTER_SIMONCELLI || f->kind == MS_FILTER_RIESZ_SIMONCELLI;
    bool riesz = f->kind == MS_FILTER_RIESZ_LAPLACIAN || f->kind == MS_FILTER_RIESZ_SIMONCELLI;
    if (f->kind == MS_FILTER_MEAN && (f->size % 2 == 0 || f->size > 999)) return "size must be odd, 1 to 999";
    if ((laplacian || f->kind == MS_FILTER_GABOR) && !within(f->sigma_mm, 0.01, 100))
        return "sigma_mm must lie from 0.01 to 100 mm";
    if (laplacian && !within(f->truncate, 1, 10)) return "truncate must lie from 1 to 10";
    if (f->kind == MS_FILTER_LAWS && length != 4 && length != 6)
        return "kernels must be two or three of L3 E3 S3 L5 E5 S5 W5 R5, one an axis: L5E5E5";
    if (f->kind == MS_FILTER_LAWS && f->energy_delta > 999) return "energy_delta must be at most 999";
    if (f->kind == MS_FILTER_GABOR && !within(f->lambda_mm, 0.01, 1000))
        return "lambda_mm must lie from 0.01 to 1000";
    if (f->kind == MS_FILTER_GABOR && !within(f->gamma, 0.1, 10)) return "gamma must lie from 0.1 to 10";
    if (f->kind == MS_FILTER_GABOR && !within(f->theta_deg, -360, 360))
        return "theta_deg must lie from -360 to 360";
    if (f->kind == MS_FILTER_GABOR && f->theta_step_deg != 0 &&
        (!within(f->theta_step_deg, 1, 360) ||
         fabs(360 / f->theta_step_deg - round(360 / f->theta_step_deg)) > 1e-9))
        return "theta_step_deg must divide a turn of 360 degrees";
    if (f->kind == MS_FILTER_WAVELET && (length < 2 || length > 3 || strspn(f->kernels, "LH") != length))
        return "band must be one of L and H an axis: LLH";
    if ((f->kind == MS_FILTER_WAVELET || simoncelli) && (f->level < 1 || f->level > 5))
        return "level must be 1 to 5";
    if (riesz && (order < 1 || order > 10)) return "order must have a sum of 1 to 10";
    return NULL;
}

ms_status ms_filters_check(const ms_feature_config *c, ms_error *err) {
    if (c->n_filters > MS_FEATURE_MAX_FILTERS)
        return ms_error_set(err, MS_EUSAGE, "features: at most %d filters", MS_FEATURE_MAX_FILTERS);
    for (size_t i = 0; i < c->n_filters; i++) {
        const char *what = fault(&c->filters[i]);
        if (what) return ms_error_set(err, MS_EUSAGE, "features: filters[%zu]: %s", i, what);
        for (size_t j = 0; j < i; j++) {
            char a[40], b[40];
            ms_filter_name(&c->filters[i], c->force2d, a);
            ms_filter_name(&c->filters[j], c->force2d, b);
            if (strcmp(a, b) == 0)
                return ms_error_set(err, MS_EUSAGE,
                                    "features: filters[%zu] and [%zu] are both called %s: give each a name",
                                    j, i, a);
        }
    }
    return MS_OK;
}

/* "1-5" for 1.5 */
static void number_text(double x, char text[32]) {
    ms_format_number(text, x);
    for (char *c = text; *c; c++) {
        if (*c == '.') *c = '-';
    }
}

void ms_filter_name(const ms_feature_filter *f, bool in_plane, char name[40]) {
    const char *plane = in_plane || f->by_slice ? "2D" : "3D";
    char a[32], b[32];
    number_text(f->sigma_mm, a);
    number_text(f->lambda_mm, b);
    if (f->name[0]) {
        (void)ms_text_format(name, 40, "%s", f->name);
        return;
    }
    switch (f->kind) {
    case MS_FILTER_MEAN:
        (void)ms_text_format(name, 40, "mean-%zu-%s", f->size, plane);
        break;
    case MS_FILTER_LAPLACIAN:
        (void)ms_text_format(name, 40, "laplacian-%.8s-mm-%s", a, plane);
        break;
    case MS_FILTER_LAWS:
        (void)ms_text_format(name, 40, "laws-%s%s-%s", f->kernels, f->energy ? "-energy" : "", plane);
        break;
    case MS_FILTER_GABOR:
        (void)ms_text_format(name, 40, "gabor-%.8s-%.8s-mm-%s", a, b, plane);
        break;
    case MS_FILTER_WAVELET:
        (void)ms_text_format(name, 40, "%s-%s-%zu-%s", f->family, f->kernels, f->level, plane);
        break;
    case MS_FILTER_SIMONCELLI:
        (void)ms_text_format(name, 40, "simoncelli-%zu-%s", f->level, plane);
        break;
    case MS_FILTER_RIESZ_LAPLACIAN:
        (void)ms_text_format(name, 40, "riesz-%zu%zu%zu-%.8s-mm-%s", f->order[0], f->order[1], f->order[2], a,
                             plane);
        break;
    case MS_FILTER_RIESZ_SIMONCELLI:
        (void)ms_text_format(name, 40, "riesz-%zu%zu%zu-level-%zu-%s", f->order[0], f->order[1], f->order[2],
                             f->level, plane);
        break;
    }
}

int ms_filter_dimensions(const ms_region *region, const ms_feature_filter *filter) {
    return region->in_plane || filter->by_slice ? 2 : 3;
}

ms_status ms_filter_ibsi2(const ms_region *region, const ms_image_spec *spec, double *out, ms_error *err) {
    static const ms_filter filters[] = {
        [MS_FILTER_MEAN] = ms_filter_mean,
        [MS_FILTER_LAPLACIAN] = ms_filter_laplacian,
        [MS_FILTER_LAWS] = ms_filter_laws,
        [MS_FILTER_GABOR] = ms_filter_gabor,
        [MS_FILTER_WAVELET] = ms_filter_wavelet_nd,
        [MS_FILTER_SIMONCELLI] = ms_filter_simoncelli,
        [MS_FILTER_RIESZ_LAPLACIAN] = ms_filter_riesz,
        [MS_FILTER_RIESZ_SIMONCELLI] = ms_filter_riesz,
    };
    return filters[spec->filter.kind](region, spec, out, err);
}
