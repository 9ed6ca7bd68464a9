/* An elastic net path: the cross-validation curve, and the coefficients. */
#include "myosurv/plot_net.h"
#include "plot/canvas.h"

#include <math.h>
#include <stdlib.h>

#define NAME_SIZE 7.5

/* -log(lambda); a lambda of 0 has no place on the axis. */
static double place(double lambda) {
    return lambda > 0 ? -log(lambda) : (double)NAN;
}

static ms_axes frame(const ms_plot_net *net, const ms_canvas *canvas, bool title) {
    ms_axes a = {
        .left = 54, .top = title ? 46 : 30, .right = canvas->width - 14, .bottom = canvas->height - 36};
    a.x0 = INFINITY;
    a.x1 = -INFINITY;
    for (size_t k = 0; k < net->n; k++) {
        const double x = place(net->lambda[k]);
        if (!isfinite(x)) continue;
        a.x0 = fmin(a.x0, x);
        a.x1 = fmax(a.x1, x);
    }
    const double margin = a.x1 > a.x0 ? 0.02 * (a.x1 - a.x0) : 0.5;
    a.x0 -= margin;
    a.x1 += margin;
    return a;
}

static void finish_y(ms_axes *a) {
    const double margin = a->y1 > a->y0 ? 0.05 * (a->y1 - a->y0) : 0.5;
    a->y0 -= margin;
    a->y1 += margin;
}

/* How many coefficients each model has, along the top, as far as there is room. */
static void draw_counts(ms_canvas *canvas, const ms_axes *a, const ms_plot_net *net) {
    double free_from = -INFINITY;
    cairo_set_source_rgb(canvas->cr, 0.15, 0.15, 0.15);
    for (size_t k = 0; k < net->n; k++) {
        char text[32];
        const double x = ms_axes_x(a, place(net->lambda[k]));
        (void)ms_text_format(text, sizeof text, "%zu", net->df[k]);
        const double half = ms_canvas_text_width(canvas, NAME_SIZE, text) / 2;
        if (!isfinite(x) || x - half < free_from) continue;
        ms_canvas_text(canvas, x, a->top - 8, NAME_SIZE, MS_CENTRE, text);
        free_from = x + half + 9;
    }
}

static void draw_marks(ms_canvas *canvas, const ms_axes *a, const ms_plot_net *net) {
    static const double dots[] = {1.2, 2.2};
    cairo_set_source_rgb(canvas->cr, 0.35, 0.35, 0.35);
    cairo_set_line_width(canvas->cr, 0.8);
    cairo_set_dash(canvas->cr, dots, 2, 0);
    for (size_t i = 0; i < 2; i++) {
        const double x = ms_axes_x(a, place(net->marks[i]));
        if (isfinite(x)) ms_canvas_line(canvas, x, a->top, x, a->bottom);
    }
    cairo_set_dash(canvas->cr, dots, 0, 0);
}

static ms_status open_page(const ms_plot_net *net, const char *path, ms_canvas *canvas, ms_axes *axes,
                           ms_error *err) {
    ms_status status = ms_canvas_open_style(canvas, path, net->style, 120 * MS_MM, 85 * MS_MM, err);
    if (status != MS_OK) return status;
    const char *title = ms_style_title(net->style, NULL);
    *axes = frame(net, canvas, title && *title);
    if (title && *title) ms_canvas_bold(canvas, canvas->width / 2, 14, 10, MS_CENTRE, title);
    return MS_OK;
}

static ms_status nothing(const char *path, ms_error *err) {
    return ms_error_set(err, MS_EUSAGE, "%s: no lambda above 0 to draw", path);
}

static bool any_place(const ms_plot_net *net) {
    for (size_t k = 0; k < net->n; k++)
        if (net->lambda[k] > 0) return true;
    return false;
}

/* ---- cross-validation
 * -------------------------------------------------------------------------------------- */

