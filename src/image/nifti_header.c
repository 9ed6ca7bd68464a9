/* image/nifti_header.c: checks a NIfTI-1 header (nifti1.h, https://nifti.nimh.nih.gov/nifti-1) before it is
 * used. */
#include "image/private.h"

#include <math.h>
#include <string.h>

#define HEADER_SIZE 348u

typedef struct field_reader {
    const uint8_t *bytes;
    bool swapped;
} field_reader;

static int get_i16(const field_reader *r, size_t at) {
    uint8_t lo = r->bytes[at + (r->swapped ? 1 : 0)], hi = r->bytes[at + (r->swapped ? 0 : 1)];
    return (int16_t)(uint16_t)(lo | hi << 8);
}

static uint32_t get_u32(const field_reader *r, size_t at) {
    uint32_t value = 0;
    for (size_t i = 0; i < 4; i++) value |= (uint32_t)r->bytes[at + (r->swapped ? 3 - i : i)] << (8 * i);
    return value;
}

static double get_f32(const field_reader *r, size_t at) {
    uint32_t bits = get_u32(r, at);
    float value;
    memcpy(&value, &bits, sizeof value);
    return (double)value;
}

static ms_status check_kind(field_reader *r, const char *name, ms_error *err) {
    if (get_u32(r, 0) != HEADER_SIZE) {
        r->swapped = true;
        if (get_u32(r, 0) == 540 || (r->swapped = false, get_u32(r, 0) == 540))
            return ms_error_set(err, MS_EINPUT, "%s: is NIfTI-2, which is not read; convert it to NIfTI-1",
                                name);
        r->swapped = true;
        if (get_u32(r, 0) != HEADER_SIZE)
            return ms_error_set(err, MS_EINPUT, "%s: is no NIfTI file (its header does not begin with 348)",
                                name);
    }
    if (memcmp(r->bytes + 344, "ni1", 4) == 0)
        return ms_error_set(err, MS_EINPUT,
                            "%s: is one half of a NIfTI pair (.hdr and .img); convert it to one .nii file",
                            name);
    if (memcmp(r->bytes + 344, "n+1", 4) != 0)
        return ms_error_set(err, MS_EINPUT, "%s: is no NIfTI file (no n+1 at byte 344; ANALYZE is not read)",
                            name);
    return MS_OK;
}

static ms_status check_dims(const field_reader *r, const char *name, ms_file_header *h, ms_error *err) {
    int dims = get_i16(r, 40);
    if (dims < 3 || dims > 7)
        return ms_error_set(err, MS_EINPUT, "%s: dim[0] is %d; an image of three dimensions is needed", name,
                            dims);
    for (int d = 1; d <= dims; d++) {
        int size = get_i16(r, 40 + 2 * (size_t)d);
        if (size < 1)
            return ms_error_set(err, MS_EINPUT, "%s: dim[%d] is %d; it must be at least 1", name, d, size);
        if (d > 3 && size != 1)
            return ms_error_set(err, MS_EINPUT, "%s: holds %d images (dim[%d]); a file with one is needed",
                                name, size, d);
        if (d <= 3) h->n[d - 1] = (size_t)size;
    }
    for (int d = 1; d <= 3; d++) {
        double spacing = get_f32(r, 76 + 4 * (size_t)d);
        if (!isfinite(spacing) || !(spacing > 0.0))
            return ms_error_set(err, MS_EINPUT, "%s: the voxel spacing pixdim[%d] is %g; it must be positive",
                                name, d, spacing);
    }
    return MS_OK;
}

