/* The checklists on the page: what the program answers, and what is left to the authors. */
#include "study/report.h"

#include <string.h>

static bool by_authors(const ms_table *t, size_t i) {
    return strcmp(ms_report_cell(t, i, "answered_by"), "authors") == 0;
}

static void cell(ms_report *r, const ms_table *t, size_t i, const char *column) {
    ms_buffer_append(&r->html, "<td>");
    ms_report_text(r, ms_report_cell(t, i, column));
    ms_buffer_append(&r->html, "</td>");
}

static void one_list(ms_report *r, const char *name, const char *source, const char *file) {
    static const char *const columns[] = {"item", "topic", "answer", "where"};
    ms_table *t = NULL;
    if (r->status == MS_OK) r->status = ms_report_table(r, file, &t);
    if (!t) return;
    size_t answered = 0;
    for (size_t i = 0; i < ms_table_rows(t); i++) answered += !by_authors(t, i);
    ms_buffer_printf(
        &r->html,
        "<h3>%s</h3>\n<p class=\"soft\">%s. %zu of %zu items are answered here, with where the "
        "answer is; <code>%s</code>.</p>\n<details><summary>Items answered</summary><div "
        "class=\"scroll\"><table><tr><th>Item</th><th>Topic</th><th>Answer</th><th>Where</th></tr>\n",
        name, source, answered, ms_table_rows(t), file);
    for (size_t i = 0; i < ms_table_rows(t); i++) {
        if (by_authors(t, i)) continue;
        ms_buffer_append(&r->html, "<tr>");
        for (size_t c = 0; c < MS_COUNT(columns); c++) cell(r, t, i, columns[c]);
        ms_buffer_append(&r->html, "</tr>\n");
    }
    ms_buffer_append(&r->html, "</table></div></details>\n<p><strong>For the authors:</strong> ");
    bool any = false;
    for (size_t i = 0; i < ms_table_rows(t); i++) {
        if (!by_authors(t, i)) continue;
        ms_buffer_append(&r->html, any ? "; " : "");
        ms_report_text(r, ms_report_cell(t, i, "item"));
        ms_buffer_append(&r->html, " ");
        ms_report_text(r, ms_report_cell(t, i, "topic"));
        any = true;
    }
    ms_buffer_append(&r->html, ".</p>\n");
    ms_table_free(t);
}

void ms_report_checklist(ms_report *r) {
    ms_buffer_append(&r->html, "<h2 id=\"checklist\">Checklists</h2>\n");
    one_list(r, "TRIPOD+AI", "Collins et al., BMJ 2024;385:e078378; topics in words of our own",
             "tables/checklist_tripod_ai.csv");
    one_list(r, "CLEAR", "Kocak et al., Insights Imaging 2023;14:75; topics in words of our own",
             "tables/checklist_clear.csv");
}
