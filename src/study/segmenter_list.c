/* study/segmenter_list.c: the table of contoured slices. */
#include "study/segmenter.h"

#include "myosurv/phantom.h"

#include <stdlib.h>
#include <string.h>

static ms_status optional_number(const ms_table *table, size_t row, const char *name, bool *has,
                                 double *value, ms_error *err) {
    size_t column;
    *has = ms_table_find(table, name, &column) && !ms_table_missing(table, row, column);
    return *has ? ms_table_number(table, row, column, value, err) : MS_OK;
}

static const char *optional_text(const ms_table *table, size_t row, const char *name) {
    size_t column;
    if (!ms_table_find(table, name, &column) || ms_table_missing(table, row, column)) return NULL;
    return ms_table_cell(table, row, column);
}

static ms_status read_row(const ms_table *table, size_t row, ms_contour_row *r, ms_error *err) {
    double slice = 0;
    bool has_weight;
    r->line = ms_table_line(table, row);
    r->scan = optional_text(table, row, "scan");
    r->contour = optional_text(table, row, "contour");
    r->name = optional_text(table, row, "name");
    r->weight = 1;
    const char *path = ms_table_name(table);
    if (!r->scan) return ms_error_set(err, MS_EINPUT, "%s:%zu: no scan is given", path, r->line);
    if (!r->name) r->name = r->scan;
    if (!r->contour && !ms_text_starts_with(r->scan, "phantom:"))
        return ms_error_set(err, MS_EINPUT, "%s:%zu: no contour is given", path, r->line);
    ms_status status = optional_number(table, row, "slice", &r->has_slice, &slice, err);
    if (status == MS_OK) status = optional_number(table, row, "weight", &has_weight, &r->weight, err);
    if (status != MS_OK) return status;
    if (slice < 0 || slice > 1e6 || slice != (double)(size_t)slice || !(r->weight >= 0))
        return ms_error_set(err, MS_EINPUT, "%s:%zu: slice is a whole number, weight is 0 or more", path,
                            r->line);
    r->slice = (size_t)slice;
    return MS_OK;
}

ms_status ms_contour_list_read(const char *path, const char *root, const char *leave_out, const char *only,
                               ms_contour_list *list, ms_error *err) {
    ms_contour_list out = {0};
    size_t column;
    ms_status status = ms_table_read(&out.table, path, err);
    if (status == MS_OK) status = ms_table_require(out.table, "scan", &column, err);
    if (status != MS_OK) goto cleanup;
    const size_t rows = ms_table_rows(out.table);
    out.rows = ms_calloc(rows, sizeof *out.rows);
    out.folder = root ? ms_strdup(root) : ms_path_folder(path);
    if (!out.rows || !out.folder) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    for (size_t row = 0; row < rows && status == MS_OK; row++) {
        ms_contour_row *r = &out.rows[out.n];
        status = read_row(out.table, row, r, err);
        if (status != MS_OK || (leave_out && strcmp(r->name, leave_out) == 0) ||
            (only && strcmp(r->name, only) != 0))
            continue;
        out.n++;
    }
    if (status == MS_OK && out.n == 0)
        status = only ? ms_error_set(err, MS_EINPUT, "%s: no row is named %s", path, only)
                      : ms_error_set(err, MS_EINPUT, "%s: no row is left to use", path);
cleanup:
    if (status == MS_OK)
        *list = out;
    else
        ms_contour_list_clear(&out);
    return status;
}

void ms_contour_list_clear(ms_contour_list *list) {
    ms_table_free(list->table);
    free(list->rows);
    free(list->folder);
    *list = (ms_contour_list){0};
}

void ms_contoured_clear(ms_contoured *contoured) {
    ms_volume_clear(&contoured->volume);
    free(contoured->labels);
    *contoured = (ms_contoured){0};
}

/* ---- one row ---------------------------------------------------------------------------------------- */

static ms_status take_slice(const ms_mask *mask, size_t from, size_t k, ms_contoured *out, ms_error *err) {
    const size_t area = mask->geometry.n[0] * mask->geometry.n[1];
    out->labels = ms_calloc(area, 1);
    if (!out->labels) return ms_error_nomem(err);
    memcpy(out->labels, mask->data + from * area, area);
    out->k = k;
    for (size_t v = 0; v < area; v++)
        if (out->labels[v] >= MS_LABEL_MUSCLE && out->labels[v] <= MS_LABEL_PSOAS_LEFT) return MS_OK;
    return ms_error_set(err, MS_EINPUT, "no muscle (labels 1 to 3) is drawn on slice %zu", k);
}

