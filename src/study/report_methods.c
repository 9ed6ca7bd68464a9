/* The methods section of the page, from tables/methods.txt. */
#include "study/report.h"

#include <stdlib.h>
#include <string.h>

#define MAX_TEXT ((size_t)4 << 20)

/* A line is a paragraph; "## " begins a heading. */
static void add_line(ms_report *r, const char *line) {
    const bool heading = ms_text_starts_with(line, "## ");
    if (!*line) return;
    ms_buffer_append(&r->html, heading ? "<h3>" : "<p>");
    ms_report_text(r, heading ? line + 3 : line);
    ms_buffer_append(&r->html, heading ? "</h3>\n" : "</p>\n");
}

void ms_report_methods(ms_report *r) {
    char *path = ms_study_path(r->study, "tables/methods.txt"), *text = NULL;
    size_t length = 0;
    ms_buffer_append(
        &r->html,
        "<h2 id=\"methods\">Methods</h2>\n<p class=\"soft\">For a paper's methods section: what was "
        "done in this study and nothing else. The same text is "
        "<code>tables/methods.txt</code>.</p>\n");
    if (r->status == MS_OK && !path) r->status = ms_error_nomem(r->err);
    if (r->status == MS_OK && !ms_path_exists(path)) {
        ms_buffer_append(&r->html, "<p class=\"missing\">Not made yet: <code>myosurv study run</code> makes "
                                   "it.</p>\n");
    } else if (r->status == MS_OK) {
        r->status = ms_file_read(path, MAX_TEXT, &text, &length, r->err);
    }
    for (char *line = text, *end; line && *line; line = end) {
        end = line + strcspn(line, "\n");
        if (*end) *end++ = '\0';
        add_line(r, line);
    }
    free(text);
    free(path);
}
