/* What becomes of a network's answer: right ones pass, errors are mended, impossible ones are put aside. The
 * networks here are made from the truth of a known trunk, with errors planted in them. */
#include "torso.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* Planted errors. */
enum {
    NO_ERROR = 0,
    ISLAND = 1,   /* muscle in the cavity, and in the fat under the skin */
    SWAPPED = 2,  /* right psoas called left and the other way round */
    NO_RIGHT = 4, /* the right psoas is not seen */
    NOTHING = 8,  /* no muscle at all */
    NOT_A_NUMBER = 16,
    HALF_RING = 32, /* the ring's right half is not seen */
    THIN = 64,      /* the inner half of the wall is not seen */
    FAILS = 128,    /* the network returns an error */
    SPINE = 256,    /* the vertebral body is called muscle */
};

typedef struct planted {
    const torso_shape *shape;
    const uint8_t *truth;
    int errors;
    double centre_mm[2]; /* what it was asked with */
} planted;

static ms_muscle_class class_at(const planted *p, size_t i, size_t j) {
    const size_t n = p->shape->n, v = j * n + i;
    const double half = (double)(n - 1) * p->shape->spacing_mm / 2;
    const double x = (double)i * p->shape->spacing_mm - half, y = (double)j * p->shape->spacing_mm - half;
    uint8_t label = p->truth[v];
    if (p->errors & NOTHING) return MS_CLASS_OTHER;
    if ((p->errors & ISLAND) && (torso_in(x, y, 70, -30, 20, 14) || torso_in(x, y, 0, -112, 9, 6)))
        return MS_CLASS_MUSCLE;
    if ((p->errors & SPINE) && torso_in(x, y, 0, 40, 20, 14)) return MS_CLASS_MUSCLE;
    if ((p->errors & THIN) && label == 1 && y < 50 && torso_in(x, y, 0, 0, 136, 94.6)) label = 0;
    if ((p->errors & SWAPPED) && (label == 2 || label == 3)) label = (uint8_t)(5 - label);
    if ((p->errors & NO_RIGHT) && label == 2) label = 0;
    if ((p->errors & HALF_RING) && label == 1 && x < 0) label = 0;
    return label <= 3 ? (ms_muscle_class)label : MS_CLASS_OTHER;
}

static ms_status predict(void *context, const ms_volume *volume, size_t k, const double centre_mm[2],
                         float *probability, ms_error *err) {
    planted *p = context;
    const size_t n = volume->geometry.n[0] * volume->geometry.n[1];
    (void)k;
    p->centre_mm[0] = centre_mm[0];
    p->centre_mm[1] = centre_mm[1];
    if (p->errors & FAILS) {
        memset(err, 0, sizeof *err);
        err->status = MS_ERESOURCE;
        return MS_ERESOURCE;
    }
    for (size_t v = 0; v < n; v++) {
        const ms_muscle_class class = class_at(p, v % p->shape->n, v / p->shape->n);
        for (int c = 0; c < MS_CLASSES; c++)
            probability[(size_t)c * n + v] = p->errors & NOT_A_NUMBER ? NAN : (int)class == c ? 0.91F : 0.03F;
    }
    return MS_OK;
}

typedef struct made {
    ms_volume volume;
    uint8_t *truth, *labels, *parts;
    ms_flags flags;
    ms_status status;
    size_t n;
    planted network;
} made;

static made segment(const torso_shape *shape, int errors, bool with_network) {
    made m = {0};
    ms_error err = {0};
    assert_true(torso_make(shape, &m.volume, &m.truth));
    m.n = shape->n * shape->n;
    m.labels = calloc(m.n, 1);
    m.parts = calloc(m.n, 1);
    assert_true(m.labels != NULL && m.parts != NULL);
    m.network = (planted){shape, m.truth, errors, {NAN, NAN}};
    const ms_muscle_network network = {predict, &m.network, "planted", "0"};
    m.status = ms_tissue_segment(&m.volume, 2, NULL, with_network ? &network : NULL, m.labels, m.parts,
                                 &m.flags, &err);
    return m;
}

static void made_clear(made *m) {
    ms_volume_clear(&m->volume);
    free(m->truth);
    free(m->labels);
    free(m->parts);
}

