/* image/dicom_folder.c: finds the DICOM files of a folder by what is in them, whatever they are called. */
#include "image/private.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_FRAMES 200000u
#define MAX_BROKEN 1000u
#define MAX_LEVELS 16

void ms_dicom_files_clear(ms_dicom_files *files) {
    for (size_t i = 0; i < files->n; i++) free(files->items[i].path);
    free(files->items);
    free(files->broken);
    memset(files, 0, sizeof *files);
}

static ms_status add_frame(ms_dicom_files *files, const char *path, const ms_dicom_header *header,
                           const ms_dicom_plane *plane, size_t frame, ms_error *err) {
    if (files->n >= MAX_FRAMES)
        return ms_error_set(err, MS_EINPUT, "%s: more than %u DICOM images; give a folder with one study",
                            path, MAX_FRAMES);
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
    if (plane) file->header.plane = *plane;
    file->frame = frame;
    files->n++;
    return MS_OK;
}

/* Which series a damaged file belonged to decides later whether it matters. */
static ms_status add_broken(ms_dicom_files *files, const ms_dicom_header *header, const ms_error *error,
                            ms_error *err) {
    if (files->n_broken >= MAX_BROKEN) return MS_OK;
    ms_dicom_broken *grown = ms_realloc(files->broken, files->n_broken + 1, sizeof *grown);
    if (!grown) return ms_error_nomem(err);
    files->broken = grown;
    ms_dicom_broken *broken = &grown[files->n_broken++];
    memcpy(broken->series_uid, header->series_uid, sizeof broken->series_uid);
    broken->error = *error;
    return MS_OK;
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

static ms_status check_file(const char *path, bool *is_dicom, ms_dicom_header *header,
                            ms_dicom_frames *frames, ms_error *err) {
    uint64_t size = 0;
    ms_status status = ms_file_size(path, &size, err);
    if (!status) status = ms_dicom_source_header(path, is_dicom, header, frames, err);
    if (status) return status;
    if (!*is_dicom && size < 132 && ms_text_ends_with(path, ".dcm") && ms_path_base(path)[0] != '.')
        return ms_error_set(err, MS_EINPUT, "%s: only %llu bytes: no DICOM file (truncated?); copy it again",
                            path, (unsigned long long)size);
    if (*is_dicom && !is_directory_file(header) && lost_its_pixels(header))
        return ms_error_set(err, MS_EINPUT,
                            "%s: there are no pixel data in the file (truncated file?); copy it again", path);
    return MS_OK;
}

static ms_status look_at_file(ms_dicom_files *files, const char *path, ms_error *err) {
    ms_dicom_header header;
    ms_dicom_frames frames = {0};
    ms_error problem = {0};
    bool is_dicom = false;
    memset(&header, 0, sizeof header);
    ms_status status = check_file(path, &is_dicom, &header, &frames, &problem);
    /* A broken file that says it is no CT cannot be a slice of one; what only looked like a data set without
     * a mark was none. */
    bool other = header.modality[0] && strcmp(header.modality, "CT") != 0;
    bool guessed = header.bare && !header.modality[0] && !header.sop_class[0];
    if (status == MS_EINPUT && is_dicom && (other || guessed)) {
        files->others++;
        status = MS_OK;
    } else if (status == MS_EINPUT) {
        status = add_broken(files, &header, &problem, err);
    } else if (status) {
        if (err) *err = problem;
    } else if (!is_dicom || is_directory_file(&header)) {
        files->others++;
    } else if (frames.n == 0 || !header.has_pixels) {
        status = add_frame(files, path, &header, NULL, 0, err);
    } else {
        for (size_t f = 0; !status && f < frames.n; f++)
            status = add_frame(files, path, &header, &frames.items[f], f, err);
    }
    ms_dicom_frames_clear(&frames);
    return status;
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

static ms_status nothing_found(const ms_dicom_files *found, const char *path, bool folder, ms_error *err) {
    if (found->n_broken > 0) {
        if (err) *err = found->broken[0].error;
        return MS_EINPUT;
    }
    if (!folder) return ms_error_set(err, MS_EINPUT, "%s: is no DICOM file (no DICM mark at byte 128)", path);
    if (found->others == 0)
        return ms_error_set(err, MS_EINPUT, "%s: the folder is empty; give one with a DICOM series in it",
                            path);
    return ms_error_set(err, MS_EINPUT,
                        "%s: none of the folder's %zu file%s is DICOM; other formats are given as a file",
                        path, found->others, found->others == 1 ? "" : "s");
}

ms_status ms_dicom_find(const char *path, ms_dicom_files *files, ms_error *err) {
    ms_dicom_files found = {0};
    bool folder = ms_path_is_dir(path);
    ms_status status = folder ? look_in_folder(&found, path, 0, err) : look_at_file(&found, path, err);
    if (!status && found.n == 0) status = nothing_found(&found, path, folder, err);
    if (status) {
        ms_dicom_files_clear(&found);
        return status;
    }
    *files = found;
    return MS_OK;
}
