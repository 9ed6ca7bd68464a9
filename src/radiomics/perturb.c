/* One perturbation of an image and its region: what is drawn, and in which order it is done. */
#include "radiomics/perturb.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ms_perturb_options_default(ms_perturb_options *options) {
    *options = (ms_perturb_options){.kinds = MS_PERTURB_NOISE | MS_PERTURB_TRANSLATE | MS_PERTURB_ROTATE |
                                             MS_PERTURB_VOLUME | MS_PERTURB_CONTOUR,
                                    .shift_voxels = 0.75,
                                    .rotation_deg = 13,
                                    .volume = 0.28,
                                    .patch_mm = 5,
                                    .patch_hu = 40,
                                    .seed = 1};
}

static ms_status check(const ms_perturb_options *o, ms_error *err) {
    if (o->kinds == 0) return ms_error_set(err, MS_EUSAGE, "no perturbation was asked for");
    if ((o->kinds & MS_PERTURB_SHUFFLE) && o->kinds != MS_PERTURB_SHUFFLE)
        return ms_error_set(err, MS_EUSAGE, "the shuffled control goes with no other perturbation");
    if (!(o->shift_voxels >= 0 && o->shift_voxels <= 1000))
        return ms_error_set(err, MS_EUSAGE, "a translation of %g voxels makes no sense", o->shift_voxels);
    if (!(o->rotation_deg >= 0 && o->rotation_deg <= 180))
        return ms_error_set(err, MS_EUSAGE, "a rotation of %g degrees is not within 0 to 180",
                            o->rotation_deg);
    if (!(o->volume >= 0 && o->volume < 1))
        return ms_error_set(err, MS_EUSAGE, "a change of volume of %g is not within 0 and 1", o->volume);
    if (!(o->patch_mm > 0 && o->patch_mm <= 1000 && o->patch_hu > 0 && isfinite(o->patch_hu)))
        return ms_error_set(err, MS_EUSAGE, "patches of %g mm and %g HU make no sense", o->patch_mm,
                            o->patch_hu);
    return MS_OK;
}

ms_status ms_perturb_voxels(const ms_mask *mask, size_t **voxels, size_t *n, ms_error *err) {
    const size_t total = ms_voxels(&mask->geometry);
    size_t count = 0;
    for (size_t v = 0; v < total; v++) count += mask->data[v] != 0;
    size_t *made = ms_calloc(count, sizeof *made);
    if (!made) return ms_error_nomem(err);
    *n = 0;
    for (size_t v = 0; v < total; v++)
        if (mask->data[v]) made[(*n)++] = v;
    *voxels = made;
    return MS_OK;
}

/* Copies the volume (of a region within one slice that slice) and the region as 0 and 1. */
static ms_status start(const ms_volume *volume, const ms_mask *mask, const uint8_t *labels, size_t n_labels,
                       ms_perturbed *p, ms_error *err) {
    const size_t *n = volume->geometry.n, plane = n[0] * n[1];
    bool wanted[256] = {false};
    size_t first = SIZE_MAX, last = 0;
    if (!ms_geometry_same(&volume->geometry, &mask->geometry))
        return ms_error_set(err, MS_EINPUT, "the mask does not lie on the image's grid");
    for (size_t i = 0; i < n_labels; i++) wanted[labels[i]] = labels[i] != 0;
    for (size_t v = 0; v < plane * n[2]; v++) {
        if (!wanted[mask->data[v]]) continue;
        if (first == SIZE_MAX) first = v / plane;
        last = v / plane;
    }
    if (first == SIZE_MAX) return ms_error_set(err, MS_EINPUT, "the mask has no voxel with these labels");
    ms_geometry g = volume->geometry;
    p->flat = first == last;
    if (p->flat) {
        const double at[3] = {0, 0, (double)first};
        ms_index_to_mm(&volume->geometry, at, g.origin_mm);
        g.n[2] = 1;
    }
    ms_status status = ms_volume_alloc(&p->volume, &g, err);
    if (status == MS_OK) status = ms_mask_alloc(&p->mask, &g, err);
    if (status != MS_OK) return status;
    const size_t from = p->flat ? first * plane : 0;
    memcpy(p->volume.data, volume->data + from, ms_voxels(&g) * sizeof *volume->data);
    for (size_t v = 0; v < ms_voxels(&g); v++) p->mask.data[v] = wanted[mask->data[from + v]];
    return MS_OK;
}

/* One stream a kind: asking for fewer kinds does not change what the others draw. */
static ms_status stream_of(const ms_perturb_options *o, const char *name, size_t repeat, const char *kind,
                           ms_random **random, ms_error *err) {
    ms_buffer text;
    ms_buffer_init(&text);
    ms_buffer_printf(&text, "perturb %s %zu %s", kind, repeat, name);
    *random = ms_buffer_failed(&text) ? NULL : ms_random_new(o->seed, text.data);
    ms_buffer_clear(&text);
    return *random ? MS_OK : ms_error_nomem(err);
}

static ms_status do_noise(ms_perturbed *p, ms_random *random, ms_perturbation *drawn, ms_error *err) {
    ms_status status = ms_perturb_noise_level(p, &drawn->noise_hu, err);
    if (status == MS_OK) ms_perturb_add_noise(p, drawn->noise_hu, random);
    return status;
}

