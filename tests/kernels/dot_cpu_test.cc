#include "runtime/ir/build.h"
#include "tests/kernels/against_reference.h"

namespace keratin::test {
namespace {

using ir::Dims;

void expect_dot(const Dims& a, const Dims& b, const ir::DotAxes& axes) {
  for (bool parameter : {false, true}) {
    ir::Graph graph;
    const ir::Value x = graph.input("a", {DType::float32, a});
    const ir::Type type{DType::float32, b};
    const ir::Value y = parameter ? graph.read(graph.declare_variable("b", type)) : graph.input("b", type);
    graph.output("y", ir::dot_general(x, y, axes));
    expect_kernels(graph, 2e-5);
  }
}

TEST(Dot, MatrixOfAnySize) {
  for (int m : {1, 2, 4, 5, 13, 97, 200})
    for (int n : {1, 10, 16, 63, 64, 65, 130, 200})
      for (int k : {0, 1, 3, 64, 131}) expect_dot({m, k}, {k, n}, {{1}, {0}, {}, {}});
}

TEST(Dot, OfManyThreadsWorth) {
  expect_dot({300, 129}, {129, 300}, {{1}, {0}, {}, {}});
  expect_dot({3, 700}, {700, 3001}, {{1}, {0}, {}, {}});
  expect_dot({900, 300}, {300, 17}, {{1}, {0}, {}, {}});
}

TEST(Dot, Transposed) {
  expect_dot({37, 20}, {37, 70}, {{0}, {0}, {}, {}});
  expect_dot({20, 37}, {70, 37}, {{1}, {1}, {}, {}});
  expect_dot({1, 37}, {70, 37}, {{1}, {1}, {}, {}});
  expect_dot({37, 9}, {70, 37}, {{0}, {1}, {}, {}});
}

// Columns of a, and sums that are made in pieces.
TEST(Dot, TransposedAndDeep) {
  for (int m : {1, 4, 5, 14, 15, 40, 300})
    for (int n : {1, 10, 32, 64, 71})
      for (int k : {0, 1, 5, 256, 257, 700}) expect_dot({k, m}, {k, n}, {{0}, {0}, {}, {}});
  expect_dot({3, 2049}, {2049, 40}, {{1}, {0}, {}, {}});
  expect_dot({30, 2049}, {2049, 71}, {{1}, {0}, {}, {}});
  expect_dot({300, 5000}, {5000, 32}, {{1}, {0}, {}, {}});
  expect_dot({20, 30, 40}, {20, 30, 50}, {{0, 1}, {0, 1}, {}, {}});
  expect_dot({20, 40, 30}, {20, 50, 30}, {{2}, {2}, {0}, {0}});
  for (int n : {1, 16, 31, 70})
    for (int k : {1, 40, 2500}) expect_dot({20, k}, {n, k}, {{1}, {1}, {}, {}});
  expect_dot({2500, 20}, {70, 2500}, {{0}, {1}, {}, {}});
  expect_dot({600, 30}, {70, 30}, {{1}, {1}, {}, {}});
}

TEST(Dot, ColumnsOfBAsLines) {
  for (int m : {4, 5, 15, 300})
    for (int n : {1, 10, 16, 32, 71, 100})
      for (int k : {0, 1, 3, 4, 70, 2055}) {
        expect_dot({m, k}, {n, k}, {{1}, {1}, {}, {}});
        expect_dot({k, m}, {n, k}, {{0}, {1}, {}, {}});
      }
  expect_dot({9, 2, 30}, {11, 2, 30}, {{2}, {2}, {1}, {1}});
}

// What follows a sum that is made in pieces: a shift and a clamp follow the last one, more forbids pieces.
TEST(Dot, DeepWithEpilogue) {
  for (bool adds : {false, true})
    for (bool across : {false, true}) {
      ir::Graph graph;
      const ir::Value a = graph.input("a", {DType::float32, across ? Dims{2100, 30} : Dims{30, 2100}}),
                      b = graph.input("b", {DType::float32, {2100, 40}}),
                      shift = graph.input("shift", {DType::float32, {40}}),
                      add = graph.input("add", {DType::float32, {30, 40}});
      ir::Value y = ir::dot_general(a, b, {{across ? 0 : 1}, {0}, {}, {}}) + shift;
      if (adds) y = y + add;
      graph.output("y", ir::unary("relu", y));
      expect_kernels(graph, 2e-5);
    }
}

TEST(Dot, BatchesAndManyAxes) {
  expect_dot({2, 3, 4, 5}, {2, 3, 5, 6}, {{3}, {2}, {0, 1}, {0, 1}});
  expect_dot({2, 7, 3, 8}, {2, 9, 3, 8}, {{3}, {3}, {0, 2}, {0, 2}});   // queries x keys
  expect_dot({2, 3, 7, 9}, {2, 9, 3, 80}, {{3}, {1}, {0, 1}, {0, 2}});  // scores x values
  expect_dot({3, 4, 2}, {2, 5, 6, 4}, {{1}, {3}, {2}, {0}});
  expect_dot({2, 3, 4}, {4, 5, 2}, {{2, 0}, {0, 2}, {}, {}});
  expect_dot({6, 3, 4}, {3, 4, 50}, {{1, 2}, {0, 1}, {}, {}});
  expect_dot({3}, {4}, {{}, {}, {}, {}});
  expect_dot({9}, {9}, {{0}, {0}, {}, {}});
  expect_dot({5, 9}, {9}, {{1}, {0}, {}, {}});
  expect_dot({0, 9}, {9, 4}, {{1}, {0}, {}, {}});
}

}  // namespace
}  // namespace keratin::test
