/* ROC curves in a square. */
#include "plot/legend.h"

#include "myosurv/plot_prediction.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Points nearer than this to the last one drawn add nothing to see. */
#define NEAR 0.0008
/* More curves than that have their legend below. */
#define INSIDE 4

static void draw_curve(ms_canvas *canvas, const ms_axes *a, const ms_plot_roc_curve *c, size_t series,
                       ms_crowd *crowd) {
    double x = 0, y = 0;
    ms_canvas_colour(canvas, ms_canvas_series(canvas, series), 1);
    cairo_set_line_width(canvas->cr, 1.4);
    ms_canvas_dash(canvas, series);
    for (size_t i = 0; i < c->n; i++) {
        bool last = i + 1 == c->n;
        if (i && !last && fabs(c->fpr[i] - x) < NEAR && fabs(c->tpr[i] - y) < NEAR) continue;
        double px = ms_axes_x(a, c->fpr[i]), py = ms_axes_y(a, c->tpr[i]);
        if (i == 0)
            cairo_move_to(canvas->cr, px, py);
        else
            cairo_line_to(canvas->cr, px, py);
        ms_crowd_line(crowd, ms_axes_x(a, x), ms_axes_y(a, y), px, py);
        x = c->fpr[i];
        y = c->tpr[i];
    }
    cairo_stroke(canvas->cr);
    ms_canvas_dash(canvas, 0);
}

/* Few curves with names that leave room; else the legend is below. Widths are guessed: no page is open yet.
 */
static bool fits_inside(const ms_plot_roc_curve *curves, size_t n, double side) {
    size_t longest = 0;
    for (size_t i = 0; i < n; i++) {
        size_t length = strlen(curves[i].name);
        if (length > longest) longest = length;
    }
    return n <= INSIDE && 26 + 4.4 * (double)longest < 0.75 * side;
}

ms_status ms_plot_roc(const ms_plot_roc_curve *curves, size_t n, const char *title,
                      const ms_plot_style *style, const char *path, ms_error *err) {
    if (n == 0) return ms_error_set(err, MS_EUSAGE, "%s: no curve to draw", path);
    ms_canvas canvas;
    ms_crowd crowd = {0};
    ms_legend_row *rows = ms_calloc(n, sizeof *rows);
    if (!rows) return ms_error_nomem(err);
    title = ms_style_title(style, title);
    double wide = ms_style_width(style, 110 * MS_MM), above = title ? 30 : 14;
    bool inside = fits_inside(curves, n, wide - 46 - 14);
    double below = 36 + (inside ? 0 : 12 * (double)n + 4);
    ms_status status =
        ms_canvas_open_style(&canvas, path, style, 110 * MS_MM, wide - 46 - 14 + above + below, err);
    if (status == MS_OK) {
        ms_axes axes = {.left = 46, .top = ms_title_draw(&canvas, title), .x1 = 1, .y1 = 1};
        double side = fmin(canvas.width - 46 - 14, canvas.height - axes.top - below);
        axes.right = axes.left + side;
        axes.bottom = axes.top + side;
        ms_axes_diagonal(&canvas, &axes, 0.55);
        for (size_t i = 0; i < n; i++) {
            draw_curve(&canvas, &axes, &curves[i], i, &crowd);
            rows[i] = (ms_legend_row){.name = curves[i].name, .series = i};
        }
        ms_axes_draw(&canvas, &axes, "1 - specificity", "Sensitivity");
        if (inside)
            ms_legend_draw(&canvas, &axes, rows, n, &crowd);
        else
            ms_legend_at(&canvas, axes.left, axes.bottom + 36, side, rows, n);
        status = ms_canvas_close(&canvas, MS_OK, err);
    }
    ms_crowd_clear(&crowd);
    free(rows);
    return status;
}
