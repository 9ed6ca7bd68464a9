/* model/segnet_train.c: training a network on contoured slices. Every random choice of a step comes from the
 * seed and the step's number alone, so that a stopped training goes on as if it had not been stopped. */
#include "model/segnet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define IMAGE (MS_SEGNET_CHANNELS * MS_SEGNET_PIXELS)
#define STATE_EVERY 50
#define WARM_STEPS 20

static const size_t shape[3] = {MS_SEGNET_CHANNELS, MS_SEGNET_CLASSES, MS_SEGNET_SIDE};

void ms_segnet_training_default(ms_segnet_training *training) {
    *training = (ms_segnet_training){.steps = 1000,
                                     .batch = 4,
                                     .learning_rate = 2e-3,
                                     .penalty = 1e-4,
                                     .mean_decay = 0.99,
                                     .width = 16,
                                     .widest = 128,
                                     .levels = 5,
                                     .device = "cpu",
                                     .seed = 1};
}

typedef struct sample {
    float image[IMAGE], weights[MS_SEGNET_PIXELS];
    uint8_t labels[MS_SEGNET_PIXELS];
    double loss;
} sample;

typedef struct training {
    const ms_segnet_training *settings;
    const ms_segnet_functions *functions;
    ms_torch_segnet *net;
    ms_segnet_slice *const *slices;
    size_t n, step;
    sample *samples;
} training;

/* Which slice, by weight. */
static const ms_segnet_slice *draw_slice(ms_segnet_slice *const *slices, size_t n, ms_random *random) {
    double total = 0;
    for (size_t i = 0; i < n; i++) total += slices[i]->weight;
    double left = total * ms_random_uniform(random);
    for (size_t i = 0; i < n; i++) {
        left -= slices[i]->weight;
        if (left < 0) return slices[i];
    }
    return slices[n - 1];
}

ms_status ms_segnet_example(ms_segnet_slice *const *slices, size_t n, uint64_t seed, size_t step,
                            size_t which, float *image, uint8_t *labels, float *weights, ms_error *err) {
    char stream[64];
    (void)ms_text_format(stream, sizeof stream, "segmenter step %zu sample %zu", step, which);
    ms_random *random = ms_random_new(seed, stream);
    if (!random) return ms_error_nomem(err);
    const ms_status status =
        ms_segnet_vary(draw_slice(slices, n, random), random, image, labels, weights, err);
    ms_random_free(random);
    return status;
}

static ms_status learn_sample(void *context, size_t i, ms_error *err) {
    training *t = context;
    sample *s = &t->samples[i];
    char message[MS_TORCH_MESSAGE];
    const ms_status status = ms_segnet_example(t->slices, t->n, t->settings->seed, t->step, i, s->image,
                                               s->labels, s->weights, err);
    if (status != MS_OK) return status;
    if (t->functions->gradient(t->net, i, s->image, s->labels, s->weights, shape, &s->loss, message) == 0)
        return MS_OK;
    return ms_error_set(err, MS_EINPUT, "step %zu: %s", t->step, message);
}

static double rate_at(const ms_segnet_training *s, size_t step) {
    const double rise = fmin(1, ((double)step + 1) / WARM_STEPS);
    return s->learning_rate * rise * pow(1 - (double)step / (double)s->steps, 0.9);
}

static ms_status learn_step(training *t, double *loss, ms_error *err) {
    const ms_segnet_training *s = t->settings;
    char message[MS_TORCH_MESSAGE];
    const ms_status status = ms_parallel_for(s->batch, learn_sample, t, err);
    if (status != MS_OK) return status;
    *loss = 0;
    for (size_t i = 0; i < s->batch; i++) *loss += t->samples[i].loss / (double)s->batch;
    if (!isfinite(*loss))
        return ms_error_set(err, MS_EINPUT,
                            "step %zu: the loss is no longer finite; try a smaller learning rate", t->step);
    if (t->functions->step(t->net, rate_at(s, t->step), s->penalty, s->mean_decay, message) != 0)
        return ms_error_set(err, MS_EINPUT, "step %zu: %s", t->step, message);
    return MS_OK;
}

/* ---- files ------------------------------------------------------------------------------------------ */

