#include "runtime/ir/build_nn.h"
#include "tests/kernels/against_reference.h"

namespace keratin::test {
namespace {

using ir::Dims;

void expect_convolution(const Dims& x, const Dims& w, const ir::ConvolutionAxes& axes) {
  for (bool parameter : {false, true}) {
    ir::Graph graph;
    const ir::Value in = graph.input("x", {DType::float32, x});
    const ir::Type type{DType::float32, w};
    const ir::Value filter =
        parameter ? graph.read(graph.declare_variable("w", type)) : graph.input("w", type);
    graph.output("y", ir::convolution(in, filter, axes));
    expect_kernels(graph, 2e-5);
  }
}

TEST(Convolution, OneByOne) {
  expect_convolution({2, 7, 9, 16}, {1, 1, 16, 70}, {});
  expect_convolution({1, 14, 14, 33}, {1, 1, 33, 128}, {});
  expect_convolution({1, 15, 14, 32}, {1, 1, 32, 64}, {.strides = {2, 2}});
  expect_convolution({3, 1, 1, 32}, {1, 1, 32, 200}, {});
  expect_convolution({1, 9, 9, 5}, {1, 1, 5, 3}, {.low = {1, 0}, .high = {0, 2}});
}

TEST(Convolution, ThreeByThree) {
  expect_convolution({1, 9, 11, 40}, {3, 3, 40, 72}, {.low = {1, 1}, .high = {1, 1}});
  expect_convolution({2, 8, 8, 32}, {3, 3, 32, 64}, {.strides = {2, 2}, .low = {0, 0}, .high = {1, 1}});
  expect_convolution({2, 8, 7, 6}, {3, 3, 6, 10}, {.low = {1, 1}, .high = {1, 1}});
  expect_convolution({1, 12, 12, 33}, {3, 2, 33, 5}, {.low = {2, 2}, .high = {2, 2}, .dilation = {2, 2}});
  expect_convolution({1, 5, 5, 3}, {3, 3, 3, 8}, {.low = {-1, 3}, .high = {2, -1}});
}

TEST(Convolution, StemOfAnImageNetwork) {
  expect_convolution({1, 35, 33, 3}, {7, 7, 3, 64}, {.strides = {2, 2}, .low = {3, 3}, .high = {3, 3}});
  expect_convolution({1, 16, 16, 1}, {3, 3, 1, 32}, {});
}

TEST(Convolution, GroupsAndTransposed) {
  expect_convolution({2, 9, 9, 12}, {3, 3, 4, 18}, {.low = {1, 1}, .high = {1, 1}, .groups = 3});
  expect_convolution({1, 9, 9, 128}, {3, 3, 64, 160}, {.low = {1, 1}, .high = {1, 1}, .groups = 2});
  expect_convolution({1, 6, 5, 8}, {3, 3, 8, 12}, {.low = {2, 2}, .high = {2, 1}, .input_dilation = {2, 2}});
  expect_convolution({1, 4, 4, 6}, {3, 3, 1, 12}, {.groups = 6});  // a multiplier of 2
}

TEST(Convolution, OneAndThreeAxes) {
  expect_convolution({2, 50, 9}, {5, 9, 40}, {.low = {4}, .high = {0}});
  expect_convolution({1, 30, 40}, {3, 40, 17}, {.strides = {2}, .dilation = {1}});
  expect_convolution({1, 5, 6, 7, 4}, {3, 3, 3, 4, 20}, {.low = {1, 1, 1}, .high = {1, 1, 1}});
}

TEST(Convolution, Depthwise) {
  for (std::int64_t channels : {3, 16, 40, 65})
    for (std::int64_t window : {2, 3, 5, 7})
      for (std::int64_t stride : {1, 2, 3}) {
        const ir::Dim half((window - 1) / 2), rest(window / 2);
        expect_convolution(
            {2, 13, 11, channels}, {window, window, 1, channels},
            {.strides = {stride, stride}, .low = {half, half}, .high = {rest, rest}, .groups = channels});
      }
  expect_convolution({1, 9, 8, 20}, {3, 3, 1, 20}, {.dilation = {2, 2}, .groups = 20});
  expect_convolution({1, 9, 20}, {3, 1, 20}, {.low = {2}, .high = {0}, .groups = 20});
  expect_convolution({1, 2, 2, 16}, {5, 5, 1, 16}, {.low = {2, 2}, .high = {2, 2}, .groups = 16});
  expect_convolution({1, 100, 100, 96}, {3, 3, 1, 96}, {.low = {1, 1}, .high = {1, 1}, .groups = 96});
}

}  // namespace
}  // namespace keratin::test
