// The convolutions of ResNet50 at batch 1, one by one, with how often each occurs; the sum is the network's.
#include <vector>

#include "bench/run_graph.h"
#include "runtime/ir/build_nn.h"

namespace keratin::bench {
namespace {

struct Layer {
  std::int64_t size, in, window, stride, out;
  int count;
};
constexpr Layer layers[] = {
    {224, 3, 7, 2, 64, 1},    {56, 64, 1, 1, 64, 1},    {56, 64, 3, 1, 64, 3},     {56, 64, 1, 1, 256, 4},
    {56, 256, 1, 1, 64, 2},   {56, 256, 1, 2, 128, 1},  {28, 128, 3, 1, 128, 4},   {28, 128, 1, 1, 512, 4},
    {56, 256, 1, 2, 512, 1},  {28, 512, 1, 1, 128, 3},  {28, 512, 1, 2, 256, 1},   {14, 256, 3, 1, 256, 6},
    {14, 256, 1, 1, 1024, 6}, {28, 512, 1, 2, 1024, 1}, {14, 1024, 1, 1, 256, 5},  {14, 1024, 1, 2, 512, 1},
    {7, 512, 3, 1, 512, 3},   {7, 512, 1, 1, 2048, 3},  {14, 1024, 1, 2, 2048, 1}, {7, 2048, 1, 1, 512, 2}};

ir::Graph graph_of(const Layer& layer) {
  ir::Graph graph;
  const ir::Dim size(layer.size), in(layer.in), out(layer.out), window(layer.window);
  const ir::Value x = graph.input("x", {DType::float32, {1, size, size, in}});
  const ir::Value w = graph.read(graph.declare_variable("w", {DType::float32, {window, window, in, out}}));
  const ir::Dim pad((layer.window - 1) / 2);
  graph.output(
      "y", ir::convolution(x, w,
                           {.strides = {layer.stride, layer.stride}, .low = {pad, pad}, .high = {pad, pad}}));
  return graph;
}

double flops(const Layer& layer) {
  const std::int64_t out = (layer.size + layer.stride - 1) / layer.stride;
  return 2.0 * static_cast<double>(out * out * layer.out * layer.in * layer.window * layer.window);
}

void convolution(benchmark::State& state) {
  const Layer& layer = layers[state.range(0)];
  Running running(graph_of(layer), state.range(1) != 0);
  report(state, running, flops(layer));
  state.SetLabel(std::to_string(layer.size) + "² " + std::to_string(layer.in) + " -> " +
                 std::to_string(layer.out) + ", " + std::to_string(layer.window) + "×" +
                 std::to_string(layer.window) + "/" + std::to_string(layer.stride) + " ×" +
                 std::to_string(layer.count));
}
BENCHMARK(convolution)
    ->ArgNames({"layer", "packed"})
    ->ArgsProduct({benchmark::CreateDenseRange(0, static_cast<int>(std::size(layers)) - 1, 1), {0, 1}})
    ->UseManualTime()
    ->MinTime(0.2)
    ->Unit(benchmark::kMicrosecond);

// All of them, one after the other, so that caches see what they see in the network.
void all_convolutions(benchmark::State& state) {
  std::vector<std::unique_ptr<Running>> all;
  double total = 0;
  for (const Layer& layer : layers)
    for (int i = 0; i < layer.count; ++i) {
      all.push_back(std::make_unique<Running>(graph_of(layer), state.range(0) != 0));
      total += flops(layer);
    }
  double best = 1e9;
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    for (auto& running : all) running->run();
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    state.SetIterationTime(time.count());
    best = std::min(best, time.count());
  }
  state.counters["best_ms"] = best * 1e3;
  state.counters["GFLOP/s"] = total / best * 1e-9;
  state.counters["of_peak"] = total / best * 1e-9 / peak();
}
BENCHMARK(all_convolutions)
    ->ArgName("packed")
    ->Arg(0)
    ->Arg(1)
    ->UseManualTime()
    ->MinTime(1)
    ->Unit(benchmark::kMillisecond);

// The whole network as Keras builds it: bias and norm after each convolution, in blocks of three.
class Network {
 public:
  explicit Network(std::int64_t batch) {
    Value x = graph.input("x", {DType::float32, {batch, 224, 224, 3}});
    x = ir::unary("relu", layer(x, 64, 7, 2));
    x = ir::reduce_window("max", x, {{3, 3}, {2, 2}, {1, 1}, {1, 1}});
    const int depth[] = {3, 4, 6, 3};
    for (int stage = 0; stage < 4; ++stage)
      for (int i = 0; i < depth[stage]; ++i) x = block(x, 64 << stage, i == 0, i == 0 && stage > 0 ? 2 : 1);
    x = ir::mean(x, {1, 2});
    x = ir::dot(x, variable({2048, 1000})) + variable({1000});
    graph.output("y", ir::softmax(x));
  }
  ir::Graph graph;
  double flops = 0;

 private:
  using Value = ir::Value;
  Value variable(const ir::Dims& shape) {
    return graph.read(
        graph.declare_variable("v" + std::to_string(graph.variables.size()), {DType::float32, shape}));
  }
  Value layer(Value x, std::int64_t out, std::int64_t window, std::int64_t stride) {
    const ir::Dim pad((window - 1) / 2), in = x.shape().back();
    const Value w = variable({window, window, in, out});
    const Value y =
        ir::convolution(x, w, {.strides = {stride, stride}, .low = {pad, pad}, .high = {pad, pad}});
    flops += 2.0 * static_cast<double>(ir::product(y.shape()).value() * window * window * in.value());
    const Value mean = variable({out}), variance = variable({out}), gamma = variable({out}),
                beta = variable({out});
    return ir::batch_norm(y + variable({out}), mean, variance, gamma, beta, 3, 1e-3);
  }
  Value block(Value x, std::int64_t width, bool projects, std::int64_t stride) {
    const Value shortcut = projects ? layer(x, 4 * width, 1, stride) : x;
    Value y = ir::unary("relu", layer(x, width, 1, stride));
    y = ir::unary("relu", layer(y, width, 3, 1));
    return ir::unary("relu", shortcut + layer(y, 4 * width, 1, 1));
  }
};

void network(benchmark::State& state) {
  const Network network(state.range(0));
  Running running(network.graph, state.range(1) != 0, static_cast<int>(state.range(2)));
  report(state, running, network.flops);
  state.SetLabel(std::to_string(running.executable().steps.size()) + " steps");
}
BENCHMARK(network)
    ->ArgNames({"batch", "packed", "threads"})
    ->Args({1, 0, 1})
    ->Args({1, 1, 1})
    ->Args({1, 1, 2})
    ->Args({16, 1, 1})
    ->UseManualTime()
    ->MinTime(1)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace keratin::bench
