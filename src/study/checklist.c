/* tables/checklist_tripod_ai.csv and checklist_clear.csv: what the study can say to each item. */
#include "study/checklist.h"

#include "study/figure_comparison.h"
#include "study/figures.h"
#include "study/methods.h"

#include <string.h>

typedef struct facts {
    bool network, unseen, external, covariates;
} facts;

static ms_status find_facts(const ms_study *study, const ms_collected *collected, const ms_risks *risks,
                            facts *f, ms_error *err) {
    ms_covariates covariates = {0};
    *f = (facts){0};
    for (size_t e = 0; e < study->spec.n_endpoints; e++) f->network |= risks->trained[e];
    for (size_t i = 0; i < study->n; i++) {
        const char *split = study->patients[i].split;
        if (!collected->used[i] || strcmp(split, "training") == 0) continue;
        f->unseen = true;
        f->external |= strcmp(split, "external") == 0;
    }
    const ms_status status = ms_study_covariates(study, &covariates, err);
    f->covariates = covariates.p > 0;
    ms_covariates_clear(&covariates);
    return status;
}

/* Why an answer would not be true, or NULL. */
static const char *missing(const facts *f, ms_checklist_needs needs) {
    if (needs == MS_NEEDS_COVARIATES)
        return f->covariates ? NULL : "Not in this study: no clinical covariate was known or asked for.";
    if (needs == MS_NEEDS_NOTHING) return NULL;
    if (!f->network) return "Not in this study: no network was trained.";
    if (needs == MS_NEEDS_UNSEEN && !f->unseen)
        return "Not in this study: every patient is a training patient.";
    if (needs == MS_NEEDS_EXTERNAL && !f->external) return "Not in this study: there is no external group.";
    return NULL;
}

static ms_status write_list(const ms_study *study, const facts *f, const ms_checklist_item *items, size_t n,
                            const char *relative, ms_error *err) {
    ms_writer w = ms_writer_open("checklist", err);
    for (size_t k = 0; k < n; k++) {
        const ms_checklist_item *it = &items[k];
        const char *why = missing(f, it->needs);
        ms_writer_row(&w);
        ms_writer_text(&w, "item", it->item);
        ms_writer_text(&w, "section", it->section);
        ms_writer_text(&w, "topic", it->topic);
        ms_writer_text(&w, "answered_by", it->answer ? "program" : "authors");
        ms_writer_text(&w, "answer", !it->answer ? "" : why ? why : it->answer);
        ms_writer_text(&w, "where", !it->answer || why ? "" : it->where);
    }
    return ms_figure_close(study, &w, relative, err);
}

ms_status ms_study_write_checklists(const ms_study *study, const ms_collected *collected,
                                    const ms_risks *risks, ms_error *err) {
    facts f;
    ms_status status = find_facts(study, collected, risks, &f, err);
    if (status == MS_OK)
        status = write_list(study, &f, ms_checklist_tripod, ms_n_checklist_tripod,
                            "tables/checklist_tripod_ai.csv", err);
    if (status == MS_OK)
        status = write_list(study, &f, ms_checklist_clear, ms_n_checklist_clear, "tables/checklist_clear.csv",
                            err);
    return status;
}
