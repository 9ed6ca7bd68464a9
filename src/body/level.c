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

static const char *const names_up[] = {"L3", "L2", "L1", "T12", "T11", "T10", "T9", "T8",
                                       "T7", "T6", "T5", "T4",  "T3",  "T2",  "T1"};
static const char *const names_down[] = {"L3", "L4", "L5", "L6"};

/* The name of the vertebra `place` over L3 where there are so many lumbar ones; NULL under S1 and over T1. */
static const char *name_of(int place, int lumbar) {
    if (place >= (int)MS_COUNT(names_up) || place < 2 - lumbar) return NULL;
    return place >= 0 ? names_up[place] : place == 2 - lumbar ? "S1" : names_down[-place];
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
    double crest_mm;
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
        const char *name = name_of(i - w->names.l3, w->names.lumbar);
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
    const char *name = name_of((top ? (int)w->discs.n - 2 : 0) - w->names.l3, w->names.lumbar);
    return name ? name : "a vertebra beyond S1 or T1";
}

static double slice_z(const ms_volume *volume, size_t k) {
    const ms_geometry *g = &volume->geometry;
    double centre[3] = {0.5 * (double)(g->n[0] - 1), 0.5 * (double)(g->n[1] - 1), (double)k}, lps[3];
    ms_index_to_mm(g, centre, lps);
    return lps[2];
}

static ms_status choose_slice(const level_work *w, ms_level *level, ms_flags *flags, ms_error *err) {
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
    level->z_mm = slice_z(w->volume, level->slice_index);
    /* seen from disc to disc, or from end plate to end plate where these are sure */
    bool inside = w->names.l3 >= 0 && w->names.l3 + 1 < (int)w->discs.n;
    if (!inside || w->marks[w->names.l3].visible < 0.9 || !slice_of(w->volume, &w->grid, low, &k) ||
        !slice_of(w->volume, &w->grid, high, &k))
        ms_flags_add(flags, "l3_at_edge");
    return MS_OK;
}

static void add_doubts(const level_work *w, ms_level *level, ms_flags *flags) {
    double confidence = w->names.confidence;
    if (w->fit < 0.9) {
        ms_flags_add(flags, "spine_unclear");
        confidence *= 0.7;
    }
    if (ms_flags_has(flags, "l3_at_edge")) confidence = fmin(0.8 * confidence, 0.59);
    bool both = w->names.ribs && w->names.sacrum;
    if (!both && w->volume->geometry.spacing_mm[2] > 6) confidence *= 0.85;
    if (!w->names.ribs) ms_flags_add(flags, "ribs_not_in_view");
    if (!w->names.sacrum) ms_flags_add(flags, "sacrum_not_in_view");
    if (w->names.disagree) ms_flags_add(flags, "landmarks_disagree");
    if (w->names.unusual_count) ms_flags_add(flags, "lumbar_count_unusual");
    if (w->names.transitional) ms_flags_add(flags, "transitional_vertebra");
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
    ms_status status = ms_spine_grid_make(w->volume, &w->grid, err);
    if (status == MS_OK) status = ms_spine_canal_find(&w->grid, &w->canal, err);
    if (status == MS_OK) status = ms_spine_axis_make(&w->grid, &w->canal, &w->axis, err);
    if (status == MS_OK) status = ms_spine_crest_find(&w->grid, &w->axis, &w->crest_mm, err);
    if (status == MS_OK) status = ms_spine_discs_find(&w->axis, &w->discs, err);
    if (status == MS_OK) status = ms_spine_marks_measure(&w->axis, &w->discs, w->marks, err);
    if (status != MS_OK) return status;
    const ms_spine_view view = {&w->axis, &w->discs, w->marks, w->crest_mm};
    ms_spine_name(&view, &w->names);
    lumbar_means(w, &w->pitch_mm, &w->fit);
    ms_log(MS_LOG_DEBUG, "spine: %zu discs, fit %.2f, crest at %.0f mm, L3 is vertebra %d with %.2f",
           w->discs.n, w->fit, w->crest_mm, w->names.l3, w->names.confidence);
    for (size_t i = 0; i + 1 < w->discs.n; i++) {
        const char *name = name_of((int)i - w->names.l3, w->names.lumbar);
        ms_log(
            MS_LOG_DEBUG,
            "spine: %3s disc under it at %.0f mm, height %.0f, reach %.0f %.0f, beside %.2f %.2f, tilt %.0f, "
            "width %.0f, fit %.2f",
            name ? name : "-", w->discs.where[i], w->marks[i].pitch_mm, w->marks[i].reach_mm[0],
            w->marks[i].reach_mm[1], w->marks[i].ala, w->marks[i].ala_more, w->marks[i].tilt_deg,
            w->marks[i].width_mm, w->discs.fit[i]);
    }
    if (w->fit < 0.15 || (w->fit < 0.4 && w->names.confidence < 0.8) || w->pitch_mm < 22)
        return ms_error_set(err, MS_EINPUT,
                            "no lumbar spine in view; check that this is a CT scan of the abdomen, or "
                            "give the slice with --l3-slice");
    return MS_OK;
}

