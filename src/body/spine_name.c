/* spine_name.c: which vertebra is which.
 *
 * Every way to number the chain is a hypothesis (which of its vertebrae is L3), scored by the log-likelihood
 * of what is seen: ribs from T12 up, short transverse processes below, the wings of the sacrum, the iliac
 * crests, heights. The likelihoods are plain logistic and Gaussian shapes around usual anatomy: 5 lumbar
 * vertebrae; transverse processes up to about 50 mm from the midline, longest at L3; a twelfth rib mostly
 * over 50 mm; crests near the disc L4/L5 (the line of Tuffier); bodies that grow from T10 to L3. */
#include "spine.h"

#include <math.h>

enum { BELOW = 9, ABOVE = 9 }; /* L3 may be this many vertebrae outside the chain */

static double logistic(double x) {
    return 1.0 / (1.0 + exp(-x));
}

/* Places count from L3 = 0 upwards: L5 is -2, S1 -3, T12 +3. The reach is that of a spine of usual size. */
static double reach_term(int place, double reach) {
    if (isnan(reach)) return 0;
    double over_50 = logistic((reach - 51) / 1.5), over_60 = logistic((reach - 60) / 3);
    if (place >= 4) return log(0.96 * over_60 + 0.02);
    if (place == 3) return log(0.83 * over_50 + 0.12);
    if (place >= 1) return log(0.94 * (1 - over_50) + 0.04);
    if (place >= -1) return log(0.90 * (1 - over_50) + 0.08);
    if (place == -2) return log(0.70 * over_50 + 0.35 * (1 - over_50)); /* near the iliac crest, mostly */
    return log(0.8 * over_50 + 0.2);
}

/* Transverse processes grow from L1 to L3: a small help where nothing else is in view. */
static double process_term(int place, double reach) {
    static const double usual[] = {44, 46, 41, 36}; /* L4 to L1 */
    if (isnan(reach) || reach <= MS_SPINE_NO_REACH || reach > 52 || place < -1 || place > 2) return 0;
    double u = (reach - usual[place + 1]) / 6;
    return -0.25 * fmin(u * u, 4);
}

static double ala_term(int place, double ala) {
    if (isnan(ala) || place > -1) return 0;
    double wings = logistic((ala - 0.21) / 0.06);
    return log(0.92 * (place <= -3 ? wings : 1 - wings) + 0.06);
}

/* Heights in mm, disc to disc, of places -2 (L5) to +7 (T8). */
static double pitch_term(int place, double pitch) {
    static const double usual[] = {31, 34, 35, 34, 33, 31, 28, 26.5, 25.5, 24.5};
    if (place <= -3) return 0;
    double expected = place > 7 ? 22 : usual[place + 2];
    double u = (pitch - expected) / 5.5;
    return -0.15 * fmin(u * u, 9);
}

/* The size of the spine against the usual one, by the heights of L4 to L1; drawn towards 1. */
static double spine_size(const ms_spine_discs *discs, const ms_spine_marks *marks, int l3) {
    double sum = 0;
    int n = 0;
    for (int i = 0; i + 1 < (int)discs->n; i++)
        if (i - l3 >= -1 && i - l3 <= 2 && marks[i].visible > 0.9) sum += marks[i].pitch_mm, n++;
    return n ? fmin(fmax(1 + 0.8 * (sum / n / 34.5 - 1), 0.8), 1.15) : 1;
}

/* The longer side says more: a rib may be lost in its course, and seldom is one invented. */
static double ribs_score(const ms_spine_discs *discs, const ms_spine_marks *marks, int l3) {
    double sum = 0, size = spine_size(discs, marks, l3);
    for (int i = 0; i + 1 < (int)discs->n; i++) {
        if (marks[i].visible < 0.6) continue;
        double longer = fmax(marks[i].reach_mm[0], marks[i].reach_mm[1]); /* the one that is a number */
        double shorter = fmin(marks[i].reach_mm[0], marks[i].reach_mm[1]);
        sum += reach_term(i - l3, longer / size) + process_term(i - l3, longer / size);
        if (shorter > MS_SPINE_NO_REACH) sum += 0.5 * reach_term(i - l3, shorter / size);
    }
    return sum;
}

