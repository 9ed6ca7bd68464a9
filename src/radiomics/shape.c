/* radiomics/shape.c: shape of a region of several slices: pyradiomics' shape and IBSI's morphology (HCUG).
 * Volume and area are of the mesh (mesh.c), axes the principal components of the voxel centres (covariance
 * over n in pyradiomics, over n - 1 in IBSI's reference values), diameters between mesh vertices. Intensities
 * enter the last features and the centre of mass shift only. */
#include "radiomics/mesh.h"
#include "radiomics/spatial.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Slots: the family's rows of the catalogue. */
enum {
    MESH_VOLUME,
    VOXEL_VOLUME,
    AREA,
    AREA_VOLUME,
    COMPACTNESS_1,
    COMPACTNESS_2,
    DISPROPORTION,
    SPHERICITY,
    ASPHERICITY,
    CENTRE_SHIFT,
    DIAMETER,
    DIAMETER_SLICE,
    DIAMETER_COLUMN,
    DIAMETER_ROW,
    MAJOR,
    MINOR,
    LEAST,
    ELONGATION,
    FLATNESS,
    VOLUME_AABB,
    AREA_AABB,
    VOLUME_OMBB,
    AREA_OMBB,
    VOLUME_AEE,
    AREA_AEE,
    VOLUME_MVEE,
    AREA_MVEE,
    VOLUME_HULL,
    AREA_HULL,
    INTEGRATED,
    MORAN,
    GEARY
};

static void sphere_features(double volume, double area, double *v) {
    double pi = acos(-1.0);
    v[MESH_VOLUME] = volume;
    v[AREA] = area;
    v[AREA_VOLUME] = area / volume;
    v[COMPACTNESS_1] = volume / (sqrt(pi) * pow(area, 1.5));
    v[COMPACTNESS_2] = 36 * pi * volume * volume / (area * area * area);
    v[SPHERICITY] = cbrt(36 * pi * volume * volume) / area;
    v[DISPROPORTION] = 1 / v[SPHERICITY];
    v[ASPHERICITY] = 1 / v[SPHERICITY] - 1;
}

static void position(const ms_region *r, size_t v, double mm[3]) {
    mm[0] = (double)(v % r->n[0]) * r->spacing_mm[0];
    mm[1] = (double)(v / r->n[0] % r->n[1]) * r->spacing_mm[1];
    mm[2] = (double)(v / (r->n[0] * r->n[1])) * r->spacing_mm[2];
}

static ms_status axes(const ms_region *r, const double centre[3], bool sample, double *v, ms_error *err) {
    double covariance[9] = {0}, w[3], mm[3];
    for (size_t i = 0; i < r->box; i++) {
        if (!r->in[i]) continue;
        position(r, i, mm);
        for (int a = 0; a < 3; a++) {
            for (int b = 0; b < 3; b++) covariance[3 * a + b] += (mm[a] - centre[a]) * (mm[b] - centre[b]);
        }
    }
    double n = (double)r->voxels - (sample && r->voxels > 1 ? 1 : 0);
    for (int c = 0; c < 9; c++) covariance[c] /= n;
    ms_status status = ms_symmetric_eigenvalues(covariance, 3, w, err);
    if (status != MS_OK) return status;
    qsort(w, 3, sizeof *w, ms_compare_double);
    for (int a = 0; a < 3; a++) w[a] = w[a] > 0 ? w[a] : 0;
    v[MAJOR] = 4 * sqrt(w[2]);
    v[MINOR] = 4 * sqrt(w[1]);
    v[LEAST] = 4 * sqrt(w[0]);
    v[ELONGATION] = sqrt(w[1] / w[2]);
    v[FLATNESS] = sqrt(w[0] / w[2]);
    return MS_OK;
}

/* Area of an ellipsoid with semi-axes a >= b >= c as the Legendre series to order 20 (IBSI, RDD2). */
static double ellipsoid_area(double a, double b, double c) {
    double alpha = sqrt(1 - b * b / (a * a)), beta = sqrt(1 - c * c / (a * a)), sum = 0, power = 1;
    /* P_v(x) (alpha beta)^v with x = (alpha^2 + beta^2) / (2 alpha beta), free of the division */
    double x = (alpha * alpha + beta * beta) / 2, ab2 = alpha * alpha * beta * beta, before = 0;
    for (int n = 0; n <= 20; n++) {
        sum += power / (1 - 4.0 * n * n);
        double next = ((2 * n + 1) * x * power - n * ab2 * before) / (n + 1);
        before = power;
        power = next;
    }
    return 4 * acos(-1.0) * a * b * sum;
}

