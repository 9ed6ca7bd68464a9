/* study/segmenter_evaluate.c: how well segmentations agree with the contours of a table. */
#include "study/segmenter.h"

#include "myosurv/plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t all_muscle[2] = {MS_LABEL_MUSCLE, MS_LABEL_PSOAS_LEFT};
static const uint8_t both_psoas[2] = {MS_LABEL_PSOAS_RIGHT, MS_LABEL_PSOAS_LEFT};

static double area_cm2(const uint8_t *labels, const ms_geometry *g) {
    size_t count = 0;
    for (size_t v = 0; v < g->n[0] * g->n[1]; v++)
        count += labels[v] >= all_muscle[0] && labels[v] <= all_muscle[1];
    return (double)count * g->spacing_mm[0] * g->spacing_mm[1] / 100;
}

/* Segments the row's slice; *labels is to be freed. */
static ms_status segment_row(const ms_contour_list *list, size_t i, const ms_muscle_network *network,
                             ms_contoured *c, uint8_t **labels, ms_flags *flags, ms_error *err) {
    ms_status status = ms_contour_load(list, i, c, err);
    if (status != MS_OK) return status;
    *labels = ms_calloc(c->volume.geometry.n[0] * c->volume.geometry.n[1], 1);
    status = *labels ? ms_tissue_segment(&c->volume, c->k, NULL, network, *labels, NULL, flags, err)
                     : ms_error_nomem(err);
    if (status != MS_OK) ms_error_prefix(err, "%s:%zu", ms_table_name(list->table), list->rows[i].line);
    return status;
}

static ms_status score_row(const ms_contour_list *list, size_t i, const ms_muscle_network *network,
                           ms_segmenter_score *score, ms_error *err) {
    ms_contoured c = {0};
    uint8_t *labels = NULL;
    ms_status status = segment_row(list, i, network, &c, &labels, &score->flags, err);
    if (status == MS_OK) {
        const ms_geometry *g = &c.volume.geometry;
        (void)ms_text_format(score->name, sizeof score->name, "%s", list->rows[i].name);
        score->slice = c.k;
        score->area_cm2 = area_cm2(labels, g);
        score->contour_cm2 = area_cm2(c.labels, g);
        status = ms_slice_agreement(labels, c.labels, g->n, g->spacing_mm, all_muscle, &score->dice,
                                    &score->surface_mm, err);
        if (status == MS_OK)
            status = ms_slice_agreement(labels, c.labels, g->n, g->spacing_mm, both_psoas, &score->psoas_dice,
                                        &score->psoas_surface_mm, err);
    }
    free(labels);
    ms_contoured_clear(&c);
    return status;
}

/* ---- files ------------------------------------------------------------------------------------------ */

static ms_status add_row(ms_table *table, const ms_segmenter_score *s, ms_error *err) {
    const double numbers[] = {
        (double)s->slice, s->dice,        s->psoas_dice, 100 * (s->area_cm2 / s->contour_cm2 - 1),
        s->area_cm2,      s->contour_cm2, s->surface_mm, s->psoas_surface_mm};
    char flags[MS_FLAGS_TEXT];
    size_t row;
    ms_status status = ms_table_add_row(table, &row, err);
    ms_flags_text(&s->flags, flags);
    if (status == MS_OK) status = ms_table_set(table, row, 0, s->name, err);
    for (size_t c = 0; c < MS_COUNT(numbers) && status == MS_OK; c++)
        status = ms_table_set_number(table, row, c + 1, numbers[c], err);
    if (status == MS_OK) status = ms_table_set(table, row, MS_COUNT(numbers) + 1, flags, err);
    return status;
}

ms_status ms_study_segmenter_table(const ms_segmenter_score *scores, size_t n, ms_table **table,
                                   ms_error *err) {
    static const char *const names[] = {
        "name",     "slice",       "dice",       "psoas_dice",       "area_error_percent",
        "area_cm2", "contour_cm2", "surface_mm", "psoas_surface_mm", "flags"};
    ms_table *out = NULL;
    size_t column;
    ms_status status = ms_table_new(&out, "scores", err);
    for (size_t c = 0; c < MS_COUNT(names) && status == MS_OK; c++)
        status = ms_table_add_column(out, names[c], &column, err);
    for (size_t i = 0; i < n && status == MS_OK; i++) status = add_row(out, &scores[i], err);
    if (status == MS_OK)
        *table = out;
    else
        ms_table_free(out);
    return status;
}

