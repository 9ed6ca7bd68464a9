/* myosurv/plot.h: figures, drawn once and written as SVG, PDF or PNG by the file name's ending.
 *
 * Takes numbers only (arrays, pixels), so it knows no other room. Colours can be told apart by colour-blind
 * readers and in grey (Okabe-Ito order with line styles). No figure holds a date or a random id: the same
 * bytes every run. All files are written atomically. Not for several threads at once. */
#ifndef MYOSURV_PLOT_H
#define MYOSURV_PLOT_H

#include "myosurv/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- how a figure looks (canvas.c) --------------------------------------------------------------------- */

typedef enum ms_plot_colours {
    MS_PLOT_COLOUR, /* Okabe & Ito's, told apart by colour-blind readers */
    MS_PLOT_GREY    /* black and greys, told apart by line style too */
} ms_plot_colours;

/* A journal's wishes. Zeroed: the figure as it is by itself. Every figure that takes a style keeps to it;
 * NULL is a zeroed one. Borrowed. */
typedef struct ms_plot_style {
    double width_mm, height_mm; /* of the page; 0: the figure's own. One column is often 84, two 174 */
    const char *font;           /* a family that is installed; NULL: DejaVu Sans */
    double
        font_size; /* of the numbers along the axes in points, 0: 8; other text, lines and marks go along */
    const char *title; /* NULL: the figure's own; "": none */
    ms_plot_colours colours;
    double dpi; /* of a PNG, 0: 200 */
} ms_plot_style;
/* MS_EUSAGE: a font that is not installed, a size that is no positive number. */
MS_API MS_NODISCARD ms_status ms_plot_style_check(const ms_plot_style *style, ms_error *err);

/* ---- survival curves (km_figure.c) ------------------------------------------------------------------- */

/* A step curve: surv[i] holds from time[i] on. n_censor[i] > 0 gets a mark. lower/upper may be NULL, n_censor
 * and n_event where nothing asks for them. Borrowed. */
typedef struct ms_plot_curve {
    const char *name;
    size_t n;
    const double *time, *surv, *lower, *upper, *n_risk, *n_censor;
    double total;                              /* at risk at time 0 */
    const double *n_event;                     /* for a table of events */
    double median, median_lower, median_upper; /* for options.medians; NaN: not reached */
} ms_plot_curve;

/* What a table under the figure counts at the axis's times. */
typedef enum ms_plot_table {
    MS_PLOT_AT_RISK = 1, /* just before the time */
    MS_PLOT_EVENTS = 2,  /* up to the time */
    MS_PLOT_CENSORED = 4 /* up to the time */
} ms_plot_table;

typedef struct ms_plot_km_options {
    const char *title, *x_label, *y_label; /* NULL: none, "Time", "Survival probability" and the like */
    const char *note;                      /* e.g. "log-rank p = 0.013"; NULL none */
    bool bands;                            /* confidence bands */
    bool risk_table;                       /* numbers at risk under the figure */
    double x_max;                          /* NaN: the last time */
    const ms_plot_style *style;            /* NULL: as it is, 120 mm wide */
    unsigned tables;                       /* further ms_plot_table, added to risk_table */
    bool events;                           /* 1 - survival, from 0 upwards */
    bool percent;                          /* the vertical axis in percent */
    bool medians;                          /* lines at the medians, and the numbers in the legend */
    bool no_marks;                         /* no marks where rows are censored */
    double x_step;                         /* between the marks of the time axis; 0: by itself */
    double y_max;                          /* top of the vertical axis; 0: 1 */
} ms_plot_km_options;
MS_API void ms_plot_km_options_default(ms_plot_km_options *options);
MS_API MS_NODISCARD ms_status ms_plot_km(const ms_plot_curve *curves, size_t n,
                                         const ms_plot_km_options *options, const char *path, ms_error *err);

/* ---- cut-points (cut_figure.c) ------------------------------------------------------------------------ */

typedef struct ms_plot_cut {
    size_t n; /* cuts tried; 0: only the curves are drawn */
    const double *cut, *statistic;
    double critical;      /* a line at it; 0: none */
    const double *chosen; /* [n_chosen] */
    size_t n_chosen;
    const char *x_label;
} ms_plot_cut;
/* The statistic of every cut above the curves of the groups. */
MS_API MS_NODISCARD ms_status ms_plot_cutpoint(const ms_plot_cut *cut, const ms_plot_curve *curves, size_t n,
                                               const ms_plot_km_options *options, const char *path,
                                               ms_error *err);

/* ---- lines, e.g. training curves (line_figure.c) ------------------------------------------------------ */

typedef struct ms_plot_line {
    const char *name;
    size_t n;
    const double *x, *y; /* NaN breaks the line */
} ms_plot_line;
MS_API MS_NODISCARD ms_status ms_plot_lines(const ms_plot_line *lines, size_t n, const char *title,
                                            const char *x_label, const char *y_label, const char *path,
                                            ms_error *err);

/* ---- forest: estimates with intervals (forest_figure.c) ----------------------------------------------- */

