/* cli/prediction_cli.h: what auc, brier and calibrate share: where predictions come from. */
#ifndef MS_CLI_PREDICTION_CLI_H
#define MS_CLI_PREDICTION_CLI_H

#include "cli/cli.h"
#include "myosurv/survival_prediction.h"

/* clang-format off */
#define MS_PREDICTION_OPTIONS \
    {"time", 't', "COL", "end of follow-up, a number >= 0", true, false}, \
    {"event", 'e', "COL[=VALUE]", "1 event, 0 censored; with =VALUE that value is the event", true, false}, \
    {"competing", 0, "VALUES", "values of the event column that are competing events, with commas", false, false}, \
    {"risk", 'r', "COL[,COL2]", "a score: higher means an earlier event (log hazard ratio)", false, false}, \
    {"survival", 's', "NAMES", "columns of survival at times, as 'survival_*' (a second model after a comma)", false, false}, \
    {"event-risk", 0, "NAMES", "columns of the event's probability by times, as 'risk_*'", false, false}, \
    {"times", 'T', "T1,T2", "the times to judge; with columns at times, all of theirs when not given", false, false}
/* clang-format on */

/* Predictions of one or several models for the same patients. */
typedef struct ms_cli_predictions {
    ms_prediction_frame frame;
    size_t n_models, n_times;
    char **names;         /* [n_models] */
    double *times;        /* [n_times] ascending */
    const double **score; /* [n_models] a score[n] each; NULL where the predictions are at times */
    double **risk; /* [n_models] event probabilities [n_times * n]; NULL for scores, unless asked for */
} ms_cli_predictions;
/* Reads the table of the first operand. `probabilities`: scores are turned into event probabilities by the
 * baseline hazard that fits the table, with a note in the log. */
MS_NODISCARD ms_status ms_cli_read_predictions(const ms_args *args, bool probabilities,
                                               ms_cli_predictions *out, ms_error *err);
void ms_cli_predictions_clear(ms_cli_predictions *predictions);
/* --convention among the first n of riskregression, sksurv, timeroc. */
MS_NODISCARD ms_status ms_cli_convention(const ms_args *args, size_t n, ms_prediction_convention *convention,
                                         ms_error *err);

#endif
