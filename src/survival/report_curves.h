/* survival/report_curves.h: between report_km.c and what it adds to its results (report_km_extra.c). */
#ifndef MS_SURVIVAL_REPORT_CURVES_H
#define MS_SURVIVAL_REPORT_CURVES_H

#include "myosurv/survival_curves.h"
#include "survival/report.h"

/* Writing JSON in many small steps: after a failure nothing more is done, one check at the end is enough. */
typedef struct ms_json_out {
    ms_status status;
    ms_error *err;
} ms_json_out;
void ms_out_number(ms_json_out *out, struct cJSON *object, const char *key, double value);
void ms_out_numbers(ms_json_out *out, struct cJSON *object, const char *key, const double *values, size_t n);
void ms_out_text(ms_json_out *out, struct cJSON *object, const char *key, const char *text);
void ms_out_bool(ms_json_out *out, struct cJSON *object, const char *key, bool value);
struct cJSON *ms_out_object(ms_json_out *out, struct cJSON *object, const char *key);
struct cJSON *ms_out_array(ms_json_out *out, struct cJSON *object, const char *key);
/* A new object at an array's end. */
struct cJSON *ms_out_item(ms_json_out *out, struct cJSON *array);

const char *ms_conf_type_name(ms_conf_type type);
/* Events in (after, until]. */
double ms_curve_events(const ms_km_curve *curve, double after, double until);

/* What a group's object gets beyond the curve: quantiles, chosen times, band. */
void ms_report_group_extra(ms_json_out *out, struct cJSON *group, const ms_km_report *report, size_t g);
/* landmark, rmst, tests, trend, pairwise, one_sample. */
void ms_report_extra(ms_json_out *out, struct cJSON *root, const ms_km_report *report);
/* The same as text; true: out of memory. */
bool ms_report_extra_text(const ms_km_report *report, ms_buffer *out);

#endif
