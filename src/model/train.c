/* Training a model: check, preprocess, autoencoder, Cox networks, and what the whole says of its training
 * rows. */
#include "model/joint.h"
#include "model/model.h"
#include "model/predict.h"

#include <math.h>
#include <string.h>

static int text_order(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static ms_status check_names(const char *const *names, size_t p, ms_error *err) {
    const char **sorted = ms_calloc(p, sizeof *sorted);
    if (!sorted) return ms_error_nomem(err);
    memcpy(sorted, names, p * sizeof *sorted);
    qsort(sorted, p, sizeof *sorted, text_order);
    ms_status status = MS_OK;
    for (size_t j = 1; status == MS_OK && j < p; j++)
        if (strcmp(sorted[j], sorted[j - 1]) == 0)
            status = ms_error_set(err, MS_EINPUT, "the column %s is given twice", sorted[j]);
    free(sorted);
    return status;
}

static ms_status check_rows(const double *x, size_t n, size_t p, const double *time, const uint8_t *event,
                            ms_error *err) {
    size_t n_events = 0;
    for (size_t i = 0; i < n; i++) {
        if (!(time[i] >= 0 && isfinite(time[i])))
            return ms_error_set(err, MS_EINPUT, "row %zu: the time is %g, but must be a number >= 0", i + 1,
                                time[i]);
        if (event[i] > 1)
            return ms_error_set(err, MS_EINPUT, "row %zu: the event is %u, but must be 0 or 1", i + 1,
                                event[i]);
        n_events += event[i];
        for (size_t j = 0; j < p; j++)
            if (isinf(x[i * p + j]))
                return ms_error_set(err, MS_EINPUT, "row %zu, input %zu: the value is infinite", i + 1,
                                    j + 1);
    }
    if (n_events == 0)
        return ms_error_set(err, MS_EINPUT,
                            "there is no event among the %zu training rows: a Cox network has nothing "
                            "to learn from",
                            n);
    return MS_OK;
}

static ms_status check_inputs(const double *x, size_t n, size_t p, const char *const *names,
                              const double *time, const uint8_t *event, ms_error *err) {
    if (n < 2) return ms_error_set(err, MS_EINPUT, "training needs at least 2 rows, not %zu", n);
    if (p < 1) return ms_error_set(err, MS_EINPUT, "training needs at least one input column");
    if (p > MS_MODEL_MAX_FEATURES)
        return ms_error_set(err, MS_EINPUT, "%zu input columns are more than the limit of %u", p,
                            MS_MODEL_MAX_FEATURES);
    const ms_status status = check_names(names, p, err);
    return status == MS_OK ? check_rows(x, n, p, time, event, err) : status;
}

static ms_status copy_names(ms_model *model, const char *const *names, size_t p, ms_error *err) {
    model->names = ms_calloc(p, sizeof *model->names);
    if (!model->names) return ms_error_nomem(err);
    model->prep.n_features = p;
    for (size_t j = 0; j < p; j++) {
        model->names[j] = ms_strdup(names[j]);
        if (!model->names[j]) return ms_error_nomem(err);
    }
    return MS_OK;
}

static void hash_data(ms_model *model, const double *x, size_t n, size_t p, const char *const *names,
                      const double *time, const uint8_t *event) {
    ms_hash *hash = ms_hash_new();
    if (!hash) return; /* the hash stays empty */
    for (size_t j = 0; j < p; j++) ms_hash_add_text(hash, names[j]);
    for (size_t i = 0; i < n * p; i++) {
        const double v = isnan(x[i]) ? (double)NAN : x[i]; /* one bit pattern for every NaN */
        ms_hash_add(hash, &v, sizeof v);
    }
    ms_hash_add(hash, time, n * sizeof *time);
    ms_hash_add(hash, event, n);
    ms_hash_finish(hash, model->data_sha256);
}

/* Prepares the inputs and warns of what is odd about them. *scaled is to be freed. */
static ms_status prepare(ms_model *model, const double *x, size_t n, size_t p, double **scaled,
                         ms_error *err) {
    ms_status status = ms_prep_fit(&model->prep, x, n, p, &model->config, err);
    if (status != MS_OK) return status;
    const size_t used = model->prep.n_used;
    if (used == 0)
        return ms_error_set(err, MS_EINPUT,
                            "none of the %zu input columns can be used: each is constant, empty or "
                            "has too many missing values",
                            p);
    if (used < p)
        ms_log(MS_LOG_WARNING,
               "%zu of %zu input columns are constant, empty or mostly missing in the "
               "training rows and are left out",
               p - used, p);
    if (used > n)
        ms_log(MS_LOG_WARNING,
               "there are fewer training rows (%zu) than inputs (%zu): trust only results "
               "on other patients",
               n, used);
    double *values = ms_calloc(n * used, sizeof *values);
    if (!values) return ms_error_nomem(err);
    ms_prep_apply(&model->prep, x, n, values);
    *scaled = values;
    return MS_OK;
}

/* Appends a record to the model's history, marking the epoch kept. */
static ms_status append_history(ms_model *model, const ms_fit_record *record, ms_error *err) {
    const size_t n = model->n_history + record->n;
    ms_epoch *history = ms_realloc(model->history, n, sizeof *history);
    if (!history) return ms_error_nomem(err);
    model->history = history;
    uint8_t *kept = ms_realloc(model->history_kept, n, 1);
    if (!kept) return ms_error_nomem(err);
    model->history_kept = kept;
    if (model->n_watched > 0) {
        const size_t width = 2 * model->n_watched;
        double *watched = ms_realloc(model->history_watched, n * width, sizeof *watched);
        if (!watched) return ms_error_nomem(err);
        model->history_watched = watched;
        for (size_t i = 0; i < record->n * width; i++)
            watched[model->n_history * width + i] = record->watched ? record->watched[i] : (double)NAN;
    }
    memcpy(history + model->n_history, record->epochs, record->n * sizeof *history);
    memset(kept + model->n_history, 0, record->n);
    kept[model->n_history + record->kept] = 1;
    model->n_history = n;
    return MS_OK;
}

/* Each code's centre, and one scale for all: a code that hardly varies between the training rows carries
 * little of the inputs, and must not be blown up to weigh as much as the others. */
static void scale_code(ms_model *model, double *code, size_t n) {
    const size_t size = model->code_size;
    double squares = 0;
    for (size_t k = 0; k < size; k++) {
        double sum = 0;
        for (size_t i = 0; i < n; i++) sum += code[i * size + k];
        model->code_centre[k] = sum / (double)n;
        for (size_t i = 0; i < n; i++) {
            code[i * size + k] -= model->code_centre[k];
            squares += code[i * size + k] * code[i * size + k];
        }
    }
    const double sd = sqrt(squares / (double)((n - 1) * size));
    for (size_t k = 0; k < size; k++) model->code_scale[k] = sd > 1e-9 ? sd : 1;
    for (size_t i = 0; i < n * size; i++) code[i] /= model->code_scale[0];
}

/* What the Cox networks will see, in place of *inputs. */
static ms_status encode(ms_model *model, const ms_training *training, double **inputs, ms_joint *joint,
                        ms_error *err) {
    const size_t n = training->n, used = model->prep.n_used;
    model->code_size = used;
    if (model->config.autoencoder != MS_TRAIN_ON) return MS_OK;
    ms_autoencoder_result result = {0};
    ms_status status = ms_autoencoder_train(training, *inputs, used, model->config.code_size, &result, err);
    if (status != MS_OK) return status;
    model->autoencoder = true;
    model->encoder = result.encoder;
    joint->autoencoder = result.whole;
    model->code_size = model->config.code_size;
    model->info.reconstruction = result.reconstruction;
    status = append_history(model, &result.record, err);
    ms_fit_record_clear(&result.record);
    if (status != MS_OK) return status;
    double *code = ms_calloc(n * model->code_size, sizeof *code);
    model->code_centre = ms_calloc(model->code_size, sizeof *model->code_centre);
    model->code_scale = ms_calloc(model->code_size, sizeof *model->code_scale);
    if (!code || !model->code_centre || !model->code_scale) {
        free(code);
        return ms_error_nomem(err);
    }
    status = ms_net_forward(&model->encoder, *inputs, n, code, err);
    if (status != MS_OK) {
        free(code);
        return status;
    }
    scale_code(model, code, n);
    if (model->config.joint > 0)
        joint->x = *inputs;
    else
        free(*inputs);
    *inputs = code;
    return MS_OK;
}

/* What training autoencoder and Cox networks together needs besides the code. */
static ms_status prepare_joint(const ms_model *model, ms_training *training, ms_joint *joint, ms_error *err) {
    if (!model->autoencoder || !(model->config.joint > 0)) return MS_OK;
    joint->code_centre = model->code_centre;
    joint->code_scale = model->code_scale;
    for (size_t k = 0; k < training->n_watched; k++) {
        const ms_watched_set *set = &training->watched[k];
        joint->watched[k] = ms_calloc(set->n * model->prep.n_used, sizeof(double));
        if (!joint->watched[k]) return ms_error_nomem(err);
        ms_prep_apply(&model->prep, set->x, set->n, joint->watched[k]);
    }
    training->joint = joint;
    return MS_OK;
}

/* Every network then has an encoder of its own, and starts from the scaled inputs. */
static void drop_encoder(ms_model *model) {
    ms_net_clear(&model->encoder);
    MS_FREE(model->code_centre);
    MS_FREE(model->code_scale);
    model->autoencoder = false;
    model->code_size = model->prep.n_used;
}

/* The members' mean C on the rows each did not see, weighted by the pairs compared. */
static double held_back_c(const ms_member *members, size_t n) {
    double sum = 0, pairs = 0;
    for (size_t k = 0; k < n; k++) {
        if (!(members[k].valid_pairs > 0)) continue;
        sum += members[k].valid_c * members[k].valid_pairs;
        pairs += members[k].valid_pairs;
    }
    return pairs > 0 ? sum / pairs : NAN;
}

/* Every row's mean risk by the members that had not seen it; the rows of `seen` were seen by all. */
static size_t mean_held_risk(const ms_member *members, size_t n_members, size_t n, double *risk,
                             uint8_t *seen) {
    size_t n_held = 0;
    for (size_t i = 0; i < n; i++) {
        double sum = 0, times = 0;
        for (size_t k = 0; k < n_members; k++) {
            if (isnan(members[k].held_risk[i])) continue;
            sum += members[k].held_risk[i];
            times++;
        }
        seen[i] = times == 0;
        if (times > 0) risk[n_held++] = sum / times;
    }
    return n_held;
}

/* The slope on rows held back: what of a difference in risk is found again in patients not seen. */
static ms_status fit_shrinkage(ms_model *model, const ms_training *training, const ms_member *members,
                               ms_error *err) {
    const size_t n = training->n;
    double *risk = ms_calloc(n, sizeof *risk), *time = ms_calloc(n, sizeof *time);
    size_t *strata = ms_calloc(n, sizeof *strata);
    uint8_t *event = ms_calloc(n, 1), *seen = ms_calloc(n, 1);
    ms_cox_data cox = {0};
    ms_status status = risk && time && event && seen && strata ? MS_OK : ms_error_nomem(err);
    if (status != MS_OK) goto cleanup;
    size_t n_held = mean_held_risk(members, model->config.members, n, risk, seen);
    if (n_held == 0 && training->chosen_risk) { /* no member held rows back, but the choice did */
        memcpy(risk, training->chosen_risk, n * sizeof *risk);
        memset(seen, 0, n);
        n_held = n;
    }
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        if (seen[i]) continue;
        time[at] = training->time[i];
        strata[at] = training->strata ? training->strata[i] : 0;
        event[at++] = training->event[i];
    }
    status = ms_cox_data_init_strata(&cox, time, event, strata, n_held, err);
    if (status == MS_OK && cox.n_events > 0)
        status = ms_cox_slope(&cox, training->config->ties, risk, 0.1, &model->shrinkage, err);
cleanup:
    ms_cox_data_clear(&cox);
    free(risk);
    free(time);
    free(event);
    free(seen);
    free(strata);
    return status;
}

