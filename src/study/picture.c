/* The picture of one case: the level's slice with outlines, the spine from the side and the front, the
 * numbers. */
#include "study/study.h"

#include "myosurv/plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LINES 12
#define LINE_LENGTH 120

#define MARGIN_MM 12.0
#define REACH_MM 210.0 /* of the spine, above and below the level */

/* The part of the scan that is shown: [from, to) along i, j and k. */
typedef struct window {
    size_t from[3], to[3];
} window;

static void widen(const ms_geometry *g, int axis, double margin_mm, window *w) {
    size_t margin = (size_t)(margin_mm / g->spacing_mm[axis]) + 1;
    w->from[axis] = w->from[axis] > margin ? w->from[axis] - margin : 0;
    w->to[axis] = w->to[axis] + margin < g->n[axis] ? w->to[axis] + margin : g->n[axis];
}

/* Across: what is labelled on the level's slice, with a margin (all of it when nothing is). Along: around the
 * level. */
static window find_window(const ms_geometry *g, const uint8_t *labels, size_t k) {
    window w = {{g->n[0], g->n[1], k}, {0, 0, k + 1}};
    for (size_t j = 0; j < g->n[1]; j++) {
        for (size_t i = 0; i < g->n[0]; i++) {
            if (labels[j * g->n[0] + i] == 0) continue;
            w.from[0] = i < w.from[0] ? i : w.from[0];
            w.to[0] = i >= w.to[0] ? i + 1 : w.to[0];
            w.from[1] = j < w.from[1] ? j : w.from[1];
            w.to[1] = j >= w.to[1] ? j + 1 : w.to[1];
        }
    }
    for (int axis = 0; axis < 2; axis++) {
        if (w.to[axis] == 0) {
            w.from[axis] = 0;
            w.to[axis] = g->n[axis];
        }
        widen(g, axis, MARGIN_MM, &w);
    }
    widen(g, 2, REACH_MM, &w);
    return w;
}

static float *axial_plane(const ms_volume *volume, const window *w, size_t k) {
    size_t width = w->to[0] - w->from[0], height = w->to[1] - w->from[1];
    float *plane = ms_calloc(width * height, sizeof *plane);
    for (size_t row = 0; plane && row < height; row++)
        memcpy(plane + row * width,
               volume->data + ms_voxel_index(&volume->geometry, w->from[0], w->from[1] + row, k),
               width * sizeof *plane);
    return plane;
}

static uint8_t *axial_labels(const ms_mask *mask, const window *w, size_t k) {
    size_t width = w->to[0] - w->from[0], height = w->to[1] - w->from[1];
    uint8_t *plane = ms_calloc(width * height, 1);
    for (size_t row = 0; plane && row < height; row++)
        memcpy(plane + row * width,
               mask->data + ms_voxel_index(&mask->geometry, w->from[0], w->from[1] + row, k), width);
    return plane;
}

/* A plane seen with the head up: along j (sagittal) at column `at`, or along i (coronal) at row `at`. */
static float *upright_plane(const ms_volume *volume, const window *w, bool sagittal, size_t at) {
    int across = sagittal ? 1 : 0;
    size_t width = w->to[across] - w->from[across], height = w->to[2] - w->from[2];
    float *plane = ms_calloc(width * height, sizeof *plane);
    for (size_t row = 0; plane && row < height; row++) {
        for (size_t c = 0; c < width; c++) {
            size_t along = w->from[across] + c, k = w->to[2] - 1 - row;
            plane[row * width + c] = volume->data[ms_voxel_index(&volume->geometry, sagittal ? at : along,
                                                                 sagittal ? along : at, k)];
        }
    }
    return plane;
}

static double from_top_mm(const ms_geometry *g, const window *w, double z_mm) {
    return g->origin_mm[2] + ((double)w->to[2] - 0.5) * g->spacing_mm[2] * g->direction[8] - z_mm;
}

