/* image/dicom_header.c: the header of one DICOM file: the few elements a CT slice needs, nothing that
 * identifies. */
#include "image/private.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define TAG(group, element) ((uint32_t)(group) << 16 | (element))

bool ms_dicom_has_mark(const uint8_t *bytes, size_t length) {
    return length >= 132 && memcmp(bytes + 128, "DICM", 4) == 0;
}

/* ---- values ----------------------------------------------------------------------------------------- */

/* A text value without the padding (PS3.5, 6.2): at most size - 1 characters of it. */
static void get_text(char *out, size_t size, const uint8_t *p, size_t n) {
    while (n > 0 && (p[n - 1] == ' ' || p[n - 1] == '\0')) n--;
    while (n > 0 && *p == ' ') {
        p++;
        n--;
    }
    if (n >= size) n = size - 1;
    for (size_t i = 0; i < n; i++) out[i] = (char)(p[i] >= ' ' && p[i] < 127 ? p[i] : '?');
    out[n] = '\0';
}

/* Exactly `count` decimal strings separated by backslashes; false when they are not that. */
static bool get_numbers(double *out, size_t count, const uint8_t *p, size_t n) {
    double values[6];
    for (size_t i = 0; i < count; i++) {
        char text[32];
        size_t length = 0;
        while (length < n && p[length] != '\\') length++;
        get_text(text, sizeof text, p, length);
        if (!ms_parse_number(text, &values[i]) || !isfinite(values[i])) return false;
        if (i + 1 < count && length == n) return false;
        size_t used = length < n ? length + 1 : length;
        p += used;
        n -= used;
    }
    if (n > 0) return false;
    memcpy(out, values, count * sizeof *out);
    return true;
}

static unsigned get_us(const uint8_t *p, size_t n) {
    return n >= 2 ? (unsigned)(p[0] | p[1] << 8) : 0;
}

/* ImageType's values, one of which may be LOCALIZER. */
static bool contains_word(const uint8_t *p, size_t n, const char *word) {
    size_t length = strlen(word);
    for (size_t i = 0; i + length <= n; i++)
        if (memcmp(p + i, word, length) == 0) return true;
    return false;
}

/* Only letters, digits and a few signs: a kernel's name, never a sentence. */
static void get_kernel(char out[17], const uint8_t *p, size_t n) {
    char text[17];
    size_t length = 0;
    while (length < n && p[length] != '\\') length++;
    get_text(text, sizeof text, p, length);
    for (char *c = text; *c; c++) {
        bool plain = (*c >= 'A' && *c <= 'Z') || (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9');
        if (!plain && !strchr("+-_./ ", *c)) *c = '?';
    }
    memcpy(out, text, sizeof text);
}

/* A decimal string that must be a number when it is there at all. */
static ms_status get_required(double *out, size_t count, bool *has, const uint8_t *p, size_t n,
                              const char *name, const char *what, ms_error *err) {
    char text[2];
    get_text(text, sizeof text, p, n);
    if (!text[0]) return MS_OK; /* empty: as if it were absent */
    if (!get_numbers(out, count, p, n))
        return ms_error_set(err, MS_EINPUT, "%s: %s is not %zu finite number%s", name, what, count,
                            count == 1 ? "" : "s");
    if (has) *has = true;
    return MS_OK;
}

/* ---- elements --------------------------------------------------------------------------------------- */

static ms_status take_geometry(ms_dicom_header *h, uint32_t tag, const uint8_t *p, size_t n, const char *name,
                               ms_error *err) {
    switch (tag) {
    case TAG(0x0020, 0x0032):
        return get_required(h->position, 3, &h->has_position, p, n, name, "ImagePositionPatient (0020,0032)",
                            err);
    case TAG(0x0020, 0x0037):
        return get_required(h->orientation, 6, &h->has_orientation, p, n, name,
                            "ImageOrientationPatient (0020,0037)", err);
    case TAG(0x0028, 0x0030):
        return get_required(h->spacing, 2, &h->has_spacing, p, n, name, "PixelSpacing (0028,0030)", err);
    case TAG(0x0028, 0x1052):
        return get_required(&h->intercept, 1, &h->has_rescale, p, n, name, "RescaleIntercept (0028,1052)",
                            err);
    case TAG(0x0028, 0x1053):
        return get_required(&h->slope, 1, NULL, p, n, name, "RescaleSlope (0028,1053)", err);
    case TAG(0x0028, 0x0008):
        return get_required(&h->frames, 1, NULL, p, n, name, "NumberOfFrames (0028,0008)", err);
    default:
        return MS_OK;
    }
}

static void take_pixel_format(ms_dicom_header *h, uint32_t tag, const uint8_t *p, size_t n) {
    switch (tag) {
    case TAG(0x0028, 0x0002):
        h->samples = get_us(p, n);
        break;
    case TAG(0x0028, 0x0004):
        h->monochrome = contains_word(p, n, "MONOCHROME");
        break;
    case TAG(0x0028, 0x0010):
        h->rows = get_us(p, n);
        break;
    case TAG(0x0028, 0x0011):
        h->columns = get_us(p, n);
        break;
    case TAG(0x0028, 0x0100):
        h->bits_allocated = get_us(p, n);
        break;
    case TAG(0x0028, 0x0101):
        h->bits_stored = get_us(p, n);
        break;
    case TAG(0x0028, 0x0103):
        h->is_signed = get_us(p, n) == 1;
        break;
    /* US or SS as PixelRepresentation says, which comes before it. */
    case TAG(0x0028, 0x0120):
        if (n >= 2) h->padding = h->is_signed ? (double)(int16_t)get_us(p, n) : (double)get_us(p, n);
        break;
    default:
        break;
    }
}

static void take_words(ms_dicom_header *h, uint32_t tag, const uint8_t *p, size_t n) {
    switch (tag) {
    case TAG(0x0008, 0x0008):
        h->localizer = contains_word(p, n, "LOCALIZER");
        break;
    case TAG(0x0008, 0x0016):
        get_text(h->sop_class, sizeof h->sop_class, p, n);
        break;
    case TAG(0x0008, 0x0060):
        get_text(h->modality, sizeof h->modality, p, n);
        break;
    case TAG(0x0020, 0x000E):
        get_text(h->series_uid, sizeof h->series_uid, p, n);
        break;
    case TAG(0x0018, 0x1210):
        get_kernel(h->kernel, p, n);
        break;
    case TAG(0x0018, 0x0010): {
        char agent[65];
        get_text(agent, sizeof agent, p, n);
        bool none =
            !agent[0] || strcmp(agent, "NONE") == 0 || strcmp(agent, "NO") == 0 || strcmp(agent, "None") == 0;
        h->contrast = none ? 0 : 1;
        break;
    }
    case TAG(0x0018, 0x0050):
        (void)get_numbers(&h->thickness, 1, p, n);
        break;
    case TAG(0x0018, 0x0060):
        (void)get_numbers(&h->kvp, 1, p, n);
        break;
    case TAG(0x0018, 0x1120):
        (void)get_numbers(&h->tilt, 1, p, n);
        break;
    default:
        break;
    }
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
    take_pixel_format(h, e->tag, p, e->length);
    return take_geometry(h, e->tag, p, e->length, c->name, err);
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
            get_text(syntax ? h->transfer_syntax : h->media_class, sizeof h->media_class, p, e.length);
        }
        status = ms_dicom_skip(c, &e, 0, err);
        if (status) return status;
    }
    if (!h->transfer_syntax[0])
        return ms_error_set(err, MS_EINPUT,
                            "%s: the file's header is cut off or names no transfer syntax (0002,0010)",
                            c->name);
    return MS_OK;
}

