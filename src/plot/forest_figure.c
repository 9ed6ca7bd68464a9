#include "plot/canvas.h"

#include <math.h>
#include <string.h>

#define ROW 13.0
#define SIZE 8.0

static bool new_group(const ms_plot_estimate *rows, size_t i) {
    return rows[i].group && (i == 0 || !rows[i - 1].group || strcmp(rows[i].group, rows[i - 1].group) != 0);
}

static double place(double value, bool log_scale) {
    return log_scale ? log10(value) : value;
}

static void extent(const ms_plot_estimate *rows, size_t n, double reference, bool log_scale, ms_axes *a) {
    a->x0 = a->x1 = place(reference, log_scale);
    for (size_t i = 0; i < n; i++) {
        const double values[] = {rows[i].lower, rows[i].value, rows[i].upper};
        for (size_t v = 0; v < 3; v++) {
            double x = place(values[v], log_scale);
            if (!isfinite(x)) continue;
            a->x0 = fmin(a->x0, x);
            a->x1 = fmax(a->x1, x);
        }
    }
    double margin = fmax(0.04 * (a->x1 - a->x0), 1e-3);
    a->x0 -= margin;
    a->x1 += margin;
}

static void draw_row(ms_canvas *canvas, const ms_axes *a, const ms_plot_estimate *row, double y,
                     bool log_scale, double text_x) {
    char text[64] = "not estimated";
    ms_canvas_text(canvas, 16, y, SIZE, MS_LEFT, row->name);
    if (isfinite(row->value)) {
        double x = ms_axes_x(a, place(row->value, log_scale));
        if (isfinite(row->lower) && isfinite(row->upper)) {
            ms_canvas_line(canvas, ms_axes_x(a, place(row->lower, log_scale)), y,
                           ms_axes_x(a, place(row->upper, log_scale)), y);
            (void)ms_text_format(text, sizeof text, "%.2f (%.2f to %.2f)", row->value, row->lower,
                                 row->upper);
        } else {
            (void)ms_text_format(text, sizeof text, "%.2f", row->value);
        }
        cairo_rectangle(canvas->cr, x - 2.5, y - 2.5, 5, 5);
        cairo_fill(canvas->cr);
    }
    ms_canvas_text(canvas, text_x, y, SIZE, MS_LEFT, text);
}

ms_status ms_plot_forest(const ms_plot_estimate *rows, size_t n, const char *title, const char *x_label,
                         double reference, bool log_scale, const char *path, ms_error *err) {
    if (n == 0) return ms_error_set(err, MS_EUSAGE, "%s: no estimate to draw", path);
    ms_canvas canvas;
    size_t headings = 0;
    for (size_t i = 0; i < n; i++) headings += new_group(rows, i);
    double width = 165 * MS_MM, height = 40 + ROW * (double)(n + headings) + 40, names = 0;
    ms_status status = ms_canvas_open(&canvas, path, width, height, err);
    if (status != MS_OK) return status;
    for (size_t i = 0; i < n; i++) names = fmax(names, ms_canvas_text_width(&canvas, SIZE, rows[i].name));
    ms_axes axes = {.left = names + 30, .right = width - 118, .top = 30, .bottom = height - 38, .y1 = 1};
    extent(rows, n, reference, log_scale, &axes);
    if (title) ms_canvas_bold(&canvas, width / 2, 14, 10, MS_CENTRE, title);
    cairo_set_source_rgb(canvas.cr, 0.6, 0.6, 0.6);
    ms_canvas_dash(&canvas, 1);
    double zero = ms_axes_x(&axes, place(reference, log_scale));
    ms_canvas_line(&canvas, zero, axes.top, zero, axes.bottom);
    ms_canvas_dash(&canvas, 0);
    cairo_set_source_rgb(canvas.cr, 0.1, 0.1, 0.1);
    double y = axes.top + ROW / 2;
    for (size_t i = 0; i < n; i++, y += ROW) {
        if (new_group(rows, i)) {
            ms_canvas_bold(&canvas, 8, y, SIZE, MS_LEFT, rows[i].group);
            y += ROW;
        }
        draw_row(&canvas, &axes, &rows[i], y, log_scale, axes.right + 12);
    }
    double first, step;
    size_t ticks = ms_ticks(axes.x0, axes.x1, 5, &first, &step);
    ms_canvas_line(&canvas, axes.left, axes.bottom, axes.right, axes.bottom);
    for (size_t t = 0; t < ticks; t++) {
        char text[32];
        double value = first + (double)t * step, x = ms_axes_x(&axes, value);
        (void)ms_text_format(text, sizeof text, "%.3g", log_scale ? pow(10, value) : value);
        ms_canvas_line(&canvas, x, axes.bottom, x, axes.bottom + 3);
        ms_canvas_text(&canvas, x, axes.bottom + 10, SIZE, MS_CENTRE, text);
    }
    if (x_label)
        ms_canvas_text(&canvas, (axes.left + axes.right) / 2, axes.bottom + 24, 9, MS_CENTRE, x_label);
    return ms_canvas_close(&canvas, MS_OK, err);
}
