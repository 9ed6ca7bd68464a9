/* image/dicom_scan.c: a DICOM file or folder becomes decoded slices on one grid. */
#include "image/private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The value of voxels outside the field of view: what the header says, if no tissue has it. */
static double padding_hu(ms_dicom_file *const *slices, size_t n) {
    for (size_t k = 0; k < n; k++) {
        const ms_dicom_header *h = &slices[k]->header;
        double slope = isnan(h->plane.slope) ? 1.0 : h->plane.slope;
        double hu = h->padding * slope + (isnan(h->plane.intercept) ? 0.0 : h->plane.intercept);
        if (isfinite(hu) && ms_is_padding(hu)) return hu;
    }
    return NAN;
}

static void fill_info(ms_scan_info *info, ms_dicom_file *const *slices, size_t n, size_t files) {
    const ms_dicom_header *h = &slices[0]->header;
    (void)ms_text_format(info->format, sizeof info->format, "DICOM");
    (void)ms_text_format(info->modality, sizeof info->modality, "%s", h->modality);
    (void)ms_text_format(info->kernel, sizeof info->kernel, "%s", h->plane.kernel);
    info->files = files;
    info->slice_thickness_mm = h->plane.thickness;
    info->kvp = h->plane.kvp;
    info->contrast = h->contrast;
    info->padding_hu = padding_hu(slices, n);
}

/* What the choice of the series leaves to be said. */
static ms_status note_choice(const ms_dicom_files *files, const ms_series *series, size_t n, size_t chosen,
                             bool wanted, ms_scan_info *info, ms_error *err) {
    size_t others = 0;
    bool studies = false;
    ms_status status = MS_OK;
    for (size_t s = 0; s < n; s++)
        others += s != chosen && ms_text_ends_with(series[s].why, "CT series that is not axial");
    for (size_t s = 0; s < n; s++) others += s != chosen && strcmp(series[s].why, "an axial CT series") == 0;
    const char *study = NULL;
    for (size_t f = 0; f < files->n; f++) {
        const ms_dicom_header *h = &files->items[f].header;
        if (!h->study_uid[0] || !h->has_pixels || strcmp(h->modality, "CT") != 0) continue;
        studies = studies || (study && strcmp(h->study_uid, study) != 0);
        study = h->study_uid;
    }
    if (others > 0 && !wanted)
        status = ms_scan_note_add(info, "series_chosen", NAN, NAN, err,
                                  "%zu CT series; number %zu with %zu slices was chosen by rule (--series "
                                  "chooses another)",
                                  others + 1, chosen + 1, series[chosen].slices);
    if (!status && studies)
        status = ms_scan_note_add(info, "several_studies", NAN, NAN, err,
                                  "the folder holds more than one study; is it one patient's?");
    if (!status && files->n_broken > 0)
        status = ms_scan_note_add(info, "files_left_out", NAN, NAN, err,
                                  "%zu damaged file%s of other series left out", files->n_broken,
                                  files->n_broken == 1 ? " was" : "s were");
    return status;
}

static ms_status stack_series(ms_dicom_files *files, size_t chosen, const char *path, uint64_t max_bytes,
                              ms_dicom_file **slices, size_t *n, ms_stack *stack, ms_scan_info *info,
                              ms_error *err) {
    *n = 0;
    for (size_t f = 0; f < files->n; f++)
        if (files->items[f].series == chosen) slices[(*n)++] = &files->items[f];
    ms_status status = ms_dicom_stack(slices, n, stack, info, err);
    if (!status) status = ms_geometry_check(&stack->grid, sizeof(float), max_bytes, path, err);
    if (!status && isnan(slices[0]->header.plane.intercept))
        status = ms_scan_note_add(info, "no_rescale", NAN, NAN, err,
                                  "the header has no RescaleIntercept (0028,1052); the values may not be HU");
    return status;
}

ms_status ms_dicom_scan(const char *path, const ms_scan_options *options, bool header_only,
                        ms_scan_info *info, ms_stack *stack, ms_decoded *decoded, ms_error *err) {
    ms_dicom_files files = {0};
    ms_dicom_file **slices = NULL;
    ms_series *series = NULL;
    size_t n_series = 0, chosen = 0, n = 0;
    ms_stack grid = {0};
    const char *wanted = options ? options->series : NULL;
    uint64_t max_bytes = options && options->max_bytes ? options->max_bytes : MS_DEFAULT_MAX_BYTES;
    ms_status status = ms_dicom_find(path, &files, err);
    if (status) return status;
    status = ms_dicom_group(&files, path, wanted, &series, &n_series, &chosen, err);
    if (status) goto cleanup;
    status = note_choice(&files, series, n_series, chosen, wanted != NULL, info, err);
    if (status) goto cleanup;
    slices = ms_calloc(series[chosen].slices, sizeof(ms_dicom_file *));
    if (!slices) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    status = stack_series(&files, chosen, path, max_bytes, slices, &n, &grid, info, err);
    if (!status && !header_only) status = ms_decode_frames(slices, n, path, decoded, err);
    if (status) goto cleanup;
    fill_info(info, slices, n, series[chosen].files);
    info->series = series;
    info->n_series = n_series;
    series = NULL;
    *stack = grid;
    memset(&grid, 0, sizeof grid);
cleanup:
    ms_stack_clear(&grid);
    free(series);
    free(slices);
    ms_dicom_files_clear(&files);
    return status;
}
