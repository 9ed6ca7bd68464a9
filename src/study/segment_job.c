/* One scan from file to results. */
#include "study/study.h"

#include <stdlib.h>

static ms_status write_results(const ms_segment_job *job, const ms_scan *scan, const ms_segmentation *s,
                               ms_error *err) {
    char *mask = ms_path_join(job->dir, "mask.nii.gz"), *parts = ms_path_join(job->dir, "muscles.nii.gz");
    char *json = ms_path_join(job->dir, "measurements.json"),
         *picture = ms_path_join(job->dir, "overview.png");
    ms_status status = mask && parts && json && picture ? ms_make_dirs(job->dir, err) : ms_error_nomem(err);
    if (status == MS_OK) status = ms_mask_write(&s->mask, &scan->layout, mask, err);
    if (status == MS_OK) status = ms_mask_write(&s->parts, &scan->layout, parts, err);
    if (status == MS_OK) status = ms_segmentation_write_json(s, job->definitions, job->norms, json, err);
    if (status == MS_OK) status = ms_study_picture(&scan->volume, s, job->title, picture, NULL, err);
    free(picture);
    free(json);
    free(parts);
    free(mask);
    return status;
}

ms_status ms_segment_job_run(const ms_segment_job *job, ms_segmentation *segmentation, ms_error *err) {
    const ms_scan_options scan_options = {.series = job->series};
    ms_segment_options options = job->options;
    ms_segmentation out = {0};
    ms_scan scan = {0};
    ms_mask mask = {0};
    ms_status status = ms_scan_read(job->scan, &scan_options, &scan, err);
    if (status == MS_OK && job->mask != NULL) {
        status = ms_mask_read(job->mask, &scan.volume.geometry, &mask, err);
        options.mask = &mask;
    }
    options.info = &scan.info;
    if (status == MS_OK) {
        status = ms_segment(&scan.volume, &options, &out, err);
        if (status != MS_OK) ms_error_prefix(err, "%s", job->mask != NULL ? job->mask : job->scan);
    }
    if (status == MS_OK && job->dir != NULL) status = write_results(job, &scan, &out, err);
    if (status == MS_OK)
        *segmentation = out;
    else
        ms_segmentation_clear(&out);
    ms_mask_clear(&mask);
    ms_scan_clear(&scan);
    return status;
}
