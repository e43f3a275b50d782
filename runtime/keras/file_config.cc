#include "runtime/keras/activation.h"
#include "runtime/keras/model.h"

namespace keratin::keras {
namespace {

bool is_functional_form(const Json& entry) {
  const Json* config = entry.find("config");
  return config && config->find("layers") && config->find("output_layers");
}

// References of output_layers to functional models inside: their own construction counts as a call.
void count_from_1(Json& structure, const Json::Array& layers) {
  if (structure.is_array() && !structure.as_array().empty() && structure.as_array()[0].is_string()) {
    for (const Json& entry : layers)
      if (entry.at("name") == structure.as_array()[0] && is_functional_form(entry)) {
        Json& node = structure.as_array().at(1);
        node = node.as_integer() + 1;
      }
    return;
  }
  if (structure.is_array())
    for (Json& item : structure.as_array()) count_from_1(item, layers);
  if (structure.is_object())
    for (auto& [key, item] : structure.as_object()) count_from_1(item, layers);
}

void as_written(Json& value) {
  if (value.is_array()) {
    for (Json& item : value.as_array()) as_written(item);
    return;
  }
  if (!value.is_object()) return;
  if (is_functional_form(value)) {
    Json& config = value["config"];
    count_from_1(config["output_layers"], config.at("layers").as_array());
  }
  for (auto& [key, item] : value.as_object()) as_written(item);
}

Json entry(const char* module, const char* class_name, Json config) {
  Json object;
  object["module"] = module;
  object["class_name"] = class_name;
  object["config"] = std::move(config);
  object["registered_name"] = nullptr;
  return object;
}

// Keras 3 has no function clip(0.2 x + 0.5), but takes a layer for one.
Json hard_sigmoid_of_keras_2(const Json& dtype) {
  Json scale, limit, both;
  for (Json* config : {&scale, &limit, &both}) (*config)["dtype"] = dtype;
  scale["name"] = "slope";
  scale["scale"] = 0.2;
  scale["offset"] = 0.5;
  limit["name"] = "limit";
  limit["max_value"] = 1.0;
  both["name"] = "hard_sigmoid";
  both["trainable"] = true;
  both["layers"] = Json::Array{entry("keras.layers", "Rescaling", std::move(scale)),
                               entry("keras.layers", "ReLU", std::move(limit))};
  return entry("keras", "Sequential", std::move(both));
}

void replace_own_names(Json& value) {
  if (value.is_array()) {
    for (Json& item : value.as_array()) replace_own_names(item);
    return;
  }
  if (!value.is_object()) return;
  const Json* dtype = value.find("dtype");
  for (auto& [key, item] : value.as_object())
    if (dtype && key.ends_with("activation") && item == Json(hard_sigmoid_keras_2))
      item = hard_sigmoid_of_keras_2(*dtype);
    else
      replace_own_names(item);
}

}  // namespace

Json public_config(const Layer& layer) {
  Json config = layer_config(layer);
  replace_own_names(config);
  return config;
}

Json file_config(const Layer& model) {
  Json config = public_config(model);
  as_written(config);
  return config;
}

}  // namespace keratin::keras
