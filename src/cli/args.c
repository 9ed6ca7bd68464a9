#include "cli/args.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct given {
    const ms_option *option;
    const char *value;
} given;

struct ms_args {
    const ms_command *command;
    const char **operands;
    given *options;
    size_t n_operands, n_options;
};

const ms_option ms_common_options[] = {
    {"threads", 'j', "N", "threads to use (default: all cores); results do not depend on it", false, false},
    {"seed", 0, "N", "seed of everything random (default 1)", false, false},
    {"quiet", 'q', NULL, "errors only", false, false},
    {"verbose", 'v', NULL, "say more", false, false},
    {"dry-run", 'n', NULL, "say what would be done, write nothing", false, false},
    {"help", 'h', NULL, "this text", false, false},
    {0},
};

static const ms_option *find_in(const ms_option *options, const char *name, size_t length, char letter) {
    for (const ms_option *o = options; o && o->name; o++) {
        if (letter ? o->letter == letter : strlen(o->name) == length && memcmp(o->name, name, length) == 0)
            return o;
    }
    return NULL;
}

static const ms_option *find_option(const ms_command *command, const char *name, size_t length, char letter) {
    const ms_option *found = find_in(command->options, name, length, letter);
    return found ? found : find_in(ms_common_options, name, length, letter);
}

static size_t count_options(const ms_option *options) {
    size_t n = 0;
    while (options && options[n].name) n++;
    return n;
}

static ms_status unknown_option(const ms_command *command, const char *word, ms_error *err) {
    size_t n = count_options(command->options), m = count_options(ms_common_options);
    const char **names = ms_calloc(n + m, sizeof *names);
    if (!names) return ms_error_nomem(err);
    for (size_t i = 0; i < n; i++) names[i] = command->options[i].name;
    for (size_t i = 0; i < m; i++) names[n + i] = ms_common_options[i].name;
    char bare[64];
    (void)ms_text_format(bare, sizeof bare, "%.*s", (int)strcspn(word, "="), word);
    const char *near = ms_text_nearest(bare + strspn(bare, "-"), names, n + m);
    ms_status status =
        near
            ? ms_error_set(err, MS_EUSAGE, "unknown option %s; did you mean --%s?", bare, near)
            : ms_error_set(err, MS_EUSAGE, "unknown option %s; see 'myosurv %s --help'", bare, command->name);
    free(names);
    return status;
}

static ms_status take_long(ms_args *args, int argc, char **argv, int *at, ms_error *err) {
    const char *word = argv[*at] + 2, *equals = strchr(word, '=');
    size_t length = equals ? (size_t)(equals - word) : strlen(word);
    const ms_option *option = find_option(args->command, word, length, 0);
    if (!option) return unknown_option(args->command, argv[*at], err);
    const char *value = equals ? equals + 1 : NULL;
    if (!option->value && value)
        return ms_error_set(err, MS_EUSAGE, "option --%s takes no value", option->name);
    if (option->value && !value) {
        if (*at + 1 >= argc)
            return ms_error_set(err, MS_EUSAGE, "option --%s needs a value (%s)", option->name,
                                option->value);
        value = argv[++*at];
    }
    args->options[args->n_options++] = (given){option, value};
    return MS_OK;
}

/* -o value, -ovalue; switches may be joined: -qn. */
static ms_status take_short(ms_args *args, int argc, char **argv, int *at, ms_error *err) {
    const char *word = argv[*at];
    for (size_t i = 1; word[i]; i++) {
        const ms_option *option = find_option(args->command, NULL, 0, word[i]);
        if (!option) return unknown_option(args->command, word, err);
        const char *value = NULL;
        if (option->value) {
            if (word[i + 1]) {
                value = word + i + 1;
            } else if (*at + 1 < argc) {
                value = argv[++*at];
            } else {
                return ms_error_set(err, MS_EUSAGE, "option -%c needs a value (%s)", option->letter,
                                    option->value);
            }
        }
        args->options[args->n_options++] = (given){option, value};
        if (value) break;
    }
    return MS_OK;
}

ms_status ms_args_parse(const ms_command *command, int argc, char **argv, ms_args **out, ms_error *err) {
    ms_status status = MS_OK;
    ms_args *args = ms_calloc(1, sizeof *args);
    if (!args) return ms_error_nomem(err);
    size_t most = 0; /* joined switches count each */
    for (int i = 0; i < argc; i++) most += strlen(argv[i]) + 1;
    args->command = command;
    args->operands = ms_calloc((size_t)argc + 1, sizeof *args->operands);
    args->options = ms_calloc(most + 1, sizeof *args->options);
    if (!args->operands || !args->options) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    bool only_operands = false;
    for (int i = 0; i < argc && status == MS_OK; i++) {
        const char *word = argv[i];
        if (only_operands || word[0] != '-' || word[1] == '\0') {
            args->operands[args->n_operands++] = word;
        } else if (strcmp(word, "--") == 0) {
            only_operands = true;
        } else if (word[1] == '-') {
            status = take_long(args, argc, argv, &i, err);
        } else {
            status = take_short(args, argc, argv, &i, err);
        }
    }
cleanup:
    if (status == MS_OK) {
        *out = args;
    } else {
        ms_args_free(args);
    }
    return status;
}

