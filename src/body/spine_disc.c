/* spine_disc.c: the discs between the vertebrae.
 *
 * Two profiles along the axis tell where they are. A disc is a dark valley a few millimetres wide between the
 * bright end plates of two bodies, in a plane that may be tilted a little. And between a disc and the next
 * the canal is closed at its sides by the pedicles in the upper half of the vertebra and open (the foramina)
 * in the lower: this also shows in thick slices and weak bone. Dynamic programming finds the chain of discs
 * that fits both best, with distances that change slowly from one vertebra to the next. */
#include "spine.h"

#include "base/base.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 13, GROUPS = 3, PITCH_MIN = 17, PITCH_MAX = 48, PAD = 40 };

typedef struct profiles {
    size_t n;
    double *cells; /* [n * ROWS * GROUPS] mean HU of the body's core, by depth and by right, middle, left */
    double *disc, *pedicle;
    double *below, *above; /* end plates beside a disc at s */
    bool *valid;
} profiles;

static double clamp(double value, double low, double high) {
    return value < low ? low : value > high ? high : value;
}

static const int16_t *plane(const ms_spine_axis *axis, size_t s) {
    return axis->straight + s * MS_SPINE_NA * MS_SPINE_NL;
}

static void fill_cells(const ms_spine_axis *axis, profiles *p) {
    static const int from[GROUPS] = {-8, -2, 3}, to[GROUPS] = {-3, 2, 8};
    for (size_t s = 0; s < p->n; s++) {
        const int16_t *hu = plane(axis, s);
        size_t outside = 0;
        for (int a = 0; a < ROWS; a++)
            for (int g = 0; g < GROUPS; g++) {
                const int16_t *row = hu + (MS_SPINE_FRONT - ROWS / 2 + a) * MS_SPINE_NL + MS_SPINE_LATERAL;
                double sum = 0;
                for (int l = from[g]; l <= to[g]; l++) {
                    sum += clamp(row[l], -50, 500);
                    outside += row[l] <= -1000;
                }
                p->cells[(s * ROWS + (size_t)a) * GROUPS + (size_t)g] = sum / (to[g] - from[g] + 1);
            }
        p->valid[s] = outside < ROWS * 4; /* less than a quarter */
    }
}

/* The body's mean along the axis in planes tilted by (tau, rho), millimetres per millimetre. */
static void tilted_mean(const profiles *p, double tau, double rho, double *mean) {
    for (size_t s = 0; s < p->n; s++) {
        double sum = 0;
        for (int a = 0; a < ROWS; a++)
            for (int g = 0; g < GROUPS; g++) {
                double at = (double)s + tau * 2.0 * (a - ROWS / 2) + rho * 11.0 * (g - 1);
                at = clamp(at, 0, (double)(p->n - 1));
                size_t low = (size_t)at, high = low + 1 < p->n ? low + 1 : low,
                       cell = (size_t)(a * GROUPS + g);
                double f = at - (double)low;
                sum += (1 - f) * p->cells[low * ROWS * GROUPS + cell] +
                       f * p->cells[high * ROWS * GROUPS + cell];
            }
        mean[s] = sum / (ROWS * GROUPS);
    }
}

/* The highest value 3 to 9 mm away on one side, and how far away it is. */
static double plate(const double *mean, size_t n, size_t s, int side, double *distance) {
    double best = -1e9;
    for (int d = 3; d <= 9; d++) {
        long at = (long)s + side * d;
        if (at < 0 || at >= (long)n) break;
        if (mean[at] > best) best = mean[at], *distance = d;
    }
    return best;
}

static void add_tilt(profiles *p, const double *mean, double cost) {
    for (size_t s = 1; s + 1 < p->n; s++) {
        double d_above = 4, d_below = 4;
        double above = plate(mean, p->n, s, 1, &d_above), below = plate(mean, p->n, s, -1, &d_below);
        if (above < -1e8 || below < -1e8) continue;
        double lower = fmin(above, below), sides = fmin(0.5 * (above + below), lower + 40);
        double depth = sides - (mean[s - 1] + mean[s] + mean[s + 1]) / 3 - cost;
        if (depth > p->disc[s]) p->disc[s] = depth, p->above[s] = d_above, p->below[s] = d_below;
    }
}

