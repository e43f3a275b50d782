#include "keratin/layer.h"

#include <atomic>

#include "runtime/api/custom_state.h"
#include "runtime/api/layer_state.h"
#include "runtime/core/error.h"
#include "runtime/core/shape.h"
#include "runtime/keras/input_layer.h"
#include "runtime/keras/make.h"
#include "runtime/keras/model.h"
#include "runtime/keras/sequential.h"

namespace keratin {
inline namespace v1 {

const keras::LayerPtr& layer_of(const Layer& layer) {
  check(layer.state() != nullptr, ErrorCode::invalid_argument, "this Layer handle is empty");
  return layer.state()->layer;
}

std::vector<keras::Symbolic> tensors_of(const std::vector<SymbolicTensor>& tensors) {
  std::vector<keras::Symbolic> found;
  for (const SymbolicTensor& tensor : tensors) found.push_back(tensor.state().tensor);
  return found;
}

void initialise_new(keras::Layer& layer) {
  static std::atomic<std::uint64_t> seed{1};
  keras::initialise(layer, seed.fetch_add(1));
}

const SymbolicTensor::State& SymbolicTensor::state() const {
  check(state_ != nullptr, ErrorCode::invalid_argument, "this SymbolicTensor is empty");
  return *state_;
}
DType SymbolicTensor::dtype() const { return state().tensor.type().dtype; }
Shape SymbolicTensor::shape() const {
  Shape shape;
  for (const ir::Dim& dim : state().tensor.type().shape)
    shape.push_back(dim.is_constant() ? dim.value() : -1);
  return shape;
}

std::string SymbolicTensor::name() const { return state().tensor.node->layer->name; }

std::string Layer::name() const { return layer_of(*this)->name; }
std::string Layer::class_name() const { return layer_of(*this)->file_class_name(); }
bool Layer::trainable() const { return layer_of(*this)->trainable; }

std::vector<Layer> Layer::layers() const {
  const keras::Layer& self = *layer_of(*this);
  std::vector<Layer> found;
  for (const keras::Layer::Child& child : self.children)
    if (!keras::is_sequential(self) || !keras::is_input_layer(*child.layer))
      found.push_back(wrap(child.layer, state_->home));
  return found;
}

void set_trainable(keras::Layer& layer, bool trainable) {
  layer.trainable = trainable;
  for (const keras::Layer::Child& child : layer.children) set_trainable(*child.layer, trainable);
}
void Layer::set_trainable(bool trainable) {
  keras::Layer& layer = *layer_of(*this);
  const Writing writing(state_->home);
  v1::set_trainable(layer, trainable);
  if (state_->home) ++state_->home->structure;
}

std::vector<VariablePtr> own_weights(const keras::Layer& layer) {
  std::vector<VariablePtr> variables = layer.variables();
  std::erase_if(variables, [](const VariablePtr& v) { return v->kind == VariableKind::seed; });
  return variables;
}

std::vector<SymbolicTensor> Layer::call(const std::vector<SymbolicTensor>& inputs) const {
  std::vector<SymbolicTensor> results;
  for (keras::Symbolic& result :
       blaming_caller([&] { return keras::call_symbolic(layer_of(*this), tensors_of(inputs)); }))
    results.push_back(wrap(std::move(result)));
  initialise_new(*layer_of(*this));
  return results;
}

SymbolicTensor Layer::operator()(const std::vector<SymbolicTensor>& inputs) const {
  std::vector<SymbolicTensor> results = call(inputs);
  check(results.size() == 1, ErrorCode::invalid_argument, "layer \"", name(), "\" has ", results.size(),
        " results; use call()");
  return results[0];
}
SymbolicTensor Layer::operator()(const SymbolicTensor& input) const {
  return (*this)(std::vector<SymbolicTensor>{input});
}

SymbolicTensor Layer::output() const {
  const keras::LayerPtr& layer = layer_of(*this);
  check(state_->home != nullptr, ErrorCode::invalid_argument, "layer \"", layer->name,
        "\" was got from no model");
  const Reading reading(state_->home);
  const auto& tensors = state_->home->tensors();
  check(!tensors.count({layer->name, 1, 0}), ErrorCode::invalid_argument, "layer \"", layer->name,
        "\" is called several times; its output is not one tensor");
  auto found = tensors.find({layer->name, 0, 0});
  check(found != tensors.end(), ErrorCode::invalid_argument, "layer \"", layer->name,
        "\" is never called in its model");
  return wrap(found->second);
}

SymbolicTensor Layer::input() const {
  const keras::Symbolic tensor = output().state().tensor;
  if (tensor.node->args.empty()) return output();  // an InputLayer
  const auto* first = &tensor.node->args[0];
  while (const auto* list = std::get_if<keras::SymbolicArgument::List>(&first->content)) first = &list->at(0);
  const auto* found = std::get_if<keras::Symbolic>(&first->content);
  check(found != nullptr, ErrorCode::invalid_argument, "layer \"", name(),
        "\" has no tensor as first argument");
  return wrap(*found);
}

std::vector<std::string> Layer::weight_names() const {
  std::vector<std::string> names;
  for (const VariablePtr& variable : own_weights(*layer_of(*this))) names.push_back(variable->name);
  return names;
}

std::vector<Tensor> Layer::get_weights() const {
  const keras::Layer& layer = *layer_of(*this);
  const Reading reading(state_->home);
  std::vector<Tensor> values;
  for (const VariablePtr& variable : own_weights(layer)) values.push_back(variable->value().clone());
  return values;
}

void Layer::set_weights(const std::vector<Tensor>& values) {
  const keras::Layer& layer = *layer_of(*this);
  const Writing writing(state_->home);
  assign_all(own_weights(layer), values, cat("layer \"", layer.name, "\""));
}

void assign_all(const std::vector<VariablePtr>& variables, const std::vector<Tensor>& values,
                const std::string& whose) {
  check(values.size() == variables.size(), ErrorCode::invalid_argument, values.size(), " weights given, ",
        whose, " has ", variables.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    check(values[i].dtype() == variables[i]->dtype() && values[i].shape() == variables[i]->shape(),
          ErrorCode::invalid_argument, "weight ", i, " (", variables[i]->path,
          "): ", name_of(values[i].dtype()), " ", to_string(values[i].shape()), " given, expected ",
          name_of(variables[i]->dtype()), " ", to_string(variables[i]->shape()));
  for (std::size_t i = 0; i < values.size(); ++i) variables[i]->assign(values[i].clone());
}

std::string Layer::get_config() const {
  return serialization::print_json(keras::public_config(*layer_of(*this)));
}

Layer Layer::from_config(const std::string& json, const CustomObjects& custom_objects) {
  const CustomScope scope(custom_objects);
  return wrap(keras::make_layer(serialization::parse_json(json, "config")));
}

SymbolicTensor Input(const Shape& shape, const InputOptions& options) {
  std::vector<std::optional<std::int64_t>> batch_shape = {options.batch_size};
  for (std::int64_t dim : shape) batch_shape.push_back(dim < 0 ? std::nullopt : std::optional(dim));
  return wrap(keras::symbolic_input(options.name, options.dtype, batch_shape));
}

void ConfigBuilder::list(const char* key, const std::vector<std::int64_t>& values) {
  keras::Json::Array items;
  for (std::int64_t value : values) items.push_back(value);
  config_[key] = items.empty() ? keras::Json() : keras::Json(std::move(items));
}
void ConfigBuilder::sizes(const char* key, const std::vector<std::int64_t>& values) {
  if (values.size() == 1)
    config_[key] = values[0];
  else
    list(key, values);
}
void ConfigBuilder::set(const char* key, const Layer& layer) {
  config_[key] = layer.state() ? keras::layer_config(*layer_of(layer)) : keras::Json();
}
void ConfigBuilder::set(const char* key, const std::vector<Layer>& layers) {
  keras::Json::Array items;
  for (const Layer& layer : layers) items.push_back(keras::layer_config(*layer_of(layer)));
  config_[key] = std::move(items);
}
void ConfigBuilder::text(const char* key, const std::string& value) {
  config_[key] = value.starts_with("{") ? serialization::parse_json(value, key) : keras::Json(value);
}
void ConfigBuilder::json(const char* key, const std::string& value) {
  config_[key] = value.empty() ? keras::Json() : serialization::parse_json(value, key);
}

Layer ConfigBuilder::make(const char* class_name, const std::string& name, const std::string& dtype,
                          bool trainable) {
  config_["trainable"] = trainable;
  return blaming_caller([&] {
    return wrap(keras::make_layer(class_name, name.empty() ? keras::automatic_name(class_name) : name,
                                  keras::read_dtype(dtype), std::move(config_)));
  });
}

}  // namespace v1
}  // namespace keratin
