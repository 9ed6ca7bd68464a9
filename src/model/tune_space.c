/* Reading a search space: what a file says, checked, as parameters and dimensions. */
#include "model/tune.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

static ms_status collect_paths(const cJSON *tree, const char *prefix, ms_buffer *list, ms_error *err) {
    for (const cJSON *item = tree->child; item; item = item->next) {
        char path[256];
        if (!ms_text_format(path, sizeof path, "%s%s%s", prefix, *prefix ? "." : "", item->string)) continue;
        if (cJSON_IsObject(item)) {
            const ms_status status = collect_paths(item, path, list, err);
            if (status != MS_OK) return status;
        } else {
            ms_buffer_append(list, path);
            ms_buffer_append(list, "\n");
        }
    }
    return ms_buffer_failed(list) ? ms_error_nomem(err) : MS_OK;
}

static ms_status split_lines(const ms_buffer *list, char ***paths, size_t *n, ms_error *err) {
    size_t lines = 0, at = 0;
    for (size_t i = 0; i < list->length; i++) lines += list->data[i] == '\n';
    char **made = ms_calloc(lines, sizeof *made);
    if (!made) return ms_error_nomem(err);
    for (const char *line = list->data; at < lines; at++) {
        const size_t length = strcspn(line, "\n");
        made[at] = ms_calloc(length + 1, 1);
        if (!made[at]) {
            ms_names_free(made, at);
            return ms_error_nomem(err);
        }
        memcpy(made[at], line, length);
        line += length + 1;
    }
    *paths = made;
    *n = lines;
    return MS_OK;
}

ms_status ms_tune_paths(char ***paths, size_t *n, ms_error *err) {
    ms_train_config config;
    ms_buffer list;
    ms_buffer_init(&list);
    ms_train_config_default(&config);
    cJSON *tree = cJSON_CreateObject();
    ms_status status = tree ? ms_train_config_to_json(&config, tree, err) : ms_error_nomem(err);
    if (status == MS_OK) status = collect_paths(tree, "", &list, err);
    if (status == MS_OK) status = split_lines(&list, paths, n, err);
    cJSON_Delete(tree);
    ms_buffer_clear(&list);
    return status;
}

/* ---- dimensions -----------------------------------------------------------------------------------------
 */

static ms_status add_dimension(ms_tune_space *space, const ms_tpe_dimension *dimension, size_t *index,
                               ms_error *err) {
    if (space->n_dimensions == space->capacity) {
        const size_t capacity = space->capacity ? 2 * space->capacity : 32;
        ms_tpe_dimension *grown = ms_realloc(space->dimensions, capacity, sizeof *grown);
        if (!grown) return ms_error_nomem(err);
        space->dimensions = grown;
        space->capacity = capacity;
    }
    space->dimensions[space->n_dimensions] = *dimension;
    *index = space->n_dimensions++;
    return MS_OK;
}

static void hang_on(ms_tpe_dimension *dimension, size_t parent, uint64_t values) {
    if (parent != MS_TUNE_NONE)
        dimension->when[dimension->n_when++] = (ms_tpe_when){.parent = parent, .values = values};
}

static uint64_t bits_from(size_t first, size_t end) {
    uint64_t bits = 0;
    for (size_t i = first; i < end; i++) bits |= (uint64_t)1 << i;
    return bits;
}

static ms_status add_layers(ms_tune_space *space, ms_tune_parameter *p, ms_tpe_dimension width,
                            ms_error *err) {
    ms_tpe_dimension count = width;
    const size_t low = p->layers_low, high = p->layers_high;
    ms_status status = MS_OK;
    count.low = (double)low;
    count.high = (double)high;
    count.step = 1;
    count.log = false;
    if (low < high) status = add_dimension(space, &count, &p->count, err);
    for (size_t i = 0; status == MS_OK && i < high; i++) {
        ms_tpe_dimension one = width;
        size_t index = 0;
        if (p->count != MS_TUNE_NONE && i >= low)
            one.when[one.n_when++] =
                (ms_tpe_when){.parent = p->count, .values = bits_from(i + 1 - low, high + 1 - low)};
        status = add_dimension(space, &one, &index, err);
        if (i == 0) p->number = index;
    }
    return status;
}

/* The dimensions of a parameter; `range` has low, high, step, log of its numbers and the conditions. */
static ms_status add_dimensions(ms_tune_space *space, ms_tune_parameter *p, ms_tpe_dimension range,
                                ms_error *err) {
    ms_status status = MS_OK;
    p->first = space->n_dimensions;
    if (p->choices) {
        ms_tpe_dimension choice = range;
        choice.low = choice.high = choice.step = 0;
        choice.log = false;
        choice.n_choices = (size_t)cJSON_GetArraySize(p->choices) + (p->is_choice ? 0 : 1);
        status = add_dimension(space, &choice, &p->either, err);
        if (status != MS_OK || p->is_choice) goto done;
        range.n_when = 0; /* the choice has them */
        hang_on(&range, p->either, 1);
    }
    status = p->is_layers ? add_layers(space, p, range, err) : add_dimension(space, &range, &p->number, err);
done:
    p->n_dimensions = space->n_dimensions - p->first;
    return status;
}

