/* tables/: what was measured and predicted, one row a case, for spreadsheets and R. */
#include "study/tables.h"

#include "study/case_columns.h"
#include "study/collect.h"
#include "study/writer.h"

#include <math.h>
#include <stdlib.h>

static ms_writer open_table(const ms_study *study, const char *name, ms_error *err) {
    char *path = ms_study_path(study, name);
    ms_writer w = {.status = MS_OK, .err = err};
    if (path) {
        w = ms_writer_stream(path, err);
    } else {
        w.status = ms_error_nomem(err);
    }
    free(path);
    return w;
}

static ms_status write_cases(const ms_study *study, const ms_collected *c, const ms_groups *groups,
                             ms_error *err) {
    ms_writer w = open_table(study, "tables/cases.csv", err);
    for (size_t i = 0; i < c->n; i++) {
        bool done = c->state[i] == MS_CASE_DONE;
        ms_writer_row(&w);
        ms_writer_text(&w, "case_id", study->patients[i].id);
        ms_writer_text(&w, "group", groups->names[groups->of[i]]);
        ms_writer_text(&w, "state", c->used[i] ? "used" : done ? "excluded" : "failed");
        ms_writer_text(&w, "reason", c->reason[i]);
        ms_writer_number(&w, "l3_confidence", done ? c->confidence[i] : (double)NAN);
    }
    return ms_writer_close(&w, NULL);
}

/* As its measurements.json says, so that a correction shows in the table. */
static void write_case(ms_writer *w, const ms_study *study, const ms_collected *c, size_t i,
                       const ms_norms *norms) {
    const struct ms_case_note *note = &c->notes[i];
    const ms_case_columns columns = {
        .l3_slice = note->l3_slice,
        .l3_z_mm = note->l3_z_mm,
        .l3_confidence = c->confidence[i],
        .l3_source = note->l3_source,
        .n_slices = note->n_slices,
        .method = note->method,
        .model = note->model,
        .phase = note->phase,
        .phase_confidence = note->phase_confidence,
        .phase_source = note->phase_source,
        .kvp = note->kvp,
        .slice_thickness_mm = note->slice_thickness_mm,
        .flags = note->flags,
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
    ms_writer w = open_table(study, "tables/measurements.csv", err);
    for (size_t i = 0; i < c->n; i++)
        if (c->state[i] == MS_CASE_DONE) write_case(&w, study, c, i, &norms);
    status = ms_writer_close(&w, NULL);
    ms_norms_clear(&norms);
    return status;
}

static ms_status write_risks(const ms_study *study, const ms_collected *c, const ms_groups *groups,
                             const ms_risks *risks, ms_error *err) {
    ms_writer w = open_table(study, "tables/risks.csv", err);
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
    return ms_writer_close(&w, NULL);
}

/* The flow of patients, group by group. */
static ms_status write_flow(const ms_study *study, const ms_collected *c, const ms_groups *groups,
                            ms_error *err) {
    ms_writer w = open_table(study, "tables/flow.csv", err);
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
            size_t events = 0, followed = 0;
            for (size_t i = 0; i < c->n; i++) {
                const ms_patient *p = &study->patients[i];
                if (groups->of[i] != g || !c->used[i] || isnan(p->time[e])) continue;
                followed++;
                events += p->event[e];
            }
            (void)ms_text_format(name, sizeof name, "%s_n", study->spec.endpoints[e].name);
            ms_writer_number(&w, name, (double)followed);
            (void)ms_text_format(name, sizeof name, "%s_events", study->spec.endpoints[e].name);
            ms_writer_number(&w, name, (double)events);
        }
    }
    return ms_writer_close(&w, NULL);
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
    if (status == MS_OK) status = write_sheet(study, features, err);
    if (status == MS_OK) status = write_cases(study, c, &groups, err);
    if (status == MS_OK) status = write_flow(study, c, &groups, err);
    if (status == MS_OK) status = write_measurements(study, c, err);
    if (status == MS_OK && risks) status = write_risks(study, c, &groups, risks, err);
    free(features);
    ms_groups_clear(&groups);
    return status;
}
