/* Points of several colours and shapes, with both explained under the axes. */
#include "myosurv/plot_study.h"
#include "plot/canvas.h"
#include "plot/legend.h"

#include <math.h>

#define WIDTH 400.0
#define PLOT 300.0
#define SIZE 8.0
#define MARK 2.9
#define MANY 400 /* more points are a picture: as lines of a file they would be too many */
#define SHARP 4  /* its pixels to a unit */

/* ---- marks ------------------------------------------------------------------------------------------- */

enum { SHAPES = 7, CROSSES = 2 }; /* closed shapes, each filled or hollow, and crosses */

static void polygon(cairo_t *cr, double x, double y, size_t corners, double turn, double radius) {
    cairo_new_path(cr);
    for (size_t k = 0; k < corners; k++) {
        const double angle = turn + 2 * 3.14159265358979 * (double)k / (double)corners;
        cairo_line_to(cr, x + radius * sin(angle), y - radius * cos(angle));
    }
    cairo_close_path(cr);
}

static void outline(cairo_t *cr, double x, double y, size_t shape) {
    static const struct {
        size_t corners;
        double turn, radius;
    } shapes[SHAPES] = {{0, 0, 1},           {4, 0.785398, 1.25}, {3, 0, 1.35},      {4, 0, 1.35},
                        {3, 3.141593, 1.35}, {6, 0, 1.15},        {5, 3.141593, 1.2}};
    if (shapes[shape].corners)
        polygon(cr, x, y, shapes[shape].corners, shapes[shape].turn, MARK * shapes[shape].radius);
    else {
        cairo_new_path(cr);
        cairo_arc(cr, x, y, MARK, 0, 2 * 3.14159265358979);
    }
}

static void cross(cairo_t *cr, double x, double y, bool turned) {
    const double a = turned ? 0 : MARK * 1.2, b = turned ? MARK * 1.2 : 0, d = turned ? 0.75 : 1;
    cairo_new_path(cr);
    cairo_move_to(cr, x - (a + b) * d, y - b * d);
    cairo_line_to(cr, x + (a + b) * d, y + b * d);
    cairo_move_to(cr, x - b * d, y + (a + b) * d);
    cairo_line_to(cr, x + b * d, y - (a + b) * d);
    cairo_stroke(cr);
}

static void draw_mark(cairo_t *cr, double x, double y, size_t shape, ms_colour colour) {
    shape %= 2 * SHAPES + CROSSES;
    cairo_set_source_rgba(cr, colour.r, colour.g, colour.b, 0.8);
    cairo_set_line_width(cr, 1);
    if (shape < SHAPES) {
        outline(cr, x, y, shape);
        cairo_fill(cr);
    } else if (shape < SHAPES + CROSSES) {
        cross(cr, x, y, shape > SHAPES);
    } else {
        outline(cr, x, y, shape - SHAPES - CROSSES);
        cairo_stroke(cr);
    }
}

/* Blue, orange, and dark grey for those of whom it is not known. */
static ms_colour colour_of(size_t i) {
    return ms_palette(i == 2 ? 6 : i);
}

/* ---- points ------------------------------------------------------------------------------------------ */

static void find_extent(const double *v, size_t n, double *lo, double *hi) {
    *lo = INFINITY;
    *hi = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(v[i])) continue;
        *lo = fmin(*lo, v[i]);
        *hi = fmax(*hi, v[i]);
    }
    if (!(*lo <= *hi)) *lo = *hi = 0;
    const double room = *hi > *lo ? 0.05 * (*hi - *lo) : 1;
    *lo -= room;
    *hi += room;
}

static void draw_points(cairo_t *cr, const ms_plot_scatter *s, const ms_axes *a) {
    for (size_t i = 0; i < s->n; i++)
        if (isfinite(s->x[i]) && isfinite(s->y[i]))
            draw_mark(cr, ms_axes_x(a, s->x[i]), ms_axes_y(a, s->y[i]), s->shape[i], colour_of(s->colour[i]));
}

