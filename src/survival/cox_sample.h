/* survival/cox_sample.h: a Cox model of some of the rows, without the reports of ms_cox_fit (hundreds of
 * samples would warn one by one). Shared by validate.c and bootstrap_survival.c. */
#ifndef MS_SURVIVAL_COX_SAMPLE_H
#define MS_SURVIVAL_COX_SAMPLE_H

#include "myosurv/survival_compare.h"
#include "survival/survival.h"

/* Rows with their predictors. */
typedef struct ms_cox_sample {
    ms_surv data;
    ms_design design;
    double *memory; /* time, offset, x */
    uint8_t *event;
    size_t *stratum;
} ms_cox_sample;
/* To be cleared also after a failure. */
MS_NODISCARD ms_status ms_cox_sample_gather(const ms_surv *data, const ms_design *design,
                                            const ms_resample *drawn, ms_cox_sample *to, ms_error *err);
void ms_cox_sample_clear(ms_cox_sample *sample);
/* coef[p]; MS_ENOCONV when a column is collinear here or the iterations run out, MS_EINPUT without events. */
MS_NODISCARD ms_status ms_cox_sample_fit(const ms_surv *data, const ms_design *design,
                                         const ms_cox_options *options, double *coef, double loglik[2],
                                         ms_error *err);

#endif
