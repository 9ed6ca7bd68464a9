/* A number over time with its pointwise band: AUC(t), prediction error. */
#include "plot/legend.h"

#include "myosurv/plot_prediction.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ms_plot_bands_options_default(ms_plot_bands_options *options) {
    memset(options, 0, sizeof *options);
    options->y_min = options->y_max = options->reference = NAN;
}

static void widen(double value, double *lo, double *hi) {
    if (!isfinite(value)) return;
    *lo = fmin(*lo, value);
    *hi = fmax(*hi, value);
}

/* From the data where the options leave it open; round numbers outwards. */
static void find_limits(const ms_plot_band *bands, size_t n, const ms_plot_bands_options *o, ms_axes *a) {
    double x0 = INFINITY, x1 = -INFINITY, y0 = INFINITY, y1 = -INFINITY;
    for (size_t b = 0; b < n; b++)
        for (size_t i = 0; i < bands[b].n; i++) {
            if (isnan(bands[b].y[i])) continue;
            widen(bands[b].x[i], &x0, &x1);
            widen(bands[b].y[i], &y0, &y1);
            if (bands[b].lower) widen(bands[b].lower[i], &y0, &y1);
            if (bands[b].upper) widen(bands[b].upper[i], &y0, &y1);
        }
    widen(o->reference, &y0, &y1);
    if (!(x0 <= x1)) x0 = 0, x1 = 1, y0 = 0, y1 = 1;
    double first, step;
    (void)ms_ticks(y0, y1 > y0 ? y1 : y0 + 1, 5, &first, &step);
    a->y0 = isnan(o->y_min) ? floor(y0 / step + 1e-9) * step : o->y_min;
    a->y1 = isnan(o->y_max) ? ceil(y1 / step - 1e-9) * step : o->y_max;
    if (!(a->y1 > a->y0)) a->y1 = a->y0 + 1;
    double pad = x1 > x0 ? 0.02 * (x1 - x0) : 1;
    a->x0 = x0 <= 0.25 * x1 && x0 >= 0 ? 0 : x0 - pad;
    a->x1 = x1 + pad;
}

static double clamp_y(const ms_axes *a, double value) {
    return ms_axes_y(a, fmin(fmax(value, a->y0), a->y1));
}

static void draw_band(ms_canvas *canvas, const ms_axes *a, const ms_plot_band *b) {
    for (size_t i = 0; i + 1 < b->n; i++) {
        size_t j = b->step ? i : i + 1;
        double values[] = {b->lower[i], b->upper[i], b->lower[j], b->upper[j]};
        if (isnan(values[0]) || isnan(values[1]) || isnan(values[2]) || isnan(values[3])) continue;
        double x0 = ms_axes_x(a, b->x[i]), x1 = ms_axes_x(a, b->x[i + 1]);
        cairo_move_to(canvas->cr, x0, clamp_y(a, b->lower[i]));
        cairo_line_to(canvas->cr, x0, clamp_y(a, b->upper[i]));
        cairo_line_to(canvas->cr, x1, clamp_y(a, b->upper[j]));
        cairo_line_to(canvas->cr, x1, clamp_y(a, b->lower[j]));
        cairo_close_path(canvas->cr);
    }
    cairo_fill(canvas->cr);
}

static void draw_line(ms_canvas *canvas, const ms_axes *a, const ms_plot_band *b) {
    bool down = false;
    double before = 0;
    for (size_t i = 0; i < b->n; i++) {
        if (isnan(b->y[i])) {
            down = false;
            continue;
        }
        double x = ms_axes_x(a, b->x[i]), y = clamp_y(a, b->y[i]);
        if (down && b->step) cairo_line_to(canvas->cr, x, before);
        if (down)
            cairo_line_to(canvas->cr, x, y);
        else
            cairo_move_to(canvas->cr, x, y);
        down = true;
        before = y;
    }
    cairo_stroke(canvas->cr);
}

static void draw_series(ms_canvas *canvas, const ms_axes *a, const ms_plot_band *b, size_t series,
                        ms_crowd *crowd) {
    ms_colour colour = ms_canvas_series(canvas, series);
    if (b->lower && b->upper) {
        cairo_set_antialias(canvas->cr, CAIRO_ANTIALIAS_NONE); /* no seams between the pieces */
        ms_canvas_colour(canvas, colour, 0.15);
        draw_band(canvas, a, b);
        cairo_set_antialias(canvas->cr, CAIRO_ANTIALIAS_DEFAULT);
    }
    ms_canvas_colour(canvas, colour, 1);
    cairo_set_line_width(canvas->cr, 1.4);
    ms_canvas_dash(canvas, series);
    draw_line(canvas, a, b);
    ms_canvas_dash(canvas, 0);
    double before_x = NAN, before_y = NAN;
    for (size_t i = 0; i < b->n; i++) {
        if (isnan(b->y[i])) continue;
        double x = ms_axes_x(a, b->x[i]), y = clamp_y(a, b->y[i]);
        if (i && !isnan(before_x)) ms_crowd_line(crowd, before_x, before_y, x, y);
        before_x = x;
        before_y = y;
        if (b->lower) ms_crowd_add(crowd, x, clamp_y(a, b->lower[i]));
        if (b->upper) ms_crowd_add(crowd, x, clamp_y(a, b->upper[i]));
        if (!b->marks) continue;
        cairo_arc(canvas->cr, x, y, 2.2, 0, 2 * 3.14159265358979);
        cairo_fill(canvas->cr);
    }
}

static void draw_reference(ms_canvas *canvas, const ms_axes *a, double value) {
    const double dashes[] = {2, 3};
    if (isnan(value)) return;
    cairo_set_source_rgb(canvas->cr, 0.55, 0.55, 0.55);
    cairo_set_line_width(canvas->cr, 0.8);
    cairo_set_dash(canvas->cr, dashes, 2, 0);
    ms_canvas_line(canvas, a->left, ms_axes_y(a, value), a->right, ms_axes_y(a, value));
    cairo_set_dash(canvas->cr, NULL, 0, 0);
}

ms_status ms_plot_bands(const ms_plot_band *bands, size_t n, const ms_plot_bands_options *options,
                        const char *path, ms_error *err) {
    if (n == 0) return ms_error_set(err, MS_EUSAGE, "%s: no curve to draw", path);
    ms_canvas canvas;
    ms_crowd crowd = {0};
    ms_legend_row *rows = ms_calloc(n, sizeof *rows);
    if (!rows) return ms_error_nomem(err);
    const char *title = ms_style_title(options->style, options->title);
    ms_status status = ms_canvas_open_style(&canvas, path, options->style, 120 * MS_MM, 80 * MS_MM, err);
    if (status == MS_OK) {
        ms_axes axes = {.left = 50,
                        .top = ms_title_draw(&canvas, title),
                        .right = canvas.width - 16,
                        .bottom = canvas.height - 36};
        find_limits(bands, n, options, &axes);
        draw_reference(&canvas, &axes, options->reference);
        for (size_t i = 0; i < n; i++) {
            draw_series(&canvas, &axes, &bands[i], i, &crowd);
            rows[i] = (ms_legend_row){.name = bands[i].name, .series = i};
        }
        ms_axes_draw(&canvas, &axes, options->x_label, options->y_label);
        ms_legend_draw(&canvas, &axes, rows, n, &crowd);
        status = ms_canvas_close(&canvas, MS_OK, err);
    }
    ms_crowd_clear(&crowd);
    free(rows);
    return status;
}
