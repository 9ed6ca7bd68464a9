/* myosurv predict: risk and survival of patients from a trained model. */
#include "cli/commands.h"
#include "cli/list_cli.h"
#include "myosurv/model_steps.h"

#include <stdlib.h>

static const ms_option options[] = {
    {"at", 'a', "T1,T2,...", "also add survival at these times (in the unit of training)", false, false},
    {"interval", 'i', "LEVEL", "also add bounds of risk and survival, e.g. 0.95", false, false},
    {"interval-by", 0, "HOW", "ensemble (default): how the networks differ; dropout: Monte-Carlo dropout",
     false, false},
    {"draws", 0, "N", "networks drawn for --interval-by dropout (default 200)", false, false},
    {"describe", 'd', NULL, "write what is in MODEL as JSON, and predict nothing", false, false},
    {"output", 'o', "OUT.csv", "where the table goes; standard output when not given", false, false},
    {0},
};

/* The numbers of a comma list; *times is to be freed. */
static ms_status read_times(const ms_args *args, double **times, size_t *n, ms_error *err) {
    const ms_status status = ms_cli_numbers(args, "at", times, n, err);
    for (size_t k = 0; status == MS_OK && k < *n; k++)
        if (!((*times)[k] >= 0))
            return ms_error_set(err, MS_EUSAGE,
                                "--at: %g is not a time; give numbers >= 0, e.g. --at 365,1095", (*times)[k]);
    return status;
}

static ms_status read_interval(const ms_args *args, ms_interval_options *o, ms_error *err) {
    static const char *const methods[] = {"ensemble", "dropout"};
    size_t method = 0;
    ms_interval_options_default(o);
    o->seed = ms_args_seed(args);
    ms_status status = ms_args_choice(args, "interval-by", methods, MS_COUNT(methods), &method, err);
    o->method = (ms_interval_method)method;
    if (status == MS_OK) status = ms_args_size(args, "draws", &o->draws, err);
    if (status == MS_OK) status = ms_args_number(args, "interval", &o->level, err);
    if (status != MS_OK) return status;
    if (!(o->level > 0 && o->level < 1))
        return ms_error_set(err, MS_EUSAGE, "--interval: %g is not between 0 and 1, e.g. 0.95", o->level);
    if (!ms_args_text(args, "interval") && (ms_args_text(args, "interval-by") || ms_args_text(args, "draws")))
        return ms_error_set(err, MS_EUSAGE, "--interval-by and --draws are for --interval: give that too");
    return MS_OK;
}

static ms_status check_operands(const ms_args *args, ms_error *err) {
    const size_t n = ms_args_operands(args);
    if (ms_args_flag(args, "describe") && n == 2)
        return ms_error_set(err, MS_EUSAGE, "predict: --describe is of a MODEL alone; leave the table out");
    if (!ms_args_flag(args, "describe") && n < 2)
        return ms_error_set(err, MS_EUSAGE, "predict: which patients? give MODEL and TABLE");
    return MS_OK;
}

static ms_status predict(const ms_args *args, const ms_model *model, const double *times, size_t n_times,
                         const ms_interval_options *interval, ms_error *err) {
    const char *output = ms_args_text(args, "output");
    ms_table *table = NULL;
    ms_status status = ms_table_read(&table, ms_args_operand(args, 1), err);
    if (status == MS_OK)
        status = ms_model_predict_more(model, table, times, n_times,
                                       ms_args_text(args, "interval") ? interval : NULL, err);
    if (status == MS_OK && !ms_args_dry_run(args)) status = ms_table_write(table, output ? output : "-", err);
    ms_table_free(table);
    return status;
}

static ms_status run(const ms_args *args, ms_error *err) {
    ms_model *model = NULL;
    ms_interval_options interval;
    double *times = NULL;
    size_t n_times = 0;
    const char *output = ms_args_text(args, "output");
    ms_status status = check_operands(args, err);
    if (status == MS_OK) status = read_times(args, &times, &n_times, err);
    if (status == MS_OK) status = read_interval(args, &interval, err);
    if (status == MS_OK) status = ms_model_load(&model, ms_args_operand(args, 0), err);
    if (status == MS_OK && ms_args_flag(args, "describe"))
        status = ms_args_dry_run(args) ? MS_OK : ms_model_describe(model, output ? output : "-", err);
    else if (status == MS_OK)
        status = predict(args, model, times, n_times, &interval, err);
    free(times);
    ms_model_free(model);
    return status;
}

const ms_command ms_command_predict = {
    .group = "modelling",
    .name = "predict",
    .operands = "MODEL TABLE",
    .min_operands = 1,
    .max_operands = 2,
    .summary = "add a trained model's risk and survival to a table",
    .details =
        "TABLE must have every column the model was trained on, under the same name (with its unit), in any "
        "order; other columns are left alone. Adds `risk`, the log hazard ratio against the mean of the "
        "training patients (higher: an "
        "earlier event), and `survival_T` for each time T of --at: the chance to be free of the event at T, "
        "from the baseline hazard of the training patients. Beyond their longest follow-up it is left "
        "empty. A missing input counts as the training median. A model that was trained with --harmonize "
        "corrects each patient for the scanner that the same column names; a scanner it has not seen is an "
        "error.\n\n"
        "--interval adds risk_lower, risk_upper, survival_T_lower and survival_T_upper: how far the risk may "
        "be off because the model was learned from few patients, not how far a patient's own time may be "
        "from the curve. docs/model-predict.md says how they are made and how often they hold.",
    .example = "# risk and survival at one and three years\n"
               "myosurv predict os.model test.csv --at 365,1095 -o predicted.csv\n"
               "# how well does it tell patients apart?\n"
               "myosurv cindex predicted.csv --time os_days --event os_event --risk risk\n"
               "# with bounds\n"
               "myosurv predict os.model test.csv --at 365 --interval 0.95 -o bounds.csv\n"
               "# what is in the model\n"
               "myosurv predict os.model --describe",
    .options = options,
    .run = run,
};
