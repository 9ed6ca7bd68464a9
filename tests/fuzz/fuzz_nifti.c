/* tests/fuzz/fuzz_nifti.c: any bytes through the checks of NIfTI, NRRD and MetaImage headers; the first byte
 * chooses. */
#include "image/private.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    ms_file_header header;
    ms_error err = {0};
    ms_status status;
    if (size < 1) return 0;
    const uint8_t *bytes = data + 1;
    switch (data[0] % 3) {
    case 0:
        status = ms_nifti_header_parse(bytes, size - 1, "x.img", &header, &err);
        break;
    case 1:
        status = ms_nrrd_header_parse(bytes, size - 1, "x.img", &header, &err);
        break;
    default:
        status = ms_meta_header_parse(bytes, size - 1, "x.img", &header, &err);
        break;
    }
    assert(status == MS_OK || status == MS_EINPUT);
    if (status) {
        assert(strstr(err.message, "x.img"));
        return 0;
    }
    for (int axis = 0; axis < 3; axis++) assert(header.n[axis] >= 1 && header.n[axis] <= 1000000);
    assert(header.voxel_bytes == 1 || header.voxel_bytes == 2 || header.voxel_bytes == 4 ||
           header.voxel_bytes == 8);
    assert(!strchr(header.data_file, '/'));
    return 0;
}
