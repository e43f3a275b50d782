#include "runtime/keras/functional.h"

#include <algorithm>
#include <set>

#include "runtime/core/error.h"
#include "runtime/keras/call_order.h"
#include "runtime/keras/input_layer.h"
#include "runtime/keras/make.h"
#include "runtime/keras/operation_layer.h"

namespace keratin::keras {
namespace {

TensorRef read_ref(const Json& json) {
  const Json::Array& items = json.as_array();
  check(items.size() >= 3, ErrorCode::corrupt_file, "a tensor reference must be [layer, node, tensor]");
  return {items[0].as_string(), items[1].as_integer(), items[2].as_integer()};
}

bool looks_like_ref(const Json& json) {
  if (!json.is_array()) return false;
  const Json::Array& items = json.as_array();
  return items.size() >= 3 && items[0].is_string() && items[1].is_integer() && items[2].is_integer();
}

// input_layers and output_layers: ["x", 0, 0], a list of these, or a dict, nested.
NodeArgument read_structure(const Json& json) {
  if (looks_like_ref(json)) return {read_ref(json)};
  if (json.is_array()) {
    NodeArgument::List list;
    for (const Json& item : json.as_array()) list.push_back(read_structure(item));
    return {std::move(list)};
  }
  check(json.is_object(), ErrorCode::corrupt_file,
        "input_layers and output_layers hold references, lists and dicts only");
  NodeArgument::Dict dict;
  for (const auto& [key, item] : json.as_object()) dict.emplace_back(key, read_structure(item));
  return {std::move(dict)};
}

NodeArgument read_argument(const Json& json) {
  if (json.is_array()) {
    bool tensors = false;
    NodeArgument::List list;
    for (const Json& item : json.as_array()) {
      list.push_back(read_argument(item));
      tensors |= !std::holds_alternative<Json>(list.back().content);
    }
    if (!tensors) return {json};
    return {std::move(list)};
  }
  if (!json.is_object()) return {json};
  if (const Json* kind = json.find("class_name"); kind && kind->is_string()) {
    if (kind->as_string() == "__keras_tensor__") return {read_ref(json.at("config").at("keras_history"))};
    return {json};
  }
  bool tensors = false;
  NodeArgument::Dict dict;
  for (const auto& [key, item] : json.as_object()) {
    dict.emplace_back(key, read_argument(item));
    tensors |= !std::holds_alternative<Json>(dict.back().second.content);
  }
  if (!tensors) return {json};
  return {std::move(dict)};
}

Json write_ref(const TensorRef& ref) { return Json(Json::Array{ref.layer, ref.node, ref.tensor}); }

Json write_structure(const NodeArgument& argument) {
  if (const TensorRef* ref = std::get_if<TensorRef>(&argument.content)) return write_ref(*ref);
  if (const auto* list = std::get_if<NodeArgument::List>(&argument.content)) {
    Json::Array items;
    for (const NodeArgument& item : *list) items.push_back(write_structure(item));
    return items;
  }
  Json object = Json(Json::Object{});
  if (const auto* dict = std::get_if<NodeArgument::Dict>(&argument.content))
    for (const auto& [key, item] : *dict) object[key] = write_structure(item);
  return object;
}

Json write_shape(const ir::Dims& dims) {
  Json::Array shape;
  for (const ir::Dim& dim : dims) shape.push_back(dim.is_constant() ? Json(dim.value()) : Json());
  return shape;
}

Json write_argument(const NodeArgument& argument, const FunctionalConfig& model) {
  if (const Json* json = std::get_if<Json>(&argument.content)) return *json;
  if (const TensorRef* ref = std::get_if<TensorRef>(&argument.content)) {
    Json config = Json(Json::Object{});
    if (const auto found = model.types.find(*ref); found != model.types.end()) {
      config["shape"] = write_shape(found->second.shape);
      config["dtype"] = std::string(name_of(found->second.dtype));
    }
    config["keras_history"] = write_ref(*ref);
    Json object;
    object["class_name"] = "__keras_tensor__";
    object["config"] = std::move(config);
    return object;
  }
  if (const auto* list = std::get_if<NodeArgument::List>(&argument.content)) {
    Json::Array items;
    for (const NodeArgument& item : *list) items.push_back(write_argument(item, model));
    return items;
  }
  Json object = Json(Json::Object{});
  for (const auto& [key, item] : std::get<NodeArgument::Dict>(argument.content))
    object[key] = write_argument(item, model);
  return object;
}

ConfigPtr read(const Json& json, Json& left) {
  auto config = std::make_shared<FunctionalConfig>();
  std::set<std::string> names;
  for (const Json& entry : json.at("layers").as_array()) {
    LayerPtr layer = make_layer(entry);
    if (const Json* name = entry.find("name"); name && name->is_string()) layer->name = name->as_string();
    check(names.insert(layer->name).second, ErrorCode::corrupt_file, "two layers are called \"", layer->name,
          "\"");
    std::vector<NodeCall> calls;
    if (const Json* nodes = entry.find("inbound_nodes"))
      within(cat("inbound_nodes of \"", layer->name, "\""), [&] {
        for (const Json& node : nodes->as_array()) {
          NodeCall call;
          for (const Json& argument : node.at("args").as_array())
            call.args.push_back(read_argument(argument));
          for (const auto& [key, value] : node.at("kwargs").as_object())
            call.kwargs.emplace_back(key, read_argument(value));
          calls.push_back(std::move(call));
        }
      });
    config->layers.push_back(std::move(layer));
    config->calls.push_back(std::move(calls));
  }
  config->inputs = read_structure(json.at("input_layers"));
  config->outputs = read_structure(json.at("output_layers"));
  for (const char* key : {"layers", "input_layers", "output_layers"}) left.erase(key);
  return config;
}

Json write(const void* opaque) {
  const auto& config = *static_cast<const FunctionalConfig*>(opaque);
  Json::Array layers;
  for (std::size_t i = 0; i < config.layers.size(); ++i) {
    Json entry = layer_config(*config.layers[i]);
    entry["name"] = config.layers[i]->name;
    Json::Array nodes;
    for (const NodeCall& call : config.calls[i]) {
      Json::Array args;
      for (const NodeArgument& argument : call.args) args.push_back(write_argument(argument, config));
      Json kwargs = Json(Json::Object{});
      for (const auto& [key, argument] : call.kwargs) kwargs[key] = write_argument(argument, config);
      Json node;
      node["args"] = std::move(args);
      node["kwargs"] = std::move(kwargs);
      nodes.push_back(std::move(node));
    }
    entry["inbound_nodes"] = std::move(nodes);
    layers.push_back(std::move(entry));
  }
  Json json;
  json["layers"] = std::move(layers);
  json["input_layers"] = write_structure(config.inputs);
  json["output_layers"] = write_structure(config.outputs);
  return json;
}

const Layer& find_layer(const FunctionalConfig& config, const std::string& name) {
  for (const LayerPtr& layer : config.layers)
    if (layer->name == name) return *layer;
  fail(ErrorCode::corrupt_file, "layer \"", name, "\" is named but doesn't exist");
}

// Lowers the calls in an order that has their inputs ready.
class NodeRunner {
 public:
  NodeRunner(Lowering& lowering, const FunctionalConfig& config) : lowering_(lowering), config_(config) {}

