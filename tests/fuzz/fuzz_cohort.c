/* tests/fuzz/fuzz_cohort.c: any bytes as the clinical table of a study. Every case id that is taken may name
 * a folder, and none is there twice. */
#include "fuzz/scratch.h"
#include "study/study.h"

#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_patient(const ms_patient *p, const ms_study_spec *spec) {
    assert(p->id && ms_text_is_safe_name(p->id) && !strchr(p->id, '/'));
    assert(p->scan && p->scan[0] && p->cohort && p->split);
    assert(!(p->has_slice && p->has_z));
    assert(p->person.sex == 0 || p->person.sex == 'm' || p->person.sex == 'f');
    for (size_t e = 0; e < spec->n_endpoints; e++) assert(isnan(p->time[e]) || p->time[e] >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    ms_table *table = NULL;
    ms_patient *patients = NULL;
    size_t n = 0;
    ms_study_spec spec;
    ms_error err = {0};
    ms_study_spec_default(&spec);
    if (ms_table_parse(&table, (const char *)data, size, "x.csv", &err) != MS_OK) return 0;
    const ms_status status = ms_cohort_read(table, &spec, "scans", &patients, &n, &err);
    if (status != MS_OK) {
        check_refusal(status, &err, "x.csv");
    } else {
        assert(n == ms_table_rows(table));
        for (size_t i = 0; i < n; i++) {
            check_patient(&patients[i], &spec);
            for (size_t j = 0; j < i && j < 50; j++) assert(strcmp(patients[i].id, patients[j].id) != 0);
        }
        ms_patients_free(patients, n);
    }
    ms_table_free(table);
    return 0;
}
