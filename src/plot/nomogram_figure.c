/* A nomogram: one line a scale, its marks labelled below, or above where there is no room. */
#include "myosurv/plot_nomogram.h"
#include "plot/canvas.h"

#include <math.h>
#include <stdlib.h>

#define ROW 28.0
#define SIZE 7.5
#define NAME 8.5
#define GAP 3.0

/* Where a scale lies: points from 0 to `most` between left and right. */
typedef struct ruler {
    double left, right, most;
} ruler;

static double place(const ruler *r, double points) {
    return r->left + (r->right - r->left) * points / r->most;
}

static int by_points(const void *a, const void *b) {
    double x = **(const double *const *)a, y = **(const double *const *)b;
    return (x > y) - (x < y);
}

/* The line from the first mark to the last, ticks, and labels in order of place: below while they fit beside
 * the one before, else above, else none. */
static ms_status draw_scale(ms_canvas *canvas, const ms_plot_scale *s, const ruler *r, double y,
                            ms_error *err) {
    double below = -INFINITY, above = -INFINITY;
    const double **order = ms_calloc(s->n + 1, sizeof(const double *));
    if (!order) return ms_error_nomem(err);
    for (size_t i = 0; i < s->n; i++) order[i] = &s->points[i];
    qsort(order, s->n, sizeof *order, by_points);
    ms_canvas_text(canvas, 6, y, NAME, MS_LEFT, s->name);
    if (s->n) ms_canvas_line(canvas, place(r, *order[0]), y, place(r, *order[s->n - 1]), y);
    for (size_t i = 0; i < s->n; i++) {
        const char *label = s->labels[order[i] - s->points];
        double x = place(r, *order[i]), half = ms_canvas_text_width(canvas, SIZE, label) / 2 + GAP / 2;
        bool down = x - half >= below, up = !down && x - half >= above;
        ms_canvas_line(canvas, x, y, x, up ? y - 3 : y + 3);
        if (down) {
            ms_canvas_text(canvas, x, y + 9, SIZE, MS_CENTRE, label);
            below = x + half;
        } else if (up) {
            ms_canvas_text(canvas, x, y - 9, SIZE, MS_CENTRE, label);
            above = x + half;
        }
    }
    free(order);
    return MS_OK;
}

/* A plain ruler with round numbers, `minor` ticks between two. */
static void draw_ruler(ms_canvas *canvas, const char *name, const ruler *r, double y) {
    double first, step;
    char text[32];
    size_t n = ms_ticks(0, r->most, 10, &first, &step);
    ms_canvas_bold(canvas, 6, y, NAME, MS_LEFT, name);
    ms_canvas_line(canvas, r->left, y, r->right, y);
    for (size_t i = 0; i < n; i++) {
        double value = first + (double)i * step;
        ms_canvas_line(canvas, place(r, value), y, place(r, value), y + 4);
        (void)ms_text_format(text, sizeof text, "%g", value);
        ms_canvas_text(canvas, place(r, value), y + 10, SIZE, MS_CENTRE, text);
        for (size_t k = 1; k < 5; k++) {
            double between = value + step * (double)k / 5;
            if (between <= r->most) ms_canvas_line(canvas, place(r, between), y, place(r, between), y + 2.2);
        }
    }
}

static double widest_name(ms_canvas *canvas, const ms_plot_scale *scales, size_t n, double widest) {
    for (size_t i = 0; i < n; i++) widest = fmax(widest, ms_canvas_text_width(canvas, NAME, scales[i].name));
    return widest;
}

ms_status ms_plot_nomogram(const ms_plot_scale *variables, size_t n_variables, const ms_plot_scale *outcomes,
                           size_t n_outcomes, double most_points, const ms_plot_style *style,
                           const char *path, ms_error *err) {
    ms_canvas canvas;
    const char *title = ms_style_title(style, NULL);
    double top = title ? 36 : 18, height = top + ROW * (double)(2 + n_variables + n_outcomes);
    if (n_variables == 0 || !(most_points > 0))
        return ms_error_set(err, MS_EUSAGE, "%s: no scale to draw", path);
    ms_status status = ms_canvas_open_style(&canvas, path, style, 174 * MS_MM, height, err);
    if (status != MS_OK) return status;
    double row = (canvas.height - top) / (double)(2 + n_variables + n_outcomes), y = top;
    double names = widest_name(&canvas, variables, n_variables,
                               ms_canvas_text_width(&canvas, NAME, "Total points") * 1.1);
    names = widest_name(&canvas, outcomes, n_outcomes, names);
    ruler points = {names + 26, canvas.width - 14, 100}, total = {points.left, points.right, most_points};
    cairo_set_line_width(canvas.cr, 0.8);
    cairo_set_source_rgb(canvas.cr, 0.1, 0.1, 0.1);
    if (title) ms_canvas_bold(&canvas, canvas.width / 2, 14, 10, MS_CENTRE, title);
    draw_ruler(&canvas, "Points", &points, y);
    for (size_t i = 0; i < n_variables && !status; i++)
        status = draw_scale(&canvas, &variables[i], &points, y += row, err);
    draw_ruler(&canvas, "Total points", &total, y += row);
    for (size_t i = 0; i < n_outcomes && !status; i++)
        status = draw_scale(&canvas, &outcomes[i], &total, y += row, err);
    return ms_canvas_close(&canvas, status, err);
}