/* ---- reading one parameter ------------------------------------------------------------------------------
 */

static const char *const range_keys[] = {"choice", "layers", "low", "high", "step", "log", "or", "when"};

static bool is_value(const cJSON *item) {
    return cJSON_IsNumber(item) || cJSON_IsString(item) || cJSON_IsBool(item) || cJSON_IsArray(item);
}

static ms_status read_list(const cJSON *item, const char *name, const char *key, const cJSON **list,
                           ms_error *err) {
    const cJSON *found = cJSON_GetObjectItemCaseSensitive(item, key);
    if (!found) return MS_OK;
    const int n = cJSON_IsArray(found) ? cJSON_GetArraySize(found) : 0;
    if (n < 1 || n > MS_TPE_MAX_CHOICES - 1)
        return ms_error_set(err, MS_EINPUT, "%s: %s must be a list of 1 to %d values", name, key,
                            MS_TPE_MAX_CHOICES - 1);
    for (const cJSON *v = found->child; v; v = v->next)
        if (!is_value(v))
            return ms_error_set(err, MS_EINPUT,
                                "%s: %s: a value must be a number, a text, true, false or a list", name, key);
    *list = found;
    return MS_OK;
}

static ms_status check_range(const ms_tpe_dimension *d, const char *name, ms_error *err) {
    if (!(isfinite(d->low) && isfinite(d->high)))
        return ms_error_set(err, MS_EINPUT, "%s: needs \"low\" and \"high\", or \"choice\"", name);
    if (!(d->low < d->high))
        return ms_error_set(
            err, MS_EINPUT,
            "%s: the range from %g to %g is empty: low must be below high (for one fixed value use "
            "--config)",
            name, d->low, d->high);
    if (d->step < 0 || !isfinite(d->step))
        return ms_error_set(err, MS_EINPUT, "%s: step is %g, but must be above 0", name, d->step);
    if (d->log && !(d->low - 0.5 * d->step > 0))
        return ms_error_set(err, MS_EINPUT, "%s: with \"log\" low must be above 0%s", name,
                            d->step > 0 ? " by more than half a step" : "");
    const double steps = d->step > 0 ? (d->high - d->low) / d->step : 0;
    if (fabs(steps - round(steps)) > 1e-9 * fmax(1, steps))
        return ms_error_set(err, MS_EINPUT, "%s: from %g to %g is not a whole number of steps of %g", name,
                            d->low, d->high, d->step);
    return MS_OK;
}

static ms_status read_layers(const cJSON *item, const char *name, ms_tune_parameter *p, ms_tpe_dimension *d,
                             ms_error *err) {
    const cJSON *layers = cJSON_GetObjectItemCaseSensitive(item, "layers");
    if (!layers) return MS_OK;
    const cJSON *low = cJSON_GetArrayItem(layers, 0), *high = cJSON_GetArrayItem(layers, 1);
    const double a = cJSON_IsNumber(low) ? low->valuedouble : NAN;
    const double b = cJSON_IsNumber(high) ? high->valuedouble : NAN;
    if (cJSON_GetArraySize(layers) != 2 ||
        !(a >= 0 && a <= b && b >= 1 && b <= MS_TRAIN_MAX_LAYERS && a == floor(a) && b == floor(b)))
        return ms_error_set(
            err, MS_EINPUT,
            "%s: layers must be [LEAST, MOST], whole numbers from 0 to %d, LEAST not above MOST", name,
            MS_TRAIN_MAX_LAYERS);
    p->is_layers = true;
    p->layers_low = (size_t)a;
    p->layers_high = (size_t)b;
    if (d->step == 0) d->step = 1;
    return MS_OK;
}

static ms_status read_range(const cJSON *item, const char *name, ms_tune_parameter *p, ms_tpe_dimension *d,
                            ms_error *err) {
    const cJSON *choice = NULL, *other = NULL;
    ms_status status = read_list(item, name, "choice", &choice, err);
    if (status == MS_OK) status = read_list(item, name, "or", &other, err);
    if (status != MS_OK) return status;
    p->is_choice = choice != NULL;
    p->choices = choice ? choice : other;
    if (choice) {
        for (size_t i = 1; i < MS_COUNT(range_keys) - 1; i++)
            if (cJSON_GetObjectItemCaseSensitive(item, range_keys[i]))
                return ms_error_set(err, MS_EINPUT, "%s: \"choice\" and \"%s\" do not go together", name,
                                    range_keys[i]);
        return MS_OK;
    }
    d->low = d->high = NAN;
    status = ms_json_get_number(item, name, "low", &d->low, err);
    if (status == MS_OK) status = ms_json_get_number(item, name, "high", &d->high, err);
    if (status == MS_OK) status = ms_json_get_number(item, name, "step", &d->step, err);
    if (status == MS_OK) status = ms_json_get_bool(item, name, "log", &d->log, err);
    if (status == MS_OK) status = read_layers(item, name, p, d, err);
    return status == MS_OK ? check_range(d, name, err) : status;
}

