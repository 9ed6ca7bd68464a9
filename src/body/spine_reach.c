/* spine_reach.c: what leaves the vertebrae sideways: ribs, transverse processes, the wings of the sacrum. */
#include "spine.h"

#include "base/base.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST = 11, WINDOW = 192 }; /* first sample to the side; planes a front may spread over */

/* What counts as bone: 160 HU, or less in a spine whose pedicles are weak (or blurred by thick slices). */
static int bone_level(const ms_spine_axis *axis) {
    double sum = 0;
    for (size_t s = 0; s < axis->n; s++) {
        int middle = MS_SPINE_FRONT + (int)lrint(axis->canal[s] / MS_SPINE_STEP), top = 0;
        for (int a = middle - 3; a <= middle + 1; a++)
            for (int l = -10; l <= 10; l++) {
                int hu = axis->straight[(s * MS_SPINE_NA + (size_t)a) * MS_SPINE_NL +
                                        (size_t)(MS_SPINE_LATERAL + l)];
                if (abs(l) >= 4 && hu > top) top = hu;
            }
        sum += top;
    }
    double level = 0.36 * sum / (double)axis->n;
    return level > 160 ? 160 : level < 115 ? 115 : (int)level;
}

/* A front of bone voxels moving sideways from a vertebra: front[s * NA + a]. */
typedef struct sweep {
    const ms_spine_axis *axis;
    long base;       /* the axis's place of the window's plane 0 */
    int side, depth; /* depth: first row that counts */
    int bone_hu;
    uint8_t *front, *next;
} sweep;

static int sample(const sweep *w, int s, int a, int l) {
    long at = w->base + s;
    if (at < 0 || at >= (long)w->axis->n) return -1024;
    return w->axis->straight[((size_t)at * MS_SPINE_NA + (size_t)a) * MS_SPINE_NL +
                             (size_t)(MS_SPINE_LATERAL + w->side * l)];
}

/* Whether the front of the last step touches (s, a): ribs run down and backwards as they leave the spine. */
static bool touches(const sweep *w, int s, int a) {
    for (int ds = -1; ds <= 3; ds++)
        for (int da = -2; da <= 1; da++) {
            int fs = s + ds, fa = a + da;
            if (fs < 0 || fs >= WINDOW || fa < 0 || fa >= MS_SPINE_NA) continue;
            if (w->front[fs * MS_SPINE_NA + fa]) return true;
        }
    return false;
}

/* One sample further out: the number of bone voxels the front goes on to (none unless a part of them is hard,
 * as cortical bone is and an enhanced kidney is not), and of places outside the scan. */
static void step_out(sweep *w, int l, int s_low, int s_high, size_t *bone, size_t *outside, bool *soft) {
    size_t hard = 0;
    memset(w->next, 0, WINDOW * MS_SPINE_NA);
    *bone = *outside = 0;
    for (int s = s_low; s < s_high; s++)
        for (int a = w->depth; a < MS_SPINE_NA; a++) {
            int hu = sample(w, s, a, l);
            if ((hu < w->bone_hu && hu > -1000) || !touches(w, s, a)) continue;
            if (hu <= -1000) {
                ++*outside;
                continue;
            }
            w->next[s * MS_SPINE_NA + a] = 1;
            ++*bone;
            hard += hu >= w->bone_hu + 90;
        }
    *soft = *bone > 200 && hard * 5 < *bone;
}

/* Lets the places the front touches count as front, over a gap of one sample. */
static void bridge(sweep *w, int s_low, int s_high) {
    memset(w->next, 0, WINDOW * MS_SPINE_NA);
    for (int s = s_low; s < s_high; s++)
        for (int a = w->depth; a < MS_SPINE_NA; a++) w->next[s * MS_SPINE_NA + a] = touches(w, s, a);
}

static double run_sweep(sweep *w, int low, int high, int middle) {
    int reach = FIRST, gap = 0;
    memset(w->front, 0, WINDOW * MS_SPINE_NA);
    for (int s = low; s < high; s++)
        for (int a = middle - 7; a < middle + 7 && a < MS_SPINE_NA; a++)
            w->front[s * MS_SPINE_NA + a] = a >= 0 && sample(w, s, a, FIRST) >= w->bone_hu;
    for (int l = FIRST + 1; l < MS_SPINE_LATERAL; l++) {
        int s_low = low - (int)((l - FIRST) * 2.6) - 4, s_high = high + 4;
        if (s_low < 0) s_low = 0;
        if (s_high > WINDOW) s_high = WINDOW;
        size_t bone, outside;
        bool soft;
        step_out(w, l, s_low, s_high, &bone, &outside, &soft);
        if (soft) return fmin(reach, fmax(l - 4, FIRST)) * MS_SPINE_STEP;
        if (bone == 0 && outside > 8) return (double)NAN;
        if (bone > 0) {
            reach = l;
            gap = 0;
        } else {
            if (++gap > 1) break;
            bridge(w, s_low, s_high);
        }
        uint8_t *swap = w->front;
        w->front = w->next;
        w->next = swap;
    }
    return reach * MS_SPINE_STEP;
}

