/* plot/heading.h: a bold heading within a width: on one line, smaller when it is a little too long, else
 * wrapped in plain letters. */
#ifndef MS_PLOT_HEADING_H
#define MS_PLOT_HEADING_H

#include "plot/canvas.h"

double ms_heading_height(double width, double size, const char *text);
/* Its left top at x, y, in the colour that is set; returns its height. */
double ms_heading_draw(ms_canvas *canvas, double x, double y, double width, double size, const char *text);

#endif
