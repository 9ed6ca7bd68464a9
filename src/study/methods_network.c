/* Methods: the networks, as their model files say. */
#include "study/methods.h"

#include "model/file.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const cJSON *at(const cJSON *object, const char *key) {
    return object ? cJSON_GetObjectItemCaseSensitive(object, key) : NULL;
}

static double number_at(const cJSON *object, const char *key) {
    const cJSON *item = at(object, key);
    return cJSON_IsNumber(item) ? item->valuedouble : (double)NAN;
}

static const char *text_at(const cJSON *object, const char *key) {
    const char *text = cJSON_GetStringValue(at(object, key));
    return text ? text : "";
}

/* "2518-26" */
static void add_sizes(ms_methods *m, const cJSON *net) {
    const cJSON *sizes = at(net, "sizes"), *item = NULL;
    cJSON_ArrayForEach(item, sizes)
        ms_buffer_printf(&m->text, "%s%g", item == sizes->child ? "" : "-", item->valuedouble);
}

static void add_fitting(ms_methods *m, const cJSON *s) {
    ms_buffer_printf(&m->text, "%s, learning rate %g, at most %g epochs", text_at(s, "optimizer"),
                     number_at(s, "learning_rate"), number_at(s, "epochs"));
    if (number_at(s, "dropout") > 0) ms_buffer_printf(&m->text, ", dropout %.3g", number_at(s, "dropout"));
    if (number_at(s, "l1") > 0) ms_buffer_printf(&m->text, ", l1 %.3g", number_at(s, "l1"));
    if (number_at(s, "l2") > 0) ms_buffer_printf(&m->text, ", l2 %.3g", number_at(s, "l2"));
    if (number_at(s, "batch_size") > 0)
        ms_buffer_printf(&m->text, ", batches of %g", number_at(s, "batch_size"));
}

static void add_preparation(ms_methods *m, const cJSON *root, const ms_model_info *info) {
    const cJSON *prep = at(at(root, "settings"), "preprocessing");
    ms_buffer_printf(&m->text,
                     " Of %zu features %zu entered: constant ones and those missing in more than %g of the "
                     "training patients were left out; missing values became the training median; values "
                     "were centred and scaled by %s",
                     info->n_features, info->n_used, number_at(prep, "max_missing"),
                     strcmp(text_at(prep, "scaling"), "robust") == 0 ? "median and interquartile range"
                                                                     : "mean and standard deviation");
    if (number_at(prep, "clip") > 0) ms_buffer_printf(&m->text, " and cut at %g", number_at(prep, "clip"));
    ms_buffer_append(&m->text, ".");
    if (!at(root, "steps"))
        ms_buffer_append(&m->text, " Features were neither selected by the outcome nor harmonised between "
                                   "scanners.");
}

static void add_architecture(ms_methods *m, const cJSON *root, const ms_model_info *info) {
    const cJSON *settings = at(root, "settings"), *network = at(settings, "network");
    if (info->autoencoder) {
        ms_buffer_append(&m->text, " An autoencoder (neurons ");
        add_sizes(m, at(root, "encoder"));
        ms_buffer_append(&m->text, " and back; ");
        add_fitting(m, at(settings, "autoencoder"));
        ms_buffer_printf(&m->text, ") pressed them into %zu numbers without seeing the outcome.",
                         info->code_size);
    }
    ms_buffer_printf(&m->text, " The Cox network (neurons ");
    add_sizes(m, at(root, "network"));
    ms_buffer_printf(&m->text, "; %s; ", text_at(network, "activation"));
    add_fitting(m, network);
    ms_buffer_printf(&m->text, ") minimised the negative log partial likelihood (%s ties).",
                     text_at(settings, "ties"));
}

static void add_ensemble(ms_methods *m, const cJSON *root, const ms_model_info *info) {
    const double held = number_at(at(root, "settings"), "validation");
    ms_buffer_printf(&m->text, " The risk is the mean of %zu network%s", info->members,
                     info->members == 1 ? "" : "s");
    if (held > 0 && !isnan(info->valid_c))
        ms_buffer_printf(&m->text,
                         ", each stopped by the loss in the %g of the training patients it had not "
                         "trained on",
                         held);
    if (info->shrinkage < 1)
        ms_buffer_printf(&m->text, ", shrunk by the factor %.3f, the slope in patients held back",
                         info->shrinkage);
    ms_buffer_printf(
        &m->text,
        ". High risk is a risk above %.4f, the median of the training patients; probabilities come "
        "from Breslow's baseline hazard in them. Seed %llu.\n",
        info->cutpoint, (unsigned long long)info->seed);
}

static ms_status add_network(ms_methods *m, size_t e, ms_error *err) {
    const ms_endpoint *endpoint = &m->study->spec.endpoints[e];
    char name[64];
    ms_model *model = NULL;
    ms_model_info info;
    cJSON *root = NULL;
    if (!m->risks->trained[e]) {
        ms_buffer_printf(&m->text, "%s: no network was trained: %s.\n", endpoint->label,
                         m->risks->why_not[e][0] ? m->risks->why_not[e] : "see the log of the run");
        return MS_OK;
    }
    (void)ms_text_format(name, sizeof name, "model/%s.msm", endpoint->name);
    char *path = ms_study_path(m->study, name);
    ms_status status = path ? ms_model_load(&model, path, err) : ms_error_nomem(err);
    if (status == MS_OK) {
        root = cJSON_CreateObject();
        status = root ? ms_file_header(model, root, err) : ms_error_nomem(err);
    }
    if (status == MS_OK) {
        ms_model_get_info(model, &info);
        ms_buffer_printf(&m->text,
                         "%s: a deep Cox network was fitted to %zu training patients with %zu events.",
                         endpoint->label, info.n, info.events);
        add_preparation(m, root, &info);
        add_architecture(m, root, &info);
        add_ensemble(m, root, &info);
    }
    cJSON_Delete(root);
    ms_model_free(model);
    free(path);
    return status;
}

ms_status ms_methods_networks(ms_methods *m, ms_error *err) {
    ms_status status = MS_OK;
    ms_buffer_append(&m->text, "## Networks\n");
    for (size_t e = 0; e < m->study->spec.n_endpoints && status == MS_OK; e++)
        status = add_network(m, e, err);
    return status;
}
