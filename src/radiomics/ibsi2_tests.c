/* radiomics/ibsi2_tests.c: the settings of IBSI 2, phase 1 (tests with a validated response map) and phase 2,
 * as they stand beside the reference maps and values (Whybra et al., Radiology 2024;310:e231319). */
#include "radiomics/ibsi2.h"

#define ZERO .boundary = MS_BOUNDARY_ZERO
#define NEAREST .boundary = MS_BOUNDARY_NEAREST
#define PERIODIC .boundary = MS_BOUNDARY_PERIODIC
#define MIRROR .boundary = MS_BOUNDARY_MIRROR
#define AVERAGE .pooling = MS_POOLING_AVERAGE
#define MAXIMUM .pooling = MS_POOLING_MAX
#define MEAN(...)                                                                                            \
    { .kind = MS_FILTER_MEAN, .size = 15, __VA_ARGS__ }
#define LOG(s, ...)                                                                                          \
    { .kind = MS_FILTER_LAPLACIAN, .sigma_mm = (s), .truncate = 4, __VA_ARGS__ }
#define LAWS(k, ...)                                                                                         \
    { .kind = MS_FILTER_LAWS, .kernels = k, __VA_ARGS__ }
#define ENERGY .energy = true, .energy_delta = 7
#define GABOR(s, l, g, ...)                                                                                  \
    { .kind = MS_FILTER_GABOR, .sigma_mm = (s), .lambda_mm = (l), .gamma = (g), __VA_ARGS__ }
#define TURNED(step) AVERAGE, .theta_step_deg = (step), .three_planes = true
#define WAVELET(f, b, l, ...)                                                                                \
    { .kind = MS_FILTER_WAVELET, .family = f, .kernels = b, .level = (l), __VA_ARGS__ }
#define SIMONCELLI(l)                                                                                        \
    { .kind = MS_FILTER_SIMONCELLI, .level = (l), PERIODIC }

const ms_ibsi2_test ms_ibsi2_tests[] = {
    {"1.a.1", "checkerboard", MEAN(ZERO)},
    {"1.a.2", "checkerboard", MEAN(NEAREST)},
    {"1.a.3", "checkerboard", MEAN(PERIODIC)},
    {"1.a.4", "checkerboard", MEAN(MIRROR)},
    {"1.b.1", "impulse", MEAN(ZERO, .by_slice = true)},
    {"2.a", "impulse", LOG(3, ZERO)},
    {"2.b", "checkerboard", LOG(5, MIRROR)},
    {"2.c", "checkerboard", LOG(5, MIRROR, .by_slice = true)},
    {"3.a.1", "impulse", LAWS("E5L5S5", ZERO)},
    {"3.a.2", "impulse", LAWS("E5L5S5", ZERO, MAXIMUM)},
    {"3.a.3", "impulse", LAWS("E5L5S5", ZERO, MAXIMUM, ENERGY)},
    {"3.b.1", "checkerboard", LAWS("E3W5R5", MIRROR)},
    {"3.b.2", "checkerboard", LAWS("E3W5R5", MIRROR, MAXIMUM)},
    {"3.b.3", "checkerboard", LAWS("E3W5R5", MIRROR, MAXIMUM, ENERGY)},
    {"3.c.1", "checkerboard", LAWS("L5S5", MIRROR, .by_slice = true)},
    {"3.c.2", "checkerboard", LAWS("L5S5", MIRROR, MAXIMUM, .by_slice = true)},
    {"3.c.3", "checkerboard", LAWS("L5S5", MIRROR, MAXIMUM, ENERGY, .by_slice = true)},
    {"4.a.1", "impulse", GABOR(10, 4, 0.5, ZERO, .theta_deg = 60)},
    {"4.a.2", "impulse", GABOR(10, 4, 0.5, ZERO, TURNED(45))},
    {"4.b.1", "sphere", GABOR(20, 8, 2.5, MIRROR, .theta_deg = 225)},
    {"4.b.2", "sphere", GABOR(20, 8, 2.5, MIRROR, TURNED(22.5))},
    {"5.a.1", "impulse", WAVELET("db2", "LHL", 1, ZERO)},
    {"5.a.2", "impulse", WAVELET("db2", "LHL", 1, ZERO, AVERAGE)},
    {"6.a.1", "sphere", WAVELET("coif1", "HHL", 1, PERIODIC)},
    {"6.a.2", "sphere", WAVELET("coif1", "HHL", 1, PERIODIC, AVERAGE)},
    {"7.a.1", "checkerboard", WAVELET("haar", "LLL", 2, MIRROR, AVERAGE)},
    {"7.a.2", "checkerboard", WAVELET("haar", "HHH", 2, MIRROR, AVERAGE)},
    {"8.a.1", "checkerboard", SIMONCELLI(1)},
    {"8.a.2", "checkerboard", SIMONCELLI(2)},
    {"8.a.3", "checkerboard", SIMONCELLI(3)},
    {"9.a",
     "impulse",
     {.kind = MS_FILTER_RIESZ_LAPLACIAN, .order = {1, 0, 0}, .sigma_mm = 3, .truncate = 4, ZERO}},
    {"9.b.1",
     "sphere",
     {.kind = MS_FILTER_RIESZ_LAPLACIAN, .order = {0, 2, 0}, .sigma_mm = 3, .truncate = 4, ZERO}},
    {"10.b.1", "pattern_1", {.kind = MS_FILTER_RIESZ_SIMONCELLI, .order = {0, 2, 0}, .level = 1, PERIODIC}},
};
const size_t ms_ibsi2_n_tests = MS_COUNT(ms_ibsi2_tests);

