/* The statistic of every cut, and under it the curves of the groups that the chosen cuts make. */
#include "plot/km_layout.h"

#include <math.h>

#define PANEL 150.0 /* height of the upper part */

static double top_of(const ms_plot_cut *cut) {
    double top = cut->critical > 0 ? cut->critical : 0;
    for (size_t i = 0; i < cut->n; i++) top = fmax(top, cut->statistic[i]);
    return top > 0 ? 1.08 * top : 1;
}

static void draw_statistic(ms_canvas *canvas, const ms_axes *a, const ms_plot_cut *cut) {
    cairo_t *cr = canvas->cr;
    cairo_set_source_rgb(cr, 0.45, 0.45, 0.45);
    cairo_set_line_width(cr, 0.7);
    ms_canvas_dash(canvas, 2);
    if (cut->critical > 0) {
        double y = ms_axes_y(a, cut->critical);
        ms_canvas_line(canvas, a->left, y, a->right, y);
    }
    ms_canvas_dash(canvas, 1);
    for (size_t k = 0; k < cut->n_chosen; k++) {
        double x = ms_axes_x(a, cut->chosen[k]);
        ms_canvas_line(canvas, x, a->top, x, a->bottom);
    }
    ms_canvas_dash(canvas, 0);
    ms_canvas_colour(canvas, ms_canvas_series(canvas, 0), 1);
    cairo_set_line_width(cr, 1.2);
    for (size_t i = 0; i < cut->n; i++) {
        double x = ms_axes_x(a, cut->cut[i]), y = ms_axes_y(a, cut->statistic[i]);
        if (i == 0)
            cairo_move_to(cr, x, y);
        else
            cairo_line_to(cr, x, y);
    }
    cairo_stroke(cr);
    for (size_t i = 0; i < cut->n && cut->n <= 80; i++) {
        cairo_new_sub_path(cr);
        cairo_arc(cr, ms_axes_x(a, cut->cut[i]), ms_axes_y(a, cut->statistic[i]), 1.6, 0, 6.283185307179586);
        cairo_fill(cr);
    }
}

/* The page's height without the panel, for the curves' own layout. */
static ms_plot_style rest_of(const ms_plot_style *style) {
    ms_plot_style rest = style ? *style : (ms_plot_style){0};
    if (rest.height_mm > 0) {
        double scale = rest.font_size > 0 ? rest.font_size / 8 : 1;
        rest.height_mm = fmax(20, rest.height_mm - PANEL * scale / MS_MM);
    }
    return rest;
}

static void draw_panel(ms_canvas *canvas, const ms_plot_cut *cut, const ms_axes *below, const char *title) {
    double least = cut->cut[0], most = cut->cut[cut->n - 1],
           room = most > least ? 0.03 * (most - least) : 0.5;
    ms_axes a = {.left = below->left,
                 .top = title ? 28 : 12,
                 .right = below->right,
                 .bottom = PANEL - 36,
                 .x0 = least - room,
                 .x1 = most + room,
                 .y1 = top_of(cut)};
    if (title) {
        double size = 10, wide = ms_canvas_text_width(canvas, size, title) * 1.1;
        if (wide > canvas->width - 16) size *= (canvas->width - 16) / wide;
        ms_canvas_bold(canvas, canvas->width / 2, 13, size, MS_CENTRE, title);
    }
    draw_statistic(canvas, &a, cut);
    ms_axes_draw(canvas, &a, cut->x_label, "Statistic");
    if (!(cut->critical > 0)) return;
    /* on the side where the chosen cut is not */
    bool left = cut->n_chosen > 0 && ms_axes_x(&a, cut->chosen[0]) > (a.left + a.right) / 2;
    cairo_set_source_rgb(canvas->cr, 0.35, 0.35, 0.35);
    ms_canvas_text(canvas, left ? a.left + 4 : a.right, ms_axes_y(&a, cut->critical) - 6, 7.5,
                   left ? MS_LEFT : MS_RIGHT, "5% corrected for the search");
}

ms_status ms_plot_cutpoint(const ms_plot_cut *cut, const ms_plot_curve *curves, size_t n,
                           const ms_plot_km_options *options, const char *path, ms_error *err) {
    if (cut->n == 0) return ms_plot_km(curves, n, options, path, err);
    ms_canvas canvas;
    ms_km_layout layout;
    ms_plot_style rest = rest_of(options->style);
    ms_plot_km_options below = *options;
    const char *title = ms_style_title(options->style, options->title);
    rest.title = "";
    below.style = &rest;
    ms_status status = ms_plot_style_check(options->style, err);
    if (status == MS_OK) status = ms_km_lay_out(curves, n, &below, &layout, err);
    if (status == MS_OK)
        status = ms_canvas_open_style(&canvas, path, options->style, 120 * MS_MM, layout.height + PANEL, err);
    if (status != MS_OK) return status;
    draw_panel(&canvas, cut, &layout.axes, title);
    cairo_save(canvas.cr);
    cairo_translate(canvas.cr, 0, PANEL);
    status = ms_km_draw(&canvas, &layout, curves, n, &below, err);
    cairo_restore(canvas.cr);
    return ms_canvas_close(&canvas, status, err);
}
