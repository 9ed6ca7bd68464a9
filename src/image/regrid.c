/* image/regrid.c: slices that are shifted, missing or unevenly spaced, brought onto a straight, even grid by
 * linear interpolation. A slice that lies on the grid is taken as it is. */
#include "image/private.h"

#include <math.h>
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
