/* image/dicom_write.c: writes a volume as a series of CT images (PS3.3 A.3, PS3.5, PS3.10): explicit VR
 * little endian, one file a slice. The patient is called SYNTHETIC and nothing is dated. */
#include "image/private.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define EXPLICIT_LITTLE_ENDIAN "1.2.840.10008.1.2.1"
#define INTERCEPT (-1024.0)

/* ---- elements --------------------------------------------------------------------------------------- */

static void put_tag(ms_buffer *out, uint32_t tag, const char *vr) {
    ms_dicom_put_tag(out, tag);
    ms_buffer_append_bytes(out, vr, 2);
}

/* A text value, padded to an even length: UIDs with a NUL, others with a blank. */
static void put_text(ms_buffer *out, uint32_t tag, const char *vr, const char *text) {
    size_t n = strlen(text);
    put_tag(out, tag, vr);
    ms_dicom_put_u16(out, (unsigned)(n + n % 2));
    ms_buffer_append_bytes(out, text, n);
    if (n % 2) ms_buffer_append_bytes(out, strcmp(vr, "UI") == 0 ? "\0" : " ", 1);
}

static void put_us(ms_buffer *out, uint32_t tag, unsigned value) {
    put_tag(out, tag, "US");
    ms_dicom_put_u16(out, 2);
    ms_dicom_put_u16(out, value);
}

/* Decimal strings hold 16 characters (PS3.5, 6.2): as many digits as fit. */
static void put_ds(ms_buffer *out, uint32_t tag, const double *values, size_t n) {
    char text[6 * 17 + 1] = "";
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        char number[40];
        double value = values[i] + 0.0; /* no minus before a zero */
        for (int digits = 15; digits > 0; digits--) {
            (void)ms_text_format(number, sizeof number, "%.*g", digits, value);
            if (strlen(number) <= 16) break;
        }
        (void)ms_text_format(text + used, sizeof text - used, "%s%s", i ? "\\" : "", number);
        used += strlen(text + used);
    }
    put_text(out, tag, "DS", text);
}

/* At most `limit` characters of free text, without the backslash that separates values. */
static void put_words(ms_buffer *out, uint32_t tag, const char *vr, const char *text, size_t limit) {
    char words[65];
    size_t n = 0;
    for (const char *c = text ? text : ""; *c && n < limit && n + 1 < sizeof words; c++)
        words[n++] = (char)(*c == '\\' || (unsigned char)*c < ' ' || (unsigned char)*c > 126 ? ' ' : *c);
    words[n] = '\0';
    put_text(out, tag, vr, words);
}

/* ---- UIDs ------------------------------------------------------------------------------------------- */

/* "2.25." and a UUID as a decimal number (PS3.5, B.2): the first 128 bits of SHA-256 of the seed and a role,
 * marked as a UUID of version 8 (RFC 9562). */
static void make_uid(char uid[65], uint64_t seed, const char *role, size_t number) {
    char text[96], hex[65], digits[40];
    uint32_t words[4];
    size_t n = 0;
    (void)ms_text_format(text, sizeof text, "myosurv %" PRIu64 " %s %zu", seed, role, number);
    ms_hash_bytes(text, strlen(text), hex);
    for (size_t w = 0; w < 4; w++) {
        char part[9];
        memcpy(part, hex + 8 * w, 8);
        part[8] = '\0';
        words[w] = (uint32_t)strtoul(part, NULL, 16);
    }
    words[1] = (words[1] & 0xffff0fffu) | 0x8000u;
    words[2] = (words[2] & 0x3fffffffu) | 0x80000000u;
    while (words[0] | words[1] | words[2] | words[3]) { /* long division by ten */
        uint64_t rest = 0;
        for (size_t w = 0; w < 4; w++) {
            rest = rest << 32 | words[w];
            words[w] = (uint32_t)(rest / 10);
            rest %= 10;
        }
        digits[n++] = (char)('0' + rest);
    }
    memcpy(uid, "2.25.", 5);
    for (size_t i = 0; i < n; i++) uid[5 + i] = digits[n - 1 - i];
    uid[5 + n] = '\0';
}

/* ---- one slice -------------------------------------------------------------------------------------- */

static void put_meta(ms_buffer *out, const char *instance_uid) {
    static const uint8_t version[2] = {0, 1};
    ms_buffer meta;
    char implementation[65];
    ms_buffer_init(&meta);
    make_uid(implementation, 0, "implementation", 0);
    put_tag(&meta, 0x00020001, "OB");
    ms_dicom_put_u16(&meta, 0);
    ms_dicom_put_u32(&meta, 2);
    ms_buffer_append_bytes(&meta, version, 2);
    put_text(&meta, 0x00020002, "UI", MS_CT_IMAGE_STORAGE);
    put_text(&meta, 0x00020003, "UI", instance_uid);
    put_text(&meta, 0x00020010, "UI", EXPLICIT_LITTLE_ENDIAN);
    put_text(&meta, 0x00020012, "UI", implementation);
    put_text(&meta, 0x00020013, "SH", "MYOSURV");
    static const uint8_t preamble[128] = {0};
    ms_buffer_append_bytes(out, preamble, sizeof preamble);
    ms_buffer_append(out, "DICM");
    put_tag(out, 0x00020000, "UL");
    ms_dicom_put_u16(out, 4);
    ms_dicom_put_u32(out, (uint32_t)meta.length);
    ms_buffer_append_bytes(out, meta.data, meta.length);
    if (ms_buffer_failed(&meta)) out->failed = true;
    ms_buffer_clear(&meta);
}

