/* image/mask_rtstruct.c: structure sets (PS3.3, A.19 and C.8.8.6): closed planar contours, filled on the
 * scan's slices. A voxel is inside when its centre is; where contours of one region lie in one another,
 * inside and outside alternate (even-odd), so that a hole may be drawn as a contour of its own or by a
 * keyhole. */
#include "image/private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_ROIS 10000u
#define OFF_SLICE 0.2  /* of a slice's distance, from the slice a contour is taken for */
#define ON_CENTRE 1e-4 /* of a voxel: nearer points are meant to be on the centre */

typedef struct contour {
    size_t item; /* of ROIContourSequence */
    const uint8_t *data;
    size_t length;
    bool closed;
    int axis; /* the grid's axis across the contour's plane, and the slice on it */
    size_t slice;
} contour;

typedef struct structure_set {
    ms_roi *rois;
    size_t n;
    contour *contours;
    size_t n_contours, capacity;
    unsigned *numbers; /* ReferencedROINumber of each item of ROIContourSequence */
    size_t n_numbers;
} structure_set;

static void clear(structure_set *set) {
    free(set->rois);
    free(set->contours);
    free(set->numbers);
    memset(set, 0, sizeof *set);
}

/* ---- parsing ---------------------------------------------------------------------------------------- */

static ms_status too_many(const char *name, ms_error *err) {
    return ms_error_set(err, MS_EINPUT, "%s: more than %u regions", name, MAX_ROIS);
}

static unsigned integer_string(const uint8_t *p, size_t n) {
    double value = 0.0;
    if (!ms_dicom_numbers(&value, 1, p, n) || !(value >= 0.0) || value > 4e9) return 0;
    return (unsigned)value;
}

static ms_status take_roi(structure_set *set, size_t item, const ms_dicom_cursor *c,
                          const ms_dicom_element *e, const uint8_t *p, ms_error *err) {
    while (set->n <= item) {
        if (set->n >= MAX_ROIS) return too_many(c->name, err);
        ms_roi *grown = ms_realloc(set->rois, set->n + 1, sizeof *grown);
        if (!grown) return ms_error_nomem(err);
        set->rois = grown;
        memset(&grown[set->n++], 0, sizeof *grown);
    }
    ms_roi *roi = &set->rois[item];
    if (e->tag == MS_DICOM_TAG(0x3006, 0x0022)) roi->number = integer_string(p, e->length);
    if (e->tag == MS_DICOM_TAG(0x3006, 0x0026)) ms_dicom_text(roi->name, sizeof roi->name, p, e->length);
    return MS_OK;
}

static ms_status take_number(structure_set *set, size_t item, const ms_dicom_cursor *c,
                             const ms_dicom_element *e, const uint8_t *p, ms_error *err) {
    if (e->tag != MS_DICOM_TAG(0x3006, 0x0084)) return MS_OK;
    while (set->n_numbers <= item) {
        if (set->n_numbers >= MAX_ROIS) return too_many(c->name, err);
        unsigned *grown = ms_realloc(set->numbers, set->n_numbers + 1, sizeof *grown);
        if (!grown) return ms_error_nomem(err);
        set->numbers = grown;
        grown[set->n_numbers++] = UINT32_MAX;
    }
    set->numbers[item] = integer_string(p, e->length);
    return MS_OK;
}

/* One item of a ContourSequence is one contour: its type comes before its data. */
static ms_status take_contour(structure_set *set, size_t item, const ms_dicom_element *e, const uint8_t *p,
                              ms_error *err) {
    if (e->tag == MS_DICOM_TAG(0x3006, 0x0042)) {
        if (set->n_contours == set->capacity) {
            size_t capacity = set->capacity ? 2 * set->capacity : 64;
            contour *grown = ms_realloc(set->contours, capacity, sizeof *grown);
            if (!grown) return ms_error_nomem(err);
            set->contours = grown;
            set->capacity = capacity;
        }
        contour *added = &set->contours[set->n_contours++];
        *added = (contour){.item = item, .closed = ms_dicom_contains(p, e->length, "CLOSED")};
    }
    if (e->tag == MS_DICOM_TAG(0x3006, 0x0050) && set->n_contours > 0) {
        contour *last = &set->contours[set->n_contours - 1];
        if (last->item != item || last->data) return MS_OK; /* data without a type */
        last->data = p;
        last->length = e->length;
    }
    return MS_OK;
}

