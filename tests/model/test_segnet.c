/* The network that outlines muscle: what it is shown, that it learns, that a stop and the number of threads
 * change nothing, and that a file which is no network is refused. */
#include "base/scratch.h"
#include "model/segnet.h"

#include <math.h>

enum { n_side = 160, n_slices = 5 };
static const double pixel_mm = 2.5;

/* A trunk of fat with a ring of muscle and two round psoas, made of circles: HU tell the classes apart. */
static uint8_t truth_at(double x, double y) {
    const double r = hypot(x, y);
    if (hypot(x + 35, y - 20) < 18) return MS_LABEL_PSOAS_RIGHT;
    if (hypot(x - 35, y - 20) < 18) return MS_LABEL_PSOAS_LEFT;
    return r > 100 && r < 125 ? MS_LABEL_MUSCLE : 0;
}

static ms_volume make_volume(void) {
    ms_volume volume = {0};
    ms_error err = {0};
    const ms_geometry g = {{n_side, n_side, n_slices},
                           {pixel_mm, pixel_mm, 5},
                           {-pixel_mm * (n_side - 1) / 2.0, -pixel_mm * (n_side - 1) / 2.0, 0},
                           {1, 0, 0, 0, 1, 0, 0, 0, 1}};
    assert_int_equal(ms_volume_alloc(&volume, &g, &err), MS_OK);
    for (size_t k = 0; k < n_slices; k++)
        for (size_t j = 0; j < n_side; j++)
            for (size_t i = 0; i < n_side; i++) {
                const double x = g.origin_mm[0] + pixel_mm * (double)i,
                             y = g.origin_mm[1] + pixel_mm * (double)j;
                volume.data[ms_voxel_index(&g, i, j, k)] = hypot(x, y) > 160 ? -1000.0F
                                                           : truth_at(x, y)  ? 60.0F
                                                                             : -100.0F;
            }
    return volume;
}

static uint8_t *make_labels(void) {
    uint8_t *labels = ms_calloc((size_t)n_side * n_side, 1);
    assert_non_null(labels);
    for (size_t j = 0; j < n_side; j++)
        for (size_t i = 0; i < n_side; i++)
            labels[j * n_side + i] = truth_at(pixel_mm * ((double)i - (n_side - 1) / 2.0),
                                              pixel_mm * ((double)j - (n_side - 1) / 2.0));
    return labels;
}

static const double middle[2] = {0, 0};

static ms_segnet_slice *make_slice(void) {
    ms_volume volume = make_volume();
    uint8_t *labels = make_labels();
    ms_segnet_slice *slice = NULL;
    ms_error err = {0};
    assert_int_equal(ms_segnet_slice_make(&volume, 2, middle, labels, 1, &slice, &err), MS_OK);
    free(labels);
    ms_volume_clear(&volume);
    return slice;
}

static void test_slice_keeps_places_and_values(void **state) {
    (void)state;
    ms_segnet_slice *slice = make_slice();
    assert_float_equal(ms_segnet_hu_at(slice, MS_SEGNET_HERE, 0, 0), -100, 1);
    assert_float_equal(ms_segnet_hu_at(slice, MS_SEGNET_HERE, -35, 20), 60, 1);
    assert_float_equal(ms_segnet_hu_at(slice, MS_SEGNET_ABOVE, 112, 0), 60, 1);
    assert_float_equal(ms_segnet_hu_at(slice, MS_SEGNET_BELOW, 400, 0), -1024, 0); /* outside the scan */
    assert_int_equal(ms_segnet_label_at(slice, -35, 20), MS_LABEL_PSOAS_RIGHT);
    assert_int_equal(ms_segnet_label_at(slice, 35, 20), MS_LABEL_PSOAS_LEFT);
    assert_int_equal(ms_segnet_label_at(slice, 0, 0), 0);
    ms_segnet_slice_free(slice);
}

