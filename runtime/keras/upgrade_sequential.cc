#include "runtime/core/error.h"
#include "runtime/keras/make.h"
#include "runtime/keras/upgrade.h"

namespace keratin::keras {
namespace {

bool is_shape(const Json* value) {
  if (!value || !value->is_array()) return false;
  for (const Json& dim : value->as_array())
    if (!dim.is_null() && !dim.is_integer()) return false;
  return true;
}

// input_dim (and input_length before it) describe the input, unless they are the layer's own, as Embedding's.
Json dims_of_input(const Json& entry) {
  const Json& config = entry.at("config");
  const Json* dim = config.find("input_dim");
  const LayerDef* def = find_layer_def(entry.at("class_name").as_string());
  if (!dim || !dim->is_integer() || !def || !def->read) return {};
  Json left = config;
  try {
    def->read(config, left);
  } catch (const Error&) {
    return {};  // told when the layer is made
  }
  if (!left.find("input_dim")) return {};
  Json::Array shape{nullptr};
  if (const Json* length = config.find("input_length")) shape.push_back(*length);
  shape.push_back(*dim);
  return shape;
}

// The shape, batch first, that the first layer asks for; null when it doesn't say.
Json shape_of_input(const Json& entry) {
  const Json* config = entry.find("config");
  if (!config || !config->is_object()) return {};
  for (const char* key : {"batch_input_shape", "batch_shape"})
    if (const Json* shape = config->find(key); is_shape(shape)) return *shape;
  if (const Json* shape = config->find("input_shape"); is_shape(shape)) {
    Json::Array batched{nullptr};
    batched.insert(batched.end(), shape->as_array().begin(), shape->as_array().end());
    return batched;
  }
  if (Json dims = dims_of_input(entry); !dims.is_null()) return dims;
  // a wrapper's layer, or the first layer of a model inside
  if (const Json* inner = config->find("layer"); inner && inner->is_object()) return shape_of_input(*inner);
  const Json* layers = config->find("layers");
  if (layers && layers->is_array() && !layers->as_array().empty())
    return shape_of_input(layers->as_array()[0]);
  return {};
}

std::string dtype_of_input(const Json& entry) {
  const Json& config = entry.at("config");
  const Json* dtype = config.find("input_dtype");
  if (!dtype) dtype = config.find("dtype");
  if (const Json* layers = config.find("layers"); !dtype && layers && layers->is_array())
    if (!layers->as_array().empty()) return dtype_of_input(layers->as_array()[0]);
  if (!dtype) return "float32";
  return std::string(name_of(read_dtype(*dtype).variable()));
}

Json input_layer(const Json& first, Json shape) {
  Json config;
  config["name"] = name_of_entry(first) + "_input";
  config["batch_shape"] = std::move(shape);
  config["dtype"] = dtype_of_input(first);
  Json entry;
  entry["class_name"] = "InputLayer";
  entry["config"] = std::move(config);
  return entry;
}

// Keras 1's Sequential may begin with a Merge of whole models: it has several inputs.
void refuse_merged_branches(const Json& first) {
  const Json& config = first.at("config");
  const Json* branches = config.find("layers");
  check(first.at("class_name").as_string() != "Merge" || !branches || !branches->truthy(),
        ErrorCode::unsupported,
        "a Sequential that begins with a Merge of other models is not supported: "
        "build the model as a functional one and load the weights");
}

}  // namespace

void upgrade_list(Upgrade& upgrade, Json& object) {
  Json& config = object["config"];
  if (!config.is_array()) return;
  Json made;
  const std::string name = name_of_entry(object);
  made["name"] = name.empty() ? "sequential" : name;
  made["layers"] = std::move(config);
  config = std::move(made);
  upgrade.converted(object.at("class_name").as_string(), "its config is a list of layers");
}

void upgrade_sequential(Upgrade& upgrade, Json& object) {
  Json& config = object["config"];
  check(config.find("layers") && config.find("layers")->is_array(), ErrorCode::corrupt_file,
        "a Sequential's config must have a list \"layers\"");
  Json::Array& layers = config["layers"].as_array();
  const Json* built = config.find("build_input_shape");
  if (layers.empty() || layers[0].at("class_name").as_string() == "InputLayer" || is_shape(built)) return;
  refuse_merged_branches(layers[0]);
  if (Json shape = shape_of_input(layers[0]); !shape.is_null()) {
    upgrade.converted(layers[0].at("class_name").as_string(), "its input shape became an InputLayer");
    layers.insert(layers.begin(), input_layer(layers[0], std::move(shape)));
  } else if (const Json* build = object.find("build_config")) {
    if (const Json* given = build->find("input_shape"); is_shape(given)) config["build_input_shape"] = *given;
  }
}

}  // namespace keratin::keras
