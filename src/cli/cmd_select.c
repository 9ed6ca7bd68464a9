/* myosurv select: which features to go on with. */
#include "cli/commands.h"
#include "myosurv/study_tables.h"

#include <stdlib.h>

static const ms_option options[] = {
    {"x", 'x', "COLS", "features: names and patterns, e.g. 'sm_*,pm_*'", false, false},
    {"train", 0, "COL=VALUE", "learn from these rows only", false, false},
    {"time", 't', "COL", "end of follow-up (for --cox-fdr, --cox-net and --mrmr)", false, false},
    {"event", 'e', "COL[=VALUE]", "1 event, 0 censored; with =VALUE that value is the event", false, false},
    {"max-missing", 0, "SHARE", "largest share of missing values (default 0.2)", false, false},
    {"max-same", 0, "SHARE", "largest share of one value (default 0.95)", false, false},
    {"icc", 0, "FILE.csv", "reliability of each feature, as `icc` and `perturb --icc` write it", false,
     false},
    {"icc-column", 0, "COL", "its column that must reach --min-icc (default icc1_lower)", false, false},
    {"min-icc", 0, "ICC", "default 0.75", false, false},
    {"max-correlation", 0, "R", "largest absolute Spearman correlation of two (default 0.9; 1: any)", false,
     false},
    {"cox-fdr", 0, "Q", "largest false discovery rate of the univariate Cox model", false, false},
    {"cox-net", 0, "ALPHA", "keep what a Cox elastic net keeps: 1 lasso, between 0 and 1", false, false},
    {"net-folds", 0, "K", "folds of the cross-validation that sets its penalty (default 10)", false, false},
    {"net-at", 0, "WHICH", "its penalty: min (default), or 1se for fewer features", false, false},
    {"mrmr", 0, "N", "keep the N of least redundancy and most relevance", false, false},
    {"save", 's', "FILE.json", "keep the selection, for other tables", false, false},
    {"statistics", 0, "FILE.csv", "write what became of every feature and why", false, false},
    {"model", 'm', "FILE.json", "apply what was saved; learn nothing", false, false},
    {"output", 'o', "OUT.csv", "the table with the chosen features only", false, false},
    {0},
};

static ms_status read_numbers(const ms_args *args, ms_select_options *o, ms_error *err) {
    static const char *const places[] = {"min", "1se"};
    size_t place = 0;
    ms_status status = ms_args_choice(args, "net-at", places, MS_COUNT(places), &place, err);
    o->net_1se = place == 1;
    o->seed = ms_args_seed(args);
    if (status != MS_OK) return status;
    if (ms_args_text(args, "cox-net")) {
        if ((status = ms_args_number(args, "cox-net", &o->cox_net, err))) return status;
        if (!(o->cox_net > 0 && o->cox_net <= 1))
            return ms_error_set(err, MS_EUSAGE, "--cox-net: alpha %g is not above 0 and up to 1 (lasso)",
                                o->cox_net);
    }
    if ((status = ms_args_size(args, "net-folds", &o->net_folds, err))) return status;
    if ((status = ms_args_number(args, "max-missing", &o->max_missing, err)) ||
        (status = ms_args_number(args, "max-same", &o->max_same, err)) ||
        (status = ms_args_number(args, "min-icc", &o->min_icc, err)) ||
        (status = ms_args_number(args, "max-correlation", &o->max_correlation, err)) ||
        (status = ms_args_number(args, "cox-fdr", &o->cox_fdr, err)))
        return status;
    return ms_args_size(args, "mrmr", &o->mrmr, err);
}

static ms_status learn(const ms_args *args, const ms_table *table, ms_selection *selection, ms_error *err) {
    const char *icc = ms_args_text(args, "icc"), *column = ms_args_text(args, "icc-column");
    ms_select_options o;
    ms_table *reliability = NULL;
    ms_select_options_default(&o);
    o.features = ms_args_text(args, "x");
    o.train = ms_args_text(args, "train");
    o.time = ms_args_text(args, "time");
    o.event = ms_args_text(args, "event");
    if (column) o.icc = column;
    ms_status status = read_numbers(args, &o, err);
    if (status == MS_OK && icc) status = ms_table_read(&reliability, icc, err);
    o.reliability = reliability;
    if (status == MS_OK) status = ms_selection_fit(table, &o, selection, err);
    ms_table_free(reliability);
    return status;
}

