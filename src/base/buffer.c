/* base/buffer.c: a growable text. */
#include "base/base.h"
#include "base/locale.h"

#include <stdlib.h>
#include <string.h>

void ms_buffer_init(ms_buffer *buffer) {
    *buffer = (ms_buffer){0};
}

void ms_buffer_clear(ms_buffer *buffer) {
    free(buffer->data);
    *buffer = (ms_buffer){0};
}

/* Room for `extra` more bytes and the NUL. */
static bool reserve(ms_buffer *buffer, size_t extra) {
    if (buffer->failed) return false;
    if (extra > SIZE_MAX / 2 - buffer->length - 1) {
        buffer->failed = true;
        return false;
    }
    size_t need = buffer->length + extra + 1;
    if (need <= buffer->capacity) return true;
    size_t capacity = buffer->capacity ? buffer->capacity : 64;
    while (capacity < need) capacity *= 2;
    char *data = realloc(buffer->data, capacity);
    if (!data) {
        buffer->failed = true;
        return false;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

void ms_buffer_append_bytes(ms_buffer *buffer, const void *bytes, size_t length) {
    if (!reserve(buffer, length)) return;
    if (length > 0) memcpy(buffer->data + buffer->length, bytes, length);
    buffer->length += length;
    buffer->data[buffer->length] = '\0';
}

void ms_buffer_append(ms_buffer *buffer, const char *text) {
    ms_buffer_append_bytes(buffer, text, strlen(text));
}

void ms_buffer_printf(ms_buffer *buffer, const char *format, ...) {
    if (!reserve(buffer, 128)) return;
    for (int attempt = 0; attempt < 2; attempt++) {
        size_t room = buffer->capacity - buffer->length;
        va_list args;
        va_start(args, format);
        int length = ms_vsnprintf(buffer->data + buffer->length, room, format, args);
        va_end(args);
        if (length < 0) break;
        if ((size_t)length < room) {
            buffer->length += (size_t)length;
            return;
        }
        if (!reserve(buffer, (size_t)length)) break;
    }
    buffer->data[buffer->length] = '\0';
    buffer->failed = true;
}

void ms_buffer_append_xml(ms_buffer *buffer, const char *text) {
    for (const char *p = text; *p; p++) {
        switch (*p) {
        case '<':
            ms_buffer_append(buffer, "&lt;");
            break;
        case '>':
            ms_buffer_append(buffer, "&gt;");
            break;
        case '&':
            ms_buffer_append(buffer, "&amp;");
            break;
        case '"':
            ms_buffer_append(buffer, "&quot;");
            break;
        case '\'':
            ms_buffer_append(buffer, "&#39;");
            break;
        default:
            ms_buffer_append_bytes(buffer, p, 1);
        }
    }
}

void ms_buffer_append_base64(ms_buffer *buffer, const void *bytes, size_t length) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *in = bytes;
    for (size_t i = 0; i < length; i += 3) {
        size_t n = length - i < 3 ? length - i : 3;
        unsigned word = (unsigned)in[i] << 16;
        if (n > 1) word |= (unsigned)in[i + 1] << 8;
        if (n > 2) word |= in[i + 2];
        char out[4] = {digits[word >> 18], digits[(word >> 12) & 63], n > 1 ? digits[(word >> 6) & 63] : '=',
                       n > 2 ? digits[word & 63] : '='};
        ms_buffer_append_bytes(buffer, out, sizeof out);
    }
    if (length == 0) ms_buffer_append_bytes(buffer, "", 0);
}

void ms_buffer_append_number(ms_buffer *buffer, double value) {
    char text[32];
    ms_format_number(text, value);
    ms_buffer_append(buffer, text);
}

bool ms_buffer_failed(const ms_buffer *buffer) {
    return buffer->failed;
}
