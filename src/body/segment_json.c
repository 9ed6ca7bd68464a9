/* measurements.json: the level, how it was measured, the flags and every measurement by its name. */
#include "myosurv/body.h"

#include "base/base.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

static const char *source_name(ms_level_source source) {
    static const char *const names[] = {"auto", "slice", "z", "mask"};
    return names[source];
}

static ms_status add_item(cJSON *list, cJSON **item, ms_error *err) {
    *item = cJSON_CreateObject();
    if (*item != NULL && cJSON_AddItemToArray(list, *item)) return MS_OK;
    cJSON_Delete(*item);
    return ms_error_nomem(err);
}

static ms_status add_vertebrae(cJSON *l3, const ms_level *level, ms_error *err) {
    cJSON *list = NULL, *item = NULL;
    ms_status status = ms_json_add_array(l3, "vertebrae", &list, err);
    for (size_t v = 0; status == MS_OK && v < level->n_vertebrae; v++) {
        const ms_vertebra *vertebra = &level->vertebrae[v];
        status = add_item(list, &item, err);
        if (status == MS_OK) status = ms_json_add_text(item, "name", vertebra->name, err);
        if (status == MS_OK) status = ms_json_add_number(item, "low_mm", vertebra->low_mm, err);
        if (status == MS_OK) status = ms_json_add_number(item, "high_mm", vertebra->high_mm, err);
        if (status == MS_OK) status = ms_json_add_numbers(item, "centre_mm", vertebra->centre_mm, 3, err);
    }
    return status;
}

static ms_status add_candidates(cJSON *l3, const ms_level *level, ms_error *err) {
    cJSON *list = NULL, *item = NULL;
    ms_status status = ms_json_add_array(l3, "candidates", &list, err);
    for (size_t c = 0; status == MS_OK && c < level->n_candidates; c++) {
        const ms_level_candidate *candidate = &level->candidates[c];
        status = add_item(list, &item, err);
        if (status == MS_OK) status = ms_json_add_text(item, "name", candidate->name, err);
        if (status == MS_OK)
            status = ms_json_add_number(item, "slice_index", (double)candidate->slice_index, err);
        if (status == MS_OK) status = ms_json_add_number(item, "z_mm", candidate->z_mm, err);
        if (status == MS_OK) status = ms_json_add_number(item, "probability", candidate->probability, err);
    }
    return status;
}

static ms_status add_evidence(cJSON *l3, const ms_level *level, ms_error *err) {
    cJSON *list = NULL, *item = NULL;
    ms_status status = ms_json_add_array(l3, "evidence", &list, err);
    for (size_t e = 0; status == MS_OK && e < level->n_evidence; e++) {
        const ms_level_evidence *evidence = &level->evidence[e];
        status = add_item(list, &item, err);
        if (status == MS_OK) status = ms_json_add_text(item, "landmark", evidence->landmark, err);
        if (status == MS_OK) status = ms_json_add_bool(item, "in_view", evidence->in_view, err);
        if (status == MS_OK) status = ms_json_add_text(item, "name", evidence->name, err);
        if (status == MS_OK) status = ms_json_add_number(item, "probability", evidence->probability, err);
        if (status == MS_OK) status = ms_json_add_number(item, "l3", evidence->l3, err);
    }
    return status;
}

static ms_status add_fallback(cJSON *l3, const ms_level_fallback *fallback, ms_error *err) {
    cJSON *item = NULL;
    if (!fallback->known) return cJSON_AddNullToObject(l3, "fallback") != NULL ? MS_OK : ms_error_nomem(err);
    ms_status status = ms_json_add_object(l3, "fallback", &item, err);
    if (status == MS_OK) status = ms_json_add_text(item, "landmark", fallback->landmark, err);
    if (status == MS_OK) status = ms_json_add_bool(item, "used", fallback->used, err);
    if (status == MS_OK) status = ms_json_add_number(item, "slice_index", (double)fallback->slice_index, err);
    if (status == MS_OK) status = ms_json_add_number(item, "z_mm", fallback->z_mm, err);
    return status;
}

