/* A network's opinion within what anatomy allows.
 *
 * The most likely class of each pixel, after light smoothing, holds where it is possible: in the body under
 * the skin, not in the vertebra, not far outside the fascia; a psoas is one piece beside the vertebral body,
 * on the side where it lies, whichever of the two the network called it; the ring's pieces touch the trunk's
 * wall or the back, no island in the cavity counts; small holes in a muscle belong to it. */
#include "body/muscle.h"

#include "base/base.h"

#include <math.h>
#include <stdlib.h>

static const double smooth_mm = 0.8;
static const double border_mm = 1.2;
static const float border_least = 0.25F; /* probability of muscle there, at least */
static const double skin_mm = 2.5;
static const double beyond_mm = 10;    /* farther outside the classical fascia nothing is muscle */
static const double follow_mm = 12;    /* the fascia follows the network's border so far */
static const double bone_hu = 160;     /* of the smoothed slab; muscle with contrast stays under it */
static const double bone_close_mm = 2; /* spongy bone between cortices */
static const double bone_reach_mm = 60;
static const double hole_mm2 = 120;
static const double wall_most_mm = 45; /* in front and at the sides nothing deeper is wall */
static const double psoas_cut_mm = 1.2;

/* A place in the vertebra's own frame: mm to the patient's left and to the back. */
static void to_vertebra(const ms_vertebra2d *v, double x, double y, double *side, double *depth) {
    const double c = cos(v->tilt), s = sin(v->tilt), dx = x - v->x, dy = y - v->y;
    *side = c * dx - s * dy;
    *depth = s * dx + c * dy;
}

bool ms_guard_vertebra(const ms_geometry *g, const float *p, ms_vertebra2d *vertebra) {
    const size_t n = g->n[0] * g->n[1];
    double sum[2][3] = {{0}};
    for (size_t v = 0; v < n; v++)
        for (int w = 0; w < 2; w++) {
            const double q = (double)p[(size_t)(MS_CLASS_PSOAS_RIGHT + w) * n + v];
            if (!(q > 0.5)) continue;
            sum[w][0] += (double)(v % g->n[0]) * g->spacing_mm[0];
            sum[w][1] += (double)(v / g->n[0]) * g->spacing_mm[1];
            sum[w][2] += 1;
        }
    if (sum[0][2] <= 0 || sum[1][2] <= 0) return false;
    const double rx = sum[0][0] / sum[0][2], ry = sum[0][1] / sum[0][2];
    const double lx = sum[1][0] / sum[1][2], ly = sum[1][1] / sum[1][2], apart = hypot(lx - rx, ly - ry);
    if (apart < 35 || apart > 160 || lx < rx) return false; /* not the two sides of a spine */
    const double tilt = -atan2(ly - ry, lx - rx);
    /* the psoas' middle lies a little behind that of the vertebral body */
    *vertebra = (ms_vertebra2d){.x = (rx + lx) / 2 - 5 * sin(tilt),
                                .y = (ry + ly) / 2 - 5 * cos(tilt),
                                .half_width = 22,
                                .half_depth = 17,
                                .tilt = tilt};
    return true;
}

/* Bone of the vertebra: dense pixels near it, closed and filled, and the inside of its body. */
static ms_status find_bone(const ms_torso *t, uint8_t *bone, ms_error *err) {
    const ms_geometry *g = &t->volume->geometry;
    const ms_vertebra2d *vertebra = &t->vertebra;
    const double sx = g->spacing_mm[0], sy = g->spacing_mm[1];
    for (size_t j = 0; j < g->n[1]; j++)
        for (size_t i = 0; i < g->n[0]; i++) {
            const double x = (double)i * sx, y = (double)j * sy;
            bone[j * g->n[0] + i] = hypot(x - vertebra->x, y - vertebra->y - 15) < bone_reach_mm &&
                                    ms_plane_at(&t->plane, x, y) > bone_hu;
        }
    if (vertebra->score <= 0) return MS_OK; /* a place between the psoas, no bone seen */
    const ms_status status = ms_close_mm(bone, g->n[0], g->n[1], sx, sy, bone_close_mm, err);
    if (status != MS_OK) return status;
    for (size_t v = 0; v < g->n[0] * g->n[1]; v++) {
        double side, depth;
        to_vertebra(vertebra, (double)(v % g->n[0]) * sx, (double)(v / g->n[0]) * sy, &side, &depth);
        bone[v] |= hypot(side / (0.85 * vertebra->half_width), depth / (0.85 * vertebra->half_depth)) < 1;
        bone[v] |= hypot(side / 8, (depth - 25 * vertebra->half_width / 23) / 7) < 1; /* canal */
    }
    return MS_OK;
}

