/* From the cases' folders to one row a case. */
#include "study/study.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static ms_status read_measurements(const ms_study *study, size_t i, ms_collected *c, ms_error *err) {
    cJSON *root = NULL;
    char *path = ms_case_path(study, i, "measurements.json");
    ms_status status = path ? ms_json_read(path, &root, err) : ms_error_nomem(err);
    if (status == MS_OK)
        status = ms_json_get_number(cJSON_GetObjectItemCaseSensitive(root, "l3"), path, "confidence",
                                    &c->confidence[i], err);
    const cJSON *values = cJSON_GetObjectItemCaseSensitive(root, "measurements");
    for (size_t m = 0; m < ms_n_measures && status == MS_OK; m++) {
        const cJSON *value = cJSON_GetObjectItemCaseSensitive(values, ms_measures[m].name);
        if (cJSON_IsNumber(value)) c->values[i * ms_n_measures + m] = value->valuedouble;
    }
    if (status == MS_OK)
        c->json[i] = root;
    else
        cJSON_Delete(root);
    free(path);
    return status;
}

/* A flag of a case's measurements.json. */
static bool has_flag(const cJSON *root, const char *word) {
    const cJSON *flag = NULL;
    cJSON_ArrayForEach(flag, cJSON_GetObjectItemCaseSensitive(root, "flags")) {
        if (cJSON_IsString(flag) && strcmp(flag->valuestring, word) == 0) return true;
    }
    return false;
}

/* A level that nobody confirmed and that is not sure keeps a case out of the statistics; the reason says how
 * to bring it back. */
static void judge_level(const ms_study *study, size_t i, ms_collected *c) {
    const bool low = !(c->confidence[i] >= study->spec.min_confidence);
    const bool uncertain = has_flag(c->json[i], "level_uncertain");
    c->used[i] = !low && !uncertain;
    if (c->used[i]) return;
    (void)ms_text_format(
        c->reason[i], sizeof c->reason[i],
        "L3 level too uncertain (confidence %.2f%s); look at cases/%.100s/overview.png, write "
        "l3_slice or l3_z into the table and run 'myosurv study run' again",
        c->confidence[i], uncertain ? ", flag level_uncertain" : "", study->patients[i].id);
}

/* Appends the one row of a case's features.csv; the first case sets the columns. */
static ms_status add_features(const ms_study *study, size_t i, ms_collected *c, ms_error *err) {
    ms_table *one = NULL;
    char *path = ms_case_path(study, i, "features.csv");
    ms_status status = path ? ms_table_read(&one, path, err) : ms_error_nomem(err);
    size_t n = status == MS_OK ? ms_table_columns(one) : 0, column;
    if (status == MS_OK && ms_table_rows(one) != 1)
        status = ms_error_set(err, MS_EINPUT, "%s: must have one row", path);
    for (size_t f = 0; f < n && ms_table_rows(c->features) == 0 && status == MS_OK; f++)
        if (ms_table_columns(c->features) < n)
            status = ms_table_add_column(c->features, ms_table_column_name(one, f), &column, err);
    if (status == MS_OK && n != ms_table_columns(c->features))
        status = ms_error_set(err, MS_EINPUT, "%s: has %zu columns, other cases %zu; run this case again",
                              path, n, ms_table_columns(c->features));
    if (status == MS_OK) status = ms_table_add_row(c->features, &c->feature_row[i], err);
    for (size_t f = 0; f < n && status == MS_OK; f++)
        status = ms_table_set(c->features, c->feature_row[i], f, ms_table_cell(one, 0, f), err);
    ms_table_free(one);
    free(path);
    return status;
}

static ms_status alloc(const ms_study *study, ms_collected *c, ms_error *err) {
    memset(c, 0, sizeof *c);
    c->n = study->n;
    c->state = ms_calloc(c->n, sizeof *c->state);
    c->used = ms_calloc(c->n, sizeof *c->used);
    c->reason = ms_calloc(c->n, sizeof *c->reason);
    c->confidence = ms_calloc(c->n, sizeof *c->confidence);
    c->values = ms_calloc(c->n * ms_n_measures, sizeof *c->values);
    c->json = ms_calloc(c->n, sizeof *c->json);
    c->feature_row = ms_calloc(c->n, sizeof *c->feature_row);
    if (!c->state || !c->used || !c->reason || !c->confidence || !c->values || !c->json || !c->feature_row)
        return ms_error_nomem(err);
    for (size_t v = 0; v < c->n * ms_n_measures; v++) c->values[v] = NAN;
    for (size_t i = 0; i < c->n; i++) c->feature_row[i] = SIZE_MAX;
    return ms_table_new(&c->features, "features", err);
}

ms_status ms_collect(const ms_study *study, ms_collected *out, ms_error *err) {
    ms_collected c;
    ms_status status = alloc(study, &c, err);
    ms_case_status *states = ms_calloc(study->n, sizeof *states);
    if (status == MS_OK) status = states ? ms_study_status(study, states, err) : ms_error_nomem(err);
    for (size_t i = 0; i < study->n && status == MS_OK; i++) {
        c.state[i] = states[i].state;
        (void)ms_text_format(c.reason[i], sizeof c.reason[i], "%s", states[i].reason);
        if (states[i].state != MS_CASE_DONE) continue;
        status = read_measurements(study, i, &c, err);
        if (status == MS_OK) judge_level(study, i, &c);
        if (status == MS_OK && c.used[i]) status = add_features(study, i, &c, err);
    }
    free(states);
    if (status == MS_OK) {
        *out = c;
    } else {
        ms_collected_clear(&c);
    }
    return status;
}

void ms_collected_clear(ms_collected *c) {
    free(c->state);
    free(c->used);
    free(c->reason);
    free(c->confidence);
    free(c->values);
    for (size_t i = 0; c->json && i < c->n; i++) cJSON_Delete(c->json[i]);
    free(c->json);
    free(c->feature_row);
    ms_table_free(c->features);
    memset(c, 0, sizeof *c);
}
