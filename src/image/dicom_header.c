/* image/dicom_header.c: the header of one DICOM file: the few elements a CT slice needs, nothing that
 * identifies. */
#include "image/private.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define TAG MS_DICOM_TAG
#define DEFLATED "1.2.840.10008.1.2.1.99"

bool ms_dicom_has_mark(const uint8_t *bytes, size_t length) {
    return length >= 132 && memcmp(bytes + 128, "DICM", 4) == 0;
}

static bool is_vr(const uint8_t *p) {
    return p[0] >= 'A' && p[0] <= 'Z' && p[1] >= 'A' && p[1] <= 'Z';
}

/* The first element is (0008,0000) to (0008,0060), and its length makes sense. */
bool ms_dicom_looks_bare(const uint8_t *p, size_t length) {
    if (length < 132 || p[0] != 8 || p[1] != 0 || p[2] > 0x60 || p[3] != 0) return false;
    return is_vr(p + 4) || (p[5] == 0 && p[6] == 0 && p[7] == 0);
}

/* ---- elements --------------------------------------------------------------------------------------- */

static void take_pixel_format(const ms_dicom_cursor *c, ms_dicom_header *h, uint32_t tag, const uint8_t *p,
                              size_t n) {
    unsigned value = ms_dicom_us(c, p, n);
    switch (tag) {
    case TAG(0x0028, 0x0002):
        h->samples = value;
        break;
    case TAG(0x0028, 0x0004):
        h->monochrome = n == 0 || ms_dicom_contains(p, n, "MONOCHROME");
        break;
    case TAG(0x0028, 0x0010):
        h->rows = value;
        break;
    case TAG(0x0028, 0x0011):
        h->columns = value;
        break;
    case TAG(0x0028, 0x0100):
        h->bits_allocated = value;
        break;
    case TAG(0x0028, 0x0101):
        h->bits_stored = value;
        break;
    case TAG(0x0028, 0x0102):
        h->high_bit = value;
        h->has_high_bit = n >= 2;
        break;
    case TAG(0x0028, 0x0103):
        h->is_signed = value == 1;
        break;
    /* US or SS as PixelRepresentation says, which comes before it. */
    case TAG(0x0028, 0x0120):
        if (n >= 2) h->padding = h->is_signed ? (double)(int16_t)value : (double)value;
        break;
    default:
        break;
    }
}

static void take_words(ms_dicom_header *h, uint32_t tag, const uint8_t *p, size_t n) {
    switch (tag) {
    case TAG(0x0008, 0x0016):
        ms_dicom_text(h->sop_class, sizeof h->sop_class, p, n);
        break;
    case TAG(0x0008, 0x0060):
        ms_dicom_text(h->modality, sizeof h->modality, p, n);
        break;
    case TAG(0x0020, 0x000D):
        ms_dicom_text(h->study_uid, sizeof h->study_uid, p, n);
        break;
    case TAG(0x0020, 0x000E):
        ms_dicom_text(h->series_uid, sizeof h->series_uid, p, n);
        break;
    case TAG(0x0018, 0x0010): {
        char agent[65];
        ms_dicom_text(agent, sizeof agent, p, n);
        bool none =
            !agent[0] || strcmp(agent, "NONE") == 0 || strcmp(agent, "NO") == 0 || strcmp(agent, "None") == 0;
        h->contrast = none ? 0 : 1;
        break;
    }
    case TAG(0x0018, 0x1120):
        (void)ms_dicom_numbers(&h->tilt, 1, p, n);
        break;
    default:
        break;
    }
}

static ms_status take_frames(ms_dicom_header *h, const uint8_t *p, size_t n, const char *name,
                             ms_error *err) {
    char text[2];
    ms_dicom_text(text, sizeof text, p, n);
    if (text[0] && !ms_dicom_numbers(&h->frames, 1, p, n))
        return ms_error_set(err, MS_EINPUT, "%s: NumberOfFrames (0028,0008) is not a finite number", name);
    if (!(h->frames >= 1.0) || h->frames > 65536.0 || h->frames != floor(h->frames))
        return ms_error_set(err, MS_EINPUT, "%s: NumberOfFrames (0028,0008) is %g; 1 to 65536 are read", name,
                            h->frames);
    return MS_OK;
}

static bool wanted_group(uint32_t tag) {
    uint32_t group = tag >> 16;
    return group == 0x0008 || group == 0x0018 || group == 0x0020 || group == 0x0028;
}

static ms_status take(ms_dicom_cursor *c, const ms_dicom_element *e, ms_dicom_header *h, ms_error *err) {
    if (e->length == MS_DICOM_UNDEFINED || e->length > 4096 || !wanted_group(e->tag)) return MS_OK;
    const uint8_t *p = ms_dicom_peek(c, e->value, e->length, err);
    if (!p) return MS_EINPUT;
    take_words(h, e->tag, p, e->length);
    take_pixel_format(c, h, e->tag, p, e->length);
    if (e->tag == TAG(0x0028, 0x0008)) return take_frames(h, p, e->length, c->name, err);
    return ms_dicom_plane_take(&h->plane, c, e, p, err);
}

