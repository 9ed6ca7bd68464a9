/* image/dicom_series.c: which files belong together, which of the series are axial CT, and which one is
 * meant. */
#include "image/private.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SERIES 2000u

/* A scout view carries its series' UID but lies otherwise: it makes a series of its own here. */
static bool same_series(const ms_dicom_header *a, const ms_dicom_header *b) {
    const ms_dicom_plane *p = &a->plane, *q = &b->plane;
    if (strcmp(a->series_uid, b->series_uid) != 0 || strcmp(a->modality, b->modality) != 0) return false;
    if (a->has_pixels != b->has_pixels || p->localizer != q->localizer) return false;
    if (p->has_orientation != q->has_orientation) return false;
    for (int i = 0; i < 6; i++)
        if (!(fabs(p->orientation[i] - q->orientation[i]) <= 1e-3)) return false;
    return true;
}

/* NULL when an image like this can be a slice of a CT, else the reason why not. */
static const char *why_not(const ms_dicom_header *h) {
    if (strcmp(h->modality, "CT") != 0) return "not CT";
    if (!h->has_pixels) return "no pixel data";
    if (h->sop_class[0] && !ms_text_starts_with(h->sop_class, MS_CT_IMAGE_STORAGE))
        return "not CT images (a dose page or capture)";
    if (h->plane.localizer) return "a localizer";
    if (h->samples != 1 || !h->monochrome) return "colour, not CT images";
    if (!h->plane.has_orientation || !h->plane.has_position)
        return "no position or orientation in the patient";
    return NULL;
}

static void describe(ms_series *series, const ms_dicom_header *h) {
    char hex[65];
    double normal[3];
    const ms_dicom_plane *p = &h->plane;
    ms_hash_bytes(h->series_uid, strlen(h->series_uid), hex);
    memcpy(series->uid_hash, hex, 16);
    series->uid_hash[16] = '\0';
    series->ct = strcmp(h->modality, "CT") == 0;
    ms_dicom_normal(p, normal);
    series->axial = p->has_orientation && fabs(normal[2]) >= 0.7;
    const char *lie = "no orientation";
    if (p->has_orientation)
        lie = series->axial            ? "axial"
              : fabs(normal[0]) >= 0.7 ? "sagittal"
              : fabs(normal[1]) >= 0.7 ? "coronal"
                                       : "oblique";
    (void)ms_text_format(series->description, sizeof series->description, "%s%s%s%s", lie,
                         p->localizer ? ", localizer" : "", p->kernel[0] ? ", kernel " : "", p->kernel);
}

static ms_status build_list(ms_dicom_files *files, const char *path, ms_series **series, size_t *n_series,
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
        if (s == n && n >= MAX_SERIES) {
            free(list);
            free(heads);
            return ms_error_set(err, MS_EINPUT, "%s: more than %u series; give a folder with one study", path,
                                MAX_SERIES);
        }
        if (s == n) {
            heads[n] = f;
            describe(&list[n], &file->header);
            n++;
        }
        file->series = s;
        list[s].slices++;
    }
    free(heads);
    *series = list;
    *n_series = n;
    return MS_OK;
}

/* Files and their frames; those of one file are neighbours in the list. */
static void count_files(const ms_dicom_files *files, ms_series *list, size_t n) {
    for (size_t s = 0; s < n; s++) {
        const char *last = NULL;
        list[s].files = list[s].slices = 0;
        for (size_t f = 0; f < files->n; f++) {
            if (files->items[f].series != s) continue;
            list[s].slices++;
            if (!last || strcmp(last, files->items[f].path) != 0) list[s].files++;
            last = files->items[f].path;
        }
    }
}

static const ms_dicom_file *head_of(const ms_dicom_files *files, size_t series) {
    for (size_t f = 0; f < files->n; f++)
        if (files->items[f].series == series) return &files->items[f];
    return files->items; /* never: a series has a file */
}

/* ---- the rule --------------------------------------------------------------------------------------- */

/* A kernel for lung or bone, by name: a word that says so, or a number of 50 or more after the letters as
 * Siemens (B70f, Br64) and others count (FC51). */
static bool is_sharp(const char *kernel) {
    static const char *const words[] = {"LUNG", "BONE", "EDGE", "SHARP", "DETAIL"};
    char upper[17];
    size_t n = 0;
    for (; kernel[n] && n + 1 < sizeof upper; n++) upper[n] = (char)toupper((unsigned char)kernel[n]);
    upper[n] = '\0';
    for (size_t w = 0; w < MS_COUNT(words); w++)
        if (strstr(upper, words[w])) return true;
    size_t at = strcspn(upper, "0123456789");
    long number = 0;
    for (; isdigit((unsigned char)upper[at]); at++) number = 10 * number + (upper[at] - '0');
    return number >= 50;
}

/* Does series a come before b? Both can be used. Axial before others; then more slices; then a kernel that is
 * not sharp; then images as acquired before derived ones; then thinner slices; then the smaller code. */
