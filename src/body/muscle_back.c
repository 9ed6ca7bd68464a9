/* The front border of the back's muscles (quadratus lumborum, erector spinae), column by column to each side:
 * the path with flesh behind it and fat before it, drawn to where the border usually lies, since kidney,
 * psoas or bowel may touch it. Its stiffness bridges such places. */
#include "body/muscle.h"

#include "base/base.h"

#include <math.h>
#include <string.h>

/* mm behind the vertebral body's centre, every 10 mm to the side, for a body of 20 mm half width: the
 * hand contours of adults at L2 to L4. */
static const double usual_mm[] = {44, 38, 29, 26, 25, 26, 28, 32, 39, 46, 52, 58, 64};
static const double sure_mm = 9, stiffness = 0.12, bone_hu = 170;

enum { REACH = 24, WINDOW = 2 * REACH + 1, FIRST = 34, LAST = 104, BEFORE = 12, BEHIND = 8 };

double ms_back_usual_mm(double side) {
    const double at = side / 10;
    const size_t i = (size_t)at;
    if (i + 1 >= MS_COUNT(usual_mm)) return usual_mm[MS_COUNT(usual_mm) - 1];
    return usual_mm[i] + (at - (double)i) * (usual_mm[i + 1] - usual_mm[i]);
}

double ms_back_line_mm(const ms_torso *t, double side) {
    const double scale = t->vertebra.half_width / 20, at = fabs(side) / scale;
    const double *found = t->back_mm[side < 0 ? 0 : 1];
    if (at >= MS_BACK - 1) return ms_back_usual_mm(at) * scale;
    const size_t i = (size_t)at;
    return (found[i] + (at - (double)i) * (found[i + 1] - found[i])) * scale;
}

/* A column's costs: fat in the few mm behind a place, flesh in those before it. */
static void column_cost(const ms_torso *t, double side, int column, double cost[WINDOW]) {
    const ms_vertebra2d *v = &t->vertebra;
    const double c = cos(v->tilt), s = sin(v->tilt), scale = v->half_width / 20;
    const double usual = ms_back_usual_mm(column);
    double flesh[WINDOW + BEFORE + BEHIND];
    for (int w = 0; w < WINDOW + BEFORE + BEHIND; w++) {
        const double depth = (usual + w - BEFORE - REACH) * scale, away = column * scale * side;
        const double hu = ms_plane_at(&t->plane, v->x + c * away + s * depth, v->y - s * away + c * depth);
        flesh[w] = hu > bone_hu ? 1 : ms_muscle_like(hu);
    }
    for (int w = 0; w < WINDOW; w++) {
        const double off = (w - REACH) / sure_mm;
        double before = 0, behind = 0;
        for (int d = 1; d <= BEFORE; d++) before += fmax(0, flesh[w + BEFORE - d]);
        for (int d = 0; d < BEHIND; d++) behind += fmin(1, fmax(0, -flesh[w + BEFORE + d]));
        cost[w] = 0.5 * before + 1.2 * behind + 1.5 * off * off;
    }
}

void ms_back_find(ms_torso *t) {
    for (int which = 0; which < 2; which++) {
        double sum[2][WINDOW], cost[WINDOW];
        signed char from[MS_BACK][WINDOW];
        double *now = sum[0], *before = sum[1], *line = t->back_mm[which];
        memset(from, 0, sizeof from);
        for (int column = FIRST; column < LAST; column++) {
            const double shift = ms_back_usual_mm(column) - ms_back_usual_mm(column - 1);
            column_cost(t, which == 0 ? -1 : 1, column, cost);
            for (int w = 0; w < WINDOW; w++) {
                double best = column == FIRST ? 0 : INFINITY;
                for (int step = -3; step <= 3 && column > FIRST; step++) {
                    if (w + step < 0 || w + step >= WINDOW) continue;
                    const double bend = step - shift;
                    const double value = before[w + step] + stiffness * bend * bend;
                    if (value >= best) continue;
                    best = value;
                    from[column][w] = (signed char)step;
                }
                now[w] = best + cost[w] / 4;
            }
            double *swap = now;
            now = before;
            before = swap;
        }
        int at = 0;
        for (int w = 1; w < WINDOW; w++)
            if (before[w] < before[at]) at = w;
        for (int column = 0; column < MS_BACK; column++) line[column] = ms_back_usual_mm(column);
        for (int column = LAST - 1; column >= FIRST; column--) {
            /* at both ends the path runs into the usual line */
            const double end = fmin(column - FIRST, LAST - 1 - column) / 8.0;
            line[column] += fmin(end, 1) * (at - REACH);
            at += from[column][at];
        }
    }
}
