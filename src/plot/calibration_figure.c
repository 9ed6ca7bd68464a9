/* Calibration: observed against predicted, with the histogram of the predictions below. */
#include "plot/legend.h"

#include "myosurv/plot_prediction.h"

#include <math.h>
#include <stdlib.h>

enum { BINS = 50 };
#define STRIP 30.0

static void draw_smooth(ms_canvas *canvas, const ms_axes *a, const ms_plot_calibration_input *in,
                        ms_crowd *crowd) {
    size_t n = in->n_grid;
    ms_colour colour = ms_canvas_series(canvas, 0);
    if (n < 2) return;
    for (size_t i = 0; i < n && in->smooth_upper; i++)
        cairo_line_to(canvas->cr, ms_axes_x(a, in->grid[i]), ms_axes_y(a, in->smooth_upper[i]));
    for (size_t i = n; i-- > 0 && in->smooth_lower;)
        cairo_line_to(canvas->cr, ms_axes_x(a, in->grid[i]), ms_axes_y(a, in->smooth_lower[i]));
    cairo_close_path(canvas->cr);
    ms_canvas_colour(canvas, colour, 0.15);
    cairo_fill(canvas->cr);
    ms_canvas_colour(canvas, colour, 1);
    cairo_set_line_width(canvas->cr, 1.5);
    for (size_t i = 0; i < n; i++) {
        double x = ms_axes_x(a, in->grid[i]), y = ms_axes_y(a, in->smooth[i]);
        cairo_line_to(canvas->cr, x, y);
        ms_crowd_add(crowd, x, y);
    }
    cairo_stroke(canvas->cr);
}

static void draw_groups(ms_canvas *canvas, const ms_axes *a, const ms_plot_calibration_input *in,
                        ms_crowd *crowd) {
    ms_canvas_colour(canvas, ms_canvas_series(canvas, 1), 1);
    cairo_set_line_width(canvas->cr, 0.9);
    for (size_t g = 0; g < in->n_groups; g++) {
        if (isnan(in->observed[g]) || isnan(in->predicted[g])) continue;
        double x = ms_axes_x(a, in->predicted[g]), y = ms_axes_y(a, in->observed[g]);
        ms_crowd_add(crowd, x, y);
        if (!isnan(in->lower[g]) && !isnan(in->upper[g])) {
            double low = ms_axes_y(a, in->lower[g]), high = ms_axes_y(a, in->upper[g]);
            ms_canvas_line(canvas, x, low, x, high);
            ms_canvas_line(canvas, x - 2, low, x + 2, low);
            ms_canvas_line(canvas, x - 2, high, x + 2, high);
            for (int k = 0; k <= 8; k++) ms_crowd_add(crowd, x, low + (high - low) * k / 8);
        }
        cairo_arc(canvas->cr, x, y, 2.4, 0, 2 * 3.14159265358979);
        cairo_fill(canvas->cr);
    }
}

/* Bars grow up from `bottom` to at most STRIP. */
static void draw_histogram(ms_canvas *canvas, const ms_axes *a, double bottom,
                           const ms_plot_calibration_input *in) {
    size_t counts[BINS] = {0}, most = 1;
    double low = a->x0, span = a->x1 - a->x0;
    for (size_t i = 0; i < in->n; i++) {
        double place = (in->p[i] - low) / span * BINS;
        size_t bin = place <= 0 ? 0 : place >= BINS ? BINS - 1 : (size_t)place;
        counts[bin]++;
        if (counts[bin] > most) most = counts[bin];
    }
    cairo_set_source_rgb(canvas->cr, 0.55, 0.55, 0.55);
    double width = (a->right - a->left) / BINS;
    for (size_t b = 0; b < BINS; b++) {
        double height = STRIP * (double)counts[b] / (double)most;
        if (counts[b]) height = fmax(height, 0.8);
        cairo_rectangle(canvas->cr, a->left + width * (double)b + 0.3, bottom - height, width - 0.6, height);
    }
    cairo_fill(canvas->cr);
}

