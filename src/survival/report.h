/* survival/report.h: shared by the report_*.c files: text in aligned columns, and JSON finished as text. */
#ifndef MS_SURVIVAL_REPORT_H
#define MS_SURVIVAL_REPORT_H

#include "survival/survival.h"

struct cJSON;

/* Rows of cells: the first column to the left, the others to the right. A failed append is seen at the end.
 */
typedef struct ms_grid {
    size_t columns, n; /* n cells so far */
    char **cells;
    size_t capacity;
    bool failed;
} ms_grid;
void ms_grid_init(ms_grid *grid, size_t columns);
void ms_grid_clear(ms_grid *grid);
void ms_grid_add(ms_grid *grid, const char *text);
/* The value with so many significant digits; NA. */
void ms_grid_number(ms_grid *grid, double value, int digits);
void ms_grid_p(ms_grid *grid, double p);
void ms_grid_print(const ms_grid *grid, ms_buffer *out);

/* A p-value as R prints it: three digits, "<2e-16". */
void ms_format_p(char text[32], double p);
/* Hands the buffer's text over (the buffer is empty then), or clears it and fails. */
MS_NODISCARD ms_status ms_report_take(ms_buffer *buffer, bool failed, char **text, ms_error *err);
/* Prints and frees the tree. `status` is what building it gave. */
MS_NODISCARD ms_status ms_report_json(struct cJSON *root, ms_status status, char **text, ms_error *err);
/* chisq, df, p under a key. */
MS_NODISCARD ms_status ms_report_add_test(struct cJSON *object, const char *key, double chisq, double df,
                                          double p, ms_error *err);
/* The arrays of a curve: time, n_risk, n_event, ... (report_km.c). */
MS_NODISCARD ms_status ms_report_add_curve(struct cJSON *object, const ms_km_curve *curve, ms_error *err);
/* "n= 227 (1 row with missing values left out)" and the like. */
void ms_report_rows(ms_buffer *out, size_t n, size_t n_dropped);

#endif
