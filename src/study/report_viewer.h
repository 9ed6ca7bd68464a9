/* study/report_viewer.h: the viewer of cases in report.html, and the files it is made of (src/study/page/,
 * built in by cmake/embed.cmake). */
#ifndef MS_STUDY_REPORT_VIEWER_H
#define MS_STUDY_REPORT_VIEWER_H

#include "study/report.h"

/* NUL-terminated. */
extern const char ms_page_style[], ms_page_viewer[], ms_page_corrections_script[], ms_page_viewer_script[];

/* Up to these the page holds the pictures itself; beyond, it links to those in cases/. */
#define MS_REPORT_EMBED_CASES 200
#define MS_REPORT_EMBED_BYTES ((uint64_t)20 << 20) /* of the files: a third more as text */

/* What there is to see of a case. */
typedef struct ms_case_pictures {
    bool thumbnail, view, overview;
} ms_case_pictures;

/* report_cases.c: for each case of the report, and which kinds the page holds itself */
typedef struct ms_report_pictures {
    ms_case_pictures *of; /* [n cases] */
    bool embed_thumbnails, embed_views;
} ms_report_pictures;

/* report_viewer.c: the controls, the cases as data, and the script. */
void ms_report_viewer(ms_report *report, const ms_report_pictures *pictures);
/* The policy that lets the page run this script and no other, and load nothing from outside. */
void ms_report_policy(ms_report *report);

#endif
