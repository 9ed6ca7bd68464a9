/* Completion for bash, zsh and fish. All three know the commands, the second words of families ("study run"),
 * every command's own options and those of every command, and which options take a file. */
#include "cli/completion.h"

#include <string.h>

const char *const ms_completion_shells[] = {"bash", "zsh", "fish"};
const size_t ms_n_completion_shells = MS_COUNT(ms_completion_shells);

static size_t first_length(const char *name) {
    return strcspn(name, " ");
}

static bool same_first(const char *a, const char *b) {
    return first_length(a) == first_length(b) && strncmp(a, b, first_length(a)) == 0;
}

/* The first of the commands that start with this word. */
static bool opens(size_t i) {
    for (size_t k = 0; k < i; k++)
        if (same_first(ms_commands[k]->name, ms_commands[i]->name)) return false;
    return true;
}

static bool in_family(const ms_command *command) {
    return strchr(command->name, ' ') != NULL;
}

static const char *second_word(const ms_command *command) {
    const char *space = strchr(command->name, ' ');
    return space ? space + 1 : "";
}

/* Whether the value that stands in help ("FILE", "OUT.csv", "DIR") is something on disk. */
static bool names_a_file(const char *value) {
    static const char *const words[] = {"FILE", "DIR", "TABLE", "MODEL", "MASK", "SCAN", "STUDY", ".csv"};
    for (size_t i = 0; value && i < MS_COUNT(words); i++)
        if (strstr(value, words[i])) return true;
    return false;
}

/* Calls `add` for each option of a command, its own first. */
typedef void (*add_option)(const ms_command *command, const ms_option *option, ms_buffer *out);
static void each_option(const ms_command *command, add_option add, ms_buffer *out) {
    for (const ms_option *o = command->options; o && o->name; o++) add(command, o, out);
    for (const ms_option *o = ms_common_options; o->name; o++) add(command, o, out);
}

static void family_words(const char *first, ms_buffer *out) {
    for (size_t i = 0; i < ms_n_commands; i++)
        if (in_family(ms_commands[i]) && same_first(ms_commands[i]->name, first))
            ms_buffer_printf(out, " %s", second_word(ms_commands[i]));
}

/* ---- bash -------------------------------------------------------------------------------------------- */

static void bash_option(const ms_command *command, const ms_option *option, ms_buffer *out) {
    (void)command;
    ms_buffer_printf(out, " --%s", option->name);
}

static void bash_script(ms_buffer *out) {
    ms_buffer_append(out,
                     "# bash completion for myosurv, made from its command table\n_myosurv() {\n"
                     "    local cur=${COMP_WORDS[COMP_CWORD]} words= files=no\n"
                     "    case \"$COMP_CWORD ${COMP_WORDS[1]-} ${COMP_WORDS[2]-}\" in\n    1\\ *) words=\"");
    for (size_t i = 0; i < ms_n_commands; i++)
        if (opens(i))
            ms_buffer_printf(out, " %.*s", (int)first_length(ms_commands[i]->name), ms_commands[i]->name);
    ms_buffer_append(out, "\" ;;\n");
    for (size_t i = 0; i < ms_n_commands; i++) {
        if (!in_family(ms_commands[i]) || !opens(i)) continue;
        ms_buffer_printf(out, "    2\\ %.*s\\ *) words=\"", (int)first_length(ms_commands[i]->name),
                         ms_commands[i]->name);
        family_words(ms_commands[i]->name, out);
        ms_buffer_append(out, "\" ;;\n");
    }
    for (size_t i = 0; i < ms_n_commands; i++) {
        const ms_command *c = ms_commands[i];
        ms_buffer_printf(out, "    *\\ %.*s\\ %s) words=\"", (int)first_length(c->name), c->name,
                         in_family(c) ? second_word(c) : "*");
        each_option(c, bash_option, out);
        ms_buffer_append(out, "\" files=yes ;;\n");
    }
    ms_buffer_append(out, "    esac\n    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
                          "    [[ $cur == -* || $files = no ]] || COMPREPLY+=($(compgen -f -- \"$cur\"))\n"
                          "}\ncomplete -o filenames -F _myosurv myosurv\n");
}

/* ---- zsh --------------------------------------------------------------------------------------------- */

/* Text inside single quotes, in which _describe and _arguments give : [ ] and \ a meaning. */
static void zsh_text(ms_buffer *out, const char *text) {
    for (const char *c = text; *c; c++) {
        if (*c == '\'') {
            ms_buffer_append(out, "'\\''");
            continue;
        }
        if (strchr(":[]\\", *c)) ms_buffer_append(out, "\\");
        ms_buffer_append_bytes(out, c, 1);
    }
}

static void zsh_option(const ms_command *command, const ms_option *option, ms_buffer *out) {
    (void)command;
    const char *often = option->repeated ? "*" : "";
    for (int form = 0; form < (option->letter ? 2 : 1); form++) {
        ms_buffer_append(out, " \\\n            '");
        if (form == 0)
            ms_buffer_printf(out, "%s--%s[", often, option->name);
        else
            ms_buffer_printf(out, "%s-%c[", often, option->letter);
        zsh_text(out, option->help);
        ms_buffer_append(out, "]");
        if (option->value) {
            ms_buffer_append(out, ":");
            zsh_text(out, option->value);
            ms_buffer_append(out, names_a_file(option->value) ? ":_files" : ": ");
        }
        ms_buffer_append(out, "'");
    }
}

