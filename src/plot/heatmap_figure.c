/* A heat map: a picture of z-scores with names, the rows' tree, the columns' groups and a bar of colours. */
#include "myosurv/plot_study.h"
#include "plot/canvas.h"
#include "plot/legend.h"

#include <math.h>
#include <stdlib.h>

#define WIDTH 540.0
#define MARGIN 8.0
#define ROW 11.5
#define SIZE 7.5
#define TREE 46.0
#define BAND 8.0
#define NAMES 210.0 /* the most that names may take */
#define ROW_PIXELS 12
#define PIXELS 720 /* the picture is at least so wide */

typedef struct layout {
    ms_canvas canvas;
    const ms_plot_heatmap *m;
    double left, top, width, height; /* of the picture */
    double size;                     /* of the names */
    double above;                    /* height of the columns' names or groups */
} layout;

/* Blue, white, red-orange: told apart by colour-blind readers, and by darkness from the middle. */
static ms_colour colour_of(double z, double limit) {
    static const ms_colour low = {0.05, 0.28, 0.56}, high = {0.70, 0.22, 0.02}, none = {0.80, 0.80, 0.80};
    if (isnan(z)) return none;
    const double t = fmax(-1, fmin(1, z / limit)), a = fabs(t);
    const ms_colour end = t < 0 ? low : high;
    return (ms_colour){1 - a * (1 - end.r), 1 - a * (1 - end.g), 1 - a * (1 - end.b)};
}

static uint32_t pixel_of(ms_colour c) {
    return (uint32_t)(c.r * 255 + 0.5) << 16 | (uint32_t)(c.g * 255 + 0.5) << 8 | (uint32_t)(c.b * 255 + 0.5);
}

/* Each value a block of pixels, so that no viewer smooths it away. */
static void draw_image(layout *l) {
    const ms_plot_heatmap *m = l->m;
    const size_t across = m->columns >= PIXELS ? 1 : (PIXELS + m->columns - 1) / m->columns;
    const int width = (int)(across * m->columns), height = (int)(ROW_PIXELS * m->rows);
    cairo_surface_t *image = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
    unsigned char *data = cairo_image_surface_get_data(image);
    const size_t stride = (size_t)cairo_image_surface_get_stride(image);
    for (size_t y = 0; data && y < (size_t)height; y++) {
        uint32_t *line = (uint32_t *)(void *)(data + y * stride);
        for (size_t x = 0; x < (size_t)width; x++)
            line[x] = pixel_of(colour_of(m->z[y / ROW_PIXELS * m->columns + x / across], m->limit));
    }
    cairo_surface_mark_dirty(image);
    cairo_t *cr = l->canvas.cr;
    cairo_save(cr);
    cairo_translate(cr, l->left, l->top);
    cairo_scale(cr, l->width / width, l->height / height);
    cairo_set_source_surface(cr, image, 0, 0);
    cairo_pattern_set_filter(cairo_get_source(cr), CAIRO_FILTER_NEAREST);
    cairo_paint(cr);
    cairo_restore(cr);
    cairo_surface_destroy(image);
}

static void draw_names(layout *l) {
    cairo_set_source_rgb(l->canvas.cr, 0.15, 0.15, 0.15);
    for (size_t i = 0; i < l->m->rows; i++)
        ms_canvas_text(&l->canvas, l->left + l->width + 6, l->top + ROW * ((double)i + 0.5), l->size, MS_LEFT,
                       l->m->names[i]);
}

/* Joins from the right (height 0) to the left (the highest). */
static ms_status draw_tree(layout *l, ms_error *err) {
    const ms_plot_heatmap *m = l->m;
    const size_t n = m->rows;
    if (!m->joins || n < 2) return MS_OK;
    double *x = ms_calloc(2 * n, sizeof *x), *y = ms_calloc(2 * n, sizeof *y);
    const double most = m->joins[n - 2].height > 0 ? m->joins[n - 2].height : 1, right = l->left - 5;
    if (!x || !y) {
        free(x);
        free(y);
        return ms_error_nomem(err);
    }
    for (size_t i = 0; i < n; i++) {
        x[m->leaf[i]] = right;
        y[m->leaf[i]] = l->top + ROW * ((double)i + 0.5);
    }
    cairo_set_source_rgb(l->canvas.cr, 0.35, 0.35, 0.35);
    cairo_set_line_width(l->canvas.cr, 0.7);
    for (size_t j = 0; j + 1 < n; j++) {
        const size_t a = m->joins[j].a, b = m->joins[j].b;
        const double at = right - (TREE - 8) * m->joins[j].height / most;
        cairo_move_to(l->canvas.cr, x[a], y[a]);
        cairo_line_to(l->canvas.cr, at, y[a]);
        cairo_line_to(l->canvas.cr, at, y[b]);
        cairo_line_to(l->canvas.cr, x[b], y[b]);
        cairo_stroke(l->canvas.cr);
        x[n + j] = at;
        y[n + j] = (y[a] + y[b]) / 2;
    }
    free(x);
    free(y);
    return MS_OK;
}

/* A band of the group's colour over its columns, its name above where there is room, else below each other.
 */
