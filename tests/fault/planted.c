/* tests/fault/planted.c: a program with one fault of each kind, chosen by its argument. It is not to be
 * repaired: planted.sh checks that the sanitizers see what is wrong here. */
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Through volatile, so that the compiler neither sees the fault nor removes it. */
static volatile int zero = 0;

/* One int past the end of four. */
static int heap(void) {
    int *four = calloc(4 + (size_t)zero, sizeof *four);
    if (!four) return 2;
    four[4 + zero] = 1;
    int sum = four[0] + zero;
    free(four);
    return sum;
}

static int overflow(void) {
    int largest = INT_MAX + zero;
    int more = largest + 1 + zero;
    return more == 17;
}

static long shared;

/* Adds without a lock. */
static void *add(void *unused) {
    (void)unused;
    for (int i = 0; i < 100000; i++) shared += 1 + zero;
    return NULL;
}

static int race(void) {
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        if (pthread_create(&threads[i], NULL, add, NULL) != 0) return 2;
    }
    for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    return shared == 17;
}

static int none(void) {
    return zero;
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        int (*run)(void);
    } faults[] = {{"heap", heap}, {"overflow", overflow}, {"race", race}, {"none", none}};
    for (size_t i = 0; argc == 2 && i < sizeof faults / sizeof faults[0]; i++) {
        if (strcmp(argv[1], faults[i].name) == 0) return faults[i].run();
    }
    fprintf(stderr, "usage: planted heap|overflow|race|none\n");
    return 2;
}
