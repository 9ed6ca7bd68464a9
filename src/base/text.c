/* base/text.c: small questions about strings. */
#include "base/base.h"
#include "base/locale.h"

#include <stdlib.h>
#include <string.h>

bool ms_text_is_missing(const char *text) {
    if (text[0] == '\0') return true;
    if (text[0] != 'N' && text[0] != 'n') return false;
    return strcmp(text, "NA") == 0 || strcmp(text, "NaN") == 0 || strcmp(text, "nan") == 0;
}

bool ms_text_starts_with(const char *text, const char *prefix) {
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool ms_text_ends_with(const char *text, const char *suffix) {
    size_t n = strlen(text), m = strlen(suffix);
    return m <= n && memcmp(text + n - m, suffix, m) == 0;
}

bool ms_text_format(char *out, size_t size, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int length = ms_vsnprintf(out, size, format, args);
    va_end(args);
    if (length < 0 && size > 0) out[0] = '\0';
    return length >= 0 && (size_t)length < size;
}

char *ms_path_join(const char *dir, const char *name) {
    size_t n = strlen(dir), m = strlen(name);
    bool slash = n > 0 && dir[n - 1] != '/';
    char *path = malloc(n + slash + m + 1);
    if (!path) return NULL;
    memcpy(path, dir, n);
    if (slash) path[n] = '/';
    memcpy(path + n + slash, name, m);
    path[n + slash + m] = '\0';
    return path;
}

char *ms_path_folder(const char *path) {
    const size_t length = (size_t)(ms_path_base(path) - path);
    char *folder = ms_strdup(length > 0 ? path : ".");
    if (folder && length > 0) folder[length] = '\0';
    return folder;
}

char *ms_path_below(const char *folder, const char *path) {
    return path[0] == '/' ? ms_strdup(path) : ms_path_join(folder, path);
}

const char *ms_path_base(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool is_name_character(char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' ||
           c == '_' || c == '-';
}

bool ms_text_is_safe_name(const char *text) {
    size_t n = 0;
    for (; text[n]; n++) {
        if (n == 100 || !is_name_character(text[n])) return false;
    }
    return n > 0 && text[0] != '.' && text[0] != '-';
}

void ms_text_to_name(char *out, size_t size, const char *text) {
    const size_t most = (size < 101 ? size : 101) - 1;
    size_t n = 0;
    for (; text[n] && n < most; n++) out[n] = is_name_character(text[n]) ? text[n] : '_';
    if (out[0] == '.' || out[0] == '-') out[0] = '_';
    out[n] = '\0';
    if (n > 0 && strcmp(out, text) == 0) return;
    char hex[65];
    ms_hash_bytes(text, strlen(text), hex);
    if (n > most - 9) n = most - 9;
    (void)ms_text_format(out + n, size - n, "_%.8s", hex);
}