static ms_status take(void *context, const ms_dicom_cursor *c, const ms_dicom_place *place,
                      const ms_dicom_element *e, const uint8_t *p, ms_error *err) {
    structure_set *set = context;
    if (place->depth == 1 && place->tags[0] == MS_DICOM_TAG(0x3006, 0x0020))
        return take_roi(set, place->items[0], c, e, p, err);
    if (place->depth == 1 && place->tags[0] == MS_DICOM_TAG(0x3006, 0x0039))
        return take_number(set, place->items[0], c, e, p, err);
    if (place->depth == 2 && place->tags[1] == MS_DICOM_TAG(0x3006, 0x0040))
        return take_contour(set, place->items[0], e, p, err);
    return MS_OK;
}

static ms_status read_set(const uint8_t *bytes, size_t length, const char *name, structure_set *set,
                          ms_error *err) {
    ms_dicom_header header;
    memset(set, 0, sizeof *set);
    ms_status status = ms_dicom_visit(bytes, length, name, &header, NULL, take, set, err);
    if (status) clear(set);
    return status;
}

ms_status ms_rtstruct_rois(const uint8_t *bytes, size_t length, const char *name, ms_roi **rois, size_t *n,
                           ms_error *err) {
    structure_set set;
    ms_status status = read_set(bytes, length, name, &set, err);
    if (status) return status;
    *rois = set.rois;
    *n = set.n;
    set.rois = NULL;
    clear(&set);
    return MS_OK;
}

/* ---- points ----------------------------------------------------------------------------------------- */

/* Points of one contour on the grid: xyz[3 * n]. */
typedef struct points {
    double *xyz;
    size_t n, capacity; /* of points */
} points;

static ms_status add_point(points *p, const double ijk[3], ms_error *err) {
    if (p->n == p->capacity) {
        size_t capacity = p->capacity ? 2 * p->capacity : 256;
        double *grown = ms_realloc(p->xyz, capacity, 3 * sizeof *grown);
        if (!grown) return ms_error_nomem(err);
        p->xyz = grown;
        p->capacity = capacity;
    }
    for (int a = 0; a < 3; a++) {
        double near = round(ijk[a]);
        p->xyz[3 * p->n + (size_t)a] = fabs(ijk[a] - near) <= ON_CENTRE ? near : ijk[a];
    }
    p->n++;
    return MS_OK;
}

static ms_status read_points(const contour *c, const ms_geometry *grid, const char *name, points *p,
                             ms_error *err) {
    double mm[3], ijk[3];
    size_t at = 0, count = 0;
    p->n = 0;
    while (at < c->length) {
        size_t end = at;
        while (end < c->length && c->data[end] != '\\') end++;
        if (!ms_dicom_numbers(&mm[count % 3], 1, c->data + at, end - at) || fabs(mm[count % 3]) > 1e6)
            return ms_error_set(err, MS_EINPUT, "%s: ContourData (3006,0050) holds what is no coordinate",
                                name);
        at = end + 1;
        if (++count % 3 != 0) continue;
        ms_mm_to_index(grid, mm, ijk);
        ms_status status = add_point(p, ijk, err);
        if (status) return status;
    }
    if (count % 3 != 0)
        return ms_error_set(err, MS_EINPUT, "%s: ContourData (3006,0050) has %zu numbers, not three a point",
                            name, count);
    return MS_OK;
}

