/* Figure 4: the networks' training, the spread of their risks, high and low risk by group; plain rivals. */
#include "study/report.h"

#include <string.h>

/* The row of rivals.csv for this endpoint, group and predictor; ms_table_rows when there is none. */
static size_t find_rival(const ms_table *t, const char *endpoint, const char *group, const char *predictor) {
    size_t i = 0, n = ms_table_rows(t);
    while (i < n && (strcmp(ms_report_cell(t, i, "endpoint"), endpoint) != 0 ||
                     strcmp(ms_report_cell(t, i, "group"), group) != 0 ||
                     strcmp(ms_report_cell(t, i, "predictor"), predictor) != 0))
        i++;
    return i;
}

/* C, and for a rival what the network has more or less, in one cell. */
static void rival_cell(ms_report *r, const char *endpoint, const char *group, const char *predictor) {
    const ms_table *t = r->rivals;
    const size_t i = find_rival(t, endpoint, group, predictor);
    ms_buffer_append(&r->html, "<td class=\"n\">");
    if (i < ms_table_rows(t)) {
        const char *verdict = ms_report_cell(t, i, "network_is");
        ms_report_interval(r, ms_report_value(t, i, "c"), ms_report_value(t, i, "lower"),
                           ms_report_value(t, i, "upper"), 2);
        if (*verdict) {
            ms_buffer_append(&r->html, "<br>network less it ");
            ms_report_interval(r, ms_report_value(t, i, "network_less_it"),
                               ms_report_value(t, i, "difference_lower"),
                               ms_report_value(t, i, "difference_upper"), 2);
            ms_buffer_append(&r->html, "<br>");
            if (strcmp(verdict, "better") == 0 || strcmp(verdict, "worse") == 0)
                ms_buffer_append(&r->html, "network ");
            ms_report_text(r, verdict);
        }
    } else {
        ms_buffer_append(&r->html, "–");
    }
    ms_buffer_append(&r->html, "</td>");
}

/* Network, PCA + Cox and elastic net Cox in the same patients, group by group. */
static void endpoint_rivals(ms_report *r, const ms_endpoint *endpoint) {
    static const char *const keys[] = {"pca_cox", "elastic_net_cox"};
    const ms_table *t = r->rivals;
    size_t first = 0, n = t ? ms_table_rows(t) : 0;
    while (first < n && strcmp(ms_report_cell(t, first, "endpoint"), endpoint->name) != 0) first++;
    if (first == n) return;
    const char *group = ms_report_cell(t, first, "group");
    ms_buffer_append(
        &r->html, "<h4>Beside plain rivals</h4>\n<p>C-index of the network, of Cox regression on principal "
                  "components and of elastic net Cox regression: the same features, training patients and "
                  "patients judged, with 95% bootstrap intervals. The network is called better or worse only "
                  "where the interval of the difference leaves out 0.</p>\n<div class=\"scroll\"><table><tr>"
                  "<th>Group</th><th class=\"n\">events / n</th><th class=\"n\">network</th><th "
                  "class=\"n\">PCA + Cox</th><th class=\"n\">elastic net Cox</th></tr>\n");
    for (size_t i = first; i < n; i++) {
        if (strcmp(ms_report_cell(t, i, "endpoint"), endpoint->name) != 0 ||
            strcmp(ms_report_cell(t, i, "predictor"), "network") != 0)
            continue;
        const char *name = ms_report_cell(t, i, "group");
        ms_buffer_append(&r->html, "<tr><td>");
        ms_report_text(r, name);
        if (strcmp(name, "training") == 0)
            ms_buffer_append(&r->html, "<br><span class=\"ci\">seen in training: flatters</span>");
        ms_buffer_printf(&r->html, "</td><td class=\"n\">%s / %s</td>", ms_report_cell(t, i, "events"),
                         ms_report_cell(t, i, "n"));
        rival_cell(r, endpoint->name, name, "network");
        for (size_t k = 0; k < MS_COUNT(keys); k++) rival_cell(r, endpoint->name, name, keys[k]);
        ms_buffer_append(&r->html, "</tr>\n");
    }
    ms_buffer_append(&r->html, "</table></div>\n<p>");
    for (size_t k = 0; k < MS_COUNT(keys); k++) {
        const size_t i = find_rival(t, endpoint->name, group, keys[k]);
        if (i == n) continue;
        ms_report_text(r, ms_report_cell(t, i, "label"));
        ms_buffer_append(&r->html, ": ");
        ms_report_text(r, ms_report_cell(t, i, "note"));
        ms_buffer_append(&r->html, ". ");
    }
    ms_buffer_append(&r->html, "</p>\n");
}

