/* The pictures of an overview: grey images, outlines, legend. */
#include "plot/overview.h"

#include <math.h>
#include <string.h>

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

ms_placed ms_overview_fit(const ms_plot_image *image, double x, double y, double width, double height) {
    double w_mm = (double)image->width * image->pixel_mm[0],
           h_mm = (double)image->height * image->pixel_mm[1];
    double scale = fmin(width / w_mm, height / h_mm);
    return (ms_placed){x + (width - w_mm * scale) / 2, y + (height - h_mm * scale) / 2, scale, w_mm * scale,
                       h_mm * scale};
}

void ms_overview_image_at(ms_canvas *canvas, const ms_plot_image *image, const ms_placed *p) {
    cairo_surface_t *surface = grey_surface(image);
    cairo_save(canvas->cr);
    cairo_translate(canvas->cr, p->x, p->y);
    cairo_scale(canvas->cr, p->scale * image->pixel_mm[0], p->scale * image->pixel_mm[1]);
    cairo_set_source_surface(canvas->cr, surface, 0, 0);
    cairo_pattern_set_filter(cairo_get_source(canvas->cr), CAIRO_FILTER_BILINEAR);
    cairo_paint(canvas->cr);
    cairo_restore(canvas->cr);
    cairo_surface_destroy(surface);
}

ms_placed ms_overview_image(ms_canvas *canvas, const ms_plot_image *image, double x, double y, double w,
                            double h) {
    ms_placed p = ms_overview_fit(image, x, y, w, h);
    cairo_save(canvas->cr);
    cairo_rectangle(canvas->cr, x, y, w, h);
    cairo_clip(canvas->cr);
    cairo_set_source_rgb(canvas->cr, 0, 0, 0);
    cairo_paint(canvas->cr);
    ms_overview_image_at(canvas, image, &p);
    cairo_restore(canvas->cr);
    return p;
}

/* By ms_part, and after them the fats and the vertebra of ms_label 4 to 7. */
enum { FIRST_LABEL = 8, ENTRIES = 12 };
static const struct {
    ms_colour colour;
    const char *name; /* NULL: shares the entry before it */
} entries[ENTRIES] = {
    {{0, 0, 0}, NULL},
    {{0.20, 0.75, 1.00}, "psoas right"},
    {{0.20, 0.95, 0.45}, "psoas left"},
    {{1.00, 0.62, 0.55}, "erector spinae"},
    {{1.00, 0.62, 0.55}, NULL},
    {{1.00, 1.00, 0.35}, "quadratus lumborum"},
    {{1.00, 1.00, 0.35}, NULL},
    {{1.00, 0.25, 0.20}, "abdominal wall"},
    {{0.95, 0.85, 0.25}, "subcutaneous fat"},
    {{0.95, 0.60, 0.10}, "visceral fat"},
    {{0.90, 0.40, 0.90}, "fat in muscle"},
    {{0.80, 0.80, 0.80}, "L3 vertebra"},
};
static const ms_colour muscle_colour = {1.00, 0.25, 0.20}; /* label 1 where single muscles are not known */

