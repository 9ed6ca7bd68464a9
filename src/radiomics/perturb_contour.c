/* A contour as another reader might have drawn it: the neighbourhood of the region is cut into patches of
 * like intensity (SLIC, Achanta et al. 2012), and patches on the border are in or out by chance. */
#include "radiomics/perturb.h"

#include <math.h>
#include <stdlib.h>

enum { ITERATIONS = 10 };

typedef struct patch {
    double at[3], value; /* centre in voxels of the box, mean intensity */
    double sum[4], count, inside;
} patch;

/* The region's box, widened by two patches, and its patches. */
typedef struct patches {
    const ms_perturbed *p;
    size_t low[3], n[3], box, grid[3], total;
    double spacing_mm[3], size_mm, size_hu;
    size_t step[3]; /* voxels from seed to seed */
    patch *list;
    size_t *of;       /* [box] */
    double *distance; /* [box] */
} patches;

static size_t voxel_of(const patches *s, size_t b) {
    const size_t *n = s->p->mask.geometry.n;
    const size_t i = b % s->n[0], j = b / s->n[0] % s->n[1], k = b / (s->n[0] * s->n[1]);
    return ((k + s->low[2]) * n[1] + j + s->low[1]) * n[0] + i + s->low[0];
}

static void find_box(patches *s) {
    const ms_geometry *g = &s->p->mask.geometry;
    size_t low[3] = {SIZE_MAX, SIZE_MAX, SIZE_MAX}, high[3] = {0};
    for (size_t v = 0; v < ms_voxels(g); v++) {
        if (!s->p->mask.data[v]) continue;
        const size_t at[3] = {v % g->n[0], v / g->n[0] % g->n[1], v / (g->n[0] * g->n[1])};
        for (int a = 0; a < 3; a++) {
            if (at[a] < low[a]) low[a] = at[a];
            if (at[a] > high[a]) high[a] = at[a];
        }
    }
    s->box = s->total = 1;
    for (int a = 0; a < 3; a++) {
        s->spacing_mm[a] = g->spacing_mm[a];
        const double voxels = round(s->size_mm / g->spacing_mm[a]);
        s->step[a] = voxels < 1 ? 1 : (size_t)voxels;
        const size_t margin = 2 * s->step[a];
        s->low[a] = low[a] > margin ? low[a] - margin : 0;
        const size_t end = high[a] + margin < g->n[a] ? high[a] + margin + 1 : g->n[a];
        s->n[a] = end - s->low[a];
        s->grid[a] = (s->n[a] + s->step[a] - 1) / s->step[a];
        s->box *= s->n[a];
        s->total *= s->grid[a];
    }
}

/* Seeds on a grid, each in the middle of its cell. */
static void seed(patches *s) {
    for (size_t c = 0; c < s->total; c++) {
        const size_t cell[3] = {c % s->grid[0], c / s->grid[0] % s->grid[1], c / (s->grid[0] * s->grid[1])};
        size_t at[3];
        for (int a = 0; a < 3; a++) {
            at[a] = cell[a] * s->step[a] + s->step[a] / 2;
            if (at[a] >= s->n[a]) at[a] = s->n[a] - 1;
            s->list[c].at[a] = (double)at[a];
        }
        const size_t b = (at[2] * s->n[1] + at[1]) * s->n[0] + at[0];
        s->list[c].value = (double)s->p->volume.data[voxel_of(s, b)];
    }
}

