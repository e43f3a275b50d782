#include "runtime/ir/build_nn.h"
#include "tests/kernels/against_reference.h"

namespace keratin::test {
namespace {

using ir::Dims;
using ir::Value;

Value parameter(ir::Graph& graph, const char* name, const Dims& shape) {
  return graph.read(graph.declare_variable(name, {DType::float32, shape}));
}

Value norm(Value x, const std::string& name) {
  ir::Graph& graph = x.graph();
  const Dims c = {x.shape().back()};
  auto p = [&](const char* what) { return parameter(graph, (name + what).c_str(), c); };
  // random variances are negative, too
  const Value variance = ir::square(p("variance"));
  return ir::batch_norm(x, p("mean"), variance, p("gamma"), p("beta"),
                        static_cast<std::int64_t>(x.rank()) - 1, 0.1);
}

std::size_t steps_of(const ir::Graph& graph) { return exec::compile(graph, {})->steps.size(); }

TEST(Fusion, ConvolutionTakesNormResidualAndActivation) {
  for (const char* activation : {"relu", "silu", "relu6", "gelu"})
    for (std::int64_t channels : {6, 64, 70}) {
      ir::Graph graph;
      const Value x = graph.input("x", {DType::float32, {2, 9, 7, 8}});
      const Value w = parameter(graph, "w", {3, 3, 8, channels}), b = parameter(graph, "b", {channels});
      Value y = norm(ir::convolution(x, w, {.low = {1, 1}, .high = {1, 1}}) + b, "n");
      const Value other = graph.input("other", y.type());
      graph.output("y", ir::unary(activation, other + y));
      EXPECT_EQ(steps_of(graph), 1u);
      expect_kernels(graph, 2e-5);
    }
}

TEST(Fusion, OneOfTwoBranchesTakesTheAddition) {
  ir::Graph graph;
  const Value x = graph.input("x", {DType::float32, {1, 6, 6, 16}});
  const Value a = norm(ir::convolution(x, parameter(graph, "a", {1, 1, 16, 32})), "na");
  const Value b = norm(ir::convolution(x, parameter(graph, "b", {1, 1, 16, 32})), "nb");
  graph.output("y", ir::unary("relu", a + b));
  EXPECT_EQ(steps_of(graph), 2u);
  expect_kernels(graph, 2e-5);
}

TEST(Fusion, DepthwiseAndGroups) {
  for (std::int64_t groups : {4, 24}) {
    ir::Graph graph;
    const Value x = graph.input("x", {DType::float32, {2, 9, 7, 24}});
    const Value w = parameter(graph, "w", {3, 3, 24 / groups, 24});
    const Value y = norm(ir::convolution(x, w, {.low = {1, 1}, .high = {1, 1}, .groups = groups}), "n");
    graph.output("y", ir::unary("silu", y + graph.input("other", y.type())));
    EXPECT_EQ(steps_of(graph), 1u);
    expect_kernels(graph, 2e-5);
  }
}

TEST(Fusion, Dense) {
  for (std::int64_t rows : {1, 3, 40})
    for (std::int64_t units : {10, 64, 200}) {
      ir::Graph graph;
      const Value x = graph.input("x", {DType::float32, {rows, 33}});
      const Value y = ir::dot(x, parameter(graph, "w", {33, units})) + parameter(graph, "b", {units});
      graph.output("y", ir::unary(units == 64 ? "relu" : "tanh", y));
      EXPECT_EQ(steps_of(graph), 1u);
      expect_kernels(graph, 2e-5);
    }
}

TEST(Fusion, WhatIsUsedTwiceStays) {
  ir::Graph graph;
  const Value x = graph.input("x", {DType::float32, {5, 8}});
  const Value y = ir::dot(x, parameter(graph, "w", {8, 9}));
  graph.output("y", ir::unary("relu", y));
  graph.output("raw", y);
  EXPECT_EQ(steps_of(graph), 2u);
  expect_kernels(graph, 2e-5);
}

TEST(Fusion, ChainsOfElementwiseOps) {
  ir::Graph graph;
  const Value x = graph.input("x", {DType::float32, {4, 30, 70}}),
              s = graph.input("s", {DType::float32, {4, 1, 70}});
  const Value h = ir::tanh(x * s + 0.5);
  const Value y = ir::select(ir::compare("greater", h, ir::constant_like(h, 0)), h * h, ir::exp(h) - x);
  graph.output("y", y);
  graph.output("h", ir::sqrt(ir::square(x) + 1.0) / (ir::square(x) + 2.0));
  EXPECT_EQ(steps_of(graph), 2u);
  expect_kernels(graph, 1e-6);
}

TEST(Fusion, NormAlone) {
  ir::Graph graph;
  const Value x = graph.input("x", {DType::float32, {2, 5, 5, 12}});
  graph.output("y", ir::unary("relu", norm(x, "n")));
  EXPECT_EQ(steps_of(graph), 1u);
  expect_kernels(graph, 2e-6);
}

}  // namespace
}  // namespace keratin::test
