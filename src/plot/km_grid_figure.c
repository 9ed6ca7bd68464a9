/* Survival curves of many comparisons side by side: small multiples on common axes. */
#include "myosurv/plot_study.h"
#include "plot/heading.h"
#include "plot/km_layout.h"
#include "plot/legend.h"

#include <math.h>
#include <stdlib.h>

#define COLUMNS 3
#define WIDTH 172.0 /* of a panel */
#define PLOT 92.0   /* height of its axes */
#define TITLE 8.5
#define PAD 7.0

typedef struct grid {
    ms_canvas canvas;
    size_t n, columns;
    double title, legend, panel; /* heights */
    const ms_plot_km_options *options;
} grid;

static double title_height(size_t n, const char *const *titles) {
    double most = 0;
    for (size_t i = 0; i < n; i++) most = fmax(most, ms_heading_height(WIDTH - 2 * PAD, TITLE, titles[i]));
    return most;
}

static ms_status draw_panel(grid *g, const ms_km_panel *p, ms_error *err) {
    ms_plot_km_options options = *g->options;
    const double top = PAD + g->title + 3;
    ms_km_layout l = {.width = WIDTH, .height = g->panel, .legend_columns = 1};
    options.note = p->note;
    l.legend = (ms_km_box){PAD, top, WIDTH - 2 * PAD, MS_KM_LINE * (double)p->n, true};
    l.note = (ms_km_box){PAD, top + g->legend, WIDTH - 2 * PAD, MS_KM_LINE, p->note != NULL};
    l.axes = (ms_axes){.left = 44,
                       .right = WIDTH - 10,
                       .top = top + g->legend + MS_KM_LINE + 6,
                       .x1 = options.x_max,
                       .y1 = 1,
                       .x_step = options.x_step,
                       .y_percent = options.percent};
    l.axes.bottom = l.axes.top + PLOT;
    const double lower = g->title - ms_heading_height(WIDTH - 2 * PAD, TITLE, p->title);
    cairo_set_source_rgb(g->canvas.cr, 0.15, 0.15, 0.15);
    (void)ms_heading_draw(&g->canvas, PAD, PAD + lower, WIDTH - 2 * PAD, TITLE, p->title);
    return ms_km_draw(&g->canvas, &l, p->curves, p->n, &options, err);
}

ms_status ms_plot_km_grid(size_t n, const char *const *titles, size_t most_curves, ms_km_panel_source source,
                          void *context, const ms_plot_km_options *options, const char *path, ms_error *err) {
    if (n == 0) return ms_error_set(err, MS_EUSAGE, "%s: no curve to draw", path);
    grid g = {.n = n, .columns = n < COLUMNS ? n : COLUMNS, .options = options};
    g.title = title_height(n, titles);
    g.legend = MS_KM_LINE * (double)most_curves;
    g.panel = PAD + g.title + 3 + g.legend + MS_KM_LINE + 6 + PLOT + 34;
    const double head = options->title ? 28 : 0;
    const size_t rows = (n + g.columns - 1) / g.columns;
    ms_status status =
        ms_canvas_open(&g.canvas, path, WIDTH * (double)g.columns, head + g.panel * (double)rows, err);
    if (status != MS_OK) return status;
    if (options->title) (void)ms_title_draw(&g.canvas, options->title);
    for (size_t i = 0; i < n && status == MS_OK; i++) {
        ms_km_panel panel = {0};
        status = source(context, i, &panel, err);
        if (status != MS_OK) break;
        cairo_save(g.canvas.cr);
        cairo_translate(g.canvas.cr, WIDTH * (double)(i % g.columns),
                        head + g.panel * (double)(i / g.columns));
        status = draw_panel(&g, &panel, err);
        cairo_restore(g.canvas.cr);
    }
    return ms_canvas_close(&g.canvas, status, err);
}
