// Convolutions as inference and training run them, on one core: forward with a packed and with a changing
// filter, and both gradients. KERATIN_KERNEL=onednn (or implicit_gemm) says whose; times are CPU times.
#include <ctime>

#include "bench/run_graph.h"
#include "runtime/ir/build_nn.h"

namespace keratin::bench {
namespace {

struct Layer {
  std::int64_t size, in, window, stride, out;
};
constexpr Layer layers[] = {{224, 3, 7, 2, 64},   {56, 64, 1, 1, 256},   {56, 64, 3, 1, 64},
                            {28, 128, 3, 1, 128}, {14, 256, 3, 1, 256},  {14, 1024, 1, 1, 256},
                            {56, 256, 1, 2, 128}, {28, 512, 1, 2, 1024}, {7, 512, 3, 1, 512}};

enum What { packed, raw, input_gradient, filter_gradient, norm_and_relu };
constexpr const char* names[] = {"packed", "raw", "input gradient", "filter gradient",
                                 "norm and relu, packed"};

ir::Graph graph_of(const Layer& layer, std::int64_t batch, What what) {
  using ir::Dims;
  ir::Graph graph;
  const ir::Dim pad((layer.window - 1) / 2);
  const Dims x_shape = {batch, layer.size, layer.size, layer.in},
             w_shape = {layer.window, layer.window, layer.in, layer.out};
  const ir::ConvolutionAxes axes{
      .strides = {layer.stride, layer.stride}, .low = {pad, pad}, .high = {pad, pad}};
  auto variable = [&](const char* name, const Dims& shape) {
    return graph.read(graph.declare_variable(name, {DType::float32, shape}));
  };
  const ir::Value x = graph.input("x", {DType::float32, x_shape});
  const bool constant = what == packed || what == norm_and_relu;
  const ir::Value w = constant ? variable("w", w_shape) : graph.input("w", {DType::float32, w_shape});
  const ir::Value y = ir::convolution(x, w, axes);
  if (what == norm_and_relu) {
    const Dims c = {layer.out};
    graph.output("y", ir::unary("relu", ir::batch_norm(y, variable("mean", c), variable("variance", c),
                                                       variable("gamma", c), variable("beta", c), 3, 1e-3)));
  } else if (what == packed || what == raw) {
    graph.output("y", y);
  } else {
    const ir::Value dy = graph.input("dy", y.type());
    const ir::Gradients both = y.node->op->gradient.build(*y.node, std::span(&dy, 1));
    graph.output("gradient", both.inputs.at(what == filter_gradient ? 1 : 0));
  }
  return graph;
}

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

void convolution(benchmark::State& state) {
  const Layer& layer = layers[state.range(0)];
  const auto what = static_cast<What>(state.range(2));
  Running running(graph_of(layer, state.range(1), what), what == packed || what == norm_and_relu);
  const double first = cpu_seconds();
  running.run();
  state.counters["first_us"] = (cpu_seconds() - first) * 1e6;
  double best = 1e9;
  for (auto _ : state) {
    const double start = cpu_seconds();
    running.run();
    const double time = cpu_seconds() - start;
    state.SetIterationTime(time);
    best = std::min(best, time);
  }
  const std::int64_t out = (layer.size + layer.stride - 1) / layer.stride;
  state.counters["best_us"] = best * 1e6;
  state.counters["GFLOP/s"] =
      2e-9 *
      static_cast<double>(state.range(1) * out * out * layer.out * layer.in * layer.window * layer.window) /
      best;
  std::string kernels;
  for (const exec::PlannedStep& step : running.executable().steps) kernels += std::string(" ") + step.kernel;
  state.SetLabel(std::to_string(layer.size) + "² " + std::to_string(layer.in) + " -> " +
                 std::to_string(layer.out) + ", " + std::to_string(layer.window) + "×" +
                 std::to_string(layer.window) + "/" + std::to_string(layer.stride) + " " + names[what] + ":" +
                 kernels);
}
BENCHMARK(convolution)
    ->ArgNames({"layer", "batch", "what"})
    ->ArgsProduct({benchmark::CreateDenseRange(0, static_cast<int>(std::size(layers)) - 1, 1),
                   {1, 16},
                   {packed, raw, input_gradient, filter_gradient, norm_and_relu}})
    ->UseManualTime()
    ->MinTime(0.1)
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace keratin::bench
