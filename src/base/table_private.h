/* base/table_private.h: what table.c, table_read.c and table_write.c share. */
#ifndef MS_BASE_TABLE_PRIVATE_H
#define MS_BASE_TABLE_PRIVATE_H

#include "base/base.h"

typedef struct ms_table_chunk ms_table_chunk;

/* The cells of row r are cells[r * stride .. r * stride + columns). Cell texts live in `text` (a whole file,
 * cut up in place) or in chunks; none is allocated by itself. */
struct ms_table {
    char *name;
    const char **column_names;
    const char **cells;
    size_t *lines;
    size_t rows, row_capacity;
    size_t columns, stride;
    char *text;
    ms_table_chunk *chunks;
};

/* Room for one more row; its cells are the caller's to fill. False when out of memory. */
bool ms_table_reserve_row(ms_table *table);

#endif
