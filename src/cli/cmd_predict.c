/* myosurv predict: risk and survival of patients from a trained model. */
#include "cli/commands.h"
#include "myosurv/model.h"

#include <stdlib.h>
#include <string.h>

static const ms_option options[] = {
    {"at", 'a', "T1,T2,...", "also add survival at these times (in the unit of training)", false, false},
    {"output", 'o', "OUT.csv", "where the table goes; standard output when not given", false, false},
    {0},
};

/* The numbers of a comma list; *times is to be freed. */
static ms_status read_times(const char *text, double **times, size_t *n, ms_error *err) {
    size_t count = 0;
    if (!text) return MS_OK;
    char *list = ms_strdup(text);
    double *values = ms_calloc(strlen(text) + 1, sizeof *values);
    ms_status status = list && values ? MS_OK : ms_error_nomem(err);
    char *rest = list;
    while (status == MS_OK && rest) {
        char *item = rest, *comma = strchr(rest, ',');
        rest = comma ? comma + 1 : NULL;
        if (comma) *comma = '\0';
        if (!ms_parse_number(item, &values[count]) || !(values[count] >= 0))
            status = ms_error_set(err, MS_EUSAGE,
                                  "--at: \"%s\" is not a time; give numbers >= 0, e.g. --at 365,1095", item);
        count++;
    }
    free(list);
    if (status != MS_OK) {
        free(values);
        return status;
    }
    *times = values;
    *n = count;
    return MS_OK;
}

static ms_status run(const ms_args *args, ms_error *err) {
    ms_model *model = NULL;
    ms_table *table = NULL;
    double *times = NULL;
    size_t n_times = 0;
    const char *output = ms_args_text(args, "output");
    ms_status status = read_times(ms_args_text(args, "at"), &times, &n_times, err);
    if (status == MS_OK) status = ms_model_load(&model, ms_args_operand(args, 0), err);
    if (status == MS_OK) status = ms_table_read(&table, ms_args_operand(args, 1), err);
    if (status == MS_OK) status = ms_model_predict_into(model, table, times, n_times, err);
    if (status == MS_OK && !ms_args_dry_run(args)) status = ms_table_write(table, output ? output : "-", err);
    free(times);
    ms_table_free(table);
    ms_model_free(model);
    return status;
}

const ms_command ms_command_predict = {
    .group = "modelling",
    .name = "predict",
    .operands = "MODEL TABLE",
    .min_operands = 2,
    .max_operands = 2,
    .summary = "add a trained model's risk and survival to a table",
    .details =
        "TABLE must have every column the model was trained on, under the same name (with its unit), in any "
        "order. Adds `risk`, the log hazard ratio against the mean of the training patients (higher: an "
        "earlier event), and `survival_T` for each time T of --at: the chance to be free of the event at T, "
        "from the baseline hazard of the training patients. Beyond their longest follow-up it is left "
        "empty. A missing input counts as the training median.",
    .example = "# risk and survival at one and three years\n"
               "myosurv predict os.model test.csv --at 365,1095 -o predicted.csv\n"
               "# how well does it tell patients apart?\n"
               "myosurv cindex predicted.csv --time time_days --event event --risk risk",
    .options = options,
    .run = run,
};
