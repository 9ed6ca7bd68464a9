#include "phantom/render.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Thin slices a thick one is averaged from. Each is sampled at another place within the pixel (the four-rooks
 * pattern), so that edges across the slice are averaged too. */
#define SAMPLES_MAX 8
#define SAMPLE_MM 1.25
static const double rook[4][2] = {{-0.125, -0.375}, {0.375, -0.125}, {0.125, 0.375}, {-0.375, 0.125}};

static int samples_of(const ms_phantom_params *p) {
    int n = (int)ceil(p->slice_mm / SAMPLE_MM - 1e-9);
    return n < 2 ? 2 : n > SAMPLES_MAX ? SAMPLES_MAX : n;
}

/* Patient coordinates (mm) -> pixels, for a sample shifted by (ox, oy) pixels. */
static void set_transform(const scene *s, canvas *c, double ox, double oy, bool turned) {
    const double pixel = s->grid.spacing_mm[0], a = turned ? s->p->rotation_deg * M_PI / 180 : 0;
    const double x0 = s->p->shift_x_mm - s->grid.origin_mm[0],
                 y0 = s->p->shift_y_mm - 150 - s->grid.origin_mm[1];
    double *t = c->to_pixel;
    t[0] = cos(a) / pixel;
    t[1] = -sin(a) / pixel;
    t[2] = (x0 + sin(a) * s->centre_y) / pixel - ox;
    t[3] = sin(a) / pixel;
    t[4] = cos(a) / pixel;
    t[5] = (y0 - cos(a) * s->centre_y) / pixel - oy;
}

/* A curved couch: a thin shell round foam. It does not roll with the patient. */
static void paint_table(const scene *s, canvas *c) {
    static const double less[3] = {0, 2.5, 2.5};
    static const tissue fill[2] = {T_TABLE_SHELL, T_TABLE_FOAM};
    for (int layer = 0; layer < 2; layer++) {
        polygon p = {.n = 62};
        for (int i = 0; i < 31; i++) {
            double x = -205 + 410.0 * i / 30, sag = 32 * pow(x / 205, 2);
            double thick = 52 * sqrt(fmax(0.02, 1 - pow(x / 215, 2)));
            p.x[i] = p.x[61 - i] = x * (1 - less[layer] / 205);
            p.y[i] = s->table_y + 1 - sag + less[layer];
            p.y[61 - i] = s->table_y + 1 - sag + thick - less[layer];
        }
        canvas_fill(c, &p, fill[layer], OVER_ANY);
    }
}

/* Adds the tissue map's CT numbers to sum; textured tissues get their pattern. */
static void add_values(const scene *s, const canvas *c, double z, double ox, double oy, float *sum) {
    const double pixel = s->grid.spacing_mm[0];
    const float fat = s->hu[T_INTERFAT];
    for (int j = 0; j < c->ny; j++) {
        const uint8_t *line = c->map + (size_t)j * (size_t)c->nx;
        float *to = sum + (size_t)j * (size_t)c->nx;
        const double y = (j + oy) * pixel;
        for (int i = 0; i < c->nx; i++) {
            const uint8_t t = line[i];
            float hu = s->hu[t];
            if (t >= T_WALL && t <= T_PSOAS_LEFT) {
                float f = fraction_at(&s->fat[t], texture_at(&s->muscle, (i + ox) * pixel, y, z));
                hu += f * (fat - hu);
            } else if (t == T_STOOL) {
                float g = texture_at(&s->grain, (i + ox) * pixel, y, z);
                hu = g > 0.9f ? -700 : hu + 40 * g - (g > 0.5f ? 200 : 0);
            } else if (t == T_MARROW || t == T_MARROW_L3) {
                hu += 18 * texture_at(&s->grain, (i + ox) * pixel, y, z);
            }
            to[i] += hu;
        }
    }
}

static void add_counts(const canvas *c, uint8_t *counts) {
    const size_t n = (size_t)c->nx * (size_t)c->ny;
    for (size_t i = 0; i < n; i++) {
        compartment in = tissue_compartment((tissue)c->map[i]);
        if (in != C_NONE) counts[i * C_COUNT + in]++;
    }
}

/* Diameter of water that weakens the beam as this slice does (AAPM report 220), and the body's middle in
 * pixels. */
static double water_diameter(const scene *s, const float *image, double *cx, double *cy) {
    const size_t nx = s->grid.n[0], ny = s->grid.n[1];
    double sum = 0, sx = 0, sy = 0;
    for (size_t j = 0; j < ny; j++) {
        for (size_t i = 0; i < nx; i++) {
            double w = ((double)image[j * nx + i] + 1000) / 1000;
            if (w < 0.5) continue;
            sum += w;
            sx += w * (double)i;
            sy += w * (double)j;
        }
    }
    *cx = sum > 0 ? sx / sum : (double)nx / 2;
    *cy = sum > 0 ? sy / sum : (double)ny / 2;
    return 2 * sqrt(sum * s->grid.spacing_mm[0] * s->grid.spacing_mm[1] / M_PI);
}

