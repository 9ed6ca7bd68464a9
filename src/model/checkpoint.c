/* The checkpoint file of a training:
 *
 *   8       magic "MSURVCKP"
 *   8       1, the version
 *   8 + t   identity: length, text
 *   8       number of states, and for each: 8 + name, 8 + bytes
 *   64      SHA-256 of everything before, in hexadecimal
 *
 * Numbers are as in memory: a checkpoint goes on where it was written. It is replaced as a whole, so that a
 * killed program leaves the last one or the one before. */
#include "model/model.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

#define MAGIC "MSURVCKP"
#define VERSION 1u
#define HASH 64u
#define MAX_BYTES ((size_t)1 << 33)
#define MAX_STATES 100000u

double ms_checkpoint_seconds = 2;

typedef struct state {
    char *name;
    unsigned char *data;
    size_t length;
    double told; /* when */
} state;

struct ms_checkpoint {
    pthread_mutex_t lock;
    char *path, *identity;
    state *states;
    size_t n;
    double started, written;
};

static double now(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

void ms_checkpoint_close(ms_checkpoint *checkpoint) {
    if (!checkpoint) return;
    for (size_t i = 0; i < checkpoint->n; i++) {
        free(checkpoint->states[i].name);
        free(checkpoint->states[i].data);
    }
    free(checkpoint->states);
    free(checkpoint->path);
    free(checkpoint->identity);
    (void)pthread_mutex_destroy(&checkpoint->lock);
    free(checkpoint);
}

static state *find(ms_checkpoint *checkpoint, const char *name) {
    for (size_t i = 0; i < checkpoint->n; i++)
        if (strcmp(checkpoint->states[i].name, name) == 0) return &checkpoint->states[i];
    return NULL;
}

/* A new, empty state of that name; takes nothing over when it fails. */
static state *add(ms_checkpoint *checkpoint, const char *name) {
    state *grown = ms_realloc(checkpoint->states, checkpoint->n + 1, sizeof *grown);
    if (!grown) return NULL;
    checkpoint->states = grown;
    grown[checkpoint->n] = (state){.name = ms_strdup(name), .told = checkpoint->started};
    return grown[checkpoint->n].name ? &grown[checkpoint->n++] : NULL;
}

static bool replace(state *to, const unsigned char *data, size_t length) {
    unsigned char *copy = ms_calloc(length + 1, 1);
    if (!copy) return false;
    memcpy(copy, data, length);
    free(to->data);
    to->data = copy;
    to->length = length;
    return true;
}

/* ---- reading ---- */

typedef struct reader {
    const unsigned char *at;
    size_t left;
    bool bad;
} reader;

static uint64_t take_number(reader *r) {
    uint64_t value = 0;
    if (r->bad || r->left < sizeof value) {
        r->bad = true;
        return 0;
    }
    memcpy(&value, r->at, sizeof value);
    r->at += sizeof value;
    r->left -= sizeof value;
    return value;
}

static const unsigned char *take_bytes(reader *r, size_t *length) {
    const uint64_t n = take_number(r);
    if (r->bad || n > r->left) {
        r->bad = true;
        return NULL;
    }
    const unsigned char *bytes = r->at;
    r->at += n;
    r->left -= (size_t)n;
    *length = (size_t)n;
    return bytes;
}

/* The word of the first line in which two identities differ. */
static void differing_word(const char *a, const unsigned char *b, size_t b_length, char word[64]) {
    size_t line = 0, i = 0;
    while (a[i] && i < b_length && (unsigned char)a[i] == b[i]) {
        if (a[i] == '\n') line = i + 1;
        i++;
    }
    const size_t length = strcspn(a + line, " \n");
    (void)ms_text_format(word, 64, "%.*s", (int)(length < 60 ? length : 60), a + line);
}

static ms_status damaged(const char *path, ms_error *err) {
    return ms_error_set(err, MS_EINPUT,
                        "%s: the checkpoint is damaged or none of this program; remove it to train from the "
                        "start",
                        path);
}

static ms_status take_states(ms_checkpoint *checkpoint, reader *r, ms_error *err) {
    const uint64_t n = take_number(r);
    if (n > MAX_STATES) r->bad = true;
    for (uint64_t i = 0; !r->bad && i < n; i++) {
        size_t name_length = 0, length = 0;
        char name[256];
        const unsigned char *text = take_bytes(r, &name_length), *data = take_bytes(r, &length);
        if (r->bad || name_length >= sizeof name) break;
        memcpy(name, text, name_length);
        name[name_length] = '\0';
        state *made = add(checkpoint, name);
        if (!made || !replace(made, data, length)) return ms_error_nomem(err);
    }
    return r->bad || r->left > 0 ? damaged(checkpoint->path, err) : MS_OK;
}

static ms_status parse(ms_checkpoint *checkpoint, const unsigned char *data, size_t length, ms_error *err) {
    char hex[65], word[64];
    if (length < 16 + HASH || memcmp(data, MAGIC, 8) != 0) return damaged(checkpoint->path, err);
    ms_hash_bytes(data, length - HASH, hex);
    if (memcmp(data + length - HASH, hex, HASH) != 0) return damaged(checkpoint->path, err);
    reader r = {data + 8, length - 8 - HASH, false};
    size_t identity_length = 0;
    if (take_number(&r) != VERSION) return damaged(checkpoint->path, err);
    const unsigned char *identity = take_bytes(&r, &identity_length);
    if (r.bad) return damaged(checkpoint->path, err);
    if (identity_length != strlen(checkpoint->identity) ||
        memcmp(identity, checkpoint->identity, identity_length) != 0) {
        differing_word(checkpoint->identity, identity, identity_length, word);
        return ms_error_set(err, MS_EINPUT,
                            "%s: the checkpoint is of a training with other %s; give the same "
                            "%s as before to go on, or remove the checkpoint to train from the start",
                            checkpoint->path, word, word);
    }
    return take_states(checkpoint, &r, err);
}

ms_status ms_checkpoint_open(ms_checkpoint **checkpoint, const char *path, const char *identity,
                             ms_error *err) {
    ms_checkpoint *made = ms_calloc(1, sizeof *made);
    if (!made) return ms_error_nomem(err);
    (void)pthread_mutex_init(&made->lock, NULL);
    made->path = ms_strdup(path);
    made->identity = ms_strdup(identity);
    made->started = made->written = now();
    ms_status status = made->path && made->identity ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK && ms_path_exists(path)) {
        char *data = NULL;
        size_t length = 0;
        status = ms_file_read(path, MAX_BYTES, &data, &length, err);
        if (status == MS_OK) status = parse(made, (const unsigned char *)data, length, err);
        free(data);
        if (status == MS_OK) ms_log(MS_LOG_INFO, "%s: going on from this checkpoint", path);
    }
    if (status == MS_OK)
        *checkpoint = made;
    else
        ms_checkpoint_close(made);
    return status;
}

