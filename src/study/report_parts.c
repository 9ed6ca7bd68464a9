#include "study/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_IMAGE ((size_t)64 << 20)

const char *ms_report_cell(const ms_table *table, size_t row, const char *column) {
    size_t at;
    return table && ms_table_find(table, column, &at) ? ms_table_cell(table, row, at) : "";
}

double ms_report_value(const ms_table *table, size_t row, const char *column) {
    double value;
    return ms_parse_number(ms_report_cell(table, row, column), &value) ? value : (double)NAN;
}

void ms_report_text(ms_report *r, const char *text) {
    ms_buffer_append_xml(&r->html, text);
}

void ms_report_number(ms_report *r, double value, int digits) {
    if (isnan(value)) {
        ms_buffer_append(&r->html, "–");
    } else {
        ms_buffer_printf(&r->html, "%.*f", digits, value);
    }
}

void ms_report_interval(ms_report *r, double value, double lower, double upper, int digits) {
    ms_report_number(r, value, digits);
    if (isnan(value) || (isnan(lower) && isnan(upper))) return;
    ms_buffer_append(&r->html, " <span class=\"ci\">(");
    ms_report_number(r, lower, digits);
    ms_buffer_append(&r->html, " to ");
    ms_report_number(r, upper, digits);
    ms_buffer_append(&r->html, ")</span>");
}

void ms_report_p(ms_report *r, double p) {
    if (!isnan(p) && p < 0.001) {
        ms_buffer_append(&r->html, "&lt; 0.001");
    } else {
        ms_report_number(r, p, 3);
    }
}

void ms_report_image(ms_report *r, const char *relative, const char *css_class, const char *alt) {
    if (r->status != MS_OK) return;
    char *path = ms_study_path(r->study, relative), *bytes = NULL;
    size_t length = 0;
    ms_error ignored;
    if (!path) {
        r->status = ms_error_nomem(r->err);
    } else if (!ms_path_exists(path) || ms_file_read(path, MAX_IMAGE, &bytes, &length, &ignored) != MS_OK) {
        ms_buffer_append(&r->html, "<p class=\"missing\">No picture: ");
        ms_report_text(r, relative);
        ms_buffer_append(&r->html, " is not there.</p>\n");
    } else {
        const char *type = ms_text_ends_with(relative, ".svg") ? "image/svg+xml" : "image/png";
        ms_buffer_printf(&r->html, "<img class=\"%s\" loading=\"lazy\" alt=\"", css_class);
        ms_report_text(r, alt);
        ms_buffer_printf(&r->html, "\" src=\"data:%s;base64,", type);
        ms_buffer_append_base64(&r->html, bytes, length);
        ms_buffer_append(&r->html, "\">\n");
    }
    free(bytes);
    free(path);
}
