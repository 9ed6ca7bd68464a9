/* tests/fuzz/fuzz_dicom.c: any bytes through the parsing of DICOM: the header with its functional groups, and
 * the drawing of segmentations and structure sets. The first byte says how much longer the file claims to be
 * than the bytes at hand, so that the request for more bytes is tried too. */
#include "image/private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(ms_status status, const ms_error *err) {
    assert(status == MS_OK || status == MS_EINPUT);
    assert(!status || strstr(err->message, "x.dcm"));
}

static void try_header(const uint8_t *bytes, size_t size, uint64_t file_size) {
    ms_dicom_header header;
    ms_dicom_frames frames = {0};
    ms_error err = {0};
    uint64_t wanted = 0;
    ms_status status =
        ms_dicom_header_parse(bytes, size, file_size, "x.dcm", &header, &frames, &wanted, &err);
    check(status, &err);
    if (!status && wanted) assert(wanted > size && wanted <= file_size);
    if (!status && !wanted) assert(header.transfer_syntax[0]);
    if (!status && !wanted && header.has_pixels && !header.encapsulated && header.bits_allocated > 1)
        for (size_t f = 0; f < frames.n && f < (size_t)header.frames; f++)
            assert(frames.items[f].data_offset + frames.items[f].data_bytes <= file_size);
    ms_dicom_frames_clear(&frames);
}

static void try_mask(const uint8_t *bytes, size_t size, bool seg) {
    static const ms_geometry grid = {
        .n = {5, 4, 3}, .spacing_mm = {1, 1, 2}, .direction = {1, 0, 0, 0, 1, 0, 0, 0, 1}};
    ms_roi *rois = NULL;
    size_t n = 0;
    ms_error err = {0};
    ms_mask mask;
    ms_status status = seg ? ms_seg_rois(bytes, size, "x.dcm", &rois, &n, &err)
                           : ms_rtstruct_rois(bytes, size, "x.dcm", &rois, &n, &err);
    check(status, &err);
    if (!status) status = ms_roi_labels(rois, n, "", "x.dcm", &err);
    check(status, &err);
    if (!status && ms_mask_alloc(&mask, &grid, &err) == MS_OK) {
        status = seg ? ms_seg_draw(bytes, size, "x.dcm", rois, n, &mask, &err)
                     : ms_rtstruct_draw(bytes, size, "x.dcm", rois, n, &mask, &err);
        check(status, &err);
        ms_mask_clear(&mask);
    }
    free(rois);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1) return 0;
    try_header(data + 1, size - 1, size - 1 + (data[0] > 127 ? (uint64_t)(data[0] - 127) * 17 : 0));
    try_mask(data + 1, size - 1, true);
    try_mask(data + 1, size - 1, false);
    return 0;
}
