/* Harrell's C-index, quick enough to be computed after every epoch: the rows are sorted by risk, and then
 * entered from the last time to the first into a row of bits in that order, in which those below a risk are
 * counted. The room `survival` has the full one, with standard errors. */
#include "model/model.h"

#include <math.h>
#include <string.h>

/* A risk as a whole number of the same order, and its row. */
typedef struct ranked {
    uint64_t key;
    size_t row;
} ranked;

static uint64_t key_of(double risk) {
    uint64_t bits;
    risk += 0.0; /* -0 and 0 are one risk */
    memcpy(&bits, &risk, sizeof bits);
    return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

enum { MS_DIGIT = 11, MS_DIGITS = 1 << MS_DIGIT };

/* One pass of a radix sort: `to` gets the rows in the order of the digit that begins at `bit`. */
static void sort_digit(const ranked *from, ranked *to, size_t n, int bit) {
    size_t start[MS_DIGITS] = {0}, sum = 0;
    for (size_t i = 0; i < n; i++) start[from[i].key >> bit & (MS_DIGITS - 1)]++;
    for (size_t d = 0; d < MS_DIGITS; d++) {
        const size_t count = start[d];
        start[d] = sum;
        sum += count;
    }
    for (size_t i = 0; i < n; i++) to[start[from[i].key >> bit & (MS_DIGITS - 1)]++] = from[i];
}

/* By insertion; false, with some of it done, when it takes too long. */
static bool sort_nearly_sorted(ranked *rows, size_t n) {
    size_t moves = 0;
    for (size_t i = 1; i < n; i++) {
        const ranked row = rows[i];
        size_t k = i;
        for (; k > 0 && rows[k - 1].key > row.key; k--) rows[k] = rows[k - 1];
        rows[k] = row;
        moves += i - k;
        if (moves > 8 * n + 1000) return false;
    }
    return true;
}

/* The first 33 bits decide nearly always. Equal risks may be in any order. Sorted rows are in `rows`. */
static void sort_rows(ranked *rows, ranked *other, size_t n) {
    if (n < 32 && sort_nearly_sorted(rows, n)) return;
    sort_digit(rows, other, n, 31);
    sort_digit(other, rows, n, 42);
    sort_digit(rows, other, n, 53);
    memcpy(rows, other, n * sizeof *rows);
    if (sort_nearly_sorted(rows, n)) return;
    for (int bit = 0; bit < 64; bit += 2 * MS_DIGIT) {
        sort_digit(rows, other, n, bit);
        sort_digit(other, rows, n, bit + MS_DIGIT);
    }
}

/* Which places are taken, and for each word of 64 how many are before it. */
typedef struct places {
    uint64_t *bits;
    uint32_t *before;
    size_t n_words;
} places;

static size_t ones(uint64_t v) {
    v -= v >> 1 & 0x5555555555555555u;
    v = (v & 0x3333333333333333u) + (v >> 2 & 0x3333333333333333u);
    v = (v + (v >> 4)) & 0x0f0f0f0f0f0f0f0fu;
    return (size_t)(v * 0x0101010101010101u >> 56);
}

static void take(places *p, size_t place) {
    const size_t word = place / 64;
    p->bits[word] |= (uint64_t)1 << place % 64;
    for (size_t k = word + 1; k < p->n_words; k++) p->before[k]++;
}

/* Taken places below this one. */
static size_t below(const places *p, size_t place) {
    const size_t word = place / 64;
    return p->before[word] + ones(p->bits[word] & (((uint64_t)1 << place % 64) - 1));
}

/* For each row the places [low, high) of its risk. */
static void find_places(const ranked *sorted, size_t n, size_t *low, size_t *high) {
    for (size_t i = 0, k; i < n; i = k) {
        for (k = i; k < n && sorted[k].key == sorted[i].key; k++) low[sorted[k].row] = i;
        for (size_t j = i; j < k; j++) high[sorted[j].row] = k;
    }
}

static void count_pairs(const ms_cox_data *data, const size_t *low, const size_t *high, size_t *next,
                        places *p, double *concordant, double *comparable) {
    size_t entered = 0, left = 0; /* left: entered in earlier strata */
    for (size_t g = 0; g < data->n_groups; g++) {
        const size_t begin = data->group_start[g], end = data->group_start[g + 1];
        if (data->first[g]) {
            memset(p->bits, 0, p->n_words * sizeof *p->bits);
            memset(p->before, 0, p->n_words * sizeof *p->before);
            left = entered;
        }
        /* An event is compared with all who were followed longer, and those censored at the same time. Equal
         * risks have places one after the other: each entry takes the next. */
        for (int event = 0; event < 2; event++) {
            for (size_t i = begin; event == 1 && i < end; i++) {
                const size_t row = data->order[i];
                if (!data->event[row]) continue;
                const size_t lower = below(p, low[row]);
                *comparable += (double)(entered - left);
                *concordant += (double)lower + 0.5 * (double)(below(p, high[row]) - lower);
            }
            for (size_t i = begin; i < end; i++) {
                const size_t row = data->order[i];
                if ((data->event[row] != 0) != event) continue;
                take(p, low[row] + next[low[row]]++);
                entered++;
            }
        }
    }
}

ms_status ms_watch_concordance(const ms_cox_data *data, const double *risk, double *c, double *pairs,
                               ms_error *err) {
    const size_t n = data->n;
    places p = {.n_words = n / 64 + 1};
    ranked *sorted = ms_calloc(n, sizeof *sorted), *other = ms_calloc(n, sizeof *other);
    size_t *low = ms_calloc(n, sizeof *low), *high = ms_calloc(n, sizeof *high);
    size_t *next = ms_calloc(n, sizeof *next);
    p.bits = ms_calloc(p.n_words, sizeof *p.bits);
    p.before = ms_calloc(p.n_words, sizeof *p.before);
    const bool ok = sorted && other && low && high && next && p.bits && p.before;
    double concordant = 0, comparable = 0;
    if (ok) {
        for (size_t i = 0; i < n; i++) sorted[i] = (ranked){key_of(risk[i]), i};
        sort_rows(sorted, other, n);
        find_places(sorted, n, low, high);
        count_pairs(data, low, high, next, &p, &concordant, &comparable);
    }
    free(sorted);
    free(other);
    free(low);
    free(high);
    free(next);
    free(p.bits);
    free(p.before);
    if (!ok) return ms_error_nomem(err);
    *c = comparable > 0 ? concordant / comparable : NAN;
    if (pairs) *pairs = comparable;
    return MS_OK;
}
