/* One segmentation at a glance: slice with outlines, sagittal and coronal with the level, numbers. */
#include "plot/canvas.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PANEL 250.0 /* points */
#define GAP 8.0
#define TEXT_ROW 12.0
#define THUMBNAIL 86.0

/* The soft-tissue window a radiologist looks at muscle with. */
static unsigned char grey(float hu) {
    double g = ((double)hu - (50 - 200)) / 400 * 255;
    return (unsigned char)(g < 0 ? 0 : g > 255 ? 255 : g);
}

static cairo_surface_t *grey_surface(const ms_plot_image *image) {
    cairo_surface_t *s =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)image->width, (int)image->height);
    if (cairo_surface_status(s) != CAIRO_STATUS_SUCCESS) return s;
    unsigned char *data = cairo_image_surface_get_data(s);
    size_t stride = (size_t)cairo_image_surface_get_stride(s);
    for (size_t y = 0; y < image->height; y++) {
        for (size_t x = 0; x < image->width; x++) {
            uint32_t g = grey(image->hu[y * image->width + x]), pixel = g << 16 | g << 8 | g;
            memcpy(data + y * stride + 4 * x, &pixel, 4);
        }
    }
    cairo_surface_mark_dirty(s);
    return s;
}

typedef struct placed {
    double x, y, scale; /* of the panel: points a millimetre */
    double width, height;
} placed;

static placed fit(const ms_plot_image *image, double x, double y, double width, double height) {
    double w_mm = (double)image->width * image->pixel_mm[0],
           h_mm = (double)image->height * image->pixel_mm[1];
    double scale = fmin(width / w_mm, height / h_mm);
    return (placed){x + (width - w_mm * scale) / 2, y + (height - h_mm * scale) / 2, scale, w_mm * scale,
                    h_mm * scale};
}

static placed draw_image(ms_canvas *canvas, const ms_plot_image *image, double x, double y, double w,
                         double h) {
    placed p = fit(image, x, y, w, h);
    cairo_surface_t *surface = grey_surface(image);
    cairo_save(canvas->cr);
    cairo_rectangle(canvas->cr, x, y, w, h);
    cairo_clip(canvas->cr);
    cairo_set_source_rgb(canvas->cr, 0, 0, 0);
    cairo_paint(canvas->cr);
    cairo_translate(canvas->cr, p.x, p.y);
    cairo_scale(canvas->cr, p.scale * image->pixel_mm[0], p.scale * image->pixel_mm[1]);
    cairo_set_source_surface(canvas->cr, surface, 0, 0);
    cairo_pattern_set_filter(cairo_get_source(canvas->cr), CAIRO_FILTER_BILINEAR);
    cairo_paint(canvas->cr);
    cairo_restore(canvas->cr);
    cairo_surface_destroy(surface);
    return p;
}

static const ms_colour label_colours[] = {
    {0, 0, 0},          {1.00, 0.25, 0.20}, {0.20, 0.75, 1.00}, {0.20, 0.95, 0.45},
    {0.95, 0.85, 0.25}, {0.95, 0.60, 0.10}, {0.90, 0.40, 0.90}, {0.75, 0.75, 0.75},
};
static const char *const label_names[] = {
    "", "muscle", "psoas R", "psoas L", "subcutaneous fat", "visceral fat", "intramuscular fat", "L3"};

/* A wash of fat, so that outlines of muscle stay readable. */
static void wash_label(ms_canvas *canvas, const ms_plot_image *image, const uint8_t *labels, uint8_t label,
                       double alpha) {
    ms_canvas_colour(canvas, label_colours[label], alpha);
    for (size_t y = 0; y < image->height; y++) {
        const uint8_t *row = labels + y * image->width;
        for (size_t x = 0; x < image->width;) {
            size_t from = x;
            while (x < image->width && row[x] == label) x++;
            if (x > from) cairo_rectangle(canvas->cr, (double)from, (double)y, (double)(x - from), 1);
            if (x == from) x++;
        }
    }
    cairo_fill(canvas->cr);
}

/* The edges between pixels of the label and others. */
static void outline_label(ms_canvas *canvas, const ms_plot_image *image, const uint8_t *labels,
                          uint8_t label) {
    size_t w = image->width, h = image->height;
    for (size_t y = 0; y <= h; y++) {
        for (size_t x = 0; x < w; x++) {
            bool above = y > 0 && labels[(y - 1) * w + x] == label,
                 here = y < h && labels[y * w + x] == label;
            if (above == here) continue;
            cairo_move_to(canvas->cr, (double)x, (double)y);
            cairo_line_to(canvas->cr, (double)x + 1, (double)y);
        }
    }
    for (size_t x = 0; x <= w; x++) {
        for (size_t y = 0; y < h; y++) {
            bool left = x > 0 && labels[y * w + x - 1] == label, here = x < w && labels[y * w + x] == label;
            if (left == here) continue;
            cairo_move_to(canvas->cr, (double)x, (double)y);
            cairo_line_to(canvas->cr, (double)x, (double)y + 1);
        }
    }
}

