#include "runtime/keras/model.h"

#include <map>
#include <set>

#include "runtime/core/error.h"
#include "runtime/keras/input_layer.h"
#include "runtime/keras/make.h"
#include "runtime/keras/refusals.h"
#include "runtime/keras/sequential.h"

namespace keratin::keras {
namespace {

// "dense/kernel": Keras' variable paths, from the layers' names.
void name_paths(Layer& layer, const std::string& prefix, std::set<const Layer*>& seen) {
  if (!seen.insert(&layer).second) return;
  for (const Layer::Weight& weight : layer.weights) weight.variable->path = prefix + weight.name;
  for (const Layer::Child& child : layer.children)
    name_paths(*child.layer, prefix + child.layer->name + "/", seen);
}

// Keys that were kept unread, by class.
void report_kept(const Layer& model, LoadReport& report) {
  std::map<std::string, std::set<std::string>> kept;
  model.visit([&](const Layer& layer) {
    if (!layer.kept.is_object()) return;
    for (const auto& [key, value] : layer.kept.as_object()) kept[layer.file_class_name()].insert(key);
  });
  for (const auto& [class_name, keys] : kept) {
    std::string line;
    for (const std::string& key : keys) line += (line.empty() ? "" : ", ") + key;
    report.notes.push_back(cat(class_name, ": unknown keys without a value: ", line));
  }
}

// State that Keras' files don't hold: seed generators, and what a stateful layer carries from call to call.
bool is_unsaved(const Variable& variable) {
  return variable.kind == VariableKind::seed || variable.kind == VariableKind::call_state;
}

void initialise_where(Layer& model, std::uint64_t seed, bool (*wanted)(const Variable&)) {
  RandomSource random(seed);
  model.visit([&](const Layer& layer) {
    for (const Layer::Weight& weight : layer.weights)
      if (!weight.variable->has_value() && wanted(*weight.variable))
        weight.variable->assign(
            initialize(weight.initializer, weight.variable->dtype(), weight.variable->shape(), random));
  });
}

}  // namespace

void name_variables(Layer& model) {
  std::set<const Layer*> seen;
  name_paths(model, "", seen);
}

std::vector<std::pair<std::string, ir::Type>> model_inputs(const Layer& model) {
  std::vector<std::pair<std::string, ir::Type>> inputs;
  if (is_functional(model)) {
    const FunctionalConfig& config = functional_config(model);
    const std::vector<std::string> names = config.input_names();
    std::vector<TensorRef> refs;
    config.inputs.flatten(refs);
    for (std::size_t i = 0; i < refs.size(); ++i)
      for (const LayerPtr& layer : config.layers)
        if (layer->name == refs[i].layer) inputs.emplace_back(names[i], input_type(*layer));
  } else if (is_sequential(model)) {
    const SequentialConfig& config = sequential_config(model);
    const std::optional<ir::Type> type = sequential_input(config);
    check(type.has_value(), ErrorCode::unsupported, "Sequential \"", model.name,
          "\" was saved before it was built: its input shape isn't known");
    const bool named = !config.layers.empty() && is_input_layer(*config.layers[0]);
    inputs.emplace_back(named ? config.layers[0]->name : model.name + "_input", *type);
  } else {
    fail(ErrorCode::unsupported, "a ", model.def->class_name, " alone is no model");
  }
  return inputs;
}

void set_generation(Layer& model, int generation) {
  walk_object_paths(model, [&](Layer& layer, const std::string&) { layer.generation = generation; });
}

LayerPtr make_model(const serialization::ModelDocument& document, LoadReport& report) {
  check(!document.config.is_null(), ErrorCode::data_mismatch, document.file,
        " holds weights alone; name the architecture (a JSON or model file) as well");
  report.notes.insert(report.notes.end(), document.notes.begin(), document.notes.end());
  return within(document.file, [&] {
    const Json config = upgrade_config(document, report);
    refuse_unknown(config);
    LayerPtr model = make_layer(config);
    std::vector<ir::Type> types;
    for (auto& [name, type] : model_inputs(*model)) types.push_back(std::move(type));
    build_layer(*model, std::move(types));
    name_variables(*model);
    initialise_where(*model, 0, is_unsaved);
    set_generation(*model, generation_of(document));
    report_kept(*model, report);
    return model;
  });
}

std::vector<std::string> unset_variables(const Layer& model) {
  std::vector<std::string> names;
  for (const VariablePtr& variable : model.variables())
    if (!variable->has_value() && !is_unsaved(*variable)) names.push_back(variable->path);
  return names;
}

void initialise(Layer& model, std::uint64_t seed) {
  initialise_where(model, seed, [](const Variable&) { return true; });
}

std::vector<std::string> model_input_names(const Layer& model) {
  std::vector<std::string> names;
  for (const auto& [name, type] : model_inputs(model)) names.push_back(name);
  return names;
}

std::vector<std::string> model_output_names(const Layer& model) {
  std::vector<std::string> names;
  if (is_functional(model)) {
    names = functional_config(model).output_names();
  } else {
    const auto& layers = sequential_config(model).layers;
    names.push_back(layers.empty() ? model.name : layers.back()->name);
  }
  std::map<std::string, int> counts;
  for (const std::string& name : names) ++counts[name];
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i].empty() || counts[names[i]] > 1) names[i] = "output_" + std::to_string(i);
  return names;
}

void lower_model_into(Lowering& lowering, Layer& model) {
  Call call;
  Argument::List list;
  for (const auto& [name, type] : model_inputs(model))
    list.push_back({Traced{lowering.graph.input(name, type), {}}});
  if (list.size() == 1)
    call.args.push_back(list[0]);
  else
    call.args.push_back({std::move(list)});
  const std::vector<Traced> results = call_layer(lowering, model, call);
  const std::vector<std::string> names = model_output_names(model);
  std::vector<std::size_t> order;
  if (is_functional(model)) order = functional_config(model).output_order();
  for (std::size_t i = 0; i < results.size(); ++i)
    lowering.graph.output(i < names.size() ? names[i] : "output_" + std::to_string(i),
                          results[order.empty() ? i : order[i]].value);
}

LoweredModel lower_model(Layer& model, bool training) {
  LoweredModel lowered;
  Lowering lowering(lowered.graph, training);
  lower_model_into(lowering, model);
  lowered.variables = std::move(lowering.variables);
  lowered.losses = std::move(lowering.losses);
  return lowered;
}

}  // namespace keratin::keras
