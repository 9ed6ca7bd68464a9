/* The contrast phase, guessed from the blood in the great vessels in front of the lumbar spine. */
#include "myosurv/body.h"

#include "base/base.h"
#include "body/outline.h"
#include "body/plane.h"
#include "body/vertebra.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const ms_phase_names[MS_PHASES] = {"unknown", "plain", "arterial", "portal", "delayed"};

ms_phase ms_phase_find(const char *name) {
    size_t p = 0;
    while (p < MS_PHASES && strcmp(ms_phase_names[p], name) != 0) p++;
    return (ms_phase)p;
}

enum { MOST_PLACES = 6 };
static const double disc_mm = 4; /* within an aorta of 12 mm or more */

/* Blood as seen at one vertebra; NaN where no vessel was made out. */
typedef struct blood {
    double aorta, cava, kidney;
} blood;

static int compare(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t n) {
    if (n == 0) return NAN;
    qsort(values, n, sizeof *values, compare);
    return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

/* Mean and standard deviation in a disc. */
static void in_disc(const ms_plane *plane, double x, double y, double *mean, double *sd) {
    double sum = 0, squares = 0;
    size_t n = 0;
    for (double dy = -disc_mm; dy <= disc_mm; dy += 1.5)
        for (double dx = -disc_mm; dx <= disc_mm; dx += 1.5) {
            if (dx * dx + dy * dy > disc_mm * disc_mm) continue;
            const double hu = ms_plane_at(plane, x + dx, y + dy);
            sum += hu;
            squares += hu * hu;
            n++;
        }
    *mean = sum / (double)n;
    *sd = sqrt(fmax(squares / (double)n - *mean * *mean, 0));
}

/* Spongy bone is as even as blood and may be as bright: right before the spine (behind `y`) what has its HU
 * is taken for it. */
typedef struct bone {
    double hu, y;
} bone;

typedef struct spot {
    double x, y, hu;
} spot;

/* The brightest even disc in a window, no brighter than `most`; vessels are even, bone's edge and bowel's
 * folds are not. */
static spot brightest(const ms_plane *plane, double x0, double x1, double y0, double y1, double most,
                      const bone *spongy, const spot *apart) {
    spot best = {NAN, NAN, NAN};
    double best_score = -INFINITY;
    for (double y = y0; y <= y1; y += 1.5)
        for (double x = x0; x <= x1; x += 1.5) {
            double mean, sd;
            if (apart != NULL && hypot(x - apart->x, y - apart->y) < 15) continue;
            in_disc(plane, x, y, &mean, &sd);
            if (!(mean > 15 && mean < most) || sd > fmax(11, 0.08 * mean)) continue;
            if (y > spongy->y && fabs(mean - spongy->hu) < 0.12 * spongy->hu + 5) continue;
            const double score = mean - 2 * sd;
            if (score <= best_score) continue;
            best_score = score;
            best = (spot){x, y, mean};
        }
    return best;
}

/* Median HU of what enhances beside the spine where kidneys lie, when there are 6 cm2 of it or more. */
static double kidney_hu(const ms_plane *plane, double cx, double cy) {
    enum { STEP = 2, MOST = 4000 };
    double *bright = ms_calloc(MOST, sizeof *bright), result = NAN;
    size_t n = 0;
    for (double y = cy - 45; bright != NULL && y <= cy + 20; y += STEP)
        for (double x = cx - 95; x <= cx + 95; x += STEP) {
            if (fabs(x - cx) < 35 || n == MOST) continue;
            const double hu = ms_plane_at(plane, x, y);
            if (hu > 110 && hu < 400) bright[n++] = hu;
        }
    if (bright != NULL && n * STEP * STEP >= 600) result = median(bright, n);
    free(bright);
    return result;
}

/* Everything is placed from the middle of the vertebral body, whose front lies `front` mm before it. */
static ms_status look(const ms_volume *volume, size_t k, double cx, double cy, double front, blood *seen,
                      ms_error *err) {
    ms_plane plane = {0};
    const ms_status status = ms_plane_make(volume, k, 10, 1.5, 1.5, &plane, err);
    if (status != MS_OK) return status;
    bone spongy = {0, cy - front - 7};
    double spread;
    in_disc(&plane, cx, cy, &spongy.hu, &spread);
    const spot aorta =
        brightest(&plane, cx - 8, cx + 26, cy - front - 26, cy - front - 2, 600, &spongy, NULL);
    /* on the spine a vein is hardly ever brighter than the artery beside it: what is, is bone or bowel */
    const spot cava =
        brightest(&plane, cx - 34, cx - 4, cy - front - 24, cy - front - 2,
                  isnan(aorta.hu) ? 600 : aorta.hu + 30, &spongy, isnan(aorta.hu) ? NULL : &aorta);
    *seen = (blood){aorta.hu, cava.hu, kidney_hu(&plane, cx, cy)};
    ms_plane_clear(&plane);
    return MS_OK;
}

typedef struct place {
    size_t k;
    double x, y; /* mm from the centre of voxel (0, 0) */
} place;

static bool place_of(const ms_geometry *g, const double centre_mm[3], place *p) {
    double ijk[3];
    ms_mm_to_index(g, centre_mm, ijk);
    if (!(ijk[2] > -0.5 && ijk[2] < (double)g->n[2] - 0.5)) return false;
    *p = (place){(size_t)floor(ijk[2] + 0.5), ijk[0] * g->spacing_mm[0], ijk[1] * g->spacing_mm[1]};
    return true;
}

/* L3 to L1 where the level names them (below them the aorta divides), else the level's slice; and how far the
 * front of the vertebral body lies before its middle, 18 mm where it was not made out. */
static size_t find_places(const ms_volume *volume, const ms_level *level, place *places, double *front) {
    static const char *const names[] = {"L3", "L2", "L1"};
    const size_t k = level->slice_index;
    ms_outline outline = {0};
    ms_vertebra2d here;
    size_t n = 0;
    const bool body = ms_outline_find(volume, k, &outline, NULL) == MS_OK;
    const bool found = body && ms_vertebra2d_find(volume, k, &outline, &here);
    if (body) ms_outline_clear(&outline);
    *front = found ? here.half_depth : 18;
    for (size_t v = 0; v < level->n_vertebrae; v++)
        for (size_t m = 0; m < MS_COUNT(names); m++)
            if (strcmp(level->vertebrae[v].name, names[m]) == 0 && n < MOST_PLACES)
                n += place_of(&volume->geometry, level->vertebrae[v].centre_mm, &places[n]);
    if (n == 0 && found) places[n++] = (place){k, here.x, here.y};
    return n;
}

/* How sure a value is on its side of a border: 0.5 at it, 0.88 two widths away. */
static double side(double distance, double width) {
    return 1 / (1 + exp(-distance / width));
}

/* Typical values: unenhanced blood 30 to 65 HU; aorta at its peak over 200 HU with a cava far below it; in
 * the portal venous phase aorta and cava 110 to 190 HU; after some minutes both 80 to 120 HU and alike. */
static void decide(const blood *b, ms_contrast *c) {
    const double a = b->aorta, v = b->cava;
    if (isnan(a)) return;
    if (a < 85) {
        c->phase = MS_PHASE_PLAIN;
        c->confidence = side(85 - a, 10) * (isnan(b->kidney) ? 1 : 0.5); /* something enhances all the same */
    } else if (a >= 170 && (isnan(v) || v < 0.6 * a)) {
        c->phase = MS_PHASE_ARTERIAL;
        c->confidence = isnan(v) ? 0.5 * side(a - 170, 20) : side(a - 170, 20) * side(0.6 * a - v, 10);
    } else if (a < 120 && (isnan(v) || fabs(a - v) < 25)) {
        c->phase = MS_PHASE_DELAYED;
        c->confidence = 0.8 * side(fmin(120 - a, a - 85), 8);
    } else {
        c->phase = MS_PHASE_PORTAL;
        c->confidence = side(a - 110, 12) * (a > 230 ? 0.6 : 1);
    }
}

/* A header may say that an agent was drunk, not injected: it never decides, it only lowers confidence. */
static void compare_header(int header, ms_contrast *c) {
    const bool enhanced = c->phase != MS_PHASE_PLAIN;
    if (c->phase == MS_PHASE_UNKNOWN || header < 0) return;
    if ((header == 1) != enhanced) c->confidence *= header == 0 ? 0.6 : 0.8;
}

ms_status ms_contrast_guess(const ms_volume *volume, const ms_level *level, int header, ms_contrast *contrast,
                            ms_error *err) {
    place places[MOST_PLACES];
    double aorta[MOST_PLACES], cava[MOST_PLACES], kidney[MOST_PLACES];
    size_t n_aorta = 0, n_cava = 0, n_kidney = 0;
    double front;
    const size_t n = find_places(volume, level, places, &front);
    for (size_t p = 0; p < n; p++) {
        blood seen;
        const ms_status status = look(volume, places[p].k, places[p].x, places[p].y, front, &seen, err);
        if (status != MS_OK) return status;
        if (!isnan(seen.aorta)) aorta[n_aorta++] = seen.aorta;
        if (!isnan(seen.cava)) cava[n_cava++] = seen.cava;
        if (!isnan(seen.kidney)) kidney[n_kidney++] = seen.kidney;
    }
    const blood all = {median(aorta, n_aorta), median(cava, n_cava), median(kidney, n_kidney)};
    ms_contrast out = {.aorta_hu = all.aorta, .cava_hu = all.cava, .kidney_hu = all.kidney};
    decide(&all, &out);
    compare_header(header, &out);
    *contrast = out;
    return MS_OK;
}
