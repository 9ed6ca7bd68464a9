/* myosurv/base.h: what every other header of the library stands on.
 *
 * Status and error, the log, threads, and the table (a CSV file in memory). Nothing here prints, exits or
 * aborts. A function that can fail returns ms_status and fills *err (which may be NULL); its out-parameters
 * are unchanged on failure. Unless a function says otherwise it may be called from several threads at once
 * on different objects, and the caller owns what it gets through an out-parameter. */
#ifndef MYOSURV_BASE_H
#define MYOSURV_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define MS_NODISCARD __attribute__((warn_unused_result))
#define MS_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define MS_API __attribute__((visibility("default")))
#else
#define MS_NODISCARD
#define MS_PRINTF(fmt, args)
#define MS_API
#endif

/* ---- status and error ------------------------------------------------------------------------------- */

typedef enum ms_status {
    MS_OK = 0,
    MS_EINTERNAL,   /* a bug of ours, or a library's: exit 1 */
    MS_EUSAGE,      /* a call or command line that makes no sense: exit 2 */
    MS_EINPUT,      /* bad input: exit 3 */
    MS_EPARTIAL,    /* some cases failed, the others are done: exit 4 */
    MS_EBUSY,       /* another run holds the study: exit 5 */
    MS_ERESOURCE,   /* out of memory, disk, or over a limit: try again: exit 6 */
    MS_ESTOPPED,    /* stopped by SIGINT or SIGTERM, resumable: exit 130 or 143 */
    MS_ENOCONV,     /* an iteration did not converge: exit 3 */
    MS_EDIFFERENT,  /* two things compared are not alike: exit 4 */
    MS_EUNAVAILABLE /* a module (ITK, libtorch) is not installed: exit 1 */
} ms_status;

typedef struct ms_error {
    ms_status status;
    char case_id[128];  /* the case it happened in, or "" */
    char message[1024]; /* one line: the file and place, what is wrong, what to do */
} ms_error;

/* Fills *err (if not NULL) and returns `status`, so that a function can end with
 * `return ms_error_set(err, MS_EINPUT, "%s: ...", path);`. Keeps err->case_id. */
MS_API ms_status ms_error_set(ms_error *err, ms_status status, const char *format, ...) MS_PRINTF(3, 4);
/* MS_ERESOURCE "out of memory". */
MS_API ms_status ms_error_nomem(ms_error *err);
/* MS_ERESOURCE for ENOSPC, EDQUOT, ENOMEM, EMFILE, ..., else MS_EINPUT: "path: <what>: <strerror(errnum)>".
 */
MS_API ms_status ms_error_errno(ms_error *err, int errnum, const char *path, const char *what);
/* Puts "text: " before the message there is. */
MS_API void ms_error_prefix(ms_error *err, const char *format, ...) MS_PRINTF(2, 3);
/* The program's exit code for a status (see the enum). */
MS_API int ms_status_exit_code(ms_status status);
MS_API const char *ms_status_name(ms_status status);

/* ---- version and settings of the process ------------------------------------------------------------ */

MS_API const char *ms_version(void);
/* Threads that parallel parts may use; 0 restores the default (the cores this process may run on).
 * Results do not depend on it. */
MS_API void ms_threads_set(unsigned threads);
MS_API unsigned ms_threads_get(void);

typedef enum ms_log_level { MS_LOG_DEBUG, MS_LOG_INFO, MS_LOG_WARNING, MS_LOG_ERROR } ms_log_level;
typedef void (*ms_log_sink)(void *context, ms_log_level level, const char *message);
/* Where the library's messages go; none by default. Set it once, before other threads start. */
MS_API void ms_log_set_sink(ms_log_sink sink, void *context);
MS_API void ms_log(ms_log_level level, const char *format, ...) MS_PRINTF(2, 3);

/* ---- table ------------------------------------------------------------------------------------------ */

/* A CSV table in memory: named columns, rows of text cells, and the line of the file each row began on.
 * Missing is an empty cell or NA (also nan and NaN). Rows and columns count from 0. */
