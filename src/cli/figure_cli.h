/* cli/figure_cli.h: the options of every command that draws a figure.
 *
 *     static const ms_option options[] = {..., MS_FIGURE_OPTIONS("the curves"), {0}};
 *     ms_plot_style style;
 *     status = ms_cli_figure_style(args, &style, err);     // before the work: a bad option costs nothing
 *     const char *path = ms_cli_figure(args);              // NULL: no figure asked for, or a dry run
 */
#ifndef MS_CLI_FIGURE_CLI_H
#define MS_CLI_FIGURE_CLI_H

#include "cli/cli.h"
#include "myosurv/plot.h"

/* `what` is a literal: "the curves", "a forest plot". */
/* clang-format off */
#define MS_FIGURE_OPTIONS(what) MS_FIGURE_OPTIONS_AS(what, 'f')
/* For a command whose -f is something else (0: none). */
#define MS_FIGURE_OPTIONS_AS(what, letter) \
    {"figure", letter, "FILE", "also draw " what ": .svg, .pdf or .png", false, false}, \
    {"figure-width-mm", 0, "MM", "width of the figure: 84 for one column, 174 for two", false, false}, \
    {"figure-height-mm", 0, "MM", "height of the figure", false, false}, \
    {"figure-font", 0, "NAME", "font of the figure (default DejaVu Sans)", false, false}, \
    {"figure-font-size", 0, "PT", "size of the axes' numbers (default 8); the rest goes along", false, false}, \
    {"figure-title", 0, "TEXT", "title of the figure; \"\" for none", false, false}, \
    {"figure-colours", 0, "SET", "colour (default; for colour-blind readers too) or grey", false, false}, \
    {"figure-dpi", 0, "N", "resolution of a .png (default 200)", false, false}
/* clang-format on */

/* Reads and checks the options above (also the ending of --figure's name). MS_EUSAGE. The strings are the
 * arguments'. */
MS_NODISCARD ms_status ms_cli_figure_style(const ms_args *args, ms_plot_style *style, ms_error *err);
/* The figure to draw; NULL when there is none to, or with --dry-run. */
const char *ms_cli_figure(const ms_args *args);

#endif
