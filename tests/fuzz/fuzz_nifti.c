/* tests/fuzz/fuzz_nifti.c: any bytes through the check of a NIfTI header. */
#include "fuzz/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    try_header(ms_nifti_header_parse, data, size);
    return 0;
}
