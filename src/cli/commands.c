#include "cli/commands.h"

#include "cli/cli.h"

/* The order here is the order in help. To add a command: its file, one line in commands.h, one row here. */
/* clang-format off */
const ms_command *const ms_commands[] = {
    &ms_command_info,
    &ms_command_segment,
    &ms_command_features,
    &ms_command_perturb,
    &ms_command_icc,
    &ms_command_harmonize,
    &ms_command_phantom,
    &ms_command_phantom_cohort,
    &ms_command_km,
    &ms_command_cutpoint,
    &ms_command_cox,
    &ms_command_survreg,
    &ms_command_coxnet,
    &ms_command_finegray,
    &ms_command_cindex,
    &ms_command_cuminc,
    &ms_command_table1,
    &ms_command_nomogram,
    &ms_command_auc,
    &ms_command_brier,
    &ms_command_calibrate,
    &ms_command_dca,
    &ms_command_compare,
    &ms_command_validate,
    &ms_command_impute,
    &ms_command_bootstrap,
    &ms_command_segmenter_train,
    &ms_command_segmenter_evaluate,
    &ms_command_select,
    &ms_command_train,
    &ms_command_tune,
    &ms_command_predict,
    &ms_command_explain,
    &ms_command_evaluate,
    &ms_command_simulate,
    &ms_command_study_init,
    &ms_command_study_check,
    &ms_command_study_run,
    &ms_command_study_status,
    &ms_command_study_merge,
    &ms_command_study_report,
    &ms_command_diff,
    &ms_command_selftest,
    &ms_command_version,
};
/* clang-format on */
const size_t ms_n_commands = MS_COUNT(ms_commands);
