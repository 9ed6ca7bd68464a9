/* Decision curves: net benefit against the threshold probability. Treat-all and treat-none are thin and
 * without colour, so that the models stand out; bands are pale and bounded by nothing, as several overlap. */
#include "myosurv/plot_decision.h"
#include "plot/canvas.h"

#include <math.h>
#include <stdlib.h>

#define NAME_SIZE 8.5

void ms_plot_decision_options_default(ms_plot_decision_options *options) {
    *options = (ms_plot_decision_options){.y_min = NAN, .y_max = NAN};
}

/* Runs of points that are known, so that a gap in a bound does not close the band across it. */
static void draw_band(ms_canvas *canvas, const ms_axes *a, const double *x, size_t n,
                      const ms_plot_strategy *s) {
    for (size_t first = 0; first < n;) {
        size_t end = first;
        while (end < n && !isnan(s->lower[end]) && !isnan(s->upper[end])) end++;
        for (size_t i = first; i < end; i++)
            cairo_line_to(canvas->cr, ms_axes_x(a, x[i]), ms_axes_y(a, s->upper[i]));
        for (size_t i = end; i-- > first;)
            cairo_line_to(canvas->cr, ms_axes_x(a, x[i]), ms_axes_y(a, s->lower[i]));
        if (end > first) cairo_close_path(canvas->cr);
        cairo_fill(canvas->cr);
        first = end > first ? end : first + 1;
    }
}

static void draw_line(ms_canvas *canvas, const ms_axes *a, const double *x, size_t n, const double *y) {
    bool pen_down = false;
    for (size_t i = 0; i < n; i++) {
        bool known = isfinite(y[i]);
        if (known)
            (pen_down ? cairo_line_to : cairo_move_to)(canvas->cr, ms_axes_x(a, x[i]), ms_axes_y(a, y[i]));
        pen_down = known;
    }
    cairo_stroke(canvas->cr);
}

static void extent(const ms_plot_strategy *strategies, size_t n, size_t n_thresholds,
                   const ms_plot_decision_options *o, ms_axes *a) {
    double most = 0;
    for (size_t s = 0; s < n; s++)
        for (size_t i = 0; i < n_thresholds; i++) {
            double top = strategies[s].upper ? strategies[s].upper[i] : strategies[s].value[i];
            if (isfinite(top)) most = fmax(most, top);
            if (isfinite(strategies[s].value[i])) most = fmax(most, strategies[s].value[i]);
        }
    if (!(most > 0)) most = 0.1;
    a->y1 = isnan(o->y_max) ? 1.04 * most : o->y_max;
    a->y0 = isnan(o->y_min) ? -0.1 * most : o->y_min;
}

/* Is the upper right corner taken? */
static bool ends_high(const ms_axes *a, const ms_plot_strategy *strategies, size_t n, size_t n_thresholds) {
    for (size_t s = 0; s < n; s++)
        if (strategies[s].value[n_thresholds - 1] > (a->y0 + a->y1) / 2) return true;
    return false;
}

static void draw_legend(ms_canvas *canvas, const ms_axes *a, const ms_plot_strategy *strategies, size_t n,
                        size_t n_thresholds) {
    double widest = 0, top = a->top, y;
    size_t at[2] = {0, 0};
    if (ends_high(a, strategies, n, n_thresholds)) top = a->bottom - 12 * (double)n - 8;
    y = top + 6;
    for (size_t s = 0; s < n; s++)
        widest = fmax(widest, ms_canvas_text_width(canvas, NAME_SIZE, strategies[s].name));
    double x = a->right - widest - 4;
    cairo_set_source_rgba(canvas->cr, 1, 1, 1, 0.8);
    cairo_rectangle(canvas->cr, x - 30, top, widest + 34, 12 * (double)n + 2);
    cairo_fill(canvas->cr);
    for (size_t s = 0; s < n; s++, y += 12) {
        ms_canvas_pen(canvas, strategies[s].reference, at[strategies[s].reference]++, 1.5);
        ms_canvas_line(canvas, x - 26, y, x - 5, y);
        ms_canvas_dash(canvas, 0);
        cairo_set_source_rgb(canvas->cr, 0.15, 0.15, 0.15);
        ms_canvas_text(canvas, x, y, NAME_SIZE, MS_LEFT, strategies[s].name);
    }
}

static void draw_strategies(ms_canvas *canvas, const ms_axes *a, const double *percent, size_t n_thresholds,
                            const ms_plot_strategy *strategies, size_t n) {
    size_t at[2] = {0, 0};
    cairo_save(canvas->cr);
    cairo_rectangle(canvas->cr, a->left, a->top, a->right - a->left, a->bottom - a->top);
    cairo_clip(canvas->cr);
    for (size_t s = 0, k = 0; s < n; s++) {
        if (strategies[s].reference) continue;
        ms_canvas_colour(canvas, ms_canvas_series(canvas, k++), 0.15);
        if (strategies[s].lower && strategies[s].upper)
            draw_band(canvas, a, percent, n_thresholds, &strategies[s]);
    }
    for (size_t s = 0; s < n; s++) {
        ms_canvas_pen(canvas, strategies[s].reference, at[strategies[s].reference]++, 1.5);
        draw_line(canvas, a, percent, n_thresholds, strategies[s].value);
    }
    ms_canvas_dash(canvas, 0);
    cairo_restore(canvas->cr);
}

ms_status ms_plot_decision(const double *threshold, size_t n_thresholds, const ms_plot_strategy *strategies,
                           size_t n, const ms_plot_decision_options *options, const char *path,
                           ms_error *err) {
    ms_canvas canvas;
    const char *title = ms_style_title(options->style, options->title);
    if (n == 0 || n_thresholds < 2)
        return ms_error_set(err, MS_EUSAGE, "%s: two thresholds or more are needed for a curve", path);
    double *percent = ms_calloc(n_thresholds, sizeof *percent);
    if (!percent) return ms_error_nomem(err);
    for (size_t i = 0; i < n_thresholds; i++) percent[i] = 100 * threshold[i];
    ms_status status = ms_canvas_open_style(&canvas, path, options->style, 120 * MS_MM, 85 * MS_MM, err);
    if (status != MS_OK) goto cleanup;
    ms_axes axes = {.left = 52,
                    .top = title ? 30 : 14,
                    .right = canvas.width - 16,
                    .bottom = canvas.height - 36,
                    .x0 = percent[0] < 5 ? 0 : percent[0],
                    .x1 = percent[n_thresholds - 1] >= 99 ? 100 : percent[n_thresholds - 1]};
    extent(strategies, n, n_thresholds, options, &axes);
    if (title) ms_canvas_bold(&canvas, canvas.width / 2, 14, 10, MS_CENTRE, title);
    draw_strategies(&canvas, &axes, percent, n_thresholds, strategies, n);
    ms_axes_draw(&canvas, &axes, options->x_label ? options->x_label : "Threshold probability (%)",
                 options->y_label ? options->y_label : "Net benefit");
    draw_legend(&canvas, &axes, strategies, n, n_thresholds);
    status = ms_canvas_close(&canvas, MS_OK, err);
cleanup:
    free(percent);
    return status;
}
