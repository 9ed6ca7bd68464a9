#include "phantom/render.h"

#include <math.h>
#include <stdlib.h>

/* How sharply fat and lean muscle part in the infiltration's pattern (SDs of the field). */
#define FAT_EDGE 0.9

static void place_grid(scene *s) {
    const ms_phantom_params *p = s->p;
    double scale = p->height_m / 1.74, pixel = p->fov_mm / p->matrix;
    double below = p->bottom_mm * scale, above = p->top_mm * scale;
    size_t n = (size_t)p->matrix, slices = (size_t)floor((below + above) / p->spacing_z_mm + 1e-9) + 1;
    s->grid = (ms_geometry){.n = {n, n, slices},
                            .spacing_mm = {pixel, pixel, p->spacing_z_mm},
                            .direction = {1, 0, 0, 0, 1, 0, 0, 0, 1}};
    double half = pixel * (p->matrix - 1) / 2;
    /* the field is centred on the isocentre, 150 mm under DICOM's zero as on many scanners */
    s->grid.origin_mm[0] = -half;
    s->grid.origin_mm[1] = -half - 150;
    s->grid.origin_mm[2] = p->z_offset_mm - below;
}

void scene_from_patient(const scene *s, const double in[3], double out[3]) {
    double a = s->p->rotation_deg * M_PI / 180, y = in[1] - s->centre_y;
    out[0] = cos(a) * in[0] - sin(a) * y + s->p->shift_x_mm;
    out[1] = sin(a) * in[0] + cos(a) * y + s->p->shift_y_mm - 150;
    out[2] = in[2] + s->p->z_offset_mm;
}

ms_status scene_init(scene *s, const ms_phantom_params *params, uint64_t seed, ms_error *err) {
    *s = (scene){.p = params, .seed = seed};
    ms_status status = MS_OK;
    ms_random *layout = ms_random_new(seed, "phantom layout"),
              *fat = ms_random_new(seed, "phantom infiltration");
    if (!layout || !fat) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    anatomy_init(&s->body, params, layout);
    place_grid(s);
    tissue_hu(params, s->hu);
    for (int t = 0; t < T_COUNT; t++)
        fraction_init(&s->fat[t], params->fat_infiltration * tissue_infiltration((tissue)t), FAT_EDGE);
    s->table_y = outline_back(&s->body);
    section mid = {.a = &s->body};
    outline_setup(&mid);
    s->centre_y = (mid.yc - mid.skin[3 * OUTLINE / 4] + s->table_y) / 2;
    if ((status = texture_init(&s->muscle, params->infiltration_scale_mm, fat, err))) goto cleanup;
    status = texture_init(&s->grain, 2.5, layout, err);
cleanup:
    ms_random_free(layout);
    ms_random_free(fat);
    if (status) scene_clear(s);
    return status;
}

void scene_clear(scene *s) {
    texture_clear(&s->muscle);
    texture_clear(&s->grain);
}
