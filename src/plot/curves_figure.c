/* Many curves in one picture, their names in a list under the axes. */
#include "plot/legend.h"

#include "myosurv/plot_curves.h"

#include <math.h>
#include <string.h>

#define ROW 12.0
#define NAME 8.0
#define KEY 26.0
#define LEFT 50.0
#define RIGHT 16.0
#define PANEL 170.0 /* height of the axes */

void ms_plot_series_options_default(ms_plot_series_options *o) {
    memset(o, 0, sizeof *o);
    o->x_min = o->x_max = o->y_min = o->y_max = o->across = NAN;
}

static void widen(double value, double *lo, double *hi) {
    if (!isfinite(value)) return;
    *lo = fmin(*lo, value);
    *hi = fmax(*hi, value);
}

static void find_limits(const ms_plot_series *series, size_t n, const ms_plot_series_options *o, ms_axes *a) {
    double x0 = INFINITY, x1 = -INFINITY, y0 = INFINITY, y1 = -INFINITY;
    for (size_t s = 0; s < n; s++)
        for (size_t i = 0; i < series[s].n; i++) {
            if (!isfinite(series[s].y[i])) continue;
            widen(series[s].x[i], &x0, &x1);
            widen(series[s].y[i], &y0, &y1);
            if (series[s].lower) widen(series[s].lower[i], &y0, &y1);
            if (series[s].upper) widen(series[s].upper[i], &y0, &y1);
        }
    if (!(x0 <= x1)) x0 = 0, x1 = 1, y0 = 0, y1 = 1;
    const double room = y1 > y0 ? 0.04 * (y1 - y0) : 0.5;
    a->x0 = isnan(o->x_min) ? x0 : o->x_min;
    a->x1 = isnan(o->x_max) ? x1 : o->x_max;
    a->y0 = isnan(o->y_min) ? y0 - room : o->y_min;
    a->y1 = isnan(o->y_max) ? y1 + room : o->y_max;
    if (!(a->x1 > a->x0)) a->x1 = a->x0 + 1;
    if (!(a->y1 > a->y0)) a->y1 = a->y0 + 1;
}

/* Runs of points whose bounds are known. */
static void draw_band(ms_canvas *canvas, const ms_axes *a, const ms_plot_series *s) {
    for (size_t first = 0; first < s->n;) {
        size_t end = first;
        while (end < s->n && isfinite(s->lower[end]) && isfinite(s->upper[end])) end++;
        for (size_t i = first; i < end; i++)
            cairo_line_to(canvas->cr, ms_axes_x(a, s->x[i]), ms_axes_y(a, s->upper[i]));
        for (size_t i = end; i-- > first;)
            cairo_line_to(canvas->cr, ms_axes_x(a, s->x[i]), ms_axes_y(a, s->lower[i]));
        if (end > first) cairo_close_path(canvas->cr);
        cairo_fill(canvas->cr);
        first = end > first ? end : first + 1;
    }
}

static void draw_line(ms_canvas *canvas, const ms_axes *a, const ms_plot_series *s) {
    bool down = false;
    for (size_t i = 0; i < s->n; i++) {
        const bool known = isfinite(s->y[i]);
        if (known)
            (down ? cairo_line_to : cairo_move_to)(canvas->cr, ms_axes_x(a, s->x[i]), ms_axes_y(a, s->y[i]));
        down = known;
    }
    cairo_stroke(canvas->cr);
}

static void draw_points(ms_canvas *canvas, const ms_axes *a, const ms_plot_series *s) {
    ms_canvas_dash(canvas, 0);
    cairo_set_line_width(canvas->cr, 0.9);
    for (size_t i = 0; i < s->n; i++) {
        if (!isfinite(s->y[i])) continue;
        const double x = ms_axes_x(a, s->x[i]), y = ms_axes_y(a, s->y[i]);
        if (s->lower && s->upper && isfinite(s->lower[i]) && isfinite(s->upper[i]))
            ms_canvas_line(canvas, x, ms_axes_y(a, s->lower[i]), x, ms_axes_y(a, s->upper[i]));
        cairo_new_sub_path(canvas->cr);
        cairo_arc(canvas->cr, x, y, 2.4, 0, 2 * 3.14159265358979);
        cairo_fill(canvas->cr);
    }
}

