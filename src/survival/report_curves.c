/* What `km` prints beside curves and the log-rank test: as text. */
#include "survival/report_curves.h"

#include <math.h>

static void header(ms_grid *grid, const char *const *names, size_t n) {
    for (size_t i = 0; i < n; i++) ms_grid_add(grid, names[i]);
}

static bool finish(ms_grid *grid, ms_buffer *out) {
    ms_grid_print(grid, out);
    bool failed = grid->failed;
    ms_grid_clear(grid);
    return failed;
}

static bool quantiles(const ms_km_report *r, ms_buffer *out) {
    ms_grid grid;
    ms_grid_init(&grid, 5);
    const char *const names[] = {"", "p", "time", "lower", "upper"};
    header(&grid, names, MS_COUNT(names));
    for (size_t g = 0; g < r->km->n_groups; g++)
        for (size_t i = 0; i < r->n_quantiles; i++) {
            double v[3];
            ms_km_quantile(&r->km->curves[g], r->quantiles[i], &v[0], &v[1], &v[2]);
            ms_grid_add(&grid, r->names[g]);
            ms_grid_number(&grid, r->quantiles[i], 6);
            for (size_t k = 0; k < 3; k++) ms_grid_number(&grid, v[k], 6);
        }
    ms_buffer_append(out, "\nTime by which a share p has had the event\n");
    return finish(&grid, out);
}

static bool chosen_times(const ms_km_report *r, ms_buffer *out) {
    ms_grid grid;
    ms_grid_init(&grid, 8);
    const char *const names[] = {"", "time", "n.risk", "n.event", "survival", "std.err", "lower", "upper"};
    header(&grid, names, MS_COUNT(names));
    for (size_t g = 0; g < r->km->n_groups; g++)
        for (size_t i = 0; i < r->n_at; i++) {
            double v[5];
            const ms_km_curve *c = &r->km->curves[g];
            ms_km_at(c, r->at[i], &v[0], &v[1], &v[2], &v[3], &v[4]);
            ms_grid_add(&grid, r->names[g]);
            ms_grid_number(&grid, r->at[i], 6);
            ms_grid_number(&grid, v[4], 6);
            ms_grid_number(&grid, ms_curve_events(c, i ? r->at[i - 1] : -INFINITY, r->at[i]), 6);
            for (size_t k = 0; k < 4; k++) ms_grid_number(&grid, v[k], 4);
        }
    ms_buffer_append(out, "\nSurvival at chosen times (n.event: since the one before)\n");
    return finish(&grid, out);
}

static void bands(const ms_km_report *r, ms_buffer *out) {
    ms_buffer_append(out, "\n");
    for (size_t g = 0; g < r->km->n_groups; g++) {
        const ms_km_band *b = &r->bands[g];
        if (!b->n) continue;
        ms_buffer_printf(out, "%s: %g%% %s band (%s) from %g to %g, critical value %.5g\n", r->names[g],
                         100 * b->conf_level,
                         b->type == MS_BAND_HALL_WELLNER ? "Hall-Wellner" : "equal-precision",
                         ms_conf_type_name(b->transform), b->from, b->to, b->critical);
    }
}

static bool band_table(const ms_km_report *r, size_t g, ms_buffer *out) {
    const ms_km_curve *c = &r->km->curves[g];
    const ms_km_band *b = &r->bands[g];
    ms_grid grid;
    ms_grid_init(&grid, 4);
    const char *const names[] = {"time", "survival", "band lower", "band upper"};
    header(&grid, names, MS_COUNT(names));
    for (size_t k = 0; k < b->n; k++) {
        if (!(c->n_event[k] > 0) || isnan(b->lower[k])) continue;
        const double v[] = {c->time[k], c->surv[k], b->lower[k], b->upper[k]};
        for (size_t i = 0; i < 4; i++) ms_grid_number(&grid, v[i], i ? 4 : 6);
    }
    ms_buffer_printf(out, "\n%s\n", r->names[g]);
    return finish(&grid, out);
}

static void row_of(ms_grid *grid, const char *what, double value, double lower, double upper, double p) {
    ms_grid_add(grid, what);
    ms_grid_number(grid, value, 5);
    ms_grid_number(grid, lower, 5);
    ms_grid_number(grid, upper, 5);
    ms_grid_p(grid, p);
}

