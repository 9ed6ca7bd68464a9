/* Between quadratus lumborum and erector spinae lies the middle layer of the thoracolumbar fascia: from the
 * transverse process to the side and a little back, a thread of fat in most people. It is found as the path
 * that crosses least muscle, drawn to the line where it usually lies. To the side both muscles end at the
 * lateral raphe, where the wall begins: at the place with least muscle, drawn to the usual distance. */
#include "body/parts.h"

#include <math.h>
#include <string.h>

static const double bone_hu = 170;
static const double usual_process_mm =
    26;                                /* depth of the transverse process, for a body of 20 mm half width */
static const double rise_share = 0.36; /* the line's way back, for each mm to the side */
static const double thickness_mm = 13; /* of quadratus lumborum, for a body of 20 mm half width */
static const double line_sure_mm = 6, dark_weight = 1.8, dark_hu = 28;
static const double bend_weight = 0.6;
static const double usual_end_mm = 88, end_sure_mm = 15, thick_mm = 8;

enum { FIRST = 18, REACH = 14, WINDOW = 2 * REACH + 1 };

typedef struct side_frame {
    const ms_torso *t;
    double side, c, s, scale;
} side_frame;

static void place(const side_frame *f, double side, double depth, double *x, double *y) {
    const ms_vertebra2d *v = &f->t->vertebra;
    *x = v->x + f->c * f->side * side + f->s * depth;
    *y = v->y - f->s * f->side * side + f->c * depth;
}

static double hu_at(const side_frame *f, double side, double depth) {
    double x, y;
    place(f, side, depth, &x, &y);
    return ms_plane_at(&f->t->plane, x, y);
}

static bool muscle_at(const side_frame *f, const uint8_t *labels, double side, double depth) {
    const ms_geometry *g = &f->t->volume->geometry;
    double x, y;
    place(f, side, depth, &x, &y);
    const double i = x / g->spacing_mm[0] + 0.5, j = y / g->spacing_mm[1] + 0.5;
    if (i < 0 || j < 0 || i >= (double)g->n[0] || j >= (double)g->n[1]) return false;
    return labels[(size_t)j * g->n[0] + (size_t)i] == MS_LABEL_MUSCLE;
}

/* The depth of the transverse process: the median over its columns; the usual one where no process is in the
 * slice. */
static double process_depth(const side_frame *f) {
    enum { MOST = 24 };
    double depth[MOST];
    int n = 0;
    for (int s = 28; s < 28 + MOST; s++) {
        double sum = 0, weight = 0;
        for (double d = 8; d <= 46; d++)
            if (hu_at(f, s * f->scale, d * f->scale) > bone_hu) {
                sum += d * f->scale;
                weight++;
            }
        if (weight < 2 || weight > 20) continue;
        int at = n++;
        for (; at > 0 && depth[at - 1] > sum / weight; at--) depth[at] = depth[at - 1];
        depth[at] = sum / weight;
    }
    const double usual = usual_process_mm * f->scale;
    if (n < 5) return usual;
    return fmin(fmax(depth[n / 2], usual - 9), usual + 9);
}

/* How much a place looks like fat between muscles, 0 to 1; bone as well: the process is on the line. */
static double darkness(double hu, double muscle_hu) {
    if (hu > bone_hu) return 1;
    return fmin(fmax((muscle_hu - 8 - hu) / dark_hu, 0), 1);
}

/* Whether there is enough muscle between low and high mm behind a place (before it where they are negative).
 */
static bool flesh_at(const side_frame *f, const uint8_t *labels, double side, double depth, int low,
                     int high) {
    int muscle = 0;
    for (int d = low; d <= high; d++) muscle += muscle_at(f, labels, side, depth + d);
    return muscle >= 4;
}

/* Where the line usually lies: from the process to the side and back; beyond the process' tip most of it is
 * the quadratus' usual thickness behind its front border, where that is to be seen. */
