/* Tissue on one slice: the classical way (outline, vertebra, fascia, wall, psoas, regions), a network's where
 * one is given, the choice between them, and then fat and single muscles. */
#include "body/fat.h"
#include "body/muscle.h"
#include "body/parts.h"

#include "base/base.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double plane_step_mm = 1.25, slab_mm = 8, smooth_mm = 1.0;
/* A network's answer is put aside when it cannot be: less than half or more than twice the classical muscle,
 * a sector this wide without any, or no psoas where the classical way sees one. Hand contours of six people
 * at L2 to L4 leave no sector over 30 degrees. */
static const double least_share = 0.5, most_share = 2, widest_gap = 60;
static const double vertebra_off_mm = 20; /* from the middle between the psoas */
static const double no_psoas_cm2 = 0.3, sure_psoas_cm2 = 2;
/* The two ways disagree beyond what they do where a person sees nothing wrong (docs/segmentation-tissue.md).
 */
static const double agree_muscle_dice = 0.90, agree_psoas_dice = 0.75, agree_area = 0.12;

void ms_tissue_options_default(ms_tissue_options *options) {
    *options = (ms_tissue_options){{-29, 150}, {-190, -30}, {-150, -50}};
}

static void torso_clear(ms_torso *torso) {
    ms_outline_clear(&torso->outline);
    ms_plane_clear(&torso->plane);
}

/* Regions and labels of one way to outline. */
typedef struct way {
    uint8_t *region, *labels;
    bool done;
} way;

static bool way_alloc(way *w, size_t n) {
    w->region = ms_calloc(n, 1);
    w->labels = ms_calloc(n, 1);
    return w->region != NULL && w->labels != NULL;
}

static void way_clear(way *w) {
    free(w->region);
    free(w->labels);
}

/* The classical way from the vertebra on. */
static ms_status go_classical(ms_torso *t, const ms_tissue_options *options, way *w, ms_error *err) {
    ms_regions regions = {0};
    ms_polar_make(&t->polar, t->vertebra.x, t->vertebra.y, t->vertebra.tilt);
    ms_status status = ms_fascia_find(t, err);
    if (status == MS_OK) status = ms_wall_find(t, err);
    if (status == MS_OK) status = ms_psoas_find(t, err);
    if (status == MS_OK) {
        ms_back_find(t);
        status = ms_regions_find(t, NULL, &regions, err);
    }
    if (status == MS_OK) {
        memset(w->labels, 0, t->outline.nx * t->outline.ny);
        ms_regions_on_scan(t, &regions, w->region);
        status = ms_muscle_label(t, w->region, options->muscle_hu, w->labels, err);
    }
    ms_regions_clear(&regions);
    w->done = status == MS_OK;
    return status;
}

static ms_status ask_network(const ms_torso *t, const ms_muscle_network *network, float **probability,
                             ms_error *err) {
    const ms_geometry *g = &t->volume->geometry;
    double centre[2];
    *probability = ms_calloc(MS_CLASSES * g->n[0] * g->n[1], sizeof **probability);
    if (*probability == NULL) return ms_error_nomem(err);
    const ms_status status = ms_body_centre(t->volume, t->k, centre, err);
    if (status != MS_OK) return status;
    return network->predict(network->context, t->volume, t->k, centre, *probability, err);
}

/* Where the network sees both psoas, the vertebra lies between them: where the template found it elsewhere or
 * not at all, it is looked for there, and the classical way gone again. false: there is no vertebra at all.
 */
static bool mend_vertebra(ms_torso *t, const float *probability, const ms_tissue_options *options,
                          way *classical, ms_flags *flags, ms_status *status, ms_error *err) {
    ms_vertebra2d between;
    if (!ms_guard_vertebra(&t->volume->geometry, probability, &between)) return classical->done;
    if (classical->done && hypot(between.x - t->vertebra.x, between.y - t->vertebra.y) < vertebra_off_mm)
        return true;
    ms_flags_add(flags, "vertebra_unclear");
    classical->done = false;
    t->vertebra = between;
    if (ms_vertebra2d_refine(t->volume, t->k, &t->vertebra)) {
        *status = go_classical(t, options, classical, err);
    } else {
        ms_polar_make(&t->polar, t->vertebra.x, t->vertebra.y, t->vertebra.tilt);
        *status = ms_fascia_find(t, err);
    }
    return true;
}

static ms_status go_network(ms_torso *t, float *probability, const ms_tissue_options *options, way *w,
                            ms_error *err) {
    ms_status status = ms_guard_regions(t, probability, options->muscle_hu, w->region, err);
    if (status == MS_OK) status = ms_muscle_label(t, w->region, options->muscle_hu, w->labels, err);
    w->done = status == MS_OK;
    return status;
}

/* Whether the network's labels can be, and what the classical ones say of them. */
static bool trust_network(const ms_torso *t, const way *classical, const way *network, ms_flags *flags) {
    ms_agreement a;
    if (ms_widest_gap_degrees(t, network->labels) > widest_gap) return false;
    if (!classical->done) return true;
    ms_agreement_of(&t->volume->geometry, classical->labels, network->labels, &a);
    const double share = a.muscle_cm2[1] / fmax(a.muscle_cm2[0], 0.01);
    for (int side = 0; side < 2; side++)
        if (a.psoas_cm2[1][side] < no_psoas_cm2 && a.psoas_cm2[0][side] > sure_psoas_cm2) return false;
    if (share < least_share || share > most_share) return false;
    if (a.muscle_dice < agree_muscle_dice || a.psoas_dice < agree_psoas_dice || fabs(share - 1) > agree_area)
        ms_flags_add(flags, "methods_disagree");
    return true;
}

