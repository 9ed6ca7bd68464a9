/* A legend or a note goes into the corner of the axes where the fewest data are. */
#include "plot/legend.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SIZE 8.0
#define ROW 12.0
#define KEY 26.0
#define MARGIN 8.0
#define PLACES 12 /* tried each way */

void ms_crowd_add(ms_crowd *crowd, double x, double y) {
    if (crowd->failed || !isfinite(x) || !isfinite(y)) return;
    if (crowd->n == crowd->capacity) {
        size_t capacity = crowd->capacity ? 2 * crowd->capacity : 256;
        double *xs = ms_realloc(crowd->x, capacity, sizeof *xs);
        if (xs) crowd->x = xs;
        double *ys = xs ? ms_realloc(crowd->y, capacity, sizeof *ys) : NULL;
        if (ys) crowd->y = ys;
        crowd->failed = !xs || !ys;
        if (crowd->failed) return; /* the legend is then placed by fewer points */
        crowd->capacity = capacity;
    }
    crowd->x[crowd->n] = x;
    crowd->y[crowd->n++] = y;
}

void ms_crowd_line(ms_crowd *crowd, double x0, double y0, double x1, double y1) {
    int parts = 1 + (int)fmin(200, hypot(x1 - x0, y1 - y0) / 6);
    for (int k = 0; k <= parts; k++)
        ms_crowd_add(crowd, x0 + (x1 - x0) * k / parts, y0 + (y1 - y0) * k / parts);
}

void ms_crowd_clear(ms_crowd *crowd) {
    free(crowd->x);
    free(crowd->y);
    *crowd = (ms_crowd){0};
}

static size_t hidden_by(const ms_crowd *crowd, double x, double y, double width, double height) {
    size_t hidden = 0;
    for (size_t i = 0; i < crowd->n; i++)
        hidden += crowd->x[i] > x - 4 && crowd->x[i] < x + width + 4 && crowd->y[i] > y - 4 &&
                  crowd->y[i] < y + height + 4;
    return hidden;
}

/* The left top of a box where it hides least: a corner, bottom right first, or else anywhere. */
static void place(const ms_axes *a, double width, double height, const ms_crowd *crowd, double *left,
                  double *top) {
    const double x0 = a->left + MARGIN, x1 = fmax(x0, a->right - MARGIN - width), y0 = a->top + MARGIN / 2,
                 y1 = fmax(y0, a->bottom - MARGIN - height), corners[] = {1, 0};
    size_t least = SIZE_MAX;
    for (int k = 0; k < 4 + PLACES * PLACES && least > 0; k++) {
        double across = k < 4 ? corners[k % 2] : (k - 4) % PLACES / (PLACES - 1.0);
        double down = k < 4 ? corners[k / 2] : (k - 4) / PLACES / (PLACES - 1.0);
        double x = x0 + across * (x1 - x0), y = y0 + down * (y1 - y0);
        size_t hidden = hidden_by(crowd, x, y, width, height);
        if (hidden >= least) continue;
        least = hidden;
        *left = x;
        *top = y;
    }
}

static void draw_key(ms_canvas *canvas, const ms_legend_row *row, double x, double y) {
    ms_canvas_colour(canvas, ms_canvas_series(canvas, row->series), 1);
    if (row->mark) {
        cairo_set_line_width(canvas->cr, 0.9);
        ms_canvas_line(canvas, x + KEY / 2 - 2, y - 4.5, x + KEY / 2 - 2, y + 4.5);
        cairo_arc(canvas->cr, x + KEY / 2 - 2, y, 2.2, 0, 2 * 3.14159265358979);
        cairo_fill(canvas->cr);
        return;
    }
    cairo_set_line_width(canvas->cr, 1.6);
    ms_canvas_dash(canvas, row->series);
    ms_canvas_line(canvas, x, y, x + KEY - 5, y);
    ms_canvas_dash(canvas, 0);
}

static double widest_of(ms_canvas *canvas, const ms_legend_row *rows, size_t n) {
    double widest = 0;
    for (size_t i = 0; i < n; i++) widest = fmax(widest, ms_canvas_text_width(canvas, SIZE, rows[i].name));
    return widest;
}

void ms_legend_at(ms_canvas *canvas, double left, double top, double room, const ms_legend_row *rows,
                  size_t n) {
    double widest = widest_of(canvas, rows, n), size = SIZE;
    if (widest > room - KEY) size *= (room - KEY) / widest; /* a long name shrinks rather than being cut */
    for (size_t i = 0; i < n; i++) {
        double y = top + ROW * ((double)i + 0.5);
        draw_key(canvas, &rows[i], left, y);
        cairo_set_source_rgb(canvas->cr, 0.15, 0.15, 0.15);
        ms_canvas_text(canvas, left + KEY, y, size, MS_LEFT, rows[i].name);
    }
}

/* What is behind text fades. */
static void clear_behind(ms_canvas *canvas, double left, double top, double width, double height) {
    cairo_set_source_rgba(canvas->cr, 1, 1, 1, 0.82);
    cairo_rectangle(canvas->cr, left - 3, top - 1, width + 6, height + 2);
    cairo_fill(canvas->cr);
}

void ms_legend_draw(ms_canvas *canvas, const ms_axes *axes, const ms_legend_row *rows, size_t n,
                    const ms_crowd *crowd) {
    if (n == 0) return;
    double left = axes->left, top = axes->top, room = axes->right - axes->left - 2 * MARGIN;
    double width = fmin(room, KEY + widest_of(canvas, rows, n)), height = ROW * (double)n;
    place(axes, width, height, crowd, &left, &top);
    clear_behind(canvas, left, top, width, height);
    ms_legend_at(canvas, left, top, room, rows, n);
}

void ms_note_draw(ms_canvas *canvas, const ms_axes *axes, const char *note, const ms_crowd *crowd) {
    if (!note || !*note) return;
    double widest = 0, left = axes->left, top = axes->top;
    size_t lines = 0;
    for (const char *start = note; start;) {
        const char *end = strchr(start, '\n');
        char line[256];
        int length = (int)(end ? (size_t)(end - start) : strlen(start));
        (void)ms_text_format(line, sizeof line, "%.*s", length, start);
        widest = fmax(widest, ms_canvas_text_width(canvas, SIZE, line));
        lines++;
        start = end ? end + 1 : NULL;
    }
    double height = 11 * (double)lines;
    place(axes, widest, height, crowd, &left, &top);
    clear_behind(canvas, left, top, widest, height);
    cairo_set_source_rgb(canvas->cr, 0.15, 0.15, 0.15);
    ms_canvas_text(canvas, left, top + height / 2, SIZE, MS_LEFT, note);
}

double ms_title_draw(ms_canvas *canvas, const char *title) {
    if (!title || !*title) return 14;
    double size = 10, wide = ms_canvas_text_width(canvas, size, title) * 1.1;
    if (wide > canvas->width - 16) size *= (canvas->width - 16) / wide;
    cairo_set_source_rgb(canvas->cr, 0.15, 0.15, 0.15);
    ms_canvas_bold(canvas, canvas->width / 2, 14, size, MS_CENTRE, title);
    return 30;
}
