/* Two masks, label by label. */
#include "study/diff.h"

#include "myosurv/image.h"

#include <math.h>

enum { LABELS = 256, TEXT = 160 };

static void describe_grid(const ms_geometry *g, char out[TEXT]) {
    (void)ms_text_format(out, TEXT, "%zu x %zu x %zu voxels of %g x %g x %g mm from %g, %g, %g", g->n[0],
                         g->n[1], g->n[2], g->spacing_mm[0], g->spacing_mm[1], g->spacing_mm[2],
                         g->origin_mm[0], g->origin_mm[1], g->origin_mm[2]);
}

static ms_status compare_label(ms_diff_work *work, unsigned label, size_t a, size_t b, size_t both) {
    const double dice = 2 * (double)both / (double)(a + b);
    ms_diff_result *result = work->result;
    result->n_values++;
    if (isnan(result->least_dice) || dice < result->least_dice) result->least_dice = dice;
    if (dice >= work->options->dice) return MS_OK;
    char row[32], text_a[48], text_b[48];
    (void)ms_text_format(row, sizeof row, "label %u", label);
    (void)ms_text_format(text_a, sizeof text_a, "%zu voxels", a);
    (void)ms_text_format(text_b, sizeof text_b, "%zu voxels", b);
    return ms_diff_add(work, row, "dice", text_a, text_b, 1 - dice, NAN);
}

ms_status ms_diff_masks(ms_diff_work *work, const char *path_a, const char *path_b) {
    ms_mask a = {0}, b = {0};
    size_t in_a[LABELS] = {0}, in_b[LABELS] = {0}, in_both[LABELS] = {0};
    ms_status status = ms_mask_read(path_a, NULL, &a, work->err);
    if (status == MS_OK) status = ms_mask_read(path_b, NULL, &b, work->err);
    if (status == MS_OK && !ms_geometry_same(&a.geometry, &b.geometry)) {
        char text_a[TEXT], text_b[TEXT];
        describe_grid(&a.geometry, text_a);
        describe_grid(&b.geometry, text_b);
        work->result->n_values++;
        status = ms_diff_add(work, "", "grid", text_a, text_b, NAN, NAN);
    } else if (status == MS_OK) {
        for (size_t v = 0; v < ms_voxels(&a.geometry); v++) {
            in_a[a.data[v]]++;
            in_b[b.data[v]]++;
            if (a.data[v] == b.data[v]) in_both[a.data[v]]++;
        }
        for (unsigned label = 1; label < LABELS && status == MS_OK; label++) {
            if (in_a[label] + in_b[label] > 0)
                status = compare_label(work, label, in_a[label], in_b[label], in_both[label]);
        }
    }
    ms_mask_clear(&a);
    ms_mask_clear(&b);
    return status;
}
