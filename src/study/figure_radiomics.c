/* Figure 3: how radiomics features separate the groups of each definition: tables/radiomics_auc.csv (every
 * feature), radiomics_definitions.csv (a row a definition), radiomics_heatmap.csv, radiomics_pca.csv. Nothing
 * is learned from patients outside the training group. */
#include "study/figure_radiomics.h"

#include "myosurv/survival_tables.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FEWEST 5 /* in each group, for pictures */

typedef struct context {
    const ms_study *study;
    const ms_collected *c;
    ms_groups groups;
    ms_drawn_features drawn;
    ms_drawn_components components;
    size_t rows, columns; /* of the features' table */
    size_t n;             /* definitions */
    ms_separation *found; /* [n] */
    uint8_t *code;        /* [n * rows] */
    bool *two_groups;     /* [n] */
    ms_writer auc, definitions, map, pca;
} context;

/* ---- areas under the curve --------------------------------------------------------------------------- */

static ms_status prepare(context *x, const ms_definitions *definitions, ms_error *err) {
    x->n = definitions->n;
    x->rows = ms_table_rows(x->c->features);
    x->columns = ms_table_columns(x->c->features);
    x->found = ms_calloc(x->n, sizeof *x->found);
    x->code = ms_calloc(x->n * x->rows, sizeof *x->code);
    x->two_groups = ms_calloc(x->n, sizeof *x->two_groups);
    if (!x->found || !x->code || !x->two_groups) return ms_error_nomem(err);
    memset(x->code, MS_NO_ROW, x->n * x->rows);
    for (size_t d = 0; d < x->n; d++) {
        ms_separation *s = &x->found[d];
        s->definition = &definitions->items[d];
        for (size_t i = 0; i < x->c->n; i++) {
            if (!x->c->used[i] || x->c->feature_row[i] >= x->rows) continue;
            const int level = ms_figure_level(x->study, x->c, s->definition, i);
            if (level < 0) continue;
            const bool fit = strcmp(x->study->patients[i].split, "training") == 0;
            x->code[d * x->rows + x->c->feature_row[i]] =
                (uint8_t)((fit ? MS_NEGATIVE_FIT : MS_NEGATIVE_OTHER) + level);
            s->n[MS_AUC_ALL][level]++;
            s->n[fit ? MS_AUC_FIT : MS_AUC_OTHER][level]++;
        }
        x->two_groups[d] = s->n[MS_AUC_ALL][0] > 0 && s->n[MS_AUC_ALL][1] > 0;
        s->ranked_by = s->n[MS_AUC_FIT][0] > 1 && s->n[MS_AUC_FIT][1] > 1 ? MS_AUC_FIT : MS_AUC_ALL;
        s->auc = ms_calloc(x->columns * MS_AUC_PARTS, sizeof *s->auc);
        s->q = ms_calloc(x->columns, sizeof *s->q);
        if (!s->auc || !s->q) return ms_error_nomem(err);
    }
    return MS_OK;
}

/* One feature for every definition: it is ranked once. */
static ms_status find_column(void *context_, size_t j, ms_error *err) {
    context *x = context_;
    const ms_feature_auc none = {.auc = NAN, .lower = NAN, .upper = NAN, .p = NAN};
    const double *values = ms_table_number_column(x->c->features, j);
    ms_ranked *ranked = values ? ms_calloc(x->rows, sizeof *ranked) : NULL;
    if (values && !ranked) return ms_error_nomem(err);
    const size_t n = values ? ms_feature_rank(values, x->rows, ranked) : 0;
    for (size_t d = 0; d < x->n; d++) {
        ms_feature_auc *out = &x->found[d].auc[j * MS_AUC_PARTS];
        for (size_t part = 0; part < MS_AUC_PARTS; part++) out[part] = none;
        if (n > 0 && x->two_groups[d]) ms_feature_auc_find(ranked, n, x->code + d * x->rows, out);
    }
    free(ranked);
    return MS_OK;
}

