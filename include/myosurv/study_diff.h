/* myosurv/study_diff.h: whether two results are alike within tolerances.
 *
 * Compared are two tables (CSV), two JSON files (measurements), two masks, or two folders: studies, or
 * results of `myosurv segment`. It is what a laboratory's CI job asks after each update: does the program
 * still give our numbers on our scans? */
#ifndef MYOSURV_STUDY_DIFF_H
#define MYOSURV_STUDY_DIFF_H

#include "myosurv/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Numbers a and b are alike when |a - b| <= atol + rtol * max(|a|, |b|), which does not depend on their order
 * (unlike numpy.isclose, whose reference is b alone); equal infinities are alike, and so are two missing
 * values. Text is alike when it is the same. Masks are alike when they lie on the same grid and the Dice
 * coefficient (2 |A n B| / (|A| + |B|)) of every label that either of them has is at least `dice`. */
typedef struct ms_diff_options {
    double rtol, atol;         /* 0: the same number */
    double dice;               /* 1: the same voxels */
    const char *key;           /* a table's key columns, separated by commas; NULL: see ms_diff */
    const char *const *ignore; /* columns of tables and keys of JSON that are not compared */
    size_t n_ignore;
} ms_diff_options;
MS_API void ms_diff_options_default(ms_diff_options *options);

/* One difference. Owned by the result. */
typedef struct ms_diff_item {
    char *file;   /* in folders: relative to them; "" else */
    char *row;    /* the row's key (a case id), the label of a mask, "" where there is none */
    char *column; /* column, path in the JSON ("l3.slice_index"), "dice", or "" where a whole row or file is
                     missing */
    char *a, *b;  /* the values as text, "(missing)", "(no such row)", "(no such column)", "(no such file)" */
    double difference; /* |a - b|, for masks 1 - Dice; NaN where there is none */
    double relative;   /* difference / max(|a|, |b|); NaN where there is none */
} ms_diff_item;

typedef struct ms_diff_result {
    ms_diff_item *items; /* in the order of A's files, rows and columns, then what only B has */
    size_t n;
    size_t n_files, n_values;                                /* how much was compared */
    double largest_difference, largest_relative, least_dice; /* over all, alike or not; NaN where none */
} ms_diff_result;

/* Compares two paths. MS_OK whether alike (result->n = 0) or not; MS_EINPUT when one cannot be read, or the
 * two are of different kinds.
 *
 * Rows of tables are matched by key, never by their order: the columns of options->key; else case_id where
 * both have it, and as many of the columns that hold text, in A's order, as it takes to make the rows unique.
 * Rows that share a key all the same are matched in their order. Of a study's folder everything that holds
 * numbers is compared: every table and JSON in tables/, and each case's measurements, features and masks;
 * figures, pictures and the report are drawn from these, and records of versions and hashes (done.json,
 * *.parameters.json) are no results. Of other folders every CSV, JSON and mask is compared, and other files
 * must have the same bytes (pictures, *.png and *.svg, are left out). */
MS_API MS_NODISCARD ms_status ms_diff(const char *a, const char *b, const ms_diff_options *options,
                                      ms_diff_result *result, ms_error *err);
MS_API void ms_diff_result_clear(ms_diff_result *result);

#ifdef __cplusplus
}
#endif
#endif
