/* image/mask_seg.c: DICOM segmentations (PS3.3, A.51 and C.8.20): frames of one bit, of fractions, or of
 * labels, each with its own place. */
#include "image/private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define OFF_GRID 0.05 /* of a voxel */
#define MAX_SEGMENTS 65535u

/* ---- the segments ----------------------------------------------------------------------------------- */

typedef struct seg_list {
    ms_roi *rois;
    size_t n;
    char type[17];      /* SegmentationType */
    unsigned max_value; /* MaximumFractionalValue */
} seg_list;

static ms_status grow(seg_list *list, size_t item, const char *name, ms_error *err) {
    while (list->n <= item) {
        if (list->n >= MAX_SEGMENTS)
            return ms_error_set(err, MS_EINPUT, "%s: more than %u segments", name, MAX_SEGMENTS);
        ms_roi *grown = ms_realloc(list->rois, list->n + 1, sizeof *grown);
        if (!grown) return ms_error_nomem(err);
        list->rois = grown;
        memset(&grown[list->n], 0, sizeof *grown);
        grown[list->n].number = (unsigned)list->n + 1;
        list->n++;
    }
    return MS_OK;
}

/* The label and the meanings of the property's codes all say what it is. */
static void add_name(ms_roi *roi, const uint8_t *p, size_t n) {
    size_t used = strlen(roi->name);
    if (used + 2 >= sizeof roi->name) return;
    if (used > 0) roi->name[used++] = ' ';
    ms_dicom_text(roi->name + used, sizeof roi->name - used, p, n);
}

static ms_status take(void *context, const ms_dicom_cursor *c, const ms_dicom_place *place,
                      const ms_dicom_element *e, const uint8_t *p, ms_error *err) {
    seg_list *list = context;
    if (place->depth == 0) {
        if (e->tag == MS_DICOM_TAG(0x0062, 0x0001))
            ms_dicom_text(list->type, sizeof list->type, p, e->length);
        if (e->tag == MS_DICOM_TAG(0x0062, 0x000E)) list->max_value = ms_dicom_us(c, p, e->length);
        return MS_OK;
    }
    if (place->tags[0] != MS_DICOM_TAG(0x0062, 0x0002)) return MS_OK;
    ms_status status = grow(list, place->items[0], c->name, err);
    if (status) return status;
    ms_roi *roi = &list->rois[place->items[0]];
    bool type = place->depth >= 2 && place->tags[1] == MS_DICOM_TAG(0x0062, 0x000F);
    if (place->depth == 1 && e->tag == MS_DICOM_TAG(0x0062, 0x0004))
        roi->number = ms_dicom_us(c, p, e->length);
    if (place->depth == 1 && e->tag == MS_DICOM_TAG(0x0062, 0x0005)) add_name(roi, p, e->length);
    if (type && e->tag == MS_DICOM_TAG(0x0008, 0x0104)) add_name(roi, p, e->length);
    return MS_OK;
}

static ms_status read_list(const uint8_t *bytes, size_t length, const char *name, ms_dicom_header *header,
                           ms_dicom_frames *frames, seg_list *list, ms_error *err) {
    memset(list, 0, sizeof *list);
    ms_status status = ms_dicom_visit(bytes, length, name, header, frames, take, list, err);
    if (status) {
        free(list->rois);
        list->rois = NULL;
    }
    return status;
}

ms_status ms_seg_rois(const uint8_t *bytes, size_t length, const char *name, ms_roi **rois, size_t *n,
                      ms_error *err) {
    ms_dicom_header header;
    seg_list list;
    ms_status status = read_list(bytes, length, name, &header, NULL, &list, err);
    if (status) return status;
    *rois = list.rois;
    *n = list.n;
    return MS_OK;
}

/* ---- drawing ---------------------------------------------------------------------------------------- */

/* Where the frame's first pixel lies on the grid, and which way its columns and rows go. */
typedef struct frame_place {
    ptrdiff_t start[3], step[2][3];
} frame_place;

static bool to_whole(const double from[3], const double to[3], ptrdiff_t whole[3]) {
    for (int a = 0; a < 3; a++) {
        double d = to[a] - from[a];
        if (!(fabs(d - round(d)) <= OFF_GRID) || fabs(d) > 1e6) return false;
        whole[a] = (ptrdiff_t)round(d);
    }
    return true;
}

