/* The search: its space, its trials, its log. The estimator alone: test_tpe.c. */
#include "model/cohort.h"
#include "model/tune.h"

#include <cjson/cJSON.h>

static void space_fails(const char *json, const char *says) {
    ms_tune_space *space = NULL;
    ms_error err = {0};
    put_text(scratch("s.json"), json);
    assert_int_equal(ms_tune_space_read(&space, scratch("s.json"), &err), MS_EINPUT);
    assert_null(space);
    assert_says(&err, "s.json");
    assert_says(&err, says);
}

static void test_bad_spaces(void **state) {
    (void)state;
    space_fails("{}", "parameters");
    space_fails("{\"parameters\": {}}", "parameters");
    space_fails("{\"parametres\": {\"validation\": {\"low\": 0, \"high\": 0.5}}}", "parameters");
    space_fails("{\"parameters\": {\"network.droput\": {\"low\": 0, \"high\": 0.5}}}", "network.dropout");
    space_fails("{\"parameters\": {\"dropout\": {\"low\": 0, \"high\": 0.5}}}", "train.schema.json");
    space_fails("{\"parameters\": {\"network.dropout\": {\"low\": 0, \"hihg\": 0.5}}}", "high");
    space_fails("{\"parameters\": {\"network.dropout\": {\"low\": 0.5, \"high\": 0.5}}}", "empty");
    space_fails("{\"parameters\": {\"network.dropout\": {\"low\": 0}}}", "needs");
    space_fails("{\"parameters\": {\"network.dropout\": {\"low\": 0, \"high\": 1}}}", "dropout is 1");
    space_fails("{\"parameters\": {\"network.l2\": {\"low\": 0, \"high\": 1, \"log\": true}}}", "above 0");
    space_fails("{\"parameters\": {\"network.epochs\": {\"low\": 1, \"high\": 10, \"step\": 4}}}", "steps");
    space_fails("{\"parameters\": {\"network.epochs\": {\"low\": 1.5, \"high\": 10}}}", "epochs");
    space_fails("{\"parameters\": {\"network.activation\": {\"choice\": [\"relu\", \"rely\"]}}}", "rely");
    space_fails("{\"parameters\": {\"network.activation\": {\"choice\": []}}}", "list");
    space_fails("{\"parameters\": {\"validation\": {\"choice\": [0], \"low\": 0}}}", "together");
    space_fails("{\"parameters\": {\"network.hidden\": {\"layers\": [3, 1], \"low\": 1, \"high\": 9}}}",
                "LEAST");
    space_fails("{\"parameters\": {\"members\": {\"low\": 1, \"high\": 9, \"when\": {\"validaton\": [0]}}}}",
                "no parameter validaton");
    space_fails("{\"parameters\": {\"validation\": {\"choice\": [0, 0.2]}, \"network.epochs\": {\"low\": 9, "
                "\"high\": 99, \"step\": 1, \"when\": {\"validation\": [0.3]}}}}",
                "not among");
    space_fails("{\"parameters\": ", ":1:");
}

/* Every point of the default space is a setting that `train` takes, and is found again from its JSON. */
static void test_points_and_settings(void **state) {
    (void)state;
    ms_tune_space *space = NULL;
    assert_int_equal(ms_tune_space_default(&space, NULL), MS_OK);
    const ms_tpe_space dimensions = ms_tune_dimensions(space);
    double *x = ms_calloc(2 * dimensions.n, sizeof *x), *again = x + dimensions.n;
    ms_random *random = ms_random_new(1, "points");
    assert_non_null(x);
    assert_non_null(random);
    for (int k = 0; k < 200; k++) {
        cJSON *settings = NULL, *read = NULL;
        ms_train_config config;
        ms_buffer text;
        ms_buffer_init(&text);
        ms_train_config_default(&config);
        ms_tpe_draw(&dimensions, random, x);
        assert_int_equal(ms_tune_settings(space, x, &settings, NULL), MS_OK);
        assert_int_equal(ms_tune_apply(settings, &config, "settings", &config, NULL), MS_OK);
        assert_false(config.network.hidden_auto);
        assert_int_equal(ms_tune_print_line(settings, &text, NULL), MS_OK);
        assert_null(strchr(text.data, '\n'));
        assert_int_equal(ms_json_parse(text.data, text.length, "settings", &read, NULL), MS_OK);
        assert_int_equal(ms_tune_point(space, read, "settings", again, NULL), MS_OK);
        for (size_t j = 0; j < dimensions.n; j++)
            assert_true(x[j] == again[j] || (isnan(x[j]) && isnan(again[j])));
        cJSON_Delete(settings);
        cJSON_Delete(read);
        ms_buffer_clear(&text);
    }
    ms_random_free(random);
    free(x);
    ms_tune_space_free(space);
}

