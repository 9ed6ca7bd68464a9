/* Stepwise choice of terms by Akaike's criterion (Venables & Ripley 2002, section 7.3), and likelihood ratio
 * tests of terms. R: step, MASS::stepAIC, anova.coxph, drop1. */
#include "survival/cox_terms.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_STAGES = 1000 };

static double criterion(double loglik, size_t rank, double penalty) {
    return -2 * loglik + penalty * (double)rank;
}

static int by_aic(const void *a, const void *b) {
    const ms_cox_step_change *p = a, *q = b;
    if (p->aic != q->aic && !isnan(p->aic) && !isnan(q->aic)) return p->aic < q->aic ? -1 : 1;
    return 0;
}

/* Insertion sort: equal criteria keep their order (R's order() is stable). */
static void sort_changes(ms_cox_step_change *changes, size_t n) {
    for (size_t i = 1; i < n; i++)
        for (size_t j = i; j > 0 && by_aic(&changes[j], &changes[j - 1]) < 0; j--) {
            ms_cox_step_change swap = changes[j];
            changes[j] = changes[j - 1];
            changes[j - 1] = swap;
        }
}

/* May the term leave (no term in the model contains it) or come (all it contains are there)? */
static bool may_change(const ms_cox_terms *t, const bool *in, size_t term) {
    for (size_t other = 0; other < t->terms.n_terms; other++) {
        if (other == term || t->fixed[other]) continue;
        if (in[term] && in[other] && ms_cox_terms_within(t, term, other)) return false;
        if (!in[term] && !in[other] && ms_cox_terms_within(t, other, term)) return false;
    }
    return true;
}

typedef struct search {
    ms_cox_terms t;
    const ms_cox_step_options *options;
    bool *in;
    double loglik, aic;
    size_t rank;
    ms_cox_step out;
} search;

static ms_status add_change(ms_cox_step_stage *stage, const char *name, char sign, size_t df, double loglik,
                            double aic, ms_error *err) {
    ms_cox_step_change *c = &stage->changes[stage->n];
    *c = (ms_cox_step_change){.term = ms_strdup(name), .sign = sign, .df = df, .loglik = loglik, .aic = aic};
    if (!c->term) return ms_error_nomem(err);
    stage->n++;
    return MS_OK;
}

static ms_status try_change(search *s, size_t term, ms_cox_step_stage *stage, ms_error *err) {
    double loglik = NAN;
    size_t rank = 0;
    bool removed = s->in[term];
    char *name = ms_cox_terms_name(&s->t, term);
    if (!name) return ms_error_nomem(err);
    s->in[term] = !removed;
    ms_status status = ms_cox_terms_fit(&s->t, s->in, &loglik, &rank, err);
    s->in[term] = removed;
    if (status == MS_ENOCONV) { /* a model that cannot be fitted is not chosen */
        ms_log(MS_LOG_WARNING, "the model %s %s cannot be fitted", removed ? "without" : "with", name);
        loglik = -INFINITY;
        status = MS_OK;
    }
    if (status == MS_OK)
        status = add_change(stage, name, removed ? '-' : '+', removed ? s->rank - rank : rank - s->rank,
                            loglik, criterion(loglik, rank, s->options->penalty), err);
    free(name);
    return status;
}

static ms_status new_stage(search *s, ms_cox_step_stage **out, ms_error *err) {
    ms_cox_step_stage *grown = ms_realloc(s->out.stages, s->out.n_stages + 1, sizeof *grown);
    if (!grown) return ms_error_nomem(err);
    s->out.stages = grown;
    ms_cox_step_stage *stage = &grown[s->out.n_stages];
    *stage = (ms_cox_step_stage){.formula = ms_cox_terms_formula(&s->t, s->in), .aic = s->aic};
    stage->changes = ms_calloc(s->t.terms.n_terms + 1, sizeof *stage->changes);
    s->out.n_stages++;
    *out = stage;
    return stage->formula && stage->changes ? MS_OK : ms_error_nomem(err);
}

/* One stage: every change tried, removals before additions as R lists them. */
static ms_status run_stage(search *s, ms_cox_step_stage *stage, ms_error *err) {
    ms_status status = add_change(stage, "<none>", ' ', 0, s->loglik, s->aic, err);
    for (int adding = 0; adding < 2; adding++)
        for (size_t i = 0; i < s->t.terms.n_terms && status == MS_OK; i++) {
            bool allowed =
                adding ? s->options->direction != MS_STEP_BACKWARD : s->options->direction != MS_STEP_FORWARD;
            if (allowed && !s->t.fixed[i] && s->in[i] == !adding && may_change(&s->t, s->in, i))
                status = try_change(s, i, stage, err);
        }
    sort_changes(stage->changes, stage->n);
    return status;
}

static ms_status apply(search *s, const ms_cox_step_change *change, ms_error *err) {
    for (size_t i = 0; i < s->t.terms.n_terms; i++) {
        char *name = ms_cox_terms_name(&s->t, i);
        if (!name) return ms_error_nomem(err);
        if (!s->t.fixed[i] && strcmp(name, change->term) == 0) s->in[i] = !s->in[i];
        free(name);
    }
    s->rank = change->sign == '-' ? s->rank - change->df : s->rank + change->df;
    s->loglik = change->loglik;
    s->aic = change->aic;
    return MS_OK;
}

