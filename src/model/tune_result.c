/* What comes out of a search. */
#include "model/tune.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

static const char *failure(const ms_tune_record *r) {
    for (size_t k = 0; k < r->n_scores; k++)
        if (r->scores[k].failed) return r->scores[k].message;
    return "";
}

void ms_tune_trial_clear(ms_tune_trial *trial) {
    free((char *)trial->settings);
    free((char *)trial->message);
    *trial = (ms_tune_trial){0};
}

ms_status ms_tune_trial_make(const ms_tune_record *r, size_t number, ms_tune_trial *trial, ms_error *err) {
    ms_buffer text;
    ms_buffer_init(&text);
    ms_status status = ms_tune_print_line(r->settings, &text, err);
    char *message = ms_strdup(failure(r));
    if (status == MS_OK && !message) status = ms_error_nomem(err);
    if (status != MS_OK) {
        ms_buffer_clear(&text);
        free(message);
        return status;
    }
    *trial = (ms_tune_trial){.number = number,
                             .state = r->state,
                             .folds_done = r->state == MS_TUNE_FAILED ? 0 : r->n_scores,
                             .value = r->value,
                             .loss = r->loss,
                             .c = r->c,
                             .settings = text.data,
                             .message = message};
    if (r->state == MS_TUNE_FAILED) trial->value = trial->loss = trial->c = NAN;
    return MS_OK;
}

/* ---- importance -----------------------------------------------------------------------------------------
 */

typedef struct place {
    double at;
    size_t index;
} place;

static int by_place(const void *a, const void *b) {
    const place *p = a, *q = b;
    if (p->at != q->at) return p->at < q->at ? -1 : 1;
    return p->index < q->index ? -1 : p->index > q->index;
}

/* Ranks from 1, equal values sharing their mean rank. */
static void fill_ranks(place *sorted, const double *value, size_t n, double *rank) {
    for (size_t i = 0; i < n; i++) sorted[i] = (place){value[i], i};
    qsort(sorted, n, sizeof *sorted, by_place);
    for (size_t i = 0; i < n;) {
        size_t end = i;
        while (end < n && sorted[end].at == sorted[i].at) end++;
        for (size_t k = i; k < end; k++) rank[sorted[k].index] = 0.5 * (double)(i + 1 + end);
        i = end;
    }
}

static double epsilon(const size_t *group, size_t n_groups, const double *rank, size_t n) {
    double total = 0, within = 0, used = 0;
    const double mean = 0.5 * ((double)n + 1);
    for (size_t g = 0; g < n_groups; g++) {
        double sum = 0, count = 0;
        for (size_t i = 0; i < n; i++) {
            if (group[i] != g) continue;
            sum += rank[i];
            count++;
        }
        if (count == 0) continue;
        used++;
        for (size_t i = 0; i < n; i++)
            if (group[i] == g) within += (rank[i] - sum / count) * (rank[i] - sum / count);
    }
    for (size_t i = 0; i < n; i++) total += (rank[i] - mean) * (rank[i] - mean);
    if (!(total > 0) || !((double)n > used)) return 0;
    return fmax(0, (total - within - (used - 1) * within / ((double)n - used)) / total);
}

ms_status ms_tune_epsilon(const size_t *group, size_t n_groups, const double *value, size_t n, double *share,
                          ms_error *err) {
    place *sorted = ms_calloc(n, sizeof *sorted);
    double *rank = ms_calloc(n, sizeof *rank);
    if (!sorted || !rank) {
        free(sorted);
        free(rank);
        return ms_error_nomem(err);
    }
    fill_ranks(sorted, value, n, rank);
    *share = epsilon(group, n_groups, rank, n);
    free(sorted);
    free(rank);
    return MS_OK;
}

/* One number for a parameter's range part: the number itself, or the neurons of all layers. */
static double range_place(const ms_tune_parameter *p, const double *x) {
    if (!p->is_layers) return x[p->number];
    double sum = 0;
    for (size_t j = p->number; j < p->first + p->n_dimensions; j++)
        if (!isnan(x[j])) sum += x[j];
    return sum;
}

/* Other values and choices are a group each; the range is cut into 3 or 4 groups of equal size. */
static size_t fill_groups(const ms_tune_parameter *p, const ms_tune_record *const *used, size_t n,
                          place *places, size_t *group) {
    const size_t n_either = p->choices ? (size_t)cJSON_GetArraySize(p->choices) + 1 : 1;
    if (p->is_choice) {
        for (size_t i = 0; i < n; i++) group[i] = (size_t)used[i]->x[p->either];
        return n_either;
    }
    size_t m = 0;
    for (size_t i = 0; i < n; i++) {
        group[i] = p->choices ? (size_t)used[i]->x[p->either] : 0;
        if (group[i] == 0) places[m++] = (place){range_place(p, used[i]->x), i};
    }
    const size_t parts = n_either > 1 ? 3 : 4;
    if (m > 0) qsort(places, m, sizeof *places, by_place);
    for (size_t i = 0; i < m; i++) {
        size_t part = i * parts / m; /* equal values stay together */
        if (i > 0 && places[i].at == places[i - 1].at) part = group[places[i - 1].index] - n_either;
        group[places[i].index] = n_either + part;
    }
    return n_either + parts;
}

