/* The model file: what is read back is what was written, and nothing damaged is read at all. */
#include "model/cohort.h"
#include "model/file.h"

static ms_model *make_model(bool autoencoder) {
    static cohort c;
    ms_train_config config;
    cohort_make(&c, 1);
    c.x[8] = NAN;
    quick_config(&config);
    config.network.epochs = 15;
    config.encoder.epochs = 10;
    config.autoencoder = autoencoder ? MS_TRAIN_ON : MS_TRAIN_OFF;
    return cohort_train(&c, &config, 18446744073709551615u);
}

static char *saved(const ms_model *model, const char *name, size_t *length) {
    char *bytes = NULL;
    assert_int_equal(ms_model_save(model, scratch(name), NULL), MS_OK);
    assert_int_equal(ms_file_read(scratch(name), 1 << 28, &bytes, length, NULL), MS_OK);
    return bytes;
}

static void test_round_trip(void **state) {
    (void)state;
    static cohort unseen;
    cohort_make(&unseen, 2);
    for (int autoencoder = 0; autoencoder < 2; autoencoder++) {
        ms_model *model = make_model(autoencoder), *back = NULL;
        double before[cohort_n], after[cohort_n], times[] = {100, 500}, s[4];
        size_t n, m;
        char *bytes = saved(model, "a", &n);
        assert_int_equal(ms_model_load(&back, scratch("a"), NULL), MS_OK);
        assert_int_equal(ms_model_predict(model, unseen.x, cohort_n, cohort_p, before, NULL), MS_OK);
        assert_int_equal(ms_model_predict(back, unseen.x, cohort_n, cohort_p, after, NULL), MS_OK);
        assert_memory_equal(before, after, sizeof before);
        assert_int_equal(ms_model_survival(back, before, 2, times, 2, s, NULL), MS_OK);
        ms_model_info info, was;
        ms_model_get_info(back, &info);
        ms_model_get_info(model, &was);
        assert_true(info.seed == 18446744073709551615u);
        assert_int_equal(info.events, was.events);
        assert_close(info.cutpoint, was.cutpoint, 0);
        assert_close(info.train_c, was.train_c, 0);
        assert_string_equal(info.data_sha256, was.data_sha256);
        assert_int_equal(ms_model_feature_missing(back, 2), 1);
        /* Written again it is the same file: nothing was lost. */
        char *again = saved(back, "b", &m);
        assert_int_equal(n, m);
        assert_memory_equal(bytes, again, n);
        free(bytes);
        free(again);
        ms_model_free(model);
        ms_model_free(back);
    }
}

static void refused(const void *bytes, size_t length, const char *says) {
    ms_model *model = NULL;
    ms_error err = {0};
    put_bytes(scratch("bad"), bytes, length);
    const ms_status status = ms_model_load(&model, scratch("bad"), &err);
    if (status != MS_EINPUT) fail_msg("a damaged file of %zu bytes gives %s", length, ms_status_name(status));
    assert_null(model);
    if (says) assert_says(&err, says);
}

static void test_truncated(void **state) {
    (void)state;
    size_t n;
    ms_model *model = make_model(true);
    char *bytes = saved(model, "a", &n);
    for (size_t length = 0; length < 200; length++) refused(bytes, length, NULL);
    for (size_t length = 200; length < n; length += n / 97) refused(bytes, length, NULL);
    refused(bytes, n - 1, "length does not fit");
    char *longer = calloc(n + 1, 1);
    memcpy(longer, bytes, n);
    refused(longer, n + 1, "length does not fit");
    free(longer);
    free(bytes);
    ms_model_free(model);
}

static void test_flipped_bits(void **state) {
    (void)state;
    size_t n;
    ms_model *model = make_model(true);
    char *bytes = saved(model, "a", &n);
    for (size_t at = 0; at < n; at += at < 40 ? 1 : n / 211) {
        bytes[at] = (char)(bytes[at] ^ 0x10);
        refused(bytes, n, NULL);
        bytes[at] = (char)(bytes[at] ^ 0x10);
    }
    bytes[n - 1] = (char)(bytes[n - 1] ^ 1);
    refused(bytes, n, "checksum");
    free(bytes);
    ms_model_free(model);
}

/* Signs the bytes anew, as somebody would who forges a file. */
static void sign(char *bytes, size_t n) {
    char hex[65];
    ms_hash_bytes(bytes, n - MS_FILE_HASH, hex);
    memcpy(bytes + n - MS_FILE_HASH, hex, MS_FILE_HASH);
}

static void put_integer(char *at, uint64_t value, int bytes) {
    for (int i = 0; i < bytes; i++) at[i] = (char)(value >> (8 * i));
}

