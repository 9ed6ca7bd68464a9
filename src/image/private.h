/* image/private.h: what the files of this room share. */
#ifndef MS_IMAGE_PRIVATE_H
#define MS_IMAGE_PRIVATE_H

#include "base/base.h"
#include "image/dicom.h"
#include "image/itk_shim.h"
#include "myosurv/image.h"

#define MS_PADDING_HU (-1024.0)
#define MS_MAX_HU 31000.0 /* the extended CT scale ends at 30710 */
#define MS_DEFAULT_MAX_BYTES ((uint64_t)4 << 30)

/* Is a CT value no HU but a mark for what lies outside the field of view? Below air is the usual one; the
 * same stored without its sign (63536 for -2000) is above all HU. */
static inline bool ms_is_padding(double value) {
    return value < MS_PADDING_HU || value > MS_MAX_HU;
}

/* ---- notes.c ---------------------------------------------------------------------------------------- */

/* Adds a note to the scan's, and says it in the log when the scan is read. */
MS_NODISCARD ms_status ms_scan_note_add(ms_scan_info *info, const char *word, double from_mm, double to_mm,
                                        ms_error *err, const char *format, ...) MS_PRINTF(6, 7);
/* Says all notes in the log, each beginning with `path`. */
void ms_scan_notes_log(const ms_scan_info *info, const char *path);

/* ---- geometry.c ------------------------------------------------------------------------------------- */

/* How the axes of `stored` become canonical (nearest axes, each used once), and the canonical geometry. */
void ms_layout_of(const ms_geometry *stored, ms_layout *layout, ms_geometry *canonical);
/* "LPS": the direction each stored axis grows to. */
void ms_orientation_text(const ms_geometry *stored, char text[4]);
/* Index in the stored array of canonical voxel (i, j, k) as offset + i * step[0] + j * step[1] + k * step[2].
 */
void ms_layout_steps(const ms_layout *layout, ptrdiff_t step[3], ptrdiff_t *offset);
/* Sizes at least 1 and their product times `voxel_bytes` at most max_bytes; spacing finite and positive;
 * direction orthonormal; origin finite. `name` begins the message. */
MS_NODISCARD ms_status ms_geometry_check(const ms_geometry *geometry, uint64_t voxel_bytes,
                                         uint64_t max_bytes, const char *name, ms_error *err);
/* "512 x 512 x 99 voxels of 0.9766 x 0.9766 x 4.25 mm from (-249, -249, -846.2)" */
void ms_geometry_text(const ms_geometry *geometry, char text[160]);

/* ---- header checks of single-file formats ----------------------------------------------------------- */

/* What the header of a NIfTI, NRRD or MetaImage file declares, as far as it must be known before the file is
 * handed on. */
typedef struct ms_file_header {
    size_t n[3];
    char kind;            /* 'u' unsigned, 'i' signed, 'f' real */
    unsigned voxel_bytes; /* 1, 2, 4 or 8 */
    bool big_endian;
    double slope, intercept; /* value = stored * slope + intercept */
    bool compressed;         /* the data that follow the header are deflated */
    bool all_compressed;     /* the header too (.nii.gz) */
    uint64_t data_offset; /* of the first byte of the data, in the inflated stream when all is compressed */
    bool oriented;        /* the header says how the axes lie in the patient */
    bool placed;          /* `place` is where the voxels lie; else ITK is asked */
    ms_geometry place;
    double
        drift[2]; /* mm along the first and second axis for each mm along the third; its slices are shifted */
    char data_file[256]; /* MetaImage and NRRD with a separate data file: its name; else "" */
} ms_file_header;

typedef enum ms_image_format {
    MS_FORMAT_DICOM,
    MS_FORMAT_NIFTI,
    MS_FORMAT_NRRD,
    MS_FORMAT_META
} ms_image_format;

/* Each takes the first bytes of the file (inflated for .nii.gz) and fills *header, or says what is wrong;
 * `name` begins the message. They look at the bytes alone, so that they can be tried on any bytes. */
MS_NODISCARD ms_status ms_nifti_header_parse(const uint8_t *bytes, size_t length, const char *name,
                                             ms_file_header *header, ms_error *err);
MS_NODISCARD ms_status ms_nrrd_header_parse(const uint8_t *bytes, size_t length, const char *name,
                                            ms_file_header *header, ms_error *err);
