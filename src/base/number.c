/* base/number.c: numbers to text and back, independent of the locale. */
#include "base/base.h"
#include "base/decimal.h"
#include "base/locale.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

void ms_format_number(char text[32], double value) {
    if (isnan(value)) {
        memcpy(text, "NA", 3);
        return;
    }
    if (isinf(value)) {
        memcpy(text, value < 0 ? "-Inf" : "Inf", value < 0 ? 5 : 4);
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        ms_text_format(text, 32, "%.*g", digits, value);
        if (digits == 17 || strtod_l(text, NULL, ms_c_locale()) == value) return;
    }
}

bool ms_parse_number(const char *text, double *value) {
    double scanned;
    const char *after = ms_decimal_scan(text, &scanned);
    if (after && !*after) {
        *value = scanned;
        return true;
    }
    const char *p = text;
    while (is_blank(*p)) p++;
    const char *first = p + (*p == '-' || *p == '+');
    bool infinite = (*first | 0x20) == 'i';
    /* No hexadecimal, no NaN, and nothing that strtod's own skipping of white space would let in. */
    if (!is_digit(*first) && *first != '.' && !infinite) return false;
    if (*first == '0' && (first[1] | 0x20) == 'x') return false;
    char *end;
    errno = 0;
    double parsed = strtod_l(p, &end, ms_c_locale());
    if (end == p || (isinf(parsed) && !infinite)) return false;
    while (is_blank(*end)) end++;
    if (*end) return false;
    *value = parsed;
    return true;
}

bool ms_parse_size(const char *text, size_t *value) {
    size_t parsed = 0;
    if (!*text) return false;
    for (const char *p = text; *p; p++) {
        if (!is_digit(*p)) return false;
        size_t digit = (size_t)(*p - '0');
        if (parsed > (SIZE_MAX - digit) / 10) return false;
        parsed = parsed * 10 + digit;
    }
    *value = parsed;
    return true;
}
