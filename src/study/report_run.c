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

static void flow_table(ms_report *r) {
    const ms_table *t = r->flow;
    const ms_study_spec *spec = &r->study->spec;
    ms_buffer_append(&r->html, "<div class=\"scroll\"><table><tr><th>Group</th><th class=\"n\">scans</th><th "
                               "class=\"n\">failed</th><th class=\"n\">left out</th><th "
                               "class=\"n\">used</th>");
    for (size_t e = 0; e < spec->n_endpoints; e++) {
        ms_buffer_append(&r->html, "<th class=\"n\">");
        ms_report_text(r, spec->endpoints[e].label);
        ms_buffer_append(&r->html, "<br>events / n</th>");
    }
    ms_buffer_append(&r->html, "</tr>\n");
    for (size_t i = 0; t && i < ms_table_rows(t); i++) {
        ms_buffer_append(&r->html, "<tr><td>");
        ms_report_text(r, ms_report_cell(t, i, "group"));
        ms_buffer_printf(&r->html,
                         "</td><td class=\"n\">%s</td><td class=\"n\">%s</td><td class=\"n\">%s</td><td "
                         "class=\"n\">%s</td>",
                         ms_report_cell(t, i, "scans"), ms_report_cell(t, i, "failed"),
                         ms_report_cell(t, i, "excluded"), ms_report_cell(t, i, "used"));
        for (size_t e = 0; e < spec->n_endpoints; e++) {
            char events[64], n[64];
            (void)ms_text_format(events, sizeof events, "%s_events", spec->endpoints[e].name);
            (void)ms_text_format(n, sizeof n, "%s_n", spec->endpoints[e].name);
            ms_buffer_printf(&r->html, "<td class=\"n\">%s / %s</td>", ms_report_cell(t, i, events),
                             ms_report_cell(t, i, n));
        }
        ms_buffer_append(&r->html, "</tr>\n");
    }
    ms_buffer_append(&r->html, "</table></div>\n");
}

/* Grouped by reason: a row for each of thousands of cases would drown the page. */
static void reasons_table(ms_report *r) {
    ms_table *t = NULL;
    r->status = ms_report_table(r, "tables/flow_reasons.csv", &t);
    if (r->status != MS_OK || !t) return;
    if (ms_table_rows(t) == 0) {
        ms_buffer_append(&r->html, "<p>Every scan was used.</p>\n");
        ms_table_free(t);
        return;
    }
    ms_buffer_append(
        &r->html, "<h3>Not used, and why</h3>\n<p class=\"soft\">Up to 20 cases of each reason, with numbers "
                  "and file names of single cases taken out (#); every case with its own words is in "
                  "<code>tables/cases.csv</code>.</p>\n<div "
                  "class=\"scroll\"><table><tr><th>State</th><th>Reason</th><th "
                  "class=\"n\">n</th><th>Cases</th></tr>\n");
    for (size_t i = 0; i < ms_table_rows(t); i++) {
        const bool failed = strcmp(ms_report_cell(t, i, "state"), "failed") == 0;
        ms_buffer_printf(&r->html, "<tr><td>%s</td><td>", failed ? "failed" : "left out");
        ms_report_text(r, ms_report_cell(t, i, "reason"));
        ms_buffer_printf(&r->html, "</td><td class=\"n\">%s</td><td>", ms_report_cell(t, i, "n"));
        ms_report_text(r, ms_report_cell(t, i, "cases"));
        ms_buffer_printf(&r->html, "%s</td></tr>\n", ms_report_value(t, i, "n") > 20 ? " ..." : "");
    }
    ms_buffer_append(&r->html, "</table></div>\n");
    ms_table_free(t);
}

void ms_report_flow(ms_report *r) {
    char alt[256];
    (void)ms_text_format(
        alt, sizeof alt,
        "flow of patients and data: %.0f scans, %.0f failed, %.0f left out, %.0f used in %zu "
        "groups",
        total(r->flow, "scans"), total(r->flow, "failed"), total(r->flow, "excluded"), total(r->flow, "used"),
        r->flow ? ms_table_rows(r->flow) : 0);
    ms_buffer_append(&r->html, "<h2 id=\"flow\">Figure 1. Patients and data flow</h2>\n");
    ms_report_image(r, "figures/figure1_flow.svg", "figure", alt);
    ms_buffer_append(
        &r->html, "<p class=\"soft\">Left: the scans in the table, those that failed or were left out with "
                  "the reasons, and the used ones by group with their events and what each group is for. "
                  "Right: from the scan to the risk.</p>\n");
    flow_table(r);
    reasons_table(r);
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
    static const char *const tables[] = {"tables/cases.csv",    "tables/measurements.csv",
                                         "tables/features.csv", "tables/features.parameters.json",
                                         "tables/risks.csv",    "tables/cindex.csv",
                                         "tables/survival.csv", "tables/definitions.csv",
                                         "tables/rivals.csv",   "tables/comparison.csv",
                                         "tables/methods.txt"};
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