/* ---- the file --------------------------------------------------------------------------------------- */

/* Group 0002, always explicit little endian (PS3.10, 7.1). */
static ms_status parse_meta(ms_dicom_cursor *c, ms_dicom_header *h, ms_error *err) {
    c->explicit_vr = true;
    for (;;) {
        if (c->offset == c->file_size) break;
        const uint8_t *p = ms_dicom_peek(c, c->offset, 2, err);
        if (!p) return MS_EINPUT;
        if (p[0] != 2 || p[1] != 0) break;
        ms_dicom_element e;
        ms_status status = ms_dicom_next(c, &e, err);
        if (status) return status;
        bool syntax = e.tag == TAG(0x0002, 0x0010), media = e.tag == TAG(0x0002, 0x0002);
        if ((syntax || media) && e.length <= 64) {
            p = ms_dicom_peek(c, e.value, e.length, err);
            if (!p) return MS_EINPUT;
            ms_dicom_text(syntax ? h->transfer_syntax : h->media_class, sizeof h->media_class, p, e.length);
        }
        status = ms_dicom_skip(c, &e, err);
        if (status) return status;
    }
    return MS_OK;
}

/* Nothing says how the data set is encoded: its first element does, by whether it has a VR. */
static ms_status guess_encoding(ms_dicom_cursor *c, ms_dicom_header *h, ms_error *err) {
    const uint8_t *p = c->file_size - c->offset < 8 ? NULL : ms_dicom_peek(c, c->offset, 8, err);
    if (!p && c->more) return MS_EINPUT;
    if (!p || p[0] != 8 || p[1] != 0)
        return ms_error_set(err, MS_EINPUT,
                            "%s: the file's header is cut off or names no transfer syntax (0002,0010)",
                            c->name);
    (void)ms_text_format(h->transfer_syntax, sizeof h->transfer_syntax, "1.2.840.10008.1.2%s",
                         is_vr(p + 4) ? ".1" : "");
    return MS_OK;
}

static ms_status set_encoding(ms_dicom_cursor *c, ms_dicom_header *h, ms_error *err) {
    static const char *const read[] = {
        "1.2.840.10008.1.2.1",    "1.2.840.10008.1.2.2",    DEFLATED,
        "1.2.840.10008.1.2.5",    "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51",
        "1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80",
        "1.2.840.10008.1.2.4.81", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91",
    };
    const char *uid = h->transfer_syntax;
    h->deflated = strcmp(uid, DEFLATED) == 0;
    h->big_endian = c->big_endian = strcmp(uid, "1.2.840.10008.1.2.2") == 0;
    h->explicit_vr = c->explicit_vr = strcmp(uid, "1.2.840.10008.1.2") != 0;
    h->data_set = c->offset;
    if (!c->explicit_vr) return MS_OK;
    for (size_t i = 0; i < MS_COUNT(read); i++)
        if (strcmp(uid, read[i]) == 0) return MS_OK;
    /* One of the standard's is named; anything else could be any text. */
    static const char standard[] = "1.2.840.10008.1.2.";
    const bool known = ms_text_starts_with(uid, standard) && strlen(uid) < sizeof standard + 6 &&
                       strspn(uid, "0123456789.") == strlen(uid);
    return ms_error_set(err, MS_EINPUT,
                        "%s: its transfer syntax%s%s is not read; convert it (e.g. with gdcmconv --raw)",
                        c->name, known ? " " : "", known ? uid : "");
}

/* Zeros after the last element (some archives round file sizes up) are no element. */
static bool only_zeros_left(ms_dicom_cursor *c) {
    if (c->length < c->file_size || c->file_size - c->offset > 4096) return false;
    for (uint64_t i = c->offset; i < c->file_size; i++)
        if (c->bytes[i]) return false;
    return true;
}

static bool is_groups(uint32_t tag) {
    return tag == TAG(0x5200, 0x9229) || tag == TAG(0x5200, 0x9230);
}

static ms_status parse_dataset(ms_dicom_cursor *c, ms_dicom_header *h, ms_dicom_frames *frames,
                               ms_error *err) {
    while (c->offset < c->file_size) {
        ms_dicom_element e = {0};
        if (h->has_pixels && c->length == c->file_size && only_zeros_left(c)) break;
        uint64_t before = c->offset;
        ms_status status = ms_dicom_next(c, &e, err);
        if (e.tag == TAG(0x7FE0, 0x0010) && !c->more && c->offset > before) {
            h->has_pixels = true;
            status = ms_dicom_pixels_check(c, &e, h, frames, err);
            if (status) return status;
            continue;
        }
        if (status) return status;
        if (frames && is_groups(e.tag)) {
            status = ms_dicom_frames_take(frames, c, &e, err);
            if (status) return status;
            continue;
        }
        status = take(c, &e, h, err);
        if (status) return status;
        status = ms_dicom_skip(c, &e, err);
        if (status) return status;
    }
    return MS_OK;
}