static ms_status weigh(const ms_tune_space *space, const ms_tune_parameter *p, const ms_tune_record *records,
                       size_t n, double *importance, ms_error *err) {
    const ms_tune_record **used = ms_calloc(n, sizeof *used);
    place *places = ms_calloc(n, sizeof *places);
    double *value = ms_calloc(n, sizeof *value);
    size_t *group = ms_calloc(n, sizeof *group), m = 0;
    ms_status status = used && places && value && group ? MS_OK : ms_error_nomem(err);
    *importance = NAN;
    (void)space;
    for (size_t i = 0; status == MS_OK && i < n; i++) {
        if (records[i].outside || records[i].state == MS_TUNE_FAILED || isnan(records[i].x[p->first]))
            continue;
        value[m] = records[i].first;
        used[m++] = &records[i];
    }
    if (status == MS_OK && m >= 8) {
        const size_t n_groups = fill_groups(p, used, m, places, group);
        status = ms_tune_epsilon(group, n_groups, value, m, importance, err);
    }
    free((void *)used);
    free(places);
    free(value);
    free(group);
    return status;
}

/* ---- the result -----------------------------------------------------------------------------------------
 */

void ms_tune_result_clear(ms_tune_result *result) {
    for (size_t i = 0; i < result->n_trials; i++) ms_tune_trial_clear(&result->trials[i]);
    for (size_t i = 0; i < result->n_weights; i++) free((char *)result->weights[i].parameter);
    free(result->trials);
    free(result->weights);
    *result = (ms_tune_result){0};
}

static ms_status all_failed(const ms_tune_record *records, size_t n, ms_error *err) {
    return ms_error_set(err, MS_ENOCONV, "none of the %zu trials could be judged; the first failed with: %s",
                        n, n > 0 ? failure(&records[0]) : "");
}

static ms_status fill_trials(const ms_tune_record *records, size_t n, ms_tune_result *made, ms_error *err) {
    made->trials = ms_calloc(n, sizeof *made->trials);
    ms_status status = made->trials ? MS_OK : ms_error_nomem(err);
    for (size_t i = 0; status == MS_OK && i < n; i++) {
        status = ms_tune_trial_make(&records[i], i, &made->trials[i], err);
        if (status == MS_OK) made->n_trials = i + 1;
    }
    return status;
}

static ms_status fill_weights(const ms_tune_space *space, const ms_tune_record *records, size_t n,
                              ms_tune_result *made, ms_error *err) {
    made->weights = ms_calloc(space->n_parameters, sizeof *made->weights);
    ms_status status = made->weights ? MS_OK : ms_error_nomem(err);
    for (size_t j = 0; status == MS_OK && j < space->n_parameters; j++) {
        char *name = ms_strdup(space->parameters[j].path);
        if (!name) return ms_error_nomem(err);
        made->weights[j].parameter = name;
        made->n_weights = j + 1;
        status = weigh(space, &space->parameters[j], records, n, &made->weights[j].importance, err);
    }
    return status;
}

ms_status ms_tune_result_make(const ms_tune_space *space, const ms_tune_record *records, size_t n,
                              const ms_tune_options *options, ms_tune_result *result, ms_error *err) {
    ms_tune_result made = {0};
    size_t best = n;
    for (size_t i = 0; i < n; i++)
        if (records[i].state == MS_TUNE_DONE && (best == n || records[i].value < records[best].value))
            best = i;
    if (best == n) return all_failed(records, n, err);
    made.best_trial = best;
    ms_status status = ms_tune_apply(records[best].settings, &options->base, "settings", &made.best, err);
    if (status == MS_OK) status = fill_trials(records, n, &made, err);
    if (status == MS_OK) status = fill_weights(space, records, n, &made, err);
    if (status == MS_OK)
        *result = made;
    else
        ms_tune_result_clear(&made);
    return status;
}

ms_status ms_tune_result_write(const ms_tune_result *result, const char *path, ms_error *err) {
    cJSON *tree = cJSON_CreateObject();
    ms_status status = tree ? ms_train_config_to_json(&result->best, tree, err) : ms_error_nomem(err);
    if (status == MS_OK) status = ms_json_write(tree, path, err);
    cJSON_Delete(tree);
    return status;
}
