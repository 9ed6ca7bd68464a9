/* tests/fault/secrets.c: plants words in the headers of scans, and looks for them in what the program left.
 *
 *   secrets words                       the words that are planted, one a line
 *   secrets plant dicom|nifti|nrrd|meta FILE...     puts them into every place of a header that may hold a
 * person secrets replace FILE GROUPELEMENT TEXT          gives an element of a DICOM slice another text
 *   secrets search PATH...              every file below, its name and what is packed in it; exit 1 when a
 * word is there
 *
 * A file is looked at as it is, and wherever gzip or zlib data, base64 or %XX stand in it, as what they
 * unpack to: a PNG's pixels and text, a picture in a page, a table in a page. Words count in any case, as
 * UTF-8, UTF-16 and hexadecimal. */
#include "base/base.h"

#include <ctype.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define DEEPEST 4
#define LARGEST ((size_t)64 << 20)

#define STEM "Zwq" /* of all words that are no numbers: looked for first */

/* Letters and digits alone, so that no way of writing text changes them. */
static const char *const words[] = {
    "Zwqfamily",   "Zwqgiven",   "Zwqpatid7431", "Zwqotherid",  "19530417",     "1953-04-17",
    "17.04.1953",  "20170929",   "2017-09-29",   "29.09.2017",  "20170930",     "Zwqaccess88",
    "Zwqhospital", "Zwqstreet",  "Zwqreferrer",  "Zwqreader",   "Zwqoperator",  "Zwqcomment",
    "Zwqprivate",  "Zwqstudy",   "Zwqseries",    "Zwqprotocol", "Zwqstation",   "Zwqserial",
    "Zwqphone",    "Zwqmother",  "Zwqpreamble",  "Zwqtrailing", "771942771942", "551938551938",
    "Zwqdescrip",  "Zwqauxfile", "Zwqintent",    "Zwqdbname",   "Zwqextension", "Zwqgzname",
    "Zwqkey",      "Zwqvalue",   "Zwqtype",      "Zwqroi",      "Zwqspacing"};

static void fail(const char *path, const char *what) {
    fprintf(stderr, "secrets: %s: %s\n", path, what);
    exit(2);
}

static uint8_t *read_all(const char *path, size_t *length) {
    char *data = NULL;
    ms_error err = {0};
    if (ms_file_read(path, LARGEST, &data, length, &err) != MS_OK) fail(path, err.message);
    return (uint8_t *)data;
}

static void write_all(const char *path, const ms_buffer *out) {
    FILE *file = fopen(path, "wb");
    if (!file || ms_buffer_failed(out) || fwrite(out->data, 1, out->length, file) != out->length ||
        fclose(file) != 0)
        fail(path, "cannot write");
}

/* ---- planting: DICOM -------------------------------------------------------------------------------------
 */

typedef struct element {
    uint32_t tag;
    const char *vr, *value;
} element;

