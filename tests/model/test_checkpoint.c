/* Checkpoints: a training that was stopped or killed goes on to the same bytes; another one is refused. And
 * watched sets, which change nothing. */
#include "model/cohort.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct watcher {
    _Atomic size_t calls; /* members are trained side by side */
    size_t stop_at;
    bool kill;
} watcher;

static bool on_epoch(void *context, const ms_epoch *epoch) {
    watcher *w = context;
    (void)epoch;
    if (++w->calls < w->stop_at) return true;
    if (w->kill) (void)raise(SIGKILL);
    return false;
}

/* Everything that has a state: autoencoder, batches, dropout, batch norm, a plateau schedule, Adam. */
static void make_config(ms_train_config *config) {
    quick_config(config);
    config->autoencoder = MS_TRAIN_ON;
    config->code_size = 3;
    config->members = 3;
    config->encoder.epochs = 10;
    config->network.epochs = 15;
    config->network.batch_size = 20;
    config->network.dropout = 0.2;
    config->network.norm = MS_NORM_BATCH;
    config->network.schedule = MS_LR_PLATEAU;
    config->network.lr_decay = 0.5;
    config->network.lr_step = 2;
}

static ms_status run(const cohort *c, const ms_train_config *config, uint64_t seed, const char *checkpoint,
                     watcher *w, ms_model **model, ms_error *err) {
    const ms_watched_set set = {"again", c->x, c->time, c->event, 40};
    const ms_train_extra extra = {.checkpoint = checkpoint,
                                  .watched = &set,
                                  .n_watched = 1,
                                  .callback = w ? on_epoch : NULL,
                                  .context = w};
    return ms_model_train_more(c->x, cohort_n, cohort_p, cohort_names, c->time, c->event, config, seed,
                               &extra, model, err);
}

static char *bytes_of(ms_model *model, size_t *length) {
    char *bytes = NULL;
    assert_int_equal(ms_model_save(model, scratch("model"), NULL), MS_OK);
    assert_int_equal(ms_file_read(scratch("model"), 1 << 28, &bytes, length, NULL), MS_OK);
    ms_model_free(model);
    return bytes;
}

static void assert_resumes(const cohort *c, const ms_train_config *config, const char *checkpoint,
                           const char *whole, size_t length) {
    ms_model *model = NULL;
    ms_error err = {0};
    size_t its_length;
    watcher w = {.stop_at = SIZE_MAX};
    if (run(c, config, 5, checkpoint, &w, &model, &err) != MS_OK) fail_msg("%s", err.message);
    char *bytes = bytes_of(model, &its_length);
    assert_int_equal(its_length, length);
    assert_memory_equal(bytes, whole, length);
    free(bytes);
}

static void test_resumes(void **state) {
    (void)state;
    static cohort c;
    ms_train_config config;
    ms_model *model = NULL;
    ms_error err = {0};
    size_t length;
    char checkpoint[512];
    (void)ms_text_format(checkpoint, sizeof checkpoint, "%s", scratch("checkpoint"));
    cohort_make(&c, 1);
    make_config(&config);
    ms_threads_set(1);
    ms_checkpoint_seconds = 0;
    assert_int_equal(run(&c, &config, 5, NULL, NULL, &model, &err), MS_OK);
    char *whole = bytes_of(model, &length);
    static const size_t stops[] = {1, 8, 12, 27, 45};
    for (size_t i = 0; i < MS_COUNT(stops); i++) {
        watcher w = {.stop_at = stops[i]};
        assert_int_equal(run(&c, &config, 5, checkpoint, &w, &model, &err), MS_ESTOPPED);
        assert_true(ms_path_exists(checkpoint));
        ms_threads_set(1 + (unsigned)i % 2);
        assert_resumes(&c, &config, checkpoint, whole, length);
        assert_int_equal(ms_remove_tree(checkpoint, NULL), MS_OK);
        ms_threads_set(1);
    }
    /* Killed twice on the way. */
    for (size_t i = 0; i < 2; i++) {
        const pid_t child = fork();
        if (child == 0) {
            watcher w = {.stop_at = 17, .kill = true};
            (void)run(&c, &config, 5, checkpoint, &w, &model, &err);
            _exit(0);
        }
        int ended = 0;
        assert_int_equal(waitpid(child, &ended, 0), child);
        assert_true(WIFSIGNALED(ended) && WTERMSIG(ended) == SIGKILL);
    }
    assert_resumes(&c, &config, checkpoint, whole, length);
    free(whole);
    ms_threads_set(0);
}

