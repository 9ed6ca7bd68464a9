/* study/report.h: the pieces of report.html. Each section appends to the page what it finds in the study
 * folder, under a heading <h2 id="..."> that report_page.c knows. */
#ifndef MS_STUDY_REPORT_H
#define MS_STUDY_REPORT_H

#include "study/study.h"

typedef struct ms_report {
    const ms_study *study;
    ms_buffer html;
    ms_table *cases, *flow, *cindex, *survival, *rivals, *measurements; /* tables/, NULL when not there */
    ms_status status;
    ms_error *err;
} ms_report;

/* report_page.c */
/* Puts the page round the sections that are in html: style, links to those that are there, end. */
void ms_report_page(ms_report *report);
/* report_run.c */
void ms_report_summary(ms_report *report);
void ms_report_flow(ms_report *report);
void ms_report_provenance(ms_report *report);
/* report_network.c, report_definitions.c, report_measurements.c */
void ms_report_network(ms_report *report);
/* report_comparison.c, report_methods.c, report_checklist.c */
void ms_report_comparison(ms_report *report);
void ms_report_methods(ms_report *report);
void ms_report_checklist(ms_report *report);
void ms_report_definitions(ms_report *report);
/* report_radiomics.c */
void ms_report_radiomics(ms_report *report);
void ms_report_measurements(ms_report *report);
/* report_cases.c */
void ms_report_cases(ms_report *report);

/* report_splits.c: rows of survival.csv, which come in twos (level 0 and 1 of a variable) */

/* The first row of this endpoint, group (NULL: any) and variable; ms_table_rows when there is none. */
size_t ms_report_find_split(const ms_table *survival, const char *endpoint, const char *group,
                            const char *by);
/* Opens the table: events, medians, hazard ratio and log-rank p; rows are "<tr><td>name</td>", then cells. */
void ms_report_split_head(ms_report *report, const char *first, const char *low, const char *high);
/* The cells of rows i and i + 1, and the end of the row of HTML. */
void ms_report_split_cells(ms_report *report, const ms_table *survival, size_t i);

/* report_table.c: reads a table of the study folder; *table stays as it is, and the page says so, where it
 * is not there. To be freed. */
MS_NODISCARD ms_status ms_report_table(ms_report *report, const char *relative, ms_table **table);

/* report_parts.c: what the sections are made of */

/* The text of a table's cell by column name, "" when there is no such column. */
const char *ms_report_cell(const ms_table *table, size_t row, const char *column);
/* The same as a number; NaN where it is none. */
double ms_report_value(const ms_table *table, size_t row, const char *column);
/* A cell of HTML: text escaped, or a number with this many digits after the point ("–" for NaN). */
void ms_report_text(ms_report *report, const char *text);
void ms_report_number(ms_report *report, double value, int digits);
/* "0.72 (0.60 to 0.84)". */
void ms_report_interval(ms_report *report, double value, double lower, double upper, int digits);
void ms_report_p(ms_report *report, double p);
/* Puts a figure or picture of the study folder into the page; its absence is said there. */
void ms_report_image(ms_report *report, const char *relative, const char *css_class, const char *alt);

#endif