static ms_status make_phantom(const char *scan, ms_contoured *out, ms_error *err) {
    const char *text = scan + strlen("phantom:");
    size_t seed;
    ms_phantom_params params;
    ms_phantom_truth truth;
    ms_mask mask = {0};
    if (!ms_parse_size(text, &seed))
        return ms_error_set(err, MS_EINPUT, "%s: a phantom is named by a whole number", scan);
    ms_status status = ms_phantom_params_random(seed, &params, err);
    if (status == MS_OK) status = ms_phantom_make(&params, seed, &out->volume, &mask, &truth, err);
    if (status == MS_OK) status = take_slice(&mask, truth.l3_slice_index, truth.l3_slice_index, out, err);
    ms_mask_clear(&mask);
    return status;
}

/* The slice with the most muscle. */
static size_t drawn_slice(const ms_mask *mask) {
    const size_t area = mask->geometry.n[0] * mask->geometry.n[1];
    size_t best = 0, most = 0;
    for (size_t k = 0; k < mask->geometry.n[2]; k++) {
        size_t muscle = 0;
        for (size_t v = 0; v < area; v++) {
            const uint8_t label = mask->data[k * area + v];
            muscle += label >= MS_LABEL_MUSCLE && label <= MS_LABEL_PSOAS_LEFT;
        }
        if (muscle <= most) continue;
        most = muscle;
        best = k;
    }
    return best;
}

static ms_status read_contour(const ms_contour_row *row, const char *path, const ms_geometry *g,
                              ms_contoured *out, ms_error *err) {
    ms_mask mask = {0};
    ms_status status = ms_mask_read(path, NULL, &mask, err);
    if (status != MS_OK) return status;
    const bool single =
        mask.geometry.n[2] == 1 && mask.geometry.n[0] == g->n[0] && mask.geometry.n[1] == g->n[1];
    if (single && row->has_slice) {
        status = row->slice < g->n[2] ? take_slice(&mask, 0, row->slice, out, err)
                                      : ms_error_set(err, MS_EINPUT, "the scan has no slice %zu", row->slice);
    } else {
        ms_mask_clear(&mask);
        status = ms_mask_read(path, g, &mask, err);
        const size_t k = status != MS_OK ? 0 : row->has_slice ? row->slice : drawn_slice(&mask);
        if (status == MS_OK && k >= g->n[2])
            status = ms_error_set(err, MS_EINPUT, "the scan has no slice %zu", k);
        if (status == MS_OK) status = take_slice(&mask, k, k, out, err);
    }
    ms_mask_clear(&mask);
    return status;
}

static ms_status read_scan(const ms_contour_list *list, const ms_contour_row *row, ms_contoured *out,
                           ms_error *err) {
    ms_scan scan = {0};
    char *path = ms_path_below(list->folder, row->scan);
    char *contour = ms_path_below(list->folder, row->contour);
    ms_status status = path && contour ? ms_scan_read(path, NULL, &scan, err) : ms_error_nomem(err);
    if (status == MS_OK) {
        status = read_contour(row, contour, &scan.volume.geometry, out, err);
        if (status != MS_OK) ms_error_prefix(err, "%s", contour);
    }
    if (status == MS_OK) {
        out->volume = scan.volume;
        scan.volume = (ms_volume){0};
    }
    ms_scan_clear(&scan);
    free(path);
    free(contour);
    return status;
}

ms_status ms_contour_load(const ms_contour_list *list, size_t i, ms_contoured *contoured, ms_error *err) {
    const ms_contour_row *row = &list->rows[i];
    ms_contoured out = {0};
    ms_status status = ms_text_starts_with(row->scan, "phantom:") ? make_phantom(row->scan, &out, err)
                                                                  : read_scan(list, row, &out, err);
    if (status == MS_OK) status = ms_body_centre(&out.volume, out.k, out.centre_mm, err);
    if (status == MS_OK) {
        *contoured = out;
    } else {
        ms_error_prefix(err, "%s:%zu", ms_table_name(list->table), row->line);
        ms_contoured_clear(&out);
    }
    return status;
}
