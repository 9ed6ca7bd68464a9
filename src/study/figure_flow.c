/* Figure 1: patients and data flow: tables/flow_reasons.csv and figures/figure1_flow.svg. */
#include "study/figures.h"

#include "myosurv/plot_study.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define REASONS_DRAWN 5 /* of a kind; the rest are "other reasons" */
#define IDS_KEPT 20

/* A case that was not used. */
typedef struct missed {
    size_t at; /* in the study's table */
    bool failed;
    char reason[160]; /* without what belongs to this case alone */
} missed;

/* Cases with the same reason. */
typedef struct reason {
    bool failed;
    size_t first, n; /* in the sorted list of cases */
} reason;

typedef struct context {
    const ms_study *study;
    const ms_collected *c;
    missed *cases;
    size_t n;
    reason *reasons;
    size_t n_reasons;
} context;

/* ---- reasons ----------------------------------------------------------------------------------------- */

/* A message without the case's files, id and numbers, so that equal reasons are equal texts: what is told is
 * its first clause. */
static void generalise(const ms_patient *patient, const char *text, char *out, size_t size) {
    const struct {
        const char *text, *name;
    } own[] = {{patient->scan, "the scan"}, {patient->mask, "the mask"}, {patient->id, "the case"}};
    size_t k = 0;
    while (*text && *text != ';' && k + 12 < size) {
        const char *name = NULL;
        size_t length = 0;
        for (size_t o = 0; o < MS_COUNT(own) && !name; o++) {
            length = own[o].text ? strlen(own[o].text) : 0;
            if (length > 0 && strncmp(text, own[o].text, length) == 0) name = own[o].name;
        }
        if (!name && *text == '/') { /* a path of another file, up to the colon or blank behind it */
            length = strcspn(text, " :,;'\"");
            name = "a file";
        }
        if (!name && isdigit((unsigned char)*text)) {
            length = strspn(text, "0123456789.");
            if (length > 1 && text[length - 1] == '.') length--; /* the end of a sentence */
            name = "#";
        }
        if (!name) {
            out[k++] = *text++;
            continue;
        }
        for (; *name && k + 1 < size; name++) out[k++] = *name;
        text += length;
    }
    while (k > 0 && (((unsigned char)out[k - 1] & 0xC0U) == 0x80U || (unsigned char)out[k - 1] >= 0xC0U))
        k--; /* no half of a letter at the end */
    out[k] = '\0';
}

static void take_reason(const context *x, size_t i, missed *m) {
    const char *text = x->c->reason[i];
    m->at = i;
    m->failed = x->c->state[i] != MS_CASE_DONE;
    if (!m->failed && ms_text_starts_with(text, "L3 level too uncertain")) {
        const bool flagged = strstr(text, "level_uncertain") != NULL;
        (void)ms_text_format(m->reason, sizeof m->reason,
                             flagged ? "L3 level uncertain (flag level_uncertain)"
                                     : "L3 level uncertain (confidence below %g)",
                             x->study->spec.min_confidence);
    } else {
        generalise(&x->study->patients[i], text, m->reason, sizeof m->reason);
    }
}

static int by_reason(const void *a, const void *b) {
    const missed *p = a, *q = b;
    if (p->failed != q->failed) return p->failed ? -1 : 1;
    const int order = strcmp(p->reason, q->reason);
    if (order) return order;
    return p->at < q->at ? -1 : p->at > q->at;
}

/* Failed before left out, the most frequent first. */
static int by_count(const void *a, const void *b) {
    const reason *p = a, *q = b;
    if (p->failed != q->failed) return p->failed ? -1 : 1;
    if (p->n != q->n) return p->n > q->n ? -1 : 1;
    return p->first < q->first ? -1 : p->first > q->first;
}

static ms_status gather(context *x, ms_error *err) {
    size_t n = 0;
    for (size_t i = 0; i < x->c->n; i++) n += !x->c->used[i];
    x->cases = ms_calloc(n, sizeof *x->cases);
    x->reasons = ms_calloc(n, sizeof *x->reasons);
    if (!x->cases || !x->reasons) return ms_error_nomem(err);
    for (size_t i = 0; i < x->c->n; i++)
        if (!x->c->used[i]) take_reason(x, i, &x->cases[x->n++]);
    qsort(x->cases, n, sizeof *x->cases, by_reason);
    for (size_t k = 0; k < n; k++) {
        const bool same = k > 0 && x->cases[k].failed == x->cases[k - 1].failed &&
                          strcmp(x->cases[k].reason, x->cases[k - 1].reason) == 0;
        if (!same) x->reasons[x->n_reasons++] = (reason){x->cases[k].failed, k, 0};
        x->reasons[x->n_reasons - 1].n++;
    }
    qsort(x->reasons, x->n_reasons, sizeof *x->reasons, by_count);
    return MS_OK;
}

