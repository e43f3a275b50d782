#include "runtime/keras/save.h"

#include <cstring>
#include <ctime>

#include "runtime/core/error.h"
#include "runtime/keras/lora.h"
#include "runtime/keras/model.h"
#include "runtime/keras/weights.h"

namespace keratin::keras {
namespace {

constexpr const char* written_version = "3.15.1";  // the dialect that is written

std::string now() {
  const std::time_t time = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&time, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d@%H:%M:%S", &utc);
  return text;
}

// A variable's value as files hold it.
Tensor stored_value(const Layer& layer, const VariablePtr& variable) {
  for (const Layer::Weight& weight : layer.weights)
    if (weight.variable == variable && weight.lora_scale) return merged_value(layer, weight);
  return variable->value();
}

}  // namespace

serialization::TensorEntry entry_of(const Tensor& value) {
  serialization::TensorEntry entry;
  entry.dtype = value.dtype();
  entry.shape = value.shape();
  entry.bytes = value.bytes();
  entry.decode = [value](std::span<std::byte> out) { std::memcpy(out.data(), value.raw(), out.size()); };
  return entry;
}

namespace {

// Refuses models of older files that Keras 3 would load and compute otherwise.
void check_answers_in_keras_3(Layer& model) {
  bool old = false;
  model.visit([&](const Layer& layer) { old |= layer.generation < 3; });
  if (!old) return;
  ir::Graph graph;
  Lowering lowering(graph, false);
  lower_model_into(lowering, model);
  for (const std::string& what : lowering.only_before_3)
    fail(ErrorCode::unsupported, what, ", which Keras 3, whose files these are, does by another rule");
}

}  // namespace

serialization::ModelDocument make_document(Layer& model) {
  serialization::ModelDocument document;
  document.file = model.name;
  document.format = ".keras";
  document.writer = "keras";
  document.writer_version = written_version;
  document.date_saved = now();
  check_answers_in_keras_3(model);
  document.config = file_config(model);
  document.layout = serialization::WeightsLayout::v3;
  walk_object_paths(model, [&](Layer& layer, const std::string& path) {
    check(layer.def->in_keras_3, ErrorCode::unsupported, "layer \"", layer.name,
          "\": Keras 3, whose files these are, ", "has no class ", layer.file_class_name(),
          "; replace the layer before saving");
    const std::vector<VariablePtr> variables = stored_variables(layer);
    for (std::size_t i = 0; i < variables.size(); ++i)
      document.weights.tensors["/" + (path.empty() ? "" : path + "/") + "vars/" + std::to_string(i)] =
          entry_of(stored_value(layer, variables[i]));
  });
  return document;
}

}  // namespace keratin::keras