static ms_status train_members(ms_model *model, const ms_training *training, const double *code,
                               ms_error *err) {
    const size_t n = model->config.members;
    ms_member *members = ms_calloc(n, sizeof *members);
    model->members = ms_calloc(n, sizeof *model->members);
    model->member_centre = ms_calloc(n, sizeof *model->member_centre);
    ms_status status = members && model->members && model->member_centre ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) status = ms_members_train(training, code, model->code_size, members, err);
    for (size_t k = 0; status == MS_OK && k < n; k++) {
        model->members[k] = members[k].net;
        members[k].net = (ms_net){0};
        model->member_centre[k] = members[k].centre;
        model->n_members = k + 1;
        status = append_history(model, &members[k].record, err);
    }
    if (status == MS_OK) model->info.valid_c = held_back_c(members, n);
    if (status == MS_OK) status = fit_shrinkage(model, training, members, err);
    for (size_t k = 0; members && k < n; k++) {
        ms_net_clear(&members[k].net);
        ms_fit_record_clear(&members[k].record);
        free(members[k].held_risk);
    }
    free(members);
    return status;
}

static int ascending(const void *a, const void *b) {
    const double p = *(const double *)a, q = *(const double *)b;
    return p < q ? -1 : p > q;
}

static double median_of(double *values, size_t n) {
    qsort(values, n, sizeof *values, ascending);
    return n % 2 ? values[n / 2] : 0.5 * (values[n / 2 - 1] + values[n / 2]);
}

