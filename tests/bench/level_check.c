/* level_check.c: how often the level is right, and whether its confidence says so. Run by hand:
 *
 *     bench_level_check phantoms 300 [first seed]     a phantom each, unusual spines drawn often, with crops
 *     bench_level_check scans                         the scans of ../shared/ct, transformed and cropped
 *
 * A line a case (CSV: what was done, millimetres from the truth, confidence, lumbar count, flags), then the
 * share of right answers by confidence. Right: within 10 mm of the middle of L3 (or half a slice, if that is
 * more). A level under 0.6 is flagged and may be wrong; so may a scan be refused. */
#include "base/base.h"
#include "myosurv/body.h"
#include "myosurv/phantom.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BINS = 10 };

typedef struct tally {
    size_t n[BINS], right[BINS]; /* by confidence */
    double sum[BINS];
    size_t refused, flagged, silent; /* silent: wrong and not flagged */
    size_t first_three, wrong;       /* among wrong ones, L3 is among the first three candidates */
    double seconds;
    size_t cases;
} tally;

/* Voxels are shared with the volume cut from. */
static ms_volume slab(const ms_volume *volume, double low_mm, double high_mm) {
    const ms_geometry *g = &volume->geometry;
    double from = ceil((low_mm - g->origin_mm[2]) / g->spacing_mm[2]),
           to = floor((high_mm - g->origin_mm[2]) / g->spacing_mm[2]);
    from = fmin(fmax(from, 0), (double)g->n[2] - 1), to = fmin(fmax(to, from), (double)g->n[2] - 1);
    ms_volume cut = *volume;
    cut.data += (size_t)from * g->n[0] * g->n[1];
    cut.geometry.n[2] = (size_t)(to - from) + 1;
    cut.geometry.origin_mm[2] += from * g->spacing_mm[2];
    return cut;
}

static void check(const ms_volume *volume, const char *what, double true_mm, tally *t) {
    ms_level level;
    ms_flags flags = {0};
    ms_error err = {0};
    const ms_geometry *g = &volume->geometry;
    const double top_mm = g->origin_mm[2] + (double)(g->n[2] - 1) * g->spacing_mm[2];
    const clock_t start = clock();
    ms_status status = ms_level_find(volume, &level, &flags, &err);
    t->seconds += (double)(clock() - start) / CLOCKS_PER_SEC, t->cases++;
    const bool in_view = true_mm >= g->origin_mm[2] - 10 && true_mm <= top_mm + 10; /* at the edge counts */
    if (status != MS_OK) {
        t->refused++;
        printf("%s,%s,refused,,,%s\n", what, in_view ? "in" : "out", err.message);
        return;
    }
    double off = level.z_mm - true_mm;
    bool right = in_view && fabs(off) <= fmax(10, 0.5 * g->spacing_mm[2]);
    bool flagged = level.confidence < 0.6;
    int bin = (int)(level.confidence * BINS);
    bin = bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin;
    t->n[bin]++, t->right[bin] += right, t->sum[bin] += level.confidence;
    t->flagged += flagged, t->silent += !right && !flagged;
    if (!right && in_view) {
        t->wrong++;
        for (size_t i = 0; i < level.n_candidates && i < 3; i++)
            if (fabs(level.candidates[i].z_mm - true_mm) <= 10) {
                t->first_three++;
                break;
            }
    }
    printf("%s,%s,%s,%.1f,%.2f,%d", what, in_view ? "in" : "out",
           right     ? "right"
           : flagged ? "flagged"
                     : "SILENT",
           off, level.confidence, level.lumbar_count);
    for (size_t i = 0; i < flags.n; i++) printf("%c%s", i ? ' ' : ',', flags.words[i]);
    for (size_t i = 0; i < level.n_evidence; i++)
        if (level.evidence[i].in_view)
            printf("%c%s=%s:%.2f", i ? ' ' : ',', level.evidence[i].landmark, level.evidence[i].name,
                   level.evidence[i].probability);
    putchar('\n');
    fflush(stdout);
}

static void print_tally(const char *title, const tally *t) {
    printf("\n# %s: %zu cases, %zu refused, %zu flagged, %zu wrong and not flagged; %.2f s of CPU each\n",
           title, t->cases, t->refused, t->flagged, t->silent,
           t->cases ? t->seconds / (double)t->cases : 0.0);
    printf("# of %zu wrong ones with L3 in view, L3 is among the first three candidates in %zu\n", t->wrong,
           t->first_three);
    printf("# confidence      cases   mean    right\n");
    for (int b = 0; b < BINS; b++)
        if (t->n[b])
            printf("# %.1f to %.1f %10zu   %.2f   %6.3f\n", (double)b / BINS, (double)(b + 1) / BINS, t->n[b],
                   t->sum[b] / (double)t->n[b], (double)t->right[b] / (double)t->n[b]);
}