static ms_status run_search(search *s, ms_error *err) {
    for (size_t i = 0; i < s->t.terms.n_terms; i++)
        s->in[i] = s->t.fixed[i] || s->options->direction != MS_STEP_FORWARD;
    ms_status status = ms_cox_terms_fit(&s->t, s->in, &s->loglik, &s->rank, err);
    s->aic = criterion(s->loglik, s->rank, s->options->penalty);
    while (status == MS_OK && s->out.n_stages < MOST_STAGES) {
        ms_cox_step_stage *stage = NULL;
        status = new_stage(s, &stage, err);
        if (status == MS_OK) status = run_stage(s, stage, err);
        if (status != MS_OK) break;
        const ms_cox_step_change *best = &stage->changes[0];
        if (best->sign == ' ' || best->aic >= s->aic + 1e-7) break;
        status = apply(s, best, err);
    }
    if (status != MS_OK) return status;
    s->out.formula = ms_cox_terms_formula(&s->t, s->in);
    return s->out.formula ? MS_OK : ms_error_nomem(err);
}

ms_status ms_cox_step_run(const ms_table *table, const char *formula, const ms_cox_step_options *options,
                          ms_cox_step *out, ms_error *err) {
    search s = {.options = options};
    ms_status status = ms_cox_terms_read(table, formula, true, options, &s.t, err);
    if (status == MS_OK) {
        s.in = ms_calloc(s.t.terms.n_terms, sizeof *s.in);
        status = s.in ? run_search(&s, err) : ms_error_nomem(err);
    }
    s.out.n = s.t.n;
    s.out.n_dropped = s.t.n_dropped;
    s.out.table = s.t.own;
    s.t.own = NULL;
    ms_cox_terms_clear(&s.t);
    free(s.in);
    if (status == MS_OK)
        *out = s.out;
    else
        ms_cox_step_clear(&s.out);
    return status;
}

void ms_cox_step_clear(ms_cox_step *step) {
    for (size_t i = 0; i < step->n_stages; i++) {
        for (size_t k = 0; k < step->stages[i].n; k++) free(step->stages[i].changes[k].term);
        free(step->stages[i].changes);
        free(step->stages[i].formula);
    }
    MS_FREE(step->stages);
    MS_FREE(step->formula);
    ms_table_free(step->table);
    step->table = NULL;
    step->n_stages = 0;
}

/* ---- tests of terms ---- */

static ms_status add_test(ms_cox_anova *out, char *term, double loglik, size_t rank, double penalty,
                          double reference, size_t reference_rank, ms_error *err) {
    ms_cox_anova_row *row = &out->rows[out->n];
    if (!term) return ms_error_nomem(err);
    row->term = term;
    row->loglik = loglik;
    row->aic = criterion(loglik, rank, penalty);
    row->df = rank > reference_rank ? rank - reference_rank : reference_rank - rank;
    row->chisq = out->n ? 2 * fabs(loglik - reference) : NAN;
    row->p = ms_chisq_upper(row->chisq, (double)row->df);
    out->n++;
    return MS_OK;
}

static ms_status run_tests(const ms_cox_terms *t, bool sequential, double penalty, bool *in,
                           ms_cox_anova *out, ms_error *err) {
    double reference = NAN, loglik = NAN;
    size_t reference_rank = 0, rank = 0;
    for (size_t i = 0; i < t->terms.n_terms; i++) in[i] = t->fixed[i] || !sequential;
    ms_status status = ms_cox_terms_fit(t, in, &reference, &reference_rank, err);
    if (status == MS_OK)
        status = add_test(out, ms_strdup(sequential ? "NULL" : "<none>"), reference, reference_rank, penalty,
                          NAN, reference_rank, err);
    for (size_t i = 0; i < t->terms.n_terms && status == MS_OK; i++) {
        if (t->fixed[i] || (!sequential && !may_change(t, in, i))) continue;
        in[i] = sequential;
        status = ms_cox_terms_fit(t, in, &loglik, &rank, err);
        if (status == MS_OK)
            status =
                add_test(out, ms_cox_terms_name(t, i), loglik, rank, penalty, reference, reference_rank, err);
        in[i] = true;
        if (!sequential) continue;
        reference = loglik;
        reference_rank = rank;
    }
    return status;
}

ms_status ms_cox_anova_run(const ms_table *table, const char *formula, bool sequential,
                           const ms_cox_step_options *options, ms_cox_anova *out, ms_error *err) {
    ms_cox_terms t = {0};
    ms_cox_anova anova = {0};
    ms_status status = ms_cox_terms_read(table, formula, true, options, &t, err);
    if (status != MS_OK) return status;
    bool *in = ms_calloc(t.terms.n_terms, sizeof *in);
    anova.rows = ms_calloc(t.terms.n_terms + 1, sizeof *anova.rows);
    status =
        in && anova.rows ? run_tests(&t, sequential, options->penalty, in, &anova, err) : ms_error_nomem(err);
    free(in);
    ms_cox_terms_clear(&t);
    if (status == MS_OK)
        *out = anova;
    else
        ms_cox_anova_clear(&anova);
    return status;
}

void ms_cox_anova_clear(ms_cox_anova *anova) {
    for (size_t i = 0; i < anova->n; i++) free(anova->rows[i].term);
    MS_FREE(anova->rows);
    anova->n = 0;
}
