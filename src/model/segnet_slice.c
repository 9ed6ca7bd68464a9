/* model/segnet_slice.c: a slice and its neighbours as the network takes them. */
#include "model/segnet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double smooth_mm = 0.7, reach_mm = 260, close_mm = 3;

/* What a plane is cut from: whole rows and columns of the scan within reach of the middle. */
typedef struct crop {
    size_t from[2], to[2];
} crop;

static crop find_crop(const ms_geometry *g, const double centre[2]) {
    crop c;
    for (int a = 0; a < 2; a++) {
        const double last = (double)g->n[a] - 1, reach = reach_mm / g->spacing_mm[a];
        c.from[a] = (size_t)fmin(fmax(centre[a] - reach, 0), last);
        c.to[a] = (size_t)fmin(fmax(centre[a] + reach, 0), last) + 1;
    }
    return c;
}

static void kernel_make(double sigma, float *kernel, int radius) {
    double sum = 0;
    for (int d = -radius; d <= radius; d++) sum += exp(-0.5 * d * d / (sigma * sigma));
    for (int d = -radius; d <= radius; d++)
        kernel[d + radius] = (float)(exp(-0.5 * d * d / (sigma * sigma)) / sum);
}

/* Gaussian along one axis of plane[ny][nx]; the edge's value goes on. */
static void blur_along(const float *from, float *to, size_t nx, size_t ny, int axis, double sigma) {
    enum { MOST = 24 };
    float kernel[2 * MOST + 1];
    int radius = (int)ceil(3 * sigma);
    if (radius > MOST) radius = MOST;
    if (sigma < 0.1 || radius < 1) {
        memcpy(to, from, nx * ny * sizeof *to);
        return;
    }
    kernel_make(sigma, kernel, radius);
    const ptrdiff_t last = (ptrdiff_t)(axis == 0 ? nx : ny) - 1, step = axis == 0 ? 1 : (ptrdiff_t)nx;
    for (size_t y = 0; y < ny; y++)
        for (size_t x = 0; x < nx; x++) {
            const ptrdiff_t at = (ptrdiff_t)(axis == 0 ? x : y), v = (ptrdiff_t)(y * nx + x);
            float sum = 0;
            for (int d = -radius; d <= radius; d++) {
                const ptrdiff_t there = at + d < 0 ? 0 : at + d > last ? last : at + d;
                sum += kernel[d + radius] * from[v + (there - at) * step];
            }
            to[v] = sum;
        }
}

void ms_segnet_blur(float *plane, float *scratch, double sigma) {
    blur_along(plane, scratch, MS_SEGNET_SIDE, MS_SEGNET_SIDE, 0, sigma);
    blur_along(scratch, plane, MS_SEGNET_SIDE, MS_SEGNET_SIDE, 1, sigma);
}

/* One plane, dz slices (not whole) from slice k, smoothed. */
static void take_plane(const ms_volume *volume, size_t k, double dz, const crop *c, float *work, float *more,
                       int16_t *out) {
    const ms_geometry *g = &volume->geometry;
    const double z = fmin(fmax((double)k + dz, 0), (double)g->n[2] - 1);
    const size_t low = (size_t)z, high = low + 1 < g->n[2] ? low + 1 : low;
    const float part = (float)(z - (double)low);
    const size_t nx = c->to[0] - c->from[0], ny = c->to[1] - c->from[1];
    for (size_t y = 0; y < ny; y++) {
        const float *a = volume->data + ms_voxel_index(g, c->from[0], c->from[1] + y, low);
        const float *b = volume->data + ms_voxel_index(g, c->from[0], c->from[1] + y, high);
        for (size_t x = 0; x < nx; x++) {
            const float hu = a[x] + part * (b[x] - a[x]);
            work[y * nx + x] = hu > -1024 ? (hu < 3071 ? hu : 3071) : -1024; /* also for NaN */
        }
    }
    blur_along(work, more, nx, ny, 0, smooth_mm / g->spacing_mm[0]);
    blur_along(more, work, nx, ny, 1, smooth_mm / g->spacing_mm[1]);
    for (size_t v = 0; v < nx * ny; v++) out[v] = (int16_t)lrintf(work[v]);
}

/* to[] = 1 where `from` is `value` within a disc of close_mm. */
static void spread(const uint8_t *from, uint8_t value, size_t nx, size_t ny, const double spacing[2],
                   uint8_t *to) {
    const ptrdiff_t rx = (ptrdiff_t)(close_mm / spacing[0]), ry = (ptrdiff_t)(close_mm / spacing[1]);
    memset(to, 0, nx * ny);
    for (size_t y = 0; y < ny; y++)
        for (size_t x = 0; x < nx; x++) {
            if ((from[y * nx + x] != 0) != value) continue;
            for (ptrdiff_t b = -ry; b <= ry; b++)
                for (ptrdiff_t a = -rx; a <= rx; a++) {
                    const ptrdiff_t i = (ptrdiff_t)x + a, j = (ptrdiff_t)y + b;
                    const double dx = (double)a * spacing[0], dy = (double)b * spacing[1];
                    if (i < 0 || j < 0 || i >= (ptrdiff_t)nx || j >= (ptrdiff_t)ny) continue;
                    if (dx * dx + dy * dy <= close_mm * close_mm) to[j * (ptrdiff_t)nx + i] = 1;
                }
        }
}

