/* Places of voxels, canonical axes and resampling; the facts follow from the definitions in myosurv/image.h.
 */
#include "image/make.h"

#include "image/private.h"

static void index_and_place_invert_each_other(void **state) {
    (void)state;
    double c = cos(0.3), s = sin(0.3);
    ms_geometry g = {.n = {7, 5, 3},
                     .spacing_mm = {0.5, 2, 3},
                     .origin_mm = {10, -20, 30},
                     .direction = {c, -s, 0, s, c, 0, 0, 0, 1}};
    double ijk[3] = {3, 1.5, -2}, mm[3], back[3];
    ms_index_to_mm(&g, ijk, mm);
    assert_true(fabs(mm[0] - (10 + 0.5 * 3 * c - 2 * 1.5 * s)) < 1e-12);
    assert_true(fabs(mm[2] - (30 - 6)) < 1e-12);
    ms_mm_to_index(&g, mm, back);
    for (int a = 0; a < 3; a++) assert_true(fabs(back[a] - ijk[a]) < 1e-12);
}

static void same_grid_means_a_thousandth_of_a_voxel(void **state) {
    (void)state;
    ms_geometry a = {.n = {100, 100, 100}, .spacing_mm = {1, 1, 1}, .direction = {1, 0, 0, 0, 1, 0, 0, 0, 1}};
    ms_geometry b = a;
    assert_true(ms_geometry_same(&a, &b));
    b.origin_mm[1] = 5e-4;
    assert_true(ms_geometry_same(&a, &b));
    b.origin_mm[1] = 2e-3;
    assert_false(ms_geometry_same(&a, &b));
    b = a;
    b.spacing_mm[2] = 1.0001; /* 0.01 mm off at the far end */
    assert_false(ms_geometry_same(&a, &b));
    b = a;
    b.n[0] = 99;
    assert_false(ms_geometry_same(&a, &b));
    b = a;
    b.origin_mm[0] = NAN;
    assert_false(ms_geometry_same(&a, &b));
}

static void every_orientation_finds_its_way_to_canonical_axes(void **state) {
    (void)state;
    ms_volume canonical, stored;
    make_volume(&canonical, 4, 3, 5);
    for (int o = 0; o < 6; o++)
        for (int f = 0; f < 8; f++) {
            bool flip[3] = {f & 1, (f & 2) != 0, (f & 4) != 0};
            ms_layout layout;
            ms_geometry back;
            store_as(&canonical, orders[o], flip, &stored);
            ms_layout_of(&stored.geometry, &layout, &back);
            assert_true(ms_geometry_same(&canonical.geometry, &back));
            for (int c = 0; c < 3; c++) {
                assert_int_equal(layout.axis[c], orders[o][c]);
                assert_int_equal(layout.flip[c], flip[c]);
            }
            ms_volume_clear(&stored);
        }
    ms_volume_clear(&canonical);
}

static void orientation_is_told_in_letters(void **state) {
    (void)state;
    char text[4];
    ms_geometry g = {.n = {2, 2, 2}, .spacing_mm = {1, 1, 1}, .direction = {-1, 0, 0, 0, -1, 0, 0, 0, 1}};
    ms_orientation_text(&g, text);
    assert_string_equal(text, "RAS");
    ms_geometry coronal = {
        .n = {2, 2, 2}, .spacing_mm = {1, 1, 1}, .direction = {1, 0, 0, 0, 0, 1, 0, -1, 0}};
    ms_orientation_text(&coronal, text);
    assert_string_equal(text, "LIP");
}

static void bad_grids_are_named(void **state) {
    (void)state;
    ms_geometry good = {.n = {2, 2, 2}, .spacing_mm = {1, 1, 1}, .direction = {1, 0, 0, 0, 1, 0, 0, 0, 1}},
                g = good;
    ms_error err = {0};
    assert_int_equal(ms_geometry_check(&good, 4, 32, "x", &err), MS_OK);
    assert_int_equal(ms_geometry_check(&good, 4, 31, "x", &err), MS_EINPUT);
    g.spacing_mm[1] = NAN;
    assert_int_equal(ms_geometry_check(&g, 4, 32, "x", &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "spacing"));
    g = good;
    g.direction[1] = 0.1;
    assert_int_equal(ms_geometry_check(&g, 4, 32, "x", &err), MS_EINPUT);
    g = good;
    g.n[2] = SIZE_MAX / 2;
    assert_int_equal(ms_geometry_check(&g, 4, UINT64_MAX, "x", &err), MS_EINPUT);
}

static void a_slice_keeps_its_place(void **state) {
    (void)state;
    ms_volume volume, slice;
    ms_error err = {0};
    make_volume(&volume, 4, 3, 5);
    assert_ok(ms_volume_slice(&volume, 3, &slice, &err));
    assert_int_equal(slice.geometry.n[2], 1);
    assert_true(slice.geometry.origin_mm[2] == 12.5 + 3 * 2.5);
    assert_memory_equal(slice.data, volume.data + 3 * 12, 12 * sizeof(float));
    ms_volume_clear(&slice);
    assert_int_equal(ms_volume_slice(&volume, 5, &slice, &err), MS_EUSAGE);
    ms_volume_clear(&volume);
}

/* A linear ramp is its own linear interpolation; half a voxel outside the centres the edge value holds,
 * beyond it the value given. */
static void resampling_a_ramp_gives_the_ramp(void **state) {
    (void)state;
    ms_volume ramp, out;
    ms_error err = {0};
    make_volume(&ramp, 8, 6, 5);
    const ms_geometry *g = &ramp.geometry;
    for (size_t k = 0; k < 5; k++)
        for (size_t j = 0; j < 6; j++)
            for (size_t i = 0; i < 8; i++) {
                double ijk[3] = {(double)i, (double)j, (double)k}, mm[3];
                ms_index_to_mm(g, ijk, mm);
                ramp.data[ms_voxel_index(g, i, j, k)] = (float)(2 * mm[0] - mm[1] + 4 * mm[2]);
            }
    ms_geometry grid = *g;
    grid.n[0] = 12;
    grid.spacing_mm[0] = 0.4;
    grid.origin_mm[0] += 0.3;
    grid.origin_mm[2] += 1.1;
    grid.n[2] = 3;
    assert_ok(ms_volume_resample(&ramp, &grid, -7777.0f, &out, &err));
    for (size_t k = 0; k < 3; k++)
        for (size_t i = 0; i < 12; i++) {
            double ijk[3] = {(double)i, 2, (double)k}, mm[3];
            ms_index_to_mm(&grid, ijk, mm);
            double expected = 2 * mm[0] - mm[1] + 4 * mm[2];
            assert_true(fabs((double)out.data[ms_voxel_index(&grid, i, 2, k)] - expected) < 1e-4);
        }
    ms_volume_clear(&out);
    grid = *g;
    grid.origin_mm[0] -= 2 * g->spacing_mm[0];
    assert_ok(ms_volume_resample(&ramp, &grid, -7777.0f, &out, &err));
    assert_true(out.data[0] == -7777.0f && out.data[1] == -7777.0f && out.data[2] == ramp.data[0]);
    ms_volume_clear(&out);
    ms_volume_clear(&ramp);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(index_and_place_invert_each_other),
        cmocka_unit_test(same_grid_means_a_thousandth_of_a_voxel),
        cmocka_unit_test(every_orientation_finds_its_way_to_canonical_axes),
        cmocka_unit_test(orientation_is_told_in_letters),
        cmocka_unit_test(bad_grids_are_named),
        cmocka_unit_test(a_slice_keeps_its_place),
        cmocka_unit_test(resampling_a_ramp_gives_the_ramp),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