static ms_status check_type(const field_reader *r, const char *name, ms_file_header *h, ms_error *err) {
    static const struct {
        int type, bits;
        char kind;
    } types[] = {{2, 8, 'u'},   {4, 16, 'i'},   {8, 32, 'i'},   {16, 32, 'f'},   {64, 64, 'f'},
                 {256, 8, 'i'}, {512, 16, 'u'}, {768, 32, 'u'}, {1024, 64, 'i'}, {1280, 64, 'u'}};
    int type = get_i16(r, 70), bits = get_i16(r, 72);
    for (size_t i = 0; i < MS_COUNT(types); i++) {
        if (types[i].type != type) continue;
        if (types[i].bits != bits)
            return ms_error_set(err, MS_EINPUT, "%s: datatype %d has %d bits, the header says bitpix %d",
                                name, type, types[i].bits, bits);
        h->voxel_bytes = (unsigned)bits / 8;
        h->kind = types[i].kind;
        return MS_OK;
    }
    return ms_error_set(err, MS_EINPUT, "%s: datatype %d is not read (whole and real numbers are)", name,
                        type);
}

/* Columns of the sform must be as long as pixdim says: a file in which they differ has two spacings. */
static ms_status check_sform(const field_reader *r, const char *name, ms_error *err) {
    for (size_t c = 0; c < 4; c++) {
        double sum = 0.0;
        for (size_t row = 0; row < 3; row++) {
            double value = get_f32(r, 280 + 16 * row + 4 * c);
            if (!isfinite(value))
                return ms_error_set(err, MS_EINPUT, "%s: the sform matrix holds no finite number", name);
            sum += value * value;
        }
        double spacing = get_f32(r, 80 + 4 * c);
        if (c < 3 && !(fabs(sqrt(sum) - spacing) <= 0.01 * spacing))
            return ms_error_set(
                err, MS_EINPUT,
                "%s: the spacing along axis %zu is %.4g in pixdim and %.4g in the sform matrix", name, c,
                spacing, sqrt(sum));
    }
    return MS_OK;
}

static ms_status check_forms(const field_reader *r, const char *name, ms_file_header *h, ms_error *err) {
    int qform = get_i16(r, 252), sform = get_i16(r, 254);
    if (qform < 0 || qform > 5 || sform < 0 || sform > 5)
        return ms_error_set(err, MS_EINPUT, "%s: qform_code %d or sform_code %d is no known code", name,
                            qform, sform);
    h->oriented = qform > 0 || sform > 0;
    for (size_t at = 256; qform > 0 && at < 280; at += 4)
        if (!isfinite(get_f32(r, at)))
            return ms_error_set(err, MS_EINPUT, "%s: the qform holds no finite number", name);
    if (sform > 0) return check_sform(r, name, err);
    return MS_OK;
}

ms_status ms_nifti_header_parse(const uint8_t *bytes, size_t length, const char *name, ms_file_header *header,
                                ms_error *err) {
    field_reader r = {bytes, false};
    ms_file_header h = {0};
    if (length < HEADER_SIZE)
        return ms_error_set(err, MS_EINPUT,
                            "%s: the header ends after %zu of %u bytes (truncated file?); copy it again",
                            name, length, HEADER_SIZE);
    ms_status status = check_kind(&r, name, err);
    if (!status) status = check_dims(&r, name, &h, err);
    if (!status) status = check_type(&r, name, &h, err);
    if (!status) status = check_forms(&r, name, &h, err);
    if (status) return status;
    double offset = get_f32(&r, 108);
    if (!isfinite(offset) || offset < 348.0 || offset > 1e8 || offset != floor(offset))
        return ms_error_set(err, MS_EINPUT, "%s: vox_offset is %g; it must be 352 or a little more", name,
                            offset);
    h.data_offset = (uint64_t)offset;
    h.big_endian = r.swapped;
    /* A slope of 0 (or NaN, as some writers put it) means that nothing is scaled. */
    h.slope = get_f32(&r, 112);
    h.intercept = get_f32(&r, 116);
    if (!isfinite(h.slope) || h.slope == 0.0) {
        h.slope = 1.0;
        h.intercept = 0.0;
    }
    if (!isfinite(h.intercept)) h.intercept = 0.0;
    *header = h;
    return MS_OK;
}
