/* The map of a risk over the slice: the slice with outlines, and the slice with the map in colours. */
#include "plot/explain.h"
#include "plot/overview.h"

#include <math.h>
#include <string.h>

#define PANEL 320.0 /* points */
#define BAR 58.0

/* How much of the slice a colour covers: little near 0, so that the muscle can be seen where nothing is. */
static double cover(double t) {
    return 0.30 + 0.55 * sqrt(fmin(fabs(t), 1));
}

/* The map as a picture of its own, see-through where there is nothing. */
static cairo_surface_t *map_surface(const ms_plot_map *m, double limit) {
    const size_t w = m->image.width, h = m->image.height;
    cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, (int)w, (int)h);
    if (cairo_surface_status(s) != CAIRO_STATUS_SUCCESS) return s;
    unsigned char *data = cairo_image_surface_get_data(s);
    const size_t stride = (size_t)cairo_image_surface_get_stride(s);
    for (size_t y = 0; y < h; y++)
        for (size_t x = 0; x < w; x++) {
            const double v = m->map[y * w + x];
            uint32_t pixel = 0;
            if (!isnan(v)) {
                const ms_colour c = ms_diverging(v / limit);
                const double a = cover(v / limit) * 255; /* premultiplied */
                pixel = (uint32_t)a << 24 | (uint32_t)(c.r * a) << 16 | (uint32_t)(c.g * a) << 8 |
                        (uint32_t)(c.b * a);
            }
            memcpy(data + y * stride + 4 * x, &pixel, 4);
        }
    cairo_surface_mark_dirty(s);
    return s;
}

static void paint_map(ms_canvas *canvas, const ms_plot_map *m, const ms_placed *p, double limit) {
    cairo_surface_t *surface = map_surface(m, limit);
    cairo_save(canvas->cr);
    cairo_translate(canvas->cr, p->x, p->y);
    cairo_scale(canvas->cr, p->scale * m->image.pixel_mm[0], p->scale * m->image.pixel_mm[1]);
    cairo_set_source_surface(canvas->cr, surface, 0, 0);
    cairo_pattern_set_filter(cairo_get_source(canvas->cr), CAIRO_FILTER_NEAREST);
    cairo_paint(canvas->cr);
    cairo_restore(canvas->cr);
    cairo_surface_destroy(surface);
}

static double largest(const ms_plot_map *m) {
    double most = 0;
    for (size_t v = 0; v < m->image.width * m->image.height; v++)
        if (!isnan(m->map[v])) most = fmax(most, fabs(m->map[v]));
    return most;
}

static void colour_bar(ms_canvas *canvas, const ms_plot_map *m, double x, double y, double height,
                       double limit) {
    enum { STEPS = 80 };
    double first, step;
    for (int k = 0; k < STEPS; k++) {
        const double t = 1 - 2 * (k + 0.5) / STEPS, a = cover(t);
        const ms_colour c = ms_diverging(t);
        /* as it looks over muscle, which is mid-grey in the picture */
        const ms_colour seen = {a * c.r + (1 - a) * 0.5, a * c.g + (1 - a) * 0.5, a * c.b + (1 - a) * 0.5};
        ms_canvas_colour(canvas, seen, 1);
        cairo_rectangle(canvas->cr, x, y + height * k / STEPS, 9, height / STEPS + 0.3);
        cairo_fill(canvas->cr);
    }
    cairo_set_source_rgb(canvas->cr, 0.1, 0.1, 0.1);
    cairo_set_line_width(canvas->cr, 0.6);
    const size_t ticks = ms_ticks(-limit, limit, 6, &first, &step);
    for (size_t t = 0; t < ticks; t++) {
        char text[32];
        double value = first + (double)t * step;
        if (fabs(value) < step * 1e-6) value = 0;
        const double at = y + height * 0.5 * (1 - value / limit);
        (void)ms_text_format(text, sizeof text, value > 0 ? "+%.3g" : "%.3g", value);
        ms_canvas_line(canvas, x + 9, at, x + 12, at);
        ms_canvas_text(canvas, x + 14, at, 7, MS_LEFT, text);
    }
    ms_canvas_text_up(canvas, x + 46, y + height / 2, 8, m->bar_label ? m->bar_label : "log hazard ratio");
}

static ms_placed draw_slice(ms_canvas *canvas, const ms_plot_map *m, double x, double y, double width,
                            double height) {
    const ms_plot_overview_input input = {.axial = m->image, .labels = m->labels};
    const ms_placed p = ms_overview_image(canvas, &m->image, x, y, width, height);
    if (m->labels) ms_overview_labels(canvas, &input, &p, true);
    return p;
}

ms_status ms_plot_contribution_map(const ms_plot_map *m, const char *path, ms_error *err) {
    const double w_mm = (double)m->image.width * m->image.pixel_mm[0],
                 h_mm = (double)m->image.height * m->image.pixel_mm[1];
    if (!ms_text_ends_with(path, ".png")) return ms_error_set(err, MS_EUSAGE, "%s: the map is a .png", path);
    if (!(w_mm > 0 && h_mm > 0)) return ms_error_set(err, MS_EUSAGE, "%s: the picture is empty", path);
    const double panel = fmin(fmax(PANEL * h_mm / w_mm, 120), 1.4 * PANEL), width = 2 * PANEL + BAR + 30;
    const double limit = m->limit > 0 ? m->limit : largest(m) > 0 ? largest(m) : 1;
    double text = 0;
    for (size_t i = 0; i < m->n_lines; i++) text += ms_paragraph_height(width - 24, 7.5, m->lines[i]) + 3;
    ms_canvas canvas;
    const double top = 40;
    const ms_status status = ms_canvas_open(&canvas, path, width, top + panel + 14 + text + 6, err);
    if (status != MS_OK) return status;
    cairo_set_source_rgb(canvas.cr, 0.1, 0.1, 0.1);
    if (m->title) ms_canvas_bold(&canvas, width / 2, 12, 10, MS_CENTRE, m->title);
    ms_canvas_text(&canvas, 8 + PANEL / 2, 30, 8, MS_CENTRE, "the slice and the regions");
    ms_canvas_text(&canvas, 14 + PANEL * 1.5, 30, 8, MS_CENTRE, "red: raises the risk; blue: lowers it");
    (void)draw_slice(&canvas, m, 8, top, PANEL, panel);
    const ms_plot_overview_input bare = {.axial = m->image};
    const ms_placed p = ms_overview_image(&canvas, &bare.axial, 14 + PANEL, top, PANEL, panel);
    paint_map(&canvas, m, &p, limit);
    colour_bar(&canvas, m, 22 + 2 * PANEL, top + 8, panel - 16, limit);
    double y = top + panel + 12;
    cairo_set_source_rgb(canvas.cr, 0.25, 0.25, 0.25);
    for (size_t i = 0; i < m->n_lines; i++)
        y += ms_canvas_paragraph(&canvas, 12, y, width - 24, 7.5, m->lines[i]) + 3;
    return ms_canvas_close(&canvas, MS_OK, err);
}
