/* model/segnet_module.c: opens the module ms_segnet when the first network is needed, and asks networks. */
#include "model/model.h"
#include "model/segnet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct ms_segnet {
    const ms_segnet_functions *functions;
    ms_torch_segnet *net;
    char sha256[65];
};

ms_status ms_segnet_module(const ms_segnet_functions **functions, ms_error *err) {
    const void *table = NULL;
    const ms_status status = ms_libtorch_open("ms_segnet", "ms_segnet_table", MS_SEGNET_ABI, &table, err);
    if (status == MS_OK) *functions = table;
    return status;
}

ms_status ms_segnet_device(const ms_segnet_functions *functions, const char *asked, const char **device,
                           ms_error *err) {
    const bool cuda = functions->has_cuda() != 0;
    if (strcmp(asked, "cuda") == 0 && !cuda)
        return ms_error_set(err, MS_EUNAVAILABLE, "libtorch has no CUDA device here; use --device cpu");
    *device = cuda && strcmp(asked, "cpu") != 0 ? "cuda" : "cpu";
    return MS_OK;
}

ms_status ms_segnet_open(const char *path, const char *device, ms_segnet **net, ms_error *err) {
    char message[MS_TORCH_MESSAGE];
    ms_segnet *out = ms_calloc(1, sizeof *out);
    if (!out) return ms_error_nomem(err);
    ms_status status = ms_hash_file(path, out->sha256, err);
    if (status == MS_OK) status = ms_segnet_module(&out->functions, err);
    if (status == MS_OK) status = ms_segnet_device(out->functions, device, &device, err);
    if (status == MS_OK && out->functions->load(&out->net, path, device, message) != 0)
        status = ms_error_set(err, MS_EINPUT, "%s: not a network this program can use: %s", path, message);
    if (status == MS_OK)
        *net = out;
    else
        ms_segnet_free(out);
    return status;
}

void ms_segnet_free(ms_segnet *net) {
    if (!net) return;
    if (net->net) net->functions->release(net->net);
    free(net);
}

const char *ms_segnet_sha256(const ms_segnet *net) {
    return net->sha256;
}

static const size_t shape[3] = {MS_SEGNET_CHANNELS, MS_SEGNET_CLASSES, MS_SEGNET_SIDE};

/* The image as it is (i = 0) and mirrored (i = 1), each with its answer. */
typedef struct asking {
    ms_segnet *net;
    float image[2][MS_SEGNET_CHANNELS * MS_SEGNET_PIXELS];
    float answer[2][MS_SEGNET_CLASSES * MS_SEGNET_PIXELS];
    float hu[MS_SEGNET_PLANES][MS_SEGNET_PIXELS];
} asking;

static void mirror(const float *from, size_t planes, float *to) {
    for (size_t row = 0; row < planes * MS_SEGNET_SIDE; row++)
        for (size_t i = 0; i < MS_SEGNET_SIDE; i++)
            to[row * MS_SEGNET_SIDE + i] = from[row * MS_SEGNET_SIDE + MS_SEGNET_SIDE - 1 - i];
}

static void draw_image(const ms_segnet_slice *slice, asking *a) {
    const double middle = (MS_SEGNET_SIDE - 1) / 2.0;
    for (int p = 0; p < MS_SEGNET_PLANES; p++)
        for (int j = 0; j < MS_SEGNET_SIDE; j++)
            for (int i = 0; i < MS_SEGNET_SIDE; i++)
                a->hu[p][j * MS_SEGNET_SIDE + i] = ms_segnet_hu_at(
                    slice, p, (i - middle) * MS_SEGNET_PIXEL_MM, (j - middle) * MS_SEGNET_PIXEL_MM);
    const float *hu[MS_SEGNET_PLANES] = {a->hu[0], a->hu[1], a->hu[2]};
    ms_segnet_channels(hu, a->image[0]);
    mirror(a->image[0], MS_SEGNET_CHANNELS, a->image[1]);
}

