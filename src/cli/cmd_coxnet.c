/* myosurv coxnet: the Cox model with an elastic net penalty, a path of lambdas, cross-validation. */
#include "cli/commands.h"
#include "cli/coxnet_cli.h"
#include "cli/figure_cli.h"
#include "cli/survival_cli.h"
#include "myosurv/plot_net.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const ms_option options[] = {
    {"time", 't', "COL", "end of follow-up, a number >= 0", true, false},
    {"event", 'e', "COL[=VALUE]", "1 event, 0 censored; with =VALUE that value is the event", true, false},
    {"x", 'x', "COLS", "predictors: names and patterns, e.g. 'sm_*,age'", true, false},
    {"alpha", 0, "A", "1 lasso (default), 0 ridge, between: elastic net", false, false},
    {"lambda", 0, "L,L,...", "penalties of your own", false, false},
    {"n-lambda", 0, "N", "how many penalties (default 100)", false, false},
    {"lambda-min-ratio", 0, "R", "smallest penalty over the largest (default 1e-4; 0.01 if rows < predictors)", false, false},
    {"whole-path", 0, NULL, "all penalties, also where the deviance is flat", false, false},
    {"penalty-factor", 0, "FILE.csv", "columns name and factor: 0 not penalised, inf left out", false, false},
    {"standardize", 0, "yes|no", "penalise coefficients of one SD (default yes)", false, false},
    {"strata", 0, "COL", "a baseline hazard for each value", false, false},
    {"weights", 'w', "COL", "case weights", false, false},
    {"offset", 0, "COL", "a part of the linear predictor that is known", false, false},
    {"entry", 0, "COL", "time of entry, when follow-up begins late", false, false},
    {"cv", 0, "K", "cross-validation with K folds, dealt out by --seed", false, false},
    {"folds", 0, "COL", "cross-validation with the folds of this column", false, false},
    {"measure", 0, "NAME", "what is validated: deviance (default), c (Harrell's C)", false, false},
    {"ungrouped", 0, NULL, "a fold's deviance from the fold alone", false, false},
    {"at", 0, "WHICH", "coefficients at: 1se, min (default with cross-validation), or a number", false, false},
    {"coefficients", 0, "FILE.csv", "write the coefficients that are not 0", false, false},
    {"path", 0, "FILE.csv", "write the whole path: a row a penalty", false, false},
    {"predict", 0, "TABLE", "add the column risk (log hazard ratio) to this table", false, false},
    {"output", 'o', "OUT.csv", "where --predict writes", false, false},
    {"json", 0, NULL, "JSON with 17 digits", false, false},
    {"path-figure", 0, "FILE", "also draw the coefficients over the penalty", false, false},
    MS_FIGURE_OPTIONS("the cross-validation curve"),
    {0},
};
/* clang-format on */

typedef struct result {
    ms_coxnet_input in;
    ms_coxnet_cv cv; /* cv.fit is the path, also without cross-validation */
    bool validated;
    double *beta; /* [p] at the lambda chosen */
    ms_coxnet_report report;
    ms_plot_style style;
} result;

static void result_clear(result *r) {
    ms_cli_coxnet_clear(&r->in);
    ms_coxnet_cv_clear(&r->cv);
    free(r->beta);
}

static ms_status check_usage(const ms_args *args, ms_error *err) {
    const bool validated = ms_args_text(args, "cv") || ms_args_text(args, "folds");
    const char *path = ms_args_text(args, "path-figure");
    if (ms_args_text(args, "figure") && !validated)
        return ms_error_set(err, MS_EUSAGE,
                            "--figure draws the cross-validation: give --cv or --folds (--path-figure draws "
                            "the coefficients)");
    if (ms_args_text(args, "cv") && ms_args_text(args, "folds"))
        return ms_error_set(err, MS_EUSAGE, "give --cv or --folds, not both");
    if (path && !ms_text_ends_with(path, ".svg") && !ms_text_ends_with(path, ".pdf") &&
        !ms_text_ends_with(path, ".png"))
        return ms_error_set(err, MS_EUSAGE, "%s: a figure's name must end with .svg, .pdf or .png", path);
    if (!ms_args_text(args, "predict") != !ms_args_text(args, "output"))
        return ms_error_set(err, MS_EUSAGE, "--predict and --output go together");
    return MS_OK;
}

