/* The drawn scan and its truth agree, and the anatomy is where it belongs. */
#include "phantom_test.h"

/* Facts of the interface: the same bytes whatever the number of threads, other bytes from another seed. */
static void same_seed_same_bytes(void **state) {
    (void)state;
    ms_phantom_params p = small_params();
    ms_threads_set(1);
    made a = make(&p, 7);
    ms_threads_set(4);
    made b = make(&p, 7), c = make(&p, 8);
    ms_threads_set(0);
    const size_t n = ms_voxels(&a.volume.geometry);
    assert_memory_equal(a.volume.data, b.volume.data, n * sizeof(float));
    assert_memory_equal(a.mask.data, b.mask.data, n);
    assert_memory_equal(&a.truth.area_cm2, &b.truth.area_cm2, sizeof a.truth.area_cm2);
    assert_int_not_equal(memcmp(a.volume.data, c.volume.data, n * sizeof(float)), 0);
    unmake(&a), unmake(&b), unmake(&c);
}

static void truth_without_volume_is_the_same(void **state) {
    (void)state;
    ms_phantom_params p = small_params();
    ms_phantom_truth t;
    ms_error err = {0};
    made a = make(&p, 3);
    assert_int_equal(ms_phantom_make(&p, 3, NULL, NULL, &t, &err), MS_OK);
    assert_memory_equal(t.area_cm2, a.truth.area_cm2, sizeof t.area_cm2);
    assert_true(t.smd_hu == a.truth.smd_hu);
    unmake(&a);
}

/* The truth's areas are the mask's voxels times their area; SMA is labels 1 to 3. */
static void areas_are_those_of_the_mask(void **state) {
    (void)state;
    ms_phantom_params p = small_params();
    made m = make(&p, 2);
    const ms_geometry *g = &m.mask.geometry;
    const size_t n = g->n[0] * g->n[1];
    double count[8] = {0}, pixel = g->spacing_mm[0] * g->spacing_mm[1] / 100;
    for (size_t i = 0; i < n; i++) count[m.mask.data[m.truth.l3_slice_index * n + i]]++;
    for (int l = 1; l < 8; l++) {
        assert_true(count[l] > 0);
        assert_true(fabs(count[l] * pixel - m.truth.area_cm2[l]) < 1e-9);
    }
    assert_true(fabs(m.truth.sma_cm2 - (count[1] + count[2] + count[3]) * pixel) < 1e-9);
    assert_true(fabs(m.truth.psoas_cm2 - (count[2] + count[3]) * pixel) < 1e-9);
    unmake(&m);
}

/* Rule of the mask: with no noise, each label's voxels lie in its range of HU; other slices than L3's hold at
 * most label 7. */
static void labels_fit_their_values(void **state) {
    (void)state;
    ms_phantom_params p = small_params();
    p.noise_hu = 0;
    made m = make(&p, 4);
    const ms_geometry *g = &m.mask.geometry;
    const size_t n = g->n[0] * g->n[1];
    for (size_t i = 0; i < ms_voxels(g); i++) {
        uint8_t l = m.mask.data[i];
        double hu = (double)m.volume.data[i], z = g->origin_mm[2] + (double)(i / n) * g->spacing_mm[2];
        if (l >= 1 && l <= 3) assert_true(hu >= -29 && hu <= 150);
        if (l == MS_LABEL_SAT || l == MS_LABEL_IMAT) assert_true(hu >= -190 && hu <= -30);
        if (l == MS_LABEL_VAT) assert_true(hu >= -150 && hu <= -50);
        if (l >= 1 && l <= 6) assert_true(fabs(z - m.truth.l3_z_mm) < 20);
        if (l == MS_LABEL_L3) assert_true(fabs(z - m.truth.l3_z_mm) < 36);
    }
    unmake(&m);
}

