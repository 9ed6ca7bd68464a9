/* Methods: the radiomics features, as their sheet of parameters says. */
#include "study/methods.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

static const cJSON *at(const cJSON *object, const char *key) {
    return object ? cJSON_GetObjectItemCaseSensitive(object, key) : NULL;
}

static const char *text_at(const cJSON *object, const char *key) {
    const char *text = cJSON_GetStringValue(at(object, key));
    return text ? text : "";
}

static void add_resampling(ms_methods *m, const cJSON *preprocessing) {
    const cJSON *resampling = at(preprocessing, "resampling");
    if (!cJSON_IsTrue(at(resampling, "done"))) {
        ms_buffer_append(&m->text, " Scans were not resampled.");
        return;
    }
    const cJSON *spacing = at(resampling, "voxel_mm"), *item = NULL;
    ms_buffer_append(&m->text, " Scans were resampled");
    cJSON_ArrayForEach(item, spacing) {
        ms_buffer_append(&m->text, item == spacing->child ? " to " : " x ");
        if (cJSON_IsNumber(item) && item->valuedouble > 0)
            ms_buffer_printf(&m->text, "%g", item->valuedouble);
        else
            ms_buffer_append(&m->text, "as it was");
    }
    ms_buffer_append(&m->text, cJSON_IsArray(spacing) ? " mm." : ".");
}

static void add_discretisation(ms_methods *m, const cJSON *root) {
    const cJSON *d = at(root, "discretisation"), *width = at(d, "bin_width"), *count = at(d, "bins");
    ms_buffer_printf(&m->text, " Intensities were discretised by %s", text_at(d, "method"));
    if (cJSON_IsNumber(width)) ms_buffer_printf(&m->text, " (%g HU)", width->valuedouble);
    if (cJSON_IsNumber(count)) ms_buffer_printf(&m->text, " (%g)", count->valuedouble);
    ms_buffer_append(&m->text, ".");
}

/* A filter's words, or the image's name where the name says it all. */
static const char *filter_of(const cJSON *image) {
    const char *filter = text_at(image, "filter");
    return *filter ? filter : text_at(image, "name");
}

/* Filters, each once, with how many images they gave. */
static void add_images(ms_methods *m, const cJSON *root) {
    const cJSON *images = at(root, "images"), *item = NULL, *other = NULL;
    bool any = false;
    cJSON_ArrayForEach(item, images) {
        size_t n = 0;
        bool first = true;
        for (other = images->child; other && other != item; other = other->next)
            first = first && strcmp(filter_of(other), filter_of(item)) != 0;
        if (!first) continue;
        for (other = images->child; other; other = other->next)
            n += strcmp(filter_of(other), filter_of(item)) == 0;
        ms_buffer_printf(&m->text, "%s %s", any ? ";" : " Images:", filter_of(item));
        if (n > 1) ms_buffer_printf(&m->text, " (%zu)", n);
        any = true;
    }
    if (any) ms_buffer_append(&m->text, ".");
}

static void add_families(ms_methods *m, const cJSON *root) {
    const cJSON *features = at(root, "features"), *item = NULL;
    const cJSON *families = at(features, "families");
    ms_buffer_append(&m->text, " Features of each region and all images together:");
    cJSON_ArrayForEach(item, families) ms_buffer_printf(
        &m->text, "%s %s %g", item == families->child ? "" : ",", item->string, item->valuedouble);
    ms_buffer_printf(&m->text, "; definitions: %s.", text_at(features, "definitions"));
}

ms_status ms_methods_features(ms_methods *m, ms_error *err) {
    const ms_study_spec *spec = &m->study->spec;
    cJSON *root = NULL;
    char *path = ms_study_path(m->study, "tables/features.parameters.json");
    ms_status status = path ? ms_json_read(path, &root, err) : ms_error_nomem(err);
    if (status == MS_OK) {
        const size_t columns = ms_table_columns(m->collected->features);
        ms_buffer_printf(&m->text, "## Radiomics features\nFrom %zu region%s (", spec->n_rois,
                         spec->n_rois == 1 ? "" : "s");
        for (size_t r = 0; r < spec->n_rois; r++)
            ms_buffer_printf(&m->text, "%s%s", r ? ", " : "", spec->rois[r].label);
        ms_buffer_printf(&m->text, ") %zu features a patient were computed with the preset %s.",
                         columns ? columns - 1 : 0, spec->preset);
        add_resampling(m, at(root, "preprocessing"));
        add_discretisation(m, root);
        add_images(m, root);
        add_families(m, root);
        ms_buffer_append(&m->text, " Every parameter is in tables/features.parameters.json.\n");
    }
    cJSON_Delete(root);
    free(path);
    return status;
}
