// The subclassed Dense SavedModel through the import: structure, prediction, gradient.
#include "runtime/tensorflow/import.h"

#include <gtest/gtest.h>

#include "runtime/core/threads.h"
#include "runtime/exec/context.h"
#include "runtime/ir/build.h"
#include "runtime/ir/evaluate.h"
#include "runtime/ir/print.h"
#include "runtime/ir/rewrite.h"
#include "runtime/tensorflow/body.h"
#include "serialization/tensorflow_module.h"
#include "tests/serialization/expect_error.h"
#include "tests/tensorflow/golden.h"

namespace keratin {
namespace {

using namespace serialization;
using tensorflow::concrete_functions;
using tensorflow::import_function;
using tensorflow::ImportedFunction;

const SavedModelDocument& document() {
  static const SavedModelDocument read = read_saved_model(testing::dense);
  return read;
}
const NamedTensors& arrays() {
  static const NamedTensors read = read_npz(testing::golden + "subclassed_dense.npz");
  return read;
}

std::vector<Tensor> run(const SavedModelDocument& document, const ImportedFunction& function,
                        const Tensor& x) {
  std::vector<Tensor> variables;
  for (const int object : function.variables)
    variables.push_back(tensorflow::read_variable(document, object));
  const ir::Graph graph = ir::specialise(function.graph, {{"B", x.dim(0)}});
  return ir::evaluate_graph(graph, std::vector{x}, variables);
}

TEST(SavedModel, NamesItsVariables) {
  EXPECT_EQ(document().meta.tags, std::vector<std::string>{"serve"});
  const int kernel = find_object(document().meta, "dense/kernel");
  ASSERT_GT(kernel, 0);
  EXPECT_EQ(document().variable_keys.at(kernel), "variables/0/.ATTRIBUTES/VARIABLE_VALUE");
  EXPECT_EQ(object_paths(document().meta).at(kernel), "dense/kernel");
  EXPECT_EQ(find_object(document().meta, "dense/nothing"), -1);
}

struct Endpoint {
  const char *model, *path;
};
std::ostream& operator<<(std::ostream& out, const Endpoint& e) { return out << e.model << " " << e.path; }

class Endpoints : public ::testing::TestWithParam<Endpoint> {};

TEST_P(Endpoints, PredictWhatTensorFlowPredicts) {
  const std::string folder = std::string(KERATIN_TEST_DATA) + "/golden/formats/" + GetParam().model;
  const SavedModelDocument document = read_saved_model(folder);
  const std::string name = concrete_functions(document, GetParam().path).at(0);
  const ImportedFunction function = import_function(document, name);
  ir::verify(function.graph);
  ASSERT_EQ(function.graph.inputs.size(), 1u);
  EXPECT_EQ(ir::to_string(function.graph.inputs[0].type()), "f32[B,4]");
  ASSERT_EQ(function.graph.outputs.size(), 1u);
  EXPECT_EQ(ir::to_string(function.graph.outputs[0].value.type()), "f32[B,3]");
  const Tensor x = read_npz(folder + ".in.npz").at(0).second, y = read_npz(folder + ".out.npz").at(0).second;
  testing::expect_near(run(document, function, x).at(0), y, 8);
}
INSTANTIATE_TEST_SUITE_P(
    Golden, Endpoints,
    ::testing::Values(Endpoint{"subclassed_dense", "signatures/serving_default"},
                      Endpoint{"subclassed_dense", "__call__"},
                      Endpoint{"subclassed_dense", "call_and_return_all_conditional_losses"},
                      Endpoint{"subclassed_dense", "_default_save_signature"},
                      Endpoint{"subclassed_dense", "dense/__call__"}, Endpoint{"module_dense", "__call__"},
                      Endpoint{"module_dense", "signatures/serving_default"},
                      Endpoint{"exported_mlp", "serve"},
                      Endpoint{"exported_mlp", "signatures/serving_default"}));

TEST(Import, NamesFollowTheSignature) {
  const ImportedFunction function =
      import_function(document(), concrete_functions(document(), "signatures/serving_default").at(0));
  EXPECT_EQ(ir::is(*function.graph.inputs[0].node, "input"), true);
  EXPECT_EQ(function.graph.inputs[0].node->get<std::string>("name"), "input_1");
  EXPECT_EQ(function.graph.outputs[0].name, "output_1");
  ASSERT_EQ(function.graph.variables.size(), 2u);
  EXPECT_EQ(function.graph.variables[0].name, "dense/kernel");
  EXPECT_EQ(function.graph.variables[1].name, "dense/bias");
}

// The same graph compiled: passes, kernel selection, memory plan.
TEST(Import, RunsAsAnExecutable) {
  const Tensor x = testing::find(arrays(), "x");
  const ImportedFunction function =
      import_function(document(), concrete_functions(document(), "__call__").at(0));
  const auto snapshot = std::make_shared<exec::Snapshot>();
  for (const int object : function.variables)
    snapshot->values.push_back(tensorflow::read_variable(document(), object));
  auto executable = exec::compile(ir::specialise(function.graph, {{"B", x.dim(0)}}), {});
  exec::Context context(std::make_shared<exec::Prepared>(executable, snapshot), std::make_shared<Team>(1));
  Tensor y(DType::float32, {x.dim(0), 3});
  const void* inputs[] = {x.raw()};
  void* outputs[] = {y.raw()};
  context.run(inputs, outputs);
  testing::expect_near(y, testing::find(arrays(), "y"), 4);
}

TEST(Import, GradientsAreThoseOfTensorFlow) {
  ImportedFunction function = import_function(document(), concrete_functions(document(), "__call__").at(0));
  ir::Graph& graph = function.graph;
  const ir::Value loss = ir::sum(graph.outputs[0].value, {0, 1});
  const ir::Values wrt = {graph.read(0), graph.read(1)};
  const ir::Values found = ir::gradients(loss, wrt);
  graph.outputs.clear();
  graph.output("kernel", found[0]);
  graph.output("bias", found[1]);
  const std::vector<Tensor> gradients = run(document(), function, testing::find(arrays(), "x"));
  testing::expect_near(gradients.at(0), testing::find(arrays(), "gradient/dense/kernel"), 8);
  testing::expect_near(gradients.at(1), testing::find(arrays(), "gradient/dense/bias"), 8);
}

TfFunction& function_of(SavedModelDocument& document, const char* part) {
  for (auto& [name, function] : document.meta.graph.functions)
    if (name.find(part) != std::string::npos) return function;
  throw Error(ErrorCode::internal, "no such function");
}

TEST(Import, AllUnknownOpsAreNamedAtOnce) {
  SavedModelDocument changed = document();
  TfFunction& function = function_of(changed, "wrapped_model");
  for (TfNode& node : function.nodes) {
    if (node.op == "Relu") node.op = "ReadFile";
    if (node.op == "BiasAdd") node.op = "QuantizedBiasAdd";
  }
  const std::string name = concrete_functions(changed, "signatures/serving_default").at(0);
  try {
    import_function(changed, name);
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::unsupported);
    const std::string text = error.what();
    EXPECT_NE(text.find("ReadFile"), std::string::npos) << text;
    EXPECT_NE(text.find("QuantizedBiasAdd"), std::string::npos) << text;
    EXPECT_NE(text.find("2 TensorFlow ops"), std::string::npos) << text;
  }
}

TEST(Import, UnknownOpsThatNothingNeedsDoNoHarm) {
  SavedModelDocument changed = document();
  TfFunction& function = function_of(changed, "wrapped_model");
  function.nodes.push_back({"unused", "ReadFile", {}, "", {}});
  const std::string name = concrete_functions(changed, "signatures/serving_default").at(0);
  EXPECT_NO_THROW(import_function(changed, name));
}

TEST(Import, BrokenBodiesAreRefused) {
  const std::string name = concrete_functions(document(), "signatures/serving_default").at(0);
  const auto change = [&](const std::function<void(TfFunction&)>& edit) {
    SavedModelDocument changed = document();
    edit(function_of(changed, "wrapped_model"));
    return changed;
  };
  const auto input_of = [](TfFunction& f, const char* op) -> std::string& {
    for (TfNode& node : f.nodes)
      if (node.op == op) return node.inputs[0];
    throw Error(ErrorCode::internal, "no such node");
  };
  EXPECT_ERROR(import_function(change([&](auto& f) { input_of(f, "Relu") = "nowhere:output:0"; }), name),
               ErrorCode::corrupt_file, "not there");
  EXPECT_ERROR(import_function(change([&](auto& f) { input_of(f, "Relu") += "x"; }), name),
               ErrorCode::corrupt_file, "names no result");
  EXPECT_ERROR(import_function(change([&](auto& f) { input_of(f, "BiasAdd") = "Identity:output:0"; }), name),
               ErrorCode::unsupported, "depends on itself");
  EXPECT_ERROR(import_function(change([&](auto& f) { input_of(f, "MatMul") = f.inputs[1].name; }), name),
               ErrorCode::unsupported, "is a variable itself");
  EXPECT_ERROR(import_function(change([&](auto& f) { f.returns.clear(); }), name), ErrorCode::corrupt_file,
               "no value");
}

TEST(Import, FunctionsThatCallThemselvesAreRefused) {
  SavedModelDocument changed = document();
  TfFunction& wrapper = function_of(changed, "signature_wrapper");
  for (TfNode& node : wrapper.nodes)
    if (node.op == "StatefulPartitionedCall") node.attrs["f"] = TfAttr{TfFunctionName{wrapper.name, {}}};
  EXPECT_ERROR(import_function(changed, wrapper.name), ErrorCode::unsupported, "calls itself");
}

TEST(Import, EndpointsThatAreNoneAreNamed) {
  EXPECT_ERROR(concrete_functions(document(), "dense/kernel"), ErrorCode::invalid_argument,
               "leads to no function");
}

}  // namespace
}  // namespace keratin