static void a_right_answer_passes(void **state) {
    (void)state;
    made m = segment(&torso_usual, NO_ERROR, true);
    assert_int_equal(m.status, MS_OK);
    assert_true(torso_dice(m.labels, m.truth, m.n, 1, 3) > 0.99);
    assert_true(torso_dice(m.labels, m.truth, m.n, 2, 2) > 0.98);
    assert_true(torso_dice(m.labels, m.truth, m.n, 3, 3) > 0.98);
    assert_true(torso_dice(m.labels, m.truth, m.n, 4, 4) > 0.95);
    assert_true(torso_dice(m.labels, m.truth, m.n, 5, 5) > 0.95);
    assert_int_equal(m.flags.n, 0);
    made_clear(&m);
}

/* The trunk's middle is the origin of torso.h: pixel (n - 1) / 2. */
static void the_network_is_asked_with_the_middle_of_the_body(void **state) {
    (void)state;
    made m = segment(&torso_usual, NO_ERROR, true);
    const double middle = -200 + (double)(torso_usual.n - 1) * torso_usual.spacing_mm / 2;
    assert_true(fabs(m.network.centre_mm[0] - middle) < 3);
    assert_true(fabs(m.network.centre_mm[1] - middle) < 3);
    made_clear(&m);
}

static void errors_that_anatomy_forbids_are_mended(void **state) {
    (void)state;
    made m = segment(&torso_usual, ISLAND | SWAPPED | SPINE, true);
    assert_int_equal(m.status, MS_OK);
    assert_true(torso_dice(m.labels, m.truth, m.n, 1, 3) > 0.99);
    assert_true(torso_dice(m.labels, m.truth, m.n, 2, 2) > 0.98);
    assert_true(torso_dice(m.labels, m.truth, m.n, 3, 3) > 0.98);
    assert_false(ms_flags_has(&m.flags, "network_rejected"));
    made_clear(&m);
}

static void impossible_answers_are_put_aside(void **state) {
    (void)state;
    static const int errors[] = {NO_RIGHT, NOTHING, NOT_A_NUMBER, HALF_RING};
    made alone = segment(&torso_usual, NO_ERROR, false);
    for (size_t e = 0; e < sizeof errors / sizeof *errors; e++) {
        made m = segment(&torso_usual, errors[e], true);
        assert_int_equal(m.status, MS_OK);
        assert_true(ms_flags_has(&m.flags, "network_rejected"));
        assert_memory_equal(m.labels, alone.labels, m.n);
        assert_memory_equal(m.parts, alone.parts, m.n);
        made_clear(&m);
    }
    made_clear(&alone);
}

static void a_wall_too_thin_is_flagged(void **state) {
    (void)state;
    made m = segment(&torso_usual, THIN, true);
    assert_int_equal(m.status, MS_OK);
    assert_true(ms_flags_has(&m.flags, "methods_disagree"));
    made_clear(&m);
}

static void a_network_that_fails_fails_the_slice(void **state) {
    (void)state;
    made m = segment(&torso_usual, FAILS, true);
    assert_int_equal(m.status, MS_ERESOURCE);
    for (size_t v = 0; v < m.n; v++) assert_int_equal(m.labels[v] + m.parts[v], 0);
    made_clear(&m);
}

static void without_a_vertebra_the_network_stands_alone(void **state) {
    (void)state;
    torso_shape boneless = torso_usual;
    boneless.boneless = true;
    made classical = segment(&boneless, NO_ERROR, false);
    assert_int_equal(classical.status, MS_EINPUT);
    made m = segment(&boneless, NO_ERROR, true);
    assert_int_equal(m.status, MS_OK);
    assert_true(ms_flags_has(&m.flags, "network_alone"));
    assert_true(ms_flags_has(&m.flags, "vertebra_unclear"));
    assert_true(torso_dice(m.labels, m.truth, m.n, 1, 3) > 0.97);
    made nothing = segment(&boneless, NOTHING, true);
    assert_int_equal(nothing.status, MS_EINPUT);
    made_clear(&classical);
    made_clear(&m);
    made_clear(&nothing);
}

