/* radiomics/mesh.c: the surface of a region by marching cubes (Lorensen and Cline 1987) at level 0.5, so that
 * every vertex lies halfway between a voxel inside and one outside (IBSI 2.4, WRJH).
 *
 * Instead of a table of 256 cases the surface within a cube is traced: on each of its six faces the crossed
 * edges are joined in pairs, and the pairs close to polygons. Where a face has two opposite corners inside,
 * each is cut off singly, so that neighbouring cubes always fit. A polygon of more than three corners is not
 * flat; it is split into triangles such that the kind of which the cube has fewer corners (inside or outside)
 * gets the most volume, whichever way the region is turned. That gives the IBSI's reference values.
 *
 * pyradiomics' table has the 128 cases in which one of the corners is outside; the others it takes as their
 * complement, so that on a face with two opposite corners inside neighbouring cubes may disagree and leave a
 * gap. Its polygons are fans: all triangles meet in one corner. Area and volume that pyradiomics 3.0.1 gives
 * for single cubes of unequal sides, measured for all 254 cases, are those of the fan with the most volume
 * for the kind of which the cube has fewer corners; of a hexagon around four corners in a row, which has
 * three different fans, the middle one. */
#include "radiomics/mesh.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Corners are x + 2 y + 4 z; the four of each face in the order that turns left seen from outside. */
static const int faces[6][4] = {{0, 4, 6, 2}, {1, 3, 7, 5}, {0, 1, 5, 4},
                                {2, 6, 7, 3}, {0, 2, 3, 1}, {4, 5, 7, 6}};
enum { EDGES = 64, CORNERS = 12, COMPLEMENT_CORNER = 6 };

/* A number for the edge between two corners. */
static int edge_of(int a, int b) {
    return a < b ? a * 8 + b : b * 8 + a;
}

/* Joins the crossings of one face: next[edge] is where the polygon goes on. */
static void join_face(const int face[4], unsigned inside, int next[EDGES]) {
    int leave[2], enter[2], n_leave = 0, n_enter = 0;
    for (int c = 0; c < 4; c++) {
        bool here = (inside >> face[c] & 1) != 0, there = (inside >> face[(c + 1) % 4] & 1) != 0;
        if (here && !there) leave[n_leave++] = edge_of(face[c], face[(c + 1) % 4]);
        if (!here && there) enter[n_enter++] = edge_of(face[c], face[(c + 1) % 4]);
    }
    if (n_leave == 1) next[leave[0]] = enter[0];
    if (n_leave != 2) return;
    /* Crossings alternate around the face; with corner 0 inside the first is a leave, else an enter. */
    bool starts_inside = (inside >> face[0] & 1) != 0;
    int same = starts_inside ? 1 : 0; /* the enter of the first leave's inside corner */
    next[leave[0]] = enter[same];
    next[leave[1]] = enter[1 - same];
}

/* The middle of an edge: in mm, and within the cube in half voxels. */
static void edge_point(int edge, const size_t at[3], const double spacing[3], double mm[3], int half[3]) {
    int a = edge / 8, b = edge % 8;
    for (int d = 0; d < 3; d++) {
        half[d] = (a >> d & 1) + (b >> d & 1);
        mm[d] = ((double)at[d] + 0.5 * half[d]) * spacing[d];
    }
}

/* Twice the area vector. */
static void cross(const double a[3], const double b[3], const double c[3], double n[3]) {
    double u[3], v[3];
    for (int d = 0; d < 3; d++) {
        u[d] = b[d] - a[d];
        v[d] = c[d] - a[d];
    }
    n[0] = u[1] * v[2] - u[2] * v[1];
    n[1] = u[2] * v[0] - u[0] * v[2];
    n[2] = u[0] * v[1] - u[1] * v[0];
}

static double triangle_area(const double a[3], const double b[3], const double c[3]) {
    double n[3];
    cross(a, b, c, n);
    return 0.5 * sqrt(n[0] * n[0] + n[1] * n[1] + n[2] * n[2]);
}

/* Adds the triangles between the corners first..last, split at the corners that split[][] names. */
static void add_triangles(ms_mesh *m, double polygon[][3], int split[CORNERS][CORNERS], int first, int last,
                          int sign) {
    if (last - first < 2) return;
    int k = split[first][last];
    const double *a = polygon[first];
    double n[3];
    cross(a, polygon[k], polygon[last], n);
    m->area_mm2 += triangle_area(a, polygon[k], polygon[last]);
    m->volume_mm3 += sign * (a[0] * n[0] + a[1] * n[1] + a[2] * n[2]) / 6;
    add_triangles(m, polygon, split, first, k, sign);
    add_triangles(m, polygon, split, k, last, sign);
}

/* Six times the volume between the triangle and the cube's own corner 0, in half voxels. */
static int corner_volume(const int a[3], const int b[3], const int c[3]) {
    return a[0] * (b[1] * c[2] - b[2] * c[1]) + a[1] * (b[2] * c[0] - b[0] * c[2]) +
           a[2] * (b[0] * c[1] - b[1] * c[0]);
}

/* Chooses the triangulation with the least sign * volume by trying every corner for every chord; of equal
 * ones the first. corner[n] are the polygon's corners within the cube, in half voxels. */
static void choose_split(int corner[][3], int n, int sign, int split[CORNERS][CORNERS]) {
    int least[CORNERS][CORNERS] = {{0}};
    for (int length = 2; length < n; length++) {
        for (int i = 0; i + length < n; i++) {
            int j = i + length;
            for (int k = i + 1; k < j; k++) {
                int sum = least[i][k] + least[k][j] + sign * corner_volume(corner[i], corner[k], corner[j]);
                if (k > i + 1 && sum >= least[i][j]) continue;
                least[i][j] = sum;
                split[i][j] = k;
            }
        }
    }
}

