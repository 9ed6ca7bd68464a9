/* Patients in chunks through preprocessing, autoencoder and networks: see predict.h. Nothing is copied but
 * the chunk at hand. */
#include "model/predict.h"

#include <math.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))
/* Where patient i of a chunk has value j, in panels of that width. */
#define PLACE(i, j, width) (((i) / MS_LANES * (width) + (j)) * MS_LANES + (i) % MS_LANES)

enum { CHUNKS = 32 }; /* a thread's piece of work: about a thousand patients */

typedef struct run {
    const ms_patients *patients;
    const ms_pass *passes;
    size_t n_passes;
    ms_take take;
    void *context;
    double *code; /* [n * code_size], when only that is wanted */
    size_t room;  /* of each buffer */
} run;

/* What one thread works in. */
typedef struct bench {
    double *raw;    /* panels of the values as they come */
    double *inputs; /* panels of the scaled inputs */
    double *code;   /* panels of the code */
    double *a, *b;
    double *out; /* [n_passes][MS_CHUNK] */
} bench;

static void bench_clear(bench *w) {
    free(w->raw);
    free(w->inputs);
    free(w->code);
    free(w->a);
    free(w->b);
    free(w->out);
}

static ms_status bench_make(const run *r, bench *w, ms_error *err) {
    const ms_model *model = r->patients->model;
    w->raw = ms_calloc(MS_CHUNK * model->prep.n_features, sizeof(double));
    w->inputs = ms_calloc(MS_CHUNK * model->prep.n_used, sizeof(double));
    w->code = ms_calloc(MS_CHUNK * model->code_size, sizeof(double));
    w->a = ms_calloc(r->room, sizeof(double));
    w->b = ms_calloc(r->room, sizeof(double));
    w->out = ms_calloc(MS_CHUNK * r->n_passes, sizeof(double));
    return w->raw && w->inputs && w->code && w->a && w->b && w->out ? MS_OK : ms_error_nomem(err);
}

/* ---- reading ----------------------------------------------------------------------------------------- */

static ms_status infinite(const ms_patients *p, size_t row, size_t j, ms_error *err) {
    if (!p->table)
        return ms_error_set(err, MS_EINPUT, "row %zu, column %s: the value is infinite", row + 1,
                            p->model->names[j]);
    return ms_error_set(err, MS_EINPUT, "%s:%zu: column %s: the value is infinite", ms_table_name(p->table),
                        ms_table_line(p->table, row), p->model->names[j]);
}

/* Columns that the table keeps as numbers lie in a row in memory; texts are read patient by patient. */
static ms_status read_table(const ms_patients *p, size_t first, size_t n, double *raw, ms_error *err) {
    const size_t width = p->model->prep.n_features;
    bool texts = false;
    for (size_t j = 0; j < width; j++) {
        const double *numbers = ms_table_number_column(p->table, p->columns[j]);
        texts = texts || !numbers;
        for (size_t i = 0; numbers && i < n; i++) raw[PLACE(i, j, width)] = numbers[first + i];
    }
    for (size_t i = 0; texts && i < n; i++)
        for (size_t j = 0; j < width; j++) {
            double *to = &raw[PLACE(i, j, width)];
            const ms_status status = ms_table_number(p->table, first + i, p->columns[j], to, err);
            if (status != MS_OK) return status;
        }
    return MS_OK;
}

/* x - x is 0, or NaN where x is missing or infinite. */
INLINE bool all_finite(const double *values, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i += MS_LANES)
        for (size_t k = 0; k < MS_LANES; k++) sum += values[i + k] - values[i + k];
    return sum == 0;
}

/* The raw values of a chunk, in panels; lanes without a patient keep what they held. */
static ms_status read_chunk(const ms_patients *p, size_t first, size_t n, double *raw, ms_error *err) {
    const size_t width = p->model->prep.n_features;
    if (p->x) {
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < width; j++) raw[PLACE(i, j, width)] = p->x[(first + i) * width + j];
    } else {
        const ms_status status = read_table(p, first, n, raw, err);
        if (status != MS_OK) return status;
    }
    if (!all_finite(raw, MS_CHUNK * width))
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < width; j++)
                if (isinf(raw[PLACE(i, j, width)])) return infinite(p, first + i, j, err);
    if (!p->batch) return MS_OK;
    for (size_t i = 0; i < n; i++)
        ms_steps_correct(p->model->steps, raw + PLACE(i, 0, width), MS_LANES, p->batch[first + i]);
    return MS_OK;
}

