/* Regions by the random walker with priors (Grady 2005, "Multilabel random walker image segmentation using
 * prior models", CVPR): each pixel's probabilities are the mean of its neighbours', weighted by how alike
 * they are in HU, and of what is to be expected at its place. The linear system is solved by successive
 * over-relaxation with a fixed number of sweeps. */
#include "body/muscle.h"

#include "base/base.h"

#include <math.h>
#include <stdlib.h>

enum { SWEEPS = 80, NETWORK_SWEEPS = 30 };
static const double contrast_hu = 14;  /* a step this large nearly parts two pixels */
static const double prior_pull = 0.03; /* of the prior against four alike neighbours */
static const double network_pull = 0.3, classical_share = 0.25;
static const double relaxation = 1.7;

typedef struct walker {
    size_t nx, ny;
    float *right, *down; /* likeness to the next pixel */
    float *prior[MS_REGION_OTHER];
    float *pull; /* 0 outside the region worked on */
} walker;

void ms_regions_clear(ms_regions *regions) {
    if (regions == NULL) return;
    for (int l = 0; l < MS_REGION_OTHER; l++) free(regions->p[l]);
    *regions = (ms_regions){0};
}

static void walker_clear(walker *w) {
    free(w->right);
    free(w->down);
    free(w->pull);
    for (int l = 0; l < MS_REGION_OTHER; l++) free(w->prior[l]);
}

static float likeness(float a, float b) {
    const double d = ((double)a - (double)b) / contrast_hu;
    return (float)(exp(-d * d) + 1e-4);
}

/* What a pixel's HU says of it beyond its place: fat is rather not muscle, gas and bright contrast are not at
 * all. */
static void weigh_by_hu(double hu, double prior[MS_REGIONS]) {
    double muscle = 1;
    if (hu < -30) muscle = fmax(0.25, 1 + (hu + 30) / 40);
    if (hu < -200) muscle = 0.02;
    if (hu > 110) muscle = fmax(0.05, 1 - (hu - 110) / 50);
    prior[MS_REGION_RING] *= muscle;
    if (hu < -30) muscle *= muscle;
    prior[MS_REGION_RIGHT] *= muscle;
    prior[MS_REGION_LEFT] *= muscle;
}

/* What a network says of a place. */
static void network_prior(const ms_torso *t, const float *probability, double x, double y,
                          double prior[MS_REGIONS]) {
    static const int class_of[MS_REGIONS] = {MS_CLASS_MUSCLE, MS_CLASS_PSOAS_RIGHT, MS_CLASS_PSOAS_LEFT,
                                             MS_CLASS_OTHER};
    const ms_geometry *g = &t->volume->geometry;
    const size_t n = g->n[0] * g->n[1];
    for (int l = 0; l < MS_REGIONS; l++)
        prior[l] = ms_sample(probability + (size_t)class_of[l] * n, g->n[0], g->n[1], g->spacing_mm[0],
                             g->spacing_mm[1], x, y);
}

/* The classical prior has a say on the psoas beside the network: the two err differently there. */
static void mix_classical(const ms_torso *t, double x, double y, double hu, double prior[MS_REGIONS]) {
    double own[MS_REGIONS], sum = 0, rest = 0;
    if (t->wall_scale <= 0) return; /* the classical way was not gone */
    ms_muscle_prior(t, x, y, own);
    weigh_by_hu(hu, own);
    for (int l = 0; l < MS_REGIONS; l++) sum += own[l];
    const double before = prior[MS_REGION_RING] + prior[MS_REGION_OTHER];
    for (int l = MS_REGION_RIGHT; l <= MS_REGION_LEFT; l++) {
        prior[l] = (1 - classical_share) * prior[l] + classical_share * own[l] / sum;
        rest += prior[l];
    }
    const double keep = before > 1e-6 ? (1 - rest) / before : 0;
    prior[MS_REGION_RING] *= keep;
    prior[MS_REGION_OTHER] *= keep;
}

