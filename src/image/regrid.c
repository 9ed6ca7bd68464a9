/* image/regrid.c: slices that are shifted, missing or unevenly spaced, brought onto a straight, even grid by
 * linear interpolation. A slice that lies on the grid is taken as it is. */
#include "image/private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct regrid_job {
    const ms_stack *stack;
    const float *slices;
    float *out;
} regrid_job;

/* Padding is air here, or it would be mixed with what lies beside it. */
static double value_of(const float *slice, const ms_stack *s, ptrdiff_t i, ptrdiff_t j) {
    if (i < 0 || j < 0 || i >= (ptrdiff_t)s->columns || j >= (ptrdiff_t)s->rows) return MS_PADDING_HU;
    double value = (double)slice[(size_t)j * s->columns + (size_t)i];
    return ms_is_padding(value) ? MS_PADDING_HU : value;
}

/* Adds `part` of slice `k`, shifted back, to one slice of the grid. */
static void add_slice(const regrid_job *job, size_t k, double part, float *out) {
    const ms_stack *s = job->stack;
    const float *slice = job->slices + k * s->columns * s->rows;
    double at[2] = {0.0, 0.0}, w[2];
    ptrdiff_t whole[2];
    for (int a = 0; a < 2; a++) {
        if (s->shift) at[a] = (double)s->first[a] - s->shift[2 * k + (size_t)a];
        if (fabs(at[a] - round(at[a])) < 1e-6) at[a] = round(at[a]);
        whole[a] = (ptrdiff_t)floor(at[a]);
        w[a] = at[a] - (double)whole[a];
    }
    for (size_t j = 0; j < s->grid.n[1]; j++)
        for (size_t i = 0; i < s->grid.n[0]; i++) {
            ptrdiff_t x = (ptrdiff_t)i + whole[0], y = (ptrdiff_t)j + whole[1];
            double value = (1.0 - w[0]) * (1.0 - w[1]) * value_of(slice, s, x, y);
            if (w[0] > 0.0) value += w[0] * (1.0 - w[1]) * value_of(slice, s, x + 1, y);
            if (w[1] > 0.0) value += (1.0 - w[0]) * w[1] * value_of(slice, s, x, y + 1);
            if (w[0] > 0.0 && w[1] > 0.0) value += w[0] * w[1] * value_of(slice, s, x + 1, y + 1);
            *out = (float)((double)*out + part * value);
            out++;
        }
}

static ms_status regrid_slice(void *context, size_t k, ms_error *err) {
    (void)err;
    const regrid_job *job = context;
    const ms_stack *s = job->stack;
    size_t plane = s->grid.n[0] * s->grid.n[1];
    float *out = job->out + k * plane;
    memset(out, 0, plane * sizeof *out);
    add_slice(job, s->low[k], 1.0 - s->weight[k], out);
    if (s->weight[k] > 0.0) add_slice(job, s->low[k] + 1, s->weight[k], out);
    return MS_OK;
}

ms_status ms_stack_regrid(const ms_stack *stack, const float *slices, float *out, ms_error *err) {
    regrid_job job = {stack, slices, out};
    return ms_parallel_for(stack->grid.n[2], regrid_slice, &job, err);
}

/* Each slice goes back by its part of the drift; the grid grows so that nothing is cut off. */
ms_status ms_stack_shift(ms_stack *s, const double *along, const double drift[2], ms_error *err) {
    s->shift = ms_calloc(s->n, 2 * sizeof *s->shift);
    if (!s->shift) return ms_error_nomem(err);
    for (int a = 0; a < 2; a++) {
        double lowest = 0.0, highest = 0.0;
        for (size_t k = 0; k < s->n; k++) {
            double shift = drift[a] * along[k] / s->grid.spacing_mm[a];
            s->shift[2 * k + (size_t)a] = shift;
            lowest = fmin(lowest, shift);
            highest = fmax(highest, shift);
        }
        s->first[a] = (ptrdiff_t)floor(lowest + 1e-6);
        s->grid.n[a] += (size_t)(ceil(highest - 1e-6) - floor(lowest + 1e-6));
    }
    double corner[3] = {(double)s->first[0], (double)s->first[1], 0.0};
    ms_index_to_mm(&s->grid, corner, s->grid.origin_mm);
    return MS_OK;
}

ms_status ms_stack_shear(const ms_geometry *place, const double drift[2], ms_stack *stack, ms_scan_info *info,
                         ms_error *err) {
    size_t n = place->n[2];
    ms_stack s = {.grid = *place, .n = n, .regrid = true, .columns = place->n[0], .rows = place->n[1]};
    s.tilt_deg = atan(sqrt(drift[0] * drift[0] + drift[1] * drift[1])) * 180.0 / acos(-1.0);
    double *along = ms_calloc(n, sizeof *along);
    s.low = ms_calloc(n, sizeof *s.low);
    s.weight = ms_calloc(n, sizeof *s.weight);
    ms_status status = along && s.low && s.weight ? MS_OK : ms_error_nomem(err);
    for (size_t k = 0; !status && k < n; k++) {
        s.low[k] = k;
        along[k] = (double)k * place->spacing_mm[2];
    }
    if (!status) status = ms_stack_shift(&s, along, drift, err);
    if (!status) status = ms_stack_note_tilt(s.tilt_deg, info, err);
    free(along);
    if (status) {
        ms_stack_clear(&s);
        return status;
    }
    *stack = s;
    return MS_OK;
}

ms_status ms_stack_note_tilt(double degrees, ms_scan_info *info, ms_error *err) {
    info->tilt_deg = degrees;
    return ms_scan_note_add(info, "tilt_corrected", NAN, NAN, err,
                            "the gantry was tilted by %.1f degrees; the slices were shifted back onto a "
                            "straight grid by linear interpolation",
                            degrees);
}

void ms_stack_clear(ms_stack *stack) {
    free(stack->low);
    free(stack->weight);
    free(stack->shift);
    memset(stack, 0, sizeof *stack);
}