/* The slice a contour lies on: the axis along which it does not extend. False for one beside the scan. */
static ms_status find_slice(const points *p, const ms_geometry *grid, const char *name, contour *c, bool *on,
                            ms_error *err) {
    double least = HUGE_VAL, middle = 0.0;
    for (int a = 2; a >= 0; a--) {
        double low = HUGE_VAL, high = -HUGE_VAL;
        for (size_t i = 0; i < p->n; i++) {
            low = fmin(low, p->xyz[3 * i + (size_t)a]);
            high = fmax(high, p->xyz[3 * i + (size_t)a]);
        }
        if (high - low >= least - 1e-9) continue;
        least = high - low;
        middle = 0.5 * (low + high);
        c->axis = a;
    }
    double slice = round(middle);
    if (!(least <= 2.0 * OFF_SLICE) || !(fabs(middle - slice) <= OFF_SLICE))
        return ms_error_set(
            err, MS_EINPUT,
            "%s: a contour does not lie on a slice of the scan (but %.2f slices beside number "
            "%.0f, and extends over %.2f); is it the scan it was drawn on?",
            name, fabs(middle - slice), slice, least);
    *on = slice >= 0.0 && slice < (double)grid->n[c->axis];
    if (*on) c->slice = (size_t)slice;
    return MS_OK;
}

/* ---- filling ---------------------------------------------------------------------------------------- */

/* A plane in which every bit says that inside and outside change there, along u. */
typedef struct filler {
    uint8_t *change; /* [n[1] * n[0]] */
    size_t n[2];
    int u, v; /* the grid's axes in the plane */
} filler;

/* Rows whose centre line an edge crosses: from its lower end on, but not its upper, so that a corner counts
 * once. */
static void add_edge(filler *f, const double *a, const double *b) {
    double y0 = a[f->v], y1 = b[f->v], x0 = a[f->u], x1 = b[f->u];
    if (y0 == y1) return;
    double low = fmax(ceil(fmin(y0, y1)), 0.0), high = fmin(ceil(fmax(y0, y1)), (double)f->n[1]);
    for (double y = low; y < high; y += 1.0) {
        double x = ceil(fmax(x0 + (y - y0) * (x1 - x0) / (y1 - y0), 0.0));
        if (x < (double)f->n[0]) f->change[(size_t)y * f->n[0] + (size_t)x] ^= 1u;
    }
}

static void add_outline(filler *f, const points *p) {
    for (size_t i = 0; i < p->n; i++) add_edge(f, p->xyz + 3 * i, p->xyz + 3 * ((i + 1) % p->n));
}

static size_t put_plane(const filler *f, const contour *c, const ms_roi *roi, double middle, ms_mask *mask) {
    size_t overlaps = 0, at[3];
    at[c->axis] = c->slice;
    for (size_t y = 0; y < f->n[1]; y++) {
        unsigned inside = 0;
        for (size_t x = 0; x < f->n[0]; x++) {
            inside ^= f->change[y * f->n[0] + x];
            if (!inside) continue;
            at[f->u] = x;
            at[f->v] = y;
            uint8_t label = roi->label, *voxel;
            /* Canonical i grows to the patient's left. */
            if (roi->both_sides && (double)at[0] > middle) label++;
            voxel = &mask->data[ms_voxel_index(&mask->geometry, at[0], at[1], at[2])];
            overlaps += *voxel != 0 && *voxel != label;
            *voxel = label;
        }
    }
    return overlaps;
}

static int by_plane(const void *a, const void *b) {
    const contour *x = a, *y = b;
    if (x->axis != y->axis) return x->axis < y->axis ? -1 : 1;
    if (x->slice != y->slice) return x->slice < y->slice ? -1 : 1;
    return (x->data > y->data) - (x->data < y->data);
}

/* The closed contours of a region that lie on the scan: chosen[*n]. *middle is halfway between their right
 * and left ends. */
