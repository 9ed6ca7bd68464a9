/* Where the model's inputs come from, and measuring them on one slice. */
#include "study/occlusion.h"

#include "myosurv/model_steps.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- only what the model needs ------------------------------------------------------------------------- */

/* True when a name under `config` (with a region's prefix) is one of the model's inputs. */
static ms_status is_needed(const ms_occlusion_request *request, const ms_feature_config *config, bool *needed,
                           ms_error *err) {
    ms_feature_set set = {0};
    const char *const *names;
    size_t p;
    ms_model_features(request->model, &names, &p);
    const ms_status status = ms_feature_names(config, &set, err);
    *needed = false;
    for (size_t j = 0; status == MS_OK && j < p && !*needed; j++) {
        for (size_t r = 0; r < request->n_regions && !*needed; r++) {
            const char *prefix = request->regions[r].prefix;
            if (!ms_text_starts_with(names[j], prefix)) continue;
            for (size_t f = 0; f < set.n && !*needed; f++)
                *needed = strcmp(names[j] + strlen(prefix), set.names[f]) == 0;
        }
    }
    ms_feature_set_clear(&set);
    return status;
}

/* Leaves out every image and family of which the model has no feature: the others have the same values
 * without them, and a patch takes a part of the time. */
static ms_status reduce(const ms_occlusion_request *request, ms_feature_config *config, ms_error *err) {
    const unsigned images = config->images, families = config->families;
    unsigned kept_images = 0, kept_families = 0;
    ms_status status = MS_OK;
    for (unsigned bit = 1; status == MS_OK && bit <= 1u << 15; bit <<= 1) {
        bool needed = false;
        ms_feature_config one = *config;
        one.images = bit;
        one.n_filters = 0;
        if (images & bit) status = is_needed(request, &one, &needed, err);
        if (needed) kept_images |= bit;
    }
    for (unsigned bit = 1; status == MS_OK && bit <= 1u << 15; bit <<= 1) {
        bool needed = false;
        ms_feature_config one = *config;
        one.families = bit;
        if (families & bit) status = is_needed(request, &one, &needed, err);
        if (needed) kept_families |= bit;
    }
    if (status != MS_OK || kept_families == 0) return status;
    config->families = kept_families;
    if (kept_images || config->n_filters == 0) config->images = kept_images ? kept_images : images;
    return MS_OK;
}

/* ---- where each input comes from ----------------------------------------------------------------------- */

static bool find_feature(const ms_occlusion_inputs *in, const ms_feature_set *set, const char *name,
                         ms_input_source *source) {
    for (size_t r = 0; r < in->request->n_regions; r++) {
        const char *prefix = in->request->regions[r].prefix;
        if (!ms_text_starts_with(name, prefix)) continue;
        for (size_t f = 0; f < set->n; f++) {
            if (strcmp(name + strlen(prefix), set->names[f]) != 0) continue;
            *source = (ms_input_source){.kind = MS_INPUT_FEATURE, .region = r, .index = f};
            in->needs[r] = true;
            return true;
        }
    }
    return false;
}

static ms_status find_source(ms_occlusion_inputs *in, const ms_feature_set *set, const char *name, size_t j,
                             ms_buffer *missing, size_t *n_missing, ms_error *err) {
    enum { SHOWN = 5 };
    ms_input_source *source = &in->source[j];
    const ms_table *values = in->request->values;
    size_t column;
    if (find_feature(in, set, name, source)) {
        in->n_image++;
        return MS_OK;
    }
    const size_t measure = ms_measure_find(name);
    if (measure < ms_n_measures) {
        *source = (ms_input_source){.kind = MS_INPUT_MEASURE, .index = measure};
        in->measures = true;
        in->n_image++;
        return MS_OK;
    }
    if (values && ms_table_find(values, name, &column)) {
        source->kind = MS_INPUT_GIVEN;
        in->n_given++;
        return ms_table_number(values, in->request->row, column, &source->value, err);
    }
    if ((*n_missing)++ < SHOWN) ms_buffer_printf(missing, "%s%s", missing->length ? ", " : "", name);
    return MS_OK;
}

/* Height, for measurements that are indexed by it. */
static ms_status find_person(ms_occlusion_inputs *in, ms_error *err) {
    size_t column;
    in->person = (ms_person){.height_m = NAN, .weight_kg = NAN, .age_years = NAN};
    if (!in->request->values || !ms_table_find(in->request->values, "height_m", &column)) return MS_OK;
    return ms_table_number(in->request->values, in->request->row, column, &in->person.height_m, err);
}

/* A model that corrects by scanner needs to know which it was. */
static ms_status find_batch(ms_occlusion_inputs *in, ms_error *err) {
    const ms_table *values = in->request->values;
    ms_model_steps steps;
    ms_model_get_steps(in->request->model, &steps);
    if (!steps.batch_column) return MS_OK;
    if (!values)
        return ms_error_set(err, MS_EINPUT,
                            "the model corrects its inputs by %s: give the patient's row, where it stands",
                            steps.batch_column);
    size_t *batch = ms_calloc(ms_table_rows(values), sizeof *batch);
    if (!batch) return ms_error_nomem(err);
    const ms_status status = ms_model_steps_batches(&steps, values, batch, err);
    if (status == MS_OK) in->batch = batch[in->request->row];
    free(batch);
    return status;
}