/* ---- conditions -----------------------------------------------------------------------------------------
 */

static const ms_tune_parameter *find_parameter(const ms_tune_space *space, const char *path) {
    for (size_t i = 0; i < space->n_parameters; i++)
        if (strcmp(space->parameters[i].path, path) == 0) return &space->parameters[i];
    return NULL;
}

static ms_status no_parent(const ms_tune_space *space, const char *path, const char *name, ms_error *err) {
    const char **known = ms_calloc(space->n_parameters, sizeof *known);
    if (!known) return ms_error_nomem(err);
    for (size_t i = 0; i < space->n_parameters; i++) known[i] = space->parameters[i].path;
    const char *nearest = ms_text_nearest(path, known, space->n_parameters);
    const ms_status status = ms_error_set(
        err, MS_EINPUT, "%s: when: there is no parameter %s before this one in the space%s%s%s", name, path,
        nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
    free((void *)known);
    return status;
}

/* The choice numbers of the values in a condition's list. */
static ms_status condition_bits(const ms_tune_parameter *parent, const cJSON *values, const char *name,
                                uint64_t *bits, ms_error *err) {
    *bits = 0;
    if (!cJSON_IsArray(values) || !values->child)
        return ms_error_set(err, MS_EINPUT, "%s: when: %s must have a list of values", name, parent->path);
    for (const cJSON *v = values->child; v; v = v->next) {
        bool found = false;
        unsigned bit = parent->is_choice ? 0 : 1;
        for (const cJSON *c = parent->choices ? parent->choices->child : NULL; c; c = c->next, bit++) {
            if (!cJSON_Compare(c, v, 1)) continue;
            *bits |= (uint64_t)1 << bit;
            found = true;
        }
        if (!found)
            return ms_error_set(err, MS_EINPUT,
                                "%s: when: a value for %s is not among that parameter's \"choice\" or \"or\"",
                                name, parent->path);
    }
    return MS_OK;
}

static ms_status read_when(const ms_tune_space *space, const cJSON *item, const char *name,
                           ms_tpe_dimension *d, ms_error *err) {
    const cJSON *when = cJSON_GetObjectItemCaseSensitive(item, "when");
    if (!when) return MS_OK;
    if (!cJSON_IsObject(when) || !when->child || cJSON_GetArraySize(when) > MS_TPE_MAX_WHEN)
        return ms_error_set(err, MS_EINPUT,
                            "%s: when must be { PARAMETER: [VALUES] }, with 1 to %d parameters", name,
                            MS_TPE_MAX_WHEN);
    for (const cJSON *condition = when->child; condition; condition = condition->next) {
        uint64_t bits;
        const ms_tune_parameter *parent = find_parameter(space, condition->string);
        if (!parent) return no_parent(space, condition->string, name, err);
        const ms_status status = condition_bits(parent, condition, name, &bits, err);
        if (status != MS_OK) return status;
        hang_on(d, parent->either, bits);
    }
    return MS_OK;
}

/* ---- the whole ------------------------------------------------------------------------------------------
 */

static ms_status check_path(const char *path, const char *file, char *const *known, size_t n, ms_error *err) {
    for (size_t i = 0; i < n; i++)
        if (strcmp(path, known[i]) == 0) return MS_OK;
    const char *nearest = ms_text_nearest(path, (const char *const *)known, n);
    return ms_error_set(err, MS_EINPUT, "%s: parameters: %s is no setting of train%s%s%s", file, path,
                        nearest ? "; did you mean " : " (data/train.schema.json names them)",
                        nearest ? nearest : "", nearest ? "?" : "");
}

/* Every value at the edge of a parameter must be one that the setting can have. */
static ms_status check_values(const ms_tune_space *space, size_t index, const char *name, ms_error *err) {
    const ms_tune_parameter *p = &space->parameters[index];
    double *x = ms_calloc(space->n_dimensions, sizeof *x);
    ms_status status = x ? MS_OK : ms_error_nomem(err);
    const size_t n_either = p->choices ? space->dimensions[p->either].n_choices : 1;
    for (size_t k = 0; status == MS_OK && k < 2 * n_either; k++) {
        cJSON *value = NULL;
        ms_train_config config;
        ms_train_config_default(&config);
        for (size_t j = 0; j < p->n_dimensions; j++) {
            const ms_tpe_dimension *d = &space->dimensions[p->first + j];
            x[p->first + j] = d->n_choices > 0 ? (double)(k / 2) : k % 2 ? d->high : d->low;
        }
        status = ms_tune_value(space, index, x, &value, err);
        cJSON *settings = cJSON_CreateObject();
        if (status == MS_OK && (!settings || !value || !cJSON_AddItemToObject(settings, p->path, value))) {
            cJSON_Delete(value);
            status = ms_error_nomem(err);
        }
        if (status == MS_OK) status = ms_tune_apply(settings, &config, name, &config, err);
        cJSON_Delete(settings);
    }
    free(x);
    return status;
}

static ms_status read_parameter(ms_tune_space *space, const cJSON *item, const char *file, char *const *known,
                                size_t n_known, ms_error *err) {
    char name[512];
    ms_tpe_dimension range = {0};
    ms_tune_parameter p = {
        .path = item->string, .either = MS_TUNE_NONE, .count = MS_TUNE_NONE, .number = MS_TUNE_NONE};
    ms_status status = check_path(item->string, file, known, n_known, err);
    if (status != MS_OK) return status;
    (void)ms_text_format(name, sizeof name, "%s: %s", file, item->string);
    if (!cJSON_IsObject(item)) return ms_error_set(err, MS_EINPUT, "%s: must be an object { ... }", name);
    status = ms_json_check_keys(item, name, range_keys, MS_COUNT(range_keys), err);
    if (status == MS_OK) status = read_range(item, name, &p, &range, err);
    if (status == MS_OK) status = read_when(space, item, name, &range, err);
    if (status == MS_OK) status = add_dimensions(space, &p, range, err);
    if (status != MS_OK) return status;
    space->parameters[space->n_parameters++] = p;
    return check_values(space, space->n_parameters - 1, name, err);
}

static ms_status read_parameters(ms_tune_space *space, const char *file, ms_error *err) {
    static const char *const keys[] = {"$schema", "parameters"};
    char **known = NULL;
    size_t n_known = 0;
    if (!cJSON_IsObject(space->root))
        return ms_error_set(err, MS_EINPUT, "%s: must be an object { ... }", file);
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(space->root, "parameters");
    ms_status status = ms_json_check_keys(space->root, file, keys, MS_COUNT(keys), err);
    if (status == MS_OK && (!cJSON_IsObject(list) || !list->child))
        status = ms_error_set(err, MS_EINPUT, "%s: needs \"parameters\": { SETTING: { ... }, ... }", file);
    if (status == MS_OK) status = ms_tune_paths(&known, &n_known, err);
    if (status != MS_OK) return status;
    space->parameters = ms_calloc((size_t)cJSON_GetArraySize(list), sizeof *space->parameters);
    if (!space->parameters) status = ms_error_nomem(err);
    for (const cJSON *item = list->child; status == MS_OK && item; item = item->next)
        status = read_parameter(space, item, file, known, n_known, err);
    ms_names_free(known, n_known);
    return status;
}

ms_status ms_tune_space_parse(ms_tune_space **space, const char *text, size_t length, const char *name,
                              ms_error *err) {
    ms_tune_space *made = ms_calloc(1, sizeof *made);
    if (!made) return ms_error_nomem(err);
    ms_status status = ms_json_parse(text, length, name, &made->root, err);
    if (status == MS_OK) status = read_parameters(made, name, err);
    if (status == MS_OK)
        *space = made;
    else
        ms_tune_space_free(made);
    return status;
}

ms_status ms_tune_space_default(ms_tune_space **space, ms_error *err) {
    return ms_tune_space_parse(space, ms_tune_default_space, strlen(ms_tune_default_space),
                               "the default space", err);
}

ms_status ms_tune_space_read(ms_tune_space **space, const char *path, ms_error *err) {
    char *text = NULL;
    size_t length;
    ms_status status = ms_file_read(path, (size_t)1 << 20, &text, &length, err);
    if (status == MS_OK) status = ms_tune_space_parse(space, text, length, path, err);
    free(text);
    return status;
}

ms_status ms_tune_space_write(const ms_tune_space *space, const char *path, ms_error *err) {
    return ms_json_write(space->root, path, err);
}

void ms_tune_space_free(ms_tune_space *space) {
    if (!space) return;
    cJSON_Delete(space->root);
    free(space->parameters);
    free(space->dimensions);
    free(space);
}

ms_tpe_space ms_tune_dimensions(const ms_tune_space *space) {
    return (ms_tpe_space){space->dimensions, space->n_dimensions};
}
