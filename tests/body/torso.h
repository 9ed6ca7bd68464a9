/* A simple trunk for tests: ellipses of fat, muscle and cavity fat round a vertebra with two psoas. Its areas
 * are known from the ellipses. */
#ifndef MS_TEST_TORSO_H
#define MS_TEST_TORSO_H

#include "myosurv/body.h"

#include <math.h>
#include <stdlib.h>

typedef struct torso_shape {
    size_t n; /* pixels a side */
    double spacing_mm;
    size_t slices;
    double wall_mm; /* thickness of the wall's muscle */
    bool table;
    double shift_mm; /* to the patient's left */
    bool arms;       /* one at each side, against the skin */
    bool boneless;   /* bone as dense as muscle: no vertebra can be made out */
} torso_shape;

static const torso_shape torso_usual = {200, 2.0, 5, 18, true, 0, false, false};

static inline bool torso_in(double x, double y, double cx, double cy, double a, double b) {
    return (x - cx) * (x - cx) / (a * a) + (y - cy) * (y - cy) / (b * b) < 1;
}

/* What lies at (x, y) mm from the trunk's centre (x to the left, y to the back): HU and the true label. */
static inline float torso_hu(const torso_shape *s, double x, double y, uint8_t *label) {
    const double vx = fabs(x), vy = y - 40; /* from the vertebral body's centre */
    *label = 0;
    if (s->arms && torso_in(fabs(x), y, 206, 0, 38, 38)) { /* skin, fat, muscle, bone */
        if (torso_in(fabs(x), y, 206, 0, 10, 10)) return 500;
        return torso_in(fabs(x), y, 206, 0, 28, 28) ? 50 : torso_in(fabs(x), y, 206, 0, 36, 36) ? -100 : 20;
    }
    if (!torso_in(x, y, 0, 0, 170, 125)) return s->table && y > 140 && y < 144 && fabs(x) < 180 ? 100 : -1000;
    if (!torso_in(x, y, 0, 0, 168, 123)) return 20; /* skin */
    if (torso_in(x, vy, 0, 0, 22, 16)) return torso_in(x, vy, 0, 0, 19, 13) ? 170 : 500;
    if (torso_in(x, vy, 0, 25, 9, 8)) return 20; /* canal */
    if (torso_in(x, vy, 0, 25, 16, 14)) return 500;
    if (vx < 3 && vy > 38 && vy < 62) return 450;             /* spinous process */
    if (vx > 14 && vx < 45 && vy > 26 && vy < 31) return 450; /* transverse processes */
    if (torso_in(vx, vy, 38, 6, 15, 19)) {
        *label = x < 0 ? MS_LABEL_PSOAS_RIGHT : MS_LABEL_PSOAS_LEFT;
        return 50;
    }
    if (torso_in(vx, vy, 36, 52, 32, 22)) {
        *label = MS_LABEL_MUSCLE;
        return 50;
    }
    if (torso_in(x, y, 0, 0, 145, 100)) {
        if (!torso_in(x, y, 0, 0, 145 - s->wall_mm, 100 - 0.6 * s->wall_mm) && vy < 30) {
            *label = MS_LABEL_MUSCLE;
            return 50;
        }
        if (torso_in(x, y, 70, -30, 25, 18) || torso_in(x, y, -60, -20, 20, 20)) return 40; /* bowel */
        *label = MS_LABEL_VAT;
        return -100;
    }
    *label = MS_LABEL_SAT;
    return -100;
}

/* A volume of equal slices and the true labels of one; both to be freed. */
static inline bool torso_make(const torso_shape *s, ms_volume *volume, uint8_t **truth) {
    ms_geometry g = {{s->n, s->n, s->slices},
                     {s->spacing_mm, s->spacing_mm, 5},
                     {-200, -200, 0},
                     {1, 0, 0, 0, 1, 0, 0, 0, 1}};
    *truth = calloc(s->n * s->n, 1);
    if (*truth == NULL || ms_volume_alloc(volume, &g, NULL) != MS_OK) return false;
    const double half = (double)(s->n - 1) * s->spacing_mm / 2;
    for (size_t k = 0; k < s->slices; k++)
        for (size_t j = 0; j < s->n; j++)
            for (size_t i = 0; i < s->n; i++) {
                const size_t v = j * s->n + i;
                const float hu = torso_hu(s, (double)i * s->spacing_mm - half - s->shift_mm,
                                          (double)j * s->spacing_mm - half, &(*truth)[v]);
                volume->data[ms_voxel_index(&g, i, j, k)] = s->boneless && hu > 60 ? 50 : hu;
            }
    return true;
}

static inline double torso_dice(const uint8_t *a, const uint8_t *b, size_t n, uint8_t low, uint8_t high) {
    double both = 0, sum = 0;
    for (size_t v = 0; v < n; v++) {
        const int in_a = a[v] >= low && a[v] <= high, in_b = b[v] >= low && b[v] <= high;
        both += in_a && in_b;
        sum += in_a + in_b;
    }
    return sum > 0 ? 2 * both / sum : 1;
}

#endif
