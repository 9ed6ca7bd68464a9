/* Which cases fall to which shard, and the claim that keeps two copies of a shard off the same case. */
#include "study/shard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* The first 8 bytes of a text's SHA-256. */
static uint64_t number_of(const char *text) {
    char hex[65], first[17];
    ms_hash_bytes(text, strlen(text), hex);
    memcpy(first, hex, 16);
    first[16] = '\0';
    return strtoull(first, NULL, 16);
}

size_t ms_study_shard_of(const char *case_id, size_t shards) {
    return (size_t)(number_of(case_id) % shards) + 1;
}

static ms_status parse_fraction(const char *text, size_t *shard, size_t *shards, ms_error *err) {
    char first[32];
    size_t i = 0, n = 0;
    const char *slash = strchr(text, '/');
    const size_t length = slash ? (size_t)(slash - text) : 0;
    bool good = length > 0 && length < sizeof first;
    if (good) {
        memcpy(first, text, length);
        first[length] = '\0';
        good = ms_parse_size(first, &i) && ms_parse_size(slash + 1, &n) && n > 0 && i <= n;
    }
    if (!good)
        return ms_error_set(
            err, MS_EUSAGE,
            "--shard '%s' must be I/N, the I-th of N parts, such as 1/8 to 8/8; or slurm, or all", text);
    *shard = i == 0 ? n : i;
    *shards = n;
    return MS_OK;
}

static ms_status slurm_number(const char *name, bool needed, size_t absent, size_t *value, ms_error *err) {
    const char *text = getenv(name);
    if (!text && !needed) {
        *value = absent;
        return MS_OK;
    }
    if (text && ms_parse_size(text, value)) return MS_OK;
    return ms_error_set(err, MS_EUSAGE, "%s is %s%s%s: give --shard I/N, or --shard all", name,
                        text ? "'" : "not set", text ? text : "", text ? "', no number" : "");
}

/* I and N of this task of a Slurm array. */
static ms_status parse_slurm(size_t *shard, size_t *shards, ms_error *err) {
    size_t id = 0, least = 0, most = 0, step = 0, n = 0;
    ms_status status = slurm_number("SLURM_ARRAY_TASK_ID", true, 0, &id, err);
    if (status == MS_OK) status = slurm_number("SLURM_ARRAY_TASK_COUNT", true, 0, &n, err);
    if (status == MS_OK) status = slurm_number("SLURM_ARRAY_TASK_MIN", true, 0, &least, err);
    if (status == MS_OK) status = slurm_number("SLURM_ARRAY_TASK_STEP", false, 1, &step, err);
    if (status == MS_OK) status = slurm_number("SLURM_ARRAY_TASK_MAX", false, least, &most, err);
    if (status != MS_OK) return status;
    if (!getenv("SLURM_ARRAY_TASK_MAX") && n > 0) most = least + (n - 1) * step;
    if (n == 0 || step == 0 || id < least || id > most || (most - least) / step + 1 != n ||
        (id - least) % step != 0)
        return ms_error_set(
            err, MS_EUSAGE,
            "this Slurm array has gaps (%zu tasks from %zu to %zu): its numbers do not say how "
            "many shards there are; give --shard I/N",
            n, least, most);
    *shard = (id - least) / step + 1;
    *shards = n;
    return MS_OK;
}

ms_status ms_study_shard_parse(const char *text, size_t *shard, size_t *shards, ms_error *err) {
    const bool in_array = getenv("SLURM_ARRAY_TASK_ID") != NULL;
    if (text && strcmp(text, "slurm") == 0) return parse_slurm(shard, shards, err);
    if (!text && in_array) return parse_slurm(shard, shards, err);
    if (text && strcmp(text, "all") != 0 && strcmp(text, "none") != 0)
        return parse_fraction(text, shard, shards, err);
    *shard = *shards = 0;
    return MS_OK;
}

/* A claim is a lock on one byte of `.claims`, at a place that the case's id gives: no file a case, and the
 * system drops it when the process ends, however it ends. */
ms_status ms_case_claim(const ms_study *study, size_t i, int *out, ms_error *err) {
    char *path = ms_study_path(study, ".claims");
    if (!path) return ms_error_nomem(err);
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    free(path);
    if (fd < 0) { /* claims only spare work: without them two copies do a case twice, and agree */
        *out = -1;
        return MS_OK;
    }
    struct flock place = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
    place.l_start = (off_t)(number_of(study->patients[i].id) >> 2);
    if (fcntl(fd, F_OFD_SETLK, &place) != 0 && (errno == EAGAIN || errno == EACCES)) {
        close(fd);
        return ms_error_set(err, MS_EBUSY, "%s: another process is at this case", study->patients[i].id);
    }
    *out = fd;
    return MS_OK;
}

void ms_case_unclaim(int fd) {
    if (fd >= 0) close(fd);
}

static bool is_settled(const ms_case_status *state) {
    return state->state == MS_CASE_DONE || state->cause == MS_CAUSE_FAILED;
}

static bool is_free(const ms_study *study, size_t i) {
    int claim = -1;
    ms_error ignored = {0};
    if (ms_case_claim(study, i, &claim, &ignored) != MS_OK) return false;
    ms_case_unclaim(claim);
    return true;
}

ms_status ms_shard_left_over(const ms_study *study, size_t shard, size_t shards, double seconds,
                             ms_case_status *states, size_t *todo, size_t *n, bool *waited_long,
                             ms_error *err) {
    enum { LOOKS = 2 }; /* a second */
    const struct timespec pause = {.tv_nsec = 1000000000 / LOOKS};
    for (double looked = 0;; looked++) {
        size_t open = 0, free_now = 0;
        const bool over = looked >= seconds * LOOKS;
        ms_status status = ms_study_status_shard(study, shard, shards, states, err);
        if (status == MS_OK) status = ms_stop_check(err);
        if (status != MS_OK) return status;
        for (size_t i = 0; i < study->n; i++) {
            if (ms_study_shard_of(study->patients[i].id, shards) != shard || is_settled(&states[i])) continue;
            open++;
            if (over || is_free(study, i)) todo[free_now++] = i;
        }
        if (open == 0 || free_now > 0) {
            *n = free_now;
            *waited_long = over;
            return MS_OK;
        }
        nanosleep(&pause, NULL);
    }
}