/* A streak of fat inside muscle counts neither way; the fat outside it is "other". */
static void test_fat_inside_muscle_does_not_count(void **state) {
    (void)state;
    ms_volume volume = make_volume();
    uint8_t *labels = make_labels();
    const size_t i = (size_t)lround(112 / pixel_mm + (n_side - 1) / 2.0), j = n_side / 2;
    ms_segnet_slice *slice = NULL;
    ms_error err = {0};
    labels[j * n_side + i] = 0;
    for (size_t k = 0; k < n_slices;
         k++) /* wide enough to stay fat after smoothing; labelled but for one pixel */
        for (size_t a = i - 1; a <= i + 1; a++)
            for (size_t b = j - 1; b <= j + 1; b++)
                volume.data[ms_voxel_index(&volume.geometry, a, b, k)] = -100;
    assert_int_equal(ms_segnet_slice_make(&volume, 2, middle, labels, 1, &slice, &err), MS_OK);
    const double x = pixel_mm * ((double)i - (n_side - 1) / 2.0),
                 y = pixel_mm * ((double)j - (n_side - 1) / 2.0);
    assert_int_equal(ms_segnet_label_at(slice, x, y), 255);
    assert_int_equal(ms_segnet_label_at(slice, 60, y), 0);
    ms_segnet_slice_free(slice);
    free(labels);
    ms_volume_clear(&volume);
}

/* Whatever the variation, what is labelled right lies on the image's left and the other way round. */
static void test_variation_keeps_sides(void **state) {
    (void)state;
    ms_segnet_slice *slice = make_slice();
    float *image = ms_calloc(MS_SEGNET_CHANNELS * MS_SEGNET_PIXELS, sizeof *image);
    float *weights = ms_calloc(MS_SEGNET_PIXELS, sizeof *weights);
    uint8_t *labels = ms_calloc(MS_SEGNET_PIXELS, 1);
    ms_error err = {0};
    for (size_t step = 0; step < 40; step++) {
        assert_int_equal(ms_segnet_example(&slice, 1, 3, step, 0, image, labels, weights, &err), MS_OK);
        double sum[4] = {0}, count[4] = {0};
        for (size_t v = 0; v < MS_SEGNET_PIXELS; v++) {
            assert_true(image[v] >= -1 && image[v] <= 1);
            sum[labels[v]] += (double)(v % MS_SEGNET_SIDE);
            count[labels[v]]++;
        }
        assert_true(count[2] > 0 && count[3] > 0);
        assert_true(sum[2] / count[2] < sum[3] / count[3]);
    }
    free(image);
    free(weights);
    free(labels);
    ms_segnet_slice_free(slice);
}

/* ---- training --------------------------------------------------------------------------------------- */

typedef struct watch {
    size_t calls, stop_after;
} watch;

static bool on_step(void *context, size_t step, double loss) {
    watch *w = context;
    assert_true(step > 0 && isfinite(loss));
    return ++w->calls != w->stop_after;
}

static ms_segnet_training small_training(const char *state) {
    ms_segnet_training t;
    ms_segnet_training_default(&t);
    t.steps = 24;
    t.batch = 2;
    t.width = 4;
    t.widest = 8;
    t.levels = 3;
    t.learning_rate = 1e-2;
    t.state = state;
    return t;
}

static void hash_of(const char *path, char hex[65]) {
    ms_error err = {0};
    assert_int_equal(ms_hash_file(path, hex, &err), MS_OK);
}

