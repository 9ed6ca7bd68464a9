/* survival/nomogram.h: between the nomogram*.c files. */
#ifndef MS_SURVIVAL_NOMOGRAM_H
#define MS_SURVIVAL_NOMOGRAM_H

#include "base/base.h"
#include "myosurv/survival_nomogram.h"

/* The values of a variable that its scale shows. */
typedef struct ms_nomogram_values {
    size_t n;
    char **texts;     /* [n] */
    size_t reference; /* where the others' scales hold it: any of them will do */
    double least, range;
} ms_nomogram_values;

typedef struct ms_nomogram_work {
    const ms_table *table;
    const char *formula;
    ms_model_frame frame;
    size_t *columns, n_columns; /* of the table: the variables */
    ms_nomogram_values *values; /* [n_columns] */
} ms_nomogram_work;
MS_NODISCARD ms_status ms_nomogram_values_make(ms_nomogram_work *work, ms_error *err);
void ms_nomogram_values_clear(ms_nomogram_work *work);

#endif
