/* Label 7: the bone of the vertebra that the level lies in, slice by slice between its end plates. */
#include "body/segment.h"

#include "base/base.h"
#include "body/plane.h"
#include "body/vertebra.h"

#include <math.h>
#include <stdlib.h>

static const double bone_hu = 130;
static const double half_height_mm = 13; /* of a lumbar vertebral body, where no end plates are known */

/* The slices of the vertebra that holds the level's z; a usual height about it when none does. */
static void extent(const ms_level *level, const ms_geometry *g, size_t *low, size_t *high) {
    double from = level->z_mm - half_height_mm, to = level->z_mm + half_height_mm;
    for (size_t v = 0; v < level->n_vertebrae; v++) {
        const ms_vertebra *vertebra = &level->vertebrae[v];
        if (level->z_mm < vertebra->low_mm || level->z_mm > vertebra->high_mm) continue;
        from = vertebra->low_mm;
        to = vertebra->high_mm;
    }
    const double step = g->spacing_mm[2], k = (double)level->slice_index;
    *low = (size_t)fmax(ceil(k + (from - level->z_mm) / step), 0);
    *high = (size_t)fmin(floor(k + fmax(to - level->z_mm, 0) / step), (double)(g->n[2] - 1));
    if (*low > level->slice_index) *low = level->slice_index;
    if (*high < level->slice_index) *high = level->slice_index;
}

/* 1 where bone can belong to this vertebra: body, arch and processes, not the ribs or a bright vessel in
 * front. */
static bool near_vertebra(const ms_vertebra2d *v, double x, double y, bool *body) {
    const double c = cos(v->tilt), s = sin(v->tilt), dx = x - v->x, dy = y - v->y;
    const double side = c * dx - s * dy, depth = s * dx + c * dy;
    *body = hypot(side / v->half_width, depth / v->half_depth) < 1;
    if (depth < 0) return hypot(side / (v->half_width + 3), depth / (v->half_depth + 3)) < 1;
    return depth < 75 && fabs(side) < (depth < 0.6 * v->half_depth ? v->half_width + 4 : 52);
}

static ms_status paint_slice(const ms_volume *volume, size_t k, const ms_vertebra2d *v, ms_mask *mask,
                             ms_error *err) {
    const ms_geometry *g = &volume->geometry;
    const size_t n = g->n[0] * g->n[1];
    ms_pieces pieces = {0};
    uint8_t *bone = ms_calloc(n, 1);
    if (bone == NULL) return ms_error_nomem(err);
    for (size_t p = 0; p < n; p++) {
        bool body;
        const double x = (double)(p % g->n[0]) * g->spacing_mm[0],
                     y = (double)(p / g->n[0]) * g->spacing_mm[1];
        if (near_vertebra(v, x, y, &body)) bone[p] = body || (double)volume->data[k * n + p] > bone_hu;
    }
    const ms_status status = ms_pieces_find(bone, g->n[0], g->n[1], &pieces, err);
    const size_t i = (size_t)(v->x / g->spacing_mm[0] + 0.5), j = (size_t)(v->y / g->spacing_mm[1] + 0.5);
    if (status == MS_OK && i < g->n[0] && j < g->n[1]) {
        const uint32_t centre = pieces.id[j * g->n[0] + i];
        for (size_t p = 0; p < n; p++) {
            const bool part = pieces.id[p] == centre || (double)pieces.size[pieces.id[p]] > 40;
            if (bone[p] && part && mask->data[k * n + p] == 0) mask->data[k * n + p] = MS_LABEL_L3;
        }
    }
    ms_pieces_clear(&pieces);
    free(bone);
    return status;
}

ms_status ms_vertebra_paint(const ms_volume *volume, const ms_level *level, ms_mask *mask, ms_flags *flags,
                            ms_error *err) {
    ms_outline outline = {0};
    ms_vertebra2d at_level, here;
    ms_status status = ms_outline_find(volume, level->slice_index, &outline, err);
    if (status != MS_OK) return status;
    if (!ms_vertebra2d_find(volume, level->slice_index, &outline, &at_level)) {
        ms_flags_add(flags, "vertebra_unclear");
        ms_outline_clear(&outline);
        return MS_OK;
    }
    size_t low, high;
    extent(level, &volume->geometry, &low, &high);
    for (size_t k = low; k <= high && status == MS_OK; k++) {
        /* near the end plates the template may slip to another place: keep the level's then */
        here = at_level;
        if (ms_vertebra2d_find(volume, k, &outline, &here) &&
            hypot(here.x - at_level.x, here.y - at_level.y) > 10)
            here = at_level;
        status = paint_slice(volume, k, &here, mask, err);
    }
    ms_outline_clear(&outline);
    return status;
}