typedef struct ms_table ms_table;

/* Reads a CSV file ("-": standard input): header row, comma-separated, RFC 4180 quotes, LF or CRLF, an
 * optional UTF-8 byte order mark. MS_EINPUT with the line number for: no header, an empty or repeated
 * column name, a row with another number of cells, an unclosed quote, a NUL byte, invalid UTF-8. Blank lines
 * are skipped. */
MS_API MS_NODISCARD ms_status ms_table_read(ms_table **table, const char *path, ms_error *err);
/* For large files: only the columns names[n] (those that are there; NULL: all), numbers kept as numbers, 8
 * bytes a cell, in a third of the time. Errors are those of ms_table_read (and a row over 256 MiB). All names
 * are known, but cells of columns not asked for read as missing; the text of a number is its shortest one
 * ("1" for "1.0"); and the table cannot be changed. */
MS_API MS_NODISCARD ms_status ms_table_read_columns(ms_table **table, const char *path,
                                                    const char *const *names, size_t n, ms_error *err);
/* The same as ms_table_read from memory; `name` is what errors call it. */
MS_API MS_NODISCARD ms_status ms_table_parse(ms_table **table, const char *text, size_t length,
                                             const char *name, ms_error *err);
/* An empty table to fill. */
MS_API MS_NODISCARD ms_status ms_table_new(ms_table **table, const char *name, ms_error *err);
MS_API void ms_table_free(ms_table *table);

MS_API const char *ms_table_name(const ms_table *table);
MS_API size_t ms_table_rows(const ms_table *table);
MS_API size_t ms_table_columns(const ms_table *table);
MS_API const char *ms_table_column_name(const ms_table *table, size_t column);
/* True and *column set when a column has exactly this name. */
MS_API bool ms_table_find(const ms_table *table, const char *column_name, size_t *column);
/* As ms_table_find, but a missing column is MS_EINPUT with the nearest name and the list of columns. */
MS_API MS_NODISCARD ms_status ms_table_require(const ms_table *table, const char *column_name, size_t *column,
                                               ms_error *err);
/* The cell's text ("" for an empty one); valid until the table is freed or the cell set. */
MS_API const char *ms_table_cell(const ms_table *table, size_t row, size_t column);
MS_API bool ms_table_missing(const ms_table *table, size_t row, size_t column);
/* The line of the file the row began on; 0 in a table that was not read from text. */
MS_API size_t ms_table_line(const ms_table *table, size_t row);
/* The cell as a number; NaN where missing. Text that is no number is MS_EINPUT naming file, line, column.
 * "inf" and "-inf" are numbers here; an estimator decides whether it takes them. */
MS_API MS_NODISCARD ms_status ms_table_number(const ms_table *table, size_t row, size_t column, double *value,
                                              ms_error *err);
/* A whole column, values[rows]. */
MS_API MS_NODISCARD ms_status ms_table_numbers(const ms_table *table, size_t column, double *values,
                                               ms_error *err);
/* True when every cell is a number or missing, and at least one is a number. */
MS_API bool ms_table_is_numeric(const ms_table *table, size_t column);

MS_API MS_NODISCARD ms_status ms_table_add_column(ms_table *table, const char *column_name, size_t *column,
                                                  ms_error *err);
/* Adds a row of empty cells. */
MS_API MS_NODISCARD ms_status ms_table_add_row(ms_table *table, size_t *row, ms_error *err);
MS_API MS_NODISCARD ms_status ms_table_set(ms_table *table, size_t row, size_t column, const char *text,
                                           ms_error *err);
/* The shortest text that reads back as the same double; NaN is an empty cell. */
MS_API MS_NODISCARD ms_status ms_table_set_number(ms_table *table, size_t row, size_t column, double value,
                                                  ms_error *err);
/* Writes CSV, quoting where needed, LF; atomically, or to standard output for "-". */
MS_API MS_NODISCARD ms_status ms_table_write(const ms_table *table, const char *path, ms_error *err);

#ifdef __cplusplus
}
#endif
#endif