static void draw_groups(layout *l) {
    const ms_plot_heatmap *m = l->m;
    ms_canvas *c = &l->canvas;
    const double cell = l->width / (double)m->columns;
    for (size_t i = 0; i < m->columns; i++) {
        size_t end = i;
        while (end + 1 < m->columns && m->group[end + 1] == m->group[i]) end++;
        ms_canvas_colour(c, ms_canvas_series(c, m->group[i]), 1);
        cairo_rectangle(c->cr, l->left + cell * (double)i, l->top - BAND - 3, cell * (double)(end - i + 1),
                        BAND);
        cairo_fill(c->cr);
        i = end;
    }
    double x = l->left;
    for (size_t g = 0; g < m->n_groups; g++) {
        ms_canvas_colour(c, ms_canvas_series(c, g), 1);
        cairo_rectangle(c->cr, x, l->top - BAND - 18, 8, 8);
        cairo_fill(c->cr);
        cairo_set_source_rgb(c->cr, 0.15, 0.15, 0.15);
        ms_canvas_text(c, x + 12, l->top - BAND - 14, SIZE + 0.5, MS_LEFT, m->groups[g]);
        x += 12 + ms_canvas_text_width(c, SIZE + 0.5, m->groups[g]) + 16;
    }
}

/* From the picture upwards, each over the middle of its column. */
static void draw_column_names(layout *l) {
    const ms_plot_heatmap *m = l->m;
    const double cell = l->width / (double)m->columns, size = fmin(SIZE, cell * 0.85);
    cairo_set_source_rgb(l->canvas.cr, 0.15, 0.15, 0.15);
    for (size_t i = 0; m->column_names && i < m->columns; i++) {
        const double wide = ms_style_text_width(NULL, size, m->column_names[i]);
        ms_canvas_text_up(&l->canvas, l->left + cell * ((double)i + 0.5), l->top - 4 - wide / 2, size,
                          m->column_names[i]);
    }
}

static void draw_bar(layout *l, double top) {
    ms_canvas *c = &l->canvas;
    const double wide = 140, left = l->left;
    cairo_pattern_t *fade = cairo_pattern_create_linear(left, 0, left + wide, 0);
    for (int k = 0; k <= 2; k++) {
        const ms_colour at = colour_of((k - 1) * l->m->limit, l->m->limit);
        cairo_pattern_add_color_stop_rgb(fade, k / 2.0, at.r, at.g, at.b);
    }
    cairo_set_source(c->cr, fade);
    cairo_rectangle(c->cr, left, top, wide, 8);
    cairo_fill_preserve(c->cr);
    cairo_pattern_destroy(fade);
    cairo_set_source_rgb(c->cr, 0.45, 0.45, 0.45);
    cairo_set_line_width(c->cr, 0.6);
    cairo_stroke(c->cr);
    cairo_set_source_rgb(c->cr, 0.15, 0.15, 0.15);
    for (int k = 0; k <= 2; k++)
        ms_canvas_text(c, left + wide * k / 2, top + 15, SIZE, MS_CENTRE, l->m->marks[k]);
    ms_canvas_text(c, left + wide + 16, top + 4, SIZE, MS_LEFT, l->m->unit);
}

ms_status ms_plot_heatmap_draw(const ms_plot_heatmap *m, const char *path, ms_error *err) {
    if (m->rows == 0 || m->columns == 0) return ms_error_set(err, MS_EUSAGE, "%s: nothing to draw", path);
    layout l = {.m = m, .size = SIZE, .left = MARGIN + (m->joins ? TREE : 0)};
    double wide = 0;
    for (size_t i = 0; i < m->rows; i++) wide = fmax(wide, ms_style_text_width(NULL, SIZE, m->names[i]));
    if (wide > NAMES) l.size = SIZE * NAMES / wide;
    l.width = WIDTH - MARGIN - l.left - 6 - fmin(wide, NAMES);
    l.above = m->n_groups ? BAND + 22 : 4;
    for (size_t i = 0; m->column_names && i < m->columns; i++)
        l.above = fmax(l.above, 8 + ms_style_text_width(NULL, fmin(SIZE, l.width / (double)m->columns * 0.85),
                                                        m->column_names[i]));
    l.top = (m->title ? 30 : 8) + l.above;
    l.height = ROW * (double)m->rows;
    const double bar = l.top + l.height + 10, note = bar + 26;
    double height = note + 4;
    if (m->note) height += ms_paragraph_height(WIDTH - 2 * MARGIN, SIZE, m->note) + 4;
    ms_status status = ms_canvas_open(&l.canvas, path, WIDTH, height, err);
    if (status != MS_OK) return status;
    if (m->title) (void)ms_title_draw(&l.canvas, m->title);
    draw_image(&l);
    if (m->n_groups) draw_groups(&l);
    draw_column_names(&l);
    draw_names(&l);
    draw_bar(&l, bar);
    status = draw_tree(&l, err);
    if (m->note) {
        cairo_set_source_rgb(l.canvas.cr, 0.3, 0.3, 0.3);
        (void)ms_canvas_paragraph(&l.canvas, MARGIN, note, WIDTH - 2 * MARGIN, SIZE, m->note);
    }
    return ms_canvas_close(&l.canvas, status, err);
}