static bool is_unit(const ptrdiff_t step[3], size_t pixels) {
    if (pixels == 1) return true;
    ptrdiff_t sum = 0, size = (ptrdiff_t)pixels - 1;
    for (int a = 0; a < 3; a++) sum += step[a] < 0 ? -step[a] : step[a];
    return sum == size;
}

/* The grid must have the frame's pixels as voxels: the far corners land on voxels as many steps away as there
 * are pixels between. */
static bool place_frame(const ms_dicom_plane *p, unsigned columns, unsigned rows, const ms_geometry *grid,
                        frame_place *place) {
    static const double zero[3] = {0.0, 0.0, 0.0};
    double at[3], corner[3];
    if (!p->has_position || !p->has_orientation || !p->has_spacing) return false;
    ms_mm_to_index(grid, p->position, at);
    if (!to_whole(zero, at, place->start)) return false;
    for (int axis = 0; axis < 2; axis++) { /* 0: along a row, over the columns */
        size_t pixels = axis == 0 ? columns : rows;
        double far = (double)(pixels - 1) * p->spacing[axis == 0 ? 1 : 0];
        for (int r = 0; r < 3; r++) corner[r] = p->position[r] + far * p->orientation[3 * axis + r];
        ms_mm_to_index(grid, corner, corner);
        if (!to_whole(at, corner, place->step[axis]) || !is_unit(place->step[axis], pixels)) return false;
        for (int r = 0; r < 3 && pixels > 1; r++) {
            if (place->step[axis][r] != 0 && pixels - 1 != (size_t)labs(place->step[axis][r])) return false;
            place->step[axis][r] = (place->step[axis][r] > 0) - (place->step[axis][r] < 0);
        }
    }
    return true;
}

typedef struct seg_draw {
    const uint8_t *bytes;
    const ms_dicom_header *header;
    const seg_list *list;
    ms_mask *mask;
    size_t outside, overlaps;
} seg_draw;

/* The stored value of pixel v of a frame. */
static unsigned pixel_of(const seg_draw *d, size_t frame, const ms_dicom_plane *plane, size_t v) {
    const ms_dicom_header *h = d->header;
    if (h->bits_allocated == 1) {
        size_t bit = frame * h->rows * h->columns + v;
        return (unsigned)d->bytes[h->pixel_offset + bit / 8] >> (bit % 8) & 1u;
    }
    const uint8_t *p = d->bytes + plane->data_offset;
    if (h->bits_allocated == 8) return p[v];
    return (unsigned)p[2 * v] | (unsigned)p[2 * v + 1] << 8;
}

static void put(seg_draw *d, const frame_place *place, size_t row, size_t column, uint8_t label) {
    const size_t *n = d->mask->geometry.n;
    size_t at[3];
    for (int a = 0; a < 3; a++) {
        ptrdiff_t index =
            place->start[a] + (ptrdiff_t)column * place->step[0][a] + (ptrdiff_t)row * place->step[1][a];
        if (index < 0 || index >= (ptrdiff_t)n[a]) {
            d->outside++;
            return;
        }
        at[a] = (size_t)index;
    }
    uint8_t *voxel = &d->mask->data[ms_voxel_index(&d->mask->geometry, at[0], at[1], at[2])];
    d->overlaps += *voxel != 0 && *voxel != label;
    *voxel = label;
}

static void draw_frame(seg_draw *d, size_t frame, const ms_dicom_plane *plane, const frame_place *place,
                       const uint8_t *labels, const ms_roi *roi) {
    const ms_dicom_header *h = d->header;
    bool label_map = labels != NULL, bits = h->bits_allocated == 1;
    unsigned half = (d->list->max_value ? d->list->max_value : 255u) / 2u + 1u;
    for (size_t row = 0; row < h->rows; row++)
        for (size_t column = 0; column < h->columns; column++) {
            unsigned value = pixel_of(d, frame, plane, row * h->columns + column);
            if (value == 0) continue;
            if (label_map) {
                if (value <= 65535 && labels[value]) put(d, place, row, column, labels[value]);
            } else if (bits || value >= half) {
                put(d, place, row, column, roi->label);
            }
        }
}

static const ms_roi *roi_of(const ms_roi *rois, size_t n, unsigned number) {
    for (size_t i = 0; i < n; i++)
        if (rois[i].number == number) return &rois[i];
    return NULL;
}

