/* image/dicom_slices.c: do the slices of a series make one regular grid? Slices are placed by
 * ImagePositionPatient alone (PS3.3, C.7.6.2.1.1): instance numbers, file names and SliceThickness say
 * nothing reliable. */
#include "image/private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void cross(const double a[3], const double b[3], double out[3]) {
    out[0] = a[1] * b[2] - a[2] * b[1];
    out[1] = a[2] * b[0] - a[0] * b[2];
    out[2] = a[0] * b[1] - a[1] * b[0];
}

/* Row and column vectors made orthonormal (headers round them), and their normal. */
static ms_status axes_of(const ms_dicom_file *file, double row[3], double column[3], double normal[3],
                         ms_error *err) {
    const double *o = file->header.orientation;
    double length = sqrt(o[0] * o[0] + o[1] * o[1] + o[2] * o[2]);
    double other = sqrt(o[3] * o[3] + o[4] * o[4] + o[5] * o[5]);
    double dot = o[0] * o[3] + o[1] * o[4] + o[2] * o[5];
    if (!(fabs(length - 1.0) <= 0.01) || !(fabs(other - 1.0) <= 0.01) || !(fabs(dot) <= 0.01))
        return ms_error_set(err, MS_EINPUT,
                            "%s: ImageOrientationPatient (0020,0037) is not two perpendicular unit vectors",
                            file->path);
    for (int r = 0; r < 3; r++) row[r] = o[r] / length;
    dot = row[0] * o[3] + row[1] * o[4] + row[2] * o[5];
    for (int r = 0; r < 3; r++) column[r] = o[3 + r] - dot * row[r];
    other = sqrt(column[0] * column[0] + column[1] * column[1] + column[2] * column[2]);
    for (int r = 0; r < 3; r++) column[r] /= other;
    cross(row, column, normal);
    return MS_OK;
}

static ms_status check_alike(const ms_dicom_file *first, const ms_dicom_file *file, ms_error *err) {
    const ms_dicom_header *a = &first->header, *b = &file->header;
    if (!b->has_pixels)
        return ms_error_set(err, MS_EINPUT, "%s: there are no pixel data in the file", file->path);
    if (a->rows != b->rows || a->columns != b->columns)
        return ms_error_set(err, MS_EINPUT, "%s: the slice has %u x %u pixels, %s has %u x %u", file->path,
                            b->columns, b->rows, ms_path_base(first->path), a->columns, a->rows);
    if (!b->has_position)
        return ms_error_set(err, MS_EINPUT, "%s: no ImagePositionPatient (0020,0032)", file->path);
    if (!b->has_spacing) return ms_error_set(err, MS_EINPUT, "%s: no PixelSpacing (0028,0030)", file->path);
    for (int i = 0; i < 2; i++) {
        if (!(b->spacing[i] > 0.0))
            return ms_error_set(err, MS_EINPUT, "%s: PixelSpacing (0028,0030) is %g mm; it must be positive",
                                file->path, b->spacing[i]);
        if (!(fabs(a->spacing[i] - b->spacing[i]) <= 1e-4 * a->spacing[i]))
            return ms_error_set(err, MS_EINPUT, "%s: the pixel spacing is %g mm, in %s it is %g mm",
                                file->path, b->spacing[i], ms_path_base(first->path), a->spacing[i]);
    }
    if (b->slope == 0.0) return ms_error_set(err, MS_EINPUT, "%s: RescaleSlope (0028,1053) is 0", file->path);
    return MS_OK;
}