typedef struct ms_plot_estimate {
    const char *name, *group;   /* group NULL or a heading shown when it changes */
    double value, lower, upper; /* NaN: "not estimated" */
} ms_plot_estimate;
MS_API MS_NODISCARD ms_status ms_plot_forest(const ms_plot_estimate *rows, size_t n, const char *title,
                                             const char *x_label, double reference, bool log_scale,
                                             const char *path, ms_error *err);

/* ---- overview of one segmentation (overview_figure.c) ------------------------------------------------- */

/* Grey images are HU, row-major, width x height, drawn at window 50/400 with the pixel's size in mm; z grows
 * upwards in the sagittal and coronal ones (row 0 is the top row of the picture in all three: the caller has
 * flipped them). */
typedef struct ms_plot_image {
    const float *hu;
    size_t width, height;
    double pixel_mm[2]; /* across, down */
} ms_plot_image;
/* A vertebra in the sagittal and the coronal picture. Without an extent (top_mm = bottom_mm) only its name is
 * written at y_mm. */
typedef struct ms_plot_mark {
    double y_mm; /* of its middle, from the top edge of the sagittal/coronal picture */
    const char *name;
    double top_mm, bottom_mm;       /* its end plates, from the top edge */
    double sagittal_mm, coronal_mm; /* its middle from the left edge of either picture */
    bool level;                     /* the one measured: drawn stronger */
} ms_plot_mark;
/* A level that could be meant instead. */
typedef struct ms_plot_candidate {
    double y_mm; /* from the top edge */
    const char *text;
} ms_plot_candidate;
typedef struct ms_plot_fact {
    const char *name, *value; /* "Muscle area", "136.1 cm2" */
} ms_plot_fact;
typedef enum ms_plot_trust { MS_PLOT_GOOD, MS_PLOT_REMARKS, MS_PLOT_DOUBT } ms_plot_trust;
typedef struct ms_plot_overview_input {
    ms_plot_image axial, sagittal, coronal;
    const uint8_t *labels;     /* of the axial image, ms_label values 1 to 7 */
    double level_mm;           /* of the level's line from the top edge of sagittal/coronal */
    const ms_plot_mark *marks; /* named vertebrae, the lowest first */
    size_t n_marks;
    const char *const *lines; /* text lines beside the numbers: level, method, scan; wrapped */
    size_t n_lines;
    const char *title;    /* case id */
    const uint8_t *parts; /* of the axial image, ms_part values: single muscles, outlined instead of label 1;
                             NULL: none */
    const ms_plot_candidate *candidates;
    size_t n_candidates;
    const ms_plot_fact *facts; /* the numbers */
    size_t n_facts;
    const char *const *warnings; /* doubts in plain words; wrapped */
    size_t n_warnings;
    ms_plot_trust trust;
    const char *verdict; /* in few words, shown with the title; NULL: none */
    double band_mm;      /* height of the band measured round the level, 0 for one slice */
} ms_plot_overview_input;
/* The slice with outlines, sagittal and coronal with the vertebrae drawn at their extents and the level's
 * line, the numbers and the doubts. The figure grows with its text; nothing is cut. PNG. */
MS_API MS_NODISCARD ms_status ms_plot_overview(const ms_plot_overview_input *input, const char *path,
                                               ms_error *err);
/* The axial slice with outlines beside the sagittal view with the level, about 400 x 240 pixels without text:
 * for pages that show many cases. Uses axial, sagittal, labels and level_mm only. PNG. */
MS_API MS_NODISCARD ms_status ms_plot_thumbnail(const ms_plot_overview_input *input, const char *path,
                                                ms_error *err);

/* Two pictures of the same size to be laid over each other: `path` in greys, `marks_path` clear but for the
 * outlines and washes, the vertebrae, the candidates and the level. The axial slice fills a square on the
 * left; right of it the sagittal view at MS_PLOT_VIEW_SCALE pixels a mm, the level at half its height, so
 * that a row tells the height in the body: z = level + (MS_PLOT_VIEW_HEIGHT / 2 - row) / MS_PLOT_VIEW_SCALE.
 * Uses axial, sagittal, labels, parts, level_mm, marks, candidates and band_mm. PNG. */
#define MS_PLOT_VIEW_HEIGHT 640
#define MS_PLOT_VIEW_SAGITTAL 360 /* width of that part; the whole is as much wider than high */
#define MS_PLOT_VIEW_SCALE 1.5
MS_API MS_NODISCARD ms_status ms_plot_view(const ms_plot_overview_input *input, const char *path,
                                           const char *marks_path, ms_error *err);

/* Two label planes over one slice: the outlines of the first (thin, yellow); what only the first has is blue,
 * what only the second has is red; muscle (labels 1 to 3), with the psoas told apart. PNG. */
MS_API MS_NODISCARD ms_status ms_plot_agreement(const ms_plot_image *image, const uint8_t *first,
                                                const uint8_t *second, const char *title, const char *path,
                                                ms_error *err);

#ifdef __cplusplus
}
#endif
#endif
