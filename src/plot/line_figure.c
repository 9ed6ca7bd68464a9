#include "plot/canvas.h"

#include <math.h>

static bool extent(const ms_plot_line *lines, size_t n, ms_axes *a) {
    a->x0 = a->y0 = INFINITY;
    a->x1 = a->y1 = -INFINITY;
    for (size_t l = 0; l < n; l++) {
        for (size_t i = 0; i < lines[l].n; i++) {
            if (!isfinite(lines[l].x[i]) || !isfinite(lines[l].y[i])) continue;
            a->x0 = fmin(a->x0, lines[l].x[i]);
            a->x1 = fmax(a->x1, lines[l].x[i]);
            a->y0 = fmin(a->y0, lines[l].y[i]);
            a->y1 = fmax(a->y1, lines[l].y[i]);
        }
    }
    if (!(a->x0 <= a->x1)) return false;
    double margin = a->y1 > a->y0 ? 0.05 * (a->y1 - a->y0) : 0.5;
    a->y0 -= margin;
    a->y1 += margin;
    if (a->x1 <= a->x0) a->x1 = a->x0 + 1;
    return true;
}

static void draw_line(ms_canvas *canvas, const ms_axes *a, const ms_plot_line *line) {
    bool pen_down = false;
    for (size_t i = 0; i < line->n; i++) {
        bool known = isfinite(line->x[i]) && isfinite(line->y[i]);
        if (known)
            (pen_down ? cairo_line_to : cairo_move_to)(canvas->cr, ms_axes_x(a, line->x[i]),
                                                       ms_axes_y(a, line->y[i]));
        pen_down = known;
    }
    cairo_stroke(canvas->cr);
}

ms_status ms_plot_lines(const ms_plot_line *lines, size_t n, const char *title, const char *x_label,
                        const char *y_label, const char *path, ms_error *err) {
    ms_canvas canvas;
    double width = 120 * MS_MM, height = 80 * MS_MM;
    ms_axes axes = {.left = 56, .top = title ? 30 : 14, .right = width - 16, .bottom = height - 36};
    if (!extent(lines, n, &axes)) return ms_error_set(err, MS_EUSAGE, "%s: no point to draw", path);
    ms_status status = ms_canvas_open(&canvas, path, width, height, err);
    if (status != MS_OK) return status;
    if (title) ms_canvas_bold(&canvas, width / 2, 14, 10, MS_CENTRE, title);
    double wide = 0;
    for (size_t l = 0; l < n; l++) wide = fmax(wide, ms_canvas_text_width(&canvas, 8.5, lines[l].name));
    for (size_t l = 0; l < n; l++) {
        double y = axes.top + 6 + 12 * (double)l;
        ms_canvas_colour(&canvas, ms_palette(l), 1);
        cairo_set_line_width(canvas.cr, 1.3);
        ms_canvas_dash(&canvas, l);
        draw_line(&canvas, &axes, &lines[l]);
        ms_canvas_line(&canvas, axes.right - wide - 26, y, axes.right - wide - 5, y);
        ms_canvas_dash(&canvas, 0);
        cairo_set_source_rgb(canvas.cr, 0.15, 0.15, 0.15);
        ms_canvas_text(&canvas, axes.right - wide, y, 8.5, MS_LEFT, lines[l].name);
    }
    ms_axes_draw(&canvas, &axes, x_label, y_label);
    return ms_canvas_close(&canvas, MS_OK, err);
}
