/* image/file_header.c: the header of a single-file format against the bytes that are there. */
#include "image/private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_LIMIT (64u << 10)
#define NIFTI_HEADER 544u

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

/* A plain file is as long as it says; a compressed one is inflated to see. */
static ms_status check_bytes(const char *path, uint64_t offset, bool compressed, uint64_t bytes,
                             ms_error *err) {
    uint64_t there;
    ms_inflater *in = NULL;
    ms_status status;
    if (compressed) {
        status = ms_inflater_open(&in, path, offset, true, err);
        if (!status) status = ms_inflater_check_rest(in, bytes, err);
        ms_inflater_close(in);
        return status;
    }
    status = ms_file_size(path, &there, err);
    if (status) return status;
    there = there > offset ? there - offset : 0;
    if (there < bytes)
        return ms_error_set(err, MS_EINPUT,
                            "%s: image data end after %" PRIu64 " of %" PRIu64
                            " bytes (truncated file?); copy it again",
                            path, there, bytes);
    return MS_OK;
}

/* In a .nii.gz the header itself is compressed. */
static ms_status read_nifti_start(const char *path, uint8_t *bytes, size_t *length, ms_error *err) {
    ms_inflater *in = NULL;
    ms_status status = ms_inflater_open(&in, path, 0, true, err);
    if (!status) status = ms_inflater_read(in, bytes, NIFTI_HEADER, length, err);
    ms_inflater_close(in);
    return status;
}

static ms_status check_data(const char *path, const ms_file_header *h, uint64_t bytes, ms_error *err) {
    char *data_path = ms_data_file_path(path, h);
    if (!data_path) return ms_error_nomem(err);
    ms_status status;
    if (h->all_compressed)
        status = check_bytes(data_path, 0, true, h->data_offset + bytes, err);
    else
        status = check_bytes(data_path, h->data_offset, h->compressed, bytes, err);
    free(data_path);
    if (status && h->data_file[0]) ms_error_prefix(err, "%s", path);
    return status;
}

ms_status ms_file_header_check(ms_image_format format, const char *path, uint64_t max_bytes, bool header_only,
                               ms_file_header *header, ms_error *err) {
    uint8_t *bytes = ms_calloc(HEADER_LIMIT, 1);
    size_t length = 0;
    ms_file_header h;
    uint64_t data = 0;
    if (!bytes) return ms_error_nomem(err);
    ms_status status = read_start(path, bytes, HEADER_LIMIT, &length, err);
    bool zipped = format == MS_FORMAT_NIFTI && length >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
    if (!status && zipped) status = read_nifti_start(path, bytes, &length, err);
    if (!status) status = parse(format, bytes, length, path, &h, err);
    if (!status) status = data_bytes(&h, max_bytes, path, &data, err);
    if (!status) {
        h.all_compressed = zipped;
        /* When it is read anyway, reading finds out; there is no need to inflate twice. */
        if (header_only || !(zipped || h.compressed)) status = check_data(path, &h, data, err);
    }
    free(bytes);
    if (!status) *header = h;
    return status;
}
