/* study/feature_cases.c: the features of many images. Cases run side by side, as many as there are threads
 * and as memory has room for; what they give is handed on in the table's order. */
#include "base/base.h"
#include "myosurv/study_tables.h"

#include "study/image_cases.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The features of one region; their names are the run's. */
typedef struct measured {
    char text[64];
    double *values;
    const char **reasons;
} measured;

/* What became of a row. */
typedef struct outcome {
    ms_image_case from;
    measured *regions;
    size_t n;
    ms_status status;
    ms_error *error; /* NULL unless it failed */
} outcome;

/* Keeps the images that are in memory at once below a share of the machine's memory. How large an image is
 * shows when it is read; until then it is taken to be as large as the largest so far, and the first is read
 * alone. One image is always let in. */
typedef struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    uint64_t used, limit, largest;
    size_t inside;
} gate;

typedef struct batch {
    const ms_table *cases;
    const ms_feature_run *run;
    ms_image_columns columns;
    outcome *outcomes;
    gate gate;
    ms_progress *bar;
} batch;

static uint64_t half_of_memory(void) {
    const long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);
    return pages > 0 && size > 0 ? (uint64_t)pages * (uint64_t)size / 2 : (uint64_t)2 << 30;
}

/* Returns what was set aside. */
static uint64_t enter(gate *g) {
    pthread_mutex_lock(&g->lock);
    while (g->inside > 0 && (g->largest == 0 || g->used + g->largest > g->limit))
        pthread_cond_wait(&g->changed, &g->lock);
    uint64_t guess = g->largest;
    g->used += guess;
    g->inside++;
    pthread_mutex_unlock(&g->lock);
    return guess;
}

/* An image of this size was read: what was guessed becomes what is. */
static uint64_t settle(gate *g, uint64_t guess, uint64_t bytes) {
    pthread_mutex_lock(&g->lock);
    g->used += bytes - guess;
    if (bytes > g->largest) g->largest = bytes;
    pthread_cond_broadcast(&g->changed);
    pthread_mutex_unlock(&g->lock);
    return bytes;
}

static void leave(gate *g, uint64_t bytes) {
    pthread_mutex_lock(&g->lock);
    g->used -= bytes;
    g->inside--;
    pthread_cond_broadcast(&g->changed);
    pthread_mutex_unlock(&g->lock);
}

/* The regions that were asked for: by the run, by the row, by the parameter file, or each label in the mask.
 */
static ms_status choose_regions(const ms_feature_run *run, const ms_image_case *from, const ms_mask *mask,
                                ms_label_set *sets, size_t *n, ms_error *err) {
    ms_status status = MS_OK;
    bool has[256] = {false};
    *n = 0;
    if (from->label) {
        *n = 1;
        return ms_label_set_parse(from->label, &sets[0], err);
    }
    for (size_t i = 0; i < run->n_labels && status == MS_OK; i++)
        status = ms_label_set_parse(run->labels[i], &sets[(*n)++], err);
    if (status != MS_OK || *n > 0) return status;
    ms_mask_values(mask, has);
    for (unsigned label = 1; label < 256; label++) {
        if (run->config->label ? label != run->config->label : !has[label]) continue;
        sets[*n] = (ms_label_set){.labels = {(uint8_t)label}, .n = 1};
        (void)ms_text_format(sets[(*n)++].text, sizeof sets[0].text, "%u", label);
    }
    return *n > 0 ? MS_OK : ms_error_set(err, MS_EINPUT, "the mask is empty: no voxel is labelled");
}

static ms_status measure_region(const ms_feature_config *config, const ms_scan *scan, const ms_mask *mask,
                                const ms_label_set *labels, measured *out, ms_error *err) {
    ms_feature_set set = {0};
    ms_status status = ms_stop_check(err);
    if (status == MS_OK)
        status = ms_features_extract(&scan->volume, mask, labels->labels, labels->n, config, &set, err);
    if (status == MS_OK) {
        memcpy(out->text, labels->text, sizeof out->text);
        out->values = set.values;
        out->reasons = set.reasons;
        set.values = NULL;
        set.reasons = NULL;
    }
    ms_feature_set_clear(&set);
    return status;
}

static ms_status measure_case(batch *b, outcome *o, ms_error *err) {
    ms_feature_config config = *b->run->config;
    const ms_scan_options options = {.series = b->run->series, .keep_values = config.as_pyradiomics};
    ms_scan scan = {0};
    ms_mask mask = {0};
    size_t n = 0;
    ms_label_set *sets = ms_calloc(256, sizeof *sets);
    ms_status status = sets ? MS_OK : ms_error_nomem(err);
    uint64_t bytes = enter(&b->gate);
    if (status == MS_OK) status = ms_scan_read(o->from.image, &options, &scan, err);
    /* volume and mask, and as much again for what is made of them */
    if (status == MS_OK)
        bytes = settle(&b->gate, bytes, (uint64_t)ms_voxels(&scan.volume.geometry) * 2 * (sizeof(float) + 1));
    if (status == MS_OK) status = ms_mask_read(o->from.mask, &scan.volume.geometry, &mask, err);
    if (status == MS_OK) ms_feature_config_stored(&config, &scan.layout);
    if (status == MS_OK) status = choose_regions(b->run, &o->from, &mask, sets, &n, err);
    if (status == MS_OK) {
        o->regions = ms_calloc(n, sizeof *o->regions);
        status = o->regions ? MS_OK : ms_error_nomem(err);
    }
    for (; status == MS_OK && o->n < n; o->n += status == MS_OK)
        status = measure_region(&config, &scan, &mask, &sets[o->n], &o->regions[o->n], err);
    ms_mask_clear(&mask);
    ms_scan_clear(&scan);
    leave(&b->gate, bytes);
    free(sets);
    return status;
}

