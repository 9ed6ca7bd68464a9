/* Where the predictions that are judged come from: a score, or columns of probabilities at times. */
#include "cli/prediction_cli.h"

#include "cli/list_cli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What the options say, before the table is read. */
typedef struct request {
    const char *option; /* risk, survival or event-risk */
    char *copy;
    const char **parts; /* [n] columns or patterns, in copy */
    size_t n;
    double *times; /* [n_times] */
    size_t n_times;
} request;

static void request_clear(request *r) {
    free(r->copy);
    free(r->parts);
    free(r->times);
}

static int compare_doubles(const void *a, const void *b) {
    double p = *(const double *)a, q = *(const double *)b;
    return p < q ? -1 : p > q;
}

static ms_status read_times(const ms_args *args, request *r, ms_error *err) {
    ms_status status = ms_cli_numbers(args, "times", &r->times, &r->n_times, err);
    if (status || !r->times) return status;
    qsort(r->times, r->n_times, sizeof *r->times, compare_doubles);
    for (size_t k = 0; k < r->n_times; k++) {
        if (r->times[k] < 0) return ms_error_set(err, MS_EUSAGE, "--times: %g is negative", r->times[k]);
        if (k && r->times[k] == r->times[k - 1])
            return ms_error_set(err, MS_EUSAGE, "--times: %g is there twice", r->times[k]);
    }
    return MS_OK;
}

static ms_status read_request(const ms_args *args, request *r, ms_error *err) {
    static const char *const options[] = {"risk", "survival", "event-risk"};
    for (size_t i = 0; i < MS_COUNT(options); i++) {
        if (!ms_args_text(args, options[i])) continue;
        if (r->option)
            return ms_error_set(err, MS_EUSAGE, "give --%s or --%s, not both", r->option, options[i]);
        r->option = options[i];
    }
    if (!r->option)
        return ms_error_set(err, MS_EUSAGE,
                            "what was predicted? Give --risk COL, --survival 'survival_*' or --event-risk "
                            "'risk_*'");
    ms_status status = ms_cli_names(args, r->option, &r->copy, &r->parts, &r->n, err);
    if (!status) status = read_times(args, r, err);
    if (!status && strcmp(r->option, "risk") == 0 && r->n_times == 0)
        status = ms_error_set(err, MS_EUSAGE, "a score needs --times T1,T2: the times to judge it at");
    return status;
}

/* The columns of all models, a model after the other. */
typedef struct columns {
    char **names; /* [n] */
    size_t n;
} columns;

static void columns_clear(columns *c) {
    for (size_t i = 0; i < c->n; i++) free(c->names[i]);
    free(c->names);
}

static ms_status add_column(columns *c, const char *name, ms_error *err) {
    char **names = ms_realloc(c->names, c->n + 1, sizeof *names), *copy = names ? ms_strdup(name) : NULL;
    if (names) c->names = names;
    if (!copy) return ms_error_nomem(err);
    c->names[c->n++] = copy;
    return MS_OK;
}

/* One model's columns at the times asked for (all of the first model's when none was). */
static ms_status add_pattern(const ms_table *table, const char *pattern, request *r, columns *c,
                             ms_error *err) {
    char **names = NULL;
    double *times = NULL;
    size_t n = 0;
    ms_status status = ms_prediction_find(table, pattern, &names, &times, &n, err);
    if (status) return status;
    if (!r->n_times) {
        r->times = times;
        r->n_times = n;
        times = NULL;
    }
    const double *have = times ? times : r->times;
    for (size_t k = 0; k < r->n_times && !status; k++) {
        size_t at = 0;
        while (at < n && have[at] != r->times[k]) at++;
        status = at < n ? add_column(c, names[at], err)
                        : ms_error_set(err, MS_EINPUT, "%s: no column like '%s' is of time %g",
                                       ms_table_name(table), pattern, r->times[k]);
    }
    for (size_t k = 0; k < n; k++) free(names[k]);
    free(names);
    free(times);
    return status;
}

static ms_status find_columns(const ms_table *table, request *r, columns *c, ms_error *err) {
    ms_status status = MS_OK;
    bool score = strcmp(r->option, "risk") == 0;
    for (size_t m = 0; m < r->n && !status; m++)
        status = score ? add_column(c, r->parts[m], err) : add_pattern(table, r->parts[m], r, c, err);
    return status;
}