static const element planted[] = {
    {0x00020016, "AE", "Zwqstation"},         {0x00080012, "DA", "20170930"},
    {0x00080020, "DA", "20170929"},           {0x00080021, "DA", "20170929"},
    {0x00080022, "DA", "20170929"},           {0x00080023, "DA", "20170929"},
    {0x00080050, "SH", "Zwqaccess88"},        {0x00080080, "LO", "Zwqhospital"},
    {0x00080081, "ST", "Zwqstreet 1"},        {0x00080090, "PN", "Zwqreferrer^Dr"},
    {0x00081010, "SH", "Zwqstation"},         {0x00081030, "LO", "Zwqstudy liver"},
    {0x0008103E, "LO", "Zwqseries venous"},   {0x00081048, "PN", "Zwqreader^A"},
    {0x00081050, "PN", "Zwqreader^B"},        {0x00081060, "PN", "Zwqreader^C"},
    {0x00081070, "PN", "Zwqoperator"},        {0x00081080, "LO", "Zwqcomment"},
    {0x00090010, "LO", "Zwqprivate"},         {0x00091001, "LO", "Zwqprivate"},
    {0x00100010, "PN", "Zwqfamily^Zwqgiven"}, {0x00100020, "LO", "Zwqpatid7431"},
    {0x00100021, "LO", "Zwqhospital"},        {0x00100030, "DA", "19530417"},
    {0x00101000, "LO", "Zwqotherid"},         {0x00101001, "PN", "Zwqfamily^B"},
    {0x00101005, "PN", "Zwqfamily^C"},        {0x00101040, "LO", "Zwqstreet 1"},
    {0x00101060, "PN", "Zwqmother"},          {0x00102154, "SH", "Zwqphone"},
    {0x001021B0, "LT", "Zwqcomment"},         {0x00104000, "LT", "Zwqcomment"},
    {0x00181000, "LO", "Zwqserial"},          {0x00181030, "LO", "Zwqprotocol"},
    {0x0020000D, "UI", "1.2.771942771942"},   {0x0020000E, "UI", "1.2.551938551938"},
    {0x00200010, "SH", "Zwqstudy"},           {0x00204000, "LT", "Zwqcomment"},
    {0x00321032, "PN", "Zwqreferrer"},        {0x00321060, "LO", "Zwqprotocol"},
    {0x00324000, "LT", "Zwqcomment"},         {0x00400006, "PN", "Zwqoperator"},
    {0x00400244, "DA", "20170929"},           {0x00400254, "LO", "Zwqprotocol"},
    {0xFFFCFFFC, "OB", "Zwqtrailing "}};

static bool is_long(const char *vr) {
    return strncmp(vr, "OB", 2) == 0 || strncmp(vr, "OW", 2) == 0 || strncmp(vr, "SQ", 2) == 0 ||
           strncmp(vr, "UN", 2) == 0 || strncmp(vr, "UT", 2) == 0;
}

static void put(ms_buffer *out, uint64_t value, int bytes) {
    for (int b = 0; b < bytes; b++) {
        const uint8_t byte = (uint8_t)(value >> (8 * b));
        ms_buffer_append_bytes(out, &byte, 1);
    }
}

static void put_element(ms_buffer *out, const element *e) {
    const size_t n = strlen(e->value), even = n + n % 2;
    put(out, e->tag >> 16, 2);
    put(out, e->tag & 0xffff, 2);
    ms_buffer_append_bytes(out, e->vr, 2);
    if (is_long(e->vr)) put(out, 0, 2);
    put(out, even, is_long(e->vr) ? 4 : 2);
    ms_buffer_append_bytes(out, e->value, n);
    if (even > n) ms_buffer_append_bytes(out, strcmp(e->vr, "UI") == 0 ? "\0" : " ", 1);
}

static uint32_t get(const uint8_t *p, int bytes) {
    uint32_t value = 0;
    for (int b = 0; b < bytes; b++) value |= (uint32_t)p[b] << (8 * b);
    return value;
}

/* The elements of a slice in explicit little endian in order, with e[n] among them or in the place of theirs.
 */
static void merge(const char *path, const element *e, size_t n) {
    size_t length, at = 132, next = 0;
    uint8_t *bytes = read_all(path, &length);
    ms_buffer out;
    ms_buffer_init(&out);
    if (length < 140 || memcmp(bytes + 128, "DICM", 4) != 0) fail(path, "no DICOM file");
    memcpy(bytes, "Zwqpreamble", 11);
    ms_buffer_append_bytes(&out, bytes, 132);
    while (at + 8 <= length) {
        const uint32_t tag = get(bytes + at, 2) << 16 | get(bytes + at + 2, 2);
        const bool wide = is_long((const char *)bytes + at + 4);
        const size_t size = wide ? 12 + (size_t)get(bytes + at + 8, 4) : 8 + (size_t)get(bytes + at + 6, 2);
        if (size > length - at) fail(path, "an element goes beyond the end");
        while (next < n && e[next].tag < tag) put_element(&out, &e[next++]);
        if (next < n && e[next].tag == tag)
            put_element(&out, &e[next++]);
        else if (tag != 0x00020000) /* the length of the group would be wrong now */
            ms_buffer_append_bytes(&out, bytes + at, size);
        at += size;
    }
    while (next < n) put_element(&out, &e[next++]);
    write_all(path, &out);
    ms_buffer_clear(&out);
    free(bytes);
}

