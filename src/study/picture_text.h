/* study/picture_text.h: what stands in words and numbers beside the picture of a case. */
#ifndef MS_STUDY_PICTURE_TEXT_H
#define MS_STUDY_PICTURE_TEXT_H

#include "myosurv/body.h"
#include "myosurv/plot.h"

enum { MS_PICTURE_FACTS = 24, MS_PICTURE_LINES = 6, MS_PICTURE_WARNINGS = 34 };

typedef struct ms_picture_text {
    ms_plot_fact facts[MS_PICTURE_FACTS];
    char value[MS_PICTURE_FACTS][40];
    size_t n_facts;
    const char *line[MS_PICTURE_LINES];
    char line_text[MS_PICTURE_LINES][256];
    size_t n_lines;
    const char *warning[MS_PICTURE_WARNINGS];
    char warning_text[MS_PICTURE_WARNINGS][400];
    size_t n_warnings;
    ms_plot_trust trust;
    const char *verdict;
} ms_picture_text;

void ms_picture_text_fill(const ms_segmentation *s, ms_picture_text *text);

#endif