static ms_status check_kind(const ms_dicom_header *h, const seg_list *list, const char *name, ms_error *err) {
    bool labels = strcmp(list->type, "LABELMAP") == 0, bits = strcmp(list->type, "BINARY") == 0;
    if (!labels && !bits && strcmp(list->type, "FRACTIONAL") != 0)
        return ms_error_set(err, MS_EINPUT,
                            "%s: SegmentationType (0062,0001) is none of BINARY, FRACTIONAL, LABELMAP", name);
    if (!h->has_pixels) return ms_error_set(err, MS_EINPUT, "%s: there are no pixel data in the file", name);
    if (h->encapsulated || h->big_endian)
        return ms_error_set(err, MS_EINPUT,
                            "%s: compressed and big-endian segmentations are not read; convert it (e.g. with "
                            "gdcmconv --raw)",
                            name);
    if (h->samples != 1 || (bits && h->bits_allocated != 1) ||
        (!bits && h->bits_allocated != 8 && !(labels && h->bits_allocated == 16)))
        return ms_error_set(err, MS_EINPUT, "%s: a segmentation of this type has no pixels of %u x %u bits",
                            name, h->samples, h->bits_allocated);
    return MS_OK;
}

/* All frames of segments with this label; with `labels` (of a label map) all frames. */
static ms_status draw_label(seg_draw *d, const ms_dicom_frames *frames, const ms_roi *rois, size_t n,
                            unsigned label, const uint8_t *labels, const char *name, ms_error *err) {
    for (size_t f = 0; f < frames->n; f++) {
        const ms_dicom_plane *plane = &frames->items[f];
        const ms_roi *roi = roi_of(rois, n, plane->segment ? plane->segment : 1);
        frame_place place;
        if (!labels && (!roi || roi->label != label)) continue;
        if (!place_frame(plane, d->header->columns, d->header->rows, &d->mask->geometry, &place)) {
            char grid[160];
            ms_geometry_text(&d->mask->geometry, grid);
            return ms_error_set(
                err, MS_EINPUT,
                "%s: frame %zu has %u x %u pixels that do not lie on the scan's grid: the scan "
                "has %s",
                name, f + 1, d->header->columns, d->header->rows, grid);
        }
        draw_frame(d, f, plane, &place, labels, roi);
    }
    return MS_OK;
}

static ms_status draw_all(seg_draw *d, const ms_dicom_frames *frames, const ms_roi *rois, size_t n,
                          const char *name, ms_error *err) {
    ms_status status = MS_OK;
    if (strcmp(d->list->type, "LABELMAP") == 0) {
        uint8_t *labels = ms_calloc(65536, 1);
        if (!labels) return ms_error_nomem(err);
        for (size_t i = 0; i < n; i++) labels[rois[i].number & 0xffff] = rois[i].label;
        status = draw_label(d, frames, rois, n, 0, labels, name, err);
        free(labels);
        return status;
    }
    bool present[256] = {false};
    for (size_t i = 0; i < n; i++) present[rois[i].label] = true;
    for (unsigned label = 1; !status && label < 256; label++)
        if (present[label]) status = draw_label(d, frames, rois, n, label, NULL, name, err);
    return status;
}

ms_status ms_seg_draw(const uint8_t *bytes, size_t length, const char *name, const ms_roi *rois, size_t n,
                      ms_mask *mask, ms_error *err) {
    ms_dicom_header header;
    ms_dicom_frames frames = {0};
    seg_list list;
    ms_status status = read_list(bytes, length, name, &header, &frames, &list, err);
    if (!status) {
        seg_draw d = {.bytes = bytes, .header = &header, .list = &list, .mask = mask};
        status = check_kind(&header, &list, name, err);
        if (!status && frames.n == 0)
            status = ms_error_set(err, MS_EINPUT, "%s: does not say where its frames lie", name);
        if (!status) status = draw_all(&d, &frames, rois, n, name, err);
        if (!status && d.outside > 0)
            ms_log(MS_LOG_WARNING, "%s: %zu voxels of the mask lie outside the scan", name, d.outside);
        if (!status && d.overlaps > 0)
            ms_log(MS_LOG_WARNING, "%s: segments overlap in %zu voxels; the higher label counts", name,
                   d.overlaps);
        free(list.rois);
    }
    ms_dicom_frames_clear(&frames);
    return status;
}
