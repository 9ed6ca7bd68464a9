/* tests/fuzz/fuzz_dicom.c: any bytes through the check of a DICOM header. The first byte says how much longer
 * the file claims to be than the bytes at hand, so that the request for more bytes is tried too. */
#include "image/private.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    ms_dicom_header header;
    ms_error err = {0};
    uint64_t wanted = 0;
    if (size < 1) return 0;
    uint64_t file_size = size - 1 + (data[0] > 127 ? (uint64_t)(data[0] - 127) * 17 : 0);
    ms_status status = ms_dicom_header_parse(data + 1, size - 1, file_size, "x.dcm", &header, &wanted, &err);
    assert(status == MS_OK || status == MS_EINPUT);
    if (status)
        assert(strstr(err.message, "x.dcm"));
    else if (wanted)
        assert(wanted > size - 1 && wanted <= file_size);
    else
        assert(header.transfer_syntax[0]);
    return 0;
}
