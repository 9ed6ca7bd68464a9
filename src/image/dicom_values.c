/* image/dicom_values.c: values of DICOM elements (PS3.5, 6.2), and those that place one frame. */
#include "image/private.h"

#include <math.h>
#include <string.h>

unsigned ms_dicom_us(const ms_dicom_cursor *c, const uint8_t *p, size_t n) {
    if (n < 2) return 0;
    return c->big_endian ? (unsigned)(p[0] << 8 | p[1]) : (unsigned)(p[0] | p[1] << 8);
}

void ms_dicom_text(char *out, size_t size, const uint8_t *p, size_t n) {
    while (n > 0 && (p[n - 1] == ' ' || p[n - 1] == '\0')) n--;
    while (n > 0 && *p == ' ') {
        p++;
        n--;
    }
    if (n >= size) n = size - 1;
    for (size_t i = 0; i < n; i++) out[i] = (char)(p[i] >= ' ' && p[i] < 127 ? p[i] : '?');
    out[n] = '\0';
}

bool ms_dicom_numbers(double *out, size_t count, const uint8_t *p, size_t n) {
    double values[6];
    for (size_t i = 0; i < count; i++) {
        char text[32];
        size_t length = 0;
        while (length < n && p[length] != '\\') length++;
        ms_dicom_text(text, sizeof text, p, length);
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

bool ms_dicom_contains(const uint8_t *p, size_t n, const char *word) {
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
    ms_dicom_text(text, sizeof text, p, length);
    for (char *c = text; *c; c++) {
        bool plain = (*c >= 'A' && *c <= 'Z') || (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9');
        if (!plain && !strchr("+-_./ ", *c)) *c = '?';
    }
    memcpy(out, text, sizeof text);
}

/* Decimal strings that must be numbers when they are there at all; empty is as if absent. */
static ms_status get_required(double *out, size_t count, bool *has, const uint8_t *p, size_t n,
                              const char *name, const char *what, ms_error *err) {
    char text[2];
    ms_dicom_text(text, sizeof text, p, n);
    if (!text[0]) return MS_OK;
    if (!ms_dicom_numbers(out, count, p, n))
        return ms_error_set(err, MS_EINPUT, "%s: %s is not %zu finite number%s", name, what, count,
                            count == 1 ? "" : "s");
    if (has) *has = true;
    return MS_OK;
}

void ms_dicom_plane_init(ms_dicom_plane *plane) {
    memset(plane, 0, sizeof *plane);
    plane->thickness = plane->slope = plane->intercept = plane->kvp = NAN;
    plane->acquisition = plane->temporal = NAN;
}

static ms_status take_place(ms_dicom_plane *o, uint32_t tag, const uint8_t *p, size_t n, const char *name,
                            ms_error *err) {
    switch (tag) {
    case MS_DICOM_TAG(0x0020, 0x0032):
        return get_required(o->position, 3, &o->has_position, p, n, name, "ImagePositionPatient (0020,0032)",
                            err);
    case MS_DICOM_TAG(0x0020, 0x0037):
        return get_required(o->orientation, 6, &o->has_orientation, p, n, name,
                            "ImageOrientationPatient (0020,0037)", err);
    case MS_DICOM_TAG(0x0028, 0x0030):
        return get_required(o->spacing, 2, &o->has_spacing, p, n, name, "PixelSpacing (0028,0030)", err);
    case MS_DICOM_TAG(0x0028, 0x1052):
        return get_required(&o->intercept, 1, NULL, p, n, name, "RescaleIntercept (0028,1052)", err);
    case MS_DICOM_TAG(0x0028, 0x1053):
        return get_required(&o->slope, 1, NULL, p, n, name, "RescaleSlope (0028,1053)", err);
    default:
        return MS_OK;
    }
}

/* The first value decides: further values say nothing for one frame. */
static void take_number(double *out, const uint8_t *p, size_t n) {
    size_t length = 0;
    while (length < n && p[length] != '\\') length++;
    (void)ms_dicom_numbers(out, 1, p, length);
}

ms_status ms_dicom_plane_take(ms_dicom_plane *o, const ms_dicom_cursor *c, const ms_dicom_element *e,
                              const uint8_t *p, ms_error *err) {
    size_t n = e->length;
    switch (e->tag) {
    case MS_DICOM_TAG(0x0008, 0x0008): /* ImageType, FrameType */
    case MS_DICOM_TAG(0x0008, 0x9007):
        o->localizer = ms_dicom_contains(p, n, "LOCALIZER");
        o->derived = ms_dicom_contains(p, n, "DERIVED");
        break;
    case MS_DICOM_TAG(0x0018, 0x1210):
        get_kernel(o->kernel, p, n);
        break;
    case MS_DICOM_TAG(0x0018, 0x0050):
        take_number(&o->thickness, p, n);
        break;
    case MS_DICOM_TAG(0x0018, 0x0060):
        take_number(&o->kvp, p, n);
        break;
    case MS_DICOM_TAG(0x0020, 0x0012):
        take_number(&o->acquisition, p, n);
        break;
    case MS_DICOM_TAG(0x0020, 0x0100):
        take_number(&o->temporal, p, n);
        break;
    case MS_DICOM_TAG(0x0020, 0x9128): /* TemporalPositionIndex, 32 bits: the lower ones */
        if (n >= 4) o->temporal = (double)ms_dicom_us(c, c->big_endian ? p + 2 : p, 2);
        break;
    case MS_DICOM_TAG(0x0020, 0x9156):
        if (n >= 2) o->acquisition = (double)ms_dicom_us(c, p, n);
        break;
    case MS_DICOM_TAG(0x0062, 0x000B):
        o->segment = ms_dicom_us(c, p, n);
        break;
    default:
        return take_place(o, e->tag, p, n, c->name, err);
    }
    return MS_OK;
}

static void fill(double *value, double from) {
    if (isnan(*value)) *value = from;
}

void ms_dicom_plane_fill(ms_dicom_plane *o, const ms_dicom_plane *from) {
    if (!o->has_position) memcpy(o->position, from->position, sizeof o->position);
    if (!o->has_orientation) memcpy(o->orientation, from->orientation, sizeof o->orientation);
    if (!o->has_spacing) memcpy(o->spacing, from->spacing, sizeof o->spacing);
    o->has_position = o->has_position || from->has_position;
    o->has_orientation = o->has_orientation || from->has_orientation;
    o->has_spacing = o->has_spacing || from->has_spacing;
    o->localizer = o->localizer || from->localizer;
    o->derived = o->derived || from->derived;
    if (!o->kernel[0]) memcpy(o->kernel, from->kernel, sizeof o->kernel);
    if (!o->segment) o->segment = from->segment;
    fill(&o->thickness, from->thickness);
    fill(&o->slope, from->slope);
    fill(&o->intercept, from->intercept);
    fill(&o->kvp, from->kvp);
    fill(&o->acquisition, from->acquisition);
    fill(&o->temporal, from->temporal);
}