/* What --print-space writes is read as the same space. */
static void test_space_round_trip(void **state) {
    (void)state;
    ms_tune_space *space = NULL, *again = NULL;
    char *first = NULL, *second = NULL;
    size_t n, m;
    assert_int_equal(ms_tune_space_default(&space, NULL), MS_OK);
    assert_int_equal(ms_tune_space_write(space, scratch("a.json"), NULL), MS_OK);
    assert_int_equal(ms_tune_space_read(&again, scratch("a.json"), NULL), MS_OK);
    assert_int_equal(ms_tune_space_write(again, scratch("b.json"), NULL), MS_OK);
    assert_int_equal(ms_file_read(scratch("a.json"), 1 << 20, &first, &n, NULL), MS_OK);
    assert_int_equal(ms_file_read(scratch("b.json"), 1 << 20, &second, &m, NULL), MS_OK);
    assert_string_equal(first, second);
    assert_int_equal(again->n_dimensions, space->n_dimensions);
    free(first);
    free(second);
    ms_tune_space_free(space);
    ms_tune_space_free(again);
}

/* ---- searches -------------------------------------------------------------------------------------------
 */

static const char small_space[] =
    "{\"parameters\": {\"network.hidden\": {\"layers\": [1, 2], \"low\": 2, \"high\": 8, \"or\": [[]]},"
    "\"network.l2\": {\"low\": 1e-4, \"high\": 1, \"log\": true, \"or\": [0]},"
    "\"validation\": {\"choice\": [0, 0.25]},"
    "\"network.epochs\": {\"low\": 2, \"high\": 20, \"step\": 1, \"when\": {\"validation\": [0]}}}}";

typedef struct setup {
    cohort c;
    ms_tune_space *space;
    ms_tune_options options;
} setup;

static void begin(setup *s, const char *space) {
    cohort_make(&s->c, 5);
    ms_tune_options_default(&s->options);
    s->space = NULL;
    assert_int_equal(ms_tune_space_parse(&s->space, space, strlen(space), "space", NULL), MS_OK);
    s->options.space = s->space;
    s->options.trials = 17; /* the last batch is not whole */
    s->options.startup = 5;
    s->options.base.network.epochs = 20;
}

static ms_status run(setup *s, ms_tune_result *result, ms_error *err) {
    return ms_tune_run(s->c.x, cohort_n, cohort_p, cohort_names, s->c.time, s->c.event, &s->options, result,
                       err);
}

/* The search's log and best settings as text; both to be freed. */
static void run_to_files(setup *s, const char *log, char **log_text, char **best_text) {
    ms_tune_result result = {0};
    ms_error err = {0};
    size_t n;
    s->options.log = log;
    if (run(s, &result, &err) != MS_OK) fail_msg("%s", err.message);
    assert_int_equal(result.n_trials, s->options.trials);
    assert_int_equal(ms_tune_result_write(&result, scratch("best.json"), NULL), MS_OK);
    assert_int_equal(ms_file_read(log, 1 << 20, log_text, &n, NULL), MS_OK);
    assert_int_equal(ms_file_read(scratch("best.json"), 1 << 20, best_text, &n, NULL), MS_OK);
    ms_tune_result_clear(&result);
}

