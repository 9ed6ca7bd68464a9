/* model/file.h: the layout of a model file, shared by writing (file_save.c) and reading (file_load.c).
 *
 *   offset  bytes
 *   0       8      magic "MSURVMDL"
 *   8       4      version, 2
 *   12      4      0
 *   16      8      h, the length of the header
 *   24      8      d, the number of doubles
 *   32      h      header, JSON: settings, names, sizes (docs/model.md)
 *   32+h    8 d    IEEE 754 doubles, in the order of ms_file_numbers
 *   ...     64     SHA-256 of everything before, in hexadecimal
 * Version 2 may have steps before the network and the variance of the baseline hazard; files of version 1 are
 * read too. All integers and doubles are little-endian. */
#ifndef MS_MODEL_FILE_H
#define MS_MODEL_FILE_H

#include "model/model.h"
#include "model/steps.h"

#define MS_FILE_MAGIC "MSURVMDL"
#define MS_FILE_VERSION 2u
#define MS_FILE_OLDEST 1u
#define MS_FILE_START 32u
#define MS_FILE_HASH 64u
#define MS_FILE_MAX_HEADER (1u << 28)

/* Numbers on their way into a file or out of it. */
typedef struct ms_file_io {
    ms_buffer *out;          /* writing when not NULL */
    const unsigned char *in; /* reading */
    size_t left;             /* doubles left to read */
    bool bad;                /* a number that may not stand there, or none left */
} ms_file_io;

/* Every number of a model, in the file's order; the sizes must be set and, for reading, the arrays allocated.
 */
void ms_file_numbers(ms_file_io *io, ms_model *model);
/* How many numbers that is; SIZE_MAX when over MS_MODEL_MAX_DOUBLES. */
size_t ms_file_count(const ms_model *model);

/* The header as JSON: what is not numbers. */
MS_NODISCARD ms_status ms_file_header(const ms_model *model, struct cJSON *root, ms_error *err);
/* file_steps.c: the header's part "steps". */
MS_NODISCARD ms_status ms_file_put_steps(const ms_model *model, struct cJSON *root, ms_error *err);
MS_NODISCARD ms_status ms_file_get_steps(ms_model *model, const struct cJSON *root, const char *name,
                                         ms_error *err);

/* A whole model file in memory; `name` is what errors call it. */
MS_NODISCARD ms_status ms_model_parse(ms_model **model, const unsigned char *data, size_t length,
                                      const char *name, ms_error *err);

#endif
