#include "study/study.h"

#include <stdlib.h>
#include <string.h>

static const char *name_of(const ms_patient *patient) {
    return strcmp(patient->split, "external") == 0 ? patient->cohort : patient->split;
}

static size_t find(const ms_groups *groups, const char *name) {
    size_t g = 0;
    while (g < groups->n && strcmp(groups->names[g], name) != 0) g++;
    return g;
}

static int compare_names(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

ms_status ms_groups_make(const ms_study *study, ms_groups *out, ms_error *err) {
    static const char *const first[] = {"training", "internal"}; /* always first, when there are any */
    ms_groups groups = {0, ms_calloc(study->n + MS_COUNT(first), sizeof(char *)),
                        ms_calloc(study->n, sizeof(size_t))};
    if (!groups.names || !groups.of) {
        ms_groups_clear(&groups);
        return ms_error_nomem(err);
    }
    for (size_t f = 0; f <= MS_COUNT(first); f++) {
        size_t from = groups.n;
        for (size_t i = 0; i < study->n; i++) {
            const char *name = name_of(&study->patients[i]);
            if (f < MS_COUNT(first) && strcmp(name, first[f]) != 0) continue;
            if (find(&groups, name) == groups.n) groups.names[groups.n++] = name;
        }
        qsort(groups.names + from, groups.n - from, sizeof *groups.names, compare_names);
    }
    for (size_t i = 0; i < study->n; i++) groups.of[i] = find(&groups, name_of(&study->patients[i]));
    *out = groups;
    return MS_OK;
}

void ms_groups_clear(ms_groups *groups) {
    free(groups->names);
    free(groups->of);
    memset(groups, 0, sizeof *groups);
}
