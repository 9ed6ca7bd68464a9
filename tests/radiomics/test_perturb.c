/* Perturbations of image and region: what each changes, by how much, and that chance is in the seed alone. */
#include "synthetic.h"

#include "myosurv/radiomics_perturb.h"

#include "radiomics/perturb.h"

/* A disc (or in 3D a ball) of muscle, 60 HU, in fat, -90 HU, with noise of a known standard deviation. */
static void disc(size_t slices, double noise_hu, ms_volume *volume, ms_mask *mask) {
    ms_geometry g = test_geometry(80, 70, slices, 0.8, 1.0, 3);
    ms_random *random = ms_random_new(5, "disc");
    make_pair(&g, volume, mask);
    for (size_t v = 0; v < ms_voxels(&g); v++) {
        double x = ((double)(v % 80) - 40) * 0.8, y = (double)(v / 80 % 70) - 35, z = 0;
        if (slices > 1) z = ((double)(v / 5600) - (double)(slices / 2)) * 3;
        mask->data[v] = x * x + y * y + z * z < 15 * 15;
        volume->data[v] = (float)((mask->data[v] ? 60 : -90) + noise_hu * ms_random_normal(random));
    }
    ms_random_free(random);
}

typedef struct made {
    ms_volume volume;
    ms_mask mask;
    ms_perturbation drawn;
    double voxels, mean, centre[3];
} made;

static void describe(made *m) {
    const size_t *n = m->mask.geometry.n;
    m->voxels = m->mean = m->centre[0] = m->centre[1] = m->centre[2] = 0;
    for (size_t v = 0; v < ms_voxels(&m->mask.geometry); v++) {
        if (!m->mask.data[v]) continue;
        m->voxels += 1;
        m->mean += (double)m->volume.data[v];
        m->centre[0] += (double)(v % n[0]);
        m->centre[1] += (double)(v / n[0] % n[1]);
        m->centre[2] += (double)(v / (n[0] * n[1]));
    }
    m->mean /= m->voxels;
    for (int a = 0; a < 3; a++) m->centre[a] /= m->voxels;
}

static made perturb(const ms_volume *volume, const ms_mask *mask, unsigned kinds, size_t repeat) {
    const uint8_t label = 1;
    ms_perturb_options options;
    ms_error err = {0};
    made m = {0};
    ms_perturb_options_default(&options);
    options.kinds = kinds;
    ms_status status =
        ms_perturb(volume, mask, &label, 1, &options, "case", repeat, &m.volume, &m.mask, &m.drawn, &err);
    if (status != MS_OK) fail_msg("%s", err.message);
    describe(&m);
    return m;
}

static void clear(made *m) {
    ms_volume_clear(&m->volume);
    ms_mask_clear(&m->mask);
}

/* The estimate finds the noise that is there (5 % at 900 voxels), and adding it doubles the variance. */
static void noise_is_measured_and_doubled(void **state) {
    ms_volume volume;
    ms_mask mask;
    (void)state;
    disc(1, 8, &volume, &mask);
    made m = perturb(&volume, &mask, MS_PERTURB_NOISE, 1);
    assert_near(m.drawn.noise_hu, 8, 0.8);
    double squares = 0;
    for (size_t v = 0; v < ms_voxels(&mask.geometry); v++) {
        if (!mask.data[v]) continue;
        squares += ((double)m.volume.data[v] - m.mean) * ((double)m.volume.data[v] - m.mean);
    }
    assert_near(sqrt(squares / m.voxels), 8 * sqrt(2), 0.8);
    assert_memory_equal(m.mask.data, mask.data, ms_voxels(&mask.geometry));
    clear(&m);
    ms_volume_clear(&volume);
    ms_mask_clear(&mask);
}

static void moving_keeps_size_and_place(void **state) {
    ms_volume volume;
    ms_mask mask;
    (void)state;
    disc(13, 0, &volume, &mask);
    made before = {.volume = volume, .mask = mask};
    describe(&before);
    for (size_t repeat = 1; repeat < 4; repeat++) {
        made m = perturb(&volume, &mask, MS_PERTURB_TRANSLATE | MS_PERTURB_ROTATE, repeat);
        for (int a = 0; a < 3; a++) {
            assert_true(m.drawn.shift_voxels[a] >= 0 && m.drawn.shift_voxels[a] <= 0.75);
            /* a slice of 3 mm of a ball of 15 mm is coarse */
            assert_near(m.centre[a] - before.centre[a], m.drawn.shift_voxels[a], a == 2 ? 0.4 : 0.12);
        }
        assert_true(fabs(m.drawn.rotation_deg) <= 13);
        assert_near(m.voxels / before.voxels, 1, 0.02);
        clear(&m);
    }
    clear(&before);
}

/* A quarter turn of an asymmetric picture with voxels that are not square: each corner goes where it should.
 */
static void rotation_is_in_mm(void **state) {
    ms_geometry g = test_geometry(41, 21, 1, 1, 2, 5);
    ms_perturbed p = {.flat = true};
    const double none[3] = {0};
    ms_error err = {0};
    (void)state;
    make_pair(&g, &p.volume, &p.mask);
    for (size_t v = 0; v < ms_voxels(&g); v++) p.volume.data[v] = 0;
    p.mask.data[ms_voxel_index(&g, 20, 10, 0)] = 1;   /* the centre */
    p.volume.data[ms_voxel_index(&g, 30, 10, 0)] = 7; /* 10 mm along i */
    assert_int_equal(ms_perturb_move(&p, none, 90, &err), MS_OK);
    assert_near((double)p.volume.data[ms_voxel_index(&g, 20, 15, 0)], 7, 1e-5); /* now 10 mm along j */
    ms_volume_clear(&p.volume);
    ms_mask_clear(&p.mask);
}

