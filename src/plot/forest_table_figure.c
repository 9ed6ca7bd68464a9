/* A forest plot beside its table. All widths come from the text itself, so that nothing is cut. */
#include "myosurv/plot_forest.h"
#include "plot/canvas.h"

#include <math.h>
#include <string.h>

#define ROW 14.0
#define SIZE 8.0
#define GAP 12.0
#define MARGIN 8.0
#define PLOT_LEAST 90.0

typedef struct layout {
    ms_canvas canvas;
    const ms_forest_row *rows;
    size_t n;
    const ms_forest_options *options;
    double name, count, ratio, p; /* widths of the columns */
    double plot;                  /* of each panel's marks */
    double n_right, events_right; /* right edges of the counts */
    double panel_left[MS_FOREST_PANELS];
    double top, bottom;
    double lo, hi; /* logarithms at the axis's ends */
    double needed; /* the least width at which nothing is cut */
} layout;

static void ratio_text(const ms_forest_value *v, char text[96]) {
    if (!isfinite(v->value))
        (void)ms_text_format(text, 96, "not estimated");
    else if (!isfinite(v->lower) || !isfinite(v->upper))
        (void)ms_text_format(text, 96, "%.2f", v->value);
    else if (v->value >= 100 || v->upper >= 1000 || v->value < 0.01)
        (void)ms_text_format(text, 96, "%.3g (%.3g\u2013%.3g)", v->value, v->lower, v->upper);
    else
        (void)ms_text_format(text, 96, "%.2f (%.2f\u2013%.2f)", v->value, v->lower, v->upper);
}

static void p_text(double p, char text[32]) {
    text[0] = '\0';
    if (isnan(p)) return;
    if (p < 0.001)
        (void)ms_text_format(text, 32, "<0.001");
    else
        (void)ms_text_format(text, 32, p < 0.1 ? "%.3f" : "%.2f", p);
}

static bool has_value(const ms_forest_row *row, size_t panel) {
    return !row->heading && !row->reference && !isnan(row->panel[panel].value);
}

/* The axis: all estimates and 1, and their intervals up to five times beyond the outermost estimate. */
static void find_extent(layout *l) {
    double least = 0, most = 0, lower = 0, upper = 0;
    for (size_t i = 0; i < l->n; i++)
        for (size_t k = 0; k < l->options->n_panels; k++) {
            const ms_forest_value *v = &l->rows[i].panel[k];
            if (!has_value(&l->rows[i], k) || !(v->value > 0) || !isfinite(v->value)) continue;
            if (v->value < 1e-6 || v->value > 1e6) continue; /* on its way to infinity */
            least = fmin(least, log(v->value));
            most = fmax(most, log(v->value));
            if (v->lower > 0) lower = fmin(lower, log(v->lower));
            if (isfinite(v->upper)) upper = fmax(upper, log(v->upper));
        }
    l->lo = fmax(lower, least - log(5));
    l->hi = fmin(upper, most + log(5));
    double room = fmax(0.05 * (l->hi - l->lo), 0.02);
    l->lo -= room;
    l->hi += room;
}

static void measure(layout *l) {
    ms_canvas *c = &l->canvas;
    l->name = 0;
    l->count = ms_canvas_text_width(c, SIZE, "events");
    l->ratio = ms_canvas_text_width(c, SIZE, l->options->value_name);
    l->p = ms_canvas_text_width(c, SIZE, "<0.001");
    for (size_t i = 0; i < l->n; i++) {
        char text[96];
        const ms_forest_row *row = &l->rows[i];
        l->name = fmax(l->name, ms_canvas_text_width(c, SIZE, row->name) * (row->heading ? 1.1 : 1) +
                                    (row->indented ? 10 : 0));
        for (size_t k = 0; k < l->options->n_panels; k++) {
            if (!has_value(row, k)) continue;
            ratio_text(&row->panel[k], text);
            l->ratio = fmax(l->ratio, ms_canvas_text_width(c, SIZE, text));
        }
    }
    l->n_right = MARGIN + l->name + GAP + ms_canvas_text_width(c, SIZE, "99999");
    l->events_right = l->n_right + GAP + l->count;
    double panels = (double)l->options->n_panels;
    double fixed = l->events_right + panels * (3 * GAP + l->ratio + l->p) + MARGIN;
    l->needed = fixed + panels * PLOT_LEAST;
    l->plot = (c->width - fixed) / panels;
    for (size_t k = 0; k < l->options->n_panels; k++)
        l->panel_left[k] = l->events_right + GAP + (double)k * (l->plot + 3 * GAP + l->ratio + l->p);
}

static double place(const layout *l, size_t panel, double logarithm) {
    return l->panel_left[panel] + (logarithm - l->lo) / (l->hi - l->lo) * l->plot;
}