/* The mean of `factor` slices. */
static bool thicken(const ms_volume *from, size_t factor, ms_volume *to) {
    ms_geometry g = from->geometry;
    const size_t plane = g.n[0] * g.n[1];
    g.n[2] /= factor;
    g.origin_mm[2] += 0.5 * (double)(factor - 1) * g.spacing_mm[2];
    g.spacing_mm[2] *= (double)factor;
    if (g.n[2] == 0 || ms_volume_alloc(to, &g, NULL) != MS_OK) return false;
    for (size_t k = 0; k < g.n[2]; k++)
        for (size_t p = 0; p < plane; p++) {
            double sum = 0;
            for (size_t f = 0; f < factor; f++) sum += (double)from->data[(k * factor + f) * plane + p];
            to->data[k * plane + p] = (float)(sum / (double)factor);
        }
    return true;
}

/* Parts of one scan: what hospitals send, and slabs of several heights about several places. */
static void check_parts(const ms_volume *v, const char *name, double l3, double scale, bool slabs,
                        tally *all) {
    static const struct {
        const char *name;
        double low, high;
    } parts[] = {{"abdomen", -110, 190}, {"upper", -60, 230}, {"lumbar", -95, 95}, {"chest", 60, 600},
                 {"pelvis", -400, -40},  {"l3top", -200, 5},  {"l3low", -5, 200}};
    static const double heights[] = {40, 80, 120, 160, 200};
    char what[96];
    for (size_t i = 0; i < MS_COUNT(parts); i++) {
        ms_volume cut = slab(v, l3 + parts[i].low * scale, l3 + parts[i].high * scale);
        (void)ms_text_format(what, sizeof what, "%s,%s", name, parts[i].name);
        if ((double)cut.geometry.n[2] * cut.geometry.spacing_mm[2] > 30) check(&cut, what, l3, all);
    }
    for (size_t i = 0; slabs && i < MS_COUNT(heights); i++)
        for (int place = -2; place <= 2; place++) {
            double middle = l3 + place * 0.25 * heights[i] * scale;
            ms_volume cut = slab(v, middle - heights[i] / 2 * scale, middle + heights[i] / 2 * scale);
            (void)ms_text_format(what, sizeof what, "%s,slab%.0f%+d", name, heights[i], place);
            check(&cut, what, l3, all);
        }
}

/* Unusual spines far more often than in people. */
static void make_unusual(ms_random *random, ms_phantom_params *p) {
    const double kind = ms_random_uniform(random);
    if (kind < 0.06)
        p->ribs_pairs = 11, p->lumbar_count = 5;
    else if (kind < 0.12)
        p->ribs_pairs = 13, p->lumbar_count = 5;
    else if (kind < 0.18)
        p->lumbar_count = 4, p->ribs_pairs = 12;
    else if (kind < 0.24)
        p->lumbar_count = 6, p->ribs_pairs = 12;
    else if (kind < 0.30)
        p->transitional = MS_PHANTOM_SACRALISED;
    else if (kind < 0.36)
        p->transitional = MS_PHANTOM_LUMBARISED;
    else if (kind < 0.42)
        p->transitional = MS_PHANTOM_SACRALISED_RIGHT;
    else if (kind < 0.48)
        p->scoliosis_deg = ms_random_range(random, -30, 30);
    else if (kind < 0.54)
        p->implants = 1 + floor(ms_random_uniform(random) * 3);
    else if (kind < 0.60)
        p->bone_hu = ms_random_range(random, 60, 90), p->fracture = 0.3;
    else if (kind < 0.66)
        p->kyphosis_deg = ms_random_range(random, 15, 45);
    else if (kind < 0.72)
        p->height_m = kind < 0.69 ? 1.42 : 2.0;
    if (p->ribs_pairs != 12 || p->lumbar_count != 5) p->last_rib = 1; /* else not to be told by anyone */
    const double slice = ms_random_uniform(random);
    if (slice < 0.1)
        p->slice_mm = p->spacing_z_mm = 7;
    else if (slice < 0.15)
        p->slice_mm = p->spacing_z_mm = 10;
    else if (slice < 0.2)
        p->slice_mm = p->spacing_z_mm = 2;
    p->top_mm = 230, p->bottom_mm = 200;
    p->rotation_deg = ms_random_range(random, -12, 12);
}

