// Compiling and running whole graphs: where results come from, updates, preparation, regions, poison.
#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "runtime/core/error.h"
#include "runtime/ir/build.h"
#include "runtime/ir/evaluate.h"
#include "runtime/ir/op.h"
#include "runtime/ir/print.h"
#include "tests/exec/run_graph.h"

namespace keratin::test {
namespace {

using ir::Type;
using ir::Value;

Tensor floats(Shape shape, std::initializer_list<float> values) { return Tensor::of<float>(shape, values); }

void expect_same(const std::vector<Tensor>& found, const std::vector<Tensor>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    ASSERT_EQ(found[i].shape(), expected[i].shape());
    EXPECT_EQ(std::memcmp(found[i].raw(), expected[i].raw(), found[i].bytes()), 0) << "result " << i;
  }
}

// Outputs that no step writes: inputs, variables, constants, views of them, and one value twice.
TEST(Exec, CopiesResultsThatNoStepMakes) {
  ir::Graph graph;
  const Value x = graph.input("x", {DType::float32, {2}});
  const Value v = graph.read(graph.declare_variable("v", {DType::float32, {2}}));
  const Value c = ir::constant(graph, floats({2}, {5, 6}));
  const Value y = x + v;
  for (const Value& value : {x, v, c, ir::reshape(x, {1, 2}), y, y, ir::reshape(y, {2, 1}), v + c})
    graph.output("y", value);
  graph.assign(0, y);
  const std::vector<Tensor> inputs = {floats({2}, {1, 2})}, variables = {floats({2}, {3, 4})};
  const std::vector<Tensor> found = run_graph(graph, inputs, variables);
  expect_same(found, ir::evaluate_graph(graph, inputs, variables));
  EXPECT_EQ(found[6].data<float>()[1], 6);
}

// v is read by an output and replaced: the output sees the old value.
TEST(Exec, UpdatesDontTouchTheOldValue) {
  ir::Graph graph;
  const std::size_t v = graph.declare_variable("v", {DType::float32, {2}});
  const Value x = graph.input("x", {DType::float32, {2}}), before = graph.read(v);
  graph.assign(v, before * 0.5 + x);
  graph.output("old", before);
  graph.output("new", graph.read(v));
  const std::vector<Tensor> variables = {floats({2}, {2, 4})};
  Compiled compiled = compile(graph, variables);
  EXPECT_TRUE(compiled.executable->preparation.empty()) << "a variable that changes is no parameter";
  const std::vector<Tensor> found = run(*compiled.context, {floats({2}, {1, 1})});
  expect_same(found, {floats({2}, {2, 4}), floats({2}, {2, 3}), floats({2}, {2, 3})});
  EXPECT_EQ(variables[0].data<float>()[0], 2);
  std::vector<float> a(2), b(2);
  const std::vector<const void*> in = {a.data()};
  const std::vector<void*> out = {a.data(), b.data()};
  EXPECT_THROW(compiled.context->run(in.data(), out.data()), Error) << "updates need memory";
}

TEST(Exec, PreparesWhatDependsOnParametersAlone) {
  ir::Graph graph;
  const Value x = graph.input("x", {DType::float32, {2, 3}});
  const Value w = graph.read(graph.declare_variable("w", {DType::float32, {4, 3}}));
  const Value scaled = ir::transpose(w, {1, 0}) * 2.0;
  graph.output("y", ir::dot(x, scaled));
  graph.output("w", scaled);
  Compiled compiled = compile(graph, {Tensor::zeros(DType::float32, {4, 3})});
  EXPECT_EQ(compiled.executable->preparation.size(), 2u);
  EXPECT_EQ(compiled.executable->steps.size(), 1u);
  const std::vector<Tensor> inputs = {floats({2, 3}, {1, 2, 3, 4, 5, 6})};
  const std::vector<Tensor> weights = {floats({4, 3}, {1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1})};
  expect_same(run_graph(graph, inputs, weights), ir::evaluate_graph(graph, inputs, weights));
}

TEST(Exec, RunsEmptyTensors) {
  ir::Graph graph;
  const Value x = graph.input("x", {DType::float32, {0, 3}});
  const Value w = graph.read(graph.declare_variable("w", {DType::float32, {3, 2}}));
  graph.output("y", ir::exp(ir::dot(x, w)));
  graph.output("sum", ir::sum(x, {0}));
  const std::vector<Tensor> inputs = {Tensor(DType::float32, {0, 3})};
  const std::vector<Tensor> variables = {Tensor::zeros(DType::float32, {3, 2})};
  const std::vector<Tensor> found = run_graph(graph, inputs, variables);
  EXPECT_EQ(found[0].shape(), (Shape{0, 2}));
  EXPECT_EQ(found[1].data<float>()[2], 0);
}

// A long chain with branches, its arena full of NaN before each run: nothing is read before it is written.
TEST(Exec, ReadsNothingItDidNotWrite) {
  const WithEnv poison("KERATIN_POISON", "1");
  ir::Graph graph;
  const Value x = graph.input("x", {DType::float32, {8, 8}});
  Value y = x;
  for (int i = 0; i < 6; ++i) y = ir::tanh(ir::dot(y, y) * 0.1 + ir::transpose(y, {1, 0})) + ir::square(y);
  graph.output("y", y);
  Tensor input(DType::float32, {8, 8});
  for (std::size_t i = 0; i < 64; ++i) input.data<float>()[i] = static_cast<float>(i % 7) * 0.1f - 0.3f;
  Compiled compiled = compile(graph);
  const std::vector<Tensor> first = run(*compiled.context, {input});
  const std::vector<Tensor> expected = ir::evaluate_graph(graph, std::vector<Tensor>{input});
  for (std::size_t i = 0; i < 64; ++i)
    EXPECT_NEAR(first[0].data<float>()[i], expected[0].data<float>()[i],
                1e-4f * (1 + std::abs(expected[0].data<float>()[i])));
  expect_same(run(*compiled.context, {input}), first);
}

// What a region computes from constants alone is prepared once, however big.
TEST(Exec, PreparesConstantsOfRegions) {
  const ir::Graph graph = ir::parse_graph(R"(graph {
  %0 = input() {name="h", dtype=f32, shape=[70,70]}
  %1 = scan(%0) {carries=1, length=[3]}
  graph {
    %0 = input() {name="h", dtype=f32, shape=[70,70]}
    %1 = iota() {shape=[70,70], axis=1, dtype=f32}
    %2 = add(%0, %1)
    output "h" = %2
  }
  output "y" = %1
})");
  const std::vector<Tensor> inputs = {Tensor::zeros(DType::float32, {70, 70})};
  expect_same(run_graph(graph, inputs), ir::evaluate_graph(graph, inputs));
}

