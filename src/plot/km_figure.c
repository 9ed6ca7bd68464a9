/* Kaplan-Meier curves with bands, censoring marks and the numbers at risk. */
#include "plot/canvas.h"

#include <math.h>
#include <string.h>

#define ROW 11.0
#define SMALL 7.5

void ms_plot_km_options_default(ms_plot_km_options *options) {
    memset(options, 0, sizeof *options);
    options->bands = true;
    options->risk_table = true;
    options->x_max = NAN;
}

static double last_time(const ms_plot_curve *curves, size_t n) {
    double last = 0;
    for (size_t c = 0; c < n; c++) {
        if (curves[c].n > 0) last = fmax(last, curves[c].time[curves[c].n - 1]);
    }
    return last > 0 ? last : 1;
}

/* The line from (0, 1) by steps; values that are not known end it. */
static void step_path(ms_canvas *canvas, const ms_axes *a, const ms_plot_curve *c, const double *value) {
    double y = ms_axes_y(a, 1);
    cairo_move_to(canvas->cr, ms_axes_x(a, 0), y);
    for (size_t i = 0; i < c->n; i++) {
        double x = ms_axes_x(a, fmin(c->time[i], a->x1));
        cairo_line_to(canvas->cr, x, y);
        if (c->time[i] > a->x1 || isnan(value[i])) break;
        y = ms_axes_y(a, value[i]);
        cairo_line_to(canvas->cr, x, y);
    }
}

/* Filled rectangle by rectangle, so that the band ends where a bound is not known. */
static void draw_band(ms_canvas *canvas, const ms_axes *a, const ms_plot_curve *c) {
    for (size_t i = 0; i + 1 < c->n && c->time[i] < a->x1; i++) {
        if (isnan(c->lower[i]) || isnan(c->upper[i])) continue;
        double x0 = ms_axes_x(a, c->time[i]), x1 = ms_axes_x(a, fmin(c->time[i + 1], a->x1));
        double y0 = ms_axes_y(a, c->upper[i]), y1 = ms_axes_y(a, c->lower[i]);
        cairo_rectangle(canvas->cr, x0, y0, x1 - x0, y1 - y0);
    }
    cairo_fill(canvas->cr);
}

static void draw_curve(ms_canvas *canvas, const ms_axes *a, const ms_plot_curve *c, size_t at, bool band) {
    if (band && c->lower && c->upper) {
        cairo_set_antialias(canvas->cr, CAIRO_ANTIALIAS_NONE); /* no seams between the rectangles */
        ms_canvas_colour(canvas, ms_canvas_series(canvas, at), 0.15);
        draw_band(canvas, a, c);
        cairo_set_antialias(canvas->cr, CAIRO_ANTIALIAS_DEFAULT);
    }
    ms_canvas_colour(canvas, ms_canvas_series(canvas, at), 1);
    cairo_set_line_width(canvas->cr, 1.4);
    ms_canvas_dash(canvas, at);
    step_path(canvas, a, c, c->surv);
    cairo_stroke(canvas->cr);
    ms_canvas_dash(canvas, 0);
    cairo_set_line_width(canvas->cr, 0.8);
    for (size_t i = 0; i < c->n && c->n_censor; i++) {
        if (!(c->n_censor[i] > 0) || c->time[i] > a->x1) continue;
        double x = ms_axes_x(a, c->time[i]), y = ms_axes_y(a, c->surv[i]);
        ms_canvas_line(canvas, x, y - 2.5, x, y + 2.5);
    }
}

/* At risk just before t. */
static double risk_at(const ms_plot_curve *c, double t) {
    for (size_t i = 0; i < c->n; i++) {
        if (c->time[i] >= t) return i == 0 && t <= 0 ? c->total : c->n_risk[i];
    }
    return 0;
}

