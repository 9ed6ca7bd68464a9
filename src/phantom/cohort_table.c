#include "phantom/draw.h"

#include <stdlib.h>

static const char *const columns[] = {
    "case_id",          "scan",      "mask",      "l3_slice", "height_m", "weight_kg", "sex",   "age_years",
    "cohort",           "split",     "os_days",   "os_event", "rfs_days", "rfs_event", "stage", "albumin_g_l",
    "bilirubin_umol_l", "afp_ng_ml", "tumour_cm", "synthetic"};

static ms_status add_row(ms_table *table, const ms_phantom_patient *p, ms_error *err) {
    char scan[96], number[11][32];
    (void)ms_text_format(scan, sizeof scan, "scans/%s%s", p->case_id, p->dicom ? "" : ".nii.gz");
    const double values[11] = {p->params.height_m, p->weight_kg,        p->params.age_years, p->os_days,
                               p->os_event,        p->rfs_days,         p->rfs_event,        p->stage,
                               p->albumin_g_l,     p->bilirubin_umol_l, p->afp_ng_ml};
    for (size_t i = 0; i < MS_COUNT(number); i++) ms_format_number(number[i], values[i]);
    char tumour[32];
    ms_format_number(tumour, p->tumour_cm);
    const char *const cells[] = {
        p->case_id, scan,      "",        "",         number[0], number[1], p->params.sex > 0.5 ? "m" : "f",
        number[2],  p->cohort, p->split,  number[3],  number[4], number[5], number[6],
        number[7],  number[8], number[9], number[10], tumour,    "yes"};
    size_t row;
    ms_status status = ms_table_add_row(table, &row, err);
    for (size_t c = 0; !status && c < MS_COUNT(cells); c++)
        status = ms_table_set(table, row, c, cells[c], err);
    return status;
}

ms_status ms_phantom_cohort_table(const ms_phantom_patient *patients, size_t n, ms_table **table,
                                  ms_error *err) {
    ms_table *made = NULL;
    size_t column;
    ms_status status = ms_table_new(&made, "cohort.csv", err);
    for (size_t c = 0; !status && c < MS_COUNT(columns); c++)
        status = ms_table_add_column(made, columns[c], &column, err);
    for (size_t i = 0; !status && i < n; i++) status = add_row(made, &patients[i], err);
    if (status) {
        ms_table_free(made);
        return status;
    }
    *table = made;
    return MS_OK;
}
