/* Figure 5: the network against every definition, the measurement behind it and the clinical covariates. */
#include "study/report.h"

#include "study/figure_comparison.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is(const ms_table *t, size_t i, const char *column, const char *text) {
    return strcmp(ms_report_cell(t, i, column), text) == 0;
}

/* The rows of one predictor in one group follow each other: from first to the end that comes back. */
static size_t end_of(const ms_table *t, size_t first) {
    static const char *const same[] = {"endpoint", "group", "predictor", "kind"};
    size_t end = first + 1;
    for (; end < ms_table_rows(t); end++)
        for (size_t c = 0; c < MS_COUNT(same); c++)
            if (!is(t, end, same[c], ms_report_cell(t, first, same[c]))) return end;
    return end;
}

/* The row of a measure in [first, end), and of the k-th time where there are several; `end` for none. */
static size_t find(const ms_table *t, size_t first, size_t end, const char *measure, size_t k) {
    for (size_t i = first; i < end; i++)
        if (is(t, i, "measure", measure) && k-- == 0) return i;
    return end;
}

static void value_cell(ms_report *r, const ms_table *t, size_t i, size_t end) {
    ms_buffer_append(&r->html, "<td class=\"n\">");
    if (i < end)
        ms_report_interval(r, ms_report_value(t, i, "value"), ms_report_value(t, i, "lower"),
                           ms_report_value(t, i, "upper"), 2);
    else
        ms_buffer_append(&r->html, "–");
    ms_buffer_append(&r->html, "</td>");
}

static void lead_cell(ms_report *r, const ms_table *t, size_t i) {
    const double p = ms_report_value(t, i, "p");
    ms_buffer_append(&r->html, "<td class=\"n\">");
    ms_report_interval(r, ms_report_value(t, i, "network_less_it"), ms_report_value(t, i, "difference_lower"),
                       ms_report_value(t, i, "difference_upper"), 2);
    if (!isnan(p)) {
        ms_buffer_append(&r->html, "<br><span class=\"ci\">p ");
        if (!(p < 0.001)) ms_buffer_append(&r->html, "= ");
        ms_report_p(r, p);
        ms_buffer_append(&r->html, "</span>");
    }
    ms_buffer_append(&r->html, "</td>");
}

static void name_cells(ms_report *r, const ms_table *t, size_t first) {
    ms_buffer_append(&r->html, "<tr><td>");
    ms_report_text(r, ms_report_cell(t, first, "label"));
    if (is(t, first, "n", "0")) { /* nobody has a value: why */
        ms_buffer_append(&r->html, "<br><span class=\"ci\">");
        ms_report_text(r, ms_report_cell(t, first, "note"));
        ms_buffer_append(&r->html, "</span>");
    }
    ms_buffer_printf(&r->html, "</td><td class=\"n\">%s / %s</td>", ms_report_cell(t, first, "events"),
                     ms_report_cell(t, first, "n"));
}

static void discrimination_row(ms_report *r, const ms_table *t, size_t first, size_t end) {
    name_cells(r, t, first); /* C is the first row */
    value_cell(r, t, first, end);
    lead_cell(r, t, first);
    for (size_t k = 0; k < r->study->spec.n_times; k++) value_cell(r, t, find(t, first, end, "auc", k), end);
    ms_buffer_append(&r->html, "</tr>\n");
}

static void probability_row(ms_report *r, const ms_table *t, size_t first, size_t end) {
    static const char *const measures[] = {"nri", "nri_event", "nri_nonevent", "observed_expected",
                                           "calibration_slope"};
    const size_t at = find(t, first, end, "observed_expected", 0);
    name_cells(r, t, at < end ? at : first);
    for (size_t m = 0; m < MS_COUNT(measures); m++)
        value_cell(r, t, find(t, first, end, measures[m], 0), end);
    ms_buffer_append(&r->html, "</tr>\n");
}

static void discrimination_head(ms_report *r) {
    ms_buffer_append(&r->html,
                     "<div class=\"scroll\"><table><tr><th>Predictor</th><th class=\"n\">events / n</th><th "
                     "class=\"n\">C (95% interval)</th><th class=\"n\">network less it</th>");
    for (size_t k = 0; k < r->study->spec.n_times; k++)
        ms_buffer_printf(&r->html, "<th class=\"n\">AUC, %g days</th>", r->study->spec.times[k]);
    ms_buffer_append(&r->html, "</tr>\n");
}

