/* D-calibration (Haider, Hoehn, Davis & Greiner 2020): if the predicted survival curves are right, S_i(T_i)
 * is uniform over the patients. An event counts in the bin of S_i(T_i). Of a patient censored at c only
 * S_i(T)
 * <= S_i(c) is known: spread evenly over [0, S_i(c)], the part (S - low) / S falls in the bin of S = S_i(c)
 * and (1 / bins) / S in each below. Python: SurvivalEVAL's d_calibration. */
#include "survival/prediction.h"

#include <math.h>
#include <stdlib.h>

static size_t bin_of(double survival, size_t n_bins) {
    size_t bin = (size_t)(survival * (double)n_bins);
    return bin < n_bins ? bin : n_bins - 1;
}

/* What a censored patient gives to the bins below its own is summed up in below[own]. */
static void count(const ms_outcome *o, const double *survival, size_t n_bins, double *observed,
                  double *below) {
    double width = 1 / (double)n_bins;
    for (size_t i = 0; i < o->n; i++) {
        double s = survival[i];
        size_t bin = bin_of(s, n_bins);
        if (o->status[i] || s <= 0) {
            observed[bin] += 1;
            continue;
        }
        observed[bin] += (s - (double)bin * width) / s;
        below[bin] += width / s;
    }
    double sum = 0;
    for (size_t b = n_bins; b-- > 0;) {
        observed[b] += sum;
        sum += below[b];
    }
}

ms_status ms_dcalibration_test(const ms_outcome *outcome, const double *survival, size_t n_bins,
                               ms_dcalibration *out, ms_error *err) {
    ms_status status = ms_outcome_check(outcome, err);
    if (status) return status;
    if (n_bins < 2) return ms_error_set(err, MS_EUSAGE, "D-calibration needs at least 2 bins");
    for (size_t i = 0; i < outcome->n; i++) {
        if (outcome->status[i] == 2)
            return ms_error_set(err, MS_EUSAGE, "D-calibration does not know competing events");
        if (!(survival[i] >= 0 && survival[i] <= 1))
            return ms_error_set(err, MS_EINPUT, "row %zu: survival %g is not from 0 to 1", i + 1,
                                survival[i]);
    }
    ms_dcalibration d = {.n = outcome->n, .n_bins = n_bins, .df = n_bins - 1};
    double *below = ms_calloc(n_bins, sizeof *below);
    d.observed = ms_calloc(n_bins, sizeof *d.observed);
    if (!below || !d.observed) {
        free(below);
        free(d.observed);
        return ms_error_nomem(err);
    }
    count(outcome, survival, n_bins, d.observed, below);
    double expected = (double)outcome->n / (double)n_bins;
    for (size_t b = 0; b < n_bins; b++)
        d.chisq += (d.observed[b] - expected) * (d.observed[b] - expected) / expected;
    d.p = ms_chisq_upper(d.chisq, (double)d.df);
    free(below);
    *out = d;
    return MS_OK;
}

void ms_dcalibration_clear(ms_dcalibration *d) {
    MS_FREE(d->observed);
    d->n_bins = 0;
}
