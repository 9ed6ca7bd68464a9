/* train --cv: the whole procedure judged by cross-validation, before the final model is trained on all rows.
 */
#include "cli/train_cv_cli.h"

#include "cli/list_cli.h"
#include "cli/survival_cli.h"
#include "cli/train_steps_cli.h"
#include "myosurv/study_evaluate.h"

#include <stdlib.h>
#include <string.h>

/* "5" or "5x10". */
static ms_status read_folds(const char *text, ms_crossval_options *o, ms_error *err) {
    const char *x = strchr(text, 'x');
    char folds[32];
    const size_t length = x ? (size_t)(x - text) : strlen(text);
    if (length < sizeof folds) {
        memcpy(folds, text, length);
        folds[length] = '\0';
        if (ms_parse_size(folds, &o->folds) && o->folds >= 3 &&
            (!x || (ms_parse_size(x + 1, &o->repeats) && o->repeats >= 1)))
            return MS_OK;
    }
    return ms_error_set(
        err, MS_EUSAGE,
        "--cv: \"%s\" is not folds, or folds x repeats; give e.g. 5 or 5x10 (3 folds at least)", text);
}

static ms_status alone(const ms_args *args, ms_error *err) {
    static const char *const needing[] = {"cv-at", "cv-out", "cv-json", "clinical", "tune", "permute"};
    for (size_t i = 0; i < MS_COUNT(needing); i++)
        if (ms_args_text(args, needing[i]))
            return ms_error_set(err, MS_EUSAGE, "--%s goes with --cv: give --cv 5, say", needing[i]);
    return ms_args_flag(args, "no-rivals") ? ms_error_set(err, MS_EUSAGE, "--no-rivals goes with --cv")
                                           : MS_OK;
}

static int ascending(const void *a, const void *b) {
    const double p = *(const double *)a, q = *(const double *)b;
    return p < q ? -1 : p > q;
}

/* Inputs and clinical columns in one set, and which of it each procedure sees. All owned. */
typedef struct sets {
    ms_dataset_store all;
    size_t *inputs, *clinical; /* NULL: all */
    size_t n_inputs, n_clinical;
} sets;

static void sets_clear(sets *s) {
    ms_dataset_clear(&s->all);
    free(s->inputs);
    free(s->clinical);
}

static size_t place_of(const ms_dataset *d, const char *name) {
    size_t j = 0;
    while (j < d->p && strcmp(d->names[j], name) != 0) j++;
    return j;
}

static ms_status places(const ms_dataset *in, const ms_dataset *of, size_t **out, ms_error *err) {
    size_t *list = ms_calloc(of->p, sizeof *list);
    if (!list) return ms_error_nomem(err);
    for (size_t j = 0; j < of->p; j++) list[j] = place_of(in, of->names[j]);
    *out = list;
    return MS_OK;
}

/* The network's inputs are those of --x (or its default); the clinical columns are read beside them. */
static ms_status read_sets(const ms_args *args, const ms_table *table, sets *s, ms_error *err) {
    const char *time = ms_args_text(args, "time"), *event = ms_args_text(args, "event");
    const char *clinical = ms_args_text(args, "clinical");
    if (!clinical) return ms_dataset_read(table, time, event, ms_args_text(args, "x"), &s->all, err);
    ms_dataset_store inputs = {0}, more = {0};
    ms_buffer list;
    ms_buffer_init(&list);
    ms_status status = ms_dataset_read(table, time, event, ms_args_text(args, "x"), &inputs, err);
    if (status == MS_OK) status = ms_dataset_read(table, time, event, clinical, &more, err);
    for (size_t j = 0; j < inputs.view.p; j++)
        ms_buffer_printf(&list, "%s%s", j ? "," : "", inputs.view.names[j]);
    for (size_t j = 0; j < more.view.p; j++)
        if (place_of(&inputs.view, more.view.names[j]) == inputs.view.p)
            ms_buffer_printf(&list, ",%s", more.view.names[j]);
    if (status == MS_OK && ms_buffer_failed(&list)) status = ms_error_nomem(err);
    if (status == MS_OK) status = ms_dataset_read(table, time, event, list.data, &s->all, err);
    if (status == MS_OK) status = places(&s->all.view, &inputs.view, &s->inputs, err);
    if (status == MS_OK) status = places(&s->all.view, &more.view, &s->clinical, err);
    s->n_inputs = inputs.view.p;
    s->n_clinical = more.view.p;
    ms_buffer_clear(&list);
    ms_dataset_clear(&inputs);
    ms_dataset_clear(&more);
    return status;
}

