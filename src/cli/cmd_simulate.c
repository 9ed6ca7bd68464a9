/* myosurv simulate: a cohort with a known hazard. */
#include "cli/commands.h"
#include "myosurv/model_simulate.h"

static const ms_option options[] = {
    {"rows", 'n', "N", "patients (default 4000)", false, false},
    {"inputs", 0, "P", "columns x0, x1, ... (default 10)", false, false},
    {"informative", 0, "K", "of them carry the hazard, the first K (default 2)", false, false},
    {"max-hazard", 0, "M", "gaussian, treatment: highest hazard ratio, in the middle (default 10)", false,
     false},
    {"radius", 0, "R", "gaussian, treatment: how far it reaches (default 0.5)", false, false},
    {"mean-time", 0, "T", "mean time to the event at risk 0 (default 5)", false, false},
    {"censoring", 0, "SHARE", "share of patients censored, all at one time (default 0.5)", false, false},
    {"end-time", 0, "T", "or: follow-up ends at T", false, false},
    {"output", 'o', "TABLE.csv", "where the table goes; standard output when not given", false, false},
    {0},
};

static ms_status read_options(const ms_args *args, ms_simulate_options *o, ms_error *err) {
    ms_status status;
    ms_simulate_options_default(o);
    o->seed = ms_args_seed(args);
    if (ms_args_text(args, "censoring") && ms_args_text(args, "end-time"))
        return ms_error_set(err, MS_EUSAGE, "--censoring and --end-time exclude each other");
    if ((status = ms_simulate_kind_find(ms_args_operand(args, 0), &o->kind, err)) ||
        (status = ms_args_size(args, "rows", &o->rows, err)) ||
        (status = ms_args_size(args, "inputs", &o->inputs, err)) ||
        (status = ms_args_size(args, "informative", &o->informative, err)) ||
        (status = ms_args_number(args, "max-hazard", &o->max_hazard, err)) ||
        (status = ms_args_number(args, "radius", &o->radius, err)) ||
        (status = ms_args_number(args, "mean-time", &o->mean_time, err)) ||
        (status = ms_args_number(args, "censoring", &o->censored, err)) ||
        (status = ms_args_number(args, "end-time", &o->end_time, err)))
        return status;
    if (ms_args_text(args, "end-time") && !(o->end_time > 0))
        return ms_error_set(err, MS_EUSAGE, "--end-time must be above 0");
    return MS_OK;
}

static ms_status run(const ms_args *args, ms_error *err) {
    const char *output = ms_args_text(args, "output");
    ms_simulate_options o;
    ms_table *table = NULL;
    ms_status status = read_options(args, &o, err);
    if (status == MS_OK && !ms_args_dry_run(args)) {
        status = ms_simulate_table(&o, &table, err);
        if (status == MS_OK) status = ms_table_write(table, output ? output : "-", err);
    }
    ms_table_free(table);
    return status;
}

const ms_command ms_command_simulate = {
    .group = "modelling",
    .name = "simulate",
    .operands = "KIND",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "draw a cohort whose hazard is known, to see what a model finds again",
    .details =
        "KIND is linear, gaussian or treatment, as in DeepSurv (Katzman et al. 2018). The inputs are uniform "
        "from -1 to 1, the first K carry the hazard. The table has x0 ..., treatment (0 or 1, that kind "
        "only), time, event and true_risk, the true log hazard ratio:\n"
        "  linear     1 x0 + 2 x1 + ... + K x(K-1)\n"
        "  gaussian   log(M) exp(-(x0^2 + ... ) / (2 R^2)): highest in the middle, unseen by Cox regression\n"
        "  treatment  the Gaussian one for the treated, 0 for the others: it helps some and harms some\n"
        "less its mean, so that 0 is the average patient. The time to the event is exponential with mean "
        "T exp(-true_risk).\n\n"
        "true_risk tells the outcome and must not be an input: give --x 'x*' (and treatment) to `myosurv "
        "train`. `myosurv cindex` with --risk true_risk is the most that any model can reach but for "
        "chance.",
    .example = "# DeepSurv's nonlinear cohort, a model of it, and how close it comes to the truth\n"
               "myosurv simulate gaussian -o cohort.csv --rows 5000 --seed 1\n"
               "myosurv simulate gaussian -o fresh.csv --rows 1000 --seed 2\n"
               "myosurv train cohort.csv --time time --event event --x 'x*' -o cohort.model\n"
               "myosurv predict cohort.model fresh.csv -o predicted.csv\n"
               "myosurv cindex predicted.csv --time time --event event --risk risk\n"
               "myosurv cindex predicted.csv --time time --event event --risk true_risk",
    .options = options,
    .run = run,
};
