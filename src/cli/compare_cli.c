/* What dca, compare and validate share. */
#include "cli/compare_cli.h"

#include "cli/survival_cli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

ms_status ms_cli_bootstrap(const ms_args *args, size_t *replicates, ms_interval *interval, double *conf_level,
                           ms_error *err) {
    static const char *const types[] = {"percentile", "basic", "normal", "bca"};
    size_t type = *interval;
    ms_status status = ms_args_size(args, "bootstrap", replicates, err);
    if (status == MS_OK) status = ms_args_choice(args, "interval", types, MS_COUNT(types), &type, err);
    *interval = (ms_interval)type;
    return status == MS_OK ? ms_cli_conf_level(args, conf_level, err) : status;
}

ms_status ms_cli_read_forecast(const ms_args *args, const char *const *risk, size_t n_risk, bool probability,
                               ms_forecast_frame *frame, ms_error *err) {
    ms_table *table = NULL;
    char *event = NULL;
    ms_forecast_columns columns = {.time = ms_args_text(args, "time"),
                                   .competing_value = ms_args_text(args, "competing"),
                                   .risk = risk,
                                   .n_risk = n_risk,
                                   .probability = probability};
    ms_status status = ms_event_split(ms_args_text(args, "event"), &event, &columns.event_value, err);
    if (status == MS_OK) status = ms_table_read(&table, ms_args_operand(args, 0), err);
    columns.event = event;
    if (status == MS_OK) status = ms_forecast_frame_read(table, &columns, frame, err);
    ms_table_free(table);
    free(event);
    if (status == MS_OK && frame->n_dropped)
        ms_log(MS_LOG_INFO, "%zu of %zu rows left out: a value is missing", frame->n_dropped,
               frame->n_dropped + frame->n);
    return status;
}
