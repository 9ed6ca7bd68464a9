/* tests/fuzz/fuzz_nrrd.c: any bytes through the check of a NRRD header. */
#include "fuzz/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    try_header(ms_nrrd_header_parse, data, size);
    return 0;
}
