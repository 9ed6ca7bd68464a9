/* myosurv segment: L3, muscle and fat masks, measurements and a picture of one scan, or of each in a list. */
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
    {.name = "list",
     .value = "TABLE",
     .help =
         "many scans: a table with columns case_id and scan, and where wanted mask, series, l3_slice, l3_z, "
         "phase, height_m, weight_kg, sex, age_years; one folder a case in DIR"},
    {.name = "l3-slice",
     .value = "K",
     .help = "measure on slice K (0 is the most caudal) instead of the L3 found"},
    {.name = "l3-z", .value = "MM", .help = "measure at this height (patient z, up is positive)"},
    {.name = "mask",
     .value = "FILE",
     .help = "measure this mask (labels 1 to 7, the scan's grid) instead of our own"},
    {.name = "band-mm",
     .value = "MM",
     .help =
         "average over the slices whose centres lie within a band of this height round the level (default 0: "
         "the level's slice alone)"},
    {.name = "model",
     .value = "FILE.pt",
     .help =
         "the network that outlines muscle (default: the one that ships, where libtorch is installed); none: "
         "the classical method"},
    {.name = "device", .value = "cpu|cuda|auto", .help = "where the network runs (default cpu)"},
    {.name = "phase",
     .value = "NAME",
     .help = "contrast phase: plain, arterial, portal or delayed (default: guessed from the vessels)"},
    {.name = "vat-hu",
     .value = "LOW,HIGH",
     .help = "range of visceral fat (default -150,-50; some use -190,-30)"},
    {.name = "height-m", .value = "H", .help = "body height in metres, for the indices by height"},
    {.name = "weight-kg", .value = "W", .help = "body weight in kilograms, for definitions by BMI"},
    {.name = "sex", .value = "m|f", .help = "the patient's sex, for definitions and z-scores"},
    {.name = "age", .value = "YEARS", .help = "the patient's age, for definitions and z-scores"},
    {.name = "definitions",
     .value = "FILE",
     .help =
         "sarcopenia definitions of one's own, beside those that ship (data/definitions.json shows the form)",
     .repeated = true},
    {.name = "series",
     .value = "S",
     .help = "which series of a DICOM folder: its number or its code in `myosurv info`"},
    {0},
};

/* A number that must lie within limits; absent leaves it. */
static ms_status bounded(const ms_args *args, const char *name, double low, double high, const char *what,
                         double *value, ms_error *err) {
    const ms_status status = ms_args_number(args, name, value, err);
    if (status != MS_OK || ms_args_text(args, name) == NULL) return status;
    if (!(*value >= low && *value <= high))
        return ms_error_set(err, MS_EUSAGE, "--%s %s: %s, from %g to %g", name, ms_args_text(args, name),
                            what, low, high);
    return MS_OK;
}

static ms_status read_person(const ms_args *args, ms_person *person, ms_error *err) {
    static const char *const sexes[] = {"m", "f"};
    size_t sex = 2;
    ms_status status = bounded(args, "height-m", 0.5, 2.6, "body height in metres", &person->height_m, err);
    if (status == MS_OK)
        status = bounded(args, "weight-kg", 10, 500, "body weight in kilograms", &person->weight_kg, err);
    if (status == MS_OK) status = bounded(args, "age", 0, 130, "age in years", &person->age_years, err);
    if (status == MS_OK) status = ms_args_choice(args, "sex", sexes, 2, &sex, err);
    if (status == MS_OK && sex < 2) person->sex = sexes[sex][0];
    return status;
}

/* "-190,-30". */
static ms_status read_range(const ms_args *args, const char *name, double range[2], ms_error *err) {
    const char *text = ms_args_text(args, name), *comma = text != NULL ? strchr(text, ',') : NULL;
    char low[32];
    double read[2];
    if (text == NULL) return MS_OK;
    if (comma == NULL || !ms_text_format(low, sizeof low, "%.*s", (int)(comma - text), text) ||
        !ms_parse_number(low, &read[0]) || !ms_parse_number(comma + 1, &read[1]) || !(read[0] < read[1]))
        return ms_error_set(err, MS_EUSAGE,
                            "--%s %s: two numbers with a comma, the lower first, as in -190,-30", name, text);
    memcpy(range, read, sizeof read);
    return MS_OK;
}

