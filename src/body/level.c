/* level.c: from a volume to the slice through the middle of L3. */
#include "spine.h"

#include "base/base.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A place in mm from voxel (0, 0, 0) of the working grid, as voxels of the volume. */
static void to_voxels(const ms_spine_grid *grid, const double mm[3], double ijk[3]) {
    for (int c = 0; c < 3; c++) ijk[c] = (mm[c] / grid->spacing[c] + 0.5) * (double)grid->factor[c] - 0.5;
}

static void to_patient(const ms_volume *volume, const ms_spine_grid *grid, const double mm[3],
                       double lps_mm[3]) {
    double ijk[3];
    to_voxels(grid, mm, ijk);
    ms_index_to_mm(&volume->geometry, ijk, lps_mm);
}

/* Ends of the body between two discs, on the axis; beyond the chain by the height of the last vertebra in it.
 */
static void body_span(const ms_spine_discs *discs, int i, double *low, double *high) {
    int last = (int)discs->n - 2;
    int near = i < 0 ? 0 : i > last ? last : i;
    double pitch = discs->where[near + 1] - discs->where[near], shift = pitch * (i - near);
    *low = discs->where[near] + discs->above[near] + shift;
    *high = discs->where[near + 1] - discs->below[near + 1] + shift;
}

static const char *const names_up[] = {"S1", "L5", "L4", "L3", "L2", "L1", "T12", "T11", "T10",
                                       "T9", "T8", "T7", "T6", "T5", "T4", "T3",  "T2",  "T1"};

static const char *name_of(int place) {
    return place < -3 || place + 3 >= (int)MS_COUNT(names_up) ? NULL : names_up[place + 3];
}

static bool slice_of(const ms_volume *volume, const ms_spine_grid *grid, const double mm[3], size_t *k) {
    double ijk[3];
    to_voxels(grid, mm, ijk);
    double slice = floor(ijk[2] + 0.5);
    if (!(slice >= 0) || slice >= (double)volume->geometry.n[2]) return false;
    *k = (size_t)slice;
    return true;
}

typedef struct level_work {
    const ms_volume *volume;
    ms_spine_grid grid;
    ms_spine_canal canal;
    ms_spine_axis axis;
    ms_spine_discs discs;
    ms_spine_marks marks[MS_SPINE_MAX_DISCS];
    ms_spine_names names;
    double pitch_mm, fit; /* of the lumbar vertebrae */
} level_work;

/* The middles of a body's end plates, and of the body. */
static void body_ends(const level_work *w, int i, double low[3], double high[3], double middle[3]) {
    double low_s, high_s;
    body_span(&w->discs, i, &low_s, &high_s);
    ms_spine_axis_at(&w->axis, low_s, low);
    ms_spine_axis_at(&w->axis, high_s, high);
    for (int c = 0; c < 3; c++) middle[c] = 0.5 * (low[c] + high[c]);
}

static void list_vertebrae(const level_work *w, ms_level *level) {
    for (int i = -1; i < (int)w->discs.n; i++) { /* one cut by the edge of the scan at each end may count */
        const char *name = name_of(i - w->names.l3);
        double low[3], high[3], point[3], lps[3];
        size_t k;
        body_ends(w, i, low, high, point);
        bool beyond = i < 0 || i + 1 >= (int)w->discs.n;
        if (!name || !slice_of(w->volume, &w->grid, point, &k) || (beyond && i != w->names.l3)) continue;
        if (high[2] - low[2] < 8) continue; /* the planes have run into each other below S1 */
        if (level->n_vertebrae >= MS_COUNT(level->vertebrae)) break;
        ms_vertebra *v = &level->vertebrae[level->n_vertebrae++];
        memcpy(v->name, name, strlen(name) + 1);
        to_patient(w->volume, &w->grid, point, v->centre_mm);
        to_patient(w->volume, &w->grid, low, lps);
        v->low_mm = lps[2];
        to_patient(w->volume, &w->grid, high, lps);
        v->high_mm = lps[2];
    }
}

/* The name of the vertebra at the lower or upper end of what is in view. */
static const char *end_name(const level_work *w, bool top) {
    const char *name = name_of((top ? (int)w->discs.n - 2 : 0) - w->names.l3);
    return name ? name : "a vertebra beyond S1 or T1";
}