static void arrow(ms_canvas *c, double x, double y, double direction) {
    cairo_move_to(c->cr, x, y);
    cairo_line_to(c->cr, x - direction * 4, y - 2.5);
    cairo_line_to(c->cr, x - direction * 4, y + 2.5);
    cairo_close_path(c->cr);
    cairo_fill(c->cr);
}

static void draw_interval(layout *l, size_t panel, const ms_forest_value *v, double y) {
    ms_canvas *c = &l->canvas;
    double low = v->lower > 0 ? log(v->lower) : -INFINITY, high = log(v->upper);
    if (isnan(v->lower) || isnan(v->upper)) return;
    double left = place(l, panel, fmax(low, l->lo)), right = place(l, panel, fmin(high, l->hi));
    if (right <= left) return;
    ms_canvas_line(c, left, y, right, y);
    if (low < l->lo)
        arrow(c, left, y, -1);
    else
        ms_canvas_line(c, left, y - 2, left, y + 2);
    if (high > l->hi)
        arrow(c, right, y, 1);
    else
        ms_canvas_line(c, right, y - 2, right, y + 2);
}

static void draw_value(layout *l, const ms_forest_row *row, size_t panel, double y) {
    ms_canvas *c = &l->canvas;
    const ms_forest_value *v = &row->panel[panel];
    double text_left = l->panel_left[panel] + l->plot + GAP, p_right = text_left + l->ratio + GAP + l->p;
    char text[96], p[32];
    if (row->reference) {
        double one = place(l, panel, 0);
        cairo_new_path(c->cr);
        cairo_arc(c->cr, one, y, 2, 0, 6.283185307179586);
        cairo_stroke(c->cr);
        ms_canvas_text(c, text_left, y, SIZE, MS_LEFT, "reference");
        return;
    }
    if (!row->heading && isnan(v->value) && isnan(v->p)) {
        ms_canvas_text(c, text_left, y, SIZE, MS_LEFT, "\u2013");
        return;
    }
    p_text(v->p, p);
    ms_canvas_text(c, p_right, y, SIZE, MS_RIGHT, p);
    if (row->heading) return;
    ratio_text(v, text);
    ms_canvas_text(c, text_left, y, SIZE, MS_LEFT, text);
    ms_canvas_colour(c, ms_canvas_series(c, panel), 1);
    draw_interval(l, panel, v, y);
    double x = v->value > 0 ? log(v->value) : NAN;
    if (x >= l->lo && x <= l->hi) {
        cairo_rectangle(c->cr, place(l, panel, x) - 2.7, y - 2.7, 5.4, 5.4);
        cairo_fill(c->cr);
    }
    ms_canvas_colour(c, (ms_colour){0, 0, 0}, 1);
}

static void draw_count(layout *l, double value, double right, double y) {
    char text[32];
    if (isnan(value)) return;
    (void)ms_text_format(text, sizeof text, "%.0f", value);
    ms_canvas_text(&l->canvas, right, y, SIZE, MS_RIGHT, text);
}

/* Every other term stands on light grey. */
static void draw_bands(layout *l) {
    ms_canvas *c = &l->canvas;
    size_t term = 0;
    for (size_t i = 0; i < l->n; i++) {
        if (i && !l->rows[i].indented) term++;
        if (term % 2) continue;
        cairo_set_source_rgb(c->cr, 0.945, 0.945, 0.945);
        cairo_rectangle(c->cr, MARGIN / 2, l->top + ROW * (double)i, c->width - MARGIN, ROW);
        cairo_fill(c->cr);
    }
}

static void draw_rows(layout *l) {
    ms_canvas *c = &l->canvas;
    for (size_t i = 0; i < l->n; i++) {
        const ms_forest_row *row = &l->rows[i];
        double y = l->top + ROW * ((double)i + 0.5);
        ms_canvas_text(c, MARGIN + (row->indented ? 10 : 0), y, SIZE, MS_LEFT, row->name);
        draw_count(l, row->n, l->n_right, y);
        draw_count(l, row->events, l->events_right, y);
        for (size_t k = 0; k < l->options->n_panels; k++) draw_value(l, row, k, y);
    }
}

static void draw_tick(layout *l, size_t panel, double value) {
    char text[32];
    double x = log(value);
    if (!(x >= l->lo && x <= l->hi)) return;
    (void)ms_text_format(text, sizeof text, "%g", value);
    ms_canvas_line(&l->canvas, place(l, panel, x), l->bottom, place(l, panel, x), l->bottom + 3);
    ms_canvas_text(&l->canvas, place(l, panel, x), l->bottom + 10, SIZE, MS_CENTRE, text);
}

