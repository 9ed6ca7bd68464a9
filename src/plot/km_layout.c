/* The layout of a survival figure. Legend and note are put into a corner of the axes that no curve crosses,
 * else above them; the page grows with what stands around the axes, so that these keep their shape. */
#include "plot/km_layout.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MARGIN 8.0
#define KEY 26.0 /* a legend's line and the gap after it */

double ms_km_value(const ms_plot_km_options *options, double surv) {
    return options->events ? 1 - surv : surv;
}

char *ms_km_legend_text(const ms_plot_curve *curve, const ms_plot_km_options *options) {
    ms_buffer text;
    ms_buffer_init(&text);
    ms_buffer_append(&text, curve->name);
    if (options->medians && isnan(curve->median))
        ms_buffer_append(&text, ": median not reached");
    else if (options->medians && curve->median_lower > 0)
        ms_buffer_printf(
            &text, isnan(curve->median_upper) ? ": median %.4g (%.4g to NR)" : ": median %.4g (%.4g to %.4g)",
            curve->median, curve->median_lower, curve->median_upper);
    else if (options->medians)
        ms_buffer_printf(&text, ": median %.4g", curve->median);
    if (!ms_buffer_failed(&text)) return text.data;
    ms_buffer_clear(&text);
    return NULL;
}

/* ---- does a box hide a curve?
 * ------------------------------------------------------------------------------- */

typedef struct region {
    double x0, x1, y0, y1; /* data */
} region;

static bool crosses(const region *r, double x0, double x1, double low, double high) {
    return x0 <= r->x1 && x1 >= r->x0 && low <= r->y1 && high >= r->y0;
}

static bool hides(const ms_plot_curve *c, const ms_plot_km_options *options, const region *r, bool bands) {
    double before = 1, time = 0;
    for (size_t i = 0; i < c->n; i++) {
        double now = isnan(c->surv[i]) ? before : c->surv[i];
        double a = ms_km_value(options, before), b = ms_km_value(options, now);
        if (crosses(r, time, c->time[i], a, a) || crosses(r, c->time[i], c->time[i], fmin(a, b), fmax(a, b)))
            return true;
        if (bands && c->lower && i + 1 < c->n && !isnan(c->lower[i]) && !isnan(c->upper[i])) {
            double l = ms_km_value(options, c->lower[i]), u = ms_km_value(options, c->upper[i]);
            if (crosses(r, c->time[i], c->time[i + 1], fmin(l, u), fmax(l, u))) return true;
        }
        before = now;
        time = c->time[i];
    }
    return false;
}

static bool is_free(const ms_plot_curve *curves, size_t n, const ms_plot_km_options *options,
                    const ms_axes *a, const ms_km_box *box, const ms_km_box *taken, bool bands) {
    double across = (a->x1 - a->x0) / (a->right - a->left), up = (a->y1 - a->y0) / (a->bottom - a->top),
           gap = 3;
    region r = {.x0 = (box->left - gap - a->left) * across,
                .x1 = (box->left + box->width + gap - a->left) * across,
                .y0 = (a->bottom - box->top - box->height - gap) * up,
                .y1 = (a->bottom - box->top + gap) * up};
    if (taken->there && box->left < taken->left + taken->width + gap &&
        taken->left < box->left + box->width + gap && box->top < taken->top + taken->height + gap &&
        taken->top < box->top + box->height + gap)
        return false;
    for (size_t c = 0; c < n; c++) {
        bool median = options->medians && !isnan(curves[c].median);
        if (median && crosses(&r, curves[c].median, curves[c].median, 0, 0.5)) return false;
        if (hides(&curves[c], options, &r, bands)) return false;
    }
    return true;
}

/* The first corner where the box is free of curves and bands, else of curves. Survival has room above on the
 * right and below on the left, incidence the other way. */
static bool place(const ms_plot_curve *curves, size_t n, const ms_plot_km_options *options, const ms_axes *a,
                  const ms_km_box *taken, ms_km_box *box) {
    static const bool corners[2][4][2] = {{{true, true}, {false, false}, {true, false}, {false, true}},
                                          {{false, true}, {true, false}, {true, true}, {false, false}}};
    if (box->width > a->right - a->left - 12 || box->height > a->bottom - a->top - 12) return false;
    for (int bands = options->bands ? 1 : 0; bands >= 0; bands--)
        for (size_t i = 0; i < 4; i++) {
            const bool *at = corners[options->events][i]; /* right, top */
            box->left = at[0] ? a->right - box->width : a->left + 8;
            box->top = at[1] ? a->top + 1 : a->bottom - box->height - 7;
            if (!is_free(curves, n, options, a, box, taken, bands == 1)) continue;
            box->there = true;
            return true;
        }
    return false;
}

/* ---- sizes
 * ------------------------------------------------------------------------------------------------------ */

static double last_time(const ms_plot_curve *curves, size_t n) {
    double last = 0;
    for (size_t c = 0; c < n; c++)
        if (curves[c].n > 0) last = fmax(last, curves[c].time[curves[c].n - 1]);
    return last > 0 ? last : 1;
}

static size_t count_tables(unsigned tables) {
    return (tables & MS_PLOT_AT_RISK ? 1U : 0U) + (tables & MS_PLOT_EVENTS ? 1U : 0U) +
           (tables & MS_PLOT_CENSORED ? 1U : 0U);
}

