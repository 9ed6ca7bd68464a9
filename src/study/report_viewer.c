/* The viewer of cases: its controls, what it shows as JSON, and its script. */
#include "study/report_viewer.h"

#include "myosurv/plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PICTURE ((size_t)64 << 20)

/* A JSON string that may stand within a script element: no < > or & in it. */
static void append_string(ms_buffer *out, const char *text) {
    ms_buffer_append(out, "\"");
    for (const char *c = text; *c; c++) {
        const unsigned char byte = (unsigned char)*c;
        if (byte < 0x20 || strchr("\"\\<>&", *c)) {
            ms_buffer_printf(out, "\\u%04x", byte);
        } else {
            ms_buffer_append_bytes(out, c, 1);
        }
    }
    ms_buffer_append(out, "\"");
}

static void append_value(ms_buffer *out, double value) {
    if (isfinite(value)) {
        ms_buffer_append_number(out, value);
    } else {
        ms_buffer_append(out, "null");
    }
}

/* ---- words that many cases share ----------------------------------------------------------------------- */

typedef struct words {
    const char **word;
    size_t n, capacity;
} words;

/* The word's place in the list, put in where it is new; few words, so a walk finds them. */
static size_t word_of(ms_report *r, words *list, const char *word) {
    for (size_t w = 0; w < list->n; w++)
        if (strcmp(list->word[w], word) == 0) return w;
    if (list->n == list->capacity) {
        const size_t capacity = 2 * list->capacity + 8;
        const char **more = ms_realloc(list->word, capacity, sizeof *more);
        if (!more) {
            r->status = ms_error_nomem(r->err);
            return 0;
        }
        list->word = more;
        list->capacity = capacity;
    }
    list->word[list->n] = word;
    return list->n++;
}

static void append_words(ms_report *r, const char *key, const words *list) {
    ms_buffer_printf(&r->html, ",\n\"%s\":[", key);
    for (size_t w = 0; w < list->n; w++) {
        if (w > 0) ms_buffer_append(&r->html, ",");
        append_string(&r->html, list->word[w]);
    }
    ms_buffer_append(&r->html, "]");
}

/* ---- the cases ----------------------------------------------------------------------------------------- */

/* Rows of measurements.csv are of the cases that are done, in the same order. */
static size_t next_measured(const ms_report *r, const char *id, size_t from) {
    const size_t n = r->measurements ? ms_table_rows(r->measurements) : 0;
    return from < n && strcmp(ms_report_cell(r->measurements, from, "case_id"), id) == 0 ? from : SIZE_MAX;
}

static void append_case(ms_report *r, size_t i, size_t group, size_t state, size_t measured,
                        const ms_case_pictures *p) {
    const ms_patient *patient = &r->study->patients[i];
    const bool there = measured != SIZE_MAX;
    ms_buffer_append(&r->html, i > 0 ? ",\n[" : "\n[");
    append_string(&r->html, patient->id);
    ms_buffer_printf(&r->html, ",%zu,%zu,", group, state);
    append_value(&r->html, ms_report_value(r->cases, i, "l3_confidence"));
    ms_buffer_append(&r->html, ",");
    append_value(&r->html, there ? ms_report_value(r->measurements, measured, "l3_slice") : (double)NAN);
    ms_buffer_append(&r->html, ",");
    append_value(&r->html, there ? ms_report_value(r->measurements, measured, "l3_z_mm") : (double)NAN);
    ms_buffer_append(&r->html, ",");
    append_string(&r->html, there ? ms_report_cell(r->measurements, measured, "flags") : "");
    ms_buffer_append(&r->html, ",");
    append_string(&r->html, patient->corrected);
    ms_buffer_append(&r->html, ",");
    append_string(&r->html, ms_report_cell(r->cases, i, "reason"));
    ms_buffer_printf(&r->html, ",%d]", p->thumbnail | p->view << 1 | p->overview << 2);
}

static void append_cases(ms_report *r, const ms_report_pictures *pictures) {
    words groups = {0}, states = {0};
    size_t measured = 0;
    ms_buffer_append(&r->html, ",\n\"cases\":[");
    for (size_t i = 0; i < r->study->n && r->status == MS_OK; i++) {
        const size_t group = word_of(r, &groups, ms_report_cell(r->cases, i, "group")),
                     state = word_of(r, &states, ms_report_cell(r->cases, i, "state")),
                     row = next_measured(r, r->study->patients[i].id, measured);
        append_case(r, i, group, state, row, &pictures->of[i]);
        if (row != SIZE_MAX) measured++;
    }
    ms_buffer_append(&r->html, "]");
    append_words(r, "groups", &groups);
    append_words(r, "states", &states);
    free(groups.word);
    free(states.word);
}

/* ---- the corrections that there are -------------------------------------------------------------------- */