/* state, reason, n, and the first cases' ids. */
static ms_status write_reasons(const context *x, ms_error *err) {
    static const char *const columns[] = {"state", "reason", "n", "cases"};
    ms_writer w = ms_writer_open("flow_reasons", err);
    size_t column;
    for (size_t k = 0; k < MS_COUNT(columns) && w.status == MS_OK; k++)
        w.status = ms_table_add_column(w.table, columns[k], &column, err);
    for (size_t r = 0; r < x->n_reasons; r++) {
        const reason *same = &x->reasons[r];
        const missed *first = &x->cases[same->first];
        ms_buffer ids;
        ms_buffer_init(&ids);
        for (size_t k = 0; k < same->n && k < IDS_KEPT; k++)
            ms_buffer_printf(&ids, "%s%s", k ? " " : "", x->study->patients[first[k].at].id);
        if (ms_buffer_failed(&ids) && w.status == MS_OK) w.status = ms_error_nomem(err);
        ms_writer_row(&w);
        ms_writer_text(&w, "state", first->failed ? "failed" : "excluded");
        ms_writer_text(&w, "reason", first->reason);
        ms_writer_number(&w, "n", (double)same->n);
        ms_writer_text(&w, "cases", ids.data ? ids.data : "");
        ms_buffer_clear(&ids);
    }
    return ms_figure_close(x->study, &w, "tables/flow_reasons.csv", err);
}

/* ---- figure ------------------------------------------------------------------------------------------ */

/* Those of one kind, the most frequent by name and the rest together; the number of cases comes back. */
static size_t list_reasons(const context *x, bool failed, ms_flow_reason list[REASONS_DRAWN + 1], size_t *n) {
    size_t total = 0, kinds = 0, drawn = 0;
    for (size_t r = 0; r < x->n_reasons; r++) kinds += x->reasons[r].failed == failed;
    *n = 0;
    for (size_t r = 0; r < x->n_reasons; r++) {
        const missed *first = &x->cases[x->reasons[r].first];
        if (x->reasons[r].failed != failed) continue;
        total += x->reasons[r].n;
        if (drawn < REASONS_DRAWN - (kinds > REASONS_DRAWN)) {
            list[drawn++] =
                (ms_flow_reason){first->reason[0] ? first->reason : "no reason given", x->reasons[r].n};
            *n = drawn;
        } else {
            if (*n == drawn) list[(*n)++] = (ms_flow_reason){"other reasons", 0};
            list[drawn].n += x->reasons[r].n;
        }
    }
    return total;
}

static const char *use_of(const char *group) {
    if (strcmp(group, "training") == 0) return "fits features, network and cut-point";
    return strcmp(group, "internal") == 0 ? "internal validation" : "external validation";
}

/* Events of those with follow-up, an endpoint a line. */
static ms_status describe_group(const context *x, const ms_groups *groups, size_t g, ms_flow_group *out,
                                char **lines, ms_error *err) {
    ms_buffer text;
    ms_buffer_init(&text);
    *out = (ms_flow_group){.name = groups->names[g], .use = use_of(groups->names[g])};
    for (size_t i = 0; i < x->c->n; i++) out->n += groups->of[i] == g && x->c->used[i];
    for (size_t e = 0; e < x->study->spec.n_endpoints; e++) {
        size_t n = 0, events = 0;
        for (size_t i = 0; i < x->c->n; i++) {
            const ms_patient *p = &x->study->patients[i];
            if (groups->of[i] != g || !x->c->used[i] || isnan(p->time[e])) continue;
            n++;
            events += p->event[e];
        }
        ms_buffer_printf(&text, "%s%s: %zu event%s", e ? "\n" : "", x->study->spec.endpoints[e].label, events,
                         events == 1 ? "" : "s");
        if (n != out->n) ms_buffer_printf(&text, " of %zu with follow-up", n);
    }
    if (ms_buffer_failed(&text)) return ms_error_nomem(err);
    *lines = text.data;
    return MS_OK;
}

enum { PARTS = 6 };
typedef struct parts {
    ms_flow_part list[PARTS];
    char features[256], network[320], level[160], risk[200], measures[160];
} parts;

