#include <algorithm>
#include <functional>

#include "runtime/core/error.h"
#include "runtime/keras/upgrade.h"

namespace keratin::keras {
namespace {

using Names = std::set<std::string, std::less<>>;

// ["x", 0, 0] or ["x", 0, 0, {…}]; ["_CONSTANT_VALUE", -1, value, {…}].
bool is_reference(const Json& value) {
  if (!value.is_array()) return false;
  const Json::Array& items = value.as_array();
  return (items.size() == 3 || items.size() == 4) && items[0].is_string() && items[1].is_integer() &&
         (items[2].is_integer() || items[0].as_string() == "_CONSTANT_VALUE");
}

Json keras_tensor(const Json::Array& reference) {
  Json config;
  config["keras_history"] = Json(Json::Array{reference[0], reference[1], reference[2]});
  Json object;
  object["class_name"] = "__keras_tensor__";
  object["config"] = std::move(config);
  return object;
}

// A call's keyword value: references to layers of this model become tensors, at any depth.
Json keyword(const Json& value, const Names& names) {
  if (is_reference(value)) {
    const Json::Array& items = value.as_array();
    if (items[0].as_string() == "_CONSTANT_VALUE") return items[2];
    if (items.size() == 3 && names.count(items[0].as_string())) return keras_tensor(items);
  }
  if (value.is_array()) {
    Json::Array items;
    for (const Json& item : value.as_array()) items.push_back(keyword(item, names));
    return items;
  }
  if (!value.is_object()) return value;
  Json::Object object;
  for (const auto& [key, item] : value.as_object()) object.emplace_back(key, keyword(item, names));
  return object;
}

// One call as Keras 1 and 2 write it: references with the keywords in the first of them.
class OldNode {
 public:
  OldNode(const Json& node, const Names& names) : names_(names), argument_(structure(node)) {}

  Json converted(const Json& node) {
    Json::Array args;
    // A list of one is a single tensor, but for layers that wrote single tensors bare.
    if (!is_reference(node) && !keeps_lists_ && argument_.is_array() && argument_.as_array().size() == 1)
      args.push_back(argument_.as_array()[0]);
    else
      args.push_back(std::move(argument_));
    Json made;
    made["args"] = std::move(args);
    made["kwargs"] = kwargs_.is_object() ? std::move(kwargs_) : Json(Json::Object{});
    return made;
  }
  void keep_lists() { keeps_lists_ = true; }

 private:
  Json structure(const Json& node) {
    if (is_reference(node)) {
      const Json::Array& items = node.as_array();
      if (items.size() == 4 && kwargs_.is_null()) kwargs_ = keyword(items[3], names_);
      return items[0].as_string() == "_CONSTANT_VALUE" ? items[2] : keras_tensor(items);
    }
    if (node.is_array()) {
      const Json::Array& items = node.as_array();
      check(items.empty() || !items[0].is_string() || items[0].as_string() != "_COMPOSITE_TYPE",
            ErrorCode::unsupported, "ragged and sparse tensors are not supported");
      Json::Array made;
      for (const Json& item : items) made.push_back(structure(item));
      return made;
    }
    if (!node.is_object())
      fail(ErrorCode::corrupt_file, "a node holds ", serialization::print_json(node).substr(0, 80),
           ", expected [layer, node, tensor] references, lists or dicts of them");
    Json::Object made;
    for (const auto& [key, item] : node.as_object()) made.emplace_back(key, structure(item));
    return made;
  }

