/* `km --interval LEFT,RIGHT`: Turnbull's curves of interval-censored data. */
#include "cli/km_cli.h"

#include "cli/list_cli.h"
#include "cli/survival_cli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct request {
    char *left, *right;
    ms_conf_type conf_type;
    double conf_level;
} request;

static ms_status read_request(const ms_args *args, request *r, ms_error *err) {
    static const char *const types[] = {"log", "log-log", "plain", "logit", "arcsin"};
    static const char *const others[] = {"time",     "event", "strata",    "entry",      "cluster",
                                         "test",     "trend", "pairwise",  "one-sample", "expected",
                                         "landmark", "band",  "quantiles", "at"};
    const char *text = ms_args_text(args, "interval"), *comma = strchr(text, ',');
    size_t type = MS_CONF_LOG;
    for (size_t i = 0; i < MS_COUNT(others); i++)
        if (ms_args_text(args, others[i]))
            return ms_error_set(err, MS_EUSAGE, "--interval and --%s do not go together", others[i]);
    if (!comma || comma == text || !comma[1])
        return ms_error_set(err, MS_EUSAGE, "--interval: '%s' is not LEFT,RIGHT, two columns", text);
    r->left = ms_strdup(text);
    r->right = ms_strdup(comma + 1);
    if (!r->left || !r->right) return ms_error_nomem(err);
    r->left[comma - text] = '\0';
    r->conf_level = 0.95;
    ms_status status = ms_args_choice(args, "conf-type", types, MS_COUNT(types), &type, err);
    r->conf_type = (ms_conf_type)type;
    return status == MS_OK ? ms_cli_conf_level(args, &r->conf_level, err) : status;
}

/* The rows of one group, or all. */
static ms_status fit_group(const ms_interval_frame *f, size_t group, const request *r, ms_turnbull *out,
                           ms_error *err) {
    double *rows = ms_calloc(3 * f->n, sizeof *rows), *left = rows, *right = rows + f->n,
           *weight = rows + 2 * f->n;
    size_t n = 0;
    if (!rows) return ms_error_nomem(err);
    for (size_t i = 0; i < f->n; i++) {
        if (f->group.codes && f->group.codes[i] != group) continue;
        left[n] = f->left[i];
        right[n] = f->right[i];
        weight[n++] = f->weight ? f->weight[i] : 1;
    }
    ms_status status =
        ms_turnbull_fit(left, right, f->weight ? weight : NULL, n, r->conf_type, r->conf_level, out, err);
    free(rows);
    return status;
}

/* As step curves that fall at the end of each interval. */
static ms_status draw(const ms_args *args, const ms_turnbull *fits, size_t n, char *const *names,
                      const ms_plot_style *style, const char *path, ms_error *err) {
    ms_plot_curve *curves = ms_calloc(n, sizeof *curves);
    ms_plot_km_options look;
    if (!curves) return ms_error_nomem(err);
    ms_plot_km_options_default(&look);
    look.risk_table = false; /* nobody is known to be at risk between two visits */
    look.style = style;
    look.x_label = ms_args_text(args, "figure-x-label");
    look.y_label = ms_args_text(args, "figure-y-label");
    look.percent = ms_args_flag(args, "figure-percent");
    look.bands = !ms_args_flag(args, "figure-no-intervals");
    for (size_t g = 0; g < n; g++) {
        size_t m = fits[g].n_intervals;
        while (m > 0 && !isfinite(fits[g].to[m - 1])) m--;
        curves[g] = (ms_plot_curve){.name = names[g],
                                    .n = m,
                                    .time = fits[g].to,
                                    .surv = fits[g].surv,
                                    .lower = fits[g].lower,
                                    .upper = fits[g].upper,
                                    .median = NAN};
    }
    ms_status status = ms_plot_km(curves, n, &look, path, err);
    free(curves);
    return status;
}

ms_status ms_cli_km_interval(const ms_args *args, const ms_plot_style *style, ms_error *err) {
    request r = {0};
    ms_table *table = NULL;
    ms_interval_frame f = {0};
    ms_turnbull *fits = NULL;
    char **names = NULL, *text = NULL;
    size_t n = 0;
    const char *figure = ms_cli_figure(args), *column = ms_args_text(args, "group");
    ms_status status = read_request(args, &r, err);
    if (status == MS_OK) status = ms_table_read(&table, ms_args_operand(args, 0), err);
    if (status == MS_OK)
        status =
            ms_interval_frame_read(table, r.left, r.right, column, ms_args_text(args, "weights"), &f, err);
    if (status != MS_OK) goto cleanup;
    n = f.group.codes ? f.group.n_levels : 1;
    fits = ms_calloc(n, sizeof *fits);
    status = fits ? ms_cli_group_names(column, &f.group, n, &names, err) : ms_error_nomem(err);
    for (size_t g = 0; g < n && status == MS_OK; g++) status = fit_group(&f, g, &r, &fits[g], err);
    if (status == MS_OK)
        status = ms_turnbull_report(fits, n, (const char *const *)names, f.n_dropped, r.conf_level,
                                    ms_args_flag(args, "json"), &text, err);
    if (status == MS_OK && figure) status = draw(args, fits, n, names, style, figure, err);
    if (status == MS_OK) status = ms_cli_print(text, err);
cleanup:
    for (size_t g = 0; g < n && fits; g++) ms_turnbull_clear(&fits[g]);
    free(fits);
    if (names) ms_names_free(names, n);
    free(text);
    free(r.left);
    free(r.right);
    ms_interval_frame_clear(&f);
    ms_table_free(table);
    return status;
}
