#include "runtime/keras/lower.h"

#include <algorithm>

#include "runtime/core/error.h"

namespace keratin::keras {
namespace {

// An op that refuses its operands blames its caller; here they come from the model's file.
template <class Body>
decltype(auto) within_layer(const Layer& layer, Body&& body) {
  try {
    return within(cat(layer.def->class_name, " \"", layer.name, "\""), body);
  } catch (const Error& e) {
    if (e.code() != ErrorCode::invalid_argument) throw;
    throw Error(ErrorCode::corrupt_file, e.what());
  }
}

}  // namespace

const Json& Argument::json() const {
  const Json* found = std::get_if<Json>(&content);
  check(found != nullptr, ErrorCode::unsupported, "an argument is a tensor where a plain value is expected");
  return *found;
}

void Argument::flatten(std::vector<Traced>& out) const {
  if (const Traced* traced = std::get_if<Traced>(&content)) {
    out.push_back(*traced);
  } else if (const List* list = std::get_if<List>(&content)) {
    for (const Argument& item : *list) item.flatten(out);
  } else if (const Dict* dict = std::get_if<Dict>(&content)) {
    Dict sorted = *dict;
    std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [key, item] : sorted) item.flatten(out);
  }
}

const Argument* Call::find(std::string_view name) const {
  for (const auto& [key, argument] : kwargs)
    if (key == name) return &argument;
  return nullptr;
}

std::size_t Lowering::index_of(const VariablePtr& variable) {
  auto [found, added] = indices_.emplace(variable.get(), variables.size());
  if (added) {
    variables.push_back(variable);
    graph.declare_variable(variable->path, {variable->dtype(), ir::to_dims(variable->shape())});
  }
  return found->second;
}

LowerContext::LowerContext(Lowering& lowering, Layer& layer, const Call& call)
    : lowering(lowering),
      layer(layer),
      call(call),
      training_(lowering.training),
      compute_(layer.dtype.compute()) {
  if (const Argument* given = call.find("training"); given && !given->is_null())
    training_ = given->json().truthy();
  for (const Argument& argument : call.args) argument.flatten(inputs_);
  if (call.args.empty())  // a layer called with keywords alone
    for (const auto& [key, argument] : call.kwargs)
      if (!key.ends_with("mask") && key != "training") argument.flatten(inputs_);
  for (Traced& input : inputs_)
    if (layer.def->casts_inputs && is_floating(input.value.dtype()) && is_floating(compute_))
      input.value = ir::cast(input.value, compute_);
  if (const Argument* given = call.find("mask"); given && !given->is_null()) {
    const Argument::List one = {*given};  // a list may hold null for an input without a mask
    const auto* several = std::get_if<Argument::List>(&given->content);
    const Argument::List& masks = several ? *several : one;
    for (std::size_t i = 0; i < masks.size() && i < inputs_.size(); ++i)
      if (masks[i].is_tensor()) inputs_[i].mask = masks[i].tensor().value;
  }
}

ir::Value LowerContext::input(std::size_t i) const {
  check(i < inputs_.size(), ErrorCode::corrupt_file, "called on ", inputs_.size(),
        " tensors, expected at least ", i + 1);
  return inputs_[i].value;
}
ir::Value LowerContext::mask(std::size_t i) const {
  return i < inputs_.size() ? inputs_[i].mask : ir::Value{};
}
ir::Values LowerContext::inputs() const {
  ir::Values values;
  for (const Traced& input : inputs_) values.push_back(input.value);
  return values;
}
void LowerContext::set_mask(std::size_t result, ir::Value mask) {
  if (result_masks_.size() <= result) result_masks_.resize(result + 1);
  result_masks_[result] = mask;
}

bool LowerContext::has_weight(std::string_view name) const {
  return std::any_of(layer.weights.begin(), layer.weights.end(),
                     [&](const auto& weight) { return weight.name == name; });
}
const VariablePtr& LowerContext::variable(std::string_view name) const {
  for (const Layer::Weight& weight : layer.weights)
    if (weight.name == name) return weight.variable;
  fail(ErrorCode::internal, "layer ", layer.name, " has no weight ", name);
}
ir::Value LowerContext::read(std::string_view name) {
  return graph().read(lowering.index_of(variable(name)));
}
void LowerContext::assign(std::string_view name, ir::Value value) {
  graph().assign(lowering.index_of(variable(name)), value);
}
ir::Value LowerContext::weight(std::string_view name) {
  const ir::Value value = read(name);
  return is_floating(value.dtype()) && is_floating(compute_) ? ir::cast(value, compute_) : value;
}
Layer& LowerContext::child(std::string_view name) const {
  for (const Layer::Child& child : layer.children)
    if (child.name == name) return *child.layer;
  fail(ErrorCode::internal, "layer ", layer.name, " has no sub-layer ", name);
}
std::vector<Traced> LowerContext::run(Layer& sub, const std::vector<Traced>& inputs) {
  const bool outer = std::exchange(lowering.training, training_);
  std::vector<Traced> results = call_layer(lowering, sub, inputs);
  lowering.training = outer;
  return results;
}
ir::Value LowerContext::run(Layer& sub, ir::Value input) { return run(sub, {Traced{input, {}}})[0].value; }

const Argument* LowerContext::argument(std::string_view name, std::size_t position) const {
  if (const Argument* found = call.find(name)) return found->is_null() ? nullptr : found;
  if (position < call.args.size()) return call.args[position].is_null() ? nullptr : &call.args[position];
  return nullptr;
}
ir::Value LowerContext::tensor_argument(std::string_view name, std::size_t position) const {
  const Argument* found = argument(name, position);
  return found && found->is_tensor() ? found->tensor().value : ir::Value{};
}

std::vector<Traced> call_layer(Lowering& lowering, Layer& layer, const Call& call) {
  const std::string outer = lowering.path, outer_label = lowering.graph.label;
  lowering.path = outer.empty() ? layer.name : outer + "/" + layer.name;
  return within_layer(layer, [&] {
    lowering.graph.label = lowering.path;
    LowerContext cx(lowering, layer, call);
    if (!layer.built) {
      std::vector<ir::Type> types;
      for (const ir::Value& value : cx.inputs()) types.push_back(value.type());
      BuildContext::Named named;
      for (const auto& [key, argument] : call.kwargs)
        if (argument.is_tensor()) named.emplace_back(key, argument.tensor().value.type());
      BuildContext build(layer, std::move(types), std::move(named));
      layer.def->build(build, layer.config.get());
      layer.built = true;
    }
    const ir::Values values = layer.def->lower(cx, layer.config.get());
    std::vector<Traced> results;
    for (std::size_t i = 0; i < values.size(); ++i) {
      ir::Value mask;
      if (layer.def->masking == Masking::passes) mask = cx.mask(0);
      if (layer.def->masking == Masking::handles && i < cx.result_masks_.size()) mask = cx.result_masks_[i];
      results.push_back({values[i], mask});
    }
    lowering.path = outer;
    lowering.graph.label = outer_label;
    if (lowering.observe) lowering.observe(layer, results);
    return results;
  });
}

std::vector<Traced> call_layer(Lowering& lowering, Layer& layer, const std::vector<Traced>& inputs) {
  Call call;
  if (inputs.size() == 1) {
    call.args.push_back({inputs[0]});
  } else {
    Argument::List list;
    for (const Traced& input : inputs) list.push_back({input});
    call.args.push_back({std::move(list)});
  }
  return call_layer(lowering, layer, call);
}

}  // namespace keratin::keras
