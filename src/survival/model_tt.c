/* tt(x, g(t)): a predictor that changes with time, x * g(t). At each death time t of a stratum everyone at
 * risk becomes a row of a stratum of its own, with x * g(t) in tt's column: the partial likelihood of the
 * rows is that of the model. Therneau, Crowson & Atkinson, "Using time dependent covariates" (survival's
 * vignette). R: coxph(... + tt(x), tt = function(x, t, ...) x * g(t)). */
#include "survival/formula.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CELLS = 1 << 28 };

typedef struct transform {
    const char *formula;
    const ms_terms *terms;
    ms_model_frame *frame;
    ms_sorted sorted;
    size_t n_times, n_rows; /* death times over all strata; rows at risk at them */
    size_t *times_first;    /* [n_strata + 1] */
    double *time;           /* [n_times] by stratum, descending */
    double *worth;          /* [n_times * tt terms] g(t) */
    size_t n_tt;
    size_t *column; /* [n_tt] tt's column of x */
    ms_model_frame out;
} transform;

static ms_status find_columns(transform *tt, ms_error *err) {
    tt->column = ms_calloc(tt->terms->n_vars, sizeof *tt->column);
    if (!tt->column) return ms_error_nomem(err);
    for (size_t i = 0; i < tt->terms->n_vars; i++) {
        if (!ms_node_is(tt->terms->vars[i], MS_NODE_CALL, "tt")) continue;
        size_t found = SIZE_MAX;
        for (size_t j = 0; j < tt->frame->p; j++)
            if (strcmp(tt->frame->names[j], tt->terms->labels[i]) == 0) found = j;
        for (size_t t = 0; t < tt->terms->n_terms; t++)
            for (size_t k = 0; k < tt->terms->terms[t].n && tt->terms->terms[t].n > 1; k++)
                if (tt->terms->terms[t].vars[k] == i) found = SIZE_MAX;
        if (found == SIZE_MAX)
            return ms_formula_error(
                tt->formula, tt->terms->vars[i]->at, err,
                "tt() cannot be in an interaction: multiply inside, as in tt(I(x * z), log(t))");
        tt->column[tt->n_tt++] = found;
    }
    return MS_OK;
}

/* The distinct death times of each stratum, the latest first, and how many rows are at risk at them. */
static ms_status count(transform *tt, bool fill, ms_error *err) {
    const ms_sorted *s = &tt->sorted;
    tt->n_times = tt->n_rows = 0;
    for (size_t k = 0; k < s->n_strata; k++) {
        size_t begin = s->stratum_first[k], last = s->stratum_first[k + 1], entry = last, at_risk = 0;
        while (last > begin) {
            double time = s->time[s->by_time[last - 1]];
            bool death = false;
            for (; last > begin && s->time[s->by_time[last - 1]] == time; last--, at_risk++)
                death |= s->event[s->by_time[last - 1]] != 0;
            for (; s->entry && entry > begin && s->entry[s->by_entry[entry - 1]] >= time; entry--) at_risk--;
            if (!death) continue;
            if (fill) tt->time[tt->n_times] = time;
            tt->n_times++;
            tt->n_rows += at_risk;
        }
        tt->times_first[k + 1] = tt->n_times;
    }
    if (tt->n_rows * (tt->frame->p + 4) > MOST_CELLS)
        return ms_error_set(err, MS_ERESOURCE,
                            "tt() makes a row of everyone at risk at each death: %zu rows here, too many",
                            tt->n_rows);
    return MS_OK;
}

static ms_status find_times(transform *tt, ms_error *err) {
    ms_status status = ms_sorted_make(&tt->frame->data, &tt->sorted, err);
    if (status != MS_OK) return status;
    tt->times_first = ms_calloc(tt->sorted.n_strata + 1, sizeof *tt->times_first);
    if (!tt->times_first) return ms_error_nomem(err);
    if ((status = count(tt, false, err))) return status;
    if (tt->n_times == 0) return ms_error_set(err, MS_EINPUT, "tt() without any event");
    tt->time = ms_calloc(tt->n_times, sizeof *tt->time);
    tt->worth = ms_calloc(tt->n_times * tt->n_tt, sizeof *tt->worth);
    return tt->time && tt->worth ? count(tt, true, err) : ms_error_nomem(err);
}

/* A function's bare name stands for itself at t: tt(x, log). */
static bool bare_function(const ms_node *g) {
    static const char *const names[] = {"log", "log2", "log10", "log1p", "sqrt", "exp"};
    for (size_t i = 0; i < MS_COUNT(names); i++)
        if (ms_node_is(g, MS_NODE_NAME, names[i])) return true;
    return false;
}

static ms_status worth_of(transform *tt, const ms_node *g, const ms_table *table, double *worth,
                          ms_error *err) {
    bool logical = false;
    if (!bare_function(g)) return ms_formula_evaluate(tt->formula, g, table, worth, &logical, err);
    ms_node t = {.kind = MS_NODE_NAME, .at = g->at, .text = (char[]){"t"}}, *args[] = {&t};
    ms_node call = {.kind = MS_NODE_CALL, .at = g->at, .text = g->text, .args = args, .n_args = 1};
    return ms_formula_evaluate(tt->formula, &call, table, worth, &logical, err);
}

