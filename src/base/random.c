/* base/random.c: named streams of random numbers, from GSL's mt19937.
 *
 * Generator: Matsumoto & Nishimura 1998, ACM TOMACS 8:3. A stream's 64-bit seed is the first 8 bytes, big
 * end first, of SHA-256("SEED\0STREAM\0"); its low 32 bits seed the generator, and bits 32 to 43 say how many
 * numbers are skipped, since 32 bits alone would repeat among some ten thousand streams. */
#include "base/base.h"

#include <gsl/gsl_rng.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

struct ms_random {
    gsl_rng *rng;
    bool has_spare;
    double spare; /* the polar method makes normal numbers in pairs */
};

static unsigned hex_digit(char c) {
    return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

uint64_t ms_random_seed_of(uint64_t seed, const char *stream) {
    char text[32], hex[65];
    ms_hash *hash = ms_hash_new();
    if (!hash) return 0; /* ms_random_new asks for the same memory first */
    (void)ms_text_format(text, sizeof text, "%" PRIu64, seed);
    ms_hash_add_text(hash, text);
    ms_hash_add_text(hash, stream);
    ms_hash_finish(hash, hex);
    uint64_t made = 0;
    for (int i = 0; i < 16; i++) made = made << 4 | hex_digit(hex[i]);
    return made;
}

ms_random *ms_random_new(uint64_t seed, const char *stream) {
    ms_gsl_quiet();
    ms_random *random = ms_calloc(1, sizeof *random);
    if (random) random->rng = gsl_rng_alloc(gsl_rng_mt19937);
    if (!random || !random->rng) {
        free(random);
        return NULL;
    }
    uint64_t own = ms_random_seed_of(seed, stream);
    gsl_rng_set(random->rng, (unsigned long)(own & 0xffffffffu));
    for (uint64_t skip = own >> 32 & 0xfff; skip > 0; skip--) (void)gsl_rng_get(random->rng);
    return random;
}

void ms_random_free(ms_random *random) {
    if (!random) return;
    gsl_rng_free(random->rng);
    free(random);
}

/* 53 random bits: the authors' genrand_res53. */
double ms_random_uniform(ms_random *random) {
    unsigned long high = gsl_rng_get(random->rng) >> 5, low = gsl_rng_get(random->rng) >> 6;
    return ((double)high * 67108864.0 + (double)low) / 9007199254740992.0;
}

double ms_random_range(ms_random *random, double lo, double hi) {
    return lo + (hi - lo) * ms_random_uniform(random);
}

/* Marsaglia & Bray 1964, SIAM Review 6:260. */
double ms_random_normal(ms_random *random) {
    if (random->has_spare) {
        random->has_spare = false;
        return random->spare;
    }
    double x, y, square;
    do {
        x = 2 * ms_random_uniform(random) - 1;
        y = 2 * ms_random_uniform(random) - 1;
        square = x * x + y * y;
    } while (square >= 1 || square == 0);
    double factor = sqrt(-2 * log(square) / square);
    random->spare = y * factor;
    random->has_spare = true;
    return x * factor;
}

double ms_random_exponential(ms_random *random) {
    return -log1p(-ms_random_uniform(random));
}

size_t ms_random_below(ms_random *random, size_t n) {
    if (n < 2) return 0;
    /* Numbers above the largest multiple of n are drawn again, so that none is likelier than another. */
    uint64_t limit = UINT64_MAX - UINT64_MAX % n, draw;
    do {
        uint64_t high = gsl_rng_get(random->rng), low = gsl_rng_get(random->rng);
        draw = high << 32 | low;
    } while (draw >= limit);
    return (size_t)(draw % n);
}

/* Fisher & Yates, from the end (Knuth's algorithm P). */
void ms_random_shuffle(ms_random *random, size_t *items, size_t n) {
    for (size_t i = n; i > 1; i--) {
        size_t j = ms_random_below(random, i), item = items[i - 1];
        items[i - 1] = items[j];
        items[j] = item;
    }
}
