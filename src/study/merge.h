/* study/merge.h: what the files of the merge share. */
#ifndef MS_STUDY_MERGE_H
#define MS_STUDY_MERGE_H

#include "myosurv/study_shard.h"
#include "study/study.h"

/* ---- merge_states.c ---------------------------------------------------------------------------------- */
/* As ms_study_status, but a finished case whose scan or mask is not on this machine is judged by the hash in
 * its record; *unseen counts these. */
MS_NODISCARD ms_status ms_merge_states(const ms_study *study, ms_case_status *states, size_t *unseen,
                                       ms_error *err);
/* What keeps a case that was made in folder `from` from being taken as one of this study: MS_CAUSE_NONE, or
 * the cause and a sentence; MS_CAUSE_NEW where it has no record. `from` NULL: the study's own. */
MS_NODISCARD ms_status ms_merge_judge(const ms_study *study, size_t i, const char *from, ms_case_cause *cause,
                                      char reason[256], ms_error *err);

/* ---- merge_copy.c ------------------------------------------------------------------------------------ */
/* Makes a study folder like `from` at `folder`: study.json, with its files' names as they are seen from
 * anywhere, the table and corrections.csv. Nothing when there is a study already. */
MS_NODISCARD ms_status ms_merge_begin(const char *folder, const char *const *from, size_t n_from,
                                      ms_error *err);
/* Copies the finished cases that this study lacks from the other folders, and why cases failed. The study is
 * to be opened again afterwards: corrections in cases' folders come along. */
MS_NODISCARD ms_status ms_merge_copy(const ms_study *study, const char *const *from, size_t n_from,
                                     size_t *copied, ms_error *err);

#endif
