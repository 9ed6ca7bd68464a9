#include "plot/canvas.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <pango/pangocairo.h>
#include <stdlib.h>
#include <string.h>

#define PNG_DPI 200.0
#define OWN_FONT "DejaVu Sans"
#define FONT_SIZE 8.0 /* of the numbers along the axes, in units of drawing */

static cairo_status_t take_bytes(void *closure, const unsigned char *data, unsigned length) {
    ms_buffer_append_bytes(closure, data, length);
    return ms_buffer_failed(closure) ? CAIRO_STATUS_NO_MEMORY : CAIRO_STATUS_SUCCESS;
}

static cairo_surface_t *make_surface(ms_canvas *canvas) {
    double width = canvas->width * canvas->scale, height = canvas->height * canvas->scale;
    if (canvas->kind == MS_CANVAS_SVG) {
        return cairo_svg_surface_create_for_stream(take_bytes, &canvas->bytes, width, height);
    }
    if (canvas->kind == MS_CANVAS_PDF) {
        cairo_surface_t *surface =
            cairo_pdf_surface_create_for_stream(take_bytes, &canvas->bytes, width, height);
        /* No date of the day: the same figure is the same bytes. */
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, "2000-01-01T00:00:00Z");
        return surface;
    }
    double scale = canvas->dpi / 72 * canvas->scale;
    return cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)(canvas->width * scale + 0.5),
                                      (int)(canvas->height * scale + 0.5));
}

static void set_fonts(cairo_t *cr) {
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    cairo_set_font_options(cr, options);
    cairo_font_options_destroy(options);
}

static double style_scale(const ms_plot_style *style) {
    return style && style->font_size > 0 ? style->font_size / FONT_SIZE : 1;
}

double ms_style_width(const ms_plot_style *style, double width) {
    return (style && style->width_mm > 0 ? style->width_mm * MS_MM : width) / style_scale(style);
}

double ms_style_height(const ms_plot_style *style, double height) {
    return style && style->height_mm > 0 ? style->height_mm * MS_MM / style_scale(style) : height;
}

const char *ms_style_title(const ms_plot_style *style, const char *own) {
    const char *title = style && style->title ? style->title : own;
    return title && *title ? title : NULL;
}

/* The family that Pango takes for this name is another one when it is not installed. */
static ms_status check_font(const char *family, ms_error *err) {
    static const char *const any[] = {"sans", "sans-serif", "serif", "monospace"};
    for (size_t i = 0; i < MS_COUNT(any); i++)
        if (g_ascii_strcasecmp(family, any[i]) == 0) return MS_OK;
    PangoFontFamily **families = NULL;
    int n = 0;
    bool found = false;
    pango_font_map_list_families(pango_cairo_font_map_get_default(), &families, &n);
    for (int i = 0; i < n && !found; i++)
        found = g_ascii_strcasecmp(family, pango_font_family_get_name(families[i])) == 0;
    g_free(families);
    if (found) return MS_OK;
    return ms_error_set(err, MS_EUSAGE, "no font '%s' is installed (fc-list : family names those there are)",
                        family);
}

ms_status ms_plot_style_check(const ms_plot_style *style, ms_error *err) {
    if (!style) return MS_OK;
    const struct {
        const char *name;
        double value, least, most;
    } sizes[] = {{"width", style->width_mm, 20, 2000},
                 {"height", style->height_mm, 20, 2000},
                 {"font size", style->font_size, 3, 48},
                 {"resolution", style->dpi, 30, 2400}};
    for (size_t i = 0; i < MS_COUNT(sizes); i++)
        if (sizes[i].value != 0 && !(sizes[i].value >= sizes[i].least && sizes[i].value <= sizes[i].most))
            return ms_error_set(err, MS_EUSAGE, "a figure's %s of %g is not between %g and %g", sizes[i].name,
                                sizes[i].value, sizes[i].least, sizes[i].most);
    return style->font ? check_font(style->font, err) : MS_OK;
}