static ms_status read_options(const ms_args *args, ms_coxnet_options *o, ms_coxnet_cv_options *cv,
                              ms_error *err) {
    static const char *const yes_no[] = {"yes", "no"}, *const measures[] = {"deviance", "c"};
    size_t no = 0, measure = 0;
    ms_coxnet_options_default(o);
    ms_coxnet_cv_options_default(cv);
    o->whole_path = ms_args_flag(args, "whole-path");
    cv->ungrouped = ms_args_flag(args, "ungrouped");
    cv->seed = ms_args_seed(args);
    ms_status status = check_usage(args, err);
    if (status == MS_OK) status = ms_args_number(args, "alpha", &o->alpha, err);
    if (status == MS_OK) status = ms_args_size(args, "n-lambda", &o->n_lambda, err);
    if (status == MS_OK) status = ms_args_number(args, "lambda-min-ratio", &o->lambda_min_ratio, err);
    if (status == MS_OK) status = ms_args_choice(args, "standardize", yes_no, 2, &no, err);
    if (status == MS_OK) status = ms_args_choice(args, "measure", measures, 2, &measure, err);
    if (status == MS_OK) status = ms_args_size(args, "cv", &cv->n_folds, err);
    o->no_standardize = no == 1;
    cv->measure = (ms_coxnet_measure)measure;
    return status;
}

static ms_status fit(const ms_args *args, ms_coxnet_options *o, ms_coxnet_cv_options *how, result *r,
                     ms_error *err) {
    const ms_factor *folds = &r->in.frame.group;
    o->penalty_factor = r->in.factor;
    o->lambda = r->in.lambda;
    o->n_given = r->in.n_lambda;
    if (ms_args_text(args, "folds")) {
        how->fold = folds->codes;
        how->n_folds = folds->n_levels;
    }
    r->validated = how->fold || ms_args_text(args, "cv");
    return r->validated ? ms_coxnet_cv_fit(&r->in.data, &r->in.design, o, how, &r->cv, err)
                        : ms_coxnet_fit(&r->in.data, &r->in.design, o, &r->cv.fit, err);
}

/* Where the coefficients are taken: by cross-validation, by a number, or at the end of the path. */
static ms_status choose(const ms_args *args, result *r, ms_error *err) {
    const char *at = ms_args_text(args, "at");
    const ms_coxnet *net = &r->cv.fit;
    const bool min = at && strcmp(at, "min") == 0, one = at && strcmp(at, "1se") == 0;
    double lambda = r->validated ? r->cv.lambda_min : net->lambda[net->n_lambda - 1];
    if ((min || one) && !r->validated)
        return ms_error_set(err, MS_EUSAGE, "--at %s needs cross-validation: give --cv or --folds", at);
    if (one) lambda = r->cv.lambda_1se;
    if (at && !min && !one && (!ms_parse_number(at, &lambda) || !(lambda >= 0)))
        return ms_error_set(err, MS_EUSAGE, "--at: '%s' is neither min, 1se nor a penalty", at);
    if (!(r->beta = ms_calloc(net->p, sizeof(double)))) return ms_error_nomem(err);
    ms_coxnet_coef(net, lambda, r->beta);
    r->report = (ms_coxnet_report){
        .fit = net, .cv = r->validated ? &r->cv : NULL, .lambda = lambda, .n_dropped = r->in.n_dropped};
    return MS_OK;
}

static ms_status write_table(ms_status (*make)(const ms_coxnet_report *, ms_table **, ms_error *),
                             const ms_coxnet_report *report, const char *path, ms_error *err) {
    ms_table *table = NULL;
    if (!path) return MS_OK;
    ms_status status = make(report, &table, err);
    if (status == MS_OK) status = ms_table_write(table, path, err);
    ms_table_free(table);
    return status;
}

