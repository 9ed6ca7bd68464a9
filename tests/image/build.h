/* tests/image/build.h: DICOM files made element by element: enhanced CT, segmentations and structure sets, in
 * any of the encodings that are not compressed. */
#ifndef MS_TESTS_IMAGE_BUILD_H
#define MS_TESTS_IMAGE_BUILD_H

#include "image/make.h"

#include <zlib.h>

typedef enum encoding { AS_EXPLICIT, AS_IMPLICIT, AS_BIG_ENDIAN, AS_DEFLATED, AS_BARE } encoding;

/* A run of elements in one encoding. */
typedef struct build {
    ms_buffer out;
    encoding as;
} build;

static inline build build_new(encoding as) {
    build b = {.as = as};
    ms_buffer_init(&b.out);
    return b;
}

static inline void put_u16(build *b, unsigned value) {
    uint8_t low = (uint8_t)(value & 0xff), high = (uint8_t)(value >> 8 & 0xff);
    uint8_t bytes[2] = {b->as == AS_BIG_ENDIAN ? high : low, b->as == AS_BIG_ENDIAN ? low : high};
    ms_buffer_append_bytes(&b->out, bytes, 2);
}

static inline void put_u32(build *b, uint32_t value) {
    put_u16(b, b->as == AS_BIG_ENDIAN ? value >> 16 : value & 0xffff);
    put_u16(b, b->as == AS_BIG_ENDIAN ? value & 0xffff : value >> 16);
}

static inline void put_head(build *b, uint32_t tag, const char *vr, size_t length) {
    put_u16(b, tag >> 16);
    put_u16(b, tag & 0xffff);
    if (b->as == AS_IMPLICIT || b->as == AS_BARE || !vr) {
        put_u32(b, (uint32_t)length);
        return;
    }
    ms_buffer_append_bytes(&b->out, vr, 2);
    if (strstr("OB OW SQ UT UN", vr)) {
        put_u16(b, 0);
        put_u32(b, (uint32_t)length);
    } else {
        put_u16(b, (unsigned)length);
    }
}

static inline void put_value(build *b, uint32_t tag, const char *vr, const void *bytes, size_t n) {
    put_head(b, tag, vr, n + n % 2);
    ms_buffer_append_bytes(&b->out, bytes, n);
    if (n % 2)
        ms_buffer_append_bytes(&b->out, strcmp(vr, "UI") == 0 || strcmp(vr, "OB") == 0 ? "\0" : " ", 1);
}

static inline void put_words(build *b, uint32_t tag, const char *vr, const char *text) {
    put_value(b, tag, vr, text, strlen(text));
}

static inline void put_number(build *b, uint32_t tag, unsigned value) {
    put_head(b, tag, "US", 2);
    put_u16(b, value);
}

static inline void put_decimals(build *b, uint32_t tag, const double *values, size_t n) {
    char text[256] = "";
    for (size_t i = 0; i < n; i++) {
        size_t used = strlen(text);
        assert_true(ms_text_format(text + used, sizeof text - used, "%s%.10g", i ? "\\" : "", values[i]));
    }
    put_words(b, tag, "DS", text);
}

/* A sequence of the items given, which are freed. */
static inline void put_sequence(build *b, uint32_t tag, build *items, size_t n) {
    size_t length = 0;
    for (size_t i = 0; i < n; i++) length += 8 + items[i].out.length;
    put_head(b, tag, "SQ", length);
    for (size_t i = 0; i < n; i++) {
        put_head(b, 0xFFFEE000, NULL, items[i].out.length);
        ms_buffer_append_bytes(&b->out, items[i].out.data, items[i].out.length);
        ms_buffer_clear(&items[i].out);
    }
}

static inline void put_one_item(build *b, uint32_t tag, build *item) {
    put_sequence(b, tag, item, 1);
}

/* The data set as a file with preamble and header; the data set is freed. */
static inline void put_file(build *set, const char *class, const char *path) {
    static const char *const syntaxes[] = {"1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.2",
                                           "1.2.840.10008.1.2.1.99"};
    build file = build_new(AS_EXPLICIT);
    if (set->as != AS_BARE) {
        static const uint8_t zeros[128] = {0};
        ms_buffer_append_bytes(&file.out, zeros, sizeof zeros);
        ms_buffer_append(&file.out, "DICM");
        put_words(&file, 0x00020002, "UI", class);
        put_words(&file, 0x00020010, "UI", syntaxes[set->as]);
    }
    if (set->as == AS_DEFLATED) {
        z_stream z = {0};
        size_t room = set->out.length + 1024;
        uint8_t *packed = malloc(room);
        assert_non_null(packed);
        assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
        z.next_in = (Bytef *)set->out.data;
        z.avail_in = (uInt)set->out.length;
        z.next_out = packed;
        z.avail_out = (uInt)room;
        assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
        ms_buffer_append_bytes(&file.out, packed, z.total_out);
        deflateEnd(&z);
        free(packed);
    } else {
        ms_buffer_append_bytes(&file.out, set->out.data, set->out.length);
    }
    assert_false(ms_buffer_failed(&file.out));
    put_bytes(path, file.out.data, file.out.length);
    ms_buffer_clear(&file.out);
    ms_buffer_clear(&set->out);
}

