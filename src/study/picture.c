/* The picture of one case: the level's slice with outlines, the spine from the side and the front, the
 * numbers. */
#include "study/study.h"

#include "myosurv/plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LINES 12
#define LINE_LENGTH 120

/* A plane through the volume, seen with the head up: along j (sagittal) at column i, or along i (coronal) at
 * row j. */
static float *upright_plane(const ms_volume *volume, bool sagittal, size_t at) {
    const size_t *n = volume->geometry.n;
    size_t width = sagittal ? n[1] : n[0];
    float *plane = ms_calloc(width * n[2], sizeof *plane);
    for (size_t row = 0; plane && row < n[2]; row++) {
        for (size_t c = 0; c < width; c++) {
            size_t index =
                ms_voxel_index(&volume->geometry, sagittal ? at : c, sagittal ? c : at, n[2] - 1 - row);
            plane[row * width + c] = volume->data[index];
        }
    }
    return plane;
}

static double from_top_mm(const ms_geometry *geometry, double z_mm) {
    double top = geometry->origin_mm[2] +
                 ((double)geometry->n[2] - 0.5) * geometry->spacing_mm[2] * geometry->direction[8];
    return top - z_mm;
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
    size_t area = g->n[0] * g->n[1], k = s->level.slice_index, i, j;
    char text[MAX_LINES][LINE_LENGTH];
    const char *lines[MAX_LINES];
    ms_plot_mark marks[MS_COUNT(s->level.vertebrae)];
    cut_position(volume, &s->level, &i, &j);
    float *sagittal = upright_plane(volume, true, i), *coronal = upright_plane(volume, false, j);
    ms_plot_overview_input input = {
        .axial = {volume->data + k * area, g->n[0], g->n[1], {g->spacing_mm[0], g->spacing_mm[1]}},
        .sagittal = {sagittal, g->n[1], g->n[2], {g->spacing_mm[1], g->spacing_mm[2]}},
        .coronal = {coronal, g->n[0], g->n[2], {g->spacing_mm[0], g->spacing_mm[2]}},
        .labels = s->mask.data + k * area,
        .level_mm = from_top_mm(g, s->level.z_mm),
        .marks = marks,
        .n_marks = s->level.n_vertebrae,
        .lines = lines,
        .n_lines = describe(s, text),
        .title = title,
    };
    for (size_t v = 0; v < s->level.n_vertebrae; v++)
        marks[v] =
            (ms_plot_mark){from_top_mm(g, s->level.vertebrae[v].centre_mm[2]), s->level.vertebrae[v].name};
    for (size_t l = 0; l < input.n_lines; l++) lines[l] = text[l];
    ms_status status = sagittal && coronal ? ms_plot_overview(&input, path, err) : ms_error_nomem(err);
    if (status == MS_OK && thumbnail_path) status = ms_plot_thumbnail(&input, thumbnail_path, err);
    free(sagittal);
    free(coronal);
    return status;
}
