/* Strata, watched tables, checkpoint and device of `train`. */
#include "cli/train_more_cli.h"

#include <stdlib.h>
#include <string.h>

static ms_status read_watched(const ms_args *args, ms_train_more *more, ms_error *err) {
    const char *text;
    size_t n = 0;
    while ((text = ms_args_text_at(args, "watch", n)) != NULL) {
        const char *equals = strchr(text, '=');
        if (!equals || equals == text || equals[1] == '\0')
            return ms_error_set(err, MS_EUSAGE, "--watch: \"%s\" is not NAME=TABLE, e.g. test=test.csv",
                                text);
        if (n == MS_TRAIN_MAX_WATCHED)
            return ms_error_set(err, MS_EUSAGE, "--watch: at most %d tables can be watched",
                                MS_TRAIN_MAX_WATCHED);
        more->names[n] = ms_strdup(text);
        if (!more->names[n]) return ms_error_nomem(err);
        more->names[n][equals - text] = '\0';
        const ms_status status = ms_table_read(&more->watched[n], equals + 1, err);
        if (status != MS_OK) return status;
        n++;
    }
    more->tables.watched_names = (const char *const *)more->names;
    more->tables.watched = (const ms_table *const *)more->watched;
    more->tables.n_watched = n;
    return MS_OK;
}

/* Beside the model, unless that goes to standard output. */
static ms_status choose_checkpoint(const ms_args *args, const char *model, ms_train_more *more,
                                   ms_error *err) {
    const char *path = ms_args_text(args, "checkpoint");
    if (path ? strcmp(path, "none") == 0 : strcmp(model, "-") == 0) return MS_OK;
    const size_t size = strlen(model) + sizeof ".checkpoint";
    more->checkpoint = path ? ms_strdup(path) : ms_calloc(size, 1);
    if (!more->checkpoint) return ms_error_nomem(err);
    if (!path) (void)ms_text_format(more->checkpoint, size, "%s.checkpoint", model);
    more->tables.checkpoint = more->checkpoint;
    return MS_OK;
}

ms_status ms_cli_train_more(const ms_args *args, const char *model, ms_train_config *config,
                            ms_train_more *more, ms_error *err) {
    static const char *const devices[] = {"auto", "cpu", "cuda", "libtorch"};
    size_t device = config->device;
    *more = (ms_train_more){.tables = {.strata = ms_args_text(args, "strata")}};
    ms_status status = ms_args_choice(args, "device", devices, MS_COUNT(devices), &device, err);
    if (status == MS_OK) status = choose_checkpoint(args, model, more, err);
    if (status == MS_OK) status = read_watched(args, more, err);
    if (status == MS_OK) config->device = (ms_train_device)device;
    return status;
}

ms_status ms_cli_train_remove_checkpoint(const ms_train_more *more, ms_error *err) {
    return more->checkpoint && ms_path_exists(more->checkpoint) ? ms_remove_tree(more->checkpoint, err)
                                                                : MS_OK;
}

void ms_cli_train_more_clear(ms_train_more *more) {
    for (size_t k = 0; k < MS_TRAIN_MAX_WATCHED; k++) {
        free(more->names[k]);
        ms_table_free(more->watched[k]);
    }
    free(more->checkpoint);
}
