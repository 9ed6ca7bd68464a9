/* Methods: who was studied, how muscle was found, what was measured. */
#include "study/methods.h"

#include "study/collect.h"

#include <math.h>
#include <string.h>

static void add_endpoint(ms_methods *m, size_t e) {
    const ms_endpoint *endpoint = &m->study->spec.endpoints[e];
    ms_buffer_printf(&m->text,
                     " %s was taken from the columns %s (days) and %s (1: event); patients and "
                     "events:",
                     endpoint->label, endpoint->time, endpoint->event);
    for (size_t g = 0; g < m->groups.n; g++) {
        size_t n = 0, events = 0;
        for (size_t i = 0; i < m->study->n; i++) {
            const ms_patient *p = &m->study->patients[i];
            if (m->groups.of[i] != g || !m->collected->used[i] || isnan(p->time[e])) continue;
            n++;
            events += p->event[e];
        }
        ms_buffer_printf(&m->text, "%s %s %zu and %zu", g ? "," : "", m->groups.names[g], n, events);
    }
    ms_buffer_append(&m->text, ".");
}

void ms_methods_patients(ms_methods *m) {
    const ms_study *s = m->study;
    size_t failed = 0, uncertain = 0, by_person = 0, used = 0;
    for (size_t i = 0; i < s->n; i++) {
        const bool done = m->collected->state[i] == MS_CASE_DONE;
        failed += !done;
        used += m->collected->used[i];
        if (!done || m->collected->used[i]) continue;
        by_person += s->patients[i].excluded;
        uncertain += !s->patients[i].excluded;
    }
    ms_buffer_append(&m->text, "## Patients and endpoints\n");
    if (s->is_synthetic)
        ms_buffer_append(&m->text, "The patients are synthetic: made by a program, not people. ");
    ms_buffer_printf(&m->text,
                     "The table named %zu patients, each in the training, the internal or an external group. "
                     "%zu scans could not be processed; %zu were left out because the level of the third "
                     "lumbar vertebra (L3) was uncertain (a confidence below %g, or another level as likely) "
                     "and nobody had confirmed it;",
                     s->n, failed, uncertain, s->spec.min_confidence);
    if (by_person) ms_buffer_printf(&m->text, " %zu were left out by a person;", by_person);
    ms_buffer_printf(&m->text, " %zu were used.", used);
    for (size_t e = 0; e < s->spec.n_endpoints; e++) add_endpoint(m, e);
    ms_buffer_append(&m->text, "\n");
}

/* How many used cases have this text; NULL is none. */
static size_t count(const ms_methods *m, const char *(*text_of)(const struct ms_case_note *),
                    const char *text) {
    size_t n = 0;
    for (size_t i = 0; i < m->study->n; i++) {
        const char *has = m->collected->used[i] ? text_of(&m->collected->notes[i]) : NULL;
        n += has && strcmp(has, text) == 0;
    }
    return n;
}
static const char *source_of(const struct ms_case_note *note) {
    return note->l3_source;
}
static const char *method_of(const struct ms_case_note *note) {
    return note->method;
}
static const char *phase_of(const struct ms_case_note *note) {
    return note->phase;
}

typedef struct saying {
    const char *value, *words;
} saying;

/* "automatically in 80 cases, as a slice number given by hand in 9" */
static void add_counts(ms_methods *m, const char *(*text_of)(const struct ms_case_note *),
                       const saying *sayings, size_t n) {
    bool any = false;
    for (size_t k = 0; k < n; k++) {
        const size_t cases = count(m, text_of, sayings[k].value);
        if (cases == 0) continue;
        ms_buffer_printf(&m->text, "%s %s in %zu case%s", any ? "," : "", sayings[k].words, cases,
                         cases == 1 ? "" : "s");
        any = true;
    }
    ms_buffer_append(&m->text, ".");
}

void ms_methods_scans(ms_methods *m) {
    static const saying sources[] = {{"auto", "automatically"},
                                     {"slice", "from a slice number given by hand"},
                                     {"z", "from a position given by hand"},
                                     {"mask", "from the slice of a mask that was given"}};
    static const saying methods[] = {{"network", "by a convolutional network"},
                                     {"classical", "by the classical method without a trained network"},
                                     {"mask", "by a mask that was given"}};
    static const saying phases[] = {{"plain", "without contrast"},
                                    {"arterial", "arterial"},
                                    {"portal", "portal venous"},
                                    {"delayed", "delayed"},
                                    {"unknown", "not known"}};
    const ms_study_spec *spec = &m->study->spec;
    size_t corrected = 0, accepted = 0;
    for (size_t i = 0; i < m->study->n; i++) {
        if (!m->collected->used[i]) continue;
        corrected += m->study->patients[i].corrected && m->study->patients[i].corrected[0] != '\0';
        accepted += m->study->patients[i].accepted;
    }
    ms_buffer_append(&m->text, "## Level and segmentation\nThe L3 level was found");
    add_counts(m, source_of, sources, MS_COUNT(sources));
    ms_buffer_append(&m->text, " Muscle was outlined");
    add_counts(m, method_of, methods, MS_COUNT(methods));
    if (count(m, method_of, "network") && m->study->model_sha256[0])
        ms_buffer_printf(&m->text, " The network's file is %s (SHA-256 %.16s...).",
                         spec->model[0] ? ms_path_base(spec->model) : "the one that comes with myosurv",
                         m->study->model_sha256);
    ms_buffer_append(&m->text, " The contrast phase, guessed from the scan where it was not given, was");
    add_counts(m, phase_of, phases, MS_COUNT(phases));
    if (corrected)
        ms_buffer_printf(&m->text, " A person gave or corrected level, phase or mask of %zu case%s.",
                         corrected, corrected == 1 ? "" : "s");
    if (accepted)
        ms_buffer_printf(&m->text, " A person looked at and accepted the level of %zu case%s.", accepted,
                         accepted == 1 ? "" : "s");
    ms_buffer_append(&m->text, "\n");
}

void ms_methods_measurements(ms_methods *m) {
    static const saying statuses[] = {{"first", "in the authors' own paper"},
                                      {"second", "in another paper"},
                                      {"unverified", "nowhere: they are not verified"},
                                      {"own", "nowhere: they are the study's own"}};
    if (m->study->spec.band_mm > 0)
        ms_buffer_printf(
            &m->text,
            "## Measurements and definitions\nAreas and densities are means over the slices within "
            "%g mm round L3. ",
            m->study->spec.band_mm);
    else
        ms_buffer_append(&m->text, "## Measurements and definitions\nAreas and densities are those of one "
                                   "axial slice at L3. ");
    ms_buffer_printf(&m->text,
                     "Skeletal muscle is what has -29 to 150 HU inside the outlines; indices are areas over "
                     "height squared. %zu definitions of low muscle mass, low muscle density or visceral fat "
                     "were applied as they are to patients with the sex, height, age and weight that each "
                     "needs. Their cut-offs were read",
                     m->definitions->n);
    bool any = false;
    for (size_t k = 0; k < MS_COUNT(statuses); k++) {
        size_t n = 0;
        for (size_t d = 0; d < m->definitions->n; d++)
            n += strcmp(m->definitions->items[d].status, statuses[k].value) == 0;
        if (n) ms_buffer_printf(&m->text, "%s %s (%zu)", any ? "," : "", statuses[k].words, n);
        any |= n > 0;
    }
    ms_buffer_append(&m->text, ".\n");
}
