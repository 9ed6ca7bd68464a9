/* Rows of tables/survival.csv in the page: two levels of a variable, their events, medians, hazard ratio. */
#include "study/report.h"

#include <string.h>

size_t ms_report_find_split(const ms_table *t, const char *endpoint, const char *group, const char *by) {
    size_t i = 0, n = ms_table_rows(t);
    while (i < n && (strcmp(ms_report_cell(t, i, "endpoint"), endpoint) != 0 ||
                     strcmp(ms_report_cell(t, i, "by"), by) != 0 ||
                     (group && strcmp(ms_report_cell(t, i, "group"), group) != 0)))
        i++;
    return i;
}

void ms_report_split_cells(ms_report *r, const ms_table *t, size_t i) {
    for (size_t level = 0; level < 2; level++) {
        ms_buffer_printf(&r->html, "<td class=\"n\">%s / %s</td>", ms_report_cell(t, i + level, "events"),
                         ms_report_cell(t, i + level, "n"));
    }
    for (size_t level = 0; level < 2; level++) {
        ms_buffer_append(&r->html, "<td class=\"n\">");
        ms_report_number(r, ms_report_value(t, i + level, "median_days"), 0);
        ms_buffer_append(&r->html, "</td>");
    }
    ms_buffer_append(&r->html, "<td class=\"n\">");
    ms_report_interval(r, ms_report_value(t, i + 1, "hr"), ms_report_value(t, i + 1, "hr_lower"),
                       ms_report_value(t, i + 1, "hr_upper"), 2);
    ms_buffer_append(&r->html, "</td><td class=\"n\">");
    ms_report_p(r, ms_report_value(t, i, "logrank_p"));
    ms_buffer_append(&r->html, "</td></tr>\n");
}

void ms_report_split_head(ms_report *r, const char *first, const char *low, const char *high) {
    ms_buffer_printf(
        &r->html,
        "<div class=\"scroll\"><table><tr><th>%s</th><th class=\"n\">%s<br>events / n</th><th "
        "class=\"n\">%s<br>"
        "events / n</th><th class=\"n\">%s<br>median, days</th><th class=\"n\">%s<br>median, days</th><th "
        "class=\"n\">hazard ratio<br>(95%% interval)</th><th class=\"n\">log-rank p</th></tr>\n",
        first, low, high, low, high);
}
