/* model/segnet_augment.c: a contoured slice as it could have looked in another patient or on another scanner.
 *
 * A few contoured slices are all there is to learn from, so each is bent, turned, scaled and mirrored, its
 * organs are given other contrast, organs are grown into the fat up to the muscle (thin patients), and noise,
 * blur and errors of the HU scale are added. The strengths are those that keep a trunk a trunk. */
#include "model/segnet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SIDE MS_SEGNET_SIDE
#define PIXELS MS_SEGNET_PIXELS
#define KNOTS 9 /* of a smooth random field */

/* A smooth field over the image: cubic B-splines on KNOTS x KNOTS random knots. */
typedef struct field {
    float knot[KNOTS][KNOTS];
} field;

static void field_draw(field *f, double deviation, ms_random *random) {
    for (int b = 0; b < KNOTS; b++)
        for (int a = 0; a < KNOTS; a++) f->knot[b][a] = (float)(deviation * ms_random_normal(random));
}

static void spline_weights(double t, float w[4]) {
    w[0] = (float)((1 - t) * (1 - t) * (1 - t) / 6);
    w[1] = (float)((3 * t * t * t - 6 * t * t + 4) / 6);
    w[2] = (float)((-3 * t * t * t + 3 * t * t + 3 * t + 1) / 6);
    w[3] = (float)(t * t * t / 6);
}

/* Pixels of one row and column direction share their place between knots. */
typedef struct places {
    int knot[SIDE];
    float weight[SIDE][4];
} places;

static void places_make(places *p) {
    for (int i = 0; i < SIDE; i++) {
        const double at = (double)i / SIDE * (KNOTS - 3);
        p->knot[i] = (int)at;
        spline_weights(at - (int)at, p->weight[i]);
    }
}

static float field_at(const field *f, const places *p, int i, int j) {
    float sum = 0;
    for (int b = 0; b < 4; b++) {
        const float *row = f->knot[p->knot[j] + b] + p->knot[i];
        const float *w = p->weight[i];
        sum += p->weight[j][b] * (w[0] * row[0] + w[1] * row[1] + w[2] * row[2] + w[3] * row[3]);
    }
    return sum;
}

typedef struct work {
    const ms_segnet_slice *slice;
    ms_random *random;
    places places;
    float hu[MS_SEGNET_PLANES][PIXELS];
    float grains[PIXELS], scratch[PIXELS];
    uint8_t labels[PIXELS];
    field bend[2];
} work;

static bool happens(work *w, double probability) {
    return ms_random_uniform(w->random) < probability;
}

static double between(work *w, double low, double high) {
    return ms_random_range(w->random, low, high);
}

/* Turn, scale, shift, mirror and bend. */
static void sample(work *w) {
    const double angle = 0.13 * ms_random_normal(w->random), scale = exp(between(w, -0.22, 0.22));
    const double aspect = exp(0.06 * ms_random_normal(w->random)), bend = between(w, 0, 9);
    const double shift[2] = {8 * ms_random_normal(w->random), 8 * ms_random_normal(w->random)};
    const bool mirror = happens(w, 0.5);
    const double c = cos(angle), s = sin(angle), middle = (SIDE - 1) / 2.0;
    for (int a = 0; a < 2; a++) field_draw(&w->bend[a], happens(w, 0.8) ? bend : 0, w->random);
    for (int j = 0; j < SIDE; j++)
        for (int i = 0; i < SIDE; i++) {
            const double u = (i - middle) * MS_SEGNET_PIXEL_MM * scale * aspect * (mirror ? -1 : 1),
                         v = (j - middle) * MS_SEGNET_PIXEL_MM * scale / aspect;
            const double x = c * u - s * v + shift[0] + (double)field_at(&w->bend[0], &w->places, i, j),
                         y = s * u + c * v + shift[1] + (double)field_at(&w->bend[1], &w->places, i, j);
            const int at = j * SIDE + i;
            for (int p = 0; p < MS_SEGNET_PLANES; p++) w->hu[p][at] = ms_segnet_hu_at(w->slice, p, x, y);
            uint8_t label = ms_segnet_label_at(w->slice, x, y);
            if (mirror && (label == 2 || label == 3)) label = label == 2 ? 3 : 2;
            w->labels[at] = label;
        }
}

