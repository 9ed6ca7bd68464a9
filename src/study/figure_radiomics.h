/* study/figure_radiomics.h: how features separate the groups of a definition. */
#ifndef MS_STUDY_FIGURE_RADIOMICS_H
#define MS_STUDY_FIGURE_RADIOMICS_H

#include "myosurv/plot_study.h"
#include "study/figures.h"

/* ---- area under the ROC curve (figure_auc.c) ----------------------------------------------------------- */

/* How well a feature tells positive from negative: above 0.5 when it is higher in the positive. */
typedef struct ms_feature_auc {
    size_t n[2];         /* negative, positive with a value */
    double auc;          /* Mann-Whitney, ties count half; NaN where a group is empty */
    double lower, upper; /* 95%, DeLong, DeLong & Clarke-Pearson 1988, within 0 and 1; NaN where the variance
                            is 0 (AUC 0 or 1, a constant) or a group has one row. R: pROC::ci.auc */
    double p; /* Mann-Whitney, normal approximation with ties and continuity correction; NaN for a constant.
                 R: wilcox.test(exact = FALSE) */
} ms_feature_auc;

/* In which group and part a row is; others than these four: in none. */
enum {
    MS_NEGATIVE_FIT = 0,
    MS_POSITIVE_FIT = 1,
    MS_NEGATIVE_OTHER = 2,
    MS_POSITIVE_OTHER = 3,
    MS_NO_ROW = 4
};
enum { MS_AUC_ALL, MS_AUC_FIT, MS_AUC_OTHER, MS_AUC_PARTS };

typedef struct ms_ranked {
    double value;
    size_t row;
} ms_ranked;
/* The rows with a value, ascending: ranked[n], their number comes back. */
size_t ms_feature_rank(const double *values, size_t n, ms_ranked *ranked);
/* From one ranking and the rows' codes, O(n): all rows, those of the training group and the others. */
void ms_feature_auc_find(const ms_ranked *ranked, size_t n, const uint8_t *code,
                         ms_feature_auc out[MS_AUC_PARTS]);

/* ---- clusters (figure_cluster.c) ------------------------------------------------------------------------
 */

/* Average linkage (UPGMA) by nearest-neighbour chains, O(n^2). distance[n * n] symmetric, is overwritten.
 * joins[n - 1] by height as scipy.cluster.hierarchy.linkage(method = "average") numbers them; order[n] the
 * leaves from left to right, the branch with the smaller leaf first. */
MS_NODISCARD ms_status ms_cluster_average(double *distance, size_t n, ms_plot_join *joins, size_t *order,
                                          ms_error *err);

/* ---- the drawn rows, standardised (figure_features.c) ----------------------------------------------------
 */

/* Features of the cases that pictures are made from: at most MS_DRAWN of the training group and as many
 * others, drawn with the study's seed. Columns without a variance among the drawn training cases (all cases,
 * when there are fewer than three) are left out. */
enum { MS_DRAWN = 1000 };
typedef struct ms_drawn_features {
    size_t n, n_fit; /* rows, the first n_fit are those that scaling and components are learned from */
    bool fit_on_all; /* too few in the training group */
    size_t *patient; /* [n] in the study's table */
    size_t p;
    size_t *column;    /* [p] of the features' table */
    double *mean, *sd; /* [p] of the fitted rows */
    double *z;         /* [n * p], NaN where missing */
} ms_drawn_features;
MS_NODISCARD ms_status ms_drawn_features_make(const ms_study *study, const ms_collected *collected,
                                              ms_drawn_features *out, ms_error *err);
void ms_drawn_features_clear(ms_drawn_features *features);

/* The first two principal components of the fitted rows (a missing value counts as the mean), and all rows'
 * places on them. R: prcomp(scale. = TRUE), predict. */
typedef struct ms_drawn_components {
    size_t k;            /* 2, or fewer */
    double explained[2]; /* share of the variance */
    double *x, *y;       /* [n]; 0 where there is no such component */
} ms_drawn_components;
MS_NODISCARD ms_status ms_drawn_components_make(const ms_drawn_features *features, ms_drawn_components *out,
                                                ms_error *err);
void ms_drawn_components_clear(ms_drawn_components *components);

/* ---- one definition (figure_radiomics_pick.c, figure_radiomics_draw.c) ------------------------------------
 */

enum { MS_PICKED = 30, MS_DOTS = 15 };
/* Everything about one definition. */
typedef struct ms_separation {
    const ms_definition *definition;
    size_t n[MS_AUC_PARTS][2]; /* cases by part and group */
    ms_feature_auc *auc;       /* [columns * MS_AUC_PARTS] by column of the features' table */
    double *q;                 /* [columns] Benjamini-Hochberg over the features, all cases; NaN: none */
    size_t ranked_by;         /* MS_AUC_FIT, or MS_AUC_ALL where the training group lacks one of the groups */
    size_t picked[MS_PICKED]; /* indices of the drawn features: the best, none like an earlier one */
    size_t n_picked;
} ms_separation;
/* The smallest p first, skipping those that correlate above 0.9 with one picked before (drawn fitted rows).
 */
MS_NODISCARD ms_status ms_separation_pick(const ms_drawn_features *features, ms_separation *separation,
                                          ms_error *err);

/* Pearson's correlation of two drawn features among the fitted rows; 0 where it cannot be had. */
double ms_drawn_correlation(const ms_drawn_features *features, size_t a, size_t b);
/* The class ("glcm") of a column, "other" when its name does not tell; its region's label and its filter. */
void ms_feature_name_parts(const ms_study *study, const char *column, char family[32], char filter[48],
                           const char **region);

MS_NODISCARD ms_status ms_separation_draw_auc(const ms_study *study, const ms_collected *collected,
                                              const ms_drawn_features *features,
                                              const ms_separation *separation, const char *path,
                                              ms_error *err);
MS_NODISCARD ms_status ms_separation_draw_map(const ms_study *study, const ms_collected *collected,
                                              const ms_drawn_features *features,
                                              const ms_separation *separation, ms_writer *table,
                                              const char *path, ms_error *err);
MS_NODISCARD ms_status ms_separation_draw_components(const ms_study *study, const ms_collected *collected,
                                                     const ms_groups *groups,
                                                     const ms_drawn_features *features,
                                                     const ms_drawn_components *components,
                                                     const ms_separation *separation, const char *path,
                                                     ms_error *err);

/* The best feature of each definition in all of them, as colours. Nothing is drawn without a definition that
 * has two groups. */
MS_NODISCARD ms_status ms_separation_draw_overview(const ms_collected *collected,
                                                   const ms_drawn_features *features,
                                                   const ms_separation *list, size_t n, const char *path,
                                                   ms_error *err);

#endif
