/* How features separate two groups: the best ones with intervals, and the values of all by family. */
#include "myosurv/plot_study.h"
#include "plot/canvas.h"
#include "plot/legend.h"

#include <math.h>
#include <string.h>

#define WIDTH 540.0
#define MARGIN 8.0
#define ROW 14.0
#define SIZE 8.0
#define PLOT 170.0 /* least width of the upper part's axes */
#define FAMILY_ROW 22.0
#define BINS 50

typedef struct layout {
    ms_canvas canvas;
    const ms_plot_auc *a;
    size_t series;
    double names, text[2]; /* widths */
    double size;           /* of the names: smaller when they are long */
    ms_axes upper, lower;
    double x0, x1;
} layout;

static void value_text(const ms_plot_auc_row *r, size_t s, char text[64]) {
    if (isnan(r->auc[s]))
        (void)ms_text_format(text, 64, "\u2013");
    else if (isnan(r->lower[s]))
        (void)ms_text_format(text, 64, "%.2f", r->auc[s]);
    else
        (void)ms_text_format(text, 64, "%.2f (%.2f\u2013%.2f)", r->auc[s], r->lower[s], r->upper[s]);
}

static void measure(layout *l) {
    double wide = 0;
    l->size = SIZE;
    for (size_t i = 0; i < l->a->n_rows; i++) {
        wide = fmax(wide, ms_style_text_width(NULL, SIZE, l->a->rows[i].name));
        for (size_t s = 0; s < l->series; s++) {
            char text[64];
            value_text(&l->a->rows[i], s, text);
            l->text[s] = fmax(l->text[s], ms_style_text_width(NULL, SIZE - 1, text));
        }
    }
    for (size_t s = 0; s < l->series; s++)
        l->text[s] = fmax(l->text[s], ms_style_text_width(NULL, SIZE - 1, l->a->series[s]) * 1.13);
    const double room = WIDTH - 2 * MARGIN - PLOT - 24 - l->text[0] - (l->series > 1 ? l->text[1] + 10 : 0);
    l->names = fmin(wide, room);
    if (wide > room) l->size = SIZE * room / wide;
}

/* From the least to the largest of all that is drawn, 0.5 within. */
static void find_extent(layout *l) {
    l->x0 = 0.4;
    l->x1 = 0.6;
    for (size_t i = 0; i < l->a->n_rows; i++)
        for (size_t s = 0; s < l->series; s++) {
            const ms_plot_auc_row *r = &l->a->rows[i];
            const double values[] = {r->auc[s], r->lower[s], r->upper[s]};
            for (size_t k = 0; k < 3; k++) {
                if (isnan(values[k])) continue;
                l->x0 = fmin(l->x0, values[k]);
                l->x1 = fmax(l->x1, values[k]);
            }
        }
    l->x0 = floor(l->x0 * 10) / 10;
    l->x1 = ceil(l->x1 * 10) / 10;
}

static void dashed_line(ms_canvas *c, const ms_axes *axes, double x) {
    cairo_set_source_rgb(c->cr, 0.45, 0.45, 0.45);
    cairo_set_line_width(c->cr, 0.7);
    ms_canvas_dash(c, 2);
    ms_canvas_line(c, ms_axes_x(axes, x), axes->top, ms_axes_x(axes, x), axes->bottom);
    ms_canvas_dash(c, 0);
}

/* Only the horizontal axis: rows have names in place of the vertical one. */
static void draw_axis(ms_canvas *c, const ms_axes *a, const char *label) {
    double first, step;
    const size_t n = ms_axes_x_ticks(a, &first, &step);
    cairo_set_source_rgb(c->cr, 0.15, 0.15, 0.15);
    cairo_set_line_width(c->cr, 0.8);
    ms_canvas_line(c, a->left, a->bottom, a->right, a->bottom);
    for (size_t i = 0; i < n; i++) {
        char text[32];
        const double value = first + (double)i * step, x = ms_axes_x(a, value);
        (void)ms_text_format(text, sizeof text, step < 0.0999 ? "%.2f" : "%.1f", value);
        ms_canvas_line(c, x, a->bottom, x, a->bottom + 3);
        ms_canvas_text(c, x, a->bottom + 10, SIZE, MS_CENTRE, text);
    }
    ms_canvas_text(c, (a->left + a->right) / 2, a->bottom + 22, SIZE + 0.5, MS_CENTRE, label);
}

static void draw_mark(layout *l, const ms_plot_auc_row *r, size_t s, double y) {
    ms_canvas *c = &l->canvas;
    if (isnan(r->auc[s])) return;
    ms_canvas_colour(c, ms_canvas_series(c, s), 1);
    cairo_set_line_width(c->cr, 1);
    if (!isnan(r->lower[s]))
        ms_canvas_line(c, ms_axes_x(&l->upper, r->lower[s]), y, ms_axes_x(&l->upper, r->upper[s]), y);
    cairo_new_path(c->cr);
    if (s == 0)
        cairo_arc(c->cr, ms_axes_x(&l->upper, r->auc[s]), y, 2.5, 0, 2 * 3.14159265358979);
    else
        cairo_rectangle(c->cr, ms_axes_x(&l->upper, r->auc[s]) - 2.3, y - 2.3, 4.6, 4.6);
    cairo_fill(c->cr);
}

