/* Patients and data flow, as STROBE and CONSORT draw it. Every box is as high as its text. */
#include "myosurv/plot_study.h"
#include "plot/canvas.h"
#include "plot/heading.h"

#include <math.h>
#include <stdlib.h>

#define WIDTH 540.0
#define MARGIN 8.0
#define PAD 6.0
#define GAP 14.0
#define HEAD 9.0 /* sizes of text */
#define TEXT 8.0
#define STEP 158.0  /* widths: boxes of the steps, */
#define LEAVE 190.0 /* of those who leave, */
#define PART 148.0  /* of the data's way */
#define GROUP_COLUMNS 4

typedef struct box {
    double left, top, width, height;
    const char *title;
    char *text; /* owned */
    ms_colour fill;
    bool there;
} box;

typedef struct drawing {
    const ms_flow *flow;
    box *steps, *leaves, *groups, *parts;
    box frame; /* round the groups */
    double height;
    bool failed;
} drawing;

static const ms_colour white = {1, 1, 1}, warm = {0.995, 0.95, 0.905}, blue = {0.925, 0.957, 0.985},
                       green = {0.925, 0.97, 0.945}, grey = {0.965, 0.965, 0.965};

static double inner(const box *b) {
    return b->width - 2 * PAD;
}

/* The height its texts need. */
static void fit(box *b) {
    b->there = true;
    b->height = 2 * PAD + ms_heading_height(inner(b), HEAD, b->title);
    if (b->text && *b->text) b->height += 2 + ms_paragraph_height(inner(b), TEXT, b->text);
}

static void take_text(drawing *d, box *b, ms_buffer *text) {
    d->failed |= ms_buffer_failed(text);
    b->text = text->data;
}

/* ---- layout ------------------------------------------------------------------------------------------ */

static void lay_step(drawing *d, size_t i, double *y) {
    const ms_flow_step *s = &d->flow->steps[i];
    box *b = &d->steps[i], *l = &d->leaves[i];
    ms_buffer text;
    ms_buffer_init(&text);
    ms_buffer_printf(&text, "n = %zu", s->n);
    *b = (box){.left = MARGIN, .top = *y, .width = STEP, .title = s->title, .fill = white};
    take_text(d, b, &text);
    fit(b);
    *y += b->height + GAP;
    if (!s->left_title) return;
    *l = (box){
        .left = MARGIN + STEP / 2 + 26, .top = *y, .width = LEAVE, .title = s->left_title, .fill = warm};
    ms_buffer_init(&text);
    ms_buffer_printf(&text, "n = %zu", s->left);
    for (size_t k = 0; k < s->n_reasons; k++)
        ms_buffer_printf(&text, "\n\u2022 %s: %zu", s->reasons[k].text, s->reasons[k].n);
    take_text(d, l, &text);
    fit(l);
    *y += l->height + GAP;
}

static void lay_parts(drawing *d, double *y) {
    for (size_t i = 0; i < d->flow->n_parts; i++) {
        box *b = &d->parts[i];
        *b = (box){.left = WIDTH - MARGIN - PART,
                   .top = *y,
                   .width = PART,
                   .title = d->flow->parts[i].title,
                   .fill = green};
        b->text = ms_strdup(d->flow->parts[i].text);
        d->failed |= !b->text;
        fit(b);
        *y += b->height + GAP;
    }
}

/* Rows of boxes of one height, within a frame. */
static void lay_groups(drawing *d, double *y) {
    const size_t n = d->flow->n_groups, columns = n < GROUP_COLUMNS ? n : GROUP_COLUMNS;
    if (n == 0) return;
    const double width = (WIDTH - 2 * MARGIN - PAD * (double)(columns + 1)) / (double)columns;
    d->frame = (box){.left = MARGIN, .top = *y, .width = WIDTH - 2 * MARGIN, .fill = grey, .there = true};
    *y += PAD;
    for (size_t i = 0; i < n; i += columns) {
        double most = 0;
        for (size_t k = i; k < n && k < i + columns; k++) {
            const ms_flow_group *g = &d->flow->groups[k];
            ms_buffer text;
            ms_buffer_init(&text);
            ms_buffer_printf(&text, "n = %zu%s%s%s%s", g->n, g->lines && *g->lines ? "\n" : "",
                             g->lines ? g->lines : "", g->use && *g->use ? "\n\u2192 " : "",
                             g->use ? g->use : "");
            d->groups[k] = (box){.left = MARGIN + PAD + (width + PAD) * (double)(k - i),
                                 .top = *y,
                                 .width = width,
                                 .title = g->name,
                                 .fill = blue};
            take_text(d, &d->groups[k], &text);
            fit(&d->groups[k]);
            most = fmax(most, d->groups[k].height);
        }
        for (size_t k = i; k < n && k < i + columns; k++) d->groups[k].height = most;
        *y += most + PAD;
    }
    d->frame.height = *y - d->frame.top;
}

static void lay_out(drawing *d) {
    const double top = 26;
    double left = top, right = top;
    for (size_t i = 0; i < d->flow->n_steps; i++) lay_step(d, i, &left);
    lay_parts(d, &right);
    d->height = fmax(left, right - GAP + 6);
    lay_groups(d, &d->height);
    d->height += MARGIN;
}

