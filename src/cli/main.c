/* The program: finds the command in the table, reads its command line, runs it, reports its error. */
#include "cli/args.h"
#include "cli/commands.h"
#include "cli/help.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static bool quiet, verbose;

static void log_to_stderr(void *context, ms_log_level level, const char *message) {
    (void)context;
    if (level == MS_LOG_DEBUG && !verbose) return;
    if (level < MS_LOG_WARNING && quiet) return;
    static const char *const words[] = {"debug: ", "", "warning: ", "error: "};
    fprintf(stderr, "myosurv: %s%s\n", words[level], message);
}

/* Standard output is checked at the end: a full disk must not pass for a result. */
static int finish(int code) {
    if ((fflush(stdout) == 0 && !ferror(stdout)) || code != 0) return code;
    fprintf(stderr, "myosurv: error: standard output could not be written\n");
    return ms_status_exit_code(MS_ERESOURCE);
}

static int report(ms_status status, const ms_error *error) {
    if (status == MS_OK) return finish(0);
    if (error->message[0]) {
        ms_log(MS_LOG_ERROR, "%s%s%s", error->case_id, error->case_id[0] ? ": " : "", error->message);
    }
    int code = ms_status_exit_code(status);
    if (status == MS_ESTOPPED && ms_stop_signal() != 0) code = 128 + ms_stop_signal();
    return finish(code);
}

static int show(void (*write)(ms_buffer *), FILE *to, int code) {
    ms_buffer text;
    ms_buffer_init(&text);
    write(&text);
    if (text.data) fputs(text.data, to);
    ms_buffer_clear(&text);
    return finish(code);
}

static const ms_command *find_command(int argc, char **argv, int *used) {
    for (int words = argc >= 3 ? 2 : 1; words >= 1; words--) {
        char name[64];
        if (!ms_text_format(name, sizeof name, words == 2 ? "%s %s" : "%s", argv[1],
                            words == 2 ? argv[2] : ""))
            continue;
        for (size_t i = 0; i < ms_n_commands; i++) {
            if (strcmp(ms_commands[i]->name, name) == 0) {
                *used = 1 + words;
                return ms_commands[i];
            }
        }
    }
    return NULL;
}

static bool is_family(const char *word) {
    for (size_t i = 0; i < ms_n_commands; i++) {
        size_t length = strcspn(ms_commands[i]->name, " ");
        if (ms_commands[i]->name[length] && strlen(word) == length &&
            strncmp(ms_commands[i]->name, word, length) == 0)
            return true;
    }
    return false;
}

static int unknown_command(const char *word, const char *second) {
    if (is_family(word)) {
        ms_buffer text;
        ms_buffer_init(&text);
        ms_help_family(word, &text);
        bool asked = second && (strcmp(second, "--help") == 0 || strcmp(second, "-h") == 0);
        if (second && !asked) fprintf(stderr, "myosurv: error: no command '%s %s'\n", word, second);
        if (text.data) fputs(text.data, asked ? stdout : stderr);
        ms_buffer_clear(&text);
        return finish(asked ? 0 : ms_status_exit_code(MS_EUSAGE));
    }
    const char **names = ms_calloc(ms_n_commands, sizeof *names);
    for (size_t i = 0; names && i < ms_n_commands; i++) names[i] = ms_commands[i]->name;
    const char *near = names ? ms_text_nearest(word, names, ms_n_commands) : NULL;
    fprintf(stderr, "myosurv: error: no command '%s'%s%s%s; 'myosurv --help' lists them\n", word,
            near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    free(names);
    return ms_status_exit_code(MS_EUSAGE);
}

static ms_status apply_common(const ms_args *args, ms_error *err) {
    size_t threads = 0, seed = 1;
    ms_status status = ms_args_size(args, "threads", &threads, err);
    if (status == MS_OK && threads > 1024)
        status = ms_error_set(err, MS_EUSAGE, "--threads: at most 1024, not %zu", threads);
    if (status == MS_OK) status = ms_args_size(args, "seed", &seed, err);
    if (status == MS_OK) ms_threads_set((unsigned)threads);
    quiet = ms_args_quiet(args);
    verbose = ms_args_flag(args, "verbose");
    ms_progress_enable(!quiet && isatty(STDERR_FILENO));
    return status;
}

static int run_command(const ms_command *command, int argc, char **argv) {
    ms_error error = {0};
    ms_args *args = NULL;
    ms_status status = ms_args_parse(command, argc, argv, &args, &error);
    if (status == MS_OK && ms_args_flag(args, "help")) {
        ms_buffer text;
        ms_buffer_init(&text);
        ms_help_command(command, &text);
        if (text.data) fputs(text.data, stdout);
        ms_buffer_clear(&text);
        ms_args_free(args);
        return finish(0);
    }
    if (status == MS_OK) status = ms_args_check(args, &error);
    if (status == MS_OK) status = apply_common(args, &error);
    if (status == MS_OK) {
        ms_stop_install();
        status = command->run(args, &error);
    }
    ms_args_free(args);
    return report(status, &error);
}

/* A core would hold what the headers of scans say about people. 1, not 0: a core that goes to another program
 * through a pipe is withheld at that value alone. */
static void leave_no_core(void) {
    const struct rlimit least = {1, 1};
    (void)setrlimit(RLIMIT_CORE, &least);
}

int main(int argc, char **argv) {
    leave_no_core();
    ms_log_set_sink(log_to_stderr, NULL);
    ms_gsl_quiet();
    if (argc < 2) return show(ms_help_program, stderr, ms_status_exit_code(MS_EUSAGE));
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) return show(ms_help_program, stdout, 0);
    if (strcmp(argv[1], "help") == 0) {
        if (argc == 2) return show(ms_help_program, stdout, 0);
        int words = 0;
        const ms_command *command = find_command(argc - 1, argv + 1, &words);
        char *help[] = {"--help"};
        return command ? run_command(command, 1, help) : unknown_command(argv[2], "--help");
    }
    if (strcmp(argv[1], "--version") == 0) return run_command(&ms_command_version, 0, NULL);
    int used = 0;
    const ms_command *command = find_command(argc, argv, &used);
    if (!command) return unknown_command(argv[1], argc > 2 ? argv[2] : NULL);
    return run_command(command, argc - used, argv + used);
}
