/* study/segmenter_train.c: from a table of contoured slices to a network, and a network for ms_segment. */
#include "study/segmenter.h"

#include <stdlib.h>
#include <string.h>

static ms_status load_slices(const ms_contour_list *list, ms_segnet_slice **slices, ms_error *err) {
    ms_progress *bar = ms_progress_start("reading", list->n);
    ms_status status = MS_OK;
    for (size_t i = 0; i < list->n && status == MS_OK; i++) {
        ms_contoured c = {0};
        status = ms_contour_load(list, i, &c, err);
        if (status == MS_OK)
            status = ms_segnet_slice_make(&c.volume, c.k, c.centre_mm, c.labels, list->rows[i].weight,
                                          &slices[i], err);
        ms_contoured_clear(&c);
        if (status == MS_OK) status = ms_stop_check(err);
        ms_progress_step(bar, 1);
    }
    ms_progress_end(bar);
    return status;
}

ms_status ms_study_segmenter_train(const char *list_path, const char *root, const char *leave_out,
                                   const ms_segnet_training *training, ms_segnet_on_step on_step,
                                   void *context, const char *path, ms_error *err) {
    ms_contour_list list = {0};
    ms_status status = ms_contour_list_read(list_path, root, leave_out, NULL, &list, err);
    if (status != MS_OK) return status;
    ms_segnet_slice **slices = ms_calloc(list.n, sizeof *slices);
    status = slices ? load_slices(&list, slices, err) : ms_error_nomem(err);
    if (status == MS_OK) status = ms_segnet_train(slices, list.n, training, on_step, context, path, err);
    for (size_t i = 0; slices && i < list.n; i++) ms_segnet_slice_free(slices[i]);
    free(slices);
    ms_contour_list_clear(&list);
    return status;
}

/* ---- asking ----------------------------------------------------------------------------------------- */

struct ms_study_network {
    ms_segnet *net;
    char *name;
    ms_muscle_network callback;
};

static ms_status predict(void *context, const ms_volume *volume, size_t k, const double centre_mm[2],
                         float *probability, ms_error *err) {
    return ms_segnet_predict(context, volume, k, centre_mm, probability, err);
}

ms_status ms_study_network_open(const char *path, const char *device, ms_study_network **network,
                                ms_error *err) {
    ms_study_network *n = ms_calloc(1, sizeof *n);
    if (!n) return ms_error_nomem(err);
    char *shipped = NULL;
    ms_status status = path ? MS_OK : ms_data_path("segmenter.pt", &shipped, err);
    if (status == MS_OK && !path) path = shipped;
    if (status == MS_OK) status = ms_segnet_open(path, device, &n->net, err);
    if (status == MS_OK && !(n->name = ms_strdup(ms_path_base(path)))) status = ms_error_nomem(err);
    free(shipped);
    if (status != MS_OK) {
        ms_study_network_free(n);
        return status;
    }
    n->callback = (ms_muscle_network){predict, n->net, n->name, ms_segnet_sha256(n->net)};
    *network = n;
    return MS_OK;
}

const ms_muscle_network *ms_study_network_callback(const ms_study_network *network) {
    return network ? &network->callback : NULL;
}

void ms_study_network_free(ms_study_network *network) {
    if (!network) return;
    ms_segnet_free(network->net);
    free(network->name);
    free(network);
}
