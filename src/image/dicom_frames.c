/* image/dicom_frames.c: the frames of an enhanced image: functional groups that all share, and those of each
 * frame (PS3.3, C.7.6.16.1; CT: C.8.15.3; segmentations: C.8.20.3). */
#include "image/private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FRAMES 65536u

void ms_dicom_frames_clear(ms_dicom_frames *frames) {
    free(frames->items);
    memset(frames, 0, sizeof *frames);
}

ms_dicom_plane *ms_dicom_frames_add(ms_dicom_frames *frames) {
    if (frames->n >= MAX_FRAMES) return NULL;
    if (frames->n == frames->capacity) {
        size_t capacity = frames->capacity ? 2 * frames->capacity : 64;
        ms_dicom_plane *grown = ms_realloc(frames->items, capacity, sizeof *grown);
        if (!grown) return NULL;
        frames->items = grown;
        frames->capacity = capacity;
    }
    ms_dicom_plane_init(&frames->items[frames->n]);
    return &frames->items[frames->n++];
}

/* Macros whose elements mean the frame itself: the same tags deeper inside speak of other images. */
static bool speaks_of_the_frame(uint32_t macro) {
    static const uint32_t macros[] = {
        MS_DICOM_TAG(0x0020, 0x9111), /* frame content */
        MS_DICOM_TAG(0x0020, 0x9113), /* plane position */
        MS_DICOM_TAG(0x0020, 0x9116), /* plane orientation */
        MS_DICOM_TAG(0x0028, 0x9110), /* pixel measures */
        MS_DICOM_TAG(0x0028, 0x9145), /* pixel value transformation */
        MS_DICOM_TAG(0x0018, 0x9314), /* CT reconstruction */
        MS_DICOM_TAG(0x0018, 0x9325), /* CT X-ray details */
        MS_DICOM_TAG(0x0018, 0x9329), /* CT image frame type */
        MS_DICOM_TAG(0x0062, 0x000A), /* segment identification */
    };
    for (size_t i = 0; i < MS_COUNT(macros); i++)
        if (macros[i] == macro) return true;
    return false;
}

static ms_status take(void *context, const ms_dicom_cursor *c, const ms_dicom_place *place,
                      const ms_dicom_element *e, const uint8_t *value, ms_error *err) {
    ms_dicom_frames *frames = context;
    if (place->depth != 2 || !speaks_of_the_frame(place->tags[1])) return MS_OK;
    if (place->tags[0] == MS_DICOM_TAG(0x5200, 0x9229))
        return ms_dicom_plane_take(&frames->shared, c, e, value, err);
    while (frames->n <= place->items[0])
        if (!ms_dicom_frames_add(frames))
            return frames->n >= MAX_FRAMES
                       ? ms_error_set(err, MS_EINPUT, "%s: more than %u frames", c->name, MAX_FRAMES)
                       : ms_error_nomem(err);
    frames->described = frames->n;
    return ms_dicom_plane_take(&frames->items[place->items[0]], c, e, value, err);
}

ms_status ms_dicom_frames_take(ms_dicom_frames *frames, ms_dicom_cursor *c, const ms_dicom_element *e,
                               ms_error *err) {
    return ms_dicom_walk(c, e, take, frames, err);
}

ms_status ms_dicom_frames_finish(ms_dicom_frames *frames, const ms_dicom_header *h, const char *name,
                                 ms_error *err) {
    size_t declared = (size_t)h->frames;
    if (frames->described > 0 && frames->described != declared)
        return ms_error_set(err, MS_EINPUT,
                            "%s: NumberOfFrames (0028,0008) is %zu, the functional groups describe %zu", name,
                            declared, frames->described);
    for (size_t f = 0; f < frames->n; f++) {
        ms_dicom_plane_fill(&frames->items[f], &frames->shared);
        ms_dicom_plane_fill(&frames->items[f], &h->plane);
    }
    return MS_OK;
}
