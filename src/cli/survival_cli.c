/* What the survival commands share. */
#include "cli/survival_cli.h"

#include "base/base.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

ms_status ms_cli_read_columns(const ms_args *args, const ms_surv_columns *c, ms_table **table,
                              ms_error *err) {
    const char *const all[] = {c->time,  c->event,  c->entry,   c->weight,
                               c->group, c->strata, c->cluster, c->risk};
    const char *names[MS_COUNT(all)];
    size_t n = 0;
    for (size_t i = 0; i < MS_COUNT(all); i++)
        if (all[i]) names[n++] = all[i];
    return ms_table_read_columns(table, ms_args_operand(args, 0), names, n, err);
}

ms_status ms_cli_read_with_number(const ms_args *args, const char *option, ms_surv_frame *frame,
                                  ms_error *err) {
    ms_table *table = NULL;
    char *event = NULL;
    ms_surv_columns columns = {
        .time = ms_args_text(args, "time"),
        .entry = ms_args_text(args, "entry"),
        .weight = ms_args_text(args, "weights"),
        .group = ms_args_text(args, "group"),
        .strata = ms_args_text(args, "strata"),
        .cluster = ms_args_text(args, "cluster"),
        .risk = ms_args_text(args, option),
    };
    ms_status status = ms_event_split(ms_args_text(args, "event"), &event, &columns.event_value, err);
    columns.event = event;
    if (status == MS_OK) status = ms_cli_read_columns(args, &columns, &table, err);
    if (status == MS_OK) status = ms_surv_frame_read(table, &columns, frame, err);
    ms_table_free(table);
    free(event);
    if (status == MS_OK) frame->data.no_timefix = ms_args_flag(args, "no-timefix");
    if (status == MS_OK && frame->n_dropped)
        ms_log(MS_LOG_INFO, "%zu of %zu rows left out: a value is missing", frame->n_dropped,
               frame->n_dropped + frame->n);
    return status;
}

ms_status ms_cli_read_survival(const ms_args *args, ms_surv_frame *frame, ms_error *err) {
    return ms_cli_read_with_number(args, "risk", frame, err);
}

ms_status ms_cli_conf_level(const ms_args *args, double *level, ms_error *err) {
    double value = *level;
    ms_status status = ms_args_number(args, "conf-level", &value, err);
    if (status != MS_OK) return status;
    if (!(value > 0 && value < 1))
        return ms_error_set(err, MS_EUSAGE, "--conf-level: %g is not between 0 and 1", value);
    *level = value;
    return MS_OK;
}

ms_status ms_cli_print(const char *text, ms_error *err) {
    errno = 0;
    if (fputs(text, stdout) < 0 || fflush(stdout) != 0)
        return ms_error_errno(err, errno ? errno : EIO, "standard output", "cannot write");
    return MS_OK;
}

ms_status ms_cli_add_numbers(ms_table *table, const char *name, const size_t *rows, size_t n,
                             const double *values, size_t stride, ms_error *err) {
    size_t column;
    ms_status status = ms_table_add_column(table, name, &column, err);
    for (size_t i = 0; i < n && status == MS_OK; i++)
        status = ms_table_set_number(table, rows[i], column, values[i * stride], err);
    return status;
}