static void centre_of(const made *m, uint8_t label, double centre[2]) {
    const ms_geometry *g = &m->mask.geometry;
    double n = 0, sum[2] = {0};
    for (size_t j = 0; j < g->n[1]; j++) {
        for (size_t i = 0; i < g->n[0]; i++) {
            if (m->mask.data[ms_voxel_index(g, i, j, m->truth.l3_slice_index)] != label) continue;
            n++, sum[0] += (double)i, sum[1] += (double)j;
        }
    }
    assert_true(n > 0);
    centre[0] = g->origin_mm[0] + sum[0] / n * g->spacing_mm[0];
    centre[1] = g->origin_mm[1] + sum[1] / n * g->spacing_mm[1];
}

/* Anatomy: left psoas at larger x (LPS), each beside the vertebra; names of vertebrae run downwards; L3's
 * pitch is that of a lumbar spine (33 to 38 mm in a man of 1.74 m), the thoracic one is less. */
static void psoas_and_vertebrae_are_placed(void **state) {
    (void)state;
    ms_phantom_params p = small_params();
    p.scoliosis_deg = 15;
    p.rotation_deg = 4;
    made m = make(&p, 5);
    double right[2], left[2], bone[2];
    centre_of(&m, MS_LABEL_PSOAS_RIGHT, right);
    centre_of(&m, MS_LABEL_PSOAS_LEFT, left);
    centre_of(&m, MS_LABEL_L3, bone);
    assert_true(right[0] < bone[0] - 15 && left[0] > bone[0] + 15);
    for (size_t i = 1; i < m.truth.n_vertebrae; i++) {
        const ms_phantom_vertebra *up = &m.truth.vertebra[i - 1], *v = &m.truth.vertebra[i];
        double pitch = up->centre_mm[2] - v->centre_mm[2];
        assert_true(pitch > 20 && pitch < 39);
        if (i >= 5 && i <= 6) assert_true(pitch > 33 && pitch < 38);
        assert_true(up->bottom_mm > v->top_mm - 12);
    }
    assert_string_equal(m.truth.vertebra[5].name, "L3");
    assert_true(fabs(m.truth.vertebra[5].centre_mm[2] - m.truth.l3_z_mm) < 1e-9);
    unmake(&m);
}

/* Bone near the flank at a level: ribs are there at T11/T12, none at L3/L4, the iliac bone at S1. */
static size_t lateral_bone(const made *m, int vertebra) {
    const ms_geometry *g = &m->volume.geometry;
    double z = m->truth.vertebra[vertebra].centre_mm[2], x0 = m->truth.vertebra[vertebra].centre_mm[0];
    size_t k = (size_t)lround((z - g->origin_mm[2]) / g->spacing_mm[2]), count = 0;
    for (size_t j = 0; j < g->n[1]; j++) {
        for (size_t i = 0; i < g->n[0]; i++) {
            double x = g->origin_mm[0] + (double)i * g->spacing_mm[0];
            if (fabs(x - x0) > 60 && m->volume.data[ms_voxel_index(g, i, j, k)] > 200) count++;
        }
    }
    return count;
}

static void ribs_end_above_the_pelvis(void **state) {
    (void)state;
    ms_phantom_params p = small_params();
    p.noise_hu = 0;
    made m = make(&p, 6);
    assert_true(lateral_bone(&m, 1) > 20); /* T11 */
    assert_true(lateral_bone(&m, 2) > 20); /* T12 */
    assert_int_equal(lateral_bone(&m, 5), 0);
    assert_int_equal(lateral_bone(&m, 6), 0);
    assert_true(lateral_bone(&m, 8) > 40); /* S1 */
    unmake(&m);
}

