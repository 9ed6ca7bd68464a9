/* image/dicom_source.c: the bytes of a DICOM file, as if its data set were never deflated (PS3.5, A.5). */
#include "image/private.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_BYTES (64u << 10)

typedef struct source {
    const char *path;
    int fd;
    uint64_t size; /* with the data set inflated */
    bool deflated;
    uint64_t data_set;
} source;

/* bytes[n] of the file itself; *got may be less at its end. */
static ms_status read_plain(const source *s, uint64_t offset, uint8_t *bytes, size_t n, size_t *got,
                            ms_error *err) {
    size_t done = 0;
    while (done < n) {
        ssize_t part = pread(s->fd, bytes + done, n - done, (off_t)(offset + done));
        if (part < 0 && errno == EINTR) continue;
        if (part < 0) return ms_error_errno(err, errno, s->path, "cannot read");
        if (part == 0) break;
        done += (size_t)part;
    }
    *got = done;
    return MS_OK;
}

/* From the start each time: the data set is inflated in order, and what is asked for comes in few steps. */
static ms_status read_inflated(const source *s, uint64_t offset, uint8_t *bytes, size_t n, size_t *got,
                               ms_error *err) {
    ms_inflater *in = NULL;
    uint8_t skipped[4096];
    size_t length = 0;
    ms_status status = ms_inflater_open_raw(&in, s->path, s->data_set, err);
    while (!status && offset > 0) {
        size_t part = offset < sizeof skipped ? (size_t)offset : sizeof skipped;
        status = ms_inflater_read(in, skipped, part, &length, err);
        offset -= part;
        if (!status && length < part) break;
    }
    *got = 0;
    if (!status && offset == 0) status = ms_inflater_read(in, bytes, n, got, err);
    ms_inflater_close(in);
    return status;
}

static ms_status read_at(const source *s, uint64_t offset, uint8_t *bytes, size_t n, size_t *got,
                         ms_error *err) {
    size_t before = 0;
    *got = 0;
    if (!s->deflated) return read_plain(s, offset, bytes, n, got, err);
    if (offset < s->data_set) {
        uint64_t head = s->data_set - offset;
        size_t part = head < n ? (size_t)head : n;
        ms_status status = read_plain(s, offset, bytes, part, &before, err);
        if (status || part == n) {
            *got = before;
            return status;
        }
        offset = s->data_set;
        bytes += part;
        n -= part;
    }
    ms_status status = read_inflated(s, offset - s->data_set, bytes, n, got, err);
    *got += before;
    return status;
}

/* How long the inflated data set is: a small file can claim terabytes. */
static ms_status measure(source *s, ms_error *err) {
    ms_inflater *in = NULL;
    uint64_t bytes = 0;
    ms_status status = ms_inflater_open_raw(&in, s->path, s->data_set, err);
    if (!status) status = ms_inflater_measure(in, MS_DICOM_MAX_INFLATED, &bytes, err);
    ms_inflater_close(in);
    s->size = s->data_set + bytes;
    return status;
}

static ms_status open_source(source *s, const char *path, ms_error *err) {
    struct stat st;
    *s = (source){.path = path};
    s->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (s->fd < 0) return ms_error_errno(err, errno, path, "cannot open");
    if (fstat(s->fd, &st) != 0) return ms_error_errno(err, errno, path, "cannot read");
    s->size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
    return MS_OK;
}

/* Looks whether it is DICOM at all, and deflated. */
static ms_status look(source *s, bool *is_dicom, ms_error *err) {
    uint8_t start[4096];
    size_t got = 0;
    if (s->size < 132 || s->size > MS_DICOM_MAX_FILE) return MS_OK;
    ms_status status = read_plain(s, 0, start, sizeof start, &got, err);
    if (status) return status;
    *is_dicom = ms_dicom_has_mark(start, got) || ms_dicom_looks_bare(start, got);
    s->deflated = *is_dicom && ms_dicom_is_deflated(start, got, &s->data_set);
    return s->deflated ? measure(s, err) : MS_OK;
}

static ms_status read_header(source *s, ms_dicom_header *header, ms_dicom_frames *frames, ms_error *err) {
    uint64_t wanted = s->size < FIRST_BYTES ? s->size : FIRST_BYTES;
    uint8_t *bytes = NULL;
    ms_status status = MS_OK;
    while (!status && wanted > 0) {
        uint8_t *grown = ms_realloc(bytes, (size_t)wanted, 1);
        size_t got = 0;
        if (!grown) {
            status = ms_error_nomem(err);
            break;
        }
        bytes = grown;
        status = read_at(s, 0, bytes, (size_t)wanted, &got, err);
        if (status) break;
        if (got < wanted) s->size = got; /* it became shorter meanwhile */
        status = ms_dicom_header_parse(bytes, got, s->size, s->path, header, frames, &wanted, err);
        /* More each time, so that a header in many small steps is still read in few. */
        if (wanted > 0 && wanted < 4 * (uint64_t)got) wanted = 4 * (uint64_t)got;
        if (wanted > s->size) wanted = s->size;
    }
    free(bytes);
    return status;
}

ms_status ms_dicom_source_header(const char *path, bool *is_dicom, ms_dicom_header *header,
                                 ms_dicom_frames *frames, ms_error *err) {
    source s;
    *is_dicom = false;
    memset(header, 0, sizeof *header);
    ms_status status = open_source(&s, path, err);
    if (!status) status = look(&s, is_dicom, err);
    if (!status && *is_dicom) status = read_header(&s, header, frames, err);
    if (s.fd >= 0) close(s.fd);
    return status;
}

ms_status ms_dicom_source_read(const char *path, const ms_dicom_header *h, uint64_t offset, void *bytes,
                               size_t n, ms_error *err) {
    source s;
    size_t got = 0;
    ms_status status = open_source(&s, path, err);
    s.deflated = h->deflated;
    s.data_set = h->data_set;
    if (!status) status = read_at(&s, offset, bytes, n, &got, err);
    if (!status && got < n)
        status = ms_error_set(err, MS_EINPUT, "%s: ends %zu bytes too early (truncated file?); copy it again",
                              path, n - got);
    if (s.fd >= 0) close(s.fd);
    return status;
}

ms_status ms_dicom_source_all(const char *path, uint64_t limit, uint8_t **bytes, size_t *length,
                              ms_error *err) {
    source s;
    bool is_dicom = false;
    size_t got = 0;
    uint8_t *all = NULL;
    ms_status status = open_source(&s, path, err);
    if (!status) status = look(&s, &is_dicom, err);
    if (!status && s.size > limit)
        status = ms_error_set(err, MS_EINPUT, "%s: is longer than the limit of %" PRIu64 " MiB", path,
                              limit >> 20);
    if (!status) {
        all = ms_calloc((size_t)s.size + 1, 1);
        status = all ? read_at(&s, 0, all, (size_t)s.size, &got, err) : ms_error_nomem(err);
    }
    if (s.fd >= 0) close(s.fd);
    if (status) {
        free(all);
        return status;
    }
    *bytes = all;
    *length = got;
    return MS_OK;
}
