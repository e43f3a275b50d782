#include "keratin/model.h"

#include <algorithm>

#include "runtime/api/layer_state.h"
#include "runtime/api/state.h"
#include "runtime/core/error.h"

namespace keratin {
inline namespace v1 {

Model::State::State(keras::LayerPtr layer) : file(layer->name) { home->model = std::move(layer); }

Model::State& Model::state() const {
  check(state_ != nullptr, ErrorCode::invalid_argument, "this Model is empty; load or build one");
  return *state_;
}
Model Model::of(std::shared_ptr<State> state) {
  Model model;
  model.state_ = std::move(state);
  return model;
}

std::string Model::name() const { return state().model().name; }

std::vector<TensorSpec> Model::input_specs() const {
  State& s = state();
  const Reading reading(s.home);
  std::lock_guard lock(s.home->mutex);
  std::vector<TensorSpec> specs;
  for (const ir::Value& input : s.program(false)->graph().inputs)
    specs.push_back(spec_of(input.node->get<std::string>("name"), input.type()));
  return specs;
}
std::vector<TensorSpec> Model::output_specs() const {
  State& s = state();
  const Reading reading(s.home);
  std::lock_guard lock(s.home->mutex);
  std::vector<TensorSpec> specs;
  for (const ir::Output& output : s.program(false)->graph().outputs)
    specs.push_back(spec_of(output.name, output.value.type()));
  return specs;
}

std::vector<VariableSpec> Model::variables() const {
  State& s = state();
  const Reading reading(s.home);
  const std::vector<VariablePtr> trained = s.model().trainable_variables();
  std::vector<VariableSpec> specs;
  for (const VariablePtr& variable : own_weights(s.model()))
    specs.push_back({variable->path, variable->dtype(), variable->shape(),
                     std::find(trained.begin(), trained.end(), variable) != trained.end()});
  return specs;
}

std::vector<Tensor> Model::get_weights() const {
  State& s = state();
  const Reading reading(s.home);
  s.checks->start();
  std::vector<Tensor> values;
  for (const VariablePtr& variable : own_weights(s.model())) values.push_back(variable->value().clone());
  s.checks->finish();
  return values;
}

void Model::set_weights(const std::vector<Tensor>& values) {
  State& s = state();
  const Writing writing(s.home);
  assign_all(own_weights(s.model()), values, "the model");
}

const std::vector<std::string>& Model::report() const { return state().report_lines; }

std::string Model::to_json() const {
  State& s = state();
  const Reading reading(s.home);
  return serialization::print_json(keras::file_config(s.model()));
}

}  // namespace v1
}  // namespace keratin
