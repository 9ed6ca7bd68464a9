/* study/harmonize.h: between harmonize.c and harmonize_file.c. */
#ifndef MS_STUDY_HARMONIZE_H
#define MS_STUDY_HARMONIZE_H

#include "myosurv/study_tables.h"
#include "study/table_parts.h"

/* A covariate: a number, or a factor of which every level but the first has a column in the design. */
typedef struct ms_covariate {
    char *column;
    ms_text_levels levels; /* n 0: a number */
} ms_covariate;

struct ms_harmonizer {
    char *batch_column;
    ms_text_levels batches;
    ms_covariate *covariates;
    size_t n_covariates;
    char **features; /* [combat.p] */
    ms_combat combat;
};

/* Columns of the design. */
size_t ms_covariate_width(const ms_covariate *covariate);

#endif
