/* A harmonization as JSON: what was learned, by column names, so that other tables are treated alike. */
#include "study/harmonize.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char format_name[] = "myosurv harmonization";
static const char *const states[] = {"fitted", "constant", "missing"};

static ms_status put_texts(cJSON *object, const char *key, char *const *texts, size_t n, ms_error *err) {
    cJSON *list;
    const ms_status status = ms_json_add_array(object, key, &list, err);
    for (size_t i = 0; i < n && status == MS_OK; i++) {
        cJSON *item = cJSON_CreateString(texts[i]);
        if (!item || !cJSON_AddItemToArray(list, item)) {
            cJSON_Delete(item);
            return ms_error_nomem(err);
        }
    }
    return status;
}

static ms_status put_object(cJSON *array, cJSON **object, ms_error *err) {
    *object = cJSON_CreateObject();
    if (*object && cJSON_AddItemToArray(array, *object)) return MS_OK;
    cJSON_Delete(*object);
    return ms_error_nomem(err);
}

static ms_status put_header(const ms_harmonizer *h, cJSON *root, ms_error *err) {
    const ms_combat *c = &h->combat;
    double *rows = ms_calloc(c->n_batches, sizeof *rows);
    ms_status status = rows ? ms_json_add_text(root, "format", format_name, err) : ms_error_nomem(err);
    for (size_t b = 0; b < c->n_batches && rows; b++) rows[b] = (double)c->n_batch[b];
    if (status == MS_OK) status = ms_json_add_number(root, "version", 1, err);
    if (status == MS_OK) status = ms_json_add_text(root, "program_version", ms_version(), err);
    if (status == MS_OK) status = ms_json_add_text(root, "method", "ComBat", err);
    if (status == MS_OK) status = ms_json_add_bool(root, "mean_only", c->options.mean_only, err);
    if (status == MS_OK) status = ms_json_add_bool(root, "non_parametric", c->options.non_parametric, err);
    if (status == MS_OK) status = ms_json_add_bool(root, "no_bayes", c->options.no_bayes, err);
    if (status == MS_OK) status = ms_json_add_number(root, "rows", (double)c->n, err);
    if (status == MS_OK) status = ms_json_add_text(root, "batch_column", h->batch_column, err);
    if (status == MS_OK) status = put_texts(root, "batches", h->batches.names, h->batches.n, err);
    if (status == MS_OK) status = ms_json_add_numbers(root, "batch_rows", rows, c->n_batches, err);
    if (status == MS_OK && c->options.has_reference)
        status = ms_json_add_text(root, "reference", h->batches.names[c->options.reference], err);
    free(rows);
    return status;
}

static ms_status put_covariates(const ms_harmonizer *h, cJSON *root, ms_error *err) {
    cJSON *list, *item;
    ms_status status = ms_json_add_array(root, "covariates", &list, err);
    for (size_t c = 0; c < h->n_covariates && status == MS_OK; c++) {
        const ms_covariate *covariate = &h->covariates[c];
        status = put_object(list, &item, err);
        if (status == MS_OK) status = ms_json_add_text(item, "column", covariate->column, err);
        if (status == MS_OK)
            status = put_texts(item, "levels", covariate->levels.names, covariate->levels.n, err);
    }
    if (status != MS_OK) return status;
    return ms_json_add_numbers(root, "covariate_means", h->combat.covariate_mean, h->combat.q, err);
}

static ms_status put_feature(const ms_harmonizer *h, size_t f, cJSON *list, double *of_batches,
                             ms_error *err) {
    const ms_combat *c = &h->combat;
    cJSON *item;
    ms_status status = put_object(list, &item, err);
    if (status == MS_OK) status = ms_json_add_text(item, "name", h->features[f], err);
    if (status == MS_OK) status = ms_json_add_text(item, "state", states[c->state[f]], err);
    if (status != MS_OK || c->state[f] != MS_COMBAT_FITTED) return status;
    status = ms_json_add_number(item, "mean", c->mean[f], err);
    if (status == MS_OK) status = ms_json_add_number(item, "sd", c->sd[f], err);
    if (status == MS_OK) status = ms_json_add_numbers(item, "beta", c->beta + f * c->q, c->q, err);
    for (size_t b = 0; b < c->n_batches; b++) of_batches[b] = c->gamma[b * c->p + f];
    if (status == MS_OK) status = ms_json_add_numbers(item, "gamma", of_batches, c->n_batches, err);
    for (size_t b = 0; b < c->n_batches; b++) of_batches[b] = c->delta[b * c->p + f];
    return status == MS_OK ? ms_json_add_numbers(item, "delta", of_batches, c->n_batches, err) : status;
}

