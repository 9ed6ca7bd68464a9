/* The whole way: level, tissue on its slice, the vertebra, measurements. */
#include "body/segment.h"

#include "base/base.h"

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

/* Labels of the level's slice: those given, or our own. */
static ms_status take_labels(const ms_volume *volume, const ms_segment_options *options, size_t k,
                             uint8_t *labels, ms_flags *flags, ms_error *err) {
    const size_t n = volume->geometry.n[0] * volume->geometry.n[1];
    if (options->mask == NULL) return ms_tissue_segment(volume, k, &options->tissue, NULL, labels, NULL, flags, err);
    ms_flags_add(flags, "mask_given");
    memcpy(labels, options->mask->data + k * n, n);
    return MS_OK;
}

ms_status ms_segment(const ms_volume *volume, const ms_segment_options *options,
                     ms_segmentation *segmentation, ms_error *err) {
    ms_segmentation out = {0};
    ms_segment_options defaults;
    if (options == NULL) {
        ms_segment_options_default(&defaults);
        options = &defaults;
    }
    ms_status status = take_level(volume, options, &out.level, &out.flags, err);
    if (status != MS_OK) goto cleanup;
    status = ms_mask_alloc(&out.mask, &volume->geometry, err);
    if (status != MS_OK) goto cleanup;
    out.values = ms_calloc(ms_n_measures, sizeof *out.values);
    if (out.values == NULL) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    const size_t k = out.level.slice_index;
    uint8_t *labels = out.mask.data + k * volume->geometry.n[0] * volume->geometry.n[1];
    status = take_labels(volume, options, k, labels, &out.flags, err);
    if (status == MS_OK)
        status = ms_measure_slice(volume, labels, k, &options->person, &options->tissue, out.values,
                                  &out.flags, err);
    if (status == MS_OK && options->mask == NULL)
        status = ms_vertebra_paint(volume, &out.level, &out.mask, &out.flags, err);
cleanup:
    if (status == MS_OK)
        *segmentation = out;
    else
        ms_segmentation_clear(&out);
    return status;
}