/* Offers a patch to the voxels within one seed's step of its centre. */
static void offer(patches *s, size_t c) {
    const patch *q = &s->list[c];
    size_t from[3], to[3];
    for (int a = 0; a < 3; a++) {
        const size_t centre = (size_t)llround(q->at[a]);
        from[a] = centre > s->step[a] ? centre - s->step[a] : 0;
        to[a] = centre + s->step[a] < s->n[a] ? centre + s->step[a] + 1 : s->n[a];
    }
    for (size_t k = from[2]; k < to[2]; k++) {
        for (size_t j = from[1]; j < to[1]; j++) {
            for (size_t i = from[0]; i < to[0]; i++) {
                const size_t b = (k * s->n[1] + j) * s->n[0] + i;
                const double x = ((double)i - q->at[0]) * s->spacing_mm[0];
                const double y = ((double)j - q->at[1]) * s->spacing_mm[1];
                const double z = ((double)k - q->at[2]) * s->spacing_mm[2];
                const double h = ((double)s->p->volume.data[voxel_of(s, b)] - q->value) / s->size_hu;
                const double d = h * h + (x * x + y * y + z * z) / (s->size_mm * s->size_mm);
                if (!(d < s->distance[b])) continue;
                s->distance[b] = d;
                s->of[b] = c;
            }
        }
    }
}

/* Every patch moves to the middle of its voxels. A voxel that no patch reached keeps the patch it had. */
static void settle(patches *s) {
    for (size_t c = 0; c < s->total; c++)
        s->list[c] =
            (patch){.at = {s->list[c].at[0], s->list[c].at[1], s->list[c].at[2]}, .value = s->list[c].value};
    for (size_t b = 0; b < s->box; b++) {
        patch *q = &s->list[s->of[b]];
        q->sum[0] += (double)(b % s->n[0]);
        q->sum[1] += (double)(b / s->n[0] % s->n[1]);
        q->sum[2] += (double)(b / (s->n[0] * s->n[1]));
        q->sum[3] += (double)s->p->volume.data[voxel_of(s, b)];
        q->inside += s->p->mask.data[voxel_of(s, b)];
        q->count += 1;
    }
    for (size_t c = 0; c < s->total; c++) {
        patch *q = &s->list[c];
        if (q->count == 0) continue;
        for (int a = 0; a < 3; a++) q->at[a] = q->sum[a] / q->count;
        q->value = q->sum[3] / q->count;
    }
}

static void cut(patches *s) {
    for (size_t b = 0; b < s->box; b++) { /* to begin with, the cell of the grid */
        const size_t i = b % s->n[0] / s->step[0], j = b / s->n[0] % s->n[1] / s->step[1],
                     k = b / (s->n[0] * s->n[1]) / s->step[2];
        s->of[b] = (k * s->grid[1] + j) * s->grid[0] + i;
    }
    seed(s);
    for (int turn = 0; turn < ITERATIONS; turn++) {
        for (size_t b = 0; b < s->box; b++) s->distance[b] = INFINITY;
        for (size_t c = 0; c < s->total; c++) offer(s, c);
        settle(s);
    }
}

/* A number is drawn for every patch, so that one patch's fate is not another's. */
static void choose(patches *s, ms_mask *mask, ms_random *random) {
    bool any = false;
    for (size_t c = 0; c < s->total; c++) {
        const double share = s->list[c].count > 0 ? s->list[c].inside / s->list[c].count : 0;
        const double chance = ms_random_uniform(random);
        s->list[c].inside = share >= 0.9 || (share >= 0.2 && chance < share);
        any = any || (s->list[c].inside > 0 && s->list[c].count > 0);
    }
    if (!any) return; /* a region smaller than a patch stays */
    for (size_t b = 0; b < s->box; b++) mask->data[voxel_of(s, b)] = s->list[s->of[b]].inside > 0;
}

ms_status ms_perturb_contour(ms_perturbed *p, const ms_perturb_options *options, ms_random *random,
                             ms_error *err) {
    patches s = {.p = p, .size_mm = options->patch_mm, .size_hu = options->patch_hu};
    find_box(&s);
    s.list = ms_calloc(s.total, sizeof *s.list);
    s.of = ms_calloc(s.box, sizeof *s.of);
    s.distance = ms_calloc(s.box, sizeof *s.distance);
    ms_status status = s.list && s.of && s.distance ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) {
        cut(&s);
        choose(&s, &p->mask, random);
    }
    free(s.list);
    free(s.of);
    free(s.distance);
    return status;
}
