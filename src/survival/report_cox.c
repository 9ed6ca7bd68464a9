/* A Cox model as text and JSON. */
#include "survival/report.h"

#include <cjson/cJSON.h>
#include <math.h>

static ms_status new_row(cJSON *list, cJSON **row, ms_error *err) {
    *row = cJSON_CreateObject();
    if (*row && cJSON_AddItemToArray(list, *row)) return MS_OK;
    cJSON_Delete(*row);
    return ms_error_nomem(err);
}

static ms_status coefficient_json(cJSON *list, const ms_cox *cox, size_t j, ms_error *err) {
    cJSON *row = NULL;
    ms_status status = new_row(list, &row, err);
    if (status || (status = ms_json_add_text(row, "name", cox->names[j], err))) return status;
    const struct {
        const char *key;
        double value;
    } numbers[] = {{"coef", cox->coef[j]},
                   {"exp_coef", exp(cox->coef[j])},
                   {"se", cox->se[j]},
                   {"robust_se", cox->robust ? cox->robust_se[j] : NAN},
                   {"z", cox->z[j]},
                   {"p", cox->p_value[j]},
                   {"lower", exp(cox->lower[j])},
                   {"upper", exp(cox->upper[j])}};
    for (size_t i = 0; i < MS_COUNT(numbers); i++)
        if ((status = ms_json_add_number(row, numbers[i].key, numbers[i].value, err))) return status;
    return ms_json_add_bool(row, "infinite", cox->infinite[j], err);
}

static ms_status tests_json(cJSON *root, const ms_cox *cox, ms_error *err) {
    cJSON *tests = NULL;
    ms_status status = ms_json_add_object(root, "tests", &tests, err);
    if (status || (status = ms_report_add_test(tests, "lr", cox->lr, cox->df, cox->p_lr, err)) ||
        (status = ms_report_add_test(tests, "wald", cox->wald, cox->df, cox->p_wald, err)) ||
        (status = ms_report_add_test(tests, "score", cox->score, cox->df, cox->p_score, err)))
        return status;
    if (!cox->robust) return MS_OK;
    return ms_report_add_test(tests, "robust_score", cox->robust_score, cox->df, cox->p_robust_score, err);
}

static ms_status concordance_json(cJSON *root, const ms_concordance *c, ms_error *err) {
    cJSON *o = NULL;
    ms_status status = ms_json_add_object(root, "concordance", &o, err);
    const struct {
        const char *key;
        double value;
    } numbers[] = {{"c", c->c},
                   {"se", c->se},
                   {"concordant", c->concordant},
                   {"discordant", c->discordant},
                   {"tied_risk", c->tied_risk},
                   {"tied_time", c->tied_time},
                   {"tied_both", c->tied_both}};
    for (size_t i = 0; i < MS_COUNT(numbers) && !status; i++)
        status = ms_json_add_number(o, numbers[i].key, numbers[i].value, err);
    return status;
}

static ms_status zph_json(cJSON *root, const ms_zph *zph, ms_error *err) {
    cJSON *list = NULL, *row = NULL;
    ms_status status = ms_json_add_array(root, "zph", &list, err);
    for (size_t i = 0; zph && i < zph->n && !status; i++) {
        const ms_zph_row *z = &zph->rows[i];
        if ((status = new_row(list, &row, err)) || (status = ms_json_add_text(row, "name", z->term, err)) ||
            (status = ms_json_add_number(row, "chisq", z->chisq, err)) ||
            (status = ms_json_add_number(row, "df", (double)z->df, err)))
            return status;
        status = ms_json_add_number(row, "p", z->p, err);
    }
    return status;
}

static double aic_of(const ms_cox *cox) {
    return -2 * cox->loglik[1] + 2 * cox->df;
}

/* Volinsky & Raftery 2000: by the number of events. R: BIC(fit). */
static double bic_of(const ms_cox *cox) {
    return -2 * cox->loglik[1] + log((double)cox->n_events) * cox->df;
}

static ms_status build(cJSON *root, const ms_cox *cox, const ms_zph *zph, size_t n_dropped, ms_error *err) {
    static const char *const ties[] = {"efron", "breslow", "exact"};
    cJSON *list = NULL;
    ms_status status;
    if ((status = ms_json_add_number(root, "n", (double)(cox->n_shown ? cox->n_shown : cox->n), err)) ||
        (status = ms_json_add_number(root, "n_dropped", (double)n_dropped, err)) ||
        (status = ms_json_add_number(root, "events", (double)cox->n_events, err)) ||
        (status = ms_json_add_text(root, "ties", ties[cox->ties], err)) ||
        (status = ms_json_add_numbers(root, "loglik", cox->loglik, 2, err)) ||
        (status = ms_json_add_number(root, "aic", aic_of(cox), err)) ||
        (status = ms_json_add_number(root, "bic", bic_of(cox), err)) ||
        (status = ms_json_add_bool(root, "converged", cox->converged, err)) ||
        (status = ms_json_add_number(root, "iterations", (double)cox->iterations, err)) ||
        (status = ms_json_add_array(root, "coefficients", &list, err)))
        return status;
    for (size_t j = 0; j < cox->p; j++)
        if ((status = coefficient_json(list, cox, j, err))) return status;
    if ((status = tests_json(root, cox, err)) || (status = concordance_json(root, &cox->concordance, err)))
        return status;
    return zph_json(root, zph, err);
}

