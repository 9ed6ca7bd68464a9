/* image/text_header.c: lines and numbers of text headers. */
#include "image/text_header.h"

#include <math.h>
#include <string.h>

bool ms_text_next(ms_text_lines *l, char line[MS_TEXT_LINE]) {
    size_t n = 0;
    while (l->offset < l->length) {
        uint8_t byte = l->bytes[l->offset++];
        if (byte == '\n') {
            if (n > 0 && line[n - 1] == '\r') n--;
            line[n] = '\0';
            return true;
        }
        if (n + 1 >= MS_TEXT_LINE || (byte < ' ' && byte != '\t' && byte != '\r')) return false;
        line[n++] = (char)byte;
    }
    return false;
}

static char *trim(char *text) {
    while (*text == ' ' || *text == '\t') text++;
    size_t n = strlen(text);
    while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t')) text[--n] = '\0';
    return text;
}

bool ms_text_split(char *line, const char *separator, char **key, char **value) {
    char *at = strstr(line, separator);
    if (!at) return false;
    *at = '\0';
    *key = trim(line);
    *value = trim(at + strlen(separator));
    return **key != '\0';
}

bool ms_text_numbers(const char *text, size_t count, double *out) {
    static const char between[] = " \t,()";
    size_t n = 0;
    for (;;) {
        text += strspn(text, between);
        if (!*text) return n == count;
        size_t length = strcspn(text, between);
        char word[64];
        if (n == count || length >= sizeof word) return false;
        memcpy(word, text, length);
        word[length] = '\0';
        if (!ms_parse_number(word, &out[n]) || !isfinite(out[n])) return false;
        n++;
        text += length;
    }
}