/* ---- planting: others
 * -------------------------------------------------------------------------------------- */

static void put_text_at(uint8_t *bytes, size_t at, size_t room, const char *text) {
    memset(bytes + at, 0, room);
    memcpy(bytes + at, text, strlen(text) < room ? strlen(text) : room);
}

/* All texts of a NIfTI-1 header, and an extension between it and the voxels. */
static void plant_nifti(const char *path) {
    static const char text[] = "<AFNI>Zwqextension Zwqfamily 19530417</AFNI>";
    size_t length;
    uint8_t *bytes = read_all(path, &length);
    ms_buffer out;
    ms_buffer_init(&out);
    if (length < 352 || memcmp(bytes + 344, "n+1", 4) != 0) fail(path, "no plain NIfTI-1 file");
    put_text_at(bytes, 4, 10, "Zwqtype");
    put_text_at(bytes, 14, 18, "Zwqdbname");
    put_text_at(bytes, 148, 80, "Zwqdescrip Zwqfamily Zwqgiven 17.04.1953");
    put_text_at(bytes, 228, 24, "Zwqauxfile");
    put_text_at(bytes, 328, 16, "Zwqintent");
    bytes[348] = 1;
    const float offset = 352 + 64;
    memcpy(bytes + 108, &offset, sizeof offset);
    ms_buffer_append_bytes(&out, bytes, 352);
    put(&out, 64, 4);
    put(&out, 4, 4);
    char room[56] = {0};
    memcpy(room, text, sizeof text - 1);
    ms_buffer_append_bytes(&out, room, sizeof room);
    ms_buffer_append_bytes(&out, bytes + 352, length - 352);
    write_all(path, &out);
    ms_buffer_clear(&out);
    free(bytes);
}

/* Lines put behind the first line of a text header. */
static void plant_text(const char *path, const char *lines) {
    size_t length;
    uint8_t *bytes = read_all(path, &length);
    ms_buffer out;
    ms_buffer_init(&out);
    const uint8_t *end = memchr(bytes, '\n', length);
    if (!end) fail(path, "no text header");
    const size_t first = (size_t)(end - bytes) + 1;
    ms_buffer_append_bytes(&out, bytes, first);
    ms_buffer_append(&out, lines);
    ms_buffer_append_bytes(&out, bytes + first, length - first);
    write_all(path, &out);
    ms_buffer_clear(&out);
    free(bytes);
}

static void plant(const char *kind, const char *path) {
    if (strcmp(kind, "dicom") == 0) {
        merge(path, planted, MS_COUNT(planted));
    } else if (strcmp(kind, "nifti") == 0) {
        plant_nifti(path);
    } else if (strcmp(kind, "nrrd") == 0) {
        plant_text(path, "# Zwqcomment Zwqfamily\nZwqkey:=Zwqvalue 19530417\ncontent: Zwqdescrip\n"
                         "sample units: \"Zwqvalue\"\n");
    } else if (strcmp(kind, "meta") == 0) {
        plant_text(path, "Comment = Zwqcomment Zwqfamily\nName = Zwqgiven\nZwqkey = Zwqvalue 19530417\n"
                         "AnatomicalOrientation = RAI\nModality = Zwqtype\n");
    } else {
        fail(kind, "dicom, nifti, nrrd or meta");
    }
}

