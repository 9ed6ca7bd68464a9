/* myosurv/plot_study.h: the figures of a study's report that other commands have no use for.
 *
 * As plot.h: numbers and texts only, the same bytes every run, written atomically. Texts are wrapped or made
 * smaller to fit their place, never cut; pages grow with what is on them. Everything given is borrowed. */
#ifndef MYOSURV_PLOT_STUDY_H
#define MYOSURV_PLOT_STUDY_H

#include "myosurv/plot.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- patients and data flow (flow_figure.c) ------------------------------------------------------------ */

typedef struct ms_flow_reason {
    const char *text;
    size_t n;
} ms_flow_reason;

/* A step of the way of the patients, and those who leave the way before the next one. */
typedef struct ms_flow_step {
    const char *title; /* "Scans in the table" */
    size_t n;
    const char *left_title; /* "Failed"; NULL: nobody can leave here */
    size_t left;
    const ms_flow_reason *reasons; /* [n_reasons] */
    size_t n_reasons;
} ms_flow_step;

/* A group that the used patients are in. */
typedef struct ms_flow_group {
    const char *name;
    size_t n;
    const char *lines; /* events and the like, a line each */
    const char *use;   /* "fits features, network and cut-point" */
} ms_flow_group;

typedef struct ms_flow_part {
    const char *title, *text; /* "L3 slice", "found by ..." */
} ms_flow_part;

typedef struct ms_flow {
    const ms_flow_step *steps;
    size_t n_steps;
    const ms_flow_group *groups;
    size_t n_groups;
    const ms_flow_part *parts; /* from scan to risk, beside the steps */
    size_t n_parts;
} ms_flow;
/* Boxes from top to bottom with those who left on their right, then the groups in rows; beside them the way
 * of the data. MS_EUSAGE without steps. */
MS_API MS_NODISCARD ms_status ms_plot_flow(const ms_flow *flow, const char *path, ms_error *err);

/* ---- survival curves of many comparisons (km_grid_figure.c) -------------------------------------------- */

typedef struct ms_km_panel {
    const char *title, *note; /* note: a line or two under the legend */
    const ms_plot_curve *curves;
    size_t n;
} ms_km_panel;
/* The i-th panel; what it points to must hold until the next call. */
typedef ms_status (*ms_km_panel_source)(void *context, size_t i, ms_km_panel *panel, ms_error *err);
/* Small multiples in three columns on common axes from 0 to x_max. `titles` [n] are those the panels will
 * have, to lay out the page; `most_curves` as many as any panel has. */
MS_API MS_NODISCARD ms_status ms_plot_km_grid(size_t n, const char *const *titles, size_t most_curves,
                                              ms_km_panel_source source, void *context,
                                              const ms_plot_km_options *options, const char *path,
                                              ms_error *err);

/* ---- how features separate two groups (feature_auc_figure.c) ------------------------------------------- */

typedef struct ms_plot_auc_row {
    const char *name;
    double auc[2], lower[2], upper[2]; /* by ms_plot_auc.series; NaN: not drawn */
} ms_plot_auc_row;
typedef struct ms_plot_auc_family {
    const char *name;
    size_t n;
    const double *auc; /* [n] */
} ms_plot_auc_family;
typedef struct ms_plot_auc {
    const char *title;
    const char *series[2]; /* "training"; [1] NULL: one series */
    const ms_plot_auc_row *rows;
    size_t n_rows;
    const ms_plot_auc_family *families;
    size_t n_families;
    const char *families_title; /* over the lower part */
} ms_plot_auc;
/* Above: a row a feature, dots with intervals, a line at 0.5. Below: all features' values by family as
 * mirrored histograms, each as high as its densest bin, a bar at the median. MS_EUSAGE without rows. */
MS_API MS_NODISCARD ms_status ms_plot_feature_auc(const ms_plot_auc *auc, const char *path, ms_error *err);

/* ---- heat map (heatmap_figure.c) ------------------------------------------------------------------------
 */

/* A joining of two clusters: below n they are leaves, else the join a - n. In order of height. */
typedef struct ms_plot_join {
    size_t a, b;
    double height;
} ms_plot_join;
typedef struct ms_plot_heatmap {
    const char *title, *note; /* note under the figure, wrapped; NULL: none */
    size_t rows, columns;
    const double *z;           /* [rows * columns], in the order drawn; NaN: grey */
    double limit;              /* colours from -limit to limit; beyond: as at the limit */
    const char *const *names;  /* [rows] */
    const ms_plot_join *joins; /* [rows - 1] of the rows, leaves numbered as `leaf` says; NULL: no tree */
    const size_t *leaf;        /* [rows] which leaf each row is */
    const size_t *group;       /* [columns] 0 .. n_groups - 1, drawn as a band over the columns */
    const char *const *groups; /* names */
    size_t n_groups;
    const char *const *column_names; /* [columns] over the columns, upright; NULL: none */
    const char *unit;                /* of the colour bar */
    const char *marks[3];            /* at its left end, middle and right end */
} ms_plot_heatmap;
MS_API MS_NODISCARD ms_status ms_plot_heatmap_draw(const ms_plot_heatmap *map, const char *path,
                                                   ms_error *err);

/* ---- scatter (scatter_figure.c) -------------------------------------------------------------------------
 */

typedef struct ms_plot_scatter {
    const char *title, *x_label, *y_label, *note;
    size_t n;
    const double *x, *y;
    const size_t *colour; /* [n] which of `colours` */
    const char *const *colours;
    size_t n_colours;
    const size_t *shape; /* [n] which of `shapes` */
    const char *const *shapes;
    size_t n_shapes;
} ms_plot_scatter;
/* Points, the legend of colours and shapes under the axes. Sixteen shapes differ. */
MS_API MS_NODISCARD ms_status ms_plot_scatter_draw(const ms_plot_scatter *scatter, const char *path,
                                                   ms_error *err);

#ifdef __cplusplus
}
#endif
#endif
