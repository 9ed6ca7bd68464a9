/* test_level.c: the L3 level and the vertebrae on real scans, on parts of them, and on volumes that hold
 * none.
 *
 * The extents of L3 are those of ../shared/ct/cases.csv (slices of the L3 body, judged twice by eye). The
 * heights of the vertebral bodies in the totalseg scan are the middles of the front third of each label in
 * TotalSegmentator's own vertebrae.nii.gz. */
#include "base/base.h"
#include "myosurv/body.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CT MS_TEST_SHARED_DIR "/ct/"

typedef struct reference {
    const char *path;
    size_t low, high; /* slices of the L3 body */
    double middle, dz_mm;
} reference;
static const reference references[] = {
    {CT "totalseg/example_ct.nii.gz", 69, 79, 74.0, 3.0},
    {CT "crlm1006", 7, 12, 9.5, 5.0},
    {CT "acrin", 47, 54, 51.0, 4.25},
    {CT "pancreas", 40, 49, 45.0, 3.0},
    {CT "tcga", 124, 136, 130.0, 2.5},
    {CT "cort", 40, 51, 45.5, 2.5},
};

static void read_or_skip(const char *path, ms_scan *scan) {
    ms_error err = {0};
    if (!ms_path_exists(path)) {
        print_message("skipped: no %s\n", path);
        skip();
    }
    ms_status status = ms_scan_read(path, NULL, scan, &err);
    if (status == MS_EUNAVAILABLE) {
        print_message("skipped: %s\n", err.message);
        skip();
    }
    if (status != MS_OK) fail_msg("%s", err.message);
}

static const ms_vertebra *named(const ms_level *level, const char *name) {
    for (size_t i = 0; i < level->n_vertebrae; i++)
        if (strcmp(level->vertebrae[i].name, name) == 0) return &level->vertebrae[i];
    return NULL;
}

/* The slice is inside L3 and within 5 mm (or half a slice) of its middle, in all six scans. */
static void slice_is_mid_l3(void **state) {
    (void)state;
    for (size_t i = 0; i < MS_COUNT(references); i++) {
        const reference *r = &references[i];
        ms_scan scan = {0};
        ms_level level;
        ms_flags flags = {0};
        ms_error err = {0};
        read_or_skip(r->path, &scan);
        if (ms_level_find(&scan.volume, &level, &flags, &err) != MS_OK)
            fail_msg("%s: %s", r->path, err.message);
        double off_mm = ((double)level.slice_index - r->middle) * r->dz_mm;
        print_message("%s: slice %zu, %.1f mm from mid-L3, confidence %.2f\n", ms_path_base(r->path),
                      level.slice_index, off_mm, level.confidence);
        assert_in_range(level.slice_index, r->low, r->high);
        assert_true(fabs(off_mm) <= fmax(5.0, 0.5 * r->dz_mm));
        assert_true(level.confidence > 0.8);
        assert_false(ms_flags_has(&flags, "level_uncertain"));
        assert_int_equal(level.source, MS_LEVEL_AUTO);
        const ms_vertebra *l3 = named(&level, "L3");
        assert_non_null(l3);
        assert_true(l3->low_mm < level.z_mm && level.z_mm < l3->high_mm);
        ms_scan_clear(&scan);
    }
}

/* Each vertebra by name, against TotalSegmentator's labels (z of the middle of the body, mm). */
static void vertebrae_have_their_names(void **state) {
    (void)state;
    static const struct {
        const char *name;
        double z_mm;
    } labels[] = {{"L5", 241}, {"L4", 277}, {"L3", 316}, {"L2", 352}, {"L1", 385}, {"T12", 415}};
    ms_scan scan = {0};
    ms_level level;
    ms_flags flags = {0};
    read_or_skip(references[0].path, &scan);
    assert_int_equal(ms_level_find(&scan.volume, &level, &flags, NULL), MS_OK);
    for (size_t i = 0; i < MS_COUNT(labels); i++) {
        const ms_vertebra *v = named(&level, labels[i].name);
        assert_non_null(v);
        assert_true(fabs(v->centre_mm[2] - labels[i].z_mm) < 7.0);
    }
    for (size_t i = 1; i < level.n_vertebrae; i++) /* from the lowest up, none over another */
        assert_true(level.vertebrae[i].low_mm > level.vertebrae[i - 1].high_mm - 1.0);
    ms_scan_clear(&scan);
}

/* Slices [from, to) of a volume, sharing its voxels. */
static ms_volume part(const ms_volume *volume, size_t from, size_t to) {
    ms_volume cut = *volume;
    cut.data += from * volume->geometry.n[0] * volume->geometry.n[1];
    cut.geometry.n[2] = to - from;
    double first[3] = {0, 0, (double)from};
    ms_index_to_mm(&volume->geometry, first, cut.geometry.origin_mm);
    return cut;
}

/* Without the sacrum, without the ribs, and without either: the same slice while one landmark is left, with a
 * flag that says what is missing; little confidence when none is. */
