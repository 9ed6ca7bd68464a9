/* image/dicom_decode.c: the pixels of one DICOM frame become HU. Plain pixels are read here; of compressed
 * ones the decoder gets only the fragments, in a file with a header of our own: nothing else of a foreign
 * header reaches it. Runs in the child process. */
#include "image/private.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- plain ------------------------------------------------------------------------------------------ */

static double slope_of(const ms_dicom_header *h) {
    return isnan(h->plane.slope) ? 1.0 : h->plane.slope;
}
static double intercept_of(const ms_dicom_header *h) {
    return isnan(h->plane.intercept) ? 0.0 : h->plane.intercept;
}

/* The stored bits of a cell: those from HighBit down; above them may be overlays or anything. */
static double stored_value(uint32_t cell, const ms_dicom_header *h) {
    uint32_t value = cell >> (h->high_bit + 1 - h->bits_stored);
    uint32_t mask = h->bits_stored >= 32 ? UINT32_MAX : (1u << h->bits_stored) - 1u;
    value &= mask;
    if (h->is_signed && (value >> (h->bits_stored - 1) & 1u)) return (double)value - (double)mask - 1.0;
    return (double)value;
}

static void convert_plain(const uint8_t *p, size_t n, const ms_dicom_header *h, float *values) {
    double slope = slope_of(h), intercept = intercept_of(h);
    if (h->bits_allocated == 16) {
        size_t low = h->big_endian ? 1 : 0;
        for (size_t v = 0; v < n; v++) {
            uint32_t cell = (uint32_t)p[2 * v + low] | (uint32_t)p[2 * v + 1 - low] << 8;
            values[v] = (float)(stored_value(cell, h) * slope + intercept);
        }
        return;
    }
    /* Cells of 8 bits may be words of two in big endian; of 32 bits nobody writes big endian. */
    size_t swap = h->bits_allocated == 8 && h->big_endian ? 1 : 0, bytes = h->bits_allocated / 8;
    for (size_t v = 0; v < n; v++) {
        uint32_t cell = 0;
        for (size_t b = 0; b < bytes; b++) {
            size_t at = v * bytes + (h->big_endian && bytes == 4 ? 3 - b : b);
            cell |= (uint32_t)p[at ^ swap] << (8 * b);
        }
        values[v] = (float)(stored_value(cell, h) * slope + intercept);
    }
}

static ms_status decode_plain(const ms_dicom_file *f, float *values, ms_error *err) {
    const ms_dicom_header *h = &f->header;
    size_t n = (size_t)h->rows * h->columns, bytes = (size_t)h->plane.data_bytes;
    if (bytes < n * h->bits_allocated / 8)
        return ms_error_set(err, MS_EINPUT, "%s: too few pixel data", f->path);
    uint8_t *cells = ms_calloc(bytes + 1, 1);
    if (!cells) return ms_error_nomem(err);
    ms_status status = ms_dicom_source_read(f->path, h, h->plane.data_offset, cells, bytes, err);
    if (!status) convert_plain(cells, n, h, values);
    free(cells);
    return status;
}

/* ---- compressed ------------------------------------------------------------------------------------- */

static void put_text(ms_buffer *out, uint32_t tag, const char *vr, const char *text) {
    size_t n = strlen(text);
    ms_dicom_put_tag(out, tag);
    ms_buffer_append(out, vr);
    ms_dicom_put_u16(out, (unsigned)(n + n % 2));
    ms_buffer_append_bytes(out, text, n);
    if (n % 2) ms_buffer_append_bytes(out, strcmp(vr, "UI") == 0 ? "\0" : " ", 1);
}

static void put_us(ms_buffer *out, uint32_t tag, unsigned value) {
    ms_dicom_put_tag(out, tag);
    ms_buffer_append(out, "US");
    ms_dicom_put_u16(out, 2);
    ms_dicom_put_u16(out, value);
}

