/* The map of a case of a study, with the study's own model, parameters, mask and slice. */
#include "study/occlusion.h"
#include "study/study.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SAME_RISK 1e-6

static ms_status find_case(const ms_study *study, const char *case_id, size_t *i, ms_error *err) {
    const char **ids = ms_calloc(study->n, sizeof *ids);
    if (!ids) return ms_error_nomem(err);
    for (size_t k = 0; k < study->n; k++) ids[k] = study->patients[k].id;
    for (*i = 0; *i < study->n && strcmp(ids[*i], case_id) != 0; (*i)++) {
    }
    ms_status status = MS_OK;
    if (*i == study->n) {
        const char *near = ms_text_nearest(case_id, ids, study->n);
        status = ms_error_set(err, MS_EINPUT, "%s: has no case %s%s%s%s", study->folder, case_id,
                              near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
    }
    free(ids);
    return status;
}

static ms_status find_endpoint(const ms_study *study, const char *name, const ms_endpoint **endpoint,
                               ms_error *err) {
    for (size_t e = 0; e < study->spec.n_endpoints; e++) {
        if (name && strcmp(study->spec.endpoints[e].name, name) != 0) continue;
        *endpoint = &study->spec.endpoints[e];
        return MS_OK;
    }
    return ms_error_set(err, MS_EINPUT, "%s: has no endpoint %s; the first is %s", study->folder, name,
                        study->spec.endpoints[0].name);
}

static ms_status load_model(const ms_study *study, const ms_endpoint *endpoint, ms_model **model,
                            ms_error *err) {
    char name[64];
    (void)ms_text_format(name, sizeof name, "model/%s.msm", endpoint->name);
    char *path = ms_study_path(study, name);
    ms_status status = path ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK && !ms_path_exists(path))
        status = ms_error_set(err, MS_EINPUT, "%s: there is no model of %s; run 'myosurv study run' first",
                              path, endpoint->name);
    if (status == MS_OK) status = ms_model_load(model, path, err);
    free(path);
    return status;
}

static ms_status read_level(const ms_study *study, size_t i, size_t *slice, ms_error *err) {
    cJSON *root = NULL;
    char *path = ms_case_path(study, i, "measurements.json");
    ms_status status = path ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK && !ms_path_exists(path))
        status =
            ms_error_set(err, MS_EINPUT, "%s: the case was not run; run 'myosurv study run' first", path);
    if (status == MS_OK) status = ms_json_read(path, &root, err);
    const cJSON *level = cJSON_GetObjectItemCaseSensitive(root, "l3");
    if (status == MS_OK && !cJSON_HasObjectItem(level, "slice_index"))
        status = ms_error_set(err, MS_EINPUT, "%s: has no l3.slice_index", path);
    if (status == MS_OK) status = ms_json_get_size(level, path, "slice_index", slice, err);
    cJSON_Delete(root);
    free(path);
    return status;
}

/* The risk that the case's own table of features gives: the picture must be of the same patient, parameters
 * and program. */
static ms_status check_risk(const ms_model *model, const ms_table *features, double risk, ms_error *err) {
    double stored = 0;
    if (ms_table_rows(features) != 1)
        return ms_error_set(err, MS_EINPUT, "%s: must have one row", ms_table_name(features));
    ms_status status = ms_model_predict_table(model, features, &stored, err);
    if (status == MS_OK && !(fabs(stored - risk) <= SAME_RISK * fmax(1, fabs(stored))))
        status = ms_error_set(err, MS_EINPUT,
                              "%s: gives a risk of %g, and the scan and mask as they are now %g: something "
                              "changed since; run 'myosurv study run' again",
                              ms_table_name(features), stored, risk);
    return status;
}

static ms_status run_case(const ms_study *study, size_t i, const ms_model *model, const ms_table *features,
                          const char *mask, const ms_occlusion_options *options, ms_occlusion_map *map,
                          ms_error *err) {
    ms_feature_config config;
    ms_occlusion_region regions[MS_STUDY_MAX_ROIS] = {0};
    ms_occlusion_request request = {.model = model,
                                    .scan = study->patients[i].scan,
                                    .mask = mask,
                                    .has_slice = true,
                                    .config = &config,
                                    .regions = regions,
                                    .n_regions = study->spec.n_rois,
                                    .values = features};
    for (size_t r = 0; r < study->spec.n_rois; r++) {
        const ms_roi *roi = &study->spec.rois[r];
        (void)ms_text_format(regions[r].prefix, sizeof regions[r].prefix, "%s", roi->prefix);
        memcpy(regions[r].labels, roi->labels, sizeof roi->labels);
        regions[r].n_labels = roi->n_labels;
    }
    ms_status status = ms_feature_config_preset(&config, study->spec.preset, err);
    if (status == MS_OK) status = read_level(study, i, &request.slice, err);
    return status == MS_OK ? ms_occlusion_run(&request, options, map, err) : status;
}

ms_status ms_study_occlusion(const char *folder, const char *case_id, const char *endpoint,
                             const ms_occlusion_options *options, ms_occlusion_map *map, ms_error *err) {
    ms_study *study = NULL;
    ms_model *model = NULL;
    ms_table *features = NULL;
    ms_occlusion_map made = {0};
    const ms_endpoint *chosen = NULL;
    char *mask = NULL, *table = NULL;
    size_t i = 0, slice = 0;
    ms_status status = ms_study_open(folder, &study, err);
    if (status == MS_OK) status = find_case(study, case_id, &i, err);
    if (status == MS_OK) status = find_endpoint(study, endpoint, &chosen, err);
    if (status == MS_OK) status = load_model(study, chosen, &model, err);
    if (status == MS_OK) status = read_level(study, i, &slice, err); /* says when the case was not run */
    if (status != MS_OK) goto cleanup;
    mask = ms_case_path(study, i, "mask.nii.gz");
    table = ms_case_path(study, i, "features.csv");
    status = mask && table ? ms_table_read(&features, table, err) : ms_error_nomem(err);
    if (status == MS_OK) status = run_case(study, i, model, features, mask, options, &made, err);
    if (status == MS_OK) status = check_risk(model, features, made.risk, err);
    if (status == MS_OK) {
        *map = made;
        made = (ms_occlusion_map){0};
    }
cleanup:
    ms_occlusion_map_clear(&made);
    free(mask);
    free(table);
    ms_table_free(features);
    ms_model_free(model);
    ms_study_free(study);
    return status;
}