static bool comes_before(const ms_series *a, const ms_dicom_file *head_a, const ms_series *b,
                         const ms_dicom_file *head_b) {
    const ms_dicom_plane *p = &head_a->header.plane, *q = &head_b->header.plane;
    if (a->axial != b->axial) return a->axial;
    if (a->slices != b->slices) return a->slices > b->slices;
    if (is_sharp(p->kernel) != is_sharp(q->kernel)) return !is_sharp(p->kernel);
    if (p->derived != q->derived) return !p->derived;
    if (p->thickness != q->thickness && !isnan(p->thickness) && !isnan(q->thickness))
        return p->thickness < q->thickness;
    return strcmp(a->uid_hash, b->uid_hash) < 0;
}

/* "1: 134 slices, axial, kernel B30f (why); 2: ..." */
static void list_text(const ms_series *series, size_t n, ms_buffer *out) {
    for (size_t s = 0; s < n; s++) {
        if (out->length > 600) {
            ms_buffer_append(out, "; ...");
            return;
        }
        ms_buffer_printf(out, "%s%zu: %zu slice%s, %s (%s)", out->length ? "; " : "", s + 1, series[s].slices,
                         series[s].slices == 1 ? "" : "s", series[s].description, series[s].why);
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

static ms_status choose_wanted(const ms_series *series, size_t n, const bool *eligible, const char *path,
                               const char *wanted, size_t *chosen, ms_error *err) {
    ms_status status = MS_OK;
    size_t s = find_wanted(series, n, wanted);
    ms_buffer list;
    ms_buffer_init(&list);
    list_text(series, n, &list);
    if (s == n)
        status = ms_error_set(err, MS_EINPUT, "%s: no series '%s'; there are: %s", path, wanted,
                              list.data ? list.data : "");
    else if (!eligible[s])
        status =
            ms_error_set(err, MS_EINPUT, "%s: series %s cannot be used: %s", path, wanted, series[s].why);
    ms_buffer_clear(&list);
    if (!status) *chosen = s;
    return status;
}

static ms_status choose_by_rule(const ms_dicom_files *files, ms_series *series, size_t n,
                                const bool *eligible, const char *path, size_t *chosen, ms_error *err) {
    size_t best = n, candidates = 0;
    for (size_t s = 0; s < n; s++) {
        if (!eligible[s]) continue;
        candidates++;
        if (best == n || comes_before(&series[s], head_of(files, s), &series[best], head_of(files, best)))
            best = s;
    }
    if (best == n) {
        if (files->n_broken > 0) {
            if (err) *err = files->broken[0].error;
            return MS_EINPUT;
        }
        ms_buffer list;
        ms_buffer_init(&list);
        list_text(series, n, &list);
        ms_status status =
            ms_error_set(err, MS_EINPUT, "%s: no CT series; there are: %s", path, list.data ? list.data : "");
        ms_buffer_clear(&list);
        return status;
    }
    (void)ms_text_format(series[best].why, sizeof series[best].why, "%s%s",
                         candidates > 1 ? "chosen of " : "the only ",
                         candidates > 1 ? "several: the axial one with most slices" : "CT series");
    *chosen = best;
    return MS_OK;
}

/* A damaged file of the chosen series, or of one that cannot be told, is an error; others do not matter. */
static ms_status check_broken(const ms_dicom_files *files, size_t chosen, ms_error *err) {
    const char *uid = head_of(files, chosen)->header.series_uid;
    for (size_t b = 0; b < files->n_broken; b++) {
        const ms_dicom_broken *broken = &files->broken[b];
        if (broken->series_uid[0] && strcmp(broken->series_uid, uid) != 0) continue;
        if (err) *err = broken->error;
        return MS_EINPUT;
    }
    return MS_OK;
}

ms_status ms_dicom_group(ms_dicom_files *files, const char *path, const char *wanted, ms_series **series,
                         size_t *n_series, size_t *chosen, ms_error *err) {
    ms_series *list = NULL;
    size_t n = 0, which = 0;
    bool *eligible = NULL;
    ms_status status = build_list(files, path, &list, &n, err);
    if (!status) status = ms_dicom_split(files, &list, &n, err);
    if (status) goto cleanup;
    count_files(files, list, n);
    eligible = ms_calloc(n, sizeof *eligible);
    if (!eligible) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    for (size_t s = 0; s < n; s++) {
        const char *why = why_not(&head_of(files, s)->header);
        eligible[s] = why == NULL;
        (void)ms_text_format(list[s].why, sizeof list[s].why, "%s",
                             why             ? why
                             : list[s].axial ? "an axial CT series"
                                             : "a CT series that is not axial");
    }
    if (chosen) {
        status = wanted ? choose_wanted(list, n, eligible, path, wanted, &which, err)
                        : choose_by_rule(files, list, n, eligible, path, &which, err);
        if (!status) status = check_broken(files, which, err);
        if (status) goto cleanup;
        list[which].chosen = true;
        if (wanted) (void)ms_text_format(list[which].why, sizeof list[which].why, "asked for");
        *chosen = which;
    }
    *series = list;
    *n_series = n;
    list = NULL;
cleanup:
    free(eligible);
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
