/* Parameters do what they say, and drawn patients lie within what is usual. */
#include "phantom_test.h"

static void table_lists_every_member(void **state) {
    (void)state;
    size_t n;
    const ms_phantom_param_info *info = ms_phantom_param_table(&n);
    assert_int_equal(n * sizeof(double), sizeof(ms_phantom_params));
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(info[i].offset, i * sizeof(double));
        assert_true(info[i].lowest <= info[i].usual && info[i].usual <= info[i].highest);
    }
}

static void out_of_range_is_named(void **state) {
    (void)state;
    ms_phantom_params p = small_params();
    ms_phantom_truth truth;
    ms_error err = {0};
    p.fov_mm = 50;
    assert_int_equal(ms_phantom_make(&p, 1, NULL, NULL, &truth, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "fov_mm"));
    p.fov_mm = (double)NAN;
    assert_int_equal(ms_phantom_params_check(&p, &err), MS_EINPUT);
    p = small_params();
    p.matrix = 128.5;
    assert_int_equal(ms_phantom_params_check(&p, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "matrix"));
}

static ms_phantom_truth truth_of(const ms_phantom_params *p, uint64_t seed) {
    ms_phantom_truth t;
    ms_error err = {0};
    if (ms_phantom_make(p, seed, NULL, NULL, &t, &err)) fail_msg("%s", err.message);
    return t;
}

/* 50 seeds against what is usual at L3: SMA 60 to 250 cm2, psoas 6 to 32, SMD 15 to 62 HU, SAT 25 to 500, VAT
 * 10 to 330, and within men and women mean SMI near the norms of 52 and 40 cm2/m2. */
static void drawn_patients_are_usual(void **state) {
    (void)state;
    double smi[2] = {0}, n[2] = {0}, least = INFINITY, most = 0;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        ms_phantom_params p;
        ms_error err = {0};
        assert_int_equal(ms_phantom_params_random(seed, &p, &err), MS_OK);
        assert_int_equal(ms_phantom_params_check(&p, &err), MS_OK);
        p.matrix = 160;
        ms_phantom_truth t = truth_of(&p, seed);
        assert_true(t.psoas_cm2 > 5 && t.psoas_cm2 < 34);
        assert_true(t.smd_hu > 12 && t.smd_hu < 66);
        if (!t.complete) continue;
        assert_true(t.sma_cm2 > 50 && t.sma_cm2 < 260);
        assert_true(t.sat_cm2 > 20 && t.sat_cm2 < 520);
        assert_true(t.vat_cm2 > 8 && t.vat_cm2 < 340);
        smi[(int)p.sex] += t.sma_cm2 / p.height_m / p.height_m;
        n[(int)p.sex]++;
        least = fmin(least, t.sma_cm2), most = fmax(most, t.sma_cm2);
    }
    assert_true(n[0] >= 10 && n[1] >= 15);
    assert_true(fabs(smi[1] / n[1] - 52) < 5);
    assert_true(fabs(smi[0] / n[0] - 40) < 5);
    assert_true(most > 1.8 * least);
}

static void amounts_move_their_areas(void **state) {
    (void)state;
    ms_phantom_params p = small_params();
    ms_phantom_truth base = truth_of(&p, 1), t;
    p.muscle_amount = 0.8;
    t = truth_of(&p, 1);
    assert_true(fabs(t.sma_cm2 / base.sma_cm2 - 0.8) < 0.05);
    p = small_params(), p.psoas_amount = 0.8;
    t = truth_of(&p, 1);
    assert_true(fabs(t.psoas_cm2 / base.psoas_cm2 - 0.8) < 0.05);
    p = small_params(), p.subcutaneous_mm = 36;
    t = truth_of(&p, 1);
    assert_true(t.sat_cm2 > 1.8 * base.sat_cm2);
    p = small_params(), p.visceral = 0.8;
    t = truth_of(&p, 1);
    assert_true(t.vat_cm2 > base.vat_cm2 + 60);
    p = small_params(), p.muscle_hu = 44;
    t = truth_of(&p, 1);
    assert_true(fabs(base.smd_hu - t.smd_hu - 10) < 2);
    p = small_params(), p.phase = MS_PHANTOM_PORTAL;
    t = truth_of(&p, 1);
    assert_true(fabs(t.smd_hu - base.smd_hu - 7.8) < 2); /* 30.9 plain, 38.7 portal on the same people */
}

/* Fat in muscle: more of it lowers density; the same amount in a coarser pattern leaves longer correlation.
 */
