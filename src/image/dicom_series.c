/* image/dicom_series.c: which files belong together, which of the series are axial CT, and which one is
 * meant. */
#include "image/private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ENHANCED_CT_IMAGE_STORAGE MS_CT_IMAGE_STORAGE ".1"

/* A scout view carries its series' UID but lies otherwise: it makes a series of its own here. */
static bool same_series(const ms_dicom_header *a, const ms_dicom_header *b) {
    if (strcmp(a->series_uid, b->series_uid) != 0 || strcmp(a->modality, b->modality) != 0) return false;
    if (a->has_pixels != b->has_pixels || a->localizer != b->localizer) return false;
    if (a->has_orientation != b->has_orientation) return false;
    for (int i = 0; i < 6; i++)
        if (!(fabs(a->orientation[i] - b->orientation[i]) <= 1e-3)) return false;
    return true;
}

static double normal_z(const ms_dicom_header *h) {
    return h->orientation[0] * h->orientation[4] - h->orientation[1] * h->orientation[3];
}

/* NULL when a file like this can be a slice of an axial CT, else the reason why not. */
static const char *why_not(const ms_dicom_header *h) {
    if (strcmp(h->modality, "CT") != 0) return "not CT";
    if (!h->has_pixels) return "no pixel data";
    if (strcmp(h->sop_class, ENHANCED_CT_IMAGE_STORAGE) == 0 || h->frames > 1.0)
        return "several frames in one file, which is not read: convert it to one file a slice";
    if (h->sop_class[0] && strcmp(h->sop_class, MS_CT_IMAGE_STORAGE) != 0)
        return "not CT images (a dose page or capture)";
    if (h->localizer) return "a localizer";
    if (h->samples != 1 || !h->monochrome) return "colour, not CT images";
    if (!h->has_orientation || !h->has_position) return "no position or orientation in the patient";
    if (!(fabs(normal_z(h)) >= 0.9)) return "not axial";
    return NULL;
}

static void describe(ms_series *series, const ms_dicom_header *h) {
    char hex[65];
    ms_hash_bytes(h->series_uid, strlen(h->series_uid), hex);
    memcpy(series->uid_hash, hex, 16);
    series->uid_hash[16] = '\0';
    series->ct = strcmp(h->modality, "CT") == 0;
    series->axial = h->has_orientation && fabs(normal_z(h)) >= 0.9;
    const char *lie = "no orientation";
    if (h->has_orientation) {
        double x = fabs(h->orientation[1] * h->orientation[5] - h->orientation[2] * h->orientation[4]);
        double y = fabs(h->orientation[2] * h->orientation[3] - h->orientation[0] * h->orientation[5]);
        lie = series->axial ? "axial" : x >= 0.9 ? "sagittal" : y >= 0.9 ? "coronal" : "oblique";
    }
    (void)ms_text_format(series->description, sizeof series->description, "%s%s%s%s", lie,
                         h->localizer ? ", localizer" : "", h->kernel[0] ? ", kernel " : "", h->kernel);
}

static ms_status build_list(ms_dicom_files *files, ms_series **series, size_t *n_series, size_t **first,
                            ms_error *err) {
    ms_series *list = ms_calloc(files->n, sizeof *list);
    size_t *heads = ms_calloc(files->n, sizeof *heads);
    if (!list || !heads) {
        free(list);
        free(heads);
        return ms_error_nomem(err);
    }
    size_t n = 0;
    for (size_t f = 0; f < files->n; f++) {
        ms_dicom_file *file = &files->items[f];
        size_t s = 0;
        while (s < n && !same_series(&files->items[heads[s]].header, &file->header)) s++;
        if (s == n) {
            heads[n] = f;
            describe(&list[n], &file->header);
            n++;
        }
        file->series = s;
        list[s].files++;
    }
    *series = list;
    *n_series = n;
    *first = heads;
    return MS_OK;
}

/* "1: 134 files, axial, kernel B30f; 2: ..." */
static void list_text(const ms_series *series, size_t n, const bool *eligible, ms_buffer *out) {
    for (size_t s = 0; s < n; s++) {
        if (eligible && !eligible[s]) continue;
        if (out->length > 600) {
            ms_buffer_append(out, "; ...");
            return;
        }
        ms_buffer_printf(out, "%s%zu: %zu file%s, %s", out->length ? "; " : "", s + 1, series[s].files,
                         series[s].files == 1 ? "" : "s", series[s].description);
        if (!eligible) ms_buffer_printf(out, " (%s)", series[s].why);
    }
}

