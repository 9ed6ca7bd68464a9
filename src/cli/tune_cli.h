/* cli/tune_cli.h: how `tune` shows what it found. */
#ifndef MS_CLI_TUNE_CLI_H
#define MS_CLI_TUNE_CLI_H

#include "base/base.h"
#include "myosurv/model_tune.h"

MS_NODISCARD ms_status ms_cli_tune_text(const ms_tune_result *result, const char *output, ms_error *err);
MS_NODISCARD ms_status ms_cli_tune_json(const ms_tune_result *result, ms_error *err);
/* trial, state, folds, value, loss, c, and a column for each setting. */
MS_NODISCARD ms_status ms_cli_tune_table(const ms_tune_result *result, const char *path, ms_error *err);
/* The value of every trial, and the best so far. */
MS_NODISCARD ms_status ms_cli_tune_figure(const ms_tune_result *result, ms_tune_metric metric,
                                          const char *path, ms_error *err);

#endif
