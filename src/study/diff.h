/* study/diff.h: what the files that compare share. */
#ifndef MS_STUDY_DIFF_PRIVATE_H
#define MS_STUDY_DIFF_PRIVATE_H

#include "myosurv/study_diff.h"

#include "base/base.h"

typedef struct ms_diff_work {
    const ms_diff_options *options;
    ms_diff_result *result;
    size_t capacity;  /* of result->items */
    const char *file; /* that is being compared, in folders */
    ms_error *err;
} ms_diff_work;

#define MS_DIFF_MISSING "(missing)"

/* A column or key that is not to be compared. */
bool ms_diff_ignored(const ms_diff_work *work, const char *name);
/* Notes a difference; texts are copied. */
MS_NODISCARD ms_status ms_diff_add(ms_diff_work *work, const char *row, const char *column, const char *a,
                                   const char *b, double difference, double relative);
/* Compares two values and notes it when they are not alike. */
MS_NODISCARD ms_status ms_diff_numbers(ms_diff_work *work, const char *row, const char *column, double a,
                                       double b);
/* As numbers where both are, else as text; missing as "". */
MS_NODISCARD ms_status ms_diff_texts(ms_diff_work *work, const char *row, const char *column, const char *a,
                                     const char *b);

MS_NODISCARD ms_status ms_diff_tables(ms_diff_work *work, const char *a, const char *b);
MS_NODISCARD ms_status ms_diff_json(ms_diff_work *work, const char *a, const char *b);
MS_NODISCARD ms_status ms_diff_masks(ms_diff_work *work, const char *a, const char *b);
MS_NODISCARD ms_status ms_diff_bytes(ms_diff_work *work, const char *a, const char *b);
MS_NODISCARD ms_status ms_diff_folders(ms_diff_work *work, const char *a, const char *b);

typedef enum ms_diff_kind {
    MS_DIFF_TABLE,
    MS_DIFF_JSON,
    MS_DIFF_MASK,
    MS_DIFF_FOLDER,
    MS_DIFF_OTHER
} ms_diff_kind;
/* By the name; "-" and names without an extension that is known are `otherwise`. */
ms_diff_kind ms_diff_kind_of(const char *path, ms_diff_kind otherwise);
MS_NODISCARD ms_status ms_diff_files(ms_diff_work *work, const char *a, const char *b, ms_diff_kind kind);

#endif
