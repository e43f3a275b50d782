#include "runtime/keras/layer.h"

#include <algorithm>

#include "runtime/core/error.h"
#include "runtime/core/shape.h"
#include "runtime/keras/make.h"

namespace keratin::keras {
namespace {

struct PolicyRow {
  const char* name;
  DType compute, variable;
};
constexpr PolicyRow mixed[] = {{"mixed_float16", DType::float16, DType::float32},
                               {"mixed_bfloat16", DType::bfloat16, DType::float32}};

const PolicyRow* find_mixed(const std::string& name) {
  for (const PolicyRow& row : mixed)
    if (name == row.name) return &row;
  return nullptr;
}

}  // namespace

DType DTypePolicy::compute() const {
  const PolicyRow* row = find_mixed(name);
  return row ? row->compute : parse_dtype(name);
}
DType DTypePolicy::variable() const {
  const PolicyRow* row = find_mixed(name);
  return row ? row->variable : parse_dtype(name);
}

std::string Layer::file_class_name() const { return class_name.empty() ? def->class_name : class_name; }

std::vector<VariablePtr> Layer::trainable_variables() const {
  std::vector<VariablePtr> found;
  if (!trainable) return found;
  for (const Weight& weight : weights)
    if (weight.variable->trainable) found.push_back(weight.variable);
  for (const Child& child : children)
    for (VariablePtr& variable : child.layer->trainable_variables())
      if (std::find(found.begin(), found.end(), variable) == found.end())
        found.push_back(std::move(variable));
  return found;
}

std::vector<VariablePtr> Layer::variables() const {
  std::vector<VariablePtr> found;
  auto add = [&](const VariablePtr& variable) {
    if (std::find(found.begin(), found.end(), variable) == found.end()) found.push_back(variable);
  };
  for (bool wanted : {true, false})
    for (const Weight& weight : weights)
      if (weight.trainable == wanted) add(weight.variable);
  for (const Child& child : children)
    for (const VariablePtr& variable : child.layer->variables()) add(variable);
  return found;
}

std::vector<VariablePtr> Layer::non_trainable_variables() const {
  const std::vector<VariablePtr> trained = trainable_variables();
  std::vector<VariablePtr> found;
  for (VariablePtr& variable : variables())
    if (std::find(trained.begin(), trained.end(), variable) == trained.end())
      found.push_back(std::move(variable));
  return found;
}

void Layer::visit(const std::function<void(const Layer&)>& fn) const {
  fn(*this);
  for (const Child& child : children) child.layer->visit(fn);
}

const ir::Type& BuildContext::input(std::size_t i) const {
  check(i < inputs_.size(), ErrorCode::corrupt_file, "called on ", inputs_.size(),
        " tensors, expected at least ", i + 1);
  return inputs_[i];
}

const ir::Type* BuildContext::named(std::string_view name) const {
  for (const auto& [key, type] : named_)
    if (key == name) return &type;
  return nullptr;
}

std::int64_t BuildContext::known(std::size_t index, std::int64_t axis) const {
  const ir::Type& type = input(index);
  const auto n = static_cast<std::int64_t>(type.rank());
  check(axis >= -n && axis < n, ErrorCode::corrupt_file, "input of shape ", ir::to_string(type.shape),
        " has no axis ", axis);
  const ir::Dim& dim = type.shape[static_cast<std::size_t>(axis < 0 ? axis + n : axis)];
  check(dim.is_constant(), ErrorCode::corrupt_file, "axis ", axis, " of the input ",
        ir::to_string(type.shape), " must be known to make the weights");
  return dim.value();
}

void BuildContext::add_weight(const std::string& name, Shape shape, const Json& initializer,
                              Options options) {
  element_count(shape);
  const DType dtype = options.dtype            ? *options.dtype
                      : options.full_precision ? DType::float32
                                               : layer_.dtype.variable();
  auto variable = std::make_shared<Variable>(name, dtype, std::move(shape), options.trainable, options.kind);
  layer_.weights.push_back({name, std::move(variable), initializer, options.trainable});
}

void BuildContext::adapt(const std::string& name, double lora_scale) {
  for (Layer::Weight& weight : layer_.weights) {
    if (weight.name != name) continue;
    weight.variable->trainable = false;
    weight.lora_scale = lora_scale;
  }
}

void BuildContext::share_weight(const std::string& name, VariablePtr variable) {
  const bool trainable = variable->trainable;
  layer_.weights.push_back({name, std::move(variable), Json(), trainable});
}

void BuildContext::add_layer(const std::string& name, LayerPtr layer, std::vector<ir::Type> inputs,
                             const std::string& old_name) {
  build_layer(*layer, std::move(inputs));
  layer_.children.push_back({name, old_name.empty() ? name : old_name, std::move(layer), false});
}

void BuildContext::adopt(const std::string& name, LayerPtr layer, bool in_list) {
  layer_.children.push_back({name, name, std::move(layer), in_list});
}

void build_layer(Layer& layer, std::vector<ir::Type> inputs) {
  if (layer.built) return;
  within(cat(layer.def->class_name, " \"", layer.name, "\""), [&] {
    BuildContext cx(layer, std::move(inputs));
    layer.def->build(cx, layer.config.get());
  });
  layer.built = true;
}

}  // namespace keratin::keras
