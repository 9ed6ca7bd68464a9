/* myosurv selftest: does this build give the numbers it should? */
#include "cli/commands.h"
#include "myosurv/radiomics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const ms_option options[] = {
    {.name = "quiet-passes", .help = "ibsi: leave the values that passed out of the table"},
    {0},
};

static const char *outcome_word(ms_reference_outcome outcome) {
    static const char *const words[] = {"pass", "FAIL", "not_computed"};
    return words[outcome];
}

static ms_status quick(ms_error *err) {
    size_t run = 0, failed = 0;
    ms_buffer text;
    ms_buffer_init(&text);
    ms_status status = ms_radiomics_selftest(&run, &failed, err);
    if (status == MS_OK) {
        ms_buffer_printf(&text, "radiomics: %zu of %zu checks passed\n", run - failed, run);
        status =
            ms_buffer_failed(&text) ? ms_error_nomem(err) : ms_file_write("-", text.data, text.length, err);
    }
    ms_buffer_clear(&text);
    if (status == MS_OK && failed > 0)
        return ms_error_set(err, MS_EDIFFERENT, "%zu of %zu checks failed: this build's numbers are wrong",
                            failed, run);
    return status;
}

/* Rows grouped as they come in the table: one line of counts for each configuration and family. */
static void print_counts(const ms_reference_report *r, ms_buffer *out) {
    ms_buffer_append(out, "# configuration, family: passed, failed, not computed\n");
    for (size_t i = 0; i < r->n;) {
        size_t count[3] = {0}, first = i;
        for (; i < r->n && strcmp(r->rows[i].config, r->rows[first].config) == 0 &&
               strcmp(r->rows[i].family, r->rows[first].family) == 0;
             i++) {
            count[r->rows[i].outcome]++;
        }
        ms_buffer_printf(out, "# %s, %s: %zu, %zu, %zu\n", r->rows[first].config, r->rows[first].family,
                         count[0], count[1], count[2]);
    }
    ms_buffer_printf(out,
                     "# all: %zu passed, %zu failed, %zu not computed; %zu rows give no reference value\n",
                     r->passed, r->failed, r->not_computed, r->no_reference);
}

static void print_rows(const ms_reference_report *r, bool hide_passes, ms_buffer *out) {
    ms_buffer_append(out, "config,family,aggregation,code,tag,reference,tolerance,ours,outcome\n");
    for (size_t i = 0; i < r->n; i++) {
        const ms_reference_row *row = &r->rows[i];
        if (hide_passes && row->outcome == MS_REFERENCE_PASSED) continue;
        ms_buffer_printf(out, "%s,%s,\"%s\",%s,%s,%g,%g,", row->config, row->family, row->aggregation,
                         row->code, row->tag, row->reference, row->tolerance);
        ms_buffer_append_number(out, row->ours);
        ms_buffer_printf(out, ",%s\n", outcome_word(row->outcome));
    }
}

static ms_status ibsi(const ms_args *args, ms_error *err) {
    ms_reference_report report = {0};
    ms_buffer text;
    ms_buffer_init(&text);
    ms_status status = ms_ibsi_compare(ms_args_operand(args, 1), &report, err);
    if (status == MS_OK) {
        print_rows(&report, ms_args_flag(args, "quiet-passes"), &text);
        print_counts(&report, &text);
        status =
            ms_buffer_failed(&text) ? ms_error_nomem(err) : ms_file_write("-", text.data, text.length, err);
    }
    if (status == MS_OK && (report.failed > 0 || report.not_computed > 0))
        status = ms_error_set(err, MS_EDIFFERENT,
                              "of %zu IBSI reference values %zu are met, %zu are not, %zu are not computed",
                              report.n, report.passed, report.failed, report.not_computed);
    ms_buffer_clear(&text);
    ms_reference_report_clear(&report);
    return status;
}

static ms_status run(const ms_args *args, ms_error *err) {
    size_t n = ms_args_operands(args);
    if (n == 0) return quick(err);
    if (strcmp(ms_args_operand(args, 0), "ibsi") != 0)
        return ms_error_set(err, MS_EUSAGE, "selftest: '%s' is no test: use none, or ibsi DIR",
                            ms_args_operand(args, 0));
    if (n != 2)
        return ms_error_set(err, MS_EUSAGE, "selftest ibsi: give the folder with the reference values");
    return ibsi(args, err);
}

const ms_command ms_command_selftest = {
    .group = "self",
    .name = "selftest",
    .operands = "[ibsi DIR]",
    .min_operands = 0,
    .max_operands = 2,
    .summary = "check this build against known numbers",
    .details = "Without operands: quick built-in checks, under a second. `ibsi DIR` compares every reference "
               "value of the "
               "Image Biomarker Standardisation Initiative in DIR (ibsi1_reference_values.csv, and the "
               "phantoms it is of in "
               "phantoms/) with ours: a table of reference, tolerance, ours and outcome, then counts by "
               "configuration and "
               "family; where DIR has the tables of IBSI 2, its response maps and values too. A value passes "
               "when ours, rounded to the digits the reference has, lies within its "
               "tolerance. "
               "Exit code 0 when all pass, 4 when one fails or is not computed.",
    .example = "# is this build sound?\nmyosurv selftest\n"
               "# every IBSI reference value\nmyosurv selftest ibsi ibsi/ > ibsi.csv",
    .options = options,
    .run = run,
};
