#include <map>

#include "runtime/core/error.h"
#include "runtime/keras/downgrade.h"
#include "runtime/keras/upgrade.h"

namespace keratin::keras {
namespace {

// Names of the arguments behind the first one, which tf.keras wants as keywords.
struct Positional {
  std::string_view class_name;
  const char* names[4];
};
constexpr Positional positional[] = {
    {"MultiHeadAttention", {"value", "key"}},
    {"SimpleRNN", {"initial_state"}},
    {"LSTM", {"initial_state"}},
    {"GRU", {"initial_state"}},
    {"RNN", {"initial_state"}},
    {"Bidirectional", {"initial_state"}},
};

bool keeps_structure(std::string_view class_name) {
  for (const char* kind :
       {"TFOpLambda", "SlicingOpLambda", "ClassMethod", "InstanceMethod", "InstanceProperty"})
    if (class_name == kind) return true;
  return false;
}

const Json* history_of(const Json& value) {
  const Json* kind = value.find("class_name");
  if (!kind || *kind != Json("__keras_tensor__")) return nullptr;
  return value.at("config").find("keras_history");
}

class NodesBack {
 public:
  NodesBack(const Json& config, int generation) : generation_(generation) {
    for (const Json& entry : config.at("layers").as_array()) {
      const Json& inner = entry.at("config");
      const Json* layers = inner.find("layers");
      bool own_node = inner.find("output_layers") != nullptr;
      if (layers && !own_node && !layers->as_array().empty())
        own_node = layers->as_array()[0].at("class_name") == Json("InputLayer");
      counts_from_1_[name_of_entry(entry)] = own_node;
    }
  }

  void entry(Json& entry) const {
    Json* nodes = entry.find("inbound_nodes");
    if (!nodes) return;
    const std::string class_name = entry.at("class_name").as_string();
    within(cat(class_name, " \"", name_of_entry(entry), "\""), [&] {
      for (Json& node : nodes->as_array()) node = call(class_name, node);
    });
  }

  // input_layers, output_layers.
  Json structure(const Json& value) const {
    if (is_reference(value)) return Json(Json::Array{reference(value)});
    return inner_structure(value);
  }

 private:
  static bool is_reference(const Json& value) {
    return value.is_array() && value.as_array().size() == 3 && value.as_array()[0].is_string();
  }
  Json reference(const Json& history) const {
    Json::Array made = history.as_array();
    const auto found = counts_from_1_.find(made[0].as_string());
    if (found != counts_from_1_.end() && found->second) made[1] = made[1].as_integer() + 1;
    return made;
  }
  Json inner_structure(const Json& value) const {
    if (is_reference(value)) return reference(value);
    if (value.is_array()) {
      Json::Array items;
      for (const Json& item : value.as_array()) items.push_back(inner_structure(item));
      return items;
    }
    Json made = Json(Json::Object{});
    for (const auto& [key, item] : value.as_object()) made[key] = inner_structure(item);
    return made;
  }

  // A keyword's value: tensors as [layer, node, tensor].
  Json keyword(const Json& value) const {
    if (const Json* history = history_of(value)) return reference(*history);
    if (value.is_array()) {
      Json::Array items;
      for (const Json& item : value.as_array()) items.push_back(keyword(item));
      return items;
    }
    if (!value.is_object()) return value;
    Json::Object made;
    for (const auto& [key, item] : value.as_object()) made.emplace_back(key, keyword(item));
    return made;
  }

  // The first argument: each tensor as [layer, node, tensor, keywords].
  Json argument(const Json& value, const Json& keywords) const {
    if (const Json* history = history_of(value)) {
      Json::Array made = reference(*history).as_array();
      made.push_back(keywords);
      return made;
    }
    if (value.is_array()) {
      Json::Array items;
      for (const Json& item : value.as_array()) items.push_back(argument(item, keywords));
      return items;
    }
    if (value.is_object() && !value.find("class_name")) {
      Json made = Json(Json::Object{});
      for (const auto& [key, item] : value.as_object()) made[key] = argument(item, keywords);
      return made;
    }
    return Json(Json::Array{"_CONSTANT_VALUE", std::int64_t{-1}, value, keywords});
  }

  Json call(const std::string& class_name, const Json& node) const {
    Json::Array args = node.at("args").as_array();
    Json given = Json(Json::Object{});
    for (std::size_t i = 1; i < args.size(); ++i) given[name_of(class_name, i - 1)] = args[i];
    for (const auto& [key, value] : node.at("kwargs").as_object())
      // Keras 3 notes how training was when the model was built; tf.keras would keep to it
      if (!value.is_null() && (key != "training" || generation_ < 3)) given[key] = value;
    if (args.empty()) {  // tf.keras wants one in front
      check(given.truthy(), ErrorCode::unsupported, "it is called on nothing");
      args.push_back(given.as_object().front().second);
      given.erase(std::string(given.as_object().front().first));
    }
    Json first = args[0];
    if (const Json* state = given.find("initial_state")) {
      Json::Array all{std::move(first)};
      if (state->is_array())
        all.insert(all.end(), state->as_array().begin(), state->as_array().end());
      else
        all.push_back(*state);
      first = std::move(all);
      given.erase("initial_state");
    }
    const Json made = argument(first, keyword(given));
    if (keeps_structure(class_name) || !history_of(first)) return made;
    return Json(Json::Array{made});
  }

  static const char* name_of(const std::string& class_name, std::size_t i) {
    for (const Positional& row : positional)
      if (row.class_name == class_name && i < std::size(row.names) && row.names[i]) return row.names[i];
    fail(ErrorCode::unsupported, "it is called with ", i + 2,
         " arguments by position, which tf_keras' files can't tell");
  }

  int generation_;
  std::map<std::string, bool> counts_from_1_;
};

}  // namespace

void downgrade_nodes(Json& config, int generation) {
  const NodesBack back(config, generation);
  for (Json& entry : config["layers"].as_array()) back.entry(entry);
  for (const char* key : {"input_layers", "output_layers"}) config[key] = back.structure(config.at(key));
}

}  // namespace keratin::keras
