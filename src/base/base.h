/* base/base.h: what the rooms above use of the base beyond the public myosurv/base.h. */
#ifndef MS_BASE_BASE_H
#define MS_BASE_BASE_H

#include "myosurv/base.h"

#include <stdarg.h>
#include <stdio.h>

struct cJSON;

/* ---- memory (memory.c) ------------------------------------------------------------------------------ */

/* n * size bytes, zeroed; NULL when out of memory or when the product overflows. Never NULL for n = 0.
 * Free with free(). */
void *ms_calloc(size_t n, size_t size) MS_NODISCARD;
/* Grows or shrinks; the old block stays valid when NULL comes back. */
void *ms_realloc(void *block, size_t n, size_t size) MS_NODISCARD;
char *ms_strdup(const char *text) MS_NODISCARD;
/* Frees *pointer and sets it to NULL. */
void ms_free(void *pointer);
#define MS_FREE(p) (free(p), (p) = NULL)
#define MS_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- strings (buffer.c, text.c) --------------------------------------------------------------------- */

/* A growable text. A failed append marks the buffer as failed and later ones do nothing, so that one check
 * at the end (ms_buffer_failed) is enough. */
typedef struct ms_buffer {
    char *data; /* NUL-terminated; NULL while empty */
    size_t length, capacity;
    bool failed;
} ms_buffer;
void ms_buffer_init(ms_buffer *buffer);
void ms_buffer_clear(ms_buffer *buffer);
void ms_buffer_append(ms_buffer *buffer, const char *text);
void ms_buffer_append_bytes(ms_buffer *buffer, const void *bytes, size_t length);
void ms_buffer_printf(ms_buffer *buffer, const char *format, ...) MS_PRINTF(2, 3);
/* The text with < > & " ' replaced for HTML and XML. */
void ms_buffer_append_xml(ms_buffer *buffer, const char *text);
void ms_buffer_append_base64(ms_buffer *buffer, const void *bytes, size_t length);
/* Shortest text that reads back as the same double; "NA" for NaN. */
void ms_buffer_append_number(ms_buffer *buffer, double value);
bool ms_buffer_failed(const ms_buffer *buffer);

/* Shortest of %.15g %.16g %.17g that reads back as `value`; text needs 32 bytes. NaN "NA", "Inf", "-Inf". */
void ms_format_number(char text[32], double value);
/* The whole of `text` as a number: true and *value, or false (also for "" and trailing text). Independent of
 * the locale. */
bool ms_parse_number(const char *text, double *value);
bool ms_parse_size(const char *text, size_t *value);
/* True for "", NA, NaN, nan. */
bool ms_text_is_missing(const char *text);
bool ms_text_starts_with(const char *text, const char *prefix);
bool ms_text_ends_with(const char *text, const char *suffix);
/* Fails by returning false when it does not fit; always NUL-terminated. */
bool ms_text_format(char *out, size_t size, const char *format, ...) MS_PRINTF(3, 4);
/* The candidate nearest to `text` (Damerau-Levenshtein, at most a third of its length), or NULL. */
const char *ms_text_nearest(const char *text, const char *const *candidates, size_t n);
/* "dir/name", to be freed; NULL when out of memory. */
char *ms_path_join(const char *dir, const char *name) MS_NODISCARD;
const char *ms_path_base(const char *path);
/* The folder a file is in, "." for a bare name; what a relative path in that file means below its folder (an
 * absolute one stays). Both to be freed; NULL when out of memory. */
char *ms_path_folder(const char *path) MS_NODISCARD;
char *ms_path_below(const char *folder, const char *path) MS_NODISCARD;
/* A case id or other text from a table that may become a file name: 1 to 100 of [A-Za-z0-9._-], not
 * starting with a dot or dash. */
bool ms_text_is_safe_name(const char *text);
/* Free text (a cohort's name) as part of a file's name: what ms_text_is_safe_name would not allow becomes _,
 * and then _ and 8 digits of the text's SHA-256 follow, so that two texts have two names. `size` at least 16.
 */
void ms_text_to_name(char *out, size_t size, const char *text);

/* ---- files (file.c, atomic.c) ----------------------------------------------------------------------- */

