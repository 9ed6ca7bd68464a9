/* Average linkage by nearest-neighbour chains (Murtagh 1983; Muellner 2011 on the order of the joins). */
#include "study/figure_radiomics.h"

#include <math.h>
#include <stdlib.h>

typedef struct chain {
    double *d;
    size_t n;
    size_t *size;  /* of the cluster in this place; 0: joined to another */
    size_t *stack; /* each the nearest of the one before */
    size_t depth;
} chain;

/* The nearest to the top of the stack, the one before it where that is as near, else the first. */
static size_t nearest(const chain *c) {
    const size_t top = c->stack[c->depth - 1];
    size_t best = c->depth > 1 ? c->stack[c->depth - 2] : SIZE_MAX;
    double least = best == SIZE_MAX ? INFINITY : c->d[top * c->n + best];
    for (size_t j = 0; j < c->n; j++) {
        if (j == top || c->size[j] == 0 || !(c->d[top * c->n + j] < least)) continue;
        least = c->d[top * c->n + j];
        best = j;
    }
    return best;
}

/* Cluster a goes into the place of b. */
static void join(chain *c, size_t a, size_t b) {
    const double na = (double)c->size[a], nb = (double)c->size[b];
    for (size_t k = 0; k < c->n; k++) {
        if (c->size[k] == 0 || k == a || k == b) continue;
        const double d = (na * c->d[a * c->n + k] + nb * c->d[b * c->n + k]) / (na + nb);
        c->d[b * c->n + k] = c->d[k * c->n + b] = d;
    }
    c->size[b] += c->size[a];
    c->size[a] = 0;
}

static void run(chain *c, ms_plot_join *joins) {
    size_t made = 0;
    while (made + 1 < c->n) {
        if (c->depth == 0)
            for (size_t j = 0; j < c->n && c->depth == 0; j++)
                if (c->size[j]) c->stack[c->depth++] = j;
        for (;;) {
            const size_t top = c->stack[c->depth - 1], next = nearest(c);
            if (c->depth > 1 && next == c->stack[c->depth - 2]) {
                const size_t a = top < next ? top : next, b = top < next ? next : top;
                joins[made++] = (ms_plot_join){a, b, c->d[a * c->n + b]};
                join(c, a, b);
                c->depth -= 2;
                break;
            }
            c->stack[c->depth++] = next;
        }
    }
}

typedef struct numbered {
    ms_plot_join join;
    size_t at;
} numbered;

static int by_height(const void *a, const void *b) {
    const numbered *x = a, *y = b;
    if (x->join.height != y->join.height) return x->join.height < y->join.height ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

static size_t root_of(size_t *parent, size_t i) {
    while (parent[i] != i) {
        parent[i] = parent[parent[i]];
        i = parent[i];
    }
    return i;
}

/* By height; the places that were joined become the numbers of the clusters then in them. */
static ms_status number_joins(ms_plot_join *joins, size_t n, ms_error *err) {
    numbered *sorted = ms_calloc(n, sizeof *sorted);
    size_t *parent = ms_calloc(2 * n, sizeof *parent);
    ms_status status = sorted && parent ? MS_OK : ms_error_nomem(err);
    for (size_t j = 0; j + 1 < n && status == MS_OK; j++) sorted[j] = (numbered){joins[j], j};
    for (size_t i = 0; i < 2 * n && status == MS_OK; i++) parent[i] = i;
    if (status == MS_OK) qsort(sorted, n - 1, sizeof *sorted, by_height);
    for (size_t j = 0; j + 1 < n && status == MS_OK; j++) {
        const size_t a = root_of(parent, sorted[j].join.a), b = root_of(parent, sorted[j].join.b);
        joins[j] = (ms_plot_join){a < b ? a : b, a < b ? b : a, sorted[j].join.height};
        parent[a] = parent[b] = n + j;
    }
    free(sorted);
    free(parent);
    return status;
}

/* Leaves from left to right, without recursion: first the branch that holds the smaller leaf. */
static ms_status order_leaves(const ms_plot_join *joins, size_t n, size_t *order, ms_error *err) {
    size_t *stack = ms_calloc(2 * n, sizeof *stack), *least = ms_calloc(2 * n, sizeof *least);
    size_t depth = 0, out = 0;
    if (!stack || !least) {
        free(stack);
        free(least);
        return ms_error_nomem(err);
    }
    for (size_t i = 0; i < n; i++) least[i] = i;
    for (size_t j = 0; j + 1 < n; j++) {
        const size_t a = least[joins[j].a], b = least[joins[j].b];
        least[n + j] = a < b ? a : b;
    }
    stack[depth++] = 2 * n - 2;
    while (depth > 0) {
        const size_t node = stack[--depth];
        if (node < n) {
            order[out++] = node;
            continue;
        }
        const ms_plot_join *j = &joins[node - n];
        const bool swap = least[j->b] < least[j->a];
        stack[depth++] = swap ? j->a : j->b;
        stack[depth++] = swap ? j->b : j->a;
    }
    free(stack);
    free(least);
    return MS_OK;
}

ms_status ms_cluster_average(double *distance, size_t n, ms_plot_join *joins, size_t *order, ms_error *err) {
    if (n == 0) return MS_OK;
    chain c = {distance, n, ms_calloc(n, sizeof(size_t)), ms_calloc(n + 1, sizeof(size_t)), 0};
    ms_status status = c.size && c.stack ? MS_OK : ms_error_nomem(err);
    for (size_t i = 0; i < n && status == MS_OK; i++) c.size[i] = 1;
    if (status == MS_OK) {
        run(&c, joins);
        status = number_joins(joins, n, err);
    }
    if (status == MS_OK) status = order_leaves(joins, n, order, err);
    free(c.size);
    free(c.stack);
    return status;
}
