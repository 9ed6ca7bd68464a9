/* The page that figures of explanations are drawn on: rows with names, one axis below. */
#include "plot/explain.h"

#include <math.h>

#define SIZE 7.5
#define WIDTH (174 * MS_MM)

const ms_colour ms_raises = {0.80, 0.15, 0.18}, ms_lowers = {0.16, 0.40, 0.75};

ms_colour ms_diverging(double t) {
    static const ms_colour low = {0.085, 0.300, 0.850}, middle = {0.93, 0.93, 0.93},
                           high = {0.780, 0.030, 0.110};
    const double a = fmin(fabs(t), 1);
    const ms_colour *end = t < 0 ? &low : &high;
    return (ms_colour){middle.r + a * (end->r - middle.r), middle.g + a * (end->g - middle.g),
                       middle.b + a * (end->b - middle.b)};
}

ms_status ms_row_page_open(ms_row_page *page, const char *const *names, size_t n, double right,
                           const char *title, const char *note, const char *path, ms_error *err) {
    double widest = 0;
    for (size_t i = 0; i < n; i++) widest = fmax(widest, ms_style_text_width(NULL, SIZE, names[i]));
    widest = fmin(widest, WIDTH * 0.55);
    const double top = title ? 30 : 12, row = n > 40 ? 9 : 13, bottom = top + row * (double)n + 4;
    const double note_height = note ? ms_paragraph_height(WIDTH - 24, 7, note) + 6 : 0;
    *page = (ms_row_page){.row = row, .note_top = bottom + 38, .note_width = WIDTH - 24, .note = note};
    page->axes =
        (ms_axes){.left = widest + 20, .right = WIDTH - right, .top = top, .bottom = bottom, .y1 = 1};
    const ms_status status = ms_canvas_open(&page->canvas, path, WIDTH, bottom + 38 + note_height, err);
    if (status != MS_OK) return status;
    cairo_set_source_rgb(page->canvas.cr, 0.1, 0.1, 0.1);
    if (title) ms_canvas_bold(&page->canvas, WIDTH / 2, 14, 9.5, MS_CENTRE, title);
    return MS_OK;
}

double ms_row_page_y(const ms_row_page *page, size_t i) {
    return page->axes.top + page->row * ((double)i + 0.5);
}

void ms_row_page_take(ms_row_page *page, double value) {
    if (!isfinite(value)) return;
    page->axes.x0 = fmin(page->axes.x0, value);
    page->axes.x1 = fmax(page->axes.x1, value);
}

static void draw_axis(ms_row_page *page, const char *x_label) {
    const ms_axes *a = &page->axes;
    ms_canvas *canvas = &page->canvas;
    double first, step;
    const size_t ticks = ms_ticks(a->x0, a->x1, 5, &first, &step);
    ms_canvas_line(canvas, a->left, a->bottom, a->right, a->bottom);
    for (size_t t = 0; t < ticks; t++) {
        char text[32];
        double value = first + (double)t * step;
        if (fabs(value) < step * 1e-6) value = 0;
        (void)ms_text_format(text, sizeof text, "%.3g", value);
        const double x = ms_axes_x(a, value);
        ms_canvas_line(canvas, x, a->bottom, x, a->bottom + 3);
        ms_canvas_text(canvas, x, a->bottom + 10, SIZE, MS_CENTRE, text);
    }
    if (x_label) ms_canvas_text(canvas, (a->left + a->right) / 2, a->bottom + 24, 8.5, MS_CENTRE, x_label);
}

void ms_row_page_frame(ms_row_page *page, const char *const *names, size_t n, double reference,
                       const char *x_label) {
    ms_axes *a = &page->axes;
    ms_canvas *canvas = &page->canvas;
    const double margin = 0.03 * (a->x1 - a->x0);
    if (!(margin > 0)) {
        a->x0 -= 1;
        a->x1 += 1;
    }
    if (a->x0 < reference) a->x0 -= margin;
    if (a->x1 > reference) a->x1 += margin;
    cairo_set_line_width(canvas->cr, 0.7);
    cairo_set_source_rgb(canvas->cr, 0.65, 0.65, 0.65);
    ms_canvas_line(canvas, ms_axes_x(a, reference), a->top, ms_axes_x(a, reference), a->bottom);
    cairo_set_source_rgb(canvas->cr, 0.1, 0.1, 0.1);
    for (size_t i = 0; i < n; i++) {
        const double width = ms_canvas_text_width(canvas, SIZE, names[i]), room = a->left - 16;
        const double size = width > room ? SIZE * room / width : SIZE; /* a long name is written smaller */
        ms_canvas_text(canvas, a->left - 6, ms_row_page_y(page, i), size, MS_RIGHT, names[i]);
    }
    draw_axis(page, x_label);
    if (page->note) {
        cairo_set_source_rgb(canvas->cr, 0.35, 0.35, 0.35);
        (void)ms_canvas_paragraph(canvas, 12, page->note_top, page->note_width, 7, page->note);
    }
}
