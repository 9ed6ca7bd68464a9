/* Arms that lie against the trunk: lobes of the outline behind a neck, with bone in them. */
#include "body/outline.h"
#include "body/plane.h"

#include "base/base.h"

#include <math.h>
#include <stdlib.h>

/* Depths under the skin at which the outline is looked at: what falls apart there has a neck twice as wide.
 */
static const double depths_mm[] = {6, 10, 14, 18, 23, 28, 34};
static const double least_depth_mm = 20; /* an arm's own half thickness, at least */
static const double neck_share = 0.75;   /* a neck's half width against that */
static const double bone_hu = 220, least_bone_mm2 = 60;
static const double least_mm2 = 1500, most_mm2 = 16000;

typedef struct lobe {
    double deepest, area, bone;
    bool arm;
} lobe;

/* The piece each pixel of the body is nearest to, by distance to every piece in turn. */
static ms_status nearest_piece(const ms_outline *o, const ms_geometry *g, const ms_pieces *pieces,
                               const lobe *lobes, size_t main_piece, uint32_t *owner, ms_error *err) {
    const size_t n = o->nx * o->ny;
    float *least = ms_calloc(n, sizeof *least), *distance = ms_calloc(n, sizeof *distance);
    uint8_t *away = ms_calloc(n, 1);
    ms_status status = least && distance && away ? MS_OK : ms_error_nomem(err);
    for (size_t v = 0; v < n && status == MS_OK; v++) least[v] = INFINITY;
    for (size_t p = 1; p <= pieces->n && status == MS_OK; p++) {
        if (p != main_piece && lobes[p].deepest < least_depth_mm) continue;
        for (size_t v = 0; v < n; v++) away[v] = pieces->id[v] != p;
        status = ms_distance_mm(away, o->nx, o->ny, g->spacing_mm[0], g->spacing_mm[1], false, distance, err);
        for (size_t v = 0; v < n && status == MS_OK; v++)
            if (distance[v] < least[v]) {
                least[v] = distance[v];
                owner[v] = (uint32_t)p;
            }
    }
    free(least);
    free(distance);
    free(away);
    return status;
}

static ms_status cut_at(ms_outline *o, const ms_geometry *g, const float *hu, const float *depth,
                        double depth_mm, uint8_t *mask, uint32_t *owner, ms_error *err) {
    const size_t n = o->nx * o->ny;
    const double pixel = g->spacing_mm[0] * g->spacing_mm[1];
    ms_pieces pieces = {0};
    for (size_t v = 0; v < n; v++) mask[v] = o->inside[v] && (double)depth[v] > depth_mm;
    ms_status status = ms_pieces_find(mask, o->nx, o->ny, &pieces, err);
    if (status != MS_OK) return status;
    lobe *lobes = ms_calloc(pieces.n + 1, sizeof *lobes);
    const size_t trunk = ms_pieces_largest(&pieces);
    bool any = false;
    if (lobes == NULL) status = ms_error_nomem(err);
    for (size_t v = 0; v < n && status == MS_OK; v++)
        lobes[pieces.id[v]].deepest = fmax(lobes[pieces.id[v]].deepest, (double)depth[v]);
    for (size_t p = 1; p <= pieces.n && status == MS_OK; p++)
        any |= p != trunk && lobes[p].deepest >= least_depth_mm && depth_mm <= neck_share * lobes[p].deepest;
    if (status != MS_OK || !any) goto cleanup;
    status = nearest_piece(o, g, &pieces, lobes, trunk, owner, err);
    if (status != MS_OK) goto cleanup;
    for (size_t v = 0; v < n; v++) {
        if (!o->inside[v]) continue;
        lobes[owner[v]].area += pixel;
        lobes[owner[v]].bone += (double)hu[v] > bone_hu ? pixel : 0;
    }
    for (size_t p = 1; p <= pieces.n; p++)
        lobes[p].arm = p != trunk && lobes[p].deepest >= least_depth_mm &&
                       depth_mm <= neck_share * lobes[p].deepest && lobes[p].bone > least_bone_mm2 &&
                       lobes[p].area > least_mm2 && lobes[p].area < most_mm2;
    for (size_t v = 0; v < n; v++)
        if (o->inside[v] && lobes[owner[v]].arm) o->inside[v] = 0;
cleanup:
    free(lobes);
    ms_pieces_clear(&pieces);
    return status;
}

ms_status ms_outline_cut_arms(ms_outline *o, const ms_geometry *g, const float *hu, ms_error *err) {
    const size_t n = o->nx * o->ny;
    float *depth = ms_calloc(n, sizeof *depth);
    uint8_t *mask = ms_calloc(n, 1);
    uint32_t *owner = ms_calloc(n, sizeof *owner);
    ms_status status = depth && mask && owner ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK)
        status =
            ms_distance_mm(o->inside, o->nx, o->ny, g->spacing_mm[0], g->spacing_mm[1], false, depth, err);
    for (size_t d = 0; d < MS_COUNT(depths_mm) && status == MS_OK; d++)
        status = cut_at(o, g, hu, depth, depths_mm[d], mask, owner, err);
    free(depth);
    free(mask);
    free(owner);
    return status;
}
