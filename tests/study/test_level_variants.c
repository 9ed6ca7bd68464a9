/* test_level_variants.c: spines that are not as usual, on phantoms: the level is right, or its doubt is told.
 */
#include "base/base.h"
#include "myosurv/body.h"
#include "myosurv/phantom.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct found {
    ms_level level;
    ms_flags flags;
    ms_status status;
    double off_mm;
} found;

static found find(const ms_phantom_params *p) {
    ms_volume volume = {0};
    ms_phantom_truth truth;
    ms_error err = {0};
    found f;
    memset(&f, 0, sizeof f);
    if (ms_phantom_make(p, 11, &volume, NULL, &truth, &err) != MS_OK) fail_msg("%s", err.message);
    f.status = ms_level_find(&volume, &f.level, &f.flags, &err);
    f.off_mm = f.level.z_mm - truth.l3_z_mm;
    ms_volume_clear(&volume);
    return f;
}

static ms_phantom_params usual(void) {
    ms_phantom_params p;
    ms_phantom_params_default(&p);
    p.matrix = 192;
    return p;
}

/* 4 or 6 lumbar vertebrae, 11 or 13 pairs of ribs, with both ends in view: under 0.6 and flagged, and L3 by
 * the stated rule (third below the lowest ribs) is among the first three candidates. */
static void unusual_counts_are_told(void **state) {
    (void)state;
    static const double spines[][2] = {{12, 4}, {12, 6}, {11, 5}, {13, 5}};
    for (size_t i = 0; i < MS_COUNT(spines); i++) {
        ms_phantom_params p = usual();
        p.ribs_pairs = spines[i][0], p.lumbar_count = spines[i][1];
        p.bottom_mm = 190;
        found f = find(&p);
        print_message("%g pairs, %g lumbar: %.1f mm off, %.2f\n", spines[i][0], spines[i][1], f.off_mm,
                      f.level.confidence);
        assert_int_equal(f.status, MS_OK);
        assert_true(f.level.confidence < 0.6);
        assert_true(ms_flags_has(&f.flags, "level_uncertain"));
        assert_true(ms_flags_has(&f.flags, "lumbar_count_unusual") ||
                    ms_flags_has(&f.flags, "landmarks_disagree") ||
                    ms_flags_has(&f.flags, "transitional_vertebra"));
        bool among = false;
        for (size_t c = 0; c < f.level.n_candidates && c < 3; c++)
            among |= fabs(f.level.candidates[c].z_mm - p.z_offset_mm) <= 10;
        assert_true(among);
    }
}

/* A joined L5 or a free S1: right, or flagged. */
static void transitional_vertebrae(void **state) {
    (void)state;
    for (double kind = 1; kind <= 3; kind++) {
        ms_phantom_params p = usual();
        p.transitional = kind;
        found f = find(&p);
        print_message("transitional %g: %.1f mm off, %.2f\n", kind, f.off_mm, f.level.confidence);
        assert_int_equal(f.status, MS_OK);
        assert_true(fabs(f.off_mm) <= 10 || f.level.confidence < 0.6);
    }
}

/* Hard but countable spines: right within 8 mm. */
static void hard_spines_are_right(void **state) {
    (void)state;
    ms_phantom_params p[5];
    for (int i = 0; i < 5; i++) p[i] = usual();
    p[0].implants = 2, p[0].osteophytes = 0.8;
    p[1].kyphosis_deg = 30, p[1].fracture = 0.4;
    p[2].vertebra_height = 0.88, p[2].height_m = 1.45;
    p[3].vertebra_height = 1.1, p[3].height_m = 2.0;
    p[4].scoliosis_deg = -28, p[4].rotation_deg = 10;
    for (int i = 0; i < 5; i++) {
        found f = find(&p[i]);
        print_message("hard spine %d: %.1f mm off, %.2f\n", i, f.off_mm, f.level.confidence);
        assert_int_equal(f.status, MS_OK);
        assert_true(fabs(f.off_mm) <= 8);
    }
}

/* What the level comes with: candidates from the likeliest down, L3 first; six landmarks; the crests' level.
 */
static void evidence_is_given(void **state) {
    (void)state;
    ms_phantom_params p = usual();
    found f = find(&p);
    assert_int_equal(f.status, MS_OK);
    assert_true(f.level.confidence > 0.9);
    assert_true(f.level.n_candidates >= 1);
    assert_string_equal(f.level.candidates[0].name, "L3");
    assert_int_equal(f.level.candidates[0].slice_index, f.level.slice_index);
    double sum = 0;
    for (size_t c = 0; c < f.level.n_candidates; c++) {
        sum += f.level.candidates[c].probability;
        if (c) assert_true(f.level.candidates[c].probability <= f.level.candidates[c - 1].probability);
    }
    assert_true(sum <= 1 + 1e-9);
    assert_int_equal(f.level.n_evidence, 6);
    assert_string_equal(f.level.evidence[0].landmark, "ribs");
    assert_true(f.level.evidence[0].in_view && f.level.evidence[0].l3 > 0.5);
    assert_string_equal(f.level.evidence[0].name, "L3");
    assert_int_equal(f.level.lumbar_count, 5);
    assert_true(f.level.fallback.known && !f.level.fallback.used);
    assert_true(fabs(f.level.fallback.z_mm - p.z_offset_mm) < 30);
}

/* L3 cut by the edge of the scan: flagged, under 0.6. */
static void cut_l3_is_told(void **state) {
    (void)state;
    ms_phantom_params p = usual();
    p.top_mm = 20, p.bottom_mm = 160;
    found low = find(&p);
    p = usual();
    p.bottom_mm = 20;
    found high = find(&p);
    const found *both[] = {&low, &high};
    for (int i = 0; i < 2; i++) {
        if (both[i]->status != MS_OK) continue;
        print_message("cut L3: %.1f mm off, %.2f\n", both[i]->off_mm, both[i]->level.confidence);
        assert_true(fabs(both[i]->off_mm) <= 10 || both[i]->level.confidence < 0.6);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unusual_counts_are_told), cmocka_unit_test(transitional_vertebrae),
        cmocka_unit_test(hard_spines_are_right),   cmocka_unit_test(evidence_is_given),
        cmocka_unit_test(cut_l3_is_told),
    };
    return cmocka_run_group_tests_name("level of unusual spines", tests, NULL, NULL);
}