  void bind(const TensorRef& ref, const Traced& traced) { values_[{ref.layer, ref.node}] = {traced}; }

  void run() {
    for (const CallPlace& place : call_order(config_)) run_if_ready(place);
    // Calls that no output needs: they build their layers.
    bool progress = true, open = true;
    while (open && progress) {
      open = progress = false;
      for (std::size_t i = 0; i < config_.layers.size(); ++i)
        for (std::size_t k = 0; k < config_.calls[i].size(); ++k) {
          if (is_done({i, k})) continue;
          progress |= run_if_ready({i, k});
          open |= !is_done({i, k});
        }
    }
    for (std::size_t i = 0; i < config_.layers.size() && open; ++i)
      for (std::size_t k = 0; k < config_.calls[i].size(); ++k)
        check(is_done({i, k}), ErrorCode::corrupt_file, "layer \"", config_.layers[i]->name, "\", call ", k,
              ": its inputs never come to exist (a cycle, or a reference to a node that is missing)");
  }

  void note_types() const {
    for (const auto& [call, results] : values_)
      for (std::size_t i = 0; i < results.size(); ++i)
        config_.types[{call.first, call.second, static_cast<std::int64_t>(i)}] = results[i].value.type();
  }

  const Traced& at(const TensorRef& ref) const {
    auto found = values_.find({ref.layer, ref.node});
    check(found != values_.end() && ref.tensor >= 0 &&
              static_cast<std::size_t>(ref.tensor) < found->second.size(),
          ErrorCode::corrupt_file, "tensor [\"", ref.layer, "\", ", ref.node, ", ", ref.tensor,
          "] doesn't exist");
    return found->second[static_cast<std::size_t>(ref.tensor)];
  }

