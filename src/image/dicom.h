/* image/dicom.h: what is taken from a DICOM file's header, and the reader's steps. Names, ids and dates are
 * never taken. Tags and encodings: DICOM PS3.5 chapter 7 and annex A, PS3.6, PS3.10. */
#ifndef MS_IMAGE_DICOM_H
#define MS_IMAGE_DICOM_H

#include "base/base.h"
#include "myosurv/image.h"

/* Also how the classes of images with several frames a file begin. */
#define MS_CT_IMAGE_STORAGE "1.2.840.10008.5.1.4.1.1.2"
#define MS_MAX_TILT_DEG 45.0
#define MS_DICOM_TAG(group, element) ((uint32_t)(group) << 16 | (element))

/* What may differ from one frame of a file to the next; numbers are NaN where not given. */
typedef struct ms_dicom_plane {
    bool has_position, has_orientation, has_spacing;
    bool localizer, derived;
    double position[3], orientation[6];
    double spacing[2]; /* between rows, between columns */
    double thickness, slope, intercept, kvp;
    double acquisition, temporal; /* numbers that tell repeated slices apart */
    char kernel[17];
    unsigned segment;                 /* SEG: the segment the frame belongs to; 0 when not said */
    uint64_t data_offset, data_bytes; /* of its pixels; with the heads of its fragments when encapsulated */
} ms_dicom_plane;

typedef struct ms_dicom_header {
    char media_class[65]; /* SOP class in the file's own header */
    char series_uid[65], study_uid[65], transfer_syntax[65], sop_class[65];
    char modality[17];
    bool bare; /* no preamble, no mark: the data set alone */
    bool explicit_vr, big_endian, deflated;
    uint64_t data_set; /* where the data set begins */
    bool has_pixels;
    bool encapsulated; /* pixel data are compressed fragments */
    unsigned rows, columns, bits_allocated, bits_stored, high_bit, samples;
    bool has_high_bit, is_signed, monochrome;
    double frames;                      /* 1 when not said */
    ms_dicom_plane plane;               /* of the only frame; of several, what they share */
    double tilt;                        /* as the header says it; NaN when not given */
    double padding;                     /* stored value, NaN when none */
    int contrast;                       /* as in ms_scan_info */
    uint64_t pixel_offset, pixel_bytes; /* of the value; of all fragments when encapsulated */
} ms_dicom_header;

/* The frames of a file with several: those its functional groups describe, with what the header and the
 * shared groups say filled in. */
typedef struct ms_dicom_frames {
    ms_dicom_plane *items; /* owned */
    size_t n, capacity;
    size_t described; /* of them have an item of their own in the per-frame groups */
    ms_dicom_plane shared;
} ms_dicom_frames;
void ms_dicom_frames_clear(ms_dicom_frames *frames);

/* ---- dicom_elements.c ------------------------------------------------------------------------------- */

#define MS_DICOM_DEPTH 16

