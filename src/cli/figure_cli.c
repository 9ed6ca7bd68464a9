/* The options of every command that draws a figure. */
#include "cli/figure_cli.h"

#include <string.h>

static ms_status read_size(const ms_args *args, const char *option, double *value, ms_error *err) {
    if (!ms_args_text(args, option)) return MS_OK;
    ms_status status = ms_args_number(args, option, value, err);
    if (status == MS_OK && !(*value > 0))
        return ms_error_set(err, MS_EUSAGE, "--%s: %g is not above 0", option, *value);
    return status;
}

static ms_status check_name(const ms_args *args, ms_error *err) {
    const char *name = ms_args_text(args, "figure");
    if (!name || ms_text_ends_with(name, ".svg") || ms_text_ends_with(name, ".pdf") ||
        ms_text_ends_with(name, ".png"))
        return MS_OK;
    return ms_error_set(err, MS_EUSAGE, "%s: a figure's name must end with .svg, .pdf or .png", name);
}

ms_status ms_cli_figure_style(const ms_args *args, ms_plot_style *style, ms_error *err) {
    static const char *const colours[] = {"colour", "grey"};
    size_t set = MS_PLOT_COLOUR;
    ms_plot_style s = {.font = ms_args_text(args, "figure-font"),
                       .title = ms_args_text(args, "figure-title")};
    ms_status status = check_name(args, err);
    if (status == MS_OK) status = read_size(args, "figure-width-mm", &s.width_mm, err);
    if (status == MS_OK) status = read_size(args, "figure-height-mm", &s.height_mm, err);
    if (status == MS_OK) status = read_size(args, "figure-font-size", &s.font_size, err);
    if (status == MS_OK) status = read_size(args, "figure-dpi", &s.dpi, err);
    if (status == MS_OK)
        status = ms_args_choice(args, "figure-colours", colours, MS_COUNT(colours), &set, err);
    s.colours = (ms_plot_colours)set;
    /* only now: looking for a font costs time that a command without a figure need not pay */
    if (status == MS_OK && ms_args_text(args, "figure")) status = ms_plot_style_check(&s, err);
    if (status == MS_OK) *style = s;
    return status;
}

const char *ms_cli_figure(const ms_args *args) {
    return ms_args_dry_run(args) ? NULL : ms_args_text(args, "figure");
}