/* The series the user named, or n_series when there is none like it. */
static size_t find_wanted(const ms_series *series, size_t n_series, const char *wanted) {
    size_t number;
    for (size_t s = 0; s < n_series; s++)
        if (strcmp(series[s].uid_hash, wanted) == 0) return s;
    if (ms_parse_size(wanted, &number) && number >= 1 && number <= n_series) return number - 1;
    return n_series;
}

static ms_status choose(ms_series *series, size_t n, const bool *eligible, const char *path,
                        const char *wanted, size_t *chosen, ms_error *err) {
    ms_buffer list;
    ms_buffer_init(&list);
    ms_status status = MS_OK;
    size_t candidates = 0, last = 0;
    for (size_t s = 0; s < n; s++)
        if (eligible[s]) {
            candidates++;
            last = s;
        }
    if (wanted) {
        last = find_wanted(series, n, wanted);
        list_text(series, n, NULL, &list);
        if (last == n)
            status = ms_error_set(err, MS_EINPUT, "%s: no series '%s'; there are: %s", path, wanted,
                                  list.data ? list.data : "");
        else if (!eligible[last])
            status = ms_error_set(err, MS_EINPUT, "%s: series %s cannot be used: %s", path, wanted,
                                  series[last].why);
    } else if (candidates == 0) {
        list_text(series, n, NULL, &list);
        status = ms_error_set(err, MS_EINPUT, "%s: no axial CT series; there are: %s", path,
                              list.data ? list.data : "");
    } else if (candidates > 1) {
        list_text(series, n, eligible, &list);
        status = ms_error_set(err, MS_EINPUT, "%s: %zu CT series; choose one with --series N: %s", path,
                              candidates, list.data ? list.data : "");
    }
    ms_buffer_clear(&list);
    if (status) return status;
    *chosen = last;
    return MS_OK;
}

/* Single images beside a real series (a bolus monitor, a capture) are not what is meant by a scan. */
static void drop_singles(ms_series *series, size_t n, bool *eligible) {
    bool stack = false;
    for (size_t s = 0; s < n; s++) stack = stack || (eligible[s] && series[s].files > 1);
    for (size_t s = 0; stack && s < n; s++)
        if (eligible[s] && series[s].files == 1) {
            eligible[s] = false;
            (void)ms_text_format(series[s].why, sizeof series[s].why, "a single image");
        }
}

ms_status ms_dicom_group(ms_dicom_files *files, const char *path, const char *wanted, ms_series **series,
                         size_t *n_series, size_t *chosen, ms_error *err) {
    ms_series *list = NULL;
    size_t n = 0, *first = NULL, which = 0;
    ms_status status = build_list(files, &list, &n, &first, err);
    if (status) return status;
    bool *eligible = ms_calloc(n, sizeof *eligible);
    if (!eligible) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    for (size_t s = 0; s < n; s++) {
        const char *why = why_not(&files->items[first[s]].header);
        eligible[s] = why == NULL;
        (void)ms_text_format(list[s].why, sizeof list[s].why, "%s", why ? why : "an axial CT series");
    }
    drop_singles(list, n, eligible);
    if (chosen) {
        status = choose(list, n, eligible, path, wanted, &which, err);
        if (status) goto cleanup;
        list[which].chosen = true;
        (void)ms_text_format(list[which].why, sizeof list[which].why, "%s",
                             wanted ? "asked for" : "the only axial CT series");
        *chosen = which;
    }
    *series = list;
    *n_series = n;
    list = NULL;
cleanup:
    free(eligible);
    free(first);
    free(list);
    return status;
}

ms_status ms_scan_list_series(const char *path, ms_series **series, size_t *n_series, ms_error *err) {
    ms_dicom_files files = {0};
    ms_status status = ms_dicom_find(path, &files, err);
    if (status) return status;
    status = ms_dicom_group(&files, path, NULL, series, n_series, NULL, err);
    ms_dicom_files_clear(&files);
    return status;
}
