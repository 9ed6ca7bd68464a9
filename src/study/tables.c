/* tables/: what was measured and predicted, one row a case, for spreadsheets and R. */
#include "study/tables.h"

#include "study/writer.h"

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

static ms_status write_measurements(const ms_study *study, const ms_collected *c, ms_error *err) {
    ms_writer w = ms_writer_open("measurements", err);
    for (size_t i = 0; i < c->n; i++) {
        if (c->state[i] != MS_CASE_DONE) continue;
        ms_writer_row(&w);
        ms_writer_text(&w, "case_id", study->patients[i].id);
        for (size_t m = 0; m < ms_n_measures; m++)
            ms_writer_number(&w, ms_measures[m].name, c->values[i * ms_n_measures + m]);
    }
    return close_as(study, &w, "tables/measurements.csv", err);
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

ms_status ms_study_write_tables(const ms_study *study, const ms_collected *c, const ms_risks *risks,
                                ms_error *err) {
    ms_groups groups;
    ms_status status = ms_groups_make(study, &groups, err);
    if (status != MS_OK) return status;
    char *features = ms_study_path(study, "tables/features.csv");
    if (!features) status = ms_error_nomem(err);
    if (status == MS_OK) status = ms_table_write(c->features, features, err);
    if (status == MS_OK) status = write_cases(study, c, &groups, err);
    if (status == MS_OK) status = write_flow(study, c, &groups, err);
    if (status == MS_OK) status = write_measurements(study, c, err);
    if (status == MS_OK) status = write_risks(study, c, &groups, risks, err);
    free(features);
    ms_groups_clear(&groups);
    return status;
}
