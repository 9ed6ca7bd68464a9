/* study/case_columns.h: the columns a case has in a table of measurements. */
#ifndef MS_STUDY_CASE_COLUMNS_H
#define MS_STUDY_CASE_COLUMNS_H

#include "myosurv/body.h"
#include "study/writer.h"

/* How a case was measured: what stands before the measurements. Texts are borrowed. */
typedef struct ms_case_columns {
    double l3_slice, l3_z_mm, l3_confidence, n_slices, phase_confidence, kvp, slice_thickness_mm;
    const char *l3_source, *method, *model, *phase, *phase_source, *flags;
    const double *values; /* [ms_n_measures] */
} ms_case_columns;

/* Cells of the writer's last row: how it was measured, every measurement by its name, and z-scores named by
 * the norm's column and key (sma_z_framingham2023). `norms` may be NULL. */
void ms_case_columns_write(ms_writer *w, const ms_case_columns *c, const ms_person *person,
                           const ms_norms *norms);

#endif