ms_status ms_cox_json(const ms_cox *cox, const ms_zph *zph, size_t n_dropped, char **text, ms_error *err) {
    cJSON *root = cJSON_CreateObject();
    if (!root) return ms_error_nomem(err);
    return ms_report_json(root, build(root, cox, zph, n_dropped, err), text, err);
}

static bool coefficients_text(const ms_cox *cox, ms_buffer *out) {
    ms_grid grid;
    ms_grid_init(&grid, cox->robust ? 7 : 6);
    ms_grid_add(&grid, "");
    ms_grid_add(&grid, "coef");
    ms_grid_add(&grid, "exp(coef)");
    ms_grid_add(&grid, "se(coef)");
    if (cox->robust) ms_grid_add(&grid, "robust se");
    ms_grid_add(&grid, "z");
    ms_grid_add(&grid, "p");
    for (size_t j = 0; j < cox->p; j++) {
        ms_grid_add(&grid, cox->names[j]);
        ms_grid_number(&grid, cox->coef[j], 5);
        ms_grid_number(&grid, exp(cox->coef[j]), 5);
        ms_grid_number(&grid, cox->se[j], 4);
        if (cox->robust) ms_grid_number(&grid, cox->robust_se[j], 4);
        ms_grid_number(&grid, cox->z[j], 4);
        ms_grid_p(&grid, cox->p_value[j]);
    }
    ms_grid_print(&grid, out);
    bool failed = grid.failed;
    ms_grid_clear(&grid);
    return failed;
}

static bool ratios_text(const ms_cox *cox, ms_buffer *out) {
    ms_grid grid;
    ms_grid_init(&grid, 5);
    const char *const header[] = {"", "exp(coef)", "exp(-coef)", "lower", "upper"};
    for (size_t i = 0; i < MS_COUNT(header); i++) ms_grid_add(&grid, header[i]);
    for (size_t j = 0; j < cox->p; j++) {
        ms_grid_add(&grid, cox->names[j]);
        ms_grid_number(&grid, exp(cox->coef[j]), 5);
        ms_grid_number(&grid, exp(-cox->coef[j]), 5);
        ms_grid_number(&grid, exp(cox->lower[j]), 5);
        ms_grid_number(&grid, exp(cox->upper[j]), 5);
    }
    ms_buffer_append(out, "\n");
    ms_grid_print(&grid, out);
    bool failed = grid.failed;
    ms_grid_clear(&grid);
    return failed;
}

static void test_text(const char *name, double chisq, double df, double p, ms_buffer *out) {
    char text[32];
    ms_format_p(text, p);
    if (!isnan(chisq)) ms_buffer_printf(out, "%-22s = %.5g on %.4g df, p=%s\n", name, chisq, df, text);
}

static bool zph_text(const ms_zph *zph, ms_buffer *out) {
    ms_grid grid;
    ms_grid_init(&grid, 4);
    const char *const header[] = {"", "chisq", "df", "p"};
    for (size_t i = 0; i < MS_COUNT(header); i++) ms_grid_add(&grid, header[i]);
    for (size_t i = 0; i < zph->n; i++) {
        ms_grid_add(&grid, zph->rows[i].term);
        ms_grid_number(&grid, zph->rows[i].chisq, 4);
        ms_grid_number(&grid, (double)zph->rows[i].df, 6);
        ms_grid_p(&grid, zph->rows[i].p);
    }
    ms_buffer_append(out, "\nProportional hazards (a small p speaks against them)\n");
    ms_grid_print(&grid, out);
    bool failed = grid.failed;
    ms_grid_clear(&grid);
    return failed;
}

ms_status ms_cox_text(const ms_cox *cox, const ms_zph *zph, size_t n_dropped, char **text, ms_error *err) {
    ms_buffer out;
    bool failed = false;
    ms_buffer_init(&out);
    ms_report_rows(&out, cox->n_shown ? cox->n_shown : cox->n, n_dropped);
    ms_buffer_printf(&out, ", number of events= %zu\n\n", cox->n_events);
    if (cox->p) failed = coefficients_text(cox, &out) || ratios_text(cox, &out);
    ms_buffer_printf(&out, "\nlog likelihood         = %.8g, without predictors %.8g (%zu iterations%s)\n",
                     cox->loglik[1], cox->loglik[0], cox->iterations,
                     cox->converged ? "" : ", NOT CONVERGED");
    ms_buffer_printf(&out, "AIC, BIC               = %.8g, %.8g\n", aic_of(cox), bic_of(cox));
    ms_buffer_printf(&out, "Concordance            = %.4f (se = %.4g)\n", cox->concordance.c,
                     cox->concordance.se);
    test_text("Likelihood ratio test", cox->lr, cox->df, cox->p_lr, &out);
    test_text("Wald test", cox->wald, cox->df, cox->p_wald, &out);
    test_text("Score (logrank) test", cox->score, cox->df, cox->p_score, &out);
    test_text("Robust score test", cox->robust_score, cox->df, cox->p_robust_score, &out);
    if (zph && zph->n) failed |= zph_text(zph, &out);
    return ms_report_take(&out, failed, text, err);
}
