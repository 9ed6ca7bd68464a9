/* What was measured at L3. */
#include "study/report.h"

#include <math.h>
#include <stdlib.h>

static int compare_doubles(const void *a, const void *b) {
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* By linear interpolation between order statistics (R's type 7). */
static double quantile(const double *sorted, size_t n, double p) {
    double at = p * (double)(n - 1);
    size_t below = (size_t)at;
    return below + 1 < n ? sorted[below] + (at - (double)below) * (sorted[below + 1] - sorted[below])
                         : sorted[n - 1];
}

void ms_report_measurements(ms_report *r) {
    size_t n = r->measurements ? ms_table_rows(r->measurements) : 0;
    double *values = ms_calloc(n + 1, sizeof *values);
    if (!values) {
        r->status = ms_error_nomem(r->err);
        return;
    }
    ms_buffer_append(
        &r->html, "<h2 id=\"measurements\">Measurements at L3</h2>\n<div class=\"scroll\"><table><tr><th>"
                  "Measurement</th><th>Unit</th><th class=\"n\">n</th><th class=\"n\">median (quartiles)</th>"
                  "<th>Definition</th></tr>\n");
    for (size_t m = 0; m < ms_n_measures; m++) {
        size_t k = 0;
        for (size_t i = 0; i < n; i++) {
            double value = ms_report_value(r->measurements, i, ms_measures[m].name);
            if (!isnan(value)) values[k++] = value;
        }
        qsort(values, k, sizeof *values, compare_doubles);
        ms_buffer_printf(&r->html, "<tr><td><code>%s</code></td><td>", ms_measures[m].name);
        ms_report_text(r, ms_measures[m].unit);
        ms_buffer_printf(&r->html, "</td><td class=\"n\">%zu</td><td class=\"n\">", k);
        if (k > 0)
            ms_report_interval(r, quantile(values, k, 0.5), quantile(values, k, 0.25),
                               quantile(values, k, 0.75), 1);
        ms_buffer_append(&r->html, "</td><td>");
        ms_report_text(r, ms_measures[m].definition);
        ms_buffer_append(&r->html, "</td></tr>\n");
    }
    ms_buffer_append(&r->html, "</table></div>\n");
    free(values);
}
