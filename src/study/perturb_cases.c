/* Features of each case's image as it is and as it might have been: one table, a row a repeat. */
#include "myosurv/study_tables.h"

#include "study/image_cases.h"
#include "study/table_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const drawn_columns[] = {"shift_i_voxels", "shift_j_voxels", "shift_k_voxels",
                                            "rotation_deg",   "noise_hu",       "volume_change",
                                            "contour_dice"};
enum { FIRST_DRAWN = 2, FIRST_FEATURE = 2 + MS_COUNT(drawn_columns) };

/* One case in memory, and its repeats' results. */
typedef struct work {
    const ms_perturb_run *run;
    const char *id;
    const ms_volume *volume;
    const ms_mask *mask;
    ms_label_set region;
    ms_feature_set *sets;     /* [repeats + 1] */
    ms_perturbation *drawn;   /* [repeats + 1] */
    bool *lost;               /* [repeats + 1] */
    ms_feature_config config; /* the run's, with how this scan is stored */
} work;

/* Repeat 0 is the image as it is. A repeat whose region cannot be measured is lost, not an error: its numbers
 * are missing. */
static ms_status measure(void *context, size_t repeat, ms_error *err) {
    work *w = context;
    const uint8_t one = 1;
    ms_volume volume = {0};
    ms_mask mask = {0};
    ms_status status = ms_stop_check(err);
    if (status != MS_OK) return status;
    if (repeat == 0)
        return ms_features_extract(w->volume, w->mask, w->region.labels, w->region.n, &w->config, &w->sets[0],
                                   err);
    status = ms_perturb(w->volume, w->mask, w->region.labels, w->region.n, &w->run->options, w->id, repeat,
                        &volume, &mask, &w->drawn[repeat], err);
    if (status == MS_OK)
        status = ms_features_extract(&volume, &mask, &one, 1, &w->config, &w->sets[repeat], err);
    ms_volume_clear(&volume);
    ms_mask_clear(&mask);
    if (status != MS_EINPUT) return status;
    ms_log(MS_LOG_WARNING, "%s: perturbation %zu cannot be measured: %s", w->id, repeat,
           err ? err->message : "");
    w->lost[repeat] = true;
    return MS_OK;
}

static ms_status put(ms_table *out, size_t row, size_t column, double value, ms_error *err) {
    return ms_table_set_number(out, row, column, value, err);
}

static ms_status put_drawn(ms_table *out, size_t row, const work *w, size_t repeat, ms_error *err) {
    const ms_perturbation *d = &w->drawn[repeat];
    const double values[] = {d->shift_voxels[0], d->shift_voxels[1], d->shift_voxels[2],  d->rotation_deg,
                             d->noise_hu,        d->volume,          repeat ? d->dice : 1};
    ms_status status = MS_OK;
    for (size_t c = 0; c < MS_COUNT(values) && status == MS_OK; c++)
        status = put(out, row, FIRST_DRAWN + c, w->lost[repeat] ? (double)NAN : values[c], err);
    return status;
}

static ms_status put_rows(ms_table *out, const work *w, ms_error *err) {
    ms_status status = MS_OK;
    for (size_t repeat = 0; repeat <= w->run->repeats && status == MS_OK; repeat++) {
        size_t row;
        status = ms_table_add_row(out, &row, err);
        if (status == MS_OK) status = ms_table_set(out, row, 0, w->id, err);
        if (status == MS_OK) status = put(out, row, 1, (double)repeat, err);
        if (status == MS_OK) status = put_drawn(out, row, w, repeat, err);
        for (size_t f = 0; f < w->sets[repeat].n && status == MS_OK; f++)
            status = put(out, row, FIRST_FEATURE + f, w->sets[repeat].values[f], err);
    }
    return status;
}

