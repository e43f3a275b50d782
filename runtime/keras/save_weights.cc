#include "runtime/keras/save_weights.h"

#include <map>
#include <optional>
#include <set>

#include "runtime/core/error.h"
#include "runtime/keras/input_layer.h"
#include "runtime/keras/legacy_weights.h"
#include "runtime/keras/lora.h"
#include "runtime/keras/sequential.h"
#include "runtime/keras/weights.h"

namespace keratin::keras {
namespace {

// Variables' values as files hold them: kernels with their low-rank weights added.
class Values {
 public:
  explicit Values(const Layer& model) {
    model.visit([&](const Layer& layer) {
      for (const Layer::Weight& weight : layer.weights) {
        if (weight.lora_scale) merged_[weight.variable.get()] = {&layer, &weight};
        if (weight.name.starts_with("lora_")) low_rank_.insert(weight.variable.get());
      }
    });
  }
  serialization::TensorEntry entry(const VariablePtr& variable) const {
    const auto found = merged_.find(variable.get());
    return entry_of(found == merged_.end() ? variable->value()
                                           : merged_value(*found->second.layer, *found->second.weight));
  }
  bool stored(const VariablePtr& variable) const { return !low_rank_.count(variable.get()); }

 private:
  struct Merged {
    const Layer* layer;
    const Layer::Weight* weight;
  };
  std::map<const Variable*, Merged> merged_;
  std::set<const Variable*> low_rank_;
};

// A name that nothing in the group has yet, as Keras numbers them.
std::string unique(const std::string& name, std::set<std::string>& taken) {
  std::string fresh = name;
  for (int i = 1; !taken.insert(fresh).second; ++i) fresh = name + "_" + std::to_string(i);
  return fresh;
}

}  // namespace

void store_object_paths(Layer& model, Family family, serialization::ModelDocument& document) {
  const Values values(model);
  const auto store = [&](Layer& layer, const std::string& path) {
    const std::string group = "/" + (path.empty() ? "" : path + "/") + "vars";
    // Layers without variables have a group, too: some of Keras' readers ask for it.
    auto& attributes = document.weights.text[group];
    if (family == Family::keras_3) attributes["name"] = layer.name;
    const std::vector<VariablePtr> variables = stored_variables(layer);
    for (std::size_t i = 0; i < variables.size(); ++i) {
      document.order.push_back(group + "/" + std::to_string(i));
      document.weights.tensors[document.order.back()] = values.entry(variables[i]);
    }
  };
  if (family == Family::keras_3)
    walk_object_paths(model, store);
  else
    walk_tf_keras_paths(model, store);
  document.layout = serialization::WeightsLayout::v3;
}

void store_by_position(Layer& model, Family family, serialization::ModelDocument& document) {
  // Keras 3 keeps low-rank weights beside their kernels here.
  const std::optional<Values> merged =
      family == Family::tf_keras ? std::optional<Values>(model) : std::nullopt;
  const std::string root = document.weights_root.empty() ? "/" : document.weights_root;
  const std::string suffix = family == Family::tf_keras ? ":0" : "";
  auto& names = document.weights.names;
  document.weights.text[root] = {{"backend", document.backend}, {"keras_version", document.writer_version}};
  std::vector<std::string>& layers = names[root]["layer_names"];
  for (const Layer::Child& child : model.children) {
    if (is_sequential(model) && is_input_layer(*child.layer)) continue;  // Keras lists none there
    const std::string& name = child.layer->name;
    const std::string group = document.weights_root + "/" + name;
    layers.push_back(name);
    std::vector<std::string>& own = names[group]["weight_names"];
    std::set<std::string> taken;
    for (const VariablePtr& variable : by_position(*child.layer)) {
      if (merged && !merged->stored(variable)) continue;
      own.push_back(unique(variable->path + suffix, taken));
      document.order.push_back(group + "/" + own.back());
      document.weights.tensors[document.order.back()] =
          merged ? merged->entry(variable) : entry_of(variable->value());
    }
  }
  names[document.weights_root + "/top_level_model_weights"]["weight_names"];
  document.layout = serialization::WeightsLayout::legacy;
}

}  // namespace keratin::keras