/* Of Breslow's estimate, the weights taken as known: the sum of d / S0^2 over event times (Tsiatis 1981; R:
 * survfit.coxph's without the coefficients' part). A step is d / S0. */
static ms_status fit_variance(ms_model *model, const ms_training *training, ms_error *err) {
    const size_t n = model->n_baseline;
    double *events = ms_calloc(n, sizeof *events);
    model->baseline_variance = ms_calloc(n, sizeof *model->baseline_variance);
    if (!events || !model->baseline_variance) {
        free(events);
        return ms_error_nomem(err);
    }
    for (size_t i = 0; i < training->n; i++) {
        if (!training->event[i]) continue;
        const size_t step = ms_baseline_step(model, training->time[i]);
        if (step < n) events[step]++;
    }
    double sum = 0, before = 0;
    for (size_t k = 0; k < n; k++) {
        const double rise = model->baseline_hazard[k] - before;
        sum += events[k] > 0 ? rise * rise / events[k] : 0;
        model->baseline_variance[k] = sum;
        before = model->baseline_hazard[k];
    }
    free(events);
    model->has_variance = true;
    return MS_OK;
}

/* Baseline hazard, cut-point and C of the finished model on its training rows. */
static ms_status finish(ms_model *model, const ms_training *training, const double *x, ms_error *err) {
    const size_t n = training->n;
    ms_cox_data cox = {0};
    double *risk = ms_calloc(n, sizeof *risk);
    ms_status status = risk ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) status = ms_model_predict(model, x, n, model->prep.n_features, risk, err);
    if (status == MS_OK) status = ms_cox_data_init(&cox, training->time, training->event, n, err);
    if (status == MS_OK)
        status = ms_cox_baseline(&cox, risk, &model->baseline_times, &model->baseline_hazard,
                                 &model->n_baseline, err);
    if (status == MS_OK) status = fit_variance(model, training, err);
    if (status == MS_OK) status = ms_watch_concordance(&cox, risk, &model->info.train_c, NULL, err);
    if (status == MS_OK) {
        for (size_t i = 0; i < n; i++) model->last_time = fmax(model->last_time, training->time[i]);
        model->info.cutpoint = median_of(risk, n);
    }
    ms_cox_data_clear(&cox);
    free(risk);
    return status;
}

