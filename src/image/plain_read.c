/* image/plain_read.c: the values of a file that holds them as they are, into canonical axes, slice by slice.
 * Unlike a decoder this does nothing that the bytes could lead astray, so it needs no child process, and no
 * second copy of the image in memory. */
#include "image/private.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VOXELS_AT_ONCE (32u << 10)

/* A lowest value that few voxels have is not called padding, for noise can go below air too: so it is
 * counted. */
static void count_outside(ms_padding_count *c, double hu, size_t times) {
    if (hu > MS_MAX_HU) {
        c->n_highest = hu > c->highest ? times : c->n_highest + (hu == c->highest ? times : 0);
        c->highest = fmax(c->highest, hu);
    } else {
        c->n_lowest = hu < c->lowest ? times : c->n_lowest + (hu == c->lowest ? times : 0);
        c->lowest = fmin(c->lowest, hu);
    }
}

void ms_padding_take(float *row, size_t n, ms_padding_count *c) {
    const float least = (float)MS_PADDING_HU, most = (float)MS_MAX_HU;
    bool all = true;
    for (size_t i = 0; i < n; i++) all &= row[i] >= least && row[i] <= most;
    for (size_t i = 0; i < n && !all; i++) {
        double hu = (double)row[i];
        if (hu >= MS_PADDING_HU && hu <= MS_MAX_HU) continue;
        if (!isfinite(hu)) {
            c->bad++;
            continue;
        }
        if (c->keep) continue;
        count_outside(c, hu, 1);
        row[i] = (float)MS_PADDING_HU;
    }
}

static void add_counts(ms_padding_count *sum, const ms_padding_count *one) {
    sum->bad += one->bad;
    if (one->n_highest) count_outside(sum, one->highest, one->n_highest);
    if (one->n_lowest) count_outside(sum, one->lowest, one->n_lowest);
}

bool ms_plain_can(const ms_file_header *h, const ms_layout *layout) {
    return !h->compressed && !h->all_compressed && layout->axis[0] == 0 && layout->axis[1] == 1 &&
           layout->axis[2] == 2;
}

bool ms_plain_is_labels(const ms_file_header *h) {
    return h->kind == 'u' && h->voxel_bytes == 1 && h->slope == 1 && h->intercept == 0;
}

typedef struct plain {
    const ms_file_header *header;
    const ms_layout *layout;
    const char *path;
    int fd;
    float *values;
    uint8_t *labels;
    ms_padding_count *counts; /* [slices] */
} plain;

static ms_status read_bytes(const plain *p, uint64_t offset, uint8_t *bytes, size_t size, ms_error *err) {
    for (size_t done = 0; done < size;) {
        ssize_t got = pread(p->fd, bytes + done, size - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return ms_error_errno(err, errno, p->path, "cannot read");
        if (got == 0)
            return ms_error_set(err, MS_EINPUT,
                                "%s: image data end too early (truncated file?); copy it again", p->path);
        done += (size_t)got;
    }
    return MS_OK;
}

/* Row j of stored slice k; `row` holds its values when values are wanted. */
static void put_row(const plain *p, size_t j, size_t k, const uint8_t *bytes, float *row) {
    const size_t *n = p->header->n;
    const bool *flip = p->layout->flip;
    size_t at = ((flip[2] ? n[2] - 1 - k : k) * n[1] + (flip[1] ? n[1] - 1 - j : j)) * n[0];
    if (p->labels) {
        uint8_t *out = p->labels + at;
        if (!flip[0]) memcpy(out, bytes, n[0]);
        for (size_t i = 0; i < n[0] && flip[0]; i++) out[i] = bytes[n[0] - 1 - i];
        return;
    }
    float *out = p->values + at;
    ms_padding_take(row, n[0], &p->counts[k]);
    if (!flip[0]) memcpy(out, row, n[0] * sizeof *out);
    for (size_t i = 0; i < n[0] && flip[0]; i++) out[i] = row[n[0] - 1 - i];
}

static ms_status read_slice(void *context, size_t k, ms_error *err) {
    const plain *p = context;
    const ms_file_header *h = p->header;
    size_t w = h->n[0], rows = VOXELS_AT_ONCE / w + 1, row_bytes = w * h->voxel_bytes;
    uint8_t *bytes = ms_calloc(rows, row_bytes);
    float *values = ms_calloc(rows * w, sizeof *values);
    ms_status status = bytes && values ? MS_OK : ms_error_nomem(err);
    for (size_t j = 0; j < h->n[1] && status == MS_OK; j += rows) {
        size_t part = h->n[1] - j < rows ? h->n[1] - j : rows;
        uint64_t offset = h->data_offset + ((uint64_t)k * h->n[1] + j) * row_bytes;
        status = read_bytes(p, offset, bytes, part * row_bytes, err);
        if (status == MS_OK && !p->labels) ms_raw_convert(bytes, part * w, h, values);
        for (size_t r = 0; r < part && status == MS_OK; r++)
            put_row(p, j + r, k, bytes + r * row_bytes, values + r * w);
    }
    free(bytes);
    free(values);
    return status;
}

ms_status ms_plain_read(const char *path, const ms_file_header *h, const ms_layout *layout, float *values,
                        uint8_t *labels, ms_padding_count *count, ms_error *err) {
    char *data_path = ms_data_file_path(path, h);
    ms_padding_count *counts = ms_calloc(h->n[2], sizeof *counts);
    plain p = {h, layout, data_path, -1, values, labels, counts};
    ms_status status = data_path && counts ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) {
        p.fd = open(data_path, O_RDONLY | O_CLOEXEC);
        if (p.fd < 0) status = ms_error_errno(err, errno, data_path, "cannot open");
    }
    for (size_t k = 0; status == MS_OK && k < h->n[2]; k++) counts[k].keep = count->keep;
    if (status == MS_OK) status = ms_parallel_for(h->n[2], read_slice, &p, err);
    for (size_t k = 0; status == MS_OK && k < h->n[2]; k++) add_counts(count, &counts[k]);
    if (p.fd >= 0) close(p.fd);
    if (status != MS_OK && h->data_file[0]) ms_error_prefix(err, "%s", path);
    free(counts);
    free(data_path);
    return status;
}
