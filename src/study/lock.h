/* study/lock.h: one run at a time in a study folder. */
#ifndef MS_STUDY_LOCK_H
#define MS_STUDY_LOCK_H

#include "study/study.h"

/* Takes the folder's lock (flock on .lock, so a killed run leaves none behind), or MS_EBUSY. */
MS_NODISCARD ms_status ms_study_lock(const ms_study *study, int *fd, ms_error *err);
void ms_study_unlock(int fd);

#endif
