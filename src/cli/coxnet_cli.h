/* cli/coxnet_cli.h: what `coxnet` reads from its table and its files. */
#ifndef MS_CLI_COXNET_CLI_H
#define MS_CLI_COXNET_CLI_H

#include "cli/cli.h"
#include "myosurv/survival_net.h"

/* The rows that have all the values, as the fit takes them. */
typedef struct ms_coxnet_input {
    ms_surv_frame frame; /* its `risk` is the offset, its `group` the folds */
    double *x;           /* [n * p] */
    double *factor;      /* [p] penalty factors, or NULL */
    double *lambda;      /* [n_lambda] of --lambda, or NULL */
    size_t n_lambda;
    char **names; /* [p] */
    size_t n_dropped;
    ms_surv data;
    ms_design design;
} ms_coxnet_input;

MS_NODISCARD ms_status ms_cli_coxnet_read(const ms_args *args, ms_coxnet_input *out, ms_error *err);
void ms_cli_coxnet_clear(ms_coxnet_input *input);
/* Another table with the column `risk` added: the linear predictor x beta, empty where a value that it needs
 * is missing. */
MS_NODISCARD ms_status ms_cli_coxnet_predict(const ms_coxnet *net, const double *beta, const char *path,
                                             const char *output, ms_error *err);

#endif
