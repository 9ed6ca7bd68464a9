/* plot/canvas.h: one page to draw on, written as SVG, PDF or PNG. Lengths are in points (1/72 inch), y grows
 * down. */
#ifndef MS_PLOT_CANVAS_H
#define MS_PLOT_CANVAS_H

#include "base/base.h"
#include "myosurv/plot.h"

#include <cairo.h>

#define MS_MM (72.0 / 25.4)

typedef struct ms_canvas {
    cairo_t *cr;
    cairo_surface_t *surface;
    double width, height;
    const char *path;
    const char *font;
    ms_plot_colours colours;
    double scale; /* points of the page to one unit of drawing */
    double dpi;
    ms_buffer bytes; /* the file's content as cairo hands it over */
    enum { MS_CANVAS_SVG, MS_CANVAS_PDF, MS_CANVAS_PNG } kind;
} ms_canvas;

/* The kind is by the path's ending; MS_EUSAGE for another one. White background. */
MS_NODISCARD ms_status ms_canvas_open(ms_canvas *canvas, const char *path, double width, double height,
                                      ms_error *err);
/* The same on a page of the style's size (its font's size scales the whole drawing: lengths, lines and text
 * are in units of which 8 are the height of the axes' numbers). `width` is the page's own in points, `height`
 * that of the drawing in units, where the style has none; what there is to draw on is canvas->width and
 * ->height. */
MS_NODISCARD ms_status ms_canvas_open_style(ms_canvas *canvas, const char *path, const ms_plot_style *style,
                                            double width, double height, ms_error *err);
/* The width in units that a page will have, to lay it out before it is opened. */
double ms_style_width(const ms_plot_style *style, double width);
/* Its height in units: the style's, or the drawing's own. */
double ms_style_height(const ms_plot_style *style, double height);
/* The title to draw, NULL for none: the style's, or the figure's own. */
const char *ms_style_title(const ms_plot_style *style, const char *own);
/* Writes the file atomically and frees the canvas in any case; with `status` not MS_OK only frees and returns
 * it. */
MS_NODISCARD ms_status ms_canvas_close(ms_canvas *canvas, ms_status status, ms_error *err);

typedef struct ms_colour {
    double r, g, b;
} ms_colour;
/* Okabe and Ito's colours, then again. */
ms_colour ms_palette(size_t i);
/* The colour of the i-th series in the canvas's colours: Okabe and Ito's, or greys. */
ms_colour ms_canvas_series(const ms_canvas *canvas, size_t i);
/* Black, or a line style that tells series apart in grey. */
void ms_canvas_dash(ms_canvas *canvas, size_t i);
/* Colour, width and dashes of a line: the i-th series in its colour, the i-th reference (chance, treat all)
 * thin, grey and dotted. */
void ms_canvas_pen(ms_canvas *canvas, bool reference, size_t i, double width);
void ms_canvas_colour(ms_canvas *canvas, ms_colour colour, double alpha);

typedef enum ms_align { MS_LEFT, MS_CENTRE, MS_RIGHT } ms_align;
/* Text of this size, its vertical middle at y. Lines are split at \n. */
void ms_canvas_text(ms_canvas *canvas, double x, double y, double size, ms_align align, const char *text);
void ms_canvas_bold(ms_canvas *canvas, double x, double y, double size, ms_align align, const char *text);
/* Turned a quarter counter-clockwise, centred on x, y. */
void ms_canvas_text_up(ms_canvas *canvas, double x, double y, double size, const char *text);
/* Text wrapped to a width, its top at y; returns its height. */
double ms_canvas_paragraph(ms_canvas *canvas, double x, double y, double width, double size,
                           const char *text);
/* The same height without a canvas, to lay a page out before it is opened. */
double ms_paragraph_height(double width, double size, const char *text);
/* Width of a text in units before there is a canvas. */
double ms_style_text_width(const ms_plot_style *style, double size, const char *text);
double ms_canvas_text_width(ms_canvas *canvas, double size, const char *text);
void ms_canvas_line(ms_canvas *canvas, double x0, double y0, double x1, double y1);

/* A rectangle with data coordinates. */
typedef struct ms_axes {
    double left, top, right, bottom; /* points */
    double x0, x1, y0, y1;           /* data; y1 at the top */
    double x_step;                   /* between ticks; 0: round, by the width */
    bool y_percent;                  /* 0.2 is written 20 */
} ms_axes;
double ms_axes_x(const ms_axes *axes, double x);
double ms_axes_y(const ms_axes *axes, double y);
/* Round tick positions from lo to hi, about `wanted` of them: count and first and step. */
size_t ms_ticks(double lo, double hi, size_t wanted, double *first, double *step);
/* The ticks that ms_axes_draw puts on the horizontal axis. */
size_t ms_axes_x_ticks(const ms_axes *axes, double *first, double *step);
/* Draws both axes with ticks and labels. */
void ms_axes_draw(ms_canvas *canvas, const ms_axes *axes, const char *x_label, const char *y_label);

/* The dashed line from the lower left corner to the upper right one, in this grey (0 black). */
void ms_axes_diagonal(ms_canvas *canvas, const ms_axes *axes, double grey);

#endif
