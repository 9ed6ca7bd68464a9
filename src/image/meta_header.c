/* image/meta_header.c: checks a MetaImage header (https://itk.org/Wiki/MetaIO/Documentation) before it is
 * used. */
#include "image/private.h"
#include "image/text_header.h"

#include <math.h>
#include <string.h>

typedef struct meta_fields {
    bool dims, size, type, spacing, data;
} meta_fields;

static ms_status set_type(const char *value, const char *name, ms_file_header *h, ms_error *err) {
    static const struct {
        const char *word;
        unsigned bytes;
        char kind;
    } types[] = {{"MET_CHAR", 1, 'i'},      {"MET_UCHAR", 1, 'u'},      {"MET_SHORT", 2, 'i'},
                 {"MET_USHORT", 2, 'u'},    {"MET_INT", 4, 'i'},        {"MET_UINT", 4, 'u'},
                 {"MET_LONG_LONG", 8, 'i'}, {"MET_ULONG_LONG", 8, 'u'}, {"MET_FLOAT", 4, 'f'},
                 {"MET_DOUBLE", 8, 'f'}};
    for (size_t i = 0; i < MS_COUNT(types); i++)
        if (strcmp(value, types[i].word) == 0) {
            h->voxel_bytes = types[i].bytes;
            h->kind = types[i].kind;
            return MS_OK;
        }
    return ms_error_set(err, MS_EINPUT,
                        "%s: this ElementType is not read; MET_CHAR, SHORT, INT and LONG_LONG, their "
                        "unsigned ones, FLOAT and DOUBLE are",
                        name);
}

static ms_status set_size(const char *value, const char *name, ms_file_header *h, ms_error *err) {
    double sizes[3];
    if (!ms_text_numbers(value, 3, sizes))
        return ms_error_set(err, MS_EINPUT, "%s: DimSize is not three numbers", name);
    for (int d = 0; d < 3; d++) {
        if (sizes[d] < 1.0 || sizes[d] > 1e6 || sizes[d] != floor(sizes[d]))
            return ms_error_set(err, MS_EINPUT, "%s: DimSize %g along axis %d makes no sense", name, sizes[d],
                                d);
        h->n[d] = (size_t)sizes[d];
    }
    return MS_OK;
}

static bool is_true(const char *value) {
    return value[0] == 'T' || value[0] == 't' || value[0] == '1';
}

static ms_status set_data_file(const char *value, const char *name, ms_file_header *h, ms_error *err) {
    if (strcmp(value, "LOCAL") == 0 || strcmp(value, "Local") == 0 || strcmp(value, "local") == 0)
        return MS_OK;
    bool plain = value[0] && value[0] != '.' && !strpbrk(value, "/\\% \t") && strcmp(value, "LIST") != 0;
    if (!plain || !ms_text_format(h->data_file, sizeof h->data_file, "%s", value))
        return ms_error_set(err, MS_EINPUT, "%s: ElementDataFile must be LOCAL or one plain file beside it",
                            name);
    return MS_OK;
}

static ms_status check_numbers(const char *key, const char *value, size_t count, const char *name,
                               ms_error *err) {
    double numbers[9];
    if (!ms_text_numbers(value, count, numbers))
        return ms_error_set(err, MS_EINPUT, "%s: %s is not %zu finite numbers", name, key, count);
    for (size_t i = 0; strcmp(key, "ElementSpacing") == 0 && i < count; i++)
        if (!(numbers[i] > 0.0))
            return ms_error_set(err, MS_EINPUT,
                                "%s: ElementSpacing along axis %zu is %g; it must be positive", name, i,
                                numbers[i]);
    return MS_OK;
}

static ms_status take_field(const char *key, const char *value, const char *name, ms_file_header *h,
                            meta_fields *f, ms_error *err) {
    if (strcmp(key, "NDims") == 0) {
        f->dims = true;
        if (strcmp(value, "3") != 0)
            return ms_error_set(err, MS_EINPUT, "%s: has not three dimensions; an image of three is needed",
                                name);
    } else if (strcmp(key, "DimSize") == 0) {
        f->size = true;
        return set_size(value, name, h, err);
    } else if (strcmp(key, "ElementType") == 0) {
        f->type = true;
        return set_type(value, name, h, err);
    } else if (strcmp(key, "ElementSpacing") == 0) {
        f->spacing = true;
        return check_numbers(key, value, 3, name, err);
    } else if (strcmp(key, "Offset") == 0 || strcmp(key, "Position") == 0 || strcmp(key, "Origin") == 0) {
        return check_numbers(key, value, 3, name, err);
    } else if (strcmp(key, "TransformMatrix") == 0 || strcmp(key, "Rotation") == 0 ||
               strcmp(key, "Orientation") == 0) {
        h->oriented = true;
        return check_numbers(key, value, 9, name, err);
    } else if (strcmp(key, "CompressedData") == 0) {
        h->compressed = is_true(value);
    } else if (strcmp(key, "BinaryDataByteOrderMSB") == 0 || strcmp(key, "ElementByteOrderMSB") == 0) {
        h->big_endian = is_true(value);
    } else if (ms_text_starts_with(key, "ElementToIntensityFunction")) {
        return ms_error_set(err, MS_EINPUT, "%s: %s is not read", name, key);
    } else if (strcmp(key, "BinaryData") == 0 && !is_true(value)) {
        return ms_error_set(err, MS_EINPUT, "%s: data as text (BinaryData = False) are not read", name);
    } else if (strcmp(key, "ElementNumberOfChannels") == 0 && strcmp(value, "1") != 0) {
        return ms_error_set(err, MS_EINPUT, "%s: has several values a voxel", name);
    } else if (strcmp(key, "HeaderSize") == 0 && strcmp(value, "0") != 0) {
        return ms_error_set(err, MS_EINPUT, "%s: HeaderSize is not read", name);
    } else if (strcmp(key, "ElementDataFile") == 0) {
        f->data = true;
        return set_data_file(value, name, h, err);
    }
    return MS_OK;
}

ms_status ms_meta_header_parse(const uint8_t *bytes, size_t length, const char *name, ms_file_header *header,
                               ms_error *err) {
    ms_text_lines lines = {bytes, length, 0};
    ms_file_header h = {0};
    meta_fields f = {0};
    char line[MS_TEXT_LINE], *key, *value;
    while (!f.data) { /* ElementDataFile is the last field */
        if (!ms_text_next(&lines, line))
            return ms_error_set(
                err, MS_EINPUT,
                "%s: the MetaImage header has no ElementDataFile (truncated file?); copy it again", name);
        if (!line[0]) continue;
        if (!ms_text_split(line, "=", &key, &value))
            return ms_error_set(err, MS_EINPUT, "%s: bad line in the MetaImage header", name);
        ms_status status = take_field(key, value, name, &h, &f, err);
        if (status) return status;
    }
    const char *missing = !f.dims      ? "NDims"
                          : !f.size    ? "DimSize"
                          : !f.type    ? "ElementType"
                          : !f.spacing ? "ElementSpacing"
                                       : NULL;
    if (missing) return ms_error_set(err, MS_EINPUT, "%s: the MetaImage header has no %s", name, missing);
    h.slope = 1.0;
    h.data_offset = h.data_file[0] ? 0 : lines.offset;
    *header = h;
    return MS_OK;
}
