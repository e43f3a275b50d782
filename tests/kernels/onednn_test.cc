// The oneDNN candidates against the references; when they are chosen, when the module is opened, and what
// happens without it. Tests about the module's absence or presence run in a process of their own.
#include "kernels/lib/onednn.h"

#include <atomic>
#include <fstream>
#include <thread>

#include "runtime/core/env.h"
#include "runtime/ir/build_nn.h"
#include "tests/kernels/against_reference.h"

namespace keratin::test {
namespace {

using ir::ConvolutionAxes;
using ir::Dims;
using ir::Value;

class Environment {
 public:
  Environment(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  ~Environment() { unsetenv(name_); }

 private:
  const char* name_;
};

// The kernels of the steps, in order.
std::vector<std::string> kernels_of(const ir::Graph& graph) {
  std::vector<std::string> names;
  const auto executable = exec::compile(graph, {});
  for (const exec::PlannedStep& step : executable->steps) names.push_back(step.kernel);
  return names;
}

bool is_mapped(const std::string& library) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);)
    if (line.find(library) != std::string::npos) return true;
  return false;
}

ir::Graph convolution(DType dtype, const Dims& x, const Dims& w, const ConvolutionAxes& axes,
                      bool parameter) {
  ir::Graph graph;
  const Value in = graph.input("x", {dtype, x});
  const ir::Type type{dtype, w};
  const Value filter = parameter ? graph.read(graph.declare_variable("w", type)) : graph.input("w", type);
  graph.output("y", ir::convolution(in, filter, axes));
  return graph;
}

struct Gradients {
  ir::Graph input, filter;  // dy, w -> dx; x, dy -> dw
};
Gradients gradients(DType dtype, const Dims& x, const Dims& w, const ConvolutionAxes& axes) {
  auto one = [&](std::size_t which) {
    ir::Graph graph;
    const Value in = graph.input("x", {dtype, x}), filter = graph.input("w", {dtype, w});
    const Value y = ir::convolution(in, filter, axes), dy = graph.input("dy", y.type());
    graph.output("d", y.node->op->gradient.build(*y.node, std::span(&dy, 1)).inputs.at(which));
    return graph;
  };
  return {one(0), one(1)};
}
ir::Graph filter_gradient(DType dtype, const Dims& x, const Dims& w, const ConvolutionAxes& axes) {
  return gradients(dtype, x, w, axes).filter;
}

struct Form {
  Dims x, w;
  ConvolutionAxes axes;
};

#ifdef KERATIN_HAS_ONEDNN

constexpr double narrow = 0.01;  // bfloat16 has 8 bits

// oneDNN 2.6 has bfloat16 from AVX-512 on.
bool has_bfloat16() {
  return !onednn::refuses(onednn::Dot{.dtype = DType::bfloat16,
                                      .rows = 8,
                                      .depth = 8,
                                      .columns = 8,
                                      .x_steps = {64, 8, 1},
                                      .w_steps = {64, 8, 1}});
}

// With oneDNN preferred, and with scratch memory that other steps have written to.
void expect_onednn(const ir::Graph& graph, double tolerance = 2e-5) {
  const Environment forced("KERATIN_KERNEL", "onednn"), poison("KERATIN_POISON", "1");
  const std::vector<std::string> names = kernels_of(graph);
  EXPECT_EQ(std::count(names.begin(), names.end(), "onednn"), 1) << ir::print(graph);
  expect_kernels(graph, tolerance);
}

