/* base/table_columns.c: the columns of a CSV file that are asked for, numbers as numbers.
 *
 * The file goes by in blocks, so that memory is 8 bytes a cell kept and no more. A column is of numbers until
 * a cell says otherwise; when that cell is not its first, the texts of those before are gone, and the file is
 * read once more with the column as text. */
#include "base/table_private.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK = 1 << 20, LONGEST_ROW = 1 << 28, SEEN = 4096 };

typedef enum kind { SKIPPED, NUMBERS, TEXTS, LATER } kind; /* LATER: texts from the next reading on */

/* A file that can be read twice: one on disk, or the whole of a pipe in memory. */
typedef struct source {
    const char *path;
    int fd; /* -1: memory */
    char *memory;
    size_t length, offset;
} source;

typedef struct reader {
    const char *name;
    source source;
    ms_scanner scanner;
    char *block;
    size_t capacity;
    size_t checked; /* bytes of the block known to be UTF-8 */
    ms_table *table;
    uint8_t *kinds;           /* [columns]; NULL before the header of the first reading */
    uint8_t *numeric;         /* [columns] kinds[i] == NUMBERS, for the scanner */
    uint8_t *any;             /* [columns] a number was read */
    const char *seen[SEEN];   /* texts kept, by hash: most categories are kept once */
    const char *const *names; /* the columns asked for; NULL: all */
    size_t n_names;
    bool again;
} reader;

/* ---- the source ---- */

static ms_status source_open(source *s, const char *path, ms_error *err) {
    struct stat info;
    *s = (source){.path = path, .fd = -1};
    if (strcmp(path, "-") != 0) {
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0) return ms_error_errno(err, errno, path, "cannot open");
        if (fstat(fd, &info) == 0 && S_ISREG(info.st_mode)) {
            s->fd = fd;
            return MS_OK;
        }
        (void)close(fd);
    }
    return ms_file_read(path, MS_TABLE_LARGEST_FILE, &s->memory, &s->length, err);
}

static void source_close(source *s) {
    if (s->fd >= 0) (void)close(s->fd);
    free(s->memory);
}

/* Up to `most` bytes; *got 0 at the end. */
static ms_status source_read(source *s, char *to, size_t most, size_t *got, ms_error *err) {
    if (s->fd < 0) {
        *got = s->length - s->offset < most ? s->length - s->offset : most;
        memcpy(to, s->memory + s->offset, *got);
    } else {
        ssize_t bytes;
        do {
            bytes = pread(s->fd, to, most, (off_t)s->offset);
        } while (bytes < 0 && errno == EINTR);
        if (bytes < 0) return ms_error_errno(err, errno, s->path, "cannot read");
        *got = (size_t)bytes;
    }
    s->offset += *got;
    return MS_OK;
}

/* ---- blocks ---- */

/* The bytes from `checked` to the end; a character cut by the end waits for the next block. */
static ms_status check_block(reader *r, ms_error *err) {
    ms_scanner *s = &r->scanner;
    size_t length = (size_t)(s->end - r->block), fresh = length - r->checked;
    const char *from = r->block + r->checked;
    if (!s->last) {
        size_t back = 0;
        while (back < 3 && back < fresh && ((unsigned char)from[fresh - 1 - back] & 0xc0) == 0x80) back++;
        if (back < fresh && ((unsigned char)from[fresh - 1 - back] & 0xc0) == 0xc0) fresh -= back + 1;
    }
    size_t line = s->line + ms_count_lines(s->at, (size_t)(from - s->at));
    ms_status status = ms_check_bytes(r->name, from, fresh, line, err);
    r->checked += fresh;
    return status;
}

/* The rest of the block to its front, and more of the file behind it. */
static ms_status refill(reader *r, ms_error *err) {
    ms_scanner *s = &r->scanner;
    size_t left = (size_t)(s->end - s->at), gone = (size_t)(s->at - r->block);
    if (left == r->capacity) {
        if (r->capacity >= LONGEST_ROW)
            return ms_error_set(err, MS_EINPUT, "%s:%zu: a row of more than %d MiB: this is not a CSV table",
                                r->name, s->line, LONGEST_ROW >> 20);
        char *larger = ms_realloc(r->block, r->capacity * 2 + 1, 1);
        if (!larger) return ms_error_nomem(err);
        r->block = larger;
        r->capacity *= 2;
    } else {
        memmove(r->block, s->at, left);
        r->checked -= gone;
    }
    while (left < r->capacity && !s->last) {
        size_t got = 0;
        ms_status status = source_read(&r->source, r->block + left, r->capacity - left, &got, err);
        if (status != MS_OK) return status;
        s->last = got == 0;
        left += got;
    }
    s->at = r->block;
    s->end = r->block + left;
    *s->end = '\0';
    return check_block(r, err);
}

