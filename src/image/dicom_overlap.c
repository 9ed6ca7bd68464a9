/* image/dicom_overlap.c: slices of one series that lie at one place. The same pixels twice are a double,
 * which the stack drops; different ones are two acquisitions, phases or reconstructions under one series UID,
 * which are told apart by the first of these that tells all of them apart: acquisition number, temporal
 * position, kernel, slice thickness. */
#include "image/private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N_KEYS 4
#define SAME_PLACE_MM 1e-3

static double key_of(const ms_dicom_file *f, int which) {
    const ms_dicom_plane *p = &f->header.plane;
    switch (which) {
    case 0:
        return p->acquisition;
    case 1:
        return p->temporal;
    case 2: {
        double sum = 0.0; /* 16 characters as a number: 7 bits each would be too long for one double */
        for (const char *c = p->kernel; *c; c++) sum = fmod(sum * 131.0 + (double)*c, 1e12);
        return sum;
    }
    default:
        return p->thickness;
    }
}

void ms_dicom_normal(const ms_dicom_plane *p, double normal[3]) {
    const double *a = p->orientation, *b = p->orientation + 3;
    normal[0] = a[1] * b[2] - a[2] * b[1];
    normal[1] = a[2] * b[0] - a[0] * b[2];
    normal[2] = a[0] * b[1] - a[1] * b[0];
}

static int by_place(const void *a, const void *b) {
    const ms_dicom_file *x = *(ms_dicom_file *const *)a, *y = *(ms_dicom_file *const *)b;
    if (x->along != y->along) return x->along < y->along ? -1 : 1;
    return x < y ? -1 : x > y; /* all in one array: the order of their names */
}

ms_status ms_dicom_same_pixels(const ms_dicom_file *a, const ms_dicom_file *b, bool *same, ms_error *err) {
    const ms_dicom_header *x = &a->header, *y = &b->header;
    const ms_dicom_plane *p = &x->plane, *q = &y->plane;
    bool alike = strcmp(x->transfer_syntax, y->transfer_syntax) == 0 && x->rows == y->rows &&
                 x->columns == y->columns && x->bits_allocated == y->bits_allocated &&
                 x->bits_stored == y->bits_stored && x->is_signed == y->is_signed &&
                 p->data_bytes == q->data_bytes;
    alike = alike && (p->slope == q->slope || (isnan(p->slope) && isnan(q->slope)));
    alike = alike && (p->intercept == q->intercept || (isnan(p->intercept) && isnan(q->intercept)));
    *same = false;
    if (!alike) return MS_OK;
    size_t n = (size_t)p->data_bytes;
    uint8_t *first = ms_calloc(n + 1, 1), *second = ms_calloc(n + 1, 1);
    ms_status status = first && second ? MS_OK : ms_error_nomem(err);
    if (!status) status = ms_dicom_source_read(a->path, x, p->data_offset, first, n, err);
    if (!status) status = ms_dicom_source_read(b->path, y, q->data_offset, second, n, err);
    if (!status) *same = memcmp(first, second, n) == 0;
    free(first);
    free(second);
    return status;
}

/* Bit w of *keys stays set while key w tells apart all slices that lie together; *overlap when different ones
 * do. `together` are the `n` slices at one place. Pixels are compared only where no key differs: reading
 * those of a perfusion study pair by pair would take hours. */
static ms_status compare_group(ms_dicom_file *const *together, size_t n, unsigned *keys, bool *overlap,
                               ms_error *err) {
    for (size_t b = 1; b < n; b++)
        for (size_t a = 0; a < b; a++) {
            unsigned differ = 0;
            bool same = false;
            for (int w = 0; w < N_KEYS; w++) {
                double x = key_of(together[a], w), y = key_of(together[b], w);
                if (!isnan(x) && !isnan(y) && x != y) differ |= 1u << w;
            }
            if (!differ) {
                ms_status status = ms_dicom_same_pixels(together[a], together[b], &same, err);
                if (status) return status;
            }
            if (same) break; /* a double of one that was looked at */
            *overlap = true;
            *keys &= differ;
            if (*keys == 0) return MS_OK;
        }
    return MS_OK;
}