static void draw_all(ms_canvas *canvas, const ms_axes *a, const ms_plot_series *series, size_t n) {
    size_t at[2] = {0, 0};
    cairo_save(canvas->cr);
    cairo_rectangle(canvas->cr, a->left, a->top, a->right - a->left, a->bottom - a->top);
    cairo_clip(canvas->cr);
    for (size_t s = 0, k = 0; s < n; s++) {
        if (series[s].reference) continue;
        ms_canvas_colour(canvas, ms_canvas_series(canvas, k++), 0.15);
        if (series[s].lower && series[s].upper && !series[s].points) draw_band(canvas, a, &series[s]);
    }
    for (size_t s = n; s-- > 0;) at[series[s].reference]++;
    for (size_t s = n; s-- > 0;) { /* the first lies on top */
        const size_t k = --at[series[s].reference];
        ms_canvas_pen(canvas, series[s].reference, k, k == 0 ? 2.2 : 1.3);
        (series[s].points ? draw_points : draw_line)(canvas, a, &series[s]);
    }
    ms_canvas_dash(canvas, 0);
    cairo_restore(canvas->cr);
}

static void draw_guides(ms_canvas *canvas, const ms_axes *a, const ms_plot_series_options *o) {
    static const double dashes[] = {2, 3};
    if (o->diagonal) ms_axes_diagonal(canvas, a, 0.45);
    if (isnan(o->across)) return;
    cairo_set_source_rgb(canvas->cr, 0.5, 0.5, 0.5);
    cairo_set_line_width(canvas->cr, 0.8);
    cairo_set_dash(canvas->cr, dashes, 2, 0);
    ms_canvas_line(canvas, a->left, ms_axes_y(a, o->across), a->right, ms_axes_y(a, o->across));
    cairo_set_dash(canvas->cr, NULL, 0, 0);
}

static double widest_of(const ms_plot_style *style, const ms_plot_series *series, size_t n) {
    double widest = 0;
    for (size_t s = 0; s < n; s++) widest = fmax(widest, ms_style_text_width(style, NAME, series[s].name));
    return widest;
}

static void draw_names(ms_canvas *canvas, double top, size_t columns, const ms_plot_series *series,
                       size_t n) {
    const size_t rows = (n + columns - 1) / columns;
    const double wide = (canvas->width - 24) / (double)columns;
    size_t at[2] = {0, 0};
    for (size_t s = 0; s < n; s++) {
        const double x = 14 + wide * (double)(s / rows), y = top + ROW * ((double)(s % rows) + 0.5);
        double size = NAME, width = ms_canvas_text_width(canvas, size, series[s].name);
        if (width > wide - KEY - 4) size *= (wide - KEY - 4) / width;
        const size_t k = at[series[s].reference]++;
        ms_canvas_pen(canvas, series[s].reference, k, k == 0 ? 2.2 : 1.3);
        if (series[s].points) {
            cairo_new_sub_path(canvas->cr);
            cairo_arc(canvas->cr, x + KEY / 2 - 2, y, 2.4, 0, 2 * 3.14159265358979);
            cairo_fill(canvas->cr);
        } else {
            ms_canvas_line(canvas, x, y, x + KEY - 5, y);
        }
        ms_canvas_dash(canvas, 0);
        cairo_set_source_rgb(canvas->cr, 0.15, 0.15, 0.15);
        ms_canvas_text(canvas, x + KEY, y, size, MS_LEFT, series[s].name);
    }
}

ms_status ms_plot_series_draw(const ms_plot_series *series, size_t n, const ms_plot_series_options *o,
                              const char *path, ms_error *err) {
    if (n == 0) return ms_error_set(err, MS_EUSAGE, "%s: no curve to draw", path);
    ms_canvas canvas;
    const char *title = ms_style_title(o->style, o->title);
    const double wide = ms_style_width(o->style, 120 * MS_MM);
    const size_t columns = widest_of(o->style, series, n) + KEY + 4 < (wide - 24) / 2 ? 2 : 1;
    const double below = 40 + ROW * (double)((n + columns - 1) / columns) + 6;
    const double panel = o->diagonal ? wide - LEFT - RIGHT : PANEL; /* a diagonal wants a square */
    ms_status status = ms_canvas_open_style(&canvas, path, o->style, 120 * MS_MM,
                                            (title && *title ? 30 : 14) + panel + below, err);
    if (status != MS_OK) return status;
    ms_axes axes = {.left = LEFT,
                    .top = ms_title_draw(&canvas, title),
                    .right = canvas.width - RIGHT,
                    .bottom = canvas.height - below};
    find_limits(series, n, o, &axes);
    draw_guides(&canvas, &axes, o);
    draw_all(&canvas, &axes, series, n);
    ms_axes_draw(&canvas, &axes, o->x_label, o->y_label);
    draw_names(&canvas, axes.bottom + 40, columns, series, n);
    return ms_canvas_close(&canvas, MS_OK, err);
}
