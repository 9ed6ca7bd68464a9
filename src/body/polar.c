/* The best closed path round a centre. */
#include "body/polar.h"

#include "base/base.h"

#include <math.h>
#include <stdlib.h>

void ms_polar_make(ms_polar *polar, double x, double y, double tilt) {
    polar->x = x;
    polar->y = y;
    for (int a = 0; a < MS_RAYS; a++) {
        const double angle = 2 * M_PI * a / MS_RAYS - tilt; /* a back turned to +x is a front turned to -x */
        polar->cosine[a] = sin(angle);                      /* 0 is the front: (0, -1) */
        polar->sine[a] = -cos(angle);
    }
}

void ms_polar_of(const ms_polar *polar, double tilt, double x, double y, double *ray, double *r_mm) {
    const double dx = x - polar->x, dy = y - polar->y;
    double turn = (atan2(dx, -dy) + tilt) / (2 * M_PI);
    turn -= floor(turn);
    *ray = turn * MS_RAYS;
    *r_mm = hypot(dx, dy);
}

/* The least of before[s'] + stiffness * (s - s')^2 over |s - s'| <= most, for one s. */
static double best_before(const double *before, size_t n, size_t s, size_t most, double stiffness,
                          uint16_t *from) {
    const size_t low = s > most ? s - most : 0, high = s + most < n ? s + most : n - 1;
    double best = INFINITY;
    for (size_t t = low; t <= high; t++) {
        const double d = (double)t - (double)s, value = before[t] + stiffness * d * d;
        if (value < best) {
            best = value;
            *from = (uint16_t)t;
        }
    }
    return best;
}

ms_status ms_polar_path(const float *cost, size_t n, size_t most, const double stiffness[MS_RAYS],
                        size_t step[MS_RAYS], double *total, ms_error *err) {
    enum { LONG = MS_RAYS + MS_RAYS / 2, SKIP = MS_RAYS / 4 };
    double *sum = ms_calloc(2 * n, sizeof *sum), *now = sum, *before = sum + n;
    uint16_t *from = ms_calloc(LONG * n, sizeof *from);
    if (sum == NULL || from == NULL) {
        free(sum);
        free(from);
        return ms_error_nomem(err);
    }
    for (size_t a = 0; a < LONG; a++) {
        const size_t ray = (a + MS_RAYS - SKIP) % MS_RAYS;
        const float *c = cost + ray * n;
        for (size_t s = 0; s < n; s++)
            now[s] = (double)c[s] +
                     (a == 0 ? 0 : best_before(before, n, s, most, stiffness[ray], &from[a * n + s]));
        double *swap = now;
        now = before;
        before = swap;
    }
    size_t at = 0;
    for (size_t s = 1; s < n; s++)
        if (before[s] < before[at]) at = s;
    double kept = 0;
    for (size_t a = LONG; a-- > 0;) {
        const size_t ray = (a + MS_RAYS - SKIP) % MS_RAYS;
        if (a >= SKIP && a < SKIP + MS_RAYS) {
            step[ray] = at;
            kept += (double)cost[ray * n + at];
        }
        if (a > 0) at = from[a * n + at];
    }
    if (total != NULL) *total = kept;
    free(sum);
    free(from);
    return MS_OK;
}