static void test_forged_frame(void **state) {
    (void)state;
    size_t n;
    ms_model *model = make_model(false);
    char *bytes = saved(model, "a", &n);
    static const uint64_t sizes[] = {0, 1, 1u << 28, UINT64_MAX, UINT64_MAX / 8, (uint64_t)1 << 61};
    for (size_t i = 0; i < MS_COUNT(sizes); i++)
        for (int field = 16; field <= 24; field += 8) {
            char kept[8];
            memcpy(kept, bytes + field, 8);
            put_integer(bytes + field, sizes[i], 8);
            sign(bytes, n);
            refused(bytes, n, "length does not fit");
            memcpy(bytes + field, kept, 8);
        }
    put_integer(bytes + 8, 3, 4);
    sign(bytes, n);
    refused(bytes, n, "is a model file of version 3, this program");
    refused("MSURVMDX", 8, "no model file");
    refused("", 0, "no model file");
    free(bytes);
    ms_model_free(model);
}

/* Replaces one text of the header by another of the same length. */
static void test_forged_header(void **state) {
    (void)state;
    static const char *const forgeries[][2] = {
        {"\"members\":\t2", "\"members\":\t9"}, {"\"members\":", "\"Members\":"},
        {"\"events\":", "\"Events\":"},         {"\"features\":", "\"Features\":"},
        {"\"network\":", "\"netwerk\":"},       {"\"age_years\"", "[1, 2, 3, 4]"},
    };
    size_t n;
    ms_model *model = make_model(false);
    char *bytes = saved(model, "a", &n);
    size_t tried = 0;
    for (size_t i = 0; i < MS_COUNT(forgeries); i++) {
        const size_t length = strlen(forgeries[i][0]);
        char *at = memmem(bytes, n, forgeries[i][0], length);
        if (!at || strlen(forgeries[i][1]) != length) continue; /* written with other white space */
        memcpy(at, forgeries[i][1], length);
        sign(bytes, n);
        refused(bytes, n, NULL);
        memcpy(at, forgeries[i][0], length);
        tried++;
    }
    assert_true(tried >= 4);
    free(bytes);
    ms_model_free(model);
}

/* NaN, infinity, or a flag of 0.5 for any number: refused, or (the training record may lack a C) read. */
static void test_forged_numbers(void **state) {
    (void)state;
    size_t n;
    ms_model *model = make_model(true);
    char *bytes = saved(model, "a", &n);
    uint64_t header = 0;
    for (int i = 0; i < 8; i++) header |= (uint64_t)(unsigned char)bytes[16 + i] << (8 * i);
    const size_t start = MS_FILE_START + (size_t)header, doubles = (n - start - MS_FILE_HASH) / 8;
    for (size_t k = 0; k < doubles; k += k < 40 ? 1 : doubles / 101) {
        char kept[8];
        memcpy(kept, bytes + start + 8 * k, 8);
        put_integer(bytes + start + 8 * k, 0x7ff0000000000000u, 8);
        sign(bytes, n);
        refused(bytes, n, "number that cannot be");
        memcpy(bytes + start + 8 * k, kept, 8);
    }
    const size_t scale_of_first = start + 8 * (7 + 4), dropped_of_first = start + 8 * 7;
    static const uint64_t values[] = {0, 0xbff0000000000000u, 0x7ff8000000000000u}; /* 0, -1, NaN */
    for (size_t i = 0; i < MS_COUNT(values); i++) {
        char kept[8];
        memcpy(kept, bytes + scale_of_first, 8);
        put_integer(bytes + scale_of_first, values[i], 8);
        sign(bytes, n);
        refused(bytes, n, "number that cannot be");
        memcpy(bytes + scale_of_first, kept, 8);
    }
    put_integer(bytes + dropped_of_first, 0x3ff0000000000000u, 8); /* one input fewer than the network has */
    sign(bytes, n);
    refused(bytes, n, "number that cannot be");
    free(bytes);
    ms_model_free(model);
}

static void test_no_file(void **state) {
    (void)state;
    ms_model *model = NULL;
    ms_error err = {0};
    assert_int_equal(ms_model_load(&model, scratch("nothing"), &err), MS_EINPUT);
    assert_says(&err, "nothing");
    model = make_model(false);
    assert_int_not_equal(ms_model_save(model, scratch("no-folder/model"), &err), MS_OK);
    ms_model_free(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),    cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_flipped_bits),  cmocka_unit_test(test_forged_frame),
        cmocka_unit_test(test_forged_header), cmocka_unit_test(test_forged_numbers),
        cmocka_unit_test(test_no_file),
    };
    return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