static bool rmst(const ms_km_report *r, ms_buffer *out) {
    const ms_rmst *m = r->rmst;
    bool failed = false;
    ms_grid grid;
    ms_grid_init(&grid, 3);
    const char *const names[] = {"", "mean", "se"};
    header(&grid, names, MS_COUNT(names));
    for (size_t g = 0; g < m->n_groups; g++) {
        ms_grid_add(&grid, r->names[g]);
        ms_grid_number(&grid, m->mean[g], 6);
        ms_grid_number(&grid, m->se[g], 6);
    }
    ms_buffer_printf(out, "\nRestricted mean survival time up to %g\n", m->until);
    failed |= finish(&grid, out);
    for (size_t i = 0; i < m->n_contrasts; i++) {
        const ms_rmst_contrast *c = &m->contrasts[i];
        const char *const columns[] = {"", "estimate", "lower", "upper", "p"};
        ms_grid_init(&grid, 5);
        header(&grid, columns, MS_COUNT(columns));
        row_of(&grid, "difference", c->difference, c->difference_lower, c->difference_upper, c->difference_p);
        row_of(&grid, "ratio", c->ratio, c->ratio_lower, c->ratio_upper, c->ratio_p);
        row_of(&grid, "ratio of time lost", c->lost, c->lost_lower, c->lost_upper, c->lost_p);
        ms_buffer_printf(out, "%s against %s\n", r->names[c->a], r->names[c->b]);
        failed |= finish(&grid, out);
    }
    return failed;
}

static void tests(const ms_km_report *r, ms_buffer *out) {
    char name[64], p[32];
    ms_buffer_append(out, "\n");
    for (size_t i = 0; i < r->n_tests; i++) {
        const ms_weighted_test *t = &r->tests[i];
        ms_weighting_name(t->weighting, name);
        ms_format_p(p, t->l.p);
        ms_buffer_printf(out, "%s test: Chisq= %.4g on %zu degree%s of freedom, p= %s\n", name, t->l.chisq,
                         t->l.df, t->l.df == 1 ? "" : "s", p);
        if (isnan(t->sup)) continue;
        ms_format_p(p, t->sup_p);
        ms_buffer_printf(out, "  largest on the way (Renyi): %.4g, p= %s\n", t->sup, p);
    }
}

static bool pairs(const ms_km_report *r, ms_buffer *out) {
    static const char *const methods[] = {"not corrected", "Holm", "Bonferroni", "Benjamini-Hochberg"};
    ms_grid grid;
    ms_grid_init(&grid, 4);
    const char *const names[] = {"", "Chisq", "p", "p corrected"};
    header(&grid, names, MS_COUNT(names));
    for (size_t i = 0; i < r->pairwise->n; i++) {
        const ms_pair *pair = &r->pairwise->pairs[i];
        ms_buffer both;
        ms_buffer_init(&both);
        ms_buffer_printf(&both, "%s - %s", r->names[pair->a], r->names[pair->b]);
        ms_grid_add(&grid, ms_buffer_failed(&both) ? "" : both.data);
        ms_buffer_clear(&both);
        ms_grid_number(&grid, pair->chisq, 4);
        ms_grid_p(&grid, pair->p);
        ms_grid_p(&grid, pair->adjusted);
    }
    ms_buffer_printf(out, "\nEach two groups (%s)\n", methods[r->pairwise->method]);
    return finish(&grid, out);
}

static void one_sample(const ms_one_sample *s, ms_buffer *out) {
    char p[32];
    ms_format_p(p, s->p);
    ms_buffer_printf(
        out,
        "\nOne-sample log-rank test: observed %g, expected %.6g, Chisq= %.4g on 1 degree of freedom, p= "
        "%s\n  observed / expected %.4g (%g%% interval %.4g to %.4g)\n",
        s->observed, s->expected, s->chisq, p, s->ratio, 100 * s->conf_level, s->lower, s->upper);
}

bool ms_report_extra_text(const ms_km_report *r, ms_buffer *out) {
    bool failed = false;
    char p[32];
    if (r->n_quantiles) failed |= quantiles(r, out);
    if (r->n_at) failed |= chosen_times(r, out);
    if (r->bands) bands(r, out);
    for (size_t g = 0; g < r->km->n_groups && r->bands && r->full; g++) failed |= band_table(r, g, out);
    if (r->rmst) failed |= rmst(r, out);
    if (r->n_tests) tests(r, out);
    if (r->trend) {
        ms_format_p(p, r->trend->p);
        ms_buffer_printf(out, "\nTest for trend: z= %.4g, p= %s\n", r->trend->z, p);
    }
    if (r->permutation) {
        char name[64];
        ms_weighting_name(r->permutation->weighting, name);
        ms_format_p(p, r->permutation->p);
        ms_buffer_printf(out, "\n%s permutation test: Chisq= %.4g, p= %s\n", name, r->permutation->chisq, p);
    }
    if (r->pairwise) failed |= pairs(r, out);
    if (r->one_sample) one_sample(r->one_sample, out);
    return failed;
}
