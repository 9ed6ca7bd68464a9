/* The map as a picture and as NIfTI. */
#include "myosurv/plot_explain.h"
#include "study/occlusion.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MARGIN_MM 12.0
#define BODY_HU (-300)

/* What is shown: the labelled part and the body around it, with a margin: [from, to) along i and j. */
typedef struct window {
    size_t from[2], to[2];
} window;

static window find_window(const ms_occlusion_map *map) {
    const ms_geometry *g = &map->image.geometry;
    window w = {{g->n[0], g->n[1]}, {0, 0}};
    const bool fat = memchr(map->labels, MS_LABEL_SAT, g->n[0] * g->n[1]) != NULL;
    for (size_t j = 0; j < g->n[1]; j++)
        for (size_t i = 0; i < g->n[0]; i++) {
            const size_t v = j * g->n[0] + i, at[2] = {i, j};
            if (fat ? map->labels[v] == MS_LABEL_NONE : map->image.data[v] < BODY_HU) continue;
            for (int a = 0; a < 2; a++) {
                if (at[a] < w.from[a]) w.from[a] = at[a];
                if (at[a] + 1 > w.to[a]) w.to[a] = at[a] + 1;
            }
        }
    for (int a = 0; a < 2; a++) {
        const size_t margin = (size_t)(MARGIN_MM / g->spacing_mm[a]) + 1;
        if (w.to[a] == 0) w = (window){{0, 0}, {g->n[0], g->n[1]}};
        w.from[a] = w.from[a] > margin ? w.from[a] - margin : 0;
        w.to[a] = w.to[a] + margin < g->n[a] ? w.to[a] + margin : g->n[a];
    }
    return w;
}

/* Rows of a plane cut to the window; to be freed. */
static void *cut(const void *plane, size_t size, size_t width, const window *w) {
    const size_t n = w->to[0] - w->from[0];
    char *out = ms_calloc(n * (w->to[1] - w->from[1]), size);
    for (size_t j = w->from[1]; out && j < w->to[1]; j++)
        memcpy(out + (j - w->from[1]) * n * size, (const char *)plane + (j * width + w->from[0]) * size,
               n * size);
    return out;
}

enum { LINES = 4, LENGTH = 400 };

static void write_lines(const ms_occlusion_map *m, char text[LINES][LENGTH]) {
    const char *group = m->risk > m->cutpoint ? "high" : "low";
    (void)ms_text_format(text[0], LENGTH,
                         "Risk of this patient: %+.3f (log hazard ratio against the mean of the training "
                         "patients; above %+.3f is the high-risk group: this one is %s).",
                         m->risk, m->cutpoint, group);
    (void)ms_text_format(
        text[1], LENGTH,
        "Colour: by how much the risk falls (red) or rises (blue) when a patch of %.1f x %.1f mm %s "
        "and the model's %zu image input%s %s computed anew%s; mean over the patches that cover a "
        "voxel, %.1f mm apart (%zu patches%s).",
        m->patch_mm[0], m->patch_mm[1],
        m->way == MS_OCCLUDE_REMOVE ? "is taken out of the muscle"
                                    : "of muscle is given the muscle's median intensity",
        m->n_image_inputs, m->n_image_inputs == 1 ? "" : "s", m->n_image_inputs == 1 ? "is" : "are",
        m->per_cm2 ? ", divided by the muscle's area in the patch" : "", m->step_mm[0], m->n_patches,
        m->left_out ? "; some could not be judged" : "");
    (void)ms_text_format(text[2], LENGTH, "%s",
                         "It shows what the model makes of the picture, not what muscle does to a patient.");
    (void)ms_text_format(text[3], LENGTH, "Method: occlusion (%s). Slice %zu, patient z %.1f mm.",
                         ms_occlusion_way_names[m->way], m->slice, m->image.geometry.origin_mm[2]);
}

ms_status ms_occlusion_draw(const ms_occlusion_map *m, const char *title, double limit, const char *path,
                            ms_error *err) {
    const ms_geometry *g = &m->image.geometry;
    const window w = find_window(m);
    const char *lines[LINES];
    char text[LINES][LENGTH];
    float *hu = cut(m->image.data, sizeof *hu, g->n[0], &w);
    uint8_t *labels = cut(m->labels, 1, g->n[0], &w);
    double *values = cut(m->map, sizeof *values, g->n[0], &w);
    ms_status status = hu && labels && values ? MS_OK : ms_error_nomem(err);
    write_lines(m, text);
    for (size_t i = 0; i < LINES; i++) lines[i] = text[i];
    if (status == MS_OK) {
        const ms_plot_map picture = {
            .image = {hu, w.to[0] - w.from[0], w.to[1] - w.from[1], {g->spacing_mm[0], g->spacing_mm[1]}},
            .labels = labels,
            .map = values,
            .limit = limit,
            .title = title,
            .bar_label = m->per_cm2 ? "contribution to the risk (log hazard ratio per cm\u00b2)"
                                    : "contribution to the risk (log hazard ratio per patch)",
            .lines = lines,
            .n_lines = LINES};
        status = ms_plot_contribution_map(&picture, path, err);
    }
    free(hu);
    free(labels);
    free(values);
    return status;
}

ms_status ms_occlusion_write_nifti(const ms_occlusion_map *m, const char *path, ms_error *err) {
    const size_t area = m->grid.n[0] * m->grid.n[1];
    ms_volume whole = {0};
    ms_status status = ms_volume_alloc(&whole, &m->grid, err);
    if (status != MS_OK) return status;
    for (size_t v = 0; v < area; v++)
        whole.data[m->slice * area + v] = isnan(m->map[v]) ? 0.0F : (float)m->map[v];
    status = ms_volume_write_floats(&whole, &m->layout, path, "myosurv risk map: log hazard ratio", err);
    ms_volume_clear(&whole);
    return status;
}