static ms_status read_options(const ms_args *args, ms_segment_options *o, ms_error *err) {
    ms_segment_options_default(o);
    o->has_slice = ms_args_text(args, "l3-slice") != NULL;
    o->has_z = ms_args_text(args, "l3-z") != NULL;
    if (o->has_slice && o->has_z)
        return ms_error_set(err, MS_EUSAGE, "--l3-slice and --l3-z exclude each other: give one");
    size_t phase = MS_PHASE_UNKNOWN;
    ms_status status = ms_args_size(args, "l3-slice", &o->slice_index, err);
    if (status == MS_OK) status = ms_args_number(args, "l3-z", &o->z_mm, err);
    if (status == MS_OK)
        status = bounded(args, "band-mm", 0, 100, "height of the band in mm", &o->band_mm, err);
    if (status == MS_OK) status = ms_args_choice(args, "phase", ms_phase_names, MS_PHASES, &phase, err);
    if (status == MS_OK) status = read_range(args, "vat-hu", o->tissue.vat_hu, err);
    if (status == MS_OK) status = read_person(args, &o->person, err);
    o->phase = (ms_phase)phase;
    return status;
}

/* Those that ship, and every file given. */
static ms_status read_definitions(const ms_args *args, ms_definitions *definitions, ms_error *err) {
    ms_status status = ms_definitions_read(NULL, definitions, err);
    for (size_t f = 0; status == MS_OK && ms_args_text_at(args, "definitions", f) != NULL; f++)
        status = ms_definitions_add(ms_args_text_at(args, "definitions", f), definitions, err);
    return status;
}

/* Without a word about it the network that ships is used where it can be; one that was asked for must work.
 */
static ms_status open_network(const ms_args *args, ms_study_network **network, ms_error *err) {
    static const char *const devices[] = {"cpu", "cuda", "auto"};
    const char *path = ms_args_text(args, "model");
    size_t device = 0;
    ms_error why = {0};
    ms_status status = ms_args_choice(args, "device", devices, MS_COUNT(devices), &device, err);
    if (status != MS_OK || (path != NULL && strcmp(path, "none") == 0)) return status;
    if (path != NULL) return ms_study_network_open(path, devices[device], network, err);
    status = ms_study_network_open(NULL, devices[device], network, &why);
    if (status != MS_OK)
        ms_log(status == MS_EUNAVAILABLE ? MS_LOG_INFO : MS_LOG_DEBUG,
               "no network, the classical method is used: %s", why.message);
    return MS_OK;
}

static void say_definitions(const ms_segmentation *s, const ms_definitions *definitions) {
    size_t known = 0;
    printf("definitions positive\t");
    for (size_t d = 0; d < definitions->n; d++) {
        const size_t m = ms_measure_find(definitions->items[d].metric);
        const int positive =
            m < ms_n_measures ? ms_definition_apply(&definitions->items[d], s->values[m], &s->person) : -1;
        known += positive >= 0;
        if (positive == 1) printf("%s ", definitions->items[d].key);
    }
    printf("(of %zu that can be said)\n", known);
}

static void say(const ms_segmentation *s, const ms_definitions *definitions, const ms_norms *norms,
                const char *dir) {
    printf("level\tslice %zu, z %.1f mm, confidence %.2f\n", s->level.slice_index, s->level.z_mm,
           s->level.confidence);
    if (s->n_slices > 1) printf("slices\t%zu, averaged over a band of %g mm\n", s->n_slices, s->band_mm);
    printf("method\t%s%s%s\n", ms_method_name(s->method), s->model_name[0] != '\0' ? " " : "", s->model_name);
    printf("phase\t%s, confidence %.2f%s\n", ms_phase_names[s->contrast.phase], s->contrast.confidence,
           s->contrast.given ? " (given)" : "");
    for (size_t m = 0; m < ms_n_measures; m++)
        if (isfinite(s->values[m])) printf("%s\t%.4g\n", ms_measures[m].name, s->values[m]);
    for (size_t n = 0; n < norms->n; n++) {
        const size_t m = ms_measure_find(norms->items[n].metric);
        const double z =
            m < ms_n_measures ? ms_norm_z(&norms->items[n], s->values[m], &s->person) : (double)NAN;
        if (isfinite(z)) printf("%s_%s\t%.2f\n", norms->items[n].column, norms->items[n].key, z);
    }
    say_definitions(s, definitions);
    char flags[MS_FLAGS_TEXT];
    ms_flags_text(&s->flags, flags);
    printf("flags\t%s\nresults\t%s\n", s->flags.n > 0 ? flags : "none", dir);
}

static void say_case(void *context, const char *case_id, ms_status status, const ms_segmentation *s,
                     const ms_error *error) {
    (void)context;
    if (status != MS_OK) {
        ms_log(MS_LOG_WARNING, "%s: %s", case_id, error->message);
        printf("%s\tfailed\n", case_id);
        return;
    }
    const double sma = s->values[ms_measure_find("sma_cm2")];
    printf("%s\tdone\tslice %zu\tconfidence %.2f\tsma_cm2 %.4g\t", case_id, s->level.slice_index,
           s->level.confidence, sma);
    char flags[MS_FLAGS_TEXT];
    ms_flags_text(&s->flags, flags);
    printf("%s\n", s->flags.n > 0 ? flags : "no flags");
    (void)fflush(stdout);
}

