/* image/dicom_slices.c: do the slices of a series make one regular grid, or can they be brought onto one?
 * Slices are placed by ImagePositionPatient alone (PS3.3, C.7.6.2.1.1): instance numbers, file names,
 * PatientPosition and SliceThickness say nothing reliable. */
#include "image/private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SAME_PLACE_MM 1e-3
#define MAX_MISSING 3u   /* slices at one place */
#define MAX_GAP_MM 15.0  /* where slices are missing or uneven */
#define MAX_UNEVEN 4.05  /* a gap against the median one */
#define MAX_PLACE_MM 1e5 /* from the origin */
#define MIN_SHIFT_MM 0.1 /* less is rounding, not a tilt */

/* Row and column vectors made orthonormal (headers round them), and their normal. */
static ms_status axes_of(const ms_dicom_file *file, double axes[3][3], ms_error *err) {
    const double *o = file->header.plane.orientation;
    double length = sqrt(o[0] * o[0] + o[1] * o[1] + o[2] * o[2]);
    double other = sqrt(o[3] * o[3] + o[4] * o[4] + o[5] * o[5]);
    double dot = o[0] * o[3] + o[1] * o[4] + o[2] * o[5];
    if (!(fabs(length - 1.0) <= 0.01) || !(fabs(other - 1.0) <= 0.01) || !(fabs(dot) <= 0.01))
        return ms_error_set(err, MS_EINPUT,
                            "%s: ImageOrientationPatient (0020,0037) is not two perpendicular unit vectors",
                            file->path);
    double *row = axes[0], *column = axes[1], *normal = axes[2];
    for (int r = 0; r < 3; r++) row[r] = o[r] / length;
    dot = row[0] * o[3] + row[1] * o[4] + row[2] * o[5];
    for (int r = 0; r < 3; r++) column[r] = o[3 + r] - dot * row[r];
    other = sqrt(column[0] * column[0] + column[1] * column[1] + column[2] * column[2]);
    for (int r = 0; r < 3; r++) column[r] /= other;
    normal[0] = row[1] * column[2] - row[2] * column[1];
    normal[1] = row[2] * column[0] - row[0] * column[2];
    normal[2] = row[0] * column[1] - row[1] * column[0];
    return MS_OK;
}

static ms_status check_alike(const ms_dicom_file *first, const ms_dicom_file *file, ms_error *err) {
    const ms_dicom_header *a = &first->header, *b = &file->header;
    const ms_dicom_plane *p = &a->plane, *q = &b->plane;
    if (!b->has_pixels)
        return ms_error_set(err, MS_EINPUT, "%s: there are no pixel data in the file", file->path);
    if (b->bits_allocated == 1)
        return ms_error_set(err, MS_EINPUT, "%s: BitsAllocated (0028,0100) is 1; 8, 16 and 32 are read",
                            file->path);
    if (a->rows != b->rows || a->columns != b->columns)
        return ms_error_set(err, MS_EINPUT, "%s: the slice has %u x %u pixels, %s has %u x %u", file->path,
                            b->columns, b->rows, ms_path_base(first->path), a->columns, a->rows);
    if (!q->has_position)
        return ms_error_set(err, MS_EINPUT, "%s: no ImagePositionPatient (0020,0032)", file->path);
    for (int r = 0; r < 3; r++)
        if (!(fabs(q->position[r]) <= MAX_PLACE_MM))
            return ms_error_set(err, MS_EINPUT, "%s: ImagePositionPatient (0020,0032) %g mm makes no sense",
                                file->path, q->position[r]);
    if (!q->has_spacing) return ms_error_set(err, MS_EINPUT, "%s: no PixelSpacing (0028,0030)", file->path);
    for (int i = 0; i < 2; i++) {
        if (!(q->spacing[i] > 0.0))
            return ms_error_set(err, MS_EINPUT, "%s: PixelSpacing (0028,0030) is %g mm; it must be positive",
                                file->path, q->spacing[i]);
        if (!(q->spacing[i] >= 1e-3) || !(q->spacing[i] <= 1e3))
            return ms_error_set(err, MS_EINPUT, "%s: PixelSpacing (0028,0030) %g mm makes no sense",
                                file->path, q->spacing[i]);
        if (!(fabs(p->spacing[i] - q->spacing[i]) <= 1e-4 * p->spacing[i]))
            return ms_error_set(err, MS_EINPUT, "%s: the pixel spacing is %g mm, in %s it is %g mm",
                                file->path, q->spacing[i], ms_path_base(first->path), p->spacing[i]);
    }
    if (q->slope == 0.0) return ms_error_set(err, MS_EINPUT, "%s: RescaleSlope (0028,1053) is 0", file->path);
    return MS_OK;
}

