/* image/dicom_pixels.c: are the pixel data what the header says they are? Compressed images carry a size of
 * their own (ITU-T T.81 B.2.2, T.87 C.2.2, T.800 A.5.1), which must agree. */
#include "image/private.h"

#include <inttypes.h>
#include <string.h>

static unsigned be16(const uint8_t *p) {
    return (unsigned)(p[0] << 8 | p[1]);
}
static uint32_t be32(const uint8_t *p) {
    return (uint32_t)be16(p) << 16 | be16(p + 2);
}

static ms_status check_native(ms_dicom_cursor *c, const ms_dicom_element *e, ms_dicom_header *h,
                              ms_error *err) {
    uint64_t needed = (uint64_t)h->rows * h->columns * h->samples * (h->bits_allocated / 8);
    uint64_t there = e->length;
    if (there > c->file_size - e->value) there = c->file_size - e->value;
    h->pixel_bytes = there;
    if (there < needed || there < e->length)
        return ms_error_set(err, MS_EINPUT,
                            "%s: pixel data end after %" PRIu64 " of %" PRIu64
                            " bytes (truncated file?); copy it again",
                            c->name, there, there < needed ? needed : (uint64_t)e->length);
    c->offset = e->value + e->length;
    return MS_OK;
}

/* Size in a JPEG or JPEG-LS stream's frame header: false when there is none in the bytes. */
static bool jpeg_size(const uint8_t *p, size_t n, uint32_t *rows, uint32_t *columns) {
    if (n < 4 || p[0] != 0xFF || p[1] != 0xD8) return false;
    size_t at = 2;
    while (at + 9 <= n && p[at] == 0xFF) {
        unsigned marker = p[at + 1];
        if (marker == 0xFF) { /* fill byte */
            at++;
            continue;
        }
        bool frame = marker == 0xF7 ||
                     (marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC);
        if (frame) {
            *rows = be16(p + at + 5);
            *columns = be16(p + at + 7);
            return true;
        }
        size_t segment = be16(p + at + 2);
        if (segment < 2) return false;
        at += 2 + segment;
    }
    return false;
}

/* Size in a JPEG 2000 code stream's SIZ segment, which comes first. */
static bool j2k_size(const uint8_t *p, size_t n, uint32_t *rows, uint32_t *columns) {
    if (n < 24 || be32(p) != 0xFF4FFF51u) return false;
    uint32_t x = be32(p + 8), y = be32(p + 12), x0 = be32(p + 16), y0 = be32(p + 20);
    if (x < x0 || y < y0) return false;
    *rows = y - y0;
    *columns = x - x0;
    return true;
}

/* The size the compressed image says it has, at the beginning of its first fragment. */
static ms_status check_size(ms_dicom_cursor *c, const ms_dicom_element *fragment, const ms_dicom_header *h,
                            ms_error *err) {
    const uint8_t *p = ms_dicom_peek(c, fragment->value, fragment->length, err);
    if (!p) return MS_EINPUT;
    uint32_t rows = 0, columns = 0;
    if (!jpeg_size(p, fragment->length, &rows, &columns) && !j2k_size(p, fragment->length, &rows, &columns))
        return ms_error_set(err, MS_EINPUT,
                            "%s: the compressed pixel data are damaged (no image header in them)", c->name);
    if (rows != h->rows || columns != h->columns)
        return ms_error_set(err, MS_EINPUT,
                            "%s: the header says %u x %u pixels, the compressed image %" PRIu32 " x %" PRIu32,
                            c->name, h->columns, h->rows, columns, rows);
    return MS_OK;
}

/* Both kinds end with the marker FFD9, perhaps padded. */
static ms_status check_end(ms_dicom_cursor *c, const ms_dicom_element *fragment, ms_error *err) {
    const uint8_t *p = ms_dicom_peek(c, fragment->value, fragment->length, err);
    if (!p) return MS_EINPUT;
    size_t end = fragment->length;
    while (end > 2 && p[end - 1] == 0) end--;
    if (end >= 2 && p[end - 2] == 0xFF && p[end - 1] == 0xD9) return MS_OK;
    return ms_error_set(err, MS_EINPUT,
                        "%s: the compressed pixel data have no end (truncated file?); copy it again",
                        c->name);
}

/* The items up to the delimiter: the offset table, then the fragments. */
static ms_status walk_fragments(ms_dicom_cursor *c, ms_dicom_element *first, ms_dicom_element *last,
                                uint64_t *total, ms_error *err) {
    for (size_t items = 0;; items++) {
        ms_dicom_element item;
        ms_status status = ms_dicom_next(c, &item, err);
        if (status) return status;
        if (item.tag == 0xFFFEE0DDu) return MS_OK;
        if (item.tag != 0xFFFEE000u || item.length == MS_DICOM_UNDEFINED)
            return ms_error_set(err, MS_EINPUT,
                                "%s: the compressed pixel data are damaged (bad fragment %zu)", c->name,
                                items);
        c->offset = item.value + item.length;
        if (items == 0) continue;
        if (items == 1) *first = item;
        *last = item;
        *total += item.length;
    }
}

static ms_status check_encapsulated(ms_dicom_cursor *c, ms_dicom_header *h, ms_error *err) {
    ms_dicom_element first = {0}, last = {0};
    ms_status status = walk_fragments(c, &first, &last, &h->pixel_bytes, err);
    if (status) return status;
    if (h->pixel_bytes == 0)
        return ms_error_set(err, MS_EINPUT, "%s: there are no pixel data in the file", c->name);
    bool rle = strcmp(h->transfer_syntax, "1.2.840.10008.1.2.5") == 0; /* has no size and no end of its own */
    if (rle || h->frames > 1.0) return MS_OK;
    status = check_size(c, &first, h, err);
    return status ? status : check_end(c, &last, err);
}

ms_status ms_dicom_pixels_check(ms_dicom_cursor *c, const ms_dicom_element *e, ms_dicom_header *h,
                                ms_error *err) {
    h->pixel_offset = e->value;
    h->encapsulated = e->length == MS_DICOM_UNDEFINED;
    if (h->rows == 0 || h->columns == 0 || h->rows > 65535 || h->columns > 65535)
        return ms_error_set(err, MS_EINPUT, "%s: Rows (0028,0010) or Columns (0028,0011) is missing or zero",
                            c->name);
    if (h->bits_allocated != 8 && h->bits_allocated != 16 && h->bits_allocated != 32)
        return ms_error_set(err, MS_EINPUT, "%s: BitsAllocated (0028,0100) is %u; 8, 16 and 32 are read",
                            c->name, h->bits_allocated);
    if (h->bits_stored == 0 || h->bits_stored > h->bits_allocated)
        return ms_error_set(err, MS_EINPUT, "%s: BitsStored (0028,0101) is %u of %u bits", c->name,
                            h->bits_stored, h->bits_allocated);
    return h->encapsulated ? check_encapsulated(c, h, err) : check_native(c, e, h, err);
}