static void measure_discs(profiles *p, double *scratch) {
    for (size_t s = 0; s < p->n; s++) p->disc[s] = -400, p->above[s] = p->below[s] = 4;
    for (int t = -4; t <= 4; t++)
        for (int r = -2; r <= 2; r++) {
            double tau = 0.09 * t, rho = 0.1 * r;
            tilted_mean(p, tau, rho, scratch);
            add_tilt(p, scratch, 30 * (fabs(tau) + fabs(rho)));
        }
}

/* The brightest bone to each side of the canal, over the depth of the pedicles. */
static void measure_pedicles(const ms_spine_axis *axis, profiles *p) {
    for (size_t s = 0; s < p->n; s++) {
        int middle = MS_SPINE_FRONT + (int)lrint(axis->canal[s] / MS_SPINE_STEP);
        double sum = 0;
        for (int a = middle - 3; a <= middle + 1; a++)
            for (int side = -1; side <= 1; side += 2) {
                double top = 0;
                for (int l = 4; l <= 10; l++)
                    top = fmax(top, plane(axis, s)[a * MS_SPINE_NL + MS_SPINE_LATERAL + side * l]);
                sum += fmin(top, 400);
            }
        p->pedicle[s] = sum / 10;
    }
}

/* Takes away the mean and divides by the spread of the neighbourhood (Gaussian, sigma 50 mm), where valid. */
static void normalise(double *x, const bool *valid, size_t n, double *scratch) {
    const double sigma = 50;
    for (size_t s = 0; s < n; s++) {
        double weight = 0, sum = 0, squares = 0;
        for (size_t t = s > 120 ? s - 120 : 0; t < n && t <= s + 120; t++) {
            if (!valid[t]) continue;
            double u = ((double)t - (double)s) / sigma, w = exp(-0.5 * u * u);
            weight += w, sum += w * x[t], squares += w * x[t] * x[t];
        }
        double mean = weight > 0 ? sum / weight : 0;
        double variance = weight > 0 ? squares / weight - mean * mean : 0;
        scratch[s] = valid[s] ? (x[s] - mean) / sqrt(fmax(variance, 0) + 25.0) : 0;
    }
    memcpy(x, scratch, n * sizeof *x);
}

/* ---- the chain -------------------------------------------------------------------------------------- */

typedef struct chain {
    size_t n;      /* places, the axis's with PAD more at each end */
    double *disc;  /* [n] */
    double *sums;  /* [n + 1] of the pedicle profile */
    double *seen;  /* [n + 1] of valid places */
    double *best;  /* [n * (PITCH_MAX + 1)] of chains that end with a vertebra of this height at this disc */
    uint8_t *from; /* the height of the vertebra below; 0 where the chain begins */
} chain;

static double between(const double *sums, size_t n, double low, double high) {
    size_t a = (size_t)clamp(floor(low + 0.5), 0, (double)n),
           b = (size_t)clamp(floor(high + 0.5), 0, (double)n);
    return b > a ? (sums[b] - sums[a]) / (double)(b - a) : 0;
}

/* How well a vertebra fits between places s - pitch and s: per 30 mm that are in view. */
static double vertebra_score(const chain *c, size_t s, int pitch) {
    double low = (double)s - pitch, p = pitch;
    double open = between(c->sums, c->n, low - 0.02 * p, low + 0.33 * p);
    double closed = between(c->sums, c->n, low + 0.5 * p, low + 0.9 * p);
    double discs = 0.5 * (clamp(c->disc[s], -1.5, 3) + clamp(c->disc[s - (size_t)pitch], -1.5, 3));
    double seen = between(c->seen, c->n, low, (double)s);
    return (discs + 0.7 * (closed - open) - 0.5) * seen * p / 30;
}

static void run_chain(chain *c, size_t *end, int *end_pitch) {
    double top = 0;
    const size_t stride = PITCH_MAX + 1;
    for (size_t s = 0; s < c->n; s++)
        for (int p = PITCH_MIN; p <= PITCH_MAX; p++) {
            if (s < (size_t)p) break;
            size_t low = s - (size_t)p, here = s * stride + (size_t)p;
            double before = 0, seen = between(c->seen, c->n, (double)low, (double)s);
            double stiff =
                12 + 40 * (1 - seen); /* a vertebra cut by the scan's edge is as high as its neighbour */
            for (int q = p > PITCH_MIN + 10 ? p - 10 : PITCH_MIN; q <= p + 10 && q <= PITCH_MAX; q++) {
                if (low < (size_t)q) break;
                double change = 2.0 * (p - q) / (p + q);
                double sum = c->best[low * stride + (size_t)q] - stiff * change * change;
                if (sum > before) before = sum, c->from[here] = (uint8_t)q;
            }
            c->best[here] = before + vertebra_score(c, s, p);
            if (c->best[here] > top) top = c->best[here], *end = s, *end_pitch = p;
        }
}

