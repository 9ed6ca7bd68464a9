/* The page around the sections: style for screen, phone and paper. No script and nothing from outside. */
#include "study/report.h"

#include <string.h>

static const char style[] =
    ":root{--ink:#1c2733;--soft:#5b6773;--line:#d8dee4;--wash:#f5f7f9;--blue:#0b5394;--bad:#a33b00}\n"
    "*{box-sizing:border-box}body{margin:0;color:var(--ink);font:16px/1.5 system-ui,-apple-system,'Segoe "
    "UI',Roboto,"
    "'DejaVu Sans',sans-serif}\n"
    "main{max-width:1080px;margin:0 auto;padding:1.5rem 1rem 4rem}h1{font-size:1.7rem;margin:.2rem 0}\n"
    "h2{margin:2.6rem 0 .6rem;padding-bottom:.2rem;border-bottom:2px solid "
    "var(--line);font-size:1.3rem}h3{margin:1.6rem 0 "
    ".4rem;font-size:1.05rem}\n"
    "p{margin:.4rem 0}.soft,.ci{color:var(--soft)}.note{background:var(--wash);border-left:4px solid "
    "var(--blue);padding:.6rem "
    ".8rem;margin:1rem 0}.missing,.bad{color:var(--bad)}\n"
    "nav{display:flex;flex-wrap:wrap;gap:.2rem 1rem;margin:1rem 0}a{color:var(--blue)}\n"
    ".scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.9rem;margin:.6rem "
    "0}th,td{text-align:left;"
    "padding:.32rem .6rem;border-bottom:1px solid "
    "var(--line);vertical-align:top}th{background:var(--wash);font-weight:600}\n"
    "td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}code{overflow-wrap:"
    "anywhere;font-size:.85em}\n"
    ".cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.8rem;margin:1rem "
    "0}.card{background:"
    "var(--wash);padding:.7rem .9rem;border-radius:.4rem}.card b{display:block;font-size:1.5rem}\n"
    ".figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,23rem),1fr));gap:1rem}."
    "figure{width:100%;"
    "height:auto;border:1px solid var(--line);border-radius:.3rem;background:#fff}\n"
    ".flow{display:grid;grid-template-columns:repeat(auto-fit,minmax(11rem,1fr));gap:.8rem}.flow "
    "div{border:1px solid "
    "var(--line);border-radius:.4rem;padding:.6rem .8rem}.flow b{display:block}\n"
    ".cases{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,15rem),1fr));gap:.8rem}.case{"
    "margin:0;font-size:"
    ".8rem;line-height:1.35}.case "
    "img{width:100%;height:auto;display:block;background:#000;border-radius:.3rem}.case.doubt "
    "img{outline:3px solid var(--bad)}\n"
    "details{margin:.6rem "
    "0}summary{cursor:pointer;color:var(--blue)}footer{margin-top:3rem;color:var(--soft);font-size:.85rem}\n"
    "@media "
    "print{body{font-size:10pt}main{max-width:none;padding:0}nav{display:none}h2{break-after:avoid}.figure,."
    "case,tr,.card{"
    "break-inside:avoid}.figures{grid-template-columns:1fr "
    "1fr}.cases{grid-template-columns:repeat(4,1fr)}a{color:inherit;"
    "text-decoration:none}.scroll{overflow:visible}table{font-size:8pt}}\n";

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
        "content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
        "<title>");
    ms_report_text(r, r->study->spec.title);
    ms_buffer_append(&r->html, "</title>\n<style>\n");
    ms_buffer_append(&r->html, style);
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
