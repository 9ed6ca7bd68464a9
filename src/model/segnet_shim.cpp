// model/segnet_shim.cpp: networks that see a slice. See segnet_shim.h.
#include "model/segnet_shim.h"

#include "model/torch_shim.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/cuda.h>
#include <torch/script.h>
#include <torch/serialize.h>

#include <cstdio>
#include <cstring>
#include <exception>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using torch::Tensor;

struct ms_torch_segnet {
    torch::jit::Module module;
    torch::Device device = torch::kCPU;
    std::vector<Tensor> parameters, mean, first, second; // mean: running mean of the weights
    std::vector<std::vector<Tensor>> gradients;          // [sample][parameter]
    int64_t steps = 0;
};

namespace {

template <typename Work> int guarded(char *message, Work work) {
    try {
        // Sums over several threads would differ in the last digits; these settings are the thread's own.
        at::set_num_threads(1);
        torch::jit::setGraphExecutorOptimize(false);
        work();
        return 0;
    } catch (const c10::Error &error) {
        std::snprintf(message, MS_TORCH_MESSAGE, "libtorch: %s", error.what_without_backtrace());
    } catch (const std::exception &error) {
        std::snprintf(message, MS_TORCH_MESSAGE, "libtorch: %s", error.what());
    } catch (...) {
        std::snprintf(message, MS_TORCH_MESSAGE, "libtorch: unknown exception");
    }
    return 1;
}

// The network's layers become parameters of the module and lines of its program.
class Builder {
  public:
    Builder(torch::jit::Module &module, double (*normal)(void *), void *context)
        : module_(module), normal_(normal), context_(context) {}

    Tensor drawn(std::vector<int64_t> shape, double deviation) {
        Tensor tensor = torch::empty(shape);
        float *values = tensor.data_ptr<float>();
        for (int64_t i = 0; i < tensor.numel(); i++)
            values[i] = static_cast<float>(deviation * normal_(context_));
        return tensor;
    }
    void add(const std::string &name, const Tensor &tensor) {
        module_.register_parameter(name, tensor.requires_grad_(true), false);
    }
    // A convolution of 3 x 3 pixels with normalisation and rectifier: x = block(x).
    void block(const std::string &name, int64_t in, int64_t out) {
        add(name + "_weight", drawn({out, in, 3, 3}, std::sqrt(2.0 / (9.0 * static_cast<double>(in)))));
        add(name + "_scale", torch::ones({out}));
        add(name + "_shift", torch::zeros({out}));
        line("x = self.block(x, self." + name + "_weight, self." + name + "_scale, self." + name + "_shift)");
    }
    void pointwise(const std::string &name, int64_t in, int64_t out, double deviation) {
        add(name + "_weight", drawn({out, in, 1, 1}, deviation));
        add(name + "_constant", torch::zeros({out}));
        line("x = torch.conv2d(x, self." + name + "_weight, self." + name + "_constant)");
    }
    void line(const std::string &text) {
        program_ += "    " + text + "\n";
    }
    void finish() {
        module_.define("def block(self, x, weight, scale, shift):\n"
                       "    y = torch.conv2d(x, weight, None, [1, 1], [1, 1])\n"
                       "    y = torch.group_norm(y, weight.size(0), scale, shift, 1e-5)\n"
                       "    return torch.leaky_relu(y, 0.01)\n");
        module_.define("def forward(self, x):\n" + program_ + "    return x\n");
    }