const Form forms[] = {
    {{2, 7, 9, 16}, {1, 1, 16, 70}, {}},
    {{1, 15, 14, 32}, {1, 1, 32, 64}, {.strides = {2, 2}}},
    {{1, 14, 14, 32}, {1, 1, 32, 64}, {.strides = {2, 2}}},  // a last row that no window reaches
    {{2, 8, 7, 6}, {3, 3, 6, 10}, {.low = {1, 1}, .high = {1, 1}}},
    {{2, 8, 8, 32}, {3, 3, 32, 64}, {.strides = {2, 2}, .low = {0, 0}, .high = {1, 1}}},
    {{1, 12, 12, 33}, {3, 2, 33, 5}, {.low = {2, 2}, .high = {2, 2}, .dilation = {2, 2}}},
    {{1, 35, 33, 3}, {7, 7, 3, 64}, {.strides = {2, 2}, .low = {3, 3}, .high = {3, 3}}},
    {{2, 9, 9, 12}, {3, 3, 4, 18}, {.low = {1, 1}, .high = {1, 1}, .groups = 3}},
    {{2, 9, 9, 24}, {3, 3, 1, 24}, {.low = {1, 1}, .high = {1, 1}, .groups = 24}},
    {{1, 4, 4, 6}, {3, 3, 1, 12}, {.groups = 6}},
    {{2, 50, 9}, {5, 9, 40}, {.low = {4}, .high = {0}}},
    {{1, 5, 6, 7, 4}, {3, 3, 3, 4, 20}, {.strides = {1, 2, 1}, .low = {1, 1, 1}, .high = {1, 1, 1}}},
    {{1, 6, 5, 8}, {3, 3, 8, 12}, {.low = {2, 2}, .high = {2, 1}, .input_dilation = {2, 2}}},
    {{2, 6, 5, 8}, {1, 1, 8, 12}, {.low = {0, 0}, .high = {1, 1}, .input_dilation = {2, 2}}},
    {{1, 6, 5, 8}, {3, 2, 4, 12}, {.low = {1, 1}, .high = {2, 1}, .input_dilation = {2, 3}, .groups = 2}},
    {{2, 9, 8}, {3, 8, 6}, {.low = {4}, .high = {3}, .dilation = {2}, .input_dilation = {3}}},
    {{1, 3, 4, 3, 4}, {2, 2, 2, 4, 5}, {.low = {1, 1, 1}, .high = {1, 1, 1}, .input_dilation = {2, 2, 2}}},
};

TEST(Onednn, Convolution) {
  for (const Form& form : forms)
    for (bool parameter : {false, true})
      expect_onednn(convolution(DType::float32, form.x, form.w, form.axes, parameter));
}

TEST(Onednn, FilterGradient) {
  for (const Form& form : forms)
    expect_onednn(filter_gradient(DType::float32, form.x, form.w, form.axes), 5e-5);
}

TEST(Onednn, InputGradient) {
  for (const Form& form : forms)
    expect_onednn(gradients(DType::float32, form.x, form.w, form.axes).input, 5e-5);
}

TEST(Onednn, BFloat16) {
  if (!has_bfloat16()) GTEST_SKIP() << "not on this processor";
  for (const Form& form : {forms[0], forms[4], forms[12]}) {
    expect_onednn(convolution(DType::bfloat16, form.x, form.w, form.axes, true), narrow);
    expect_onednn(gradients(DType::bfloat16, form.x, form.w, form.axes).input, narrow);
    expect_onednn(gradients(DType::bfloat16, form.x, form.w, form.axes).filter, narrow);
  }
}

// Without AVX2 oneDNN has only a convolution that isn't trusted with an addition.
bool has_avx2() {
  const std::string limit = env::get("KERATIN_CPU_ISA");
#if defined(__x86_64__)
  if (!__builtin_cpu_supports("avx2")) return false;
#endif
  return limit != "sse4" && limit != "scalar";
}

