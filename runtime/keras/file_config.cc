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

}  // namespace

Json file_config(const Layer& model) {
  Json config = layer_config(model);
  as_written(config);
  return config;
}

}  // namespace keratin::keras