static void volume_is_met_to_the_voxel(void **state) {
    ms_volume volume;
    ms_mask mask;
    (void)state;
    for (size_t slices = 1; slices <= 13; slices += 12) {
        disc(slices, 0, &volume, &mask);
        made before = {.volume = volume, .mask = mask};
        describe(&before);
        for (size_t repeat = 1; repeat < 5; repeat++) {
            made m = perturb(&volume, &mask, MS_PERTURB_VOLUME, repeat);
            assert_true(fabs(m.drawn.volume) <= 0.28);
            assert_true(m.voxels == round(before.voxels * (1 + m.drawn.volume)));
            size_t outside = 0; /* one contains the other */
            for (size_t v = 0; v < ms_voxels(&mask.geometry); v++)
                outside += m.drawn.volume > 0 ? mask.data[v] > m.mask.data[v] : m.mask.data[v] > mask.data[v];
            assert_int_equal(outside, 0);
            clear(&m);
        }
        clear(&before);
    }
}

/* Patches follow edges: with a clear one the contour hardly moves, and it never loses the region. */
static void contour_follows_edges(void **state) {
    ms_volume volume;
    ms_mask mask;
    (void)state;
    disc(1, 5, &volume, &mask);
    made sharp = perturb(&volume, &mask, MS_PERTURB_CONTOUR, 1);
    assert_true(sharp.drawn.dice > 0.95);
    for (size_t v = 0; v < ms_voxels(&mask.geometry); v++) volume.data[v] = 40;
    made vague = perturb(&volume, &mask, MS_PERTURB_CONTOUR, 1);
    assert_true(vague.drawn.dice > 0.7 && vague.drawn.dice < 0.99);
    clear(&sharp);
    clear(&vague);
    ms_volume_clear(&volume);
    ms_mask_clear(&mask);
}

static void shuffle_keeps_values_only(void **state) {
    ms_volume volume;
    ms_mask mask;
    (void)state;
    synthetic(0, 7, &volume, &mask);
    made before = {.volume = volume, .mask = mask}, m = perturb(&volume, &mask, MS_PERTURB_SHUFFLE, 1);
    describe(&before);
    assert_near(m.mean, before.mean, 1e-9);
    assert_memory_equal(m.mask.data, mask.data, ms_voxels(&mask.geometry));
    size_t moved = 0;
    for (size_t v = 0; v < ms_voxels(&mask.geometry); v++) {
        if (mask.data[v])
            moved += m.volume.data[v] != volume.data[v];
        else
            assert_true(m.volume.data[v] == volume.data[v]);
    }
    assert_true((double)moved > 0.9 * m.voxels);
    clear(&m);
    clear(&before);
}

static void chance_is_in_the_seed(void **state) {
    ms_volume volume;
    ms_mask mask;
    const unsigned all =
        MS_PERTURB_NOISE | MS_PERTURB_TRANSLATE | MS_PERTURB_ROTATE | MS_PERTURB_VOLUME | MS_PERTURB_CONTOUR;
    (void)state;
    disc(3, 6, &volume, &mask);
    made a = perturb(&volume, &mask, all, 1), b = perturb(&volume, &mask, all, 1),
         c = perturb(&volume, &mask, all, 2);
    made turn = perturb(&volume, &mask, MS_PERTURB_ROTATE, 1);
    assert_memory_equal(a.volume.data, b.volume.data, ms_voxels(&mask.geometry) * sizeof(float));
    assert_memory_equal(a.mask.data, b.mask.data, ms_voxels(&mask.geometry));
    assert_true(a.drawn.rotation_deg != c.drawn.rotation_deg);
    assert_true(a.drawn.rotation_deg == turn.drawn.rotation_deg); /* a kind's numbers are its own */
    clear(&a);
    clear(&b);
    clear(&c);
    clear(&turn);
    ms_volume_clear(&volume);
    ms_mask_clear(&mask);
}

static void bad_input(void **state) {
    ms_volume volume, out;
    ms_mask mask, out_mask;
    ms_perturb_options options;
    ms_perturbation drawn;
    ms_error err = {0};
    const uint8_t label = 9, one = 1;
    (void)state;
    disc(1, 1, &volume, &mask);
    ms_perturb_options_default(&options);
    assert_int_equal(ms_perturb(&volume, &mask, &label, 1, &options, "c", 1, &out, &out_mask, &drawn, &err),
                     MS_EINPUT);
    options.kinds |= MS_PERTURB_SHUFFLE;
    assert_int_equal(ms_perturb(&volume, &mask, &one, 1, &options, "c", 1, &out, &out_mask, &drawn, &err),
                     MS_EUSAGE);
    options.kinds = 0;
    assert_int_equal(ms_perturb(&volume, &mask, &one, 1, &options, "c", 1, &out, &out_mask, &drawn, &err),
                     MS_EUSAGE);
    options.kinds = MS_PERTURB_NOISE;
    volume.data[ms_voxel_index(&volume.geometry, 40, 35, 0)] = NAN;
    assert_int_equal(ms_perturb(&volume, &mask, &one, 1, &options, "c", 1, &out, &out_mask, &drawn, &err),
                     MS_EINPUT);
    ms_volume_clear(&volume);
    ms_mask_clear(&mask);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(noise_is_measured_and_doubled),
        cmocka_unit_test(moving_keeps_size_and_place),
        cmocka_unit_test(rotation_is_in_mm),
        cmocka_unit_test(volume_is_met_to_the_voxel),
        cmocka_unit_test(contour_follows_edges),
        cmocka_unit_test(shuffle_keeps_values_only),
        cmocka_unit_test(chance_is_in_the_seed),
        cmocka_unit_test(bad_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
