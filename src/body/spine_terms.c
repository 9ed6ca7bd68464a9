/* spine_terms.c: how well each landmark fits a naming of the vertebrae.
 *
 * Log-likelihoods as plain logistic and Gaussian shapes around usual anatomy: transverse processes up to
 * about 50 mm from the midline, longest at L3; a twelfth rib mostly over 50 mm; the wings of the sacrum from
 * S1 down; iliac crests near the disc L4/L5 (the line of Tuffier); the canal's tilt, that turns from L4 to
 * S1; bodies that grow from T10 to L3. The numbers are round ones, from anatomy and a few scans. */
#include "spine.h"

#include <math.h>

static double logistic(double x) {
    return 1.0 / (1.0 + exp(-x));
}

/* Places count from L3 = 0 upwards: L5 is -2, S1 -3, T12 +3. Below L3 they count from the sacrum, so that
 * with 4 lumbar vertebrae L3 is followed by one like L5, with 6 by one more like L4. */
static int place_of(int i, ms_spine_naming naming) {
    int place = i - naming.l3;
    if (place >= 0) return place;
    int over_s1 = i - (naming.l3 - naming.lumbar + 2);
    return over_s1 - 3 > -1 ? -1 : over_s1 - 3;
}

/* The reach is that of a spine of usual size. */
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
    if (isnan(reach) || reach <= MS_SPINE_NO_REACH || reach > 52) return 0;
    if (place < -1 || place > 2) return -0.3;
    double u = (reach - usual[place + 1]) / 6;
    return -0.25 * fmin(u * u, 4);
}

/* Over the lumbar spine, enhanced kidneys and ribs may look like wings. */
static double ala_term(int place, double ala) {
    if (isnan(ala)) return 0;
    double wings = logistic((ala - 0.21) / 0.06);
    double usual = place <= -3 ? 0.94 : place == -2 ? 0.08 : place == -1 ? 0.05 : 0.15;
    return log(usual * wings + (1 - usual) * (1 - wings));
}

/* Tilt in degrees of S1 to T8; below S1 as S1. Neighbours tilt alike, so each counts for a part of itself. */
static double tilt_term(int place, double tilt) {
    static const double usual[] = {38, 20, 4, -7, -11, -12, -10, -8, -5, -2, 2};
    int i = place < -3 ? 0 : place > 7 ? 10 : place + 3;
    double u = (tilt - usual[i]) / (place <= -2 ? 11 : 9);
    return -0.18 * fmin(u * u, 9);
}

/* Heights in mm, disc to disc, of places -2 (L5) to +7 (T8). */
static double pitch_term(int place, double pitch) {
    static const double usual[] = {31, 34, 35, 34, 33, 31, 28, 26.5, 25.5, 24.5};
    if (place <= -3) return -0.3;
    double expected = place > 7 ? 22 : usual[place + 2];
    double u = (pitch - expected) / 5.5;
    return -0.15 * fmin(u * u, 9);
}

/* The size of the spine against the usual one, by the heights of L4 to L1; drawn towards 1. */
static double spine_size(const ms_spine_view *view, int l3) {
    double sum = 0;
    int n = 0;
    for (int i = 0; i + 1 < (int)view->discs->n; i++)
        if (i - l3 >= -1 && i - l3 <= 2 && view->marks[i].visible > 0.9) sum += view->marks[i].pitch_mm, n++;
    return n ? fmin(fmax(1 + 0.8 * (sum / n / 34.5 - 1), 0.8), 1.15) : 1;
}

/* The longer side says more: a rib may be lost in its course, and seldom is one invented. */
static double reach_sum(const ms_spine_view *view, ms_spine_naming naming, bool processes) {
    double sum = 0, size = spine_size(view, naming.l3);
    for (int i = 0; i + 1 < (int)view->discs->n; i++) {
        const ms_spine_marks *m = &view->marks[i];
        if (m->visible < 0.6) continue;
        double longer = fmax(m->reach_mm[0], m->reach_mm[1]); /* the one that is a number */
        double shorter = fmin(m->reach_mm[0], m->reach_mm[1]);
        int place = place_of(i, naming);
        if (processes) {
            sum += process_term(place, longer / size);
            continue;
        }
        sum += reach_term(place, longer / size);
        if (shorter > MS_SPINE_NO_REACH) sum += 0.5 * reach_term(place, shorter / size);
    }
    return sum;
}

static double crest_term(const ms_spine_view *view, ms_spine_naming naming) {
    if (isnan(view->crest_mm)) return 0;
    const ms_spine_discs *discs = view->discs;
    int last = (int)discs->n - 1, disc = naming.l3 - naming.lumbar + 4; /* over the lowest lumbar vertebra */
    double where = disc < 0      ? discs->where[0] + 33.0 * disc
                   : disc > last ? discs->where[last] + 33.0 * (disc - last)
                                 : discs->where[disc];
    double point[3];
    ms_spine_axis_at(view->axis, where, point);
    double u = (view->crest_mm - point[2]) / 13.0;
    return -0.5 * fmin(u * u, 9);
}

/* The planes seldom go on far below S2, and there is no vertebra over T1 in such a chain. */
double ms_spine_range_term(const ms_spine_view *view, ms_spine_naming naming) {
    double sum = 0;
    for (int i = 0; i + 1 < (int)view->discs->n; i++) {
        int place = place_of(i, naming);
        if (place < -5) sum -= 1.5;
        if (place > 14) sum -= 1.5;
    }
    return sum;
}

double ms_spine_term(const ms_spine_view *view, ms_spine_landmark landmark, ms_spine_naming naming) {
    double sum = 0;
    switch (landmark) {
    case MS_SPINE_RIBS:
        return reach_sum(view, naming, false);
    case MS_SPINE_PROCESSES:
        return reach_sum(view, naming, true);
    case MS_SPINE_CRESTS:
        return crest_term(view, naming);
    case MS_SPINE_SACRUM:
    case MS_SPINE_CANAL:
    case MS_SPINE_HEIGHTS:
    default:
        break;
    }
    for (int i = 0; i + 1 < (int)view->discs->n; i++) {
        const ms_spine_marks *m = &view->marks[i];
        int place = place_of(i, naming);
        if (landmark == MS_SPINE_SACRUM && m->visible > 0.5) sum += ala_term(place, m->ala);
        if (landmark == MS_SPINE_CANAL && m->visible > 0.7) sum += tilt_term(place, m->tilt_deg);
        if (landmark == MS_SPINE_HEIGHTS && m->visible > 0.9) sum += pitch_term(place, m->pitch_mm);
    }
    return sum;
}
