/* image/nifti_write.c: writes NIfTI-1 (nifti1.h, https://nifti.nimh.nih.gov/nifti-1), plain or gzip, little
 * endian. The same image gives the same bytes: the gzip header has neither name nor time. */
#include "image/private.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define HEADER_BYTES 352u /* 348 and the four bytes that say 'no extension' */
#define TYPE_UINT8 2
#define TYPE_INT16 4
#define TYPE_FLOAT32 16

/* ---- header ----------------------------------------------------------------------------------------- */

static void put_u16(uint8_t *p, unsigned value) {
    p[0] = (uint8_t)(value & 0xff);
    p[1] = (uint8_t)(value >> 8 & 0xff);
}

static void put_u32(uint8_t *p, uint32_t value) {
    put_u16(p, value & 0xffff);
    put_u16(p + 2, value >> 16);
}

static void put_f32(uint8_t *p, double value) {
    float f = (float)value;
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    put_u32(p, bits);
}

/* The quaternion (a, b, c, d) of a rotation matrix, row-major; b, c, d are stored and a >= 0 follows from
 * them. */
static void quaternion_of(const double m[9], double q[4]) {
    double trace = m[0] + m[4] + m[8];
    if (trace > 0.0) {
        double s = 2.0 * sqrt(trace + 1.0);
        q[0] = 0.25 * s;
        q[1] = (m[7] - m[5]) / s;
        q[2] = (m[2] - m[6]) / s;
        q[3] = (m[3] - m[1]) / s;
    } else {
        int i = m[0] >= m[4] && m[0] >= m[8] ? 0 : m[4] >= m[8] ? 1 : 2;
        int j = (i + 1) % 3, k = (i + 2) % 3;
        double s = 2.0 * sqrt(1.0 + m[4 * i] - m[4 * j] - m[4 * k]);
        q[0] = (m[3 * k + j] - m[3 * j + k]) / s;
        q[1 + i] = 0.25 * s;
        q[1 + j] = (m[3 * j + i] + m[3 * i + j]) / s;
        q[1 + k] = (m[3 * k + i] + m[3 * i + k]) / s;
    }
    double sign = q[0] < 0.0 ? -1.0 : 1.0;
    for (int i = 0; i < 4; i++) q[i] *= sign;
}

/* NIfTI's axes point right, front and head: x and y change sign against ours. */
static void put_place(uint8_t *header, const ms_geometry *g) {
    double ras[9], q[4];
    for (int r = 0; r < 3; r++)
        for (int c = 0; c < 3; c++)
            ras[3 * r + c] = r < 2 ? -g->direction[3 * r + c] : g->direction[3 * r + c];
    double det = ras[0] * (ras[4] * ras[8] - ras[5] * ras[7]) - ras[1] * (ras[3] * ras[8] - ras[5] * ras[6]) +
                 ras[2] * (ras[3] * ras[7] - ras[4] * ras[6]);
    double rotation[9];
    for (int i = 0; i < 9; i++) rotation[i] = i % 3 == 2 && det < 0.0 ? -ras[i] : ras[i];
    quaternion_of(rotation, q);
    put_f32(header + 76, det < 0.0 ? -1.0 : 1.0); /* qfac */
    for (size_t c = 0; c < 3; c++) {
        put_f32(header + 80 + 4 * c, g->spacing_mm[c]);
        put_f32(header + 256 + 4 * c, q[c + 1]);
        double origin = c < 2 ? 0.0 - g->origin_mm[c] : g->origin_mm[c];
        put_f32(header + 268 + 4 * c, origin);
        for (size_t a = 0; a < 3; a++)
            put_f32(header + 280 + 16 * c + 4 * a, ras[3 * c + a] * g->spacing_mm[a] + 0.0);
        put_f32(header + 292 + 16 * c, origin);
    }
    put_u16(header + 252, 1); /* qform: scanner coordinates */
    put_u16(header + 254, 1); /* sform: the same */
}