static ms_status draw_row(const ms_contour_list *list, size_t i, const ms_muscle_network *network,
                          const ms_segmenter_score *score, const char *folder, ms_error *err) {
    ms_contoured c = {0};
    uint8_t *labels = NULL;
    ms_flags flags = {0};
    char title[160], file[96], *path = NULL;
    ms_status status = segment_row(list, i, network, &c, &labels, &flags, err);
    (void)ms_text_format(
        title, sizeof title, "row %zu, slice %zu: Dice %.3f, psoas %.3f, area %.1f of %.1f cm2",
        list->rows[i].line, c.k, score->dice, score->psoas_dice, score->area_cm2, score->contour_cm2);
    (void)ms_text_format(file, sizeof file, "row-%zu.png", list->rows[i].line);
    if (status == MS_OK && !(path = ms_path_join(folder, file))) status = ms_error_nomem(err);
    if (status == MS_OK) {
        const ms_geometry *g = &c.volume.geometry;
        const ms_plot_image image = {
            c.volume.data + c.k * g->n[0] * g->n[1], g->n[0], g->n[1], {g->spacing_mm[0], g->spacing_mm[1]}};
        status = ms_plot_agreement(&image, c.labels, labels, title, path, err);
    }
    free(path);
    free(labels);
    ms_contoured_clear(&c);
    return status;
}

/* The `worst` rows by Dice of muscle. */
static ms_status draw_worst(const ms_contour_list *list, const ms_muscle_network *network,
                            const ms_segmenter_score *scores, const char *folder, size_t worst,
                            ms_error *err) {
    bool *drawn = ms_calloc(list->n, sizeof *drawn);
    ms_status status = drawn ? MS_OK : ms_error_nomem(err);
    for (size_t w = 0; w < worst && w < list->n && status == MS_OK; w++) {
        size_t at = list->n;
        for (size_t i = 0; i < list->n; i++)
            if (!drawn[i] && (at == list->n || scores[i].dice < scores[at].dice)) at = i;
        drawn[at] = true;
        status = draw_row(list, at, network, &scores[at], folder, err);
    }
    free(drawn);
    return status;
}

static ms_status write_files(const ms_contour_list *list, const ms_muscle_network *network,
                             const ms_segmenter_score *scores, const char *folder, size_t worst,
                             ms_error *err) {
    ms_table *table = NULL;
    char *path = ms_path_join(folder, "scores.csv");
    ms_status status = path ? ms_make_dirs(folder, err) : ms_error_nomem(err);
    if (status == MS_OK) status = ms_study_segmenter_table(scores, list->n, &table, err);
    if (status == MS_OK) status = ms_table_write(table, path, err);
    if (status == MS_OK) status = draw_worst(list, network, scores, folder, worst, err);
    ms_table_free(table);
    free(path);
    return status;
}

ms_status ms_study_segmenter_evaluate(const char *list_path, const char *root, const char *only,
                                      const ms_muscle_network *network, const char *folder, size_t worst,
                                      ms_segmenter_score **scores, size_t *n, ms_error *err) {
    ms_contour_list list = {0};
    ms_segmenter_score *out = NULL;
    ms_status status = ms_contour_list_read(list_path, root, NULL, only, &list, err);
    if (status != MS_OK) return status;
    ms_progress *bar = ms_progress_start("judging", list.n);
    out = ms_calloc(list.n, sizeof *out);
    status = out ? MS_OK : ms_error_nomem(err);
    for (size_t i = 0; i < list.n && status == MS_OK; i++) {
        status = score_row(&list, i, network, &out[i], err);
        if (status == MS_OK) status = ms_stop_check(err);
        ms_progress_step(bar, 1);
    }
    ms_progress_end(bar);
    if (status == MS_OK && folder) status = write_files(&list, network, out, folder, worst, err);
    if (status == MS_OK) {
        *scores = out;
        *n = list.n;
        out = NULL;
    }
    free(out);
    ms_contour_list_clear(&list);
    return status;
}