 private:
  std::pair<std::string, std::int64_t> key_of(const CallPlace& place) const {
    return {config_.layers[place.first]->name, static_cast<std::int64_t>(place.second)};
  }
  bool is_done(const CallPlace& place) const { return values_.count(key_of(place)) != 0; }
  bool run_if_ready(const CallPlace& place) {
    const NodeCall& call = config_.calls[place.first][place.second];
    if (!ready(call)) return false;
    values_[key_of(place)] = call_layer(lowering_, *config_.layers[place.first], resolved(call));
    return true;
  }

  // A tensor as calls see it: attention may have taken its mask, in Keras 3.
  Traced seen(const TensorRef& ref) const {
    Traced traced = at(ref);
    const auto& unmasked = lowering_.unmasked;
    if (!traced.mask || std::find(unmasked.begin(), unmasked.end(), traced.value) == unmasked.end())
      return traced;
    if (find_layer(config_, ref.layer).generation == 3)
      traced.mask = {};
    else
      lowering_.only_before_3.push_back(
          cat("layer \"", ref.layer, "\" has a mask that is used again after attention"));
    return traced;
  }

  bool ready(const NodeCall& call) const {
    std::vector<TensorRef> refs;
    for (const NodeArgument& argument : call.args) argument.flatten(refs);
    for (const auto& [key, argument] : call.kwargs) argument.flatten(refs);
    return std::all_of(refs.begin(), refs.end(), [&](const TensorRef& ref) {
      return values_.count({ref.layer, ref.node}) != 0;
    });
  }

  Argument resolved(const NodeArgument& argument) const {
    if (const Json* json = std::get_if<Json>(&argument.content)) return {*json};
    if (const TensorRef* ref = std::get_if<TensorRef>(&argument.content)) return {seen(*ref)};
    if (const auto* list = std::get_if<NodeArgument::List>(&argument.content)) {
      Argument::List items;
      for (const NodeArgument& item : *list) items.push_back(resolved(item));
      return {std::move(items)};
    }
    Argument::Dict items;
    for (const auto& [key, item] : std::get<NodeArgument::Dict>(argument.content))
      items.emplace_back(key, resolved(item));
    return {std::move(items)};
  }

  Call resolved(const NodeCall& node) const {
    Call call;
    for (const NodeArgument& argument : node.args) call.args.push_back(resolved(argument));
    for (const auto& [key, argument] : node.kwargs) call.kwargs.emplace_back(key, resolved(argument));
    return call;
  }

  Lowering& lowering_;
  const FunctionalConfig& config_;
  std::map<std::pair<std::string, std::int64_t>, std::vector<Traced>> values_;
};

std::vector<Traced> run_nodes(Lowering& lowering, const FunctionalConfig& config,
                              const std::vector<Traced>& inputs, bool building = false) {
  NodeRunner runner(lowering, config);
  std::vector<TensorRef> refs, results;
  config.inputs.flatten(refs);
  check(refs.size() == inputs.size(), ErrorCode::corrupt_file, "called on ", inputs.size(),
        " tensors, expected ", refs.size());
  for (std::size_t i = 0; i < refs.size(); ++i) {
    // Keras' tf.keras ancestors cast an input to the InputLayer's dtype.
    Traced input = inputs[i];
    const Layer& layer = find_layer(config, refs[i].layer);
    if (is_input_layer(layer)) input.value = ir::cast(input.value, layer.dtype.compute());
    runner.bind(refs[i], input);
  }
  runner.run();
  if (building) runner.note_types();
  config.outputs.flatten(results);
  std::vector<Traced> found;
  for (const TensorRef& ref : results) found.push_back(runner.at(ref));
  return found;
}

// Building is lowering once into a graph that is thrown away.
void build(BuildContext& cx, const void* opaque) {
  const auto& config = *static_cast<const FunctionalConfig*>(opaque);
  ir::Graph scratch;
  Lowering lowering(scratch, false);
  std::vector<TensorRef> refs;
  config.inputs.flatten(refs);
  std::vector<Traced> inputs;
  for (const TensorRef& ref : refs)
    inputs.push_back({scratch.input(ref.layer, input_type(find_layer(config, ref.layer))), {}});
  run_nodes(lowering, config, inputs, true);
  for (const LayerPtr& layer : config.layers) cx.adopt("layers", layer, true);
}

ir::Values lower(LowerContext& cx, const void* opaque) {
  const auto& config = *static_cast<const FunctionalConfig*>(opaque);
  std::vector<Traced> inputs;
  for (std::size_t i = 0; i < cx.count(); ++i) inputs.push_back({cx.input(i), cx.mask(i)});
  ir::Values values;
  for (const Traced& result : run_nodes(cx.lowering, config, inputs)) {
    cx.set_mask(values.size(), result.mask);
    values.push_back(result.value);
  }
  return values;
}

void amend(const Layer&, Json& object) {
  object["module"] = "keras.src.models.functional";
  object["registered_name"] = "Functional";
  object["config"].erase("dtype");
}

constexpr const char* old_names[] = {"Model"};
}  // namespace
}  // namespace keratin::keras