/* A wash of fat, so that outlines of muscle stay readable. */
static void wash_label(ms_canvas *canvas, const ms_plot_image *image, const uint8_t *labels, uint8_t label,
                       double alpha) {
    ms_canvas_colour(canvas, entries[label - 4 + FIRST_LABEL].colour, alpha);
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

static void stroke_outline(ms_canvas *canvas, ms_colour colour) {
    cairo_save(canvas->cr);
    cairo_identity_matrix(canvas->cr);
    ms_canvas_colour(canvas, colour, 1);
    cairo_set_line_width(canvas->cr, canvas->kind == MS_CANVAS_PNG ? 1.6 : 0.6);
    cairo_stroke(canvas->cr);
    cairo_restore(canvas->cr);
}

static void halo_text(ms_canvas *canvas, double x, double y, double size, const char *text) {
    ms_canvas_colour(canvas, (ms_colour){0.95, 0.95, 0.95}, 1);
    ms_canvas_bold(canvas, x, y, size, MS_CENTRE, text);
}

/* The radiologist's view: the patient's right is on the left. */
static void orientation(ms_canvas *canvas, const ms_placed *p) {
    const double bar = 50 * p->scale, x = p->x + p->width - 8 - bar, y = p->y + p->height - 6;
    halo_text(canvas, p->x + 7, p->y + p->height / 2, 8, "R");
    halo_text(canvas, p->x + p->width - 7, p->y + p->height / 2, 8, "L");
    if (bar > p->width / 2) return;
    cairo_set_line_width(canvas->cr, 1.4);
    ms_canvas_line(canvas, x, y, x + bar, y);
    ms_canvas_text(canvas, x + bar / 2, y - 6, 6.5, MS_CENTRE, "5 cm");
}

void ms_overview_labels(ms_canvas *canvas, const ms_plot_overview_input *input, const ms_placed *p,
                        bool marks) {
    const ms_plot_image *image = &input->axial;
    cairo_save(canvas->cr);
    cairo_translate(canvas->cr, p->x, p->y);
    cairo_scale(canvas->cr, p->scale * image->pixel_mm[0], p->scale * image->pixel_mm[1]);
    cairo_set_antialias(canvas->cr, CAIRO_ANTIALIAS_NONE);
    for (uint8_t label = 4; label <= 6; label++)
        wash_label(canvas, image, input->labels, label, label == 6 ? 0.6 : 0.25);
    cairo_set_antialias(canvas->cr, CAIRO_ANTIALIAS_DEFAULT);
    for (uint8_t label = 1; label <= 7; label++) {
        if (label >= 4 && label <= 6) continue;
        if (input->parts != NULL && label == 1) continue;
        outline_label(canvas, image, input->labels, label);
        stroke_outline(canvas, label == 1   ? muscle_colour
                               : label == 7 ? entries[FIRST_LABEL + 3].colour
                                            : entries[label - 1].colour);
    }
    for (uint8_t part = 3; input->parts != NULL && part < FIRST_LABEL; part++) {
        outline_label(canvas, image, input->parts, part);
        stroke_outline(canvas, entries[part].colour);
    }
    cairo_restore(canvas->cr);
    if (marks) orientation(canvas, p);
}

static bool any(const uint8_t *labels, const ms_plot_image *image, uint8_t label) {
    return labels != NULL && memchr(labels, label, image->width * image->height) != NULL;
}

/* Only what is in the picture. */
double ms_overview_legend(ms_canvas *canvas, const ms_plot_overview_input *input, double x, double y,
                          double width) {
    enum { COLUMNS = 3 };
    const double row = 12;
    size_t shown = 0;
    for (size_t e = 0; e < ENTRIES; e++) {
        const bool label = e >= FIRST_LABEL;
        const bool both = e == 3 || e == 5;
        const bool psoas = e == 1 || e == 2;
        if (entries[e].name == NULL && e != 0) continue;
        const bool there = e == 0  ? input->parts == NULL && any(input->labels, &input->axial, 1)
                           : label ? any(input->labels, &input->axial, (uint8_t)(e - FIRST_LABEL + 4))
                           : psoas ? any(input->labels, &input->axial, (uint8_t)(e + 1))
                                   : any(input->parts, &input->axial, (uint8_t)e) ||
                                         (both && any(input->parts, &input->axial, (uint8_t)(e + 1)));
        if (!there) continue;
        if (canvas == NULL) {
            shown++;
            continue;
        }
        const double left = x + (double)(shown % COLUMNS) * width / COLUMNS,
                     middle = y + row * ((double)(shown / COLUMNS) + 0.5);
        ms_canvas_colour(canvas, e == 0 ? muscle_colour : entries[e].colour, 1);
        cairo_rectangle(canvas->cr, left, middle - 3, 8, 6);
        cairo_fill_preserve(canvas->cr);
        cairo_set_source_rgb(canvas->cr, 0.4, 0.4, 0.4);
        cairo_set_line_width(canvas->cr, 0.3);
        cairo_stroke(canvas->cr);
        cairo_set_source_rgb(canvas->cr, 0.2, 0.2, 0.2);
        ms_canvas_text(canvas, left + 11, middle, 7.5, MS_LEFT, e == 0 ? "skeletal muscle" : entries[e].name);
        shown++;
    }
    return row * ceil((double)shown / COLUMNS);
}