bool ms_path_exists(const char *path);
bool ms_path_is_dir(const char *path);
MS_NODISCARD ms_status ms_file_size(const char *path, uint64_t *size, ms_error *err);
/* Whole file ("-": standard input), NUL-terminated after *length bytes; MS_EINPUT when larger than max_bytes.
 */
MS_NODISCARD ms_status ms_file_read(const char *path, size_t max_bytes, char **data, size_t *length,
                                    ms_error *err);
MS_NODISCARD ms_status ms_make_dirs(const char *path, ms_error *err);
/* The names in a folder, sorted bytewise, without . and ..; free with ms_names_free. */
MS_NODISCARD ms_status ms_list_dir(const char *path, char ***names, size_t *n, ms_error *err);
void ms_names_free(char **names, size_t n);
/* Removes a file, or a folder with all in it; a path that is not there is no error. */
MS_NODISCARD ms_status ms_remove_tree(const char *path, ms_error *err);

/* A file that appears under its name only when it is complete: temporary name in the same folder, write,
 * fsync, rename, fsync of the folder. ms_atomic_commit checks every write. Abort (or a failed commit)
 * removes the temporary file. Path "-" writes to standard output. */
typedef struct ms_atomic ms_atomic;
MS_NODISCARD ms_status ms_atomic_open(ms_atomic **file, const char *path, ms_error *err);
FILE *ms_atomic_stream(ms_atomic *file);
MS_NODISCARD ms_status ms_atomic_commit(ms_atomic *file, ms_error *err); /* frees *file in any case */
void ms_atomic_abort(ms_atomic *file);                                   /* NULL is fine */
MS_NODISCARD ms_status ms_file_write(const char *path, const void *bytes, size_t length, ms_error *err);
/* For libraries that write by name: a fresh temporary path beside `path` that keeps its extension(s); then
 * either commit (fsync, rename) or discard. *temporary is to be freed. */
MS_NODISCARD ms_status ms_temporary_beside(const char *path, char **temporary, ms_error *err);
MS_NODISCARD ms_status ms_rename_into_place(const char *temporary, const char *path, ms_error *err);

/* ---- tables (table.c) -------------------------------------------------------------------------------- */

/* The numbers of a column, [rows] with NaN for missing, when the table keeps them as such
 * (ms_table_read_columns); else NULL. */
const double *ms_table_number_column(const ms_table *table, size_t column);
/* For tables too long to keep: writes the rows there are to `out` (the header before them where `header`) and
 * forgets them; the columns stay. Failed writes show in `out`. */
MS_NODISCARD ms_status ms_table_flush(ms_table *table, bool header, FILE *out, ms_error *err);

/* ---- hashes (hash.c; SHA-256 from nettle) ----------------------------------------------------------- */

typedef struct ms_hash ms_hash;
ms_hash *ms_hash_new(void) MS_NODISCARD;
void ms_hash_add(ms_hash *hash, const void *bytes, size_t length);
void ms_hash_add_text(ms_hash *hash, const char *text); /* with its NUL, so that ab,c and a,bc differ */
void ms_hash_finish(ms_hash *hash, char hex[65]);       /* frees */
void ms_hash_bytes(const void *bytes, size_t length, char hex[65]);
MS_NODISCARD ms_status ms_hash_file(const char *path, char hex[65], ms_error *err);
/* A folder: the SHA-256 over sorted relative names and contents, recursively. A file: as ms_hash_file. */
MS_NODISCARD ms_status ms_hash_tree(const char *path, char hex[65], ms_error *err);

/* ---- JSON over cJSON (json.c) ----------------------------------------------------------------------- */

/* MS_EINPUT "path:line:column: ..." for bad syntax, repeated keys, over 64 levels, trailing text. */
MS_NODISCARD ms_status ms_json_read(const char *path, struct cJSON **root, ms_error *err);
MS_NODISCARD ms_status ms_json_parse(const char *text, size_t length, const char *name, struct cJSON **root,
                                     ms_error *err);