static double crest_score(const ms_spine_axis *axis, const ms_spine_discs *discs, int l3, double crest_mm) {
    if (isnan(crest_mm)) return 0;
    int last = (int)discs->n - 1, disc = l3 - 1; /* L4/L5 */
    double where = disc < 0      ? discs->where[0] + 33.0 * disc
                   : disc > last ? discs->where[last] + 33.0 * (disc - last)
                                 : discs->where[disc];
    double point[3];
    ms_spine_axis_at(axis, where, point);
    double u = (crest_mm - point[2]) / 13.0;
    return -0.5 * fmin(u * u, 9);
}

static double sacrum_score(const ms_spine_axis *axis, const ms_spine_discs *discs,
                           const ms_spine_marks *marks, int l3, double crest_mm) {
    double sum = crest_score(axis, discs, l3, crest_mm);
    for (int i = 0; i + 1 < (int)discs->n; i++)
        if (marks[i].visible > 0.5) sum += ala_term(i - l3, marks[i].ala);
    return sum;
}

static double heights_score(const ms_spine_discs *discs, const ms_spine_marks *marks, int l3) {
    double sum = 0;
    for (int i = 0; i + 1 < (int)discs->n; i++)
        if (marks[i].visible > 0.9) sum += pitch_term(i - l3, marks[i].pitch_mm);
    return sum;
}

/* Where the highest score lies, and how far the next is below it. */
static int best_of(const double *score, int n, double *margin) {
    int best = 0;
    for (int h = 1; h < n; h++)
        if (score[h] > score[best]) best = h;
    *margin = (double)INFINITY;
    for (int h = 0; h < n; h++)
        if (h != best) *margin = fmin(*margin, score[best] - score[h]);
    return best;
}

static void landmarks_in_view(const ms_spine_discs *discs, const ms_spine_marks *marks, double crest_mm,
                              ms_spine_names *names) {
    names->ribs = false;
    names->sacrum = false;
    for (int i = 0; i + 1 < (int)discs->n; i++) {
        int place = i - names->l3;
        if (place >= 3 && (marks[i].reach_mm[0] > 50 || marks[i].reach_mm[1] > 50)) names->ribs = true;
        if (place <= -3 && marks[i].visible > 0.3) names->sacrum = true;
    }
    if (!isnan(crest_mm) && names->l3 >= 2) names->sacrum = true;
}

void ms_spine_name(const ms_spine_axis *axis, const ms_spine_discs *discs, const ms_spine_marks *marks,
                   double crest_mm, ms_spine_names *names) {
    enum { MOST = BELOW + MS_SPINE_MAX_DISCS + ABOVE };
    double all[MOST] = {0}, ribs[MOST] = {0}, pelvis[MOST] = {0}, margin, ribs_margin, pelvis_margin, sum = 0;
    int n = BELOW + (int)discs->n - 1 + ABOVE;
    for (int h = 0; h < n; h++) {
        double heights = heights_score(discs, marks, h - BELOW);
        ribs[h] = ribs_score(discs, marks, h - BELOW);
        pelvis[h] = sacrum_score(axis, discs, marks, h - BELOW, crest_mm);
        all[h] = ribs[h] + pelvis[h] + heights;
        ribs[h] += heights, pelvis[h] += heights;
    }
    int best = best_of(all, n, &margin), by_ribs = best_of(ribs, n, &ribs_margin),
        by_pelvis = best_of(pelvis, n, &pelvis_margin);
    for (int h = 0; h < n; h++) sum += exp(all[h] - all[best]);
    names->l3 = best - BELOW;
    names->confidence = 1 / sum;
    landmarks_in_view(discs, marks, crest_mm, names);
    names->disagree =
        names->ribs && names->sacrum && by_ribs != by_pelvis && ribs_margin > 2 && pelvis_margin > 2;
    if (names->disagree) names->confidence = fmin(names->confidence, 0.55);
    if (!names->ribs || !names->sacrum) names->confidence *= 0.9;
    if (!names->ribs && !names->sacrum) names->confidence = fmin(names->confidence, 0.45);
}