/* Reach on one side of the vertebra between two places on the axis. */
static double measure_reach(sweep *w, double disc_low, double disc_high) {
    double pitch = disc_high - disc_low;
    long from = lrint(disc_low + 0.3 * pitch), to = lrint(disc_high + 0.05 * pitch);
    long centre = (from + to) / 2;
    if (centre < 0 || centre >= (long)w->axis->n) return (double)NAN;
    int middle = MS_SPINE_FRONT + (int)lrint(w->axis->canal[centre] / MS_SPINE_STEP);
    w->base = to + 4 - WINDOW;
    w->depth = middle > 7 ? middle - 7 : 0;
    return run_sweep(w, (int)(from - w->base), (int)(to - w->base), middle);
}

/* The share of bone in a box beside the body, on the side that has less and the one that has more; NaN when
 * cut by the edge of the scan. */
static void bone_beside(const ms_spine_axis *axis, double from, double to, double *less, double *more) {
    double share[2] = {0};
    *less = *more = (double)NAN;
    for (int side = 0; side < 2; side++) {
        size_t bone = 0, all = 0, outside = 0;
        for (long s = lrint(from); s < lrint(to); s++) {
            if (s < 0 || s >= (long)axis->n) continue;
            for (int a = MS_SPINE_FRONT - 4; a <= MS_SPINE_FRONT + 7; a++)
                for (int l = 14; l <= 23; l++) {
                    int hu = axis->straight[((size_t)s * MS_SPINE_NA + (size_t)a) * MS_SPINE_NL +
                                            (size_t)(MS_SPINE_LATERAL + (side ? l : -l))];
                    all++;
                    outside += hu <= -1000;
                    bone += hu > 130;
                }
        }
        if (all == 0 || outside * 3 > all) return;
        share[side] = (double)bone / (double)(all - outside);
    }
    *less = fmin(share[0], share[1]);
    *more = fmax(share[0], share[1]);
}

/* Width of the body at its waist: how far bone or marrow goes on sideways, rows of its front two thirds,
 * before the edge falls to half. */
static double body_width(const ms_spine_axis *axis, double from, double to) {
    double profile[MS_SPINE_NL] = {0};
    size_t n = 0;
    for (long s = lrint(from + 0.35 * (to - from)); s < lrint(from + 0.7 * (to - from)); s++) {
        if (s < 0 || s >= (long)axis->n) continue;
        for (int a = MS_SPINE_FRONT - 4; a <= MS_SPINE_FRONT + 2; a++, n++)
            for (int l = 0; l < MS_SPINE_NL; l++) {
                int hu = axis->straight[((size_t)s * MS_SPINE_NA + (size_t)a) * MS_SPINE_NL + (size_t)l];
                profile[l] += hu < -50 ? -50 : hu > 400 ? 400 : hu;
            }
    }
    if (n < 40) return (double)NAN;
    double edge[2] = {0};
    for (int side = 0; side < 2; side++) {
        double top = -1e9, steepest = 0;
        for (int l = 5; l <= 20; l++) {
            double here = profile[MS_SPINE_LATERAL + (side ? l : -l)] / (double)n,
                   next = profile[MS_SPINE_LATERAL + (side ? l + 1 : -l - 1)] / (double)n;
            top = fmax(top, here);
            if (here - next > steepest) steepest = here - next, edge[side] = (l + 0.5) * MS_SPINE_STEP;
        }
        if (steepest < 10) return (double)NAN;
    }
    return edge[0] + edge[1];
}

static double visible_share(const ms_spine_axis *axis, double from, double to) {
    double low = fmax(from, 0), high = fmin(to, (double)axis->n);
    return high > low ? (high - low) / (to - from) : 0;
}

ms_status ms_spine_marks_measure(const ms_spine_axis *axis, const ms_spine_discs *discs,
                                 ms_spine_marks *marks, ms_error *err) {
    sweep w = {axis,
               0,
               1,
               0,
               bone_level(axis),
               ms_calloc(WINDOW * MS_SPINE_NA, 1),
               ms_calloc(WINDOW * MS_SPINE_NA, 1)};
    ms_status status = w.front && w.next ? MS_OK : ms_error_nomem(err);
    for (size_t i = 0; status == MS_OK && i + 1 < discs->n; i++) {
        double low = discs->where[i], high = discs->where[i + 1], p[3], q[3];
        ms_spine_axis_at(axis, low, p);
        ms_spine_axis_at(axis, high, q);
        marks[i].pitch_mm = sqrt((p[0] - q[0]) * (p[0] - q[0]) + (p[1] - q[1]) * (p[1] - q[1]) +
                                 (p[2] - q[2]) * (p[2] - q[2]));
        marks[i].visible = visible_share(axis, low, high);
        for (int side = 0; side < 2; side++) {
            w.side = side ? 1 : -1;
            marks[i].reach_mm[side] = measure_reach(&w, low, high);
        }
        double body[2], disc[2];
        bone_beside(axis, low, high, &body[0], &body[1]);
        bone_beside(axis, low - 3, low + 4, &disc[0], &disc[1]);
        marks[i].ala = isnan(disc[0]) ? 2 * body[0] : body[0] + disc[0];
        marks[i].ala_more = isnan(disc[1]) ? 2 * body[1] : body[1] + disc[1];
        marks[i].tilt_deg = atan2(q[1] - p[1], q[2] - p[2]) * -180 / M_PI;
        marks[i].width_mm = body_width(axis, low, high);
    }
    free(w.front);
    free(w.next);
    return status;
}
