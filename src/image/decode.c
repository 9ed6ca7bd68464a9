/* image/decode.c: decodes files in a child process with limits; the values come back in a memory file that
 * parent and child share. What a damaged file does to a decoder, it does to the child. */
#include "image/private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HEADER_BYTES 4096u /* in front of the values, so that they begin on a page */

typedef struct decode_job {
    const ms_itk_api *itk;
    int format;
    const char *name;                  /* what the user called the scan */
    const char *path;                  /* of a single-file format */
    ms_dicom_file *const *frames;      /* of DICOM */
    size_t files;                      /* or frames */
    size_t n[3];                       /* of one */
    const ms_file_header *file_header; /* of a single-file format */
    bool header_only;
    size_t map_bytes;
    unsigned char *map; /* in the child */
} decode_job;

void ms_decoded_clear(ms_decoded *decoded) {
    if (decoded->map) munmap(decoded->map, decoded->map_bytes);
    memset(decoded, 0, sizeof *decoded);
}

static float *values_of(const decode_job *job, size_t file) {
    return (float *)(void *)(job->map + HEADER_BYTES) + file * job->n[0] * job->n[1] * job->n[2];
}

/* ITK's messages are several lines long and name source files: the last line that says something is kept. */
ms_status ms_decoder_error(const char *path, const char *message, ms_error *err) {
    char line[200];
    size_t n = 0;
    for (const char *c = message; *c && n + 1 < sizeof line; c++) {
        if (*c == '\n' || *c == '\r') {
            if (c[1] && c[1] != '\n') n = 0;
            continue;
        }
        line[n++] = (char)((unsigned char)*c >= ' ' && (unsigned char)*c < 127 ? *c : '?');
    }
    line[n] = '\0';
    return ms_error_set(err, MS_EINPUT, "%s: the image cannot be decoded (%s); is the file damaged?", path,
                        n ? line : "no reason given");
}

static ms_status decode_one(void *context, size_t file, ms_error *err) {
    decode_job *job = context;
    return ms_dicom_decode_frame(job->itk, job->frames[file], values_of(job, file), err);
}

/* Decoders print what they dislike, sometimes with the header's text: none of it may reach our output. */
static void silence(void) {
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (null < 0) return;
    (void)dup2(null, STDOUT_FILENO);
    (void)dup2(null, STDERR_FILENO);
    close(null);
}

static ms_status child(void *context, int result_fd, ms_error *err) {
    decode_job *job = context;
    char message[512] = "";
    silence();
    if (ftruncate(result_fd, (off_t)job->map_bytes) != 0)
        return ms_error_errno(err, errno, "decoded image", "cannot hold");
    void *map = mmap(NULL, job->map_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, result_fd, 0);
    if (map == MAP_FAILED) return ms_error_errno(err, errno, "decoded image", "cannot map");
    job->map = map;
    if (job->itk && job->format != MS_FORMAT_DICOM) {
        ms_itk_header header;
        /* Its message would quote the header, and with it what stands there about a person. */
        if (job->itk->inspect(job->format, job->path, &header, message, sizeof message) != 0)
            return ms_error_set(
                err, MS_EINPUT,
                "%s: the header says of the image's place what the decoder does not take; is the "
                "file damaged?",
                job->path);
        memcpy(map, &header, sizeof header);
    }
    if (job->header_only) return MS_OK;
    if (job->format != MS_FORMAT_DICOM)
        return ms_raw_read_values(job->path, job->file_header, values_of(job, 0), err);
    return ms_parallel_for(job->files, decode_one, job, err);
}

/* Generous for an honest image, small beside what a dishonest one may ask for. */
static ms_child_limits limits_for(const decode_job *job) {
    uint64_t voxels = (uint64_t)job->n[0] * job->n[1] * job->n[2];
    uint64_t all = voxels * job->files;
    ms_child_limits limits = {0};
    limits.memory_bytes = ((uint64_t)1 << 30) +
                          (uint64_t)ms_threads_get() * (((uint64_t)192 << 20) + 40 * voxels) +
                          2 * (uint64_t)job->map_bytes;
    limits.cpu_seconds = 60.0 + 2e-6 * (double)all;
    limits.wall_seconds = 120.0 + 4e-6 * (double)all;
    limits.file_bytes = job->map_bytes + (64u << 10);
    return limits;
}