/* The network's pixels are coarse: the random walker draws its borders to edges in the picture. */
static ms_status snap_to_edges(const ms_torso *t, float *p, ms_error *err) {
    const ms_geometry *g = &t->volume->geometry;
    const size_t n = g->n[0] * g->n[1];
    ms_regions drawn = {0};
    const ms_status status = ms_regions_find(t, p, &drawn, err);
    if (status != MS_OK) return status;
    for (size_t v = 0; v < n; v++) {
        const double x = (double)(v % g->n[0]) * g->spacing_mm[0];
        const double y = (double)(v / g->n[0]) * g->spacing_mm[1];
        float left = 1;
        for (size_t l = 0; l < MS_REGION_OTHER; l++) {
            p[(l + 1) * n + v] =
                (float)ms_sample(drawn.p[l], drawn.nx, drawn.ny, drawn.step_mm, drawn.step_mm, x, y);
            left -= p[(l + 1) * n + v];
        }
        p[v] = left;
    }
    ms_regions_clear(&drawn);
    return MS_OK;
}

/* The most likely class. A psoas' side is where it lies. */
static void likeliest(const ms_torso *t, const float *p, const float *depth_mm, const uint8_t *bone,
                      uint8_t *region) {
    const ms_geometry *g = &t->volume->geometry;
    const size_t n = g->n[0] * g->n[1];
    for (size_t v = 0; v < n; v++) {
        const double x = (double)(v % g->n[0]) * g->spacing_mm[0];
        const double y = (double)(v / g->n[0]) * g->spacing_mm[1];
        const float ring = p[MS_CLASS_MUSCLE * n + v], other = p[MS_CLASS_OTHER * n + v];
        const float psoas = p[MS_CLASS_PSOAS_RIGHT * n + v] + p[MS_CLASS_PSOAS_LEFT * n + v];
        double side, back, r;
        region[v] = MS_REGION_OTHER;
        if ((double)depth_mm[v] <= skin_mm || bone[v]) continue;
        if (ms_fascia_at(t, x, y, &r) + beyond_mm < r) continue;
        to_vertebra(&t->vertebra, x, y, &side, &back);
        if (psoas > ring && psoas > other) {
            if (fabs(side) < 8 || fabs(side) > 110 || back < -60 || back > 70) continue;
            region[v] = side < 0 ? MS_REGION_RIGHT : MS_REGION_LEFT;
        } else if (ring > other) {
            region[v] = MS_REGION_RING;
        }
    }
}

/* Where muscle borders on fat, the HU rule draws the line, finer than the network's pixels: a pixel in the
 * range of muscle beside a region and beside fat joins the region when the network does not rule it out. */
static void border_on_fat(const ms_torso *t, const float *p, const float *depth_mm, const uint8_t *bone,
                          const double muscle_hu[2], uint8_t *region) {
    const ms_geometry *g = &t->volume->geometry;
    const size_t nx = g->n[0], ny = g->n[1], n = nx * ny;
    const float *hu = t->volume->data + t->k * n;
    const size_t rx = (size_t)(border_mm / g->spacing_mm[0] + 0.5),
                 ry = (size_t)(border_mm / g->spacing_mm[1] + 0.5);
    if (rx + ry == 0) return;
    for (size_t j = ry; j + ry < ny; j++)
        for (size_t i = rx; i + rx < nx; i++) {
            const size_t v = j * nx + i;
            if (region[v] != MS_REGION_OTHER || bone[v] || (double)depth_mm[v] <= skin_mm) continue;
            if ((double)hu[v] < muscle_hu[0] || (double)hu[v] > muscle_hu[1]) continue;
            if (1 - p[MS_CLASS_OTHER * n + v] < border_least) continue;
            bool fat = false;
            uint8_t beside = MS_REGION_OTHER;
            for (size_t b = j - ry; b <= j + ry; b++)
                for (size_t a = i - rx; a <= i + rx; a++) {
                    const size_t u = b * nx + a;
                    if (region[u] < MS_REGION_OTHER)
                        beside = region[u];
                    else
                        fat |= (double)hu[u] < muscle_hu[0] && region[u] == MS_REGION_OTHER;
                }
            if (fat && beside < MS_REGION_OTHER) region[v] = (uint8_t)(beside | 0x40);
        }
    for (size_t v = 0; v < n; v++)
        if (region[v] & 0x40) region[v] &= 0x3f;
}

