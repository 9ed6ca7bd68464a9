/* tables/features.csv from the cases' features.csv: one row each is passed on as it is, so that the table
 * never is in memory and its numbers keep their digits.
 *
 * Two thirds of a case's file are the names of its features. Only the first case's are read: all others have
 * been made by the same version with the same parameters (their records say so), and of their headers only
 * the length and the last names are compared. */
#include "study/collect.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    LARGEST = 64 << 20, /* bytes of one case's features.csv */
    BLOCK = 64,         /* cases read at a time, by all threads */
    COMPARED = 256,     /* bytes at the end of the header */
    PIECE = 240         /* bytes counted at a time: no more than a byte can count to */
};

/* A case and the end of its file: the end of the header, the line's end, the row, its line's end. The memory
 * serves case after case. */
typedef struct one_case {
    size_t i; /* the case */
    char *text;
    size_t length, room;
} one_case;

typedef struct join {
    const ms_study *study;
    char *header; /* that all files have */
    size_t header_length, compared, commas;
    one_case block[BLOCK];
    size_t n;
} join;

static ms_status bad_file(const char *path, const char *what, ms_error *err) {
    return ms_error_set(err, MS_EINPUT, "%s: %s; remove the case's done.json and run it again", path, what);
}

/* Adds a text's commas, at most 255, and whether it has a quote, a NUL or an end of line. */
static inline void count_piece(const char *text, size_t length, uint8_t *commas, uint8_t *others) {
    for (size_t at = 0; at < length; at++) {
        const char c = text[at];
        *commas = (uint8_t)(*commas + (c == ','));
        *others |= (uint8_t)((c == '"') | (c == '\r') | (c == '\n') | (c == '\0'));
    }
}

/* The commas of a text. *plain is false where there is a quote or an end of line: the program writes features
 * without, names of plain letters and then numbers. */
static size_t count_commas(const char *text, size_t length, bool *plain) {
    size_t commas = 0, at = 0;
    uint8_t others = 0;
    for (; at + PIECE <= length;
         at += PIECE) { /* of a fixed length, so that the compiler takes many at once */
        uint8_t here = 0;
        count_piece(text + at, PIECE, &here, &others);
        commas += here;
    }
    uint8_t rest = 0;
    count_piece(text + at, length - at, &rest, &others);
    *plain = others == 0;
    return commas + rest;
}

static ms_status make_room(one_case *file, size_t length, ms_error *err) {
    if (length <= file->room) return MS_OK;
    char *text = ms_realloc(file->text, length + length / 4, 1);
    if (!text) return ms_error_nomem(err);
    file->text = text;
    file->room = length + length / 4;
    return MS_OK;
}

/* The file from this place on. */
static ms_status read_end(const char *path, size_t from, one_case *file, ms_error *err) {
    struct stat info;
    ms_status status = MS_OK;
    size_t had = 0, length = 0;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return ms_error_errno(err, errno, path, "cannot open");
    if (fstat(fd, &info) != 0) {
        status = ms_error_errno(err, errno, path, "cannot read");
    } else if (!S_ISREG(info.st_mode) || info.st_size > LARGEST || (size_t)info.st_size <= from) {
        status = bad_file(path, "is not a header and one row as the program writes them", err);
    } else {
        length = (size_t)info.st_size - from;
        status = make_room(file, length, err);
    }
    while (status == MS_OK && had < length) {
        const ssize_t got = pread(fd, file->text + had, length - had, (off_t)(from + had));
        if (got > 0) had += (size_t)got;
        if (got == 0) status = bad_file(path, "became shorter while it was read", err);
        if (got < 0 && errno != EINTR) status = ms_error_errno(err, errno, path, "cannot read");
    }
    close(fd);
    file->length = had;
    return status;
}

