/* Configurations: presets, JSON files, and what is refused with the key named. */
#include "synthetic.h"

#include <stdio.h>
#include <unistd.h>

static ms_status read_text(const char *text, ms_feature_config *config, ms_error *err) {
    char path[] = "/tmp/ms_config_XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    ms_status status = ms_feature_config_read(path, config, err);
    unlink(path);
    return status;
}

static void keys_change_the_preset(void **state) {
    (void)state;
    ms_feature_config c;
    ms_error err = {0};
    const char *text =
        "{\"preset\": \"liu2024\", \"images\": [\"original\", \"log\"], \"log_sigma_mm\": [2, 4.5], "
        "\"families\": [\"glcm\"], \"bin_count\": 32, \"force2d\": false, \"resegment_hu\": [-29, null], "
        "\"spacing_mm\": [1, 1, 0]}";
    assert_int_equal(read_text(text, &c, &err), MS_OK);
    assert_int_equal(c.images, MS_IMAGE_ORIGINAL | MS_IMAGE_LOG);
    assert_int_equal(c.families, MS_FAMILY_GLCM);
    assert_int_equal(c.n_log_sigma, 2);
    assert_int_equal(c.bin_count, 32);
    assert_false(c.force2d);
    assert_near(c.resegment_hu[0], -29, 0);
    assert_true(isnan(c.resegment_hu[1]));
    ms_feature_set set = {0};
    assert_int_equal(ms_feature_names(&c, &set, &err), MS_OK);
    assert_int_equal(set.n, 3 * 24);
    (void)find_feature(&set, "log-sigma-4-5-mm-3D_glcm_MCC");
    (void)find_feature(&set, "log-sigma-2-0-mm-3D_glcm_MCC");
    ms_feature_set_clear(&set);
}

static void wrong_files_are_refused_with_the_key(void **state) {
    (void)state;
    static const struct {
        const char *text, *said;
    } bad[] = {
        {"{\"preset\": \"lui\"}", "lui"},
        {"{\"bin_widht\": 25}", "bin_width"},
        {"{\"bin_width\": \"25\"}", "bin_width"},
        {"{\"bin_width\": 0}", "bin_width"},
        {"{\"bin_width\": -1}", "bin_width"},
        {"{\"bin_count\": 99999}", "bin_count"},
        {"{\"images\": [\"wavelett\"]}", "wavelet"},
        {"{\"images\": []}", "image"},
        {"{\"images\": \"log\"}", "images"},
        {"{\"families\": []}", "family"},
        {"{\"log_sigma_mm\": []}", "log_sigma_mm"},
        {"{\"log_sigma_mm\": [1,2,3,4,5,6,7,8,9]}", "log_sigma_mm"},
        {"{\"images\": [\"log\"], \"log_sigma_mm\": [0]}", "log_sigma_mm"},
        {"{\"spacing_mm\": [1, 1]}", "spacing_mm"},
        {"{\"spacing_mm\": [1, -1, 1]}", "spacing_mm"},
        {"{\"resegment_hu\": [10, 0]}", "resegment_hu"},
        {"{\"preset\": \"ibsi\", \"images\": [\"log\"]}", "IBSI"},
        {"[]", "object"},
        {"{\"preset\": ", ""},
    };
    for (size_t i = 0; i < MS_COUNT(bad); i++) {
        ms_feature_config c;
        ms_error err = {0};
        ms_status status = read_text(bad[i].text, &c, &err);
        if (status != MS_EINPUT || !strstr(err.message, bad[i].said))
            fail_msg("%s: status %d, '%s'", bad[i].text, status, err.message);
    }
}

static void unknown_presets_are_refused(void **state) {
    (void)state;
    ms_feature_config c;
    ms_error err = {0};
    assert_int_equal(ms_feature_config_preset(&c, "liu", &err), MS_EUSAGE);
    assert_non_null(strstr(err.message, "liu2024"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_change_the_preset),
        cmocka_unit_test(wrong_files_are_refused_with_the_key),
        cmocka_unit_test(unknown_presets_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
