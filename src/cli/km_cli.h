/* cli/km_cli.h: between the files of the `km` command: what was asked for, what came out, the figure. */
#ifndef MS_CLI_KM_CLI_H
#define MS_CLI_KM_CLI_H

#include "cli/cli.h"
#include "cli/figure_cli.h"
#include "myosurv/survival_curves.h"

typedef struct ms_km_request {
    ms_km_options km;
    ms_km_types types;
    double rho;
    double *at, *quantiles, *scores;
    size_t n_at, n_quantiles, n_scores;
    bool permutation, compare_rmean, trend, pairwise, band, one_sample, landmark, reset;
    ms_score_ties ties;
    ms_p_adjust adjust;
    ms_band_type band_type;
    ms_conf_type band_transform;
    double rate, landmark_time;
} ms_km_request;
MS_NODISCARD ms_status ms_cli_km_read(const ms_args *args, ms_km_request *request, ms_error *err);
void ms_cli_km_request_clear(ms_km_request *request);

typedef struct ms_km_result {
    ms_surv_frame frame;
    ms_km km;
    char **names; /* [km.n_groups] "sex=1", or "all" */
    ms_logrank logrank;
    bool tested;
    ms_weighted_test *tests;
    size_t n_tests;
    ms_trend trend;
    ms_permutation permutation;
    ms_pairwise pairwise;
    ms_rmst rmst;
    ms_km_band *bands; /* [km.n_groups] */
    ms_one_sample one_sample;
    size_t n_before_landmark;
} ms_km_result;
MS_NODISCARD ms_status ms_cli_km_compute(const ms_args *args, const ms_km_request *request,
                                         ms_km_result *result, ms_error *err);
/* A view of both for printing. */
ms_km_report ms_cli_km_report(const ms_args *args, const ms_km_request *request, const ms_km_result *result);
void ms_cli_km_clear(ms_km_result *result);

/* Draws the curves to a file as the --figure options ask. */
MS_NODISCARD ms_status ms_cli_km_draw(const ms_args *args, const ms_km_request *request,
                                      const ms_km_result *result, const ms_plot_style *style,
                                      const char *path, ms_error *err);

/* `km --interval LEFT,RIGHT`: the whole command for interval-censored data. */
MS_NODISCARD ms_status ms_cli_km_interval(const ms_args *args, const ms_plot_style *style, ms_error *err);

#endif
