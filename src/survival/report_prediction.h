/* survival/report_prediction.h: what the reports of predictions share. */
#ifndef MS_SURVIVAL_REPORT_PREDICTION_H
#define MS_SURVIVAL_REPORT_PREDICTION_H

#include "myosurv/survival_prediction.h"
#include "survival/report.h"

typedef struct ms_named_number {
    const char *key;
    double value;
} ms_named_number;
MS_NODISCARD ms_status ms_report_numbers(struct cJSON *object, const ms_named_number *numbers, size_t n,
                                         ms_error *err);
/* A new object at the end of a list. */
MS_NODISCARD ms_status ms_report_item(struct cJSON *list, struct cJSON **item, ms_error *err);
/* {MODEL, reference, time, delta, se, lower, upper, z, p} at the end of a list; `kind` is MODEL's key. */
MS_NODISCARD ms_status ms_report_difference(struct cJSON *list, const char *kind, const char *name,
                                            const char *reference, double time, const ms_difference *d,
                                            ms_error *err);
/* A row of a table with the columns "", reference, time, difference, se, lower, upper, p. */
void ms_grid_difference(ms_grid *grid, const char *name, const char *reference, double time,
                        const ms_difference *d);
void ms_grid_difference_header(ms_grid *grid, const char *name, double conf_level);
/* "lower 95%" */
void ms_grid_bounds(ms_grid *grid, double conf_level);
/* "reason": why, or nothing. */
MS_NODISCARD ms_status ms_report_reason(struct cJSON *object, ms_prediction_state state, ms_error *err);
const char *ms_prediction_convention_name(ms_prediction_convention convention);
/* Prints a grid and frees it; true when it had failed. */
bool ms_grid_finish(ms_grid *grid, ms_buffer *out);

#endif
