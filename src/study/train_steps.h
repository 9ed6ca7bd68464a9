/* study/train_steps.h: between the train_steps*.c files. */
#ifndef MS_STUDY_TRAIN_STEPS_H
#define MS_STUDY_TRAIN_STEPS_H

#include "myosurv/study_train.h"
#include "study/table_parts.h"

/* What a training learns before the network. */
typedef struct ms_prepare {
    const ms_train_steps *steps;
    const char *columns; /* the inputs asked for, or NULL */
    uint64_t seed;
    ms_harmonizer *harmonizer;
    const char **batches; /* the harmonizer's names */
    size_t n_batches, p, n_harmonized;
    double *centre, *divisor, *target; /* [n_batches * p] */
    char *selection_json, *harmonization_json;
} ms_prepare;

/* train_steps_select.c: clears inputs->keep where a column is not chosen, and writes the record. */
MS_NODISCARD ms_status ms_prepare_select(ms_prepare *prepare, const ms_train_inputs *inputs, ms_error *err);
/* train_steps_record.c: the harmonization's record. */
MS_NODISCARD ms_status ms_prepare_record(ms_prepare *prepare, ms_error *err);
/* The record of a selection; `file` NULL: learned here. */
MS_NODISCARD ms_status ms_prepare_selection_record(const ms_selection *selection, const char *file,
                                                   size_t n_before, size_t n_after, char **json,
                                                   ms_error *err);

#endif
