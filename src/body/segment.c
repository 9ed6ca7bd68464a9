/* The whole way: level, tissue on its slice or on the slices round it, the vertebra, measurements. */
#include "body/segment.h"

#include "base/base.h"
#include "body/measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ms_segment_options_default(ms_segment_options *options) {
    *options = (ms_segment_options){0};
    options->person = (ms_person){NAN, NAN, NAN, 0};
    ms_tissue_options_default(&options->tissue);
}

void ms_segmentation_clear(ms_segmentation *segmentation) {
    if (segmentation == NULL) return;
    ms_mask_clear(&segmentation->mask);
    ms_mask_clear(&segmentation->parts);
    free(segmentation->values);
    *segmentation = (ms_segmentation){0};
}

static double slice_z_mm(const ms_geometry *g, size_t k) {
    const double ijk[3] = {((double)g->n[0] - 1) / 2, ((double)g->n[1] - 1) / 2, (double)k};
    double lps[3];
    ms_index_to_mm(g, ijk, lps);
    return lps[2];
}

/* How many voxels of each slice are muscle in a mask drawn elsewhere; MS_EINPUT for a label that is none of
 * ours. */
static ms_status richest_slice(const ms_mask *mask, size_t *k, bool *several, ms_error *err) {
    const size_t n = mask->geometry.n[0] * mask->geometry.n[1];
    size_t best = 0, slices = 0;
    for (size_t s = 0; s < mask->geometry.n[2]; s++) {
        size_t muscle = 0;
        for (size_t v = 0; v < n; v++) {
            const uint8_t label = mask->data[s * n + v];
            if (label > MS_LABEL_L3)
                return ms_error_set(err, MS_EINPUT,
                                    "the mask has label %u; labels are 1 to 7 (see `myosurv segment --help`)",
                                    (unsigned)label);
            muscle += label >= MS_LABEL_MUSCLE && label <= MS_LABEL_PSOAS_LEFT;
        }
        slices += muscle > 0;
        if (muscle > best) {
            best = muscle;
            *k = s;
        }
    }
    if (best == 0)
        return ms_error_set(err, MS_EINPUT, "the mask has no muscle: none of the labels 1 to 3 is in it");
    *several = slices > 1;
    return MS_OK;
}

static ms_status slice_at_z(const ms_geometry *g, double z_mm, size_t *k, ms_error *err) {
    const double low = slice_z_mm(g, 0), step = g->n[2] > 1 ? slice_z_mm(g, 1) - low : g->spacing_mm[2];
    const double at = floor((z_mm - low) / step + 0.5);
    if (!(at >= 0 && at < (double)g->n[2]))
        return ms_error_set(err, MS_EINPUT, "z = %g mm is outside the scan, which reaches from %g to %g mm",
                            z_mm, low, slice_z_mm(g, g->n[2] - 1));
    *k = (size_t)at;
    return MS_OK;
}

/* The level the caller asked for. The vertebrae are looked for all the same (they name what is labelled 7),
 * but not finding them is no failure then. */
static ms_status take_level(const ms_volume *volume, const ms_segment_options *options, ms_level *level,
                            ms_flags *flags, ms_error *err) {
    const ms_geometry *g = &volume->geometry;
    const bool asked = options->has_slice || options->has_z || options->mask != NULL;
    if (!asked) return ms_level_find(volume, level, flags, err);

    size_t k = 0;
    bool several = false;
    ms_level_source source = MS_LEVEL_MASK;
    if (options->mask != NULL) {
        if (!ms_geometry_same(&options->mask->geometry, g))
            return ms_error_set(err, MS_EINPUT, "the mask is not on the scan's grid");
        const ms_status status = richest_slice(options->mask, &k, &several, err);
        if (status != MS_OK) return status;
    }
    if (options->has_slice) {
        if (options->slice_index >= g->n[2])
            return ms_error_set(err, MS_EINPUT, "slice %zu is outside the scan, which has slices 0 to %zu",
                                options->slice_index, g->n[2] - 1);
        k = options->slice_index;
        source = MS_LEVEL_SLICE;
    } else if (options->has_z) {
        const ms_status status = slice_at_z(g, options->z_mm, &k, err);
        if (status != MS_OK) return status;
        source = MS_LEVEL_Z;
    } else if (several) {
        ms_flags_add(flags, "mask_many_slices");
    }
    ms_flags unused = {0};
    ms_level found = {0};
    ms_error ignored = {0};
    if (ms_level_find(volume, &found, &unused, &ignored) != MS_OK) found.n_vertebrae = 0;
    found.slice_index = k;
    found.z_mm = slice_z_mm(g, k);
    found.confidence = 1; /* said by a person */
    found.source = source;
    *level = found;
    return MS_OK;
}

