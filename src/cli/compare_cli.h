/* cli/compare_cli.h: what dca, compare and validate share: reading predictions, options of the bootstrap. */
#ifndef MS_CLI_COMPARE_CLI_H
#define MS_CLI_COMPARE_CLI_H

#include "cli/cli.h"
#include "myosurv/survival_compare.h"

/* clang-format off */
#define MS_BOOTSTRAP_OPTIONS(standard) \
    {"bootstrap", 'B', "N", "bootstrap samples (default " standard "); 0: none", false, false}, \
    {"interval", 0, "TYPE", "percentile (default), basic, normal or bca", false, false}, \
    {"conf-level", 0, "P", "level of the intervals (default 0.95)", false, false}
/* clang-format on */
/* --bootstrap, --interval, --conf-level; absent leaves. */
MS_NODISCARD ms_status ms_cli_bootstrap(const ms_args *args, size_t *replicates, ms_interval *interval,
                                        double *conf_level, ms_error *err);
/* Reads the table of the first operand: --time (may be absent), --event, --competing and these columns. */
MS_NODISCARD ms_status ms_cli_read_forecast(const ms_args *args, const char *const *risk, size_t n_risk,
                                            bool probability, ms_forecast_frame *frame, ms_error *err);

#endif
