/* The weighted risk sets of Fine and Gray's regression: at a time t all still followed, with weight 1, and
 * all who failed of another cause before, with weight G(t-) / G(their time-). The first sum grows as the walk
 * goes back in time, the second shrinks. */
#include "survival/finegray.h"

#include <stdlib.h>
#include <string.h>

static void add_row(const ms_fg_problem *q, size_t row, double weight, bool squares, double *sum, double *x,
                    double *xx) {
    const double *z = q->x + row * q->p;
    double risk = weight * q->risk[row];
    *sum += risk;
    for (size_t j = 0; j < q->p; j++) {
        double zj = risk * z[j];
        x[j] += zj;
        for (size_t k = 0; squares && k <= j; k++) xx[j * q->p + k] += zj * z[k];
    }
}

ms_status ms_fg_walk_start(ms_fg_walk *walk, const ms_fg_problem *problem, bool squares, ms_error *err) {
    size_t p = problem->p, block = p + p * p;
    *walk = (ms_fg_walk){.problem = problem, .at = problem->n_times, .squares = squares};
    walk->memory = ms_calloc(4 * block + 1, sizeof *walk->memory);
    if (!walk->memory) return ms_error_nomem(err);
    double **arrays[] = {&walk->x, &walk->dx, &walk->in_x, &walk->out_x};
    double **square[] = {&walk->xx, &walk->dxx, &walk->in_xx, &walk->out_xx};
    for (size_t i = 0; i < MS_COUNT(arrays); i++) {
        *arrays[i] = walk->memory + i * block;
        *square[i] = *arrays[i] + p;
    }
    for (size_t t = 0; t < problem->n_times; t++)
        for (size_t i = problem->first[t]; i < problem->first[t + 1]; i++) {
            size_t row = problem->sorted.by_time[i];
            if (ms_fg_fate_of(problem, row) == MS_FG_COMPETING)
                add_row(problem, row, 1 / problem->censoring[t], squares, &walk->out, walk->out_x,
                        walk->out_xx);
        }
    return MS_OK;
}

void ms_fg_walk_clear(ms_fg_walk *walk) {
    MS_FREE(walk->memory);
}

/* Takes the rows of a time in, counting the deaths. */
static void take_time(ms_fg_walk *w, size_t t) {
    const ms_fg_problem *q = w->problem;
    size_t p = q->p;
    w->deaths = 0;
    w->d = 0;
    memset(w->dx, 0, (p + p * p) * sizeof *w->dx);
    for (size_t i = q->first[t]; i < q->first[t + 1]; i++) {
        size_t row = q->sorted.by_time[i];
        ms_fg_fate fate = ms_fg_fate_of(q, row);
        add_row(q, row, 1, w->squares, &w->in, w->in_x, w->in_xx);
        if (fate == MS_FG_COMPETING)
            add_row(q, row, -1 / q->censoring[t], w->squares, &w->out, w->out_x, w->out_xx);
        if (fate == MS_FG_EVENT) {
            add_row(q, row, 1, w->squares, &w->d, w->dx, w->dxx);
            w->deaths++;
        }
    }
}

bool ms_fg_walk_next(ms_fg_walk *w) {
    const ms_fg_problem *q = w->problem;
    while (w->at > 0) {
        take_time(w, --w->at);
        if (!w->deaths) continue;
        double g = q->censoring[w->at];
        w->sum = w->in + g * w->out;
        for (size_t j = 0; j < q->p; j++) {
            w->x[j] = w->in_x[j] + g * w->out_x[j];
            for (size_t k = 0; w->squares && k <= j; k++) {
                size_t i = j * q->p + k;
                w->xx[i] = w->in_xx[i] + g * w->out_xx[i];
            }
        }
        return true;
    }
    return false;
}

size_t ms_fg_parts(const ms_fg_walk *walk) {
    return walk->problem->convention == MS_FINEGRAY_CMPRSK ? 1 : walk->deaths;
}

ms_fg_part ms_fg_part_at(const ms_fg_walk *walk, size_t k) {
    size_t parts = ms_fg_parts(walk);
    double gone = (double)k / (double)parts;
    return (ms_fg_part){gone, (double)walk->deaths / (double)parts, walk->sum - gone * walk->d};
}