static void init_header(ms_dicom_header *h) {
    memset(h, 0, sizeof *h);
    ms_dicom_plane_init(&h->plane);
    h->samples = 1;
    h->monochrome = true;
    h->frames = 1.0;
    h->contrast = -1;
    h->tilt = h->padding = NAN;
}

/* Sparse headers: what is left out and follows from the rest. A class of CT images says the modality; without
 * either, a rescale intercept and a place in the patient make it CT. */
static void complete(ms_dicom_header *h, const ms_dicom_frames *frames) {
    const char *class = h->sop_class[0] ? h->sop_class : h->media_class;
    bool rescaled = isfinite(h->plane.intercept) && h->plane.has_position;
    if (frames && frames->n > 0) rescaled = isfinite(frames->shared.intercept);
    if (!h->modality[0] && (ms_text_starts_with(class, MS_CT_IMAGE_STORAGE) || (!class[0] && rescaled)))
        (void)ms_text_format(h->modality, sizeof h->modality, "CT");
}

ms_status ms_dicom_header_parse(const uint8_t *bytes, size_t length, uint64_t file_size, const char *name,
                                ms_dicom_header *header, ms_dicom_frames *frames, uint64_t *wanted,
                                ms_error *err) {
    ms_dicom_cursor c = {.bytes = bytes, .length = length, .file_size = file_size, .name = name};
    ms_status status = MS_OK;
    *wanted = 0;
    init_header(header);
    if (frames) {
        frames->n = frames->described = 0;
        ms_dicom_plane_init(&frames->shared);
    }
    if (ms_dicom_has_mark(bytes, length)) {
        c.offset = 132;
        status = parse_meta(&c, header, err);
    } else if (ms_dicom_looks_bare(bytes, length)) {
        header->bare = true;
    } else {
        return ms_error_set(err, MS_EINPUT, "%s: is no DICOM file (no DICM mark at byte 128)", name);
    }
    if (!status && !header->transfer_syntax[0]) status = guess_encoding(&c, header, err);
    if (!status) status = set_encoding(&c, header, err);
    if (!status) status = parse_dataset(&c, header, frames, err);
    if (status && c.more) {
        *wanted = c.wanted;
        return MS_OK;
    }
    complete(header, frames);
    if (!status && frames && frames->n > 0) status = ms_dicom_frames_finish(frames, header, name, err);
    return status;
}

bool ms_dicom_is_deflated(const uint8_t *bytes, size_t length, uint64_t *data_set) {
    ms_dicom_cursor c = {
        .bytes = bytes, .length = length, .file_size = length, .offset = 132, .name = "header"};
    ms_dicom_header h;
    ms_error ignored;
    init_header(&h);
    if (!ms_dicom_has_mark(bytes, length) || parse_meta(&c, &h, &ignored)) return false;
    *data_set = c.offset;
    return strcmp(h.transfer_syntax, DEFLATED) == 0;
}

static ms_status visit_all(ms_dicom_cursor *c, ms_dicom_visitor visit, void *context, ms_error *err) {
    static const ms_dicom_place top = {.depth = 0};
    while (c->offset < c->file_size) {
        ms_dicom_element e;
        ms_status status = ms_dicom_next(c, &e, err);
        if (status) return status;
        if (e.tag >> 16 >= 0x7FE0) return MS_OK;
        if (ms_dicom_is_sequence(&e)) {
            status = ms_dicom_walk(c, &e, visit, context, err);
            if (status) return status;
            continue;
        }
        const uint8_t *value = ms_dicom_peek(c, e.value, e.length, err);
        status = value ? visit(context, c, &top, &e, value, err) : MS_EINPUT;
        if (status) return status;
        c->offset = e.value + e.length;
    }
    return MS_OK;
}

ms_status ms_dicom_visit(const uint8_t *bytes, size_t length, const char *name, ms_dicom_header *header,
                         ms_dicom_frames *frames, ms_dicom_visitor visit, void *context, ms_error *err) {
    uint64_t wanted = 0;
    ms_status status = ms_dicom_header_parse(bytes, length, length, name, header, frames, &wanted, err);
    if (status) return status;
    ms_dicom_cursor c = {.bytes = bytes,
                         .length = length,
                         .file_size = length,
                         .offset = header->data_set,
                         .name = name,
                         .explicit_vr = header->explicit_vr,
                         .big_endian = header->big_endian};
    return visit ? visit_all(&c, visit, context, err) : MS_OK;
}
