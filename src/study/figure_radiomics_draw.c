/* Figure 3's pictures of one definition. */
#include "study/figure_radiomics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void title_of(const ms_separation *s, const char *what, char title[256]) {
    const char *const *names = ms_figure_level_names(s->definition);
    (void)ms_text_format(title, 256, "%s: %s (%s %zu, %s %zu)", s->definition->label, what, names[0],
                         s->n[MS_AUC_ALL][0], names[1], s->n[MS_AUC_ALL][1]);
}

static const char *feature_name(const ms_collected *c, const ms_drawn_features *f, size_t k) {
    return ms_table_column_name(c->features, f->column[k]);
}

/* ---- areas under the curve --------------------------------------------------------------------------- */

enum { FAMILIES = 16 };
typedef struct families {
    ms_plot_auc_family list[FAMILIES];
    char names[FAMILIES][32];
    double *values; /* [FAMILIES * columns] */
    size_t n;
} families;

/* All features' values by class, in the order of the table; more classes than there is room for are "other".
 */
static ms_status gather_families(const ms_study *study, const ms_collected *c, const ms_separation *s,
                                 families *f, ms_error *err) {
    const size_t columns = ms_table_columns(c->features);
    f->values = ms_calloc(FAMILIES * columns, sizeof *f->values);
    if (!f->values) return ms_error_nomem(err);
    for (size_t j = 0; j < columns; j++) {
        const double auc = s->auc[j * MS_AUC_PARTS + MS_AUC_ALL].auc;
        char family[32], filter[48];
        const char *region;
        size_t k = 0;
        if (isnan(auc)) continue;
        ms_feature_name_parts(study, ms_table_column_name(c->features, j), family, filter, &region);
        while (k < f->n && strcmp(f->names[k], family) != 0) k++;
        if (k == FAMILIES) k--;
        if (k == f->n) {
            (void)ms_text_format(f->names[k], sizeof f->names[k], "%s", k + 1 == FAMILIES ? "other" : family);
            f->list[k] = (ms_plot_auc_family){f->names[k], 0, f->values + k * columns};
            f->n++;
        }
        f->values[k * columns + f->list[k].n++] = auc;
    }
    return MS_OK;
}

ms_status ms_separation_draw_auc(const ms_study *study, const ms_collected *c, const ms_drawn_features *f,
                                 const ms_separation *s, const char *path, ms_error *err) {
    ms_plot_auc_row rows[MS_DOTS];
    families all = {.n = 0};
    char title[256];
    const size_t n = s->n_picked < MS_DOTS ? s->n_picked : MS_DOTS;
    const bool by_fit = s->ranked_by == MS_AUC_FIT,
               others = by_fit && s->n[MS_AUC_OTHER][0] > 0 && s->n[MS_AUC_OTHER][1] > 0;
    if (n == 0) return MS_OK;
    for (size_t i = 0; i < n; i++) {
        const ms_feature_auc *a = &s->auc[f->column[s->picked[i]] * MS_AUC_PARTS];
        const ms_feature_auc *first = &a[s->ranked_by], *second = &a[MS_AUC_OTHER];
        rows[i] = (ms_plot_auc_row){.name = feature_name(c, f, s->picked[i]),
                                    .auc = {first->auc, second->auc},
                                    .lower = {first->lower, second->lower},
                                    .upper = {first->upper, second->upper}};
    }
    title_of(s, "separation by features", title);
    ms_status status = gather_families(study, c, s, &all, err);
    const ms_plot_auc figure = {.title = title,
                                .series = {by_fit ? "training" : "all patients", others ? "others" : NULL},
                                .rows = rows,
                                .n_rows = n,
                                .families = all.list,
                                .n_families = all.n,
                                .families_title = "All features by class, all patients (number of features)"};
    if (status == MS_OK) status = ms_plot_feature_auc(&figure, path, err);
    free(all.values);
    return status;
}

/* ---- heat map ---------------------------------------------------------------------------------------- */

