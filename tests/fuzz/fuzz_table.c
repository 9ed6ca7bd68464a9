/* tests/fuzz/fuzz_table.c: any bytes as a CSV file. What is refused says where; what is taken has every cell,
 * and reads back the same after it was written. */
#include "fuzz/scratch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_number(const ms_table *table, size_t row, size_t column) {
    double value = 0, back = 0;
    char text[32];
    ms_error err = {0};
    if (ms_table_number(table, row, column, &value, &err) != MS_OK) {
        assert(err.status == MS_EINPUT && strstr(err.message, "x.csv:"));
        return;
    }
    if (ms_table_missing(table, row, column)) return;
    ms_format_number(text, value);
    assert(ms_parse_number(text, &back) && memcmp(&value, &back, sizeof value) == 0);
}

static void check_round_trip(const ms_table *table) {
    ms_table *back = NULL;
    ms_error err = {0};
    const char *path = scratch_path("t.csv");
    assert(ms_table_write(table, path, &err) == MS_OK);
    assert(ms_table_read(&back, path, &err) == MS_OK);
    assert(ms_table_rows(back) == ms_table_rows(table) && ms_table_columns(back) == ms_table_columns(table));
    for (size_t column = 0; column < ms_table_columns(table); column++) {
        size_t found = 0;
        assert(ms_table_find(back, ms_table_column_name(table, column), &found) && found == column);
        assert(strcmp(ms_table_column_name(back, column), ms_table_column_name(table, column)) == 0);
        for (size_t row = 0; row < ms_table_rows(table); row++) {
            assert(strcmp(ms_table_cell(back, row, column), ms_table_cell(table, row, column)) == 0);
        }
    }
    ms_table_free(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    ms_table *table = NULL;
    ms_error err = {0};
    ms_status status = ms_table_parse(&table, (const char *)data, size, "x.csv", &err);
    if (status != MS_OK) {
        assert(status == MS_EINPUT && !table && strstr(err.message, "x.csv:"));
        return 0;
    }
    assert(ms_table_columns(table) > 0);
    size_t line = 0;
    for (size_t row = 0; row < ms_table_rows(table); row++) {
        assert(ms_table_line(table, row) > line); /* each row begins on a later line */
        line = ms_table_line(table, row);
        for (size_t column = 0; column < ms_table_columns(table); column++) check_number(table, row, column);
    }
    check_round_trip(table);
    ms_table_free(table);
    return 0;
}