static void probability_head(ms_report *r) {
    ms_buffer_printf(
        &r->html,
        "<div class=\"scroll\"><table><tr><th>At %g days</th><th class=\"n\">events / n</th><th "
        "class=\"n\">NRI, from it<br>to the network</th><th class=\"n\">of those<br>with the "
        "event</th><th class=\"n\">of the others</th><th class=\"n\">observed /<br>expected</th><th "
        "class=\"n\">calibration<br>slope</th></tr>\n",
        r->study->spec.horizon);
}

/* Those with curves, or all of them, in one group: discrimination, then what probabilities are worth. */
static void group_tables(ms_report *r, const ms_table *t, size_t first, size_t end, bool drawn) {
    for (int probability = 0; probability < 2; probability++) {
        (probability ? probability_head : discrimination_head)(r);
        for (size_t i = first, next; i < end; i = next) {
            next = end_of(t, i);
            if (!drawn || is(t, i, "drawn", "yes"))
                (probability ? probability_row : discrimination_row)(r, t, i, next);
        }
        ms_buffer_append(&r->html, "</table></div>\n");
    }
}

/* The first row of another group or endpoint. */
static size_t end_of_group(const ms_table *t, size_t first) {
    size_t end = first + 1;
    while (end < ms_table_rows(t) && is(t, end, "endpoint", ms_report_cell(t, first, "endpoint")) &&
           is(t, end, "group", ms_report_cell(t, first, "group")))
        end++;
    return end;
}

static void figure(ms_report *r, const ms_endpoint *endpoint, const char *kind, const char *group,
                   const char *what) {
    char name[256], alt[384];
    ms_comparison_figure(name, endpoint->name, kind, group);
    char *path = ms_study_path(r->study, name);
    if (path && ms_path_exists(path)) {
        (void)ms_text_format(alt, sizeof alt, "%s%s%s: %s", endpoint->label, group ? ", " : "",
                             group ? group : "", what);
        ms_report_image(r, name, "figure", alt);
    }
    free(path);
}

/* A group that the network did not learn from. */
static void group_part(ms_report *r, const ms_table *t, size_t first, size_t end,
                       const ms_endpoint *endpoint) {
    const char *group = ms_report_cell(t, first, "group");
    double events = 0, n = 0; /* of the predictor that most patients have */
    for (size_t i = first; i < end; i++) {
        events = fmax(events, ms_report_value(t, i, "events"));
        n = fmax(n, ms_report_value(t, i, "n"));
    }
    ms_buffer_append(&r->html, "<h4>");
    ms_report_text(r, group);
    ms_buffer_printf(&r->html, " (%.0f patients, %.0f events)</h4>\n", n, events);
    if (!(events > 0)) {
        ms_buffer_append(&r->html,
                         "<p class=\"missing\">No event in this group: nothing can be judged.</p>\n");
        return;
    }
    ms_buffer_append(&r->html, "<div class=\"figures\">\n");
    figure(r, endpoint, "auc", group, "AUC over time");
    figure(r, endpoint, "dca", group, "decision curves");
    figure(r, endpoint, "calibration", group, "calibration");
    ms_buffer_append(&r->html, "</div>\n");
    group_tables(r, t, first, end, true);
}

/* How the models of covariates came about. */
static void models_note(ms_report *r, const ms_table *t, const ms_endpoint *endpoint) {
    static const char *const keys[] = {"clinical", "network_clinical"};
    bool any = false, both = false;
    for (size_t k = 0; k < MS_COUNT(keys); k++)
        for (size_t i = 0; i < ms_table_rows(t); i++) {
            if (!is(t, i, "endpoint", endpoint->name) || !is(t, i, "predictor", keys[k])) continue;
            ms_buffer_append(&r->html, any ? " " : "<p class=\"soft\">");
            ms_report_text(r, ms_report_cell(t, i, "label"));
            ms_buffer_append(&r->html, ": ");
            ms_report_text(r, ms_report_cell(t, i, "note"));
            ms_buffer_append(&r->html, ".");
            any = true;
            both |= k == 1;
            break;
        }
    if (both)
        ms_buffer_append(&r->html, " Together with covariates the network is weighed by its risks in the "
                                   "training patients, which flatter it.");
    ms_buffer_append(&r->html,
                     any ? "</p>\n"
                         : "<p class=\"soft\">No clinical covariate is known for these patients, or "
                           "study.json asks for none.</p>\n");
}

