/* What was run, on whom, and the result in a few numbers. */
#include "study/report.h"

#include "study/writer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double total(const ms_table *flow, const char *column) {
    double sum = 0;
    for (size_t i = 0; flow && i < ms_table_rows(flow); i++) {
        double value = ms_report_value(flow, i, column);
        sum += isnan(value) ? 0 : value;
    }
    return sum;
}

static void card(ms_report *r, const char *value, const char *label) {
    ms_buffer_append(&r->html, "<div class=\"card\"><b>");
    ms_report_text(r, value);
    ms_buffer_append(&r->html, "</b>");
    ms_report_text(r, label);
    ms_buffer_append(&r->html, "</div>\n");
}

/* The network's C in every group it did not learn from. */
static void network_cards(ms_report *r) {
    for (size_t i = 0; r->cindex && i < ms_table_rows(r->cindex); i++) {
        const char *group = ms_report_cell(r->cindex, i, "group");
        double c = ms_report_value(r->cindex, i, "c");
        if (strcmp(ms_report_cell(r->cindex, i, "predictor"), "network") != 0 ||
            strcmp(group, "training") == 0 || isnan(c))
            continue;
        char value[32], label[160];
        (void)ms_text_format(value, sizeof value, "%.2f", c);
        (void)ms_text_format(label, sizeof label, "network C-index, %s, %s",
                             ms_report_cell(r->cindex, i, "endpoint"), group);
        card(r, value, label);
    }
}

void ms_report_summary(ms_report *r) {
    char text[64];
    ms_buffer_append(&r->html, "<h2 id=\"summary\">Summary</h2>\n<div class=\"cards\">\n");
    (void)ms_text_format(text, sizeof text, "%.0f of %.0f", total(r->flow, "used"), total(r->flow, "scans"));
    card(r, text, "scans used");
    network_cards(r);
    ms_buffer_append(&r->html, "</div>\n");
    if (r->study->is_synthetic)
        ms_buffer_append(
            &r->html, "<p class=\"note\">These are synthetic patients made by <code>myosurv phantom "
                      "cohort</code>: the results show how the program works, nothing about people.</p>\n");
    ms_buffer_append(
        &r->html,
        "<p class=\"soft\">C-index: how often, of two comparable patients, the one with the higher risk had "
        "the event first (0.5: no better than chance). The training group is the one the network learned "
        "from: "
        "its figures are optimistic.</p>\n");
}

void ms_report_flow(ms_report *r) {
    ms_buffer_append(&r->html, "<h2 id=\"flow\">Patients</h2>\n<div class=\"flow\">\n");
    for (size_t i = 0; r->flow && i < ms_table_rows(r->flow); i++) {
        ms_buffer_append(&r->html, "<div><b>");
        ms_report_text(r, ms_report_cell(r->flow, i, "group"));
        ms_buffer_printf(&r->html,
                         "</b>%s scans given<br>%s failed<br>%s left out<br><strong>%s used</strong>",
                         ms_report_cell(r->flow, i, "scans"), ms_report_cell(r->flow, i, "failed"),
                         ms_report_cell(r->flow, i, "excluded"), ms_report_cell(r->flow, i, "used"));
        for (size_t e = 0; e < r->study->spec.n_endpoints; e++) {
            char column[64];
            (void)ms_text_format(column, sizeof column, "%s_events", r->study->spec.endpoints[e].name);
            ms_buffer_append(&r->html, "<br><span class=\"soft\">");
            ms_report_text(r, r->study->spec.endpoints[e].label);
            ms_buffer_printf(&r->html, ": %s events</span>", ms_report_cell(r->flow, i, column));
        }
        ms_buffer_append(&r->html, "</div>\n");
    }
    ms_buffer_append(&r->html, "</div>\n");
    bool heading = false;
    for (size_t i = 0; r->cases && i < ms_table_rows(r->cases); i++) {
        const char *state = ms_report_cell(r->cases, i, "state");
        if (strcmp(state, "used") == 0) continue;
        if (!heading)
            ms_buffer_append(&r->html,
                             "<h3>Not used, and why</h3>\n<div class=\"scroll\"><table><tr><th>Case</th><th>"
                             "Group</th><th>State</th><th>Reason</th></tr>\n");
        heading = true;
        const char *const cells[] = {"case_id", "group", "state", "reason"};
        ms_buffer_append(&r->html, "<tr>");
        for (size_t c = 0; c < MS_COUNT(cells); c++) {
            ms_buffer_append(&r->html, "<td>");
            ms_report_text(r, ms_report_cell(r->cases, i, cells[c]));
            ms_buffer_append(&r->html, "</td>");
        }
        ms_buffer_append(&r->html, "</tr>\n");
    }
    ms_buffer_append(&r->html, heading ? "</table></div>\n" : "<p>Every scan was used.</p>\n");
}

static void row(ms_report *r, const char *name, const char *value) {
    ms_buffer_append(&r->html, "<tr><th>");
    ms_report_text(r, name);
    ms_buffer_append(&r->html, "</th><td><code>");
    ms_report_text(r, value);
    ms_buffer_append(&r->html, "</code></td></tr>\n");
}

static void file_row(ms_report *r, const char *relative) {
    char hex[65];
    ms_error ignored;
    char *path = ms_study_path(r->study, relative);
    if (path && ms_path_exists(path) && ms_hash_file(path, hex, &ignored) == MS_OK) row(r, relative, hex);
    free(path);
}

void ms_report_provenance(ms_report *r) {
    static const char *const tables[] = {
        "tables/cases.csv",  "tables/measurements.csv", "tables/features.csv",   "tables/risks.csv",
        "tables/cindex.csv", "tables/survival.csv",     "tables/definitions.csv"};
    const ms_study_spec *spec = &r->study->spec;
    char text[64];
    ms_buffer_append(&r->html, "<h2 id=\"run\">What was run</h2>\n<div class=\"scroll\"><table>\n");
    row(r, "myosurv", ms_version());
    row(r, "feature preset", spec->preset);
    (void)ms_text_format(text, sizeof text, "%llu", (unsigned long long)spec->seed);
    row(r, "seed", text);
    (void)ms_text_format(text, sizeof text, "%g", spec->min_confidence);
    row(r, "least confidence in the L3 level", text);
    (void)ms_text_format(text, sizeof text, "%zu", spec->train.members);
    row(r, "networks in the ensemble", text);
    row(r, "SHA-256 of the parameters", r->study->parameters_sha256);
    ms_buffer_append(
        &r->html,
        "</table></div>\n<details><summary>SHA-256 of inputs and results</summary><div class=\"scroll\">"
        "<table>\n");
    file_row(r, "study.json");
    file_row(r, spec->cohort);
    for (size_t t = 0; t < MS_COUNT(tables); t++) file_row(r, tables[t]);
    for (size_t e = 0; e < spec->n_endpoints; e++) {
        char name[64];
        (void)ms_text_format(name, sizeof name, "model/%s.msm", spec->endpoints[e].name);
        file_row(r, name);
    }
    ms_buffer_append(&r->html,
                     "</table></div></details>\n<p class=\"soft\">Each case's own hashes are in its "
                     "<code>done.json</code>.</p>\n");
}
