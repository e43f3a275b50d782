// Kernels of reductions, softmax, norms, pooling and moves against their references.
#include "runtime/ir/build_nn.h"
#include "tests/kernels/against_reference.h"

namespace keratin::test {
namespace {

using ir::Dims;
using ir::Ints;
using ir::Value;

template <class Build>
void expect_op(const Dims& shape, Build build, double tolerance = 2e-6) {
  ir::Graph graph;
  graph.output("y", build(graph.input("x", {DType::float32, shape})));
  expect_kernels(graph, tolerance);
}

TEST(Reduce, AnyAxes) {
  for (const char* op : {"reduce_sum", "reduce_mean", "reduce_max", "reduce_min"}) {
    auto over = [&](const Dims& shape, const Ints& axes) {
      expect_op(
          shape, [&](Value x) { return ir::reduce(op, x, axes); }, 1e-5);
    };
    over({7, 100}, {1});
    over({7, 100}, {0});
    over({3, 7, 7, 130}, {1, 2});
    over({3, 5, 7, 9}, {0, 2});
    over({3, 5, 1, 9}, {1, 3});
    over({1000, 3}, {0});
    over({5, 63}, {0, 1});
    over({300, 300}, {1});
    over({4, 6}, {});
    over({1, 1}, {0});
  }
}

TEST(Reduce, EmptyAxis) {
  expect_op({4, 0}, [](Value x) { return ir::sum(x, {1}); });
  expect_op({0, 4}, [](Value x) { return ir::reduce("reduce_max", x, {0}); });
}

TEST(Softmax, Rows) {
  for (std::int64_t n : {1, 10, 16, 63, 64, 1000})
    for (const bool logarithm : {false, true})
      expect_op({5, 3, n}, [&](Value x) {
        x = x * 20.0;
        return logarithm ? ir::log_softmax(x) : ir::softmax(x);
      });
  expect_op({4, 3, 5}, [](Value x) { return ir::softmax(x, {1, 2}); });
  expect_op({4, 30, 5}, [](Value x) { return ir::softmax(x, {1}); });
}

TEST(Norm, Rows) {
  for (std::int64_t n : {1, 7, 16, 100, 768}) {
    expect_op(
        {3, 4, n},
        [&](Value x) {
          ir::Graph& graph = x.graph();
          const Value g = graph.input("g", {DType::float32, {n}}),
                      b = graph.input("b", {DType::float32, {n}});
          return ir::layer_norm(x, g, b, {2}, 1e-3);
        },
        2e-5);
    expect_op(
        {3, 4, n},
        [&](Value x) {
          return ir::rms_norm(x, x.graph().input("g", {DType::float32, {n}}), {2}, 1e-6);
        },
        2e-5);
  }
}

TEST(Pool, Windows) {
  for (std::int64_t channels : {1, 16, 70}) {
    for (const char* kind : {"max", "sum"})
      expect_op({2, 9, 8, channels}, [&](Value x) {
        return ir::reduce_window(kind, x, {{3, 2}, {2, 2}, {1, 0}, {1, 1}});
      });
    expect_op({2, 9, 8, channels}, [&](Value x) {
      return ir::average_pool(x, {{3, 3}, {1, 2}, {1, 1}, {1, 1}});
    });
  }
  expect_op({2, 20, 5}, [](Value x) { return ir::reduce_window("max", x, {{4}, {3}, {}, {}}); });
  expect_op({1, 4, 5, 6, 7}, [](Value x) {
    return ir::average_pool(x, {{2, 2, 2}, {2, 2, 2}, {0, 1, 0}, {0, 0, 0}});
  });
  expect_op({1, 112, 112, 64}, [](Value x) {
    return ir::reduce_window("max", x, {{3, 3}, {2, 2}, {1, 1}, {1, 1}});
  });
}

TEST(Pool, GradientOfMaximum) {
  struct Form {
    Dims x;
    ir::WindowAxes axes;
  };
  const Form forms[] = {{{2, 9, 8, 70}, {{3, 2}, {2, 2}, {1, 0}, {1, 1}}},
                        {{3, 8, 8, 5}, {{2, 2}, {2, 2}, {}, {}}},
                        {{2, 20, 3}, {{4}, {3}, {1}, {2}}},
                        {{1, 4, 5, 6, 7}, {{2, 2, 2}, {2, 1, 2}, {0, 1, 0}, {0, 0, 0}}}};
  for (const Form& form : forms) {
    ir::Graph graph;
    // Whole numbers, so that many windows have several maxima.
    const Value x = ir::unary("floor", graph.input("x", {DType::float32, form.x}));
    const Value y = ir::reduce_window("max", x, form.axes), dy = graph.input("dy", y.type());
    graph.output("dx", y.node->op->gradient.build(*y.node, std::span(&dy, 1)).inputs.at(0));
    expect_kernels(graph, 1e-6, -2, 2);
  }
}

TEST(Layout, Moves) {
  expect_op(
      {37, 70},
      [](Value x) {
        return ir::transpose(x, {1, 0});
      },
      0);
  expect_op(
      {3, 37, 70},
      [](Value x) {
        return ir::transpose(x, {0, 2, 1});
      },
      0);
  expect_op(
      {2, 3, 17, 40},
      [](Value x) {
        return ir::transpose(x, {0, 3, 1, 2});
      },
      0);
  expect_op(
      {2, 17, 40, 3},
      [](Value x) {
        return ir::transpose(x, {3, 1, 0, 2});
      },
      0);
  expect_op(
      {200, 300},
      [](Value x) {
        return ir::transpose(x, {1, 0});
      },
      0);
  expect_op(
      {3, 1, 5},
      [](Value x) {
        return ir::broadcast_to(x, {2, 3, 4, 5});
      },
      0);
  expect_op(
      {9, 8},
      [](Value x) {
        return ir::slice(x, {1, 2}, {8, 7}, {3, 2});
      },
      0);
  expect_op(
      {9, 8},
      [](Value x) {
        return ir::pad(x, {1, -2}, {3, 4}, 5);
      },
      0);
  expect_op(
      {9, 8},
      [](Value x) {
        return ir::concatenate({x, x, x}, 1);
      },
      0);
  expect_op(
      {9, 8},
      [](Value x) {
        return ir::reverse(x, {0, 1});
      },
      0);
  expect_op(
      {0, 8},
      [](Value x) {
        return ir::transpose(x, {1, 0});
      },
      0);
}

}  // namespace
}  // namespace keratin::test
