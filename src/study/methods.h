/* study/methods.h: the text for a paper's methods section. */
#ifndef MS_STUDY_METHODS_H
#define MS_STUDY_METHODS_H

#include "study/study.h"

/* A paragraph is a line; "## " begins a heading. Each part says only what was done in this study. */
typedef struct ms_methods {
    const ms_study *study;
    const ms_collected *collected;
    const ms_definitions *definitions;
    const ms_risks *risks;
    ms_groups groups;
    ms_buffer text;
} ms_methods;
/* methods_cases.c: patients, scans, measurements. */
void ms_methods_patients(ms_methods *methods);
void ms_methods_scans(ms_methods *methods);
void ms_methods_measurements(ms_methods *methods);
/* methods_features.c: from tables/features.parameters.json. */
MS_NODISCARD ms_status ms_methods_features(ms_methods *methods, ms_error *err);
/* methods_network.c: from the model files. */
MS_NODISCARD ms_status ms_methods_networks(ms_methods *methods, ms_error *err);
/* methods.c: the rest, and tables/methods.txt. */
MS_NODISCARD ms_status ms_study_write_methods(const ms_study *study, const ms_collected *collected,
                                              const ms_definitions *definitions, const ms_risks *risks,
                                              ms_error *err);

/* checklist.c: tables/checklist_tripod_ai.csv and checklist_clear.csv. */
MS_NODISCARD ms_status ms_study_write_checklists(const ms_study *study, const ms_collected *collected,
                                                 const ms_risks *risks, ms_error *err);

#endif
