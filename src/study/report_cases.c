/* The cases, to be checked by eye: as a plain list for a browser without scripts, and the viewer's. */
#include "study/report_viewer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Whether it is there; its size, added to `bytes`, where that is asked for. */
static bool file_there(ms_report *r, size_t i, const char *name, uint64_t *bytes) {
    uint64_t size = 0;
    ms_error ignored;
    char *path = ms_case_path(r->study, i, name);
    if (!path) r->status = ms_error_nomem(r->err);
    const bool there = path && ms_path_exists(path);
    if (there && bytes && ms_file_size(path, &size, &ignored) == MS_OK) *bytes += size;
    free(path);
    return there;
}

static void find_pictures(ms_report *r, ms_report_pictures *pictures) {
    const bool few = r->study->n <= MS_REPORT_EMBED_CASES;
    uint64_t thumbnails = 0, views = 0;
    uint64_t *const thumbnail_bytes = few ? &thumbnails : NULL, *const view_bytes = few ? &views : NULL;
    for (size_t i = 0; i < r->study->n && r->status == MS_OK; i++) {
        ms_case_pictures *p = &pictures->of[i];
        if (strcmp(ms_report_cell(r->cases, i, "state"), "failed") == 0) continue;
        p->thumbnail = file_there(r, i, "thumbnail.png", thumbnail_bytes);
        p->view = file_there(r, i, "view.png", view_bytes) && file_there(r, i, "marks.png", view_bytes);
        p->overview = file_there(r, i, "overview.png", NULL);
    }
    pictures->embed_thumbnails = few && thumbnails <= MS_REPORT_EMBED_BYTES;
    pictures->embed_views = pictures->embed_thumbnails && thumbnails + views <= MS_REPORT_EMBED_BYTES;
}

static void append_caption(ms_report *r, size_t i) {
    const double confidence = ms_report_value(r->cases, i, "l3_confidence");
    const char *state = ms_report_cell(r->cases, i, "state");
    ms_buffer_append(&r->html, "<strong>");
    ms_report_text(r, r->study->patients[i].id);
    ms_buffer_append(&r->html, "</strong> ");
    ms_report_text(r, ms_report_cell(r->cases, i, "group"));
    if (!isnan(confidence)) ms_buffer_printf(&r->html, ", L3 confidence %.2f", confidence);
    if (strcmp(state, "used") != 0) {
        ms_buffer_append(&r->html, ", <span class=\"bad\">");
        ms_report_text(r, state);
        ms_buffer_append(&r->html, "</span>");
    }
}

static void append_figure(ms_report *r, size_t i, const ms_case_pictures *p) {
    const bool used = strcmp(ms_report_cell(r->cases, i, "state"), "used") == 0;
    char path[256];
    ms_buffer_printf(&r->html, "<figure class=\"case%s\">\n", used ? "" : " doubt");
    (void)ms_text_format(path, sizeof path, "cases/%s/thumbnail.png", r->study->patients[i].id);
    if (p->thumbnail) ms_report_image(r, path, "thumbnail", r->study->patients[i].id);
    ms_buffer_append(&r->html, "<figcaption>");
    append_caption(r, i);
    ms_buffer_append(&r->html, "</figcaption></figure>\n");
}

/* Ids hold nothing that means something in a link. */
static void append_item(ms_report *r, size_t i, const ms_case_pictures *p) {
    ms_buffer_append(&r->html, "<li>");
    append_caption(r, i);
    if (p->overview) {
        ms_buffer_append(&r->html, " <a href=\"cases/");
        ms_report_text(r, r->study->patients[i].id);
        ms_buffer_append(&r->html, "/overview.png\">picture</a>");
    }
    ms_buffer_append(&r->html, "</li>\n");
}

/* A browser with scripts makes nothing of what is within noscript, however long it is. */
static void append_list(ms_report *r, const ms_report_pictures *pictures) {
    const bool figures = pictures->embed_thumbnails;
    ms_buffer_append(&r->html, figures ? "<div id=\"case-list\" class=\"cases\">\n" : "<noscript><ul>\n");
    for (size_t i = 0; i < r->study->n && r->status == MS_OK; i++) {
        if (figures)
            append_figure(r, i, &pictures->of[i]);
        else
            append_item(r, i, &pictures->of[i]);
    }
    ms_buffer_append(&r->html, figures ? "</div>\n" : "</ul></noscript>\n");
}

void ms_report_cases(ms_report *r) {
    ms_report_pictures pictures = {.of = ms_calloc(r->study->n, sizeof *pictures.of)};
    if (!pictures.of) {
        r->status = ms_error_nomem(r->err);
        return;
    }
    ms_buffer_append(
        &r->html,
        "<h2 id=\"cases\">Cases</h2>\n<p>The axial slice at the level with the muscles outlined (psoas right "
        "blue, left green, erector spinae rose, quadratus lumborum yellow, abdominal wall red), fat washed "
        "over (yellow subcutaneous, orange visceral, violet in muscle), and the spine from the side with the "
        "level. Open a case to accept it, or to say what is wrong; <code>corrections.csv</code>, saved into "
        "the study's folder, is read by the next <code>myosurv study run</code>, which does again what "
        "depends on it. All numbers of a case are in <code>cases/ID/overview.png</code>.</p>\n");
    find_pictures(r, &pictures);
    if (r->status == MS_OK) append_list(r, &pictures);
    if (r->status == MS_OK) ms_report_viewer(r, &pictures);
    free(pictures.of);
}
