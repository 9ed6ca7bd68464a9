/* radiomics/config.c: presets, and what a configuration may be. */
#include "radiomics/radiomics.h"

#include "radiomics/filter.h"

#include <math.h>
#include <string.h>

const char *const ms_feature_presets[] = {"default", "liu2024", "liu2024-3d", "pyradiomics", "ibsi", NULL};

enum {
    LIU_FAMILIES =
        MS_FAMILY_FIRSTORDER | MS_FAMILY_GLCM | MS_FAMILY_GLRLM | MS_FAMILY_GLSZM | MS_FAMILY_NGTDM,
    PYRADIOMICS_FAMILIES = LIU_FAMILIES | MS_FAMILY_GLDM | MS_FAMILY_SHAPE,
    IBSI_FAMILIES = LIU_FAMILIES | MS_FAMILY_GLDM | MS_FAMILY_SHAPE | MS_FAMILY_GLDZM | MS_FAMILY_LOCAL |
                    MS_FAMILY_HISTOGRAM | MS_FAMILY_IVH,
    ALL_IMAGES = MS_IMAGE_ORIGINAL | MS_IMAGE_WAVELET | MS_IMAGE_LOG | MS_IMAGE_SQUARE | MS_IMAGE_SQUAREROOT |
                 MS_IMAGE_LOGARITHM | MS_IMAGE_EXPONENTIAL | MS_IMAGE_GRADIENT
};

const char *ms_feature_preset_summary(const char *preset) {
    static const char *const summaries[] = {
        "shape (3D and 2D), first order and all textures of the original image, 116 features",
        "17 images x 79 features = 1343, slice by slice, after Liu et al. 2024",
        "the same 17 x 79 with 3D neighbours and filters",
        "pyradiomics' own defaults: original image, 3D, bin width 25, 107 features",
        "all IBSI families in 3D with IBSI's names"};
    for (size_t i = 0; ms_feature_presets[i]; i++) {
        if (strcmp(preset, ms_feature_presets[i]) == 0) return summaries[i];
    }
    return NULL;
}

static ms_feature_config base_config(const char *preset) {
    ms_feature_config c = {.convention = MS_CONVENTION_PYRADIOMICS,
                           .families = PYRADIOMICS_FAMILIES,
                           .images = MS_IMAGE_ORIGINAL,
                           .log_sigma_mm = {1, 3, 5},
                           .n_log_sigma = 3,
                           .bin_width = 25,
                           .distances = {1},
                           .n_distances = 1,
                           .resegment_hu = {(double)NAN, (double)NAN},
                           .pad_voxels = 5,
                           .normalize_scale = 1,
                           .lbp2d_radius = 1,
                           .lbp2d_samples = 8,
                           .lbp3d_radius = 1,
                           .lbp3d_levels = 2,
                           .lbp3d_subdivisions = 1};
    (void)ms_text_format(c.preset, sizeof c.preset, "%s", preset);
    return c;
}

ms_status ms_feature_config_preset(ms_feature_config *config, const char *preset, ms_error *err) {
    ms_feature_config c = base_config(preset);
    if (strcmp(preset, "default") == 0) {
        c.families |= MS_FAMILY_SHAPE2D;
    } else if (strcmp(preset, "liu2024") == 0 || strcmp(preset, "liu2024-3d") == 0) {
        c.families = LIU_FAMILIES;
        c.images = ALL_IMAGES;
        c.force2d = strcmp(preset, "liu2024") == 0;
    } else if (strcmp(preset, "ibsi") == 0) {
        c.convention = MS_CONVENTION_IBSI;
        c.families = IBSI_FAMILIES;
    } else if (strcmp(preset, "pyradiomics") == 0) {
        c.as_pyradiomics = true;
        c.interpolation = MS_INTERPOLATE_SPLINE;
    } else {
        return ms_error_set(
            err, MS_EUSAGE,
            "no feature preset is called '%s': use default, liu2024, liu2024-3d, pyradiomics or ibsi",
            preset);
    }
    *config = c;
    return MS_OK;
}

static bool positive(double x) {
    return isfinite(x) && x > 0;
}

