#include "myosurv/phantom.h"

#include "base/base.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const measured[] = {"l3_slice_index", "l3_z_mm",      "sma_cm2", "psoas_cm2",
                                       "smd_hu",         "psoas_hu",     "sat_cm2", "vat_cm2",
                                       "imat_cm2",       "muscle_sd_hu", "complete"};

static const char *const vertebra_names[MS_PHANTOM_VERTEBRAE] = {"T10", "T11", "T12", "L1", "L2",
                                                                 "L3",  "L4",  "L5",  "L6", "S1"};

/* NaN, an empty cell, where there is no such vertebra. */
static double height_of(const ms_phantom_truth *t, const char *name) {
    for (size_t i = 0; i < t->n_vertebrae; i++)
        if (strcmp(t->vertebra[i].name, name) == 0) return t->vertebra[i].centre_mm[2];
    return (double)NAN;
}

static ms_status add_columns(ms_table *table, ms_error *err) {
    size_t column, n;
    ms_status status = ms_table_add_column(table, "case_id", &column, err);
    if (!status) status = ms_table_add_column(table, "synthetic", &column, err);
    if (!status) status = ms_table_add_column(table, "seed", &column, err);
    for (size_t i = 0; !status && i < MS_COUNT(measured); i++)
        status = ms_table_add_column(table, measured[i], &column, err);
    for (size_t i = 0; !status && i < MS_PHANTOM_VERTEBRAE; i++) {
        char name[16];
        (void)ms_text_format(name, sizeof name, "%s_z_mm", vertebra_names[i]);
        status = ms_table_add_column(table, name, &column, err);
    }
    const ms_phantom_param_info *info = ms_phantom_param_table(&n);
    for (size_t i = 0; !status && i < n; i++) status = ms_table_add_column(table, info[i].name, &column, err);
    return status;
}

ms_status ms_phantom_truth_row(ms_table *table, const char *case_id, uint64_t seed,
                               const ms_phantom_params *params, const ms_phantom_truth *t, ms_error *err) {
    ms_status status = ms_table_columns(table) ? MS_OK : add_columns(table, err);
    const double values[MS_COUNT(measured)] = {(double)t->l3_slice_index,
                                               t->l3_z_mm,
                                               t->sma_cm2,
                                               t->psoas_cm2,
                                               t->smd_hu,
                                               t->psoas_hu,
                                               t->sat_cm2,
                                               t->vat_cm2,
                                               t->imat_cm2,
                                               t->muscle_sd_hu,
                                               t->complete ? 1 : 0};
    size_t row = 0, at = 0, n;
    char text[32];
    (void)ms_text_format(text, sizeof text, "%llu", (unsigned long long)seed);
    if (!status) status = ms_table_add_row(table, &row, err);
    if (!status) status = ms_table_set(table, row, at++, case_id, err);
    if (!status) status = ms_table_set(table, row, at++, "yes", err);
    if (!status) status = ms_table_set(table, row, at++, text, err);
    for (size_t i = 0; !status && i < MS_COUNT(measured); i++)
        status = ms_table_set_number(table, row, at++, values[i], err);
    for (size_t i = 0; !status && i < MS_PHANTOM_VERTEBRAE; i++)
        status = ms_table_set_number(table, row, at++, height_of(t, vertebra_names[i]), err);
    const ms_phantom_param_info *info = ms_phantom_param_table(&n);
    for (size_t i = 0; !status && i < n; i++) {
        double value;
        memcpy(&value, (const char *)params + info[i].offset, sizeof value);
        status = ms_table_set_number(table, row, at++, value, err);
    }
    return status;
}
