/* plot/overview.h: pieces of the overview figure. */
#ifndef MS_PLOT_OVERVIEW_H
#define MS_PLOT_OVERVIEW_H

#include "plot/canvas.h"

/* Where a picture lies on the page. */
typedef struct ms_placed {
    double x, y, scale; /* of the picture's corner; points a millimetre */
    double width, height;
} ms_placed;

/* Where a picture lies in the middle of a panel, as large as it fits. */
ms_placed ms_overview_fit(const ms_plot_image *image, double x, double y, double width, double height);
/* Draws a picture there. */
void ms_overview_image_at(ms_canvas *canvas, const ms_plot_image *image, const ms_placed *placed);
/* Draws a picture into the middle of a black panel, as large as it fits. */
ms_placed ms_overview_image(ms_canvas *canvas, const ms_plot_image *image, double x, double y, double w,
                            double h);
/* Outlines of muscle and washes of fat over the axial picture; its orientation and a bar of 5 cm when
 * `marks`. */
void ms_overview_labels(ms_canvas *canvas, const ms_plot_overview_input *input, const ms_placed *p,
                        bool marks);
/* What the colours mean, in columns; returns the height used. With canvas NULL nothing is drawn. */
double ms_overview_legend(ms_canvas *canvas, const ms_plot_overview_input *input, double x, double y,
                          double width);
/* Vertebrae, candidates and the level's line over the sagittal or the coronal picture in the panel x, y, w,
 * h. */
void ms_overview_spine(ms_canvas *canvas, const ms_plot_overview_input *input, bool sagittal,
                       const ms_placed *p, double x, double y, double w, double h);

#endif