static void test_refuses(void **state) {
    (void)state;
    static cohort c, other;
    ms_train_config config;
    ms_model *model = NULL;
    ms_error err = {0};
    watcher w = {.stop_at = 20};
    char checkpoint[512], *data = NULL;
    size_t length;
    (void)ms_text_format(checkpoint, sizeof checkpoint, "%s", scratch("refused"));
    cohort_make(&c, 1);
    cohort_make(&other, 2);
    make_config(&config);
    ms_checkpoint_seconds = 0;
    ms_threads_set(1);
    assert_int_equal(run(&c, &config, 5, checkpoint, &w, &model, &err), MS_ESTOPPED);
    assert_int_equal(run(&other, &config, 5, checkpoint, NULL, &model, &err), MS_EINPUT);
    assert_says(&err, "other data");
    assert_int_equal(run(&c, &config, 6, checkpoint, NULL, &model, &err), MS_EINPUT);
    assert_says(&err, "other seed");
    config.network.dropout = 0.3;
    assert_int_equal(run(&c, &config, 5, checkpoint, NULL, &model, &err), MS_EINPUT);
    assert_says(&err, "other settings");
    make_config(&config);
    assert_int_equal(ms_file_read(checkpoint, 1 << 28, &data, &length, NULL), MS_OK);
    for (size_t cut = 0; cut < length; cut += 1 + length / 7) { /* cut short, then a bit turned */
        assert_int_equal(ms_file_write(checkpoint, data, cut, NULL), MS_OK);
        assert_int_equal(run(&c, &config, 5, checkpoint, NULL, &model, &err), MS_EINPUT);
        data[cut] ^= 4;
        assert_int_equal(ms_file_write(checkpoint, data, length, NULL), MS_OK);
        assert_int_equal(run(&c, &config, 5, checkpoint, NULL, &model, &err), MS_EINPUT);
        assert_says(&err, "damaged");
        data[cut] ^= 4;
    }
    assert_null(model);
    free(data);
    ms_threads_set(0);
}

/* Numbers that are no longer finite never come into the checkpoint. */
static void test_not_poisoned(void **state) {
    (void)state;
    static cohort c;
    ms_train_config config;
    ms_model *model = NULL;
    double risk[cohort_n];
    char checkpoint[512];
    (void)ms_text_format(checkpoint, sizeof checkpoint, "%s", scratch("poison"));
    cohort_make(&c, 8);
    quick_config(&config);
    config.members = 1;
    config.network.activation = MS_ACT_RELU;
    config.network.activation_auto = false;
    config.network.optimizer = MS_OPT_SGD;
    config.network.batch_size = 30;
    config.network.l2 = 1000;
    config.network.learning_rate = 1000;
    ms_checkpoint_seconds = 0;
    for (int again = 0; again < 2; again++) {
        assert_int_equal(run(&c, &config, 5, checkpoint, NULL, &model, NULL), MS_OK);
        assert_int_equal(ms_model_predict(model, c.x, cohort_n, cohort_p, risk, NULL), MS_OK);
        for (size_t i = 0; i < cohort_n; i++) assert_true(isfinite(risk[i]));
        ms_model_free(model);
    }
}

/* A watched set that is the training set has its loss and C; the model is the one without it; the file brings
 * the curves back. */
