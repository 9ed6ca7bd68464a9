/* Agreement with hand contours of real scans (tests/golden/body/README.md): as they are, turned, noisy, and
 * with a network made from the contours. */
#include "base/base.h"
#include "torso.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct row {
    const char *name, *scan, *contour;
    double slice, muscle, psoas, area; /* least Dice, greatest difference of area in percent */
} row;

static row read_row(const ms_table *golden, size_t r) {
    row out = {
        ms_table_cell(golden, r, 0), ms_table_cell(golden, r, 1), ms_table_cell(golden, r, 2), 0, 0, 0, 0};
    double *numbers[4] = {&out.slice, &out.muscle, &out.psoas, &out.area};
    ms_error err = {0};
    for (size_t c = 0; c < 4; c++)
        assert_int_equal(ms_table_number(golden, r, 3 + c, numbers[c], &err), MS_OK);
    return out;
}

/* The slices that count for slice k (12 mm to both sides) as a volume; *k becomes its place there. */
static ms_volume cut_slab(const ms_volume *scan, size_t *k) {
    ms_geometry g = scan->geometry;
    const size_t reach = (size_t)ceil(12 / g.spacing_mm[2]), low = *k > reach ? *k - reach : 0;
    const size_t high = *k + reach < g.n[2] ? *k + reach : g.n[2] - 1, n = g.n[0] * g.n[1];
    ms_volume slab = {0};
    g.n[2] = high - low + 1;
    assert_int_equal(ms_volume_alloc(&slab, &g, NULL), MS_OK);
    memcpy(slab.data, scan->data + low * n, n * g.n[2] * sizeof *slab.data);
    *k -= low;
    return slab;
}

/* Slab and contour turned about the picture's middle. */
static void turn(ms_volume *slab, uint8_t *contour, double degrees) {
    const ms_geometry *g = &slab->geometry;
    const double c = cos(degrees * M_PI / 180), s = sin(degrees * M_PI / 180);
    const double mx = (double)(g->n[0] - 1) / 2, my = (double)(g->n[1] - 1) / 2;
    const size_t n = g->n[0] * g->n[1];
    float *hu = malloc(n * sizeof *hu);
    uint8_t *labels = calloc(n, 1);
    assert_true(hu != NULL && labels != NULL);
    for (size_t k = 0; k < g->n[2]; k++) {
        float *to = slab->data + k * n;
        memcpy(hu, to, n * sizeof *hu);
        for (size_t v = 0; v < n; v++) {
            const double dx = (double)(v % g->n[0]) - mx, dy = (double)(v / g->n[0]) - my;
            const double x = mx + c * dx + s * dy, y = my - s * dx + c * dy;
            to[v] = -1024;
            if (x < 0 || y < 0 || x >= (double)g->n[0] - 1 || y >= (double)g->n[1] - 1) continue;
            const size_t i = (size_t)x, j = (size_t)y, at = j * g->n[0] + i;
            const double u = x - (double)i, w = y - (double)j;
            to[v] = (float)((1 - w) * ((1 - u) * (double)hu[at] + u * (double)hu[at + 1]) +
                            w * ((1 - u) * (double)hu[at + g->n[0]] + u * (double)hu[at + g->n[0] + 1]));
            if (k == 0) labels[v] = contour[(size_t)(y + 0.5) * g->n[0] + (size_t)(x + 0.5)];
        }
    }
    memcpy(contour, labels, n);
    free(hu);
    free(labels);
}

static void add_noise(ms_volume *slab, double sd) {
    ms_random *random = ms_random_new(1, "test noise");
    assert_non_null(random);
    for (size_t v = 0; v < ms_voxels(&slab->geometry); v++)
        slab->data[v] += (float)(sd * ms_random_normal(random));
    ms_random_free(random);
}

/* A network that knows the contour: 0.9 for its class. Fat within muscle is not in it. */
static ms_status tell_contour(void *context, const ms_volume *volume, size_t k, const double centre_mm[2],
                              float *probability, ms_error *err) {
    const uint8_t *contour = context;
    const size_t n = volume->geometry.n[0] * volume->geometry.n[1];
    (void)k, (void)centre_mm, (void)err;
    for (size_t v = 0; v < n; v++)
        for (uint8_t c = 0; c < MS_CLASSES; c++)
            probability[c * n + v] = (contour[v] <= 3 ? contour[v] : 0) == c ? 0.91F : 0.03F;
    return MS_OK;
}

typedef struct agreement {
    double muscle, psoas, area;
    ms_flags flags;
} agreement;

