/* myosurv/study_shard.h: one study on many machines.
 *
 * The cases fall to N shards by their ids. Each shard is worked through by a run of its own
 * (ms_study_run_options.shard, .shards), on any machine, and makes cases only. Afterwards a merge joins what
 * the shards made, and gives the tables, networks, statistics and report that one process would have given,
 * byte for byte, for every N. docs/cluster.md is the manual. */
#ifndef MYOSURV_STUDY_SHARD_H
#define MYOSURV_STUDY_SHARD_H

#include "myosurv/study.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The shard, 1 to `shards`, that a case falls to: the first 8 bytes of the id's SHA-256 as a big-endian
 * number, modulo `shards`, plus 1. It depends on nothing else: not on the table's order, its other rows or
 * the machine. `shards` must not be 0. Thread-safe. */
MS_API size_t ms_study_shard_of(const char *case_id, size_t shards);

/* "I/N" with 1 <= I <= N. I may be counted from 0 as well: 0/N is the same shard as N/N, so that 0/3 1/3 2/3
 * and 1/3 2/3 3/3 are the same three. "slurm": the task of a Slurm array this process is (below), MS_EUSAGE
 * when it is none. "all" or "none": all cases (0, 0), whatever Slurm says. NULL: Slurm's array when its
 * variables are set, else all cases. Any other text is MS_EUSAGE.
 *
 * Slurm's variables are SLURM_ARRAY_TASK_ID, _MIN, _MAX, _STEP and _COUNT (sbatch's manual, "Output
 * environment variables"): N is _COUNT, I is 1 + (_ID - _MIN) / _STEP. An array with gaps ("--array=1,5") is
 * MS_EUSAGE, because its numbers do not say how many shards there are: name I/N. */
MS_API MS_NODISCARD ms_status ms_study_shard_parse(const char *text, size_t *shard, size_t *shards,
                                                   ms_error *err);

typedef struct ms_study_merge_options {
    bool require_complete; /* a case that is not done is an error, and nothing is written */
    bool tables_only;      /* cases.csv, flow.csv, measurements.csv and features.csv; no networks, statistics
                              or report */
    const char *const *from; /* other study folders, from which finished cases are copied first; NULL: none */
    size_t n_from;
} ms_study_merge_options;

typedef struct ms_study_merge_summary {
    size_t cases, used, excluded, failed, never, stale; /* sum to `cases` */
    size_t copied;                                      /* cases taken from other folders */
    size_t unseen; /* done, but the scan is not on this machine: its recorded hash was taken */
} ms_study_merge_summary;

/* Joins the cases of a study into its tables and results.
 *
 * With `from`, every case that is not done here and is done in one of these folders is copied over (each
 * file checked against the SHA-256 in its done.json, the case appearing in one step); the folder itself is
 * made from the first of them where there is no study yet. Then the records (done.json) of all cases are
 * read. MS_EINPUT, naming the cases and writing nothing, when some were made by another version of the
 * program or with other parameters than the study has now. With require_complete, MS_EPARTIAL naming the
 * cases that are missing, failed or changed since; nothing is written. Otherwise the results are made from
 * the cases that are done, and MS_EPARTIAL tells that some are not, as ms_study_run does.
 *
 * A scan that is not on this machine does not matter: its hash is in the record. MS_EBUSY while a run or a
 * shard is at work in the folder. *summary is filled whatever comes back. */
MS_API MS_NODISCARD ms_status ms_study_merge(const char *folder, const ms_study_merge_options *options,
                                             ms_study_merge_summary *summary, ms_error *err);

#ifdef __cplusplus
}
#endif
#endif
