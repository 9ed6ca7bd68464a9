/* plot/km_layout.h: where the parts of a survival figure go: legend and note where they hide no curve, names
 * of groups where they fit. Lengths in units of drawing. */
#ifndef MS_PLOT_KM_LAYOUT_H
#define MS_PLOT_KM_LAYOUT_H

#include "plot/canvas.h"

#define MS_KM_SMALL 7.5  /* size of the tables' text */
#define MS_KM_LEGEND 8.5 /* of legend and note */
#define MS_KM_ROW 11.0
#define MS_KM_LINE 12.0

typedef struct ms_km_box {
    double left, top, width, height;
    bool there;
} ms_km_box;

typedef struct ms_km_layout {
    double width, height; /* of the page */
    ms_axes axes;
    ms_km_box legend, note;
    size_t legend_columns; /* above the axes: several in a row; else 1 */
    double legend_column;  /* width of one */
    unsigned tables;
    double tables_top, table_height;
    bool names_above; /* names too long to stand left of their numbers */
    double table_key; /* room for a line before each name in the tables: greys are told apart by it; 0 none */
    size_t note_lines;
} ms_km_layout;

/* What the curve's line in the legend says; to be freed. NULL: out of memory. */
char *ms_km_legend_text(const ms_plot_curve *curve, const ms_plot_km_options *options) MS_NODISCARD;
/* Height of the curve as it is drawn: survival, or 1 - survival. */
double ms_km_value(const ms_plot_km_options *options, double surv);
MS_NODISCARD ms_status ms_km_lay_out(const ms_plot_curve *curves, size_t n, const ms_plot_km_options *options,
                                     ms_km_layout *layout, ms_error *err);

/* Draws the curves with all that belongs to them as laid out, but for the title (km_figure.c). */
MS_NODISCARD ms_status ms_km_draw(ms_canvas *canvas, const ms_km_layout *layout, const ms_plot_curve *curves,
                                  size_t n, const ms_plot_km_options *options, ms_error *err);

#endif
