/* image/scan.c: reads a scan of any format into canonical axes. */
#include "image/private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const format_names[] = {"DICOM", "NIfTI", "NRRD", "MetaImage"};

/* ---- which format it is ----------------------------------------------------------------------------- */

static ms_status not_a_scan(const char *path, ms_error *err) {
    if (ms_text_ends_with(path, ".dcm"))
        return ms_error_set(err, MS_EINPUT, "%s: is no DICOM file (no DICM mark at byte 128)", path);
    return ms_error_set(err, MS_EINPUT, "%s: is no scan: neither DICOM nor NIfTI, NRRD or MetaImage", path);
}

/* The decoder of NIfTI looks at names. */
static ms_status check_nifti_name(const char *path, bool zipped, ms_error *err) {
    if (ms_text_ends_with(path, zipped ? ".nii.gz" : ".nii")) return MS_OK;
    return ms_error_set(err, MS_EINPUT, "%s: is %s NIfTI; its name must end with %s", path,
                        zipped ? "compressed" : "plain", zipped ? ".nii.gz" : ".nii");
}

static ms_status find_format(const char *path, ms_image_format *format, ms_error *err) {
    uint8_t start[352];
    if (!ms_path_exists(path)) return ms_error_set(err, MS_EINPUT, "%s: no such file or folder", path);
    *format = MS_FORMAT_DICOM;
    if (ms_path_is_dir(path)) return MS_OK;
    FILE *file = fopen(path, "rb");
    if (!file) return ms_error_set(err, MS_EINPUT, "%s: cannot open it", path);
    size_t n = fread(start, 1, sizeof start, file);
    fclose(file);
    if (n == 0) return ms_error_set(err, MS_EINPUT, "%s: the file is empty", path);
    if (ms_dicom_has_mark(start, n)) return MS_OK;
    if (n >= 7 && memcmp(start, "NRRD000", 7) == 0) {
        *format = MS_FORMAT_NRRD;
        return MS_OK;
    }
    *format = MS_FORMAT_NIFTI;
    if (n >= 2 && start[0] == 0x1f && start[1] == 0x8b) return check_nifti_name(path, true, err);
    if (n >= 348 && (memcmp(start + 344, "n+1", 4) == 0 || memcmp(start + 344, "ni1", 4) == 0))
        return check_nifti_name(path, false, err);
    if (ms_text_ends_with(path, ".nii") || ms_text_ends_with(path, ".nii.gz"))
        return MS_OK; /* a damaged one */
    *format = MS_FORMAT_META;
    if (ms_text_ends_with(path, ".mha") || ms_text_ends_with(path, ".mhd")) return MS_OK;
    return not_a_scan(path, err);
}

/* ---- single-file formats ---------------------------------------------------------------------------- */

static ms_status file_scan(ms_image_format format, const char *path, uint64_t max_bytes, bool header_only,
                           ms_scan_info *info, ms_geometry *stored, ms_decoded *decoded, ms_error *err) {
    ms_file_header header;
    ms_decoded result = {0};
    ms_geometry g = {0};
    ms_status status = ms_file_header_check(format, path, max_bytes, header_only, &header, err);
    if (!status) status = ms_decode_file(format, path, &header, header_only, &result, err);
    if (status) return status;
    for (int axis = 0; axis < 3; axis++) {
        g.n[axis] = result.header.n[axis];
        g.spacing_mm[axis] = result.header.spacing[axis];
        g.origin_mm[axis] = result.header.origin[axis];
        if (g.n[axis] != header.n[axis])
            status = ms_error_set(err, MS_EINPUT,
                                  "%s: the decoder finds another size than the header declares", path);
    }
    memcpy(g.direction, result.header.direction, sizeof g.direction);
    if (!status) status = ms_geometry_check(&g, sizeof(float), max_bytes, path, err);
    if (status) {
        ms_decoded_clear(&result);
        return status;
    }
    if (!header.oriented)
        ms_log(MS_LOG_WARNING,
               "%s: the header does not say how the image lies in the patient; left and right may be wrong",
               path);
    info->files = 1;
    info->slice_thickness_mm = info->kvp = info->padding_hu = NAN;
    info->contrast = -1;
    *stored = g;
    *decoded = result;
    return MS_OK;
}

