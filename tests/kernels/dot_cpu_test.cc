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
