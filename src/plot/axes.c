#include "plot/canvas.h"

#include <math.h>

#define TICK 3.0
#define LABEL_SIZE 8.0

double ms_axes_x(const ms_axes *a, double x) {
    return a->left + (x - a->x0) / (a->x1 - a->x0) * (a->right - a->left);
}

double ms_axes_y(const ms_axes *a, double y) {
    return a->bottom - (y - a->y0) / (a->y1 - a->y0) * (a->bottom - a->top);
}

size_t ms_ticks(double lo, double hi, size_t wanted, double *first, double *step) {
    double raw = (hi - lo) / (double)(wanted > 0 ? wanted : 1);
    if (!(raw > 0) || !isfinite(raw)) {
        *first = lo;
        *step = 1;
        return 1;
    }
    double power = pow(10, floor(log10(raw))), unit = raw / power;
    *step = power * (unit <= 1.0001 ? 1 : unit <= 2.0001 ? 2 : unit <= 5.0001 ? 5 : 10);
    *first = ceil(lo / *step - 1e-9) * *step;
    return (size_t)floor((hi - *first) / *step + 1e-9) + 1;
}

/* 0.1 and 1000, never 1e+03; -0 is 0. */
static void tick_text(char text[32], double value, double step) {
    int digits = step >= 1 ? 0 : (int)ceil(-log10(step) - 1e-9);
    double rest = step * pow(10, digits);
    if (fabs(rest - floor(rest + 0.5)) > 1e-6) digits++; /* 2.5 and 0.25 have one digit more than 2 and 0.2 */
    if (fabs(value) < step * 1e-6) value = 0;
    (void)ms_text_format(text, 32, "%.*f", digits, value);
}

size_t ms_axes_x_ticks(const ms_axes *a, double *first, double *step) {
    if (!(a->x_step > 0) || (a->x1 - a->x0) / a->x_step > 200)
        return ms_ticks(a->x0, a->x1, a->right - a->left < 170 ? 4 : 6, first, step);
    *step = a->x_step;
    *first = ceil(a->x0 / *step - 1e-9) * *step;
    return (size_t)floor((a->x1 - *first) / *step + 1e-9) + 1;
}

static void draw_x(ms_canvas *canvas, const ms_axes *a, const char *label) {
    double first, step;
    size_t n = ms_axes_x_ticks(a, &first, &step);
    ms_canvas_line(canvas, a->left, a->bottom, a->right, a->bottom);
    for (size_t i = 0; i < n; i++) {
        char text[32];
        double value = first + (double)i * step, x = ms_axes_x(a, value);
        tick_text(text, value, step);
        ms_canvas_line(canvas, x, a->bottom, x, a->bottom + TICK);
        ms_canvas_text(canvas, x, a->bottom + TICK + 7, LABEL_SIZE, MS_CENTRE, text);
    }
    if (label)
        ms_canvas_text(canvas, (a->left + a->right) / 2, a->bottom + TICK + 21, LABEL_SIZE + 1, MS_CENTRE,
                       label);
}

static void draw_y(ms_canvas *canvas, const ms_axes *a, const char *label) {
    double first, step, widest = 0;
    size_t n = ms_ticks(a->y0, a->y1, 5, &first, &step);
    ms_canvas_line(canvas, a->left, a->top, a->left, a->bottom);
    for (size_t i = 0; i < n; i++) {
        char text[32];
        double value = first + (double)i * step, y = ms_axes_y(a, value);
        if (a->y_percent)
            tick_text(text, 100 * value, 100 * step);
        else
            tick_text(text, value, step);
        ms_canvas_line(canvas, a->left - TICK, y, a->left, y);
        ms_canvas_text(canvas, a->left - TICK - 3, y, LABEL_SIZE, MS_RIGHT, text);
        widest = fmax(widest, ms_canvas_text_width(canvas, LABEL_SIZE, text));
    }
    if (label)
        ms_canvas_text_up(canvas, a->left - TICK - widest - 12, (a->top + a->bottom) / 2, LABEL_SIZE + 1,
                          label);
}

void ms_axes_draw(ms_canvas *canvas, const ms_axes *axes, const char *x_label, const char *y_label) {
    cairo_set_source_rgb(canvas->cr, 0.15, 0.15, 0.15);
    cairo_set_line_width(canvas->cr, 0.8);
    ms_canvas_dash(canvas, 0);
    draw_x(canvas, axes, x_label);
    draw_y(canvas, axes, y_label);
}

void ms_axes_diagonal(ms_canvas *canvas, const ms_axes *axes, double grey) {
    const double dashes[] = {2, 3};
    cairo_set_source_rgb(canvas->cr, grey, grey, grey);
    cairo_set_line_width(canvas->cr, 0.8);
    cairo_set_dash(canvas->cr, dashes, 2, 0);
    ms_canvas_line(canvas, axes->left, axes->bottom, axes->right, axes->top);
    cairo_set_dash(canvas->cr, NULL, 0, 0);
}
