/* Survival curves with intervals, censoring marks, medians and the numbers at risk. */
#include "plot/km_layout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ms_plot_km_options_default(ms_plot_km_options *options) {
    memset(options, 0, sizeof *options);
    options->bands = true;
    options->risk_table = true;
    options->x_max = NAN;
}

typedef struct drawing {
    ms_canvas *canvas;
    const ms_plot_km_options *options;
    const ms_km_layout *layout;
    const ms_axes *axes;
} drawing;

static double y_of(const drawing *d, double surv) {
    return ms_axes_y(d->axes, ms_km_value(d->options, surv));
}

static void ink(ms_canvas *canvas) {
    cairo_set_source_rgb(canvas->cr, 0.15, 0.15, 0.15);
}

/* A long curve has many steps in a hair's breadth: of those, one is enough. */
#define MANY 400
#define HAIR 0.25

static bool is_a_hair(const ms_plot_curve *c, size_t i, double across, double down) {
    return c->n > MANY && i + 1 < c->n && fabs(across) < HAIR && fabs(down) < HAIR;
}

/* The line from survival 1 by steps; values that are not known end it. */
static void step_path(const drawing *d, const ms_plot_curve *c) {
    cairo_t *cr = d->canvas->cr;
    double before = ms_axes_x(d->axes, 0), y = y_of(d, 1);
    cairo_move_to(cr, before, y);
    for (size_t i = 0; i < c->n; i++) {
        double x = ms_axes_x(d->axes, fmin(c->time[i], d->axes->x1));
        bool end = c->time[i] > d->axes->x1 || isnan(c->surv[i]);
        if (!end && is_a_hair(c, i, x - before, y_of(d, c->surv[i]) - y)) continue;
        cairo_line_to(cr, x, y);
        if (end) return;
        y = y_of(d, c->surv[i]);
        cairo_line_to(cr, x, y);
        before = x;
    }
}

static bool known(const ms_plot_curve *c, size_t i) {
    return !isnan(c->lower[i]) && !isnan(c->upper[i]);
}

/* One outline for each stretch where both bounds are known, so that no seams show; it ends where one is not.
 */
static void band_path(const drawing *d, const ms_plot_curve *c) {
    cairo_t *cr = d->canvas->cr;
    double end = d->axes->x1;
    for (size_t i = 0; i + 1 < c->n; i++) {
        if (!known(c, i) || c->time[i] >= end) continue;
        size_t first = i, last = i;
        while (last + 2 < c->n && known(c, last + 1) && c->time[last + 1] < end) last++;
        cairo_move_to(cr, ms_axes_x(d->axes, c->time[first]), y_of(d, c->upper[first]));
        double before = -INFINITY;
        for (size_t k = first; k <= last; k++) {
            double x0 = ms_axes_x(d->axes, c->time[k]), x1 = ms_axes_x(d->axes, fmin(c->time[k + 1], end));
            if (k < last && is_a_hair(c, k, x1 - before, 0)) continue;
            before = x1;
            cairo_line_to(cr, x0, y_of(d, c->upper[k]));
            cairo_line_to(cr, x1, y_of(d, c->upper[k]));
        }
        before = INFINITY;
        for (size_t k = last + 1; k-- > first;) {
            double x0 = ms_axes_x(d->axes, c->time[k]), x1 = ms_axes_x(d->axes, fmin(c->time[k + 1], end));
            if (k > first && is_a_hair(c, k, x0 - before, 0)) continue;
            before = x0;
            cairo_line_to(cr, x1, y_of(d, c->lower[k]));
            cairo_line_to(cr, x0, y_of(d, c->lower[k]));
        }
        cairo_close_path(cr);
        i = last;
    }
}

static void draw_band(const drawing *d, const ms_plot_curve *c, size_t at) {
    if (!d->options->bands || !c->lower || !c->upper) return;
    ms_canvas_colour(d->canvas, ms_canvas_series(d->canvas, at), 0.16);
    band_path(d, c);
    cairo_fill(d->canvas->cr);
}

