#include "runtime/keras/save.h"

#include <cstring>
#include <ctime>

#include "runtime/core/error.h"
#include "runtime/keras/downgrade.h"
#include "runtime/keras/make.h"
#include "runtime/keras/model.h"
#include "runtime/keras/save_weights.h"
#include "runtime/keras/upgrade.h"
#include "runtime/keras/weights.h"

namespace keratin::keras {

using serialization::ModelDocument;
using serialization::WeightsLayout;

serialization::TensorEntry entry_of(const Tensor& value) {
  serialization::TensorEntry entry;
  entry.dtype = value.dtype();
  entry.shape = value.shape();
  entry.bytes = value.bytes();
  entry.decode = [value](std::span<std::byte> out) { std::memcpy(out.data(), value.raw(), out.size()); };
  return entry;
}

namespace {

// Whose dialects are written.
constexpr const char* keras_3_version = "3.15.1";
constexpr const char* tf_keras_version = "2.15.0";

std::string now() {
  const std::time_t time = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&time, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d@%H:%M:%S", &utc);
  return text;
}

// Where the rules of Keras 2 and 3 give this model other answers.
std::vector<std::string> differences(Layer& model) {
  ir::Graph graph;
  Lowering lowering(graph, false);
  lower_model_into(lowering, model);
  return lowering.only_before_3;
}

bool holds(Layer& model, bool before_3) {
  bool found = false;
  model.visit([&](const Layer& layer) { found |= (layer.generation < 3) == before_3; });
  return found;
}

// Refuses models of older files that Keras 3 would load and compute otherwise.
void check_answers_in_keras_3(Layer& model) {
  if (!holds(model, true)) return;
  for (const std::string& what : differences(model))
    fail(ErrorCode::unsupported, what, ", which Keras 3, whose files these are, does by another rule");
}

// The same the other way: the document's own config, as Keras 2 would compute it.
void check_answers_in_tf_keras(Layer& model, const ModelDocument& document) {
  if (!holds(model, false)) return;
  LoadReport report;
  const LayerPtr again = make_model(document, report);
  for (const std::string& what : differences(*again))
    fail(ErrorCode::unsupported, what, ", which tf_keras, whose files these are, does by another rule");
}

void check_classes_in_keras_3(Layer& model) {
  walk_object_paths(model, [&](Layer& layer, const std::string&) {
    check(layer.def->in_keras_3, ErrorCode::unsupported, "layer \"", layer.name,
          "\": Keras 3, whose files these are, ", "has no class ", layer.file_class_name(),
          "; replace the layer before saving");
  });
}

// A model's object form as Keras 3 writes it into h5 files: its layers without modules.
Json without_modules(const Json& object) {
  const Json* module = object.find("module");
  const std::string class_name = object.at("class_name").as_string();
  check(!module || !module->is_string() || !module->as_string().starts_with("keras.src.ops"),
        ErrorCode::unsupported, "layer \"", name_of_entry(object), "\": operation ", class_name,
        ", which Keras 3 doesn't read from h5 files; save as .keras");
  const Json* registered = object.find("registered_name");
  Json made;
  made["class_name"] =
      is_users_class(object) && registered && registered->is_string() ? *registered : Json(class_name);
  Json config = object.at("config");
  if (config.find("layers"))
    for (Json& entry : config["layers"].as_array()) entry = without_modules(entry);
  made["config"] = std::move(config);
  for (const char* key : {"name", "inbound_nodes"})
    if (const Json* found = object.find(key)) made[key] = *found;
  return made;
}

Json config_of(Layer& model, const SaveForm& form) {
  const bool legacy = form.layout == WeightsLayout::legacy;
  if (form.family == Family::tf_keras) return tf_keras_config(model, form.layout == WeightsLayout::v3);
  return legacy ? without_modules(file_config(model)) : file_config(model);
}

void check_form(Layer& model, const SaveForm& form, const ModelDocument& document) {
  if (form.family == Family::tf_keras) return check_answers_in_tf_keras(model, document);
  check_answers_in_keras_3(model);
  check_classes_in_keras_3(model);
}

}  // namespace

ModelDocument make_document(Layer& model, const SaveForm& form) {
  ModelDocument document;
  document.file = model.name;
  document.writer = form.family == Family::keras_3 ? "keras" : "tf.keras";
  document.writer_version = form.family == Family::keras_3 ? keras_3_version : tf_keras_version;
  document.backend = "tensorflow";
  document.date_saved = now();
  if (form.config) {
    document.config = config_of(model, form);
    check_form(model, form, document);
  }
  if (form.layout == WeightsLayout::legacy) {
    document.weights_root = form.config ? "/model_weights" : "";
    store_by_position(model, form.family, document);
  } else if (form.layout == WeightsLayout::v3) {
    store_object_paths(model, form.family, document);
  }
  return document;
}

}  // namespace keratin::keras