static void draw_errors(ms_canvas *canvas, const ms_axes *a, const ms_plot_net *net, const double *mean,
                        const double *se) {
    const double tick = 1.6;
    for (size_t k = 0; k < net->n; k++) {
        const double x = ms_axes_x(a, place(net->lambda[k]));
        if (!isfinite(x) || !isfinite(mean[k])) continue;
        const double low = ms_axes_y(a, mean[k] - se[k]), high = ms_axes_y(a, mean[k] + se[k]);
        cairo_set_source_rgb(canvas->cr, 0.6, 0.6, 0.6);
        cairo_set_line_width(canvas->cr, 0.7);
        ms_canvas_line(canvas, x, low, x, high);
        ms_canvas_line(canvas, x - tick, low, x + tick, low);
        ms_canvas_line(canvas, x - tick, high, x + tick, high);
    }
    ms_canvas_colour(canvas, ms_canvas_series(canvas, 0), 1);
    for (size_t k = 0; k < net->n; k++) {
        const double x = ms_axes_x(a, place(net->lambda[k]));
        if (!isfinite(x) || !isfinite(mean[k])) continue;
        cairo_new_sub_path(canvas->cr);
        cairo_arc(canvas->cr, x, ms_axes_y(a, mean[k]), 1.6, 0, 6.283185307179586);
        cairo_fill(canvas->cr);
    }
}

ms_status ms_plot_net_cv(const ms_plot_net *net, const double *mean, const double *se, const char *y_label,
                         const char *path, ms_error *err) {
    ms_canvas canvas;
    ms_axes a;
    if (!any_place(net)) return nothing(path, err);
    ms_status status = open_page(net, path, &canvas, &a, err);
    if (status != MS_OK) return status;
    a.y0 = INFINITY;
    a.y1 = -INFINITY;
    for (size_t k = 0; k < net->n; k++) {
        if (!isfinite(mean[k]) || !isfinite(se[k])) continue;
        a.y0 = fmin(a.y0, mean[k] - se[k]);
        a.y1 = fmax(a.y1, mean[k] + se[k]);
    }
    if (!(a.y0 <= a.y1)) a.y0 = 0, a.y1 = 1;
    finish_y(&a);
    draw_marks(&canvas, &a, net);
    draw_errors(&canvas, &a, net, mean, se);
    draw_counts(&canvas, &a, net);
    cairo_set_source_rgb(canvas.cr, 0.15, 0.15, 0.15);
    ms_axes_draw(&canvas, &a, "\xe2\x88\x92log(\xce\xbb)", y_label);
    return ms_canvas_close(&canvas, MS_OK, err);
}

/* ---- coefficients
 * ------------------------------------------------------------------------------------------ */

typedef struct lines {
    const double *beta, *scale;
    size_t p;
} lines;

static double value_at(const lines *l, size_t k, size_t j) {
    return l->beta[k * l->p + j] * (l->scale ? l->scale[j] : 1);
}

static bool is_drawn(const lines *l, size_t n, size_t j) {
    for (size_t k = 0; k < n; k++)
        if (value_at(l, k, j) != 0) return true;
    return false;
}

static void draw_coefficient(ms_canvas *canvas, const ms_axes *a, const ms_plot_net *net, const lines *l,
                             size_t j) {
    bool down = false;
    for (size_t k = 0; k < net->n; k++) {
        const double x = ms_axes_x(a, place(net->lambda[k])), y = ms_axes_y(a, value_at(l, k, j));
        if (!isfinite(x)) continue;
        (down ? cairo_line_to : cairo_move_to)(canvas->cr, x, y);
        down = true;
    }
    cairo_stroke(canvas->cr);
}

typedef struct label {
    double y; /* where the line ends, then where the name is */
    const char *name;
    size_t series;
} label;

static int compare_labels(const void *a, const void *b) {
    const label *p = a, *q = b;
    return p->y < q->y ? -1 : p->y > q->y;
}

/* Names at the lines' ends, moved apart. */
static void draw_labels(ms_canvas *canvas, const ms_axes *a, label *labels, size_t n) {
    const double step = NAME_SIZE + 1.5;
    qsort(labels, n, sizeof *labels, compare_labels);
    for (size_t i = 1; i < n; i++) labels[i].y = fmax(labels[i].y, labels[i - 1].y + step);
    const double over = n ? labels[n - 1].y - a->bottom : 0;
    if (over > 0) labels[n - 1].y -= over;
    for (size_t i = n; i-- > 1;) labels[i - 1].y = fmin(labels[i - 1].y, labels[i].y - step);
    for (size_t i = 0; i < n; i++) {
        ms_canvas_colour(canvas, ms_canvas_series(canvas, labels[i].series), 1);
        ms_canvas_text(canvas, a->right + 4, labels[i].y, NAME_SIZE, MS_LEFT, labels[i].name);
    }
}

