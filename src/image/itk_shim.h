/* image/itk_shim.h: how the program calls the module ms_itk, the only place that knows ITK. */
#ifndef MS_IMAGE_ITK_SHIM_H
#define MS_IMAGE_ITK_SHIM_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MS_ITK_ABI 1u
#define MS_ITK_ENTRY "ms_itk_functions"

typedef struct ms_itk_header {
    size_t n[3];
    double spacing[3], origin[3];
    double direction[9]; /* direction[3 * r + c]: LPS component r of axis c */
    int dimensions, components;
} ms_itk_header;

/* `format` is an ms_image_format. Each returns 0, or another number with the reason in `message`. */
typedef struct ms_itk_api {
    unsigned abi;
    int (*inspect)(int format, const char *path, ms_itk_header *header, char *message, size_t message_size);
    /* The file's values, rescaled as its header says, to values[n0 * n1 * n2]; a file of another size or with
     * several values a voxel is an error. */
    int (*read)(int format, const char *path, const size_t n[3], float *values, char *message,
                size_t message_size);
} ms_itk_api;

/* The one function the module exports. */
const ms_itk_api *ms_itk_functions(void);

#ifdef __cplusplus
}
#endif
#endif
