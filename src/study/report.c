/* report.html: one file; only the pictures of many cases stay beside it. */
#include "study/report.h"

#include <stdlib.h>
#include <string.h>

static ms_table *open_table(ms_report *r, const char *relative) {
    ms_table *table = NULL;
    char *path = ms_study_path(r->study, relative);
    if (!path) {
        r->status = ms_error_nomem(r->err);
    } else if (r->status == MS_OK) {
        r->status = ms_path_exists(path)
                        ? ms_table_read(&table, path, r->err)
                        : ms_error_set(r->err, MS_EINPUT, "%s: not there; run 'myosurv study run %s' first",
                                       path, r->study->folder);
    }
    free(path);
    return table;
}

/* The report walks cases and patients side by side. */
static void check_cases(ms_report *r) {
    if (r->status != MS_OK) return;
    bool same = ms_table_rows(r->cases) == r->study->n;
    for (size_t i = 0; same && i < r->study->n; i++)
        same = strcmp(ms_report_cell(r->cases, i, "case_id"), r->study->patients[i].id) == 0;
    if (!same)
        r->status =
            ms_error_set(r->err, MS_EINPUT,
                         "%s: the table of patients changed since the last run; run 'myosurv study run %s'",
                         r->study->folder, r->study->folder);
}

/* In the page's order. The list of links at its top is in report_page.c. */
static void (*const sections[])(ms_report *) = {
    ms_report_summary, ms_report_flow,       ms_report_definitions,  ms_report_radiomics,
    ms_report_network, ms_report_comparison, ms_report_measurements, ms_report_cases,
    ms_report_methods, ms_report_checklist,  ms_report_provenance,
};

ms_status ms_study_report(const ms_study *study, ms_error *err) {
    ms_report r = {.study = study, .err = err};
    ms_buffer_init(&r.html);
    r.cases = open_table(&r, "tables/cases.csv");
    r.flow = open_table(&r, "tables/flow.csv");
    r.cindex = open_table(&r, "tables/cindex.csv");
    r.survival = open_table(&r, "tables/survival.csv");
    r.rivals = open_table(&r, "tables/rivals.csv");
    r.measurements = open_table(&r, "tables/measurements.csv");
    check_cases(&r);
    if (r.status == MS_OK) {
        for (size_t s = 0; s < MS_COUNT(sections) && r.status == MS_OK; s++) sections[s](&r);
        ms_report_page(&r);
        if (r.status == MS_OK && ms_buffer_failed(&r.html)) r.status = ms_error_nomem(err);
    }
    char *path = ms_study_path(study, "report.html");
    if (r.status == MS_OK)
        r.status = path ? ms_file_write(path, r.html.data, r.html.length, err) : ms_error_nomem(err);
    free(path);
    ms_buffer_clear(&r.html);
    ms_table *const tables[] = {r.cases, r.flow, r.cindex, r.survival, r.rivals, r.measurements};
    for (size_t t = 0; t < MS_COUNT(tables); t++) ms_table_free(tables[t]);
    return r.status;
}
