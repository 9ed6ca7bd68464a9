/* Lists on the command line. */
#include "cli/list_cli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

ms_status ms_cli_names(const ms_args *args, const char *option, char **copy, const char ***names, size_t *n,
                       ms_error *err) {
    const char *text = ms_args_text(args, option);
    size_t count = 1;
    if (!text) return MS_OK;
    for (const char *c = text; *c; c++) count += *c == ',';
    char *own = ms_strdup(text);
    const char **list = ms_calloc(count, sizeof *list);
    ms_status status = own && list ? MS_OK : ms_error_nomem(err);
    count = 0;
    for (char *at = own, *next; at && !status; at = next) {
        if ((next = strchr(at, ','))) *next++ = '\0';
        if (!*at) status = ms_error_set(err, MS_EUSAGE, "--%s: '%s' has an empty part", option, text);
        list[count++] = at;
    }
    if (status) {
        free(own);
        free(list);
        return status;
    }
    *copy = own;
    *names = list;
    *n = count;
    return MS_OK;
}

ms_status ms_cli_numbers(const ms_args *args, const char *option, double **values, size_t *n, ms_error *err) {
    char *copy = NULL;
    const char **parts = NULL;
    double *list = NULL;
    size_t count = 0;
    ms_status status = ms_cli_names(args, option, &copy, &parts, &count, err);
    if (status || !parts) return status;
    list = ms_calloc(count, sizeof *list);
    if (!list) status = ms_error_nomem(err);
    for (size_t i = 0; i < count && !status; i++)
        if (!ms_parse_number(parts[i], &list[i]) || !isfinite(list[i]))
            status = ms_error_set(err, MS_EUSAGE, "--%s: '%s' is not a number", option, parts[i]);
    free(copy);
    free(parts);
    if (status) {
        free(list);
        return status;
    }
    *values = list;
    *n = count;
    return MS_OK;
}

ms_status ms_cli_group_names(const char *column, const ms_factor *group, size_t n, char ***names,
                             ms_error *err) {
    char **list = ms_calloc(n, sizeof *list);
    if (!list) return ms_error_nomem(err);
    for (size_t g = 0; g < n; g++) {
        ms_buffer name;
        ms_buffer_init(&name);
        if (column)
            ms_buffer_printf(&name, "%s=%s", column, group->levels[g]);
        else
            ms_buffer_append(&name, "all");
        if (ms_buffer_failed(&name)) {
            ms_names_free(list, g);
            return ms_error_nomem(err);
        }
        list[g] = name.data;
    }
    *names = list;
    return MS_OK;
}
