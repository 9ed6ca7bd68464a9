/* survival/cox_terms.h: Cox models of some of a formula's terms, for choosing and testing them. */
#ifndef MS_SURVIVAL_COX_TERMS_H
#define MS_SURVIVAL_COX_TERMS_H

#include "myosurv/survival_cox.h"
#include "survival/formula.h"

/* A formula taken apart, with the rows that are complete for all of it. */
typedef struct ms_cox_terms {
    ms_node *root;
    ms_terms terms;
    size_t n, n_dropped;
    const ms_table *table; /* the complete rows: the caller's table when none was dropped */
    ms_table *own;         /* or this one */
    bool *fixed;           /* [terms.n_terms] strata, cluster, offset, ridge: in every model */
    const char *weights;
    bool no_timefix;
    ms_cox_options cox;
} ms_cox_terms;
/* `complete` false: the table stays as it is. */
MS_NODISCARD ms_status ms_cox_terms_read(const ms_table *table, const char *formula, bool complete,
                                         const ms_cox_step_options *options, ms_cox_terms *out,
                                         ms_error *err);
void ms_cox_terms_clear(ms_cox_terms *terms);
/* The formula of the terms for which in[] is true, and the fixed ones. To be freed; NULL when out of memory.
 */
char *ms_cox_terms_formula(const ms_cox_terms *terms, const bool *in) MS_NODISCARD;
char *ms_cox_terms_name(const ms_cox_terms *terms, size_t term) MS_NODISCARD;
/* Is every variable of term a in b too? */
bool ms_cox_terms_within(const ms_cox_terms *terms, size_t a, size_t b);
/* The model of these terms: log likelihood and number of coefficients. */
MS_NODISCARD ms_status ms_cox_terms_fit(const ms_cox_terms *terms, const bool *in, double *loglik,
                                        size_t *rank, ms_error *err);

#endif