static ms_status set_encoding(ms_dicom_cursor *c, const char *uid, ms_error *err) {
    static const char *const unread[][2] = {
        {"1.2.840.10008.1.2.2", "big endian"},
        {"1.2.840.10008.1.2.1.99", "deflated"},
    };
    static const char *const read[] = {
        "1.2.840.10008.1.2.1",    "1.2.840.10008.1.2.5",    "1.2.840.10008.1.2.4.50",
        "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70",
        "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81", "1.2.840.10008.1.2.4.90",
        "1.2.840.10008.1.2.4.91",
    };
    c->explicit_vr = strcmp(uid, "1.2.840.10008.1.2") != 0;
    if (!c->explicit_vr) return MS_OK;
    for (size_t i = 0; i < MS_COUNT(read); i++)
        if (strcmp(uid, read[i]) == 0) return MS_OK;
    for (size_t i = 0; i < MS_COUNT(unread); i++)
        if (strcmp(uid, unread[i][0]) == 0)
            return ms_error_set(err, MS_EINPUT,
                                "%s: the file is %s, which is not read; convert it (e.g. with dcmconv +te)",
                                c->name, unread[i][1]);
    return ms_error_set(err, MS_EINPUT,
                        "%s: its transfer syntax %s is not read; convert it (e.g. with gdcmconv --raw)",
                        c->name, uid);
}

/* Zeros after the last element (some archives round file sizes up) are no element. */
static bool only_zeros_left(ms_dicom_cursor *c) {
    if (c->length < c->file_size || c->file_size - c->offset > 4096) return false;
    for (uint64_t i = c->offset; i < c->file_size; i++)
        if (c->bytes[i]) return false;
    return true;
}

static ms_status parse_dataset(ms_dicom_cursor *c, ms_dicom_header *h, ms_error *err) {
    while (c->offset < c->file_size) {
        ms_dicom_element e = {0};
        if (h->has_pixels && c->length == c->file_size && only_zeros_left(c)) break;
        uint64_t before = c->offset;
        ms_status status = ms_dicom_next(c, &e, err);
        if (e.tag == TAG(0x7FE0, 0x0010) && !c->more && c->offset > before) {
            h->has_pixels = true;
            status = ms_dicom_pixels_check(c, &e, h, err);
            if (status) return status;
            continue;
        }
        if (status) return status;
        status = take(c, &e, h, err);
        if (status) return status;
        status = ms_dicom_skip(c, &e, 0, err);
        if (status) return status;
    }
    return MS_OK;
}

ms_status ms_dicom_header_parse(const uint8_t *bytes, size_t length, uint64_t file_size, const char *name,
                                ms_dicom_header *header, uint64_t *wanted, ms_error *err) {
    ms_dicom_cursor c = {
        .bytes = bytes, .length = length, .file_size = file_size, .offset = 132, .name = name};
    *wanted = 0;
    memset(header, 0, sizeof *header);
    header->samples = 1;
    header->frames = 1.0;
    header->slope = 1.0;
    header->contrast = -1;
    header->thickness = header->kvp = header->tilt = header->padding = NAN;
    if (!ms_dicom_has_mark(bytes, length))
        return ms_error_set(err, MS_EINPUT, "%s: is no DICOM file (no DICM mark at byte 128)", name);
    ms_status status = parse_meta(&c, header, err);
    if (!status) status = set_encoding(&c, header->transfer_syntax, err);
    if (!status) status = parse_dataset(&c, header, err);
    if (status && c.more) {
        *wanted = c.wanted;
        return MS_OK;
    }
    return status;
}
