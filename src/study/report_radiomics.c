/* Figure 3: how radiomics features separate the groups of each definition. */
#include "study/report.h"

#include <math.h>
#include <string.h>

static void head(ms_report *r) {
    ms_buffer_append(
        &r->html,
        "<div class=\"scroll\"><table><tr><th>Definition</th><th class=\"n\">not met / met</th><th "
        "class=\"n\">in training</th><th class=\"n\">features with<br>q &lt; 0.05</th><th>Best "
        "feature</th><th class=\"n\">its AUC, training<br>(95% interval)</th><th class=\"n\">its AUC, "
        "others<br>(95% interval)</th></tr>\n");
}

static void auc_cell(ms_report *r, const ms_table *t, size_t i, const char *name, const char *suffix) {
    char lower[48], upper[48];
    (void)ms_text_format(lower, sizeof lower, "%s_lower", name);
    (void)ms_text_format(upper, sizeof upper, "%s_upper", name);
    ms_buffer_append(&r->html, "<td class=\"n\">");
    ms_report_interval(r, ms_report_value(t, i, name), ms_report_value(t, i, lower),
                       ms_report_value(t, i, upper), 2);
    ms_buffer_printf(&r->html, "%s</td>", suffix);
}

static void row(ms_report *r, const ms_table *t, size_t i) {
    const bool on_all = strcmp(ms_report_cell(t, i, "ranked_by"), "all") == 0;
    ms_buffer_append(&r->html, "<tr><td>");
    ms_report_text(r, ms_report_cell(t, i, "label"));
    ms_buffer_printf(&r->html,
                     "</td><td class=\"n\">%s / %s</td><td class=\"n\">%s / %s</td><td class=\"n\">%s of "
                     "%s</td><td><code>",
                     ms_report_cell(t, i, "n_negative"), ms_report_cell(t, i, "n_positive"),
                     ms_report_cell(t, i, "n_negative_training"), ms_report_cell(t, i, "n_positive_training"),
                     ms_report_cell(t, i, "features_q_below_0.05"), ms_report_cell(t, i, "features"));
    ms_report_text(r, ms_report_cell(t, i, "best")[0] ? ms_report_cell(t, i, "best") : "\u2013");
    ms_buffer_append(&r->html, "</code></td>");
    auc_cell(r, t, i, "best_auc", on_all ? " *" : "");
    auc_cell(r, t, i, "best_auc_others", "");
    ms_buffer_append(&r->html, "</tr>\n");
}

/* The definition whose smaller group is the largest: its pictures are open. */
static size_t most_even(const ms_table *t) {
    size_t best = ms_table_rows(t);
    double most = 0;
    for (size_t i = 0; i < ms_table_rows(t); i++) {
        const double least = fmin(ms_report_value(t, i, "n_negative"), ms_report_value(t, i, "n_positive"));
        if (!ms_report_cell(t, i, "figure")[0] || !(least > most)) continue;
        most = least;
        best = i;
    }
    return best;
}

static void pictures(ms_report *r, const ms_table *t, size_t i) {
    static const struct {
        const char *ending, *what;
    } kinds[] = {{"auc", "area under the ROC curve of its best features, and of all by class"},
                 {"map", "heat map of its best features"},
                 {"pca", "principal components of all features, coloured by its groups"}};
    ms_buffer_append(&r->html, "<div class=\"figures\">\n");
    for (size_t k = 0; k < MS_COUNT(kinds); k++) {
        char name[256], alt[256];
        (void)ms_text_format(name, sizeof name, "%s_%s.svg", ms_report_cell(t, i, "figure"), kinds[k].ending);
        (void)ms_text_format(alt, sizeof alt, "%s: %s", ms_report_cell(t, i, "label"), kinds[k].what);
        ms_report_image(r, name, "figure", alt);
    }
    ms_buffer_append(&r->html, "</div>\n");
}

static void caption(ms_report *r, const ms_table *t, size_t i) {
    const double n = ms_report_value(t, i, "cases_drawn"),
                 fit = ms_report_value(t, i, "cases_drawn_training");
    double used = 0;
    for (size_t k = 0; r->flow && k < ms_table_rows(r->flow); k++)
        used += ms_report_value(r->flow, k, "used");
    ms_buffer_append(
        &r->html,
        "<p class=\"soft\">AUC: area under the ROC curve, above 0.5 where the feature is higher in those who "
        "meet the definition; intervals by DeLong's method (none for an AUC of 0 or 1); q: Mann-Whitney p of "
        "all patients by Benjamini and Hochberg over the features of one definition. The features shown are "
        "those with the smallest p in the training group, none with |r| above 0.9 to a better one; their AUC "
        "in the other patients is free of that choice. * ranked in all patients, because the training group "
        "has fewer than two on a side: optimistic. Many features measure size or density, as the definitions "
        "do: a high AUC is no discovery by itself.</p>\n");
    ms_buffer_printf(
        &r->html, "<p class=\"soft\">Heat map and principal components: %.0f of %.0f used patients%s; ", n,
        used, n < used ? " (a random draw with the study's seed, training and others apart)" : "");
    if (fit > 0)
        ms_buffer_printf(&r->html,
                         "means, SDs, clusters of features and components are learned from %.0f of "
                         "the training group alone.</p>\n",
                         fit);
    else
        ms_buffer_append(&r->html, "too few are in the training group, so that means, SDs and components are "
                                   "those of all of them.</p>\n");
}

static void section(ms_report *r, const ms_table *t) {
    const size_t n = ms_table_rows(t), open = most_even(t);
    size_t without = 0;
    head(r);
    for (size_t i = 0; i < n; i++) row(r, t, i);
    ms_buffer_append(&r->html, "</table></div>\n");
    if (open == n) {
        ms_buffer_append(&r->html,
                         "<p class=\"note\">No definition has five patients or more on either side: "
                         "there are no pictures.</p>\n");
        return;
    }
    ms_buffer_append(&r->html, "<h3>");
    ms_report_text(r, ms_report_cell(t, open, "label"));
    ms_buffer_append(&r->html, "</h3>\n");
    pictures(r, t, open);
    caption(r, t, open);
    for (size_t i = 0; i < n; i++) {
        const bool drawn = ms_report_cell(t, i, "figure")[0] != '\0';
        without += !drawn;
        if (!drawn || i == open) continue;
        ms_buffer_append(&r->html, "<details><summary>");
        ms_report_text(r, ms_report_cell(t, i, "label"));
        ms_buffer_append(&r->html, "</summary>\n");
        pictures(r, t, i);
        ms_buffer_append(&r->html, "</details>\n");
    }
    if (without)
        ms_buffer_printf(
            &r->html,
            "<p class=\"soft\">%zu definition%s without pictures: fewer than five patients on one "
            "side.</p>\n",
            without, without == 1 ? "" : "s");
}

void ms_report_radiomics(ms_report *r) {
    ms_table *t = NULL;
    ms_buffer_append(&r->html,
                     "<h2 id=\"radiomics\">Figure 3. How radiomics features separate the groups of each "
                     "definition</h2>\n<p>Every feature against every definition: "
                     "<code>tables/radiomics_auc.csv</code>.</p>\n");
    r->status = ms_report_table(r, "tables/radiomics_definitions.csv", &t);
    if (r->status == MS_OK && t) section(r, t);
    ms_table_free(t);
}
