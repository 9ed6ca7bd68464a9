/* Points of a search space as settings of `train`, and back. */
#include "model/tune.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

/* ---- a point's values -----------------------------------------------------------------------------------
 */

static cJSON *layer_list(const ms_tune_parameter *p, const double *x) {
    const size_t n = p->count == MS_TUNE_NONE ? p->layers_high : (size_t)x[p->count];
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; list && i < n; i++) {
        if (cJSON_AddItemToArray(list, cJSON_CreateNumber(x[p->number + i]))) continue;
        cJSON_Delete(list);
        list = NULL;
    }
    return list;
}

ms_status ms_tune_value(const ms_tune_space *space, size_t parameter, const double *x, cJSON **value,
                        ms_error *err) {
    const ms_tune_parameter *p = &space->parameters[parameter];
    *value = NULL;
    if (isnan(x[p->first])) return MS_OK;
    cJSON *made;
    if (p->choices && (p->is_choice || x[p->either] > 0))
        made = cJSON_Duplicate(cJSON_GetArrayItem(p->choices, (int)x[p->either] - (p->is_choice ? 0 : 1)), 1);
    else if (p->is_layers)
        made = layer_list(p, x);
    else
        made = cJSON_CreateNumber(x[p->number]);
    if (!made) return ms_error_nomem(err);
    *value = made;
    return MS_OK;
}

ms_status ms_tune_settings(const ms_tune_space *space, const double *x, cJSON **settings, ms_error *err) {
    cJSON *made = cJSON_CreateObject();
    ms_status status = made ? MS_OK : ms_error_nomem(err);
    for (size_t i = 0; status == MS_OK && i < space->n_parameters; i++) {
        cJSON *value;
        status = ms_tune_value(space, i, x, &value, err);
        if (status != MS_OK || !value) continue;
        if (cJSON_AddItemToObject(made, space->parameters[i].path, value)) continue;
        cJSON_Delete(value);
        status = ms_error_nomem(err);
    }
    if (status == MS_OK)
        *settings = made;
    else
        cJSON_Delete(made);
    return status;
}

/* ---- and back -------------------------------------------------------------------------------------------
 */

static bool locate_number(const ms_tpe_dimension *d, const cJSON *value, double *x) {
    if (!cJSON_IsNumber(value)) return false;
    const double v = value->valuedouble;
    if (!(v >= d->low && v <= d->high)) return false;
    if (d->step > 0 && fabs((v - d->low) / d->step - round((v - d->low) / d->step)) > 1e-6) return false;
    *x = v;
    return true;
}

static bool locate_layers(const ms_tune_space *space, const ms_tune_parameter *p, const cJSON *value,
                          double *x) {
    if (!cJSON_IsArray(value)) return false;
    const size_t n = (size_t)cJSON_GetArraySize(value);
    if (n < p->layers_low || n > p->layers_high) return false;
    if (p->count != MS_TUNE_NONE) x[p->count] = (double)n;
    size_t i = 0;
    for (const cJSON *item = value->child; item; item = item->next, i++)
        if (!locate_number(&space->dimensions[p->number + i], item, &x[p->number + i])) return false;
    return true;
}

bool ms_tune_locate(const ms_tune_space *space, size_t parameter, const cJSON *value, double *x) {
    const ms_tune_parameter *p = &space->parameters[parameter];
    for (size_t j = 0; j < p->n_dimensions; j++) x[p->first + j] = NAN;
    if (!value) return true;
    double k = p->is_choice ? 0 : 1;
    for (const cJSON *choice = p->choices ? p->choices->child : NULL; choice; choice = choice->next, k++) {
        if (!cJSON_Compare(choice, value, 1)) continue;
        x[p->either] = k;
        return true;
    }
    if (p->is_choice) return false;
    if (p->choices) x[p->either] = 0;
    return p->is_layers ? locate_layers(space, p, value, x)
                        : locate_number(&space->dimensions[p->number], value, &x[p->number]);
}

ms_status ms_tune_point(const ms_tune_space *space, const cJSON *settings, const char *name, double *x,
                        ms_error *err) {
    const ms_tpe_space dimensions = ms_tune_dimensions(space);
    for (size_t i = 0; i < space->n_parameters; i++) {
        const ms_tune_parameter *p = &space->parameters[i];
        const cJSON *value = cJSON_GetObjectItemCaseSensitive(settings, p->path);
        const bool inside = ms_tune_locate(space, i, value, x);
        if (!inside || ms_tpe_active(&dimensions, p->first, x) != (value != NULL))
            return ms_error_set(err, MS_EINPUT, "%s: %s is %s", name, p->path,
                                value ? "outside of the search space" : "missing");
    }
    return MS_OK;
}

/* ---- settings in the tree of a configuration -------------------------------------------------------------
 */

static const cJSON *find_setting(const cJSON *tree, const char *path) {
    while (tree) {
        char key[128];
        const size_t length = strcspn(path, ".");
        if (length >= sizeof key) return NULL;
        memcpy(key, path, length);
        key[length] = '\0';
        tree = cJSON_GetObjectItemCaseSensitive(tree, key);
        if (!path[length]) return tree;
        path += length + 1;
    }
    return NULL;
}

ms_status ms_tune_point_of(const ms_tune_space *space, const ms_train_config *config, double *x, bool *inside,
                           ms_error *err) {
    const ms_tpe_space dimensions = ms_tune_dimensions(space);
    cJSON *tree = cJSON_CreateObject();
    const ms_status status = tree ? ms_train_config_to_json(config, tree, err) : ms_error_nomem(err);
    bool found = true;
    for (size_t i = 0; status == MS_OK && i < space->n_parameters; i++) {
        const ms_tune_parameter *p = &space->parameters[i];
        (void)ms_tune_locate(space, i, NULL, x);
        if (ms_tpe_active(&dimensions, p->first, x))
            found = ms_tune_locate(space, i, find_setting(tree, p->path), x) && found;
    }
    cJSON_Delete(tree);
    if (status == MS_OK) *inside = found;
    return status;
}

ms_status ms_tune_set(cJSON *tree, const char *path, const cJSON *value, ms_error *err) {
    const char *dot = strrchr(path, '.');
    cJSON *object = tree;
    if (dot) {
        char folder[256];
        (void)ms_text_format(folder, sizeof folder, "%.*s", (int)(dot - path), path);
        object = (cJSON *)find_setting(tree, folder);
    }
    cJSON *copy = cJSON_Duplicate(value, 1);
    if (!object || !copy || !cJSON_ReplaceItemInObjectCaseSensitive(object, dot ? dot + 1 : path, copy)) {
        cJSON_Delete(copy);
        return ms_error_set(err, MS_EINTERNAL, "%s: is not among the settings", path);
    }
    return MS_OK;
}

ms_status ms_tune_apply(const cJSON *settings, const ms_train_config *base, const char *name,
                        ms_train_config *config, ms_error *err) {
    ms_train_config made = *base;
    cJSON *tree = cJSON_CreateObject();
    ms_status status = tree ? ms_train_config_to_json(base, tree, err) : ms_error_nomem(err);
    for (const cJSON *item = settings->child; status == MS_OK && item; item = item->next)
        status = ms_tune_set(tree, item->string, item, err);
    if (status == MS_OK) status = ms_train_config_from_json(&made, tree, name, err);
    cJSON_Delete(tree);
    if (status == MS_OK) *config = made;
    return status;
}
