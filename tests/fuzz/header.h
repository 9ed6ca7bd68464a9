/* tests/fuzz/header.h: what is true of every header of a single-file format that is taken. */
#ifndef MS_FUZZ_HEADER_H
#define MS_FUZZ_HEADER_H

#include "image/private.h"

#include <assert.h>
#include <math.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef ms_status (*header_parser)(const uint8_t *bytes, size_t length, const char *name,
                                   ms_file_header *header, ms_error *err);

static inline void try_header(header_parser parse, const uint8_t *bytes, size_t size) {
    ms_file_header header = {0};
    ms_error err = {0};
    ms_status status = parse(bytes, size, "x.img", &header, &err);
    assert(status == MS_OK || status == MS_EINPUT);
    if (status) {
        assert(strstr(err.message, "x.img") && !strchr(err.message, '\n'));
        return;
    }
    for (int axis = 0; axis < 3; axis++) assert(header.n[axis] >= 1 && header.n[axis] <= 1000000);
    assert(header.voxel_bytes == 1 || header.voxel_bytes == 2 || header.voxel_bytes == 4 ||
           header.voxel_bytes == 8);
    assert(isfinite(header.slope) && isfinite(header.intercept));
    assert(memchr(header.data_file, '\0', sizeof header.data_file) && !strchr(header.data_file, '/'));
    if (!header.placed) return;
    for (int axis = 0; axis < 3; axis++)
        assert(isfinite(header.place.origin_mm[axis]) && header.place.spacing_mm[axis] > 0);
}

#endif
