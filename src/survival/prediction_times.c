/* Which times predictions are for: from the names of columns, or chosen from the follow-up. */
#include "survival/prediction.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The time in a column's name, or NaN when the name does not fit the pattern. */
static double time_of(const char *name, const char *pattern) {
    char text[64];
    double value;
    const char *star = strchr(pattern, '*');
    if (!star) {
        const char *end = strrchr(name, '_');
        if (strcmp(name, pattern) != 0 || !end) return NAN;
        return ms_parse_number(end + 1, &value) && value >= 0 ? value : NAN;
    }
    size_t before = (size_t)(star - pattern), after = strlen(star + 1), length = strlen(name);
    if (length <= before + after || length - before - after >= sizeof text) return NAN;
    if (strncmp(name, pattern, before) != 0 || strcmp(name + length - after, star + 1) != 0) return NAN;
    memcpy(text, name + before, length - before - after);
    text[length - before - after] = '\0';
    return ms_parse_number(text, &value) && isfinite(value) && value >= 0 ? value : NAN;
}

static void insert(char **names, double *times, size_t n, char *name, double time) {
    size_t k = n;
    for (; k > 0 && times[k - 1] > time; k--) {
        names[k] = names[k - 1];
        times[k] = times[k - 1];
    }
    names[k] = name;
    times[k] = time;
}

ms_status ms_prediction_find(const ms_table *table, const char *pattern, char ***names, double **times,
                             size_t *n, ms_error *err) {
    size_t columns = ms_table_columns(table), found = 0;
    char **list = ms_calloc(columns + 1, sizeof *list);
    double *at = ms_calloc(columns + 1, sizeof *at);
    ms_status status = list && at ? MS_OK : ms_error_nomem(err);
    for (size_t c = 0; c < columns && !status; c++) {
        const char *name = ms_table_column_name(table, c);
        double time = time_of(name, pattern);
        if (isnan(time)) continue;
        char *copy = ms_strdup(name);
        if (!copy)
            status = ms_error_nomem(err);
        else
            insert(list, at, found++, copy, time);
    }
    if (!status && found == 0)
        status = ms_error_set(err, MS_EINPUT,
                              "%s: no column is named like '%s' with a time in the place of * (as in "
                              "survival_365)",
                              ms_table_name(table), pattern);
    for (size_t k = 1; k < found && !status; k++)
        if (at[k] == at[k - 1])
            status = ms_error_set(err, MS_EINPUT, "%s: columns '%s' and '%s' are of the same time",
                                  ms_table_name(table), list[k - 1], list[k]);
    if (status) {
        for (size_t k = 0; k < found; k++) free(list[k]);
        free(list);
        free(at);
        return status;
    }
    *names = list;
    *times = at;
    *n = found;
    return MS_OK;
}

ms_status ms_prediction_times(const ms_outcome *outcome, double until, size_t most, double **times, size_t *n,
                              ms_error *err) {
    ms_ipcw g = {0};
    ms_status status = ms_ipcw_fit(outcome, NULL, &g, err); /* its distinct times */
    if (status) return status;
    size_t below = 0;
    while (below < g.n_times && g.time[below] < until) below++;
    size_t take = below < most ? below : most;
    double *list = ms_calloc(take + 1, sizeof *list);
    if (list) {
        for (size_t k = 0; k < take; k++) list[k] = g.time[k * below / take];
        list[take] = until;
        *times = list;
        *n = take + 1;
    } else {
        status = ms_error_nomem(err);
    }
    ms_ipcw_clear(&g);
    return status;
}

ms_status ms_prediction_grid(const ms_outcome *outcome, size_t wanted, double **times, size_t *n,
                             ms_error *err) {
    size_t events = 0, *order = ms_calloc(outcome->n, sizeof *order);
    double *sorted = ms_calloc(outcome->n, sizeof *sorted), *list = ms_calloc(wanted + 1, sizeof *list);
    ms_status status = order && sorted && list ? ms_outcome_check(outcome, err) : ms_error_nomem(err);
    if (!status) status = ms_order(outcome->time, outcome->n, order, err);
    if (status) goto cleanup;
    for (size_t i = 0; i < outcome->n; i++)
        if (outcome->status[order[i]] == 1) sorted[events++] = outcome->time[order[i]];
    double from = events ? ms_quantile7(sorted, events, 0.05) : 0,
           to = events ? ms_quantile7(sorted, events, 0.95) : 0;
    size_t count = to > from ? wanted : events > 0;
    for (size_t k = 0; k < count; k++)
        list[k] = count > 1 ? from + (to - from) * (double)k / (double)(count - 1) : from;
    *times = list;
    *n = count;
    list = NULL;
cleanup:
    free(order);
    free(sorted);
    free(list);
    return status;
}

static double between(const double *risk, const double *times, size_t n_times, size_t n, size_t i,
                      double time) {
    double from = 0, below = 1;
    for (size_t k = 0; k < n_times; k++) {
        double above = 1 - risk[k * n + i];
        if (time <= times[k])
            return times[k] > from ? below + (above - below) * (time - from) / (times[k] - from) : above;
        from = times[k];
        below = above;
    }
    return below;
}

ms_status ms_survival_between(const ms_outcome *outcome, const double *risk, const double *times,
                              size_t n_times, double *survival, uint8_t *status, ms_error *err) {
    size_t n = outcome->n;
    for (size_t k = 1; k < n_times; k++)
        for (size_t i = 0; i < n; i++)
            if (risk[k * n + i] < risk[(k - 1) * n + i] - 1e-6)
                return ms_error_set(err, MS_EINPUT, "row %zu: predicted survival rises from time %g to %g",
                                    i + 1, times[k - 1], times[k]);
    for (size_t i = 0; i < n; i++) {
        double last = n_times ? times[n_times - 1] : 0;
        bool beyond = outcome->time[i] > last;
        survival[i] = between(risk, times, n_times, n, i, beyond ? last : outcome->time[i]);
        status[i] = beyond ? 0 : outcome->status[i];
    }
    return MS_OK;
}
