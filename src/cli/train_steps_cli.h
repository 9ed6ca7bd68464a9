/* cli/train_steps_cli.h: the options of `train` for the steps before the network. */
#ifndef MS_CLI_TRAIN_STEPS_CLI_H
#define MS_CLI_TRAIN_STEPS_CLI_H

#include "cli/cli.h"
#include "myosurv/study_train.h"

/* Rows for the command's table of options. */
#define MS_TRAIN_STEPS_OPTIONS                                                                                \
    {"harmonize", 0, "COL", "ComBat over the scanners that COL names, kept in the model", false, false},      \
        {"harmonize-keep", 0, "COLS", "columns whose effect ComBat keeps, e.g. age_years,sex", false, false}, \
        {"harmonize-x", 0,    "COLS", "inputs to harmonize (default: all with more than two values)",         \
         false,         false},                                                                               \
    {                                                                                                         \
        "select", 0, "HOW",                                                                                   \
            "choose columns: a file of `select --save`, default, or settings, e.g. cox_fdr=0.1,mrmr=20",      \
            false, false                                                                                      \
    }

/* *reliability (may stay NULL) is to be freed after training. MS_EUSAGE. */
MS_NODISCARD ms_status ms_cli_train_steps(const ms_args *args, ms_train_steps *steps, ms_table **reliability,
                                          ms_error *err);

#endif
