// model/torch_shim.cpp: the module ms_torch. See torch_shim.h; nothing else of libtorch is used in the
// program. Few libtorch headers: they take most of the time this file needs to compile.
#include "model/torch_shim.h"

#include "myosurv/model.h"

#include <ATen/Parallel.h>
#include <torch/cuda.h>
#include <torch/types.h>
#include <torch/version.h>

#include <cmath>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <vector>

// OpenBLAS has its own threads, of which libtorch knows nothing. Weak: another BLAS may be installed.
extern "C" void openblas_set_num_threads(int) __attribute__((weak));

struct ms_torch_layer {
    int activation = 0, norm = 0;
    int64_t n_in = 0, n_out = 0;
    size_t from = 0, tied = 0; // 0, or layer + 1
    bool leaf = true;
    torch::Tensor weight, constant, gain, shift; // gain, shift: with a norm; weight: not defined when tied
    torch::Tensor mean, inverse;                 // of batch norm, over part 0
};

struct ms_torch_net {
    std::vector<ms_torch_layer> layers;
    std::vector<torch::Tensor> parts;
    const double *x_train = nullptr;
    torch::Tensor output;
    std::vector<torch::Tensor> parameters, first, second; // what the optimiser remembers of each
    std::vector<bool> penalised;                          // [parameters]
    double steps = 0;
    torch::Device device = torch::kCPU;
    int optimizer = 0;
    bool nesterov = false;
    double l1 = 0, l2 = 0, momentum = 0, clip = 0;
};

