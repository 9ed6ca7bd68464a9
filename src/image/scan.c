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
    uint8_t start[352] = {0};
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
    if (n >= 348 && (memcmp(start + 344, "n+1", 4) == 0 || memcmp(start + 344, "ni1", 4) == 0 ||
                     memcmp(start + 4, "n+2", 4) == 0 || memcmp(start + 4, "ni2", 4) == 0))
        return check_nifti_name(path, false, err);
    *format = MS_FORMAT_DICOM;
    if (ms_dicom_looks_bare(start, n)) return MS_OK;
    *format = MS_FORMAT_NIFTI;
    if (ms_text_ends_with(path, ".nii") || ms_text_ends_with(path, ".nii.gz"))
        return MS_OK; /* a damaged one */
    *format = MS_FORMAT_META;
    if (ms_text_ends_with(path, ".mha") || ms_text_ends_with(path, ".mhd")) return MS_OK;
    return not_a_scan(path, err);
}

/* ---- single-file formats ---------------------------------------------------------------------------- */

/* Where the voxels lie, by our own reading of the header or by ITK's. */
static ms_status place_of(const char *path, const ms_file_header *header, const ms_itk_header *itk,
                          ms_geometry *g, ms_error *err) {
    if (header->placed) {
        *g = header->place;
        return MS_OK;
    }
    for (int axis = 0; axis < 3; axis++) {
        g->n[axis] = itk->n[axis];
        g->spacing_mm[axis] = itk->spacing[axis];
        g->origin_mm[axis] = itk->origin[axis];
        if (g->n[axis] != header->n[axis])
            return ms_error_set(err, MS_EINPUT, "%s: the decoder finds another size than the header declares",
                                path);
    }
    memcpy(g->direction, itk->direction, sizeof g->direction);
    return MS_OK;
}

static ms_status file_scan(ms_image_format format, const char *path, uint64_t max_bytes, bool header_only,
                           ms_scan_info *info, ms_stack *stack, ms_decoded *decoded, ms_error *err) {
    ms_file_header header;
    ms_decoded result = {0};
    ms_geometry g = {0};
    ms_status status = ms_file_header_check(format, path, max_bytes, header_only, &header, err);
    bool plain = !status && !header_only && header.placed && !header.compressed && !header.all_compressed;
    if (plain) {
        result.plain = true;
        result.source = header;
    }
    if (!status && !plain) status = ms_decode_file(format, path, &header, header_only, &result, err);
    if (status) return status;
    status = place_of(path, &header, &result.header, &g, err);
    if (!status) status = ms_geometry_check(&g, sizeof(float), max_bytes, path, err);
    stack->grid = g;
    if (!status && (header.drift[0] != 0.0 || header.drift[1] != 0.0)) {
        status = ms_stack_shear(&g, header.drift, stack, info, err);
        if (!status) status = ms_geometry_check(&stack->grid, sizeof(float), max_bytes, path, err);
    }
    if (!status && !header.oriented)
        status = ms_scan_note_add(info, "no_orientation", NAN, NAN, err,
                                  "the header does not say how the image lies in the patient; left and "
                                  "right may be wrong");
    if (status) {
        ms_decoded_clear(&result);
        return status;
    }
    info->files = 1;
    info->slice_thickness_mm = info->kvp = info->padding_hu = NAN;
    info->contrast = -1;
    *decoded = result;
    return MS_OK;
}

static ms_status read_any(const char *path, const ms_scan_options *options, bool header_only,
                          ms_scan_info *info, ms_stack *stack, ms_decoded *decoded, ms_error *err) {
    ms_image_format format;
    uint64_t max_bytes = options && options->max_bytes ? options->max_bytes : MS_DEFAULT_MAX_BYTES;
    ms_status status = find_format(path, &format, err);
    if (status) return status;
    if (format == MS_FORMAT_DICOM)
        status = ms_dicom_scan(path, options, header_only, info, stack, decoded, err);
    else
        status = file_scan(format, path, max_bytes, header_only, info, stack, decoded, err);
    if (status) return status;
    (void)ms_text_format(info->format, sizeof info->format, "%s", format_names[format]);
    ms_orientation_text(&stack->grid, info->orientation);
    ms_scan_notes_log(info, path);
    return MS_OK;
}

/* ---- into canonical axes ---------------------------------------------------------------------------- */

/* Formats keep the same number with different precision: DICOM as decimal digits, NIfTI as 32-bit floats. So
 * that a scan has one geometry however it is stored, a spacing is the decimal number of up to 7 digits that
 * has the same 32-bit float, or else that float; directions are 32-bit floats, and the origin is rounded to a
 * thousandth of a millimetre. */