/* A walk over the data elements of a file of which the first `length` of `file_size` bytes are at hand. */
typedef struct ms_dicom_cursor {
    const uint8_t *bytes;
    size_t length;
    uint64_t file_size, offset;
    const char *name; /* begins messages */
    bool explicit_vr, big_endian;
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

/* Where in nested sequences an element is: the sequences' tags from the outermost, and the item in each. */
typedef struct ms_dicom_place {
    uint32_t tags[MS_DICOM_DEPTH + 1];
    size_t items[MS_DICOM_DEPTH + 1];
    int depth;
} ms_dicom_place;

/* Called for every element inside a sequence that is no sequence itself, its value at hand. */
typedef ms_status (*ms_dicom_visitor)(void *context, const ms_dicom_cursor *cursor,
                                      const ms_dicom_place *place, const ms_dicom_element *element,
                                      const uint8_t *value, ms_error *err);

/* The n bytes at the cursor's offset, which stays; NULL after setting *err, or `more` when they are in the
 * file but not at hand. */
const uint8_t *ms_dicom_peek(ms_dicom_cursor *cursor, uint64_t offset, size_t n, ms_error *err);
/* The element at the cursor; the cursor moves to its value, whose bytes are in the file. */
MS_NODISCARD ms_status ms_dicom_next(ms_dicom_cursor *cursor, ms_dicom_element *element, ms_error *err);
/* Moves behind the element's value, through its items when its length is undefined or it is a sequence; at
 * most 16 levels. */
MS_NODISCARD ms_status ms_dicom_skip(ms_dicom_cursor *cursor, const ms_dicom_element *element, ms_error *err);
/* The same through a sequence, calling `visit` for what is in it. */
MS_NODISCARD ms_status ms_dicom_walk(ms_dicom_cursor *cursor, const ms_dicom_element *element,
                                     ms_dicom_visitor visit, void *context, ms_error *err);

/* Is the element a sequence that is looked into? */
bool ms_dicom_is_sequence(const ms_dicom_element *element);

/* ---- dicom_values.c --------------------------------------------------------------------------------- */

unsigned ms_dicom_us(const ms_dicom_cursor *cursor, const uint8_t *value, size_t n); /* 0 when n < 2 */
/* The beginning of a text value without the padding (PS3.5, 6.2): at most size - 1 characters, those that are
 * no plain ASCII as '?'. */
void ms_dicom_text(char *out, size_t size, const uint8_t *value, size_t n);
/* Exactly `count` (at most 6) finite decimal strings separated by backslashes; false when they are not that.
 */
bool ms_dicom_numbers(double *out, size_t count, const uint8_t *value, size_t n);
bool ms_dicom_contains(const uint8_t *value, size_t n, const char *word);
void ms_dicom_plane_init(ms_dicom_plane *plane);
/* Takes an element that belongs to a plane, wherever it stands; others are left alone. */
MS_NODISCARD ms_status ms_dicom_plane_take(ms_dicom_plane *plane, const ms_dicom_cursor *cursor,
                                           const ms_dicom_element *element, const uint8_t *value,
                                           ms_error *err);
/* Fills what the plane does not say from another. */
void ms_dicom_plane_fill(ms_dicom_plane *plane, const ms_dicom_plane *from);

/* ---- dicom_frames.c --------------------------------------------------------------------------------- */

/* The functional groups (PS3.3, C.7.6.16) at the cursor: those the frames share, or those of each. */
MS_NODISCARD ms_status ms_dicom_frames_take(ms_dicom_frames *frames, ms_dicom_cursor *cursor,
                                            const ms_dicom_element *element, ms_error *err);
/* One more frame, empty; NULL when out of memory or more than 65536. */
ms_dicom_plane *ms_dicom_frames_add(ms_dicom_frames *frames);
/* After the header was read: are there as many as it says? Fills the shared values in. */
MS_NODISCARD ms_status ms_dicom_frames_finish(ms_dicom_frames *frames, const ms_dicom_header *header,
                                              const char *name, ms_error *err);

/* ---- dicom_header.c --------------------------------------------------------------------------------- */

/* Parses the header from the first `length` bytes of a file of `file_size` bytes (of a deflated file: as if
 * its data set were plain). When more bytes are needed, *wanted is set to how many (at most file_size), the
 * status is MS_OK and *header is not complete; else *wanted = 0. MS_EINPUT for what is wrong, with *header
 * filled as far as it was read. `frames` may be NULL. Bytes alone: no file is touched. */
MS_NODISCARD ms_status ms_dicom_header_parse(const uint8_t *bytes, size_t length, uint64_t file_size,
                                             const char *name, ms_dicom_header *header,
                                             ms_dicom_frames *frames, uint64_t *wanted, ms_error *err);
/* Parses the header of a whole file in memory, then calls `visit` (if not NULL) for every element before the
 * pixel data, those inside sequences too. */
MS_NODISCARD ms_status ms_dicom_visit(const uint8_t *bytes, size_t length, const char *name,
                                      ms_dicom_header *header, ms_dicom_frames *frames,
                                      ms_dicom_visitor visit, void *context, ms_error *err);
/* True when the bytes (132 or more) have DICOM's mark. */
bool ms_dicom_has_mark(const uint8_t *bytes, size_t length);
/* True when the bytes look like a data set without preamble and mark, as programs before 1995 wrote them: it
 * begins with an element of group 0008. */
bool ms_dicom_looks_bare(const uint8_t *bytes, size_t length);
/* Where the data set of a file with a mark begins, and whether it is deflated; false when the bytes do not
 * tell. */
bool ms_dicom_is_deflated(const uint8_t *bytes, size_t length, uint64_t *data_set);

/* ---- dicom_pixels.c --------------------------------------------------------------------------------- */

/* Checks pixel data against the header: what frames, rows, columns and bits ask for is there; every fragment
 * is inside the file, the last ends as it should, and each compressed image's own header has the same size.
 * Sets header->pixel_bytes and each frame's place. The cursor is at the value and moves behind it. */
MS_NODISCARD ms_status ms_dicom_pixels_check(ms_dicom_cursor *cursor, const ms_dicom_element *element,
                                             ms_dicom_header *header, ms_dicom_frames *frames, ms_error *err);

/* ---- dicom_source.c --------------------------------------------------------------------------------- */

#define MS_DICOM_MAX_FILE ((uint64_t)4 << 30)
#define MS_DICOM_MAX_INFLATED ((uint64_t)1 << 30)

/* Reads as much of a file as its header needs, and the header. *is_dicom says whether it is one at all. */
MS_NODISCARD ms_status ms_dicom_source_header(const char *path, bool *is_dicom, ms_dicom_header *header,
                                              ms_dicom_frames *frames, ms_error *err);
/* bytes[n] from `offset` on, counted as in the header (in a deflated file, behind the inflated data set). */
MS_NODISCARD ms_status ms_dicom_source_read(const char *path, const ms_dicom_header *header, uint64_t offset,
                                            void *bytes, size_t n, ms_error *err);
/* The whole file, its data set inflated: *bytes[*length], to be freed; MS_EINPUT when it is longer than
 * `limit`. */
MS_NODISCARD ms_status ms_dicom_source_all(const char *path, uint64_t limit, uint8_t **bytes, size_t *length,
                                           ms_error *err);

/* ---- dicom_folder.c --------------------------------------------------------------------------------- */

/* One frame of one file. */
typedef struct ms_dicom_file {
    char *path;
    ms_dicom_header header; /* with the frame's own plane */
    size_t frame;
    size_t series; /* index into the series list */
    double along;  /* position along the normal, mm */
} ms_dicom_file;

/* A file that is DICOM but damaged, and how far it could be read. */
typedef struct ms_dicom_broken {
    char series_uid[65];
    ms_error error;
} ms_dicom_broken;

typedef struct ms_dicom_files {
    ms_dicom_file *items;
    size_t n, capacity;
    size_t others; /* files that are not DICOM, or no images */
    ms_dicom_broken *broken;
    size_t n_broken;
} ms_dicom_files;

/* All frames of all DICOM images at `path` (a file, or a folder and its folders), in the order of the files'
 * names. MS_EINPUT when there is none; a damaged file in a folder is listed, not an error. */
MS_NODISCARD ms_status ms_dicom_find(const char *path, ms_dicom_files *files, ms_error *err);
void ms_dicom_files_clear(ms_dicom_files *files);

/* ---- dicom_series.c, dicom_overlap.c ---------------------------------------------------------------- */

/* Groups the frames into series (by UID and orientation; repeated slices that differ are told apart by
 * acquisition, time or kernel), tells which are axial CT, and chooses one: by `wanted` (a number from 1 or a
 * uid_hash), or by rule; `chosen` NULL chooses none. `series` is to be freed. */
MS_NODISCARD ms_status ms_dicom_group(ms_dicom_files *files, const char *path, const char *wanted,
                                      ms_series **series, size_t *n_series, size_t *chosen, ms_error *err);
/* The normal's components, and the frame's place along it. */
void ms_dicom_normal(const ms_dicom_plane *plane, double normal[3]);
/* Splits series in which different slices lie at one place; *list (of n) may be moved and grow. */
MS_NODISCARD ms_status ms_dicom_split(ms_dicom_files *files, ms_series **list, size_t *n, ms_error *err);
/* Are the two frames' pixels the same bytes with the same meaning? */
MS_NODISCARD ms_status ms_dicom_same_pixels(const ms_dicom_file *a, const ms_dicom_file *b, bool *same,
                                            ms_error *err);

/* ---- dicom_slices.c, regrid.c ----------------------------------------------------------------------- */

/* How the slices become one straight, even grid. */
typedef struct ms_stack {
    ms_geometry grid; /* what comes out */
    size_t n;         /* slices that go in */
    bool regrid;      /* else they are the grid's slices as they are */
    double tilt_deg;
    size_t *low;          /* [grid.n[2]] the slice below (or at) each of the grid's */
    double *weight;       /* [grid.n[2]] of the next one above it */
    double *shift;        /* [2 * n] of each slice along rows and columns, in voxels */
    size_t columns, rows; /* of a slice */
    ptrdiff_t first[2];   /* the grid's first column and row, counted on the lowest slice */
} ms_stack;
void ms_stack_clear(ms_stack *stack);

/* Sorts the series' frames along the normal, from the lowest up, drops doubles (*n becomes less), checks that
 * they make one grid, straight and even or to be made so within limits, and says how. Notes go to `info`. */
MS_NODISCARD ms_status ms_dicom_stack(ms_dicom_file **slices, size_t *n, ms_stack *stack, ms_scan_info *info,
                                      ms_error *err);
/* Shifts slices that drift sideways by `drift` mm along columns and rows for each mm along the normal;
 * along[n] is where they lie, from the lowest. The grid grows and its origin moves. */
MS_NODISCARD ms_status ms_stack_shift(ms_stack *stack, const double *along, const double drift[2],
                                      ms_error *err);
/* The stack of a file whose even slices drift; `place` as if they did not. */
MS_NODISCARD ms_status ms_stack_shear(const ms_geometry *place, const double drift[2], ms_stack *stack,
                                      ms_scan_info *info, ms_error *err);
MS_NODISCARD ms_status ms_stack_note_tilt(double degrees, ms_scan_info *info, ms_error *err);
/* The slices' values, brought onto the stack's grid: out[its voxels]. */
MS_NODISCARD ms_status ms_stack_regrid(const ms_stack *stack, const float *slices, float *out, ms_error *err);

/* ---- writing (dicom_put.c) --------------------------------------------------------------------------- */

void ms_dicom_put_u16(ms_buffer *out, unsigned value);
void ms_dicom_put_u32(ms_buffer *out, uint32_t value);
void ms_dicom_put_tag(ms_buffer *out, uint32_t tag);

#endif
