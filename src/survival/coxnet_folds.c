/* Folds of cross-validation: dealt out so that each has its share of the events. */
#include "survival/coxnet.h"

#include <stdlib.h>

ms_status ms_coxnet_folds(const uint8_t *event, size_t n, size_t n_folds, uint64_t seed, size_t *fold,
                          ms_error *err) {
    if (n_folds < 3 || n_folds > n)
        return ms_error_set(err, MS_EUSAGE, "%zu folds of %zu rows: give at least 3, and no more than rows",
                            n_folds, n);
    ms_random *random = ms_random_new(seed, "coxnet folds");
    size_t *row = ms_calloc(n, sizeof *row), events = 0, others = n;
    ms_status status = random && row ? MS_OK : ms_error_nomem(err);
    for (size_t i = 0; i < n && status == MS_OK; i++) {
        if (event[i])
            row[events++] = i;
        else
            row[--others] = i;
    }
    if (status == MS_OK && events < n_folds)
        status = ms_error_set(err, MS_EINPUT,
                              "%zu events for %zu folds: each needs one; give fewer folds (at least 3)",
                              events, n_folds);
    if (status == MS_OK) {
        ms_random_shuffle(random, row, events);
        ms_random_shuffle(random, row + events, n - events);
        for (size_t i = 0; i < n; i++) fold[row[i]] = i % n_folds;
    }
    ms_random_free(random);
    free(row);
    return status;
}