MS_NODISCARD ms_status ms_meta_header_parse(const uint8_t *bytes, size_t length, const char *name,
                                            ms_file_header *header, ms_error *err);
/* Reads the header of a file in one of the three formats and checks that the bytes it declares are there.
 * What is compressed is inflated to nowhere to see that when header_only, else left to ms_raw_read_values. */
MS_NODISCARD ms_status ms_file_header_check(ms_image_format format, const char *path, uint64_t max_bytes,
                                            bool header_only, ms_file_header *header, ms_error *err);

/* ---- inflater.c ------------------------------------------------------------------------------------- */

/* Reads a plain or compressed (gzip or zlib) file from `offset` on as a stream of bytes. */
typedef struct ms_inflater ms_inflater;
MS_NODISCARD ms_status ms_inflater_open(ms_inflater **inflater, const char *path, uint64_t offset,
                                        bool compressed, ms_error *err);
/* Deflated data without gzip's or zlib's head. */
MS_NODISCARD ms_status ms_inflater_open_raw(ms_inflater **inflater, const char *path, uint64_t offset,
                                            ms_error *err);
/* Fills bytes[size] as far as there are data; *length says how far. MS_EINPUT when compressed data are
 * damaged or end too early; the end of a plain file is no error. */
MS_NODISCARD ms_status ms_inflater_read(ms_inflater *inflater, void *bytes, size_t size, size_t *length,
                                        ms_error *err);
void ms_inflater_close(ms_inflater *inflater);
/* Reads on to the end and keeps nothing: MS_EINPUT unless at least `needed` and at most `needed` + 1 MiB
 * follow, and the check sum of compressed data is right. */
MS_NODISCARD ms_status ms_inflater_check_rest(ms_inflater *inflater, uint64_t needed, ms_error *err);

/* Reads on to the end and keeps nothing: how many bytes follow; MS_EINPUT when more than `limit`. */
MS_NODISCARD ms_status ms_inflater_measure(ms_inflater *inflater, uint64_t limit, uint64_t *total,
                                           ms_error *err);

/* ---- raw_read.c ------------------------------------------------------------------------------------- */

/* The values of a file whose header was parsed: values[n0 * n1 * n2]. Not through ITK, which reads damaged
 * compressed data as zeros and takes the values of x.nii.gz from a file x.nii beside it (both seen in 5.2
 * and 5.4). */
MS_NODISCARD ms_status ms_raw_read_values(const char *path, const ms_file_header *header, float *values,
                                          ms_error *err);
/* `n` values of a file as numbers. */
void ms_raw_convert(const uint8_t *bytes, size_t n, const ms_file_header *header, float *values);
/* The file that holds the data, to be freed; NULL when out of memory. */
char *ms_data_file_path(const char *path, const ms_file_header *header) MS_NODISCARD;

/* ---- decode.c, dicom_decode.c ----------------------------------------------------------------------- */

/* Decoded values in a memory map; or, of a file that holds them as they are, how to read them. */
typedef struct ms_decoded {
    bool plain;            /* not read yet: plain_read.c does, or ms_decode_file */
    ms_file_header source; /* of a plain file */
    ms_itk_header header;  /* of a single-file format */
    const float *values;   /* in stored order; NULL when only the header was asked for */
    void *map;
    size_t map_bytes;
} ms_decoded;
void ms_decoded_clear(ms_decoded *decoded);
/* The values up to voxel `n` are not needed any more: their memory can go. */
void ms_decoded_release(ms_decoded *decoded, size_t n);
/* One NIfTI, NRRD or MetaImage file whose header was checked. */
MS_NODISCARD ms_status ms_decode_file(ms_image_format format, const char *path, const ms_file_header *header,
                                      bool header_only, ms_decoded *decoded, ms_error *err);
/* DICOM frames of one size, one after the other in the order given, rescaled as their headers say. */
MS_NODISCARD ms_status ms_decode_frames(ms_dicom_file *const *frames, size_t n, const char *name,
                                        ms_decoded *decoded, ms_error *err);
/* One frame, in the child: values[rows * columns]. Pixels that are not compressed are read here; of a
 * compressed frame ITK gets to see a file that holds its fragments and a header of our own. */