static void test_watched(void **state) {
    (void)state;
    static cohort c;
    ms_train_config config;
    ms_model *model = NULL, *plain, *loaded = NULL;
    double risk[cohort_n], without[cohort_n];
    const ms_watched_set sets[] = {{"again", c.x, c.time, c.event, cohort_n},
                                   {"half", c.x, c.time, c.event, 45}};
    const ms_train_extra extra = {.watched = sets, .n_watched = 2};
    cohort_make(&c, 3);
    quick_config(&config);
    config.members = 2;
    config.validation = 0;
    config.network.dropout = 0.2;
    plain = cohort_train(&c, &config, 1);
    assert_int_equal(ms_model_train_more(c.x, cohort_n, cohort_p, cohort_names, c.time, c.event, &config, 1,
                                         &extra, &model, NULL),
                     MS_OK);
    assert_int_equal(ms_model_predict(plain, c.x, cohort_n, cohort_p, without, NULL), MS_OK);
    assert_int_equal(ms_model_predict(model, c.x, cohort_n, cohort_p, risk, NULL), MS_OK);
    assert_memory_equal(risk, without, sizeof risk);
    assert_int_equal(ms_model_save(model, scratch("watched"), NULL), MS_OK);
    assert_int_equal(ms_model_load(&loaded, scratch("watched"), NULL), MS_OK);
    const ms_epoch *epochs;
    const char *const *names;
    const double *values;
    size_t n, n_sets;
    ms_model_history(loaded, &epochs, &n);
    ms_model_watched(loaded, &names, &n_sets, &values);
    assert_int_equal(n_sets, 2);
    assert_string_equal(names[1], "half");
    assert_int_equal(n, 2 * 61);
    for (size_t i = 0; i < n; i++) {
        assert_close(values[i * 4], epochs[i].train_loss, 1e-12);
        assert_close(values[i * 4 + 1], epochs[i].train_c, 1e-12);
        assert_true(values[i * 4 + 2] > 0);
    }
    assert_int_equal(ms_model_history_write(loaded, scratch("h.csv"), NULL), MS_OK);
    ms_table *table = NULL;
    size_t column;
    assert_int_equal(ms_table_read(&table, scratch("h.csv"), NULL), MS_OK);
    assert_true(ms_table_find(table, "loss_again", &column) && ms_table_find(table, "c_half", &column));
    ms_table_free(table);
    ms_model_free(model);
    ms_model_free(plain);
    ms_model_free(loaded);
}

static void test_watched_is_checked(void **state) {
    (void)state;
    static cohort c;
    static const char *const bad[] = {"", "train", "a b", "../x"};
    ms_train_config config;
    ms_model *model = NULL;
    ms_error err = {0};
    cohort_make(&c, 3);
    quick_config(&config);
    for (size_t i = 0; i < MS_COUNT(bad); i++) {
        const ms_watched_set set = {bad[i], c.x, c.time, c.event, 5};
        const ms_train_extra extra = {.watched = &set, .n_watched = 1};
        assert_int_equal(ms_model_train_more(c.x, cohort_n, cohort_p, cohort_names, c.time, c.event, &config,
                                             1, &extra, &model, &err),
                         MS_EINPUT);
        assert_says(&err, "watched set");
    }
}

/* Each setting changes what is found. */
static void test_settings_matter(void **state) {
    (void)state;
    static cohort c;
    double plain[cohort_n], risk[cohort_n];
    cohort_make(&c, 4);
    for (int k = 0; k < 9; k++) {
        ms_train_config config;
        quick_config(&config);
        config.network.epochs = 20;
        if (k == 1) config.network.norm = MS_NORM_LAYER;
        if (k == 2) config.network.norm = MS_NORM_BATCH;
        if (k == 3) config.network.output_activation = MS_ACT_TANH;
        if (k == 4) config.network.clip_gradient = 0.01;
        if (k == 5) config.network.warmup = 10;
        if (k == 6) config.network.init = MS_INIT_LECUN;
        if (k == 7) config.network.init = MS_INIT_UNIFORM;
        config.network.activation_auto = k != 8;
        if (k == 8) config.network.activation = MS_ACT_MISH;
        if (k == 4) config.network.optimizer = MS_OPT_SGD; /* Adam forgives a shorter gradient */
        ms_model *model = cohort_train(&c, &config, 1);
        assert_int_equal(ms_model_predict(model, c.x, cohort_n, cohort_p, k ? risk : plain, NULL), MS_OK);
        if (k > 0) assert_memory_not_equal(risk, plain, sizeof risk);
        ms_model_free(model);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resumes),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_not_poisoned),
        cmocka_unit_test(test_watched),
        cmocka_unit_test(test_watched_is_checked),
        cmocka_unit_test(test_settings_matter),
    };
    return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
