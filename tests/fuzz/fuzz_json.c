/* tests/fuzz/fuzz_json.c: any bytes as JSON. What is taken can be printed, and the print is JSON again that
 * prints the same. */
#include "base/base.h"

#include <assert.h>
#include <cJSON.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    cJSON *root = NULL, *again = NULL;
    ms_error err = {0};
    ms_status status = ms_json_parse((const char *)data, size, "x.json", &root, &err);
    if (status != MS_OK) {
        size_t line = 0, column = 0;
        assert(status == MS_EINPUT && !root);
        assert(sscanf(err.message, "x.json:%zu:%zu: ", &line, &column) == 2 && line > 0 && column > 0);
        return 0;
    }
    ms_buffer first, second;
    ms_buffer_init(&first);
    ms_buffer_init(&second);
    status = ms_json_print(root, &first, &err);
    assert(status == MS_OK);
    status = ms_json_parse(first.data, first.length, "print", &again, &err);
    assert(status == MS_OK);
    status = ms_json_print(again, &second, &err);
    assert(status == MS_OK);
    assert(first.length == second.length && memcmp(first.data, second.data, first.length) == 0);
    ms_buffer_clear(&first);
    ms_buffer_clear(&second);
    cJSON_Delete(root);
    cJSON_Delete(again);
    return 0;
}