ms_status ms_feature_config_check(const ms_feature_config *c, ms_error *err) {
    bool ibsi = c->convention == MS_CONVENTION_IBSI;
    if (c->families == 0) return ms_error_set(err, MS_EUSAGE, "features: no family is asked for");
    if (c->images == 0 && c->n_filters == 0)
        return ms_error_set(err, MS_EUSAGE, "features: no image is asked for");
    if (ibsi && (c->images & ~(unsigned)MS_IMAGE_ORIGINAL)) {
        return ms_error_set(err, MS_EUSAGE,
                            "features: the IBSI convention takes the original image and filters only");
    }
    if (!ibsi && !(c->families & (PYRADIOMICS_FAMILIES | MS_FAMILY_SHAPE2D))) {
        return ms_error_set(err, MS_EUSAGE,
                            "features: the families asked for exist in the IBSI convention only");
    }
    if (ibsi && c->families == MS_FAMILY_SHAPE2D) {
        return ms_error_set(err, MS_EUSAGE, "features: shape2d exists in the pyradiomics convention only");
    }
    if (c->bin_count == 0 && !positive(c->bin_width)) {
        return ms_error_set(err, MS_EUSAGE,
                            "features: bin_width must be a positive number, or bin_count be given");
    }
    if (c->bin_count > MS_MAX_LEVELS) {
        return ms_error_set(err, MS_EUSAGE, "features: bin_count %zu is more than %d: use fewer bins",
                            c->bin_count, MS_MAX_LEVELS);
    }
    if ((c->images & MS_IMAGE_LOG) && (c->n_log_sigma == 0 || c->n_log_sigma > MS_FEATURE_MAX_SIGMAS)) {
        return ms_error_set(err, MS_EUSAGE, "features: log needs 1 to %d values in log_sigma_mm",
                            MS_FEATURE_MAX_SIGMAS);
    }
    for (size_t i = 0; (c->images & MS_IMAGE_LOG) && i < c->n_log_sigma; i++) {
        if (!positive(c->log_sigma_mm[i]) || c->log_sigma_mm[i] > 100) {
            return ms_error_set(err, MS_EUSAGE,
                                "features: log_sigma_mm must lie above 0 and not above 100 mm");
        }
    }
    if (!positive(c->lbp2d_radius) || !positive(c->lbp3d_radius) || c->lbp2d_radius > 100 ||
        c->lbp3d_radius > 100 || c->lbp2d_samples < 1 || c->lbp2d_samples > MS_LBP_MAX_SAMPLES ||
        c->lbp3d_levels < 1 || c->lbp3d_levels > MS_LBP_MAX_LEVELS || c->lbp3d_subdivisions > 2) {
        return ms_error_set(
            err, MS_EUSAGE,
            "features: local binary patterns take radii up to 100 voxels, 1 to %d samples, 1 to "
            "%d levels and up to 2 subdivisions",
            MS_LBP_MAX_SAMPLES, MS_LBP_MAX_LEVELS);
    }
    for (int a = 0; a < 3; a++) {
        if (c->spacing_mm[a] != 0 && !positive(c->spacing_mm[a])) {
            return ms_error_set(err, MS_EUSAGE,
                                "features: spacing_mm must be positive, or 0 to leave an axis as it is");
        }
    }
    if (c->resegment_hu[0] > c->resegment_hu[1]) {
        return ms_error_set(err, MS_EUSAGE, "features: resegment_hu has its low bound above its high bound");
    }
    if (!(c->resegment_sigma >= 0) || !(c->ngldm_alpha >= 0) || !isfinite(c->array_shift)) {
        return ms_error_set(
            err, MS_EUSAGE,
            "features: resegment_sigma and gldm_alpha must not be negative, array_shift be finite");
    }
    for (size_t i = 0; i < c->n_distances; i++) {
        bool again = false;
        for (size_t k = 0; k < i; k++) again |= c->distances[k] == c->distances[i];
        if (again || c->distances[i] < 1 || c->distances[i] > MS_FEATURE_LARGEST_DISTANCE)
            return ms_error_set(err, MS_EUSAGE,
                                "features: distances are different whole numbers from 1 to %d, in voxels",
                                MS_FEATURE_LARGEST_DISTANCE);
    }
    if (c->n_distances < 1 || c->n_distances > MS_FEATURE_MAX_DISTANCES)
        return ms_error_set(err, MS_EUSAGE, "features: 1 to %d distances", MS_FEATURE_MAX_DISTANCES);
    bool in_order = c->order[0] == 0 && c->order[1] == 0 && c->order[2] == 0;
    if (!in_order && (c->order[0] > 2 || c->order[1] > 2 || c->order[2] > 2 || c->order[0] == c->order[1] ||
                      c->order[0] == c->order[2] || c->order[1] == c->order[2])) {
        return ms_error_set(err, MS_EUSAGE, "features: order must name each of the axes 0, 1 and 2 once");
    }
    ms_status filters = ms_filters_check(c, err);
    if (filters != MS_OK) return filters;
    return MS_OK;
}

/* The origin along an axis; exact when the axis is one of the patient's. */
static double origin_along(const ms_geometry *g, int axis) {
    double sum = 0;
    for (int row = 0; row < 3; row++) {
        double d = g->direction[3 * row + axis];
        if (fabs(d) == 1.0) return d * g->origin_mm[row];
        sum += d * g->origin_mm[row];
    }
    return sum;
}

void ms_feature_config_stored(ms_feature_config *config, const ms_layout *layout) {
    for (int canonical = 0; canonical < 3 && config->as_pyradiomics; canonical++) {
        config->reversed[canonical] = layout->flip[canonical];
        config->order[layout->axis[canonical]] = (uint8_t)canonical;
        config->stored_origin_mm[canonical] = origin_along(&layout->stored, canonical);
    }
}
