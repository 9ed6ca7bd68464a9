/* image/dicom_put.c: numbers and tags as bytes, little endian. */
#include "image/dicom.h"

void ms_dicom_put_u16(ms_buffer *out, unsigned value) {
    uint8_t bytes[2] = {(uint8_t)(value & 0xff), (uint8_t)(value >> 8 & 0xff)};
    ms_buffer_append_bytes(out, bytes, 2);
}

void ms_dicom_put_u32(ms_buffer *out, uint32_t value) {
    ms_dicom_put_u16(out, value & 0xffff);
    ms_dicom_put_u16(out, value >> 16);
}

void ms_dicom_put_tag(ms_buffer *out, uint32_t tag) {
    ms_dicom_put_u16(out, tag >> 16);
    ms_dicom_put_u16(out, tag & 0xffff);
}