/* ---- writing ---- */

static void put_bytes(ms_buffer *out, const void *bytes, size_t length) {
    const uint64_t n = length;
    ms_buffer_append_bytes(out, &n, sizeof n);
    ms_buffer_append_bytes(out, bytes, length);
}

static ms_status write_file(ms_checkpoint *checkpoint, ms_error *err) {
    const uint64_t version = VERSION;
    char hex[65];
    ms_buffer out;
    ms_buffer_init(&out);
    uint64_t n = 0;
    for (size_t i = 0; i < checkpoint->n; i++) n += checkpoint->states[i].data != NULL;
    ms_buffer_append_bytes(&out, MAGIC, 8);
    ms_buffer_append_bytes(&out, &version, sizeof version);
    put_bytes(&out, checkpoint->identity, strlen(checkpoint->identity));
    ms_buffer_append_bytes(&out, &n, sizeof n);
    for (size_t i = 0; i < checkpoint->n; i++) {
        const state *s = &checkpoint->states[i];
        if (!s->data) continue;
        put_bytes(&out, s->name, strlen(s->name));
        put_bytes(&out, s->data, s->length);
    }
    ms_status status = ms_buffer_failed(&out) ? ms_error_nomem(err) : MS_OK;
    if (status == MS_OK) {
        ms_hash_bytes(out.data, out.length, hex);
        ms_buffer_append_bytes(&out, hex, HASH);
        status = ms_buffer_failed(&out) ? ms_error_nomem(err)
                                        : ms_file_write(checkpoint->path, out.data, out.length, err);
    }
    ms_buffer_clear(&out);
    checkpoint->written = now();
    return status;
}

ms_status ms_checkpoint_get(ms_checkpoint *checkpoint, const char *name, unsigned char **data, size_t *length,
                            ms_error *err) {
    ms_status status = MS_OK;
    *data = NULL;
    (void)pthread_mutex_lock(&checkpoint->lock);
    const state *found = find(checkpoint, name);
    if (found && found->data) {
        *data = ms_calloc(found->length + 1, 1);
        if (*data) {
            memcpy(*data, found->data, found->length);
            *length = found->length;
        } else {
            status = ms_error_nomem(err);
        }
    }
    (void)pthread_mutex_unlock(&checkpoint->lock);
    return status;
}

bool ms_checkpoint_due(ms_checkpoint *checkpoint, const char *name) {
    (void)pthread_mutex_lock(&checkpoint->lock);
    const state *found = find(checkpoint, name);
    const bool due = now() - (found ? found->told : checkpoint->started) >= ms_checkpoint_seconds;
    (void)pthread_mutex_unlock(&checkpoint->lock);
    return due;
}

ms_status ms_checkpoint_put(ms_checkpoint *checkpoint, const char *name, const unsigned char *data,
                            size_t length, bool at_once, ms_error *err) {
    ms_status status = MS_OK;
    (void)pthread_mutex_lock(&checkpoint->lock);
    state *to = find(checkpoint, name);
    if (!to) to = add(checkpoint, name);
    if (!to || !replace(to, data, length)) status = ms_error_nomem(err);
    if (status == MS_OK) {
        to->told = now();
        if (at_once || to->told - checkpoint->written >= ms_checkpoint_seconds)
            status = write_file(checkpoint, err);
    }
    (void)pthread_mutex_unlock(&checkpoint->lock);
    return status;
}
