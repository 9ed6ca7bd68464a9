/* myosurv survreg: parametric survival regression by a formula. */
#include "cli/commands.h"
#include "cli/cox_cli.h"
#include "cli/list_cli.h"
#include "cli/survival_cli.h"
#include "myosurv/survival_cox.h"
#include "myosurv/survival_parametric.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const ms_option options[] = {
    {"formula", 'f', "FORMULA", "as in R, e.g. \"Surv(time, status == 2) ~ age + sex\"", true, false},
    {"dist", 'd', "NAME",
     "weibull (default), exponential, lognormal, loglogistic, rayleigh, extreme, gaussian, logistic", false,
     false},
    {"scale", 0, "S", "the scale fixed at this value", false, false},
    {"weights", 'w', "COL", "case weights", false, false},
    {"robust", 0, NULL, "robust (sandwich) variance", false, false},
    {"conf-level", 0, "P", "confidence level (default 0.95)", false, false},
    {"predict", 0, "TYPE", "instead: predictions with standard errors: lp, response, quantile, survival",
     false, false},
    {"at", 0, "A,B,...", "shares for quantiles (default 0.5), times for survival", false, false},
    {"newdata", 0, "TABLE", "rows to predict for (default: the table's own)", false, false},
    {"output", 'o', "FILE", "where the predictions go (default: standard output)", false, false},
    {"json", 0, NULL, "all numbers as JSON on standard output", false, false},
    {0},
};

typedef struct model {
    ms_table *table;
    ms_survreg_frame frame;
    ms_survreg fit;
} model;

static ms_status read_options(const ms_args *args, ms_survreg_options *o, ms_error *err) {
    static const char *const dists[] = {"weibull",  "exponential", "lognormal", "loglogistic",
                                        "rayleigh", "extreme",     "gaussian",  "logistic"};
    size_t dist = 0;
    ms_survreg_options_default(o);
    o->robust = ms_args_flag(args, "robust");
    ms_status status = ms_args_choice(args, "dist", dists, MS_COUNT(dists), &dist, err);
    if (status == MS_OK) status = ms_args_number(args, "scale", &o->scale, err);
    if (status == MS_OK && ms_args_text(args, "scale") && !(o->scale > 0))
        return ms_error_set(err, MS_EUSAGE, "--scale: %g is not above 0", o->scale);
    if (status == MS_OK) status = ms_cli_conf_level(args, &o->conf_level, err);
    o->dist = (ms_survreg_dist)dist;
    return status;
}

/* The numbers of --at, the median without it. To be freed. */
static ms_status read_at(const ms_args *args, double **values, size_t *n, ms_error *err) {
    if (ms_args_text(args, "at")) return ms_cli_numbers(args, "at", values, n, err);
    *values = ms_calloc(1, sizeof **values);
    if (!*values) return ms_error_nomem(err);
    **values = 0.5;
    *n = 1;
    return MS_OK;
}

static ms_status add_column(ms_table *table, const char *name, const char *at, const char *suffix,
                            const size_t *rows, size_t n, const double *values, size_t stride,
                            ms_error *err) {
    ms_buffer text;
    ms_buffer_init(&text);
    ms_buffer_printf(&text, "%s%s%s%s", name, *at ? "_" : "", at, suffix);
    ms_status status = ms_buffer_failed(&text)
                           ? ms_error_nomem(err)
                           : ms_cli_add_numbers(table, text.data, rows, n, values, stride, err);
    ms_buffer_clear(&text);
    return status;
}

/* Columns beside the table's: survival_365, survival_365_se, _lower, _upper. */
static ms_status add_columns(ms_table *table, const char *name, const ms_survreg_prediction *p,
                             const double *at, bool many, const size_t *rows, ms_error *err) {
    ms_status status = MS_OK;
    for (size_t k = 0; k < p->columns && status == MS_OK; k++) {
        const struct {
            const char *suffix;
            const double *values;
        } parts[] = {{"", p->fit}, {"_se", p->se}, {"_lower", p->lower}, {"_upper", p->upper}};
        char text[32] = "";
        if (many) ms_format_number(text, at[k]);
        for (size_t i = 0; i < MS_COUNT(parts) && status == MS_OK; i++)
            status = add_column(table, name, text, parts[i].suffix, rows, p->n, parts[i].values + k,
                                p->columns, err);
    }
    return status;
}