/* The row must be this case's, and there must be nothing behind it. */
static ms_status check_row(const char *path, const char *id, const char *row, size_t length, size_t commas,
                           ms_error *err) {
    const size_t name = strlen(id);
    bool plain;
    if (length == 0 || row[length - 1] != '\n')
        return bad_file(path, "is not a header and one row as the program writes them", err);
    const size_t found = count_commas(row, length - 1, &plain);
    if (!plain) return bad_file(path, "is not a header and one row as the program writes them", err);
    if (found != commas)
        return bad_file(path, "has another number of cells in its row than in its header", err);
    if (length <= name || memcmp(row, id, name) != 0 || (row[name] != ',' && row[name] != '\n'))
        return bad_file(path, "is of another case", err);
    return MS_OK;
}

static ms_status read_one(void *context, size_t at, ms_error *err) {
    join *work = context;
    one_case *file = &work->block[at];
    const size_t compared = work->compared;
    char *path = ms_case_path(work->study, file->i, "features.csv");
    ms_status status = path ? read_end(path, work->header_length - compared, file, err) : ms_error_nomem(err);
    if (status == MS_OK && (file->length <= compared || file->text[compared] != '\n' ||
                            memcmp(file->text, work->header + work->header_length - compared, compared) != 0))
        status = bad_file(path, "has other columns than the cases before it", err);
    if (status == MS_OK)
        status = check_row(path, work->study->patients[file->i].id, file->text + compared + 1,
                           file->length - compared - 1, work->commas, err);
    free(path);
    return status;
}

/* The first used case gives the header. */
static ms_status take_header(join *work, size_t i, ms_error *err) {
    size_t length = 0;
    bool plain = true;
    char *path = ms_case_path(work->study, i, "features.csv");
    ms_status status = path ? ms_file_read(path, LARGEST, &work->header, &length, err) : ms_error_nomem(err);
    const char *end = status == MS_OK ? memchr(work->header, '\n', length) : NULL;
    if (end) {
        work->header_length = (size_t)(end - work->header); /* the row behind it does no harm */
        work->compared = work->header_length < COMPARED ? work->header_length : COMPARED;
        work->commas = count_commas(work->header, work->header_length, &plain);
    }
    if (status == MS_OK && (!end || !plain))
        status = bad_file(path, "is not a header and one row as the program writes them", err);
    free(path);
    return status;
}

/* Reads the block's files by all threads and writes their rows in order. */
static ms_status pass_on(join *work, FILE *out, ms_error *err) {
    ms_status status = ms_parallel_for(work->n, read_one, work, err);
    for (size_t b = 0; b < work->n && status == MS_OK; b++) {
        const one_case *file = &work->block[b];
        fwrite(file->text + work->compared + 1, 1, file->length - work->compared - 1, out);
    }
    work->n = 0;
    return status;
}

static ms_status write_rows(join *work, ms_collected *c, FILE *out, ms_error *err) {
    ms_status status = MS_OK;
    size_t row = 0;
    for (size_t i = 0; i < c->n && status == MS_OK; i++) {
        if (!c->used[i]) continue;
        if (row == 0) {
            status = take_header(work, i, err);
            if (status == MS_OK) fwrite(work->header, 1, work->header_length + 1, out);
        }
        work->block[work->n++].i = i;
        c->feature_row[i] = row++;
        if (status == MS_OK && work->n == BLOCK) status = pass_on(work, out, err);
    }
    return status == MS_OK ? pass_on(work, out, err) : status;
}

ms_status ms_features_join(const ms_study *study, ms_collected *c, ms_error *err) {
    ms_atomic *file = NULL;
    char *path = ms_study_path(study, "tables/features.csv");
    join *work = ms_calloc(1, sizeof *work);
    ms_status status = path && work ? ms_atomic_open(&file, path, err) : ms_error_nomem(err);
    if (status == MS_OK) {
        work->study = study;
        status = write_rows(work, c, ms_atomic_stream(file), err);
        if (status == MS_OK) {
            status = ms_atomic_commit(file, err);
        } else {
            ms_atomic_abort(file);
        }
    }
    for (size_t b = 0; work && b < BLOCK; b++) free(work->block[b].text);
    if (work) free(work->header);
    free(work);
    free(path);
    return status;
}