static ms_status ask(void *context, size_t i, ms_error *err) {
    asking *a = context;
    char message[MS_TORCH_MESSAGE];
    if (a->net->functions->predict(a->net->net, a->image[i], shape, a->answer[i], message) == 0) return MS_OK;
    return ms_error_set(err, MS_EINPUT, "the network cannot be used on a slice (input [1][%d][%d][%d]): %s",
                        MS_SEGNET_CHANNELS, MS_SEGNET_SIDE, MS_SEGNET_SIDE, message);
}

/* The mean of both answers; in the mirror, right is left. */
static void join_answers(asking *a) {
    static const int mirrored[MS_SEGNET_CLASSES] = {0, 1, 3, 2};
    float *turned = a->image[0]; /* as many channels as classes */
    mirror(a->answer[1], MS_SEGNET_CLASSES, turned);
    for (size_t c = 0; c < MS_SEGNET_CLASSES; c++)
        for (size_t v = 0; v < MS_SEGNET_PIXELS; v++) {
            float *p = &a->answer[0][c * MS_SEGNET_PIXELS + v];
            *p = 0.5F * (*p + turned[(size_t)mirrored[c] * MS_SEGNET_PIXELS + v]);
        }
}

/* Linear between the network's pixels, at pixel (i, j) of the network's grid. */
static void answer_at(const asking *a, double i, double j, float p[MS_SEGNET_CLASSES]) {
    p[0] = 1;
    for (int c = 1; c < MS_SEGNET_CLASSES; c++) p[c] = 0;
    if (!(i >= 0 && j >= 0 && i <= MS_SEGNET_SIDE - 1 && j <= MS_SEGNET_SIDE - 1)) return;
    const size_t x = i < MS_SEGNET_SIDE - 1 ? (size_t)i : MS_SEGNET_SIDE - 2,
                 y = j < MS_SEGNET_SIDE - 1 ? (size_t)j : MS_SEGNET_SIDE - 2;
    const float s = (float)(i - (double)x), t = (float)(j - (double)y);
    for (size_t c = 0; c < MS_SEGNET_CLASSES; c++) {
        const float *v = a->answer[0] + c * MS_SEGNET_PIXELS + y * MS_SEGNET_SIDE + x;
        const float top = v[0] + s * (v[1] - v[0]),
                    bottom = v[MS_SEGNET_SIDE] + s * (v[MS_SEGNET_SIDE + 1] - v[MS_SEGNET_SIDE]);
        p[c] = top + t * (bottom - top);
    }
}

static void onto_scan(const asking *a, const ms_geometry *g, const double centre[2], float *probability) {
    const double middle = (MS_SEGNET_SIDE - 1) / 2.0;
    const size_t n = g->n[0] * g->n[1];
    for (size_t j = 0; j < g->n[1]; j++)
        for (size_t i = 0; i < g->n[0]; i++) {
            float p[MS_SEGNET_CLASSES];
            answer_at(a, ((double)i - centre[0]) * g->spacing_mm[0] / MS_SEGNET_PIXEL_MM + middle,
                      ((double)j - centre[1]) * g->spacing_mm[1] / MS_SEGNET_PIXEL_MM + middle, p);
            for (size_t c = 0; c < MS_SEGNET_CLASSES; c++) probability[c * n + j * g->n[0] + i] = p[c];
        }
}

ms_status ms_segnet_predict(ms_segnet *net, const ms_volume *volume, size_t k, const double centre_mm[2],
                            float *probability, ms_error *err) {
    const ms_geometry *g = &volume->geometry;
    double centre[3];
    ms_segnet_slice *slice = NULL;
    asking *a = ms_calloc(1, sizeof *a);
    if (!a) return ms_error_nomem(err);
    a->net = net;
    ms_segnet_centre(g, k, centre_mm, centre);
    ms_status status = ms_segnet_slice_make(volume, k, centre_mm, NULL, 1, &slice, err);
    if (status == MS_OK) {
        draw_image(slice, a);
        status = ms_parallel_for(2, ask, a, err);
    }
    if (status == MS_OK) {
        join_answers(a);
        onto_scan(a, g, centre, probability);
    }
    ms_segnet_slice_free(slice);
    free(a);
    return status;
}
