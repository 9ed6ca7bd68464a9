/* image/dicom_elements.c: walks over the data elements of a DICOM file (PS3.5 chapter 7), believing no
 * length. */
#include "image/private.h"

#include <inttypes.h>
#include <string.h>

#define MAX_DEPTH 16
#define TAG_ITEM 0xFFFEE000u
#define TAG_ITEM_END 0xFFFEE00Du
#define TAG_SEQUENCE_END 0xFFFEE0DDu

static uint16_t u16(const uint8_t *p) {
    return (uint16_t)(p[0] | p[1] << 8);
}
static uint32_t u32(const uint8_t *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

const uint8_t *ms_dicom_peek(ms_dicom_cursor *c, uint64_t offset, size_t n, ms_error *err) {
    if (offset > c->file_size || n > c->file_size - offset) {
        (void)ms_error_set(err, MS_EINPUT,
                           "%s: the file ends after %" PRIu64
                           " bytes in the middle of an element (truncated file?); "
                           "copy it again",
                           c->name, c->file_size);
        return NULL;
    }
    if (offset + n > c->length) {
        c->more = true;
        c->wanted = offset + n;
        return NULL;
    }
    return c->bytes + offset;
}

/* VRs whose length field has 32 bits after two reserved bytes. */
static bool has_long_length(const char vr[3]) {
    static const char *const longs[] = {"OB", "OD", "OF", "OL", "OV", "OW", "SQ",
                                        "SV", "UC", "UN", "UR", "UT", "UV"};
    for (size_t i = 0; i < MS_COUNT(longs); i++)
        if (strcmp(vr, longs[i]) == 0) return true;
    return false;
}

static ms_status explicit_length(ms_dicom_cursor *c, ms_dicom_element *e, ms_error *err) {
    const uint8_t *p = ms_dicom_peek(c, c->offset + 4, 4, err);
    if (!p) return MS_EINPUT;
    e->vr[0] = (char)p[0];
    e->vr[1] = (char)p[1];
    if (e->vr[0] < 'A' || e->vr[0] > 'Z' || e->vr[1] < 'A' || e->vr[1] > 'Z')
        return ms_error_set(err, MS_EINPUT,
                            "%s: element (%04x,%04x) has no value representation; the file is damaged",
                            c->name, e->tag >> 16, e->tag & 0xffff);
    if (!has_long_length(e->vr)) {
        e->length = u16(p + 2);
        c->offset += 8;
        return MS_OK;
    }
    p = ms_dicom_peek(c, c->offset + 8, 4, err);
    if (!p) return MS_EINPUT;
    e->length = u32(p);
    c->offset += 12;
    return MS_OK;
}

ms_status ms_dicom_next(ms_dicom_cursor *c, ms_dicom_element *e, ms_error *err) {
    const uint8_t *p = ms_dicom_peek(c, c->offset, 8, err);
    if (!p) return MS_EINPUT;
    memset(e, 0, sizeof *e);
    e->tag = (uint32_t)u16(p) << 16 | u16(p + 2);
    if (!c->explicit_vr || e->tag >> 16 == 0xFFFE) { /* items and delimiters never have a VR */
        e->length = u32(p + 4);
        c->offset += 8;
    } else {
        ms_status status = explicit_length(c, e, err);
        if (status) return status;
    }
    e->value = c->offset;
    if (e->length != MS_DICOM_UNDEFINED && e->length > c->file_size - c->offset)
        return ms_error_set(err, MS_EINPUT,
                            "%s: element (%04x,%04x) declares %" PRIu32 " bytes, %" PRIu64
                            " are left (truncated file?); copy it again",
                            c->name, e->tag >> 16, e->tag & 0xffff, e->length, c->file_size - c->offset);
    return MS_OK;
}

static ms_status skip_items(ms_dicom_cursor *c, uint64_t end, bool until_delimiter, int depth, ms_error *err);

/* The elements of one item, up to `end` or the item's delimiter. */
static ms_status skip_item(ms_dicom_cursor *c, const ms_dicom_element *item, uint64_t limit, int depth,
                           ms_error *err) {
    bool open = item->length == MS_DICOM_UNDEFINED;
    uint64_t end = open ? limit : item->value + item->length;
    while (open || c->offset < end) {
        ms_dicom_element e;
        ms_status status = ms_dicom_next(c, &e, err);
        if (status) return status;
        if (e.tag == TAG_ITEM_END) return MS_OK;
        status = ms_dicom_skip(c, &e, depth, err);
        if (status) return status;
    }
    if (c->offset != end)
        return ms_error_set(err, MS_EINPUT,
                            "%s: an element reaches beyond the sequence item it is in; the file is damaged",
                            c->name);
    return MS_OK;
}

static ms_status skip_items(ms_dicom_cursor *c, uint64_t end, bool until_delimiter, int depth,
                            ms_error *err) {
    while (until_delimiter || c->offset < end) {
        ms_dicom_element item;
        ms_status status = ms_dicom_next(c, &item, err);
        if (status) return status;
        if (item.tag == TAG_SEQUENCE_END) return MS_OK;
        if (item.tag != TAG_ITEM)
            return ms_error_set(
                err, MS_EINPUT,
                "%s: a sequence holds (%04x,%04x) where an item should be; the file is damaged", c->name,
                item.tag >> 16, item.tag & 0xffff);
        status = skip_item(c, &item, end, depth, err);
        if (status) return status;
    }
    return MS_OK;
}

ms_status ms_dicom_skip(ms_dicom_cursor *c, const ms_dicom_element *e, int depth, ms_error *err) {
    bool undefined = e->length == MS_DICOM_UNDEFINED;
    if (!undefined && strcmp(e->vr, "SQ") != 0) {
        c->offset = e->value + e->length;
        return MS_OK;
    }
    if (depth >= MAX_DEPTH)
        return ms_error_set(err, MS_EINPUT,
                            "%s: sequences are nested more than %d levels deep; the file is damaged", c->name,
                            MAX_DEPTH);
    bool was_explicit = c->explicit_vr;
    /* A UN element of undefined length is a sequence in implicit VR whatever the file's own (PS3.5, 6.2.2).
     */
    if (strcmp(e->vr, "UN") == 0) c->explicit_vr = false;
    uint64_t end = undefined ? c->file_size : e->value + e->length;
    ms_status status = skip_items(c, end, undefined, depth + 1, err);
    c->explicit_vr = was_explicit;
    if (status) return status;
    if (!undefined && c->offset != end)
        return ms_error_set(err, MS_EINPUT,
                            "%s: an item reaches beyond its sequence (%04x,%04x); the file is damaged",
                            c->name, e->tag >> 16, e->tag & 0xffff);
    return MS_OK;
}