static void draw_risk_table(ms_canvas *canvas, const ms_axes *a, const ms_plot_curve *curves, size_t n,
                            double top) {
    double first, step;
    size_t ticks = ms_ticks(a->x0, a->x1, 6, &first, &step);
    cairo_set_source_rgb(canvas->cr, 0.15, 0.15, 0.15);
    ms_canvas_bold(canvas, 8, top, SMALL, MS_LEFT, "At risk");
    for (size_t c = 0; c < n; c++) {
        double y = top + ROW * (double)(c + 1);
        ms_canvas_colour(canvas, ms_canvas_series(canvas, c), 1);
        ms_canvas_text(canvas, 8, y, SMALL, MS_LEFT, curves[c].name);
        cairo_set_source_rgb(canvas->cr, 0.15, 0.15, 0.15);
        for (size_t t = 0; t < ticks; t++) {
            char text[32];
            double value = first + (double)t * step;
            (void)ms_text_format(text, sizeof text, "%.0f", risk_at(&curves[c], value));
            ms_canvas_text(canvas, ms_axes_x(a, value), y, SMALL, MS_CENTRE, text);
        }
    }
}

static void draw_legend(ms_canvas *canvas, const ms_axes *a, const ms_plot_curve *curves, size_t n,
                        const char *note) {
    double widest = 0, y = a->top + 6;
    for (size_t c = 0; c < n; c++) widest = fmax(widest, ms_canvas_text_width(canvas, 8.5, curves[c].name));
    for (size_t c = 0; c < n; c++, y += 12) {
        double x = a->right - widest;
        ms_canvas_colour(canvas, ms_canvas_series(canvas, c), 1);
        cairo_set_line_width(canvas->cr, 1.6);
        ms_canvas_dash(canvas, c);
        ms_canvas_line(canvas, x - 26, y, x - 5, y);
        ms_canvas_dash(canvas, 0);
        cairo_set_source_rgb(canvas->cr, 0.15, 0.15, 0.15);
        ms_canvas_text(canvas, x, y, 8.5, MS_LEFT, curves[c].name);
    }
    if (note) {
        size_t lines = 1;
        for (const char *c = note; *c; c++) lines += *c == '\n';
        ms_canvas_text(canvas, a->left + 8, a->bottom - 8 - 5 * (double)lines, 8.5, MS_LEFT, note);
    }
}

ms_status ms_plot_km(const ms_plot_curve *curves, size_t n, const ms_plot_km_options *options,
                     const char *path, ms_error *err) {
    if (n == 0) return ms_error_set(err, MS_EUSAGE, "%s: no curve to draw", path);
    ms_canvas canvas;
    double table = options->risk_table ? ROW * (double)(n + 1) + 10 : 0;
    const char *title = ms_style_title(options->style, options->title);
    ms_status status =
        ms_canvas_open_style(&canvas, path, options->style, 120 * MS_MM, 85 * MS_MM + table + 36, err);
    if (status != MS_OK) return status;
    double width = canvas.width, height = canvas.height;
    double names = 0;
    for (size_t c = 0; c < n && options->risk_table; c++)
        names = fmax(names, ms_canvas_text_width(&canvas, SMALL, curves[c].name));
    ms_axes axes = {.left = fmax(46, names + 20),
                    .top = title ? 30 : 14,
                    .right = width - 16,
                    .bottom = height - 36 - table,
                    .x1 = isnan(options->x_max) ? last_time(curves, n) : options->x_max,
                    .y1 = 1};
    if (title) {
        double size = 10, wide = ms_canvas_text_width(&canvas, size, title) * 1.1;
        if (wide > width - 16) size *= (width - 16) / wide; /* a long name shrinks rather than being cut */
        ms_canvas_bold(&canvas, width / 2, 14, size, MS_CENTRE, title);
    }
    for (size_t c = 0; c < n; c++) draw_curve(&canvas, &axes, &curves[c], c, options->bands);
    ms_axes_draw(&canvas, &axes, options->x_label ? options->x_label : "Time",
                 options->y_label ? options->y_label : "Survival probability");
    draw_legend(&canvas, &axes, curves, n, options->note);
    if (options->risk_table) draw_risk_table(&canvas, &axes, curves, n, axes.bottom + 40);
    return ms_canvas_close(&canvas, MS_OK, err);
}
