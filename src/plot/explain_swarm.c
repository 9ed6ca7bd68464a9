/* Rows of dots, a dot a patient, moved apart where they would lie on each other. */
#include "plot/explain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define RADIUS 1.7

typedef struct dot {
    double key;
    size_t i;
} dot;

static int by_key(const void *a, const void *b) {
    const dot *p = a, *q = b;
    if (p->key != q->key) return p->key < q->key ? -1 : 1;
    return p->i < q->i ? -1 : p->i > q->i;
}

/* rank[i] in [-1, 1] of each value among those known, ties sharing theirs; NaN stays. */
static void rank_values(const double *value, size_t n, dot *dots, double *rank) {
    size_t known = 0;
    for (size_t i = 0; i < n; i++) {
        rank[i] = NAN;
        if (!isnan(value[i])) dots[known++] = (dot){value[i], i};
    }
    qsort(dots, known, sizeof *dots, by_key);
    for (size_t from = 0; from < known;) {
        size_t to = from;
        while (to < known && dots[to].key == dots[from].key) to++;
        const double middle = 0.5 * (double)(from + to - 1);
        for (size_t k = from; k < to; k++)
            rank[dots[k].i] = known > 1 ? 2 * middle / (double)(known - 1) - 1 : 0;
        from = to;
    }
}

/* Blue over purple to red. */
static ms_colour value_colour(double t) {
    const double a = t < 0 ? 1 + t : t;
    if (t < 0) return (ms_colour){0.13 + 0.42 * a, 0.30 + 0.10 * a, 0.85 - 0.15 * a};
    return (ms_colour){0.55 + 0.33 * a, 0.40 - 0.32 * a, 0.70 - 0.42 * a};
}

/* Bins a dot's width wide; in each the dots go up and down from the middle in turn. */
static void draw_row(ms_row_page *page, const ms_plot_swarm *row, double y, dot *dots, double *rank) {
    cairo_t *cr = page->canvas.cr;
    size_t in_bin = 0;
    double last = -INFINITY;
    if (row->value) rank_values(row->value, row->n, dots, rank);
    for (size_t i = 0; i < row->n; i++) dots[i] = (dot){ms_axes_x(&page->axes, row->contribution[i]), i};
    qsort(dots, row->n, sizeof *dots, by_key);
    for (size_t from = 0, to; from < row->n; from = to) {
        last = dots[from].key;
        for (to = from; to < row->n && dots[to].key < last + RADIUS; to++) {
        }
        in_bin = to - from;
        const double room = page->row * 0.42,
                     step = fmin(RADIUS * 0.9, in_bin > 1 ? 2 * room / (double)in_bin : 0);
        for (size_t k = from; k < to; k++) {
            const size_t place = k - from;
            const double off = (double)((place + 1) / 2) * step * (place % 2 ? 1 : -1);
            const double t = row->value ? rank[dots[k].i] : 0;
            const ms_colour colour = !row->value ? ms_palette(4)
                                     : isnan(t)  ? (ms_colour){0.6, 0.6, 0.6}
                                                 : value_colour(t);
            ms_canvas_colour(&page->canvas, colour, 0.85);
            cairo_arc(cr, dots[k].key, y + off, RADIUS, 0, 2 * M_PI);
            cairo_fill(cr);
        }
    }
}

/* What the colours of the dots mean. */
static void value_bar(ms_row_page *page) {
    const double x = page->axes.right + 14, top = page->axes.top + 14,
                 height = fmin(page->axes.bottom - page->axes.top - 28, 110);
    if (height < 20) return;
    for (int k = 0; k < 40; k++) {
        const double t = 1 - 2 * (k + 0.5) / 40;
        const ms_colour c = value_colour(t);
        ms_canvas_colour(&page->canvas, c, 1);
        cairo_rectangle(page->canvas.cr, x, top + height * k / 40, 6, height / 40 + 0.3);
        cairo_fill(page->canvas.cr);
    }
    cairo_set_source_rgb(page->canvas.cr, 0.1, 0.1, 0.1);
    ms_canvas_text(&page->canvas, x + 3, top - 7, 7, MS_CENTRE, "high");
    ms_canvas_text(&page->canvas, x + 3, top + height + 7, 7, MS_CENTRE, "low");
    if (height > 70) ms_canvas_text_up(&page->canvas, x + 20, top + height / 2, 7, "value of the input");
}

ms_status ms_plot_beeswarm(const ms_plot_swarm *rows, size_t n, const char *title, const char *x_label,
                           const char *note, const char *path, ms_error *err) {
    ms_row_page page;
    size_t most = 0;
    bool coloured = false;
    if (n == 0) return ms_error_set(err, MS_EUSAGE, "%s: there is nothing to draw", path);
    const char **names = ms_calloc(n, sizeof *names);
    for (size_t i = 0; names && i < n; i++) {
        names[i] = rows[i].name;
        most = rows[i].n > most ? rows[i].n : most;
        coloured = coloured || rows[i].value;
    }
    dot *dots = ms_calloc(most, sizeof *dots);
    double *rank = ms_calloc(most, sizeof *rank);
    ms_status status = names && dots && rank
                           ? ms_row_page_open(&page, names, n, coloured ? 46 : 14, title, note, path, err)
                           : ms_error_nomem(err);
    if (status == MS_OK) {
        for (size_t i = 0; i < n; i++)
            for (size_t k = 0; k < rows[i].n; k++) ms_row_page_take(&page, rows[i].contribution[k]);
        ms_row_page_frame(&page, names, n, 0, x_label);
        for (size_t i = 0; i < n; i++) draw_row(&page, &rows[i], ms_row_page_y(&page, i), dots, rank);
        if (coloured) value_bar(&page);
        status = ms_canvas_close(&page.canvas, MS_OK, err);
    }
    free(names);
    free(dots);
    free(rank);
    return status;
}