/* One scan, or a list: never both, and what names one scan's slice or mask goes into the list's table. */
static ms_status check_operands(const ms_args *args, ms_error *err) {
    static const char *const single[] = {"l3-slice", "l3-z", "mask"};
    const bool list = ms_args_text(args, "list") != NULL;
    if (!list && ms_args_operands(args) == 0)
        return ms_error_set(err, MS_EUSAGE, "name a scan, or a table of scans with --list");
    if (list && ms_args_operands(args) > 0)
        return ms_error_set(err, MS_EUSAGE,
                            "--list and a scan exclude each other: name the scan in the table");
    for (size_t o = 0; list && o < MS_COUNT(single); o++)
        if (ms_args_text(args, single[o]) != NULL)
            return ms_error_set(err, MS_EUSAGE, "--%s is for one scan: in a list it is a column of the table",
                                single[o]);
    return MS_OK;
}

static ms_status run_one(const ms_args *args, ms_segment_job *job, const char *dir, ms_error *err) {
    ms_segmentation s = {0};
    job->scan = ms_args_operand(args, 0);
    job->mask = ms_args_text(args, "mask");
    job->title = ms_path_base(dir);
    const ms_status status = ms_segment_job_run(job, &s, err);
    if (status == MS_OK) say(&s, job->definitions, job->norms, dir);
    ms_segmentation_clear(&s);
    return status;
}

static ms_status run(const ms_args *args, ms_error *err) {
    const char *dir = ms_args_text(args, "out"), *list = ms_args_text(args, "list");
    ms_definitions definitions = {0};
    ms_norms norms = {0};
    ms_study_network *network = NULL;
    ms_segment_job job = {.dir = ms_args_dry_run(args) ? NULL : dir,
                          .series = ms_args_text(args, "series"),
                          .definitions = &definitions,
                          .norms = &norms};
    ms_status status = check_operands(args, err);
    if (status == MS_OK) status = read_options(args, &job.options, err);
    if (status == MS_OK) status = read_definitions(args, &definitions, err);
    if (status == MS_OK) status = ms_norms_read(NULL, &norms, err);
    if (status == MS_OK && ms_args_text(args, "mask") == NULL) status = open_network(args, &network, err);
    if (status == MS_OK) {
        job.options.network = ms_study_network_callback(network);
        status = list != NULL ? ms_segment_list_run(list, &job, say_case, NULL, err)
                              : run_one(args, &job, dir, err);
    }
    ms_study_network_free(network);
    ms_norms_clear(&norms);
    ms_definitions_clear(&definitions);
    return status;
}

const ms_command ms_command_segment = {
    .group = "imaging",
    .name = "segment",
    .operands = "SCAN",
    .min_operands = 0,
    .max_operands = 1,
    .summary = "find L3, outline muscle and fat there, and measure them",
    .details =
        "SCAN is a DICOM folder or file, NIfTI, NRRD or MetaImage. DIR gets mask.nii.gz (the scan's own "
        "grid; 1 "
        "skeletal muscle other than psoas, 2 psoas right, 3 psoas left, 4 subcutaneous fat, 5 visceral fat, "
        "6 fat "
        "inside muscle, 7 the L3 vertebra), muscles.nii.gz (1 psoas right, 2 psoas left, 3 erector spinae "
        "right, "
        "4 left, 5 quadratus lumborum right, 6 left, 7 abdominal wall), measurements.json and overview.png. "
        "Look "
        "at overview.png: what cannot be measured is null with its reason under `missing`, and every doubt "
        "is a "
        "word in `flags`. A wrong level is put right with --l3-slice or --l3-z, a wrong outline by "
        "correcting "
        "mask.nii.gz in an editor such as 3D Slicer and giving it back with --mask. docs/measurements.md "
        "says how "
        "each number is defined. With --list, a case that fails does not stop the others (exit code 4), and "
        "DIR/measurements.csv has a row a case.",
    .example = "# a scan that is made here: a synthetic trunk\n"
               "myosurv phantom -o trunk.nii.gz\n"
               "myosurv segment trunk.nii.gz -o trunk --height-m 1.75 --weight-kg 70 --sex m --age 60\n"
               "# the same, measured on a slice of one's own choice, averaged over 15 mm\n"
               "myosurv segment trunk.nii.gz -o trunk-60 --l3-slice 60 --band-mm 15\n"
               "# many scans in one go\n"
               "printf 'case_id,scan,sex\\nA1,trunk.nii.gz,m\\n' > scans.csv\n"
               "myosurv segment --list scans.csv -o all\n",
    .options = options,
    .run = run,
};
