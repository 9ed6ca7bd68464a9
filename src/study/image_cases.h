/* study/image_cases.h: the rows of a table of images and masks, for commands that measure many. */
#ifndef MS_STUDY_IMAGE_CASES_H
#define MS_STUDY_IMAGE_CASES_H

#include "myosurv/base.h"

/* A region: labels that are taken together. */
typedef struct ms_label_set {
    uint8_t labels[256];
    size_t n;
    char text[64]; /* "2+3" */
} ms_label_set;
/* "2,3" or "2+3"; MS_EINPUT when it is something else. */
MS_NODISCARD ms_status ms_label_set_parse(const char *text, ms_label_set *set, ms_error *err);

/* Where the table has what. */
typedef struct ms_image_columns {
    size_t id, image, mask, label;
    bool has_id, has_label;
} ms_image_columns;
/* Columns image and mask must be there; case_id when need_id; label may be. */
MS_NODISCARD ms_status ms_image_columns_find(const ms_table *table, bool need_id, ms_image_columns *columns,
                                             ms_error *err);

typedef struct ms_image_case {
    const char *id;     /* of the table, or without the column the image's file name */
    char *image, *mask; /* paths; owned */
    const char *label;  /* the cell of column label, or NULL */
} ms_image_case;
/* A row; relative paths are below `folder` (NULL: the current one). MS_EINPUT names the cell that is missing.
 */
MS_NODISCARD ms_status ms_image_case_read(const ms_table *table, const ms_image_columns *columns, size_t row,
                                          const char *folder, ms_image_case *out, ms_error *err);
void ms_image_case_clear(ms_image_case *one);

#endif