/* The columns from which to which each row lies in the convex hull of the labelled muscle. */
static void hull_rows(const work *w, float from[SIDE], float to[SIDE]) {
    float left[SIDE], right[SIDE];
    int first = SIDE, last = -1;
    for (int j = 0; j < SIDE; j++) {
        left[j] = SIDE;
        right[j] = -1;
        for (int i = 0; i < SIDE; i++) {
            if (w->labels[j * SIDE + i] == 0) continue;
            if (right[j] < 0) left[j] = (float)i;
            right[j] = (float)i;
        }
        if (right[j] < 0) continue;
        if (first == SIDE) first = j;
        last = j;
    }
    for (int j = 0; j < SIDE; j++) {
        from[j] = SIDE;
        to[j] = -1;
        for (int a = first; a <= j && j <= last; a++)
            for (int b = j; b <= last; b++) {
                if (right[a] < 0 || right[b] < 0) continue;
                const float t = a == b ? 0 : (float)(j - a) / (float)(b - a);
                from[j] = fminf(from[j], left[a] + t * (left[b] - left[a]));
                to[j] = fmaxf(to[j], right[a] + t * (right[b] - right[a]));
            }
    }
}

/* Where the wall is tendon only, between rectus and obliques: a sector of the front as seen from the muscles'
 * middle. */
typedef struct gap {
    double x, y, from, to; /* pixels; degrees from the front, either side by its sign */
} gap;

static gap draw_gap(work *w) {
    gap g = {0};
    double n = 0;
    for (int v = 0; v < PIXELS; v++) {
        if (w->labels[v] < 1 || w->labels[v] > 3) continue;
        g.x += v % SIDE;
        g.y += v / SIDE;
        n++;
    }
    g.x /= fmax(n, 1);
    g.y /= fmax(n, 1);
    const double middle = between(w, 20, 60), width = between(w, 5, 22);
    g.from = middle - width / 2;
    g.to = middle + width / 2;
    if (!happens(w, 0.5)) {
        const double from = g.from;
        g.from = -g.to;
        g.to = -from;
    }
    return g;
}

static bool in_gap(const gap *g, int i, int j) {
    const double degrees = atan2(i - g->x, g->y - j) * 57.29577951308232;
    return degrees >= g->from && degrees <= g->to;
}

/* Grows organs into the fat of the belly, up to the muscle; sometimes through a gap of the wall up to its
 * tendon, so that a muscle is known by more than by what lies outside it. */
static void fill_fat(work *w) {
    float from[SIDE], to[SIDE];
    field blobs;
    hull_rows(w, from, to);
    field_draw(&blobs, 2, w->random);
    const double threshold = between(w, -0.6, 0.8), organ = between(w, 15, 75), grain = between(w, 0.2, 1);
    const bool gaps = happens(w, 0.5);
    const gap g = draw_gap(w);
    for (int j = 0; j < SIDE; j++)
        for (int i = 0; i < SIDE; i++) {
            const int at = j * SIDE + i;
            if ((float)i < from[j] || (float)i > to[j]) continue;
            const bool open = gaps && in_gap(&g, i, j);
            const bool muscle = open && (w->labels[at] == 1 || w->labels[at] == 255);
            if (w->labels[at] != 0 && !muscle) continue;
            const double raised = ((double)field_at(&blobs, &w->places, i, j) - threshold) / 0.15;
            const float part = (float)(open ? 1 : raised < 0 ? 0 : raised > 1 ? 1 : raised);
            const bool tendon = muscle && ((float)i - from[j] < 1.5F || to[j] - (float)i < 1.5F);
            if (muscle) w->labels[at] = 0;
            for (int p = 0; p < MS_SEGNET_PLANES; p++) {
                const float hu = w->hu[p][at];
                if (muscle && !tendon)
                    w->hu[p][at] = (float)organ + (float)grain * (hu - 50) * 0.5F;
                else if (!muscle && hu > -200 && hu < -10)
                    w->hu[p][at] = hu + part * ((float)organ - hu);
            }
        }
}