typedef struct heat {
    size_t rows, columns;
    double *z;                  /* as drawn */
    size_t *leaf, *row, *order; /* leaf: which picked feature is in which row */
    size_t *group;
    ms_plot_join *joins;
    const char **names;
} heat;

static void heat_clear(heat *h) {
    free(h->z);
    free(h->leaf);
    free(h->row);
    free(h->order);
    free(h->group);
    free(h->joins);
    free(h->names);
}

static ms_status heat_new(const ms_drawn_features *f, const ms_separation *s, heat *h, ms_error *err) {
    h->rows = s->n_picked;
    h->z = ms_calloc(f->n * h->rows, sizeof *h->z);
    h->leaf = ms_calloc(h->rows, sizeof *h->leaf);
    h->row = ms_calloc(f->n, sizeof *h->row);
    h->order = ms_calloc(f->n, sizeof *h->order);
    h->group = ms_calloc(f->n, sizeof *h->group);
    h->joins = ms_calloc(f->n + h->rows, sizeof *h->joins);
    h->names = ms_calloc(h->rows, sizeof *h->names);
    return h->z && h->leaf && h->row && h->order && h->group && h->joins && h->names ? MS_OK
                                                                                     : ms_error_nomem(err);
}

static ms_status cluster_features(const ms_drawn_features *f, const ms_separation *s, heat *h,
                                  ms_error *err) {
    double *d = ms_calloc(h->rows * h->rows, sizeof *d);
    if (!d) return ms_error_nomem(err);
    for (size_t a = 0; a < h->rows; a++)
        for (size_t b = 0; b < a; b++)
            d[a * h->rows + b] = d[b * h->rows + a] =
                1 - fabs(ms_drawn_correlation(f, s->picked[a], s->picked[b]));
    const ms_status status = ms_cluster_average(d, h->rows, h->joins, h->leaf, err);
    free(d);
    return status;
}

static double distance(const ms_drawn_features *f, const ms_separation *s, size_t a, size_t b) {
    double sum = 0;
    for (size_t k = 0; k < s->n_picked; k++) {
        const double x = f->z[a * f->p + s->picked[k]], y = f->z[b * f->p + s->picked[k]];
        const double d = (isnan(x) ? 0 : x) - (isnan(y) ? 0 : y);
        sum += d * d;
    }
    return sqrt(sum);
}

/* Cases of one group after those that are there, like beside like. */
static ms_status cluster_cases(const ms_drawn_features *f, const ms_separation *s, const int8_t *level,
                               size_t group, heat *h, ms_error *err) {
    size_t *rows = h->row, n = 0;
    for (size_t i = 0; i < f->n; i++)
        if (level[i] == (int)group) rows[n++] = i;
    double *d = ms_calloc(n * n, sizeof *d);
    size_t *order = ms_calloc(n, sizeof *order);
    ms_plot_join *joins = ms_calloc(n, sizeof *joins);
    ms_status status = d && order && joins ? MS_OK : ms_error_nomem(err);
    for (size_t a = 0; a < n && status == MS_OK; a++)
        for (size_t b = 0; b < a; b++) d[a * n + b] = d[b * n + a] = distance(f, s, rows[a], rows[b]);
    if (status == MS_OK) status = ms_cluster_average(d, n, joins, order, err);
    for (size_t i = 0; i < n && status == MS_OK; i++) {
        h->group[h->columns] = group;
        h->order[h->columns++] = rows[order[i]];
    }
    free(d);
    free(order);
    free(joins);
    return status;
}

