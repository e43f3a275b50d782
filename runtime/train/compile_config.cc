#include "runtime/train/compile_config.h"

#include <algorithm>

#include "runtime/train/loss.h"
#include "runtime/train/metric.h"

namespace keratin::train {
namespace {

constexpr const char* kKeys[] = {"loss", "loss_weights", "metrics", "weighted_metrics"};
Json CompileArguments::*const kMembers[] = {&CompileArguments::loss, &CompileArguments::loss_weights,
                                            &CompileArguments::metrics, &CompileArguments::weighted_metrics};

// tf_keras writes a metric of one of several outputs into an h5 file as it shows it: "a_accuracy" for the
// "accuracy" of output "a".
void shorten_names(Json& lists, const std::vector<std::string>& outputs) {
  if (!lists.is_array() || lists.as_array().size() != outputs.size()) return;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    Json& list = lists.as_array()[i];
    if (!list.is_array()) continue;
    for (Json& metric : list.as_array()) {
      Json* config = metric.find("config");
      Json* name = config ? config->find("name") : nullptr;
      const std::string prefix = outputs[i] + "_";
      if (name && name->is_string() && name->as_string().starts_with(prefix))
        *name = name->as_string().substr(prefix.size());
    }
  }
}

}  // namespace

Flavour flavour_of(Dialect dialect) { return is_keras_3(dialect) ? Flavour::keras3 : Flavour::tf_keras; }

CompileArguments read_arguments(const serialization::ModelDocument& document,
                                const std::vector<std::string>& outputs) {
  CompileArguments arguments;
  for (std::size_t i = 0; i < std::size(kKeys); ++i)
    if (const Json* found = document.training_config.find(kKeys[i])) arguments.*kMembers[i] = *found;
  const bool legacy = document.layout == serialization::WeightsLayout::legacy;
  if (legacy && outputs.size() > 1)
    for (Json* lists : {&arguments.metrics, &arguments.weighted_metrics}) shorten_names(*lists, outputs);
  return arguments;
}

namespace {

// Object forms of tf_keras name no module.
Json plain_form(const Json& object) {
  if (!object.is_object()) return object;
  Json plain;
  plain["class_name"] = object.at("class_name");
  plain["config"] = object.at("config");
  return plain;
}

Json converted_loss(const Json& identifier, Flavour from, Flavour to) {
  if (!identifier.is_object()) return identifier;
  LossObject loss = make_loss(identifier, from);
  if (loss.reduction == "auto") loss.reduction = "sum_over_batch_size";
  const bool known = loss.reduction && (*loss.reduction == "sum_over_batch_size" ||
                                        *loss.reduction == "sum" || *loss.reduction == "none");
  check(to == Flavour::keras3 || known, ErrorCode::unsupported, "loss ", loss.name,
        ": tf_keras has no reduction ", loss.reduction.value_or("null"));
  const Json object = loss_json(loss);
  return to == Flavour::keras3 ? object : plain_form(object);
}

Json converted_metric(const Json& identifier, Flavour from, Flavour to) {
  if (!identifier.is_object()) return identifier;
  const Json object = metric_json(make_metric(identifier, from));
  return to == Flavour::keras3 ? object : plain_form(object);
}

Json one_or_list(Json::Array each) {
  const bool none = std::all_of(each.begin(), each.end(), [](const Json& one) { return !one.truthy(); });
  if (none) return nullptr;
  return each.size() == 1 ? each[0] : Json(std::move(each));
}

}  // namespace

CompileArguments converted(const CompileArguments& arguments, const std::vector<std::string>& outputs,
                           Flavour from, Flavour to) {
  if (from == to) return arguments;
  Json::Array losses, weights, metrics, weighted;
  for (const OutputTask& task : tasks_of(arguments, outputs, from)) {
    losses.push_back(converted_loss(task.loss, from, to));
    weights.push_back(task.loss_weight ? Json(*task.loss_weight) : Json());
    auto list = [&](const std::vector<Json>& identifiers) {
      Json::Array made;
      for (const Json& identifier : identifiers) made.push_back(converted_metric(identifier, from, to));
      return made;
    };
    metrics.push_back(list(task.metrics));
    weighted.push_back(list(task.weighted_metrics));
  }
  return {one_or_list(std::move(losses)), one_or_list(std::move(weights)), one_or_list(std::move(metrics)),
          one_or_list(std::move(weighted))};
}

void store_compiled(const CompileArguments& arguments, const Optimizer* optimizer,
                    serialization::ModelDocument& document) {
  Json& config = document.training_config;
  if (optimizer) store_optimizer(*optimizer, document);
  for (std::size_t i = 0; i < std::size(kKeys); ++i) config[kKeys[i]] = arguments.*kMembers[i];
  if (!is_keras_3(dialect_of(document)) || document.layout == serialization::WeightsLayout::legacy) return;
  config["run_eagerly"] = false;
  config["steps_per_execution"] = 1;
  config["jit_compile"] = false;
}

OptimizerPtr rebuilt(const Optimizer& optimizer, std::vector<VariablePtr> trainable) {
  OptimizerPtr made = make_optimizer(optimizer_json(optimizer), optimizer.dialect, optimizer.floatx);
  made->name = optimizer.name;
  made->without_weight_decay = optimizer.without_weight_decay;
  made->build(std::move(trainable));
  if (optimizer.built()) copy_state(optimizer, *made);
  return made;
}

}  // namespace keratin::train
