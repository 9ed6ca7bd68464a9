/* image/dicom_folder.c: finds the DICOM files of a folder by what is in them, whatever they are called. */
#include "image/private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_FILES 200000u
#define MAX_LEVELS 16
#define MAX_FILE_BYTES ((uint64_t)1 << 30)
#define FIRST_BYTES (64u << 10)

void ms_dicom_files_clear(ms_dicom_files *files) {
    for (size_t i = 0; i < files->n; i++) free(files->items[i].path);
    free(files->items);
    memset(files, 0, sizeof *files);
}

static ms_status add_file(ms_dicom_files *files, const char *path, const ms_dicom_header *header,
                          ms_error *err) {
    if (files->n == files->capacity) {
        size_t capacity = files->capacity ? 2 * files->capacity : 256;
        ms_dicom_file *grown = ms_realloc(files->items, capacity, sizeof *grown);
        if (!grown) return ms_error_nomem(err);
        files->items = grown;
        files->capacity = capacity;
    }
    ms_dicom_file *file = &files->items[files->n];
    memset(file, 0, sizeof *file);
    file->path = ms_strdup(path);
    if (!file->path) return ms_error_nomem(err);
    file->header = *header;
    files->n++;
    return MS_OK;
}

/* As many of the file's first `size` bytes as there are, or -1 with errno. */
static ssize_t read_start(int fd, uint8_t *bytes, size_t size) {
    size_t done = 0;
    while (done < size) {
        ssize_t got = pread(fd, bytes + done, size - done, (off_t)done);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return -1;
        if (got == 0) break;
        done += (size_t)got;
    }
    return (ssize_t)done;
}

/* Reads as much of the file as its header turns out to need. */
static ms_status read_header(int fd, uint64_t file_size, const char *path, ms_dicom_header *header,
                             bool *is_dicom, ms_error *err) {
    uint64_t wanted = file_size < FIRST_BYTES ? file_size : FIRST_BYTES;
    uint8_t *bytes = NULL;
    ms_status status = MS_OK;
    while (wanted > 0) {
        uint8_t *grown = ms_realloc(bytes, (size_t)wanted, 1);
        if (!grown) {
            status = ms_error_nomem(err);
            break;
        }
        bytes = grown;
        ssize_t got = read_start(fd, bytes, (size_t)wanted);
        if (got < 0) {
            status = ms_error_errno(err, errno, path, "cannot read");
            break;
        }
        if (!ms_dicom_has_mark(bytes, (size_t)got)) break;
        *is_dicom = true;
        if ((uint64_t)got < wanted) file_size = (uint64_t)got; /* it became shorter meanwhile */
        uint64_t at_hand = (uint64_t)got;
        status = ms_dicom_header_parse(bytes, (size_t)got, file_size, path, header, &wanted, err);
        if (status) break;
        /* Twice as much each time, so that a header in many small steps is still read in few. */
        if (wanted > 0 && wanted < 4 * at_hand) wanted = 4 * at_hand;
        if (wanted > file_size) wanted = file_size;
    }
    free(bytes);
    return status;
}

/* A DICOMDIR lists files; it is no image. */
static bool is_directory_file(const ms_dicom_header *header) {
    return strcmp(header->media_class, "1.2.840.10008.1.3.10") == 0;
}

/* A CT image cut off between two elements looks whole, but for its pixels. */
static bool lost_its_pixels(const ms_dicom_header *header) {
    const char *class = header->media_class[0] ? header->media_class : header->sop_class;
    return !header->has_pixels && (!class[0] || ms_text_starts_with(class, MS_CT_IMAGE_STORAGE));
}

static ms_status look_at_file(ms_dicom_files *files, const char *path, ms_error *err) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return ms_error_errno(err, errno, path, "cannot open");
    struct stat st;
    ms_dicom_header header;
    bool is_dicom = false;
    ms_status status = MS_OK;
    if (fstat(fd, &st) != 0) {
        status = ms_error_errno(err, errno, path, "cannot read");
    } else if (S_ISREG(st.st_mode) && st.st_size >= 132 && (uint64_t)st.st_size <= MAX_FILE_BYTES) {
        memset(&header, 0, sizeof header);
        status = read_header(fd, (uint64_t)st.st_size, path, &header, &is_dicom, err);
    }
    close(fd);
    /* A broken file that says it is no CT cannot be a slice of one. */
    if (status == MS_EINPUT && is_dicom && header.modality[0] && strcmp(header.modality, "CT") != 0) {
        files->others++;
        return MS_OK;
    }
    if (status) return status;
    if (!is_dicom && st.st_size < 132 && ms_text_ends_with(path, ".dcm") && ms_path_base(path)[0] != '.')
        return ms_error_set(err, MS_EINPUT, "%s: only %lld bytes: no DICOM file (truncated?); copy it again",
                            path, (long long)st.st_size);
    if (!is_dicom || is_directory_file(&header)) {
        files->others++;
        return MS_OK;
    }
    if (lost_its_pixels(&header))
        return ms_error_set(err, MS_EINPUT,
                            "%s: there are no pixel data in the file (truncated file?); copy it again", path);
    if (files->n >= MAX_FILES)
        return ms_error_set(err, MS_EINPUT, "%s: more than %u DICOM files; give a folder with one study",
                            path, MAX_FILES);
    return add_file(files, path, &header, err);
}

static ms_status look_in_folder(ms_dicom_files *files, const char *folder, int level, ms_error *err) {
    char **names = NULL;
    size_t n = 0;
    if (level > MAX_LEVELS) return ms_error_set(err, MS_EINPUT, "%s: folders are nested too deeply", folder);
    ms_status status = ms_list_dir(folder, &names, &n, err);
    if (status) return status;
    for (size_t i = 0; !status && i < n; i++) {
        struct stat st;
        char *path = ms_path_join(folder, names[i]);
        if (!path) {
            status = ms_error_nomem(err);
        } else if (stat(path, &st) == 0) { /* a dangling link is skipped */
            if (S_ISDIR(st.st_mode))
                status = look_in_folder(files, path, level + 1, err);
            else if (S_ISREG(st.st_mode))
                status = look_at_file(files, path, err);
        }
        free(path);
    }
    ms_names_free(names, n);
    return status;
}

ms_status ms_dicom_find(const char *path, ms_dicom_files *files, ms_error *err) {
    ms_dicom_files found = {0};
    bool folder = ms_path_is_dir(path);
    ms_status status = folder ? look_in_folder(&found, path, 0, err) : look_at_file(&found, path, err);
    if (!status && found.n == 0) {
        if (!folder)
            status = ms_error_set(err, MS_EINPUT, "%s: is no DICOM file (no DICM mark at byte 128)", path);
        else if (found.others == 0)
            status = ms_error_set(err, MS_EINPUT,
                                  "%s: the folder is empty; give one with a DICOM series in it", path);
        else
            status = ms_error_set(
                err, MS_EINPUT,
                "%s: none of the folder's %zu file%s is DICOM; other formats are given as a file", path,
                found.others, found.others == 1 ? "" : "s");
    }
    if (status) {
        ms_dicom_files_clear(&found);
        return status;
    }
    *files = found;
    return MS_OK;
}
