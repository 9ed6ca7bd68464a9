/* radiomics/hull.c: convex hull in 3D by incremental insertion with conflict lists (quickhull: Barber, Dobkin
 * and Huhdanpaa 1996), in exact whole-number arithmetic, so that the many coplanar points of a voxel mesh do
 * no harm. */
#include "radiomics/mesh.h"

#include <math.h>
#include <stdlib.h>

typedef struct facet {
    size_t corner[3];
    int64_t normal[3]; /* twice the area, outwards */
    size_t outside;    /* first of the list of points beyond it, or NONE */
    size_t far;        /* the farthest of them */
    int64_t far_by;
    bool dead;
} facet;
#define NONE SIZE_MAX

typedef struct builder {
    const int32_t (*point)[3];
    size_t n;
    size_t *next; /* [n]: lists of points */
    facet *facets;
    size_t n_facets, capacity;
    size_t *horizon; /* pairs of corners */
    size_t n_horizon, horizon_capacity;
} builder;

/* Six times the volume of the tetrahedron of a facet and a point: positive when the point is beyond. */
static int64_t beyond(const builder *b, const facet *f, size_t q) {
    const int32_t *a = b->point[f->corner[0]], *p = b->point[q];
    return f->normal[0] * ((int64_t)p[0] - a[0]) + f->normal[1] * ((int64_t)p[1] - a[1]) +
           f->normal[2] * ((int64_t)p[2] - a[2]);
}

static facet make_facet(const builder *b, size_t p, size_t q, size_t r) {
    facet f = {.corner = {p, q, r}, .outside = NONE, .far = NONE};
    int64_t u[3], v[3];
    for (int d = 0; d < 3; d++) {
        u[d] = (int64_t)b->point[q][d] - b->point[p][d];
        v[d] = (int64_t)b->point[r][d] - b->point[p][d];
    }
    for (int d = 0; d < 3; d++)
        f.normal[d] = u[(d + 1) % 3] * v[(d + 2) % 3] - u[(d + 2) % 3] * v[(d + 1) % 3];
    return f;
}

static bool add_facet(builder *b, size_t p, size_t q, size_t r) {
    if (b->n_facets == b->capacity) {
        size_t more = b->capacity ? 2 * b->capacity : 64;
        facet *grown = ms_realloc(b->facets, more, sizeof *grown);
        if (!grown) return false;
        b->facets = grown;
        b->capacity = more;
    }
    b->facets[b->n_facets++] = make_facet(b, p, q, r);
    return true;
}

/* Puts a point on the list of the first facet (from `first` on) that it lies beyond. */
static void assign(builder *b, size_t first, size_t q) {
    for (size_t f = first; f < b->n_facets; f++) {
        facet *x = &b->facets[f];
        if (x->dead) continue;
        int64_t by = beyond(b, x, q);
        if (by <= 0) continue;
        b->next[q] = x->outside;
        x->outside = q;
        if (by > x->far_by) {
            x->far_by = by;
            x->far = q;
        }
        return;
    }
}

/* How far r is from the line through p and q: by the sizes of the cross product's components, whose sum
 * orders well enough and cannot overflow. */
static int64_t distance_from_line(const builder *b, size_t p, size_t q, size_t r) {
    facet f = make_facet(b, p, q, r);
    return llabs(f.normal[0]) + llabs(f.normal[1]) + llabs(f.normal[2]);
}

/* A first tetrahedron that is not flat; false when all points lie in a plane. */
static bool first_facets(builder *b) {
    size_t p[4] = {0, 0, 0, 0};
    int64_t best = 0;
    for (size_t i = 1; i < b->n; i++) {
        int64_t by = 0;
        for (int d = 0; d < 3; d++) by += llabs((long long)b->point[i][d] - b->point[0][d]);
        if (by > best) best = by, p[1] = i;
    }
    if (best == 0) return false;
    best = 0;
    for (size_t i = 0; i < b->n; i++) {
        int64_t by = distance_from_line(b, p[0], p[1], i);
        if (by > best) best = by, p[2] = i;
    }
    if (best == 0) return false;
    best = 0;
    facet base = make_facet(b, p[0], p[1], p[2]);
    for (size_t i = 0; i < b->n; i++) {
        int64_t by = llabs(beyond(b, &base, i));
        if (by > best) best = by, p[3] = i;
    }
    if (best == 0) return false;
    if (beyond(b, &base, p[3]) > 0) {
        size_t t = p[1];
        p[1] = p[2];
        p[2] = t;
    }
    return add_facet(b, p[0], p[1], p[2]) && add_facet(b, p[0], p[2], p[3]) &&
           add_facet(b, p[2], p[1], p[3]) && add_facet(b, p[1], p[0], p[3]);
}

