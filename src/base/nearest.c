/* base/nearest.c: which name may have been meant. */
#include "base/base.h"

#include <string.h>

enum { LONGEST = 128 };

static char lower(char c) {
    return (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

/* The restricted Damerau-Levenshtein distance (optimal string alignment): insertions, deletions,
 * substitutions and swaps of neighbours, each 1. Upper and lower case are alike. Both texts are at most
 * LONGEST long. */
static size_t distance(const char *a, size_t n, const char *b, size_t m) {
    size_t rows[3][LONGEST + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= m; j++) above[j] = before[j] = j;
    for (size_t i = 1; i <= n; i++) {
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t differ = lower(a[i - 1]) != lower(b[j - 1]);
            size_t best = smaller(smaller(above[j], row[j - 1]) + 1, above[j - 1] + differ);
            bool swapped =
                i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]);
            if (swapped) best = smaller(best, before[j - 2] + 1);
            row[j] = best;
        }
        size_t *oldest = before;
        before = above;
        above = row;
        row = oldest;
    }
    return above[m];
}

const char *ms_text_nearest(const char *text, const char *const *candidates, size_t n) {
    const char *nearest = NULL;
    size_t length = strlen(text);
    if (length > LONGEST) return NULL;
    size_t best = length / 3 + 1; /* must be beaten */
    for (size_t i = 0; i < n; i++) {
        size_t m = strlen(candidates[i]);
        if (m > LONGEST) continue;
        size_t d = distance(text, length, candidates[i], m);
        if (d < best) {
            best = d;
            nearest = candidates[i];
        }
    }
    return nearest;
}
