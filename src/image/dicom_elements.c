/* image/dicom_elements.c: walks over the data elements of a DICOM file (PS3.5 chapter 7), believing no
 * length. */
#include "image/private.h"

#include <inttypes.h>
#include <string.h>

#define TAG_ITEM 0xFFFEE000u
#define TAG_ITEM_END 0xFFFEE00Du
#define TAG_SEQUENCE_END 0xFFFEE0DDu

static unsigned u16(const ms_dicom_cursor *c, const uint8_t *p) {
    return c->big_endian ? (unsigned)(p[0] << 8 | p[1]) : (unsigned)(p[0] | p[1] << 8);
}
static uint32_t u32(const ms_dicom_cursor *c, const uint8_t *p) {
    uint32_t first = u16(c, p), second = u16(c, p + 2);
    return c->big_endian ? first << 16 | second : first | second << 16;
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
        e->length = u16(c, p + 2);
        c->offset += 8;
        return MS_OK;
    }
    p = ms_dicom_peek(c, c->offset + 8, 4, err);
    if (!p) return MS_EINPUT;
    e->length = u32(c, p);
    c->offset += 12;
    return MS_OK;
}

ms_status ms_dicom_next(ms_dicom_cursor *c, ms_dicom_element *e, ms_error *err) {
    const uint8_t *p = ms_dicom_peek(c, c->offset, 8, err);
    if (!p) return MS_EINPUT;
    memset(e, 0, sizeof *e);
    e->tag = (uint32_t)u16(c, p) << 16 | u16(c, p + 2);
    if (!c->explicit_vr || e->tag >> 16 == 0xFFFE) { /* items and delimiters never have a VR */
        e->length = u32(c, p + 4);
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

/* ---- sequences -------------------------------------------------------------------------------------- */

typedef struct walk {
    ms_dicom_cursor *c;
    ms_dicom_visitor visit; /* NULL: only to find the end */
    void *context;
    ms_dicom_place place;
} walk;

/* Implicit VR does not say what is a sequence. These are, of those anything is looked for in. */
static bool known_sequence(uint32_t tag) {
    static const uint32_t known[] = {
        MS_DICOM_TAG(0x5200, 0x9229), MS_DICOM_TAG(0x5200, 0x9230), MS_DICOM_TAG(0x0020, 0x9111),
        MS_DICOM_TAG(0x0020, 0x9113), MS_DICOM_TAG(0x0020, 0x9116), MS_DICOM_TAG(0x0028, 0x9110),
        MS_DICOM_TAG(0x0028, 0x9145), MS_DICOM_TAG(0x0018, 0x9314), MS_DICOM_TAG(0x0018, 0x9325),
        MS_DICOM_TAG(0x0018, 0x9329), MS_DICOM_TAG(0x0062, 0x0002), MS_DICOM_TAG(0x0062, 0x000A),
        MS_DICOM_TAG(0x0062, 0x000F), MS_DICOM_TAG(0x0062, 0x0011), MS_DICOM_TAG(0x3006, 0x0020),
        MS_DICOM_TAG(0x3006, 0x0039), MS_DICOM_TAG(0x3006, 0x0040)};
    for (size_t i = 0; i < MS_COUNT(known); i++)
        if (known[i] == tag) return true;
    return false;
}

bool ms_dicom_is_sequence(const ms_dicom_element *e) {
    if (e->length == MS_DICOM_UNDEFINED || strcmp(e->vr, "SQ") == 0) return true;
    return (!e->vr[0] || strcmp(e->vr, "UN") == 0) && known_sequence(e->tag);
}

/* Without a visitor one of known length is stepped over when its VR does not say that it is one. */
static bool must_walk(const walk *w, const ms_dicom_element *e) {
    if (!w->visit) return e->length == MS_DICOM_UNDEFINED || strcmp(e->vr, "SQ") == 0;
    return ms_dicom_is_sequence(e);
}

static ms_status walk_sequence(walk *w, const ms_dicom_element *e, ms_error *err);

static ms_status walk_element(walk *w, const ms_dicom_element *e, ms_error *err) {
    if (must_walk(w, e)) return walk_sequence(w, e, err);
    if (w->visit) {
        const uint8_t *value = ms_dicom_peek(w->c, e->value, e->length, err);
        if (!value) return MS_EINPUT;
        ms_status status = w->visit(w->context, w->c, &w->place, e, value, err);
        if (status) return status;
    }
    w->c->offset = e->value + e->length;
    return MS_OK;
}

/* The elements of one item, up to `end` or the item's delimiter. */
static ms_status walk_item(walk *w, const ms_dicom_element *item, uint64_t limit, ms_error *err) {
    bool open = item->length == MS_DICOM_UNDEFINED;
    uint64_t end = open ? limit : item->value + item->length;
    while (open || w->c->offset < end) {
        ms_dicom_element e;
        ms_status status = ms_dicom_next(w->c, &e, err);
        if (status) return status;
        if (e.tag == TAG_ITEM_END) return MS_OK;
        status = walk_element(w, &e, err);
        if (status) return status;
    }
    if (w->c->offset != end)
        return ms_error_set(err, MS_EINPUT,
                            "%s: an element reaches beyond the sequence item it is in; the file is damaged",
                            w->c->name);
    return MS_OK;
}

static ms_status walk_items(walk *w, uint64_t end, bool until_delimiter, ms_error *err) {
    for (size_t n = 0; until_delimiter || w->c->offset < end; n++) {
        ms_dicom_element item;
        ms_status status = ms_dicom_next(w->c, &item, err);
        if (status) return status;
        if (item.tag == TAG_SEQUENCE_END) return MS_OK;
        if (item.tag != TAG_ITEM)
            return ms_error_set(
                err, MS_EINPUT,
                "%s: a sequence holds (%04x,%04x) where an item should be; the file is damaged", w->c->name,
                item.tag >> 16, item.tag & 0xffff);
        w->place.items[w->place.depth - 1] = n;
        status = walk_item(w, &item, end, err);
        if (status) return status;
    }
    return MS_OK;
}

static ms_status walk_sequence(walk *w, const ms_dicom_element *e, ms_error *err) {
    ms_dicom_cursor *c = w->c;
    bool undefined = e->length == MS_DICOM_UNDEFINED, was_explicit = c->explicit_vr;
    if (w->place.depth >= MS_DICOM_DEPTH)
        return ms_error_set(err, MS_EINPUT,
                            "%s: sequences are nested more than %d levels deep; the file is damaged", c->name,
                            MS_DICOM_DEPTH);
    /* A UN element that holds items does so in implicit VR whatever the file's own (PS3.5, 6.2.2). */
    if (strcmp(e->vr, "UN") == 0) c->explicit_vr = false;
    w->place.tags[w->place.depth++] = e->tag;
    uint64_t end = undefined ? c->file_size : e->value + e->length;
    ms_status status = walk_items(w, end, undefined, err);
    w->place.depth--;
    c->explicit_vr = was_explicit;
    if (status) return status;
    if (!undefined && c->offset != end)
        return ms_error_set(err, MS_EINPUT,
                            "%s: an item reaches beyond its sequence (%04x,%04x); the file is damaged",
                            c->name, e->tag >> 16, e->tag & 0xffff);
    return MS_OK;
}

ms_status ms_dicom_walk(ms_dicom_cursor *c, const ms_dicom_element *e, ms_dicom_visitor visit, void *context,
                        ms_error *err) {
    walk w = {.c = c, .visit = visit, .context = context};
    return walk_sequence(&w, e, err);
}

ms_status ms_dicom_skip(ms_dicom_cursor *c, const ms_dicom_element *e, ms_error *err) {
    walk w = {.c = c};
    return walk_element(&w, e, err);
}