static bool add_horizon(builder *b, size_t p, size_t q) {
    for (size_t h = 0; h < b->n_horizon; h++) { /* an edge seen from both sides is inside the visible part */
        if (b->horizon[2 * h] == q && b->horizon[2 * h + 1] == p) {
            b->n_horizon--;
            b->horizon[2 * h] = b->horizon[2 * b->n_horizon];
            b->horizon[2 * h + 1] = b->horizon[2 * b->n_horizon + 1];
            return true;
        }
    }
    if (b->n_horizon == b->horizon_capacity) {
        size_t more = b->horizon_capacity ? 2 * b->horizon_capacity : 64;
        size_t *grown = ms_realloc(b->horizon, 2 * more, sizeof *grown);
        if (!grown) return false;
        b->horizon = grown;
        b->horizon_capacity = more;
    }
    b->horizon[2 * b->n_horizon] = p;
    b->horizon[2 * b->n_horizon + 1] = q;
    b->n_horizon++;
    return true;
}

/* Makes a facet's farthest point a corner of the hull. */
static bool insert(builder *b, size_t at) {
    size_t eye = b->facets[at].far, orphans = NONE, first = b->n_facets;
    b->n_horizon = 0;
    for (size_t f = 0; f < first; f++) {
        facet *x = &b->facets[f];
        /* facets in whose plane the eye lies go too: else their neighbours would overlap them */
        if (x->dead || beyond(b, x, eye) <= 0) continue;
        x->dead = true;
        for (int e = 0; e < 3; e++) {
            if (!add_horizon(b, x->corner[e], x->corner[(e + 1) % 3])) return false;
        }
        for (size_t q = x->outside, after; q != NONE; q = after) {
            after = b->next[q];
            b->next[q] = orphans;
            orphans = q;
        }
        x->outside = NONE;
    }
    for (size_t h = 0; h < b->n_horizon; h++) {
        if (!add_facet(b, b->horizon[2 * h], b->horizon[2 * h + 1], eye)) return false;
    }
    for (size_t q = orphans, after; q != NONE; q = after) {
        after = b->next[q];
        if (q != eye) assign(b, first, q);
    }
    return true;
}

/* Drops dead facets, which would otherwise be looked at again and again. */
static void compact(builder *b) {
    size_t kept = 0;
    for (size_t f = 0; f < b->n_facets; f++) {
        if (!b->facets[f].dead) b->facets[kept++] = b->facets[f];
    }
    b->n_facets = kept;
}

static ms_status measure(const builder *b, const double unit[3], ms_hull *hull, ms_error *err) {
    uint8_t *used = ms_calloc(b->n, 1);
    ms_hull h = {.vertex = ms_calloc(b->n, sizeof *h.vertex)};
    if (!used || !h.vertex) {
        free(used);
        free(h.vertex);
        return ms_error_nomem(err);
    }
    for (size_t f = 0; f < b->n_facets; f++) {
        double a[3], u[3], v[3];
        for (int d = 0; d < 3; d++) {
            a[d] = b->point[b->facets[f].corner[0]][d] * unit[d];
            u[d] = b->point[b->facets[f].corner[1]][d] * unit[d] - a[d];
            v[d] = b->point[b->facets[f].corner[2]][d] * unit[d] - a[d];
        }
        double n[3] = {u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]};
        h.area_mm2 += 0.5 * sqrt(n[0] * n[0] + n[1] * n[1] + n[2] * n[2]);
        h.volume_mm3 += (a[0] * n[0] + a[1] * n[1] + a[2] * n[2]) / 6;
        for (int c = 0; c < 3; c++) used[b->facets[f].corner[c]] = 1;
    }
    h.volume_mm3 = fabs(h.volume_mm3);
    for (size_t i = 0; i < b->n; i++) {
        if (!used[i]) continue;
        for (int d = 0; d < 3; d++) h.vertex[h.n][d] = b->point[i][d];
        h.n++;
    }
    free(used);
    *hull = h;
    return MS_OK;
}

ms_status ms_hull_build(const int32_t (*points)[3], size_t n, const double unit_mm[3], ms_hull *hull,
                        ms_error *err) {
    builder b = {.point = points, .n = n, .next = ms_calloc(n, sizeof(size_t))};
    ms_status status = b.next ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK && !first_facets(&b))
        status = ms_error_set(err, MS_EINTERNAL, "a convex hull of flat points");
    for (size_t i = 0; status == MS_OK && i < n; i++) assign(&b, 0, i);
    for (bool more = status == MS_OK; more && status == MS_OK;) {
        more = false;
        for (size_t f = 0; f < b.n_facets; f++) {
            if (b.facets[f].dead || b.facets[f].far == NONE) continue;
            if (!insert(&b, f)) status = ms_error_nomem(err);
            more = true;
            break;
        }
        compact(&b);
    }
    if (status == MS_OK) status = measure(&b, unit_mm, hull, err);
    free(b.next);
    free(b.facets);
    free(b.horizon);
    return status;
}

void ms_hull_clear(ms_hull *hull) {
    free(hull->vertex);
    *hull = (ms_hull){0};
}
