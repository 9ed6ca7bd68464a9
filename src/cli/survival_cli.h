/* cli/survival_cli.h: what the survival commands share: their columns' options, printing a result. */
#ifndef MS_CLI_SURVIVAL_CLI_H
#define MS_CLI_SURVIVAL_CLI_H

#include "cli/cli.h"
#include "myosurv/survival.h"

/* Reads the table named by the first operand and the columns that --time, --event, --entry, --weights,
 * --group,
 * --strata, --cluster and --risk name (those the command has); --no-timefix. */
ms_status ms_cli_read_survival(const ms_args *args, ms_surv_frame *frame, ms_error *err) MS_NODISCARD;
/* The same with another option in the place of --risk: --x, --expected. */
ms_status ms_cli_read_with_number(const ms_args *args, const char *option, ms_surv_frame *frame,
                                  ms_error *err) MS_NODISCARD;
/* Reads the columns that are needed of the table named by the first operand, and no others. */
ms_status ms_cli_read_columns(const ms_args *args, const ms_surv_columns *columns, ms_table **table,
                              ms_error *err) MS_NODISCARD;
/* --conf-level, between 0 and 1; absent leaves it. */
ms_status ms_cli_conf_level(const ms_args *args, double *level, ms_error *err) MS_NODISCARD;
/* Writes text to standard output. */
ms_status ms_cli_print(const char *text, ms_error *err) MS_NODISCARD;

/* Adds a column with values[i * stride] at rows[i], i < n; other rows stay empty. */
ms_status ms_cli_add_numbers(ms_table *table, const char *name, const size_t *rows, size_t n,
                             const double *values, size_t stride, ms_error *err) MS_NODISCARD;

#endif
