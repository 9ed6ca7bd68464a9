/* The quadratic model of the penalised likelihood in the columns in play:
 *     minimise  -g'(b - b0) + (b - b0)' Q (b - b0) / 2 + sum_j v_j (l1 |b_j| + l2 / 2 b_j^2),   Q = X' H X
 * by coordinate descent on Q (Friedman, Hastie & Tibshirani, J Stat Softw 2010;33(1):1, "covariance
 * updates"), and on its nonzero part by Cholesky's factor, which correlated columns need: coordinate descent
 * alone creeps there. */
#include "survival/coxnet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 32, MOST_PASSES = 2000, PASSES_BETWEEN = 12 };

ms_status ms_net_model_make(const ms_net_columns *columns, const ms_net_risk *risk, ms_net_model *out,
                            ms_error *err) {
    ms_net_model m = {.columns = columns, .risk = risk};
    m.place = ms_calloc(columns->p, sizeof *m.place);
    m.at.risk = ms_calloc(risk->length, sizeof(double));
    m.at.hazard = ms_calloc(risk->length, sizeof(double));
    m.at.share2 = ms_calloc(risk->n_groups, sizeof(double));
    m.sum = ms_calloc(risk->n_groups + 1, sizeof(double));
    if (!m.place || !m.at.risk || !m.at.hazard || !m.at.share2 || !m.sum) {
        ms_net_model_clear(&m);
        return ms_error_nomem(err);
    }
    for (size_t j = 0; j < columns->p; j++) m.place[j] = SIZE_MAX;
    *out = m;
    return MS_OK;
}

void ms_net_model_clear(ms_net_model *m) {
    MS_FREE(m->column);
    MS_FREE(m->place);
    MS_FREE(m->curved);
    MS_FREE(m->q);
    MS_FREE(m->beta);
    MS_FREE(m->start);
    MS_FREE(m->rest);
    MS_FREE(m->at.risk);
    MS_FREE(m->at.hazard);
    MS_FREE(m->at.share2);
    MS_FREE(m->sum);
    MS_FREE(m->support);
    MS_FREE(m->factor);
    MS_FREE(m->factored);
    MS_FREE(m->solution);
}

/* ---- which columns are in it ------------------------------------------------------------------------------
 */

static bool regrow(void *pointer, size_t n, size_t size) {
    void **block = pointer;
    void *grown = ms_realloc(*block, n, size);
    if (grown) *block = grown;
    return grown != NULL;
}

static ms_status grow(ms_net_model *m, ms_error *err) {
    const size_t old = m->capacity;
    size_t next = old ? 2 * old : FIRST_CAPACITY;
    if (next > m->columns->p) next = ms_net_padded(m->columns->p);
    double *q = ms_calloc(next, next * sizeof(double));
    if (!q || !regrow(&m->column, next, sizeof(size_t)) ||
        !regrow(&m->curved, next, m->risk->length * sizeof(double)) ||
        !regrow(&m->beta, next, sizeof(double)) || !regrow(&m->start, next, sizeof(double)) ||
        !regrow(&m->rest, next, sizeof(double)) || !regrow(&m->support, next, sizeof(size_t)) ||
        !regrow(&m->factored, next, sizeof(size_t)) || !regrow(&m->solution, next, sizeof(double))) {
        free(q);
        return ms_error_nomem(err);
    }
    for (size_t i = 0; i < m->m; i++) memcpy(q + i * next, m->q + i * old, m->m * sizeof(double));
    free(m->q);
    m->q = q;
    m->capacity = next;
    return MS_OK;
}

static void curve(ms_net_model *m, size_t at) {
    const size_t length = m->risk->length;
    ms_net_risk_curve(m->risk, &m->at, m->sum, m->columns->x + m->column[at] * length,
                      m->curved + at * length);
}

/* H x of the column in the last place, and its row and column of Q. */
static void take_curvature(ms_net_model *m, size_t at) {
    const size_t length = m->risk->length;
    double *row = m->q + at * m->capacity;
    curve(m, at);
    ms_net_products(m->columns->x, length, m->column, at + 1, m->curved + at * length, row);
    for (size_t i = 0; i < at; i++) m->q[i * m->capacity + at] = row[i];
}

ms_status ms_net_model_add(ms_net_model *m, size_t column, ms_error *err) {
    if (m->place[column] != SIZE_MAX) return MS_OK;
    if (m->m == m->capacity) {
        ms_status status = grow(m, err);
        if (status != MS_OK) return status;
    }
    m->column[m->m] = column;
    m->place[column] = m->m;
    m->beta[m->m] = 0;
    take_curvature(m, m->m++);
    return MS_OK;
}

