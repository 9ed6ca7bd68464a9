/* Figure 2: survival by every definition: curves, log-rank tests and hazard ratios. */
#include "study/figures.h"
#include "study/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool has_groups(const ms_table *t, size_t i) {
    return ms_report_value(t, i, "n_negative") > 0 && ms_report_value(t, i, "n_positive") > 0;
}

static bool is_of(const ms_table *t, size_t i, const ms_endpoint *endpoint) {
    return strcmp(ms_report_cell(t, i, "endpoint"), endpoint->name) == 0;
}

static void count_cell(ms_report *r, const ms_table *t, size_t i, const char *events, const char *n) {
    ms_buffer_printf(&r->html, "<td class=\"n\">%s / %s</td>", ms_report_cell(t, i, events),
                     ms_report_cell(t, i, n));
}

static void interval_cell(ms_report *r, const ms_table *t, size_t i, const char *name, int digits) {
    char lower[48], upper[48];
    (void)ms_text_format(lower, sizeof lower, "%s_lower", name);
    (void)ms_text_format(upper, sizeof upper, "%s_upper", name);
    ms_buffer_append(&r->html, "<td class=\"n\">");
    ms_report_interval(r, ms_report_value(t, i, name), ms_report_value(t, i, lower),
                       ms_report_value(t, i, upper), digits);
    ms_buffer_append(&r->html, "</td>");
}

static void p_cell(ms_report *r, const ms_table *t, size_t i, const char *name) {
    ms_buffer_append(&r->html, "<td class=\"n\">");
    ms_report_p(r, ms_report_value(t, i, name));
    ms_buffer_append(&r->html, "</td>");
}

static void definition_row(ms_report *r, const ms_table *t, size_t i) {
    ms_buffer_append(&r->html, "<tr><td>");
    ms_report_text(r, ms_report_cell(t, i, "label"));
    ms_buffer_append(&r->html, "</td>");
    count_cell(r, t, i, "events_negative", "n_negative");
    count_cell(r, t, i, "events_positive", "n_positive");
    ms_buffer_append(&r->html, "<td class=\"n\">");
    ms_report_number(r, ms_report_value(t, i, "median_negative"), 0);
    ms_buffer_append(&r->html, " / ");
    ms_report_number(r, ms_report_value(t, i, "median_positive"), 0);
    ms_buffer_append(&r->html, "</td>");
    p_cell(r, t, i, "logrank_p");
    p_cell(r, t, i, "logrank_p_holm");
    interval_cell(r, t, i, "hr", 2);
    interval_cell(r, t, i, "hr_adjusted", 2);
    ms_buffer_append(&r->html, "<td class=\"n\">");
    ms_report_number(r, ms_report_value(t, i, "c"), 2);
    ms_buffer_append(&r->html, "</td>");
    ms_buffer_append(&r->html, "</tr>\n");
}

static void table(ms_report *r, const ms_table *t, const ms_endpoint *endpoint) {
    ms_buffer_append(
        &r->html,
        "<div class=\"scroll\"><table><tr><th style=\"min-width:9rem\">Definition</th><th class=\"n\">not "
        "met<br>events / n</th><th class=\"n\">met<br>events / n</th><th class=\"n\">median, days<br>not met "
        "/ "
        "met</th><th class=\"n\">log-rank<br>p</th><th class=\"n\">p, Holm</th><th class=\"n\">hazard "
        "ratio<br>(95% interval)</th><th class=\"n\">adjusted hazard<br>ratio</th><th "
        "class=\"n\">C-index</th></tr>\n");
    for (size_t i = 0; i < ms_table_rows(t); i++)
        if (is_of(t, i, endpoint)) definition_row(r, t, i);
    ms_buffer_append(&r->html, "</table></div>\n");
}

/* What was adjusted for can differ between definitions: those who can be judged by them differ. */
static void adjusted_for(ms_report *r, const ms_table *t, const ms_endpoint *endpoint) {
    const char *first = NULL;
    bool differs = false;
    for (size_t i = 0; i < ms_table_rows(t); i++) {
        if (!is_of(t, i, endpoint) || !has_groups(t, i)) continue;
        const char *now = ms_report_cell(t, i, "adjusted_for");
        if (!first) first = now;
        differs |= strcmp(first, now) != 0;
    }
    if (!first) return;
    ms_buffer_append(&r->html, "<p class=\"soft\">Adjusted hazard ratio: Cox regression on the definition");
    if (differs) {
        ms_buffer_append(&r->html, " and those of age, sex and cohort that are named in "
                                   "<code>tables/definitions_hr.csv</code>");
    } else if (first[0]) {
        ms_buffer_append(&r->html, " with ");
        ms_report_text(r, first);
    } else {
        ms_buffer_append(&r->html, "; neither age, sex nor cohort is known of enough patients and differs "
                                   "between them, so that nothing was adjusted");
    }
    ms_buffer_append(&r->html,
                     " (age in years and sex as covariates where at least 80% of the patients have them, "
                     "complete cases; cohorts as strata, each with a baseline hazard of its own).</p>\n");
}

