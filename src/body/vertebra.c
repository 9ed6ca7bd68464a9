/* The vertebra on one slice: a template of a lumbar vertebra (body, canal, pedicles, lamina, soft flanks) is
 * laid over the bone picture at every place, size and turn that a lumbar spine can have, and the best one
 * kept. */
#include "body/vertebra.h"

#include "base/base.h"
#include "body/plane.h"

#include <math.h>
#include <stdlib.h>

/* A disc of the template: centre and radius in mm for a body of 23 mm half width, and what bone there is
 * worth. */
typedef struct template_disc {
    double x, y, radius, weight;
} template_disc;

/* clang-format off */
static const template_disc bone_discs[] = {
    {0, 0, 9, 0.3},      {-10, 0, 6, 0.2},    {10, 0, 6, 0.2},                         /* spongy bone */
    {0, -15, 3, 0.3},    {-9, -13, 3, 0.3},   {9, -13, 3, 0.3},    {-17, -8, 3, 0.3},  /* the body's rim */
    {17, -8, 3, 0.3},    {-21, 1, 3, 0.3},    {21, 1, 3, 0.3},     {-16, 10, 3, 0.3},
    {16, 10, 3, 0.3},    {0, 14, 3, 0.4},     {-7, 14, 3, 0.3},    {7, 14, 3, 0.3},
    {-15, 22, 4, 0.35},  {15, 22, 4, 0.35},                                            /* pedicles */
    {-13, 34, 5, 0.35},  {13, 34, 5, 0.35},   {0, 40, 4, 0.35},    {0, 50, 5, 0.3},    /* lamina, process */
    {0, 60, 5, 0.2},
    {-36, 0, 8, -0.6},   {36, 0, 8, -0.6},    {-30, -16, 8, -0.5}, {30, -16, 8, -0.5}, /* psoas */
    {0, -24, 4, -0.4},   {-15, -23, 4, -0.4}, {15, -23, 4, -0.3},                      /* in front */
    {-33, 48, 9, -0.5},  {33, 48, 9, -0.5},                                            /* erector */
};
/* The canal: nothing denser than soft tissue belongs there, so that a bright vessel in front of a vertebra is no
 * vertebra in front of a canal. */
static const template_disc canal_discs[] = {{0, 25, 6, -1.4}, {-5, 23, 3, -0.3}, {5, 23, 3, -0.3}};
/* clang-format on */
static const double grid_mm = 2, least_score = 0.35;
static const double turned = 0.27,
                    turned_worth = 0.3; /* radians; score a turned place may lack in the coarse search */

/* HU of low HU and less become 0, of high HU and more 1. */
static void to_share(ms_plane *plane, float low, float high) {
    for (size_t v = 0; v < plane->nx * plane->ny; v++)
        plane->hu[v] = fminf(fmaxf((plane->hu[v] - low) / (high - low), 0), 1);
}

static double disc_mean(const ms_plane *bone, double x, double y, double radius) {
    double sum = 0;
    int n = 0;
    for (double dy = -radius; dy <= radius; dy += grid_mm)
        for (double dx = -radius; dx <= radius; dx += grid_mm) {
            if (dx * dx + dy * dy > radius * radius) continue;
            const double i = (x + dx) / grid_mm + 0.5, j = (y + dy) / grid_mm + 0.5;
            if (i < 0 || j < 0 || i >= (double)bone->nx || j >= (double)bone->ny) continue;
            sum += (double)bone->hu[(size_t)j * bone->nx + (size_t)i];
            n++;
        }
    return n > 0 ? sum / n : 0;
}

static double lay(const ms_plane *picture, const template_disc *discs, size_t n, const double place[4]) {
    const double x = place[0], y = place[1], scale = place[2], c = cos(place[3]), s = sin(place[3]);
    double score = 0;
    for (size_t d = 0; d < n; d++) {
        const double u = discs[d].x * scale, v = discs[d].y * scale;
        /* a turn to the left carries what lies behind (+v) to +x */
        score += discs[d].weight *
                 disc_mean(picture, x + c * u + s * v, y - s * u + c * v, discs[d].radius * scale);
    }
    return score;
}

static double fit(const ms_plane *bone, const ms_plane *dense, double x, double y, double scale,
                  double tilt) {
    const double place[4] = {x, y, scale, tilt};
    return lay(bone, bone_discs, MS_COUNT(bone_discs), place) +
           lay(dense, canal_discs, MS_COUNT(canal_discs), place);
}

/* Coarse over the whole region where a spine can be, with a strict canal. */
static ms_vertebra2d search_coarse(const ms_plane *bone, const ms_plane *dense, const ms_outline *o,
                                   double tilt) {
    const double reach = sqrt(o->area_mm2) * 0.28; /* about a quarter of the trunk's size */
    ms_vertebra2d best = {.score = -INFINITY, .tilt = tilt};
    for (double y = o->centre_mm[1] - reach * 0.6; y <= o->centre_mm[1] + reach * 1.2; y += 4)
        for (double x = o->centre_mm[0] - reach; x <= o->centre_mm[0] + reach; x += 4) {
            /* a mild liking for where spines lie: the middle, a little behind the body's centre */
            const double off = (x - o->centre_mm[0]) / reach, behind = (y - o->centre_mm[1]) / reach - 0.2;
            const double score = fit(bone, dense, x, y, 1, tilt) - 0.8 * (off * off + behind * behind);
            if (score <= best.score) continue;
            best.x = x;
            best.y = y;
            best.score = score;
        }
    return best;
}

