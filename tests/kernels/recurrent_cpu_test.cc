#include "runtime/ir/build.h"
#include "tests/kernels/against_reference.h"

namespace keratin::test {
namespace {

struct Size {
  std::int64_t time, batch, units;
};

void expect_recurrent(const std::string& op, const Size& size, bool masked, bool reverse) {
  SCOPED_TRACE(cat(op, ": ", size.time, " steps, batch ", size.batch, ", ", size.units, " units",
                   masked ? ", masked" : "", reverse ? ", reverse" : ""));
  const bool is_lstm = op == "lstm";
  const std::int64_t gates = (is_lstm ? 4 : 3) * size.units;
  const auto type = [](const ir::Dims& shape) { return ir::Type{DType::float32, shape}; };
  ir::Graph graph;
  ir::Values inputs = {graph.input("x", type({size.time, size.batch, gates})),
                       graph.input("h", type({size.batch, size.units}))};
  if (is_lstm) inputs.push_back(graph.input("c", type({size.batch, size.units})));
  const ir::Value kernel = graph.read(graph.declare_variable("w", type({size.units, gates})));
  inputs.push_back(kernel * (1.0 / std::sqrt(static_cast<double>(size.units))));
  if (!is_lstm) inputs.push_back(graph.input("b", type({gates})));
  if (masked) inputs.push_back(graph.input("mask", {DType::boolean, {size.time, size.batch}}));
  ir::Node& node = graph.add_node(op, std::move(inputs), {{"reverse", reverse}});
  for (std::uint32_t i = 0; i < node.results.size(); ++i) graph.output(cat("y", i), node.out(i));
  expect_kernels(graph, 2e-5);
}

TEST(Recurrent, EveryNumberOfRows) {
  for (const char* op : {"lstm", "gru"})
    for (std::int64_t batch = 1; batch <= 17; ++batch)
      for (std::int64_t units : {3, 16, 37}) expect_recurrent(op, {3, batch, units}, batch % 2 == 0, false);
}

TEST(Recurrent, RowsOverThreads) {
  for (const char* op : {"lstm", "gru"})
    for (bool reverse : {false, true}) expect_recurrent(op, {9, 45, 64}, true, reverse);
}

TEST(Recurrent, UnitsOverThreads) {
  for (const char* op : {"lstm", "gru"}) expect_recurrent(op, {3, 2, 700}, false, true);
}

}  // namespace
}  // namespace keratin::test
