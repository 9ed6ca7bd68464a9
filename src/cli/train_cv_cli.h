/* cli/train_cv_cli.h: train --cv, nested cross-validation before the final model. */
#ifndef MS_CLI_TRAIN_CV_CLI_H
#define MS_CLI_TRAIN_CV_CLI_H

#include "cli/cli.h"
#include "myosurv/model.h"

/* clang-format off */
#define MS_TRAIN_CV_OPTIONS \
    {"cv", 0, "K[xR]", "first judge the whole procedure by K-fold cross-validation, R times over", false, false}, \
    {"cv-at", 0, "T1,T2", "with --cv also AUC, Brier score and all that depends on a time, at these", false, false}, \
    {"cv-out", 0, "FILE.csv", "with --cv write the out-of-fold predictions", false, false}, \
    {"cv-json", 0, "FILE.json", "with --cv write its results with 17 digits", false, false}, \
    {"clinical", 0, "COLS", "with --cv also a plain Cox model of these columns", false, false}, \
    {"no-rivals", 0, NULL, "with --cv leave out PCA + Cox and elastic net Cox", false, false}, \
    {"tune", 0, "N", "with --cv search settings by N trials inside each training part", false, false}, \
    {"permute", 0, "N", "with --cv the same with permuted outcomes N times: C should be about 0.5", false, false}
/* clang-format on */

/* Does what these options ask for and prints it; nothing without --cv. MS_EUSAGE for the others without --cv.
 */
MS_NODISCARD ms_status ms_cli_train_cv(const ms_args *args, const ms_table *table,
                                       const ms_train_config *config, ms_error *err);

#endif