/* Both axes alike, from 0 to a round number above all that is drawn. */
static double find_limit(const ms_plot_calibration_input *in) {
    double most = 0.05, first, step;
    for (size_t g = 0; g < in->n_groups; g++) {
        if (!isnan(in->observed[g])) most = fmax(most, fmax(in->observed[g], in->predicted[g]));
        if (!isnan(in->upper[g]) && in->upper[g] < 1.5 * fmax(most, in->observed[g]))
            most = fmax(most, in->upper[g]);
    }
    for (size_t i = 0; i < in->n_grid; i++) most = fmax(most, fmax(in->grid[i], in->smooth[i]));
    for (size_t i = 0; i < in->n; i++) most = fmax(most, in->p[i]);
    (void)ms_ticks(0, most, 5, &first, &step);
    return fmin(1, ceil(most / step - 1e-9) * step);
}

/* The vertical axis is that of the square, the horizontal one is below the histogram: each is drawn by itself
 * with the other cut off. */
static void draw_axes(ms_canvas *canvas, const ms_axes *a, double below,
                      const ms_plot_calibration_input *in) {
    ms_axes frame = *a;
    cairo_save(canvas->cr);
    cairo_rectangle(canvas->cr, 0, 0, a->left + 0.5, a->bottom + 5);
    cairo_clip(canvas->cr);
    ms_axes_draw(canvas, a, NULL, in->y_label);
    cairo_restore(canvas->cr);
    frame.bottom += below;
    cairo_save(canvas->cr);
    cairo_rectangle(canvas->cr, a->left - 0.5, frame.bottom - 0.5, canvas->width, 5.5);
    cairo_rectangle(canvas->cr, 0, frame.bottom + 5, canvas->width, canvas->height);
    cairo_clip(canvas->cr);
    ms_axes_draw(canvas, &frame, in->x_label, NULL);
    cairo_restore(canvas->cr);
    if (below > 0) ms_canvas_line(canvas, a->left, a->bottom, a->left, frame.bottom);
}

static void draw(ms_canvas *canvas, const ms_plot_calibration_input *in, const char *title, ms_crowd *crowd) {
    double limit = find_limit(in), below = in->n ? STRIP + 6 : 0;
    ms_axes a = {.left = 46, .top = ms_title_draw(canvas, title), .x1 = limit, .y1 = limit};
    double side = fmin(canvas->width - 46 - 14, canvas->height - a.top - 36 - below);
    a.right = a.left + side;
    a.bottom = a.top + side;
    cairo_save(canvas->cr); /* an interval may leave the square */
    cairo_rectangle(canvas->cr, a.left, a.top - 1, side + 1, side + 2);
    cairo_clip(canvas->cr);
    ms_axes_diagonal(canvas, &a, 0.45);
    for (int k = 0; k <= 40; k++) ms_crowd_add(crowd, a.left + side * k / 40, a.bottom - side * k / 40);
    draw_smooth(canvas, &a, in, crowd);
    draw_groups(canvas, &a, in, crowd);
    cairo_restore(canvas->cr);
    if (in->n) {
        draw_histogram(canvas, &a, a.bottom + below, in);
        cairo_set_source_rgb(canvas->cr, 0.75, 0.75, 0.75);
        cairo_set_line_width(canvas->cr, 0.6);
        ms_canvas_line(canvas, a.left, a.bottom, a.right, a.bottom);
    }
    draw_axes(canvas, &a, below, in);
    ms_note_draw(canvas, &a, in->note, crowd);
}

ms_status ms_plot_calibration(const ms_plot_calibration_input *input, const ms_plot_style *style,
                              const char *path, ms_error *err) {
    ms_canvas canvas;
    ms_crowd crowd = {0};
    const char *title = ms_style_title(style, input->title);
    double wide = ms_style_width(style, 110 * MS_MM), above = title ? 30 : 14;
    double below = 36 + (input->n ? STRIP + 6 : 0);
    ms_status status =
        ms_canvas_open_style(&canvas, path, style, 110 * MS_MM, wide - 46 - 14 + above + below, err);
    if (status == MS_OK) {
        draw(&canvas, input, title, &crowd);
        status = ms_canvas_close(&canvas, MS_OK, err);
    }
    ms_crowd_clear(&crowd);
    return status;
}