static void draw_rows(layout *l) {
    ms_canvas *c = &l->canvas;
    dashed_line(c, &l->upper, 0.5);
    for (size_t i = 0; i < l->a->n_rows; i++) {
        const ms_plot_auc_row *r = &l->a->rows[i];
        const double y = l->upper.top + ROW * ((double)i + 0.5), off = l->series > 1 ? 2.8 : 0;
        double x = l->upper.right + 12;
        cairo_set_source_rgb(c->cr, 0.15, 0.15, 0.15);
        ms_canvas_text(c, MARGIN, y, l->size, MS_LEFT, r->name);
        for (size_t s = 0; s < l->series; s++) {
            char text[64];
            value_text(r, s, text);
            cairo_set_source_rgb(c->cr, 0.15, 0.15, 0.15);
            ms_canvas_text(c, x, y, SIZE - 1, MS_LEFT, text);
            x += l->text[s] + 10;
            draw_mark(l, r, s, y + (s == 0 ? -off : off));
        }
    }
    draw_axis(c, &l->upper, "Area under the ROC curve (AUC)");
}

/* The heads of the columns of numbers, in the series' colour with its mark. */
static void draw_heads(layout *l, double y) {
    ms_canvas *c = &l->canvas;
    double x = l->upper.right + 12;
    for (size_t s = 0; s < l->series; s++) {
        ms_canvas_colour(c, ms_canvas_series(c, s), 1);
        ms_canvas_bold(c, x, y, SIZE - 1, MS_LEFT, l->a->series[s]);
        x += l->text[s] + 10;
    }
}

static double median_of(const double *bins, double n) {
    double seen = 0;
    for (size_t b = 0; b < BINS; b++) {
        if (seen + bins[b] >= n / 2) return ((double)b + (n / 2 - seen) / bins[b]) / BINS;
        seen += bins[b];
    }
    return NAN;
}

/* A histogram mirrored at the row's middle, as high as its own densest bin. */
static void draw_family(layout *l, const ms_plot_auc_family *f, double y) {
    ms_canvas *c = &l->canvas;
    double bins[BINS] = {0}, most = 0, n = 0;
    char text[96];
    for (size_t i = 0; i < f->n; i++) {
        if (isnan(f->auc[i])) continue;
        const double at = fmin(BINS - 1, floor(f->auc[i] * BINS));
        bins[(size_t)at]++;
        n++;
    }
    for (size_t b = 0; b < BINS; b++) most = fmax(most, bins[b]);
    (void)ms_text_format(text, sizeof text, "%s (%.0f)", f->name, n);
    cairo_set_source_rgb(c->cr, 0.15, 0.15, 0.15);
    ms_canvas_text(c, l->lower.left - 8, y, SIZE, MS_RIGHT, text);
    if (n < 1) return;
    ms_canvas_colour(c, ms_palette(4), 1);
    for (size_t b = 0; b < BINS; b++) {
        const double half = (FAMILY_ROW / 2 - 2) * bins[b] / most, x = ms_axes_x(&l->lower, (double)b / BINS);
        if (half <= 0) continue;
        cairo_rectangle(c->cr, x, y - fmax(half, 0.4), ms_axes_x(&l->lower, 1.0 / BINS) - l->lower.left,
                        2 * fmax(half, 0.4));
    }
    cairo_fill(c->cr);
    const double x = ms_axes_x(&l->lower, median_of(bins, n));
    cairo_set_source_rgb(c->cr, 0.1, 0.1, 0.1);
    cairo_set_line_width(c->cr, 1.4);
    ms_canvas_line(c, x, y - FAMILY_ROW / 2 + 2, x, y + FAMILY_ROW / 2 - 2);
}

static void draw_families(layout *l) {
    ms_canvas *c = &l->canvas;
    if (l->a->n_families == 0) return;
    cairo_set_source_rgb(c->cr, 0.15, 0.15, 0.15);
    ms_canvas_bold(c, MARGIN, l->lower.top - 12, SIZE + 1, MS_LEFT, l->a->families_title);
    for (size_t i = 0; i < l->a->n_families; i++)
        draw_family(l, &l->a->families[i], l->lower.top + FAMILY_ROW * ((double)i + 0.5));
    dashed_line(c, &l->lower, 0.5);
    draw_axis(c, &l->lower, "AUC");
}

ms_status ms_plot_feature_auc(const ms_plot_auc *auc, const char *path, ms_error *err) {
    if (auc->n_rows == 0) return ms_error_set(err, MS_EUSAGE, "%s: no feature to draw", path);
    layout l = {.a = auc, .series = auc->series[1] ? 2 : 1};
    double wide = 0, y = (auc->title ? 30 : 12) + 12;
    measure(&l);
    find_extent(&l);
    for (size_t i = 0; i < auc->n_families; i++)
        wide = fmax(wide, ms_style_text_width(NULL, SIZE, auc->families[i].name) + 34);
    l.upper = (ms_axes){.left = MARGIN + l.names + 12, .top = y, .x0 = l.x0, .x1 = l.x1};
    l.upper.right = WIDTH - MARGIN - 12 - l.text[0] - (l.series > 1 ? l.text[1] + 10 : 0);
    l.upper.bottom = y + ROW * (double)auc->n_rows + 3;
    l.lower = (ms_axes){.left = MARGIN + wide + 8, .right = WIDTH - MARGIN - 12, .x0 = 0, .x1 = 1};
    l.lower.top = l.upper.bottom + 56;
    l.lower.bottom = l.lower.top + FAMILY_ROW * (double)auc->n_families + 2;
    const double height = auc->n_families ? l.lower.bottom + 32 : l.upper.bottom + 32;
    ms_status status = ms_canvas_open(&l.canvas, path, WIDTH, height, err);
    if (status != MS_OK) return status;
    if (auc->title) (void)ms_title_draw(&l.canvas, auc->title);
    draw_heads(&l, y - 8);
    draw_rows(&l);
    draw_families(&l);
    return ms_canvas_close(&l.canvas, MS_OK, err);
}
