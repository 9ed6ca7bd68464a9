/* The log of a search: a first line that says which search it is, then one line a trial. A line counts when
 * it is whole; one that a killed run left unfinished is cut off. */
#include "model/tune.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG_MOST_BYTES ((size_t)1 << 30)
#define LOG_BEGINS "{\"search\": \"myosurv tune"

struct ms_tune_log {
    int fd;
    char *path;
};

static const char *const state_names[] = {"done", "pruned", "failed"};

void ms_tune_log_close(ms_tune_log *log) {
    if (!log) return;
    if (log->fd >= 0) (void)close(log->fd);
    free(log->path);
    free(log);
}

/* ---- one line -------------------------------------------------------------------------------------------
 */

/* JSON without line breaks: what ms_json_print gives, its breaks and indents taken out. */
ms_status ms_tune_print_line(const cJSON *item, ms_buffer *out, ms_error *err) {
    ms_buffer text;
    ms_buffer_init(&text);
    ms_status status = ms_json_print(item, &text, err);
    for (size_t i = 0; status == MS_OK && i < text.length; i++) {
        if (text.data[i] == '\n') {
            while (i + 1 < text.length && text.data[i + 1] == ' ') i++;
            /* a break after a comma stands for a space */
            if (out->length > 0 && out->data[out->length - 1] == ',') ms_buffer_append(out, " ");
        } else {
            ms_buffer_append_bytes(out, &text.data[i], 1);
        }
    }
    ms_buffer_clear(&text);
    if (status == MS_OK && ms_buffer_failed(out)) status = ms_error_nomem(err);
    return status;
}

static ms_status write_all(ms_tune_log *log, const ms_buffer *text, ms_error *err) {
    for (size_t at = 0; at < text->length;) {
        const ssize_t wrote = write(log->fd, text->data + at, text->length - at);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) return ms_error_errno(err, errno, log->path, "cannot be written");
        at += (size_t)wrote;
    }
    if (fsync(log->fd) != 0 && errno != EINVAL)
        return ms_error_errno(err, errno, log->path, "cannot be written");
    return MS_OK;
}

/* ---- the first line -------------------------------------------------------------------------------------
 */

static ms_status hash_json(const cJSON *item, char hex[65], ms_error *err) {
    ms_buffer text;
    ms_buffer_init(&text);
    const ms_status status = ms_json_print(item, &text, err);
    if (status == MS_OK) ms_hash_bytes(text.data, text.length, hex);
    ms_buffer_clear(&text);
    return status;
}

static ms_status hash_base(const ms_train_config *base, char hex[65], ms_error *err) {
    cJSON *tree = cJSON_CreateObject();
    ms_status status = tree ? ms_train_config_to_json(base, tree, err) : ms_error_nomem(err);
    if (status == MS_OK) status = hash_json(tree, hex, err);
    cJSON_Delete(tree);
    return status;
}

static ms_status hash_data(const ms_tune_data *data, char hex[65], ms_error *err) {
    ms_hash *hash = ms_hash_new();
    if (!hash) return ms_error_nomem(err);
    for (size_t j = 0; j < data->p; j++) ms_hash_add_text(hash, data->names[j]);
    for (size_t i = 0; i < data->n * data->p; i++) {
        const double v = isnan(data->x[i]) ? (double)NAN : data->x[i];
        ms_hash_add(hash, &v, sizeof v);
    }
    ms_hash_add(hash, data->time, data->n * sizeof *data->time);
    ms_hash_add(hash, data->event, data->n);
    ms_hash_finish(hash, hex);
    return MS_OK;
}

/* All that the trials depend on. */
static ms_status make_head(const ms_tune_space *space, const ms_tune_data *data,
                           const ms_tune_options *options, cJSON *head, ms_error *err) {
    char rows[65] = "", space_hash[65] = "", base[65] = "", seed[32];
    (void)ms_text_format(seed, sizeof seed, "%llu", (unsigned long long)options->seed);
    ms_status status = hash_data(data, rows, err);
    if (status == MS_OK) status = hash_json(space->root, space_hash, err);
    if (status == MS_OK) status = hash_base(&options->base, base, err);
    if (status == MS_OK) status = ms_json_add_text(head, "search", "myosurv tune 1", err);
    if (status == MS_OK) status = ms_json_add_text(head, "program", ms_version(), err);
    if (status == MS_OK) status = ms_json_add_text(head, "seed", seed, err);
    if (status == MS_OK)
        status = ms_json_add_text(head, "metric", options->metric == MS_TUNE_LOSS ? "loss" : "c", err);
    if (status == MS_OK) status = ms_json_add_number(head, "folds", (double)data->n_folds, err);
    if (status == MS_OK) status = ms_json_add_number(head, "validation", options->validation, err);
    if (status == MS_OK) status = ms_json_add_number(head, "members", (double)options->members, err);
    if (status == MS_OK) status = ms_json_add_number(head, "startup", (double)options->startup, err);
    if (status == MS_OK) status = ms_json_add_number(head, "batch", (double)options->batch, err);
    if (status == MS_OK) status = ms_json_add_bool(head, "prune", options->prune, err);
    if (status == MS_OK) status = ms_json_add_text(head, "rows_sha256", rows, err);
    if (status == MS_OK) status = ms_json_add_text(head, "space_sha256", space_hash, err);
    if (status == MS_OK) status = ms_json_add_text(head, "settings_sha256", base, err);
    return status;
}

