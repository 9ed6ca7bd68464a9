/* Whole scans of every format with random damage through the whole reader: a series of slices that are cut
 * off, doubled, exchanged or gone; fields of headers at their extremes; bytes changed before and after
 * compression. Each ends with a volume or one clear line that names what was read; no crash, no hang, no
 * memory beyond what such small files can need. The same damage every time. More of it by hand:
 * image_test_mutated_scans ROUNDS (of each of the formats). */
#include "image/build.h"

#include <sys/resource.h>
#include <time.h>

#define MOST_PIECES 12
#define MEMORY_LIMIT ((rlim_t)2 << 30)
#define SECONDS_LIMIT 20.0

/* One file of a scan. */
typedef struct piece {
    char name[24];
    uint8_t *bytes;
    size_t length, header; /* where damage has consequences: the first `header` bytes */
    bool deflate;          /* compress when it is written */
    bool gone;
} piece;

typedef struct sample {
    const char *read; /* the name of the file that is read; NULL: their folder */
    bool text, dicom;
    piece pieces[MOST_PIECES];
    size_t n;
} sample;

static size_t rounds = 40;
static size_t n_read, n_refused;

static void add_piece(sample *s, const char *name, const void *bytes, size_t length, size_t header,
                      bool deflate) {
    piece *p = &s->pieces[s->n++];
    assert_true(s->n <= MOST_PIECES && ms_text_format(p->name, sizeof p->name, "%s", name));
    p->bytes = malloc(length + 1);
    assert_non_null(p->bytes);
    memcpy(p->bytes, bytes, length);
    p->length = length;
    p->header = header < length ? header : length;
    p->deflate = deflate;
}

static void clear_sample(sample *s) {
    for (size_t i = 0; i < s->n; i++) free(s->pieces[i].bytes);
    s->n = 0;
}

static void copy_sample(const sample *from, sample *to) {
    *to = (sample){.read = from->read, .text = from->text, .dicom = from->dicom};
    for (size_t i = 0; i < from->n; i++)
        add_piece(to, from->pieces[i].name, from->pieces[i].bytes, from->pieces[i].length,
                  from->pieces[i].header, from->pieces[i].deflate);
}

/* gzip of bytes[length] in *out, to be freed. */
static size_t gzip(const uint8_t *bytes, size_t length, uint8_t **out) {
    z_stream z = {0};
    size_t room = length + 1024;
    *out = malloc(room);
    assert_non_null(*out);
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)bytes;
    z.avail_in = (uInt)length;
    z.next_out = *out;
    z.avail_out = (uInt)room;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return z.total_out;
}

/* ---- damage ------------------------------------------------------------------------------------------ */

static size_t below(ms_random *random, size_t n) {
    return (size_t)ms_random_below(random, n);
}

static void flip_bytes(ms_random *random, piece *p) {
    static const uint8_t special[] = {0x00, 0x01, 0x7f, 0x80, 0xff, 0xfe, '0', '9', '-', ' ', '\n'};
    const size_t reach = below(random, 4) ? p->header : p->length;
    for (size_t n = 1 + below(random, 6); n > 0 && reach > 0; n--)
        p->bytes[below(random, reach)] =
            below(random, 2) ? special[below(random, sizeof special)] : (uint8_t)below(random, 256);
}

static void take_piece_out(ms_random *random, piece *p) {
    if (p->length < 8) return;
    const size_t n = 1 + below(random, p->length / 4), at = below(random, p->length - n);
    memmove(p->bytes + at, p->bytes + at + n, p->length - at - n);
    p->length -= n;
    if (p->header > p->length) p->header = p->length;
}

