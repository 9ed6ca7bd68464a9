/* study/shard.h: what keeps two processes off one case. */
#ifndef MS_STUDY_SHARD_H
#define MS_STUDY_SHARD_H

#include "myosurv/study_shard.h"
#include "study/study.h"

/* Claims case i for this process, among all processes and machines that work in this folder: MS_EBUSY when
 * another holds it. The claim ends with ms_case_unclaim or with the process. It spares work and nothing else:
 * results are put in their place in one step, so that two copies of one case do no harm; where the file
 * system has no locks *fd is one without effect. */
MS_NODISCARD ms_status ms_case_claim(const ms_study *study, size_t i, int *fd, ms_error *err);
void ms_case_unclaim(int fd); /* -1 is fine */

#endif
