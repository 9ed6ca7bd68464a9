/* image/dicom.h: what is taken from a DICOM file's header, and the reader's steps. Names, ids and dates are
 * never taken. Tags and encodings: DICOM PS3.5 chapter 7 and annex A, PS3.6, PS3.10. */
#ifndef MS_IMAGE_DICOM_H
#define MS_IMAGE_DICOM_H

#include "base/base.h"
#include "myosurv/image.h"

/* Also how the class of images with several frames a file begins. */
#define MS_CT_IMAGE_STORAGE "1.2.840.10008.5.1.4.1.1.2"

typedef struct ms_dicom_header {
    char media_class[65]; /* SOP class in the file's own header */
    char series_uid[65], transfer_syntax[65], sop_class[65];
    char modality[17], kernel[17];
    bool localizer; /* ImageType says LOCALIZER (a scout view) */
    bool has_pixels;
    bool encapsulated; /* pixel data are compressed fragments */
    unsigned rows, columns, bits_allocated, bits_stored, samples;
    bool is_signed, monochrome;
    double frames; /* 1 when not said */
    bool has_position, has_orientation, has_spacing;
    double position[3], orientation[6];
    double spacing[2];           /* between rows, between columns */
    double thickness, kvp, tilt; /* NaN when not given */
    double slope, intercept;
    bool has_rescale;                   /* the header gives the intercept */
    double padding;                     /* stored value, NaN when none */
    int contrast;                       /* as in ms_scan_info */
    uint64_t pixel_offset, pixel_bytes; /* of the value; of all fragments when encapsulated */
} ms_dicom_header;

/* ---- dicom_elements.c ------------------------------------------------------------------------------- */

/* A walk over the data elements of a file of which the first `length` of `file_size` bytes are at hand. */
typedef struct ms_dicom_cursor {
    const uint8_t *bytes;
    size_t length;
    uint64_t file_size, offset;
    const char *name; /* begins messages */
    bool explicit_vr;
    bool more; /* a step failed only because it needs bytes beyond `length`: `wanted` of them */
    uint64_t wanted;
} ms_dicom_cursor;

#define MS_DICOM_UNDEFINED UINT32_MAX

typedef struct ms_dicom_element {
    uint32_t tag;    /* group << 16 | element */
    char vr[3];      /* "" in implicit VR */
    uint32_t length; /* MS_DICOM_UNDEFINED: up to a delimiter */
    uint64_t value;  /* offset of the value */
} ms_dicom_element;

/* The n bytes at the cursor's offset, which stays; NULL after setting *err, or `more` when they are in the
 * file but not at hand. */
const uint8_t *ms_dicom_peek(ms_dicom_cursor *cursor, uint64_t offset, size_t n, ms_error *err);
/* The element at the cursor; the cursor moves to its value, whose bytes are in the file. */
MS_NODISCARD ms_status ms_dicom_next(ms_dicom_cursor *cursor, ms_dicom_element *element, ms_error *err);
/* Moves behind the element's value, through its items when its length is undefined or it is a sequence; at
 * most 16 levels. */
MS_NODISCARD ms_status ms_dicom_skip(ms_dicom_cursor *cursor, const ms_dicom_element *element, int depth,
                                     ms_error *err);

/* ---- dicom_header.c --------------------------------------------------------------------------------- */

/* Parses the header from the first `length` bytes of a file of `file_size` bytes. When more bytes are needed,
 * *wanted is set to how many (at most file_size), the status is MS_OK and *header is not complete; else
 * *wanted = 0. MS_EINPUT for what is wrong, with *header filled as far as it was read. Bytes alone: no file
 * is touched. */
MS_NODISCARD ms_status ms_dicom_header_parse(const uint8_t *bytes, size_t length, uint64_t file_size,
                                             const char *name, ms_dicom_header *header, uint64_t *wanted,
                                             ms_error *err);
/* True when the bytes (132 or more) have DICOM's mark. */
bool ms_dicom_has_mark(const uint8_t *bytes, size_t length);

/* ---- dicom_pixels.c --------------------------------------------------------------------------------- */

/* Checks pixel data against the header: what rows, columns and bits ask for is there; every fragment is
 * inside the file, the last ends as it should, and the compressed image's own header has the same size. Sets
 * header->pixel_bytes. The cursor is at the value and moves behind it. */
MS_NODISCARD ms_status ms_dicom_pixels_check(ms_dicom_cursor *cursor, const ms_dicom_element *element,
                                             ms_dicom_header *header, ms_error *err);

/* ---- dicom_folder.c --------------------------------------------------------------------------------- */

typedef struct ms_dicom_file {
    char *path;
    ms_dicom_header header;
    size_t series; /* index into the series list */
    double along;  /* position along the normal, mm */
} ms_dicom_file;

typedef struct ms_dicom_files {
    ms_dicom_file *items;
    size_t n, capacity;
    size_t others; /* files that are not DICOM */
} ms_dicom_files;

/* All DICOM files at `path` (a file, or a folder and its folders), in the order of their names. MS_EINPUT
 * when there is none, or one is broken. */
MS_NODISCARD ms_status ms_dicom_find(const char *path, ms_dicom_files *files, ms_error *err);
void ms_dicom_files_clear(ms_dicom_files *files);

/* ---- dicom_series.c --------------------------------------------------------------------------------- */

/* Groups the files into series (by UID and orientation), tells which are axial CT, and chooses one: by
 * `wanted` (a number from 1 or a uid_hash), or the only one there is; `chosen` NULL chooses none. `series` is
 * to be freed. */
MS_NODISCARD ms_status ms_dicom_group(ms_dicom_files *files, const char *path, const char *wanted,
                                      ms_series **series, size_t *n_series, size_t *chosen, ms_error *err);

/* ---- dicom_slices.c --------------------------------------------------------------------------------- */

/* Sorts the series' files along the normal, from the lowest up, checks that they make one regular grid, and
 * gives its geometry. */
MS_NODISCARD ms_status ms_dicom_stack(ms_dicom_file **slices, size_t n, ms_geometry *stored, ms_error *err);

#endif
