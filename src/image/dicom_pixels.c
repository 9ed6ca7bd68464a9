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

/* The frame's plane, where its data's place is kept; NULL when nobody wants to know. */
static ms_dicom_plane *plane_of(ms_dicom_header *h, ms_dicom_frames *frames, size_t frame) {
    if (!frames) return frame == 0 ? &h->plane : NULL;
    while (frames->n <= frame)
        if (!ms_dicom_frames_add(frames)) return NULL;
    return &frames->items[frame];
}

static ms_status check_native(ms_dicom_cursor *c, const ms_dicom_element *e, ms_dicom_header *h,
                              ms_dicom_frames *frames, ms_error *err) {
    uint64_t bits = (uint64_t)h->rows * h->columns * h->samples * h->bits_allocated;
    size_t n = (size_t)h->frames;
    uint64_t needed = (bits * n + 7) / 8, there = e->length; /* at most 2^32 pixels of 32 bits, 2^16 frames */
    if (there > c->file_size - e->value) there = c->file_size - e->value;
    h->pixel_bytes = there;
    if (bits > UINT64_MAX / 65536 - 7 || there < needed || there < e->length)
        return ms_error_set(err, MS_EINPUT,
                            "%s: pixel data end after %" PRIu64 " of %" PRIu64
                            " bytes (truncated file?); copy it again",
                            c->name, there, there < needed ? needed : (uint64_t)e->length);
    for (size_t f = 0; f < n; f++) {
        ms_dicom_plane *plane = plane_of(h, frames, f);
        if (!plane) break;
        plane->data_offset = e->value + f * (bits / 8);
        plane->data_bytes = bits / 8;
    }
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

/* ---- fragments -------------------------------------------------------------------------------------- */

typedef struct fragment_walk {
    ms_dicom_cursor *c;
    ms_dicom_header *h;
    ms_dicom_frames *frames;
    bool rle;              /* has no size and no end of its own; one fragment a frame (PS3.5, A.4.2) */
    ms_dicom_element last; /* fragment so far */
    size_t n;              /* frames begun */
} fragment_walk;

/* The size the compressed image says it has, at the beginning of its first fragment. */
static ms_status check_size(fragment_walk *w, const ms_dicom_element *fragment, ms_error *err) {
    if (w->rle) return MS_OK;
    const uint8_t *p = ms_dicom_peek(w->c, fragment->value, fragment->length, err);
    if (!p) return MS_EINPUT;
    uint32_t rows = 0, columns = 0;
    if (!jpeg_size(p, fragment->length, &rows, &columns) && !j2k_size(p, fragment->length, &rows, &columns))
        return ms_error_set(err, MS_EINPUT,
                            "%s: the compressed pixel data are damaged (no image header in them)",
                            w->c->name);
    if (rows != w->h->rows || columns != w->h->columns)
        return ms_error_set(err, MS_EINPUT,
                            "%s: the header says %u x %u pixels, the compressed image %" PRIu32 " x %" PRIu32,
                            w->c->name, w->h->columns, w->h->rows, columns, rows);
    return MS_OK;
}

/* Both kinds end with the marker FFD9, perhaps padded. */
static ms_status check_end(fragment_walk *w, ms_error *err) {
    if (w->rle || w->n == 0) return MS_OK;
    const uint8_t *p = ms_dicom_peek(w->c, w->last.value, w->last.length, err);
    if (!p) return MS_EINPUT;
    size_t end = w->last.length;
    while (end > 2 && p[end - 1] == 0) end--;
    if (end >= 2 && p[end - 2] == 0xFF && p[end - 1] == 0xD9) return MS_OK;
    return ms_error_set(err, MS_EINPUT,
                        "%s: the compressed pixel data have no end (truncated file?); copy it again",
                        w->c->name);
}

/* Does the fragment begin a frame? In one with several fragments the others do not begin as an image does:
 * the marker FFD8 or FF4F is in no image's inside. */
static ms_status begins_frame(fragment_walk *w, const ms_dicom_element *item, bool *begins, ms_error *err) {
    *begins = w->n == 0 || w->rle;
    if (*begins || w->h->frames <= 1.0 || item->length < 4) return MS_OK;
    const uint8_t *p = ms_dicom_peek(w->c, item->value, 4, err);
    if (!p) return MS_EINPUT;
    *begins = p[0] == 0xFF && (p[1] == 0xD8 || p[1] == 0x4F) && p[2] == 0xFF;
    return MS_OK;
}

static ms_status take_fragment(fragment_walk *w, const ms_dicom_element *item, uint64_t head, ms_error *err) {
    bool begins;
    ms_status status = begins_frame(w, item, &begins, err);
    if (!status && begins) {
        status = check_end(w, err);
        if (!status) status = check_size(w, item, err);
        w->n++;
    }
    if (status) return status;
    if ((double)w->n > w->h->frames)
        return ms_error_set(err, MS_EINPUT, "%s: holds more compressed frames than the %g of its header",
                            w->c->name, w->h->frames);
    ms_dicom_plane *plane = plane_of(w->h, w->frames, w->n - 1);
    if (plane) {
        if (begins) plane->data_offset = head;
        plane->data_bytes = item->value + item->length - plane->data_offset;
    }
    w->last = *item;
    w->h->pixel_bytes += item->length;
    return MS_OK;
}

/* The items up to the delimiter: the offset table, then the fragments. */
static ms_status check_encapsulated(ms_dicom_cursor *c, ms_dicom_header *h, ms_dicom_frames *frames,
                                    ms_error *err) {
    fragment_walk w = {.c = c, .h = h, .frames = frames};
    w.rle = strcmp(h->transfer_syntax, "1.2.840.10008.1.2.5") == 0;
    h->pixel_bytes = 0;
    for (size_t items = 0;; items++) {
        ms_dicom_element item;
        uint64_t head = c->offset;
        ms_status status = ms_dicom_next(c, &item, err);
        if (status) return status;
        if (item.tag == 0xFFFEE0DDu) break;
        if (item.tag != 0xFFFEE000u || item.length == MS_DICOM_UNDEFINED)
            return ms_error_set(err, MS_EINPUT,
                                "%s: the compressed pixel data are damaged (bad fragment %zu)", c->name,
                                items);
        if (items > 0) status = take_fragment(&w, &item, head, err);
        if (status) return status;
        c->offset = item.value + item.length;
    }
    if (h->pixel_bytes == 0)
        return ms_error_set(err, MS_EINPUT, "%s: there are no pixel data in the file", c->name);
    if ((double)w.n != h->frames)
        return ms_error_set(err, MS_EINPUT,
                            "%s: holds %zu compressed frames of the %g its header declares (truncated "
                            "file?); copy it again",
                            c->name, w.n, h->frames);
    return check_end(&w, err);
}

ms_status ms_dicom_pixels_check(ms_dicom_cursor *c, const ms_dicom_element *e, ms_dicom_header *h,
                                ms_dicom_frames *frames, ms_error *err) {
    h->pixel_offset = e->value;
    h->encapsulated = e->length == MS_DICOM_UNDEFINED;
    if (h->bits_stored == 0) h->bits_stored = h->bits_allocated;
    if (!h->has_high_bit && h->bits_stored > 0) h->high_bit = h->bits_stored - 1;
    if (h->rows == 0 || h->columns == 0 || h->rows > 65535 || h->columns > 65535)
        return ms_error_set(err, MS_EINPUT, "%s: Rows (0028,0010) or Columns (0028,0011) is missing or zero",
                            c->name);
    if (h->samples == 0 || h->samples > 4)
        return ms_error_set(err, MS_EINPUT, "%s: SamplesPerPixel (0028,0002) is %u", c->name, h->samples);
    if (h->bits_allocated != 1 && h->bits_allocated != 8 && h->bits_allocated != 16 &&
        h->bits_allocated != 32)
        return ms_error_set(err, MS_EINPUT, "%s: BitsAllocated (0028,0100) is %u; 8, 16 and 32 are read",
                            c->name, h->bits_allocated);
    if (h->bits_stored > h->bits_allocated)
        return ms_error_set(err, MS_EINPUT, "%s: BitsStored (0028,0101) is %u of %u bits", c->name,
                            h->bits_stored, h->bits_allocated);
    if (h->high_bit >= h->bits_allocated || h->high_bit + 1 < h->bits_stored)
        return ms_error_set(err, MS_EINPUT, "%s: HighBit (0028,0102) is %u for %u of %u bits", c->name,
                            h->high_bit, h->bits_stored, h->bits_allocated);
    /* A file with one frame has no need of a list, unless its groups describe it. */
    if (h->frames <= 1.0 && frames && frames->n == 0) frames = NULL;
    return h->encapsulated ? check_encapsulated(c, h, frames, err) : check_native(c, e, h, frames, err);
}