static void draw_labels(ms_canvas *canvas, const ms_plot_image *image, const uint8_t *labels,
                        const placed *p) {
    cairo_save(canvas->cr);
    cairo_translate(canvas->cr, p->x, p->y);
    cairo_scale(canvas->cr, p->scale * image->pixel_mm[0], p->scale * image->pixel_mm[1]);
    cairo_set_antialias(canvas->cr, CAIRO_ANTIALIAS_NONE);
    for (uint8_t label = 4; label <= 6; label++)
        wash_label(canvas, image, labels, label, label == 6 ? 0.6 : 0.25);
    cairo_set_antialias(canvas->cr, CAIRO_ANTIALIAS_DEFAULT);
    for (uint8_t label = 1; label <= 7; label++) {
        if (label >= 4 && label <= 6) continue;
        outline_label(canvas, image, labels, label);
        cairo_save(canvas->cr);
        cairo_identity_matrix(canvas->cr);
        ms_canvas_colour(canvas, label_colours[label], 1);
        cairo_set_line_width(canvas->cr, canvas->kind == MS_CANVAS_PNG ? 1.6 : 0.6);
        cairo_stroke(canvas->cr);
        cairo_restore(canvas->cr);
    }
    cairo_restore(canvas->cr);
}

static void draw_level(ms_canvas *canvas, const ms_plot_overview_input *input, const placed *p, double x,
                       double w) {
    cairo_set_source_rgb(canvas->cr, 1, 0.9, 0.2);
    cairo_set_line_width(canvas->cr, 0.8);
    double y = p->y + input->level_mm * p->scale;
    ms_canvas_line(canvas, x, y, x + w, y);
    for (size_t m = 0; m < input->n_marks; m++)
        ms_canvas_text(canvas, x + 4, p->y + input->marks[m].y_mm * p->scale, 7.5, MS_LEFT,
                       input->marks[m].name);
}

static void draw_legend(ms_canvas *canvas, double x, double y) {
    for (size_t label = 1; label < MS_COUNT(label_names); label++) {
        ms_canvas_colour(canvas, label_colours[label], 1);
        cairo_rectangle(canvas->cr, x, y - 3, 8, 6);
        cairo_fill(canvas->cr);
        cairo_set_source_rgb(canvas->cr, 0.2, 0.2, 0.2);
        ms_canvas_text(canvas, x + 11, y, 7, MS_LEFT, label_names[label]);
        x += 18 + ms_canvas_text_width(canvas, 7, label_names[label]);
    }
}

ms_status ms_plot_overview(const ms_plot_overview_input *input, const char *path, ms_error *err) {
    ms_canvas canvas;
    double side = PANEL * 0.72, text_rows = ceil((double)input->n_lines / 2);
    double width = PANEL + 2 * side + 4 * GAP, top = 20,
           height = top + PANEL + 20 + TEXT_ROW * text_rows + GAP;
    if (!ms_text_ends_with(path, ".png"))
        return ms_error_set(err, MS_EUSAGE, "%s: an overview is a .png", path);
    ms_status status = ms_canvas_open(&canvas, path, width, height, err);
    if (status != MS_OK) return status;
    if (input->title) ms_canvas_bold(&canvas, GAP, 10, 9, MS_LEFT, input->title);
    placed p = draw_image(&canvas, &input->axial, GAP, top, PANEL, PANEL);
    draw_labels(&canvas, &input->axial, input->labels, &p);
    p = draw_image(&canvas, &input->sagittal, PANEL + 2 * GAP, top, side, PANEL);
    draw_level(&canvas, input, &p, PANEL + 2 * GAP, side);
    p = draw_image(&canvas, &input->coronal, PANEL + side + 3 * GAP, top, side, PANEL);
    draw_level(&canvas, input, &p, PANEL + side + 3 * GAP, side);
    draw_legend(&canvas, GAP, top + PANEL + 9);
    cairo_set_source_rgb(canvas.cr, 0.1, 0.1, 0.1);
    for (size_t l = 0; l < input->n_lines; l++) {
        double x = GAP + (double)(l % 2) * width / 2, y = top + PANEL + 24 + TEXT_ROW * (double)(l / 2);
        ms_canvas_text(&canvas, x, y, 8, MS_LEFT, input->lines[l]);
    }
    return ms_canvas_close(&canvas, MS_OK, err);
}

ms_status ms_plot_thumbnail(const ms_plot_overview_input *input, const char *path, ms_error *err) {
    ms_canvas canvas;
    double side = THUMBNAIL * 0.66;
    ms_plot_overview_input plain = *input;
    plain.n_marks = 0;
    if (!ms_text_ends_with(path, ".png"))
        return ms_error_set(err, MS_EUSAGE, "%s: a thumbnail is a .png", path);
    ms_status status = ms_canvas_open(&canvas, path, THUMBNAIL + 1 + side, THUMBNAIL, err);
    if (status != MS_OK) return status;
    placed p = draw_image(&canvas, &input->axial, 0, 0, THUMBNAIL, THUMBNAIL);
    draw_labels(&canvas, &input->axial, input->labels, &p);
    p = draw_image(&canvas, &input->sagittal, THUMBNAIL + 1, 0, side, THUMBNAIL);
    draw_level(&canvas, &plain, &p, THUMBNAIL + 1, side);
    return ms_canvas_close(&canvas, MS_OK, err);
}
