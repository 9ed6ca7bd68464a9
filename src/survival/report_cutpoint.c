/* Cut-points as text and JSON. */
#include "survival/report_curves.h"

#include <cjson/cJSON.h>
#include <math.h>

static const struct {
    ms_maxstat_method method;
    const char *key, *name;
} methods[] = {{MS_MAXSTAT_EXACT_GAUSS, "exact_gauss", "Gaussian limit, exact correlation"},
               {MS_MAXSTAT_LAU92, "lau92", "Lausen & Schumacher 1992"},
               {MS_MAXSTAT_LAU94, "lau94", "Lausen et al. 1994"},
               {MS_MAXSTAT_HL, "hl", "Hothorn & Lausen 2003"},
               {MS_MAXSTAT_COND_MC, "cond_mc", "permutations"}};

/* ---- JSON
 * ---------------------------------------------------------------------------------------------------- */

static void put_maxstat(ms_json_out *out, cJSON *root, const ms_maxstat *m) {
    cJSON *o = ms_out_object(out, root, "maxstat"), *p;
    ms_out_number(out, o, "statistic", m->largest);
    ms_out_number(out, o, "critical_5_percent", m->critical);
    p = ms_out_object(out, o, "p");
    for (size_t i = 0; i < MS_COUNT(methods); i++)
        ms_out_number(out, p, methods[i].key, m->p[methods[i].method]);
    ms_out_number(out, p, "min", m->p_min);
    ms_out_number(out, o, "p_not_corrected", m->p_unadjusted);
    ms_out_number(out, o, "whole_number_statistic", m->whole_number_largest);
    ms_out_number(out, o, "permutations", (double)m->options.permutations);
    ms_out_number(out, o, "min_prop", m->options.min_prop);
    ms_out_number(out, o, "max_prop", m->options.max_prop);
    ms_out_numbers(out, o, "cuts", m->cut, m->n_cuts);
    ms_out_numbers(out, o, "statistics", m->statistic, m->n_cuts);
}

static void put_xtile(ms_json_out *out, cJSON *root, const ms_xtile *x) {
    cJSON *o = ms_out_object(out, root, "xtile");
    ms_out_number(out, o, "n_train", (double)x->n_train);
    ms_out_number(out, o, "n_valid", (double)x->n_valid);
    ms_out_number(out, o, "train_chisq", x->train_chisq);
    ms_out_number(out, o, "valid_chisq", x->valid_chisq);
    ms_out_number(out, o, "df", (double)x->df);
    ms_out_number(out, o, "p", x->p);
}

static void put_groups(ms_json_out *out, cJSON *root, const ms_cut_report *r) {
    cJSON *list = ms_out_array(out, root, "groups");
    for (size_t g = 0; g < r->km->n_groups; g++) {
        const ms_km_curve *c = &r->km->curves[g];
        cJSON *o = ms_out_item(out, list);
        ms_out_text(out, o, "name", r->names[g]);
        ms_out_number(out, o, "n", (double)c->n);
        ms_out_number(out, o, "events", c->events);
        ms_out_number(out, o, "median", c->median);
        ms_out_number(out, o, "median_lower", c->median_lower);
        ms_out_number(out, o, "median_upper", c->median_upper);
    }
}

/* The one p-value to report. */
static double p_of(const ms_cut_report *r) {
    if (r->xtile) return r->xtile->p;
    return r->maxstat ? r->maxstat->p[MS_MAXSTAT_EXACT_GAUSS] : r->logrank ? r->logrank->p : NAN;
}

static ms_status report_json(const ms_cut_report *r, char **text, ms_error *err) {
    cJSON *root = cJSON_CreateObject();
    ms_json_out out = {.err = err};
    size_t n = 0;
    if (!root) return ms_error_nomem(err);
    for (size_t g = 0; g < r->km->n_groups; g++) n += r->km->curves[g].n;
    ms_out_number(&out, root, "n", (double)n);
    ms_out_number(&out, root, "n_dropped", (double)r->n_dropped);
    ms_out_text(&out, root, "method", r->method);
    ms_out_text(&out, root, "x", r->x);
    ms_out_numbers(&out, root, "cuts", r->cuts, r->n_cuts);
    ms_out_number(&out, root, "p", p_of(r));
    put_groups(&out, root, r);
    if (r->logrank && out.status == MS_OK)
        out.status = ms_report_add_test(root, "logrank", r->logrank->chisq, (double)r->logrank->df,
                                        r->logrank->p, err);
    if (r->maxstat) put_maxstat(&out, root, r->maxstat);
    if (r->xtile) put_xtile(&out, root, r->xtile);
    return ms_report_json(root, out.status, text, err);
}