static void fill(const ms_collected *c, const ms_drawn_features *f, const ms_separation *s, heat *h,
                 ms_writer *table) {
    for (size_t r = 0; r < h->rows; r++) {
        const size_t k = s->picked[h->leaf[r]];
        h->names[r] = feature_name(c, f, k);
        for (size_t i = 0; i < h->columns; i++) h->z[r * h->columns + i] = f->z[h->order[i] * f->p + k];
        ms_writer_row(table);
        ms_writer_text(table, "definition", s->definition->key);
        ms_writer_number(table, "row", (double)(r + 1));
        ms_writer_text(table, "feature", h->names[r]);
        ms_writer_number(table, "rank", (double)(h->leaf[r] + 1));
        ms_writer_number(table, "mean", f->mean[k]);
        ms_writer_number(table, "sd", f->sd[k]);
    }
}

static ms_status levels_of(const ms_study *study, const ms_collected *c, const ms_drawn_features *f,
                           const ms_separation *s, int8_t **out, ms_error *err) {
    int8_t *level = ms_calloc(f->n, sizeof *level);
    if (!level) return ms_error_nomem(err);
    for (size_t i = 0; i < f->n; i++)
        level[i] = (int8_t)ms_figure_level(study, c, s->definition, f->patient[i]);
    *out = level;
    return MS_OK;
}

static ms_status draw_heat(const ms_drawn_features *f, const ms_separation *s, const heat *h,
                           const char *path, ms_error *err) {
    char title[256], note[320], groups[2][96];
    const char *const names[2] = {groups[0], groups[1]};
    size_t n[2] = {0, 0};
    for (size_t i = 0; i < h->columns; i++) n[h->group[i]]++;
    for (size_t g = 0; g < 2; g++)
        (void)ms_text_format(groups[g], sizeof groups[g], "%s (%zu)", ms_figure_level_names(s->definition)[g],
                             n[g]);
    title_of(s, "features", title);
    (void)ms_text_format(
        note, sizeof note,
        "Columns: %zu cases, by group, then by average linkage of Euclidean distances. Rows: "
        "%zu features, by average linkage of 1 \u2212 |r|. Mean and SD are those of the %zu "
        "%s cases; grey: no value.",
        h->columns, h->rows, f->n_fit, f->fit_on_all ? "shown" : "training");
    const ms_plot_heatmap map = {.title = title,
                                 .note = note,
                                 .rows = h->rows,
                                 .columns = h->columns,
                                 .z = h->z,
                                 .limit = 3,
                                 .names = h->names,
                                 .joins = h->rows > 1 ? h->joins : NULL,
                                 .leaf = h->leaf,
                                 .group = h->group,
                                 .groups = names,
                                 .n_groups = 2,
                                 .unit = "z-score",
                                 .marks = {"\u2264 \u22123", "0", "\u2265 3"}};
    return ms_plot_heatmap_draw(&map, path, err);
}

ms_status ms_separation_draw_map(const ms_study *study, const ms_collected *c, const ms_drawn_features *f,
                                 const ms_separation *s, ms_writer *table, const char *path, ms_error *err) {
    heat h = {0};
    int8_t *level = NULL;
    if (s->n_picked == 0) return MS_OK;
    ms_status status = heat_new(f, s, &h, err);
    if (status == MS_OK) status = levels_of(study, c, f, s, &level, err);
    if (status == MS_OK) status = cluster_features(f, s, &h, err);
    for (size_t g = 0; g < 2 && status == MS_OK; g++) status = cluster_cases(f, s, level, g, &h, err);
    if (status == MS_OK && h.columns > 0) {
        fill(c, f, s, &h, table);
        status = draw_heat(f, s, &h, path, err);
    }
    free(level);
    heat_clear(&h);
    return status;
}

/* ---- all definitions --------------------------------------------------------------------------------- */

/* The best feature of every definition, each once. */
static size_t best_of_all(const ms_separation *list, size_t n, size_t *best) {
    size_t m = 0;
    for (size_t d = 0; d < n; d++) {
        bool there = list[d].n_picked == 0;
        for (size_t k = 0; k < m && !there; k++) there = best[k] == list[d].picked[0];
        if (!there) best[m++] = list[d].picked[0];
    }
    return m;
}

