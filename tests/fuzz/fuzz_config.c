/* tests/fuzz/fuzz_config.c: any bytes as one of the JSON files that a person writes; the first byte chooses
 * which. */
#include "fuzz/scratch.h"
#include "myosurv/model_tune.h"
#include "study/study.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static ms_status read_study(const char *path, ms_error *err) {
    ms_study_spec spec;
    const ms_status status = ms_study_spec_read(path, &spec, err);
    if (status != MS_OK) return status;
    assert(spec.n_endpoints >= 1 && spec.n_endpoints <= MS_STUDY_MAX_ENDPOINTS);
    assert(spec.n_rois >= 1 && spec.n_rois <= MS_STUDY_MAX_ROIS);
    /* These become names of files. */
    for (size_t e = 0; e < spec.n_endpoints; e++) assert(ms_text_is_safe_name(spec.endpoints[e].name));
    for (size_t r = 0; r < spec.n_rois; r++) assert(ms_text_is_safe_name(spec.rois[r].prefix));
    assert(spec.band_mm >= 0 && spec.band_mm <= 100);
    return MS_OK;
}

static ms_status read_training(const char *path, ms_error *err) {
    ms_train_config config;
    ms_train_config_default(&config);
    return ms_train_config_read(&config, path, err);
}

static ms_status read_features(const char *path, ms_error *err) {
    ms_feature_config config;
    const ms_status status = ms_feature_config_read(path, &config, err);
    if (status == MS_OK) assert(ms_feature_config_check(&config, NULL) == MS_OK);
    return status;
}

static ms_status read_space(const char *path, ms_error *err) {
    ms_tune_space *space = NULL;
    const ms_status status = ms_tune_space_read(&space, path, err);
    if (status == MS_OK) ms_tune_space_free(space);
    return status;
}

static ms_status read_definitions(const char *path, ms_error *err) {
    ms_definitions definitions = {0};
    const ms_person person = {.sex = 'm', .age_years = 60, .height_m = 1.7, .weight_kg = 70};
    const ms_status status = ms_definitions_read(path, &definitions, err);
    if (status != MS_OK) return status;
    for (size_t d = 0; d < definitions.n; d++) (void)ms_definition_apply(&definitions.items[d], 50, &person);
    ms_definitions_clear(&definitions);
    return MS_OK;
}

static ms_status read_norms(const char *path, ms_error *err) {
    ms_norms norms = {0};
    const ms_person person = {.sex = 'f', .age_years = 60, .height_m = 1.6, .weight_kg = 60};
    const ms_status status = ms_norms_read(path, &norms, err);
    if (status != MS_OK) return status;
    for (size_t i = 0; i < norms.n; i++) (void)ms_norm_z(&norms.items[i], 100, &person);
    ms_norms_clear(&norms);
    return MS_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static ms_status (*const readers[])(const char *path, ms_error *err) = {
        read_study, read_training, read_features, read_space, read_definitions, read_norms};
    ms_error err = {0};
    if (size < 1) return 0;
    const char *path = scratch_file("x.json", data + 1, size - 1);
    const ms_status status = readers[data[0] % MS_COUNT(readers)](path, &err);
    if (status != MS_OK) check_refusal(status, &err, "x.json");
    return 0;
}