static double neighbour_correlation(double scale_mm) {
    ms_phantom_params p = small_params();
    p.matrix = 256;
    p.noise_hu = 0;
    p.fat_infiltration = 0.12;
    p.infiltration_scale_mm = scale_mm;
    p.top_mm = p.bottom_mm = 30;
    made m = make(&p, 3);
    const ms_geometry *g = &m.mask.geometry;
    double n = 0, a = 0, aa = 0, ab = 0;
    for (size_t j = 0; j < g->n[1]; j++) {
        for (size_t i = 0; i + 3 < g->n[0]; i++) {
            size_t at = ms_voxel_index(g, i, j, m.truth.l3_slice_index);
            if (m.mask.data[at] != 1 || m.mask.data[at + 3] != 1) continue;
            double u = (double)m.volume.data[at], v = (double)m.volume.data[at + 3];
            n++, a += u, aa += u * u, ab += u * v;
        }
    }
    unmake(&m);
    a /= n;
    return (ab / n - a * a) / (aa / n - a * a);
}

static void infiltration_has_amount_and_scale(void **state) {
    (void)state;
    ms_phantom_params p = small_params();
    double base = truth_of(&p, 1).smd_hu;
    p.fat_infiltration = 0.2;
    assert_true(truth_of(&p, 1).smd_hu < base - 5);
    p.fat_infiltration = 0;
    assert_true(truth_of(&p, 1).smd_hu > base + 3);
    double fine = neighbour_correlation(1.5), coarse = neighbour_correlation(8);
    assert_true(coarse > fine + 0.15);
}

/* L3 is the third vertebra without ribs, whatever the counts; the number of names follows, the body is where
 * the parameters say. */
static void unusual_spines_are_counted_from_the_ribs(void **state) {
    (void)state;
    static const struct {
        double ribs, lumbar;
        size_t names;
        const char *lowest;
    } spines[] = {{12, 5, 9, "L5"},  {12, 4, 8, "L4"}, {12, 6, 10, "L6"},
                  {11, 5, 10, "L6"}, {13, 5, 8, "L4"}, {13, 6, 9, "L5"}};
    for (size_t i = 0; i < MS_COUNT(spines); i++) {
        ms_phantom_params p = small_params();
        p.ribs_pairs = spines[i].ribs, p.lumbar_count = spines[i].lumbar;
        ms_phantom_truth t = truth_of(&p, 1);
        assert_int_equal(t.n_vertebrae, spines[i].names);
        assert_string_equal(t.vertebra[5].name, "L3");
        assert_string_equal(t.vertebra[t.n_vertebrae - 2].name, spines[i].lowest);
        assert_string_equal(t.vertebra[t.n_vertebrae - 1].name, "S1");
        assert_true(fabs(t.vertebra[5].centre_mm[2] - p.z_offset_mm) < 1e-9);
        assert_true(t.psoas_cm2 > 4);
    }
    ms_phantom_params p = small_params();
    ms_error err = {0};
    p.ribs_pairs = 13, p.lumbar_count = 4;
    assert_int_equal(ms_phantom_params_check(&p, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "ribs_pairs"));
    p = small_params();
    p.transitional = 4;
    assert_int_equal(ms_phantom_params_check(&p, &err), MS_EINPUT);
}

/* 4000 seeds against the shares the header states (within 4 standard errors); all drawn are accepted. */
static void unusual_spines_are_few(void **state) {
    (void)state;
    const double n = 4000;
    double ribs = 0, lumbar = 0, joined = 0, implants = 0;
    for (uint64_t seed = 1; seed <= (uint64_t)n; seed++) {
        ms_phantom_params p;
        assert_int_equal(ms_phantom_params_random(seed, &p, NULL), MS_OK);
        assert_int_equal(ms_phantom_params_check(&p, NULL), MS_OK);
        ribs += p.ribs_pairs != 12, lumbar += p.lumbar_count != 5, joined += p.transitional != 0;
        implants += p.implants != 0;
    }
    assert_true(fabs(ribs / n - 0.04) < 4 * sqrt(0.04 / n));
    assert_true(fabs(lumbar / n - 0.04) < 4 * sqrt(0.04 / n));
    assert_true(fabs(joined / n - 0.06) < 4 * sqrt(0.06 / n));
    assert_true(fabs(implants / n - 0.03) < 4 * sqrt(0.03 / n));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_lists_every_member),
        cmocka_unit_test(out_of_range_is_named),
        cmocka_unit_test(drawn_patients_are_usual),
        cmocka_unit_test(amounts_move_their_areas),
        cmocka_unit_test(infiltration_has_amount_and_scale),
        cmocka_unit_test(unusual_spines_are_counted_from_the_ribs),
        cmocka_unit_test(unusual_spines_are_few),
    };
    return cmocka_run_group_tests_name("phantom params", tests, NULL, NULL);
}
