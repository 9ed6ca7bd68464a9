/* spine_canal.c: the spinal canal, a tube of soft tissue with bone around it, tracked through the slices. */
#include "spine.h"

#include "base/base.h"

#include <math.h>
#include <stdlib.h>

enum { RAYS = 16, KEEP = 20, STEPS = 64 };
static const double bone_hu = 150, reach_mm = 18;
static const double tau = 6.283185307179586;

typedef struct candidate {
    double x, y, score;
} candidate;

typedef struct canal_work {
    const ms_spine_grid *grid;
    size_t slab;      /* slices to each side whose bone counts as the slice's own */
    candidate *found; /* [n[2] * KEEP], score -inf where there are fewer */
} canal_work;

/* One slice's maps: soft tissue (a 3 x 3 mean), the most bone among the neighbouring slices, and the running
 * sums from which the mean over a box comes. */
typedef struct slice_maps {
    size_t nx, ny;
    int16_t *mean, *bone;
    double *sums;          /* (nx + 1) * (ny + 1), of HU clamped to 0..300 */
    long ray[RAYS][STEPS]; /* see rays_make */
    int steps;
    double step_mm;
} slice_maps;

static void maps_clear(slice_maps *maps) {
    MS_FREE(maps->mean);
    MS_FREE(maps->bone);
    MS_FREE(maps->sums);
}

static int16_t mean_3x3(const int16_t *hu, size_t nx, size_t ny, size_t i, size_t j) {
    int sum = 0, count = 0;
    for (size_t b = j ? j - 1 : 0; b <= j + 1 && b < ny; b++)
        for (size_t a = i ? i - 1 : 0; a <= i + 1 && a < nx; a++) sum += hu[b * nx + a], count++;
    return (int16_t)(sum / count);
}

/* The pixels along each ray, as steps from its start; the same for every place. */
static void rays_make(slice_maps *maps, const double spacing[3]) {
    maps->step_mm = spacing[0] < spacing[1] ? spacing[0] : spacing[1];
    maps->steps = (int)ceil(reach_mm / maps->step_mm) - 1;
    if (maps->steps > STEPS) maps->steps = STEPS;
    for (int r = 0; r < RAYS; r++)
        for (int t = 0; t < maps->steps; t++) {
            double along = maps->step_mm * (t + 1), angle = tau * r / RAYS;
            long dx = lrint(cos(angle) * along / spacing[0]), dy = lrint(sin(angle) * along / spacing[1]);
            maps->ray[r][t] = dy * (long)maps->nx + dx;
        }
}

static bool maps_make(const canal_work *work, size_t k, slice_maps *maps) {
    const ms_spine_grid *grid = work->grid;
    size_t nx = grid->n[0], ny = grid->n[1], plane = nx * ny;
    *maps = (slice_maps){.nx = nx, .ny = ny};
    maps->mean = ms_calloc(plane, sizeof(int16_t));
    maps->bone = ms_calloc(plane, sizeof(int16_t));
    maps->sums = ms_calloc((nx + 1) * (ny + 1), sizeof(double));
    if (!maps->mean || !maps->bone || !maps->sums) return false;
    rays_make(maps, grid->spacing);
    const int16_t *hu = grid->hu + k * plane;
    size_t low = k > work->slab ? k - work->slab : 0;
    size_t high = k + work->slab < grid->n[2] ? k + work->slab : grid->n[2] - 1;
    for (size_t j = 0; j < ny; j++)
        for (size_t i = 0; i < nx; i++) {
            size_t p = j * nx + i;
            int16_t top = hu[p];
            for (size_t m = low; m <= high; m++)
                if (grid->hu[m * plane + p] > top) top = grid->hu[m * plane + p];
            maps->bone[p] = top;
            maps->mean[p] = mean_3x3(hu, nx, ny, i, j);
            double value = hu[p] < 0 ? 0 : hu[p] > 300 ? 300 : hu[p];
            maps->sums[(j + 1) * (nx + 1) + i + 1] = value + maps->sums[j * (nx + 1) + i + 1] +
                                                     maps->sums[(j + 1) * (nx + 1) + i] -
                                                     maps->sums[j * (nx + 1) + i];
        }
    return true;
}

static size_t clamp_index(double value, size_t n) {
    return value <= 0 ? 0 : value >= (double)n ? n : (size_t)value;
}

