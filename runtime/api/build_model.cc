// Building models: between tensors, as a chain, by cloning; and taking them apart into layers.
#include <algorithm>
#include <functional>
#include <regex>

#include "runtime/api/layer_state.h"
#include "runtime/api/state.h"
#include "runtime/core/error.h"
#include "runtime/keras/input_layer.h"
#include "runtime/keras/sequential.h"

namespace keratin {
inline namespace v1 {
namespace {

std::shared_ptr<Model::State> new_state(keras::LayerPtr layer) {
  auto state = std::make_shared<Model::State>(std::move(layer));
  state->threads = thread_count(0);
  initialise_new(state->model());
  return state;
}

// As Keras lists them: a Sequential's without its input.
std::vector<keras::LayerPtr> layers_of(const keras::Layer& model) {
  if (keras::is_functional(model)) return keras::functional_config(model).layers;
  std::vector<keras::LayerPtr> layers = keras::sequential_config(model).layers;
  if (!layers.empty() && keras::is_input_layer(*layers[0])) layers.erase(layers.begin());
  return layers;
}

}  // namespace

Model::Model(const std::vector<SymbolicTensor>& inputs, const std::vector<SymbolicTensor>& outputs,
             const std::string& name)
    : state_(new_state(blaming_caller(
          [&] { return keras::model_between(name, tensors_of(inputs), tensors_of(outputs)); }))) {}

Model Sequential(const SymbolicTensor& input, const std::vector<Layer>& layers, const std::string& name) {
  std::vector<keras::LayerPtr> chain = {input.state().tensor.node->layer};
  for (const Layer& layer : layers)
    if (!keras::is_input_layer(*layer_of(layer))) chain.push_back(layer_of(layer));
  return Model::of(new_state(keras::make_sequential(name, chain)));
}

Model Sequential(const std::vector<Layer>& layers, const std::string& name) {
  check(!layers.empty(), ErrorCode::invalid_argument, "a Sequential needs layers");
  if (keras::is_input_layer(*layer_of(layers[0])))
    return Sequential(layers[0].output(), {layers.begin() + 1, layers.end()}, name);
  const SymbolicTensor found = layers[0].input();
  InputOptions options{.dtype = found.dtype()};
  Shape shape = found.shape();
  check(!shape.empty(), ErrorCode::invalid_argument, "layer \"", layers[0].name(),
        "\" has an input without a batch");
  if (shape[0] >= 0) options.batch_size = shape[0];
  shape.erase(shape.begin());
  return Sequential(Input(shape, options), layers, name);
}

Model clone_model(const Model& model, std::uint64_t seed) {
  Model::State& s = model.state();
  const Reading reading(s.home);
  const CustomScope scope(s.custom_objects);
  auto copy = new_state(keras::clone_model(s.model(), seed));
  copy->custom_objects = s.custom_objects;
  copy->threads = s.threads;
  return Model::of(std::move(copy));
}

std::vector<Layer> Model::layers() const {
  State& s = state();
  std::vector<Layer> found;
  for (const keras::LayerPtr& layer : layers_of(s.model())) found.push_back(wrap(layer, s.home));
  return found;
}

Layer Model::get_layer(const std::string& name) const {
  State& s = state();
  std::string names;
  for (const keras::LayerPtr& layer : layers_of(s.model())) {
    if (layer->name == name) return wrap(layer, s.home);
    names += (names.empty() ? "" : ", ") + layer->name;
  }
  fail(ErrorCode::invalid_argument, "model \"", s.model().name, "\" has no layer \"", name, "\"; it has ",
       names);
}

Layer Model::get_layer(std::size_t index) const {
  State& s = state();
  const auto& layers = layers_of(s.model());
  check(index < layers.size(), ErrorCode::invalid_argument, "layer ", index, " was asked for, the model has ",
        layers.size());
  return wrap(layers[index], s.home);
}

Layer Model::as_layer() const { return wrap(state().home->model); }

bool Model::trainable() const { return state().model().trainable; }
void Model::set_trainable(bool trainable) {
  State& s = state();
  const Writing writing(s.home);
  v1::set_trainable(s.model(), trainable);
  ++s.home->structure;
}

std::vector<std::string> Model::set_trainable(const std::string& pattern, bool trainable) {
  State& s = state();
  const Writing writing(s.home);
  std::regex expression;
  try {
    expression = std::regex(pattern);
  } catch (const std::regex_error& e) {
    fail(ErrorCode::invalid_argument, "pattern \"", pattern, "\": ", e.what());
  }
  std::vector<std::string> names;
  const std::function<void(keras::Layer&)> visit = [&](keras::Layer& layer) {
    for (const keras::Layer::Child& child : layer.children) {
      if (std::regex_search(child.layer->name, expression)) {
        v1::set_trainable(*child.layer, trainable);
        names.push_back(child.layer->name);
      }
      visit(*child.layer);
    }
  };
  visit(s.model());
  ++s.home->structure;
  return names;
}

std::vector<SymbolicTensor> Model::inputs() const {
  State& s = state();
  const Reading reading(s.home);
  const auto& tensors = s.home->tensors();
  std::vector<SymbolicTensor> found;
  if (keras::is_sequential(s.model())) {
    for (const std::string& name : keras::model_input_names(s.model()))
      found.push_back(wrap(tensors.at({name, 0, 0})));
    return found;
  }
  std::vector<keras::TensorRef> refs;
  keras::functional_config(s.model()).inputs.flatten(refs);
  for (const keras::TensorRef& ref : refs) found.push_back(wrap(tensors.at(ref)));
  return found;
}

std::vector<SymbolicTensor> Model::outputs() const {
  State& s = state();
  const Reading reading(s.home);
  const auto& tensors = s.home->tensors();
  if (keras::is_sequential(s.model())) return {wrap(tensors.at({layers_of(s.model()).back()->name, 0, 0}))};
  std::vector<SymbolicTensor> found;
  for (const auto& output : keras::functional_config(s.model()).named_outputs())
    found.push_back(wrap(tensors.at(output.ref)));
  return found;
}

namespace {

// The same model with a call of such a layer that no output needs.
void add_beside(Model& model, const char* class_name, keras::Json config, const SymbolicTensor& tensor) {
  Model::State& s = model.state();
  check(!model.compiled(), ErrorCode::invalid_argument, class_name, ": the model is compiled; add before");
  check(keras::is_functional(s.model()), ErrorCode::invalid_argument, class_name, ": \"", s.model().name,
        "\" isn't a functional model");
  const std::vector<SymbolicTensor> inputs = model.inputs(), outputs = model.outputs();
  const std::vector<keras::LayerPtr>& layers = keras::functional_config(s.model()).layers;
  const auto taken = [&](const std::string& name) {
    return std::any_of(layers.begin(), layers.end(),
                       [&](const keras::LayerPtr& layer) { return layer->name == name; });
  };
  std::string name = class_name;
  for (int i = 1; taken(name); ++i) name = cat(class_name, "_", i);
  std::vector<SymbolicTensor> ends = {
      wrap(keras::make_layer(class_name, name, {}, std::move(config)))(tensor)};
  for (const keras::LayerPtr& layer : layers) {  // those that are there already
    const std::string known = layer->def->class_name;
    if (known == "AddLoss" || known == "AddMetric") ends.push_back(model.get_layer(layer->name).output());
  }
  const Writing writing(s.home);
  s.home->model = blaming_caller([&] {
    return keras::model_between(s.model().name, tensors_of(inputs), tensors_of(outputs), tensors_of(ends));
  });
  s.home->made_tensors.reset();
  s.inference = s.training = nullptr;
  s.current = nullptr;
}

}  // namespace

void Model::add_loss(const SymbolicTensor& tensor) {
  add_beside(*this, "AddLoss", keras::Json(keras::Json::Object{}), tensor);
}

void Model::add_metric(const SymbolicTensor& tensor, const std::string& name) {
  keras::Json config;
  config["aggregation"] = "mean";
  config["metric_name"] = name;
  add_beside(*this, "AddMetric", std::move(config), tensor);
}

}  // namespace v1
}  // namespace keratin