static void densities(const ms_region *r, const ms_mesh *mesh, double *v, const char **reasons) {
    double side[3], pi = acos(-1.0), a = v[MAJOR] / 2, b = v[MINOR] / 2, c = v[LEAST] / 2;
    for (int d = 0; d < 3; d++) side[d] = (double)r->n[d] * r->spacing_mm[d];
    v[VOLUME_AABB] = mesh->volume_mm3 / (side[0] * side[1] * side[2]);
    v[AREA_AABB] = mesh->area_mm2 / (2 * (side[0] * side[1] + side[0] * side[2] + side[1] * side[2]));
    v[VOLUME_AEE] = mesh->volume_mm3 / (4 * pi * a * b * c / 3);
    v[AREA_AEE] = mesh->area_mm2 / ellipsoid_area(a, b, c);
    reasons[VOLUME_OMBB] = reasons[AREA_OMBB] = reasons[VOLUME_MVEE] = reasons[AREA_MVEE] =
        ms_reason_not_implemented;
}

/* The largest distance between points[n]. */
static double diameter(const int32_t (*p)[3], size_t n, const double unit[3]) {
    double best = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            double sum = 0;
            for (int d = 0; d < 3; d++) {
                double x = (p[i][d] - p[j][d]) * unit[d];
                sum += x * x;
            }
            best = sum > best ? sum : best;
        }
    }
    return sqrt(best);
}

static int compare_on(const int32_t *a, const int32_t *b, int first, int second, int third) {
    if (a[first] != b[first]) return a[first] < b[first] ? -1 : 1;
    if (a[second] != b[second]) return a[second] < b[second] ? -1 : 1;
    return (a[third] > b[third]) - (a[third] < b[third]);
}
static int by_x(const void *a, const void *b) {
    return compare_on(a, b, 0, 1, 2);
}
static int by_y(const void *a, const void *b) {
    return compare_on(a, b, 1, 0, 2);
}
static int by_z(const void *a, const void *b) {
    return compare_on(a, b, 2, 0, 1);
}

/* Does the way from a over b to c turn left, in the plane of axes u and v? */
static bool turns_left(const int32_t *a, const int32_t *b, const int32_t *c, int u, int v) {
    return ((int64_t)b[u] - a[u]) * ((int64_t)c[v] - b[v]) - ((int64_t)b[v] - a[v]) * ((int64_t)c[u] - b[u]) >
           0;
}

/* The corners of the convex hull of point[n], which lie in a plane and are sorted by u, then v (monotone
 * chain: Andrew 1979). corner[n + 1]; the result is how many. */
static size_t plane_hull(const int32_t (*point)[3], size_t n, int u, int v, int32_t (*corner)[3]) {
    size_t kept = 0;
    for (int side = 0; side < 2; side++) {
        size_t start = kept;
        for (size_t i = 0; i < n; i++) {
            const int32_t *p = point[side ? n - 1 - i : i];
            while (kept >= start + 2 && !turns_left(corner[kept - 2], corner[kept - 1], p, u, v)) kept--;
            memcpy(corner[kept++], p, sizeof *corner);
        }
        kept--; /* the other side begins with it */
    }
    return n == 1 ? 1 : kept;
}

/* The largest distance between vertices in one plane across `axis`, which ends in corners of the plane's
 * hull; those of all planes are left in corner[vertices + 1], *n_corners of them: all others lie within the
 * hull in space too. */
static double plane_diameter(ms_mesh *mesh, const double unit[3], int axis, int32_t (*corner)[3],
                             size_t *n_corners) {
    static int (*const order[3])(const void *, const void *) = {by_x, by_y, by_z};
    const int u = axis == 0 ? 1 : 0, v = axis == 2 ? 1 : 2;
    const size_t n = mesh->n_vertices;
    double best = 0;
    *n_corners = 0;
    qsort(mesh->vertex, n, sizeof *mesh->vertex, order[axis]);
    for (size_t from = 0, to; from < n; from = to) {
        for (to = from; to < n && mesh->vertex[to][axis] == mesh->vertex[from][axis];) to++;
        int32_t(*here)[3] = corner + *n_corners;
        size_t kept = plane_hull((const int32_t(*)[3])mesh->vertex + from, to - from, u, v, here);
        double found = diameter((const int32_t(*)[3])here, kept, unit);
        best = found > best ? found : best;
        *n_corners += kept;
    }
    return best;
}