static ms_status write_results(const ms_args *args, const ms_crossval *c, const ms_dataset *data,
                               ms_error *err) {
    const char *out = ms_args_text(args, "cv-out"), *json = ms_args_text(args, "cv-json");
    ms_table *table = NULL;
    char *text = NULL;
    ms_status status = MS_OK;
    if (out) {
        status = ms_crossval_table(c, data, &table, err);
        if (status == MS_OK) status = ms_table_write(table, out, err);
        ms_table_free(table);
    }
    if (status == MS_OK && json) {
        status = ms_crossval_json(c, &text, err);
        if (status == MS_OK) status = ms_file_write(json, text, strlen(text), err);
        MS_FREE(text);
    }
    if (status == MS_OK && !ms_args_quiet(args)) {
        status = ms_crossval_text(c, &text, err);
        if (status == MS_OK) status = ms_cli_print(text, err);
        if (status == MS_OK) status = ms_cli_print("\n", err);
    }
    free(text);
    return status;
}

static ms_status validate(const ms_args *args, const ms_table *table, const sets *s,
                          const ms_train_config *config, ms_crossval_options *o, ms_error *err) {
    ms_network_procedure network = {.config = *config,
                                    .columns = s->inputs,
                                    .n_columns = s->n_inputs,
                                    .table = table,
                                    .time = ms_args_text(args, "time")};
    ms_train_steps steps;
    ms_table *reliability = NULL;
    ms_rival_procedure rivals[MS_N_RIVALS] = {0};
    ms_procedure procedures[1 + MS_N_RIVALS];
    size_t n = 0;
    ms_crossval c = {0};
    ms_status status = ms_cli_train_steps(args, &steps, &reliability, err);
    if (status == MS_OK && (steps.harmonize || steps.select)) network.steps = &steps;
    if (status == MS_OK) status = ms_args_size(args, "tune", &network.tune, err);
    if (status == MS_OK) status = ms_args_size(args, "permute", &o->permutations, err);
    procedures[n++] = ms_procedure_network(&network);
    for (size_t k = 0; k < MS_N_RIVALS; k++) {
        const bool cox = k == MS_RIVAL_COX;
        rivals[k].kind = (ms_rival_kind)k;
        ms_rival_options_default(&rivals[k].options);
        rivals[k].columns = cox ? s->clinical : s->inputs;
        rivals[k].n_columns = cox ? s->n_clinical : s->n_inputs;
        rivals[k].name = cox ? "Clinical Cox" : NULL;
        if (cox ? s->clinical != NULL : !ms_args_flag(args, "no-rivals"))
            procedures[n++] = ms_procedure_rival(&rivals[k]);
    }
    if (status == MS_OK) status = ms_crossval_run(&s->all.view, procedures, n, o, &c, err);
    if (status == MS_OK) status = write_results(args, &c, &s->all.view, err);
    ms_crossval_clear(&c);
    ms_table_free(reliability);
    return status;
}

ms_status ms_cli_train_cv(const ms_args *args, const ms_table *table, const ms_train_config *config,
                          ms_error *err) {
    const char *cv = ms_args_text(args, "cv");
    ms_crossval_options o;
    double *times = NULL;
    sets s = {0};
    if (!cv) return alone(args, err);
    ms_crossval_options_default(&o);
    o.seed = ms_args_seed(args);
    ms_status status = read_folds(cv, &o, err);
    if (status == MS_OK) status = ms_cli_numbers(args, "cv-at", &times, &o.n_times, err);
    if (times) qsort(times, o.n_times, sizeof *times, ascending);
    o.times = times;
    if (status == MS_OK) status = read_sets(args, table, &s, err);
    if (status == MS_OK) {
        status = validate(args, table, &s, config, &o, err);
        if (status == MS_EINPUT || status == MS_ENOCONV) ms_error_prefix(err, "%s", ms_table_name(table));
    }
    free(times);
    sets_clear(&s);
    return status;
}
