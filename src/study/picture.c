/* The pictures of one case: the overview to trust it by, its small form, and the two layers of the report's
 * viewer. */
#include "study/picture.h"

#include "study/picture_text.h"

#include <stdlib.h>

ms_status ms_study_picture(const ms_volume *volume, const ms_segmentation *s, const char *title,
                           const char *path, const char *thumbnail_path, ms_error *err) {
    ms_picture *picture = NULL;
    ms_picture_text *text = ms_calloc(1, sizeof *text);
    ms_status status = text ? ms_picture_make(&picture, volume, s, err) : ms_error_nomem(err);
    if (status != MS_OK) goto cleanup;
    ms_picture_text_fill(s, text);
    ms_plot_overview_input *input = &picture->input;
    input->title = title;
    input->lines = text->line;
    input->n_lines = text->n_lines;
    input->facts = text->facts;
    input->n_facts = text->n_facts;
    input->warnings = text->warning;
    input->n_warnings = text->n_warnings;
    input->trust = text->trust;
    input->verdict = text->verdict;
    status = ms_plot_overview(input, path, err);
    if (status == MS_OK && thumbnail_path) status = ms_plot_thumbnail(input, thumbnail_path, err);
cleanup:
    free(text);
    ms_picture_free(picture);
    return status;
}

ms_status ms_study_view(const ms_volume *volume, const ms_segmentation *s, const char *path,
                        const char *marks_path, ms_error *err) {
    ms_picture *picture = NULL;
    ms_status status = ms_picture_make(&picture, volume, s, err);
    if (status == MS_OK) status = ms_plot_view(&picture->input, path, marks_path, err);
    ms_picture_free(picture);
    return status;
}
