/* tests/fuzz/fuzz_table.c: any bytes as a CSV table. One that is taken must be whole: as many cells in every
 * row as columns, names that can be found again, numbers that are numbers. */
#include "base/base.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_column(const ms_table *table, size_t column) {
    size_t found = 0, rows = ms_table_rows(table);
    const char *name = ms_table_column_name(table, column);
    assert(name && name[0]);
    assert(ms_table_find(table, name, &found) && found == column);
    for (size_t row = 0; row < rows; row++) {
        const char *cell = ms_table_cell(table, row, column);
        double value = 0;
        ms_error err = {0};
        assert(cell && strlen(cell) < SIZE_MAX);
        ms_status status = ms_table_number(table, row, column, &value, &err);
        assert(status == MS_OK || (status == MS_EINPUT && strstr(err.message, "x.csv")));
        if (status == MS_OK) assert((value != value) == ms_table_missing(table, row, column));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    ms_table *table = NULL;
    ms_error err = {0};
    ms_status status = ms_table_parse(&table, (const char *)data, size, "x.csv", &err);
    if (status != MS_OK) {
        assert(status == MS_EINPUT && !table && strstr(err.message, "x.csv"));
        return 0;
    }
    size_t columns = ms_table_columns(table), line = 1;
    assert(columns > 0);
    for (size_t row = 0; row < ms_table_rows(table); row++) {
        assert(ms_table_line(table, row) > line);
        line = ms_table_line(table, row);
    }
    for (size_t column = 0; column < columns && column < 50; column++) check_column(table, column);
    ms_table_free(table);
    return 0;
}