/* MS_SCAN_ROW, MS_SCAN_END or MS_SCAN_FAILED. */
static ms_scan next_row(reader *r, ms_error *err) {
    for (;;) {
        ms_scan got = ms_scan_row(&r->scanner, err);
        if (got != MS_SCAN_MORE) return got;
        if (refill(r, err) != MS_OK) return MS_SCAN_FAILED;
    }
}

static ms_status start(reader *r, ms_error *err) {
    r->source.offset = 0;
    r->checked = 0;
    r->again = false;
    r->scanner.at = r->scanner.end = r->block;
    r->scanner.last = false;
    r->scanner.line = 1;
    ms_status status = refill(r, err);
    if (status == MS_OK && strncmp(r->block, "\xef\xbb\xbf", 3) == 0) r->scanner.at += 3;
    return status;
}

/* ---- columns ---- */

static bool asked_for(const reader *r, const char *name) {
    if (!r->names) return true;
    for (size_t i = 0; i < r->n_names; i++)
        if (strcmp(r->names[i], name) == 0) return true;
    return false;
}

/* The header: names that outlive the block, and on the first reading what kind the columns are. */
static ms_status read_header(reader *r, ms_error *err) {
    ms_table *t = r->table;
    ms_scan got = next_row(r, err);
    if (got == MS_SCAN_FAILED) return err->status;
    if (got == MS_SCAN_END) return ms_table_no_header(t, err);
    ms_status status = ms_table_read_header(t, &r->scanner, err);
    if (status != MS_OK) return status;
    size_t n = t->columns;
    for (size_t i = 0; i < n; i++)
        if (!(t->column_names[i] = ms_table_keep_text(t, t->column_names[i]))) return ms_error_nomem(err);
    t->stores = ms_calloc(n, sizeof *t->stores);
    if (!r->kinds) {
        r->kinds = ms_calloc(n, 1);
        r->numeric = ms_calloc(n, 1);
        r->any = ms_calloc(n, 1);
        if (!r->kinds || !r->numeric || !r->any) return ms_error_nomem(err);
        for (size_t i = 0; i < n; i++) r->kinds[i] = asked_for(r, t->column_names[i]) ? NUMBERS : SKIPPED;
    }
    if (!t->stores) return ms_error_nomem(err);
    for (size_t i = 0; i < n; i++) {
        if (r->kinds[i] == LATER) r->kinds[i] = TEXTS;
        r->numeric[i] = r->kinds[i] == NUMBERS;
        r->any[i] = 0;
    }
    r->scanner.numeric = r->numeric;
    r->scanner.n_numeric = n;
    return MS_OK;
}

static bool reserve_row(reader *r) {
    ms_table *t = r->table;
    if (t->rows < t->row_capacity) return true;
    size_t capacity = t->row_capacity ? t->row_capacity + t->row_capacity / 2 : 1024;
    for (size_t i = 0; i < t->columns; i++) {
        ms_table_store *store = &t->stores[i];
        if (r->kinds[i] == NUMBERS) {
            double *numbers = ms_realloc(store->numbers, capacity, sizeof *numbers);
            if (!numbers) return false;
            store->numbers = numbers;
        } else if (r->kinds[i] == TEXTS) {
            const char **texts = ms_realloc((void *)store->texts, capacity, sizeof *texts);
            if (!texts) return false;
            store->texts = texts;
        }
    }
    t->row_capacity = capacity;
    return true;
}

/* A copy that lives as long as the table; texts that come again are kept once. */
static const char *keep(reader *r, const char *text) {
    uint32_t hash = 2166136261u;
    if (!*text) return "";
    for (const char *p = text; *p; p++) hash = (hash ^ (unsigned char)*p) * 16777619u;
    const char **place = &r->seen[(hash ^ hash >> 16) % SEEN];
    if (!*place || strcmp(*place, text) != 0) *place = ms_table_keep_text(r->table, text);
    return *place;
}

/* A cell that is no number, in a column that was of numbers. */
static bool turn_to_text(reader *r, size_t column) {
    ms_table *t = r->table;
    ms_table_store *store = &t->stores[column];
    r->numeric[column] = 0;
    if (r->any[column]) {
        r->kinds[column] = LATER;
        r->again = true;
        return true;
    }
    MS_FREE(store->numbers);
    store->texts = ms_calloc(t->row_capacity, sizeof *store->texts);
    if (!store->texts) return false;
    for (size_t row = 0; row < t->rows; row++) store->texts[row] = "";
    r->kinds[column] = TEXTS;
    return true;
}

