/* What a finished case must still agree with. */
#include "study/study.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

char *ms_case_path(const ms_study *study, size_t i, const char *name) {
    char *cases = ms_study_path(study, "cases");
    char *folder = cases ? ms_path_join(cases, study->patients[i].id) : NULL;
    char *path = folder && name ? ms_path_join(folder, name) : NULL;
    free(cases);
    if (!name) return folder;
    free(folder);
    return path;
}

static ms_status add_correction(cJSON *root, const ms_patient *patient, ms_error *err) {
    cJSON *object = NULL;
    const char *chosen = patient->mask ? strrchr(patient->mask, '#') : NULL;
    ms_status status = ms_json_add_object(root, "correction", &object, err);
    if (status == MS_OK)
        status = ms_json_add_number(object, "l3_slice",
                                    patient->has_slice ? (double)patient->l3_slice : (double)NAN, err);
    if (status == MS_OK)
        status = ms_json_add_number(object, "l3_z", patient->has_z ? patient->l3_z : (double)NAN, err);
    if (status == MS_OK) status = ms_json_add_text(object, "phase", ms_phase_names[patient->phase], err);
    if (status == MS_OK) status = ms_json_add_text(object, "mask_segments", chosen ? chosen + 1 : "", err);
    return status;
}

static ms_status add_person(cJSON *root, const ms_person *person, ms_error *err) {
    const char sex[2] = {person->sex, '\0'};
    cJSON *object = NULL;
    ms_status status = ms_json_add_object(root, "person", &object, err);
    if (status == MS_OK) status = ms_json_add_number(object, "height_m", person->height_m, err);
    if (status == MS_OK) status = ms_json_add_number(object, "weight_kg", person->weight_kg, err);
    if (status == MS_OK) status = ms_json_add_number(object, "age_years", person->age_years, err);
    if (status == MS_OK) status = ms_json_add_text(object, "sex", sex, err);
    return status;
}

/* "sm_1+2+3 pm_2+3" */
static void list_regions(const ms_study_spec *spec, ms_buffer *out) {
    for (size_t r = 0; r < spec->n_rois; r++) {
        ms_buffer_printf(out, "%s%s", r > 0 ? " " : "", spec->rois[r].prefix);
        for (size_t l = 0; l < spec->rois[r].n_labels; l++)
            ms_buffer_printf(out, "%s%u", l > 0 ? "+" : "", spec->rois[r].labels[l]);
    }
}

static ms_status add_parameters(cJSON *root, const ms_study *study, ms_error *err) {
    cJSON *object = NULL;
    ms_buffer regions;
    ms_buffer_init(&regions);
    list_regions(&study->spec, &regions);
    ms_status status = ms_buffer_failed(&regions) ? ms_error_nomem(err)
                                                  : ms_json_add_object(root, "parameters", &object, err);
    if (status == MS_OK) status = ms_json_add_text(object, "preset", study->spec.preset, err);
    if (status == MS_OK) status = ms_json_add_text(object, "features_sha256", study->features_sha256, err);
    if (status == MS_OK) status = ms_json_add_text(object, "regions", regions.data ? regions.data : "", err);
    if (status == MS_OK) status = ms_json_add_number(object, "band_mm", study->spec.band_mm, err);
    if (status == MS_OK) status = ms_json_add_text(object, "model_sha256", study->model_sha256, err);
    ms_buffer_clear(&regions);
    return status;
}

/* SHA-256 over the description as it is printed, before the key is in it. */
static ms_status add_key(cJSON *root, ms_error *err) {
    ms_buffer text;
    char key[65];
    ms_buffer_init(&text);
    ms_status status = ms_json_print(root, &text, err);
    if (status == MS_OK) {
        ms_hash_bytes(text.data ? text.data : "", text.length, key);
        status = ms_json_add_text(root, "key", key, err);
    }
    ms_buffer_clear(&text);
    return status;
}

ms_status ms_case_describe(const ms_study *study, size_t i, const ms_case_inputs *inputs, cJSON **description,
                           ms_error *err) {
    const ms_patient *patient = &study->patients[i];
    cJSON *root = cJSON_CreateObject();
    if (!root) return ms_error_nomem(err);
    ms_status status = ms_json_add_text(root, "case_id", patient->id, err);
    if (status == MS_OK) status = ms_json_add_text(root, "version", ms_version(), err);
    if (status == MS_OK) status = ms_json_add_text(root, "scan_sha256", inputs->scan, err);
    if (status == MS_OK) status = ms_json_add_text(root, "mask_sha256", inputs->mask, err);
    if (status == MS_OK) status = ms_json_add_text(root, "parameters_sha256", study->parameters_sha256, err);
    if (status == MS_OK) status = add_correction(root, patient, err);
    if (status == MS_OK) status = add_person(root, &patient->person, err);
    if (status == MS_OK) status = add_parameters(root, study, err);
    if (status == MS_OK) status = add_key(root, err);
    if (status == MS_OK) {
        *description = root;
    } else {
        cJSON_Delete(root);
    }
    return status;
}