/* Two or four bytes of the header, as they are aligned there, to an extreme. */
static void set_extreme(ms_random *random, piece *p) {
    static const uint32_t words[] = {0,          1,          0x7f,       0x80,       0xff,       0x7fff,
                                     0x8000,     0xffff,     0x7fffffff, 0x80000000, 0xffffffff, 0x7f800000,
                                     0xff800000, 0x7fc00000, 0x7f7fffff, 0x00000001, 0x0000803f};
    const uint32_t value = words[below(random, MS_COUNT(words))];
    const size_t width = below(random, 2) ? 2 : 4;
    if (p->header < 8) return;
    const size_t at = below(random, (p->header - 4) / 2) * 2;
    for (size_t b = 0; b < width; b++) p->bytes[at + b] = (uint8_t)(value >> (8 * b));
}

static const char *const numbers[] = {"0",          "-1",     "1e308",      "-1e308",
                                      "1e-300",     "nan",    "inf",        "-inf",
                                      "",           "999999", "2147483648", "18446744073709551616",
                                      "0.0000001",  "1e6",    "x",          "3 4",
                                      "1\\2\\3\\4", "65535",  "-0"};

/* A number in the text to another. */
static void set_number(ms_random *random, piece *p) {
    size_t starts[128], n = 0;
    for (size_t i = 1; i < p->header && n < MS_COUNT(starts); i++)
        if (strchr("0123456789", p->bytes[i]) && p->bytes[i] && !strchr("0123456789.", p->bytes[i - 1]))
            starts[n++] = i;
    if (n == 0) return;
    const size_t at = starts[below(random, n)];
    size_t end = at;
    while (end < p->header && p->bytes[end] && strchr("0123456789.eE", p->bytes[end])) end++;
    const char *value = numbers[below(random, MS_COUNT(numbers))];
    const size_t length = strlen(value), left = p->length - end;
    uint8_t *bytes = malloc(at + length + left + 1);
    assert_non_null(bytes);
    memcpy(bytes, p->bytes, at);
    memcpy(bytes + at, value, length);
    memcpy(bytes + at + length, p->bytes + end, left);
    free(p->bytes);
    p->bytes = bytes;
    p->header += length - (end - at);
    p->length += length - (end - at);
}

/* A text element of a slice to an extreme, its length changed with it. */
static void set_element(ms_random *random, piece *p) {
    static const uint32_t tags[] = {0x00200032, 0x00200037, 0x00280030, 0x00281052, 0x00281053, 0x00180050,
                                    0x00200013, 0x0020000E, 0x00080060, 0x00280004, 0x00020010, 0x00080016};
    const size_t at = find_element(p->bytes, p->length, tags[below(random, MS_COUNT(tags))]);
    if (at == 0) return;
    char value[64];
    const char *one = numbers[below(random, MS_COUNT(numbers))],
               *two = numbers[below(random, MS_COUNT(numbers))];
    assert_true(ms_text_format(value, sizeof value, below(random, 2) ? "%s" : "%s\\%s\\%s", one, two, one));
    const size_t old = (size_t)(p->bytes[at + 6] | p->bytes[at + 7] << 8), length = strlen(value),
                 even = length + length % 2, tail = at + 8 + old;
    if (tail > p->length) return;
    uint8_t *bytes = malloc(p->length + even + 1);
    assert_non_null(bytes);
    memcpy(bytes, p->bytes, at + 8);
    bytes[at + 6] = (uint8_t)even;
    bytes[at + 7] = 0;
    memset(bytes + at + 8, ' ', even);
    memcpy(bytes + at + 8, value, length);
    memcpy(bytes + at + 8 + even, p->bytes + tail, p->length - tail);
    p->length = p->length - old + even;
    p->header = p->header < p->length ? p->header : p->length;
    free(p->bytes);
    p->bytes = bytes;
}

/* Rows, columns, bits and the like. */
static void set_short(ms_random *random, piece *p) {
    static const uint32_t tags[] = {0x00280010, 0x00280011, 0x00280100, 0x00280101,
                                    0x00280102, 0x00280103, 0x00280002};
    static const unsigned values[] = {0, 1, 2, 7, 8, 15, 32, 255, 32767, 32768, 65535};
    const size_t at = find_element(p->bytes, p->length, tags[below(random, MS_COUNT(tags))]);
    const unsigned value = values[below(random, MS_COUNT(values))];
    if (at == 0 || at + 10 > p->length) return;
    p->bytes[at + 8] = (uint8_t)value;
    p->bytes[at + 9] = (uint8_t)(value >> 8);
}

