/* A picture of each case, to check by eye at a glance. */
#include "study/report.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The flag words of a case's measurements.json, separated by spaces. */
static void append_flags(ms_report *r, size_t i) {
    cJSON *root = NULL;
    ms_error ignored;
    char *path = ms_case_path(r->study, i, "measurements.json");
    if (path && ms_path_exists(path) && ms_json_read(path, &root, &ignored) == MS_OK) {
        const cJSON *flag = NULL;
        cJSON_ArrayForEach(flag, cJSON_GetObjectItemCaseSensitive(root, "flags")) {
            if (!cJSON_IsString(flag)) continue;
            ms_buffer_append(&r->html, " <span class=\"bad\">");
            ms_report_text(r, flag->valuestring);
            ms_buffer_append(&r->html, "</span>");
        }
    }
    cJSON_Delete(root);
    free(path);
}

static void append_case(ms_report *r, size_t i) {
    const char *id = r->study->patients[i].id;
    double confidence = ms_report_value(r->cases, i, "l3_confidence");
    bool used = strcmp(ms_report_cell(r->cases, i, "state"), "used") == 0;
    char path[256];
    ms_buffer_printf(&r->html, "<figure class=\"case%s\">\n", used ? "" : " doubt");
    (void)ms_text_format(path, sizeof path, "cases/%s/thumbnail.png", id);
    ms_report_image(r, path, "thumbnail", id);
    ms_buffer_append(&r->html, "<figcaption><strong>");
    ms_report_text(r, id);
    ms_buffer_append(&r->html, "</strong> ");
    ms_report_text(r, ms_report_cell(r->cases, i, "group"));
    if (!isnan(confidence)) ms_buffer_printf(&r->html, ", L3 confidence %.2f", confidence);
    if (!used)
        ms_buffer_printf(&r->html, ", <span class=\"bad\">%s</span>", ms_report_cell(r->cases, i, "state"));
    append_flags(r, i);
    ms_buffer_append(&r->html, "</figcaption></figure>\n");
}

void ms_report_cases(ms_report *r) {
    ms_buffer_append(&r->html,
                     "<h2 id=\"cases\">Cases</h2>\n<p>Axial slice at the level with the muscles outlined "
                     "(psoas right blue, left green, "
                     "erector spinae rose, quadratus lumborum yellow, abdominal wall red), fat washed over "
                     "(yellow subcutaneous, orange "
                     "visceral, violet in muscle); sagittal view along the spine with the level; larger in "
                     "<code>cases/ID/overview.png</code>. A wrong level is mended by giving "
                     "<code>l3_slice</code> or <code>l3_z</code> in "
                     "the table, a wrong outline by giving a <code>mask</code>, and running the study "
                     "again.</p>\n<div class=\"cases\">\n");
    for (size_t i = 0; r->cases && i < ms_table_rows(r->cases) && r->status == MS_OK; i++) {
        if (strcmp(ms_report_cell(r->cases, i, "state"), "failed") != 0) append_case(r, i);
    }
    ms_buffer_append(&r->html, "</div>\n");
}
