/* plot/legend.h: a legend inside the axes, where it hides least, and a title that fits. */
#ifndef MS_PLOT_LEGEND_H
#define MS_PLOT_LEGEND_H

#include "plot/canvas.h"

/* How a series is drawn. */
typedef struct ms_legend_row {
    const char *name;
    size_t series; /* colour and line style */
    bool mark;     /* a dot with bars in place of the line */
} ms_legend_row;

/* Where the data are: points in the page's units, to keep clear of. */
typedef struct ms_crowd {
    size_t n, capacity;
    double *x, *y;
    bool failed;
} ms_crowd;
void ms_crowd_add(ms_crowd *crowd, double x, double y);
/* All along a line. */
void ms_crowd_line(ms_crowd *crowd, double x0, double y0, double x1, double y1);
void ms_crowd_clear(ms_crowd *crowd);

/* In the corner of the axes with the fewest points of the crowd. */
void ms_legend_draw(ms_canvas *canvas, const ms_axes *axes, const ms_legend_row *rows, size_t n,
                    const ms_crowd *crowd);
/* From a point downwards, wherever that is. */
void ms_legend_at(ms_canvas *canvas, double left, double top, double room, const ms_legend_row *rows,
                  size_t n);
/* Lines of text in the emptiest corner; NULL draws nothing. */
void ms_note_draw(ms_canvas *canvas, const ms_axes *axes, const char *note, const ms_crowd *crowd);
/* The title over the whole page, smaller when it is long; returns the top of what comes below. */
double ms_title_draw(ms_canvas *canvas, const char *title);

#endif
