/* study/writer.h: fills a table cell by cell under column names, remembering the first failure. */
#ifndef MS_STUDY_WRITER_H
#define MS_STUDY_WRITER_H

#include "base/base.h"

typedef struct ms_writer {
    ms_table *table;
    size_t row;
    size_t next;     /* the column likely to come next */
    ms_atomic *file; /* where rows are written as they come; NULL: the table is kept whole */
    bool begun;      /* some rows are in the file already */
    ms_status status;
    ms_error *err;
} ms_writer;

ms_writer ms_writer_open(const char *name, ms_error *err);
/* For tables of a row a case, however many: rows are written to path as they come and not kept. Every row has
 * the columns of the first. To be closed with ms_writer_close(writer, NULL). */
ms_writer ms_writer_stream(const char *path, ms_error *err);
void ms_writer_row(ms_writer *writer);
/* Sets a cell of the last row; a column is added when it is new. */
void ms_writer_text(ms_writer *writer, const char *column, const char *text);
void ms_writer_number(ms_writer *writer, const char *column, double value);
/* Writes the table to path (NULL: the stream's) and frees it; the first failure comes back. */
MS_NODISCARD ms_status ms_writer_close(ms_writer *writer, const char *path);

#endif