static void list_candidates(const level_work *w, ms_level *level) {
    for (int c = 0; c < MS_SPINE_CANDIDATES; c++) {
        const int i = w->names.candidate[c];
        const char *name = name_of(i - w->names.l3, w->names.lumbar);
        double low[3], high[3], middle[3];
        ms_level_candidate *made = &level->candidates[level->n_candidates];
        body_ends(w, i, low, high, middle);
        bool far = i < -1 || i > (int)w->discs.n - 1 || w->names.probability[c] < 0.002;
        if (far || !slice_of(w->volume, &w->grid, middle, &made->slice_index)) continue;
        made->z_mm = slice_z(w->volume, made->slice_index);
        made->probability = w->names.probability[c];
        if (name) memcpy(made->name, name, strlen(name) + 1);
        level->n_candidates++;
    }
}

/* A landmark that would call the vertebra m L3 calls the one that is called L3 by another name. */
static void list_evidence(const level_work *w, ms_level *level) {
    static const char *const landmarks[MS_SPINE_LANDMARKS] = {
        "ribs", "sacrum", "iliac_crests", "transverse_processes", "canal", "heights"};
    for (int m = 0; m < MS_SPINE_LANDMARKS; m++) {
        ms_level_evidence *made = &level->evidence[level->n_evidence++];
        *made = (ms_level_evidence){.landmark = landmarks[m],
                                    .probability = (double)NAN,
                                    .l3 = (double)NAN,
                                    .in_view = w->names.seen[m]};
        if (!made->in_view) continue;
        const char *name = name_of(w->names.l3 - w->names.alone[m], 5);
        if (!name) name = w->names.l3 < w->names.alone[m] ? "S2" : "T1";
        memcpy(made->name, name, strlen(name) + 1);
        made->probability = w->names.alone_p[m];
        made->l3 = w->names.agree_p[m];
    }
    if (w->names.ribs && w->names.seen[MS_SPINE_SACRUM]) level->lumbar_count = w->names.lumbar;
}

/* Mid-L3 lies one and a half vertebrae over the disc L4/L5, at which the iliac crests end. */
static void find_fallback(const level_work *w, ms_level *level) {
    if (isnan(w->crest_mm) || w->axis.n == 0) return;
    size_t s = 0;
    while (s + 1 < w->axis.n && w->axis.point[s][2] < w->crest_mm) s++;
    double pitch = w->pitch_mm >= 26 && w->pitch_mm <= 44 ? w->pitch_mm : 35, point[3];
    double from = (double)s + (w->crest_mm < w->axis.point[0][2] ? w->crest_mm - w->axis.point[0][2] : 0);
    ms_spine_axis_at(&w->axis, from + 1.5 * pitch, point);
    ms_level_fallback *f = &level->fallback;
    f->known = slice_of(w->volume, &w->grid, point, &f->slice_index);
    if (!f->known) return;
    f->z_mm = slice_z(w->volume, f->slice_index);
    f->landmark = "iliac_crests";
}

/* No count was possible, but the crests are in view. */
static bool take_fallback(const level_work *w, ms_level *level, ms_flags *flags) {
    find_fallback(w, level);
    if (!level->fallback.known) return false;
    level->fallback.used = true;
    level->slice_index = level->fallback.slice_index;
    level->z_mm = level->fallback.z_mm;
    level->confidence = 0.25;
    ms_flags_add(flags, "level_fallback");
    ms_flags_add(flags, "level_uncertain");
    return true;
}

static void level_work_free(level_work *w) {
    ms_spine_grid_clear(&w->grid);
    ms_spine_canal_clear(&w->canal);
    ms_spine_axis_clear(&w->axis);
    free(w);
}

ms_status ms_level_find(const ms_volume *volume, ms_level *level, ms_flags *flags, ms_error *err) {
    level_work *w = ms_calloc(1, sizeof *w);
    if (!w) return ms_error_nomem(err);
    ms_level found;
    ms_flags doubts = {0};
    memset(&found, 0, sizeof found); /* padding too: levels are compared as bytes */
    w->volume = volume;
    w->crest_mm = (double)NAN;
    ms_status status = find_spine(w, err);
    if (status == MS_OK) {
        status = choose_slice(w, &found, &doubts, err);
        if (status == MS_OK) {
            list_vertebrae(w, &found);
            list_candidates(w, &found);
            list_evidence(w, &found);
            find_fallback(w, &found);
            add_doubts(w, &found, &doubts);
        }
    } else if (status == MS_EINPUT && take_fallback(w, &found, &doubts)) {
        status = MS_OK;
    }
    if (status == MS_OK) {
        for (size_t i = 0; flags && i < doubts.n; i++) ms_flags_add(flags, doubts.words[i]);
        *level = found;
    }
    level_work_free(w);
    return status;
}
