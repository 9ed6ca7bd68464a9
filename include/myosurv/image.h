/* myosurv/image.h: scans, volumes and masks.
 *
 * Coordinates are DICOM patient coordinates (LPS) in mm: +x to the patient's left, +y to the back, +z to the
 * head. A scan is handed out in canonical axes: i grows to the left, j to the back, k to the head, so that
 * slice k = 0 is the most caudal one and a slice drawn with i to the right and j down is the radiologist's
 * view. The scan remembers how it was stored, so that a mask can be written on the scan's own grid. Reading
 * resamples only slices that make no straight, even stack, within the limits that docs/reading.md states, and
 * says so in the scan's notes. Values are HU as 32-bit floats. Voxel (i, j, k) is at
 * data[(k * n[1] + j) * n[0] + i]. */
#ifndef MYOSURV_IMAGE_H
#define MYOSURV_IMAGE_H

#include "myosurv/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ms_geometry {
    size_t n[3];          /* voxels along i, j, k */
    double spacing_mm[3]; /* positive, finite */
    double origin_mm[3];  /* centre of voxel (0, 0, 0), LPS */
    double direction[9];  /* orthonormal, row-major: direction[3 * r + c] is the LPS component r of axis c */
} ms_geometry;

typedef struct ms_volume {
    ms_geometry geometry;
    float *data; /* n[0] * n[1] * n[2]; owned */
} ms_volume;

typedef struct ms_mask {
    ms_geometry geometry;
    uint8_t *data; /* labels; owned */
} ms_mask;

/* What is written in mask.nii.gz. */
typedef enum ms_label {
    MS_LABEL_NONE = 0,
    MS_LABEL_MUSCLE = 1,      /* skeletal muscle other than psoas, -29 to 150 HU */
    MS_LABEL_PSOAS_RIGHT = 2, /* the patient's right */
    MS_LABEL_PSOAS_LEFT = 3,
    MS_LABEL_SAT = 4,  /* subcutaneous fat */
    MS_LABEL_VAT = 5,  /* visceral fat */
    MS_LABEL_IMAT = 6, /* fat inside muscle */
    MS_LABEL_L3 = 7    /* the L3 vertebra */
} ms_label;

static inline size_t ms_voxels(const ms_geometry *geometry) {
    return geometry->n[0] * geometry->n[1] * geometry->n[2];
}
static inline size_t ms_voxel_index(const ms_geometry *geometry, size_t i, size_t j, size_t k) {
    return (k * geometry->n[1] + j) * geometry->n[0] + i;
}
MS_API void ms_index_to_mm(const ms_geometry *geometry, const double ijk[3], double lps_mm[3]);
MS_API void ms_mm_to_index(const ms_geometry *geometry, const double lps_mm[3], double ijk[3]);
/* Same size, and origin, spacing and direction within 1e-3 of a voxel over the whole grid. */
MS_API bool ms_geometry_same(const ms_geometry *a, const ms_geometry *b);

/* How the canonical axes lie in the stored file: stored axis of canonical axis c, and whether it is reversed.
 * Of a scan that was resampled, `stored` is the straight, even grid it was brought onto (its axes in the
 * order of the file's); masks are written on that. */
typedef struct ms_layout {
    int axis[3];
    bool flip[3];
    ms_geometry stored;
} ms_layout;

typedef struct ms_series {
    char uid_hash[17];    /* first 16 hex digits of SHA-256 of the series UID: the UID itself is not shown */
    char description[65]; /* kernel and orientation words only, never free text from the header */
    size_t files, slices;
    bool axial, ct, chosen;
    char why[96]; /* why it was chosen or not */
} ms_series;

/* Something about a scan that its reader should know: `word` is one of
 *   tilt_corrected      the gantry was tilted: slices were shifted back onto a straight grid
 *   slices_missing      slices are missing from `from_mm` to `to_mm` and were filled in by linear
 * interpolation spacing_uneven      the slices' spacing differs: all were interpolated onto an even grid
 *   duplicates_dropped  slices that are there twice with the same pixels were taken once
 *   series_chosen       there are several CT series and the one was chosen by rule
 *   several_studies     the folder holds series of more than one study
 *   no_rescale          the header has no rescale intercept: the values may not be HU
 *   no_orientation      the header does not say how the image lies in the patient
 *   files_left_out      damaged files of other series were left out */
typedef struct ms_scan_note {
    char word[24];
    char text[160];        /* one sentence; nothing that identifies */
    double from_mm, to_mm; /* z, patient coordinates; NaN when it concerns the whole scan */
} ms_scan_note;

typedef struct ms_scan_info {
    char format[16];   /* "DICOM", "NIfTI", "NRRD", "MetaImage" */
    char modality[16]; /* "CT", or "" where the format has none */
    size_t files;
    ms_geometry geometry; /* canonical */
    char orientation[4];  /* how it is stored: e.g. "LPS": the direction each stored axis grows to */
    double slice_thickness_mm, kvp; /* NaN where not given */
    char kernel[65];
    int contrast;      /* 1 agent named in the header, 0 header says none, -1 not said */
    double padding_hu; /* value that marks voxels outside the field of view (below -1024, or above 31000 where
                              a negative one was stored without its sign), NaN where none; ms_scan_inspect
                              knows only one that the header names */
    double tilt_deg;   /* the gantry's tilt that was corrected; 0 where none */
    ms_series *series; /* DICOM: all series found; owned */
    size_t n_series;
    ms_scan_note *notes; /* owned */
    size_t n_notes;
} ms_scan_info;

