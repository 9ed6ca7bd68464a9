/* cli/args.h: the parsed command line of one command. */
#ifndef MS_CLI_ARGS_H
#define MS_CLI_ARGS_H

#include "cli/cli.h"

/* Parses argv[0..argc) (what follows the command's name) against the command's and the common options.
 * Unknown options are MS_EUSAGE with the nearest name. `--name=value` and `--name value`, `-o value`; `--`
 * ends the options; "-" is an operand. */
MS_NODISCARD ms_status ms_args_parse(const ms_command *command, int argc, char **argv, ms_args **args,
                                     ms_error *err);
void ms_args_free(ms_args *args);
/* Operand counts and required options; apart from parsing so that --help works without them. */
MS_NODISCARD ms_status ms_args_check(const ms_args *args, ms_error *err);

#endif