/* Configurations 2 to 9, A in the plane and B in space. All name mirroring as their boundary condition; the
 * reference values of 8 and 9 are those of a Fourier transform of the image as it is, which is periodic. */
static const ms_feature_filter phase2[2][8] = {
    {{.name = "c2", .kind = MS_FILTER_MEAN, .size = 5, MIRROR},
     {.name = "c3", .kind = MS_FILTER_LAPLACIAN, .sigma_mm = 1.5, .truncate = 4, MIRROR},
     {.name = "c4", .kind = MS_FILTER_LAWS, .kernels = "L5E5", MAXIMUM, ENERGY, MIRROR},
     {.name = "c5",
      .kind = MS_FILTER_GABOR,
      .sigma_mm = 5,
      .lambda_mm = 2,
      .gamma = 1.5,
      TURNED(22.5),
      MIRROR},
     {.name = "c6", .kind = MS_FILTER_WAVELET, .family = "db3", .kernels = "LH", .level = 1, AVERAGE, MIRROR},
     {.name = "c7", .kind = MS_FILTER_WAVELET, .family = "db3", .kernels = "HH", .level = 2, AVERAGE, MIRROR},
     {.name = "c8", .kind = MS_FILTER_SIMONCELLI, .level = 1, PERIODIC},
     {.name = "c9", .kind = MS_FILTER_SIMONCELLI, .level = 2, PERIODIC}},
    {{.name = "c2", .kind = MS_FILTER_MEAN, .size = 5, MIRROR},
     {.name = "c3", .kind = MS_FILTER_LAPLACIAN, .sigma_mm = 1.5, .truncate = 4, MIRROR},
     {.name = "c4", .kind = MS_FILTER_LAWS, .kernels = "L5E5E5", MAXIMUM, ENERGY, MIRROR},
     {.name = "c5",
      .kind = MS_FILTER_GABOR,
      .sigma_mm = 5,
      .lambda_mm = 2,
      .gamma = 1.5,
      TURNED(22.5),
      MIRROR},
     {.name = "c6",
      .kind = MS_FILTER_WAVELET,
      .family = "db3",
      .kernels = "LLH",
      .level = 1,
      AVERAGE,
      MIRROR},
     {.name = "c7",
      .kind = MS_FILTER_WAVELET,
      .family = "db3",
      .kernels = "HHH",
      .level = 2,
      AVERAGE,
      MIRROR},
     {.name = "c8", .kind = MS_FILTER_SIMONCELLI, .level = 1, PERIODIC},
     {.name = "c9", .kind = MS_FILTER_SIMONCELLI, .level = 2, PERIODIC}},
};

/* A: slice by slice, not resampled; B: 1 mm by cubic splines, rounded; both HU -1000 to 400. */
ms_status ms_ibsi2_features(const char *folder, bool three_d, ms_feature_set *set, ms_error *err) {
    char image[4096], file[4096];
    ms_feature_config config;
    ms_scan scan = {0};
    ms_mask mask = {0};
    const uint8_t label = 1;
    const char *const phantom = "phantoms/ibsi_2_ct_radiomics_phantom/nifti";
    if (!ms_text_format(image, sizeof image, "%s/%s/image/phantom.nii.gz", folder, phantom) ||
        !ms_text_format(file, sizeof file, "%s/%s/mask/mask.nii.gz", folder, phantom))
        return ms_error_set(err, MS_EINPUT, "%s: the path is too long", folder);
    ms_scan_options keep = {.keep_values = true};
    ms_status status = ms_feature_config_preset(&config, "ibsi", err);
    if (status == MS_OK) status = ms_scan_read(image, &keep, &scan, err);
    if (status == MS_OK) status = ms_mask_read(file, &scan.volume.geometry, &mask, err);
    if (status == MS_OK) {
        config.families = MS_FAMILY_FIRSTORDER;
        config.force2d = !three_d;
        config.resegment_hu[0] = -1000;
        config.resegment_hu[1] = 400;
        for (size_t f = 0; f < MS_COUNT(phase2[0]); f++) config.filters[f] = phase2[three_d][f];
        config.n_filters = MS_COUNT(phase2[0]);
        if (three_d) {
            config.spacing_mm[0] = config.spacing_mm[1] = config.spacing_mm[2] = 1;
            config.interpolation = MS_INTERPOLATE_SPLINE;
            config.round_resampled = true;
        }
        status = ms_features_extract(&scan.volume, &mask, &label, 1, &config, set, err);
    }
    ms_scan_clear(&scan);
    ms_mask_clear(&mask);
    return status;
}