/* Keeps the largest piece of a psoas, after thin bridges are cut; the rest is no muscle. */
static ms_status one_piece(const ms_geometry *g, uint8_t which, uint8_t *mask, uint8_t *region,
                           ms_error *err) {
    const size_t n = g->n[0] * g->n[1];
    ms_pieces pieces = {0};
    for (size_t v = 0; v < n; v++) mask[v] = region[v] == which;
    ms_status status = ms_open_mm(mask, g->n[0], g->n[1], g->spacing_mm[0], g->spacing_mm[1],
                                  fmax(psoas_cut_mm, 1.01 * fmax(g->spacing_mm[0], g->spacing_mm[1])), err);
    if (status == MS_OK) status = ms_pieces_find(mask, g->n[0], g->n[1], &pieces, err);
    if (status != MS_OK) return status;
    const size_t largest = ms_pieces_largest(&pieces);
    for (size_t v = 0; v < n; v++) {
        const bool other_piece = pieces.id[v] != 0 && pieces.id[v] != largest;
        if (region[v] == which && (largest == 0 || other_piece)) region[v] = MS_REGION_OTHER;
    }
    ms_pieces_clear(&pieces);
    /* what the opening took off and what hung on other pieces: only what still touches the largest stays */
    for (size_t v = 0; v < n; v++) mask[v] = region[v] == which;
    status = ms_pieces_find(mask, g->n[0], g->n[1], &pieces, err);
    if (status != MS_OK) return status;
    const size_t kept = ms_pieces_largest(&pieces);
    for (size_t v = 0; v < n; v++)
        if (region[v] == which && pieces.id[v] != kept) region[v] = MS_REGION_OTHER;
    ms_pieces_clear(&pieces);
    return MS_OK;
}

/* What a piece of the ring is made of. */
typedef struct ring_piece {
    double pixels, outside, wall, back;
} ring_piece;

/* Drops pieces of the ring that lie in the cavity or in the fat under the skin. */
static ms_status drop_islands(const ms_torso *t, uint8_t *mask, uint8_t *region, ms_error *err) {
    const ms_geometry *g = &t->volume->geometry;
    const size_t n = g->n[0] * g->n[1];
    ms_pieces pieces = {0};
    for (size_t v = 0; v < n; v++) {
        double side, back, r, ray, under;
        const double x = (double)(v % g->n[0]) * g->spacing_mm[0];
        const double y = (double)(v / g->n[0]) * g->spacing_mm[1];
        mask[v] = 0;
        if (region[v] != MS_REGION_RING) continue;
        to_vertebra(&t->vertebra, x, y, &side, &back);
        under = ms_fascia_at(t, x, y, &r) - r;
        ms_polar_of(&t->polar, t->vertebra.tilt, x, y, &ray, &r);
        const bool front = fabs(ray <= MS_RAYS / 2.0 ? ray : MS_RAYS - ray) < MS_RAYS * 100.0 / 360;
        if (front && under > wall_most_mm)
            region[v] = MS_REGION_OTHER;
        else
            mask[v] = 1;
    }
    const ms_status status = ms_pieces_find(mask, g->n[0], g->n[1], &pieces, err);
    if (status != MS_OK) return status;
    ring_piece *piece = ms_calloc(pieces.n + 1, sizeof *piece);
    if (piece == NULL) {
        ms_pieces_clear(&pieces);
        return ms_error_nomem(err);
    }
    for (size_t v = 0; v < n; v++) {
        if (pieces.id[v] == 0) continue;
        double side, back, r;
        const double x = (double)(v % g->n[0]) * g->spacing_mm[0];
        const double y = (double)(v / g->n[0]) * g->spacing_mm[1];
        ring_piece *q = &piece[pieces.id[v]];
        const double under = ms_fascia_at(t, x, y, &r) - r;
        to_vertebra(&t->vertebra, x, y, &side, &back);
        q->pixels++;
        q->outside += under < -3;
        q->wall += under > -3 && under < 12;
        q->back += back > 12 && fabs(side) < 110;
    }
    for (size_t v = 0; v < n; v++) {
        if (pieces.id[v] == 0) continue;
        const ring_piece *q = &piece[pieces.id[v]];
        if (q->outside > 0.7 * q->pixels || q->wall + q->back < 0.25 * q->pixels) region[v] = MS_REGION_OTHER;
    }
    free(piece);
    ms_pieces_clear(&pieces);
    return MS_OK;
}

