/* Tissue on a simple trunk whose tissues are known by construction. */
#include "torso.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

typedef struct made {
    ms_volume volume;
    uint8_t *truth, *labels;
    ms_flags flags;
    size_t n;
} made;

static made segment(const torso_shape *shape) {
    made m = {0};
    ms_error err = {0};
    assert_true(torso_make(shape, &m.volume, &m.truth));
    m.n = shape->n * shape->n;
    m.labels = calloc(m.n, 1);
    assert_non_null(m.labels);
    assert_int_equal(ms_tissue_segment(&m.volume, 2, NULL, NULL, m.labels, NULL, &m.flags, &err), MS_OK);
    return m;
}

static void made_clear(made *m) {
    ms_volume_clear(&m->volume);
    free(m->truth);
    free(m->labels);
}

static void finds_the_tissues_of_a_known_trunk(void **state) {
    (void)state;
    made m = segment(&torso_usual);
    assert_true(torso_dice(m.labels, m.truth, m.n, 1, 3) > 0.93);
    assert_true(torso_dice(m.labels, m.truth, m.n, 2, 2) > 0.90);
    assert_true(torso_dice(m.labels, m.truth, m.n, 3, 3) > 0.90);
    assert_true(torso_dice(m.labels, m.truth, m.n, 4, 4) > 0.95);
    assert_true(torso_dice(m.labels, m.truth, m.n, 5, 5) > 0.93);
    assert_false(ms_flags_has(&m.flags, "truncated_fov_skin"));
    made_clear(&m);
}

/* image.h: i grows to the patient's left, so label 2, the right psoas, lies at lower i than label 3. */
static void right_psoas_is_at_lower_i(void **state) {
    (void)state;
    made m = segment(&torso_usual);
    double sum[4] = {0}, count[4] = {0};
    for (size_t v = 0; v < m.n; v++)
        if (m.labels[v] >= 2 && m.labels[v] <= 3) {
            sum[m.labels[v]] += (double)(v % torso_usual.n);
            count[m.labels[v]]++;
        }
    assert_true(count[2] > 0 && count[3] > 0);
    assert_true(sum[2] / count[2] + 20 < sum[3] / count[3]);
    made_clear(&m);
}

/* The HU rule of DESIGN: muscle is -29 to 150 HU, subcutaneous fat -190 to -30, visceral fat -150 to -50. */
static void labels_obey_the_hu_rule(void **state) {
    (void)state;
    made m = segment(&torso_usual);
    const float *hu = m.volume.data + 2 * m.n;
    for (size_t v = 0; v < m.n; v++) {
        if (m.labels[v] >= 1 && m.labels[v] <= 3) assert_true(hu[v] >= -29.5F && hu[v] < 150.5F);
        if (m.labels[v] == MS_LABEL_SAT) assert_true(hu[v] >= -190.5F && hu[v] < -29.5F);
        if (m.labels[v] == MS_LABEL_VAT) assert_true(hu[v] >= -150.5F && hu[v] < -49.5F);
    }
    made_clear(&m);
}

static void table_and_bowel_are_not_muscle(void **state) {
    (void)state;
    made m = segment(&torso_usual);
    const double half = (double)(torso_usual.n - 1) * torso_usual.spacing_mm / 2;
    for (size_t v = 0; v < m.n; v++) {
        const double x = (double)(v % torso_usual.n) * torso_usual.spacing_mm - half;
        const double y = (double)(v / torso_usual.n) * torso_usual.spacing_mm - half;
        const bool bowel = torso_in(x, y, 70, -30, 24, 17) || torso_in(x, y, -60, -20, 19, 19);
        if (bowel || y > 130) assert_int_equal(m.labels[v], 0);
    }
    made_clear(&m);
}

static void same_bytes_every_time(void **state) {
    (void)state;
    made a = segment(&torso_usual);
    ms_threads_set(1);
    made b = segment(&torso_usual);
    ms_threads_set(0);
    assert_memory_equal(a.labels, b.labels, a.n);
    made_clear(&a);
    made_clear(&b);
}

/* A body moved half out of the field: the skin is cut, and the flag says so. */
static void cut_skin_is_flagged(void **state) {
    (void)state;
    torso_shape moved = torso_usual;
    moved.shift_mm = 50;
    made m = segment(&moved);
    assert_true(ms_flags_has(&m.flags, "truncated_fov_skin"));
    made_clear(&m);
}

static void no_body_is_an_error(void **state) {
    (void)state;
    ms_geometry g = {{64, 64, 1}, {2, 2, 5}, {0, 0, 0}, {1, 0, 0, 0, 1, 0, 0, 0, 1}};
    ms_volume volume = {0};
    ms_error err = {0};
    ms_flags flags = {0};
    static uint8_t labels[64 * 64];
    assert_int_equal(ms_volume_alloc(&volume, &g, &err), MS_OK);
    for (size_t v = 0; v < 64 * 64; v++) volume.data[v] = -1000;
    memset(labels, 9, sizeof labels);
    assert_int_equal(ms_tissue_segment(&volume, 0, NULL, NULL, labels, NULL, &flags, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "no body"));
    assert_int_equal(labels[100], 9); /* unchanged on failure */
    assert_int_equal(ms_tissue_segment(&volume, 1, NULL, NULL, labels, NULL, &flags, &err), MS_EUSAGE);
    ms_volume_clear(&volume);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_tissues_of_a_known_trunk),
        cmocka_unit_test(right_psoas_is_at_lower_i),
        cmocka_unit_test(labels_obey_the_hu_rule),
        cmocka_unit_test(table_and_bowel_are_not_muscle),
        cmocka_unit_test(same_bytes_every_time),
        cmocka_unit_test(cut_skin_is_flagged),
        cmocka_unit_test(no_body_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