/* ---- searching
 * --------------------------------------------------------------------------------------------- */

static size_t found, files;

/* A word as it may stand in a file: in lower case, in UTF-16, and as hexadecimal. */
typedef struct forms {
    char plain[40], wide[80], hex[80];
    size_t n;
} forms;
static forms stem, all_forms[MS_COUNT(words)];

static forms forms_of(const char *word) {
    forms f = {.n = strlen(word)};
    for (size_t i = 0; i < f.n; i++) {
        f.plain[i] = (char)tolower((unsigned char)word[i]);
        f.wide[2 * i] = f.plain[i]; /* and a zero: either order of bytes, the first letter aside */
        (void)ms_text_format(f.hex + 2 * i, 3, "%02x", (unsigned)(unsigned char)word[i]);
    }
    return f;
}

/* `low` is lower case. */
static bool holds(const uint8_t *low, size_t length, const forms *f) {
    return memmem(low, length, f->plain, f->n) || memmem(low, length, f->wide, 2 * f->n - 1) ||
           memmem(low, length, f->hex, 2 * f->n);
}

static void look(const char *path, const char *how, const uint8_t *bytes, size_t length, int depth);

static void look_inflated(const char *path, const uint8_t *bytes, size_t length, int window, int depth) {
    z_stream z = {0};
    ms_buffer out;
    static uint8_t part[1 << 16];
    int code = Z_OK;
    if (inflateInit2(&z, window) != Z_OK) return;
    ms_buffer_init(&out);
    z.next_in = (Bytef *)(uintptr_t)bytes;
    z.avail_in = (uInt)length;
    while (code == Z_OK && out.length < LARGEST) {
        z.next_out = part;
        z.avail_out = sizeof part;
        code = inflate(&z, Z_NO_FLUSH);
        ms_buffer_append_bytes(&out, part, sizeof part - z.avail_out);
        if (z.avail_in == 0 && z.avail_out == sizeof part) break;
    }
    inflateEnd(&z);
    if (out.length > 8) look(path, "unpacked", (const uint8_t *)out.data, out.length, depth + 1);
    ms_buffer_clear(&out);
}

/* The chunks of a PNG but for its pixels, which are no text. */
static void look_into_png(const char *path, const uint8_t *bytes, size_t length, int depth) {
    for (size_t at = 8; at + 12 <= length;) {
        size_t n = 0;
        for (size_t b = 0; b < 4; b++) n = n << 8 | bytes[at + b];
        if (n > length - at - 12) break;
        if (memcmp(bytes + at + 4, "IDAT", 4) != 0) look(path, "PNG chunk", bytes + at + 4, n + 4, depth + 1);
        at += 12 + n;
    }
}