static ms_status predict(const ms_args *args, model *m, double conf_level, ms_error *err) {
    static const char *const types[] = {"lp", "response", "quantile", "survival"};
    size_t type = 0, n = 0;
    double *at = NULL;
    ms_table *new_table = NULL;
    ms_model_frame rows = {0};
    ms_survreg_prediction p = {0};
    const char *path = ms_args_text(args, "newdata");
    ms_status status = ms_args_choice(args, "predict", types, MS_COUNT(types), &type, err);
    if (status == MS_OK && type == MS_SURVREG_SURVIVAL && !ms_args_text(args, "at"))
        status = ms_error_set(err, MS_EUSAGE, "--predict survival needs times: --at 365,1095");
    if (status == MS_OK) status = read_at(args, &at, &n, err);
    if (status == MS_OK && path) status = ms_table_read(&new_table, path, err);
    if (status == MS_OK && path)
        status = ms_model_newdata(m->frame.table ? m->frame.table : m->table,
                                  m->frame.formula ? m->frame.formula : ms_args_text(args, "formula"),
                                  &m->frame.model, new_table, false, &rows, err);
    const ms_model_frame *frame = path ? &rows : &m->frame.model;
    ms_table *out = path ? new_table : m->table;
    if (status == MS_OK)
        status =
            ms_survreg_predict(&m->fit, frame, (ms_survreg_predict_type)type, at, n, conf_level, &p, err);
    if (status == MS_OK)
        status = add_columns(out, types[type], &p, at, type >= MS_SURVREG_QUANTILE, frame->rows, err);
    if (status == MS_OK) status = ms_cli_write_rows(args, out, err);
    ms_survreg_prediction_clear(&p);
    ms_model_frame_clear(&rows);
    ms_table_free(new_table);
    free(at);
    return status;
}

static ms_status run(const ms_args *args, ms_error *err) {
    ms_survreg_options chosen;
    model m = {0};
    char *text = NULL;
    ms_status status = read_options(args, &chosen, err);
    if (status == MS_OK) status = ms_table_read(&m.table, ms_args_operand(args, 0), err);
    if (status == MS_OK)
        status = ms_survreg_read(m.table, ms_args_text(args, "formula"), ms_args_text(args, "weights"),
                                 &m.frame, err);
    if (status == MS_OK) status = ms_survreg_fit(&m.frame, &chosen, &m.fit, err);
    if (status == MS_OK && ms_args_text(args, "predict")) {
        status = predict(args, &m, chosen.conf_level, err);
    } else if (status == MS_OK) {
        status = ms_args_flag(args, "json") ? ms_survreg_json(&m.fit, m.frame.model.n_dropped, &text, err)
                                            : ms_survreg_text(&m.fit, m.frame.model.n_dropped, &text, err);
        if (status == MS_OK) status = ms_cli_print(text, err);
    }
    free(text);
    ms_survreg_clear(&m.fit);
    ms_survreg_frame_clear(&m.frame);
    ms_table_free(m.table);
    return status;
}

const ms_command ms_command_survreg = {
    .group = "survival",
    .name = "survreg",
    .operands = "TABLE",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "parametric survival regression (Weibull, exponential, log-normal, log-logistic)",
    .details =
        "Accelerated failure time models: log(time) = x coef + scale * error, so a positive coefficient "
        "means a "
        "longer time, and exp(coef) is the ratio of times. Formulas are those of cox, with Surv(time, "
        "event), "
        "Surv(time, event, type = \"left\") or Surv(low, high, type = \"interval2\"); strata() gives each "
        "stratum "
        "a scale of its own, cluster() robust errors. The numbers are those of R's survreg and predict.",
    .example = "# a Weibull model\n"
               "myosurv survreg cohort.csv --formula \"Surv(os_days, os_event) ~ age_years + sex\"\n"
               "# survival at one and three years for the rows of another table, by a log-normal model\n"
               "myosurv survreg cohort.csv --formula \"Surv(os_days, os_event) ~ age_years\" --dist "
               "lognormal --predict "
               "survival --at 365,1095 --newdata patients.csv",
    .options = options,
    .run = run,
};
