/* The options of `train` for the steps before the network. */
#include "cli/train_steps_cli.h"

ms_status ms_cli_train_steps(const ms_args *args, ms_train_steps *steps, ms_table **reliability,
                             ms_error *err) {
    const char *select = ms_args_text(args, "select");
    ms_train_steps_default(steps);
    steps->harmonize = ms_args_text(args, "harmonize");
    steps->harmonize_keep = ms_args_text(args, "harmonize-keep");
    steps->harmonize_columns = ms_args_text(args, "harmonize-x");
    if (!steps->harmonize && (steps->harmonize_keep || steps->harmonize_columns))
        return ms_error_set(err, MS_EUSAGE,
                            "--harmonize-keep and --harmonize-x are for --harmonize: give that too");
    return select ? ms_train_steps_read(steps, select, reliability, err) : MS_OK;
}