static ms_status kind_of(ms_canvas *canvas, const char *path, ms_error *err) {
    if (ms_text_ends_with(path, ".svg")) {
        canvas->kind = MS_CANVAS_SVG;
    } else if (ms_text_ends_with(path, ".pdf")) {
        canvas->kind = MS_CANVAS_PDF;
    } else if (ms_text_ends_with(path, ".png")) {
        canvas->kind = MS_CANVAS_PNG;
    } else {
        return ms_error_set(err, MS_EUSAGE, "%s: a figure's name must end with .svg, .pdf or .png", path);
    }
    return MS_OK;
}

ms_status ms_canvas_open_style(ms_canvas *out, const char *path, const ms_plot_style *style, double width,
                               double height, ms_error *err) {
    ms_canvas canvas = {.width = ms_style_width(style, width),
                        .height = ms_style_height(style, height),
                        .path = path,
                        .font = style && style->font ? style->font : OWN_FONT,
                        .colours = style ? style->colours : MS_PLOT_COLOUR,
                        .scale = style_scale(style),
                        .dpi = style && style->dpi > 0 ? style->dpi : PNG_DPI};
    ms_status status = kind_of(&canvas, path, err);
    if (status == MS_OK) status = ms_plot_style_check(style, err);
    if (status != MS_OK) return status;
    *out = canvas;
    ms_buffer_init(&out->bytes);
    out->surface = make_surface(out);
    out->cr = cairo_create(out->surface);
    if (cairo_status(out->cr) != CAIRO_STATUS_SUCCESS) {
        status = ms_error_set(err, MS_ERESOURCE, "%s: cannot draw: %s", path,
                              cairo_status_to_string(cairo_status(out->cr)));
        return ms_canvas_close(out, status, err);
    }
    double scale = out->kind == MS_CANVAS_PNG ? out->dpi / 72 * out->scale : out->scale;
    if (scale != 1) cairo_scale(out->cr, scale, scale);
    set_fonts(out->cr);
    cairo_set_source_rgb(out->cr, 1, 1, 1);
    cairo_paint(out->cr);
    cairo_set_source_rgb(out->cr, 0, 0, 0);
    cairo_set_line_width(out->cr, 0.8);
    return MS_OK;
}

ms_status ms_canvas_open(ms_canvas *canvas, const char *path, double width, double height, ms_error *err) {
    return ms_canvas_open_style(canvas, path, NULL, width, height, err);
}

/* cairo numbers its surfaces and images over the life of the process and writes the numbers into the SVG:
 * here they count from 0 in each file, so that a figure does not depend on those drawn before it. */
static void number_anew(char *svg, const char *word) {
    enum { MOST = 64 };
    char seen[MOST][24];
    size_t n = 0, length = strlen(word);
    for (char *at = strstr(svg, word); at; at = strstr(at, word)) {
        const bool own = at > svg && (at[-1] == '"' || at[-1] == '#');
        at += length;
        size_t digits = strspn(at, "0123456789"), k = 0;
        if (!own || digits == 0 || digits >= sizeof seen[0]) continue;
        while (k < n && (strncmp(seen[k], at, digits) != 0 || seen[k][digits])) k++;
        if (k == MOST) return;
        if (k == n) (void)ms_text_format(seen[n++], sizeof seen[0], "%.*s", (int)digits, at);
        char number[24];
        (void)ms_text_format(number, sizeof number, "%zu", k);
        size_t now = strlen(number);
        if (now > digits) return; /* it counts upwards, so that k is never the longer one */
        memcpy(at, number, now);
        memmove(at + now, at + digits, strlen(at + digits) + 1);
    }
}

/* A hundredth of a point is enough: digits beyond it are a third of a file of letters and curves. */
static void shorten_numbers(char *svg) {
    bool inside = false; /* a path, or the place of a letter */
    char *out = svg;
    for (const char *at = svg; *at; at++) {
        *out++ = *at;
        if (*at == '"')
            inside = !inside && at - svg > 2 && at[-1] == '=' && strchr("dxy", at[-2]) && at[-3] == ' ';
        if (!inside || *at != '.') continue;
        for (int k = 0; k < 2 && at[1] >= '0' && at[1] <= '9'; k++) *out++ = *++at;
        while (at[1] >= '0' && at[1] <= '9') at++;
    }
    *out = '\0';
}

