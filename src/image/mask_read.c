/* image/mask_read.c: reads a mask, onto the scan's grid when that is given. */
#include "image/private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How far, in voxels, the two grids may be apart: writers round positions. */
#define GRID_TOLERANCE 0.02

/* Where the part's voxel (0, 0, 0) lies in the whole; false when the part is not a box of the whole's voxels.
 */
static bool find_place(const ms_geometry *whole, const ms_geometry *part, size_t place[3]) {
    double last[3], first_at[3], last_at[3];
    ms_mm_to_index(whole, part->origin_mm, first_at);
    for (int axis = 0; axis < 3; axis++) last[axis] = (double)part->n[axis] - 1.0;
    ms_index_to_mm(part, last, last_at);
    ms_mm_to_index(whole, last_at, last_at);
    for (int axis = 0; axis < 3; axis++) {
        double from = round(first_at[axis]);
        if (!(fabs(first_at[axis] - from) <= GRID_TOLERANCE)) return false;
        if (!(fabs(last_at[axis] - from - last[axis]) <= GRID_TOLERANCE)) return false;
        if (from < 0.0 || from + last[axis] > (double)whole->n[axis] - 1.0) return false;
        for (int r = 0; r < 3; r++)
            if (!(fabs(whole->direction[3 * r + axis] - part->direction[3 * r + axis]) <= 1e-3)) return false;
        place[axis] = (size_t)from;
    }
    return true;
}

/* The largest distance between corners with the same indices, mm. */
static double corners_apart(const ms_geometry *a, const ms_geometry *b) {
    double most = 0;
    for (int corner = 0; corner < 8; corner++) {
        double at[3], p[3], q[3], sum = 0;
        for (int axis = 0; axis < 3; axis++) at[axis] = (corner >> axis) & 1 ? (double)a->n[axis] - 1.0 : 0.0;
        ms_index_to_mm(a, at, p);
        ms_index_to_mm(b, at, q);
        for (int r = 0; r < 3; r++) sum += (p[r] - q[r]) * (p[r] - q[r]);
        most = fmax(most, sqrt(sum));
    }
    return most;
}

static ms_status other_grid(const ms_geometry *whole, const ms_geometry *part, const char *path,
                            ms_error *err) {
    char have[160], need[160], apart[64] = "";
    bool same = true;
    for (int axis = 0; axis < 3; axis++) same = same && part->n[axis] == whole->n[axis];
    ms_geometry_text(part, have);
    ms_geometry_text(whole, need);
    if (same)
        (void)ms_text_format(apart, sizeof apart, "; corners are up to %.3g mm apart",
                             corners_apart(whole, part));
    return ms_error_set(
        err, MS_EINPUT,
        "%s: the mask does not lie on the scan's grid: it has %s, the scan %s%s. %g of a voxel "
        "is let pass: draw or resample the mask on this scan",
        path, have, need, apart, GRID_TOLERANCE);
}

static ms_status put_in_place(const ms_geometry *whole, const char *path, ms_mask *mask, ms_error *err) {
    size_t place[3];
    const ms_geometry *part = &mask->geometry;
    if (!find_place(whole, part, place)) return other_grid(whole, part, path, err);
    bool all = true;
    for (int axis = 0; axis < 3; axis++) all = all && part->n[axis] == whole->n[axis];
    if (all) {
        mask->geometry = *whole;
        return MS_OK;
    }
    ms_mask out;
    ms_status status = ms_mask_alloc(&out, whole, err);
    if (status) return status;
    for (size_t k = 0; k < part->n[2]; k++)
        for (size_t j = 0; j < part->n[1]; j++)
            memcpy(out.data + ms_voxel_index(whole, place[0], place[1] + j, place[2] + k),
                   mask->data + ms_voxel_index(part, 0, j, k), part->n[0]);
    ms_mask_clear(mask);
    *mask = out;
    return MS_OK;
}

static ms_status read_image(const char *path, const ms_geometry *expected, ms_mask *mask, ms_error *err) {
    ms_mask result;
    ms_status status = ms_scan_read_labels(path, &result, err);
    if (status) return status;
    if (expected) status = put_in_place(expected, path, &result, err);
    if (status) {
        ms_mask_clear(&result);
        return status;
    }
    *mask = result;
    return MS_OK;
}

/* "FILE#CHOICE", unless there is a file of the whole name. */
ms_status ms_mask_read(const char *path, const ms_geometry *expected, ms_mask *mask, ms_error *err) {
    char *file = ms_strdup(path), *choice = NULL;
    bool is_dicom = false;
    if (!file) return ms_error_nomem(err);
    if (!ms_path_exists(file)) choice = strrchr(file, '#');
    if (choice) *choice++ = '\0';
    ms_status status = MS_OK;
    if (!ms_path_exists(file))
        status = ms_error_set(err, MS_EINPUT, "%s: no such file or folder", file);
    else
        status = ms_mask_dicom(file, choice ? choice : "", expected, &is_dicom, mask, err);
    if (!status && !is_dicom && choice)
        status = ms_error_set(err, MS_EINPUT,
                              "%s: has no named segments to choose '%s' from: it is no DICOM segmentation or "
                              "structure set",
                              file, choice);
    if (!status && !is_dicom) status = read_image(file, expected, mask, err);
    free(file);
    return status;
}