/* Point spread: soft 0.8 mm; sharp 0.4 mm with edges raised. */
static ms_status apply_kernel(const scene *s, float *image, ms_error *err) {
    const size_t nx = s->grid.n[0], ny = s->grid.n[1];
    const double pixel = s->grid.spacing_mm[0];
    float *scratch = ms_calloc(nx * ny, sizeof *scratch), *wide = NULL;
    ms_status status = MS_OK;
    if (!scratch) return ms_error_nomem(err);
    if (s->p->kernel == MS_PHANTOM_SOFT) {
        blur_slice(image, scratch, nx, ny, 0.8 / pixel);
    } else if ((wide = ms_calloc(nx * ny, sizeof *wide))) {
        memcpy(wide, image, nx * ny * sizeof *wide);
        blur_slice(wide, scratch, nx, ny, 1.3 / pixel);
        blur_slice(image, scratch, nx, ny, 0.4 / pixel);
        for (size_t i = 0; i < nx * ny; i++) image[i] += 0.35f * (image[i] - wide[i]);
    } else {
        status = ms_error_nomem(err);
    }
    free(scratch);
    free(wide);
    return status;
}

static ms_status add_noise(const scene *s, size_t k, float *image, ms_error *err) {
    char stream[32];
    double cx, cy, diameter = water_diameter(s, image, &cx, &cy);
    if (!ms_text_format(stream, sizeof stream, "phantom noise %zu", k)) return MS_EINTERNAL;
    ms_random *random = ms_random_new(s->seed, stream);
    if (!random) return ms_error_nomem(err);
    /* Tube current follows size in part: half of the water's attenuation (0.0195 / mm) shows in the noise's
     * variance. */
    bool sharp = s->p->kernel == MS_PHANTOM_SHARP;
    double sd =
        s->p->noise_hu * sqrt(5 / s->p->slice_mm) * exp(0.0195 * (diameter - 300) / 4) * (sharp ? 2 : 1);
    double radius = diameter / 2 / s->grid.spacing_mm[0] * 1.15;
    ms_status status = noise_add(image, s->grid.n[0], s->grid.n[1], s->grid.spacing_mm[0], sharp, sd, cx, cy,
                                 radius, random, err);
    ms_random_free(random);
    return status;
}

static bool outside_circle(const scene *s, size_t i, size_t j) {
    double r = (double)s->grid.n[0] / 2, x = (double)i + 0.5 - r, y = (double)j + 0.5 - r;
    return x * x + y * y > r * r;
}

static void finish(const scene *s, float *hu, float *clean) {
    const size_t nx = s->grid.n[0], ny = s->grid.n[1];
    for (size_t j = 0; j < ny; j++) {
        for (size_t i = 0; i < nx; i++) {
            size_t at = j * nx + i;
            float v = rintf(hu[at]);
            hu[at] = v < -1024 ? -1024 : v > 3071 ? 3071 : v;
            if (s->p->padding != 0 && outside_circle(s, i, j)) hu[at] = clean[at] = -1024;
        }
    }
}

ms_status render_tissues(const scene *s, size_t k, uint8_t *map, ms_error *err) {
    canvas c;
    const ms_status status = canvas_alloc(&c, (int)s->grid.n[0], (int)s->grid.n[1], err);
    if (status) return status;
    memset(c.map, T_AIR, s->grid.n[0] * s->grid.n[1]);
    set_transform(s, &c, 0, 0, true);
    section_paint(&s->body, &c, s->grid.origin_mm[2] + (double)k * s->grid.spacing_mm[2] - s->p->z_offset_mm);
    memcpy(map, c.map, s->grid.n[0] * s->grid.n[1]);
    canvas_clear(&c);
    return MS_OK;
}

ms_status render_slice(const scene *s, size_t k, float *hu, float *clean, uint8_t *counts, int *samples,
                       ms_error *err) {
    const size_t nx = s->grid.n[0], ny = s->grid.n[1];
    const int n = samples_of(s->p);
    canvas c;
    ms_status status = canvas_alloc(&c, (int)nx, (int)ny, err);
    if (status) return status;
    memset(clean, 0, nx * ny * sizeof *clean);
    double z = s->grid.origin_mm[2] + (double)k * s->grid.spacing_mm[2] - s->p->z_offset_mm;
    for (int sub = 0; sub < n; sub++) {
        double zs = z + s->p->slice_mm * ((sub + 0.5) / n - 0.5), ox = rook[sub % 4][0],
               oy = rook[sub % 4][1];
        memset(c.map, T_AIR, nx * ny);
        if (s->p->table != 0) {
            set_transform(s, &c, ox, oy, false);
            paint_table(s, &c);
        }
        set_transform(s, &c, ox, oy, true);
        section_paint(&s->body, &c, zs);
        add_values(s, &c, zs, ox, oy, clean);
        if (counts) add_counts(&c, counts);
    }
    canvas_clear(&c);
    for (size_t i = 0; i < nx * ny; i++) clean[i] /= (float)n;
    if ((status = apply_kernel(s, clean, err))) return status;
    memcpy(hu, clean, nx * ny * sizeof *hu);
    if ((status = add_noise(s, k, hu, err))) return status;
    finish(s, hu, clean);
    *samples = n;
    return MS_OK;
}