/* Skin, then fat, then muscle along a ray from the left at the height of L3's body. */
static void skin_fat_muscle_from_outside(void **state) {
    (void)state;
    ms_phantom_params p = small_params();
    p.matrix = 256;
    p.noise_hu = p.table = 0;
    made m = make(&p, 9);
    const ms_geometry *g = &m.volume.geometry;
    const size_t k = m.truth.l3_slice_index;
    const size_t j = (size_t)lround((m.truth.vertebra[5].centre_mm[1] - g->origin_mm[1]) / g->spacing_mm[1]);
    size_t i = g->n[0] - 1;
    while (m.volume.data[ms_voxel_index(g, i, j, k)] < -250) i--;
    assert_int_equal(m.mask.data[ms_voxel_index(g, i, j, k)], 0); /* skin has no label */
    while (m.mask.data[ms_voxel_index(g, i, j, k)] == 0) i--;
    assert_int_equal(m.mask.data[ms_voxel_index(g, i, j, k)], MS_LABEL_SAT);
    size_t before = i;
    while (m.mask.data[ms_voxel_index(g, i, j, k)] == MS_LABEL_SAT) i--;
    assert_true((double)(before - i) * g->spacing_mm[0] > 8);
    while (m.mask.data[ms_voxel_index(g, i, j, k)] == 0) i--;
    assert_true(m.mask.data[ms_voxel_index(g, i, j, k)] == MS_LABEL_MUSCLE ||
                m.mask.data[ms_voxel_index(g, i, j, k)] == MS_LABEL_IMAT);
    unmake(&m);
}

/* SD of a patch of liver (no texture): noise follows the parameter, more in large bodies. */
static double liver_sd(const ms_phantom_params *p) {
    made m = make(p, 11);
    const ms_geometry *g = &m.volume.geometry;
    double z = m.truth.vertebra[2].centre_mm[2], x = m.truth.vertebra[5].centre_mm[0] - 60;
    double y = m.truth.vertebra[5].centre_mm[1] - 55, n = 0, sum = 0, square = 0;
    size_t k = (size_t)lround((z - g->origin_mm[2]) / g->spacing_mm[2]);
    size_t i0 = (size_t)((x - g->origin_mm[0]) / g->spacing_mm[0]),
           j0 = (size_t)((y - g->origin_mm[1]) / g->spacing_mm[1]);
    for (size_t j = j0; j < j0 + 8; j++) {
        for (size_t i = i0; i < i0 + 8; i++) {
            double v = (double)m.volume.data[ms_voxel_index(g, i, j, k)];
            n++, sum += v, square += v * v;
        }
    }
    unmake(&m);
    return sqrt(square / n - sum * sum / n / n);
}

static void noise_follows_parameter_and_size(void **state) {
    (void)state;
    ms_phantom_params p = small_params();
    p.top_mm = 150;
    p.fov_mm = 480;
    p.noise_hu = 0;
    assert_true(liver_sd(&p) < 1);
    p.noise_hu = 10;
    double usual = liver_sd(&p);
    assert_true(usual > 5 && usual < 15);
    p.subcutaneous_mm = 50;
    p.visceral = 0.9;
    assert_true(liver_sd(&p) > usual * 1.15);
}

static void narrow_field_cuts_the_body_off(void **state) {
    (void)state;
    ms_phantom_params p = small_params();
    made whole = make(&p, 1);
    p.fov_mm = 250;
    p.padding = 1;
    made cut = make(&p, 1);
    assert_true(whole.truth.complete);
    assert_false(cut.truth.complete);
    assert_true(cut.truth.sat_cm2 < whole.truth.sat_cm2);
    assert_true(cut.volume.data[0] == -1024);
    unmake(&whole), unmake(&cut);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_seed_same_bytes),           cmocka_unit_test(truth_without_volume_is_the_same),
        cmocka_unit_test(areas_are_those_of_the_mask),    cmocka_unit_test(labels_fit_their_values),
        cmocka_unit_test(psoas_and_vertebrae_are_placed), cmocka_unit_test(ribs_end_above_the_pelvis),
        cmocka_unit_test(skin_fat_muscle_from_outside),   cmocka_unit_test(noise_follows_parameter_and_size),
        cmocka_unit_test(narrow_field_cuts_the_body_off),
    };
    return cmocka_run_group_tests_name("phantom make", tests, NULL, NULL);
}