static ms_status add_level(cJSON *root, const ms_segmentation *s, ms_error *err) {
    const ms_level *level = &s->level;
    cJSON *l3 = NULL;
    ms_status status = ms_json_add_object(root, "l3", &l3, err);
    if (status == MS_OK) status = ms_json_add_number(l3, "slice_index", (double)level->slice_index, err);
    if (status == MS_OK) status = ms_json_add_number(l3, "z_mm", level->z_mm, err);
    if (status == MS_OK) status = ms_json_add_number(l3, "confidence", level->confidence, err);
    if (status == MS_OK) status = ms_json_add_text(l3, "source", source_name(level->source), err);
    if (status == MS_OK) status = ms_json_add_bool(l3, "overridden", level->source != MS_LEVEL_AUTO, err);
    if (status == MS_OK) status = ms_json_add_number(l3, "n_slices", (double)s->n_slices, err);
    if (status == MS_OK) status = ms_json_add_number(l3, "band_mm", s->band_mm, err);
    if (status == MS_OK)
        status = ms_json_add_number(l3, "lumbar_count",
                                    level->lumbar_count > 0 ? level->lumbar_count : (double)NAN, err);
    if (status == MS_OK) status = add_candidates(l3, level, err);
    if (status == MS_OK) status = add_evidence(l3, level, err);
    if (status == MS_OK) status = add_fallback(l3, &level->fallback, err);
    if (status == MS_OK) status = add_vertebrae(l3, level, err);
    return status;
}

static ms_status add_method(cJSON *root, const ms_segmentation *s, ms_error *err) {
    cJSON *model = NULL;
    ms_status status = ms_json_add_text(root, "method", ms_method_name(s->method), err);
    if (status != MS_OK) return status;
    if (s->model_name[0] == '\0')
        return cJSON_AddNullToObject(root, "model") != NULL ? MS_OK : ms_error_nomem(err);
    status = ms_json_add_object(root, "model", &model, err);
    if (status == MS_OK) status = ms_json_add_text(model, "name", s->model_name, err);
    if (status == MS_OK) status = ms_json_add_text(model, "sha256", s->model_sha256, err);
    return status;
}

static ms_status add_phase(cJSON *scan, const ms_contrast *contrast, ms_error *err) {
    const char *source = contrast->given ? "given" : contrast->phase == MS_PHASE_UNKNOWN ? "none" : "image";
    ms_status status = ms_json_add_text(scan, "phase", ms_phase_names[contrast->phase], err);
    if (status == MS_OK) status = ms_json_add_number(scan, "phase_confidence", contrast->confidence, err);
    if (status == MS_OK) status = ms_json_add_text(scan, "phase_source", source, err);
    if (status == MS_OK) status = ms_json_add_number(scan, "aorta_hu", contrast->aorta_hu, err);
    if (status == MS_OK) status = ms_json_add_number(scan, "cava_hu", contrast->cava_hu, err);
    if (status == MS_OK) status = ms_json_add_number(scan, "kidney_hu", contrast->kidney_hu, err);
    return status;
}

