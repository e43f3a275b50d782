#include "runtime/keras/make.h"

#include <algorithm>
#include <atomic>
#include <unordered_map>

#include "runtime/core/error.h"
#include "runtime/keras/operation.h"
#include "runtime/keras/operation_layer.h"

namespace keratin::keras {
namespace {

thread_local std::vector<const Resolver*> scopes;
std::atomic<const Resolver*> default_resolver{nullptr};

using Table = std::unordered_map<std::string_view, const LayerDef*>;
const Table& table() {
  static const Table found = [] {
    Table made;
    for (const LayerDef* def : registry_layers()) {
      assume(made.emplace(def->class_name, def).second, "two layers have the same class name");
      for (const char* name : def->old_names) made.emplace(name, def);
    }
    return made;
  }();
  return found;
}

std::string name_in(const Json& config, const std::string& class_name) {
  const Json* name = config.find("name");
  return name && name->is_string() ? name->as_string() : class_name;
}

// What every layer's config has. Erases the keys from left.
void read_common(Layer& layer, const Json& config, Json& left) {
  if (const Json* trainable = config.find("trainable")) layer.trainable = trainable->truthy();
  if (const Json* dtype = config.find("dtype")) layer.dtype = read_dtype(*dtype);
  for (const char* key : {"name", "trainable", "dtype", "autocast"}) left.erase(key);
}

// Keys of other versions that tell of the input or how to compute, never what: dropped whatever they hold.
constexpr std::string_view without_meaning[] = {
    "batch_input_shape", "batch_shape",    "input_shape", "input_dim",    "input_length",
    "input_dtype",       "implementation", "unroll",      "consume_less", "synchronized"};

// Unknown keys: harmless when they say nothing, else refused.
void keep_unknown(Layer& layer, const Json& left) {
  layer.kept = Json(Json::Object{});
  for (const auto& [key, value] : left.as_object()) {
    if (std::find(std::begin(without_meaning), std::end(without_meaning), key) != std::end(without_meaning))
      continue;
    check(!value.truthy(), ErrorCode::unsupported, "config key \"", key,
          "\" is unknown; its value isn't empty, so the layer may behave differently");
    layer.kept[key] = value;
  }
}

}  // namespace

ResolverScope::ResolverScope(const Resolver* resolver) { scopes.insert(scopes.begin(), resolver); }
ResolverScope::~ResolverScope() { scopes.erase(scopes.begin()); }
std::span<const Resolver* const> resolvers() {
  const Resolver* last = default_resolver.load(std::memory_order_acquire);
  if (last && (scopes.empty() || scopes.back() != last)) scopes.push_back(last);
  return scopes;
}
void set_default_resolver(const Resolver* resolver) {
  default_resolver.store(resolver, std::memory_order_release);
}

const LayerDef* find_layer_def(std::string_view class_name) {
  auto found = table().find(class_name);
  return found == table().end() ? nullptr : found->second;
}

DTypePolicy read_dtype(const Json& value) {
  DTypePolicy policy;
  if (value.is_null()) return policy;
  if (value.is_string()) {
    policy.name = value.as_string();
  } else if (const Json* config = value.find("config")) {
    const std::string kind = value.at("class_name").as_string();
    check(kind == "DTypePolicy" || kind == "FloatDTypePolicy" || kind == "Policy" || kind == "PolicyV1",
          ErrorCode::unsupported, "dtype policy ", kind, " is not supported yet (quantized model)");
    policy.name = config->at("name").as_string();
  } else {
    fail(ErrorCode::corrupt_file, "dtype is neither a name nor a policy object");
  }
  if (policy.name == "infer" || policy.name == "_infer") policy.name = "float32";
  try {
    policy.compute();
  } catch (const Error&) {
    fail(ErrorCode::unsupported, "dtype policy \"", policy.name, "\" is not supported");
  }
  return policy;
}

bool is_users_class(const Json& object) {
  const Json* module = object.find("module");
  if (module && module->is_string()) {
    const std::string& name = module->as_string();
    const std::string root = name.substr(0, name.find('.'));
    return root != "keras" && root != "tf_keras" && root != "tensorflow" && !root.empty();
  }
  const Json* registered = object.find("registered_name");
  return registered && registered->is_string() && registered->as_string().find('>') != std::string::npos;
}

LayerPtr make_layer(const Json& object) {
  const std::string class_name = object.at("class_name").as_string();
  const Json* registered = object.find("registered_name");
  const std::string registered_name = registered && registered->is_string() ? registered->as_string() : "";
  for (const Resolver* resolver : resolvers())
    if (LayerPtr made = resolver->make(class_name, registered_name, object)) return made;
  const Json& config = object.at("config");
  if (const Json* module = object.find("module");
      module && module->is_string() && module->as_string().starts_with("keras.src.ops"))
    return make_operation(object);
  const LayerDef* def = is_users_class(object) ? nullptr : find_layer_def(class_name);
  const std::string name = name_in(config, class_name);
  check(def != nullptr, ErrorCode::unsupported, "layer \"", name, "\": class ",
        registered_name.empty() ? class_name : registered_name,
        " is unknown; register it with CustomObjects");
  return within(cat(class_name, " \"", name, "\""), [&] {
    auto layer = std::make_shared<Layer>();
    layer->name = name;
    layer->def = def;
    Json left = config;
    read_common(*layer, config, left);
    layer->config = def->read(config, left);
    keep_unknown(*layer, left);
    if (const Json* build = object.find("build_config")) layer->build_config = *build;
    return layer;
  });
}

LayerPtr make_layer(const char* class_name, const std::string& name, const DTypePolicy& dtype, Json config) {
  config["name"] = name;
  config["dtype"] = dtype.name;
  Json object;
  object["class_name"] = class_name;
  object["config"] = std::move(config);
  return make_layer(object);
}

Json layer_config(const Layer& layer) {
  if (layer.def->class_name == std::string_view("Operation"))
    return layer.def->write(layer.config.get());  // an op node is kept as it came
  Json dtype_config;
  dtype_config["name"] = layer.dtype.name;
  Json dtype;
  dtype["module"] = "keras";
  dtype["class_name"] = "DTypePolicy";
  dtype["config"] = std::move(dtype_config);
  dtype["registered_name"] = nullptr;
  Json config;
  config["name"] = layer.name;
  config["trainable"] = layer.trainable;
  config["dtype"] = std::move(dtype);
  const Json own = layer.def->write(layer.config.get());
  for (const auto& [key, value] : own.as_object()) config[key] = value;
  if (layer.kept.is_object() && layer.generation == 3)
    for (const auto& [key, value] : layer.kept.as_object()) config[key] = value;
  Json object;
  object["module"] = "keras.layers";
  object["class_name"] = layer.def->class_name;
  object["config"] = std::move(config);
  object["registered_name"] = nullptr;
  if (!layer.build_config.is_null() && layer.generation == 3) object["build_config"] = layer.build_config;
  if (layer.def->amend) layer.def->amend(layer, object);
  return object;
}

}  // namespace keratin::keras