static void cropped_scans(void **state) {
    (void)state;
    const reference *r = &references[5]; /* cort: slices 40 to 51 of 168 */
    ms_scan scan = {0};
    ms_level level;
    read_or_skip(r->path, &scan);
    ms_flags flags = {0};
    ms_volume upper = part(&scan.volume, 35, 168);
    assert_int_equal(ms_level_find(&upper, &level, &flags, NULL), MS_OK);
    assert_in_range(level.slice_index + 35, 43, 48);
    assert_true(ms_flags_has(&flags, "sacrum_not_in_view"));

    flags = (ms_flags){0};
    ms_volume lower = part(&scan.volume, 0, 64);
    assert_int_equal(ms_level_find(&lower, &level, &flags, NULL), MS_OK);
    assert_in_range(level.slice_index, 43, 48);
    assert_true(ms_flags_has(&flags, "ribs_not_in_view"));

    flags = (ms_flags){0};
    ms_error err = {0};
    ms_volume middle = part(&scan.volume, 24, 67);
    if (ms_level_find(&middle, &level, &flags, &err) == MS_OK) {
        assert_true(level.confidence < 0.5);
        assert_true(ms_flags_has(&flags, "level_uncertain"));
    } else {
        assert_int_equal(err.status, MS_EINPUT);
    }

    ms_level untouched = level;
    ms_volume chest = part(&scan.volume, 80, 168);
    assert_int_equal(ms_level_find(&chest, &level, &flags, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "in view"));
    assert_memory_equal(&untouched, &level, sizeof level);
    ms_scan_clear(&scan);
}

/* The same answer, to the bit, with one thread and with several. */
static void threads_change_nothing(void **state) {
    (void)state;
    ms_scan scan = {0};
    ms_level one = {0}, many = {0};
    ms_flags flags = {0};
    read_or_skip(references[0].path, &scan);
    ms_threads_set(1);
    assert_int_equal(ms_level_find(&scan.volume, &one, &flags, NULL), MS_OK);
    ms_threads_set(4);
    assert_int_equal(ms_level_find(&scan.volume, &many, &flags, NULL), MS_OK);
    ms_threads_set(0);
    assert_memory_equal(&one, &many, sizeof one);
    ms_scan_clear(&scan);
}

static ms_volume filled(size_t nx, size_t ny, size_t nz, float value) {
    ms_geometry g = {{nx, ny, nz}, {1.5, 1.5, 3.0}, {0, 0, 0}, {1, 0, 0, 0, 1, 0, 0, 0, 1}};
    ms_volume volume = {0};
    assert_int_equal(ms_volume_alloc(&volume, &g, NULL), MS_OK);
    for (size_t i = 0; i < nx * ny * nz; i++) volume.data[i] = value;
    return volume;
}

/* Air, metal, NaN, one voxel, one slice, a water cylinder: MS_EINPUT, and nothing else happens. */
static void volumes_without_a_spine(void **state) {
    (void)state;
    static const float values[] = {-1024.0F, 40.0F, 700.0F, 3071.0F, NAN, INFINITY, -INFINITY, 1e30F};
    static const size_t sizes[][3] = {{1, 1, 1},     {3, 3, 3},    {120, 120, 1},
                                      {100, 90, 60}, {2, 200, 30}, {64, 64, 200}};
    for (size_t v = 0; v < MS_COUNT(values); v++)
        for (size_t s = 0; s < MS_COUNT(sizes); s++) {
            ms_volume volume = filled(sizes[s][0], sizes[s][1], sizes[s][2], values[v]);
            ms_level level;
            ms_flags flags = {0};
            ms_error err = {0};
            assert_int_equal(ms_level_find(&volume, &level, &flags, &err), MS_EINPUT);
            assert_true(strlen(err.message) > 20);
            assert_int_equal(flags.n, 0);
            ms_volume_clear(&volume);
        }
}

/* Noise of tissue, fat and bone values holds no spine either: refused, or said to be uncertain. */
static void noise_is_no_spine(void **state) {
    (void)state;
    ms_volume volume = filled(160, 120, 80, 0);
    ms_random *random = ms_random_new(7, "level noise");
    for (size_t i = 0; i < ms_voxels(&volume.geometry); i++)
        volume.data[i] = (float)ms_random_range(random, -200, 400);
    ms_level level;
    ms_flags flags = {0};
    if (ms_level_find(&volume, &level, &flags, NULL) == MS_OK) assert_true(level.confidence < 0.5);
    ms_random_free(random);
    ms_volume_clear(&volume);
}

/* A word once; the meaning of every word is told; the list does not overflow. */
static void flags_are_words(void **state) {
    (void)state;
    ms_flags flags = {0};
    ms_flags_add(&flags, "level_uncertain");
    ms_flags_add(&flags, "level_uncertain");
    assert_int_equal(flags.n, 1);
    assert_true(ms_flags_has(&flags, "level_uncertain"));
    assert_false(ms_flags_has(&flags, "level"));
    for (int i = 0; i < 40; i++) {
        char word[8];
        assert_true(ms_text_format(word, sizeof word, "w%d", i));
        ms_flags_add(&flags, word);
    }
    assert_int_equal(flags.n, MS_COUNT(flags.words));
    for (const ms_flag_word *w = ms_flag_words; w->word; w++) {
        assert_true(strlen(w->word) < sizeof flags.words[0]);
        assert_true(strlen(w->meaning) > 10);
        for (const ms_flag_word *other = w + 1; other->word; other++)
            assert_string_not_equal(w->word, other->word);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slice_is_mid_l3),         cmocka_unit_test(vertebrae_have_their_names),
        cmocka_unit_test(cropped_scans),           cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(volumes_without_a_spine), cmocka_unit_test(noise_is_no_spine),
        cmocka_unit_test(flags_are_words),
    };
    return cmocka_run_group_tests_name("level", tests, NULL, NULL);
}
