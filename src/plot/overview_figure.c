/* One segmentation at a glance: slice with outlines, spine with named vertebrae and the level, numbers,
 * doubts. */
#include "plot/overview.h"

#include <math.h>

#define WIDTH 660.0 /* points */
#define GAP 8.0
#define TOP 24.0
#define AXIAL_WIDTH 310.0
#define UPRIGHT_WIDTH 159.0
#define UPRIGHT_HEIGHT 290.0
#define TEXT 8.5
#define ROW 12.5
#define THUMBNAIL 86.0

static const ms_colour ink = {0.1, 0.1, 0.1}, soft = {0.38, 0.38, 0.38}, red = {0.70, 0.13, 0.05};

static double notes_width(void) {
    return WIDTH - AXIAL_WIDTH - 3 * GAP;
}

/* The notes on the right: lines, then warnings with a bullet. */
static double notes_height(const ms_plot_overview_input *input) {
    double height = 0;
    for (size_t l = 0; l < input->n_lines; l++)
        height += ms_paragraph_height(notes_width(), TEXT, input->lines[l]) + 2;
    if (input->n_warnings > 0) height += 4;
    for (size_t w = 0; w < input->n_warnings; w++)
        height += ms_paragraph_height(notes_width() - 9, TEXT, input->warnings[w]) + 2;
    return height;
}

static void draw_notes(ms_canvas *canvas, const ms_plot_overview_input *input, double x, double y) {
    ms_canvas_colour(canvas, ink, 1);
    for (size_t l = 0; l < input->n_lines; l++)
        y += ms_canvas_paragraph(canvas, x, y, notes_width(), TEXT, input->lines[l]) + 2;
    y += 4;
    for (size_t w = 0; w < input->n_warnings; w++) {
        ms_canvas_colour(canvas, red, 1);
        cairo_rectangle(canvas->cr, x + 1, y + 3.5, 3.5, 3.5);
        cairo_fill(canvas->cr);
        ms_canvas_colour(canvas, ink, 1);
        y += ms_canvas_paragraph(canvas, x + 9, y, notes_width() - 9, TEXT, input->warnings[w]) + 2;
    }
}

/* The numbers in two columns, name on the left and value on the right of each. */
static void draw_facts(ms_canvas *canvas, const ms_plot_overview_input *input, double x, double y) {
    const size_t rows = (input->n_facts + 1) / 2;
    const double width = (AXIAL_WIDTH - 14) / 2;
    for (size_t f = 0; f < input->n_facts; f++) {
        const double left = x + (double)(f / rows) * (width + 14),
                     middle = y + ROW * ((double)(f % rows) + 0.5);
        ms_canvas_colour(canvas, soft, 1);
        ms_canvas_text(canvas, left, middle, TEXT, MS_LEFT, input->facts[f].name);
        ms_canvas_colour(canvas, ink, 1);
        ms_canvas_text(canvas, left + width, middle, TEXT, MS_RIGHT, input->facts[f].value);
    }
}

static void draw_title(ms_canvas *canvas, const ms_plot_overview_input *input) {
    static const ms_colour colours[] = {{0.05, 0.45, 0.20}, {0.60, 0.40, 0.00}, {0.70, 0.13, 0.05}};
    double room = WIDTH - 2 * GAP;
    if (input->verdict != NULL) {
        ms_canvas_colour(canvas, colours[input->trust], 1);
        ms_canvas_bold(canvas, WIDTH - GAP, TOP / 2, 9.5, MS_RIGHT, input->verdict);
        room -= ms_canvas_text_width(canvas, 9.5, input->verdict) * 1.15 + 20;
    }
    if (input->title == NULL) return;
    const double wide = ms_canvas_text_width(canvas, 10, input->title) * 1.15; /* bold is wider */
    ms_canvas_colour(canvas, ink, 1);
    ms_canvas_bold(canvas, GAP, TOP / 2, wide > room ? fmax(10 * room / wide, 4) : 10, MS_LEFT, input->title);
}