  const Names& names_;
  Json kwargs_;
  bool keeps_lists_ = false;
  Json argument_;  // last: structure() fills kwargs_
};

bool is_recurrent(std::string_view class_name) {
  for (const char* kind : {"RNN", "SimpleRNN", "LSTM", "GRU", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"})
    if (class_name == kind) return true;
  return false;
}

bool is_new_node(const Json& node) { return node.find("args") && node.find("kwargs"); }

// tf.keras wrote the calls of these with their structure: a bare reference where it is one tensor.
bool keeps_structure(const Json& entry) {
  const std::string& kind = entry.at("class_name").as_string();
  for (const char* name :
       {"TFOpLambda", "SlicingOpLambda", "ClassMethod", "InstanceMethod", "InstanceProperty"})
    if (kind == name) return true;
  return false;
}

// Recurrent layers got their first states behind the input, in one list; Keras 3 names them.
void name_states(const Json& entry, Json& node) {
  const LayerDef* def = find_layer_def(entry.at("class_name").as_string());
  const Json* layer = entry.at("config").find("layer");
  if (layer && def && def->class_name == std::string_view("Bidirectional"))
    def = find_layer_def(layer->at("class_name").as_string());
  if (!def || !is_recurrent(def->class_name)) return;
  Json& first = node["args"].as_array().at(0);
  if (!first.is_array() || first.as_array().size() < 2) return;
  Json::Array& items = first.as_array();
  node["kwargs"]["initial_state"] = Json::Array(items.begin() + 1, items.end());
  first = Json(items[0]);
}

void convert_calls(Json& entry, const Names& names) {
  Json* nodes = entry.find("inbound_nodes");
  if (!nodes) return;
  within(cat("inbound_nodes of \"", name_of_entry(entry), "\""), [&] {
    for (Json& node : nodes->as_array()) {
      if (is_new_node(node)) continue;
      OldNode old(node, names);
      if (keeps_structure(entry)) old.keep_lists();
      node = old.converted(node);
      name_states(entry, node);
    }
  });
}

// Calls fn on every [layer, node, tensor] of a call.
void each_history(Json& value, const std::function<void(Json::Array&)>& fn) {
  if (value.is_array()) {
    for (Json& item : value.as_array()) each_history(item, fn);
    return;
  }
  if (!value.is_object()) return;
  if (Json* config = value.find("config"))
    if (Json* history = config->find("keras_history"); history && is_reference(*history))
      return fn(history->as_array());
  for (auto& [key, item] : value.as_object()) each_history(item, fn);
}
// The same for input_layers and output_layers.
void each_reference(Json& value, const std::function<void(Json::Array&)>& fn) {
  if (is_reference(value)) return fn(value.as_array());
  if (value.is_array())
    for (Json& item : value.as_array()) each_reference(item, fn);
  if (value.is_object())
    for (auto& [key, item] : value.as_object()) each_reference(item, fn);
}

// A layer of the model: how often it is called and which of its calls others name.
struct Called {
  std::int64_t calls = 0;
  bool model = false;  // it holds layers itself
  bool sequential = false;
  std::set<std::int64_t> by_nodes, by_outputs;
};

// Whether indices count from 1: a model's own construction is its node 0 in old files, and for the outputs of
// new ones.
bool counts_from_1(const std::set<std::int64_t>& indices, const Called& called, bool by_default) {
  if (!called.model || indices.empty()) return false;
  if (indices.count(called.calls)) return true;
  if (indices.count(0)) return false;
  return by_default;
}

// A layer that other models use as well may keep its numbers there: the order tells which call is which.
std::map<std::int64_t, std::int64_t> renumbered(const std::set<std::int64_t>& indices, std::int64_t calls) {
  std::map<std::int64_t, std::int64_t> numbers;
  const std::int64_t wanted = std::max<std::int64_t>(calls, 1);  // an InputLayer has one node and no call
  if (indices.empty() || *indices.rbegin() < wanted || std::ssize(indices) != wanted) return numbers;
  std::int64_t next = 0;
  for (std::int64_t index : indices) numbers[index] = next++;
  return numbers;
}

class NodeIndices {
 public:
  NodeIndices(Upgrade& upgrade, Json& config) : upgrade_(upgrade), config_(config) {
    for (const Json& entry : config.at("layers").as_array()) {
      Called& called = layers_[name_of_entry(entry)];
      if (const Json* nodes = entry.find("inbound_nodes")) called.calls = std::ssize(nodes->as_array());
      called.model = entry.at("config").find("layers") != nullptr;
      called.sequential = called.model && !entry.at("config").find("output_layers");
    }
    each([&](Json::Array& reference, bool output) {
      if (Called* called = find(reference))
        (output ? called->by_outputs : called->by_nodes).insert(reference[1].as_integer());
    });
  }

  void apply() {
    each([&](Json::Array& reference, bool output) {
      const Called* called = find(reference);
      if (!called) return;
      const bool outputs_from_1 = upgrade_.before_3() || !called->sequential;
      if (output ? counts_from_1(called->by_outputs, *called, outputs_from_1)
                 : counts_from_1(called->by_nodes, *called, upgrade_.before_3()))
        reference[1] = reference[1].as_integer() - 1;
    });
    for (auto& [name, called] : layers_) {
      called.by_nodes.clear();
      called.by_outputs.clear();
    }
    each([&](Json::Array& reference, bool) {
      if (Called* called = find(reference)) called->by_nodes.insert(reference[1].as_integer());
    });
    std::map<std::string, std::map<std::int64_t, std::int64_t>, std::less<>> numbers;
    for (const auto& [name, called] : layers_) {
      numbers[name] = renumbered(called.by_nodes, called.calls);
      if (!numbers[name].empty())
        upgrade_.converted("nodes", cat("the calls of \"", name, "\" are renumbered"));
    }
    each([&](Json::Array& reference, bool) {
      const auto layer = numbers.find(reference[0].as_string());
      if (layer == numbers.end()) return;
      const auto number = layer->second.find(reference[1].as_integer());
      if (number != layer->second.end()) reference[1] = number->second;
    });
  }

 private:
  Called* find(const Json::Array& reference) {
    const auto found = layers_.find(reference[0].as_string());
    return found == layers_.end() ? nullptr : &found->second;
  }
  void each(const std::function<void(Json::Array&, bool output)>& fn) {
    for (Json& entry : config_["layers"].as_array())
      if (Json* nodes = entry.find("inbound_nodes"))
        each_history(*nodes, [&](Json::Array& reference) { fn(reference, false); });
    for (const char* key : {"input_layers", "output_layers"})
      each_reference(config_[key], [&](Json::Array& reference) { fn(reference, true); });
  }

  Upgrade& upgrade_;
  Json& config_;
  std::map<std::string, Called, std::less<>> layers_;
};

}  // namespace

void upgrade_nodes(Upgrade& upgrade, Json& config) {
  Names names;
  for (const Json& entry : config.at("layers").as_array()) {
    check(is_object_form(entry), ErrorCode::corrupt_file,
          "each of \"layers\" must be an object with \"class_name\" and \"config\"");
    names.insert(name_of_entry(entry));
  }
  for (Json& entry : config["layers"].as_array()) convert_calls(entry, names);
  NodeIndices(upgrade, config).apply();
}

}  // namespace keratin::keras