static ms_status write_statistics(const ms_selection *selection, const char *path, ms_error *err) {
    ms_table *table = NULL;
    ms_status status = ms_selection_table(selection, &table, err);
    if (status == MS_OK) status = ms_table_write(table, path, err);
    ms_table_free(table);
    return status;
}

static ms_status apply(const char *model, const ms_table *table, const char *output, ms_error *err) {
    ms_table *out = NULL;
    ms_status status = ms_selection_apply(model, table, &out, err);
    if (status == MS_OK) status = ms_table_write(out, output, err);
    ms_table_free(out);
    return status;
}

/* The chosen names, one a line, when no table was asked for. */
static ms_status print_names(const ms_selection *selection, ms_error *err) {
    ms_buffer text;
    ms_buffer_init(&text);
    for (size_t f = 0; f < selection->n; f++)
        if (selection->features[f].step == MS_SELECT_CHOSEN)
            ms_buffer_printf(&text, "%s\n", selection->features[f].name);
    ms_status status = ms_buffer_failed(&text) ? ms_error_nomem(err) : MS_OK;
    if (status == MS_OK && text.length > 0) status = ms_file_write("-", text.data, text.length, err);
    ms_buffer_clear(&text);
    return status;
}

static ms_status run(const ms_args *args, ms_error *err) {
    const char *model = ms_args_text(args, "model"), *save = ms_args_text(args, "save");
    const char *output = ms_args_text(args, "output"), *statistics = ms_args_text(args, "statistics");
    ms_table *table = NULL;
    ms_selection selection = {0};
    if (!model == !ms_args_text(args, "x"))
        return ms_error_set(err, MS_EUSAGE, "select: give --x to learn, or --model to apply");
    if (!model && output && !save)
        return ms_error_set(err, MS_EUSAGE,
                            "select: --output needs --save, so that other tables can be treated alike");
    ms_status status = ms_table_read(&table, ms_args_operand(args, 0), err);
    if (status == MS_OK && !model) status = learn(args, table, &selection, err);
    if (status == MS_OK && !ms_args_dry_run(args)) {
        if (!model && save) status = ms_selection_save(&selection, save, err);
        if (status == MS_OK && !model && statistics) status = write_statistics(&selection, statistics, err);
        if (status == MS_OK && !model && !output) status = print_names(&selection, err);
        if (status == MS_OK && (model || output))
            status = apply(model ? model : save, table, output ? output : "-", err);
    }
    ms_selection_clear(&selection);
    ms_table_free(table);
    return status;
}

const ms_command ms_command_select = {
    .group = "modelling",
    .name = "select",
    .operands = "TABLE",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "choose features: variance, reliability, correlation, Cox, elastic net, mRMR",
    .details =
        "Filters in this order, each on what the one before left: missing values, low variance, reliability "
        "(--icc), correlation of features with each other, univariate Cox model with Benjamini-Hochberg's "
        "false "
        "discovery rate, Cox elastic net (the penalty by cross-validation, seeded by --seed), minimum "
        "redundancy with maximum relevance (Ding & Peng 2005). All is learned "
        "from the rows of --train; other rows have no say. Prints the chosen names, or with --output writes "
        "the "
        "table without the features that were not chosen. --save keeps the selection with each chosen "
        "feature's numbers; --model applies it to another table. A feature that is absent from the table of "
        "--icc "
        "counts as not reliable. docs/features-trust.md has more.",
    .example = "# reliable, not alike, related to survival in the training rows; keep the ten best\n"
               "myosurv select cohort.csv --x 'sm_*' --train split=training --icc icc.csv --time os_days "
               "--event os_event "
               "--cox-fdr 0.1 --mrmr 10 --save selection.json -o selected.csv\n"
               "# the same features of other patients\n"
               "myosurv select new.csv --model selection.json -o new-selected.csv",
    .options = options,
    .run = run,
};