static void usual_line(const side_frame *f, const uint8_t *labels, double line[MS_PARTS_SIDE]) {
    static const double far_mm = 105; /* level from here */
    const double process = process_depth(f), tip = 36 * f->scale, thick = thickness_mm * f->scale;
    for (int s = 0; s < MS_PARTS_SIDE; s++) {
        line[s] = process + rise_share * (fmin(fmax(s, tip), far_mm) - tip);
        if (s < tip + 10 || s > far_mm) continue;
        for (double d = line[s] - 2 * thick; d < line[s] + thick; d++) {
            if (!flesh_at(f, labels, s, d, 0, 4)) continue;
            const double behind = fmin(fmax(d + thick, line[s] - 8), line[s] + 10);
            line[s] += 0.75 * (behind - line[s]);
            break;
        }
    }
    for (int turn = 0; turn < 6; turn++) /* its steps smoothed */
        for (int s = 1; s + 1 < MS_PARTS_SIDE; s++) line[s] = (line[s - 1] + 2 * line[s] + line[s + 1]) / 4;
}

/* The path over columns FIRST to MS_PARTS_SIDE - 1, within REACH of the usual line, by dynamic programming.
 */
static void find_line(const side_frame *f, const uint8_t *labels, double muscle_hu,
                      double line[MS_PARTS_SIDE]) {
    double sum[2][WINDOW], usual[MS_PARTS_SIDE];
    signed char from[MS_PARTS_SIDE][WINDOW];
    usual_line(f, labels, usual);
    memset(from, 0, sizeof from);
    double *now = sum[0], *before = sum[1];
    for (int s = FIRST; s < MS_PARTS_SIDE; s++) {
        const double shift = usual[s] - usual[s - 1];
        for (int w = 0; w < WINDOW; w++) {
            const double off = (w - REACH) / line_sure_mm, depth = usual[s] + w - REACH;
            double dark = darkness(hu_at(f, s, depth), muscle_hu);
            /* fat before the quadratus or behind the erector is no plane between them */
            if (s > 40 * f->scale &&
                !(flesh_at(f, labels, s, depth, -16, -1) && flesh_at(f, labels, s, depth, 1, 14)))
                dark = 0;
            double best = INFINITY;
            for (int step = -2; step <= 2 && s > FIRST; step++) {
                if (w + step < 0 || w + step >= WINDOW) continue;
                const double bend = step - shift;
                const double value = before[w + step] + bend_weight * bend * bend * 0.25;
                if (value >= best) continue;
                best = value;
                from[s][w] = (signed char)step;
            }
            now[w] = (s > FIRST ? best : 0) + 0.5 * off * off - dark_weight * dark;
        }
        double *swap = now;
        now = before;
        before = swap;
    }
    int at = 0;
    for (int w = 1; w < WINDOW; w++)
        if (before[w] < before[at]) at = w;
    for (int s = MS_PARTS_SIDE - 1; s >= 0; s--) {
        line[s] = usual[s > FIRST ? s : FIRST] + at - REACH;
        if (s > FIRST) at += from[s][at];
    }
}

/* Where to the side the muscle between two depths (from the line) is thinnest. */
static double find_end(const side_frame *f, const uint8_t *labels, const double line[MS_PARTS_SIDE],
                       double low, double high) {
    double best = INFINITY, end = usual_end_mm;
    for (int s = 58; s < MS_PARTS_SIDE - 10; s++) {
        double muscle = 0;
        for (int q = -1; q <= 1; q++)
            for (double d = low; d <= high; d++) muscle += muscle_at(f, labels, s + q, line[s] + d);
        const double off = (s - usual_end_mm * sqrt(f->scale / 1.1)) / end_sure_mm;
        const double cost = muscle / 3 / thick_mm + 0.5 * off * off;
        if (cost >= best) continue;
        best = cost;
        end = s;
    }
    return end;
}

void ms_planes_find(const ms_torso *torso, const uint8_t *labels, double side, double muscle_hu,
                    ms_planes *planes) {
    const ms_vertebra2d *v = &torso->vertebra;
    const side_frame f = {torso, side, cos(v->tilt), sin(v->tilt), v->half_width / 20};
    find_line(&f, labels, muscle_hu, planes->line_mm);
    planes->quadratus_mm = find_end(&f, labels, planes->line_mm, -28, 1);
    planes->erector_mm = find_end(&f, labels, planes->line_mm, 3, 45);
}