/* ---- what images share ------------------------------------------------------------------------------ */

static inline void put_identity(build *b, const char *class, const char *modality) {
    put_words(b, 0x00080016, "UI", class);
    put_words(b, 0x00080060, "CS", modality);
    put_words(b, 0x00100010, "PN", "PLANTED^NAME");
    put_words(b, 0x0020000D, "UI", "2.25.4");
    put_words(b, 0x0020000E, "UI", "2.25.5");
}

static inline void put_matrix(build *b, unsigned rows, unsigned columns, unsigned frames, unsigned bits,
                              unsigned is_signed) {
    char text[16];
    assert_true(ms_text_format(text, sizeof text, "%u", frames));
    put_number(b, 0x00280002, 1);
    put_words(b, 0x00280004, "CS", "MONOCHROME2");
    put_words(b, 0x00280008, "IS", text);
    put_number(b, 0x00280010, rows);
    put_number(b, 0x00280011, columns);
    put_number(b, 0x00280100, bits);
    put_number(b, 0x00280101, bits);
    put_number(b, 0x00280102, bits - 1);
    put_number(b, 0x00280103, is_signed);
}

/* Orientation and spacing that all frames of an axial volume share. */
static inline void put_shared(build *b, const ms_geometry *g) {
    static const double axes[6] = {1, 0, 0, 0, 1, 0};
    double spacing[2] = {g->spacing_mm[1], g->spacing_mm[0]}, thickness = g->spacing_mm[2];
    build shared = build_new(b->as), orientation = build_new(b->as), measures = build_new(b->as);
    put_decimals(&orientation, 0x00200037, axes, 6);
    put_one_item(&shared, 0x00209116, &orientation);
    put_decimals(&measures, 0x00180050, &thickness, 1);
    put_decimals(&measures, 0x00280030, spacing, 2);
    put_one_item(&shared, 0x00289110, &measures);
    put_one_item(b, 0x52009229, &shared);
}

static inline void put_position(build *frame, const ms_geometry *g, size_t k) {
    double at[3] = {0.0, 0.0, (double)k}, mm[3];
    build position = build_new(frame->as);
    ms_index_to_mm(g, at, mm);
    put_decimals(&position, 0x00200032, mm, 3);
    put_one_item(frame, 0x00209113, &position);
}

/* ---- enhanced CT ------------------------------------------------------------------------------------ */

#define MS_CT "1.2.840.10008.5.1.4.1.1.2"
#define ENHANCED_CT "1.2.840.10008.5.1.4.1.1.2.1"

/* All slices in one file, frame f being slice order[f], each with an intercept of its own. */
static inline void write_enhanced(const ms_volume *volume, const size_t *order, encoding as,
                                  const char *path) {
    const ms_geometry *g = &volume->geometry;
    size_t n = g->n[2], plane = g->n[0] * g->n[1];
    build set = build_new(as), *frames = calloc(n, sizeof *frames);
    assert_non_null(frames);
    put_words(&set, 0x00080008, "CS", "ORIGINAL\\PRIMARY\\VOLUME\\NONE");
    put_identity(&set, ENHANCED_CT, "CT");
    put_matrix(&set, (unsigned)g->n[1], (unsigned)g->n[0], (unsigned)n, 16, 1);
    put_shared(&set, g);
    for (size_t f = 0; f < n; f++) {
        double intercept = -1000.0 - (double)order[f], slope = 1.0;
        build values = build_new(as);
        frames[f] = build_new(as);
        put_position(&frames[f], g, order[f]);
        put_decimals(&values, 0x00281052, &intercept, 1);
        put_decimals(&values, 0x00281053, &slope, 1);
        put_one_item(&frames[f], 0x00289145, &values);
    }
    put_sequence(&set, 0x52009230, frames, n);
    put_head(&set, 0x7FE00010, "OW", 2 * n * plane);
    for (size_t f = 0; f < n; f++)
        for (size_t v = 0; v < plane; v++) {
            double stored = (double)volume->data[order[f] * plane + v] + 1000.0 + (double)order[f];
            put_u16(&set, (unsigned)(uint16_t)(int16_t)stored);
        }
    put_file(&set, ENHANCED_CT, path);
    free(frames);
}

/* ---- segmentations ---------------------------------------------------------------------------------- */