/* Indented, 17 digits where needed, infinite as the string "Inf", NaN as null; atomically, "-" for stdout. */
MS_NODISCARD ms_status ms_json_write(const struct cJSON *root, const char *path, ms_error *err);
MS_NODISCARD ms_status ms_json_print(const struct cJSON *root, ms_buffer *out, ms_error *err);
/* Adds a finite number, or null. */
MS_NODISCARD ms_status ms_json_add_number(struct cJSON *object, const char *key, double value, ms_error *err);
MS_NODISCARD ms_status ms_json_add_numbers(struct cJSON *object, const char *key, const double *values,
                                           size_t n, ms_error *err);
MS_NODISCARD ms_status ms_json_add_text(struct cJSON *object, const char *key, const char *text,
                                        ms_error *err);
MS_NODISCARD ms_status ms_json_add_bool(struct cJSON *object, const char *key, bool value, ms_error *err);
/* New object or array under a key; owned by `object`. */
MS_NODISCARD ms_status ms_json_add_object(struct cJSON *object, const char *key, struct cJSON **child,
                                          ms_error *err);
MS_NODISCARD ms_status ms_json_add_array(struct cJSON *object, const char *key, struct cJSON **child,
                                         ms_error *err);
/* Reading: an absent key leaves *value as it is; a wrong type is MS_EINPUT "name: key: ...". `name` is the
 * file (and the path inside it) for the message. *text points into the tree. */
MS_NODISCARD ms_status ms_json_get_number(const struct cJSON *object, const char *name, const char *key,
                                          double *value, ms_error *err);
MS_NODISCARD ms_status ms_json_get_size(const struct cJSON *object, const char *name, const char *key,
                                        size_t *value, ms_error *err);
MS_NODISCARD ms_status ms_json_get_bool(const struct cJSON *object, const char *name, const char *key,
                                        bool *value, ms_error *err);
MS_NODISCARD ms_status ms_json_get_text(const struct cJSON *object, const char *name, const char *key,
                                        const char **text, ms_error *err);
/* A key that is in none of known[n] is MS_EINPUT with the nearest known name. */
MS_NODISCARD ms_status ms_json_check_keys(const struct cJSON *object, const char *name,
                                          const char *const *known, size_t n, ms_error *err);

/* ---- random numbers (random.c, GSL's mt19937) ------------------------------------------------------- */

/* One generator per (seed, stream name): the stream's own seed is from SHA-256 of both, so that a new stream
 * never shifts the numbers of another. Not for several threads at once: give each piece of work its own
 * stream (e.g. "case 17"). */
typedef struct ms_random ms_random;
ms_random *ms_random_new(uint64_t seed, const char *stream) MS_NODISCARD;
void ms_random_free(ms_random *random);
double ms_random_uniform(ms_random *random); /* [0, 1) */
double ms_random_range(ms_random *random, double lo, double hi);
double ms_random_normal(ms_random *random);          /* mean 0, SD 1 (polar, ratio free: same everywhere) */
double ms_random_exponential(ms_random *random);     /* mean 1 */
size_t ms_random_below(ms_random *random, size_t n); /* 0 .. n-1, unbiased */
void ms_random_shuffle(ms_random *random, size_t *items, size_t n);
uint64_t ms_random_seed_of(uint64_t seed, const char *stream);

/* Turns off GSL's error handler, which ends the process (gsl_quiet.c). The program does so at its start; a
 * library function whose call of GSL may fail calls it first. Cheap, and safe from several threads. */
void ms_gsl_quiet(void);
bool ms_log_mute(bool mute); /* the log of the calling thread off or on; returns what it was */

/* ---- threads (threads.c) ---------------------------------------------------------------------------- */

/* Calls work(context, i) once for every i in [0, n), on up to ms_threads_get() threads. The work must write
 * only to places of its own index; combine afterwards in index order. The first failing index's error comes
 * back. */
typedef ms_status (*ms_parallel_work)(void *context, size_t i, ms_error *err);
MS_NODISCARD ms_status ms_parallel_for(size_t n, ms_parallel_work work, void *context, ms_error *err);

/* ---- progress and stopping (progress.c, stop.c) ----------------------------------------------------- */

/* A bar on standard error when that is a terminal and ms_progress_enable(true) was called by the program;
 * otherwise nothing. Thread-safe. NULL is a valid, silent progress. ms_progress_step adds `done` to what is
 * done. */