ms_status ms_net_model_refresh(ms_net_model *m, const double *beta, ms_error *err) {
    const ms_net_risk *r = m->risk;
    size_t kept = 0;
    memcpy(m->at.risk, r->risk, r->length * sizeof(double));
    memcpy(m->at.hazard, r->hazard, r->length * sizeof(double));
    memcpy(m->at.share2, r->share2, r->n_groups * sizeof(double));
    for (size_t i = 0; i < m->m; i++) {
        const size_t column = m->column[i];
        m->place[column] = SIZE_MAX;
        if (beta[column] == 0) continue;
        m->place[column] = kept;
        m->column[kept++] = column;
    }
    m->m = kept;
    m->n_factored = 0;
    for (size_t i = 0; i < m->m; i++) curve(m, i);
    ms_net_gram(m->columns->x, r->length, m->column, m->m, m->curved, m->q, m->capacity);
    return ms_stop_check(err);
}

/* ---- coordinate descent -----------------------------------------------------------------------------------
 */

typedef struct net_penalty {
    double l1, l2;
} net_penalty;

static double threshold(double value, double limit) {
    return value > limit ? value - limit : value < -limit ? value + limit : 0;
}

/* Brings one coefficient to its best with the others as they are; returns curvature * change^2. */
static double descend(ms_net_model *m, size_t i, net_penalty by) {
    const double *row = m->q + i * m->capacity, v = m->columns->factor[m->column[i]];
    const double curvature = row[i], old = m->beta[i];
    if (!(curvature + by.l2 * v > 0)) return 0;
    const double best = threshold(m->rest[i] + curvature * old, by.l1 * v) / (curvature + by.l2 * v);
    const double change = best - old;
    if (change == 0 || (old != 0 && curvature * change * change <= m->negligible)) return 0;
    m->beta[i] = best;
    ms_net_add(m->rest, -change, row, ms_net_padded(m->m));
    return curvature * change * change;
}

static double descend_all(ms_net_model *m, net_penalty by) {
    double most = 0;
    m->passes++;
    for (size_t i = 0; i < m->m; i++) most = fmax(most, descend(m, i, by));
    return most;
}

static double descend_nonzero(ms_net_model *m, net_penalty by) {
    double most = 0;
    m->passes++;
    for (size_t i = 0; i < m->m; i++)
        if (m->beta[i] != 0) most = fmax(most, descend(m, i, by));
    return most;
}

/* ---- exactly, on the nonzero part
 * -------------------------------------------------------------------------- */

static size_t find_support(ms_net_model *m) {
    m->n_support = 0;
    for (size_t i = 0; i < m->m; i++)
        if (m->beta[i] != 0) m->support[m->n_support++] = i;
    return m->n_support;
}

static void copy_row(ms_net_model *m, size_t k) {
    const double *row = m->q + m->support[k] * m->capacity;
    for (size_t j = 0; j <= k; j++) m->factor[k * m->capacity + j] = row[m->support[j]];
}

/* L L' of Q + l2 v over the support; false where it is (nearly) singular. Rows of the last factor stay as far
 * as the support is the same; columns that came into the model later are further down. */
static bool factorize(ms_net_model *m, net_penalty by, ms_error *err, ms_status *status) {
    const size_t n = m->n_support, stride = m->capacity;
    size_t same = 0;
    if (m->factor_capacity != stride) {
        m->n_factored = 0;
        if (!regrow(&m->factor, stride, stride * sizeof(double))) {
            *status = ms_error_nomem(err);
            return false;
        }
        m->factor_capacity = stride;
    }
    if (m->factor_ridge == by.l2)
        while (same < n && same < m->n_factored && m->factored[same] == m->support[same]) same++;
    m->factor_ridge = by.l2;
    m->n_factored = same;
    for (size_t i = same, last; i < n; i = last) {
        last = i + 4 < n ? i + 4 : n;
        for (size_t k = i; k < last; k++) copy_row(m, k);
        double *own = m->factor + i * stride;
        if (last == i + 4) ms_net_eliminate4(m->factor, stride, i, own);
        for (size_t k = i; k < last; k++, own += stride) {
            if (last < i + 4) ms_net_eliminate(m->factor, stride, i, own);
            for (size_t j = i; j < k; j++) {
                const double *other = m->factor + j * stride;
                own[j] = (own[j] - ms_net_inner(own, other, j)) / other[j];
            }
            const double value = own[k] + by.l2 * m->columns->factor[m->column[m->support[k]]];
            const double rest = value - ms_net_inner(own, own, k);
            if (!(rest > 1e-11 * value)) return false;
            own[k] = sqrt(rest);
            m->factored[m->n_factored++] = m->support[k];
        }
    }
    return true;
}