/* One thread or two, resumed after a kill at any byte of the log: the same log and the same best settings. */
static void test_threads_and_resuming(void **state) {
    (void)state;
    setup s;
    char *log, *best, *again_log, *again_best;
    char path[256];
    begin(&s, small_space);
    (void)ms_text_format(path, sizeof path, "%s", scratch("a.jsonl"));
    ms_threads_set(1);
    run_to_files(&s, path, &log, &best);
    ms_threads_set(2);
    const size_t length = strlen(log);
    const size_t cuts[] = {0, 1, 30, length / 3, length / 2, length - 30, length - 1, length};
    for (size_t i = 0; i < MS_COUNT(cuts); i++) {
        assert_int_equal(ms_file_write(path, log, cuts[i], NULL), MS_OK);
        run_to_files(&s, path, &again_log, &again_best);
        assert_string_equal(again_log, log);
        assert_string_equal(again_best, best);
        free(again_log);
        free(again_best);
    }
    ms_threads_set(0);
    free(log);
    free(best);
    ms_tune_space_free(s.space);
}

/* More trials: the first ones are those there were. */
static void test_more_trials(void **state) {
    (void)state;
    setup s;
    char *few, *best, *many, *best_of_many;
    char path[256];
    begin(&s, small_space);
    (void)ms_text_format(path, sizeof path, "%s", scratch("m.jsonl"));
    s.options.trials = 7;
    run_to_files(&s, path, &few, &best);
    free(best);
    s.options.trials = 12;
    run_to_files(&s, path, &many, &best);
    assert_memory_equal(many, few, strlen(few));
    assert_int_equal(ms_remove_tree(path, NULL), MS_OK);
    free(few);
    run_to_files(&s, path, &few, &best_of_many);
    assert_string_equal(few, many);
    assert_string_equal(best, best_of_many);
    free(few);
    free(many);
    free(best);
    free(best_of_many);
    ms_tune_space_free(s.space);
}

static void test_other_logs(void **state) {
    (void)state;
    setup s;
    char *log, *best, *text;
    char path[256];
    size_t n;
    ms_tune_result result = {0};
    ms_error err = {0};
    begin(&s, small_space);
    s.options.trials = 2;
    (void)ms_text_format(path, sizeof path, "%s", scratch("o.jsonl"));
    run_to_files(&s, path, &log, &best);
    s.options.seed = 2;
    assert_int_equal(run(&s, &result, &err), MS_EINPUT);
    assert_says(&err, "its seed differs");
    s.options.seed = 1;
    s.c.x[0] += 1;
    assert_int_equal(run(&s, &result, &err), MS_EINPUT);
    assert_says(&err, "its rows_sha256 differs");
    s.c.x[0] -= 1;
    put_text(path, "precious text, no log"); /* without a line break: nothing of it may be cut off */
    assert_int_equal(run(&s, &result, &err), MS_EINPUT);
    assert_says(&err, "not the log");
    assert_int_equal(ms_file_read(path, 1 << 20, &text, &n, NULL), MS_OK);
    assert_string_equal(text, "precious text, no log");
    *strstr(log, "\"trial\": 0") = 'x';
    put_text(path, log);
    assert_int_equal(run(&s, &result, &err), MS_EINPUT);
    assert_says(&err, "o.jsonl:2");
    free(log);
    free(best);
    free(text);
    ms_tune_space_free(s.space);
}

