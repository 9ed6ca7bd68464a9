/* image/nrrd_header.c: checks a NRRD header (https://teem.sourceforge.net/nrrd/format.html) before it is
 * used. */
#include "image/private.h"
#include "image/text_header.h"

#include <math.h>
#include <string.h>

typedef struct nrrd_fields {
    bool type, dimension, sizes, encoding, spacing, directions, endian;
} nrrd_fields;

static ms_status set_type(const char *value, const char *name, ms_file_header *h, ms_error *err) {
    static const struct {
        const char *word;
        unsigned bytes;
        char kind;
    } types[] = {{"signed char", 1, 'i'},
                 {"int8", 1, 'i'},
                 {"int8_t", 1, 'i'},
                 {"uchar", 1, 'u'},
                 {"unsigned char", 1, 'u'},
                 {"uint8", 1, 'u'},
                 {"uint8_t", 1, 'u'},
                 {"short", 2, 'i'},
                 {"short int", 2, 'i'},
                 {"signed short", 2, 'i'},
                 {"signed short int", 2, 'i'},
                 {"int16", 2, 'i'},
                 {"int16_t", 2, 'i'},
                 {"ushort", 2, 'u'},
                 {"unsigned short", 2, 'u'},
                 {"unsigned short int", 2, 'u'},
                 {"uint16", 2, 'u'},
                 {"uint16_t", 2, 'u'},
                 {"int", 4, 'i'},
                 {"signed int", 4, 'i'},
                 {"int32", 4, 'i'},
                 {"int32_t", 4, 'i'},
                 {"uint", 4, 'u'},
                 {"unsigned int", 4, 'u'},
                 {"uint32", 4, 'u'},
                 {"uint32_t", 4, 'u'},
                 {"longlong", 8, 'i'},
                 {"long long", 8, 'i'},
                 {"int64", 8, 'i'},
                 {"int64_t", 8, 'i'},
                 {"float", 4, 'f'},
                 {"double", 8, 'f'}};
    for (size_t i = 0; i < MS_COUNT(types); i++)
        if (strcmp(value, types[i].word) == 0) {
            h->voxel_bytes = types[i].bytes;
            h->kind = types[i].kind;
            return MS_OK;
        }
    return ms_error_set(err, MS_EINPUT,
                        "%s: this NRRD type is not read; whole numbers of 8 to 64 bits, float and double are",
                        name);
}

static ms_status set_sizes(const char *value, const char *name, ms_file_header *h, ms_error *err) {
    double sizes[3];
    if (!ms_text_numbers(value, 3, sizes))
        return ms_error_set(err, MS_EINPUT, "%s: NRRD sizes are not three numbers", name);
    for (int d = 0; d < 3; d++) {
        if (sizes[d] < 1.0 || sizes[d] > 1e6 || sizes[d] != floor(sizes[d]))
            return ms_error_set(err, MS_EINPUT, "%s: NRRD size %g along axis %d makes no sense", name,
                                sizes[d], d);
        h->n[d] = (size_t)sizes[d];
    }
    return MS_OK;
}

static ms_status check_directions(const char *value, const char *name, ms_error *err) {
    double d[9];
    if (!ms_text_numbers(value, 9, d))
        return ms_error_set(err, MS_EINPUT,
                            "%s: NRRD space directions are not three vectors of finite numbers", name);
    for (int c = 0; c < 3; c++)
        if (!(d[3 * c] * d[3 * c] + d[3 * c + 1] * d[3 * c + 1] + d[3 * c + 2] * d[3 * c + 2] > 0.0))
            return ms_error_set(err, MS_EINPUT,
                                "%s: the voxel spacing along axis %d is 0; it must be positive", name, c);
    return MS_OK;
}

static ms_status check_spacings(const char *value, const char *name, ms_error *err) {
    double d[3];
    if (!ms_text_numbers(value, 3, d) || !(d[0] > 0.0) || !(d[1] > 0.0) || !(d[2] > 0.0))
        return ms_error_set(err, MS_EINPUT, "%s: NRRD spacings are not three positive numbers", name);
    return MS_OK;
}

static ms_status set_data_file(const char *value, const char *name, ms_file_header *h, ms_error *err) {
    bool plain = value[0] && value[0] != '.' && !strpbrk(value, "/\\% \t") && strcmp(value, "LIST") != 0;
    if (!plain || !ms_text_format(h->data_file, sizeof h->data_file, "%s", value))
        return ms_error_set(err, MS_EINPUT, "%s: its data file must be one plain file beside it", name);
    return MS_OK;
}