static void draw_curve(const drawing *d, const ms_plot_curve *c, size_t at) {
    ms_canvas *canvas = d->canvas;
    ms_canvas_colour(canvas, ms_canvas_series(canvas, at), 1);
    cairo_set_line_width(canvas->cr, 1.3);
    cairo_set_line_join(canvas->cr, CAIRO_LINE_JOIN_MITER);
    ms_canvas_dash(canvas, at);
    step_path(d, c);
    cairo_stroke(canvas->cr);
    ms_canvas_dash(canvas, 0);
    cairo_set_line_width(canvas->cr, 0.7);
    double mark = -INFINITY;
    for (size_t i = 0; i < c->n && c->n_censor && !d->options->no_marks; i++) {
        if (!(c->n_censor[i] > 0) || c->time[i] > d->axes->x1) continue;
        double x = ms_axes_x(d->axes, c->time[i]), y = y_of(d, c->surv[i]);
        if (c->n > MANY && x - mark < 3) continue;
        mark = x;
        cairo_move_to(canvas->cr, x, y - 2.4);
        cairo_line_to(canvas->cr, x, y + 2.4);
    }
    cairo_stroke(canvas->cr); /* all in one path: one each would be most of the file */
}

/* A line at one half to the last of the medians, and one down from each. */
static void draw_medians(const drawing *d, const ms_plot_curve *curves, size_t n) {
    double furthest = -1, half = y_of(d, 0.5);
    cairo_set_line_width(d->canvas->cr, 0.6);
    cairo_set_source_rgb(d->canvas->cr, 0.45, 0.45, 0.45);
    ms_canvas_dash(d->canvas, 2);
    for (size_t c = 0; c < n; c++) {
        if (isnan(curves[c].median) || curves[c].median > d->axes->x1) continue;
        double x = ms_axes_x(d->axes, curves[c].median);
        ms_canvas_line(d->canvas, x, half, x, d->axes->bottom);
        furthest = fmax(furthest, x);
    }
    if (furthest > 0) ms_canvas_line(d->canvas, d->axes->left, half, furthest, half);
    ms_canvas_dash(d->canvas, 0);
}

/* ---- tables
 * --------------------------------------------------------------------------------------------------- */

static double at_risk(const ms_plot_curve *c, double t) {
    for (size_t i = 0; i < c->n; i++)
        if (c->time[i] >= t) return i == 0 && t <= 0 ? c->total : c->n_risk[i];
    return 0;
}

static double up_to(const ms_plot_curve *c, const double *counts, double t) {
    double sum = 0;
    for (size_t i = 0; counts && i < c->n && c->time[i] <= t; i++) sum += counts[i];
    return sum;
}

static double count_of(const ms_plot_curve *c, unsigned table, double t) {
    if (table == MS_PLOT_AT_RISK) return at_risk(c, t);
    return up_to(c, table == MS_PLOT_EVENTS ? c->n_event : c->n_censor, t);
}

/* In its colour; greys are too light for text, so there a piece of the line stands before it. */
static void draw_name(const drawing *d, const ms_plot_curve *curve, size_t c, double y, size_t n) {
    ms_canvas *canvas = d->canvas;
    double key = d->layout->table_key;
    if (n < 2) return;
    ms_canvas_colour(canvas, ms_canvas_series(canvas, c), 1);
    if (key > 0) {
        cairo_set_line_width(canvas->cr, 1.3);
        ms_canvas_dash(canvas, c);
        ms_canvas_line(canvas, 8, y, 8 + key - 4, y);
        ms_canvas_dash(canvas, 0);
        ink(canvas);
    }
    ms_canvas_text(canvas, 8 + key, y, MS_KM_SMALL, MS_LEFT, curve->name);
}

static void draw_table(const drawing *d, const ms_plot_curve *curves, size_t n, unsigned table,
                       const char *heading, double top) {
    double first, step, y = top;
    ms_canvas *canvas = d->canvas;
    size_t ticks = ms_axes_x_ticks(d->axes, &first, &step);
    ink(canvas);
    ms_canvas_bold(canvas, 8, y, MS_KM_SMALL, MS_LEFT, heading);
    for (size_t c = 0; c < n; c++) {
        y += MS_KM_ROW;
        draw_name(d, &curves[c], c, y, n);
        if (d->layout->names_above) y += MS_KM_ROW - 2;
        ink(canvas);
        for (size_t t = 0; t < ticks; t++) {
            char text[32];
            double value = first + (double)t * step;
            (void)ms_text_format(text, sizeof text, "%.0f", count_of(&curves[c], table, value));
            ms_canvas_text(canvas, ms_axes_x(d->axes, value), y, MS_KM_SMALL, MS_CENTRE, text);
        }
    }
}

