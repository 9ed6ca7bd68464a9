/* radiomics/filter_separable.c: separable filters, alone or pooled over right-angle rotations (IBSI 2:
 * average pooling, max pooling). Rotations that give the same kernels (a palindromic kernel mirrored) are
 * computed once and counted. */
#include "radiomics/filter.h"

#include <stdlib.h>
#include <string.h>

static bool even_permutation(const int p[3]) {
    int inversions = (p[0] > p[1]) + (p[0] > p[2]) + (p[1] > p[2]);
    return inversions % 2 == 0;
}

size_t ms_rotations(int axes, ms_rotation list[MS_MAX_ROTATIONS]) {
    static const int orders[6][3] = {{0, 1, 2}, {1, 0, 2}, {0, 2, 1}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    size_t n = 0;
    for (int o = 0; o < (axes == 2 ? 2 : 6); o++) {
        for (int flips = 0; flips < 1 << axes; flips++) {
            bool odd = ((flips & 1) + (flips >> 1 & 1) + (flips >> 2 & 1)) % 2 != 0;
            if (even_permutation(orders[o]) == odd) continue; /* a reflection */
            for (int a = 0; a < 3; a++) {
                list[n].axis[a] = orders[o][a];
                list[n].flip[a] = (flips >> a & 1) != 0;
            }
            n++;
        }
    }
    return n;
}

/* The filter turned: the kernel of its axis a goes to the image's axis rotation->axis[a]. */
static ms_separable turned(const ms_separable *filter, const ms_rotation *rotation) {
    ms_separable f = *filter;
    for (size_t s = 0; s < filter->steps; s++) {
        for (int a = 0; a < filter->axes; a++) {
            ms_taps *taps = &f.taps[s][rotation->axis[a]];
            *taps = filter->taps[s][a];
            taps->flip = taps->flip != rotation->flip[a];
        }
    }
    return f;
}

static bool palindromic(const ms_taps *t) {
    for (size_t i = 0; i < t->n; i++) {
        if (t->k[i] != t->k[t->n - 1 - i]) return false;
    }
    return 2 * t->centre + 1 == t->n;
}

static bool same_kernels(const ms_separable *a, const ms_separable *b) {
    for (size_t s = 0; s < a->steps; s++) {
        for (int x = 0; x < a->axes; x++) {
            const ms_taps *p = &a->taps[s][x], *q = &b->taps[s][x];
            if (p->n != q->n || p->centre != q->centre || memcmp(p->k, q->k, p->n * sizeof *p->k) != 0)
                return false;
            if (p->flip != q->flip && !palindromic(p)) return false;
        }
    }
    return true;
}

static ms_status run(const ms_field *image, const ms_separable *f, const ms_extent targets[MS_MAX_STEPS],
                     ms_field *out, ms_error *err) {
    ms_field field = {0};
    ms_status status = ms_field_alloc(image->full, &image->extent, &field, err);
    if (status != MS_OK) return status;
    memcpy(field.values, image->values,
           image->extent.n[0] * image->extent.n[1] * image->extent.n[2] * sizeof *field.values);
    for (size_t s = 0; s < f->steps && status == MS_OK; s++) {
        for (int a = f->axes - 1; a >= 0 && status == MS_OK; a--)
            status = ms_field_convolve(&field, a, &f->taps[s][a], f->boundary, &targets[s], err);
    }
    if (status != MS_OK) {
        ms_field_clear(&field);
        return status;
    }
    *out = field;
    return MS_OK;
}

static void pool(ms_filter_pooling pooling, double weight, const ms_field *from, ms_field *to) {
    const size_t *n = to->extent.n;
    for (size_t v = 0; v < n[0] * n[1] * n[2]; v++) {
        if (pooling == MS_POOLING_AVERAGE) {
            to->values[v] += weight * from->values[v];
        } else if (from->values[v] > to->values[v]) {
            to->values[v] = from->values[v];
        }
    }
}

/* The extents after each step, and before the first: from the last back. */
static ms_extent plan(const ms_separable *f, const size_t full[3], const ms_extent *extent,
                      ms_extent targets[MS_MAX_STEPS]) {
    ms_extent e = *extent;
    for (size_t s = f->steps; s-- > 0;) {
        size_t reach[3] = {0, 0, 0}, longest = 0;
        for (int a = 0; a < f->axes; a++) longest = f->taps[s][a].n > longest ? f->taps[s][a].n : longest;
        for (int a = 0; a < f->axes; a++) reach[a] = longest;
        targets[s] = e;
        e = ms_extent_reach(&e, full, reach, f->boundary);
    }
    return e;
}

ms_status ms_separable_apply(const ms_region *region, const ms_separable *filter, const ms_extent *extent,
                             ms_field *field, ms_error *err) {
    ms_extent targets[MS_MAX_STEPS];
    ms_rotation list[MS_MAX_ROTATIONS];
    ms_separable turns[MS_MAX_ROTATIONS];
    double weight[MS_MAX_ROTATIONS] = {0};
    size_t n = ms_rotations(filter->axes, list), different = 0;
    if (filter->pooling == MS_POOLING_NONE) n = 1; /* the first turns nothing */
    for (size_t r = 0; r < n; r++) {
        ms_separable f = turned(filter, &list[r]);
        size_t d = 0;
        while (d < different && !same_kernels(&turns[d], &f)) d++;
        if (d == different) turns[different++] = f;
        weight[d] += 1.0 / (double)n;
    }
    ms_extent source = plan(filter, region->volume->geometry.n, extent, targets);
    ms_field image = {0}, sum = {0}, one = {0};
    ms_status status = ms_field_load(region, &source, &image, err);
    for (size_t d = 0; d < different && status == MS_OK; d++) {
        status = run(&image, &turns[d], targets, &one, err);
        if (status != MS_OK) break;
        if (d == 0) {
            sum = one;
            one = (ms_field){0};
            size_t voxels = extent->n[0] * extent->n[1] * extent->n[2];
            for (size_t v = 0; filter->pooling == MS_POOLING_AVERAGE && v < voxels; v++)
                sum.values[v] *= weight[0];
        } else {
            pool(filter->pooling, weight[d], &one, &sum);
        }
        ms_field_clear(&one);
    }
    ms_field_clear(&image);
    if (status == MS_OK) {
        *field = sum;
    } else {
        ms_field_clear(&sum);
    }
    return status;
}