static ms_status take_field(const char *key, const char *value, const char *name, ms_file_header *h,
                            nrrd_fields *f, ms_error *err) {
    if (strcmp(key, "type") == 0) {
        f->type = true;
        return set_type(value, name, h, err);
    }
    if (strcmp(key, "dimension") == 0) {
        f->dimension = true;
        if (strcmp(value, "3") != 0)
            return ms_error_set(err, MS_EINPUT, "%s: has not three dimensions; an image of three is needed",
                                name);
    } else if (strcmp(key, "sizes") == 0) {
        f->sizes = true;
        return set_sizes(value, name, h, err);
    } else if (strcmp(key, "encoding") == 0) {
        f->encoding = true;
        h->compressed = strcmp(value, "gzip") == 0 || strcmp(value, "gz") == 0;
        if (!h->compressed && strcmp(value, "raw") != 0)
            return ms_error_set(err, MS_EINPUT, "%s: its encoding is not read; raw and gzip are", name);
    } else if (strcmp(key, "endian") == 0) {
        f->endian = true;
        h->big_endian = strcmp(value, "big") == 0;
        if (!h->big_endian && strcmp(value, "little") != 0)
            return ms_error_set(err, MS_EINPUT, "%s: endian is neither little nor big", name);
    } else if (strcmp(key, "space directions") == 0) {
        f->directions = true;
        h->oriented = true;
        return check_directions(value, name, err);
    } else if (strcmp(key, "spacings") == 0) {
        f->spacing = true;
        return check_spacings(value, name, err);
    } else if (strcmp(key, "space origin") == 0) {
        double origin[3];
        if (!ms_text_numbers(value, 3, origin))
            return ms_error_set(err, MS_EINPUT, "%s: the space origin is not three finite numbers", name);
    } else if (strcmp(key, "data file") == 0 || strcmp(key, "datafile") == 0) {
        return set_data_file(value, name, h, err);
    } else if ((strcmp(key, "byte skip") == 0 || strcmp(key, "byteskip") == 0 ||
                strcmp(key, "line skip") == 0 || strcmp(key, "lineskip") == 0) &&
               strcmp(value, "0") != 0) {
        return ms_error_set(err, MS_EINPUT, "%s: '%s' is not read", name, key);
    }
    return MS_OK;
}

static ms_status check_complete(const nrrd_fields *f, const ms_file_header *h, const char *name,
                                ms_error *err) {
    const char *missing = !f->type        ? "type"
                          : !f->dimension ? "dimension"
                          : !f->sizes     ? "sizes"
                          : !f->encoding  ? "encoding"
                                          : NULL;
    if (!missing && !f->endian && h->voxel_bytes > 1) missing = "endian";
    if (missing) return ms_error_set(err, MS_EINPUT, "%s: the NRRD header has no '%s'", name, missing);
    if (!f->spacing && !f->directions)
        return ms_error_set(err, MS_EINPUT,
                            "%s: the NRRD header has no spacing (neither 'space directions' nor 'spacings')",
                            name);
    return MS_OK;
}

ms_status ms_nrrd_header_parse(const uint8_t *bytes, size_t length, const char *name, ms_file_header *header,
                               ms_error *err) {
    ms_text_lines lines = {bytes, length, 0};
    ms_file_header h = {0};
    nrrd_fields fields = {0};
    char line[MS_TEXT_LINE], *key, *value;
    if (!ms_text_next(&lines, line) || !ms_text_starts_with(line, "NRRD000"))
        return ms_error_set(err, MS_EINPUT, "%s: is no NRRD file", name);
    for (;;) {
        if (!ms_text_next(&lines, line)) {
            /* A header with its data elsewhere may end with the file. */
            if (lines.offset == length && h.data_file[0]) break;
            return ms_error_set(err, MS_EINPUT,
                                "%s: the NRRD header does not end (truncated file?); copy it again", name);
        }
        if (!line[0]) break;
        if (line[0] == '#' || strstr(line, ":=")) continue;
        if (!ms_text_split(line, ":", &key, &value))
            return ms_error_set(err, MS_EINPUT, "%s: bad line in the NRRD header", name);
        ms_status status = take_field(key, value, name, &h, &fields, err);
        if (status) return status;
    }
    ms_status status = check_complete(&fields, &h, name, err);
    if (status) return status;
    h.slope = 1.0;
    h.data_offset = h.data_file[0] ? 0 : lines.offset;
    *header = h;
    return MS_OK;
}
