/* image/dicom_scan.c: a DICOM file or folder becomes decoded slices on one grid. */
#include "image/private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The value of voxels outside the field of view: what the header says, if it is below air. */
static double padding_hu(ms_dicom_file *const *slices, size_t n) {
    for (size_t k = 0; k < n; k++) {
        const ms_dicom_header *h = &slices[k]->header;
        double hu = h->padding * h->slope + h->intercept;
        if (isfinite(hu) && hu < MS_PADDING_HU) return hu;
    }
    return NAN;
}

static void fill_info(ms_scan_info *info, ms_dicom_file *const *slices, size_t n) {
    const ms_dicom_header *h = &slices[0]->header;
    (void)ms_text_format(info->format, sizeof info->format, "DICOM");
    (void)ms_text_format(info->modality, sizeof info->modality, "%s", h->modality);
    (void)ms_text_format(info->kernel, sizeof info->kernel, "%s", h->kernel);
    info->files = n;
    info->slice_thickness_mm = h->thickness;
    info->kvp = h->kvp;
    info->contrast = h->contrast;
    info->padding_hu = padding_hu(slices, n);
}

static ms_status decode(const char *name, ms_dicom_file *const *slices, size_t n, ms_decoded *decoded,
                        ms_error *err) {
    const char **paths = ms_calloc(n, sizeof *paths);
    if (!paths) return ms_error_nomem(err);
    for (size_t k = 0; k < n; k++) paths[k] = slices[k]->path;
    ms_status status =
        ms_decode_slices(paths, n, slices[0]->header.columns, slices[0]->header.rows, name, decoded, err);
    free(paths);
    return status;
}

ms_status ms_dicom_scan(const char *path, const ms_scan_options *options, bool header_only,
                        ms_scan_info *info, ms_geometry *stored, ms_decoded *decoded, ms_error *err) {
    ms_dicom_files files = {0};
    ms_dicom_file **slices = NULL;
    ms_series *series = NULL;
    size_t n_series = 0, chosen = 0, n = 0;
    ms_geometry grid;
    uint64_t max_bytes = options && options->max_bytes ? options->max_bytes : MS_DEFAULT_MAX_BYTES;
    ms_status status = ms_dicom_find(path, &files, err);
    if (status) return status;
    status = ms_dicom_group(&files, path, options ? options->series : NULL, &series, &n_series, &chosen, err);
    if (status) goto cleanup;
    slices = ms_calloc(series[chosen].files, sizeof *slices);
    if (!slices) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    for (size_t f = 0; f < files.n; f++)
        if (files.items[f].series == chosen) slices[n++] = &files.items[f];
    status = ms_dicom_stack(slices, n, &grid, err);
    if (!status) status = ms_geometry_check(&grid, sizeof(float), max_bytes, path, err);
    if (!status && !slices[0]->header.has_rescale)
        ms_log(MS_LOG_WARNING, "%s: the header has no RescaleIntercept (0028,1052); the values may not be HU",
               path);
    if (!status && !header_only) status = decode(path, slices, n, decoded, err);
    if (status) goto cleanup;
    fill_info(info, slices, n);
    info->series = series;
    info->n_series = n_series;
    series = NULL;
    *stored = grid;
cleanup:
    free(series);
    free(slices);
    ms_dicom_files_clear(&files);
    return status;
}