/* Where the spine is cut: through the body of L3 if it was found, else through the middle of the picture. */
static void cut_position(const ms_volume *volume, const ms_level *level, size_t *i, size_t *j) {
    const size_t *n = volume->geometry.n;
    double best = INFINITY;
    *i = n[0] / 2;
    *j = n[1] / 2;
    for (size_t v = 0; v < level->n_vertebrae; v++) {
        double distance = fabs(level->vertebrae[v].centre_mm[2] - level->z_mm), ijk[3];
        if (distance >= best) continue;
        ms_mm_to_index(&volume->geometry, level->vertebrae[v].centre_mm, ijk);
        if (!(ijk[0] >= 0 && ijk[0] < (double)n[0] && ijk[1] >= 0 && ijk[1] < (double)n[1])) continue;
        best = distance;
        *i = (size_t)ijk[0];
        *j = (size_t)ijk[1];
    }
}

static size_t describe(const ms_segmentation *s, char lines[MAX_LINES][LINE_LENGTH]) {
    static const char *const sources[] = {"found", "slice given", "z given", "mask given"};
    static const char *const shown[] = {"sma_cm2", "psoas_cm2", "smd_hu",  "smi_cm2_m2",
                                        "sat_cm2", "vat_cm2",   "imat_cm2"};
    size_t n = 0;
    (void)ms_text_format(lines[n++], LINE_LENGTH, "L3: slice %zu, z %.1f mm, confidence %.2f (%s)",
                         s->level.slice_index, s->level.z_mm, s->level.confidence, sources[s->level.source]);
    for (size_t m = 0; m < MS_COUNT(shown); m++) {
        size_t at = ms_measure_find(shown[m]);
        if (at >= ms_n_measures || isnan(s->values[at])) continue;
        (void)ms_text_format(lines[n++], LINE_LENGTH, "%s %.1f", shown[m], s->values[at]);
    }
    char text[LINE_LENGTH] = "";
    for (size_t f = 0; f < s->flags.n; f++) {
        size_t used = strlen(text);
        (void)ms_text_format(text + used, sizeof text - used, "%s%s", f ? " " : "", s->flags.words[f]);
    }
    if (s->flags.n > 0) (void)ms_text_format(lines[n++], LINE_LENGTH, "flags: %.100s", text);
    return n;
}

ms_status ms_study_picture(const ms_volume *volume, const ms_segmentation *s, const char *title,
                           const char *path, const char *thumbnail_path, ms_error *err) {
    const ms_geometry *g = &volume->geometry;
    size_t k = s->level.slice_index, i, j, n_marks = 0;
    char text[MAX_LINES][LINE_LENGTH];
    const char *lines[MAX_LINES];
    ms_plot_mark marks[MS_COUNT(s->level.vertebrae)];
    window w = find_window(g, s->mask.data + k * g->n[0] * g->n[1], k);
    size_t size[3] = {w.to[0] - w.from[0], w.to[1] - w.from[1], w.to[2] - w.from[2]};
    cut_position(volume, &s->level, &i, &j);
    float *axial = axial_plane(volume, &w, k), *sagittal = upright_plane(volume, &w, true, i),
          *coronal = upright_plane(volume, &w, false, j);
    uint8_t *labels = axial_labels(&s->mask, &w, k);
    for (size_t v = 0; v < s->level.n_vertebrae; v++) {
        double y = from_top_mm(g, &w, s->level.vertebrae[v].centre_mm[2]);
        if (y > 0 && y < (double)size[2] * g->spacing_mm[2])
            marks[n_marks++] = (ms_plot_mark){y, s->level.vertebrae[v].name};
    }
    ms_plot_overview_input input = {
        .axial = {axial, size[0], size[1], {g->spacing_mm[0], g->spacing_mm[1]}},
        .sagittal = {sagittal, size[1], size[2], {g->spacing_mm[1], g->spacing_mm[2]}},
        .coronal = {coronal, size[0], size[2], {g->spacing_mm[0], g->spacing_mm[2]}},
        .labels = labels,
        .level_mm = from_top_mm(g, &w, s->level.z_mm),
        .marks = marks,
        .n_marks = n_marks,
        .lines = lines,
        .n_lines = describe(s, text),
        .title = title,
    };
    for (size_t l = 0; l < input.n_lines; l++) lines[l] = text[l];
    ms_status status =
        axial && sagittal && coronal && labels ? ms_plot_overview(&input, path, err) : ms_error_nomem(err);
    if (status == MS_OK && thumbnail_path) status = ms_plot_thumbnail(&input, thumbnail_path, err);
    free(labels);
    free(axial);
    free(sagittal);
    free(coronal);
    return status;
}
