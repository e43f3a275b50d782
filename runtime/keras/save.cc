#include "runtime/keras/save.h"

#include <cstring>
#include <ctime>

#include "runtime/core/error.h"
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

}  // namespace

serialization::TensorEntry entry_of(const VariablePtr& variable) {
  serialization::TensorEntry entry;
  entry.dtype = variable->dtype();
  entry.shape = variable->shape();
  const Tensor value = variable->value();
  entry.bytes = value.bytes();
  entry.decode = [value](std::span<std::byte> out) { std::memcpy(out.data(), value.raw(), out.size()); };
  return entry;
}

serialization::ModelDocument make_document(Layer& model) {
  serialization::ModelDocument document;
  document.file = model.name;
  document.format = ".keras";
  document.writer = "keras";
  document.writer_version = written_version;
  document.date_saved = now();
  document.config = file_config(model);
  document.layout = serialization::WeightsLayout::v3;
  walk_object_paths(model, [&](Layer& layer, const std::string& path) {
    for (const Layer::Weight& weight : layer.weights)
      check(!weight.name.starts_with("lora_"), ErrorCode::unsupported, "layer \"", layer.name,
            "\" has LoRA weights; saving them merged into the kernel is not supported yet");
    const std::vector<VariablePtr> variables = stored_variables(layer);
    for (std::size_t i = 0; i < variables.size(); ++i)
      document.weights.tensors["/" + (path.empty() ? "" : path + "/") + "vars/" + std::to_string(i)] =
          entry_of(variables[i]);
  });
  return document;
}

}  // namespace keratin::keras