namespace {

torch::Tensor copy_in(const double *values, int64_t rows, int64_t columns, torch::Device device) {
    return torch::from_blob(const_cast<double *>(values), {rows, columns}, torch::kDouble).clone().to(device);
}

double *copy_out(const torch::Tensor &tensor, double *to) {
    const torch::Tensor plain = tensor.detach().to(torch::kCPU).contiguous();
    const size_t n = static_cast<size_t>(plain.numel());
    if (n > 0) std::memcpy(to, plain.data_ptr<double>(), n * sizeof(double));
    return to + n;
}

torch::Tensor activate(const torch::Tensor &x, int activation) {
    switch (activation) {
    case MS_ACT_LINEAR:
        return x;
    case MS_ACT_RELU:
        return torch::relu(x);
    case MS_ACT_SIGMOID:
        return torch::sigmoid(x);
    case MS_ACT_TANH:
        return torch::tanh(x);
    case MS_ACT_SELU:
        return torch::selu(x);
    case MS_ACT_ELU:
        return torch::elu(x);
    case MS_ACT_GELU:
        return torch::gelu(x);
    case MS_ACT_LEAKY_RELU:
        return torch::leaky_relu(x, 0.01);
    case MS_ACT_SOFTPLUS:
        return torch::clamp_min(x, 0) + torch::log1p(torch::exp(-torch::abs(x)));
    case MS_ACT_SILU:
        return torch::silu(x);
    case MS_ACT_MISH:
        return torch::mish(x);
    default:
        throw std::invalid_argument("unknown activation");
    }
}

// As dense_optimizer.c, which gives the sources.
void descend(ms_torch_net &net, size_t i, double rate) {
    torch::Tensor &p = net.parameters[i], &first = net.first[i], &second = net.second[i];
    const torch::Tensor g = p.grad();
    switch (net.optimizer) {
    case MS_OPT_SGD:
        first.mul_(net.momentum).add_(g);
        p.sub_(net.nesterov ? g + net.momentum * first : first, rate);
        return;
    case MS_OPT_RMSPROP:
        first.mul_(0.99).addcmul_(g, g, 0.01);
        second.mul_(net.momentum).add_(g / (first.sqrt() + 1e-8));
        p.sub_(second, rate);
        return;
    case MS_OPT_ADAM:
    case MS_OPT_ADAMW:
        if (net.optimizer == MS_OPT_ADAMW && net.penalised[i]) p.mul_(1 - rate * 2 * net.l2);
        first.mul_(0.9).add_(g, 0.1);
        second.mul_(0.999).addcmul_(g, g, 0.001);
        p.sub_(first / (second.sqrt() / std::sqrt(1 - std::pow(0.999, net.steps)) + 1e-8),
               rate / (1 - std::pow(0.9, net.steps)));
        return;
    default:
        throw std::invalid_argument("unknown optimizer");
    }
}

// Two threads can be slower than one on networks of this size, and their sums differ in the last digits.
void one_thread() {
    static std::once_flag once;
    std::call_once(once, [] {
        at::set_num_threads(1);
        if (openblas_set_num_threads) openblas_set_num_threads(1);
    });
}

// Runs `work`; no exception leaves this file.
template <typename Work> int guarded(char *message, Work work) {
    const char *what = "unknown exception";
    try {
        work();
        return 0;
    } catch (const c10::Error &error) {
        std::snprintf(message, MS_TORCH_MESSAGE, "libtorch: %s", error.what_without_backtrace());
        return 1;
    } catch (const std::exception &error) {
        std::snprintf(message, MS_TORCH_MESSAGE, "libtorch: %s", error.what());
        return 1;
    } catch (...) {
        std::snprintf(message, MS_TORCH_MESSAGE, "libtorch: %s", what);
        return 1;
    }
}

const char *shim_version() {
    return TORCH_VERSION;
}

int shim_has_cuda() {
    try {
        return torch::cuda::is_available() ? 1 : 0;
    } catch (...) {
        return 0;
    }
}

// The layers without numbers.
void lay_out(ms_torch_net &net, const ms_torch_spec &spec) {
    net.layers.resize(spec.n_layers);
    for (size_t l = 0; l < spec.n_layers; l++) {
        ms_torch_layer &layer = net.layers[l];
        if (spec.activations[l] < 0 || spec.activations[l] >= MS_ACTIVATIONS)
            throw std::invalid_argument("unknown activation");
        layer.activation = spec.activations[l];
        layer.norm = spec.norms[l];
        layer.from = spec.from[l] > 0 ? static_cast<size_t>(spec.from[l]) : l;
        layer.tied = static_cast<size_t>(spec.tied[l]);
        layer.n_in = static_cast<int64_t>(spec.sizes[layer.from]);
        layer.n_out = static_cast<int64_t>(spec.sizes[l + 1]);
        if (layer.from > 0) net.layers[layer.from - 1].leaf = false;
    }
}

torch::Tensor take(ms_torch_net &net, const double *&from, int64_t rows, int64_t columns) {
    torch::Tensor made = copy_in(from, rows, columns, net.device);
    from += rows * columns;
    return made;
}

torch::Tensor take_vector(ms_torch_net &net, const double *&from, int64_t n) {
    torch::Tensor made = take(net, from, 1, n).reshape({n}).clone().requires_grad_(true);
    net.parameters.push_back(made);
    return made;
}

int shim_net_new(ms_torch_net **out, const ms_torch_spec *spec, char *message) {
    return guarded(message, [&] {
        one_thread();
        auto net = std::make_unique<ms_torch_net>();
        if (spec->cuda) net->device = torch::kCUDA;
        lay_out(*net, *spec);
        const double *weights = spec->weights;
        for (ms_torch_layer &layer : net->layers) {
            layer.weight = take(*net, weights, layer.n_out, layer.n_in);
            if (layer.tied > 0) {
                layer.weight = torch::Tensor();
            } else {
                layer.weight.requires_grad_(true);
                net->parameters.push_back(layer.weight);
                net->penalised.resize(net->parameters.size());
                net->penalised.back() = !spec->unpenalised || !spec->unpenalised[&layer - net->layers.data()];
            }
            layer.constant = take_vector(*net, weights, layer.n_out);
            if (layer.norm == MS_NORM_NONE) continue;
            layer.gain = take_vector(*net, weights, layer.n_out);
            layer.shift = take_vector(*net, weights, layer.n_out);
        }
        for (size_t k = 0; k < spec->n_parts; k++) {
            const ms_torch_part &part = spec->parts[k];
            net->parts.push_back(part.n == 0 ? torch::Tensor()
                                             : copy_in(part.x, static_cast<int64_t>(part.n),
                                                       static_cast<int64_t>(spec->sizes[0]), net->device));
        }
        net->penalised.resize(net->parameters.size());
        net->x_train = spec->parts[0].x;
        net->l1 = spec->l1;
        net->l2 = spec->l2;
        net->clip = spec->clip;
        net->optimizer = spec->optimizer;
        net->momentum = spec->momentum;
        net->nesterov = spec->nesterov != 0;
        for (const torch::Tensor &p : net->parameters) {
            net->first.push_back(torch::zeros_like(p));
            net->second.push_back(torch::zeros_like(p));
        }
        *out = net.release();
    });
}

void shim_net_free(ms_torch_net *net) {
    try {
        delete net;
    } catch (...) { // nothing can be done about it, and it must not leave
    }
}

torch::Tensor weight_of(const ms_torch_net &net, const ms_torch_layer &layer) {
    return layer.tied > 0 ? net.layers[layer.tied - 1].weight.t() : layer.weight;
}

// measure: batch norm takes means and variances from these rows.
torch::Tensor normalise(ms_torch_layer &layer, const torch::Tensor &z, bool measure) {
    if (layer.norm == MS_NORM_NONE) return z;
    torch::Tensor mean = layer.mean, inverse = layer.inverse;
    if (layer.norm == MS_NORM_LAYER || measure) {
        const int64_t over = layer.norm == MS_NORM_LAYER ? 1 : 0;
        mean = z.mean(over, true);
        inverse = ((z - mean).square().mean(over, true) + 1e-5).rsqrt();
        if (layer.norm == MS_NORM_BATCH) {
            layer.mean = mean.detach();
            layer.inverse = inverse.detach();
        }
    }
    return layer.gain * (z - mean) * inverse + layer.shift;
}

torch::Tensor run_layers(ms_torch_net &net, const torch::Tensor &x, const double *masks, bool measure) {
    std::vector<torch::Tensor> outputs, leaves;
    for (ms_torch_layer &layer : net.layers) {
        const torch::Tensor &in = layer.from > 0 ? outputs[layer.from - 1] : x;
        const torch::Tensor z = torch::addmm(layer.constant, in, weight_of(net, layer).t());
        torch::Tensor y = activate(normalise(layer, z, measure), layer.activation);
        if (masks && !layer.leaf) {
            y = y * copy_in(masks, y.size(0), y.size(1), net.device);
            masks += y.numel();
        }
        outputs.push_back(y);
        if (layer.leaf) leaves.push_back(y);
    }
    return leaves.size() == 1 ? leaves[0] : torch::cat(leaves, 1);
}

int shim_look(ms_torch_net *net, size_t part, double *out, char *message) {
    return guarded(message, [&] {
        torch::NoGradGuard off;
        copy_out(run_layers(*net, net->parts.at(part), nullptr, part == 0), out);
    });
}

int shim_forward(ms_torch_net *net, const double *x, size_t n, const double *masks, double *out,
                 char *message) {
    return guarded(message, [&] {
        torch::AutoGradMode on(true);
        const auto rows = static_cast<int64_t>(n);
        const bool all = x == net->x_train && rows == net->parts[0].size(0);
        const torch::Tensor in = all ? net->parts[0] : copy_in(x, rows, net->parts[0].size(1), net->device);
        net->output = run_layers(*net, in, masks, true);
        copy_out(net->output, out);
    });
}

void penalise(ms_torch_net &net) {
    for (size_t i = 0; i < net.parameters.size(); i++) {
        const torch::Tensor &weight = net.parameters[i];
        if (!net.penalised[i]) continue;
        if (net.l2 != 0 && net.optimizer != MS_OPT_ADAMW) weight.mutable_grad().add_(weight, 2 * net.l2);
        if (net.l1 != 0) weight.mutable_grad().add_(weight.sign(), net.l1);
    }
    if (!(net.clip > 0)) return;
    torch::Tensor squares = torch::zeros({}, torch::kDouble).to(net.device);
    for (const torch::Tensor &p : net.parameters) squares = squares + p.grad().square().sum();
    const double length = std::sqrt(squares.item<double>());
    if (!(length > net.clip)) return;
    for (const torch::Tensor &p : net.parameters) p.mutable_grad().mul_(net.clip / length);
}

int shim_backward(ms_torch_net *net, const double *out_gradient, char *message) {
    return guarded(message, [&] {
        if (!net->output.defined()) throw std::logic_error("backward before forward");
        for (torch::Tensor &p : net->parameters) p.mutable_grad() = torch::Tensor();
        net->output.backward(copy_in(out_gradient, net->output.size(0), net->output.size(1), net->device));
        net->output = torch::Tensor();
        torch::NoGradGuard off;
        penalise(*net);
    });
}

// Calls put(tensor or undefined, how many numbers) in the order of ms_net's weights.
template <typename Put> void in_order(const ms_torch_net &net, Put put) {
    for (const ms_torch_layer &layer : net.layers) {
        put(layer.tied > 0 ? torch::Tensor() : layer.weight, layer, layer.n_out * layer.n_in);
        put(layer.constant, layer, layer.n_out);
        if (layer.norm == MS_NORM_NONE) continue;
        put(layer.gain, layer, layer.n_out);
        put(layer.shift, layer, layer.n_out);
    }
}

int shim_gradient(ms_torch_net *net, double *gradient, char *message) {
    return guarded(message, [&] {
        in_order(*net, [&](const torch::Tensor &p, const ms_torch_layer &, int64_t n) {
            std::memset(gradient, 0, static_cast<size_t>(n) * sizeof(double));
            if (p.defined()) copy_out(p.grad(), gradient);
            gradient += n;
        });
    });
}

int shim_step(ms_torch_net *net, double learning_rate, char *message) {
    return guarded(message, [&] {
        torch::NoGradGuard off;
        net->steps++;
        for (size_t i = 0; i < net->parameters.size(); i++) descend(*net, i, learning_rate);
    });
}

int shim_weights(ms_torch_net *net, double *weights, char *message) {
    return guarded(message, [&] {
        in_order(*net, [&](const torch::Tensor &p, const ms_torch_layer &layer, int64_t) {
            weights = copy_out(p.defined() ? p : weight_of(*net, layer), weights);
        });
    });
}

size_t shim_state_size(const ms_torch_net *net) {
    size_t n = 1;
    for (const torch::Tensor &p : net->parameters) n += 3 * static_cast<size_t>(p.numel());
    return n;
}

int shim_state_get(ms_torch_net *net, double *state, char *message) {
    return guarded(message, [&] {
        *state++ = net->steps;
        for (const auto *list : {&net->parameters, &net->first, &net->second})
            for (const torch::Tensor &p : *list) state = copy_out(p, state);
    });
}

int shim_state_set(ms_torch_net *net, const double *state, char *message) {
    return guarded(message, [&] {
        torch::NoGradGuard off;
        net->steps = *state++;
        for (const auto *list : {&net->parameters, &net->first, &net->second})
            for (const torch::Tensor &p : *list) {
                p.copy_(copy_in(state, 1, p.numel(), net->device).reshape(p.sizes()));
                state += p.numel();
            }
    });
}

const ms_torch_functions table = {
    MS_TORCH_ABI, shim_version,    shim_has_cuda,  shim_net_new,   shim_net_free,
    shim_look,    shim_forward,    shim_backward,  shim_gradient,  shim_step,
    shim_weights, shim_state_size, shim_state_get, shim_state_set,
};

} // namespace

// The one function the program looks up.
extern "C" __attribute__((visibility("default"))) const void *ms_torch_table(void);
extern "C" __attribute__((visibility("default"))) const void *ms_torch_table(void) {
    return &table;
}
