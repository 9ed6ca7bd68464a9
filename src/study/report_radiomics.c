/* Figure 3: how radiomics features separate the groups of each definition. */
#include "study/report.h"

#include <math.h>
#include <string.h>

static void head(ms_report *r) {
    ms_buffer_append(
        &r->html,
        "<div class=\"scroll\"><table><tr><th style=\"min-width:9rem\">Definition</th><th class=\"n\">not "
        "met / met</th><th "
        "class=\"n\">in training</th><th class=\"n\">features with<br>q &lt; 0.05</th><th "
        "style=\"min-width:13rem\">Best "
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

enum { PICTURES = 6 }; /* of so many definitions are in the page; the others' are files beside it */

static double smaller_group(const ms_table *t, size_t i) {
    return ms_report_cell(t, i, "figure")[0]
               ? fmin(ms_report_value(t, i, "n_negative"), ms_report_value(t, i, "n_positive"))
               : 0;
}

/* Two cut-offs can divide these patients in the same way. */
static bool is_same_division(const ms_table *t, size_t a, size_t b) {
    static const char *const cells[] = {"n_negative", "n_positive", "n_negative_training", "best",
                                        "best_auc"};
    for (size_t k = 0; k < MS_COUNT(cells); k++)
        if (strcmp(ms_report_cell(t, a, cells[k]), ms_report_cell(t, b, cells[k])) != 0) return false;
    return true;
}

/* The definitions with the largest smaller groups, the largest first, no division twice. */
static size_t choose(const ms_table *t, size_t list[PICTURES]) {
    size_t n = 0;
    while (n < PICTURES) {
        size_t best = ms_table_rows(t);
        for (size_t i = 0; i < ms_table_rows(t); i++) {
            bool taken = smaller_group(t, i) <= 0;
            for (size_t k = 0; k < n && !taken; k++) taken = is_same_division(t, list[k], i);
            if (!taken && (best == ms_table_rows(t) || smaller_group(t, i) > smaller_group(t, best)))
                best = i;
        }
        if (best == ms_table_rows(t)) break;
        list[n++] = best;
    }
    return n;
}

static void pictures(ms_report *r, const ms_table *t, size_t i) {
    static const struct {
        const char *ending, *what;
    } kinds[] = {{"auc", "area under the ROC curve of its best features, and of all by class"},
                 {"map", "heat map of its best features"},
                 {"pca", "principal components of all features, coloured by its groups"}};
    ms_buffer_append(&r->html, "<div style=\"max-width:46rem\">\n");
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

/* Where the pictures of the others are. */
static void others(ms_report *r, const ms_table *t, const size_t *list, size_t n) {
    size_t without = 0, files = 0;
    for (size_t i = 0; i < ms_table_rows(t); i++) {
        bool shown = false;
        for (size_t k = 0; k < n; k++) shown |= list[k] == i;
        const char *figure = ms_report_cell(t, i, "figure");
        without += figure[0] ? 0 : 1;
        if (shown || !figure[0]) continue;
        ms_buffer_append(&r->html, files++
                                       ? ", <code>"
                                       : "<p class=\"soft\">The same pictures of the other definitions are "
                                         "files beside this page: <code>");
        ms_report_text(r, figure);
        ms_buffer_append(&r->html, "_*.svg</code>");
    }
    if (files) ms_buffer_append(&r->html, ".</p>\n");
    if (without)
        ms_buffer_printf(
            &r->html,
            "<p class=\"soft\">%zu definition%s without pictures: fewer than five patients on one "
            "side.</p>\n",
            without, without == 1 ? "" : "s");
}

static void section(ms_report *r, const ms_table *t) {
    size_t list[PICTURES];
    const size_t n = choose(t, list);
    bool any = false;
    for (size_t i = 0; i < ms_table_rows(t); i++) any |= ms_report_cell(t, i, "best")[0] != '\0';
    if (any)
        ms_report_image(r, "figures/figure3.svg", "figure",
                        "AUC of the best feature of each definition in all definitions");
    head(r);
    for (size_t i = 0; i < ms_table_rows(t); i++) row(r, t, i);
    ms_buffer_append(&r->html, "</table></div>\n");
    if (n == 0)
        ms_buffer_append(&r->html,
                         "<p class=\"note\">No definition has five patients or more on either side: "
                         "there are no pictures.</p>\n");
    for (size_t k = 0; k < n; k++) {
        ms_buffer_append(&r->html, k ? "<details><summary>" : "<h3>");
        ms_report_text(r, ms_report_cell(t, list[k], "label"));
        ms_buffer_append(&r->html, k ? "</summary>\n" : "</h3>\n");
        pictures(r, t, list[k]);
        if (k == 0) caption(r, t, list[k]);
        if (k) ms_buffer_append(&r->html, "</details>\n");
    }
    others(r, t, list, n);
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
