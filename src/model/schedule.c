/* Learning rates: see ms_schedule in myosurv/model.h. */
#include "model/batch.h"

#include <math.h>

void ms_rate_start(ms_rate *rate) {
    *rate = (ms_rate){.factor = 1, .best = INFINITY};
}

static double share_of(const ms_rate *rate, const ms_fit_config *config, size_t epoch) {
    const double e = (double)epoch;
    switch (config->schedule) {
    case MS_LR_STEP:
        return pow(config->lr_decay, floor(e / (double)config->lr_step));
    case MS_LR_COSINE:
        return 0.5 * (1 + cos(M_PI * e / (double)config->epochs));
    case MS_LR_PLATEAU:
        return rate->factor;
    case MS_LR_INVERSE:
        return 1 / (1 + config->lr_decay * e);
    default:
        return pow(config->lr_decay, e);
    }
}

double ms_rate_of(const ms_rate *rate, const ms_fit_config *config, size_t epoch) {
    double share = fmax(config->lr_floor, share_of(rate, config, epoch));
    if (epoch < config->warmup) share *= (double)(epoch + 1) / (double)config->warmup;
    return config->learning_rate * share;
}

void ms_rate_tell(ms_rate *rate, const ms_fit_config *config, double loss) {
    if (loss < rate->best) {
        rate->best = loss;
        rate->waited = 0;
    } else if (++rate->waited >= config->lr_step) {
        rate->factor *= config->lr_decay;
        rate->waited = 0;
    }
}
