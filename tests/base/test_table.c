#include "base/scratch.h"

#include <math.h>

static ms_table *parse(const char *text) {
    ms_table *table = NULL;
    ms_error error = {0};
    if (ms_table_parse(&table, text, strlen(text), "t.csv", &error) != MS_OK) fail_msg("%s", error.message);
    return table;
}

/* Parsing fails as bad input and says `expected`. */
static void refuse_bytes(const char *text, size_t length, const char *expected) {
    ms_table *table = (ms_table *)&table; /* must stay as it is */
    ms_error error = {0};
    ms_status status = ms_table_parse(&table, text, length, "t.csv", &error);
    if (status == MS_OK) fail_msg("taken: %s", text);
    assert_int_equal(status, MS_EINPUT);
    assert_ptr_equal(table, &table);
    assert_says(&error, expected);
}

static void refuse(const char *text, const char *expected) {
    refuse_bytes(text, strlen(text), expected);
}

static void assert_cell(const ms_table *t, size_t row, size_t column, const char *text) {
    assert_string_equal(ms_table_cell(t, row, column), text);
}

static void test_plain(void **state) {
    (void)state;
    ms_table *t = parse("id,time,status\na,1.5,1\nb,NA,0\n");
    assert_int_equal(ms_table_rows(t), 2);
    assert_int_equal(ms_table_columns(t), 3);
    assert_string_equal(ms_table_name(t), "t.csv");
    assert_string_equal(ms_table_column_name(t, 1), "time");
    assert_cell(t, 0, 0, "a");
    assert_cell(t, 1, 2, "0");
    assert_false(ms_table_missing(t, 0, 1));
    assert_true(ms_table_missing(t, 1, 1));
    assert_int_equal(ms_table_line(t, 0), 2);
    assert_int_equal(ms_table_line(t, 1), 3);
    ms_table_free(t);
}

/* RFC 4180, section 2, rules 5 to 7. */
static void test_quotes(void **state) {
    (void)state;
    ms_table *t = parse("a,\"b,c\",d\n\"x \"\"y\"\"\",\"\",\" z \"\n");
    assert_string_equal(ms_table_column_name(t, 1), "b,c");
    assert_cell(t, 0, 0, "x \"y\"");
    assert_cell(t, 0, 1, "");
    assert_cell(t, 0, 2, " z ");
    ms_table_free(t);
}

static void test_line_ends(void **state) {
    (void)state;
    static const char *const texts[] = {"a,b\n1,2\n3,4\n", "a,b\r\n1,2\r\n3,4\r\n", "a,b\n1,2\n3,4",
                                        "a,b\r1,2\r3,4\r", "a,b\r\n1,2\r\n3,4"};
    for (size_t i = 0; i < MS_COUNT(texts); i++) {
        ms_table *t = parse(texts[i]);
        assert_int_equal(ms_table_rows(t), 2);
        assert_cell(t, 0, 1, "2");
        assert_cell(t, 1, 1, "4");
        assert_int_equal(ms_table_line(t, 0), 2);
        assert_int_equal(ms_table_line(t, 1), 3);
        ms_table_free(t);
    }
}

static void test_byte_order_mark(void **state) {
    (void)state;
    ms_table *t = parse("\xef\xbb\xbf"
                        "time,b\r\n1,2\r\n");
    size_t column;
    assert_true(ms_table_find(t, "time", &column) && column == 0);
    ms_table_free(t);
    t = parse("\xef\xbb\xbf\xef\xbb\xbftime\n1\n"); /* a second one is text, and written so that it stays */
    assert_string_equal(ms_table_column_name(t, 0), "\xef\xbb\xbftime");
    assert_int_equal(ms_table_write(t, scratch("mark.csv"), NULL), MS_OK);
    assert_file(scratch("mark.csv"), "\"\xef\xbb\xbftime\"\n1\n");
    ms_table_free(t);
    t = parse("\xef\xbb\xbf\"ti\"\"me\",b\n1,2\n"); /* with a quote right after it */
    assert_string_equal(ms_table_column_name(t, 0), "ti\"me");
    ms_table_free(t);
}