static agreement segment(const ms_volume *slab, size_t k, const uint8_t *contour, bool with_network) {
    const size_t n = slab->geometry.n[0] * slab->geometry.n[1];
    agreement a = {0};
    ms_error err = {0};
    uint8_t *labels = calloc(n, 1), *parts = calloc(n, 1), *known = malloc(n);
    assert_true(labels != NULL && parts != NULL && known != NULL);
    memcpy(known, contour, n);
    const ms_muscle_network network = {tell_contour, known, "contour", "0"};
    if (ms_tissue_segment(slab, k, NULL, with_network ? &network : NULL, labels, parts, &a.flags, &err) !=
        MS_OK)
        fail_msg("%s", err.message);
    double ours = 0, theirs = 0;
    for (size_t v = 0; v < n; v++) {
        ours += labels[v] >= 1 && labels[v] <= 3;
        theirs += contour[v] >= 1 && contour[v] <= 3;
        assert_int_equal(labels[v] >= 1 && labels[v] <= 3, parts[v] != MS_PART_NONE);
    }
    a.muscle = torso_dice(labels, contour, n, 1, 3);
    a.psoas = torso_dice(labels, contour, n, 2, 3);
    a.area = 100 * (ours / theirs - 1);
    free(labels);
    free(parts);
    free(known);
    return a;
}

/* How the means of all rows came out. */
typedef struct sums {
    double plain, rows, told, turned, noisy, changed;
} sums;

static void check_row(const row *r, const ms_volume *scan, sums *sum) {
    char path[2048];
    ms_error err = {0};
    ms_mask contour = {0};
    (void)snprintf(path, sizeof path, "%s/ct/contours/%s.nii.gz", MS_TEST_SHARED_DIR, r->contour);
    /* the extra contours carry no place of their own: the slice is compared as it is */
    if (ms_mask_read(path, NULL, &contour, &err) != MS_OK) fail_msg("%s", err.message);
    const size_t n = scan->geometry.n[0] * scan->geometry.n[1];
    assert_int_equal(n, contour.geometry.n[0] * contour.geometry.n[1]);
    size_t k = (size_t)r->slice;
    ms_volume slab = cut_slab(scan, &k);
    const agreement a = segment(&slab, k, contour.data, false);
    print_message("%-12s muscle %.3f (>= %.2f) psoas %.3f (>= %.2f) area %+.1f%% (%.0f%%)", r->name, a.muscle,
                  r->muscle, a.psoas, r->psoas, a.area, r->area);
    assert_true(a.muscle >= r->muscle);
    assert_true(a.psoas >= r->psoas);
    assert_true(fabs(a.area) <= r->area);
    sum->plain += a.muscle;
    sum->rows++;
    if (strchr(r->name, '_') == NULL) { /* the given slices; the others would take too long */
        const agreement told = segment(&slab, k, contour.data, true);
        /* a right network keeps its right, but for a pixel where muscle borders on fat */
        assert_true(told.muscle > 0.97 && told.psoas > 0.95);
        assert_false(ms_flags_has(&told.flags, "network_rejected"));
        add_noise(&slab, 30);
        const double noisy = segment(&slab, k, contour.data, false).muscle;
        ms_volume_clear(&slab);
        k = (size_t)r->slice;
        slab = cut_slab(scan, &k);
        turn(&slab, contour.data, 12);
        const double turned = segment(&slab, k, contour.data, false).muscle;
        print_message(" network %.3f noise %.3f turned %.3f", told.muscle, noisy, turned);
        sum->told += told.muscle;
        sum->noisy += noisy;
        sum->turned += turned;
        sum->changed++;
    }
    print_message("\n");
    ms_volume_clear(&slab);
    ms_mask_clear(&contour);
}

static void agrees_with_hand_contours(void **state) {
    (void)state;
    ms_table *golden = NULL;
    ms_error err = {0};
    ms_scan scan = {0};
    const char *open = "";
    sums sum = {0};
    if (access(MS_TEST_SHARED_DIR "/ct/cases.csv", R_OK) != 0) {
        print_message("skipped: no ../shared/ct\n");
        skip();
    }
    assert_int_equal(ms_table_read(&golden, MS_TEST_GOLDEN_DIR "/body/tissue_dice.csv", &err), MS_OK);
    for (size_t r = 0; r < ms_table_rows(golden); r++) {
        const row at = read_row(golden, r);
        if (strcmp(at.scan, open) != 0) { /* rows of one scan lie together: each is read once */
            char path[2048];
            ms_scan_clear(&scan);
            (void)snprintf(path, sizeof path, "%s/ct/%s", MS_TEST_SHARED_DIR, at.scan);
            if (ms_scan_read(path, NULL, &scan, &err) != MS_OK) fail_msg("%s", err.message);
            open = at.scan;
        }
        check_row(&at, &scan.volume, &sum);
    }
    print_message("means: muscle %.4f noise %.4f turned %.4f network %.4f\n", sum.plain / sum.rows,
                  sum.noisy / sum.changed, sum.turned / sum.changed, sum.told / sum.changed);
    assert_true(sum.plain / sum.rows > 0.935);
    assert_true(sum.noisy / sum.changed > 0.905); /* noise alone takes muscle pixels out of the HU range */
    assert_true(sum.turned / sum.changed > 0.91);
    assert_true(sum.told / sum.changed > 0.975);
    ms_scan_clear(&scan);
    ms_table_free(golden);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(agrees_with_hand_contours)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