static void swap_bytes(piece *a, piece *b) {
    const piece kept = *a;
    a->bytes = b->bytes, a->length = b->length, a->header = b->header;
    b->bytes = kept.bytes, b->length = kept.length, b->header = kept.header;
}

/* The place of one slice to another: two slices at one place, or both exchanged. */
static void swap_places(piece *a, piece *b, bool both) {
    const size_t at = find_element(a->bytes, a->length, 0x00200032),
                 to = find_element(b->bytes, b->length, 0x00200032);
    if (at == 0 || to == 0) return;
    const size_t length = (size_t)a->bytes[at + 6], other = (size_t)b->bytes[to + 6];
    if (length != other || at + 8 + length > a->length || to + 8 + length > b->length) return;
    uint8_t kept[256];
    memcpy(kept, b->bytes + to + 8, length);
    memcpy(b->bytes + to + 8, a->bytes + at + 8, length);
    if (both) memcpy(a->bytes + at + 8, kept, length);
}

static void damage_piece(ms_random *random, const sample *s, piece *p) {
    switch (below(random, 8)) {
    case 0:
        p->length = below(random, p->length + 1);
        p->header = p->header < p->length ? p->header : p->length;
        break;
    case 1:
        take_piece_out(random, p);
        break;
    case 2:
    case 3:
        if (s->dicom)
            set_short(random, p);
        else if (s->text)
            set_number(random, p);
        else
            set_extreme(random, p);
        break;
    case 4:
    case 5:
        if (s->dicom)
            set_element(random, p);
        else if (s->text)
            set_number(random, p);
        else
            set_extreme(random, p);
        break;
    default:
        flip_bytes(random, p);
        break;
    }
}

static void damage(ms_random *random, sample *s) {
    for (size_t n = 1 + below(random, 3); n > 0; n--) {
        piece *p = &s->pieces[below(random, s->n)], *q = &s->pieces[below(random, s->n)];
        const size_t kind = s->n > 1 ? below(random, 10) : 9;
        if (kind == 0) p->gone = true;
        if (kind == 1) swap_bytes(p, q);
        if (kind == 2) swap_places(p, q, below(random, 2) == 1);
        if (kind == 3 && p != q) { /* the same slice twice */
            free(q->bytes);
            q->bytes = malloc(p->length + 1);
            assert_non_null(q->bytes);
            memcpy(q->bytes, p->bytes, p->length);
            q->length = p->length, q->header = p->header;
        }
        if (kind > 3) damage_piece(random, s, p);
    }
}

/* ---- reading ------------------------------------------------------------------------------------------- */

static void write_sample(ms_random *random, const sample *s, const char *folder) {
    assert_ok(ms_remove_tree(folder, NULL));
    assert_ok(ms_make_dirs(folder, NULL));
    for (size_t i = 0; i < s->n; i++) {
        const piece *p = &s->pieces[i];
        if (p->gone) continue;
        char *path = ms_path_join(folder, p->name);
        if (p->deflate) {
            uint8_t *zipped;
            size_t length = gzip(p->bytes, p->length, &zipped);
            piece after = {.bytes = zipped, .length = length, .header = length < 12 ? length : 12};
            if (below(random, 4) == 0) flip_bytes(random, &after);
            if (below(random, 8) == 0) after.length = below(random, length);
            put_bytes(path, zipped, after.length);
            free(zipped);
        } else {
            put_bytes(path, p->bytes, p->length);
        }
        free(path);
    }
}

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void check_volume(const ms_scan *scan, const char *path) {
    const ms_geometry *g = &scan->volume.geometry;
    for (int a = 0; a < 3; a++)
        if (!(g->n[a] > 0 && isfinite(g->spacing_mm[a]) && g->spacing_mm[a] > 0 && isfinite(g->origin_mm[a])))
            fail_msg("%s: was read with a geometry that is none", path);
    for (size_t v = 0; v < ms_voxels(g); v++)
        if (!isfinite(scan->volume.data[v])) fail_msg("%s: was read with a value that is no number", path);
}