static int by_position(const void *a, const void *b) {
    const ms_dicom_file *x = *(ms_dicom_file *const *)a, *y = *(ms_dicom_file *const *)b;
    if (x->along != y->along) return x->along < y->along ? -1 : 1;
    return strcmp(x->path, y->path);
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The median distance of neighbours: the spacing there would be if nothing were missing. */
static ms_status median_gap(ms_dicom_file *const *slices, size_t n, double *gap, ms_error *err) {
    double *gaps = ms_calloc(n, sizeof *gaps);
    if (!gaps) return ms_error_nomem(err);
    for (size_t k = 0; k + 1 < n; k++) gaps[k] = slices[k + 1]->along - slices[k]->along;
    qsort(gaps, n - 1, sizeof *gaps, by_value);
    *gap = gaps[(n - 1) / 2];
    free(gaps);
    return MS_OK;
}

/* Positions are rounded to 0.01 mm or so by some writers: a twentieth of the spacing is allowed. */
static ms_status check_gaps(ms_dicom_file *const *slices, size_t n, double gap, ms_error *err) {
    for (size_t k = 0; k + 1 < n; k++) {
        const ms_dicom_file *low = slices[k], *high = slices[k + 1];
        double here = high->along - low->along;
        if (here <= 1e-3)
            return ms_error_set(
                err, MS_EINPUT,
                "%s: lies at the same place as %s (%.4g mm): a duplicate, or two acquisitions in one "
                "series; keep one of them",
                high->path, ms_path_base(low->path), low->along);
        if (fabs(here - gap) <= 0.05 * gap) continue;
        double missing = here / gap - 1.0;
        if (missing > 0.9 && fabs(missing - round(missing)) <= 0.1)
            return ms_error_set(
                err, MS_EINPUT,
                "%s: %.0f slice%s missing between it and %s (at %.4g and %.4g mm, spacing %.4g mm)",
                low->path, round(missing), round(missing) > 1.0 ? "s are" : " is", ms_path_base(high->path),
                low->along, high->along, gap);
        return ms_error_set(err, MS_EINPUT, "%s: uneven spacing: %.4g mm to %s, elsewhere %.4g mm", low->path,
                            here, ms_path_base(high->path), gap);
    }
    return MS_OK;
}

/* How far slice k lies beside the line along the normal through slice 0. */
static double sideways(ms_dicom_file *const *slices, size_t k, const double normal[3]) {
    double along = slices[k]->along - slices[0]->along, sum = 0.0;
    for (int r = 0; r < 3; r++) {
        double d = slices[k]->header.position[r] - slices[0]->header.position[r] - along * normal[r];
        sum += d * d;
    }
    return sqrt(sum);
}

/* The slices' corners must lie on one line along the normal; a tilted gantry shifts each a little more. */
static ms_status check_straight(ms_dicom_file *const *slices, size_t n, const double normal[3],
                                ms_error *err) {
    double length = slices[n - 1]->along - slices[0]->along;
    double top = sideways(slices, n - 1, normal), middle = sideways(slices, (n - 1) / 2, normal);
    double middle_length = slices[(n - 1) / 2]->along - slices[0]->along;
    bool steady = fabs(middle - top * middle_length / length) <= 0.1 * top;
    if (top > 0.1 && top > 1e-3 * length && steady)
        return ms_error_set(
            err, MS_EINPUT,
            "%s: the gantry was tilted (slices shift by %.1f degrees against their normal); such a scan is "
            "not read: resample it to a straight grid first",
            slices[n - 1]->path, atan2(top, length) * 180.0 / acos(-1.0));
    for (size_t k = 1; k < n; k++) {
        double side = sideways(slices, k, normal);
        if (side > 0.1 && side > 1e-3 * (slices[k]->along - slices[0]->along))
            return ms_error_set(err, MS_EINPUT,
                                "%s: the slice is shifted sideways by %.3g mm against the lowest one",
                                slices[k]->path, side);
    }
    return MS_OK;
}

static double thickness_of(const ms_dicom_file *slice) {
    double t = slice->header.thickness;
    return isfinite(t) && t > 0.0 ? t : 1.0;
}

ms_status ms_dicom_stack(ms_dicom_file **slices, size_t n, ms_geometry *stored, ms_error *err) {
    double row[3] = {0.0}, column[3] = {0.0}, normal[3] = {0.0}, gap = 0.0;
    ms_status status = axes_of(slices[0], row, column, normal, err);
    for (size_t k = 0; !status && k < n; k++) {
        const double *at = slices[k]->header.position;
        slices[k]->along = at[0] * normal[0] + at[1] * normal[1] + at[2] * normal[2];
        status = check_alike(slices[0], slices[k], err);
    }
    if (status) return status;
    qsort(slices, n, sizeof(ms_dicom_file *), by_position);
    if (n > 1) {
        status = median_gap(slices, n, &gap, err);
        if (!status) status = check_gaps(slices, n, gap, err);
        if (!status) status = check_straight(slices, n, normal, err);
        if (status) return status;
    }
    const ms_dicom_header *h = &slices[0]->header;
    ms_geometry g = {.n = {h->columns, h->rows, n}};
    g.spacing_mm[0] = h->spacing[1];
    g.spacing_mm[1] = h->spacing[0];
    g.spacing_mm[2] =
        n > 1 ? (slices[n - 1]->along - slices[0]->along) / (double)(n - 1) : thickness_of(slices[0]);
    for (int r = 0; r < 3; r++) {
        g.origin_mm[r] = h->position[r];
        g.direction[3 * r] = row[r];
        g.direction[3 * r + 1] = column[r];
        g.direction[3 * r + 2] = normal[r];
    }
    *stored = g;
    return MS_OK;
}