/* Organs, vessels and bowel with more or less contrast; muscle denser or less so; fat denser. */
static void change_contrast(work *w) {
    const bool organs = happens(w, 0.5), regional = happens(w, 0.3);
    const double factor = between(w, -0.1, 1.6),
                 muscle = happens(w, 0.5) ? 12 * ms_random_normal(w->random) : 0;
    const double fat = happens(w, 0.3) ? between(w, -10, 30) : 0;
    field where;
    field_draw(&where, 60, w->random);
    for (int j = 0; j < SIDE; j++)
        for (int i = 0; i < SIDE; i++) {
            const int at = j * SIDE + i;
            const uint8_t label = w->labels[at];
            const float local = regional ? field_at(&where, &w->places, i, j) : 0;
            for (int p = 0; p < MS_SEGNET_PLANES; p++) {
                float *hu = &w->hu[p][at];
                if (label >= 1 && label <= 3)
                    *hu += (float)muscle;
                else if (*hu > 0 && *hu < 350)
                    *hu = (organs ? 40 + (float)factor * (*hu - 40) : *hu) + fmaxf(local, -30);
                else if (*hu > -150 && *hu < -40)
                    *hu += (float)fat;
            }
        }
}

/* Noise of the scanner: grains of one to two pixels; blur; errors of the HU scale. */
static void change_scanner(work *w) {
    const double noise = happens(w, 0.7) ? between(w, 0, 30) : 0, grain = between(w, 0, 0.9);
    const double blur = happens(w, 0.25) ? between(w, 0.4, 1.1) : 0;
    const double offset = 6 * ms_random_normal(w->random), gain = 1 + 0.03 * ms_random_normal(w->random);
    /* What a Gaussian of this width leaves of white noise's deviation. */
    const double left = grain < 0.3 ? 1 : fmin(1, 1 / (2 * sqrt(3.14159265358979) * grain));
    for (int p = 0; p < MS_SEGNET_PLANES; p++) {
        if (blur > 0) ms_segnet_blur(w->hu[p], w->scratch, blur);
        if (noise > 0) {
            for (int v = 0; v < PIXELS; v++)
                w->grains[v] = (float)(noise / left * ms_random_normal(w->random));
            ms_segnet_blur(w->grains, w->scratch, grain);
        }
        for (int v = 0; v < PIXELS; v++) {
            const float hu = w->hu[p][v] + (noise > 0 ? w->grains[v] : 0);
            w->hu[p][v] = w->hu[p][v] <= -1000 ? -1024 : (float)gain * hu + (float)offset;
        }
    }
}

/* Thicker slices, or none below or above. */
static void change_neighbours(work *w) {
    for (int p = 0; p < MS_SEGNET_PLANES; p += 2) {
        const double own = happens(w, 0.2) ? 0 : between(w, 0.5, 1);
        for (int v = 0; v < PIXELS; v++)
            w->hu[p][v] = w->hu[MS_SEGNET_HERE][v] + (float)own * (w->hu[p][v] - w->hu[MS_SEGNET_HERE][v]);
    }
}

/* A field of view that ends inside the body. */
static void cut_field(work *w) {
    const double radius = between(w, 150, 240) / MS_SEGNET_PIXEL_MM, middle = (SIDE - 1) / 2.0;
    const double x = middle + 8 * ms_random_normal(w->random), y = middle + 8 * ms_random_normal(w->random);
    for (int j = 0; j < SIDE; j++)
        for (int i = 0; i < SIDE; i++) {
            if (hypot(i - x, j - y) < radius) continue;
            w->labels[j * SIDE + i] = 0;
            for (int p = 0; p < MS_SEGNET_PLANES; p++) w->hu[p][j * SIDE + i] = -1024;
        }
}

ms_status ms_segnet_vary(const ms_segnet_slice *slice, ms_random *random, float *image, uint8_t *labels,
                         float *weights, ms_error *err) {
    work *w = ms_calloc(1, sizeof *w);
    if (!w) return ms_error_nomem(err);
    w->slice = slice;
    w->random = random;
    places_make(&w->places);
    sample(w);
    if (happens(w, 0.4)) fill_fat(w);
    change_contrast(w);
    change_neighbours(w);
    change_scanner(w);
    if (happens(w, 0.1)) cut_field(w);
    const float *hu[MS_SEGNET_PLANES] = {w->hu[0], w->hu[1], w->hu[2]};
    ms_segnet_channels(hu, image);
    for (size_t v = 0; v < PIXELS; v++) {
        weights[v] = w->labels[v] == 255 ? 0 : 1;
        labels[v] = w->labels[v] == 255 ? 0 : w->labels[v];
    }
    free(w);
    return MS_OK;
}
