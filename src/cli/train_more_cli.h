/* cli/train_more_cli.h: the options of `train` for strata, watched tables, the checkpoint and the device. */
#ifndef MS_CLI_TRAIN_MORE_CLI_H
#define MS_CLI_TRAIN_MORE_CLI_H

#include "cli/cli.h"
#include "myosurv/model.h"

/* Rows for the command's table of options. */
#define MS_TRAIN_MORE_OPTIONS                                                                                  \
    {"strata", 0, "COL", "compare only patients with the same text in COL", false, false},                     \
        {"watch", 0,   "NAME=TABLE", "a table whose loss and C are followed into --history (may be repeated)", \
         false,   true},                                                                                       \
        {"checkpoint", 0,                                                                                      \
         "FILE",       "what is trained is kept here while training (default: MODEL.checkpoint; none)",        \
         false,        false},                                                                                 \
    {                                                                                                          \
        "device", 0, "KIND",                                                                                   \
            "auto, cpu, cuda (a GPU) or libtorch (on the processor); default: the settings' device", false,    \
            false                                                                                              \
    }

typedef struct ms_train_more {
    ms_train_tables tables;
    char *names[MS_TRAIN_MAX_WATCHED], *checkpoint;
    ms_table *watched[MS_TRAIN_MAX_WATCHED];
} ms_train_more;

/* Reads the options and the watched tables, and sets config->device where one is given. `model` is the model
 * file. MS_EUSAGE. */
MS_NODISCARD ms_status ms_cli_train_more(const ms_args *args, const char *model, ms_train_config *config,
                                         ms_train_more *more, ms_error *err);
/* After the model was saved. */
MS_NODISCARD ms_status ms_cli_train_remove_checkpoint(const ms_train_more *more, ms_error *err);
void ms_cli_train_more_clear(ms_train_more *more);

#endif
