/* base/hash.c: SHA-256 of bytes, files and folders. */
#include "base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct ms_hash {
    struct sha256_ctx context;
};

ms_hash *ms_hash_new(void) {
    ms_hash *hash = ms_calloc(1, sizeof *hash);
    if (hash) sha256_init(&hash->context);
    return hash;
}

void ms_hash_add(ms_hash *hash, const void *bytes, size_t length) {
    if (length > 0) sha256_update(&hash->context, length, bytes);
}

void ms_hash_add_text(ms_hash *hash, const char *text) {
    ms_hash_add(hash, text, strlen(text) + 1);
}

static void finish(struct sha256_ctx *context, char hex[65]) {
    static const char digits[] = "0123456789abcdef";
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_digest(context, sizeof digest, digest);
    for (size_t i = 0; i < sizeof digest; i++) {
        hex[2 * i] = digits[digest[i] >> 4];
        hex[2 * i + 1] = digits[digest[i] & 15];
    }
    hex[64] = '\0';
}

void ms_hash_finish(ms_hash *hash, char hex[65]) {
    finish(&hash->context, hex);
    free(hash);
}

void ms_hash_bytes(const void *bytes, size_t length, char hex[65]) {
    struct sha256_ctx context;
    sha256_init(&context);
    if (length > 0) sha256_update(&context, length, bytes);
    finish(&context, hex);
}

ms_status ms_hash_file(const char *path, char hex[65], ms_error *err) {
    enum { BLOCK = 1 << 18 };
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return ms_error_errno(err, errno, path, "cannot open");
    ms_status status = MS_OK;
    struct sha256_ctx context;
    sha256_init(&context);
    uint8_t *block = malloc(BLOCK);
    if (!block) status = ms_error_nomem(err);
    while (status == MS_OK) {
        ssize_t got = read(fd, block, BLOCK);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) status = ms_error_errno(err, errno, path, "cannot read");
        if (got <= 0) break;
        sha256_update(&context, (size_t)got, block);
    }
    free(block);
    close(fd);
    if (status == MS_OK) finish(&context, hex);
    return status;
}

static ms_status add_tree(ms_hash *hash, const char *path, const char *relative, int depth, ms_error *err);

static ms_status add_entry(ms_hash *hash, const char *dir, const char *relative, const char *name, int depth,
                           ms_error *err) {
    ms_status status = MS_OK;
    char *path = ms_path_join(dir, name), *inside = ms_path_join(relative, name), hex[65];
    if (!path || !inside) {
        status = ms_error_nomem(err);
    } else if (ms_path_is_dir(path)) {
        status = add_tree(hash, path, inside, depth + 1, err);
    } else {
        status = ms_hash_file(path, hex, err);
        if (status == MS_OK) {
            ms_hash_add_text(hash, inside);
            ms_hash_add_text(hash, hex);
        }
    }
    free(path);
    free(inside);
    return status;
}

/* Adds "NAME\0" for the folder itself, then its entries by name, so that the order in which the file system
 * lists them does not matter. Links are followed; the depth ends a circle of them. */
static ms_status add_tree(ms_hash *hash, const char *path, const char *relative, int depth, ms_error *err) {
    char **names;
    size_t n;
    if (depth > 64) return ms_error_set(err, MS_EINPUT, "%s: more than 64 folders deep", path);
    ms_status status = ms_list_dir(path, &names, &n, err);
    if (status != MS_OK) return status;
    ms_hash_add_text(hash, relative);
    for (size_t i = 0; i < n && status == MS_OK; i++) {
        status = add_entry(hash, path, relative, names[i], depth, err);
    }
    ms_names_free(names, n);
    return status;
}

ms_status ms_hash_tree(const char *path, char hex[65], ms_error *err) {
    if (!ms_path_is_dir(path)) return ms_hash_file(path, hex, err);
    ms_hash *hash = ms_hash_new();
    if (!hash) return ms_error_nomem(err);
    ms_status status = add_tree(hash, path, "", 0, err);
    if (status == MS_OK) {
        ms_hash_finish(hash, hex);
    } else {
        free(hash);
    }
    return status;
}
