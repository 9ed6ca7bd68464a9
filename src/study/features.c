/* tables/features.csv from the cases' features.csv: one row each is passed on as it is, so that the table
 * never is in memory and its numbers keep their digits. */
#include "study/collect.h"

#include <stdlib.h>
#include <string.h>

enum {
    LARGEST = 64 << 20, /* bytes of one case's features.csv */
    BLOCK = 64          /* cases read at a time, by all threads */
};

/* A case's file: the header, the line's end, the row, its line's end. */
typedef struct one_case {
    size_t i; /* the case */
    char *text;
    size_t header, length;
} one_case;

typedef struct join {
    const ms_study *study;
    char *header; /* that all files have */
    size_t header_length, commas;
    one_case block[BLOCK];
    size_t n;
} join;

static ms_status bad_file(const char *path, const char *what, ms_error *err) {
    return ms_error_set(err, MS_EINPUT, "%s: %s; remove the case's done.json and run it again", path, what);
}

/* The commas between two places. *plain is false where there is a quote or a carriage return: the program
 * writes features without, names of plain letters and then numbers. */
static size_t count_commas(const char *text, size_t from, size_t to, bool *plain) {
    size_t commas = 0, others = 0;
    for (size_t at = from; at < to; at++) {
        commas += text[at] == ',';
        others += text[at] == '"' || text[at] == '\r' || text[at] == '\0';
    }
    *plain = *plain && others == 0;
    return commas;
}

/* The row must be this case's, and there must be nothing behind it. */
static ms_status check_row(const char *path, const char *id, const one_case *file, size_t commas,
                           ms_error *err) {
    const char *row = file->text + file->header + 1;
    const size_t length = file->length - file->header - 2, name = strlen(id);
    bool plain = memchr(row, '\n', length) == NULL;
    if (count_commas(row, 0, length, &plain) != commas && plain)
        return bad_file(path, "has another number of cells in its row than in its header", err);
    if (!plain) return bad_file(path, "is not a header and one row as the program writes them", err);
    if (length < name || memcmp(row, id, name) != 0 || (length > name && row[name] != ','))
        return bad_file(path, "is of another case", err);
    return MS_OK;
}

static ms_status read_one(void *context, size_t at, ms_error *err) {
    join *work = context;
    one_case *file = &work->block[at];
    char *path = ms_case_path(work->study, file->i, "features.csv");
    ms_status status =
        path ? ms_file_read(path, LARGEST, &file->text, &file->length, err) : ms_error_nomem(err);
    if (status == MS_OK) {
        const char *end = memchr(file->text, '\n', file->length);
        file->header = end ? (size_t)(end - file->text) : 0;
        if (!end || file->length < file->header + 2 || file->text[file->length - 1] != '\n')
            status = bad_file(path, "is not a header and one row as the program writes them", err);
    }
    if (status == MS_OK && work->header) {
        if (file->header != work->header_length || memcmp(file->text, work->header, file->header) != 0)
            status = bad_file(path, "has other columns than the cases before it", err);
        if (status == MS_OK)
            status = check_row(path, work->study->patients[file->i].id, file, work->commas, err);
    }
    free(path);
    return status;
}

/* The first used case gives the header. */
static ms_status take_header(join *work, size_t i, ms_error *err) {
    work->block[0] = (one_case){.i = i};
    ms_status status = read_one(work, 0, err);
    one_case *file = &work->block[0];
    bool plain = true;
    if (status == MS_OK) {
        work->commas = count_commas(file->text, 0, file->header, &plain);
        work->header_length = file->header;
        if (!plain)
            status = ms_error_set(err, MS_EINPUT, "%s: its features.csv has a header of a form unknown",
                                  work->study->patients[i].id);
        work->header = file->text; /* the row behind it does no harm */
    } else {
        free(file->text);
    }
    file->text = NULL;
    return status;
}

/* Reads the block's files by all threads and writes their rows in order. */
static ms_status pass_on(join *work, FILE *out, ms_error *err) {
    ms_status status = ms_parallel_for(work->n, read_one, work, err);
    for (size_t b = 0; b < work->n; b++) {
        const one_case *file = &work->block[b];
        if (status == MS_OK) fwrite(file->text + file->header + 1, 1, file->length - file->header - 1, out);
        free(file->text);
        work->block[b].text = NULL;
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
        work->block[work->n++] = (one_case){.i = i};
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
    if (work) free(work->header);
    free(work);
    free(path);
    return status;
}
