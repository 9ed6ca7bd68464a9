/* tables/features.csv from the cases' features.csv: one row each is passed on as it is, so that the table
 * never is in memory and its numbers keep their digits. */
#include "study/collect.h"

#include <stdlib.h>
#include <string.h>

enum { LARGEST = 64 << 20 }; /* bytes of one case's features.csv */

/* A case's file cut in two: header and row, each without its line's end. */
typedef struct one_case {
    char *text, *row;
} one_case;

static size_t count(const char *text, char c) {
    size_t n = 0;
    for (const char *at = strchr(text, c); at; at = strchr(at + 1, c)) n++;
    return n;
}

static ms_status bad_file(const char *path, const char *what, ms_error *err) {
    return ms_error_set(err, MS_EINPUT, "%s: %s; remove the case's done.json and run it again", path, what);
}

/* The program writes features without quotes: names of plain letters, then numbers. */
static ms_status cut(const char *path, const char *id, one_case *file, ms_error *err) {
    char *end = strchr(file->text, '\n');
    file->row = end ? end + 1 : NULL;
    char *last = file->row ? strchr(file->row, '\n') : NULL;
    if (!last || last[1] != '\0' || strpbrk(file->text, "\"\r"))
        return bad_file(path, "is not a header and one row as the program writes them", err);
    *end = *last = '\0';
    if (count(file->text, ',') != count(file->row, ','))
        return bad_file(path, "has another number of cells in its row than in its header", err);
    const size_t length = strlen(id);
    if (strncmp(file->row, id, length) != 0 || (file->row[length] != ',' && file->row[length] != '\0'))
        return bad_file(path, "is of another case", err);
    return MS_OK;
}

static ms_status pass_on(const ms_study *study, size_t i, char **header, FILE *out, ms_error *err) {
    one_case file = {0};
    size_t length = 0;
    char *path = ms_case_path(study, i, "features.csv");
    ms_status status = path ? ms_file_read(path, LARGEST, &file.text, &length, err) : ms_error_nomem(err);
    if (status == MS_OK && strlen(file.text) != length) status = bad_file(path, "has a NUL byte", err);
    if (status == MS_OK) status = cut(path, study->patients[i].id, &file, err);
    if (status == MS_OK && !*header) {
        *header = ms_strdup(file.text);
        if (!*header) status = ms_error_nomem(err);
        if (status == MS_OK) fprintf(out, "%s\n", file.text);
    }
    if (status == MS_OK && *header && strcmp(*header, file.text) != 0)
        status = bad_file(path, "has other columns than the cases before it", err);
    if (status == MS_OK) {
        fputs(file.row, out);
        putc('\n', out);
    }
    free(file.text);
    free(path);
    return status;
}

ms_status ms_features_join(const ms_study *study, ms_collected *c, ms_error *err) {
    ms_atomic *file = NULL;
    char *path = ms_study_path(study, "tables/features.csv"), *header = NULL;
    ms_status status = path ? ms_atomic_open(&file, path, err) : ms_error_nomem(err);
    size_t row = 0;
    for (size_t i = 0; i < c->n && status == MS_OK; i++) {
        if (!c->used[i]) continue;
        status = pass_on(study, i, &header, ms_atomic_stream(file), err);
        c->feature_row[i] = row++;
    }
    if (status == MS_OK) {
        status = ms_atomic_commit(file, err);
    } else {
        ms_atomic_abort(file);
    }
    free(header);
    free(path);
    return status;
}
