#include "runtime/train/metric.h"

#include "runtime/train/kind.h"
#include "runtime/train/loss.h"

namespace keratin::train {
namespace {

bool is_alias(const MetricDef& def, std::string_view name) {
  if (def.default_name == name) return true;
  for (const char* alias : def.aliases)
    if (alias == name) return true;
  return false;
}

MetricContext context_of(const MetricObject& metric) {
  return {metric.flavour, metric.dtype, metric.is_function};
}

void read_config(MetricObject& metric, Json config) {
  const bool keras3 = metric.flavour == Flavour::keras3;
  const MetricDef& def = *metric.def;
  metric.dtype = keras3 ? def.default_dtype : def.tf_keras_dtype;
  const Json* dtype = config.find("dtype");
  if (dtype && !dtype->is_null()) metric.dtype = parse_dtype(policy_name(*dtype));
  config.erase("dtype");
  const Json* name = config.find("name");
  metric.name = def.tf_keras_name && !keras3 ? def.tf_keras_name : def.default_name;
  if (name && name->is_string()) metric.name = name->as_string();
  config.erase("name");
  Json left = config;
  metric.config = def.config.read(config, left);
  check_all_read(left, "config");
}

// A MeanMetricWrapper of a metric's function is that metric; of a loss it stays what it is. A name that both
// have is Keras 3's loss and tf_keras' metric.
void unwrap(NamedObject& named, Flavour flavour) {
  const Json* fn = named.config.find("fn");
  check(fn != nullptr, ErrorCode::corrupt_file, "metric MeanMetricWrapper: config has no \"fn\"");
  const std::string function = read_object(*fn, "metric").class_name;
  const LossDef* loss = find_loss_def(function);
  const bool differs = loss && loss->class_name == std::string_view("CosineSimilarity");
  if (!find_metric_def(function) || (loss && !(differs && flavour == Flavour::tf_keras))) return;
  named.class_name = function;
  named.config.erase("fn");
}

}  // namespace

const MetricDef* find_metric_def(std::string_view name) {
  for (const MetricDef* def : registry_metrics())
    if (def->class_name == name || is_alias(*def, name)) return def;
  return nullptr;
}

MetricObject make_metric(const Json& identifier, Flavour flavour) {
  MetricObject metric;
  metric.flavour = flavour;
  NamedObject named = read_object(identifier, "metric");
  const std::string given = named.class_name;
  if (given == "MeanMetricWrapper") unwrap(named, flavour);
  metric.def = find_metric_def(named.class_name);
  if (!metric.def && find_loss_def(named.class_name)) {  // a loss without a metric class
    metric.def = find_metric_def("MeanMetricWrapper");
    named.config["fn"] = named.class_name;
  }
  if (!metric.def) refuse_class("metric", named.class_name);
  metric.is_function = named.class_name != metric.def->class_name;
  if (metric.is_function && !named.config.find("name")) named.config["name"] = named.class_name;
  within("metric " + given, [&] { read_config(metric, std::move(named.config)); });
  return metric;
}

MetricObject make_metric(const Json& identifier, const ir::Type& y_true, const ir::Type& y_pred,
                         Flavour flavour) {
  const bool accuracy = is_one_of(identifier, {"accuracy", "acc"});
  if (!accuracy && !is_one_of(identifier, {"crossentropy", "ce"})) return make_metric(identifier, flavour);
  const char* kind = name_of(kind_of_targets(y_true, y_pred));
  MetricObject metric = make_metric(cat(kind, accuracy ? "_accuracy" : "_crossentropy"), flavour);
  metric.name = identifier.as_string();
  return metric;
}

Json metric_json(const MetricObject& metric) {
  Json config;
  config["name"] = metric.name;
  config["dtype"] = std::string(name_of(metric.dtype));
  const Json own = metric.def->config.write(metric.config.get());
  for (const auto& [key, value] : own.as_object()) config[key] = value;
  return object_form("keras.metrics", metric.def->class_name, std::move(config));
}

std::vector<MetricVariable> metric_variables(const MetricObject& metric, const ir::Type& y_pred) {
  return within("metric " + metric.name,
                [&] { return metric.def->variables(context_of(metric), metric.config.get(), y_pred); });
}

ir::Values update_metric(const MetricObject& metric, const ir::Values& state, const MetricInput& input) {
  MetricContext cx = context_of(metric);
  MetricInput given = input;
  if (!cx.keras3() && given.mask) {  // as compile() of tf_keras does for every metric
    const ir::Value ones = ir::cast(given.mask, given.y_pred.dtype());
    ir::Value& weight = given.sample_weight;
    weight = weight ? expand_weights(ones, ir::cast(weight, ones.dtype())) * ones : ones;
    given.mask = {};
  }
  return within("metric " + metric.name,
                [&] { return metric.def->update(cx, metric.config.get(), state, given); });
}

ir::Value metric_result(const MetricObject& metric, const ir::Values& state) {
  return within("metric " + metric.name,
                [&] { return metric.def->result(context_of(metric), metric.config.get(), state); });
}

}  // namespace keratin::train
