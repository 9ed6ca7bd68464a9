/* base/decimal.c: decimal text to the nearest double, without strtod where that can be done exactly.
 *
 * The digits are one integer m < 2^63 and the number m / 10^k. Where m and 10^k are doubles themselves one
 * division rounds correctly (Clinger 1990). Otherwise m / 5^k is divided in integers to 64 bits and a
 * remainder, which decides every case of rounding to 53 bits; 5^27 is the largest power below 2^64. */
#include "base/decimal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

__extension__ typedef unsigned __int128 wide;

enum { EXACT_POWER = 22, LARGEST_POWER = 27 };
static const double ten[EXACT_POWER + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                            1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                            1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
static const uint64_t five[LARGEST_POWER + 1] = {1u,
                                                 5u,
                                                 25u,
                                                 125u,
                                                 625u,
                                                 3125u,
                                                 15625u,
                                                 78125u,
                                                 390625u,
                                                 1953125u,
                                                 9765625u,
                                                 48828125u,
                                                 244140625u,
                                                 1220703125u,
                                                 6103515625u,
                                                 30517578125u,
                                                 152587890625u,
                                                 762939453125u,
                                                 3814697265625u,
                                                 19073486328125u,
                                                 95367431640625u,
                                                 476837158203125u,
                                                 2384185791015625u,
                                                 11920928955078125u,
                                                 59604644775390625u,
                                                 298023223876953125u,
                                                 1490116119384765625u,
                                                 7450580596923828125u};

/* 2^exponent, for exponents of normal doubles. */
static double power_of_two(int exponent) {
    uint64_t bits = (uint64_t)(exponent + 1023) << 52;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* m / 10^k for 0 < m, 0 <= k <= LARGEST_POWER. */
static double divide(uint64_t m, int k) {
    int up = __builtin_clzll(m), shift = __builtin_clzll(five[k]), bits = 64;
    uint64_t top = m << up, divisor = five[k] << shift;
    if (top >= divisor) bits = 63; /* so that the quotient has 64 bits, the first of them 1 */
    wide numerator = (wide)top << bits;
    uint64_t quotient = (uint64_t)(numerator / divisor);
    bool rest = quotient * (wide)divisor != numerator;
    uint64_t rounded = quotient >> 11, low = quotient & 0x7ff;
    if (low > 0x400 || (low == 0x400 && (rest || (rounded & 1)))) rounded++;
    return (double)rounded * power_of_two(11 - bits + shift - up - k);
}

static bool scale(uint64_t m, int k, double *value) {
    if (m <= (uint64_t)1 << 53 && k >= -EXACT_POWER && k <= EXACT_POWER) {
        *value = k >= 0 ? (double)m / ten[k] : (double)m * ten[-k];
        return true;
    }
    if (m == 0) *value = 0;
    if (m == 0) return true;
    if (k < 0 || k > LARGEST_POWER) return false;
    *value = divide(m, k);
    return true;
}

static bool is_digit(char c) {
    return (unsigned char)(c - '0') < 10;
}

/* The exponent after an 'e'; NULL where there are no digits, or more than any number needs. */
static const char *scan_exponent(const char *p, int *exponent) {
    bool negative = *p == '-';
    if (*p == '-' || *p == '+') p++;
    if (!is_digit(*p)) return NULL;
    int e = 0;
    for (; is_digit(*p); p++) {
        if (e > 999) return NULL;
        e = e * 10 + (*p - '0');
    }
    *exponent = negative ? -e : e;
    return p;
}

const char *ms_decimal_scan(const char *text, double *value) {
    static const uint64_t full = UINT64_MAX / 20 - 1; /* m * 10 + 9 stays below 2^63 */
    const char *p = text;
    bool negative = *p == '-';
    if (*p == '-' || *p == '+') p++;
    uint64_t m = 0;
    const char *first = p;
    for (; is_digit(*p); p++) {
        if (m > full) return NULL;
        m = m * 10 + (uint64_t)(*p - '0');
    }
    size_t digits = (size_t)(p - first);
    int k = 0;
    if (*p == '.') {
        const char *point = ++p;
        for (; is_digit(*p); p++) {
            if (m > full) return NULL;
            m = m * 10 + (uint64_t)(*p - '0');
        }
        if (p - point > 999) return NULL;
        k = (int)(p - point);
        digits += (size_t)k;
    }
    if (digits == 0) return NULL;
    if ((*p | 0x20) == 'e') {
        int exponent;
        p = scan_exponent(p + 1, &exponent);
        if (!p) return NULL;
        k -= exponent;
    }
    double magnitude;
    if (!scale(m, k, &magnitude)) return NULL;
    *value = negative ? -magnitude : magnitude;
    return p;
}