static ms_status do_move(ms_perturbed *p, const ms_perturb_options *o, const char *name, size_t repeat,
                         ms_perturbation *drawn, ms_error *err) {
    ms_random *shift = NULL, *turn = NULL;
    ms_status status = stream_of(o, name, repeat, "translate", &shift, err);
    if (status == MS_OK) status = stream_of(o, name, repeat, "rotate", &turn, err);
    for (int a = 0; a < 3 && status == MS_OK; a++) {
        const double d = ms_random_range(shift, 0, o->shift_voxels);
        if ((o->kinds & MS_PERTURB_TRANSLATE) && !(p->flat && a == 2)) drawn->shift_voxels[a] = d;
    }
    if (status == MS_OK && (o->kinds & MS_PERTURB_ROTATE))
        drawn->rotation_deg = ms_random_range(turn, -o->rotation_deg, o->rotation_deg);
    ms_random_free(shift);
    ms_random_free(turn);
    return status == MS_OK ? ms_perturb_move(p, drawn->shift_voxels, drawn->rotation_deg, err) : status;
}

static ms_status do_volume(ms_perturbed *p, const ms_perturb_options *o, ms_random *random, size_t voxels,
                           ms_perturbation *drawn, ms_error *err) {
    drawn->volume = ms_random_range(random, -o->volume, o->volume);
    const double wanted = round((double)voxels * (1 + drawn->volume));
    return ms_perturb_volume(p, wanted < 1 ? 1 : (size_t)wanted, random, err);
}

static ms_status do_shuffle(ms_perturbed *p, ms_random *random, ms_error *err) {
    size_t *voxels = NULL, n = 0;
    ms_status status = ms_perturb_voxels(&p->mask, &voxels, &n, err);
    if (status == MS_OK) ms_perturb_shuffle(p, voxels, n, random);
    free(voxels);
    return status;
}

static size_t count_common(const ms_mask *a, const uint8_t *b, size_t *n_b) {
    size_t common = 0;
    *n_b = 0;
    for (size_t v = 0; v < ms_voxels(&a->geometry); v++) {
        common += a->data[v] && b[v];
        *n_b += b[v] != 0;
    }
    return common;
}

/* The outline's part: volume, then contour. */
static ms_status do_outline(ms_perturbed *p, const ms_perturb_options *o, const char *name, size_t repeat,
                            ms_perturbation *drawn, ms_error *err) {
    const size_t total = ms_voxels(&p->mask.geometry);
    ms_random *random[2] = {NULL, NULL};
    uint8_t *before = ms_calloc(total, 1);
    size_t voxels = 0, common;
    ms_status status = before ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) status = stream_of(o, name, repeat, "volume", &random[0], err);
    if (status == MS_OK) status = stream_of(o, name, repeat, "contour", &random[1], err);
    if (status == MS_OK) {
        memcpy(before, p->mask.data, total);
        for (size_t v = 0; v < total; v++) voxels += before[v];
        if (voxels == 0)
            status = ms_error_set(err, MS_EINPUT, "the region is lost when it is moved: it is too small");
    }
    if (status == MS_OK && (o->kinds & MS_PERTURB_VOLUME))
        status = do_volume(p, o, random[0], voxels, drawn, err);
    if (status == MS_OK && (o->kinds & MS_PERTURB_CONTOUR)) status = ms_perturb_contour(p, o, random[1], err);
    if (status == MS_OK) {
        common = count_common(&p->mask, before, &voxels);
        for (size_t v = 0; v < total; v++) drawn->voxels += p->mask.data[v];
        drawn->dice = 2 * (double)common / (double)(voxels + drawn->voxels);
    }
    ms_random_free(random[0]);
    ms_random_free(random[1]);
    free(before);
    return status;
}

ms_status ms_perturb(const ms_volume *volume, const ms_mask *mask, const uint8_t *labels, size_t n_labels,
                     const ms_perturb_options *options, const char *name, size_t repeat,
                     ms_volume *out_volume, ms_mask *out_mask, ms_perturbation *drawn, ms_error *err) {
    ms_perturbed p = {0};
    ms_perturbation made = {0};
    ms_random *random = NULL;
    ms_status status = check(options, err);
    if (status == MS_OK) status = start(volume, mask, labels, n_labels, &p, err);
    if (status == MS_OK) status = stream_of(options, name, repeat, "noise", &random, err);
    if (status == MS_OK && (options->kinds & MS_PERTURB_SHUFFLE)) status = do_shuffle(&p, random, err);
    if (status == MS_OK && (options->kinds & MS_PERTURB_NOISE)) status = do_noise(&p, random, &made, err);
    if (status == MS_OK && (options->kinds & (MS_PERTURB_TRANSLATE | MS_PERTURB_ROTATE)))
        status = do_move(&p, options, name, repeat, &made, err);
    if (status == MS_OK) status = do_outline(&p, options, name, repeat, &made, err);
    ms_random_free(random);
    if (status == MS_OK) {
        *out_volume = p.volume;
        *out_mask = p.mask;
        *drawn = made;
        return MS_OK;
    }
    ms_volume_clear(&p.volume);
    ms_mask_clear(&p.mask);
    return status;
}
