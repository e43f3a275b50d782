// Building models: between tensors, as a chain, by cloning; and taking them apart into layers.
#include <thread>

#include "runtime/api/layer_state.h"
#include "runtime/api/state.h"
#include "runtime/core/error.h"
#include "runtime/keras/input_layer.h"
#include "runtime/keras/sequential.h"

namespace keratin {
inline namespace v1 {
namespace {

std::shared_ptr<Model::State> new_state(keras::LayerPtr layer) {
  auto state = std::make_shared<Model::State>();
  state->document.file = layer->name;
  state->model = std::move(layer);
  state->threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  initialise_new(*state->model);
  return state;
}

const std::vector<keras::LayerPtr>& layers_of(const keras::Layer& model) {
  return keras::is_functional(model) ? keras::functional_config(model).layers
                                     : keras::sequential_config(model).layers;
}

}  // namespace

Model::Model(const std::vector<SymbolicTensor>& inputs, const std::vector<SymbolicTensor>& outputs,
             const std::string& name)
    : state_(new_state(keras::model_between(name, tensors_of(inputs), tensors_of(outputs)))) {}

Model Sequential(const SymbolicTensor& input, const std::vector<Layer>& layers, const std::string& name) {
  std::vector<keras::LayerPtr> chain = {input.state().tensor.node->layer};
  for (const Layer& layer : layers) chain.push_back(layer_of(layer));
  return Model::of(new_state(keras::make_sequential(name, chain)));
}

Model clone_model(const Model& model, std::uint64_t seed) {
  return Model::of(new_state(keras::clone_model(*model.state().model, seed)));
}

std::vector<Layer> Model::layers() const {
  std::vector<Layer> found;
  for (const keras::LayerPtr& layer : layers_of(*state().model)) found.push_back(wrap(layer, state().model));
  return found;
}

Layer Model::get_layer(const std::string& name) const {
  for (const keras::LayerPtr& layer : layers_of(*state().model))
    if (layer->name == name) return wrap(layer, state().model);
  fail(ErrorCode::invalid_argument, "model \"", state().model->name, "\" has no layer \"", name, "\"");
}

Layer Model::get_layer(std::size_t index) const {
  const auto& layers = layers_of(*state().model);
  check(index < layers.size(), ErrorCode::invalid_argument, "layer ", index, " was asked for, the model has ",
        layers.size());
  return wrap(layers[index], state().model);
}

Layer Model::as_layer() const { return wrap(state().model); }
void Model::set_trainable(bool trainable) { as_layer().set_trainable(trainable); }

std::vector<SymbolicTensor> Model::symbolic_inputs() const {
  const auto tensors = keras::symbolic_tensors(*state().model);
  std::vector<SymbolicTensor> found;
  for (const std::string& name : keras::model_input_names(*state().model))
    found.push_back(wrap(tensors.at({name, 0, 0})));
  return found;
}

std::vector<SymbolicTensor> Model::symbolic_outputs() const {
  const auto tensors = keras::symbolic_tensors(*state().model);
  if (keras::is_sequential(*state().model))
    return {wrap(tensors.at({layers_of(*state().model).back()->name, 0, 0}))};
  std::vector<keras::TensorRef> refs;
  keras::functional_config(*state().model).outputs.flatten(refs);
  std::vector<SymbolicTensor> found;
  for (const keras::TensorRef& ref : refs) found.push_back(wrap(tensors.at(ref)));
  return found;
}

}  // namespace v1
}  // namespace keratin
