/* image/nifti_header.c: checks a NIfTI-1 or NIfTI-2 header (nifti1.h, nifti2.h, https://nifti.nimh.nih.gov)
 * before it is used, and says where the voxels lie. */
#include "image/private.h"

#include <math.h>
#include <string.h>

/* Where the fields of the two versions are, and how wide. */
typedef struct nifti_layout {
    uint32_t size;                         /* of the header, in its first field */
    size_t dim, dim_bytes, pixdim, number; /* number: bytes of a real number */
    size_t type, bits, offset, slope, forms, form_bytes, quatern, srow, magic;
    bool wide; /* vox_offset is a whole number of 64 bits */
} nifti_layout;

static const nifti_layout layouts[2] = {
    {348, 40, 2, 76, 4, 70, 72, 108, 112, 252, 2, 256, 280, 344, false},
    {540, 16, 8, 104, 8, 12, 14, 168, 176, 344, 4, 352, 400, 4, true},
};

typedef struct field_reader {
    const uint8_t *bytes;
    const nifti_layout *at;
    bool swapped;
} field_reader;

static uint64_t get_bits(const field_reader *r, size_t at, size_t n) {
    uint64_t value = 0;
    for (size_t i = 0; i < n; i++) value |= (uint64_t)r->bytes[at + (r->swapped ? n - 1 - i : i)] << (8 * i);
    return value;
}

static int64_t get_int(const field_reader *r, size_t at, size_t n) {
    uint64_t bits = get_bits(r, at, n);
    if (n == 2) return (int16_t)(uint16_t)bits;
    if (n == 4) return (int32_t)(uint32_t)bits;
    return (int64_t)bits;
}

