/* Many scans in one process: the table, the cases one after the other, the table of results. */
#include "study/case_columns.h"
#include "study/study.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct row {
    ms_segment_job job;
    const char *id;
    char *scan, *mask, *dir; /* owned */
} row;

typedef struct list {
    const char *path; /* of the table */
    char *folder;     /* the table's */
    ms_table *table;
    row *rows;
    size_t n;
} list;

static const char *cell(const list *l, size_t i, const char *name) {
    size_t column;
    if (!ms_table_find(l->table, name, &column) || ms_table_missing(l->table, i, column)) return NULL;
    return ms_table_cell(l->table, i, column);
}

static ms_status bad_cell(const list *l, size_t i, const char *name, const char *what, ms_error *err) {
    const char *text = cell(l, i, name);
    return ms_error_set(err, MS_EINPUT, "%s:%zu: column %s: '%.40s' %s", l->path, ms_table_line(l->table, i),
                        name, text != NULL ? text : "", what);
}

/* A number within [low, high]; an empty cell leaves *value. */
static ms_status number(const list *l, size_t i, const char *name, double low, double high, const char *what,
                        double *value, bool *has, ms_error *err) {
    size_t column;
    if (has != NULL) *has = false;
    if (cell(l, i, name) == NULL || !ms_table_find(l->table, name, &column)) return MS_OK;
    double read = NAN;
    const ms_status status = ms_table_number(l->table, i, column, &read, err);
    if (status != MS_OK) return status;
    if (!(read >= low && read <= high)) return bad_cell(l, i, name, what, err);
    *value = read;
    if (has != NULL) *has = true;
    return MS_OK;
}

static ms_status read_person(const list *l, size_t i, ms_person *person, ms_error *err) {
    ms_status status = number(l, i, "height_m", 0.5, 2.6, "is no height in metres (0.5 to 2.6)",
                              &person->height_m, NULL, err);
    if (status == MS_OK)
        status = number(l, i, "weight_kg", 10, 500, "is no weight in kilograms (10 to 500)",
                        &person->weight_kg, NULL, err);
    if (status == MS_OK)
        status =
            number(l, i, "age_years", 0, 130, "is no age in years (0 to 130)", &person->age_years, NULL, err);
    const char *sex = cell(l, i, "sex");
    if (status != MS_OK || sex == NULL) return status;
    if (strcmp(sex, "m") != 0 && strcmp(sex, "M") != 0 && strcmp(sex, "f") != 0 && strcmp(sex, "F") != 0)
        return bad_cell(l, i, "sex", "must be m or f", err);
    person->sex = sex[0] == 'm' || sex[0] == 'M' ? 'm' : 'f';
    return MS_OK;
}

static ms_status read_level(const list *l, size_t i, ms_segment_options *o, ms_error *err) {
    double z = 0;
    bool has_z = false;
    const char *slice = cell(l, i, "l3_slice"), *phase = cell(l, i, "phase");
    ms_status status = number(l, i, "l3_z", -1e6, 1e6, "is no height in mm", &z, &has_z, err);
    if (status != MS_OK) return status;
    if (slice != NULL && has_z)
        return bad_cell(l, i, "l3_slice", "and l3_z exclude each other: give one", err);
    if (slice != NULL) {
        if (!ms_parse_size(slice, &o->slice_index))
            return bad_cell(l, i, "l3_slice", "is no slice index (0 is the lowest slice)", err);
        o->has_slice = true;
    }
    if (has_z) {
        o->has_z = true;
        o->z_mm = z;
    }
    if (phase == NULL) return MS_OK;
    const ms_phase p = ms_phase_find(phase);
    if (p == MS_PHASES)
        return bad_cell(l, i, "phase", "must be plain, arterial, portal, delayed or unknown", err);
    o->phase = p;
    return MS_OK;
}

static ms_status read_row(const list *l, size_t i, const ms_segment_job *common, row *r, ms_error *err) {
    const char *id = cell(l, i, "case_id"), *scan = cell(l, i, "scan"), *mask = cell(l, i, "mask");
    r->job = *common;
    if (id == NULL || !ms_text_is_safe_name(id))
        return bad_cell(l, i, "case_id", "is no case id: letters, digits, dots, dashes and underscores", err);
    if (scan == NULL) return bad_cell(l, i, "scan", "is empty: name the scan", err);
    for (size_t o = 0; o < i; o++)
        if (strcmp(l->rows[o].id, id) == 0) return bad_cell(l, i, "case_id", "is there twice", err);
    r->id = r->job.title = id;
    r->scan = ms_path_below(l->folder, scan);
    r->mask = mask != NULL ? ms_path_below(l->folder, mask) : NULL;
    r->dir = common->dir != NULL ? ms_path_join(common->dir, id) : NULL;
    if (r->scan == NULL || (mask != NULL && r->mask == NULL) || (common->dir != NULL && r->dir == NULL))
        return ms_error_nomem(err);
    r->job.scan = r->scan;
    r->job.mask = r->mask;
    r->job.dir = r->dir;
    if (cell(l, i, "series") != NULL) r->job.series = cell(l, i, "series");
    const ms_status status = read_level(l, i, &r->job.options, err);
    return status == MS_OK ? read_person(l, i, &r->job.options.person, err) : status;
}