static void append_table(ms_report *r, const ms_table *table) {
    const size_t columns = table ? ms_table_columns(table) : 0, rows = table ? ms_table_rows(table) : 0;
    ms_buffer_append(&r->html, ",\n\"corrections\":{\"columns\":[");
    for (size_t c = 0; c < columns; c++) {
        if (c > 0) ms_buffer_append(&r->html, ",");
        append_string(&r->html, ms_table_column_name(table, c));
    }
    ms_buffer_append(&r->html, "],\"rows\":[");
    for (size_t i = 0; i < rows; i++) {
        ms_buffer_append(&r->html, i > 0 ? ",\n[" : "[");
        for (size_t c = 0; c < columns; c++) {
            if (c > 0) ms_buffer_append(&r->html, ",");
            append_string(&r->html, ms_table_cell(table, i, c));
        }
        ms_buffer_append(&r->html, "]");
    }
    ms_buffer_append(&r->html, "]}");
}

static void append_corrections(ms_report *r) {
    ms_table *table = NULL;
    char *path = ms_study_path(r->study, "corrections.csv");
    if (!path) {
        r->status = ms_error_nomem(r->err);
    } else if (ms_path_exists(path)) {
        r->status = ms_table_read(&table, path, r->err);
    }
    append_table(r, table);
    ms_table_free(table);
    free(path);
}

/* ---- pictures within the page -------------------------------------------------------------------------- */

static void append_picture(ms_report *r, size_t i, const char *name) {
    size_t length = 0;
    char *bytes = NULL, *path = ms_case_path(r->study, i, name);
    if (!path) r->status = ms_error_nomem(r->err);
    if (r->status == MS_OK) r->status = ms_file_read(path, MAX_PICTURE, &bytes, &length, r->err);
    ms_buffer_append(&r->html, "\"data:image/png;base64,");
    if (bytes) ms_buffer_append_base64(&r->html, bytes, length);
    ms_buffer_append(&r->html, "\"");
    free(bytes);
    free(path);
}

static void append_pictures(ms_report *r, const ms_report_pictures *pictures) {
    const char *before = "";
    ms_buffer_append(&r->html, ",\n\"pictures\":{");
    for (size_t i = 0; pictures->embed_views && i < r->study->n && r->status == MS_OK; i++) {
        if (!pictures->of[i].view) continue;
        ms_buffer_append(&r->html, before);
        append_string(&r->html, r->study->patients[i].id);
        ms_buffer_append(&r->html, ":[");
        append_picture(r, i, "view.png");
        ms_buffer_append(&r->html, ",");
        append_picture(r, i, "marks.png");
        ms_buffer_append(&r->html, "]");
        before = ",\n";
    }
    ms_buffer_append(&r->html, "}");
}

/* ---- the script ---------------------------------------------------------------------------------------- */

static void append_script(ms_buffer *out) {
    ms_buffer_append(out, "\n");
    ms_buffer_append(out, ms_page_corrections_script);
    ms_buffer_append(out, ms_page_viewer_script);
}

void ms_report_viewer(ms_report *r, const ms_report_pictures *pictures) {
    ms_buffer_append(&r->html, ms_page_viewer);
    ms_buffer_append(&r->html, "<script type=\"application/json\" id=\"case-data\">\n{\"title\":");
    append_string(&r->html, r->study->spec.title);
    ms_buffer_printf(&r->html, ",\"height\":%d,\"scale\":%g", MS_PLOT_VIEW_HEIGHT, MS_PLOT_VIEW_SCALE);
    append_cases(r, pictures);
    if (r->status == MS_OK) append_corrections(r);
    append_pictures(r, pictures);
    ms_buffer_append(&r->html, "}\n</script>\n<script>");
    append_script(&r->html);
    ms_buffer_append(&r->html, "</script>\n");
}

static unsigned nibble(char hex) {
    return (unsigned)(hex <= '9' ? hex - '0' : hex - 'a' + 10);
}

void ms_report_policy(ms_report *r) {
    char hex[65];
    unsigned char bytes[32];
    ms_buffer script;
    ms_buffer_init(&script);
    append_script(&script);
    if (ms_buffer_failed(&script)) {
        r->status = ms_error_nomem(r->err);
        ms_buffer_clear(&script);
        return;
    }
    ms_hash_bytes(script.data, script.length, hex);
    ms_buffer_clear(&script);
    for (size_t b = 0; b < sizeof bytes; b++)
        bytes[b] = (unsigned char)(nibble(hex[2 * b]) << 4 | nibble(hex[2 * b + 1]));
    ms_buffer_append(&r->html,
                     "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src "
                     "'self' file: data: blob:; style-src 'unsafe-inline'; script-src 'sha256-");
    ms_buffer_append_base64(&r->html, bytes, sizeof bytes);
    ms_buffer_append(&r->html, "'; base-uri 'none'; form-action 'none'\">\n");
}