/* A child that crashed or met a limit could not say which file it was at. */
static void name_the_file(const decode_job *job, ms_error *err) {
    if (!err) return;
    if (job->path && ms_text_starts_with(err->message, job->path)) return;
    for (size_t f = 0; job->frames && f < job->files; f++)
        if (ms_text_starts_with(err->message, job->frames[f]->path)) return;
    ms_error_prefix(err, "%s: decoding it failed", job->name);
}

/* A file that needs more processor time or memory than any honest image of its size is bad input, not a lack
 * of the machine's; time on the clock may be lost to others' work. */
static ms_status blame(ms_status status, ms_error *err) {
    if (status != MS_ERESOURCE || !err || !strstr(err->message, "over its limit of")) return status;
    bool own = strstr(err->message, "of processor time") || strstr(err->message, "GiB memory") ||
               strstr(err->message, "MiB a file");
    if (own) err->status = status = MS_EINPUT;
    return status;
}

/* Is there anything that only ITK can do? */
static bool needs_itk(const decode_job *job) {
    if (job->format != MS_FORMAT_DICOM) return !job->file_header->placed;
    for (size_t f = 0; f < job->files; f++)
        if (job->frames[f]->header.encapsulated) return true;
    return false;
}

static ms_status run(decode_job *job, ms_decoded *decoded, ms_error *err) {
    const void *table = NULL;
    int fd = -1;
    /* Opened here, not in the child, so that a second scan does not pay for it again. */
    ms_status status =
        needs_itk(job) ? ms_module_open("ms_itk", MS_ITK_ENTRY, MS_ITK_ABI, &table, err) : MS_OK;
    if (status) return status;
    job->itk = table;
    job->map_bytes = HEADER_BYTES;
    if (!job->header_only) job->map_bytes += job->files * job->n[0] * job->n[1] * job->n[2] * sizeof(float);
    ms_child_limits limits = limits_for(job);
    ms_error problem = {0};
    status = ms_child_run(child, job, &limits, &fd, &problem);
    if (status) {
        status = blame(status, &problem);
        name_the_file(job, &problem);
        if (err) *err = problem;
        return status;
    }
    void *map = mmap(NULL, job->map_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    int saved = errno;
    close(fd);
    if (map == MAP_FAILED) return ms_error_errno(err, saved, job->name, "cannot map the decoded image");
    memcpy(&decoded->header, map, sizeof decoded->header);
    decoded->map = map;
    decoded->map_bytes = job->map_bytes;
    decoded->values =
        job->header_only ? NULL : (const float *)(const void *)((const char *)map + HEADER_BYTES);
    return MS_OK;
}

void ms_decoded_release(ms_decoded *decoded, size_t n) {
    size_t bytes = n * sizeof(float) & ~(size_t)0xfffff; /* whole pages, and not too few */
    if (decoded->values && bytes > 0 && bytes <= decoded->map_bytes - HEADER_BYTES)
        (void)madvise((char *)decoded->map + HEADER_BYTES, bytes, MADV_REMOVE);
}

ms_status ms_decode_file(ms_image_format format, const char *path, const ms_file_header *header,
                         bool header_only, ms_decoded *decoded, ms_error *err) {
    decode_job job = {.format = (int)format,
                      .name = path,
                      .path = path,
                      .files = 1,
                      .file_header = header,
                      .header_only = header_only};
    if (header->placed && header_only) return MS_OK;
    for (int axis = 0; axis < 3; axis++) job.n[axis] = header->n[axis];
    return run(&job, decoded, err);
}

ms_status ms_decode_frames(ms_dicom_file *const *frames, size_t n, const char *name, ms_decoded *decoded,
                           ms_error *err) {
    const ms_dicom_header *h = &frames[0]->header;
    decode_job job = {
        .format = MS_FORMAT_DICOM, .name = name, .frames = frames, .files = n, .n = {h->columns, h->rows, 1}};
    return run(&job, decoded, err);
}