static void zsh_described(ms_buffer *out, const char *word, size_t length, const char *summary) {
    ms_buffer_printf(out, " \\\n            '%.*s:", (int)length, word);
    zsh_text(out, summary);
    ms_buffer_append(out, "'");
}

static void zsh_script(ms_buffer *out) {
    ms_buffer_append(out,
                     "#compdef myosurv\n# zsh completion for myosurv, made from its command table\n"
                     "_myosurv() {\n    local -a known\n    if (( CURRENT == 2 )); then\n        known=(");
    for (size_t i = 0; i < ms_n_commands; i++) {
        const ms_command *c = ms_commands[i];
        if (opens(i))
            zsh_described(out, c->name, first_length(c->name),
                          in_family(c) ? "a family of commands" : c->summary);
    }
    ms_buffer_append(out, ")\n        _describe -t commands command known\n        return\n    fi\n"
                          "    case \"$CURRENT $words[2]\" in\n");
    for (size_t i = 0; i < ms_n_commands; i++) {
        if (!in_family(ms_commands[i]) || !opens(i)) continue;
        ms_buffer_printf(out, "    '3 %.*s')\n        known=(", (int)first_length(ms_commands[i]->name),
                         ms_commands[i]->name);
        for (size_t k = i; k < ms_n_commands; k++)
            if (same_first(ms_commands[k]->name, ms_commands[i]->name))
                zsh_described(out, second_word(ms_commands[k]), strlen(second_word(ms_commands[k])),
                              ms_commands[k]->summary);
        ms_buffer_append(out, ")\n        _describe -t commands command known\n        return ;;\n");
    }
    ms_buffer_append(out, "    esac\n    case \"$words[2] $words[3]\" in\n");
    for (size_t i = 0; i < ms_n_commands; i++) {
        const ms_command *c = ms_commands[i];
        ms_buffer_printf(out, "    %.*s\\ %s)\n        _arguments", (int)first_length(c->name), c->name,
                         in_family(c) ? second_word(c) : "*");
        each_option(c, zsh_option, out);
        ms_buffer_append(out, " \\\n            '*:file:_files' ;;\n");
    }
    ms_buffer_append(out, "    esac\n}\n_myosurv \"$@\"\n");
}

/* ---- fish -------------------------------------------------------------------------------------------- */

static void fish_text(ms_buffer *out, const char *text) {
    ms_buffer_append(out, "'");
    for (const char *c = text; *c; c++) {
        if (*c == '\'' || *c == '\\') ms_buffer_append(out, "\\");
        ms_buffer_append_bytes(out, c, 1);
    }
    ms_buffer_append(out, "'");
}

static void fish_condition(const ms_command *command, ms_buffer *out) {
    ms_buffer_printf(out, "complete -c myosurv -n '__fish_seen_subcommand_from %.*s",
                     (int)first_length(command->name), command->name);
    if (in_family(command))
        ms_buffer_printf(out, "; and __fish_seen_subcommand_from %s", second_word(command));
    ms_buffer_append(out, "'");
}

static void fish_option(const ms_command *command, const ms_option *option, ms_buffer *out) {
    fish_condition(command, out);
    ms_buffer_printf(out, " -l %s", option->name);
    if (option->letter) ms_buffer_printf(out, " -s %c", option->letter);
    if (option->value) ms_buffer_append(out, names_a_file(option->value) ? " -r" : " -x");
    ms_buffer_append(out, " -d ");
    fish_text(out, option->help);
    ms_buffer_append(out, "\n");
}

static void fish_script(ms_buffer *out) {
    ms_buffer_append(out, "# fish completion for myosurv, made from its command table\n");
    for (size_t i = 0; i < ms_n_commands; i++) {
        const ms_command *c = ms_commands[i];
        const int length = (int)first_length(c->name);
        if (opens(i)) {
            ms_buffer_printf(out, "complete -c myosurv -n __fish_use_subcommand -f -a %.*s -d ", length,
                             c->name);
            fish_text(out, in_family(c) ? "a family of commands" : c->summary);
            ms_buffer_append(out, "\n");
        }
        if (in_family(c)) {
            ms_buffer_printf(out,
                             "complete -c myosurv -n '__fish_seen_subcommand_from %.*s; and not "
                             "__fish_seen_subcommand_from",
                             length, c->name);
            family_words(c->name, out);
            ms_buffer_printf(out, "' -f -a %s -d ", second_word(c));
            fish_text(out, c->summary);
            ms_buffer_append(out, "\n");
        }
        each_option(c, fish_option, out);
    }
}

void ms_completion_script(size_t shell, ms_buffer *out) {
    static void (*const scripts[])(ms_buffer *) = {bash_script, zsh_script, fish_script};
    scripts[shell](out);
}