/* ---- text
 * ----------------------------------------------------------------------------------------------------- */

static bool groups_text(const ms_cut_report *r, ms_buffer *out) {
    ms_grid grid;
    const char *const header[] = {"", "n", "events", "median", "lower", "upper"};
    ms_grid_init(&grid, MS_COUNT(header));
    for (size_t i = 0; i < MS_COUNT(header); i++) ms_grid_add(&grid, header[i]);
    for (size_t g = 0; g < r->km->n_groups; g++) {
        const ms_km_curve *c = &r->km->curves[g];
        const double v[] = {(double)c->n, c->events, c->median, c->median_lower, c->median_upper};
        ms_grid_add(&grid, r->names[g]);
        for (size_t i = 0; i < MS_COUNT(v); i++) ms_grid_number(&grid, v[i], 6);
    }
    ms_buffer_append(out, "\n");
    ms_grid_print(&grid, out);
    bool failed = grid.failed;
    ms_grid_clear(&grid);
    return failed;
}

static void maxstat_text(const ms_maxstat *m, ms_buffer *out) {
    char p[32];
    ms_buffer_printf(out, "\nLargest standardised log-rank statistic of %zu cuts: %.4g\n", m->n_cuts,
                     m->largest);
    ms_buffer_append(out, "p, corrected for the search\n");
    for (size_t i = 0; i < MS_COUNT(methods); i++) {
        if (isnan(m->p[methods[i].method])) continue;
        ms_format_p(p, m->p[methods[i].method]);
        ms_buffer_printf(out, "  %-34s %s\n", methods[i].name, p);
    }
    ms_format_p(p, m->p_unadjusted);
    ms_buffer_printf(
        out, "As if the cut had been known beforehand p would be %s: too small, not to be reported.\n", p);
}

static void xtile_text(const ms_xtile *x, ms_buffer *out) {
    char p[32];
    ms_format_p(p, x->p);
    ms_buffer_printf(
        out,
        "\nSearched in %zu rows (largest chisq %.4g, no p-value), tested in the other %zu:\n Chisq= %.4g on "
        "%zu degree%s of freedom, p= %s\n",
        x->n_train, x->train_chisq, x->n_valid, x->valid_chisq, x->df, x->df == 1 ? "" : "s", p);
}

ms_status ms_cutpoint_report(const ms_cut_report *r, bool json, char **text, ms_error *err) {
    if (json) return report_json(r, text, err);
    ms_buffer out;
    char p[32];
    size_t n = 0;
    ms_buffer_init(&out);
    for (size_t g = 0; g < r->km->n_groups; g++) n += r->km->curves[g].n;
    ms_report_rows(&out, n, r->n_dropped);
    ms_buffer_printf(&out, "\n\n%s cut by %s at", r->x, r->method);
    for (size_t k = 0; k < r->n_cuts; k++) ms_buffer_printf(&out, "%s %.10g", k ? " and" : "", r->cuts[k]);
    ms_buffer_append(&out, "\n");
    bool failed = groups_text(r, &out);
    if (r->maxstat) maxstat_text(r->maxstat, &out);
    if (r->xtile) xtile_text(r->xtile, &out);
    if (r->logrank) {
        ms_format_p(p, r->logrank->p);
        ms_buffer_printf(&out, "\nLog-rank test: Chisq= %.4g on %zu degree%s of freedom, p= %s\n",
                         r->logrank->chisq, r->logrank->df, r->logrank->df == 1 ? "" : "s", p);
    }
    return ms_report_take(&out, failed, text, err);
}
