// The random ops against TensorFlow's own numbers: bits and uniform numbers exactly, normal ones up to the
// rounding of sin, cos and log.
#include <gtest/gtest.h>

#include "keratin/data.h"
#include "runtime/ir/build.h"
#include "runtime/ir/op.h"
#include "tests/exec/run_graph.h"
#include "tests/kernels/op_case.h"

namespace keratin::test {
namespace {

Tensor golden(const std::string& name) {
  static const NamedTensors all = read_data(KERATIN_TEST_DATA "/golden/random/random.npz");
  for (const auto& [key, tensor] : all)
    if (key == name) return tensor;
  fail(ErrorCode::io, "random.npz has no ", name);
}

Tensor draw(const std::string& op, DType dtype, const Shape& shape) {
  ir::Graph graph;
  const ir::Values in = {graph.input("key", {DType::uint64, {1}}),
                         graph.input("counter", {DType::uint64, {2}})};
  graph.output("y", graph.add("random_" + op, in, {{"shape", ir::to_dims(shape)}, {"dtype", dtype}}));
  return run_graph(graph, {golden("key"), golden("counter")})[0];
}

class Random : public testing::TestWithParam<DType> {};

TEST_P(Random, EqualsTensorFlow) {
  const DType dtype = GetParam();
  const std::string name(name_of(dtype));
  for (const char* op : {"bits", "uniform", "normal"}) {
    if (is_integer(dtype) != (op == std::string("bits"))) continue;
    const Tensor expected = golden(cat(op, "_", name));
    const Tensor found = draw(op, dtype, expected.shape());
    SCOPED_TRACE(op);
    if (op != std::string("normal")) {
      EXPECT_EQ(std::memcmp(found.raw(), expected.raw(), expected.bytes()), 0);
    } else {
      const Tensor same_dtype(dtype, expected.shape(), nullptr, expected.raw());
      EXPECT_EQ(difference(found, same_dtype, 1), "");
    }
  }
}
INSTANTIATE_TEST_SUITE_P(All, Random,
                         testing::Values(DType::float32, DType::float64, DType::float16, DType::bfloat16,
                                         DType::uint32, DType::int32, DType::uint64, DType::int64),
                         [](const auto& info) { return std::string(name_of(info.param)); });

TEST(RandomKey, EqualsTensorFlow) {
  for (const char* dtype : {"int32", "int64"}) {
    const std::string name = cat("seed_", dtype);
    ir::Graph graph;
    ir::Node& node = graph.add_node("random_key", {graph.input("seed", {parse_dtype(dtype), {2}})});
    graph.output("key", node.out(0));
    graph.output("counter", node.out(1));
    const std::vector<Tensor> found = run_graph(graph, {golden(name)});
    EXPECT_EQ(difference(found[0], golden(name + "_key"), 0), "");
    EXPECT_EQ(difference(found[1], golden(name + "_counter"), 0), "");
  }
}

// A thread begins in the middle of the stream.
TEST(Random, IsTheSameOnAnyNumberOfThreads) {
  ir::Graph graph;
  const ir::Values in = {graph.input("key", {DType::uint64, {1}}),
                         graph.input("counter", {DType::uint64, {2}})};
  graph.output("y", graph.add("random_normal", in, {{"shape", ir::Dims{100, 103}}}));
  const std::vector<Tensor> inputs = {golden("key"), golden("counter")};
  const Tensor one = run(*compile(graph, {}, 1).context, inputs)[0];
  const Tensor three = run(*compile(graph, {}, 3).context, inputs)[0];
  EXPECT_EQ(std::memcmp(one.raw(), three.raw(), one.bytes()), 0);
}

}  // namespace
}  // namespace keratin::test