ms_status ms_canvas_close(ms_canvas *canvas, ms_status status, ms_error *err) {
    if (status == MS_OK && canvas->kind == MS_CANVAS_PNG)
        (void)cairo_surface_write_to_png_stream(canvas->surface, take_bytes, &canvas->bytes);
    cairo_status_t drawn = cairo_status(canvas->cr);
    cairo_destroy(canvas->cr);
    cairo_surface_finish(canvas->surface);
    if (drawn == CAIRO_STATUS_SUCCESS) drawn = cairo_surface_status(canvas->surface);
    cairo_surface_destroy(canvas->surface);
    if (status == MS_OK && (drawn != CAIRO_STATUS_SUCCESS || ms_buffer_failed(&canvas->bytes)))
        status = ms_error_set(err, MS_ERESOURCE, "%s: cannot draw: %s", canvas->path,
                              cairo_status_to_string(drawn));
    if (status == MS_OK && canvas->kind == MS_CANVAS_SVG) {
        number_anew(canvas->bytes.data, "surface");
        number_anew(canvas->bytes.data, "image");
        shorten_numbers(canvas->bytes.data);
        canvas->bytes.length = strlen(canvas->bytes.data);
    }
    if (status == MS_OK) status = ms_file_write(canvas->path, canvas->bytes.data, canvas->bytes.length, err);
    ms_buffer_clear(&canvas->bytes);
    return status;
}

ms_colour ms_palette(size_t i) {
    static const ms_colour colours[] = {
        {0.00, 0.45, 0.70}, {0.84, 0.37, 0.00}, {0.00, 0.62, 0.45}, {0.80, 0.47, 0.65},
        {0.34, 0.71, 0.91}, {0.90, 0.62, 0.00}, {0.30, 0.30, 0.30},
    };
    return colours[i % MS_COUNT(colours)];
}

ms_colour ms_canvas_series(const ms_canvas *canvas, size_t i) {
    static const double greys[] = {0.0, 0.45, 0.25, 0.6};
    double grey = greys[i % MS_COUNT(greys)];
    return canvas->colours == MS_PLOT_GREY ? (ms_colour){grey, grey, grey} : ms_palette(i);
}

void ms_canvas_dash(ms_canvas *canvas, size_t i) {
    static const double dashes[][4] = {{0}, {5, 2}, {1.5, 1.5}, {6, 2, 1.5, 2}};
    static const int counts[] = {0, 2, 2, 4};
    size_t d = i % MS_COUNT(counts);
    cairo_set_dash(canvas->cr, dashes[d], counts[d], 0);
}

void ms_canvas_colour(ms_canvas *canvas, ms_colour colour, double alpha) {
    cairo_set_source_rgba(canvas->cr, colour.r, colour.g, colour.b, alpha);
}

void ms_canvas_pen(ms_canvas *canvas, bool reference, size_t i, double width) {
    static const double dots[] = {1.2, 2};
    if (reference) {
        cairo_set_source_rgb(canvas->cr, 0.35, 0.35, 0.35);
        cairo_set_line_width(canvas->cr, 0.9);
        cairo_set_dash(canvas->cr, dots, i % 2 ? 2 : 0, 0);
    } else {
        ms_canvas_colour(canvas, ms_canvas_series(canvas, i), 1);
        cairo_set_line_width(canvas->cr, width);
        ms_canvas_dash(canvas, i);
    }
}

/* ---- text -------------------------------------------------------------------------------------------- */

static PangoLayout *make_layout(ms_canvas *canvas, double size, ms_align align, bool bold, const char *text) {
    PangoLayout *layout = pango_cairo_create_layout(canvas->cr);
    PangoFontDescription *font = pango_font_description_new();
    pango_font_description_set_family(font, canvas->font);
    pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
    if (bold) pango_font_description_set_weight(font, PANGO_WEIGHT_BOLD);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
    pango_layout_set_alignment(layout, align == MS_LEFT     ? PANGO_ALIGN_LEFT
                                       : align == MS_CENTRE ? PANGO_ALIGN_CENTER
                                                            : PANGO_ALIGN_RIGHT);
    pango_layout_set_text(layout, text, -1);
    return layout;
}

