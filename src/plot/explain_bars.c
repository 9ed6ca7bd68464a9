/* Importance as bars, and one patient's contributions as a waterfall. */
#include "plot/explain.h"

#include <math.h>
#include <stdlib.h>

static const char **take_names(const char *first, const void *items, size_t n, size_t size,
                               const char *last) {
    const size_t all = n + (first != NULL) + (last != NULL);
    const char **names = ms_calloc(all, sizeof *names);
    size_t at = 0;
    if (!names) return NULL;
    if (first) names[at++] = first;
    for (size_t i = 0; i < n; i++) /* the name is the first member of an item */
        names[at++] = *(const char *const *)(const void *)((const char *)items + i * size);
    if (last) names[at++] = last;
    return names;
}

static void whisker(ms_canvas *canvas, const ms_axes *a, double value, double error, double y) {
    if (!(error > 0)) return;
    cairo_set_source_rgb(canvas->cr, 0.1, 0.1, 0.1);
    cairo_set_line_width(canvas->cr, 0.7);
    ms_canvas_line(canvas, ms_axes_x(a, value - error), y, ms_axes_x(a, value + error), y);
}

ms_status ms_plot_importance(const ms_plot_bar *bars, size_t n, const char *title, const char *x_label,
                             const char *note, const char *path, ms_error *err) {
    ms_row_page page;
    if (n == 0) return ms_error_set(err, MS_EUSAGE, "%s: there is nothing to draw", path);
    const char **names = take_names(NULL, bars, n, sizeof *bars, NULL);
    if (!names) return ms_error_nomem(err);
    ms_status status = ms_row_page_open(&page, names, n, 46, title, note, path, err);
    if (status != MS_OK) {
        free(names);
        return status;
    }
    for (size_t i = 0; i < n; i++) {
        const double error = bars[i].error > 0 ? bars[i].error : 0;
        ms_row_page_take(&page, bars[i].value - error);
        ms_row_page_take(&page, bars[i].value + error);
    }
    ms_row_page_frame(&page, names, n, 0, x_label);
    for (size_t i = 0; i < n; i++) {
        const double y = ms_row_page_y(&page, i), zero = ms_axes_x(&page.axes, 0),
                     x = ms_axes_x(&page.axes, bars[i].value);
        char text[32];
        if (!isfinite(bars[i].value)) continue;
        ms_canvas_colour(&page.canvas, ms_palette(4), 1);
        cairo_rectangle(page.canvas.cr, fmin(zero, x), y - page.row * 0.34, fabs(x - zero), page.row * 0.68);
        cairo_fill(page.canvas.cr);
        whisker(&page.canvas, &page.axes, bars[i].value, bars[i].error, y);
        cairo_set_source_rgb(page.canvas.cr, 0.1, 0.1, 0.1);
        (void)ms_text_format(text, sizeof text, "%.3g", bars[i].value);
        ms_canvas_text(&page.canvas, page.axes.right + 42, y, 7, MS_RIGHT, text);
    }
    free(names);
    return ms_canvas_close(&page.canvas, MS_OK, err);
}

/* The bar from `from` to `to` ends in a point that says where it goes. */
static void arrow(ms_row_page *page, double from, double to, double y) {
    cairo_t *cr = page->canvas.cr;
    const double x0 = ms_axes_x(&page->axes, from), x1 = ms_axes_x(&page->axes, to), half = page->row * 0.36,
                 point = fmin(fabs(x1 - x0), 3.5), neck = x1 > x0 ? x1 - point : x1 + point;
    ms_canvas_colour(&page->canvas, to > from ? ms_raises : ms_lowers, 1);
    cairo_move_to(cr, x0, y - half);
    cairo_line_to(cr, neck, y - half);
    cairo_line_to(cr, x1, y);
    cairo_line_to(cr, neck, y + half);
    cairo_line_to(cr, x0, y + half);
    cairo_close_path(cr);
    cairo_fill(cr);
}

/* So many that the largest step has three figures. */
static int decimals(const ms_plot_step *steps, size_t n) {
    double most = 0;
    for (size_t i = 0; i < n; i++) most = fmax(most, fabs(steps[i].contribution));
    if (!(most > 0)) return 3;
    return (int)fmin(fmax(2 - floor(log10(most)), 3), 8);
}

static void draw_level(ms_row_page *page, double value, size_t row, int digits) {
    char text[48];
    const double x = ms_axes_x(&page->axes, value), y = ms_row_page_y(page, row);
    cairo_set_source_rgb(page->canvas.cr, 0.1, 0.1, 0.1);
    cairo_set_line_width(page->canvas.cr, 1.6);
    ms_canvas_line(&page->canvas, x, y - page->row * 0.42, x, y + page->row * 0.42);
    (void)ms_text_format(text, sizeof text, "%.*f", digits, value);
    ms_canvas_bold(&page->canvas, page->axes.right + 62, y, 7, MS_RIGHT, text);
}

ms_status ms_plot_waterfall(double baseline, const ms_plot_step *steps, size_t n, const char *title,
                            const char *x_label, const char *note, const char *path, ms_error *err) {
    ms_row_page page;
    const char **names = take_names("baseline", steps, n, sizeof *steps, "risk of this patient");
    if (!names) return ms_error_nomem(err);
    ms_status status = ms_row_page_open(&page, names, n + 2, 66, title, note, path, err);
    if (status != MS_OK) {
        free(names);
        return status;
    }
    const int digits = decimals(steps, n);
    double at = baseline;
    page.axes.x0 = page.axes.x1 = baseline;
    for (size_t i = 0; i < n; i++) ms_row_page_take(&page, at += steps[i].contribution);
    ms_row_page_frame(&page, names, n + 2, baseline, x_label);
    draw_level(&page, baseline, 0, digits);
    at = baseline;
    for (size_t i = 0; i < n; i++) {
        const double next = at + steps[i].contribution, y = ms_row_page_y(&page, i + 1);
        char text[64];
        cairo_set_source_rgb(page.canvas.cr, 0.75, 0.75, 0.75);
        cairo_set_line_width(page.canvas.cr, 0.6);
        ms_canvas_line(&page.canvas, ms_axes_x(&page.axes, next), y, ms_axes_x(&page.axes, next),
                       y + page.row);
        arrow(&page, at, next, y);
        if (steps[i].error > 0)
            (void)ms_text_format(text, sizeof text, "%+.*f \u00b1%.*f", digits, steps[i].contribution, digits,
                                 steps[i].error);
        else
            (void)ms_text_format(text, sizeof text, "%+.*f", digits, steps[i].contribution);
        ms_canvas_colour(&page.canvas, steps[i].contribution > 0 ? ms_raises : ms_lowers, 1);
        ms_canvas_text(&page.canvas, page.axes.right + 62, y, 7, MS_RIGHT, text);
        at = next;
    }
    draw_level(&page, at, n + 1, digits);
    free(names);
    return ms_canvas_close(&page.canvas, MS_OK, err);
}