/* The key to split the series' slices by, or -1. */
static ms_status find_key(ms_dicom_file **slices, size_t n, int *key, ms_error *err) {
    unsigned keys = (1u << N_KEYS) - 1;
    bool overlap = false;
    double normal[3];
    *key = -1;
    ms_dicom_normal(&slices[0]->header.plane, normal);
    for (size_t k = 0; k < n; k++) {
        const double *at = slices[k]->header.plane.position;
        slices[k]->along = at[0] * normal[0] + at[1] * normal[1] + at[2] * normal[2];
    }
    qsort(slices, n, sizeof(ms_dicom_file *), by_place);
    for (size_t k = 0; k < n && keys;) {
        size_t end = k + 1;
        while (end < n && slices[end]->along - slices[end - 1]->along <= SAME_PLACE_MM) end++;
        /* Hundreds at one place are a perfusion study; comparing each with each is not needed to tell. */
        size_t count = end - k < 64 ? end - k : 64;
        ms_status status = compare_group(slices + k, count, &keys, &overlap, err);
        if (status) return status;
        k = end;
    }
    for (int w = N_KEYS - 1; overlap && w >= 0; w--)
        if (keys & (1u << w)) *key = w;
    return MS_OK;
}

/* Slices with another value of the key than the first become new series at the end of the list. */
static ms_status split_one(ms_dicom_file **slices, size_t n, int key, ms_series **list, size_t *n_list,
                           ms_error *err) {
    static const char *const names[N_KEYS] = {"acquisition", "time", "kernel", "thickness"};
    size_t original = slices[0]->series, first_new = *n_list;
    double *values = ms_calloc(n, sizeof *values);
    if (!values) return ms_error_nomem(err);
    values[0] = key_of(slices[0], key);
    ms_status status = MS_OK;
    size_t parts = 1;
    (*list)[original].slices = 0;
    for (size_t k = 0; !status && k < n; k++) {
        double value = key_of(slices[k], key);
        size_t part = 0;
        while (part < parts && values[part] != value) part++;
        if (part == parts) {
            ms_series *grown = ms_realloc(*list, *n_list + 1, sizeof *grown);
            if (!grown) {
                status = ms_error_nomem(err);
                break;
            }
            *list = grown;
            values[parts++] = value;
            grown[*n_list] = grown[original];
            grown[*n_list].slices = 0;
            (*n_list)++;
        }
        slices[k]->series = part == 0 ? original : first_new + part - 1;
        (*list)[slices[k]->series].slices++;
    }
    for (size_t part = 0; !status && part < parts; part++) {
        ms_series *s = &(*list)[part == 0 ? original : first_new + part - 1];
        size_t used = strlen(s->description);
        (void)ms_text_format(s->description + used, sizeof s->description - used, ", %s %zu of %zu",
                             names[key], part + 1, parts);
    }
    free(values);
    return status;
}

ms_status ms_dicom_split(ms_dicom_files *files, ms_series **list, size_t *n, ms_error *err) {
    ms_dicom_file **slices = ms_calloc(files->n, sizeof(ms_dicom_file *));
    ms_status status = slices ? MS_OK : ms_error_nomem(err);
    size_t before = *n;
    for (size_t s = 0; !status && s < before; s++) {
        size_t count = 0;
        int key = -1;
        if (!(*list)[s].ct) continue;
        for (size_t f = 0; f < files->n; f++) {
            const ms_dicom_header *h = &files->items[f].header;
            if (files->items[f].series == s && h->has_pixels && h->plane.has_position &&
                h->plane.has_orientation)
                slices[count++] = &files->items[f];
        }
        if (count < 2) continue;
        status = find_key(slices, count, &key, err);
        if (!status && key >= 0) status = split_one(slices, count, key, list, n, err);
    }
    free(slices);
    return status;
}
