/* Two ways of outlining the same slice against each other, and an outline against anatomy. */
#include "body/muscle.h"

#include <math.h>

static bool is_muscle(uint8_t label) {
    return label >= MS_LABEL_MUSCLE && label <= MS_LABEL_PSOAS_LEFT;
}

static double dice(double both, double sum) {
    return sum > 0 ? 2 * both / sum : 1;
}

void ms_agreement_of(const ms_geometry *g, const uint8_t *a, const uint8_t *b, ms_agreement *out) {
    const double pixel_cm2 = g->spacing_mm[0] * g->spacing_mm[1] / 100;
    double muscle = 0, muscle_sum = 0, psoas = 0, psoas_sum = 0;
    *out = (ms_agreement){0};
    for (size_t v = 0; v < g->n[0] * g->n[1]; v++) {
        const bool p[2] = {is_muscle(a[v]) && a[v] != MS_LABEL_MUSCLE,
                           is_muscle(b[v]) && b[v] != MS_LABEL_MUSCLE};
        muscle += is_muscle(a[v]) && is_muscle(b[v]);
        muscle_sum += is_muscle(a[v]) + is_muscle(b[v]);
        psoas += p[0] && a[v] == b[v];
        psoas_sum += p[0] + p[1];
        out->muscle_cm2[0] += is_muscle(a[v]) * pixel_cm2;
        out->muscle_cm2[1] += is_muscle(b[v]) * pixel_cm2;
        if (p[0]) out->psoas_cm2[0][a[v] - MS_LABEL_PSOAS_RIGHT] += pixel_cm2;
        if (p[1]) out->psoas_cm2[1][b[v] - MS_LABEL_PSOAS_RIGHT] += pixel_cm2;
    }
    out->muscle_dice = dice(muscle, muscle_sum);
    out->psoas_dice = dice(psoas, psoas_sum);
}

double ms_widest_gap_degrees(const ms_torso *t, const uint8_t *labels) {
    const ms_geometry *g = &t->volume->geometry;
    bool seen[MS_RAYS] = {false};
    for (size_t v = 0; v < g->n[0] * g->n[1]; v++) {
        if (!is_muscle(labels[v])) continue;
        double ray, r;
        ms_polar_of(&t->polar, t->vertebra.tilt, (double)(v % g->n[0]) * g->spacing_mm[0],
                    (double)(v / g->n[0]) * g->spacing_mm[1], &ray, &r);
        if (labels[v] == MS_LABEL_MUSCLE) seen[(size_t)ray % MS_RAYS] = true;
    }
    int widest = 0, run = 0;
    for (int a = 0; a < 2 * MS_RAYS; a++) { /* twice round: a gap may lie across ray 0 */
        const int ray = a % MS_RAYS;
        const bool alba = ray < MS_RAYS / 24 || ray > MS_RAYS - MS_RAYS / 24; /* 15 degrees each side */
        if (seen[ray])
            run = 0;
        else if (!alba)
            run++;
        if (run > widest) widest = run;
    }
    return fmin(widest, MS_RAYS) * 360.0 / MS_RAYS;
}
