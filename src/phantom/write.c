#include "myosurv/phantom.h"

#include "base/base.h"

ms_status ms_phantom_write(const ms_phantom_params *params, uint64_t seed, const ms_volume *volume,
                           bool dicom, const char *path, ms_error *err) {
    const bool sharp = params->kernel == MS_PHANTOM_SHARP;
    if (!dicom) {
        char text[80];
        (void)ms_text_format(text, sizeof text, "SYNTHETIC CT phantom, no patient (myosurv %s, seed %llu)",
                             ms_version(), (unsigned long long)seed);
        return ms_volume_write_nifti(volume, path, text, err);
    }
    ms_dicom_tags tags = {
        .series_description = "SYNTHETIC CT phantom, no patient",
        .kernel = sharp ? "SHARP" : "SOFT",
        .study_comment = "SYNTHETIC: drawn by myosurv phantom, not a patient",
        .kvp = 120,
        .slice_thickness_mm = params->slice_mm,
        .contrast = params->phase != MS_PHANTOM_PLAIN,
        .sex = params->sex > 0.5 ? 'M' : 'F',
        .uid_seed = seed,
    };
    return ms_volume_write_dicom(volume, path, &tags, err);
}