static void put_identity(ms_buffer *out, const ms_dicom_tags *tags, const char *instance_uid) {
    char sex[2] = {tags->sex == 'M' || tags->sex == 'F' ? tags->sex : 'O', '\0'};
    put_text(out, 0x00080005, "CS", "ISO_IR 100");
    put_text(out, 0x00080008, "CS", "DERIVED\\PRIMARY\\AXIAL");
    put_text(out, 0x00080016, "UI", MS_CT_IMAGE_STORAGE);
    put_text(out, 0x00080018, "UI", instance_uid);
    put_text(out, 0x00080020, "DA", "");
    put_text(out, 0x00080030, "TM", "");
    put_text(out, 0x00080050, "SH", "");
    put_text(out, 0x00080060, "CS", "CT");
    put_text(out, 0x00080070, "LO", "myosurv");
    put_text(out, 0x00080090, "PN", "");
    put_words(out, 0x00081030, "LO", tags->study_comment, 64);
    put_words(out, 0x0008103E, "LO", tags->series_description, 64);
    put_text(out, 0x00100010, "PN", "SYNTHETIC");
    put_text(out, 0x00100020, "LO", "SYNTHETIC");
    put_text(out, 0x00100030, "DA", "");
    put_text(out, 0x00100040, "CS", sex);
}

static void put_acquisition(ms_buffer *out, const ms_dicom_tags *tags) {
    put_text(out, 0x00180010, "LO", tags->contrast ? "SYNTHETIC" : "");
    if (isfinite(tags->slice_thickness_mm) && tags->slice_thickness_mm > 0.0)
        put_ds(out, 0x00180050, &tags->slice_thickness_mm, 1);
    if (isfinite(tags->kvp) && tags->kvp > 0.0) put_ds(out, 0x00180060, &tags->kvp, 1);
    put_words(out, 0x00181210, "SH", tags->kernel, 16);
    put_text(out, 0x00185100, "CS", "HFS");
}

static void put_place(ms_buffer *out, const ms_geometry *g, const ms_dicom_tags *tags, size_t k) {
    char uid[65], number[32];
    double at[3] = {0.0, 0.0, (double)k}, position[3], axes[6];
    ms_index_to_mm(g, at, position);
    for (int r = 0; r < 3; r++) {
        axes[r] = g->direction[3 * r];
        axes[3 + r] = g->direction[3 * r + 1];
    }
    make_uid(uid, tags->uid_seed, "study", 0);
    put_text(out, 0x0020000D, "UI", uid);
    make_uid(uid, tags->uid_seed, "series", 0);
    put_text(out, 0x0020000E, "UI", uid);
    put_text(out, 0x00200010, "SH", "");
    put_text(out, 0x00200011, "IS", "1");
    put_text(out, 0x00200012, "IS", "1");
    (void)ms_text_format(number, sizeof number, "%zu", k + 1);
    put_text(out, 0x00200013, "IS", number);
    put_ds(out, 0x00200032, position, 3);
    put_ds(out, 0x00200037, axes, 6);
    make_uid(uid, tags->uid_seed, "frame of reference", 0);
    put_text(out, 0x00200052, "UI", uid);
    put_text(out, 0x00201040, "LO", "");
}

static void put_format(ms_buffer *out, const ms_geometry *g) {
    double spacing[2] = {g->spacing_mm[1], g->spacing_mm[0]}, intercept = INTERCEPT;
    put_us(out, 0x00280002, 1);
    put_text(out, 0x00280004, "CS", "MONOCHROME2");
    put_us(out, 0x00280010, (unsigned)g->n[1]);
    put_us(out, 0x00280011, (unsigned)g->n[0]);
    put_ds(out, 0x00280030, spacing, 2);
    put_us(out, 0x00280100, 16);
    put_us(out, 0x00280101, 16);
    put_us(out, 0x00280102, 15);
    put_us(out, 0x00280103, 1);
    put_text(out, 0x00280301, "CS", "NO");
    put_text(out, 0x00281050, "DS", "40");
    put_text(out, 0x00281051, "DS", "400");
    put_ds(out, 0x00281052, &intercept, 1);
    put_text(out, 0x00281053, "DS", "1");
    put_text(out, 0x00281054, "LO", "HU");
}

