/* cli/cox_cli.h: what `cox` writes beside its summary: residuals, predictions, curves, the forest figure. */
#ifndef MS_CLI_COX_CLI_H
#define MS_CLI_COX_CLI_H

#include "cli/cli.h"
#include "myosurv/plot.h"
#include "myosurv/survival_cox.h"

/* A fitted model with what it was fitted to. */
typedef struct ms_cli_cox {
    ms_table *table;      /* as read */
    const ms_table *rows; /* what the frame was read from: the table or a stepwise choice's complete rows */
    const char *formula;
    ms_model_frame frame;
    ms_cox cox;
} ms_cli_cox;

/* The options of these. */
/* clang-format off */
#define MS_COX_OUTPUT_OPTIONS \
    {"residuals", 0, "TYPE", "instead: residuals of each row: martingale, deviance, score, schoenfeld, dfbeta, dfbetas, " \
     "scaledsch, partial", false, false}, \
    {"predict", 0, "TYPE", "instead: predictions with standard errors: lp, risk, expected, survival, terms", false, false}, \
    {"reference", 0, "NAME", "what lp, risk and terms are against: strata (default; terms: sample), sample, zero; zero also for --curve", false, false}, \
    {"curve", 0, NULL, "instead: predicted survival curves", false, false}, \
    {"newdata", 0, "TABLE", "rows to predict for (default: the table's own; for curves: the means)", false, false}, \
    {"at", 0, "T1,T2,...", "curves at these times only", false, false}, \
    {"stype", 0, "N", "curves: 2 exp(-hazard) (default), 1 Kalbfleisch-Prentice product", false, false}, \
    {"ctype", 0, "N", "curves: 1 Breslow's hazard, 2 Efron's (default: as --ties)", false, false}, \
    {"conf-type", 0, "TYPE", "interval of curves: log (default), log-log, plain, logit, arcsin", false, false}, \
    {"output", 'o', "FILE", "where the table of these goes (default: standard output)", false, false}
/* clang-format on */

/* True when one of --residuals, --predict, --curve is there. */
bool ms_cli_cox_asked(const ms_args *args);
MS_NODISCARD ms_status ms_cli_cox_write(const ms_args *args, const ms_cli_cox *model, double conf_level,
                                        const ms_plot_style *style, ms_error *err);
/* Writes a table of residuals or predictions to --output (standard output): CSV, or with --json its columns.
 */
MS_NODISCARD ms_status ms_cli_write_rows(const ms_args *args, const ms_table *table, ms_error *err);
/* The table as a forest figure: both sets of ratios, or only those of all together. */
MS_NODISCARD ms_status ms_cli_cox_forest(const ms_cox_table *table, bool both, const char *path,
                                         const ms_plot_style *style, ms_error *err);

#endif
