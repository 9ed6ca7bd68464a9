/* The traditional definitions: Kaplan-Meier, log-rank and hazard ratio of each. */
#include "study/report.h"

#include <string.h>

static void endpoint_definitions(ms_report *r, const ms_endpoint *endpoint) {
    const ms_table *t = r->survival;
    char name[128];
    ms_buffer_append(&r->html, "<h3>");
    ms_report_text(r, endpoint->label);
    ms_buffer_append(&r->html, "</h3>\n<div class=\"figures\">\n");
    (void)ms_text_format(name, sizeof name, "figures/cindex_%s.svg", endpoint->name);
    ms_report_image(r, name, "figure", "concordance of network and definitions");
    ms_buffer_append(&r->html, "</div>\n");
    ms_report_split_head(r, "Definition (all patients)", "negative", "positive");
    for (size_t i = 0; i + 1 < ms_table_rows(t); i++) {
        const char *by = ms_report_cell(t, i, "by");
        if (strcmp(by, "network") == 0 || i != ms_report_find_split(t, endpoint->name, "all", by)) continue;
        ms_buffer_append(&r->html, "<tr><td>");
        ms_report_text(r, ms_report_cell(t, i, "label"));
        ms_buffer_append(&r->html, "</td>");
        ms_report_split_cells(r, t, i);
    }
    ms_buffer_append(&r->html,
                     "</table></div>\n<details><summary>Kaplan-Meier curves by definition</summary><div "
                     "class=\"figures\">\n");
    for (size_t i = 0; i + 1 < ms_table_rows(t); i++) {
        const char *by = ms_report_cell(t, i, "by"), *figure = ms_report_cell(t, i, "figure");
        if (figure[0] && strcmp(by, "network") != 0 &&
            i == ms_report_find_split(t, endpoint->name, "all", by))
            ms_report_image(r, figure, "figure", ms_report_cell(t, i, "label"));
    }
    ms_buffer_append(&r->html, "</div></details>\n");
}

void ms_report_definitions(ms_report *r) {
    ms_buffer_append(&r->html,
                     "<h2 id=\"definitions\">Traditional sarcopenia and myosteatosis "
                     "definitions</h2>\n<p>Published cut-offs "
                     "applied to the measurements; each with its source and how far it was verified in "
                     "<code>definitions.json</code>. Patients without the height, weight or sex that a "
                     "definition needs are "
                     "not counted in it.</p>\n");
    for (size_t e = 0; r->survival && e < r->study->spec.n_endpoints; e++)
        endpoint_definitions(r, &r->study->spec.endpoints[e]);
}