static int base64_value(uint8_t c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

/* Runs of base64 of 20 signs and more, from each of the four places a word may begin at. */
static void look_into_base64(const char *path, const uint8_t *bytes, size_t length, int depth) {
    for (size_t at = 0; at < length; at++) {
        size_t end = at;
        while (end < length && base64_value(bytes[end]) >= 0) end++;
        for (size_t shift = 0; shift < 4 && end - at >= 20; shift++) {
            ms_buffer out;
            ms_buffer_init(&out);
            for (size_t i = at + shift; i + 4 <= end; i += 4) {
                uint32_t bits = 0;
                for (size_t j = 0; j < 4; j++) bits = bits << 6 | (uint32_t)base64_value(bytes[i + j]);
                const uint8_t three[3] = {(uint8_t)(bits >> 16), (uint8_t)(bits >> 8), (uint8_t)bits};
                ms_buffer_append_bytes(&out, three, 3);
            }
            if (out.length > 8)
                look(path, "base64", (const uint8_t *)out.data, out.length, shift ? DEEPEST : depth + 1);
            ms_buffer_clear(&out);
        }
        at = end;
    }
}

static void look_into_percent(const char *path, const uint8_t *bytes, size_t length, int depth) {
    ms_buffer out;
    if (!memchr(bytes, '%', length)) return;
    ms_buffer_init(&out);
    for (size_t i = 0; i < length; i++) {
        uint8_t byte = bytes[i];
        if (byte == '%' && i + 2 < length && isxdigit(bytes[i + 1]) && isxdigit(bytes[i + 2])) {
            const char digits[3] = {(char)bytes[i + 1], (char)bytes[i + 2], '\0'};
            byte = (uint8_t)strtoul(digits, NULL, 16);
            i += 2;
        }
        ms_buffer_append_bytes(&out, &byte, 1);
    }
    if (out.length < length) look(path, "%XX", (const uint8_t *)out.data, out.length, depth + 1);
    ms_buffer_clear(&out);
}

static void look(const char *path, const char *how, const uint8_t *bytes, size_t length, int depth) {
    uint8_t *low = malloc(length + 1);
    if (!low) fail(path, "out of memory");
    for (size_t i = 0; i < length; i++)
        low[i] = (uint8_t)(bytes[i] >= 'A' && bytes[i] <= 'Z' ? bytes[i] + 32 : bytes[i]);
    const bool names = holds(low, length, &stem);
    for (size_t w = 0; w < MS_COUNT(words); w++) {
        if (!names && words[w][0] == STEM[0]) continue;
        if (!holds(low, length, &all_forms[w])) continue;
        printf("%s: holds '%s' (%s)\n", path, words[w], how);
        found++;
    }
    free(low);
    if (depth >= DEEPEST) return;
    if (length > 8 && memcmp(bytes, "\x89PNG", 4) == 0) {
        look_into_png(path, bytes, length, depth);
        return;
    }
    for (size_t i = 0; i + 18 < length; i++) {
        if (bytes[i] == 0x1f && bytes[i + 1] == 0x8b && bytes[i + 2] == 8)
            look_inflated(path, bytes + i, length - i, 31, depth);
        else if (bytes[i] == 0x78 && (bytes[i] * 256 + bytes[i + 1]) % 31 == 0 && (bytes[i + 1] & 0x20) == 0)
            look_inflated(path, bytes + i, length - i, 15, depth);
    }
    look_into_base64(path, bytes, length, depth);
    look_into_percent(path, bytes, length, depth);
}

static int visit(const char *path, const struct stat *info, int kind, struct FTW *where) {
    (void)info;
    (void)where;
    look(path, "its name", (const uint8_t *)path, strlen(path), DEEPEST);
    if (kind != FTW_F) return 0;
    size_t length;
    uint8_t *bytes = read_all(path, &length);
    files++;
    look(path, "as it is", bytes, length, 0);
    free(bytes);
    return 0;
}

int main(int argc, char **argv) {
    const char *what = argc > 1 ? argv[1] : "";
    if (strcmp(what, "words") == 0) {
        for (size_t w = 0; w < MS_COUNT(words); w++) puts(words[w]);
    } else if (strcmp(what, "plant") == 0 && argc > 3) {
        for (int i = 3; i < argc; i++) plant(argv[2], argv[i]);
    } else if (strcmp(what, "replace") == 0 && argc == 5) {
        const element e = {(uint32_t)strtoul(argv[3], NULL, 16), "DS", argv[4]};
        merge(argv[2], &e, 1);
    } else if (strcmp(what, "search") == 0 && argc > 2) {
        stem = forms_of(STEM);
        for (size_t w = 0; w < MS_COUNT(words); w++) all_forms[w] = forms_of(words[w]);
        for (int i = 2; i < argc; i++)
            if (nftw(argv[i], visit, 16, FTW_PHYS) != 0) fail(argv[i], "cannot be looked through");
        printf("%zu files, %zu planted words found\n", files, found);
        return found > 0;
    } else {
        fail(what, "words, plant, replace or search");
    }
    return 0;
}
