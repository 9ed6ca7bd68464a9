/* cli/list_cli.h: options that hold several values with commas between them, and names of groups. */
#ifndef MS_CLI_LIST_CLI_H
#define MS_CLI_LIST_CLI_H

#include "cli/cli.h"
#include "myosurv/survival.h"

/* Texts: names[n] point into *copy; free both. An absent option leaves all as it is. MS_EUSAGE for an empty
 * part. */
MS_NODISCARD ms_status ms_cli_names(const ms_args *args, const char *option, char **copy, const char ***names,
                                    size_t *n, ms_error *err);
/* Finite numbers, *values to be freed. An absent option leaves all as it is. MS_EUSAGE. */
MS_NODISCARD ms_status ms_cli_numbers(const ms_args *args, const char *option, double **values, size_t *n,
                                      ms_error *err);
/* "sex=1" for each group, "all" without groups; to be freed with ms_names_free. */
MS_NODISCARD ms_status ms_cli_group_names(const char *column, const ms_factor *group, size_t n, char ***names,
                                          ms_error *err);

#endif
