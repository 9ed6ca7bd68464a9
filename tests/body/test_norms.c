/* z-scores by the norms that ship. */
#include "myosurv/body.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static ms_norms norms;

static int setup(void **state) {
    (void)state;
    return ms_norms_read(MS_TEST_SOURCE_DIR "/data/norms.json", &norms, NULL) == MS_OK ? 0 : -1;
}

static int teardown(void **state) {
    (void)state;
    ms_norms_clear(&norms);
    return 0;
}

static double z(const char *key, const char *metric, double value, char sex, double age) {
    const ms_person person = {NAN, NAN, age, sex};
    for (size_t i = 0; i < norms.n; i++)
        if (strcmp(norms.items[i].key, key) == 0 && strcmp(norms.items[i].metric, metric) == 0)
            return ms_norm_z(&norms.items[i], value, &person);
    fail_msg("no norm %s of %s", key, metric);
    return NAN;
}

static void near(double got, double want) {
    if (!(fabs(got - want) < 1e-12)) fail_msg("%.17g, not %.17g", got, want);
}

/* Tonnesen et al. 2023, table 2: women of 55 to 64 years at L3: SMA 110.6 (SD 16.3) cm2, SMI 45.8 (6.8), SMRA
 * 33.4 (6.8) HU; of 65 to 74: SMA 104.5 (15.8). */
static void framingham_women_by_age(void **state) {
    (void)state;
    near(z("framingham2023", "sma_cm2", 110.6, 'f', 60), 0);
    near(z("framingham2023", "sma_cm2", 94.3, 'f', 64.9), -1);
    near(z("framingham2023", "sma_cm2", 104.5, 'f', 65), 0);
    near(z("framingham2023", "smi_cm2_m2", 45.8 + 2 * 6.8, 'f', 55), 2);
    near(z("framingham2023", "smd_hu", 33.4 - 6.8, 'f', 60), -1);
    assert_true(isnan(z("framingham2023", "sma_cm2", 150, 'm', 60)));
    assert_true(isnan(z("framingham2023", "sma_cm2", 110, 'f', NAN)));
    assert_true(isnan(z("framingham2023", "sma_cm2", NAN, 'f', 60)));
}

/* Hamaguchi et al. 2016: PMI 8.85 (1.61) cm2/m2 in men, 5.77 (1.21) in women, whatever the age. */
static void norms_without_age(void **state) {
    (void)state;
    near(z("hamaguchi2016", "pmi_cm2_m2", 8.85 - 1.61, 'm', NAN), -1);
    near(z("hamaguchi2016", "pmi_cm2_m2", 5.77, 'f', 30), 0);
    assert_true(isnan(z("hamaguchi2016", "pmi_cm2_m2", 5.77, 0, 30)));
    near(z("druckmann2024", "psoas_hu", 51.1, 'm', NAN), 1);
}

static void every_norm_is_of_a_measurement(void **state) {
    (void)state;
    assert_true(norms.n >= 6);
    for (size_t i = 0; i < norms.n; i++) {
        const size_t m = ms_measure_find(norms.items[i].metric);
        assert_true(m < ms_n_measures);
        assert_string_equal(norms.items[i].unit, ms_measures[m].unit);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(framingham_women_by_age),
        cmocka_unit_test(norms_without_age),
        cmocka_unit_test(every_norm_is_of_a_measurement),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