TEST(Onednn, Epilogue) {
  struct Ends {
    bool scale, shift, add;
  };
  for (const char* activation : {"", "relu", "relu6", "gelu"})
    for (const Ends& ends : {Ends{false, true, false}, Ends{true, true, false}, Ends{false, true, true},
                             Ends{true, false, true}, Ends{true, true, true}})
      for (bool dot : {false, true}) {
        ir::Graph graph;
        auto variable = [&](const char* name, const Dims& shape) {
          return graph.read(graph.declare_variable(name, {DType::float32, shape}));
        };
        Value y = dot ? ir::dot(graph.input("x", {DType::float32, {30, 33}}), variable("w", {33, 20}))
                      : ir::convolution(graph.input("x", {DType::float32, {2, 7, 6, 9}}),
                                        variable("w", {3, 3, 9, 20}), {.low = {1, 1}, .high = {1, 1}});
        if (ends.scale) y = y * variable("scale", {20});
        if (ends.shift) y = y + variable("shift", {20});
        if (ends.add) y = y + graph.input("add", y.type());
        graph.output("y", *activation ? ir::unary(activation, y) : y);
        const Environment forced("KERATIN_KERNEL", "onednn");
        if (dot || !ends.add || has_avx2()) {
          EXPECT_EQ(kernels_of(graph), std::vector<std::string>{"onednn"});
        }
        expect_kernels(graph, 2e-5);
      }
}

// NaN passes the limits of relu, as it does in Keras.
TEST(Onednn, NanStays) {
  const Environment forced("KERATIN_KERNEL", "onednn");
  for (const char* activation : {"relu", "relu6"}) {
    ir::Graph graph;
    const Value x = graph.input("x", {DType::float32, {1, 4, 4, 16}});
    const Value w = graph.input("w", {DType::float32, {1, 1, 16, 32}});
    graph.output("y", ir::unary(activation, ir::convolution(x, w)));
    const auto executable = exec::compile(graph, {});
    EXPECT_EQ(executable->steps.at(0).kernel, std::string("onednn"));
    Tensor in(DType::float32, {1, 4, 4, 16}), filter(DType::float32, {1, 1, 16, 32}),
        result(DType::float32, {1, 4, 4, 32});
    std::fill_n(in.data<float>(), in.elements(), 1.0f);
    std::fill_n(filter.data<float>(), filter.elements(), -1.0f);
    in.data<float>()[3] = std::nanf("");
    exec::Context context(
        std::make_shared<exec::Prepared>(executable, std::make_shared<const exec::Snapshot>()),
        std::make_shared<Team>(1));
    const void* inputs[] = {in.raw(), filter.raw()};
    void* outputs[] = {result.raw()};
    context.run(inputs, outputs);
    for (std::size_t i = 0; i < result.elements(); ++i) {
      const float value = result.data<float>()[i];
      EXPECT_TRUE(i < 32 ? std::isnan(value) : value == 0) << value << " at " << i;
    }
  }
}

TEST(Onednn, Dot) {
  struct DotForm {
    Dims a, b;
    ir::DotAxes axes;
  };
  const DotForm dots[] = {
      {{40, 33}, {33, 50}, {{1}, {0}, {}, {}}},
      {{33, 40}, {33, 50}, {{0}, {0}, {}, {}}},
      {{40, 33}, {50, 33}, {{1}, {1}, {}, {}}},
      {{3, 5, 33}, {33, 50}, {{2}, {0}, {}, {}}},
      {{3, 5, 33}, {3, 33, 7}, {{2}, {1}, {0}, {0}}},
      {{3, 2, 5, 33}, {3, 2, 7, 33}, {{3}, {3}, {0, 1}, {0, 1}}},
      {{3, 33, 5}, {3, 33, 1}, {{1}, {1}, {0}, {0}}},
      {{1, 33}, {33, 50}, {{1}, {0}, {}, {}}},
      {{5, 6, 7}, {6, 7, 9}, {{1, 2}, {0, 1}, {}, {}}},
      {{4, 5}, {4, 5}, {{0, 1}, {0, 1}, {}, {}}},
      {{4, 1}, {1, 5}, {{1}, {0}, {}, {}}},
  };
  for (const DotForm& form : dots)
    for (DType dtype : {DType::float32, DType::bfloat16})
      for (bool parameter : {false, true}) {
        if (dtype == DType::bfloat16 && !has_bfloat16()) continue;
        ir::Graph graph;
        const Value a = graph.input("a", {dtype, form.a});
        const ir::Type type{dtype, form.b};
        const Value b = parameter ? graph.read(graph.declare_variable("b", type)) : graph.input("b", type);
        graph.output("c", ir::dot_general(a, b, form.axes));
        expect_onednn(graph, dtype == DType::float32 ? 2e-5 : narrow);
      }
}

