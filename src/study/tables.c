/* tables/: what was measured and predicted, one row a case, for spreadsheets and R. */
#include "study/tables.h"

#include "study/case_columns.h"
#include "study/writer.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static ms_status close_as(const ms_study *study, ms_writer *w, const char *name, ms_error *err) {
    char *path = ms_study_path(study, name);
    ms_status status = path ? ms_writer_close(w, path) : ms_error_nomem(err);
    free(path);
    return status;
}

static ms_status write_cases(const ms_study *study, const ms_collected *c, const ms_groups *groups,
                             ms_error *err) {
    ms_writer w = ms_writer_open("cases", err);
    for (size_t i = 0; i < c->n; i++) {
        bool done = c->state[i] == MS_CASE_DONE;
        ms_writer_row(&w);
        ms_writer_text(&w, "case_id", study->patients[i].id);
        ms_writer_text(&w, "group", groups->names[groups->of[i]]);
        ms_writer_text(&w, "state", c->used[i] ? "used" : done ? "excluded" : "failed");
        ms_writer_text(&w, "reason", c->reason[i]);
        ms_writer_number(&w, "l3_confidence", done ? c->confidence[i] : (double)NAN);
    }
    return close_as(study, &w, "tables/cases.csv", err);
}

static const char *text_of(const cJSON *object, const char *key) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsString(item) ? item->valuestring : "";
}

static double number_of(const cJSON *object, const char *key) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(item) ? item->valuedouble : (double)NAN;
}

static void list_flags(const cJSON *root, char *out, size_t size) {
    const cJSON *flag = NULL;
    out[0] = '\0';
    cJSON_ArrayForEach(flag, cJSON_GetObjectItemCaseSensitive(root, "flags")) {
        const size_t used = strlen(out);
        if (cJSON_IsString(flag))
            (void)ms_text_format(out + used, size - used, "%s%s", used > 0 ? " " : "", flag->valuestring);
    }
}

/* As its measurements.json says, so that a correction shows in the table. */
static void write_case(ms_writer *w, const ms_study *study, const ms_collected *c, size_t i,
                       const ms_norms *norms) {
    const cJSON *root = c->json[i], *l3 = cJSON_GetObjectItemCaseSensitive(root, "l3"),
                *scan = cJSON_GetObjectItemCaseSensitive(root, "scan");
    char flags[1100];
    list_flags(root, flags, sizeof flags);
    const ms_case_columns columns = {
        .l3_slice = number_of(l3, "slice_index"),
        .l3_z_mm = number_of(l3, "z_mm"),
        .l3_confidence = c->confidence[i],
        .l3_source = text_of(l3, "source"),
        .n_slices = number_of(l3, "n_slices"),
        .method = text_of(root, "method"),
        .model = text_of(cJSON_GetObjectItemCaseSensitive(root, "model"), "name"),
        .phase = text_of(scan, "phase"),
        .phase_confidence = number_of(scan, "phase_confidence"),
        .phase_source = text_of(scan, "phase_source"),
        .kvp = number_of(scan, "kvp"),
        .slice_thickness_mm = number_of(scan, "slice_thickness_mm"),
        .flags = flags,
        .values = &c->values[i * ms_n_measures],
    };
    ms_writer_row(w);
    ms_writer_text(w, "case_id", study->patients[i].id);
    ms_case_columns_write(w, &columns, &study->patients[i].person, norms);
}

static ms_status write_measurements(const ms_study *study, const ms_collected *c, ms_error *err) {
    ms_norms norms = {0};
    ms_status status = ms_norms_read(NULL, &norms, err);
    if (status != MS_OK) return status;
    ms_writer w = ms_writer_open("measurements", err);
    for (size_t i = 0; i < c->n; i++)
        if (c->state[i] == MS_CASE_DONE) write_case(&w, study, c, i, &norms);
    status = close_as(study, &w, "tables/measurements.csv", err);
    ms_norms_clear(&norms);
    return status;
}

