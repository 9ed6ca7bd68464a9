/* tests/fuzz/fuzz_meta.c: any bytes through the check of a MetaImage header. */
#include "fuzz/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    try_header(ms_meta_header_parse, data, size);
    return 0;
}