typedef struct ms_progress ms_progress;
void ms_progress_enable(bool on);
ms_progress *ms_progress_start(const char *label, size_t total);
void ms_progress_step(ms_progress *progress, size_t more); /* so many more are done */
void ms_progress_end(ms_progress *progress);

/* SIGINT and SIGTERM only set a flag (installed by the program); long loops ask for it. */
void ms_stop_install(void);
int ms_stop_signal(void); /* 0, SIGINT or SIGTERM */
/* MS_ESTOPPED when a stop was asked for. */
MS_NODISCARD ms_status ms_stop_check(ms_error *err);

/* ---- child processes with limits (child.c) ---------------------------------------------------------- */

typedef struct ms_child_limits {
    uint64_t memory_bytes; /* address space beyond what the parent has mapped at the fork; 0 none (and under
                              sanitizers, which reserve terabytes) */
    double cpu_seconds;    /* 0: none */
    double wall_seconds;   /* 0: none */
    uint64_t file_bytes;   /* largest file it may write; 0: none */
    const bool *enough;    /* ms_child_pool: once this is true no further child is started; NULL: never */
} ms_child_limits;

/* What runs in the forked child. It may write its result to `result_fd` (a memory file, seekable, shared
 * with the parent). Its status and error are carried back. */
typedef ms_status (*ms_child_work)(void *context, int result_fd, ms_error *err);
/* Forks, runs work, waits. A child that crashed, was killed by a limit or ran out of time is MS_EINPUT or
 * MS_ERESOURCE with "ended by SIGSEGV", "over its limit of 2.0 GiB memory", ... On MS_OK *result_fd (if asked
 * for) is the memory file, for the caller to read from offset 0 and close. No zombie, no core file. */
MS_NODISCARD ms_status ms_child_run(ms_child_work work, void *context, const ms_child_limits *limits,
                                    int *result_fd, ms_error *err);

/* Many: runs work(context, i) for i in [0, n) in children, at most `jobs` at a time, and calls
 * done(context, i, status, &error) in the parent as each ends (in any order). A failure of one does not stop
 * the others. MS_ESTOPPED when a stop was asked for: running children are told to stop and waited for. Work
 * that was not started (limits->enough) gets no call of done. */
typedef ms_status (*ms_child_task)(void *context, size_t i, ms_error *err);
typedef void (*ms_child_done)(void *context, size_t i, ms_status status, const ms_error *error);
MS_NODISCARD ms_status ms_child_pool(size_t n, unsigned jobs, ms_child_task work, ms_child_done done,
                                     void *context, const ms_child_limits *limits, ms_error *err);

/* Messages of this process (a child, say) are about this case from now on: its id stands before them. NULL or
 * "" ends it. log.c. */
void ms_log_set_case(const char *case_id);

/* ---- modules and data (module.c) -------------------------------------------------------------------- */

/* Opens the module `name` ("ms_itk", "ms_torch") with RTLD_LOCAL from $MYOSURV_MODULE_DIR, the folder beside
 * the program (modules/, ../lib/myosurv/), or the install folder, and returns what its one exported function
 * `entry` gives: a function table whose first member is `unsigned abi`, which must equal `abi`. The module
 * stays open; later calls return the same table. MS_EUNAVAILABLE says which package to install. */
MS_NODISCARD ms_status ms_module_open(const char *name, const char *entry, unsigned abi, const void **table,
                                      ms_error *err);
/* Path of a file that ships with the program (data/NAME): $MYOSURV_DATA_DIR, ../share/myosurv, the source
 * tree's data/. To be freed. */
MS_NODISCARD ms_status ms_data_path(const char *name, char **path, ms_error *err);

/* Tells clang's analyzer, which sees one file at a time, that these never return MS_OK: without it, every
 * `status = p ? MS_OK : ms_error_nomem(err)` looks like a use of a null pointer further on. */
#ifdef __clang_analyzer__
#define ms_error_nomem(err) ((ms_error_nomem)(err), MS_ERESOURCE)
#define ms_error_errno(err, errnum, path, what) ((ms_error_errno)(err, errnum, path, what), MS_EINPUT)
#define ms_error_set(err, status, ...) ((ms_error_set)(err, status, __VA_ARGS__), (status))
#endif

#endif