static void put_pixels(ms_buffer *out, const ms_volume *volume, size_t k) {
    const ms_geometry *g = &volume->geometry;
    size_t n = g->n[0] * g->n[1];
    const float *hu = volume->data + k * n;
    put_tag(out, 0x7FE00010, "OW");
    ms_dicom_put_u16(out, 0);
    ms_dicom_put_u32(out, (uint32_t)(2 * n));
    for (size_t v = 0; v < n; v++) {
        double stored = floor((double)hu[v] - INTERCEPT + 0.5);
        if (!(stored >= -32768.0)) stored = -32768.0;
        if (stored > 32767.0) stored = 32767.0;
        ms_dicom_put_u16(out, (unsigned)(uint16_t)(int16_t)stored);
    }
}

/* The file is written at `path`; errors call it `name`. */
static ms_status write_file(const char *path, const char *name, const ms_buffer *bytes, ms_error *err) {
    FILE *file = fopen(path, "wb");
    if (!file) return ms_error_errno(err, errno, name, "cannot create");
    ms_status status = MS_OK;
    if (fwrite(bytes->data, 1, bytes->length, file) != bytes->length)
        status = ms_error_errno(err, errno, name, "cannot write");
    if (fclose(file) != 0 && !status) status = ms_error_errno(err, errno, name, "cannot write");
    return status;
}

static ms_status write_slice(const ms_volume *volume, const ms_dicom_tags *tags, const char *temporary,
                             const char *target, size_t k, ms_error *err) {
    char uid[65], name[32];
    ms_buffer out;
    ms_buffer_init(&out);
    make_uid(uid, tags->uid_seed, "slice", k);
    put_meta(&out, uid);
    put_identity(&out, tags, uid);
    put_acquisition(&out, tags);
    put_place(&out, &volume->geometry, tags, k);
    put_format(&out, &volume->geometry);
    put_pixels(&out, volume, k);
    (void)ms_text_format(name, sizeof name, "IM%04zu.dcm", k + 1);
    char *path = ms_path_join(temporary, name), *final = ms_path_join(target, name);
    ms_status status =
        !path || !final || ms_buffer_failed(&out) ? ms_error_nomem(err) : write_file(path, final, &out, err);
    free(path);
    free(final);
    ms_buffer_clear(&out);
    return status;
}

/* ---- the series ------------------------------------------------------------------------------------- */

static ms_status check_arguments(const ms_volume *volume, const char *folder, ms_error *err) {
    const ms_geometry *g = &volume->geometry;
    size_t n = 0;
    char **names = NULL;
    if (g->n[0] > 65535 || g->n[1] > 65535 || g->n[2] > 9999)
        return ms_error_set(err, MS_EUSAGE, "%s: %zu x %zu x %zu voxels are too many for a DICOM series",
                            folder, g->n[0], g->n[1], g->n[2]);
    for (size_t v = 0, all = ms_voxels(g); v < all; v++)
        if (!isfinite(volume->data[v]))
            return ms_error_set(err, MS_EUSAGE, "%s: a voxel holds no finite number", folder);
    if (!ms_path_exists(folder)) return MS_OK;
    if (!ms_path_is_dir(folder))
        return ms_error_set(err, MS_EINPUT, "%s: is a file; a folder is needed", folder);
    ms_status status = ms_list_dir(folder, &names, &n, err);
    if (status) return status;
    ms_names_free(names, n);
    if (n > 0)
        return ms_error_set(err, MS_EINPUT,
                            "%s: the folder is not empty; slices of two scans would be mixed in it", folder);
    return MS_OK;
}

static ms_status make_parent(char *path, ms_error *err) {
    char *slash = strrchr(path, '/');
    if (!slash || slash == path) return MS_OK;
    *slash = '\0';
    ms_status status = ms_make_dirs(path, err);
    *slash = '/';
    return status;
}

/* All slices go into a folder beside the target, which is renamed when they are complete: nobody sees half a
 * scan. */
ms_status ms_volume_write_dicom(const ms_volume *volume, const char *folder, const ms_dicom_tags *tags,
                                ms_error *err) {
    char *temporary = NULL, *target = NULL;
    ms_status status = check_arguments(volume, folder, err);
    if (status) return status;
    target = ms_strdup(folder);
    if (!target) return ms_error_nomem(err);
    size_t length = strlen(target);
    while (length > 1 && target[length - 1] == '/') target[--length] = '\0';
    status = make_parent(target, err);
    if (!status) status = ms_temporary_beside(target, &temporary, err);
    if (!status && remove(temporary) != 0 && errno != ENOENT)
        status = ms_error_errno(err, errno, temporary, "cannot replace");
    if (!status && mkdir(temporary, 0777) != 0) status = ms_error_errno(err, errno, temporary, "cannot make");
    for (size_t k = 0; !status && k < volume->geometry.n[2]; k++)
        status = write_slice(volume, tags, temporary, target, k, err);
    if (!status && rename(temporary, target) != 0) status = ms_error_errno(err, errno, target, "cannot make");
    if (status && temporary) {
        ms_error ignored;
        ms_status removed = ms_remove_tree(temporary, &ignored);
        (void)removed;
    }
    free(temporary);
    free(target);
    return status;
}