typedef int (*writer)(training *t, const char *path, char *message);

static int write_state(training *t, const char *path, char *message) {
    return t->functions->save_state(t->net, path, message);
}

static int write_module(training *t, const char *path, char *message) {
    return t->functions->save(t->net, path, t->settings->note ? t->settings->note : "", message);
}

static ms_status write_file(training *t, const char *path, writer write, ms_error *err) {
    char message[MS_TORCH_MESSAGE], *temporary = NULL;
    ms_status status = ms_temporary_beside(path, &temporary, err);
    if (status != MS_OK) return status;
    if (write(t, temporary, message) != 0)
        status = ms_error_set(err, MS_ERESOURCE, "%s: cannot be written: %s", path, message);
    if (status == MS_OK) status = ms_rename_into_place(temporary, path, err);
    if (status != MS_OK) (void)unlink(temporary);
    free(temporary);
    return status;
}

/* The step a stopped training goes on with is in a small file beside the state: "settings' hash, step". */
static void settings_hash(const training *t, char hex[65]) {
    const ms_segnet_training *s = t->settings;
    char text[256];
    ms_hash *hash = ms_hash_new();
    (void)ms_text_format(text, sizeof text, "%zu %zu %.17g %.17g %.17g %zu %zu %zu %zu", s->steps, s->batch,
                         s->learning_rate, s->penalty, s->mean_decay, s->width, s->widest, s->levels,
                         (size_t)s->seed);
    if (!hash) {
        hex[0] = '\0';
        return;
    }
    ms_hash_add_text(hash, text);
    ms_hash_add_text(hash, s->from ? s->from : "");
    for (size_t i = 0; i < t->n; i++) {
        const ms_segnet_slice *slice = t->slices[i];
        const size_t n = slice->n[0] * slice->n[1];
        ms_hash_add(hash, slice->hu[MS_SEGNET_HERE], n * sizeof *slice->hu[0]);
        ms_hash_add(hash, slice->labels, n);
        ms_hash_add(hash, &slice->weight, sizeof slice->weight);
    }
    ms_hash_finish(hash, hex);
}

/* The state's file: 64 hex digits of the settings, the step in 20 digits, then libtorch's archive is a file
 * of its own, named with the step, so that the two cannot be of different times. */
static char *archive_name(const char *state, size_t step) {
    ms_buffer name;
    ms_buffer_init(&name);
    ms_buffer_printf(&name, "%s.%zu", state, step);
    return name.data;
}

static ms_status save_state(training *t, const char *hash, size_t *written, ms_error *err) {
    const char *state = t->settings->state;
    char text[128], *archive = archive_name(state, t->step + 1), *old = archive_name(state, *written);
    ms_status status = archive && old ? write_file(t, archive, write_state, err) : ms_error_nomem(err);
    (void)ms_text_format(text, sizeof text, "%s %zu\n", hash, t->step + 1);
    if (status == MS_OK) status = ms_file_write(state, text, strlen(text), err);
    if (status == MS_OK) {
        if (*written > 0) (void)unlink(old);
        *written = t->step + 1;
    }
    free(archive);
    free(old);
    return status;
}

static ms_status load_state(training *t, const char *hash, size_t *written, ms_error *err) {
    const char *state = t->settings->state;
    char *text = NULL, *archive = NULL, message[MS_TORCH_MESSAGE];
    size_t length = 0, step = 0;
    if (!state || !ms_path_exists(state)) return MS_OK;
    ms_status status = ms_file_read(state, 1024, &text, &length, err);
    if (status != MS_OK) return status;
    if (length > 0 && text[length - 1] == '\n') text[length - 1] = '\0';
    if (strncmp(text, hash, 64) != 0 || strlen(text) < 66 || !ms_parse_size(text + 65, &step))
        status = ms_error_set(err, MS_EINPUT,
                              "%s: is of a training with other settings or slices; remove it to begin anew",
                              state);
    if (status == MS_OK && !(archive = archive_name(state, step))) status = ms_error_nomem(err);
    if (status == MS_OK && t->functions->load_state(t->net, archive, message) != 0)
        status = ms_error_set(err, MS_EINPUT, "%s: cannot be read: %s; remove %s to begin anew", archive,
                              message, state);
    if (status == MS_OK) t->step = *written = step;
    free(text);
    free(archive);
    return status;
}