static ms_status no_vertebra(size_t k, ms_error *err) {
    return ms_error_set(err, MS_EINPUT,
                        "slice %zu: no vertebra can be made out there, so no muscle can be told from bowel; "
                        "choose another slice with --l3-slice or give a mask with --mask",
                        k);
}

/* Both ways, and which of them counts. Without a network the classical one must do. */
static ms_status outline_muscle(ms_torso *t, const ms_muscle_network *network,
                                const ms_tissue_options *options, way *classical, way *net,
                                const way **chosen, ms_flags *flags, ms_error *err) {
    ms_status status = MS_OK;
    float *probability = NULL;
    double fascia_mm[MS_RAYS];
    *chosen = classical;
    if (ms_vertebra2d_find(t->volume, t->k, &t->outline, &t->vertebra)) {
        if (t->vertebra.score < 1) ms_flags_add(flags, "vertebra_unclear");
        status = go_classical(t, options, classical, err);
    } else if (network == NULL) {
        status = no_vertebra(t->k, err);
    }
    if (status != MS_OK || network == NULL) return status;
    status = ask_network(t, network, &probability, err);
    if (status != MS_OK) goto cleanup;
    if (!mend_vertebra(t, probability, options, classical, flags, &status, err))
        status = no_vertebra(t->k, err);
    memcpy(fascia_mm, t->fascia_mm, sizeof fascia_mm);
    if (status == MS_OK) status = go_network(t, probability, options, net, err);
    if (status != MS_OK) goto cleanup;
    if (trust_network(t, classical, net, flags)) {
        *chosen = net;
        if (!classical->done) ms_flags_add(flags, "network_alone");
    } else if (classical->done) {
        ms_flags_add(flags, "network_rejected");
        memcpy(t->fascia_mm, fascia_mm, sizeof fascia_mm);
    } else {
        status = no_vertebra(t->k, err);
    }
cleanup:
    free(probability);
    return status;
}

static void doubt_tissue(const ms_torso *t, const uint8_t *labels, ms_flags *flags) {
    const ms_geometry *g = &t->volume->geometry;
    size_t cut = 0, thin = 0, muscle = 0;
    for (int a = 0; a < MS_RAYS; a++) {
        const double x = t->polar.x + t->fascia_mm[a] * t->polar.cosine[a];
        const double y = t->polar.y + t->fascia_mm[a] * t->polar.sine[a];
        const double edge_x = fmin(x, (double)(g->n[0] - 1) * g->spacing_mm[0] - x);
        const double edge_y = fmin(y, (double)(g->n[1] - 1) * g->spacing_mm[1] - y);
        cut += fmin(edge_x, edge_y) < 5;
        thin += t->skin_mm[a] - t->fascia_mm[a] < 6;
    }
    for (size_t v = 0; v < g->n[0] * g->n[1]; v++) muscle += labels[v] >= 1 && labels[v] <= 3;
    if (t->outline.truncated) ms_flags_add(flags, "truncated_fov_skin");
    if (cut > MS_RAYS / 100) ms_flags_add(flags, "truncated_fov_muscle");
    if (thin > MS_RAYS / 3) ms_flags_add(flags, "thin_patient_fat");
    if ((double)muscle * g->spacing_mm[0] * g->spacing_mm[1] < 4000) ms_flags_add(flags, "little_muscle");
}

ms_status ms_tissue_segment(const ms_volume *volume, size_t k, const ms_tissue_options *options,
                            const ms_muscle_network *network, uint8_t *labels, uint8_t *parts,
                            ms_flags *flags, ms_error *err) {
    const ms_geometry *g = &volume->geometry;
    ms_tissue_options defaults;
    if (options == NULL) {
        ms_tissue_options_default(&defaults);
        options = &defaults;
    }
    if (k >= g->n[2])
        return ms_error_set(err, MS_EUSAGE, "slice %zu is outside the scan, which has %zu", k, g->n[2]);
    const size_t n = g->n[0] * g->n[1];
    ms_torso torso = {.volume = volume, .k = k};
    way classical = {0}, net = {0};
    const way *chosen = NULL;
    uint8_t *single = ms_calloc(n, 1);
    ms_status status = single != NULL && way_alloc(&classical, n) && (network == NULL || way_alloc(&net, n))
                           ? MS_OK
                           : ms_error_nomem(err);
    if (status == MS_OK) status = ms_outline_find(volume, k, &torso.outline, err);
    if (status == MS_OK)
        status = ms_plane_make(volume, k, slab_mm, smooth_mm, plane_step_mm, &torso.plane, err);
    if (status == MS_OK)
        status = outline_muscle(&torso, network, options, &classical, &net, &chosen, flags, err);
    if (status == MS_OK && parts != NULL) status = ms_parts_find(&torso, chosen->labels, single, err);
    if (status == MS_OK) status = ms_fat_label(&torso, options, chosen->region, chosen->labels, err);
    if (status != MS_OK) goto cleanup;
    doubt_tissue(&torso, chosen->labels, flags);
    memcpy(labels, chosen->labels, n);
    if (parts != NULL) memcpy(parts, single, n);
cleanup:
    free(single);
    way_clear(&classical);
    way_clear(&net);
    torso_clear(&torso);
    return status;
}
