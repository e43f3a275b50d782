// Carried state: which updates are written into the variables themselves, and that none is when a run fails.
#include <gtest/gtest.h>

#include "runtime/core/error.h"
#include "runtime/ir/build.h"
#include "runtime/ir/build_nn.h"
#include "runtime/ir/evaluate.h"
#include "tests/exec/run_graph.h"

namespace keratin::test {
namespace {

using ir::Value;

constexpr std::int64_t size = 3;

Tensor matrix(float first) {
  Tensor tensor(DType::float32, {size, size});
  for (std::size_t i = 0; i < tensor.elements(); ++i) tensor.data<float>()[i] = first + static_cast<float>(i);
  return tensor;
}

// A graph with square variables "a" and "b", run on carried state.
class Carried {
 public:
  explicit Carried(const ir::Graph& graph)
      : graph_(graph), compiled_(compile(graph, {matrix(1), matrix(20)})) {
    for (const ir::Update& update : graph.updates) {
      state_.push_back(update.variable == 0 ? matrix(1) : matrix(20));
      pointers_.push_back(state_.back().raw());
    }
    compiled_.context->carry(pointers_);
  }
  void run(const std::vector<Tensor>& inputs) {
    std::vector<const void*> in;
    for (const Tensor& input : inputs) in.push_back(input.raw());
    std::vector<Tensor> results;
    std::vector<void*> out;
    for (const ir::Output& output : graph_.outputs)
      results.emplace_back(output.value.dtype(), ir::to_shape(output.value.shape()));
    for (Tensor& result : results) out.push_back(result.raw());
    compiled_.context->run(in.data(), out.data());
  }
  // Two runs on carried state and two evaluations.
  void check(const std::vector<Tensor>& inputs) {
    std::vector<Tensor> variables = {matrix(1), matrix(20)};
    for (int i = 0; i < 2; ++i) {
      run(inputs);
      const std::vector<Tensor> expected = ir::evaluate_graph(graph_, inputs, variables);
      for (std::size_t k = 0; k < graph_.updates.size(); ++k)
        variables[graph_.updates[k].variable] = expected[graph_.outputs.size() + k];
    }
    for (std::size_t k = 0; k < graph_.updates.size(); ++k)
      for (std::size_t i = 0; i < state_[k].elements(); ++i)
        EXPECT_FLOAT_EQ(state_[k].data<float>()[i], variables[graph_.updates[k].variable].data<float>()[i])
            << "update " << k << ", element " << i;
  }
  std::vector<bool> in_place() const { return compiled_.executable->update_in_place; }
  const Tensor& state(std::size_t i) const { return state_[i]; }

 private:
  const ir::Graph& graph_;
  Compiled compiled_;
  std::vector<Tensor> state_;
  std::vector<void*> pointers_;
};

struct InPlace : testing::Test {
  ir::Graph graph;
  const ir::Type type{DType::float32, {size, size}};
  const std::size_t a = graph.declare_variable("a", type), b = graph.declare_variable("b", type);
  const Value x = graph.input("x", type);
};

TEST_F(InPlace, WritesElementwiseUpdatesOverTheirOperands) {
  const Value g = ir::dot(x, graph.read(a));
  graph.assign(a, graph.read(a) - g * 0.5);
  graph.assign(b, graph.read(b) * 0.9 + g);
  Carried run(graph);
  EXPECT_EQ(run.in_place(), (std::vector<bool>{true, true}));
  run.check({matrix(0.25)});
}

TEST_F(InPlace, KeepsValuesThatAreReadLater) {
  const Value before = graph.read(a), next = before + x;
  graph.assign(a, next);
  graph.assign(b, ir::dot(next, before));  // reads the old value after the new one was made
  Carried run(graph);
  EXPECT_EQ(run.in_place(), (std::vector<bool>{false, false}));
  run.check({matrix(0.25)});
}

TEST_F(InPlace, DoesNotWriteOverWhatAProductReads) {
  graph.assign(a, ir::dot(graph.read(a), x));
  Carried run(graph);
  EXPECT_EQ(run.in_place(), (std::vector<bool>{false}));
  run.check({matrix(0.25)});
}

TEST_F(InPlace, SwapsVariables) {
  const Value first = graph.read(a), second = graph.read(b);
  graph.assign(a, second);
  graph.assign(b, first);
  Carried run(graph);
  EXPECT_EQ(run.in_place(), (std::vector<bool>{false, false}));
  run.check({matrix(0.25)});
}

TEST_F(InPlace, KeepsTheOldValueForAnOutput) {
  graph.output("old", graph.read(a));
  graph.assign(a, graph.read(a) + x);
  Carried run(graph);
  EXPECT_EQ(run.in_place(), (std::vector<bool>{false}));
  run.check({matrix(0.25)});
}

TEST_F(InPlace, ChangesNothingWhenARunFails) {
  const Value indices = graph.input("i", {DType::int32, {2}});
  graph.assign(a, graph.read(a) + x);
  graph.output("rows", ir::gather(x, indices, 0));
  graph.assign(b, graph.read(b) + x);
  Carried run(graph);
  EXPECT_EQ(run.in_place(), (std::vector<bool>{false, true}));
  EXPECT_THROW(run.run({matrix(1), Tensor::of<std::int32_t>({2}, {0, 7})}), Error);
  EXPECT_EQ(std::memcmp(run.state(0).raw(), matrix(1).raw(), run.state(0).bytes()), 0);
  EXPECT_EQ(std::memcmp(run.state(1).raw(), matrix(20).raw(), run.state(1).bytes()), 0);
  run.check({matrix(0.25), Tensor::of<std::int32_t>({2}, {0, 1})});
}

}  // namespace
}  // namespace keratin::test
