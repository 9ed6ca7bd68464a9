/* myosurv segment: L3, muscle and fat masks, measurements and a picture of one scan. */
#include "cli/commands.h"
#include "myosurv/body.h"
#include "myosurv/study.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const ms_option options[] = {
    {.name = "out",
     .letter = 'o',
     .value = "DIR",
     .help = "folder for the results, made if absent",
     .required = true},
    {.name = "l3-slice",
     .value = "K",
     .help = "measure on slice K (0 is the most caudal) instead of the L3 found"},
    {.name = "l3-z", .value = "MM", .help = "measure at this height (patient z, up is positive)"},
    {.name = "mask",
     .value = "FILE",
     .help = "measure this mask (labels 1 to 7, the scan's grid) instead of our own"},
    {.name = "height-m", .value = "H", .help = "body height in metres, for the indices by height"},
    {.name = "sex", .value = "m|f", .help = "the patient's sex"},
    {.name = "series",
     .value = "S",
     .help = "which series of a DICOM folder: its number or its code in `myosurv info`"},
    {0},
};

static ms_status read_options(const ms_args *args, ms_segment_options *o, ms_error *err) {
    static const char *const sexes[] = {"m", "f"};
    ms_segment_options_default(o);
    o->has_slice = ms_args_text(args, "l3-slice") != NULL;
    o->has_z = ms_args_text(args, "l3-z") != NULL;
    if (o->has_slice && o->has_z)
        return ms_error_set(err, MS_EUSAGE, "--l3-slice and --l3-z exclude each other: give one");
    ms_status status = ms_args_size(args, "l3-slice", &o->slice_index, err);
    if (status == MS_OK) status = ms_args_number(args, "l3-z", &o->z_mm, err);
    if (status == MS_OK) status = ms_args_number(args, "height-m", &o->person.height_m, err);
    size_t sex = 2;
    if (status == MS_OK) status = ms_args_choice(args, "sex", sexes, 2, &sex, err);
    if (status != MS_OK) return status;
    if (sex < 2) o->person.sex = sexes[sex][0];
    if (ms_args_text(args, "height-m") != NULL && !(o->person.height_m >= 0.5 && o->person.height_m <= 2.6))
        return ms_error_set(err, MS_EUSAGE, "--height-m %s: body height in metres, from 0.5 to 2.6",
                            ms_args_text(args, "height-m"));
    return MS_OK;
}

static ms_status write_results(const ms_scan *scan, const ms_segmentation *segmentation, const char *dir,
                               ms_error *err) {
    char *mask = ms_path_join(dir, "mask.nii.gz"), *json = ms_path_join(dir, "measurements.json");
    char *picture = ms_path_join(dir, "overview.png");
    ms_status status = mask != NULL && json != NULL && picture != NULL ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) status = ms_make_dirs(dir, err);
    if (status == MS_OK) status = ms_mask_write(&segmentation->mask, &scan->layout, mask, err);
    if (status == MS_OK) status = ms_segmentation_write_json(segmentation, NULL, NULL, json, err);
    if (status == MS_OK)
        status = ms_study_picture(&scan->volume, segmentation, ms_path_base(dir), picture, NULL, err);
    free(picture);
    free(mask);
    free(json);
    return status;
}

static void say(const ms_segmentation *s, const char *dir) {
    printf("level\tslice %zu, z %.1f mm, confidence %.2f\n", s->level.slice_index, s->level.z_mm,
           s->level.confidence);
    for (size_t m = 0; m < ms_n_measures; m++)
        if (isfinite(s->values[m])) printf("%s\t%.4g\n", ms_measures[m].name, s->values[m]);
    printf("flags\t");
    for (size_t f = 0; f < s->flags.n; f++) printf("%s%s", f > 0 ? " " : "", s->flags.words[f]);
    printf("%s\nresults\t%s\n", s->flags.n == 0 ? "none" : "", dir);
}

static ms_status run(const ms_args *args, ms_error *err) {
    const char *path = ms_args_operand(args, 0), *dir = ms_args_text(args, "out");
    const char *mask_path = ms_args_text(args, "mask");
    ms_scan scan = {0};
    ms_mask mask = {0};
    ms_segmentation segmentation = {0};
    ms_segment_options o;
    ms_status status = read_options(args, &o, err);
    if (status != MS_OK) return status;
    const ms_scan_options scan_options = {.series = ms_args_text(args, "series")};
    status = ms_scan_read(path, &scan_options, &scan, err);
    if (status == MS_OK && mask_path != NULL) {
        status = ms_mask_read(mask_path, &scan.volume.geometry, &mask, err);
        o.mask = &mask;
    }
    if (status == MS_OK) {
        status = ms_segment(&scan.volume, &o, &segmentation, err);
        if (status != MS_OK) ms_error_prefix(err, "%s", mask_path != NULL ? mask_path : path);
    }
    if (status == MS_OK && !ms_args_dry_run(args)) status = write_results(&scan, &segmentation, dir, err);
    if (status == MS_OK) say(&segmentation, dir);
    ms_segmentation_clear(&segmentation);
    ms_mask_clear(&mask);
    ms_scan_clear(&scan);
    return status;
}

const ms_command ms_command_segment = {
    .group = "imaging",
    .name = "segment",
    .operands = "SCAN",
    .min_operands = 1,
    .max_operands = 1,
    .summary = "find L3, outline muscle and fat there, and measure them",
    .details = "SCAN is a DICOM folder or file, NIfTI, NRRD or MetaImage. DIR gets mask.nii.gz (the scan's "
               "own grid; 1 skeletal "
               "muscle other than psoas, 2 psoas right, 3 psoas left, 4 subcutaneous fat, 5 visceral fat, 6 "
               "fat inside muscle, "
               "7 the L3 vertebra), measurements.json and overview.png. Look at overview.png: what cannot be "
               "measured is null, "
               "and every doubt is a word in `flags`. A wrong level is put right with --l3-slice or --l3-z, "
               "a wrong outline by "
               "correcting mask.nii.gz in an editor such as 3D Slicer and giving it back with --mask.",
    .example = "# a scan that is made here: a synthetic trunk\n"
               "myosurv phantom -o trunk.nii.gz\n"
               "myosurv segment trunk.nii.gz -o trunk --height-m 1.75 --sex m\n"
               "# the same, measured 10 mm higher on a slice of one's own choice\n"
               "myosurv segment trunk.nii.gz -o trunk-60 --l3-slice 60\n",
    .options = options,
    .run = run,
};
