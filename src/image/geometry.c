/* image/geometry.c: where voxels lie, and how stored axes become canonical ones. */
#include "image/private.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

void ms_index_to_mm(const ms_geometry *geometry, const double ijk[3], double lps_mm[3]) {
    double out[3];
    for (int r = 0; r < 3; r++) {
        out[r] = geometry->origin_mm[r];
        for (int c = 0; c < 3; c++)
            out[r] += geometry->direction[3 * r + c] * geometry->spacing_mm[c] * ijk[c];
    }
    for (int r = 0; r < 3; r++) lps_mm[r] = out[r];
}

/* The direction is orthonormal, so its inverse is its transpose. */
void ms_mm_to_index(const ms_geometry *geometry, const double lps_mm[3], double ijk[3]) {
    double out[3];
    for (int c = 0; c < 3; c++) {
        double sum = 0.0;
        for (int r = 0; r < 3; r++)
            sum += geometry->direction[3 * r + c] * (lps_mm[r] - geometry->origin_mm[r]);
        out[c] = sum / geometry->spacing_mm[c];
    }
    for (int c = 0; c < 3; c++) ijk[c] = out[c];
}

/* Two affine maps differ most at a corner, so the eight corners speak for the whole grid. */
bool ms_geometry_same(const ms_geometry *a, const ms_geometry *b) {
    for (int axis = 0; axis < 3; axis++)
        if (a->n[axis] != b->n[axis]) return false;
    for (int corner = 0; corner < 8; corner++) {
        double ijk[3], mm[3], back[3];
        for (int axis = 0; axis < 3; axis++)
            ijk[axis] = (corner >> axis) & 1 ? (double)a->n[axis] - 1.0 : 0.0;
        ms_index_to_mm(b, ijk, mm);
        ms_mm_to_index(a, mm, back);
        for (int axis = 0; axis < 3; axis++)
            if (!(fabs(back[axis] - ijk[axis]) <= 1e-3)) return false;
    }
    /* A grid of one voxel along an axis has no corners that would show another spacing there. */
    for (int axis = 0; axis < 3; axis++)
        if (!(fabs(a->spacing_mm[axis] - b->spacing_mm[axis]) <= 1e-3 * a->spacing_mm[axis])) return false;
    return true;
}

void ms_layout_steps(const ms_layout *layout, ptrdiff_t step[3], ptrdiff_t *offset) {
    ptrdiff_t stride[3];
    stride[0] = 1;
    stride[1] = (ptrdiff_t)layout->stored.n[0];
    stride[2] = (ptrdiff_t)(layout->stored.n[0] * layout->stored.n[1]);
    *offset = 0;
    for (int c = 0; c < 3; c++) {
        int axis = layout->axis[c];
        step[c] = layout->flip[c] ? -stride[axis] : stride[axis];
        if (layout->flip[c]) *offset += stride[axis] * ((ptrdiff_t)layout->stored.n[axis] - 1);
    }
}

/* The assignment of stored axes to x, y, z with the largest sum of cosines; ties go to the first. */
static void nearest_axes(const ms_geometry *stored, int axis[3]) {
    static const int orders[6][3] = {{0, 1, 2}, {1, 0, 2}, {2, 1, 0}, {0, 2, 1}, {1, 2, 0}, {2, 0, 1}};
    double best = -1.0;
    for (int o = 0; o < 6; o++) {
        double sum = 0.0;
        for (int c = 0; c < 3; c++) sum += fabs(stored->direction[3 * c + orders[o][c]]);
        if (sum > best + 1e-9) {
            best = sum;
            for (int c = 0; c < 3; c++) axis[c] = orders[o][c];
        }
    }
}

void ms_layout_of(const ms_geometry *stored, ms_layout *layout, ms_geometry *canonical) {
    double corner[3] = {0.0, 0.0, 0.0}, origin[3];
    layout->stored = *stored;
    nearest_axes(stored, layout->axis);
    for (int c = 0; c < 3; c++) {
        int axis = layout->axis[c];
        layout->flip[c] = stored->direction[3 * c + axis] < 0.0;
        if (layout->flip[c]) corner[axis] = (double)stored->n[axis] - 1.0;
        canonical->n[c] = stored->n[axis];
        canonical->spacing_mm[c] = stored->spacing_mm[axis];
        for (int r = 0; r < 3; r++) {
            double cosine = stored->direction[3 * r + axis];
            canonical->direction[3 * r + c] = layout->flip[c] ? 0.0 - cosine : cosine;
        }
    }
    ms_index_to_mm(stored, corner, origin);
    for (int r = 0; r < 3; r++) canonical->origin_mm[r] = origin[r];
}

void ms_orientation_text(const ms_geometry *stored, char text[4]) {
    static const char grows[3][2] = {{'R', 'L'}, {'A', 'P'}, {'I', 'S'}};
    int axis[3];
    nearest_axes(stored, axis);
    for (int c = 0; c < 3; c++) text[axis[c]] = grows[c][stored->direction[3 * c + axis[c]] >= 0.0];
    text[3] = '\0';
}

void ms_geometry_text(const ms_geometry *g, char text[160]) {
    (void)ms_text_format(text, 160, "%zu x %zu x %zu voxels of %.4g x %.4g x %.4g mm from (%.5g, %.5g, %.5g)",
                         g->n[0], g->n[1], g->n[2], g->spacing_mm[0], g->spacing_mm[1], g->spacing_mm[2],
                         g->origin_mm[0], g->origin_mm[1], g->origin_mm[2]);
}

static bool orthonormal(const double d[9]) {
    for (int a = 0; a < 3; a++)
        for (int b = a; b < 3; b++) {
            double dot = d[a] * d[b] + d[3 + a] * d[3 + b] + d[6 + a] * d[6 + b];
            if (!(fabs(dot - (a == b ? 1.0 : 0.0)) <= 1e-3)) return false;
        }
    return true;
}

ms_status ms_geometry_check(const ms_geometry *g, uint64_t voxel_bytes, uint64_t max_bytes, const char *name,
                            ms_error *err) {
    uint64_t bytes = voxel_bytes;
    for (int axis = 0; axis < 3; axis++) {
        if (g->n[axis] == 0)
            return ms_error_set(err, MS_EINPUT, "%s: the image has no voxels along axis %d", name, axis);
        if (bytes > max_bytes / g->n[axis])
            return ms_error_set(err, MS_EINPUT,
                                "%s: %zu x %zu x %zu voxels are more than the limit of %" PRIu64
                                " MiB; is the header right?",
                                name, g->n[0], g->n[1], g->n[2], max_bytes >> 20);
        bytes *= g->n[axis];
        if (!isfinite(g->spacing_mm[axis]) || !(g->spacing_mm[axis] > 0.0))
            return ms_error_set(err, MS_EINPUT,
                                "%s: the voxel spacing along axis %d is %g mm; it must be positive", name,
                                axis, g->spacing_mm[axis]);
        if (!isfinite(g->origin_mm[axis]))
            return ms_error_set(err, MS_EINPUT, "%s: the image's position is not a number", name);
    }
    if (!orthonormal(g->direction))
        return ms_error_set(err, MS_EINPUT, "%s: the image's axes are not perpendicular (a sheared grid)",
                            name);
    return MS_OK;
}
