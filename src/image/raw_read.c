/* image/raw_read.c: the values of a NIfTI, NRRD or MetaImage file. */
#include "image/private.h"

#include <stdlib.h>
#include <string.h>

#define VOXELS_AT_ONCE (32u << 10)

static uint64_t get_bits(const uint8_t *p, unsigned bytes, bool big_endian) {
    uint64_t bits = 0;
    for (unsigned i = 0; i < bytes; i++) bits |= (uint64_t)p[big_endian ? bytes - 1 - i : i] << (8 * i);
    return bits;
}

static double to_number(uint64_t bits, const ms_file_header *h) {
    if (h->kind == 'u') return (double)bits;
    if (h->kind == 'f' && h->voxel_bytes == 4) {
        float value;
        uint32_t low = (uint32_t)bits;
        memcpy(&value, &low, sizeof value);
        return (double)value;
    }
    if (h->kind == 'f') {
        double value;
        memcpy(&value, &bits, sizeof value);
        return value;
    }
    switch (h->voxel_bytes) {
    case 1:
        return (double)(int8_t)(uint8_t)bits;
    case 2:
        return (double)(int16_t)(uint16_t)bits;
    case 4:
        return (double)(int32_t)(uint32_t)bits;
    default:
        return (double)(int64_t)bits;
    }
}

/* Little-endian 16-bit whole numbers, as nearly all scans are, and bytes the short way. */
void ms_raw_convert(const uint8_t *bytes, size_t n, const ms_file_header *h, float *values) {
    const double slope = h->slope, intercept = h->intercept;
    if (h->kind == 'u' && h->voxel_bytes == 1) {
        for (size_t v = 0; v < n; v++) values[v] = (float)((double)bytes[v] * slope + intercept);
        return;
    }
    if (h->kind == 'i' && h->voxel_bytes == 2 && !h->big_endian) {
        for (size_t v = 0; v < n; v++) {
            int16_t value = (int16_t)(uint16_t)(bytes[2 * v] | bytes[2 * v + 1] << 8);
            values[v] = (float)((double)value * slope + intercept);
        }
        return;
    }
    for (size_t v = 0; v < n; v++) {
        uint64_t bits = get_bits(bytes + v * h->voxel_bytes, h->voxel_bytes, h->big_endian);
        values[v] = (float)(to_number(bits, h) * slope + intercept);
    }
}

/* A data file of its own is named, but so is the header that names it. */
static ms_status name_header(const char *path, const ms_file_header *h, ms_status status, ms_error *err) {
    if (status && h->data_file[0]) ms_error_prefix(err, "%s", path);
    return status;
}

char *ms_data_file_path(const char *path, const ms_file_header *h) {
    if (!h->data_file[0]) return ms_strdup(path);
    char *folder = ms_strdup(path);
    if (!folder) return NULL;
    folder[ms_path_base(path) - path] = '\0';
    char *data_path = folder[0] ? ms_path_join(folder, h->data_file) : ms_strdup(h->data_file);
    free(folder);
    return data_path;
}

/* Reads `n` bytes that are needed; `rest` more are needed after them. */
static ms_status read_needed(ms_inflater *in, uint8_t *bytes, size_t n, uint64_t rest, const char *path,
                             ms_error *err) {
    size_t length = 0;
    ms_status status = ms_inflater_read(in, bytes, n, &length, err);
    if (!status && length < n)
        status = ms_error_set(err, MS_EINPUT,
                              "%s: image data end %llu bytes too early (truncated file?); copy it again",
                              path, (unsigned long long)(n - length + rest));
    return status;
}

static ms_status read_stream(ms_inflater *in, const ms_file_header *h, const char *path, float *values,
                             ms_error *err) {
    uint64_t left = (uint64_t)h->n[0] * h->n[1] * h->n[2];
    uint64_t skip = h->all_compressed ? h->data_offset : 0;
    uint8_t *bytes = ms_calloc(VOXELS_AT_ONCE, h->voxel_bytes);
    if (!bytes) return ms_error_nomem(err);
    ms_status status = MS_OK;
    while (!status && skip > 0) {
        size_t part = skip < VOXELS_AT_ONCE ? (size_t)skip : VOXELS_AT_ONCE;
        skip -= part;
        status = read_needed(in, bytes, part, skip + left * h->voxel_bytes, path, err);
    }
    while (!status && left > 0) {
        size_t part = left < VOXELS_AT_ONCE ? (size_t)left : VOXELS_AT_ONCE;
        left -= part;
        status = read_needed(in, bytes, part * h->voxel_bytes, left * h->voxel_bytes, path, err);
        if (!status) ms_raw_convert(bytes, part, h, values);
        values += part;
    }
    /* The check sum, and that nothing much follows; other data may follow plain ones. */
    if (!status && (h->compressed || h->all_compressed)) status = ms_inflater_check_rest(in, 0, err);
    free(bytes);
    return status;
}

ms_status ms_raw_read_values(const char *path, const ms_file_header *h, float *values, ms_error *err) {
    ms_inflater *in = NULL;
    char *data_path = ms_data_file_path(path, h);
    if (!data_path) return ms_error_nomem(err);
    ms_status status = h->all_compressed
                           ? ms_inflater_open(&in, data_path, 0, true, err)
                           : ms_inflater_open(&in, data_path, h->data_offset, h->compressed, err);
    if (!status) status = read_stream(in, h, data_path, values, err);
    ms_inflater_close(in);
    free(data_path);
    return name_header(path, h, status, err);
}
