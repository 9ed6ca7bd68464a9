/* plot/explain.h: what the figures of explanations share. */
#ifndef MS_PLOT_EXPLAIN_H
#define MS_PLOT_EXPLAIN_H

#include "myosurv/plot_explain.h"
#include "plot/canvas.h"

/* From blue (-1) over near white (0) to red (1); Moreland's cool-warm map (ISVC 2009) by its published ends
 * and middle, which can be told apart by colour-blind readers. */
ms_colour ms_diverging(double t);
extern const ms_colour ms_raises, ms_lowers;

/* A page of rows with names on the left: `axes` is set but for x0 and x1. */
typedef struct ms_row_page {
    ms_canvas canvas;
    ms_axes axes;
    double row, note_top, note_width;
    const char *note;
} ms_row_page;
/* Opens a page for n rows named names[n]; `right` is left free of them on the right. */
MS_NODISCARD ms_status ms_row_page_open(ms_row_page *page, const char *const *names, size_t n, double right,
                                        const char *title, const char *note, const char *path, ms_error *err);
double ms_row_page_y(const ms_row_page *page, size_t i);
/* Extends the axis to `value`. */
void ms_row_page_take(ms_row_page *page, double value);
/* A margin, the axis, the line at 0 (or `reference`), the names and the note. */
void ms_row_page_frame(ms_row_page *page, const char *const *names, size_t n, double reference,
                       const char *x_label);

#endif