static ms_status gather(const structure_set *set, const ms_roi *roi, const ms_geometry *grid,
                        const char *name, contour *chosen, size_t *n, double *middle, ms_error *err) {
    points p = {0};
    double low = HUGE_VAL, high = -HUGE_VAL;
    size_t outside = 0;
    ms_status status = MS_OK;
    *n = 0;
    for (size_t i = 0; !status && i < set->n_contours; i++) {
        contour c = set->contours[i];
        bool on = false;
        if (c.item >= set->n_numbers || set->numbers[c.item] != roi->number || !c.closed || !c.data) continue;
        status = read_points(&c, grid, name, &p, err);
        if (status || p.n < 3) continue;
        status = find_slice(&p, grid, name, &c, &on, err);
        if (status) continue;
        outside += !on;
        if (on) chosen[(*n)++] = c;
        for (size_t k = 0; k < p.n; k++) {
            low = fmin(low, p.xyz[3 * k]);
            high = fmax(high, p.xyz[3 * k]);
        }
    }
    free(p.xyz);
    *middle = 0.5 * (low + high);
    if (!status && outside > 0)
        ms_log(MS_LOG_WARNING, "%s: %zu contours of region %u lie above or below the scan", name, outside,
               roi->number);
    if (!status && *n == 0)
        ms_log(MS_LOG_WARNING, "%s: region %u has no closed contour on the scan", name, roi->number);
    return status;
}

/* All contours of one plane are filled together, plane after plane. */
static ms_status draw_roi(const contour *chosen, size_t n, const ms_roi *roi, double middle, const char *name,
                          ms_mask *mask, size_t *overlaps, ms_error *err) {
    points p = {0};
    filler f = {0};
    ms_status status = MS_OK;
    for (size_t i = 0; !status && i < n;) {
        const contour *first = &chosen[i];
        f.u = first->axis == 0 ? 1 : 0;
        f.v = first->axis == 2 ? 1 : 2;
        f.n[0] = mask->geometry.n[f.u];
        f.n[1] = mask->geometry.n[f.v];
        free(f.change);
        f.change = ms_calloc(f.n[0], f.n[1]);
        if (!f.change) status = ms_error_nomem(err);
        for (; !status && i < n && chosen[i].axis == first->axis && chosen[i].slice == first->slice; i++) {
            status = read_points(&chosen[i], &mask->geometry, name, &p, err);
            if (!status) add_outline(&f, &p);
        }
        if (!status) *overlaps += put_plane(&f, first, roi, middle, mask);
    }
    free(f.change);
    free(p.xyz);
    return status;
}

ms_status ms_rtstruct_draw(const uint8_t *bytes, size_t length, const char *name, const ms_roi *rois,
                           size_t n, ms_mask *mask, ms_error *err) {
    structure_set set;
    size_t overlaps = 0, drawn = 0;
    ms_status status = read_set(bytes, length, name, &set, err);
    if (status) return status;
    contour *chosen = ms_calloc(set.n_contours, sizeof *chosen);
    if (!chosen) status = ms_error_nomem(err);
    for (unsigned label = 1; !status && label < 256; label++)
        for (size_t i = 0; !status && i < n; i++) {
            size_t count = 0;
            double middle = 0.0;
            if (rois[i].label != label) continue;
            status = gather(&set, &rois[i], &mask->geometry, name, chosen, &count, &middle, err);
            if (status || count == 0) continue;
            qsort(chosen, count, sizeof *chosen, by_plane);
            status = draw_roi(chosen, count, &rois[i], middle, name, mask, &overlaps, err);
            drawn++;
        }
    if (!status && drawn == 0)
        status = ms_error_set(err, MS_EINPUT, "%s: holds no closed contour on the scan", name);
    if (!status && overlaps > 0)
        ms_log(MS_LOG_WARNING, "%s: regions overlap in %zu voxels; the higher label counts", name, overlaps);
    free(chosen);
    clear(&set);
    return status;
}
