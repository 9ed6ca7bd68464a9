/* image/file_header.c: the header of a single-file format against the bytes that are there. */
#include "image/private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_LIMIT (64u << 10)

static ms_status read_start(const char *path, uint8_t *bytes, size_t size, size_t *length, ms_error *err) {
    FILE *file = fopen(path, "rb");
    if (!file) return ms_error_set(err, MS_EINPUT, "%s: cannot open it", path);
    *length = fread(bytes, 1, size, file);
    bool bad = ferror(file) != 0;
    fclose(file);
    return bad ? ms_error_set(err, MS_EINPUT, "%s: cannot read it", path) : MS_OK;
}

static ms_status parse(ms_image_format format, const uint8_t *bytes, size_t length, const char *path,
                       ms_file_header *h, ms_error *err) {
    switch (format) {
    case MS_FORMAT_NIFTI:
        return ms_nifti_header_parse(bytes, length, path, h, err);
    case MS_FORMAT_NRRD:
        return ms_nrrd_header_parse(bytes, length, path, h, err);
    case MS_FORMAT_META:
        return ms_meta_header_parse(bytes, length, path, h, err);
    default:
        return ms_error_set(err, MS_EINTERNAL, "%s: not a single-file format", path);
    }
}

/* The sizes' product in bytes; MS_EINPUT when it passes the limit. */
static ms_status data_bytes(const ms_file_header *h, uint64_t max_bytes, const char *path, uint64_t *bytes,
                            ms_error *err) {
    /* Decoded voxels are floats, whatever they are in the file. */
    uint64_t each = h->voxel_bytes > sizeof(float) ? h->voxel_bytes : sizeof(float), total = each;
    for (int axis = 0; axis < 3; axis++) {
        if (total > max_bytes / h->n[axis])
            return ms_error_set(
                err, MS_EINPUT,
                "%s: the header declares %zu x %zu x %zu voxels, more than the limit of %" PRIu64
                " MiB; is it right?",
                path, h->n[0], h->n[1], h->n[2], max_bytes >> 20);
        total *= h->n[axis];
    }
    *bytes = total / each * h->voxel_bytes;
    return MS_OK;
}

static ms_status check_bytes(const ms_file_header *h, bool all_inflated, const char *path, uint64_t bytes,
                             ms_error *err) {
    uint64_t there;
    if (all_inflated) return ms_inflated_size_check(path, 0, h->data_offset + bytes, err);
    if (h->compressed) return ms_inflated_size_check(path, h->data_offset, bytes, err);
    ms_status status = ms_file_size(path, &there, err);
    if (status) return status;
    there = there > h->data_offset ? there - h->data_offset : 0;
    if (there < bytes)
        return ms_error_set(err, MS_EINPUT,
                            "%s: image data end after %" PRIu64 " of %" PRIu64
                            " bytes (truncated file?); copy it again",
                            path, there, bytes);
    return MS_OK;
}

static ms_status check_data(const char *path, const ms_file_header *h, bool all_inflated, uint64_t bytes,
                            ms_error *err) {
    if (!h->data_file[0]) return check_bytes(h, all_inflated, path, bytes, err);
    const char *base = ms_path_base(path);
    char *folder = ms_strdup(path);
    if (!folder) return ms_error_nomem(err);
    folder[base - path] = '\0';
    char *data_path = ms_path_join(folder[0] ? folder : ".", h->data_file);
    free(folder);
    if (!data_path) return ms_error_nomem(err);
    ms_status status = check_bytes(h, false, data_path, bytes, err);
    free(data_path);
    return status;
}

ms_status ms_file_header_check(ms_image_format format, const char *path, uint64_t max_bytes,
                               ms_file_header *header, ms_error *err) {
    uint8_t *bytes = ms_calloc(HEADER_LIMIT, 1);
    size_t length = 0;
    ms_file_header h;
    uint64_t data = 0;
    if (!bytes) return ms_error_nomem(err);
    ms_status status = read_start(path, bytes, HEADER_LIMIT, &length, err);
    bool zipped = format == MS_FORMAT_NIFTI && length >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
    if (!status && zipped) status = ms_inflate_start(path, bytes, HEADER_LIMIT, &length, err);
    if (!status) status = parse(format, bytes, length, path, &h, err);
    if (!status) status = data_bytes(&h, max_bytes, path, &data, err);
    if (!status) status = check_data(path, &h, zipped, data, err);
    free(bytes);
    if (!status) *header = h;
    return status;
}
