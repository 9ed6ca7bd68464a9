/* Mini-batches: which rows take a step together. */
#include "model/batch.h"

size_t ms_batch_count(size_t n, size_t size) {
    return size == 0 || size >= n ? 1 : (n + size - 1) / size;
}

size_t ms_batch_begin(size_t n, size_t n_batches, size_t batch) {
    const size_t each = n / n_batches, more = n % n_batches;
    return batch * each + (batch < more ? batch : more);
}

/* The rows are shuffled within events and within the others, then dealt out like cards, one to each batch in
 * turn. rows[n] gets the batches one after the other. */
ms_status ms_batch_deal(size_t n, const uint8_t *event, size_t n_batches, ms_random *random, size_t *rows,
                        ms_error *err) {
    size_t *cards = ms_calloc(n, sizeof *cards), dealt = 0;
    if (!cards) return ms_error_nomem(err);
    for (int kind = 1; kind >= 0; kind--) {
        size_t n_cards = 0;
        for (size_t i = 0; i < n; i++)
            if ((event && event[i] != 0) == (kind == 1)) cards[n_cards++] = i;
        ms_random_shuffle(random, cards, n_cards);
        for (size_t i = 0; i < n_cards; i++, dealt++)
            rows[ms_batch_begin(n, n_batches, dealt % n_batches) + dealt / n_batches] = cards[i];
    }
    free(cards);
    return MS_OK;
}