// Any number of contexts run one executable at the same time.
TEST(Exec, ServesSeveralThreads) {
  ir::Graph graph;
  const Value x = graph.input("x", {DType::float32, {16}});
  graph.output("y", ir::exp(ir::tanh(x)) + ir::sum(x, {0}));
  Compiled compiled = compile(graph);
  std::vector<std::thread> threads;
  std::vector<int> wrong(4);
  for (std::size_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      exec::Context context(compiled.prepared, std::make_shared<Team>(1));
      Tensor input(DType::float32, {16});
      for (std::size_t i = 0; i < 16; ++i) input.data<float>()[i] = static_cast<float>(t) * 0.25f;
      const float expected = ir::evaluate_graph(graph, std::vector<Tensor>{input})[0].data<float>()[0];
      for (int i = 0; i < 200; ++i)
        wrong[t] += std::abs(run(context, {input})[0].data<float>()[15] - expected) > 1e-5f;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4));
}

TEST(Exec, IsTheSameInOtherWeather) {
  const ir::Graph graph = ir::parse_graph(R"(graph {
  var "w" : f32[3,3]
  %0 = input() {name="x", dtype=f32, shape=[4,2,3]}
  %1 = input() {name="h", dtype=f32, shape=[2,3]}
  %2 = variable() {index=0, dtype=f32, shape=[3,3]}
  %3 = scan(%1, %0, %2) {carries=1, xs=1, length=[4]}
  graph {
    %0 = input() {name="h", dtype=f32, shape=[2,3]}
    %1 = input() {name="x", dtype=f32, shape=[2,3]}
    %2 = input() {name="w", dtype=f32, shape=[3,3]}
    %3 = dot_general(%0, %2) {contract_a=[1], contract_b=[0]}
    %4 = add(%1, %3)
    %5 = tanh(%4)
    output "h" = %5
    output "y" = %5
  }
  %6 = transpose(%3#1) {permutation=[1,0,2]}
  output "last" = %3#0
  output "all" = %6
})");
  std::vector<Tensor> inputs, variables = {floats({3, 3}, {.1f, .2f, .3f, -.1f, .4f, 0, .5f, -.6f, .7f})};
  for (const Value& input : graph.inputs) {
    inputs.emplace_back(input.dtype(), ir::to_shape(input.shape()));
    for (std::size_t i = 0; i < inputs.back().elements(); ++i)
      inputs.back().data<float>()[i] = static_cast<float>(i % 5) * 0.2f - 0.4f;
  }
  const std::vector<Tensor> expected = ir::evaluate_graph(graph, inputs, variables);
  const std::pair<const char*, const char*> weathers[] = {
      {"KERATIN_SKIP_PASSES", "all"}, {"KERATIN_KERNEL", "evaluate"}, {"KERATIN_POISON", "1"}};
  for (const auto& [name, value] : weathers) {
    const WithEnv weather(name, value);
    const std::vector<Tensor> found = run_graph(graph, inputs, variables);
    for (std::size_t k = 0; k < found.size(); ++k)
      for (std::size_t i = 0; i < found[k].elements(); ++i)
        EXPECT_NEAR(found[k].data<float>()[i], expected[k].data<float>()[i], 1e-6f) << name;
  }
}

TEST(Exec, ListsAllOpsThatADeviceLacks) {
  ir::Graph graph;
  const Value x = graph.input("x", {DType::int8, {2, 2}});
  graph.output("y", graph.add("bitwise_and", {x, x}));
  graph.output("z", graph.add("bitwise_or", {x, x}));
  try {
    exec::compile(graph, {dispatch::Device::cuda, 1, "test"});
    FAIL() << "no GPU kernel takes int8 bits";
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::unsupported);
    EXPECT_NE(std::string(e.what()).find("bitwise_and, bitwise_or"), std::string::npos) << e.what();
  }
}

TEST(Exec, PrintsItsSteps) {
  ir::Graph graph;
  const Value x = graph.input("x", {DType::float32, {2}});
  graph.output("y", ir::exp(x));
  EXPECT_NE(compile(graph).executable->to_string().find("exp(%0) : f32[2]"), std::string::npos);
}

}  // namespace
}  // namespace keratin::test
