/* tables/methods.txt: what was done, in sentences for a paper. */
#include "study/methods.h"

#include "study/figure_comparison.h"

#include <stdlib.h>
#include <string.h>

static bool any_trained(const ms_methods *m) {
    for (size_t e = 0; e < m->study->spec.n_endpoints; e++)
        if (m->risks->trained[e]) return true;
    return false;
}

static bool any_unseen(const ms_methods *m) {
    for (size_t i = 0; i < m->study->n; i++)
        if (m->collected->used[i] && strcmp(m->study->patients[i].split, "training") != 0) return true;
    return false;
}

static ms_status add_comparison(ms_methods *m, ms_error *err) {
    ms_covariates covariates = {0};
    const ms_study_spec *spec = &m->study->spec;
    ms_status status = ms_study_covariates(m->study, &covariates, err);
    if (status != MS_OK) return status;
    const bool trained = any_trained(m);
    ms_buffer_append(&m->text, "## Comparison\n");
    ms_buffer_printf(&m->text, "%s definitions and the measurements behind them",
                     trained ? "The network was compared with all" : "Compared were all");
    if (covariates.p)
        ms_buffer_printf(
            &m->text, "%s a Cox regression on clinical covariates (%s; missing values: the training median)",
            trained ? "," : " and", covariates.text);
    if (covariates.p && trained)
        ms_buffer_append(&m->text, " and a Cox regression on the network's risk and these covariates");
    ms_buffer_append(&m->text, ", group by group in the same patients.");
    ms_buffer_append(&m->text, any_unseen(m)
                                   ? " Numbers of the training group are given, but marked as "
                                     "optimistic."
                                   : " There was no group beside the training group, so all numbers "
                                     "are optimistic.");
    ms_buffer_append(&m->text, " All models were fitted to the training patients alone, and definitions and "
                               "measurements became probabilities by Cox regressions fitted to them.");
    if (trained)
        ms_buffer_append(&m->text, " Beside the network stand Cox regression on principal components of the "
                                   "same features and elastic net Cox regression, their size chosen by "
                                   "cross-validation within the training patients.");
    ms_buffer_printf(&m->text, " AUC(t) was computed at");
    for (size_t k = 0; k < spec->n_times; k++)
        ms_buffer_printf(&m->text, "%s %g",
                         k == 0                   ? ""
                         : k + 1 == spec->n_times ? " and"
                                                  : ",",
                         spec->times[k]);
    ms_buffer_printf(&m->text, " days; %sdecision curves and calibration at %g days.\n",
                     trained ? "reclassification, " : "", spec->horizon);
    ms_covariates_clear(&covariates);
    return MS_OK;
}

/* The largest group: it decides how many bootstrap samples there are. */
static size_t largest_group(const ms_methods *m) {
    size_t most = 0;
    for (size_t g = 0; g < m->groups.n; g++) {
        size_t n = 0;
        for (size_t i = 0; i < m->study->n; i++) n += m->collected->used[i] && m->groups.of[i] == g;
        most = n > most ? n : most;
    }
    return most;
}

static void add_statistics(ms_methods *m) {
    const size_t fewest = ms_contest_replicates(largest_group(m));
    ms_buffer_append(
        &m->text,
        "## Statistics\nSurvival was estimated by Kaplan-Meier and compared by the log-rank test; hazard "
        "ratios "
        "are those of Cox regression with Efron's treatment of ties. Discrimination: Harrell's C with "
        "intervals by the infinitesimal jackknife, paired for differences; cumulative/dynamic AUC(t) "
        "weighted "
        "by the inverse probability of censoring, with intervals by influence functions. ");
    if (any_trained(m))
        ms_buffer_append(&m->text, "Reclassification: category-free net reclassification, with censoring by "
                                   "Kaplan-Meier. ");
    ms_buffer_append(
        &m->text,
        "Clinical use: decision curves with censoring. Calibration: observed over expected by Kaplan-Meier, "
        "slope and intercept from pseudo-values with a complementary log-log link, smooth curves by Cox "
        "regression on a restricted cubic spline of the prediction. ");
    ms_buffer_printf(&m->text, "Intervals of %sdecision curves are from ",
                     any_trained(m) ? "reclassification and " : "");
    if (fewest < 500)
        ms_buffer_printf(&m->text,
                         "%zu to 500 bootstrap samples, fewer in larger groups and then normal "
                         "intervals,",
                         fewest);
    else
        ms_buffer_append(&m->text, "500 bootstrap samples (percentiles)");
    ms_buffer_printf(&m->text,
                     " of the group's patients, seed %llu. All intervals are 95%%; tests are two-sided; no "
                     "correction was made for the number of comparisons except where Holm's is named.\n",
                     (unsigned long long)m->study->spec.seed);
}

static void add_software(ms_methods *m) {
    ms_buffer_printf(
        &m->text,
        "## Software\nmyosurv %s, one program for all steps; seed %llu; SHA-256 of the cases' "
        "parameters %s. Inputs, results and their SHA-256 are recorded in done.json of the study and "
        "of each case; "
        "the same inputs give the same bytes with any number of threads on one kind of processor.\n",
        ms_version(), (unsigned long long)m->study->spec.seed, m->study->parameters_sha256);
}

static void add_references(ms_methods *m) {
    static const char *const always[] = {
        "Kaplan & Meier, J Am Stat Assoc 1958;53:457",
        "Cox, J R Stat Soc B 1972;34:187",
        "Efron, J Am Stat Assoc 1977;72:557",
        "Harrell et al., JAMA 1982;247:2543",
        "Blanche, Dartigues & Jacqmin-Gadda, Stat Med 2013;32:5381",
        "Pencina, D'Agostino & Steyerberg, Stat Med 2011;30:11",
        "Vickers & Elkin, Med Decis Making 2006;26:565",
        "Austin, Harrell & van Klaveren, Stat Med 2020;39:2714",
        "van Geloven et al., BMJ 2022;377:e069249",
    };
    ms_buffer_append(&m->text, "## References\n");
    if (any_trained(m)) ms_buffer_append(&m->text, "Katzman et al., BMC Med Res Methodol 2018;18:24. ");
    for (size_t k = 0; k < MS_COUNT(always); k++)
        ms_buffer_printf(&m->text, "%s%s", k ? ". " : "", always[k]);
    ms_buffer_append(&m->text, ". Each definition's source is in definitions.json.\n");
}

ms_status ms_study_write_methods(const ms_study *study, const ms_collected *collected,
                                 const ms_definitions *definitions, const ms_risks *risks, ms_error *err) {
    ms_methods m = {.study = study, .collected = collected, .definitions = definitions, .risks = risks};
    ms_buffer_init(&m.text);
    ms_status status = ms_groups_make(study, &m.groups, err);
    if (status == MS_OK) {
        ms_methods_patients(&m);
        ms_methods_scans(&m);
        ms_methods_measurements(&m);
        status = ms_methods_features(&m, err);
    }
    if (status == MS_OK) status = ms_methods_networks(&m, err);
    if (status == MS_OK) status = add_comparison(&m, err);
    if (status == MS_OK) {
        add_statistics(&m);
        add_software(&m);
        add_references(&m);
        if (ms_buffer_failed(&m.text)) status = ms_error_nomem(err);
    }
    char *path = status == MS_OK ? ms_study_path(study, "tables/methods.txt") : NULL;
    if (status == MS_OK)
        status = path ? ms_file_write(path, m.text.data, m.text.length, err) : ms_error_nomem(err);
    free(path);
    ms_groups_clear(&m.groups);
    ms_buffer_clear(&m.text);
    return status;
}
