/* Model files with a valid frame and hash, so that what is behind them is reached: header and numbers may be
 * anything. Whatever is read must predict without a crash. Input: 2 bytes length of the header, header,
 * numbers. */
#include "model/file.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_integer(unsigned char *at, uint64_t value, int bytes) {
    for (int i = 0; i < bytes; i++) at[i] = (unsigned char)(value >> (8 * i));
}

static void use(const ms_model *model) {
    const size_t p = model->prep.n_features;
    double *x = ms_calloc(p, sizeof *x), risk = 0, s, time = 1;
    assert(x);
    if (ms_model_predict(model, x, 1, p, &risk, NULL) == MS_OK) {
        assert(risk - risk == 0);
        assert(ms_model_survival(model, &risk, 1, &time, 1, &s, NULL) == MS_OK);
    }
    free(x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 2) return 0;
    size_t header = (size_t)data[0] << 8 | data[1];
    if (header > size - 2) header = size - 2;
    const size_t doubles = (size - 2 - header) / 8, length = MS_FILE_START + header + 8 * doubles;
    unsigned char *file = malloc(length + MS_FILE_HASH + 1);
    assert(file);
    memcpy(file, MS_FILE_MAGIC, 8);
    put_integer(file + 8, MS_FILE_VERSION, 4);
    put_integer(file + 12, 0, 4);
    put_integer(file + 16, header, 8);
    put_integer(file + 24, doubles, 8);
    memcpy(file + MS_FILE_START, data + 2, header + 8 * doubles);
    ms_hash_bytes(file, length, (char *)file + length);
    ms_model *model = NULL;
    if (ms_model_parse(&model, file, length + MS_FILE_HASH, "fuzz", NULL) == MS_OK) use(model);
    ms_model_free(model);
    free(file);
    return 0;
}
