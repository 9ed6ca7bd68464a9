/* tests/image/make.h: small volumes with a value of its own in every voxel, stored in any orientation, and
 * edits of the files they are written to. */
#ifndef MS_TESTS_IMAGE_MAKE_H
#define MS_TESTS_IMAGE_MAKE_H

#include "base/scratch.h"

#include "myosurv/image.h"

#include <math.h>
#include <sys/stat.h>

#define assert_ok(call)                                                                                      \
    do {                                                                                                     \
        ms_error error_ = {0};                                                                               \
        ms_status status_ = (call);                                                                          \
        (void)error_;                                                                                        \
        if (status_) fail_msg("%s: status %s", #call, ms_status_name(status_));                              \
    } while (0)

/* A canonical volume in which no two planes are alike: HU from -1000 to 999. */
static inline void make_volume(ms_volume *volume, size_t nx, size_t ny, size_t nz) {
    ms_geometry g = {.n = {nx, ny, nz},
                     .spacing_mm = {0.75, 1.25, 2.5},
                     .origin_mm = {-31.5, -47.25, 12.5},
                     .direction = {1, 0, 0, 0, 1, 0, 0, 0, 1}};
    ms_error err = {0};
    if (ms_volume_alloc(volume, &g, &err)) fail_msg("%s", err.message);
    for (size_t v = 0; v < nx * ny * nz; v++) volume->data[v] = (float)((double)(v * 7919 % 2000) - 1000.0);
}

/* The same image stored with canonical axis c on axis[c], reversed where flip[c]. */
static inline void store_as(const ms_volume *canonical, const int axis[3], const bool flip[3],
                            ms_volume *stored) {
    const ms_geometry *g = &canonical->geometry;
    ms_geometry s = {0};
    double corner[3];
    for (int c = 0; c < 3; c++) {
        s.n[axis[c]] = g->n[c];
        s.spacing_mm[axis[c]] = g->spacing_mm[c];
        s.direction[3 * c + axis[c]] = flip[c] ? -1.0 : 1.0;
        corner[c] = flip[c] ? (double)g->n[c] - 1.0 : 0.0;
    }
    ms_index_to_mm(g, corner, s.origin_mm);
    ms_error err = {0};
    if (ms_volume_alloc(stored, &s, &err)) fail_msg("%s", err.message);
    for (size_t k = 0; k < g->n[2]; k++)
        for (size_t j = 0; j < g->n[1]; j++)
            for (size_t i = 0; i < g->n[0]; i++) {
                size_t from[3] = {i, j, k}, to[3];
                for (int c = 0; c < 3; c++) to[axis[c]] = flip[c] ? g->n[c] - 1 - from[c] : from[c];
                stored->data[ms_voxel_index(&s, to[0], to[1], to[2])] =
                    canonical->data[ms_voxel_index(g, i, j, k)];
            }
}

static inline void assert_same_volume(const ms_volume *a, const ms_volume *b) {
    assert_true(ms_geometry_same(&a->geometry, &b->geometry));
    assert_memory_equal(a->data, b->data, ms_voxels(&a->geometry) * sizeof *a->data);
}

/* The six orders of three axes. */
static const int orders[6][3] = {{0, 1, 2}, {1, 0, 2}, {2, 1, 0}, {0, 2, 1}, {1, 2, 0}, {2, 0, 1}};

static inline void write_dicom(const ms_volume *volume, const char *folder, uint64_t seed) {
    ms_dicom_tags tags = {.series_description = "SYNTHETIC",
                          .kernel = "B30f",
                          .kvp = 120,
                          .slice_thickness_mm = 5,
                          .sex = 'F',
                          .uid_seed = seed};
    ms_error err = {0};
    if (ms_volume_write_dicom(volume, folder, &tags, &err)) fail_msg("%s", err.message);
}

/* Whole file in memory, *length bytes, to be freed. */
static inline uint8_t *get_bytes(const char *path, size_t *length) {
    char *data = NULL;
    assert_int_equal(ms_file_read(path, 1 << 26, &data, length, NULL), MS_OK);
    return (uint8_t *)data;
}

/* Offset of the element's 8-byte head (short explicit VR) in one of our own DICOM files, or 0. */
static inline size_t find_element(const uint8_t *bytes, size_t length, uint32_t tag) {
    uint8_t head[4] = {(uint8_t)(tag >> 16), (uint8_t)(tag >> 24), (uint8_t)tag, (uint8_t)(tag >> 8)};
    for (size_t at = 132; at + 8 <= length; at++)
        if (memcmp(bytes + at, head, 4) == 0) return at;
    return 0;
}

/* Replaces bytes [at, at + old) of a file by value[n]. */
static inline void splice(const char *path, size_t at, size_t old, const void *value, size_t n) {
    size_t length;
    uint8_t *bytes = get_bytes(path, &length);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, at, file), at);
    assert_int_equal(fwrite(value, 1, n, file), n);
    assert_int_equal(fwrite(bytes + at + old, 1, length - at - old, file), length - at - old);
    assert_int_equal(fclose(file), 0);
    free(bytes);
}

/* Gives a text element of one of our DICOM files another value (padded to an even length). */
static inline void set_text(const char *path, uint32_t tag, const char *text) {
    size_t length;
    uint8_t *bytes = get_bytes(path, &length);
    size_t at = find_element(bytes, length, tag);
    assert_int_not_equal(at, 0);
    size_t old = (size_t)(bytes[at + 6] | bytes[at + 7] << 8), n = strlen(text);
    free(bytes);
    char value[256];
    size_t even = n + n % 2;
    assert_true(even + 2 < sizeof value);
    memcpy(value + 2, text, n);
    if (even > n) value[2 + n] = ' ';
    value[0] = (char)even;
    value[1] = 0;
    splice(path, at + 6, 2 + old, value, 2 + even);
}

/* "IM0001.dcm" of slice k in the folder. */
static inline const char *slice_path(const char *folder, size_t k) {
    static char path[512];
    assert_true(ms_text_format(path, sizeof path, "%s/IM%04zu.dcm", folder, k + 1));
    return path;
}

/* Reads and expects MS_EINPUT with every one of the words in the message. */
static inline void assert_refused(const char *path, const char *word, const char *another) {
    ms_scan scan;
    ms_error err = {0};
    memset(&scan, 0x5a, sizeof scan);
    ms_status status = ms_scan_read(path, NULL, &scan, &err);
    if (status == MS_OK) fail_msg("%s: was read; '%s' was expected", path, word);
    assert_int_equal(status, MS_EINPUT);
    assert_int_equal(scan.info.files, (size_t)0x5a5a5a5a5a5a5a5a); /* untouched on failure */
    if (!strstr(err.message, word) || (another && !strstr(err.message, another)))
        fail_msg("'%s' is not in: %s", strstr(err.message, word) ? another : word, err.message);
    assert_null(strchr(err.message, '\n'));
}

#endif