/* ---- drawing ----------------------------------------------------------------------------------------- */

static void ink(ms_canvas *c) {
    cairo_set_source_rgb(c->cr, 0.15, 0.15, 0.15);
}

static void draw_box(ms_canvas *c, const box *b) {
    if (!b->there) return;
    ms_canvas_colour(c, b->fill, 1);
    cairo_rectangle(c->cr, b->left, b->top, b->width, b->height);
    cairo_fill_preserve(c->cr);
    cairo_set_source_rgb(c->cr, 0.45, 0.48, 0.52);
    cairo_set_line_width(c->cr, 0.8);
    cairo_stroke(c->cr);
    if (!b->title) return;
    ink(c);
    double y = b->top + PAD;
    y += ms_heading_draw(c, b->left + PAD, y, inner(b), HEAD, b->title) + 2;
    if (b->text && *b->text) (void)ms_canvas_paragraph(c, b->left + PAD, y, inner(b), TEXT, b->text);
}

/* A line with a head at its end, which is straight below or right of its start. */
static void arrow(ms_canvas *c, double x0, double y0, double x1, double y1) {
    const double across = x1 > x0 ? 1 : 0, down = 1 - across;
    cairo_set_source_rgb(c->cr, 0.3, 0.33, 0.36);
    cairo_set_line_width(c->cr, 0.9);
    ms_canvas_line(c, x0, y0, x1 - 4 * across, y1 - 4 * down);
    cairo_move_to(c->cr, x1, y1);
    cairo_line_to(c->cr, x1 - 5 * across - 2.6 * down, y1 - 5 * down - 2.6 * across);
    cairo_line_to(c->cr, x1 - 5 * across + 2.6 * down, y1 - 5 * down + 2.6 * across);
    cairo_close_path(c->cr);
    cairo_fill(c->cr);
}

static void draw_arrows(const drawing *d, ms_canvas *c) {
    const double middle = MARGIN + STEP / 2;
    for (size_t i = 0; i < d->flow->n_steps; i++) {
        const box *b = &d->steps[i], *l = &d->leaves[i];
        const double end = i + 1 < d->flow->n_steps ? d->steps[i + 1].top : d->frame.top;
        if (end > b->top + b->height) arrow(c, middle, b->top + b->height, middle, end);
        if (l->there) arrow(c, middle, l->top + l->height / 2, l->left, l->top + l->height / 2);
    }
    for (size_t i = 1; i < d->flow->n_parts; i++) {
        const box *b = &d->parts[i - 1];
        const double x = b->left + b->width / 2;
        arrow(c, x, b->top + b->height, x, d->parts[i].top);
    }
}

static void draw(const drawing *d, ms_canvas *c) {
    const struct {
        const box *boxes;
        size_t n;
    } all[] = {{d->steps, d->flow->n_steps},
               {d->leaves, d->flow->n_steps},
               {d->parts, d->flow->n_parts},
               {&d->frame, 1},
               {d->groups, d->flow->n_groups}};
    ink(c);
    ms_canvas_bold(c, MARGIN, 14, 10, MS_LEFT, "Patients");
    if (d->flow->n_parts) ms_canvas_bold(c, WIDTH - MARGIN - PART, 14, 10, MS_LEFT, "Data");
    draw_arrows(d, c);
    for (size_t a = 0; a < MS_COUNT(all); a++)
        for (size_t i = 0; i < all[a].n; i++) draw_box(c, &all[a].boxes[i]);
}

static void clear(drawing *d) {
    for (size_t i = 0; d->steps && i < d->flow->n_steps; i++) free(d->steps[i].text);
    for (size_t i = 0; d->leaves && i < d->flow->n_steps; i++) free(d->leaves[i].text);
    for (size_t i = 0; d->parts && i < d->flow->n_parts; i++) free(d->parts[i].text);
    for (size_t i = 0; d->groups && i < d->flow->n_groups; i++) free(d->groups[i].text);
    free(d->steps);
    free(d->leaves);
    free(d->parts);
    free(d->groups);
}

ms_status ms_plot_flow(const ms_flow *flow, const char *path, ms_error *err) {
    if (flow->n_steps == 0) return ms_error_set(err, MS_EUSAGE, "%s: no step to draw", path);
    drawing d = {.flow = flow,
                 .steps = ms_calloc(flow->n_steps, sizeof(box)),
                 .leaves = ms_calloc(flow->n_steps, sizeof(box)),
                 .groups = ms_calloc(flow->n_groups, sizeof(box)),
                 .parts = ms_calloc(flow->n_parts, sizeof(box))};
    ms_canvas canvas;
    ms_status status = d.steps && d.leaves && d.groups && d.parts ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) lay_out(&d);
    if (d.failed) status = ms_error_nomem(err);
    if (status == MS_OK) status = ms_canvas_open(&canvas, path, WIDTH, d.height, err);
    if (status == MS_OK) {
        draw(&d, &canvas);
        status = ms_canvas_close(&canvas, MS_OK, err);
    }
    clear(&d);
    return status;
}