static ms_status not_a_log(const char *path, ms_error *err) {
    return ms_error_set(err, MS_EINPUT, "%s:1: is not the log of a search of this program; give another name",
                        path);
}

static ms_status compare_head(const cJSON *there, const cJSON *here, const char *path, ms_error *err) {
    const cJSON *kind = cJSON_GetObjectItemCaseSensitive(there, "search");
    const cJSON *ours = cJSON_GetObjectItemCaseSensitive(here, "search");
    if (!kind || !cJSON_Compare(kind, ours, 1)) return not_a_log(path, err);
    for (const cJSON *item = here->child; item; item = item->next) {
        const cJSON *other = cJSON_GetObjectItemCaseSensitive(there, item->string);
        if (other && cJSON_Compare(other, item, 1)) continue;
        return ms_error_set(
            err, MS_EINPUT,
            "%s:1: is the log of another search: its %s differs; give another --log, or the same "
            "table, settings and options as there",
            path, item->string);
    }
    return MS_OK;
}

/* ---- trials ---------------------------------------------------------------------------------------------
 */

static ms_status put_scores(cJSON *line, const ms_tune_record *r, ms_error *err) {
    static const char *const keys[] = {"fold_loss", "fold_c", "fold_events", "fold_pairs"};
    double values[4][MS_TUNE_MAX_FOLDS];
    for (size_t k = 0; k < r->n_scores; k++) {
        values[0][k] = r->scores[k].loss;
        values[1][k] = r->scores[k].c;
        values[2][k] = r->scores[k].events;
        values[3][k] = r->scores[k].pairs;
    }
    ms_status status = MS_OK;
    for (size_t i = 0; status == MS_OK && i < MS_COUNT(keys); i++)
        status = ms_json_add_numbers(line, keys[i], values[i], r->n_scores, err);
    return status;
}

static const char *failure(const ms_tune_record *r) {
    for (size_t k = 0; k < r->n_scores; k++)
        if (r->scores[k].failed) return r->scores[k].message;
    return "";
}

static ms_status put_trial(const ms_tune_record *r, size_t number, ms_buffer *out, ms_error *err) {
    cJSON *line = cJSON_CreateObject(), *settings = cJSON_Duplicate(r->settings, 1);
    ms_status status = line && settings ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) status = ms_json_add_number(line, "trial", (double)number, err);
    if (status == MS_OK) status = ms_json_add_text(line, "state", state_names[r->state], err);
    if (status == MS_OK) status = ms_json_add_number(line, "value", r->value, err);
    if (status == MS_OK) status = ms_json_add_number(line, "loss", r->loss, err);
    if (status == MS_OK) status = ms_json_add_number(line, "c", r->c, err);
    if (status == MS_OK && !cJSON_AddItemToObject(line, "settings", settings)) status = ms_error_nomem(err);
    if (status == MS_OK) settings = NULL;
    if (status == MS_OK) status = put_scores(line, r, err);
    if (status == MS_OK && r->state == MS_TUNE_FAILED)
        status = ms_json_add_text(line, "message", failure(r), err);
    if (status == MS_OK) status = ms_tune_print_line(line, out, err);
    if (status == MS_OK) ms_buffer_append(out, "\n");
    cJSON_Delete(line);
    cJSON_Delete(settings);
    return status;
}

ms_status ms_tune_log_append(ms_tune_log *log, const ms_tune_record *records, size_t first, size_t n,
                             ms_error *err) {
    ms_buffer text;
    if (!log) return MS_OK;
    ms_buffer_init(&text);
    ms_status status = MS_OK;
    for (size_t i = first; status == MS_OK && i < first + n; i++)
        status = put_trial(&records[i], i, &text, err);
    if (status == MS_OK && ms_buffer_failed(&text)) status = ms_error_nomem(err);
    if (status == MS_OK) status = write_all(log, &text, err);
    ms_buffer_clear(&text);
    return status;
}