TEST(Onednn, ChosenWhereNothingElseIsFast) {
  const Form &plain = forms[3], &dilated = forms[12];
  auto chosen = [](const ir::Graph& graph) { return kernels_of(graph).at(0); };
  EXPECT_EQ(chosen(convolution(DType::float32, plain.x, plain.w, plain.axes, true)), "implicit_gemm");
  EXPECT_EQ(chosen(convolution(DType::float32, dilated.x, dilated.w, dilated.axes, true)), "implicit_gemm");
  EXPECT_EQ(chosen(convolution(DType::float32, dilated.x, dilated.w, dilated.axes, false)), "onednn");
  EXPECT_EQ(chosen(convolution(DType::bfloat16, plain.x, plain.w, plain.axes, true)),
            has_bfloat16() ? "onednn" : "evaluate");
  EXPECT_EQ(chosen(filter_gradient(DType::float32, plain.x, plain.w, plain.axes)), "onednn");
}

TEST(Onednn, RefusesWhatItHasNot) {
  auto chosen = [](const ir::Graph& graph) {
    const Environment forced("KERATIN_KERNEL", "onednn");
    return kernels_of(graph).at(0);
  };
  EXPECT_NE(chosen(convolution(DType::float64, {1, 5, 5, 2}, {3, 3, 2, 2}, {}, true)), "onednn");
  EXPECT_NE(
      chosen(convolution(DType::float32, {1, 5, 5, 3}, {3, 3, 3, 8}, {.low = {-1, 3}, .high = {2, 1}}, true)),
      "onednn");
  EXPECT_NE(chosen(convolution(DType::float32, {1, 5, 5, 3}, {3, 3, 3, 8},
                               {.strides = {2, 2}, .input_dilation = {2, 2}}, true)),
            "onednn");
  EXPECT_NE(chosen(convolution(DType::float32, {0, 5, 5, 3}, {3, 3, 3, 8}, {}, true)), "onednn");
}

// Many contexts of one executable run at the same time, on an OpenMP team each.
TEST(Onednn, RunsFromManyThreads) {
  const Environment forced("KERATIN_KERNEL", "onednn");
  const ir::Graph graph = convolution(DType::float32, {2, 20, 20, 33}, {3, 3, 33, 40}, {}, true);
  std::mt19937 generator(5);
  const Tensor x = random_tensor(graph.inputs[0].type(), generator);
  auto snapshot = std::make_shared<exec::Snapshot>();
  snapshot->values = {random_tensor(graph.variables[0].type, generator)};
  const Tensor expected = ir::evaluate_graph(graph, std::vector<Tensor>{x}, snapshot->values)[0];
  exec::CompileOptions options;
  options.threads = 2;
  auto prepared = std::make_shared<exec::Prepared>(exec::compile(graph, options), snapshot);
  ASSERT_NE(prepared->executable().runner, nullptr);
  std::vector<Tensor> results(4);
  std::vector<std::thread> threads;
  for (Tensor& result : results)
    threads.emplace_back([&] {
      result = Tensor(expected.dtype(), expected.shape());
      exec::Context context(prepared, std::make_shared<Team>(2));
      const void* in[] = {x.raw()};
      void* out[] = {result.raw()};
      for (int i = 0; i < 20; ++i) context.run(in, out);
    });
  for (std::thread& thread : threads) thread.join();
  for (const Tensor& result : results) expect_near(result, expected, 2e-5, "a thread's result");
}