ms_status ms_harmonizer_save(const ms_harmonizer *harmonizer, const char *path, ms_error *err) {
    cJSON *root = cJSON_CreateObject(), *list = NULL;
    double *of_batches = ms_calloc(harmonizer->combat.n_batches, sizeof *of_batches);
    ms_status status = root && of_batches ? put_header(harmonizer, root, err) : ms_error_nomem(err);
    if (status == MS_OK) status = put_covariates(harmonizer, root, err);
    if (status == MS_OK) status = ms_json_add_array(root, "features", &list, err);
    for (size_t f = 0; f < harmonizer->combat.p && status == MS_OK; f++)
        status = put_feature(harmonizer, f, list, of_batches, err);
    if (status == MS_OK) status = ms_json_write(root, path, err);
    cJSON_Delete(root);
    free(of_batches);
    return status;
}

/* ---- reading ------------------------------------------------------------------------------------------ */

static ms_status bad(const char *path, const char *what, ms_error *err) {
    return ms_error_set(err, MS_EINPUT, "%s: %s: the file is not a harmonization that was saved here", path,
                        what);
}

static ms_status get_array(const cJSON *object, const char *path, const char *key, const cJSON **list,
                           ms_error *err) {
    *list = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsArray(*list) ? MS_OK : bad(path, key, err);
}

static ms_status get_texts(const cJSON *object, const char *path, const char *key, ms_text_levels *out,
                           ms_error *err) {
    const cJSON *list, *item;
    ms_status status = get_array(object, path, key, &list, err);
    if (status != MS_OK) return status;
    out->names = ms_calloc((size_t)cJSON_GetArraySize(list), sizeof *out->names);
    if (!out->names) return ms_error_nomem(err);
    cJSON_ArrayForEach(item, list) {
        if (!cJSON_IsString(item)) return bad(path, key, err);
        out->names[out->n] = ms_strdup(item->valuestring);
        if (!out->names[out->n]) return ms_error_nomem(err);
        out->n++;
    }
    return MS_OK;
}

static ms_status get_numbers(const cJSON *object, const char *path, const char *key, double *values, size_t n,
                             size_t stride, ms_error *err) {
    const cJSON *list, *item;
    ms_status status = get_array(object, path, key, &list, err);
    if (status != MS_OK) return status;
    if ((size_t)cJSON_GetArraySize(list) != n) return bad(path, key, err);
    size_t i = 0;
    cJSON_ArrayForEach(item, list) {
        if (!cJSON_IsNumber(item) || !isfinite(item->valuedouble)) return bad(path, key, err);
        values[i++ * stride] = item->valuedouble;
    }
    return MS_OK;
}

static ms_status get_covariates(const cJSON *root, const char *path, ms_harmonizer *h, ms_error *err) {
    const cJSON *list, *item;
    ms_status status = get_array(root, path, "covariates", &list, err);
    if (status != MS_OK) return status;
    h->covariates = ms_calloc((size_t)cJSON_GetArraySize(list), sizeof *h->covariates);
    if (!h->covariates) return ms_error_nomem(err);
    cJSON_ArrayForEach(item, list) {
        const char *column = NULL;
        ms_covariate *c = &h->covariates[h->n_covariates++];
        if ((status = ms_json_get_text(item, path, "column", &column, err))) return status;
        if (!column) return bad(path, "covariates", err);
        c->column = ms_strdup(column);
        if (!c->column) return ms_error_nomem(err);
        if ((status = get_texts(item, path, "levels", &c->levels, err))) return status;
        if (c->levels.n == 1) return bad(path, "levels", err);
    }
    return MS_OK;
}

static ms_status get_header(const cJSON *root, const char *path, ms_harmonizer *h, ms_combat_options *options,
                            ms_error *err) {
    const char *format = NULL, *column = NULL, *reference = NULL;
    double version = 0;
    ms_status status;
    ms_combat_options_default(options);
    if ((status = ms_json_get_text(root, path, "format", &format, err)) ||
        (status = ms_json_get_number(root, path, "version", &version, err)))
        return status;
    if (!format || strcmp(format, format_name) != 0) return bad(path, "format", err);
    if (version != 1)
        return ms_error_set(err, MS_EINPUT, "%s: version %g of the file is not known here", path, version);
    if ((status = ms_json_get_bool(root, path, "mean_only", &options->mean_only, err)) ||
        (status = ms_json_get_bool(root, path, "non_parametric", &options->non_parametric, err)) ||
        (status = ms_json_get_bool(root, path, "no_bayes", &options->no_bayes, err)) ||
        (status = ms_json_get_text(root, path, "batch_column", &column, err)) ||
        (status = ms_json_get_text(root, path, "reference", &reference, err)) ||
        (status = get_texts(root, path, "batches", &h->batches, err)))
        return status;
    if (!column || h->batches.n < 2) return bad(path, "batches", err);
    h->batch_column = ms_strdup(column);
    if (!h->batch_column) return ms_error_nomem(err);
    options->has_reference = reference != NULL;
    if (reference) options->reference = ms_text_level(&h->batches, reference);
    return options->reference == SIZE_MAX ? bad(path, "reference", err) : MS_OK;
}

