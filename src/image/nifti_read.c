/* image/nifti_read.c: the values of a NIfTI-1 file. */
#include "image/private.h"

#include <stdlib.h>
#include <string.h>

#define VOXELS_AT_ONCE (32u << 10)

static uint64_t get_bits(const uint8_t *p, unsigned bytes, bool swapped) {
    uint64_t bits = 0;
    for (unsigned i = 0; i < bytes; i++) bits |= (uint64_t)p[swapped ? bytes - 1 - i : i] << (8 * i);
    return bits;
}

/* Codes of nifti1.h: DT_UINT8 2, DT_INT16 4, DT_INT32 8, DT_FLOAT32 16, DT_FLOAT64 64, DT_INT8 256, DT_UINT16
 * 512, DT_UINT32 768, DT_INT64 1024, DT_UINT64 1280. */
static double to_number(uint64_t bits, int type) {
    float single;
    double twice;
    uint32_t low = (uint32_t)bits;
    switch (type) {
    case 4:
        return (double)(int16_t)(uint16_t)bits;
    case 8:
        return (double)(int32_t)low;
    case 16:
        memcpy(&single, &low, sizeof single);
        return (double)single;
    case 64:
        memcpy(&twice, &bits, sizeof twice);
        return twice;
    case 256:
        return (double)(int8_t)(uint8_t)bits;
    case 1024:
        return (double)(int64_t)bits;
    default:
        return (double)bits;
    }
}

ms_status ms_nifti_read_values(const char *path, const ms_file_header *h, float *values, ms_error *err) {
    uint64_t left = (uint64_t)h->n[0] * h->n[1] * h->n[2];
    size_t length = 0;
    ms_inflater *in = NULL;
    uint8_t *bytes = ms_calloc(VOXELS_AT_ONCE, h->voxel_bytes);
    if (!bytes) return ms_error_nomem(err);
    ms_status status = ms_inflater_open(&in, path, 0, h->compressed, err);
    for (uint64_t skip = h->data_offset; !status && skip > 0; skip -= length) {
        size_t part = skip < VOXELS_AT_ONCE ? (size_t)skip : VOXELS_AT_ONCE;
        status = ms_inflater_read(in, bytes, part, &length, err);
        if (!status && length < part)
            status = ms_inflater_check_rest(in, skip - length, err); /* says what is missing */
        if (!status && length < part) status = ms_error_set(err, MS_EINPUT, "%s: no image data", path);
    }
    while (!status && left > 0) {
        size_t part = left < VOXELS_AT_ONCE ? (size_t)left : VOXELS_AT_ONCE;
        status = ms_inflater_read(in, bytes, part * h->voxel_bytes, &length, err);
        if (!status && length < part * h->voxel_bytes)
            status = ms_error_set(err, MS_EINPUT,
                                  "%s: image data end too early (truncated file?); copy it again", path);
        for (size_t v = 0; !status && v < part; v++) {
            double stored =
                to_number(get_bits(bytes + v * h->voxel_bytes, h->voxel_bytes, h->swapped), h->type);
            *values++ = (float)(stored * h->slope + h->intercept);
        }
        left -= part;
    }
    if (!status) status = ms_inflater_check_rest(in, 0, err); /* the check sum, and nothing much behind */
    ms_inflater_close(in);
    free(bytes);
    return status;
}