/* The line numbers after cells with line ends in them, blank lines, and CRLF are those of an editor. */
static void test_line_numbers(void **state) {
    (void)state;
    ms_table *t = parse("a,b\n1,\"two\nlines\"\n3,4\n\n  \n5,\"x\r\ny\rz\n\"\n7,8\n");
    assert_int_equal(ms_table_rows(t), 4);
    assert_cell(t, 0, 1, "two\nlines");
    assert_cell(t, 2, 1, "x\r\ny\rz\n");
    assert_int_equal(ms_table_line(t, 0), 2);
    assert_int_equal(ms_table_line(t, 1), 4);
    assert_int_equal(ms_table_line(t, 2), 7);
    assert_int_equal(ms_table_line(t, 3), 11);
    ms_table_free(t);
    t = parse("\r\n\r\na\r\n\r\n1\r\n\r\n\r\n2\r\n");
    assert_int_equal(ms_table_line(t, 0), 5);
    assert_int_equal(ms_table_line(t, 1), 8);
    ms_table_free(t);
    t = parse("\"a\nb\",c\n1,2\n"); /* in the header */
    assert_int_equal(ms_table_line(t, 0), 3);
    ms_table_free(t);
}

static void test_blanks_around_cells(void **state) {
    (void)state;
    ms_table *t = parse("time, status ,\tx\n 1 ,  , \"q\" \n");
    assert_string_equal(ms_table_column_name(t, 1), "status");
    assert_string_equal(ms_table_column_name(t, 2), "x");
    assert_cell(t, 0, 0, "1");
    assert_true(ms_table_missing(t, 0, 1));
    assert_cell(t, 0, 2, "q");
    ms_table_free(t);
}

static void test_wrong_number_of_cells(void **state) {
    (void)state;
    refuse("a,b,c\n1,2,3\n4,5\n", "t.csv:3: 2 cells where the header has 3");
    refuse("a,b,c\n1,2,3\n\n4,5,6,7\n", "t.csv:4: 4 cells where the header has 3");
    refuse("a,b\n1,\"x\ny\"\n7\n", "t.csv:4: 1 cell where the header has 2");
    refuse("a,b\n1,2\n3", "t.csv:3: 1 cell ");
    refuse("a,b\n1,2,\n", "t.csv:2: 3 cells ");
}

static void test_bad_headers(void **state) {
    (void)state;
    refuse("", "t.csv: the table is empty");
    refuse("\n\n\r\n", "t.csv: the table is empty");
    refuse("\xef\xbb\xbf", "t.csv: the table is empty");
    refuse("a,b,a\n1,2,3\n", "t.csv:1: the header has the column 'a' twice");
    refuse("\na,,c\n1,2,3\n", "t.csv:2: column 2 of the header has no name");
    refuse("\"\",\"x\"\n\"1\",5\n", "t.csv:1: column 1 of the header has no name (from R: write.csv");
    refuse("a,b,\n1,2,3\n", "column 3");
}

static void test_bad_quotes(void **state) {
    (void)state;
    refuse("a,b\n1,\"never closed\n2,3\n",
           "t.csv:2: cell 2 of the row: a quote is opened here and never closed");
    refuse("a,b\n1,2\n3,4\"5\n", "t.csv:3: cell 2 of the row: a quote in the middle of a cell");
    refuse("a,b\n1,2\n\"3\"4,5\n", "t.csv:3: cell 1 of the row: a quote in the middle");
    refuse("a,\"", "t.csv:1: cell 2 of the row: a quote is opened");
}