void ms_args_free(ms_args *args) {
    if (!args) return;
    free(args->operands);
    free(args->options);
    free(args);
}

ms_status ms_args_check(const ms_args *args, ms_error *err) {
    const ms_command *command = args->command;
    if (args->n_operands < command->min_operands)
        return ms_error_set(err, MS_EUSAGE, "missing %s; see 'myosurv %s --help'", command->operands,
                            command->name);
    if (args->n_operands > command->max_operands)
        return ms_error_set(err, MS_EUSAGE, "unexpected '%s'; see 'myosurv %s --help'",
                            args->operands[command->max_operands], command->name);
    for (const ms_option *o = command->options; o && o->name; o++) {
        if (o->required && !ms_args_text(args, o->name))
            return ms_error_set(err, MS_EUSAGE, "missing --%s %s (%s)", o->name, o->value, o->help);
    }
    for (size_t i = 0; i < args->n_options; i++) {
        const ms_option *o = args->options[i].option;
        for (size_t j = 0; j < i && !o->repeated && o->value; j++) {
            if (args->options[j].option == o)
                return ms_error_set(err, MS_EUSAGE, "option --%s is given twice", o->name);
        }
    }
    return MS_OK;
}

size_t ms_args_operands(const ms_args *args) {
    return args->n_operands;
}

const char *ms_args_operand(const ms_args *args, size_t i) {
    return i < args->n_operands ? args->operands[i] : NULL;
}

bool ms_args_flag(const ms_args *args, const char *name) {
    for (size_t i = 0; i < args->n_options; i++) {
        if (strcmp(args->options[i].option->name, name) == 0) return true;
    }
    return false;
}

const char *ms_args_text_at(const ms_args *args, const char *name, size_t at) {
    for (size_t i = 0; i < args->n_options; i++) {
        if (strcmp(args->options[i].option->name, name) == 0 && at-- == 0) return args->options[i].value;
    }
    return NULL;
}

const char *ms_args_text(const ms_args *args, const char *name) {
    const char *last = NULL;
    for (size_t i = 0; i < args->n_options; i++) {
        if (strcmp(args->options[i].option->name, name) == 0) last = args->options[i].value;
    }
    return last;
}

ms_status ms_args_number(const ms_args *args, const char *name, double *value, ms_error *err) {
    const char *text = ms_args_text(args, name);
    double number;
    if (!text) return MS_OK;
    if (!ms_parse_number(text, &number) || !isfinite(number))
        return ms_error_set(err, MS_EUSAGE, "--%s: '%s' is no number", name, text);
    *value = number;
    return MS_OK;
}

ms_status ms_args_size(const ms_args *args, const char *name, size_t *value, ms_error *err) {
    const char *text = ms_args_text(args, name);
    if (!text) return MS_OK;
    if (!ms_parse_size(text, value))
        return ms_error_set(err, MS_EUSAGE, "--%s: '%s' is no whole number of 0 or more", name, text);
    return MS_OK;
}

uint64_t ms_args_seed(const ms_args *args) {
    size_t seed = 1;
    ms_error ignored; /* main checked the value before the command ran */
    if (ms_args_size(args, "seed", &seed, &ignored) != MS_OK) return 1;
    return seed;
}

bool ms_args_dry_run(const ms_args *args) {
    return ms_args_flag(args, "dry-run");
}

bool ms_args_quiet(const ms_args *args) {
    return ms_args_flag(args, "quiet");
}

ms_status ms_args_choice(const ms_args *args, const char *name, const char *const *choices, size_t n,
                         size_t *index, ms_error *err) {
    const char *text = ms_args_text(args, name);
    if (!text) return MS_OK;
    ms_buffer list;
    ms_buffer_init(&list);
    for (size_t i = 0; i < n; i++) {
        if (strcmp(choices[i], text) == 0) {
            *index = i;
            ms_buffer_clear(&list);
            return MS_OK;
        }
        ms_buffer_printf(&list, "%s%s", i ? ", " : "", choices[i]);
    }
    ms_status status = ms_error_set(err, MS_EUSAGE, "--%s: '%s' is none of %s", name, text,
                                    list.data ? list.data : "its choices");
    ms_buffer_clear(&list);
    return status;
}