static void read_one(const char *path, const char *folder, size_t round) {
    ms_scan scan;
    ms_error err = {0};
    const double began = seconds();
    const ms_status status = ms_scan_read(path, NULL, &scan, &err);
    if (seconds() - began > SECONDS_LIMIT)
        fail_msg("round %zu: %s: took %g s", round, path, seconds() - began);
    if (status == MS_OK) {
        n_read++;
        check_volume(&scan, path);
        ms_scan_clear(&scan);
        return;
    }
    n_refused++;
    if (status != MS_EINPUT)
        fail_msg("round %zu: %s: status %s: %s", round, path, ms_status_name(status), err.message);
    if (strchr(err.message, '\n')) fail_msg("round %zu: more than a line: %s", round, err.message);
    if (strstr(err.message, "decoding it failed"))
        fail_msg("round %zu: a decoder crashed: %s", round, err.message);
    if (!strstr(err.message, ms_path_base(folder)))
        fail_msg("round %zu: the file is not named in: %s", round, err.message);
}

static void try_sample(const char *name, const sample *whole) {
    const char *folder = scratch("mutated");
    char *path = whole->read ? ms_path_join(folder, whole->read) : ms_strdup(folder);
    ms_random *random = ms_random_new(7, name);
    ms_scan scan;
    assert_true(path && random);
    write_sample(random, whole, folder);
    n_read = n_refused = 0;
    for (size_t round = 0; round < rounds; round++) {
        sample copy;
        copy_sample(whole, &copy);
        damage(random, &copy);
        write_sample(random, &copy, folder);
        read_one(path, folder, round);
        clear_sample(&copy);
    }
    print_message("%s: %zu read, %zu refused\n", name, n_read, n_refused);
    /* Not everything, or the damage was none; and not every time for want of the whole. */
    assert_true(n_refused > 0);
    for (size_t i = 0; i < whole->n; i++) {
        char *file = ms_path_join(folder, whole->pieces[i].name);
        if (whole->pieces[i].deflate) {
            uint8_t *zipped;
            const size_t length = gzip(whole->pieces[i].bytes, whole->pieces[i].length, &zipped);
            put_bytes(file, zipped, length);
            free(zipped);
        } else {
            put_bytes(file, whole->pieces[i].bytes, whole->pieces[i].length);
        }
        free(file);
    }
    assert_ok(ms_scan_read(path, NULL, &scan, NULL));
    ms_scan_clear(&scan);
    ms_random_free(random);
    free(path);
}

/* ---- the scans ------------------------------------------------------------------------------------------
 */

static void series_of_slices(void **state) {
    (void)state;
    ms_volume volume;
    sample s = {.dicom = true};
    make_volume(&volume, 6, 5, 9);
    write_dicom(&volume, scratch("series"), 2);
    for (size_t k = 0; k < 9; k++) {
        size_t length;
        char name[24];
        uint8_t *bytes = get_bytes(slice_path(scratch("series"), k), &length);
        assert_true(ms_text_format(name, sizeof name, "IM%zu.dcm", k));
        add_piece(&s, name, bytes, length, length - 60, false);
        free(bytes);
    }
    try_sample("series", &s);
    clear_sample(&s);
    ms_volume_clear(&volume);
}

static void one_file_with_frames(void **state) {
    (void)state;
    static const size_t order[7] = {3, 0, 5, 6, 1, 4, 2};
    ms_volume volume;
    sample s = {.dicom = true, .read = "frames.dcm"};
    size_t length;
    make_volume(&volume, 6, 5, 7);
    write_enhanced(&volume, order, AS_EXPLICIT, scratch("whole"));
    uint8_t *bytes = get_bytes(scratch("whole"), &length);
    add_piece(&s, "frames.dcm", bytes, length, length - 420, false);
    try_sample("frames", &s);
    free(bytes);
    clear_sample(&s);
    ms_volume_clear(&volume);
}

