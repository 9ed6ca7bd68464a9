#include "cli/commands.h"

#include "cli/cli.h"

/* The order here is the order in help. To add a command: its file, one line in commands.h, one row here. */
const ms_command *const ms_commands[] = {
    &ms_command_version,
};
const size_t ms_n_commands = MS_COUNT(ms_commands);