static void test_training_resumes_and_repeats(void **state) {
    (void)state;
    ms_segnet_slice *slice = make_slice();
    ms_error err = {0};
    char whole[65], again[65];
    char *a = ms_strdup(scratch("a.pt")), *b = ms_strdup(scratch("b.pt")),
         *saved = ms_strdup(scratch("b.state"));
    watch w = {0};
    ms_segnet_training t = small_training(NULL);
    ms_threads_set(2);
    assert_int_equal(ms_segnet_train(&slice, 1, &t, on_step, &w, a, &err), MS_OK);
    assert_int_equal(w.calls, t.steps);
    hash_of(a, whole);

    /* Stopped at step 7, then on with one thread: the same bytes, and no state left behind. */
    t = small_training(saved);
    w = (watch){.stop_after = 7};
    ms_threads_set(1);
    assert_int_equal(ms_segnet_train(&slice, 1, &t, on_step, &w, b, &err), MS_ESTOPPED);
    assert_true(ms_path_exists(saved) && !ms_path_exists(b));
    w = (watch){0};
    assert_int_equal(ms_segnet_train(&slice, 1, &t, on_step, &w, b, &err), MS_OK);
    assert_int_equal(w.calls, t.steps - 7);
    hash_of(b, again);
    assert_string_equal(whole, again);
    assert_false(ms_path_exists(saved));

    /* A state of other settings is refused, not mixed in. */
    w = (watch){.stop_after = 3};
    assert_int_equal(ms_segnet_train(&slice, 1, &t, on_step, &w, b, &err), MS_ESTOPPED);
    t.learning_rate = 5e-3;
    assert_int_equal(ms_segnet_train(&slice, 1, &t, on_step, &w, b, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "other settings"));
    ms_threads_set(0);
    ms_segnet_slice_free(slice);
    free(a);
    free(b);
    free(saved);
}

/* What was learnt is found again through the file: the psoas on their sides, the ring. */
static void test_prediction(void **state) {
    (void)state;
    ms_segnet_slice *slice = make_slice();
    ms_volume volume = make_volume();
    ms_segnet *net = NULL;
    ms_error err = {0};
    char *path = ms_strdup(scratch("p.pt"));
    const size_t area = (size_t)n_side * n_side;
    float *p = ms_calloc(MS_SEGNET_CLASSES * area, sizeof *p);
    ms_segnet_training t = small_training(NULL);
    t.steps = 120;
    t.batch = 1;
    t.mean_decay = 0.9;
    assert_int_equal(ms_segnet_train(&slice, 1, &t, NULL, NULL, path, &err), MS_OK);
    assert_int_equal(ms_segnet_open(path, "cpu", &net, &err), MS_OK);
    assert_int_equal(ms_segnet_predict(net, &volume, 2, middle, p, &err), MS_OK);
    size_t hit = 0, ours = 0, truth = 0;
    for (size_t v = 0; v < area; v++) {
        double sum = 0;
        for (size_t c = 0; c < MS_SEGNET_CLASSES; c++) sum += (double)p[c * area + v];
        assert_float_equal(sum, 1, 1e-4);
        const bool is = truth_at(pixel_mm * ((double)(v % n_side) - (n_side - 1) / 2.0),
                                 pixel_mm * ((double)(v / n_side) - (n_side - 1) / 2.0)) != 0;
        const bool said = p[v] < 0.5F;
        hit += is && said;
        ours += said;
        truth += is;
    }
    assert_true(2.0 * (double)hit > 0.85 * (double)(ours + truth));
    ms_segnet_free(net);
    free(p);
    free(path);
    ms_volume_clear(&volume);
    ms_segnet_slice_free(slice);
}

static void test_other_files_are_refused(void **state) {
    (void)state;
    ms_error err = {0};
    ms_segnet *net = NULL;
#ifdef MS_SANITIZED
    skip(); /* an exception thrown inside a module ends a sanitized C program */
#endif
    char *path = ms_strdup(scratch("no.pt"));
    assert_int_equal(ms_file_write(path, "not a network", 13, &err), MS_OK);
    assert_int_equal(ms_segnet_open(path, "cpu", &net, &err), MS_EINPUT);
    assert_non_null(strstr(err.message, "no.pt"));
    assert_null(net);
    free(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slice_keeps_places_and_values),
        cmocka_unit_test(test_fat_inside_muscle_does_not_count),
        cmocka_unit_test(test_variation_keeps_sides),
        cmocka_unit_test(test_training_resumes_and_repeats),
        cmocka_unit_test(test_prediction),
        cmocka_unit_test(test_other_files_are_refused),
    };
    return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
