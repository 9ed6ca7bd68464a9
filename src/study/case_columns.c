/* The columns a case has in a table of measurements. */
#include "study/case_columns.h"

#include <math.h>

void ms_case_columns_write(ms_writer *w, const ms_case_columns *c, const ms_person *person,
                           const ms_norms *norms) {
    ms_writer_number(w, "l3_slice", c->l3_slice);
    ms_writer_number(w, "l3_z_mm", c->l3_z_mm);
    ms_writer_number(w, "l3_confidence", c->l3_confidence);
    ms_writer_text(w, "l3_source", c->l3_source);
    ms_writer_number(w, "n_slices", c->n_slices);
    ms_writer_text(w, "method", c->method);
    ms_writer_text(w, "model", c->model);
    ms_writer_text(w, "phase", c->phase);
    ms_writer_number(w, "phase_confidence", c->phase_confidence);
    ms_writer_text(w, "phase_source", c->phase_source);
    ms_writer_number(w, "kvp", c->kvp);
    ms_writer_number(w, "slice_thickness_mm", c->slice_thickness_mm);
    ms_writer_text(w, "flags", c->flags);
    for (size_t m = 0; m < ms_n_measures; m++) ms_writer_number(w, ms_measures[m].name, c->values[m]);
    for (size_t n = 0; norms != NULL && n < norms->n; n++) {
        const ms_norm *norm = &norms->items[n];
        const size_t m = ms_measure_find(norm->metric);
        char name[128];
        (void)ms_text_format(name, sizeof name, "%s_%s", norm->column, norm->key);
        ms_writer_number(w, name, m < ms_n_measures ? ms_norm_z(norm, c->values[m], person) : (double)NAN);
    }
}