static ms_status choose_slice(const level_work *w, ms_level *level, ms_flags *flags, ms_error *err) {
    const ms_geometry *g = &w->volume->geometry;
    double low[3], high[3], middle[3];
    size_t k;
    body_ends(w, w->names.l3, low, high, middle);
    bool far = w->names.l3 < -1 || w->names.l3 > (int)w->discs.n - 1;
    if (far || !slice_of(w->volume, &w->grid, middle, &level->slice_index))
        return ms_error_set(
            err, MS_EINPUT,
            "no L3 in view: the spine was followed from %s to %s; use a scan of the abdomen, or give "
            "the slice with --l3-slice",
            end_name(w, false), end_name(w, true));
    double centre[3] = {0.5 * (double)(g->n[0] - 1), 0.5 * (double)(g->n[1] - 1), (double)level->slice_index},
           lps[3];
    ms_index_to_mm(g, centre, lps);
    level->z_mm = lps[2];
    if (!slice_of(w->volume, &w->grid, low, &k) || !slice_of(w->volume, &w->grid, high, &k))
        ms_flags_add(flags, "l3_at_edge");
    return MS_OK;
}

static void add_doubts(const level_work *w, ms_level *level, ms_flags *flags) {
    double confidence = w->names.confidence;
    if (w->fit < 0.9) {
        ms_flags_add(flags, "spine_unclear");
        confidence *= 0.7;
    }
    if (ms_flags_has(flags, "l3_at_edge")) confidence *= 0.8;
    if (!w->names.ribs) ms_flags_add(flags, "ribs_not_in_view");
    if (!w->names.sacrum) ms_flags_add(flags, "sacrum_not_in_view");
    if (w->names.disagree) ms_flags_add(flags, "landmarks_disagree");
    if (w->volume->geometry.spacing_mm[2] > 6) ms_flags_add(flags, "thick_slices");
    if (confidence < 0.6) ms_flags_add(flags, "level_uncertain");
    level->confidence = confidence;
}

/* Means over L5 to L1. */
static void lumbar_means(const level_work *w, double *pitch_mm, double *fit) {
    double n = 0;
    *pitch_mm = *fit = 0;
    for (int i = 0; i + 1 < (int)w->discs.n; i++)
        if (abs(i - w->names.l3) <= 2) *pitch_mm += w->marks[i].pitch_mm, *fit += w->discs.fit[i], n++;
    if (n > 0) *pitch_mm /= n, *fit /= n;
}

static ms_status find_spine(level_work *w, ms_error *err) {
    double crest_mm = 0;
    ms_status status = ms_spine_grid_make(w->volume, &w->grid, err);
    if (status == MS_OK) status = ms_spine_canal_find(&w->grid, &w->canal, err);
    if (status == MS_OK) status = ms_spine_axis_make(&w->grid, &w->canal, &w->axis, err);
    if (status == MS_OK) status = ms_spine_discs_find(&w->axis, &w->discs, err);
    if (status == MS_OK) status = ms_spine_marks_measure(&w->axis, &w->discs, w->marks, err);
    if (status == MS_OK) status = ms_spine_crest_find(&w->grid, &w->axis, &crest_mm, err);
    if (status != MS_OK) return status;
    ms_spine_name(&w->axis, &w->discs, w->marks, crest_mm, &w->names);
    lumbar_means(w, &w->pitch_mm, &w->fit);
    ms_log(MS_LOG_DEBUG, "spine: %zu discs, fit %.2f, crest at %.0f mm, L3 is vertebra %d with %.2f",
           w->discs.n, w->fit, crest_mm, w->names.l3, w->names.confidence);
    for (size_t i = 0; i + 1 < w->discs.n; i++) {
        const char *name = name_of((int)i - w->names.l3);
        ms_log(MS_LOG_DEBUG,
               "spine: %3s disc under it at %.0f mm, height %.0f, reach %.0f %.0f, beside %.2f, fit %.2f",
               name ? name : "-", w->discs.where[i], w->marks[i].pitch_mm, w->marks[i].reach_mm[0],
               w->marks[i].reach_mm[1], w->marks[i].ala, w->discs.fit[i]);
    }
    if (w->fit < 0.15 || (w->fit < 0.4 && w->names.confidence < 0.8) || w->pitch_mm < 22)
        return ms_error_set(err, MS_EINPUT,
                            "no lumbar spine in view; check that this is a CT scan of the abdomen, or "
                            "give the slice with --l3-slice");
    return MS_OK;
}

ms_status ms_level_find(const ms_volume *volume, ms_level *level, ms_flags *flags, ms_error *err) {
    level_work *w = ms_calloc(1, sizeof *w);
    if (!w) return ms_error_nomem(err);
    ms_level found = {.source = MS_LEVEL_AUTO};
    ms_flags doubts = {0};
    w->volume = volume;
    ms_status status = find_spine(w, err);
    if (status == MS_OK) status = choose_slice(w, &found, &doubts, err);
    if (status == MS_OK) {
        list_vertebrae(w, &found);
        add_doubts(w, &found, &doubts);
        for (size_t i = 0; flags && i < doubts.n; i++) ms_flags_add(flags, doubts.words[i]);
        *level = found;
    }
    ms_spine_grid_clear(&w->grid);
    ms_spine_canal_clear(&w->canal);
    ms_spine_axis_clear(&w->axis);
    free(w);
    return status;
}