/* Widest of the names (tables) and of the legend's lines. */
static ms_status measure(const ms_plot_curve *curves, size_t n, const ms_plot_km_options *options,
                         double *names, double *legend, ms_error *err) {
    *names = *legend = 0;
    for (size_t c = 0; c < n; c++) {
        char *text = ms_km_legend_text(&curves[c], options);
        if (!text) return ms_error_nomem(err);
        *names = fmax(*names, ms_style_text_width(options->style, MS_KM_SMALL, curves[c].name));
        *legend = fmax(*legend, KEY + ms_style_text_width(options->style, MS_KM_LEGEND, text));
        free(text);
    }
    return MS_OK;
}

/* Legend above the axes, as many to a row as fit. Returns its height. */
static double legend_above(ms_km_layout *l, size_t n, double widest) {
    double room = l->width - 2 * MARGIN;
    l->legend_column = fmin(room, widest + 12);
    l->legend_columns = (size_t)fmax(1, floor(room / l->legend_column));
    size_t rows = (n + l->legend_columns - 1) / l->legend_columns;
    l->legend = (ms_km_box){MARGIN, l->axes.top - 8, room, MS_KM_LINE * (double)rows, true};
    return l->legend.height + 6;
}

static void move_axes(ms_km_layout *l, double down, bool fixed) {
    l->axes.top += down;
    if (fixed) return; /* the page's height was asked for: the axes give way */
    l->axes.bottom += down;
    l->tables_top += down;
    l->height += down;
}

static void place_note(const ms_plot_curve *curves, size_t n, const ms_plot_km_options *options, double wide,
                       bool fixed, ms_km_layout *l) {
    double high = MS_KM_LINE * (double)l->note_lines;
    l->note = (ms_km_box){.left = l->legend.left, .width = wide, .height = high};
    l->note.top = l->legend.top + l->legend.height + 3;
    if (l->legend.there && l->legend_columns == 0) { /* under a legend inside the axes, or over a low one */
        const ms_km_box none = {0};
        if (l->note.left + wide > l->axes.right) l->note.left = l->axes.right - wide;
        if (l->note.top + high > l->axes.bottom - 4) l->note.top = l->legend.top - high - 3;
        l->note.there =
            is_free(curves, n, options, &l->axes, &l->note, &none, false); /* on a band if need be */
    }
    if (l->note.there || place(curves, n, options, &l->axes, &l->legend, &l->note)) return;
    l->note = (ms_km_box){l->axes.left, l->axes.top - 6, wide, high, true};
    if (l->legend.there && l->legend_columns == 0) l->legend.top += high + 4; /* it goes down with the axes */
    move_axes(l, high + 4, fixed);
}

ms_status ms_km_lay_out(const ms_plot_curve *curves, size_t n, const ms_plot_km_options *options,
                        ms_km_layout *out, ms_error *err) {
    double names, legend;
    const ms_plot_style *style = options->style;
    ms_km_layout l = {.width = ms_style_width(style, 120 * MS_MM)};
    ms_status status = measure(curves, n, options, &names, &legend, err);
    if (status != MS_OK) return status;
    l.tables = (options->risk_table ? (unsigned)MS_PLOT_AT_RISK : 0U) | options->tables;
    l.names_above = l.tables != 0 && n > 1 && names + 2 * MARGIN > 0.3 * l.width;
    if (n == 1) names = 0;
    l.table_key = style && style->colours == MS_PLOT_GREY && n > 1 ? 19 : 0;
    names += l.table_key;
    double row = l.names_above ? 2 * MS_KM_ROW - 2 : MS_KM_ROW;
    l.table_height = MS_KM_ROW + row * (double)n + 5;
    double below = 38 + l.table_height * (double)count_tables(l.tables),
           plot = fmin(270, fmax(150, 0.6 * l.width));
    bool fixed = style && style->height_mm > 0;
    l.axes = (ms_axes){.left = l.tables && !l.names_above ? fmax(46, names + MARGIN + 22) : 46,
                       .top = ms_style_title(style, options->title) ? 28 : 12,
                       .right = l.width - 14,
                       .x1 = isnan(options->x_max) ? last_time(curves, n) : options->x_max,
                       .y1 = options->y_max > 0 ? options->y_max : 1,
                       .x_step = options->x_step,
                       .y_percent = options->percent};
    l.height = ms_style_height(style, l.axes.top + plot + below);
    l.axes.bottom = l.height - below;
    l.tables_top = l.axes.bottom + 42;
    if (l.axes.bottom - l.axes.top < 40 || l.axes.right - l.axes.left < 60)
        return ms_error_set(err, MS_EUSAGE, "the figure is too small for its curves, names and tables");
    double note = 0;
    for (const char *c = options->note; c && *c; c++) l.note_lines += *c == '\n';
    if (options->note) {
        l.note_lines++;
        note = ms_style_text_width(style, MS_KM_LEGEND, options->note);
    }
    if (n > 1) {
        l.legend = (ms_km_box){.width = legend, .height = MS_KM_LINE * (double)n};
        ms_km_box none = {0};
        if (n > 8 || !place(curves, n, options, &l.axes, &none, &l.legend))
            move_axes(&l, legend_above(&l, n, legend), fixed);
    }
    if (options->note) place_note(curves, n, options, note, fixed, &l);
    *out = l;
    return MS_OK;
}