static ms_status write_risks(const ms_study *study, const ms_collected *c, const ms_groups *groups,
                             const ms_risks *risks, ms_error *err) {
    ms_writer w = ms_writer_open("risks", err);
    for (size_t i = 0; i < c->n; i++) {
        if (!c->used[i]) continue;
        ms_writer_row(&w);
        ms_writer_text(&w, "case_id", study->patients[i].id);
        ms_writer_text(&w, "group", groups->names[groups->of[i]]);
        for (size_t e = 0; e < study->spec.n_endpoints; e++) {
            char name[64];
            int8_t high = risks->high[e * c->n + i];
            (void)ms_text_format(name, sizeof name, "risk_%s", study->spec.endpoints[e].name);
            ms_writer_number(&w, name, risks->risk[e * c->n + i]);
            (void)ms_text_format(name, sizeof name, "high_risk_%s", study->spec.endpoints[e].name);
            ms_writer_number(&w, name, high < 0 ? (double)NAN : high);
        }
    }
    return close_as(study, &w, "tables/risks.csv", err);
}

/* The flow of patients, group by group. */
static ms_status write_flow(const ms_study *study, const ms_collected *c, const ms_groups *groups,
                            ms_error *err) {
    ms_writer w = ms_writer_open("flow", err);
    for (size_t g = 0; g < groups->n; g++) {
        size_t given = 0, failed = 0, excluded = 0, used = 0;
        for (size_t i = 0; i < c->n; i++) {
            if (groups->of[i] != g) continue;
            given++;
            if (c->used[i]) {
                used++;
            } else if (c->state[i] == MS_CASE_DONE) {
                excluded++;
            } else {
                failed++;
            }
        }
        ms_writer_row(&w);
        ms_writer_text(&w, "group", groups->names[g]);
        ms_writer_number(&w, "scans", (double)given);
        ms_writer_number(&w, "failed", (double)failed);
        ms_writer_number(&w, "excluded", (double)excluded);
        ms_writer_number(&w, "used", (double)used);
        for (size_t e = 0; e < study->spec.n_endpoints; e++) {
            char name[64];
            size_t events = 0;
            for (size_t i = 0; i < c->n; i++) {
                const ms_patient *p = &study->patients[i];
                events += groups->of[i] == g && c->used[i] && !isnan(p->time[e]) && p->event[e];
            }
            (void)ms_text_format(name, sizeof name, "%s_events", study->spec.endpoints[e].name);
            ms_writer_number(&w, name, (double)events);
        }
    }
    return close_as(study, &w, "tables/flow.csv", err);
}

/* Beside the features, what they were made with. The scans' hashes are in the cases' done.json. */
static ms_status write_sheet(const ms_study *study, const char *features, ms_error *err) {
    ms_feature_config config;
    ms_status status = ms_feature_config_preset(&config, study->spec.preset, err);
    return status == MS_OK ? ms_feature_sheet_files(&config, features, NULL, NULL, 0, err) : status;
}

ms_status ms_study_write_tables(const ms_study *study, const ms_collected *c, const ms_risks *risks,
                                ms_error *err) {
    ms_groups groups;
    ms_status status = ms_groups_make(study, &groups, err);
    if (status != MS_OK) return status;
    char *features = ms_study_path(study, "tables/features.csv");
    if (!features) status = ms_error_nomem(err);
    if (status == MS_OK) status = ms_table_write(c->features, features, err);
    if (status == MS_OK) status = write_sheet(study, features, err);
    if (status == MS_OK) status = write_cases(study, c, &groups, err);
    if (status == MS_OK) status = write_flow(study, c, &groups, err);
    if (status == MS_OK) status = write_measurements(study, c, err);
    if (status == MS_OK) status = write_risks(study, c, &groups, risks, err);
    free(features);
    ms_groups_clear(&groups);
    return status;
}