static ms_status get_feature(const cJSON *item, const char *path, ms_harmonizer *h, size_t f, ms_error *err) {
    ms_combat *c = &h->combat;
    const char *name = NULL, *state = NULL;
    ms_status status;
    if ((status = ms_json_get_text(item, path, "name", &name, err)) ||
        (status = ms_json_get_text(item, path, "state", &state, err)))
        return status;
    if (!name || !state) return bad(path, "features", err);
    h->features[f] = ms_strdup(name);
    if (!h->features[f]) return ms_error_nomem(err);
    size_t s = 0;
    while (s < MS_COUNT(states) && strcmp(states[s], state) != 0) s++;
    if (s == MS_COUNT(states)) return bad(path, "state", err);
    c->state[f] = (ms_combat_state)s;
    if (c->state[f] != MS_COMBAT_FITTED) return MS_OK;
    if ((status = ms_json_get_number(item, path, "mean", &c->mean[f], err)) ||
        (status = ms_json_get_number(item, path, "sd", &c->sd[f], err)) ||
        (status = get_numbers(item, path, "beta", c->beta + f * c->q, c->q, 1, err)) ||
        (status = get_numbers(item, path, "gamma", c->gamma + f, c->n_batches, c->p, err)) ||
        (status = get_numbers(item, path, "delta", c->delta + f, c->n_batches, c->p, err)))
        return status;
    for (size_t b = 0; b < c->n_batches; b++)
        if (!(c->delta[b * c->p + f] > 0)) return bad(path, "delta", err);
    return c->sd[f] > 0 && isfinite(c->mean[f]) ? MS_OK : bad(path, "sd", err);
}

static ms_status get_features(const cJSON *root, const char *path, const ms_combat_options *options,
                              ms_harmonizer *h, ms_error *err) {
    const cJSON *list = NULL, *item;
    size_t q = 0, rows = 0, f = 0;
    double *of_batches = ms_calloc(h->batches.n, sizeof *of_batches);
    ms_status status = of_batches ? get_array(root, path, "features", &list, err) : ms_error_nomem(err);
    for (size_t c = 0; c < h->n_covariates; c++) q += ms_covariate_width(&h->covariates[c]);
    if (status == MS_OK)
        status = ms_combat_alloc(&h->combat, (size_t)cJSON_GetArraySize(list), q, h->batches.n, err);
    if (status == MS_OK)
        status = get_numbers(root, path, "covariate_means", h->combat.covariate_mean, q, 1, err);
    if (status == MS_OK) status = get_numbers(root, path, "batch_rows", of_batches, h->batches.n, 1, err);
    if (status == MS_OK) status = ms_json_get_size(root, path, "rows", &rows, err);
    for (size_t b = 0; b < h->batches.n && status == MS_OK; b++) {
        if (!(of_batches[b] >= 0 && of_batches[b] < 1e15)) status = bad(path, "batch_rows", err);
        if (status == MS_OK) h->combat.n_batch[b] = (size_t)of_batches[b];
    }
    free(of_batches);
    if (status != MS_OK) return status;
    h->combat.options = *options;
    h->combat.n = rows;
    h->features = ms_calloc(h->combat.p, sizeof *h->features);
    if (!h->features) return ms_error_nomem(err);
    cJSON_ArrayForEach(item, list) {
        if ((status = get_feature(item, path, h, f++, err))) return status;
    }
    return MS_OK;
}

ms_status ms_harmonizer_load(const char *path, ms_harmonizer **out, ms_error *err) {
    cJSON *root = NULL;
    ms_combat_options options;
    ms_harmonizer *h = ms_calloc(1, sizeof *h);
    ms_status status = h ? ms_json_read(path, &root, err) : ms_error_nomem(err);
    if (status == MS_OK) status = get_header(root, path, h, &options, err);
    if (status == MS_OK) status = get_covariates(root, path, h, err);
    if (status == MS_OK) status = get_features(root, path, &options, h, err);
    cJSON_Delete(root);
    if (status == MS_OK)
        *out = h;
    else
        ms_harmonizer_free(h);
    return status;
}
