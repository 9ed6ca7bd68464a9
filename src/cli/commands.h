/* cli/commands.h: every command's description, defined in its cmd_*.c. */
#ifndef MS_CLI_COMMANDS_H
#define MS_CLI_COMMANDS_H

#include "cli/cli.h"

extern const ms_command ms_command_version;
extern const ms_command ms_command_phantom;
extern const ms_command ms_command_phantom_cohort;
extern const ms_command ms_command_info;
extern const ms_command ms_command_segment;
extern const ms_command ms_command_features;
extern const ms_command ms_command_perturb;
extern const ms_command ms_command_icc;
extern const ms_command ms_command_harmonize;
extern const ms_command ms_command_select;
extern const ms_command ms_command_selftest;
extern const ms_command ms_command_diff;
extern const ms_command ms_command_km;
extern const ms_command ms_command_cutpoint;
extern const ms_command ms_command_cox;
extern const ms_command ms_command_survreg;
extern const ms_command ms_command_coxnet;
extern const ms_command ms_command_finegray;
extern const ms_command ms_command_cindex;
extern const ms_command ms_command_cuminc;
extern const ms_command ms_command_table1;
extern const ms_command ms_command_nomogram;
extern const ms_command ms_command_auc;
extern const ms_command ms_command_brier;
extern const ms_command ms_command_calibrate;
extern const ms_command ms_command_dca;
extern const ms_command ms_command_compare;
extern const ms_command ms_command_validate;
extern const ms_command ms_command_impute;
extern const ms_command ms_command_bootstrap;
extern const ms_command ms_command_segmenter_train;
extern const ms_command ms_command_segmenter_evaluate;
extern const ms_command ms_command_train;
extern const ms_command ms_command_tune;
extern const ms_command ms_command_predict;
extern const ms_command ms_command_explain;
extern const ms_command ms_command_evaluate;
extern const ms_command ms_command_simulate;
extern const ms_command ms_command_study_init;
extern const ms_command ms_command_study_check;
extern const ms_command ms_command_study_run;
extern const ms_command ms_command_study_status;
extern const ms_command ms_command_study_merge;
extern const ms_command ms_command_study_report;

#endif