static void make_header(uint8_t header[HEADER_BYTES], const ms_geometry *g, unsigned type, unsigned bits,
                        const char *description) {
    memset(header, 0, HEADER_BYTES);
    put_u32(header, 348);
    put_u16(header + 40, 3);
    for (size_t d = 0; d < 7; d++) put_u16(header + 42 + 2 * d, d < 3 ? (unsigned)g->n[d] : 1u);
    put_u16(header + 70, type);
    put_u16(header + 72, bits);
    put_place(header, g);
    put_f32(header + 108, (double)HEADER_BYTES);
    put_f32(header + 112, 1.0); /* scl_slope */
    header[123] = 2;            /* mm */
    if (description) (void)ms_text_format((char *)header + 148, 80, "%s", description);
    memcpy(header + 344, "n+1", 4);
}

/* ---- bytes to the file ------------------------------------------------------------------------------ */

static ms_status write_plain(FILE *out, const uint8_t *bytes, size_t length, const char *path,
                             ms_error *err) {
    if (fwrite(bytes, 1, length, out) != length) return ms_error_errno(err, errno, path, "cannot write");
    return MS_OK;
}

/* Deflates bytes[length] to the file; the last call has `flush` Z_FINISH. */
static ms_status write_deflated(z_stream *z, FILE *out, const uint8_t *bytes, size_t length, int flush,
                                const char *path, ms_error *err) {
    uint8_t buffer[64 * 1024];
    do {
        size_t part = length < (1u << 30) ? length : 1u << 30; /* zlib counts in 32 bits */
        z->next_in = (Bytef *)(uintptr_t)bytes;
        z->avail_in = (uInt)part;
        int mode = part == length ? flush : Z_NO_FLUSH;
        do {
            z->next_out = buffer;
            z->avail_out = sizeof buffer;
            if (deflate(z, mode) == Z_STREAM_ERROR)
                return ms_error_set(err, MS_EINTERNAL, "%s: zlib: stream error", path);
            ms_status status = write_plain(out, buffer, sizeof buffer - z->avail_out, path, err);
            if (status) return status;
        } while (z->avail_out == 0);
        bytes += part;
        length -= part;
    } while (length > 0);
    return MS_OK;
}

static ms_status write_gzip(FILE *out, const uint8_t *header, const uint8_t *data, size_t length,
                            const char *path, ms_error *err) {
    z_stream z;
    memset(&z, 0, sizeof z);
    if (deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) return ms_error_nomem(err);
    ms_status status = write_deflated(&z, out, header, HEADER_BYTES, Z_NO_FLUSH, path, err);
    if (!status) status = write_deflated(&z, out, data, length, Z_FINISH, path, err);
    deflateEnd(&z);
    return status;
}

static ms_status write_image(const char *path, const ms_geometry *g, unsigned type, unsigned bits,
                             const char *description, const uint8_t *data, ms_error *err) {
    uint8_t header[HEADER_BYTES];
    ms_atomic *file = NULL;
    bool zipped = ms_text_ends_with(path, ".nii.gz");
    if (!zipped && !ms_text_ends_with(path, ".nii"))
        return ms_error_set(err, MS_EUSAGE, "%s: the name of a NIfTI file ends with .nii or .nii.gz", path);
    for (int d = 0; d < 3; d++)
        if (g->n[d] > 32767)
            return ms_error_set(err, MS_EUSAGE, "%s: NIfTI holds at most 32767 voxels an axis", path);
    make_header(header, g, type, bits, description);
    size_t length = ms_voxels(g) * bits / 8;
    ms_status status = ms_atomic_open(&file, path, err);
    if (status) return status;
    FILE *out = ms_atomic_stream(file);
    if (zipped) {
        status = write_gzip(out, header, data, length, path, err);
    } else {
        status = write_plain(out, header, HEADER_BYTES, path, err);
        if (!status) status = write_plain(out, data, length, path, err);
    }
    if (status) {
        ms_atomic_abort(file);
        return status;
    }
    return ms_atomic_commit(file, err);
}