/* As high as the slice needs at the panel's width, within bounds. */
static double axial_height(const ms_plot_image *image) {
    const double ratio =
        (double)image->height * image->pixel_mm[1] / ((double)image->width * image->pixel_mm[0]);
    return fmax(120, fmin(AXIAL_WIDTH * ratio, UPRIGHT_HEIGHT - 4));
}

/* The panels beside it: as high as the pictures need at the panels' width (a slab of few slices needs
 * little). */
static double upright_height(const ms_plot_overview_input *input) {
    const ms_plot_image *images[2] = {&input->sagittal, &input->coronal};
    double most = 0;
    for (int p = 0; p < 2; p++)
        most = fmax(most, (double)images[p]->height * images[p]->pixel_mm[1] * UPRIGHT_WIDTH /
                              ((double)images[p]->width * images[p]->pixel_mm[0]));
    return fmax(110, fmin(most, UPRIGHT_HEIGHT));
}

static void draw_pictures(ms_canvas *canvas, const ms_plot_overview_input *input, double axial,
                          double upright) {
    const double left = AXIAL_WIDTH + 2 * GAP, right = left + UPRIGHT_WIDTH + GAP;
    ms_placed p = ms_overview_image(canvas, &input->axial, GAP, TOP, AXIAL_WIDTH, axial);
    ms_overview_labels(canvas, input, &p, true);
    p = ms_overview_image(canvas, &input->sagittal, left, TOP, UPRIGHT_WIDTH, upright);
    ms_overview_spine(canvas, input, true, &p, left, TOP, UPRIGHT_WIDTH, upright);
    p = ms_overview_image(canvas, &input->coronal, right, TOP, UPRIGHT_WIDTH, upright);
    ms_overview_spine(canvas, input, false, &p, right, TOP, UPRIGHT_WIDTH, upright);
}

ms_status ms_plot_overview(const ms_plot_overview_input *input, const char *path, ms_error *err) {
    ms_canvas canvas;
    const double axial = axial_height(&input->axial), upright = upright_height(input);
    const double legend = ms_overview_legend(NULL, input, 0, 0, AXIAL_WIDTH) + 10;
    const double facts = ROW * ceil((double)input->n_facts / 2);
    /* the numbers stand under the slice's legend, the notes under the spine */
    const double facts_top = TOP + axial + legend, notes_top = TOP + upright + GAP;
    const double height = fmax(facts_top + facts, notes_top + notes_height(input)) + GAP;
    if (!ms_text_ends_with(path, ".png"))
        return ms_error_set(err, MS_EUSAGE, "%s: an overview is a .png", path);
    ms_status status = ms_canvas_open(&canvas, path, WIDTH, height, err);
    if (status != MS_OK) return status;
    draw_title(&canvas, input);
    draw_pictures(&canvas, input, axial, upright);
    (void)ms_overview_legend(&canvas, input, GAP, TOP + axial + 4, AXIAL_WIDTH);
    draw_facts(&canvas, input, GAP, facts_top);
    draw_notes(&canvas, input, AXIAL_WIDTH + 2 * GAP, notes_top);
    return ms_canvas_close(&canvas, MS_OK, err);
}

ms_status ms_plot_thumbnail(const ms_plot_overview_input *input, const char *path, ms_error *err) {
    ms_canvas canvas;
    const double side = THUMBNAIL * 0.66;
    ms_plot_overview_input plain = *input;
    plain.n_marks = plain.n_candidates = 0;
    if (!ms_text_ends_with(path, ".png"))
        return ms_error_set(err, MS_EUSAGE, "%s: a thumbnail is a .png", path);
    ms_status status = ms_canvas_open(&canvas, path, THUMBNAIL + 1 + side, THUMBNAIL, err);
    if (status != MS_OK) return status;
    ms_placed p = ms_overview_image(&canvas, &input->axial, 0, 0, THUMBNAIL, THUMBNAIL);
    ms_overview_labels(&canvas, input, &p, false);
    p = ms_overview_image(&canvas, &input->sagittal, THUMBNAIL + 1, 0, side, THUMBNAIL);
    ms_overview_spine(&canvas, &plain, true, &p, THUMBNAIL + 1, 0, side, THUMBNAIL);
    return ms_canvas_close(&canvas, MS_OK, err);
}