static ms_status add_scan(cJSON *root, const ms_segmentation *s, ms_error *err) {
    static const char *const says[] = {"not said", "none", "agent"};
    cJSON *scan = NULL;
    ms_status status = ms_json_add_object(root, "scan", &scan, err);
    if (status == MS_OK) status = ms_json_add_text(scan, "format", s->scan.format, err);
    if (status == MS_OK) status = ms_json_add_text(scan, "modality", s->scan.modality, err);
    if (status == MS_OK) status = ms_json_add_number(scan, "kvp", s->scan.kvp, err);
    if (status == MS_OK) status = ms_json_add_text(scan, "kernel", s->scan.kernel, err);
    if (status == MS_OK)
        status = ms_json_add_number(scan, "slice_thickness_mm", s->scan.slice_thickness_mm, err);
    if (status == MS_OK) status = ms_json_add_numbers(scan, "spacing_mm", s->scan.spacing_mm, 3, err);
    if (status == MS_OK) status = ms_json_add_number(scan, "slices", (double)s->scan.slices, err);
    if (status == MS_OK)
        status = ms_json_add_text(scan, "header_contrast", says[s->scan.header_contrast + 1], err);
    if (status == MS_OK) status = add_phase(scan, &s->contrast, err);
    return status;
}

static ms_status add_person(cJSON *root, const ms_person *person, ms_error *err) {
    const char sex[2] = {person->sex, '\0'};
    cJSON *item = NULL;
    ms_status status = ms_json_add_object(root, "person", &item, err);
    if (status == MS_OK) status = ms_json_add_text(item, "sex", sex, err);
    if (status == MS_OK) status = ms_json_add_number(item, "age_years", person->age_years, err);
    if (status == MS_OK) status = ms_json_add_number(item, "height_m", person->height_m, err);
    if (status == MS_OK) status = ms_json_add_number(item, "weight_kg", person->weight_kg, err);
    if (status == MS_OK) status = ms_json_add_number(item, "bmi_kg_m2", ms_person_bmi(person), err);
    return status;
}

static ms_status add_flags(cJSON *root, const ms_flags *flags, ms_error *err) {
    cJSON *list = NULL;
    const ms_status status = ms_json_add_array(root, "flags", &list, err);
    if (status != MS_OK) return status;
    for (size_t f = 0; f < flags->n; f++) {
        cJSON *word = cJSON_CreateString(flags->words[f]);
        if (word == NULL || !cJSON_AddItemToArray(list, word)) {
            cJSON_Delete(word);
            return ms_error_nomem(err);
        }
    }
    return MS_OK;
}

static ms_status add_measurements(cJSON *root, const ms_segmentation *s, ms_error *err) {
    cJSON *numbers = NULL, *units = NULL, *missing = NULL;
    ms_status status = ms_json_add_object(root, "measurements", &numbers, err);
    if (status == MS_OK) status = ms_json_add_object(root, "units", &units, err);
    if (status == MS_OK) status = ms_json_add_object(root, "missing", &missing, err);
    for (size_t m = 0; status == MS_OK && m < ms_n_measures; m++) {
        const char *why = ms_measure_missing(m, s->values, &s->flags);
        status = ms_json_add_number(numbers, ms_measures[m].name, s->values[m], err);
        if (status == MS_OK) status = ms_json_add_text(units, ms_measures[m].name, ms_measures[m].unit, err);
        if (status == MS_OK && why != NULL) status = ms_json_add_text(missing, ms_measures[m].name, why, err);
    }
    return status;
}

/* A cut-off made on another phase than the scan's is to be read with care: contrast raises density and, by
 * it, area (Derstine et al. 2018; van der Werf et al. 2018 used plain and enhanced scans). */
static bool phase_differs(const ms_definition *d, const ms_contrast *contrast) {
    const ms_phase made = ms_phase_find(d->phase);
    return made != MS_PHASES && made != MS_PHASE_UNKNOWN && contrast->phase != MS_PHASE_UNKNOWN &&
           made != contrast->phase;
}