static int check_phantoms(size_t n, uint64_t first) {
    tally whole = {0}, parts = {0};
    for (uint64_t seed = first; seed < first + n; seed++) {
        ms_phantom_params p;
        ms_phantom_truth truth;
        ms_volume volume = {0};
        ms_error err = {0};
        char name[96];
        ms_random *random = ms_random_new(seed, "level check");
        if (!random || ms_phantom_params_random(seed, &p, &err) != MS_OK) return 1;
        make_unusual(random, &p);
        ms_random_free(random);
        if (ms_phantom_make(&p, seed, &volume, NULL, &truth, &err) != MS_OK) {
            (void)fprintf(stderr, "seed %d: %s\n", (int)seed, err.message);
            return 1;
        }
        (void)ms_text_format(name, sizeof name, "p%d r%g l%g t%g i%g f%g %gmm", (int)seed, p.ribs_pairs,
                             p.lumbar_count, p.transitional, p.implants, p.fracture, p.spacing_z_mm);
        char what[128];
        const double scale = p.height_m / 1.74;
        /* the range that was drawn for the cohort, chest to pelvis */
        ms_volume usual = slab(&volume, truth.l3_z_mm - 160 * scale, truth.l3_z_mm + 185 * scale);
        (void)ms_text_format(what, sizeof what, "%s,whole", name);
        check(&usual, what, truth.l3_z_mm, &whole);
        check_parts(&volume, name, truth.l3_z_mm, scale, seed % 4 == 0, &parts);
        ms_volume_clear(&volume);
    }
    print_tally("phantoms, whole", &whole);
    print_tally("phantoms, parts", &parts);
    return whole.silent ? 2 : 0;
}

/* ---- real scans ------------------------------------------------------------------------------------- */

static double sample(const ms_volume *v, const double at[3]) {
    size_t low[3];
    double f[3], sum = 0;
    for (int c = 0; c < 3; c++) {
        double top = (double)v->geometry.n[c] - 1;
        if (!(at[c] >= 0 && at[c] <= top)) return -1024;
        low[c] = (size_t)fmin(floor(at[c]), fmax(top - 1, 0));
        f[c] = at[c] - (double)low[c];
    }
    for (int corner = 0; corner < 8; corner++) {
        double w = 1;
        size_t at_corner[3];
        for (int c = 0; c < 3; c++) {
            bool up = corner >> c & 1;
            w *= up ? f[c] : 1 - f[c];
            at_corner[c] = low[c] + (up && low[c] + 1 < v->geometry.n[c]);
        }
        if (w > 0)
            sum +=
                w * (double)v->data[ms_voxel_index(&v->geometry, at_corner[0], at_corner[1], at_corner[2])];
    }
    return sum;
}

/* Turned about an axis through the middle, in a coarser grid to be quick: degrees about z (roll), x (pitch).
 */
static bool turn(const ms_volume *from, double roll_deg, double pitch_deg, ms_volume *to) {
    const double r = roll_deg * M_PI / 180, q = pitch_deg * M_PI / 180;
    const ms_geometry *g = &from->geometry;
    if (ms_volume_alloc(to, g, NULL) != MS_OK) return false;
    for (size_t k = 0; k < g->n[2]; k++)
        for (size_t j = 0; j < g->n[1]; j++)
            for (size_t i = 0; i < g->n[0]; i++) {
                double x = ((double)i - (double)g->n[0] / 2) * g->spacing_mm[0],
                       y = ((double)j - (double)g->n[1] / 2) * g->spacing_mm[1],
                       z = ((double)k - (double)g->n[2] / 2) * g->spacing_mm[2];
                double x1 = cos(r) * x - sin(r) * y, y1 = sin(r) * x + cos(r) * y;
                double y2 = cos(q) * y1 - sin(q) * z, z2 = sin(q) * y1 + cos(q) * z;
                double at[3] = {x1 / g->spacing_mm[0] + (double)g->n[0] / 2,
                                y2 / g->spacing_mm[1] + (double)g->n[1] / 2,
                                z2 / g->spacing_mm[2] + (double)g->n[2] / 2};
                to->data[ms_voxel_index(g, i, j, k)] = (float)sample(from, at);
            }
    return true;
}

typedef enum effect { NOISE, SMOOTH, SHARP, SOFT_BONE, MIRROR, FIELD, HALF_PLANE, CONTRAST, EFFECTS } effect;
static const char *const effect_names[EFFECTS] = {"noise",  "smooth",   "sharp",  "softbone",
                                                  "mirror", "field200", "coarse", "metal"};

static double blurred(const ms_volume *v, size_t i, size_t j, size_t k) {
    double sum = 0;
    int n = 0;
    for (int b = -2; b <= 2; b++)
        for (int a = -2; a <= 2; a++) {
            long x = (long)i + a, y = (long)j + b;
            if (x < 0 || y < 0 || x >= (long)v->geometry.n[0] || y >= (long)v->geometry.n[1]) continue;
            sum += (double)v->data[ms_voxel_index(&v->geometry, (size_t)x, (size_t)y, k)], n++;
        }
    return sum / n;
}