ms_status ms_separation_draw_overview(const ms_collected *c, const ms_drawn_features *f,
                                      const ms_separation *list, size_t n, const char *path, ms_error *err) {
    size_t *best = ms_calloc(n, sizeof *best), *which = ms_calloc(n, sizeof *which), columns = 0;
    const char **names = ms_calloc(2 * n, sizeof *names), **features = names ? names + n : NULL;
    double *z = ms_calloc(n * n, sizeof *z);
    ms_status status = best && which && names && z ? MS_OK : ms_error_nomem(err);
    const size_t rows = status == MS_OK ? best_of_all(list, n, best) : 0;
    for (size_t d = 0; d < n && status == MS_OK; d++) {
        if (list[d].n_picked == 0) continue;
        names[columns] = list[d].definition->label;
        which[columns++] = d;
    }
    for (size_t r = 0; r < rows; r++) {
        features[r] = feature_name(c, f, best[r]);
        for (size_t k = 0; k < columns; k++)
            z[r * columns + k] = list[which[k]].auc[f->column[best[r]] * MS_AUC_PARTS + MS_AUC_ALL].auc - 0.5;
    }
    const ms_plot_heatmap map = {
        .title = "Best feature of each definition against all definitions",
        .note =
            "Area under the ROC curve (AUC) in all patients; grey: cannot be had. Orange: higher in those "
            "who meet the definition, blue: lower.",
        .rows = rows,
        .columns = columns,
        .z = z,
        .limit = 0.5,
        .names = features,
        .column_names = names,
        .unit = "AUC",
        .marks = {"0", "0.5", "1"}};
    if (status == MS_OK && rows > 0) status = ms_plot_heatmap_draw(&map, path, err);
    free(best);
    free(which);
    free(names);
    free(z);
    return status;
}

/* ---- principal components ---------------------------------------------------------------------------- */

ms_status ms_separation_draw_components(const ms_study *study, const ms_collected *c, const ms_groups *groups,
                                        const ms_drawn_features *f, const ms_drawn_components *pc,
                                        const ms_separation *s, const char *path, ms_error *err) {
    char title[256], x_label[64], y_label[64], names[3][96];
    const char *const colours[3] = {names[0], names[1], names[2]};
    size_t n[3] = {0, 0, 0};
    int8_t *level = NULL;
    size_t *colour = ms_calloc(f->n, sizeof *colour), *shape = ms_calloc(f->n, sizeof *shape);
    ms_status status = colour && shape ? levels_of(study, c, f, s, &level, err) : ms_error_nomem(err);
    for (size_t i = 0; i < f->n && status == MS_OK; i++) {
        colour[i] = level[i] < 0 ? 2 : (size_t)level[i];
        shape[i] = groups->of[f->patient[i]];
        n[colour[i]]++;
    }
    for (size_t g = 0; g < 3; g++)
        (void)ms_text_format(names[g], sizeof names[g], "%s (%zu)",
                             g < 2 ? ms_figure_level_names(s->definition)[g] : "cannot be judged", n[g]);
    (void)ms_text_format(title, sizeof title, "%s: all features in two dimensions", s->definition->label);
    (void)ms_text_format(x_label, sizeof x_label, "Principal component 1 (%.1f%% of the variance)",
                         100 * pc->explained[0]);
    (void)ms_text_format(y_label, sizeof y_label, "Principal component 2 (%.1f%%)", 100 * pc->explained[1]);
    const ms_plot_scatter figure = {.title = title,
                                    .x_label = x_label,
                                    .y_label = y_label,
                                    .n = f->n,
                                    .x = pc->x,
                                    .y = pc->y,
                                    .colour = colour,
                                    .colours = colours,
                                    .n_colours = n[2] ? 3 : 2,
                                    .shape = shape,
                                    .shapes = groups->names,
                                    .n_shapes = groups->n};
    if (status == MS_OK) status = ms_plot_scatter_draw(&figure, path, err);
    free(level);
    free(colour);
    free(shape);
    return status;
}