static ms_status adjust(context *x, ms_separation *s, ms_error *err) {
    double *p = ms_calloc(x->columns, sizeof *p);
    if (!p) return ms_error_nomem(err);
    for (size_t j = 0; j < x->columns; j++) p[j] = s->auc[j * MS_AUC_PARTS + MS_AUC_ALL].p;
    const ms_status status = ms_fdr_adjust(p, x->columns, s->q, err);
    free(p);
    return status;
}

/* ---- tables ------------------------------------------------------------------------------------------ */

/* Six digits: the table has a row for each of a hundred thousand pairs. */
static void write_short(ms_writer *w, const char *column, double value) {
    char text[32] = "";
    if (!isnan(value)) (void)ms_text_format(text, sizeof text, "%.6g", value);
    ms_writer_text(w, column, text);
}

static void write_features(context *x, const ms_separation *s) {
    ms_writer *w = &x->auc;
    for (size_t j = 0; j < x->columns; j++) {
        const ms_feature_auc *a = &s->auc[j * MS_AUC_PARTS];
        const char *name = ms_table_column_name(x->c->features, j), *region;
        char family[32], filter[48];
        if (!ms_table_number_column(x->c->features, j)) continue;
        ms_feature_name_parts(x->study, name, family, filter, &region);
        ms_writer_row(w);
        ms_writer_text(w, "definition", s->definition->key);
        ms_writer_text(w, "feature", name);
        ms_writer_text(w, "region", region);
        ms_writer_text(w, "filter", filter);
        ms_writer_text(w, "class", family);
        ms_writer_number(w, "n_negative", (double)a[MS_AUC_ALL].n[0]);
        ms_writer_number(w, "n_positive", (double)a[MS_AUC_ALL].n[1]);
        write_short(w, "auc", a[MS_AUC_ALL].auc);
        write_short(w, "auc_lower", a[MS_AUC_ALL].lower);
        write_short(w, "auc_upper", a[MS_AUC_ALL].upper);
        write_short(w, "p", a[MS_AUC_ALL].p);
        write_short(w, "q", s->q[j]);
        write_short(w, "auc_training", a[MS_AUC_FIT].auc);
        write_short(w, "auc_training_lower", a[MS_AUC_FIT].lower);
        write_short(w, "auc_training_upper", a[MS_AUC_FIT].upper);
        write_short(w, "p_training", a[MS_AUC_FIT].p);
        write_short(w, "auc_others", a[MS_AUC_OTHER].auc);
        write_short(w, "auc_others_lower", a[MS_AUC_OTHER].lower);
        write_short(w, "auc_others_upper", a[MS_AUC_OTHER].upper);
    }
}

static void write_definition(context *x, const ms_separation *s, const char *figure) {
    ms_writer *w = &x->definitions;
    size_t tested = 0, found = 0;
    const ms_feature_auc none = {.auc = NAN, .lower = NAN, .upper = NAN, .p = NAN};
    const size_t best = s->n_picked ? x->drawn.column[s->picked[0]] : 0;
    const ms_feature_auc *a = s->n_picked ? &s->auc[best * MS_AUC_PARTS + s->ranked_by] : &none,
                         *o = s->n_picked ? &s->auc[best * MS_AUC_PARTS + MS_AUC_OTHER] : &none;
    for (size_t j = 0; j < x->columns; j++) {
        if (!isnan(s->auc[j * MS_AUC_PARTS + MS_AUC_ALL].auc)) tested++;
        found += s->q[j] < 0.05 ? 1U : 0U;
    }
    ms_writer_row(w);
    ms_writer_text(w, "definition", s->definition->key);
    ms_writer_text(w, "label", s->definition->label);
    ms_writer_number(w, "n_negative", (double)s->n[MS_AUC_ALL][0]);
    ms_writer_number(w, "n_positive", (double)s->n[MS_AUC_ALL][1]);
    ms_writer_number(w, "n_negative_training", (double)s->n[MS_AUC_FIT][0]);
    ms_writer_number(w, "n_positive_training", (double)s->n[MS_AUC_FIT][1]);
    ms_writer_number(w, "features", (double)tested);
    ms_writer_number(w, "features_q_below_0.05", (double)found);
    ms_writer_text(w, "ranked_by", !s->n_picked ? "" : s->ranked_by == MS_AUC_FIT ? "training" : "all");
    ms_writer_text(w, "best", s->n_picked ? ms_table_column_name(x->c->features, best) : "");
    ms_writer_number(w, "best_auc", a->auc);
    ms_writer_number(w, "best_auc_lower", a->lower);
    ms_writer_number(w, "best_auc_upper", a->upper);
    ms_writer_number(w, "best_auc_others", s->ranked_by == MS_AUC_FIT ? o->auc : NAN);
    ms_writer_number(w, "best_auc_others_lower", s->ranked_by == MS_AUC_FIT ? o->lower : NAN);
    ms_writer_number(w, "best_auc_others_upper", s->ranked_by == MS_AUC_FIT ? o->upper : NAN);
    ms_writer_text(w, "figure", figure);
    ms_writer_number(w, "cases_drawn", (double)x->drawn.n);
    ms_writer_number(w, "cases_drawn_training", x->drawn.fit_on_all ? 0 : (double)x->drawn.n_fit);
}

