/* myosurv segmenter train: a network that outlines muscle, from contoured slices. */
#include "cli/commands.h"
#include "myosurv/study.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

static const ms_option options[] = {
    {"output", 'o', "MODEL.pt", "the network to write", true, false},
    {"from", 0, "MODEL.pt", "go on from this network instead of a new one ('shipped': the one that ships)",
     false, false},
    {"root", 0, "DIR", "the folder that paths in LIST are relative to (default: the list's own)", false,
     false},
    {"leave-out", 0, "NAME", "leave the rows of this name out, to judge the network by them", false, false},
    {"steps", 0, "N", "steps of training (default 1000; 150 with --from)", false, false},
    {"batch", 0, "N", "slices a step (default 4)", false, false},
    {"learning-rate", 0, "R", "highest learning rate (default 0.002; 0.0005 with --from)", false, false},
    {"width", 0, "N", "channels at the finest level of a new network (default 16)", false, false},
    {"history", 0, "FILE", "write the loss of each step as CSV", false, false},
    {"device", 0, "auto|cpu|cuda", "where to compute (default cpu)", false, false},
    {0},
};

typedef struct watch {
    ms_progress *bar;
    ms_table *history;
    double sum, last;
    size_t n;
    ms_status status;
    ms_error *err;
} watch;

static bool on_step(void *context, size_t step, double loss) {
    watch *w = context;
    size_t row = 0;
    if (w->n == 0) ms_progress_step(w->bar, step - 1);
    ms_progress_step(w->bar, 1);
    w->sum += loss;
    w->n++;
    w->last = loss;
    if (step % 50 == 0) {
        ms_log(MS_LOG_INFO, "step %zu: mean loss of the last 50 steps %.4f", step, w->sum / (double)w->n);
        w->sum = 0;
        w->n = 0;
    }
    if (w->history && w->status == MS_OK) {
        w->status = ms_table_add_row(w->history, &row, w->err);
        if (w->status == MS_OK) w->status = ms_table_set_number(w->history, row, 0, (double)step, w->err);
        if (w->status == MS_OK) w->status = ms_table_set_number(w->history, row, 1, loss, w->err);
    }
    return ms_stop_signal() == 0;
}

/* What a reader of the file wants to know: made with what, from what. */
static ms_status write_note(const ms_args *args, const ms_segnet_training *t, ms_buffer *text,
                            ms_error *err) {
    char hash[65];
    cJSON *note = cJSON_CreateObject();
    const char *left = ms_args_text(args, "leave-out");
    ms_status status = note ? ms_hash_file(ms_args_operand(args, 0), hash, err) : ms_error_nomem(err);
    if (status == MS_OK) status = ms_json_add_text(note, "program", "myosurv", err);
    if (status == MS_OK) status = ms_json_add_text(note, "version", ms_version(), err);
    if (status == MS_OK) status = ms_json_add_text(note, "list_sha256", hash, err);
    if (status == MS_OK && left) status = ms_json_add_text(note, "left_out", left, err);
    if (status == MS_OK && t->from) status = ms_hash_file(t->from, hash, err);
    if (status == MS_OK && t->from) status = ms_json_add_text(note, "from_sha256", hash, err);
    if (status == MS_OK) status = ms_json_add_number(note, "steps", (double)t->steps, err);
    if (status == MS_OK) status = ms_json_add_number(note, "batch", (double)t->batch, err);
    if (status == MS_OK) status = ms_json_add_number(note, "learning_rate", t->learning_rate, err);
    if (status == MS_OK) status = ms_json_add_number(note, "seed", (double)t->seed, err);
    if (status == MS_OK) status = ms_json_print(note, text, err);
    cJSON_Delete(note);
    return status;
}

