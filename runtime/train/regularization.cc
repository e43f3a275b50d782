#include "runtime/train/regularization.h"

#include <algorithm>
#include <set>

namespace keratin::train {
namespace {

using keras::Layer;

Json config_of(const Layer& layer) { return layer.def->write(layer.config.get()); }

// The entry that is about this weight. "recurrent_kernel" has "recurrent_regularizer", and so have
// separable convolutions; a depthwise one calls its only kernel "kernel".
const Json* find_rule(const Json& config, std::string weight, const char* kind) {
  constexpr std::string_view ending = "_kernel";
  if (const Json* found = config.find(weight + kind)) return found;
  if (weight == "kernel") return config.find(std::string("depthwise") + kind);
  if (!weight.ends_with(ending)) return nullptr;
  weight.resize(weight.size() - ending.size());
  return config.find(weight + kind);
}

// The layer's "activity_regularizer", or null.
Json activity_rule(const Layer& layer) {
  const Json config = config_of(layer);
  const Json* found = config.find("activity_regularizer");
  return found ? *found : Json();
}

// MultiHeadAttention hands its own on to the layers inside.
bool hands_it_on(const Layer& layer) {
  return std::any_of(layer.children.begin(), layer.children.end(),
                     [](const Layer::Child& child) { return !activity_rule(*child.layer).is_null(); });
}

Regularizer activity_regularizer(const Layer& layer) {
  const Json rule = activity_rule(layer);
  return !rule.is_null() && !hands_it_on(layer) ? make_regularizer(rule) : Regularizer{};
}

}  // namespace

std::vector<WeightRule> weight_rules(const Layer& model) {
  std::vector<WeightRule> rules;
  std::set<const Variable*> seen, trainable;
  for (const VariablePtr& variable : model.trainable_variables()) trainable.insert(variable.get());
  model.visit([&](const Layer& layer) {
    if (layer.weights.empty()) return;
    within(cat(layer.file_class_name(), " \"", layer.name, "\""), [&] {
      const Json config = config_of(layer);
      for (const Layer::Weight& weight : layer.weights) {
        const Json* regularizer = find_rule(config, weight.name, "_regularizer");
        const Json* constraint = find_rule(config, weight.name, "_constraint");
        WeightRule rule{weight.variable, trainable.count(weight.variable.get()) > 0, {}, {}};
        if (regularizer) rule.regularizer = make_regularizer(*regularizer);
        if (constraint) rule.constraint = make_constraint(*constraint);
        if ((rule.regularizer || rule.constraint) && seen.insert(weight.variable.get()).second)
          rules.push_back(std::move(rule));
      }
    });
  });
  return rules;
}

ir::Values activity_penalties(const Layer& layer, const std::vector<keras::Traced>& results) {
  ir::Values penalties;
  const Regularizer regularizer = activity_regularizer(layer);
  for (const keras::Traced& result : results) {
    if (!regularizer) break;
    const ir::Value x = result.value, penalty = penalty_of(regularizer, x);
    const bool batched = x.rank() > 0;
    penalties.push_back(batched ? penalty / ir::dimension(x.graph(), x.shape()[0], x.dtype()) : penalty);
  }
  return penalties;
}

}  // namespace keratin::train
