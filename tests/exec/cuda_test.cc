// Compiling for a GPU on a machine that has none: what is chosen, launched and refused, on the null device.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "runtime/core/error.h"
#include "runtime/exec/null_device.h"
#include "runtime/ir/build.h"
#include "runtime/ir/op.h"
#include "runtime/ir/print.h"

namespace keratin::test {
namespace {

using ir::Type;
using ir::Value;

std::string file_text(const std::string& name) {
  std::ifstream file(cat(KERATIN_TEST_DATA "/exec/", name));
  check(bool(file), ErrorCode::io, name, " can't be read");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string steps_and_launches(ir::Graph graph) {
  const auto executable = exec::compile(std::move(graph), {dispatch::Device::cuda, 1, "test"});
  std::string text = executable->to_string() + "record\n";
  for (const std::string& line : exec::record(*executable)) text += "  " + line + "\n";
  return text;
}

// <name>.txt has the graph, then the steps and what the stream was asked to do.
void expect_golden(const std::string& name) {
  const std::string text = file_text(name + ".txt");
  const std::size_t end = text.find("\n}\n") + 3;
  EXPECT_EQ(steps_and_launches(ir::parse_graph(text.substr(0, end))), text.substr(end));
}

TEST(NullCuda, RunsAnMlp) { expect_golden("cuda_mlp"); }

TEST(NullCuda, RunsConvolutions) { expect_golden("cuda_convolution"); }

// The gradient of the same: products with transposed operands, masks, reductions to the biases.
TEST(NullCuda, RunsATrainingStep) { expect_golden("cuda_step"); }

std::string kernel_of(const ir::Graph& graph) {
  const auto executable = exec::compile(graph, {dispatch::Device::cuda, 1, "test"});
  return executable->steps.empty() ? "none" : executable->steps.back().kernel;
}

TEST(NullCuda, ChoosesByShapeAndDtype) {
  auto reduce = [](const Type& type, ir::Ints axes) {
    ir::Graph graph;
    graph.output("y", ir::sum(graph.input("x", type), std::move(axes)));
    return kernel_of(graph);
  };
  EXPECT_EQ(reduce({DType::float32, {8, 4096}}, {1}), "block");
  EXPECT_EQ(reduce({DType::float32, {4096, 8}}, {1}), "thread");
  auto dot = [](DType dtype, ir::DotAxes axes) {
    ir::Graph graph;
    const Value a = graph.input("a", {dtype, {4, 4, 4}}), b = graph.input("b", {dtype, {4, 4, 4}});
    graph.output("y", ir::dot_general(a, b, std::move(axes)));
    return kernel_of(graph);
  };
  EXPECT_EQ(dot(DType::float32, {{2}, {1}, {0}, {0}}), "cublaslt");
  EXPECT_EQ(dot(DType::float32, {{1}, {2}, {0}, {0}}), "cublaslt");
  EXPECT_EQ(dot(DType::float32, {{1, 2}, {1, 2}, {}, {}}), "cublaslt");
  EXPECT_EQ(dot(DType::float32, {{1}, {1}, {2}, {2}}), "strided") << "the batch is the innermost axis";
  EXPECT_EQ(dot(DType::int32, {{2}, {1}, {0}, {0}}), "strided");
}

// Every op that has a GPU candidate: each case is refused with a sentence, or prepared and launched.
TEST(NullCuda, TakesOrRefusesEveryCase) {
  std::size_t launched = 0;
  for (const ir::OpDef* op : ir::all_ops())
    for (const dispatch::KernelDef* kernel : dispatch::candidates(dispatch::Device::cuda, op->name))
      for (const ir::Case& row : op->cases) {
        SCOPED_TRACE(cat(op->name, " ", row.inputs, " {", row.attributes, "} ", kernel->name));
        std::string text = "graph {\n", operands;
        std::istringstream types(row.inputs);
        int count = 0;
        for (std::string word; types >> word; ++count) {
          const Type type = ir::parse_type(word);
          text += cat("%", count, " = input() {name=\"x\", dtype=", ir::short_name(type.dtype),
                      ", shape=", ir::to_string(type.shape), "}\n");
          operands += cat(count ? ", %" : "%", count);
        }
        const ir::Graph graph =
            ir::parse_graph(cat(text, "%y = ", op->name, "(", operands, ") {", row.attributes, "}\n}\n"));
        dispatch::PrepareContext context{
            *graph.nodes.back(), 1, std::vector<bool>(graph.inputs.size()), {}, 0, {}};
        if (const char* why = kernel->refuses(context)) {
          EXPECT_GT(std::string(why).size(), 10u);
          continue;
        }
        const auto step = kernel->prepare(context);
        device::NullStream stream;
        Team team(1);
        std::vector<const void*> in(graph.inputs.size());
        std::vector<void*> out(context.node.results.size());
        step->run({in.data(), out.data(), nullptr, nullptr, &team, &stream});
        EXPECT_EQ(stream.record.size(), 1u);
        launched += stream.record.size();
      }
  EXPECT_GT(launched, 150u);
}

}  // namespace
}  // namespace keratin::test