static ms_status read_list(const char *path, const ms_segment_job *common, list *l, ms_error *err) {
    size_t column;
    l->path = path;
    l->folder = ms_path_folder(path);
    if (l->folder == NULL) return ms_error_nomem(err);
    ms_status status = ms_table_read(&l->table, path, err);
    if (status == MS_OK) status = ms_table_require(l->table, "case_id", &column, err);
    if (status == MS_OK) status = ms_table_require(l->table, "scan", &column, err);
    if (status != MS_OK) return status;
    const size_t n = ms_table_rows(l->table);
    if (n == 0) return ms_error_set(err, MS_EINPUT, "%s: has no cases", path);
    l->rows = ms_calloc(n, sizeof *l->rows);
    if (l->rows == NULL) return ms_error_nomem(err);
    l->n = n;
    for (size_t i = 0; i < n && status == MS_OK; i++) status = read_row(l, i, common, &l->rows[i], err);
    return status;
}

static void clear_list(list *l) {
    for (size_t i = 0; i < l->n; i++) {
        free(l->rows[i].scan);
        free(l->rows[i].mask);
        free(l->rows[i].dir);
    }
    free(l->rows);
    free(l->folder);
    ms_table_free(l->table);
}

static void add_columns(ms_writer *w, const row *r, const ms_segmentation *s) {
    char flags[MS_FLAGS_TEXT];
    ms_flags_text(&s->flags, flags);
    static const char *const sources[] = {"auto", "slice", "z", "mask"};
    const ms_case_columns columns = {
        .l3_slice = (double)s->level.slice_index,
        .l3_z_mm = s->level.z_mm,
        .l3_confidence = s->level.confidence,
        .l3_source = sources[s->level.source],
        .n_slices = (double)s->n_slices,
        .method = ms_method_name(s->method),
        .model = s->model_name,
        .phase = ms_phase_names[s->contrast.phase],
        .phase_confidence = s->contrast.confidence,
        .phase_source = s->contrast.given                       ? "given"
                        : s->contrast.phase == MS_PHASE_UNKNOWN ? "none"
                                                                : "image",
        .kvp = s->scan.kvp,
        .slice_thickness_mm = s->scan.slice_thickness_mm,
        .flags = flags,
        .values = s->values,
    };
    ms_writer_row(w);
    ms_writer_text(w, "case_id", r->id);
    ms_case_columns_write(w, &columns, &r->job.options.person, r->job.norms);
}

/* Also after a stop: what is done is worth keeping. */
static ms_status write_table(ms_writer *w, const char *dir, ms_error *err) {
    if (dir == NULL || w->table == NULL || ms_table_rows(w->table) == 0) {
        ms_table_free(w->table);
        return MS_OK;
    }
    char *path = ms_path_join(dir, "measurements.csv");
    ms_status status = path != NULL ? ms_make_dirs(dir, err) : ms_error_nomem(err);
    if (status == MS_OK)
        status = ms_writer_close(w, path);
    else
        ms_table_free(w->table);
    free(path);
    return status;
}

ms_status ms_segment_list_run(const char *table, const ms_segment_job *common, ms_segment_done done,
                              void *context, ms_error *err) {
    list l = {0};
    size_t failed = 0;
    ms_status status = read_list(table, common, &l, err);
    if (status != MS_OK) {
        clear_list(&l);
        return status;
    }
    ms_writer w = ms_writer_open("measurements", err);
    for (size_t i = 0; i < l.n && status == MS_OK; i++) {
        ms_segmentation s = {0};
        ms_error why = {0};
        const ms_status one = ms_segment_job_run(&l.rows[i].job, &s, &why);
        done(context, l.rows[i].id, one, one == MS_OK ? &s : NULL, &why);
        if (one == MS_OK) add_columns(&w, &l.rows[i], &s);
        failed += one != MS_OK;
        ms_segmentation_clear(&s);
        if (status == MS_OK) status = ms_stop_check(err);
    }
    ms_error stopped = err != NULL ? *err : (ms_error){0};
    const ms_status written = write_table(&w, common->dir, err);
    if (status != MS_OK && err != NULL)
        *err = stopped;
    else if (status == MS_OK)
        status = written;
    if (status == MS_OK && failed > 0)
        status = ms_error_set(err, MS_EPARTIAL, "%zu of %zu cases failed; the others are done", failed, l.n);
    clear_list(&l);
    return status;
}
