/* Risks by group: histograms one above the other, the events dark, with the cut-point through all of them. */
#include "plot/legend.h"

#include "myosurv/plot_curves.h"

#include <math.h>

#define LEFT 40.0
#define RIGHT 16.0
#define BAR 46.0   /* the tallest */
#define ABOVE 18.0 /* room for a group's name */
#define FOOT 58.0  /* axis and legend */

static void fill_bar(ms_canvas *canvas, const ms_axes *a, const double *edge, double from, double to) {
    const double x0 = ms_axes_x(a, edge[0]), x1 = ms_axes_x(a, edge[1]), y = ms_axes_y(a, to);
    cairo_rectangle(canvas->cr, x0 + 0.3, y, fmax(0.4, x1 - x0 - 0.6), ms_axes_y(a, from) - y);
    cairo_fill(canvas->cr);
}

static void set_colour(ms_canvas *canvas, bool event) {
    ms_canvas_colour(canvas, ms_canvas_series(canvas, event ? 1 : 0), event ? 0.95 : 0.35);
}

static void draw_group(ms_canvas *canvas, const ms_plot_risk *r, size_t g, double top) {
    const ms_plot_risk_group *group = &r->groups[g];
    double most = 1;
    for (size_t b = 0; b < r->n_bins; b++) most = fmax(most, group->all[b]);
    const ms_axes a = {.left = LEFT,
                       .top = top + ABOVE,
                       .right = canvas->width - RIGHT,
                       .bottom = top + ABOVE + BAR,
                       .x0 = r->edge[0],
                       .x1 = r->edge[r->n_bins],
                       .y1 = most};
    cairo_set_source_rgb(canvas->cr, 0.15, 0.15, 0.15);
    ms_canvas_text(canvas, LEFT, top + ABOVE / 2 + 2, 8.5, MS_LEFT, group->name);
    for (size_t b = 0; b < r->n_bins; b++) {
        if (!(group->all[b] > 0)) continue;
        set_colour(canvas, false);
        fill_bar(canvas, &a, r->edge + b, group->events[b], group->all[b]);
        if (!(group->events[b] > 0)) continue;
        set_colour(canvas, true);
        fill_bar(canvas, &a, r->edge + b, 0, group->events[b]);
    }
    cairo_set_source_rgb(canvas->cr, 0.6, 0.6, 0.6);
    cairo_set_line_width(canvas->cr, 0.6);
    ms_canvas_line(canvas, a.left, a.bottom, a.right, a.bottom);
    char text[32];
    (void)ms_text_format(text, sizeof text, "%.0f", most);
    cairo_set_source_rgb(canvas->cr, 0.35, 0.35, 0.35);
    ms_canvas_text(canvas, LEFT - 5, a.top + 3, 7.5, MS_RIGHT, text);
    ms_canvas_text(canvas, LEFT - 5, a.bottom - 2, 7.5, MS_RIGHT, "0");
}

static void cut_pen(ms_canvas *canvas) {
    cairo_set_source_rgb(canvas->cr, 0.1, 0.1, 0.1);
    cairo_set_line_width(canvas->cr, 1);
    ms_canvas_dash(canvas, 1);
}

static void draw_legend(ms_canvas *canvas, const ms_plot_risk *r, double y) {
    static const char *const names[] = {"with the event", "without"};
    double x = LEFT;
    for (size_t k = 0; k < 2; k++) {
        set_colour(canvas, k == 0);
        cairo_rectangle(canvas->cr, x, y - 4, 10, 8);
        cairo_fill(canvas->cr);
        cairo_set_source_rgb(canvas->cr, 0.15, 0.15, 0.15);
        ms_canvas_text(canvas, x + 14, y, 8, MS_LEFT, names[k]);
        x += 26 + ms_canvas_text_width(canvas, 8, names[k]);
    }
    if (isnan(r->cutpoint) || !r->cutpoint_label) return;
    cut_pen(canvas);
    ms_canvas_line(canvas, x, y, x + 20, y);
    ms_canvas_dash(canvas, 0);
    cairo_set_source_rgb(canvas->cr, 0.15, 0.15, 0.15);
    ms_canvas_text(canvas, x + 25, y, 8, MS_LEFT, r->cutpoint_label);
}

/* The horizontal axis alone: what the vertical one would draw is cut off. */
static void draw_axis(ms_canvas *canvas, const ms_axes *a, const char *label) {
    cairo_save(canvas->cr);
    cairo_rectangle(canvas->cr, a->left - 0.5, a->bottom - 0.5, canvas->width, 5.5);
    cairo_rectangle(canvas->cr, 0, a->bottom + 5, canvas->width, canvas->height);
    cairo_clip(canvas->cr);
    ms_axes_draw(canvas, a, label, NULL);
    cairo_restore(canvas->cr);
}

ms_status ms_plot_risks(const ms_plot_risk *r, const char *path, ms_error *err) {
    if (r->n_groups == 0 || r->n_bins == 0) return ms_error_set(err, MS_EUSAGE, "%s: no group to draw", path);
    ms_canvas canvas;
    const char *title = ms_style_title(r->style, r->title);
    const double above = title && *title ? 30 : 14, each = ABOVE + BAR + 4;
    ms_status status = ms_canvas_open_style(&canvas, path, r->style, 120 * MS_MM,
                                            above + each * (double)r->n_groups + FOOT, err);
    if (status != MS_OK) return status;
    double top = ms_title_draw(&canvas, title);
    const double first = top;
    for (size_t g = 0; g < r->n_groups; g++, top += each) draw_group(&canvas, r, g, top);
    const ms_axes axis = {.left = LEFT,
                          .top = first,
                          .right = canvas.width - RIGHT,
                          .bottom = top,
                          .x0 = r->edge[0],
                          .x1 = r->edge[r->n_bins],
                          .y1 = 1};
    if (!isnan(r->cutpoint)) {
        cut_pen(&canvas);
        for (size_t g = 0; g < r->n_groups; g++) {
            const double x = ms_axes_x(&axis, r->cutpoint), y = first + each * (double)g + ABOVE;
            ms_canvas_line(&canvas, x, y, x, y + BAR);
        }
        ms_canvas_dash(&canvas, 0);
    }
    draw_axis(&canvas, &axis, r->x_label);
    draw_legend(&canvas, r, canvas.height - 12);
    return ms_canvas_close(&canvas, MS_OK, err);
}