static ms_status add_definition(cJSON *list, const ms_segmentation *s, const ms_definition *d,
                                ms_error *err) {
    const size_t m = ms_measure_find(d->metric);
    const double value = m < ms_n_measures ? s->values[m] : (double)NAN;
    const char *why = NULL;
    const ms_cutoff *cut = ms_definition_cutoff(d, &s->person, &why);
    const int positive = ms_definition_apply(d, value, &s->person);
    cJSON *item = NULL;
    if (m == ms_n_measures)
        why = "not_measured";
    else if (isnan(value))
        why = ms_measure_missing(m, s->values, &s->flags);
    ms_status status = add_item(list, &item, err);
    if (status == MS_OK) status = ms_json_add_text(item, "key", d->key, err);
    if (status == MS_OK) status = ms_json_add_text(item, "label", d->label, err);
    if (status == MS_OK) status = ms_json_add_text(item, "metric", d->metric, err);
    if (status == MS_OK) status = ms_json_add_number(item, "value", value, err);
    if (status == MS_OK)
        status = ms_json_add_number(item, "cut_off", cut != NULL ? cut->value : (double)NAN, err);
    if (status == MS_OK && positive >= 0) status = ms_json_add_bool(item, "positive", positive == 1, err);
    if (status == MS_OK && positive < 0) status = ms_json_add_number(item, "positive", NAN, err);
    if (status == MS_OK && positive < 0) status = ms_json_add_text(item, "why", why, err);
    if (status == MS_OK) status = ms_json_add_text(item, "status", d->status, err);
    if (status == MS_OK) status = ms_json_add_text(item, "phase", d->phase, err);
    if (status == MS_OK)
        status = ms_json_add_bool(item, "phase_differs", phase_differs(d, &s->contrast), err);
    return status;
}

static ms_status add_definitions(cJSON *root, const ms_segmentation *s, const ms_definitions *definitions,
                                 ms_error *err) {
    cJSON *list = NULL;
    if (definitions == NULL) return MS_OK;
    ms_status status = ms_json_add_array(root, "definitions", &list, err);
    for (size_t d = 0; d < definitions->n && status == MS_OK; d++)
        status = add_definition(list, s, &definitions->items[d], err);
    return status;
}

static ms_status add_z_scores(cJSON *root, const ms_segmentation *s, const ms_norms *norms, ms_error *err) {
    cJSON *list = NULL, *item = NULL;
    if (norms == NULL) return MS_OK;
    ms_status status = ms_json_add_array(root, "z_scores", &list, err);
    for (size_t n = 0; n < norms->n && status == MS_OK; n++) {
        const ms_norm *norm = &norms->items[n];
        const size_t m = ms_measure_find(norm->metric);
        const double z = m < ms_n_measures ? ms_norm_z(norm, s->values[m], &s->person) : (double)NAN;
        if (isnan(z)) continue;
        status = add_item(list, &item, err);
        if (status == MS_OK) status = ms_json_add_text(item, "metric", norm->metric, err);
        if (status == MS_OK) status = ms_json_add_text(item, "norm", norm->key, err);
        if (status == MS_OK) status = ms_json_add_number(item, "z", z, err);
    }
    return status;
}

ms_status ms_segmentation_write_json(const ms_segmentation *segmentation, const ms_definitions *definitions,
                                     const ms_norms *norms, const char *path, ms_error *err) {
    cJSON *root = cJSON_CreateObject();
    if (root == NULL) return ms_error_nomem(err);
    ms_status status = ms_json_add_text(root, "program", "myosurv", err);
    if (status == MS_OK) status = ms_json_add_text(root, "version", ms_version(), err);
    if (status == MS_OK) status = add_level(root, segmentation, err);
    if (status == MS_OK) status = add_method(root, segmentation, err);
    if (status == MS_OK) status = add_scan(root, segmentation, err);
    if (status == MS_OK) status = add_person(root, &segmentation->person, err);
    if (status == MS_OK) status = add_flags(root, &segmentation->flags, err);
    if (status == MS_OK) status = add_measurements(root, segmentation, err);
    if (status == MS_OK) status = add_z_scores(root, segmentation, norms, err);
    if (status == MS_OK) status = add_definitions(root, segmentation, definitions, err);
    if (status == MS_OK) status = ms_json_write(root, path, err);
    cJSON_Delete(root);
    return status;
}
