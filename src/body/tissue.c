/* Tissue on one slice: outline, vertebra, fascia, wall, regions, and then the HU rule inside the regions. */
#include "body/fat.h"
#include "body/muscle.h"

#include "base/base.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double plane_step_mm = 1.25, slab_mm = 8, smooth_mm = 1.0;
static const double speck_mm2 = 25;

void ms_tissue_options_default(ms_tissue_options *options) {
    *options = (ms_tissue_options){{-29, 150}, {-190, -30}, {-150, -50}};
}

static void torso_clear(ms_torso *torso) {
    ms_outline_clear(&torso->outline);
    ms_plane_clear(&torso->plane);
}

static ms_status torso_find(const ms_volume *volume, size_t k, ms_torso *t, ms_flags *flags, ms_error *err) {
    t->volume = volume;
    t->k = k;
    ms_status status = ms_outline_find(volume, k, &t->outline, err);
    if (status != MS_OK) return status;
    if (!ms_vertebra2d_find(volume, k, &t->outline, &t->vertebra))
        return ms_error_set(
            err, MS_EINPUT,
            "slice %zu: no vertebra can be made out there, so no muscle can be told from bowel; choose "
            "another slice with --l3-slice or give a mask with --mask",
            k);
    if (t->vertebra.score < 1) ms_flags_add(flags, "vertebra_unclear");
    status = ms_plane_make(volume, k, slab_mm, smooth_mm, plane_step_mm, &t->plane, err);
    if (status != MS_OK) return status;
    ms_polar_make(&t->polar, t->vertebra.x, t->vertebra.y, t->vertebra.tilt);
    status = ms_fascia_find(t, err);
    if (status == MS_OK) status = ms_wall_find(t, err);
    if (status == MS_OK) status = ms_psoas_find(t, err);
    return status;
}

/* The region of each pixel of the scan inside the body; 255 outside the fascia. */
static void regions_on_scan(const ms_torso *t, const ms_regions *regions, uint8_t *region) {
    const ms_geometry *g = &t->volume->geometry;
    for (size_t j = 0; j < g->n[1]; j++)
        for (size_t i = 0; i < g->n[0]; i++) {
            const size_t v = j * g->n[0] + i;
            const double x = (double)i * g->spacing_mm[0], y = (double)j * g->spacing_mm[1];
            double r, best, left = 1;
            region[v] = 255;
            if (!t->outline.inside[v] || ms_fascia_at(t, x, y, &r) + 0.5 < r) continue;
            region[v] = MS_REGION_OTHER;
            best = 0;
            for (int l = 0; l < MS_REGION_OTHER; l++) {
                const double p = ms_sample(regions->p[l], regions->nx, regions->ny, regions->step_mm,
                                           regions->step_mm, x, y);
                left -= p;
                if (p <= best) continue;
                best = p;
                region[v] = (uint8_t)l;
            }
            if (left > best) region[v] = MS_REGION_OTHER;
        }
}

/* The HU rule inside one region, specks left out. A psoas is one piece: the largest. */
static ms_status label_region(const ms_torso *t, const uint8_t *region, uint8_t which, uint8_t label,
                              const double hu_range[2], uint8_t *labels, ms_error *err) {
    const ms_geometry *g = &t->volume->geometry;
    const size_t n = g->n[0] * g->n[1];
    const float *hu = t->volume->data + t->k * n;
    const double pixel = g->spacing_mm[0] * g->spacing_mm[1];
    ms_pieces pieces = {0};
    uint8_t *muscle = ms_calloc(n, 1);
    if (muscle == NULL) return ms_error_nomem(err);
    for (size_t v = 0; v < n; v++)
        muscle[v] =
            region[v] == which && (double)hu[v] >= hu_range[0] - 0.5 && (double)hu[v] < hu_range[1] + 0.5;
    const ms_status status = ms_pieces_find(muscle, g->n[0], g->n[1], &pieces, err);
    if (status == MS_OK) {
        size_t largest = 0;
        for (size_t p = 1; p <= pieces.n; p++)
            if (largest == 0 || pieces.size[p] > pieces.size[largest]) largest = p;
        for (size_t v = 0; v < n; v++) {
            const size_t p = pieces.id[v];
            if (p == 0 || (double)pieces.size[p] * pixel < speck_mm2) continue;
            if (which == MS_REGION_RING || p == largest) labels[v] = label;
        }
    }
    ms_pieces_clear(&pieces);
    free(muscle);
    return status;
}