static void read_chain(const chain *c, const profiles *p, size_t end, int pitch, ms_spine_discs *discs) {
    size_t places[MS_SPINE_MAX_DISCS], n = 0, s = end;
    double fits[MS_SPINE_MAX_DISCS] = {0};
    places[n++] = s;
    while (pitch > 0 && n < MS_SPINE_MAX_DISCS) {
        int below = c->from[s * (PITCH_MAX + 1) + (size_t)pitch];
        double seen = between(c->seen, c->n, (double)s - pitch, (double)s);
        fits[n - 1] = seen > 0 ? vertebra_score(c, s, pitch) * 30 / (pitch * seen) : 0;
        s -= (size_t)pitch;
        places[n++] = s;
        pitch = below;
    }
    *discs = (ms_spine_discs){.n = n};
    for (size_t i = 0; i < n; i++) {
        double where = (double)places[n - 1 - i] - PAD;
        bool inside = where >= 0 && where < (double)p->n && p->valid[(size_t)where];
        discs->where[i] = where;
        discs->fit[i] = i + 1 < n ? fits[n - 2 - i] : 0;
        discs->below[i] = inside ? p->below[(size_t)where] : 4;
        discs->above[i] = inside ? p->above[(size_t)where] : 4;
    }
}

static void profiles_clear(profiles *p) {
    free(p->cells);
    free(p->disc);
    free(p->pedicle);
    free(p->below);
    free(p->above);
    free(p->valid);
}

static bool profiles_alloc(profiles *p, size_t n) {
    *p = (profiles){n,
                    ms_calloc(n * ROWS * GROUPS, sizeof(double)),
                    ms_calloc(n, sizeof(double)),
                    ms_calloc(n, sizeof(double)),
                    ms_calloc(n, sizeof(double)),
                    ms_calloc(n, sizeof(double)),
                    ms_calloc(n, sizeof(bool))};
    return p->cells && p->disc && p->pedicle && p->below && p->above && p->valid;
}

static void chain_clear(chain *c) {
    free(c->disc);
    free(c->sums);
    free(c->seen);
    free(c->best);
    free(c->from);
}

static bool chain_make(chain *c, const profiles *p) {
    size_t n = p->n + 2 * PAD, states = n * (PITCH_MAX + 1);
    *c = (chain){n,
                 ms_calloc(n, sizeof(double)),
                 ms_calloc(n + 1, sizeof(double)),
                 ms_calloc(n + 1, sizeof(double)),
                 ms_calloc(states, sizeof(double)),
                 ms_calloc(states, 1)};
    if (!c->disc || !c->sums || !c->seen || !c->best || !c->from) return false;
    for (size_t s = 0; s < n; s++) {
        bool in = s >= PAD && s < PAD + p->n && p->valid[s - PAD];
        c->disc[s] = in ? p->disc[s - PAD] : 0;
        c->sums[s + 1] = c->sums[s] + (in ? clamp(p->pedicle[s - PAD], -1.5, 1.5) : 0);
        c->seen[s + 1] = c->seen[s] + in;
    }
    for (size_t i = 0; i < states; i++) c->best[i] = -1e9;
    return true;
}

ms_status ms_spine_discs_find(const ms_spine_axis *axis, ms_spine_discs *discs, ms_error *err) {
    profiles p;
    chain c = {0};
    ms_status status = MS_OK;
    size_t end = 0;
    int pitch = 0;
    double *scratch = ms_calloc(axis->n, sizeof *scratch);
    if (!profiles_alloc(&p, axis->n) || !scratch) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    fill_cells(axis, &p);
    measure_discs(&p, scratch);
    measure_pedicles(axis, &p);
    normalise(p.disc, p.valid, p.n, scratch);
    normalise(p.pedicle, p.valid, p.n, scratch);
    if (!chain_make(&c, &p)) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    run_chain(&c, &end, &pitch);
    if (pitch == 0)
        status = ms_error_set(err, MS_EINPUT,
                              "no lumbar spine in view: no vertebrae were told apart; check that this "
                              "is a CT scan of the abdomen, or give the slice with --l3-slice");
    else
        read_chain(&c, &p, end, pitch, discs);
cleanup:
    free(scratch);
    profiles_clear(&p);
    chain_clear(&c);
    return status;
}