static bool store_cell(reader *r, size_t column, ms_cell *cell) {
    ms_table *t = r->table;
    ms_table_store *store = &t->stores[column];
    if (r->kinds[column] == SKIPPED || r->kinds[column] == LATER) return true;
    if (cell->form == MS_CELL_NUMBER) {
        store->numbers[t->rows] = cell->number;
        r->any[column] = 1;
        return true;
    }
    const char *text = ms_cell_cut(cell);
    if (r->kinds[column] == NUMBERS) {
        double *number = &store->numbers[t->rows];
        if (ms_text_is_missing(text)) {
            *number = NAN;
            return true;
        }
        if (ms_parse_number(text, number)) {
            r->any[column] = 1;
            return true;
        }
        if (!turn_to_text(r, column)) return false;
        if (r->kinds[column] == LATER) return true;
    }
    return (store->texts[t->rows] = keep(r, text)) != NULL;
}

/* Most rows are one line after the last one. */
static bool note_line(ms_table *t, size_t line) {
    if (t->n_runs > 0) {
        const ms_table_run *run = &t->runs[t->n_runs - 1];
        if (run->line + (t->rows - run->row) == line) return true;
    }
    if ((t->n_runs & (t->n_runs - 1)) == 0) {
        ms_table_run *runs = ms_realloc(t->runs, t->n_runs ? t->n_runs * 2 : 1, sizeof *runs);
        if (!runs) return false;
        t->runs = runs;
    }
    t->runs[t->n_runs++] = (ms_table_run){t->rows, line};
    return true;
}

static ms_status read_once(reader *r, ms_error *err) {
    ms_table *t = r->table;
    ms_status status = start(r, err);
    if (status == MS_OK) status = read_header(r, err);
    while (status == MS_OK) {
        ms_scan got = next_row(r, err);
        if (got == MS_SCAN_END) return MS_OK;
        if (got == MS_SCAN_FAILED) return err->status;
        if ((status = ms_table_check_row(t, &r->scanner, err))) return status;
        bool room = reserve_row(r) && note_line(t, r->scanner.row_line);
        for (size_t i = 0; room && i < t->columns; i++) room = store_cell(r, i, &r->scanner.cells[i]);
        if (!room) return ms_error_nomem(err);
        t->rows++;
    }
    return status;
}

ms_status ms_table_read_columns(ms_table **table, const char *path, const char *const *names, size_t n,
                                ms_error *err) {
    ms_error ignored;
    clock_t began = clock();
    reader *r = ms_calloc(1, sizeof *r);
    if (!r) return ms_error_nomem(err);
    if (!err) err = &ignored;
    r->name = strcmp(path, "-") == 0 ? "standard input" : path;
    r->names = names;
    r->n_names = n;
    r->scanner.name = r->name;
    r->capacity = BLOCK;
    ms_status status = source_open(&r->source, path, err);
    if (status == MS_OK && !(r->block = malloc(BLOCK + 1))) status = ms_error_nomem(err);
    do {
        if (status != MS_OK) break;
        ms_table_free(r->table);
        r->table = NULL;
        memset((void *)r->seen, 0, sizeof r->seen);
        status = ms_table_new(&r->table, r->name, err);
        if (status == MS_OK) status = read_once(r, err);
    } while (r->again);
    if (status == MS_OK) {
        *table = r->table;
        ms_log(MS_LOG_DEBUG, "%s: %zu rows read in %.3f s of processor time", r->name, r->table->rows,
               (double)(clock() - began) / CLOCKS_PER_SEC);
    } else {
        ms_table_free(r->table);
    }
    source_close(&r->source);
    ms_scanner_clear(&r->scanner);
    free(r->block);
    free(r->kinds);
    free(r->numeric);
    free(r->any);
    free(r);
    return status;
}

/* ---- texts of numbers ---- */

/* All of a column's at once, when the first is asked for. */
static const char **format_column(ms_table *t, size_t column) {
    const char **texts = ms_calloc(t->rows, sizeof *texts);
    for (size_t row = 0; texts && row < t->rows; row++) {
        char text[32] = "";
        double value = t->stores[column].numbers[row];
        if (!isnan(value)) ms_format_number(text, value);
        if ((texts[row] = ms_table_keep_text(t, text))) continue;
        free((void *)texts);
        texts = NULL;
    }
    return texts;
}

const char *ms_table_number_text(const ms_table *table, size_t row, size_t column) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    ms_table_store *store = &table->stores[column];
    const char *text = "";
    pthread_mutex_lock(&lock);
    if (!store->texts) store->texts = format_column((ms_table *)(uintptr_t)table, column);
    if (store->texts)
        text = store->texts[row];
    else
        ms_log(MS_LOG_ERROR, "%s: out of memory for the texts of column '%s'", table->name,
               table->column_names[column]);
    pthread_mutex_unlock(&lock);
    return text;
}