static ms_status draw(const ms_args *args, const result *r, ms_error *err) {
    const ms_coxnet *net = &r->cv.fit;
    const char *path = ms_args_text(args, "path-figure"), *curve = ms_cli_figure(args);
    const ms_plot_net look = {.n = net->n_lambda,
                              .lambda = net->lambda,
                              .df = net->df,
                              .marks = {r->validated ? r->cv.lambda_min : (double)NAN,
                                        r->validated ? r->cv.lambda_1se : (double)NAN},
                              .style = &r->style};
    ms_status status = MS_OK;
    if (curve)
        status = ms_plot_net_cv(&look, r->cv.mean, r->cv.se,
                                r->cv.measure == MS_COXNET_C ? "Harrell's C" : "Partial likelihood deviance",
                                curve, err);
    if (status == MS_OK && path)
        status = ms_plot_net_path(&look, net->beta, net->sd, net->p, (const char *const *)net->names, 8,
                                  "Coefficient of one SD", path, err);
    return status;
}

static ms_status write_files(const ms_args *args, const result *r, ms_error *err) {
    ms_status status =
        write_table(ms_coxnet_coefficient_table, &r->report, ms_args_text(args, "coefficients"), err);
    if (status == MS_OK)
        status = write_table(ms_coxnet_path_table, &r->report, ms_args_text(args, "path"), err);
    if (status == MS_OK && ms_args_text(args, "predict"))
        status = ms_cli_coxnet_predict(&r->cv.fit, r->beta, ms_args_text(args, "predict"),
                                       ms_args_text(args, "output"), err);
    return status == MS_OK ? draw(args, r, err) : status;
}

static ms_status run(const ms_args *args, ms_error *err) {
    result r = {0};
    ms_coxnet_options o;
    ms_coxnet_cv_options how;
    char *text = NULL;
    ms_status status = read_options(args, &o, &how, err);
    if (status == MS_OK) status = ms_cli_figure_style(args, &r.style, err);
    if (status == MS_OK) status = ms_cli_coxnet_read(args, &r.in, err);
    if (status == MS_OK) status = fit(args, &o, &how, &r, err);
    if (status == MS_OK) status = choose(args, &r, err);
    if (status == MS_OK)
        status = ms_args_flag(args, "json") ? ms_coxnet_json(&r.report, &text, err)
                                            : ms_coxnet_text(&r.report, &text, err);
    if (status == MS_OK && !ms_args_dry_run(args)) status = write_files(args, &r, err);
    if (status == MS_OK) status = ms_cli_print(text, err);
    free(text);
    result_clear(&r);
    return status;
}

const ms_command ms_command_coxnet = {
    .group = "survival",
    .name = "coxnet",
    .operands = "TABLE",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "Cox model with an elastic net penalty, and cross-validation",
    .details =
        "For many predictors and few patients. Fits the model for a path of falling penalties and, with --cv "
        "or "
        "--folds, validates it: the penalty of the best deviance (min) and the largest within one standard "
        "error "
        "of it (1se). Rows with a missing value in a column that is used are left out and counted. Ties are "
        "Breslow's. The numbers are those of R's glmnet(family = \"cox\") and cv.glmnet, solved more "
        "exactly. "
        "Folds that --cv deals out hold equal numbers of events; their seed is --seed. "
        "docs/statistics-net.md "
        "has more.",
    .example = "# a lasso, the penalty by 10-fold cross-validation; the predictors that are left\n"
               "myosurv coxnet features.csv --time os_days --event os_event --x 'sm_*' --cv 10 --at 1se "
               "--coefficients chosen.csv --figure cv.svg --path-figure path.svg\n"
               "# elastic net with age unpenalised, and the risk of other patients\n"
               "myosurv coxnet features.csv --time os_days --event os_event --x 'sm_*,age_years' --alpha 0.5 "
               "--cv 10 "
               "--penalty-factor free.csv --predict new.csv -o risks.csv",
    .options = options,
    .run = run,
};