MS_NODISCARD ms_status ms_dicom_decode_frame(const ms_itk_api *itk, const ms_dicom_file *frame, float *values,
                                             ms_error *err);
/* ITK's message as an error about the file. */
ms_status ms_decoder_error(const char *path, const char *message, ms_error *err);

/* ---- plain_read.c ----------------------------------------------------------------------------------- */

/* What voxels outside the range of CT are there, as they were stored. */
typedef struct ms_padding_count {
    double lowest, highest;
    size_t n_lowest, n_highest, bad; /* bad: no finite number */
    bool keep;                       /* leave them as they are */
} ms_padding_count;
/* Takes a row of values: counts, and draws to MS_PADDING_HU what is outside. */
void ms_padding_take(float *row, size_t n, ms_padding_count *count);

/* Can ms_plain_read read it? Neither compressed nor with other axes than the canonical ones, but for their
 * direction. Nothing is decoded then: the bytes are numbers, whatever they are, and no child is needed. */
bool ms_plain_can(const ms_file_header *header, const ms_layout *layout);
/* Are the values labels as they stand in the file? */
bool ms_plain_is_labels(const ms_file_header *header);
/* Reads the values of a file whose header was checked into values[] or labels[] in canonical axes: slices on
 * several threads. */
MS_NODISCARD ms_status ms_plain_read(const char *path, const ms_file_header *header, const ms_layout *layout,
                                     float *values, uint8_t *labels, ms_padding_count *count, ms_error *err);

/* ---- scan.c, dicom_scan.c --------------------------------------------------------------------------- */

/* As ms_scan_read with keep_values, into a mask; where the file holds labels as such, without a volume in
 * between. MS_EINPUT for values that are none. */
MS_NODISCARD ms_status ms_scan_read_labels(const char *path, ms_mask *mask, ms_error *err);
/* The scan at `path` (a DICOM file or folder); header_only leaves *decoded empty. Fills info (not its
 * canonical geometry) and the stored geometry; the decoded values still have to be brought onto it when
 * stack->regrid. */
MS_NODISCARD ms_status ms_dicom_scan(const char *path, const ms_scan_options *options, bool header_only,
                                     ms_scan_info *info, ms_stack *stack, ms_decoded *decoded, ms_error *err);

/* ---- masks of DICOM's own kinds: mask_dicom.c, mask_seg.c, mask_rtstruct.c, mask_labels.c ------------ */

/* A segment or region of interest. `name` stays here: it is free text of the header. */
typedef struct ms_roi {
    unsigned number; /* SegmentNumber or ROINumber */
    char name[200];  /* lower case */
    uint8_t label;   /* 0: not taken */
    bool both_sides; /* psoas without a side: the label is for the right, the next one for the left */
} ms_roi;

/* Gives the segments their labels by the choice after # in the mask's name ("" for none) or by rule. */
MS_NODISCARD ms_status ms_roi_labels(ms_roi *rois, size_t n, const char *choice, const char *path,
                                     ms_error *err);
/* Reads bytes[length] of a SEG or RTSTRUCT file: a list of rois, to be freed. Bytes alone. */
MS_NODISCARD ms_status ms_seg_rois(const uint8_t *bytes, size_t length, const char *name, ms_roi **rois,
                                   size_t *n, ms_error *err);
MS_NODISCARD ms_status ms_rtstruct_rois(const uint8_t *bytes, size_t length, const char *name, ms_roi **rois,
                                        size_t *n, ms_error *err);
/* Draws the rois with labels onto the mask, in the order of their labels. */
MS_NODISCARD ms_status ms_seg_draw(const uint8_t *bytes, size_t length, const char *name, const ms_roi *rois,
                                   size_t n, ms_mask *mask, ms_error *err);
MS_NODISCARD ms_status ms_rtstruct_draw(const uint8_t *bytes, size_t length, const char *name,
                                        const ms_roi *rois, size_t n, ms_mask *mask, ms_error *err);
/* *is_one says whether `path` (without the choice behind #) is such a file, or a folder with one; if so the
 * mask is read. */
MS_NODISCARD ms_status ms_mask_dicom(const char *path, const char *choice, const ms_geometry *expected,
                                     bool *is_one, ms_mask *mask, ms_error *err);

#endif
