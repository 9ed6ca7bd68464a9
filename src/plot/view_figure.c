/* The two layers of a case's view: greys below, outlines and vertebrae above. */
#include "plot/overview.h"

#include <string.h>

#define UNIT 1.5 /* pixels: text and lines can be read on a picture that is shown smaller */
#define HEIGHT (MS_PLOT_VIEW_HEIGHT / UNIT)
#define SAGITTAL (MS_PLOT_VIEW_SAGITTAL / UNIT)
#define SCALE (MS_PLOT_VIEW_SCALE / UNIT)

enum { WIDTH_PX = MS_PLOT_VIEW_HEIGHT + MS_PLOT_VIEW_SAGITTAL, HEIGHT_PX = MS_PLOT_VIEW_HEIGHT };

/* The sagittal picture with the level at half the height, at a scale that is the same in every case. */
static ms_placed place_sagittal(const ms_plot_overview_input *input) {
    const ms_plot_image *image = &input->sagittal;
    const double width = (double)image->width * image->pixel_mm[0] * SCALE,
                 height = (double)image->height * image->pixel_mm[1] * SCALE;
    return (ms_placed){HEIGHT + (SAGITTAL - width) / 2, HEIGHT / 2 - input->level_mm * SCALE, SCALE, width,
                       height};
}

static ms_status open_layer(ms_canvas *canvas, const char *path, ms_error *err) {
    const ms_plot_style pixels = {.dpi = 72, .font_size = 8 * UNIT};
    if (!ms_text_ends_with(path, ".png")) return ms_error_set(err, MS_EUSAGE, "%s: a view is a .png", path);
    return ms_canvas_open_style(canvas, path, &pixels, WIDTH_PX, HEIGHT, err);
}

/* Another kind of pixels under the canvas; what was drawn is lost. */
static void change_pixels(ms_canvas *canvas, cairo_format_t format) {
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_surface_t *surface = cairo_image_surface_create(format, WIDTH_PX, HEIGHT_PX);
    cairo_t *cr = cairo_create(surface);
    cairo_get_font_options(canvas->cr, options);
    cairo_set_font_options(cr, options);
    cairo_scale(cr, UNIT, UNIT);
    cairo_font_options_destroy(options);
    cairo_destroy(canvas->cr);
    cairo_surface_destroy(canvas->surface);
    canvas->cr = cr;
    canvas->surface = surface;
}

/* One byte a pixel: cairo writes its alpha alone as a grey PNG. */
static void make_grey(ms_canvas *canvas) {
    cairo_surface_t *drawn = cairo_surface_reference(canvas->surface);
    change_pixels(canvas, CAIRO_FORMAT_A8);
    cairo_surface_flush(drawn);
    cairo_surface_flush(canvas->surface);
    const unsigned char *from = cairo_image_surface_get_data(drawn);
    unsigned char *to = cairo_image_surface_get_data(canvas->surface);
    const size_t from_stride = (size_t)cairo_image_surface_get_stride(drawn),
                 to_stride = (size_t)cairo_image_surface_get_stride(canvas->surface);
    for (size_t y = 0; from && to && y < HEIGHT_PX; y++) {
        for (size_t x = 0; x < WIDTH_PX; x++) {
            uint32_t pixel;
            memcpy(&pixel, from + y * from_stride + 4 * x, sizeof pixel);
            to[y * to_stride + x] = (unsigned char)(pixel & 0xff);
        }
    }
    cairo_surface_mark_dirty(canvas->surface);
    cairo_surface_destroy(drawn);
}

static ms_status draw_greys(const ms_plot_overview_input *input, const ms_placed *axial,
                            const ms_placed *sagittal, const char *path, ms_error *err) {
    ms_canvas canvas;
    ms_status status = open_layer(&canvas, path, err);
    if (status != MS_OK) return status;
    cairo_set_source_rgb(canvas.cr, 0, 0, 0);
    cairo_paint(canvas.cr);
    ms_overview_image_at(&canvas, &input->axial, axial);
    cairo_rectangle(canvas.cr, HEIGHT, 0, SAGITTAL, HEIGHT);
    cairo_clip(canvas.cr);
    ms_overview_image_at(&canvas, &input->sagittal, sagittal);
    make_grey(&canvas);
    return ms_canvas_close(&canvas, MS_OK, err);
}

static ms_status draw_marks(const ms_plot_overview_input *input, const ms_placed *axial,
                            const ms_placed *sagittal, const char *path, ms_error *err) {
    ms_canvas canvas;
    ms_status status = open_layer(&canvas, path, err);
    if (status != MS_OK) return status;
    change_pixels(&canvas, CAIRO_FORMAT_ARGB32);
    ms_overview_labels(&canvas, input, axial, true);
    ms_overview_spine(&canvas, input, true, sagittal, HEIGHT, 0, SAGITTAL, HEIGHT);
    return ms_canvas_close(&canvas, MS_OK, err);
}

ms_status ms_plot_view(const ms_plot_overview_input *input, const char *path, const char *marks_path,
                       ms_error *err) {
    const ms_placed axial = ms_overview_fit(&input->axial, 0, 0, HEIGHT, HEIGHT);
    const ms_placed sagittal = place_sagittal(input);
    ms_status status = draw_greys(input, &axial, &sagittal, path, err);
    return status == MS_OK ? draw_marks(input, &axial, &sagittal, marks_path, err) : status;
}