static void remove_state(const training *t, size_t written) {
    char *archive = archive_name(t->settings->state, written);
    (void)unlink(t->settings->state);
    if (archive && written > 0) (void)unlink(archive);
    free(archive);
}

/* ---- the whole -------------------------------------------------------------------------------------- */

static double draw_normal(void *context) {
    return ms_random_normal(context);
}

static ms_status new_network(training *t, ms_error *err) {
    const ms_segnet_training *s = t->settings;
    const size_t architecture[5] = {MS_SEGNET_CHANNELS, MS_SEGNET_CLASSES, s->levels, s->width, s->widest};
    char message[MS_TORCH_MESSAGE];
    const char *device = "cpu";
    ms_status status = ms_segnet_module(&t->functions, err);
    if (status == MS_OK) status = ms_segnet_device(t->functions, s->device, &device, err);
    if (status != MS_OK) return status;
    if (s->from) {
        if (t->functions->load(&t->net, s->from, device, message) != 0)
            return ms_error_set(err, MS_EINPUT, "%s: not a network this program can train: %s", s->from,
                                message);
    } else {
        ms_random *random = ms_random_new(s->seed, "segmenter weights");
        if (!random) return ms_error_nomem(err);
        const int failed = t->functions->create(&t->net, architecture, draw_normal, random, message);
        ms_random_free(random);
        if (failed) return ms_error_set(err, MS_EINPUT, "the network cannot be made: %s", message);
    }
    if (t->functions->start(t->net, s->batch, message) != 0)
        return ms_error_set(err, MS_EINPUT, "%s: %s", s->from ? s->from : "the network", message);
    return MS_OK;
}

static ms_status check(ms_segnet_slice *const *slices, size_t n, const ms_segnet_training *s, ms_error *err) {
    double weight = 0;
    for (size_t i = 0; i < n; i++) weight += slices[i]->labels ? slices[i]->weight : 0;
    if (!(weight > 0)) return ms_error_set(err, MS_EINPUT, "there is no contoured slice to learn from");
    if (s->steps < 1 || s->batch < 1 || s->batch > 256 || s->width < 1 || s->width > s->widest ||
        s->widest > 1024 || s->levels < 2 || s->levels > 6 || !(s->learning_rate > 0))
        return ms_error_set(err, MS_EUSAGE,
                            "a training needs steps and batch of at least 1, 2 to 6 levels, a width of 1 to "
                            "1024 and a learning rate over 0");
    return MS_OK;
}

ms_status ms_segnet_train(ms_segnet_slice *const *slices, size_t n, const ms_segnet_training *settings,
                          ms_segnet_on_step on_step, void *context, const char *path, ms_error *err) {
    training t = {.settings = settings, .slices = slices, .n = n};
    char hash[65] = "";
    size_t written = 0;
    ms_status status = check(slices, n, settings, err);
    if (status != MS_OK) return status;
    t.samples = ms_calloc(settings->batch, sizeof *t.samples);
    status = t.samples ? new_network(&t, err) : ms_error_nomem(err);
    if (status == MS_OK) {
        settings_hash(&t, hash);
        status = load_state(&t, hash, &written, err);
    }
    for (; status == MS_OK && t.step < settings->steps; t.step++) {
        double loss = 0;
        status = learn_step(&t, &loss, err);
        const bool on = status != MS_OK || on_step == NULL || on_step(context, t.step + 1, loss);
        if (status == MS_OK && !on)
            status = ms_error_set(err, MS_ESTOPPED, "stopped after step %zu", t.step + 1);
        const bool due = (t.step + 1) % STATE_EVERY == 0 || status == MS_ESTOPPED;
        if (settings->state && due && (status == MS_OK || status == MS_ESTOPPED)) {
            const ms_status saved = save_state(&t, hash, &written, err);
            if (saved != MS_OK) status = saved;
        }
    }
    if (status == MS_OK) status = write_file(&t, path, write_module, err);
    if (status == MS_OK && settings->state) remove_state(&t, written);
    if (t.net) t.functions->release(t.net);
    free(t.samples);
    return status;
}