static ms_status damaged(const char *name, const char *what, ms_error *err) {
    return ms_error_set(err, MS_EINPUT,
                        "%s: the log is damaged: %s; give another --log, or cut it before this line", name,
                        what);
}

static double number_at(const cJSON *list, size_t k) {
    const cJSON *item = cJSON_GetArrayItem(list, (int)k);
    return cJSON_IsNumber(item) ? item->valuedouble : (double)NAN;
}

static ms_status get_scores(const cJSON *line, const char *name, size_t n_folds, ms_tune_record *r,
                            ms_error *err) {
    const cJSON *loss = cJSON_GetObjectItemCaseSensitive(line, "fold_loss");
    const cJSON *c = cJSON_GetObjectItemCaseSensitive(line, "fold_c");
    const cJSON *events = cJSON_GetObjectItemCaseSensitive(line, "fold_events");
    const cJSON *pairs = cJSON_GetObjectItemCaseSensitive(line, "fold_pairs");
    const int n = cJSON_IsArray(loss) ? cJSON_GetArraySize(loss) : -1;
    if (n < 1 || (size_t)n > n_folds || cJSON_GetArraySize(c) != n || cJSON_GetArraySize(events) != n ||
        cJSON_GetArraySize(pairs) != n)
        return damaged(name, "the folds are not as they should be", err);
    r->n_scores = (size_t)n;
    for (size_t k = 0; k < r->n_scores; k++) {
        r->scores[k] = (ms_tune_score){.loss = number_at(loss, k),
                                       .c = number_at(c, k),
                                       .events = number_at(events, k),
                                       .pairs = number_at(pairs, k)};
        r->scores[k].failed = isnan(r->scores[k].loss);
    }
    return MS_OK;
}

static ms_status get_state(const cJSON *line, const char *name, size_t n_folds, ms_tune_record *r,
                           ms_error *err) {
    const char *state = "", *message = "";
    bool failed = false;
    ms_status status = ms_json_get_text(line, name, "state", &state, err);
    if (status == MS_OK) status = ms_json_get_text(line, name, "message", &message, err);
    if (status == MS_OK) status = get_scores(line, name, n_folds, r, err);
    if (status != MS_OK) return status;
    size_t k = 0;
    while (k < MS_COUNT(state_names) && strcmp(state, state_names[k]) != 0) k++;
    for (size_t i = 0; i < r->n_scores; i++) {
        if (r->scores[i].failed && !failed)
            (void)ms_text_format(r->scores[i].message, sizeof r->scores[i].message, "%.250s", message);
        failed = failed || r->scores[i].failed;
    }
    if (k == MS_COUNT(state_names) || (k == MS_TUNE_DONE && r->n_scores != n_folds) ||
        (k == MS_TUNE_FAILED) != failed)
        return damaged(name, "the state does not fit the folds", err);
    r->state = (ms_tune_state)k;
    return MS_OK;
}

/* One line of the log as a trial. The means are computed anew, from the same numbers. */
static ms_status get_trial(const char *text, size_t length, const char *name, size_t number,
                           const ms_tune_space *space, const ms_tune_data *data,
                           const ms_tune_options *options, ms_tune_record *r, ms_error *err) {
    cJSON *line = NULL;
    double found = -1;
    ms_status status = ms_json_parse(text, length, name, &line, err);
    if (status == MS_OK) status = ms_json_get_number(line, name, "trial", &found, err);
    if (status == MS_OK && found != (double)number) status = damaged(name, "a trial is missing", err);
    if (status == MS_OK) status = get_state(line, name, data->n_folds, r, err);
    if (status == MS_OK) {
        r->settings = cJSON_DetachItemFromObjectCaseSensitive(line, "settings");
        r->x = ms_calloc(space->n_dimensions, sizeof *r->x);
        if (!r->x)
            status = ms_error_nomem(err);
        else if (!cJSON_IsObject(r->settings))
            status = damaged(name, "there are no settings", err);
        else if (number > 0) /* trial 0 is the base, which may lie outside of the space */
            status = ms_tune_point(space, r->settings, name, r->x, err);
    }
    if (status == MS_OK) {
        double loss, c;
        const size_t first = ms_tune_first_folds(data, options);
        ms_tune_mean(r->scores, r->n_scores < first ? r->n_scores : first, options->metric, &loss, &c,
                     &r->first);
        ms_tune_mean(r->scores, r->n_scores, options->metric, &r->loss, &r->c, &r->value);
    }
    cJSON_Delete(line);
    return status;
}