/* A case that fails is an outcome; only being stopped ends the run. */
static ms_status run_row(void *context, size_t row, ms_error *err) {
    batch *b = context;
    outcome *o = &b->outcomes[row];
    ms_error why = {0};
    ms_status status = ms_image_case_read(b->cases, &b->columns, row, b->run->folder, &o->from, &why);
    if (status == MS_OK) status = measure_case(b, o, &why);
    ms_progress_step(b->bar, 1);
    o->status = status;
    if (status == MS_OK) return MS_OK;
    if (status == MS_ESTOPPED) {
        if (err) *err = why;
        return status;
    }
    o->error = ms_calloc(1, sizeof *o->error);
    if (!o->error) return ms_error_nomem(err);
    *o->error = why;
    return MS_OK;
}

static ms_status run_rows(batch *b, size_t n, ms_error *err) {
    ms_status status = MS_OK;
    bool together = n >= ms_threads_get();
#ifdef __SANITIZE_ADDRESS__
    together = false; /* its allocator, unlike glibc's, can be locked by a thread at a fork: the child would
                         wait for ever */
#endif
    if (together) return ms_parallel_for(n, run_row, b, err);
    for (size_t row = 0; row < n && status == MS_OK; row++) status = run_row(b, row, err);
    return status;
}

/* Hands on what a row gave. */
static ms_status hand_on(const batch *b, size_t row, const ms_feature_set *names, ms_feature_take take,
                         void *context, ms_error *err) {
    const outcome *o = &b->outcomes[row];
    ms_feature_result r = {.row = row, .case_id = o->from.id, .error = o->error ? o->error->message : NULL};
    ms_status status = MS_OK;
    if (o->from.image) r.image = ms_path_base(o->from.image);
    if (o->from.mask) r.mask = ms_path_base(o->from.mask);
    if (o->error) return take(context, &r, err);
    for (size_t i = 0; i < o->n && status == MS_OK; i++) {
        ms_feature_set set = {.n = names->n,
                              .names = names->names,
                              .values = o->regions[i].values,
                              .reasons = o->regions[i].reasons};
        r.labels = o->regions[i].text;
        r.set = &set;
        status = take(context, &r, err);
    }
    return status;
}

static void clear(batch *b) {
    for (size_t row = 0; b->outcomes && row < ms_table_rows(b->cases); row++) {
        outcome *o = &b->outcomes[row];
        for (size_t i = 0; i < o->n; i++) {
            free(o->regions[i].values);
            free(o->regions[i].reasons);
        }
        free(o->regions);
        free(o->error);
        ms_image_case_clear(&o->from);
    }
    free(b->outcomes);
    pthread_cond_destroy(&b->gate.changed);
    pthread_mutex_destroy(&b->gate.lock);
}

ms_status ms_feature_cases(const ms_table *cases, const ms_feature_run *run, ms_feature_take take,
                           void *context, ms_error *err) {
    const size_t n = ms_table_rows(cases);
    batch b = {.cases = cases,
               .run = run,
               .gate = {.lock = PTHREAD_MUTEX_INITIALIZER,
                        .changed = PTHREAD_COND_INITIALIZER,
                        .limit = run->max_bytes ? run->max_bytes : half_of_memory()}};
    ms_feature_set names = {0};
    size_t failed = 0;
    ms_status status = ms_image_columns_find(cases, false, &b.columns, err);
    if (status == MS_OK && n == 0)
        status = ms_error_set(err, MS_EINPUT, "%s: has no cases", ms_table_name(cases));
    if (status == MS_OK) status = ms_feature_names(run->config, &names, err);
    if (status == MS_OK) {
        b.outcomes = ms_calloc(n, sizeof *b.outcomes);
        status = b.outcomes ? MS_OK : ms_error_nomem(err);
    }
    if (status == MS_OK) {
        b.bar = ms_progress_start("features", n);
        status = run_rows(&b, n, err);
        ms_progress_end(b.bar);
    }
    for (size_t row = 0; row < n && status == MS_OK; row++) {
        status = hand_on(&b, row, &names, take, context, err);
        failed += b.outcomes[row].error != NULL;
    }
    clear(&b);
    ms_feature_set_clear(&names);
    if (status == MS_OK && failed > 0)
        status = ms_error_set(err, MS_EPARTIAL, "%zu of %zu cases failed; the others are done", failed, n);
    return status;
}