/* The watched sets as the Cox networks see them; each x is to be freed. */
static ms_status encode_watched(const ms_model *model, ms_training *training, ms_fit_part *codes,
                                ms_error *err) {
    for (size_t k = 0; k < training->n_watched; k++) {
        const ms_watched_set *set = &training->watched[k];
        double *code = ms_calloc(set->n * model->code_size, sizeof *code);
        if (!code) return ms_error_nomem(err);
        codes[k] = (ms_fit_part){code, set->n};
        const ms_status status = ms_model_encode(model, set->x, set->n, model->prep.n_features, code, err);
        if (status != MS_OK) {
            ms_error_prefix(err, "watched set %s", set->name);
            return status;
        }
    }
    training->watched_code = codes;
    return MS_OK;
}

static ms_status train_model(ms_model *model, ms_training *training, const double *x, size_t p,
                             ms_error *err) {
    double *inputs = NULL;
    ms_joint joint = {0};
    ms_fit_part codes[MS_TRAIN_MAX_WATCHED] = {0};
    double *chosen_risk = NULL;
    ms_status status = prepare(model, x, training->n, p, &inputs, err);
    if (status != MS_OK) return status;
    const bool choose = ms_choose_wanted(&model->config, training->n, training->n_events);
    ms_train_config_resolve(&model->config, training->n, training->n_events, model->prep.n_used);
    training->config = &model->config;
    status = encode(model, training, &inputs, &joint, err);
    if (status == MS_OK) status = prepare_joint(model, training, &joint, err);
    if (status == MS_OK) status = encode_watched(model, training, codes, err);
    if (status == MS_OK && choose) {
        chosen_risk = ms_calloc(training->n, sizeof *chosen_risk);
        status = chosen_risk
                     ? ms_choose_network(training, inputs, model->code_size, &model->config, chosen_risk, err)
                     : ms_error_nomem(err);
        training->chosen_risk = chosen_risk;
    }
    if (status == MS_OK) status = train_members(model, training, inputs, err);
    if (status == MS_OK && training->joint) drop_encoder(model);
    if (status == MS_OK) status = finish(model, training, x, err);
    free((void *)(uintptr_t)joint.x);
    ms_joint_clear(&joint);
    for (size_t k = 0; k < MS_COUNT(codes); k++) free((void *)(uintptr_t)codes[k].x);
    training->chosen_risk = NULL;
    free(chosen_risk);
    free(inputs);
    return status;
}

