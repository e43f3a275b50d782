// Frozen layers in a step: no gradient goes below the first trainable variable, and what lies there is the
// graph of inference.
#include <gtest/gtest.h>

#include <algorithm>

#include "objective.h"
#include "runtime/ir/op.h"
#include "runtime/ir/print.h"
#include "runtime/keras/lower.h"

namespace keratin::tests {
namespace {

constexpr char config[] = R"({"class_name": "Sequential", "config": {"name": "m", "layers": [
  {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [null, 4], "dtype": "float32"}},
  {"class_name": "Dense", "config": {"name": "below", "units": 5, "activation": "tanh", "trainable": FROZEN}},
  {"class_name": "BatchNormalization", "config": {"name": "norm", "trainable": FROZEN}},
  {"class_name": "Dense", "config": {"name": "head", "units": 2}}]}})";

keras::LayerPtr model_with(const char* trainable) {
  std::string text = config;
  for (std::size_t at; (at = text.find("FROZEN")) != std::string::npos;) text.replace(at, 6, trainable);
  serialization::ModelDocument document;
  document.config = serialization::parse_json(text, "config");
  document.file = "test";
  keras::LoadReport report;
  keras::LayerPtr model = keras::make_model(document, report);
  keras::initialise(*model, 1);
  return model;
}

// Nodes of these layers, printed without their numbers' meaning: op and type, in order.
std::vector<std::string> nodes_of(const ir::Graph& graph, const char* layer) {
  std::vector<std::string> found;
  for (const auto& node : graph.nodes)
    if (node->label.ends_with(std::string("/") + layer))
      found.push_back(std::string(node->op->name) + " " + ir::to_string(node->results[0]));
  std::sort(found.begin(), found.end());
  return found;
}

train::StepGraph step_of(keras::Layer& model) {
  serialization::Json sgd;
  sgd["class_name"] = "SGD";
  sgd["config"] = serialization::Json(serialization::Json::Object{});
  const train::OptimizerPtr optimizer = train::make_optimizer(sgd, train::Dialect::keras_3, DType::float32);
  return train::build_step(model, mean_squared_error(), *optimizer);
}

std::vector<std::string> updated(const train::StepGraph& step) {
  std::vector<std::string> paths;
  for (const ir::Update& update : step.graph.updates) paths.push_back(step.variables[update.variable]->path);
  return paths;
}
bool holds(const std::vector<std::string>& paths, const char* path) {
  return std::find(paths.begin(), paths.end(), path) != paths.end();
}

TEST(Frozen, LayersAreTheGraphOfInference) {
  const keras::LayerPtr model = model_with("false");
  const train::StepGraph step = step_of(*model);
  ir::Graph inference;
  keras::Lowering lowering(inference, false);
  keras::lower_model_into(lowering, *model);
  for (const char* layer : {"below", "norm"}) {
    EXPECT_FALSE(nodes_of(inference, layer).empty());
    EXPECT_EQ(nodes_of(step.graph, layer), nodes_of(inference, layer)) << layer;
  }
  const std::vector<std::string> paths = updated(step);
  for (const char* path : {"below/kernel", "norm/gamma", "norm/moving_mean", "norm/moving_variance"})
    EXPECT_FALSE(holds(paths, path)) << path;
  for (const char* path : {"head/kernel", "head/bias"}) EXPECT_TRUE(holds(paths, path)) << path;
}

// The same model, not frozen: the test above can fail.
TEST(Frozen, OthersGetGradientsAndStatistics) {
  const keras::LayerPtr model = model_with("true");
  const train::StepGraph step = step_of(*model);
  ir::Graph inference;
  keras::Lowering lowering(inference, false);
  keras::lower_model_into(lowering, *model);
  for (const char* layer : {"below", "norm"})
    EXPECT_GT(nodes_of(step.graph, layer).size(), nodes_of(inference, layer).size()) << layer;
  const std::vector<std::string> paths = updated(step);
  for (const char* path : {"below/kernel", "norm/gamma", "norm/moving_mean", "norm/moving_variance"})
    EXPECT_TRUE(holds(paths, path)) << path;
}

}  // namespace
}  // namespace keratin::tests