static void endpoint_image(ms_report *r, const ms_endpoint *endpoint, const char *file, const char *what) {
    char alt[448];
    (void)ms_text_format(alt, sizeof alt, "%s, %s", endpoint->label, what);
    ms_report_image(r, file, "figure", alt);
}

static void endpoint_network(ms_report *r, const ms_endpoint *endpoint) {
    const ms_table *t = r->survival;
    char name[128];
    ms_buffer_append(&r->html, "<h3>");
    ms_report_text(r, endpoint->label);
    ms_buffer_append(&r->html, "</h3>\n");
    if (ms_report_find_split(t, endpoint->name, NULL, "network") == ms_table_rows(t)) {
        ms_buffer_append(
            &r->html, "<p class=\"missing\">No network could be trained for this endpoint; why is said under "
                      "<a href=\"#methods\">Methods</a>.</p>\n");
        return;
    }
    ms_buffer_append(&r->html, "<div class=\"figures\">\n");
    (void)ms_text_format(name, sizeof name, "figures/training_%s.svg", endpoint->name);
    endpoint_image(r, endpoint, name, "training and validation loss by epoch");
    (void)ms_text_format(name, sizeof name, "figures/figure4_risk_%s.svg", endpoint->name);
    endpoint_image(r, endpoint, name, "risks by group with the cut-point");
    ms_buffer_append(&r->html, "</div>\n<h4>Survival of low and high risk</h4>\n<div class=\"figures\">\n");
    for (size_t i = 0; i + 1 < ms_table_rows(t); i++) {
        const char *figure = ms_report_cell(t, i, "figure"), *group = ms_report_cell(t, i, "group");
        char what[320];
        if (!figure[0] || i != ms_report_find_split(t, endpoint->name, group, "network")) continue;
        (void)ms_text_format(what, sizeof what, "%s: survival of low and high risk", group);
        endpoint_image(r, endpoint, figure, what);
    }
    ms_buffer_append(&r->html, "</div>\n");
    ms_report_split_head(r, "Group", "low risk", "high risk");
    for (size_t i = 0; i + 1 < ms_table_rows(t); i++) {
        const char *group = ms_report_cell(t, i, "group");
        if (i != ms_report_find_split(t, endpoint->name, group, "network")) continue;
        ms_buffer_append(&r->html, "<tr><td>");
        ms_report_text(r, group);
        if (strcmp(group, "training") == 0)
            ms_buffer_append(&r->html, "<br><span class=\"ci\">seen in training: flatters</span>");
        ms_buffer_append(&r->html, "</td>");
        ms_report_split_cells(r, t, i);
    }
    ms_buffer_append(&r->html, "</table></div>\n");
    endpoint_rivals(r, endpoint);
}

void ms_report_network(ms_report *r) {
    ms_buffer_append(
        &r->html,
        "<h2 id=\"network\">Figure 4. The network</h2>\n<p>A deep Cox network on the radiomics features, "
        "fitted to the training group alone. For each endpoint: the loss in training, mean over the networks "
        "of the ensemble; the spread of the risks in each group, those with the event dark, with the "
        "cut-point, the training group's median; and Kaplan-Meier curves of low and high risk in the "
        "training, the internal and each external group, with log-rank tests and hazard ratios. What is "
        "shown of the training group flatters the network, which learned from it. Numbers: "
        "<code>tables/survival.csv</code>, <code>tables/risk_distribution.csv</code>, "
        "<code>tables/risks.csv</code>, <code>model/</code>.</p>\n");
    for (size_t e = 0; r->survival && e < r->study->spec.n_endpoints; e++)
        endpoint_network(r, &r->study->spec.endpoints[e]);
}