static void fill(const ms_torso *t, const float *p, walker *w) {
    const ms_plane *plane = &t->plane;
    for (size_t j = 0; j < w->ny; j++)
        for (size_t i = 0; i < w->nx; i++) {
            const size_t v = j * w->nx + i;
            const double x = (double)i * plane->step_mm, y = (double)j * plane->step_mm;
            double r, prior[MS_REGIONS], sum = 0;
            if (ms_fascia_at(t, x, y, &r) < r - (p != NULL ? 12 : 3)) continue;
            if (p != NULL) {
                network_prior(t, p, x, y, prior);
                mix_classical(t, x, y, (double)plane->hu[v], prior);
            } else {
                ms_muscle_prior(t, x, y, prior);
                weigh_by_hu((double)plane->hu[v], prior);
            }
            for (int l = 0; l < MS_REGIONS; l++) sum += prior[l];
            for (int l = 0; l < MS_REGION_OTHER; l++) w->prior[l][v] = (float)(prior[l] / sum);
            w->pull[v] = (float)(p != NULL ? network_pull : prior_pull);
        }
    for (size_t j = 0; j < w->ny; j++)
        for (size_t i = 0; i < w->nx; i++) {
            const size_t v = j * w->nx + i;
            if (w->pull[v] <= 0) continue;
            if (i + 1 < w->nx && w->pull[v + 1] > 0) w->right[v] = likeness(plane->hu[v], plane->hu[v + 1]);
            if (j + 1 < w->ny && w->pull[v + w->nx] > 0)
                w->down[v] = likeness(plane->hu[v], plane->hu[v + w->nx]);
        }
}

static void sweep(const walker *w, int label, float *p) {
    const size_t nx = w->nx;
    for (size_t j = 0; j < w->ny; j++)
        for (size_t i = 0; i < nx; i++) {
            const size_t v = j * nx + i;
            if (w->pull[v] <= 0) continue;
            double sum = (double)w->pull[v] * (double)w->prior[label][v], weight = (double)w->pull[v];
            const double left = i > 0 ? (double)w->right[v - 1] : 0, right = (double)w->right[v];
            const double up = j > 0 ? (double)w->down[v - nx] : 0, down = (double)w->down[v];
            if (left > 0) sum += left * (double)p[v - 1];
            if (right > 0) sum += right * (double)p[v + 1];
            if (up > 0) sum += up * (double)p[v - nx];
            if (down > 0) sum += down * (double)p[v + nx];
            weight += left + right + up + down;
            p[v] = (float)((double)p[v] + relaxation * (sum / weight - (double)p[v]));
        }
}

ms_status ms_regions_find(const ms_torso *torso, const float *probability, ms_regions *regions,
                          ms_error *err) {
    walker w = {.nx = torso->plane.nx, .ny = torso->plane.ny};
    ms_regions out = {.nx = w.nx, .ny = w.ny, .step_mm = torso->plane.step_mm};
    const size_t n = w.nx * w.ny;
    bool have = true;
    w.right = ms_calloc(n, sizeof(float));
    w.down = ms_calloc(n, sizeof(float));
    w.pull = ms_calloc(n, sizeof(float));
    for (int l = 0; l < MS_REGION_OTHER; l++) {
        w.prior[l] = ms_calloc(n, sizeof(float));
        out.p[l] = ms_calloc(n, sizeof(float));
        have = have && w.prior[l] != NULL && out.p[l] != NULL;
    }
    if (!have || w.right == NULL || w.down == NULL || w.pull == NULL) {
        walker_clear(&w);
        ms_regions_clear(&out);
        return ms_error_nomem(err);
    }
    fill(torso, probability, &w);
    for (int l = 0; l < MS_REGION_OTHER; l++) {
        for (size_t v = 0; v < n; v++) out.p[l][v] = w.prior[l][v];
        for (int s = 0; s < (probability != NULL ? NETWORK_SWEEPS : SWEEPS); s++) sweep(&w, l, out.p[l]);
    }
    walker_clear(&w);
    *regions = out;
    return MS_OK;
}