static ms_status read_any(const char *path, const ms_scan_options *options, bool header_only,
                          ms_scan_info *info, ms_geometry *stored, ms_decoded *decoded, ms_error *err) {
    ms_image_format format;
    uint64_t max_bytes = options && options->max_bytes ? options->max_bytes : MS_DEFAULT_MAX_BYTES;
    ms_status status = find_format(path, &format, err);
    if (status) return status;
    if (format == MS_FORMAT_DICOM)
        status = ms_dicom_scan(path, options, header_only, info, stored, decoded, err);
    else
        status = file_scan(format, path, max_bytes, header_only, info, stored, decoded, err);
    if (status) return status;
    (void)ms_text_format(info->format, sizeof info->format, "%s", format_names[format]);
    ms_orientation_text(stored, info->orientation);
    return MS_OK;
}

/* ---- into canonical axes ---------------------------------------------------------------------------- */

static void copy_canonical(const float *stored, const ms_layout *layout, ms_volume *volume) {
    const size_t *n = volume->geometry.n;
    ptrdiff_t step[3], offset;
    ms_layout_steps(layout, step, &offset);
    float *out = volume->data;
    for (size_t k = 0; k < n[2]; k++)
        for (size_t j = 0; j < n[1]; j++) {
            const float *in = stored + offset + (ptrdiff_t)k * step[2] + (ptrdiff_t)j * step[1];
            for (size_t i = 0; i < n[0]; i++) *out++ = in[(ptrdiff_t)i * step[0]];
        }
}

/* Values below air are no tissue: scanners mark with them what lies outside the field of view. Noise can go
 * below air too, so a lowest value that few voxels have is not called padding. */
static void clear_padding(ms_volume *volume, double *padding_hu) {
    size_t n = ms_voxels(&volume->geometry), count = 0;
    double lowest = 0.0;
    for (size_t v = 0; v < n; v++) {
        double hu = (double)volume->data[v];
        if (hu >= MS_PADDING_HU) continue;
        count = hu < lowest ? 1 : count + (hu == lowest);
        if (hu < lowest) lowest = hu;
        volume->data[v] = (float)MS_PADDING_HU;
    }
    if (isnan(*padding_hu) && count > n / 1000) *padding_hu = lowest;
}

static ms_status check_finite(const ms_volume *volume, const char *path, ms_error *err) {
    size_t n = ms_voxels(&volume->geometry), bad = 0;
    for (size_t v = 0; v < n; v++) bad += isfinite(volume->data[v]) ? 0 : 1;
    if (bad) return ms_error_set(err, MS_EINPUT, "%s: %zu voxels hold no finite number", path, bad);
    return MS_OK;
}

ms_status ms_scan_read(const char *path, const ms_scan_options *options, ms_scan *scan, ms_error *err) {
    ms_scan result;
    ms_decoded decoded = {0};
    ms_geometry stored;
    memset(&result, 0, sizeof result);
    ms_status status = read_any(path, options, false, &result.info, &stored, &decoded, err);
    if (status) goto cleanup;
    ms_layout_of(&stored, &result.layout, &result.info.geometry);
    status = ms_volume_alloc(&result.volume, &result.info.geometry, err);
    if (status) goto cleanup;
    copy_canonical(decoded.values, &result.layout, &result.volume);
    status = check_finite(&result.volume, path, err);
    if (status) goto cleanup;
    if (!options || !options->keep_values) clear_padding(&result.volume, &result.info.padding_hu);
    *scan = result;
cleanup:
    ms_decoded_clear(&decoded);
    if (status) ms_scan_clear(&result);
    return status;
}

ms_status ms_scan_inspect(const char *path, const ms_scan_options *options, ms_scan_info *info,
                          ms_error *err) {
    ms_scan_info result;
    ms_decoded decoded = {0};
    ms_layout layout;
    ms_geometry stored;
    memset(&result, 0, sizeof result);
    ms_status status = read_any(path, options, true, &result, &stored, &decoded, err);
    ms_decoded_clear(&decoded);
    if (status) {
        ms_scan_info_clear(&result);
        return status;
    }
    ms_layout_of(&stored, &layout, &result.geometry);
    *info = result;
    return MS_OK;
}

void ms_scan_info_clear(ms_scan_info *info) {
    if (!info) return;
    free(info->series);
    memset(info, 0, sizeof *info);
}

void ms_scan_clear(ms_scan *scan) {
    if (!scan) return;
    ms_volume_clear(&scan->volume);
    ms_scan_info_clear(&scan->info);
    memset(&scan->layout, 0, sizeof scan->layout);
}
