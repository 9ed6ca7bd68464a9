#include "plot/heading.h"

#define BOLD 1.2      /* bold letters are wider than those that are measured */
#define SMALLEST 0.76 /* of the size, before it is wrapped */

/* The size at which it fits one line, 0 when that is too small. */
static double one_line(double width, double size, const char *text) {
    const double wide = ms_style_text_width(NULL, size, text) * BOLD;
    if (wide <= width) return size;
    return wide * SMALLEST <= width ? size * width / wide : 0;
}

double ms_heading_height(double width, double size, const char *text) {
    return one_line(width, size, text) > 0 ? size * 1.3 : ms_paragraph_height(width, size, text);
}

double ms_heading_draw(ms_canvas *canvas, double x, double y, double width, double size, const char *text) {
    const double fits = one_line(width, size, text);
    if (fits <= 0) return ms_canvas_paragraph(canvas, x, y, width, size, text);
    ms_canvas_bold(canvas, x, y + size * 0.65, fits, MS_LEFT, text);
    return size * 1.3;
}