/* Classes of the labels; fat inside the closed outline counts neither way. */
static ms_status take_labels(ms_segnet_slice *s, const uint8_t *labels, size_t row, const crop *c,
                             ms_error *err) {
    const size_t nx = s->n[0], ny = s->n[1];
    uint8_t *grown = ms_calloc(nx * ny, 1), *closed = ms_calloc(nx * ny, 1);
    s->labels = ms_calloc(nx * ny, 1);
    if (!grown || !closed || !s->labels) {
        free(grown);
        free(closed);
        return ms_error_nomem(err);
    }
    for (size_t y = 0; y < ny; y++)
        for (size_t x = 0; x < nx; x++) {
            const uint8_t label = labels[(c->from[1] + y) * row + c->from[0] + x];
            s->labels[y * nx + x] = label >= MS_LABEL_MUSCLE && label <= MS_LABEL_PSOAS_LEFT ? label
                                    : label == MS_LABEL_IMAT                                 ? 255
                                                                                             : 0;
        }
    spread(s->labels, 1, nx, ny, s->spacing_mm, grown);
    spread(grown, 0, nx, ny, s->spacing_mm, closed); /* 1: within reach of what is outside */
    for (size_t v = 0; v < nx * ny; v++)
        if (s->labels[v] == 0 && !closed[v] && s->hu[MS_SEGNET_HERE][v] < -29) s->labels[v] = 255;
    free(grown);
    free(closed);
    return MS_OK;
}

void ms_segnet_centre(const ms_geometry *g, size_t k, const double centre_mm[2], double centre[3]) {
    const double corner[3] = {0, 0, (double)k};
    double mm[3];
    ms_index_to_mm(g, corner, mm);
    mm[0] = centre_mm[0];
    mm[1] = centre_mm[1];
    ms_mm_to_index(g, mm, centre);
}

ms_status ms_segnet_slice_make(const ms_volume *volume, size_t k, const double centre_mm[2],
                               const uint8_t *labels, double weight, ms_segnet_slice **slice, ms_error *err) {
    const ms_geometry *g = &volume->geometry;
    double centre[3];
    ms_segnet_centre(g, k, centre_mm, centre);
    const crop c = find_crop(g, centre);
    ms_segnet_slice *s = ms_calloc(1, sizeof *s);
    if (!s) return ms_error_nomem(err);
    for (int a = 0; a < 2; a++) {
        s->n[a] = c.to[a] - c.from[a];
        s->spacing_mm[a] = g->spacing_mm[a];
        s->origin_mm[a] = ((double)c.from[a] - centre[a]) * g->spacing_mm[a];
    }
    s->weight = weight;
    const size_t n = s->n[0] * s->n[1];
    float *work = ms_calloc(n, sizeof *work), *more = ms_calloc(n, sizeof *more);
    ms_status status = work && more ? MS_OK : ms_error_nomem(err);
    for (int p = 0; p < MS_SEGNET_PLANES && status == MS_OK; p++) {
        s->hu[p] = ms_calloc(n, sizeof *s->hu[p]);
        if (s->hu[p])
            take_plane(volume, k, (p - MS_SEGNET_HERE) * MS_SEGNET_NEIGHBOUR_MM / g->spacing_mm[2], &c, work,
                       more, s->hu[p]);
        else
            status = ms_error_nomem(err);
    }
    if (status == MS_OK && labels) status = take_labels(s, labels, g->n[0], &c, err);
    free(work);
    free(more);
    if (status == MS_OK)
        *slice = s;
    else
        ms_segnet_slice_free(s);
    return status;
}

void ms_segnet_slice_free(ms_segnet_slice *slice) {
    if (!slice) return;
    for (int p = 0; p < MS_SEGNET_PLANES; p++) free(slice->hu[p]);
    free(slice->labels);
    free(slice);
}

float ms_segnet_hu_at(const ms_segnet_slice *s, int plane, double x_mm, double y_mm) {
    const double x = (x_mm - s->origin_mm[0]) / s->spacing_mm[0],
                 y = (y_mm - s->origin_mm[1]) / s->spacing_mm[1];
    if (!(x >= 0 && y >= 0 && x <= (double)s->n[0] - 1 && y <= (double)s->n[1] - 1)) return -1024;
    const size_t i = (size_t)x, j = (size_t)y;
    const size_t right = i + 1 < s->n[0] ? 1 : 0, down = j + 1 < s->n[1] ? s->n[0] : 0;
    const float a = (float)(x - (double)i), b = (float)(y - (double)j);
    const int16_t *v = s->hu[plane] + j * s->n[0] + i;
    const float top = (float)v[0] + a * (float)(v[right] - v[0]);
    const float bottom = (float)v[down] + a * (float)(v[down + right] - v[down]);
    return top + b * (bottom - top);
}

uint8_t ms_segnet_label_at(const ms_segnet_slice *s, double x_mm, double y_mm) {
    const double x = floor((x_mm - s->origin_mm[0]) / s->spacing_mm[0] + 0.5),
                 y = floor((y_mm - s->origin_mm[1]) / s->spacing_mm[1] + 0.5);
    if (!(x >= 0 && y >= 0 && x < (double)s->n[0] && y < (double)s->n[1])) return 0;
    return s->labels[(size_t)y * s->n[0] + (size_t)x];
}

static float clipped(float value) {
    return value < -1 ? -1 : value > 1 ? 1 : value;
}

void ms_segnet_channels(const float *const hu[MS_SEGNET_PLANES], float *image) {
    for (size_t v = 0; v < MS_SEGNET_PIXELS; v++) {
        image[v] = clipped((hu[MS_SEGNET_HERE][v] - 40) / 200);
        image[MS_SEGNET_PIXELS + v] = clipped(hu[MS_SEGNET_HERE][v] / 1000);
        image[2 * MS_SEGNET_PIXELS + v] = clipped((hu[MS_SEGNET_BELOW][v] - 40) / 200);
        image[3 * MS_SEGNET_PIXELS + v] = clipped((hu[MS_SEGNET_ABOVE][v] - 40) / 200);
    }
}
