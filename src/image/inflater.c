/* image/inflater.c: a file as a stream of bytes, inflated on the way. A small file can inflate to terabytes,
 * and a cut one inflates without complaint up to the cut: whoever reads through this finds both. */
#include "image/private.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define CHUNK (256u << 10)
#define ALLOWED_EXCESS (1u << 20)

struct ms_inflater {
    z_stream z;
    char *path;
    int fd;
    bool compressed;
    bool raw;        /* deflated without gzip's or zlib's head and check sum */
    bool at_end;     /* the file is read to its end */
    bool finished;   /* the data ended properly, and the file with them */
    uint64_t offset; /* of the next byte to read */
    uint8_t in[CHUNK];
};

void ms_inflater_close(ms_inflater *f) {
    if (!f) return;
    if (f->compressed) inflateEnd(&f->z);
    if (f->fd >= 0) close(f->fd);
    free(f->path);
    free(f);
}

/* `window` as zlib counts it; 0 for plain data. */
static ms_status open_stream(ms_inflater **inflater, const char *path, uint64_t offset, int window,
                             ms_error *err) {
    bool compressed = window != 0;
    ms_inflater *f = ms_calloc(1, sizeof *f);
    if (!f) return ms_error_nomem(err);
    f->offset = offset;
    f->fd = open(path, O_RDONLY | O_CLOEXEC);
    int problem = errno;
    f->path = ms_strdup(path);
    f->raw = window < 0;
    f->compressed = compressed && f->fd >= 0 && f->path && inflateInit2(&f->z, window) == Z_OK;
    ms_status status = MS_OK;
    if (f->fd < 0)
        status = ms_error_errno(err, problem, path, "cannot open");
    else if (!f->path || f->compressed != compressed)
        status = ms_error_nomem(err);
    if (status) {
        ms_inflater_close(f);
        return status;
    }
    *inflater = f;
    return MS_OK;
}

ms_status ms_inflater_open(ms_inflater **inflater, const char *path, uint64_t offset, bool compressed,
                           ms_error *err) {
    /* 32: gzip or zlib, by the first bytes */
    return open_stream(inflater, path, offset, compressed ? 15 + 32 : 0, err);
}

ms_status ms_inflater_open_raw(ms_inflater **inflater, const char *path, uint64_t offset, ms_error *err) {
    return open_stream(inflater, path, offset, -15, err);
}

static ms_status read_file(ms_inflater *f, void *bytes, size_t size, size_t *length, ms_error *err) {
    ssize_t got;
    do got = pread(f->fd, bytes, size, (off_t)f->offset);
    while (got < 0 && errno == EINTR);
    if (got < 0) return ms_error_errno(err, errno, f->path, "cannot read");
    f->offset += (uint64_t)got;
    f->at_end = got == 0;
    *length = (size_t)got;
    return MS_OK;
}

static ms_status refill(ms_inflater *f, ms_error *err) {
    size_t length = 0;
    if (f->z.avail_in > 0 || f->at_end) return MS_OK;
    ms_status status = read_file(f, f->in, CHUNK, &length, err);
    f->z.next_in = f->in;
    f->z.avail_in = (uInt)length;
    return status;
}

/* One step of zlib; true in f->finished when the last member ended with the file. */
static ms_status inflate_step(ms_inflater *f, ms_error *err) {
    ms_status status = refill(f, err);
    if (status) return status;
    int code = inflate(&f->z, Z_NO_FLUSH);
    if (code == Z_STREAM_END) {
        status = refill(f, err);
        if (status) return status;
        f->finished = f->raw;
        if (f->raw) return MS_OK;
        /* More gzip members may follow, as block-wise compressors write them. */
        f->finished = f->z.avail_in == 0 || f->z.next_in[0] != 0x1f;
        return !f->finished && inflateReset(&f->z) != Z_OK ? ms_error_nomem(err) : MS_OK;
    }
    if (code == Z_BUF_ERROR && f->at_end)
        return ms_error_set(err, MS_EINPUT,
                            "%s: the compressed data end too early (truncated file?); copy it again",
                            f->path);
    if (code == Z_MEM_ERROR) return ms_error_nomem(err);
    if (code != Z_OK && code != Z_BUF_ERROR)
        return ms_error_set(err, MS_EINPUT, "%s: the compressed data are damaged (%s); copy it again",
                            f->path, f->z.msg ? f->z.msg : "bad data");
    return MS_OK;
}

ms_status ms_inflater_read(ms_inflater *f, void *bytes, size_t size, size_t *length, ms_error *err) {
    size_t done = 0;
    while (done < size && !f->finished) {
        size_t part = size - done < (1u << 30) ? size - done : 1u << 30; /* zlib counts in 32 bits */
        size_t got = 0;
        ms_status status;
        if (f->compressed) {
            f->z.next_out = (Bytef *)bytes + done;
            f->z.avail_out = (uInt)part;
            status = inflate_step(f, err);
            got = part - f->z.avail_out;
        } else {
            status = read_file(f, (uint8_t *)bytes + done, part, &got, err);
            f->finished = f->at_end;
        }
        if (status) return status;
        done += got;
    }
    *length = done;
    return MS_OK;
}

ms_status ms_inflater_check_rest(ms_inflater *f, uint64_t needed, ms_error *err) {
    uint8_t *out = ms_calloc(CHUNK, 1);
    uint64_t total = 0;
    ms_status status = out ? MS_OK : ms_error_nomem(err);
    while (!status && !f->finished) {
        size_t length = 0;
        status = ms_inflater_read(f, out, CHUNK, &length, err);
        total += length;
        if (!status && total > needed && total - needed > ALLOWED_EXCESS)
            status = ms_error_set(err, MS_EINPUT,
                                  "%s: holds more data than its header declares (%" PRIu64
                                  " bytes); the file is damaged",
                                  f->path, needed);
    }
    free(out);
    if (!status && total < needed)
        status = ms_error_set(err, MS_EINPUT,
                              "%s: image data end after %" PRIu64 " of %" PRIu64
                              " bytes (truncated file?); copy it again",
                              f->path, total, needed);
    return status;
}

ms_status ms_inflater_measure(ms_inflater *f, uint64_t limit, uint64_t *total, ms_error *err) {
    uint8_t *out = ms_calloc(CHUNK, 1);
    uint64_t bytes = 0;
    ms_status status = out ? MS_OK : ms_error_nomem(err);
    while (!status && !f->finished) {
        size_t length = 0;
        status = ms_inflater_read(f, out, CHUNK, &length, err);
        bytes += length;
        if (!status && bytes > limit)
            status = ms_error_set(
                err, MS_EINPUT, "%s: inflates to more than the limit of %" PRIu64 " MiB; the file is damaged",
                f->path, limit >> 20);
    }
    free(out);
    if (!status) *total = bytes;
    return status;
}
