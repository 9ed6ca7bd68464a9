/* What the report's figures share. */
#include "study/figures.h"
#include "study/writer.h"

#include <stdlib.h>
#include <string.h>

int ms_figure_level(const ms_study *study, const ms_collected *c, const ms_definition *definition, size_t i) {
    const size_t metric = ms_measure_find(definition->metric);
    if (metric >= ms_n_measures) return -1;
    return ms_definition_apply(definition, c->values[i * ms_n_measures + metric], &study->patients[i].person);
}

const char *const *ms_figure_level_names(const ms_definition *definition) {
    static const char *const low[2] = {"not low", "low muscle"}, *const other[2] = {"negative", "positive"},
                             *const hu[2] = {"not low", "low attenuation"};
    if (definition->above) return other;
    return strcmp(definition->unit, "HU") == 0 ? hu : low;
}

ms_status ms_figure_close(const ms_study *study, ms_writer *w, const char *relative, ms_error *err) {
    char *path = ms_study_path(study, relative);
    if (!path && w->status == MS_OK) w->status = ms_error_nomem(err);
    const ms_status status = ms_writer_close(w, path);
    free(path);
    return status;
}