/* ---- masks and volumes ------------------------------------------------------------------------------ */

/* Voxels of `size` bytes from canonical axes to the stored ones; *out is to be freed. */
static ms_status to_stored(const ms_geometry *geometry, const ms_layout *layout, const void *data,
                           size_t size, uint8_t **out, ms_error *err) {
    const size_t *n = geometry->n;
    ptrdiff_t step[3], offset;
    for (int c = 0; c < 3; c++)
        if (layout->stored.n[layout->axis[c]] != n[c])
            return ms_error_set(err, MS_EUSAGE, "the image has %zu voxels along axis %d, the stored scan %zu",
                                n[c], c, layout->stored.n[layout->axis[c]]);
    uint8_t *stored = ms_calloc(ms_voxels(geometry), size);
    if (!stored) return ms_error_nomem(err);
    ms_layout_steps(layout, step, &offset);
    const uint8_t *in = data;
    for (size_t k = 0; k < n[2]; k++)
        for (size_t j = 0; j < n[1]; j++)
            for (size_t i = 0; i < n[0]; i++, in += size) {
                const ptrdiff_t at =
                    offset + (ptrdiff_t)i * step[0] + (ptrdiff_t)j * step[1] + (ptrdiff_t)k * step[2];
                if (size == 1)
                    stored[at] = *in;
                else
                    memcpy(stored + (size_t)at * size, in, size);
            }
    *out = stored;
    return MS_OK;
}

ms_status ms_mask_write(const ms_mask *mask, const ms_layout *layout, const char *path, ms_error *err) {
    uint8_t *stored = NULL;
    if (!layout) return write_image(path, &mask->geometry, TYPE_UINT8, 8, NULL, mask->data, err);
    ms_status status = to_stored(&mask->geometry, layout, mask->data, 1, &stored, err);
    if (status) return status;
    status = write_image(path, &layout->stored, TYPE_UINT8, 8, NULL, stored, err);
    free(stored);
    return status;
}

ms_status ms_volume_write_nifti(const ms_volume *volume, const char *path, const char *description,
                                ms_error *err) {
    size_t n = ms_voxels(&volume->geometry);
    uint8_t *data = ms_calloc(n, 2);
    if (!data) return ms_error_nomem(err);
    ms_status status = MS_OK;
    for (size_t v = 0; v < n; v++) {
        double hu = (double)volume->data[v];
        if (!isfinite(hu)) {
            status = ms_error_set(err, MS_EUSAGE, "%s: a voxel holds no finite number", path);
            break;
        }
        double whole = floor(hu + 0.5);
        if (whole < -32768.0) whole = -32768.0;
        if (whole > 32767.0) whole = 32767.0;
        put_u16(data + 2 * v, (unsigned)(uint16_t)(int16_t)whole);
    }
    if (!status) status = write_image(path, &volume->geometry, TYPE_INT16, 16, description, data, err);
    free(data);
    return status;
}

ms_status ms_volume_write_floats(const ms_volume *volume, const ms_layout *layout, const char *path,
                                 const char *description, ms_error *err) {
    const size_t n = ms_voxels(&volume->geometry);
    uint8_t *data = ms_calloc(n, 4), *stored = NULL;
    if (!data) return ms_error_nomem(err);
    for (size_t v = 0; v < n; v++) put_f32(data + 4 * v, (double)volume->data[v]);
    ms_status status = layout ? to_stored(&volume->geometry, layout, data, 4, &stored, err) : MS_OK;
    if (!status)
        status = write_image(path, layout ? &layout->stored : &volume->geometry, TYPE_FLOAT32, 32,
                             description, stored ? stored : data, err);
    free(data);
    free(stored);
    return status;
}
