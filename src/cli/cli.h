/* cli/cli.h: how a command is described and how it reads its command line.
 *
 * One file a command (cmd_NAME.c) defines one `const ms_command`, and commands.c lists it: help, man page,
 * completion and option checks come from there. A command reads inputs, calls one or two library functions
 * and writes outputs; no numerics. Results go to standard output, everything else to standard error. */
#ifndef MS_CLI_CLI_H
#define MS_CLI_CLI_H

#include "base/base.h"

typedef struct ms_option {
    const char *name;  /* without dashes: "time" */
    char letter;       /* short form, or 0 */
    const char *value; /* what stands for the value in help ("COL"), or NULL for a switch */
    const char *help;
    bool required;
    bool repeated; /* may be given several times */
} ms_option;

typedef struct ms_args ms_args;

typedef struct ms_command {
    const char *group;    /* "imaging", "survival", "modelling", "study", "self" */
    const char *name;     /* "km", or two words: "study run" */
    const char *operands; /* "TABLE", "SCAN", "IMAGE MASK", or "" */
    size_t min_operands, max_operands;
    const char *summary;      /* one line, no full stop */
    const char *details;      /* a paragraph or more for help and man page, or NULL */
    const char *example;      /* whole command lines that work, with one line of comment each */
    const ms_option *options; /* ends with a {0} row; NULL for none */
    ms_status (*run)(const ms_args *args, ms_error *err);
} ms_command;

/* The commands, in the order help shows them. */
extern const ms_command *const ms_commands[];
extern const size_t ms_n_commands;

/* Options every command takes (--help, --threads, --seed, --quiet, --verbose, --dry-run, --json where listed
 * by the command itself). */
extern const ms_option ms_common_options[];

size_t ms_args_operands(const ms_args *args);
const char *ms_args_operand(const ms_args *args, size_t i);
bool ms_args_flag(const ms_args *args, const char *name);
/* The last value given, or NULL. */
const char *ms_args_text(const ms_args *args, const char *name);
/* The i-th value given (from 0), or NULL. */
const char *ms_args_text_at(const ms_args *args, const char *name, size_t i);
/* Absent leaves *value as it is; text that is no (finite) number is MS_EUSAGE naming the option. */
MS_NODISCARD ms_status ms_args_number(const ms_args *args, const char *name, double *value, ms_error *err);
MS_NODISCARD ms_status ms_args_size(const ms_args *args, const char *name, size_t *value, ms_error *err);
/* --seed, 1 when not given. */
uint64_t ms_args_seed(const ms_args *args);
bool ms_args_dry_run(const ms_args *args);
bool ms_args_quiet(const ms_args *args);
/* The index of the option's value among choices[n], or MS_EUSAGE with the choices; absent leaves it. */
MS_NODISCARD ms_status ms_args_choice(const ms_args *args, const char *name, const char *const *choices,
                                      size_t n, size_t *index, ms_error *err);

#endif
