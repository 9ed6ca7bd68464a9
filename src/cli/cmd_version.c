#include "cli/commands.h"

#include "cli/completion.h"
#include "cli/help.h"

/* Man pages and completions come from the command table, so the program itself writes them at build time. */
static ms_status write_man_pages(const char *folder, ms_error *err) {
    ms_status status = ms_make_dirs(folder, err);
    for (size_t i = 0; i <= ms_n_commands && status == MS_OK; i++) {
        char path[4096], name[64] = "myosurv";
        if (i > 0) (void)ms_text_format(name, sizeof name, "myosurv-%s", ms_commands[i - 1]->name);
        for (char *c = name; *c; c++) {
            if (*c == ' ') *c = '-';
        }
        if (!ms_text_format(path, sizeof path, "%s/%s.1", folder, name))
            return ms_error_set(err, MS_EUSAGE, "%s: the path is too long", folder);
        ms_buffer text;
        ms_buffer_init(&text);
        ms_help_man(i > 0 ? ms_commands[i - 1] : NULL, &text);
        status =
            ms_buffer_failed(&text) ? ms_error_nomem(err) : ms_file_write(path, text.data, text.length, err);
        ms_buffer_clear(&text);
    }
    return status;
}

static ms_status print_completion(const ms_args *args, ms_error *err) {
    size_t shell = 0;
    const ms_status status =
        ms_args_choice(args, "completion", ms_completion_shells, ms_n_completion_shells, &shell, err);
    if (status != MS_OK) return status;
    ms_buffer text;
    ms_buffer_init(&text);
    ms_completion_script(shell, &text);
    const bool failed = ms_buffer_failed(&text);
    if (!failed) fputs(text.data, stdout);
    ms_buffer_clear(&text);
    return failed ? ms_error_nomem(err) : MS_OK;
}

static ms_status run(const ms_args *args, ms_error *err) {
    const char *man = ms_args_text(args, "man"), *shell = ms_args_text(args, "completion");
    if (man) return write_man_pages(man, err);
    if (shell) return print_completion(args, err);
    printf("myosurv %s\n", ms_version());
    if (ms_args_flag(args, "verbose"))
        printf("license: Apache-2.0\nresearch software, not a medical device\nthreads: %u\n",
               ms_threads_get());
    return MS_OK;
}

static const ms_option options[] = {
    {"man", 0, "DIR", "write the man pages into a folder instead", false, false},
    {"completion", 0, "SHELL", "print the completion script of bash, zsh or fish instead", false, false},
    {0},
};

const ms_command ms_command_version = {
    .group = "self",
    .name = "version",
    .operands = "",
    .summary = "the program's version",
    .example = "  myosurv version\n"
               "  # completion in this bash (the installed package does it for bash, zsh and fish)\n"
               "  source <(myosurv version --completion bash)",
    .options = options,
    .run = run,
};