static void all_groups(ms_report *r, const ms_table *t, const ms_endpoint *endpoint) {
    ms_buffer_append(&r->html, "<details><summary>Every definition and measurement, in every "
                               "group</summary>\n");
    for (size_t i = 0, end; i < ms_table_rows(t); i = end) {
        end = end_of_group(t, i);
        if (!is(t, i, "endpoint", endpoint->name)) continue;
        ms_buffer_append(&r->html, "<h4>");
        ms_report_text(r, ms_report_cell(t, i, "group"));
        ms_buffer_append(&r->html, is(t, i, "seen_in_training", "yes")
                                       ? " <span class=\"bad\">(seen in training: optimistic)</span></h4>\n"
                                       : "</h4>\n");
        group_tables(r, t, i, end, false);
    }
    ms_buffer_append(&r->html, "</details>\n");
}

static void endpoint_part(ms_report *r, const ms_table *t, const ms_endpoint *endpoint) {
    bool network = false, unseen = false;
    for (size_t i = 0; i < ms_table_rows(t); i++) {
        if (!is(t, i, "endpoint", endpoint->name)) continue;
        network |= is(t, i, "kind", "network");
        unseen |= is(t, i, "seen_in_training", "no");
    }
    ms_buffer_append(&r->html, "<h3>");
    ms_report_text(r, endpoint->label);
    ms_buffer_append(&r->html, "</h3>\n");
    if (!network)
        ms_buffer_append(&r->html, "<p class=\"missing\">No network was trained for this endpoint: "
                                   "definitions and covariates stand alone.</p>\n");
    if (!unseen)
        ms_buffer_append(&r->html,
                         "<p class=\"missing\">Every patient is a training patient: there is neither an "
                         "internal nor an external group, so nothing here tells how good the network "
                         "is.</p>\n");
    ms_buffer_append(&r->html, "<div class=\"figures\">\n");
    figure(r, endpoint, "c", NULL, "concordance in every group the network did not learn from");
    figure(r, endpoint, "nri", NULL, "reclassification by the network");
    ms_buffer_append(&r->html, "</div>\n");
    for (size_t i = 0, end; i < ms_table_rows(t); i = end) {
        end = end_of_group(t, i);
        if (is(t, i, "endpoint", endpoint->name) && is(t, i, "seen_in_training", "no"))
            group_part(r, t, i, end, endpoint);
    }
    models_note(r, t, endpoint);
    all_groups(r, t, endpoint);
}

void ms_report_comparison(ms_report *r) {
    ms_table *t = NULL;
    ms_buffer_append(&r->html, "<h2 id=\"comparison\">Figure 5. The network against every definition and "
                               "clinical covariates</h2>\n");
    if (r->status == MS_OK) r->status = ms_report_table(r, "tables/comparison.csv", &t);
    if (t) {
        ms_buffer_printf(
            &r->html,
            "<p>In each group that the network did not learn from, everything in the same patients. "
            "C-index with 95%% intervals by the infinitesimal jackknife, paired for the difference; AUC(t), "
            "weighted for censoring, with intervals by influence functions; at %g days: category-free net "
            "reclassification (NRI) from each to the network (above 0: the network is better) and decision "
            "curves, with bootstrap intervals, and calibration. A definition counts as 1 for those who meet "
            "it; a measurement as it is, in the direction of its definitions. Whatever is no probability by "
            "itself becomes one by a Cox model fitted to the training patients alone; the network's is its "
            "own. The shaded band is the network's 95%% interval; dots with bars are those who do and do not "
            "meet a definition.</p>\n<p class=\"soft\">Curves are drawn for the network, the covariates, "
            "both together and, of each muscle or fat measurement, the definition with the highest C in the "
            "training patients (at most %d curves); the tables have all of them. No correction is made for "
            "the number of comparisons. Numbers: <code>tables/comparison.csv</code>, "
            "<code>tables/comparison_curves.csv</code>.</p>\n",
            r->study->spec.horizon, MS_CONTENDERS_DRAWN);
        for (size_t e = 0; e < r->study->spec.n_endpoints; e++)
            endpoint_part(r, t, &r->study->spec.endpoints[e]);
    }
    ms_table_free(t);
}