typedef struct ms_scan {
    ms_volume volume; /* canonical, HU; voxels below -1024 or above 31000 (padding) are -1024 */
    ms_layout layout;
    ms_scan_info info;
} ms_scan;

typedef struct ms_scan_options {
    const char *series; /* uid_hash or its 1-based number in the list of series; NULL: chosen by rule, the
                           axial CT with most slices (ties: docs/reading.md) */
    uint64_t max_bytes; /* decoded size allowed; 0: 4 GiB */
    bool keep_values;   /* true: no value is taken for padding (an image that is not CT) */
} ms_scan_options;

/* Reads a scan: a DICOM folder or file, NIfTI (.nii, .nii.gz), NRRD or MetaImage. Decoded in a child process
 * with limits after the header was checked. options may be NULL. */
MS_API MS_NODISCARD ms_status ms_scan_read(const char *path, const ms_scan_options *options, ms_scan *scan,
                                           ms_error *err);
/* The header only: what `myosurv info` shows. */
MS_API MS_NODISCARD ms_status ms_scan_inspect(const char *path, const ms_scan_options *options,
                                              ms_scan_info *info, ms_error *err);
/* All series of a DICOM file or folder, none chosen; *series is to be freed with free(). */
MS_API MS_NODISCARD ms_status ms_scan_list_series(const char *path, ms_series **series, size_t *n_series,
                                                  ms_error *err);
MS_API void ms_scan_info_clear(ms_scan_info *info);
MS_API void ms_scan_clear(ms_scan *scan);
MS_API void ms_volume_clear(ms_volume *volume);
MS_API void ms_mask_clear(ms_mask *mask);
MS_API MS_NODISCARD ms_status ms_volume_alloc(ms_volume *volume, const ms_geometry *geometry, ms_error *err);
MS_API MS_NODISCARD ms_status ms_mask_alloc(ms_mask *mask, const ms_geometry *geometry, ms_error *err);
/* Which values the mask holds: has[value] becomes true, the others stay. */
MS_API void ms_mask_values(const ms_mask *mask, bool has[256]);

/* Reads a mask (whole numbers 0 to 255) in canonical axes. With `expected` not NULL the geometry must be the
 * same; a mask that has fewer slices but lies on the same grid is placed into the whole. Else MS_EINPUT with
 * both sizes and places. The mask may also be a DICOM segmentation (SEG) or structure set (RTSTRUCT), a file
 * or a folder with one such file; these need `expected`. Their segments become labels by their names where
 * these are known words (psoas right, muscle, VAT, ...), else by their numbers; "FILE#psoas left=3,muscle=1"
 * or "FILE#2=1" chooses by name or number. See docs/reading.md. */
MS_API MS_NODISCARD ms_status ms_mask_read(const char *path, const ms_geometry *expected, ms_mask *mask,
                                           ms_error *err);
/* NIfTI-1 (.nii or .nii.gz by name), atomically, same bytes every time. `layout` NULL writes in canonical
 * axes, else on the stored grid. */
MS_API MS_NODISCARD ms_status ms_mask_write(const ms_mask *mask, const ms_layout *layout, const char *path,
                                            ms_error *err);
/* HU rounded to 16-bit whole numbers. `description` (at most 79 characters) goes into the header's descrip
 * field; NULL for none. */
MS_API MS_NODISCARD ms_status ms_volume_write_nifti(const ms_volume *volume, const char *path,
                                                    const char *description, ms_error *err);
/* The values as they are, as 32-bit floats; `layout` as for ms_mask_write. */
MS_API MS_NODISCARD ms_status ms_volume_write_floats(const ms_volume *volume, const ms_layout *layout,
                                                     const char *path, const char *description,
                                                     ms_error *err);

typedef struct ms_dicom_tags {
    const char *series_description, *kernel,
        *study_comment;             /* NULL: empty; the comment is StudyDescription */
    double kvp, slice_thickness_mm; /* left out unless positive */
    bool contrast;
    char sex;          /* 'M', 'F' or 'O' */
    uint64_t uid_seed; /* the UIDs are made from it: same seed, same bytes */
} ms_dicom_tags;
/* One file a slice (IM0001.dcm, ... in the order of k) in the folder; explicit little endian CT image
 * storage, HU rounded to whole numbers. PatientName and PatientID say SYNTHETIC. The folder is made, and
 * appears with all slices in it or not at all; MS_EINPUT when it is there and not empty. */
MS_API MS_NODISCARD ms_status ms_volume_write_dicom(const ms_volume *volume, const char *folder,
                                                    const ms_dicom_tags *tags, ms_error *err);

/* One axial slice k as a new volume with n[2] = 1. */
MS_API MS_NODISCARD ms_status ms_volume_slice(const ms_volume *volume, size_t k, ms_volume *slice,
                                              ms_error *err);
/* Resamples to a grid; linear, outside value given. */
MS_API MS_NODISCARD ms_status ms_volume_resample(const ms_volume *volume, const ms_geometry *grid,
                                                 float outside, ms_volume *out, ms_error *err);

/* How well two label planes [n[1]][n[0]] agree on the labels from labels[0] to labels[1] taken as one region:
 * Dice's coefficient, and the mean distance between the outlines (pixels with a neighbour of four outside),
 * both ways, mm. NaN where a region is empty (dice: both). MS_ERESOURCE only. */
MS_API MS_NODISCARD ms_status ms_slice_agreement(const uint8_t *a, const uint8_t *b, const size_t n[2],
                                                 const double spacing_mm[2], const uint8_t labels[2],
                                                 double *dice, double *surface_mm, ms_error *err);

#ifdef __cplusplus
}
#endif
#endif
