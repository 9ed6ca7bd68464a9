/* study/rivals_study.h: the network's rivals in a study. */
#ifndef MS_STUDY_RIVALS_STUDY_H
#define MS_STUDY_RIVALS_STUDY_H

#include "myosurv/study_evaluate.h"
#include "study/study.h"
#include "study/writer.h"

enum { MS_STUDY_RIVALS = 2 }; /* MS_RIVAL_PCA and MS_RIVAL_NET */

/* The rivals of one endpoint, fitted to the same features of the same training rows as the network. */
typedef struct ms_study_rivals {
    double *risk[MS_STUDY_RIVALS]; /* [study->n] NaN where there is none; owned */
    bool fitted[MS_STUDY_RIVALS];
    char note[MS_STUDY_RIVALS][256]; /* what was fitted, or why nothing */
} ms_study_rivals;
MS_NODISCARD ms_status ms_study_rivals_fit(const ms_study *study, const ms_collected *collected,
                                           size_t endpoint, ms_study_rivals *out, ms_error *err);
void ms_study_rivals_clear(ms_study_rivals *rivals);
/* "pca_cox", "elastic_net_cox": in the tables. */
const char *ms_study_rival_key(size_t rival);

/* rivals_judge.c: tables/rivals.csv. The columns, so that a study without a network has the table, too. */
void ms_study_rivals_head(ms_writer *writer);
/* The rows of one endpoint and group: the network and its rivals in the same patients, with bootstrap
 * intervals (1000 samples; fewer in groups above 2000 patients, at least 100). */
MS_NODISCARD ms_status ms_study_rivals_judge(const ms_study *study, const ms_collected *collected,
                                             const ms_risks *risks, const ms_groups *groups, size_t endpoint,
                                             size_t group, const ms_study_rivals *rivals, ms_writer *writer,
                                             ms_error *err);

#endif
