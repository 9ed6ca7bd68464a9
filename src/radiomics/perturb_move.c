/* Translation and rotation of image and region: each voxel of the new image looks up where it came from. */
#include "radiomics/perturb.h"

#include <math.h>
#include <stdlib.h>

/* Where a voxel comes from: old = centre + turned(new - centre - shift), turned in mm about the third axis.
 */
typedef struct motion {
    double centre[3], shift[3], cosine, sine, aspect; /* aspect: spacing of j over that of i */
} motion;

static void region_centre(const ms_mask *mask, double centre[3]) {
    const size_t *n = mask->geometry.n;
    double count = 0, sum[3] = {0};
    for (size_t v = 0; v < ms_voxels(&mask->geometry); v++) {
        if (!mask->data[v]) continue;
        sum[0] += (double)(v % n[0]);
        sum[1] += (double)(v / n[0] % n[1]);
        sum[2] += (double)(v / (n[0] * n[1]));
        count += 1;
    }
    for (int a = 0; a < 3; a++) centre[a] = sum[a] / count;
}

static void come_from(const motion *m, const double to[3], double from[3]) {
    const double x = to[0] - m->centre[0] - m->shift[0], y = (to[1] - m->centre[1] - m->shift[1]) * m->aspect;
    from[0] = m->centre[0] + m->cosine * x + m->sine * y;
    from[1] = m->centre[1] + (m->cosine * y - m->sine * x) / m->aspect;
    from[2] = to[2] - m->shift[2];
}

/* The two voxels beside a place on an axis, and the second's share; beyond the ends the end holds. */
static void between(double at, size_t n, size_t index[2], double *share) {
    const double last = (double)(n - 1);
    const double held = at < 0 ? 0 : at > last ? last : at;
    index[0] = (size_t)held;
    index[1] = index[0] + 1 < n ? index[0] + 1 : index[0];
    *share = held - (double)index[0];
}

static void look_up(const ms_perturbed *p, const double from[3], double *value, double *inside) {
    const size_t *n = p->volume.geometry.n;
    size_t at[3][2];
    double share[3];
    *value = *inside = 0;
    for (int a = 0; a < 3; a++) between(from[a], n[a], at[a], &share[a]);
    for (int c = 0; c < 8; c++) {
        const int i = c & 1, j = c >> 1 & 1, k = c >> 2;
        const double weight =
            (i ? share[0] : 1 - share[0]) * (j ? share[1] : 1 - share[1]) * (k ? share[2] : 1 - share[2]);
        if (weight == 0) continue;
        const size_t v = (at[2][k] * n[1] + at[1][j]) * n[0] + at[0][i];
        *value += weight * (double)p->volume.data[v];
        *inside += weight * p->mask.data[v];
    }
}

ms_status ms_perturb_move(ms_perturbed *p, const double shift_voxels[3], double rotation_deg, ms_error *err) {
    const double radians = rotation_deg * 3.14159265358979323846 / 180;
    const ms_geometry *g = &p->volume.geometry;
    motion m = {.cosine = cos(radians), .sine = sin(radians), .aspect = g->spacing_mm[1] / g->spacing_mm[0]};
    ms_volume volume = {0};
    ms_mask mask = {0};
    region_centre(&p->mask, m.centre);
    for (int a = 0; a < 3; a++) m.shift[a] = shift_voxels[a];
    ms_status status = ms_volume_alloc(&volume, g, err);
    if (status == MS_OK) status = ms_mask_alloc(&mask, g, err);
    for (size_t v = 0; v < ms_voxels(g) && status == MS_OK; v++) {
        const double to[3] = {(double)(v % g->n[0]), (double)(v / g->n[0] % g->n[1]),
                              (double)(v / (g->n[0] * g->n[1]))};
        double from[3], value, inside;
        come_from(&m, to, from);
        look_up(p, from, &value, &inside);
        volume.data[v] = (float)value;
        mask.data[v] = inside >= 0.5;
    }
    if (status != MS_OK) {
        ms_volume_clear(&volume);
        ms_mask_clear(&mask);
        return status;
    }
    ms_volume_clear(&p->volume);
    ms_mask_clear(&p->mask);
    p->volume = volume;
    p->mask = mask;
    return MS_OK;
}
