#include <gtest/gtest.h>

#include <cmath>

#include "runtime/core/error.h"
#include "runtime/ir/build.h"
#include "runtime/ir/evaluate.h"
#include "runtime/ir/op.h"
#include "runtime/ir/print.h"

namespace keratin::ir {
namespace {

const Type scalar{DType::float64, {}};

double value_of(const Graph& graph, double x) {
  return *evaluate_graph(graph, std::vector<Tensor>{Tensor::of<double>({}, {x})})[0].data<double>();
}

TEST(Gradients, SumOverAllPaths) {
  Graph graph;
  const Value x = graph.input("x", scalar);
  const Value y = exp(x);
  graph.output("dx", gradients(y * y + x * 3.0, {x})[0]);
  verify(graph);
  EXPECT_NEAR(value_of(graph, 0.5), 2 * std::exp(1.0) + 3, 1e-12);
}

TEST(Gradients, OfGradients) {
  Graph graph;
  const Value x = graph.input("x", scalar);
  Value y = x * x * x;
  for (int i = 0; i < 3; ++i) y = gradients(y, {x})[0];
  graph.output("d3x", y);
  EXPECT_NEAR(value_of(graph, 0.7), 6, 1e-12);
}

TEST(Gradients, AreNullWhereNothingFlows) {
  Graph graph;
  const Value x = graph.input("x", scalar), other = graph.input("o", scalar);
  const Value stopped = unary("stop_gradient", other) * x;
  const Values found = gradients(stopped, {x, other});
  EXPECT_TRUE(found[0]);
  EXPECT_FALSE(found[1]);
}

TEST(Gradients, OfInnerValues) {
  Graph graph;
  const Value x = graph.input("x", scalar);
  const Value inner = x * x;
  const Values found = gradients(inner * inner, {inner, x});
  graph.output("d", found[0]);
  EXPECT_NEAR(value_of(graph, 3), 18, 1e-12);
}

TEST(Gradients, OnlyGoWhereTheyAreWanted) {
  Graph graph;
  const Value x = graph.input("x", scalar), w = graph.input("w", scalar);
  const Value y = tanh(x) * w;
  const std::size_t before = graph.nodes.size();
  gradients(y, {w});
  for (std::size_t i = before; i < graph.nodes.size(); ++i)
    EXPECT_FALSE(is(*graph.nodes[i], "subtract")) << "the frozen branch got a gradient";
}

TEST(Gradients, NameTheOpThatHasNone) {
  Graph graph;
  const Value x = graph.input("x", scalar);
  Graph condition, body;
  condition.output("more",
                   compare("less", condition.input("x", scalar), constant(condition, DType::float64, 3)));
  body.output("x", body.input("x", scalar) + 1.0);
  std::vector<Graph> regions;
  regions.push_back(std::move(condition));
  regions.push_back(std::move(body));
  graph.label = "my_layer";
  const Value y = graph.add("while", {x}, {{"carries", std::int64_t{1}}}, std::move(regions));
  try {
    gradients(y, {x});
    FAIL() << "a while loop has no gradient";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::unsupported);
    EXPECT_NE(std::string(e.what()).find("my_layer: no gradient of while"), std::string::npos) << e.what();
  }
}

TEST(Gradients, HaveSymbolicShapes) {
  Graph graph;
  const Dim batch = Dim::symbol("B");
  const Value x = graph.input("x", {DType::float64, {batch, 3}}),
              w = graph.input("w", {DType::float64, {3, 2}}), b = graph.input("b", {DType::float64, {2}});
  const Value loss = mean(square(dot(x, w) + b), {0, 1});
  const Values found = gradients(loss, {x, w, b});
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(found[i].type(), graph.inputs[i].type());
  verify(graph);
}

// The gradient of a scan replaces it by a twin that saves its carries; the old one is then unused.
TEST(Gradients, ReplaceAScanByItsTwin) {
  Graph graph = parse_graph(R"(graph {
  %0 = input() {name="h", dtype=f64, shape=[]}
  %1 = input() {name="x", dtype=f64, shape=[T]}
  %2 = scan(%0, %1) {carries=1, xs=1, length=[T]}
  graph {
    %0 = input() {name="h", dtype=f64, shape=[]}
    %1 = input() {name="x", dtype=f64, shape=[]}
    %2 = multiply(%0, %1)
    output "h" = %2
  }
  output "y" = %2
})");
  const Value old = graph.outputs[0].value;
  const Values found = gradients(old, {graph.inputs[1]});
  graph.output("dx", found[0]);
  verify(graph);
  EXPECT_FALSE(graph.outputs[0].value == old);
  EXPECT_EQ(found[0].shape(), (Dims{Dim::symbol("T")}));
}

}  // namespace
}  // namespace keratin::ir