static double common_number(double value) {
    float narrow = (float)value;
    for (int digits = 1; digits <= 7; digits++) {
        char text[40];
        double decimal;
        if (!ms_text_format(text, sizeof text, "%.*g", digits, value)) break;
        if (ms_parse_number(text, &decimal) && (float)decimal == narrow) return decimal;
    }
    return (double)narrow;
}

/* Checked again, for the corner that the canonical axes begin at may be beyond all numbers. */
static ms_status round_geometry(ms_geometry *g, const char *path, ms_error *err) {
    double finest = 1.0;
    for (int a = 0; a < 3; a++) {
        g->spacing_mm[a] = common_number(g->spacing_mm[a]);
        finest = fmin(finest, g->spacing_mm[a]);
    }
    for (int i = 0; i < 9; i++) {
        double *d = &g->direction[i];
        *d = fabs(*d) < 1e-6 ? 0.0 : 1.0 - fabs(*d) < 1e-12 ? copysign(1.0, *d) : (double)(float)*d;
    }
    for (int a = 0; finest >= 0.2 && a < 3; a++) g->origin_mm[a] = round(g->origin_mm[a] * 1e3) / 1e3 + 0.0;
    return ms_geometry_check(g, sizeof(float), SIZE_MAX / 2, path, err);
}

/* In the order of the stored slices where these are the canonical ones, so that what was copied can be given
 * back at once: a scan of a thousand slices is then in memory once, not twice. */
static void copy_canonical(const float *stored, const ms_layout *layout, ms_decoded *decoded,
                           ms_volume *volume, ms_padding_count *count) {
    const size_t *n = volume->geometry.n;
    ptrdiff_t step[3], offset;
    ms_layout_steps(layout, step, &offset);
    for (size_t at = 0; at < n[2]; at++) {
        size_t k = layout->flip[2] ? n[2] - 1 - at : at;
        for (size_t j = 0; j < n[1]; j++) {
            const float *in = stored + offset + (ptrdiff_t)k * step[2] + (ptrdiff_t)j * step[1];
            float *out = volume->data + ms_voxel_index(&volume->geometry, 0, j, k);
            if (step[0] == 1)
                memcpy(out, in, n[0] * sizeof *out);
            else
                for (size_t i = 0; i < n[0]; i++) out[i] = in[(ptrdiff_t)i * step[0]];
            ms_padding_take(out, n[0], count);
        }
        if (decoded && layout->axis[2] == 2 && at % 16 == 15)
            ms_decoded_release(decoded, (at + 1) * n[0] * n[1]);
    }
}

/* Reads the values of a plain file straight into the volume, or into `labels` when that is given and the file
 * holds labels. False when another way is needed. */
static bool fill_plain(const ms_stack *stack, const ms_decoded *decoded, const char *path, ms_scan *scan,
                       ms_mask *labels, ms_padding_count *count, ms_status *status, ms_error *err) {
    const ms_file_header *h = &decoded->source;
    if (!decoded->plain || stack->regrid || !ms_plain_can(h, &scan->layout)) return false;
    if (labels && ms_plain_is_labels(h)) {
        *status = ms_mask_alloc(labels, &scan->info.geometry, err);
        if (!*status) *status = ms_plain_read(path, h, &scan->layout, NULL, labels->data, count, err);
        if (*status) ms_mask_clear(labels);
        return true;
    }
    *status = ms_volume_alloc(&scan->volume, &scan->info.geometry, err);
    if (!*status) *status = ms_plain_read(path, h, &scan->layout, scan->volume.data, NULL, count, err);
    return true;
}

static ms_status fill_decoded(const ms_stack *stack, ms_decoded *decoded, const char *path, ms_scan *scan,
                              ms_padding_count *count, ms_error *err) {
    const size_t n = ms_voxels(&stack->grid);
    float *straight = NULL;
    ms_status status = MS_OK;
    if (decoded->plain) {
        const ms_file_header h = decoded->source;
        ms_decoded_clear(decoded);
        status = ms_decode_file(MS_FORMAT_NIFTI, path, &h, false, decoded, err);
    }
    if (!status) status = ms_volume_alloc(&scan->volume, &scan->info.geometry, err);
    if (!status && stack->regrid) {
        straight = ms_calloc(n, sizeof *straight);
        status = straight ? ms_stack_regrid(stack, decoded->values, straight, err) : ms_error_nomem(err);
    }
    if (!status)
        copy_canonical(straight ? straight : decoded->values, &scan->layout, straight ? NULL : decoded,
                       &scan->volume, count);
    free(straight);
    return status;
}