static ms_status read_options(const ms_args *args, ms_segnet_training *t, char **shipped, ms_error *err) {
    static const char *const devices[] = {"auto", "cpu", "cuda"};
    size_t device = 1;
    ms_segnet_training_default(t);
    ms_status status = MS_OK;
    t->seed = ms_args_seed(args);
    t->from = ms_args_text(args, "from");
    if (t->from) {
        t->steps = 150;
        t->learning_rate = 5e-4;
        if (strcmp(t->from, "shipped") == 0) {
            status = ms_data_path("segmenter.pt", shipped, err);
            t->from = *shipped;
        }
    }
    if (status == MS_OK) status = ms_args_size(args, "steps", &t->steps, err);
    if (status == MS_OK) status = ms_args_size(args, "batch", &t->batch, err);
    if (status == MS_OK) status = ms_args_size(args, "width", &t->width, err);
    if (status == MS_OK) status = ms_args_number(args, "learning-rate", &t->learning_rate, err);
    if (status == MS_OK) status = ms_args_choice(args, "device", devices, MS_COUNT(devices), &device, err);
    t->device = devices[device];
    return status;
}

static ms_status train(const ms_args *args, ms_segnet_training *t, watch *w, ms_error *err) {
    const char *output = ms_args_text(args, "output");
    ms_buffer note, state;
    ms_buffer_init(&note);
    ms_buffer_init(&state);
    ms_buffer_printf(&state, "%s.state", output);
    ms_status status = write_note(args, t, &note, err);
    if (status == MS_OK && ms_buffer_failed(&state)) status = ms_error_nomem(err);
    if (status == MS_OK) {
        t->note = note.data;
        t->state = state.data;
        w->bar = ms_progress_start("training", t->steps);
        status = ms_study_segmenter_train(ms_args_operand(args, 0), ms_args_text(args, "root"),
                                          ms_args_text(args, "leave-out"), t, on_step, w, output, err);
        ms_progress_end(w->bar);
        if (status == MS_ESTOPPED)
            ms_error_set(err, MS_ESTOPPED, "stopped; the same command goes on from %s", state.data);
    }
    ms_buffer_clear(&note);
    ms_buffer_clear(&state);
    return status;
}

static ms_status run(const ms_args *args, ms_error *err) {
    ms_segnet_training t;
    watch w = {.err = err};
    char *shipped = NULL;
    size_t column;
    const char *history = ms_args_text(args, "history");
    ms_status status = read_options(args, &t, &shipped, err);
    if (status == MS_OK && history) status = ms_table_new(&w.history, "history", err);
    if (status == MS_OK && history) status = ms_table_add_column(w.history, "step", &column, err);
    if (status == MS_OK && history) status = ms_table_add_column(w.history, "loss", &column, err);
    if (status == MS_OK && !ms_args_dry_run(args)) status = train(args, &t, &w, err);
    if (status == MS_OK) status = w.status;
    if (status == MS_OK && history && !ms_args_dry_run(args))
        status = ms_table_write(w.history, history, err);
    if (status == MS_OK && !ms_args_dry_run(args))
        printf("model\t%s\nsteps\t%zu\nlast loss\t%.4f\n", ms_args_text(args, "output"), t.steps, w.last);
    ms_table_free(w.history);
    free(shipped);
    return status;
}

const ms_command ms_command_segmenter_train = {
    .group = "modelling",
    .name = "segmenter train",
    .operands = "LIST",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "train a network to outline muscle, or refine the one that ships",
    .details =
        "LIST is a CSV table with one contoured slice a row: scan (a path relative to the table, or "
        "phantom:SEED), contour (a mask in any format `segment --mask` takes: 1 skeletal muscle other than "
        "psoas, 2 psoas right, 3 psoas left), and as wanted name, slice (the contoured one; else the slice "
        "with most muscle) and weight (how often it is drawn). Each step draws slices and bends, turns, "
        "mirrors, blurs and recolours them at random. The same table, settings and --seed give the same "
        "file. "
        "Stopped at any moment, the same command goes on within 50 steps of where it was.\n\n"
        "Judge a network only by scans it was not trained on: --leave-out NAME here, then `myosurv segmenter "
        "evaluate LIST --only NAME --model MODEL.pt`.",
    .example =
        "# refine the shipped network a little on two synthetic trunks (a hospital would list its own)\n"
        "printf 'scan\\nphantom:1\\nphantom:2\\n' > list.csv\n"
        "myosurv segmenter train list.csv --from shipped --steps 2 -o mine.pt\n",
    .options = options,
    .run = run,
};