static ms_status extent_features(const ms_family_input *in, ms_mesh *mesh, double *v, ms_error *err) {
    double unit[3], slice;
    size_t n_corners;
    ms_hull hull;
    int32_t(*corner)[3] = ms_calloc(mesh->n_vertices + 1, sizeof *corner);
    if (!corner) return ms_error_nomem(err);
    for (int d = 0; d < 3; d++) unit[d] = in->region->spacing_mm[d] / 2;
    if (in->config->convention == MS_CONVENTION_PYRADIOMICS) {
        v[DIAMETER_ROW] = plane_diameter(mesh, unit, 0, corner, &n_corners);
        v[DIAMETER_COLUMN] = plane_diameter(mesh, unit, 1, corner, &n_corners);
    }
    slice = plane_diameter(mesh, unit, 2, corner, &n_corners);
    if (in->config->convention == MS_CONVENTION_PYRADIOMICS) v[DIAMETER_SLICE] = slice;
    ms_status status = ms_hull_build((const int32_t(*)[3])corner, n_corners, unit, &hull, err);
    free(corner);
    if (status != MS_OK) return status;
    v[VOLUME_HULL] = mesh->volume_mm3 / hull.volume_mm3;
    v[AREA_HULL] = mesh->area_mm2 / hull.area_mm2;
    v[DIAMETER] = diameter((const int32_t(*)[3])hull.vertex, hull.n, unit);
    ms_hull_clear(&hull);
    return MS_OK;
}

/* The distance from the mask's centre to the intensity-weighted one, and the integrated intensity. */
static void intensity_features(const ms_family_input *in, const double centre[3], double *v) {
    const ms_region *r = in->region;
    double sum = 0, weighted[3] = {0}, mm[3], square = 0, n = 0;
    for (size_t i = 0; i < r->box; i++) {
        if (!in->in[i]) continue;
        position(r, i, mm);
        for (int a = 0; a < 3; a++) weighted[a] += mm[a] * in->values[i];
        sum += in->values[i];
        n += 1;
    }
    for (int a = 0; a < 3; a++) square += (weighted[a] / sum - centre[a]) * (weighted[a] / sum - centre[a]);
    v[CENTRE_SHIFT] = sqrt(square);
    v[INTEGRATED] = v[MESH_VOLUME] * sum / n;
}

ms_status ms_family_shape(const ms_family_input *in, double *v, const char **reasons, ms_error *err) {
    const ms_region *r = in->region;
    ms_mesh mesh = {0};
    double centre[3] = {0}, mm[3];
    for (size_t i = 0; i < r->box; i++) {
        if (!r->in[i]) continue;
        position(r, i, mm);
        for (int a = 0; a < 3; a++) centre[a] += mm[a] / (double)r->voxels;
    }
    ms_status status = ms_mesh_build(r->n, r->in, r->spacing_mm, in->config->as_pyradiomics, &mesh, err);
    if (status != MS_OK) return status;
    sphere_features(mesh.volume_mm3, mesh.area_mm2, v);
    v[VOXEL_VOLUME] = (double)r->voxels * r->spacing_mm[0] * r->spacing_mm[1] * r->spacing_mm[2];
    status = axes(r, centre, in->config->convention == MS_CONVENTION_IBSI, v, err);
    if (status == MS_OK) densities(r, &mesh, v, reasons);
    if (status == MS_OK) status = extent_features(in, &mesh, v, err);
    if (status == MS_OK && in->config->convention == MS_CONVENTION_IBSI) {
        intensity_features(in, centre, v);
        status = ms_spatial(r, in->values, in->in, &v[MORAN], &v[GEARY], &reasons[MORAN], err);
        reasons[GEARY] = reasons[MORAN];
    }
    ms_mesh_clear(&mesh);
    return status;
}