/* Both ways give every muscle pixel one single muscle, on its own side. */
static void parts_cover_the_muscle_exactly(void **state) {
    (void)state;
    for (int with_network = 0; with_network < 2; with_network++) {
        made m = segment(&torso_usual, NO_ERROR, with_network == 1);
        double count[MS_PARTS] = {0}, side[MS_PARTS] = {0};
        for (size_t v = 0; v < m.n; v++) {
            const bool muscle = m.labels[v] >= 1 && m.labels[v] <= 3;
            assert_int_equal(muscle, m.parts[v] != MS_PART_NONE);
            assert_int_equal(m.labels[v] == 2, m.parts[v] == MS_PART_PSOAS_RIGHT);
            assert_int_equal(m.labels[v] == 3, m.parts[v] == MS_PART_PSOAS_LEFT);
            count[m.parts[v]]++;
            side[m.parts[v]] += (double)(v % torso_usual.n) - (double)(torso_usual.n - 1) / 2;
        }
        for (int part = MS_PART_PSOAS_RIGHT; part <= MS_PART_QUADRATUS_LEFT; part++)
            assert_true(part % 2 == 1 ? side[part] < 0 : side[part] > 0);
        /* torso.h: each erector is an ellipse of 32 by 22 mm, 553 pixels of 4 mm2, a fifth of it before the
         * transverse process or hidden by bone; the wall is the largest part */
        assert_true(count[MS_PART_ERECTOR_RIGHT] > 350 && count[MS_PART_ERECTOR_RIGHT] < 700);
        assert_true(count[MS_PART_ERECTOR_LEFT] > 350 && count[MS_PART_ERECTOR_LEFT] < 700);
        assert_true(count[MS_PART_WALL] > count[MS_PART_ERECTOR_RIGHT] + count[MS_PART_ERECTOR_LEFT]);
        made_clear(&m);
    }
}

static void arms_against_the_trunk_are_not_body(void **state) {
    (void)state;
    torso_shape wide = torso_usual;
    wide.n = 260;
    wide.arms = true;
    made m = segment(&wide, NO_ERROR, false);
    assert_int_equal(m.status, MS_OK);
    const double half = (double)(wide.n - 1) * wide.spacing_mm / 2;
    for (size_t v = 0; v < m.n; v++)
        if (fabs((double)(v % wide.n) * wide.spacing_mm - half) > 176) assert_int_equal(m.labels[v], 0);
    assert_true(torso_dice(m.labels, m.truth, m.n, 1, 3) > 0.92);
    made_clear(&m);
}

/* One arm only, so that it would draw the middle to its side. */
static void an_arm_does_not_move_the_middle(void **state) {
    (void)state;
    torso_shape wide = torso_usual;
    wide.n = 260;
    wide.arms = true;
    ms_volume volume = {0};
    uint8_t *truth = NULL;
    double centre[2];
    ms_error err = {0};
    assert_true(torso_make(&wide, &volume, &truth));
    const double middle = -200 + (double)(wide.n - 1) * wide.spacing_mm / 2;
    for (size_t v = 0; v < ms_voxels(&volume.geometry); v++)
        if ((double)(v % wide.n) * wide.spacing_mm - 200 < middle - 172) volume.data[v] = -1000;
    assert_int_equal(ms_body_centre(&volume, 2, centre, &err), MS_OK);
    assert_true(fabs(centre[0] - middle) < 5 && fabs(centre[1] - middle) < 5);
    assert_int_equal(ms_body_centre(&volume, 5, centre, &err), MS_EUSAGE);
    for (size_t v = 0; v < ms_voxels(&volume.geometry); v++) volume.data[v] = -1000;
    assert_int_equal(ms_body_centre(&volume, 2, centre, &err), MS_EINPUT);
    ms_volume_clear(&volume);
    free(truth);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_right_answer_passes),
        cmocka_unit_test(the_network_is_asked_with_the_middle_of_the_body),
        cmocka_unit_test(errors_that_anatomy_forbids_are_mended),
        cmocka_unit_test(impossible_answers_are_put_aside),
        cmocka_unit_test(a_wall_too_thin_is_flagged),
        cmocka_unit_test(a_network_that_fails_fails_the_slice),
        cmocka_unit_test(without_a_vertebra_the_network_stands_alone),
        cmocka_unit_test(parts_cover_the_muscle_exactly),
        cmocka_unit_test(arms_against_the_trunk_are_not_body),
        cmocka_unit_test(an_arm_does_not_move_the_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
