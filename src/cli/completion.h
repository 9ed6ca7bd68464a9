/* cli/completion.h: completion scripts of the shells, made from the command table. */
#ifndef MS_CLI_COMPLETION_H
#define MS_CLI_COMPLETION_H

#include "cli/cli.h"

/* The shells known, as --completion takes them, and their number. */
extern const char *const ms_completion_shells[];
extern const size_t ms_n_completion_shells;

/* The script of the i-th shell. */
void ms_completion_script(size_t shell, ms_buffer *out);

#endif
