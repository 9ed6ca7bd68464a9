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

/* As ms_study_status for the cases of one shard (0, 0: all); the others' states are left as they are. */
MS_NODISCARD ms_status ms_study_status_shard(const ms_study *study, size_t shard, size_t shards,
                                             ms_case_status *states, ms_error *err);
/* The cases of this shard that another copy of it was at when this one came to them, and that are not done
 * yet: waits, at most `seconds`, until one of them is free, and lists the free ones in todo[n]. *n is 0 when
 * all are done (or failed); *waited_long tells that the time was over, and the list has all that are not
 * done: their claims may be those of a machine that is gone. states are read anew. */
MS_NODISCARD ms_status ms_shard_left_over(const ms_study *study, size_t shard, size_t shards, double seconds,
                                          ms_case_status *states, size_t *todo, size_t *n, bool *waited_long,
                                          ms_error *err);

#endif