static void draw_picture(ms_canvas *c, const ms_plot_scatter *s, const ms_axes *a) {
    const double pad = 6; /* marks at the rim */
    const double width = a->right - a->left + 2 * pad, height = a->bottom - a->top + 2 * pad;
    cairo_surface_t *image =
        cairo_image_surface_create(CAIRO_FORMAT_ARGB32, (int)(width * SHARP), (int)(height * SHARP));
    cairo_t *cr = cairo_create(image);
    cairo_scale(cr, SHARP, SHARP);
    cairo_translate(cr, pad - a->left, pad - a->top);
    draw_points(cr, s, a);
    cairo_destroy(cr);
    cairo_save(c->cr);
    cairo_translate(c->cr, a->left - pad, a->top - pad);
    cairo_scale(c->cr, 1.0 / SHARP, 1.0 / SHARP);
    cairo_set_source_surface(c->cr, image, 0, 0);
    cairo_paint(c->cr);
    cairo_restore(c->cr);
    cairo_surface_destroy(image);
}

/* ---- legend ------------------------------------------------------------------------------------------ */

/* Names with marks in rows as wide as the page; the top of what comes below comes back. Without a canvas only
 * the room is found. */
static double legend(ms_canvas *c, double top, const char *const *names, size_t n, bool shapes) {
    double x = 12, y = top;
    for (size_t i = 0; i < n; i++) {
        double size = SIZE, wide = ms_style_text_width(NULL, size, names[i]);
        if (wide > WIDTH - 40) {
            size *= (WIDTH - 40) / wide;
            wide = WIDTH - 40;
        }
        if (x > 12 && x + 14 + wide > WIDTH - 12) {
            x = 12;
            y += 13;
        }
        if (c) {
            draw_mark(c->cr, x + 4, y + 6, shapes ? i : 0,
                      shapes ? (ms_colour){0.3, 0.3, 0.3} : colour_of(i));
            cairo_set_source_rgb(c->cr, 0.15, 0.15, 0.15);
            ms_canvas_text(c, x + 12, y + 6, size, MS_LEFT, names[i]);
        }
        x += 14 + wide + 14;
    }
    return n ? y + 15 : y;
}

ms_status ms_plot_scatter_draw(const ms_plot_scatter *s, const char *path, ms_error *err) {
    if (s->n == 0) return ms_error_set(err, MS_EUSAGE, "%s: no point to draw", path);
    ms_axes a = {.left = 56, .top = s->title ? 30 : 12, .right = WIDTH - 14};
    ms_canvas canvas;
    a.bottom = a.top + PLOT;
    find_extent(s->x, s->n, &a.x0, &a.x1);
    find_extent(s->y, s->n, &a.y0, &a.y1);
    const double colours = a.bottom + 38, shapes = legend(NULL, colours, s->colours, s->n_colours, false),
                 note = legend(NULL, shapes, s->shapes, s->n_shapes, true) + 2;
    double height = note + 4;
    if (s->note) height += ms_paragraph_height(WIDTH - 24, SIZE - 0.5, s->note) + 4;
    ms_status status = ms_canvas_open(&canvas, path, WIDTH, height, err);
    if (status != MS_OK) return status;
    if (s->title) (void)ms_title_draw(&canvas, s->title);
    ms_axes_draw(&canvas, &a, s->x_label, s->y_label);
    if (s->n > MANY)
        draw_picture(&canvas, s, &a);
    else
        draw_points(canvas.cr, s, &a);
    (void)legend(&canvas, colours, s->colours, s->n_colours, false);
    (void)legend(&canvas, shapes, s->shapes, s->n_shapes, true);
    if (s->note) {
        cairo_set_source_rgb(canvas.cr, 0.3, 0.3, 0.3);
        (void)ms_canvas_paragraph(&canvas, 12, note, WIDTH - 24, SIZE - 0.5, s->note);
    }
    return ms_canvas_close(&canvas, MS_OK, err);
}
