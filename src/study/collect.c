/* From the cases' folders to memory: what the tables and statistics need of each case, and no more, so that a
 * hundred thousand cases fit. */
#include "study/collect.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const cJSON *item_of(const cJSON *object, const char *key) {
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

static char *text_of(const cJSON *object, const char *key) {
    const cJSON *item = item_of(object, key);
    return ms_strdup(cJSON_IsString(item) ? item->valuestring : "");
}

static double number_of(const cJSON *object, const char *key) {
    const cJSON *item = item_of(object, key);
    return cJSON_IsNumber(item) ? item->valuedouble : (double)NAN;
}

static char *list_flags(const cJSON *root) {
    const cJSON *flag = NULL;
    ms_buffer out;
    ms_buffer_init(&out);
    cJSON_ArrayForEach(flag, item_of(root, "flags")) {
        if (cJSON_IsString(flag))
            ms_buffer_printf(&out, "%s%s", out.length > 0 ? " " : "", flag->valuestring);
    }
    char *text = ms_buffer_failed(&out) ? NULL : ms_strdup(out.data ? out.data : "");
    ms_buffer_clear(&out);
    return text;
}

static bool has_flag(const cJSON *root, const char *word) {
    const cJSON *flag = NULL;
    cJSON_ArrayForEach(flag, item_of(root, "flags")) {
        if (cJSON_IsString(flag) && strcmp(flag->valuestring, word) == 0) return true;
    }
    return false;
}

static ms_status take_note(const cJSON *root, struct ms_case_note *note, ms_error *err) {
    const cJSON *l3 = item_of(root, "l3"), *scan = item_of(root, "scan");
    note->l3_slice = number_of(l3, "slice_index");
    note->l3_z_mm = number_of(l3, "z_mm");
    note->n_slices = number_of(l3, "n_slices");
    note->phase_confidence = number_of(scan, "phase_confidence");
    note->kvp = number_of(scan, "kvp");
    note->slice_thickness_mm = number_of(scan, "slice_thickness_mm");
    note->l3_source = text_of(l3, "source");
    note->method = text_of(root, "method");
    note->model = text_of(item_of(root, "model"), "name");
    note->phase = text_of(scan, "phase");
    note->phase_source = text_of(scan, "phase_source");
    note->flags = list_flags(root);
    const bool all =
        note->l3_source && note->method && note->model && note->phase && note->phase_source && note->flags;
    return all ? MS_OK : ms_error_nomem(err);
}

/* A person's word goes first. A level that nobody confirmed and that is not sure keeps a case out of the
 * statistics; the reason says how to bring it back. */
static void judge_level(const ms_study *study, size_t i, const cJSON *root, ms_collected *c) {
    const ms_patient *patient = &study->patients[i];
    c->used[i] = false;
    if (patient->excluded) {
        (void)ms_text_format(c->reason[i], sizeof c->reason[i],
                             "left out by a person (exclude in corrections.csv or correction.json)");
        return;
    }
    const bool low = !(c->confidence[i] >= study->spec.min_confidence);
    const bool uncertain = has_flag(root, "level_uncertain");
    c->used[i] = patient->accepted || (!low && !uncertain);
    if (c->used[i]) return;
    (void)ms_text_format(
        c->reason[i], sizeof c->reason[i],
        "L3 level too uncertain (confidence %.2f%s); look at cases/%.100s/overview.png, write "
        "l3_slice or l3_z into the table and run 'myosurv study run' again",
        c->confidence[i], uncertain ? ", flag level_uncertain" : "", patient->id);
}

static ms_status read_measurements(const ms_study *study, size_t i, ms_collected *c, ms_error *err) {
    cJSON *root = NULL;
    char *path = ms_case_path(study, i, "measurements.json");
    ms_status status = path ? ms_json_read(path, &root, err) : ms_error_nomem(err);
    if (status == MS_OK)
        status = ms_json_get_number(item_of(root, "l3"), path, "confidence", &c->confidence[i], err);
    const cJSON *values = item_of(root, "measurements");
    for (size_t m = 0; m < ms_n_measures && status == MS_OK; m++)
        c->values[i * ms_n_measures + m] = number_of(values, ms_measures[m].name);
    if (status == MS_OK) status = take_note(root, &c->notes[i], err);
    if (status == MS_OK) judge_level(study, i, root, c);
    cJSON_Delete(root);
    free(path);
    return status;
}

typedef struct collect_work {
    const ms_study *study;
    const ms_case_status *states;
    ms_collected *c;
} collect_work;

static ms_status collect_one(void *context, size_t i, ms_error *err) {
    const collect_work *work = context;
    const ms_case_status *now = &work->states[i];
    const char *reason = now->state == MS_CASE_NEW ? "not run yet" : now->reason;
    work->c->state[i] = now->state;
    (void)ms_text_format(work->c->reason[i], sizeof work->c->reason[i], "%s", reason);
    return now->state == MS_CASE_DONE ? read_measurements(work->study, i, work->c, err) : MS_OK;
}

static ms_status alloc(const ms_study *study, ms_collected *c, ms_error *err) {
    memset(c, 0, sizeof *c);
    c->n = study->n;
    c->state = ms_calloc(c->n, sizeof *c->state);
    c->used = ms_calloc(c->n, sizeof *c->used);
    c->reason = ms_calloc(c->n, sizeof *c->reason);
    c->confidence = ms_calloc(c->n, sizeof *c->confidence);
    c->values = ms_calloc(c->n * ms_n_measures, sizeof *c->values);
    c->notes = ms_calloc(c->n, sizeof *c->notes);
    c->feature_row = ms_calloc(c->n, sizeof *c->feature_row);
    if (!c->state || !c->used || !c->reason || !c->confidence || !c->values || !c->notes || !c->feature_row)
        return ms_error_nomem(err);
    for (size_t v = 0; v < c->n * ms_n_measures; v++) c->values[v] = NAN;
    for (size_t i = 0; i < c->n; i++) c->feature_row[i] = SIZE_MAX;
    return MS_OK;
}

ms_status ms_collect(const ms_study *study, const ms_case_status *states, ms_collected *out, ms_error *err) {
    ms_collected c;
    ms_status status = alloc(study, &c, err);
    collect_work work = {study, states, &c};
    if (status == MS_OK) status = ms_parallel_for(study->n, collect_one, &work, err);
    if (status == MS_OK) {
        *out = c;
    } else {
        ms_collected_clear(&c);
    }
    return status;
}

ms_status ms_collect_features(const ms_study *study, ms_collected *c, ms_error *err) {
    char *path = ms_study_path(study, "tables/features.csv");
    ms_status status = path ? ms_features_join(study, c, err) : ms_error_nomem(err);
    if (status == MS_OK) status = ms_table_read_columns(&c->features, path, NULL, 0, err);
    free(path);
    return status;
}

void ms_collected_clear(ms_collected *c) {
    free(c->state);
    free(c->used);
    free(c->reason);
    free(c->confidence);
    free(c->values);
    for (size_t i = 0; c->notes && i < c->n; i++) {
        struct ms_case_note *note = &c->notes[i];
        char *const texts[] = {note->l3_source, note->method,       note->model,
                               note->phase,     note->phase_source, note->flags};
        for (size_t t = 0; t < MS_COUNT(texts); t++) free(texts[t]);
    }
    free(c->notes);
    free(c->feature_row);
    ms_table_free(c->features);
    memset(c, 0, sizeof *c);
}