namespace keratin {
extern const keras::LayerDef layer_functional;
const keras::LayerDef layer_functional = {.class_name = "Functional",
                                          .masking = keras::Masking::handles,
                                          .casts_inputs = false,
                                          .old_names = keras::old_names,
                                          .read = keras::read,
                                          .write = keras::write,
                                          .build = keras::build,
                                          .lower = keras::lower,
                                          .amend = keras::amend};
}  // namespace keratin

namespace keratin::keras {

void NodeArgument::flatten(std::vector<TensorRef>& out) const {
  if (const TensorRef* ref = std::get_if<TensorRef>(&content)) {
    out.push_back(*ref);
  } else if (const List* list = std::get_if<List>(&content)) {
    for (const NodeArgument& item : *list) item.flatten(out);
  } else if (const Dict* dict = std::get_if<Dict>(&content)) {
    Dict sorted = *dict;
    std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [key, item] : sorted) item.flatten(out);
  }
}

std::vector<std::string> FunctionalConfig::input_names() const {
  std::vector<TensorRef> refs;
  inputs.flatten(refs);
  std::vector<std::string> names;
  const auto* dict = std::get_if<NodeArgument::Dict>(&inputs.content);
  if (dict && dict->size() == refs.size()) {
    for (const auto& [key, item] : *dict) names.push_back(key);
    std::sort(names.begin(), names.end());
  } else {
    for (const TensorRef& ref : refs) names.push_back(ref.layer);
  }
  return names;
}

std::vector<std::string> FunctionalConfig::output_names() const {
  std::vector<std::string> names;
  for (const NamedRef& output : named_outputs()) names.push_back(output.name);
  return names;
}

std::vector<FunctionalConfig::NamedRef> FunctionalConfig::named_outputs() const {
  std::vector<NamedRef> found;
  if (const auto* dict = std::get_if<NodeArgument::Dict>(&outputs.content)) {
    for (const auto& [key, item] : *dict) {
      std::vector<TensorRef> refs;
      item.flatten(refs);
      for (const TensorRef& ref : refs) found.push_back({refs.size() == 1 ? key : "", ref});
    }
  } else {
    std::vector<TensorRef> refs;
    outputs.flatten(refs);
    for (const TensorRef& ref : refs) found.push_back({ref.layer, ref});
  }
  return found;
}

std::vector<std::size_t> FunctionalConfig::output_order() const {
  std::vector<TensorRef> flat;
  outputs.flatten(flat);
  std::vector<std::size_t> order;
  for (const NamedRef& output : named_outputs())
    order.push_back(static_cast<std::size_t>(std::find(flat.begin(), flat.end(), output.ref) - flat.begin()));
  return order;
}

bool is_functional(const Layer& layer) { return layer.def == &layer_functional; }
const FunctionalConfig& functional_config(const Layer& layer) { return layer.config_as<FunctionalConfig>(); }

LayerPtr make_functional(const std::string& name, FunctionalConfig config) {
  auto layer = std::make_shared<Layer>();
  layer->name = name;
  layer->def = &layer_functional;
  layer->config = std::make_shared<FunctionalConfig>(std::move(config));
  return layer;
}

bool is_input_layer(const Layer& layer) { return std::string_view(layer.def->class_name) == "InputLayer"; }

ir::Type input_type(const Layer& layer) {
  check(is_input_layer(layer), ErrorCode::corrupt_file, "\"", layer.name,
        "\" is used as an input but is no InputLayer");
  ir::Type type{layer.dtype.compute(), {}};
  const auto& shape = layer.config_as<InputConfig>().batch_shape;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i]) {
      check(*shape[i] >= 0, ErrorCode::corrupt_file, "input \"", layer.name, "\": negative dimension ",
            *shape[i]);
      type.shape.push_back(ir::Dim(*shape[i]));
    } else if (i == 0) {
      type.shape.push_back(ir::Dim::symbol("B"));
    } else {
      std::string name = "_";
      for (char c : layer.name) name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
      type.shape.push_back(ir::Dim::symbol(name + "_" + std::to_string(i)));
    }
  }
  return type;
}

}  // namespace keratin::keras
