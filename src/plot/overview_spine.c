/* The spine of an overview: vertebrae as boxes that follow its curve, their names, the level. */
#include "plot/overview.h"

#include <math.h>

static const double half_depth_mm = 18, half_width_mm = 24; /* of a lumbar vertebral body, about */

static double across(const ms_plot_mark *mark, bool sagittal) {
    return sagittal ? mark->sagittal_mm : mark->coronal_mm;
}

/* How far the spine's axis goes sideways for each mm down, at vertebra m, by its neighbours. */
static double slope(const ms_plot_overview_input *input, size_t m, bool sagittal) {
    const size_t below = m > 0 ? m - 1 : m, above = m + 1 < input->n_marks ? m + 1 : m;
    const double dy = input->marks[below].y_mm - input->marks[above].y_mm;
    const double dx = across(&input->marks[below], sagittal) - across(&input->marks[above], sagittal);
    return fabs(dy) > 1 ? fmax(-1, fmin(1, dx / dy)) : 0;
}

static void label(ms_canvas *canvas, double x, double y, ms_align align, ms_colour colour, const char *text) {
    const double width = ms_canvas_text_width(canvas, 7.5, text) + 3;
    const double left = align == MS_LEFT ? x - 1.5 : align == MS_RIGHT ? x - width + 1.5 : x - width / 2;
    ms_canvas_colour(canvas, (ms_colour){0, 0, 0}, 0.6);
    cairo_rectangle(canvas->cr, left, y - 5, width, 10);
    cairo_fill(canvas->cr);
    ms_canvas_colour(canvas, colour, 1);
    ms_canvas_text(canvas, x, y, 7.5, align, text);
}

static void box(ms_canvas *canvas, const ms_plot_overview_input *input, size_t m, bool sagittal,
                const ms_placed *p) {
    const ms_plot_mark *mark = &input->marks[m];
    const ms_colour colour = mark->level ? (ms_colour){1, 0.9, 0.2} : (ms_colour){0.45, 0.85, 1};
    const double cx = across(mark, sagittal), along = slope(input, m, sagittal),
                 half = sagittal ? half_depth_mm : half_width_mm;
    const double length = hypot(1, along), px = half / length, py = -half * along / length;
    double x = p->x + cx * p->scale;
    if (mark->bottom_mm > mark->top_mm) {
        const double ends[2] = {mark->top_mm, mark->bottom_mm};
        for (int e = 0; e < 2; e++) {
            const double ex = cx + along * (ends[e] - mark->y_mm), side = e == 0 ? 1 : -1;
            for (int c = -1; c <= 1; c += 2) {
                const double qx = p->x + (ex + side * c * px) * p->scale,
                             qy = p->y + (ends[e] + side * c * py) * p->scale;
                if (e == 0 && c == -1)
                    cairo_move_to(canvas->cr, qx, qy);
                else
                    cairo_line_to(canvas->cr, qx, qy);
            }
        }
        cairo_close_path(canvas->cr);
        ms_canvas_colour(canvas, colour, mark->level ? 1 : 0.8);
        cairo_set_line_width(canvas->cr, mark->level ? 1.2 : 0.7);
        cairo_stroke(canvas->cr);
        x -= half * p->scale + 3;
    }
    label(canvas, fmax(x, p->x + 18), p->y + mark->y_mm * p->scale, MS_RIGHT, colour, mark->name);
}

void ms_overview_spine(ms_canvas *canvas, const ms_plot_overview_input *input, bool sagittal,
                       const ms_placed *p, double x, double y, double w, double h) {
    const double level = p->y + input->level_mm * p->scale;
    const ms_colour yellow = {1, 0.9, 0.2}, orange = {1, 0.6, 0.25};
    cairo_save(canvas->cr);
    cairo_rectangle(canvas->cr, x, y, w, h);
    cairo_clip(canvas->cr);
    if (input->band_mm > 0) {
        ms_canvas_colour(canvas, yellow, 0.25);
        cairo_rectangle(canvas->cr, p->x, level - input->band_mm / 2 * p->scale, p->width,
                        input->band_mm * p->scale);
        cairo_fill(canvas->cr);
    }
    ms_canvas_colour(canvas, yellow, 1);
    cairo_set_line_width(canvas->cr, 0.9);
    ms_canvas_line(canvas, p->x, level, p->x + p->width, level);
    for (size_t m = 0; m < input->n_marks; m++) box(canvas, input, m, sagittal, p);
    for (size_t c = 0; c < input->n_candidates; c++) {
        const double at = p->y + input->candidates[c].y_mm * p->scale;
        ms_canvas_dash(canvas, 1);
        ms_canvas_colour(canvas, orange, 1);
        ms_canvas_line(canvas, p->x, at, p->x + p->width, at);
        ms_canvas_dash(canvas, 0);
        label(canvas, p->x + p->width - 3, at, MS_RIGHT, orange, input->candidates[c].text);
    }
    if (!sagittal && p->height > 20) {
        label(canvas, p->x + 8, p->y + 8, MS_CENTRE, (ms_colour){0.95, 0.95, 0.95}, "R");
        label(canvas, p->x + p->width - 8, p->y + 8, MS_CENTRE, (ms_colour){0.95, 0.95, 0.95}, "L");
    }
    cairo_restore(canvas->cr);
}