/* Trials that diverge count as failed, with the reason, and the search goes on past them. */
static void test_divergence(void **state) {
    (void)state;
    setup s;
    ms_tune_result result = {0};
    size_t failed = 0;
    begin(&s,
          "{\"parameters\": {\"network.learning_rate\": {\"low\": 1e-3, \"high\": 1000, \"log\": true}}}");
    s.options.base.validation = 0;
    s.options.base.network.optimizer = MS_OPT_SGD;
    s.options.base.network.hidden_auto = false;
    s.options.base.network.n_hidden = 2;
    s.options.base.network.hidden[0] = s.options.base.network.hidden[1] = 8;
    s.options.base.network.activation = MS_ACT_RELU;
    s.options.base.network.epochs = 200;
    assert_int_equal(run(&s, &result, NULL), MS_OK);
    for (size_t i = 0; i < result.n_trials; i++) {
        if (result.trials[i].state != MS_TUNE_FAILED) continue;
        failed++;
        assert_true(isnan(result.trials[i].value));
        assert_true(result.trials[i].message[0] != '\0');
    }
    assert_in_range(failed, 1, result.n_trials - 1);
    assert_int_equal(result.trials[result.best_trial].state, MS_TUNE_DONE);
    assert_true(isfinite(result.trials[result.best_trial].value));
    ms_tune_result_clear(&result);
    ms_tune_space_free(s.space);
}

/* The best value is the least of those judged on every fold, and trial 0 is the base setting. */
static void test_best(void **state) {
    (void)state;
    setup s;
    ms_tune_result result = {0};
    begin(&s, small_space);
    s.options.metric = MS_TUNE_LOSS;
    s.options.base.members = 4;
    assert_int_equal(run(&s, &result, NULL), MS_OK);
    const ms_tune_trial *best = &result.trials[result.best_trial];
    for (size_t i = 0; i < result.n_trials; i++)
        if (result.trials[i].state == MS_TUNE_DONE) assert_true(best->value <= result.trials[i].value);
    assert_true(best->value == best->loss);
    assert_string_equal(result.trials[0].settings, "{}"); /* its 32 and 16 neurons are not in this space */
    assert_int_equal(result.best.members, 4);
    assert_int_equal(result.n_weights, 4);
    ms_tune_result_clear(&result);
    ms_tune_space_free(s.space);
}

/* Ranks 1 2 | 3 4: total 5, within 1, and chance gives 1 * 1 / (4 - 2): (5 - 1 - 0.5) / 5. */
static void test_importance(void **state) {
    (void)state;
    double share = 0;
    assert_int_equal(
        ms_tune_epsilon((const size_t[]){0, 0, 1, 1}, 2, (const double[]){-5, 0.1, 7, 100}, 4, &share, NULL),
        MS_OK);
    assert_close(share, 0.7, 1e-12);
    assert_int_equal(
        ms_tune_epsilon((const size_t[]){0, 1, 1, 0}, 2, (const double[]){1, 2, 3, 4}, 4, &share, NULL),
        MS_OK);
    assert_close(share, 0, 0);
}

static void test_usage(void **state) {
    (void)state;
    setup s;
    ms_tune_result result = {0};
    ms_error err = {0};
    begin(&s, small_space);
    s.options.folds = 1;
    assert_int_equal(run(&s, &result, &err), MS_EUSAGE);
    s.options.folds = 20;
    assert_int_equal(run(&s, &result, &err), MS_OK); /* 90 rows have events enough */
    ms_tune_result_clear(&result);
    for (size_t i = 0; i < cohort_n; i++) s.c.event[i] = i < 9;
    s.options.folds = 5;
    assert_int_equal(run(&s, &result, &err), MS_EINPUT);
    assert_says(&err, "fewer folds");
    s.options.folds = 0;
    s.options.trials = 0;
    assert_int_equal(run(&s, &result, &err), MS_EUSAGE);
    assert_says(&err, "trials");
    ms_tune_space_free(s.space);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_spaces),       cmocka_unit_test(test_points_and_settings),
        cmocka_unit_test(test_space_round_trip), cmocka_unit_test(test_threads_and_resuming),
        cmocka_unit_test(test_more_trials),      cmocka_unit_test(test_other_logs),
        cmocka_unit_test(test_divergence),       cmocka_unit_test(test_best),
        cmocka_unit_test(test_importance),       cmocka_unit_test(test_usage),
    };
    return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
