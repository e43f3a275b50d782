#include "runtime/train/custom.h"

#include "runtime/train/mean.h"

namespace keratin::train {
namespace {

struct Config {
  Function function;
  template <class V>
  void describe(V&) {}
};

ir::Value loss_of(LossContext&, ir::Value y_true, ir::Value y_pred, const Config& config) {
  return config.function(y_true, y_pred);
}
ir::Value metric_of(MetricContext&, ir::Value y_true, ir::Value y_pred, const Config& config) {
  return config.function(y_true, y_pred);
}

constexpr LossDef loss_def =
    define_loss<Config, loss_of>({.class_name = nullptr, .function_name = "custom", .casts_targets = false});
constexpr MetricDef metric_def =
    define_mean<Config, metric_of>({.class_name = "Custom", .default_name = "custom"});

ConfigPtr config_of(Function function) {
  auto config = std::make_shared<Config>();
  config->function = std::move(function);
  return config;
}

}  // namespace

LossObject custom_loss(const std::string& name, Function function, Flavour flavour) {
  LossObject loss;
  loss.def = &loss_def;
  loss.config = config_of(std::move(function));
  loss.flavour = flavour;
  loss.name = name;
  loss.is_function = true;
  return loss;
}

MetricObject custom_metric(const std::string& name, Function function, Flavour flavour) {
  MetricObject metric;
  metric.def = &metric_def;
  metric.config = config_of(std::move(function));
  metric.flavour = flavour;
  metric.name = name;
  metric.is_function = true;
  return metric;
}

// Keras 3 writes a registered function as {"class_name": "function", "config": name, "registered_name"}.
const std::pair<const std::string, Function>* find_function(const Functions& functions,
                                                            const Json& identifier) {
  if (identifier.is_null() || functions.empty()) return nullptr;
  const Json* registered = identifier.find("registered_name");
  if (registered && registered->is_string())
    if (const auto found = functions.find(registered->as_string()); found != functions.end()) return &*found;
  const auto found = functions.find(read_object(identifier, "function").class_name);
  return found == functions.end() ? nullptr : &*found;
}

}  // namespace keratin::train
