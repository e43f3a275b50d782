// The multi-layer perceptron 784-64-64-10 at batch 1 through Context::run.
#include "bench/run_graph.h"
#include "runtime/ir/build_nn.h"

namespace keratin::bench {
namespace {

ir::Value dense(ir::Value x, std::int64_t units, const char* name) {
  ir::Graph& graph = x.graph();
  const ir::Value w = graph.read(
      graph.declare_variable(std::string(name) + "/kernel", {x.dtype(), {x.shape().back(), ir::Dim(units)}}));
  const ir::Value b =
      graph.read(graph.declare_variable(std::string(name) + "/bias", {x.dtype(), {ir::Dim(units)}}));
  return ir::dot(x, w) + b;
}

void mlp(benchmark::State& state) {
  ir::Graph graph;
  ir::Value x = graph.input("x", {DType::float32, {ir::Dim(state.range(0)), 784}});
  x = ir::unary("relu", dense(x, 64, "a"));
  x = ir::unary("relu", dense(x, 64, "b"));
  graph.output("y", ir::softmax(dense(x, 10, "c")));
  Running running(graph, true);
  report(state, running, 2.0 * (784 * 64 + 64 * 64 + 64 * 10) * static_cast<double>(state.range(0)));
  state.SetLabel(std::to_string(running.executable().steps.size()) + " steps");
}
BENCHMARK(mlp)->ArgName("batch")->Arg(1)->Arg(64)->UseManualTime()->MinTime(0.5);

}  // namespace
}  // namespace keratin::bench