static void nifti(void **state) {
    (void)state;
    ms_volume volume;
    ms_error err = {0};
    size_t length;
    make_volume(&volume, 6, 5, 7);
    assert_ok(ms_volume_write_nifti(&volume, scratch("x.nii"), NULL, &err));
    uint8_t *bytes = get_bytes(scratch("x.nii"), &length);
    sample plain = {.read = "x.nii"}, zipped = {.read = "x.nii.gz"};
    add_piece(&plain, "x.nii", bytes, length, 352, false);
    add_piece(&zipped, "x.nii.gz", bytes, length, 352, true);
    try_sample("nii", &plain);
    try_sample("nii.gz", &zipped);
    clear_sample(&plain);
    clear_sample(&zipped);
    free(bytes);
    ms_volume_clear(&volume);
}

/* A text header and its data in one file, or in two. */
static void try_text(const char *name, const char *header, const char *header_file, const char *data_file,
                     bool zip) {
    uint8_t data[120], *zipped;
    sample s = {.read = header_file, .text = true};
    const size_t length = strlen(header);
    for (size_t i = 0; i < sizeof data; i++) data[i] = (uint8_t)(i % 2 ? 0 : i);
    size_t n = gzip(data, sizeof data, &zipped);
    const uint8_t *values = zip ? zipped : data;
    if (!zip) n = sizeof data;
    if (data_file) {
        add_piece(&s, header_file, header, length, length, false);
        add_piece(&s, data_file, values, n, n, false);
    } else {
        uint8_t *both = malloc(length + n);
        assert_non_null(both);
        memcpy(both, header, length);
        memcpy(both + length, values, n);
        add_piece(&s, header_file, both, length + n, length, false);
        free(both);
    }
    try_sample(name, &s);
    clear_sample(&s);
    free(zipped);
}

#define NRRD                                                                                                 \
    "NRRD0004\ntype: short\ndimension: 3\nsizes: 5 4 3\nendian: little\nspace: left-posterior-superior\n"    \
    "space directions: (2,0,0) (0,0.5,0) (0,0,3)\nspace origin: (1,2,3)\n"
#define META                                                                                                 \
    "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\n"                     \
    "TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 1 2 3\nElementSpacing = 2 0.5 3\nDimSize = 5 4 3\n"       \
    "ElementType = MET_SHORT\n"

static void nrrd(void **state) {
    (void)state;
    try_text("nrrd", NRRD "encoding: raw\n\n", "x.nrrd", NULL, false);
    try_text("nrrd gzip", NRRD "encoding: gzip\n\n", "x.nrrd", NULL, true);
    try_text("nhdr", NRRD "encoding: raw\ndata file: x.raw\n", "x.nhdr", "x.raw", false);
}

static void metaimage(void **state) {
    (void)state;
    try_text("mha", META "ElementDataFile = LOCAL\n", "x.mha", NULL, false);
    try_text("mhd", META "ElementDataFile = x.raw\n", "x.mhd", "x.raw", false);
    try_text("mhd compressed", META "CompressedData = True\nElementDataFile = x.zraw\n", "x.mhd", "x.zraw",
             true);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(series_of_slices),
        cmocka_unit_test(one_file_with_frames),
        cmocka_unit_test(nifti),
        cmocka_unit_test(nrrd),
        cmocka_unit_test(metaimage),
    };
    if (argc > 1 && (!ms_parse_size(argv[1], &rounds) || rounds == 0)) return 2;
#ifndef MS_SANITIZED
    const struct rlimit memory = {MEMORY_LIMIT, MEMORY_LIMIT};
    if (setrlimit(RLIMIT_AS, &memory) != 0) return 2;
#endif
    ms_threads_set(2);
    return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