/* g(t) at each time, as an expression over a table with the one column t. */
static ms_status evaluate(transform *tt, ms_error *err) {
    ms_table *table = NULL;
    size_t column, row, next = 0;
    ms_status status = ms_table_new(&table, "tt()", err);
    if (status == MS_OK) status = ms_table_add_column(table, "t", &column, err);
    for (size_t i = 0; i < tt->n_times && status == MS_OK; i++) {
        status = ms_table_add_row(table, &row, err);
        if (status == MS_OK) status = ms_table_set_number(table, row, column, tt->time[i], err);
    }
    for (size_t i = 0; i < tt->terms->n_vars && status == MS_OK; i++) {
        const ms_node *node = tt->terms->vars[i];
        if (!ms_node_is(node, MS_NODE_CALL, "tt")) continue;
        double *worth = tt->worth + next++ * tt->n_times;
        status = worth_of(tt, node->args[1], table, worth, err);
        for (size_t k = 0; k < tt->n_times && status == MS_OK; k++)
            if (!isfinite(worth[k]))
                status = ms_formula_error(tt->formula, node->args[1]->at, err,
                                          "this is not finite at the time %g", tt->time[k]);
    }
    ms_table_free(table);
    return status;
}

static ms_status allocate(transform *tt, ms_error *err) {
    const ms_model_frame *f = tt->frame;
    ms_model_frame *o = &tt->out;
    size_t n = tt->n_rows;
    o->rows = ms_calloc(n, sizeof *o->rows);
    o->time = ms_calloc(n, sizeof *o->time);
    o->event = ms_calloc(n, 1);
    o->x = ms_calloc(n * f->p, sizeof *o->x);
    o->strata.codes = ms_calloc(n, sizeof *o->strata.codes);
    o->strata.levels = ms_calloc(tt->n_times, sizeof *o->strata.levels);
    if (f->weight) o->weight = ms_calloc(n, sizeof *o->weight);
    if (f->offset) o->offset = ms_calloc(n, sizeof *o->offset);
    if (f->cluster.n_levels) o->cluster.codes = ms_calloc(n, sizeof *o->cluster.codes);
    if (!o->rows || !o->time || !o->event || !o->x || !o->strata.codes || !o->strata.levels ||
        (f->weight && !o->weight) || (f->offset && !o->offset) || (f->cluster.n_levels && !o->cluster.codes))
        return ms_error_nomem(err);
    for (; o->strata.n_levels < tt->n_times; o->strata.n_levels++) {
        char name[32];
        ms_format_number(name, tt->time[o->strata.n_levels]);
        if (!(o->strata.levels[o->strata.n_levels] = ms_strdup(name))) return ms_error_nomem(err);
    }
    return MS_OK;
}

static void add_row(transform *tt, size_t from, size_t k) {
    const ms_model_frame *f = tt->frame;
    ms_model_frame *o = &tt->out;
    size_t to = o->n++;
    o->rows[to] = f->rows[from];
    o->time[to] = tt->time[k];
    o->event[to] = f->event[from] && tt->sorted.time[from] == tt->time[k];
    o->strata.codes[to] = k;
    if (o->weight) o->weight[to] = f->weight[from];
    if (o->offset) o->offset[to] = f->offset[from];
    if (o->cluster.codes) o->cluster.codes[to] = f->cluster.codes[from];
    memcpy(o->x + to * f->p, f->x + from * f->p, f->p * sizeof *o->x);
    for (size_t j = 0; j < tt->n_tt; j++) o->x[to * f->p + tt->column[j]] *= tt->worth[j * tt->n_times + k];
}

static void fill(transform *tt) {
    const ms_sorted *s = &tt->sorted;
    for (size_t stratum = 0; stratum < s->n_strata; stratum++)
        for (size_t k = tt->times_first[stratum]; k < tt->times_first[stratum + 1]; k++)
            for (size_t i = s->stratum_first[stratum + 1]; i-- > s->stratum_first[stratum];) {
                size_t row = s->by_time[i];
                if (s->time[row] < tt->time[k]) break;
                if (!s->entry || s->entry[row] < tt->time[k]) add_row(tt, row, k);
            }
    tt->out.strata.n = tt->out.cluster.n = tt->out.n;
}

/* The rows of `out` in place of the frame's, which keeps its names and terms. */
static void exchange(transform *tt) {
    ms_model_frame *f = tt->frame, *o = &tt->out;
    o->p = f->p;
    o->names = f->names;
    o->term = f->term;
    o->n_terms = f->n_terms;
    o->term_names = f->term_names;
    o->ridge = f->ridge;
    o->n_dropped = f->n_dropped;
    o->n_before_tt = f->n;
    o->cluster.levels = f->cluster.levels;
    o->cluster.n_levels = f->cluster.n_levels;
    f->names = f->term_names = NULL;
    f->term = NULL;
    f->ridge = NULL;
    f->cluster.levels = NULL;
    f->cluster.n_levels = 0;
    ms_model_frame_clear(f);
    *f = *o;
    *o = (ms_model_frame){0};
}

ms_status ms_model_time_transform(const char *formula, const ms_terms *terms, ms_model_frame *frame,
                                  ms_error *err) {
    transform tt = {.formula = formula, .terms = terms, .frame = frame};
    bool any = false;
    for (size_t i = 0; i < terms->n_vars; i++) any |= ms_node_is(terms->vars[i], MS_NODE_CALL, "tt");
    if (!any) return MS_OK;
    ms_status status = find_columns(&tt, err);
    if (status == MS_OK) status = find_times(&tt, err);
    if (status == MS_OK) status = evaluate(&tt, err);
    if (status == MS_OK) status = allocate(&tt, err);
    if (status == MS_OK) {
        fill(&tt);
        exchange(&tt);
    }
    ms_model_frame_clear(&tt.out);
    ms_sorted_clear(&tt.sorted);
    free(tt.times_first);
    free(tt.time);
    free(tt.worth);
    free(tt.column);
    return status;
}
