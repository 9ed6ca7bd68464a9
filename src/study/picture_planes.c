/* What the pictures of a case show, cut out of its scan. */
#include "study/picture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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
 * level. A mask of muscle alone does not reach the skin: then what is no air counts too. */
static window find_window(const ms_volume *volume, const uint8_t *labels, size_t k) {
    const ms_geometry *g = &volume->geometry;
    window w = {{g->n[0], g->n[1], k}, {0, 0, k + 1}};
    const bool fat = memchr(labels, MS_LABEL_SAT, g->n[0] * g->n[1]) != NULL;
    for (size_t j = 0; j < g->n[1]; j++) {
        for (size_t i = 0; i < g->n[0]; i++) {
            if (fat ? labels[j * g->n[0] + i] == 0 : volume->data[ms_voxel_index(g, i, j, k)] < -300)
                continue;
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

static double centre_of_spine(const ms_geometry *g, const ms_level *level, int axis) {
    double sum = 0;
    for (size_t v = 0; v < level->n_vertebrae; v++) {
        double ijk[3];
        ms_mm_to_index(g, level->vertebrae[v].centre_mm, ijk);
        sum += ijk[axis];
    }
    return level->n_vertebrae > 0 ? sum / (double)level->n_vertebrae : (double)g->n[axis] / 2;
}

/* The upright pictures need not show the whole width of the body: as wide as a panel's shape asks, 240 mm or
 * more, round the spine. */
static window find_upright_window(const ms_geometry *g, const ms_level *level, const window *body) {
    window w = *body;
    const double height = (double)(w.to[2] - w.from[2]) * g->spacing_mm[2];
    for (int axis = 0; axis < 2; axis++) {
        const double most = fmax(240, 0.55 * height) / g->spacing_mm[axis];
        const double width = (double)(w.to[axis] - w.from[axis]);
        if (width <= most) continue;
        double low = centre_of_spine(g, level, axis) - most / 2;
        if (axis == 1) low -= most / 5; /* the spine lies at the back */
        low = fmax((double)w.from[axis], fmin(low, (double)w.to[axis] - most));
        w.from[axis] = (size_t)low;
        w.to[axis] = (size_t)(low + most) < w.to[axis] ? (size_t)(low + most) : w.to[axis];
    }
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

static size_t clamp_index(double index, size_t n) {
    return index < 0 ? 0 : index > (double)n - 1 ? n - 1 : (size_t)(index + 0.5);
}

/* Where the spine passes slice k, along i or j: between the vertebrae's centres on a straight line, beyond
 * the ends as at the end; the middle of the scan without vertebrae. */
static size_t spine_at(const ms_geometry *g, const ms_level *level, size_t k, int axis) {
    double below = NAN, above = NAN, below_k = 0, above_k = 0;
    for (size_t v = 0; v < level->n_vertebrae; v++) {
        double ijk[3];
        ms_mm_to_index(g, level->vertebrae[v].centre_mm, ijk);
        if (ijk[2] <= (double)k && (isnan(below) || ijk[2] > below_k)) {
            below = ijk[axis];
            below_k = ijk[2];
        }
        if (ijk[2] >= (double)k && (isnan(above) || ijk[2] < above_k)) {
            above = ijk[axis];
            above_k = ijk[2];
        }
    }
    if (isnan(below) && isnan(above)) return g->n[axis] / 2;
    if (isnan(below)) return clamp_index(above, g->n[axis]);
    if (isnan(above) || above_k <= below_k) return clamp_index(below, g->n[axis]);
    const double t = ((double)k - below_k) / (above_k - below_k);
    return clamp_index(below + t * (above - below), g->n[axis]);
}

/* A plane seen with the head up that follows the spine: along j (sagittal) or along i (coronal). */
static float *upright_plane(const ms_volume *volume, const ms_level *level, const window *w, bool sagittal) {
    const int across = sagittal ? 1 : 0;
    size_t width = w->to[across] - w->from[across], height = w->to[2] - w->from[2];
    float *plane = ms_calloc(width * height, sizeof *plane);
    for (size_t row = 0; plane && row < height; row++) {
        const size_t k = w->to[2] - 1 - row;
        const size_t at = spine_at(&volume->geometry, level, k, sagittal ? 0 : 1);
        for (size_t c = 0; c < width; c++) {
            const size_t along = w->from[across] + c;
            plane[row * width + c] = volume->data[ms_voxel_index(&volume->geometry, sagittal ? at : along,
                                                                 sagittal ? along : at, k)];
        }
    }
    return plane;
}

static double from_top_mm(const ms_geometry *g, const window *w, double z_mm) {
    return g->origin_mm[2] + ((double)w->to[2] - 0.5) * g->spacing_mm[2] * g->direction[8] - z_mm;
}

static double from_left_mm(const ms_geometry *g, const window *w, const double lps_mm[3], int axis) {
    double ijk[3];
    ms_mm_to_index(g, lps_mm, ijk);
    return (ijk[axis] + 0.5 - (double)w->from[axis]) * g->spacing_mm[axis];
}

static size_t mark_vertebrae(const ms_geometry *g, const window *w, const ms_level *level,
                             ms_plot_mark *marks) {
    const double height = (double)(w->to[2] - w->from[2]) * g->spacing_mm[2];
    size_t n = 0;
    for (size_t v = 0; v < level->n_vertebrae; v++) {
        const ms_vertebra *vertebra = &level->vertebrae[v];
        const double y = from_top_mm(g, w, vertebra->centre_mm[2]);
        if (!(y > 0 && y < height)) continue;
        marks[n++] = (ms_plot_mark){
            .y_mm = y,
            .name = vertebra->name,
            .top_mm = from_top_mm(g, w, vertebra->high_mm),
            .bottom_mm = from_top_mm(g, w, vertebra->low_mm),
            .sagittal_mm = from_left_mm(g, w, vertebra->centre_mm, 1),
            .coronal_mm = from_left_mm(g, w, vertebra->centre_mm, 0),
            .level = level->z_mm >= vertebra->low_mm && level->z_mm <= vertebra->high_mm,
        };
    }
    return n;
}

/* Other vertebrae that may be L3: shown when they have a tenth of the chance or more. */
static size_t mark_candidates(const ms_geometry *g, const window *w, const ms_level *level,
                              ms_plot_candidate *candidates, char (*texts)[32]) {
    size_t n = 0;
    for (size_t c = 0; c < level->n_candidates && level->source == MS_LEVEL_AUTO; c++) {
        const ms_level_candidate *candidate = &level->candidates[c];
        if (candidate->slice_index == level->slice_index || candidate->probability < 0.1) continue;
        (void)ms_text_format(texts[n], sizeof *texts, "or here: %.0f%%", 100 * candidate->probability);
        candidates[n] = (ms_plot_candidate){from_top_mm(g, w, candidate->z_mm), texts[n]};
        n++;
    }
    return n;
}

static bool has_parts(const uint8_t *parts, size_t n) {
    for (size_t v = 0; v < n; v++)
        if (parts[v] > MS_PART_PSOAS_LEFT && parts[v] < MS_PARTS) return true;
    return false;
}

static ms_status fill(const ms_volume *volume, const ms_segmentation *s, ms_picture *p, ms_error *err) {
    const ms_geometry *g = &volume->geometry;
    const size_t k = s->level.slice_index;
    const window w = find_window(volume, s->mask.data + k * g->n[0] * g->n[1], k);
    const size_t size[3] = {w.to[0] - w.from[0], w.to[1] - w.from[1], w.to[2] - w.from[2]};
    const window u = find_upright_window(g, &s->level, &w);
    p->axial = axial_plane(volume, &w, k);
    p->sagittal = upright_plane(volume, &s->level, &u, true);
    p->coronal = upright_plane(volume, &s->level, &u, false);
    p->labels = axial_labels(&s->mask, &w, k);
    p->parts = s->parts.data != NULL ? axial_labels(&s->parts, &w, k) : NULL;
    if (!p->axial || !p->sagittal || !p->coronal || !p->labels || (s->parts.data && !p->parts))
        return ms_error_nomem(err);
    p->input = (ms_plot_overview_input){
        .axial = {p->axial, size[0], size[1], {g->spacing_mm[0], g->spacing_mm[1]}},
        .sagittal = {p->sagittal, u.to[1] - u.from[1], size[2], {g->spacing_mm[1], g->spacing_mm[2]}},
        .coronal = {p->coronal, u.to[0] - u.from[0], size[2], {g->spacing_mm[0], g->spacing_mm[2]}},
        .labels = p->labels,
        .parts = p->parts != NULL && has_parts(p->parts, size[0] * size[1]) ? p->parts : NULL,
        .level_mm = from_top_mm(g, &w, s->level.z_mm),
        .marks = p->marks,
        .n_marks = mark_vertebrae(g, &u, &s->level, p->marks),
        .candidates = p->candidates,
        .n_candidates = mark_candidates(g, &w, &s->level, p->candidates, p->candidate_text),
        .band_mm = s->n_slices > 1 ? s->band_mm : 0,
    };
    return MS_OK;
}

ms_status ms_picture_make(ms_picture **out, const ms_volume *volume, const ms_segmentation *s,
                          ms_error *err) {
    ms_picture *picture = ms_calloc(1, sizeof *picture);
    ms_status status = picture ? fill(volume, s, picture, err) : ms_error_nomem(err);
    if (status == MS_OK) {
        *out = picture;
    } else {
        ms_picture_free(picture);
    }
    return status;
}

void ms_picture_free(ms_picture *picture) {
    if (!picture) return;
    free(picture->axial);
    free(picture->sagittal);
    free(picture->coronal);
    free(picture->labels);
    free(picture->parts);
    free(picture);
}
