/* survival/table1.h: between the table1*.c files. */
#ifndef MS_SURVIVAL_TABLE1_H
#define MS_SURVIVAL_TABLE1_H

#include "base/base.h"
#include "myosurv/survival.h"
#include "myosurv/survival_table1.h"

/* Fill a row whose name and kind are set, from values[n] (NaN missing) or categories; group[n] is SIZE_MAX
 * for rows that are left out, and 0 with n_groups 0. */
MS_NODISCARD ms_status ms_table1_numbers(const double *values, const size_t *group, size_t n, size_t n_groups,
                                         ms_table1_row *row, ms_error *err);
MS_NODISCARD ms_status ms_table1_levels(const ms_factor *factor, const size_t *group, size_t n,
                                        size_t n_groups, ms_table1_row *row, ms_error *err);

#endif
