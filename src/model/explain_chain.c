/* The whole way from scaled inputs to the risk, cut after the first layer: what happens there is linear in
 * the inputs, so that moving one input, or going along a line, costs the width of that layer and not the
 * number of inputs. */
#include "model/explain.h"

#include <string.h>

static const ms_net *front(const ms_head *head) {
    return head->encoder ? head->encoder : head->net;
}

size_t ms_head_width(const ms_head *head) {
    return front(head)->sizes[1];
}

/* code, its gradient, and the member's first sums with theirs lie behind what the two networks need. */
static size_t head_places(const ms_head *head) {
    const size_t code = head->encoder ? head->code_size : 0;
    return ms_net_tail_places(head->net) + (head->encoder ? ms_net_tail_places(head->encoder) : 0) +
           2 * code + 2 * head->net->sizes[1];
}

/* The transposed weights of a first layer beside those of the others. */
static void take_columns(ms_chain *chain, const ms_net *net, size_t offset) {
    const size_t n = net->sizes[1], p = chain->n_inputs;
    for (size_t unit = 0; unit < n; unit++) {
        for (size_t j = 0; j < p; j++)
            chain->columns[j * chain->width + offset + unit] = net->weights[unit * p + j];
        chain->constants[offset + unit] = net->weights[n * p + unit];
    }
}

ms_status ms_chain_init(ms_chain *chain, const ms_model *model, ms_error *err) {
    const size_t n = model->n_members;
    ms_chain made = {.model = model, .n_inputs = model->prep.n_used, .n_heads = n};
    made.heads = ms_calloc(n, sizeof *made.heads);
    made.offset = ms_calloc(n, sizeof *made.offset);
    if (!made.heads || !made.offset) {
        ms_chain_clear(&made);
        return ms_error_nomem(err);
    }
    for (size_t k = 0; k < n; k++) {
        made.heads[k] = (ms_head){.encoder = model->autoencoder ? &model->encoder : NULL,
                                  .code_centre = model->code_centre,
                                  .code_scale = model->code_scale,
                                  .code_size = model->code_size,
                                  .net = &model->members[k]};
        const bool shared = k > 0 && model->autoencoder;
        made.offset[k] = shared ? made.offset[k - 1] : made.width;
        if (!shared) made.width += ms_head_width(&made.heads[k]);
        if (head_places(&made.heads[k]) > made.places) made.places = head_places(&made.heads[k]);
    }
    made.columns = ms_calloc(made.n_inputs * made.width, sizeof *made.columns);
    made.constants = ms_calloc(made.width, sizeof *made.constants);
    if (!made.columns || !made.constants) {
        ms_chain_clear(&made);
        return ms_error_nomem(err);
    }
    for (size_t k = 0; k < n; k++)
        if (k == 0 || made.offset[k] != made.offset[k - 1])
            take_columns(&made, front(&made.heads[k]), made.offset[k]);
    *chain = made;
    return MS_OK;
}

void ms_chain_clear(ms_chain *chain) {
    free(chain->heads);
    free(chain->offset);
    free(chain->columns);
    free(chain->constants);
    *chain = (ms_chain){0};
}

void ms_chain_move(const ms_chain *chain, size_t j, double dz, double *sums) {
    const double *column = chain->columns + j * chain->width;
    for (size_t i = 0; i < chain->width; i++) sums[i] += dz * column[i];
}

void ms_chain_sums(const ms_chain *chain, const double *z, double *sums) {
    memcpy(sums, chain->constants, chain->width * sizeof *sums);
    for (size_t j = 0; j < chain->n_inputs; j++) ms_chain_move(chain, j, z[j], sums);
}

/* The member's first sums, behind its own place in work, from the code. */
static double finish_head(const ms_head *head, const double *code, double *work, double *sums) {
    ms_net_first_sums(head->net, code, sums);
    return *ms_net_tail(head->net, sums, work);
}

/* The scaled code; it lies behind the encoder's place in work. */
static double *encode(const ms_head *head, const double *sums, double *work) {
    double *code = work + ms_net_tail_places(head->encoder);
    const double *out = ms_net_tail(head->encoder, sums, work);
    for (size_t k = 0; k < head->code_size; k++)
        code[k] = (out[k] - head->code_centre[k]) / head->code_scale[k];
    return code;
}

double ms_head_value(const ms_head *head, const double *sums, double *work) {
    if (!head->encoder) return *ms_net_tail(head->net, sums, work);
    double *code = encode(head, sums, work), *own = code + 2 * head->code_size;
    return finish_head(head, code, own, own + ms_net_tail_places(head->net));
}

double ms_head_gradient(const ms_head *head, const double *sums, double *gradient, double *work) {
    const double one = 1, value = ms_head_value(head, sums, work);
    if (!head->encoder) {
        ms_net_tail_back(head->net, work, &one, gradient);
        return value;
    }
    double *code_gradient = work + ms_net_tail_places(head->encoder) + head->code_size;
    double *own = code_gradient + head->code_size,
           *own_gradient = own + ms_net_tail_places(head->net) + head->net->sizes[1];
    ms_net_tail_back(head->net, own, &one, own_gradient);
    ms_net_first_back(head->net, own_gradient, code_gradient);
    for (size_t k = 0; k < head->code_size; k++) code_gradient[k] /= head->code_scale[k];
    ms_net_tail_back(head->encoder, work, code_gradient, gradient);
    return value;
}

size_t ms_head_kink_values(const ms_head *head, const double *work, double *values) {
    size_t n = 0;
    if (head->encoder) {
        n = ms_net_kink_values(head->encoder, work, values);
        work += ms_net_tail_places(head->encoder) + 2 * head->code_size;
    }
    return n + ms_net_kink_values(head->net, work, values ? values + n : NULL);
}

double ms_chain_risk(const ms_chain *chain, const double *sums, double *work) {
    const ms_model *model = chain->model;
    const bool shared = chain->n_heads > 0 && chain->heads[0].encoder;
    const double *code = shared ? encode(&chain->heads[0], sums, work) : NULL;
    double sum = 0;
    for (size_t k = 0; k < chain->n_heads; k++) {
        const ms_head *head = &chain->heads[k];
        double *own = work;
        if (shared) own += ms_net_tail_places(head->encoder) + 2 * head->code_size;
        const double out = shared ? finish_head(head, code, own, own + ms_net_tail_places(head->net))
                                  : ms_head_value(head, sums + chain->offset[k], work);
        sum += out - model->member_centre[k];
    }
    return sum * (model->shrinkage / (double)chain->n_heads);
}

void ms_chain_back(const ms_chain *chain, const double *sums_gradient, double *z_gradient) {
    for (size_t j = 0; j < chain->n_inputs; j++) {
        const double *column = chain->columns + j * chain->width;
        double sum = 0;
        for (size_t i = 0; i < chain->width; i++) sum += sums_gradient[i] * column[i];
        z_gradient[j] = sum;
    }
}

void ms_chain_columns(const ms_chain *chain, size_t *column) {
    const ms_prep *prep = &chain->model->prep;
    for (size_t j = 0; j < prep->n_features; j++)
        if (!prep->dropped[j]) *column++ = j;
}
