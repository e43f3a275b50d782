// An architecture alone, as model.to_json() gives it: every Keras from 0.x to 3.
#include "runtime/core/error.h"
#include "serialization/formats.h"

namespace keratin::serialization {
namespace {

bool recognises(const std::string&, const SourcePtr& source) {
  if (!source) return false;
  std::string start = first_bytes(*source, 256);
  if (start.starts_with("\xef\xbb\xbf")) start.erase(0, 3);
  const std::size_t first = start.find_first_not_of(" \t\r\n");
  return first != std::string::npos && (start[first] == '{' || start[first] == '[' || start[first] == '"');
}

// A config without its envelope: json.dump(model.get_config()).
Json envelop(Json config, ModelDocument& document) {
  const bool functional = config.find("input_layers") && config.find("output_layers");
  document.notes.push_back("the config stands without \"class_name\"; it was taken as that of a " +
                           std::string(functional ? "Functional" : "Sequential") + " model");
  Json model;
  model["class_name"] = functional ? "Functional" : "Sequential";
  model["config"] = std::move(config);
  return model;
}

bool is_layer_list(const Json& value) {
  if (!value.is_array() || value.as_array().empty()) return false;
  for (const Json& layer : value.as_array())
    if (!layer.find("class_name")) return false;
  return true;
}

ModelDocument read(const std::string& path, const SourcePtr& source) {
  ModelDocument document;
  document.format = "json";
  Json root = parse_json(read_text(*source), path);
  if (root.is_string()) {  // json.dump(model.to_json())
    root = parse_json(root.as_string(), path + " (text inside the text)");
    document.notes.push_back("the architecture is JSON text inside a JSON string");
  }
  check(!root.find("modelTopology"), ErrorCode::unsupported, path,
        ": this is a model of TensorFlow.js, which is not read; convert the original model");
  const bool bare = !root.find("class_name") && (is_layer_list(root) || root.find("layers"));
  if (bare) root = envelop(std::move(root), document);
  check(root.is_object() && root.find("class_name") && root.find("config"), ErrorCode::corrupt_file, path,
        ": JSON, but no model of Keras: it has no \"class_name\" and \"config\"; write it with "
        "model.to_json()");
  within(path, [&] {
    root.at("class_name").as_string();
    if (const Json* version = root.find("keras_version")) document.writer_version = version->as_string();
    if (const Json* backend = root.find("backend"); backend && !backend->is_null())
      document.backend = backend->as_string();
  });
  document.writer = writer_of(document.writer_version);
  if (document.writer.empty() && root.find("module")) document.writer = "keras";
  document.config = std::move(root);
  take_compile_config(document);
  return document;
}

void write(const ModelDocument& document, const std::string& path) {
  check(document.config.is_object(), ErrorCode::invalid_argument, path, ": an architecture needs a config");
  Json root = document.config;
  if (root.find("module")) {
    if (!document.training_config.is_null()) root["compile_config"] = document.training_config;
  } else {  // the envelope of Keras 1 and 2
    if (!document.writer_version.empty()) root["keras_version"] = document.writer_version;
    if (!document.backend.empty()) root["backend"] = document.backend;
  }
  const std::string text = print_json(root);
  FileSink sink(path);
  sink.write(std::as_bytes(std::span(text)));
  sink.commit();
}

}  // namespace

const Format format_architecture_json = {"json", recognises, read, write};

}  // namespace keratin::serialization
