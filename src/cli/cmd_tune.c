/* myosurv tune: a search for the settings of train. */
#include "cli/commands.h"
#include "cli/tune_cli.h"
#include "myosurv/model_tune.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const ms_option options[] = {
    {"time", 't', "COL", "column with the follow-up time", false, false},
    {"event", 'e', "COL[=VALUE]", "column with the event: 0 or 1, or equal to VALUE", false, false},
    {"x", 'x', "COLS", "input columns: names and patterns, e.g. 'age_years,sm_*'", false, false},
    {"space", 0, "FILE", "what to search, JSON (data/tune.schema.json)", false, false},
    {"print-space", 0, NULL, "write the search space to standard output, and end", false, false},
    {"config", 'c', "BASE", "settings that are not searched, JSON (data/train.schema.json)", false, false},
    {"trials", 'n', "N", "settings to try (default 50), with those in the log", false, false},
    {"folds", 0, "K", "judge by cross-validation in K parts (default 5, from 2000 rows on 3)", false, false},
    {"validation", 0, "SHARE", "instead: judge on one part that is held back, e.g. 0.2", false, false},
    {"metric", 0, "NAME", "what is made better: c (default) or loss", false, false},
    {"search-members", 0, "N", "networks of a trial's model (default 1)", false, false},
    {"startup", 0, "N", "trials at random before the first suggestion (default 12)", false, false},
    {"batch", 0, "N", "trials suggested at once, which run side by side (default 2)", false, false},
    {"no-pruning", 0, NULL, "judge every trial on all folds", false, false},
    {"max-time", 0, "SECONDS", "begin no trial after this time", false, false},
    {"log", 'l', "LOG.jsonl", "one JSON line a trial; a search that was stopped goes on from it", false, false},
    {"output", 'o', "BEST.json", "the best settings, for train --config", false, false},
    {"trials-table", 0, "FILE.csv", "also write the trials as a table", false, false},
    {"json", 0, NULL, "JSON with 17 digits", false, false},
    {"figure", 'f', "FILE", "also draw the trials and the best so far: .svg, .pdf or .png", false, false},
    {0},
};
/* clang-format on */

static ms_status read_numbers(const ms_args *args, ms_tune_options *o, ms_error *err) {
    static const char *const metrics[] = {"loss", "c"};
    size_t metric = o->metric;
    ms_status status = ms_args_size(args, "trials", &o->trials, err);
    if (status == MS_OK) status = ms_args_size(args, "folds", &o->folds, err);
    if (status == MS_OK) status = ms_args_number(args, "validation", &o->validation, err);
    if (status == MS_OK) status = ms_args_size(args, "search-members", &o->members, err);
    if (status == MS_OK) status = ms_args_size(args, "startup", &o->startup, err);
    if (status == MS_OK) status = ms_args_size(args, "batch", &o->batch, err);
    if (status == MS_OK) status = ms_args_number(args, "max-time", &o->max_seconds, err);
    if (status == MS_OK) status = ms_args_choice(args, "metric", metrics, MS_COUNT(metrics), &metric, err);
    if (status == MS_OK && ms_args_text(args, "validation") && ms_args_text(args, "folds"))
        status = ms_error_set(err, MS_EUSAGE, "give --folds or --validation, not both");
    if (status == MS_OK && ms_args_text(args, "validation") && !(o->validation > 0))
        status = ms_error_set(err, MS_EUSAGE, "--validation is %g, but must be above 0 and at most 0.5",
                              o->validation);
    o->metric = (ms_tune_metric)metric;
    return status;
}

static ms_status read_options(const ms_args *args, ms_tune_options *o, ms_tune_space **space, ms_error *err) {
    const char *base = ms_args_text(args, "config"), *file = ms_args_text(args, "space");
    ms_tune_options_default(o);
    o->seed = ms_args_seed(args);
    o->prune = !ms_args_flag(args, "no-pruning");
    o->log = ms_args_text(args, "log");
    ms_status status = read_numbers(args, o, err);
    if (status == MS_OK && base) status = ms_train_config_read(&o->base, base, err);
    if (status == MS_OK)
        status = file ? ms_tune_space_read(space, file, err) : ms_tune_space_default(space, err);
    if (status == MS_OK) o->space = *space;
    return status;
}

