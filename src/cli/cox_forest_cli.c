/* The table of hazard ratios as a forest figure. */
#include "cli/cox_cli.h"
#include "myosurv/plot_forest.h"

#include <math.h>
#include <stdlib.h>

static ms_forest_value value_of(const ms_cox_effect *e) {
    return (ms_forest_value){e->hr, e->lower, e->upper, e->p};
}

/* A heading before the levels of a factor; a factor of two levels needs no p of its own. */
static size_t add_rows(const ms_cox_table *table, size_t i, bool both, ms_forest_row *out) {
    const ms_cox_table_row *r = &table->rows[i];
    const ms_forest_value none = {NAN, NAN, NAN, NAN};
    size_t n = 0;
    if (r->level && r->first) {
        ms_forest_row *row = &out[n++];
        *row =
            (ms_forest_row){.name = r->term, .heading = true, .n = NAN, .events = NAN, .panel = {none, none}};
        if (r->df_term > 1) row->panel[0].p = both ? r->uni_p_term : r->multi_p_term;
        if (r->df_term > 1 && both) row->panel[1].p = r->multi_p_term;
    }
    ms_forest_row *row = &out[n++];
    *row = (ms_forest_row){.name = r->level ? r->level : r->name,
                           .indented = r->level != NULL,
                           .reference = r->reference,
                           .n = (double)r->n,
                           .events = (double)r->events};
    row->panel[0] = value_of(both ? &r->uni : &r->multi);
    row->panel[1] = value_of(&r->multi);
    return n;
}

ms_status ms_cli_cox_forest(const ms_cox_table *table, bool both, const char *path,
                            const ms_plot_style *style, ms_error *err) {
    ms_forest_row *rows = ms_calloc(2 * table->n_rows, sizeof *rows);
    char value_name[48], note[200];
    size_t n = 0;
    if (!rows) return ms_error_nomem(err);
    for (size_t i = 0; i < table->n_rows; i++) n += add_rows(table, i, both, rows + n);
    (void)ms_text_format(value_name, sizeof value_name, "HR (%g%% CI)", 100 * table->conf_level);
    (void)ms_text_format(note, sizeof note, "Cox regression%s n = %zu, %zu events. p: Wald test%s.",
                         both ? ", multivariable:" : ":", table->n, table->events,
                         table->converged ? "" : "; a model did not converge");
    ms_forest_options options = {.n_panels = both ? 2 : 1,
                                 .panel_name = {both ? "Univariable" : NULL, both ? "Multivariable" : NULL},
                                 .value_name = value_name,
                                 .x_label = "Hazard ratio",
                                 .note = note,
                                 .style = style};
    ms_status status = ms_plot_forest_table(rows, n, &options, path, err);
    free(rows);
    return status;
}
