/* image/mask_dicom.c: is a mask a DICOM segmentation or structure set? */
#include "image/private.h"

#include <stdlib.h>
#include <string.h>

#define SEGMENTATION "1.2.840.10008.5.1.4.1.1.66.4"
#define LABEL_MAP "1.2.840.10008.5.1.4.1.1.66.7"
#define STRUCTURE_SET "1.2.840.10008.5.1.4.1.1.481.3"
#define MAX_BYTES ((uint64_t)256 << 20)

typedef enum mask_kind { KIND_NONE, KIND_SEG, KIND_RTSTRUCT } mask_kind;

static mask_kind kind_of(const ms_dicom_header *h) {
    const char *class = h->sop_class[0] ? h->sop_class : h->media_class;
    if (strcmp(class, SEGMENTATION) == 0 || strcmp(class, LABEL_MAP) == 0) return KIND_SEG;
    if (strcmp(class, STRUCTURE_SET) == 0) return KIND_RTSTRUCT;
    if (class[0]) return KIND_NONE;
    if (strcmp(h->modality, "SEG") == 0) return KIND_SEG;
    return strcmp(h->modality, "RTSTRUCT") == 0 ? KIND_RTSTRUCT : KIND_NONE;
}

/* What a file is, as far as its header tells: a damaged one is told apart by what was read before the damage.
 */
static mask_kind look(const char *path, ms_status *problem, ms_error *err) {
    ms_dicom_header header;
    bool is_dicom = false;
    *problem = ms_dicom_source_header(path, &is_dicom, &header, NULL, err);
    return is_dicom ? kind_of(&header) : KIND_NONE;
}

/* The one such file in a folder: *file is to be freed, NULL when there is none. */
static ms_status look_in_folder(const char *folder, char **file, mask_kind *kind, ms_error *err) {
    char **names = NULL;
    size_t n = 0, found = 0;
    ms_status status = ms_list_dir(folder, &names, &n, err);
    for (size_t i = 0; !status && i < n && found < 2; i++) {
        ms_status problem;
        ms_error ignored;
        char *path = ms_path_join(folder, names[i]);
        if (!path) {
            status = ms_error_nomem(err);
            break;
        }
        mask_kind this = ms_path_is_dir(path) ? KIND_NONE : look(path, &problem, &ignored);
        if (this != KIND_NONE && found++ == 0) {
            *file = path;
            *kind = this;
            continue;
        }
        free(path);
    }
    ms_names_free(names, n);
    if (!status && found > 1)
        status = ms_error_set(err, MS_EINPUT,
                              "%s: holds more than one segmentation or structure set; give one file", folder);
    return status;
}

/* Psoas without a side in a segmentation: the mask's voxels right and left of its middle. */
static void split_sides(ms_mask *mask, const ms_roi *rois, size_t n) {
    bool both = false;
    for (size_t i = 0; i < n; i++)
        both = both || (rois[i].both_sides && rois[i].label == MS_LABEL_PSOAS_RIGHT);
    if (!both) return;
    const size_t *size = mask->geometry.n;
    size_t low = SIZE_MAX, high = 0, all = ms_voxels(&mask->geometry);
    for (size_t v = 0; v < all; v++) {
        if (mask->data[v] != MS_LABEL_PSOAS_RIGHT) continue;
        size_t i = v % size[0];
        low = i < low ? i : low;
        high = i > high ? i : high;
    }
    for (size_t v = 0; v < all; v++)
        if (mask->data[v] == MS_LABEL_PSOAS_RIGHT && 2 * (v % size[0]) > low + high)
            mask->data[v] = MS_LABEL_PSOAS_LEFT;
}

static ms_status read_mask(const char *path, mask_kind kind, const char *choice, const ms_geometry *grid,
                           ms_mask *mask, ms_error *err) {
    uint8_t *bytes = NULL;
    size_t length = 0, n = 0;
    ms_roi *rois = NULL;
    ms_mask result = {0};
    bool seg = kind == KIND_SEG;
    ms_status status = ms_dicom_source_all(path, MAX_BYTES, &bytes, &length, err);
    if (!status)
        status = seg ? ms_seg_rois(bytes, length, path, &rois, &n, err)
                     : ms_rtstruct_rois(bytes, length, path, &rois, &n, err);
    if (!status) status = ms_roi_labels(rois, n, choice, path, err);
    if (!status) status = ms_mask_alloc(&result, grid, err);
    if (!status)
        status = seg ? ms_seg_draw(bytes, length, path, rois, n, &result, err)
                     : ms_rtstruct_draw(bytes, length, path, rois, n, &result, err);
    if (!status && seg) split_sides(&result, rois, n);
    free(bytes);
    free(rois);
    if (status) {
        ms_mask_clear(&result);
        return status;
    }
    *mask = result;
    return MS_OK;
}

ms_status ms_mask_dicom(const char *path, const char *choice, const ms_geometry *expected, bool *is_one,
                        ms_mask *mask, ms_error *err) {
    char *inside = NULL;
    ms_error problem = {0};
    ms_status broken = MS_OK, status = MS_OK;
    mask_kind kind = KIND_NONE;
    if (ms_path_is_dir(path))
        status = look_in_folder(path, &inside, &kind, err);
    else
        kind = look(path, &broken, &problem);
    *is_one = kind != KIND_NONE;
    if (!status && kind != KIND_NONE && broken) {
        if (err) *err = problem;
        status = broken;
    }
    if (!status && kind != KIND_NONE && !expected)
        status = ms_error_set(err, MS_EUSAGE,
                              "%s: a segmentation or structure set is placed on a scan; give that too", path);
    if (!status && kind != KIND_NONE)
        status = read_mask(inside ? inside : path, kind, choice, expected, mask, err);
    free(inside);
    return status;
}
