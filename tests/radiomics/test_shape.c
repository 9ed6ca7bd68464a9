/* Mesh, convex hull and eigenvalues against geometry. */
#include "synthetic.h"

#include "radiomics/mesh.h"

static uint8_t *box_of(const size_t n[3]) {
    uint8_t *in = ms_calloc(n[0] * n[1] * n[2], 1);
    assert_non_null(in);
    return in;
}

/* One voxel's surface at level 0.5 is an octahedron through the middles of its faces' normals: volume d^3
 * / 6. */
static void one_voxel_is_an_octahedron(void **state) {
    (void)state;
    size_t n[3] = {1, 1, 1};
    uint8_t in[1] = {1};
    double spacing[3] = {2, 2, 2};
    ms_mesh mesh;
    assert_int_equal(ms_mesh_build(n, in, spacing, false, &mesh, NULL), MS_OK);
    assert_near(mesh.volume_mm3, 8.0 / 6, 1e-12);
    assert_near(mesh.area_mm2, 4 * sqrt(3.0), 1e-12);
    assert_int_equal(mesh.n_vertices, 6);
    ms_mesh_clear(&mesh);
}

/* A digital ball of 20 voxels' radius: the volume of the ball to 1 %, the area of its facets about 9 % above.
 */
static void a_ball_has_a_balls_volume(void **state) {
    (void)state;
    size_t n[3] = {43, 43, 43};
    uint8_t *in = box_of(n);
    double spacing[3] = {1, 1, 1}, pi = acos(-1.0), ball = 4 * pi / 3 * 8000;
    ms_mesh mesh;
    for (size_t v = 0; v < 43 * 43 * 43; v++) {
        double x = (double)(v % 43) - 21, y = (double)(v / 43 % 43) - 21, z = (double)(v / 1849) - 21;
        in[v] = x * x + y * y + z * z <= 400;
    }
    assert_int_equal(ms_mesh_build(n, in, spacing, false, &mesh, NULL), MS_OK);
    assert_true(fabs(mesh.volume_mm3 / ball - 1) < 0.01);
    assert_true(mesh.area_mm2 > 4 * pi * 400 && mesh.area_mm2 < 1.1 * 4 * pi * 400);
    ms_hull hull;
    assert_int_equal(ms_hull_build((const int32_t(*)[3])mesh.vertex, mesh.n_vertices, spacing, &hull, NULL),
                     MS_OK);
    assert_true(hull.volume_mm3 >= 8 * mesh.volume_mm3 && hull.volume_mm3 < 8 * 1.08 * ball);
    ms_hull_clear(&hull);
    ms_mesh_clear(&mesh);
    free(in);
}

/* Random masks: turning or mirroring the region leaves volume and area as they are, and the surface is closed
 * (the volume does not depend on where the origin lies). */
static void the_mesh_does_not_depend_on_the_turn(void **state) {
    (void)state;
    size_t n[3] = {7, 7, 7};
    uint8_t *in = box_of(n), *turned = box_of(n);
    double spacing[3] = {1, 1, 1};
    ms_random *random = ms_random_new(1, "mesh");
    for (int round = 0; round < 20; round++) {
        ms_mesh a, b;
        for (size_t v = 0; v < 343; v++) in[v] = ms_random_uniform(random) < 0.5;
        for (size_t v = 0; v < 343; v++) {
            size_t i = v % 7, j = v / 7 % 7, k = v / 49;
            turned[(i * 7 + k) * 7 + (6 - j)] = in[v];
        }
        assert_int_equal(ms_mesh_build(n, in, spacing, false, &a, NULL), MS_OK);
        assert_int_equal(ms_mesh_build(n, turned, spacing, false, &b, NULL), MS_OK);
        assert_near(a.volume_mm3, b.volume_mm3, 1e-9);
        assert_int_equal(a.n_vertices, b.n_vertices);
        ms_mesh_clear(&a);
        ms_mesh_clear(&b);
    }
    ms_random_free(random);
    free(in);
    free(turned);
}

/* Points inside and on the faces of a box add nothing to its hull. */
static void the_hull_of_a_filled_box_is_the_box(void **state) {
    (void)state;
    int32_t points[11 * 6 * 4][3];
    size_t n = 0;
    double unit[3] = {0.5, 1, 3};
    for (int32_t i = 0; i <= 10; i++) {
        for (int32_t j = 0; j <= 5; j++) {
            for (int32_t k = 0; k <= 3; k++, n++) {
                points[n][0] = i;
                points[n][1] = j;
                points[n][2] = k;
            }
        }
    }
    ms_hull hull;
    assert_int_equal(ms_hull_build((const int32_t(*)[3])points, n, unit, &hull, NULL), MS_OK);
    assert_near(hull.volume_mm3, 5 * 5 * 9, 1e-9);
    assert_near(hull.area_mm2, 2 * (25 + 45 + 45), 1e-9);
    ms_hull_clear(&hull);
}

