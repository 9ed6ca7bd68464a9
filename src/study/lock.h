/* study/lock.h: one run at a time in a study folder. */
#ifndef MS_STUDY_LOCK_H
#define MS_STUDY_LOCK_H

#include "study/study.h"

typedef struct ms_study_lock ms_study_lock;
/* Takes the folder's lock (flock on .lock, so a killed run leaves none behind), or MS_EBUSY with who holds
 * it. `shared`: several may hold it so at once (shards of one study), but not beside one that holds it alone.
 * Where the file system has no locks, .lock's text is one: it names process and machine. */
MS_NODISCARD ms_status ms_study_lock_take(const ms_study *study, bool shared, ms_study_lock **lock,
                                          ms_error *err);
void ms_study_lock_release(ms_study_lock *lock); /* NULL is fine */
/* Whether a process of this machine is at work still. */
bool ms_process_is_there(long pid);
/* The lock of file systems without locks: makes .lock-holder, whose path is to be unlinked and freed. */
MS_NODISCARD ms_status ms_study_lock_by_file(const ms_study *study, char **path, ms_error *err);

#endif
