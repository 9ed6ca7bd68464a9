/* The course of training: mean loss over the networks of the ensemble, epoch by epoch. */
#include "study/study.h"

#include "myosurv/plot.h"

#include <math.h>
#include <stdlib.h>

static size_t last_epoch(const ms_epoch *epochs, size_t n) {
    size_t last = 0;
    for (size_t i = 0; i < n; i++) {
        if (!epochs[i].autoencoder && epochs[i].epoch > last) last = epochs[i].epoch;
    }
    return last;
}

/* Means over the members still training in an epoch; NaN where none has the number. */
static void mean_losses(const ms_epoch *epochs, size_t n, size_t n_epochs, double *train, double *valid,
                        double *count) {
    for (size_t i = 0; i < n; i++) {
        size_t at = epochs[i].epoch - 1;
        if (epochs[i].autoencoder || at >= n_epochs) continue;
        train[at] += epochs[i].train_loss;
        valid[at] += epochs[i].valid_loss;
        count[at]++;
    }
    for (size_t e = 0; e < n_epochs; e++) {
        train[e] = count[e] > 0 ? train[e] / count[e] : (double)NAN;
        valid[e] = count[e] > 0 ? valid[e] / count[e] : (double)NAN;
    }
}

ms_status ms_study_training_figure(const ms_study *study, const ms_model *model, const ms_endpoint *endpoint,
                                   ms_error *err) {
    const ms_epoch *epochs;
    size_t n;
    ms_model_history(model, &epochs, &n);
    size_t n_epochs = last_epoch(epochs, n);
    if (n_epochs == 0) return MS_OK;
    double *block = ms_calloc(4 * n_epochs, sizeof *block);
    char name[128], title[160], *path = NULL;
    (void)ms_text_format(name, sizeof name, "figures/training_%s.svg", endpoint->name);
    (void)ms_text_format(title, sizeof title, "%s: training", endpoint->label);
    ms_status status = block && (path = ms_study_path(study, name)) ? MS_OK : ms_error_nomem(err);
    if (status == MS_OK) {
        double *x = block, *train = block + n_epochs, *valid = block + 2 * n_epochs,
               *count = block + 3 * n_epochs;
        for (size_t e = 0; e < n_epochs; e++) x[e] = (double)(e + 1);
        mean_losses(epochs, n, n_epochs, train, valid, count);
        const ms_plot_line lines[] = {{"training", n_epochs, x, train}, {"validation", n_epochs, x, valid}};
        status =
            ms_plot_lines(lines, MS_COUNT(lines), title, "Epoch", "Loss (mean over networks)", path, err);
    }
    free(path);
    free(block);
    return status;
}