/* Fine around a coarse place, where a narrow canal's edges must not push the template away. */
static void search_fine(const ms_plane *bone, const ms_vertebra2d *coarse, ms_vertebra2d *best) {
    for (int turn = -3; turn <= 3; turn++)
        for (int size = -2; size <= 2; size++)
            for (double y = coarse->y - 6; y <= coarse->y + 6; y += 2)
                for (double x = coarse->x - 6; x <= coarse->x + 6; x += 2) {
                    const double scale = 1 + 0.08 * size, tilt = coarse->tilt + turn * 0.06;
                    const double score =
                        fit(bone, bone, x, y, scale, tilt) - 0.6 * fabs(tilt) - 0.5 * fabs(scale - 1);
                    if (score > best->score)
                        *best = (ms_vertebra2d){
                            .x = x, .y = y, .half_width = 23 * scale, .tilt = tilt, .score = score};
                }
}

/* The body may lie turned: three turns are tried, the straight one has a start. */
static void search(const ms_plane *bone, const ms_plane *dense, const ms_outline *o, ms_vertebra2d *best) {
    ms_vertebra2d coarse = search_coarse(bone, dense, o, 0);
    for (int turn = -1; turn <= 1; turn += 2) {
        const ms_vertebra2d other = search_coarse(bone, dense, o, turned * turn);
        if (other.score > coarse.score + turned_worth) coarse = other;
    }
    best->score = -INFINITY;
    search_fine(bone, &coarse, best);
}

/* The farthest bone from 6 to 34 mm along a ray, until 5 mm without any; 0 when there is none. */
static double bone_end(const ms_plane *bone, double x, double y, double dx, double dy) {
    double last = 0;
    for (double r = 6; r <= 34; r += 0.5) {
        if (ms_plane_at(bone, x + r * dx, y + r * dy) > 0.3)
            last = r;
        else if (last > 0 && r - last > 5)
            break;
    }
    return last;
}

/* The body's own width and depth from where bone ends to both sides and to the front; what lies too far from
 * the template's size (a vessel with contrast, a spur) is drawn back to it. */
static void measure_body(const ms_plane *bone, ms_vertebra2d *v) {
    enum { LINES = 7 };
    const double c = cos(v->tilt), s = sin(v->tilt), expected = v->half_width, scale = v->half_width / 23;
    double side[2] = {0, 0}, front = 0;
    for (int line = 0; line < LINES; line++) {
        const double shift = 2.0 * line - 6, back = shift - 2;
        const double mx = v->x + s * back, my = v->y + c * back; /* on the midline, for the sides */
        const double left = bone_end(bone, mx, my, c, -s), right = bone_end(bone, mx, my, -c, s);
        side[0] += fmin(fmax(left, expected - 5), expected + 5) / LINES;
        side[1] += fmin(fmax(right, expected - 5), expected + 5) / LINES;
        const double ahead = bone_end(bone, v->x + c * shift, v->y - s * shift, -s, -c);
        front += fmin(fmax(ahead, 13 * scale), 21 * scale) / LINES;
    }
    const double shift = (side[0] - side[1]) / 2;
    v->x += c * shift;
    v->y -= s * shift;
    v->half_width = (side[0] + side[1]) / 2;
    v->half_depth = front;
}

/* With an outline the whole trunk is searched, else the surroundings of *vertebra. */
static bool find(const ms_volume *volume, size_t k, const ms_outline *outline, ms_vertebra2d *vertebra) {
    ms_plane bone = {0}, dense = {0};
    ms_vertebra2d best = {.score = -INFINITY};
    if (ms_plane_make(volume, k, 12, 1.0, grid_mm, &bone, NULL) == MS_OK &&
        ms_plane_make(volume, k, 12, 1.0, grid_mm, &dense, NULL) == MS_OK) {
        to_share(&bone, 100, 200); /* from muscle with contrast to bone */
        to_share(&dense, 70, 120); /* from soft tissue to spongy bone */
        if (outline != NULL)
            search(&bone, &dense, outline, &best);
        else
            search_fine(&bone, vertebra, &best);
        if (best.score >= least_score) measure_body(&bone, &best);
    }
    ms_plane_clear(&bone);
    ms_plane_clear(&dense);
    if (best.score < least_score) return false;
    *vertebra = best;
    return true;
}

bool ms_vertebra2d_find(const ms_volume *volume, size_t k, const ms_outline *outline,
                        ms_vertebra2d *vertebra) {
    return find(volume, k, outline, vertebra);
}

bool ms_vertebra2d_refine(const ms_volume *volume, size_t k, ms_vertebra2d *vertebra) {
    return find(volume, k, NULL, vertebra);
}

double ms_vertebra2d_trabecular_hu(const ms_volume *volume, size_t k, const ms_vertebra2d *v) {
    const ms_geometry *g = &volume->geometry;
    const double radius = 8;
    double sum = 0;
    size_t n = 0;
    for (size_t j = 0; j < g->n[1]; j++)
        for (size_t i = 0; i < g->n[0]; i++) {
            const double dx = (double)i * g->spacing_mm[0] - v->x, dy = (double)j * g->spacing_mm[1] - v->y;
            if (dx * dx + dy * dy > radius * radius) continue;
            sum += (double)volume->data[ms_voxel_index(g, i, j, k)];
            n++;
        }
    return n > 0 ? sum / (double)n : NAN;
}
