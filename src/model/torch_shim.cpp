// model/torch_shim.cpp: the module ms_torch. See torch_shim.h; nothing else of libtorch is used in the
// program. Few libtorch headers: they take most of the time this file needs to compile.
#include "model/torch_shim.h"

#include "myosurv/model.h"

#include <ATen/Parallel.h>
#include <torch/optim.h>
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

struct ms_torch_net {
    std::vector<torch::Tensor> parameters; // weight, constant, weight, constant, ...
    std::vector<int> activations;
    torch::Tensor x_train, x_valid, output;
    std::unique_ptr<torch::optim::Optimizer> optimizer;
    double l1 = 0, l2 = 0;
};

namespace {

torch::Tensor copy_in(const double *values, int64_t rows, int64_t columns) {
    return torch::from_blob(const_cast<double *>(values), {rows, columns}, torch::kDouble).clone();
}

double *copy_out(const torch::Tensor &tensor, double *to) {
    const torch::Tensor plain = tensor.detach().contiguous();
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

std::unique_ptr<torch::optim::Optimizer> make_optimizer(const ms_torch_spec &spec,
                                                        const std::vector<torch::Tensor> &parameters) {
    // The learning rate is set before every step.
    namespace optim = torch::optim;
    switch (spec.optimizer) {
    case MS_OPT_SGD:
        return std::make_unique<optim::SGD>(
            parameters, optim::SGDOptions(0.1).momentum(spec.momentum).nesterov(spec.nesterov != 0));
    case MS_OPT_RMSPROP:
        return std::make_unique<optim::RMSprop>(parameters,
                                                optim::RMSpropOptions(0.1).momentum(spec.momentum));
    case MS_OPT_ADAM:
        return std::make_unique<optim::Adam>(parameters, optim::AdamOptions(0.1));
    case MS_OPT_ADAMW: {
        // The constants are not penalised, so they are a group of their own.
        std::vector<torch::Tensor> weights, constants;
        for (size_t i = 0; i < parameters.size(); i++) (i % 2 ? constants : weights).push_back(parameters[i]);
        std::vector<optim::OptimizerParamGroup> groups;
        groups.emplace_back(weights, std::make_unique<optim::AdamWOptions>(
                                         optim::AdamWOptions(0.1).weight_decay(2 * spec.l2)));
        groups.emplace_back(constants,
                            std::make_unique<optim::AdamWOptions>(optim::AdamWOptions(0.1).weight_decay(0)));
        return std::make_unique<optim::AdamW>(groups, optim::AdamWOptions(0.1));
    }
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

int shim_net_new(ms_torch_net **out, const ms_torch_spec *spec, char *message) {
    return guarded(message, [&] {
        one_thread();
        auto net = std::make_unique<ms_torch_net>();
        const double *weights = spec->weights;
        for (size_t layer = 0; layer < spec->n_layers; layer++) {
            const auto in = static_cast<int64_t>(spec->sizes[layer]);
            const auto units = static_cast<int64_t>(spec->sizes[layer + 1]);
            net->parameters.push_back(copy_in(weights, units, in).requires_grad_(true));
            weights += units * in;
            net->parameters.push_back(
                copy_in(weights, 1, units).reshape({units}).clone().requires_grad_(true));
            weights += units;
            net->activations.push_back(spec->activations[layer]);
        }
        const auto inputs = static_cast<int64_t>(spec->sizes[0]);
        net->x_train = copy_in(spec->x_train, static_cast<int64_t>(spec->n_train), inputs);
        if (spec->n_valid > 0)
            net->x_valid = copy_in(spec->x_valid, static_cast<int64_t>(spec->n_valid), inputs);
        net->l1 = spec->l1;
        net->l2 = spec->optimizer == MS_OPT_ADAMW ? 0 : spec->l2;
        net->optimizer = make_optimizer(*spec, net->parameters);
        *out = net.release();
    });
}

void shim_net_free(ms_torch_net *net) {
    try {
        delete net;
    } catch (...) { // nothing can be done about it, and it must not leave
    }
}

torch::Tensor run_layers(const ms_torch_net &net, torch::Tensor x, const double *masks) {
    const size_t n_layers = net.activations.size();
    for (size_t layer = 0; layer < n_layers; layer++) {
        const torch::Tensor &weight = net.parameters[2 * layer];
        x = activate(torch::addmm(net.parameters[2 * layer + 1], x, weight.t()), net.activations[layer]);
        if (masks && layer + 1 < n_layers) {
            x = x * copy_in(masks, x.size(0), x.size(1));
            masks += x.numel();
        }
    }
    return x;
}

int shim_forward(ms_torch_net *net, int rows, const double *masks, double *out, char *message) {
    return guarded(message, [&] {
        if (rows == MS_TORCH_STEP) {
            torch::AutoGradMode on(true);
            net->output = run_layers(*net, net->x_train, masks);
            copy_out(net->output, out);
            return;
        }
        torch::NoGradGuard off;
        copy_out(run_layers(*net, rows == MS_TORCH_VALID ? net->x_valid : net->x_train, nullptr), out);
    });
}

int shim_backward(ms_torch_net *net, const double *out_gradient, char *message) {
    return guarded(message, [&] {
        if (!net->output.defined()) throw std::logic_error("backward before forward");
        net->optimizer->zero_grad();
        net->output.backward(copy_in(out_gradient, net->output.size(0), net->output.size(1)));
        net->output = torch::Tensor();
        torch::NoGradGuard off;
        for (size_t i = 0; i < net->parameters.size(); i += 2) {
            const torch::Tensor &weight = net->parameters[i];
            if (net->l2 != 0) weight.mutable_grad().add_(weight, 2 * net->l2);
            if (net->l1 != 0) weight.mutable_grad().add_(weight.sign(), net->l1);
        }
    });
}

int shim_gradient(ms_torch_net *net, double *gradient, char *message) {
    return guarded(message, [&] {
        for (const torch::Tensor &parameter : net->parameters)
            gradient = copy_out(parameter.grad(), gradient);
    });
}

int shim_step(ms_torch_net *net, double learning_rate, char *message) {
    return guarded(message, [&] {
        for (auto &group : net->optimizer->param_groups()) group.options().set_lr(learning_rate);
        net->optimizer->step();
    });
}

int shim_weights(ms_torch_net *net, double *weights, char *message) {
    return guarded(message, [&] {
        for (const torch::Tensor &parameter : net->parameters) weights = copy_out(parameter, weights);
    });
}

const ms_torch_functions table = {
    MS_TORCH_ABI,  shim_version,  shim_net_new, shim_net_free, shim_forward,
    shim_backward, shim_gradient, shim_step,    shim_weights,
};

} // namespace

// The one function the program looks up.
extern "C" __attribute__((visibility("default"))) const void *ms_torch_table(void);
extern "C" __attribute__((visibility("default"))) const void *ms_torch_table(void) {
    return &table;
}
