/* Configurations: presets, JSON files, and what is refused with the key named. */
#include "synthetic.h"

#include <stdio.h>
#include <unistd.h>

static ms_status read_as(const char *ending, const char *text, ms_feature_config *config, ms_error *err) {
    char path[64];
    assert_true(ms_text_format(path, sizeof path, "/tmp/ms_config_XXXXXX%s", ending));
    int fd = mkstemps(path, (int)strlen(ending));
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    ms_status status = ms_feature_config_read(path, config, err);
    unlink(path);
    return status;
}

static ms_status read_text(const char *text, ms_feature_config *config, ms_error *err) {
    return read_as("", text, config, err);
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

/* The keys of pyradiomics 3.0.1's parameter files (its paramSchema.yaml). */
static void a_parameter_file_of_pyradiomics_is_read(void **state) {
    (void)state;
    ms_feature_config c;
    ms_error err = {0};
    ms_feature_set set = {0};
    const char *text =
        "# comment\n"
        "imageType:\n  Original: {}\n  LoG:\n    sigma: [1.0, 3.0]\n    binWidth: 7\n  Wavelet: {}\n"
        "featureClass:\n  shape:\n  glcm: ['Contrast', 'Idm']\n  firstorder: []\n"
        "  gldm:\n    - 'DependenceVariance'\n"
        "setting:\n  normalize: true\n  normalizeScale: 100\n  removeOutliers: 3\n"
        "  interpolator: 'sitkLinear'\n  resampledPixelSpacing: [2, 2, 0]\n  padDistance: 10\n"
        "  binWidth: 5\n  voxelArrayShift: 300\n  label: 2\n  resegmentRange: [3, -3]\n"
        "  resegmentMode: sigma\n  weightingNorm: null\n  correctMask: true\n  distances: [1, 3]\n";
    if (read_as(".yaml", text, &c, &err) != MS_OK) fail_msg("%s", err.message);
    assert_int_equal(c.images, MS_IMAGE_ORIGINAL | MS_IMAGE_LOG | MS_IMAGE_WAVELET);
    assert_int_equal(c.families, MS_FAMILY_SHAPE | MS_FAMILY_GLCM | MS_FAMILY_FIRSTORDER | MS_FAMILY_GLDM);
    assert_true(c.as_pyradiomics && c.normalize && !c.force2d && c.interpolation == MS_INTERPOLATE_LINEAR);
    assert_true(c.resegment_mode == MS_RESEGMENT_SIGMA && c.weights == MS_WEIGHTS_AVERAGE);
    assert_int_equal(c.pad_voxels, 10);
    assert_int_equal(c.n_distances, 2);
    assert_int_equal(c.distances[1], 3);
    assert_int_equal(c.label, 2);
    assert_near(c.resegment_hu[0], -3, 0);
    assert_near(c.spacing_mm[1], 2, 0);
    assert_near(c.image_bin_width[2], 7, 0);
    assert_int_equal(ms_feature_names(&c, &set, &err), MS_OK);
    assert_int_equal(set.n, 14 + 11 * (18 + 2 + 1));
    (void)find_feature(&set, "wavelet-LLH_glcm_Contrast");
    (void)find_feature(&set, "log-sigma-3-0-mm-3D_gldm_DependenceVariance");
    ms_feature_set_clear(&set);
    /* what is not said is pyradiomics' default: the original image, all classes but shape2D */
    if (read_as(".yml", "setting: {binCount: 32}\n", &c, &err) != MS_OK) fail_msg("%s", err.message);
    assert_int_equal(ms_feature_names(&c, &set, &err), MS_OK);
    assert_int_equal(set.n, 107);
    assert_int_equal(c.bin_count, 32);
    ms_feature_set_clear(&set);
}

static void wrong_parameter_files_name_line_and_key(void **state) {
    (void)state;
    static const struct {
        const char *text, *said;
    } bad[] = {
        {"setting:\n  binWith: 25\n", ":2: setting: 'binWith' is not known; did you mean 'binWidth'?"},
        {"setting:\n  binWidth: wide\n", ":2: binWidth"},
        {"setting:\n  binWidth: 0\n", "binWidth"},
        {"setting:\n  binCount: 2.5\n", "binCount"},
        {"setting:\n  interpolator: sitkGaussian\n", "sitkBSpline"},
        {"setting:\n  wavelet: haar\n", "coif1"},
        {"setting:\n  distances: [0, 2]\n", "distances"},
        {"setting:\n  distances: [2, 2]\n", "distances"},
        {"setting:\n  distances: [1.5]\n", "distances"},
        {"setting:\n  resampledPixelSpacing: [1, 1]\n", "resampledPixelSpacing"},
        {"setting:\n  force2D: perhaps\n", "force2D"},
        {"setting:\n  label: 300\n", "label"},
        {"setting: 5\n", "setting"},
        {"imageType:\n  Wavelets: {}\n", "Wavelet"},
        {"imageType:\n  Square:\n    normalize: true\n", "normalize"},
        {"inputImage:\n  Original: {}\n", "imageType"},
        {"featureClass:\n  glmc:\n", "glcm"},
        {"featureClass:\n  glcm: [Contrst]\n", "Contrast"},
        {"setings: {}\n", "setting"},
        {"- 1\n", "mapping"},
        {"a: [\n", "YAML"},
        {"", "mapping"},
    };
    for (size_t i = 0; i < MS_COUNT(bad); i++) {
        ms_feature_config c;
        ms_error err = {0};
        ms_status status = read_as(".yaml", bad[i].text, &c, &err);
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
        cmocka_unit_test(a_parameter_file_of_pyradiomics_is_read),
        cmocka_unit_test(wrong_parameter_files_name_line_and_key),
        cmocka_unit_test(unknown_presets_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
