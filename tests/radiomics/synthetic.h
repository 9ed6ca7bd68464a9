/* A synthetic image and mask from whole-number formulas, the same as in
 * tests/golden/radiomics/make_pyradiomics.py, and helpers that the tests of this room share. */
#ifndef MS_TEST_RADIOMICS_SYNTHETIC_H
#define MS_TEST_RADIOMICS_SYNTHETIC_H

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#include "base/base.h"
#include "myosurv/image.h"
#include "myosurv/radiomics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* cmocka's own comparison is of floats. */
static inline void assert_near(double value, double wanted, double tolerance) {
    if (!(fabs(value - wanted) <= tolerance))
        fail_msg("%.17g, should be %.17g +/- %g", value, wanted, tolerance);
}

static inline ms_geometry test_geometry(size_t nx, size_t ny, size_t nz, double sx, double sy, double sz) {
    return (ms_geometry){
        .n = {nx, ny, nz}, .spacing_mm = {sx, sy, sz}, .direction = {1, 0, 0, 0, 1, 0, 0, 0, 1}};
}

static inline void make_pair(const ms_geometry *g, ms_volume *volume, ms_mask *mask) {
    ms_error err = {0};
    assert_int_equal(ms_volume_alloc(volume, g, &err), MS_OK);
    assert_int_equal(ms_mask_alloc(mask, g, &err), MS_OK);
}

/* Slices first..first + count of the 24 x 20 x 7 image. */
static inline void synthetic(size_t first, size_t count, ms_volume *volume, ms_mask *mask) {
    ms_geometry g = test_geometry(24, 20, count, 0.8, 0.9, 2.5);
    make_pair(&g, volume, mask);
    for (size_t v = 0; v < ms_voxels(&g); v++) {
        long i = (long)(v % 24), j = (long)(v / 24 % 20), k = (long)(v / 480 + first);
        long value = (7 * i * i + 11 * j * j + 13 * k * k + 5 * i * j + 3 * j * k) % 97 * 2 - 60 + 3 * i -
                     2 * j + 4 * k;
        long r = 4 * (i - 11) * (i - 11) + 6 * (j - 9) * (j - 9) + 30 * (k - 3) * (k - 3);
        volume->data[v] = (float)value;
        mask->data[v] = r < 280 && (i + 2 * j + 3 * k) % 11 != 0;
    }
}

static inline ms_feature_config preset(const char *name) {
    ms_feature_config config;
    ms_error err = {0};
    assert_int_equal(ms_feature_config_preset(&config, name, &err), MS_OK);
    return config;
}

static inline ms_feature_set extract(const ms_volume *volume, const ms_mask *mask,
                                     const ms_feature_config *config) {
    const uint8_t label = 1;
    ms_feature_set set = {0};
    ms_error err = {0};
    ms_status status = ms_features_extract(volume, mask, &label, 1, config, &set, &err);
    if (status != MS_OK) print_error("%s\n", err.message);
    assert_int_equal(status, MS_OK);
    return set;
}

static inline size_t find_feature(const ms_feature_set *set, const char *name) {
    for (size_t i = 0; i < set->n; i++) {
        if (strcmp(set->names[i], name) == 0) return i;
    }
    print_error("no feature %s\n", name);
    fail();
    return 0;
}

static inline double value_of(const ms_feature_set *set, const char *name) {
    return set->values[find_feature(set, name)];
}

static inline const char *reason_of(const ms_feature_set *set, const char *name) {
    return set->reasons[find_feature(set, name)];
}

#endif
