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

/* Thousands of forged files, signed as if they were whole: a byte, a number or a word of the header changed,
 * a section cut short with lengths to match, lengths and counts of any size. None may crash (run under
 * AddressSanitizer too), and what is read predicts. */
static void try_forged(char *bytes, size_t n, size_t *n_read) {
    ms_model *model = NULL;
    static double x[8], risk[1];
    if (ms_model_parse(&model, (const unsigned char *)bytes, n, "forged", NULL) != MS_OK) return;
    (*n_read)++;
    (void)!ms_model_predict(model, x, 1, model->prep.n_features < 8 ? model->prep.n_features : 8, risk, NULL);
    ms_model_free(model);
}

static void test_mutations(void **state) {
    (void)state;
    static const char *const words[] = {"0",  "-1", "1e308", "4294967296", "null",
                                        "[]", "{}", "\"x\"", "true",       "0.5"};
    size_t n, n_read = 0;
    ms_model *model = make_model(true);
    char *bytes = saved(model, "a", &n), *copy = malloc(n + 64);
    assert_non_null(copy);
    uint64_t header = 0;
    for (int i = 0; i < 8; i++) header |= (uint64_t)(unsigned char)bytes[16 + i] << (8 * i);
    ms_random *random = ms_random_new(1, "mutations");
    assert_non_null(random);
    for (size_t trial = 0; trial < 3000; trial++) {
        size_t length = n;
        memcpy(copy, bytes, n);
        switch (trial % 4) {
        case 0: /* a byte of the start or the header */
            copy[8 + ms_random_below(random, 24 + (size_t)header)] = (char)ms_random_below(random, 256);
            break;
        case 1: { /* a number of the header becomes a word; the header's length follows */
            size_t at = MS_FILE_START + ms_random_below(random, (size_t)header), end;
            while (at < MS_FILE_START + header && (copy[at] < '0' || copy[at] > '9')) at++;
            for (end = at; end < MS_FILE_START + header && copy[end] >= '0' && copy[end] <= '9';) end++;
            const char *word = words[ms_random_below(random, MS_COUNT(words))];
            memmove(copy + at + strlen(word), copy + end, n - end);
            memcpy(copy + at, word, strlen(word));
            length = n + strlen(word) - (end - at);
            put_integer(copy + 16, header + strlen(word) - (end - at), 8);
            break;
        }
        case 2: { /* numbers cut off at the end, or the header's */
            const size_t cut = 8 * ms_random_below(random, (n - MS_FILE_START - header - MS_FILE_HASH) / 8);
            length = n - cut;
            put_integer(copy + 24, (length - MS_FILE_START - header - MS_FILE_HASH) / 8, 8);
            break;
        }
        default: { /* one of the doubles: any bits */
            const size_t place =
                MS_FILE_START + header + ms_random_below(random, n - MS_FILE_START - header - MS_FILE_HASH);
            for (size_t i = 0; i < 8 && place + i < n - MS_FILE_HASH; i++)
                copy[place + i] = (char)ms_random_below(random, 256);
        }
        }
        sign(copy, length);
        try_forged(copy, length, &n_read);
    }
    assert_true(n_read > 0 && n_read < 3000);
    ms_random_free(random);
    free(copy);
    free(bytes);
    ms_model_free(model);
}

/* A file of version 1 (made by the program before version 2 was; the same command line then gave these
 * risks). */
static void test_version_1(void **state) {
    (void)state;
    char *text = NULL;
    unsigned char *bytes;
    size_t length, n = 0;
    unsigned bits = 0, n_bits = 0;
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    assert_int_equal(
        ms_file_read(MS_TEST_GOLDEN_DIR "/model/version1.model.base64", 1 << 20, &text, &length, NULL),
        MS_OK);
    bytes = malloc(length);
    assert_non_null(bytes);
    for (size_t i = 0; i < length; i++) {
        const char *digit = text[i] ? strchr(digits, text[i]) : NULL;
        if (!digit) continue;
        bits = bits << 6 | (unsigned)(digit - digits);
        n_bits += 6;
        if (n_bits >= 8) bytes[n++] = (unsigned char)(bits >> (n_bits -= 8));
    }
    ms_model *model = NULL;
    ms_error err = {0};
    if (ms_model_parse(&model, bytes, n, "version 1", &err) != MS_OK) fail_msg("%s", err.message);
    static const double x[] = {129.214, 0.7360, 100.614, 0.0296}, time[] = {365};
    double risk[2], s[2], lower[2], upper[2];
    assert_int_equal(ms_model_predict(model, x, 2, 2, risk, NULL), MS_OK);
    assert_close(risk[0], -0.14481301144616365, 1e-12);
    assert_close(risk[1], -0.12476994494729308, 1e-12);
    assert_int_equal(ms_model_survival(model, risk, 2, time, 1, s, NULL), MS_OK);
    assert_close(s[0], 0.6828830644187311, 1e-12);
    assert_int_equal(
        ms_model_survival_interval(model, risk, risk, risk, 2, time, 1, 0.95, lower, upper, NULL), MS_OK);
    assert_close(lower[0], s[0], 1e-12); /* the error of the baseline hazard is not known */
    free(text);
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
        cmocka_unit_test(test_no_file),       cmocka_unit_test(test_mutations),
        cmocka_unit_test(test_version_1),
    };
    return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
