/* A Cox model of a sample of the rows. */
#include "survival/cox_sample.h"

#include "survival/cox.h"

#include <stdlib.h>
#include <string.h>

void ms_cox_sample_clear(ms_cox_sample *s) {
    free(s->memory);
    free(s->event);
    free(s->stratum);
}

ms_status ms_cox_sample_gather(const ms_surv *data, const ms_design *design, const ms_resample *drawn,
                               ms_cox_sample *to, ms_error *err) {
    size_t n = drawn->n, p = design->p;
    to->memory = ms_calloc(n, (2 + p) * sizeof *to->memory);
    to->event = ms_calloc(n, 1);
    to->stratum = ms_calloc(n, sizeof *to->stratum);
    if (!to->memory || !to->event || !to->stratum) return ms_error_nomem(err);
    double *time = to->memory, *offset = time + n, *x = offset + n;
    for (size_t i = 0; i < n; i++) {
        size_t row = drawn->rows[i];
        time[i] = data->time[row];
        to->event[i] = data->event[row];
        to->stratum[i] = data->stratum ? data->stratum[row] : 0;
        offset[i] = design->offset ? design->offset[row] : 0;
        memcpy(x + i * p, design->x + row * p, p * sizeof *x);
    }
    to->data = *data;
    to->data.n = n;
    to->data.time = time;
    to->data.event = to->event;
    to->data.stratum = data->stratum ? to->stratum : NULL;
    to->design = *design;
    to->design.x = x;
    to->design.offset = design->offset ? offset : NULL;
    to->design.cluster = NULL;
    return MS_OK;
}

ms_status ms_cox_sample_fit(const ms_surv *data, const ms_design *design, const ms_cox_options *options,
                            double *coef, double loglik[2], ms_error *err) {
    ms_sorted sorted = {0};
    ms_cox_problem problem = {0};
    ms_cox_solution s = {0};
    ms_status status = ms_sorted_make(data, &sorted, err);
    if (status || (status = ms_sorted_need_event(&sorted, err)) ||
        (status = ms_cox_problem_make(&sorted, design, options->ties, &problem, err)) ||
        (status = ms_cox_newton(&problem, options, &s, err)))
        goto cleanup;
    if (s.ran_out && options->iterations > 1)
        status = ms_error_set(err, MS_ENOCONV, "the Cox model did not converge");
    for (size_t j = 0; j < design->p && !status; j++) {
        if (s.factor[j * design->p + j] == 0)
            status = ms_error_set(err, MS_ENOCONV, "column %zu is a combination of those before it", j + 1);
        coef[j] = s.beta[j] * problem.scale[j];
    }
    loglik[0] = s.loglik[0];
    loglik[1] = s.loglik[1] + ms_cox_penalty(&problem, s.beta);
cleanup:
    ms_cox_solution_clear(&s);
    ms_cox_problem_clear(&problem);
    ms_sorted_clear(&sorted);
    return status;
}