static ms_status fill(const ms_stack *stack, ms_decoded *decoded, bool keep, const char *path, ms_scan *scan,
                      ms_mask *labels, ms_error *err) {
    ms_padding_count count = {.keep = keep};
    const size_t n = ms_voxels(&stack->grid);
    ms_status status = MS_OK;
    if (!fill_plain(stack, decoded, path, scan, labels, &count, &status, err))
        status = fill_decoded(stack, decoded, path, scan, &count, err);
    if (status) return status;
    if (count.bad)
        return ms_error_set(
            err, MS_EINPUT,
            "%s: %zu voxels hold no finite number (NaN or infinite): give them a value, such as air's", path,
            count.bad);
    double *padding = &scan->info.padding_hu;
    if (isnan(*padding) && count.n_lowest > n / 1000) *padding = count.lowest;
    if (isnan(*padding) && count.n_highest > n / 1000) *padding = count.highest;
    return MS_OK;
}

static ms_status read_scan(const char *path, const ms_scan_options *options, ms_scan *scan, ms_mask *labels,
                           ms_error *err) {
    ms_scan result;
    ms_decoded decoded = {0};
    ms_stack stack = {0};
    memset(&result, 0, sizeof result);
    ms_status status = read_any(path, options, false, &result.info, &stack, &decoded, err);
    if (status) goto cleanup;
    ms_layout_of(&stack.grid, &result.layout, &result.info.geometry);
    status = round_geometry(&result.info.geometry, path, err);
    if (status) goto cleanup;
    status = fill(&stack, &decoded, options && options->keep_values, path, &result, labels, err);
    if (status) goto cleanup;
    *scan = result;
cleanup:
    ms_stack_clear(&stack);
    ms_decoded_clear(&decoded);
    if (status) ms_scan_clear(&result);
    return status;
}

ms_status ms_scan_read(const char *path, const ms_scan_options *options, ms_scan *scan, ms_error *err) {
    return read_scan(path, options, scan, NULL, err);
}

static ms_status to_labels(const ms_volume *volume, const char *path, ms_mask *mask, ms_error *err) {
    size_t n = ms_voxels(&volume->geometry);
    ms_status status = ms_mask_alloc(mask, &volume->geometry, err);
    if (status) return status;
    for (size_t v = 0; v < n; v++) {
        float value = volume->data[v];
        if (!(value >= 0.0f) || !(value <= 255.0f) || value != floorf(value)) {
            ms_mask_clear(mask);
            return ms_error_set(err, MS_EINPUT,
                                "%s: is no mask: it holds the value %g (whole numbers 0 to 255 are labels)",
                                path, (double)value);
        }
        mask->data[v] = (uint8_t)value;
    }
    return MS_OK;
}

ms_status ms_scan_read_labels(const char *path, ms_mask *mask, ms_error *err) {
    ms_scan scan;
    ms_mask result = {0};
    const ms_scan_options options = {.keep_values = true};
    ms_status status = read_scan(path, &options, &scan, &result, err);
    if (status) return status;
    if (!result.data) status = to_labels(&scan.volume, path, &result, err);
    ms_scan_clear(&scan);
    if (!status) *mask = result;
    return status;
}

ms_status ms_scan_inspect(const char *path, const ms_scan_options *options, ms_scan_info *info,
                          ms_error *err) {
    ms_scan_info result;
    ms_decoded decoded = {0};
    ms_layout layout;
    ms_stack stack = {0};
    memset(&result, 0, sizeof result);
    ms_status status = read_any(path, options, true, &result, &stack, &decoded, err);
    ms_decoded_clear(&decoded);
    if (status) {
        ms_stack_clear(&stack);
        ms_scan_info_clear(&result);
        return status;
    }
    ms_layout_of(&stack.grid, &layout, &result.geometry);
    ms_stack_clear(&stack);
    status = round_geometry(&result.geometry, path, err);
    if (status) {
        ms_scan_info_clear(&result);
        return status;
    }
    *info = result;
    return MS_OK;
}

void ms_scan_info_clear(ms_scan_info *info) {
    if (!info) return;
    free(info->series);
    free(info->notes);
    memset(info, 0, sizeof *info);
}

void ms_scan_clear(ms_scan *scan) {
    if (!scan) return;
    ms_volume_clear(&scan->volume);
    ms_scan_info_clear(&scan->info);
    memset(&scan->layout, 0, sizeof scan->layout);
}