/* Random points: every point lies within the hull, that is the hull of hull corners and points is the same.
 */
static void the_hull_of_its_corners_is_the_hull(void **state) {
    (void)state;
    enum { N = 400 };
    int32_t points[N][3];
    double unit[3] = {1, 1, 1};
    ms_random *random = ms_random_new(2, "hull");
    for (int round = 0; round < 10; round++) {
        ms_hull a, b;
        for (int i = 0; i < N; i++) {
            for (int d = 0; d < 3; d++) points[i][d] = (int32_t)ms_random_below(random, round < 5 ? 9 : 1000);
        }
        assert_int_equal(ms_hull_build((const int32_t(*)[3])points, N, unit, &a, NULL), MS_OK);
        assert_int_equal(ms_hull_build((const int32_t(*)[3])a.vertex, a.n, unit, &b, NULL), MS_OK);
        assert_near(a.volume_mm3, b.volume_mm3, 1e-9 * a.volume_mm3);
        assert_near(a.area_mm2, b.area_mm2, 1e-9 * a.area_mm2);
        ms_hull_clear(&a);
        ms_hull_clear(&b);
    }
    ms_random_free(random);
}

/* A box of 6 x 4 x 2 voxels: volume by voxels, axes of a uniform grid (4 sqrt((n^2 - 1) / 12)), longest
 * diagonal. */
static void a_box_has_its_axes(void **state) {
    (void)state;
    ms_volume volume;
    ms_mask mask;
    ms_geometry g = test_geometry(10, 8, 6, 1, 1, 1);
    ms_feature_config config = preset("pyradiomics");
    make_pair(&g, &volume, &mask);
    for (size_t v = 0; v < ms_voxels(&g); v++) {
        size_t i = v % 10, j = v / 10 % 8, k = v / 80;
        mask.data[v] = i >= 2 && i < 8 && j >= 2 && j < 6 && k >= 2 && k < 4;
    }
    ms_feature_set set = extract(&volume, &mask, &config);
    assert_near(value_of(&set, "original_shape_VoxelVolume"), 48, 1e-12);
    assert_near(value_of(&set, "original_shape_MajorAxisLength"), 4 * sqrt(35.0 / 12), 1e-9);
    assert_near(value_of(&set, "original_shape_MinorAxisLength"), 4 * sqrt(15.0 / 12), 1e-9);
    assert_near(value_of(&set, "original_shape_LeastAxisLength"), 4 * sqrt(3.0 / 12), 1e-9);
    assert_near(value_of(&set, "original_shape_Maximum3DDiameter"), sqrt(36.0 + 9 + 1), 1e-9);
    ms_feature_set_clear(&set);
    ms_volume_clear(&volume);
    ms_mask_clear(&mask);
}

/* The second difference matrix of order n has the eigenvalues 2 - 2 cos(pi k / (n + 1)); a full matrix the
 * trace of its square as the sum of squares. */
static void eigenvalues_are_known_ones(void **state) {
    (void)state;
    enum { N = 40 };
    double a[N * N] = {0}, w[N], pi = acos(-1.0), trace = 0, squares = 0;
    for (int i = 0; i < N; i++) {
        a[i * N + i] = 2;
        if (i > 0) a[i * N + i - 1] = a[(i - 1) * N + i] = -1;
    }
    assert_int_equal(ms_symmetric_eigenvalues(a, N, w, NULL), MS_OK);
    qsort(w, N, sizeof *w, ms_compare_double);
    for (int k = 1; k <= N; k++) assert_near(w[k - 1], 2 - 2 * cos(pi * k / (N + 1)), 1e-12);
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) {
            a[i * N + j] = 1.0 / (i + j + 1);
            squares += a[i * N + j] * a[i * N + j];
        }
    }
    assert_int_equal(ms_symmetric_eigenvalues(a, N, w, NULL), MS_OK);
    for (int i = 0; i < N; i++) trace += w[i] * w[i];
    assert_near(trace, squares, 1e-12);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_voxel_is_an_octahedron),
        cmocka_unit_test(a_ball_has_a_balls_volume),
        cmocka_unit_test(the_mesh_does_not_depend_on_the_turn),
        cmocka_unit_test(the_hull_of_a_filled_box_is_the_box),
        cmocka_unit_test(the_hull_of_its_corners_is_the_hull),
        cmocka_unit_test(a_box_has_its_axes),
        cmocka_unit_test(eigenvalues_are_known_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
