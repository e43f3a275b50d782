// What is written as TensorFlow nodes reads back as the same computation. TensorFlow itself runs it in
// tests/interop/saved_model.py.
#include "runtime/tensorflow/emit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "runtime/ir/build.h"
#include "runtime/ir/evaluate.h"
#include "runtime/ir/print.h"
#include "runtime/ir/rewrite.h"
#include "runtime/tensorflow/function_importer.h"
#include "runtime/tensorflow/import.h"
#include "serialization/tensorflow_module.h"
#include "tests/serialization/expect_error.h"
#include "tests/tensorflow/golden.h"

namespace keratin {
namespace {

using namespace serialization;
using tensorflow::emit_function;
using tensorflow::EmittedFunction;

// Emits, goes through bytes, imports again on the same inputs and variables.
ir::Graph round_trip(const ir::Graph& graph) {
  const EmittedFunction emitted = emit_function(graph, "f");
  const std::vector<std::byte> bytes = tensorflow_module().print_graph(emitted.graph);
  const GraphDocument document = tensorflow_module().parse_graph(bytes, "emitted");
  EXPECT_EQ(tensorflow::unknown_ops(document, "f", "emitted").size(), 0u);
  ir::Graph again;
  tensorflow::Items arguments;
  for (const ir::Value& input : graph.inputs)
    arguments.push_back({again.input(input.node->get<std::string>("name"), input.type()), {}, {}});
  for (const ir::VariableInfo& variable : graph.variables)
    arguments.push_back({{}, {}, again.declare_variable(variable.name, variable.type)});
  tensorflow::FunctionImporter importer(document, "emitted", again);
  const tensorflow::Items results = importer.call("f", arguments);
  for (std::size_t i = 0; i < results.size(); ++i)
    again.output(graph.outputs[i].name,
                 results[i].value ? results[i].value : materialise(again, *results[i].known));
  ir::verify(again);
  return again;
}

Tensor counted(Shape shape, float scale) {
  Tensor tensor(DType::float32, std::move(shape));
  for (std::size_t i = 0; i < tensor.elements(); ++i)
    tensor.data<float>()[i] = scale * (static_cast<float>((i * 7) % 11) - 5);
  return tensor;
}

void expect_same(const ir::Graph& graph, const ir::Symbols& symbols, const std::vector<Tensor>& inputs,
                 const std::vector<Tensor>& variables) {
  const std::vector<Tensor> a = ir::evaluate_graph(ir::specialise(graph, symbols), inputs, variables);
  const std::vector<Tensor> b =
      ir::evaluate_graph(ir::specialise(round_trip(graph), symbols), inputs, variables);
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(a[i].dtype(), b[i].dtype());
    ASSERT_EQ(a[i].shape(), b[i].shape());
    EXPECT_EQ(std::memcmp(a[i].raw(), b[i].raw(), a[i].bytes()), 0) << "result " << i;
  }
}

// relu(x w + b), and with it what a training step needs of it.
ir::Graph dense(bool gradients) {
  ir::Graph graph;
  const ir::Dim batch = ir::Dim::symbol("B");
  const ir::Value x = graph.input("x", {DType::float32, {batch, 4}});
  const std::size_t kernel = graph.declare_variable("dense/kernel", {DType::float32, {4, 3}});
  const std::size_t bias = graph.declare_variable("dense/bias", {DType::float32, {3}});
  const ir::Values weights = {graph.read(kernel), graph.read(bias)};
  const ir::Value y = ir::unary("relu", ir::dot(x, weights[0]) + weights[1]);
  graph.output("y", y);
  if (!gradients) return graph;
  const ir::Values found = ir::gradients(ir::sum(ir::square(y), {0, 1}), weights);
  graph.output("kernel gradient", found[0]);
  graph.output("bias gradient", found[1]);
  graph.assign(bias, weights[1] - found[1] * 0.125);
  return graph;
}

TEST(Emit, DenseComesBack) {
  const std::vector<Tensor> variables = {counted({4, 3}, 0.25), counted({3}, 0.5)};
  expect_same(dense(false), {{"B", 5}}, {counted({5, 4}, 0.5)}, variables);
  expect_same(dense(true), {{"B", 5}}, {counted({5, 4}, 0.5)}, variables);
}

TEST(Emit, AssignmentsRunAfterReads) {
  const EmittedFunction emitted = emit_function(dense(true), "f");
  const TfFunction& function = emitted.graph.functions.at("f");
  EXPECT_TRUE(function.stateful);
  ASSERT_EQ(function.control_returns.size(), 1u);
  const auto assign = std::ranges::find(function.nodes, "AssignVariableOp", &TfNode::op);
  ASSERT_NE(assign, function.nodes.end());
  EXPECT_EQ(assign->inputs.size(), 4u) << "handle, value, two reads";
}

TEST(Emit, ShapesOfTheBatchBecomeNodes) {
  ir::Graph graph;
  const ir::Dim batch = ir::Dim::symbol("B"), time = ir::Dim::symbol("T");
  const ir::Value x = graph.input("x", {DType::float32, {batch, time, 2}});
  graph.output("flat", ir::reshape(x, {batch, time * 2}));
  graph.output("wide", ir::broadcast_to(ir::constant(graph, DType::float32, 3), {batch, time}));
  graph.output("size", ir::dimension(graph, time, DType::int64));
  graph.output("part", ir::slice_axis(x, 1, 1, time));
  EXPECT_ERROR(emit_function(graph, "f"), ErrorCode::unsupported, "is no dimension of an input");
  graph.outputs.erase(graph.outputs.begin());
  expect_same(graph, {{"B", 2}, {"T", 3}}, {counted({2, 3, 2}, 1)}, {});
}

TEST(Emit, DotsOfAnyAxesComeBack) {
  ir::Graph graph;
  const ir::Value a = graph.input("a", {DType::float32, {2, 3, 4, 5}});
  const ir::Value b = graph.input("b", {DType::float32, {3, 5, 2, 6}});
  graph.output("batched", ir::dot_general(a, b, {{3}, {1}, {0, 1}, {2, 0}}));
  graph.output("outer", ir::dot_general(a, b, {{3, 1}, {1, 0}, {}, {}}));
  const ir::Value square = ir::reshape(a, {12, 10});
  graph.output("transposed", ir::dot_general(square, square, {{0}, {0}, {}, {}}));
  expect_same(graph, {}, {counted({2, 3, 4, 5}, 0.5), counted({3, 5, 2, 6}, 0.5)}, {});
}

TEST(Emit, LayoutAndReductionsComeBack) {
  ir::Graph graph;
  const ir::Value x = graph.input("x", {DType::float32, {2, 3, 4}});
  graph.output("t", ir::transpose(x, {2, 0, 1}));
  graph.output("c", ir::concatenate({x, x * 2.0}, 1));
  graph.output("s", ir::slice(x, {0, 1, 0}, {2, 3, 4}, {1, 1, 2}));
  graph.output("m", ir::mean(x, {0, 2}));
  graph.output("k", ir::reduce("reduce_max", x, {1}, ir::Keep::yes));
  graph.output("any",
               ir::reduce("reduce_any", ir::compare("greater", x, ir::constant_like(x, 2)), {0, 1, 2}));
  graph.output("cast", ir::cast(x, DType::int32));
  graph.output("leaky", graph.add("leaky_relu", {x}, {{"negative_slope", 0.25}}));
  expect_same(graph, {}, {counted({2, 3, 4}, 0.5)}, {});
}

TEST(Emit, OpsWithoutARowAreNamedTogether) {
  ir::Graph graph;
  const ir::Value x = graph.input("x", {DType::float32, {2}});
  graph.output("a", ir::unary("asinh", x));
  graph.output("b", ir::unary("atan", x));
  EXPECT_ERROR(emit_function(graph, "f"), ErrorCode::unsupported, "asinh, atan");
}

}  // namespace
}  // namespace keratin
