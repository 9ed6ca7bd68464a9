/* How sure a prediction is: spread over the ensemble, or Monte-Carlo dropout. See myosurv/model_steps.h. */
#include "model/predict.h"

#include <math.h>

enum { FEWEST_DRAWS = 20, MOST_DRAWS = 10000 };

void ms_interval_options_default(ms_interval_options *options) {
    *options = (ms_interval_options){.level = 0.95, .method = MS_INTERVAL_ENSEMBLE, .draws = 200, .seed = 1};
}

/* ---- the ensemble ------------------------------------------------------------------------------------ */

typedef struct spread {
    const ms_model *model;
    size_t parts;  /* that the rows were dealt into; 0: none were held back */
    double factor; /* half width over the root of the sum of squares */
    double *lower, *upper;
} spread;

static bool all_there(const double *values, size_t n) {
    double sum = 0;
    for (size_t k = 0; k < n; k++) sum += values[k];
    return isfinite(sum);
}

/* Squares about the mean of each round of members, each round having held back every part once. */
static double squares_of(const spread *s, const double *out) {
    const size_t members = s->model->n_members, round = s->parts ? s->parts : members;
    double squares = 0;
    for (size_t from = 0; from < members; from += round) {
        const size_t end = from + round < members ? from + round : members;
        double mean = 0;
        for (size_t k = from; k < end; k++) mean += out[k * MS_CHUNK] / (double)(end - from);
        for (size_t k = from; k < end; k++) {
            const double d = out[k * MS_CHUNK] - mean;
            squares += d * d;
        }
    }
    return squares;
}

static ms_status take_spread(void *context, size_t first, size_t n, const double *out, ms_error *err) {
    const spread *s = context;
    const ms_model *model = s->model;
    for (size_t i = 0; i < n; i++) {
        double sum = 0;
        for (size_t k = 0; k < model->n_members; k++) sum += out[k * MS_CHUNK + i];
        const double risk = sum * model->shrinkage / (double)model->n_members;
        const double half = s->factor * model->shrinkage * sqrt(squares_of(s, out + i));
        const double bounds[] = {risk - half, risk + half};
        if (!all_there(bounds, 2))
            return ms_error_set(err, MS_EINPUT, "row %zu: the risk is not a finite number", first + i + 1);
        s->lower[first + i] = bounds[0];
        s->upper[first + i] = bounds[1];
    }
    return MS_OK;
}

static ms_status ensemble_interval(const ms_patients *patients, const ms_interval_options *options,
                                   double *lower, double *upper, ms_error *err) {
    const ms_model *model = patients->model;
    const size_t members = model->n_members;
    spread s = {.model = model, .lower = lower, .upper = upper};
    s.parts = ms_split_parts(&model->config, model->info.events);
    const size_t round = s.parts && s.parts < members ? s.parts : members;
    const size_t freedom = members - (members + round - 1) / round;
    if (members < 2 || freedom < 1)
        return ms_error_set(err, MS_EUSAGE,
                            "an interval from the ensemble needs two networks or more; train with more "
                            "`members`, or take the interval from dropout");
    const double parts = (double)s.parts,
                 t = ms_student_quantile(0.5 + options->level / 2, (double)(round - 1));
    /* With the members' mean square m: (G - 1)^2 / G m, the jackknife's, or m / K for the mean of K. */
    const double scale = s.parts ? (parts - 1) * (parts - 1) / parts : 1 / (double)members;
    s.factor = t * sqrt(scale / (double)freedom);
    ms_pass *passes = NULL;
    ms_status status = ms_member_passes(model, &passes, err);
    if (status == MS_OK) status = ms_patients_run(patients, passes, members, take_spread, &s, err);
    free(passes);
    return status;
}

/* ---- dropout ----------------------------------------------------------------------------------------- */

typedef struct draws {
    const ms_model *model;
    size_t n;
    double tail; /* probability below the lower bound */
    double *lower, *upper;
} draws;

static int ascending(const void *a, const void *b) {
    const double p = *(const double *)a, q = *(const double *)b;
    return p < q ? -1 : p > q;
}

/* R's type 7. */
static double quantile(const double *sorted, size_t n, double q) {
    const double at = q * (double)(n - 1);
    const size_t i = (size_t)floor(at);
    if (i + 1 >= n) return sorted[n - 1];
    return sorted[i] + (at - (double)i) * (sorted[i + 1] - sorted[i]);
}

static ms_status take_draws(void *context, size_t first, size_t n, const double *out, ms_error *err) {
    const draws *d = context;
    double *values = ms_calloc(d->n, sizeof *values);
    if (!values) return ms_error_nomem(err);
    ms_status status = MS_OK;
    for (size_t i = 0; status == MS_OK && i < n; i++) {
        for (size_t k = 0; k < d->n; k++) values[k] = d->model->shrinkage * out[k * MS_CHUNK + i];
        if (!all_there(values, d->n)) {
            status = ms_error_set(err, MS_EINPUT, "row %zu: the risk is not a finite number", first + i + 1);
            break;
        }
        qsort(values, d->n, sizeof *values, ascending);
        d->lower[first + i] = quantile(values, d->n, d->tail);
        d->upper[first + i] = quantile(values, d->n, 1 - d->tail);
    }
    free(values);
    return status;
}