static void doubt_tissue(const ms_torso *t, const uint8_t *labels, ms_flags *flags) {
    const ms_geometry *g = &t->volume->geometry;
    size_t cut = 0, thin = 0, muscle = 0;
    for (int a = 0; a < MS_RAYS; a++) {
        const double x = t->polar.x + t->fascia_mm[a] * t->polar.cosine[a];
        const double y = t->polar.y + t->fascia_mm[a] * t->polar.sine[a];
        const double edge_x = fmin(x, (double)(g->n[0] - 1) * g->spacing_mm[0] - x);
        const double edge_y = fmin(y, (double)(g->n[1] - 1) * g->spacing_mm[1] - y);
        cut += fmin(edge_x, edge_y) < 5;
        thin += t->skin_mm[a] - t->fascia_mm[a] < 6;
    }
    for (size_t v = 0; v < g->n[0] * g->n[1]; v++) muscle += labels[v] >= 1 && labels[v] <= 3;
    if (t->outline.truncated) ms_flags_add(flags, "truncated_fov_skin");
    if (cut > MS_RAYS / 100) ms_flags_add(flags, "truncated_fov_muscle");
    if (thin > MS_RAYS / 3) ms_flags_add(flags, "thin_patient_fat");
    if ((double)muscle * g->spacing_mm[0] * g->spacing_mm[1] < 4000) ms_flags_add(flags, "little_muscle");
}

ms_status ms_tissue_segment(const ms_volume *volume, size_t k, const ms_tissue_options *options,
                            const ms_muscle_network *network, uint8_t *labels, uint8_t *parts,
                            ms_flags *flags, ms_error *err) {
    (void)network;
    const ms_geometry *g = &volume->geometry;
    ms_tissue_options defaults;
    if (options == NULL) {
        ms_tissue_options_default(&defaults);
        options = &defaults;
    }
    if (k >= g->n[2])
        return ms_error_set(err, MS_EUSAGE, "slice %zu is outside the scan, which has %zu", k, g->n[2]);
    const size_t n = g->n[0] * g->n[1];
    ms_torso torso = {0};
    ms_regions regions = {0};
    uint8_t *region = ms_calloc(n, 1), *out = ms_calloc(n, 1);
    ms_status status = region != NULL && out != NULL ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) status = torso_find(volume, k, &torso, flags, err);
    if (status == MS_OK) status = ms_regions_find(&torso, &regions, err);
    if (status != MS_OK) goto cleanup;
    regions_on_scan(&torso, &regions, region);
    for (uint8_t which = MS_REGION_RING; which < MS_REGION_OTHER && status == MS_OK; which++)
        status = label_region(&torso, region, which, (uint8_t)(MS_LABEL_MUSCLE + which), options->muscle_hu,
                              out, err);
    if (status == MS_OK) status = ms_fat_label(&torso, options, region, out, err);
    if (status != MS_OK) goto cleanup;
    doubt_tissue(&torso, out, flags);
    memcpy(labels, out, n);
    if (parts != NULL)
        for (size_t v = 0; v < n; v++)
            parts[v] = out[v] == MS_LABEL_PSOAS_RIGHT  ? MS_PART_PSOAS_RIGHT
                       : out[v] == MS_LABEL_PSOAS_LEFT ? MS_PART_PSOAS_LEFT
                       : out[v] == MS_LABEL_MUSCLE     ? MS_PART_WALL
                                                       : MS_PART_NONE;
cleanup:
    free(region);
    free(out);
    ms_regions_clear(&regions);
    torso_clear(&torso);
    return status;
}
