/* study/select.h: between the select*.c files. */
#ifndef MS_STUDY_SELECT_H
#define MS_STUDY_SELECT_H

#include "myosurv/study_tables.h"
#include "study/table_parts.h"

/* The training rows' numbers. Ranks are of each column with its gaps filled by the median, from their mean
 * and of length 1, so that a product of two columns is Spearman's correlation. */
typedef struct ms_select_data {
    size_t n, p;
    double *x;      /* [p * n] column by column, gaps filled, in units of its SD from its mean */
    double *rank;   /* [p * n] */
    double *time;   /* [n], or NULL */
    uint8_t *event; /* [n] */
} ms_select_data;

static inline double ms_select_spearman(const ms_select_data *d, size_t f, size_t g) {
    double sum = 0;
    for (size_t i = 0; i < d->n; i++) sum += d->rank[f * d->n + i] * d->rank[g * d->n + i];
    return sum;
}

/* Each marks what it takes out in features[p].step; they look at those that are still chosen. */
MS_NODISCARD ms_status ms_select_icc(const ms_select_options *options, ms_selection *selection,
                                     ms_error *err);
MS_NODISCARD ms_status ms_select_correlation(const ms_select_data *data, const ms_select_options *options,
                                             ms_selection *selection, ms_error *err);
MS_NODISCARD ms_status ms_select_cox(const ms_select_data *data, const ms_select_options *options,
                                     ms_selection *selection, ms_error *err);
MS_NODISCARD ms_status ms_select_net(const ms_select_data *data, const ms_select_options *options,
                                     ms_selection *selection, ms_error *err);
MS_NODISCARD ms_status ms_select_mrmr(const ms_select_data *data, const ms_select_options *options,
                                      ms_selection *selection, ms_error *err);

#endif
