/* Harrell's C-index in n log n, quick enough to be computed after every epoch. The room `survival` has the
 * full one, with standard errors. */
#include "model/model.h"

#include <math.h>
#include <string.h>

typedef struct ranked {
    double risk;
    size_t row;
} ranked;

static int by_risk(const void *a, const void *b) {
    const ranked *p = a, *q = b;
    return p->risk < q->risk ? -1 : p->risk > q->risk;
}

/* A Fenwick tree: how many rows of rank <= r have been added. */
static void tree_add(size_t *tree, size_t n, size_t rank) {
    for (; rank <= n; rank += rank & (0 - rank)) tree[rank]++;
}

static size_t tree_count(const size_t *tree, size_t rank) {
    size_t count = 0;
    for (; rank > 0; rank -= rank & (0 - rank)) count += tree[rank];
    return count;
}

/* Ranks from 1, equal risks sharing one. */
static void fill_ranks(ranked *sorted, size_t n, const double *risk, size_t *rank) {
    for (size_t i = 0; i < n; i++) sorted[i] = (ranked){risk[i], i};
    if (n > 0) qsort(sorted, n, sizeof *sorted, by_risk);
    size_t r = 0;
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || sorted[i].risk != sorted[i - 1].risk) r++;
        rank[sorted[i].row] = r;
    }
}

ms_status ms_watch_concordance(const ms_cox_data *data, const double *risk, double *c, double *pairs,
                               ms_error *err) {
    const size_t n = data->n;
    ranked *sorted = ms_calloc(n, sizeof *sorted);
    size_t *rank = ms_calloc(n, sizeof *rank), *tree = ms_calloc(n + 1, sizeof *tree);
    if (!sorted || !rank || !tree) {
        free(sorted);
        free(rank);
        free(tree);
        return ms_error_nomem(err);
    }
    fill_ranks(sorted, n, risk, rank);
    double concordant = 0, comparable = 0;
    for (size_t g = 0; g < data->n_groups; g++) {
        const size_t begin = data->group_start[g], end = data->group_start[g + 1];
        if (data->first[g]) memset(tree, 0, (n + 1) * sizeof *tree);
        /* An event is compared with all who were followed longer, and those censored at the same time. */
        for (size_t i = begin; i < end; i++)
            if (!data->event[data->order[i]]) tree_add(tree, n, rank[data->order[i]]);
        for (size_t i = begin; i < end; i++) {
            const size_t row = data->order[i];
            if (!data->event[row]) continue;
            const size_t all = tree_count(tree, n);
            const size_t lower = tree_count(tree, rank[row] - 1), equal = tree_count(tree, rank[row]) - lower;
            comparable += (double)all;
            concordant += (double)lower + 0.5 * (double)equal;
        }
        for (size_t i = begin; i < end; i++)
            if (data->event[data->order[i]]) tree_add(tree, n, rank[data->order[i]]);
    }
    free(sorted);
    free(rank);
    free(tree);
    *c = comparable > 0 ? concordant / comparable : NAN;
    if (pairs) *pairs = comparable;
    return MS_OK;
}
