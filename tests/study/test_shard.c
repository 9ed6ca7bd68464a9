/* Shards: every case falls to one, the same for ever; I/N as people and Slurm count. */
#include "study/shard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* python3: int(hashlib.sha256(b"SYN-0001").hexdigest()[:16], 16) % N + 1. A change here would send every case
 * of a study under way to another shard. */
static void test_shard_of_is_fixed(void **state) {
    (void)state;
    assert_int_equal(ms_study_shard_of("SYN-0001", 3), 2);
    assert_int_equal(ms_study_shard_of("SYN-0001", 7), 2);
    assert_int_equal(ms_study_shard_of("SYN-0002", 7), 3);
    assert_int_equal(ms_study_shard_of("a", 3), 2);
    assert_int_equal(ms_study_shard_of("a", 7), 5);
    assert_int_equal(ms_study_shard_of("a", 1), 1);
}

/* 7000 ids to 7 shards: 1000 each, SD sqrt(7000 * 1/7 * 6/7) = 29; five of them on either side. */
static void test_shards_are_even(void **state) {
    (void)state;
    size_t count[8] = {0};
    for (int i = 0; i < 7000; i++) {
        char id[16];
        assert_true(ms_text_format(id, sizeof id, "P%05d", i));
        const size_t shard = ms_study_shard_of(id, 7);
        assert_in_range(shard, 1, 7);
        count[shard]++;
    }
    for (size_t s = 1; s <= 7; s++) assert_in_range(count[s], 1000 - 146, 1000 + 146);
}

static void clear_slurm(void) {
    static const char *const names[] = {"SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_MAX",
                                        "SLURM_ARRAY_TASK_STEP", "SLURM_ARRAY_TASK_COUNT"};
    for (size_t i = 0; i < MS_COUNT(names); i++) unsetenv(names[i]);
}

static void set_slurm(const char *id, const char *least, const char *most, const char *step, const char *n) {
    assert_int_equal(setenv("SLURM_ARRAY_TASK_ID", id, 1), 0);
    assert_int_equal(setenv("SLURM_ARRAY_TASK_MIN", least, 1), 0);
    assert_int_equal(setenv("SLURM_ARRAY_TASK_MAX", most, 1), 0);
    assert_int_equal(setenv("SLURM_ARRAY_TASK_STEP", step, 1), 0);
    assert_int_equal(setenv("SLURM_ARRAY_TASK_COUNT", n, 1), 0);
}

static void expect(const char *text, size_t shard, size_t shards) {
    size_t i = 99, n = 99;
    ms_error err = {0};
    if (ms_study_shard_parse(text, &i, &n, &err) != MS_OK) fail_msg("%s: %s", text ? text : "-", err.message);
    assert_int_equal(i, shard);
    assert_int_equal(n, shards);
}

static void expect_usage(const char *text) {
    size_t i = 99, n = 99;
    ms_error err = {0};
    assert_int_equal(ms_study_shard_parse(text, &i, &n, &err), MS_EUSAGE);
    assert_int_equal(i, 99);
    assert_int_equal(n, 99);
    assert_true(err.message[0] != '\0');
}

static void test_parse(void **state) {
    (void)state;
    clear_slurm();
    expect("1/1", 1, 1);
    expect("2/7", 2, 7);
    expect("7/7", 7, 7);
    expect("0/7", 7, 7); /* counted from 0 */
    expect("all", 0, 0);
    expect("none", 0, 0);
    expect(NULL, 0, 0);
    static const char *const bad[] = {"",    "3",    "8/7", "1/0",  "-1/3", "1/",   "/3",
                                      "1/x", "1/3x", "a/3", "1//3", "0/0",  "slurm"};
    for (size_t i = 0; i < MS_COUNT(bad); i++) expect_usage(bad[i]);
}

/* sbatch --array=0-4, --array=1-3, --array=10-16:2, --array=1,5,6 */
static void test_slurm(void **state) {
    (void)state;
    set_slurm("0", "0", "4", "1", "5");
    expect(NULL, 1, 5);
    expect("slurm", 1, 5);
    expect("2/3", 2, 3); /* what is said goes before what Slurm says */
    expect("all", 0, 0);
    set_slurm("3", "1", "3", "1", "3");
    expect(NULL, 3, 3);
    set_slurm("14", "10", "16", "2", "4");
    expect(NULL, 3, 4);
    set_slurm("5", "1", "6", "1", "3");
    expect_usage(NULL);
    set_slurm("x", "1", "3", "1", "3");
    expect_usage(NULL);
    unsetenv("SLURM_ARRAY_TASK_COUNT");
    set_slurm("1", "1", "3", "1", "3");
    unsetenv("SLURM_ARRAY_TASK_COUNT");
    expect_usage("slurm");
    clear_slurm();
}

/* A second claim of the same case is refused, another case's is not, and both end when closed. */
static void test_claims(void **state) {
    (void)state;
    char folder[] = "/tmp/ms_shardXXXXXX";
    assert_non_null(mkdtemp(folder));
    ms_patient patients[2] = {{.id = "A"}, {.id = "B"}};
    ms_study study = {.folder = folder, .patients = patients, .n = 2};
    int first = -1, second = -1, other = -1;
    ms_error err = {0};
    assert_int_equal(ms_case_claim(&study, 0, &first, &err), MS_OK);
    assert_int_equal(ms_case_claim(&study, 0, &second, &err), MS_EBUSY);
    assert_non_null(strstr(err.message, "A"));
    assert_int_equal(ms_case_claim(&study, 1, &other, &err), MS_OK);
    ms_case_unclaim(first);
    assert_int_equal(ms_case_claim(&study, 0, &second, &err), MS_OK);
    ms_case_unclaim(second);
    ms_case_unclaim(other);
    assert_int_equal(ms_remove_tree(folder, &err), MS_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shard_of_is_fixed),
        cmocka_unit_test(test_shards_are_even),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_slurm),
        cmocka_unit_test(test_claims),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
