/* The picture the tissue code works on: slices averaged, smoothed and put on a grid of its own. */
#include "body/plane.h"

#include "base/base.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ms_plane_clear(ms_plane *plane) {
    if (plane == NULL) return;
    free(plane->hu);
    *plane = (ms_plane){0};
}

double ms_sample(const float *values, size_t nx, size_t ny, double sx, double sy, double x_mm, double y_mm) {
    const double fx = fmin(fmax(x_mm / sx, 0), (double)(nx - 1)),
                 fy = fmin(fmax(y_mm / sy, 0), (double)(ny - 1));
    const size_t i = (size_t)fx, j = (size_t)fy;
    const size_t i1 = i + 1 < nx ? i + 1 : i, j1 = j + 1 < ny ? j + 1 : j;
    const double u = fx - (double)i, v = fy - (double)j;
    const double low = (1 - u) * (double)values[j * nx + i] + u * (double)values[j * nx + i1];
    const double high = (1 - u) * (double)values[j1 * nx + i] + u * (double)values[j1 * nx + i1];
    return (1 - v) * low + v * high;
}

double ms_plane_at(const ms_plane *plane, double x_mm, double y_mm) {
    return ms_sample(plane->hu, plane->nx, plane->ny, plane->step_mm, plane->step_mm, x_mm, y_mm);
}

/* Mean of the slices of the slab, on the scan's own pixels. */
static void average_slab(const ms_volume *volume, size_t k, double slab_mm, float *mean) {
    const ms_geometry *g = &volume->geometry;
    const size_t n = g->n[0] * g->n[1];
    const size_t reach = (size_t)floor(slab_mm / 2 / g->spacing_mm[2] + 1e-6);
    const size_t low = k > reach ? k - reach : 0, high = k + reach < g->n[2] ? k + reach : g->n[2] - 1;
    const double weight = 1.0 / (double)(high - low + 1);
    for (size_t v = 0; v < n; v++) {
        double sum = 0;
        for (size_t s = low; s <= high; s++) sum += (double)volume->data[s * n + v];
        mean[v] = (float)(sum * weight);
    }
}

/* One row or column, `stride` apart, with a kernel of 2 * half + 1; the ends are repeated. */
static void smooth_line(float *line, size_t n, size_t stride, const double *kernel, size_t half,
                        double *buffer) {
    for (size_t i = 0; i < n; i++) buffer[i] = (double)line[i * stride];
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t t = 0; t <= 2 * half; t++) {
            const size_t at = i + t < half ? 0 : (i + t - half >= n ? n - 1 : i + t - half);
            sum += kernel[t] * buffer[at];
        }
        line[i * stride] = (float)sum;
    }
}

ms_status ms_smooth(float *hu, size_t nx, size_t ny, double sigma_pixels, ms_error *err) {
    const size_t half = (size_t)ceil(3 * sigma_pixels);
    if (half == 0) return MS_OK;
    double *kernel = ms_calloc(2 * half + 1, sizeof *kernel);
    double *buffer = ms_calloc(nx > ny ? nx : ny, sizeof *buffer);
    ms_status status = MS_OK;
    if (kernel == NULL || buffer == NULL) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    double sum = 0;
    for (size_t t = 0; t <= 2 * half; t++) {
        const double d = ((double)t - (double)half) / sigma_pixels;
        kernel[t] = exp(-d * d / 2);
        sum += kernel[t];
    }
    for (size_t t = 0; t <= 2 * half; t++) kernel[t] /= sum;
    for (size_t j = 0; j < ny; j++) smooth_line(hu + j * nx, nx, 1, kernel, half, buffer);
    for (size_t i = 0; i < nx; i++) smooth_line(hu + i, ny, nx, kernel, half, buffer);
cleanup:
    free(kernel);
    free(buffer);
    return status;
}

ms_status ms_plane_make(const ms_volume *volume, size_t k, double slab_mm, double sigma_mm, double step_mm,
                        ms_plane *plane, ms_error *err) {
    const ms_geometry *g = &volume->geometry;
    const double sx = g->spacing_mm[0], sy = g->spacing_mm[1];
    ms_plane out = {.step_mm = step_mm};
    out.nx = (size_t)floor((double)(g->n[0] - 1) * sx / step_mm) + 1;
    out.ny = (size_t)floor((double)(g->n[1] - 1) * sy / step_mm) + 1;
    float *mean = ms_calloc(g->n[0] * g->n[1], sizeof *mean);
    out.hu = ms_calloc(out.nx * out.ny, sizeof *out.hu);
    ms_status status = mean != NULL && out.hu != NULL ? MS_OK : ms_error_nomem(err);
    if (status != MS_OK) goto cleanup;
    average_slab(volume, k, slab_mm, mean);
    /* metal and bone are clipped so that they do not bleed into their surroundings */
    for (size_t v = 0; v < g->n[0] * g->n[1]; v++) mean[v] = fminf(fmaxf(mean[v], -1024), 600);
    if (sx < step_mm) status = ms_smooth(mean, g->n[0], g->n[1], sigma_mm / sx, err);
    if (status != MS_OK) goto cleanup;
    for (size_t j = 0; j < out.ny; j++)
        for (size_t i = 0; i < out.nx; i++)
            out.hu[j * out.nx + i] =
                (float)ms_sample(mean, g->n[0], g->n[1], sx, sy, (double)i * step_mm, (double)j * step_mm);
    if (sx >= step_mm) status = ms_smooth(out.hu, out.nx, out.ny, sigma_mm / step_mm / 2, err);
cleanup:
    free(mean);
    if (status == MS_OK)
        *plane = out;
    else
        ms_plane_clear(&out);
    return status;
}
