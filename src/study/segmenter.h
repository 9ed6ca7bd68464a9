/* study/segmenter.h: a table of scans and contours, for training and judging networks. */
#ifndef MS_STUDY_SEGMENTER_H
#define MS_STUDY_SEGMENTER_H

#include "base/base.h"
#include "myosurv/study.h"

/* One contoured slice. */
typedef struct ms_contoured {
    ms_volume volume; /* owned */
    size_t k;
    uint8_t *labels; /* [n[0] * n[1]], ms_label; owned */
    double centre_mm[2];
} ms_contoured;
void ms_contoured_clear(ms_contoured *contoured);

/* A row of the table. `scan` is a path (relative to the table) or "phantom:SEED". */
typedef struct ms_contour_row {
    const char *name, *scan, *contour;
    size_t line, slice;
    bool has_slice;
    double weight;
} ms_contour_row;

typedef struct ms_contour_list {
    ms_table *table;
    char *folder; /* that paths are relative to */
    ms_contour_row *rows;
    size_t n;
} ms_contour_list;
/* `root`: the folder that paths are relative to, NULL: the table's. `leave_out` and `only` (NULL: none):
 * names left out, or alone taken. */
MS_NODISCARD ms_status ms_contour_list_read(const char *path, const char *root, const char *leave_out,
                                            const char *only, ms_contour_list *list, ms_error *err);
void ms_contour_list_clear(ms_contour_list *list);
/* Reads the scan and the contour of row i. A contour of one slice whose rows and columns are as many as the
 * scan's may lie anywhere when the row names the slice; any other must lie on the scan's grid. */
MS_NODISCARD ms_status ms_contour_load(const ms_contour_list *list, size_t i, ms_contoured *contoured,
                                       ms_error *err);

#endif