/* What the decoder must know of the frame, and nothing else: stored values, not rescaled. */
static void put_header(ms_buffer *out, const ms_dicom_header *h) {
    static const uint8_t preamble[128] = {0}, version[2] = {0, 1};
    ms_buffer meta;
    ms_buffer_init(&meta);
    ms_dicom_put_tag(&meta, 0x00020001);
    ms_buffer_append(&meta, "OB");
    ms_dicom_put_u16(&meta, 0);
    ms_dicom_put_u32(&meta, 2);
    ms_buffer_append_bytes(&meta, version, 2);
    put_text(&meta, 0x00020002, "UI", MS_CT_IMAGE_STORAGE);
    put_text(&meta, 0x00020003, "UI", "2.25.1");
    put_text(&meta, 0x00020010, "UI", h->transfer_syntax);
    put_text(&meta, 0x00020012, "UI", "2.25.2");
    ms_buffer_append_bytes(out, preamble, sizeof preamble);
    ms_buffer_append(out, "DICM");
    ms_dicom_put_tag(out, 0x00020000);
    ms_buffer_append(out, "UL");
    ms_dicom_put_u16(out, 4);
    ms_dicom_put_u32(out, (uint32_t)meta.length);
    ms_buffer_append_bytes(out, meta.data, meta.length);
    out->failed = out->failed || ms_buffer_failed(&meta);
    ms_buffer_clear(&meta);
    put_text(out, 0x00080016, "UI", MS_CT_IMAGE_STORAGE);
    put_text(out, 0x00080018, "UI", "2.25.1");
    put_text(out, 0x00080060, "CS", "CT");
    put_us(out, 0x00280002, 1);
    put_text(out, 0x00280004, "CS", "MONOCHROME2");
    put_us(out, 0x00280010, h->rows);
    put_us(out, 0x00280011, h->columns);
    put_us(out, 0x00280100, h->bits_allocated);
    put_us(out, 0x00280101, h->bits_stored);
    put_us(out, 0x00280102, h->high_bit);
    put_us(out, 0x00280103, h->is_signed ? 1 : 0);
    put_text(out, 0x00281052, "DS", "0");
    put_text(out, 0x00281053, "DS", "1");
}

/* The fragments as they are, between an empty offset table and the end. Their heads were checked. */
static ms_status put_fragments(ms_buffer *out, const ms_dicom_file *f, ms_error *err) {
    size_t n = (size_t)f->header.plane.data_bytes;
    uint8_t *bytes = ms_calloc(n + 1, 1);
    if (!bytes) return ms_error_nomem(err);
    ms_status status = ms_dicom_source_read(f->path, &f->header, f->header.plane.data_offset, bytes, n, err);
    if (!status) {
        ms_dicom_put_tag(out, 0x7FE00010);
        ms_buffer_append(out, "OB");
        ms_dicom_put_u16(out, 0);
        ms_dicom_put_u32(out, UINT32_MAX);
        ms_dicom_put_tag(out, 0xFFFEE000);
        ms_dicom_put_u32(out, 0);
        ms_buffer_append_bytes(out, bytes, n);
        ms_dicom_put_tag(out, 0xFFFEE0DD);
        ms_dicom_put_u32(out, 0);
    }
    free(bytes);
    return status;
}

/* Hands the file to ITK by way of memory that has a name. */
static ms_status run_decoder(const ms_itk_api *itk, const ms_dicom_file *f, const ms_buffer *file,
                             float *values, ms_error *err) {
    char name[40], message[512] = "";
    const size_t n[3] = {f->header.columns, f->header.rows, 1};
    int fd = memfd_create("frame", MFD_CLOEXEC);
    if (fd < 0) return ms_error_errno(err, errno, f->path, "cannot hold the frame");
    ms_status status = MS_OK;
    size_t done = 0;
    while (!status && done < file->length) {
        ssize_t part = write(fd, file->data + done, file->length - done);
        if (part > 0)
            done += (size_t)part;
        else if (errno != EINTR)
            status = ms_error_errno(err, errno, f->path, "cannot hold the frame");
    }
    (void)ms_text_format(name, sizeof name, "/proc/self/fd/%d", fd);
    if (!status && itk->read((int)MS_FORMAT_DICOM, name, n, values, message, sizeof message) != 0)
        status = ms_decoder_error(f->path, message, err);
    close(fd);
    return status;
}

static ms_status decode_compressed(const ms_itk_api *itk, const ms_dicom_file *f, float *values,
                                   ms_error *err) {
    ms_buffer file;
    ms_buffer_init(&file);
    put_header(&file, &f->header);
    ms_status status = put_fragments(&file, f, err);
    if (!status && ms_buffer_failed(&file)) status = ms_error_nomem(err);
    if (!status) status = run_decoder(itk, f, &file, values, err);
    ms_buffer_clear(&file);
    if (status) return status;
    double slope = slope_of(&f->header), intercept = intercept_of(&f->header);
    size_t n = (size_t)f->header.rows * f->header.columns;
    for (size_t v = 0; v < n; v++) values[v] = (float)((double)values[v] * slope + intercept);
    return MS_OK;
}

ms_status ms_dicom_decode_frame(const ms_itk_api *itk, const ms_dicom_file *frame, float *values,
                                ms_error *err) {
    if (frame->header.encapsulated) return decode_compressed(itk, frame, values, err);
    return decode_plain(frame, values, err);
}
