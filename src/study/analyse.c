/* From all cases that are done to networks, tables, statistics and report. */
#include "study/figures.h"
#include "study/methods.h"
#include "study/study.h"
#include "study/tables.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

/* Those that ship and every file that study.json names. */
static ms_status read_definitions(const ms_study *study, ms_definitions *definitions, ms_error *err) {
    ms_status status = ms_definitions_read(NULL, definitions, err);
    for (size_t i = 0; i < study->spec.n_definitions && status == MS_OK; i++) {
        const char *given = study->spec.definitions[i];
        char *path = ms_path_below(study->folder, given);
        status = path ? ms_definitions_add(path, definitions, err) : ms_error_nomem(err);
        free(path);
    }
    return status;
}

static ms_status make_all(const ms_study *study, ms_collected *collected, ms_error *err) {
    ms_risks risks = {0};
    ms_definitions definitions = {0};
    ms_status status = read_definitions(study, &definitions, err);
    if (status == MS_OK) status = ms_collect_features(study, collected, err);
    if (status == MS_OK) status = ms_outcome_train(study, collected, &risks, err);
    if (status == MS_OK) status = ms_study_write_tables(study, collected, &risks, err);
    if (status == MS_OK) status = ms_study_statistics(study, collected, &definitions, &risks, err);
    if (status == MS_OK) status = ms_study_risk_distribution(study, collected, &risks, err);
    if (status == MS_OK) status = ms_study_comparison(study, collected, &definitions, &risks, err);
    if (status == MS_OK) status = ms_figure_flow(study, collected, &definitions, &risks, err);
    if (status == MS_OK) status = ms_figure_definitions(study, collected, &definitions, err);
    if (status == MS_OK) status = ms_figure_radiomics(study, collected, &definitions, err);
    if (status == MS_OK) status = ms_study_write_methods(study, collected, &definitions, &risks, err);
    if (status == MS_OK) status = ms_study_write_checklists(study, collected, &risks, err);
    if (status == MS_OK) status = ms_study_report(study, err);
    ms_definitions_clear(&definitions);
    ms_risks_clear(&risks);
    return status;
}

/* One analysis, and its record when it is done. */
static ms_status make_anew(const ms_study *study, ms_collected *collected, cJSON *description,
                           ms_error *err) {
    ms_results_before *before = NULL;
    ms_status status = ms_results_begin(study, &before, err);
    if (status == MS_OK) status = make_all(study, collected, err);
    if (status == MS_OK) status = ms_results_finish(study, description, before, err);
    ms_results_before_free(before);
    return status;
}

ms_status ms_study_analysis_check(const ms_study *study, ms_error *err) {
    ms_definitions definitions = {0};
    ms_status status = read_definitions(study, &definitions, err);
    if (status == MS_OK) status = ms_study_covariates_check(study, err);
    ms_definitions_clear(&definitions);
    return status;
}

ms_status ms_study_analyse(const ms_study *study, const ms_case_status *states, bool always,
                           ms_study_run_summary *summary, ms_error *err) {
    ms_collected collected = {0};
    cJSON *description = NULL;
    size_t used = 0;
    bool current = false;
    char why[256] = "";
    ms_status status = ms_collect(study, states, &collected, err);
    for (size_t i = 0; i < study->n && status == MS_OK; i++) {
        used += collected.used[i];
        summary->failed += collected.state[i] != MS_CASE_DONE;
        summary->excluded += collected.state[i] == MS_CASE_DONE && !collected.used[i];
    }
    if (status == MS_OK && used == 0)
        status = ms_error_set(err, MS_EPARTIAL,
                              "none of %zu cases could be used; 'myosurv study status %s' says why", study->n,
                              study->folder);
    if (status == MS_OK) status = ms_results_describe(study, states, &description, err);
    if (status == MS_OK) status = ms_results_compare(study, description, &current, why, err);
    if (status == MS_OK && (always || !current)) {
        ms_log(MS_LOG_INFO, "networks, statistics and report: %s", current ? "asked for" : why);
        status = make_anew(study, &collected, description, err);
        summary->results_now = status == MS_OK;
    } else if (status == MS_OK) {
        summary->results_before = true;
    }
    cJSON_Delete(description);
    ms_collected_clear(&collected);
    return status;
}
