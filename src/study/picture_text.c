/* The words and numbers beside the picture of a case. */
#include "study/picture_text.h"

#include "base/base.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

static void add_fact(ms_picture_text *t, const char *name, const ms_segmentation *s, const char *measure,
                     int digits, const char *unit) {
    const size_t m = ms_measure_find(measure);
    if (m >= ms_n_measures || t->n_facts == MS_PICTURE_FACTS) return;
    char *value = t->value[t->n_facts];
    if (isnan(s->values[m]))
        (void)ms_text_format(value, sizeof t->value[0], "not measured");
    else
        (void)ms_text_format(value, sizeof t->value[0], "%.*f %s", digits, s->values[m], unit);
    t->facts[t->n_facts++] = (ms_plot_fact){name, value};
}

static void add_facts(const ms_segmentation *s, ms_picture_text *t) {
    add_fact(t, "Muscle area", s, "sma_cm2", 1, "cm²");
    add_fact(t, "Muscle index", s, "smi_cm2_m2", 1, "cm²/m²");
    add_fact(t, "Muscle density", s, "smd_hu", 1, "HU");
    add_fact(t, "Psoas area", s, "psoas_cm2", 1, "cm²");
    add_fact(t, "  right", s, "psoas_right_cm2", 1, "cm²");
    add_fact(t, "  left", s, "psoas_left_cm2", 1, "cm²");
    add_fact(t, "Psoas index", s, "pmi_cm2_m2", 2, "cm²/m²");
    add_fact(t, "Erector spinae", s, "erector_cm2", 1, "cm²");
    add_fact(t, "Quadratus lumborum", s, "quadratus_cm2", 1, "cm²");
    add_fact(t, "Abdominal wall", s, "wall_cm2", 1, "cm²");
    add_fact(t, "Subcutaneous fat", s, "sat_cm2", 1, "cm²");
    add_fact(t, "Visceral fat", s, "vat_cm2", 1, "cm²");
    add_fact(t, "Fat in muscle", s, "imat_cm2", 1, "cm²");
    add_fact(t, "Low-density muscle", s, "lama_cm2", 1, "cm²");
    add_fact(t, "Waist", s, "waist_cm", 1, "cm");
    add_fact(t, "Spongy bone", s, "trabecular_hu", 0, "HU");
}

static char *next_line(ms_picture_text *t) {
    t->line[t->n_lines] = t->line_text[t->n_lines];
    return t->line_text[t->n_lines++];
}

static const char *level_name(const ms_level *level) {
    for (size_t v = 0; v < level->n_vertebrae; v++)
        if (level->z_mm >= level->vertebrae[v].low_mm && level->z_mm <= level->vertebrae[v].high_mm)
            return level->vertebrae[v].name;
    return "between vertebrae";
}

static void say_level(const ms_segmentation *s, ms_picture_text *t) {
    static const char *const given[] = {"", "--l3-slice", "--l3-z", "a mask"};
    const ms_level *level = &s->level;
    char *line = next_line(t);
    if (level->source == MS_LEVEL_AUTO)
        (void)ms_text_format(line, sizeof t->line_text[0],
                             "Level: slice %zu, z %.1f mm, found; confidence %.2f", level->slice_index,
                             level->z_mm, level->confidence);
    else
        (void)ms_text_format(line, sizeof t->line_text[0], "Level: slice %zu, z %.1f mm, given by %s%s%s%s",
                             level->slice_index, level->z_mm, given[level->source],
                             level->n_vertebrae > 0 ? " (seen here: " : "",
                             level->n_vertebrae > 0 ? level_name(level) : "",
                             level->n_vertebrae > 0 ? ")" : "");
    if (s->n_slices > 1) {
        line = next_line(t);
        (void)ms_text_format(line, sizeof t->line_text[0],
                             "Numbers: averages over %zu slices in a band of %g mm", s->n_slices, s->band_mm);
    }
}