static ms_status find_sources(ms_occlusion_inputs *in, const char *const *names, ms_error *err) {
    ms_feature_set set = {0};
    ms_buffer missing;
    size_t n_missing = 0;
    ms_buffer_init(&missing);
    ms_status status = ms_feature_names(&in->config, &set, err);
    for (size_t j = 0; status == MS_OK && j < in->p; j++)
        status = find_source(in, &set, names[j], j, &missing, &n_missing, err);
    if (status == MS_OK && n_missing > 0)
        status = ms_error_set(
            err, MS_EINPUT,
            "%zu input%s of the model %s neither a feature of the regions, a measurement, nor a column of "
            "the patient's row: %s%s. Give the features' preset or config and their regions (prefix), and "
            "the row of the others",
            n_missing, n_missing == 1 ? "" : "s", n_missing == 1 ? "is" : "are",
            missing.data ? missing.data : "", n_missing > 5 ? ", ..." : "");
    if (status == MS_OK && in->n_image == 0)
        status = ms_error_set(
            err, MS_EINPUT, "none of the model's %zu inputs is made from the image: there is no map to draw",
            in->p);
    ms_buffer_clear(&missing);
    ms_feature_set_clear(&set);
    return status;
}

ms_status ms_occlusion_inputs_find(ms_occlusion_inputs *inputs, const ms_occlusion_request *request,
                                   const ms_layout *layout, ms_error *err) {
    ms_occlusion_inputs made = {.request = request, .config = *request->config};
    const char *const *names;
    ms_model_features(request->model, &names, &made.p);
    ms_feature_config_stored(&made.config, layout);
    made.source = ms_calloc(made.p, sizeof *made.source);
    made.needs = ms_calloc(request->n_regions, sizeof *made.needs);
    ms_status status = made.source && made.needs ? reduce(request, &made.config, err) : ms_error_nomem(err);
    if (status == MS_OK) status = find_sources(&made, names, err);
    if (status == MS_OK) status = find_person(&made, err);
    if (status == MS_OK) status = find_batch(&made, err);
    if (status == MS_OK)
        *inputs = made;
    else
        ms_occlusion_inputs_clear(&made);
    return status;
}

void ms_occlusion_inputs_clear(ms_occlusion_inputs *inputs) {
    free(inputs->source);
    free(inputs->needs);
    *inputs = (ms_occlusion_inputs){0};
}

void ms_occlusion_labels(const ms_occlusion_inputs *inputs, bool labels[256]) {
    memset(labels, 0, 256 * sizeof *labels);
    for (size_t r = 0; r < inputs->request->n_regions; r++)
        for (size_t l = 0; inputs->needs[r] && l < inputs->request->regions[r].n_labels; l++)
            labels[inputs->request->regions[r].labels[l]] = true;
    for (int label = MS_LABEL_MUSCLE; inputs->measures && label <= MS_LABEL_PSOAS_LEFT; label++)
        labels[label] = true;
}

/* ---- measuring ------------------------------------------------------------------------------------------
 */

static ms_status measure_region(const ms_occlusion_inputs *in, size_t r, const ms_volume *slice,
                                const ms_mask *mask, double *x, ms_error *err) {
    const ms_occlusion_region *region = &in->request->regions[r];
    ms_feature_set set = {0};
    const ms_status status =
        ms_features_extract(slice, mask, region->labels, region->n_labels, &in->config, &set, err);
    for (size_t j = 0; status == MS_OK && j < in->p; j++)
        if (in->source[j].kind == MS_INPUT_FEATURE && in->source[j].region == r)
            x[j] = set.values[in->source[j].index];
    ms_feature_set_clear(&set);
    return status;
}

static ms_status measure_slice(const ms_occlusion_inputs *in, const ms_volume *slice, const ms_mask *mask,
                               double *x, ms_error *err) {
    ms_flags flags = {0};
    double *values = ms_calloc(ms_n_measures, sizeof *values);
    if (!values) return ms_error_nomem(err);
    const ms_status status =
        ms_measure_slice(slice, mask->data, NULL, 0, &in->person, NULL, values, &flags, err);
    for (size_t j = 0; status == MS_OK && j < in->p; j++)
        if (in->source[j].kind == MS_INPUT_MEASURE) x[j] = values[in->source[j].index];
    free(values);
    return status;
}

ms_status ms_occlusion_inputs_measure(const ms_occlusion_inputs *in, const ms_volume *slice,
                                      const ms_mask *mask, const bool *touched, const double *base, double *x,
                                      ms_error *err) {
    ms_status status = MS_OK;
    for (size_t j = 0; j < in->p; j++)
        x[j] = in->source[j].kind == MS_INPUT_GIVEN ? in->source[j].value : base ? base[j] : (double)NAN;
    for (size_t r = 0; status == MS_OK && r < in->request->n_regions; r++)
        if (in->needs[r] && (!touched || touched[r])) status = measure_region(in, r, slice, mask, x, err);
    if (status == MS_OK && in->measures) status = measure_slice(in, slice, mask, x, err);
    return status;
}

ms_status ms_occlusion_inputs_risk(const ms_occlusion_inputs *in, const double *x, double *risk,
                                   ms_error *err) {
    ms_model_steps steps;
    double *corrected = ms_calloc(in->p, sizeof *corrected);
    if (!corrected) return ms_error_nomem(err);
    memcpy(corrected, x, in->p * sizeof *x);
    ms_model_get_steps(in->request->model, &steps);
    ms_status status = ms_model_steps_apply(&steps, corrected, 1, &in->batch, err);
    if (status == MS_OK) status = ms_model_predict(in->request->model, corrected, 1, in->p, risk, err);
    free(corrected);
    return status;
}