static double get_real(const field_reader *r, size_t at, size_t index) {
    uint64_t bits = get_bits(r, at + index * r->at->number, r->at->number);
    if (r->at->number == 4) {
        uint32_t low = (uint32_t)bits;
        float value;
        memcpy(&value, &low, sizeof value);
        return (double)value;
    }
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static ms_status check_kind(field_reader *r, size_t length, const char *name, ms_error *err) {
    static const char *const single[2] = {"n+1", "n+2"}, *const pair[2] = {"ni1", "ni2"};
    int version = -1;
    for (int v = 0; v < 2 && version < 0; v++)
        for (int swap = 0; swap < 2 && version < 0; swap++) {
            r->swapped = swap != 0;
            if (length >= 4 && get_bits(r, 0, 4) == layouts[v].size) version = v;
        }
    if (version < 0 && length >= 348)
        return ms_error_set(err, MS_EINPUT,
                            "%s: is no NIfTI file (its header does not begin with 348 or 540)", name);
    size_t needed = layouts[version < 0 ? 0 : version].size;
    if (length < needed)
        return ms_error_set(err, MS_EINPUT,
                            "%s: the header ends after %zu of %zu bytes (truncated file?); copy it again",
                            name, length, needed);
    r->at = &layouts[version];
    if (memcmp(r->bytes + r->at->magic, pair[version], 4) == 0)
        return ms_error_set(err, MS_EINPUT,
                            "%s: is one half of a NIfTI pair (.hdr and .img); convert it to one .nii file",
                            name);
    if (memcmp(r->bytes + r->at->magic, single[version], 4) != 0)
        return ms_error_set(err, MS_EINPUT, "%s: is no NIfTI file (no %s at byte %zu; ANALYZE is not read)",
                            name, single[version], r->at->magic);
    return MS_OK;
}

static ms_status check_dims(const field_reader *r, const char *name, ms_file_header *h, ms_error *err) {
    size_t wide = r->at->dim_bytes;
    int64_t dims = get_int(r, r->at->dim, wide);
    if (dims < 3 || dims > 7)
        return ms_error_set(err, MS_EINPUT, "%s: dim[0] is %lld; an image of three dimensions is needed",
                            name, (long long)dims);
    for (size_t d = 1; d <= (size_t)dims; d++) {
        int64_t size = get_int(r, r->at->dim + wide * d, wide);
        if (size < 1 || size > 1000000)
            return ms_error_set(err, MS_EINPUT, "%s: dim[%zu] is %lld; it must be at least 1%s", name, d,
                                (long long)size, size > 1 ? ", at most 1000000" : "");
        if (d > 3 && size != 1)
            return ms_error_set(err, MS_EINPUT, "%s: holds %lld images (dim[%zu]); a file with one is needed",
                                name, (long long)size, d);
        if (d <= 3) h->n[d - 1] = (size_t)size;
    }
    for (size_t d = 1; d <= 3; d++) {
        double spacing = get_real(r, r->at->pixdim, d);
        if (!isfinite(spacing) || !(spacing > 0.0))
            return ms_error_set(err, MS_EINPUT,
                                "%s: the voxel spacing pixdim[%zu] is %g; it must be positive", name, d,
                                spacing);
    }
    return MS_OK;
}

static ms_status check_type(const field_reader *r, const char *name, ms_file_header *h, ms_error *err) {
    static const struct {
        int type, bits;
        char kind;
    } types[] = {{2, 8, 'u'},   {4, 16, 'i'},   {8, 32, 'i'},   {16, 32, 'f'},   {64, 64, 'f'},
                 {256, 8, 'i'}, {512, 16, 'u'}, {768, 32, 'u'}, {1024, 64, 'i'}, {1280, 64, 'u'}};
    int type = (int)get_int(r, r->at->type, 2), bits = (int)get_int(r, r->at->bits, 2);
    for (size_t i = 0; i < MS_COUNT(types); i++) {
        if (types[i].type != type) continue;
        if (types[i].bits != bits)
            return ms_error_set(err, MS_EINPUT, "%s: datatype %d has %d bits, the header says bitpix %d",
                                name, type, types[i].bits, bits);
        h->voxel_bytes = (unsigned)bits / 8;
        h->kind = types[i].kind;
        return MS_OK;
    }
    return ms_error_set(err, MS_EINPUT, "%s: datatype %d is not read (whole and real numbers are)", name,
                        type);
}

/* ---- place ------------------------------------------------------------------------------------------ */

/* Columns of the sform must be as long as pixdim says: a file in which they differ has two spacings.
 * *straight says whether they are perpendicular. */
static ms_status read_sform(const field_reader *r, const char *name, double ras[9], double origin[3],
                            bool *straight, ms_error *err) {
    for (size_t c = 0; c < 4; c++) {
        double sum = 0.0;
        for (size_t row = 0; row < 3; row++) {
            double value = get_real(r, r->at->srow, 4 * row + c);
            if (!isfinite(value))
                return ms_error_set(err, MS_EINPUT, "%s: the sform matrix holds no finite number", name);
            sum += value * value;
            if (c < 3) ras[3 * row + c] = value;
            if (c == 3) origin[row] = value;
        }
        double length = sqrt(sum), spacing = c < 3 ? get_real(r, r->at->pixdim, c + 1) : 1.0;
        if (c < 3 && !(fabs(length - spacing) <= 0.01 * spacing))
            return ms_error_set(
                err, MS_EINPUT,
                "%s: the spacing along axis %zu is %.4g in pixdim and %.4g in the sform matrix", name, c,
                spacing, length);
        for (size_t row = 0; c < 3 && row < 3; row++) ras[3 * row + c] /= length;
    }
    *straight = true;
    for (int a = 0; a < 3; a++)
        for (int b = a + 1; b < 3; b++)
            *straight = *straight &&
                        fabs(ras[a] * ras[b] + ras[3 + a] * ras[3 + b] + ras[6 + a] * ras[6 + b]) <= 1e-3;
    return MS_OK;
}

/* The quaternion (a, b, c, d) with a >= 0 as a rotation, and qfac (nifti1.h, method 2). */
static ms_status read_qform(const field_reader *r, const char *name, double ras[9], double origin[3],
                            ms_error *err) {
    double q[6];
    for (size_t i = 0; i < 6; i++) {
        q[i] = get_real(r, r->at->quatern, i);
        if (!isfinite(q[i]))
            return ms_error_set(err, MS_EINPUT, "%s: the qform holds no finite number", name);
        if (i >= 3) origin[i - 3] = q[i];
    }
    double b = q[0], c = q[1], d = q[2], rest = 1.0 - (b * b + c * c + d * d), a = 0.0;
    if (rest < 1e-7) { /* half a turn */
        double length = sqrt(b * b + c * c + d * d);
        b /= length;
        c /= length;
        d /= length;
    } else {
        a = sqrt(rest);
    }
    double flip = get_real(r, r->at->pixdim, 0) < 0.0 ? -1.0 : 1.0;
    const double m[9] = {
        a * a + b * b - c * c - d * d, 2.0 * (b * c - a * d),         2.0 * (b * d + a * c) * flip,
        2.0 * (b * c + a * d),         a * a + c * c - b * b - d * d, 2.0 * (c * d - a * b) * flip,
        2.0 * (b * d - a * c),         2.0 * (c * d + a * b),         (a * a + d * d - c * c - b * b) * flip};
    memcpy(ras, m, sizeof m);
    return MS_OK;
}

/* An sform whose third axis leans (a tilted gantry, as converters leave it): straight axes and how far the
 * slices drift. Any other shear is left for the check of the geometry to refuse. */
static void straighten(ms_file_header *h) {
    double *d = h->place.direction, normal[3], along = 0.0, aside[2] = {0.0, 0.0}, between = 0.0;
    for (int r = 0; r < 3; r++) {
        int s = (r + 1) % 3, t = (r + 2) % 3;
        normal[r] = d[3 * s] * d[3 * t + 1] - d[3 * t] * d[3 * s + 1];
    }
    for (int r = 0; r < 3; r++) {
        between += d[3 * r] * d[3 * r + 1];
        along += normal[r] * d[3 * r + 2];
        aside[0] += d[3 * r] * d[3 * r + 2];
        aside[1] += d[3 * r + 1] * d[3 * r + 2];
    }
    double limit = cos(MS_MAX_TILT_DEG * acos(-1.0) / 180.0);
    if (fabs(between) > 1e-3 || fabs(along) < limit) return;
    for (int r = 0; r < 3; r++) d[3 * r + 2] = along < 0.0 ? 0.0 - normal[r] : normal[r];
    h->place.spacing_mm[2] *= fabs(along);
    for (int a = 0; a < 2; a++) h->drift[a] = aside[a] / fabs(along);
}

/* The sform where there is one, unless it is sheared and there is a qform; else the qform; else the voxels in
 * the order right to left, front to back, as DICOM has them. */
static ms_status read_place(const field_reader *r, const char *name, ms_file_header *h, ms_error *err) {
    size_t wide = r->at->form_bytes;
    int64_t qform = get_int(r, r->at->forms, wide), sform = get_int(r, r->at->forms + wide, wide);
    double ras[9] = {-1, 0, 0, 0, -1, 0, 0, 0, 1}, origin[3] = {0.0, 0.0, 0.0};
    double turned[9] = {0.0}, corner[3] = {0.0};
    bool straight = false;
    if (qform < 0 || qform > 5 || sform < 0 || sform > 5)
        return ms_error_set(err, MS_EINPUT, "%s: qform_code %lld or sform_code %lld is no known code", name,
                            (long long)qform, (long long)sform);
    ms_status status = MS_OK;
    if (qform > 0) status = read_qform(r, name, turned, corner, err);
    if (!status && sform > 0) status = read_sform(r, name, ras, origin, &straight, err);
    if (status) return status;
    if (qform > 0 && !straight) {
        memcpy(ras, turned, sizeof ras);
        memcpy(origin, corner, sizeof origin);
    }
    h->oriented = qform > 0 || sform > 0;
    h->placed = true;
    for (int c = 0; c < 3; c++) {
        h->place.n[c] = h->n[c];
        h->place.spacing_mm[c] = get_real(r, r->at->pixdim, (size_t)c + 1);
        h->place.origin_mm[c] = c < 2 ? 0.0 - origin[c] : origin[c];
        for (int row = 0; row < 3; row++)
            h->place.direction[3 * row + c] = row < 2 ? 0.0 - ras[3 * row + c] : ras[3 * row + c];
    }
    if (sform > 0 && !straight && qform == 0) straighten(h);
    return MS_OK;
}

ms_status ms_nifti_header_parse(const uint8_t *bytes, size_t length, const char *name, ms_file_header *header,
                                ms_error *err) {
    field_reader r = {.bytes = bytes};
    ms_file_header h = {0};
    ms_status status = check_kind(&r, length, name, err);
    if (!status) status = check_dims(&r, name, &h, err);
    if (!status) status = check_type(&r, name, &h, err);
    if (!status) status = read_place(&r, name, &h, err);
    if (status) return status;
    double offset = r.at->wide ? (double)get_int(&r, r.at->offset, 8) : get_real(&r, r.at->offset, 0);
    if (!isfinite(offset) || offset < (double)r.at->size || offset > 1e8 || offset != floor(offset))
        return ms_error_set(err, MS_EINPUT, "%s: vox_offset is %g; it must be %u or a little more", name,
                            offset, (unsigned)r.at->size + 4u);
    h.data_offset = (uint64_t)offset;
    h.big_endian = r.swapped;
    /* A slope of 0 (or NaN, as some writers put it) means that nothing is scaled. */
    h.slope = get_real(&r, r.at->slope, 0);
    h.intercept = get_real(&r, r.at->slope, 1);
    if (!isfinite(h.slope) || h.slope == 0.0) {
        h.slope = 1.0;
        h.intercept = 0.0;
    }
    if (!isfinite(h.intercept)) h.intercept = 0.0;
    *header = h;
    return MS_OK;
}