static void draw_tables(const drawing *d, const ms_plot_curve *curves, size_t n) {
    static const struct {
        unsigned table;
        const char *heading;
    } tables[] = {{MS_PLOT_AT_RISK, "Number at risk"},
                  {MS_PLOT_EVENTS, "Cumulative events"},
                  {MS_PLOT_CENSORED, "Cumulative censored"}};
    double top = d->layout->tables_top;
    for (size_t i = 0; i < MS_COUNT(tables); i++) {
        if (!(d->layout->tables & tables[i].table)) continue;
        draw_table(d, curves, n, tables[i].table, tables[i].heading, top);
        top += d->layout->table_height;
    }
}

/* ---- legend, note
 * ------------------------------------------------------------------------------------------------ */

static ms_status draw_legend(const drawing *d, const ms_plot_curve *curves, size_t n, ms_error *err) {
    const ms_km_layout *l = d->layout;
    size_t columns = l->legend_columns ? l->legend_columns : 1;
    for (size_t c = 0; c < n && l->legend.there; c++) {
        double x = l->legend.left + (double)(c % columns) * l->legend_column;
        double y = l->legend.top + MS_KM_LINE * ((double)(c / columns) + 0.5);
        char *text = ms_km_legend_text(&curves[c], d->options);
        if (!text) return ms_error_nomem(err);
        ms_canvas_colour(d->canvas, ms_canvas_series(d->canvas, c), 1);
        cairo_set_line_width(d->canvas->cr, 1.5);
        ms_canvas_dash(d->canvas, c);
        ms_canvas_line(d->canvas, x, y, x + 21, y);
        ms_canvas_dash(d->canvas, 0);
        ink(d->canvas);
        ms_canvas_text(d->canvas, x + 26, y, MS_KM_LEGEND, MS_LEFT, text);
        free(text);
    }
    if (d->options->note && l->note.there)
        ms_canvas_text(d->canvas, l->note.left, l->note.top + l->note.height / 2, MS_KM_LEGEND, MS_LEFT,
                       d->options->note);
    return MS_OK;
}

static void draw_title(ms_canvas *canvas, const char *title) {
    double size = 10, wide = ms_canvas_text_width(canvas, size, title) * 1.1;
    if (wide > canvas->width - 16)
        size *= (canvas->width - 16) / wide; /* a long one shrinks rather than being cut */
    ink(canvas);
    ms_canvas_bold(canvas, canvas->width / 2, 13, size, MS_CENTRE, title);
}

static const char *y_label(const ms_plot_km_options *o) {
    if (o->y_label) return o->y_label;
    if (o->events) return o->percent ? "Cumulative incidence (%)" : "Cumulative incidence";
    return o->percent ? "Survival (%)" : "Survival probability";
}

ms_status ms_km_draw(ms_canvas *canvas, const ms_km_layout *layout, const ms_plot_curve *curves, size_t n,
                     const ms_plot_km_options *options, ms_error *err) {
    drawing d = {canvas, options, layout, &layout->axes};
    for (size_t c = 0; c < n; c++) draw_band(&d, &curves[c], c);
    if (options->medians) draw_medians(&d, curves, n);
    for (size_t c = 0; c < n; c++) draw_curve(&d, &curves[c], c);
    ms_axes_draw(canvas, &layout->axes, options->x_label ? options->x_label : "Time", y_label(options));
    ms_status status = draw_legend(&d, curves, n, err);
    draw_tables(&d, curves, n);
    return status;
}

ms_status ms_plot_km(const ms_plot_curve *curves, size_t n, const ms_plot_km_options *options,
                     const char *path, ms_error *err) {
    if (n == 0) return ms_error_set(err, MS_EUSAGE, "%s: no curve to draw", path);
    ms_canvas canvas;
    ms_km_layout layout;
    ms_status status = ms_plot_style_check(options->style, err);
    if (status == MS_OK) status = ms_km_lay_out(curves, n, options, &layout, err);
    if (status == MS_OK)
        status = ms_canvas_open_style(&canvas, path, options->style, 120 * MS_MM, layout.height, err);
    if (status != MS_OK) return status;
    const char *title = ms_style_title(options->style, options->title);
    if (title) draw_title(&canvas, title);
    status = ms_km_draw(&canvas, &layout, curves, n, options, err);
    return ms_canvas_close(&canvas, status, err);
}