/* Chooses the fan that pyradiomics' table has, and turns the polygon so that all triangles meet in corner 0.
 */
static void choose_fan(double polygon[][3], int corner[][3], int n, int sign, bool middle,
                       int split[CORNERS][CORNERS]) {
    int sum[CORNERS] = {0}, apex = 0;
    for (int a = 0; a < n; a++) {
        for (int i = 1; i < n - 1; i++)
            sum[a] += sign * corner_volume(corner[a], corner[(a + i) % n], corner[(a + i + 1) % n]);
    }
    for (int a = 1; a < n; a++) {
        if (sum[a] < sum[apex]) apex = a;
    }
    for (int a = 0, low = sum[apex]; a < n && middle; a++) { /* neither the least nor the greatest */
        bool above = false;
        for (int b = 0; b < n; b++) above = above || sum[b] > sum[a];
        if (sum[a] > low && above) apex = a;
    }
    double turned[CORNERS][3];
    for (int i = 0; i < n; i++) memcpy(turned[i], polygon[(apex + i) % n], sizeof turned[i]);
    memcpy(polygon, turned, (size_t)n * sizeof turned[0]);
    for (int last = 2; last < n; last++) split[0][last] = last - 1;
}

/* Traces the polygons of a cube and adds them. With this turn of the polygons volumes are negative, so that
 * the inside grows as the sum falls. */
static void add_cube(ms_mesh *m, unsigned inside, const size_t at[3], const double spacing[3],
                     bool by_complement) {
    int next[EDGES], corners = 0, sign = 1;
    if (by_complement && (inside >> COMPLEMENT_CORNER & 1)) {
        inside ^= 255;
        sign = -1;
    }
    for (int c = 0; c < 8; c++) corners += inside >> c & 1 ? 1 : 0;
    for (int e = 0; e < EDGES; e++) next[e] = -1;
    for (int f = 0; f < 6; f++) join_face(faces[f], inside, next);
    for (int e = 0; e < EDGES; e++) {
        if (next[e] < 0) continue;
        double polygon[CORNERS][3];
        int corner[CORNERS][3], split[CORNERS][CORNERS] = {{0}}, n = 0;
        for (int step = e; next[step] >= 0 && n < CORNERS; n++) {
            int to = next[step];
            next[step] = -1;
            edge_point(step, at, spacing, polygon[n], corner[n]);
            step = to;
        }
        int kind = corners <= 4 ? 1 : -1;
        if (by_complement)
            choose_fan(polygon, corner, n, kind, n == 6 && corners == 4, split);
        else
            choose_split(corner, n, kind, split);
        add_triangles(m, polygon, split, 0, n - 1, sign);
    }
}

/* A vertex for every pair of face neighbours of which one is inside, in half voxels. */
static void add_vertices(ms_mesh *m, const uint8_t *padded, const size_t p[3], size_t v) {
    size_t step[3] = {1, p[0], p[0] * p[1]}, at[3] = {v % p[0], v / p[0] % p[1], v / (p[0] * p[1])};
    for (int a = 0; a < 3; a++) {
        if (at[a] + 1 >= p[a] || padded[v] == padded[v + step[a]]) continue;
        if (m->vertex) {
            for (int d = 0; d < 3; d++) m->vertex[m->n_vertices][d] = (int32_t)(2 * at[d]) + (d == a);
        }
        m->n_vertices++;
    }
}

ms_status ms_mesh_build(const size_t n[3], const uint8_t *in, const double spacing[3], bool by_complement,
                        ms_mesh *mesh, ms_error *err) {
    size_t p[3] = {n[0] + 2, n[1] + 2, n[2] + 2}, total = p[0] * p[1] * p[2];
    uint8_t *padded = ms_calloc(total, 1);
    if (!padded) return ms_error_nomem(err);
    for (size_t v = 0; v < n[0] * n[1] * n[2]; v++) {
        size_t i = v % n[0], j = v / n[0] % n[1], k = v / (n[0] * n[1]);
        padded[((k + 1) * p[1] + j + 1) * p[0] + i + 1] = in[v] != 0;
    }
    ms_mesh m = {0};
    for (size_t v = 0; v < total; v++) {
        size_t at[3] = {v % p[0], v / p[0] % p[1], v / (p[0] * p[1])};
        add_vertices(&m, padded, p, v);
        if (at[0] + 1 == p[0] || at[1] + 1 == p[1] || at[2] + 1 == p[2]) continue;
        unsigned inside = 0;
        for (size_t c = 0; c < 8; c++) {
            size_t w = v + (c & 1) + (c >> 1 & 1) * p[0] + (c >> 2) * p[0] * p[1];
            inside |= (unsigned)padded[w] << c;
        }
        if (inside != 0 && inside != 255) add_cube(&m, inside, at, spacing, by_complement);
    }
    m.volume_mm3 = fabs(m.volume_mm3);
    m.vertex = ms_calloc(m.n_vertices, sizeof *m.vertex);
    if (m.vertex) {
        m.n_vertices = 0;
        for (size_t v = 0; v < total; v++) add_vertices(&m, padded, p, v);
        *mesh = m;
    }
    free(padded);
    return m.vertex ? MS_OK : ms_error_nomem(err);
}

void ms_mesh_clear(ms_mesh *mesh) {
    free(mesh->vertex);
    *mesh = (ms_mesh){0};
}