static bool apply(const ms_volume *from, effect e, ms_volume *to) {
    const ms_geometry *g = &from->geometry;
    ms_random *random = ms_random_new(3, "level check noise");
    if (!random || ms_volume_alloc(to, g, NULL) != MS_OK) return false;
    for (size_t k = 0; k < g->n[2]; k++)
        for (size_t j = 0; j < g->n[1]; j++)
            for (size_t i = 0; i < g->n[0]; i++) {
                const size_t p = ms_voxel_index(g, i, j, k);
                double hu = (double)from->data[p];
                double x = ((double)i - (double)g->n[0] / 2) * g->spacing_mm[0],
                       y = ((double)j - (double)g->n[1] / 2 - 20) * g->spacing_mm[1];
                if (e == NOISE) hu += 45 * ms_random_normal(random);
                if (e == SMOOTH) hu = blurred(from, i, j, k);
                if (e == SHARP) hu += 1.5 * (hu - blurred(from, i, j, k)) + 15 * ms_random_normal(random);
                if (e == SOFT_BONE && hu > 60) hu = 60 + 0.55 * (hu - 60);
                if (e == MIRROR) hu = (double)from->data[ms_voxel_index(g, g->n[0] - 1 - i, j, k)];
                if (e == FIELD && hypot(x, y) > 115) hu = -2000;
                if (e == HALF_PLANE) hu = (double)from->data[ms_voxel_index(g, i / 4 * 4, j / 4 * 4, k)];
                if (e == CONTRAST && hu > 250) hu = fmin(3071, 250 + 2.5 * (hu - 250));
                to->data[p] = (float)hu;
            }
    ms_random_free(random);
    return true;
}

static const struct {
    const char *path;
    double middle;
} scans[] = {{"totalseg/example_ct.nii.gz", 74},
             {"crlm1006", 9.5},
             {"acrin", 51},
             {"pancreas", 45},
             {"tcga", 130},
             {"cort", 45.5}};

static int check_scans(const char *folder, bool quick) {
    tally whole = {0}, changed = {0}, parts = {0};
    for (size_t s = 0; s < MS_COUNT(scans); s++) {
        char path[512], what[96];
        ms_scan scan = {0};
        ms_error err = {0};
        (void)ms_text_format(path, sizeof path, "%s/%s", folder, scans[s].path);
        if (ms_scan_read(path, NULL, &scan, &err) != MS_OK) {
            (void)fprintf(stderr, "skipped: %s\n", err.message);
            continue;
        }
        const char *name = ms_path_base(path);
        ms_volume *v = &scan.volume, other = {0};
        const double l3 = v->geometry.origin_mm[2] + scans[s].middle * v->geometry.spacing_mm[2];
        (void)ms_text_format(what, sizeof what, "%s,whole", name);
        check(v, what, l3, &whole);
        check_parts(v, name, l3, 1, true, &parts);
        for (int e = 0; !quick && e < EFFECTS; e++) {
            if (!apply(v, (effect)e, &other)) return 1;
            (void)ms_text_format(what, sizeof what, "%s %s,whole", name, effect_names[e]);
            check(&other, what, l3, &changed);
            (void)ms_text_format(what, sizeof what, "%s %s", name, effect_names[e]);
            if (e != MIRROR) check_parts(&other, what, l3, 1, false, &parts);
            ms_volume_clear(&other);
        }
        for (double mm = 5; !quick && mm <= 10; mm += 2.5) {
            size_t factor = (size_t)lround(mm / v->geometry.spacing_mm[2]);
            if (factor < 2 || !thicken(v, factor, &other)) continue;
            (void)ms_text_format(what, sizeof what, "%s x%d,whole", name, (int)factor);
            check(&other, what, l3, &changed);
            (void)ms_text_format(what, sizeof what, "%s x%d", name, (int)factor);
            check_parts(&other, what, l3, 1, true, &parts);
            ms_volume_clear(&other);
        }
        for (int a = -1; !quick && a <= 1; a += 2) {
            if (!turn(v, 10 * a, 0, &other)) return 1;
            (void)ms_text_format(what, sizeof what, "%s roll%+d,whole", name, 10 * a);
            check(&other, what, l3, &changed);
            ms_volume_clear(&other);
        }
        ms_scan_clear(&scan);
    }
    print_tally("scans, whole", &whole);
    print_tally("scans, changed", &changed);
    print_tally("scans, parts", &parts);
    return 0;
}

int main(int argc, char **argv) {
    if (argc >= 3 && strcmp(argv[1], "phantoms") == 0)
        return check_phantoms(strtoul(argv[2], NULL, 10), argc > 3 ? strtoul(argv[3], NULL, 10) : 1);
    if (argc >= 2 && strncmp(argv[1], "scans", 5) == 0)
        return check_scans(argc > 2 ? argv[2] : MS_TEST_SHARED_DIR "/ct", argv[1][5] != 0);
    (void)fprintf(stderr, "level_check phantoms N [first seed] | level_check scans\n");
    return 1;
}