  private:
    torch::jit::Module &module_;
    double (*normal_)(void *);
    void *context_;
    std::string program_;
};

void build(torch::jit::Module &module, const size_t shape[5], double (*normal)(void *), void *context) {
    const auto classes = static_cast<int64_t>(shape[1]), levels = static_cast<int64_t>(shape[2]);
    const auto width = static_cast<int64_t>(shape[3]), widest = static_cast<int64_t>(shape[4]);
    Builder b(module, normal, context);
    const auto channels = [&](int64_t level) { return std::min(width << level, widest); };
    int64_t in = static_cast<int64_t>(shape[0]);
    for (int64_t level = 0; level < levels; level++) {
        const std::string name = "down" + std::to_string(level);
        if (level > 0) b.line("x = torch.max_pool2d(x, [2, 2], [2, 2])");
        b.block(name + "a", in, channels(level));
        b.block(name + "b", channels(level), channels(level));
        if (level + 1 < levels) b.line("skip" + std::to_string(level) + " = x");
        in = channels(level);
    }
    for (int64_t level = levels - 2; level >= 0; level--) {
        const std::string number = std::to_string(level), name = "up" + number;
        b.pointwise(name + "p", in, channels(level), std::sqrt(1.0 / static_cast<double>(in)));
        b.line("x = torch.upsample_bilinear2d(x, None, False, [2.0, 2.0]) + skip" + number);
        b.block(name + "a", channels(level), channels(level));
        b.block(name + "b", channels(level), channels(level));
        in = channels(level);
    }
    b.pointwise("scores", in, classes, 0.05);
    b.finish();
}

void list_parameters(ms_torch_segnet &net) {
    for (const auto &item : net.module.named_parameters()) net.parameters.push_back(item.value);
}

int shim_create(ms_torch_segnet **out, const size_t shape[5], double (*normal)(void *), void *context,
                char *message) {
    return guarded(message, [&] {
        auto net = std::make_unique<ms_torch_segnet>();
        net->module = torch::jit::Module("muscle");
        build(net->module, shape, normal, context);
        list_parameters(*net);
        *out = net.release();
    });
}

int shim_load(ms_torch_segnet **out, const char *path, const char *device, char *message) {
    return guarded(message, [&] {
        auto net = std::make_unique<ms_torch_segnet>();
        net->device = torch::Device(device);
        net->module = torch::jit::load(path, net->device);
        net->module.eval();
        list_parameters(*net);
        *out = net.release();
    });
}

void shim_release(ms_torch_segnet *net) {
    delete net;
}

Tensor image_of(const ms_torch_segnet &net, const float *image, const size_t shape[3]) {
    const auto channels = static_cast<int64_t>(shape[0]), side = static_cast<int64_t>(shape[2]);
    return torch::from_blob(const_cast<float *>(image), {1, channels, side, side}, torch::kFloat)
        .to(net.device);
}

Tensor scores_of(ms_torch_segnet &net, const Tensor &image, const size_t shape[3]) {
    Tensor scores = net.module.forward({image}).toTensor();
    const auto classes = static_cast<int64_t>(shape[1]), side = static_cast<int64_t>(shape[2]);
    if (scores.dim() != 4 || scores.size(0) != 1 || scores.size(1) != classes || scores.size(2) != side ||
        scores.size(3) != side)
        throw std::runtime_error("the module's output has not the shape it must have");
    return scores.to(torch::kFloat);
}

int shim_predict(ms_torch_segnet *net, const float *image, const size_t shape[3], float *probability,
                 char *message) {
    return guarded(message, [&] {
        torch::NoGradGuard no_gradient;
        const Tensor p = torch::softmax(scores_of(*net, image_of(*net, image, shape), shape), 1)
                             .to(torch::kCPU)
                             .contiguous();
        if (!torch::isfinite(p).all().item<bool>())
            throw std::runtime_error("the module's output is not finite");
        std::memcpy(probability, p.data_ptr<float>(), static_cast<size_t>(p.numel()) * sizeof(float));
    });
}

int shim_start(ms_torch_segnet *net, size_t samples, char *message) {
    return guarded(message, [&] {
        if (net->parameters.empty()) throw std::runtime_error("the module has no weights to train");
        net->mean.clear(), net->first.clear(), net->second.clear();
        for (const Tensor &parameter : net->parameters) {
            parameter.requires_grad_(true);
            net->mean.push_back(parameter.detach().clone());
            net->first.push_back(torch::zeros_like(parameter.detach()));
            net->second.push_back(torch::zeros_like(parameter.detach()));
        }
        net->gradients.assign(samples, {});
        net->steps = 0;
    });
}

int shim_gradient(ms_torch_segnet *net, size_t sample, const float *image, const uint8_t *labels,
                  const float *weights, const size_t shape[3], double *loss, char *message) {
    return guarded(message, [&] {
        const auto classes = static_cast<int64_t>(shape[1]), side = static_cast<int64_t>(shape[2]);
        const Tensor truth = torch::from_blob(const_cast<uint8_t *>(labels), {1, side, side}, torch::kByte)
                                 .to(net->device, torch::kLong);
        const Tensor weight =
            torch::from_blob(const_cast<float *>(weights), {1, side, side}, torch::kFloat).to(net->device);
        const Tensor score = scores_of(*net, image_of(*net, image, shape), shape);
        const Tensor logs = torch::log_softmax(score, 1);
        const Tensor entropy =
            -(logs.gather(1, truth.unsqueeze(1)).squeeze(1) * weight).sum() / weight.sum().clamp_min(1);
        const Tensor p = logs.exp() * weight.unsqueeze(1);
        const Tensor y =
            torch::one_hot(truth, classes).permute({0, 3, 1, 2}).to(torch::kFloat) * weight.unsqueeze(1);
        const Tensor dice = (2 * (p * y).sum({0, 2, 3}) + 10) / (p.sum({0, 2, 3}) + y.sum({0, 2, 3}) + 10);
        const Tensor total = entropy + 1 - dice.slice(0, 1).mean();
        net->gradients[sample] = torch::autograd::grad({total}, net->parameters, {}, false, false, true);
        *loss = total.item<double>();
    });
}

int shim_step(ms_torch_segnet *net, double learning_rate, double penalty, double decay, char *message) {
    return guarded(message, [&] {
        torch::NoGradGuard no_gradient;
        const double beta1 = 0.9, beta2 = 0.999;
        const auto samples = static_cast<double>(net->gradients.size());
        net->steps++;
        const double t = static_cast<double>(net->steps);
        const double rate = learning_rate * std::sqrt(1 - std::pow(beta2, t)) / (1 - std::pow(beta1, t));
        // The running mean starts as a plain mean, so that early weights are soon forgotten.
        const double keep = std::min(decay, t / (t + 10));
        for (size_t i = 0; i < net->parameters.size(); i++) {
            Tensor gradient = torch::zeros_like(net->parameters[i]);
            for (const auto &one : net->gradients)
                if (one[i].defined()) gradient.add_(one[i], 1 / samples);
            net->first[i].mul_(beta1).add_(gradient, 1 - beta1);
            net->second[i].mul_(beta2).addcmul_(gradient, gradient, 1 - beta2);
            if (net->parameters[i].dim() > 1) net->parameters[i].mul_(1 - learning_rate * penalty);
            net->parameters[i].addcdiv_(net->first[i], net->second[i].sqrt().add_(1e-8), -rate);
            net->mean[i].mul_(keep).add_(net->parameters[i], 1 - keep);
        }
    });
}

int shim_save(ms_torch_segnet *net, const char *path, const char *note, char *message) {
    return guarded(message, [&] {
        torch::jit::Module copy = net->module.deepcopy();
        if (!net->mean.empty()) {
            torch::NoGradGuard no_gradient;
            size_t i = 0;
            for (const auto &item : copy.named_parameters()) item.value.detach().copy_(net->mean[i++]);
        }
        copy.to(torch::kCPU);
        // By name, libtorch would put the file's name inside it, and the bytes would depend on that.
        std::ofstream file(path, std::ios::binary);
        copy.save(file, {{"myosurv.json", note}});
        file.close();
        if (!file) throw std::runtime_error("the file cannot be written");
    });
}

std::vector<Tensor> state_of(const ms_torch_segnet &net) {
    std::vector<Tensor> all = {torch::tensor(net.steps)};
    for (const auto *part : {&net.parameters, &net.mean, &net.first, &net.second})
        for (const Tensor &tensor : *part) all.push_back(tensor.detach().to(torch::kCPU));
    return all;
}

int shim_save_state(ms_torch_segnet *net, const char *path, char *message) {
    return guarded(message, [&] { torch::save(state_of(*net), path); });
}

int shim_load_state(ms_torch_segnet *net, const char *path, char *message) {
    return guarded(message, [&] {
        torch::NoGradGuard no_gradient;
        std::vector<Tensor> all;
        torch::load(all, path);
        if (all.size() != 1 + 4 * net->parameters.size())
            throw std::runtime_error("the saved state is of another network");
        size_t at = 1;
        for (auto *part : {&net->parameters, &net->mean, &net->first, &net->second})
            for (Tensor &tensor : *part) {
                if (!tensor.sizes().equals(all[at].sizes()))
                    throw std::runtime_error("the saved state is of another network");
                tensor.detach().copy_(all[at++]);
            }
        net->steps = all[0].item<int64_t>();
    });
}

int shim_has_cuda() {
    return torch::cuda::is_available() ? 1 : 0;
}

const ms_segnet_functions table = {
    MS_SEGNET_ABI, shim_create, shim_load, shim_release,    shim_predict,    shim_start,
    shim_gradient, shim_step,   shim_save, shim_save_state, shim_load_state, shim_has_cuda,
};

} // namespace

// The one function the program looks up.
extern "C" __attribute__((visibility("default"))) const void *ms_segnet_table(void);
extern "C" __attribute__((visibility("default"))) const void *ms_segnet_table(void) {
    return &table;
}