static ms_status read_frame(const ms_args *args, const ms_table *table, const columns *c, bool probabilities,
                            ms_prediction_frame *frame, ms_error *err) {
    char *event = NULL;
    ms_prediction_columns wanted = {.time = ms_args_text(args, "time"),
                                    .competing = ms_args_text(args, "competing"),
                                    .markers = (const char *const *)c->names,
                                    .n_markers = c->n,
                                    .probabilities = probabilities,
                                    .censoring = ms_args_text(args, "censoring-model")};
    ms_status status = ms_event_split(ms_args_text(args, "event"), &event, &wanted.event_value, err);
    wanted.event = event;
    if (!status) status = ms_prediction_frame_read(table, &wanted, frame, err);
    free(event);
    if (!status && frame->n_dropped)
        ms_log(MS_LOG_INFO, "%zu of %zu rows left out: a value is missing", frame->n_dropped,
               frame->n_dropped + frame->n);
    return status;
}

/* Names without what stands for the time: "survival_*" is "survival". */
static char *model_name(const char *part) {
    char *name = ms_strdup(part), *star = name ? strchr(name, '*') : NULL;
    if (!star) return name;
    while (star > name && (star[-1] == '_' || star[-1] == '.' || star[-1] == '-')) star--;
    *star = '\0';
    if (*name) return name;
    free(name);
    return ms_strdup(part);
}

/* Scores as they are; probabilities of the event from what the columns hold. */
static ms_status arrange(const request *r, bool probabilities, ms_cli_predictions *p, ms_error *err) {
    const ms_prediction_frame *f = &p->frame;
    bool score = strcmp(r->option, "risk") == 0, survival = strcmp(r->option, "survival") == 0;
    ms_status status = MS_OK;
    if (score && probabilities)
        ms_log(MS_LOG_INFO, "probabilities are from the score and the baseline hazard of this table: an "
                            "apparent performance");
    for (size_t m = 0; m < p->n_models && !status; m++) {
        if (!(p->names[m] = model_name(r->parts[m]))) return ms_error_nomem(err);
        if (score) p->score[m] = f->markers + m * f->n;
        if (score && !probabilities) continue;
        p->risk[m] = ms_calloc(p->n_times * f->n, sizeof(double));
        if (!p->risk[m]) return ms_error_nomem(err);
        if (score) {
            status = ms_risk_from_score(&f->outcome, p->score[m], p->times, p->n_times, p->risk[m], err);
            continue;
        }
        const double *column = f->markers + m * p->n_times * f->n;
        for (size_t i = 0; i < p->n_times * f->n; i++) p->risk[m][i] = survival ? 1 - column[i] : column[i];
    }
    return status;
}

ms_status ms_cli_read_predictions(const ms_args *args, bool probabilities, ms_cli_predictions *out,
                                  ms_error *err) {
    ms_table *table = NULL;
    request r = {0};
    columns c = {0};
    ms_cli_predictions p = {0};
    ms_status status = read_request(args, &r, err);
    if (status || (status = ms_table_read(&table, ms_args_operand(args, 0), err)) ||
        (status = find_columns(table, &r, &c, err)) ||
        (status = read_frame(args, table, &c, strcmp(r.option, "risk") != 0, &p.frame, err)))
        goto cleanup;
    p.n_models = r.n;
    p.n_times = r.n_times;
    p.times = r.times;
    r.times = NULL;
    p.names = ms_calloc(r.n, sizeof *p.names);
    p.score = ms_calloc(r.n, sizeof *p.score);
    p.risk = ms_calloc(r.n, sizeof *p.risk);
    status = p.names && p.score && p.risk ? arrange(&r, probabilities, &p, err) : ms_error_nomem(err);
    if (status) goto cleanup;
    *out = p;
    p = (ms_cli_predictions){0};
cleanup:
    request_clear(&r);
    columns_clear(&c);
    ms_table_free(table);
    ms_cli_predictions_clear(&p);
    return status;
}

void ms_cli_predictions_clear(ms_cli_predictions *predictions) {
    for (size_t m = 0; m < predictions->n_models; m++) {
        if (predictions->names) free(predictions->names[m]);
        if (predictions->risk) free(predictions->risk[m]);
    }
    MS_FREE(predictions->names);
    free(predictions->score);
    predictions->score = NULL;
    MS_FREE(predictions->risk);
    MS_FREE(predictions->times);
    ms_prediction_frame_clear(&predictions->frame);
    predictions->n_models = predictions->n_times = 0;
}

ms_status ms_cli_convention(const ms_args *args, size_t n, ms_prediction_convention *convention,
                            ms_error *err) {
    static const char *const names[] = {"riskregression", "sksurv", "timeroc"};
    static const ms_prediction_convention conventions[] = {MS_PREDICTION_RISKREGRESSION, MS_PREDICTION_SKSURV,
                                                           MS_PREDICTION_TIMEROC};
    size_t index = 0;
    ms_status status = ms_args_choice(args, "convention", names, n, &index, err);
    if (!status) *convention = conventions[index];
    return status;
}
