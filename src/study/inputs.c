/* The bytes a case is made from, and a way to see without reading them that they are still the same. */
#include "study/study.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Times closer together than this do not tell which came first. */
static const int64_t settled_ns = 2000000000;

typedef struct stamp {
    ms_hash *hash;
    int64_t newest_ns; /* of all files' times */
    ms_error *err;
} stamp;

static int64_t nanoseconds(struct timespec t) {
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void add_whole(ms_hash *hash, int64_t value) {
    char text[32];
    (void)ms_text_format(text, sizeof text, "%lld", (long long)value);
    ms_hash_add_text(hash, text);
}

static ms_status add_path(stamp *s, const char *path, int depth);

static ms_status add_folder(stamp *s, const char *path, int depth) {
    char **names = NULL;
    size_t n = 0;
    if (depth > 64) return ms_error_set(s->err, MS_EINPUT, "%s: more than 64 folders deep", path);
    ms_status status = ms_list_dir(path, &names, &n, s->err);
    for (size_t i = 0; i < n && status == MS_OK; i++) {
        char *inside = ms_path_join(path, names[i]);
        status = inside ? add_path(s, inside, depth + 1) : ms_error_nomem(s->err);
        free(inside);
    }
    ms_names_free(names, n);
    return status;
}

/* A pipe or device would be waited for without end, and has no bytes of its own: it is refused. */
static ms_status add_path(stamp *s, const char *path, int depth) {
    struct stat info;
    if (stat(path, &info) != 0) return ms_error_errno(s->err, errno, path, "cannot read");
    if (S_ISDIR(info.st_mode)) return add_folder(s, path, depth);
    if (!S_ISREG(info.st_mode))
        return ms_error_set(s->err, MS_EINPUT, "%s: is no file or folder (a pipe or device)", path);
    const int64_t written = nanoseconds(info.st_mtim), changed = nanoseconds(info.st_ctim);
    ms_hash_add_text(s->hash, path);
    add_whole(s->hash, (int64_t)info.st_size);
    add_whole(s->hash, written);
    add_whole(s->hash, changed);
    add_whole(s->hash, (int64_t)info.st_ino);
    if (written > s->newest_ns) s->newest_ns = written;
    if (changed > s->newest_ns) s->newest_ns = changed;
    return MS_OK;
}

/* The file of a mask: "FILE#2=1" names segments in it. */
static char *mask_file(const char *mask) {
    char *path = ms_strdup(mask);
    if (path && !ms_path_exists(path)) {
        char *selection = strrchr(path, '#');
        if (selection) *selection = '\0';
    }
    return path;
}

static ms_status make_stamp(const ms_patient *patient, const char *mask, char out[65], int64_t *newest_ns,
                            ms_error *err) {
    stamp s = {.hash = ms_hash_new(), .err = err};
    if (!s.hash) return ms_error_nomem(err);
    ms_status status = add_path(&s, patient->scan, 0);
    ms_hash_add_text(s.hash, mask ? "mask" : "");
    if (status == MS_OK && mask) status = add_path(&s, mask, 0);
    char hex[65];
    ms_hash_finish(s.hash, hex);
    if (status != MS_OK) return status;
    memcpy(out, hex, sizeof hex);
    *newest_ns = s.newest_ns;
    return MS_OK;
}

/* cases/<id>/.seen: stamp, scan and mask ("-": none) in three lines. */
static bool recall(const ms_study *study, size_t i, const char *now, int64_t newest_ns, ms_case_inputs *out) {
    enum { LINE = 65, SIZE = 3 * LINE };
    char *path = ms_case_path(study, i, ".seen"), *text = NULL;
    struct stat info;
    size_t length = 0;
    ms_error ignored = {0};
    bool known = path && stat(path, &info) == 0 && nanoseconds(info.st_mtim) > newest_ns + settled_ns &&
                 ms_file_read(path, 256, &text, &length, &ignored) == MS_OK && text && length <= SIZE &&
                 length >= 2 * LINE + 2 && memcmp(text, now, 64) == 0 && text[64] == '\n' &&
                 text[129] == '\n';
    if (known) {
        memcpy(out->scan, text + LINE, 64);
        out->scan[64] = '\0';
        memset(out->mask, 0, sizeof out->mask);
        if (length == SIZE) memcpy(out->mask, text + (size_t)2 * LINE, 64);
        out->remembered = true;
    }
    free(text);
    free(path);
    return known;
}

ms_status ms_case_inputs_read(const ms_study *study, size_t i, bool remembered, ms_case_inputs *out,
                              ms_error *err) {
    const ms_patient *patient = &study->patients[i];
    ms_case_inputs inputs = {.mask = ""};
    int64_t newest_ns = 0;
    char *mask = patient->mask ? mask_file(patient->mask) : NULL;
    ms_status status = patient->mask && !mask ? ms_error_nomem(err) : MS_OK;
    if (status == MS_OK) status = make_stamp(patient, mask, inputs.stamp, &newest_ns, err);
    if (status == MS_OK && !(remembered && recall(study, i, inputs.stamp, newest_ns, &inputs))) {
        status = ms_hash_tree(patient->scan, inputs.scan, err);
        if (status == MS_OK && mask) status = ms_hash_tree(mask, inputs.mask, err);
    }
    free(mask);
    if (status == MS_OK) *out = inputs;
    return status;
}

ms_status ms_case_inputs_stamp(const ms_study *study, size_t i, char out[65], ms_error *err) {
    const ms_patient *patient = &study->patients[i];
    int64_t newest_ns = 0;
    char *mask = patient->mask ? mask_file(patient->mask) : NULL;
    ms_status status = patient->mask && !mask ? ms_error_nomem(err) : MS_OK;
    if (status == MS_OK) status = make_stamp(patient, mask, out, &newest_ns, err);
    free(mask);
    return status;
}

ms_status ms_case_inputs_remember(const ms_case_inputs *inputs, const char *folder, ms_error *err) {
    char text[200], *path = ms_path_join(folder, ".seen");
    if (!path) return ms_error_nomem(err);
    (void)ms_text_format(text, sizeof text, "%s\n%s\n%s\n", inputs->stamp, inputs->scan,
                         inputs->mask[0] ? inputs->mask : "-");
    const ms_status status = ms_file_write(path, text, strlen(text), err);
    free(path);
    return status;
}