static void size_of(PangoLayout *layout, double *width, double *height) {
    int w, h;
    pango_layout_get_size(layout, &w, &h);
    *width = (double)w / PANGO_SCALE;
    *height = (double)h / PANGO_SCALE;
}

static void draw_text(ms_canvas *canvas, double x, double y, double size, ms_align align, bool bold,
                      const char *text) {
    double width, height;
    PangoLayout *layout = make_layout(canvas, size, align, bold, text);
    size_of(layout, &width, &height);
    cairo_move_to(canvas->cr,
                  x - (align == MS_LEFT     ? 0
                       : align == MS_CENTRE ? width / 2
                                            : width),
                  y - height / 2);
    pango_cairo_show_layout(canvas->cr, layout);
    g_object_unref(layout);
}

void ms_canvas_text(ms_canvas *canvas, double x, double y, double size, ms_align align, const char *text) {
    draw_text(canvas, x, y, size, align, false, text);
}

void ms_canvas_bold(ms_canvas *canvas, double x, double y, double size, ms_align align, const char *text) {
    draw_text(canvas, x, y, size, align, true, text);
}

void ms_canvas_text_up(ms_canvas *canvas, double x, double y, double size, const char *text) {
    cairo_save(canvas->cr);
    cairo_translate(canvas->cr, x, y);
    cairo_rotate(canvas->cr, -1.5707963267948966);
    draw_text(canvas, 0, 0, size, MS_CENTRE, false, text);
    cairo_restore(canvas->cr);
}

/* Words too long for the width (a path) are broken inside. */
static PangoLayout *wrapped_layout(ms_canvas *canvas, double width, double size, const char *text) {
    PangoLayout *layout = make_layout(canvas, size, MS_LEFT, false, text);
    pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    return layout;
}

double ms_canvas_paragraph(ms_canvas *canvas, double x, double y, double width, double size,
                           const char *text) {
    double wide, height;
    PangoLayout *layout = wrapped_layout(canvas, width, size, text);
    size_of(layout, &wide, &height);
    cairo_move_to(canvas->cr, x, y);
    pango_cairo_show_layout(canvas->cr, layout);
    g_object_unref(layout);
    return height;
}

/* Something to measure text on; ended by measure_end. */
static ms_canvas measure_start(const char *font) {
    ms_canvas canvas = {.width = 1, .height = 1, .kind = MS_CANVAS_PNG, .font = font};
    canvas.surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, 1, 1);
    canvas.cr = cairo_create(canvas.surface);
    cairo_scale(canvas.cr, PNG_DPI / 72, PNG_DPI / 72);
    set_fonts(canvas.cr);
    return canvas;
}

static void measure_end(ms_canvas *canvas) {
    cairo_destroy(canvas->cr);
    cairo_surface_destroy(canvas->surface);
}

double ms_paragraph_height(double width, double size, const char *text) {
    double wide, height;
    ms_canvas canvas = measure_start(OWN_FONT);
    PangoLayout *layout = wrapped_layout(&canvas, width, size, text);
    size_of(layout, &wide, &height);
    g_object_unref(layout);
    measure_end(&canvas);
    return height;
}

double ms_style_text_width(const ms_plot_style *style, double size, const char *text) {
    ms_canvas canvas = measure_start(style && style->font ? style->font : OWN_FONT);
    double width = ms_canvas_text_width(&canvas, size, text);
    measure_end(&canvas);
    return width;
}

double ms_canvas_text_width(ms_canvas *canvas, double size, const char *text) {
    double width, height;
    PangoLayout *layout = make_layout(canvas, size, MS_LEFT, false, text);
    size_of(layout, &width, &height);
    g_object_unref(layout);
    return width;
}

void ms_canvas_line(ms_canvas *canvas, double x0, double y0, double x1, double y1) {
    cairo_move_to(canvas->cr, x0, y0);
    cairo_line_to(canvas->cr, x1, y1);
    cairo_stroke(canvas->cr);
}