static void write_components(context *x) {
    ms_writer *w = &x->pca;
    const ms_drawn_components *pc = &x->components;
    for (size_t i = 0; i < x->drawn.n; i++) {
        const size_t at = x->drawn.patient[i];
        ms_writer_row(w);
        ms_writer_text(w, "case_id", x->study->patients[at].id);
        ms_writer_text(w, "group", x->groups.names[x->groups.of[at]]);
        ms_writer_number(w, "pc1", pc->k > 0 ? pc->x[i] : (double)NAN);
        ms_writer_number(w, "pc2", pc->k > 1 ? pc->y[i] : (double)NAN);
        ms_writer_number(w, "pc1_explained", pc->k > 0 ? pc->explained[0] : (double)NAN);
        ms_writer_number(w, "pc2_explained", pc->k > 1 ? pc->explained[1] : (double)NAN);
    }
}

/* ---- pictures ---------------------------------------------------------------------------------------- */

typedef ms_status (*picture)(context *x, const ms_separation *s, const char *path, ms_error *err);

static ms_status picture_auc(context *x, const ms_separation *s, const char *path, ms_error *err) {
    return ms_separation_draw_auc(x->study, x->c, &x->drawn, s, path, err);
}

static ms_status picture_map(context *x, const ms_separation *s, const char *path, ms_error *err) {
    return ms_separation_draw_map(x->study, x->c, &x->drawn, s, &x->map, path, err);
}

static ms_status picture_components(context *x, const ms_separation *s, const char *path, ms_error *err) {
    if (x->components.k < 2) return MS_OK;
    return ms_separation_draw_components(x->study, x->c, &x->groups, &x->drawn, &x->components, s, path, err);
}

/* figures/figure3_<definition>_auc.svg, _map.svg, _pca.svg. */
static ms_status draw(context *x, const ms_separation *s, const char *figure, ms_error *err) {
    static const struct {
        const char *ending;
        picture make;
    } pictures[] = {{"auc", picture_auc}, {"map", picture_map}, {"pca", picture_components}};
    ms_status status = MS_OK;
    for (size_t k = 0; k < MS_COUNT(pictures) && status == MS_OK; k++) {
        char name[256];
        (void)ms_text_format(name, sizeof name, "%s_%s.svg", figure, pictures[k].ending);
        char *path = ms_study_path(x->study, name);
        status = path ? pictures[k].make(x, s, path, err) : ms_error_nomem(err);
        free(path);
    }
    return status;
}

static ms_status draw_overview(const context *x, ms_error *err) {
    char *path = ms_study_path(x->study, "figures/figure3.svg");
    const ms_status status =
        path ? ms_separation_draw_overview(x->c, &x->drawn, x->found, x->n, path, err) : ms_error_nomem(err);
    free(path);
    return status;
}

static ms_status definition(context *x, size_t d, ms_error *err) {
    ms_separation *s = &x->found[d];
    char figure[192] = "";
    ms_status status = adjust(x, s, err);
    if (status == MS_OK && x->two_groups[d]) {
        status = ms_separation_pick(&x->drawn, s, err);
        write_features(x, s);
        if (s->n_picked > 0 && s->n[MS_AUC_ALL][0] >= FEWEST && s->n[MS_AUC_ALL][1] >= FEWEST)
            (void)ms_text_format(figure, sizeof figure, "figures/figure3_%.128s", s->definition->key);
    }
    if (status == MS_OK) write_definition(x, s, figure);
    return status == MS_OK && figure[0] ? draw(x, s, figure, err) : status;
}

