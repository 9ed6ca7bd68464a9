/* myosurv train: a deep Cox network from a table. */
#include "cli/commands.h"
#include "cli/survival_cli.h"
#include "cli/train_cv_cli.h"
#include "cli/train_more_cli.h"
#include "cli/train_steps_cli.h"
#include "myosurv/model.h"

#include <stdlib.h>

static const ms_option options[] = {
    {"time", 't', "COL", "column with the follow-up time", true, false},
    {"event", 'e', "COL[=VALUE]", "column with the event: 0 or 1, or equal to VALUE", true, false},
    {"x", 'x', "COLS", "input columns: names and patterns, e.g. 'age_years,sm_*'", false, false},
    {"config", 'c', "FILE", "settings, JSON (data/train.schema.json)", false, false},
    {"output", 'o', "MODEL", "the model file to write", true, false},
    {"history", 0, "FILE", "also write the training record as CSV", false, false},
    MS_TRAIN_MORE_OPTIONS,
    MS_TRAIN_CV_OPTIONS,
    MS_TRAIN_STEPS_OPTIONS,
    {0},
};

/* The bar moves with each epoch of each network; how many there will be is not known, since training stops
 * early. */
static bool on_epoch(void *context, const ms_epoch *epoch) {
    (void)epoch;
    ms_progress_step(context, 1);
    return true;
}

static ms_status tell(const ms_model *model, const char *path, ms_error *err) {
    ms_model_info info;
    char c[32], cut[32];
    ms_buffer text;
    ms_model_get_info(model, &info);
    ms_buffer_init(&text);
    ms_buffer_printf(&text, "model\t%s\nrows\t%zu\nevents\t%zu\ninputs\t%zu of %zu\n", path, info.n,
                     info.events, info.n_used, info.n_features);
    if (info.autoencoder) {
        ms_format_number(c, info.reconstruction);
        ms_buffer_printf(&text, "autoencoder\t%zu to %zu, error %s (1: no better than the mean)\n",
                         info.n_used, info.code_size, c);
    }
    ms_format_number(c, info.train_c);
    ms_buffer_printf(&text, "networks\t%zu\nC on training rows\t%s (optimistic)\n", info.members, c);
    ms_format_number(c, info.valid_c);
    ms_format_number(cut, info.cutpoint);
    ms_buffer_printf(&text, "C on rows held back\t%s\ncut-point of risk\t%s\n", c, cut);
    ms_status status = ms_buffer_failed(&text) ? ms_error_nomem(err) : MS_OK;
    if (status == MS_OK) status = ms_cli_print(text.data, err);
    ms_buffer_clear(&text);
    return status;
}

static ms_status read_config(const ms_args *args, ms_train_config *config, ms_error *err) {
    const char *path = ms_args_text(args, "config");
    ms_train_config_default(config);
    return path ? ms_train_config_read(config, path, err) : MS_OK;
}

static ms_status run_training(const ms_args *args, const ms_table *table, const ms_train_config *config,
                              const ms_train_more *extra, ms_model **model, ms_error *err) {
    ms_progress *bar = ms_progress_start("training", config->members * (config->network.epochs + 1));
    ms_train_tables more = extra->tables;
    more.callback = on_epoch;
    more.context = bar;
    ms_train_steps steps;
    ms_table *reliability = NULL;
    ms_status status = ms_cli_train_steps(args, &steps, &reliability, err);
    if (status == MS_OK)
        status = ms_train_with_steps(table, ms_args_text(args, "time"), ms_args_text(args, "event"),
                                     ms_args_text(args, "x"), &steps, config, ms_args_seed(args), &more,
                                     model, err);
    ms_table_free(reliability);
    ms_progress_end(bar);
    return status;
}

static ms_status run(const ms_args *args, ms_error *err) {
    ms_train_config config;
    ms_train_more more = {0};
    ms_table *table = NULL;
    ms_model *model = NULL;
    const char *output = ms_args_text(args, "output"), *history = ms_args_text(args, "history");
    ms_status status = read_config(args, &config, err);
    if (status == MS_OK) status = ms_cli_train_more(args, output, &config, &more, err);
    if (status == MS_OK) status = ms_table_read(&table, ms_args_operand(args, 0), err);
    if (status == MS_OK && !ms_args_dry_run(args)) status = ms_cli_train_cv(args, table, &config, err);
    if (status == MS_OK && !ms_args_dry_run(args)) {
        status = run_training(args, table, &config, &more, &model, err);
        if (status == MS_OK) status = ms_model_save(model, output, err);
        if (status == MS_OK) status = ms_cli_train_remove_checkpoint(&more, err);
        if (status == MS_OK && history) status = ms_model_history_write(model, history, err);
        if (status == MS_OK && !ms_args_quiet(args)) status = tell(model, output, err);
    }
    ms_model_free(model);
    ms_table_free(table);
    ms_cli_train_more_clear(&more);
    return status;
}

const ms_command ms_command_train = {
    .group = "modelling",
    .name = "train",
    .operands = "TABLE",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "train a deep Cox network, with an autoencoder before it where there are many inputs",
    .details =
        "TABLE is a CSV file with one row a patient. Without --x every numeric column is an input, but for "
        "time, event, ids and columns that look like another outcome. Columns that are constant or mostly "
        "missing are left out, missing values get the training median, and inputs are scaled; all this, the "
        "settings, the baseline hazard and the training record are kept in the model file. With more than "
        "100 inputs an autoencoder first presses them into a short code. The same table, settings and "
        "--seed give the same model.\n\n"
        "A training that was killed goes on from its checkpoint when the same command is given again, to the "
        "same model; the checkpoint is written every few seconds and removed when the model is there. Tables "
        "that are watched decide nothing: they only draw curves.\n\n"
        "The C-index on training rows flatters the model. Judge it on patients it has not seen: `myosurv "
        "predict`, then `myosurv cindex`.",
    .example =
        "# train on every numeric column of a table\n"
        "myosurv train train.csv --time os_days --event os_event -o os.model\n"
        "# risk and survival at one and three years for other patients\n"
        "myosurv predict os.model test.csv --at 365,1095 -o predicted.csv\n"
        "# first judge the whole procedure by nested cross-validation, beside plain rivals\n"
        "myosurv train train.csv --time os_days --event os_event -o os.model --cv 5x2 --cv-at 365,1095",
    .options = options,
    .run = run,
};
