/* cli/help.h: texts made from the command table: help and man pages. */
#ifndef MS_CLI_HELP_H
#define MS_CLI_HELP_H

#include "cli/cli.h"

void ms_help_program(ms_buffer *out);
/* The commands whose name starts with this word ("study"). */
void ms_help_family(const char *first_word, ms_buffer *out);
void ms_help_command(const ms_command *command, ms_buffer *out);
/* roff(7) for section 1; NULL: myosurv(1) itself. */
void ms_help_man(const ms_command *command, ms_buffer *out);

#endif