static int by_position(const void *a, const void *b) {
    const ms_dicom_file *x = *(ms_dicom_file *const *)a, *y = *(ms_dicom_file *const *)b;
    if (x->along != y->along) return x->along < y->along ? -1 : 1;
    int names = strcmp(x->path, y->path);
    return names ? names : (x->frame > y->frame) - (x->frame < y->frame);
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* ---- doubles ---------------------------------------------------------------------------------------- */

static ms_status drop_doubles(ms_dicom_file **slices, size_t *n, ms_scan_info *info, ms_error *err) {
    size_t kept = 1, before = *n;
    for (size_t k = 1; k < before; k++) {
        ms_dicom_file *low = slices[kept - 1], *high = slices[k];
        bool same = false;
        if (high->along - low->along > SAME_PLACE_MM) {
            slices[kept++] = high;
            continue;
        }
        double aside = 0.0;
        for (int r = 0; r < 3; r++)
            aside = fmax(aside, fabs(high->header.plane.position[r] - low->header.plane.position[r]));
        ms_status status = aside <= 0.01 ? ms_dicom_same_pixels(low, high, &same, err) : MS_OK;
        if (status) return status;
        if (!same)
            return ms_error_set(err, MS_EINPUT,
                                "%s: lies at the same place as %s (%.4g mm) with other pixels, and no "
                                "acquisition number, time, "
                                "kernel or thickness tells all such slices apart; keep one of them",
                                high->path, ms_path_base(low->path), low->along);
    }
    *n = kept;
    if (kept == before) return MS_OK;
    return ms_scan_note_add(info, "duplicates_dropped", NAN, NAN, err,
                            "%zu slice%s there twice with the same pixels; each was taken once",
                            before - kept, before - kept == 1 ? " is" : "s are");
}

/* ---- gaps ------------------------------------------------------------------------------------------- */

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

/* How far a slice may lie from its place on an even grid: positions are rounded to 0.1 mm by some writers. */
static double tolerance(double step) {
    return fmin(fmax(0.02 * step, 0.06), 0.2 * step);
}

/* Do all slices lie at whole multiples of the step from the lowest? `total` steps from end to end. */
static bool on_grid(ms_dicom_file *const *slices, size_t n, size_t total) {
    double start = slices[0]->along, step = (slices[n - 1]->along - start) / (double)total;
    for (size_t k = 0; k < n; k++) {
        double at = slices[k]->along - start;
        if (!(fabs(at - round(at / step) * step) <= tolerance(step))) return false;
    }
    return true;
}

static ms_status too_large(const ms_dicom_file *low, const ms_dicom_file *high, double gap, ms_error *err) {
    double here = high->along - low->along, missing = round(here / gap) - 1.0;
    if (fabs(here - (missing + 1.0) * gap) <= 0.1 * gap)
        return ms_error_set(err, MS_EINPUT,
                            "%s: %.0f slice%s missing between it and %s (at %.4g and %.4g mm, spacing %.4g "
                            "mm); gaps of up to %u slices and %g mm are filled in",
                            low->path, missing, missing > 1.0 ? "s are" : " is", ms_path_base(high->path),
                            low->along, high->along, gap, MAX_MISSING, MAX_GAP_MM);
    return ms_error_set(err, MS_EINPUT,
                        "%s: uneven spacing: %.4g mm to %s, elsewhere %.4g mm; gaps of up to 4 times the "
                        "usual one and %g mm are interpolated",
                        low->path, here, ms_path_base(high->path), gap, MAX_GAP_MM);
}

/* What holes there are, with a note for each; *total is the number of steps from end to end. */
static ms_status check_gaps(ms_dicom_file *const *slices, size_t n, double gap, const double normal[3],
                            size_t *total, ms_scan_info *info, ms_error *err) {
    size_t missing_all = 0, steps = 0;
    for (size_t k = 0; k + 1 < n; k++) {
        const ms_dicom_file *low = slices[k], *high = slices[k + 1];
        double here = high->along - low->along;
        size_t missing = here > 1.5 * gap ? (size_t)fmin(round(here / gap) - 1.0, 1e6) : 0;
        steps += missing + 1;
        if (missing == 0) continue;
        missing_all += missing;
        if (missing > MAX_MISSING || here > MAX_GAP_MM || here > MAX_UNEVEN * gap)
            return too_large(low, high, gap, err);
        double from = low->header.plane.position[2], to = high->header.plane.position[2];
        if (fabs(normal[2]) < 0.7) from = to = NAN;
        ms_status status =
            ms_scan_note_add(info, "slices_missing", fmin(from, to), fmax(from, to), err,
                             "%zu slice%s missing in a gap of %.4g mm; filled in by linear interpolation",
                             missing, missing == 1 ? " is" : "s are", here);
        if (status) return status;
    }
    if (missing_all > MAX_MISSING && 10 * missing_all > n)
        return ms_error_set(err, MS_EINPUT,
                            "%s: %zu slices are missing beside %zu that are there; up to %u, or a tenth, are "
                            "filled in",
                            slices[0]->path, missing_all, n, MAX_MISSING);
    *total = steps;
    return MS_OK;
}

/* The grid's slices: at which place, between which two of the file's. */
static ms_status place_slices(ms_dicom_file *const *slices, size_t n, double step, size_t n_out,
                              ms_stack *stack, ms_error *err) {
    stack->low = ms_calloc(n_out, sizeof *stack->low);
    stack->weight = ms_calloc(n_out, sizeof *stack->weight);
    if (!stack->low || !stack->weight) return ms_error_nomem(err);
    size_t low = 0;
    for (size_t k = 0; k < n_out; k++) {
        double at = slices[0]->along + (double)k * step;
        while (low + 2 < n && slices[low + 1]->along <= at) low++;
        double below = slices[low]->along, above = n > 1 ? slices[low + 1]->along : below + step;
        stack->low[k] = low;
        if (fabs(at - above) <= tolerance(step) && low + 1 < n)
            stack->low[k] = low + 1;
        else if (fabs(at - below) > tolerance(step))
            stack->weight[k] = fmin(fmax((at - below) / (above - below), 0.0), 1.0);
    }
    stack->regrid = true;
    return MS_OK;
}

static ms_status space_slices(ms_dicom_file *const *slices, size_t n, const double normal[3], ms_stack *stack,
                              ms_scan_info *info, ms_error *err) {
    double gap = 0.0, length = slices[n - 1]->along - slices[0]->along;
    size_t total = n - 1;
    stack->grid.n[2] = n;
    stack->grid.spacing_mm[2] = length / (double)total;
    if (on_grid(slices, n, total)) return MS_OK;
    ms_status status = median_gap(slices, n, &gap, err);
    if (!status) status = check_gaps(slices, n, gap, normal, &total, info, err);
    if (status) return status;
    double step = length / (double)total;
    size_t n_out = total + 1;
    if (!on_grid(slices, n, total)) {
        step = gap;
        n_out = (size_t)(length / gap + 1e-6) + 1;
        status = ms_scan_note_add(info, "spacing_uneven", NAN, NAN, err,
                                  "the slices' spacing is uneven; interpolated linearly onto slices %.4g mm "
                                  "apart, the median spacing",
                                  gap);
        if (status) return status;
    }
    stack->grid.n[2] = n_out;
    stack->grid.spacing_mm[2] = step;
    return place_slices(slices, n, step, n_out, stack, err);
}

/* ---- tilt ------------------------------------------------------------------------------------------- */

/* How far slice k lies along an axis of the slices, beside the normal through slice 0. */
static double sideways(ms_dicom_file *const *slices, size_t k, const double axis[3]) {
    double sum = 0.0;
    for (int r = 0; r < 3; r++)
        sum += axis[r] * (slices[k]->header.plane.position[r] - slices[0]->header.plane.position[r]);
    return sum;
}

static ms_status straighten(ms_dicom_file *const *slices, size_t n, const double drift[2], ms_stack *stack,
                            ms_error *err) {
    ms_status status = MS_OK;
    if (!stack->regrid)
        status = place_slices(slices, n, stack->grid.spacing_mm[2], stack->grid.n[2], stack, err);
    double *along = ms_calloc(n, sizeof *along);
    if (!status && !along) status = ms_error_nomem(err);
    for (size_t k = 0; !status && k < n; k++) along[k] = slices[k]->along - slices[0]->along;
    if (!status) status = ms_stack_shift(stack, along, drift, err);
    free(along);
    return status;
}

/* The slices' corners must lie on one line; a tilted gantry shifts each a little more than the one below. */
static ms_status check_straight(ms_dicom_file *const *slices, size_t n, double axes[3][3], ms_stack *stack,
                                ms_scan_info *info, ms_error *err) {
    double length = slices[n - 1]->along - slices[0]->along, drift[2], size;
    for (int a = 0; a < 2; a++) drift[a] = sideways(slices, n - 1, axes[a]) / length;
    size = sqrt(drift[0] * drift[0] + drift[1] * drift[1]);
    if (size * length <= MIN_SHIFT_MM || size <= 1e-3) drift[0] = drift[1] = size = 0.0;
    for (size_t k = 1; k < n; k++) {
        double along = slices[k]->along - slices[0]->along;
        double u = sideways(slices, k, axes[0]) - drift[0] * along;
        double v = sideways(slices, k, axes[1]) - drift[1] * along;
        double side = sqrt(u * u + v * v);
        if (side > MIN_SHIFT_MM && side > 1e-3 * along)
            return ms_error_set(err, MS_EINPUT,
                                "%s: the slice is shifted sideways by %.3g mm against its neighbours' line",
                                slices[k]->path, side);
    }
    if (size == 0.0) return MS_OK;
    double degrees = atan(size) * 180.0 / acos(-1.0);
    if (degrees > MS_MAX_TILT_DEG)
        return ms_error_set(err, MS_EINPUT,
                            "%s: the slices shift by %.1f degrees against their normal; a gantry's tilt of "
                            "up to %g degrees is corrected",
                            slices[n - 1]->path, degrees, MS_MAX_TILT_DEG);
    stack->tilt_deg = degrees;
    ms_status status = straighten(slices, n, drift, stack, err);
    return status ? status : ms_stack_note_tilt(degrees, info, err);
}

static double thickness_of(const ms_dicom_file *slice) {
    double t = slice->header.plane.thickness;
    return isfinite(t) && t > 0.0 ? t : 1.0;
}

static void start_grid(const ms_dicom_file *lowest, double axes[3][3], ms_stack *stack) {
    const ms_dicom_header *h = &lowest->header;
    ms_geometry *g = &stack->grid;
    g->n[0] = stack->columns = h->columns;
    g->n[1] = stack->rows = h->rows;
    g->n[2] = 1;
    g->spacing_mm[0] = h->plane.spacing[1];
    g->spacing_mm[1] = h->plane.spacing[0];
    g->spacing_mm[2] = thickness_of(lowest);
    memcpy(g->origin_mm, lowest->header.plane.position, sizeof g->origin_mm);
    for (int r = 0; r < 3; r++)
        for (int c = 0; c < 3; c++) g->direction[3 * r + c] = axes[c][r];
}

ms_status ms_dicom_stack(ms_dicom_file **slices, size_t *n, ms_stack *stack, ms_scan_info *info,
                         ms_error *err) {
    double axes[3][3];
    ms_stack result = {0};
    ms_status status = axes_of(slices[0], axes, err);
    for (size_t k = 0; !status && k < *n; k++) {
        const double *at = slices[k]->header.plane.position;
        slices[k]->along = at[0] * axes[2][0] + at[1] * axes[2][1] + at[2] * axes[2][2];
        status = check_alike(slices[0], slices[k], err);
    }
    if (status) return status;
    qsort(slices, *n, sizeof(ms_dicom_file *), by_position);
    status = drop_doubles(slices, n, info, err);
    if (status) return status;
    start_grid(slices[0], axes, &result);
    result.n = *n;
    if (*n > 1) status = space_slices(slices, *n, axes[2], &result, info, err);
    if (!status && *n > 1) status = check_straight(slices, *n, axes, &result, info, err);
    if (status) {
        ms_stack_clear(&result);
        return status;
    }
    *stack = result;
    return MS_OK;
}
