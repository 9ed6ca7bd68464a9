/* plot/agreement_figure.c: two outlines of muscle on one slice, and where they differ. */
#include "plot/canvas.h"

#include <stdlib.h>
#include <string.h>

#define WIDTH 460.0 /* points */

static uint8_t class_of(uint8_t label) {
    return label <= 3 ? label : 0;
}

/* The soft-tissue window, with what only one of the two has washed over it. */
static cairo_surface_t *washed(const ms_plot_image *image, const uint8_t *first, const uint8_t *second) {
    cairo_surface_t *s =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)image->width, (int)image->height);
    if (cairo_surface_status(s) != CAIRO_STATUS_SUCCESS) return s;
    unsigned char *data = cairo_image_surface_get_data(s);
    const size_t stride = (size_t)cairo_image_surface_get_stride(s);
    for (size_t y = 0; y < image->height; y++)
        for (size_t x = 0; x < image->width; x++) {
            const size_t v = y * image->width + x;
            const double g = ((double)image->hu[v] + 150) / 400 * 255;
            const uint32_t grey = g < 0 ? 0 : g > 255 ? 255 : (uint32_t)g, half = grey / 2;
            const uint8_t a = class_of(first[v]), b = class_of(second[v]);
            uint32_t red = grey, green = grey, blue = grey;
            if (a != b) {
                red = b ? half + 127 : half;
                green = a && b ? half + 100 : half;
                blue = a ? half + 127 : half;
            }
            const uint32_t pixel = red << 16 | green << 8 | blue;
            memcpy(data + y * stride + 4 * x, &pixel, 4);
        }
    cairo_surface_mark_dirty(s);
    return s;
}

static void draw_edges(ms_canvas *canvas, const ms_plot_image *image, const uint8_t *labels) {
    const size_t w = image->width, h = image->height;
    for (size_t y = 1; y < h; y++)
        for (size_t x = 1; x < w; x++) {
            const uint8_t here = class_of(labels[y * w + x]);
            if (here != class_of(labels[(y - 1) * w + x])) {
                cairo_move_to(canvas->cr, (double)x, (double)y);
                cairo_line_to(canvas->cr, (double)x + 1, (double)y);
            }
            if (here != class_of(labels[y * w + x - 1])) {
                cairo_move_to(canvas->cr, (double)x, (double)y);
                cairo_line_to(canvas->cr, (double)x, (double)y + 1);
            }
        }
}

static void legend(ms_canvas *canvas, double y) {
    static const struct {
        const char *name;
        ms_colour colour;
    } items[] = {{"contour", {0.85, 0.75, 0.0}},
                 {"only in the contour", {0.25, 0.25, 0.8}},
                 {"only in ours", {0.8, 0.25, 0.25}},
                 {"psoas or other muscle", {0.75, 0.65, 0.75}}};
    double x = 8;
    for (size_t i = 0; i < MS_COUNT(items); i++) {
        ms_canvas_colour(canvas, items[i].colour, 1);
        cairo_rectangle(canvas->cr, x, y - 3, 9, 6);
        cairo_fill(canvas->cr);
        cairo_set_source_rgb(canvas->cr, 0, 0, 0);
        ms_canvas_text(canvas, x + 12, y, 8, MS_LEFT, items[i].name);
        x += 24 + ms_canvas_text_width(canvas, 8, items[i].name);
    }
}

ms_status ms_plot_agreement(const ms_plot_image *image, const uint8_t *first, const uint8_t *second,
                            const char *title, const char *path, ms_error *err) {
    ms_canvas canvas;
    const double w_mm = (double)image->width * image->pixel_mm[0],
                 h_mm = (double)image->height * image->pixel_mm[1], scale = WIDTH / w_mm;
    if (!ms_text_ends_with(path, ".png"))
        return ms_error_set(err, MS_EUSAGE, "%s: the figure is a .png", path);
    const ms_status status = ms_canvas_open(&canvas, path, WIDTH, 36 + h_mm * scale, err);
    if (status != MS_OK) return status;
    cairo_set_source_rgb(canvas.cr, 0, 0, 0);
    ms_canvas_bold(&canvas, 8, 10, 9, MS_LEFT, title);
    legend(&canvas, 26);
    cairo_surface_t *surface = washed(image, first, second);
    cairo_save(canvas.cr);
    cairo_translate(canvas.cr, 0, 36);
    cairo_scale(canvas.cr, scale * image->pixel_mm[0], scale * image->pixel_mm[1]);
    cairo_set_source_surface(canvas.cr, surface, 0, 0);
    cairo_pattern_set_filter(cairo_get_source(canvas.cr), CAIRO_FILTER_NEAREST);
    cairo_paint(canvas.cr);
    draw_edges(&canvas, image, first);
    cairo_set_source_rgb(canvas.cr, 1, 0.9, 0.1);
    cairo_set_line_width(canvas.cr, 0.5 / scale / image->pixel_mm[0]);
    cairo_stroke(canvas.cr);
    cairo_restore(canvas.cr);
    cairo_surface_destroy(surface);
    return ms_canvas_close(&canvas, MS_OK, err);
}