/* The mean over a box given in mm. */
static double box_mean(const slice_maps *maps, const double spacing[3], const double box[4]) {
    size_t i0 = clamp_index(box[0] / spacing[0], maps->nx),
           i1 = clamp_index(box[1] / spacing[0] + 1, maps->nx);
    size_t j0 = clamp_index(box[2] / spacing[1], maps->ny),
           j1 = clamp_index(box[3] / spacing[1] + 1, maps->ny);
    if (i1 <= i0 || j1 <= j0) return 0;
    size_t w = maps->nx + 1;
    double sum =
        maps->sums[j1 * w + i1] - maps->sums[j0 * w + i1] - maps->sums[j1 * w + i0] + maps->sums[j0 * w + i0];
    return sum / (double)((i1 - i0) * (j1 - j0));
}

/* How far from a pixel bone is met in each direction; reach_mm where it is not. */
static void cast_rays(const slice_maps *maps, const int16_t *bone, double hit[RAYS]) {
    for (int r = 0; r < RAYS; r++) {
        int t = 0;
        while (t < maps->steps && bone[maps->ray[r][t]] < bone_hu) t++;
        hit[r] = t < maps->steps ? maps->step_mm * (t + 1) : reach_mm;
    }
}

/* About 1.6 in the middle of a ring of bone 10 to 32 mm across, 0 without any; negative with too little of
 * it. */
static double ring_score(const slice_maps *maps, const int16_t *bone) {
    double hit[RAYS], closed = 0, near = 0, pairs = 0, uneven = 0;
    cast_rays(maps, bone, hit);
    for (int r = 0; r < RAYS; r++) {
        closed += hit[r] < reach_mm;
        near += hit[r] < 3.0;
    }
    if (closed < 5) return -1;
    for (int r = 0; r < RAYS / 2; r++) {
        double across = hit[r] + hit[r + RAYS / 2];
        if (across < 9.0 || across > 32.0 || hit[r] >= reach_mm || hit[r + RAYS / 2] >= reach_mm) continue;
        pairs++;
        uneven += fabs(hit[r] - hit[r + RAYS / 2]) / across;
    }
    return closed / RAYS + (0.6 * pairs - 0.4 * uneven) / (RAYS / 2) - 0.08 * near;
}

/* About 1 in a ring of bone behind a vertebral body, 0 where nothing is like a canal. The ring is looked for
 * in the slice with its neighbours, which closes it between the vertebrae, and in the slice alone, because in
 * the sacrum the canal runs so obliquely that the neighbours would fill it. */
static double canal_score(const slice_maps *maps, const ms_spine_grid *grid, size_t k, size_t i, size_t j) {
    size_t p = j * maps->nx + i;
    double ring = ring_score(maps, maps->bone + p);
    if (ring < 1.2) ring = fmax(ring, ring_score(maps, grid->hu + k * maps->nx * maps->ny + p));
    if (ring < 0) return -1;
    double x = (double)i * grid->spacing[0], y = (double)j * grid->spacing[1];
    double body = box_mean(maps, grid->spacing, (double[4]){x - 11, x + 11, y - 34, y - 9});
    double behind = box_mean(maps, grid->spacing, (double[4]){x - 11, x + 11, y + 5, y + 30});
    double score = ring + 0.5 * fmin(body / 140, 1) + 0.2 * fmin(behind / 140, 1) - 1.25;
    double mid_x = grid->mid[2 * k], mid_y = grid->mid[2 * k + 1];
    if (isnan(mid_x)) return score - 1;
    score -= 0.5 * fmin(fabs(x - mid_x) / 80.0, 2.0);
    if (y < mid_y) score -= 0.5 * fmin((mid_y - y) / 30.0, 2.0);
    return score;
}

/* Keeps the best KEEP places, no two within 5 mm of each other. */
static void keep_candidate(candidate *list, candidate c) {
    int place = -1;
    for (int n = 0; n < KEEP && place < 0; n++)
        if (isfinite(list[n].score) && hypot(list[n].x - c.x, list[n].y - c.y) < 5.0) place = n;
    if (place < 0) {
        place = 0;
        for (int n = 1; n < KEEP; n++)
            if (list[n].score < list[place].score) place = n;
    }
    if (c.score > list[place].score) list[place] = c;
}

static ms_status search_slice(void *context, size_t k, ms_error *err) {
    canal_work *work = context;
    const ms_spine_grid *grid = work->grid;
    candidate *list = work->found + k * KEEP;
    for (int n = 0; n < KEEP; n++) list[n] = (candidate){0, 0, -(double)INFINITY};
    slice_maps maps;
    if (!maps_make(work, k, &maps)) {
        maps_clear(&maps);
        return ms_error_nomem(err);
    }
    size_t edge_x = (size_t)(reach_mm / grid->spacing[0]) + 2,
           edge_y = (size_t)(reach_mm / grid->spacing[1]) + 2;
    for (size_t j = edge_y; j + edge_y < maps.ny; j++)
        for (size_t i = edge_x; i + edge_x < maps.nx; i++) {
            int16_t mean = maps.mean[j * maps.nx + i];
            if (mean < -80 || mean > 130) continue;
            double x = (double)i * grid->spacing[0], y = (double)j * grid->spacing[1];
            double around = box_mean(&maps, grid->spacing, (double[4]){x - 18, x + 18, y - 24, y + 18});
            if (around < 60) continue; /* too little bone near for a canal */
            double score = canal_score(&maps, grid, k, i, j);
            if (score > -0.6) keep_candidate(list, (candidate){x, y, score});
        }
    maps_clear(&maps);
    return MS_OK;
}

