/* Memory that runs out, at every allocation there is: each function of the base is run with its first,
 * second, third, ... allocation failing until it has none left to fail. It has to say MS_ERESOURCE, leave its
 * results as they were, and leave no memory or temporary file behind. */
#include "base/scratch.h"

#ifdef MS_SANITIZED
/* Sanitizers bring their own malloc. */
int main(void) {
    puts("skipped: the sanitizers' malloc cannot be made to fail here");
    return 0;
}
#else

#include <cjson/cJSON.h>
#include <dirent.h>
#include <errno.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *block, size_t size);
void __libc_free(void *block);

static bool counting;
static long countdown,
    balance; /* allocations until the failing one; blocks made and not freed while counting */

/* Exported (MS_API), so that the libraries call these too. */
static bool fails(void) {
    if (!counting || --countdown != 0) return false;
    errno = ENOMEM;
    return true;
}

MS_API void *malloc(size_t size) {
    void *block = fails() ? NULL : __libc_malloc(size);
    balance += counting && block;
    return block;
}

MS_API void *calloc(size_t n, size_t size) {
    void *block = fails() ? NULL : __libc_calloc(n, size);
    balance += counting && block;
    return block;
}

MS_API void *realloc(void *block, size_t size) {
    bool fresh = !block;
    void *moved = fails() ? NULL : __libc_realloc(block, size);
    balance += counting && fresh && moved;
    return moved;
}

MS_API void free(void *block) {
    balance -= counting && block;
    __libc_free(block);
}

typedef ms_status (*trial)(ms_error *err);

/* How many allocations were made to fail, one a run, before the trial needed none of them. */
static long run_out(const char *name, trial run) {
    for (long n = 1; n < 5000; n++) {
        ms_error error = {0};
        countdown = n;
        balance = 0;
        counting = true;
        ms_status status = run(&error);
        counting = false;
        bool failed = countdown <= 0;
        if (balance != 0) fail_msg("%s: allocation %ld fails: %ld blocks are left", name, n, balance);
        if (status == MS_OK && !failed) return n - 1;
        /* A function may do without a block; when it cannot, this is what it has to say. */
        if (status != MS_OK && status != MS_ERESOURCE)
            fail_msg("%s: allocation %ld: %s", name, n, error.message);
        if (status != MS_OK && error.status != status) fail_msg("%s: allocation %ld: no error", name, n);
        if (count_names(scratch("empty")) != 0) fail_msg("%s: allocation %ld: a file is left", name, n);
    }
    fail_msg("%s: no end", name);
    return 0;
}

static ms_status read_table(ms_error *err) {
    ms_table *table = NULL;
    ms_status status = ms_table_read(&table, scratch("in.csv"), err);
    if (status != MS_OK && table) return MS_EINTERNAL;
    ms_table_free(table);
    return status;
}

static ms_status make_table(ms_error *err) {
    ms_table *table = NULL;
    size_t column = 0, row = 0;
    char name[16];
    ms_status status = ms_table_new(&table, "made", err);
    for (int i = 0; i < 20 && status == MS_OK; i++) {
        (void)ms_text_format(name, sizeof name, "c%d", i);
        status = ms_table_add_column(table, name, &column, err);
        if (status == MS_OK) status = ms_table_add_row(table, &row, err);
        if (status == MS_OK) status = ms_table_set_number(table, row, column, i, err);
    }
    ms_table_free(table);
    return status;
}

static ms_status read_json(ms_error *err) {
    static const char text[] =
        "{\"a\": [1, {\"b\": \"x\\n\"}], \"c\": {\"d\": null, \"e\": 2}, \"f\": \"g\"}";
    cJSON *root = NULL;
    ms_status status = ms_json_parse(text, sizeof text - 1, "s.json", &root, err);
    if (status != MS_OK && root) return MS_EINTERNAL;
    cJSON_Delete(root);
    return status;
}

static ms_status build_json(cJSON *root, ms_error *err) {
    static const double values[] = {1, 2, 3};
    cJSON *inner = NULL;
    ms_buffer text;
    ms_buffer_init(&text);
    ms_status status = ms_json_add_text(root, "name", "value", err);
    if (status == MS_OK) status = ms_json_add_number(root, "n", 1.5, err);
    if (status == MS_OK) status = ms_json_add_bool(root, "b", true, err);
    if (status == MS_OK) status = ms_json_add_numbers(root, "list", values, 3, err);
    if (status == MS_OK) status = ms_json_add_object(root, "inner", &inner, err);
    if (status == MS_OK) status = ms_json_add_array(inner, "empty", &inner, err);
    if (status == MS_OK) status = ms_json_print(root, &text, err);
    ms_buffer_clear(&text);
    return status;
}

static ms_status write_json(ms_error *err) {
    cJSON *root = cJSON_CreateObject();
    if (!root) return ms_error_nomem(err);
    ms_status status = build_json(root, err);
    cJSON_Delete(root);
    return status;
}

static ms_status write_file(ms_error *err) {
    ms_status status = ms_file_write(scratch("empty/a.txt"), "text", 4, err);
    unlink(scratch("empty/a.txt"));
    return status;
}

static ms_status list_and_hash(ms_error *err) {
    char **names = NULL, hex[65];
    size_t n = 0;
    ms_status status = ms_list_dir(scratch("tree"), &names, &n, err);
    if (status == MS_OK) ms_names_free(names, n);
    if (status == MS_OK) status = ms_hash_tree(scratch("tree"), hex, err);
    return status;
}

static ms_status make_and_remove(ms_error *err) {
    ms_status status = ms_make_dirs(scratch("x/y/z"), err);
    if (status == MS_OK) status = ms_remove_tree(scratch("x"), err);
    return status;
}

static ms_status draw_numbers(ms_error *err) {
    ms_random *random = ms_random_new(1, "stream");
    if (!random) return ms_error_nomem(err);
    ms_random_free(random);
    return MS_OK;
}

static void check(const char *name, trial run, long at_least) {
    long failed = run_out(name, run);
    if (failed < at_least) fail_msg("%s: only %ld allocations: is malloc really ours?", name, failed);
}

static void test_every_allocation_may_fail(void **state) {
    (void)state;
    assert_int_equal(ms_make_dirs(scratch("empty"), NULL), MS_OK);
    assert_int_equal(ms_make_dirs(scratch("tree/sub"), NULL), MS_OK);
    put_text(scratch("tree/sub/a"), "a");
    put_text(scratch("in.csv"), "id,\"a,b\",c\n1,\"x \"\"y\"\"\",2\n3,4,5\n");
    check("read a table", read_table, 6);
    check("make a table", make_table, 6);
    check("read JSON", read_json, 10);
    check("write JSON", write_json, 10);
    check("write a file", write_file, 3);
    check("folders", list_and_hash, 6);
    check("make folders", make_and_remove, 2);
    check("random numbers", draw_numbers, 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
#endif