/* ---- all --------------------------------------------------------------------------------------------- */

static void add_columns(ms_writer *w, const char *const *names, size_t n) {
    size_t column;
    for (size_t k = 0; k < n && w->status == MS_OK; k++)
        w->status = ms_table_add_column(w->table, names[k], &column, w->err);
}

/* A study in which nobody can be told apart has the tables, too, with their heads. */
static ms_status open_tables(context *x, ms_error *err) {
    static const char *const auc[] = {"definition",
                                      "feature",
                                      "region",
                                      "filter",
                                      "class",
                                      "n_negative",
                                      "n_positive",
                                      "auc",
                                      "auc_lower",
                                      "auc_upper",
                                      "p",
                                      "q",
                                      "auc_training",
                                      "auc_training_lower",
                                      "auc_training_upper",
                                      "p_training",
                                      "auc_others",
                                      "auc_others_lower",
                                      "auc_others_upper"};
    static const char *const map[] = {"definition", "row", "feature", "rank", "mean", "sd"};
    char *path = ms_study_path(x->study, "tables/radiomics_auc.csv");
    if (!path) return ms_error_nomem(err);
    x->auc = ms_writer_stream(path, err);
    free(path);
    x->definitions = ms_writer_open("radiomics_definitions", err);
    x->map = ms_writer_open("radiomics_heatmap", err);
    x->pca = ms_writer_open("radiomics_pca", err);
    add_columns(&x->auc, auc, MS_COUNT(auc));
    add_columns(&x->map, map, MS_COUNT(map));
    return MS_OK;
}

static ms_status close_tables(context *x, ms_status status, ms_error *err) {
    const struct {
        ms_writer *writer;
        const char *name;
    } tables[] = {{&x->definitions, "tables/radiomics_definitions.csv"},
                  {&x->map, "tables/radiomics_heatmap.csv"},
                  {&x->pca, "tables/radiomics_pca.csv"}};
    if (status != MS_OK && x->auc.status == MS_OK) x->auc.status = status;
    ms_status closed = ms_writer_close(&x->auc, NULL);
    if (status == MS_OK) status = closed;
    for (size_t t = 0; t < MS_COUNT(tables); t++) {
        if (status != MS_OK && tables[t].writer->status == MS_OK) tables[t].writer->status = status;
        closed = ms_figure_close(x->study, tables[t].writer, tables[t].name, err);
        if (status == MS_OK) status = closed;
    }
    return status;
}

static void clear(context *x) {
    for (size_t d = 0; x->found && d < x->n; d++) {
        free(x->found[d].auc);
        free(x->found[d].q);
    }
    free(x->found);
    free(x->code);
    free(x->two_groups);
    ms_drawn_components_clear(&x->components);
    ms_drawn_features_clear(&x->drawn);
    ms_groups_clear(&x->groups);
}

ms_status ms_figure_radiomics(const ms_study *study, const ms_collected *c, const ms_definitions *definitions,
                              ms_error *err) {
    context x = {.study = study, .c = c};
    ms_status status = ms_groups_make(study, &x.groups, err);
    if (status == MS_OK) status = prepare(&x, definitions, err);
    if (status == MS_OK) status = ms_parallel_for(x.columns, find_column, &x, err);
    if (status == MS_OK) status = ms_drawn_features_make(study, c, &x.drawn, err);
    if (status == MS_OK) status = ms_drawn_components_make(&x.drawn, &x.components, err);
    if (status == MS_OK) status = open_tables(&x, err);
    if (status == MS_OK) {
        write_components(&x);
        for (size_t d = 0; d < x.n && status == MS_OK; d++) status = definition(&x, d, err);
        if (status == MS_OK) status = draw_overview(&x, err);
        status = close_tables(&x, status, err);
    }
    clear(&x);
    return status;
}