static ms_status check_usage(const ms_args *args, ms_error *err) {
    static const char *const needed[] = {"time", "event", "output"};
    if (ms_args_operands(args) == 0)
        return ms_error_set(err, MS_EUSAGE, "tune needs a TABLE (or --print-space)");
    for (size_t i = 0; i < MS_COUNT(needed); i++)
        if (!ms_args_text(args, needed[i])) return ms_error_set(err, MS_EUSAGE, "tune needs --%s", needed[i]);
    const char *figure = ms_args_text(args, "figure");
    if (figure && !ms_text_ends_with(figure, ".svg") && !ms_text_ends_with(figure, ".pdf") &&
        !ms_text_ends_with(figure, ".png"))
        return ms_error_set(err, MS_EUSAGE, "%s: a figure's name must end with .svg, .pdf or .png", figure);
    return MS_OK;
}

typedef struct progress {
    ms_progress *bar;
} progress;

static bool on_trial(void *context, const ms_tune_trial *trial, bool resumed) {
    static const char *const states[] = {"", ", given up", ", failed: "};
    const progress *p = context;
    ms_progress_step(p->bar, 1);
    ms_log(MS_LOG_DEBUG, "trial %zu%s: C %.4f, loss %.4f%s%s", trial->number,
           resumed ? " (from the log)" : "", trial->c, trial->loss, states[trial->state], trial->message);
    return true;
}

static ms_status search(const ms_args *args, ms_tune_options *o, ms_tune_result *result, ms_error *err) {
    ms_table *table = NULL;
    ms_status status = ms_table_read(&table, ms_args_operand(args, 0), err);
    if (status == MS_OK && !ms_args_dry_run(args)) {
        progress p = {ms_progress_start("searching", o->trials)};
        o->callback = on_trial;
        o->context = &p;
        status = ms_tune_run_table(table, ms_args_text(args, "time"), ms_args_text(args, "event"),
                                   ms_args_text(args, "x"), o, result, err);
        ms_progress_end(p.bar);
    }
    ms_table_free(table);
    return status;
}

static ms_status write_outputs(const ms_args *args, const ms_tune_options *o, const ms_tune_result *result,
                               ms_error *err) {
    const char *table = ms_args_text(args, "trials-table"), *figure = ms_args_text(args, "figure");
    ms_status status = ms_tune_result_write(result, ms_args_text(args, "output"), err);
    if (status == MS_OK && table) status = ms_cli_tune_table(result, table, err);
    if (status == MS_OK && figure) status = ms_cli_tune_figure(result, o->metric, figure, err);
    if (status == MS_OK && ms_args_flag(args, "json"))
        status = ms_cli_tune_json(result, err);
    else if (status == MS_OK && !ms_args_quiet(args))
        status = ms_cli_tune_text(result, ms_args_text(args, "output"), err);
    return status;
}

static ms_status run(const ms_args *args, ms_error *err) {
    ms_tune_options o;
    ms_tune_space *space = NULL;
    ms_tune_result result = {0};
    const bool print = ms_args_flag(args, "print-space");
    ms_status status = print ? MS_OK : check_usage(args, err);
    if (status == MS_OK) status = read_options(args, &o, &space, err);
    if (status == MS_OK && print) {
        status = ms_tune_space_write(space, "-", err);
    } else if (status == MS_OK) {
        status = search(args, &o, &result, err);
        if (status == MS_OK && !ms_args_dry_run(args)) status = write_outputs(args, &o, &result, err);
    }
    ms_tune_result_clear(&result);
    ms_tune_space_free(space);
    return status;
}

const ms_command ms_command_tune = {
    .group = "modelling",
    .name = "tune",
    .operands = "[TABLE]",
    .min_operands = 0,
    .max_operands = 1,
    .summary = "search for the settings of train that do best on rows held back",
    .details =
        "TABLE is a table for train. Each trial is one setting of the search space, judged by "
        "cross-validation within the table; the next ones are suggested by a Tree-structured Parzen "
        "Estimator from what the earlier ones gave. Trial 0 is --config (or the defaults), so the result is "
        "never one that looked worse. A trial that is worse than the median of the others on the first "
        "folds is given up; one whose training diverges counts as failed, and the search goes on.\n\n"
        "With --log a search that was stopped, or killed at any moment, goes on from where it was when the "
        "same command is given again, and ends with the same bytes. The same table, options and --seed "
        "give the same result with any number of threads.\n\n"
        "The C of the best trial is the luckiest of many and flatters. Judge the tuned model on patients "
        "that the search has not seen.",
    .example =
        "# search, then train with what was found\n"
        "myosurv tune train.csv --time os_days --event os_event --trials 50 --log search.jsonl -o best.json\n"
        "myosurv train train.csv --time os_days --event os_event --config best.json -o os.model\n"
        "# a search space of your own: begin with the one that is there\n"
        "myosurv tune --print-space > space.json",
    .options = options,
    .run = run,
};