static void say_method(const ms_segmentation *s, ms_picture_text *t) {
    char *line = next_line(t);
    if (s->method == MS_METHOD_MASK)
        (void)ms_text_format(line, sizeof t->line_text[0], "Outlines: from the mask given");
    else if (s->method == MS_METHOD_NETWORK)
        (void)ms_text_format(line, sizeof t->line_text[0], "Outlines: network %s", s->model_name);
    else
        (void)ms_text_format(line, sizeof t->line_text[0], "Outlines: classical method, no network");
}

static void say_scan(const ms_segmentation *s, ms_picture_text *t) {
    char *line = next_line(t), kvp[32] = "", thick[32] = "", sure[32] = "";
    if (!isnan(s->scan.kvp)) (void)ms_text_format(kvp, sizeof kvp, ", %g kV", s->scan.kvp);
    if (!isnan(s->scan.slice_thickness_mm))
        (void)ms_text_format(thick, sizeof thick, ", %g mm thick", s->scan.slice_thickness_mm);
    if (!s->contrast.given && s->contrast.phase != MS_PHASE_UNKNOWN)
        (void)ms_text_format(sure, sizeof sure, " (guess, %.2f)", s->contrast.confidence);
    (void)ms_text_format(line, sizeof t->line_text[0], "Scan: contrast phase %s%s%s, slices %.3g mm apart%s",
                         ms_phase_names[s->contrast.phase], sure, kvp, s->scan.spacing_mm[2], thick);
}

/* Doubts that can make the numbers wrong, not only incomplete. */
static bool serious(const char *word) {
    static const char *const words[] = {
        "level_uncertain",  "landmarks_disagree",    "level_fallback",      "l3_at_edge",
        "spine_unclear",    "vertebra_unclear",      "little_muscle",       "truncated_fov_muscle",
        "methods_disagree", "network_rejected",      "network_alone",       "muscle_missing",
        "psoas_missing",    "area_implausible",      "density_implausible", "psoas_asymmetric",
        "no_outline",       "transitional_vertebra", "lumbar_count_unusual"};
    for (size_t w = 0; w < MS_COUNT(words); w++)
        if (strcmp(words[w], word) == 0) return true;
    return false;
}

static const char *meaning(const char *word) {
    for (const ms_flag_word *f = ms_flag_words; f->word != NULL; f++)
        if (strcmp(f->word, word) == 0) return f->meaning;
    return NULL;
}

/* The flag's own word follows its meaning, so that it can be looked up. */
static void add_warnings(const ms_segmentation *s, ms_picture_text *t) {
    t->trust = s->flags.n > 0 ? MS_PLOT_REMARKS : MS_PLOT_GOOD;
    for (int pass = 0; pass < 2; pass++)
        for (size_t f = 0; f < s->flags.n && t->n_warnings < MS_PICTURE_WARNINGS; f++) {
            const char *word = s->flags.words[f], *says = meaning(word);
            if (serious(word) != (pass == 0)) continue;
            if (pass == 0) t->trust = MS_PLOT_DOUBT;
            char *text = t->warning_text[t->n_warnings];
            (void)ms_text_format(text, sizeof t->warning_text[0], "%s%s%s%s", says != NULL ? says : "",
                                 says != NULL ? " [" : "", word, says != NULL ? "]" : "");
            if (says != NULL) text[0] = (char)toupper((unsigned char)text[0]);
            t->warning[t->n_warnings++] = text;
        }
    t->verdict = t->trust == MS_PLOT_GOOD      ? "no doubts"
                 : t->trust == MS_PLOT_REMARKS ? "read the remarks"
                                               : "doubtful: look closely";
}

void ms_picture_text_fill(const ms_segmentation *s, ms_picture_text *text) {
    *text = (ms_picture_text){0};
    add_facts(s, text);
    say_level(s, text);
    say_method(s, text);
    say_scan(s, text);
    add_warnings(s, text);
}
