// Contexts that carry the variables they update: in place or not, what runs give is the same.
#include <gtest/gtest.h>

#include "runtime/exec/context.h"
#include "runtime/ir/build.h"

namespace keratin::test {
namespace {

ir::Value variable(ir::Graph& graph, const char* name, const ir::Dims& shape) {
  return graph.read(graph.declare_variable(name, {DType::float32, shape}));
}

Tensor filled(const Shape& shape, float value) {
  Tensor tensor(DType::float32, shape);
  for (std::size_t i = 0; i < tensor.elements(); ++i) tensor.data<float>()[i] = value + static_cast<float>(i);
  return tensor;
}

std::shared_ptr<exec::Prepared> prepare(const ir::Graph& graph, std::vector<Tensor> values, int threads = 1) {
  exec::CompileOptions options;
  options.threads = threads;
  auto snapshot = std::make_shared<exec::Snapshot>();
  snapshot->values = std::move(values);
  return std::make_shared<exec::Prepared>(exec::compile(graph, options), snapshot);
}

TEST(Carry, AsUpdatesThatAreGiven) {
  ir::Graph graph;
  const ir::Value x = graph.input("x", {DType::float32, {3, 4}});
  const ir::Value mean = variable(graph, "mean", {3, 4}), row = variable(graph, "row", {4}),
                  late = variable(graph, "late", {3, 4}), swapped = variable(graph, "swapped", {3, 4});
  const ir::Value new_mean = mean * 0.5 + x;
  graph.output("y", ir::sum(late * swapped, {}));
  graph.assign(1, ir::sum(new_mean, {0}) + row);
  graph.assign(0, new_mean);         // in place
  graph.assign(2, late + new_mean);  // its old value goes to the output, which is copied or made before
  graph.assign(3, late);             // a copy of another's old value
  const std::vector<Tensor> values = {filled({3, 4}, 1), filled({4}, 2), filled({3, 4}, 3),
                                      filled({3, 4}, 4)};
  const auto prepared = prepare(graph, values);
  const std::vector<bool>& in_place = prepared->executable().update_in_place;
  EXPECT_NE(std::count(in_place.begin(), in_place.end(), true), 0);
  EXPECT_NE(std::count(in_place.begin(), in_place.end(), false), 0);

  exec::Context carrying(prepared, std::make_shared<Team>(1)), given(prepared, std::make_shared<Team>(1));
  std::vector<Tensor> state = exec::Context::initial_state(*prepared);
  carrying.carry(state);
  std::vector<Tensor> now = values;
  for (int step = 0; step < 4; ++step) {
    const Tensor input = filled({3, 4}, static_cast<float>(step));
    const void* in[] = {input.raw()};
    Tensor mine(DType::float32, {3, 4}), expected(DType::float32, {3, 4});
    void *out[] = {mine.raw()}, *expected_out[] = {expected.raw()};
    carrying.run(in, out);
    const auto once = prepare(graph, now);
    std::vector<Tensor> next = exec::Context::initial_state(*once);
    std::vector<void*> updates;
    for (Tensor& tensor : next) updates.push_back(tensor.raw());
    exec::Context(once, std::make_shared<Team>(1)).run(in, expected_out, updates.data());
    for (std::size_t i = 0; i < mine.elements(); ++i)
      EXPECT_EQ(mine.data<float>()[i], expected.data<float>()[i]);
    for (std::size_t k = 0; k < next.size(); ++k) {
      now[graph.updates[k].variable] = next[k];
      for (std::size_t i = 0; i < next[k].elements(); ++i)
        EXPECT_EQ(state[k].data<float>()[i], next[k].data<float>()[i]) << "update " << k << ", step " << step;
    }
  }
}

// An average that fades away ends as 0, on every thread, and the caller's mode stays.
TEST(Carry, DenormalsAreZero) {
  constexpr std::int64_t count = 1 << 18;
  ir::Graph graph;
  const ir::Value x = variable(graph, "x", {count});
  graph.assign(0, x * 0.25);
  const auto prepared = prepare(graph, {Tensor(DType::float32, {count})}, 2);
  exec::Context context(prepared, std::make_shared<Team>(2));
  std::vector<Tensor> state = {Tensor(DType::float32, {count})};
  std::fill_n(state[0].data<float>(), count, 2e-38f);
  context.carry(state);
  context.run(nullptr, nullptr);
  EXPECT_EQ(std::count(state[0].data<float>(), state[0].data<float>() + count, 0.0f), count);
  volatile float small = 2e-38f;
  EXPECT_NE(small * 0.25f, 0.0f);
}

}  // namespace
}  // namespace keratin::test
