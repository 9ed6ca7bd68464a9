/* The page around the sections: policy, style for screen, phone and paper, links, end. Nothing from outside.
 */
#include "study/report_viewer.h"

#include <string.h>

/* Sections by the id of their heading, in the page's order; those that are there are linked to. */
static const struct {
    const char *id, *name;
} sections[] = {
    {"summary", "Summary"},           {"flow", "Patients"},    {"definitions", "Sarcopenia definitions"},
    {"radiomics", "Radiomics"},       {"network", "Network"},  {"comparison", "Comparison"},
    {"measurements", "Measurements"}, {"cases", "Cases"},      {"methods", "Methods"},
    {"checklist", "Checklists"},      {"run", "What was run"},
};

static void append_links(ms_report *r, const char *body) {
    ms_buffer_append(&r->html, "<nav aria-label=\"Sections\">");
    for (size_t s = 0; s < MS_COUNT(sections); s++) {
        char heading[64];
        (void)ms_text_format(heading, sizeof heading, "<h2 id=\"%s\"", sections[s].id);
        if (body && strstr(body, heading))
            ms_buffer_printf(&r->html, "<a href=\"#%s\">%s</a>", sections[s].id, sections[s].name);
    }
    ms_buffer_append(&r->html, "</nav>\n");
}

static void append_head(ms_report *r) {
    ms_buffer_append(
        &r->html,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
        "content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" "
        "content=\"no-referrer\">\n");
    ms_report_policy(r);
    ms_buffer_append(&r->html, "<title>");
    ms_report_text(r, r->study->spec.title);
    ms_buffer_append(&r->html, "</title>\n<style>\n");
    ms_buffer_append(&r->html, ms_page_style);
    ms_buffer_append(&r->html, "</style>\n</head>\n<body>\n<main>\n<h1>");
    ms_report_text(r, r->study->spec.title);
    ms_buffer_printf(
        &r->html,
        "</h1>\n<p class=\"soft\">Muscle at the third lumbar vertebra and survival. Made by myosurv %s. "
        "Research software, not a medical device: not for diagnosis or treatment.</p>\n",
        ms_version());
}

void ms_report_page(ms_report *r) {
    ms_buffer body = r->html;
    ms_buffer_init(&r->html);
    if (ms_buffer_failed(&body)) r->status = ms_error_nomem(r->err);
    append_head(r);
    append_links(r, body.data);
    ms_buffer_append_bytes(&r->html, body.data, body.length);
    ms_buffer_clear(&body);
    ms_buffer_append(
        &r->html,
        "<footer>Numbers behind every figure are in the study folder's <code>tables/</code>; larger pictures "
        "are in <code>cases/&lt;case_id&gt;/overview.png</code>.</footer>\n</main>\n</body>\n</html>\n");
}
