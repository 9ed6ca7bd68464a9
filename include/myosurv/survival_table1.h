/* myosurv/survival_table1.h: who the patients are: a table of their properties, whole and by group, with
 * tests and standardised differences.
 *
 * The tests are base R's (each names its function). Nothing is random. */
#ifndef MYOSURV_SURVIVAL_TABLE1_H
#define MYOSURV_SURVIVAL_TABLE1_H

#include "myosurv/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- tests between groups (group_tests.c) ---------------------------------------------------------------
 */

typedef struct ms_group_test {
    double statistic, df1, df2, p; /* NaN where it has none */
} ms_group_test;

/* values[n] of groups 0 .. n_groups - 1; NaN and SIZE_MAX (no group) are left out. p is NaN where the test
 * cannot be done (fewer than two groups with values, no variance). */

/* One-way analysis of variance; with two groups Student's t test. R: oneway.test(var.equal = TRUE). */
MS_API void ms_anova_test(const double *values, const size_t *group, size_t n, size_t n_groups,
                          ms_group_test *out);
/* Kruskal & Wallis 1952, corrected for ties; with two groups Wilcoxon's rank sum test by its chi-squared
 * approximation. R: kruskal.test. MS_ERESOURCE. */
MS_API MS_NODISCARD ms_status ms_kruskal_test(const double *values, const size_t *group, size_t n,
                                              size_t n_groups, ms_group_test *out, ms_error *err);
/* Pearson's chi-squared of counts[rows * columns], with Yates' correction for 2 x 2. Empty rows and columns
 * do not count. R: chisq.test. */
MS_API void ms_chisq_table_test(const double *counts, size_t rows, size_t columns, ms_group_test *out);
/* Fisher's exact test: the probability of all tables with these margins that are no likelier than this one.
 * R: fisher.test. MS_EINPUT when there are too many of them (a second's work): use the chi-squared test. */
MS_API MS_NODISCARD ms_status ms_fisher_test(const double *counts, size_t rows, size_t columns, double *p,
                                             ms_error *err);

/* ---- the table (table1.c, table1_read.c) ------------------------------------------------------------------
 */

typedef enum ms_table1_kind {
    MS_TABLE1_MEAN,   /* mean and SD, analysis of variance */
    MS_TABLE1_MEDIAN, /* median and quartiles, Kruskal-Wallis */
    MS_TABLE1_COUNT,  /* counts, chi-squared */
    MS_TABLE1_EXACT   /* counts, Fisher's exact test */
} ms_table1_kind;

/* Of one column: [1 + n_groups] values each, the first of all rows. */
typedef struct ms_table1_row {
    char *name;
    ms_table1_kind kind;
    double *n, *missing;
    double *mean, *sd, *median, *lower_quartile, *upper_quartile, *min, *max; /* of numbers; else NULL */
    size_t n_levels;
    char **levels;  /* of categories */
    double *counts; /* [n_levels * (1 + n_groups)] level by level */
    double p;       /* NaN with one group, or where no test can be done */
    double smd;     /* standardised mean difference; NaN with one group */
} ms_table1_row;

typedef struct ms_table1 {
    size_t n_groups;
    char *group_column; /* NULL: none */
    char **groups;      /* [n_groups] */
    double *n;          /* [1 + n_groups] rows */
    size_t n_dropped;   /* rows without a group */
    size_t n_rows;
    ms_table1_row *rows;
} ms_table1;

/* What to show. Lists are column names with commas between them; NULL: none (x: all but `group` and those of
 * text with more than 20 values, which are named in a warning). */
typedef struct ms_table1_options {
    const char *x;        /* columns, in this order */
    const char *group;    /* NULL: one group */
    const char *median;   /* columns shown by median; "*": all numbers */
    const char *category; /* numbers that are categories (text always is, and so are 0 and 1 alone) */
    const char *exact;    /* categories tested by Fisher's test; "*": all */
} ms_table1_options;

/* Quartiles are R's type 7. The standardised difference of two groups is |m1 - m2| / sqrt((s1^2 + s2^2) / 2),
 * of categories Yang & Dalton's (SAS Global Forum 2012, 335); of more groups the mean over pairs, as R's
 * tableone. Missing values are left out of their own column only, and counted. MS_EINPUT: a column that is
 * not there, a category of more than 1000 values, no rows. */
MS_API MS_NODISCARD ms_status ms_table1_make(const ms_table *table, const ms_table1_options *options,
                                             ms_table1 *out, ms_error *err);
MS_API void ms_table1_clear(ms_table1 *table1);
/* As people read it, and as JSON with every number; *text to be freed. */
MS_API MS_NODISCARD ms_status ms_table1_text(const ms_table1 *table1, char **text, ms_error *err);
MS_API MS_NODISCARD ms_status ms_table1_json(const ms_table1 *table1, char **text, ms_error *err);
/* The cells of the text as a table to write as CSV. */
MS_API MS_NODISCARD ms_status ms_table1_table(const ms_table1 *table1, ms_table **out, ms_error *err);

#ifdef __cplusplus
}
#endif
#endif