/* Definitions that no patient meets, or all do: they can separate nobody. */
static void without_groups(ms_report *r, const ms_table *t, const ms_endpoint *endpoint) {
    size_t n = 0;
    for (size_t i = 0; i < ms_table_rows(t); i++) {
        if (!is_of(t, i, endpoint) || has_groups(t, i)) continue;
        ms_buffer_append(&r->html, n++ ? "; "
                                       : "<p class=\"soft\">No curves, because all patients who can be "
                                         "judged are in one group (or none can be): ");
        ms_report_text(r, ms_report_cell(t, i, "label"));
    }
    if (n) ms_buffer_append(&r->html, ".</p>\n");
}

static void single_curves(ms_report *r, const ms_table *t, const ms_endpoint *endpoint) {
    bool any = false;
    for (size_t i = 0; i < ms_table_rows(t); i++) {
        if (!is_of(t, i, endpoint) || !has_groups(t, i)) continue;
        const size_t at =
            ms_report_find_split(r->survival, endpoint->name, "all", ms_report_cell(t, i, "definition"));
        const char *figure = ms_report_cell(r->survival, at, "figure");
        if (at >= ms_table_rows(r->survival) || !figure[0]) continue;
        if (!any)
            ms_buffer_append(&r->html, "<details><summary>Each definition's curves with numbers at "
                                       "risk</summary><div class=\"figures\">\n");
        any = true;
        ms_report_image(r, figure, "figure", ms_report_cell(t, i, "label"));
    }
    if (any) ms_buffer_append(&r->html, "</div></details>\n");
}

static void caption(ms_report *r, const ms_table *t, const ms_endpoint *endpoint) {
    double n = 0, events = 0;
    for (size_t i = 0; i < ms_table_rows(t); i++) {
        if (!is_of(t, i, endpoint)) continue;
        n = fmax(n, ms_report_value(t, i, "n"));
        events = fmax(events, ms_report_value(t, i, "events"));
    }
    ms_buffer_printf(
        &r->html,
        "<p class=\"soft\">Kaplan-Meier curves with pointwise 95%% intervals of all used patients whom the "
        "definition can judge and whose follow-up is known (at most %.0f patients with %.0f events), "
        "training "
        "and others together; the legend counts events of patients. p: log-rank test, uncorrected; HR: Cox "
        "regression on the definition alone.</p>\n",
        n, events);
}

static void forest(ms_report *r, const ms_table *t, const ms_endpoint *endpoint) {
    char name[128], alt[256];
    bool events = false;
    for (size_t i = 0; i < ms_table_rows(t); i++)
        events |= is_of(t, i, endpoint) && has_groups(t, i) && ms_report_value(t, i, "events") > 0;
    if (!events) {
        ms_buffer_append(&r->html, "<p class=\"note\">No patient has the event: there are no tests and no "
                                   "hazard ratios.</p>\n");
        return;
    }
    (void)ms_text_format(name, sizeof name, "figures/figure2_%s_hr.svg", endpoint->name);
    (void)ms_text_format(alt, sizeof alt, "%s: hazard ratios of the definitions", endpoint->label);
    ms_report_image(r, name, "figure", alt);
    adjusted_for(r, t, endpoint);
}

static void endpoint_definitions(ms_report *r, const ms_table *t, const ms_endpoint *endpoint) {
    char name[128], alt[256];
    size_t drawn = 0;
    for (size_t i = 0; i < ms_table_rows(t); i++) drawn += is_of(t, i, endpoint) && has_groups(t, i);
    ms_buffer_append(&r->html, "<h3>");
    ms_report_text(r, endpoint->label);
    ms_buffer_append(&r->html, "</h3>\n");
    if (drawn == 0) {
        ms_buffer_append(&r->html, "<p class=\"note\">No definition divides the patients into two groups: "
                                   "there is nothing to compare.</p>\n");
    } else {
        for (size_t part = 0; part * MS_FIGURE2_PANELS < drawn; part++) {
            char number[24] = "";
            const size_t from = part * MS_FIGURE2_PANELS,
                         to = from + MS_FIGURE2_PANELS < drawn ? from + MS_FIGURE2_PANELS : drawn;
            if (part > 0) (void)ms_text_format(number, sizeof number, "_%zu", part + 1);
            (void)ms_text_format(name, sizeof name, "figures/figure2_%s%s.svg", endpoint->name, number);
            (void)ms_text_format(alt, sizeof alt,
                                 "%s: Kaplan-Meier curves of definitions side by side, %zu to %zu of %zu",
                                 endpoint->label, from + 1, to, drawn);
            ms_report_image(r, name, "figure", alt);
        }
        caption(r, t, endpoint);
        forest(r, t, endpoint);
    }
    without_groups(r, t, endpoint);
    table(r, t, endpoint);
    single_curves(r, t, endpoint);
}

void ms_report_definitions(ms_report *r) {
    ms_table *t = NULL;
    ms_buffer_append(&r->html,
                     "<h2 id=\"definitions\">Figure 2. Survival by each definition of sarcopenia and "
                     "myosteatosis</h2>\n<p>Published cut-offs applied to the measurements; each with its "
                     "source and how far it was verified in <code>definitions.json</code>. Patients without "
                     "the height, weight, sex or age that a definition needs are not counted in it. "
                     "<em>p, Holm</em> is the log-rank p corrected for the number of definitions of the "
                     "endpoint (Holm 1979).</p>\n");
    r->status = ms_report_table(r, "tables/definitions_hr.csv", &t);
    for (size_t e = 0; t && e < r->study->spec.n_endpoints && r->status == MS_OK; e++)
        endpoint_definitions(r, t, &r->study->spec.endpoints[e]);
    ms_table_free(t);
}