static ms_status add_columns(ms_table *out, const ms_perturb_run *run, ms_error *err) {
    size_t column;
    ms_feature_set names = {0};
    ms_status status = ms_feature_names(run->config, &names, err);
    if (status == MS_OK) status = ms_table_add_column(out, "case_id", &column, err);
    if (status == MS_OK) status = ms_table_add_column(out, "perturbation", &column, err);
    for (size_t c = 0; c < MS_COUNT(drawn_columns) && status == MS_OK; c++)
        status = ms_table_add_column(out, drawn_columns[c], &column, err);
    for (size_t f = 0; f < names.n && status == MS_OK; f++) {
        ms_buffer name;
        ms_buffer_init(&name);
        ms_buffer_printf(&name, "%s%s", run->prefix ? run->prefix : "", names.names[f]);
        status =
            ms_buffer_failed(&name) ? ms_error_nomem(err) : ms_table_add_column(out, name.data, &column, err);
        ms_buffer_clear(&name);
    }
    ms_feature_set_clear(&names);
    return status;
}

static ms_status run_case(work *w, const char *image, const char *mask_path, ms_table *out, ms_error *err) {
    const size_t n = w->run->repeats + 1;
    ms_scan scan = {0};
    ms_mask mask = {0};
    w->sets = ms_calloc(n, sizeof *w->sets);
    w->drawn = ms_calloc(n, sizeof *w->drawn);
    w->lost = ms_calloc(n, sizeof *w->lost);
    ms_status status = w->sets && w->drawn && w->lost ? MS_OK : ms_error_nomem(err);
    w->config = *w->run->config;
    const ms_scan_options options = {.keep_values = w->config.as_pyradiomics};
    if (status == MS_OK) status = ms_scan_read(image, &options, &scan, err);
    if (status == MS_OK) ms_feature_config_stored(&w->config, &scan.layout);
    if (status == MS_OK) status = ms_mask_read(mask_path, &scan.volume.geometry, &mask, err);
    w->volume = &scan.volume;
    w->mask = &mask;
    if (status == MS_OK) status = ms_parallel_for(n, measure, w, err);
    if (status == MS_OK) status = put_rows(out, w, err);
    for (size_t i = 0; w->sets && i < n; i++) ms_feature_set_clear(&w->sets[i]);
    free(w->sets);
    free(w->drawn);
    free(w->lost);
    w->volume = NULL;
    w->mask = NULL;
    ms_scan_clear(&scan);
    ms_mask_clear(&mask);
    return status;
}

static ms_status run_row(const ms_table *cases, const ms_image_columns *at, size_t row,
                         const ms_perturb_run *run, ms_table *out, ms_error *err) {
    ms_image_case one = {0};
    work w = {.run = run};
    ms_status status = ms_image_case_read(cases, at, row, run->folder, &one, err);
    if (status != MS_OK) return status;
    w.id = one.id;
    for (size_t other = 0; other < row && status == MS_OK; other++) {
        if (strcmp(ms_table_cell(cases, other, at->id), w.id) == 0)
            status = ms_bad_cell(cases, row, at->id, "the case is there twice", err);
    }
    const char *labels = one.label ? one.label : run->labels ? run->labels : "1";
    if (status == MS_OK) {
        status = ms_label_set_parse(labels, &w.region, err);
        if (status == MS_OK) status = run_case(&w, one.image, one.mask, out, err);
        if (status != MS_OK && status != MS_ESTOPPED) ms_error_prefix(err, "case %s", w.id);
    }
    ms_image_case_clear(&one);
    return status;
}

ms_status ms_perturb_cases(const ms_table *cases, const ms_perturb_run *run, ms_table **out, ms_error *err) {
    ms_image_columns at = {0};
    ms_table *made = NULL;
    ms_status status;
    if (run->repeats < 1 || run->repeats > 10000)
        return ms_error_set(err, MS_EUSAGE, "%zu repeats: give 1 to 10000", run->repeats);
    if ((status = ms_image_columns_find(cases, true, &at, err)) ||
        (status = ms_table_new(&made, "perturbed", err)))
        return status;
    ms_progress *bar = ms_progress_start("perturbing", ms_table_rows(cases));
    status = add_columns(made, run, err);
    for (size_t row = 0; row < ms_table_rows(cases) && status == MS_OK; row++) {
        status = run_row(cases, &at, row, run, made, err);
        ms_progress_step(bar, 1);
    }
    ms_progress_end(bar);
    if (status == MS_OK)
        *out = made;
    else
        ms_table_free(made);
    return status;
}
