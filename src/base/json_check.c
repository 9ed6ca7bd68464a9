/* base/json_check.c: strict JSON, with the place of what is wrong.
 *
 * cJSON takes more than the standard does (control characters, 01, repeated keys) and does not say where
 * things are, so a text is checked here first. */
#include "base/json_check.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

typedef struct checker {
    const char *start, *p, *end;
    const char *name;
    int depth;
    ms_buffer keys; /* decoded keys of the objects that are open, each with its NUL */
    ms_error *err;
} checker;

typedef struct key_place {
    size_t key;     /* offset in keys */
    const char *at; /* in the text */
} key_place;

typedef struct key_list {
    key_place *items;
    size_t n, capacity;
} key_list;

static bool check_value(checker *c);

/* Lines from 1; columns from 1, in characters. */
static bool fail_at(checker *c, const char *at, const char *what) {
    size_t line = 1, column = 1;
    for (const char *p = c->start; p < at; p++) {
        if (*p == '\n') {
            line++;
            column = 1;
        } else if (((unsigned char)*p & 0xc0) != 0x80) {
            column++;
        }
    }
    ms_error_set(c->err, MS_EINPUT, "%s:%zu:%zu: %s", c->name, line, column, what);
    return false;
}

static bool fail(checker *c, const char *what) {
    return fail_at(c, c->p, c->p >= c->end ? "the text ends too early" : what);
}

static bool fail_memory(checker *c) {
    ms_error_nomem(c->err);
    return false;
}

static char peek(const checker *c) {
    return c->p < c->end ? *c->p : '\0';
}

static bool is_digit(char d) {
    return d >= '0' && d <= '9';
}

static void skip_space(checker *c) {
    while (c->p < c->end && (*c->p == ' ' || *c->p == '\n' || *c->p == '\t' || *c->p == '\r')) c->p++;
}

/* Four hexadecimal digits. */
static bool check_hex(checker *c, unsigned *code) {
    *code = 0;
    for (int i = 0; i < 4; i++, c->p++) {
        char d = peek(c), lower = (char)(d | 0x20);
        if (is_digit(d)) {
            *code = *code * 16 + (unsigned)(d - '0');
        } else if (lower >= 'a' && lower <= 'f') {
            *code = *code * 16 + (unsigned)(lower - 'a') + 10;
        } else {
            return fail(c, "four hexadecimal digits are needed after \\u");
        }
    }
    return true;
}

static void append_utf8(ms_buffer *out, unsigned code) {
    unsigned char b[4];
    size_t n;
    if (code < 0x80) {
        b[0] = (unsigned char)code;
        n = 1;
    } else if (code < 0x800) {
        b[0] = (unsigned char)(0xc0 | code >> 6);
        n = 2;
    } else if (code < 0x10000) {
        b[0] = (unsigned char)(0xe0 | code >> 12);
        n = 3;
    } else {
        b[0] = (unsigned char)(0xf0 | code >> 18);
        n = 4;
    }
    for (size_t i = 1; i < n; i++) b[i] = (unsigned char)(0x80 | (code >> (6 * (n - 1 - i)) & 0x3f));
    ms_buffer_append_bytes(out, b, n);
}

/* After "\u": one code unit, or a pair of surrogates. */
static bool check_unicode(checker *c, ms_buffer *decoded) {
    const char *at = c->p - 2;
    unsigned code, low;
    if (!check_hex(c, &code)) return false;
    if (code == 0) return fail_at(c, at, "\\u0000 is not taken");
    if (code >= 0xdc00 && code <= 0xdfff) return fail_at(c, at, "half of a surrogate pair");
    if (code >= 0xd800 && code <= 0xdbff) {
        if (c->end - c->p < 2 || c->p[0] != '\\' || c->p[1] != 'u')
            return fail_at(c, at, "half of a surrogate pair");
        c->p += 2;
        if (!check_hex(c, &low)) return false;
        if (low < 0xdc00 || low > 0xdfff) return fail_at(c, at, "half of a surrogate pair");
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    if (decoded) append_utf8(decoded, code);
    return true;
}

static bool check_escape(checker *c, ms_buffer *decoded) {
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    c->p++;
    char e = peek(c);
    if (e == 'u') {
        c->p++;
        return check_unicode(c, decoded);
    }
    const char *found = e ? strchr(letters, e) : NULL;
    if (!found) return fail(c, "no such escape after the backslash");
    if (decoded) ms_buffer_append_bytes(decoded, &meant[found - letters], 1);
    c->p++;
    return true;
}

/* A string; what it means is appended to `decoded` unless that is NULL. */
static bool check_string(checker *c, ms_buffer *decoded) {
    const char *open = c->p;
    if (peek(c) != '"') return fail(c, "a text in double quotes is expected");
    c->p++;
    while (c->p < c->end && *c->p != '"') {
        if ((unsigned char)*c->p < 0x20) return fail(c, "a control character or line end inside a text");
        if (*c->p == '\\') {
            if (!check_escape(c, decoded)) return false;
            continue;
        }
        if (decoded) ms_buffer_append_bytes(decoded, c->p, 1);
        c->p++;
    }
    if (c->p >= c->end) return fail_at(c, open, "a text that is never closed");
    c->p++;
    return true;
}

static bool check_number(checker *c) {
    const char *at = c->p;
    char copy[61];
    double value;
    if (peek(c) == '-') c->p++;
    if (!is_digit(peek(c))) return fail(c, "a digit is expected");
    if (peek(c) == '0' && c->end - c->p > 1 && is_digit(c->p[1])) return fail(c, "a number with a leading 0");
    while (is_digit(peek(c))) c->p++;
    if (peek(c) == '.') {
        c->p++;
        if (!is_digit(peek(c))) return fail(c, "a digit is expected after the point");
        while (is_digit(peek(c))) c->p++;
    }
    if ((peek(c) | 0x20) == 'e') {
        c->p++;
        if (peek(c) == '+' || peek(c) == '-') c->p++;
        if (!is_digit(peek(c))) return fail(c, "a digit is expected in the exponent");
        while (is_digit(peek(c))) c->p++;
    }
    size_t length = (size_t)(c->p - at);
    if (length >= sizeof copy) return fail_at(c, at, "a number of more than 60 characters");
    memcpy(copy, at, length);
    copy[length] = '\0';
    return ms_parse_number(copy, &value) || fail_at(c, at, "a number too large for a double");
}

static bool check_word(checker *c) {
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < MS_COUNT(words); i++) {
        size_t n = strlen(words[i]);
        if ((size_t)(c->end - c->p) >= n && memcmp(c->p, words[i], n) == 0) {
            c->p += n;
            return true;
        }
    }
    return fail(c, "a value is expected");
}

