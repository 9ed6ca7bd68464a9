/* image/gzip_size.c: how many bytes are in a compressed file, without keeping them. A small file can inflate
 * to terabytes, and a cut one inflates without complaint up to the cut: both are found here first. */
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

typedef struct inflater {
    z_stream z;
    int fd;
    const char *path;
    uint8_t *in;
    uint64_t offset; /* of the next byte to read */
    bool at_end;     /* the file is read to its end */
    bool finished;   /* the compressed data ended properly, and the file with them */
    bool gzip;
} inflater;

static void inflater_close(inflater *f) {
    inflateEnd(&f->z);
    if (f->fd >= 0) close(f->fd);
    free(f->in);
}

static ms_status inflater_open(inflater *f, const char *path, uint64_t offset, ms_error *err) {
    memset(f, 0, sizeof *f);
    f->path = path;
    f->offset = offset;
    f->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (f->fd < 0) return ms_error_errno(err, errno, path, "cannot open");
    f->in = ms_calloc(CHUNK, 1);
    if (!f->in || inflateInit2(&f->z, 15 + 32) != Z_OK) { /* gzip or zlib by its first bytes */
        close(f->fd);
        free(f->in);
        return ms_error_nomem(err);
    }
    return MS_OK;
}

static ms_status refill(inflater *f, ms_error *err) {
    if (f->z.avail_in > 0 || f->at_end) return MS_OK;
    ssize_t got;
    do got = pread(f->fd, f->in, CHUNK, (off_t)f->offset);
    while (got < 0 && errno == EINTR);
    if (got < 0) return ms_error_errno(err, errno, f->path, "cannot read");
    f->offset += (uint64_t)got;
    f->at_end = got == 0;
    f->z.next_in = f->in;
    f->z.avail_in = (uInt)got;
    return MS_OK;
}

/* Fills out[size] as far as there are data; *length says how far. */
static ms_status inflate_some(inflater *f, uint8_t *out, size_t size, size_t *length, ms_error *err) {
    f->z.next_out = out;
    f->z.avail_out = (uInt)size;
    while (f->z.avail_out > 0 && !f->finished) {
        ms_status status = refill(f, err);
        if (status) return status;
        int code = inflate(&f->z, Z_NO_FLUSH);
        if (code == Z_STREAM_END) {
            status = refill(f, err);
            if (status) return status;
            /* More gzip members may follow, as block-wise compressors write them. */
            f->finished = f->z.avail_in == 0 || f->z.next_in[0] != 0x1f;
            if (!f->finished && inflateReset(&f->z) != Z_OK) return ms_error_nomem(err);
        } else if (code == Z_BUF_ERROR && f->at_end) {
            return ms_error_set(err, MS_EINPUT,
                                "%s: the compressed data end too early (truncated file?); copy it again",
                                f->path);
        } else if (code == Z_MEM_ERROR) {
            return ms_error_nomem(err);
        } else if (code != Z_OK && code != Z_BUF_ERROR) {
            return ms_error_set(err, MS_EINPUT, "%s: the compressed data are damaged (%s); copy it again",
                                f->path, f->z.msg ? f->z.msg : "bad data");
        }
    }
    *length = size - f->z.avail_out;
    return MS_OK;
}

ms_status ms_inflated_size_check(const char *path, uint64_t offset, uint64_t needed, ms_error *err) {
    inflater f;
    ms_status status = inflater_open(&f, path, offset, err);
    if (status) return status;
    uint8_t *out = ms_calloc(CHUNK, 1);
    uint64_t total = 0;
    if (!out) status = ms_error_nomem(err);
    while (!status && !f.finished) {
        size_t length = 0;
        status = inflate_some(&f, out, CHUNK, &length, err);
        total += length;
        if (!status && total > needed + ALLOWED_EXCESS)
            status = ms_error_set(err, MS_EINPUT,
                                  "%s: inflates to more than the %" PRIu64
                                  " bytes its header declares; the file is damaged",
                                  path, needed);
    }
    if (!status && total < needed)
        status = ms_error_set(err, MS_EINPUT,
                              "%s: image data end after %" PRIu64 " of %" PRIu64
                              " bytes (truncated file?); copy it again",
                              path, total, needed);
    free(out);
    inflater_close(&f);
    return status;
}

ms_status ms_inflate_start(const char *path, uint8_t *bytes, size_t size, size_t *length, ms_error *err) {
    inflater f;
    ms_status status = inflater_open(&f, path, 0, err);
    if (status) return status;
    status = inflate_some(&f, bytes, size, length, err);
    inflater_close(&f);
    return status;
}