/* Small holes in one region belong to it: fat inside a muscle. Bone stays out. */
static ms_status fill_region(const ms_geometry *g, uint8_t which, const uint8_t *bone, uint8_t *mask,
                             uint8_t *region, ms_error *err) {
    const size_t n = g->n[0] * g->n[1];
    for (size_t v = 0; v < n; v++) mask[v] = region[v] == which;
    const ms_status status = ms_fill_small_holes(
        mask, g->n[0], g->n[1], (size_t)(hole_mm2 / (g->spacing_mm[0] * g->spacing_mm[1])), err);
    for (size_t v = 0; v < n && status == MS_OK; v++)
        if (mask[v] && region[v] == MS_REGION_OTHER && !bone[v]) region[v] = which;
    return status;
}

/* The fascia follows the outer border of the ring where that lies near; a median over neighbours takes single
 * rays' errors out. */
static void draw_fascia_to(ms_torso *t, const uint8_t *region) {
    enum { HALF = 4 };
    const ms_geometry *g = &t->volume->geometry;
    double border[MS_RAYS];
    for (int a = 0; a < MS_RAYS; a++) {
        border[a] = t->fascia_mm[a];
        for (double r = t->fascia_mm[a] + follow_mm; r > t->fascia_mm[a] - follow_mm; r -= 0.5) {
            const double i = (t->polar.x + r * t->polar.cosine[a]) / g->spacing_mm[0] + 0.5;
            const double j = (t->polar.y + r * t->polar.sine[a]) / g->spacing_mm[1] + 0.5;
            if (i < 0 || j < 0 || i >= (double)g->n[0] || j >= (double)g->n[1]) continue;
            if (region[(size_t)j * g->n[0] + (size_t)i] != MS_REGION_RING) continue;
            border[a] = r;
            break;
        }
    }
    for (int a = 0; a < MS_RAYS; a++) {
        double near[2 * HALF + 1];
        for (int d = -HALF; d <= HALF; d++) { /* sorted as they come */
            const double value = border[(a + d + MS_RAYS) % MS_RAYS];
            int at = d + HALF;
            for (; at > 0 && near[at - 1] > value; at--) near[at] = near[at - 1];
            near[at] = value;
        }
        t->fascia_mm[a] = near[HALF];
    }
}

static void mark_outside(const ms_torso *t, uint8_t *region) {
    const ms_geometry *g = &t->volume->geometry;
    for (size_t v = 0; v < g->n[0] * g->n[1]; v++) {
        const double x = (double)(v % g->n[0]) * g->spacing_mm[0];
        const double y = (double)(v / g->n[0]) * g->spacing_mm[1];
        double r;
        if (region[v] != MS_REGION_OTHER) continue;
        if (!t->outline.inside[v] || ms_fascia_at(t, x, y, &r) + 0.5 < r) region[v] = MS_REGION_OUTSIDE;
    }
}

ms_status ms_guard_regions(ms_torso *t, float *probability, const double muscle_hu[2], uint8_t *region,
                           ms_error *err) {
    const ms_geometry *g = &t->volume->geometry;
    const size_t nx = g->n[0], ny = g->n[1], n = nx * ny;
    float *depth = ms_calloc(n, sizeof *depth);
    uint8_t *bone = ms_calloc(n, 1), *mask = ms_calloc(n, 1);
    ms_status status = depth && bone && mask ? MS_OK : ms_error_nomem(err);
    for (size_t c = 0; c < MS_CLASSES && status == MS_OK; c++)
        status = ms_smooth(probability + c * n, nx, ny, smooth_mm / g->spacing_mm[0], err);
    if (status == MS_OK)
        status =
            ms_distance_mm(t->outline.inside, nx, ny, g->spacing_mm[0], g->spacing_mm[1], false, depth, err);
    if (status == MS_OK) status = find_bone(t, bone, err);
    if (status != MS_OK) goto cleanup;
    status = snap_to_edges(t, probability, err);
    if (status != MS_OK) goto cleanup;
    likeliest(t, probability, depth, bone, region);
    border_on_fat(t, probability, depth, bone, muscle_hu, region);
    for (uint8_t which = MS_REGION_RIGHT; which <= MS_REGION_LEFT && status == MS_OK; which++) {
        status = one_piece(g, which, mask, region, err);
        if (status == MS_OK) status = fill_region(g, which, bone, mask, region, err);
    }
    if (status == MS_OK) status = drop_islands(t, mask, region, err);
    if (status == MS_OK) status = fill_region(g, MS_REGION_RING, bone, mask, region, err);
    if (status != MS_OK) goto cleanup;
    draw_fascia_to(t, region);
    mark_outside(t, region);
cleanup:
    free(depth);
    free(bone);
    free(mask);
    return status;
}
