#include "cli/help.h"

#include <string.h>

static const char *const groups[][2] = {
    {"imaging", "Imaging"},     {"survival", "Survival statistics"}, {"modelling", "Modelling"},
    {"study", "A whole study"}, {"self", "The program itself"},
};

static const char disclaimer[] = "Research software, not a medical device: not for diagnosis or treatment.";

static void list_commands(const char *group, const char *family, ms_buffer *out) {
    for (size_t i = 0; i < ms_n_commands; i++) {
        const ms_command *c = ms_commands[i];
        if (group && strcmp(c->group, group) != 0) continue;
        size_t length = family ? strlen(family) : 0;
        if (family && !(strncmp(c->name, family, length) == 0 && c->name[length] == ' ')) continue;
        ms_buffer_printf(out, "  %-19s %s\n", c->name, c->summary);
    }
}

void ms_help_program(ms_buffer *out) {
    ms_buffer_printf(out,
                     "myosurv %s: survival analysis from muscle on abdominal CT\n\n"
                     "Usage: myosurv COMMAND [options] ...\n",
                     ms_version());
    for (size_t g = 0; g < MS_COUNT(groups); g++) {
        ms_buffer_printf(out, "\n%s\n", groups[g][1]);
        list_commands(groups[g][0], NULL, out);
    }
    ms_buffer_printf(
        out,
        "\n'myosurv COMMAND --help' shows options and an example. A study from scans to report:\n"
        "  myosurv study init my-study --cohort cohort.csv && myosurv study run my-study\n\n%s\n",
        disclaimer);
}

void ms_help_family(const char *first_word, ms_buffer *out) {
    ms_buffer_printf(out, "Usage: myosurv %s COMMAND [options] ...\n\n", first_word);
    list_commands(NULL, first_word, out);
}

static void list_options(const ms_option *options, ms_buffer *out) {
    for (const ms_option *o = options; o && o->name; o++) {
        char left[64], letter[8] = "    ";
        if (o->letter) (void)ms_text_format(letter, sizeof letter, "-%c, ", o->letter);
        (void)ms_text_format(left, sizeof left, "%s--%s%s%s", letter, o->name, o->value ? " " : "",
                             o->value ? o->value : "");
        ms_buffer_printf(out, "  %-28s %s%s\n", left, o->help, o->required ? " (required)" : "");
    }
}

void ms_help_command(const ms_command *command, ms_buffer *out) {
    ms_buffer_printf(out, "myosurv %s: %s\n\nUsage: myosurv %s%s%s [options]\n", command->name,
                     command->summary, command->name, command->operands[0] ? " " : "", command->operands);
    if (command->details) ms_buffer_printf(out, "\n%s\n", command->details);
    if (command->options && command->options->name) {
        ms_buffer_append(out, "\nOptions:\n");
        list_options(command->options, out);
    }
    ms_buffer_append(out, "\nOptions of every command:\n");
    list_options(ms_common_options, out);
    ms_buffer_printf(out, "\nExample:\n%s\n", command->example);
}

/* ---- man pages --------------------------------------------------------------------------------------- */

static void roff(ms_buffer *out, const char *text) {
    bool line_start = true;
    for (const char *c = text; *c; c++) {
        if (line_start && (*c == '.' || *c == '\'')) ms_buffer_append(out, "\\&");
        if (*c == '\\') {
            ms_buffer_append(out, "\\e");
        } else if (*c == '-') {
            ms_buffer_append(out, "\\-");
        } else {
            ms_buffer_append_bytes(out, c, 1);
        }
        line_start = *c == '\n';
    }
}

static void man_title(ms_buffer *out, const char *name) {
    ms_buffer_append(out, ".TH \"");
    for (const char *c = name; *c; c++) {
        char up = (char)(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c == ' ' ? '-' : *c);
        ms_buffer_append_bytes(out, &up, 1);
    }
    ms_buffer_printf(out, "\" 1 \"\" \"myosurv %s\" \"User Commands\"\n.SH NAME\n", ms_version());
}

static void man_options(const ms_option *options, ms_buffer *out) {
    for (const ms_option *o = options; o && o->name; o++) {
        ms_buffer_append(out, ".TP\n");
        if (o->letter) ms_buffer_printf(out, "\\fB\\-%c\\fR, ", o->letter);
        ms_buffer_append(out, "\\fB\\-\\-");
        roff(out, o->name);
        ms_buffer_append(out, "\\fR");
        if (o->value) ms_buffer_printf(out, " \\fI%s\\fR", o->value);
        ms_buffer_append(out, "\n");
        roff(out, o->help);
        ms_buffer_append(out, o->required ? " (required)\n" : "\n");
    }
}

static const char man_end[] =
    ".SH EXIT STATUS\n0 done; 1 internal error; 2 usage; 3 bad input; 4 some cases failed or "
    "things compared differ; 5 another run holds the study; 6 out of a resource; 130, 143 stopped "
    "by a signal.\n.SH NOTES\nResearch software, not a medical device.\n";

static void man_program(ms_buffer *out) {
    man_title(out, "myosurv");
    ms_buffer_append(out,
                     "myosurv \\- survival analysis from muscle on abdominal CT\n.SH SYNOPSIS\n.B myosurv\n"
                     "\\fICOMMAND\\fR [\\fIoptions\\fR] ...\n");
    for (size_t g = 0; g < MS_COUNT(groups); g++) {
        ms_buffer_printf(out, ".SH \"%s\"\n", groups[g][1]);
        for (size_t i = 0; i < ms_n_commands; i++) {
            if (strcmp(ms_commands[i]->group, groups[g][0]) != 0) continue;
            ms_buffer_printf(out, ".TP\n\\fB%s\\fR\n", ms_commands[i]->name);
            roff(out, ms_commands[i]->summary);
            ms_buffer_append(out, "\n");
        }
    }
    ms_buffer_append(out, man_end);
}

void ms_help_man(const ms_command *command, ms_buffer *out) {
    if (!command) {
        man_program(out);
        return;
    }
    char name[64];
    (void)ms_text_format(name, sizeof name, "myosurv %s", command->name);
    man_title(out, name);
    for (char *c = name; *c; c++) {
        if (*c == ' ') *c = '-';
    }
    roff(out, name);
    ms_buffer_append(out, " \\- ");
    roff(out, command->summary);
    ms_buffer_printf(out, "\n.SH SYNOPSIS\n\\fBmyosurv %s\\fR \\fI%s\\fR [\\fIoptions\\fR]\n", command->name,
                     command->operands);
    if (command->details) {
        ms_buffer_append(out, ".SH DESCRIPTION\n");
        roff(out, command->details);
        ms_buffer_append(out, "\n");
    }
    ms_buffer_append(out, ".SH OPTIONS\n");
    man_options(command->options, out);
    man_options(ms_common_options, out);
    ms_buffer_append(out, ".SH EXAMPLE\n.nf\n");
    roff(out, command->example);
    ms_buffer_append(out, "\n.fi\n");
    ms_buffer_append(out, man_end);
}