// A run shares oneDNN's threads as soon as one step, or a step of a region, is oneDNN's; one thread needs
// none.
TEST(Onednn, RunnerIsAskedFor) {
  auto runner = [](const ir::Graph& graph, int threads) {
    exec::CompileOptions options;
    options.threads = threads;
    return exec::compile(graph, options)->runner;
  };
  const ir::Graph lib = filter_gradient(DType::float32, {1, 8, 8, 3}, {3, 3, 3, 3}, {}),
                  own = convolution(DType::float32, {1, 8, 8, 3}, {3, 3, 3, 3}, {}, false);
  EXPECT_EQ(runner(lib, 1), nullptr);
  EXPECT_EQ(runner(own, 2), nullptr);
  EXPECT_NE(runner(lib, 2), nullptr);
  ir::Graph outer;
  const Value choice = outer.input("choice", {DType::boolean, {}});
  ir::Values inputs = {choice};
  for (const Value& value : lib.inputs) inputs.push_back(outer.input("in", value.type()));
  outer.output("y", outer.add("cond", inputs, {}, {lib, lib}));
  EXPECT_NE(runner(outer, 2), nullptr);
}

// The runner covers every part once and hands an exception on.
TEST(Onednn, TeamRunsOnOpenMp) {
  const ir::Graph graph = filter_gradient(DType::float32, {1, 8, 8, 3}, {3, 3, 3, 4}, {});
  exec::CompileOptions options;
  options.threads = 3;
  Team team(3);
  team.use(exec::compile(graph, options)->runner);
  std::vector<std::atomic<int>> seen(100);
  team.parallel_for(100, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) ++seen[static_cast<std::size_t>(i)];
  });
  for (const std::atomic<int>& count : seen) EXPECT_EQ(count, 1);
  EXPECT_THROW(team.parallel_for(3, 1, [](std::int64_t, std::int64_t) { fail(ErrorCode::internal, "x"); }),
               Error);
}

#endif  // KERATIN_HAS_ONEDNN

class OnednnModule : public testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }  // a fresh process per test
};

// Dense layers and small convolutions open no module; a filter's gradient does where there is one.
TEST_F(OnednnModule, IsOpenedOnFirstNeed) {
  auto run = [] {
    ir::Graph dense;
    const Value w = dense.read(dense.declare_variable("w", {DType::float32, {20, 10}}));
    dense.output("y", ir::unary("relu", ir::dot(dense.input("x", {DType::float32, {3, 20}}), w)));
    expect_kernels(dense);
    expect_kernels(convolution(DType::float32, {1, 8, 8, 3}, {3, 3, 3, 4}, {}, true));
    if (testing::Test::HasFailure() || is_mapped("libdnnl") || is_mapped("libkeratin_onednn") ||
        is_mapped("libgomp"))
      exit(1);
    expect_kernels(filter_gradient(DType::float32, {1, 8, 8, 3}, {3, 3, 3, 4}, {}), 2e-5, -1, 1, true);
#ifdef KERATIN_HAS_ONEDNN
    if (!is_mapped("libkeratin_onednn")) exit(2);
#endif
    exit(testing::Test::HasFailure() ? 3 : 0);
  };
  EXPECT_EXIT(run(), testing::ExitedWithCode(0), "");
}

TEST_F(OnednnModule, MissingIsNoError) {
  auto run = [] {
    const Environment nowhere("KERATIN_MODULE_PATH", "/nowhere"), log("KERATIN_LOG", "dispatch");
    const Form form{{1, 6, 5, 8}, {3, 3, 8, 12}, {.low = {2, 2}, .high = {2, 1}, .input_dilation = {2, 2}}};
    const ir::Graph graph = filter_gradient(DType::float32, form.x, form.w, form.axes);
    if (kernels_of(graph).at(0) != "evaluate") exit(1);
    if (kernels_of(convolution(DType::float32, form.x, form.w, form.axes, false)).at(0) != "implicit_gemm")
      exit(2);
    expect_kernels(graph, 2e-5, -1, 1, true);
    exit(testing::Test::HasFailure() ? 3 : 0);
  };
  EXPECT_EXIT(run(), testing::ExitedWithCode(0),
              "onednn refused: oneDNN is missing: module keratin_onednn can't be opened");
}

}  // namespace
}  // namespace keratin::test