static ms_status check_watched(const ms_train_extra *extra, ms_error *err) {
    if (extra->n_watched > MS_TRAIN_MAX_WATCHED)
        return ms_error_set(err, MS_EINPUT, "at most %d sets can be watched, not %zu", MS_TRAIN_MAX_WATCHED,
                            extra->n_watched);
    for (size_t k = 0; k < extra->n_watched; k++) {
        const ms_watched_set *set = &extra->watched[k];
        bool good = ms_text_is_safe_name(set->name) && strcmp(set->name, "train") != 0 &&
                    strcmp(set->name, "valid") != 0;
        for (size_t j = 0; j < k; j++) good = good && strcmp(set->name, extra->watched[j].name) != 0;
        if (!good)
            return ms_error_set(err, MS_EINPUT,
                                "a watched set needs a name of its own, of letters, digits, '.', '_' and "
                                "'-', and neither train nor valid: not \"%s\"",
                                set->name);
        for (size_t i = 0; i < set->n; i++)
            if (!(set->time_days[i] >= 0 && isfinite(set->time_days[i])) || set->event[i] > 1)
                return ms_error_set(err, MS_EINPUT,
                                    "watched set %s, row %zu: the time must be a number >= 0 and the event 0 "
                                    "or 1",
                                    set->name, i + 1);
    }
    return MS_OK;
}

static ms_status copy_watched_names(ms_model *model, const ms_train_extra *extra, ms_error *err) {
    if (extra->n_watched == 0) return MS_OK;
    model->watched_names = ms_calloc(extra->n_watched, sizeof *model->watched_names);
    if (!model->watched_names) return ms_error_nomem(err);
    model->n_watched = extra->n_watched;
    for (size_t k = 0; k < extra->n_watched; k++) {
        model->watched_names[k] = ms_strdup(extra->watched[k].name);
        if (!model->watched_names[k]) return ms_error_nomem(err);
    }
    return MS_OK;
}

ms_status ms_model_train_more(const double *x, size_t n, size_t p, const char *const *names,
                              const double *time_days, const uint8_t *event, const ms_train_config *config,
                              uint64_t seed, const ms_train_extra *extra, ms_model **model, ms_error *err) {
    ms_status status = check_inputs(x, n, p, names, time_days, event, err);
    if (status == MS_OK) status = ms_train_config_check(config, "settings", err);
    if (status == MS_OK) status = check_watched(extra, err);
    if (status != MS_OK) return status;
    ms_model *made = ms_model_new();
    if (!made) return ms_error_nomem(err);
    made->config = *config;
    ms_training training = {.n = n,
                            .time = time_days,
                            .event = event,
                            .strata = extra->strata,
                            .watched = extra->watched,
                            .n_watched = extra->n_watched,
                            .seed = seed,
                            .callback = extra->callback,
                            .callback_context = extra->context};
    for (size_t i = 0; i < n; i++) training.n_events += event[i];
    made->info.n = n;
    made->info.events = training.n_events;
    made->info.seed = seed;
    (void)ms_text_format(made->program_version, sizeof made->program_version, "%s", ms_version());
    hash_data(made, x, n, p, names, time_days, event);
    status = copy_names(made, names, p, err);
    if (status == MS_OK) status = copy_watched_names(made, extra, err);
    if (status == MS_OK) status = ms_training_checkpoint(made, &training, extra, err);
    if (status == MS_OK) status = train_model(made, &training, x, p, err);
    ms_checkpoint_close(training.checkpoint);
    if (status != MS_OK) {
        ms_model_free(made);
        return status;
    }
    *model = made;
    return MS_OK;
}

ms_status ms_model_train(const double *x, size_t n, size_t p, const char *const *names,
                         const double *time_days, const uint8_t *event, const ms_train_config *config,
                         uint64_t seed, ms_epoch_callback callback, void *context, ms_model **model,
                         ms_error *err) {
    const ms_train_extra extra = {.callback = callback, .context = context};
    return ms_model_train_more(x, n, p, names, time_days, event, config, seed, &extra, model, err);
}
