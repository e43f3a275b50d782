#include "runtime/keras/upgrade.h"

#include <algorithm>

#include "runtime/core/error.h"
#include "runtime/keras/model.h"

namespace keratin::keras {
namespace {

bool has_key(const Json& value, std::string_view key) {
  if (value.is_array())
    return std::any_of(value.as_array().begin(), value.as_array().end(),
                       [&](const Json& item) { return has_key(item, key); });
  if (!value.is_object()) return false;
  return value.find(key) || std::any_of(value.as_object().begin(), value.as_object().end(),
                                        [&](const auto& item) { return has_key(item.second, key); });
}

bool ends_with_any(std::string_view key, std::initializer_list<std::string_view> ends) {
  return std::any_of(ends.begin(), ends.end(), [&](std::string_view end) { return key.ends_with(end); });
}

}  // namespace

int generation_of(const serialization::ModelDocument& document) {
  const std::string& version = document.writer_version;
  if (!version.empty()) return version[0] <= '1' ? 1 : version[0] == '2' ? 2 : 3;
  if (has_key(document.config, "keras_history") || has_key(document.config, "batch_shape")) return 3;
  return document.config.find("module") && !has_key(document.config, "batch_input_shape") ? 3 : 2;
}

Json upgrade_config(const serialization::ModelDocument& document, LoadReport& report) {
  Upgrade upgrade(generation_of(document));
  Json config = upgrade.layer(plain(document.config));
  upgrade.report(report);
  return config;
}

void Upgrade::report(LoadReport& report) const {
  for (const auto& [class_name, changes] : changes_) {
    std::string line = class_name + ": ";
    for (const std::string& change : changes) line += (line.ends_with(": ") ? "" : ", ") + change;
    report.converted.push_back(std::move(line));
  }
}

Json Upgrade::layer(Json object) {
  if (!is_object_form(object))
    fail(ErrorCode::corrupt_file, "a layer must be an object with \"class_name\" and \"config\", found ",
         serialization::print_json(object).substr(0, 80));
  const std::string where = cat(object.at("class_name").as_string(), " \"", name_of_entry(object), "\"");
  return within(where, [&] {
    upgrade_names(*this, object);
    upgrade_list(*this, object);
    Json& config = object["config"];
    nested(config);
    const Json* layers = config.find("layers");
    if (object.at("class_name").as_string() == "Sequential")
      upgrade_sequential(*this, object);
    else if (layers && layers->is_array() && config.find("output_layers"))
      upgrade_nodes(*this, config);
    return std::move(object);
  });
}

// The layers that a layer or model holds, under whatever key.
void Upgrade::nested(Json& config) {
  if (!config.is_object()) return;
  for (auto& [key, value] : config.as_object()) {
    // Initializers and the like share class names with layers
    if (ends_with_any(key, {"initializer", "regularizer", "constraint", "dtype"})) continue;
    auto upgraded = [&](Json& item) {
      const bool known = is_object_form(item) && find_layer_def(item.at("class_name").as_string());
      if (key == "layers" || known) item = layer(std::move(item));
    };
    if (value.is_array())
      for (Json& item : value.as_array()) upgraded(item);
    else if (is_object_form(value))
      upgraded(value);
  }
}

Json plain(const Json& value) {
  if (value.is_array()) {
    Json::Array items;
    items.reserve(value.as_array().size());
    for (const Json& item : value.as_array()) items.push_back(plain(item));
    return items;
  }
  if (!value.is_object()) return value;
  const Json* kind = value.find("class_name");
  const Json* items = value.find("items");
  if (kind && items && kind->is_string() &&
      (kind->as_string() == "__tuple__" || kind->as_string() == "TensorShape"))
    return plain(*items);
  Json::Object object;
  object.reserve(value.as_object().size());
  for (const auto& [key, item] : value.as_object()) object.emplace_back(key, plain(item));
  return object;
}

bool is_object_form(const Json& value) {
  const Json* kind = value.find("class_name");
  const Json* config = value.find("config");
  return kind && kind->is_string() && config && (config->is_object() || config->is_array());
}

std::string name_of_entry(const Json& entry) {
  const Json* name = entry.find("name");
  if (!name || !name->is_string())
    if (const Json* config = entry.find("config")) name = config->find("name");
  return name && name->is_string() ? name->as_string() : "";
}

}  // namespace keratin::keras
