#include <set>

#include "kernels/math/scalar.h"
#include "runtime/ir/build.h"
#include "runtime/ir/op.h"
#include "tests/kernels/against_reference.h"

namespace keratin::test {
namespace {

using ir::Dims;
using ir::Value;

// Every element-wise op of float32 on sizes with and without tails.
TEST(Elementwise, AllOps) {
  const std::set<std::string> positive = {"log", "sqrt", "rsqrt", "power", "acosh"},
                              small = {"asin", "acos", "atanh", "log1p"};
  int tested = 0;
  for (const ir::OpDef* op : ir::all_ops()) {
    if (!op->attributes.empty() && op->attributes[0].kind != ir::AttributeKind::real) continue;
    if (op->cases.empty() || std::string(op->cases[0].inputs).find("f32[2,5]") != 0 || op->cases[0].regions)
      continue;
    if (std::string(op->cases[0].attributes) != "") continue;
    for (std::int64_t n : {1, 7, 16, 250, 256, 1000}) {
      ir::Graph graph;
      ir::Values inputs;
      std::size_t count = 1;
      for (const char* c = op->cases[0].inputs; *c; ++c) count += *c == ' ';
      for (std::size_t i = 0; i < count; ++i)
        inputs.push_back(graph.input(cat("x", i), {DType::float32, {ir::Dim(n)}}));
      try {
        graph.output("y", graph.add(*op, inputs).out());
      } catch (const Error&) {
        break;  // another family
      }
      const bool is_positive = positive.count(op->name);
      expect_kernels(graph, 1e-6,
                     is_positive             ? 1.0
                     : small.count(op->name) ? -0.9
                                             : -6,
                     is_positive             ? 5
                     : small.count(op->name) ? 0.9
                                             : 6,
                     true);
      ++tested;
    }
  }
  EXPECT_GT(tested, 60 * 6);
}

void expect_broadcast(const Dims& x, const Dims& y, const Dims& z) {
  ir::Graph graph;
  const Value a = graph.input("a", {DType::float32, x}), c = graph.input("c", {DType::float32, y}),
              e = graph.input("e", {DType::float32, z});
  graph.output("y", ir::tanh(a * c) + e);
  expect_kernels(graph, 1e-6);
}

TEST(Elementwise, Broadcasts) {
  expect_broadcast({2, 7, 7, 3}, {3}, {});
  expect_broadcast({2, 7, 7, 64}, {64}, {1});
  expect_broadcast({2, 7, 700}, {700}, {700});
  expect_broadcast({2, 7, 257}, {257}, {2, 1, 1});
  expect_broadcast({2, 7, 64}, {2, 1, 64}, {7, 1});
  expect_broadcast({2, 1, 5}, {4, 1}, {2, 4, 5});
  expect_broadcast({}, {}, {});
  expect_broadcast({1, 1}, {1}, {300});
  expect_broadcast({0, 4}, {4}, {});
  expect_broadcast({300, 300}, {300, 1}, {1, 300});
  expect_broadcast({100, 17}, {17}, {100, 1});
}

TEST(Elementwise, TruthValues) {
  for (ir::Dim n : {ir::Dim(5), ir::Dim(300)}) {
    ir::Graph graph;
    const Value a = graph.input("a", {DType::float32, {3, n}}), m = graph.input("m", {DType::boolean, {n}});
    const Value both = ir::binary("logical_and", ir::compare("less", a, ir::constant_like(a, 0.3)), m);
    graph.output("both", both);
    graph.output("y", ir::select(both, a, ir::constant_like(a, -2)));
    graph.output("c", ir::cast(both, DType::float32));
    graph.output("d", ir::cast(a, DType::boolean));
    expect_kernels(graph, 0);
  }
}

// The vocabulary on packs against the C library, in units in the last place.
TEST(Elementwise, AccurateToAFewUlp) {
  struct Row {
    const char* op;
    double (*exact)(double);
    double low, high, ulps;
  };
  const Row rows[] = {{"exp", std::exp, -110, 92, 2},        {"expm1", std::expm1, -20, 20, 4},
                      {"log", std::log, 0, 1e6, 2},          {"log1p", std::log1p, -0.99, 50, 4},
                      {"tanh", std::tanh, -12, 12, 4},       {"erf", std::erf, -5, 5, 4},
                      {"expm1", std::expm1, -1e-3, 1e-3, 4}, {"tanh", std::tanh, -1e-3, 1e-3, 4},
                      {"log", std::log, 0.9, 1.1, 2},        {"log1p", std::log1p, -1e-3, 1e-3, 4}};
  for (const Row& row : rows) {
    constexpr std::int64_t n = 100000;
    ir::Graph graph;
    const Value x = graph.input("x", {DType::float32, {n}});
    graph.output("y", ir::unary(row.op, x));
    Tensor in(DType::float32, {n}), out(DType::float32, {n});
    for (std::int64_t i = 0; i < n; ++i)
      in.data<float>()[i] = static_cast<float>(row.low + (row.high - row.low) * double(i) / double(n));
    const auto executable = exec::compile(graph, {});
    exec::Context context(std::make_shared<exec::Prepared>(executable, std::make_shared<exec::Snapshot>()),
                          std::make_shared<Team>(1));
    const void* inputs[] = {in.raw()};
    void* outputs[] = {out.raw()};
    context.run(inputs, outputs);
    double worst = 0, where = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      const float v = in.data<float>()[i];
      const double exact = row.exact(v), found = out.data<float>()[i];
      const auto rounded = static_cast<float>(exact);
      if (std::isinf(rounded) || std::isnan(rounded)) {
        ASSERT_EQ(found, rounded) << row.op << "(" << v << ")";
        continue;
      }
      const double ulp =
          std::max(1.5e-45, double(std::nextafter(std::fabs(rounded), HUGE_VALF)) - std::fabs(rounded));
      if (const double error = std::fabs(found - exact) / ulp; error > worst) worst = error, where = v;
    }
    EXPECT_LE(worst, row.ulps) << row.op << "(" << where << ")";
  }
}

TEST(Elementwise, NotNumbers) {
  const float inf = HUGE_VALF, nan = std::nanf("");
  for (const char* op : {"exp", "expm1", "log", "log1p", "tanh", "erf", "sqrt", "abs", "sign", "relu",
                         "sigmoid", "floor", "round", "softplus", "gelu", "is_nan", "is_inf", "is_finite"}) {
    const Tensor in = Tensor::of<float>({9}, {inf, -inf, nan, 0, -0.0f, 1, -1, 1e-40f, 3e38f});
    ir::Graph graph;
    const Value y = ir::unary(op, graph.input("x", {DType::float32, {9}}));
    graph.output("y", y);
    const Tensor expected = ir::evaluate_graph(graph, std::span(&in, 1))[0];
    Tensor out(y.dtype(), {9});
    exec::Context context(
        std::make_shared<exec::Prepared>(exec::compile(graph, {}), std::make_shared<exec::Snapshot>()),
        std::make_shared<Team>(1));
    const void* inputs[] = {in.raw()};
    void* outputs[] = {out.raw()};
    context.run(inputs, outputs);
    SCOPED_TRACE(op);
    if (y.dtype() == DType::boolean) {
      for (std::size_t i = 0; i < 9; ++i) EXPECT_EQ(out.data<bool>()[i], expected.data<bool>()[i]) << i;
      continue;
    }
    for (std::size_t i = 0; i < 9; ++i) {
      const float a = out.data<float>()[i], e = expected.data<float>()[i];
      EXPECT_TRUE(std::isnan(e) ? std::isnan(a) : a == e || std::fabs(a - e) <= 4e-7f * std::fabs(e))
          << i << ": " << a << " not " << e;
    }
  }
}

}  // namespace
}  // namespace keratin::test