#define SEGMENTATION "1.2.840.10008.5.1.4.1.1.66.4"

/* Frame f holds the voxels of slice slices[f] whose label is segments[f]; `names` are those of segments 1 to
 * n_names. FRACTIONAL with `bits` 8: 200 of 255 inside, 100 outside. */
static inline void write_seg(const ms_mask *truth, const size_t *slices, const unsigned *segments, size_t n,
                             const char *const *names, size_t n_names, unsigned bits, encoding as,
                             const char *path) {
    const ms_geometry *g = &truth->geometry;
    size_t plane = g->n[0] * g->n[1], length = bits == 1 ? (n * plane + 7) / 8 : n * plane;
    build set = build_new(as), *items = calloc(n_names + n, sizeof *items);
    uint8_t *pixels = calloc(length + 1, 1);
    assert_true(items && pixels);
    put_identity(&set, SEGMENTATION, "SEG");
    put_matrix(&set, (unsigned)g->n[1], (unsigned)g->n[0], (unsigned)n, bits, 0);
    put_words(&set, 0x00620001, "CS", bits == 1 ? "BINARY" : "FRACTIONAL");
    for (size_t s = 0; s < n_names; s++) {
        items[s] = build_new(as);
        put_number(&items[s], 0x00620004, (unsigned)s + 1);
        put_words(&items[s], 0x00620005, "LO", names[s]);
    }
    put_sequence(&set, 0x00620002, items, n_names);
    if (bits == 8) put_number(&set, 0x0062000E, 255);
    put_shared(&set, g);
    for (size_t f = 0; f < n; f++) {
        build segment = build_new(as);
        items[f] = build_new(as);
        put_position(&items[f], g, slices[f]);
        put_number(&segment, 0x0062000B, segments[f]);
        put_one_item(&items[f], 0x0062000A, &segment);
        for (size_t v = 0; v < plane; v++) {
            bool in = truth->data[slices[f] * plane + v] == segments[f];
            size_t bit = f * plane + v;
            if (bits == 8) pixels[bit] = in ? 200 : 100;
            if (bits == 1 && in) pixels[bit / 8] = (uint8_t)(pixels[bit / 8] | 1u << bit % 8);
        }
    }
    put_sequence(&set, 0x52009230, items, n);
    put_value(&set, 0x7FE00010, "OB", pixels, length);
    put_file(&set, SEGMENTATION, path);
    free(pixels);
    free(items);
}

/* ---- structure sets --------------------------------------------------------------------------------- */

#define STRUCTURE_SET "1.2.840.10008.5.1.4.1.1.481.3"

typedef struct test_contour {
    unsigned roi;      /* 1, 2, ... */
    const double *xyz; /* mm */
    size_t points;
} test_contour;

static inline void write_rtstruct(const char *const *names, size_t n_names, const test_contour *contours,
                                  size_t n, encoding as, const char *path) {
    build set = build_new(as), *items = calloc(n_names + 1, sizeof *items),
          *inner = calloc(n + 1, sizeof *inner);
    char text[16];
    assert_true(items && inner);
    put_identity(&set, STRUCTURE_SET, "RTSTRUCT");
    for (size_t r = 0; r < n_names; r++) {
        items[r] = build_new(as);
        assert_true(ms_text_format(text, sizeof text, "%zu", r + 1));
        put_words(&items[r], 0x30060022, "IS", text);
        put_words(&items[r], 0x30060026, "LO", names[r]);
    }
    put_sequence(&set, 0x30060020, items, n_names);
    for (size_t r = 0; r < n_names; r++) {
        size_t count = 0;
        items[r] = build_new(as);
        for (size_t c = 0; c < n; c++) {
            if (contours[c].roi != r + 1) continue;
            ms_buffer values;
            ms_buffer_init(&values);
            inner[count] = build_new(as);
            put_words(&inner[count], 0x30060042, "CS", "CLOSED_PLANAR");
            assert_true(ms_text_format(text, sizeof text, "%zu", contours[c].points));
            put_words(&inner[count], 0x30060046, "IS", text);
            for (size_t v = 0; v < 3 * contours[c].points; v++)
                ms_buffer_printf(&values, "%s%.8g", v ? "\\" : "", contours[c].xyz[v]);
            put_words(&inner[count], 0x30060050, "DS", values.data);
            ms_buffer_clear(&values);
            count++;
        }
        put_sequence(&items[r], 0x30060040, inner, count);
        assert_true(ms_text_format(text, sizeof text, "%zu", r + 1));
        put_words(&items[r], 0x30060084, "IS", text);
    }
    put_sequence(&set, 0x30060039, items, n_names);
    put_file(&set, STRUCTURE_SET, path);
    free(inner);
    free(items);
}

#endif