const char *ms_method_name(ms_method method) {
    static const char *const names[] = {"classical", "network", "mask"};
    return names[method];
}

/* Slices of the band; all that counts without one is the level's. */
static void find_band(const ms_geometry *g, const ms_level *level, double band_mm, size_t *first,
                      size_t *last, ms_flags *flags) {
    *first = *last = level->slice_index;
    if (!(band_mm > 0)) return;
    while (*first > 0 && fabs(slice_z_mm(g, *first - 1) - level->z_mm) <= band_mm / 2 + 1e-6) --*first;
    while (*last + 1 < g->n[2] && fabs(slice_z_mm(g, *last + 1) - level->z_mm) <= band_mm / 2 + 1e-6) ++*last;
    const double step = g->spacing_mm[2];
    if ((*first == 0 && level->z_mm - slice_z_mm(g, 0) + step <= band_mm / 2) ||
        (*last + 1 == g->n[2] && slice_z_mm(g, *last) - level->z_mm + step <= band_mm / 2))
        ms_flags_add(flags, "band_cut");
}

static bool has_muscle(const uint8_t *labels, size_t n) {
    for (size_t v = 0; v < n; v++)
        if (labels[v] >= MS_LABEL_MUSCLE && labels[v] <= MS_LABEL_PSOAS_LEFT) return true;
    return false;
}

/* Labels and single muscles of one slice: those given, or our own. *found is false for a slice of the band
 * (not the level's) that has none: it is then left out of the average. */
static ms_status take_slice(const ms_volume *volume, const ms_segment_options *options, size_t k, bool level,
                            uint8_t *labels, uint8_t *parts, bool *found, ms_flags *flags, ms_error *err) {
    const size_t n = volume->geometry.n[0] * volume->geometry.n[1];
    *found = true;
    if (options->mask == NULL) {
        ms_error why = {0};
        const ms_status status = ms_tissue_segment(volume, k, &options->tissue, options->network, labels,
                                                   parts, flags, level ? err : &why);
        if (level || status != MS_EINPUT) {
            if (!level && status != MS_OK && err != NULL) *err = why;
            return status;
        }
        ms_flags_add(flags, "band_cut");
        memset(labels, 0, n);
        memset(parts, 0, n);
        *found = false;
        return MS_OK;
    }
    ms_flags_add(flags, "mask_given");
    if (!level && !has_muscle(options->mask->data + k * n, n)) {
        ms_flags_add(flags, "mask_slices_missing");
        *found = false;
        return MS_OK;
    }
    memcpy(labels, options->mask->data + k * n, n);
    return ms_parts_of_mask(volume, k, &options->tissue, labels, parts, flags, err);
}

static void merge_flags(ms_flags *into, const ms_flags *from) {
    for (size_t f = 0; f < from->n; f++) ms_flags_add(into, from->words[f]);
}

/* Spongy bone is measured in the middle part of a vertebra only: near an end plate the disc is nearly all
 * cortex, and in a disc there is no bone. */
static void check_trabecular(const ms_level *level, double z_mm, double *values, ms_flags *flags) {
    if (level->n_vertebrae == 0 || isnan(values[MS_M_TRABECULAR])) return;
    for (size_t v = 0; v < level->n_vertebrae; v++)
        if (z_mm >= level->vertebrae[v].low_mm + 4 && z_mm <= level->vertebrae[v].high_mm - 4) return;
    values[MS_M_TRABECULAR] = NAN;
    ms_flags_add(flags, "trabecular_end_plate");
}

/* Every slice of the band; sums[] gets the measurements' sums over *n slices: NaN where one slice has none.
 */
static ms_status measure_band(const ms_volume *volume, const ms_segment_options *options,
                              ms_segmentation *out, double *sums, ms_error *err) {
    const ms_geometry *g = &volume->geometry;
    const size_t area = g->n[0] * g->n[1];
    size_t first, last;
    find_band(g, &out->level, options->band_mm, &first, &last, &out->flags);
    for (size_t k = first; k <= last; k++) {
        uint8_t *labels = out->mask.data + k * area, *parts = out->parts.data + k * area;
        double values[MS_M_COUNT];
        ms_flags flags = {0};
        bool found;
        ms_status status =
            take_slice(volume, options, k, k == out->level.slice_index, labels, parts, &found, &flags, err);
        if (status == MS_OK && found) status = ms_measure_base(volume, labels, parts, k, values, &flags, err);
        if (status != MS_OK) return status;
        if (found) {
            check_trabecular(&out->level, slice_z_mm(g, k), values, &flags);
            for (size_t m = 0; m < MS_M_COUNT; m++) sums[m] += values[m];
            out->n_slices++;
        }
        merge_flags(&out->flags, &flags);
    }
    return MS_OK;
}

