/* survival: Kaplan-Meier curves and a Cox model of a CSV table by the library of myosurv.
 *   cc survival.c $(pkg-config --cflags --libs myosurv) -o survival
 *   ./survival data/aml.csv */
#include <myosurv/myosurv.h>

#include <math.h>
#include <stdio.h>

/* The library prints nothing by itself: warnings go where the program sends them. */
static void to_stderr(void *context, ms_log_level level, const char *message) {
    (void)context;
    if (level >= MS_LOG_WARNING) fprintf(stderr, "%s\n", message);
}

static ms_status curves(const ms_table *table, ms_error *err) {
    const ms_surv_columns columns = {.time = "time", .event = "status", .group = "x"};
    ms_surv_frame frame = {0};
    ms_km km = {0};
    ms_km_options options;
    ms_km_options_default(&options);
    ms_status status = ms_surv_frame_read(table, &columns, &frame, err);
    if (status == MS_OK) {
        status = ms_km_fit(&frame.data, frame.group.codes, frame.group.n_levels, &options, &km, err);
    }
    if (status == MS_OK) {
        for (size_t g = 0; g < km.n_groups; g++) {
            const ms_km_curve *curve = &km.curves[g];
            printf("%s: n = %zu, events = %.0f, median %.0f\n", frame.group.levels[g], curve->n,
                   curve->events, curve->median);
        }
    }
    ms_km_clear(&km); /* clearing what was never filled is allowed */
    ms_surv_frame_clear(&frame);
    return status;
}

static ms_status model(const ms_table *table, ms_error *err) {
    ms_model_frame frame = {0};
    ms_cox cox = {0};
    ms_cox_options options;
    ms_cox_options_default(&options);
    ms_status status = ms_model_frame_read(table, "Surv(time, status) ~ x", NULL, &frame, err);
    if (status == MS_OK) status = ms_cox_fit(&frame.data, &frame.design, &options, &cox, err);
    if (status == MS_OK) {
        for (size_t j = 0; j < cox.p; j++) {
            printf("%s: hazard ratio %.3f (%.3f to %.3f), p = %.4f\n", cox.names[j], exp(cox.coef[j]),
                   exp(cox.lower[j]), exp(cox.upper[j]), cox.p_value[j]);
        }
        printf("C = %.3f\n", cox.concordance.c);
    }
    ms_cox_clear(&cox);
    ms_model_frame_clear(&frame);
    return status;
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: survival TABLE.csv (columns time, status, x)\n");
        return 2;
    }
    ms_log_set_sink(to_stderr, NULL);
    ms_error err = {0};
    ms_table *table = NULL;
    ms_status status = ms_table_read(&table, argv[1], &err);
    if (status == MS_OK) status = curves(table, &err);
    if (status == MS_OK) status = model(table, &err);
    ms_table_free(table);
    if (status != MS_OK) fprintf(stderr, "survival: %s\n", err.message);
    return ms_status_exit_code(status);
}
