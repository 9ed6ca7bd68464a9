/* The whole way: bands, masks, overrides, what is carried along. */
#include "torso.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { SIDE = 200 };

/* The trunk of torso.h, and a mask with 8, 16 and 24 cm2 of muscle (4 mm2 a pixel) on its slices 1, 2 and 3.
 */
typedef struct masked {
    ms_volume volume;
    ms_mask mask;
    uint8_t *truth;
} masked;

static masked make(void) {
    masked m = {0};
    ms_error err = {0};
    assert_true(torso_make(&torso_usual, &m.volume, &m.truth));
    assert_int_equal(ms_mask_alloc(&m.mask, &m.volume.geometry, &err), MS_OK);
    for (size_t k = 1; k <= 3; k++)
        for (size_t y = 0; y < 10 * k; y++)
            for (size_t x = 0; x < 20; x++)
                m.mask.data[ms_voxel_index(&m.volume.geometry, 60 + x, 60 + y, k)] = MS_LABEL_MUSCLE;
    return m;
}

static void clear(masked *m) {
    ms_volume_clear(&m->volume);
    ms_mask_clear(&m->mask);
    free(m->truth);
}

static double value(const ms_segmentation *s, const char *name) {
    return s->values[ms_measure_find(name)];
}

static void near(double got, double want, double tolerance) {
    if (!(fabs(got - want) <= tolerance)) fail_msg("%.17g, not %.17g", got, want);
}

/* Slices of 5 mm (torso.h): a band of 10 mm holds three slice centres, one of 9.9 mm only the level's. */
static void a_band_averages_its_slices(void **state) {
    (void)state;
    masked m = make();
    ms_segmentation s = {0};
    ms_segment_options o;
    ms_error err = {0};
    const double step = m.volume.geometry.spacing_mm[2];
    ms_segment_options_default(&o);
    o.mask = &m.mask;
    o.has_slice = true;
    o.slice_index = 2;
    assert_int_equal(ms_segment(&m.volume, &o, &s, &err), MS_OK);
    near(value(&s, "sma_cm2"), 16, 1e-9);
    assert_int_equal(s.n_slices, 1);
    ms_segmentation_clear(&s);
    o.band_mm = 2 * step - 0.1;
    assert_int_equal(ms_segment(&m.volume, &o, &s, &err), MS_OK);
    assert_int_equal(s.n_slices, 1);
    ms_segmentation_clear(&s);
    o.band_mm = 2 * step;
    o.person.height_m = 2;
    assert_int_equal(ms_segment(&m.volume, &o, &s, &err), MS_OK);
    assert_int_equal(s.n_slices, 3);
    near(value(&s, "sma_cm2"), (8 + 16 + 24) / 3.0, 1e-9);
    near(value(&s, "smi_cm2_m2"), 16 / 4.0, 1e-9); /* what follows from others follows from the averages */
    assert_true(ms_flags_has(&s.flags, "mask_given"));
    assert_false(ms_flags_has(&s.flags, "mask_slices_missing"));
    ms_segmentation_clear(&s);
    o.band_mm = 4 * step; /* slices 0 and 4 have no muscle in the mask */
    assert_int_equal(ms_segment(&m.volume, &o, &s, &err), MS_OK);
    assert_int_equal(s.n_slices, 3);
    assert_true(ms_flags_has(&s.flags, "mask_slices_missing"));
    ms_segmentation_clear(&s);
    o.band_mm = 6 * step; /* beyond the scan */
    assert_int_equal(ms_segment(&m.volume, &o, &s, &err), MS_OK);
    assert_true(ms_flags_has(&s.flags, "band_cut"));
    ms_segmentation_clear(&s);
    o.band_mm = 200;
    assert_int_equal(ms_segment(&m.volume, &o, &s, &err), MS_EUSAGE);
    clear(&m);
}

/* An override is said in the results: level, method, phase; the scan's facts are carried along. */
static void overrides_are_written_as_such(void **state) {
    (void)state;
    masked m = make();
    ms_segmentation s = {0};
    ms_segment_options o;
    ms_error err = {0};
    ms_scan_info info = {.kvp = 100, .slice_thickness_mm = 5, .contrast = 0};
    ms_segment_options_default(&o);
    o.mask = &m.mask;
    o.info = &info;
    o.phase = MS_PHASE_PORTAL;
    assert_int_equal(ms_segment(&m.volume, &o, &s, &err), MS_OK);
    assert_int_equal(s.level.source, MS_LEVEL_MASK);
    assert_int_equal(s.level.slice_index, 3); /* the richest */
    assert_int_equal(s.method, MS_METHOD_MASK);
    assert_int_equal(s.contrast.phase, MS_PHASE_PORTAL);
    assert_true(s.contrast.given && s.contrast.confidence == 1);
    near(s.scan.kvp, 100, 0);
    assert_true(ms_flags_has(&s.flags, "mask_many_slices"));

    char path[] = "/tmp/ms_segment_XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    (void)close(fd);
    assert_int_equal(ms_segmentation_write_json(&s, NULL, NULL, path, &err), MS_OK);
    char text[32768] = "";
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    const size_t length = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    (void)unlink(path);
    text[length] = '\0';
    const char *const expected[] = {"\"overridden\"", "\"source\"",   "\"phase_source\"",
                                    "\"given\"",      "\"model\"",    "\"missing\"",
                                    "\"candidates\"", "\"evidence\"", "\"kvp\""};
    for (size_t e = 0; e < sizeof expected / sizeof *expected; e++)
        assert_non_null(strstr(text, expected[e]));
    ms_segmentation_clear(&s);
    clear(&m);
}

/* The single muscles of a mask drawn elsewhere: each of its voxels goes to the nearest of our own outlines,
 * so all of it is shared out, back muscles and wall where torso.h draws them. */
static void a_mask_drawn_elsewhere_is_shared_out(void **state) {
    (void)state;
    masked m = make();
    ms_segmentation s = {0};
    ms_segment_options o;
    ms_error err = {0};
    const size_t area = SIDE * SIDE;
    memset(m.mask.data, 0, 5 * area);
    memcpy(m.mask.data + 2 * area, m.truth, area);
    ms_segment_options_default(&o);
    o.mask = &m.mask;
    assert_int_equal(ms_segment(&m.volume, &o, &s, &err), MS_OK);
    size_t muscle = 0, parts = 0;
    for (size_t v = 2 * area; v < 3 * area; v++) {
        muscle += s.mask.data[v] >= MS_LABEL_MUSCLE && s.mask.data[v] <= MS_LABEL_PSOAS_LEFT;
        parts += s.parts.data[v] != 0;
    }
    assert_true(muscle > 1000);
    assert_int_equal(parts, muscle);
    near(value(&s, "erector_cm2") + value(&s, "quadratus_cm2") + value(&s, "wall_cm2") +
             value(&s, "psoas_cm2"),
         value(&s, "sma_cm2"), 1e-9);
    ms_segmentation_clear(&s);
    clear(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_band_averages_its_slices),
        cmocka_unit_test(overrides_are_written_as_such),
        cmocka_unit_test(a_mask_drawn_elsewhere_is_shared_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
