/* cli/explain_cli.h: the two sides of `explain`: contributions in a table, and the map over a slice. */
#ifndef MS_CLI_EXPLAIN_CLI_H
#define MS_CLI_EXPLAIN_CLI_H

#include "cli/cli.h"

/* MODEL TABLE. */
MS_NODISCARD ms_status ms_cli_explain_table(const ms_args *args, ms_error *err);
/* MODEL with --scan, or STUDY with --case. */
MS_NODISCARD ms_status ms_cli_explain_map(const ms_args *args, bool study, ms_error *err);

#endif
