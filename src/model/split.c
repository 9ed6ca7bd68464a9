/* Which training rows a member does not see, so that it can be told when to stop. */
#include "model/model.h"

#include <math.h>
#include <string.h>

/* The rows are shuffled within events and within the censored, then dealt out like cards to `folds` hands:
 * member k holds back hand k mod folds. Members of one round share a shuffle, so that every row is held back
 * once a round. */
ms_status ms_split_deal(const ms_training *training, size_t round, size_t folds, size_t fold, uint8_t *held,
                        ms_error *err) {
    char stream[64];
    (void)ms_text_format(stream, sizeof stream, "validation rows %zu", round);
    ms_random *random = ms_random_new(training->seed, stream);
    size_t *rows = ms_calloc(training->n, sizeof *rows);
    if (!random || !rows) {
        ms_random_free(random);
        free(rows);
        return ms_error_nomem(err);
    }
    size_t card = 0;
    for (int event = 1; event >= 0; event--) {
        size_t n = 0;
        for (size_t i = 0; i < training->n; i++)
            if ((training->event[i] != 0) == event) rows[n++] = i;
        ms_random_shuffle(random, rows, n);
        for (size_t i = 0; i < n; i++, card++) held[rows[i]] = card % folds == fold;
    }
    ms_random_free(random);
    free(rows);
    return MS_OK;
}

size_t ms_split_parts(const ms_train_config *config, size_t n_events) {
    if (!(config->validation > 0)) return 0;
    const size_t parts = (size_t)lround(1 / config->validation);
    return n_events / (parts < 2 ? 2 : parts) < 2 ? 0 : parts < 2 ? 2 : parts;
}

ms_status ms_split_rows(const ms_training *training, size_t member, uint8_t *held, size_t *n_held,
                        ms_error *err) {
    const size_t folds = ms_split_parts(training->config, training->n_events);
    memset(held, 0, training->n);
    *n_held = 0;
    if (folds == 0) return MS_OK;
    const ms_status status = ms_split_deal(training, member / folds, folds, member % folds, held, err);
    if (status != MS_OK) return status;
    for (size_t i = 0; i < training->n; i++) *n_held += held[i];
    return MS_OK;
}