static size_t hidden_units(const ms_net *net) {
    size_t n = 0;
    for (size_t layer = 1; layer < net->n_layers; layer++) n += net->sizes[layer];
    return n;
}

/* Draw d is member d mod K with its own choice of neurons; the choice depends on the seed and d alone. */
static ms_status draw_factors(const ms_model *model, const ms_interval_options *options, double *factors,
                              ms_pass *passes, ms_error *err) {
    const double dropout = model->config.network.dropout, keep = 1 / (1 - dropout);
    const size_t units = hidden_units(&model->members[0]);
    for (size_t d = 0; d < options->draws; d++) {
        char stream[64];
        (void)ms_text_format(stream, sizeof stream, "interval draw %zu", d);
        ms_random *random = ms_random_new(options->seed, stream);
        if (!random) return ms_error_nomem(err);
        for (size_t k = 0; k < units; k++)
            factors[d * units + k] = ms_random_uniform(random) < dropout ? 0 : keep;
        ms_random_free(random);
        const size_t member = d % model->n_members;
        passes[d] = (ms_pass){&model->members[member], factors + d * units, model->member_centre[member]};
    }
    return MS_OK;
}

static ms_status dropout_interval(const ms_patients *patients, const ms_interval_options *options,
                                  double *lower, double *upper, ms_error *err) {
    const ms_model *model = patients->model;
    const size_t units = hidden_units(&model->members[0]);
    if (!(model->config.network.dropout > 0) || units == 0)
        return ms_error_set(err, MS_EUSAGE,
                            "the model's networks were trained without dropout: an interval cannot come from "
                            "it; take the ensemble's, or train with network.dropout above 0");
    if (options->draws < FEWEST_DRAWS || options->draws > MOST_DRAWS)
        return ms_error_set(err, MS_EUSAGE, "an interval by dropout takes %d to %d draws, not %zu",
                            FEWEST_DRAWS, MOST_DRAWS, options->draws);
    draws d = {model, options->draws, (1 - options->level) / 2, lower, upper};
    double *factors = ms_calloc(options->draws * units, sizeof *factors);
    ms_pass *passes = ms_calloc(options->draws, sizeof *passes);
    ms_status status = factors && passes ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) status = draw_factors(model, options, factors, passes, err);
    if (status == MS_OK) status = ms_patients_run(patients, passes, options->draws, take_draws, &d, err);
    free(factors);
    free(passes);
    return status;
}

/* ---- both -------------------------------------------------------------------------------------------- */

ms_status ms_patients_interval(const ms_patients *patients, const ms_interval_options *options, double *lower,
                               double *upper, ms_error *err) {
    if (!(options->level > 0 && options->level < 1))
        return ms_error_set(err, MS_EUSAGE, "the level of an interval is between 0 and 1, e.g. 0.95, not %g",
                            options->level);
    return options->method == MS_INTERVAL_DROPOUT ? dropout_interval(patients, options, lower, upper, err)
                                                  : ensemble_interval(patients, options, lower, upper, err);
}

ms_status ms_model_interval(const ms_model *model, const double *x, size_t n, size_t p,
                            const ms_interval_options *options, double *lower, double *upper, ms_error *err) {
    const ms_patients patients = {.model = model, .n = n, .x = x};
    if (p != model->prep.n_features)
        return ms_error_set(err, MS_EUSAGE, "the model needs %zu inputs, not %zu", model->prep.n_features, p);
    return ms_patients_interval(&patients, options, lower, upper, err);
}

/* One bound of exp(-H0 exp(risk)): `width` is the risk's half width to that side, `side` -1 or 1. */
static double survival_bound(double log_hazard, double risk, double width, double z_error, double side) {
    return exp(-exp(log_hazard + risk + side * sqrt(width * width + z_error * z_error)));
}

ms_status ms_model_survival_interval(const ms_model *model, const double *risk, const double *risk_lower,
                                     const double *risk_upper, size_t n, const double *times, size_t n_times,
                                     double level, double *lower, double *upper, ms_error *err) {
    if (!(level > 0 && level < 1))
        return ms_error_set(err, MS_EUSAGE, "the level of an interval is between 0 and 1, not %g", level);
    const double z = ms_student_quantile(0.5 + level / 2, INFINITY);
    for (size_t k = 0; k < n_times; k++) {
        const size_t step = ms_baseline_step(model, times[k]);
        const bool none = step >= model->n_baseline, unknown = !(times[k] <= model->last_time);
        const double hazard = none ? 0 : model->baseline_hazard[step];
        const double error =
            hazard > 0 && model->baseline_variance ? sqrt(model->baseline_variance[step]) / hazard : 0;
        for (size_t i = 0; i < n; i++) {
            double *low = &lower[i * n_times + k], *high = &upper[i * n_times + k];
            *low = *high = unknown ? (double)NAN : 1;
            if (unknown || !(hazard > 0)) continue;
            *low = survival_bound(log(hazard), risk[i], risk_upper[i] - risk[i], z * error, 1);
            *high = survival_bound(log(hazard), risk[i], risk[i] - risk_lower[i], z * error, -1);
        }
    }
    return MS_OK;
}