static bool is_factored(ms_net_model *m, net_penalty by) {
    return find_support(m) == m->n_factored && m->factor_ridge == by.l2 &&
           memcmp(m->support, m->factored, m->n_support * sizeof *m->support) == 0;
}

/* The step on the support to the minimum for the signs there are. */
static void solve_support(ms_net_model *m, net_penalty by) {
    const size_t n = m->n_support;
    double *step = m->solution;
    for (size_t i = 0; i < n; i++) {
        const size_t at = m->support[i];
        const double v = m->columns->factor[m->column[at]], beta = m->beta[at];
        step[i] = m->rest[at] - v * ((beta > 0 ? by.l1 : -by.l1) + by.l2 * beta);
    }
    ms_net_eliminate(m->factor, m->capacity, n, step);
    ms_net_eliminate_back(m->factor, m->capacity, n, step);
}

/* Goes along the step, to its end or to where the first coefficient reaches 0. */
static bool take_step(ms_net_model *m, net_penalty by) {
    double length = 1;
    size_t stopped = SIZE_MAX;
    for (size_t i = 0; i < m->n_support; i++) {
        const double beta = m->beta[m->support[i]], step = m->solution[i];
        if (beta + step == 0 || (beta + step > 0) == (beta > 0)) continue;
        if (!(-beta / step < length)) continue;
        length = -beta / step;
        stopped = i;
    }
    /* The gradient: known on the support, where the step is of a linear equation; else by Q. */
    for (size_t i = 0, at = 0; at < m->m; at++) {
        if (i < m->n_support && m->support[i] == at) {
            i++;
            continue;
        }
        const double *row = m->q + at * m->capacity;
        double sum = 0;
        for (size_t k = 0; k < m->n_support; k++) sum += row[m->support[k]] * m->solution[k];
        m->rest[at] -= length * sum;
    }
    for (size_t i = 0; i < m->n_support; i++) {
        const size_t at = m->support[i];
        const double v = m->columns->factor[m->column[at]], old = m->beta[at];
        const double l1 = old > 0 ? by.l1 : -by.l1, slack = m->rest[at] - v * (l1 + by.l2 * old);
        m->beta[at] = i == stopped ? 0 : old + length * m->solution[i];
        m->rest[at] = v * (l1 + by.l2 * m->beta[at]) + (1 - length) * slack;
    }
    return stopped == SIZE_MAX;
}

/* Several such steps. They never make the quadratic worse; false: the factor cannot be had. */
static bool solve_exactly(ms_net_model *m, net_penalty by, ms_error *err, ms_status *status) {
    for (size_t tries = 0; tries < 8; tries++) {
        if (find_support(m) == 0) return true;
        if (!factorize(m, by, err, status)) return false;
        solve_support(m, by);
        if (take_step(m, by)) return true;
    }
    return true;
}

static ms_status minimize(ms_net_model *m, net_penalty by, double least, ms_error *err) {
    ms_status status = MS_OK;
    bool exact = true;
    double largest = 0;
    m->negligible = 1e-4 * least;
    for (size_t pass = 0; pass < MOST_PASSES;) {
        double change = descend_all(m, by);
        largest = fmax(largest, change);
        const double enough = fmax(least, 1e-8 * largest);
        if (change <= enough) break;
        const size_t passes = exact && is_factored(m, by) ? 0 : PASSES_BETWEEN;
        for (size_t k = 0; k < passes && change > enough; k++, pass++) change = descend_nonzero(m, by);
        if (change > enough && exact) exact = solve_exactly(m, by, err, &status);
        if (status != MS_OK) return status;
        pass++;
    }
    return status;
}

ms_status ms_net_model_solve(ms_net_model *m, const double *beta, const double *gradient, double l1,
                             double l2, double least, double *size, ms_error *err) {
    for (size_t i = 0; i < m->m; i++) {
        m->start[i] = m->beta[i] = beta[m->column[i]];
        m->rest[i] = gradient[m->column[i]];
    }
    for (size_t i = m->m; i < ms_net_padded(m->m); i++) m->rest[i] = 0;
    ms_status status = minimize(m, (net_penalty){l1, l2}, least, err);
    *size = 0;
    for (size_t i = 0; i < m->m && status == MS_OK; i++) {
        const double change = m->beta[i] - m->start[i];
        *size = fmax(*size, m->q[i * m->capacity + i] * change * change);
    }
    return status;
}