/* As ms_prep_apply, but on panels. */
INLINE void scale_panels(const ms_prep *prep, const double *raw, double *out) {
    const double clip = prep->clip > 0 ? prep->clip : (double)INFINITY;
    for (size_t panel = 0; panel < MS_PANELS; panel++) {
        for (size_t j = 0; j < prep->n_features; j++, raw += MS_LANES) {
            if (prep->dropped[j]) continue;
            const double median = prep->median[j], centre = prep->centre[j], scale = prep->scale[j];
            for (size_t i = 0; i < MS_LANES; i++) {
                const double v = raw[i] == raw[i] ? raw[i] : median, z = (v - centre) / scale;
                const double low = z < -clip ? -clip : z;
                out[i] = low > clip ? clip : low;
            }
            out += MS_LANES;
        }
    }
}

/* The code of a chunk: inputs themselves without an autoencoder. */
static const double *encode_chunk(const ms_model *model, bench *w) {
    if (!model->autoencoder) return w->inputs;
    const double *out = ms_net_panels(&model->encoder, w->inputs, NULL, w->a, w->b);
    const size_t size = model->code_size;
    for (size_t k = 0; k < MS_PANELS * size; k++)
        for (size_t i = 0; i < MS_LANES; i++)
            w->code[k * MS_LANES + i] =
                (out[k * MS_LANES + i] - model->code_centre[k % size]) / model->code_scale[k % size];
    return w->code;
}

static ms_status run_chunk(const run *r, bench *w, size_t first, size_t n, ms_error *err) {
    const ms_model *model = r->patients->model;
    const ms_status status = read_chunk(r->patients, first, n, w->raw, err);
    if (status != MS_OK) return status;
    scale_panels(&model->prep, w->raw, w->inputs);
    const double *code = encode_chunk(model, w);
    const size_t size = model->code_size;
    for (size_t i = 0; r->code && i < n; i++)
        for (size_t k = 0; k < size; k++) r->code[(first + i) * size + k] = code[PLACE(i, k, size)];
    if (r->code) return MS_OK;
    for (size_t k = 0; k < r->n_passes; k++) {
        const double *out = ms_net_panels(r->passes[k].net, code, r->passes[k].factors, w->a, w->b);
        for (size_t i = 0; i < MS_CHUNK; i++) w->out[k * MS_CHUNK + i] = out[i] - r->passes[k].centre;
    }
    return r->take(r->context, first, n, w->out, err);
}

static ms_status run_piece(void *context, size_t i, ms_error *err) {
    const run *r = context;
    bench w = {0};
    ms_status status = bench_make(r, &w, err);
    const size_t end = r->patients->n - i * CHUNKS * MS_CHUNK < CHUNKS * MS_CHUNK
                           ? r->patients->n
                           : (i + 1) * CHUNKS * MS_CHUNK;
    for (size_t first = i * CHUNKS * MS_CHUNK; status == MS_OK && first < end; first += MS_CHUNK) {
        const size_t n = end - first < MS_CHUNK ? end - first : MS_CHUNK;
        status = run_chunk(r, &w, first, n, err);
    }
    bench_clear(&w);
    return status;
}

static ms_status run_all(run *r, ms_error *err) {
    const ms_model *model = r->patients->model;
    if (model->autoencoder) r->room = ms_net_panel_room(&model->encoder);
    for (size_t k = 0; k < r->n_passes; k++) {
        const size_t room = ms_net_panel_room(r->passes[k].net);
        if (room > r->room) r->room = room;
    }
    const size_t piece = (size_t)CHUNKS * MS_CHUNK;
    return ms_parallel_for((r->patients->n + piece - 1) / piece, run_piece, r, err);
}

ms_status ms_patients_run(const ms_patients *patients, const ms_pass *passes, size_t n_passes, ms_take take,
                          void *context, ms_error *err) {
    run r = {.patients = patients, .passes = passes, .n_passes = n_passes, .take = take, .context = context};
    return run_all(&r, err);
}

ms_status ms_patients_encode(const ms_patients *patients, double *code, ms_error *err) {
    run r = {.patients = patients, .code = code};
    return run_all(&r, err);
}

ms_status ms_member_passes(const ms_model *model, ms_pass **passes, ms_error *err) {
    ms_pass *made = ms_calloc(model->n_members, sizeof *made);
    if (!made) return ms_error_nomem(err);
    for (size_t k = 0; k < model->n_members; k++)
        made[k] = (ms_pass){.net = &model->members[k], .centre = model->member_centre[k]};
    *passes = made;
    return MS_OK;
}
