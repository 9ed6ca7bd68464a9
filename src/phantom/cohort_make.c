/* A cohort's folder: scans first, several patients at a time, then the tables. */
#include "phantom/draw.h"

#include <math.h>
#include <stdlib.h>

typedef struct job {
    const ms_phantom_patient *patients;
    ms_phantom_truth *truth;
    const char *scans;
    ms_progress *progress;
} job;

static ms_status make_one(void *context, size_t i, ms_error *err) {
    job *j = context;
    const ms_phantom_patient *p = &j->patients[i];
    ms_volume volume = {0};
    char name[64], *path = NULL;
    ms_status status = ms_stop_check(err);
    if (status) return status;
    (void)ms_text_format(name, sizeof name, "%s%s", p->case_id, p->dicom ? "" : ".nii.gz");
    if (!(path = ms_path_join(j->scans, name))) return ms_error_nomem(err);
    status = ms_phantom_make(&p->params, p->seed, &volume, NULL, &j->truth[i], err);
    if (!status) status = ms_phantom_write(&p->params, p->seed, &volume, p->dicom, path, err);
    ms_volume_clear(&volume);
    free(path);
    if (!status) ms_progress_step(j->progress, 1);
    return status;
}

/* The truth of every case beside its true log hazards. */
static ms_status write_truth(const ms_phantom_patient *patients, const ms_phantom_truth *truth, size_t n,
                             const char *path, ms_error *err) {
    static const char *const names[5] = {"log_hazard_os", "log_hazard_rfs", "z_muscle", "z_density",
                                         "z_texture"};
    ms_table *table = NULL;
    size_t column[5] = {0};
    ms_status status = ms_table_new(&table, "truth.csv", err);
    for (size_t i = 0; !status && i < n; i++)
        status = ms_phantom_truth_row(table, patients[i].case_id, patients[i].seed, &patients[i].params,
                                      &truth[i], err);
    for (int c = 0; !status && c < 5; c++) status = ms_table_add_column(table, names[c], &column[c], err);
    for (size_t i = 0; !status && i < n; i++) {
        double v[5] = {patients[i].log_hazard_os, patients[i].log_hazard_rfs, 0, 0, 0};
        ms_phantom_standardise(&patients[i].params, v + 2);
        for (int c = 0; !status && c < 5; c++) status = ms_table_set_number(table, i, column[c], v[c], err);
    }
    if (!status) status = ms_table_write(table, path, err);
    ms_table_free(table);
    return status;
}

static void describe(ms_buffer *b, const char *name, const ms_phantom_effects *e) {
    ms_buffer_printf(
        b,
        "  %s: %+.2f muscle %+.2f density %+.2f texture %+.2f (age - 60)/10 %+.2f (stage - 2); Weibull shape "
        "%.2f, scale %.0f days\n",
        name, e->muscle, e->density, e->texture, e->age, e->stage, e->shape, e->scale_days);
}

static ms_status write_readme(const ms_phantom_cohort_options *o, const char *path, ms_error *err) {
    const ms_phantom_effects os = ms_phantom_effects_os(), rfs = ms_phantom_effects_rfs();
    ms_buffer b;
    ms_buffer_init(&b);
    ms_buffer_printf(
        &b,
        "SYNTHETIC DATA. Every scan and every row here was drawn by 'myosurv phantom cohort' (myosurv %s, "
        "seed "
        "%llu, %zu patients).\nNo patient is behind any of it. It is for tests and for learning the "
        "tool; no medical conclusion can be drawn from it.\n\n",
        ms_version(), (unsigned long long)o->seed, o->patients);
    ms_buffer_append(&b,
                     "scans/       CT scans, DICOM folders and NIfTI files\n"
                     "cohort.csv   the clinical table (input of 'myosurv study init')\n"
                     "truth.csv    what was drawn: L3, areas, densities, parameters, the true log hazards\n\n"
                     "True log hazards, from standardised truth (columns z_muscle, z_density, z_texture of "
                     "truth.csv):\n");
    describe(&b, "death", &os);
    describe(&b, "recurrence", &rfs);
    ms_buffer_append(
        &b, "  log_hazard_rfs is that of recurrence or death: log(exp(recurrence) + exp(death) (scale_rfs / "
            "scale_os)^shape)\n\nThe cohorts differ in the scanner: main plain, 5 mm, soft kernel; external1 "
            "sharp "
            "kernel; external2 3 mm slices\nevery 5 mm, noisier, a fifth with portal venous contrast.\n");
    ms_status status =
        ms_buffer_failed(&b) ? ms_error_nomem(err) : ms_file_write(path, b.data, b.length, err);
    ms_buffer_clear(&b);
    return status;
}

static ms_status prepare_folder(const char *dir, const char *scans, ms_error *err) {
    if (ms_path_exists(dir)) {
        char **names = NULL;
        size_t n = 0;
        if (!ms_path_is_dir(dir))
            return ms_error_set(err, MS_EINPUT, "%s: is no folder; name a new one", dir);
        ms_status status = ms_list_dir(dir, &names, &n, err);
        if (status) return status;
        ms_names_free(names, n);
        if (n) return ms_error_set(err, MS_EINPUT, "%s: the folder is not empty; name a new one", dir);
    }
    return ms_make_dirs(scans, err);
}

ms_status ms_phantom_cohort_make(const ms_phantom_cohort_options *o, const char *dir, ms_error *err) {
    static const char *const names[4] = {"scans", "truth.csv", "README.txt", "cohort.csv"};
    char *paths[4] = {0};
    ms_table *table = NULL;
    ms_progress *progress = NULL;
    ms_status status = MS_OK;
    if (o->patients < 3 || o->patients > 100000)
        return ms_error_set(err, MS_EUSAGE, "a cohort needs 3 to 100000 patients, not %zu", o->patients);
    ms_phantom_patient *patients = ms_calloc(o->patients, sizeof *patients);
    ms_phantom_truth *truth = ms_calloc(o->patients, sizeof *truth);
    bool complete = patients && truth;
    for (int i = 0; i < 4; i++) complete = (paths[i] = ms_path_join(dir, names[i])) && complete;
    if (!complete) {
        status = ms_error_nomem(err);
        goto cleanup;
    }
    if ((status = ms_phantom_cohort_draw(o, patients, err))) goto cleanup;
    if ((status = prepare_folder(dir, paths[0], err))) goto cleanup;
    progress = ms_progress_start("scans", o->patients);
    job j = {.patients = patients, .truth = truth, .scans = paths[0], .progress = progress};
    status = ms_parallel_for(o->patients, make_one, &j, err);
    ms_progress_end(progress);
    if (!status) status = write_truth(patients, truth, o->patients, paths[1], err);
    if (!status) status = write_readme(o, paths[2], err);
    if (!status) status = ms_phantom_cohort_table(patients, o->patients, &table, err);
    if (!status) status = ms_table_write(table, paths[3], err);
cleanup:
    ms_table_free(table);
    for (int i = 0; i < 4; i++) free(paths[i]);
    free(patients);
    free(truth);
    return status;
}
