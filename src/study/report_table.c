/* A table of the study folder for a section of the page; studies of earlier versions may not have it. */
#include "study/report.h"

#include <stdlib.h>

ms_status ms_report_table(ms_report *r, const char *relative, ms_table **table) {
    char *path = ms_study_path(r->study, relative);
    ms_status status = path ? MS_OK : ms_error_nomem(r->err);
    if (status == MS_OK && ms_path_exists(path)) {
        status = ms_table_read(table, path, r->err);
    } else if (status == MS_OK) {
        ms_buffer_append(&r->html, "<p class=\"missing\">Not made yet: ");
        ms_report_text(r, relative);
        ms_buffer_append(&r->html, " is not there; <code>myosurv study run</code> makes it.</p>\n");
    }
    free(path);
    return status;
}