/* The cost of going from one slice's place to the next: free for 40 degrees to the back and 15 to the side.
 */
static double bend_cost(const candidate *from, const candidate *to, double dz) {
    double over = hypot(from->x - to->x, from->y - to->y) - (0.8 * dz + 2.0);
    double side = fabs(from->x - to->x) - (0.25 * dz + 1.0);
    return (over > 0 ? 0.05 * over * over : 0.0) + (side > 0 ? 0.05 * side * side : 0.0);
}

typedef struct track {
    double *total; /* [n * KEEP] the best sum of a path that ends here */
    int *from;     /* [n * KEEP] the place in the slice below, -1 where a path begins */
} track;

static void run_tracking(const canal_work *work, track *t, size_t *end_k, int *end_c) {
    const ms_spine_grid *grid = work->grid;
    double best = -(double)INFINITY;
    for (size_t k = 0; k < grid->n[2]; k++)
        for (int c = 0; c < KEEP; c++) {
            size_t p = k * KEEP + (size_t)c;
            const candidate *here = work->found + p;
            t->total[p] = here->score;
            t->from[p] = -1;
            if (!isfinite(here->score)) continue;
            double before = 0;
            for (int d = 0; k > 0 && d < KEEP; d++) {
                size_t q = (k - 1) * KEEP + (size_t)d;
                if (!isfinite(work->found[q].score)) continue;
                double sum = t->total[q] - bend_cost(work->found + q, here, grid->spacing[2]);
                if (sum > before) before = sum, t->from[p] = d;
            }
            t->total[p] += before;
            if (t->total[p] > best) best = t->total[p], *end_k = k, *end_c = c;
        }
}

static ms_status follow_back(const canal_work *work, const track *t, size_t end_k, int end_c,
                             ms_spine_canal *canal, ms_error *err) {
    size_t n = work->grid->n[2], k = end_k;
    ms_spine_canal made = {0, end_k, ms_calloc(n, sizeof(double)), ms_calloc(n, sizeof(double)),
                           ms_calloc(n, sizeof(double))};
    if (!made.x || !made.y || !made.score) {
        ms_spine_canal_clear(&made);
        return ms_error_nomem(err);
    }
    for (int c = end_c; c >= 0; k--) {
        const candidate *here = work->found + k * KEEP + (size_t)c;
        made.x[k] = here->x, made.y[k] = here->y, made.score[k] = here->score;
        made.first = k;
        c = t->from[k * KEEP + (size_t)c];
    }
    *canal = made;
    return MS_OK;
}

ms_status ms_spine_canal_find(const ms_spine_grid *grid, ms_spine_canal *canal, ms_error *err) {
    size_t n = grid->n[2], places = n * KEEP, end_k = 0;
    int end_c = -1;
    canal_work work = {grid, (size_t)(5.0 / grid->spacing[2]), ms_calloc(places, sizeof(candidate))};
    track t = {ms_calloc(places, sizeof(double)), ms_calloc(places, sizeof(int))};
    ms_status status = MS_OK;
    if (!work.found || !t.total || !t.from) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    status = ms_parallel_for(n, search_slice, &work, err);
    if (status != MS_OK) goto cleanup;
    run_tracking(&work, &t, &end_k, &end_c);
    if (end_c < 0 || t.total[end_k * KEEP + (size_t)end_c] * grid->spacing[2] < 15.0) {
        status = ms_error_set(err, MS_EINPUT,
                              "no lumbar spine in view: no spinal canal was found; check that this "
                              "is a CT scan of the abdomen, or give the slice with --l3-slice");
        goto cleanup;
    }
    status = follow_back(&work, &t, end_k, end_c, canal, err);
cleanup:
    free(work.found);
    free(t.total);
    free(t.from);
    return status;
}

void ms_spine_canal_clear(ms_spine_canal *canal) {
    MS_FREE(canal->x);
    MS_FREE(canal->y);
    MS_FREE(canal->score);
    *canal = (ms_spine_canal){0};
}