/* 1, 2, 5 and their tens within the axis, only tens on a long one; round numbers on a short one. */
static void draw_axis(layout *l, size_t panel) {
    static const double steps[] = {1, 2, 5};
    ms_canvas *c = &l->canvas;
    double decades = (l->hi - l->lo) / log(10), first, step;
    ms_canvas_line(c, l->panel_left[panel], l->bottom, l->panel_left[panel] + l->plot, l->bottom);
    if (decades < 0.7) {
        size_t n = ms_ticks(exp(l->lo), exp(l->hi), 4, &first, &step);
        for (size_t i = 0; i < n; i++) draw_tick(l, panel, first + (double)i * step);
    } else {
        for (int e = -6; e <= 6; e++)
            for (size_t s = 0; s < (decades > 2.2 ? 1 : 3); s++) draw_tick(l, panel, steps[s] * pow(10, e));
    }
    if (l->options->x_label)
        ms_canvas_text(c, l->panel_left[panel] + l->plot / 2, l->bottom + 23, SIZE, MS_CENTRE,
                       l->options->x_label);
}

static void draw_panel(layout *l, size_t panel) {
    ms_canvas *c = &l->canvas;
    double one = place(l, panel, 0), text_left = l->panel_left[panel] + l->plot + GAP;
    cairo_set_source_rgb(c->cr, 0.45, 0.45, 0.45);
    ms_canvas_dash(c, 1);
    ms_canvas_line(c, one, l->top, one, l->bottom);
    ms_canvas_dash(c, 0);
    cairo_set_source_rgb(c->cr, 0, 0, 0);
    double head = l->top - ROW / 2 - 3;
    ms_canvas_bold(c, text_left, head, SIZE, MS_LEFT, l->options->value_name);
    ms_canvas_bold(c, text_left + l->ratio + GAP + l->p, head, SIZE, MS_RIGHT, "p");
    if (l->options->panel_name[panel])
        ms_canvas_bold(c, (l->panel_left[panel] + text_left + l->ratio + GAP + l->p) / 2, head - ROW, SIZE,
                       MS_CENTRE, l->options->panel_name[panel]);
    draw_axis(l, panel);
}

static void draw(layout *l, const char *title) {
    ms_canvas *c = &l->canvas;
    double head = l->top - ROW / 2 - 3;
    draw_bands(l);
    cairo_set_line_width(c->cr, 0.9);
    cairo_set_source_rgb(c->cr, 0, 0, 0);
    if (title) ms_canvas_bold(c, c->width / 2, 14, 10, MS_CENTRE, title);
    ms_canvas_bold(c, l->n_right, head, SIZE, MS_RIGHT, "n");
    ms_canvas_bold(c, l->events_right, head, SIZE, MS_RIGHT, "events");
    ms_canvas_line(c, MARGIN / 2, l->top - 2, c->width - MARGIN / 2, l->top - 2);
    for (size_t k = 0; k < l->options->n_panels; k++) draw_panel(l, k);
    draw_rows(l);
    if (l->options->note)
        (void)ms_canvas_paragraph(c, MARGIN, l->bottom + 34, c->width - 2 * MARGIN, SIZE - 1,
                                  l->options->note);
}

ms_status ms_plot_forest_table(const ms_forest_row *rows, size_t n, const ms_forest_options *options,
                               const char *path, ms_error *err) {
    if (n == 0 || options->n_panels == 0 || options->n_panels > MS_FOREST_PANELS)
        return ms_error_set(err, MS_EUSAGE, "%s: no estimate to draw", path);
    layout l = {.rows = rows, .n = n, .options = options};
    const char *title = ms_style_title(options->style, NULL);
    bool named = false;
    for (size_t k = 0; k < options->n_panels; k++) named |= options->panel_name[k] != NULL;
    double width = options->n_panels == 1 ? 150 * MS_MM : 230 * MS_MM;
    double drawn = ms_style_width(options->style, width);
    l.top = 12 + ROW + (named ? ROW : 0) + (title ? 18 : 0);
    l.bottom = l.top + ROW * (double)n + 3;
    double height = l.bottom + (options->x_label ? 30 : 18);
    if (options->note) height += 8 + ms_paragraph_height(drawn - 2 * MARGIN, SIZE - 1, options->note);
    /* a narrow page: all of it smaller, nothing cut */
    ms_status status = ms_canvas_open_style(&l.canvas, path, options->style, width, height, err);
    if (status != MS_OK) return status;
    measure(&l);
    double smaller = fmin(1, drawn / l.needed);
    status = ms_canvas_close(&l.canvas, MS_EDIFFERENT, NULL); /* another page: nothing is written */
    if (status != MS_EDIFFERENT) return status;
    status = ms_canvas_open_style(&l.canvas, path, options->style, width, height * smaller, err);
    if (status != MS_OK) return status;
    smaller = fmin(smaller, l.canvas.height / height);
    cairo_scale(l.canvas.cr, smaller, smaller);
    l.canvas.width /= smaller;
    measure(&l);
    find_extent(&l);
    draw(&l, title);
    return ms_canvas_close(&l.canvas, MS_OK, err);
}