/* The n columns with the largest coefficients at the path's end. */
static void largest(const lines *l, size_t last, size_t n, size_t *columns) {
    for (size_t i = 0; i < n; i++) {
        double most = -1;
        for (size_t j = 0; j < l->p; j++) {
            bool taken = false;
            for (size_t k = 0; k < i; k++) taken |= columns[k] == j;
            if (taken || !(fabs(value_at(l, last, j)) > most)) continue;
            most = fabs(value_at(l, last, j));
            columns[i] = j;
        }
    }
}

static void draw_path(ms_canvas *canvas, ms_axes *a, const ms_plot_net *net, const lines *l,
                      const char *const *names, const size_t *named, label *labels, size_t n_names) {
    double widest = 0;
    for (size_t i = 0; i < n_names; i++)
        widest = fmax(widest, ms_canvas_text_width(canvas, NAME_SIZE, names[named[i]]));
    a->right -= n_names ? fmin(widest + 2, (a->right - a->left) / 3) : 0;
    draw_marks(canvas, a, net);
    cairo_set_line_width(canvas->cr, 0.6);
    for (size_t j = 0; j < l->p; j++) {
        if (!is_drawn(l, net->n, j)) continue;
        cairo_set_source_rgba(canvas->cr, 0.55, 0.55, 0.55, 0.8);
        draw_coefficient(canvas, a, net, l, j);
    }
    cairo_set_line_width(canvas->cr, 1.3);
    for (size_t i = 0; i < n_names; i++) {
        ms_canvas_colour(canvas, ms_canvas_series(canvas, i), 1);
        draw_coefficient(canvas, a, net, l, named[i]);
        labels[i] = (label){ms_axes_y(a, value_at(l, net->n - 1, named[i])), names[named[i]], i};
    }
    draw_labels(canvas, a, labels, n_names);
    cairo_set_source_rgb(canvas->cr, 0.15, 0.15, 0.15);
    cairo_set_line_width(canvas->cr, 0.5);
    ms_canvas_line(canvas, a->left, ms_axes_y(a, 0), a->right, ms_axes_y(a, 0));
    draw_counts(canvas, a, net);
}

ms_status ms_plot_net_path(const ms_plot_net *net, const double *beta, const double *scale, size_t p,
                           const char *const *names, size_t n_names, const char *y_label, const char *path,
                           ms_error *err) {
    const lines l = {beta, scale, p};
    ms_canvas canvas;
    ms_axes a;
    size_t drawn = 0;
    if (!any_place(net)) return nothing(path, err);
    for (size_t j = 0; j < p; j++) drawn += value_at(&l, net->n - 1, j) != 0;
    if (n_names > drawn) n_names = drawn;
    size_t *named = ms_calloc(n_names, sizeof *named);
    label *labels = ms_calloc(n_names, sizeof *labels);
    ms_status status = named && labels ? open_page(net, path, &canvas, &a, err) : ms_error_nomem(err);
    if (status == MS_OK) {
        a.y0 = a.y1 = 0;
        for (size_t k = 0; k < net->n; k++)
            for (size_t j = 0; j < p; j++) {
                a.y0 = fmin(a.y0, value_at(&l, k, j));
                a.y1 = fmax(a.y1, value_at(&l, k, j));
            }
        finish_y(&a);
        largest(&l, net->n - 1, n_names, named);
        draw_path(&canvas, &a, net, &l, names, named, labels, n_names);
        cairo_set_source_rgb(canvas.cr, 0.15, 0.15, 0.15);
        cairo_set_line_width(canvas.cr, 0.8);
        ms_axes_draw(&canvas, &a, "\xe2\x88\x92log(\xce\xbb)", y_label);
        status = ms_canvas_close(&canvas, MS_OK, err);
    }
    free(named);
    free(labels);
    return status;
}
