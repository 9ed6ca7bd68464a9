/* Features of many images: the same on any number of threads and with room for one image at a time; rows that
 * fail. */
#include "image/make.h"

#include "myosurv/study_tables.h"

enum { CASES = 7 };

/* What was handed on, as text. */
static ms_status take(void *context, const ms_feature_result *r, ms_error *err) {
    ms_buffer *text = context;
    (void)err;
    ms_buffer_printf(text, "%zu %s %s", r->row, r->case_id ? r->case_id : "-",
                     r->error ? r->error : r->labels);
    for (size_t i = 0; r->set && i < r->set->n; i++) {
        ms_buffer_printf(text, " %s=", r->set->names[i]);
        ms_buffer_append_number(text, r->set->values[i]);
        if (r->set->reasons[i]) ms_buffer_append(text, r->set->reasons[i]);
    }
    ms_buffer_append(text, "\n");
    return MS_OK;
}

/* Images of different sizes; every third case has no mask. */
static ms_table *make_cases(void) {
    static const char *const names[] = {"case_id", "image", "mask"};
    ms_table *cases = NULL;
    size_t row, column;
    assert_ok(ms_table_new(&cases, "cases", &error_));
    for (size_t c = 0; c < MS_COUNT(names); c++)
        assert_ok(ms_table_add_column(cases, names[c], &column, &error_));
    for (size_t i = 0; i < CASES; i++) {
        char cells[3][64];
        ms_volume volume;
        ms_mask mask;
        assert_true(ms_text_format(cells[0], sizeof cells[0], "p%zu", i));
        assert_true(ms_text_format(cells[1], sizeof cells[1], "image%zu.nii", i));
        assert_true(
            ms_text_format(cells[2], sizeof cells[2], i % 3 == 2 ? "absent%zu.nii" : "mask%zu.nii", i));
        make_volume(&volume, 12 + i, 14, 5 + i);
        assert_ok(ms_mask_alloc(&mask, &volume.geometry, &error_));
        for (size_t v = 0; v < ms_voxels(&mask.geometry); v++)
            mask.data[v] = v % 5 == 0 ? 0 : v % 7 == 0 ? 2 : 1;
        assert_ok(ms_volume_write_nifti(&volume, scratch(cells[1]), NULL, &error_));
        if (i % 3 != 2) assert_ok(ms_mask_write(&mask, NULL, scratch(cells[2]), &error_));
        assert_ok(ms_table_add_row(cases, &row, &error_));
        for (size_t c = 0; c < 3; c++) assert_ok(ms_table_set(cases, row, c, cells[c], &error_));
        ms_volume_clear(&volume);
        ms_mask_clear(&mask);
    }
    return cases;
}

static void same_with_any_threads_and_room(void **state) {
    (void)state;
    static const unsigned threads[] = {1, 2, 4, 16};
    const char *const labels[] = {"1,2", "2"};
    ms_feature_config config;
    ms_table *cases = make_cases();
    ms_buffer first;
    ms_buffer_init(&first);
    assert_ok(ms_feature_config_preset(&config, "default", &error_));
    for (size_t t = 0; t < MS_COUNT(threads); t++) {
        for (uint64_t room = 0; room <= 20000; room = room ? room * 20000 : 1) {
            const ms_feature_run run = {
                .config = &config, .folder = scratch_dir, .labels = labels, .n_labels = 2, .max_bytes = room};
            ms_buffer text;
            ms_error err = {0};
            ms_buffer_init(&text);
            ms_threads_set(threads[t]);
            assert_int_equal(ms_feature_cases(cases, &run, take, &text, &err), MS_EPARTIAL);
            assert_non_null(strstr(err.message, "2 of 7 cases failed"));
            if (!first.data) {
                first = text;
                continue;
            }
            assert_string_equal(first.data, text.data);
            ms_buffer_clear(&text);
        }
    }
    ms_threads_set(0);
    assert_non_null(strstr(first.data, "0 p0 1+2 original_shape_MeshVolume="));
    assert_non_null(strstr(first.data, "\n0 p0 2 original_shape_MeshVolume="));
    assert_non_null(strstr(first.data, "\n2 p2 "));
    assert_non_null(strstr(first.data, "absent2.nii: no such file"));
    ms_buffer_clear(&first);
    ms_table_free(cases);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(same_with_any_threads_and_room)};
    return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