/* ---- opening --------------------------------------------------------------------------------------------
 */

static ms_status read_lines(const ms_tune_log *log, const char *text, size_t length, const cJSON *head,
                            const ms_tune_space *space, const ms_tune_data *data,
                            const ms_tune_options *options, ms_tune_record **records, size_t *n,
                            ms_error *err) {
    ms_status status = MS_OK;
    size_t line = 0, capacity = 0;
    for (size_t at = 0; status == MS_OK && at < length; line++) {
        const char *end = memchr(text + at, '\n', length - at);
        const size_t size = (size_t)(end - (text + at));
        char name[512];
        (void)ms_text_format(name, sizeof name, "%s:%zu", log->path, line + 1);
        if (line == 0) {
            cJSON *there = NULL;
            status = ms_json_parse(text + at, size, name, &there, err);
            if (status == MS_OK) status = compare_head(there, head, log->path, err);
            cJSON_Delete(there);
        } else {
            if (*n == capacity) {
                capacity = capacity ? 2 * capacity : 64;
                ms_tune_record *grown = ms_realloc(*records, capacity, sizeof *grown);
                if (!grown) return ms_error_nomem(err);
                *records = grown;
            }
            (*records)[*n] = (ms_tune_record){0};
            (*n)++;
            status =
                get_trial(text + at, size, name, line - 1, space, data, options, &(*records)[line - 1], err);
        }
        at += size + 1;
    }
    return status;
}

/* Takes what is there, cuts an unfinished last line off, and begins a new log with its first line. */
static ms_status resume(ms_tune_log *log, const cJSON *head, const ms_tune_space *space,
                        const ms_tune_data *data, const ms_tune_options *options, ms_tune_record **records,
                        size_t *n, ms_error *err) {
    char *text = NULL;
    size_t length = 0;
    ms_status status = ms_file_read(log->path, LOG_MOST_BYTES, &text, &length, err);
    if (status != MS_OK) return status;
    const size_t whole = length;
    while (length > 0 && text[length - 1] != '\n') length--;
    if (length == 0 && whole > 0 &&
        strncmp(text, LOG_BEGINS, whole < strlen(LOG_BEGINS) ? whole : strlen(LOG_BEGINS)) != 0) {
        free(text); /* somebody else's file: leave it alone */
        return not_a_log(log->path, err);
    }
    status = read_lines(log, text, length, head, space, data, options, records, n, err);
    free(text);
    if (status != MS_OK) return status;
    if (length < whole && ftruncate(log->fd, (off_t)length) != 0)
        return ms_error_errno(err, errno, log->path, "cannot be written");
    if (length > 0) return MS_OK;
    ms_buffer line;
    ms_buffer_init(&line);
    status = ms_tune_print_line(head, &line, err);
    ms_buffer_append(&line, "\n");
    if (status == MS_OK) status = write_all(log, &line, err);
    ms_buffer_clear(&line);
    return status;
}

static ms_status open_locked(ms_tune_log *log, ms_error *err) {
    struct stat info;
    log->fd = open(log->path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
    if (log->fd < 0) return ms_error_errno(err, errno, log->path, "cannot be opened");
    if (fstat(log->fd, &info) != 0 || !S_ISREG(info.st_mode))
        return ms_error_set(err, MS_EINPUT, "%s: a log must be a plain file", log->path);
    if (flock(log->fd, LOCK_EX | LOCK_NB) == 0) return MS_OK;
    if (errno == EWOULDBLOCK)
        return ms_error_set(err, MS_EBUSY, "%s: another search is writing this log", log->path);
    return MS_OK; /* a file system without locks */
}

ms_status ms_tune_log_open(ms_tune_log **log, const char *path, const ms_tune_space *space,
                           const ms_tune_data *data, const ms_tune_options *options, ms_tune_record **records,
                           size_t *n, ms_error *err) {
    *log = NULL;
    if (!path) return MS_OK;
    ms_tune_log *made = ms_calloc(1, sizeof *made);
    cJSON *head = cJSON_CreateObject();
    ms_status status = made && head ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) {
        made->fd = -1;
        made->path = ms_strdup(path);
        if (!made->path) status = ms_error_nomem(err);
    }
    if (status == MS_OK) status = make_head(space, data, options, head, err);
    if (status == MS_OK) status = open_locked(made, err);
    if (status == MS_OK) status = resume(made, head, space, data, options, records, n, err);
    cJSON_Delete(head);
    if (status == MS_OK)
        *log = made;
    else
        ms_tune_log_close(made);
    return status;
}
