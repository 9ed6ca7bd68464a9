#include "cli/commands.h"

#include "myosurv/study_shard.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

static ms_status write_json(const char *folder, const ms_study_merge_summary *s, ms_error *err) {
    const struct {
        const char *key;
        size_t value;
    } numbers[] = {{"cases", s->cases},   {"used", s->used},    {"excluded", s->excluded},
                   {"failed", s->failed}, {"never", s->never},  {"stale", s->stale},
                   {"copied", s->copied}, {"unseen", s->unseen}};
    cJSON *root = cJSON_CreateObject();
    ms_status status = root ? ms_json_add_text(root, "study", folder, err) : ms_error_nomem(err);
    for (size_t i = 0; i < MS_COUNT(numbers) && status == MS_OK; i++)
        status = ms_json_add_number(root, numbers[i].key, (double)numbers[i].value, err);
    if (status == MS_OK)
        status = ms_json_add_bool(root, "complete", s->never + s->failed + s->stale == 0, err);
    if (status == MS_OK) status = ms_json_write(root, "-", err);
    cJSON_Delete(root);
    return status;
}

static void write_text(const char *folder, const ms_study_merge_summary *s, bool tables_only) {
    printf("%s: %zu cases: %zu used, %zu left out, %zu failed, %zu never run, %zu to be done again", folder,
           s->cases, s->used, s->excluded, s->failed, s->never, s->stale);
    if (s->copied > 0) printf("; %zu taken from other folders", s->copied);
    if (s->unseen > 0) printf("; %zu by their records alone (no scan here)", s->unseen);
    printf("\n%s: %s/%s\n", tables_only ? "tables" : "report", folder,
           tables_only ? "tables" : "report.html");
}

static ms_status run(const ms_args *args, ms_error *err) {
    const char *folder = ms_args_operand(args, 0);
    const size_t n_from = ms_args_operands(args) - 1;
    const char **from = ms_calloc(n_from, sizeof *from);
    if (!from) return ms_error_nomem(err);
    for (size_t i = 0; i < n_from; i++) from[i] = ms_args_operand(args, i + 1);
    const ms_study_merge_options options = {.require_complete = ms_args_flag(args, "require-complete"),
                                            .tables_only = ms_args_flag(args, "tables-only"),
                                            .from = from,
                                            .n_from = n_from};
    ms_study_merge_summary s = {0};
    ms_status status = ms_study_merge(folder, &options, &s, err);
    free((void *)from);
    if (status != MS_OK && (status != MS_EPARTIAL || options.require_complete)) return status;
    if (ms_args_flag(args, "json")) {
        const ms_status written = write_json(folder, &s, status == MS_OK ? err : NULL);
        return status == MS_OK ? written : status;
    }
    write_text(folder, &s, options.tables_only);
    return status;
}

static const ms_option options[] = {
    {"require-complete", 0, NULL, "an error, and nothing written, when a case is missing, failed or changed",
     false, false},
    {"tables-only", 0, NULL, "join the tables of cases only: no network, statistics or report", false, false},
    {"json", 0, NULL, "the counts as JSON", false, false},
    {0},
};

const ms_command ms_command_study_merge = {
    .group = "study",
    .name = "study merge",
    .operands = "FOLDER [FROM...]",
    .min_operands = 1,
    .max_operands = 1000,
    .summary = "join the cases that shards made into tables, statistics and report",
    .details =
        "After 'study run --shard I/N' on any number of machines: the tables, networks, statistics and "
        "report "
        "are the same, byte for byte, as one process makes them, for every N. Cases made by another version "
        "of "
        "the program or with other parameters are refused by name. Without --require-complete, cases that "
        "are "
        "not done are left out and told (exit code 4). With FROM, finished cases are copied from other study "
        "folders first, checked against their records: for machines without a common disk. FOLDER is made "
        "like "
        "the first FROM where there is no study yet. Scans need not be on this machine.",
    .example = "  myosurv study run my-study --shard 1/2\n"
               "  myosurv study run my-study --shard 2/2\n"
               "  myosurv study merge my-study --require-complete\n"
               "  myosurv study merge joint from-machine-a from-machine-b",
    .options = options,
    .run = run,
};