static bool check_array(checker *c) {
    c->p++;
    skip_space(c);
    if (peek(c) == ']') {
        c->p++;
        return true;
    }
    for (;;) {
        if (!check_value(c)) return false;
        skip_space(c);
        char next = peek(c);
        if (next != ',' && next != ']') return fail(c, "',' or ']' is expected");
        c->p++;
        if (next == ']') return true;
    }
}

static bool add_key(key_list *list, key_place place) {
    if (list->n == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 8;
        key_place *items = ms_realloc(list->items, capacity, sizeof *items);
        if (!items) return false;
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->n++] = place;
    return true;
}

static int compare_keys(const void *a, const void *b, void *keys) {
    const key_place *x = a, *y = b;
    int order = strcmp((const char *)keys + x->key, (const char *)keys + y->key);
    return order ? order : (x->at > y->at) - (x->at < y->at);
}

/* The first repetition in the text, if there is one. */
static bool check_repeats(checker *c, key_list *list) {
    const key_place *worst = NULL;
    if (list->n < 2) return true;
    qsort_r(list->items, list->n, sizeof *list->items, compare_keys, c->keys.data);
    for (size_t i = 1; i < list->n; i++) {
        const char *a = c->keys.data + list->items[i - 1].key, *b = c->keys.data + list->items[i].key;
        if (strcmp(a, b) == 0 && (!worst || list->items[i].at < worst->at)) worst = &list->items[i];
    }
    if (!worst) return true;
    char what[160];
    (void)ms_text_format(what, sizeof what, "the key \"%.100s\" is there twice", c->keys.data + worst->key);
    return fail_at(c, worst->at, what);
}

static bool check_member(checker *c, key_list *list) {
    skip_space(c);
    key_place place = {c->keys.length, c->p};
    if (peek(c) != '"') return fail(c, "a key in double quotes is expected");
    if (!check_string(c, &c->keys)) return false;
    ms_buffer_append_bytes(&c->keys, "", 1);
    if (ms_buffer_failed(&c->keys) || !add_key(list, place)) return fail_memory(c);
    skip_space(c);
    if (peek(c) != ':') return fail(c, "':' is expected after the key");
    c->p++;
    return check_value(c);
}

static bool check_members(checker *c, key_list *list) {
    for (;;) {
        if (!check_member(c, list)) return false;
        skip_space(c);
        char next = peek(c);
        if (next != ',' && next != '}') return fail(c, "',' or '}' is expected");
        c->p++;
        if (next == '}') return check_repeats(c, list);
    }
}

static bool check_object(checker *c) {
    c->p++;
    skip_space(c);
    if (peek(c) == '}') {
        c->p++;
        return true;
    }
    key_list list = {0};
    size_t keys_before = c->keys.length;
    bool good = check_members(c, &list);
    free(list.items);
    c->keys.length = keys_before;
    return good;
}

static bool check_value(checker *c) {
    skip_space(c);
    char first = peek(c);
    if (first == '"') return check_string(c, NULL);
    if (first == '-' || is_digit(first)) return check_number(c);
    if (first != '{' && first != '[') return check_word(c);
    if (c->depth == MS_JSON_DEPTH) return fail(c, "more than 64 levels");
    c->depth++;
    bool good = first == '{' ? check_object(c) : check_array(c);
    c->depth--;
    return good;
}

ms_status ms_json_check(const char *text, size_t length, const char *name, ms_error *err) {
    ms_error own; /* so that the status can be told from the error */
    checker c = {.start = text, .p = text, .end = text + length, .name = name, .err = &own};
    own.case_id[0] = '\0';
    size_t bad = ms_utf8_bad(text, length);
    bool good = bad == length || fail_at(&c, text + bad, "not UTF-8");
    if (good) good = check_value(&c);
    if (good) {
        skip_space(&c);
        if (c.p < c.end) good = fail_at(&c, c.p, "more text after the end of the value");
    }
    ms_buffer_clear(&c.keys);
    return good ? MS_OK : ms_error_set(err, own.status, "%s", own.message);
}
