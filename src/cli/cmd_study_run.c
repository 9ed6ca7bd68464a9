#include "cli/commands.h"

#include "myosurv/study.h"
#include "myosurv/study_shard.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

static bool quiet, verbose;

/* "2026-03-01T03:00:05+0100 myosurv: warning: SYN-0003: ..." for logs: when, what, which case; never a
 * colour. */
static void log_with_time(void *context, ms_log_level level, const char *message) {
    (void)context;
    static const char *const words[] = {"debug: ", "", "warning: ", "error: "};
    char when[40] = "";
    struct tm local;
    const time_t now = time(NULL);
    if (level == MS_LOG_DEBUG && !verbose) return;
    if (level < MS_LOG_WARNING && quiet) return;
    if (localtime_r(&now, &local)) (void)strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%S%z ", &local);
    fprintf(stderr, "%smyosurv: %s%s\n", when, words[level], message);
}

/* On a terminal the progress bar tells the time; into a file every line says when. */
static void set_log(const ms_args *args) {
    quiet = ms_args_quiet(args);
    verbose = ms_args_flag(args, "verbose");
    if (!isatty(STDERR_FILENO)) ms_log_set_sink(log_with_time, NULL);
}

/* "90" or "90s", "30m", "2h", "1.5d" in seconds. */
static ms_status read_duration(const ms_args *args, const char *name, double *seconds, ms_error *err) {
    static const char units[] = "smhd";
    static const double sizes[] = {1, 60, 3600, 86400};
    const char *text = ms_args_text(args, name);
    char number[40];
    double value = 0;
    if (!text) return MS_OK;
    const size_t length = strlen(text);
    const char *unit = length > 0 ? strchr(units, text[length - 1]) : NULL;
    if (!ms_text_format(number, sizeof number, "%.*s", (int)(unit ? length - 1 : length), text) ||
        !ms_parse_number(number, &value) || !(value > 0) || value > 1e9)
        return ms_error_set(err, MS_EUSAGE, "--%s '%.40s' must be a time such as 90s, 30m, 2h or 1d", name,
                            text);
    *seconds = value * (unit ? sizes[unit - units] : 1);
    return MS_OK;
}

static ms_status read_options(const ms_args *args, ms_study_run_options *options, ms_error *err) {
    size_t jobs = 0;
    options->dry_run = ms_args_dry_run(args);
    options->cases_only = ms_args_flag(args, "cases-only");
    options->skip_failed = ms_args_flag(args, "skip-failed");
    ms_status status = ms_args_size(args, "jobs", &jobs, err);
    if (status == MS_OK && jobs > 1024)
        status = ms_error_set(err, MS_EUSAGE, "--jobs: at most 1024, not %zu", jobs);
    options->jobs = (unsigned)jobs;
    if (status == MS_OK) status = ms_args_number(args, "case-minutes", &options->case_minutes, err);
    if (status == MS_OK) status = ms_args_number(args, "case-memory", &options->case_gib, err);
    if (status == MS_OK && (options->case_minutes < 0 || options->case_gib < 0 || options->case_gib > 1e6))
        status = ms_error_set(err, MS_EUSAGE, "--case-minutes and --case-memory must be above 0");
    if (status == MS_OK) status = read_duration(args, "max-time", &options->max_seconds, err);
    if (status == MS_OK)
        status = ms_study_shard_parse(ms_args_text(args, "shard"), &options->shard, &options->shards, err);
    return status;
}

/* One line, whatever came of it. */
static void print_summary(const char *folder, const ms_study_run_options *options,
                          const ms_study_run_summary *s) {
    if (options->dry_run) {
        printf("%s: %zu cases: %zu done, %zu to be run\n", folder, s->cases, s->done_before, s->left);
        return;
    }
    printf("%s: ", folder);
    if (options->shards > 0) printf("shard %zu/%zu: ", options->shard, options->shards);
    printf("%zu cases: %zu done before, %zu done now, %zu failed", s->cases, s->done_before, s->done_now,
           s->failed);
    if (s->left > 0) printf(", %zu not started", s->left);
    if (s->results_before || s->results_now) {
        printf(", %zu left out; report: %s/report.html", s->excluded, folder);
        if (s->results_before) printf(" (unchanged)");
    }
    putchar('\n');
}

static ms_status run(const ms_args *args, ms_error *err) {
    const char *folder = ms_args_operand(args, 0);
    ms_study *study = NULL;
    ms_study_run_options options = {0};
    ms_study_run_summary summary = {0};
    set_log(args);
    ms_status status = read_options(args, &options, err);
    if (status == MS_OK) status = ms_study_open(folder, &study, err);
    if (status == MS_OK) {
        status = ms_study_run(study, &options, &summary, err);
        if (status != MS_EBUSY) print_summary(folder, &options, &summary);
    }
    ms_study_free(study);
    return status;
}

static const ms_option options[] = {
    {"jobs", 0, "N", "cases at a time (default: as many as threads)", false, false},
    {"case-minutes", 0, "MIN", "a case that takes longer fails (default 10)", false, false},
    {"case-memory", 0, "GIB", "a case that takes more memory fails (default 8)", false, false},
    {"max-time", 0, "TIME",
     "start no case after this long (90s, 30m, 2h, 1d); exit code 6 when some are left", false, false},
    {"skip-failed", 0, NULL, "try a case that failed again only when something it is made from changed",
     false, false},
    {"shard", 0, "I/N", "only the I-th of N parts of the cases, by their ids; from Slurm's array when in one",
     false, false},
    {"cases-only", 0, NULL, "only the cases: no network, statistics or report", false, false},
    {0},
};

const ms_command ms_command_study_run = {
    .group = "study",
    .name = "study run",
    .operands = "FOLDER",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "go through the whole study: scans, masks, features, networks, statistics, report",
    .details = "Each case runs in a process of its own: one that fails, crashes, hangs or takes too much "
               "memory is noted "
               "with its reason and the others go on (exit code 4). Cases that are done and unchanged are "
               "not done again, "
               "so a run that was stopped, even by kill -9, goes on where it was and ends with the same "
               "bytes; networks, "
               "statistics and report are made anew only when a case, the table or study.json changed "
               "('study status' "
               "says what). One line on standard output tells what was done; where standard error is no "
               "terminal, its "
               "lines begin with the time. Nothing is ever asked. Exit code 5: another run holds the study.",
    .example = "  myosurv study run my-study\n"
               "  myosurv study run my-study --jobs 4 --max-time 6h",
    .options = options,
    .run = run,
};
