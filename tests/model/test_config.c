/* The settings file: defaults, the published schema, and what errors say. */
#include "base/scratch.h"
#include "model/close.h"
#include "model/model.h"

#include <cjson/cJSON.h>

static void read_fails(const char *json, const char *says) {
    ms_train_config config, before;
    ms_error err = {0};
    ms_train_config_default(&config);
    before = config;
    put_text(scratch("c.json"), json);
    assert_int_equal(ms_train_config_read(&config, scratch("c.json"), &err), MS_EINPUT);
    assert_says(&err, "c.json");
    assert_says(&err, says);
    assert_memory_equal(&config, &before, sizeof config); /* unchanged on failure */
}

static void test_errors(void **state) {
    (void)state;
    read_fails("{\"memmbers\": 3}", "members");
    read_fails("{\"network\": {\"activaton\": \"relu\"}}", "activation");
    read_fails("{\"network\": {\"activation\": \"swish\"}}", "gelu");
    read_fails("{\"network\": {\"hidden\": [8, 0]}}", "layer 2");
    read_fails("{\"network\": {\"hidden\": 8}}", "list");
    read_fails("{\"network\": {\"hidden\": [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]}}", "16");
    read_fails("{\"network\": {\"dropout\": 1}}", "dropout");
    read_fails("{\"network\": {\"l2\": -1}}", "l2");
    read_fails("{\"network\": {\"learning_rate\": 0}}", "learning_rate");
    read_fails("{\"network\": {\"momentum\": 0, \"nesterov\": true}}", "nesterov");
    read_fails("{\"network\": 3}", "network");
    read_fails("{\"validation\": 0.6}", "validation");
    read_fails("{\"members\": 0}", "members");
    read_fails("{\"members\": \"two\"}", "members");
    read_fails("{\"preprocessing\": {\"scaling\": \"minmax\"}}", "robust");
    read_fails("{\"autoencoder\": {\"use\": true}}", "use");
    read_fails("[]", "object");
    read_fails("{\"members\": 3,}", ":1:");
}

static void test_values(void **state) {
    (void)state;
    ms_train_config config;
    put_text(scratch("c.json"),
             "{\"network\": {\"hidden\": [48, 24], \"activation\": \"relu\", \"l2\": 0.5, "
             "\"optimizer\": \"sgd\", \"nesterov\": true}, \"autoencoder\": {\"use\": \"off\"}, "
             "\"ties\": \"breslow\", \"preprocessing\": {\"scaling\": \"robust\"}}");
    assert_int_equal(ms_train_config_read(&config, scratch("c.json"), NULL), MS_OK);
    assert_int_equal(config.network.n_hidden, 2);
    assert_int_equal(config.network.hidden[1], 24);
    assert_false(config.network.hidden_auto);
    assert_int_equal(config.network.activation, MS_ACT_RELU);
    assert_int_equal(config.network.optimizer, MS_OPT_SGD);
    assert_close(config.network.l2, 0.5, 0);
    assert_int_equal(config.autoencoder, MS_TRAIN_OFF);
    assert_int_equal(config.ties, MS_TRAIN_BRESLOW);
    assert_true(config.robust);
    assert_int_equal(config.members, 10); /* a default */
}

/* Every property of the schema has the default that the program has, and the program has no other. */
static void compare(const cJSON *properties, const cJSON *defaults, const char *where) {
    const cJSON *property, *item;
    cJSON_ArrayForEach(property, properties) {
        if (strcmp(property->string, "$schema") == 0) continue;
        const cJSON *ours = cJSON_GetObjectItemCaseSensitive(defaults, property->string);
        const cJSON *inner = cJSON_GetObjectItemCaseSensitive(property, "properties");
        const cJSON *theirs = cJSON_GetObjectItemCaseSensitive(property, "default");
        if (!ours) fail_msg("%s: the program does not know %s", where, property->string);
        if (inner)
            compare(inner, ours, property->string);
        else if (!theirs || !cJSON_Compare(ours, theirs, true))
            fail_msg("%s: the schema's default of %s is not the program's", where, property->string);
    }
    cJSON_ArrayForEach(item, defaults) {
        if (!cJSON_GetObjectItemCaseSensitive(properties, item->string))
            fail_msg("%s: the schema does not know %s", where, item->string);
    }
}

static void test_schema(void **state) {
    (void)state;
    cJSON *schema = NULL, *defaults = cJSON_CreateObject();
    ms_train_config config, back;
    assert_int_equal(ms_json_read(MS_TEST_SOURCE_DIR "/data/train.schema.json", &schema, NULL), MS_OK);
    ms_train_config_default(&config);
    assert_int_equal(ms_train_config_to_json(&config, defaults, NULL), MS_OK);
    compare(cJSON_GetObjectItemCaseSensitive(schema, "properties"), defaults, "settings");
    /* There and back. */
    ms_train_config_default(&back);
    back.members = 3;
    back.network.l2 = 7;
    assert_int_equal(ms_train_config_from_json(&back, defaults, "x", NULL), MS_OK);
    assert_int_equal(back.members, config.members);
    assert_close(back.network.l2, config.network.l2, 0);
    cJSON_Delete(schema);
    cJSON_Delete(defaults);
}

/* What is chosen from the data (docs/model.md). */
static void test_resolve(void **state) {
    (void)state;
    ms_train_config config;
    ms_train_config_default(&config);
    ms_train_config_resolve(&config, 42, 22, 2686);
    assert_int_equal(config.autoencoder, MS_TRAIN_ON);
    assert_int_equal(config.code_size, 31);
    assert_int_equal(config.encoder.n_hidden, 0);
    assert_close(config.network.dropout, 0, 0);
    assert_int_equal(config.network.activation, MS_ACT_SELU);
    assert_close(config.network.l2, 0.5 * 31 / 22, 1e-15);
    ms_train_config_default(&config);
    ms_train_config_resolve(&config, 345, 180, 1343);
    assert_int_equal(config.code_size, 100);
    ms_train_config_default(&config);
    ms_train_config_resolve(&config, 4000, 2000, 10);
    assert_int_equal(config.autoencoder, MS_TRAIN_OFF);
    assert_int_equal(config.network.n_hidden, 2);
    assert_close(config.network.dropout, 0.2, 0);
    assert_int_equal(config.network.activation, MS_ACT_SILU);
    assert_close(config.network.l2, 0.1 * 10 / 2000, 1e-15);
    /* Layers of one's own have no dropout unless asked for. */
    ms_train_config_default(&config);
    config.network.hidden_auto = false;
    ms_train_config_resolve(&config, 4000, 2000, 10);
    assert_close(config.network.dropout, 0, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_schema),
        cmocka_unit_test(test_resolve),
    };
    return cmocka_run_group_tests(tests, scratch_open, scratch_close);
}
