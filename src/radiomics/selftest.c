/* radiomics/selftest.c: quick checks that need no file: features of the IBSI digital phantom (IBSI reference
 * manual, CC BY 4.0) against its reference values. */
#include "radiomics/radiomics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NX = 5, NY = 4, NZ = 4, VOXELS = NX * NY * NZ };

/* The phantom's grey levels; 0 marks voxels outside its region, which have a value there that no check below
 * reads. */
static const uint8_t phantom[VOXELS] = {
    1, 4, 4, 1, 1, 1, 4, 6, 1, 1, 4, 1, 6, 4, 1, 4, 4, 6, 4, 1, /* slice 0 */
    1, 4, 4, 1, 1, 1, 1, 6, 1, 1, 0, 1, 3, 1, 1, 4, 4, 6, 1, 1, /* slice 1 */
    1, 4, 4, 0, 0, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 6, 1, 1, /* slice 2 */
    1, 4, 4, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 6, 1, 1, /* slice 3 */
};

static const struct check {
    const char *tag;
    double reference, tolerance;
} checks[] = {
    {"morph_volume", 556, 4},
    {"morph_area_mesh", 388, 3},
    {"morph_diam", 13.1, 0.1},
    {"morph_moran_i", 0.0397, 0.0003},
    {"stat_mean", 2.15, 0.005},
    {"stat_kurt", -0.355, 0.0005},
    {"ih_entropy", 1.27, 0.005},
    {"ivh_v90", 0.0946, 0.00005},
    {"cm_contrast_3D_comb", 5.12, 0.005},
    {"cm_info_corr2_3D_avg", 0.52, 0.0005},
    {"rlm_glnu_3D_comb", 281, 0.5},
    {"szm_lzhge_3D", 1490, 5},
    {"dzm_zd_entr_3D", 1.92, 0.005},
    {"ngt_busyness_3D", 6.54, 0.005},
    {"ngl_dc_energy_3D", 0.0533, 0.00005},
};

static bool passes(const ms_feature_set *set, const struct check *check) {
    for (size_t i = 0; i < set->n; i++) {
        if (strcmp(set->names[i], check->tag) != 0) continue;
        if (fabs(set->values[i] - check->reference) <= check->tolerance) return true;
        ms_log(MS_LOG_ERROR, "selftest: %s is %.6g, should be %g", check->tag, set->values[i],
               check->reference);
        return false;
    }
    ms_log(MS_LOG_ERROR, "selftest: there is no feature %s", check->tag);
    return false;
}

ms_status ms_radiomics_selftest(size_t *run, size_t *failed, ms_error *err) {
    static const ms_geometry geometry = {
        .n = {NX, NY, NZ}, .spacing_mm = {2, 2, 2}, .direction = {1, 0, 0, 0, 1, 0, 0, 0, 1}};
    ms_volume volume = {0};
    ms_mask mask = {0};
    ms_feature_set set = {0};
    ms_feature_config config;
    const uint8_t label = 1;
    size_t bad = 0;
    ms_status status = ms_volume_alloc(&volume, &geometry, err);
    if (status == MS_OK) status = ms_mask_alloc(&mask, &geometry, err);
    if (status == MS_OK) status = ms_feature_config_preset(&config, "ibsi", err);
    for (size_t v = 0; v < VOXELS && status == MS_OK; v++) {
        volume.data[v] = phantom[v];
        mask.data[v] = phantom[v] > 0;
    }
    if (status == MS_OK) {
        config.bin_width = 1;
        status = ms_features_extract(&volume, &mask, &label, 1, &config, &set, err);
    }
    for (size_t c = 0; c < MS_COUNT(checks) && status == MS_OK; c++) bad += !passes(&set, &checks[c]);
    if (status == MS_OK) {
        *run = MS_COUNT(checks);
        *failed = bad;
    }
    ms_feature_set_clear(&set);
    ms_volume_clear(&volume);
    ms_mask_clear(&mask);
    return status;
}