static ms_status measure(const ms_volume *volume, const ms_segment_options *options, ms_segmentation *out,
                         ms_error *err) {
    double sums[MS_M_COUNT] = {0};
    const ms_status status = measure_band(volume, options, out, sums, err);
    if (status != MS_OK) return status;
    for (size_t m = 0; m < MS_M_COUNT; m++) out->values[m] = sums[m] / (double)out->n_slices;
    ms_measure_derive(&options->person, out->values, &out->flags);
    return MS_OK;
}

static ms_status find_phase(const ms_volume *volume, const ms_segment_options *options, ms_segmentation *out,
                            ms_error *err) {
    const int header = options->info != NULL ? options->info->contrast : -1;
    const ms_status status = ms_contrast_guess(volume, &out->level, header, &out->contrast, err);
    if (status != MS_OK) return status;
    if (header == 0 && out->contrast.phase > MS_PHASE_PLAIN)
        ms_flags_add(&out->flags, "phase_contradicts_header");
    if (options->phase == MS_PHASE_UNKNOWN) return MS_OK;
    out->contrast.phase = options->phase;
    out->contrast.confidence = 1;
    out->contrast.given = true;
    return MS_OK;
}

static void carry_along(const ms_volume *volume, const ms_segment_options *options, ms_segmentation *out) {
    const ms_scan_info *info = options->info;
    out->scan = (ms_scan_facts){.kvp = NAN, .slice_thickness_mm = NAN, .header_contrast = -1};
    memcpy(out->scan.spacing_mm, volume->geometry.spacing_mm, sizeof out->scan.spacing_mm);
    out->scan.slices = volume->geometry.n[2];
    out->band_mm = options->band_mm;
    out->person = options->person;
    out->method = options->mask != NULL      ? MS_METHOD_MASK
                  : options->network != NULL ? MS_METHOD_NETWORK
                                             : MS_METHOD_CLASSICAL;
    if (out->method == MS_METHOD_NETWORK) {
        const ms_muscle_network *network = options->network;
        (void)ms_text_format(out->model_name, sizeof out->model_name, "%s",
                             network->name ? network->name : "");
        (void)ms_text_format(out->model_sha256, sizeof out->model_sha256, "%s",
                             network->sha256 ? network->sha256 : "");
    }
    if (info == NULL) return;
    (void)ms_text_format(out->scan.format, sizeof out->scan.format, "%s", info->format);
    (void)ms_text_format(out->scan.modality, sizeof out->scan.modality, "%s", info->modality);
    (void)ms_text_format(out->scan.kernel, sizeof out->scan.kernel, "%s", info->kernel);
    out->scan.kvp = info->kvp;
    out->scan.slice_thickness_mm = info->slice_thickness_mm;
    out->scan.header_contrast = info->contrast;
}

ms_status ms_segment(const ms_volume *volume, const ms_segment_options *options,
                     ms_segmentation *segmentation, ms_error *err) {
    ms_segmentation out = {0};
    ms_segment_options defaults;
    if (options == NULL) {
        ms_segment_options_default(&defaults);
        options = &defaults;
    }
    ms_status status = MS_OK;
    if (!(options->band_mm >= 0 && options->band_mm <= 100))
        return ms_error_set(err, MS_EUSAGE, "a band of %g mm: it must be from 0 to 100 mm", options->band_mm);
    status = take_level(volume, options, &out.level, &out.flags, err);
    if (status == MS_OK) status = ms_mask_alloc(&out.mask, &volume->geometry, err);
    if (status == MS_OK) status = ms_mask_alloc(&out.parts, &volume->geometry, err);
    if (status == MS_OK && (out.values = ms_calloc(ms_n_measures, sizeof *out.values)) == NULL)
        status = ms_error_nomem(err);
    if (status == MS_OK) status = measure(volume, options, &out, err);
    if (status == MS_OK && options->mask == NULL)
        status = ms_vertebra_paint(volume, &out.level, &out.mask, &out.flags, err);
    if (status == MS_OK) status = find_phase(volume, options, &out, err);
    if (status == MS_OK) carry_along(volume, options, &out);
    if (status == MS_OK)
        *segmentation = out;
    else
        ms_segmentation_clear(&out);
    return status;
}
