/* radiomics/diagnostics.c: sizes and intensities of image and mask at each step of image processing, which
 * IBSI gives reference values for (reference manual, diagnostic features): the image and the mask as they
 * came and after interpolation, the mask after resegmentation. The morphological mask is the region, the
 * intensity mask what resegmentation leaves of it. */
#include "radiomics/radiomics.h"

#include <math.h>

enum { IMAGE_ROWS = 9, MASK_ROWS = 14 };

/* Mean, least and largest of what `add` was given. */
typedef struct intensities {
    double n, sum, min, max;
} intensities;

static void add(intensities *x, double value) {
    x->n += 1;
    x->sum += value;
    x->min = x->n > 1 ? fmin(x->min, value) : value;
    x->max = x->n > 1 ? fmax(x->max, value) : value;
}

static void image_rows(const ms_volume *volume, double v[IMAGE_ROWS]) {
    intensities x = {0};
    for (size_t i = 0; i < ms_voxels(&volume->geometry); i++) add(&x, (double)volume->data[i]);
    for (int a = 0; a < 3; a++) {
        v[a] = (double)volume->geometry.n[a];
        v[3 + a] = volume->geometry.spacing_mm[a];
    }
    v[6] = x.sum / x.n;
    v[7] = x.min;
    v[8] = x.max;
}

/* What a mask's rows are made from. */
typedef struct extent {
    size_t low[3], high[3];
    intensities values;
} extent;

static void widen(extent *e, const size_t at[3], double value) {
    for (int a = 0; a < 3; a++) {
        if (e->values.n == 0 || at[a] < e->low[a]) e->low[a] = at[a];
        if (e->values.n == 0 || at[a] > e->high[a]) e->high[a] = at[a];
    }
    add(&e->values, value);
}

static extent whole_mask(const ms_volume *volume, const ms_mask *mask, const bool wanted[256]) {
    extent e = {.values = {.n = 0}};
    const size_t *n = mask->geometry.n;
    for (size_t v = 0; v < ms_voxels(&mask->geometry); v++) {
        const size_t at[3] = {v % n[0], v / n[0] % n[1], v / (n[0] * n[1])};
        if (wanted[mask->data[v]]) widen(&e, at, (double)volume->data[v]);
    }
    return e;
}

static extent in_box(const ms_region *r, const uint8_t *in, const double *values) {
    extent e = {.values = {.n = 0}};
    for (size_t v = 0; v < r->box; v++) {
        const size_t at[3] = {v % r->n[0], v / r->n[0] % r->n[1], v / (r->n[0] * r->n[1])};
        if (in[v]) widen(&e, at, values[v]);
    }
    return e;
}

static void mask_rows(const size_t n[3], const extent *intensity, const extent *morphology,
                      double v[MASK_ROWS]) {
    for (int a = 0; a < 3; a++) {
        v[a] = (double)n[a];
        v[3 + a] = (double)(intensity->high[a] - intensity->low[a] + 1);
        v[6 + a] = (double)(morphology->high[a] - morphology->low[a] + 1);
    }
    v[9] = intensity->values.n;
    v[10] = morphology->values.n;
    v[11] = intensity->values.sum / intensity->values.n;
    v[12] = intensity->values.min;
    v[13] = intensity->values.max;
}

ms_status ms_family_diagnostics(const ms_family_input *in, double *v, const char **reasons, ms_error *err) {
    (void)reasons;
    (void)err;
    const ms_prepared *p = in->prepared;
    const size_t *old = p->initial->geometry.n, *grid = p->volume->geometry.n;
    extent first = whole_mask(p->initial, p->initial_mask, p->wanted);
    extent second = in_box(in->region, in->region->in, in->values);
    extent third = in_box(in->region, in->in, in->values);
    image_rows(p->initial, v);
    image_rows(p->volume, v + IMAGE_ROWS);
    double *masks = v + 2 * IMAGE_ROWS;
    mask_rows(old, &first, &first, masks);
    mask_rows(grid, &second, &second, masks + MASK_ROWS);
    mask_rows(grid, &third, &second, masks + 2 * MASK_ROWS);
    return MS_OK;
}
