// Which regularizer and constraint are about which weight: no key of any layer is overlooked.
#include "runtime/train/regularization.h"

#include <gtest/gtest.h>

#include "../keras/layer_run.h"

namespace keratin::tests {
namespace {

// The keys of a layer's config that are about a weight.
std::vector<std::string> rule_keys(const Json& config, const std::string& ending) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : config.as_object())
    if (key.ends_with(ending) && key != "activity_regularizer") keys.push_back(key);
  return keys;
}

// All weights of a layer, as its cases build it.
std::size_t weights_with_rules(const LayerDef& def, std::size_t index, const std::string& key) {
  Json config = case_config(def, index);
  config[key] = key.ends_with("regularizer") ? "l2" : "non_neg";
  LayerPtr layer = make_layer(object_form(def, std::move(config)));
  LayerRun run(layer, case_json(def, index), Symbolic::none);
  return train::weight_rules(*layer).size();
}

TEST(WeightRules, EveryKeyFindsItsWeight) {
  std::size_t keys = 0;
  for (const LayerDef* def : registry_layers()) {
    if (def->cases.empty()) continue;
    const LayerPtr layer = make_layer(object_form(*def, case_config(*def, 0)));
    const Json config = def->write(layer->config.get());
    for (const char* ending : {"_regularizer", "_constraint"})
      for (const std::string& key : rule_keys(config, ending)) {
        SCOPED_TRACE(std::string(def->class_name) + " " + key);
        ++keys;
        std::size_t found = 0;
        for (std::size_t i = 0; i < def->cases.size() && !found; ++i)
          found = weights_with_rules(*def, i, key);
        EXPECT_GT(found, 0u) << "no case has a weight that the key is about";
      }
  }
  EXPECT_GT(keys, 80u);
}

}  // namespace
}  // namespace keratin::tests