static void test_bad_bytes(void **state) {
    (void)state;
    refuse_bytes("a,b\n1,\0002\n", 9, "t.csv:2: a NUL byte");
    refuse("a,b\n1,2\n3,Gr\xf6\xdf"
           "e\n",
           "t.csv:3: byte 0xf6 is not UTF-8");
    /* Unicode 15, table 3-7: overlong, surrogate, over 10FFFF, cut, a lone continuation. */
    static const char *const bad[] = {"\xc0\xaf",         "\xe0\x80\xaf", "\xed\xa0\x80",
                                      "\xf4\x90\x80\x80", "\xe2\x82",     "\x80",
                                      "\xf0\x8f\xbf\xbf", "\xff",         "\xf8\x88\x80\x80\x80"};
    for (size_t i = 0; i < MS_COUNT(bad); i++) refuse(bad[i], "is not UTF-8");
    ms_table *t = parse("a\n\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xed\x9f\xbf\xf4\x8f\xbf\xbf\n");
    assert_cell(t, 0, 0, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xed\x9f\xbf\xf4\x8f\xbf\xbf");
    ms_table_free(t);
}

/* Cells that cross the blocks the file is handed on in, and one of some megabytes. */
static void test_huge_cell(void **state) {
    (void)state;
    size_t length = 5000000;
    ms_buffer b;
    ms_buffer_init(&b);
    ms_buffer_append(&b, "a,b\nx,\"");
    for (size_t i = 0; i < length / 10; i++) ms_buffer_append(&b, "12345678\n,");
    ms_buffer_append(&b, "\"\ny,z\n");
    assert_false(ms_buffer_failed(&b));
    ms_table *t = parse(b.data);
    assert_int_equal(strlen(ms_table_cell(t, 0, 1)), length);
    assert_memory_equal(ms_table_cell(t, 0, 1), b.data + 7, length);
    assert_cell(t, 1, 1, "z");
    assert_int_equal(ms_table_line(t, 1), 3 + length / 10);
    ms_table_free(t);
    ms_buffer_clear(&b);
}

static void test_header_only(void **state) {
    (void)state;
    ms_table *t = parse("a,b");
    assert_int_equal(ms_table_rows(t), 0);
    assert_int_equal(ms_table_columns(t), 2);
    assert_false(ms_table_is_numeric(t, 0));
    ms_table_free(t);
}

static void test_numbers(void **state) {
    (void)state;
    ms_table *t = parse("id,x,y\na,1.5,1\nb,NA,2\nc,-inf,three\n");
    ms_error error = {0};
    double v[3] = {7, 7, 7};
    assert_int_equal(ms_table_numbers(t, 1, v, &error), MS_OK);
    assert_true(v[0] == 1.5 && isnan(v[1]) && isinf(v[2]) && v[2] < 0);
    v[0] = v[1] = 7;
    assert_int_equal(ms_table_numbers(t, 2, v, &error), MS_EINPUT);
    assert_string_equal(error.message,
                        "t.csv:4: column 'y': 'three' is not a number (missing is an empty cell or NA)");
    assert_true(v[0] == 7 && v[1] == 7); /* unchanged on failure */
    assert_true(ms_table_is_numeric(t, 1));
    assert_false(ms_table_is_numeric(t, 2));
    assert_false(ms_table_is_numeric(t, 0));
    ms_table_free(t);
    t = parse("x,y\nNA,1\n,2\n");
    assert_false(ms_table_is_numeric(t, 0)); /* no number in it */
    ms_table_free(t);
}

static void test_require_names_the_nearest(void **state) {
    (void)state;
    ms_table *t = parse("time,status,age\n1,1,50\n");
    ms_error error = {0};
    size_t column = 9;
    assert_int_equal(ms_table_require(t, "age", &column, &error), MS_OK);
    assert_int_equal(column, 2);
    assert_int_equal(ms_table_require(t, "staus", &column, &error), MS_EINPUT);
    assert_string_equal(
        error.message,
        "t.csv: no column 'staus' (did you mean 'status'?); the columns are: time, status, age");
    assert_int_equal(ms_table_require(t, "zzzzz", &column, &error), MS_EINPUT);
    assert_string_equal(error.message, "t.csv: no column 'zzzzz'; the columns are: time, status, age");
    assert_int_equal(column, 2);
    ms_table_free(t);
}

static void test_build(void **state) {
    (void)state;
    ms_table *t = NULL;
    ms_error error = {0};
    size_t row, column;
    char name[16];
    assert_int_equal(ms_table_new(&t, "made", &error), MS_OK);
    for (size_t i = 0; i < 30; i++) { /* rows and columns in turn, over every growth */
        assert_true(ms_text_format(name, sizeof name, "c%zu", i));
        assert_int_equal(ms_table_add_column(t, name, &column, &error), MS_OK);
        assert_int_equal(column, i);
        assert_int_equal(ms_table_add_row(t, &row, &error), MS_OK);
        assert_int_equal(row, i);
        assert_int_equal(ms_table_set_number(t, row, column, (double)i / 8, &error), MS_OK);
    }
    for (size_t r = 0; r < 30; r++) {
        for (size_t c = 0; c < 30; c++) {
            double value;
            assert_int_equal(ms_table_number(t, r, c, &value, &error), MS_OK);
            if (r == c)
                assert_true(value == (double)r / 8);
            else
                assert_true(isnan(value));
        }
    }
    assert_int_equal(ms_table_line(t, 3), 0);
    assert_int_equal(ms_table_add_column(t, "c3", &column, &error), MS_EINPUT);
    assert_says(&error, "a column 'c3' already");
    assert_int_equal(ms_table_add_column(t, "", &column, &error), MS_EINPUT);
    assert_int_equal(ms_table_set(t, 0, 0, "text", &error), MS_OK);
    assert_int_equal(ms_table_number(t, 0, 0, &(double){0}, &error), MS_EINPUT);
    assert_says(&error, "made:row 1: column 'c0': 'text'");
    assert_int_equal(ms_table_set_number(t, 0, 0, NAN, &error), MS_OK);
    assert_cell(t, 0, 0, "");
    ms_table_free(t);
}

/* A table that was read takes new columns, rows and cells like one that was made. */
static void test_extend_what_was_read(void **state) {
    (void)state;
    ms_table *t = parse("a,b,c\n1,2,3\n4,5,6\n");
    size_t column, row;
    assert_int_equal(ms_table_add_column(t, "d", &column, NULL), MS_OK);
    assert_int_equal(ms_table_add_row(t, &row, NULL), MS_OK);
    assert_int_equal(ms_table_set(t, 1, column, "new", NULL), MS_OK);
    assert_int_equal(ms_table_set(t, 0, 1, "longer than it was", NULL), MS_OK);
    assert_int_equal(ms_table_write(t, scratch("x.csv"), NULL), MS_OK);
    assert_file(scratch("x.csv"), "a,b,c,d\n1,longer than it was,3,\n4,5,6,new\n,,,\n");
    ms_table_free(t);
}

/* What is written reads back as it was, whatever is in the cells. */
static void test_write_reads_back(void **state) {
    (void)state;
    static const char *const texts[] = {"plain",      "",        "a,b",   "say \"x\"", "two\nlines",
                                        "cr\rlf\r\n", " blank ", "\ttab", "\"",        ",",
                                        "\xc3\xa9",   "NA",      "1.5"};
    ms_table *t = NULL, *back = NULL;
    size_t row;
    assert_int_equal(ms_table_new(&t, "t", NULL), MS_OK);
    assert_int_equal(ms_table_add_column(t, "one", NULL, NULL), MS_OK);
    for (int columns = 1; columns <= 2; columns++) {
        if (columns == 2) assert_int_equal(ms_table_add_column(t, "a \"name\",", NULL, NULL), MS_OK);
        for (size_t i = 0; i < MS_COUNT(texts); i++) {
            if (columns == 1) assert_int_equal(ms_table_add_row(t, &row, NULL), MS_OK);
            assert_int_equal(ms_table_set(t, i, (size_t)columns - 1, texts[i], NULL), MS_OK);
        }
        assert_int_equal(ms_table_write(t, scratch("back.csv"), NULL), MS_OK);
        assert_int_equal(ms_table_read(&back, scratch("back.csv"), NULL), MS_OK);
        assert_int_equal(ms_table_rows(back), MS_COUNT(texts));
        for (size_t i = 0; i < MS_COUNT(texts); i++) {
            for (size_t c = 0; c < (size_t)columns; c++) assert_cell(back, i, c, texts[i]);
        }
        ms_table_free(back);
    }
    ms_table_free(t);
}

static void test_read_a_file(void **state) {
    (void)state;
    ms_table *t = NULL;
    ms_error error = {0};
    put_text(scratch("a.csv"), "a,b\n1,2\n");
    assert_int_equal(ms_table_read(&t, scratch("a.csv"), &error), MS_OK);
    assert_cell(t, 0, 1, "2");
    ms_table_free(t);
    assert_int_equal(ms_table_read(&t, scratch("none.csv"), &error), MS_EINPUT);
    assert_says(&error, "none.csv: cannot open: No such file or directory");
    assert_int_equal(ms_table_read(&t, scratch_dir, &error), MS_EINPUT);
    assert_says(&error, "Is a directory");
}

static void write_text(const char *path, const char *text) {
    assert_int_equal(ms_file_write(path, text, strlen(text), NULL), MS_OK);
}

static void test_read_columns(void **state) {
    (void)state;
    const char *path = scratch("columns.csv");
    static const char *const names[] = {"id", "x", "late", "none", "absent"};
    write_text(path, "id,x,skipped,late,none\n007,1.50,a,01,\n\n008,NA,b,2.0,NA\nx9,-2e1,c,\"3a\"\"\",nan\n");
    ms_table *t = NULL;
    ms_error error = {0};
    double value, values[3];
    if (ms_table_read_columns(&t, path, names, 5, &error) != MS_OK) fail_msg("%s", error.message);
    assert_int_equal(ms_table_rows(t), 3);
    assert_int_equal(ms_table_columns(t), 5);
    assert_cell(t, 0, 0, "007"); /* a column that is not of numbers keeps its texts, also the first ones */
    assert_cell(t, 0, 3, "01");
    assert_cell(t, 2, 3, "3a\"");
    assert_cell(t, 0, 1, "1.5"); /* one of numbers has their shortest texts */
    assert_true(ms_table_missing(t, 1, 1) && ms_table_missing(t, 0, 4) && !ms_table_is_numeric(t, 4));
    assert_true(ms_table_is_numeric(t, 1) && !ms_table_is_numeric(t, 3));
    assert_int_equal(ms_table_numbers(t, 1, values, NULL), MS_OK);
    assert_true(values[0] == 1.5 && isnan(values[1]) && values[2] == -20);
    assert_int_equal(ms_table_line(t, 0), 2);
    assert_int_equal(ms_table_line(t, 1), 4);
    assert_int_equal(ms_table_line(t, 2), 5);
    assert_true(ms_table_missing(t, 0, 2)); /* not asked for */
    assert_int_equal(ms_table_number(t, 2, 3, &value, &error), MS_EINPUT);
    assert_says(&error, "columns.csv:5: column 'late': '3a\"' is not a number");
    assert_int_equal(ms_table_set(t, 0, 0, "y", &error), MS_EUSAGE);
    assert_int_equal(ms_table_add_row(t, NULL, &error), MS_EUSAGE);
    ms_table_free(t);
    write_text(path, "a,b\n1,2\n3\n");
    assert_int_equal(ms_table_read_columns(&t, path, NULL, 0, &error), MS_EINPUT);
    assert_says(&error, "columns.csv:3: 1 cell where the header has 2");
}

/* Over several blocks, with cells, characters and line ends at their seams: as ms_table_read has it. */
static void test_columns_over_blocks(void **state) {
    (void)state;
    const char *path = scratch("blocks.csv");
    ms_buffer text;
    ms_buffer_init(&text);
    ms_buffer_append(&text, "\xef\xbb\xbfn,word,mixed\r\n");
    for (int i = 0; i < 60000; i++)
        ms_buffer_printf(&text, "%d.%03d,\"\xc3\xa9t\xc3\xa9,%d\r\nfin\", %d%s\r\n%s", i, i % 1000, i % 7, i,
                         i == 59000 ? "b" : "", i % 1000 ? "" : "\r\n");
    assert_false(ms_buffer_failed(&text));
    assert_int_equal(ms_file_write(path, text.data, text.length, NULL), MS_OK);
    ms_table *a = NULL, *b = NULL;
    assert_int_equal(ms_table_read(&a, path, NULL), MS_OK);
    assert_int_equal(ms_table_read_columns(&b, path, NULL, 0, NULL), MS_OK);
    assert_int_equal(ms_table_rows(a), 60000);
    assert_int_equal(ms_table_rows(b), 60000);
    for (size_t row = 0; row < 60000; row++) {
        double x = 0, y = 1;
        assert_int_equal(ms_table_line(a, row), ms_table_line(b, row));
        assert_string_equal(ms_table_cell(a, row, 1), ms_table_cell(b, row, 1));
        assert_string_equal(ms_table_cell(a, row, 2), ms_table_cell(b, row, 2));
        assert_int_equal(ms_table_number(a, row, 0, &x, NULL), MS_OK);
        assert_int_equal(ms_table_number(b, row, 0, &y, NULL), MS_OK);
        assert_true(x == y);
    }
    ms_table_free(a);
    ms_table_free(b);
    text.data[text.length - 5] = (char)0xff;
    assert_int_equal(ms_file_write(path, text.data, text.length, NULL), MS_OK);
    ms_error error = {0};
    assert_int_equal(ms_table_read_columns(&b, path, NULL, 0, &error), MS_EINPUT);
    assert_says(&error, "blocks.csv:120061: byte 0xff is not UTF-8");
    ms_buffer_clear(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_quotes),
        cmocka_unit_test(test_line_ends),
        cmocka_unit_test(test_byte_order_mark),
        cmocka_unit_test(test_line_numbers),
        cmocka_unit_test(test_blanks_around_cells),
        cmocka_unit_test(test_wrong_number_of_cells),
        cmocka_unit_test(test_bad_headers),
        cmocka_unit_test(test_bad_quotes),
        cmocka_unit_test(test_bad_bytes),
        cmocka_unit_test(test_huge_cell),
        cmocka_unit_test(test_header_only),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_require_names_the_nearest),
        cmocka_unit_test(test_build),
        cmocka_unit_test(test_extend_what_was_read),
        cmocka_unit_test(test_write_reads_back),
        cmocka_unit_test(test_read_a_file),
        cmocka_unit_test(test_read_columns),
        cmocka_unit_test(test_columns_over_blocks),
    };
    return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
