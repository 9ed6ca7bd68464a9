#include "base/scratch.h"

/* FIPS 180-4 examples (NIST, "Cryptographic Standards and Guidelines: Examples", SHA256.pdf). */
static void test_known_digests(void **state) {
    (void)state;
    char hex[65];
    ms_hash_bytes("abc", 3, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    ms_hash_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56, hex);
    assert_string_equal(hex, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    ms_hash_bytes("", 0, hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void test_pieces_and_texts(void **state) {
    (void)state;
    char one[65], two[65];
    ms_hash *hash = ms_hash_new();
    ms_hash_add(hash, "a", 1);
    ms_hash_add(hash, "bc", 2);
    ms_hash_finish(hash, one);
    ms_hash_bytes("abc", 3, two);
    assert_string_equal(one, two);
    hash = ms_hash_new();
    ms_hash_add_text(hash, "ab");
    ms_hash_add_text(hash, "c");
    ms_hash_finish(hash, one);
    hash = ms_hash_new();
    ms_hash_add_text(hash, "a");
    ms_hash_add_text(hash, "bc");
    ms_hash_finish(hash, two);
    assert_string_not_equal(one, two);
}

static void test_file(void **state) {
    (void)state;
    char hex[65], all[65];
    size_t length = 700001; /* over several blocks */
    char *bytes = malloc(length);
    for (size_t i = 0; i < length; i++) bytes[i] = (char)(i * 31);
    put_bytes(scratch("big"), bytes, length);
    assert_int_equal(ms_hash_file(scratch("big"), hex, NULL), MS_OK);
    ms_hash_bytes(bytes, length, all);
    assert_string_equal(hex, all);
    free(bytes);
    ms_error error = {0};
    assert_int_equal(ms_hash_file(scratch("none"), hex, &error), MS_EINPUT);
    assert_string_equal(hex, all); /* unchanged on failure */
}

static void tree(const char *dir, const char *const *names, size_t n, char hex[65]) {
    char path[200];
    for (size_t i = 0; i < n; i++) {
        assert_true(ms_text_format(path, sizeof path, "%s/%s", scratch(dir), names[i]));
        char *slash = strrchr(path, '/');
        *slash = '\0';
        assert_int_equal(ms_make_dirs(path, NULL), MS_OK);
        *slash = '/';
        put_text(path, ms_path_base(names[i]));
    }
    assert_int_equal(ms_hash_tree(scratch(dir), hex, NULL), MS_OK);
}

static void test_tree_order_and_place(void **state) {
    (void)state;
    char a[65], b[65], c[65];
    static const char *const forward[] = {"1.dcm", "2.dcm", "sub/3.dcm", "sub/4.dcm"};
    static const char *const backward[] = {"sub/4.dcm", "2.dcm", "sub/3.dcm", "1.dcm"};
    tree("ta", forward, 4, a);
    tree("other/tb", backward, 4, b);
    assert_string_equal(a, b); /* neither the order of writing nor the folder's own name matters */
    put_text(scratch("other/tb/2.dcm"), "3.dcm");
    assert_int_equal(ms_hash_tree(scratch("other/tb"), c, NULL), MS_OK);
    assert_string_not_equal(b, c); /* a changed byte does */
    put_text(scratch("other/tb/2.dcm"), "2.dcm");
    assert_int_equal(rename(scratch("other/tb/2.dcm"), scratch("other/tb/5.dcm")), 0);
    assert_int_equal(ms_hash_tree(scratch("other/tb"), c, NULL), MS_OK);
    assert_string_not_equal(b, c); /* and a changed name */
    assert_int_equal(ms_hash_tree(scratch("ta/1.dcm"), a, NULL), MS_OK);
    ms_hash_bytes("1.dcm", 5, b);
    assert_string_equal(a, b); /* a file is as ms_hash_file */
}

static void test_tree_with_a_circle_ends(void **state) {
    (void)state;
    char hex[65];
    ms_error error = {0};
    assert_int_equal(ms_make_dirs(scratch("circle"), NULL), MS_OK);
    assert_int_equal(symlink(scratch("circle"), scratch("circle/again")), 0);
    assert_int_equal(ms_hash_tree(scratch("circle"), hex, &error), MS_EINPUT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_digests),
        cmocka_unit_test(test_pieces_and_texts),
        cmocka_unit_test(test_file),
        cmocka_unit_test(test_tree_order_and_place),
        cmocka_unit_test(test_tree_with_a_circle_ends),
    };
    return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