static void describe_data(const context *x, const ms_definitions *definitions, const ms_risks *risks,
                          parts *p) {
    const ms_study_spec *spec = &x->study->spec;
    size_t columns = x->c->features ? ms_table_columns(x->c->features) : 1, trained = 0;
    for (size_t e = 0; e < spec->n_endpoints; e++) trained += risks->trained[e];
    (void)ms_text_format(
        p->level, sizeof p->level,
        "found from the vertebrae or given by hand; a case less sure of it than %g is left out",
        spec->min_confidence);
    (void)ms_text_format(p->measures, sizeof p->measures,
                         "%zu areas, attenuations and indices; %zu published definitions", ms_n_measures,
                         definitions->n);
    (void)ms_text_format(p->features, sizeof p->features, "%zu features of %zu region%s (preset %s)",
                         columns - 1, spec->n_rois, spec->n_rois == 1 ? "" : "s", spec->preset);
    if (trained > 0)
        (void)ms_text_format(
            p->network, sizeof p->network,
            "%zu network%s an endpoint, for %zu of %zu endpoint%s, learned from the training "
            "group alone",
            spec->train.members, spec->train.members == 1 ? "" : "s", trained, spec->n_endpoints,
            spec->n_endpoints == 1 ? "" : "s");
    else
        (void)ms_text_format(p->network, sizeof p->network, "not trained in this study");
    (void)ms_text_format(p->risk, sizeof p->risk, "%s",
                         trained > 0 ? "high and low by the training group's cut-point; held against the "
                                       "definitions in every group"
                                     : "none: results are those of the definitions");
    p->list[0] = (ms_flow_part){"CT scan", "checked: geometry, Hounsfield units, field of view"};
    p->list[1] = (ms_flow_part){"Slice at L3", p->level};
    p->list[2] =
        (ms_flow_part){"Masks", "muscle, psoas, fat between and under the skin and round the organs"};
    p->list[3] = (ms_flow_part){"Measurements and radiomics", NULL};
    p->list[4] = (ms_flow_part){"Autoencoder + Cox network", p->network};
    p->list[5] = (ms_flow_part){"Risk", p->risk};
}

static ms_status draw(const context *x, const ms_flow *flow, ms_error *err) {
    char *path = ms_study_path(x->study, "figures/figure1_flow.svg");
    const ms_status status = path ? ms_plot_flow(flow, path, err) : ms_error_nomem(err);
    free(path);
    return status;
}

static ms_status draw_flow(const context *x, const ms_definitions *definitions, const ms_risks *risks,
                           ms_error *err) {
    ms_flow_reason failed[REASONS_DRAWN + 1], left[REASONS_DRAWN + 1];
    size_t n_failed, n_left, used = x->c->n - x->n;
    const size_t f = list_reasons(x, true, failed, &n_failed), l = list_reasons(x, false, left, &n_left);
    const ms_flow_step steps[] = {{"Scans in the table", x->c->n, "Failed", f, failed, n_failed},
                                  {"Measured", x->c->n - f, "Left out", l, left, n_left},
                                  {"Used", used, NULL, 0, NULL, 0}};
    parts p;
    char both[448];
    describe_data(x, definitions, risks, &p);
    (void)ms_text_format(both, sizeof both, "%s; %s", p.measures, p.features);
    p.list[3].text = both;
    ms_groups groups;
    ms_status status = ms_groups_make(x->study, &groups, err);
    if (status != MS_OK) return status;
    ms_flow_group *list = ms_calloc(groups.n, sizeof *list);
    char **lines = ms_calloc(groups.n, sizeof *lines);
    if (!list || !lines) status = ms_error_nomem(err);
    for (size_t g = 0; g < groups.n && status == MS_OK; g++) {
        status = describe_group(x, &groups, g, &list[g], &lines[g], err);
        list[g].lines = lines[g];
    }
    const ms_flow flow = {steps, MS_COUNT(steps), list, groups.n, p.list, PARTS};
    if (status == MS_OK) status = draw(x, &flow, err);
    for (size_t g = 0; lines && g < groups.n; g++) free(lines[g]);
    free(lines);
    free(list);
    ms_groups_clear(&groups);
    return status;
}

ms_status ms_figure_flow(const ms_study *study, const ms_collected *c, const ms_definitions *definitions,
                         const ms_risks *risks, ms_error *err) {
    context x = {.study = study, .c = c};
    ms_status status = gather(&x, err);
    if (status == MS_OK) status = write_reasons(&x, err);
    if (status == MS_OK) status = draw_flow(&x, definitions, risks, err);
    free(x.cases);
    free(x.reasons);
    return status;
}
