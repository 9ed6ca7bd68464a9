/* Modules and data that are not there, or not ours, are said to be so. */
#include "base/scratch.h"

static void test_missing_module_names_its_package(void **state) {
    (void)state;
    const void *table = &table;
    ms_error error = {0};
    setenv("MYOSURV_MODULE_DIR", scratch_dir, 1);
    assert_int_equal(ms_module_open("ms_none", "ms_none_table", 1, &table, &error), MS_EUNAVAILABLE);
    assert_int_equal(error.status, MS_EUNAVAILABLE);
    assert_says(&error, "the module ms_none cannot be used: there is no such file");
    assert_ptr_equal(table, &table); /* unchanged on failure */
    assert_int_equal(ms_module_open("ms_none", "ms_none_table", 1, &table, NULL), MS_EUNAVAILABLE);
}

static void test_broken_module(void **state) {
    (void)state;
    const void *table = NULL;
    ms_error error = {0};
    setenv("MYOSURV_MODULE_DIR", scratch_dir, 1);
    put_text(scratch("ms_torch.so"), "no library");
    assert_int_equal(ms_module_open("ms_torch", "ms_torch_table", 1, &table, &error), MS_EUNAVAILABLE);
    assert_says(&error, "ms_torch.so: ");
    assert_says(&error, "install the package libtorch"); /* Debian's name of it */
    assert_null(table);
}

static void test_data_files(void **state) {
    (void)state;
    char *path = NULL;
    ms_error error = {0};
    setenv("MYOSURV_DATA_DIR", scratch_dir, 1);
    put_text(scratch("here.csv"), "a\n1\n");
    assert_int_equal(ms_data_path("here.csv", &path, &error), MS_OK);
    assert_string_equal(path, scratch("here.csv"));
    free(path);
    path = NULL;
    assert_int_equal(ms_data_path("not-here.csv", &path, &error), MS_EUNAVAILABLE);
    assert_says(&error, "not-here.csv: not among the program's data");
    assert_null(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_missing_module_names_its_package),
        cmocka_unit_test(test_broken_module),
        cmocka_unit_test(test_data_files),
    };
    return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
